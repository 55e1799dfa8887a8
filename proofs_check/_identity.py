"""lhs = rhs, proved by SymPy, refuted in Arb."""

import dataclasses
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import sympy

from proofs_check._results import WORST_FIRST, Result, Status
from proofs_check._statements import Equal
from proofs_check._symbolic_balls import NoEnclosure, enclose
from proofs_check._time_limit import clock, within
from theory._constants import Constant
from theory._evaluators import MixedEvaluators

_POINTS = 12
_DRAWS = 60  # a formula may be real on part of the ranges only; other points are passed over
_BITS = 400
_DIGITS = 50  # an enclosure must be this narrow, relative to the sides, to count as agreement

Ranges = Mapping[Any, tuple[Any, Any]]


def identity(lhs: Any, rhs: Any, *, ranges: Ranges | None = None, time_limit: float = 20) -> Result:
    """Proves lhs = rhs: SymPy reduces the difference to zero.

    First the difference is enclosed in Arb at random rational points: an enclosure that excludes
    0 refutes. Then a ladder of exact rewritings is tried. Where none reaches 0, agreement to
    50 digits at every point is NUMERIC, and never called a proof.

    Args:
        lhs, rhs: SymPy expressions, ints, Fractions, theory's constants; or matrices, lists or
            arrays of them, compared entry by entry.
        ranges: where the random points lie, ``{symbol: (low, high)}``; by default as the
            symbol's assumptions say, and in (1/10, 3) where they say nothing. SymPy's own steps
            rest on the symbols' assumptions (``Symbol("s", positive=True)``), not on these.
        time_limit: seconds of processor time.

    Points at which a side is not real are passed over, unless the imaginary unit stands in it.
    Raises MixedEvaluators if a float stands in an expression: nothing is exact about it.
    """
    lhs, rhs = _exact(lhs), _exact(rhs)
    start = time.perf_counter()
    deadline = clock() + time_limit
    named = {str(symbol): ends for symbol, ends in (ranges or {}).items()}
    results, asked = [], []
    for left, right in zip(*_entries(lhs, rhs), strict=True):
        asked.append(Equal(left, right, named))
        results.append(_equal(left, right, named, deadline))
        if results[-1].status is Status.REFUTED:
            break
    worst = min(results, key=lambda r: WORST_FIRST.index(r.status))
    seconds = time.perf_counter() - start
    return dataclasses.replace(worst, seconds=seconds, statements=tuple(asked))


def _exact(side: Any) -> Any:
    if isinstance(side, (list, tuple, np.ndarray)):
        side = sympy.Array(np.vectorize(_exact, otypes=[object])(np.array(side, dtype=object)))
    if isinstance(side, Constant):
        side = side.resolve("sympy")
    if isinstance(side, Fraction):
        side = sympy.Rational(side.numerator, side.denominator)
    side = sympy.sympify(side)
    floats = side.atoms(sympy.Float)
    if floats:
        shown = ", ".join(sorted(map(str, floats)))
        raise MixedEvaluators(
            f"a float ({shown}) stands in the expression; write exact numbers: "
            "sympy.Rational(1, 10), rational(1, 10), sympy.pi"
        )
    return side


def _entries(lhs: Any, rhs: Any) -> tuple[list[Any], list[Any]]:
    shapes = [getattr(side, "shape", ()) for side in (lhs, rhs)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"shapes {shapes[0]} and {shapes[1]} are not compared: same shape only")
    if not shapes[0]:
        return [lhs], [rhs]
    if 0 in shapes[0]:
        raise ValueError(f"shape {shapes[0]} has no entry to compare")
    return list(sympy.flatten(lhs)), list(sympy.flatten(rhs))


def _equal(left: Any, right: Any, ranges: Ranges, deadline: float) -> Result:
    numeric = None
    remaining = deadline - clock()
    finished, numeric = within(remaining / 4, lambda: _compare_at_points(left, right, ranges))
    if not finished or numeric is None:
        numeric = Result(Status.UNDECIDED, "SymPy", detail="time limit")
    if numeric.status is Status.REFUTED:
        return numeric
    forms = [left - right]  # the difference, and shorter forms of it found on the way
    for name, step in _LADDER:
        for form in dict.fromkeys((forms[-1], forms[0])):
            # a step that hangs leaves as much time again for all that follow
            share = (deadline - clock()) / (1 if step is sympy.simplify else 2)
            _, after = within(share, lambda: _attempt(step, form))  # noqa: B023 (run at once)
            if after is sympy.S.Zero:
                return Result(Status.PROVED, f"SymPy: {name}")
            if _is_not_zero(after):  # where Arb could not evaluate the sides themselves
                detail = f"lhs - rhs = {after}"
                return Result(Status.REFUTED, f"SymPy: {name}", counterexample={}, detail=detail)
            if after is not None and after.count_ops() < forms[-1].count_ops():
                forms.append(after)
    return numeric


def _attempt(step: Callable[[Any], Any], expression: Any) -> Any:
    try:
        return step(expression)
    except Exception:  # a simplifier that fails on an expression is a step that did not help
        return None


def _is_not_zero(expression: Any) -> bool:
    if expression is None or not expression.is_number:
        return False
    try:
        value = enclose(expression, {}, _BITS)
    except NoEnclosure:
        return False
    return value.is_finite() and not value.contains(0)


def _numerator(e: Any) -> Any:
    """The numerator over the common denominator, multiplied out: no slow common divisors."""
    return sympy.expand(sympy.fraction(sympy.together(e))[0])


