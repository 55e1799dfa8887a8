"""Whether confidence is accuracy: binned calibration errors."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from sims._shapes import check_shapes

__all__ = ["calibration_error", "squared_calibration_error"]


def _binned(word: str, confidence: Any, correct: Any, bins: int) -> tuple[Array, ...]:
    """(points, sum of confidence, sum of correct) of the bins ((b - 1)/bins, b/bins]."""
    confidence, correct = jnp.asarray(confidence, float), jnp.asarray(correct, float)
    check_shapes(word, confidence=(confidence, "n"), correct=(correct, "n"))
    if bins < 1:
        raise ValueError(f"{word}: bins = {bins} is outside [1, inf)")
    sound = (confidence >= 0) & (confidence <= 1)
    place = jnp.clip(jnp.ceil(confidence * bins) - 1, 0, bins - 1).astype(int)
    columns = jnp.stack([jnp.ones_like(confidence), jnp.where(sound, confidence, jnp.nan), correct])
    sums = jnp.zeros((3, bins)).at[:, place].add(columns)
    return sums[0], sums[1], sums[2]


def calibration_error(confidence: Any, correct: Any, bins: int = 15) -> Float[Array, ""]:
    """The expected calibration error: sum_b (n_b/n) |accuracy_b - mean confidence_b|.

    Bins of equal width on [0, 1], closed above (Guo et al. 2017). With n points it is about
    sqrt(bins/n) too large even for perfect confidences. NaN for a confidence outside [0, 1].

    Args:
        confidence: of the answer given, in [0, 1], shape (n,); lists and numpy arrays too.
        correct: whether the answer was right, truth values (n,).
        bins: how many bins.
    """
    _, sure, right = _binned("calibration_error", confidence, correct, bins)
    return jnp.sum(jnp.abs(sure - right)) / len(confidence)


def squared_calibration_error(confidence: Any, correct: Any, bins: int = 15) -> Float[Array, ""]:
    """sum_b (n_b/n) ((accuracy_b - mean confidence_b)^2 - accuracy_b (1 - accuracy_b)/(n_b - 1)).

    The debiased square of Kumar, Liang & Ma (2019): given the confidences, a bin's accuracy has
    variance about accuracy (1 - accuracy)/n_b, of which the last term is an unbiased estimate where
    the bin's points share one probability. So perfect confidences give 0 on average; a value may be
    negative. Bins with one point say nothing and are left out. Arguments as for
    :func:`calibration_error`.
    """
    points, sure, right = _binned("squared_calibration_error", confidence, correct, bins)
    several = points > 1
    count = jnp.where(several, points, 2.0)
    accuracy = right / count
    squares = ((right - sure) / count) ** 2 - accuracy * (1 - accuracy) / (count - 1)
    return jnp.sum(jnp.where(several, count * squares, 0.0)) / len(confidence)
