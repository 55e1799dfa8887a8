"""A claim that could not be told from a wrong one, or could not fail, is refused when written."""

import dataclasses
import math
from typing import Annotated

import numpy as np
import pytest

from theory import (
    AtLeast, AtMost, Domain, Equals, Ge, Identity, Inequality, Law, Le, Limit, Ordering, PerTrial,
    Scaling, Twin, Verdict, parameters, planned,
)  # fmt: skip
from theory._claims import a_count, at, in_range
from theory._observables import parse_observable


@parameters("claims_demo")
class Params:
    """Parameters of a demo."""

    n: Annotated[int, Ge(1), Le(10**6)] = 10
    eta: Annotated[float, Ge(0), Le(1)] = 0.1


WORDS = {"name": "demo_claim", "source": "Theorem 1", "statement": "a = b"}
SIMULATED = {"observable": "risk", "cases": (Params(),), "planned_trials": 100}
LADDER = {
    "value": lambda p: 1 / p.n,
    "rungs": tuple(Params(n=n) for n in (10, 20, 40, 80)),
    "size": lambda p: p.n,
    "exponent": -1.0,
    "tolerance": 0.05,
    "tolerance_reason": "next order is n^-2",
}

GOOD = {
    Identity: {
        "lhs": lambda p: p.eta, "rhs": lambda p: p.eta, "domain": Domain.of(Params),
        "evaluators": ("jax", "mpmath"), "twin": Twin("halved", rhs=lambda p: p.eta / 2),
    },
    Inequality: {
        "smaller": lambda p: 0, "larger": lambda p: p.eta, "domain": Domain.of(Params),
        "twin": Twin("one too many", smaller=lambda p: 1),
    },
    PerTrial: {**SIMULATED, "bound": 1e-12, "twin": Twin("tighter", bound=1e-30)},
    Equals: {
        **SIMULATED, "prediction": lambda p: p.eta, "tolerance": 0.01,
        "tolerance_reason": "O(1/n)", "support": (0, 1), "twin": Twin("zero", prediction=0.0),
    },
    AtMost: {**SIMULATED, "bound": 1.0, "delta": 0.1, "twin": Twin("lower", bound=0.1)},
    AtLeast: {**SIMULATED, "bound": 0.0, "delta": lambda p: p.eta, "twin": Twin("up", bound=1.0)},
    Law: {
        **SIMULATED, "cdf": lambda p, x: x, "width": 0.05, "width_reason": "finite n",
        "twin": Twin("squared", cdf=lambda p, x: x**2),
    },
    Ordering: {
        **SIMULATED, "below": "other[2]", "support": (-1, 1),
        "twin": Twin("reversed", observable="other[2]", below="risk"),
    },
    Scaling: {**LADDER, "twin": Twin("slower", exponent=-0.5)},
    Limit: {**LADDER, "limit": 0.0, "last_gap": 0.02, "twin": Twin("one", limit=1.0)},
}  # fmt: skip


def make(kind, **changes):
    return kind(**{**WORDS, **GOOD[kind], **changes})


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_claim_of_every_kind_stands_and_so_does_its_twin(kind):
    claim = make(kind)
    assert claim.kind == kind.__name__
    twin = claim.as_twin()
    assert type(twin) is kind
    assert (twin.name, twin.expected, twin.twin) == ("demo_claim_twin", Verdict.REFUTED, None)
    assert twin.statement == claim.twin.mistake
    for name, value in claim.twin.changes.items():
        assert getattr(twin, name) is value
        assert getattr(claim, name) is not value
    with pytest.raises(ValueError, match="no twin"):
        twin.as_twin()


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": "Demo"}, "not snake_case"),
        ({"name": "demo claim"}, "not snake_case"),
        ({"name": "1st"}, "not snake_case"),
        ({"name": "demo\n"}, "not snake_case"),
        ({"source": ""}, "source and a statement"),
        ({"statement": ""}, "source and a statement"),
        ({"twin": None}, "needs a wrong twin"),
        ({"twin": Twin("?", colour=1)}, r"cannot replace \['colour'\]"),
        ({"twin": Twin("?", name="other")}, r"cannot replace \['name'\]"),
        ({"evaluators": ()}, "no evaluator"),
        ({"evaluators": ("numpy",)}, "unknown evaluators"),
        ({"expected": Verdict.UNDECIDED}, "HOLDS or REFUTED"),
        ({"repaired_by": "better_claim"}, "repaired_by"),
    ],
)
def test_what_every_claim_needs(kind, changes, text):
    with pytest.raises(ValueError, match=text):
        make(kind, **changes)


