"""The worst donor that |b| <= delta_q allows, for the mean's error and for tail recall."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, argmax_on, closed_form, minimum, normal_cdf, sqrt, where,
)  # fmt: skip
from theory.representation_calibration.params import Count, Positive, Weight
from theory.representation_calibration.recall import recall
from theory.representation_calibration.transfer import (
    CLEAN, best_weight, calibrated, transfer_error,
)  # fmt: skip

claim = Claims("derived; not in the paper")
Gap = Annotated[Scalar, Ge(0.01), Le(100)]
Reach = Annotated[Scalar, Ge(0), Le(100)]
NEARER = (
    "times weight is above gap: donors beyond the head",
    lambda gap, reach, weight: weight * reach <= gap,
)
AT = {"gap": 2.5, "reach": 1.0, "d": 400.0, "own": 40.0, "lent": 2000.0, "rival": 2000.0}


def _parts(gap: Any, reach: Any, weight: Any, d: Any, own: Any, lent: Any, rival: Any) -> Any:
    """L and v^2."""
    noise = d * ((1 - weight) ** 2 / own + weight**2 / lent)
    lead = gap * gap + d / rival - (weight * reach) ** 2 - noise
    ahead = where(lead >= 0, gap + weight * reach, gap - weight * reach)
    return lead, ahead * ahead + d / rival + noise


def _worst(*values: Any) -> Any:
    lead, square = _parts(*values)
    return lead / (2 * sqrt(square))


@closed_form(example=AT | {"weight": 0.5}, reach=NEARER)
def worst_recall(
    gap: Gap, reach: Reach, weight: Weight, d: Positive, own: Count, lent: Count, rival: Count
) -> Any:
    """Least tail recall after transfer over all donors with |b| <= delta, in many dimensions.

    Phi(L/(2 v)), L = Delta^2 + d/n_0 - beta^2 delta^2 - d s, v^2 = (Delta +- beta delta)^2 + d/n_0
    + d s, s = (1 - beta)^2/n_t + beta^2/n_h: + where L > 0 (recall above 1/2), where the worst
    donor is beyond the tail, seen from the head, and - where L < 0.
    """
    return normal_cdf(_worst(gap, reach, weight, d, own, lent, rival))


@jax.jit
def _best(gap, reach, *rest):
    return argmax_on(lambda w: _worst(gap, reach, w, *rest), 0.0, minimum(1.0, gap / reach))


_vectorised = jnp.vectorize(_best)


@closed_form(example=AT)
def cautious_weight(
    gap: Gap,
    reach: Annotated[Scalar, Ge(1e-3), Le(100)],
    d: Positive,
    own: Count,
    lent: Count,
    rival: Count,
) -> Any:
    """The weight beta, at most Delta/delta, whose worst tail recall is best."""
    values = (jnp.asarray(v, float) for v in (gap, reach, d, own, lent, rival))
    return _vectorised(*values)


@closed_form
def borrows_below(
    gap: Gap, reach: Annotated[Scalar, Ge(1e-3), Le(100)], d: Positive, rival: Count
) -> Any:
    """n*: with n_t >= n* tail points the cautious weight is 0.

    d/n* is the positive root a of a^2 + a (3 A + Delta delta) = A Delta delta, A = Delta^2 + d/n_0,
    where the worst recall has no slope at beta = 0.
    """
    own, moved = gap * gap + d / rival, gap * reach
    b = 3 * own + moved
    return d * (b + sqrt(b * b + 4 * own * moved)) / (2 * own * moved)


# --------------------------------------------------------------------------------------------
# The mean's squared error

FAR = 1.5
NEAR = Domain.around(CLEAN, few=(2, 10_000), beta=(0.0, 1.0), along=(-FAR, FAR), across=(-FAR, FAR))


def reach(p):
    """delta, at least |b|."""
    return abs(p.along) + abs(p.across)


def at_worst(p, beta):
    """The error at |b| = delta."""
    return transfer_error(beta, p.d / p.few, p.d / p.lent, reach(p) ** 2)


def minimax(p):
    """beta* at |b| = delta."""
    return best_weight(p.d / p.few, p.d / p.lent, reach(p) ** 2)


@claim.never_above(lambda p: at_worst(p, minimax(p)), over=NEAR, evaluators=("jax", "mpmath"))
def minimax_weight_is_safe(p):
    """beta* of |b| = delta: no donor with |b| <= delta has a larger error than its value."""
    return calibrated(p, minimax(p))


@claim.never_below(lambda p: at_worst(p, minimax(p)), over=NEAR, evaluators=("jax", "mpmath"))
def no_weight_is_safer(p):
    """Any other weight has a larger error at |b| = delta: beta* is minimax, a saddle point."""
    return at_worst(p, p.beta)


# --------------------------------------------------------------------------------------------
# Recall

BEYOND = CLEAN.but(along=1.0, across=0.0)


def of(p, delta, sign=1):
    """The worst recall; sign = -1: the donor between tail and head."""
    given = (1.0 * p.d, 1.0 * p.few, 1.0 * p.lent, 1.0 * p.many)
    if sign > 0:
        return worst_recall(p.gap, delta, p.beta, *given)
    return recall(p.but(along=-p.along), "transferred")


@claim.equals(
    "recall[2]",
    at=BEYOND,
    within=0.005,
    why="many dimensions: terms of order 1/d",
    twin=Twin("the worst donor stands between tail and head", sign=-1),
    known=((BEYOND, ".70278"),),
)
def worst_donor(p, *, sign=1):
    """The worst donor for tail recall is beyond the tail, on the axis: Phi(L/(2 v)) there."""
    return of(p, p.along, sign)


@claim.never_below(
    lambda p: of(p, reach(p)),
    over=Domain.around(
        CLEAN, few=(2, 10_000), beta=(0.0, 1.0), along=(-FAR, FAR), across=(-1.0, 1.0)
    ),
    evaluators=("jax",),
    points=32,
)
def worst_recall_is_worst(p):
    """No donor with |b| <= delta has a lower tail recall, Delta = 2.5 >= beta delta."""
    return recall(p, "transferred")


def weights(p):
    """cautious_weight at |b| = delta."""
    given = (1.0 * p.d, 1.0 * p.few, 1.0 * p.lent, 1.0 * p.many)
    return cautious_weight(p.gap, reach(p), *given)


@claim.never_above(
    lambda p: of(p.but(beta=1.0 * weights(p)), reach(p)),
    over=Domain.around(
        CLEAN, few=(2, 10_000), beta=(0.0, 1.0), along=(0.1, FAR), across=(0.0, 1.0)
    ),
    evaluators=("jax",),
    points=16,
)
def cautious_weight_is_best(p):
    """No weight has a better worst tail recall than :func:`cautious_weight`'s."""
    return of(p, reach(p))


