"""The stable model at alpha = 1, Cauchy noise, where offsets and thresholds have closed forms."""

from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Gt, Le, Logarithmic, Scalar, Twin, arcsinh, cauchy_cdf, closed_form, cosh,
    evaluator_of, exp, log, pi, root, sqrt,
)  # fmt: skip
from theory.gaussian_robustness.gaussian import BOTH
from theory.gaussian_robustness.offsets import stationary_offset, trivial_threshold
from theory.gaussian_robustness.params import HeavyTail, Margin, Ratio, Real, one_program

__all__ = [
    "R_CROSSING", "cauchy_disparity", "cauchy_error", "cauchy_large_margin", "cauchy_larger_root",
    "cauchy_local_threshold", "cauchy_offset", "cauchy_quadratic", "cauchy_threshold_residual",
    "cauchy_trivial_threshold", "cauchy_turning_margin",
]  # fmt: skip

claim = Claims()
CauchyMargin = Annotated[Scalar, Ge(1e-6), Le(1e9)]

# R*(m) as floats round it; one end is the largest R for which a stationary offset exists
BELOW_LOCAL = (
    "is above R*(m) = (m + sqrt(1 + m^2))^2: no stationary offset",
    lambda R, m: (m + (1 + m**2) ** 0.5) ** 2 * (1 + 1e-13) >= R,
)


def width(m: Scalar, R: Scalar) -> Scalar:
    """sqrt(4 R m^2 - (R - 1)^2), which is 0 at R = R*(m) however R* was rounded."""
    squared = 4 * R * m**2 - (R - 1) ** 2
    match evaluator_of(m, R):
        case "jax":
            # 0 to all digits, with the root's slope there: infinite, here 1e149
            at_end = 1e-300 + (squared - jax.lax.stop_gradient(squared))
            return sqrt(jnp.where(squared > 0, squared, at_end))
        case "mpmath":
            return sqrt(max(squared, 0))
    return sqrt(squared)


@closed_form(example={"m": 1.0, "R": 2.0}, R=BELOW_LOCAL)
def cauchy_offset(m: CauchyMargin, R: Ratio) -> Scalar:
    """h = [m(R+1) - sqrt(4 R m^2 - (R-1)^2)]/(R-1), in the form that is 0 at R = 1.

    h = (R-1)(1 + m^2)/[m(R+1) + sqrt(4 R m^2 - (R-1)^2)]: the smaller root of
    (R-1)h^2 - 2m(R+1)h + (R-1)(1+m^2) = 0. Domain: 1 <= R <= (m + sqrt(1+m^2))^2.
    """
    return (R - 1) * (1 + m**2) / (m * (R + 1) + width(m, R))


@closed_form(example={"m": 1.0, "R": 2.0}, R=BELOW_LOCAL)
def cauchy_larger_root(m: CauchyMargin, R: Annotated[Scalar, Gt(1), Le(1e20)]) -> Scalar:
    """The other stationary offset, a local *maximum* of the error; 1 < R <= R*(m)."""
    return (m * (R + 1) + width(m, R)) / (R - 1)


@closed_form
def cauchy_quadratic(m: Real, h: Real, R: Ratio) -> Scalar:
    """(R-1)h^2 - 2m(R+1)h + (R-1)(1+m^2): zero exactly where f(m-h) = R f(m+h)."""
    return (R - 1) * h**2 - 2 * m * (R + 1) * h + (R - 1) * (1 + m**2)


@closed_form
def cauchy_local_threshold(m: Annotated[Scalar, Ge(0), Le(1e9)]) -> Scalar:
    """R*(m) = (m + sqrt(1 + m^2))^2 = exp(2 asinh m)."""
    return exp(2 * arcsinh(m))


@closed_form
def cauchy_turning_margin(R: Ratio) -> Scalar:
    """cosh(log(R)/2): the margin at which h(.; R) is least, with h = sinh(log(R)/2)."""
    return cosh(log(R) / 2)


@closed_form
def cauchy_error(m: Real, h: Real, R: Ratio) -> Scalar:
    """[R F(-(m+h)) + F(-(m-h))]/(1+R) for Cauchy noise, on every evaluator."""
    return (R * cauchy_cdf(-(m + h)) + cauchy_cdf(h - m)) / (1 + R)


@closed_form
def cauchy_disparity(m: Real, h: Real) -> Scalar:
    """F(m+h) - F(m-h) for Cauchy noise."""
    return cauchy_cdf(m + h) - cauchy_cdf(m - h)


@closed_form
def cauchy_large_margin(m: Margin) -> Scalar:
    """(sqrt(2 pi m) - 1)^2: R_c(m) (1 + o(1)) for Cauchy noise."""
    return (sqrt(2 * pi * m) - 1) ** 2


@closed_form(example={"m": 1.0, "R": 2.0}, R=BELOW_LOCAL)
def cauchy_threshold_residual(m: CauchyMargin, R: Ratio) -> Scalar:
    """R F(-m-h) - F(m-h) at h = :func:`cauchy_offset`; R_c(m) is its one root in (1, R*)."""
    h = cauchy_offset.__wrapped__(m, R)  # its domain is this one, however R* is rounded
    return R * cauchy_cdf(-m - h) - cauchy_cdf(m - h)


