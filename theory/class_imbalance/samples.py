"""N classes with estimated means: what the noise of rare classes' means does to their recall."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory import Claims, Ge, Le, Row, Scalar, Twin, closed_form, log_normal_cdf, normal_mean
from theory.class_imbalance.params import Params

claim = Claims("derived; not in the paper")
Length = Annotated[Scalar, Ge(1), Le(100)]
Noises = Annotated[Any, Ge(0), Le(10), Row]
SOME = {"noise": [0.2, 1.0, 3.0]}


def _floats(*values):
    return [jnp.asarray(v, float) for v in values]


@jax.jit
def _beaten(a, noise, bias):
    square = a[..., None] ** 2
    v = jnp.sqrt(square + noise)
    gap = square[..., None] + bias * (noise[..., None, :] - noise[..., :, None]) / 2
    apart = 1 - jnp.eye(noise.shape[-1])

    def all_rivals(z):  # axes: the class, its rivals, the nodes
        places = (v[..., :, None, None] * z + gap[..., None]) / v[..., None, :, None]
        return jnp.exp(jnp.sum(apart[..., None] * log_normal_cdf(places), axis=-2))

    return normal_mean(all_rivals, nodes=480)


@closed_form(example=SOME)
def estimated_recalls(a: Length, noise: Noises) -> Float[Array, "*points classes"]:
    """E prod_{j != k} Phi((v_k Z + a^2 + (d/n_j - d/n_k)/2)/v_j), v_k^2 = a^2 + d/n_k, of each k.

    Scores m_k.x - |m_k|^2/2 of sample means m_k, at balanced priors; ``noise`` is d/n_k. In the
    limit of many dimensions they are independent: N(a^2 [k true] - (a^2 + d/n_k)/2, a^2 + d/n_k).
    """
    return _beaten(*_floats(a, noise), 1.0)


@closed_form(example=SOME)
def debiased_recalls(a: Length, noise: Noises) -> Float[Array, "*points classes"]:
    """E prod_{j != k} Phi((v_k Z + a^2)/v_j): with d/(2 n_k) added to each score."""
    return _beaten(*_floats(a, noise), 0.0)


FOUR = Params(classes=4, minority=2, rho=8.0, few=100, d=200, a=2.0, points=8)
fitted = claim.given(mode="estimated", at=FOUR, within=0.01)


def noises(p):
    """d/n_k of a step: the rare classes first."""
    return jnp.where(jnp.arange(p.classes) < p.minority, p.minor, p.major)


@fitted.equals(
    lambda run, p: run["plain"][:, : p.minority].mean(axis=1), twin=Twin("unbiased", biased=False)
)
def many_class_bias(p, *, biased=True):
    """N classes at balanced priors: a rare class is called too seldom, by (d/n_k - d/n_j)/2."""
    recalls = estimated_recalls if biased else debiased_recalls
    return jnp.mean(recalls(p.a, noises(p))[: p.minority])


@fitted.equals(
    lambda run, p: run["plain"][:, p.minority :].mean(axis=1), twin=Twin("unbiased", biased=False)
)
def many_class_bias_majority(p, *, biased=True):
    """And a frequent one too often."""
    recalls = estimated_recalls if biased else debiased_recalls
    return jnp.mean(recalls(p.a, noises(p))[p.minority :])


@fitted.equals(
    lambda run, p: run["debiased"][:, : p.minority].mean(axis=1),
    twin=Twin("as without the correction", debiased=False),
)
def many_class_correction(p, *, debiased=True):
    """With d/(2 n_k) added to each score: minority recall E prod Phi((v_k Z + a^2)/v_j)."""
    recalls = debiased_recalls if debiased else estimated_recalls
    return jnp.mean(recalls(p.a, noises(p))[: p.minority])


@fitted.equals(
    lambda run, p: run["debiased"][:, p.minority :].mean(axis=1),
    twin=Twin("one spread for all", spread=False),
)
def many_class_correction_majority(p, *, spread=True):
    """Majority recall likewise; the noisier scores of rare classes keep the two apart."""
    where = noises(p) if spread else 0 * noises(p) + p.major
    return jnp.mean(debiased_recalls(p.a, where)[p.minority :])
