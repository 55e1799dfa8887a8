"""``python -m sims list | show | run SETTING [flags] | verify [SETTING...] | sweep | cache``."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import theory
from theory._caches import enable_compilation_cache
from theory._command_line import EXPECTED_ERRORS, INTERRUPTED, USAGE, begin, complain, without_exit
from theory._discovery import require, summary
from theory._files import writable_file, writable_folder, writing

PROGRAM = "python -m sims"


def _console() -> Any:
    """Standard output: the terminal's own width, or wide enough for the tables in a log."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 132)


def _list(topic: str | None) -> int:
    from rich.markup import escape
    from rich.table import Table

    from theory._paper import require_topic, topics_of

    if topic is not None:
        require_topic(topic)
    shown = Table("setting", "what it is", "topics", header_style="bold")
    for name in theory.settings():
        topics = topics_of(name)
        if topic is None or topic in topics:
            shown.add_row(name, escape(summary(name)), escape(", ".join(topics)))
    _console().print(shown)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    from rich.table import Table

    from sims._engine import simulations_of
    from sims._keys import describe
    from sims._memory import Spool
    from sims._moments import moments
    from sims._run import DEFAULT_MEMORY, Run
    from sims._store import write_npz
    from theory._field_flags import to_params

    params = to_params(arguments.params_class, arguments)
    simulation = _mode(simulations_of(arguments.setting), arguments)
    if arguments.save is not None:
        writable_file(arguments.save, "--save")
    spool = None if arguments.save is None else Spool(arguments.save.absolute().parent)
    with _progress() as progress:
        run = Run(
            simulation, params, setting=arguments.setting, mode=arguments.mode,
            seed=arguments.seed, memory=arguments.memory or DEFAULT_MEMORY, progress=progress,
            store=_store_folder(arguments), width=arguments.block,
        )  # fmt: skip
        pieces = run.pieces(arguments.trials)
        if spool is not None:
            pieces = spool.keeping(pieces, arguments.trials)
        seen = list(moments(pieces, arguments.trials, run.width))
    console = _console()
    console.print(f"{arguments.setting}, mode {arguments.mode}: {describe(params)}", markup=False)
    shown = Table("observable", "mean", "standard error", "sd", "min", "max", header_style="bold")
    for m in seen:
        cells = (m.mean, m.error, m.sd, m.least, m.most)  # one trial has no spread: NaN
        shown.add_row(m.name.replace("[", r"\["), *("" if c != c else f"{c:.6g}" for c in cells))
    console.print(shown)
    if spool is not None and arguments.save is not None:
        with writing(arguments.save) as file:
            write_npz(file, spool.arrays())
        console.print(f"wrote {arguments.save}", markup=False)
    return 0


def _mode(simulations: dict[str, Any], arguments: argparse.Namespace) -> Any:
    if arguments.mode not in simulations:
        known = ", ".join(simulations)
        raise ValueError(
            f"{arguments.setting}: there is no mode {arguments.mode!r} (known: {known})"
        )
    return simulations[arguments.mode]


def _sweep(arguments: argparse.Namespace) -> int:
    from sims._engine import simulations_of
    from sims._ledger import csv_text
    from sims._run import DEFAULT_MEMORY
    from sims._store import default_folder, folder_of
    from sims._sweep import Grid, read_grid, shard_of, sweep
    from theory._field_flags import given_axes
    from theory._files import write_atomically

    setting = arguments.setting
    _mode(simulations_of(setting), arguments)
    axes = (read_grid(arguments.grid) if arguments.grid else {}) | given_axes(arguments)
    jobs = shard_of(Grid(arguments.params_class, axes), arguments.shard)
    jobs.check()
    store = folder_of(arguments.store, "--store") if arguments.store else default_folder()
    writable_folder(arguments.out, "--out")
    rows, missing = [], 0
    with _progress() as progress:
        for job in sweep(
            setting, jobs, mode=arguments.mode, trials=arguments.trials, seed=arguments.seed,
            store=store, collect=arguments.collect, memory=arguments.memory or DEFAULT_MEMORY,
            progress=progress,
        ):  # fmt: skip
            if job.moments is None:
                missing += 1
            else:
                rows.append(job.summary())
    if rows:
        part = f"-{arguments.shard.replace('/', '-of-')}" if arguments.shard else ""
        path = arguments.out / f"sweep-{setting}-{arguments.mode}{part}.csv"
        write_atomically(path, csv_text(rows).encode())
        print(f"wrote {path}: {len(rows)} rows")
    if missing:
        print(f"{missing} of {len(jobs)} jobs are not in the store yet", file=sys.stderr)
    return 1 if missing else 0


def _store_folder(arguments: argparse.Namespace) -> Path | None:
    from sims._store import default_folder, folder_of

    if arguments.no_store:
        return None
    return folder_of(arguments.store, "--store") if arguments.store else default_folder()


def _cache(arguments: argparse.Namespace) -> int:
    from rich.markup import escape
    from rich.table import Table

    from sims._store import clear, default_folder, folder_of, runs

    store = folder_of(arguments.store, "--store") if arguments.store else default_folder()
    if arguments.clear:
        freed = clear(store, arguments.setting)
        print(f"{store}: {freed / 2**20:.1f} MiB set free")
        return 0
    shown = Table("setting", "mode", "params", "seed", "trials", "MiB", header_style="bold")
    total = 0
    for folder, facts, size, trials in runs(store):
        setting, mode = folder.parent.parent.name, folder.parent.name
        if arguments.setting in (None, setting):
            total += size
            cells = (setting, mode, facts.get("params", ""), facts.get("seed", ""), trials,
                     f"{size / 2**20:.2f}")  # fmt: skip
            shown.add_row(*(escape(str(cell)) for cell in cells))
    shown.caption = escape(f"{store}: {total / 2**20:.1f} MiB")
    _console().print(shown)
    return 0


