"""The quadratic programme behind hinge losses and margins, by an interior-point method."""

import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_factor, cho_solve
from jaxtyping import Array, Float

_STEPS = 60
_SMALL = 1e-15  # mean product of slacks and multipliers, for objectives of order 1
_BACK = 0.995  # of the way to the nearest wall

Point = tuple[Array, Array, Array]


def _moved(point: Point, move: Point, length: Array) -> Point:
    return jax.tree.map(lambda value, change: value + length * change, point, move)


def _room(value: Array, change: Array) -> Array:
    """How many times the change fits in before an entry of the value reaches 0."""
    falls = change < 0
    return jnp.min(jnp.where(falls, -value / jnp.where(falls, change, -1.0), jnp.inf))


def minimise(
    M: Float[Array, "n p"],
    ridge: Float[Array, " p"],
    linear: Float[Array, " p"],
    bound: Float[Array, " n"],
    cost: Float[Array, " n"],
) -> tuple[Float[Array, " p"], Float[Array, " n"]]:
    """min ridge.theta^2/2 + linear.theta + cost.xi where M theta + xi >= bound and xi >= 0.

    Returns theta and alpha, the multipliers of the first inequalities; the second's are
    cost - alpha. Mehrotra's predictor-corrector method (Nocedal & Wright, Numerical Optimization,
    ch. 16.6): Newton steps to slack alpha = xi (cost - alpha) = mu with mu falling. xi and alpha
    are eliminated, so that a step solves one p x p system twice. Some 10 to 25 steps, whatever the
    data. Scale the problem to order 1 first. M's columns with ridge 0 must be independent.
    """

    def slack_of(point: Point) -> Array:
        return M @ point[0] + point[1] - bound

    def mean_product(point: Point) -> Array:
        _, xi, alpha = point
        return (slack_of(point) @ alpha + xi @ (cost - alpha)) / (2 * len(M))

    def step(state: tuple[Point, Array, Array, Array]) -> tuple[Point, Array, Array, Array]:
        point, mu, _, count = state
        theta, xi, alpha = point
        slack, beta = slack_of(point), cost - alpha
        stationarity = ridge * theta + linear - M.T @ alpha
        width = slack + alpha * xi / beta
        factor = cho_factor((M.T * (alpha / width)) @ M + jnp.diag(ridge))

        def direction(first: Array, second: Array) -> Point:
            """The Newton step to slack alpha = first and xi beta = second."""
            e, f = first - slack * alpha, second - xi * beta
            push = (e - alpha * f / beta) / width
            d_theta = cho_solve(factor, M.T @ push - stationarity)
            d_alpha = push - alpha / width * (M @ d_theta)
            return d_theta, (f + xi * d_alpha) / beta, d_alpha

        def room(move: Point) -> Array:
            d_theta, d_xi, d_alpha = move
            values = jnp.concatenate([slack, xi, alpha, beta])
            return _room(values, jnp.concatenate([M @ d_theta + d_xi, d_xi, d_alpha, -d_alpha]))

        predictor = direction(jnp.zeros_like(xi), jnp.zeros_like(xi))
        after = mean_product(_moved(point, predictor, jnp.minimum(room(predictor), 1.0)))
        target = mu * jnp.clip(after / mu, 0.0, 1.0) ** 3
        d_theta, d_xi, d_alpha = predictor
        corrector = direction(target - (M @ d_theta + d_xi) * d_alpha, target + d_xi * d_alpha)
        new = _moved(point, corrector, jnp.minimum(_BACK * room(corrector), 1.0))
        # rounding ends the progress at last: then the last sound point is kept
        sound = jnp.isfinite(mean_product(new))
        new = jax.tree.map(lambda value, old: jnp.where(sound, value, old), new, point)
        return new, mean_product(new), sound, count + 1

    def unfinished(state: tuple[Point, Array, Array, Array]) -> Array:
        _, mu, sound, count = state
        return sound & (mu > _SMALL) & (count < _STEPS)

    start = jnp.zeros(M.shape[1]), 1.0 + bound, cost / 2
    rest = mean_product(start), jnp.ones((), bool), jnp.zeros((), int)
    point, *_ = jax.lax.while_loop(unfinished, step, (start, *rest))
    return point[0], point[2]
