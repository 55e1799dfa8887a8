"""How slowly geometric steps must decay, and what a run on data does during its escape."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Ge, Gt, Le, Scalar, closed_form, root
from theory._pochhammer import log_pochhammer_at
from theory.sign_rip.noise import scaling_function
from theory.sign_rip.params import Amount, Params, Size, Start, truth_norm
from theory.sign_rip.population import (
    SMALL_START, escape_budget, largest_start, tracking_ratio_limit,
)  # fmt: skip
from theory.sign_rip.spectrum import noise_width, spectral_threshold, spike

__all__ = [
    "advice", "critical_rho", "escape_time", "overfit_window", "population_critical_rho",
    "residual_exponent", "scalar_critical_rho",
]  # fmt: skip


@closed_form
@jax.jit
def critical_rho(rate: Size, needed: Amount) -> jax.Array:
    """The rho at which sum_t log(1 + rate rho^t) = needed, the growth in log u that escape takes.

    Slower decay (larger rho) reaches the truth, faster freezes the iterate at its current size.
    0 where the first step suffices, needed <= log(1 + rate).
    """
    rate, needed = jnp.broadcast_arrays(*(jnp.asarray(x, dtype=float) for x in (rate, needed)))
    first = jnp.log1p(rate)
    some = needed > first
    rest = jnp.where(some, needed - first, 1.0)

    def excess(y):  # y = log lam, rho = e^-lam: the sum from t = 1 on
        lam = jnp.exp(y)
        return jnp.log(log_pochhammer_at(rate * jnp.exp(-lam), lam)) - jnp.log(rest)

    # that sum is at least first (1/lam - 1), and at most rate rho/(1 - rho)
    least, most = 0.99 * first / (first + rest), 1.01 * jnp.log1p(rate / rest)
    lam = jnp.exp(root(excess, jnp.log(least), jnp.log(most)))
    return jnp.where(some, jnp.exp(-lam), 0.0)


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

    ``alpha_overlap`` is norm(v_1^T U_0). The slope in log(1/alpha) is exact;
    that in alpha grows to infinity as alpha -> 0, and leaves the floats above 2e-308.
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
    rho, x0, a = params.rho, params.alpha**2, 2 * params.eta * params.scale
    small_start = params.start != "near"
    if params.steps == "geometric":
        limit = float(tracking_ratio_limit(params.condition))
        if rho < 0.5:
            notes.append(f"rho = {rho:g} < 1/2: the error cannot follow steps that shrink so fast")
        elif rho <= limit:
            notes.append(
                f"rho = {rho:g}: the slowest of modes with kappa = {params.condition:g} needs rho >"
                f" {limit:.3f}"
            )
        if small_start and params.nu == 0 and x0 <= largest_start(params):
            needed = float(population_critical_rho(params, x0))
            if rho < needed:
                notes.append(f"steps decay too fast: the iterate will freeze near 0; need rho >="
                             f" {needed:.5f}")  # fmt: skip
    if params.steps == "ideal" and a > 1:
        notes.append(f"a = 2 eta sigma_1 = {a:g} > 1: the truth is an unstable fixed point of ideal"
                     " steps")  # fmt: skip
    if params.steps == "constant" and params.nu == 0:
        notes.append("without dense noise a constant step never converges: expect a cycle")
    if small_start and float(spike(params)[-1]) <= noise_width(params.d, params.m):
        least = float(spectral_threshold(params))
        notes.append(f"m = {params.m} is below the spectral threshold {least:.0f}: the escape phase"
                     " cannot see the weakest direction")  # fmt: skip
    if float(truth_norm(params)) < x0:
        notes.append("the start is larger than the truth: small-start theory does not speak of it")
    return tuple(notes)
