"""Two families of prompts whose risks are exact: a shared template, and a prompt for each class.

Fixture T, one prompt shared by two classes: it gates features by h = exp(sum_t rho^t E[theta_t])
with E[v, j] = gamma cos(2 pi phi (v+1)(j+1)), phi the golden ratio less 1; the classifier predicts
1 where <x, D h> > 0, with the class names' difference D_j = 1 + cos(j)/2. Features:
x | y ~ N(+-m + bias, sigma^2 I), P(y = 1) = 1/2.

Fixture B, one prompt for each of K classes: the text embedding of class k is
G_k = c_k + sum_t rho^t E[theta^k_t] with c_k[j] = base cos(1.3 k + 0.5 j^2) and E as above with
gamma = 1, j < b. An image is x = (x_1, ..., x_K), block k independent N(mu[y, k], sigma^2 I_b),
mu[y, k] = m_k if y = k, else clutter cos(y - k) m_k; m_k[j] = cos(1 + 2 k + 0.7 j) scaled to the
norm ``separation``. Score s_k = <x_k, G_k>; predict the largest. Labels are uniform.
"""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import (
    Claims, ParameterError, Scalar, Twin, closed_form, loss_to_normals, normal_cdf, own_checks,
    planned,
)  # fmt: skip
from theory.pac_bayes_prompts.params import BLOCK, SETTING, Classes, Params, Rate
from theory.pac_bayes_prompts.prior import EMPTY, all_prompts, checked_tokens

__all__ = [
    "FIXED_PROMPTS", "all_template_risks", "block_means", "block_risk", "class_mean", "class_names",
    "classifiers", "embeddings", "noisy_risk", "risk_of_embeddings",
    "template_risk", "text_embeddings", "token_weights",
]  # fmt: skip

_GOLDEN = (math.sqrt(5) - 1) / 2


def embeddings(params: Params) -> jax.Array:
    """cos(2 pi phi (v+1)(j+1)), shape (V, d): the token embeddings of both fixtures, gain 1."""
    v = jnp.arange(1, params.vocabulary + 1)[:, None]
    return jnp.cos(2 * jnp.pi * _GOLDEN * v * jnp.arange(1, params.dimension + 1))


def token_weights(params: Params) -> jax.Array:
    """a_t = rho^t, shape (L,)."""
    return params.decay ** jnp.arange(params.length)


def class_mean(params: Params) -> jax.Array:
    """m, shape (d,): m_j = separation (1 + 0.3 sin j)/sqrt(d // 2) for j < d // 2, else 0."""
    j, half = jnp.arange(params.dimension), params.dimension // 2
    return jnp.where(j < half, params.separation * (1 + 0.3 * jnp.sin(j)) / math.sqrt(half), 0.0)


@own_checks("prompts are judged one by one")
def classifiers(tokens: Scalar, params: Params) -> jax.Array:
    """w = D exp(sum_t a_t gamma E[theta_t]) for prompts of shape (..., l), l <= L -> (..., d)."""
    tokens, good = checked_tokens(tokens, params, least=0)
    weights = token_weights(params)[: tokens.shape[-1]]
    exponent = jnp.einsum("t,...td->...d", weights, params.gain * embeddings(params)[tokens])
    names = 1 + 0.5 * jnp.cos(jnp.arange(params.dimension))  # class 1's embedding less class 0's
    return jnp.where(good[..., None], names * jnp.exp(exponent), jnp.nan)


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


# Fixture B

FIXED_PROMPTS = ((15, 1, 13, 15), (10, 13, 8, 13), (12, 8, 7, 6), (15, 2, 7, 3))
"""Class prompts that greedy search finds for BLOCK when it knows all risks: R = 0.1295."""


def class_names(params: Params) -> jax.Array:
    """c, shape (K, b): the embeddings of empty prompts."""
    k = jnp.arange(params.classes)[:, None]
    return params.base * jnp.cos(1.3 * k + 0.5 * jnp.arange(params.dimension) ** 2)


def block_means(params: Params) -> jax.Array:
    """mu, shape (K, K, b): mean of block k (axis 1) of an image of class y (axis 0)."""
    k = jnp.arange(params.classes)
    m = jnp.cos(1 + 2 * k[:, None] + 0.7 * jnp.arange(params.dimension))
    m = params.separation * m / jnp.linalg.norm(m, axis=1, keepdims=True)
    mixing = params.clutter * jnp.cos(k[:, None] - k[None, :])
    return jnp.where(jnp.eye(params.classes, dtype=bool), 1.0, mixing)[:, :, None] * m


