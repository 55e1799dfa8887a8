"""A figure function drawn at once, for a notebook."""

from collections.abc import Callable
from typing import Any

from matplotlib.figure import Figure

from paper_figures._context import Context
from paper_figures._draw import DPI, _image
from paper_figures._style import house_style
from sims import Simulation, simulate


class Picture(bytes):
    """A drawn figure as PNG bytes; a notebook shows it."""

    def _repr_png_(self) -> bytes:
        return bytes(self)

    def __repr__(self) -> str:
        return f"<a figure of {len(self)} bytes of PNG>"


def show(
    draw: Callable[[Context], Figure], trial: Any = None, *, scale: str = "quick", seed: int = 0
) -> Picture:
    """The figure that ``draw(ctx)`` makes, as the report would show it.

    ``trial`` is what ``ctx.sweep`` and ``ctx.simulate`` run, for Params of one's own; without it
    they look for the setting's simulations.
    """

    def run(setting: Any, params: Any, mode: str = "default", **words: Any) -> Any:
        own = trial if isinstance(trial, Simulation) else Simulation(trial)
        return simulate(own, params, **words)

    with house_style():
        context = Context(scale, rng_seed=seed, simulate=None if trial is None else run)
        fig = draw(context)
        context.finish(fig)
        return Picture(_image(fig, "png", {"dpi": DPI // 2}))
