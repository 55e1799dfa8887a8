"""Separators of largest margin and least hinge loss, each with a bound on what is missing."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from sims._interior_point import minimise
from sims._shapes import check_shapes

__all__ = ["HingeFit", "Separator", "hinge_fit", "max_margin", "perceptron"]


class Separator(NamedTuple):
    """The direction of largest margin.

    Attributes:
        theta: parameters with sum_j ridge_j theta_j^2 = 1.
        margin: min_i y_i x_i.theta; not positive where nothing separates the data.
        gap: no theta has a margin over margin + gap (weak duality).
    """

    theta: Array
    margin: Array
    gap: Array


class HingeFit(NamedTuple):
    """A minimiser of the hinge loss.

    Attributes:
        theta: the parameters.
        gap: the objective there is at most this above the least (weak duality).
    """

    theta: Array
    gap: Array


def _dual_length(pull: Array, ridge: Array) -> Array:
    """sum_j pull_j^2/ridge_j over the penalised parameters."""
    return jnp.sum(jnp.where(ridge > 0, pull**2 / jnp.where(ridge > 0, ridge, 1.0), 0.0))


def _unbalanced(pull: Array, ridge: Array, theta: Array) -> Array:
    """What is lost because multipliers balance the free parameters to rounding only."""
    return jnp.sum(jnp.where(ridge > 0, 0.0, jnp.abs(pull * theta)))


def max_margin(X: Float[Array, "n d"], y: Float[Array, " n"], ridge: ArrayLike = 1.0) -> Separator:
    """The theta of largest min_i y_i x_i.theta among sum_j ridge_j theta_j^2 = 1.

    The hard-margin support vector machine: with ridge 1 through the origin; an intercept is a
    column of ones with ridge 0. It is found as the point nearest to 0 of the convex hull of the
    y_i x_i, by an interior-point method: n, d up to a few hundred, some 20 steps of n d^2.

    Args:
        X, y: points and labels -1, +1; both labels where there is an intercept.
        ridge: (d,) or one for all, >= 0.
    """
    n, d = check_shapes("max_margin", X=(X, "n d"), y=(y, "n")).values()
    ridge = jnp.broadcast_to(jnp.asarray(ridge, float), (d,))
    rows = y[:, None] * X
    scale = jnp.sqrt(jnp.max(jnp.sum(rows**2, axis=1)))
    # min ridge.w^2/2 - rho with every row's margin >= rho; its multipliers sum to 1, so that a
    # price of 2 on falling short is never paid
    M = jnp.concatenate([rows / scale, -jnp.ones((n, 1))], axis=1)
    linear = jnp.zeros(d + 1).at[d].set(-1.0)
    solved, alpha = minimise(M, jnp.append(ridge, 0.0), linear, jnp.zeros(n), jnp.full(n, 2.0))
    theta = solved[:d] / jnp.sqrt(ridge @ solved[:d] ** 2)
    margin = jnp.min(rows @ theta)
    pull = (alpha / jnp.sum(alpha)) @ rows
    above = jnp.sqrt(_dual_length(pull, ridge)) + _unbalanced(pull, ridge, theta)
    return Separator(theta, margin, above - margin)


def hinge_fit(
    X: Float[Array, "n d"], y: Float[Array, " n"], weights: ArrayLike = 1.0, ridge: ArrayLike = 1.0
) -> HingeFit:
    """argmin sum_i weights_i max(0, 1 - y_i x_i.theta) + sum_j ridge_j theta_j^2/2.

    The soft-margin support vector machine; an intercept is a column of ones with ridge 0.
    An interior-point method: n, d up to a few hundred, some 20 steps of n d^2.

    Args:
        X, y: points and labels -1, +1; both labels where there is an intercept.
        weights: of the points, (n,) or one for all, > 0.
        ridge: (d,) or one for all, >= 0.
    """
    n, d = check_shapes("hinge_fit", X=(X, "n d"), y=(y, "n")).values()
    ridge = jnp.broadcast_to(jnp.asarray(ridge, float), (d,))
    weights = jnp.broadcast_to(jnp.asarray(weights, float), (n,))
    rows, total = y[:, None] * X, jnp.sum(weights)
    theta, share = minimise(rows, ridge / total, jnp.zeros(d), jnp.ones(n), weights / total)
    alpha = total * share
    loss = weights @ jax.nn.relu(1 - rows @ theta) + ridge @ theta**2 / 2
    pull = alpha @ rows
    below = jnp.sum(alpha) - _dual_length(pull, ridge) / 2 - _unbalanced(pull, ridge, theta)
    return HingeFit(theta, loss - below)


def perceptron(
    X: Float[Array, "n d"], y: Float[Array, " n"], passes: int
) -> tuple[Float[Array, " d"], Float[Array, ""]]:
    """(w, mistakes) of Rosenblatt's perceptron from w = 0, ``passes`` times through the data.

    A point with y x.w <= 0 is a mistake and adds y x to w. Novikoff (1962): never more than
    (R/margin)^2 mistakes, R the largest |x|.
    """
    check_shapes("perceptron", X=(X, "n d"), y=(y, "n"))
    rows = y[:, None] * X

    def see(state: tuple[Array, Array], row: Array) -> tuple[tuple[Array, Array], None]:
        w, mistakes = state
        wrong = jnp.where(row @ w <= 0, 1.0, 0.0)
        return (w + wrong * row, mistakes + wrong), None

    def go_through(_: Array | int, state: tuple[Array, Array]) -> tuple[Array, Array]:
        return jax.lax.scan(see, state, rows)[0]

    return jax.lax.fori_loop(0, passes, go_through, (jnp.zeros(X.shape[1]), jnp.zeros(())))
