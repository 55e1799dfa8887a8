"""One display of all running tasks: bars on a terminal, sparse lines in a log."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from theory._tasks import Done, Task, run_tasks

_SECONDS_BETWEEN_LINES = 15.0


def shown_tasks(
    tasks: Sequence[Task], work: Callable[..., Any], jobs: int, unit: str
) -> Iterator[tuple[Done, float]]:
    """Runs the tasks (see :func:`theory._tasks.run_tasks`), and shows on standard error how far
    each is; yields each with the seconds that it took. ``unit`` says what the tasks are."""
    began: dict[Task, float] = {}
    terminal = sys.stderr.isatty()
    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
        TimeElapsedColumn(), TextColumn("[dim]{task.fields[what]}"),
    )  # fmt: skip
    with Progress(
        *columns, console=Console(stderr=True), transient=True, disable=not terminal
    ) as bars:
        whole = bars.add_task(f"[bold]{escape(unit)}", total=len(tasks), what="")
        lines: dict[Task, Any] = {}
        last = time.monotonic()

        def say(task: Task, what: str, done: int, wanted: int) -> None:
            nonlocal last
            if task not in began:
                began[task] = time.monotonic()
                lines[task] = bars.add_task(f"  {escape(task.name)}", total=None, what="")
                return
            bars.update(lines[task], completed=done, total=wanted or None, what=escape(what))
            if not terminal and time.monotonic() - last > _SECONDS_BETWEEN_LINES:
                last = time.monotonic()
                print(f"{task.name}: {what} {done} of {wanted}", file=sys.stderr, flush=True)

        for done in run_tasks(tasks, work, jobs, say):
            bars.remove_task(lines[done.task])
            bars.advance(whole)
            yield done, time.monotonic() - began[done.task]
