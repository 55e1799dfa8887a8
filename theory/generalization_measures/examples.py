"""Rules whose loss is easily told, and one whose training error is the worst of measures."""

import math

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Twin, binomial_pmf, closed_form, exp, log, sqrt
from theory.generalization_measures.blind import AT, LENGTH, Points
from theory.generalization_measures.params import Params

EASY = "Gastpar et al. (2025), Examples 1.4 to 1.7"
claim = Claims(EASY)
sampled = claim.given(mode="shattered")
LARGE = Params(d=60, m=30)


@jax.jit
def outside(d, w):
    """1 - the mass of the middle w integers under Bin(d, 1/2)."""
    v, start = jnp.arange(0.0, LENGTH), jnp.floor((d - w + 1) / 2)
    return jnp.sum(jnp.where((v < start) | (v >= start + w), binomial_pmf(v, d, 0.5), 0.0))


@closed_form(example=AT)
def random_rule_failure(d: Points, window: Points):
    """1 - the largest mass of w consecutive integers under Bin(d, 1/2): L of a coin's labels."""
    return jnp.vectorize(outside)(jnp.asarray(d, float), jnp.asarray(window, float))


@closed_form(example=AT)
@jax.jit
def support_size_failure(m: Points):
    """prod_{i<m} (1 - i/m^2)/2: a uniform law on m^2 points or on [0, 1], told apart by collision.

    The rule errs off its sample or nowhere: L = 1 - 1/m or 1. At precision 1/(2m).
    """
    i = jnp.arange(0.0, LENGTH)
    size = jnp.asarray(m, float)[..., None]
    return jnp.exp(jnp.sum(jnp.where(i < size, jnp.log1p(-i / size**2), 0.0), axis=-1)) / 2


# --------------------------------------------------------------------------------------------
# What the estimators see


@sampled.at_most(
    lambda run, p: abs(run["plus_share"] - p.density),
    at=Params(density=0.6),
    delta=0.05,
    twin=Twin("the memoriser's, training error 0", observable=lambda run, p: run["memory"] / p.d),
)
def examples_constant(p):
    """The constant rule: training error and loss differ by at most sqrt(ln(2/delta)/(2m))."""
    return sqrt(math.log(2 / 0.05) / (2 * p.m)) / (1 + 0 * p.density)


@claim.never_above(
    lambda p: -log(p.density) * 100,
    over=Domain.around(Params(), density=(0.001, 0.49)),
    points=24,
    source=f"{EASY}, which has ln(1/delta)/eps^2",
    twin=Twin("with ln(1/delta) for ln(2/delta) on the other side", larger=lambda p: (
        -log(p.density) * 50)),
)  # fmt: skip
def examples_constant_samples(p):
    """ln(2/delta)/(2 eps^2) samples do; the printed number too, for delta <= 1/2; eps = .1."""
    return log(2 / p.density) * 50


@sampled.equals(
    lambda run, p: run["plus_share"] - run["memory"] / p.d,
    at=LARGE,
    within=0.02,
    support=(-1.0, 1.0),
    known=((Params(d=2000, m=100), ".009756"),),
    twin=Twin("no bias", density=0.0),
)
def examples_memoriser(p, *, density=None):
    """Unseen points called -1: the share of +1 exceeds the loss by p (1 - (1 - 1/d)^m)."""
    share = p.density if density is None else density
    return -share * jnp.expm1(p.m * jnp.log1p(-1 / p.d))


@sampled.equals(
    lambda run, p: abs(run["coin"] - p.d / 2) >= p.window / 2,
    at=Params(d=60, m=30, window=9),
    within=0.02,
    twin=Twin("Hoeffding's bound taken as exact", exact=False),
)
def examples_random_rule(p, *, exact=True):
    """Labels by coins: whatever the sample, d L ~ Bin(d, 1/2), so E = 1/2 is optimal."""
    if exact:
        return random_rule_failure(p.d, p.window)
    return 2 * exp(-(p.window**2) / (2 * p.d))


@claim.never_above(
    lambda p: 2 * exp(-(p.window**2) / (2 * p.d)),
    over=Domain.around(Params(), d=(1, 400), window=(1, 200)),
    points=48,
    twin=Twin("the factor 2 lost in the exponent", larger=lambda p: exp(-(p.window**2) / p.d)),
)
def examples_random_rule_bound(p):
    """It fails with chance at most 2 exp(-2 d eps^2), eps = w/(2d)."""
    return random_rule_failure(p.d, p.window)


@sampled.equals(
    lambda run, p: (run["knows"] > 0) & (run["unseen"] == p.d - p.m),
    at=Params(d=100, m=10),
    within=0.02,
    source=f"{EASY}; the value derived",
    known=((Params(d=100, m=10), ".3140782"),),
    twin=Twin("1/(2e), the printed bound, as exact", exact=False),
)
def examples_support_size(p, *, exact=True):
    """m^2 points or [0, 1]: delta* at 1/(2m) is prod_{i<m} (1 - i/m^2)/2: no collision tells.

    The training error is 1, the population's loss near 0 off the points: empirical loss is worst.
    """
    return support_size_failure(p.m) if exact else exp(-1) / 2


@claim.limit(
    lambda p: exp(-0.5) / 2,
    along=tuple(Params(m=m) for m in (10, 20, 40, 80, 160)),
    size=lambda p: p.m,
    rate=-1,
    within=0.05,
    why="the next order, 1/m^2",
    last_gap=1e-3,
    source="derived",
    twin=Twin("1/(2e)", limit=lambda p: exp(-1) / 2),
)
def examples_support_size_limit(p):
    """It tends to e^(-1/2)/2 = .3033, well above the printed 1/(2e) = .1839."""
    return support_size_failure(p.m)
