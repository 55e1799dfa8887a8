"""Cells of .csv files that a spreadsheet shows and does not run."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

# a cell that begins so is taken for a formula; in East Asian settings the wide signs are too
_RUN = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_UNSEEN = (
    "".join(map(chr, range(33))) + "\x7f\xa0\xad\u200b\u200c\u200d\u200e\u200f\u2060\u3000\ufeff"
)


def cell(value: Any) -> Any:
    """The value as it is written: text that a spreadsheet would run gets an apostrophe before it.

    Text made of numbers ("-0.5 0.25") is nothing to run.
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # a lone \r would end the row
    runs = text.lstrip().lstrip(_UNSEEN).startswith(_RUN)
    return f"'{text}" if runs and not _numbers(text) else text


def _numbers(text: str) -> bool:
    try:
        return bool([float(word) for word in text.split()])
    except ValueError:
        return False


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A heading and rows as CSV text, lines ended by a line feed."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([cell(name) for name in columns])
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()
