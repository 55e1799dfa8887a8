"""The Gaussian model in (s, k, s_r, R): best offset, class accuracies, and what an attack adds."""

from typing import Annotated, Any

import jax
import numpy as np

from theory import (
    Claims, Doc, Domain, Ge, Le, Logarithmic, Scalar, Twin, closed_form, evaluator_of, exp, log,
    maximum, minimum, normal_cdf, normal_pdf, parameters, rational, where,
)  # fmt: skip
from theory.gaussian_robustness.params import (
    SETTING, Margin, Margins, PositiveMargin, Ratio, WideImbalance,
)  # fmt: skip

__all__ = [
    "LinearRule", "disparity", "disparity_gap", "disparity_slope", "imbalance_part",
    "inherent_part", "majority_accuracy", "majority_gain_threshold", "minority_accuracy",
    "minority_half_threshold", "optimal_disparity", "optimal_offset", "population_error",
    "standard_accuracy_gap",
]  # fmt: skip

claim = Claims()
BOTH = ("jax", "mpmath")


@closed_form
def optimal_offset(m: Margin, R: Ratio) -> Scalar:
    """h = log(R)/(2 m), m > 0: the offset of least error at margin m (h_s at s, h_r at s_r)."""
    return log(R) / (2 * m)


@closed_form
def majority_accuracy(m: Scalar, h: Scalar) -> Scalar:
    """Phi(m + h): the majority's accuracy at margin m and offset h."""
    return normal_cdf(m + h)


@closed_form
def minority_accuracy(m: Scalar, h: Scalar) -> Scalar:
    """Phi(m - h): the minority's accuracy at margin m and offset h."""
    return normal_cdf(m - h)


@closed_form
def disparity(m: Scalar, h: Scalar) -> Scalar:
    """G(m, h) = Phi(m + h) - Phi(m - h), majority minus minority accuracy, as upper tails."""
    return normal_cdf(-(m - h)) - normal_cdf(-(m + h))


@closed_form
def population_error(m: Scalar, h: Scalar, R: Ratio) -> Scalar:
    """[R Phi(-(m + h)) + Phi(h - m)]/(1 + R): the error on the imbalanced population."""
    return (R * normal_cdf(-(m + h)) + normal_cdf(-(m - h))) / (1 + R)


@closed_form
def disparity_gap(s: Margin, k: Margin, s_r: Margin, R: Ratio) -> Scalar:
    """AD(f_rob) - AD(f_std) = G(k, h_r) - G(s, h_s)."""
    return disparity(k, optimal_offset(s_r, R)) - disparity(s, optimal_offset(s, R))


@closed_form
def inherent_part(s: Margin, k: Margin, R: Ratio) -> Scalar:
    """G(k, h_s) - G(s, h_s) >= 0: what the loss of natural margin adds at a fixed offset."""
    h = optimal_offset(s, R)
    return disparity(k, h) - disparity(s, h)


@closed_form
def imbalance_part(s: Margin, k: Margin, s_r: Margin, R: Ratio) -> Scalar:
    """G(k, h_r) - G(k, h_s) >= 0: what the larger offset adds at a fixed margin; 0 at R = 1."""
    return disparity(k, optimal_offset(s_r, R)) - disparity(k, optimal_offset(s, R))


@closed_form
def standard_accuracy_gap(s: Margin, k: Margin, s_r: Margin, R: Ratio) -> Scalar:
    """acc(f_std) - acc(f_rob) on the imbalanced population, natural accuracies; never negative."""
    standard = population_error(s, optimal_offset(s, R), R)
    return population_error(k, optimal_offset(s_r, R), R) - standard


@closed_form
def optimal_disparity(s: Margin, R: Ratio) -> Scalar:
    """AD of the best rule at margin s: G(s, log(R)/(2s))."""
    return disparity(s, optimal_offset(s, R))


@closed_form
def disparity_slope(s: Margin, R: Ratio) -> Scalar:
    """d/ds of :func:`optimal_disparity`: -phi(s - h)[(1 - 1/R) + (1 + 1/R) log(R)/(2 s^2)]."""
    bracket = (1 - 1 / R) + (1 + 1 / R) * log(R) / (2 * s**2)
    return -normal_pdf(s - optimal_offset(s, R)) * bracket


