"""What noisy labels do to two rules made of class means: nearest centroid, linear discriminant."""

from typing import Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Draws, Twin, closed_form, log, log1p, normal_cdf, positive_definite,
)  # fmt: skip
from theory.representation_calibration.params import Gap, Noise, Params, Prior
from theory.representation_calibration.pollution import drawn, polluted_moments

claim = Claims("derived")


@closed_form
def centroid_recalls(gap: Gap, tail: Prior, eta: Noise) -> Any:
    """(tail, head): Phi((Delta/2)(1 +- eta (p_h - p_t))), of the nearest polluted centroid.

    The tail's centroid moves by eta p_h Delta, the head's only by eta p_t Delta: noise pushes the
    boundary into the head's region.
    """
    push = eta * (1 - 2 * tail)
    return normal_cdf(gap / 2 * (1 + push)), normal_cdf(gap / 2 * (1 - push))


@closed_form
def inflation(gap: Gap, tail: Prior, eta: Noise) -> Any:
    """(1 + eta (2 - eta) p_h p_t Delta^2)/(1 - eta): what noise multiplies the log-prior offset by.

    1 + ... is the pooled variance along the axis, 1 - eta what is left of the gap.
    """
    return (1 + eta * (2 - eta) * tail * (1 - tail) * gap**2) / (1 - eta)


@closed_form
def discriminant_recalls(gap: Gap, tail: Prior, eta: Noise) -> Any:
    """(tail, head): Phi((Delta/2)(1 +- eta (p_h - p_t)) -+ L), of the linear discriminant.

    L = ln(p_h/p_t) inflation/Delta: noise and imbalance multiply each other.
    """
    push = eta * (1 - 2 * tail)
    offset = (log1p(-tail) - log(tail)) * inflation.__wrapped__(gap, tail, eta) / gap
    return (normal_cdf(gap / 2 * (1 + push) - offset), normal_cdf(gap / 2 * (1 - push) + offset))


# --------------------------------------------------------------------------------------------
# Two classes

HERE = Params(eta=0.4, points=1001)
CASES = (HERE, HERE.but(gap=1.5, tail=0.1, eta=0.2))
TERMS = "sample means of 1001 points: terms of order 1/n"
axis = claim.given(mode="axis", at=CASES, within=0.01, why=TERMS, trials=2048)
BOX = Domain.around(HERE, gap=(0.1, 6.0), eta=(0.01, 0.95), tail=(0.01, 0.49))
EXACT = ("jax", "mpmath")


@axis.equals(
    "centroid[0]",
    twin=Twin("noise hurts the tail: recalls exchanged", which=1),
    known=((HERE, ".93943"),),
)
def centroid_error_two_class(p, *, which=0):
    """Nearest polluted centroid: tail recall Phi((Delta/2)(1 + eta (p_h - p_t))): noise helps it.

    .939 against .894 without noise
    """
    return centroid_recalls(p.gap, p.tail, p.eta)[which]


@axis.equals("centroid[1]", twin=Twin("no shift", shift=False), known=((HERE, ".82894"),))
def centroid_error_two_class_head(p, *, shift=True):
    """Head recall Phi((Delta/2)(1 - eta (p_h - p_t)))."""
    return centroid_recalls(p.gap, p.tail, p.eta if shift else 0 * p.eta)[1]


@axis.equals(
    "discriminant[0]", twin=Twin("L = ln(p_h/p_t)/Delta", inflated=False), known=((HERE, ".51369"),)
)
def lda_noise_inflates_prior_shift(p, *, inflated=True):
    """LDA: tail recall Phi((Delta/2)(1 + eta (p_h - p_t)) - L), L multiplied by noise.

    L = ln(p_h/p_t) (1 + eta (2 - eta) p_h p_t Delta^2)/((1 - eta) Delta)
    """
    if inflated:
        return discriminant_recalls(p.gap, p.tail, p.eta)[0]
    push = p.eta * (1 - 2 * p.tail)
    return normal_cdf(p.gap / 2 * (1 + push) - log((1 - p.tail) / p.tail) / p.gap)


