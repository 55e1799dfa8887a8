"""What a figure declares about itself."""

import dataclasses
import re
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from matplotlib.figure import Figure

from paper_figures._context import Context
from paper_figures._scales import SCALES


@dataclasses.dataclass(frozen=True)
class FigureSpec:
    """A figure and what is known of it before it is drawn.

    Attributes:
        name: the function's name, and the stem of the files written.
        title: how the report heads it.
        source: which figure of the paper it is, or ``"derived"`` for one the paper lacks.
        caption: one or two sentences saying what one sees and what agrees with what.
        seconds: expected cost on two cores at each scale.
        draw: takes a :class:`~paper_figures.Context`, returns the finished figure.
    """

    name: str
    title: str
    source: str
    caption: str
    seconds: Mapping[str, float]
    draw: Callable[[Context], Figure]


def figure(
    *, title: str, source: str, caption: str, seconds: Mapping[str, float]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declares a function ``(ctx: Context) -> Figure`` as a figure of its setting.

    ``seconds`` says what it costs on two cores at each of the scales quick, default and paper.
    Raises TypeError for a missing scale and ValueError for an empty title, source or caption.
    """
    missing = [scale for scale in SCALES if scale not in seconds]
    if missing or len(seconds) != len(SCALES):
        raise TypeError(f"figure {title!r}: seconds needs exactly the scales {', '.join(SCALES)}")
    for what, text in (("title", title), ("source", source), ("caption", caption)):
        if not text.strip():
            raise ValueError(f"figure {title!r}: its {what} is empty")

    def declare(draw: Callable[..., Any]) -> Callable[..., Any]:
        name = draw.__name__
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name == "ledger":
            raise ValueError(f"figure name {name!r} must be snake_case, and not 'ledger'")
        one_line = " ".join(caption.split())
        spec = FigureSpec(name, title, source, one_line, dict(seconds), draw)
        draw.__figure__ = spec  # type: ignore[attr-defined]
        return draw

    return declare


def figures_in(module: ModuleType | None) -> list[FigureSpec]:
    """The figures that a module declares, in the order of its text ([] for None)."""
    values = vars(module).values() if module is not None else ()
    return [v.__figure__ for v in values if hasattr(v, "__figure__")]
