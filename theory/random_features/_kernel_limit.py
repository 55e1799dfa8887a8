"""Array forms of the kernel limit and of zero ridge: finite-n versions of the powerlaw results."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from theory import closed_form
from theory.random_features._domains import (
    UNSATURATED,
    Alpha,
    Beta,
    Features,
    Points,
    Root,
    SummedAlpha,
    Variance,
)
from theory.random_features._framework import sums
from theory.random_features._powerlaw import stationarity
from theory.random_features._solver import solved_ridge
from theory.random_features._spectra import infinite_powerlaw
from theory.random_features._spectrum import (
    EXAMPLE,
    Spectrum,
    check_modes,
    check_spectrum,
    or_nan,
    sound,
)

HALVINGS = 80


def polished(function: Callable[[Array], Array], root: Array) -> Array:
    """One Newton step from a root found by bisection: it carries the derivative (implicit)."""
    root = jax.lax.stop_gradient(root)
    value, slope = jax.jvp(function, (root,), (jnp.ones_like(root),))
    slope = jax.lax.stop_gradient(jnp.where(slope == 0, jnp.inf, slope))
    return root - value / slope


@closed_form(beta=UNSATURATED)
def optimal_fitting_root(alpha: Alpha, beta: Beta, noise: Variance) -> Array:
    """r* in [0, 1): the root of :func:`stationarity`, or 0 where it is negative at 0.

    ``noise`` is relative (sigma^2/E_0). By bisection, to 1e-16; R* = r*^2. Differentiable, with
    derivative 0 where r* = 0.
    """
    alpha, beta, noise = (jnp.asarray(x, dtype=float) for x in (alpha, beta, noise))
    shape = jnp.broadcast_shapes(alpha.shape, beta.shape, noise.shape)
    falling = functools.partial(stationarity.__wrapped__, alpha, beta, noise)

    def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = 0.5 * (low + high)
        above = falling(middle) > 0
        return jnp.where(above, middle, low), jnp.where(above, high, middle)

    ends = (jnp.zeros(shape), jnp.ones(shape))
    low, high = jax.lax.fori_loop(0, HALVINGS, halve, ends)
    inside = falling(0.0) > 0
    root = polished(falling, jnp.where(inside, 0.5 * (low + high), 0.5))
    # the ends keep the value alone: at tied ends a clip passes on half of the slope
    root = root + jax.lax.stop_gradient(jnp.clip(root, low, high) - root)
    return jnp.where(inside, root, 0.0)


@closed_form(example={"of": EXAMPLE})
def gamma_at_occupation(of: Spectrum, z: Points) -> Array:
    """gamma with z(gamma) = z: the effective ridge of z samples without ridge."""
    check_spectrum(of)
    gamma = jnp.vectorize(functools.partial(_gamma_at, of))(jnp.asarray(z, dtype=float))
    return or_nan(sound(of), gamma)


@jax.jit
def _gamma_at(of: Spectrum, z: Array) -> Array:
    zero = jnp.zeros_like(z)
    return solved_ridge(of.eigenvalues, of.multiplicities, z, zero, zero)


@closed_form
def relative_risk_at(alpha: SummedAlpha, beta: Beta, noise: Variance, n: Points, r: Root) -> Array:
    """E_te(r)/E_0 of the infinite powerlaw task at finite n (kernel limit); noise relative."""
    numbers = (jnp.asarray(v, float) for v in (alpha, beta, noise, n, r))
    return jnp.vectorize(_relative_risk_at)(*numbers)


@jax.jit
def _relative_risk_at(alpha: Array, beta: Array, noise: Array, n: Array, r: Array) -> Array:
    of = infinite_powerlaw.__wrapped__(alpha, beta)

    def at(z: Any) -> Any:
        return sums.__wrapped__(
            of.eigenvalues, of.eigcoeffs_sq, _gamma_at(of, z), of.multiplicities
        )

    zero = at(jnp.asarray(n, dtype=float))
    here = at(n * (1 - r))
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
    of = infinite_powerlaw.__wrapped__(alpha, beta)
    kappa = _gamma_at(of, jnp.asarray(n, float))
    here = sums.__wrapped__(of.eigenvalues, of.eigcoeffs_sq, kappa, of.multiplicities)
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
    kappa = _gamma_at(of, jnp.asarray(n, float))
    here = sums.__wrapped__(of.eigenvalues, of.eigcoeffs_sq, kappa, of.multiplicities)
    captured = of.eigenvalues / (of.eigenvalues + kappa)
    missed = kappa / (of.eigenvalues + kappa)
    # the bias goes down to 1e-180, and its square is met on the way to a derivative
    scale = jax.lax.stop_gradient(1 / here.bias_squared)
    rise = 2 * (of.multiplicities * of.eigcoeffs_sq * captured * missed**2 * scale).sum()
    bias = here.bias_squared * scale
    spread = (of.multiplicities * captured**2 * missed).sum()
    return (rise * here.c / (2 * spread) - bias) * here.c / (n * bias)


@closed_form(example={"of": EXAMPLE, "n": 1.0, "k": 2.0}, k=("is not above n", lambda k, n: k > n))
def zero_ridge_slope(of: Spectrum, n: Points, k: Features, noise: Variance) -> Array:
    """dlog E_te/dlog gamma at zero ridge for n < k <= inf; its sign says whether to overfit.

    -(c + c') b/(c (b+c)) - 2 c/b + (dbias/dlog gamma)/bias, divided through by k where b stands,
    with c' = sum mu lambda gamma (lambda - gamma)/(lambda + gamma)^3. Derived; for spectra of more
    than n modes.
    """
    check_spectrum(of)
    check_modes(of, n)
    arrays = (jnp.asarray(x, dtype=float) for x in (n, k, noise))
    return or_nan(sound(of), jnp.vectorize(functools.partial(_slope, of))(*arrays))


@jax.jit
def _slope(of: Spectrum, n: Array, k: Array, noise: Array) -> Array:
    inv_k = 1 / k
    gamma = _gamma_at(of, n)
    at = sums.__wrapped__(of.eigenvalues, of.eigcoeffs_sq, gamma, of.multiplicities)
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


@closed_form
def finite_width_threshold(alpha: SummedAlpha, beta: Beta, noise: Variance, n: Points) -> Array:
    """The width ratio k/n from which zero ridge is locally optimal at finite n; noise relative.

    The root of :func:`zero_ridge_slope` in log(k/n - 1), by bisection between e^-30 and e^40; +inf
    where zero ridge is not locally optimal at any width. The noise is ``noise`` times E_0 of the
    kernel limit at this n. Differentiable.
    """
    return jnp.vectorize(_finite_width_threshold)(alpha, beta, noise, n)


@jax.jit
def _finite_width_threshold(alpha: Array, beta: Array, noise: Array, n: Array) -> Array:
    of = infinite_powerlaw.__wrapped__(alpha, beta)
    e0 = _zero_ridge(alpha, beta, n)[1]

    def slope(log_excess: Array) -> Array:
        return _slope(of, jnp.asarray(n, float), n * (1 + jnp.exp(log_excess)), noise * e0)

    def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = 0.5 * (low + high)
        enough = slope(middle) >= 0
        return jnp.where(enough, low, middle), jnp.where(enough, middle, high)

    ends = (jnp.asarray(-30.0), jnp.asarray(40.0))
    low, high = jax.lax.fori_loop(0, HALVINGS, halve, ends)
    reached = slope(ends[1]) >= 0
    root = polished(slope, jnp.where(reached, 0.5 * (low + high), 0.0))
    return jnp.where(reached, 1 + jnp.exp(root), jnp.inf)
