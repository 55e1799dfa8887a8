"""Curves, computed beforehand, of formulas that have no symbolic form: roots, spectra, sums.

All that a claim relates is one program over a grid, which XLA need not make fast: compiled for one
run, it costs a quarter of what it would.
"""

import contextlib
import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from paper_figures._evidence import DrawnFigure
from paper_figures._explored_points import Seen, figure_points, runs_of
from paper_figures._params_grids import values_at
from sims._evaluate import _numbers as numbers_of
from sims._evaluate import _program as program_of
from theory._claims import Claim
from theory._deterministic import Identity, Inequality
from theory._domain import Domain
from theory._fields import Field, ParameterError
from theory._one_program import LOOKS_AT_NUMBERS
from theory._params import fields_of
from theory._simulated import Equals, Law
from theory._typeset import sides

__all__ = ["Grid", "cases_differ", "grid_of"]

_POINTS = 21  # the dearest formulas take 40 ms a point
_ONE_RUN = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
}


@dataclasses.dataclass(frozen=True)
class Grid:
    """A claim's curves along one parameter, all else fixed.

    Attributes:
        base: the Params of the curve's middle.
        field: the parameter, or the domain's coordinate, along which it goes.
        at: what else is fixed, by name.
        x, y: the curve; of an identity or inequality its first side.
        other: the second side, if there is one.
        band: the claim's tolerance, if it has one.
        seen: what figures show on it.
        logarithmic: whether x is evenly spaced in its logarithm.
    """

    base: Any
    field: Field
    at: dict[str, Any]
    x: Sequence[float]
    y: Sequence[float]
    other: Sequence[float] | None
    band: Sequence[float] | None
    seen: Sequence[Seen]
    logarithmic: bool


def grid_of(claim: Claim, figures: Sequence[DrawnFigure]) -> Grid | None:
    """The claim's sides along one real parameter: where a figure has simulated it, else along the

    first in which the cases differ, else along any; over a domain along its first real coordinate.
    A law goes along x at its first case. None without a parameter, and where the formula decides
    something by its numbers or is no number.
    """
    try:
        if isinstance(claim, Law):
            return _of_law(claim)
        if isinstance(claim, Equals):
            return _at_cases(claim, figures)
        if isinstance(claim, (Identity, Inequality)) and isinstance(claim.domain, Domain):
            return _on_domain(claim, claim.domain)
    except Exception:  # no value at some point: then no curve, and no broken report
        return None
    return None


def _at_cases(claim: Equals, figures: Sequence[DrawnFigure]) -> Grid | None:
    base, field = claim.cases[0], _along(claim.cases)
    if field is None:
        return None
    curve = _Curve(_together(claim.prediction, claim.tolerance), base)
    seen = list(_seen(curve, base, figures))
    values = [float(getattr(c, field.name)) for c in claim.cases]
    if seen:
        field = fields_of(base)[seen[0].along]
        base = base.but(**seen[0].params)
        values = [float(one.params[field.name]) for one in seen]
    logarithmic = min(values) > 0 and (field.logarithmic or max(values) > 8 * min(values))
    points = list(_points(field, base, values, logarithmic))
    rest = {n: getattr(base, n) for n in fields_of(base) if n != field.name}
    x, y, band = _finite(points, curve)
    return Grid(base, field, rest, x, y, None, band, seen, logarithmic) if x else None


