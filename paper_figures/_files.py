"""Files that are either whole or not there."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

COLUMNS = ("panel", "series", "kind", "x", "y", "low", "high", "standard_error", "residual")
"""The columns of every figure's data; tables add theirs to the right."""


def write_atomically(path: Path, content: bytes) -> None:
    """Writes a file under a temporary name, syncs it, and gives it its name in one step.

    A reader, a crash or a full disk never meets half a file: the earlier one stays whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes a private file; this one is a result, for whoever may read the folder
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


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
