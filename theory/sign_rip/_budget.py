"""How slowly geometric steps must decay, and what a run on data does during its escape."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.scipy.special import spence

from theory import Scalar
from theory.sign_rip._noise import scaling_function
from theory.sign_rip._params import truth_norm
from theory.sign_rip._population import escape_budget, tracking_ratio_limit
from theory.sign_rip._spectrum import noise_width, spectral_threshold, spike

_DIRECT = 64


@jax.jit
def log_growth(b: Scalar, rho: Scalar) -> jax.Array:
    """sum_{t>=0} log(1 + b rho^t) = log (-b; rho)_inf, b >= 0, 0 < rho < 1 (a q-Pochhammer symbol).

    64 terms directly, the rest by Euler-Maclaurin with lam = -log rho: -Li_2(-b')/lam
    + log(1+b')/2 + lam w/12 - lam^3 w(1-w)(1-2w)/720 + ..., w = b'/(1+b'). Where lam is not small
    b' = b rho^64 is, so that the absolute error stays below 1e-14 (1 + b).
    """
    b, rho = jnp.asarray(b, dtype=jnp.float64), jnp.asarray(rho, dtype=jnp.float64)
    t = jnp.arange(_DIRECT)
    direct = jnp.sum(jnp.log1p(b[..., None] * rho[..., None] ** t), axis=-1)
    rest = b * rho**_DIRECT
    lam = -jnp.log(rho)
    w = rest / (1 + rest)
    curve = w * (1 - w)
    tail = (
        -spence(1 + rest) / lam
        + jnp.log1p(rest) / 2
        + lam * w / 12
        - lam**3 * curve * (1 - 2 * w) / 720
        + lam**5 * curve * (1 - 14 * w + 36 * w**2 - 24 * w**3) / 30240
    )
    return direct + tail


@jax.jit
def critical_rho(rate: Scalar, needed: Scalar) -> jax.Array:
    """The rho at which sum_t log(1 + rate rho^t) = needed, the growth in log u that escape takes.

    Slower decay (larger rho) reaches the truth, faster freezes the iterate at its current size.
    By bisection in log(1 - rho); rate, needed > 0. Domain: needed > log(1 + rate), else 0.
    """
    rate, needed = jnp.broadcast_arrays(
        jnp.asarray(rate, dtype=jnp.float64), jnp.asarray(needed, dtype=jnp.float64)
    )

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        short = log_growth(rate, -jnp.expm1(middle)) < needed
        return jnp.where(short, low, middle), jnp.where(short, middle, high)

    # 1 - rho between e^-36 and 1 - e^-36
    ends = jnp.full_like(needed, -36.0), jnp.full_like(needed, -2.4e-16)
    low, high = jax.lax.fori_loop(0, 60, halve, ends)
    return jnp.where(needed > jnp.log1p(rate), -jnp.expm1((low + high) / 2), 0.0)


def population_critical_rho(params: Any, x0: Scalar) -> jax.Array:
    """1 - eta_0/S: the critical geometric ratio for any spectrum, as eta_0, x0 -> 0.

    Within 2 % in 1 - rho for eta_0 <= 0.05; S is :func:`escape_budget`. For one eigenvalue and phi
    constant along the way, :func:`scalar_critical_rho` is exact.
    """
    return 1 - params.eta / escape_budget(params, x0)


def scalar_critical_rho(params: Any) -> jax.Array:
    """d = 1: prod_t (1 + 2 phi eta_0 rho^t) >= sqrt(sigma)/u_0, u_0 = alpha, decides exactly
    where phi does not change on the way (noiseless, or infinite outliers)."""
    phi = scaling_function(params, params.scale)
    needed = jnp.log(jnp.sqrt(params.scale) / params.alpha)
    return critical_rho(2 * phi * params.eta, needed)


def escape_time(alpha_overlap: Scalar, top: Scalar, eta: Scalar) -> jax.Array:
    """T_esc = log(1/(alpha |v_1^T B|))/log(1 + 2 eta lambda_1(C)): rank 1, sigma = 1, constant eta.

    ``alpha_overlap`` is norm(v_1^T U_0). The slope in log(1/alpha) is exact.
    """
    return -jnp.log(alpha_overlap) / jnp.log1p(2 * eta * top)


def residual_exponent(eta: Scalar, signal: Scalar, noise: Scalar) -> jax.Array:
    """g = 1 - log(1 + 2 eta lambda_{r+1})/log(1 + 2 eta lambda_r): norm(E) ~ alpha^g after escape,
    final error ~ alpha^{2g}; eigenvalues of C = (1/m) sum sign(y_i) S_i."""
    return 1 - jnp.log1p(2 * eta * noise) / jnp.log1p(2 * eta * signal)


def overfit_window(theta: Scalar, width: Scalar) -> Scalar:
    """T_overfit/T_escape >= (theta/W + W/theta)/2 as alpha -> 0, constant eta, dense noise: the
    residual grows no faster than the noise edge 2W, the signal at theta + W^2/theta."""
    return (theta / width + width / theta) / 2


def advice(params: Any) -> tuple[str, ...]:
    """What a run at these params cannot do, in sentences; empty where nothing stands against it."""
    notes = []
    if params.steps == "geometric":
        if params.rho < 0.5:
            notes.append(
                f"rho = {params.rho:g} < 1/2: the error cannot follow steps that shrink so fast"
            )
        elif params.rho <= float(tracking_ratio_limit(params.condition)):
            notes.append(
                f"rho = {params.rho:g}: the slowest of modes with kappa = {params.condition:g}"
                f" needs rho > {float(tracking_ratio_limit(params.condition)):.3f}"
            )
        if params.start != "near" and params.nu == 0:
            x0 = params.alpha**2
            needed = float(population_critical_rho(params, x0)) if x0 < params.scale else 0.0
            if params.rho < needed:
                notes.append(
                    "steps decay too fast: the iterate will freeze near 0; need rho >="
                    f" {needed:.5f}"
                )
    if params.steps == "ideal" and 2 * params.eta * params.scale > 1:
        notes.append(
            f"a = 2 eta sigma_1 = {2 * params.eta * params.scale:g} > 1: the truth is an unstable"
            " fixed point of ideal steps"
        )
    if params.steps == "constant" and params.nu == 0:
        notes.append("without dense noise a constant step never converges: expect a cycle")
    if params.start != "near" and float(spike(params)[-1]) <= noise_width(params.d, params.m):
        threshold = float(spectral_threshold(params))
        notes.append(
            f"m = {params.m} is below the spectral threshold {threshold:.0f}: the escape phase"
            " cannot see the weakest direction"
        )
    if float(truth_norm(params)) < params.alpha**2:
        notes.append("the start is larger than the truth: small-start theory does not speak of it")
    return tuple(notes)
