"""``python -m proofs_check --rocq DIR``: files, summary, column, and refusals in one line."""

import csv
import json

import pytest

from proofs_check.__main__ import main
from proofs_check._rocq import find_coqc

SETTING = ["least_squares", "--settings", "tests/example"]


def test_certificates_are_written_without_rocq(tmp_path, capsys):
    folder, out = tmp_path / "rocq", tmp_path / "out"
    assert main([*SETTING, "--rocq", str(folder), "--out", str(out)]) == 0
    records = json.loads((out / "proofs.json").read_text())
    files = {path.stem: path.read_text() for path in (folder / "least_squares").glob("*.v")}
    with (folder / "summary.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert files.keys() <= {r["name"] for r in records if r["status"] == "PROVED"}
    assert {r["name"]: r["kernel"] for r in records if r["name"] in files} == dict.fromkeys(
        files, "written"
    )
    for name, text in files.items():
        written = [row for row in rows if (row["item"], row["outcome"]) == (name, "written")]
        assert text.count("\nLemma ") == text.count("\nQed.") == len(written) > 0
        assert "Admitted" not in text
        assert "Axiom" not in text
    assert "written" in capsys.readouterr().out


def test_check_without_a_folder_is_refused(tmp_path, capsys):
    assert main([*SETTING, "--check", "--out", str(tmp_path)]) == 2
    assert "--check needs --rocq DIR" in capsys.readouterr().err


def test_check_without_rocq_names_the_packages(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("proofs_check._rocq._coqc.find_coqc", lambda: None)
    arguments = [*SETTING, "--check", "--rocq", str(tmp_path), "--out", str(tmp_path / "o")]
    assert main(arguments) == 2
    assert "apt-get install --no-install-recommends coq libcoq-interval" in capsys.readouterr().err


@pytest.mark.skipif(find_coqc() is None, reason="Rocq is not installed")
def test_check_puts_the_kernels_word_in_the_record(tmp_path):
    folder, out = tmp_path / "rocq", tmp_path / "out"
    assert main([*SETTING, "--rocq", str(folder), "--check", "--out", str(out)]) == 0
    records = json.loads((out / "proofs.json").read_text())
    assert any(r.get("kernel") == "kernel-checked" for r in records)
    assert not [p for p in (folder / "least_squares").iterdir() if p.suffix != ".v"]
