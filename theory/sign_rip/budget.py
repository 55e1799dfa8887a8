"""How slowly geometric steps must decay, and what a run on data does during its escape."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax.scipy.special import spence

from theory import Ge, Gt, Le, Lt, Scalar, closed_form, root
from theory.sign_rip.noise import scaling_function
from theory.sign_rip.params import Amount, Params, Size, Start, truth_norm
from theory.sign_rip.population import (
    SMALL_START,
    escape_budget,
    largest_start,
    tracking_ratio_limit,
)
from theory.sign_rip.spectrum import noise_width, spectral_threshold, spike

_DIRECT = 64


@jax.custom_jvp
def _minus_dilog(x: jax.Array) -> jax.Array:
    """-Li_2(-x), x >= 0, to relative rounding (spence(1 + x) loses the digits of a small x)."""
    small = x < 0.1
    k = 1 + jnp.arange(16)
    y = jnp.where(small, x, 0.0)
    series = jnp.sum(-((-y[..., None]) ** k) / k**2, axis=-1)
    return jnp.where(small, series, -spence(1 + jnp.where(small, 1.0, x)))


@_minus_dilog.defjvp
def _minus_dilog_slope(primals, tangents):
    """log(1+x)/x; JAX's own derivative of spence is NaN next to 1."""
    (x,), (change,) = primals, tangents
    safe = jnp.where(x > 0, x, 1.0)
    return _minus_dilog(x), jnp.where(x > 0, jnp.log1p(safe) / safe, 1.0) * change


@jax.jit
def _log_growth(b: jax.Array, rho: jax.Array) -> jax.Array:
    t = jnp.arange(_DIRECT)
    direct = jnp.sum(jnp.log1p(b[..., None] * rho[..., None] ** t), axis=-1)
    rest = b * rho**_DIRECT
    lam = -jnp.log(rho)
    w = rest / (1 + rest)
    curve = w / (1 + rest)
    tail = (
        _minus_dilog(rest) / lam
        + jnp.log1p(rest) / 2
        + lam * w / 12
        - lam**3 * curve * (1 - 2 * w) / 720
        + lam**5 * curve * (1 - 14 * w + 36 * w**2 - 24 * w**3) / 30240
    )
    return direct + tail


@closed_form
def log_growth(
    b: Annotated[Scalar, Ge(0), Le(1e50)], rho: Annotated[Scalar, Ge(1e-50), Lt(1)]
) -> jax.Array:
    """sum_{t>=0} log(1 + b rho^t) = log (-b; rho)_inf (a q-Pochhammer symbol).

    64 terms directly, the rest by Euler-Maclaurin with lam = -log rho: -Li_2(-b')/lam
    + log(1+b')/2 + lam w/12 - lam^3 w(1-w)(1-2w)/720 + ..., w = b'/(1+b'), b' = b rho^64. To 1e-13
    relative: where lam is not small b' is.
    """
    return _log_growth(
        *jnp.broadcast_arrays(
            jnp.asarray(b, dtype=jnp.float64), jnp.asarray(rho, dtype=jnp.float64)
        )
    )


@closed_form(
    needed=("is above 1e15 rate: rho rounds to 1", lambda rate, needed: needed <= 1e15 * rate)
)
@jax.jit
def critical_rho(rate: Size, needed: Amount) -> jax.Array:
    """The rho at which sum_t log(1 + rate rho^t) = needed, the growth in log u that escape takes.

    Slower decay (larger rho) reaches the truth, faster freezes the iterate at its current size.
    0 where the first step suffices, needed <= log(1 + rate).
    """
    rate, needed = jnp.broadcast_arrays(
        jnp.asarray(rate, dtype=jnp.float64), jnp.asarray(needed, dtype=jnp.float64)
    )

    some = needed > jnp.log1p(rate)
    target = jnp.where(some, needed, jnp.log1p(rate) + 1)

    def excess(x):  # x = log(1 - rho), between e^-36 and 1 - e^-36
        return _log_growth(rate, -jnp.expm1(x)) - target

    return jnp.where(some, -jnp.expm1(root(excess, -36.0, -2.4e-16)), 0.0)


@closed_form(**SMALL_START)
def population_critical_rho(params: Params, x0: Start) -> jax.Array:
    """1 - eta_0/S: the critical geometric ratio for any spectrum, as eta_0, x0 -> 0; 0 where the
    first step is as long as S.

    Within 2 % in 1 - rho for eta_0 <= 0.05; S is :func:`escape_budget`, 0 < x0 <= sigma_r/e. For
    one eigenvalue and phi constant along the way, :func:`scalar_critical_rho` is exact.
    """
    return jnp.maximum(0.0, 1 - params.eta / escape_budget(params, x0))


@closed_form(
    example={"params": Params()},
    params=("needs alpha < sqrt(scale)", lambda params: params.alpha**2 < params.scale),
)
def scalar_critical_rho(params: Params) -> jax.Array:
    """d = 1: prod_t (1 + 2 phi eta_0 rho^t) >= sqrt(sigma)/u_0, u_0 = alpha, decides exactly
    where phi does not change on the way (noiseless, or infinite outliers)."""
    phi = scaling_function(params, params.scale)
    needed = jnp.log(jnp.sqrt(params.scale) / params.alpha)
    return critical_rho(2 * phi * params.eta, needed)


@closed_form(example={"top": 0.6, "eta": 0.1})
def escape_time(alpha_overlap: Annotated[Scalar, Gt(0), Le(1)], top: Size, eta: Size) -> jax.Array:
    """T_esc = log(1/(alpha |v_1^T B|))/log(1 + 2 eta lambda_1(C)): rank 1, sigma = 1, constant eta.

    ``alpha_overlap`` is norm(v_1^T U_0). The slope in log(1/alpha) is exact.
    """
    return -jnp.log(alpha_overlap) / jnp.log1p(2 * eta * top)


@closed_form(
    example={"eta": 0.1, "signal": 0.6, "noise": 0.2},
    noise=("is above signal", lambda signal, noise: noise <= signal),
)
def residual_exponent(eta: Size, signal: Size, noise: Annotated[Scalar, Ge(0)]) -> jax.Array:
    """g = 1 - log(1 + 2 eta lambda_{r+1})/log(1 + 2 eta lambda_r): norm(E) ~ alpha^g after escape,
    final error ~ alpha^{2g}; eigenvalues of C = (1/m) sum sign(y_i) S_i."""
    return 1 - jnp.log1p(2 * eta * noise) / jnp.log1p(2 * eta * signal)


@closed_form(theta=("is below width: no signal", lambda theta, width: theta >= width))
def overfit_window(theta: Size, width: Size) -> Scalar:
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
            seen = x0 <= largest_start(params)
            needed = float(population_critical_rho(params, x0)) if seen else 0.0
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
