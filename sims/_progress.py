"""Progress on the terminal: a bar with throughput and time left, or sparse lines in a log."""

import contextlib
import sys
import time
from collections.abc import Iterator

from rich.console import Console
from rich.progress import (
    BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn,
)  # fmt: skip
from rich.text import Text

from sims._run import Progress as Callback
from theory._task_progress import open_whole

_SECONDS_BETWEEN_LINES = 15.0


class _Throughput(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.3g}/s" if task.speed else "")


@contextlib.contextmanager
def showing_progress() -> Iterator[Callback]:
    """Yields ``progress(what, done, wanted)``; draws on standard error.

    Inside a step of a :class:`theory._task_progress.Whole` it is a line of that display.
    """
    if whole := open_whole():
        with whole.bars:
            whole.begin(showing_progress, "", whole.end - whole.done)
            yield lambda what, done, wanted: whole.say(showing_progress, what, "", done, wanted)
            whole.end_line(showing_progress)
        return
    if not sys.stderr.isatty():
        notebook = "ipykernel" in sys.modules  # there one line is written over; in a log few follow
        between, end = (0.3, "\r") if notebook else (_SECONDS_BETWEEN_LINES, "\n")
        last, shown = time.monotonic(), 0

        def say(what: str, done: int, wanted: int) -> None:
            nonlocal last, shown
            if time.monotonic() - last > between:
                last = time.monotonic()
                text = f"{what}: {done} of {wanted} trials"
                print(text.ljust(shown), end=end, file=sys.stderr, flush=True)
                shown = len(text) if notebook else 0

        yield say
        if shown:
            print(" " * shown, end="\r", file=sys.stderr, flush=True)
        return
    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Throughput(),
        TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, int] = {}

        def draw(what: str, done: int, wanted: int) -> None:
            if what not in tasks:
                for task in tasks.values():
                    bars.update(task, visible=False)  # type: ignore[arg-type]  # rich's TaskID
                tasks[what] = bars.add_task(what, total=wanted)
            bars.update(tasks[what], completed=done, total=wanted)  # type: ignore[arg-type]

        yield draw
