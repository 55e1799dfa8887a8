"""The discriminant with an estimated covariance: both classes' scatters mixed, and a ridge.

S = (1 - beta) S_t + beta S_h + alpha I, S_t and S_h of n_t - 1 and n_h - 1 degrees of freedom, in
d dimensions of which half have variance 1, the others tau. As d and both n grow together,
(S)^-1 acts as the resolvent Q = (alpha + e Sigma)^-1 of Sigma itself.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, mp_mean, mp_stieltjes, root
from theory.representation_calibration.params import Params, Weight
from theory.representation_calibration.recall import nearest_recall
from theory.representation_calibration.transfer import width

claim = Claims("derived; not in the paper")
Ridge = Annotated[Scalar, Ge(1e-4), Le(1e4)]
Spread = Annotated[Scalar, Ge(1e-3), Le(1e3)]
Ratio = Annotated[Scalar, Ge(0), Le(1e3)]


@closed_form(example={"ridge": 0.1, "spread": 4.0, "own": 1.0, "lent": 0.3, "weight": 0.5})
def calibrated_resolvent(
    ridge: Ridge, spread: Spread, own: Ratio, lent: Ratio, weight: Weight
) -> tuple[Any, Any, Any]:
    """(e, k, g): S^-1 acts as Q = (alpha + e Sigma)^-1, S^-1 Sigma S^-1 as g Q Sigma Q.

    e = (1-beta)/(1 + (1-beta) c_t k) + beta/(1 + beta c_h k), k = tr(Sigma Q)/d, c = d/nu of each
    scatter; 1 - 1/g = tr((Sigma Q)^2)/d (c_t (1-beta)^2/(1 + (1-beta) c_t k)^2 + c_h beta^2/(1 +
    beta c_h k)^2). The free sum of two Marchenko-Pastur laws, by its R-transform.
    """
    values = (jnp.asarray(v, float) for v in (ridge, spread, own, lent, weight))
    return _resolvent(*jnp.broadcast_arrays(*values))


@jax.jit
def _resolvent(ridge, spread, own, lent, weight):
    parts = ((1 - weight, own), (weight, lent))

    def trace(e):
        return (1 / (ridge + e) + spread / (ridge + e * spread)) / 2

    def left(e):
        return sum(w / (1 + w * c * trace(e)) for w, c in parts)

    e = root(lambda e: left(e) - e, jnp.zeros_like(ridge), jnp.ones_like(ridge))
    square = (1 / (ridge + e) ** 2 + (spread / (ridge + e * spread)) ** 2) / 2
    lost = square * sum(c * (w / (1 + w * c * trace(e))) ** 2 for w, c in parts)
    return e, trace(e), 1 / (1 - lost)


# --------------------------------------------------------------------------------------------
# Recall: d/n_t = 1, so that the tail's own scatter is singular

HERE = Params(side=100, few=100, lent=300, many=300, ridge=0.1, spread=4.0)
OTHER = HERE.but(beta=0.3, ridge=0.02, spread=0.25)


def resolvent(p):
    """Of the parameters."""
    own, lent = p.side / (p.few - 1), p.side / (p.lent - 1)
    return calibrated_resolvent(p.ridge, p.spread, own, lent, p.beta)


def recalls(p, *, noisy=True, known=False):
    """(tail, head); ``known``: the covariance is Sigma, with Q = (alpha + Sigma)^-1."""
    e, _, gain = (1.0, 0.0, 1.0) if known else resolvent(p)
    q, r = 1 / (p.ridge + e), 1 / (p.ridge + e * p.spread)
    side = p.side / 2
    trace, square = side * (q + p.spread * r), side * (q * q + (p.spread * r) ** 2)
    own, rival = width(p), 1 / p.many

    def length(x, y):
        return q * x * x + r * y * y

    mixed = (p.gap + p.beta * p.along, p.beta * p.across)
    between = (q * mixed[0]) ** 2 + p.spread * (r * mixed[1]) ** 2 + (own + rival) * square
    between = between * (gain if noisy else 1.0)
    tail = length(p.gap, 0.0) + rival * trace, length(mixed[0] - p.gap, mixed[1]) + own * trace
    head = length(*mixed) + own * trace, rival * trace
    return nearest_recall(*tail, between), nearest_recall(*head, between)


ESTIMATED = claim.given(
    mode="regularised", at=(HERE, OTHER), within=0.01, why="many dimensions: terms of order 1/d"
)


@ESTIMATED.equals(
    "recall",
    twin=Twin("the noise of the direction, g, forgotten", noisy=False),
    known=((HERE, ".86804"), (OTHER, ".82841")),
)
def regularised_recall(p, *, noisy=True):
    """Tail recall of the discriminant with S: nearest means in the norm of Q, over sqrt(g).

    Phi((R - O)/(2 sqrt(g B))), R = E |m_0 - mu|^2_Q, O = E |m_1 - mu|^2_Q, B = E |m_1 - m_0|^2 in
    the norm of Q Sigma Q
    """
    return recalls(p, noisy=noisy)[0]


@ESTIMATED.equals(
    "head_recall", twin=Twin("Sigma known", known=True), known=((HERE, ".81384"), (OTHER, ".82596"))
)
def regularised_recall_head(p, *, known=False):
    """Head recall of the same rule: likewise, around the head's centre."""
    return recalls(p, known=known)[1]


