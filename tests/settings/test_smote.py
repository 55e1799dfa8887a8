"""Laws by sampling with imbalanced-learn, brute force and quadrature by scipy; bad input."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from scipy import integrate, optimize, stats

from sims.smote import outside, squared_weights, synthetic
from theory import ArgumentError, ParameterError
from theory.smote import (
    Params, curve_area, false_positives, gaussian_shrinkage, majority_kept, minority_factor,
    mixture_cdf, nearest_drift, neighbour_gap, normal_density, null_miss, operating_shift, pair_cdf,
    pair_weight, resampled_odds, synthetic_density, synthetic_mean, synthetic_variance, torus_gap,
    trapezoid_area, trapezoid_loss, true_positives, uniform_cdf, uniform_density,
)  # fmt: skip


def theirs(x, k, m, seed):
    """m synthetic points of imbalanced-learn."""
    rng = np.random.default_rng(seed)
    far = rng.normal(size=(len(x) + m, x.shape[1])) + 50
    labels = np.repeat([1, 0], [len(x), len(far)])
    sampler = SMOTE(k_neighbors=k, random_state=seed)
    made = sampler.fit_resample(np.vstack([x, far]), labels)[0]
    return made[-m:]


def ours(x, k, m, seed):
    """m of the setting's sampler, centres independent."""
    rng = np.random.default_rng(seed)
    centres = jnp.asarray(rng.integers(len(x), size=m))
    return np.asarray(synthetic(jnp.asarray(x), k, centres, rng.random(m), rng.random(m)))


def on_segments(made, x, k):
    """Distance from the nearest segment of a point to one of its k nearest."""
    squares = ((x[:, None] - x) ** 2).sum(axis=-1)
    np.fill_diagonal(squares, np.inf)
    least = np.full(len(made), np.inf)
    for i, j in itertools.chain.from_iterable(
        ((i, j) for j in np.argsort(squares[i])[:k]) for i in range(len(x))
    ):
        step = x[j] - x[i]
        u = np.clip((made - x[i]) @ step / (step @ step), 0, 1)
        least = np.minimum(least, np.linalg.norm(made - x[i] - u[:, None] * step, axis=1))
    return least


@pytest.mark.parametrize("k", [1, 3, 11])
def test_both_samplers_make_the_same_points(k):
    x = np.random.default_rng(1).normal(size=(12, 2))
    samples = [sampler(x, k, 40_000, 2) for sampler in (theirs, ours)]
    for made in samples:
        assert on_segments(made[:2000], x, k).max() < 1e-9
    # given the data the points are independent: 5 standard errors of a difference
    for power in (1, 2):
        a, b = (np.stack([made**power, made[:, ::-1] * made]).reshape(-1, 2) for made in samples)
        spread = np.sqrt((a.var(axis=0) + b.var(axis=0)) / len(a) * 2)
        assert np.all(abs(a.mean(axis=0) - b.mean(axis=0)) < 5 * spread)


def test_the_moments_of_imbalanced_learn_are_the_laws():
    rng = np.random.default_rng(3)
    firsts = [theirs(rng.normal(size=(10, 2)), 1, 30, seed) for seed in range(500)]
    square = np.array([(made**2).mean() for made in firsts])
    error = square.std() / np.sqrt(len(square))
    assert abs(square.mean() - float(gaussian_shrinkage(2.0, 10, 1))) < 4 * error
    assert error < 0.024  # two thirds would be 5 errors off, 1 would be 9


def brute(x, k):
    """E Z, E Z^2 and E(Y - X)^2 of one feature, by all pairs of many samples."""
    apart = abs(x[:, :, None] - x[:, None])
    apart[:, np.arange(x.shape[1]), np.arange(x.shape[1])] = np.inf
    near = np.argsort(apart, axis=2)[:, :, :k]
    y = np.take_along_axis(x[:, None, :], near, axis=2)
    x = x[:, :, None]
    parts = (x + y) / 2, (x * x + x * y + y * y) / 3, (y - x) ** 2
    return np.array([part.mean(axis=(1, 2)) for part in parts])


