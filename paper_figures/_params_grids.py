"""Formulas over lines and grids of Params."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from sims._evaluate import evaluate_many


def params_over(base: Any, **axes: Iterable[Any]) -> list[Any]:
    """``base`` with the named fields at every combination of the values, the last field fastest.

    Raises ParameterError for a field that ``base`` lacks and for a value outside its range.
    """
    values = [[_plain(v) for v in axis] for axis in axes.values()]
    return [
        base.but(**dict(zip(axes, combination, strict=True)))
        for combination in itertools.product(*values)
    ]


def _plain(value: Any) -> Any:
    """A numpy scalar as Python's: fields that set a shape want whole numbers."""
    return value.item() if isinstance(value, np.generic) else value


def values_at(formula: Callable[[Any], Any], cases: Sequence[Any]) -> np.ndarray:
    """The formula at each of the Params, axis 0 over them: one program, sizes traced too."""
    return np.stack([np.asarray(value) for value in evaluate_many(formula, cases)])


def values_over(formula: Callable[[Any], Any], base: Any, **axes: Iterable[Any]) -> np.ndarray:
    """The formula at ``base`` with the named fields over a grid, one axis a field.

    ``values_over(risk, Params(), d=(10, 20), shift=np.linspace(0, 3, 31))`` has shape (2, 31).
    """
    lists = {name: list(axis) for name, axis in axes.items()}
    values = values_at(formula, params_over(base, **lists))
    return values.reshape(*(len(axis) for axis in lists.values()), *values.shape[1:])
