"""The scaling function phi of every noise law, and the expected loss whose slope it is.

A measurement of the symmetric X with norm(X)_F = sg is sg g, g ~ N(0, 1), so given the noise s
E[sign(sg g - s) g] = 2 pdf(s/sg) = c0 exp(-s^2/(2 sg^2)). Averaging over s gives phi.
"""

from typing import Any

from theory import (
    ParameterError,
    Scalar,
    erf,
    erfcx,
    exp,
    pi,
    rational,
    sqrt,
)
from theory.sign_rip._params import SETTING, concrete

c0 = sqrt(2 / pi)
"""E|g| = sqrt(2/pi) for g ~ N(0, 1)."""


def outlier_decay(law: str, size: Scalar, mean: Scalar, norm: Scalar) -> Scalar:
    """R(sg) = E_P exp(-S^2/(2 sg^2)) of the outlier law P, at norm(X)_F = sg > 0.

    ``constant``: exp(-c^2/(2sg^2)); ``gaussian`` N(mu, tau^2):
    sg/sqrt(sg^2+tau^2) exp(-mu^2/(2(sg^2+tau^2))); ``uniform`` on [-c, c]:
    sqrt(pi/2) (sg/c) erf(c/(sg sqrt2)); ``laplace`` of mean size b (also the one-sided exponential:
    only |S| matters): sqrt(pi/2) (sg/b) erfcx(sg/(b sqrt2)); ``cauchy`` of scale g:
    erfcx(g/(sg sqrt2)); ``infinite``: 0. Written on erfcx, as exp * erfc overflows for sg >> b.
    """
    match law:
        case "constant":
            return exp(-((size / norm) ** 2) / 2)
        case "gaussian":
            width2 = norm**2 + size**2
            return norm / sqrt(width2) * exp(-(mean**2) / (2 * width2))
        case "uniform":
            return sqrt(pi / 2) * (norm / size) * erf(size / (norm * sqrt(2 * rational(1))))
        case "laplace":
            return sqrt(pi / 2) * (norm / size) * erfcx(norm / (size * sqrt(2 * rational(1))))
        case "cauchy":
            return erfcx(size / (norm * sqrt(2 * rational(1))))
        case "infinite":
            return 0 * norm
    raise ParameterError(f"{SETTING}: law = {law!r} is not a known law of outliers")


def outlier_loss(law: str, size: Scalar, mean: Scalar, norm: Scalar) -> Scalar:
    """L_P(sg) = E|sg g - S| of the outlier law, with dL_P/dsg = c0 R(sg).

    Raises ParameterError for ``cauchy`` and ``infinite``: their expected loss is infinite.
    """
    root2 = sqrt(2 * rational(1))
    match law:
        case "constant":
            return norm * c0 * exp(-((size / norm) ** 2) / 2) + size * erf(size / (norm * root2))
        case "gaussian":
            width = sqrt(norm**2 + size**2)
            return width * c0 * exp(-((mean / width) ** 2) / 2) + mean * erf(mean / (width * root2))
        case "uniform":
            ratio = size / norm
            inner = (size**2 + norm**2) / 2 * erf(ratio / root2)
            return (inner + size * norm * exp(-(ratio**2) / 2) / sqrt(2 * pi)) / size
        case "laplace":
            return norm * c0 + size * erfcx(norm / (size * root2))
    raise ParameterError(f"{SETTING}: the expected loss is infinite for {law} outliers")


def density_at_zero(law: str, size: Scalar, mean: Scalar) -> Scalar:
    """f_P(0), the outlier law's density at 0 (0 where it has none near 0)."""
    match law:
        case "gaussian":
            return exp(-((mean / size) ** 2) / 2) / (size * sqrt(2 * pi))
        case "uniform" | "laplace":
            return 1 / (2 * size)
        case "cauchy":
            return 1 / (pi * size)
    return 0 * size


def _norm_above_zero(norm: Scalar) -> None:
    if concrete(norm) and norm <= 0:
        raise ParameterError(
            f"{SETTING}: Xhat is undefined at X = 0 (norm = {norm!r}); scaling_at_zero gives the"
            " limit of phi"
        )


def mean_decay(params: Any, norm: Scalar) -> Scalar:
    """E_s exp(-s^2/(2 sg^2)) = (1-p) sg/sqrt(sg^2 + nu^2) + p R_P(sg), at norm(X)_F = sg > 0."""
    _norm_above_zero(norm)
    inlier = norm / sqrt(norm**2 + params.nu**2)
    outlier = outlier_decay(params.law, params.outlier_size, params.outlier_mean, norm)
    return (1 - params.p) * inlier + params.p * outlier


def scaling_function(params: Any, norm: Scalar) -> Scalar:
    """phi(X) = c0 E_s exp(-s^2/(2 norm(X)_F^2)), the definition in arXiv:2202.08788.

    Outliers only: c0 (1 - p + p R_P(sg)); Gaussian noise only: c0 sg/sqrt(sg^2 + nu^2). It rests
    on Gaussian measurements and on noise independent of them: noise chosen after seeing the
    measurements (such as s_i = -2<A_i, X*>) is not covered, and nothing is predicted for it.
    Raises ParameterError at a concrete norm <= 0.
    """
    return c0 * mean_decay(params, norm)


def scaling_at_zero(params: Any) -> Scalar:
    """phi(0+): c0 (1 - p) without dense noise (no law here has an atom at 0), else 0.

    With dense noise phi(X) ~ 2 f_s(0) norm(X)_F (:func:`noise_density_at_zero`): this is why
    Sign-RIP needs a shell zeta <= norm(X)_F.
    """
    return c0 * (1 - params.p) * (1 * (params.nu == 0))


def noise_density_at_zero(params: Any) -> Scalar:
    """f_s(0) for nu > 0: phi(X)/norm(X)_F -> 2 f_s(0), which is c0/nu for p = 0."""
    inlier = 1 / (params.nu * sqrt(2 * pi))
    outlier = density_at_zero(params.law, params.outlier_size, params.outlier_mean)
    return (1 - params.p) * inlier + params.p * outlier


def expected_loss(params: Any, norm: Scalar) -> Scalar:
    """L(sg) = E f = E|sg g - s|: it depends on U through sg = norm(U U^T - X*)_F alone.

    L' = phi > 0, so X* is the one minimiser of the *expected* loss for every p < 1. Raises
    ParameterError for cauchy and infinite outliers (p > 0): E f is infinite.
    """
    _norm_above_zero(norm)
    inlier = c0 * sqrt(norm**2 + params.nu**2)
    if concrete(params.p) and params.p == 0:
        return inlier
    outlier = outlier_loss(params.law, params.outlier_size, params.outlier_mean, norm)
    return (1 - params.p) * inlier + params.p * outlier


def noise_second_moment(params: Any) -> Scalar:
    """E s^2 = (1-p) nu^2 + p E_P S^2; raises ParameterError where it is infinite (p > 0)."""
    inlier = (1 - params.p) * params.nu**2
    if concrete(params.p) and params.p == 0:
        return inlier
    size2 = params.outlier_size**2
    match params.law:
        case "constant":
            second = size2
        case "gaussian":
            second = size2 + params.outlier_mean**2
        case "uniform":
            second = size2 / 3
        case "laplace":
            second = 2 * size2
        case _:
            raise ParameterError(
                f"{SETTING}: {params.law} outliers have an infinite second moment; the l2 loss has"
                " no prediction"
            )
    return inlier + params.p * second