def _eliminate_radicals(e: Any) -> Any:
    """The numerator modulo r^q = base for every radical r in it; 0 proves e = 0."""
    numerator = sympy.fraction(sympy.together(e))[0]
    while True:
        radicals: list[Any] = [
            p for p in numerator.atoms(sympy.Pow) if p.exp.is_Rational and not p.exp.is_Integer
        ]
        if not radicals:
            return sympy.expand(numerator)
        base = max((p.base for p in radicals), key=lambda b: (b.count_ops(), str(b)))
        powers = [p for p in radicals if p.base == base]
        q = math.lcm(*(int(p.exp.q) for p in powers))
        root = sympy.Dummy("r")
        replaced = numerator.subs({p: root ** (p.exp * q) for p in powers})
        top, bottom = sympy.fraction(sympy.together(base))
        reduced = sympy.prem(
            sympy.expand(sympy.fraction(sympy.together(replaced))[0]), root**q * bottom - top, root
        )
        numerator = sympy.expand(reduced)
        if numerator.has(root):
            return numerator  # not zero, or zero for a reason that this step does not see


def _zero_or_nothing(step: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """For steps whose result is zero only if the expression is, but is not equal to it."""
    return lambda e: sympy.S.Zero if step(e) == 0 else None


_LADDER: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("evaluation", lambda e: e.doit()),
    ("numerator", _zero_or_nothing(_numerator)),
    ("expand", sympy.expand),
    ("cancel", lambda e: sympy.cancel(sympy.together(e))),
    ("erfc as erf", lambda e: sympy.expand(sympy.expand_func(e.rewrite(sympy.erf)))),
    ("expand_func", lambda e: sympy.expand(sympy.expand_func(e))),
    ("powsimp", lambda e: sympy.expand(sympy.powsimp(sympy.expand(e)))),
    ("elimination of radicals", _zero_or_nothing(_eliminate_radicals)),
    ("radsimp", lambda e: sympy.cancel(sympy.radsimp(e))),
    ("trigsimp", sympy.trigsimp),
    ("hyperbolic as exp", lambda e: sympy.cancel(sympy.together(e.rewrite(sympy.exp)))),
    ("gammasimp", lambda e: sympy.gammasimp(e.rewrite(sympy.gamma))),
    ("expand_log", lambda e: sympy.expand(sympy.expand_log(sympy.expand_log(e).factor()))),
    ("simplify", sympy.simplify),
)


def _compare_at_points(left: Any, right: Any, ranges: Ranges) -> Result:
    """Refutes at a random point, or reports agreement at all of them."""
    left, right = left.doit(), right.doit()
    difference = left - right
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    real_only = not (left.has(sympy.I) or right.has(sympy.I))
    agreed = 0
    for point in _points(symbols, ranges):
        try:
            verdict = _compare_at(difference, left, right, point, real_only)
        except NoEnclosure as error:
            return Result(Status.UNDECIDED, "SymPy", detail=str(error))
        if isinstance(verdict, Result):
            return verdict
        agreed += verdict
        if agreed == _POINTS or (agreed and not symbols):
            break
    if not agreed:
        return Result(Status.UNDECIDED, "SymPy", detail="no random point gave a narrow enclosure")
    where = f"at {agreed} points" if symbols else "of the value"
    detail = "SymPy did not reduce the difference to 0"
    return Result(Status.NUMERIC, f"Arb: {_DIGITS} digits {where}", detail=detail)


def _compare_at(
    difference: Any, left: Any, right: Any, point: Mapping[Any, Fraction], real_only: bool
) -> Result | bool:
    """REFUTED, or whether the sides agree to all digits (False: the point says nothing)."""
    for bits in (_BITS, 2 * _BITS, 8 * _BITS):
        a, b = enclose(left, point, bits), enclose(right, point, bits)
        if not (a.is_finite() and b.is_finite()):
            continue
        if real_only and not (a.imag.contains(0) and b.imag.contains(0)):
            return False
        gap = enclose(difference, point, bits)
        if not gap.contains(0):
            return Result(
                Status.REFUTED,
                f"Arb, {bits} bits",
                counterexample={str(symbol): str(x) for symbol, x in point.items()},
                detail=f"lhs = {a.str(15)}, rhs = {b.str(15)}",
            )
        size = max(abs(a).upper(), abs(b).upper())
        if abs(gap).upper() <= size / 10**_DIGITS or abs(gap).upper() < 10.0**-300:
            return True
    return False


def _points(symbols: list[Any], ranges: Ranges) -> Iterator[dict[Any, Fraction]]:
    rng = random.Random(20)
    for _ in range(_DRAWS):
        point = {s: _draw(rng, s, ranges.get(str(s))) for s in symbols}
        if None not in point.values():
            yield {s: x for s, x in point.items() if x is not None}


def _draw(rng: random.Random, symbol: Any, ends: tuple[Any, Any] | None) -> Fraction | None:
    """A rational number in the range that meets the symbol's assumptions; None if none was met."""
    for _ in range(100):
        low, high = (Fraction(str(end)) for end in ends) if ends else _default_range(symbol)
        if symbol.is_integer:
            x = Fraction(rng.randint(math.ceil(low), math.floor(high)))
        else:
            x = low + (high - low) * Fraction(rng.randint(1, 9999), 10000)
        number = sympy.Rational(x.numerator, x.denominator)
        if all(
            getattr(number, f"is_{name}", truth) in (truth, None)
            for name, truth in symbol.assumptions0.items()
        ):
            return x
    return None


def _default_range(symbol: Any) -> tuple[Fraction, Fraction]:
    if symbol.is_negative:
        return Fraction(-3), Fraction(-1, 10)
    if symbol.is_integer:
        return Fraction(1), Fraction(6)
    if symbol.is_extended_real and not symbol.is_nonnegative:
        return Fraction(-3), Fraction(3)
    return Fraction(1, 10), Fraction(3)