@axis.equals("discriminant[1]", twin=Twin("as the tail's", which=0), known=((HERE, ".99316"),))
def lda_noise_inflates_prior_shift_head(p, *, which=1):
    """LDA: head recall Phi((Delta/2)(1 - eta (p_h - p_t)) + L)."""
    return discriminant_recalls(p.gap, p.tail, p.eta)[which]


@claim.never_below(lambda p: normal_cdf(p.gap / 2), over=BOX, evaluators=EXACT)
def noise_helps_the_tail(p):
    """Nearest centroid: the tail's recall with noise is never below that without."""
    return centroid_recalls(p.gap, p.tail, p.eta)[0]


@claim.never_above(
    lambda p: normal_cdf(p.gap / 2),
    over=BOX,
    evaluators=EXACT,
    twin=None,
    repaired_by="noise_helps_the_tail",
)
def noise_hurts_the_tail(p):
    """Mislabelled data hurt the tail's recall: taken of the balanced nearest-centroid rule.

    the motivation, read as a statement of every rule; of the discriminant with priors it is true
    """
    return centroid_recalls(p.gap, p.tail, p.eta)[0]


def balanced(pair):
    """The mean of both recalls."""
    return (pair[0] + pair[1]) / 2


@claim.never_above(lambda p: normal_cdf(p.gap / 2), over=BOX, evaluators=EXACT)
def noise_costs_balanced_accuracy(p):
    """Nearest centroid: the mean of both recalls is at most Phi(Delta/2), that without noise."""
    return balanced(centroid_recalls(p.gap, p.tail, p.eta))


@claim.never_above(
    lambda p: discriminant_recalls(p.gap, p.tail, 0 * p.eta)[0],
    over=Domain.around(HERE, gap=(0.1, 2.0), eta=(0.01, 0.95), tail=(0.01, 0.25)),
    evaluators=EXACT,
)
def discriminant_loses_the_tail(p):
    """LDA, Delta <= 2, p_t <= 1/4: the tail's recall with noise is never above that without."""
    return discriminant_recalls(p.gap, p.tail, p.eta)[0]


# --------------------------------------------------------------------------------------------
# Many classes

ANY = Draws(square=(3, 3), means=(4, 3), weights=(4,), g=(), x=(5, 3))


def scores(x, means):
    """x.mu_k - |mu_k|^2/2, less the first class's."""
    found = x @ means.T - jnp.sum(means**2, axis=1) / 2
    return found[:, 1:] - found[:, :1]


def seen(z, eta):
    """The polluted means."""
    return polluted_moments(z.means, positive_definite(z.square), drawn(z)[1], eta)[0]


@claim.algebra(
    lambda z: scores(z.x, seen(z, drawn(z)[2])),
    over=ANY,
    twin=Twin("the clean rule, scaled", clean=True),
)
def multiclass_boundaries(z, *, clean=False):
    """Boundary of k, l: (z - mubar).(a_k - a_l) = (1 - eta) (|a_k|^2 - |a_l|^2)/2, a = mu - mubar.

    so noise leaves the rule as it is if and only if all |mu_k - mubar| are equal
    """
    _, priors, eta = drawn(z)
    middle = priors @ z.means
    a = z.means - middle
    squares = jnp.sum(a**2, axis=1)
    place = (z.x - middle) @ a.T - (1.0 if clean else 1 - eta) * squares / 2
    return (1 - eta) * (place[:, 1:] - place[:, :1])


@claim.algebra(
    lambda z: jnp.zeros(3), over=ANY, within=1e-10, twin=Twin("three classes too", classes=3)
)
def discriminant_keeps_its_direction(z, *, classes=2):
    """K = 2: Sigma~^-1 (mu~_1 - mu~_0) is parallel to Sigma^-1 (mu_1 - mu_0), any Sigma."""
    sigma, priors, eta = drawn(z)
    priors = priors[:classes] / jnp.sum(priors[:classes])
    means = z.means[:classes]
    moved, spread = polluted_moments(means, sigma, priors, eta)
    pooled = jnp.einsum("k,kij->ij", priors, spread)
    clean = jnp.linalg.solve(sigma, means[1] - means[0])
    noisy = jnp.linalg.solve(pooled, moved[1] - moved[0])
    return jnp.cross(clean, noisy) / (jnp.linalg.norm(clean) * jnp.linalg.norm(noisy))
