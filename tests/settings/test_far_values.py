"""Closed forms far from where figures look: their digits by the same formula at 50, their limits.

Each stands for a way of losing them: a difference of near numbers, a bracket that a rounding puts
beyond a pole, an estimate of a quadrature's error that is itself only rounding.
"""

import jax
import mpmath
import numpy as np
import pytest

import theory
from tests.settings import SETTINGS

FAR = [
    ("post_training_quantization", "ridge_risk", (1e6, 1e-9, 1e-9)),
    ("representation_calibration", "purity", (1e-12, 1 - 2.0**-53)),
    ("smote", "uniform_cdf", (2.4e-8,)),
    ("temperature_scaling", "noisy_kl", (10, 7.2e-9)),
]
LIMITS = [  # next to 1, 0 and 2: all but what is named in the formula has gone
    ("self_distillation", "design_risk", (100.0, 91.0, 1.0, 1.0, 57.0), 1.0),
    ("spurious_features", "limit_correction", (10.0, 1.0, 10, 0.1), 0.0),
    ("multi_sample_dropout", "spectral_largest_step", ([1.0, 0.5], 1.0, 1e9, 1.0), 2.0),
    ("generative_discriminative", "lda_error", (2.3e-308, 0.0), 0.5),
    ("generative_discriminative", "nb_multiclass", (1027.0, 4e5, [20.0, 30.0, 40.0]), 2 / 3),
    ("class_imbalance", "best_partial_ratio", (10.0, 1e-3, 1.001), 1.0004999),
]


def chosen(cases):
    return [pytest.param(*c, id=f"{c[0]}-{c[1]}") for c in cases if c[0] in SETTINGS]


@pytest.mark.parametrize(("setting", "word", "point"), chosen(FAR))
def test_digits_are_those_of_the_formula_at_fifty(setting, word, point):
    form = getattr(theory.load("theory", setting), word)
    with mpmath.workdps(50):
        exact = float(form(*(mpmath.mpf(x) if isinstance(x, float) else x for x in point)))
    assert float(form(*point)) == pytest.approx(exact, rel=1e-9, abs=0)


@pytest.mark.parametrize(("setting", "word", "point", "limit"), chosen(LIMITS))
def test_limits_are_reached(setting, word, point, limit):
    form = getattr(theory.load("theory", setting), word)
    assert float(form(*point)) == pytest.approx(limit, abs=1e-6)


@pytest.mark.parametrize("a", [0.0, 5858.0, -3.0])
def test_moments_of_a_stepped_distance_by_many_digits(a):
    """From E|t|^k, k = 1 .. 4, where fourth powers cancel."""
    moments = theory.load("theory", "mahalanobis_detection").stepped_moments
    e = 6130.0 if a > 9 else 0.7
    with mpmath.workdps(50):
        d, step = mpmath.mpf(a), mpmath.mpf(e)
        density = mpmath.npdf(d)
        m1 = d * (1 - 2 * mpmath.ncdf(-d)) + 2 * density
        m2, m3 = 1 + d**2, (d**2 + 3) * m1 - 2 * density
        mean = m2 - 2 * step * m1 + step**2
        m4 = d**4 + 6 * d**2 + 3
        square = m4 - 4 * step * m3 + 6 * step**2 * m2 - 4 * step**3 * m1 + step**4
        exact = [float(mean), float(square - mean**2)]
    assert np.array(moments(a, e), float) == pytest.approx(exact, rel=1e-12)


def test_slopes_of_an_f_law_at_zero():
    """Infinite in x below two degrees of freedom, and 0 in the degrees, also left of 0."""
    slopes = jax.jit(jax.vmap(jax.grad(theory.f_cdf, argnums=(0, 1, 2))))
    x = np.array([-1.0, 0.0, 0.0, 0.0])
    first, others, more = slopes(x, np.array([1.0, 1.0, 2.0, 3.0]), np.full(4, 1e9))
    assert np.asarray(first) == pytest.approx([0, np.inf, 1, 0])
    assert not np.any(others)
    assert not np.any(more)
