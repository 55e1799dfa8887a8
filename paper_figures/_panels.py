"""Panels, their residual panels, colours and legends."""

import string
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

from paper_figures._series import Points
from paper_figures._style import BAND, FAINT, INK, MARKERS, PALETTE, plt

RESIDUAL_LIMIT = 4.0
"""Residual panels show -4 to 4 standard errors; what lies outside is an arrow at the edge."""

_EDGE = 4.6  # where a residual panel ends: room for a whole marker at the limit

_BAND = 2.0  # 95 of 100 residuals of a true theory lie in +-2
_ONE_COLUMN, _FULL_WIDTH = 3.6, 7.2  # inches: a paper's column, and its page
_MAIN_HEIGHT, _RESIDUAL_HEIGHT = 2.3, 0.6  # inches


class Panels:
    """The panels of one figure: who lies under whom, which label has which colour."""

    def __init__(self) -> None:
        self._residual: dict[Axes, Axes] = {}
        self._shown: dict[Axes, list[float]] = {}
        self._letters: dict[Axes, str] = {}
        self._series: dict[Axes, dict[str, str]] = {}
        self._handles: dict[Axes, dict[str, dict[str, Any]]] = {}
        self._legends: dict[Axes, dict[str, Any]] = {}
        self._notes: dict[tuple[int, str], list[str]] = {}

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
                    self._residual[ax] = self._strip(fig, grid[r * step + 1, c], ax)
                if sharey and c:
                    ax.tick_params(labelleft=False)
        if axes.size == 1:
            return fig, axes[0, 0]
        return fig, axes.reshape(-1) if 1 in axes.shape else axes

    def _strip(self, fig: Figure, place: Any, ax: Axes) -> Axes:
        strip = fig.add_subplot(place, sharex=ax)
        strip.axhspan(-_BAND, _BAND, color=BAND, linewidth=0, zorder=0)
        strip.axhline(0, color=FAINT, linewidth=0.7, zorder=1)
        strip.set_ylim(-_EDGE, _EDGE)
        strip.set_yticks([-_BAND, 0, _BAND])
        strip.grid(False)
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

    def next_colour(self, ax: Axes) -> str:
        """The colour that the panel's next label will have."""
        return PALETTE[len(self._series.get(ax, {})) % len(PALETTE)]

    def line(
        self, ax: Axes, x: np.ndarray, y: np.ndarray, label: str | None, style: dict[str, Any]
    ) -> None:
        """Draws theory."""
        colour, _ = self._look(ax, label)
        (drawn,) = ax.plot(x, y, **{"color": colour, "zorder": 2, **style})
        self._remember(ax, label, "line", drawn)
        self._note(ax, 0, "Lines: theory")

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
        self._note(ax, 1, f"Points: simulation{series.bars_in_words}")
        strip = self._residual.get(ax)
        if strip is not None and not np.all(np.isnan(series.residual)):
            self._tolerance(ax, strip, series, look["color"])
            self._residuals(ax, strip, series, look)
            self._shown.setdefault(ax, []).extend(series.residual)

    def _tolerance(self, ax: Axes, strip: Axes, series: Points, colour: str) -> None:
        """The error that the theory admits, as a light bar behind each residual."""
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.minimum(series.tolerance / series.standard_error, _EDGE)
        shown = reach > 0
        if np.any(shown):
            x, reach = series.x[shown], reach[shown]
            strip.vlines(x, -reach, reach, color=colour, alpha=0.25, linewidth=5, zorder=1)
            self._note(ax, 3, "Light bars: the error that the theory itself admits")

    def _residuals(self, ax: Axes, strip: Axes, series: Points, look: dict[str, Any]) -> None:
        colour = look["color"]
        size = dict(markersize=3.2, markeredgewidth=0, linestyle="none", zorder=3)
        inside = np.abs(series.residual) <= RESIDUAL_LIMIT
        admitted = series.gap <= series.tolerance
        strip.plot(series.x[inside], series.residual[inside], look["marker"], color=colour, **size)  # type: ignore[arg-type]
        for sign, arrow in ((1, "^"), (-1, "v")):
            for face, which in (("white", admitted), (colour, ~admitted)):
                beyond = ~inside & which & (np.sign(series.residual) == sign)
                at = np.full(beyond.sum(), sign * RESIDUAL_LIMIT)
                strip.plot(
                    series.x[beyond], at, arrow, color=colour, markersize=4.5,
                    markerfacecolor=face, markeredgewidth=0.8, linestyle="none", zorder=3,
                )  # fmt: skip
        if not np.all(inside):
            hollow = " (hollow: within the admitted error)" if np.any(admitted & ~inside) else ""
            beyond_what = f"residuals beyond {RESIDUAL_LIMIT:g} standard errors{hollow}"
            self._note(ax, 4, f"Arrows: {beyond_what}")
        what = "(simulation − theory)/standard error, with the band ±2"
        self._note(ax, 2, f"Beneath: residuals, {what}")

    def _remember(self, ax: Axes, label: str | None, part: str, drawn: Any) -> None:
        if label is not None:
            self._handles.setdefault(ax, {}).setdefault(label, {})[part] = drawn

    @property
    def notes(self) -> list[str]:
        """How to read what was drawn, one sentence each."""
        notes = []
        for (rank, text), panels in sorted(self._notes.items()):
            alone = sum(other == rank for other, _ in self._notes) == 1
            notes.append(f"{text}." if alone else f"{text} (panel {', '.join(panels)}).")
        return notes

    def _note(self, ax: Axes, rank: int, text: str) -> None:
        panels = self._notes.setdefault((rank, text), [])
        if self.letter(ax) not in panels:
            panels.append(self.letter(ax))

    def describe(self) -> str:
        """What every panel shows, in words."""
        return " ".join(self._describe(ax, letter) for ax, letter in self._letters.items())

    def _describe(self, ax: Axes, letter: str) -> str:
        below = self._residual.get(ax, ax)
        x = ax.get_xlabel() or below.get_xlabel() or "x"
        text = f"{ax.get_ylabel() or 'values'} against {x}"
        if ax.get_title():
            text = f"{ax.get_title()}: {text}"
        if len(self._letters) > 1:
            text = f"Panel {letter}: {text}"
        series = list(self._handles.get(ax, {}))
        if series:
            text += f"; series {', '.join(series)}"
        residuals = np.array(self._shown.get(ax, []))
        if residuals.size:
            inside = int(np.sum(np.abs(residuals) <= _BAND))
            text += (
                f"; {inside} of {residuals.size} simulated points lie within"
                f" {_BAND:g} standard errors of theory"
            )
        return f"{text}."

    def finish(self, fig: Figure) -> None:
        """Letters, legends, x labels below the residual panels, empty residual panels out."""
        for ax, letter in self._letters.items():
            if len(self._letters) > 1:
                ax.set_title(letter, loc="left", fontweight="bold", color=INK)
            if ax.get_legend() is None:
                self._legend(ax)
            for axis in (ax.xaxis, ax.yaxis):
                if axis.get_scale() == "log":
                    _label_short_decades(axis)
        headed: set[int] = set()
        for ax, strip in self._residual.items():
            place, beneath = ax.get_subplotspec(), strip.get_subplotspec()
            assert place is not None  # both were made in the grid
            assert beneath is not None
            top, bottom = place.rowspan.start, beneath.rowspan.stop
            if ax in self._shown:
                strip.set_xlabel(ax.get_xlabel())
                ax.set_xlabel("")
                if top not in headed:  # the leftmost residual panel of a row is labelled
                    strip.set_ylabel("residual\n(s.e.)", fontsize=7)
                headed.add(top)
                continue
            columns = slice(place.colspan.start, place.colspan.stop)
            ax.set_subplotspec(place.get_gridspec()[top:bottom, columns])
            strip.remove()
            ax.tick_params(labelbottom=True)

    def _legend(self, ax: Axes) -> None:
        options = self._legends.get(ax, {"loc": "best"})
        entries = self._handles.get(ax, {})
        if not entries or options.get("loc", "best") is None:
            return
        handles = [_handle(parts) for parts in entries.values()]
        ax.legend(handles, list(entries), **options)


def _label_short_decades(axis: Any) -> None:
    """On a logarithmic axis of hardly more than a decade, labels 2, 3, 5 between the powers."""
    low, high = sorted(axis.get_view_interval())
    if low > 0 and high < 30 * low and not isinstance(axis.get_major_locator(), FixedLocator):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def _handle(parts: dict[str, Any]) -> Line2D:
    """One legend entry for a label: its line, its marker, or both."""
    entry = Line2D([], [], linestyle="none", marker="none", markeredgewidth=0)
    if (line := parts.get("line")) is not None:
        entry.set(
            color=line.get_color(), linestyle=line.get_linestyle(), linewidth=line.get_linewidth()
        )
        if str(line.get_marker()).lower() != "none":  # theory at single places
            entry.set(marker=line.get_marker(), markersize=line.get_markersize())
            entry.set(fillstyle=line.get_fillstyle(), markeredgewidth=line.get_markeredgewidth())
    if (marker := parts.get("marker")) is not None:
        colour = marker.get_color()
        entry.set(marker=marker.get_marker(), markersize=marker.get_markersize())
        entry.set(markerfacecolor=colour, markeredgecolor=colour)
    return entry
