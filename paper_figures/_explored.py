"""What a page's explorer shows of each claim: formulas as JavaScript, starts, points, grids."""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from paper_figures._evidence import interval, number
from paper_figures._explored_grids import Grid, cases_differ, grid_of
from paper_figures._explored_points import Seen, figure_points, value_of
from paper_figures._javascript import javascript
from paper_figures._setting_evidence import SettingEvidence
from sims._keys import describe
from theory._claims import Claim
from theory._ladders import Scaling
from theory._params import fields_of
from theory._simulated import AtLeast, AtMost, Equals, Law, PerTrial
from theory._symbolic import NotSymbolic, traced
from theory._typeset import has_formula, places, sides

__all__ = ["Explored", "Point", "explored"]

_GRIDS = 3
"""Claims of a setting that was only drawn whose curve is computed here; of one that was verified
all are: each is half a second of tracing and XLA."""


@dataclasses.dataclass(frozen=True)
class Point:
    """A simulated mean: where, its interval, and what shows it."""

    at: Mapping[str, float]
    y: float
    low: float | None
    high: float | None
    where: str


@dataclasses.dataclass(frozen=True)
class Explored:
    """One claim in the explorer.

    Attributes:
        params: Params of the claim.
        fields: the declarations of parameters, by name.
        uses: the parameters that the formula depends on.
        functions: JavaScript by name: ``f`` the formula, ``g`` what it is compared with, ``band``
            the tolerance.
        starts: (label, values) pairs: the claim's cases.
        grid: for a formula without a symbolic form its curve, ``{"x", "y", "other", "band",
            "log"}`` (other: the second side), and ``"at"``, the other parameters in words.
    """

    name: str
    says: str
    sign: str
    params: Any
    fields: Mapping[str, Any]
    uses: tuple[str, ...]
    functions: Mapping[str, str]
    starts: Sequence[tuple[str, Mapping[str, float]]]
    points: Sequence[Point]
    grid: Mapping[str, Any] | None = None


def explored(shown: SettingEvidence) -> list[Explored]:
    """The claims that have a scalar formula, in the setting's order; grids are few and last."""
    found: list[Explored] = []
    programmes: list[Claim] = []
    for claim in shown.declared:
        if not has_formula(claim):
            continue
        one = None if isinstance(claim, Law) else _symbolic(claim, shown)
        if one is not None:
            found.append(one)
        else:
            programmes.append(claim)
    most = None if shown.claims else _GRIDS
    for claim in sorted(programmes, key=cases_differ, reverse=True)[:most]:
        grid = grid_of(claim, shown.figures)
        if grid is not None:
            found.append(_on_a_grid(claim, grid, shown))
    return found


