"""A simulation over a grid of params, as independent jobs that may run anywhere in any order."""

import dataclasses
import itertools
import math
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sims._engine import simulations_of
from sims._run import DEFAULT_MEMORY, Progress, Run
from theory import ParameterError, fields_of


def read_grid(path: Path) -> dict[str, list[Any]]:
    """The axes of a TOML file: ``n = [100, 200]``, ``eta = 0.1``.

    Raises ValueError naming the file if it cannot be read or is not TOML.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path} is not a TOML grid: {error}") from None
    return {name: value if isinstance(value, list) else [value] for name, value in table.items()}


def grid(params: type, axes: Mapping[str, Sequence[Any]]) -> list[Any]:
    """Every combination of the axes' values as Params, the last axis fastest.

    All are checked before any is run. Raises ParameterError for an unknown field, an empty axis
    or a value outside its range.
    """
    fields = fields_of(params)
    for name, values in axes.items():
        if name not in fields or fields[name].kind == "array":
            known = ", ".join(n for n, f in fields.items() if f.kind != "array")
            raise ParameterError(f"there is no field {name!r} to sweep over (known: {known})")
        if not values:
            raise ParameterError(f"the axis {name} is empty")
    return [
        params(**dict(zip(axes, values, strict=True)))
        for values in itertools.product(*axes.values())
    ]


def shard_of(jobs: Sequence[Any], shard: str | None) -> list[Any]:
    """Every N-th job: ``"2/8"`` is the second of eight shards. Raises ValueError for other text."""
    if shard is None:
        return list(jobs)
    try:
        i, n = (int(part) for part in shard.split("/"))
        if not 1 <= i <= n:
            raise ValueError
    except ValueError:
        raise ValueError(f"--shard {shard!r} is not i/N with 1 <= i <= N") from None
    return list(jobs[i - 1 :: n])


@dataclasses.dataclass(frozen=True)
class Job:
    """One point of the grid: its params, and its observables (None if not computed yet)."""

    params: Any
    observables: dict[str, np.ndarray] | None

    def summary(self) -> dict[str, Any]:
        """The params, and mean and standard error of every observable, as one flat row."""
        row: dict[str, Any] = {
            name: getattr(self.params, name)
            for name, field in fields_of(self.params).items()
            if field.kind != "array"
        }
        for name, values in (self.observables or {}).items():
            flat = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
            for i in range(flat.shape[1]):
                index = ",".join(map(str, np.unravel_index(i, values.shape[1:])))
                label = f"{name}[{index}]" if values.ndim > 1 else name
                spread = flat[:, i].std(ddof=1) if len(flat) > 1 else math.nan
                row[label] = float(flat[:, i].mean())
                row[f"{label} se"] = float(spread / math.sqrt(len(flat)))
        return row


def sweep(
    setting: str,
    jobs: Sequence[Any],
    *,
    mode: str = "default",
    trials: int,
    seed: int = 0,
    store: Path,
    collect: bool = False,
    memory: int = DEFAULT_MEMORY,
    progress: Progress | None = None,
) -> list[Job]:
    """Runs the jobs, or, with ``collect``, only reads what the store holds of them.

    Every finished chunk is in the store, so a job that was interrupted goes on where it stopped
    and a finished one is read; job arrays on several machines may share one store.
    """
    simulation = simulations_of(setting).get(mode)
    if simulation is None:
        known = ", ".join(simulations_of(setting))
        raise ValueError(f"{setting}: there is no mode {mode!r} (known: {known})")
    if trials < 1:
        raise ValueError(f"--trials {trials} is outside [1, inf)")
    done = []
    for params in jobs:
        run = Run(
            simulation, params, setting=setting, mode=mode, seed=seed, store=store, memory=memory,
            progress=progress,
        )  # fmt: skip
        found = run.read(trials) if collect else run.extend(trials)
        cut = None if found is None else {name: v[:trials] for name, v in found.items()}
        done.append(Job(params, cut))
    return done
