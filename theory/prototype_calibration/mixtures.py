"""Several donors by softmax: flattened weights, pairwise recalls, and all classes at once."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory import (
    Claims, Domain, Draws, Scalar, Twin, best_of_normals, closed_form, exp, normal_cdf,
)  # fmt: skip
from theory.prototype_calibration.cosines import inflation
from theory.prototype_calibration.params import (
    BLUNT, CONSISTENT, EVEN, HERE, INCONSISTENT, SHARP, Between, Cosines, Length, Noise, Params,
    PartWeight, Sharpness,
)  # fmt: skip

claim = Claims("derived")
code = Claims("the authors' public code")
SOME = {
    "length": 7.0,
    "noise": 50.0,
    "weight": 0.3,
    "sharpness": 8.0,
    "cosines": [0.6, 0.4, 0.1],
    "between": 0.2,
}

GRAM = [[1.0, 0.5, 0.1], [0.5, 1.0, -0.2], [0.1, -0.2, 1.0]]


def _unit(cosines, gram):
    """Whether unit vectors, no two of them the same, have these cosines."""
    r, gram = jnp.asarray(cosines, float), jnp.asarray(gram, float)
    if gram.ndim != 2 or r.ndim == 0 or gram.shape != 2 * r.shape[-1:]:
        return jnp.asarray(False)
    apart = jnp.all(jnp.abs(gram - jnp.diag(jnp.diagonal(gram))) < 1 - 1e-6)
    alike = jnp.all(jnp.abs(gram - gram.T) < 1e-9) & jnp.all(jnp.abs(jnp.diagonal(gram) - 1) < 1e-9)
    gap = 1 - jnp.sum(r * (r @ jnp.linalg.pinv(gram)), axis=-1)
    return apart & alike & (jnp.linalg.eigvalsh(gram)[0] > -1e-9) & (gap > -1e-9)


FITTING = (INCONSISTENT, _unit)


def _only(*names):
    return {name: SOME[name] for name in names}


@closed_form(example=_only("sharpness", "cosines"))
def donor_weights(sharpness: Sharpness, cosines: Cosines) -> Float[Array, "*points bases"]:
    """softmax_j(tau cos_j): the weights of the donors."""
    tau = jnp.asarray(sharpness, float)[..., None]
    return jax.nn.softmax(tau * jnp.asarray(cosines, float), axis=-1)


@closed_form(example=_only("length", "noise", "sharpness", "cosines"))
def attenuated_weights(
    length: Length, noise: Noise, sharpness: Sharpness, cosines: Cosines
) -> Float[Array, "*points bases"]:
    """softmax_j(tau h r_j), many dimensions: few shots flatten the weights like a softer tau."""
    h = inflation(jnp.asarray(length, float), jnp.asarray(noise, float))
    tau = h * jnp.asarray(sharpness, float)
    return jax.nn.softmax(tau[..., None] * jnp.asarray(cosines, float), axis=-1)


def flattened(p: Params) -> Any:
    """E w_j to second order: w_j + s^2 (1 - t) w_j (|w|^2 - w_j), s = tau/sqrt(k (rho^2 + V))."""
    w = attenuated_weights(p.length, p.noise, p.sharpness, p.cosines)
    square = p.sharpness**2 / (p.k * (p.length**2 + p.noise))
    return w + square * (1 - p.between) * w * (jnp.sum(w * w) - w)


def _geometry(length, noise, weight, sharpness, cosines, mixed):
    """p and q_j - 1, and 1 - q_j without a difference of near numbers; ``mixed`` takes w to R w."""
    w = attenuated_weights(length, noise, sharpness, cosines)
    length, noise, a = (jnp.asarray(v, float)[..., None] for v in (length, noise, weight))
    r = jnp.asarray(cosines, float)
    h, left = inflation(length, noise), 1 - a
    size = jnp.sqrt(jnp.sum(w * mixed(w), axis=-1, keepdims=True))
    g = jnp.sum(w * r, axis=-1, keepdims=True) / size
    near = mixed(w) / size
    n = jnp.sqrt(left**2 + a**2 + 2 * a * left * h * g)
    dot = left * h * r + a * near
    square = (
        left**2 * (1 - h * r) * (1 + h * r)
        + a**2 * (1 - near) * (1 + near)
        + 2 * a * left * h * (g - near * r)
    )
    beyond = jnp.where(dot > 0, square / (n * jnp.where(dot > 0, n + dot, 1.0)), 1 - dot / n)
    return (left * h + a * g) / n, beyond


@closed_form(cosines=CONSISTENT, example=SOME)
def mixture_recalls(
    length: Length,
    noise: Noise,
    weight: PartWeight,
    sharpness: Sharpness,
    cosines: Cosines,
    between: Between,
) -> tuple[Float[Array, "*points bases"], Float[Array, "*points bases"]]:
    """Pairwise, (new v base j, base j v new): Phi(rho (p - r_j)/sqrt(2 - 2 q_j)) and
    Phi(rho sqrt((1 - q_j)/2)).

    Donors by softmax_j(tau h r_j), mixed before normalising; any two bases at cosine ``between``.
    """
    return _recalls(length, noise, weight, sharpness, cosines, _equal(between))


@closed_form(gram=FITTING, example=_only(*list(SOME)[:5]) | {"gram": GRAM})
def gram_recalls(
    length: Length,
    noise: Noise,
    weight: PartWeight,
    sharpness: Sharpness,
    cosines: Cosines,
    gram: Float[Array, "bases bases"],
) -> tuple[Float[Array, "*points bases"], Float[Array, "*points bases"]]:
    """:func:`mixture_recalls` of bases with any cosines R between them, ``gram``.

    |m|^2 = w' R w of the mixture, its cosines R w/|m| with the bases and r.w/|m| with the new mean.
    """
    r = jnp.asarray(gram, float)
    return _recalls(length, noise, weight, sharpness, cosines, lambda w: w @ r)


def _equal(between):
    """R w of bases with equal cosines; weights sum to 1."""
    t = jnp.asarray(between, float)[..., None]
    return lambda w: t + (1 - t) * w


def _recalls(length, noise, weight, sharpness, cosines, mixed):
    p, beyond = _geometry(length, noise, weight, sharpness, cosines, mixed)
    rho = jnp.asarray(length, float)[..., None]
    new = normal_cdf(rho * (p - jnp.asarray(cosines, float)) / jnp.sqrt(2 * beyond))
    return new, normal_cdf(rho * jnp.sqrt(beyond / 2))


def all_bases(p: Params, *, spread: Scalar = 1) -> Any:
    """P(a new point is called new), B bases at the same cosine: one normal integral.

    Scores less the bases': their common part has the variance 1 + t - 2 q, their own 1 - t.
    """
    equal = _equal(p.between)
    place, beyond = _geometry(p.length, p.noise, p.weight, p.sharpness, p.cosines, equal)
    shift = p.length * (place - p.cosines)
    common = 2 * beyond[0] - (1 - p.between)
    own = jnp.sqrt(1 - p.between)
    return best_of_normals(shift / own, spread=spread * jnp.sqrt(common) / own)


# --------------------------------------------------------------------------------------------
# The weights


def cosines_of(z, scale):
    """Cosines of a prototype with three means, one of them scaled."""
    means = z.means * jnp.stack([scale, 1.0, 1.0])[:, None]
    return means @ z.c / (jnp.linalg.norm(means, axis=1) * jnp.linalg.norm(z.c))


@code.algebra(
    lambda z: donor_weights(16.0, cosines_of(z, 1.0)),
    over=Draws(means=(3, 4), c=(4,), size=(1,)),
    twin=Twin("weights from dot products", normalised=False),
)
def limits_of_weights(z, *, normalised=True):
    """Scaling a class mean leaves the weights softmax_j(tau cos_j) as they are."""
    scale = jnp.exp(z.size[0])
    if normalised:
        return donor_weights(16.0, cosines_of(z, scale))
    return jax.nn.softmax(z.means @ z.c * jnp.stack([scale, 1.0, 1.0]))


claim.limit(
    0.0,
    along=tuple(HERE.but(sharpness=s) for s in (0.8, 0.4, 0.2, 0.1)),
    size=lambda p: 1 / p.sharpness,
    rate=-1,
    within=0.1,
    why="the next order in tau",
    last_gap=0.05,
    name="soft_is_uniform",
    says="tau -> 0: the weights tend to 1/B like tau",
    formula=lambda p: jnp.max(donor_weights(p.sharpness, p.cosines)) - 1 / p.bases,
    twin=Twin("a limit above", limit=0.02),
)


@claim.never_above(
    lambda p: (p.bases - 1) * exp(-p.sharpness * p.step),
    over=Domain.around(HERE, sharpness=(0.5, 200.0), step=(0.05, 0.2)),
    evaluators=("jax",),
    rounding=1e-12,
    twin=Twin("twice the rate", rate=2),
)
def sharp_is_nearest(p, *, rate=1):
    """tau -> infinity: all but the nearest base weigh at most (B - 1) exp(-tau (r_1 - r_2))."""
    rest = 1 - donor_weights(p.sharpness, p.cosines)[0]
    return rest if rate == 1 else rest * exp(p.sharpness * p.step)


seen = claim.given(mode="cosine")


@seen.equals(
    "weights[0]",
    at=SHARP,
    within=0.01,
    why="the second order is .0064 (the next claim)",
    twin=Twin("softmax(tau r_j)", attenuated=False),
)
def softmax_attenuation(p, *, attenuated=True):
    """Few shots: the nearest base weighs softmax(tau h r)_1, not softmax(tau r)_1."""
    if attenuated:
        return attenuated_weights(p.length, p.noise, p.sharpness, p.cosines)[0]
    return donor_weights(p.sharpness, p.cosines)[0]


@seen.equals(
    "weights[0]",
    at=SHARP,
    within=0.0025,
    why="the next order, 1/k^2: .0033 at k = 5, .0004 at k = 20 seen",
    twin=Twin("the first order", second=False),
)
def weights_are_flatter_still(p, *, second=True):
    """Logits spread: E w = w + s^2 (1 - t) w (|w|^2 - w), s = tau/(sqrt k |c|)."""
    if second:
        return flattened(p)[0]
    return attenuated_weights(p.length, p.noise, p.sharpness, p.cosines)[0]


def pairwise(p):
    """Both pairwise recalls."""
    return mixture_recalls(p.length, p.noise, p.weight, p.sharpness, p.cosines, p.between)


@seen.equals(
    "new[0]",
    at=SHARP,
    within=0.004,
    why="terms of order 1/k: .0066 at k = 5, .0014 at k = 20 seen",
    twin=Twin("the nearest base the only donor", mixed=False),
)
def mixture_recall(p, *, mixed=True):
    """B donors: new v nearest base, Phi(rho (p - r_1)/(sigma sqrt(2 - 2 q_1)))."""
    return pairwise(p if mixed else p.but(sharpness=200.0))[0][0]


@seen.equals(
    "base[0]", at=BLUNT, within=0.005, why="terms of order 1/k", twin=Twin("as raw", calibrated=0)
)
def mixture_recall_base(p, *, calibrated=1):
    """Base 1 v new: Phi(rho sqrt((1 - q_1)/2)/sigma)."""
    return pairwise(p.but(weight=calibrated * p.weight))[1][0]


@claim.identity(
    lambda p: jnp.stack(pairwise(p))[:, 0],
    over=Domain.around(HERE, length=(1.0, 10.0), weight=(0.0, 0.9), sharpness=(1.0, 30.0)),
    within=1e-11,
    points=16,
    evaluators=("jax",),
    twin=Twin("orthogonal bases", kept=0),
)
def general_gram(p, *, kept=1):
    """Any cosines R of the bases: with all equal to t the recalls are those of the special form."""
    gram = kept * p.between + (1 - kept * p.between) * jnp.eye(p.bases)
    given = p.length, p.noise, p.weight, p.sharpness, p.cosines
    return jnp.stack(_recalls(*given, lambda w: w @ gram))[:, 0]


# --------------------------------------------------------------------------------------------
# All classes at once

everywhere = seen.given(at=(EVEN,), support=(-5, 5))
everywhere.ordering(
    "accuracy_union_bound",
    "new recall among all classes is above 1 - sum_j (1 - pairwise recall_j)",
    "many",
    lambda run, p: 1 - (1 - run["new"]).sum(axis=1),
)
everywhere.ordering(
    "accuracy_below_every_pair",
    "and below each pairwise recall",
    lambda run, p: run["new"].min(axis=1),
    "many",
)
everywhere.ordering(
    "accuracy_above_the_product",
    "and above their product: the scores share the new prototype's noise",
    "many",
    lambda run, p: run["new"].prod(axis=1),
)


@seen.equals(
    "many",
    at=EVEN,
    within=0.008,
    why="terms of order 1/d: .003 at d = 512 and .002 at d = 1024 seen",
    twin=Twin("independent scores", spread=0.0),
)
def accuracy_among_all(p, *, spread=1.0):
    """B bases at one cosine: P(all beaten) = E Phi((s Z + shift)/own)^B, s^2 = 1 + t - 2 q."""
    return all_bases(p, spread=spread)


@seen.equals(
    "many",
    at=EVEN,
    within=0.008,
    repaired_by="accuracy_among_all",
    twin=None,
    source="pairwise recalls read as independent",
)
def product_of_pairwise_recalls(p):
    """P(all beaten) is the product of the pairwise recalls."""
    return jnp.prod(pairwise(p)[0])
