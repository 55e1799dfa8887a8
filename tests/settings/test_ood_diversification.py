"""Laws from real points in the plane, sums over counts, soft heads by optimisation, bad input."""

import jax
import numpy as np
import pytest
from scipy import optimize, stats

from theory import ArgumentError, ParameterError
from theory.ood_diversification import (
    Params, best_of_diverse, conflict_accuracy, dbat_cdf, dbat_confidence, dbat_mean, divdis_cdf,
    divdis_confidence, divdis_mean, divdis_population, even_odds, given_up_chance,
    information_ceiling, learner_accuracy, learner_spurious_chance, undecided_chance,
)  # fmt: skip
from theory.ood_diversification.sweet import best

MEANS, CDFS = (
    [jax.jit(f) for f in fs] for fs in ((divdis_mean, dbat_mean), (divdis_cdf, dbat_cdf))
)


def by_sum(n, r):
    """(DivDis's, D-BAT's) mean over the number of points with s != t."""
    m = np.arange(n + 1)
    weight = stats.binom.pmf(m, n, 1 - r)
    return weight @ (np.minimum(m, n // 2) / (m + 1)), weight @ (m / (m + 1))


@pytest.mark.parametrize("n", [2, 20, 400])
def test_means_are_sums_over_the_counts(n):
    for r in (0.0, 0.1, 0.5, 0.9, 0.9999):
        found = [float(mean(1.0 * n, r)) for mean in MEANS]
        assert found == pytest.approx(by_sum(n, r), rel=1e-9)
        xs = np.linspace(0, 1, 4001)  # E delta = int (1 - F)
        for cdf, mean in zip(CDFS, found, strict=True):
            assert np.trapezoid(1 - np.asarray(cdf(xs, 1.0 * n, r)), xs) == pytest.approx(
                mean, abs=1e-4
            )


def test_sweet_spots_are_those_of_a_search():
    for n in (2, 6, 8, 20, 100, 1600):
        found = optimize.minimize_scalar(
            lambda r, n=n: -by_sum(n, r)[0], bounds=(0.01, 0.99), method="bounded",
            options={"xatol": 1e-9},
        )  # fmt: skip
        assert float(best(1.0 * n)) == pytest.approx(found.x, abs=1e-6)


def mutual_information(a, b):
    """Of two sign vectors and their negatives."""
    apart = np.mean(a != b)
    return np.log(2) + sum(q * np.log(q) for q in (apart, 1 - apart) if q > 0)


def selected_in_the_plane(rng, n, r):
    """Points in the plane; theta over midpoints of critical angles; (DivDis's, D-BAT's) delta_2.

    Each interval of theta is represented by its end nearest to the spurious pi/2.
    """
    s = rng.choice([-1, 1], n)
    t = np.where(rng.random(n) < r, s, -s)
    x = np.abs(rng.standard_normal((n, 2))) * np.column_stack([s, t])
    angles = np.sort(np.arctan2(np.abs(x[:, 0]), np.abs(x[:, 1]))[s != t])[::-1]
    ends = np.concatenate([[np.pi / 2], angles])
    inside = (ends + np.append(angles, 0)) / 2
    calls = np.sign(np.cos(inside)[:, None] * x[:, 0] + np.sin(inside)[:, None] * x[:, 1])
    information = np.array([mutual_information(call, t) for call in calls])
    best = np.flatnonzero(information < information.min() + 1e-12)[0]
    return 1 - 2 / np.pi * ends[[best, np.argmax(np.mean(calls != t, axis=1))]]


def test_points_in_the_plane_follow_the_laws():
    rng = np.random.default_rng(0)
    drawn = np.array([selected_in_the_plane(rng, 20, 0.8) for _ in range(3000)])
    for x in (0.5, 0.8, 0.95):
        for j, cdf in enumerate(CDFS):
            chance = float(cdf(x, 20.0, 0.8))
            assert abs(np.mean(drawn[:, j] <= x) - chance) < 4.5 * (chance / 3000) ** 0.5


@pytest.mark.parametrize(("lam", "r"), [(1.0, 0.8), (5.0, 0.9), (10.0, 0.3), (0.5, 0.6)])
def test_soft_heads_are_the_optima_of_two_probabilities(lam, r):
    def loss(z):
        c, d = 1 / (1 + np.exp(-z))
        apart = r * (1 - c) + (1 - r) * d
        return -np.log(c) + lam * (np.log(2) - stats.entropy([apart, 1 - apart]))

    found = min(
        (optimize.minimize(loss, z, method="Nelder-Mead",
                           options={"xatol": 1e-7, "fatol": 1e-15, "maxiter": 4000})
         for z in ([0.5, 0.0], [2.0, 2.0])), key=lambda f: f.fun,
    )  # fmt: skip
    c, d = 1 / (1 + np.exp(-found.x))
    assert float(divdis_confidence(lam, r)) == pytest.approx(c, abs=1e-4)
    if r <= 0.5:
        assert float(divdis_population(r)) == pytest.approx(d, abs=1e-4)  # the same 1/(2 (1 - r))
    gives = optimize.minimize_scalar(
        lambda c: -np.log(c) - lam * r * np.log1p(-c), bounds=(0, 1), method="bounded"
    )
    assert float(dbat_confidence(lam, r)) == pytest.approx(gives.x, abs=1e-5)


def test_the_ceiling_at_small_and_large_weights():
    assert float(information_ceiling(0.001)) == 1.0
    assert float(information_ceiling(1000.0)) == pytest.approx(0.5 + 1 / 2000, abs=1e-5)


def test_chances_by_enumeration():
    assert float(given_up_chance(2.0, 20, 0.5)) == pytest.approx(stats.binom.sf(10, 20, 0.5))
    assert float(even_odds(3)) == pytest.approx(5.19089, abs=1e-5)
    assert float(even_odds(7)) == pytest.approx(88.3758, abs=1e-4)
    assert float(undecided_chance(20, 0.8, 0.3)) == pytest.approx(0.94**20)
    assert float(best_of_diverse(2, 63)) == pytest.approx(0.5 + 1 / np.sqrt(2 * np.pi * 63))


def test_learners_mirror_each_other():
    kappa = np.array([0.3, 0.8, 1.0])
    np.testing.assert_allclose(learner_accuracy(kappa) + learner_accuracy(1 / kappa), 1)
    assert float(learner_spurious_chance(1.0, 50)) == 0.5
    assert float(jax.grad(conflict_accuracy)(0.7)) == pytest.approx(-2 / np.pi)
    assert float(divdis_population(0.2, 0.8)) == pytest.approx(1 - divdis_population(0.2, 0.2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: divdis_mean(21, 0.5), "n = 21 is odd"),
        (lambda: dbat_mean(20, 1.0), "leaves no point with s != t"),
        (lambda: divdis_population(0.5, 0.5), "two|equally good"),
        (lambda: conflict_accuracy(2.0), "theta = 2 is outside"),
        (lambda: dbat_confidence(-1.0, 0.5), "alpha = -1 is outside"),
        (lambda: divdis_confidence(0.0, 0.5), "lam = 0 is outside"),
        (lambda: learner_accuracy(0.0), "kappa = 0 is outside"),
        (lambda: best_of_diverse(3, 63), "heads = 3 is odd"),
        (lambda: best_of_diverse(1, 63), "heads = 1 is outside"),
    ],
)
def test_bad_numbers_are_refused_by_name(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_bad_params_are_refused():
    with pytest.raises(ParameterError, match="n = 7 is odd"):
        Params(n=7)
    with pytest.raises(ParameterError, match="leaves no point with s != t"):
        Params(r=1.0)
