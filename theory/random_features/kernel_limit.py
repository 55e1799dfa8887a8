"""Kernel interpolation of infinite powerlaws at finite n: what the closed forms are limits of."""

import functools

import jax
import jax.numpy as jnp
from jax import Array

from theory import closed_form
from theory.random_features.framework import Sums, sums_of
from theory.random_features.params import Beta, Points, Root, SummedAlpha, Variance
from theory.random_features.solver import solved_ridge
from theory.random_features.spectrum import (
    EXAMPLE,
    Spectrum,
    check_spectrum,
    infinite_powerlaw,
    or_nan,
    sound,
)

__all__ = ["finite_noise_threshold", "gamma_at_occupation", "relative_risk_at", "zero_ridge"]


@closed_form(example=EXAMPLE)
def gamma_at_occupation(of: Spectrum, z: Points) -> Array:
    """gamma with z(gamma) = z: the effective ridge of z samples without ridge."""
    check_spectrum(of)
    gamma = jnp.vectorize(functools.partial(gamma_at, of))(jnp.asarray(z, dtype=float))
    return or_nan(sound(of), gamma)


@jax.jit
def gamma_at(of: Spectrum, z: Array) -> Array:
    zero = jnp.zeros_like(z)
    return solved_ridge(of.eigenvalues, of.multiplicities, z, zero, zero)


def interpolated(of: Spectrum, n: Array) -> tuple[Array, Sums]:
    """kappa of n points without ridge, and the sums there."""
    kappa = gamma_at(of, jnp.asarray(n, float))
    return kappa, sums_of(of, kappa)


def shares(of: Spectrum, gamma: Array) -> tuple[Array, Array]:
    """(L_i, 1 - L_i), L_i = lambda_i/(lambda_i + gamma)."""
    return of.eigenvalues / (of.eigenvalues + gamma), gamma / (of.eigenvalues + gamma)


@closed_form
def relative_risk_at(alpha: SummedAlpha, beta: Beta, noise: Variance, n: Points, r: Root) -> Array:
    """E_te(r)/E_0 of the infinite powerlaw task at finite n (kernel limit); noise relative."""
    numbers = (jnp.asarray(v, float) for v in (alpha, beta, noise, n, r))
    return jnp.vectorize(_relative_risk_at)(*numbers)


@jax.jit
def _relative_risk_at(alpha: Array, beta: Array, noise: Array, n: Array, r: Array) -> Array:
    of = infinite_powerlaw.__wrapped__(alpha, beta)
    (_, zero), (_, here) = interpolated(of, n), interpolated(of, n * (1 - r))
    # the bias goes down to 1e-180, and its square is met on the way to a derivative
    scale = jax.lax.stop_gradient(1 / zero.bias_squared)
    e0 = n / zero.c * (zero.bias_squared * scale)
    return n / (n * r + here.c) * (here.bias_squared * scale / e0 + noise)


@closed_form
def zero_ridge(alpha: SummedAlpha, beta: Beta, n: Points) -> tuple[Array, Array, Array]:
    """(kappa, E_0, overfitting coefficient n/(n - q)) of kernel interpolation at finite n."""
    return jnp.vectorize(_zero_ridge)(alpha, beta, n)


@jax.jit
def _zero_ridge(alpha: Array, beta: Array, n: Array) -> tuple[Array, Array, Array]:
    kappa, here = interpolated(infinite_powerlaw.__wrapped__(alpha, beta), n)
    return kappa, n / here.c * here.bias_squared, n / here.c


@closed_form
def finite_noise_threshold(alpha: SummedAlpha, beta: Beta, n: Points) -> Array:
    """The relative noise up to which zero ridge is locally optimal at finite n (kernel limit).

    Zero ridge is optimal iff D1 c >= 2 (B1 + sigma^2) sum lambda^2 kappa/(lambda + kappa)^3 with
    D1 = 2 sum v^2 lambda kappa^2/(lambda + kappa)^3 at z(kappa) = n. Derived: dE_te/dkappa = 0.
    """
    return jnp.vectorize(_finite_noise_threshold)(alpha, beta, n)


@jax.jit
def _finite_noise_threshold(alpha: Array, beta: Array, n: Array) -> Array:
    of = infinite_powerlaw.__wrapped__(alpha, beta)
    kappa, here = interpolated(of, n)
    captured, missed = shares(of, kappa)
    # the bias goes down to 1e-180, and its square is met on the way to a derivative
    scale = jax.lax.stop_gradient(1 / here.bias_squared)
    rise = 2 * (of.multiplicities * of.eigcoeffs_sq * captured * missed**2 * scale).sum()
    bias = here.bias_squared * scale
    spread = (of.multiplicities * captured**2 * missed).sum()
    return (rise * here.c / (2 * spread) - bias) * here.c / (n * bias)
