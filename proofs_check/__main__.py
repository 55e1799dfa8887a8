"""``python -m proofs_check [SETTING...]``: the table of proof items, and its record on disk."""

import argparse
import csv
import io
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from proofs_check._prover import proofs_of, run_proof
from proofs_check._results import Proof, Result, Status
from theory._discovery import add_settings_folder, require, settings
from theory._machine import jobs_option, processes
from theory._task_progress import shown_tasks
from theory._tasks import Task

AS_EXPECTED, NOT_AS_EXPECTED, USAGE, OPEN, INTERRUPTED = 0, 1, 2, 3, 130
COLUMNS = (
    "setting", "name", "source", "statement", "status", "expected", "method", "counterexample",
    "unresolved", "detail", "supports", "repaired_by", "seconds",
)  # fmt: skip
_COLOURS = {
    Status.PROVED: "green",
    Status.REFUTED: "red",
    Status.NUMERIC: "yellow",
    Status.UNDECIDED: "yellow",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status.

    0: every item came out as expected; 1: one was refuted that should be proved, or the reverse;
    2: usage error; 3: one is UNDECIDED or NUMERIC and none is wrong.
    """
    parser = argparse.ArgumentParser(prog="python -m proofs_check", description=__doc__)
    parser.add_argument("setting", nargs="*", help="settings to check (default: all)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the record")
    parser.add_argument("--jobs", **jobs_option("setting"))
    parser.add_argument("--list", action="store_true", help="list the items, run nothing")
    parser.add_argument(
        "--settings",
        action="append",
        default=[],
        metavar="DIR",
        help="a folder with settings of your own (theory/, proofs_check/, ...)",
    )
    try:
        options = parser.parse_args(arguments)
    except SystemExit as stop:  # argparse leaves the process; a caller of main() stays
        return stop.code if isinstance(stop.code, int) else USAGE
    try:
        for folder in options.settings:
            add_settings_folder(folder)
        for name in options.setting:
            require(name)
        chosen = list(dict.fromkeys(options.setting)) or settings()
        items = {name: proofs_of(name) for name in chosen}
    except ValueError as error:
        print(f"python -m proofs_check: {error}", file=sys.stderr)
        return USAGE
    # a pipe has no width of its own: wide enough there that no item is cut
    console = Console() if sys.stdout.isatty() else Console(width=160)
    for name in options.setting:
        if not items[name]:
            console.print(f"{name} has no proof items")
    if options.list:
        console.print(_listing(items))
        return AS_EXPECTED
    rows: list[Row] = []
    interrupted = False
    try:
        _run(items, options.jobs, rows)
    except KeyboardInterrupt:
        interrupted = True
    console.print(_table(rows))
    for note in _notes(rows):
        console.print(escape(note), highlight=False, soft_wrap=True)
    try:
        _write(options.out, rows)
    except ValueError as error:
        print(f"python -m proofs_check: {error}", file=sys.stderr)
        return USAGE
    if interrupted:
        print("interrupted; the items above are kept, a new start runs all again", file=sys.stderr)
        return INTERRUPTED
    return _exit_status(rows)


Row = tuple[str, Proof, Result]


def _run(items: dict[str, tuple[Proof, ...]], jobs: int | None, rows: list[Row]) -> None:
    """Runs all items; each result is in ``rows`` as soon as it is known."""
    known = {(name, proof.name): proof for name, proofs in items.items() for proof in proofs}
    tasks = [Task(name, f"{name}: {item}", (name, item)) for name, item in known]
    jobs = jobs or processes(sum(map(bool, items.values())))
    place = {key: i for i, key in enumerate(known)}
    try:
        for done, seconds in shown_tasks(tasks, run_proof, jobs, "proof items"):
            setting, item = done.task.arguments
            lost = Result(Status.UNDECIDED, "error", detail=done.error, seconds=seconds)
            rows.append((setting, known[setting, item], lost if done.error else done.result))
    finally:
        rows.sort(key=lambda row: place[row[0], row[1].name])  # as the settings' files have them


def _listing(items: dict[str, tuple[Proof, ...]]) -> Table:
    table = Table("setting", "item", "source", "statement", "supports")
    for setting, proofs in items.items():
        for p in proofs:
            cells = (setting, p.name, p.source, p.statement, ", ".join(p.supports))
            table.add_row(*map(escape, cells))
    return table


def _table(rows: Iterable[Row]) -> Table:
    table = Table("setting", "item", "source", "status", "method", "seconds")
    for name in ("setting", "item"):
        next(c for c in table.columns if c.header == name).overflow = "fold"
    counts = dict.fromkeys(Status, 0)
    for setting, proof, result in rows:
        counts[result.status] += 1
        status = f"[{_COLOURS[result.status]}]{result.status}[/]"
        if result.status is not proof.expected:
            status += f"\n[bold]expected {proof.expected}[/]"
        elif proof.expected is not Status.PROVED:
            status += "\nas expected"
        left = map(escape, (setting, proof.name, proof.source))
        table.add_row(*left, status, escape(result.method), f"{result.seconds:.2f}")
    shown = ", ".join(f"{n} {status}" for status, n in counts.items() if n)
    table.caption = shown or "no proof items"
    return table


def _notes(rows: Iterable[Row]) -> Iterator[str]:
    """What the table has no room for: counterexamples, open boxes, reasons."""
    for setting, proof, result in rows:
        if result.status is Status.PROVED and proof.expected is Status.PROVED:
            continue
        lines = [f"{result.status} {setting}.{proof.name}: {proof.statement}"]
        if result.counterexample:
            point = ", ".join(f"{k} = {v}" for k, v in result.counterexample.items())
            lines.append(f"at {point}")
        if result.unresolved:
            box = ", ".join(f"{k} in [{a}, {b}]" for k, (a, b) in result.unresolved.items())
            lines.append(f"open: {box}")
        if result.detail:
            lines.append(result.detail)
        if proof.repaired_by:
            lines.append(f"what holds: {proof.repaired_by}")
        yield "\n    ".join(lines)


def _exit_status(rows: Iterable[Row]) -> int:
    wrong = [result.status for _, proof, result in rows if result.status is not proof.expected]
    if any(status in (Status.PROVED, Status.REFUTED) for status in wrong):
        return NOT_AS_EXPECTED
    return OPEN if wrong else AS_EXPECTED


def _record(setting: str, proof: Proof, result: Result) -> dict[str, Any]:
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
    }


def _write(folder: Path, rows: Iterable[Row]) -> None:
    """proofs.json and proofs.csv, each whole or not at all; items that did not run now stay.

    Raises ValueError, naming the file, if proofs.json is there and is not such a table.
    """
    fresh = [_record(*row) for row in rows]
    ran = {(record["setting"], record["name"]) for record in fresh}
    kept = [r for r in _stored(folder / "proofs.json") if (r["setting"], r["name"]) not in ran]
    records = sorted(kept + fresh, key=lambda r: r["setting"])  # stable: items keep their order
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / "proofs.json", json.dumps(records, indent=1, ensure_ascii=False) + "\n")
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for record in records:
        writer.writerow({name: _cell(record.get(name)) for name in COLUMNS})
    _replace(folder / "proofs.csv", table.getvalue())


def _stored(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    try:
        records = json.loads(path.read_text(encoding="utf-8"))
        if not all(isinstance(r, dict) and {"setting", "name"} <= r.keys() for r in records):
            raise ValueError("not a list of proof items")
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"{path} is not a proof table ({error}); move it away and run again"
        ) from None
    return records


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _replace(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)  # mkstemp's files are private; this one is a result to share
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


if __name__ == "__main__":
    sys.exit(main())
