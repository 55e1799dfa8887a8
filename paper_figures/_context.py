"""What a figure function is given: sizes, simulation, panels, and drawing that records itself."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_figures._panels import Panels
from paper_figures._scales import SCALES
from paper_figures._series import Points, summarise
from paper_figures._simulations import RunRecord, Simulations
from paper_figures._sweeps import heatmap, ladder, sweep
from sims import Row

Values = Any
"""A number, a sequence of numbers, or an array of either numpy or JAX."""


class Context:
    """The hands of a figure function; made by the runner, one for each figure.

    Attributes:
        scale: ``"quick"``, ``"default"`` or ``"paper"``.
        rng_seed: the seed of every simulation, and of a figure's own random numbers if any.
        store: where finished trials are kept, so that a second drawing reads them (or None).
        rows: the data drawn so far, in long form.
        verified: the ledger rows that the figure made, if it is one that verifies.
    """

    def __init__(
        self,
        scale: str = "default",
        *,
        rng_seed: int = 0,
        simulate: Callable[..., Mapping[str, Any]] | None = None,
        progress: Any = None,
        store: Path | None = None,
    ):
        if scale not in SCALES:
            raise ValueError(f"scale {scale!r} is not one of {', '.join(SCALES)}")
        self.scale = scale
        self.rng_seed = rng_seed
        self.rows: list[dict[str, Any]] = []
        self.verified: list[Row] = []
        self.progress = progress
        self.store = store
        self._simulations = Simulations(rng_seed, simulate, progress, store)
        self._panels = Panels()

    @property
    def runs(self) -> list[RunRecord]:
        """The simulations made so far."""
        return self._simulations.records

    def pick(self, *, quick: Any, default: Any, paper: Any) -> Any:
        """The value for the scale at hand."""
        return {"quick": quick, "default": default, "paper": paper}[self.scale]

    def simulate(
        self,
        setting: Any,
        params: Any,
        *,
        mode: str = "default",
        trials: int,
        stream: str | None = None,
    ) -> dict[str, np.ndarray]:
        """Runs ``trials`` trials of a setting (its name, or a ``sims.Simulation``) at ``params``.

        Returns each observable as an array whose first axis is the trials. ``stream`` names a
        stream of common random numbers: runs of one stream share their keys. The run is recorded
        in the figure's provenance; asked for again, by another panel, it is the same arrays.
        """
        return self._simulations.run(setting, params, mode, trials, stream)

    def panels(
        self,
        rows: int = 1,
        columns: int = 1,
        *,
        residuals: bool = True,
        width: float | None = None,
        height: float | None = None,
        sharey: bool = False,
    ) -> tuple[Figure, Any]:
        """A figure and its main panels, each with a narrow residual panel beneath it.

        The panels come as ``plt.subplots`` gives them: one Axes, a vector, or a (rows, columns)
        array. ``width`` and ``height`` are those of the whole figure in inches; by default one
        column is 3.6 wide and more share 7.2. A residual panel shares its panel's x axis and
        carries its x label; one that stays empty is taken out again. Several panels get letters.
        """
        return self._panels.make(rows, columns, residuals, width, height, sharey)

    def residual_panel(self, ax: Axes) -> Axes | None:
        """The residual panel under a main panel, if it has one."""
        return self._panels.residual_of(ax)

    def legend(self, ax: Axes, **options: Any) -> None:
        """How the panel's legend is placed (``loc``, ``ncols``, ``title``, ...; see matplotlib).

        Without a call, every panel with labels gets a legend where there is room. Equal labels of
        theory and points make one entry, with line and marker. ``ctx.legend(ax, loc=None)``
        leaves the panel without one.
        """
        self._panels.legend_options(ax, options)

    def next_colour(self, ax: Axes) -> str:
        """The colour of the next series of a panel that has a label not met before."""
        return self._panels.next_colour(ax)

    def theory(
        self, ax: Axes, x: Values, y: Values, *, label: str | None = None, **style: Any
    ) -> None:
        """Draws theory as a line and records its points.

        Lines and points of one label in one panel share a colour. ``style`` goes to ``ax.plot``.
        """
        x, y = np.broadcast_arrays(_vector("x", x), _vector("y", y))
        self._panels.line(ax, x, y, label, style)
        panel = self._panels.letter(ax)
        for xi, yi in zip(x, y, strict=True):
            self.row(panel, label, "theory", x=xi, y=yi)

    def points(
        self,
        ax: Axes,
        x: Values,
        *,
        samples: Values | None = None,
        mean: Values | None = None,
        standard_error: Values | None = None,
        low: Values | None = None,
        high: Values | None = None,
        quantiles: tuple[float, float] | None = None,
        theory: Values | Callable[[np.ndarray], Values] | None = None,
        tolerance: Values | None = None,
        label: str | None = None,
        **style: Any,
    ) -> Points:
        """Draws simulation as points with intervals, and its residuals in the panel beneath.

        Give either ``samples`` of shape (trials, len(x)), or ``mean`` with ``standard_error``.
        The bar is the 95 % confidence interval of the mean (Student's t for samples, Wilson's
        for samples of zeros and ones, normal for a given standard error), unless ``low`` and
        ``high`` give it, or ``quantiles`` asks for two quantiles of the samples instead.
        With ``theory`` (values at x, or a function of the array x) the residual panel shows
        (simulation - theory)/standard error. ``tolerance`` is the error that the theory itself
        admits (a finite-size correction, a proved remainder), drawn as a light bar behind the
        residual. ``style`` goes to ``ax.errorbar``.

        Raises ValueError for shapes that do not fit and for numbers that are not finite.
        """
        x = _vector("x", x)
        expected = None
        if theory is not None:
            expected = np.broadcast_to(_vector("theory", _at(theory, x)), x.shape)
        summary = summarise(
            x, samples, mean, standard_error, low, high, quantiles, expected, tolerance, label or ""
        )
        self._panels.points(ax, summary, label, style)
        panel = self._panels.letter(ax)
        for i in range(len(x)):
            self.row(panel, label, "simulation", **summary.row(i))
        return summary

    sweep, heatmap, ladder = sweep, heatmap, ladder  # words over Params, in a file of their own

    def record(self, name: str, **columns: Values) -> None:
        """Adds a table to the figure's CSV, for what was drawn by hand (bars, images, contours).

        Columns of equal length, or single values that stand in every row. Text is allowed.
        """
        arrays = [np.atleast_1d(np.asarray(c)) for c in columns.values()]
        length = max((len(a) for a in arrays), default=0)
        try:
            arrays = [np.broadcast_to(a, (length,)) for a in arrays]
        except ValueError:
            sizes = {key: np.shape(c) for key, c in columns.items()}
            raise ValueError(f"table {name}: columns of different shapes {sizes}") from None
        for values in zip(*arrays, strict=True):
            self.row("", name, "table", **dict(zip(columns, values, strict=True)))

    def finish(self, fig: Figure) -> str:
        """Legends, letters and x labels in their places; returns the sentence that explains
        bars and residuals, to be added to the caption."""
        self._panels.finish(fig)
        return " ".join(self._panels.notes)

    def describe(self) -> str:
        """What the panels show, in words: the text for those who do not see the figure."""
        return self._panels.describe()

    def row(self, panel: str, series: str | None, kind: str, **values: Any) -> None:
        """Adds a row to the figure's CSV."""
        self.rows.append({"panel": panel, "series": series or "", "kind": kind, **values})


def _at(theory: Any, x: np.ndarray) -> Any:
    return theory(x) if callable(theory) else theory


def _vector(name: str, values: Any) -> np.ndarray:
    array = np.atleast_1d(np.asarray(values, dtype=float))
    if array.ndim != 1:
        raise ValueError(f"{name} has {array.ndim} axes; a series is a vector")
    if not np.all(np.isfinite(array)):
        raise ValueError(f"{name} holds numbers that are not finite")
    return array