def exp_or_infinity(x: Scalar) -> Scalar:
    """exp(x) whose slope is 0 where it is infinite to JAX: infinity times a difference is NaN."""
    if evaluator_of(x) != "jax":
        return exp(x)
    return where(x < 709, exp(minimum(x, 709.0)), float("inf"))


@closed_form(
    example={"s": 2.0, "k": 1.5, "s_r": 1.0}, s_r=("is not below s", lambda s_r, s: s_r < s)
)
def majority_gain_threshold(s: Margin, k: Margin, s_r: Margin) -> Scalar:
    """R_maj = exp(2 s s_r (s - k)/(s - s_r)), s_r < s: above it f_rob helps the majority.

    Infinite where it leaves the floats.
    """
    return exp_or_infinity(2 * s * s_r * (s - k) / (s - s_r))


@closed_form
def minority_half_threshold(k: Margin, s_r: Margin) -> Scalar:
    """exp(2 k s_r): the R above which the robust rule's minority accuracy is below 1/2.

    Infinite where it leaves the floats.
    """
    return exp_or_infinity(2 * k * s_r)


@parameters(SETTING)
class LinearRule:
    """A margin, an offset and the ratio R: any linear rule, as its errors see it."""

    s: Annotated[PositiveMargin, Doc("the best margin")]
    m: Annotated[float, Ge(-50), Le(50), Doc("the rule's margin, at most s")]
    h: Annotated[float, Ge(-50), Le(50), Doc("the rule's offset")]
    R: WideImbalance

    def check(self: Any) -> None:
        """No rule has a margin above the best."""
        if abs(self.m) > self.s:
            raise self.refuse("m", f"is outside [-s, s], s = {self.s!r}")


# all margins from -s to s and offsets about the best one, dense where the error is least
RULES = Domain.derived(
    lambda s, loss, shift, R: LinearRule(
        s=s, m=s * (1 - 2 * loss**6), h=float(np.log(R)) / (2 * s) + 5 * shift**3, R=R
    ),
    s=(0.3, 5, "best margin"), loss=(0, 1, "m = s (1 - 2 loss^6)"),
    shift=(-1, 1, "h = log(R)/(2s) + 5 shift^3"), R=(1, 100, Logarithmic),
)  # fmt: skip
claim.never_above(
    lambda r: population_error(r.m, r.h, r.R), name="gaussian_optimal_standard_best",
    says="no margin m <= s and offset h errs less than (s, log(R)/(2s))",
    source="derived: P(error) falls in m at fixed h, and exp(2mh) = R is stationary",
    over=RULES, evaluators=BOTH,
    formula=lambda r: population_error(r.s, optimal_offset(r.s, r.R), r.R),
    twin=Twin("the offset log(R)/s is the best",
              smaller=lambda r: population_error(r.s, 2 * optimal_offset(r.s, r.R), r.R)),
)  # fmt: skip


def margin_domain(R_low: float) -> Domain:
    """Margins in any order s_r < k < s, from the ratio R_low."""
    return Domain.derived(
        lambda s, inherent, shrink, R: Margins(s=s, k=s * inherent, s_r=s * inherent * shrink, R=R),
        s=(0.3, 5, "standard margin"), inherent=(0.3, 0.999, "k/s"),
        shrink=(0.05, 0.999, "s_r/k"), R=(R_low, 100, Logarithmic, "imbalance ratio"),
    )  # fmt: skip


balanced_too = claim.given(over=margin_domain(1.0), evaluators=BOTH)
imbalanced = claim.given(over=margin_domain(1.01), evaluators=BOTH)


def offsets(m):
    """(h_s, h_r)."""
    return optimal_offset(m.s, m.R), optimal_offset(m.s_r, m.R)


def majority(m):
    """The majority's natural accuracy: of the standard and of the robust rule."""
    return tuple(map(majority_accuracy, (m.s, m.k), offsets(m)))


def minority(m):
    """The minority's natural accuracy, likewise."""
    return tuple(map(minority_accuracy, (m.s, m.k), offsets(m)))


