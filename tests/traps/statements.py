"""False claims of every kind, most of them by little more than their tolerance."""

import math

import jax.numpy as jnp
from jax.scipy import special

from tests.traps.honest import (
    RUNGS, asymptotic, at_least, at_most, bounded_ordering, catoni, discrete_law, equals,
    float_identities, float_identity, float_inequalities, float_inequality, fourth, identities,
    identity, inequalities, inequality, law, limit, median, ordering, per_trial, row, scaling,
    simulated_limit, simulated_scaling, variance,
)  # fmt: skip
from theory import Twin, absolute, exp, log, normal_cdf, sin

FLAT = {"exponent": 0.0, "twin": Twin("linear", exponent=1.0)}

FALSE = {
    # means, medians, variances: off by 1.2 tolerances
    "a mean": lambda: equals(prediction=0.56),
    "a mean, below": lambda: equals(prediction=0.44),
    "a mean with a variance bound": lambda: catoni(prediction=1.24),
    "a mean with a variance bound, below": lambda: catoni(prediction=0.76),
    "a mean with a skewness bound": lambda: asymptotic(prediction=0.24),
    "a mean with a skewness bound, below": lambda: asymptotic(prediction=-0.24),
    "a median": lambda: median(prediction=0.82),
    "a variance": lambda: variance(prediction=1 / 12 + 0.036),
    "a variance with a fourth moment": lambda: fourth(prediction=1.36),
    "a median for a mean": lambda: median(statistic="mean", support=(0.0, 50.0)),
    "a mean for a median": lambda: median(prediction=1.0, twin=Twin("2", prediction=2.0)),
    # violation rates, and every trial
    "a rate of violations": lambda: at_most(delta=0.016),
    "a rate of violations from below": lambda: at_least(delta=0.016),
    "a bound always violated": lambda: at_most(bound=0.0),
    "every trial": lambda: per_trial(bound=0.95),
    "every trial, always violated": lambda: per_trial(bound=-1.0),
    # laws
    "a law": lambda: law(cdf=lambda p, x: jnp.clip(x, 0, 1) ** 1.35),
    "a law, stretched": lambda: law(cdf=lambda p, x: jnp.clip(x / 1.12, 0, 1)),
    "a coin as a uniform": lambda: law(observable="coin"),
    "a coin of .6": lambda: law(
        observable="coin", cdf=lambda p, x: jnp.where(x < 0, 0.0, jnp.where(x < 1, 0.4, 1.0))
    ),
    "a constant as a uniform": lambda: law(observable="constant"),
    "a Poisson law of 3.6": lambda: discrete_law(
        cdf=lambda p, x: jnp.where(x < 0, 0.0, special.gammaincc(jnp.floor(jnp.abs(x)) + 1, 3.6))
    ),
    "a Poisson law as a normal": lambda: discrete_law(
        cdf=lambda p, x: special.ndtr((x - 3) / math.sqrt(3))
    ),
    "a law to the left of its atoms": lambda: discrete_law(
        cdf=lambda p, x: jnp.where(x <= 0, 0.0, special.gammaincc(jnp.ceil(jnp.abs(x)), 3.0))
    ),
    # what is no distribution function
    "a law by position": lambda: law(cdf=lambda p, x: (jnp.arange(len(x)) + 0.5) / len(x)),
    "a law that is the sample's own": lambda: law(
        cdf=lambda p, x: jnp.searchsorted(jnp.sort(x), x, side="right") / len(x)
    ),
    "a density for a law": lambda: law(cdf=lambda p, x: jnp.where((x > 0) & (x < 0.5), 1.0, 0.4)),
    "a survival function for a law": lambda: law(cdf=lambda p, x: 1 - jnp.clip(x, 0, 1)),
    "a law that is NaN": lambda: law(cdf=lambda p, x: x * jnp.nan),
    "a law of one number": lambda: law(cdf=lambda p, x: 0.5),
    "a law above 1": lambda: law(cdf=lambda p, x: 2 * x),
    "a complex law": lambda: law(cdf=lambda p, x: x + 0j),
    # orderings
    "an ordering reversed": lambda: bounded_ordering(
        observable="shrinking", below="u", twin=Twin("another", below="v")
    ),
    "an ordering of equals": lambda: bounded_ordering(observable="u", below="v"),
    "an ordering of equals with a variance bound": lambda: ordering(
        observable="u", below="constant", variance=1 / 12,
        twin=Twin("reversed", observable="constant", below="exponential"),
    ),
    "an ordering of a thing with itself": lambda: bounded_ordering(below="pair[0]"),
    # ladders
    "an exponent": lambda: scaling(exponent=-1.24),
    "a logarithm for a power": lambda: scaling(value=lambda p: math.log(1 + p.size), exponent=0.51,
                                               tolerance=0.05),
    "a V for a constant": lambda: scaling(value=lambda p: abs(math.log(p.size / 4)) + 0.1,
                                          **FLAT),
    "a wave for a constant": lambda: scaling(value=lambda p: 2 + math.cos(3 * math.log(p.size / 4)),
                                             **FLAT, tolerance=0.1),
    "a simulated exponent": lambda: simulated_scaling(exponent=-1.24),
    "a simulated exponent, nominal": lambda: simulated_scaling(exponent=-1.24, support=None),
    "a simulated exponent of two trials": lambda: simulated_scaling(trials_per_rung=2,
                                                                    support=None),
    "a ladder without variance": lambda: simulated_scaling(value="constant", **FLAT,
                                                           support=None),
    "a ladder that leaves its support": lambda: simulated_scaling(support=(0.0, 0.5)),
    "a limit": lambda: limit(limit=1.9),
    "a last gap": lambda: limit(last_gap=0.06),
    "a last gap, sizes falling": lambda: limit(last_gap=0.06, rungs=RUNGS[::-1]),
    "a gap that stays": lambda: limit(value=lambda p: 2.05, exponent=-1.0),
    "a simulated limit": lambda: simulated_limit(limit=0.5),
    "a simulated last gap": lambda: simulated_limit(last_gap=0.01),
    # identities and inequalities
    "an identity off by 1e-20": lambda: identity(lhs=lambda p: p.x + p.x / 10**20),
    "an identity off by 1e-11": lambda: float_identity(lhs=lambda p: p.x * (1 + 1e-11)),
    "x = 2 x on a negative scale": lambda: float_identity(lhs=lambda p: p.x, rhs=lambda p: 2 * p.x,
                                                          scale=lambda p: -p.x),
    "x = 2 x on a negative constant": lambda: float_identity(rhs=lambda p: 2 * p.x, scale=-1.0),
    "x = 2 x on a scale of 0": lambda: float_identity(rhs=lambda p: 2 * p.x,
                                                      scale=lambda p: 0 * p.x),
    "0/0 = 0/0": lambda: float_identity(lhs=lambda p: 0 / (p.x - p.x), rhs=lambda p: 0 * p.x),
    "an identity at one point only": lambda: identity(lhs=lambda p: p.x, rhs=lambda p: p.x**2),
    "a formula that cancels": lambda: identity(lhs=lambda p: 1 - normal_cdf(p.x),
                                               rhs=lambda p: normal_cdf(-p.x)),
    "an inequality reversed": lambda: inequality(smaller=lambda p: p.x, larger=lambda p: log(p.x)),
    "an inequality off by 1e-30": lambda: inequality(smaller=lambda p: p.x,
                                                     larger=lambda p: p.x - p.x / 10**30),
    "an inequality that fails at an end": lambda: inequality(
        smaller=lambda p: p.x, larger=lambda p: 79 * p.x / 10 / p.x + 0 * p.x
    ),
    "an inequality of floats, at an end": lambda: float_inequality(smaller=lambda p: p.x,
                                                                   larger=lambda p: 7.9 + 0 * p.x),
    "x <= log 0": lambda: float_inequality(smaller=lambda p: p.x, larger=lambda p: -log(0 * p.x)),
    "log 0 <= x": lambda: float_inequality(smaller=lambda p: log(0 * p.x), larger=lambda p: p.x),
    "an infinite side": lambda: float_inequality(larger=lambda p: exp(1000 * p.x)),
    "a sine that oscillates": lambda: float_inequality(smaller=lambda p: sin(10 * p.x),
                                                       larger=lambda p: 0.5 + 0 * p.x),
    "an absolute value below its argument": lambda: inequality(smaller=lambda p: absolute(p.x),
                                                               larger=lambda p: p.x * 99 / 100),
}  # fmt: skip


def _in_every_place():
    """Identities and inequalities of arrays with one wrong entry, in each place."""
    for place in range(3):

        def up(p, place=place):
            return row(p, [p.x * 9 / 8 if i == place else p.x for i in range(3)])

        def down(p, place=place):
            return row(p, [p.x * 7 / 8 if i == place else p.x + 1 for i in range(3)])

        for kind, make in (("identity", identities), ("float identity", float_identities)):
            yield f"{kind}, left entry {place}", lambda make=make, up=up: make(lhs=up)
            yield f"{kind}, right entry {place}", lambda make=make, up=up: make(rhs=up)
        for kind, make in (("inequality", inequalities), ("float inequality", float_inequalities)):
            yield f"{kind}, entry {place}", lambda make=make, down=down: make(larger=down)


WRONG_ENTRIES = dict(_in_every_place())
