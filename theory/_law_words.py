"""Words of the vocabulary that come with laws: incomplete functions, quantiles, x log x."""

from typing import Annotated, Any

import jax.numpy as jnp
import mpmath

from theory import _arb_laws, _special
from theory._closed_form import closed_form
from theory._evaluators import sympy_module
from theory._fields import Ge, Gt, Le
from theory._formula import Scalar, _elementary, _on_balls, _word
from theory._tails import beta_shares, gamma_shares, log_beta

__all__ = [
    "beta_cdf",
    "deviance",
    "gamma_cdf",
    "lambert_w",
    "log_binomial",
    "normal_quantile",
    "xlogx",
]


# --------------------------------------------------------------------------------------------
# Implementations


def _xlogx_sympy(x: Any) -> Any:
    s = sympy_module()
    return s.Piecewise((x * s.log(x), x > 0), (0, True))


def _normal_quantile_mpmath(p: Any) -> Any:
    if p > mpmath.mpf(1) / 2:
        return -_normal_quantile_mpmath(1 - p)
    if p <= 0:
        return -mpmath.inf if p == 0 else mpmath.nan
    from statistics import NormalDist  # slow to load

    # Newton on log Phi, which doubles the digits of a start with 3
    x = mpmath.mpf(NormalDist().inv_cdf(max(float(p), 1e-300)))
    for _ in range(60):
        share = mpmath.ncdf(x)
        step = mpmath.log(share / p) * share / mpmath.npdf(x)
        x -= step
        if abs(step) <= mpmath.mpf(2) ** (-mpmath.mp.prec * 2 // 3) * (1 + abs(x)):
            break
    return x


def _gamma_cdf_jax(x: Any, a: Any) -> Any:
    return gamma_shares(jnp.where(x < 0, 0.0, x), a)[0]


def _gamma_cdf_mpmath(x: Any, a: Any) -> Any:
    return mpmath.gammainc(a, 0, x, regularized=True) if x > 0 else x * 0


def _gamma_cdf_sympy(x: Any, a: Any) -> Any:
    s = sympy_module()
    return s.lowergamma(a, x) / s.gamma(a)


def _beta_cdf_jax(x: Any, a: Any, b: Any) -> Any:
    x = jnp.asarray(x, float)
    return beta_shares(x, 1 - x, a, b)[0]


def _beta_cdf_mpmath(x: Any, a: Any, b: Any) -> Any:
    if x <= 0 or x >= 1:
        return x * 0 + (1 if x >= 1 else 0)
    return mpmath.betainc(a, b, 0, x, regularized=True)


def _log_binomial_jax(n: Any, k: Any) -> Any:
    n, k = jnp.asarray(n, float), jnp.asarray(k, float)
    return -log_beta(k + 1, n - k + 1) - _special.log1p(n)


def _log_binomial_of(loggamma: Any) -> Any:
    return lambda n, k: loggamma(n + 1) - loggamma(k + 1) - loggamma(n - k + 1)


_xlogx = _elementary(
    "xlogx", _special.xlogx, _xlogx_sympy, _arb_laws.xlogx, lambda x: x * mpmath.log(x) if x else x
)
_deviance = _word(
    "deviance",
    "x log(x/mean) + mean - x.",
    jax=_special.deviance,
    sympy=lambda x, mean: _xlogx_sympy(x) - x * sympy_module().log(mean) + mean - x,
    arb=_on_balls(_arb_laws.deviance),
    mpmath=lambda x, mean: (x * mpmath.log(x / mean) if x else x) + mean - x,
)
_lambert_w = _elementary(
    "lambert_w",
    _special.lambert_w,
    "LambertW",
    _arb_laws.lambert_w,
    lambda x: mpmath.re(mpmath.lambertw(x)),
)
_normal_quantile = _elementary(
    "normal_quantile",
    _special.normal_quantile,
    lambda p: sympy_module().sqrt(2) * sympy_module().erfinv(2 * p - 1),
    _arb_laws.normal_quantile,
    _normal_quantile_mpmath,
)
_gamma_cdf = _word(
    "gamma_cdf",
    "P(a, x), the regularised lower incomplete gamma function.",
    jax=_gamma_cdf_jax,
    sympy=_gamma_cdf_sympy,
    arb=_on_balls(_arb_laws.gamma_cdf),
    mpmath=_gamma_cdf_mpmath,
)
_beta_cdf = _word(
    "beta_cdf",
    "I_x(a, b), the regularised incomplete beta function.",
    jax=_beta_cdf_jax,
    sympy=lambda x, a, b: sympy_module().betainc_regularized(a, b, 0, x),
    arb=_on_balls(_arb_laws.beta_cdf),
    mpmath=_beta_cdf_mpmath,
)
_log_binomial = _word(
    "log_binomial",
    "log of (n choose k).",
    jax=_log_binomial_jax,
    sympy=lambda n, k: _log_binomial_of(sympy_module().loggamma)(n, k),
    arb=_on_balls(_arb_laws.log_binomial),
    mpmath=_log_binomial_of(mpmath.loggamma),
)


# --------------------------------------------------------------------------------------------
# The words, with their domains


@closed_form
def xlogx(x: Annotated[Scalar, Ge(0)]) -> Scalar:
    """x log x, and 0 at 0, where JAX's slope is that at the smallest float, -707."""
    return _xlogx(x)


@closed_form
def deviance(x: Annotated[Scalar, Ge(0)], mean: Annotated[Scalar, Ge(0)]) -> Scalar:
    """x log(x/mean) + mean - x >= 0: what x says against a Poisson mean, in nats.

    In JAX without cancellation, to 1e-14 relative, also where x is near the mean.
    """
    return _deviance(x, mean)


@closed_form
def lambert_w(x: Annotated[Scalar, Ge(-0.36787944117144233)]) -> Scalar:
    """The w >= -1 with w exp(w) = x, x >= -1/e."""
    return _lambert_w(x)


@closed_form
def normal_quantile(p: Annotated[Scalar, Ge(0), Le(1)]) -> Scalar:
    """The x with Phi(x) = p."""
    return _normal_quantile(p)


@closed_form
def gamma_cdf(x: Scalar, a: Annotated[Scalar, Gt(0)]) -> Scalar:
    """P(X <= x), X ~ Gamma(a) of scale 1: the regularised lower incomplete gamma function.

    In JAX to 1e-13 relative, for a from 1e-2 to 1e6.
    """
    return _gamma_cdf(x, a)


@closed_form
def beta_cdf(
    x: Annotated[Scalar, Ge(0), Le(1)], a: Annotated[Scalar, Gt(0)], b: Annotated[Scalar, Gt(0)]
) -> Scalar:
    """P(X <= x), X ~ Beta(a, b): the regularised incomplete beta function I_x(a, b).

    In JAX to 1e-13 relative, for a and b from 1e-2 to 1e6.
    """
    return _beta_cdf(x, a, b)


@closed_form(k=("is above n", lambda k, n: k <= n))
def log_binomial(n: Annotated[Scalar, Ge(0)], k: Annotated[Scalar, Ge(0)]) -> Scalar:
    """log of (n choose k), n and k real; in JAX to 1e-14 of the larger of 1 and itself."""
    return _log_binomial(n, k)
