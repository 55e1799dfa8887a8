"""Checks of claims that no random number can change: identities, inequalities, exact ladders."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

from sims._outcome import Outcome
from theory import Identity, Inequality, Verdict, fields_of, lift
from theory._claims import at

DIGITS = 50
_MORE_DIGITS = 150  # a difference that is only cancellation at 50 digits vanishes here
EPS = 2.0**-52
_PERTURBATION = mpmath.mpf(2) ** -80  # relative; far above 50-digit noise, far below curvature
_EQUAL = mpmath.mpf(10) ** -38  # 12 digits are left for cancellation inside the formula
_LARGEST_ARRAY = 64  # entries whose condition is measured one by one


def describe(params: Any) -> str:
    """The params in a few words, for the ledger: ``n=200, eta=0.1``."""

    def show(value: Any) -> str:
        if isinstance(value, float):
            return f"{value:.6g}"
        if getattr(value, "ndim", 0):
            return f"<{'x'.join(map(str, value.shape))}>"
        return str(value)

    return ", ".join(f"{name}={show(getattr(params, name))}" for name in fields_of(params))


def _floats(value: Any) -> list[float]:
    return [float(v) for v in np.asarray(value, dtype=np.float64).ravel()]


def in_mpmath(formula: Callable[[Any], Any], params: Any) -> list[Any]:
    """The formula's entries at the lifted params, as mpf numbers at the working precision."""
    value = formula(lift(params, "mpmath"))
    entries = np.asarray(value, dtype=object).ravel()
    return [mpmath.mpf(_constant(v)) for v in entries]


def _constant(value: Any) -> Any:
    resolve = getattr(value, "resolve", None)
    return resolve("mpmath") if resolve else value


def condition(formula: Callable[[Any], Any], params: Any) -> list[Any]:
    """sum_i |x_i df/dx_i| for each entry of f: what relative input errors of 1 would do to f.

    Measured in mpmath by perturbing every real input by 2^-80 of itself (zero inputs, which a
    relative error cannot move, contribute nothing).
    """
    with mpmath.workdps(max(DIGITS, mpmath.mp.dps)):  # 2^-80 is below 15 digits' resolution
        return _condition(formula, params)


def _condition(formula: Callable[[Any], Any], params: Any) -> list[Any]:
    base = in_mpmath(formula, params)
    totals = [mpmath.mpf(0)] * len(base)

    def add(changed: Any) -> None:
        for i, value in enumerate(np.asarray(formula(changed), dtype=object).ravel()):
            totals[i] += abs(mpmath.mpf(_constant(value)) - base[i]) / _PERTURBATION

    lifted = lift(params, "mpmath")
    for name, field in fields_of(params).items():
        value = getattr(lifted, name)
        if field.kind == "real":
            add(dataclasses.replace(lifted, **{name: value * (1 + _PERTURBATION)}))
        elif field.kind == "array":
            if value.size > _LARGEST_ARRAY:
                raise ValueError(
                    f"{name} has {value.size} entries: check the identity on a domain of arrays"
                    f" of at most {_LARGEST_ARRAY}"
                )
            for index in np.ndindex(value.shape):
                array = value.copy()
                array[index] = array[index] * (1 + _PERTURBATION)
                add(dataclasses.replace(lifted, **{name: array}))
    return totals


def float_error(formula: Callable[[Any], Any], params: Any) -> float:
    """max over entries of |float64 - mpmath| / (eps (|f| + sum_i |x_i df/dx_i|)).

    1 means an error as large as one rounding of every input and of the result.
    """
    with mpmath.workdps(DIGITS):
        exact = in_mpmath(formula, params)
        scale = [abs(f) + c for f, c in zip(exact, condition(formula, params), strict=True)]
    worst = 0.0
    for value, f, s in zip(_floats(formula(params)), exact, scale, strict=True):
        if not math.isfinite(value):
            return math.inf
        error = abs(mpmath.mpf(value) - f)
        if error:
            worst = max(worst, float(error / (EPS * s)) if s else math.inf)
    return worst


ROUNDINGS = 10.0
"""Float64 evaluation may be off by this many eps x condition."""


