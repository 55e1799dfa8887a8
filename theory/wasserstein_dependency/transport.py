"""Normal pairs: W2 exactly, W1 from both sides, linear critics and the gradient penalty."""

import math
from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Gt, Le, Scalar, Twin, Whole, absolute, closed_form, exp, integral, loggamma,
    maximum_on, sqrt,
)  # fmt: skip
from theory.wasserstein_dependency.infonce import information
from theory.wasserstein_dependency.params import Params, Sizes

claim = Claims("derived")
Closed = Annotated[Scalar, Ge(-1), Le(1)]


def chi_mean(d: Any) -> Any:
    """mu_d = E chi_d = sqrt 2 Gamma((d + 1)/2)/Gamma(d/2)."""
    return sqrt(2.0 + 0 * d) * exp(loggamma((d + 1) / 2) - loggamma(d / 2))


def shrink(rho: Any) -> tuple[Any, Any]:
    """a/rho and b/rho: a = sqrt(1 + rho) - 1, b = 1 - sqrt(1 - rho)."""
    return 1 / (1 + sqrt(1 + rho)), 1 / (1 + sqrt(1 - rho))


def rate(rho: Any) -> Any:
    """sqrt(a^2 + b^2)."""
    a, b = shrink(rho)
    return absolute(rho) * sqrt(a * a + b * b)


@closed_form
def w2_distance(rho: Closed, d: Sizes) -> Any:
    """W2(P, Q) = sqrt(d (4 - 2 sqrt(1 + rho) - 2 sqrt(1 - rho))) = sqrt(d (a^2 + b^2)) of G.

    At |rho| = 1 the slope is infinite.
    """
    return sqrt(d + 0 * rho) * rate(rho)


@closed_form
def w1_lower(rho: Closed, d: Sizes) -> Any:
    """mu_d sqrt(a^2 + b^2), the value of (a |u| - b |v|)/sqrt(a^2 + b^2).

    u, v = (x +- y)/sqrt 2. At |rho| = 1 the slope is infinite.
    """
    return chi_mean(d) * rate(rho)


@closed_form
def w1_upper(rho: Closed, d: Annotated[Scalar, Ge(1), Le(1000), Whole]) -> Any:
    """E sqrt(a^2 |U|^2 + b^2 |V|^2), the way of W2's plan, which is not W1's.

    |U|^2 + |V|^2 ~ chi^2_2d, independent of the share of |U|^2, Beta(d/2, d/2) (JAX). At |rho| = 1
    the slope is infinite.
    """
    d = jnp.asarray(d, float)
    rho = jnp.asarray(rho, float)
    a, b = (x[..., None] for x in shrink(rho))
    power = d[..., None] - 1

    def weight(angle):
        return jnp.exp(power * jnp.log(jnp.sin(2 * angle)))

    def way(angle):
        length = sqrt((a * jnp.cos(angle)) ** 2 + (b * jnp.sin(angle)) ** 2)
        return weight(angle) * length

    low, high = jnp.zeros_like(d + rho), jnp.full(jnp.shape(d + rho), math.pi / 2)
    share = integral(way, low, high, 512) / integral(weight, low, high, 512)
    return chi_mean(2 * d) * absolute(rho) * share


# --------------------------------------------------------------------------------------------
# Distances

SEVEN = Params(rho=0.7, d=3, n=50)
PAIRS = (SEVEN.but(d=1), SEVEN)
TENS = (Params(rho=0.3, d=2, penalty=1.0), SEVEN)
WIDE = Domain.around(Params(), rho=(-0.99, 0.99), d=(1, 64))
normal = claim.given(mode="critic")


def bures(p):
    """The squared distance from the covariances, by matrix roots."""
    pair = jnp.array([[1.0, 0.0], [0.0, 1.0]]) + p.rho * jnp.array([[0.0, 1.0], [1.0, 0.0]])
    values = jnp.linalg.eigvalsh(pair)
    return p.d * (jnp.trace(pair) + 2 - 2 * jnp.sum(jnp.sqrt(values)))


@claim.identity(
    lambda p: sqrt(bures(p)),
    over=Domain.around(Params(), rho=(0.1, 0.99), d=(1, 64)),
    within=1e-11,
    why="the other side subtracts near numbers",
    twin=Twin("covariances of y given x: d (2 - 2 sqrt(1 - rho^2))", conditional=True),
    known=((SEVEN, ".943728"),),
)
def w2_gaussian(p, *, conditional=False):
    """G: W2^2 = d (4 - 2 sqrt(1 + rho) - 2 sqrt(1 - rho)) = d (a^2 + b^2).

    derived: Bures' formula for commuting covariances
    """
    if conditional:
        return sqrt(p.d * (2 - 2 * sqrt(1 - p.rho**2)))
    return w2_distance(p.rho, p.d)


