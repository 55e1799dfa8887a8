"""Q at a fixed X: pointwise Sign-RIP constant, spectral start (BBP), and its l2 counterpart; what
Sign-RIP says of rank-1 critical points, and how it follows from the l1/l2 property.

Given X, Q(X) = xi Xhat + G_perp/sqrt(m) in law, exactly: svec(G_perp) is standard normal on the
complement of svec(X) and independent of the scalar xi, which has mean phi and variance
(1 - phi^2)/m. So Q is a rank-r signal in Wigner noise of semi-axis 2W, W^2 = (d+1)/(2m).
"""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Doc, Ge, Gt, Le, Scalar, closed_form, parameters, pi, semicircle_energy, sqrt
from theory.sign_rip.noise import Norm, noise_second_moment, scaling_function
from theory.sign_rip.params import SETTING, Amount, Params, Size, eigenvalues, truth_norm

__all__ = [
    "CriticalPoint", "admitted_norm", "convexity_bound", "cosine_bound", "error_energy",
    "l1_l2_bound", "l1_l2_to_sign_rip", "l2_noise_width", "l2_spectral_threshold", "noise_width",
    "norm_bound", "residual_energy", "sign_rip_pointwise", "spectral_threshold", "spike",
    "uniform_width",
]  # fmt: skip

Count = Annotated[Scalar, Ge(1), Le(1e50)]
RANK_K: Any = {
    "example": {"params": Params(), "k": 2, "norm": 2.0},
    "k": ("is above d", lambda params, k: k <= params.d),
}


@closed_form
def noise_width(d: Count, m: Count) -> Scalar:
    """W = sqrt((d+1)/(2m)): the noise in Q(X) has its spectrum on [-2W, 2W]."""
    return ((d + 1) / (2 * m)) ** 0.5


@closed_form(**RANK_K)
def sign_rip_pointwise(params: Params, k: Count, norm: Norm) -> jax.Array:
    """delta_k(X) = norm(Q(X)/phi - Xhat)_{F,k} -> phi^-1 sqrt(d(d+1) v(k/d)/(2m)), d -> inf.

    norm(M)_{F,k} is the root of the k largest squared singular values, 1 <= k <= d. For k << d it
    is phi^-1 sqrt(2dk/m). Scalar, unit-free; ``norm`` is norm(X)_F.
    """
    d = params.d
    energy = d * (d + 1) * semicircle_energy(k / d) / (2 * params.m)
    return jnp.sqrt(energy) / scaling_function(params, norm)


def spike(params: Any) -> jax.Array:
    """theta_i = phi(X*) sigma_i/norm(X*)_F, the signal eigenvalues of C = -Q(-X*)."""
    size = truth_norm(params)
    return scaling_function(params, size) * eigenvalues(params) / size


def spectral_threshold(params: Any) -> jax.Array:
    """m_c = d/(2 theta_r^2) = (pi/4) d norm(X*)_F^2/(sigma_r^2 E[...]^2): fewer measurements leave
    the weakest direction of the escape phase in the noise."""
    return params.d / (2 * spike(params)[-1] ** 2)


def l2_noise_width(params: Any) -> jax.Array:
    """W_2 = sqrt((d+1)(norm(X*)_F^2 + E s^2)/(2m)) of the l2 matrix (1/m) sum y_i S_i, whose
    signal eigenvalues are sigma_i themselves. Raises ParameterError where E s^2 is infinite."""
    second = truth_norm(params) ** 2 + noise_second_moment(params)
    return jnp.sqrt((params.d + 1) * second / (2 * params.m))


def l2_spectral_threshold(params: Any) -> jax.Array:
    """m_c of the l2 loss, d (norm(X*)_F^2 + E s^2)/(2 sigma_r^2)."""
    second = truth_norm(params) ** 2 + noise_second_moment(params)
    return params.d * second / (2 * eigenvalues(params)[-1] ** 2)