SEEN = claim.given(mode="regularised", at=HERE)
SEEN.ordering(
    "covariance_pays",
    "d = n_t: the discriminant with calibrated covariance beats nearest means, tau = 4",
    "recall",
    "nearest",
)
SEEN.ordering(
    "ridge_pays",
    "d = n_t, no donors: a ridge beats a hundredth of it",
    "recall",
    "barely",
    at=HERE.but(beta=0.0),
)

# --------------------------------------------------------------------------------------------
# Sigma = I, weights of the pooled estimate: a Marchenko-Pastur law

ROUND = Params(side=100, few=100, lent=300, ridge=0.1)
BOX = Domain.around(ROUND, few=(20, 2000), lent=(120, 2000), ridge=(0.01, 100.0))


def pooled(p):
    """(e, k, g) at beta = nu_h/(nu_t + nu_h), and d/(nu_t + nu_h)."""
    own, lent = p.few - 1.0, p.lent - 1.0
    weight = lent / (own + lent)
    found = calibrated_resolvent(p.ridge, 1.0, p.side / own, p.side / lent, weight)
    return found, p.side / (own + lent)


@claim.identity(
    lambda p: mp_stieltjes(p.ridge, pooled(p)[1]),
    over=BOX,
    within=1e-9,
    why="a root",
    points=16,
    twin=Twin("d over the mean degrees of freedom: 2 d/(nu_t + nu_h)", half=True),
)
def pooled_is_marchenko_pastur(p, *, half=False):
    """Sigma = I, pooled weights: k = E 1/(s + alpha), s Marchenko-Pastur of d/(nu_t + nu_h)."""
    (_, trace, _), ratio = pooled(p)
    return mp_stieltjes(p.ridge, 2 * ratio) if half else trace


def kept(p):
    """1/(g tr((Sigma Q)^2)/d) tr(Sigma Q)^2/d^2: what the recall's argument keeps, squared."""
    (e, trace, gain), _ = pooled(p)
    return trace**2 * (p.ridge + e) ** 2 / gain


@claim.identity(
    lambda p: (
        mp_stieltjes(p.ridge, pooled(p)[1]) ** 2
        / mp_mean(lambda s: 1 / (s + p.ridge) ** 2, pooled(p)[1])
    ),
    over=BOX,
    within=1e-6,
    why="a quadrature, checked to 1e-6",
    points=16,
    twin=Twin("no loss: the direction of nearest means", loss=0.0),
)
def direction_loss(p, *, loss=1.0):
    """Sigma = I: squared, the recall's argument keeps (E 1/(s + alpha))^2/E 1/(s + alpha)^2.

    of that of nearest means, so never more; s Marchenko-Pastur of d/(nu_t + nu_h)
    """
    return 1 - loss * (1 - kept(p))


@claim.limit(
    lambda p: 1 - pooled(p)[1],
    along=tuple(ROUND.but(ridge=0.025 / 4**k) for k in range(4)),
    size=lambda p: 1 / p.ridge,
    rate=-1,
    within=0.05,
    why="terms of order alpha^2",
    last_gap=1e-3,
    twin=Twin("d/nu_h: the donors' scatter alone", limit=lambda p: 1 - p.side / (p.lent - 1)),
)
def estimated_covariance_costs(p):
    """Sigma = I, alpha -> 0: the argument of recall falls by sqrt(1 - d/(nu_t + nu_h))."""
    return kept(p)