def two_pairs(p):
    """Eigenvalues of the covariance of two unlike pairs, of correlations rho and rho/2."""
    pair, zero = jnp.array([[0.0, 1.0], [1.0, 0.0]]), jnp.zeros((2, 2))
    other = jnp.block([[p.rho * pair, zero], [zero, p.rho * pair / 2]])
    return jnp.linalg.eigvalsh(jnp.eye(4) + other)


@claim.identity(
    lambda p: jnp.sum((jnp.sqrt(two_pairs(p)) - 1) ** 2),
    over=Domain.around(Params(), rho=(0.1, 0.99)),
    within=1e-11,
    why="the other side subtracts near numbers",
    twin=Twin("W2 itself adds", power=1),
)
def w2_squares_add(p, *, power=2):
    """W2^2 of independent unlike pairs is the sum of theirs."""
    one, other = w2_distance(p.rho, 1), w2_distance(p.rho / 2, 1)
    return (one**power + other**power) ** (2 / power)


@claim.identity(
    lambda p: -jnp.sum(jnp.log(two_pairs(p))) / 2,
    over=Domain.around(Params(), rho=(0.1, 0.99)),
    within=1e-11,
    why="the other side subtracts near numbers",
    twin=Twin("the larger of both", larger=True),
)
def information_adds(p, *, larger=False):
    """I of independent unlike pairs is the sum of theirs, whatever the metric."""
    one, other = information(p.rho, 1), information(p.rho / 2, 1)
    return one if larger else one + other


@normal.equals(
    "squared_way",
    at=PAIRS,
    within=0.02,
    variance=lambda p: 2 / p.n * w2_distance(p.rho, p.d) ** 4 / p.d,
    twin=Twin("W2 itself", power=1),
)
def displacement_attains_w2(p, *, power=2):
    """G: stretching u and shrinking v moves Q to P at the mean squared way W2^2."""
    return w2_distance(p.rho, p.d) ** power


@claim.limit(
    1.0,
    along=tuple(Params(rho=r) for r in (0.4, 0.2, 0.1, 0.05)),
    size=lambda p: 1 / p.rho,
    rate=-2,
    within=0.1,
    why="the next order, rho^4",
    last_gap=0.001,
    twin=Twin("W2^2/(2 I)", times=2),
)
def w2_is_information_when_weak(p, *, times=1):
    """G, rho -> 0: W2^2/I -> 1."""
    return w2_distance(p.rho, p.d) ** 2 / (times * information(p.rho, p.d))


@claim.never_above(
    lambda p: sqrt(p.d * (4 - 2 * sqrt(2.0))),
    over=WIDE,
    twin=Twin("W2^2 as large as I", smaller=lambda p: information(p.rho, p.d)),
)
def w2_stays_finite(p):
    """G: W2 <= sqrt(d (4 - 2 sqrt 2)) up to abs(rho) = 1, where I is infinite."""
    return w2_distance(p.rho, p.d)


@normal.equals(
    "radial",
    at=PAIRS,
    within=0.015,
    variance=lambda p: 3 / p.n,
    twin=Twin("W1 = W2", bound=w2_distance),
    known=((Params(rho=0.7, d=1), ".4347"), (Params(rho=0.95, d=1), ".6956")),
)
def w1_gaussian_sandwich(p, *, bound=w1_lower):
    """G: the 1-Lipschitz critic (a abs(u) - b abs(v))/sqrt(a^2 + b^2) has value
    mu_d sqrt(a^2 + b^2) <= W1.

    derived; the variance by Poincare's inequality: (1 + abs(rho) + 1)/n
    """
    return bound(p.rho, p.d)


@normal.equals(
    "way",
    at=PAIRS,
    within=0.015,
    variance=lambda p: rate(p.rho) ** 2 / p.n,
    twin=Twin("W1 = W2", bound=w2_distance),
    known=((Params(rho=0.7, d=1), ".4784"), (Params(rho=0.95, d=1), ".75437")),
)
def w1_from_above(p, *, bound=w1_upper):
    """G: W1 <= E sqrt(a^2 U^2 + b^2 V^2), the way of the plan that is best for W2."""
    return bound(p.rho, p.d)


@claim.never_above(lambda p: w1_upper(p.rho, p.d), over=WIDE, points=24)
def w1_sides_in_order(p):
    """mu_d sqrt(a^2 + b^2) <= E sqrt(a^2 U^2 + b^2 V^2)."""
    return w1_lower(p.rho, p.d)


