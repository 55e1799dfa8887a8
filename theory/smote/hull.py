"""The convex hull of an empirical ROC curve: what a finite test sample makes of one curve.

Scores matter by their order only. In the model a minority score is below a majority one as an
exponential of rate theta is below one of rate 1, so that TPR = 1 - (1 - FPR)^theta: the order is a
chain, the next point of the minority with chance theta b/(a + theta b), a and b what is left of
both. theta = 1: no class difference, every order alike.
"""

import functools
import itertools
import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, Scalar, Static, Twin, Whole, closed_form, exp, loggamma, maximum, pi,
    sqrt, where,
)  # fmt: skip
from theory.smote.params import Params

claim = Claims("derived; not in the paper")
MOST = 64
"""Points of each class in the hull's area without a class difference."""
Few = Annotated[Scalar, Ge(1), Le(8), Whole, Static]
"""Points of each class where all rank orders are enumerated: 12 870 at most."""
Some = Annotated[Scalar, Ge(1), Le(MOST), Whole]
Hazard = Annotated[Scalar, Ge(1e-3), Le(1e3)]
_FACTORIALS = np.array([math.lgamma(k + 1) for k in range(2 * MOST + 1)])


def _log_choose(n: Any, k: Any) -> Any:
    """Of whole numbers; k outside 0 .. n is brought inside."""
    n = np.maximum(n, 0).astype(int)
    k = np.clip(k, 0, n).astype(int)
    return _FACTORIALS[n] - _FACTORIALS[k] - _FACTORIALS[n - k]


@functools.cache
def _cross_products() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """l, s, and sum_{j<l} l/(j (l - j)) E|A - j s/l|, A of s minority points among j of l.

    De Moivre: E|A - E A| = 2 m (l - s - j + m)/l P(A = m), m the first count above the mean.
    """
    length = np.arange(2, 2 * MOST + 1)[:, None, None]
    ones, part = np.arange(1, MOST + 1)[:, None], np.arange(1, 2 * MOST)
    m = part * ones // length + 1
    zeros = length - ones - part + m
    there = (part < length) & (ones < length) & (m <= ones) & (m <= part) & (zeros > 0)
    ways = _log_choose(ones, m) + _log_choose(length - ones, part - m) - _log_choose(length, part)
    deviation = np.where(there, 2 * m * zeros / length * np.exp(np.minimum(ways, 0.0)), 0.0)
    inner = np.sum(deviation * length / (part * np.maximum(length - part, 1)), axis=-1)
    return length[..., 0].astype(float), ones[:, 0].astype(float), inner


def _log_ways(n: Any, k: Any) -> Any:
    n, k = maximum(n, 0.0), maximum(k, 0.0)
    return loggamma(n + 1) - loggamma(k + 1) - loggamma(maximum(n - k, 0.0) + 1)


@jax.jit
def _null_area(minority, majority):
    length, ones, inner = _cross_products()
    total = minority + majority
    inside = (length <= total) & (ones <= minority) & (length - ones <= majority)
    ways = _log_choose(length, ones) + _log_ways(total - length, minority - ones)
    chance = exp(ways - _log_ways(total, minority))
    return 0.5 + jnp.sum(where(inside, chance * inner, 0.0)) / (4 * minority * majority)


_null_areas = jax.jit(jnp.vectorize(_null_area))


@closed_form
def null_hull_area(minority: Some, majority: Some) -> Any:
    """E of the area under the hull without a class difference, where the curve's own is 1/2.

    1/2 + 1/(4 n1 n0) sum_{j + k <= N} E|j B - k A|/(j k), A and B the minority points among j and k
    others drawn from all N = n0 + n1. The hull's edges are the cycles of a random permutation
    (Spitzer's lemma), and its area 1/2 and a quarter of all |cross products| of two.
    """
    return _null_areas(*(jnp.asarray(v, float) for v in (minority, majority)))


@closed_form
def null_hull_rate(minority: Annotated[Scalar, Ge(1)], majority: Annotated[Scalar, Ge(1)]) -> Any:
    """sqrt(2 pi)/6 sqrt(1/n0 + 1/n1): what that area is above 1/2, for many points."""
    return sqrt(2 * pi) / 6 * sqrt(1 / minority + 1 / majority)


