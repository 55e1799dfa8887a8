"""Radii by linear programming and by attack, accuracies by quadrature, and what is refused."""

import jax
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from theory import ArgumentError, ParameterError
from theory.adaptive_smoothing import (
    Params, adaptive_radius, band, clean_accuracy, halfspace_radius, lipschitz_radius,
    logistic_radius, robust_accuracy, smoothed_band, smoothing_radius, tight_radius,
)  # fmt: skip

HERE = (1.0, 1.0, 0.3, 0.12)  # m_h, s_h, m_g, s_g


def flip_accuracy(m_h, s_h, m_g, s_g, t, eps):
    """P(the least flip is at least eps) by adaptive quadrature over z_h."""

    def given(z):
        if z + t <= eps:
            return 0.0
        room = eps**2 - max(z - t, 0.0) ** 2
        held = 1.0 if z - t >= eps else stats.norm.cdf((m_g - np.sqrt(room)) / s_g)
        return held * stats.norm.pdf(z, m_h, s_h)

    ends = sorted({eps - t, t, t + eps, m_h})
    pieces = zip([ends[0], *ends[1:]], [*ends[1:], m_h + 12 * s_h], strict=True)
    return sum(integrate.quad(given, a, b, epsabs=1e-12, limit=400)[0] for a, b in pieces)


@pytest.mark.parametrize("t", [0.05, 0.3, 1.2])
def test_robust_accuracy_is_the_chance_of_no_flip(t):
    for eps in (0.05, 0.2, 0.6, 2.0):
        for numbers in (HERE, (0.5, 1.0, 1.5, 1.0), (2.0, 0.3, 0.1, 0.02)):
            found = float(robust_accuracy(*numbers, t, eps))
            assert found == pytest.approx(flip_accuracy(*numbers, t, eps), abs=1e-9)


def test_robust_accuracy_at_its_ends():
    assert float(robust_accuracy(*HERE, 0.4, 0.0)) == pytest.approx(
        float(clean_accuracy(*HERE, 0.4)), abs=1e-12
    )
    assert float(robust_accuracy(*HERE, 0.0, 0.3)) == pytest.approx(stats.norm.cdf(0.7), abs=1e-12)
    slope = float(jax.grad(robust_accuracy, 4)(*HERE, 0.0, 0.2))
    gain = stats.norm.pdf(0.2, 1, 1) * (2 * stats.norm.cdf(2.5) - 1)
    assert slope == pytest.approx(gain, rel=1e-9)


@pytest.mark.parametrize(("alpha", "top", "runner"), [(0.8, 0.9, 0.05), (0.6, 0.95, 0.02)])
def test_no_smoothed_function_falls_faster_than_the_tight_radius_says(alpha, top, runner):
    """The least margin at the radius, over all hbar on a grid, by linear programming."""
    radius = float(tight_radius(alpha, top, runner, 1.0))
    edges = np.concatenate([[-np.inf], np.linspace(-6, 6, 1201), [np.inf]])
    here, moved = (np.diff(stats.norm.cdf(edges - shift)) for shift in (0.0, radius))
    zero = np.zeros_like(here)
    found = optimize.linprog(
        np.concatenate([moved, -moved]),
        A_ub=np.hstack([np.eye(len(here)), np.eye(len(here))]),
        b_ub=np.ones(len(here)),
        A_eq=np.array([np.append(here, zero), np.append(zero, here)]),
        b_eq=[top, runner],
        method="highs",
    )
    assert alpha * found.fun == pytest.approx(1 - alpha, abs=2e-4)
    assert float(smoothing_radius(alpha, top, runner, 1.0)) < radius


