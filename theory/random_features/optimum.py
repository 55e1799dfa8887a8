"""The optimal ridge, without solving: delta is explicit in gamma; and that more is better."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from theory import Claims, Domain, Twin, closed_form
from theory.random_features.framework import (
    marginal_values, ridge_at, risk_at, risk_of, slope_at_zero_ridge_below_n, sums_of,
)  # fmt: skip
from theory.random_features.maps import in_batches, on_short
from theory.random_features.params import Features, Point, Points, Target, Values, Variance
from theory.random_features.predict import at_points, gamma_of, predict, predict_at
from theory.random_features.spectrum import (
    EXAMPLE, Spectrum, check_spectrum, or_nan, over_numbers, problem,
)  # fmt: skip

__all__ = ["Optimum", "gamma_at_occupation", "optimal_ridge", "optimal_risk_map"]

claim = Claims()


class Optimum(NamedTuple):
    """The ridge that minimises the predicted test risk, and the risk there."""

    test_risk: Array
    ridge: Array  # 0 exactly where zero ridge is optimal
    gamma: Array
    fitting_ratio_root: Array


GRID = 400  # values of log gamma that are looked at before the best one is polished
POLISHING = 3  # Newton steps, from a parabola through three points of the grid
SPAN = 30.0  # log(largest gamma / trace): beyond, E_te differs from its limit by e^-30


@jax.jit
def optima(of: Spectrum, n: Array, inv_k: Array, noise: Array) -> Optimum:
    """Of vectors of points, from one table of sums on a grid of log gamma."""
    fewest = jax.lax.stop_gradient(n / jnp.maximum(1.0, n * inv_k))  # min(n, k)
    first = gamma_of(of, fewest.max())
    smallest = jnp.min(jnp.where(of.eigenvalues > 0, of.eigenvalues, jnp.inf))
    # from zero ridge, or from below all eigenvalues, where that has gamma = 0
    low = jnp.log(jnp.where(first > 0, first, 1e-6 * smallest / jax.lax.stop_gradient(n.max())))
    u = jnp.linspace(low, jnp.log((of.multiplicities * of.eigenvalues).sum()) + SPAN, GRID)
    table = jax.vmap(lambda w: sums_of(of, jnp.exp(w)))(u)

    def best(n: Array, inv_k: Array, noise: Array, low: Array) -> Array:
        """log gamma at the least risk of admissible gammas from log gamma = low on."""
        admitted = (table.z < n) & (table.z * inv_k < 1)
        risk = jnp.where(admitted, risk_of(table, n, inv_k, noise), jnp.inf)
        i = jnp.clip(jnp.argmin(risk), 1, GRID - 2)
        least, most = jnp.maximum(u[i - 1], low), u[i + 1]
        left, middle, right = risk[i - 1], risk[i], risk[i + 1]
        bend = left - 2 * middle + right
        curved = jnp.isfinite(left) & (bend > 0)
        shift = jnp.where(curved, 0.5 * (left - right) / jnp.where(curved, bend, 1.0), 0.0)
        slope = jax.grad(lambda w: risk_at(of, n, inv_k, noise, w))

        def polish(_: Any, w: Array) -> Array:
            here, turn = jax.jvp(slope, (w,), (jnp.ones_like(w),))
            return jnp.clip(w - here / jnp.where(turn > 0, turn, jnp.inf), least, most)

        w = jnp.clip(u[i] + shift * (u[1] - u[0]), least, most)
        return jax.lax.fori_loop(0, POLISHING, polish, w)

    def one(n: Array, inv_k: Array, noise: Array) -> Optimum:
        zero = gamma_of(of, n, inv_k)
        # the place of a minimum does not change its value: by the envelope theorem it is held
        w = best(*jax.lax.stop_gradient((n, inv_k, noise, jnp.log(zero))))
        here = sums_of(of, jnp.exp(w))
        inside = risk_of(here, n, inv_k, noise)
        edge = predict_at(of, n, inv_k, jnp.zeros_like(n), noise, zero)
        admitted = (here.z < n) & (here.z * inv_k < 1) & (w > jnp.log(zero) + 1e-12)
        found = Optimum(
            inside, ridge_at.__wrapped__(jnp.exp(w), n, inv_k, here.z), jnp.exp(w), (n - here.z) / n
        )
        at_zero = Optimum(edge.test_risk, jnp.zeros_like(n), zero, edge.fitting_ratio_root)
        better = admitted & (inside < edge.test_risk)
        return jax.tree.map(lambda x, y: jnp.where(better, x, y), found, at_zero)

    return in_batches(one, (n, inv_k, noise))


@jax.jit
def optima_one_by_one(of: Spectrum, *points: Array) -> Optimum:
    """A grid for each point."""
    each = jax.lax.map(lambda point: optima(of, *(x[None] for x in point)), points)
    return or_nan(of, each)


@closed_form(example=EXAMPLE)
def optimal_ridge(
    of: Spectrum, *, n: Points, k: Features = np.inf, noise: Variance = 0.0
) -> Optimum:
    """The minimum over ridge >= 0 of the predicted test risk; arguments broadcast.

    No solve: delta = gamma (n - z)(1 - z/k) is explicit and increasing in gamma, so the minimum is
    sought over gamma >= gamma(ridge 0): the best point of a grid is polished by Newton's method,
    and zero ridge is compared. The risk is that of an admissible ridge, 1e-10 relative above the
    minimum at most, where the grid shows the right valley (tests), and differentiable in all
    arguments (envelope theorem). Raises as :func:`predict`.
    """
    return at_points(optima_one_by_one, of, n=n, k=k, noise=noise)


@closed_form(example=EXAMPLE)
def optimal_risk_map(
    of: Spectrum, *, n: Points, k: Features = np.inf, noise: Variance = 0.0
) -> Optimum:
    """:func:`optimal_ridge` over a whole map: z, c, B1, B2 on one grid of gamma serve every (n, k).

    Not differentiable in the spectrum.
    """
    return at_points(on_short(optima), of, n=n, k=k, noise=noise)


def optimum_of(p: Any, n: Any, k: Any) -> Any:
    return optimal_ridge(problem(p), n=n, k=k, noise=p.noise).test_risk


def fixed(p: Any, n: Any, k: Any) -> Any:
    return predict(problem(p), n=n, k=k, ridge=p.ridge, noise=p.noise).test_risk


@claim.never_above(
    lambda p: optimum_of(p, p.n, p.k), points=128, rounding=1e-12,
    over=Domain.of(Point, n=(1.0, 150.0), k=(1.0, 150.0), ridge=1e-3),
    twin=Twin("more is better at a fixed ridge too", larger=lambda p: fixed(p, p.n, p.k),
              smaller=lambda p: fixed(p, p.n * p.more_samples, p.k * p.more_features)),
)  # fmt: skip
def more_is_better(p):
    """min_delta E_te(n', k') <= min_delta E_te(n, k) for n' >= n, k' >= k.

    Theorem 1
    """
    return optimum_of(p, p.n * p.more_samples, p.k * p.more_features)


def marginal(p: Any, factor: float = 1.0) -> Any:
    """(dlog E_opt/dlog n, dlog E_opt/dlog k) in closed form."""
    of = problem(p)
    gamma = optimal_ridge(of, n=p.n, k=p.k, noise=p.noise).gamma
    value = marginal_values(p.n, p.k, gamma, sums_of(of, gamma), p.noise)
    return jnp.stack([p.n * value.sample, factor * p.k * value.feature])


@jax.jit
def slopes_of_optimum(p: Any) -> Any:
    """The same slopes through the optimiser."""
    sizes = jnp.log(jnp.stack([p.n, p.k]))
    return jax.grad(lambda at: jnp.log(optimum_of(p, *jnp.exp(at))))(sizes)


claim.identity(
    marginal, name="marginal_values", formula=slopes_of_optimum, points=24,
    says="dlog E_opt/dlog n and dlog E_opt/dlog k in closed form at the optimal ridge",
    source="derived: envelope theorem, see marginal_values", within=1e-6, scale=1.0,
    over=Domain.of(Point, n=(2.0, 40.0), k=(60.0, 150.0), noise=(0.5, 10.0), ridge=1e-3,
                   more_samples=1.0, more_features=1.0),
    why="the optimum is known to 1e-8 in log gamma where the risk is flat",
    twin=Twin("features count twice", rhs=lambda p: marginal(p, 2.0)),
)  # fmt: skip


@closed_form(example=EXAMPLE)
def gamma_at_occupation(of: Spectrum, z: Points) -> Array:
    """gamma with z(gamma) = z: the effective ridge of z samples without ridge."""
    check_spectrum(of)
    return over_numbers(of, jax.jit(gamma_of), z)


@jax.jit
def predicted_slope(p: Any) -> Any:
    of = problem(p)
    return slope_at_zero_ridge_below_n(p.n, p.k, sums_of(of, gamma_at_occupation(of, p.k)).c)


@claim.identity(
    predicted_slope, within=1e-9, scale=lambda p: 1 + jnp.abs(predicted_slope(p)),
    over=Domain.derived(  # k below n and below the number of modes
        lambda k, ratio, **rest: Point(k=k, n=k * ratio, **rest),
        k=(1, 30), ratio=(1.05, 50), noise=(0, 10), values=Values, target=Target),
    why="n - z and k - z lose up to 6 digits by subtraction on the left side",
    twin=Twin("the slope is -c/(n - k)", rhs=lambda p: predicted_slope(p) / 2),
)  # fmt: skip
@jax.jit
def zero_ridge_never_optimal_below_n(p):
    """for k < n, dlog E_te/dlog gamma = -2 c/(n - k) < 0 at zero ridge, for any task.

    derived: see slope_at_zero_ridge_below_n
    """
    of = problem(p)
    u = jnp.log(gamma_at_occupation(of, p.k))
    return jax.grad(lambda w: jnp.log(risk_at(of, p.n, 1 / p.k, p.noise, w)))(u)


# The kernel limit at the optimal ridge

INDEX: Any = np.arange(1.0, 2001.0)  # of numpy: importing starts no device
TASK = Spectrum(INDEX**-1.5, INDEX**-1.5, 1.0 + 0.0 * INDEX)
TASK_N, TASK_NOISE = 64.0, 0.3

widths = claim.given(along=[Point(k=k) for k in (1e3, 3e3, 1e4, 3e4)], size=lambda p: p.k)


@jax.jit
def excess_at(k: Any) -> Any:
    both = optimal_ridge(TASK, n=TASK_N, k=jnp.stack([k, jnp.inf]), noise=TASK_NOISE).test_risk
    return both[0] - both[1]


@widths.scaling(
    -1.0, within=0.02, why="the next term is of relative size z/k < 0.06 at the first rung",
    twin=Twin("the gap closes as 1/k^2", exponent=-2.0),
)  # fmt: skip
def krr_limit(p):
    """E_opt(n, k) - E_opt(n, inf) ~ 1/k at the optimal ridge.

    Section 3 (k to infinity); rate derived: see krr_limit_coefficient
    """
    return excess_at(p.k)


def price_of_width(p: Any, mixed: float = 1.0) -> float:
    at = sums_of(TASK, optimal_ridge(TASK, n=TASK_N, noise=TASK_NOISE).gamma)
    a, c = TASK_N - at.z, at.c
    bracket = c**2 / (a + c) * (at.bias_squared + TASK_NOISE) + mixed * c * at.bias_mixed
    return float(TASK_N / (a + c) * bracket)


@widths.limit(
    price_of_width, rate=-1.0, last_gap=0.05, within=0.05, why="second order in 1/k",
    twin=Twin("without the term c B2", limit=lambda p: price_of_width(p, 0.0)),
)  # fmt: skip
def krr_limit_coefficient(p):
    """k (E_opt(n,k) - E_opt(n,inf)) -> n/(a+c) [c^2/(a+c) (B1 + sigma^2) + c B2].

    derived: first order of the risk in 1/k at fixed gamma (envelope theorem)
    """
    return p.k * excess_at(p.k)
