"""Trials of Gaussian and ReLU features and of kernels (k = infinity): exact risks of the draw."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from sims import fitting, simulation
from sims.random_features.designs import (
    Design, Risks, Solved, draw, draw_direct, draw_features, ridge_risks, sphere_design,
)  # fmt: skip
from sims.random_features.paths import RIDGES
from theory.random_features import (
    Spectrum, finite_powerlaw, gamma_at_occupation, infinite_powerlaw, spectrum_of,
)  # fmt: skip

FITTING_ROOTS = (0.0, 0.05, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9)
"""Square roots r of the fitting ratios at which :func:`fitting_trial` chooses its ridges."""

WIDTH = fitting(lambda p: max(p.n, p.k) * max(p.k, p.modes), most=256)


def risks_of(design: Design, params: Any) -> dict[str, Array]:
    """Test and train risk, kappa, degrees of freedom and the fitted target at params' ridge."""
    return ridge_risks(design, params.ridge, params.noise)._asdict()


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
    return {"test_path": risks.test_risk[2:], "train_path": risks.train_risk[2:],
            "test_zero": risks.test_risk[0], "test_risk": risks.test_risk[1]}  # fmt: skip


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


# Kernels


def kernel_risks(key: Array, n: int, of: Spectrum, ridges: Any, noise: Any) -> tuple[Risks, Array]:
    """(risks, what label noise is multiplied with) of K = X diag(lambda) X^T, n Gaussian inputs.

    Means over the label noise. The test risk is |v - what|^2 + sigma^2 (1 + tr ...), exactly.
    """
    X, v = jax.random.normal(key, (n, of.eigenvalues.size)), jnp.sqrt(of.eigcoeffs_sq)
    scaled = X * of.eigenvalues
    solved = Solved.of(scaled @ X.T, scaled @ scaled.T, scaled @ v, X @ v, noise, v @ v + noise)
    return solved.dual(ridges), 1 + solved.inverse(ridges) ** 2 @ jnp.diag(solved.spread)


@simulation(width=16, small_lapack=True)
def kernel_trial(key: Array, params: Any) -> dict[str, Array]:
    """Kernel ridge regression, k = infinity, on one data set."""
    of = spectrum_of(params)
    risks, amplification = kernel_risks(key, params.n, of, params.ridge, params.noise)
    return {"test_risk": risks.test_risk, "train_risk": risks.train_risk, "kappa": risks.kappa,
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
    n, modes, alpha, beta = params.n, params.modes, params.alpha, params.beta
    r = jnp.asarray(FITTING_ROOTS)
    gamma = gamma_at_occupation(infinite_powerlaw(alpha, beta), n * (1 - r))
    of, ridges = finite_powerlaw(alpha, beta, modes), n * r * gamma + beyond(alpha, modes)
    risks, amplification = kernel_risks(key, n, of, ridges, beyond(beta, modes))
    return {"noise_free": risks.test_risk, "amplification": amplification}


@simulation(width=16, small_lapack=True)
def interpolation_trial(key: Array, params: Any) -> dict[str, Array]:
    """Kernel interpolation of an infinite powerlaw: kappa = 1/tr K^-1, and noise amplification.

    The modes beyond ``modes`` have so many and so small eigenvalues that their part of K is their
    trace times the identity; it is added as a ridge (midpoint rule: relative error modes^-2).
    """
    of = finite_powerlaw(params.alpha, params.beta, params.modes)
    tail = beyond(params.alpha, params.modes)
    risks, amplification = kernel_risks(key, params.n, of, tail, 0.0)
    return {"kappa": risks.kappa, "amplification": amplification}


@simulation(width=16, small_lapack=True)
def relu_sphere_trial(key: Array, params: Any) -> dict[str, Array]:
    """ReLU features on the sphere: one draw of weights and data."""
    return risks_of(sphere_design(key, params), params)
