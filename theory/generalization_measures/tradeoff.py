"""Rules that mix a family with all functions, the trade-off line, and the price of fresh points."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, Whole, closed_form
from theory.generalization_measures.groups import shape
from theory.generalization_measures.params import (
    BELOW_HALF_THE_GAP, FIELD, Chance, Count, Order, Params, Precision, linear,
)  # fmt: skip
from theory.generalization_measures.ranks import AT, TERMS, half, mean_over_ranks, ranks, theta

claim = Claims("derived")
Fresh = Annotated[Scalar, Ge(0), Le(60), Whole]
Few = Annotated[Scalar, Ge(1), Le(60), Whole]
WITHIN = ("is above D", lambda s, D: s <= D)


def within_family(f, q, n, s, D, b):
    """E[P(h in W | S) f(1/t_W)], W the functions of the first s of D coordinates.

    P(h in W | S) = b + (1 - b) t_W/t: given the rank k there, t_W/t is on average the accuracy of
    (n - k) x (D - s).
    """
    q, n, s, D, b = jnp.broadcast_arrays(*(jnp.asarray(x, float) for x in (q, n, s, D, b)))
    chance, missing = ranks(q, n, s)
    left = jnp.maximum(n[..., None] - s[..., None] + missing, 0.0)  # n - k
    shape = (*q.shape, TERMS)
    nested = mean_over_ranks(lambda share: share, jnp.broadcast_to(q[..., None], shape), left,
                             jnp.broadcast_to((D - s)[..., None], shape))  # fmt: skip
    inside = b[..., None] + (1 - b[..., None]) * nested
    return jnp.sum(chance * inside * f(jnp.exp(-missing * jnp.log(q)[..., None])), axis=-1)


@closed_form(example=AT, q=FIELD, s=WITHIN)
@jax.jit
def mixed_accuracy(q: Order, n: Count, s: Count, D: Count, b: Chance):
    """P(L = 0) = E[P(h in W | S)/t_W]: with chance b a consistent answer in W, else anywhere."""
    return within_family(lambda share: share, q, n, s, D, b)


@closed_form(example=AT, q=FIELD, s=WITHIN, eps=BELOW_HALF_THE_GAP)
@jax.jit
def mixed_failure(q: Order, n: Count, s: Count, D: Count, b: Chance, eps: Precision = 0.1):
    """delta*(eps) = E[P(h in W | S) min(1/t_W, 1 - 1/t_W)]; the estimator sees h and the sample."""
    del eps
    return within_family(half, q, n, s, D, b)


@closed_form(example=AT, q=FIELD)
@jax.jit
def seen_points_failure(q: Order, n: Few, D: Few, v: Fresh):
    """sum_k P(rank k) q^-g (1 - prod_{i<g} (1 - q^(i-v))), g = D - k >= 1: v fresh pairs seen.

    The product is 0 for v < g. The pairs serve the estimator and not the rule.
    """
    chance, missing = ranks(q, n, D)
    size = jnp.log(jnp.asarray(q, float))[..., None]
    power = jnp.asarray(v, float)[..., None, None] - jnp.arange(0.0, 60)
    used = (jnp.arange(0, 60) < missing[..., None]) & (power > 0)
    factor = jnp.log1p(-jnp.exp(-jnp.where(used, power, 1.0) * size[..., None]))
    hidden = jnp.where(
        missing > jnp.asarray(v, float)[..., None],
        1.0,
        -jnp.expm1(jnp.sum(jnp.where(used, factor, 0.0), axis=-1)),
    )
    return jnp.sum(chance * jnp.exp(-missing * size) * jnp.where(missing > 0, hidden, 0.0), axis=-1)


@closed_form(example=AT, q=FIELD)
@jax.jit
def flags_failure(q: Order, n: Few, D: Few, v: Fresh):
    """E min(1/t, (1 - 1/t) q^-v): v fresh points of which only right or wrong is seen."""
    lost = jnp.exp(-jnp.asarray(v, float) * jnp.log(jnp.asarray(q, float)))[..., None]
    return mean_over_ranks(lambda share: jnp.minimum(share, (1 - share) * lost), q, n, D)


# --------------------------------------------------------------------------------------------
# The trade-off line

BIASED = (
    linear(2, 8, 20, s=8, b=0.5), linear(2, 2, 3, s=2, b=0.5), linear(2, 3, 4, s=3, b=0.25),
)  # fmt: skip
mixing = claim.given(at=BIASED, within=0.015)


def mixed_fails(run, p):
    """Outside W certainly wrong; inside as for W alone."""
    guess = (run["family_rank"] == p.s) & (run["in_family"] > 0)
    return guess != (run["wrong"] == 0)


def numbers(p):
    """(q, n, s, D)."""
    return p.q, p.n, p.s, p.D


@mixing.equals(
    mixed_fails,
    known=((BIASED[0], ".1607195"), (BIASED[1], ".2607422")),
    twin=Twin("the same for every b", bias=1.0),
)
def tradeoff_line(p, *, bias=None):
    """delta* = E[P(h in W | S) min(1/t_W, 1 - 1/t_W)], P = b + (1 - b) t_W/t: affine in b."""
    return mixed_failure(*numbers(p), p.b if bias is None else bias)


@mixing.equals(
    lambda run, p: run["wrong"] == 0,
    known=((BIASED[0], ".3057145"), (BIASED[1], ".5419922")),
    twin=Twin("the same for every b", bias=1.0),
)
def tradeoff_line_accuracy(p, *, bias=None):
    """P(L = 0) = E[P(h in W | S)/t_W]: what one learns is paid by what one can tell."""
    return mixed_accuracy(*numbers(p), p.b if bias is None else bias)


@claim.limit(
    lambda p: mixed_failure(*numbers(p), 1.0) / mixed_accuracy(*numbers(p), 1.0),
    along=tuple(linear(2, 8, D, s=8, b=0.5) for D in range(14, 21)),
    size=lambda p: 2.0 ** (p.D - p.s),
    rate=-1,
    within=0.02,
    why="the next order, q^-2(D - s)",
    last_gap=1e-3,
    twin=Twin("failure in proportion to b (1 - b)", limit=0.25),
)
def tradeoff_line_ratio(p):
    """At fixed b > 0, failure/accuracy tends to what it is at b = 1: a line through 0."""
    return mixed_failure(*numbers(p), p.b) / mixed_accuracy(*numbers(p), p.b)


@claim.limit(
    lambda p: theta(p.q) - 0.2887880950866,
    along=tuple(linear(2, n, n + 4, s=n, b=1.0) for n in range(4, 11)),
    size=lambda p: 2.0**p.n,
    rate=-1,
    within=0.05,
    why="the next order, q^-2n",
    last_gap=3e-4,
    twin=Twin("Theta(2)", limit=lambda p: theta(p.q)),
)
def tradeoff_line_end(p):
    """The line ends, b = 1 and s = n, at (Theta, Theta - prod (1 - 2^-i)) = (.6103, .3215)."""
    return mixed_failure(*numbers(p), p.b)


# --------------------------------------------------------------------------------------------
# The price of fresh points

SEEN = 3


def flagged_fails(run, p):
    """One mistake among the flags: wrong. None: what is more likely."""
    t = (1.0 * p.q) ** (p.D - run["rank"])
    clean = run["flags"][:, :SEEN].max(axis=1) == 0
    return (clean & (1 / t > (1 - 1 / t) * (1.0 * p.q) ** -SEEN)) != (run["wrong"] == 0)


@claim.equals(
    flagged_fails,
    at=(linear(2, 8, 9), linear(3, 5, 6)),
    within=0.015,
    known=((linear(2, 8, 9), ".0762114"),),
    twin=Twin("flags of no use", v=0),
)
def fresh_points_flags(p, *, v=SEEN):
    """v fresh points, right or wrong: delta* = E min(1/t, (1 - 1/t) q^-v)."""
    return flags_failure(*shape(p), v)


@claim.never_above(
    lambda p: flags_failure(p.q, p.n, p.D, 2),
    over=Domain.around(Params(s=1), q={2, 3, 5}, n=(1, 18), D=(1, 20)),
    points=48,
    known=((linear(2, 8, 9), ".1370"),),
    twin=Twin("from one point less", v=1),
)
def fresh_points_seen(p, *, v=2):
    """To see the fresh pairs is no worse than to see the flags: .1370 at 8 x 9 and v = 2."""
    return seen_points_failure(*shape(p), v)