def check_identity(claim: Identity) -> Outcome:
    """Holds lhs against rhs at the claim's points; see :class:`theory.Identity`."""
    points = claim.domain.points(claim.points)
    exact = "mpmath" in claim.evaluators
    worst, where = 0.0, ""
    for params in points:
        error = _gap_in_mpmath(claim, params) if exact else _gap_in_floats(claim, params)
        if exact and not error <= 1.0:
            error = _gap_in_mpmath(claim, params, _MORE_DIGITS)
        if math.isnan(error) or error > worst:
            worst, where = error, describe(params)
            if not error <= 1.0:  # one counterexample is enough
                break
    if not worst <= 1.0:
        unit = "10^-38 x scale at 50 digits" if exact else f"{claim.tolerance:g} x scale"
        return Outcome(
            Verdict.REFUTED, estimate=worst, trials=len(points),
            detail=f"sides differ by {worst:.3g} x ({unit}) at {where}",
        )  # fmt: skip
    if not exact:
        return Outcome(
            Verdict.HOLDS, estimate=worst, trials=len(points), tolerance=1.0,
            detail=f"largest difference {worst:.2g} of the tolerance {claim.tolerance:g}",
        )  # fmt: skip
    roundings, where = 0.0, ""
    for params in points:
        error = max(float_error(claim.lhs, params), float_error(claim.rhs, params))
        if error > roundings:
            roundings, where = error, describe(params)
    verdict = Verdict.HOLDS if roundings <= ROUNDINGS else Verdict.REFUTED
    return Outcome(
        verdict, estimate=roundings, tolerance=ROUNDINGS, trials=len(points),
        detail=f"equal at 50 digits; float64 off by at most {roundings:.2g} eps x condition"
        + (f" at {where}" if verdict is Verdict.REFUTED else ""),
    )  # fmt: skip


def _gap_in_mpmath(claim: Identity, params: Any, digits: int = DIGITS) -> float:
    with mpmath.workdps(digits):
        lhs, rhs = in_mpmath(claim.lhs, params), in_mpmath(claim.rhs, params)
        conditions = condition(claim.lhs, params)
        gaps = [
            abs(a - b) / (_EQUAL * (abs(a) + c)) if a != b else mpmath.mpf(0)
            for a, b, c in zip(lhs, rhs, conditions, strict=True)
        ]
        return float(max(gaps))


def _gap_in_floats(claim: Identity, params: Any) -> float:
    assert claim.tolerance is not None
    lhs, rhs = (np.array(_floats(side(params))) for side in (claim.lhs, claim.rhs))
    scale = np.maximum(abs(lhs), abs(rhs))
    if claim.scale is not None:
        scale = np.array(_floats(at(claim.scale, params)))
    gap = abs(lhs - rhs)
    if not np.isfinite(gap).all():
        return math.inf
    ratio = np.where(gap == 0.0, 0.0, gap / np.where(gap == 0.0, 1.0, claim.tolerance * scale))
    return float(ratio.max())


def check_inequality(claim: Inequality) -> Outcome:
    """Looks for a counterexample to smaller <= larger among the claim's points."""
    points = claim.domain.points(claim.points)
    exact = "mpmath" in claim.evaluators
    tightest, where = math.inf, ""
    for params in points:
        slack = _slack(claim, params, exact)
        if exact and not slack >= 0.0:
            slack = _slack(claim, params, exact, _MORE_DIGITS)
        if math.isnan(slack) or slack < tightest:
            tightest, where = slack, describe(params)
        if not slack >= 0.0:
            what = f"larger - smaller = {slack:.6g}" if slack == slack else "not a number"
            return Outcome(
                Verdict.REFUTED, estimate=slack, trials=len(points),
                detail=f"counterexample: {what} at {where}",
            )  # fmt: skip
    return Outcome(
        Verdict.HOLDS, estimate=tightest, trials=len(points),
        detail=f"no counterexample; smallest slack {tightest:.3g} at {where}",
    )  # fmt: skip


def _slack(claim: Inequality, params: Any, exact: bool, digits: int = DIGITS) -> float:
    """larger - smaller, 0 where they agree to rounding."""
    if exact:
        with mpmath.workdps(digits):
            pairs = zip(
                in_mpmath(claim.smaller, params), in_mpmath(claim.larger, params), strict=True
            )
            slacks = [
                mpmath.mpf(0) if abs(b - a) <= _EQUAL * max(abs(a), abs(b), 1) else b - a
                for a, b in pairs
            ]
            return float(min(slacks))
    pairs = zip(_floats(claim.smaller(params)), _floats(claim.larger(params)), strict=True)
    slacks = []
    for a, b in pairs:
        rounding = claim.rounding * max(abs(a), abs(b), 1.0)
        slacks.append(0.0 if abs(b - a) <= rounding else b - a)
    return min(slacks)
