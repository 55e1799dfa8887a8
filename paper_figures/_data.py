"""A figure's data as CSV."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

COLUMNS = ("panel", "series", "kind", "x", "y", "low", "high", "standard_error", "residual")
"""The columns of every figure's data; tables add theirs to the right."""


def csv_bytes(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as CSV (UTF-8, "\\n"): the standard columns, then the tables' own in order of use.

    Floats are written so that reading them back gives the same float64; nan is an empty cell.
    """
    rows = list(rows)
    extra = dict.fromkeys(key for row in rows for key in row if key not in COLUMNS)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *extra])
    for row in rows:
        writer.writerow([_cell(row.get(key)) for key in (*COLUMNS, *extra)])
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return "" if value != value else repr(value)
    return str(value)
