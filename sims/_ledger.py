"""The ledger: rows as a table on the terminal, as JSON and as CSV."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from sims._kinds import promise
from sims._row import Row, decisions
from sims._sequential import ALPHA
from theory import _spreadsheet
from theory._files import write_atomically

_TEXTS = ("claim", "setting", "verdict")
STYLES = {"HOLDS": "green", "REFUTED": "red", "UNDECIDED": "yellow"}


def to_json_object(row: Row) -> dict[str, Any]:
    """The row as a JSON object; NaN and infinity, which JSON lacks, become null."""

    def plain(value: Any) -> Any:
        if isinstance(value, float):
            return value if math.isfinite(value) else None
        if isinstance(value, tuple):
            return [plain(v) for v in value]
        return value

    return {k: plain(v) for k, v in dataclasses.asdict(row).items()} | {"ok": row.ok}


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """The rows of a stored ledger; an absent file is an empty ledger.

    Raises ValueError, naming the file, if it is not a ledger that rows can be added to.
    """
    if not path.exists():
        return []
    try:
        if not path.is_file():  # a pipe would be waited for
            raise ValueError("no regular file")
        rows = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(rows, list) or not all(map(_is_row, rows)):
            raise ValueError("not a list of rows")
    except (ValueError, OSError) as error:
        raise ValueError(f"{path} is not a ledger ({error}); move it away and run again") from None
    return rows


def _is_row(row: Any) -> bool:
    """Whether this is a row as :func:`write_ledger` writes them: what it reads of one is there."""
    if not isinstance(row, dict) or not all(isinstance(row.get(k), str) for k in _TEXTS):
        return False
    ends = row.get("interval")
    return isinstance(ends, list) and len(ends) == 2


def write_ledger(rows: Sequence[Row], folder: Path) -> tuple[Path, Path]:
    """Merges the rows into ``folder/ledger.json`` and ``ledger.csv``; returns both paths.

    Rows of claims that were not verified this time stay.
    """
    path = folder / "ledger.json"
    fresh = [to_json_object(r) for r in rows]
    replaced = {(r["setting"], r["claim"]) for r in fresh}
    kept = [r for r in read_ledger(path) if (r["setting"], r["claim"]) not in replaced]
    merged = sorted(kept + fresh, key=lambda r: r["setting"])  # stable: claims keep their order
    write_atomically(path, json.dumps(merged, indent=1, ensure_ascii=False).encode())
    cells = []
    for row in merged:
        low, high = row["interval"]
        cells.append(row | {"interval": f"{low} {high}"})
    write_atomically(folder / "ledger.csv", csv_text(cells).encode())
    return path, folder / "ledger.csv"


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV text, with every column that any row has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _spreadsheet.csv_text(names, ([row.get(name, "") for name in names] for row in rows))


def number(value: float) -> str:
    """A number for a narrow column."""
    return "" if value is None or math.isnan(value) else f"{value:.5g}"


def promised(row: Row) -> str:
    """What the claim says of the number in the column beside it."""
    sign, value, unit = promise(row.kind, row.prediction, row.tolerance)
    if not value:
        return ""
    return f"{value}\n{unit}" if sign == "±" else f"{sign} {value}\n{unit}"


def table(rows: Sequence[Row]) -> Table:
    """The ledger of one setting for the terminal; each claim's case stands under its name."""
    shown = Table(header_style="bold", title=rows[0].setting if rows else "", show_lines=False)
    shown.add_column("claim", overflow="fold", ratio=3)
    shown.add_column("kind")
    for name in ("prediction", "estimate", "interval", "trials"):
        shown.add_column(name, justify="right")
    shown.add_column("verdict")
    shown.add_column("twin")
    shown.add_column("s", justify="right")
    for row in rows:
        claim = Text(row.claim)
        if row.mode:
            claim.append(f"\n{row.at}", "dim")
        low, high = row.interval
        interval = "" if math.isnan(low) else f"{low:.4g}\n{high:.4g}"
        verdict = Text(row.verdict, STYLES[row.verdict] if row.ok else "bold white on red")
        if row.expected == "REFUTED":
            verdict.append("\n(expected)" if row.verdict == "REFUTED" else "\n(unexpected)", "dim")
        twin = Text(row.twin_verdict, "dim" if row.twin_verdict == "REFUTED" else "bold red")
        if row.twin_verdict == "REFUTED" and row.twin_trials:
            twin.append(f"\nat {row.twin_trials}")
        shown.add_row(
            claim, row.kind, promised(row), number(row.estimate), interval, str(row.trials),
            verdict, twin, f"{row.seconds:.1f}",
        )  # fmt: skip
    shown.caption = "intervals at level 1 - 1e-6; twin: the wrong statement the same check refuted"
    return shown


def closing_line(rows: Sequence[Row]) -> str:
    """Counts, and what the error budget adds up to."""
    well = sum(r.ok for r in rows)
    undecided = sum(r.undecided for r in rows)
    n = decisions(rows)
    nominal = sum(not r.exact for r in rows)
    text = (
        f"{well} of {len(rows)} rows as expected, {undecided} undecided; {n} decisions x"
        f" {ALPHA:g} = {n * ALPHA:.1e} bound on the chance of any wrong verdict"
    )
    return text + (f" ({nominal} rows at nominal alpha apart)" if nominal else "")


def exit_status(rows: Sequence[Row]) -> int:
    """0: all as expected; 1: some row came out otherwise; 3: the only others are undecided."""
    if any(not r.ok and not r.undecided for r in rows):
        return 1
    return 3 if any(r.undecided for r in rows) else 0
