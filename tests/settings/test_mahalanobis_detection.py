"""Mahalanobis detection against scipy, draws and special cases."""

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from theory import ParameterError
from theory import mahalanobis_detection as md
from theory.mahalanobis_detection import Params


@pytest.mark.parametrize(("d", "shift"), [(2, 4.0), (10, 9.0), (50, 25.0)])
def test_auroc_is_the_chance_that_an_outlier_scores_higher(d, shift):
    def density(t):
        return stats.ncx2.sf(t, d, shift) * stats.chi2.pdf(t, d)

    chance = integrate.quad(density, 0, 300, points=[d], epsabs=1e-12)[0]
    assert float(md.auroc_shift(Params(d=d, shift=shift))) == pytest.approx(chance, abs=1e-9)


def test_no_threshold_is_more_accurate_than_the_crossing():
    def errors(t):
        return stats.chi2.sf(t, 10) + stats.ncx2.cdf(t, 10, 9.0)

    best = optimize.minimize_scalar(errors, bounds=(1, 30), method="bounded").fun
    assert float(md.detection_accuracy(Params())) == pytest.approx(1 - best / 2, abs=1e-9)


def test_both_distances_are_one_where_all_directions_are_alike():
    p = Params(spread=1.0, length=2.5, angle=30.0)
    assert float(md.euclid_auroc(p)) == pytest.approx(float(md.mahalanobis_auroc(p)), abs=1e-12)


def test_euclid_ranks_draws_as_often_as_computed():
    rng, sd = np.random.default_rng(0), np.array([3.0, 1, 1, 1])
    inside, outside = rng.standard_normal((2, 200_000, 4)) * sd
    turn = np.radians(40)
    outside += 2.5 * np.array([np.cos(turn), np.sin(turn), 0, 0])
    share = np.mean((outside**2).sum(1) > (inside**2).sum(1))
    p = Params(d=4, spread=3.0, length=2.5, angle=40.0)
    assert abs(share - float(md.euclid_auroc(p))) < 5 / (4 * 200_000) ** 0.5


def test_with_many_points_estimation_costs_nothing():
    p = Params(d=8, count=2000)
    for tpr in (md.threshold_miscalibration, md.threshold_miscalibration_training):
        assert float(tpr(p)) == pytest.approx(0.95, abs=2e-3)
    assert float(md.right_threshold(p)) == pytest.approx(stats.chi2.ppf(0.95, 8), rel=6e-3)


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_max_softmax_loses_as_the_average_over_outliers_says(length):
    def given(z):  # AUROC given an outlier at Delta/2 + s + z
        a = abs(2 + length + z)
        return (stats.norm.sf(a - 2) + stats.norm.cdf(-a - 2)) * stats.norm.pdf(z)

    chance = integrate.quad(given, -15, 15, points=[-2 - length], epsabs=1e-12)[0]
    assert float(md.softmax_blind(Params(length=length))) == pytest.approx(chance, abs=1e-9)


def test_noisy_labels_hardly_change_detection():
    rng, noise, n = np.random.default_rng(0), 0.3, 400_000
    u, other = 2 + rng.standard_normal((2, n))
    g, further = (
        np.minimum((x - 1.4) ** 2, (x + 1.4) ** 2) / (1 + noise * (2 - noise) * 4)
        for x in (u, other)
    )
    gap = rng.noncentral_chisquare(9, 9.0, n) + further - rng.chisquare(9, n) - g
    share = float(md.label_noise_detection(Params(noise=noise)))
    assert abs(np.mean(gap > 0) - share) < 5 / (4 * n) ** 0.5


def test_the_variance_after_a_step_is_least_at_its_minimum():
    e = np.linspace(0, 3, 3001)
    variance = np.asarray(md.stepped_moments(0.0, e)[1])
    assert e[variance.argmin()] == pytest.approx(1.0979, abs=1e-3)
    assert variance.min() == pytest.approx(0.2481, abs=1e-4)


def test_too_few_points_for_a_covariance_are_refused():
    with pytest.raises(ParameterError, match="covariance is singular: need at least d \\+ C = 13"):
        Params(count=4)
