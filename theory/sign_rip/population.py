"""Dynamics on the expected loss: U+ = U - 2 eta phi(Delta)/norm(Delta)_F Delta U; how slowly
geometric steps must decay, and what a run on data does during its escape.

With e = eta phi/norm(Delta)_F and tau the running sum of e, the flow is a matrix Riccati equation
with a closed solution; single directions follow a logistic law, and steps proportional to
norm(Delta)/phi make a cubic map.
"""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import Ge, Gt, Le, Lt, Scalar, closed_form, exp, expm1, log, log1p, root
from theory._closed_form import Single
from theory._pochhammer import log_pochhammer_at
from theory.sign_rip.noise import scaling_function
from theory.sign_rip.params import Amount, Matrix, Params, Size, Start, eigenvalues

__all__ = [
    "critical_rho", "cubic_iterations", "cubic_map", "error_norm", "escape_budget", "escape_time",
    "escape_times", "logistic_growth", "null_decay", "overfit_window", "population_critical_rho",
    "population_step", "residual_exponent", "riccati_flow", "scalar_critical_rho",
    "tracking_ratio_limit",
]  # fmt: skip


def largest_start(params: Any) -> Any:
    """sigma_r/e: up to this x0 the components are learnt in order, the largest first."""
    return params.scale / params.condition / math.e


One = Annotated[Amount, Single]
EXAMPLE = {"params": Params(), "u": np.eye(3, 2), "truth": 2 * np.eye(3), "eta": 0.1}

SMALL_START: Any = {
    "example": {"params": Params(), "x0": 1e-6},
    "x0": ("is above sigma_r/e", lambda params, x0: x0 <= largest_start(params)),
}


@closed_form(example={"u": np.eye(3, 2), "truth": 2 * np.eye(3)})
def error_norm(u: Matrix, truth: Matrix) -> jax.Array:
    """norm(U U^T - X*)_F for U of shape (d, r')."""
    return jnp.linalg.norm(u @ u.T - truth)


@closed_form(example=EXAMPLE)
def population_step(params: Params, u: Matrix, truth: Matrix, eta: One) -> Matrix:
    """One sub-gradient step on the expected loss; U of shape (d, r'). At Delta = 0 it stays."""
    delta = u @ u.T - truth
    return u - 2 * relative_step(params, jnp.linalg.norm(delta), eta) * delta @ u


def relative_step(params: Any, size: Scalar, eta: Scalar) -> jax.Array:
    """e = eta phi(Delta)/norm(Delta)_F, 0 at Delta = 0."""
    safe = jnp.where(size > 0, size, 1.0)
    return jnp.where(size > 0, eta * scaling_function(params, safe) / safe, 0.0)


@closed_form(
    example={"start": np.eye(3, 2), "truth": np.eye(3), "tau": 1.0},
    tau=("overflows: 4 tau norm(X*)_F is above 700",
         lambda truth, tau: 4 * tau * (truth**2).sum() ** 0.5 <= 700)
)  # fmt: skip
def riccati_flow(start: Matrix, truth: Matrix, tau: One) -> jax.Array:
    """X(tau) = e^{2 tau X*} U_0 [I + 4 U_0^T J U_0]^{-1} U_0^T e^{2 tau X*}.

    J = int_0^tau e^{4 s X*} ds; U_0 of shape (d, r'), X* of shape (d, d), any U_0. It solves
    dX/dtau = 2(X* X + X X*) - 4 X^2, X(0) = U_0 U_0^T. For 4 tau norm(X*)_F <= 700, and accurate
    to about eps e^{4 tau (sigma_1 - sigma_r)}: the inverse holds growth of every size.
    """
    start, truth = jnp.asarray(start), jnp.asarray(truth)
    values, vectors = jnp.linalg.eigh(truth)
    b = vectors.T @ start
    grown = jnp.exp(2 * tau * values)[:, None] * b
    flat = jnp.abs(values) * tau < 1e-12
    safe = jnp.where(flat, 1.0, values)
    integral = jnp.where(flat, tau, jnp.expm1(4 * safe * tau) / (4 * safe))
    inner = jnp.eye(start.shape[1]) + 4 * b.T @ (integral[:, None] * b)
    x = grown @ jnp.linalg.solve(inner, grown.T)
    return vectors @ x @ vectors.T


