"""The explorer of real settings' pages: its numbers are JAX's at random points of the domain."""

import contextlib
import json
import random

import numpy as np
import pytest

import paper_figures._explored as explored_claims
from paper_figures._evidence import StoredRows
from paper_figures._explored_grids import _Curve
from paper_figures._explored_points import value_of
from paper_figures._setting_evidence import gather
from paper_figures._setting_page import setting_page
from tests.report.browser import browse, needs_chromium
from tests.settings import SETTINGS
from theory._fields import ParameterError
from theory._params import fields_of
from theory._symbolic import NotSymbolic, traced
from theory._typeset import sides

NUMBERS = np.random.default_rng(0)
REAL = random.Random(1).sample(SETTINGS, min(3, len(SETTINGS)))
_SHOWN = 5  # formulas of a setting, spread over its page: each is a program for JAX


def real_points(claim, names, count):
    """Params of the claim's class, these numbers drawn from their ranges, or around the default."""
    base, found = claim.params, []
    fields = {n: f for n, f in fields_of(base).items() if n in names and not f.static}
    for i in range(20 * count):
        drawn = {n: f.at(NUMBERS.random()) for n, f in fields.items()}
        if i % 2:  # where fields that depend on each other are in order
            drawn = {n: getattr(base, n) * NUMBERS.uniform(0.8, 1.25) for n in fields}
            drawn = {n: round(x) if fields[n].kind == "int" else x for n, x in drawn.items()}
        with contextlib.suppress(ParameterError):
            found.append(base.but(**drawn))
        if len(found) == count:
            break
    return found


def symbolic_side(claim, params):
    """The side that the page draws as f: the first that is a formula, and its expression."""
    for side in filter(callable, sides(claim)):
        with contextlib.suppress(NotSymbolic):
            return side, traced(side, params)
    raise AssertionError(claim.name)


@needs_chromium
@pytest.mark.parametrize("setting", REAL)
def test_a_real_pages_numbers_are_jaxs_and_nothing_complains(setting, tmp_path, monkeypatch):
    monkeypatch.setattr(explored_claims, "_GRIDS", 0)
    shown = gather(setting, tmp_path, StoredRows((), ""), StoredRows((), ""), {})
    claims = [c for c in explored_claims.explored(shown) if "f" in c.functions]
    path = tmp_path / f"{setting}.html"
    path.write_text(setting_page(shown, "", ""), encoding="utf-8")
    assert path.stat().st_size < 3e6
    chosen = claims[:: -(-len(claims) // _SHOWN)]
    points = {c.name: real_points(c, c.uses, 200) for c in chosen}
    plain = {name: [{n: float(getattr(p, n)) for n in fields_of(p) if np.ndim(getattr(p, n)) == 0
                     and not isinstance(getattr(p, n), str)} for p in some]
             for name, some in points.items()}  # fmt: skip
    said, console = browse(path, REAL_ACT % json.dumps(plain), tmp_path)
    assert len(console) == 1, console
    declared = {c.name: c for c in shown.declared}
    for name, some in points.items():
        formula, expression = symbolic_side(declared[name], some[0])
        expected = _Curve(formula, some[0])(some)  # NaN where the formula refuses
        got = np.array([float(v.replace("Infinity", "inf")) for v in said["values"][name]])
        value = value_of(expression)
        exact = np.array([value({n: getattr(p, n) for n in fields_of(p)}) for p in some])
        stated = np.isfinite(expected) & np.isfinite(exact)
        assert stated.sum() > 20, name
        # where JAX itself loses digits ((1 - 1/M)^K at K = 1e11) the page loses as many, by luck
        # a hundred times more or fewer
        allowed = 1e-9 * abs(expected) + 100 * abs(expected - exact) + 1e-300
        near = (abs(got - expected) <= allowed) | ~stated
        assert near.all(), (name, got[~near][:3], expected[~near][:3], some[int(np.argmin(near))])
        digits = np.median(abs(got - exact)[stated] / (abs(exact)[stated] + 1e-300))
        assert digits < 1e-12, (name, digits)


REAL_ACT = """
const points = %s, {claims} = window.explorer;
said.values = Object.fromEntries(Object.entries(points).map(([name, some]) =>
  [name, some.map((p) => String(claims.find((c) => c.name === name).f(p)))]));
const select = document.querySelector('.explorer .claim');
for (const option of select.options) {
  select.value = option.value; select.dispatchEvent(new Event('change'));
}
"""
