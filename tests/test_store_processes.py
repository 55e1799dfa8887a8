"""The store under processes: kills lose nothing, two share one, memory stays flat."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from sims.__main__ import main
from sims._store import clear
from tests.test_store import TRIALS, chunks, make, reference  # noqa: F401  (a fixture)

SLOW = """
    import sys
    from pathlib import Path
    import jax, jax.numpy as jnp
    from sims import Run, Simulation
    from tests.test_engine import Params
    def trial(key, params):
        x = jax.random.normal(key, (60, 60))
        return {"value": jnp.linalg.eigvalsh(x @ x.T)[-1]}
    run = Run(Simulation(trial, width=8), Params(), store=Path(sys.argv[1]), chunk_blocks=2)
    print("ready", flush=True)
    got = run.extend(8 * 300)["value"]
    print(got.tobytes().hex(), run.seconds)
"""


def _start(store: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SLOW), str(store)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _finish(process: subprocess.Popen) -> str:
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    return out.splitlines()[-1].split()[0]


@pytest.mark.deep
def test_twenty_kills_lose_nothing(tmp_path):
    undisturbed = _finish(_start(tmp_path / "undisturbed"))
    rng = np.random.default_rng(0)
    kills = 0
    while kills < 20:
        process = _start(tmp_path / "killed")
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(rng.uniform(0.0, 1.0))
        if process.poll() is not None:
            break  # finished before the kill: what was stored has carried it to the end
        before = len(chunks(tmp_path / "killed"))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(chunks(tmp_path / "killed")) >= before
        kills += 1
    assert _finish(_start(tmp_path / "killed")) == undisturbed


def test_a_kill_loses_nothing(tmp_path):
    undisturbed = _finish(_start(tmp_path / "undisturbed"))
    process = _start(tmp_path / "killed")
    while len(chunks(tmp_path / "killed")) < 3:
        time.sleep(0.01)
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = len(chunks(tmp_path / "killed"))
    assert _finish(_start(tmp_path / "killed")) == undisturbed
    assert kept >= 3


def test_two_processes_share_a_store(tmp_path):
    both = [_start(tmp_path) for _ in range(2)]
    first, second = (_finish(p) for p in both)
    assert first == second


def test_cache_lists_and_clears(tmp_path, capsys, reference):  # noqa: F811
    make(tmp_path).extend(TRIALS)
    assert main(["cache", "--store", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "engine_demo" in shown
    assert str(TRIALS) in shown
    foreign = tmp_path / "notes.txt"
    foreign.write_text("keep")
    assert clear(tmp_path, "other_setting") == 0
    assert main(["cache", "--clear", "--store", str(tmp_path)]) == 0
    assert not chunks(tmp_path)
    assert foreign.read_text() == "keep"


MEASURED = """
    import resource, sys
    from pathlib import Path
    import jax
    from sims import Run, Simulation
    from tests.test_engine import Params
    def trial(key, params):
        x = jax.random.normal(key, (24, 24))
        return {"value": (x @ x).sum()}
    run = Run(Simulation(trial, width=64), Params(), store=Path(sys.argv[1]), memory=2**26)
    for trials in range(640, int(sys.argv[2]) + 1, 640):
        run.extend(trials)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_peak_memory_stays_flat_when_trials_grow_a_hundredfold(tmp_path):
    peaks = []
    for trials in (640, 64_000):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(MEASURED), str(tmp_path / str(trials)),
             str(trials)],
            capture_output=True, text=True, timeout=200, check=True,
        )  # fmt: skip
        peaks.append(int(done.stdout))
    assert peaks[1] < 1.2 * peaks[0]
