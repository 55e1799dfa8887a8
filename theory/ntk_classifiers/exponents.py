"""Singular exponents in closed form, and the squared frequencies at which a sine is optimal."""

import math
from typing import Annotated, Any

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, cosh, evaluator_of, log, pi, rational, root,
    sinh,
)  # fmt: skip
from theory._neural_kernels import ActivationError, checked_activation, error_function
from theory._neural_kernels.activations import LINEAR
from theory._neural_kernels.families import Frequency, log_cosh, log_sinhc
from theory.ntk_classifiers.params import Params, activation_of

__all__ = ["erf_exponent", "exponent", "sine_exponent", "sine_root", "singular_exponent"]

claim = Claims()


def check_exponent(order: int, slope_at_one: Any) -> None:
    """Raises ActivationError where there is no singular exponent: unless A = 0 != A', B' finite."""
    if order == 0:
        raise ActivationError("A != 0: not a singular-kernel activation")
    if order > 1:
        raise ActivationError("A' = 0: 1-NN class, no finite exponent")
    if isinstance(slope_at_one, (int, float)) and slope_at_one == math.inf:
        raise ActivationError("derivative not square integrable: B' is infinite")


def singular_exponent(activation: object) -> Scalar:
    """alpha = -2 log a/log b, A = 0 < a < 1 < b < inf: G(t) ~ |x - z|^-alpha.

    Raises ActivationError for every other activation.
    """
    activation = checked_activation(activation)
    check_exponent(activation.order, activation.slope_at_one)
    if isinstance(activation.slope_at_zero, (int, float)) and activation.slope_at_zero >= 1:
        raise ActivationError(LINEAR)
    return -2 * activation.log_a / activation.log_b


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


@closed_form
def sine_root(d: Annotated[Scalar, Ge(1.0001), Le(100)]) -> Any:
    """The squared frequency w with alpha(w) = d.

    alpha > 1 for every frequency, so no sine is optimal at d = 1; alpha = 1 + w/5 + O(w^2).
    """
    return root(lambda w: sine_exponent.__wrapped__(w) - d, 0.01, 300.0)


def over(activation: str, low: float, high: float) -> Domain:
    """All shapes of a family between two."""
    return Domain.around(Params(activation=activation, shape=low), shape=(low, high))


@claim.identity(
    lambda p: p.d + 0 * p.s, over=Domain.around(Params(s=0.5), d=(1, 64)),
    twin=Twin("alpha is that of the ambient dimension d + 1", rhs=lambda p: p.d + 1 + 0 * p.s),
)  # fmt: skip
def explicit_optimal_activations(p):
    """phi_d has alpha = d exactly, for d = 1 and every d >= 2.

    Section on explicit optimal activations
    """
    return exponent(p) + 0 * p.s  # an exact constant as a value of p's evaluator


claim.identity(
    lambda p: sine_exponent(p.shape), name="sine_activation_exponent", formula=exponent,
    says="alpha(sin) = 2 ln(sinh w/w)/ln(w coth w), w the squared frequency",
    source="derived: see sine_exponent",
    # log a and log b are of order w^2: below w = 1 their rounding, 6 eps/w^2, is the formula's own
    over=over("sine", 1.0, 40.0),
    twin=Twin("the numerator's factor 2 left out", rhs=lambda p: sine_exponent(p.shape) / 2),
)  # fmt: skip
never_below = claim.given(evaluators=("jax", "mpmath"), formula=exponent)
never_below.never_below(
    lambda p: 1 + 0 * p.shape, name="sine_never_optimal_on_the_circle",
    says="alpha(sin) > 1 for every frequency: no sine is optimal at d = 1",
    source="derived: see sine_exponent", over=over("sine", 0.05, 40.0),
    twin=Twin("alpha = 1 is reached (no better than 6/5)",
              smaller=lambda p: rational(6, 5) + 0 * p.shape),
)  # fmt: skip
never_below.never_below(
    lambda p: pi - 2 + 0 * p.shape, name="centred_leaky_relu_exponent",
    says="centred leaky ReLU: alpha > pi - 2, its limit as the slope tends to 1",
    source="derived: see centred_leaky_relu", over=over("centred_leaky_relu", -0.99, 0.99),
    twin=Twin("alpha > 2: no such activation is optimal at d = 2",
              smaller=lambda p: 2 + 0 * p.shape),
)  # fmt: skip
claim.never_above(
    lambda p: 1 + 0 * p.shape, name="erf_never_optimal", formula=lambda p: erf_exponent(p.shape),
    says="alpha(erf) < 1 <= d for every scale", source="derived: see erf_exponent",
    over=over("erf", 0.01, 20.0), evaluators=("jax", "mpmath"),
    twin="alpha(erf) > 1, as for the sine",
)  # fmt: skip
