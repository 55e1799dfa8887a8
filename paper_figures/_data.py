"""A figure's data as CSV."""

from collections.abc import Iterable, Mapping
from typing import Any

from theory._spreadsheet import csv_text

COLUMNS = ("panel", "series", "kind", "x", "y", "low", "high", "standard_error", "residual")
"""The columns of every figure's data; tables add theirs to the right."""


def csv_bytes(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows as CSV (UTF-8, "\\n"): the standard columns, then the tables' own in order of use.

    Floats are written so that reading them back gives the same float64; nan is an empty cell. Text
    that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    rows = list(rows)
    extra = dict.fromkeys(key for row in rows for key in row if key not in COLUMNS)
    names = [*COLUMNS, *extra]
    return csv_text(names, ([_cell(row.get(key)) for key in names] for row in rows)).encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return "" if value != value else repr(value)
    return str(value)
