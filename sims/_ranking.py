"""How well scores rank: AUROC, ROC curve, average precision."""

from typing import NamedTuple

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from sims._shapes import check_shapes

__all__ = ["RocCurve", "auc", "average_precision", "midranks", "roc_curve", "wins"]

_PAIRS = 4096  # up to here all pairs are compared; above, sorting is cheaper


def _unless_nan(value: Array, *scores: Array) -> Array:
    """NaN if a score is NaN: sorting would put it above all others."""
    bad = jnp.any(jnp.stack([jnp.any(jnp.isnan(s)) for s in scores]))
    return jnp.where(bad, jnp.nan, value)


def wins(above: Float[Array, " a"], below: Float[Array, " b"]) -> Float[Array, ""]:
    """The share of pairs with above > below, ties by half: its mean over trials is the AUROC."""
    check_shapes("wins", above=(above, "a"), below=(below, "b"))
    if above.size * below.size <= _PAIRS:
        return jnp.mean((jnp.sign(above[:, None] - below) + 1) / 2)
    ordered = jnp.sort(below)
    # in float: the sum of places passes 2^31
    twice = sum(
        jnp.sum(jnp.searchsorted(ordered, above, side=side), dtype=float)
        for side in ("left", "right")
    )
    return _unless_nan(jnp.asarray(twice) / (2 * above.size * below.size), above, below)


def midranks(scores: Float[Array, " n"]) -> Float[Array, " n"]:
    """Ranks 1 .. n from the lowest; equal scores share the mean of their ranks."""
    check_shapes("midranks", scores=(scores, "n"))
    ordered = jnp.sort(scores)
    lower = jnp.searchsorted(ordered, scores, side="left")
    upper = jnp.searchsorted(ordered, scores, side="right")
    return _unless_nan((lower.astype(float) + upper + 1) / 2, scores)


def auc(scores: Float[Array, " n"], positive: ArrayLike) -> Float[Array, ""]:
    """P(a positive's score > a negative's), ties by half, where labels are random too.

    ``positive`` is (n,) of truth values; NaN if one class is absent. Where the two classes stand in
    arrays of their own, :func:`wins` says the same.
    """
    positive = jnp.asarray(positive, float)
    check_shapes("auc", scores=(scores, "n"), positive=(positive, "n"))
    ones = jnp.sum(positive)
    beaten = positive @ midranks(scores) - ones * (ones + 1) / 2
    return beaten / (ones * (len(scores) - ones))


def _thresholds(scores: Array, positive: Array) -> tuple[Array, Array, Array]:
    """(t, points, positives with a score >= t) for every score t, from the highest."""
    order = jnp.argsort(scores, descending=True)
    t = scores[order]
    points = len(scores) - jnp.searchsorted(jnp.flip(t), t, side="left")
    hits = jnp.cumsum(positive[order])[points - 1]
    return t, points.astype(float), hits


class RocCurve(NamedTuple):
    """Points of a ROC curve from (0, 0) to (1, 1); equal scores repeat their one point.

    Attributes:
        false_positives, true_positives: rates at score >= threshold, (n + 1,).
        thresholds: inf, then the scores from the highest.
    """

    false_positives: Array
    true_positives: Array
    thresholds: Array


def roc_curve(scores: Float[Array, " n"], positive: ArrayLike) -> RocCurve:
    """The ROC curve of scores against truth values; NaN rates for an absent class."""
    positive = jnp.asarray(positive, float)
    check_shapes("roc_curve", scores=(scores, "n"), positive=(positive, "n"))
    t, points, hits = _thresholds(scores, positive)
    ones = jnp.sum(positive)
    false = jnp.append(0.0, points - hits) / (len(scores) - ones)
    true = jnp.append(0.0, hits) / ones
    return RocCurve(_unless_nan(false, scores), _unless_nan(true, scores), jnp.append(jnp.inf, t))


def average_precision(scores: Float[Array, " n"], positive: ArrayLike) -> Float[Array, ""]:
    """sum over thresholds of precision times the step in recall; equal scores are one step.

    The mean, over positives, of the precision at their score; NaN if there is none.
    """
    positive = jnp.asarray(positive, float)
    check_shapes("average_precision", scores=(scores, "n"), positive=(positive, "n"))
    _, points, hits = _thresholds(scores, positive)
    gained = jnp.diff(hits, prepend=0.0)  # within equal scores all on the first: they share hits
    return _unless_nan(jnp.sum(gained * hits / points) / jnp.sum(positive), scores)
