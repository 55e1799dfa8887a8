"""A figure's simulated points that lie on a claim's curve.

A figure's data hold x, mean and residual of every point, hence what its author drew as theory; its
provenance holds the parameters of every run. Where x is a parameter of the runs, and the claim's
formula at these parameters is that theory at every point of a series, the points are the claim's.
"""

import csv
import dataclasses
import io
import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import mpmath

from paper_figures._evidence import DrawnFigure
from theory import VOCABULARY
from theory._evaluators import sympy_module

__all__ = ["Seen", "figure_points", "runs_of", "value_of"]


@dataclasses.dataclass(frozen=True)
class Seen:
    """A point of a figure: the run's parameters, the one it is drawn along, mean and interval."""

    params: Mapping[str, Any]
    along: str
    y: float
    low: float | None
    high: float | None
    figure: str


_SAME = 1e-6
_FEWEST = 2


Value = Callable[[Mapping[str, Any]], float]
"""A claim's formula at the parameters of a run; NaN where it has no value."""


def value_of(expression: Any) -> Value:
    """A traced formula as such a function."""
    symbols = sorted(expression.free_symbols, key=str)
    words = {name: _in_mpmath(name) for name in VOCABULARY}
    function = sympy_module().lambdify(symbols, expression, [words, "mpmath"])

    def value(params: Mapping[str, Any]) -> float:
        try:
            found = mpmath.mpmathify(function(*(mpmath.mpf(params[s.name]) for s in symbols)))
            return float(found)
        except (ArithmeticError, ValueError, TypeError, KeyError):
            return math.nan

    return value


def figure_points(
    value: Value, uses: Sequence[str], figures: Sequence[DrawnFigure]
) -> Iterator[Seen]:
    """The points of every series that is on the curve along one of the used parameters."""
    for figure in figures:
        runs = [r for r in runs_of(figure) if all(_is_number(r.get(n)) for n in uses)]
        if not runs:
            continue
        for series in _series(figure.data):
            for along in uses:
                matched = [_at(point, along, runs, value) for point in series]
                if len(matched) >= _FEWEST and all(m is not None for m in matched):
                    for point, params in zip(series, matched, strict=True):
                        low, high = _end(point["low"]), _end(point["high"])
                        yield Seen(params or {}, along, point["y"], low, high, figure.name)
                    break


def runs_of(figure: DrawnFigure) -> list[Mapping[str, Any]]:
    """The parameters of a figure's simulations."""
    return [r.get("params") or {} for r in figure.provenance.get("simulations") or []]


def _at(point: Mapping[str, float], along: str, runs: Sequence[Any], value: Any) -> Any:
    """The parameters of the run that the point shows, if the formula is its theory there."""
    theory = point["y"] - point["residual"] * point["standard_error"]
    for params in runs:
        if math.isclose(params[along], point["x"], rel_tol=1e-9) and (
            math.isclose(value(params), theory, rel_tol=_SAME, abs_tol=1e-12)
        ):
            return params
    return None


def _series(data: bytes) -> list[list[dict[str, float]]]:
    """The simulated series of a figure's data that were drawn against a theory."""
    found: dict[tuple[str, str], list[dict[str, float]]] = defaultdict(list)
    names = ("x", "y", "low", "high", "residual", "standard_error")
    for row in csv.DictReader(io.StringIO(data.decode("utf-8", "replace"))):
        if row.get("kind") == "simulation":
            numbers = {name: _float(row.get(name)) for name in names}
            found[str(row.get("panel")), str(row.get("series"))].append(numbers)
    needed = ("x", "y", "residual", "standard_error")
    return [s for s in found.values() if all(math.isfinite(p[n]) for p in s for n in needed)]


def _float(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _end(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _in_mpmath(name: str) -> Any:
    return lambda *args: VOCABULARY[name](*(mpmath.mpf(a) for a in args))
