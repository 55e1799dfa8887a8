"""Trials of Gaussian features: exact conditional risks of one draw at one or all ridges."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from sims import fitting, simulation
from sims.random_features.designs import draw, draw_direct, draw_features, ridge_risks, risks_of
from sims.random_features.paths import RIDGES
from theory.random_features import spectrum_of

WIDTH = fitting(lambda p: max(p.n, p.k) * max(p.k, p.modes), most=256)


@simulation(width=WIDTH, small_lapack=True)
def trial(key: Array, params: Any) -> dict[str, Array]:
    """One draw of Gaussian features and data at the ridge of params (reduced form)."""
    return risks_of(draw(key, params), params)


@simulation(width=WIDTH, small_lapack=True)
def direct_trial(key: Array, params: Any) -> dict[str, Array]:
    """The same from n x M inputs and k x M weights, without the reduction."""
    return risks_of(draw_direct(key, params), params)


@simulation(width=8, small_lapack=True)
def path_trial(key: Array, params: Any) -> dict[str, Array]:
    """One draw at ridge 0, the ridge of params, and all of RIDGES (common random numbers)."""
    ridges = jnp.concatenate([jnp.stack([0.0 * params.ridge, params.ridge]), jnp.asarray(RIDGES)])
    risks = ridge_risks(draw(key, params), ridges, params.noise)
    return {
        "test_path": risks.test_risk[2:],
        "train_path": risks.train_risk[2:],
        "test_zero": risks.test_risk[0],
        "test_risk": risks.test_risk[1],
    }


@simulation(width=32, small_lapack=True)
def features_trial(key: Array, params: Any) -> dict[str, Array]:
    """The random kernel alone, no data: the eigenvalues of S = V^T V that are not 0."""
    _, gram, _ = draw_features(key, params)
    return {"squares": jnp.linalg.eigvalsh(gram)}


@simulation(width=16, small_lapack=True)
def replicas_trial(key: Array, params: Any) -> dict[str, Array]:
    """Two independent learners of one target: <v - what, v - what'> has the squared bias as mean.

    Means over the label noise; both in the eigenbasis, so without the reduction.
    """
    v = jnp.sqrt(spectrum_of(params).eigcoeffs_sq)

    def missed(key: Array) -> Array:
        feature_key, data_key = jax.random.split(key)
        V, _, _ = draw_features(feature_key, params)
        X = jax.random.normal(data_key, (params.n, params.modes))
        H = X @ V.T
        factor = jax.scipy.linalg.cho_factor(H @ H.T + params.ridge * jnp.eye(params.n))
        return v - V.T @ (H.T @ jax.scipy.linalg.cho_solve(factor, X @ v))

    # one batched factorisation: two independent LAPACK calls in one program wait for each other
    # when XLA's thread pool is small
    first, second = jax.vmap(missed)(jax.random.split(key))
    return {"bias_squared": first @ second}