@closed_form(example={"d": 20, "k": 2}, k=("is above d", lambda d, k: k <= d))
def uniform_width(d: Count, k: Count) -> Scalar:
    """A bound on w_k = E norm(smat(g))_{F,k}: sqrt(k)(sqrt(2d) + sqrt(2 log 2)), every d and k.

    E lambda_max <= sqrt(2d) by Slepian's comparison with sqrt2 <g, u>; the operator norm is the
    larger of two such, each 1-Lipschitz in g, which costs sqrt(2 log 2).
    """
    return (k**0.5) * ((2 * d) ** 0.5 + 1.1774100225154747)


@closed_form(**RANK_K)
def l1_l2_bound(params: Params, k: Count, delta: Annotated[Scalar, Gt(0), Le(1)]) -> jax.Array:
    """With probability >= 1 - delta, norm(A(X))_1/m <= this for all rank-k X of unit norm, p = 0.

    c0 + w_k/sqrt(m) + t with 2 exp(-m t^2/2) = delta (Chevet and Gordon, then concentration of a
    1/sqrt(m)-Lipschitz function).
    """
    # log(2/delta) as a difference: the slope of 2/delta leaves the floats
    spread = jnp.sqrt(2 * (math.log(2) - jnp.log(delta)) / params.m)
    return sqrt(2 / pi) + uniform_width(params.d, k) / params.m**0.5 + spread


# Critical points

Delta = Annotated[Scalar, Ge(0), Le(0.7071067811865475)]  # to 1/sqrt 2, where bounds reach 1
Cosine2 = Annotated[Scalar, Ge(0), Le(1)]


@parameters(SETTING)
class CriticalPoint:
    """A critical point u of the rank-1 loss (sigma = 1) under Sign-RIP(2, delta)."""

    delta: Annotated[float, Ge(0.001), Le(0.7071067811865475), Doc("Sign-RIP constant")] = 0.3
    share: Annotated[float, Ge(0), Le(1), Doc("cos^2(u, u*) as a share of cosine_bound")] = 0.5


@closed_form
def cosine_bound(delta: Delta) -> Scalar:
    """delta^2/(1 - delta^2): cos^2(u, u*) of a spurious rank-1 critical point is at most this."""
    return delta**2 / (1 - delta**2)


@closed_form
def norm_bound(delta: Delta) -> Scalar:
    """delta/sqrt(1 - delta^2): norm(u)^2 of a spurious rank-1 critical point is at most this."""
    return delta / sqrt(1 - delta**2)


@closed_form
def residual_energy(q: Amount, c: Cosine2) -> Scalar:
    """norm(Delta u)^2 = q^3 + c q (1 - 2q), q = norm(u)^2, c = cos^2(u, u*), sigma = 1."""
    return q**3 + c * q * (1 - 2 * q)


@closed_form
def error_energy(q: Amount, c: Cosine2) -> Scalar:
    """norm(Delta)_F^2 = q^2 + 1 - 2 c q."""
    return q**2 + 1 - 2 * c * q


def admitted_norm(p: Any) -> Scalar:
    """Largest q with norm(Delta u) <= delta norm(Delta)_F norm(u), the condition that Q u = 0 and
    Sign-RIP leave: q = c + sqrt(c^2 - (c - delta^2)/(1 - delta^2)), c = share * cosine_bound."""
    # the radicand as (1-c)(delta^2 - c(1-delta^2))/(1-delta^2): the difference loses its digits
    c = p.share * cosine_bound(p.delta)
    return c + norm_bound(p.delta) * sqrt((1 - c) * (1 - p.share))


@closed_form
def l1_l2_to_sign_rip(eps: Amount) -> Scalar:
    """delta = eps + 2 sqrt(eps (1 + eps)): Sign-RIP(k, delta) from |F/norm - c0| <= eps c0 on
    rank <= 2k, noiseless. This route's sample size is delta^-4; the truth is delta^-2.
    The slope is infinite at eps = 0."""
    return eps + 2 * sqrt(eps) * sqrt(1 + eps)


@closed_form
def convexity_bound(eps: Amount, t: Size, cosine: Annotated[Scalar, Ge(-1), Le(1)]) -> Scalar:
    """eps r + (1 + eps) t/2 + 2 eps/t, r = <Xhat, Y>: what convexity of F gives at the step t."""
    return eps * cosine + (1 + eps) * t / 2 + 2 * eps / t
