"""Which figures a setting has: those it declares, and its ledger."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from paper_figures._context import Context
from paper_figures._evidence import read_ledger
from paper_figures._figure import FigureSpec, figures_in
from paper_figures._ledger_figure import ledger_spec, simulated
from sims import verify
from sims._ledger import to_json_object, write_ledger
from theory._discovery import load
from theory._ladders import Ladder
from theory._simulated import Simulated

_STORED = {"quick": 2, "default": 2, "paper": 2}  # seconds to draw a ledger that is there
_VERIFIED = {"quick": 60, "default": 60, "paper": 60}  # seconds to verify a small setting


@dataclasses.dataclass(frozen=True)
class Job:
    """One figure of one setting, to be drawn."""

    setting: str
    spec: FigureSpec


def jobs_of(setting: str, out: Path) -> list[Job]:
    """The setting's own figures in the order of its module, then its ledger figure.

    The ledger is the one stored in ``out``. Where there is none and the setting declares no
    figure of its own, drawing it verifies the setting and stores the rows: so a setting made of
    theory and sims alone is drawn too. Raises ValueError if a setting repeats a figure's name.
    """
    specs = figures_in(load("paper_figures", setting))
    names = [spec.name for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{setting}: two figures are named {', '.join(twice)}")
    stored = read_ledger(out).of(setting)
    if stored:
        if simulated(stored):
            specs.append(ledger_spec(lambda ctx: stored, _STORED, "as last verified"))
    elif not specs and _simulates(setting):

        def fresh(ctx: Context) -> Sequence[Mapping[str, Any]]:
            rows = verify(setting, seed=ctx.rng_seed, progress=ctx.progress)
            write_ledger(rows, out)
            return [to_json_object(row) for row in rows]

        specs.append(ledger_spec(fresh, _VERIFIED, "verified for this figure"))
    return [Job(setting, spec) for spec in specs]


def _simulates(setting: str) -> bool:
    claims = getattr(load("theory", setting), "CLAIMS", ())
    return any(isinstance(claim, (Simulated, Ladder)) and not claim.deep for claim in claims)
