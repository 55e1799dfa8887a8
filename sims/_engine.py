"""Simulations by name: the modes of a setting, and one call that runs one of them."""

import functools
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sims._run import DEFAULT_MEMORY, Progress, Run
from sims._simulation import Simulation, mode_of
from sims._store import ENVIRONMENT_VARIABLE, default_folder, folder_of
from theory import load, made_in


def simulations_of(setting: str) -> dict[str, Simulation]:
    """The simulations of a setting by mode: decorated trials, SIMULATIONS, or a lone ``trial``.

    Raises ValueError if the setting has none, or two of one mode.
    """
    module: Any = load("sims", setting)
    modes = dict(getattr(module, "SIMULATIONS", {}))
    listed = list(modes.values())
    own = f"{getattr(module, '__name__', '')}."
    for found in made_in(module, Simulation) if module is not None else ():
        home = getattr(found.trial, "__module__", "")
        if any(found is s for s in listed) or not f"{home}.".startswith(own):
            continue  # another setting's, imported
        mode = mode_of(found)
        if mode in modes:
            raise ValueError(f"{setting}: two simulations make the mode {mode!r}")
        modes[mode] = found
    if not modes and (trial := getattr(module, "trial", None)) is not None:
        modes["default"] = _lone(trial)
    if not modes:
        raise ValueError(
            f"{setting}: sims/{setting}.py has no simulation (a trial decorated by @simulation,"
            " or a lone function trial)"
        )
    return modes


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
    store: str | Path | Literal[False] | None = None,
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
        store: the folder where finished trials are kept and looked for; by default
            ``$OVERFIT_THEORY_STORE`` where that is set, else none. False: none.
        devices, memory, progress, width: see :class:`Run`.

    Raises ValueError for an unknown mode, trials < 1, params of another setting, or a trial that
    may not be run (see ``sims._traced``); MemoryError if one block is over the memory budget;
    NonFiniteObservable for NaN or infinity. Results over the memory budget are memory maps of
    temporary files.
    """
    if store is None:
        store = default_folder() if os.environ.get(ENVIRONMENT_VARIABLE) else False
    if trials < 1:
        raise ValueError(f"simulate: trials = {trials} is outside [1, inf)")
    if isinstance(setting, Simulation):
        simulation, name = setting, ""
    else:
        modes = simulations_of(setting)
        if mode not in modes:
            raise ValueError(f"{setting}: there is no mode {mode!r} (known: {', '.join(modes)})")
        simulation, name = modes[mode], setting
    run = Run(
        simulation, params, setting=name, mode=mode, seed=seed, stream=stream, devices=devices,
        memory=DEFAULT_MEMORY if memory is None else memory, progress=progress,
        store=None if store is False else folder_of(store), width=width,
    )  # fmt: skip
    return {k: v[:trials] for k, v in run.extend(trials).items()}
