"""The scaling function phi of every noise law, and the expected loss whose slope it is.

A measurement of the symmetric X with norm(X)_F = sg is sg g, g ~ N(0, 1), so given the noise s
E[sign(sg g - s) g] = 2 pdf(s/sg) = c0 exp(-s^2/(2 sg^2)). Averaging over s gives phi.
"""

import itertools
import math
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln
from scipy import integrate

from theory import (
    Because, Ge, Le, ParameterError, Scalar, chi2_mean, closed_form, erf, erfcx, exp, folded_mean,
    own_checks, pi, rational, sqrt,
)  # fmt: skip
from theory.sign_rip.params import SETTING, Params, Size, concrete

__all__ = [
    "c0", "density_at_zero", "expected_loss", "mean_decay", "noise_density_at_zero",
    "noise_second_moment", "outlier_decay", "outlier_loss", "own_scaling_function",
    "scaling_at_zero", "scaling_function",
]  # fmt: skip

Norm = Annotated[
    Size, Because("Xhat is undefined at X = 0; scaling_at_zero gives the limit of phi")
]
Mean = Annotated[Scalar, Ge(-1e50), Le(1e50)]
Degrees = Annotated[Scalar, Ge(1), Le(100)]

ONE_LAW = {"law": "gaussian", "size": 2.0, "mean": 0.5}
DENSE = {"params": Params(nu=0.1), "norm": 2.0}

c0 = sqrt(2 / pi)
"""E|g| = sqrt(2/pi) for g ~ N(0, 1)."""
ROOT2 = sqrt(rational(2))


@closed_form(example=ONE_LAW)
def outlier_decay(law: str, size: Size, mean: Mean, norm: Norm, degrees: Degrees = 3.0) -> Scalar:
    """R(sg) = E_P exp(-S^2/(2 sg^2)) of the outlier law P, at norm(X)_F = sg > 0.

    ``constant``: exp(-c^2/(2sg^2)); ``gaussian`` N(mu, tau^2):
    sg/sqrt(sg^2+tau^2) exp(-mu^2/(2(sg^2+tau^2))); ``uniform`` on [-c, c]:
    sqrt(pi/2) (sg/c) erf(c/(sg sqrt2)); ``laplace`` of mean size b (also the one-sided exponential:
    only |S| matters): sqrt(pi/2) (sg/b) erfcx(sg/(b sqrt2)); ``cauchy`` of scale g:
    erfcx(g/(sg sqrt2)); ``student``, size times t with ``degrees`` of freedom (JAX only): the mean
    of sg/sqrt(sg^2 + size^2/G) over G ~ chi^2/degrees; ``infinite``: 0. Written on erfcx, as
    exp * erfc overflows for sg >> b.
    """
    match law:
        case "constant":
            return exp(-((size / norm) ** 2) / 2)
        case "gaussian":
            width2 = norm**2 + size**2
            return norm / sqrt(width2) * exp(-(mean**2) / (2 * width2))
        case "uniform":
            return sqrt(pi / 2) * (norm / size) * erf(size / (norm * ROOT2))
        case "laplace":
            return sqrt(pi / 2) * (norm / size) * erfcx(norm / (size * ROOT2))
        case "cauchy":
            return erfcx(size / (norm * ROOT2))
        case "student":
            spread = degrees * (jnp.asarray(size) / norm)[..., None] ** 2
            return chi2_mean(lambda x: jnp.sqrt(x / (x + spread)), degrees)
        case "infinite":
            return 0 * norm
    raise ParameterError(f"{SETTING}: law = {law!r} is not a known law of outliers")


def student_peak(degrees: Any) -> Any:
    """The density at 0 of t with these degrees of freedom."""
    half = degrees / 2
    return jnp.exp(gammaln(half + 0.5) - gammaln(half)) / jnp.sqrt(2 * math.pi * half)


