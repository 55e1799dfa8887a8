"""Closed forms have the values found elsewhere, keep to their domains and agree."""

import dataclasses
import inspect
import math

import jax
import numpy as np
import pytest

import theory
from sims._deterministic import in_mpmath
from sims._evaluate import evaluate
from sims._verify import check
from tests.settings import SETTINGS
from theory import ArgumentError, Ball, Domain, Identity, Inequality, claims_of, lift
from theory._ladders import Ladder
from theory._loops import has_loop

POINTS = 4  # the first of a claim's points: the centre, a corner, a random point, a corner


def each(kind, *, at=lambda claim: True):
    """(setting, claim) for the claims of a kind, as pytest parameters."""
    return [
        pytest.param(claim, id=f"{name}-{claim.name}")
        for name in SETTINGS
        for claim in claims_of(name)
        if isinstance(claim, kind) and at(claim)
    ]


@pytest.mark.parametrize("claim", each(theory.Claim, at=lambda claim: claim.known))
def test_known_values(claim):
    """Each to the last digit given."""
    for params, digits in claim.known:
        mantissa, _, exponent = digits.partition("e")
        unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        value = float(evaluate(claim.formula, params))
        assert abs(value - float(digits)) <= unit, (params, digits, value)


def searches(claim):
    """Whether a side has a loop: one program for all points, which costs no more than for few."""
    sides = (getattr(claim, s, None) for s in ("lhs", "rhs", "smaller", "larger"))
    return any(callable(side) and has_loop(side) for side in sides)


@pytest.mark.parametrize("claim", each((Identity, Inequality)))
def test_statements_on_a_domain_hold_at_its_first_points_and_twins_fall(claim):
    few = claim if searches(claim) else dataclasses.replace(claim, points=min(claim.points, POINTS))
    if claim.expected == "HOLDS":  # what is false somewhere may be true at the first points
        outcome = check(few)
        assert outcome.verdict == "HOLDS", outcome.detail
    else:
        assert check(claim).verdict == claim.expected
    if claim.twin is not None:
        twin = few.as_twin()
        if check(twin).verdict != "REFUTED":
            twin = claim.as_twin()  # one point of all of them is enough
        assert check(twin).verdict == "REFUTED"


@pytest.mark.parametrize("claim", each(Ladder, at=lambda c: not c.simulated and not c.deep))
def test_exact_ladders_hold_and_their_twins_fall(claim):
    assert check(claim).verdict == claim.expected
    if claim.twin is not None:
        assert check(claim.as_twin()).verdict == "REFUTED"


def enclosed(formula, params):
    """Whether the Arb value contains the one of 50 digits, entry by entry."""
    balls = np.asarray(formula(lift(params, "arb")), dtype=object).ravel()
    numbers = in_mpmath(formula, params)
    for ball, number in zip(balls, numbers, strict=True):
        ball = ball if isinstance(ball, Ball) else ball.resolve("arb")
        yield ball.contains(number)


def in_arb(claim):
    return "arb" in claim.evaluators and isinstance(getattr(claim, "domain", None), Domain)


@pytest.mark.parametrize("claim", each((Identity, Inequality), at=in_arb))
def test_balls_contain_the_value_of_many_digits(claim):
    sides = ("lhs", "rhs") if isinstance(claim, Identity) else ("smaller", "larger")
    for params in claim.domain.points(POINTS):
        for side in sides:
            if callable(formula := getattr(claim, side)):
                assert all(enclosed(formula, params)), (side, params)


FORMS = [
    pytest.param(value, id=f"{name}-{word}")
    for name in SETTINGS
    for word, value in sorted(vars(theory.load("theory", name)).items())
    if not word.startswith("_")
    and getattr(value, "domains", None)
    and f"{value.__module__}.".startswith(f"theory.{name}.")
]
"""The public closed forms that declare a domain."""


def inside(field):
    """A number in the middle of a declared range, however long it is."""
    low = field.low if math.isfinite(field.low) else min(0.0, field.high) - 1.0
    high = field.high if math.isfinite(field.high) else max(low, 0.0) + 2.0
    middle = low / 2 + high / 2
    return math.ceil(middle) if field.kind == "int" else middle


def arguments(form):
    """Arguments inside the domain: the form's own example, the rest from its ranges."""
    given = {name: inside(field) for name, field in form.domains.items()}
    given |= form.example
    signature = inspect.signature(form).parameters
    for name, parameter in signature.items():
        if parameter.default is not parameter.empty and name not in form.example:
            given.pop(name, None)
    return given


def call(form, given):
    """By place where the signature has no names for it."""
    signature = inspect.signature(form)
    kinds = {p.kind for p in signature.parameters.values()}
    if inspect.Parameter.POSITIONAL_ONLY in kinds:
        return form(*given.values())
    return form(**given)


@pytest.mark.parametrize("form", FORMS)
def test_a_value_just_outside_a_domain_is_refused_by_name(form):
    given = arguments(form)
    for name, field in form.domains.items():
        beyond = []
        if math.isfinite(field.low):
            beyond.append(field.low if field.open_low else np.nextafter(field.low, -math.inf))
        if math.isfinite(field.high):
            beyond.append(field.high if field.open_high else np.nextafter(field.high, math.inf))
        if field.kind == "int":
            beyond.append(inside(field) + 0.5)
        shape = np.shape(form.example.get(name, 0.0))
        for value in beyond:
            with pytest.raises(ArgumentError, match=rf"{form.__name__}: {name}\b"):
                call(form, given | {name: np.full(shape, value) if shape else float(value)})


@pytest.mark.parametrize("form", FORMS)
def test_nan_goes_in_and_nan_comes_out(form):
    given = arguments(form)
    for name in form.domains:
        shape = np.shape(form.example.get(name, 0.0))
        result = call(form, given | {name: np.full(shape, math.nan) if shape else math.nan})
        for leaf in jax.tree.leaves(result):
            dtype = getattr(leaf, "dtype", np.dtype(type(leaf)))
            if np.issubdtype(dtype, np.floating):
                assert np.isnan(leaf).all(), (name, leaf)
