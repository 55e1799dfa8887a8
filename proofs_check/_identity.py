"""lhs = rhs, proved by SymPy, refuted in Arb."""

import dataclasses
import random
import time
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import sympy

from proofs_check._results import Result, Status
from proofs_check._symbolic_balls import NoEnclosure, enclose
from proofs_check._time_limit import within
from theory._formula import Constant, MixedEvaluators

_POINTS = 12
_BITS = 400
_DIGITS = 50  # an enclosure must be this narrow, relative to the sides, to count as agreement


def identity(
    lhs: Any,
    rhs: Any,
    *,
    ranges: Mapping[Any, tuple[Any, Any]] | None = None,
    time_limit: float = 20,
) -> Result:
    """Proves lhs = rhs: SymPy reduces the difference to zero.

    First the difference is enclosed in Arb at random rational points: an enclosure that excludes
    0 refutes. Then a ladder of exact rewritings is tried. Where none reaches 0, agreement to
    50 digits at every point is NUMERIC, and never called a proof.

    Args:
        lhs, rhs: SymPy expressions (or matrices of them), ints, Fractions, theory's constants.
        ranges: where the random points lie, ``{symbol: (low, high)}``; by default as the
            symbol's assumptions say, and small and positive where they say nothing. SymPy's own
            steps rest on the symbols' assumptions (``Symbol("s", positive=True)``), not on these.
        time_limit: seconds.

    Raises MixedEvaluators if a float stands in an expression: nothing is exact about it.
    """
    lhs, rhs = _exact(lhs), _exact(rhs)
    start = time.perf_counter()
    difference = lhs - rhs
    entries = list(difference) if isinstance(difference, sympy.MatrixBase) else [difference]
    sides = zip(
        list(lhs) if isinstance(lhs, sympy.MatrixBase) else [lhs],
        list(rhs) if isinstance(rhs, sympy.MatrixBase) else [rhs],
        strict=True,
    )
    deadline = time.monotonic() + time_limit
    results = []
    for entry, (left, right) in zip(entries, sides, strict=True):
        results.append(_zero(entry, left, right, dict(ranges or {}), deadline))
        if results[-1].status is Status.REFUTED:
            break
    order = (Status.REFUTED, Status.UNDECIDED, Status.NUMERIC, Status.PROVED)
    worst = min(results, key=lambda r: order.index(r.status))
    return dataclasses.replace(worst, seconds=time.perf_counter() - start)


def _exact(side: Any) -> Any:
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


def _zero(
    difference: Any, left: Any, right: Any, ranges: dict[Any, Any], deadline: float
) -> Result:
    left_over = deadline - time.monotonic()
    finished, numeric = within(left_over / 4, lambda: _evaluate(difference, left, right, ranges))
    if finished and numeric is not None and numeric.status is Status.REFUTED:
        return numeric
    current = difference
    for name, step in _LADDER:
        finished, after = within(deadline - time.monotonic(), lambda: _attempt(step, current))  # noqa: B023
        if not finished:
            break
        if after is sympy.S.Zero:
            return Result(Status.PROVED, f"SymPy: {name}")
        if after is not None and sympy.count_ops(after) < sympy.count_ops(current):
            current = after
    if numeric is not None:
        return numeric
    return Result(Status.UNDECIDED, "SymPy and Arb", detail="time limit")


def _attempt(step: Callable[[Any], Any], expression: Any) -> Any:
    try:
        return step(expression)
    except Exception:  # a simplifier that fails on an expression is a step that did not help
        return None


_LADDER: tuple[tuple[str, Callable[[Any], Any]], ...] = (
    ("evaluation", lambda e: e.doit()),
    ("expand", sympy.expand),
    ("cancel", lambda e: sympy.cancel(sympy.together(e))),
    ("erfc as erf", lambda e: sympy.expand(e.rewrite(sympy.erf))),
    ("expand_func", lambda e: sympy.expand(sympy.expand_func(e))),
    ("powsimp", lambda e: sympy.expand(sympy.powsimp(sympy.expand(e)))),
    ("radsimp", lambda e: sympy.cancel(sympy.radsimp(e))),
    ("trigsimp", sympy.trigsimp),
    ("hyperbolic as exp", lambda e: sympy.cancel(sympy.together(e.rewrite(sympy.exp)))),
    ("gammasimp", sympy.gammasimp),
    ("expand_log", lambda e: sympy.expand(sympy.expand_log(sympy.factor(e)))),
    ("simplify", sympy.simplify),
)


def _evaluate(difference: Any, left: Any, right: Any, ranges: dict[Any, Any]) -> Result | None:
    """Refutes at a random point, or reports agreement at all of them."""
    symbols = sorted(difference.free_symbols | set(ranges), key=str)
    worst = None
    tested = 0
    for point in _points(symbols, ranges):
        bits = _BITS
        while bits <= 8 * _BITS:
            try:
                value = enclose(difference, point, bits)
                scale = enclose(left, point, bits), enclose(right, point, bits)
            except NoEnclosure as error:
                return Result(Status.UNDECIDED, "SymPy", detail=str(error))
            if not value.is_finite():
                break
            if not value.contains(0):
                shown = {str(s): str(x) for s, x in point.items()}
                return Result(
                    Status.REFUTED,
                    f"Arb, {bits} bits",
                    counterexample=shown,
                    detail=f"lhs = {scale[0].str(15)}, rhs = {scale[1].str(15)}",
                )
            largest = max(float(abs(s).upper()) for s in scale)
            if float(abs(value).upper()) <= max(largest, 1e-100) * 10.0**-_DIGITS:
                tested += 1
                break
            bits *= 2
    del worst
    if tested:
        return Result(
            Status.NUMERIC,
            f"Arb, {_DIGITS} digits at {tested} points",
            detail="SymPy did not reduce the difference to 0",
        )
    return Result(Status.UNDECIDED, "SymPy", detail="no random point gave a finite enclosure")


def _points(symbols: list[Any], ranges: Mapping[Any, Any]) -> Iterator[dict[Any, Fraction]]:
    rng = random.Random(20)
    for _ in range(_POINTS):
        yield {s: _draw(rng, s, ranges.get(s)) for s in symbols}


def _draw(rng: random.Random, symbol: Any, given: Any) -> Fraction:
    if given is not None:
        low, high = (Fraction(str(end)) for end in given)
    elif symbol.is_negative:
        low, high = Fraction(-3), Fraction(-1, 10)
    elif symbol.is_extended_real and not symbol.is_nonnegative:
        low, high = Fraction(-3), Fraction(3)
    else:
        low, high = Fraction(1, 10), Fraction(3)
    if symbol.is_integer:
        return Fraction(rng.randint(max(1, int(low)), max(6, int(high))))
    return low + (high - low) * Fraction(rng.randint(1, 9999), 10000)
