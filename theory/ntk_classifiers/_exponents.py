"""Singular exponents in closed form, and the squared frequencies at which a sine is optimal."""

from typing import Annotated, Any

from theory import Ge, Le, Scalar, closed_form, cosh, log, root, sinh
from theory._formula import evaluator_of
from theory.ntk_classifiers._activations import singular_exponent
from theory.ntk_classifiers._families import Frequency, error_function, log_cosh, log_sinhc
from theory.ntk_classifiers._params import activation_of


def exponent(params: Any) -> Scalar:
    """alpha = -2 log a/log b of the activation that params name.

    Raises ActivationError as :func:`singular_exponent`.
    """
    return singular_exponent(activation_of(params))


@closed_form
def sine_exponent(w: Frequency) -> Scalar:
    """alpha(w) = 2 ln(sinh w/w)/ln(w coth w) of sin(sqrt(w) x)."""
    if evaluator_of(w) == "jax":  # both logarithms are of order w^2
        return 2 * log_sinhc(w) / (log_cosh(w) - log_sinhc(w))
    return 2 * log(sinh(w) / w) / log(w * cosh(w) / sinh(w))


@closed_form
def erf_exponent(scale: Annotated[Scalar, Ge(0.01), Le(1000)]) -> Scalar:
    """alpha of erf(scale x): under 1, falling from 1 to 0."""
    return singular_exponent(error_function(scale))


_LOWEST, _HIGHEST = 0.01, 300.0


@closed_form
def sine_root(d: Annotated[Scalar, Ge(1.0001), Le(100)]) -> Any:
    """The squared frequency w with alpha(w) = d.

    alpha > 1 for every frequency, so no sine is optimal at d = 1; alpha = 1 + w/5 + O(w^2).
    """
    return root(lambda w: sine_exponent.__wrapped__(w) - d, _LOWEST, _HIGHEST)
