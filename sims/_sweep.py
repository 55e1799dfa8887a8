"""A simulation over a grid of params, as independent jobs that may run anywhere in any order."""

import dataclasses
import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sims._engine import simulations_of
from sims._moments import Moments, moments
from sims._run import DEFAULT_MEMORY, NotStoredError, Progress, Run
from theory import ParameterError, fields_of

_MOST_JOBS = 10**7  # of one shard: more are not even checked in an hour


def read_grid(path: Path) -> dict[str, list[Any]]:
    """The axes of a TOML file: ``n = [100, 200]``, ``eta = 0.1``.

    Raises ValueError naming the file if it cannot be read or is not TOML.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path} is not a TOML grid: {error}") from None
    return {name: value if isinstance(value, list) else [value] for name, value in table.items()}


class Grid(Sequence):
    """Every combination of the axes' values as Params, the last axis fastest.

    A Grid holds the axes, not the jobs: each is made when it is asked for, and ``grid[1::8]`` is
    every eighth. Raises ParameterError for an unknown field, an empty axis, a value that is no
    number (or choice), or one outside its range.
    """

    def __init__(self, params: type, axes: Mapping[str, Sequence[Any]]):
        fields = fields_of(params)
        for name, values in axes.items():
            if name not in fields or fields[name].kind == "array":
                known = ", ".join(n for n, f in fields.items() if f.kind != "array")
                raise ParameterError(f"there is no field {name!r} to sweep over (known: {known})")
            if not values:
                raise ParameterError(f"the axis {name} is empty")
            choice = fields[name].kind == "choice"
            for value in values:
                known = choice or isinstance(value, (int, float))
                if not known or not fields[name].admits(value):
                    raise ParameterError(
                        f"the axis {name} holds {value!r}, outside {fields[name].range_text}"
                    )
        self._params, self._axes = params, {name: list(v) for name, v in axes.items()}
        self._jobs = range(math.prod(len(values) for values in self._axes.values()))

    def __len__(self) -> int:
        return self.count  # Python's len() ends at 2^63

    @property
    def count(self) -> int:
        """How many jobs there are."""
        jobs = self._jobs
        return max(0, -(-(jobs.stop - jobs.start) // jobs.step))

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            part = object.__new__(Grid)
            part._params, part._axes, part._jobs = self._params, self._axes, self._jobs[index]
            return part
        job, values = self._jobs[index], {}
        for name, axis in reversed(self._axes.items()):
            job, place = divmod(job, len(axis))
            values[name] = axis[place]
        return self._params(**{name: values[name] for name in self._axes})

    def check(self) -> None:
        """Makes every job once. Raises ParameterError for one that cannot be, or for too many."""
        if self.count > _MOST_JOBS:
            raise ParameterError(
                f"{self.count} jobs in one sweep: part them with --shard i/N,"
                f" N at least {-(-self.count // _MOST_JOBS)}"
            )
        for _ in self:
            pass


def shard_of(jobs: Grid, shard: str | None) -> Grid:
    """Every N-th job: ``"2/8"`` is the second of eight shards. Raises ValueError for other text."""
    if shard is None:
        return jobs
    try:
        i, n = (int(part) for part in shard.split("/"))
        if not 1 <= i <= n:
            raise ValueError
    except ValueError:
        raise ValueError(f"--shard {shard!r} is not i/N with 1 <= i <= N") from None
    return jobs[i - 1 :: n]


@dataclasses.dataclass(frozen=True)
class Job:
    """One point of the grid: its params, and what its trials say (None if not computed yet)."""

    params: Any
    moments: tuple[Moments, ...] | None

    def summary(self) -> dict[str, Any]:
        """The params, and mean and standard error of every observable, as one flat row."""
        row: dict[str, Any] = {
            name: getattr(self.params, name)
            for name, field in fields_of(self.params).items()
            if field.kind != "array"
        }
        for m in self.moments or ():
            row |= {m.name: m.mean, f"{m.name} se": m.error}
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
) -> Iterator[Job]:
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
    for params in jobs:
        run = Run(
            simulation, params, setting=setting, mode=mode, seed=seed, store=store, memory=memory,
            progress=progress,
        )  # fmt: skip
        pieces = run.read(trials) if collect else run.pieces(trials)
        try:
            yield Job(params, tuple(moments(pieces, trials, run.width)))
        except NotStoredError:
            yield Job(params, None)
