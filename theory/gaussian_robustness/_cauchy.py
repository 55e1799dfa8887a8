"""The stable model at alpha = 1, Cauchy noise, where offsets and thresholds have closed forms."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import Ge, Gt, Le, Scalar, arcsinh, closed_form, cosh, exp, log, pi, root, sqrt
from theory._formula import evaluator_of
from theory.gaussian_robustness._model import Margin, Ratio, Real
from theory.gaussian_robustness._stable import cauchy_cdf, cauchy_pdf

CauchyMargin = Annotated[Scalar, Ge(1e-6), Le(1e9)]

# R*(m) as floats round it; one end is the largest R for which a stationary offset exists
_BELOW_LOCAL = (
    "is above R*(m) = (m + sqrt(1 + m^2))^2: no stationary offset",
    lambda R, m: (m + (1 + m**2) ** 0.5) ** 2 * (1 + 1e-13) >= R,
)


def _width(m: Scalar, R: Scalar) -> Scalar:
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


@closed_form(example={"m": 1.0, "R": 2.0}, R=_BELOW_LOCAL)
def cauchy_offset(m: CauchyMargin, R: Ratio) -> Scalar:
    """h = [m(R+1) - sqrt(4 R m^2 - (R-1)^2)]/(R-1), in the form that is 0 at R = 1.

    h = (R-1)(1 + m^2)/[m(R+1) + sqrt(4 R m^2 - (R-1)^2)]: the smaller root of
    (R-1)h^2 - 2m(R+1)h + (R-1)(1+m^2) = 0. Domain: 1 <= R <= (m + sqrt(1+m^2))^2.
    """
    return (R - 1) * (1 + m**2) / (m * (R + 1) + _width(m, R))


@closed_form(example={"m": 1.0, "R": 2.0}, R=_BELOW_LOCAL)
def cauchy_larger_root(m: CauchyMargin, R: Annotated[Scalar, Gt(1), Le(1e20)]) -> Scalar:
    """The other stationary offset, a local *maximum* of the error; 1 < R <= R*(m)."""
    return (m * (R + 1) + _width(m, R)) / (R - 1)


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
def cauchy_stationarity(m: Real, h: Real, R: Ratio) -> Scalar:
    """R f(m+h) - f(m-h) for Cauchy noise: zero at a stationary offset."""
    return R * cauchy_pdf(m + h) - cauchy_pdf(m - h)


@closed_form
def cauchy_large_margin(m: Margin) -> Scalar:
    """(sqrt(2 pi m) - 1)^2: R_c(m) (1 + o(1)) for Cauchy noise."""
    return (sqrt(2 * pi * m) - 1) ** 2


@closed_form(example={"m": 1.0, "R": 2.0}, R=_BELOW_LOCAL)
def cauchy_threshold_residual(m: CauchyMargin, R: Ratio) -> Scalar:
    """R F(-m-h) - F(m-h) at h = :func:`cauchy_offset`; R_c(m) is its one root in (1, R*)."""
    h = cauchy_offset(m, R)
    return R * cauchy_cdf(-m - h) - cauchy_cdf(m - h)


@jax.jit
def _trivial(m: Scalar) -> Scalar:
    def missing(log_R: Scalar) -> Scalar:
        R = exp(log_R)
        h = cauchy_offset.__wrapped__(m, R)
        return cauchy_cdf(m - h) - R * cauchy_cdf(-m - h)

    return exp(root(missing, 1e-9 * m / (1 + m), 2 * arcsinh(m)))


@closed_form
def cauchy_trivial_threshold(m: CauchyMargin) -> Scalar:
    """R_c(m) for Cauchy noise as the one root of R F(-m-h(R)) = F(m-h(R)) in (1, R*). JAX."""
    return _trivial(jnp.asarray(m, float))


R_CROSSING = 4.600570480803978
"""R_x, the root of R = 1 + pi/(2 arctan(R^{-1/2})): there the Cauchy curve dh/dm = 0 meets R_c."""
