"""What a user waits for: the first command, the first figure, all settings' figures and tests.

"Cold" is with an empty compilation cache and an empty store, "again" with both as the first run
left them. Each is a command of its own, timed from outside; memory is that of its largest process.
"""

import datetime
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from paper_figures._setting_figures import figures_of
from theory import settings

SLOW = "slow test: "
_SLOW = re.compile(r"^\s*([\d.]+)s (?:call|setup)\s+(\S+)", re.MULTILINE)


class Taken(NamedTuple):
    """What a command took: seconds, and the MiB that its largest process held at most."""

    seconds: float
    memory: float
    output: str


def timed(arguments: Sequence[str], home: Path) -> Taken:
    """What ``python -m ARGUMENTS`` took with its caches under ``home`` (Linux)."""
    with tempfile.TemporaryFile("w+") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments], stdout=said, stderr=subprocess.STDOUT,
            env=os.environ | {
                "XDG_CACHE_HOME": str(home), "OVERFIT_THEORY_STORE": str(home / "store")
            },
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)  # of it and of all it waited for
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - began
        said.seek(0)
        output = said.read()
    if process.returncode != 0:
        raise RuntimeError(f"python -m {' '.join(arguments)} failed: {output[-2000:]}")
    return Taken(seconds, usage.ru_maxrss / 1024, output)


def first_figure(setting: str, out: Path) -> str:
    """The name of a setting's first figure."""
    return figures_of(setting, out)[0].spec.name


def measure() -> Iterator[dict[str, Any]]:
    """``sims list``, and the first figure of every setting at the default scale."""
    with tempfile.TemporaryDirectory(prefix="overfit-theory-bench-") as folder:
        home = Path(folder)
        commands = [("python -m sims list", ["sims", "list"], "2 s")]
        for setting in settings():
            name = first_figure(setting, home / "out")
            commands.append((
                f"first figure of {setting}: {name}",
                ["paper_figures", setting, "--figure", name, "--out", str(home / "out")],
                "20 s",
            ))  # fmt: skip
        for name, arguments, limit in commands:
            cold, warm = (timed(arguments, home) for _ in range(2))
            print(f"{name}: {cold.seconds:.1f} s, again {warm.seconds:.1f} s", flush=True)
            yield row(name, cold, limit) | {"warm": warm.seconds}


WHOLE = {
    "test": (["pytest", "-q", "--numprocesses", "auto"], "25 min"),
    "verify": (["sims", "verify"], "35 min"),
    "figures": (["paper_figures"], "10 min"),
    "proofs": (["proofs_check"], "5 min"),
}
"""``make`` NAME over all settings, and what it may take on two cores."""


def whole(name: str, kept: Path) -> list[dict[str, Any]]:
    """One of these commands, cold and again; the tests once, with the ten slowest.

    What it writes stays in ``kept``/whole: a ledger of half an hour is read when it fails, too.
    """
    arguments, limit = WHOLE[name]
    with tempfile.TemporaryDirectory(prefix="overfit-theory-bench-") as folder:
        home = Path(folder)
        out = [] if name == "test" else ["--out", str(kept / "whole")]
        cold = timed([*arguments, *out], home)
        print(f"make {name}: {cold.seconds:.0f} s, {cold.memory:.0f} MiB", flush=True)
        if name == "test":
            slowest = [(test, Taken(float(s), 0, "")) for s, test in _SLOW.findall(cold.output)]
            tests = [row(f"{SLOW}{test}", taken, "") for test, taken in slowest]
            return [row(f"make {name}", cold, limit), *tests]
        again = timed([*arguments, *out], home)
        print(f"again: {again.seconds:.0f} s", flush=True)
        return [row(f"make {name}", cold, limit) | {"warm": again.seconds}]


def row(name: str, taken: Taken, limit: str) -> dict[str, Any]:
    """An entry of the record; memory 0 says nothing."""
    today = datetime.date.today().isoformat()
    return {"name": name, "cold": taken.seconds, "warm": None, "memory": taken.memory,
            "limit": limit, "date": today}  # fmt: skip
