"""``python -m paper_figures [SETTING...]``: draws the figures and writes the report."""

import argparse
import sys
import traceback
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from paper_figures._draw import draw
from paper_figures._report import write_report
from paper_figures._scales import SCALES
from paper_figures._setting_figures import SettingFigure, figures_of
from sims._ledger import write_ledger
from sims._store import default_folder, folder_of, is_read_only, read_only_text
from theory._caches import enable_compilation_cache
from theory._command_line import (
    EXPECTED_ERRORS, INTERRUPTED, Parser, begin, complain, parsed, path, whole, without_exit,
)  # fmt: skip
from theory._discovery import add_settings_folder, require, settings
from theory._files import writable_file, writable_folder
from theory._machine import jobs_option, processes
from theory._task_progress import shown_tasks
from theory._tasks import Task

DRAWN, FAILED = 0, 1
PROGRAM = "python -m paper_figures"


def _parser() -> Parser:
    parser = Parser(prog=PROGRAM, description=__doc__)
    parser.add_argument("setting", nargs="*", help="settings to draw (default: all)")
    parser.add_argument(
        "--scale", choices=SCALES, default="default",
        help="quick: seconds; default: about 45 s a setting; paper: the paper's own sizes",
    )  # fmt: skip
    parser.add_argument("--out", type=path, default=Path("out"), metavar="DIR",
                        help="where figures/ and report.html go")  # fmt: skip
    parser.add_argument("--figure", action="append", metavar="NAME", help="only this one (repeat)")
    parser.add_argument("--pdf", action="store_true",
                        help="also as PDF (at scale paper in any case)")  # fmt: skip
    parser.add_argument("--seed", type=whole(), default=0, help="the simulations' seed")
    parser.add_argument("--jobs", **jobs_option("figure"))
    parser.add_argument("--report", action="store_true",
                        help="draw nothing, write the page anew (after a verify, say)")  # fmt: skip
    parser.add_argument("--no-report", action="store_true", help="draw, and write no page")
    parser.add_argument("--list", action="store_true", help="list the figures, draw nothing")
    parser.add_argument("--store", type=path, metavar="DIR", help="where finished trials are kept")
    parser.add_argument("--no-store", action="store_true", help="keep and reuse no trials")
    parser.add_argument("--settings", type=path, action="append", default=[], metavar="DIR",
                        help="a folder with settings of your own: theory/, sims/")  # fmt: skip
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status.

    0: all drawn; 1: a figure failed (the others and the report are there); 2: usage error;
    130: interrupted (finished figures stay).
    """
    try:
        begin()
        options = parsed(_parser(), arguments)
        with without_exit():
            return options if isinstance(options, int) else _draw_or_list(options)
    except EXPECTED_ERRORS as error:
        return complain(PROGRAM, error)
    except KeyboardInterrupt:
        print("interrupted; finished figures and trials stay, a new start uses them")
        return INTERRUPTED


def _draw_or_list(options: argparse.Namespace) -> int:
    failed: dict[tuple[str, str], str] = {}
    for folder in options.settings:
        add_settings_folder(folder)
    for name in options.setting:
        require(name)
    names = list(dict.fromkeys(options.setting)) or settings()
    figures = [] if options.report else _chosen(names, options.figure, options.out, failed)
    console = Console(width=None if sys.stdout.isatty() else 110)
    if figures and (options.list or options.scale == "paper"):
        console.print(_cost_table(figures))
    if not options.list:
        _check_paths(options)
        enable_compilation_cache()
        if not options.report:
            _say_cost(console, figures, options.scale)
            failed |= _draw_all(console, figures, options)
        if not options.no_report:
            jobs = options.jobs or processes(len(names))
            written = write_report(options.out, names if options.setting else None, failed, jobs)
            console.print(f"wrote {written}", markup=False)
    for (setting, figure), text in failed.items():
        console.print(f"failed: {setting}/{figure}: {text}", markup=False, style="red")
    return FAILED if failed else DRAWN


def _check_paths(options: argparse.Namespace) -> None:
    """Raises ValueError for what cannot be written: before anything is drawn for it."""
    writable_folder(options.out, "--out")
    writable_folder(options.out / "figures", "--out")
    writable_file(options.out / "report.html", "--out")
    if not options.report and not options.no_store:
        options.store = folder_of(options.store, "--store") if options.store else default_folder()
        if is_read_only(options.store):
            print(f"{PROGRAM}: {read_only_text(options.store)}", file=sys.stderr)
        else:
            writable_folder(options.store, "the store")


def _chosen(
    names: Sequence[str], wanted: Sequence[str] | None, out: Path, failed: dict
) -> list[SettingFigure]:
    """The figures to draw. A setting whose module cannot be imported is noted as failed; an
    unknown figure name raises ValueError naming the known ones."""
    figures: list[SettingFigure] = []
    for setting in names:
        try:
            figures += figures_of(setting, out)
        except (Exception, SystemExit) as error:  # must not lose the others' figures
            traceback.print_exc()
            failed[setting, "figures"] = f"{type(error).__name__}: {error}"
    if not wanted:
        return figures
    known = list(dict.fromkeys(figure.spec.name for figure in figures))
    for name in wanted:
        if name not in known:
            listed = ", ".join(known) or "none"
            raise ValueError(f"there is no figure {name!r} in {', '.join(names)} (known: {listed})")
    return [figure for figure in figures if figure.spec.name in wanted]


def _cost_table(figures: Sequence[SettingFigure]) -> Table:
    shown = Table("setting", "figure", "source", header_style="bold")
    for scale in SCALES:
        shown.add_column(f"{scale}, s", justify="right")
    for figure in figures:
        spec = figure.spec
        costs = (f"{spec.seconds[scale]:g}" for scale in SCALES)
        shown.add_row(figure.setting, spec.name, escape(spec.source), *costs)
    return shown


def _say_cost(console: Console, figures: Sequence[SettingFigure], scale: str) -> None:
    seconds = sum(figure.spec.seconds[scale] for figure in figures)
    amount = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    console.print(
        f"{len(figures)} figures at scale {scale}: about {amount} on two cores", markup=False
    )


def _draw_all(
    console: Console, figures: Sequence[SettingFigure], options: argparse.Namespace
) -> dict[tuple[str, str], str]:
    """Draws every figure; returns what failed, and why."""
    failed: dict[tuple[str, str], str] = {}
    store = None if options.no_store else options.store
    pdf = options.pdf or options.scale == "paper"
    tasks = [
        Task(f.setting, str(f), (f.setting, f.spec.name, options.out, options.scale, options.seed,
                                 store, pdf), f.spec.seconds[options.scale])
        for f in figures
    ]  # fmt: skip
    jobs = options.jobs or processes(len(tasks))
    if jobs > 1:  # the longest settings first: their last figures are shared out at the end
        cost: dict[str, float] = defaultdict(float)
        for f in figures:
            cost[f.setting] += f.spec.seconds[options.scale]
        tasks.sort(key=lambda task: -cost[task.group])
    for done, seconds in shown_tasks(tasks, draw, jobs, "figures"):
        setting, name, *_ = done.task.arguments
        if done.error:
            console.print(done.trace or done.error, markup=False, highlight=False)
            failed[setting, name] = done.error
            continue
        console.print(f"{done.task.name}: {seconds:.1f} s", markup=False, highlight=False)
        if done.result:
            write_ledger(done.result, options.out)
    return failed


if __name__ == "__main__":
    sys.exit(main())
