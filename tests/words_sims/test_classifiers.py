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
    bernoulli_naive_bayes,
    fitted_gaussian,
    gaussian_naive_bayes,
    linear_discriminant,
    neighbour_shares,
    neighbours,
    newton_logistic,
    quadratic_discriminant,
    softmax_regression,
)

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


@pytest.mark.parametrize("ridge", [0.05, 1.0, 100.0])
def test_a_logistic_fit_is_scikit_learns(ridge):
    y, weights = np.where(LABELS > 0, 1.0, -1.0), RNG.uniform(0.5, 2, 60)
    penalty = ridge * np.array([1.0, 1, 1, 0])
    fit = newton_logistic(*map(jnp.asarray, (with_ones(X), y, weights, penalty)))
    peer = LogisticRegression(C=1 / ridge, tol=1e-12, solver="newton-cholesky", max_iter=200)
    peer.fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(fit.theta, np.append(peer.coef_[0], peer.intercept_), atol=1e-7)
    assert fit.residual < 1e-11 * max(1, ridge)


def test_newton_comes_home_from_a_start_where_a_full_step_overshoots():
    y = np.where(LABELS > 0, 1.0, -1.0)
    given = jnp.asarray(with_ones(X)), jnp.asarray(y)
    home = newton_logistic(*given)
    far = newton_logistic(*given, start=jnp.array([6.0, -6, 6, -6]), steps=60)
    assert home.residual < 1e-11
    np.testing.assert_allclose(far.theta, home.theta, atol=1e-10)


def test_separable_data_have_no_minimiser_and_theta_says_so():
    x, y = jnp.array([[-1.0], [2.0]]), jnp.array([-1.0, 1.0])
    few, many = (newton_logistic(x, y, steps=steps).theta[0] for steps in (5, 15))
    assert many > few + 5


@pytest.mark.parametrize("ridge", [0.0, 2.0])
def test_a_softmax_fit_is_scikit_learns(ridge):
    penalty = ridge * np.array([1.0, 1, 1, 0])
    given = jnp.asarray(with_ones(X)), jnp.asarray(LABELS)
    fit = softmax_regression(*given, 3, ridge=jnp.asarray(penalty))
    strength = 1 / ridge if ridge else np.inf
    peer = LogisticRegression(C=strength, tol=1e-11, solver="newton-cg", max_iter=500).fit(
        X, LABELS
    )
    expected = np.c_[peer.coef_, peer.intercept_]
    np.testing.assert_allclose(fit.theta, expected - expected.mean(0), atol=1e-5)
    assert fit.residual < 1e-10
    np.testing.assert_allclose(np.sum(fit.theta, 0), 0, atol=1e-10)


def test_two_classes_of_softmax_are_logistic():
    y = (LABELS > 0).astype(int)
    two = softmax_regression(jnp.asarray(X), jnp.asarray(y), 2, ridge=0.4).theta
    # W_1 = -W_0 = theta/2 is penalised half as much as theta
    one = newton_logistic(jnp.asarray(X), jnp.asarray(2.0 * y - 1), ridge=0.2).theta
    np.testing.assert_allclose(two[1] - two[0], one, atol=1e-11)


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


def test_fits_run_side_by_side():
    y = jnp.asarray(np.where(RNG.normal(size=(4, 60)) > 0, 1.0, -1.0))
    side_by_side = jax.vmap(lambda y: newton_logistic(jnp.asarray(X), y).theta)(y)
    alone = newton_logistic(jnp.asarray(X), y[2]).theta
    np.testing.assert_allclose(side_by_side[2], alone, atol=1e-12)
