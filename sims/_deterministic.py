"""Checks of claims that no random number can change: identities, inequalities, exact ladders."""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import mpmath
import numpy as np

from sims._evaluate import evaluate_many, reals
from sims._keys import describe
from sims._outcome import Outcome
from theory import Identity, Inequality, Verdict, fields_of, lift
from theory._claims import Number

DIGITS = 50
_MORE_DIGITS = 150  # a difference that is only cancellation at 50 digits vanishes here
EPS = 2.0**-52
_PERTURBATION = mpmath.mpf(2) ** -80  # relative; far above 50-digit noise, far below curvature
_EQUAL = mpmath.mpf(10) ** -38  # 12 digits are left for cancellation inside the formula
_LARGEST_ARRAY = 64  # entries whose condition is measured one by one


def in_mpmath(formula: Number, params: Any) -> list[Any]:
    """The formula's entries at the lifted params, as mpf numbers at the working precision.

    NaN for a formula that divides by zero, and for what is no real number.
    """
    try:
        value = formula(lift(params, "mpmath")) if callable(formula) else formula
    except ZeroDivisionError:
        value = mpmath.nan
    entries = np.asarray(value, dtype=object).ravel()
    return [_mpf(v) for v in entries]


def _mpf(value: Any) -> Any:
    resolve = getattr(value, "resolve", None)
    try:
        return (
            mpmath.nan
            if isinstance(value, str)
            else mpmath.mpf(resolve("mpmath") if resolve else value)
        )
    except (TypeError, ValueError):  # complex, None
        return mpmath.nan


def condition(formula: Number, params: Any) -> list[Any]:
    """sum_i |x_i df/dx_i| for each entry of f: what relative input errors of 1 would do to f.

    Measured in mpmath by perturbing every real input by 2^-80 of itself (zero inputs, which a
    relative error cannot move, contribute nothing).
    """
    with mpmath.workdps(max(DIGITS, mpmath.mp.dps)):  # 2^-80 is below 15 digits' resolution
        return _condition(formula, params)


def _condition(formula: Number, params: Any) -> list[Any]:
    base = in_mpmath(formula, params)
    if not callable(formula):
        return [mpmath.mpf(0)] * len(base)
    totals = [mpmath.mpf(0)] * len(base)

    def add(changed: Any) -> None:
        for i, value in enumerate(np.asarray(formula(changed), dtype=object).ravel()):
            totals[i] += abs(_mpf(value) - base[i]) / _PERTURBATION

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
    return next(_float_errors(formula, [params]))


def _float_errors(formula: Number, points: Sequence[Any]) -> Iterator[float]:
    for params, value in zip(points, evaluate_many(formula, points), strict=True):
        with mpmath.workdps(DIGITS):
            exact = in_mpmath(formula, params)
            scale = [abs(f) + c for f, c in zip(exact, condition(formula, params), strict=True)]
        worst = 0.0
        for x, f, s in zip(reals(value).ravel(), exact, scale, strict=True):
            error = abs(mpmath.mpf(x) - f) if math.isfinite(x) else mpmath.inf
            if error:
                worst = max(worst, float(error / (EPS * s)) if s else math.inf)
        yield worst


ROUNDINGS = 10.0
"""Float64 evaluation may be off by this many eps x condition."""


def check_identity(claim: Identity) -> Outcome:
    """Holds lhs against rhs at the claim's points; see :class:`theory.Identity`."""
    points = claim.domain.points(claim.points)
    exact = "mpmath" in claim.evaluators
    errors = _gaps_in_mpmath(claim, points) if exact else _gaps_in_floats(claim, points)
    worst, where = 0.0, ""
    unclear = ""
    for params, error in zip(points, errors, strict=True):
        if math.isnan(error):
            unclear = unclear or f"a side or the scale is not finite at {describe(params)}"
        elif error > worst:
            worst, where = error, describe(params)
            if worst > 1.0:  # one counterexample is enough
                break
    if worst > 1.0:
        unit = "10^-38 x scale at 50 digits" if exact else f"{claim.tolerance:g} x scale"
        return Outcome(
            Verdict.REFUTED, estimate=worst, trials=len(points),
            detail=f"sides differ by {worst:.3g} x ({unit}) at {where}",
        )  # fmt: skip
    if unclear:
        return Outcome(Verdict.UNDECIDED, trials=len(points), detail=unclear)
    if not exact:
        return Outcome(
            Verdict.HOLDS, estimate=worst, trials=len(points), tolerance=1.0,
            detail=f"largest difference {worst:.2g} of the tolerance {claim.tolerance:g}",
        )  # fmt: skip
    roundings, where = 0.0, ""
    for side in (claim.lhs, claim.rhs):
        for params, error in zip(points, _float_errors(side, points), strict=True):
            if error > roundings:
                roundings, where = error, describe(params)
    verdict = Verdict.HOLDS if roundings <= ROUNDINGS else Verdict.REFUTED
    return Outcome(
        verdict, estimate=roundings, tolerance=ROUNDINGS, trials=len(points),
        detail=f"equal at 50 digits; float64 off by at most {roundings:.2g} eps x condition"
        + (f" at {where}" if verdict is Verdict.REFUTED else ""),
    )  # fmt: skip


