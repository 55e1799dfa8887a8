"""``python -m paper_figures [SETTING...]``: draws the figures and writes ``report.html``."""

import argparse
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from paper_figures._choice import Job, jobs_of
from paper_figures._draw import draw
from paper_figures._figure import SCALES
from paper_figures._report import write_report
from sims.__main__ import enable_compilation_cache
from sims._store import default_folder
from theory._discovery import add_settings_folder, require, settings

DRAWN, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m paper_figures", description=__doc__)
    parser.add_argument("setting", nargs="*", help="settings to draw (default: all)")
    parser.add_argument(
        "--scale", choices=SCALES, default="default",
        help="quick: seconds; default: about 45 s a setting; paper: the paper's own sizes",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR",
                        help="figures go to DIR/figures, the page to DIR/report.html")  # fmt: skip
    parser.add_argument("--figure", action="append", metavar="NAME", help="only this one (repeat)")
    parser.add_argument("--seed", type=int, default=0, help="the simulations' seed")
    parser.add_argument("--report", action="store_true",
                        help="draw nothing, write the page anew (after a verify, say)")  # fmt: skip
    parser.add_argument("--list", action="store_true", help="list the figures, draw nothing")
    parser.add_argument("--store", type=Path, metavar="DIR", help="where finished trials are kept")
    parser.add_argument("--no-store", action="store_true", help="keep and reuse no trials")
    parser.add_argument("--settings", action="append", default=[], metavar="DIR",
                        help="a folder with settings of your own: theory/, sims/")  # fmt: skip
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status.

    0: all drawn; 1: a figure failed (the others and the report are there); 2: usage error;
    130: interrupted (finished figures stay).
    """
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as stop:  # argparse leaves the process; a caller of main() stays
        return stop.code if isinstance(stop.code, int) else USAGE
    failed: dict[tuple[str, str], str] = {}
    try:
        for folder in options.settings:
            add_settings_folder(folder)
        for name in options.setting:
            require(name)
        names = list(dict.fromkeys(options.setting)) or settings()
        jobs = [] if options.report else _jobs(names, options.figure, options.out, failed)
    except ValueError as error:
        print(f"python -m paper_figures: {error}", file=sys.stderr)
        return USAGE
    console = Console(width=None if sys.stdout.isatty() else 110)
    if jobs and (options.list or options.scale == "paper"):
        console.print(_cost_table(jobs))
    if not options.list:
        try:
            if not options.report:
                _say_cost(console, jobs, options.scale)
                enable_compilation_cache()
                failed |= _draw_all(jobs, options)
        except KeyboardInterrupt:
            console.print("interrupted; finished figures and trials stay, a new start uses them")
            return INTERRUPTED
        console.print(f"wrote {write_report(options.out, failed=failed)}", markup=False)
    for (setting, figure), text in failed.items():
        console.print(f"failed: {setting}/{figure}: {text}", markup=False, style="red")
    return FAILED if failed else DRAWN


def _jobs(names: Sequence[str], wanted: Sequence[str] | None, out: Path, failed: dict) -> list[Job]:
    """The figures to draw. A setting whose module cannot be imported is noted as failed; an
    unknown figure name raises ValueError naming the known ones."""
    jobs: list[Job] = []
    for setting in names:
        try:
            jobs += jobs_of(setting, out)
        except Exception as error:  # a broken setting must not lose the others' figures
            traceback.print_exc()
            failed[setting, "figures"] = f"{type(error).__name__}: {error}"
    if not wanted:
        return jobs
    known = list(dict.fromkeys(job.spec.name for job in jobs))
    for name in wanted:
        if name not in known:
            listed = ", ".join(known) or "none"
            raise ValueError(f"there is no figure {name!r} in {', '.join(names)} (known: {listed})")
    return [job for job in jobs if job.spec.name in wanted]


def _cost_table(jobs: Sequence[Job]) -> Table:
    shown = Table("setting", "figure", "source", header_style="bold")
    for scale in SCALES:
        shown.add_column(f"{scale}, s", justify="right")
    for job in jobs:
        spec = job.spec
        costs = (f"{spec.seconds[scale]:g}" for scale in SCALES)
        shown.add_row(job.setting, spec.name, escape(spec.source), *costs)
    return shown


def _say_cost(console: Console, jobs: Sequence[Job], scale: str) -> None:
    seconds = sum(job.spec.seconds[scale] for job in jobs)
    amount = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    console.print(
        f"{len(jobs)} figures at scale {scale}: about {amount} on two cores", markup=False
    )


def _draw_all(jobs: Sequence[Job], options: argparse.Namespace) -> dict[tuple[str, str], str]:
    """Draws every figure; returns what failed, and why."""
    failed: dict[tuple[str, str], str] = {}
    store = None if options.no_store else options.store or default_folder()
    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("[dim]{task.fields[inner]}"),
    )  # fmt: skip
    console = Console(stderr=True)
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("figures", total=len(jobs), inner="")

        def inner(what: str, done: int, wanted: int) -> None:
            progress.update(task, inner=escape(f"{what} {done}/{wanted}"))

        for job in jobs:
            name = f"{job.setting}/{job.spec.name}"
            progress.update(task, description=name, inner="")
            began = time.perf_counter()
            try:
                draw(job.setting, job.spec, options.out / "figures", scale=options.scale,
                     seed=options.seed, progress=inner, store=store)  # fmt: skip
                spent = time.perf_counter() - began
                progress.console.print(f"{name}: {spent:.1f} s", markup=False, highlight=False)
            except Exception as error:  # one failing figure must not lose the others
                progress.console.print(traceback.format_exc(), markup=False, highlight=False)
                failed[job.setting, job.spec.name] = f"{type(error).__name__}: {error}"
            progress.advance(task)
        progress.update(task, description="figures", inner="")
    return failed


if __name__ == "__main__":
    sys.exit(main())
