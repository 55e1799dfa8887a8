"""What stands on disk for the report: drawn figures, the last ledger, the last proof table."""

import dataclasses
import datetime
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sims._kinds import kind_named

DETERMINISTIC = ("Identity", "Inequality")
"""Kinds of claim that no simulation speaks of."""


@dataclasses.dataclass(frozen=True)
class StoredRows:
    """The rows of a record, when it was written, and why it cannot be read, if it cannot."""

    rows: tuple[dict[str, Any], ...] = ()
    written: str = ""
    trouble: str = ""

    def of(self, setting: str) -> list[dict[str, Any]]:
        """The rows of one setting, in the record's order."""
        return [row for row in self.rows if row["setting"] == setting]


def read_rows(path: Path, *needed: str) -> StoredRows:
    """The rows of ``out/ledger.json`` or ``out/proofs.json``: a list of objects that each have
    ``setting`` and the ``needed`` keys. A missing file has no rows; a damaged one says so in
    ``trouble``, because a report must not be lost to it."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        written = datetime.datetime.fromtimestamp(path.stat().st_mtime, datetime.UTC)
    except FileNotFoundError:
        return StoredRows()
    except (OSError, ValueError) as error:
        return StoredRows(trouble=f"{path} cannot be read: {error}")
    keys = ("setting", *needed)
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and all(isinstance(row.get(key), str) for key in keys) for row in rows
    ):
        return StoredRows(trouble=f"{path} is not a list of objects with {', '.join(keys)}")
    return StoredRows(tuple(rows), written.strftime("%Y-%m-%d %H:%M UTC"))


def read_ledger(out: Path) -> StoredRows:
    """The last stored ledger of a folder."""
    return read_rows(out / "ledger.json", "claim", "verdict")


def read_proofs(out: Path) -> StoredRows:
    """The last stored proof table of a folder."""
    return read_rows(out / "proofs.json", "name", "status")


def number(row: Mapping[str, Any], key: str) -> float | None:
    """A finite number of a row, or None where it has none."""
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)


def interval(row: Mapping[str, Any]) -> tuple[float, float] | None:
    """The interval of a row, or None. JSON has no infinity: a lone missing end is infinite."""
    ends = row.get("interval")
    if not isinstance(ends, (list, tuple)) or len(ends) != 2:
        return None
    low, high = (e if isinstance(e, (int, float)) and not math.isnan(e) else None for e in ends)
    if low is None and high is None:
        return None
    return -math.inf if low is None else float(low), math.inf if high is None else float(high)


def in_tolerances(row: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """(estimate, low, high) as (value - prediction)/tolerance; None where there is no tolerance.

    Without an interval, low and high are the estimate. Where the claim is a bound, the bound is
    the unit and 0 the origin.
    """
    estimate, prediction = number(row, "estimate"), number(row, "prediction")
    tolerance = number(row, "tolerance")
    if kind_named(row.get("kind")).sign == "<=":
        prediction = 0.0
    if estimate is None or prediction is None or tolerance is None or tolerance <= 0:
        return None
    low, high = interval(row) or (estimate, estimate)
    a, b, c = ((v - prediction) / tolerance for v in (estimate, low, high))
    return a, b, c


def as_expected(row: Mapping[str, Any]) -> bool:
    """Whether claim and twin came out as they should."""
    twin = row.get("twin_verdict") or "REFUTED"
    return row["verdict"] == row.get("expected", "HOLDS") and twin == "REFUTED"


def undecided(row: Mapping[str, Any]) -> bool:
    """Whether the budget ended before claim or twin was decided."""
    return "UNDECIDED" in (row["verdict"], row.get("twin_verdict"))


def proof_as_expected(proof: Mapping[str, Any]) -> bool:
    """Whether a proof item came out as it should: proved, or refuted where that is known."""
    return proof["status"] == (proof.get("expected") or "PROVED")


@dataclasses.dataclass(frozen=True)
class DrawnFigure:
    """A figure on disk."""

    name: str
    png: bytes
    data: bytes
    provenance: Mapping[str, Any]

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height, from the PNG's header."""
        return int.from_bytes(self.png[16:20]), int.from_bytes(self.png[20:24])


def read_figures(folder: Path) -> tuple[list[DrawnFigure], list[str]]:
    """The figures of one setting's folder by name, and what is wrong with those unreadable."""
    drawn, trouble = [], []
    for path in sorted(folder.glob("*.json")):
        try:
            provenance = json.loads(path.read_text(encoding="utf-8"))
            png = path.with_suffix(".png").read_bytes()
            data = path.with_suffix(".csv").read_bytes()
            if not isinstance(provenance, dict) or png[:8] != b"\x89PNG\r\n\x1a\n":
                raise ValueError("not a figure's files")
        except (OSError, ValueError) as error:
            trouble.append(f"{path.stem} cannot be read: {error}")
            continue
        drawn.append(DrawnFigure(path.stem, png, data, provenance))
    return drawn, trouble