@own_checks("prompts are judged one by one, and zero embeddings refused")
def text_embeddings(tokens: Scalar, params: Params) -> jax.Array:
    """G, shape (..., K, b), of prompts (..., K, l) padded with EMPTY."""
    tokens, good = checked_tokens(tokens, params, least=EMPTY)
    weights = token_weights(params)[: tokens.shape[-1]] * (tokens >= 0)
    added = embeddings(params)[jnp.maximum(tokens, 0)]
    total = class_names(params) + jnp.einsum("...kt,...ktb->...kb", weights, added)
    return jnp.where(good[..., None], total, jnp.nan)


@own_checks("prompts are judged one by one, and zero embeddings refused")
def block_risk(tokens: Scalar, params: Params) -> jax.Array:
    """R of class prompts, shape (..., K, l) -> (...), to 1e-11; see :func:`risk_of_embeddings`."""
    return risk_of_embeddings(text_embeddings(tokens, params), params)


@own_checks("prompts are judged one by one, and zero embeddings refused")
def risk_of_embeddings(embedding: Scalar, params: Params) -> jax.Array:
    """R of text embeddings G, shape (..., K, b) -> (...), to 1e-11 for K <= 64.

    Given y the scores are independent normals with means M_yj = <mu[y, j], G_j> and deviations
    S_j = sigma |G_j|. R = (1/K) sum_y E_z [1 - prod_{j != y} Phi((M_yy + S_y z - M_yj)/S_j)].

    Raises ParameterError if the embedding of some class is zero (all its scores would tie) or
    infinite.
    """
    embedding, classes = jnp.asarray(embedding, float), params.classes
    shape = (classes, params.dimension)
    if embedding.shape[-2:] != shape:
        raise ParameterError(f"{SETTING}: embeddings of shape {embedding.shape} end not in {shape}")
    size = jnp.linalg.norm(embedding, axis=-1)
    bad = (size == 0) | jnp.isinf(size)
    if not isinstance(bad, Tracer) and bad.any():
        k = int(np.argwhere(bad)[0][-1])
        raise ParameterError(
            f"{SETTING}: prompt embedding of class {k} vanishes, or is infinite: add a token"
        )
    # each class and its rivals, shape (K, K - 1)
    y, j = (axis.reshape(classes, -1) for axis in np.nonzero(~np.eye(classes, dtype=bool)))
    mean = jnp.einsum("ykb,...kb->...yk", block_means(params), embedding)
    shifts = (mean[..., y, y] - mean[..., y, j]) / (params.sigma * size[..., j])
    return loss_to_normals.__wrapped__(shifts, size[..., y] / size[..., j]).mean(axis=-1)


claim = Claims()


@claim.equals(
    "noisy_error", mode="fixed_prompt", at=BLOCK.but(n=200, label_noise=0.4), within=0.01,
    why="exact; 0.01 is an eighth of the distance to the twin", trials=planned(0.0012, 0.01),
    # a uniform draw moves a label with probability 1 - 1/K
    twin=Twin("a noisy label is always a wrong one", draws=lambda K: K / (K - 1)),
)  # fmt: skip
def label_noise_affine(p, *, draws=lambda K: 1):
    """R_eta = (1 - eta) R + eta (K - 1)/K, eta = 0.4 on fixed prompts.

    derived: see noisy_risk
    """
    risk = block_risk(np.asarray(FIXED_PROMPTS), p)
    return noisy_risk(risk, p.label_noise * draws(p.classes), p.classes)


def constant(value):
    """A reading that is the same number in every trial."""
    return lambda run, p: np.full(len(next(iter(run.values()))), float(value(p)))


floor = constant(lambda p: 0.2)  # a search that memorises would stay under it
noise = claim.given(mode="noise", at=BLOCK, trials=512,
                    source="the paper's figure on random labels")  # fmt: skip
noise.ordering(
    "tandem_memorisation",
    "greedy search, 80 % random labels: E[training error] > 0.2, it does not memorise",
    "training_error[8]", floor, support=(-0.2, 0.8),
    twin=Twin("it memorises", observable=floor, below="training_error[8]", support=(-0.8, 0.2)),
)  # fmt: skip
noise.ordering(
    "training_error_rises_with_noise",
    "E[training error] at 20 % random labels > E[training error] at none",
    "training_error[2]", "training_error[0]", twin="training error stays as it was",
)  # fmt: skip
noise.ordering(
    "test_error_rises_with_noise",
    "E[clean test error] at 100 % random labels > at 80 %",
    "clean_risk[10]", "clean_risk[8]", twin="test error falls back",
)  # fmt: skip
