"""Array forms of the kernel limit and of zero ridge: finite-n versions of the powerlaw results."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from theory.random_features._framework import sums
from theory.random_features._powerlaw import stationarity
from theory.random_features._solver import effective_ridge
from theory.random_features._spectra import Spectrum, infinite_powerlaw

HALVINGS = 80


def optimal_fitting_root(alpha: Any, beta: Any, noise: Any) -> Array:
    """r* in [0, 1): the root of :func:`stationarity`, or 0 where it is negative at 0.

    ``noise`` is relative (sigma^2/E_0). By bisection, to 1e-16; R* = r*^2.
    """
    alpha, beta, noise = (jnp.asarray(x, dtype=float) for x in (alpha, beta, noise))
    shape = jnp.broadcast_shapes(alpha.shape, beta.shape, noise.shape)

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = 0.5 * (low + high)
        above = stationarity(alpha, beta, noise, middle) > 0
        return jnp.where(above, middle, low), jnp.where(above, high, middle)

    ends = (jnp.zeros(shape), jnp.ones(shape))
    low, high = jax.lax.fori_loop(0, HALVINGS, halve, ends)
    return jnp.where(stationarity(alpha, beta, noise, 0.0) > 0, 0.5 * (low + high), 0.0)


def gamma_at_occupation(of: Spectrum, z: Any) -> Array:
    """gamma with z(gamma) = z: the effective ridge of z samples without ridge."""
    z = jnp.asarray(z, dtype=float)
    zero = jnp.zeros_like(z)
    return effective_ridge(of.eigenvalues, of.multiplicities, z, zero, zero)


@jax.jit
def relative_risk_at(alpha: Any, beta: Any, noise: Any, n: Any, r: Any) -> Array:
    """E_te(r)/E_0 of the infinite powerlaw task at finite n (kernel limit); noise relative."""
    of = infinite_powerlaw(alpha, beta)

    def at(z: Any) -> Any:
        return sums(of.eigenvalues, of.eigcoeffs_sq, gamma_at_occupation(of, z), of.multiplicities)

    zero = at(jnp.asarray(n, dtype=float))
    e0 = n / zero.c * zero.bias_squared
    here = at(n * (1 - r))
    return n / (n * r + here.c) * (here.bias_squared + noise * e0) / e0


@jax.jit
def zero_ridge(alpha: Any, beta: Any, n: Any) -> tuple[Array, Array, Array]:
    """(kappa, E_0, overfitting coefficient n/(n - q)) of kernel interpolation at finite n."""
    of = infinite_powerlaw(alpha, beta)
    kappa = gamma_at_occupation(of, n)
    here = sums(of.eigenvalues, of.eigcoeffs_sq, kappa, of.multiplicities)
    return kappa, n / here.c * here.bias_squared, n / here.c


@jax.jit
def finite_noise_threshold(alpha: Any, beta: Any, n: Any) -> Array:
    """The relative noise up to which zero ridge is locally optimal at finite n (kernel limit).

    Zero ridge is optimal iff D1 c >= 2 (B1 + sigma^2) sum lambda^2 kappa/(lambda + kappa)^3 with
    D1 = 2 sum v^2 lambda kappa^2/(lambda + kappa)^3 at z(kappa) = n. Derived: dE_te/dkappa = 0.
    """
    of = infinite_powerlaw(alpha, beta)
    kappa = gamma_at_occupation(of, n)
    here = sums(of.eigenvalues, of.eigcoeffs_sq, kappa, of.multiplicities)
    captured = of.eigenvalues / (of.eigenvalues + kappa)
    missed = kappa / (of.eigenvalues + kappa)
    rise = 2 * (of.multiplicities * of.eigcoeffs_sq * captured * missed**2).sum()
    spread = (of.multiplicities * captured**2 * missed).sum()
    return (rise * here.c / (2 * spread) - here.bias_squared) * here.c / (n * here.bias_squared)


@jax.jit
def zero_ridge_slope(of: Spectrum, n: Any, k: Any, noise: Any) -> Array:
    """dlog E_te/dlog gamma at zero ridge for n < k <= inf; its sign says whether to overfit.

    -(c + c') b/(c (b+c)) - 2 c/b + (dbias/dlog gamma)/bias, divided through by k where b stands,
    with c' = sum mu lambda gamma (lambda - gamma)/(lambda + gamma)^3. Derived.
    """
    inv_k = 1 / jnp.asarray(k, dtype=float)
    gamma = gamma_at_occupation(of, n)
    at = sums(of.eigenvalues, of.eigcoeffs_sq, gamma, of.multiplicities)
    captured = of.eigenvalues / (of.eigenvalues + gamma)
    missed = gamma / (of.eigenvalues + gamma)
    c_slope = (of.multiplicities * captured * missed * (captured - missed)).sum()
    rise = 2 * (of.multiplicities * of.eigcoeffs_sq * captured * missed**2).sum()
    r = 1 - n * inv_k  # b/k
    x = at.c * inv_k  # c/k
    share = x / (r + x)  # c/(b + c)
    share_slope = (c_slope * inv_k * r - x * x) / (r + x) ** 2
    bias = at.bias_squared + share * at.bias_mixed + noise
    bias_slope = rise + share * (at.bias_mixed - rise) + share_slope * at.bias_mixed
    return -(at.c + c_slope) * r / (at.c * (r + x)) - 2 * x / r + bias_slope / bias


@jax.jit
def finite_width_threshold(alpha: Any, beta: Any, noise: Any, n: Any) -> Array:
    """The width ratio k/n from which zero ridge is locally optimal at finite n; noise relative.

    The root of :func:`zero_ridge_slope` in log(k/n - 1) by bisection between e^-6 and e^12; the
    noise is ``noise`` times E_0 of the kernel limit at this n.
    """
    of = infinite_powerlaw(alpha, beta)
    e0 = zero_ridge(alpha, beta, n)[1]

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = 0.5 * (low + high)
        enough = zero_ridge_slope(of, n, n * (1 + jnp.exp(middle)), noise * e0) >= 0
        return jnp.where(enough, low, middle), jnp.where(enough, middle, high)

    ends = (jnp.asarray(-6.0), jnp.asarray(12.0))
    low, high = jax.lax.fori_loop(0, HALVINGS, halve, ends)
    return 1 + jnp.exp(0.5 * (low + high))
