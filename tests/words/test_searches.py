"""Roots that settings search for: their derivatives are those of finite differences."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from theory.sign_rip import critical_level, critical_rho

SEARCHES = {
    "level": (critical_level, ((0.01,), (0.3,), (0.9,))),
    "rho": (critical_rho, ((0.1, 3.0), (0.5, 50.0), (0.01, 20.0))),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_the_derivative_of_a_searched_root_is_that_of_differences(name):
    f, points = SEARCHES[name]
    values = jax.jit(jax.vmap(f))
    arguments = [jnp.array(column) for column in zip(*points, strict=True)]
    slopes = jax.jit(jax.vmap(jax.grad(f, tuple(range(len(arguments))))))(*arguments)
    assert np.isfinite(values(*arguments)).all()
    for i, slope in enumerate(slopes):
        step = 1e-5 * arguments[i]
        ahead, behind = (
            values(*(a + s * step if j == i else a for j, a in enumerate(arguments)))
            for s in (1, -1)
        )
        np.testing.assert_allclose(slope, (ahead - behind) / (2 * step), rtol=1e-5)