def test_radii_of_many_points_at_once_and_their_known_values():
    top = np.array([0.3, 0.9, 0.999])
    assert np.asarray(tight_radius(0.8, top, top * 0.01, 2.0)).shape == (3,)
    assert float(halfspace_radius(0.8, 2.0, 1.0)) == pytest.approx(1.68136, abs=5e-6)
    assert float(logistic_radius(3.0, 2.0, 0.8)) == pytest.approx(1.24459, abs=5e-6)
    assert float(logistic_radius(1.0, 1.0, 0.7)) == pytest.approx(0.08371, abs=5e-6)
    assert float(lipschitz_radius(0.8, 0.9526, 0.0474, 1.0)) == pytest.approx(0.6552, abs=1e-4)
    assert float(adaptive_radius(3.0, 2.0, 0.8, 0.0)) == pytest.approx(1.24459, abs=5e-6)
    gap = lambda r: np.tanh(1.5 - r) - 0.25 * np.exp(0.5 * r)  # noqa: E731
    root = optimize.brentq(gap, 0, 1.5, xtol=1e-13)
    assert float(adaptive_radius(3.0, 2.0, 0.8, 0.5)) == pytest.approx(root, rel=1e-11)


def test_half_a_weight_and_less_certify_nothing():
    for alpha in (0.0, 0.3, 0.5):
        for radius in (lipschitz_radius, smoothing_radius, tight_radius):
            assert float(radius(alpha, 0.99, 0.005, 1.0)) == 0.0
        assert float(halfspace_radius(alpha, 3.0, 1.0)) == 0.0


def test_bands_agree_where_both_classifiers_have_the_same_confidence():
    t = float(band(0.8, 2.0))
    confidence = 1 / (1 + np.exp(-2 * t))
    assert float(smoothed_band(0.8, 1.0)) == pytest.approx(stats.norm.ppf(confidence), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: smoothing_radius(1.2, 0.9, 0.05, 1.0), r"alpha = 1.2 is outside \[0, 1\]: odds R"),
        (lambda: tight_radius(0.8, 0.4, 0.5, 1.0), "is above top"),
        (lambda: smoothing_radius(0.8, 0.9, 0.05, 0.0), "sigma = 0 is outside"),
        (lambda: lipschitz_radius(0.8, 0.9, 0.05, -1.0), "slopes = -1 is outside"),
        (lambda: robust_accuracy(*HERE, 0.1, -0.5), "eps = -0.5 is outside"),
        (lambda: band(0.5, 1.0), "alpha = 0.5 is outside"),
    ],
)
def test_bad_numbers_are_refused_with_what_is_allowed(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_bad_params_are_refused():
    with pytest.raises(ParameterError, match="odds R are the weight"):
        Params(alpha=4.0)
    with pytest.raises(ParameterError, match="larger than h_y"):
        Params(top=0.3, share=0.9)


@pytest.mark.parametrize(
    ("radius", "at", "value", "slopes"),  # by mpmath: bisection and central differences
    [
        (adaptive_radius, (999.9999792296833, 1e-100, 0.5083614108176886, 971.598413446888),
         3.44265295756412e-5, (0, 0, 4.1180789e-3, -3.54328796e-8)),
        (adaptive_radius, (5.0, 1e-100, 0.9, 1e-100),
         2.08834576749092e100, (9.83632144e98, -2.05416402e199, 1.00181865e101, -1.88292937e200)),
        (adaptive_radius, (5.0, 1e-3, 0.9, 0.0),
         4776.85644868579, (1e3, -4776856.44868579, 2500, -1074792.70095)),
        (smoothing_radius, (0.1, 1 - 2**-53, 1 - 2**-53, 7e44), 0, (0, 0, 0, 0)),
        (smoothing_radius, (0.9, 0.99, 0.01, 2.0),
         2.46372741746997, (10.5992101, 4.81782276, -4.81782276, 1.23186371)),
        (smoothing_radius, (0.99, 1 - 2**-53, 2.3e-308, 1.0),
         2.32634787404084, (37.5204362, 18.5726159, -18.5726159, 2.32634787)),
    ],
)  # fmt: skip
def test_radii_hold_to_the_ends_of_their_ranges(radius, at, value, slopes):
    found, by = jax.value_and_grad(radius, (0, 1, 2, 3))(*at)
    assert float(found) == pytest.approx(value, rel=1e-11)
    assert [float(x) for x in by] == pytest.approx(slopes, rel=1e-6)
