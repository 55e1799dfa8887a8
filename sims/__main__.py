"""``python -m sims list | run SETTING [flags] | verify [SETTING...] | sweep SETTING | cache``."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import theory
from theory._caches import enable_compilation_cache
from theory._discovery import require, summary
from theory._machine import jobs_option, whole_number

USAGE, INTERRUPTED = 2, 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sims", description=__doc__)
    parser.add_argument("--settings", metavar="DIR", help="a folder with theory/ and sims/ files")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="the known settings")
    run = commands.add_parser(
        "run", help="simulate one setting at your params", add_help=False, allow_abbrev=False,
        usage="python -m sims run SETTING [--mode MODE] [--trials N] [--seed S] [--save FILE.npz]"
        " [flags from the params; --help lists them]",
    )  # fmt: skip
    run.add_argument("setting")
    run.add_argument("--mode", default="default")
    run.add_argument("--trials", type=int, default=256)
    run.add_argument("--seed", type=int, default=0)
    run.add_argument("--memory", type=_memory, default=None, help="such as 2GiB")
    run.add_argument("--block", type=whole_number, default=0, metavar="N", help=(
        "trials side by side in one program; default what suits a processor's cache. A GPU wants"
        " hundreds where a trial is small; numbers may round differently"
    ))  # fmt: skip
    run.add_argument("--save", type=Path, metavar="FILE.npz", help="keep every trial's observables")
    verify = commands.add_parser("verify", help="hold the claims against simulation")
    verify.add_argument("setting", nargs="*", help="default: all")
    verify.add_argument("--claim", action="append", metavar="NAME", help="only this one (repeat)")
    verify.add_argument("--deep", action="store_true", help="also the claims with large budgets")
    verify.add_argument("--plan", action="store_true", help="print the cost and stop")
    verify.add_argument("--seed", type=int, default=0)
    verify.add_argument("--memory", type=_memory, default=None, help="such as 2GiB")
    verify.add_argument(
        "--distributed", action="store_true",
        help="one of several processes that share the trials; SLURM and Open MPI are detected",
    )  # fmt: skip
    verify.add_argument("--coordinator", metavar="HOST:PORT", help="where process 0 listens")
    verify.add_argument("--processes", type=int, metavar="N", help="how many there are")
    verify.add_argument("--process-index", type=int, metavar="I", help="which one this is")
    verify.add_argument("--jobs", **jobs_option("setting"))
    verify.add_argument("--out", type=Path, default=Path("out"), metavar="DIR")
    sweep = commands.add_parser(
        "sweep", help="simulate over a grid of params", add_help=False, allow_abbrev=False,
        usage="python -m sims sweep SETTING [--grid FILE.toml] [--n 100 200 400 ...] [--shard i/N]"
        " [--collect] [--mode MODE] [--trials N] [--seed S] [--out DIR]",
    )  # fmt: skip
    sweep.add_argument("setting")
    sweep.add_argument("--grid", type=Path, metavar="FILE.toml", help="axes: n = [100, 200]")
    sweep.add_argument("--shard", metavar="i/N", help="every N-th job only, from the i-th on")
    sweep.add_argument("--collect", action="store_true", help="compute nothing, make the table")
    sweep.add_argument("--mode", default="default")
    sweep.add_argument("--trials", type=int, default=256)
    sweep.add_argument("--seed", type=int, default=0)
    sweep.add_argument("--memory", type=_memory, default=None, help="such as 2GiB")
    sweep.add_argument("--store", type=Path, metavar="DIR", help="where finished trials are kept")
    sweep.add_argument("--out", type=Path, default=Path("out"), metavar="DIR")
    cache = commands.add_parser("cache", help="what is stored of finished runs; --clear removes it")
    cache.add_argument("setting", nargs="?", help="only this setting")
    cache.add_argument("--clear", action="store_true", help="remove the stored runs")
    for command in (run, verify):
        command.add_argument(
            "--store", type=Path, metavar="DIR", help="where finished trials are kept"
        )
        command.add_argument("--no-store", action="store_true", help="keep and reuse nothing")
    cache.add_argument("--store", type=Path, metavar="DIR", help="where finished trials are kept")
    for command in (listing, run, verify, sweep, cache):
        command.add_argument("--settings", metavar="DIR", default=argparse.SUPPRESS)
    return parser


def _memory(text: str) -> int:
    units = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
    number = text.rstrip("iIbB")
    unit = number[-1:].upper() if number[-1:].isalpha() else ""
    try:
        value = int(float(number[: len(number) - len(unit)]) * units[unit])
        if value > 0:
            return value
    except (ValueError, KeyError):
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 512MiB or 4G")


def _console() -> Any:
    """Standard output: the terminal's own width, or wide enough for the tables in a log."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 132)


