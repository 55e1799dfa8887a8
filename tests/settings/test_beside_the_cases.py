"""Claims' formulas and trials at Params beside their cases: at a field's end, in other units.

A case has a field at 1, or away from an end, where a fault in it does not show.
"""

import numpy as np
import pytest
from scipy import stats

from sims import simulate
from tests.settings import SETTINGS
from theory import catastrophic_overfitting, claims_of, mahalanobis_detection, novel_class_discovery
from theory.adversarial_scaling import curvature, gaps
from theory.boundary_tilting import limits, samples
from theory.catastrophic_overfitting import landscape
from theory.novel_class_discovery import known


def only(setting):
    """The test runs where its setting was chosen."""
    return pytest.mark.skipif(setting not in SETTINGS, reason="another setting was chosen")


@only("boundary_tilting")
def test_ridge_lda_has_its_limit_without_ridge():
    p = samples.SPHERE.but(p=100, n=51, ridge=0.0)
    gamma = p.p / p.nu
    found = limits.tilt_limit_of(0.0, gamma, p.distance, (1.0, 1.0))
    assert float(found) == pytest.approx((1 - min(gamma, 1 / gamma)) ** 0.5, rel=1e-12)
    assert np.isfinite(float(limits.ridge_tilt_limit_any_sigma(p)))


@only("catastrophic_overfitting")
def test_below_a_third_descent_ends_at_the_attacked_corner():
    p = catastrophic_overfitting.Params(b=2.0, c=0.3, margin=1.0, spread=4.0)
    right = stats.norm.cdf((1.0 - 4 * (2.0 - 0.3)) / 4.0)
    assert float(landscape.pgd_overrates(p)) == pytest.approx(right, rel=1e-12)


@only("catastrophic_overfitting")
def test_changes_of_a_step_are_in_units_of_the_slope():
    p = catastrophic_overfitting.Params(b=3.0, c=0.9, k=0.5, n=400)
    seen = simulate("catastrophic_overfitting", p, trials=512)["change"] / p.b
    [claim] = [c for c in claims_of("catastrophic_overfitting") if c.name == "mean_change_seen"]
    off = abs(seen.mean() - float(claim.prediction(p)))
    assert off < 6 * seen.std() / 512**0.5
    np.testing.assert_allclose(claim.observable({"change": 3.0 * seen}, p), seen, rtol=1e-12)


@pytest.mark.parametrize(("s", "share"), [(0.01, 0.007468549081474143), (1e4, 0.9999999884854612)])
@only("adversarial_scaling")
def test_the_share_of_ties_keeps_its_digits(s, share):  # by mpmath's quadrature
    assert float(gaps.share_of_ties(s)) == pytest.approx(share, rel=1e-13)


@only("adversarial_scaling")
def test_bent_steps_have_their_law_at_any_spread_of_rates():
    for bend in (-10.0, 0.5, 10.0):
        p = curvature.BENT.but(spread=2.0, bend=bend)
        law = np.asarray(curvature.curved_gap_error(p, np.array([0.0, 0.1, 1.0, 10.0])))
        assert (np.diff(law) > 0).all()


@only("novel_class_discovery")
def test_a_fold_without_signal_sees_chance():
    p = novel_class_discovery.Params(signal=0.1)
    assert float(known.hidden_class_validation(p)) == 0.5


@only("mahalanobis_detection")
def test_max_softmax_far_out_is_still_below_a_half():
    p = mahalanobis_detection.Params(separation=13.0, length=8.0)
    seen = simulate("mahalanobis_detection", p, mode="two_classes", trials=256)["softmax_blind"]
    assert seen.mean() < 1e-3
