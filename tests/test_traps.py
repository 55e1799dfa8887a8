"""No false or nonsensical setting comes out ok: see ``tests/traps``."""

import json
import sys

import pytest

import theory
from sims.__main__ import main
from tests.traps import honest, numbers, settings, statements

OK = 0
TRAPS = {
    f"{title}: {name}": make
    for title, table in (
        ("constant", numbers.CONSTANTS),
        ("function", numbers.FUNCTIONS_OF_PARAMS),
        ("entry", numbers.ENTRIES),
        ("real", numbers.REALS),
        ("false", statements.FALSE),
        ("wrong entry", statements.WRONG_ENTRIES),
        ("case", settings.CASES),
        ("trial", settings.TRIALS),
        ("exit", settings.EXITS),
    )
    for name, make in table.items()
}


FILES = {
    "theory": "from tests.traps import made\nfrom tests.traps.world import Params\n\n"
    "CLAIMS = made.claims()\n",
    "sims": "from tests.traps.world import SIMULATIONS\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one setting whose theory file asks the test for its claims."""
    folder = tmp_path_factory.mktemp("traps")
    for kind, text in FILES.items():
        (folder / kind).mkdir()
        (folder / kind / "trap.py").write_text(f'"""A trap."""\n\n{text}')
    yield folder
    for kind in FILES:
        sys.modules[kind].__path__.remove(str(folder / kind))
        sys.modules.pop(f"{kind}.trap", None)
    theory._discovery._added.remove(folder.resolve())


@pytest.fixture
def verify(folder, tmp_path, monkeypatch, capsys):
    """``python -m sims verify`` on a setting with these claims: its status, its ledger."""

    def made(make):
        monkeypatch.setattr("tests.traps.made.claims", make)
        sys.modules.pop("theory.trap", None)  # what the claims refuse, they refuse on import
        status = main(["verify", "trap", "--settings", str(folder), "--out", str(tmp_path)])
        path = tmp_path / "ledger.json"
        return status, json.loads(path.read_text()) if path.exists() else [], capsys.readouterr()

    return made


def alone(make):
    """The claims of a setting with this one claim."""
    return lambda: (make(),)


@pytest.mark.parametrize("kind", honest.KINDS)
def test_the_claims_that_the_traps_change_are_true(verify, kind):
    status, rows, said = verify(alone(honest.KINDS[kind]))
    assert [(r["verdict"], r["twin_verdict"]) for r in rows] == [("HOLDS", "REFUTED")], said
    assert status == OK


def _weighed(name):
    """Infinity in formulas, where NaN is tried too, is left to the deep tests."""
    heavy = name.startswith(("function", "entry")) and "inf" in name
    return pytest.param(name, marks=pytest.mark.deep) if heavy else name


@pytest.mark.parametrize("name", [_weighed(name) for name in TRAPS])
def test_no_false_claim_holds(verify, name):
    status, rows, said = verify(alone(TRAPS[name]))
    assert status in (1, 2, 3), said.out
    assert "its twin says the same" not in said.err, "caught for another reason"
    assert not [r for r in rows if r["verdict"] == "HOLDS" == r["expected"]], said.out
    if status == 2:
        assert len(said.err.strip().splitlines()) == 1, said.err


@pytest.mark.parametrize("name", settings.TWINS)
def test_no_claim_passes_whose_twin_stands(verify, name):
    status, rows, said = verify(alone(settings.TWINS[name]))
    assert status in (1, 2, 3), said.out
    assert all(r["twin_verdict"] in ("HOLDS", "UNDECIDED") for r in rows), said.out
    if status == 2:
        assert len(said.err.strip().splitlines()) == 1, said.err


@pytest.mark.parametrize("name", settings.LISTS)
def test_no_setting_passes_without_claims_of_its_own(verify, name):
    status, _, said = verify(settings.LISTS[name])
    assert status in (1, 2, 3), said.out
    if status == 2:
        assert len(said.err.strip().splitlines()) == 1, said.err