def _gaps_in_mpmath(claim: Identity, points: Sequence[Any]) -> Iterator[float]:
    """The difference at each point in units of what 50 digits (then 150) allow; NaN: undecided."""
    for params in points:
        error = _gap_in_mpmath(claim, params, DIGITS)
        yield error if error <= 1.0 else _gap_in_mpmath(claim, params, _MORE_DIGITS)


def _gap_in_mpmath(claim: Identity, params: Any, digits: int) -> float:
    with mpmath.workdps(digits):
        lhs, rhs = in_mpmath(claim.lhs, params), in_mpmath(claim.rhs, params)
        _check_sizes(claim, len(lhs), len(rhs))
        if not all(mpmath.isfinite(v) for v in (*lhs, *rhs)):
            return math.nan
        conditions = condition(claim.lhs, params)
        gaps = [
            abs(a - b) / (_EQUAL * (abs(a) + c)) if a != b else mpmath.mpf(0)
            for a, b, c in zip(*_alike(lhs, rhs, conditions), strict=True)
        ]
        return float(max(gaps))


def _gaps_in_floats(claim: Identity, points: Sequence[Any]) -> Iterator[float]:
    """The difference at each point in units of tolerance x scale; NaN where it is undecided."""
    assert claim.tolerance is not None
    sides = [evaluate_many(side, points) for side in (claim.lhs, claim.rhs, claim.scale)]
    for lhs, rhs, scale in zip(*sides, strict=True):
        a, b = _like(claim, reals(lhs), reals(rhs))
        size = np.maximum(abs(a), abs(b)) if scale is None else reals(scale)
        if not (np.isfinite(a) & np.isfinite(b) & np.isfinite(size) & (size >= 0)).all():
            yield math.nan
            continue
        gap = abs(a - b)
        same = gap == 0.0
        with np.errstate(divide="ignore"):  # unequal sides on a scale of 0 differ without bound
            yield float(
                np.where(same, 0.0, gap / np.where(same, 1.0, claim.tolerance * size)).max()
            )


def check_inequality(claim: Inequality) -> Outcome:
    """Looks for a counterexample to smaller <= larger among the claim's points."""
    points = claim.domain.points(claim.points)
    exact = "mpmath" in claim.evaluators
    slacks = _slacks_in_mpmath(claim, points) if exact else _slacks_in_floats(claim, points)
    tightest, where, unclear = math.inf, "", ""
    for params, slack in zip(points, slacks, strict=True):
        if math.isnan(slack):
            unclear = unclear or f"a side is not finite at {describe(params)}"
        elif slack < tightest:
            tightest, where = slack, describe(params)
            if slack < 0.0:
                return Outcome(
                    Verdict.REFUTED, estimate=slack, trials=len(points),
                    detail=f"counterexample: larger - smaller = {slack:.6g} at {where}",
                )  # fmt: skip
    if unclear:
        return Outcome(Verdict.UNDECIDED, trials=len(points), detail=unclear)
    return Outcome(
        Verdict.HOLDS, estimate=tightest, trials=len(points),
        detail=f"no counterexample; smallest slack {tightest:.3g} at {where}",
    )  # fmt: skip


def _slacks_in_mpmath(claim: Inequality, points: Sequence[Any]) -> Iterator[float]:
    for params in points:
        slack = _slack_in_mpmath(claim, params, DIGITS)
        yield slack if slack >= 0.0 else _slack_in_mpmath(claim, params, _MORE_DIGITS)


def _slack_in_mpmath(claim: Inequality, params: Any, digits: int) -> float:
    """The least larger - smaller over the entries, 0 where they agree to rounding."""
    with mpmath.workdps(digits):
        small, large = in_mpmath(claim.smaller, params), in_mpmath(claim.larger, params)
        _check_sizes(claim, len(small), len(large))
        if not all(mpmath.isfinite(v) for v in (*small, *large)):
            return math.nan
        pairs = zip(*_alike(small, large), strict=True)
        return float(min(
            mpmath.mpf(0) if abs(b - a) <= _EQUAL * max(abs(a), abs(b), 1) else b - a
            for a, b in pairs
        ))  # fmt: skip


def _alike(*sides: list[Any]) -> list[list[Any]]:
    """A number beside a list of entries stands for each of them."""
    n = max(map(len, sides))
    return [side * n if len(side) == 1 else side for side in sides]


def _like(claim: Identity | Inequality, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
    """The sides of equal shape, or a number beside an array."""
    _check_sizes(claim, a.size, b.size)
    if a.ndim and b.ndim and a.shape != b.shape:
        raise ValueError(f"claim {claim.name}: its sides have shapes {a.shape} and {b.shape}")
    return a, b


def _check_sizes(claim: Identity | Inequality, left: int, right: int) -> None:
    if min(left, right) == 0 or (left != right and min(left, right) > 1):
        raise ValueError(f"claim {claim.name}: its sides have {left} and {right} entries")


def _slacks_in_floats(claim: Inequality, points: Sequence[Any]) -> Iterator[float]:
    sides = [evaluate_many(side, points) for side in (claim.smaller, claim.larger)]
    for small, large in zip(*sides, strict=True):
        a, b = _like(claim, reals(small), reals(large))
        if not (np.isfinite(a).all() and np.isfinite(b).all()):
            yield math.nan
            continue
        rounding = claim.rounding * np.maximum(np.maximum(abs(a), abs(b)), 1.0)
        yield float(np.where(abs(b - a) <= rounding, 0.0, b - a).min())
