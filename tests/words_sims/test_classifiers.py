"""Discriminants, naive Bayes, neighbours and logistic fits, against scikit-learn and scipy."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special, stats
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from sims import (
    bernoulli_naive_bayes, fitted_gaussian, gaussian_naive_bayes, linear_discriminant,
    neighbour_shares, neighbours, newton_logistic, quadratic_discriminant, softmax_regression,
)  # fmt: skip

RNG = np.random.default_rng(4)
LABELS = np.repeat([0, 1, 2], [30, 20, 10])
X = RNG.normal(size=(60, 3)) @ RNG.normal(size=(3, 3)) + RNG.normal(size=(3, 3))[LABELS]
NEW = RNG.normal(size=(8, 3))
FIT = fitted_gaussian(jnp.asarray(X), jnp.asarray(LABELS), 3)
PRIORS = np.array([0.5, 0.2, 0.3])


def normalised(scores):
    return scores - special.logsumexp(scores, axis=1, keepdims=True)


def test_a_fitted_gaussian_is_scikit_learns():
    peer = LinearDiscriminantAnalysis(solver="lsqr", store_covariance=True).fit(X, LABELS)
    np.testing.assert_allclose(FIT.means, peer.means_, atol=1e-13)
    np.testing.assert_allclose(FIT.pooled, peer.covariance_, atol=1e-12)
    np.testing.assert_array_equal(FIT.counts, [30, 20, 10])
    for c in range(3):
        expected = np.cov(X[c == LABELS].T, bias=True)
        np.testing.assert_allclose(FIT.covariances[c], expected, atol=1e-12)


def test_a_class_without_points_is_nan_and_spoils_no_other():
    fit = fitted_gaussian(jnp.asarray(X), jnp.asarray(LABELS), 4)
    assert np.isnan(fit.means[3]).all()
    np.testing.assert_allclose(fit.pooled, FIT.pooled, atol=1e-14)
    np.testing.assert_allclose(fit.means[:3], FIT.means, atol=1e-14)


def test_linear_and_quadratic_scores_are_log_posteriors():
    means = np.asarray(FIT.means)
    shared = [np.asarray(FIT.pooled)] * 3
    own = list(np.asarray(FIT.covariances))

    def posterior(covariances):
        columns = [
            stats.multivariate_normal(m, s).logpdf(NEW) + np.log(p)
            for m, s, p in zip(means, covariances, PRIORS, strict=True)
        ]
        return normalised(np.stack(columns, 1))

    linear = linear_discriminant(FIT.means, FIT.pooled, PRIORS)(jnp.asarray(NEW))
    np.testing.assert_allclose(normalised(linear), posterior(shared), atol=1e-11)
    quadratic = quadratic_discriminant(jnp.asarray(NEW), FIT.means, FIT.covariances, PRIORS)
    np.testing.assert_allclose(normalised(quadratic), posterior(own), atol=1e-11)


def test_gaussian_naive_bayes_is_scikit_learns():
    peer = GaussianNB(var_smoothing=0).fit(X, LABELS)
    variances = jnp.diagonal(FIT.covariances, axis1=1, axis2=2)
    scores = gaussian_naive_bayes(jnp.asarray(NEW), FIT.means, variances, FIT.counts / 60)
    np.testing.assert_allclose(normalised(scores), peer.predict_log_proba(NEW), atol=1e-11)


@pytest.mark.parametrize("smoothing", [1.0, 0.3])
def test_bernoulli_naive_bayes_is_scikit_learns(smoothing):
    bits, new = 1.0 * (X > 0), 1.0 * (NEW > 0)
    peer = BernoulliNB(alpha=smoothing).fit(bits, LABELS)
    scores = bernoulli_naive_bayes(jnp.asarray(bits), jnp.asarray(LABELS), 3, smoothing)
    expected = peer.predict_joint_log_proba(new)
    np.testing.assert_allclose(scores(jnp.asarray(new)), expected, atol=1e-12)


def test_neighbours_are_scikit_learns():
    distances, indices = neighbours(jnp.asarray(NEW), jnp.asarray(X), 5)
    expected, places = NearestNeighbors(n_neighbors=5).fit(X).kneighbors(NEW)
    np.testing.assert_allclose(distances, expected, atol=1e-13)
    np.testing.assert_array_equal(indices, places)
    shares = neighbour_shares(jnp.asarray(NEW), jnp.asarray(X), jnp.asarray(LABELS), 3, 5)
    peer = KNeighborsClassifier(5).fit(X, LABELS)
    np.testing.assert_allclose(shares, peer.predict_proba(NEW), atol=1e-15)


def test_a_banks_own_points_are_their_nearest_neighbours():
    distances, indices = neighbours(jnp.asarray(X) + 1e6, jnp.asarray(X) + 1e6, 1)
    np.testing.assert_array_equal(indices[:, 0], np.arange(60))
    assert (distances == 0).all()
    with pytest.raises(ValueError, match=r"neighbours: k = 61 is outside \[1, 60\]"):
        neighbours(jnp.asarray(X), jnp.asarray(X), 61)


def with_ones(points):
    return np.c_[points, np.ones(len(points))]


# three fits side by side, and one program for all tests
NEWTON = jax.jit(
    jax.vmap(lambda y, w, ridge, start: newton_logistic(ONES, y, w, ridge, start=start, steps=40))
)
ONES = jnp.asarray(with_ones(X))
Y = np.where(LABELS > 0, 1.0, -1.0)
FLAT, ZERO = np.ones((3, 60)), np.zeros((3, 4))


def test_logistic_fits_side_by_side_are_scikit_learns():
    weights, ridges = RNG.uniform(0.5, 2, (3, 60)), np.array([0.05, 1.0, 100.0])
    fits = NEWTON(np.tile(Y, (3, 1)), weights, np.outer(ridges, [1.0, 1, 1, 0]), ZERO)
    for i, ridge in enumerate(ridges):
        peer = LogisticRegression(C=1 / ridge, tol=1e-12, solver="newton-cholesky", max_iter=200)
        peer.fit(X, Y, sample_weight=weights[i])
        expected = np.append(peer.coef_[0], peer.intercept_)
        np.testing.assert_allclose(fits.theta[i], expected, atol=1e-7)
        assert fits.residual[i] < 1e-11 * max(1, ridge)


def test_newton_comes_home_from_a_start_where_a_full_step_overshoots():
    far = np.array([[0.0, 0, 0, 0], [6.0, -6, 6, -6], [-30.0, 5, 0, 9]])
    fits = NEWTON(np.tile(Y, (3, 1)), FLAT, ZERO, far)
    assert (fits.residual < 1e-11).all()
    np.testing.assert_allclose(fits.theta, np.tile(fits.theta[0], (3, 1)), atol=1e-10)


def test_separable_data_have_no_minimiser_and_theta_says_so():
    y = np.where(X[:, 0] > 0.1, 1.0, -1.0)
    fits = NEWTON(np.tile(y, (3, 1)), FLAT, np.outer([1e-3, 1e-5, 1e-7], np.ones(4)), ZERO)
    lengths = np.linalg.norm(fits.theta, axis=1)
    assert (np.diff(lengths) > 5).all()


SOFTMAX = jax.jit(softmax_regression, static_argnums=2)


@pytest.mark.parametrize("ridge", [0.0, 2.0])
def test_a_softmax_fit_is_scikit_learns(ridge):
    penalty = ridge * np.array([1.0, 1, 1, 0])
    given = jnp.asarray(with_ones(X)), jnp.asarray(LABELS)
    fit = SOFTMAX(*given, 3, 1.0, jnp.asarray(penalty))
    strength = 1 / ridge if ridge else np.inf
    peer = LogisticRegression(C=strength, tol=1e-11, solver="newton-cg", max_iter=500).fit(
        X, LABELS
    )
    expected = np.c_[peer.coef_, peer.intercept_]
    np.testing.assert_allclose(fit.theta, expected - expected.mean(0), atol=1e-5)
    assert fit.residual < 1e-10
    np.testing.assert_allclose(np.sum(fit.theta, 0), 0, atol=1e-10)


@pytest.mark.parametrize(
    ("word", "call", "message"),
    [
        (newton_logistic, lambda f: f(jnp.ones((3, 2)), jnp.ones(2)), r"y has shape \(2,\)"),
        (softmax_regression, lambda f: f(jnp.ones(3), jnp.ones(3), 2), r"X has shape \(3,\)"),
        (fitted_gaussian, lambda f: f(jnp.ones((3, 2)), jnp.ones(4), 2), "labels has shape"),
        (linear_discriminant, lambda f: f(jnp.ones((2, 3)), jnp.eye(2)), "with d = 3"),
        (neighbours, lambda f: f(jnp.ones((2, 3)), jnp.ones((2, 4)), 1), "bank has shape"),
    ],
)
def test_wrong_shapes_are_refused_by_name(word, call, message):
    with pytest.raises(ValueError, match=f"{word.__name__}: .*{message}"):
        call(inspect.unwrap(word))