@pytest.mark.parametrize(
    ("kind", "changes", "text"),
    [
        (Identity, {"evaluators": ("jax",)}, "needs a tolerance"),
        (Identity, {"evaluators": ("jax",), "tolerance": 0.0}, "decide nothing"),
        (Identity, {"tolerance": 1e-9}, "needs a reason"),
        (Identity, {"points": 0}, "decide nothing"),
        (Identity, {"evaluators": ("jax",), "tolerance": 1.0}, "decide nothing"),
        (Inequality, {"rounding": 1e-3}, "decide nothing"),
        (Scaling, {"rungs": (1.0, 2.0, 4.0, 8.0), "size": float}, "rung 1.0 is no Params"),
        (Inequality, {"points": 0}, "decide nothing"),
        (Inequality, {"rounding": -1e-9}, "decide nothing"),
        (PerTrial, {"cases": ()}, "at least one Params"),
        (PerTrial, {"planned_trials": 0}, "decide nothing"),
        (PerTrial, {"max_trials": 0}, "decide nothing"),
        (PerTrial, {"observable": "risk[a]"}, "not a name"),
        (Equals, {"support": None}, "a mean needs one of support, variance, skewness"),
        (Equals, {"skewness": 2.0}, "a mean needs one of support, variance, skewness"),
        (Equals, {"statistic": "median"}, "a median needs no bound"),
        (Equals, {"statistic": "mode", "support": None}, "unknown statistic"),
        (Equals, {"tolerance_reason": ""}, "needs a reason"),
        (Equals, {"tolerance": 0.0}, "decide nothing"),
        (Equals, {"tolerance": math.nan}, "decide nothing"),
        (Equals, {"support": (1, 1)}, "empty"),
        (AtMost, {"delta": 0.0}, "decide nothing"),
        (AtMost, {"delta": 1.0}, "decide nothing"),
        (AtLeast, {"delta": -0.1}, "decide nothing"),
        (Law, {"width": 1.0}, "width in"),
        (Law, {"width_reason": ""}, "its reason"),
        (Ordering, {"below": "other[]"}, "not a name"),
        (Ordering, {"support": (1, -1)}, "empty"),
        (Scaling, {"rungs": LADDER["rungs"][:3]}, "4 rungs"),
        (Scaling, {"rungs": (Params(n=1), Params(n=1), Params(n=1), Params(n=8))}, "4 rungs"),
        (Scaling, {"rungs": tuple(Params(n=n) for n in (10, 20, 40, 79))}, "factor of 8"),
        (Scaling, {"size": lambda p: -p.n}, "factor of 8"),
        (Scaling, {"value": "risk"}, "trials_per_rung"),
        (Scaling, {"tolerance": 0.0}, "tolerance"),
        (Scaling, {"tolerance_reason": ""}, "its reason"),
        (Limit, {"last_gap": 0.0}, "decide nothing"),
    ],
)
def test_what_each_kind_needs(kind, changes, text):
    with pytest.raises(ValueError, match=text):
        make(kind, **changes)


def test_texts_are_not_taken_for_tuples():
    with pytest.raises((TypeError, ValueError), match="tuple"):
        make(Inequality, evaluators="jax")


def test_a_statement_known_to_fail_needs_no_twin_and_may_name_its_repair():
    claim = make(Inequality, twin=None, expected=Verdict.REFUTED, repaired_by="better_claim")
    assert claim.repaired_by == "better_claim"


def test_one_params_is_not_taken_for_cases():
    with pytest.raises((TypeError, ValueError), match="cases"):
        make(PerTrial, cases=Params())


def test_a_twin_replaces_something():
    with pytest.raises(ValueError, match="at least one field"):
        Twin("nothing is different")


def test_a_median_needs_no_support():
    claim = make(Equals, statistic="median", support=None, twin=Twin("other", prediction=9.0))
    assert claim.statistic == "median"


def test_numbers_may_be_functions_of_the_params():
    claim = make(Equals, support=(0, lambda p: p.n), tolerance=lambda p: 1 / p.n)
    assert at(claim.prediction, Params(eta=0.25)) == 0.25
    assert at(claim.tolerance, Params()) == 0.1
    assert at(claim.support[0], Params()) == 0


def test_the_budget_is_eight_times_the_plan_unless_given():
    assert make(PerTrial).budget == 800
    assert make(PerTrial, max_trials=150).budget == 150


def test_planned_trials_follow_the_formula():
    # s = 0.25, tolerance 0.01, alpha 1e-6: 2 ln(2e6) s^2/tolerance^2
    assert planned(0.25**2, 0.01) == math.ceil(2 * math.log(2e6) * 625)
    assert planned(1e-12, 1.0) == 64


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("risk", ("risk", ())), ("a_1[2]", ("a_1", (2,))), ("table[1,0]", ("table", (1, 0)))],
)
def test_observables_are_named_with_an_entry(text, parsed):
    assert parse_observable(text) == parsed


@pytest.mark.parametrize("text", ["", "2risk", "risk[-1]", "risk[1, 0]", "risk[", "a.b", "risk\n"])
def test_other_texts_name_no_observable(text):
    with pytest.raises(ValueError, match="not a name"):
        parse_observable(text)


def test_claims_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        make(AtMost).bound = 2.0


@pytest.mark.parametrize("value", [0.5 + 3j, "0.5", b"1", np.array([0.5, 0.5]), np.nan, 10**400])
def test_a_constant_is_one_finite_real_number(value):
    with pytest.raises(ValueError, match=r"claim demo_claim: it = .* would decide nothing"):
        in_range(make(Equals), "it", value)


@pytest.mark.parametrize("value", [0, -1, 600.5, "600", True, np.nan, None, 1e3])
def test_a_count_is_a_whole_number(value):
    with pytest.raises(ValueError, match=r"claim demo_claim: it = .* a whole number from 1 on"):
        a_count(make(Equals), "it", value)
