"""Designs, spectra and regression paths, by numpy, scipy and scikit-learn."""

import inspect
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.linear_model import Ridge

from sims import (
    gaussian_design, gradient_path, orthonormal, ridge_path, sign_patterns, wishart_spectrum,
)  # fmt: skip

LEVEL = 1e-6
RNG = np.random.default_rng(3)


def problem(n, d, rank):
    X = RNG.normal(size=(n, rank)) @ RNG.normal(size=(rank, d))
    return X, RNG.normal(size=n)


@pytest.mark.parametrize(("n", "d", "rank"), [(9, 4, 4), (4, 9, 4), (9, 6, 3)])
def test_a_ridge_path_holds_each_ridges_minimiser(n, d, rank):
    X, y = problem(n, d, rank)
    ridges = np.array([0.0, 0.1, 7.0])
    path = ridge_path(jnp.asarray(X), jnp.asarray(y), jnp.asarray(ridges))
    np.testing.assert_allclose(path[0], np.linalg.pinv(X) @ y, atol=1e-11)
    for w, ridge in zip(path[1:], ridges[1:], strict=True):
        fit = Ridge(ridge, fit_intercept=False, solver="svd").fit(X, y)
        np.testing.assert_allclose(w, fit.coef_, atol=1e-11)


def test_a_negative_ridge_gives_nan():
    X, y = problem(4, 2, 2)
    path = ridge_path(jnp.asarray(X), jnp.asarray(y), jnp.array([-1.0, 1.0]))
    assert np.isnan(path[0]).all()
    assert np.isfinite(path[1]).all()


def test_a_gradient_path_is_descent_and_flow():
    X, y = problem(6, 4, 3)
    rate = 0.3 / np.linalg.norm(X, 2) ** 2
    given = jnp.asarray(X), jnp.asarray(y)
    w, seen = np.zeros(4), [np.zeros(4)]
    for _ in range(5):
        w = w + rate * X.T @ (y - X @ w)
        seen.append(w)
    got = gradient_path(*given, jnp.arange(6.0), rate)
    np.testing.assert_allclose(got, seen, atol=1e-13)
    solution = integrate.solve_ivp(
        lambda _, w: X.T @ (y - X @ w), (0, 0.2), np.zeros(4), rtol=1e-11, atol=1e-12
    )
    flow = gradient_path(*given, jnp.array([0.0, 0.2]))
    np.testing.assert_allclose(flow, [np.zeros(4), solution.y[:, -1]], atol=1e-9)


@pytest.mark.parametrize(("n", "d"), [(6, 4), (4, 6), (3, 1)])
def test_a_spectrum_has_the_law_of_the_full_matrix(n, d):
    keys = jax.random.split(jax.random.key(5), 3000)
    got = np.asarray(jax.jit(jax.vmap(lambda key: wishart_spectrum(key, n, d)))(keys))
    z = np.random.default_rng(6).normal(size=(3000, n, d))
    full = np.linalg.eigvalsh(np.swapaxes(z, 1, 2) @ z / n)
    assert got.shape == full.shape
    zeros = max(0, d - n)
    assert (got[:, :zeros] == 0).all()
    for i in range(zeros, d):
        assert stats.ks_2samp(got[:, i], full[:, i]).pvalue > LEVEL
    assert stats.kstest(n * got.sum(1), stats.chi2(n * d).cdf).pvalue > LEVEL


def test_a_design_has_its_covariance():
    z = jnp.eye(3)  # rows of the identity show the root itself
    a = RNG.normal(size=(3, 3))
    root = np.asarray(gaussian_design(z, jnp.asarray(a @ a.T)))
    np.testing.assert_allclose(root.T @ root, a @ a.T, atol=1e-12)
    np.testing.assert_allclose(gaussian_design(z, jnp.array([4.0, 9, 1])), np.diag([2.0, 3, 1]))
    assert gaussian_design(z) is z
    with pytest.raises(ValueError, match=r"gaussian_design: covariance has shape \(2, 2\), not"):
        gaussian_design(z, jnp.eye(2))


def test_an_orthonormal_frame_spans_its_columns_in_order():
    a = RNG.normal(size=(5, 3))
    q = np.asarray(orthonormal(jnp.asarray(a)))
    np.testing.assert_allclose(q.T @ q, np.eye(3), atol=1e-14)
    r = q.T @ a
    np.testing.assert_allclose(np.tril(r, -1), 0, atol=1e-14)
    assert (np.diag(r) > 0).all()


def test_sign_patterns_are_all_in_order():
    np.testing.assert_array_equal(sign_patterns(3), list(itertools.product((-1, 1), repeat=3)))


def test_wrong_sizes_are_refused_by_name():
    with pytest.raises(ValueError, match=r"ridge_path: y has shape \(4,\), not \(n\) with n = 3"):
        inspect.unwrap(ridge_path)(jnp.ones((3, 2)), jnp.ones(4), jnp.ones(1))
    with pytest.raises(ValueError, match="wishart_spectrum: n = 0, d = 3"):
        wishart_spectrum(jax.random.key(0), 0, 3)
