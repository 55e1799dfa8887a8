"""The record of the proof items on disk: proofs.json and proofs.csv."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from proofs_check._results import Proof, Result
from theory._files import write_atomically
from theory._spreadsheet import csv_text

COLUMNS = (
    "setting", "name", "source", "statement", "status", "expected", "method", "counterexample",
    "unresolved", "detail", "supports", "repaired_by", "seconds", "kernel",
)  # fmt: skip


def _record(setting: str, proof: Proof, result: Result) -> dict[str, Any]:
    more = {"kernel": result.kernel, "formulas": list(result.formulas)}
    return {
        "setting": setting,
        "name": proof.name,
        "source": proof.source,
        "statement": proof.statement,
        "status": str(result.status),
        "expected": str(proof.expected),
        "method": result.method,
        "counterexample": dict(result.counterexample) if result.counterexample else None,
        "unresolved": (
            {name: list(ends) for name, ends in result.unresolved.items()}
            if result.unresolved
            else None
        ),
        "detail": result.detail,
        "supports": list(proof.supports),
        "repaired_by": proof.repaired_by,
        "seconds": round(result.seconds, 4),
    } | {key: value for key, value in more.items() if value}


def write_record(folder: Path, rows: Iterable[tuple[str, Proof, Result]]) -> None:
    """proofs.json and proofs.csv, each whole or not at all; items that did not run now stay.

    Raises ValueError, naming the file, if proofs.json is there and is not such a table.
    """
    fresh = [_record(*row) for row in rows]
    ran = {(record["setting"], record["name"]) for record in fresh}
    kept = [r for r in read_record(folder / "proofs.json") if (r["setting"], r["name"]) not in ran]
    records = sorted(kept + fresh, key=lambda r: r["setting"])  # stable: items keep their order
    text = json.dumps(records, indent=1, ensure_ascii=False) + "\n"
    write_atomically(folder / "proofs.json", text.encode())
    write_atomically(folder / "proofs.csv", record_csv(records).encode())


def record_csv(records: Iterable[Mapping[str, Any]]) -> str:
    """The records as CSV text."""
    rows = ([_cell(record.get(name)) for name in COLUMNS] for record in records)
    return csv_text(COLUMNS, rows)


def read_record(path: Path) -> list[dict[str, Any]]:
    """The stored items; an absent file holds none. Raises ValueError, naming the file."""
    if not path.exists():
        return []
    try:
        if not path.is_file():  # a pipe would be waited for
            raise ValueError("no regular file")
        records = json.loads(path.read_text(encoding="utf-8"))
        keys = ("setting", "name")
        if not isinstance(records, list) or not all(
            isinstance(r, dict) and all(isinstance(r.get(key), str) for key in keys)
            for r in records
        ):
            raise ValueError("not a list of proof items")
    except (ValueError, OSError) as error:
        raise ValueError(
            f"{path} is not a proof table ({error}); move it away and run again"
        ) from None
    return records


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value
