"""Gaussian and ReLU random features: exact conditional risks of one draw at one or all ridges."""

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
from jax import Array

from sims._simulation import Simulation
from sims.random_features._designs import Design, draw, draw_direct, draw_features, ridge_risks
from sims.random_features._grid import grid_draw, operations
from sims.random_features._kernel import (
    FITTING_ROOTS,
    fitting_trial,
    interpolation_trial,
    kernel_risks,
    kernel_trial,
)
from sims.random_features._paths import RIDGES, PathParams, sizes_trial
from sims.random_features._sphere import relu_trial, sphere_design
from theory.random_features import Params, prediction, spectrum_of, sums


def _cut(ratio: Array, reach: float = 0.3) -> Array:
    """Ratios to theory cut to [1 - reach, 1 + reach]: the mean of a bounded number.

    Draws deviate by some 5 %, so that a cut is an event of many standard deviations.
    """
    return jnp.clip(ratio, 1 - reach, 1 + reach)


def _ratios(key: Array, params: Params, design: Callable[[Array, Params], Design]) -> dict:
    risks = ridge_risks(design(key, params), jnp.reshape(params.ridge, (1,)), params.noise)
    theory = prediction(params)
    of = spectrum_of(params)
    fitted = (of.eigcoeffs_sq * of.eigenvalues / (of.eigenvalues + theory.gamma)).sum()
    # 0/0 without a ridge, where there is nothing to estimate from
    some = params.ridge > 0
    undone = params.n * risks.kappa[0] / jnp.where(some, params.ridge, 1.0)
    gcv = jnp.where(some, risks.train[0] * undone**2, 0.0)
    return {
        "test_risk": risks.test[0],
        "train_risk": risks.train[0],
        "kappa": risks.kappa[0],
        "degrees_of_freedom": risks.degrees_of_freedom[0],
        "test_ratio": _cut(risks.test[0] / theory.test_risk),
        "train_ratio": _cut(risks.train[0] / theory.train_risk),
        "kappa_ratio": _cut(risks.kappa[0] / jnp.maximum(theory.kappa, 1e-300)),
        "gcv_ratio": _cut(gcv / risks.test[0], 1.0),
        "df_ratio": _cut(risks.degrees_of_freedom[0] / theory.degrees_of_freedom),
        "fitted_ratio": _cut(risks.fitted_target[0] / jnp.maximum(fitted, 1e-300)),
    }


def trial(key: Array, params: Params) -> Mapping[str, Array]:
    """One draw of Gaussian features and data at the ridge of params (reduced form)."""
    return _ratios(key, params, draw)


def direct_trial(key: Array, params: Params) -> Mapping[str, Array]:
    """As :func:`trial` from n x M inputs and k x M weights, without the reduction."""
    return _ratios(key, params, draw_direct)


def ladder_trial(key: Array, params: Params) -> Mapping[str, Array]:
    """One draw's risks over the eigenframework's, less 1, uncut: their means are its error."""
    risks = ridge_risks(draw(key, params), jnp.reshape(params.ridge, (1,)), params.noise)
    theory = prediction(params)
    return {
        "test_excess": risks.test[0] / theory.test_risk - 1,
        "train_excess": risks.train[0] / theory.train_risk - 1,
    }


def path_trial(key: Array, params: Params) -> Mapping[str, Array]:
    """One draw at ridge 0, the ridge of params, and all of RIDGES.

    ``relative`` is the test risk over its prediction at the ridge of params, for the first two and
    cut to [0.5, 2.5]: what zero ridge costs, with common random numbers.
    """
    ridges = jnp.concatenate([jnp.stack([0.0 * params.ridge, params.ridge]), jnp.asarray(RIDGES)])
    risks = ridge_risks(draw(key, params), ridges, params.noise)
    return {
        "test_path": risks.test[2:],
        "train_path": risks.train[2:],
        "test_zero": risks.test[0],
        "relative": jnp.clip(risks.test[:2] / prediction(params).test_risk, 0.5, 2.5),
    }


