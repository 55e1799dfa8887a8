"""What recall comes of calibrated means: in many dimensions, and exactly in any."""

from typing import Annotated

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Claims, Ge, Le, Scalar, Twin, Whole, closed_form, f_tail, maximum, normal_cdf, sqrt,
)  # fmt: skip
from theory.representation_calibration.params import Params, Positive, Square, distance
from theory.representation_calibration.transfer import CLEAN, SMALL, width

claim = Claims("derived")
Dimension = Annotated[Scalar, Ge(1), Le(1e4), Whole]
Variance = Annotated[Scalar, Ge(1e-4), Le(10)]
Side = Annotated[Scalar, Ge(0), Le(1e4)]
TRIANGLE = (
    "no triangle has sides of these squares",
    lambda rival, own, between: 4 * rival * own >= (rival + own - between) ** 2 * (1 - 1e-12),
)


@closed_form
def nearest_recall(rival: Square, own: Square, between: Positive) -> Scalar:
    """Phi((R - O)/(2 sqrt B)), in the limit of many dimensions: the recall of nearest means.

    R = E |m_0 - mu|^2 of the rival's mean m_0 to the points' centre mu, O = E |m_1 - mu|^2 of the
    own one's, B = E |m_1 - m_0|^2.
    """
    return normal_cdf((rival - own) / (2 * sqrt(between)))


@closed_form(example={"rival": 4.0, "own": 1.0, "between": 4.0, "d": 10.0}, between=TRIANGLE)
def exact_recall(
    d: Dimension,
    rival: Side,
    own: Side,
    between: Side,
    rival_variance: Variance,
    own_variance: Variance,
) -> Array:
    """The same in any dimension: a doubly noncentral F probability.

    P(X/Y > (1 + s - c)/(1 + t - c)), X and Y ~ chi'^2_d of ((1 - c) R - c (1 - c) O + c B)/((1 + t
    - c)(1 - c^2)) and ((1 - c) O - c (1 - c) R + c B)/((1 + s - c)(1 - c^2)), c = 1 + q -
    sqrt(q (q + 2)), q = (s + t)/2. R, O, B are squared distances of the centre and the means'
    expectations, t and s the variances of the rival's and the own mean, a coordinate.
    """
    given = (d, rival, own, between, rival_variance, own_variance)
    return _exact(*(jnp.asarray(v, float) for v in given))


@jax.jit
def _exact(d, rival, own, between, t, s):
    q = (s + t) / 2
    reach = sqrt(q * (q + 2))
    c = 1 / (1 + q + reach)
    lost = q / (1 + q + reach) + reach * c  # 1 - c
    first, second = lost + t, lost + s
    lead = first * lost * (1 + c)
    trail = second * lost * (1 + c)
    x = maximum(lost * rival - c * lost * own + c * between, 0.0) / lead
    y = maximum(lost * own - c * lost * rival + c * between, 0.0) / trail
    return f_tail(second / first, d, d, x, y)


# --------------------------------------------------------------------------------------------
# Recall


def sides(p, method, shift=1.0):
    """(R, O, B) of a method for tail and head: mean squared distances, label noise included."""
    debiased = method in ("debiased", "both")
    beta = p.beta if method in ("transferred", "both") else 0.0
    keep = 1.0 if debiased else 1 - p.eta
    middle = jnp.stack(p.middle)
    tail, donor, head = ((middle + keep * (jnp.stack(m) - middle)) for m in p.means)
    scale = 1 / (1 - p.eta) ** 2 if debiased else 1.0
    counts = (p.few, p.lent, p.many)
    own, lent, rival = (scale * p.trace(k) / n for k, n in enumerate(counts))
    mixed, noise = (1 - beta) * tail + beta * donor, (1 - beta) ** 2 * own + beta**2 * lent
    between = distance(mixed, head) + noise + rival
    points = tuple(jnp.stack(p.means[k]) for k in (0, 2))
    to_own, to_head = (
        (distance(mixed, x) + shift * noise, distance(head, x) + rival) for x in points
    )
    return (to_own[1], to_own[0], between), (to_head[0], to_head[1], between)


