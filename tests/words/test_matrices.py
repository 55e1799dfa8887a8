"""Gaussian classes against densities by scipy; patterns by itertools."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats as st

import theory

RNG = np.random.default_rng(5)


def test_every_square_gives_a_covariance_of_moderate_condition():
    for d in (1, 2, 12):
        for square in (RNG.normal(size=(d, d)), np.zeros((d, d))):
            covariance = theory.positive_definite(jnp.asarray(square))
            values = np.linalg.eigvalsh(covariance)
            np.testing.assert_allclose(covariance, covariance.T)
            assert values[0] >= 0.2 - 1e-12
            assert values[-1] / values[0] < 60
    assert np.linalg.eigvalsh(theory.positive_definite(jnp.zeros((2, 2)), floor=3.0))[0] == 3


def test_distances_and_posteriors_are_those_of_the_densities():
    covariance = theory.positive_definite(jnp.asarray(RNG.normal(size=(4, 4))))
    means, x = jnp.asarray(RNG.normal(size=(3, 4))), jnp.asarray(RNG.normal(size=(2, 5, 4)))
    inverse = np.linalg.inv(covariance)
    gap = np.asarray(x - means[0])
    expected = np.einsum("...i,ij,...j", gap, inverse, gap)
    np.testing.assert_allclose(theory.mahalanobis(x, means[0], covariance), expected, rtol=1e-11)
    priors = np.array([0.2, 0.5, 0.3])
    densities = np.stack([p * st.multivariate_normal(m, covariance).pdf(x)
                          for p, m in zip(priors, means, strict=True)], -1)  # fmt: skip
    posterior = jax.jit(theory.log_posterior)(x, means, covariance, jnp.log(priors))
    expected = np.log(densities / densities.sum(-1, keepdims=True))
    np.testing.assert_allclose(posterior, expected, rtol=1e-10, atol=1e-12)
    assert jnp.isnan(theory.mahalanobis(x, means[0], -covariance)).all()


def test_a_scatter_is_the_weighted_covariance_of_the_means():
    means, weights = RNG.normal(size=(5, 3)), np.array([0.1, 0.2, 0.3, 0.15, 0.25])
    expected = np.cov(means.T, aweights=weights, ddof=0)
    found = theory.scatter(jnp.asarray(means), jnp.asarray(weights))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    equal = theory.scatter(jnp.asarray(means))
    np.testing.assert_allclose(equal, np.cov(means.T, ddof=0), rtol=1e-12)


def test_masks_and_signs_are_all_of_them():
    for d in (0, 1, 4):
        rows = list(itertools.product((0, 1), repeat=d))
        np.testing.assert_array_equal(theory.masks(d), np.reshape(rows, (2**d, d)))
        np.testing.assert_array_equal(theory.sign_patterns(d), 2 * np.reshape(rows, (2**d, d)) - 1)
    with pytest.raises(ValueError, match="d = 21 is outside"):
        theory.masks(21)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((2, 3)), "not \\(d, d\\)"), (np.triu(np.ones((2, 2))), "not symmetric"),
        (np.diag([1.0, -0.5]), "indefinite"), (np.diag([1.0, np.nan]), "not finite"),
        (np.zeros((2, 2)), "is 0"),
    ],
)  # fmt: skip
def test_the_positive_spectrum_is_that_of_a_semi_definite_matrix_or_refused(matrix, message):
    with pytest.raises(theory.ArgumentError, match=message):
        theory.positive_spectrum(matrix)
    assert theory.positive_spectrum(np.diag([1.0, 0.0, 3.0])) == pytest.approx([3.0, 1.0])
