"""Several processes give the ledger of one, bit for bit; a lost process ends the run clearly."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from sims.__main__ import main
from sims._group import ALONE

EXAMPLE = Path(__file__).parent / "example"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(index: int, port: int, folder: Path, *extra: str, devices: int = 1) -> subprocess.Popen:
    """One of two processes of ``verify least_squares``."""
    return subprocess.Popen(
        [sys.executable, "-m", "sims", "verify", "least_squares", "--settings", str(EXAMPLE),
         "--distributed", "--coordinator", f"127.0.0.1:{port}", "--processes", "2",
         "--process-index", str(index), "--out", str(folder), "--store", str(folder / "store"),
         *extra],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}",
                          "NPROC": "4"},
    )  # fmt: skip


def finish(process: subprocess.Popen, seconds: float = 150) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


def rows(folder: Path) -> list[dict]:
    stored = json.loads((folder / "ledger.json").read_text())
    return [{k: v for k, v in row.items() if k != "seconds"} for row in stored]


@pytest.fixture(scope="module")
def alone(example_setting, tmp_path_factory) -> list[dict]:
    folder = tmp_path_factory.mktemp("alone")
    assert main(["verify", example_setting, "--out", str(folder), "--no-store"]) == 0
    return rows(folder)


@pytest.mark.parametrize("devices", [1, pytest.param(2, marks=pytest.mark.deep)])
def test_two_processes_give_the_ledger_of_one(alone, tmp_path, devices):
    port = free_port()
    processes = [start(i, port, tmp_path, devices=devices) for i in range(2)]
    answers = [finish(p) for p in processes]
    for status, _, err in answers:
        assert status == 0, err
    assert rows(tmp_path) == alone
    assert "3 of 3 rows as expected" in answers[0][1]
    assert "rows as expected" not in answers[1][1], "process 0 alone speaks"
    assert main(["verify", "least_squares", "--out", str(tmp_path / "again"), "--store",
                 str(tmp_path / "store")]) == 0  # fmt: skip
    assert rows(tmp_path / "again") == alone, "one process goes on from what two stored"


@pytest.mark.deep
@pytest.mark.parametrize("victim", [0, 1])
def test_a_lost_process_ends_the_run_within_a_minute_and_the_next_start_resumes(
    alone, tmp_path, victim
):
    port = free_port()
    processes = [start(i, port, tmp_path, "--memory", "2MiB") for i in range(2)]
    while not list((tmp_path / "store").rglob("*.npz")):
        time.sleep(0.02)
        assert all(p.poll() is None for p in processes)
    children = subprocess.run(
        ["pgrep", "-P", str(processes[victim].pid)], capture_output=True, text=True, check=True
    ).stdout.split()
    os.kill(int(children[0]), signal.SIGKILL)
    began = time.monotonic()
    answers = [finish(p, 90) for p in processes]
    assert time.monotonic() - began < 60
    for status, _, err in answers:
        assert status != 0
        assert "the same command goes on" in err
    assert main(["verify", "least_squares", "--out", str(tmp_path), "--store",
                 str(tmp_path / "store")]) == 0  # fmt: skip
    assert rows(tmp_path) == alone


def test_half_an_address_is_a_usage_error(capfd, example_setting):
    assert main(["verify", example_setting, "--distributed", "--processes", "2", "--settings",
                 str(EXAMPLE)]) == 2  # fmt: skip
    assert "go together" in capfd.readouterr().err


def test_a_process_alone_gathers_itself():
    values = {"x": np.arange(3.0)}
    np.testing.assert_array_equal(ALONE.gather(values)["x"], values["x"][None])
    assert ALONE.agree(7) == 7
