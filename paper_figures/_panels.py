"""Panels, their residual panels, colours and legends."""

import string
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paper_figures._series import Points
from paper_figures._style import BAND, FAINT, INK, MARKERS, PALETTE, plt

RESIDUAL_LIMIT = 4.0
"""Residual panels show -4 to 4 standard errors; what lies outside is an arrow at the edge."""

_BAND = 2.0  # 95 of 100 residuals of a true theory lie in +-2
_ONE_COLUMN, _FULL_WIDTH = 3.6, 7.2  # inches: a paper's column, and its page
_MAIN_HEIGHT, _RESIDUAL_HEIGHT = 2.3, 0.6  # inches


class Panels:
    """The panels of one figure: who lies under whom, which label has which colour."""

    def __init__(self) -> None:
        self._residual: dict[Axes, Axes] = {}
        self._filled: set[Axes] = set()
        self._letters: dict[Axes, str] = {}
        self._series: dict[Axes, dict[str, str]] = {}
        self._handles: dict[Axes, dict[str, dict[str, Any]]] = {}
        self._legends: dict[Axes, dict[str, Any]] = {}
        self._unlabelled = 0
        self.notes: list[str] = []

    def make(
        self,
        rows: int,
        columns: int,
        residuals: bool,
        width: float | None,
        height: float | None,
        sharey: bool,
    ) -> tuple[Figure, Any]:
        """The figure and its main panels; see :meth:`Context.panels`."""
        if rows < 1 or columns < 1:
            raise ValueError(f"panels({rows}, {columns}): at least one row and one column")
        heights = [_MAIN_HEIGHT, _RESIDUAL_HEIGHT] if residuals else [_MAIN_HEIGHT]
        size = (
            width or (_ONE_COLUMN if columns == 1 else _FULL_WIDTH),
            height or rows * (sum(heights) + 0.3),
        )
        fig = plt.figure(figsize=size, layout="constrained")
        fig.get_layout_engine().set(h_pad=0.03, w_pad=0.04, hspace=0.02, wspace=0.03)  # type: ignore[union-attr]
        step = len(heights)
        grid = fig.add_gridspec(rows * step, columns, height_ratios=heights * rows)
        axes = np.empty((rows, columns), dtype=object)
        for r in range(rows):
            for c in range(columns):
                above = axes[0, 0] if sharey and (r or c) else None
                ax = fig.add_subplot(grid[r * step, c], sharey=above)
                axes[r, c] = ax
                self.letter(ax)
                if residuals:
                    self._residual[ax] = self._strip(fig, grid[r * step + 1, c], ax, first=c == 0)
                if sharey and c:
                    ax.tick_params(labelleft=False)
        if axes.size == 1:
            return fig, axes[0, 0]
        return fig, axes.reshape(-1) if 1 in axes.shape else axes

    def _strip(self, fig: Figure, place: Any, ax: Axes, first: bool) -> Axes:
        strip = fig.add_subplot(place, sharex=ax)
        strip.axhspan(-_BAND, _BAND, color=BAND, linewidth=0, zorder=0)
        strip.axhline(0, color=FAINT, linewidth=0.7, zorder=1)
        strip.set_ylim(-RESIDUAL_LIMIT, RESIDUAL_LIMIT)
        strip.set_yticks([-_BAND, 0, _BAND])
        strip.grid(False)
        if first:
            strip.set_ylabel("residual\n(s.e.)", fontsize=7)
        ax.tick_params(labelbottom=False)
        return strip

    def residual_of(self, ax: Axes) -> Axes | None:
        """The residual panel under a main panel, if it has one."""
        return self._residual.get(ax)

    def letter(self, ax: Axes) -> str:
        """The panel's letter: a, b, ... in the order of first use."""
        number = len(self._letters)
        letters = string.ascii_lowercase
        name = letters[number] if number < 26 else f"{letters[number // 26 - 1]}{number % 26}"
        return self._letters.setdefault(ax, name)

    def legend_options(self, ax: Axes, options: dict[str, Any]) -> None:
        """Keeps what :meth:`Context.legend` was given."""
        self._legends[ax] = options

    def _look(self, ax: Axes, label: str | None) -> tuple[str, str]:
        """Colour and marker of a label in a panel."""
        known = self._series.setdefault(ax, {})
        key = label if label is not None else f"\0{len(known)}"
        known.setdefault(key, key)
        place = list(known).index(key)
        return PALETTE[place % len(PALETTE)], MARKERS[place % len(MARKERS)]

    def line(
        self, ax: Axes, x: np.ndarray, y: np.ndarray, label: str | None, style: dict[str, Any]
    ) -> None:
        """Draws theory."""
        colour, _ = self._look(ax, label)
        (drawn,) = ax.plot(x, y, **{"color": colour, "zorder": 2, **style})
        self._remember(ax, label, "line", drawn)
        self.notes.append("Lines: theory.")

    def points(self, ax: Axes, series: Points, label: str | None, style: dict[str, Any]) -> None:
        """Draws simulation, and its residuals in the panel beneath."""
        colour, marker = self._look(ax, label)
        look = {"color": colour, "marker": marker, "linestyle": "none", "zorder": 3, **style}
        look.setdefault("markeredgecolor", "white")
        look.setdefault("markeredgewidth", 0.4)
        look.setdefault("elinewidth", 1.0)
        bars = None
        if series.bars != "none":
            bars = np.maximum([series.y - series.low, series.high - series.y], 0)
        drawn = ax.errorbar(series.x, series.y, yerr=bars, **look)
        self._remember(ax, label, "marker", drawn.lines[0])
        self.notes.append("Points: simulation.")
        strip = self._residual.get(ax)
        if strip is not None and not np.all(np.isnan(series.residual)):
            self._residuals(strip, series, look)

    def _residuals(self, strip: Axes, series: Points, look: dict[str, Any]) -> None:
        colour, edge = look["color"], 0.86 * RESIDUAL_LIMIT
        size = dict(markersize=3.2, markeredgewidth=0, linestyle="none", zorder=3)
        inside = np.abs(series.residual) <= RESIDUAL_LIMIT
        strip.plot(series.x[inside], series.residual[inside], look["marker"], color=colour, **size)  # type: ignore[arg-type]
        for sign, arrow in ((1, "^"), (-1, "v")):
            beyond = ~inside & (np.sign(series.residual) == sign)
            at = np.full(beyond.sum(), sign * edge)
            strip.plot(series.x[beyond], at, arrow, color=colour, markersize=5, linestyle="none")
        if not np.all(inside):
            self.notes.append(f"Arrows: residuals beyond {RESIDUAL_LIMIT:g} standard errors.")
        self._filled.add(strip)
        self.notes.append("Strip beneath: (simulation - theory)/standard error, the band is +-2.")

    def _remember(self, ax: Axes, label: str | None, part: str, drawn: Any) -> None:
        if label is not None:
            self._handles.setdefault(ax, {}).setdefault(label, {})[part] = drawn

    def finish(self, fig: Figure) -> None:
        """Letters, legends, x labels below the residual panels, empty residual panels out."""
        for ax, letter in self._letters.items():
            if len(self._letters) > 1:
                ax.set_title(letter, loc="left", fontweight="bold", color=INK)
            if ax.get_legend() is None:
                self._legend(ax)
        for ax, strip in self._residual.items():
            if strip in self._filled:
                strip.set_xlabel(ax.get_xlabel())
                ax.set_xlabel("")
                continue
            place, beneath = ax.get_subplotspec(), strip.get_subplotspec()
            if place is not None and beneath is not None:
                rows = slice(place.rowspan.start, beneath.rowspan.stop)
                columns = slice(place.colspan.start, place.colspan.stop)
                ax.set_subplotspec(place.get_gridspec()[rows, columns])
            strip.remove()
            ax.tick_params(labelbottom=True)

    def _legend(self, ax: Axes) -> None:
        options = self._legends.get(ax, {"loc": "best"})
        entries = self._handles.get(ax, {})
        if not entries or options.get("loc", "best") is None:
            return
        handles = [_handle(parts) for parts in entries.values()]
        ax.legend(handles, list(entries), **options)


def _handle(parts: dict[str, Any]) -> Line2D:
    """One legend entry for a label: its line, its marker, or both."""
    line, marker = parts.get("line"), parts.get("marker")
    first = line or marker
    return Line2D(
        [],
        [],
        color=first.get_color(),
        linestyle=line.get_linestyle() if line else "none",
        linewidth=line.get_linewidth() if line else 0,
        marker=marker.get_marker() if marker else "none",
        markersize=marker.get_markersize() if marker else 0,
        markerfacecolor=marker.get_color() if marker else first.get_color(),
        markeredgewidth=0,
    )
