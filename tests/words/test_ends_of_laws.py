"""Slopes of laws at the ends of their supports: the density there, from inside."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats as st

import theory
from theory._quadratic_forms import log_tails

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


@pytest.mark.parametrize("x", [1e2, 1e8, 1e15, 1e30, 1e100])
def test_quadratic_forms_have_their_logarithms_and_slopes_however_far_out(x):
    """3 X - X'/2 with two degrees each: P(> x) = (6/7) e^(-x/6), and so for w = 3 and -1/2."""

    def tail(x, w):
        return log_tails(x, jnp.stack([w, -0.5]), 2.0, 0.0)[1]

    value, slopes = jax.jit(jax.value_and_grad(tail, (0, 1)))(x, 3.0)
    assert float(value) == pytest.approx(np.log(6 / 7) - x / 6, rel=1e-13)
    assert np.asarray(slopes) == pytest.approx([-1 / 6, x / 18 + 1 / 3 - 1 / 3.5], rel=1e-10)
    assert float(theory.quadratic_form_cdf(-x, np.array([3.0, -0.5]), 2.0)) == pytest.approx(
        np.exp(-x) / 7, rel=1e-12
    )