def student_loss(size: Any, norm: Any, degrees: Any) -> Any:
    """E|S| + c0 E[sqrt(sg^2 + size^2/G) - size/sqrt(G)]; E|S| alone is large near one degree."""
    nu = jnp.asarray(degrees, dtype=jnp.float64)
    mean = 2 * nu * student_peak(nu) / jnp.where(nu > 1, nu - 1, math.nan) * size

    def more(x):
        spread = (jnp.asarray(size) / norm)[..., None] * jnp.sqrt(nu[..., None] / x)
        return 1 / (jnp.sqrt(1 + spread**2) + spread)

    return mean + math.sqrt(2 / math.pi) * norm * chi2_mean(more, nu)


@closed_form(example=ONE_LAW)
def outlier_loss(law: str, size: Size, mean: Mean, norm: Norm, degrees: Degrees = 3.0) -> Scalar:
    """L_P(sg) = E|sg g - S| of the outlier law, with dL_P/dsg = c0 R(sg).

    Raises ParameterError for ``cauchy``, ``infinite`` and ``student`` with one degree of freedom:
    their expected loss is infinite.
    """
    match law:
        case "constant":
            return norm * folded_mean(size / norm)
        case "gaussian":
            width = sqrt(norm**2 + size**2)
            return width * folded_mean(mean / width)
        case "uniform":
            ratio = size / norm
            inner = (size**2 + norm**2) / 2 * erf(ratio / ROOT2)
            return (inner + size * norm * exp(-(ratio**2) / 2) / sqrt(2 * pi)) / size
        case "laplace":
            return norm * c0 + size * erfcx(norm / (size * ROOT2))
        case "student" if not (concrete(degrees) and degrees <= 1):
            return student_loss(size, norm, degrees)
    raise ParameterError(f"{SETTING}: the expected loss is infinite for {law} outliers")


@closed_form(example=ONE_LAW)
def density_at_zero(law: str, size: Size, mean: Mean, degrees: Degrees = 3.0) -> Scalar:
    """f_P(0), the outlier law's density at 0 (0 where it has none near 0)."""
    match law:
        case "gaussian":
            return exp(-((mean / size) ** 2) / 2) / (size * sqrt(2 * pi))
        case "uniform" | "laplace":
            return 1 / (2 * size)
        case "cauchy":
            return 1 / (pi * size)
        case "student":
            return student_peak(jnp.asarray(degrees)) / size
    return 0 * size


@closed_form(example=DENSE)
def mean_decay(params: Params, norm: Norm) -> Scalar:
    """E_s exp(-s^2/(2 sg^2)) = (1-p) sg/sqrt(sg^2 + nu^2) + p R_P(sg), at norm(X)_F = sg > 0."""
    law = params.law, params.outlier_size, params.outlier_mean
    outlier = outlier_decay(*law, norm, params.degrees)
    return (1 - params.p) * norm / sqrt(norm**2 + params.nu**2) + params.p * outlier


@closed_form(example=DENSE)
def scaling_function(params: Params, norm: Norm) -> Scalar:
    """phi(X) = c0 E_s exp(-s^2/(2 norm(X)_F^2)), the definition in arXiv:2202.08788.

    Outliers only: c0 (1 - p + p R_P(sg)); Gaussian noise only: c0 sg/sqrt(sg^2 + nu^2). For a law
    of your own see :func:`theory.sign_rip.own_scaling_function`.
    """
    return c0 * mean_decay(params, norm)


def scaling_at_zero(params: Any) -> Scalar:
    """phi(0+): c0 (1 - p) without dense noise (no law here has an atom at 0), else 0.

    With dense noise phi(X) ~ 2 f_s(0) norm(X)_F (:func:`noise_density_at_zero`): this is why
    Sign-RIP needs a shell zeta <= norm(X)_F.
    """
    return c0 * (1 - params.p) * (1 * (params.nu == 0))


@closed_form(example=DENSE, params=("needs nu > 0", lambda params: params.nu > 0))
def noise_density_at_zero(params: Params) -> Scalar:
    """f_s(0) for nu > 0: phi(X)/norm(X)_F -> 2 f_s(0), which is c0/nu for p = 0."""
    law = params.law, params.outlier_size, params.outlier_mean, params.degrees
    return (1 - params.p) / (params.nu * sqrt(2 * pi)) + params.p * density_at_zero(*law)


