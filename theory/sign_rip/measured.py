"""What the population recursion really does: runs that the closed forms are held against."""

from typing import Any

import jax
import jax.numpy as jnp

from theory import Scalar
from theory.sign_rip.noise import scaling_function
from theory.sign_rip.params import eigenvalues
from theory.sign_rip.population import cubic_map, error_norm, population_step

_CANDIDATES = 32


def count_cubic_iterations(a: Scalar, v0: Scalar, accuracy: float) -> jax.Array:
    """The iterations that the cubic map takes to |v^2 - 1| <= accuracy (at most 4000)."""
    return jax.lax.while_loop(
        lambda state: (jnp.abs(state[0] ** 2 - 1) > accuracy) & (state[1] < 4000),
        lambda state: (cubic_map(state[0], a), state[1] + 1),
        (jnp.asarray(v0), jnp.int64(0)),
    )[1]


def _diagonal_step(params: Any, u: jax.Array, eta: Scalar) -> jax.Array:
    """A population step for commuting U: singular values u_i against the eigenvalues of X*."""
    gap = u**2 - eigenvalues(params)
    size = jnp.linalg.norm(gap)
    safe = jnp.where(size > 0, size, 1.0)
    e = jnp.where(size > 0, eta * scaling_function(params, safe) / safe, 0.0)
    return u * (1 - 2 * e * gap)


def measured_escape_time(params: Any, steps: int) -> jax.Array:
    """Steps until every component passes sigma_i/2, from u_i = alpha, constant eta.

    The crossing is interpolated in log u; infinite if ``steps`` do not suffice.
    """
    target = jnp.sqrt(eigenvalues(params) / 2)

    def advance(carry, t):
        u, time = carry
        new = _diagonal_step(params, u, params.eta)
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
            return (_diagonal_step(params, u, eta), eta * rho, done), None

        u0 = jnp.full(target.shape, params.alpha)
        start = u0, jnp.asarray(params.eta), jnp.zeros(target.shape, bool)
        (u, _, done), _ = jax.lax.scan(advance, start, None, length=steps)
        return jnp.all(done | (u >= target))

    def narrow(_, ends):
        low, high = ends  # at low (the slowest decay) the truth is reached, at high it is not
        grid = low + (high - low) * jnp.arange(_CANDIDATES + 1) / _CANDIDATES
        reached = jax.vmap(reaches)(-jnp.expm1(grid))
        last = jnp.sum(jnp.cumprod(reached)) - 1
        return grid[last], grid[jnp.minimum(last + 1, _CANDIDATES)]

    low, high = jax.lax.fori_loop(0, rounds, narrow, (jnp.float64(-10.0), jnp.float64(-0.5)))
    return -jnp.expm1((low + high) / 2)


def _near_truth(params: Any, size: float) -> tuple[jax.Array, jax.Array]:
    """A fixed U near the truth's square root (r' = r) and the diagonal truth."""
    root = jnp.eye(params.d, params.rank) * jnp.sqrt(eigenvalues(params))
    noise = jax.random.normal(jax.random.key(1), root.shape)
    return root + size * jnp.sqrt(params.scale) * noise, root @ root.T


def measured_cycle(params: Any) -> jax.Array:
    """Mean of norm(Delta_t) + norm(Delta_{t+1}) over the last 500 of 6000 constant steps."""
    start, truth = _near_truth(params, 0.1)

    def advance(u, _):
        new = population_step(params, u, truth, params.eta)
        return new, error_norm(new, truth)

    _, errors = jax.lax.scan(advance, start, None, length=6000)
    return jnp.mean(errors[-501:-1] + errors[-500:])


def measured_local_rate(params: Any, rate: Scalar) -> jax.Array:
    """Ratio of successive errors near the truth under constant steps, r' = r, nu > 0, after 12
    e-foldings at the expected ``rate``, from a random start 1e-4 away."""
    start, truth = _near_truth(params, 1e-4)
    steps = jnp.int64(12.0 / (1 - rate))

    def advance(_, u):
        return population_step(params, u, truth, params.eta)

    before = jax.lax.fori_loop(0, steps, advance, start)
    return error_norm(advance(0, before), truth) / error_norm(before, truth)
