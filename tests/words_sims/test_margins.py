"""Maximum margins and hinge fits: other algorithms find the same, and the gaps bound the rest."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize
from sklearn.svm import SVC

from sims import hinge_fit, max_margin, perceptron

RNG = np.random.default_rng(7)


def teacher(n, d, noise=0.0):
    x, direction = RNG.normal(size=(n, d)), RNG.normal(size=d)
    return x, np.sign(x @ direction + noise * RNG.normal(size=n))


def by_least_squares(x, y):
    """The hard margin from nonnegative least squares: min |[(yx)' ; 1'] u - e| over u >= 0."""
    rows = np.vstack([(y[:, None] * x).T, np.ones(len(y))])
    target = np.append(np.zeros(x.shape[1]), 1.0)
    u, _ = optimize.nnls(rows, target, maxiter=10_000)
    rest = rows @ u - target
    w = -rest[:-1] / rest[-1]
    return w / np.linalg.norm(w)


PROGRAM = jax.jit(max_margin)


@pytest.mark.parametrize(("n", "d"), [(40, 12), (12, 40), (150, 60)])
def test_the_largest_margin_is_that_of_least_squares(n, d):
    x, y = teacher(n, d)
    found = PROGRAM(jnp.asarray(x), jnp.asarray(y))
    w = by_least_squares(x, y)
    np.testing.assert_allclose(found.theta, w, atol=1e-8)
    assert abs(found.margin - np.min(y * (x @ w))) < 1e-8
    assert -1e-14 < found.gap < 1e-9


def test_a_margin_scales_with_the_points():
    x, y = teacher(40, 12)
    one, small = (PROGRAM(jnp.asarray(scale * x), jnp.asarray(y)) for scale in (1.0, 1e-6))
    np.testing.assert_allclose(small.theta, one.theta, atol=1e-8)
    np.testing.assert_allclose(1e6 * small.margin, one.margin, rtol=1e-8)


def test_data_that_nothing_separates_are_certified_so():
    x, y = teacher(40, 3, noise=2.0)
    found = max_margin(jnp.asarray(x), jnp.asarray(y))
    assert found.margin < -0.1
    assert abs(found.margin + found.gap) < 1e-7  # no margin above 0


def test_an_intercept_is_a_free_column():
    x, y = teacher(40, 3)
    shifted = x + np.array([5.0, -3.0, 1.0])
    ridge = jnp.array([1.0, 1, 1, 0])
    fit = max_margin(jnp.asarray(np.c_[shifted, np.ones(40)]), jnp.asarray(y), ridge)
    rows = y[:, None] * np.c_[shifted, np.ones(40)]
    peer = optimize.minimize(
        lambda v: v[:3] @ v[:3] / 2,
        10 * np.asarray(fit.theta) + 0.1,
        jac=lambda v: np.append(v[:3], 0),
        constraints={"type": "ineq", "fun": lambda v: rows @ v - 1, "jac": lambda v: rows},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    )
    expected = peer.x / np.linalg.norm(peer.x[:3])
    np.testing.assert_allclose(fit.theta, expected, atol=1e-7)
    assert -1e-14 < fit.gap < 1e-9


@pytest.mark.parametrize("strength", [1e-3, 0.1, 10.0])
def test_a_hinge_fit_is_scikit_learns(strength):
    x, y = teacher(60, 4, noise=1.5)
    ridge = np.array([1.0, 1, 1, 1, 0])
    given = map(jnp.asarray, (np.c_[x, np.ones(60)], y, strength * np.ones(60), ridge))
    fit = hinge_fit(*given)
    peer = SVC(kernel="linear", C=strength, tol=1e-9).fit(x, y)

    def objective(theta):
        loss = np.maximum(0, 1 - y * (x @ theta[:4] + theta[4])).sum()
        return strength * loss + theta[:4] @ theta[:4] / 2

    theirs = objective(np.append(peer.coef_[0], peer.intercept_))
    mine = objective(np.asarray(fit.theta))
    assert mine <= theirs + 1e-10
    assert -1e-12 < fit.gap < 1e-9
    assert theirs >= mine - fit.gap - 1e-12
    # the intercept is not unique where no point lies on the margin; the weights are
    np.testing.assert_allclose(fit.theta[:4], peer.coef_[0], atol=1e-5)


def test_few_weighted_points_are_those_points_repeated():
    x, y = teacher(20, 3, noise=1.0)
    times = RNG.integers(1, 4, 20)
    weighted = hinge_fit(jnp.asarray(x), jnp.asarray(y), jnp.asarray(1.0 * times), 0.5)
    again = np.repeat(np.arange(20), times)
    repeated = hinge_fit(jnp.asarray(x[again]), jnp.asarray(y[again]), 1.0, 0.5)
    np.testing.assert_allclose(weighted.theta, repeated.theta, atol=1e-8)


def test_a_perceptron_errs_no_more_than_novikoff_allows():
    x, y = teacher(30, 2)
    w, mistakes = perceptron(jnp.asarray(x), jnp.asarray(y), 50)
    slow, count = np.zeros(2), 0
    for _ in range(50):
        for point, label in zip(x, y, strict=True):
            if label * (point @ slow) <= 0:
                slow, count = slow + label * point, count + 1
    np.testing.assert_allclose(w, slow, atol=1e-12)
    assert mistakes == count
    margin = float(PROGRAM(jnp.asarray(x), jnp.asarray(y)).margin)
    assert mistakes <= np.max(np.sum(x**2, 1)) / margin**2


def test_solvers_run_side_by_side():
    x, direction = RNG.normal(size=(5, 24, 8)), RNG.normal(size=8)
    y = np.sign(x @ direction)
    many = jax.jit(jax.vmap(max_margin))(jnp.asarray(x), jnp.asarray(y))
    for i in range(5):
        np.testing.assert_allclose(many.theta[i], by_least_squares(x[i], y[i]), atol=1e-8)


@pytest.mark.parametrize("word", [max_margin, hinge_fit])
def test_wrong_shapes_are_refused_by_name(word):
    with pytest.raises(ValueError, match=rf"{word.__name__}: y has shape \(2,\), not \(n\)"):
        inspect.unwrap(word)(jnp.ones((3, 2)), jnp.ones(2))
