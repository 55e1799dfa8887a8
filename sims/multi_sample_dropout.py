"""Gradients of small batches under M masks, and SGD on a stream with one, M and all masks."""

import jax
import jax.numpy as jnp

from sims import normals, simulation, uniforms
from theory import normal_quantile


@simulation(width=2048)
def gradient_trial(key, p):
    """One batch of the fixed rows, with and without replacement, at the fixed weights."""
    rows, order, kept = uniforms(
        key, rows=(p.batch,), order=(p.n,), kept=(p.batch, p.masks, p.d)
    )  # fmt: skip
    b = (kept < p.keep) / p.keep

    def seen(index):
        """(gradient, predictions, labels) of the rows at these places."""
        h, y = p.rows[index][:, None], p.labels[index][:, None]
        out = jnp.sum(b * h * p.weights, -1)
        return -jnp.mean((y - out)[..., None] * b * h, (0, 1)), out, y

    gradient, out, y = seen(jnp.floor(p.n * rows).astype(int))
    without, _, _ = seen(jnp.argsort(order)[: p.batch])
    middle = jnp.mean(out, 1, keepdims=True)
    return {
        "gradient": gradient,
        "without": without,
        "loss": jnp.mean((y - out) ** 2) / 2,
        "ensemble": jnp.mean((y - middle) ** 2) / 2,
        "logistic": jnp.mean(jnp.logaddexp(0.0, -jnp.sign(y) * out)),
        "logistic_ensemble": jnp.mean(jnp.logaddexp(0.0, -jnp.sign(y) * middle)),
    }


@simulation(width=2048)
def trial(key, p):
    """SGD from 0 on fresh examples: with their first mask, with M, and with the mean over all."""
    z, noise, kept = normals(
        key,
        z=(p.steps, p.batch, p.d),
        noise=(p.steps, p.batch),
        kept=(p.steps, p.batch, p.masks, p.d),
    )
    far = normal_quantile(1 - 1 / (2 * p.kurtosis))
    sparse = jnp.sqrt(p.kurtosis) * jnp.sign(z) * (jnp.abs(z) > far)
    x = jnp.sqrt(p.lam) * jnp.where(p.kurtosis == 3, z, sparse)
    y = x @ p.teacher + jnp.sqrt(p.s2) * noise
    b = (kept < normal_quantile(p.keep)) / p.keep

    def step(w, now):
        x, y, b = now
        masked = b * x[:, None]  # (B, M, d)
        single = (y - masked[:, 0] @ w[0])[:, None] * masked[:, 0]
        many = jnp.mean((y[:, None] - masked @ w[1])[..., None] * masked, 1)
        every = (y - x @ w[2])[:, None] * x - p.c * x**2 * w[2]
        w = w + p.eta * jnp.mean(jnp.stack([single, many, every]), 1)
        return w, w

    _, path = jax.lax.scan(step, jnp.zeros((3, p.d)), (x, y, b))
    return {
        "along": path[-1] @ p.teacher,
        "distance": jnp.sum((path - p.teacher) ** 2, -1),
        "risk": jnp.sum(p.lam * (path[-1] - p.teacher) ** 2, -1),
    }
