"""The Bayes classifier on fresh test points."""

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory.xor_cluster import Params


def bayes(key: Array, params: Params) -> dict[str, Array]:
    """Error of sgn(|<mu1, x>| - |<mu2, x>|) on ``test_points`` points of the first cluster.

    bayes_error: fraction wrong. Only the plane of the means matters, and by symmetry all four
    clusters have the same error.
    """
    x = jax.random.normal(key, (params.test_points, 2))
    x = x.at[:, 0].add(jnp.sqrt(params.squared_norm))
    return {"bayes_error": jnp.mean(jnp.abs(x[:, 0]) <= jnp.abs(x[:, 1]), dtype=float)}
