"""Hulls of ROC curves by scipy and counting, heavy tails by sampling, rational moments."""

import itertools
from fractions import Fraction

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.spatial import ConvexHull
from sklearn.metrics import roc_curve

from sims.smote import hull_of
from theory import ArgumentError
from theory.smote import (
    heavy_shrinkage, hull_moments, null_hull_area, null_hull_rate, uniform_drift, uniform_gap,
    uniform_variance,
)  # fmt: skip
from theory.smote.hull import SMALL, chances, law, rank_orders


def hull(scores, places):
    """Area and vertices of the hull of scikit-learn's curve, by scipy."""
    x, y, _ = roc_curve(places, scores, drop_intermediate=False)
    if np.all((x == 0) | (y == 1)):  # through the corner
        return 1.0, 3
    shape = ConvexHull(np.stack([np.append(x, 1), np.append(y, 0)], axis=1))
    corners = shape.points[shape.vertices]
    beyond = np.all(corners == [1, 0], axis=1)
    return shape.volume, len(corners) - beyond.sum()


@pytest.mark.parametrize(("n", "m"), [(3, 5), (7, 12), (20, 4)])
def test_the_hull_of_a_trial_is_that_of_scipy(n, m):
    rng = np.random.default_rng(n)
    for shift in (0.0, 1.0, 3.0):
        places = np.arange(n + m) < n
        scores = rng.normal(size=n + m) + shift * places
        area, vertices = hull_of(jnp.asarray(scores), jnp.asarray(places), jnp.ones(n + m))
        own, count = hull(scores, places)
        assert float(area) == pytest.approx(own, rel=1e-12)
        assert float(vertices) == count


def test_every_rank_order_has_its_hull():
    places, twice, vertices = rank_orders(3, 4)
    for row, area, count in zip(places, twice, vertices, strict=True):
        own, corners = hull(-np.arange(7.0), row)
        assert area / 24 == pytest.approx(own, rel=1e-12)
        assert count == corners


def test_chances_of_orders_by_sampling():
    rng, theta = np.random.default_rng(0), 3.0
    times = rng.exponential(size=(200_000, 4)) / np.array([theta, theta, 1, 1])
    first = np.argsort(times, axis=1) < 2
    seen = [np.mean(np.all(first == row, axis=1)) for row in rank_orders(2, 2)[0]]
    assert np.asarray(chances(theta, 2, 2)) == pytest.approx(seen, abs=0.005)
    assert float(chances(theta, 5, 6).sum()) == pytest.approx(1, rel=1e-12)


def test_hulls_of_small_samples_known_exactly():
    assert float(null_hull_area(1, 1)) == pytest.approx(3 / 4, rel=1e-12)
    assert float(null_hull_area(4, 4)) == pytest.approx(1559 / 2240, rel=1e-12)
    assert float(null_hull_area(5, 3)) == pytest.approx(59 / 84, rel=1e-12)
    for n, m in itertools.product((2, 5, 8), repeat=2):
        area, _ = hull_moments(1.0, n, m)
        assert float(area) == pytest.approx(float(null_hull_area(n, m)), rel=1e-12)
    area, vertices = hull_moments(3.0, 4, 4)
    assert float(area) == pytest.approx(1683133 / 1971200, rel=1e-12)
    assert float(vertices) == pytest.approx(1492759 / 400400, rel=1e-12)


def test_the_hull_of_many_points_by_shuffling():
    rng, n = np.random.default_rng(4), 64
    areas = [hull(rng.normal(size=2 * n), np.arange(2 * n) < n)[0] for _ in range(1500)]
    error = np.std(areas) / np.sqrt(len(areas))
    assert abs(np.mean(areas) - float(null_hull_area(n, n))) < 4 * error
    assert float(null_hull_rate(n, n)) == pytest.approx(0.4177715 * (2 / n) ** 0.5, rel=1e-6)


def test_swapped_classes_mirror_the_hull_of_noise():
    assert float(null_hull_area(9, 30)) == pytest.approx(float(null_hull_area(30, 9)), rel=1e-12)


