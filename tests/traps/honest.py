"""One true claim of every kind, with a twin that falls; traps are these with one change."""

import math

import jax.numpy as jnp
import numpy as np
from jax.scipy import special

from tests.traps.params import Params
from theory import (
    AtLeast, AtMost, Domain, Equals, Identity, Inequality, Law, Limit, Ordering, PerTrial, Scaling,
    Twin, exp, log,
)  # fmt: skip

WORDS = {"name": "trap", "source": "known", "statement": "known"}
SIMULATED = WORDS | {"cases": (Params(),), "planned_trials": 600}
REASON = {"tolerance_reason": "asked for"}
POINTS = WORDS | {"domain": Domain.of(Params, size=(1.0, 10.0)), "points": 8}
RUNGS = tuple(Params(size=2.0**i) for i in range(5))


def _kind(make, **usual):
    return lambda **changes: make(**usual | changes)


equals = _kind(Equals, observable="u", prediction=0.5, tolerance=0.05, support=(0.0, 1.0),
               twin=Twin("2/3", prediction=2 / 3), **REASON, **SIMULATED)  # fmt: skip
catoni = _kind(Equals, observable="exponential", prediction=1.0, tolerance=0.2, variance=1.0,
               twin=Twin("3/2", prediction=1.5), **REASON, **SIMULATED)  # fmt: skip
asymptotic = _kind(Equals, observable="normal", prediction=0.0, tolerance=0.2, skewness=0.0,
                   twin=Twin("1", prediction=1.0), **REASON, **SIMULATED)  # fmt: skip
median = _kind(Equals, observable="exponential", prediction=math.log(2), tolerance=0.1,
               statistic="median", twin=Twin("the mean", prediction=1.0), **REASON,
               **SIMULATED | {"planned_trials": 3000})  # fmt: skip
variance = _kind(Equals, observable="u", prediction=1 / 12, tolerance=0.03, support=(0.0, 1.0),
                 statistic="variance", twin=Twin("1/6", prediction=1 / 6), **REASON,
                 **SIMULATED | {"planned_trials": 2000})  # fmt: skip
fourth = _kind(Equals, observable="normal", prediction=1.0, tolerance=0.3, fourth_moment=3.0,
               statistic="variance", twin=Twin("2", prediction=2.0), **REASON,
               **SIMULATED | {"planned_trials": 3000})  # fmt: skip
at_most = _kind(AtMost, observable="u", bound=0.98, delta=0.05, twin=Twin("0.8", bound=0.8),
                **SIMULATED)  # fmt: skip
at_least = _kind(AtLeast, observable="u", bound=0.02, delta=0.05, twin=Twin("0.2", bound=0.2),
                 **SIMULATED)  # fmt: skip
per_trial = _kind(PerTrial, observable="u", bound=1.0, twin=Twin("1/2", bound=0.5), **SIMULATED)
law = _kind(Law, observable="u", cdf=lambda p, x: jnp.clip(x, 0, 1), width=0.08,
            width_reason="asked for", twin=Twin("x^2", cdf=lambda p, x: jnp.clip(x, 0, 1) ** 2),
            **SIMULATED | {"planned_trials": 3000})  # fmt: skip
discrete_law = _kind(
    Law, observable="poisson", width=0.08, width_reason="asked for",
    cdf=lambda p, x: jnp.where(x < 0, 0.0, special.gammaincc(jnp.floor(jnp.abs(x)) + 1, 3.0)),
    twin=Twin("coin", observable="coin"), **SIMULATED | {"planned_trials": 3000},
)  # fmt: skip
ordering = _kind(Ordering, observable="exponential", below="u", variance=1.2,
                 twin=Twin("reversed", observable="u", below="exponential"),
                 **SIMULATED)  # fmt: skip
bounded_ordering = _kind(Ordering, observable="pair[0]", below="shrinking", support=(-1.0, 1.0),
                         twin=Twin("reversed", observable="shrinking", below="u"),
                         **SIMULATED | {"cases": (Params(size=4.0),)})  # fmt: skip
LADDER = WORDS | REASON | {"rungs": RUNGS, "size": lambda p: p.size, "tolerance": 0.2}
scaling = _kind(Scaling, value=lambda p: 3 / p.size, exponent=-1.0, twin=Twin("0", exponent=0.0),
                **LADDER)  # fmt: skip
limit = _kind(Limit, value=lambda p: 2 + 1 / p.size, exponent=-1.0, limit=2.0, last_gap=0.1,
              twin=Twin("2.5", limit=2.5), **LADDER)  # fmt: skip
simulated_scaling = _kind(Scaling, value="shrinking", exponent=-1.0, trials_per_rung=2000,
                          support=(0.0, lambda p: 1 / p.size), twin=Twin("0", exponent=0.0),
                          **LADDER)  # fmt: skip
simulated_limit = _kind(Limit, value="leveling", exponent=-1.0, limit=0.25, last_gap=0.1,
                        trials_per_rung=20_000, support=(0.25, lambda p: 0.25 + 1 / p.size),
                        twin=Twin("1", limit=1.0), **LADDER | {"tolerance": 0.3})  # fmt: skip
identity = _kind(Identity, lhs=lambda p: log(exp(p.x)), rhs=lambda p: p.x,
                 evaluators=("jax", "mpmath"), twin=Twin("2 x", rhs=lambda p: 2 * p.x),
                 **POINTS)  # fmt: skip
float_identity = _kind(Identity, lhs=lambda p: log(exp(p.x)), rhs=lambda p: p.x, tolerance=1e-12,
                       evaluators=("jax",), twin=Twin("2 x", rhs=lambda p: 2 * p.x), **REASON,
                       **POINTS)  # fmt: skip
inequality = _kind(Inequality, smaller=lambda p: log(p.x), larger=lambda p: p.x - 1,
                   evaluators=("jax", "mpmath"), twin=Twin("x - 2", larger=lambda p: p.x - 2),
                   **POINTS)  # fmt: skip
float_inequality = _kind(Inequality, smaller=lambda p: log(p.x), larger=lambda p: p.x - 1,
                         evaluators=("jax",), twin=Twin("x - 2", larger=lambda p: p.x - 2),
                         **POINTS)  # fmt: skip


def row(p, entries):
    """An array in whichever arithmetic its entries are: floats, tracers or mpmath's."""
    return jnp.stack(entries) if hasattr(p.x, "dtype") else np.array(entries)


def _identity_of_arrays(make):
    same = lambda p: row(p, [p.x, p.x, p.x])  # noqa: E731
    twin = Twin("2 x in the middle", rhs=lambda p: row(p, [p.x, 2 * p.x, p.x]))
    return lambda **changes: make(**{"lhs": same, "rhs": same, "twin": twin} | changes)


def _inequality_of_arrays(make):
    low = lambda p: row(p, [p.x, p.x, p.x])  # noqa: E731
    high = lambda p: row(p, [p.x + 1, p.x + 1, p.x + 1])  # noqa: E731
    twin = Twin("x - 1 in the middle", larger=lambda p: row(p, [p.x + 1, p.x - 1, p.x + 1]))
    return lambda **changes: make(**{"smaller": low, "larger": high, "twin": twin} | changes)


identities = _identity_of_arrays(identity)
float_identities = _identity_of_arrays(float_identity)
inequalities = _inequality_of_arrays(inequality)
float_inequalities = _inequality_of_arrays(float_inequality)

KINDS = {
    name: value for name, value in list(globals().items())
    if getattr(value, "__name__", "") == "<lambda>"
}  # fmt: skip
"""Every kind by its name above."""
