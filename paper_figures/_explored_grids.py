"""Curves, computed beforehand, of formulas that have no symbolic form: roots, spectra, sums.

A curve is one program over a grid, which XLA need not make fast: compiled for one run, it costs a
quarter of what it would.
"""

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import numpy as np

from paper_figures._evidence import DrawnFigure
from paper_figures._explored_points import Seen, figure_points, runs_of
from paper_figures._params_grids import values_at
from sims._evaluate import _numbers as numbers_of
from sims._evaluate import _program as program_of
from theory._fields import Field, ParameterError
from theory._one_program import LOOKS_AT_NUMBERS
from theory._params import fields_of
from theory._simulated import Equals

__all__ = ["Grid", "cases_differ", "grid_of"]

_POINTS = 21  # the dearest formulas take 40 ms a point
_ONE_RUN = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
}


@dataclasses.dataclass(frozen=True)
class Grid:
    """A curve: the other parameters, the one along which it goes, and what figures show on it."""

    base: Any
    along: str
    x: Sequence[float]
    y: Sequence[float]
    seen: Sequence[Seen]
    logarithmic: bool


def grid_of(claim: Equals, figures: Sequence[DrawnFigure]) -> Grid | None:
    """The prediction along one real parameter: where a figure has simulated it, else along the

    first in which the cases differ, else along any. None without one, and where the formula decides
    something by its numbers or is no number.
    """
    base, field = claim.cases[0], _along(claim.cases)
    if field is None:
        return None
    try:
        curve = _Curve(claim.prediction, base)
        seen = list(_seen(curve, base, figures))
    except Exception:  # no value at some point: then no curve, and no broken report
        return None
    values = [float(getattr(c, field.name)) for c in claim.cases]
    if seen:
        field = fields_of(base)[seen[0].along]
        base = base.but(**seen[0].params)
        values = [float(one.params[field.name]) for one in seen]
    logarithmic = min(values) > 0 and (field.logarithmic or max(values) > 8 * min(values))
    points = list(_points(field, base, values, logarithmic))
    found = [(x, y) for (x, _), y in zip(points, curve([p for _, p in points]), strict=True)
             if math.isfinite(y)]  # fmt: skip
    if not found:
        return None
    return Grid(base, field.name, [x for x, _ in found], [y for _, y in found], seen,
                logarithmic)  # fmt: skip


class _Curve:
    """A formula at many Params: one program, with sizes traced too unless it looks at them.

    One that decides something by its numbers is called at each.
    """

    def __init__(self, formula: Any, base: Any) -> None:
        self.formula, self.program = formula, None
        self.rest: tuple[Any, ...] = (numbers_of(base)[1],)
        self.stacked: Callable[[Sequence[Any]], Any] = _numbers
        try:
            program = program_of(formula, True).lower(_numbers([base] * _POINTS), *self.rest)
        except LOOKS_AT_NUMBERS:
            self.rest, self.stacked = (), _params
            try:
                program = jax.jit(jax.vmap(formula)).lower(_params([base] * _POINTS))
            except LOOKS_AT_NUMBERS:
                return
        try:
            self.program = program.compile(compiler_options=_ONE_RUN)
        except jax.errors.JaxRuntimeError:  # a jaxlib that lacks one of the options
            self.program = program.compile()

    def moving(self, base: Any) -> list[str]:
        """The numbers that the program takes as they come."""
        fields = fields_of(base).items()
        sizes = [n for n, f in fields if f.kind == "int"] if self.rest else []
        return [n for n, f in fields if f.kind == "real" and not f.static] + sizes

    def __call__(self, cases: Sequence[Any]) -> list[float]:
        if self.program is None:
            return np.asarray(values_at(self.formula, cases), float).tolist()
        found: list[float] = []
        for start in range(0, len(cases), _POINTS):
            some = list(cases[start : start + _POINTS])
            padded = self.stacked(some + some[-1:] * (_POINTS - len(some)))
            values = np.asarray(self.program(padded))
            found += np.asarray(values.reshape(_POINTS), float).tolist()[: len(some)]
        return found


def _numbers(cases: Sequence[Any]) -> Any:
    each = [numbers_of(params)[0] for params in cases]
    return {name: np.stack([numbers[name] for numbers in each]) for name in each[0]}


def _params(cases: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *numbers: np.stack(numbers).astype(float), *cases)


def _seen(curve: _Curve, base: Any, figures: Sequence[DrawnFigure]) -> Iterator[Seen]:
    """The points of one series of a figure that the formula is the theory of."""
    fields = fields_of(base)
    moving = curve.moving(base)
    fixed = [n for n in fields if n not in moving and fields[n].kind != "array"]
    for figure in figures:
        runs = [r for r in runs_of(figure) if all(r.get(n) == getattr(base, n) for n in fixed)]
        if not runs or any(f.kind == "array" for f in fields.values()):
            continue
        known = dict(zip(map(str, runs), curve([base.but(**r) for r in runs]), strict=True))
        points = figure_points(lambda r, k=known: k.get(str(r), math.nan), moving, [figure])
        first = next(points, None)
        if first is not None:
            rest = {n: v for n, v in first.params.items() if n != first.along}
            yield first
            yield from (p for p in points if p.along == first.along and
                        {n: v for n, v in p.params.items() if n != p.along} == rest)  # fmt: skip
            return


def _along(cases: Sequence[Any]) -> Field | None:
    """The parameter along which a curve goes."""
    real = [f for f in fields_of(cases[0]).values() if f.kind == "real" and not f.static]
    return next((f for f in real if _differ(cases, f)), next(iter(real), None))


def _differ(cases: Sequence[Any], field: Field) -> bool:
    return len({float(getattr(case, field.name)) for case in cases}) > 1


def cases_differ(claim: Equals) -> bool:
    """Whether the curve goes through several of the claim's cases, perhaps."""
    field = _along(claim.cases)
    return field is not None and _differ(claim.cases, field)


def _points(
    field: Field, base: Any, values: Sequence[float], logarithmic: bool
) -> Iterator[tuple[float, Any]]:
    """Params with the field from somewhat below the cases' values to somewhat above."""
    low, high = min(values), max(values)
    if logarithmic:
        ends = np.geomspace(max(low / 2, field.low), min(high * 2, field.high), _POINTS)
    else:
        reach = (high - low) / 4 or abs(low) / 2 or 1.0
        ends = np.linspace(max(low - reach, field.low), min(high + reach, field.high), _POINTS)
    for x in ends.tolist():
        try:
            yield x, base.but(**{field.name: x})
        except ParameterError:  # an open end
            continue
