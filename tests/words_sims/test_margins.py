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


def assert_as_near_as_its_gap(theta, w, margin, gap):
    """|theta - w|^2 <= 4 gap/margin for the unit w of largest margin.

    The midpoint has length sqrt(1 - |theta - w|^2/4) and at least the mean of both margins.
    """
    assert np.linalg.norm(theta - w) <= reach(margin, gap) + 1e-11


def reach(margin, gap):
    return 2 * np.sqrt(max(gap, 0) / (margin + gap))


# three problems side by side, and one program for all tests of a word
MARGINS, HINGES = jax.jit(jax.vmap(max_margin)), jax.jit(jax.vmap(hinge_fit))


def three(x, y, ridge):
    return jnp.asarray(np.stack(x)), jnp.asarray(np.stack(y)), jnp.asarray(np.stack(ridge))


def test_the_largest_margins_are_those_of_least_squares():
    x, y = zip(*(teacher(40, 12) for _ in range(3)), strict=True)
    found = MARGINS(*three(x, y, np.ones((3, 12))))
    for i in range(3):
        w = by_least_squares(x[i], y[i])
        assert_as_near_as_its_gap(found.theta[i], w, found.margin[i], found.gap[i])
        assert abs(found.margin[i] - np.min(y[i] * (x[i] @ w))) < 1e-8
        assert -1e-14 < found.gap[i] < 1e-9


@pytest.mark.parametrize(("n", "d"), [(12, 40), (200, 90)])
def test_more_coordinates_than_points_and_many_points(n, d):
    x, y = teacher(n, d)
    found = jax.jit(max_margin)(jnp.asarray(x), jnp.asarray(y))
    assert_as_near_as_its_gap(found.theta, by_least_squares(x, y), found.margin, found.gap)
    assert -1e-14 < found.gap < 1e-9


def test_a_margin_scales_with_the_points_and_repeated_points_change_nothing():
    x, y = teacher(40, 12)
    again = np.r_[np.arange(20), np.arange(20)]
    found = MARGINS(*three([x, 1e-6 * x, x[again]], [y, y, y[again]], np.ones((3, 12))))
    within = sum(reach(found.margin[i], found.gap[i]) for i in range(2)) + 1e-11
    assert np.linalg.norm(found.theta[1] - found.theta[0]) <= within
    np.testing.assert_allclose(1e6 * found.margin[1], found.margin[0], rtol=1e-8)
    w = by_least_squares(x[:20], y[:20])
    assert_as_near_as_its_gap(found.theta[2], w, found.margin[2], found.gap[2])


def test_data_that_nothing_separates_are_certified_so():
    x, y = zip(*(teacher(40, 3, noise=2.0) for _ in range(3)), strict=True)
    found = MARGINS(*three(np.pad(x, ((0, 0), (0, 0), (0, 9))), y, np.ones((3, 12))))
    assert (found.margin < -0.1).all()
    assert (np.abs(found.margin + found.gap) < 1e-7).all()  # no margin above 0


def test_an_intercept_is_a_free_column():
    x, y = zip(*(teacher(40, 3) for _ in range(3)), strict=True)
    shifted = np.stack(x) + np.array([5.0, -3.0, 1.0])
    given = np.zeros((3, 40, 12))
    given[:, :, :3], given[:, :, 3] = shifted, 1.0
    ridge = np.ones((3, 12))
    ridge[:, 3] = 0.0
    found = MARGINS(*three(given, y, ridge))
    for i in range(3):
        rows = y[i][:, None] * given[i, :, :4]
        peer = optimize.minimize(
            lambda v: v[:3] @ v[:3] / 2,
            10 * np.asarray(found.theta[i, :4]) + 0.1,
            jac=lambda v: np.append(v[:3], 0),
            constraints={"type": "ineq", "fun": lambda v, r=rows: r @ v - 1,
                         "jac": lambda v, r=rows: r},
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 500},
        )  # fmt: skip
        expected = peer.x / np.linalg.norm(peer.x[:3])
        off = np.linalg.norm(found.theta[i, :3] - expected[:3])  # SLSQP's own rest: 1e-7
        assert off <= reach(found.margin[i], found.gap[i]) + 1e-7
        np.testing.assert_allclose(found.theta[i, 3], expected[3], atol=1e-5)
        assert -1e-14 < found.gap[i] < 1e-9


