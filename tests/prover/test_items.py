"""Proof items and the command that runs them."""

import csv
import json
import math
import subprocess
import sys
from fractions import Fraction

import pytest

import theory
from proofs_check import Proof, Status, proofs_of, run_proofs
from proofs_check.__main__ import main
from tests.prover.symbols import PROVED

ITEMS = '''
"""Items of a small setting of its own."""

from proofs_check import Proof, Status, exact, inequality
from theory import sin

PROOFS = (
    Proof("true_thing", "P1", "1 + 1 = 2", lambda: exact(1 + 1 == 2, "sum"), supports=("sums",)),
    Proof("printed_wrongly", "Lemma [2]", "x <= sin x",
          lambda: inequality(lambda x: sin(x) - x, {"x": (0, 1)}), expected=Status.REFUTED),
    EXTRA
)
'''
EXTRA_ITEMS = {
    "proofs_fine": "",
    "proofs_wrong": 'Proof("oops", "P3", "1 = 2", lambda: exact(False, "sum")),',
    "proofs_open": 'Proof("open", "P3", "?", lambda: exact(1 / 0 == 1, "division")),',
    "proofs_leave": 'Proof("leave", "P3", "?", lambda: __import__("sys").exit(0)),',
}


@pytest.fixture(scope="module")
def settings_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for kind in ("theory", "proofs_check"):
        (folder / kind).mkdir()
    for name, extra in EXTRA_ITEMS.items():
        (folder / "theory" / f"{name}.py").write_text('"""A setting."""\n')
        (folder / "proofs_check" / f"{name}.py").write_text(ITEMS.replace("EXTRA", extra))
    (folder / "theory" / "proofs_none.py").write_text(
        '"""A setting without proof items."""\n\nCLAIMS = ()\n'
    )
    yield str(folder)
    for kind in ("theory", "proofs_check"):
        package = sys.modules[kind]
        package.__path__.remove(str(folder / kind))
        for name in EXTRA_ITEMS:
            sys.modules.pop(f"{kind}.{name}", None)


