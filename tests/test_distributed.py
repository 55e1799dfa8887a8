"""Several processes give the ledger of one, bit for bit; a lost process ends the run clearly."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from sims.__main__ import main
from sims._agreement import common_facts
from sims._group import ALONE
from sims._rendezvous import difference, meet

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
        env=os.environ | {"XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')}"
                          f" --xla_force_host_platform_device_count={devices}", "NPROC": "4"},
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
    for i, (status, _, err) in enumerate(answers):
        assert status != 0
        assert "the same command goes on" in err
        last = err.splitlines()[-1]
        assert last.startswith(("python -m sims: another process", f"python -m sims: process {i} "))
        assert not [line for line in err.splitlines() if re.match(r"[EF]\d{4} |\s+@ ", line)], err
    assert main(["verify", "least_squares", "--out", str(tmp_path), "--store",
                 str(tmp_path / "store")]) == 0  # fmt: skip
    assert rows(tmp_path) == alone


def refused(capfd, example_setting, *arguments: str) -> str:
    """What a command says that starts nothing."""
    assert main(["verify", example_setting, "--settings", str(EXAMPLE), *arguments]) == 2
    (line,) = capfd.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [("--distributed --processes 2", "go together"),
     ("--processes 2 --process-index 0", "go with --distributed"),
     ("--coordinator localhost:9911", "go with --distributed"),
     ("--distributed --coordinator localhost --processes 2 --process-index 0", "is not HOST:PORT"),
     ("--distributed --coordinator :9911 --processes 2 --process-index 0", "is not HOST:PORT"),
     ("--distributed --coordinator x:99999 --processes 2 --process-index 0", "from 1 to 65535"),
     ("--distributed --coordinator x:0 --processes 2 --process-index 0", "from 1 to 65535"),
     ("--distributed --coordinator x:port --processes 2 --process-index 0", "from 1 to 65535"),
     ("--distributed --coordinator x:9911 --processes 2 --process-index 2", "outside 0 to 1"),
     ("--distributed --coordinator x:9911 --processes 0 --process-index 0", "outside 1 to"),
     ("--distributed --coordinator x:9911 --processes 2 --process-index -1", "outside 0 to")],
)  # fmt: skip
def test_a_place_that_cannot_be_is_a_usage_error(capfd, example_setting, arguments, words):
    assert words in refused(capfd, example_setting, *arguments.split())


def meeting(facts: list[dict[str, str]], counts=None, indices=None, seconds=20.0) -> list[str]:
    """What each of some processes hears that meet at one port; empty where it may go on."""
    port = free_port()
    heard = [""] * len(facts)

    def one(i: int) -> None:
        try:
            meet(f"localhost:{port}", (counts or [len(facts)] * len(facts))[i],
                 (indices or range(len(facts)))[i], facts[i], seconds)  # fmt: skip
        except ValueError as error:
            heard[i] = str(error)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(len(facts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return heard


def test_processes_that_agree_go_on():
    assert meeting([{"seed": "0"}] * 3) == ["", "", ""]


def test_processes_that_differ_are_told_in_what():
    said = "processes 0 and 1 differ in seed (0 against 1)"
    assert meeting([{"seed": "0"}, {"seed": "1"}]) == [said, said]
    long = meeting([{"seed": "0", "claims": "x" * 300}, {"seed": "0", "claims": "y"}])
    assert long == ["processes 0 and 1 differ in claims"] * 2


def test_flags_that_change_digits_are_part_of_what_is_agreed_on(monkeypatch):
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=2")
    ours = common_facts(seed=0)
    monkeypatch.setenv("XLA_FLAGS", "--xla_force_host_platform_device_count=2"
                       " --xla_backend_optimization_level=2")  # fmt: skip
    assert difference(ours, common_facts(seed=0)) == ""
    monkeypatch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=3")
    assert "XLA_FLAGS" in difference(ours, common_facts(seed=0))


def test_processes_of_other_counts_or_equal_indices_are_told():
    other = meeting([{}] * 2, counts=[2, 3])
    assert other == ["the processes disagree on --processes: 2 in 0, 3 in 1"] * 2
    first, *equal = meeting([{}] * 3, indices=[0, 1, 1])
    assert first == "two processes have --process-index 1"
    assert set(equal) <= {first, f"{equal[0]}"}


def test_a_missing_process_is_named():
    heard = meeting([{}] * 2, counts=[3, 3], seconds=1.0)
    assert heard == ["process 2 of 3 did not come in time"] * 2


def test_nobody_at_the_address_and_a_port_in_use_are_said():
    port = free_port()
    with pytest.raises(ValueError, match=f"nobody answers at --coordinator localhost:{port}"):
        meet(f"localhost:{port}", 2, 1, {}, seconds=0.5)
    in_use = pytest.raises(ValueError, match=r"cannot listen .*Address already in use")
    with socket.create_server(("", port)), in_use:
        meet(f"localhost:{port}", 2, 0, {}, seconds=0.5)
    with pytest.raises(ValueError, match=r"no\.such\.host\.invalid"):
        meet("no.such.host.invalid:9911", 2, 1, {}, seconds=0.5)


def test_somebody_else_at_the_address_is_said():
    port = free_port()

    def other(server):
        caller, _ = server.accept()
        with caller:
            caller.recv(10)
            caller.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("", port)) as server:
        threading.Thread(target=other, args=(server,), daemon=True).start()
        with pytest.raises(ValueError, match="is not process 0 of this run"):
            meet(f"localhost:{port}", 2, 1, {}, seconds=5.0)


def command(port: int, index: int, count: int, *extra: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "sims", "verify", "least_squares", "--settings", str(EXAMPLE),
         "--distributed", "--coordinator", f"localhost:{port}", "--processes", str(count),
         "--process-index", str(index), "--no-store", *extra],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.mark.deep
@pytest.mark.parametrize(
    ("others", "words"),
    [([(1, 2, "--claim", "training_error_mean")], "differ in claims"),
     ([(1, 2, "--seed", "1")], "differ in seed"),
     ([(1, 3)], "disagree on --processes"),
     ([(0, 2)], "did not come in time|cannot listen"),
     ([], "process 1 of 2 did not come in time")],
)  # fmt: skip
def test_what_is_wrong_at_the_start_is_one_line_within_a_minute(tmp_path, others, words):
    port, out = free_port(), ("--out", str(tmp_path))
    began = time.monotonic()
    processes = [command(port, 0, 2, *out)]
    processes += [command(port, index, count, *more, *out) for index, count, *more in others]
    for process in processes:
        status, _, err = finish(process, 90)
        assert status == 2, err
        (line,) = err.splitlines()
        assert re.search(words, line), line
    assert time.monotonic() - began < 60 + 20  # Python and JAX start on a machine with other work


OTHER_PROGRAM = """
    import sys, jax, jax.numpy as jnp
    sys.path.insert(0, {root!r})
    from sims import Run, Simulation
    from sims._group import join
    from tests.test_engine import Params
    index = int(sys.argv[2])
    group = join(sys.argv[1], 2, index, {{}})
    scale = 1.0 + {step} * index
    run = Run(Simulation(lambda k, p: {{"x": scale * jax.random.normal(k)}}), Params(), group=group)
    try:
        print(run.extend(64)["x"].sum(), flush=True)
    except ValueError as error:
        print("REFUSED", error, flush=True)
    sys.stdin.readline()  # whoever leaves first takes the coordinator from the other
    import os
    os._exit(0)
"""


@pytest.mark.parametrize("step", [0, 1])
def test_processes_that_run_other_programs_stop_before_the_first_trial(step):
    root = str(Path(__file__).parents[1])
    code = textwrap.dedent(OTHER_PROGRAM.format(root=root, step=step))
    address = f"127.0.0.1:{free_port()}"
    processes = [
        subprocess.Popen([sys.executable, "-c", code, address, str(i)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for i in range(2)
    ]  # fmt: skip
    said = [finish(p)[1] for p in reversed(processes)]  # the coordinator, the first, waits
    outs = [out.splitlines()[-1] for out in said]
    if step:
        for out in outs:
            assert out.startswith(
                "REFUSED engine_demo/default: processes 0 and 1 differ in program"
            )
    else:
        assert outs[0] == outs[1] != ""


def test_a_process_alone_gathers_itself():
    values = {"x": np.arange(3.0)}
    np.testing.assert_array_equal(ALONE.gather(values)["x"], values["x"][None])
    assert ALONE.agree(7) == 7
