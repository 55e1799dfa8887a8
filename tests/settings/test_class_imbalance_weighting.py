"""Copies against likelihood: scikit-learn's fits, and integrals of densities by scipy."""

import numpy as np
import pytest
from scipy import integrate, stats
from sklearn.linear_model import LogisticRegression

from sims.class_imbalance import fitted
from theory import ArgumentError
from theory.class_imbalance import oversampling_efficiency, slope_variances


def overlap(gap, rho):
    """int f_1 f_0/(pi_1 f_1 + pi_0 f_0)."""

    def each(x):
        first, other = stats.norm.pdf(x, gap / 2), stats.norm.pdf(x, -gap / 2)
        return first * other * (1 + rho) / (first + rho * other)

    return integrate.quad(each, -13, 13, limit=400, epsabs=1e-13)[0]


@pytest.mark.parametrize(("gap", "rho"), [(0.5, 3.0), (2.0, 30.0), (3.0, 1e4)])
def test_variances_by_integrals_of_densities(gap, rho):
    common, even, own = rho / (1 + rho), overlap(gap, 1.0), overlap(gap, rho)
    found = [float(v) for v in slope_variances(gap, rho)]
    assert found == pytest.approx([1 / (common * own), 1 / (common * even), 2 / even], rel=1e-8)
    assert float(oversampling_efficiency(gap, rho)) == pytest.approx(even / own, rel=1e-8)


def test_efficiency_at_the_ends():
    assert float(oversampling_efficiency(0.0, 1e12)) == pytest.approx(1, rel=1e-14)
    assert float(oversampling_efficiency(3.0, 1.0)) == pytest.approx(1, rel=1e-14)
    # 4 E s(v) s(-v), v ~ N(Delta^2/2, Delta^2): .795946, .449599
    for gap, limit in ((1.0, 0.795946), (2.0, 0.449599)):
        assert float(oversampling_efficiency(gap, 1e12)) == pytest.approx(limit, abs=2e-6)


def test_the_fit_is_that_of_a_peer():
    rng = np.random.default_rng(0)
    y = np.repeat([1.0, 0.0], [40, 400])
    x = rng.normal(size=(440, 2)) + np.outer(y, [1.5, 0.0])
    weights = np.where(y > 0, 10.0, 1.0)
    peer = LogisticRegression(C=1e12, tol=1e-12, max_iter=10_000).fit(x, y, sample_weight=weights)
    ours = np.asarray(fitted(np.column_stack([np.ones(440), x]), y, weights))
    assert ours == pytest.approx(np.concatenate([peer.intercept_, peer.coef_[0]]), rel=1e-4)


def test_bad_numbers_are_refused():
    with pytest.raises(ArgumentError, match="gap = 11 is outside"):
        slope_variances(11.0, 3.0)
    with pytest.raises(ArgumentError, match=r"rho = 0.5 is outside"):
        oversampling_efficiency(1.0, 0.5)
