"""One display of all that runs, with an estimate: bars on a terminal, sparse lines in a log."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
from rich.table import Column
from rich.text import Text

from theory._tasks import Done, Task, run_tasks

_SECONDS_BETWEEN_LINES = 15.0
_FIRST_SECONDS = 60.0
"""For so long the expected pace outweighs the one that was seen."""


class _HowFar(ProgressColumn):
    """Of a line its own text; of the bar over all what is so at this moment: its clock goes on."""

    def render(self, task: Any) -> Text:
        return Text.from_markup(task.fields["how_far"]())


class Whole:
    """How far the steps of a command are: one bar over all, with about how long the rest takes.

    Args:
        steps: the seconds that each step is expected to take, by its name, in their order.
        console: where it is shown; standard error.
    """

    def __init__(self, steps: Mapping[str, float], console: Console | None = None):
        self.steps, self.total = dict(steps), sum(steps.values())
        self.done, self.end = 0.0, 0.0
        self.began = self.advanced = self.spoke = time.monotonic()
        self.step_name, self.count = "", ""
        self.terminal = console is not None or sys.stderr.isatty()
        self.bars = Progress(
            TextColumn("{task.fields[name]}"), BarColumn(bar_width=12),
            _HowFar(Column(no_wrap=True)),
            console=console or Console(stderr=True), transient=True, disable=not self.terminal,
        )  # fmt: skip
        self.room = max(20, self.bars.console.width - 48)  # beside the bar and how far it is
        self.bar = self.bars.add_task("", total=self.total, name="", how_far=self.how_far)
        self.lines: dict[Any, Any] = {}
        self.running: dict[Any, float] = {}

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator["Whole"]:
        """What runs inside is the step of that name; after it the bar stands at the step's end."""
        place = list(self.steps).index(name) + 1
        self.step_name = f"{place} of {len(self.steps)}: {name}" if len(self.steps) > 1 else ""
        self.count, self.end = "", self.done + self.steps[name]
        self.refresh()
        _open.append(self)
        try:
            yield self
        finally:
            _open.remove(self)
            self.advance(self.end - self.done)

    def advance(self, seconds: float) -> None:
        """So many of the expected seconds are done."""
        self.done = min(self.done + seconds, self.end)
        self.advanced = time.monotonic()
        self.refresh()

    def refresh(self) -> None:
        """Moves the bar to where all is now."""
        name = escape(", ".join(filter(None, (self.step_name, self.count))))
        self.bars.update(self.bar, completed=self.reached(), name=f"[bold]{name}")

    def begin(self, key: Any, name: str, seconds: float) -> None:
        """A line for something that runs, and takes so many of the expected seconds."""
        self.running[key] = seconds
        self.lines[key] = self.bars.add_task("", total=None, name=self._cut(name), how_far=str)

    def say(self, key: Any, name: str, what: str, done: int, wanted: int) -> None:
        """How far it is."""
        text = f"{what} {done} of {wanted}".strip()
        short = escape(text if len(text) < 32 else f"{done} of {wanted}")
        self.bars.update(
            self.lines[key], completed=done, total=wanted or None, name=self._cut(name),
            how_far=lambda: f"[dim]{short}",
        )  # fmt: skip
        self.refresh()
        if not self.terminal and time.monotonic() - self.spoke > _SECONDS_BETWEEN_LINES:
            self.spoke = time.monotonic()
            print(f"[{self.how_far()}] {name}: {text}", file=sys.stderr, flush=True)

    def _cut(self, name: str) -> str:
        short = name if len(name) <= self.room else name[: self.room - 1] + "…"
        return f"  {escape(short)}"

    def end_line(self, key: Any) -> None:
        """It has ended."""
        del self.running[key]
        self.bars.remove_task(self.lines.pop(key))

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """What is printed inside stands above the bars, not amid them."""
        shown = [task.id for task in self.bars.tasks]
        for task in shown:  # rich would begin anew as many lines higher as it showed at the end
            self.bars.update(task, visible=False)
        self.bars.stop()
        yield
        for task in shown:
            self.bars.update(task, visible=True)
        self.bars.start()

    def reached(self) -> float:
        """Expected seconds that are done: what runs counts as on time until it should have ended,
        the shortest alone, so that the bar never goes back."""
        since = time.monotonic() - self.advanced
        return self.done + min(since, min(self.running.values(), default=0.0))

    def left(self) -> float:
        """Seconds that the rest will take, at the pace so far; at first at the expected one."""
        pace = (_FIRST_SECONDS + self.advanced - self.began) / (_FIRST_SECONDS + self.done)
        return (self.total - self.reached()) * pace

    def how_far(self) -> str:
        """Share, time gone by, time left."""
        share = self.reached() / self.total if self.total else 1.0
        gone = spoken(time.monotonic() - self.began)
        return f"{share:.0%}, {gone}, about {spoken(self.left())} left"


_open: list[Whole] = []


def open_whole() -> Whole | None:
    """The display that what runs now joins, if there is one."""
    return _open[-1] if _open else None


def spoken(seconds: float) -> str:
    """A time as a person says it: seconds below two minutes, then minutes, then hours."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def shown_tasks(
    tasks: Sequence[Task], work: Callable[..., Any], jobs: int, unit: str
) -> Iterator[tuple[Done, float]]:
    """Runs the tasks (see :func:`theory._tasks.run_tasks`), and shows on standard error how far
    each is; yields each with the seconds that it took. ``unit`` says what the tasks are.

    Inside a step of a :class:`Whole` they share its bar, each with its part of the step's time.
    """
    expected = sum(task.seconds for task in tasks)
    began: dict[Task, float] = {}
    with contextlib.ExitStack() as stack:
        whole = open_whole() or stack.enter_context(Whole({unit: expected}).step(unit))
        share = (whole.end - whole.done) / expected if expected else 0.0

        def say(task: Task, what: str, done: int, wanted: int) -> None:
            if task not in began:
                began[task] = time.monotonic()
                whole.begin(task, task.name, share * task.seconds)
            else:
                whole.say(task, task.name, what, done, wanted)

        stack.enter_context(whole.bars)
        for number, done in enumerate(run_tasks(tasks, work, jobs, say), 1):
            whole.count = f"{number} of {len(tasks)} {unit}"
            whole.end_line(done.task)
            whole.advance(share * done.task.seconds)
            with whole.aside():
                yield done, time.monotonic() - began[done.task]
