"""What a weight costs the majority and gives the minority, as separability grows."""

import math
from typing import Annotated

import jax.numpy as jnp

from theory import (
    Claims, Domain, Gt, Logarithmic, Scalar, Twin, argmax_on, closed_form, exp, log, log1p,
    normal_cdf, normal_pdf, root, sqrt,
)  # fmt: skip
from theory.imbalanced_adversarial.model import Params
from theory.imbalanced_adversarial.weights import (
    EXACTLY, PLAIN, S_AND_K, UP_TO_FULL, at_s, with_power,
)  # fmt: skip

claim = Claims()


@claim.equals(
    lambda run, p: run["standard"][:, 1] - run["standard_plain"][:, 1],
    at=tuple(PLAIN.but(s=s, rho=rho) for rho in (10.0, 2.0) for s in (1.0, 0.5)),
    support=(-1.0, 1.0),
    within=0.005,
    twin=Twin("errors at t_1/s for t_1/2s", half=1),
    known=(
        *((PLAIN.but(s=s, rho=10.0), c) for s, c in ((0.3, ".382071"), (0.76, ".212170"))),
        *((PLAIN.but(s=s, rho=2.0), c) for s, c in ((0.3, ".001412"), (0.76, ".023011"))),
    ),
)
def cost(p, *, half=2):
    """The weight costs the majority Phi(-s - t/2s) - Phi(-s - t_1/2s)."""
    return normal_cdf(-p.s - p.t / (2 * p.s)) - normal_cdf(-p.s - p.t_1 / (half * p.s))


def tilt(s, u):
    """E(u) = exp(-u/2 - u^2/8s^2) (1 - u/2s^2): -phi(s) E(t) is the slope of Phi(-s - t/2s)."""
    return exp(-u / 2 - u**2 / (8 * s**2)) * (1 - u / (2 * s**2))


@claim.identity(
    at_s(cost),
    over=UP_TO_FULL,
    points=24,
    within=1e-11,
    scale=lambda p: normal_pdf(p.s),
    twin=Twin("t_1 left out", without=0),
)
def cost_slope(p, *, without=1):
    """dC/ds = phi(s) [E(t_1) - E(t)], E(u) = exp(-u/2 - u^2/8s^2) (1 - u/2s^2)."""
    return normal_pdf(p.s) * (without * tilt(p.s, p.t_1) - tilt(p.s, p.t))


@claim.never_above(
    0.0, over=Domain.derived(lambda s, K: Params(s=s, K=K), **S_AND_K), evaluators=EXACTLY
)
def cost_of_full_reweighting_shrinks(p):
    """At rho = K the cost falls with s, for every K > 1."""
    return cost_slope(p.but(rho=p.K))


FROM_FULL = Domain.derived(with_power, **S_AND_K, share=(1, 4))


@claim.never_above(
    0.0,
    over=FROM_FULL,
    evaluators=("jax", "mpmath"),
    twin=Twin("for 1 < rho < K too", domain=UP_TO_FULL),
)
def cost_ordering_domain(p):
    """The cost falls with s on all s > 0 if K <= rho <= K^4."""
    return cost_slope(p)


@claim.never_above(
    0.0,
    over=UP_TO_FULL,
    evaluators=("jax", "mpmath"),
    twin=None,
    repaired_by="cost_ordering_domain",
)
def cost_falls_for_every_weight(p):
    """The cost of every weight rho > 1 falls with separability."""
    return cost_slope(p)


@closed_form(rho=("is not below K: the cost has no peak", lambda rho, K: rho < K))
def cost_peak(K: Annotated[Scalar, Gt(1)], rho: Annotated[Scalar, Gt(1)]):
    """s*, where the cost of a weight 1 < rho < K is largest; it falls beyond, and not before.

    s* = sqrt(t/(2 (1 + y))), y > 0 the root of log(1 + x (1 + y)/(t y)) = x/2
    + x (t_1 + t)(1 + y)/4t, x = log rho: dC/ds = 0 where both E are negative. So s* < sqrt(t/2).
    """
    K, rho = jnp.broadcast_arrays(jnp.asarray(K, float), jnp.asarray(rho, float))
    near = 2 * rho > K
    apart = jnp.log1p(jnp.where(near, K - rho, rho) / rho)
    x, t = jnp.log(rho), jnp.where(near, apart, jnp.log(K) - jnp.log(rho))
    both = x + 2 * t  # t_1 + t

    def balance(z):  # divided by x, at y = e^z
        y = jnp.exp(z)
        odds = jnp.log(x / t) + jnp.log1p(y) - z
        small = odds < -9.0  # log(1 + u) by its series, whose slope in x does not cancel
        share = (1 + 1 / jnp.where(small, y, 1.0)) / t
        u = jnp.where(small, x * share, 0.0)
        series = share * (1 - u * (1 / 2 - u * (1 / 3 - u / 4)))
        full = jnp.logaddexp(0.0, jnp.where(small, 0.0, odds)) / x
        return jnp.where(small, series, full) - 1 / 2 - both * (1 + y) / (4 * t)

    most = x / 2 + x * both / (2 * t)  # of the right side, for y up to 1
    low = jnp.log(x / t) - most - jnp.log(-jnp.expm1(-most))
    z = root(balance, jnp.minimum(low, 0.0) - 1, jnp.log(8 / both))
    return jnp.sqrt(t / (2 * (1 + jnp.exp(z))))