@closed_form
@one_program
def cauchy_trivial_threshold(m: CauchyMargin) -> Scalar:
    """R_c(m) for Cauchy noise as the one root of R F(-m-h(R)) = F(m-h(R)) in (1, R*). JAX."""
    residual = cauchy_threshold_residual.__wrapped__
    return exp(root(lambda log_R: residual(m, exp(log_R)), 1e-9 * m / (1 + m), 2 * arcsinh(m)))


R_CROSSING = 4.600570480803978
"""R_x, the root of R = 1 + pi/(2 arctan(R^{-1/2})): there the Cauchy curve dh/dm = 0 meets R_c."""

TAILS = Domain.derived(
    lambda m, fraction: HeavyTail(m=m, R=float(np.exp(2 * np.arcsinh(m) * fraction))),
    m=(0.1, 100, Logarithmic, "margin"), fraction=(0.05, 0.9, "log R/log R*(m)"),
)  # fmt: skip
along_tails = claim.given(over=TAILS)
along_tails.identity(
    lambda t: cauchy_offset(t.m, t.R), name="stable_optimal_offset",
    says="Cauchy: the best offset is [m(R+1) - sqrt(4Rm^2-(R-1)^2)]/(R-1)",
    formula=lambda t: stationary_offset(t.m, t.R, 1.0), within=1e-10,
    why="bisection on densities with 1e-14 relative error, R up to 0.9 of log R*",
    twin=Twin("the larger root", rhs=lambda t: cauchy_larger_root(t.m, t.R)),
)  # fmt: skip


@along_tails.identity(
    lambda t: [1 + t.m**2, 2 * t.m * (t.R + 1) / (t.R - 1)],
    twin=Twin("sum 2m/(R-1)", rhs=lambda t: [1 + t.m**2, 2 * t.m / (t.R - 1)]),
)
def stable_optimal_offset_roots(t):
    """Cauchy: the two stationary offsets have product 1 + m^2 and sum 2m(R+1)/(R-1)."""
    small, large = cauchy_offset(t.m, t.R), cauchy_larger_root(t.m, t.R)
    return [small * large, small + large]


along_tails.never_above(
    lambda t: cauchy_error(t.m, cauchy_larger_root(t.m, t.R), t.R),
    name="stable_optimal_offset_smaller_root",
    says="Cauchy: the smaller root errs less than the larger one",
    formula=lambda t: cauchy_error(t.m, cauchy_offset(t.m, t.R), t.R),
    evaluators=(*BOTH, "arb"), twin="the larger root is the optimum",
)  # fmt: skip


def beyond_crossing(m_robust: float, fraction: float, growth: float) -> HeavyTail:
    """R between R_x and R_c(m_robust), m = growth m_robust: both rules are non-trivial."""
    top = float(cauchy_trivial_threshold(m_robust))
    R = R_CROSSING * (top / R_CROSSING) ** fraction
    return HeavyTail(m=m_robust * growth, R=R, m_robust=m_robust)


CROSSED = Domain.derived(  # R_c(1.4) = 4.99 > R_x, and R_c rises with m
    beyond_crossing, m_robust=(1.4, 10, "margin after the attack"),
    fraction=(0.01, 0.99, "log(R/R_x)/log(R_c/R_x)"), growth=(1.01, 4, "m/m_robust"),
)  # fmt: skip


@claim.never_above(
    lambda t: cauchy_disparity(t.m, cauchy_offset(t.m, t.R)), over=CROSSED, points=100,
    evaluators=(*BOTH, "arb"), twin="the gap is positive always",
    known=((HeavyTail(m=5, R=5, m_robust=3), ".0338689"),
           (HeavyTail(m=5, R=5, m_robust=5), ".0572491"),
           (HeavyTail(m=1.2, R=2, m_robust=0.9), ".0958976"),
           (HeavyTail(m=1.2, R=2, m_robust=1.2), ".0951957")),
)  # fmt: skip
def cauchy_disparity_sign_flip(t):
    """elliptical Cauchy, l_2, R > R_x, both rules non-trivial: robustness REDUCES the disparity."""
    return cauchy_disparity(t.m, cauchy_offset(t.m_robust, t.R))


@claim.limit(
    1.0, along=[HeavyTail(m=100.0 * 4**i, R=2, alpha=1) for i in range(5)],
    size=lambda t: t.m, rate=-1.5, last_gap=1e-6, within=0.05, name="cauchy_large_margin",
    why="the next term is O(m^-1/2) relative", twin=Twin("(sqrt(2 pi m) + 1)^2", sign=1),
)  # fmt: skip
def threshold_over_its_large_margin_form(t, *, sign=-1):
    """Cauchy: R_c(m)/(sqrt(2 pi m) - 1)^2 -> 1, error O(m^-3/2)."""
    form = cauchy_large_margin(t.m) if sign < 0 else (sqrt(2 * pi * t.m) + 1) ** 2
    return trivial_threshold(t.m, t.alpha).R / form