@functools.cache
def rank_orders(minority: int, majority: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All orders: the minority's places (orders, N), 2 n0 n1 times hull area, vertices."""
    total = minority + majority
    places = np.zeros((math.comb(total, minority), total), bool)
    for row, ones in enumerate(itertools.combinations(range(total), minority)):
        places[row, list(ones)] = True
    hulls = np.array([_hull(row) for row in places])
    return places, hulls[:, 0], hulls[:, 1]


def _hull(places: np.ndarray) -> tuple[int, int]:
    kept = [(0, 0)]
    for ones, step in zip(np.cumsum(places), range(1, len(places) + 1), strict=True):
        x, y = int(step - ones), int(ones)
        while len(kept) > 1:
            (a, b), (c, d) = kept[-2:]
            if (c - a) * (y - b) < (d - b) * (x - a):
                break
            kept.pop()
        kept.append((x, y))
    twice = sum((c - a) * (b + d) for (a, b), (c, d) in itertools.pairwise(kept))
    return twice, len(kept)


def chances(hazard: Any, minority: int, majority: int) -> Any:
    """Of each of :func:`rank_orders`; hazard of any shape, orders on a last axis."""
    places = rank_orders(minority, majority)[0]
    drawn = np.cumsum(places, axis=1) - places
    ones, zeros = minority - drawn, majority - (np.arange(places.shape[1]) - drawn)
    hazard = jnp.asarray(hazard, float)[..., None, None]
    either = jnp.log(zeros + hazard * ones)
    mine = jnp.log(np.where(places, ones, np.maximum(zeros, 1)) * where(places, hazard, 1.0))
    return jnp.exp(jnp.sum(mine - either, axis=-1))


@closed_form(example={"hazard": 3.0, "minority": 4, "majority": 4})
def hull_moments(hazard: Hazard, minority: Few, majority: Few) -> tuple[Any, Any]:
    """(E area, E vertices) of the hull of the empirical curve, by all rank orders.

    n1! n0! theta^n1/prod_i (a_i + theta b_i) is an order's chance (Savage), a_i and b_i what is
    left of majority and minority at its i-th place.
    """
    if math.isnan(minority + majority):
        return hazard * math.nan, hazard * math.nan
    sizes = int(minority), int(majority)
    _, twice, vertices = rank_orders(*sizes)
    weights = chances(hazard, *sizes)
    return weights @ twice / (2 * minority * majority), weights @ vertices


# --------------------------------------------------------------------------------------------
# No class difference

SMALL = Params(n=6, majority=6, rare=2)
FOUR = Params(n=4, k=3, majority=4, rare=2)
LARGER = Params(n=10, k=9, majority=40, m=30)
hulls = claim.given(mode="hull")


@hulls.equals(
    "area",
    at=(SMALL, LARGER),
    within=0.003,
    twin=Twin("1/2, the area under the curve itself", hull=False),
    known=((FOUR, ".6959821"), (FOUR.but(n=2, k=1, majority=3), ".725")),
)
def null_hull(p, *, hull=True):
    """Scores that know nothing: the hull's area is above 1/2, by a sum over pairs of cycles."""
    return null_hull_area(p.n, p.majority) if hull else 0.5


@claim.limit(
    1.0,
    along=tuple(Params(n=n, majority=n) for n in (8, 16, 32, 64)),
    size=lambda p: p.n,
    rate=-0.5,
    within=0.05,
    why="the next term is of order log(N)/N, of short cycles beside long ones: an exponent .03 off",
    last_gap=0.1,
    twin=Twin("sqrt(pi/8), of one sample's bridge, for sqrt(2 pi)/6", limit=1.5),
)
def null_hull_limit(p):
    """Many points: the area less 1/2, over sqrt(2 pi)/6 sqrt(1/n0 + 1/n1), tends to 1."""
    return (null_hull_area(p.n, p.majority) - 0.5) / null_hull_rate(p.n, p.majority)


@claim.never_above(
    lambda p: null_hull_area(p.n, p.majority),
    over=Domain.around(SMALL, n=(6, 60), majority=(1, 60)),
    evaluators=("jax",),
    points=16,
)
def undersampling_lifts_the_hull(p):
    """A majority point less never lowers the hull of noise: undersampling promises more."""
    return null_hull_area(p.n, p.majority + 1)


def law(p, x, hazard=None):
    """P(2 n0 n1 area + U <= x), U uniform on [0, 1]."""
    _, twice, _ = rank_orders(p.n, p.majority)
    weights = chances(p.hazard if hazard is None else hazard, p.n, p.majority)
    return jnp.clip(jnp.asarray(x, float)[..., None] - twice, 0.0, 1.0) @ weights


@hulls.law(
    lambda run, p: np.round(2 * p.n * p.majority * run["area"]) + run["dither"],
    at=(SMALL, SMALL.but(hazard=3.0)),
    width=0.03,
    twin=Twin("of another curve: theta = 2", hazard=2.0),
)
def hull_area_law(p, x, *, hazard=None):
    """The law of 2 n0 n1 times the hull's area, a whole number, over all rank orders.

    a uniform is added to it, so that the law has no atoms
    """
    return law(p, x, hazard)


# --------------------------------------------------------------------------------------------
# A class difference

HAZARD = SMALL.but(hazard=3.0)


@hulls.equals(
    "area",
    at=(HAZARD, HAZARD.but(n=4, k=3, majority=8)),
    within=0.003,
    twin=Twin("theta/(1 + theta), the area under the curve itself", curve=True),
    known=((FOUR.but(hazard=3.0), ".8538621"),),
)
def hull_area(p, *, curve=False):
    """E of the area under the hull, TPR = 1 - (1 - FPR)^theta: above the curve's theta/(1+theta).

    whatever threshold resampling moves the rule to, its curve and so this law stay
    """
    return p.hazard / (1 + p.hazard) if curve else hull_moments(p.hazard, p.n, p.majority)[0]


@hulls.equals(
    "vertices",
    at=(HAZARD, SMALL),
    support=(2.0, lambda p: p.n + p.majority + 1.0),
    within=0.05,
    twin=Twin("as without a class difference", hazard=1.0),
    known=((FOUR, "3.3"), (FOUR.but(hazard=3.0), "3.7281693")),
)
def hull_vertices(p, *, hazard=None):
    """How many vertices the hull has, both ends included."""
    return hull_moments(p.hazard if hazard is None else hazard, p.n, p.majority)[1]


hulls.every_trial(
    lambda run, p: run["copied"] - run["area"],
    within=1e-9,
    at=LARGER,
    name="copies_keep_the_hull",
    says="copies of all minority points, as many of each, leave the hull where it is",
    twin=Twin("so does SMOTE", observable=lambda run, p: abs(run["smoted"] - run["area"])),
)
hulls.ordering(
    "smote_flattens_the_hull_of_noise",
    "K = N - 1, normal scores without a class difference: SMOTE before testing lowers the hull",
    "area",
    "smoted",
    at=LARGER,
)
