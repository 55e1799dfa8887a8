"""Naive Bayes of K classes at equal distances, with unequal samples."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Ge, Le, Row, Scalar, Twin, closed_form, log_normal_cdf, maximum, normal_mean, sqrt,
)  # fmt: skip
from theory.generative_discriminative.params import Features, Params

claim = Claims("derived; not in the paper")

Distance2 = Annotated[Scalar, Ge(0), Le(1e6)]


@closed_form(example={"counts": [20.0, 30.0, 40.0]})
def nb_multiclass(
    information: Distance2, n: Features, counts: Annotated[Any, Ge(1), Le(1e12), Row]
) -> Any:
    """E[error] of the nearest of K class means as n grows; |mu_k - mu_j|^2 = information, k != j.

    A point of class k has score_k - score_j = (n/2)(1/m_j - 1/m_k) + Delta^2/2 + sqrt(s) Z +
    sqrt(t_j) Z_j, normal by the central limit, with s = (n/2)((1 + 1/m_k)^2 - 1) + Delta^2/2 and
    t_j = (n/2)((1 + 1/m_j)^2 - 1) + Delta^2/2 + Delta^2/m_j. Class k is called by itself with
    chance E prod_j Phi((mean_j + sqrt(s) Z)/sqrt(t_j)); ``counts`` are the m_k.
    """
    information, n = jnp.asarray(information, float), jnp.asarray(n, float)
    counts = jnp.asarray(counts, float)
    return 1 - jnp.mean(own_class(information[..., None], n[..., None], counts), axis=-1)


def own_class(information, n, counts, balanced=False):
    """P(class k is called by itself), k on the last axis."""
    inverse = 1 / counts
    common = n / 2 * inverse * (2 + inverse) + information / 2
    own = common + information * inverse
    mine, rival = inverse[..., :, None], inverse[..., None, :]
    shift = information[..., None] / 2 + n[..., None] / 2 * (rival - mine) * (not balanced)
    # below it a class is called in less than 1e-40 of the cases
    shift = maximum(shift, -20 * sqrt(common)[..., :, None])
    K = counts.shape[-1]
    others = ~jnp.eye(K, dtype=bool)

    def called(z):
        numerator = shift[..., None] + sqrt(common)[..., :, None, None] * z
        beaten = log_normal_cdf(numerator / sqrt(own)[..., None, :, None])
        return jnp.exp(jnp.sum(jnp.where(others[..., None], beaten, 0.0), axis=-2))

    return normal_mean(called, reach=30.0, nodes=2400)


def counts_of(p):
    """m_k of K classes: m0, ..., evenly spaced to m1."""
    return p.m0 + (p.m1 - p.m0) * jnp.arange(p.classes) / (p.classes - 1)


UNEVEN = Params(n=400, m0=20, m1=60, information=10.0)


@claim.equals(
    "error",
    mode="multiclass",
    at=UNEVEN,
    within=0.008,
    why="of order n^(-1/2) and smaller, and the 1/n terms: seen below .003",
    twin=Twin("the mean without (n/2)(1/m_j - 1/m_k)", balanced=True),
)
def nb_multiclass_error(p, *, balanced=False):
    """K classes, unequal samples, n -> infinity: error = 1 - mean_k P(score_k > score_j, j != k).

    with naive Bayes of known variances and equal priors
    """
    if not balanced:
        return nb_multiclass(p.information, p.n, counts_of(p))
    information, n = jnp.asarray([p.information]), jnp.asarray([1.0 * p.n])
    return 1 - jnp.mean(own_class(information, n, counts_of(p), balanced=True))