# From n* on

POORER = Domain.around(CLEAN, gap=(1.5, 6.0), along=(0.1, FAR), many=(100, 10_000))


def start(p):
    """n*."""
    return borrows_below(p.gap, p.along, 1.0 * p.d, 1.0 * p.many)


def slope(p, own, which):
    """d/d beta at beta = 0 of log L (0), or of log v^2 (1), of own tail points."""
    rest = 1.0 * p.d, own, 1.0 * p.lent, 1.0 * p.many
    return jax.grad(lambda w: jnp.log(_parts(p.gap, p.along, w, *rest)[which]))(0.0)


@claim.identity(
    lambda p: slope(p, start(p), 1) / 2,
    over=POORER,
    within=1e-9,
    why="derivatives by JAX",
    points=16,
    twin=Twin("n_t = d/delta^2, where V_t = |b|^2", own=lambda p: p.d / p.along**2),
    known=((CLEAN.but(along=1.0), ".249195"),),
)
def borrowing_stops(p, *, own=start):
    """n* tail points: (log L)' = (log v)' at beta = 0, so that borrowing gains nothing."""
    return slope(p, own(p), 0)


@claim.never_above(
    lambda p: worst_recall(p.gap, p.along, 0.0, 1.0 * p.d, start(p), 1.0 * p.lent, 1.0 * p.many),
    over=Domain.around(CLEAN, gap=(1.5, 6.0), along=(0.1, FAR), beta=(0.0, 1.0)),
    evaluators=("jax", "mpmath"),
    known=((CLEAN.but(along=1.0, beta=0.0), ".85800"),),
)
def nothing_is_borrowed(p):
    """n* = 560 tail points or more (d = 400, Delta = 2.5, delta = 1): any beta > 0 is less safe.

    whereas the weight of least error is above 0 for every n_t
    """
    return worst_recall(p.gap, p.along, p.beta, 1.0 * p.d, start(p), 1.0 * p.lent, 1.0 * p.many)
