"""Numbers from a user's .npy or .csv file, by one strict rule for every command.

* ``.npy``: one array of real numbers (ints or floats), of exactly the shape that is asked for.
* ``.csv``: UTF-8 text, commas between cells, a row a line; blank lines and what follows a ``#`` are
  skipped. A first row without any number is a header, and then columns are found by name; a leading
  column without a name (a data frame's index) is left out. Every other cell is a finite number, and
  all rows have the same length. A vector is one column or one row.

Nothing is guessed: what does not fit is refused with what was seen and what is wanted.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from theory._fields import ParameterError

RULE = (
    ".npy: one array of real numbers. .csv: commas, '#' starts a comment; a first row without"
    " numbers is a header, and columns are then found by name"
)
"""The rule in a line, for help texts."""


def read_vector(path: Path) -> np.ndarray:
    """Shape (N,). Raises ParameterError naming the file."""
    values, names = _read(path)
    if names is not None and len(names) != 1:
        raise _refused(path, f"has columns {_listed(names)}", "a single column")
    if path.suffix.lower() == ".csv" and 1 in values.shape:
        values = values.ravel()
    if values.ndim != 1:
        raise _refused(path, f"has shape {values.shape}", "a vector of numbers")
    return values


def read_matrix(path: Path) -> np.ndarray:
    """Shape (rows, columns), in the file's own type. Raises ParameterError naming the file."""
    values, names = _read(path)
    if names is not None:
        raise _refused(path, f"has a header {_listed(names)}", "a matrix without names")
    if values.ndim != 2:
        raise _refused(path, f"has shape {values.shape}", "a matrix of numbers")
    return values


def read_array(path: Path, ndim: int | tuple[int, ...]) -> np.ndarray:
    """An array with ``ndim`` axes (one of several numbers); more than two only from .npy."""
    if isinstance(ndim, tuple):
        values, names = _read(path)
        if names is None and values.ndim in ndim:
            return values
        ndim = ndim[0]  # one column, a header: as of a file for the first
    if ndim == 1:
        return read_vector(path)
    if ndim == 2:
        return read_matrix(path)
    values, _ = _read(path)
    if values.ndim != ndim:
        raise _refused(path, f"has shape {values.shape}", f"an array with {ndim} axes")
    return values


def read_columns(path: Path, required: Mapping[str, set[str]], optional: Mapping[str, set[str]]):
    """Columns by name, or in this order where there is no header: {name: vector}.

    Args:
        required, optional: the other spellings of each column's name; case, ``_`` and ``-`` do not
            matter. Without a header, the optional ones may be missing from the end.
    """
    values, names = _read(path)
    known = {**required, **optional}
    wanted = f"columns {', '.join(required)}" + (f" [, {', '.join(optional)}]" if optional else "")
    if names is None:
        if values.ndim != 2 or not len(required) <= values.shape[1] <= len(known):
            raise _refused(path, f"has shape {values.shape}", wanted)
        return dict(zip(known, values.T, strict=False))
    found: dict[str, np.ndarray] = {}
    for name, column in zip(names, values.T, strict=True):
        plain = _plain(name)
        key = next((k for k, more in known.items() if plain in {k, *more}), None)
        if key is None or key in found:
            raise _refused(path, f"has columns {_listed(names)}", wanted)
        found[key] = column
    if not set(required) <= set(found):
        raise _refused(path, f"has columns {_listed(names)}", wanted)
    return found


# --------------------------------------------------------------------------------------------


def _refused(path: Path, seen: str, wanted: str) -> ParameterError:
    return ParameterError(f"{path} {seen}; wanted: {wanted}")


def _listed(names: list[str]) -> str:
    return ", ".join(map(repr, names))


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def _read(path: Path) -> tuple[np.ndarray, list[str] | None]:
    """The file's finite numbers, and its columns' names where it has a header."""
    read = {".npy": _read_npy, ".csv": _read_csv}.get(path.suffix.lower())
    if read is None:
        raise _refused(path, f"ends in {path.suffix or 'nothing'!r}", "a .npy or .csv file")
    try:
        values, names = read(path)
    except OSError as error:
        raise ParameterError(f"{path}: {error.strerror or error}") from None
    if values.size == 0:
        raise _refused(path, f"has shape {values.shape}", "numbers")
    if not np.isfinite(values).all():
        place = np.argwhere(~np.isfinite(values))[0]
        shown = values[tuple(place)]
        raise _refused(path, f"holds {shown} at {[int(i) + 1 for i in place]}", "finite numbers")
    return values, names


def _read_npy(path: Path) -> tuple[np.ndarray, None]:
    try:
        values: Any = np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise _refused(path, f"is not a .npy array ({error})", "one array of numbers") from None
    if not isinstance(values, np.ndarray):  # several arrays in one archive
        raise _refused(path, f"is an archive of {_listed(list(values))}", "one array (numpy.save)")
    if values.dtype.kind not in "iuf":
        raise _refused(path, f"holds {values.dtype}", "real numbers (ints or floats)")
    return values if values.dtype.kind == "f" else values.astype(float), None


def _read_csv(path: Path) -> tuple[np.ndarray, list[str] | None]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise _refused(path, "is not UTF-8 text", "commas between numbers") from None
    lines = [line.split("#", 1)[0] for line in text.splitlines()]
    lines = [line for line in lines if line.strip()]
    if not lines:
        raise _refused(path, "is empty", "rows of numbers")
    first = [cell.strip() for cell in next(csv.reader(lines[:1]))]
    numbers = [_is_number(cell) for cell in first]
    names = None if any(numbers) else first
    if any(numbers) and not all(numbers):
        cell = first[numbers.index(False)]
        raise _refused(
            path, f"starts with a row of numbers in which {cell!r} stands", "a number in every"
            " cell, or a header without numbers (a data frame: index=False, header=False)",
        )  # fmt: skip
    if names is not None and len(lines) == 1:
        raise _refused(path, "has a header and no rows", "rows of numbers")
    body = lines if names is None else lines[1:]
    try:
        values = np.loadtxt(body, delimiter=",", ndmin=2, comments=None, quotechar='"')
    except ValueError as error:
        raise _refused(path, f"is no table of numbers ({error})", "as many in every row") from None
    if names is not None and len(names) != values.shape[1]:
        raise _refused(
            path, f"has {len(names)} names over {values.shape[1]} columns", "one name a column"
        )
    if names is not None and len(names) > 1 and names[0] in ("", "Unnamed: 0"):
        names, values = names[1:], values[:, 1:]
    return values, names


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