@pytest.mark.parametrize(
    ("setting", "status"),
    [
        ("proofs_fine", 0),
        ("proofs_wrong", 1),
        ("proofs_open", 3),
        ("proofs_leave", 3),
        ("proofs_none", 0),
    ],
)
def test_the_exit_status_says_whether_all_came_out_as_expected(
    settings_folder, setting, status, tmp_path, capsys
):
    assert main([setting, "--settings", settings_folder, "--out", str(tmp_path / "o")]) == status
    records = json.loads((tmp_path / "o" / "proofs.json").read_text())
    with (tmp_path / "o" / "proofs.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [r["name"] for r in records] == [r["name"] for r in table]
    assert len(records) == len(proofs_of(setting))
    assert not list((tmp_path / "o").glob(".*"))
    output = capsys.readouterr().out
    for record in records:
        assert record["status"] in output


def test_the_record_holds_what_a_reader_needs(settings_folder, tmp_path, capsys):
    arguments = ["proofs_fine", "proofs_wrong", "--settings", settings_folder]
    assert main([*arguments, "--out", str(tmp_path)]) == 1
    first, second, *_ = json.loads((tmp_path / "proofs.json").read_text())
    assert set(first) == {
        "setting", "name", "source", "statement", "status", "expected", "method",
        "counterexample", "unresolved", "detail", "supports", "repaired_by",
        "seconds",
    }  # fmt: skip
    assert (first["status"], first["supports"]) == ("PROVED", ["sums"])
    assert (second["status"], second["expected"]) == ("REFUTED", "REFUTED")
    number = float(Fraction(second["counterexample"]["x"]))
    assert 0 < number <= 1
    assert math.sin(number) < number
    output = capsys.readouterr().out
    assert "as expected" in output
    assert f"at x = {second['counterexample']['x']}" in output
    assert "Lemma [2]" in output  # no markup of a source is taken for a colour


def test_usage_errors_exit_2_and_name_the_known_settings(settings_folder, tmp_path, capsys):
    assert main(["proofs_fine", "--settings", settings_folder, "--list"]) == 0
    assert "true_thing" in capsys.readouterr().out
    assert main(["proofs_fin", "--out", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "did you mean proofs_fine" in message
    assert "proofs_wrong" in message
    assert main(["--no-such-flag"]) == 2
    assert main(["--settings", str(tmp_path / "nowhere")]) == 2
    assert not (tmp_path / "proofs.json").exists()


BROKEN = {
    "none": ("PROOFS = None", "PROOFS is None, not a tuple of Proof items"),
    "odd": ("PROOFS = (1,)", "PROOFS holds 1, which is no Proof"),
    "other_name": ("ITEMS = PROOFS\ndel PROOFS", "defines no PROOFS (is it ITEMS?)"),
    "missing": ("del PROOFS", "its proofs_check module defines no PROOFS"),
    "twice": ("PROOFS *= 2", "two proof items are named printed_wrongly, true_thing"),
    "leaves": ("import sys\nsys.exit(0)", "calls sys.exit(0) on import"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_module_that_is_no_list_of_items_ends_in_one_line(kind, tmp_path, capsys):
    name, (text, message) = f"proofs_broken_{kind}", BROKEN[kind]
    for folder in ("theory", "proofs_check"):
        (tmp_path / folder).mkdir()
    (tmp_path / "theory" / f"{name}.py").write_text('"""A setting."""\n')
    (tmp_path / "proofs_check" / f"{name}.py").write_text(ITEMS.replace("EXTRA", "") + text)
    try:
        for arguments in ([name], [name, "--list"]):
            status = main([*arguments, "--settings", str(tmp_path), "--out", str(tmp_path / "o")])
            (line,) = capsys.readouterr().err.splitlines()
            assert (status, message in line, name in line) == (2, True, True), line
    finally:
        for folder in ("theory", "proofs_check"):
            sys.modules[folder].__path__.remove(str(tmp_path / folder))
            sys.modules.pop(f"{folder}.{name}", None)
        theory._discovery._added.remove(tmp_path.resolve())


def test_items_run_by_name_in_the_papers_order(settings_folder):
    theory.add_settings_folder(settings_folder)
    seen = []
    rows = run_proofs("proofs_fine", progress=lambda proof, result: seen.append(result is None))
    assert [proof.name for proof, _ in rows] == ["true_thing", "printed_wrongly"]
    assert all(result.seconds > 0 for _, result in rows)
    assert seen == [True, False, True, False]
    ((only, _),) = run_proofs("proofs_fine", names=["printed_wrongly"])
    assert only.name == "printed_wrongly"
    with pytest.raises(ValueError, match="true_thing"):
        run_proofs("proofs_fine", names=["nothing_such"])
    assert proofs_of("proofs_none") == ()
    with pytest.raises(theory.UnknownSettingError):
        proofs_of("nothing_such")


def test_an_error_inside_a_check_is_undecided_and_says_where():
    result = Proof("broken", "P1", "0 = 1", lambda: 1 / 0).run()
    assert result.status is Status.UNDECIDED
    assert "ZeroDivisionError at test_items.py" in result.detail
    for status in (0, 1, None):
        result = Proof("leaves", "P1", "0 = 1", lambda status=status: sys.exit(status)).run()
        assert result.status is Status.UNDECIDED
        assert "SystemExit at test_items.py" in result.detail
    assert Proof("silent", "P1", "0 = 1", lambda: None).run().status is Status.UNDECIDED


def test_an_items_fields_are_checked():
    with pytest.raises(ValueError, match="snake_case"):
        Proof("Not Snake", "P1", "0 = 0", lambda: PROVED)
    with pytest.raises(ValueError, match="repaired_by"):
        Proof("fine", "P1", "0 = 0", lambda: PROVED, repaired_by="better")
    with pytest.raises(TypeError, match="supports"):
        Proof("fine", "P1", "0 = 0", lambda: PROVED, supports="claim")
    with pytest.raises(ValueError, match="repaired_by is for items that are REFUTED"):
        Proof("fine", "P1", "0 = 0", lambda: PROVED, repaired_by="claim")


def test_processes_find_the_work_when_the_command_is_run_as_a_module(settings_folder, tmp_path):
    """As ``__main__`` it has no functions that another process could look up."""
    settings = ["proofs_fine", "proofs_wrong"]
    command = [sys.executable, "-m", "proofs_check", "--settings", settings_folder, *settings,
               "--jobs", "2", "--out", str(tmp_path)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert "Traceback" not in done.stderr, done.stderr
    records = json.loads((tmp_path / "proofs.json").read_text())
    assert {r["setting"] for r in records} == set(settings)
    assert all(r["method"] != "error" for r in records)
    asked = r"\sin{\left(x \right)} - x"
    wrong = [r for r in records if r["name"] == "printed_wrongly"]
    assert all(
        asked[:10] in r["formulas"][0] and r"x \in [0, 1]" in r["formulas"][0] for r in wrong
    )
