"""Logistic and softmax regression by Newton's method."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.linalg import cho_factor, cho_solve
from jax.typing import ArrayLike
from jaxtyping import Array, Float, Int

from sims._shapes import check_shapes

__all__ = ["Minimiser", "newton_logistic", "softmax_regression"]

_HALVINGS = 20
_DECREASE = 1e-4  # Armijo's share of the decrease that the slope promises


class Minimiser(NamedTuple):
    """Where Newton's method ended.

    Attributes:
        theta: the parameters.
        residual: the largest entry of the gradient there. It stays large, and theta grows with
            the steps, where the data are separable and no ridge holds them: there is no minimiser.
    """

    theta: Array
    residual: Array


def _newton(
    value: Callable[[Array], Array],
    derivatives: Callable[[Array], tuple[Array, Array]],
    start: Array,
    steps: int,
) -> Minimiser:
    """Newton's method on a convex function; a step is halved until it decreases enough."""

    def step(_: Array | int, theta: Array) -> Array:
        gradient, hessian = derivatives(theta)
        direction = -cho_solve(cho_factor(hessian), gradient)
        here, slope = value(theta), gradient @ direction
        # at the minimum the values differ by rounding alone, and the full step is right
        slack = 1e-13 * jnp.abs(here)

        def too_far(state: tuple[Array, Array]) -> Array:
            length, halvings = state
            wanted = here + _DECREASE * length * slope + slack
            return (value(theta + length * direction) > wanted) & (halvings < _HALVINGS)

        def halve(state: tuple[Array, Array]) -> tuple[Array, Array]:
            return state[0] / 2, state[1] + 1

        length, _ = jax.lax.while_loop(too_far, halve, (jnp.ones(()), jnp.zeros((), int)))
        return theta + length * direction

    theta = jax.lax.fori_loop(0, steps, step, start)
    return Minimiser(theta, jnp.max(jnp.abs(derivatives(theta)[0])))


def newton_logistic(
    X: Float[Array, "n d"],
    y: Float[Array, " n"],
    weights: ArrayLike = 1.0,
    ridge: ArrayLike = 0.0,
    *,
    start: Float[Array, " d"] | None = None,
    steps: int = 20,
) -> Minimiser:
    """argmin sum_i weights_i log(1 + exp(-y_i x_i.theta)) + sum_j ridge_j theta_j^2/2.

    An intercept is a column of ones with ridge 0. Newton's method with halved steps, from 0 or
    ``start``; it converges quadratically, and some ten steps reach rounding.

    Args:
        X, y: points and labels -1, +1.
        weights: of the points, (n,) or one for all.
        ridge: of the parameters, (d,) or one for all.
        start: where to begin.
        steps: Newton steps, a fixed number.
    """
    n, d = check_shapes("newton_logistic", X=(X, "n d"), y=(y, "n")).values()
    rows = y[:, None] * X
    weights, ridge = jnp.broadcast_to(weights, (n,)), jnp.broadcast_to(ridge, (d,))

    def value(theta: Array) -> Array:
        return weights @ jax.nn.softplus(-(rows @ theta)) + ridge @ theta**2 / 2

    def derivatives(theta: Array) -> tuple[Array, Array]:
        p = jax.nn.sigmoid(-(rows @ theta))
        gradient = -(weights * p) @ rows + ridge * theta
        return gradient, (rows.T * (weights * p * (1 - p))) @ rows + jnp.diag(ridge)

    return _newton(value, derivatives, jnp.zeros(d) if start is None else start, steps)


def softmax_regression(
    X: Float[Array, "n d"],
    labels: Int[Array, " n"],
    classes: int,
    weights: ArrayLike = 1.0,
    ridge: ArrayLike = 0.0,
    *,
    steps: int = 20,
) -> Minimiser:
    """argmin -sum_i weights_i log softmax(W x_i)_label_i + sum_kj ridge_j W_kj^2/2, W (classes, d).

    An intercept is a column of ones with ridge 0. Adding one vector to all rows of W changes no
    probability: the minimiser with sum_k W_k = 0 is given. Newton's method with the full Hessian,
    n (classes d)^2 operations a step.
    """
    n, d = check_shapes("softmax_regression", X=(X, "n d"), labels=(labels, "n")).values()
    member = jax.nn.one_hot(labels, classes, dtype=X.dtype)
    weights, ridge = jnp.broadcast_to(weights, (n,)), jnp.broadcast_to(ridge, (d,))
    penalty = jnp.tile(ridge, classes)
    # the directions that change no probability are given curvature; the gradient has no part there
    common = jnp.kron(jnp.ones((classes, classes)) / classes, jnp.eye(d))

    def value(theta: Array) -> Array:
        logits = X @ theta.reshape(classes, d).T
        loss = jax.nn.logsumexp(logits, axis=1) - jnp.sum(member * logits, axis=1)
        return weights @ loss + penalty @ theta**2 / 2

    def derivatives(theta: Array) -> tuple[Array, Array]:
        p = jax.nn.softmax(X @ theta.reshape(classes, d).T, axis=1)
        gradient = ((weights[:, None] * (p - member)).T @ X).reshape(-1) + penalty * theta
        scaled = (weights[:, None, None] * p[:, :, None] * X[:, None]).reshape(n, -1)
        spread = (p[:, :, None] * X[:, None]).reshape(n, -1)
        own = jax.vmap(lambda column: (X.T * (weights * column)) @ X, 1)(p)
        blocks = jax.scipy.linalg.block_diag(*own) - scaled.T @ spread
        return gradient, blocks + jnp.diag(penalty) + common

    fit = _newton(value, derivatives, jnp.zeros(classes * d), steps)
    return Minimiser(fit.theta.reshape(classes, d), fit.residual)
