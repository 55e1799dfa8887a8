"""Kernel ridge regression (k = infinity) on Gaussian data, conditional on the inputs."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from sims import simulation
from sims.random_features.designs import Solved
from theory.random_features import gamma_at_occupation, infinite_powerlaw, spectrum_of

FITTING_ROOTS = (0.0, 0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
"""Square roots r of the fitting ratios at which :func:`fitting_trial` chooses its ridges."""


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


@simulation(width=16, small_lapack=True)
def kernel_trial(key: Array, params: Any) -> dict[str, Array]:
    """Kernel ridge regression, k = infinity, on one data set."""
    of = spectrum_of(params)
    X = jax.random.normal(key, (params.n, params.modes))
    test, train, trace, amplification = kernel_risks(
        X, of.eigenvalues, jnp.sqrt(of.eigcoeffs_sq), params.ridge, params.noise
    )
    return {"test_risk": test, "train_risk": train, "kappa": 1 / trace,
            "amplification": amplification}  # fmt: skip


def beyond(exponent: Array | float, modes: int) -> Array | float:
    """sum over i > modes of i^-exponent, by the midpoint rule (relative error modes^-2)."""
    return (modes + 0.5) ** (1 - exponent) / (exponent - 1)


@simulation(width=8, small_lapack=True)
def fitting_trial(key: Array, params: Any) -> dict[str, Array]:
    """Kernel regression of an infinite powerlaw at the ridges of given fitting ratios.

    R = r^2 is reached at z = n (1 - r), so at the ridge n r gamma(z). ``noise_free`` is the test
    risk without label noise and ``amplification`` what noise is multiplied with, at FITTING_ROOTS.
    Modes beyond ``modes`` act as a ridge on the data and as noise in the labels.
    """
    r = jnp.asarray(FITTING_ROOTS)
    i = jnp.arange(1.0, params.modes + 1)
    values, v = i**-params.alpha, i ** (-params.beta / 2)
    X = jax.random.normal(key, (params.n, params.modes))
    scaled = X * values
    squares, U = jnp.linalg.eigh(scaled @ X.T)
    spread, reach, p = U.T @ (scaled @ scaled.T) @ U, U.T @ (scaled @ v), U.T @ (X @ v)
    of = infinite_powerlaw(params.alpha, params.beta)
    gamma = jax.vmap(lambda z: gamma_at_occupation(of, z))(params.n * (1 - r))
    ridges = params.n * r * gamma + beyond(params.alpha, params.modes)
    left, target = beyond(params.beta, params.modes), (v**2).sum()

    def test_risk(noise: Array | float) -> Array:
        return Solved(squares, spread, reach, p, noise, target).dual(ridges, noise).test_risk

    noise_free = test_risk(left)
    noisy = test_risk(left + 1.0)
    return {"noise_free": noise_free, "amplification": noisy - noise_free}


@simulation(width=16, small_lapack=True)
def interpolation_trial(key: Array, params: Any) -> dict[str, Array]:
    """Kernel interpolation of an infinite powerlaw: kappa = 1/tr K^-1, and noise amplification.

    The modes beyond ``modes`` have so many and so small eigenvalues that their part of K is their
    trace times the identity; it is added as a ridge (midpoint rule: relative error modes^-2).
    """
    i = jnp.arange(1.0, params.modes + 1)
    values = i**-params.alpha
    tail = beyond(params.alpha, params.modes)
    X = jax.random.normal(key, (params.n, params.modes))
    _, _, trace, amplification = kernel_risks(X, values, jnp.zeros_like(i), tail, 1.0)
    return {"kappa": 1 / trace, "amplification": amplification}