@claim.never_above(lambda p: w2_distance(p.rho, p.d), over=WIDE, points=24)
def w1_below_w2(p):
    """E sqrt(a^2 U^2 + b^2 V^2) <= W2."""
    return w1_upper(p.rho, p.d)


@claim.limit(
    1.0,
    along=tuple(Params(d=d) for d in (8, 16, 32, 64)),
    size=lambda p: p.d,
    rate=-1,
    within=0.02,
    why="mu_d/sqrt d = 1 - 1/(4d) + 1/(32 d^2)",
    last_gap=0.004,
    twin=Twin("W1 grows like d", linear=True),
)
def w1_grows_like_the_root(p, *, linear=False):
    """G: W1 = sqrt(d (a^2 + b^2)) (1 - O(1/d)), while I grows like d."""
    return w1_lower(p.rho, p.d) / (w2_distance(p.rho, 1) * p.d ** (1.0 if linear else 0.5))


normal.every_trial(
    "stretch",
    name="radial_critic_is_lipschitz",
    says="Between any two points the radial critic changes by at most their distance",
    source="derived: Cauchy-Schwarz",
    within=1 + 1e-12,
    at=PAIRS,
    trials=512,
    twin=Twin("without the root of a^2 + b^2", observable=lambda run, p: 2 * run["stretch"]),
)


@normal.equals(
    lambda run, p: run["squared_gap"],
    at=TENS,
    within=0.04,
    variance=lambda p: 12 / p.n * (w2_distance(p.rho, p.d) ** 2 + 2 / p.n),
    twin=Twin("no bias", biased=False),
)
def two_features_need_no_dimension(p, *, biased=True):
    """E of the squared sample value of the radial critic, best in each sample:
    W^2 + 4 (d - mu^2)/n, at W the mean one.

    derived; 4 (d - mu_d^2) < 2: a restricted critic has no curse of dimension
    """
    spread = p.d - chi_mean(1.0 * p.d) ** 2
    return w1_lower(p.rho, p.d) ** 2 + 4 * spread / p.n * biased


# --------------------------------------------------------------------------------------------
# Blind critics, and the gradient penalty

Gap = Annotated[Scalar, Ge(0), Le(1e50)]
Penalty = Annotated[Scalar, Gt(1e-50), Le(1e50)]


@closed_form
def penalised_slope(gap: Gap, penalty: Penalty) -> Any:
    """|w| = 1 + gap/(2 lambda), where w gap - lambda (|w| - 1)^2 is largest."""
    return 1 + gap / penalty / 2


@closed_form
def penalised_value(gap: Gap, penalty: Penalty) -> Any:
    """gap + gap^2/(4 lambda), that largest value."""
    return gap * (1 + gap / penalty / 4)


@normal.equals(
    "additive",
    at=PAIRS,
    within=0.02,
    support=(-4.0, 4.0),
    twin=Twin("a product critic", observable="product"),
)
def additive_critic_is_blind(p):
    """f(x, y) = alpha(x) + beta(y) has E_P f = E_Q f: P and Q have the same marginals."""
    return 0.0


normal.every_trial(
    lambda run, p: abs(run["slope"] - 1 - run["sample_gap"] / (2 * p.penalty)),
    name="gradient_penalty_linear",
    says="Ascent on w.Delta - lambda (abs(w) - 1)^2 ends at abs(w) = 1 + abs(Delta)/(2 lambda)",
    source="derived: linear in two radial features, whose gradients are orthonormal",
    within=1e-9,
    at=TENS,
    trials=256,
    twin=Twin(
        "1 + abs(Delta)/lambda",
        observable=lambda run, p: abs(run["slope"] - 1 - run["sample_gap"] / p.penalty),
    ),
)


def of_radial(p):
    """The gap of two radial features."""
    return w1_lower(p.rho, p.d)


@claim.identity(
    lambda p: maximum_on(
        lambda w: w * of_radial(p) - p.penalty * (w - 1) ** 2, 0.0, 2 + of_radial(p) / p.penalty
    ),
    over=Domain.around(Params(), rho=(0.1, 0.9), penalty=(0.5, 100.0)),
    points=4,
    within=1e-10,
    why="a search",
    twin=Twin("the raw gap of the critic", raw=True),
)
def penalty_overstates(p, *, raw=False):
    """The penalised value is abs(Delta) + Delta^2/(4 lambda), above the Lipschitz value; the
    critic's own gap, abs(Delta) + Delta^2/(2 lambda), is further off."""
    gap = of_radial(p)
    return gap * penalised_slope(gap, p.penalty) if raw else penalised_value(gap, p.penalty)
