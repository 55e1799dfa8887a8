"""What a user waits for: the first command, the first figure, all settings' figures and tests.

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


WHOLE = {
    "test": (["pytest", "-q", "--numprocesses", "auto", "--dist", "loadgroup"], "25 min"),
    "verify": (["sims", "verify"], "35 min"),
    "figures": (["paper_figures"], "10 min"),
    "proofs": (["proofs_check"], "5 min"),
}
"""``make`` NAME over all settings, and what it may take on two cores."""


def whole(name: str) -> list[dict[str, Any]]:
    """One of these commands from cold; of the tests the ten slowest too."""
    arguments, limit = WHOLE[name]
    with tempfile.TemporaryDirectory(prefix="overfit-theory-bench-") as folder:
        out = [] if name == "test" else ["--out", f"{folder}/out"]
        seconds, output = timed([*arguments, *out], Path(folder))
    rows = [(f"make {name}", seconds, limit)]
    if name == "test":
        rows += [(f"{SLOW}{test}", float(taken), "") for taken, test in _SLOW.findall(output)]
    return [{"name": n, "cold": cold, "warm": None, "limit": most} for n, cold, most in rows]
