"""What a setting gives the engine: a trial and the width of its blocks."""

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

BLOCK_BYTES = 4 * 2**20
"""What the largest array of a block may take: several such arrays then share a processor's cache.
Elementwise work on larger ones runs at the memory's speed, two to four times as slow."""


def fitting(numbers: Callable[[Any], int], most: int) -> Callable[[Any], int]:
    """A width for trials whose largest array holds ``numbers(params)`` float64 values.

    The largest power of two, at most ``most``, that keeps the block's array under BLOCK_BYTES.
    """

    def width(params: Any) -> int:
        room = BLOCK_BYTES // (8 * max(1, numbers(params)))
        return 1 << (min(max(1, room), most).bit_length() - 1)

    return width


@dataclasses.dataclass(frozen=True)
class Simulation:
    """One random experiment, to be run over many keys.

    Attributes:
        trial: ``trial(key, params) -> {name: scalar or short vector}``, pure JAX.
        width: how many trials one block runs side by side under ``vmap``, or a function of the
            params (of their sizes alone) that says so, as :func:`fitting` makes them. It is part
            of every number's identity: another width may round differently.
        doc: one line on what a trial does.
        small_lapack: whether trials factor or diagonalise many small matrices (under about 500).
            The engine then gives each LAPACK call one thread while it runs them: XLA runs the
            calls side by side, and two threads on a small matrix wait for each other.
        shared: ``shared(key, params) -> pytree``, made once for a run and passed to every trial
            as a third argument: what all trials of a run have in common (None: nothing).
    """

    trial: Callable[..., Mapping[str, Any]]
    width: int | Callable[[Any], int] = 64
    doc: str = ""
    shared: Callable[[Any, Any], Any] | None = None
    small_lapack: bool = False

    def __post_init__(self) -> None:
        if not callable(self.width):
            self.width_at(None)

    def __call__(self, *args: Any) -> Mapping[str, Any]:
        return self.trial(*args)

    def width_at(self, params: Any) -> int:
        """The width at these params. Raises ValueError if it is under 1."""
        width = self.width(params) if callable(self.width) else self.width
        if width < 1:
            raise ValueError(f"a block holds at least one trial, not {width}")
        return width


def simulation(
    trial: Callable[..., Mapping[str, Any]] | None = None,
    *,
    width: int | Callable[[Any], int] = 64,
    shared: Callable[[Any, Any], Any] | None = None,
    small_lapack: bool = False,
) -> Any:
    """Decorates a trial: ``@simulation(width=256)`` over ``def fitted_trial(key, params)``.

    Its name without ``_trial`` is the mode (a lone ``trial`` is the mode "default"), the first
    paragraph of its docstring says what it does. The words are those of :class:`Simulation`.
    """
    if trial is None:
        return functools.partial(simulation, width=width, shared=shared, small_lapack=small_lapack)
    doc = " ".join((inspect.getdoc(trial) or "").split("\n\n")[0].split())
    return Simulation(trial, width=width, doc=doc, shared=shared, small_lapack=small_lapack)


def mode_of(simulation: Simulation) -> str:
    """The mode that a decorated trial makes."""
    name = getattr(simulation.trial, "__name__", "")
    return "default" if name == "trial" else name.removesuffix("_trial")


def params_of(simulation: Simulation) -> type | None:
    """The class of parameters that its trial names for its second argument; None for any other."""
    arguments = list(inspect.signature(simulation.trial).parameters.values())
    named = arguments[1].annotation if len(arguments) > 1 else None
    return named if isinstance(named, type) and hasattr(named, "__setting__") else None
