"""A setting of coins with two figures, drawn once for the tests that read what it leaves."""

import csv
import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

THEORY = '''"""A bent coin: <b>one</b> & many throws.

Heads come with probability p, and the share of heads among n throws has

    E share = p,   Var share = p (1 - p)/n

Dropped: "Theorem 9" has no constants.
"""

from typing import Annotated

from theory import Equals, Ge, Le, Paper, Twin, Verdict, parameters

PAPER = Paper(title="Coins & <dice>", authors="A. Author", venue="Venue 2020", arxiv="2001.00001")


@parameters("{name}")
class Params:
    p: Annotated[float, Ge(0), Le(1)] = 0.5


def share(params):
    return params.p


CLAIMS = (
    Equals(
        name="share_is_p", source="Theorem 1", statement="E share = p", observable="share",
        cases=(Params(p=0.25), Params(p=0.5)), planned_trials=2000, prediction=share,
        tolerance=0.05, tolerance_reason="an example", support=(0, 1),
        twin=Twin("the other side", prediction=lambda params: 1 - params.p),
    ),
    Equals(
        name="share_is_half", source="Corollary 2", statement="E share = 1/2 <script>",
        observable="share", cases=(Params(p=0.25),), planned_trials=500, prediction=0.5,
        tolerance=0.05, tolerance_reason="an example", support=(0, 1), twin=None,
        expected=Verdict.REFUTED, repaired_by="share_is_p",
    ),
)
'''

SIMS = '''"""Throws the coin."""
import jax

from sims import Simulation


def trial(key, params):
    heads = (jax.random.uniform(key, (8,)) < params.p) * 1.0
    return {"first": heads[0], "share": heads.mean()}


SIMULATIONS = {"default": Simulation(trial, width=64, doc="eight throws")}
'''

FIGURES = '''"""Figures of the coin."""
import numpy as np

from paper_figures import figure
from theory.bent_coin import Params

SECONDS = {"quick": 1, "default": 2, "paper": 300}
P = np.array([0.25, 0.5, 0.75])


@figure(title="Figure 1", source="Figure 1 (left)", caption="Shares <agree>.", seconds=SECONDS)
def figure_1(ctx):
    fig, (left, right) = ctx.panels(1, 2)
    trials = ctx.pick(quick=64, default=128, paper=10**6)
    runs = [ctx.simulate("bent_coin", Params(p=p), trials=trials) for p in P]
    for ax, what in ((left, "share"), (right, "first")):
        ctx.theory(ax, P, P, label="coin")
        samples = np.stack([run[what] for run in runs], axis=1)
        ctx.points(ax, P, samples=samples, theory=lambda p: p, label="coin")
        ax.set(xlabel="p", ylabel=what)
    ctx.record("notes", word=["a", "b"], value=1.5)
    return fig


@figure(title="Figure 2", source="Figure 2", caption="Fails at one scale.", seconds=SECONDS)
def figure_2(ctx):
    fig, ax = ctx.panels()
    if ctx.scale == "default":
        raise RuntimeError("no <ink>")
    ctx.theory(ax, P, P)
    return fig
'''


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def page(out: Path, setting: str = "bent_coin") -> str:
    return (out / "report" / f"{setting}.html").read_text(encoding="utf-8")


def parsed(text: str) -> ET.Element:
    """The page as XML, its script apart (where < and & are not markup)."""
    return ET.fromstring(re.sub(r"<script>.*?</script>", "", text, flags=re.S))
