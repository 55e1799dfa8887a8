"""Claims that could be true, in a setting that could not notice if they were not."""

import dataclasses
import sys

import numpy as np

from tests.test_engine import Params as Foreign
from tests.traps.honest import (
    asymptotic, at_most, bounded_ordering, equals, float_identity, float_inequality, identity, law,
    limit, per_trial, scaling, simulated_scaling,
)  # fmt: skip
from tests.traps.params import Params
from theory import Domain, Twin, Verdict, log

TWINS = {
    "the claim itself": lambda: equals(twin=Twin("the same", prediction=0.5)),
    "the claim itself, by a function": lambda: equals(twin=Twin("same", prediction=lambda p: 0.5)),
    "the claim's own observable": lambda: equals(twin=Twin("the same", observable="u")),
    "another observable of the same mean": lambda: equals(twin=Twin("v", observable="v")),
    "a prediction inside the band": lambda: equals(twin=Twin("near", prediction=0.52)),
    "a wider band": lambda: equals(twin=Twin("wide", tolerance=0.4)),
    "a bound that holds too": lambda: at_most(twin=Twin("higher", bound=0.99)),
    "a bound in every trial that holds too": lambda: per_trial(twin=Twin("higher", bound=2.0)),
    "a law that is right too": lambda: law(twin=Twin("wide", width=0.5)),
    "an exponent inside the tolerance": lambda: scaling(twin=Twin("near", exponent=-1.1)),
    "a last gap that is met": lambda: limit(twin=Twin("wider", last_gap=0.5)),
    "the same identity": lambda: identity(twin=Twin("the same", rhs=lambda p: p.x)),
    "more trials only": lambda: equals(twin=Twin("more", planned_trials=900)),
    "another name only": lambda: equals(twin=Twin("named", name="other")),
    "a field that no claim has": lambda: equals(twin=Twin("?", predicted=0.7)),
    "nothing": lambda: equals(twin=Twin("nothing")),
    "NaN": lambda: equals(twin=Twin("nan", prediction=float("nan"))),
    "NaN, by a function": lambda: equals(twin=Twin("nan", prediction=lambda p: float("nan"))),
    "no twin": lambda: equals(twin=None),
    "an observable that is not there": lambda: equals(twin=Twin("?", observable="w")),
    "an ordering of the same means": lambda: bounded_ordering(
        cases=(Params(),), twin=Twin("another", observable="u", below="v")
    ),
}
"""Honest claims whose twin would not fall."""

CASES = {
    "a repeated case": lambda: equals(cases=(Params(), Params())),
    "a repeated case, apart": lambda: equals(cases=(Params(), Params(x=2.0), Params())),
    "no case": lambda: equals(cases=()),
    "a Params of another setting": lambda: equals(cases=(Foreign(),)),
    "a Params of another setting beside one of its own": lambda: equals(
        cases=(Params(), Foreign())
    ),
    "a number for a Params": lambda: equals(cases=(1.0,)),
    "no trials": lambda: equals(planned_trials=0),
    "a budget of no trials": lambda: equals(max_trials=0),
    "a tolerance of 0 at a point": lambda: equals(tolerance=lambda p: 0.0),
    "a tolerance below 0 at a point": lambda: equals(tolerance=lambda p: -0.1),
    "a rate of 1 at a point": lambda: at_most(delta=lambda p: 1.0),
    "an empty support at a point": lambda: equals(support=(0.0, lambda p: 0.0)),
    "a budget too small": lambda: equals(max_trials=8, tolerance=0.001),
    "points of no number": lambda: identity(points=0),
    "an unknown evaluator": lambda: identity(evaluators=("jax", "pari")),
    "no evaluator": lambda: identity(evaluators=()),
    "an expectation of UNDECIDED": lambda: equals(expected=Verdict.UNDECIDED),
    "a true claim that is expected to fail": lambda: equals(expected=Verdict.REFUTED),
    "two ladders' sizes": lambda: scaling(rungs=(Params(), Params(size=8.0))),
    "one size four times": lambda: scaling(rungs=(Params(),) * 4),
    "sizes that are NaN": lambda: scaling(size=lambda p: float("nan")),
    "what is known twice": lambda: equals(variance=1.0),
    "nothing known of a mean": lambda: equals(support=None),
    "a band that holds the whole support": lambda: equals(
        tolerance=2.0, twin=Twin("far away", prediction=9.0)
    ),
    "a relative tolerance of 1": lambda: float_identity(
        rhs=lambda p: 2 * p.x, tolerance=1.0, twin=Twin("the sign", rhs=lambda p: -p.x)
    ),
    "a rounding that is half of the number": lambda: float_inequality(
        larger=lambda p: 0.6 * log(p.x), rounding=0.5, twin=Twin("far", larger=lambda p: -9.0)
    ),
    "a domain of another setting": lambda: identity(domain=Domain.of(Foreign)),
    "rungs of another setting": lambda: scaling(
        rungs=tuple(Foreign(shift=float(i)) for i in range(5)),
        size=lambda p: 2**p.shift,
        value=lambda p: 3 / 2**p.shift,
    ),
    "rungs that are numbers": lambda: scaling(rungs=(1.0, 2.0, 4.0, 8.0), size=float),
    "a known value of another setting": lambda: equals(known=((Foreign(), ".5"),)),
}

