"""Mahalanobis detection against scipy and special cases."""

import jax
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from theory import ParameterError
from theory import mahalanobis_detection as md
from theory.mahalanobis_detection import Params, estimation


def mean(f, mu, *kinks):
    """E f(t), t ~ N(mu, 1)."""

    def density(t):
        return f(t) * stats.norm.pdf(t - mu)

    return integrate.quad(density, mu - 14, mu + 14, points=kinks or None, epsabs=1e-12)[0]


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


@pytest.mark.parametrize("length", [0.5, 1.0, 3.0])
def test_max_softmax_loses_as_the_average_over_outliers_says(length):
    def given(u):  # AUROC given an outlier at u, classes at -2 and 2
        return stats.norm.sf(abs(u) - 2) + stats.norm.cdf(-abs(u) - 2)

    chance = mean(given, 2 + length, 0.0)
    assert float(md.softmax_blind(Params(length=length))) == pytest.approx(chance, abs=1e-9)


@pytest.mark.parametrize(("delta", "e"), [(0.0, 0.7), (0.4, 1.0), (2.5, 3.0)])
def test_the_moments_after_a_step_are_integrals(delta, e):
    first, second = (mean(lambda t, k=k: (abs(t) - e) ** k, delta, 0.0) for k in (2, 4))
    moments = np.asarray(md.stepped_moments(delta, e))
    np.testing.assert_allclose(moments, [first, second - first**2], rtol=1e-9)


def test_the_laws_of_scores_have_the_means_that_traces_give():
    """The scores of the training points sum to N d; E of an inverse Wishart gives the others."""
    p = Params(d=10, count=20)
    degrees = p.total - p.total / p.count  # N - C
    per_point = p.total / (degrees - p.d - 1)  # E of the inverse of the estimated Sigma
    test = per_point * p.d * (1 + 1 / p.count)
    u, w = np.polynomial.legendre.leggauss(400)
    u, w = (u + 1) / 2, w / 2
    for law, mean_score in (
        (estimation.estimated_law_training, p.d),
        (estimation.estimated_law, test),
        (estimation.estimated_law_shifted, test + per_point * p.shift),
    ):
        x = 30 * u / (1 - u)
        beyond = 1 - np.asarray(jax.vmap(lambda x, law=law: law(p, x))(x))
        assert w @ (beyond * 30 / (1 - u) ** 2) == pytest.approx(mean_score, rel=1e-6)


def test_too_few_points_for_a_covariance_are_refused():
    with pytest.raises(ParameterError, match="covariance is singular: need at least d \\+ C = 13"):
        Params(count=4)