@claim.identity(
    lambda p: argmax_on(lambda s: cost(p.but(s=s)), 0.3 * sqrt(p.t / 2), sqrt(p.t / 2)),
    over=Domain.derived(
        lambda K, share: with_power(1.0, K, share), K=(2, 1e4, Logarithmic), share=(0.1, 0.8)
    ),
    points=16,
    within=1e-8,
    why="two searches",
    twin=Twin("sqrt(t/2), where half of the minority is right", bound=True),
    known=((PLAIN.but(rho=2.0), ".761209"), (Params(K=100.0, rho=10.0), "1.043764")),
)
def cost_ordering_domain_peak(p, *, bound=False):
    """For 1 < rho < K the cost rises up to one s* < sqrt(t/2) and falls beyond."""
    return sqrt(p.t / 2) if bound else cost_peak(p.K, p.rho)


@closed_form
def weight_limit(K: Annotated[Scalar, Gt(1)]):
    """log rho*/log K, where rho* is the largest weight whose cost falls on all s > 0.

    rho* = K^(1 + a) with max_v of (a^2 - 1) t_1 v/4 - (a + 1) t_1/2 + log((1 - v)/(1 + a v)) zero,
    v = t_1/2s^2: there E(t_1) = E(-a t_1). The maximum stands at the larger root of a quadratic.
    It tends to 4 as K grows.
    """
    t_1 = jnp.log(jnp.asarray(K, float))

    def highest(y):  # at a = e^y
        a = jnp.exp(y)
        left = (a + 1) ** 2 - 16 * a / ((a - 1) * t_1)
        two = left > 0
        apart = jnp.sqrt(jnp.where(two, left, 1.0))
        rest = 8 / ((a - 1) * t_1 * (a + 1 + apart))  # 1 - v, which is small as K -> 1
        rest = jnp.where(two, rest, (a + 1) / (2 * a))
        v = 1 - rest
        return (a + 1) * t_1 / 4 * ((a - 1) * v - 2) + jnp.log(rest) - log1p(a * v)

    return 1 + jnp.exp(root(highest, jnp.full_like(t_1, math.log(3)), jnp.log(10 + 40 / t_1)))


OVER_K = Domain.derived(lambda K: Params(K=K), K=(1.2, 1e6, Logarithmic))


@claim.identity(
    1.0,
    over=OVER_K,
    points=16,
    within=1e-9,
    why="two searches",
    twin=Twin("rho = K^4", fourth=True),
)
def weight_limit_is_sharp(p, *, fourth=False):
    """At the largest weight whose cost falls everywhere, max over s of E(t_1)/E(t) is 1."""
    t = p.t_1 * (1 - (4.0 if fourth else weight_limit(p.K)))

    def ratio(v):  # v = t_1/2s^2
        s = jnp.sqrt(p.t_1 / (2 * v))
        return tilt(s, p.t_1) / tilt(s, t)

    return ratio(argmax_on(ratio, 0.05, 0.999))


@claim.never_below(4.0, over=OVER_K, points=32)
def weight_limit_above_fourth_power(p):
    """That weight lies above K^4, which is its limit as K grows."""
    return weight_limit(p.K)


def gain(p):
    """What full reweighting gives to the minority."""
    return normal_cdf(-p.s + p.t_1 / (2 * p.s)) - normal_cdf(-p.s)


def gain_at(p, u):
    """The gain at s^2 = t_1/2u."""
    return gain(p.but(s=jnp.sqrt(p.t_1 / (2 * u))))


def beyond(p):
    """A u above that of the gain's peak."""
    return 10 + 40 / p.t_1


@claim.identity(
    lambda p: gain_at(p, jnp.exp(argmax_on(lambda v: gain_at(p, jnp.exp(v)), 0, log(beyond(p))))),
    over=OVER_K,
    points=8,
    within=1e-9,
    why="two searches",
    twin=Twin("largest where half of the minority is right", half=True),
    known=((PLAIN, ".656956"),),
)
def minority_gain_not_monotone(p, *, half=False):
    """The minority's gain peaks at s^2 = t_1/2u, t_1 (u/4 - 1/2) = log(1 + u), u > 2.

    derived: 1/2 as s -> 0, 0 as s -> infinity; the slope vanishes where E(-t_1) = 1
    """
    u = root(lambda u: p.t_1 * (u / 4 - 0.5) - log1p(u), 1.0, beyond(p))
    return gain_at(p, 1.0 if half else u)


@claim.never_above(
    0.0,
    over=UP_TO_FULL,
    evaluators=("jax", "mpmath"),
    twin=None,
    repaired_by="minority_gain_not_monotone",
)
def minority_gain_falls(p):
    """The minority's gain falls with separability: its slope phi(s) (1 - E(-t_1)) is below 0."""
    return normal_pdf(p.s) * (1 - tilt(p.s, -p.t_1))
