"""Trials that return whole trajectories, thinned to 80 times: what the figures draw."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims import simulation
from sims.sign_rip.escape import starts_of_ranks
from sims.sign_rip.measure import Data, draw, start_of
from sims.sign_rip.subgm import Rule, constant, errors, geometric, step
from theory.sign_rip import escape_times

SAMPLES = 80


def sample_times(params: Any) -> Any:
    """The steps at which a trajectory is kept."""
    return (params.iterations // SAMPLES) * (1 + jnp.arange(SAMPLES))


def waiting_time(params: Any) -> jax.Array:
    """The step at which the steps begin to fall: 1.25 escape times, as the population predicts
    them. Enough for every component, and below the window (theta/W + W/theta)/2 in which the
    residual is small."""
    return jnp.floor(1.25 * escape_times(params, params.alpha**2)[-1])


def waiting_rule(params: Any) -> Rule:
    """Constant steps until :func:`waiting_time`, then geometric; constant for ``constant``."""
    if params.steps == "constant":
        return constant(params.eta)
    return geometric(params.eta, params.rho, waiting_time(params))


def _path(params: Any, starts: Callable[[Data], Array], key: Any) -> Array:
    """norm(Delta) of every run at the sampled times."""
    data, rule = draw(key, params), waiting_rule(params)
    stride = params.iterations // SAMPLES

    def leg(u, first):
        def one(i, u):
            return step(data.rows, data.y, rule, jnp.sign, first + i, u)

        u = jax.lax.fori_loop(0, stride, one, u)
        return u, errors(u, data.truth)

    return jax.lax.scan(leg, starts(data), stride * jnp.arange(SAMPLES))[1]


@simulation(width=1)
def trajectory_trial(key: Any, params: Any) -> dict[str, Array]:
    """norm(Delta) at 80 times along one run."""
    return {"error": _path(params, lambda data: start_of(params, data)[None], key)[:, 0]}


@simulation(width=1)
def ranks_path_trial(key: Any, params: Any) -> dict[str, Array]:
    """norm(Delta) at 80 times along runs with r' = r, 2r, 5r, d on one data set; shape (80, 4)."""
    return {"error": _path(params, lambda data: starts_of_ranks(params, data), key)}