@balanced_too.never_above(
    0.0,
    twin=Twin("only the minority loses", smaller=lambda m: majority(m)[0],
              larger=lambda m: majority_accuracy(m.k, offsets(m)[0])),
)  # fmt: skip
def inherent_effect(m):
    """Phi(k +- h_s) <= Phi(s +- h_s).

    abstract: robustness degrades standard accuracy on all classes (fixed offset)
    """
    h = offsets(m)[0]
    return maximum(*(f(m.k, h) - f(m.s, h) for f in (majority_accuracy, minority_accuracy)))


@imbalanced.never_above(
    0.0, twin=Twin("the offset shrinks with the margin: h = log(R) s_r/(2 s^2)", shrinks=True)
)
def imbalance_effect(m, *, shrinks=False):
    """raising the offset from h_s to h_r helps the majority and hurts the minority.

    abstract: imbalance increases the disparity
    """
    h_s, h_r = offsets(m)
    h_r = h_s * m.s_r / m.s if shrinks else h_r
    loss = majority_accuracy(m.k, h_s) - majority_accuracy(m.k, h_r)
    return maximum(loss, minority_accuracy(m.k, h_r) - minority_accuracy(m.k, h_s))


balanced_too.nonnegative(
    name="effect_decomposition_parts", says="both parts of the disparity gap are at least 0",
    formula=lambda m: minimum(inherent_part(m.s, m.k, m.R), imbalance_part(m.s, m.k, m.s_r, m.R)),
    twin=Twin("the inherent part is negative", larger=lambda m: -inherent_part(m.s, m.k, m.R)),
)  # fmt: skip
imbalanced.nonnegative(
    name="disparity_gap_positive", says="R > 1, eps > 0: AD(f_rob) > AD(f_std)",
    source="abstract: imbalance increases the disparity; derived",
    formula=lambda m: disparity_gap(m.s, m.k, m.s_r, m.R), evaluators=(*BOTH, "arb"),
    twin="robustness reduces the disparity",
)  # fmt: skip
claim.identity(
    lambda m: jax.grad(optimal_disparity)(m.s, m.R), name="disparity_slope",
    says="dAD/ds = -phi(s - h)[(1 - 1/R) + (1 + 1/R) log(R)/(2 s^2)]",
    formula=lambda m: disparity_slope(m.s, m.R), over=margin_domain(1.0),
    within=1e-13, scale=lambda m: 1 + m.R,
    why="forward and backward rounding of a difference of two densities",
    twin=Twin("without the 1/R terms",
              lhs=lambda m: -normal_pdf(m.s - offsets(m)[0]) * (1 + log(m.R) / (2 * m.s**2))),
)  # fmt: skip


@balanced_too.nonnegative(
    name="majority_gain_threshold", twin=Twin("exp(2 s k (s - k)/(s - s_r))", wrong=True)
)
def majority_gains_above(m, *, wrong=False):
    """the majority gains iff R > exp(2 s s_r (s - k)/(s - s_r))."""
    threshold = majority_gain_threshold(m.s, m.k, m.k if wrong else m.s_r)
    standard, robust = majority(m)
    return (m.R - threshold) * (robust - standard)


@balanced_too.never_above(0.0, twin=Twin("iff R > exp(2 s_r^2)", wrong=True))
def large_r_rate(m, *, wrong=False):
    """the robust rule's minority accuracy is below 1/2 iff R > exp(2 k s_r)."""
    threshold = minority_half_threshold(m.s_r if wrong else m.k, m.s_r)
    return (m.R - threshold) * (minority(m)[1] - rational(1, 2))


balanced_too.nonnegative(
    name="population_accuracy_loss", source="derived: f_std is optimal",
    says="acc(f_std) >= acc(f_rob) on the imbalanced population",
    formula=lambda m: standard_accuracy_gap(m.s, m.k, m.s_r, m.R), evaluators=(*BOTH, "arb"),
    twin="robustness raises the population's accuracy",
)  # fmt: skip
imbalanced.never_above(
    lambda m: minority(m)[0], name="minority_always_loses", formula=lambda m: minority(m)[1],
    says="R > 1: the minority's natural accuracy falls, also where the majority's rises",
    twin=Twin("so does the majority's (the abstract's sentence read as a net effect)",
              smaller=lambda m: majority(m)[1], larger=lambda m: majority(m)[0]),
)  # fmt: skip
