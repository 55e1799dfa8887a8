"""A shattered set of d points: what a measure that is blind to the rule tells.

x uniform on d points, n samples, target uniform on {0, 1}^d. V = d L counts the points that are not
in the sample and on which an interpolating rule is wrong, by a fair coin each: start with
Binomial(d, 1/2) such points; each draw meets one of v of them with chance v/d.
"""

import math
from fractions import Fraction
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, binomial_pmf, closed_form, own_checks,
)  # fmt: skip
from theory.generalization_measures.measures import optimal_failure
from theory.generalization_measures.params import Params

claim = Claims("Gastpar et al. (2024), Theorems 1 and 2 in substance; derived")
sampled = claim.given(mode="shattered")
LENGTH = 2048
Points = Annotated[Scalar, Ge(1), Le(2000), Whole]
Size = Annotated[Scalar, Ge(0), Le(2000), Whole]
AT = {"d": 20, "m": 10, "k": 5, "window": 5}


@jax.jit
def unseen(d, m, share):
    """The law on 0, 1, ... of the points marked with chance ``share`` that m draws miss."""
    v = jnp.arange(0.0, LENGTH)

    def draw(_, law):
        return law * jnp.maximum(1 - v / d, 0.0) + jnp.roll(law * v / d, -1)

    return jax.lax.fori_loop(0, jnp.asarray(m, int), draw, binomial_pmf(v, d, share))


@jax.jit
def tail(d, m, k):
    """P(at least k unseen points marked by a fair coin)."""
    return jnp.sum(jnp.where(jnp.arange(0, LENGTH) >= k, unseen(d, m, 0.5), 0.0))


@closed_form(example=AT)
def overparam_profile(d: Points, m: Size, k: Size):
    """P(d L >= k) of every interpolating rule, target uniform; no rule does better."""
    return jnp.vectorize(tail)(*(jnp.asarray(x, float) for x in (d, m, k)))


@closed_form(example=AT)
def blind_failure(d: Points, m: Size, window: Points):
    """delta*(eps) = P(d L >= w)/2, w = ceil(2 eps d): the best that is blind to the rule.

    Half of the time the rule knows the target, L = 0; half of the time it draws it from the
    posterior. An interval of w integers holds all of the first half if it starts at 0, and no
    interval holds more than half of the rest.
    """
    return overparam_profile(d, m, window) / 2


@closed_form(example=AT)
def mean_loss(d: Points, m: Size):
    """E L = (1 - 1/d)^m/2."""
    return (1 - 1 / d) ** m / 2


@closed_form(example=AT)
@jax.jit
def loss_variance(d: Points, m: Size):
    """Var L = (2 E U + d(d-1)(1-2/d)^m - (E U)^2)/(4 d^2), U the unseen points."""
    left = d * (1 - 1 / d) ** m
    pairs = jnp.where(d > 2, d * (d - 1) * jnp.maximum(1 - 2 / d, 0.0) ** m, 0.0)
    pairs = jnp.where((m == 0) & (d == 2), 2.0, pairs)
    return (2 * left + pairs - left**2) / (4 * d**2)


@own_checks("a Fraction in, for the boundary is exact")
def window(d: int, eps: Fraction) -> int:
    """ceil(2 eps d), the most integers in an open interval of length 2 eps d."""
    if d < 1 or eps <= 0:
        raise ValueError(f"window: d = {d} and eps = {eps} must be positive")
    return math.ceil(2 * Fraction(eps) * d)


def sizes(p):
    """(d, m, w)."""
    return p.d, p.m, p.window


# --------------------------------------------------------------------------------------------
# Blind to the rule


def mixture_loss(run):
    """d L of the half/half mixture of the rule that knows and the rule that draws."""
    return np.where(run["knows"] > 0, 0.0, run["rival"])


def mean_fails(run, p):
    """The posterior mean, U/4 of d, whether its error reaches w/2 of d."""
    return abs(run["unseen"] / 4 - mixture_loss(run)) >= p.window / 2


def searched(p):
    """delta* with all windows tried: over samples with u unseen points and losses 0 .. d."""
    left, loss = np.asarray(unseen(p.d, p.m, 1.0))[: p.d + 1], np.arange(p.d + 1)
    drawn = stats.binom.pmf(loss, loss[:, None], 0.5)
    joint = left[:, None] * ((loss == 0) + drawn) / 2
    return optimal_failure(joint, loss, p.window / 2).failure


TINY, SMALL, LARGE = (
    Params(d=3, m=2, window=1), Params(d=20, m=10, window=5), Params(d=60, m=30, window=12),
)  # fmt: skip


def disagree(run, p, shift):
    """Whether |E - L| <= eps and b - 2 eps <= L <= b differ, b = E + shift, E = U/(4d)."""
    loss, estimate = mixture_loss(run) / p.d, run["unseen"] / (4 * p.d)
    bound = estimate + shift
    return (abs(estimate - loss) <= TIE_FREE) != ((bound - 2 * TIE_FREE <= loss) & (loss <= bound))


TIE_FREE = 0.1003
sampled.every_trial(
    lambda run, p: disagree(run, p, TIE_FREE),
    name="tight_iff_estimable",
    says="b = E + eps: |E - L| <= eps in exactly the samples where b - 2 eps <= L <= b",
    source="Gastpar et al. (2025), Proposition 1.2",
    within=0.0,
    at=(LARGE, SMALL),
    trials=4096,
    twin=Twin("b = E", observable=lambda run, p: disagree(run, p, 0.0)),
)


