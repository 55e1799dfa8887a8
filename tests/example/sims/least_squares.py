"""Draw a design and noise, fit, and report the mean squared training residual."""

import jax.numpy as jnp

from sims import normals, simulation


@simulation(width=64, small_lapack=True)
def trial(key, p):
    """One data set, one fit."""
    x, z = normals(key, x=(p.n, p.d), z=(p.n,))
    noise = p.noise * z
    # with w = 0 without loss: residuals do not depend on w
    fitted = x @ jnp.linalg.solve(x.T @ x, x.T @ noise)
    return {"training_error": jnp.mean((noise - fitted) ** 2)}
