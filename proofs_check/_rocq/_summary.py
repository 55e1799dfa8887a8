"""Certificates counted: by engine and outcome, with the reasons."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.table import Table

from proofs_check._rocq._certificates import Certificate, Outcome
from theory._files import write_atomically
from theory._spreadsheet import csv_text

Named = tuple[str, str, Certificate]
"""Setting, item, certificate."""

_COLUMNS = ("setting", "item", "part", "engine", "outcome", "why", "seconds")


def write_summary(folder: Path, named: Iterable[Named]) -> None:
    """summary.csv: a row a statement."""
    rows = (
        (setting, item, i, part.engine, str(part.outcome), part.why, round(part.seconds, 2))
        for setting, item, certificate in named
        for i, part in enumerate(certificate.parts, 1)
    )
    write_atomically(folder / "summary.csv", csv_text(_COLUMNS, rows).encode())


def summary_table(named: Iterable[Named]) -> Table:
    """Statements by engine and outcome; below, items, seconds, and what is not expressible."""
    named = list(named)
    parts = [part for _, _, certificate in named for part in certificate.parts]
    shown = [o for o in Outcome if any(part.outcome is o for part in parts)]
    table = Table("engine", "statements", *map(str, shown))
    for engine in ("identity", "inequality", "polynomial", "exact"):
        found = Counter(part.outcome for part in parts if part.engine == engine)
        if found:
            cells = (f"{found[o]} ({found[o] / found.total():.0%})" for o in shown)
            table.add_row(engine, str(found.total()), *cells)
    whole = sum(certificate.outcome is Outcome.CHECKED for _, _, certificate in named)
    reasons = Counter(p.why for p in parts if p.outcome is Outcome.INEXPRESSIBLE)
    plain = sum(p.lemma is not None and p.lemma.plain for p in parts)
    listed = ", ".join(f"{why} {n}" for why, n in reasons.most_common())
    table.caption = (
        f"{whole} of {len(named)} items whole, {sum(p.seconds for p in parts):.0f} s of coqc; "
        f"{plain} equations have equal sides as SymPy formed them"
        + (f"; not expressible: {listed}" if listed else "")
    )
    return table