def _progress() -> Any:
    """A context that yields a progress callback (a bar on a terminal, lines elsewhere)."""
    from sims._progress import showing_progress

    return showing_progress()


def _verify(arguments: argparse.Namespace) -> int:
    from sims._advice import advice
    from sims._agreement import common_facts
    from sims._group import ALONE, join
    from sims._ledger import closing_line, exit_status, read_ledger, table, write_ledger
    from sims._plan import plan
    from sims._run import DEFAULT_MEMORY
    from sims._verify import chosen_claims
    from sims._verify_settings import verify_settings

    # what is named twice is done once
    names = list(dict.fromkeys(arguments.setting)) or theory.settings()
    wanted = list(dict.fromkeys(arguments.claim)) if arguments.claim else None
    for name in names:
        require(name)
    for name in names if wanted else ():
        chosen_claims(name, wanted, arguments.deep)
    group, store = ALONE, _store_folder(arguments)
    if arguments.distributed:
        facts = common_facts(
            settings=names, claims=wanted, deep=arguments.deep, seed=arguments.seed
        )
        group = join(arguments.coordinator, arguments.processes, arguments.process_index, facts)
    if not group.first:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (process 0 alone speaks, to the end)
    memory = arguments.memory or DEFAULT_MEMORY
    console = _console()
    if arguments.plan:
        for name in names:
            console.print(_plan_table(plan(name, wanted, deep=arguments.deep)))
        return 0
    if group.first:
        read_ledger(writable_folder(arguments.out, "--out") / "ledger.json")
    rows, failed = [], {}
    own = group.first and (len(names) == 1 or group.count > 1)  # else the settings' common display
    with _progress() if own else contextlib.nullcontext() as progress:
        for name, new, error in verify_settings(
            names, wanted, jobs=arguments.jobs, group=group, progress=progress,
            deep=arguments.deep, seed=arguments.seed, memory=memory, store=store,
        ):  # fmt: skip
            if error:
                failed[name] = error
                continue
            rows += new
            if group.first:
                write_ledger(new, arguments.out)  # after each setting: less to lose
            console.print(table(new))
            for row in new:
                for text in filter(None, (advice(row), row.remark)):
                    console.print(f"{row.claim}: {text}", markup=False)
    console.print(closing_line(rows), markup=False)
    ledger = arguments.out / "ledger.json"
    console.print(f"wrote {ledger} and {ledger.with_suffix('.csv')}", markup=False)
    for name, error in failed.items():
        complain(PROGRAM, f"{name} failed: {error}")
    return 1 if failed else exit_status(rows)


def _plan_table(plans: Sequence[Any]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    shown = Table(header_style="bold")
    for column in ("setting", "mode", "at", "claims", "trials", "at most", "in a block"):
        shown.add_column(column, overflow="fold")
    for p in plans:
        shown.add_row(
            p.setting, p.mode, escape(p.at), ", ".join(p.claims), str(p.trials), str(p.most_trials),
            str(p.width),
        )  # fmt: skip
    total = sum(p.trials for p in plans)
    shown.caption = f"{len(plans)} runs, {total} trials planned; nothing was compiled"
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status (0 well, 1 a row came out otherwise, 2 usage,
    3 undecided, 130 interrupted)."""
    from sims import _group
    from sims._arguments import read

    worker = _group.is_worker()
    if worker:
        _group.native_stderr_to_log()
    try:
        begin()
        try:
            given = read(arguments)
        except SystemExit as stop:  # argparse leaves the process; a caller of main() stays
            return stop.code if isinstance(stop.code, int) else USAGE
        if given.command == "verify":
            _group.check_place(given)
            if given.distributed and not worker:
                return _group.supervise(
                    sys.argv[1:] if arguments is None else arguments, _group.place_of(given)
                )
        if given.command in ("run", "verify", "sweep"):
            enable_compilation_cache()
        with without_exit():
            status = _COMMANDS[given.command](given)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except EXPECTED_ERRORS as error:
        status = complain(PROGRAM, error)
        return _group.leave(status) if worker else status
    except _group.LostProcessError as error:
        complain(PROGRAM, error)
        return _group.leave(1)
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on where this one stopped", file=sys.stderr)
        return _group.leave(INTERRUPTED) if worker else INTERRUPTED


def _show(given: argparse.Namespace) -> int:
    from theory import _show

    return _show.show(given.claim)


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": lambda given: _list(given.topic), "run": _run, "verify": _verify, "sweep": _sweep,
    "cache": _cache, "show": _show,
}  # fmt: skip


CONSOLE = {"theory": "theory", "sims": "sims", "proofs": "proofs_check", "figures": "paper_figures"}


def console() -> int:
    """``overfit-theory theory|sims|proofs|figures ...``: the four commands under one name."""
    import importlib

    if len(sys.argv) < 2 or sys.argv[1] not in CONSOLE:
        asked = sys.argv[1:] in (["-h"], ["--help"])
        print("usage: overfit-theory COMMAND ...", file=sys.stdout if asked else sys.stderr)
        for word, package in CONSOLE.items():
            print(f"  {word:8} is python -m {package}", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else USAGE
    command: Callable[[Sequence[str]], int] = importlib.import_module(
        f"{CONSOLE[sys.argv[1]]}.__main__"
    ).main
    return command(sys.argv[2:])


if __name__ == "__main__":
    raise SystemExit(main())