def recall(p, method, which=0, shift=1.0):
    """Of the tail (0) or the head (1)."""
    return nearest_recall(*sides(p, method, shift)[which])


LARGE = claim.given(at=CLEAN, within=0.005, why="many dimensions: terms of order 1/d")


@LARGE.equals("recall[2]", twin=Twin("noise in v alone", shift=0.0), known=((CLEAN, ".74395"),))
def transfer_recall(p, *, shift=1.0):
    """Tail recall after transfer: Phi((Delta^2 + d/n_0 - beta^2 |b|^2 - d s)/(2 v)), d large.

    v^2 = |mu_1 - mu_0 + beta b|^2 + d/n_0 + d s, s = (1 - beta)^2/n_t + beta^2/n_h: it depends on
    the calibrated mean through its mean squared error and v alone
    """
    return recall(p, "transferred", 0, shift)


@LARGE.equals("head_recall[2]", twin=Twin("noise in v alone", shift=0.0))
def transfer_recall_head(p, *, shift=1.0):
    """Head recall: Phi((|mu_1 - mu_0 + beta b|^2 + d s - d/n_0)/(2 v))."""
    return recall(p, "transferred", 1, shift)


def exactly(p, which=0):
    """The exact recall after transfer, clean labels."""
    mixed = (p.gap + p.beta * p.along, p.beta * p.across)
    at = (p.gap, 0.0) if which == 0 else (0.0, 0.0)
    own, rival = distance(mixed, at), distance((0.0, 0.0), at)
    s, t = width(p), 1 / p.many
    if which:
        own, rival, s, t = rival, own, t, s
    return exact_recall(p.d, rival, own, distance(mixed, (0.0, 0.0)), t, s)


TINY = CLEAN.but(d=6, few=2, lent=4, many=4)
FINITE = claim.given(at=(TINY, SMALL), within=0.003)


@FINITE.equals("recall[2]", twin=Twin("the limit of many dimensions", limit=True))
def transfer_recall_exact(p, *, limit=False):
    """Tail recall in any dimension: a doubly noncentral F probability."""
    return recall(p, "transferred") if limit else exactly(p)


@FINITE.equals("head_recall[2]", twin=Twin("the tail's", which=0))
def transfer_recall_exact_head(p, *, which=1):
    """Head recall likewise."""
    return exactly(p, which)


@claim.limit(
    lambda p: recall(p, "transferred"),
    along=tuple(CLEAN.but(d=10 * k, few=k, lent=50 * k, many=50 * k) for k in (5, 10, 20, 40)),
    size=lambda p: p.d,
    rate=-1,
    within=0.1,
    why="the next term is 1/d of the first",
    last_gap=2e-3,
    twin=Twin("noise in v alone", limit=lambda p: recall(p, "transferred", 0, 0.0)),
)
def transfer_recall_limit(p):
    """At fixed d/n the exact recall tends to the limit like 1/d."""
    return exactly(p)


# --------------------------------------------------------------------------------------------
# Both at once: the four pipelines

NOISY = Params(eta=0.4, tail=0.05, donor=0.25, d=200, few=40, lent=400, many=800)
PIPELINES = ("raw", "debiased", "transferred", "both")
pipelines = claim.given(at=NOISY, within=0.01, why="many dimensions: terms of order 1/d")


@pipelines.equals("recall[0]", twin=Twin("debiased", method="debiased"))
def raw_recall(p, *, method="raw"):
    """Tail recall of polluted means, Phi((R - O)/(2 sqrt B)), from their mean squared errors."""
    return recall(p, method)


@pipelines.equals("recall[1]", twin=Twin("raw", method="raw"))
def debiased_recall(p, *, method="debiased"):
    """Tail recall of corrected means."""
    return recall(p, method)


@pipelines.equals("recall[2]", twin=Twin("corrected too", method="both"))
def transferred_recall(p, *, method="transferred"):
    """Tail recall of polluted means after transfer."""
    return recall(p, method)


@pipelines.equals("recall[3]", twin=Twin("polluted", method="transferred"))
def combined_recall(p, *, method="both"):
    """Tail recall of corrected means after transfer: V_t is tr Sigma~/((1 - eta)^2 n) there."""
    return recall(p, method)
