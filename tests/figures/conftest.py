"""The setting of coins, known and drawn once for all tests here."""

import importlib
import sys

import pytest

from tests.figures.coins import FIGURES, SIMS, THEORY
from theory import _discovery


@pytest.fixture(scope="package")
def folder(tmp_path_factory):
    """A folder with two settings, one of them without figures; forgotten at the end."""
    root = tmp_path_factory.mktemp("settings")
    for kind in ("theory", "sims", "paper_figures"):
        (root / kind).mkdir()
    for name in ("bent_coin", "plain_coin"):
        (root / "theory" / f"{name}.py").write_text(THEORY.replace("{name}", name))
        (root / "sims" / f"{name}.py").write_text(SIMS)
    (root / "paper_figures" / "bent_coin.py").write_text(FIGURES)
    paths = {kind: list(importlib.import_module(kind).__path__) for kind in _discovery.KINDS}
    yield root
    for kind, path in paths.items():
        importlib.import_module(kind).__path__[:] = path
        for name in ("bent_coin", "plain_coin"):
            sys.modules.pop(f"{kind}.{name}", None)
    if root.resolve() in _discovery._added:
        _discovery._added.remove(root.resolve())


@pytest.fixture(scope="package")
def command(folder):
    """The command line, with the folder given."""
    main = importlib.import_module("paper_figures.__main__").main
    return lambda *words: main([*map(str, words), "--jobs", "1", "--settings", str(folder)])


@pytest.fixture(scope="package")
def out(command, tmp_path_factory):
    """A folder in which both settings have been drawn at the quick scale."""
    place = tmp_path_factory.mktemp("out")
    assert command("bent_coin", "plain_coin", "--scale", "quick", "--pdf", "--out", place) == 0
    return place
