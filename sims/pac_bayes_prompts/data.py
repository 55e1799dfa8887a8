"""Samples of both fixtures, with label noise."""

import jax
import jax.numpy as jnp

from theory.pac_bayes_prompts import Params, block_means, class_mean

__all__ = ["block_sample", "noisy_labels", "template_sample"]


def noisy_labels(key, labels, params: Params, label_noise=None):
    """Each label is replaced, with probability eta, by a uniform draw from all K labels."""
    flip_key, draw_key = jax.random.split(key)
    eta = params.label_noise if label_noise is None else label_noise
    redrawn = jax.random.randint(draw_key, labels.shape, 0, params.classes)
    return jnp.where(jax.random.uniform(flip_key, labels.shape) < eta, redrawn, labels)


def template_sample(key, params: Params):
    """(x, y) of fixture T: x of shape (n, d) in float32, labels y in {0, 1}.

    float32 turns a sign in about one of 1e7 margins, far under what any claim can see.
    """
    label_key, noise_key, flip_key = jax.random.split(key, 3)
    y = jax.random.bernoulli(label_key, 0.5, (params.n,)).astype(jnp.int32)
    noise = jax.random.normal(noise_key, (params.n, params.dimension), jnp.float32)
    mean = jnp.where(y[:, None] == 1, 1.0, -1.0) * class_mean(params) + params.bias
    x = mean.astype(jnp.float32) + jnp.asarray(params.sigma, jnp.float32) * noise
    return x, noisy_labels(flip_key, y, params)


def block_sample(key, params: Params):
    """(x, y) of fixture B: x of shape (n, K, b), clean labels y in 0..K-1."""
    label_key, noise_key = jax.random.split(key)
    y = jax.random.randint(label_key, (params.n,), 0, params.classes)
    shape = (params.n, params.classes, params.dimension)
    return block_means(params)[y] + params.sigma * jax.random.normal(noise_key, shape), y