def exact_trial(key: Array, params: Params) -> Mapping[str, Array]:
    """Risks of one draw without ridge, for the exact finite-size laws.

    The test risk is cut at 8: for the sizes tested its tail beyond is bounded in the claim.
    """
    risks = ridge_risks(draw(key, params), jnp.zeros(1), params.noise)
    return {"test_risk": jnp.clip(risks.test[0], 0.0, 8.0), "train_risk": risks.train[0]}


def features_trial(key: Array, params: Params) -> Mapping[str, Array]:
    """The first stage alone: weights W, S = V^T V, at the kappa that theory gives for params.

    Ratios of tr S (S + kappa)^-1 to z and of kappa v^T (S + kappa)^-1 v to B1 + B2.
    """
    of = spectrum_of(params)
    theory = prediction(params)
    _, gram, overlap = draw_features(key, params)
    inverse = jnp.linalg.inv(gram + theory.kappa * jnp.eye(params.k))
    left = of.eigcoeffs_sq.sum() - overlap @ inverse @ overlap
    at = sums(of.eigenvalues, of.eigcoeffs_sq, theory.gamma)
    return {
        "occupation_ratio": _cut((params.k - theory.kappa * jnp.trace(inverse)) / at.z),
        "residual_ratio": _cut(left / (at.bias_squared + at.bias_mixed)),
    }


def replicas_trial(key: Array, params: Params) -> Mapping[str, Array]:
    """Two independent learners of one target: <v - what, v - what'> has the squared bias as mean.

    Means over the label noise; both in the eigenbasis, so without the reduction.
    """
    of = spectrum_of(params)
    v = jnp.sqrt(of.eigcoeffs_sq)

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
    return {"bias_ratio": _cut(first @ second / prediction(params).bias_squared, 1.0)}


SIZES = Simulation(
    sizes_trial, width=1, doc="a path of sizes at all ridges from one draw", small_lapack=True
)
"""Takes PathParams, so it is no mode of the setting: ``simulate(SIZES, PathParams(...), ...)``.

One trial a block: at the paper's sizes a trial of ReLU features takes a gigabyte.
"""

SIMULATIONS = {
    "default": Simulation(trial, width=16, doc="one draw at one ridge, label noise integrated"),
    "direct": Simulation(direct_trial, width=16, doc="the same from n x M inputs, not reduced"),
    "path": Simulation(path_trial, width=8, doc="one draw at ridge 0, params.ridge, 31 ridges"),
    "ladder": Simulation(ladder_trial, width=256, doc="how far theory is off, in the mean"),
    "exact": Simulation(exact_trial, width=256, doc="risks without ridge, uncut by theory"),
    "features": Simulation(
        features_trial, width=32, doc="the random kernel alone, no data", small_lapack=True
    ),
    "replicas": Simulation(
        replicas_trial, width=16, doc="the bias, from two learners", small_lapack=True
    ),
    "kernel": Simulation(
        kernel_trial, width=16, doc="kernel ridge regression, k = infinity", small_lapack=True
    ),
    "interpolation": Simulation(
        interpolation_trial,
        width=16,
        doc="kernel interpolation of an infinite powerlaw",
        small_lapack=True,
    ),
    "fitting": Simulation(
        fitting_trial, width=8, doc="kernel regression at given fitting ratios", small_lapack=True
    ),
    "relu_sphere": Simulation(
        relu_trial, width=16, doc="ReLU features on the sphere", small_lapack=True
    ),
}

__all__ = [
    "FITTING_ROOTS",
    "RIDGES",
    "SIMULATIONS",
    "SIZES",
    "Design",
    "PathParams",
    "direct_trial",
    "draw",
    "draw_direct",
    "draw_features",
    "exact_trial",
    "features_trial",
    "fitting_trial",
    "grid_draw",
    "interpolation_trial",
    "kernel_risks",
    "kernel_trial",
    "ladder_trial",
    "operations",
    "path_trial",
    "relu_trial",
    "replicas_trial",
    "ridge_risks",
    "sizes_trial",
    "sphere_design",
    "trial",
]  # fmt: skip
