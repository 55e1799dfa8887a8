"""Slopes of laws at the ends of their supports: the density there, from inside."""

import jax
import numpy as np
import pytest
import scipy.stats as st

import theory

UNLIKELY = 1 + 2.0 / 5  # E[Y/d2] of the doubly noncentral F below, d2 = 5, shift 2
ENDS = {  # law, end of its support, density there
    "gamma 1": (lambda x: theory.gamma_cdf(x, 1.0), 0.0, 1.0),
    "gamma 2.5": (lambda x: theory.gamma_cdf(x, 2.5), 0.0, 0.0),
    "gamma .5": (lambda x: theory.gamma_cdf(x, 0.5), 0.0, np.inf),
    "gamma tail": (lambda x: -theory.gamma_tail(x, 1.0), 0.0, 1.0),
    "chi-square": (lambda x: theory.chi2_cdf(x, 2.0), 0.0, st.chi2.pdf(0, 2)),
    "noncentral": (lambda x: theory.chi2_cdf(x, 2.0, 3.0), 0.0, np.exp(-1.5) / 2),
    "its tail": (lambda x: -theory.chi2_tail(x, 2.0, 3.0), 0.0, np.exp(-1.5) / 2),
    "beta at 0": (lambda x: theory.beta_cdf(x, 1.0, 3.0), 0.0, 3.0),
    "beta at 1": (lambda x: theory.beta_cdf(x, 3.0, 1.0), 1.0, 3.0),
    "beta tail": (lambda x: -theory.beta_tail(x, 3.0, 1.0), 1.0, 3.0),
    "F": (lambda x: theory.f_cdf(x, 2.0, 5.0), 0.0, 1.0),
    "both shifted": (
        lambda x: theory.f_cdf(x, 2.0, 5.0, 1.0, 2.0), 0.0, np.exp(-0.5) * UNLIKELY
    ),
    "smallest": (lambda x: theory.order_statistic_cdf(x, 1, 5), 0.0, 5.0),
    "largest": (lambda x: theory.order_statistic_cdf(x, 5, 5), 1.0, 5.0),
    "none of 5": (lambda p: -theory.binomial_cdf(0, 5, p), 0.0, 5.0),
    "all but one": (lambda p: -theory.binomial_cdf(4, 5, p), 1.0, 5.0),
}  # fmt: skip


def test_a_law_has_its_density_as_slope_at_the_end():
    @jax.jit
    def slopes(at):
        return {name: jax.grad(ENDS[name][0])(x) for name, x in at.items()}

    found = slopes({name: end for name, (_, end, _) in ENDS.items()})
    for name, (_, _, density) in ENDS.items():
        assert float(found[name]) == pytest.approx(density, rel=1e-13), name


def test_laws_of_many_degrees_start_at_zero():
    """Where the first term's size leaves the floats."""
    for law in (
        lambda x: theory.beta_cdf(x, 5e5, 5e5),
        lambda x: theory.beta_cdf(x, 1e6, 1e-2),
        lambda x: theory.gamma_cdf(x, 1e6),
        lambda x: theory.chi2_cdf(x, 1e6, 1e6),
        lambda x: theory.f_cdf(x, 1e6, 1e6, 1.0, 1e6),
    ):
        value, slope = jax.jit(jax.value_and_grad(law))(0.0)
        assert (float(value), float(slope)) == (0, 0)
    value, slope = jax.value_and_grad(theory.beta_cdf)(1.0, 5e5, 5e5)
    assert (float(value), float(slope)) == (1, 0)
