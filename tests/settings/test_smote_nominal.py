"""Nominal features against imbalanced-learn's SMOTENC, SMOTEN and metric, draws and quadrature."""

import jax
import numpy as np
import pytest
from imblearn.metrics.pairwise import ValueDifferenceMetric
from imblearn.over_sampling import SMOTEN, SMOTENC
from scipy import integrate, stats

from theory import ArgumentError, ParameterError
from theory.smote import (
    Params, majority_chance, mixed_square, nominal_kept, null_difference, value_difference,
)  # fmt: skip


def with_majority(x, far, count):
    """Minority points, then a majority far away: data and labels."""
    return np.vstack([x, np.tile(far, (count, 1))]), np.repeat([1, 0], [len(x), count])


def test_the_mode_of_votes_by_counting():
    for votes in (1, 2, 5, 6, 9):
        ones = np.arange(votes + 1)
        chance = stats.binom.pmf(ones, votes, 0.3)
        won = (2 * ones > votes) + 0.5 * (2 * ones == votes)
        assert float(majority_chance(0.3, votes)) == pytest.approx(chance @ won, rel=1e-12)
    assert float(majority_chance(0.0, 4)) == 0
    assert float(majority_chance(1.0, 4)) == 1


def test_distances_are_those_of_smotenc():
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=(12, 3)), rng.integers(3, size=(12, 2))])
    data, labels = with_majority(x, [50.0, 50, 50, 0, 0], 30)
    sampler = SMOTENC([3, 4], k_neighbors=5, random_state=0)
    sampler.fit_resample(data, labels)
    found = sampler.nn_k_.kneighbors(sampler.nn_k_._fit_X, 6)[0][:, 1:] ** 2
    median = np.median(x[:, :3].std(axis=0))
    squares = ((x[:, None, :3] - x[:, :3]) ** 2).sum(axis=-1)
    differing = (x[:, None, 3:] != x[:, 3:]).sum(axis=-1)
    ours = np.sort(np.asarray(mixed_square(squares, differing, median)), axis=1)[:, 1:6]
    assert found == pytest.approx(ours, rel=1e-9, abs=1e-12)


def test_values_of_smotenc_are_modes_of_neighbours():
    rng, n, made = np.random.default_rng(1), 8, []
    for seed in range(400):
        value = (rng.random(n) < 0.3) * 1.0
        data, labels = with_majority(np.column_stack([rng.normal(size=n), value]), [50.0, 0], n + 5)
        data[-1, 1] = 1.0  # both values are seen somewhere
        sampler = SMOTENC([1], k_neighbors=n - 1, random_state=seed)
        made.append(sampler.fit_resample(data, labels)[0][-5:, 1].mean())
    error = np.std(made) / 20
    assert np.mean(made) == pytest.approx(float(majority_chance(0.3, n - 1)), abs=4 * error)
    assert error < 0.02  # the value's own frequency is 8 errors off


def test_values_of_smoten_are_modes_of_all_points():
    """k_neighbors = N - 1: the point votes too. N is odd: its ties go to the smaller value."""
    rng, n, made = np.random.default_rng(2), 7, []
    for seed in range(300):
        x = (rng.random((n, 2)) < [0.3, 0.4]) * 1
        data, labels = with_majority(x, [0, 1], n + 4)
        data[-1] = 1, 0
        sampler = SMOTEN(k_neighbors=n - 1, random_state=seed)
        points = sampler.fit_resample(data, labels)[0][-4:]
        assert np.all(points == (x.mean(axis=0) > 0.5))
        made.append(points[0])
    expected = [float(majority_chance(s, n)) for s in (0.3, 0.4)]
    assert np.mean(made, axis=0) == pytest.approx(expected, abs=0.1)


def test_value_differences_are_those_of_the_metric():
    rng = np.random.default_rng(3)
    x, y = rng.integers(4, size=(60, 1)), rng.integers(3, size=60)
    metric = ValueDifferenceMetric(n_categories=[4], k=1, r=1).fit(x, y)
    found = metric.pairwise(np.arange(4)[:, None])
    counts = np.array([[np.sum((x[:, 0] == v) & (y == c)) for c in range(3)] for v in range(4)])
    ours = [[float(value_difference(a, b)) for b in 1.0 * counts] for a in 1.0 * counts]
    assert found == pytest.approx(np.array(ours), rel=1e-12, abs=1e-14)


def test_squares_of_differences_of_noise_by_the_hypergeometric_law():
    for minority, majority, rare in ((3, 5, 2), (10, 100, 8), (4, 4, 4)):
        ones = np.arange(rare + 1)
        chance = stats.hypergeom.pmf(ones, minority + majority, minority, rare)
        rest = minority + majority - rare
        apart = 2 * (ones / rare - (minority - ones) / rest)
        found = float(null_difference(minority, majority, rare))
        assert found == pytest.approx(chance @ apart**2, rel=1e-12)


def drawn(rng, s, n, k, median, size=60_000):
    """Whether the mode of a centre's k nearest of n - 1 is its own value, ties a half."""
    differs = rng.random((size, n - 1)) > s
    square = (rng.random((size, n - 1)) / 2) ** 2 + median**2 * differs
    near = np.take_along_axis(differs, np.argsort(square, axis=1)[:, :k], axis=1).sum(axis=1)
    return np.mean((2 * near < k) + 0.5 * (2 * near == k))


@pytest.mark.parametrize(("s", "n", "k", "median"), [(0.3, 10, 4, 0.2), (0.7, 30, 7, 0.05)])
def test_values_kept_by_draws(s, n, k, median):
    found = float(nominal_kept(s, n, k, median))
    assert found == pytest.approx(drawn(np.random.default_rng(4), s, n, k, median), abs=0.008)


def test_values_kept_by_the_nearest_point():
    """K = 1: the nearest of all is one of those with the value; by scipy, over its distance."""
    for s, n, m in ((0.2, 6, 0.3), (0.6, 40, 0.02), (0.5, 3, 0.5)):

        def chance(r, s=s, n=n, m=m):
            far = 1 - 2 * s * r - (1 - s) * min(2 * max(r * r - m * m, 0) ** 0.5, 1)
            return (n - 1) * 2 * s * far ** (n - 2)

        value = integrate.quad(chance, 0, 0.5, points=[m], epsabs=1e-12)[0]
        assert float(nominal_kept(s, n, 1, m)) == pytest.approx(value, rel=1e-7)
    assert float(nominal_kept(0.5, 3, 1, 0.5)) == pytest.approx(0.75, rel=1e-12)
    slope = jax.grad(lambda m: nominal_kept(0.4, 12.0, 3.0, m))
    near = [float(nominal_kept(0.4, 12, 3, 0.2 + h)) for h in (-1e-5, 1e-5)]
    assert float(slope(0.2)) == pytest.approx((near[1] - near[0]) / 2e-5, rel=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nominal_kept(0.3, 4, 5, 0.1), "is above n - 1"),
        (lambda: nominal_kept(0.0, 9, 5, 0.1), "share = 0 is outside"),
        (lambda: nominal_kept(0.3, 9, 5, 0.6), "median = 0.6 is outside"),
        (lambda: majority_chance(0.3, 0), "votes = 0 is outside"),
        (lambda: value_difference([0.0, 0.0], [1.0, 2.0]), "never seen"),
        (lambda: null_difference(3, 4, 7), "leaves no other value"),
        (lambda: mixed_square(1.0, -1, 1.0), "differing = -1 is outside"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_a_value_of_all_points_is_refused():
    with pytest.raises(ParameterError, match="leaves none of 110 another value"):
        Params(rare=110)
