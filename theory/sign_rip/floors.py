"""Where the method ends: error floors under dense noise, exact recovery without it.

At a sharp local minimum the l1 loss acts like least absolute deviations over the tangent space.
With kap = (degrees of freedom)/m and q the clipping level, q = Phi^{-1}((1 + kap/(1-p))/2), its
mean squared error is nu^2 F(kap, p), F = G/(1 - G), and recovery is exact where G < 1.
"""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax.scipy.special import erfinv

from theory import (
    Ge, Gt, Le, Lt, Scalar, Whole, clipped_share, closed_form, erf, normal_cdf, normal_pdf, root,
    sqrt,
)  # fmt: skip
from theory.sign_rip.params import Amount, Params, Size

__all__ = [
    "cone_width", "critical_level", "critical_ratio", "degrees_of_freedom",
    "error_floor", "floor_factor", "gain", "kappa_at", "l2_error_floor", "l2_floor_factor",
    "optimality_threshold", "psd_dimension", "recovery_threshold", "threshold_equation",
]  # fmt: skip

Dimension = Annotated[Scalar, Ge(1), Le(1e9), Whole]
Share = Annotated[Scalar, Ge(0), Le(1)]  # of outliers, both ends included

RANK_AT_MOST_D: dict[str, Any] = {"r": ("is above d", lambda d, r: r <= d)}


@closed_form(example={"d": 20, "r": 2}, **RANK_AT_MOST_D)
def degrees_of_freedom(d: Dimension, r: Annotated[Scalar, Ge(0), Whole]) -> Scalar:
    """d r - r(r-1)/2, the dimension of the d x d PSD matrices of rank r, 0 <= r <= d."""
    return d * r - r * (r - 1) / 2


@closed_form(example={"d": 20, "r": 2}, **RANK_AT_MOST_D)
def psd_dimension(d: Dimension, r: Annotated[Scalar, Ge(0), Whole]) -> Scalar:
    """Statistical dimension of the PSD cone's tangent cone at a rank-r matrix, 0 <= r <= d:
    d r - r(r-1)/2 + (d-r)(d-r+1)/4 (half of the complement's svec_length)."""
    return degrees_of_freedom(d, r) + (d - r) * (d - r + 1) / 4


@closed_form
def gain(q: Size, p: Annotated[Scalar, Ge(0), Lt(1)]) -> Scalar:
    """G as a function of the clipping level: ((1-p) E min(|Z|, q)^2 + p q^2)/((1-p)(2Phi(q)-1))."""
    return q**2 * ((1 - p) * clipped_share(q) + p) / ((1 - p) * erf(q / sqrt(2)))


@closed_form
def floor_factor(kap: Annotated[Scalar, Ge(0)], p: Annotated[Scalar, Ge(0), Lt(1)]) -> jax.Array:
    """F(kap, p): norm(Delta)_F^2 -> nu^2 F, kap = dof/m; infinite for kap >= kappa_c(p).

    Inliers N(0, nu^2), outliers arbitrarily large with probability p in [0, 1). For small kap
    F ~ (pi/2) kap/(1-p)^2: twice pi/4 is what l1 pays against l2's kap/(1 - kap).
    """
    kap, p = jnp.asarray(kap, dtype=jnp.float64), jnp.asarray(p, dtype=jnp.float64)
    share = kap / (1 - p)
    possible = share < 1
    share = jnp.where(possible, share, 0.5)
    # q/(sqrt(2) share), sqrt(pi)/2 at 0: what is left of q^2/kap there
    small = share < 1e-4
    safe = jnp.where(small, 0.5, share)
    stretch = jnp.where(
        small, math.sqrt(math.pi) / 2 * (1 + math.pi * share**2 / 12), erfinv(safe) / safe
    )
    half = share * stretch  # q/sqrt(2)
    moment = clipped_share(math.sqrt(2) * half)
    g = 2 * share * stretch**2 * (moment + p / (1 - p))
    return jnp.where(possible, l2_floor_factor.__wrapped__(g), jnp.inf)


@closed_form
def l2_floor_factor(kap: Annotated[Scalar, Ge(0)]) -> jax.Array:
    """kap/(1 - kap): least squares, no outliers; infinite for kap >= 1."""
    kap = jnp.asarray(kap, dtype=jnp.float64)
    fine = kap < 1
    return jnp.where(fine, kap / jnp.where(fine, 1 - kap, 1.0), jnp.inf)


