"""Singular exponents in closed form, and the squared frequencies at which a sine is optimal."""

from typing import Any

from theory import Scalar, cosh, log, sinh
from theory.ntk_classifiers._activations import error_function, singular_exponent
from theory.ntk_classifiers._params import activation_of


def exponent(params: Any) -> Scalar:
    """alpha = -2 log a/log b of the activation that params name."""
    return singular_exponent(activation_of(params))


def sine_exponent(w: Scalar) -> Scalar:
    """alpha(w) = 2 ln(sinh w/w)/ln(w coth w) of sin(sqrt(w) x)."""
    return 2 * log(sinh(w) / w) / log(w * cosh(w) / sinh(w))


def erf_exponent(scale: Scalar) -> Scalar:
    """alpha of erf(scale x): under 1, falling from 1 to 0."""
    return singular_exponent(error_function(scale))


def sine_root(d: int) -> float:
    """The squared frequency w with alpha(w) = d, by bisection; ValueError for d <= 1."""
    if d <= 1:
        raise ValueError(
            f"ntk_classifiers: d = {d!r}: alpha > 1 for every frequency, so no sine is optimal"
        )
    low, high = 1e-2, 60.0
    if d > float(sine_exponent(high)):
        raise ValueError(f"ntk_classifiers: d = {d!r} needs a squared frequency above {high:g}")
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if float(sine_exponent(middle)) < d else (low, middle)
    return (low + high) / 2
