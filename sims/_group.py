"""Several processes, perhaps on several machines, that compute one run together.

Every process runs the same program on the same params. Blocks are dealt out in turn; after each
chunk all processes hold all its numbers, so all come to the same decisions. Process 0 alone reads
the store, writes it, and prints.
"""

import dataclasses
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

HEARTBEAT_SECONDS = 20
"""A process that is silent for so long is given up, and with it the run."""

_WORKER = "OVERFIT_THEORY_WORKER"


class LostProcessError(RuntimeError):
    """Another process of the run died. What is in the store is whole."""


@dataclasses.dataclass(frozen=True)
class Group:
    """This process's place among ``count`` processes; the default is one process alone."""

    index: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is process 0."""
        return self.index == 0

    def gather(self, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The values of all processes (equal shapes), stacked along a new axis 0.

        Raises LostProcessError if a process is gone.
        """
        if self.count == 1:
            return {name: np.asarray(v)[None] for name, v in values.items()}
        from jax.experimental import multihost_utils

        try:
            return dict(multihost_utils.process_allgather(dict(values)))
        except Exception as error:  # jaxlib raises ValueError or JaxRuntimeError, by version
            raise LostProcessError(
                "another process of this run was lost; finished chunks are kept, and the same"
                f" command goes on from there ({type(error).__name__}: {str(error)[:200]})"
            ) from error

    def agree(self, number: int) -> int:
        """Process 0's number, in every process."""
        return int(self.gather({"number": np.asarray(number)})["number"][0])

    def share(self, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Process 0's values, in every process (the others give arrays of the same shapes)."""
        return {name: v[0] for name, v in self.gather(values).items()}


ALONE = Group()


def join(coordinator: str | None, processes: int | None, index: int | None) -> Group:
    """Joins the run's processes; call it before JAX computes anything.

    Without arguments JAX finds its place from SLURM or Open MPI. Raises ValueError if it cannot.
    """
    import jax

    given = (coordinator, processes, index)
    if any(g is None for g in given) and any(g is not None for g in given):
        raise ValueError("--coordinator, --processes and --process-index go together, or none")
    try:
        jax.distributed.initialize(
            coordinator, processes, index, heartbeat_timeout_seconds=HEARTBEAT_SECONDS
        )
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"cannot join the other processes: {error}") from error
    return Group(jax.process_index(), jax.process_count())


def is_worker() -> bool:
    """Whether a supervisor started this process."""
    return _WORKER in os.environ


def supervise(arguments: Sequence[str]) -> int:
    """Runs ``python -m sims ARGUMENTS`` as a worker; returns its exit status.

    JAX ends the survivors of a lost process by SIGABRT, without a word and with no chance to tidy
    up inside. So the worker is a child, and this process says what happened.
    """
    worker = subprocess.Popen(
        [sys.executable, "-m", "sims", *arguments], env=os.environ | {_WORKER: "1"}
    )
    while True:
        try:
            status = worker.wait()
            break
        except KeyboardInterrupt:
            continue  # the terminal sent it to the worker too, which ends in good order
    if status >= 0:
        return status
    print(
        f"python -m sims: the worker was ended by {signal.Signals(-status).name}: it, or another"
        " process of this run, was lost. Finished chunks are kept; the same command goes on from"
        " there.",
        file=sys.stderr,
    )
    return 1


def leave(status: int) -> Any:
    """Ends a worker at once where the group is broken: JAX's own farewell would wait minutes."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
