"""Curves that the explorer computes beforehand: laws, where they rise."""

from typing import Annotated

import jax.numpy as jnp
import numpy as np
import pytest

from paper_figures._explored_grids import grid_of
from paper_figures._explorer import explorer_parts
from paper_figures._setting_evidence import SettingEvidence
from theory import Claims, Gt, Le, Twin, normal_cdf, parameters


@parameters("laws")
class Params:
    """A scale."""

    scale: Annotated[float, Gt(0), Le(1e4)] = 2.0


@pytest.mark.parametrize(
    ("cdf", "at", "logarithmic"),
    [
        (lambda p, x: jnp.clip(x / p.scale, 0, 1), Params(), False),
        (lambda p, x: normal_cdf(x / p.scale), Params(scale=1e3), False),
        (lambda p, x: jnp.where(x > 1, 1 - jnp.maximum(x, 1) ** -0.5, 0), Params(), True),
    ],
)
def test_a_law_is_drawn_where_it_rises(cdf, at, logarithmic):
    claim = Claims().law(
        "x", name="law", says="a law", formula=cdf, at=at, width=0.05,
        twin=Twin("another", cdf=lambda p, x: 0 * x),
    )  # fmt: skip
    grid = grid_of(claim, [])
    assert grid is not None
    assert (grid.field.name, grid.logarithmic) == ("x", logarithmic)
    assert grid.at == {"scale": at.scale}
    assert grid.y == pytest.approx(np.asarray(cdf(at, np.asarray(grid.x))), abs=1e-15)
    assert grid.y[0] < 0.05
    assert grid.y[-1] > 0.95
    assert grid.band == [0.05] * len(grid.x)
    assert len(grid.x) > 50
    assert (grid.field.low, grid.field.high) == pytest.approx((grid.x[0], grid.x[-1]))
    shown = SettingEvidence(
        setting="laws", title="", body="", model="", paper=None, claims=(), claims_to_run=(),
        proofs=(), proofs_to_run=(), figures=(), missing=(), trouble=(), declared=(claim,),
    )  # fmt: skip
    section, script = explorer_parts(shown)  # its script has no infinite number, which JSON lacks
    assert "law (on a grid)" in section
    assert '"x": {"low": ' in script


def test_a_law_of_one_atom_has_no_curve():
    claim = Claims().law(
        "x", name="atom", says="an atom", formula=lambda p, x: 1.0 * (x >= p.scale), at=Params(),
        width=0.05, twin=Twin("another", cdf=lambda p, x: 0 * x),
    )  # fmt: skip
    assert grid_of(claim, []) is None