TRIALS = {
    "a key that is not used": lambda: equals(mode="keyless"),
    "a complex observable": lambda: equals(mode="complex"),
    "NaN in a trial": lambda: equals(mode="nan"),
    "infinity in a trial": lambda: equals(mode="infinite"),
    "no observables": lambda: equals(mode="nothing"),
    "an unknown mode": lambda: equals(mode="another"),
    "an unknown observable": lambda: equals(observable="w"),
    "a vector for a number": lambda: equals(observable="pair"),
    "an entry outside its shape": lambda: equals(observable="pair[2]"),
    "an observable outside its support": lambda: equals(observable="exponential"),
    "an observable against its skewness bound": lambda: asymptotic(
        observable="spiked", prediction=50.0, tolerance=20.0, planned_trials=4000
    ),
    "a constant with a skewness bound": lambda: asymptotic(
        observable="constant", prediction=0.5, tolerance=0.4
    ),
    "an unknown observable of a bound": lambda: at_most(observable="w"),
    "an unknown observable below": lambda: bounded_ordering(below="w"),
    # readings that make trials depend on each other
    "the sample's mean": lambda: equals(
        observable=lambda run, p: np.full(len(run["u"]), run["u"].mean())
    ),
    "the sample in order": lambda: equals(observable=lambda run, p: np.sort(run["u"])),
    "the sample without its mean": lambda: equals(
        observable=lambda run, p: 0.5 + run["u"] - run["u"].mean()
    ),
    "every trial's neighbour": lambda: equals(observable=lambda run, p: np.roll(run["u"], 1)),
    "ranks in a ladder": lambda: simulated_scaling(value=lambda run, p: np.sort(run["shrinking"])),
}

EXITS = {
    "a prediction": lambda: equals(prediction=lambda p: sys.exit(0)),
    "a law": lambda: law(cdf=lambda p, x: sys.exit(0)),
    "a side": lambda: identity(rhs=lambda p: sys.exit(0)),
    "a reading": lambda: equals(observable=lambda run, p: sys.exit(0)),
    "a ladder": lambda: scaling(value=lambda p: sys.exit(0)),
    "the making of a claim": lambda: sys.exit(0),
}
"""Code that ends Python, as if all were well."""


def _two(*claims):
    return lambda: tuple(make() for make in claims)


LISTS = {
    "none": lambda: None,
    "empty": lambda: (),
    "no claim": lambda: ("equals",),
    "deep claims only": lambda: (equals(deep=True),),
    "one name twice": _two(equals, identity),
    "one claim twice": _two(equals, equals),
    "repaired by nobody": lambda: (
        dataclasses.replace(
            equals(prediction=0.9), twin=None, expected=Verdict.REFUTED, repaired_by="nobody"
        ),
    ),
}
"""What stands in a setting's CLAIMS."""
