"""Tasks over settings: the same results in one process as in several, and no death loses others."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from theory import _tasks
from theory._task_progress import shown_tasks
from theory._tasks import Task, run_tasks

HERE = Path(__file__).resolve()


def work(say, what, number=0):
    say("half", 1, 2)
    if what == "square":
        return number * number
    if what == "process":
        return os.getpid()
    if what == "fail":
        raise ValueError(f"{number} is bad")
    if what == "wait":
        Path(number).write_text(str(os.getpid()))
        time.sleep(600)
    os.kill(os.getpid(), signal.SIGKILL) if what == "die" else os._exit(7)


def run(tasks, jobs, heard=None):
    def say(task, *how_far):
        if heard is not None:
            heard.append((task.name, *how_far))

    return {done.task.name: done for done in run_tasks(tasks, work, jobs, say)}


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_task_is_run_once_whatever_the_number_of_processes(jobs):
    tasks = [Task(f"s{i % 3}", f"t{i}", ("square", i)) for i in range(7)]
    tasks.append(Task("s1", "bad", ("fail", 3)))
    heard = []
    done = run(tasks, jobs, heard)
    assert {name: d.result for name, d in done.items()} == {
        **{f"t{i}": i * i for i in range(7)}, "bad": None
    }  # fmt: skip
    assert done["bad"].error == "ValueError: 3 is bad"
    assert "in work" in done["bad"].trace
    assert sorted(heard) == sorted(
        (t.name, *how_far) for t in tasks for how_far in (("", 0, 0), ("half", 1, 2))
    )


def test_a_dying_process_is_named_and_loses_its_own_task_only():
    deadly = [Task("a", "killed", ("die",)), Task("b", "left", ("leave",))]
    others = [Task("ab"[i % 2], f"t{i}", ("square", i)) for i in range(4)]
    done = run(deadly + others, 2)
    assert "SIGKILL: was the memory full?" in done["killed"].error
    assert done["left"].error == "its process ended with status 7"
    assert [done[t.name].result for t in others] == [0, 1, 4, 9]


def test_a_process_keeps_to_its_group_and_helps_elsewhere_when_that_is_done():
    tasks = [Task(group, f"{group}{i}", ("process",)) for group in "ab" for i in range(3)]
    done = run(tasks, 2)
    processes = {g: {done[f"{g}{i}"].result for i in range(3)} for g in "ab"}
    assert len(set.union(*processes.values())) == 2
    assert os.getpid() not in set.union(*processes.values())
    assert done["a0"].result != done["b0"].result


def test_the_parent_looks_for_signals_though_no_process_speaks(monkeypatch):
    """The system's wait is not ended by a Ctrl-C that came just before it began."""
    wait, seconds = _tasks.wait, []

    def watched(pipes, timeout=None):
        seconds.append(timeout)
        return wait(pipes, timeout)

    monkeypatch.setattr(_tasks, "wait", watched)
    run([Task("a", f"t{i}", ("square", i)) for i in range(2)], 2)
    assert seconds
    assert all(s is not None and s <= 1 for s in seconds)


def test_a_full_process_is_replaced(monkeypatch):
    monkeypatch.setattr("theory._tasks._FULL", 1)
    tasks = [Task("a", f"t{i}", ("process",)) for i in range(2)]
    tasks += [Task("b", "b", ("process",))]
    assert len({done.result for done in run(tasks, 2).values()}) == 3


def test_the_display_counts_every_task_and_tells_its_seconds(capsys):
    tasks = [Task("a", "[one]", ("square", 2)), Task("b", "two", ("fail", 1))]
    done = {d.task.name: (d.result, s) for d, s in shown_tasks(tasks, work, 1, "tasks")}
    assert done["[one]"][0] == 4
    assert all(0 <= seconds < 60 for _, seconds in done.values())


SCRIPT = """
import signal
import sys
from tests.test_tasks import run
from theory._tasks import Task

if __name__ == "__main__":
    # a suite that runs in the background hands on that Ctrl-C is ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run([Task(f, f, ("wait", f)) for f in sys.argv[1:]], 2)
    except KeyboardInterrupt:
        sys.exit(130)
"""


def test_ctrl_c_ends_every_process(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    files = [tmp_path / name for name in ("one", "two")]
    parent = subprocess.Popen(
        [sys.executable, str(script), *map(str, files)], start_new_session=True,
        env=os.environ | {"PYTHONPATH": str(HERE.parents[1])}, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not all(f.exists() and f.read_text() for f in files):
        assert parent.poll() is None, parent.stderr
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: to the processes too
    _, said = parent.communicate(timeout=30)
    assert parent.returncode == 130, said
    assert "Traceback" not in said
    for f in files:
        with pytest.raises(ProcessLookupError):
            os.kill(int(f.read_text()), 0)
