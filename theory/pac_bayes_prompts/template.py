"""Fixture T: one prompt shared by two classes gates features; every prompt's risk is exact.

E[v, j] = gamma cos(2 pi phi (v+1)(j+1)), phi the golden ratio less 1; a prompt's gate is
h = exp(sum_t rho^t E[theta_t, :]); the classifier predicts 1 where <x, D h> > 0, with the class
names' difference D_j = 1 + cos(j)/2. Features: x | y ~ N(+-m + bias, sigma^2 I), P(y = 1) = 1/2.
"""

import math

import jax
import jax.numpy as jnp

from theory import ParameterError, Scalar, closed_form, normal_cdf, own_checks
from theory.pac_bayes_prompts.params import SETTING, Classes, Params, Rate
from theory.pac_bayes_prompts.prior import all_prompts, checked_tokens

__all__ = [
    "all_template_risks", "class_mean", "classifiers", "embeddings", "name_difference",
    "noisy_risk", "template_risk", "token_weights",
]  # fmt: skip

_GOLDEN = (math.sqrt(5) - 1) / 2


def embeddings(params: Params) -> jax.Array:
    """cos(2 pi phi (v+1)(j+1)), shape (V, d): the token embeddings of both fixtures, gain 1."""
    v = jnp.arange(1, params.vocabulary + 1)[:, None]
    return jnp.cos(2 * jnp.pi * _GOLDEN * v * jnp.arange(1, params.dimension + 1))


def token_weights(params: Params) -> jax.Array:
    """a_t = rho^t, shape (L,)."""
    return params.decay ** jnp.arange(params.length)


def name_difference(params: Params) -> jax.Array:
    """D, shape (d,): class 1's name embedding less class 0's."""
    return 1 + 0.5 * jnp.cos(jnp.arange(params.dimension))


def class_mean(params: Params) -> jax.Array:
    """m, shape (d,): m_j = separation (1 + 0.3 sin j)/sqrt(d // 2) for j < d // 2, else 0."""
    j = jnp.arange(params.dimension)
    half = params.dimension // 2
    return jnp.where(j < half, params.separation * (1 + 0.3 * jnp.sin(j)) / math.sqrt(half), 0.0)


@own_checks("prompts are judged one by one")
def classifiers(tokens: Scalar, params: Params) -> jax.Array:
    """w = D exp(sum_t a_t gamma E[theta_t]) for prompts of shape (..., l), l <= L -> (..., d)."""
    tokens, good = checked_tokens(tokens, params, least=0)
    weights = token_weights(params)[: tokens.shape[-1]]
    exponent = jnp.einsum("t,...td->...d", weights, params.gain * embeddings(params)[tokens])
    return jnp.where(good[..., None], name_difference(params) * jnp.exp(exponent), jnp.nan)


@own_checks("prompts are judged one by one")
def template_risk(tokens: Scalar, params: Params) -> jax.Array:
    """R = (1/2) Phi(-<mu_1, w>/(sigma |w|)) + (1/2) Phi(<mu_0, w>/(sigma |w|)), exactly.

    mu_1 = m + bias, mu_0 = -m + bias. Shape (..., l) -> (...).
    """
    w = classifiers(tokens, params)
    scale = params.sigma * jnp.linalg.norm(w, axis=-1)
    mean, shift = w @ class_mean(params), params.bias * w.sum(axis=-1)
    return 0.5 * normal_cdf(-(mean + shift) / scale) + 0.5 * normal_cdf((shift - mean) / scale)


def all_template_risks(params: Params) -> jax.Array:
    """R of all V^L prompts, in the order of :func:`all_prompts`. Raises unless K = 2."""
    if params.classes != 2:
        raise ParameterError(
            f"{SETTING}: classes = {params.classes}, but fixture T has 2; use the block mode"
        )
    return template_risk(all_prompts(params), params)


@closed_form
def noisy_risk(risk: Rate, label_noise: Rate, classes: Classes) -> Scalar:
    """(1 - eta) R + eta (K - 1)/K: the risk when labels are redrawn uniformly w.p. eta."""
    return (1 - label_noise) * risk + label_noise * (classes - 1) / classes
