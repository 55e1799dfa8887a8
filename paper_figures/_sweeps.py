"""A context's words over Params: a curve with its simulation, a map, a ladder of sizes.

They are methods of :class:`paper_figures.Context`: ``ctx.sweep(ax, ...)``.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import CenteredNorm

from paper_figures._params_grids import params_over, values_at
from paper_figures._style import INK
from sims._observe import select
from theory import Limit, Scaling
from theory._claims import at as number_at
from theory._observables import Observable
from theory._params import setting_of


def sweep(
    ctx: Any,
    ax: Axes,
    base: Any,
    field: str,
    grid: Any,
    formula: Callable[[Any], Any],
    observable: Observable | None = None,
    *,
    at: Sequence[Any] = (),
    mode: str = "default",
    trials: int | None = None,
    stream: str | None = None,
    tolerance: Callable[[Any], Any] | None = None,
    x: Callable[[Any], Any] | None = None,
    label: str | None = None,
    **style: Any,
) -> None:
    """Draws a formula over one field of Params, and its simulation at a few values.

        ctx.sweep(ax, Params(d=8), "shift", np.linspace(0, 3, 61), auroc, "auroc", at=(1, 2))

    ``formula(params)`` is the line over ``grid``. Where an ``observable`` is given, its mean over
    ``trials`` (by default 128, 1024, 16384 at the three scales) stands as a point at each of
    ``at``: values of the field, or whole Params, such as a claim's cases. ``x(params)`` places a
    point where the axis is not the field itself; ``tolerance(params)`` is the error that the
    theory admits there. ``style`` goes to line and points alike.
    """
    line = params_over(base, **{field: np.atleast_1d(np.asarray(grid))})
    cases = [v if isinstance(v, type(base)) else params_over(base, **{field: [v]})[0] for v in at]
    size = len(line)
    if label is None:  # a common label gives line and points one colour
        style.setdefault("color", ctx.next_colour(ax))
    y = values_at(formula, [*line, *cases])
    where = np.array([float((x or _field(field))(params)) for params in (*line, *cases)])
    ctx.theory(ax, where[:size], y[:size], label=label, **style)
    if observable is None or not cases:
        return
    count: int = trials or ctx.pick(quick=128, default=1024, paper=16_384)
    samples = [_trials(ctx, p, observable, mode, count, stream) for p in cases]
    ctx.points(
        ax, where[size:], samples=np.stack(samples, axis=1), theory=y[size:], label=label,
        tolerance=None if tolerance is None else values_at(tolerance, cases), **style,
    )  # fmt: skip


def heatmap(
    ctx: Any,
    ax: Axes,
    x: Any,
    y: Any,
    values: Any,
    *,
    zero: float | None = None,
    label: str = "",
    **style: Any,
) -> None:
    """Draws values of shape (len(y), len(x)) as colours, with their scale named ``label``.

        values = values_over(gain, Params(), angle=angles, spread=spreads)  # (angles, spreads)
        ctx.heatmap(ax, spreads, angles, values, zero=0, label="gain")

    nan stays blank. With ``zero`` the colours part there, blue below and red above, and a line
    marks it. ``style`` goes to ``ax.pcolormesh``.
    """
    x, y, table = (np.asarray(v, dtype=float) for v in (x, y, values))
    if x.ndim != 1 or y.ndim != 1 or table.shape != (len(y), len(x)):
        shapes = f"values {table.shape}, y {y.shape}, x {x.shape}"
        raise ValueError(f"heatmap {label!r}: shapes do not fit: {shapes}")
    look: dict[str, Any] = {"cmap": "viridis", "shading": "nearest", "rasterized": True}
    if zero is not None:
        look |= {"cmap": "RdBu_r", "norm": CenteredNorm(zero)}
    mesh = ax.pcolormesh(x, y, np.ma.masked_invalid(table), **(look | style))
    ax.figure.colorbar(mesh, ax=ax, label=label)
    ax.grid(visible=False)
    if zero is not None and np.nanmin(table) < zero < np.nanmax(table):
        ax.contour(x, y, table, levels=[zero], colors=INK, linewidths=0.9)
    rows, columns = np.indices(table.shape).reshape(2, -1)
    ctx.record(label or "heatmap", x=x[columns], y=y[rows], value=table[rows, columns])


def ladder(ctx: Any, ax: Axes, claim: Scaling | Limit, *, trials: int | None = None) -> None:
    """Draws a claim's ladder: its values (of a Limit, their gaps to the limit) against the size,
    and the power of the size that the claim states, through the largest one; axes logarithmic.

    A simulated value is the mean over ``trials`` (by default 64, 400, the claim's own number).
    """
    rungs = sorted(claim.rungs, key=claim.size)
    sizes = np.array([float(claim.size(params)) for params in rungs])
    value: Any = claim.value
    if claim.simulated:
        count: int = trials or ctx.pick(quick=64, default=400, paper=claim.trials_per_rung)
        samples = np.stack([_trials(ctx, p, value, claim.mode, count) for p in rungs])
        values, errors = samples.mean(axis=1), samples.std(axis=1, ddof=1) / count**0.5
    else:
        values, errors = values_at(value, rungs), np.zeros(len(rungs))
    if isinstance(claim, Limit):
        values = np.abs(values - np.array([float(number_at(claim.limit, p)) for p in rungs]))
    stated = values[-1] * (sizes / sizes[-1]) ** claim.exponent
    ctx.theory(ax, sizes, stated, label=f"size^{claim.exponent:g}")
    ctx.points(ax, sizes, mean=values, standard_error=errors, label=claim.name)
    ax.set(xscale="log", yscale="log")


def _field(name: str) -> Callable[[Any], Any]:
    return lambda params: getattr(params, name)


def _trials(
    ctx: Any, params: Any, observable: Observable, mode: str, trials: int, stream: str | None = None
) -> np.ndarray:
    """What is observed in each trial of the setting's run at the Params."""
    run = ctx.simulate(setting_of(params), params, mode=mode, trials=trials, stream=stream)
    if callable(observable):
        return np.asarray(observable(run, params), dtype=float)
    return select(run, observable, f"figure of {setting_of(params)}")