@closed_form(example=DENSE)
def expected_loss(params: Params, norm: Norm) -> Scalar:
    """L(sg) = E f = E|sg g - s|: it depends on U through sg = norm(U U^T - X*)_F alone.

    L' = phi > 0, so X* is the one minimiser of the *expected* loss for every p < 1. Raises
    ParameterError for cauchy, infinite and student(1) outliers (p > 0): E f is infinite.
    """
    inlier = c0 * sqrt(norm**2 + params.nu**2)
    if concrete(params.p) and params.p == 0:
        return inlier
    law = params.law, params.outlier_size, params.outlier_mean
    return (1 - params.p) * inlier + params.p * outlier_loss(*law, norm, params.degrees)


def noise_second_moment(params: Any) -> Scalar:
    """E s^2 = (1-p) nu^2 + p E_P S^2; raises ParameterError where it is infinite (p > 0)."""
    inlier = (1 - params.p) * params.nu**2
    if concrete(params.p) and params.p == 0:
        return inlier
    square, degrees = params.outlier_size**2, params.degrees
    if params.law == "student" and not (concrete(degrees) and degrees <= 2):
        square = square * degrees / jnp.where(degrees > 2, degrees - 2, math.nan)
    elif params.law == "gaussian":
        square = square + params.outlier_mean**2
    elif params.law in ("constant", "uniform", "laplace"):
        square = square * {"constant": 1, "uniform": 1 / 3, "laplace": 2}[params.law]
    else:
        raise ParameterError(f"{SETTING}: {params.law} outliers have an infinite second moment; the"
                             " l2 loss has no prediction")  # fmt: skip
    return inlier + params.p * square


@own_checks("a quadrature over the law; the numbers are judged by name in the body")
def own_scaling_function(law: Any, norm: float, *, p: float = 1.0, nu: float = 0.0) -> float:
    """phi at norm(X)_F = ``norm``: outliers of ``law`` with probability p, else N(0, nu^2).

    c0 ((1-p) norm/sqrt(norm^2 + nu^2) + p E exp(-S^2/(2 norm^2))), floats only. ``law``: a frozen
    law of scipy.stats (``scipy.stats.t(3, scale=2)``), or anything with ``ppf`` and ``cdf``,
    integrated over the quantiles, to 1e-9 where these are smooth; or an array of draws, whose mean
    is taken, to 1/(2 sqrt(draws)).

    Raises ParameterError outside norm > 0, 0 <= p <= 1, nu >= 0 (all finite), and for a law that is
    neither. NaN in a number gives NaN.
    """
    if any(map(math.isnan, (norm, p, nu))):
        return math.nan
    given = ("norm", norm, norm > 0), ("p", p, 0 <= p <= 1), ("nu", nu, nu >= 0)
    for name, value, good in given:
        if not good or math.isinf(value):
            raise ParameterError(f"sign_rip: own_scaling_function: {name} = {value} is not allowed")
    inlier = (1 - p) / math.hypot(1, nu / norm)
    return math.sqrt(2 / math.pi) * (inlier + p * own_decay(law, norm))


def own_decay(law: Any, norm: float) -> float:
    """E exp(-S^2/(2 norm^2))."""
    if hasattr(law, "ppf"):
        marks = norm * np.array([-30.0, -8.0, -3.0, -1.0, 0.0, 1.0, 3.0, 8.0, 30.0])
        cuts = np.unique([0.0, *law.cdf(marks), 1.0])
        return sum(
            integrate.quad(lambda u: math.exp(-((law.ppf(u) / norm) ** 2) / 2), a, b, epsrel=1e-11,
                           epsabs=1e-13, limit=200)[0]
            for a, b in itertools.pairwise(cuts)
        )  # fmt: skip
    draws = np.asarray(law, dtype=np.float64) if np.ndim(law) == 1 else np.empty(0)
    if not draws.size or np.isnan(draws).any():
        raise ParameterError("sign_rip: own_scaling_function: the law has neither ppf and cdf, nor"
                             " is it an array of draws without NaN")  # fmt: skip
    return float(np.mean(np.exp(-((draws / norm) ** 2) / 2)))