@closed_form
def threshold_equation(q: Amount, p: Share) -> Scalar:
    """2(1-p)(pdf(q) - q Phi(-q)) - p q, decreasing in q; its root is the critical clipping level.

    It is G = 1 times a positive factor, and also the stationarity of :func:`cone_width`.
    """
    return 2 * (1 - p) * (normal_pdf(q) - q * normal_cdf(-q)) - p * q


@closed_form
def kappa_at(q: Annotated[Scalar, Ge(0)], p: Share) -> Scalar:
    """kap = (1-p)(2Phi(q) - 1), the ratio dof/m that belongs to the clipping level q."""
    return (1 - p) * erf(q / sqrt(2))


@closed_form
def cone_width(t: Amount, p: Share) -> Scalar:
    """p(1+t^2) + 2(1-p)((1+t^2)Phi(-t) - t pdf(t)): 1 - kappa_c is its minimum over t >= 0."""
    tail = (1 + t**2) * normal_cdf(-t) - t * normal_pdf(t)
    return p * (1 + t**2) + 2 * (1 - p) * tail


@closed_form
def critical_level(p: Annotated[Scalar, Gt(0), Le(1)]) -> jax.Array:
    """The root q of :func:`threshold_equation`, 0 at p = 1, unbounded as p -> 0."""
    p = jnp.asarray(p, dtype=jnp.float64)
    return root(lambda q: threshold_equation.__wrapped__(q, p), 0.0, 40.0)


@closed_form
def critical_ratio(p: Share) -> jax.Array:
    """kappa_c(p): exact recovery without dense noise iff dof/m < kappa_c.

    .7961 at p = .05, .4889 at .2, .1687 at .5; p -> 1: (2/pi)(1-p)^2, the sharp (1-p)^-2 law of
    the sample size. At p = 0 it is 1 (any dof < m recovers), with slope -infinity; at p = 1 it
    is 0 (none does).
    """
    p = jnp.asarray(p, dtype=jnp.float64)
    # 1 - cone_width = kappa_at + q threshold_equation is stationary in q at its root: so the slope
    # in p is that at a fixed q. At p = 0, q is so large that its square is infinite.
    some = jnp.where(p > 0, p, 0.5)
    q = jnp.where(p > 0, jax.lax.stop_gradient(critical_level(some)), 1e160)
    return kappa_at.__wrapped__(q, p) + q * threshold_equation.__wrapped__(q, p)


def recovery_threshold(params: Any) -> jax.Array:
    """m_c = dof/kappa_c(p): measurements for exact recovery at r' = r from a start near X*."""
    return degrees_of_freedom(params.d, params.rank) / critical_ratio(params.p)


def optimality_threshold(params: Any) -> jax.Array:
    """m_c = psd_dimension/kappa_c(p): with fewer measurements X* is not the global minimiser of f
    over all U U^T (r' = d), and a large start ends below f(X*)."""
    return psd_dimension(params.d, params.rank) / critical_ratio(params.p)


@closed_form(example={"params": Params(nu=0.1), "dof": 39})
def error_floor(params: Params, dof: Annotated[Scalar, Ge(0)]) -> jax.Array:
    """norm(Delta)_F^2 in the end: nu^2 F(dof/m, p). ``dof``: :func:`degrees_of_freedom` for r' = r,
    :func:`psd_dimension` for r' = d run to convergence. Outliers count as arbitrarily large.

    0 without dense noise where recovery is exact, infinite where dof/m >= kappa_c(p).
    """
    factor = floor_factor(dof / params.m, params.p)
    finite = factor < jnp.inf
    return jnp.where(finite, params.nu**2 * jnp.where(finite, factor, 0.0), jnp.inf)


@closed_form(example={"params": Params()})
def l2_error_floor(params: Params, second_moment: Annotated[Scalar, Ge(0)]) -> jax.Array:
    """E norm(Delta)_F^2 = dof E s^2/(m - dof - 1) of the l2 loss while it is << sigma_r^2, r' = r.

    Exact for noise independent of the measurements: E tr (A^T A)^{-1} of m Gaussian rows over the
    dof directions of the tangent space. Infinite for m <= dof + 1.
    """
    left = params.m - degrees_of_freedom(params.d, params.rank) - 1
    if left <= 0:
        return jnp.full_like(jnp.asarray(second_moment, dtype=jnp.float64), jnp.inf)
    return (params.m - left - 1) * jnp.asarray(second_moment) / left
