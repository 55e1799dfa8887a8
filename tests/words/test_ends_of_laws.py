"""Slopes of laws at the ends of their supports: the density there, from inside."""

import jax
import numpy as np
import pytest
import scipy.stats as st

import theory

UNLIKELY = 1 + 2.0 / 5  # E[Y/d2] of the doubly noncentral F below, d2 = 5, shift 2


@pytest.mark.parametrize(
    ("law", "end", "density"),
    [
        (lambda x: theory.gamma_cdf(x, 1.0), 0.0, 1.0),
        (lambda x: theory.gamma_cdf(x, 2.5), 0.0, 0.0),
        (lambda x: theory.gamma_cdf(x, 0.5), 0.0, np.inf),
        (lambda x: theory.chi2_cdf(x, 2.0), 0.0, st.chi2.pdf(0, 2)),
        (lambda x: theory.chi2_cdf(x, 2.0, 3.0), 0.0, np.exp(-1.5) / 2),
        (lambda x: theory.beta_cdf(x, 1.0, 3.0), 0.0, 3.0),
        (lambda x: theory.beta_cdf(x, 3.0, 1.0), 1.0, 3.0),
        (lambda x: theory.beta_cdf(x, 1.0, 1.0), 1.0, 1.0),
        (lambda x: theory.f_cdf(x, 2.0, 5.0), 0.0, 1.0),
        (lambda x: theory.f_cdf(x, 2.0, 5.0, 1.0, 2.0), 0.0, np.exp(-0.5) * UNLIKELY),
        (lambda x: theory.order_statistic_cdf(x, 1, 5), 0.0, 5.0),
        (lambda x: theory.order_statistic_cdf(x, 5, 5), 1.0, 5.0),
        (lambda p: -theory.binomial_cdf(0, 5, p), 0.0, 5.0),
        (lambda p: -theory.binomial_cdf(4, 5, p), 1.0, 5.0),
    ],
)
def test_a_law_has_its_density_as_slope_at_the_end(law, end, density):
    assert float(jax.grad(law)(end)) == pytest.approx(density, rel=1e-13)


@pytest.mark.parametrize(
    ("law", "tail", "numbers"),
    [
        (theory.gamma_cdf, theory.gamma_tail, (1.0,)),
        (theory.chi2_cdf, theory.chi2_tail, (2.0, 3.0)),
        (theory.beta_cdf, theory.beta_tail, (1.0, 1.0)),
        (theory.f_cdf, theory.f_tail, (2.0, 5.0, 1.0, 2.0)),
    ],
)
def test_law_and_tail_fall_and_rise_alike_at_zero(law, tail, numbers):
    assert float(law(0.0, *numbers)) == 0
    assert float(tail(0.0, *numbers)) == 1
    slopes = [float(jax.grad(f)(0.0, *numbers)) for f in (law, tail)]
    assert slopes[0] == -slopes[1] > 0
    by_number = jax.grad(law, 1)(0.0, *numbers)
    assert float(by_number) == 0
