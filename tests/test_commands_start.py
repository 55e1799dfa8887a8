"""Where and how commands start: help, homes, caches, terminals, Ctrl-C, readers who leave."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.test_command_lines import QUICK, RUN, answer, folder  # noqa: F401  (a fixture)


def test_what_is_named_twice_is_verified_once(folder):  # noqa: F811
    words = f"sims verify least_squares least_squares --claim {QUICK} --claim {QUICK} --jobs 1"
    status, out, err = answer(words.split())
    assert status == 0, err
    assert "1 of 1 rows as expected" in out


@pytest.mark.parametrize("command", ["run", "sweep"])
def test_help_lists_every_flag(folder, command):  # noqa: F811
    status, out, _ = answer(["sims", command, "least_squares", "--help"])
    assert status == 0
    common = ["--mode", "--trials", "--seed", "--memory", "--store", "--settings"]
    own = {"run": ["--block", "--save", "--no-store"],
           "sweep": ["--grid", "--shard", "--collect", "--out"]}[command]  # fmt: skip
    for flag in [*common, *own, "--n", "--d", "--noise"]:
        assert f"  {flag} " in out, flag
    assert "training points, in [2, 10000]" in " ".join(out.split())
    assert answer(["sims", command, "--help"])[0] == 0


def test_without_a_home_commands_work_or_say_what_to_give(folder, monkeypatch):  # noqa: F811
    def no_home(*_):
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CACHE_HOME", "OVERFIT_THEORY_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert answer(["sims", "list"])[0] == 0
    run = [*RUN.split(), "--n", "20", "--d", "5", "--trials", "8"]
    assert answer([*run, "--no-store"])[0] == 0
    status, _, err = answer(run)
    assert (status, err.count("\n")) == (2, 1)
    assert "there is no home folder" in err
    assert "--no-store" in err
    assert answer([*run, "--store", "directory"])[0] == 0


def test_a_cache_that_cannot_be_written_is_said_before_the_work(folder, monkeypatch):  # noqa: F811
    monkeypatch.delenv("OVERFIT_THEORY_STORE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "file"))
    run = [*RUN.split(), "--n", "20", "--d", "5", "--trials", "8"]
    status, out, err = answer(run)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "the store" in err
    assert answer([*run, "--no-store"])[0] == 0


def started(*words: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | environment,
    )  # fmt: skip


def test_a_terminal_of_ascii_shows_everything_else(folder, tmp_path):  # noqa: F811
    example = str(Path(__file__).parent / "example")
    words = f"sims verify least_squares --claim {QUICK} --jobs 1 --settings {example}".split()
    process = started(*words, PYTHONIOENCODING="ascii")
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    assert b"1 of 1 rows as expected" in out


@pytest.mark.parametrize("wait", [1.0, pytest.param(2.0, marks=pytest.mark.deep)])
def test_ctrl_c_during_the_start_is_quiet(wait):
    for words in (("theory", "xor_cluster"), ("sims", "list"), ("proofs_check", "--list"),
                  ("paper_figures", "--list")):  # fmt: skip
        process = started(*words)
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert b"Traceback" not in err, (words, err)
        assert process.returncode in (0, 2, 130, -signal.SIGINT), (words, process.returncode)


def test_a_reader_who_has_seen_enough_ends_the_command_quietly():
    process = started("sims", "list")
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.wait(60)
