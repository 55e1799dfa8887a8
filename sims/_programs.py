"""The programs of a run: a simulation's trial over a block of keys, traced and compiled once."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from sims._simulation import Simulation


@functools.cache
def block_function(simulation: Simulation, width: int) -> Any:
    """``block(run key, first trial, params, shared) -> observables`` with axis 0 over trials."""

    def block(key, first, params, shared):
        indices = first + jnp.arange(width, dtype=jnp.uint32)
        keys = jax.vmap(jax.random.fold_in, (None, 0))(key, indices)
        if simulation.shared is None:
            return jax.vmap(simulation.trial, (0, None))(keys, params)
        return jax.vmap(simulation.trial, (0, None, None))(keys, params, shared)

    return jax.jit(block)


@functools.cache
def shared_function(shared: Callable[[Any, Any], Any]) -> Any:
    """What all trials of a run share, compiled: runs of one simulation trace it once."""
    return jax.jit(shared)