@closed_form
def logistic_growth(sigma: Size, x0: Start, tau: Amount) -> Scalar:
    """x(tau) of one eigenvalue: sigma x0/(x0 + (sigma - x0) e^{-4 sigma tau}), sigma > 0."""
    decay = -4 * sigma * tau
    return sigma * x0 / (sigma * exp(decay) - x0 * expm1(decay))


@closed_form
def null_decay(x0: Amount, tau: Amount) -> Scalar:
    """x(tau) where sigma = 0: x0/(1 + 4 x0 tau). The residual dies only like 1/(4 tau)."""
    return x0 / (1 + 4 * x0 * tau)


@closed_form
def cubic_map(v: Scalar, a: Amount) -> Scalar:
    """v+ = v (1 + a - a v^2), v = u/sqrt(sigma), a = 2 eta sigma: one singular value under ideal
    steps from a commuting start.

    No overshoot iff a <= 1/2; stable at v = 1 iff a < 1; bounded iff a <= 2.
    """
    return v * (1 + a - a * v**2)


@closed_form
def cubic_iterations(
    a: Annotated[Scalar, Gt(0), Lt(0.5)],
    v0: Annotated[Scalar, Gt(0), Le(1)],
    accuracy: Annotated[Scalar, Gt(0), Le(1)],
) -> Scalar:
    """log(1/v0)/log(1+a) + log(1/accuracy)/(-log(1-2a)): iterations to |v^2 - 1| <= accuracy.

    The truth is between this and this + 2 for 1/20 <= a <= 3/10 and small v0: growth at
    rate 1 + a, then contraction of v^2 - 1 at rate 1 - 2a. Value and slopes grow to infinity as a,
    v0 or accuracy falls to 0; the slopes leave the floats above 2e-308.
    """
    return log(1 / v0) / log1p(a) - log(1 / accuracy) / log1p(-2 * a)


@closed_form(**SMALL_START)
def escape_times(params: Params, x0: Start) -> jax.Array:
    """T_j, j = 1..r: steps until component j passes sigma_j/2, for x_i(0) = x0, eta and x0 small.

    T_j = sum_{i<=j} (tau_i - tau_{i-1}) rho_i/(eta phi(rho_i)), where
    tau_i = log(sigma_i/x0)/(4 sigma_i) and rho_i = sqrt(sigma_i^2 + ... + sigma_r^2): components
    are learnt one by one, the largest first, if 0 < x0 <= sigma_r/e.
    Asymptotic: the ratio to the truth is 1 - O(1/log(1/x0)).
    """
    return jnp.cumsum(stage_costs(params, x0), axis=-1) / params.eta


def stage_costs(params: Any, x0: Scalar) -> jax.Array:
    """(tau_i - tau_{i-1}) rho_i/phi(rho_i) for i = 1..r."""
    sigma = eigenvalues(params)
    tau = jnp.log(sigma / jnp.asarray(x0)[..., None]) / (4 * sigma)
    left = jnp.sqrt(jnp.cumsum(sigma[::-1] ** 2)[::-1])  # norm of what is not learnt yet
    waits = jnp.diff(tau, prepend=0.0)
    return waits * left / scaling_function(params, left)


@closed_form(**SMALL_START)
def escape_budget(params: Params, x0: Start) -> jax.Array:
    """S = sum_i (tau_i - tau_{i-1}) rho_i/phi(rho_i): the total step length that learning takes.

    Geometric steps eta_0 rho^t learn every component iff about eta_0/(1 - rho) >= S.
    """
    return jnp.sum(stage_costs(params, x0), axis=-1)


@closed_form
def tracking_ratio_limit(condition: Annotated[Scalar, Ge(1), Lt(math.inf)]) -> jax.Array:
    """Smallest rho at which every mode follows geometric steps: log(1/rho) < Hb(1/(2 kappa)),
    Hb the binary entropy in nats; and rho > 1/2. Exact as rho -> 1."""
    s = 1 / (2 * jnp.asarray(condition))
    entropy = -s * jnp.log(s) - (1 - s) * jnp.log1p(-s)
    return jnp.maximum(0.5, jnp.exp(-entropy))


# Geometric steps, and the escape of a run on data


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


# What the recursion really does: runs that the closed forms are held against


def count_cubic_iterations(a: Scalar, v0: Scalar, accuracy: float) -> jax.Array:
    """The iterations that the cubic map takes to |v^2 - 1| <= accuracy (at most 4000)."""
    return jax.lax.while_loop(
        lambda state: (jnp.abs(state[0] ** 2 - 1) > accuracy) & (state[1] < 4000),
        lambda state: (cubic_map(state[0], a), state[1] + 1),
        (jnp.asarray(v0), jnp.int64(0)),
    )[1]


