"""verify: identities and inequalities between formulas, at fifty digits and in float64."""

import dataclasses
import math
from typing import Annotated

import numpy as np
import pytest

from sims._deterministic import check_identity, check_inequality, condition, float_error
from theory import (
    Domain, Ge, Identity, Inequality, Le, Twin, Verdict, exp, log, normal_cdf, parameters,
)  # fmt: skip


@parameters("formulas")
class Point:
    """One real number."""

    x: Annotated[float, Ge(0.5), Le(8.0)] = 1.0


DOMAIN = Domain.of(Point)
WORDS = {"source": "known", "statement": "known", "domain": DOMAIN,
         "evaluators": ("jax", "mpmath")}  # fmt: skip


def identity(lhs, rhs, **changes):
    return Identity(name="i", lhs=lhs, rhs=rhs, twin=Twin("t", rhs=lambda p: 0 * p.x),
                    **WORDS | changes)  # fmt: skip


def test_true_identities_hold_and_their_float_error_is_measured():
    outcome = check_identity(identity(lambda p: log(exp(p.x)), lambda p: p.x))
    assert outcome.verdict is Verdict.HOLDS
    assert 0 <= outcome.estimate < 10


def test_an_identity_off_by_one_part_in_1e20_is_refuted():
    outcome = check_identity(identity(lambda p: p.x + p.x / 10**20, lambda p: p.x))
    assert outcome.verdict is Verdict.REFUTED
    assert "x=" in outcome.detail


def test_a_formula_that_cancels_is_refuted_as_float_code():
    # 1 - Phi(x) loses every digit of the tail: equal at 50 digits, useless in float64
    outcome = check_identity(identity(lambda p: 1 - normal_cdf(p.x), lambda p: normal_cdf(-p.x)))
    assert outcome.verdict is Verdict.REFUTED
    assert "float64 off" in outcome.detail


def test_the_condition_number_is_the_derivative():
    for x in (0.7, 3.0):
        (measured,) = condition(lambda p: exp(p.x), Point(x=x))
        assert float(measured) == pytest.approx(x * np.exp(x), rel=1e-12)
    assert float_error(lambda p: exp(p.x), Point(x=3.0)) < 2


def test_jax_only_identities_use_their_declared_tolerance():
    off = identity(lambda p: p.x * (1 + 1e-9), lambda p: p.x, evaluators=("jax",),
                   tolerance=1e-8, tolerance_reason="asked for")  # fmt: skip
    assert check_identity(off).verdict is Verdict.HOLDS
    assert check_identity(dataclasses.replace(off, tolerance=1e-10)).verdict is Verdict.REFUTED


def test_inequalities_hold_or_fall_by_a_counterexample():
    true = Inequality(name="i", smaller=lambda p: log(p.x), larger=lambda p: p.x - 1,
                      twin=Twin("other side", larger=lambda p: p.x - 2), **WORDS)  # fmt: skip
    assert check_inequality(true).verdict is Verdict.HOLDS
    outcome = check_inequality(true.as_twin())
    assert outcome.verdict is Verdict.REFUTED
    assert "counterexample" in outcome.detail


# -- ledger and commands ----------------------------------------------------------------------


@pytest.mark.parametrize("evaluators", [("jax",), ("jax", "mpmath")])
@pytest.mark.parametrize("place", [0, 1])
def test_nan_and_infinity_in_any_entry_decide_nothing(evaluators, place):
    def entries(good, bad):
        return lambda p: np.array([bad if i == place else good + 0 * p.x for i in (0, 1)])

    more = {"evaluators": evaluators, "tolerance": 1e-9, "tolerance_reason": "rounding"}
    for bad in (math.nan, math.inf):
        same = identity(entries(1.0, bad), entries(1.0, bad), **more)
        assert check_identity(same).verdict is Verdict.UNDECIDED
        below = Inequality(name="i", smaller=0, larger=entries(1.0, bad),
                           twin=Twin("t", larger=-1),
                           **WORDS | {"evaluators": evaluators})  # fmt: skip
        assert check_inequality(below).verdict is Verdict.UNDECIDED
        assert "is not finite at x=" in check_inequality(below).detail


def test_a_scale_that_is_negative_or_infinite_decides_nothing():
    for scale in (-1.0, math.inf, math.nan):
        twice = identity(lambda p: p.x, lambda p: 2 * p.x, evaluators=("jax",), tolerance=1.0,
                         tolerance_reason="none", scale=lambda p, scale=scale: scale)  # fmt: skip
        assert check_identity(twice).verdict is Verdict.UNDECIDED
