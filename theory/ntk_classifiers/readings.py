"""What claims read of a run of deep kernel classifiers, trial by trial."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def each(one: Callable[..., Any], **words: Any) -> Callable[[Any, Any], np.ndarray]:
    """The reading that ``one(run of a single trial, params, **words)`` makes; compiled once."""
    compiled = jax.jit(functools.partial(one, **words))

    def reading(run: Any, p: Any) -> np.ndarray:
        trials = len(next(iter(run.values())))
        return np.array([compiled({k: v[i] for k, v in run.items()}, p) for i in range(trials)])

    reading.__name__ = one.__name__
    return reading


def nngp_output(run: Any, log_unit: Any = 0.0) -> Float[Array, " tests"]:
    """f_L of the NNGP at the test points over exp(log_unit), in mode ``deep``."""
    return run["nngp_coefficients"] @ jnp.exp(run["log_nngp"] - log_unit)


def ntk_output(run: Any, log_unit: Any = 0.0) -> Float[Array, " tests"]:
    """The same of the NTK."""
    return run["ntk_coefficients"] @ jnp.exp(run["log_ntk"] - log_unit)


def relative(error: Any, reference: Any) -> Any:
    """max |error| over the root mean square of the reference."""
    return jnp.max(jnp.abs(error)) / jnp.sqrt(jnp.mean(reference**2))


def largest(error: Any) -> Any:
    """max |error|."""
    return jnp.max(jnp.abs(error))


def with_diagonal(kernel: Float[Array, "n n"], value: Any) -> Float[Array, "n n"]:
    """The kernel matrix with its diagonal from its own formula."""
    return jnp.where(jnp.eye(len(kernel), dtype=bool), value, kernel)