def _on_a_grid(claim: Claim, grid: Grid, shown: SettingEvidence) -> Explored:
    """A claim whose curve is computed here, for one place of the parameters but one."""
    name = grid.field.name
    points = [_of_figure(one, (name,)) for one in grid.seen]
    if isinstance(claim, Equals):

        def moved(case: Any) -> str:
            return describe(grid.base.but(**{name: getattr(case, name)}))

        here = [case for case in claim.cases if describe(case) == moved(case)]
        points = [*_estimates(claim, here, shown, (name,)), *points]
    rest = ", ".join(f"{n} = {value:.6g}" if isinstance(value, (int, float)) else f"{n} = {value}"
                     for n, value in grid.at.items() if np.ndim(value) == 0)  # fmt: skip
    told = {"x": list(grid.x), "y": list(grid.y), "other": grid.other, "band": grid.band,
            "at": rest, "log": grid.logarithmic}  # fmt: skip
    middle = {name: grid.x[len(grid.x) // 2]}
    return Explored(claim.name, claim.statement, "=", grid.base, {name: grid.field}, (name,),
                    {}, [("", middle)], points, told)  # fmt: skip


def _of_figure(one: Seen, uses: Sequence[str]) -> Point:
    return Point({n: float(one.params[n]) for n in uses}, one.y, one.low, one.high, one.figure)


def _symbolic(claim: Claim, shown: SettingEvidence) -> Explored | None:
    """The claim's formulas as the page has traced them already; None where there is none."""
    typeset = shown.formulas.typeset.get(claim.name, ())
    if not typeset:
        return None
    known: dict[int, Any] = {}
    if len(typeset) == 1 and not isinstance(claim, Scaling):
        known = dict(zip(map(id, sides(claim)), (typeset[0].left, typeset[0].right), strict=True))
    place = places(claim)[:1]
    params = place[0] if place and not callable(place[0]) else _default(place)
    if params is None:
        return None
    parts = [side for side in sides(claim) if callable(side)]
    names: dict[str, Any] = dict(zip(("f", "g"), parts, strict=False))
    if isinstance(claim, Equals):
        names["band"] = claim.tolerance
    functions: dict[str, str] = {}
    expressions: dict[str, Any] = {}
    symbols: set[str] = set()
    for name, side in names.items():
        try:
            expression = known[id(side)] if id(side) in known else traced(side, params)
            if isinstance(expression, str):  # what is computed by a programme
                continue
            expressions[name] = expression
            functions[name] = javascript(expressions[name])
        except (NotSymbolic, ValueError):
            continue
        symbols |= {symbol.name for symbol in expressions[name].free_symbols}
    if "f" not in functions and "g" in functions:
        functions["f"], expressions["f"] = functions.pop("g"), expressions.pop("g")
    if "f" not in functions or not expressions["f"].free_symbols:
        return None
    uses = tuple(name for name in fields_of(params) if name in symbols)
    cases = getattr(claim, "cases", ()) or getattr(claim, "rungs", ()) or (params,)
    starts = _starts(cases, uses)
    points: list[Point] = []
    if isinstance(claim, Equals):
        seen = list(figure_points(value_of(expressions["f"]), uses, shown.figures))
        points = [*_estimates(claim, claim.cases, shown, uses),
                  *(_of_figure(one, uses) for one in seen)]  # fmt: skip
        starts += _starts_of_figures(seen, uses)
    sign = {AtLeast: ">=", AtMost: "<=", PerTrial: "<="}.get(type(claim), "=")
    return Explored(claim.name, claim.statement, sign, params, fields_of(params), uses,
                    functions, starts, points)  # fmt: skip


def _default(place: Sequence[Any]) -> Any:
    """The default Params of a claim on a domain, if the domain is one of Params alone."""
    made: list[Any] = []
    if not place:
        return None
    try:
        traced(lambda p: made.append(type(p)) or 0, place[0])
        return made[0]()
    except Exception:  # a class without defaults
        return None


def _starts(cases: Sequence[Any], uses: Sequence[str]) -> list[tuple[str, dict[str, float]]]:
    found: dict[str, dict[str, float]] = {}
    for params in cases:
        values = _values(params, uses)
        found.setdefault(", ".join(f"{n} = {v:.6g}" for n, v in values.items()), values)
    return list(found.items())


def _starts_of_figures(
    seen: Sequence[Seen], uses: Sequence[str]
) -> list[tuple[str, dict[str, float]]]:
    """A start for each curve of a figure: its first point's parameters."""
    found: dict[Any, tuple[str, dict[str, float]]] = {}
    for one in seen:
        values = {n: float(one.params[n]) for n in uses}
        rest = {n: v for n, v in values.items() if n != one.along}
        shown = ", ".join(f"{n} = {v:.6g}" for n, v in rest.items()) or one.along
        found.setdefault((one.figure, one.along, *rest.values()),
                         (f"figure {one.figure}: {shown}", values))  # fmt: skip
    return list(found.values())


def _values(params: Any, uses: Sequence[str]) -> dict[str, float]:
    return {name: float(np.asarray(getattr(params, name))) for name in uses}


def _estimates(
    claim: Equals, cases: Sequence[Any], shown: SettingEvidence, uses: Sequence[str]
) -> Iterator[Point]:
    """The ledger's estimates, at the cases that they speak of."""
    rows = [row for row in shown.claims if row["claim"] == claim.name]
    for case in cases:
        at = describe(case)
        for row in rows:
            estimate = number(row, "estimate")
            if at not in (row.get("at_whole"), str(row.get("at", ""))[3:]) or estimate is None:
                continue
            low, high = interval(row) or (math.nan, math.nan)
            low, high = (end if math.isfinite(end) else None for end in (low, high))
            yield Point(_values(case, uses), estimate, low, high, "ledger")
