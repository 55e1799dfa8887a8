"""The made-up setting and its out folder."""

import io
import json
from types import SimpleNamespace

import pytest
from PIL import Image

from paper_figures import _report, _setting_evidence
from tests.report.coins import DOC, LEDGER, MODEL, PAPER, PROOFS, Params


@pytest.fixture
def coins(monkeypatch):
    """A setting that only this test knows; its module, claims and items may be changed."""
    module = SimpleNamespace(__doc__=DOC, MODEL=MODEL, PAPER=PAPER, Params=Params,
                             claims=[], items=[])  # fmt: skip
    for module_ in (_report, _setting_evidence):
        monkeypatch.setattr(module_, "settings", lambda: ["coins"])
    known = {"theory": module}
    monkeypatch.setattr(_setting_evidence, "load", lambda kind, name: known.get(kind))
    monkeypatch.setattr(_setting_evidence, "claims_of", lambda name: module.claims)
    monkeypatch.setattr(_setting_evidence, "proofs_of", lambda name: module.items)
    monkeypatch.setattr(_setting_evidence, "describe", lambda params: "p=0.5, n=100")
    return module


@pytest.fixture
def out(tmp_path):
    """An out folder with a ledger, proof items and two figures."""
    (tmp_path / "ledger.json").write_text(json.dumps(LEDGER))
    (tmp_path / "proofs.json").write_text(json.dumps(PROOFS))
    folder = tmp_path / "figures" / "coins"
    folder.mkdir(parents=True)
    for name, size in (("figure_1", (720, 400)), ("figure_2", (1500, 500))):
        picture = io.BytesIO()
        Image.new("RGB", size, "navy").save(picture, "png")
        (folder / f"{name}.png").write_bytes(picture.getvalue())
        (folder / f"{name}.csv").write_text("x,y\n1,2\n")
        told = {"title": name, "caption": "Heads agree with theory.", "source": "Figure 1",
                "description": "Panel a: the share of heads against p."}  # fmt: skip
        (folder / f"{name}.json").write_text(json.dumps(told))
    return tmp_path