def _on_domain(claim: Identity | Inequality, domain: Domain) -> Grid | None:
    field = next((f for f in domain.coordinates.values() if f.kind == "real"), None)
    if field is None:
        return None
    rng = np.random.default_rng(0)
    middle = {n: f.array.generate(rng) if f.array else f.at(0.5)
              for n, f in domain.coordinates.items()}  # fmt: skip
    points = []
    for x in map(field.at, np.linspace(0, 1, _POINTS)):
        with contextlib.suppress(ParameterError):  # outside of a build's own conditions
            points.append((float(x), domain.build(**(middle | {field.name: x}))))
    base = points[len(points) // 2][1]
    x, y, other = _finite(points, _Curve(_together(*sides(claim)), base))
    fields = fields_of(base)
    rest = {n: getattr(base, n) for n in fields} if field.name in fields else middle
    rest = {n: value for n, value in rest.items() if n != field.name}
    return Grid(base, field, rest, x, y, other, None, (), field.logarithmic) if x else None


def _of_law(claim: Law) -> Grid | None:
    """The distribution function where it rises."""
    base, size = claim.cases[0], 60 * _POINTS + 1
    wide = np.geomspace(1e-6, 1e6, size // 2)
    wide = np.concatenate([-wide[::-1], [0.0], wide])
    cdf = _for_one_run(jax.jit(lambda x: claim.cdf(base, x)).lower(wide))
    rises = np.flatnonzero(np.abs(np.asarray(cdf(wide)) - 0.5) < 0.48)
    if not len(rises):  # one atom
        return None
    low, high = wide[max(rises[0] - 1, 0)], wide[min(rises[-1] + 1, size - 1)]
    logarithmic = bool(0 < 100 * low < high)
    fine = (np.geomspace if logarithmic else np.linspace)(low, high, size)
    y = np.asarray(cdf(fine), float)[:: size // 60]
    at = {n: getattr(base, n) for n in fields_of(base)}
    band = [claim.width] * len(y)
    x = Field(name="x", kind="real", low=float(low), high=float(high), doc="the observable")
    return Grid(base, x, at, fine[:: size // 60].tolist(), y.tolist(), None, band, (),
                logarithmic)  # fmt: skip


def _together(*formulas: Any) -> Callable[[Any], Any]:
    """Formulas and numbers of the same Params as one formula, an array."""

    def values(p: Any) -> Any:
        each = [f(p) if callable(f) else f for f in formulas]
        return jnp.stack([jnp.asarray(value, dtype=float) for value in each])

    return values


def _finite(
    points: Sequence[tuple[float, Any]], curve: "_Curve"
) -> tuple[list[float], list[float], list[float]]:
    """x and the two values there, where both are finite."""
    values = curve([p for _, p in points])
    kept = np.isfinite(values).all(axis=1)
    first, second = values[kept].T
    return np.asarray([x for x, _ in points])[kept].tolist(), first.tolist(), second.tolist()


def _for_one_run(program: Any) -> Any:
    """A lowered program, compiled quickly."""
    try:
        return program.compile(compiler_options=_ONE_RUN)
    except jax.errors.JaxRuntimeError:  # a jaxlib that lacks one of the options
        return program.compile()


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
        self.program = _for_one_run(program)

    def moving(self, base: Any) -> list[str]:
        """The numbers that the program takes as they come."""
        fields = fields_of(base).items()
        sizes = [n for n, f in fields if f.kind == "int"] if self.rest else []
        return [n for n, f in fields if f.kind == "real" and not f.static] + sizes

    def __call__(self, cases: Sequence[Any]) -> np.ndarray:
        """The values, axis 0 over the Params."""
        if self.program is None:
            return np.asarray(values_at(self.formula, cases), float)
        found = []
        for start in range(0, len(cases), _POINTS):
            some = list(cases[start : start + _POINTS])
            padded = self.stacked(some + some[-1:] * (_POINTS - len(some)))
            found.append(np.asarray(self.program(padded), float)[: len(some)])
        return np.concatenate(found)


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
        theory = curve([base.but(**r) for r in runs])[:, 0].tolist()
        known = dict(zip(map(str, runs), theory, strict=True))
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


def cases_differ(claim: Claim) -> bool:
    """Whether the curve goes through several of the claim's cases, perhaps."""
    field = _along(claim.cases) if isinstance(claim, Equals) else None
    return isinstance(claim, Equals) and field is not None and _differ(claim.cases, field)


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
