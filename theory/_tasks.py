"""Tasks over settings, in this process or in several: each once, and none lost to another's end.

A task belongs to a group (its setting). A process keeps to one group as long as it has tasks left,
for the programs it compiled are that group's; between groups it drops them. A process that dies
takes its own task with it, which is named, and another takes its place.
"""

import collections
import contextlib
import dataclasses
import multiprocessing
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from theory import _discovery
from theory._caches import drop_caches, enable_compilation_cache
from theory._machine import PROCESS_MEMORY, resident

Say = Callable[[str, int, int], None]
"""``say(what, done, wanted)``: how far a task is."""

_FULL = PROCESS_MEMORY // 2
"""Bytes above which a process starts no further task: a fresh one takes its place."""
_FAREWELL_SECONDS = 3.0
_LOOK_SECONDS = 1.0
"""A Ctrl-C between Python's last look for signals and the system's wait does not end that wait."""


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
    """A piece of work: ``work(say, *arguments)`` is run, where ``work`` is common to all tasks.

    ``seconds`` is what it is expected to take.
    """

    group: str
    name: str
    arguments: tuple[Any, ...] = ()
    seconds: float = 1.0


@dataclasses.dataclass(frozen=True)
class Done:
    """What came of a task: its result, or in ``error`` what went wrong, in one line."""

    task: Task
    result: Any = None
    error: str = ""
    trace: str = ""


def run_tasks(
    tasks: Sequence[Task],
    work: Callable[..., Any],
    jobs: int,
    say: Callable[[Task, str, int, int], None],
) -> Iterator[Done]:
    """Runs every task, ``jobs`` at a time, and yields each as it is done.

    With one job all is done here; with more, in processes of their own, so ``work``, arguments
    and results must be picklable. A group's tasks start in the given order. ``say`` hears how far
    a task is (0 of 0: it begins). An exception inside a task is its ``error``; KeyboardInterrupt
    ends the processes and propagates.
    """
    if jobs > 1:
        yield from _in_processes(tasks, work, jobs, say)
        return
    group = None
    for task in tasks:
        if group not in (None, task.group):
            drop_caches()
        group = task.group
        say(task, "", 0, 0)
        yield _attempt(task, work, lambda *how_far, task=task: say(task, *how_far))


def _attempt(task: Task, work: Callable[..., Any], say: Say) -> Done:
    try:
        return Done(task, work(say, *task.arguments))
    except _Terminated:
        raise
    except (Exception, SystemExit) as error:  # one failing task must not lose the others
        return Done(task, None, f"{type(error).__name__}: {error}", traceback.format_exc())


# --------------------------------------------------------------------------------------------
# The parent's side


@dataclasses.dataclass
class _Process:
    process: Any
    pipe: Connection
    task: Task

    def give(self, task: Task) -> None:
        self.task = task
        self.pipe.send(task)


def _in_processes(
    tasks: Sequence[Task], work: Callable[..., Any], jobs: int, say: Callable[..., None]
) -> Iterator[Done]:
    waiting: dict[str, collections.deque[Task]] = {}
    for task in tasks:
        waiting.setdefault(task.group, collections.deque()).append(task)
    running: dict[Connection, _Process] = {}

    def next_task(group: str | None) -> Task | None:
        """The next of the group; else of one that nobody is at; else of the longest."""
        left = [g for g, queue in waiting.items() if queue]
        if not left:
            return None
        if group not in left:
            taken = {p.task.group for p in running.values()}
            free = [g for g in left if g not in taken]
            group = free[0] if free else max(left, key=lambda g: len(waiting[g]))
        return waiting[group].popleft()

    def start(group: str | None) -> None:
        if (task := next_task(group)) is not None:
            started = _start(work, task)
            running[started.pipe] = started
            say(task, "", 0, 0)

    try:
        for _ in range(min(jobs, len(tasks))):
            start(None)
        while running:
            for pipe in wait(list(running), _LOOK_SECONDS):
                process = running[pipe]  # type: ignore[index]  # what wait() returns was given
                task = process.task
                try:
                    message = process.pipe.recv()
                except (EOFError, OSError):
                    del running[process.pipe]
                    yield Done(task, error=_end(process.process))
                    start(task.group)
                    continue
                if not isinstance(message, _Finished):
                    say(task, *message)
                    continue
                del running[process.pipe]
                follower = next_task(task.group) if message.memory < _FULL else None
                if follower is not None:
                    running[process.pipe] = process
                    process.give(follower)
                    say(follower, "", 0, 0)
                else:
                    process.pipe.close()  # the process ends when it hears no more
                    start(task.group)
                yield dataclasses.replace(message.done, task=task)  # the very one that was given
    finally:
        for process in running.values():
            process.process.terminate()
        for process in running.values():
            process.process.join(_FAREWELL_SECONDS)
            process.process.kill()


def _start(work: Callable[..., Any], task: Task) -> _Process:
    # JAX's threads do not survive a fork: every process starts afresh
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(
        target=_serve, args=(there, work, _discovery.added_folders()), daemon=True
    )
    with _ignoring_ctrl_c():
        process.start()
    there.close()  # so that the process's end is heard as the pipe's
    started = _Process(process, here, task)
    started.give(task)
    return started


@contextlib.contextmanager
def _ignoring_ctrl_c() -> Iterator[None]:
    """What starts inside ignores Ctrl-C from its first moment: the parent answers it for all."""
    if threading.current_thread() is not threading.main_thread():  # signals are the main thread's
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(process: Any) -> str:
    """How a process ended that should not have."""
    process.join()
    code = process.exitcode
    if code < 0:
        hint = ": was the memory full?" if -code == signal.SIGKILL else ""
        return f"its process was ended by {signal.Signals(-code).name}{hint}"
    return f"its process ended with status {code}"


# --------------------------------------------------------------------------------------------
# The processes' side


class _Terminated(SystemExit):
    """The parent ends this process; a task's own SystemExit is that task's error."""


def _end_on_signal(*_: Any) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once: what is being tidied up is not cut short
    raise _Terminated(1)


@dataclasses.dataclass(frozen=True)
class _Finished:
    done: Done
    memory: int


def _serve(pipe: Connection, work: Callable[..., Any], folders: Sequence[Path]) -> None:
    """Runs the tasks that come, until none comes any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_on_signal)  # files in the making are tidied up
    enable_compilation_cache()
    for folder in folders:
        _discovery.add_settings_folder(folder)
    group = None
    try:
        while True:
            task: Task = pipe.recv()
            if group not in (None, task.group):
                drop_caches()
            group = task.group
            done = _attempt(task, work, lambda *how_far: pipe.send(how_far))
            pipe.send(_Finished(done, resident()))
    except (EOFError, BrokenPipeError):
        # the parent is done, or gone; when it ends this process now there is nothing to tidy up
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
