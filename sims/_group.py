"""Several processes, perhaps on several machines, that compute one run together.

Every process runs the same program on the same params. Blocks are dealt out in turn; after each
chunk all processes hold all its numbers, so all come to the same decisions. Process 0 alone reads
the store, writes it, and prints.
"""

import dataclasses
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sims._rendezvous import MEETING_SECONDS, address_of, difference, meet

HEARTBEAT_SECONDS = 20
"""A process that is silent for so long is given up, and with it the run."""

_PATIENCE_SECONDS = 600  # for one that traces a larger part of the work; the dead are found sooner
_WORKER = "OVERFIT_THEORY_WORKER"


class LostProcessError(RuntimeError):
    """Another process of the run died. What is in the store is whole."""


class DisagreementError(ValueError):
    """The processes of a run are about to run different things. The text names the difference."""


@dataclasses.dataclass(frozen=True)
class Group:
    """This process's place among ``count`` processes; the default is one process alone."""

    index: int = 0
    count: int = 1
    _rounds: Iterator[int] = dataclasses.field(
        default_factory=itertools.count, init=False, repr=False, compare=False
    )

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
            raise _lost(error) from error

    def agree(self, number: int) -> int:
        """Process 0's number, in every process."""
        return int(self.gather({"number": np.asarray(number)})["number"][0])

    def share(self, values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Process 0's values, in every process (the others give arrays of the same shapes)."""
        return {name: v[0] for name, v in self.gather(values).items()}

    def same(self, what: str, facts: Mapping[str, str]) -> None:
        """Returns once all processes have said the same facts of ``what``.

        They are compared through the coordinator's key-value store, as text: what differs may be
        the very programs that a collective operation would be part of. Raises DisagreementError,
        in every process, naming the first difference; LostProcessError.
        """
        if self.count == 1:
            return
        from jax._src.distributed import global_state  # JAX has no public way to its store

        place = f"overfit-theory/{next(self._rounds)}"
        client: Any = global_state.client
        mine = {"what is run": what} | dict(facts)
        try:
            client.key_value_set(f"{place}/{self.index}", json.dumps(mine))
            said = [
                json.loads(client.blocking_key_value_get(f"{place}/{i}", _PATIENCE_SECONDS * 1000))
                for i in range(self.count)
            ]
            # nobody leaves before all have read: process 0 takes the store with it
            client.wait_at_barrier(f"{place}/read", _PATIENCE_SECONDS * 1000)
        except Exception as error:  # jaxlib raises ValueError or JaxRuntimeError, by version
            raise _lost(error) from error
        for i, other in enumerate(said):
            if found := difference(said[0], other):
                raise DisagreementError(f"{what}: processes 0 and {i} differ in {found}")


ALONE = Group()


def _lost(error: Exception) -> LostProcessError:
    return LostProcessError(
        "another process of this run was lost; finished chunks are kept, and the same"
        f" command goes on from there ({type(error).__name__}: {str(error)[:200]})"
    )


def check_place(given: Any) -> None:
    """Raises ValueError for a place in a group that cannot be: before anything is started.

    ``given`` has the command's ``distributed``, ``coordinator``, ``processes``, ``process_index``.
    """
    coordinator, processes, index = given.coordinator, given.processes, given.process_index
    if coordinator is None and processes is None and index is None:
        return
    if not given.distributed:
        raise ValueError("--coordinator, --processes and --process-index go with --distributed")
    if coordinator is None or processes is None or index is None:
        raise ValueError("--coordinator, --processes and --process-index go together, or none")
    address_of(coordinator)
    if index >= processes:
        raise ValueError(f"--process-index {index} is outside 0 to {processes - 1}")


def place_of(given: Any) -> str:
    """The process in words: "process 0 of 2"; where SLURM or Open MPI place it, "the worker"."""
    if given.process_index is None:
        return "the worker"
    return f"process {given.process_index} of {given.processes}"


def join(
    coordinator: str | None,
    processes: int | None,
    index: int | None,
    facts: Mapping[str, str] | None = None,
) -> Group:
    """Joins the run's processes, which agree on ``facts``; call it before JAX computes anything.

    Without arguments JAX finds its place from SLURM or Open MPI. Raises ValueError if it cannot,
    or if the processes differ.
    """
    import jax

    if coordinator is not None and processes is not None and index is not None:
        meet(coordinator, processes, index, facts or {})
    try:
        jax.distributed.initialize(
            coordinator, processes, index, heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
            initialization_timeout=MEETING_SECONDS,
        )  # fmt: skip
    except (RuntimeError, ValueError) as error:
        raise ValueError(f"cannot join the other processes: {error}") from error
    group = Group(jax.process_index(), jax.process_count())
    group.same("this command", facts or {})
    return group


def is_worker() -> bool:
    """Whether a supervisor started this process."""
    return _WORKER in os.environ


def native_stderr_to_log() -> None:
    """Sends what JAX's C++ writes to standard error into the supervisor's log: a survivor of a lost
    process writes a stack trace there. Python's own lines go where they went."""
    own = os.dup(2)
    sys.stderr = open(own, "w", buffering=1, encoding=sys.stderr.encoding)  # noqa: SIM115
    log = os.open(os.environ[_WORKER], os.O_WRONLY | os.O_APPEND)
    os.dup2(log, 2)
    os.close(log)


def supervise(arguments: Sequence[str], place: str = "the worker") -> int:
    """Runs ``python -m sims ARGUMENTS`` as a worker; returns its exit status.

    JAX ends the survivors of a lost process by SIGABRT, with no chance to tidy up inside. So the
    worker is a child, and this process says in one line what happened to it; ``place`` names it.
    """
    handle, log = tempfile.mkstemp(prefix="overfit-theory-", suffix=".log")
    os.close(handle)
    worker = subprocess.Popen(
        [sys.executable, "-m", "sims", *arguments], env=os.environ | {_WORKER: log}
    )
    while True:
        try:
            status = worker.wait()
            break
        except KeyboardInterrupt:
            continue  # the terminal sent it to the worker too, which ends in good order
    said = ""
    if status < 0 and os.path.getsize(log):
        said = f" (JAX's own words: {log})"
    else:
        os.unlink(log)
    if status >= 0:
        return status
    print(
        f"python -m sims: {place} was ended by {signal.Signals(-status).name}: it, or another"
        " process of this run, was lost. Finished chunks are kept; the same command goes on from"
        f" there.{said}",
        file=sys.stderr,
    )
    return 1


def leave(status: int) -> Any:
    """Ends a worker at once where the group is broken: JAX's own farewell would wait minutes."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
