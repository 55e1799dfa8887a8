"""Trials that return whole trajectories, thinned to 80 times: what the figures draw."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims.sign_rip.escape import search_ranks
from sims.sign_rip.measure import draw_data, draw_start, padded, start_direction
from sims.sign_rip.subgm import Rule, constant, errors, geometric, gram, l1_weights, step
from theory.sign_rip import escape_times

SAMPLES = 80


def sample_times(params: Any) -> Any:
    """The steps at which a trajectory is kept."""
    return (params.iterations // SAMPLES) * (1 + jnp.arange(SAMPLES))


WAIT = 1.25
"""Escape times, as the population predicts them, before steps fall: enough for every component,
and below the window (theta/W + W/theta)/2 in which the residual is small."""


def waiting_time(params: Any) -> jax.Array:
    """The step at which the steps begin to fall."""
    return jnp.floor(WAIT * escape_times(params, params.alpha**2)[-1])


def waiting_rule(params: Any) -> Rule:
    """Constant steps until :func:`waiting_time`, then geometric; constant for ``constant``."""
    if params.steps == "constant":
        return constant(params.eta)
    return geometric(params.eta, params.rho, waiting_time(params))


def _path(rows: Array, y: Array, start: Array, params: Any, observe: Any) -> Any:
    rule = waiting_rule(params)
    stride = params.iterations // SAMPLES

    def leg(u, first):
        def one(i, u):
            return step(rows, y, rule, l1_weights, first + i, u)

        u = jax.lax.fori_loop(0, stride, one, u)
        return u, observe(u)

    return jax.lax.scan(leg, start, stride * jnp.arange(SAMPLES))[1]


def trajectory_trial(key: Any, params: Any) -> dict[str, Array]:
    """norm(Delta) and norm(E)_op along one run, E the part of U across the truth."""
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    start = draw_start(start_key, params, rows, y)

    def observe(u):
        across = gram(u)[0, params.rank :, params.rank :]
        return errors(u, truth)[0], jnp.sqrt(jnp.linalg.norm(across))

    error, residual = _path(rows, y, start[None], params, observe)
    return {"error": error, "residual": residual}


def ranks_path_trial(key: Any, params: Any) -> dict[str, Array]:
    """norm(Delta) along runs with r' = r, 2r, 5r, d on one data set; shape (80, 4)."""
    data_key, start_key = jax.random.split(key)
    rows, y, truth = draw_data(data_key, params)
    direction = start_direction(start_key, params, rows, y)
    starts = jnp.stack([padded(direction[:, :k], params.d) for k in search_ranks(params)])
    return {"error": _path(rows, y, params.alpha * starts, params, lambda u: errors(u, truth))}
