"""Singular exponents in closed form, and which class and dimension an activation is for."""

import dataclasses
import math
from collections.abc import Callable
from typing import Annotated, Any

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, cosh, evaluator_of, log, pi, rational, root,
    sinh,
)  # fmt: skip
from theory._neural_kernels import (
    Activation, ActivationError, checked_activation, error_function, expand,
)  # fmt: skip
from theory._neural_kernels.activations import LINEAR
from theory._neural_kernels.expansion import ZERO
from theory._neural_kernels.families import Frequency, log_cosh, log_sinhc
from theory.ntk_classifiers.params import Params, activation_of

__all__ = [
    "Taxonomy", "erf_exponent", "exponent", "sine_exponent", "sine_root", "singular_exponent",
    "taxonomy",
]  # fmt: skip

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
    """:func:`singular_exponent` of the activation that params name."""
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


# Which of the three classes

_CRITICAL = 1e-9  # |B' - 1| under this counts as 1
_OPTIMAL = 1e-6  # |alpha - d| under this counts as optimal for d


@dataclasses.dataclass(frozen=True)
class Taxonomy:
    """What infinite width and depth make of an activation.

    Attributes:
        mean, mean_slope, mean_square_slope: A, A', B' of the normalised activation.
        second_moment: E phi(Z)^2 before normalisation.
        kind: ``"one_nearest_neighbour"`` (A = A' = 0), ``"singular_kernel"`` (A = 0 != A') or
            ``"majority_vote"`` (A != 0).
        branch: for majority vote, ``"supercritical"``, ``"critical"`` or ``"subcritical"`` (B' >,
            =, < 1); without ridge the subcritical branch is no majority vote, but interpolates.
        alpha: the singular exponent -4 log|A'|/log B', or None outside class "singular_kernel".
        optimal_dimension: the d with alpha = d, or None.
    """

    mean: float
    mean_slope: float
    mean_square_slope: float
    second_moment: float
    kind: str
    branch: str | None
    alpha: float | None
    optimal_dimension: int | None

    def exponent(self) -> float:
        """alpha, or an ActivationError that says why there is none."""
        order = {"majority_vote": 0, "singular_kernel": 1, "one_nearest_neighbour": 2}[self.kind]
        check_exponent(order, self.mean_square_slope)
        assert self.alpha is not None
        return self.alpha

    def verdict_in(self, d: int) -> str:
        """What the infinitely deep network does in intrinsic dimension d as n grows."""
        if d < 1 or d != int(d):
            raise ValueError(f"ntk_classifiers: d = {d!r} is not a whole number >= 1")
        if self.kind == "one_nearest_neighbour":
            return "1-nearest-neighbour rule (risk up to twice the Bayes risk)"
        if self.kind == "majority_vote":
            if self.branch == "subcritical":
                return "majority vote with a ridge; a flat-limit interpolant without"
            return "majority vote (ignores the input)"
        if self.alpha is None:
            return "singular exponent 0: no consistent limit"
        if abs(self.alpha - d) <= _OPTIMAL:
            return "optimal: alpha = d, consistent (Hilbert kernel estimate)"
        if self.alpha > d:
            return f"alpha > d: between 1-NN and Bayes (r = d/alpha = {d / self.alpha:.4f})"
        return "alpha < d: a fixed smoothing, inconsistent in general"


def taxonomy(activation: Activation | Callable[[Any], Any]) -> Taxonomy:
    """The taxonomy of an Activation (from its closed form) or of any function of a real number.

    Raises ActivationError for functions that are no activation (see :func:`expand`).
    """
    if isinstance(activation, Activation):
        mean = math.sqrt(float(activation.dual(0.0))) if activation.order == 0 else 0.0
        slope = math.sqrt(float(activation.slope_at_zero))
        square, second, zero = float(activation.slope_at_one), 1.0, 0.0
        if slope == 1.0:
            raise ActivationError(LINEAR)
    elif callable(activation):
        e = expand(activation)
        mean, slope, zero = e.mean, e.mean_slope, ZERO
        square, second = e.mean_square_slope, e.second_moment
    else:
        raise ActivationError(
            f"{activation!r} is neither an Activation nor a function of a number"
            " (from text: activation_named)"
        )
    kind, branch, alpha, best = "one_nearest_neighbour", None, None, None
    if abs(mean) > zero:
        kind, branch = "majority_vote", "supercritical" if square > 1 else "subcritical"
        if abs(square - 1) <= _CRITICAL:
            branch = "critical"
    elif abs(slope) > zero:
        kind = "singular_kernel"
        if math.isfinite(square):
            alpha = -4 * math.log(abs(slope)) / math.log(square)
            nearest = round(alpha)
            best = nearest if nearest >= 1 and abs(alpha - nearest) <= _OPTIMAL else None
    return Taxonomy(mean, slope, square, second, kind, branch, alpha, best)