def _list() -> int:
    from rich.table import Table

    shown = Table("setting", "what it is", header_style="bold")
    for name in theory.settings():
        shown.add_row(name, summary(name))
    _console().print(shown)
    return 0


def _run(arguments: argparse.Namespace, rest: Sequence[str]) -> int:
    import numpy as np
    import tyro
    from rich.table import Table

    from sims._deterministic import describe
    from sims._engine import simulate, simulations_of
    from sims._flags import flags_class, to_params

    params_class = _params_class(arguments.setting)
    flags = tyro.cli(
        flags_class(params_class, params_class()), args=list(rest),
        prog=f"python -m sims run {arguments.setting}",
        description=f"{summary(arguments.setting)}\n\nModes: "
        + "; ".join(f"{m} ({s.doc})" for m, s in simulations_of(arguments.setting).items()),
    )  # fmt: skip
    params = to_params(params_class, flags)
    with _progress() as progress:
        observables = simulate(
            arguments.setting, params, mode=arguments.mode, trials=arguments.trials,
            seed=arguments.seed, memory=arguments.memory, progress=progress,
            store=_store_folder(arguments), width=arguments.block,
        )  # fmt: skip
    console = _console()
    console.print(f"{arguments.setting}, mode {arguments.mode}: {describe(params)}")
    shown = Table("observable", "mean", "standard error", "sd", "min", "max", header_style="bold")
    for name, values in observables.items():
        flat = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
        for i in range(flat.shape[1]):
            x = flat[:, i]
            index = ",".join(map(str, np.unravel_index(i, values.shape[1:])))
            label = f"{name}[{index}]" if values.ndim > 1 else name
            sd = x.std(ddof=1) if len(x) > 1 else float("nan")
            cells = (x.mean(), sd / len(x) ** 0.5, sd, x.min(), x.max())
            shown.add_row(label.replace("[", r"\["), *(f"{c:.6g}" for c in cells))
    console.print(shown)
    if arguments.save is not None:
        import io

        from sims._files import write_atomically

        buffer = io.BytesIO()
        np.savez(buffer, **observables)  # type: ignore[arg-type]  # numpy's stub lacks **kwds
        write_atomically(arguments.save, buffer.getvalue())
        console.print(f"wrote {arguments.save}")
    return 0


def _sweep(arguments: argparse.Namespace, rest: Sequence[str]) -> int:
    import dataclasses

    import tyro

    from sims._files import write_atomically
    from sims._flags import axes_class
    from sims._ledger import csv_text
    from sims._run import DEFAULT_MEMORY
    from sims._store import default_folder
    from sims._sweep import grid, read_grid, shard_of, sweep

    setting = arguments.setting
    params_class = _params_class(setting)
    flags = tyro.cli(
        axes_class(params_class), args=list(rest), prog=f"python -m sims sweep {setting}"
    )
    axes = read_grid(arguments.grid) if arguments.grid else {}
    axes |= {name: list(v) for name, v in dataclasses.asdict(flags).items() if v}
    jobs = shard_of(grid(params_class, axes), arguments.shard)
    with _progress() as progress:
        done = sweep(
            setting, jobs, mode=arguments.mode, trials=arguments.trials, seed=arguments.seed,
            store=arguments.store or default_folder(), collect=arguments.collect,
            memory=arguments.memory or DEFAULT_MEMORY, progress=progress,
        )  # fmt: skip
    missing = [job for job in done if job.observables is None]
    rows = [job.summary() for job in done if job.observables is not None]
    if rows:
        part = f"-{arguments.shard.replace('/', '-of-')}" if arguments.shard else ""
        path = arguments.out / f"sweep-{setting}-{arguments.mode}{part}.csv"
        write_atomically(path, csv_text(rows).encode())
        print(f"wrote {path}: {len(rows)} rows")
    if missing:
        print(f"{len(missing)} of {len(done)} jobs are not in the store yet", file=sys.stderr)
    return 1 if missing else 0


def _params_class(setting: str) -> type:
    module = theory.load("theory", setting)
    params_class = getattr(module, "Params", None)
    if params_class is None:
        raise ValueError(f"{setting}: theory/{setting}.py defines no Params")
    return params_class


def _store_folder(arguments: argparse.Namespace) -> Path | None:
    from sims._store import default_folder

    return None if arguments.no_store else (arguments.store or default_folder())


def _cache(arguments: argparse.Namespace) -> int:
    from rich.table import Table

    from sims._store import clear, default_folder, runs

    store = arguments.store or default_folder()
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
            shown.add_row(setting, mode, str(facts.get("params", "")), str(facts.get("seed", "")),
                          str(trials), f"{size / 2**20:.2f}")  # fmt: skip
    shown.caption = f"{store}: {total / 2**20:.1f} MiB"
    _console().print(shown)
    return 0


