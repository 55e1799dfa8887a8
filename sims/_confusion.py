"""Confusion tables and what is read from them.

A table holds, in row i and column j, the points of class i that were called j: counts or shares.
A ratio without points (a class absent, or never predicted) is NaN, never a silent 0.
"""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from sims._shapes import check_shapes

__all__ = [
    "accuracy",
    "balanced_accuracy",
    "cohen_kappa",
    "confusion",
    "f1_scores",
    "geometric_mean",
    "matthews",
    "precisions",
    "recalls",
]

Table = Float[Array, "*tables k k"]
PerClass = Float[Array, "*tables k"]
PerTable = Float[Array, "*tables"]


def confusion(labels: ArrayLike, predictions: ArrayLike, classes: int) -> Float[Array, "k k"]:
    """The table of counts: rows the true class, columns the prediction, both 0 .. classes - 1."""
    check_shapes("confusion", labels=(labels, "n"), predictions=(predictions, "n"))
    rows, columns = jnp.asarray(labels, int), jnp.asarray(predictions, int)
    return jnp.zeros((classes, classes)).at[rows, columns].add(1.0)


def _hits(table: Array) -> Array:
    return jnp.diagonal(table, axis1=-2, axis2=-1)


def accuracy(table: Table) -> PerTable:
    """The share of points called by their own class."""
    return jnp.sum(_hits(table), axis=-1) / jnp.sum(table, axis=(-2, -1))


def recalls(table: Table) -> PerClass:
    """Of each class's points, the share called by it."""
    return _hits(table) / jnp.sum(table, axis=-1)


def precisions(table: Table) -> PerClass:
    """Of the points called each class, the share that belong to it."""
    return _hits(table) / jnp.sum(table, axis=-2)


def f1_scores(table: Table) -> PerClass:
    """2 hits/(points of the class + points called it): harmonic mean of precision and recall."""
    return 2 * _hits(table) / (jnp.sum(table, axis=-1) + jnp.sum(table, axis=-2))


def balanced_accuracy(table: Table) -> PerTable:
    """The mean of the recalls."""
    return jnp.mean(recalls(table), axis=-1)


def geometric_mean(table: Table) -> PerTable:
    """The geometric mean of the recalls; for two classes sqrt(sensitivity specificity)."""
    return jnp.prod(recalls(table), axis=-1) ** (1 / table.shape[-1])


def _chance(table: Array) -> tuple[Array, Array, Array, Array]:
    """(observed agreement, agreement by chance, sum of squared rows' shares, of columns')."""
    total = jnp.sum(table, axis=(-2, -1))[..., None]
    rows, columns = jnp.sum(table, axis=-1) / total, jnp.sum(table, axis=-2) / total
    by_chance, square_rows, square_columns = (
        jnp.sum(a * b, axis=-1) for a, b in ((rows, columns), (rows, rows), (columns, columns))
    )
    return accuracy(table), by_chance, square_rows, square_columns


def cohen_kappa(table: Table) -> PerTable:
    """(observed agreement - agreement by chance)/(1 - agreement by chance).

    NaN where all points are of one class and called so.
    """
    observed, chance, *_ = _chance(table)
    return _over(observed - chance, 1 - chance)


def _over(excess: Array, spread: Array) -> Array:
    """The ratio, NaN over 0, where the excess is nothing but rounding."""
    return jnp.where(spread > 0, excess / jnp.where(spread > 0, spread, 1.0), jnp.nan)


def matthews(table: Table) -> PerTable:
    """Matthews' correlation (phi): the correlation of class and prediction indicators.

    For k classes Gorodkin's (2004) form, sums of covariances over the classes. NaN where all points
    are of one class, or called so.
    """
    observed, chance, rows, columns = _chance(table)
    return _over(observed - chance, jnp.sqrt((1 - rows) * (1 - columns)))
