"""`python -m theory where` finds every name that a setting's modules make, in one of its files."""

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from paper_figures._figure import figures_in
from proofs_check import proofs_of
from sims import simulations_of
from tests.settings import SETTINGS
from theory import claims_of, load
from theory._where import places_of_settings


@pytest.mark.parametrize("setting", SETTINGS)
def test_every_name_of_a_setting_is_found_where_it_is_made(setting):
    found: dict[str, set[str]] = {}
    lines: dict[Path, list[str]] = {}
    for place in places_of_settings(setting):
        found.setdefault(place.what, set()).add(place.name)
        if place.file not in lines:
            lines[place.file] = place.file.read_text(encoding="utf-8").splitlines()
        start = place.name.partition("*")[0]
        line = lines[place.file][place.line - 1]
        assert start in line or place.what in ("setting", "mode"), place
    figures = {figure.name for figure in figures_in(load("paper_figures", setting))}
    for what, names in (
        ("claim", {claim.name for claim in claims_of(setting)}),
        ("proof", {proof.name for proof in proofs_of(setting)}),
        ("mode", set(simulations_of(setting)) - {"default"}),
        ("figure", figures),
    ):
        places = found.get(what, set()) | found.get("named", set())
        lost = {name for name in names if not any(fnmatchcase(name, place) for place in places)}
        assert not lost, f"{what}: {lost}"