def polished(peer, x, y, strength):
    """The weights of libsvm's support vectors, to rounding: its stop leaves some 1e-5 of them.

    Those at the bound stay there; the free ones have margin 1 and sum a_i y_i = 0.
    """
    a = np.zeros(len(y))
    a[peer.support_] = np.abs(peer.dual_coef_[0])
    bound, free = np.abs(a - strength) < 1e-9, (a > 0) & (np.abs(a - strength) >= 1e-9)
    rows, fixed = y[free, None] * x[free], strength * (y[bound] @ x[bound])
    system = np.block([[rows @ rows.T, y[free, None]], [y[free], np.zeros((1, 1))]])
    given = np.append(1 - rows @ fixed, -strength * y[bound].sum())
    return fixed + rows.T @ np.linalg.lstsq(system, given)[0][:-1]


def test_hinge_fits_are_scikit_learns():
    strengths = np.array([1e-3, 0.1, 10.0])
    x, y = teacher(60, 4, noise=1.5)
    free = np.tile([1.0, 1, 1, 1, 0], (3, 1))
    ones = np.tile(np.c_[x, np.ones(60)], (3, 1, 1))
    given = ones, np.tile(y, (3, 1)), np.outer(strengths, np.ones(60)), free
    fits = HINGES(*map(jnp.asarray, given))
    for i, strength in enumerate(strengths):
        peer = SVC(kernel="linear", C=strength, tol=1e-9).fit(x, y)

        def objective(theta, strength=strength):
            loss = np.maximum(0, 1 - y * (x @ theta[:4] + theta[4])).sum()
            return strength * loss + theta[:4] @ theta[:4] / 2

        theirs = objective(np.append(peer.coef_[0], peer.intercept_))
        mine = objective(np.asarray(fits.theta[i]))
        assert mine - fits.gap[i] - 1e-12 <= theirs
        assert mine <= theirs + 1e-10
        assert -1e-12 < fits.gap[i] < 1e-9
        # the weights of the minimum are unique, and from it the objective grows by |w - w*|^2/2
        off = np.linalg.norm(fits.theta[i, :4] - polished(peer, x, y, strength))
        assert off <= np.sqrt(2 * max(fits.gap[i], 0)) + 1e-9


def test_the_weight_of_equal_points_may_be_shared_out():
    x, y = teacher(30, 5, noise=1.0)
    twice = np.repeat(np.arange(30), 2)
    own = RNG.uniform(0.2, 3, 60)
    shared = np.repeat(own.reshape(30, 2).mean(1), 2)
    given = np.tile(x[twice], (3, 1, 1)), np.tile(y[twice], (3, 1)), np.stack([own, shared, own])
    fits = HINGES(*map(jnp.asarray, given), jnp.full((3, 5), 0.5))
    within = np.sqrt(2 / 0.5 * np.maximum(fits.gap[:2], 0)).sum() + 1e-11  # the ridge is 1/2
    assert np.linalg.norm(fits.theta[1] - fits.theta[0]) <= within


def test_a_perceptron_errs_no_more_than_novikoff_allows():
    x, y = teacher(40, 2)
    w, mistakes = jax.jit(perceptron, static_argnums=2)(jnp.asarray(x), jnp.asarray(y), 50)
    slow, count = np.zeros(2), 0
    for _ in range(50):
        for point, label in zip(x, y, strict=True):
            if label * (point @ slow) <= 0:
                slow, count = slow + label * point, count + 1
    np.testing.assert_allclose(w, slow, atol=1e-12)
    assert mistakes == count
    best = by_least_squares(x, y)
    assert mistakes <= np.max(np.sum(x**2, 1)) / np.min(y * (x @ best)) ** 2


@pytest.mark.parametrize("word", [max_margin, hinge_fit])
def test_wrong_shapes_are_refused_by_name(word):
    with pytest.raises(ValueError, match=rf"{word.__name__}: y has shape \(2,\), not \(n\)"):
        inspect.unwrap(word)(jnp.ones((3, 2)), jnp.ones(2))