@pytest.mark.parametrize(("tilt", "n", "k"), [(0.0, 10, 5), (5.0, 8, 2), (50.0, 20, 5)])
def test_moments_on_the_line_by_sampling(tilt, n, k):
    u = np.random.default_rng(4).random((40_000, n))
    x = u if tilt == 0 else -np.log1p(u * np.expm1(-tilt)) / tilt
    found = brute(x, k)
    mean, error = found.mean(axis=1), found.std(axis=1) / 200
    expected = [f(tilt, n, k) for f in (synthetic_mean, synthetic_variance, neighbour_gap)]
    expected[1] += expected[0] ** 2
    assert np.all(abs(mean - np.array(expected, float)) < 4.5 * error)


def test_moments_known_from_elsewhere():
    assert float(synthetic_variance(0.0, 10, 5)) == pytest.approx(23 / 360, rel=1e-10)
    assert float(neighbour_gap(0.0, 10, 5)) == pytest.approx(7 / 132, rel=1e-10)
    assert 50 * float(synthetic_mean(50.0, 20, 5)) == pytest.approx(0.92041, abs=5e-6)
    assert 50 * float(synthetic_mean(50.0, 10, 5)) == pytest.approx(0.87954, abs=5e-6)
    assert 2500 * float(synthetic_variance(50.0, 20, 5)) == pytest.approx(0.7059724, abs=5e-8)
    assert 2500 * float(synthetic_variance(50.0, 10, 1)) == pytest.approx(0.774842, abs=5e-7)
    assert float(gaussian_shrinkage(1.0, 20, 5)) == pytest.approx(0.78494, abs=5e-6)
    # 200 000 samples of 20 points in 20 dimensions: .674533 with standard error .000056
    assert float(gaussian_shrinkage(20.0, 20, 5)) == pytest.approx(0.674533, abs=2.5e-4)
    odd = [1 / (2 * j + 1) ** 2 for j in range(1, 9)]
    assert float(nearest_drift(10)) == pytest.approx(-(1 - 1 / 9 + sum(odd)) / 20, rel=1e-12)
    assert float(nearest_drift(10**9)) * 1e9 == pytest.approx(-(np.pi**2) / 16, rel=1e-8)


def test_moments_at_the_most_points_allowed():
    """A neighbour of 100 is near: uniform spacings, least of two gaps: E min^2 = 1/(2 N^2) ..."""
    n = 100  # inner points: minimum of two of n + 1 spacings, 2/((2)^2 ...) by order statistics
    inner, outer = 2 / 4 / ((n + 1) * (n + 2)), 2 / ((n + 1) * (n + 2))
    gap = ((n - 2) * inner + 2 * outer) / n
    assert float(neighbour_gap(0.0, n, 1)) == pytest.approx(gap, rel=1e-7)
    assert float(50 * synthetic_mean(50.0, n, 1)) == pytest.approx(
        1 + float(nearest_drift(n)), rel=1e-8
    )
    for d in (1.0, 7.5, 100.0):
        assert float(gaussian_shrinkage(d, n, n - 1)) == pytest.approx(2 / 3, rel=1e-9)
    assert 0.6 < float(gaussian_shrinkage(100.0, n, 1)) < 1


def test_the_pair_law_by_sums_of_binomials():
    q = np.linspace(0, 1, 21)
    for n, k in ((10, 1), (10, 5), (10, 9), (40, 7), (2, 1)):
        mixture = np.mean([stats.beta.cdf(q, j, n - j) for j in range(1, k + 1)], axis=0)
        assert np.asarray(pair_cdf(q, n, k)) == pytest.approx(mixture, abs=1e-12)
        weight = (n - 1) / k * stats.binom.cdf(k - 1, n - 2, q) if n > 2 else np.ones(21)
        assert np.asarray(pair_weight(q, n, k)) == pytest.approx(weight, abs=1e-11)
    slope = jax.grad(lambda q: pair_cdf(q, 10.0, 5.0))(0.3)
    assert float(slope) == pytest.approx(float(pair_weight(0.3, 10, 5)), rel=1e-10)


