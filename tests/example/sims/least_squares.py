"""Draw a design and noise, fit, and report the mean squared training residual."""

import jax
import jax.numpy as jnp


def trial(key, params):
    """One data set, one fit."""
    design_key, noise_key = jax.random.split(key)
    x = jax.random.normal(design_key, (params.n, params.d))
    noise = params.noise * jax.random.normal(noise_key, (params.n,))
    # with w = 0 without loss: residuals do not depend on w
    fitted = x @ jnp.linalg.solve(x.T @ x, x.T @ noise)
    return {"training_error": jnp.mean((noise - fitted) ** 2)}
