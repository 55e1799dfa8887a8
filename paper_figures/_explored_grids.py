"""Curves, computed beforehand, of formulas that have no symbolic form: roots, spectra, sums."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from paper_figures._params_grids import values_at
from theory._fields import Field, ParameterError
from theory._params import fields_of
from theory._simulated import Equals

__all__ = ["grid_of"]

_POINTS = 33


def grid_of(claim: Equals) -> Mapping[str, Any] | None:
    """The prediction along the first real parameter in which the cases differ; None without one."""
    cases, base = claim.cases, claim.cases[0]
    for name, field in fields_of(base).items():
        values = [getattr(case, name) for case in cases]
        if field.kind != "real" or field.static or len({float(v) for v in values}) < 2:
            continue
        points = list(_along(field, base, values))
        formula: Any = claim.prediction
        try:
            found = values_at(formula, [params for _, params in points])
        except Exception:  # no value at some point: then no curve, and no broken report
            return None
        if found.shape != (len(points),) or not np.any(np.isfinite(found)):
            return None
        curve = [(x, y) for (x, _), y in zip(points, found.tolist(), strict=True)
                 if math.isfinite(y)]  # fmt: skip
        return {"along": name, "x": [x for x, _ in curve], "y": [y for _, y in curve]}
    return None


def _along(field: Field, base: Any, values: Sequence[float]) -> Iterator[tuple[float, Any]]:
    """Params with the field from somewhat below the cases' values to somewhat above."""
    low, high = min(values), max(values)
    if field.logarithmic or (low > 0 and high > 8 * low):
        ends = np.geomspace(max(low / 2, field.low), min(high * 2, field.high), _POINTS)
    else:
        reach = (high - low) / 4
        ends = np.linspace(max(low - reach, field.low), min(high + reach, field.high), _POINTS)
    for x in ends.tolist():
        try:
            yield x, base.but(**{field.name: x})
        except ParameterError:  # an open end
            continue
