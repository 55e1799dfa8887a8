"""Where the method ends: error floors under dense noise, exact recovery without it.

At a sharp local minimum the l1 loss acts like least absolute deviations over the tangent space.
With kap = (degrees of freedom)/m and q the clipping level, q = Phi^{-1}((1 + kap/(1-p))/2), its
mean squared error is nu^2 F(kap, p), F = G/(1 - G), and recovery is exact where G < 1.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import erfc, erfinv, gammainc

from theory import ParameterError, Scalar, normal_cdf, normal_pdf
from theory.sign_rip._params import SETTING, concrete


def degrees_of_freedom(d: Scalar, r: Scalar) -> Scalar:
    """d r - r(r-1)/2, the dimension of the d x d PSD matrices of rank r."""
    return d * r - r * (r - 1) / 2


def psd_dimension(d: Scalar, r: Scalar) -> Scalar:
    """Statistical dimension of the PSD cone's tangent cone at a rank-r matrix:
    d r - r(r-1)/2 + (d-r)(d-r+1)/4 (half of the complement's svec_length)."""
    return degrees_of_freedom(d, r) + (d - r) * (d - r + 1) / 4


def clipped_moment(q: Scalar) -> Scalar:
    """h(q) = E min(|Z|, q)^2 = (2Phi(q)-1) - 2 q pdf(q) + 2 q^2 Phi(-q), Z ~ N(0, 1)."""
    return 1 - 2 * normal_cdf(-q) - 2 * q * normal_pdf(q) + 2 * q**2 * normal_cdf(-q)


def gain(q: Scalar, p: Scalar) -> Scalar:
    """G as a function of the clipping level: ((1-p) h(q) + p q^2)/((1-p)(2Phi(q)-1))."""
    return ((1 - p) * clipped_moment(q) + p * q**2) / ((1 - p) * (1 - 2 * normal_cdf(-q)))


def floor_factor(kap: Scalar, p: Scalar) -> jax.Array:
    """F(kap, p): norm(Delta)_F^2 -> nu^2 F, kap = dof/m; infinite for kap >= kappa_c(p).

    Inliers N(0, nu^2), outliers arbitrarily large with probability p in [0, 1). For small kap
    F ~ (pi/2) kap/(1-p)^2: twice pi/4 is what l1 pays against l2's kap/(1 - kap).
    """
    kap, p = jnp.asarray(kap, dtype=jnp.float64), jnp.asarray(p, dtype=jnp.float64)
    share = kap / (1 - p)
    possible = share < 1
    half = erfinv(jnp.where(possible, share, 0.5))  # q/sqrt(2)
    q2 = 2 * half**2
    # h(q) as a sum of positive terms: clipped_moment loses eps/q^2 of itself for small q
    moment = gammainc(1.5, half**2) + q2 * erfc(half)
    g = ((1 - p) * moment + p * q2) / jnp.where(possible, kap, 1.0)
    fine = possible & (g < 1)
    return jnp.where(fine, g / jnp.where(fine, 1 - g, 1.0), jnp.inf)


def l2_floor_factor(kap: Scalar) -> Scalar:
    """kap/(1 - kap): least squares, no outliers."""
    return kap / (1 - kap)


def threshold_equation(q: Scalar, p: Scalar) -> Scalar:
    """2(1-p)(pdf(q) - q Phi(-q)) - p q, decreasing in q; its root is the critical clipping level.

    It is G = 1 times a positive factor, and also the stationarity of :func:`cone_width`.
    """
    return 2 * (1 - p) * (normal_pdf(q) - q * normal_cdf(-q)) - p * q


def kappa_at(q: Scalar, p: Scalar) -> Scalar:
    """kap = (1-p)(2Phi(q) - 1), the ratio dof/m that belongs to the clipping level q."""
    return (1 - p) * (1 - 2 * normal_cdf(-q))


def cone_width(t: Scalar, p: Scalar) -> Scalar:
    """p(1+t^2) + 2(1-p)((1+t^2)Phi(-t) - t pdf(t)): 1 - kappa_c is its minimum over t >= 0."""
    tail = (1 + t**2) * normal_cdf(-t) - t * normal_pdf(t)
    return p * (1 + t**2) + 2 * (1 - p) * tail


@jax.jit
def critical_level(p: Scalar) -> jax.Array:
    """The root q of :func:`threshold_equation`, 0 < p < 1: 70 halvings of [0, 40], then one Newton
    step, through which it is differentiable in p."""
    p = jnp.asarray(p, dtype=jnp.float64)

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        above = threshold_equation(middle, p) > 0
        return jnp.where(above, middle, low), jnp.where(above, high, middle)

    ends = jnp.zeros_like(p), jnp.full_like(p, 40.0)
    low, high = jax.lax.fori_loop(0, 70, halve, ends)
    q = jax.lax.stop_gradient((low + high) / 2)
    slope = -2 * (1 - p) * normal_cdf(-q) - p
    return q - threshold_equation(q, p) / slope


def critical_ratio(p: Scalar) -> jax.Array:
    """kappa_c(p): exact recovery without dense noise iff dof/m < kappa_c, 0 < p < 1.

    .7961 at p = .05, .4889 at .2, .1687 at .5; p -> 1: (2/pi)(1-p)^2, the sharp (1-p)^-2 law of
    the sample size. Raises ParameterError for a concrete p outside (0, 1): at p = 0 any dof < m
    recovers, at p = 1 none does.
    """
    if concrete(p) and not 0 < p < 1:
        raise ParameterError(
            f"{SETTING}: kappa_c needs 0 < p < 1, not p = {p!r} (p = 0: recovery iff dof < m)"
        )
    return kappa_at(critical_level(p), p)


def recovery_threshold(params: Any) -> jax.Array:
    """m_c = dof/kappa_c(p): measurements for exact recovery at r' = r from a start near X*."""
    return degrees_of_freedom(params.d, params.rank) / critical_ratio(params.p)


def optimality_threshold(params: Any) -> jax.Array:
    """m_c = psd_dimension/kappa_c(p): with fewer measurements X* is not the global minimiser of f
    over all U U^T (r' = d), and a large start ends below f(X*)."""
    return psd_dimension(params.d, params.rank) / critical_ratio(params.p)


def error_floor(params: Any, dof: Scalar) -> jax.Array:
    """norm(Delta)_F^2 in the end: nu^2 F(dof/m, p). ``dof``: :func:`degrees_of_freedom` for r' = r,
    :func:`psd_dimension` for r' = d run to convergence. Outliers count as arbitrarily large."""
    return params.nu**2 * floor_factor(dof / params.m, params.p)


def l2_error_floor(params: Any, second_moment: Scalar) -> jax.Array:
    """dof E s^2/(m - dof): norm(Delta)_F^2 of the l2 loss while it is << sigma_r^2, r' = r."""
    dof = degrees_of_freedom(params.d, params.rank)
    return dof * jnp.asarray(second_moment) / (params.m - dof)
