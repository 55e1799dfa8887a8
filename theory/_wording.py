"""Whether a claim's words say the formula that its code computes.

``wording(claim)`` reads the formulas in the statement (``theory._stated``), traces those of the
code (``theory._symbolic``) and compares, at random points of the parameters' ranges, what has the
same symbols: SAME, ANOTHER formula, or nothing to compare.
"""

import enum
import random
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import mpmath

from theory._claims import Claim
from theory._evaluators import sympy_module
from theory._fields import Field, ParameterError
from theory._formula import VOCABULARY
from theory._ladders import Limit, Scaling
from theory._params import fields_of
from theory._stated import Said, stated
from theory._symbolic import NotSymbolic, traced
from theory._typeset import has_formula, places, sides

__all__ = ["Wording", "wording"]

_POINTS, _DRAWS = 6, 60
_POINTS_OF_A_CASE = 2
_TOLERANCE = 1e-8


class Wording(enum.StrEnum):
    """What comparing a claim's words with its code came to."""

    SAME = "the same formula"
    ANOTHER = "another formula"
    NOTHING = "nothing to compare"


def wording(claim: Claim) -> Wording:
    """Compares the statement's formulas with the code's, where they have the same symbols."""
    if not has_formula(claim) or not (found := places(claim)):
        return Wording.NOTHING
    place = found[0]
    kind = _kind(claim) or type(place() if callable(place) else place)
    said = [s for s in stated(claim.statement, fields_of(kind))
            if s.sign != "->" or isinstance(claim, Limit)]  # fmt: skip
    if not any(_says_something(s.expression) for s in said):
        return Wording.NOTHING  # before anything is traced
    code = list(_code(claim, place))
    # digits in a text are rounded: "8 ln(1.83929)"
    rounded = any(len(word.rpartition(".")[2]) > 2 for word in claim.statement.split())
    tolerance = 1e-4 if rounded and "." in claim.statement else _TOLERANCE
    pairs = [(s, c) for s in said for c in code if s.expression.free_symbols == c.free_symbols]
    if not any(_says_something(s.expression) and c.free_symbols for s, c in pairs):
        return Wording.NOTHING
    points = list(_points(kind))
    answers = [_agree(s, c, points, tolerance) for s, c in pairs]
    if any(answers):
        return Wording.SAME
    return Wording.NOTHING if None in answers else Wording.ANOTHER


def _kind(claim: Claim) -> type | None:
    """The class of the claim's Params, where it is known without a point of its domain."""
    for params in getattr(claim, "cases", ()) or getattr(claim, "rungs", ()):
        return type(params)
    made = getattr(getattr(getattr(claim, "domain", None), "build", None), "func", None)
    return made if hasattr(made, "__fields__") else None


def _code(claim: Claim, given: Any) -> Iterator[Any]:
    """The claim's sides as expressions; of a limit what is tended to, of a power law none: what
    a text says of these is true of large sizes only."""
    if isinstance(claim, Scaling):
        return
    parts = [claim.limit] if isinstance(claim, Limit) else sides(claim)
    for part in parts:
        try:
            if part is not None:
                yield traced(part, given)
        except NotSymbolic:
            continue


def _says_something(expression: Any) -> bool:
    return bool(expression.free_symbols) and expression.count_ops() >= 2


def _points(kind: type) -> Iterator[Mapping[str, float]]:
    """Values of the numbers inside their ranges that the Params' own checks admit."""
    fields = {n: f for n, f in fields_of(kind).items() if f.kind in ("real", "int")}
    rng = random.Random(0)
    default = kind()
    for i in range(_DRAWS):
        drawn = {n: f.at(rng.uniform(0.1, 0.9)) for n, f in fields.items()}
        if i % 2:  # near the default, where fields that depend on each other are in order
            drawn = {n: _near(fields[n], getattr(default, n), rng) for n in fields}
        try:
            with warnings.catch_warnings(action="ignore"):
                made = kind(**drawn)
        except ParameterError:
            continue
        yield {n: getattr(made, n) for n in fields}


def _near(field: Field, value: Any, rng: random.Random) -> Any:
    moved = float(value) * rng.uniform(0.7, 1.4)
    moved = round(moved) if field.kind == "int" else moved
    return moved if field.admits(moved) else value


def _agree(said: Said, code: Any, points: list[Any], tolerance: float) -> bool | None:
    """Whether both are equal wherever both are real; None where that is nowhere.

    Of code with cases a text may say one: equal to 1e-8 at some points is no accident either.
    """
    has_cases = code.has(*(getattr(sympy_module(), name) for name in ("Piecewise", "Min", "Max")))
    symbols = sorted(code.free_symbols, key=str)
    words = {name: _mpmath(name) for name in VOCABULARY}
    make = sympy_module().lambdify
    one, other = (make(symbols, e, [words, "mpmath"]) for e in (said.expression, code))
    looked = agreed = 0
    for point in points:
        at = [mpmath.mpf(point[s.name]) for s in symbols]
        try:
            x, y = (mpmath.mpmathify(f(*at)) for f in (one, other))
        except (ArithmeticError, ValueError, TypeError):
            continue
        if not all(isinstance(v, mpmath.mpf) and mpmath.isfinite(v) for v in (x, y)):
            continue
        y = y if abs(x - y) <= abs(x - y**2) or not said.square else y**2
        equal = abs(x - y) <= tolerance * max(abs(x), abs(y))
        if not equal and not has_cases:
            return False
        looked, agreed = looked + 1, agreed + equal
        if agreed == _POINTS:
            break
    return None if not looked else agreed == looked or agreed >= _POINTS_OF_A_CASE


def _mpmath(name: str) -> Any:
    return lambda *args: VOCABULARY[name](*(mpmath.mpf(a) for a in args))