@sampled.equals(
    lambda run, p: mixture_loss(run) >= p.window,
    at=(SMALL, LARGE),
    within=0.02,
    source="derived",
    twin=Twin("the posterior mean, optimal for squares", observable=mean_fails),
)
def optimal_window(p):
    """delta*(eps) = 1 - sum_s max_eta P(S = s, |L - eta| < eps): an interval a sample.

    By a search over all intervals; no measure of any kind fails less.
    """
    return searched(p)


@sampled.equals(
    lambda run, p: mixture_loss(run) >= p.window,
    at=(TINY, LARGE),
    within=0.015,
    known=((TINY, ".2916666667"), (LARGE, ".492053"), (Params(d=3, m=1, window=1), ".375"),
           (Params(d=4, m=2, window=1), ".390625"), (Params(d=4, m=2, window=2), ".15625"),
           (Params(d=5, m=2, window=2), ".26875"), (Params(window=24), ".022017"),
           (Params(d=600, m=300, window=168), ".4630"), (Params(d=20, window=6, m=10), ".3008")),
    twin=Twin("d - m points unseen, as without collisions", collisions=False),
)  # fmt: skip
def blind_shattered_exact(p, *, collisions=True):
    """delta*(eps) = P(V >= ceil(2 eps d))/2 for every measure that knows sample and answer only."""
    if collisions:
        return blind_failure(*sizes(p))
    return blind_failure(p.d - p.m, 0, p.window)


SETS = Domain.around(Params(), d=(2, 24), m=(1, 12), window=(1, 12))


@claim.identity(
    searched,
    over=SETS,
    points=24,
    within=1e-12,
    scale=1.0,
    why="sums of 2048 terms",
    twin=Twin("the next smaller interval", less=1),
)
def blind_bound_attained(p, *, less=0):
    """beta/2 is attained: delta* = P(L >= 2 eps)/2 whatever interval one searches."""
    return overparam_profile(p.d, p.m, p.window - less) / 2


@claim.identity(
    lambda p: blind_failure(p.d, p.m, 1),
    over=SETS,
    points=24,
    within=1e-10,
    scale=1.0,
    why="an alternating sum of size 2^12",
    twin=Twin("the factor 1/2 lost", half=1),
)
def blind_shattered_exact_fine(p, *, half=2):
    """eps <= 1/(2d): delta* = (1 - sum_s C(d, s) (-1/2)^s (1 - s/d)^m)/2."""
    terms = (math.comb(p.d, s) * (-0.5) ** s * (1 - s / p.d) ** p.m for s in range(p.d + 1))
    return (1 - sum(terms)) / half


def both_fail(run, p, precision):
    """1{L' >= alpha} - failures on both rules, the worst of three measures blind to the rule.

    Measures: the training error 0, a quarter of the unseen share, a bound of the form sqrt(d/m).
    """
    loss = run["rival"] / p.d
    measures = (0 * loss, run["unseen"] / (4 * p.d), 0 * loss + np.sqrt(p.d / p.m) / 4)
    fails = [1.0 * (e >= precision) + (abs(e - loss) >= precision) for e in measures]
    return (run["rival"] >= p.window) - np.min(fails, axis=0)


sampled.every_trial(
    lambda run, p: both_fail(run, p, p.window / p.d / 2),
    name="blind_lower_bound",
    says="eps <= alpha/2: a measure of the sample fails on the rule that knows the target or on the"
    " one that draws it, whenever the latter loses alpha",
    within=0.0,
    at=(LARGE, SMALL),
    trials=4096,
    twin=Twin("at eps = alpha", observable=lambda run, p: both_fail(run, p, p.window / p.d)),
)


@claim.never_above(searched, over=SETS, points=24, twin=Twin("beta, no half", half=1))
def blind_lower_bound_average(p, *, half=2):
    """delta* >= beta/2, beta = P(L >= 2 eps): one of the two rules is failed half that often."""
    return overparam_profile(*sizes(p)) / half - 1e-13


# --------------------------------------------------------------------------------------------
# The profile of losses


@sampled.equals(
    lambda run, p: run["rival"] >= p.window,
    at=(SMALL, LARGE),
    within=0.02,
    known=((SMALL, ".793716"), (Params(d=100, m=50, window=25), ".922756"),
           (Params(d=100, m=50, window=30), ".571197"), 
           (Params(d=100, m=50, window=35), ".147616")),
    twin=Twin("d - m points unseen", collisions=False),
)  # fmt: skip
def overparam_profile_law(p, *, collisions=True):
    """P(L >= a) = P(V >= ceil(a d)): no rule loses less, in the stochastic order."""
    if collisions:
        return overparam_profile(*sizes(p))
    return overparam_profile(p.d - p.m, 0, p.window)


@sampled.equals(
    lambda run, p: run["rival"] / p.d,
    at=(LARGE, SMALL),
    within=0.02,
    known=((LARGE, ".3019902"),),
    twin=Twin("(1 - m/d)/2, as without collisions", collisions=False),
)
def overparam_profile_mean(p, *, collisions=True):
    """E L = (1 - 1/d)^m/2."""
    return mean_loss(p.d, p.m) if collisions else (1 - p.m / p.d) / 2
