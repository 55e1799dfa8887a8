"""What a setting gives the engine: a trial and the width of its blocks."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Simulation:
    """One random experiment, to be run over many keys.

    Attributes:
        trial: ``trial(key, params) -> {name: scalar or short vector}``, pure JAX.
        width: how many trials one block runs side by side under ``vmap``. It is part of every
            number's identity: another width may round differently.
        doc: one line on what a trial does.
        shared: ``shared(key, params) -> pytree``, made once for a run and passed to every trial
            as a third argument: what all trials of a run have in common (None: nothing).
    """

    trial: Callable[..., Mapping[str, Any]]
    width: int = 64
    doc: str = ""
    shared: Callable[[Any, Any], Any] | None = None

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ValueError(f"a block holds at least one trial, not {self.width}")
