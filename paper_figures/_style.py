"""The house style: one look for every figure, on screen and in a paper's column."""

import contextlib
from collections.abc import Iterator
from typing import Any

import matplotlib
from cycler import cycler

matplotlib.use("Agg")  # files only: no display is needed, and none is opened

from matplotlib import pyplot as plt

PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#5B5B5B", "#882255")
"""Okabe and Ito's colour-blind safe colours, strongest first, without their yellow and black."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
"""One marker a series, so that a grey print still tells series apart."""

INK, FAINT, BAND = "#222222", "#8A8A8A", "#E4E7EB"
"""Text and spines; grid lines and notes; the shaded band of a residual panel."""

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same glyphs everywhere
    "font.size": 8,
    "mathtext.fontset": "dejavusans",
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7,
    "legend.frameon": True,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.handlelength": 1.8,
    "axes.prop_cycle": cycler(color=PALETTE),
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#DDDDDD",
    "grid.linewidth": 0.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.8,
    "errorbar.capsize": 0,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,  # embedded TrueType: text stays text, and journals accept it
    "svg.fonttype": "none",
}


@contextlib.contextmanager
def house_style() -> Iterator[None]:
    """Matplotlib's defaults with the house style over them; closes every figure made inside."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        for name, value in STYLE.items():
            matplotlib.rcParams[name] = value  # type: ignore[index]  # keys are checked here
        before = set(plt.get_fignums())
        try:
            yield
        finally:
            for number in set(plt.get_fignums()) - before:
                plt.close(number)
