"""Q at a fixed X: pointwise Sign-RIP constant, spectral start (BBP), and its l2 counterpart.

Given X, Q(X) = xi Xhat + G_perp/sqrt(m) in law, exactly: svec(G_perp) is standard normal on the
complement of svec(X) and independent of the scalar xi, which has mean phi and variance
(1 - phi^2)/m. So Q is a rank-r signal in Wigner noise of semi-axis 2W, W^2 = (d+1)/(2m).
"""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Ge, Gt, Le, Scalar, closed_form, pi, semicircle_energy, sqrt
from theory.sign_rip.noise import Norm, noise_second_moment, scaling_function
from theory.sign_rip.params import Params, eigenvalues, truth_norm

__all__ = [
    "l1_l2_bound", "l2_noise_width", "l2_spectral_threshold", "noise_width", "sign_rip_pointwise",
    "spectral_threshold", "spike", "uniform_width",
]  # fmt: skip

Count = Annotated[Scalar, Ge(1), Le(1e50)]
_RANK_K: Any = {
    "example": {"params": Params(), "k": 2, "norm": 2.0},
    "k": ("is above d", lambda params, k: k <= params.d),
}


@closed_form
def noise_width(d: Count, m: Count) -> Scalar:
    """W = sqrt((d+1)/(2m)): the noise in Q(X) has its spectrum on [-2W, 2W]."""
    return ((d + 1) / (2 * m)) ** 0.5


@closed_form(**_RANK_K)
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


@closed_form(**_RANK_K)
def l1_l2_bound(params: Params, k: Count, delta: Annotated[Scalar, Gt(0), Le(1)]) -> jax.Array:
    """With probability >= 1 - delta, norm(A(X))_1/m <= this for all rank-k X of unit norm, p = 0.

    c0 + w_k/sqrt(m) + t with 2 exp(-m t^2/2) = delta (Chevet and Gordon, then concentration of a
    1/sqrt(m)-Lipschitz function).
    """
    # log(2/delta) as a difference: the slope of 2/delta leaves the floats
    spread = jnp.sqrt(2 * (math.log(2) - jnp.log(delta)) / params.m)
    return sqrt(2 / pi) + uniform_width(params.d, k) / params.m**0.5 + spread