def test_densities_are_those_of_the_laws():
    z = np.linspace(0.01, 0.99, 24)
    assert np.asarray(synthetic_density(z, 0.0, 10, 9)) == pytest.approx(
        np.asarray(uniform_density(z)), rel=1e-9
    )
    cut = np.resize([1e-6, 0.3, 1 - 1e-6], 24)
    assert np.asarray(synthetic_density(cut, 0.0, 3, 2)) == pytest.approx(
        np.asarray(uniform_density(cut)), rel=1e-7
    )
    slope = jax.vmap(jax.grad(uniform_cdf))(jnp.asarray(z))
    assert np.asarray(slope) == pytest.approx(np.asarray(uniform_density(z)), rel=1e-12)
    assert float(uniform_density(0.05)) == pytest.approx(0.397, abs=5e-4)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    z, mass = (1 + nodes) / 2, weights / 2
    for tilt, k in ((3.0, 5), (3.0, 1)):
        f = np.asarray(synthetic_density(z, tilt, 10, k))
        mean = float(synthetic_mean(tilt, 10, k))
        assert mass @ f == pytest.approx(1, abs=2e-3)  # the density's slope is infinite at 0 and 1
        assert mass @ (f * z) == pytest.approx(mean, abs=2e-3)
        spread = float(synthetic_variance(tilt, 10, k))
        assert mass @ (f * (z - mean) ** 2) == pytest.approx(spread, abs=5e-4)
    z = np.linspace(-6, 6, 61)
    f = np.asarray(normal_density(z, 10, 5))
    assert f.sum() / 5 == pytest.approx(1, abs=1e-7)
    assert (f * z**2).sum() / 5 == pytest.approx(float(gaussian_shrinkage(1.0, 10, 5)), abs=1e-6)


def test_the_mixture_of_normals():
    for x in (-1.3, 0.4, 2.5):
        value = integrate.quad(lambda u, x=x: stats.norm.cdf(x / np.hypot(u, 1 - u)), 0, 1)[0]
        assert float(mixture_cdf(x)) == pytest.approx(value, rel=1e-9)
    assert float(mixture_cdf(np.inf)) == pytest.approx(1, rel=1e-14)


def test_reach_on_the_torus_of_three_dimensions():
    rng, (n, k) = np.random.default_rng(5), (60, 3)
    found = []
    for _ in range(400):
        x = rng.random((n, 3))
        apart = abs(x[:, None] - x)
        squares = (np.minimum(apart, 1 - apart) ** 2).sum(axis=-1)
        np.fill_diagonal(squares, np.inf)
        found.append(np.sort(squares, axis=1)[:, :k].mean() / 3)
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - float(torus_gap(3.0, n, k))) < 4 * error
    assert 3 * float(torus_gap(2.0, 200, 5)) == pytest.approx(4.7746e-3, rel=2e-5)
    assert 3 * float(torus_gap(3.0, 800, 5)) == pytest.approx(8.688e-3, rel=1e-4)


def test_all_identical_points_make_copies():
    x = jnp.ones((6, 2)) * 0.3
    gaps = np.random.default_rng(0).random(20)
    made = synthetic(x, 5, jnp.arange(20) % 6, gaps, gaps)
    assert np.asarray(made) == pytest.approx(0.3, abs=0)


def test_copies_of_a_point_are_its_neighbours():
    x = jnp.asarray([[0.0], [0.0], [5.0], [9.0]])
    made = synthetic(x, 1, jnp.asarray([0, 1]), jnp.zeros(2), jnp.ones(2) / 2)
    assert np.all(np.asarray(made) == 0)