def test_the_law_of_the_hull_is_one_of_whole_numbers():
    shares = np.asarray(law(SMALL, np.arange(0, 75)))
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(1)
    mean = np.sum(1 - shares[1:]) / 72
    assert mean == pytest.approx(float(null_hull_area(6, 6)), rel=1e-9)


def pair_moments(n, k):
    """E q^m of the pair law as fractions, m = 2 and 3."""
    ways = [Fraction(1), Fraction(1)]
    for m in (2, 3):
        whole = sum(np.prod([Fraction(j + i) for i in range(m)]) for j in range(1, k + 1))
        ways.append(whole / k / np.prod([Fraction(n + i) for i in range(m)]))
    return ways


@pytest.mark.parametrize(("n", "k"), [(10, 5), (3, 1), (40, 39)])
def test_rational_moments_of_a_uniform_minority(n, k):
    moments = pair_moments(n, k)
    assert float(uniform_gap(n, k)) == pytest.approx(float(moments[2] / 4 + moments[3] / 3))
    rng = np.random.default_rng(n)
    x = rng.random((60_000, n))
    apart = abs(x[:, :, None] - x[:, None])
    apart[:, np.arange(n), np.arange(n)] = 9
    near = np.argsort(apart, axis=2)[:, :, :k] if n < 20 else None
    if near is not None:
        y = np.take_along_axis(x[:, None, :], near, axis=2)
        x = x[:, :, None]
        square = ((x * x + x * y + y * y) / 3).mean(axis=(1, 2)) - 1 / 4
        error = square.std() / np.sqrt(len(square))
        assert abs(square.mean() - float(uniform_variance(n, k))) < 4 * error
    if k == n - 1:
        assert float(uniform_variance(n, k)) == pytest.approx(1 / 18, rel=1e-12)
        assert float(uniform_drift(n, k)) == 0


@pytest.mark.parametrize(("d", "k", "wide", "scale"), [(3, 1, 0.2, 2.0), (1, 5, 0.1, 3.0)])
def test_heavy_tails_by_sampling(d, k, wide, scale):
    rng, n, trials = np.random.default_rng(1), 10, 30_000
    width = np.where(rng.random((trials, n)) < wide, scale, 1.0)
    x = rng.normal(size=(trials, n, d)) * width[..., None]
    gram = np.einsum("tid,tjd->tij", x, x)
    lengths = np.einsum("tii->ti", gram)
    apart = lengths[:, :, None] + lengths[:, None] - 2 * gram
    apart[:, np.arange(n), np.arange(n)] = np.inf
    near = np.argsort(apart, axis=2)[:, :, :k]
    pairs = (lengths[:, :, None] + lengths[:, None] + gram) / 3
    found = np.take_along_axis(pairs, near, axis=2).mean(axis=(1, 2))
    found = found / (d * (1 - wide + wide * scale**2))
    error = found.std() / np.sqrt(trials)
    assert abs(found.mean() - float(heavy_shrinkage(d, n, k, wide, scale))) < 4 * error


def test_all_as_neighbours_contract_by_two_thirds_whatever_the_tails():
    for d in (1.0, 10.0):
        assert float(heavy_shrinkage(d, 8, 7, 0.3, 3.0)) == pytest.approx(2 / 3, abs=1e-8)
    slope = jax.grad(lambda s: heavy_shrinkage(3.0, 10.0, 5.0, 0.2, s))(2.0)
    low, high = (float(heavy_shrinkage(3.0, 10, 5, 0.2, 2.0 + h)) for h in (-1e-3, 1e-3))
    assert float(slope) == pytest.approx((high - low) / 2e-3, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: null_hull_area(0, 5), "minority = 0 is outside"),
        (lambda: null_hull_area(65, 5), "minority = 65 is outside"),
        (lambda: hull_moments(1.0, 9, 5), "minority = 9 is outside"),
        (lambda: uniform_gap(5, 5), "is above n - 1"),
        (lambda: heavy_shrinkage(3.0, 10, 5, 0.2, 4.0), "scale = 4 is outside"),
    ],
)
def test_bad_samples_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
