"""Simulations by name: the modes of a setting, and one call that runs one of them."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sims._run import DEFAULT_MEMORY, Progress, Run
from sims._simulation import Simulation
from theory._discovery import load
from theory._params import setting_of


def simulations_of(setting: str) -> dict[str, Simulation]:
    """The simulations of a setting by mode: SIMULATIONS, or a lone ``trial`` as "default".

    Raises ValueError if the setting has neither.
    """
    module = load("sims", setting)
    if module is not None and hasattr(module, "SIMULATIONS"):
        return dict(module.SIMULATIONS)
    if module is not None and hasattr(module, "trial"):
        return {"default": _lone(module.trial)}
    raise ValueError(f"{setting}: sims/{setting}.py defines neither SIMULATIONS nor trial")


@functools.cache
def _lone(trial: Callable[..., Any]) -> Simulation:
    return Simulation(trial)


def simulate(
    setting: str | Simulation,
    params: Any,
    *,
    mode: str = "default",
    trials: int,
    seed: int = 0,
    stream: str | None = None,
    devices: Sequence[Any] | None = None,
    memory: int | None = None,
    progress: Progress | None = None,
    store: Path | None = None,
    width: int = 0,
) -> dict[str, np.ndarray]:
    """The observables of ``trials`` independent trials; axis 0 runs over trials.

    Args:
        setting: a setting's name, or a Simulation of your own.
        params: the setting's Params.
        mode: which of the setting's simulations.
        trials: how many; computed in whole blocks and cut.
        seed: the root key.
        stream: a name asks for common random numbers across params.
        devices, memory, progress, store, width: see :class:`Run`.

    Raises ValueError for an unknown mode or trials < 1, MemoryError if one block is over the
    memory budget, NonFiniteObservable for NaN or infinity.
    """
    if trials < 1:
        raise ValueError(f"simulate: trials = {trials} is outside [1, inf)")
    if isinstance(setting, Simulation):
        simulation, name = setting, setting_of(params)
    else:
        modes = simulations_of(setting)
        if mode not in modes:
            raise ValueError(f"{setting}: there is no mode {mode!r} (known: {', '.join(modes)})")
        simulation, name = modes[mode], setting
    run = Run(
        simulation, params, setting=name, mode=mode, seed=seed, stream=stream, devices=devices,
        memory=DEFAULT_MEMORY if memory is None else memory, progress=progress, store=store,
        width=width,
    )  # fmt: skip
    return {k: v[:trials] for k, v in run.extend(trials).items()}
