"""``python -m proofs_check [SETTING...]``: the table of proof items, and its record on disk."""

import argparse
import functools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from proofs_check._prover import proofs_of, run_uncertified
from proofs_check._record import read_record, write_record
from proofs_check._results import Proof, Result, Status
from theory._command_line import (
    EXPECTED_ERRORS, INTERRUPTED, Parser, begin, complain, parsed, path, whole, without_exit,
)  # fmt: skip
from theory._discovery import add_settings_folder, require, settings
from theory._files import writable_folder
from theory._machine import jobs_option, processes
from theory._task_progress import shown_tasks
from theory._tasks import Task

AS_EXPECTED, NOT_AS_EXPECTED, OPEN = 0, 1, 3
PROGRAM = "python -m proofs_check"
PROOF_SECONDS = 0.4
"""What an item is expected to take, where settings are proved side by side on two cores."""
_COLOURS = {
    Status.PROVED: "green",
    Status.REFUTED: "red",
    Status.NUMERIC: "yellow",
    Status.UNDECIDED: "yellow",
}


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=__doc__)
    parser.add_argument("setting", nargs="*", help="settings to check (default: all)")
    parser.add_argument("--out", type=path, default=Path("out"), help="folder of the record")
    parser.add_argument("--jobs", **jobs_option("setting"))
    parser.add_argument(
        "--rocq",
        type=path,
        metavar="DIR",
        help="write a certificate of each PROVED item for Rocq's kernel into the folder",
    )
    parser.add_argument("--check", action="store_true", help="with --rocq: run coqc on each")
    parser.add_argument(
        "--seconds",
        type=whole(1, 3600),
        default=20,
        help="with --check: processor time for each lemma (default 20)",
    )
    parser.add_argument("--list", action="store_true", help="list the items, run nothing")
    parser.add_argument(
        "--settings",
        type=path,
        action="append",
        default=[],
        metavar="DIR",
        help="a folder with settings of your own (theory/, proofs_check/, ...)",
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status.

    0: every item came out as expected; 1: one was refuted that should be proved, or the reverse;
    2: usage error; 3: one is UNDECIDED or NUMERIC and none is wrong.
    """
    try:
        begin()
        options = parsed(_parser(), arguments)
        with without_exit():
            return options if isinstance(options, int) else _check(options)
    except EXPECTED_ERRORS as error:
        return complain(PROGRAM, error)
    except KeyboardInterrupt:
        return INTERRUPTED


def _check(options: argparse.Namespace) -> int:
    for folder in options.settings:
        add_settings_folder(folder)
    for name in options.setting:
        require(name)
    chosen = list(dict.fromkeys(options.setting)) or settings()
    items = {name: proofs_of(name) for name in chosen}
    # a pipe has no width of its own: wide enough there that no item is cut
    console = Console() if sys.stdout.isatty() else Console(width=160)
    for name in options.setting:
        if not items[name]:
            console.print(f"{name} has no proof items")
    if options.list:
        console.print(_listing(items))
        return AS_EXPECTED
    # before the work: nobody should run all proofs to hear that they cannot be written down
    read_record(writable_folder(options.out, "--out") / "proofs.json")
    work = _certifying(options)
    rows: list[Row] = []
    certificates: list[Any] = []
    interrupted = False
    try:
        _run(items, options.jobs, work, rows, certificates)
    except KeyboardInterrupt:
        interrupted = True
    console.print(_table(rows))
    if options.rocq:
        from proofs_check._rocq import summary_table, write_summary

        console.print(summary_table(certificates))
        write_summary(options.rocq, certificates)
    for note in _notes(rows):
        console.print(escape(note), highlight=False, soft_wrap=True)
    write_record(options.out, rows)
    if interrupted:
        print("interrupted; the items above are kept, a new start runs all again", file=sys.stderr)
        return INTERRUPTED
    return _exit_status(rows)


Row = tuple[str, Proof, Result]


def _certifying(options: argparse.Namespace) -> Callable[..., Any]:
    """What is done to an item: it is run, and with --rocq certified."""
    if not options.rocq:
        if options.check:
            raise ValueError("--check needs --rocq DIR, the folder of the certificates")
        return run_uncertified
    from proofs_check._rocq import run_certified, write_libraries

    write_libraries(writable_folder(options.rocq, "--rocq"), compiled=options.check)
    seconds = options.seconds if options.check else 0
    return functools.partial(run_certified, folder=options.rocq, seconds=seconds)


def _run(
    items: dict[str, tuple[Proof, ...]],
    jobs: int | None,
    work: Callable[..., Any],
    rows: list[Row],
    certificates: list[Any],
) -> None:
    """Runs all items; each result is in ``rows`` as soon as it is known."""
    known = {(name, proof.name): proof for name, proofs in items.items() for proof in proofs}
    tasks = [Task(name, f"{name}: {item}", (name, item), PROOF_SECONDS) for name, item in known]
    jobs = jobs or processes(sum(map(bool, items.values())))
    place = {key: i for i, key in enumerate(known)}
    try:
        for done, seconds in shown_tasks(tasks, work, jobs, "proof items"):
            setting, item = done.task.arguments
            lost = Result(Status.UNDECIDED, "error", detail=done.error, seconds=seconds)
            result, certificate = (lost, None) if done.error else done.result
            rows.append((setting, known[setting, item], result))
            if certificate is not None:
                certificates.append((setting, item, certificate))
    finally:
        certificates.sort(key=lambda row: place[row[:2]])
        rows.sort(key=lambda row: place[row[0], row[1].name])  # as the settings' files have them


def _listing(items: dict[str, tuple[Proof, ...]]) -> Table:
    table = Table("setting", "item", "source", "statement", "supports")
    for setting, proofs in items.items():
        for p in proofs:
            cells = (setting, p.name, p.source, p.statement, ", ".join(p.supports))
            table.add_row(*map(escape, cells))
    return table


def _table(rows: Iterable[Row]) -> Table:
    rows = list(rows)
    kernel = any(result.kernel for _, _, result in rows)
    heads = ("setting", "item", "source", "status", "method", "seconds")
    table = Table(*heads, *(["kernel"] if kernel else []))
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
        cells = [*left, status, escape(result.method), f"{result.seconds:.2f}"]
        table.add_row(*cells, *([escape(result.kernel or "–")] if kernel else []))
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


if __name__ == "__main__":
    sys.exit(main())