def diagonal_step(params: Any, u: jax.Array, eta: Scalar) -> jax.Array:
    """A population step for commuting U: singular values u_i against the eigenvalues of X*."""
    gap = u**2 - eigenvalues(params)
    return u * (1 - 2 * relative_step(params, jnp.linalg.norm(gap), eta) * gap)


def measured_escape_time(params: Any, steps: int) -> jax.Array:
    """Steps until every component passes sigma_i/2, from u_i = alpha, constant eta.

    The crossing is interpolated in log u; infinite if ``steps`` do not suffice.
    """
    target = jnp.sqrt(eigenvalues(params) / 2)

    def advance(carry, t):
        u, time = carry
        new = diagonal_step(params, u, params.eta)
        crossed = (u < target) & (new >= target)
        part = jnp.log(target / u) / jnp.log(jnp.where(crossed, new / u, 2.0))
        return (new, jnp.where(crossed, t + part, time)), None

    start = jnp.full(target.shape, params.alpha), jnp.full(target.shape, jnp.inf)
    (_, time), _ = jax.lax.scan(advance, start, jnp.arange(steps, dtype=jnp.float64))
    return jnp.max(time)


def measured_critical_rho(params: Any, steps: int = 8000, rounds: int = 6) -> jax.Array:
    """The geometric ratio that just reaches sigma_i/2 (for r = 1: sigma) in every component.

    From u_i = alpha; log(1 - rho) is searched in [-10, -1/2] by ``rounds`` rounds of 32
    candidates run side by side (32^-6 of the range at the end).
    """
    share = 1.0 if params.rank == 1 else 0.5
    target = jnp.sqrt(share * eigenvalues(params))

    def reaches(rho):
        def advance(carry, _):
            u, eta, done = carry
            done = done | (u >= target)
            return (diagonal_step(params, u, eta), eta * rho, done), None

        u0 = jnp.full(target.shape, params.alpha)
        start = u0, jnp.asarray(params.eta), jnp.zeros(target.shape, bool)
        (u, _, done), _ = jax.lax.scan(advance, start, None, length=steps)
        return jnp.all(done | (u >= target))

    def narrow(_, ends):
        low, high = ends  # at low (the slowest decay) the truth is reached, at high it is not
        grid = low + (high - low) * jnp.arange(33) / 32
        reached = jax.vmap(reaches)(-jnp.expm1(grid))
        last = jnp.sum(jnp.cumprod(reached)) - 1
        return grid[last], grid[jnp.minimum(last + 1, 32)]

    low, high = jax.lax.fori_loop(0, rounds, narrow, (jnp.float64(-10.0), jnp.float64(-0.5)))
    return -jnp.expm1((low + high) / 2)


def near_truth(params: Any, size: float) -> tuple[jax.Array, jax.Array]:
    """A fixed U near the truth's square root (r' = r) and the diagonal truth."""
    root = jnp.eye(params.d, params.rank) * jnp.sqrt(eigenvalues(params))
    noise = jax.random.normal(jax.random.key(1), root.shape)
    return root + size * jnp.sqrt(params.scale) * noise, root @ root.T


def measured_cycle(params: Any) -> jax.Array:
    """Mean of norm(Delta_t) + norm(Delta_{t+1}) over the last 500 of 6000 constant steps."""
    start, truth = near_truth(params, 0.1)

    def advance(u, _):
        new = population_step(params, u, truth, params.eta)
        return new, error_norm(new, truth)

    _, errors = jax.lax.scan(advance, start, None, length=6000)
    return jnp.mean(errors[-501:-1] + errors[-500:])


def measured_local_rate(params: Any, rate: Scalar) -> jax.Array:
    """Ratio of successive errors near the truth under constant steps, r' = r, nu > 0, after 12
    e-foldings at the expected ``rate``, from a random start 1e-4 away."""
    start, truth = near_truth(params, 1e-4)
    steps = jnp.int64(12.0 / (1 - rate))

    def advance(_, u):
        return population_step(params, u, truth, params.eta)

    before = jax.lax.fori_loop(0, steps, advance, start)
    return error_norm(advance(0, before), truth) / error_norm(before, truth)