def test_the_hull_of_a_square():
    x = jnp.asarray([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    z = jnp.asarray([[0.5, 0.5], [1.0, 0.3], [1.25, 0.5]])
    assert np.asarray(outside(z, x)) == pytest.approx([-0.0, 0.0, 0.25], abs=1e-15)


def test_squared_weights_of_two_points():
    found = squared_weights(jnp.asarray([0, 1]), jnp.asarray([1, 2]), jnp.asarray([0.5, 0.25]), 3)
    assert float(found) == pytest.approx((0.5**2 + 1.25**2 + 0.25**2) / 4)
    with_own = squared_weights(jnp.asarray([0]), jnp.asarray([1]), jnp.asarray([0.5]), 2, 1.0)
    assert float(with_own) == pytest.approx(2 * 1.5**2 / 9)


def test_the_discriminant_by_minimising_squares():
    """The best linear score of two weighted normal classes, found numerically, has the same bar."""
    delta, odds, gamma = 2.0, 0.1, 0.7
    weight = odds / (1 + odds)

    def bar(t):  # log posterior ratio of the pooled normal model at t, middle of means at 0
        pooled = 1 - weight + weight * gamma
        up, low = (stats.norm.logpdf(t, c * delta / 2, pooled**0.5) for c in (1, -1))
        return np.log(odds) + up - low

    shift = float(operating_shift(delta, odds, gamma))
    assert shift == pytest.approx(optimize.brentq(bar, -9, 9), rel=1e-10)
    assert float(minority_factor(900, 2 / 3)) == pytest.approx(0.7, rel=1e-14)
    assert float(true_positives(delta, shift)) == pytest.approx(0.4523, abs=5e-5)
    assert float(false_positives(delta, shift)) == pytest.approx(stats.norm.cdf(-1 - shift))
    assert float(resampled_odds(300, 50)) == 2
    assert float(majority_kept(50, 200)) == 25
    area = integrate.quad(lambda t: stats.norm.cdf(2 + stats.norm.ppf(t)), 0, 1)[0]
    assert float(curve_area(2.0)) == pytest.approx(area, rel=1e-8)


def test_trapezoids_against_numpy():
    s = np.array([-1.0, 2.0, 0.5])
    x = np.concatenate([[0], np.sort(stats.norm.cdf(-0.75 - s)), [1]])
    y = np.concatenate([[0], np.sort(stats.norm.cdf(0.75 - s)), [1]])
    area = np.trapezoid(y, x)
    assert float(trapezoid_area(1.5, s)) == pytest.approx(area, rel=1e-13)
    h = 0.02
    lost = curve_area(1.5) - trapezoid_area(1.5, np.arange(-450, 451) * h)
    assert float(lost) / h**2 == pytest.approx(float(trapezoid_loss(1.5)), rel=1e-3)


def test_the_bound_on_null_data_by_scipy():
    d, majority, m = 600, 30, 10
    bars = np.linspace(1.5, 2, 33)[1:-1]

    def late(a):
        def at(v):
            density = 2 * m * (1 - 2 * v) ** (m - 1)
            return density * stats.chi2.sf(a * d / (1.5 + 2 * v * v), d)

        return integrate.quad(at, 0, 0.5)[0]

    bound = min(majority * stats.chi2.cdf(a * d / 2, d) + late(a) for a in bars)
    found = float(null_miss(d, majority, m))
    assert bound < found < 1.21 * bound
    steps = np.linspace(0, 24, 129)
    v, weights = (1 - np.exp(-steps[1:] / m)) / 2, -np.diff(np.exp(-steps))
    sums = [stats.chi2.sf(a * d / (1.5 + 2 * v * v), d) @ weights for a in bars]
    upper = majority * stats.chi2.cdf(bars * d / 2, d) + sums
    assert found == pytest.approx(min(upper) + np.exp(-24), rel=1e-9)
    assert float(null_miss(3, 100, 5)) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pair_weight(0.5, 4, 5), "is above n - 1"),
        (lambda: synthetic_mean(1.0, 5, 0), "k = 0 is outside"),
        (lambda: synthetic_variance(1.0, 101, 5), "n = 101 is outside"),
        (lambda: resampled_odds(100, 0), "undersampling = 0 is outside"),
        (lambda: majority_kept(5, 1001), "leaves no majority point"),
        (lambda: operating_shift(0.0, 1.0, 1.0), "delta = 0 is outside"),
        (lambda: operating_shift(1.0, 1.0, 1.2), "factor = 1.2 is outside"),
        (lambda: gaussian_shrinkage(0.5, 10, 5), "d = 0.5 is outside"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_too_many_neighbours_are_refused():
    message = "needs at least 6 minority points, got n = 4"
    with pytest.raises(ParameterError, match=message):
        Params(n=4, k=5)
    with pytest.raises(ValueError, match="k_neighbors = 5 needs at least 6 minority points, got 4"):
        synthetic(jnp.zeros((4, 2)), 5, jnp.arange(2), jnp.zeros(2), jnp.zeros(2))


def test_a_gap_is_a_share_of_the_way():
    x = jnp.asarray([[0.0, 0.0], [4.0, 8.0]])
    gaps = jnp.asarray([0.25, 0.25])
    made = synthetic(x, 1, jnp.asarray([0, 1]), jnp.zeros(2), gaps)
    assert np.asarray(made) == pytest.approx(np.array([[1.0, 2.0], [3.0, 6.0]]))
