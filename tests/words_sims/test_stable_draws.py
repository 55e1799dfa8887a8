"""Stable variables have their declared laws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import theory
from sims import positive_stable, symmetric_stable, uniforms


def test_the_sampler_has_the_stable_law():
    (u,) = uniforms(jax.random.key(1), u=(2, 4000))
    law = jax.jit(theory.stable_cdf)
    for alpha in (0.7, 1.0, 1.6, 2.0):
        draws = np.asarray(symmetric_stable(u, alpha))
        found = stats.kstest(draws, lambda x, a=alpha: np.asarray(law(x, a))).statistic
        assert found < 2.7 / np.sqrt(4000)  # passed by chance alone 1 - 1e-6 of the time


def test_the_positive_sampler_has_the_declared_laplace_transform():
    (u,) = uniforms(jax.random.key(2), u=(2, 200_000))
    for a in (0.4, 0.75):
        draws = np.asarray(positive_stable(u, a))
        for s in (0.3, 1.0, 3.0):
            values = np.exp(-s * draws)
            assert values.mean() == pytest.approx(np.exp(-(s**a)), abs=5 * values.std() / 447)
    np.testing.assert_allclose(positive_stable(u[:, :9], 1.0), 1.0, rtol=1e-9)


def test_draws_stay_finite_at_the_ends_of_the_uniforms():
    ends = jnp.array([0.0, 0.5, 1 - 2.0**-53])
    u = jnp.stack(jnp.meshgrid(ends, ends))
    for alpha in (0.3, 1.0, 2.0):
        assert not jnp.isnan(symmetric_stable(u, alpha)).any()
        assert not jnp.isnan(positive_stable(u, alpha / 2)).any()
