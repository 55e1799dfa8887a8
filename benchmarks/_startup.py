"""What a user waits for: the first command, the first figure, the tests.

"Cold" is with an empty compilation cache and an empty store, "again" with both as the first run
left them. Each is a command of its own, timed from outside.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from paper_figures._setting_figures import figures_of
from theory import settings

SLOW = "slow test: "
_SLOW = re.compile(r"^\s*([\d.]+)s (?:call|setup)\s+(\S+)", re.MULTILINE)


def timed(arguments: Sequence[str], home: Path) -> tuple[float, str]:
    """(seconds, output) of ``python -m ARGUMENTS`` with its caches under ``home``."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True,
        env=os.environ | {"XDG_CACHE_HOME": str(home), "OVERFIT_THEORY_STORE": str(home / "store")},
    )  # fmt: skip
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        raise RuntimeError(f"python -m {' '.join(arguments)} failed: {done.stderr[-500:]}")
    return seconds, done.stdout


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
            cold, warm = (timed(arguments, home)[0] for _ in range(2))
            print(f"{name}: {cold:.1f} s, again {warm:.1f} s")
            yield {"name": name, "cold": cold, "warm": warm, "limit": limit}


def tests() -> list[dict[str, Any]]:
    """The default test run from cold, and its ten slowest tests."""
    with tempfile.TemporaryDirectory(prefix="overfit-theory-bench-") as folder:
        words = ["pytest", "-q", "--numprocesses", "auto", "--dist", "loadgroup"]
        seconds, output = timed(words, Path(folder))
    records = [{"name": "the test suite", "cold": seconds, "warm": None, "limit": "8 min"}]
    for taken, test in _SLOW.findall(output):
        records.append({"name": f"{SLOW}{test}", "cold": float(taken), "warm": None,
                        "limit": ""})  # fmt: skip
    return records
