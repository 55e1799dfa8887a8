"""Fixture B: one prompt for each of K classes; the exact risk is one Gaussian integral.

The text embedding of class k is G_k = c_k + sum_t rho^t E[theta^k_t] with
c_k[j] = base cos(1.3 k + 0.5 j^2) and E[v, j] = cos(2 pi phi (v+1)(j+1)), j < b. An image is
x = (x_1, ..., x_K), block k independent N(mu[y, k], sigma^2 I_b), mu[y, k] = m_k if y = k, else
clutter cos(y - k) m_k; m_k[j] = cos(1 + 2 k + 0.7 j) scaled to the norm ``separation``. Score
s_k = <x_k, G_k>; predict the largest. Labels are uniform on the K classes.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import Scalar, log_normal_cdf
from theory.pac_bayes_prompts._params import SETTING, ParameterError, Params
from theory.pac_bayes_prompts._template import embeddings, token_weights

FIXED_PROMPTS = ((15, 1, 13, 15), (10, 13, 8, 13), (12, 8, 7, 6), (15, 2, 7, 3))
"""Class prompts that greedy search finds for BLOCK when it knows all risks: R = 0.1295."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)  # importing starts no device


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


def text_embeddings(tokens: Scalar, params: Params) -> jax.Array:
    """G, shape (..., K, b), of prompts (..., K, l) padded with EMPTY."""
    tokens = jnp.asarray(tokens)
    weights = token_weights(params)[: tokens.shape[-1]] * (tokens >= 0)
    added = embeddings(params)[jnp.maximum(tokens, 0)]
    return class_names(params) + jnp.einsum("...kt,...ktb->...kb", weights, added)


def block_risk(tokens: Scalar, params: Params) -> jax.Array:
    """R of class prompts, shape (..., K, l) -> (...), by 60 Gauss-Hermite nodes.

    R = 1 - (1/K) sum_y E_z prod_{j != y} Phi((M_yy + S_y z - M_yj)/S_j), where given y the scores
    are independent normals with means M_yj = <mu[y, j], G_j> and deviations S_j = sigma |G_j|.
    """
    return risk_of_embeddings(text_embeddings(tokens, params), params)


def risk_of_embeddings(embedding: Scalar, params: Params) -> jax.Array:
    """R of text embeddings G, shape (..., K, b) -> (...); see :func:`block_risk`.

    Raises ParameterError if the embedding of some class is zero: all its scores would tie.
    """
    require_nonzero(embedding)
    deviation = params.sigma * jnp.linalg.norm(embedding, axis=-1)
    mean = jnp.einsum("ykb,...kb->...yk", block_means(params), embedding)
    own = jnp.diagonal(mean, axis1=-2, axis2=-1)
    score = own[..., None] + deviation[..., None] * _NODES  # (..., K, nodes)
    gaps = (score[..., None, :] - mean[..., None]) / deviation[..., None, :, None]
    others = ~jnp.eye(params.classes, dtype=bool)
    log_wins = jnp.where(others[..., None], log_normal_cdf(gaps), 0.0).sum(axis=-2)
    right = jnp.exp(log_wins) @ (_WEIGHTS / _WEIGHTS.sum())
    return 1 - right.mean(axis=-1)


def require_nonzero(embedding: Scalar) -> None:
    """Raises ParameterError where a class has a zero text embedding (concrete values only)."""
    if isinstance(embedding, Tracer):
        return
    zero = np.asarray(jnp.linalg.norm(embedding, axis=-1) == 0)
    if zero.any():
        k = int(np.argwhere(zero)[0][-1])
        raise ParameterError(
            f"{SETTING}: prompt embedding of class {k} vanishes: all its scores tie; add a token"
        )
