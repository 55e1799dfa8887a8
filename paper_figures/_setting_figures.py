"""Which figures a setting has: those it declares, and its ledger."""

import dataclasses
from pathlib import Path

from paper_figures._evidence import read_ledger
from paper_figures._figure import FigureSpec, figures_in
from paper_figures._ledger_figure import stored_ledger, verified_ledger
from theory import claims_of
from theory._discovery import load
from theory._ladders import Ladder
from theory._simulated import Simulated


@dataclasses.dataclass(frozen=True)
class SettingFigure:
    """One figure of one setting."""

    setting: str
    spec: FigureSpec

    def __str__(self) -> str:
        return f"{self.setting}/{self.spec.name}"


def figures_of(setting: str, out: Path) -> list[SettingFigure]:
    """The setting's own figures in the order of its module, then its ledger figure.

    The ledger is the one stored in ``out``. A setting made of theory and sims alone, of which
    ``out`` has no ledger yet, is verified when its figure is drawn. Raises ValueError if a
    setting repeats a figure's name.
    """
    specs = figures_in(load("paper_figures", setting))
    names = [spec.name for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{setting}: two figures are named {', '.join(twice)}")
    stored = stored_ledger(read_ledger(out).of(setting))
    if stored is not None:
        specs.append(stored)
    elif not specs and _simulates(setting):
        specs.append(verified_ledger(setting))
    return [SettingFigure(setting, spec) for spec in specs]


def _simulates(setting: str) -> bool:
    return any(
        isinstance(claim, (Simulated, Ladder)) and not claim.deep for claim in claims_of(setting)
    )
