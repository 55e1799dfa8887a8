"""Gaussian classes and their sample means, against points drawn in full."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import linalg, stats

from sims import autoregressive, gaussian_classes, reduced_means

LEVEL = 1e-6
KEY = jax.random.key(21)


@pytest.mark.parametrize("correlation", [0.6, -0.3, 0.0])
def test_an_autoregressive_covariance_is_toeplitz(correlation):
    expected = linalg.toeplitz(np.float64(correlation) ** np.arange(6))
    np.testing.assert_allclose(autoregressive(6, correlation), expected, rtol=1e-14)


def test_points_whiten_back_to_the_normals_they_came_from():
    rng = np.random.default_rng(0)
    z, means = rng.normal(size=(2, 5, 3)), rng.normal(size=(2, 3))
    a = rng.normal(size=(3, 3))
    covariance = a @ a.T
    x = np.asarray(gaussian_classes(jnp.asarray(z), jnp.asarray(means), jnp.asarray(covariance)))
    root = np.linalg.cholesky(covariance)
    np.testing.assert_allclose(np.linalg.solve(root, (x - means[:, None]).reshape(-1, 3).T).T,
                               z.reshape(-1, 3), atol=1e-12)  # fmt: skip
    x = np.asarray(gaussian_classes(jnp.asarray(z), jnp.asarray(means), jnp.array([4.0, 1, 9])))
    np.testing.assert_allclose((x - means[:, None]) / [2, 1, 3], z, atol=1e-14)


def invariants(x):
    """Inner products and squared norms of the k rows: all that rotations leave alone."""
    return np.einsum("tim,tjm->tij", x, x)[:, *np.tril_indices(x.shape[1])]


REDUCED = jax.jit(jax.vmap(reduced_means, (0, None, None, None)))


@pytest.mark.parametrize("d", [2, 4, 5, 40])
def test_reduced_means_have_the_law_of_full_ones(d):
    # d - m = 0, 2, 3, 38 further coordinates for k = 3 classes: none, fewer, as many, more
    means, sizes = np.array([[1.0, 0.0], [-1.0, 0.5], [0.0, 2.0]]), np.array([4, 20, 1])
    keys = jax.random.split(KEY, 4000)
    reduced = np.asarray(REDUCED(keys, jnp.asarray(means), jnp.asarray(sizes), d))
    full = np.random.default_rng(1).normal(size=(4000, 3, d)) / np.sqrt(sizes)[:, None]
    full[:, :, :2] += means
    for got, expected in zip(invariants(reduced).T, invariants(full).T, strict=True):
        assert stats.ks_2samp(got, expected).pvalue > LEVEL
    for i in range(3):
        for j in range(2):
            law = stats.norm(means[i, j], sizes[i] ** -0.5)
            assert stats.kstest(reduced[:, i, j], law.cdf).pvalue > LEVEL
    # in the further coordinates three vectors span at most d - 2 dimensions
    spanned = np.linalg.matrix_rank(reduced[:20, :, 2:], tol=1e-12)
    assert (spanned == min(3, d - 2)).all()


def test_reduced_means_take_one_size_for_all():
    means = jax.jit(reduced_means)
    four, one = (means(KEY, jnp.zeros((3, 2)), n, 7) for n in (4.0, 1.0))
    np.testing.assert_allclose(2 * four, one, rtol=1e-14)


def test_gradients_pass_through_reduced_means():
    def size(mean):
        return jnp.sum(reduced_means(KEY, jnp.full((3, 2), mean), 4.0, 7) ** 2)

    program = jax.jit(lambda mean: jax.jvp(size, (mean,), (1.0,)))
    (above, _), (below, _), (_, slope) = (program(0.3 + h) for h in (1e-5, -1e-5, 0.0))
    np.testing.assert_allclose(slope, (above - below) / 2e-5, rtol=1e-8)
