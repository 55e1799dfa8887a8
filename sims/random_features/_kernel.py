"""Kernel ridge regression (k = infinity) on Gaussian data, conditional on the inputs."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
from jax import Array

from theory.random_features import Params, kernel_prediction, spectrum_of


def kernel_risks(
    X: Array, values: Array, v: Array, ridge: Array | float, noise: Array | float
) -> tuple[Array, Array, Array, Array]:
    """(test risk, train risk, tr (K + delta)^-1, noise amplification) for K = X diag(lambda) X^T.

    Means over the label noise. The test risk is |v - what|^2 + sigma^2 (1 + tr ...), exactly.
    """
    n = X.shape[0]
    scaled = X * values
    inverse = jnp.linalg.inv(scaled @ X.T + ridge * jnp.eye(n))
    means = X @ v
    alpha = inverse @ means
    spread = scaled.T @ inverse
    amplification = 1 + (spread**2).sum()
    test = ((v - scaled.T @ alpha) ** 2).sum() + noise * amplification
    train = ridge**2 * ((alpha**2).sum() + noise * (inverse**2).sum()) / n
    return test, train, jnp.trace(inverse), amplification


def kernel_trial(key: Array, params: Params) -> Mapping[str, Array]:
    """One data set; ratios to the eigenframework at k = inf, cut to [0.7, 1.3]."""
    of = spectrum_of(params)
    X = jax.random.normal(key, (params.n, params.modes))
    v = jnp.sqrt(of.eigcoeffs_sq)
    test, train, trace, amplification = kernel_risks(
        X, of.eigenvalues, v, params.ridge, params.noise
    )
    theory = kernel_prediction(params)
    return {
        "test_risk": test,
        "train_risk": train,
        "test_ratio": jnp.clip(test / theory.test_risk, 0.7, 1.3),
        "kappa_ratio": jnp.clip(1 / (trace * theory.kappa), 0.7, 1.3),
        "amplification": amplification,
    }


def interpolation_trial(key: Array, params: Params) -> Mapping[str, Array]:
    """Kernel interpolation of an infinite powerlaw: kappa = 1/tr K^-1, and noise amplification.

    The modes beyond ``modes`` have so many and so small eigenvalues that their part of K is their
    trace times the identity; it is added as a ridge (midpoint rule: relative error modes^-2).
    """
    i = jnp.arange(1.0, params.modes + 1)
    values = i**-params.alpha
    tail = (params.modes + 0.5) ** (1 - params.alpha) / (params.alpha - 1)
    X = jax.random.normal(key, (params.n, params.modes))
    _, _, trace, amplification = kernel_risks(X, values, jnp.zeros_like(i), tail, 1.0)
    return {"kappa": 1 / trace, "amplification": amplification}
