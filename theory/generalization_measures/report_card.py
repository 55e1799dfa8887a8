"""Measures on the two-group world: how often each is off by a given precision, above the floor.

Each is what such a measure would say of the answer, as an estimate of its loss: the VC bound is
(1 - 1/q) min(1, sqrt(D/n)), the norm (1 - 1/q) times the share of non-zero weights, the Gibbs value
the mean loss of consistent functions (as PAC-Bayes has it), and 3 samples are held out.
"""

import numpy as np

from theory import Claims, Twin
from theory.generalization_measures.groups import (
    other_accuracy, preferred_accuracy, shape, two_group_failure,
)  # fmt: skip
from theory.generalization_measures.params import linear

claim = Claims("derived")
WORLD = linear(2, 8, 9)
EPS = 0.2
carded = claim.given(mode="measures", at=WORLD)


def gibbs(run, p):
    """The mean loss of a consistent function drawn anew: (1 - 1/q)(1 - 1/t), t of both groups."""
    consistent = (1.0 * p.q) ** (p.D - run["rank"])
    both = np.where(run["spanned"] > 0, consistent, 2 * consistent / p.q)
    return (1 - 1 / p.q) * (1 - 1 / both)


MEASURES = {
    "training error": lambda run, p: run["training"],
    "VC bound": lambda run, p: (
        0 * run["loss"] + (1 - 1 / p.q) * min(1.0, (p.D / p.n) ** 0.5)),
    "leave-one-out error": lambda run, p: run["left_out"],
    "norm": lambda run, p: (1 - 1 / p.q) * run["weight"],
    "Gibbs value": gibbs,
    "held-out error": lambda run, p: run["held_out"],
}  # fmt: skip


def best(run, p):
    """0 where one function is consistent, else 1 - 1/q."""
    sure = (run["spanned"] > 0) & (run["rank"] == p.D)
    return np.where(sure, 0.0, 1 - 1 / p.q)


def off(measure, eps=EPS):
    """The reading: whether a measure is off by eps or more."""
    return lambda run, p: 1.0 * (abs(measure(run, p) - run["loss"]) >= eps)


@carded.equals(off(best), within=0.02, twin=Twin("a coin", prediction=0.5))
def report_card_floor(p):
    """On two groups of parities no measure is off by .2 less often than delta* = .3900."""
    return two_group_failure(*shape(p))


def trained_on_fewer(p, fewer):
    """The mean loss of the same rule on n - fewer samples."""
    n = p.n - fewer
    right = (preferred_accuracy(p.q, n, p.D) + other_accuracy(p.q, n, p.D)) / 2
    return (1 - 1 / p.q) * (1 - right)


@carded.equals("left_out", within=0.02, twin=Twin("unbiased for n samples", fewer=0))
def report_card_left_out_mean(p, *, fewer=1):
    """E of the leave-one-out error is E L of n - 1 samples: unbiased, and yet nearly always off."""
    return trained_on_fewer(p, fewer)


@carded.equals("held_out", within=0.02, twin=Twin("unbiased for n samples", fewer=0))
def report_card_held_out_mean(p, *, fewer=3):
    """E of the error on 3 samples held out is E L of n - 3 samples."""
    return trained_on_fewer(p, fewer)


for _name in ("training error", "leave-one-out error", "norm", "Gibbs value", "held-out error"):
    carded.ordering(
        f"report_card_{_name.replace(' ', '_').replace('-', '_').lower()}",
        f"{_name}: off by eps = .2 more often than the best measure",
        off(MEASURES[_name]),
        off(best),
    )
carded.every_trial(
    lambda run, p: abs(MEASURES["VC bound"](run, p) - best(run, p)),
    name="report_card_vc",
    says="n < D: the bound that says nothing, 1 - 1/q, is the best measure there is",
    within=0.0,
    trials=1024,
    twin=Twin("the training error is", observable=lambda run, p: (
        abs(run["training"] - best(run, p)))),
)  # fmt: skip
