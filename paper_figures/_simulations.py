"""The simulations of one figure: each made once, and recorded."""

import dataclasses
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sims._keys import params_text


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """One simulation that a figure asked for, as its provenance tells it."""

    setting: str
    mode: str
    params: Any
    trials: int
    seed: int
    stream: str | None
    seconds: float


class Simulations:
    """Makes a figure's simulations; what is asked for twice, by two panels, is made once."""

    def __init__(
        self, seed: int, simulate: Callable[..., Mapping[str, Any]] | None, progress: Any,
        store: Path | None,
    ):  # fmt: skip
        self.records: list[RunRecord] = []
        self._made: dict[Any, dict[str, np.ndarray]] = {}
        self._seed, self._simulate = seed, simulate
        self._options: dict[str, Any] = {"progress": progress, "store": store}

    def run(
        self, setting: Any, params: Any, mode: str, trials: int, stream: str | None
    ) -> dict[str, np.ndarray]:
        """See :meth:`Context.simulate`."""
        asked = (setting, mode, params_text(params), trials, stream)
        if asked not in self._made:
            simulate = self._simulate
            options = {name: value for name, value in self._options.items() if value is not None}
            if simulate is None:
                from sims import simulate

                options.setdefault("store", False)  # not the environment's, without a word
            began = time.perf_counter()
            result = simulate(
                setting, params, mode=mode, trials=trials, seed=self._seed, stream=stream, **options
            )
            seconds = time.perf_counter() - began
            name = setting if isinstance(setting, str) else getattr(params, "__setting__", "")
            self.records.append(RunRecord(name, mode, params, trials, self._seed, stream, seconds))
            self._made[asked] = {key: np.asarray(value) for key, value in result.items()}
        return dict(self._made[asked])