def _progress() -> Any:
    """A context that yields a progress callback (a bar on a terminal, lines elsewhere)."""
    from sims._progress import showing_progress

    return showing_progress()


def _verify(arguments: argparse.Namespace) -> int:
    from sims._group import ALONE, join
    from sims._ledger import closing_line, exit_status, table, write_ledger
    from sims._run import DEFAULT_MEMORY
    from sims._verify import plan
    from sims._verify_settings import verify_settings

    names = list(dict.fromkeys(arguments.setting)) or theory.settings()
    for name in names:
        require(name)
    group = ALONE
    if arguments.distributed:
        group = join(arguments.coordinator, arguments.processes, arguments.process_index)
    if not group.first:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  (process 0 alone speaks, to the end)
    memory = arguments.memory or DEFAULT_MEMORY
    console = _console()
    if arguments.plan:
        for name in names:
            console.print(_plan_table(plan(name, arguments.claim, deep=arguments.deep,
                                           memory=memory)))  # fmt: skip
        return 0
    rows, failed = [], {}
    own = group.first and (len(names) == 1 or group.count > 1)  # else the settings' common display
    with _progress() if own else contextlib.nullcontext() as progress:
        for name, new, error in verify_settings(
            names, arguments.claim, jobs=arguments.jobs, group=group, progress=progress,
            deep=arguments.deep, seed=arguments.seed, memory=memory,
            store=_store_folder(arguments),
        ):  # fmt: skip
            if error:
                failed[name] = error
                continue
            rows += new
            if group.first:
                write_ledger(new, arguments.out)  # after each setting: less to lose
            console.print(table(new))
            for row in new:
                if not row.ok and row.detail:
                    console.print(f"{row.claim}: {row.detail}", markup=False)
    console.print(closing_line(rows), markup=False)
    console.print(f"wrote {arguments.out / 'ledger.json'} and {arguments.out / 'ledger.csv'}")
    for name, error in failed.items():
        print(f"python -m sims: {name} failed: {error}", file=sys.stderr)
    return 1 if failed else exit_status(rows)


def _plan_table(plans: Sequence[Any]) -> Any:
    from rich.table import Table

    shown = Table(header_style="bold")
    for column in ("setting", "mode", "at", "claims", "trials", "at most", "s", "compile s"):
        shown.add_column(column, overflow="fold")
    for p in plans:
        shown.add_row(
            p.setting, p.mode, p.at, ", ".join(p.claims), str(p.trials), str(p.most_trials),
            f"{p.seconds:.1f}", f"{p.compile_seconds:.1f}",
        )  # fmt: skip
    total = sum(p.seconds for p in plans)
    shown.caption = f"planned: {total:.0f} s on this machine, compilation apart"
    return shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit status (0 well, 1 a row came out otherwise, 2 usage,
    3 undecided, 130 interrupted)."""
    from sims import _group

    parser = _parser()
    given = sys.argv[1:] if arguments is None else list(arguments)
    known, rest = parser.parse_known_args(given)
    if rest and known.command not in ("run", "sweep"):
        parser.error(f"unknown arguments: {' '.join(rest)}")
    if getattr(known, "distributed", False) and not _group.is_worker():
        return _group.supervise(given)
    try:
        if known.settings:
            theory.add_settings_folder(known.settings)
        if known.command == "list":
            return _list()
        if known.command == "cache":
            return _cache(known)
        enable_compilation_cache()
        if known.command == "run":
            return _run(known, rest)
        return _sweep(known, rest) if known.command == "sweep" else _verify(known)
    except (ValueError, MemoryError, FloatingPointError, OSError) as error:
        print(f"python -m sims: {error}", file=sys.stderr)
        return _group.leave(USAGE) if _group.is_worker() else USAGE
    except _group.LostProcessError as error:
        print(f"python -m sims: {error}", file=sys.stderr)
        return _group.leave(1)
    except KeyboardInterrupt:
        print("\ninterrupted; the same command goes on where this one stopped", file=sys.stderr)
        return _group.leave(INTERRUPTED) if _group.is_worker() else INTERRUPTED


def console() -> int:
    """``overfit-theory sims|proofs|figures ...``: the three commands under one name."""
    import importlib

    names = {"sims": "sims", "proofs": "proofs_check", "figures": "paper_figures"}
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        print(f"usage: overfit-theory {{{'|'.join(names)}}} ...", file=sys.stderr)
        return USAGE
    command: Callable[[Sequence[str]], int] = importlib.import_module(
        f"{names[sys.argv[1]]}.__main__"
    ).main
    return command(sys.argv[2:])


if __name__ == "__main__":
    raise SystemExit(main())
