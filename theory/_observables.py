"""What a claim looks at in a run: the name of an observable, or a reading.

An observable is named by text: ``"risk"`` is the scalar of that name that a trial returns,
``"accuracy[2]"`` an entry of a vector, ``"table[1,0]"`` of a matrix. Or it is a *reading*, a
function of (run, params) over the stored arrays, whose first axis is trials:
``lambda run, p: run["errors"] / p.n``. A reading is applied after the store: a changed one throws
no trial away.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Reading = Callable[[Mapping[str, np.ndarray], Any], np.ndarray]
Observable = str | Reading


def parse_observable(text: str) -> tuple[str, tuple[int, ...]]:
    """``"accuracy[2]"`` -> ``("accuracy", (2,))``. Raises ValueError for other text."""
    match = re.fullmatch(r"([A-Za-z_]\w*)(?:\[(\d+(?:,\d+)*)\])?", text)
    if not match:
        raise ValueError(f"observable {text!r} is not a name or name[i] or name[i,j]")
    name, index = match.groups()
    return name, tuple(int(i) for i in index.split(",")) if index else ()


def is_reading(observable: Any) -> bool:
    """Whether it is a function of (run, params)."""
    if not callable(observable):
        return False
    places = [
        p for p in inspect.signature(observable).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]  # fmt: skip
    return len(places) == 2


def check_observable(observable: Any) -> None:
    """Raises ValueError for what is neither an observable's name nor a reading."""
    if isinstance(observable, str):
        parse_observable(observable)
    elif not is_reading(observable):
        raise ValueError(f"observable {observable!r} is no name and no function of (run, params)")


def observable_text(observable: Observable) -> str:
    """What the ledger calls it: its name; ``reading`` for a function without one."""
    if isinstance(observable, str):
        return observable
    name = getattr(observable, "__name__", "")
    return name if name.isidentifier() else "reading"
