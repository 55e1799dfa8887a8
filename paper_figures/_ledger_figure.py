"""The figure that every setting with simulated claims has: its ledger at a glance."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paper_figures._context import Context
from paper_figures._evidence import DETERMINISTIC, as_expected, in_tolerances, undecided
from paper_figures._figure import FigureSpec
from paper_figures._scales import SCALES
from paper_figures._style import BAND, FAINT, INK, PALETTE
from sims import verify
from sims._ledger import to_json_object

_LIMIT = 3.0  # tolerances to either side; what lies outside is an arrow at the edge
_ROW = 0.17  # inches
_LONGEST_LABEL = 58

Rows = Sequence[Mapping[str, Any]]

_LOOKS = {  # what a marker says: (colour, marker, filled)
    "holds, as expected": (PALETTE[0], "o", True),
    "refuted, as expected": (PALETTE[5], "s", False),
    "not as expected": (PALETTE[1], "X", True),
    "undecided": (PALETTE[6], "D", False),
}


def stored_ledger(rows: Rows) -> FigureSpec | None:
    """The figure of a setting's stored ledger rows; None where none speaks of a simulation."""
    shown = [row for row in rows if row.get("kind") not in DETERMINISTIC]
    if not shown:
        return None
    return _spec(lambda ctx: _draw(ctx, shown), 2, "as last verified")


def verified_ledger(setting: str) -> FigureSpec:
    """The figure of a setting that has no ledger yet: drawing it verifies the setting, and leaves
    the rows in ``ctx.verified``."""

    def draw(ctx: Context) -> Figure:
        ctx.verified = verify(setting, seed=ctx.rng_seed, progress=ctx.progress, store=ctx.store)
        rows = [to_json_object(row) for row in ctx.verified]
        return _draw(ctx, [row for row in rows if row["kind"] not in DETERMINISTIC])

    return _spec(draw, 60, "verified for this figure")  # a small setting takes a minute


def _spec(draw: Callable[[Context], Figure], seconds: float, origin: str) -> FigureSpec:
    caption = (
        f"Every simulated claim, {origin}: how far the estimate lies from the prediction, in"
        " units of the claim's tolerance. A claim holds when its interval (level 1 - 1e-6) lies"
        " in the shaded band; rates of violation and distances between laws count from 0 up."
    )
    costs: dict[str, float] = {scale: seconds for scale in SCALES}
    return FigureSpec("ledger", "The claims against their tolerances", "the ledger", caption,
                      costs, draw)  # fmt: skip


def _labels(rows: Rows) -> list[str]:
    """Claim names; where a claim has several cases, with the params that tell them apart."""
    labels = []
    for row in rows:
        cases = [str(r.get("at", "")).split(", ") for r in rows if r["claim"] == row["claim"]]
        common = set.intersection(*(set(case) for case in cases))
        own = [part for part in str(row.get("at", "")).split(", ") if part not in common]
        text = f"{row['claim']}  {', '.join(own)}" if own else str(row["claim"])
        labels.append(text if len(text) <= _LONGEST_LABEL else text[: _LONGEST_LABEL - 1] + "…")
    return labels


def _meaning(row: Mapping[str, Any]) -> str:
    if undecided(row):
        return "undecided"
    if not as_expected(row):
        return "not as expected"
    return f"{'refuted' if row['verdict'] == 'REFUTED' else 'holds'}, as expected"


def _draw(ctx: Context, rows: Rows) -> Figure:
    fig, ax = ctx.panels(residuals=False, width=7.2, height=0.9 + _ROW * len(rows))
    ax.axvspan(-1, 1, color=BAND, linewidth=0, zorder=0)
    ax.axvline(0, color=FAINT, linewidth=0.7, zorder=1)
    met: dict[str, Line2D] = {}
    for place, row in enumerate(rows):
        meaning = _meaning(row)
        scaled = in_tolerances(row)
        if scaled is None:
            ax.text(0, place, "no tolerance band", ha="center", va="center", color=FAINT,
                    fontsize=6, backgroundcolor=BAND)  # fmt: skip
        else:
            met[meaning] = _mark(ax, place, *scaled, *_LOOKS[meaning])
        ax.text(1.01, place, row["verdict"], transform=ax.get_yaxis_transform(), va="center",
                fontsize=6.5, color=INK)  # fmt: skip
        low_high = (np.nan, np.nan) if scaled is None else scaled[1:]
        ctx.record(
            "claims", x=place, y=np.nan if scaled is None else scaled[0], low=low_high[0],
            high=low_high[1], claim=row["claim"], at=str(row.get("at", "")),
            verdict=row["verdict"], expected=row.get("expected", "HOLDS"),
            estimate=_float(row, "estimate"), prediction=_float(row, "prediction"),
            tolerance=_float(row, "tolerance"), trials=row.get("trials", 0),
        )  # fmt: skip
    ax.set_yticks(range(len(rows)), _labels(rows), fontsize=6.5)
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.set_xlim(-_LIMIT, _LIMIT)
    ax.set_xlabel("(estimate − prediction) / tolerance")
    ax.tick_params(axis="y", length=0)
    ax.grid(False)
    if len(met) > 1:
        ordered = {name: met[name] for name in _LOOKS if name in met}
        fig.legend(ordered.values(), ordered.keys(), loc="outside upper center",
                   ncols=len(ordered), frameon=False)  # fmt: skip
    return fig


def _float(row: Mapping[str, Any], key: str) -> float:
    value = row.get(key)
    return float(value) if isinstance(value, (int, float)) else np.nan


def _mark(
    ax: Axes, place: int, at: float, low: float, high: float, colour: str, marker: str, filled: bool
) -> Line2D:
    """Draws one claim's interval and estimate; returns its marker for the legend."""
    ax.plot(np.clip([low, high], -_LIMIT, _LIMIT), [place, place], color=colour, linewidth=1.2)
    inside = abs(at) <= _LIMIT
    shape = marker if inside else ">" if at > 0 else "<"
    x = at if inside else np.copysign(0.97 * _LIMIT, at)
    face = colour if filled else "white"
    ax.plot(x, place, shape, color=colour, markerfacecolor=face, markersize=4, zorder=3)
    return Line2D([], [], color=colour, marker=marker, markerfacecolor=face, markersize=4)
