"""Several settings side by side: the ledger of one process, and no setting lost with another."""

import importlib
import json
import sys
from pathlib import Path

import pytest

from sims.__main__ import main
from theory import _discovery

EXAMPLE = Path(__file__).parent / "example"
DEADLY = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"


@pytest.fixture
def folder(tmp_path):
    """A folder with the example setting twice, and one that ends any process that simulates it."""
    for kind in ("theory", "sims"):
        (tmp_path / kind).mkdir()
        text = (EXAMPLE / kind / "least_squares.py").read_text(encoding="utf-8")
        for name in ("first", "second", "deadly"):
            own = text.replace("least_squares", name)
            if (kind, name) == ("sims", "deadly"):
                own = DEADLY
            (tmp_path / kind / f"{name}.py").write_text(own, encoding="utf-8")
    paths = {kind: list(importlib.import_module(kind).__path__) for kind in _discovery.KINDS}
    yield tmp_path
    for kind, path in paths.items():
        importlib.import_module(kind).__path__[:] = path
        for name in ("first", "second", "deadly"):
            sys.modules.pop(f"{kind}.{name}", None)
    _discovery._added.remove(tmp_path.resolve())


def ledger(out: Path) -> list[dict]:
    rows = json.loads((out / "ledger.json").read_text(encoding="utf-8"))
    return [{k: v for k, v in row.items() if k != "seconds"} for row in rows]


def test_processes_give_the_ledger_of_one_and_a_dying_one_is_named(folder, tmp_path, capsys):
    common = ("--settings", str(folder), "--no-store", "--claim", "training_error_mean")
    alone, many = tmp_path / "alone", tmp_path / "many"
    words = ["verify", "first", "second", *common]
    assert main([*words, "--jobs", "1", "--out", str(alone)]) == 0
    words[1:1] = ["deadly"]
    assert main([*words, "--jobs", "2", "--out", str(many)]) == 1
    said = capsys.readouterr()
    assert "deadly failed: its process was ended by SIGKILL" in said.err
    assert {row["setting"] for row in ledger(alone)} == {"first", "second"}
    assert ledger(many) == ledger(alone)


def test_an_unknown_claim_is_refused_before_anything_runs(folder, tmp_path, capsys):
    words = ("first", "second", "--claim", "nonsense", "--settings", str(folder))
    assert main(["verify", *words, "--out", str(tmp_path / "out")]) == 2
    assert "nonsense" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", ["0", "-1", "many", "1.5"])
def test_jobs_are_a_whole_number(number, capsys):
    assert main(["verify", "--jobs", number]) == 2
    assert "--jobs" in capsys.readouterr().err
