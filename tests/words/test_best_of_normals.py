"""The best of many normals where rivals stand far ahead: small chances by other routes."""

import jax
import jax.numpy as jnp
import numpy as np
import scipy.stats as st

import theory


def test_rivals_far_ahead_one_two_alike_and_out_of_reach():
    shifts = jnp.array([[-30.0, 0], [-20, 0], [-jnp.inf, 0]])
    found = jax.jit(theory.best_of_normals)(shifts, jnp.array([[1.0, 0], [2, 0], [1, 0]]))
    pair = theory.bivariate_normal_cdf(-20 / 2**0.5, -20 / 2**0.5, 0.5)
    np.testing.assert_allclose(
        np.asarray(found), [float(st.norm.cdf(-30 / 2**0.5)), float(pair), 0.0], rtol=1e-11
    )


def test_the_slope_of_a_small_chance():
    slope = jax.grad(lambda x: theory.best_of_normals(jnp.array([x])))(-20.0)
    assert np.isclose(float(slope), st.norm.pdf(20 / 2**0.5) / 2**0.5, rtol=1e-11)
