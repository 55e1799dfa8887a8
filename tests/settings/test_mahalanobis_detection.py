"""Mahalanobis detection against scipy and special cases."""

import jax
import pytest
from scipy import integrate, optimize, stats

from theory import ParameterError
from theory import mahalanobis_detection as md
from theory.mahalanobis_detection import Params, estimation


def test_no_threshold_is_more_accurate_than_the_crossing():
    def errors(t):
        return stats.chi2.sf(t, 10) + stats.ncx2.cdf(t, 10, 9.0)

    best = optimize.minimize_scalar(errors, bounds=(1, 30), method="bounded").fun
    assert float(md.detection_accuracy(Params())) == pytest.approx(1 - best / 2, abs=1e-9)


@pytest.mark.parametrize(("delta", "e"), [(0.0, 0.7), (0.4, 1.0), (2.5, 3.0)])
def test_the_moments_after_a_step_are_integrals(delta, e):
    def moment(k):
        f = lambda t: (abs(t) - e) ** k * stats.norm.pdf(t - delta)  # noqa: E731
        return integrate.quad(f, delta - 14, delta + 14, points=[0.0], epsabs=1e-12)[0]

    mean, variance = moment(2), moment(4) - moment(2) ** 2
    assert md.stepped_moments(delta, e) == pytest.approx((mean, variance), rel=1e-9)


def test_the_laws_of_scores_have_the_means_that_traces_give():
    """The scores of the training points sum to N d; E of an inverse Wishart gives the others."""
    p = Params(d=10, count=20)
    per_point = p.total / (p.total - p.classes - p.d - 1)  # E of the inverse of estimated Sigma
    test = per_point * p.d * (1 + 1 / p.count)
    for law, mean in (
        (estimation.estimated_law_training, p.d),
        (estimation.estimated_law, test),
        (estimation.estimated_law_shifted, test + per_point * p.shift),
    ):
        beyond = jax.jit(lambda x, law=law: 1 - law(p, x))
        assert integrate.quad(beyond, 0, 400, limit=200)[0] == pytest.approx(mean, rel=1e-6)


def test_too_few_points_for_a_covariance_are_refused():
    with pytest.raises(ParameterError, match="covariance is singular: need at least d \\+ C = 13"):
        Params(count=4)
