"""Processes keep within the machine, forget what they no longer need, and run what was asked."""

import functools
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import jax
import pytest

from sims._arguments import _parser
from sims._run import DEFAULT_MEMORY
from tests import conftest
from theory import _machine
from theory._caches import drop_caches


@pytest.mark.parametrize(
    ("cores", "gigabytes", "most", "expected"),
    [
        (2, 23, 55, 2),
        (64, 23, 55, 7),
        (64, 500, 55, 55),
        (8, 2, 55, 1),
        (8, 64, 1, 1),
        (8, 64, 0, 1),
    ],
)
def test_processes_are_as_many_as_cores_memory_and_settings_allow(
    cores, gigabytes, most, expected, monkeypatch
):
    monkeypatch.setattr(_machine, "cores", lambda: cores)
    monkeypatch.setattr(_machine, "memory", lambda: gigabytes * 2**30)
    assert _machine.processes(most) == expected


def test_processes_leave_room_for_the_trials_that_each_may_hold(monkeypatch):
    monkeypatch.setattr(_machine, "cores", lambda: 64)
    monkeypatch.setattr(_machine, "memory", lambda: 36 * 2**30)
    assert DEFAULT_MEMORY == _machine.RUN_MEMORY
    assert _machine.processes(55, DEFAULT_MEMORY) == _machine.processes(55) == 12
    assert _machine.processes(55, 8 * 2**30) == 4
    said = next(a for a in _parser()[1]["run"]._actions if a.dest == "memory").help
    assert f"default: {DEFAULT_MEMORY // 2**30}GiB" in said


def test_dropped_caches_are_empty_and_results_stay(monkeypatch):
    calls = []

    @functools.cache
    def table(n):
        calls.append(n)
        return n * n

    @jax.jit
    def double(x):
        calls.append("traced")
        return 2 * x

    module = ModuleType("sims.a_setting")
    module.table = table
    module.forget_programs = functools.partial(calls.append, "forgotten")
    monkeypatch.setitem(sys.modules, "sims.a_setting", module)
    assert (table(3), float(double(1.5)), table(3), float(double(1.5))) == (9, 3.0, 9, 3.0)
    assert calls == [3, "traced"]
    drop_caches()
    assert table.cache_info().currsize == 0
    assert (table(3), float(double(1.5))) == (9, 3.0)
    assert calls == [3, "traced", "forgotten", 3, "traced"]


@pytest.mark.parametrize(
    ("file", "runs"),
    [
        ("test_sign_rip.py", True), ("test_sign_rip_sims.py", True), ("test_params.py", False),
        ("test_xor_cluster.py", False), ("settings/test_sign_rip.py", True),
        ("settings/test_xor_cluster.py", False), ("settings/test_every_claim.py", True),
    ],
)  # fmt: skip
def test_tests_of_one_setting_are_its_files_and_the_suite_over_settings(file, runs, monkeypatch):
    monkeypatch.setattr(conftest, "CHOSEN", ["sign_rip"])
    ignored = conftest.pytest_ignore_collect(Path("tests") / file)
    assert ignored is (None if runs else True)


def test_an_unknown_setting_is_refused_by_name(monkeypatch):
    monkeypatch.setattr(conftest, "CHOSEN", ["sign_rap"])
    with pytest.raises(pytest.UsageError, match="did you mean sign_rip"):
        conftest.pytest_configure()


def test_a_process_takes_a_file_or_all_of_the_suites_tests_of_a_setting(monkeypatch):
    monkeypatch.setattr(conftest, "CHOSEN", [])

    group = conftest.group_of
    assert group("tests/test_params.py::test_a[sign_rip]") == "tests/test_params.py"
    for file, name in (
        ("test_simulations.py", "test_programs[sign_rip]"),
        ("test_formulas.py", "test_known_values[sign_rip-some_claim]"),
        ("test_sign_rip.py", "test_own"),
    ):
        assert group(f"tests/settings/{file}::{name}") == "sign_rip"
    suite = "tests/settings/test_simulations.py"
    assert group(f"{suite}::test_of_none") == suite
    monkeypatch.setattr(conftest, "CHOSEN", ["sign_rip"])
    assert group(f"{suite}::test_a[sign_rip-b]") == suite


def test_each_group_runs_in_one_process(tmp_path):
    """Not so with pytest 9.2 where xdist 3.8 was to group by marks: all was compiled twice."""
    hook = "from tests.conftest import pytest_xdist_make_scheduler\n"
    (tmp_path / "conftest.py").write_text(hook)
    test = "import os, pathlib, pytest\n\n@pytest.mark.parametrize('i', range(6))\ndef test(i):\n"
    test += "    name = f'{pathlib.Path(__file__).stem}-' + os.environ['PYTEST_XDIST_WORKER']\n"
    for name in ("a", "b", "c"):
        (tmp_path / f"test_{name}.py").write_text(f"{test}    pathlib.Path(name).touch()\n")
    command = [sys.executable, "-m", "pytest", "-q", "--numprocesses", "2", "--rootdir", "."]
    env = os.environ | {"PYTHONPATH": str(Path(conftest.__file__).parents[1]), "SETTINGS": ""}
    subprocess.run(command, cwd=tmp_path, env=env, check=True, capture_output=True)
    assert sorted(p.name[:6] for p in tmp_path.glob("test_*-gw*")) == ["test_a", "test_b", "test_c"]
