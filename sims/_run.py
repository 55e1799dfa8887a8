"""Runs a trial over many keys, in blocks.

A *block* is a fixed number of trials under ``vmap`` (``Simulation.width``), compiled once. Trial i
of a run uses ``fold_in(run key, i)`` whatever block, chunk or device computes it, and every block
runs the same executable: so the numbers are the same bits for any chunking, any number of devices
and any interruption on one machine type.

A *chunk* is how many blocks are computed between two transfers to the host; it is bounded by a
memory budget, takes some ten seconds (unless one block takes longer), and changes no number.

Every finished chunk goes to the store (see ``sims._store``), where there is one: a run that was
killed goes on where it stopped, and a run made before is read, not made again.
"""

import dataclasses
import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from sims import _store
from sims._blocks import Blocks
from sims._group import ALONE, Group
from sims._keys import params_text, run_key
from sims._memory import Pace, joined
from sims._simulation import Simulation
from theory._compiler import flags_of_numbers
from theory._machine import RUN_MEMORY
from theory._params import setting_of
from theory._precision import on_its_platform, require_64_bit

DEFAULT_MEMORY = RUN_MEMORY
"""Bytes that blocks in flight, a chunk's results, what trials share and what is kept may take."""

_MOST_TRIALS = 2**32  # a trial's number is folded into its key with 32 bits

Progress = Callable[[str, int, int], None]
"""``progress(what, trials done, trials wanted)``, called after every chunk."""


class NonFiniteObservable(FloatingPointError):
    """A trial returned NaN or infinity. ``index`` and ``key_data`` replay it (see :func:`replay`).

    Attributes:
        setting, mode, observable: where it happened.
        index: the trial's number in its run.
        key_data: the trial's key, as ``jax.random.key_data`` gives it.
    """

    def __init__(self, setting: str, mode: str, observable: str, index: int, key_data: np.ndarray):
        self.setting, self.mode, self.observable = setting, mode, observable
        self.index, self.key_data = index, key_data
        words = ", ".join(str(int(w)) for w in key_data.ravel())
        super().__init__(
            f"{setting}: observable {observable!r} of trial {index} (mode {mode}) is not finite;"
            f" replay it with jax.random.wrap_key_data(jnp.array([{words}], dtype='uint32'))"
        )


class NotStoredError(LookupError):
    """Trials that were to be read are not in the store."""


@dataclasses.dataclass
class Run:
    """One simulation at one Params; :meth:`extend` computes further trials.

    Attributes:
        simulation, params, setting, mode, seed, stream: what is run (see :func:`run_key`).
        devices: where blocks go, in turn; default the first device.
        memory: bytes for blocks in flight, a chunk's results, what trials share, and what
            :meth:`extend` returns (beyond it in memory maps of temporary files).
        chunk_blocks: blocks per chunk; default as many as memory and time allow.
        store: the folder of the store; None keeps nothing.
        group: this process's place among several that share the run.
        width: trials in a block; default the simulation's, which suits a processor's cache. An
            accelerator wants hundreds where a trial is small; numbers may round differently.
        seconds: time spent computing, compilation apart (``compile_seconds``).
    """

    simulation: Simulation
    params: Any
    setting: str = ""
    mode: str = "default"
    seed: int = 0
    stream: str | None = None
    devices: Sequence[Any] | None = None
    memory: int = DEFAULT_MEMORY
    chunk_blocks: int | None = None
    progress: Progress | None = None
    store: Path | None = None
    group: Group = ALONE
    width: int = 0
    trials: int = dataclasses.field(default=0, init=False)
    seconds: float = dataclasses.field(default=0.0, init=False)
    compile_seconds: float = dataclasses.field(default=0.0, init=False)

    def __post_init__(self) -> None:
        require_64_bit()
        if not hasattr(self.params, "__fields__"):
            raise ValueError(f"params = {self.params!r} is not the Params of a setting")
        self.setting = self.setting or setting_of(self.params)
        if self.setting != setting_of(self.params):
            raise ValueError(f"{self.setting}: these are params of {setting_of(self.params)}")
        with on_its_platform():
            self.devices = list(self.devices) if self.devices else jax.local_devices()[:1]
        if self.chunk_blocks is not None and self.chunk_blocks < 1:
            raise ValueError(f"a chunk holds at least one block, not {self.chunk_blocks}")
        self.key = run_key(self.setting, self.mode, self.params, seed=self.seed, stream=self.stream)
        if self.width < 0:
            raise ValueError(f"a block holds at least one trial, not {self.width}")
        self.width = self.width or self.simulation.width_at(self.params)
        self._blocks: Blocks | None = None
        self._folder: _store.RunFolder | None = None
        self._most = 0  # blocks in a chunk, once compiled
        self._kept = self.memory // 2
        self._pace = Pace(1)

    @property
    def what(self) -> str:
        """``setting/mode``, for messages."""
        return f"{self.setting}/{self.mode}"

    @property
    def fixed(self) -> frozenset[str]:
        """The observables that do not depend on a trial's key: one number in every trial."""
        return self.lower().traced.fixed

    @property
    def shares_a_draw(self) -> bool:
        """Whether what all trials share is itself random: then they speak given this one draw."""
        return self.lower().shares_a_draw

    def lower(self) -> Blocks:
        """Traces the block for every device, and opens the run's folder in the store.

        Raises TrialError for a trial that may not be run (see ``sims._traced``), MemoryError for
        an array that no machine holds, DisagreementError where another process runs another
        program.
        """
        if self._blocks is not None:
            return self._blocks
        began = time.perf_counter()
        devices = self.devices or jax.local_devices()[:1]
        blocks = Blocks(
            self.what, self.simulation, self.params, self.key, self.width, devices, self.group
        )
        if self.store is not None or self.group.count > 1:
            facts = {
                "setting": self.setting,
                "mode": self.mode,
                "params": params_text(self.params),
                "key": np.asarray(jax.random.key_data(self.key)).tobytes().hex(),
                "width": str(self.width),
                "machine": _store.machine_kind(devices[0]),
            }
            name = _store.identity(facts | {"program": blocks.text})
            digest = hashlib.sha256(blocks.text.encode()).hexdigest()
            flags = {"XLA_FLAGS": flags_of_numbers()}
            self.group.same(self.what, facts | flags | {"program": digest})
            if self.store is not None:
                about = facts | {"seed": self.seed, "stream": self.stream}
                self._folder = _store.RunFolder(
                    _store.folder_of(self.store), self.setting, self.mode, name, about,
                    blocks.traced.layout,
                )  # fmt: skip
        self._blocks = blocks
        self.compile_seconds += time.perf_counter() - began
        return blocks

    def compile(self) -> None:
        """Compiles the block for every device and fits the chunk to the memory budget.

        Raises MemoryError if a single block does not fit, PathError if the store cannot be
        written.
        """
        blocks = self.lower()
        if blocks.budget is not None:
            return
        if self._folder is not None and self.group.first:
            self._folder.prepare()
        began = time.perf_counter()
        fitted = blocks.compile(self.memory)
        self._kept = fitted.kept
        self._most = self.group.agree(self.chunk_blocks or fitted.chunk_blocks)
        self._pace = Pace(self.chunk_blocks or len(self.devices or ()))
        self.compile_seconds += time.perf_counter() - began

    def extend(self, trials: int) -> dict[str, np.ndarray]:
        """Goes on to at least ``trials`` trials in all (whole blocks); returns the new ones.

        Raises NonFiniteObservable at the first trial with a NaN or an infinity, StoreError if a
        finished chunk cannot be kept. Arrays beyond the memory budget are memory maps.
        """
        new = max(0, math.ceil(trials / self.width) * self.width - self.trials)
        size = new * self.lower().traced.trial_bytes
        folder = self.store if self._folder is not None and self._folder.store.is_dir() else None
        return joined(self.pieces(trials), size, lambda: self._kept, folder)

    def pieces(self, trials: int) -> Iterator[dict[str, np.ndarray]]:
        """What :meth:`extend` returns, one chunk after the other; none is kept."""
        if trials > _MOST_TRIALS:
            raise ValueError(f"{self.what}: trials = {trials} is over {_MOST_TRIALS}")
        self.lower()
        block, last = self.trials // self.width, math.ceil(trials / self.width)
        while block < last:
            block, piece = self._stored(block, last) or self._computed(block, last)
            self.trials = block * self.width
            if self.progress is not None:
                self.progress(self.what, self.trials, last * self.width)
            yield piece

    def read(self, trials: int) -> Iterator[dict[str, np.ndarray]]:
        """The first ``trials`` trials (whole blocks) from the store; nothing is computed.

        Raises NotStoredError at the first block that the store does not hold.
        """
        self.lower()
        block, last = 0, math.ceil(trials / self.width)
        while block < last:
            stored = self._stored(block, last)
            if stored is None:
                raise NotStoredError(f"{self.what}: trial {block * self.width} is not stored")
            block, piece = stored
            yield piece

    def _computed(self, first: int, last: int) -> tuple[int, dict[str, np.ndarray]]:
        """The next chunk from block ``first`` on: (where it ends, values)."""
        self.compile()
        began = time.perf_counter()
        blocks = self.group.agree(min(self._pace.blocks, self._most))
        end = min(first + blocks * self.group.count, last)
        chunk = self.lower().compute(first, end)
        spent = time.perf_counter() - began
        self.seconds += spent
        if self.chunk_blocks is None:
            self._pace.took(math.ceil((end - first) / self.group.count), spent)
        self._check_finite(chunk, first * self.width)
        if self._folder is not None and self.group.first:
            self._folder.save(first, end, chunk)
        return end, chunk

    def _stored(self, first: int, last: int) -> tuple[int, dict[str, np.ndarray]] | None:
        """What process 0 finds in the store, in every process."""
        if self._folder is None:
            return None
        found = self._folder.load(first, last, self.width) if self.group.first else None
        if self.group.count == 1:
            return found
        end = self.group.agree(found[0] if found is not None else first)
        if end == first:
            return None
        empty = self.lower().empty(end - first)
        return end, self.group.share(found[1] if found is not None else empty)

    def _check_finite(self, chunk: Mapping[str, np.ndarray], offset: int) -> None:
        worst: tuple[int, str] | None = None
        for name, values in chunk.items():
            if not np.issubdtype(values.dtype, np.inexact):
                continue
            bad = ~np.isfinite(values).reshape(len(values), -1).all(axis=1)
            if bad.any() and (worst is None or int(bad.argmax()) < worst[0]):
                worst = int(bad.argmax()), name
        if worst is not None:
            index = offset + worst[0]
            key_data = np.asarray(jax.random.key_data(self.trial_key(index)))
            raise NonFiniteObservable(self.setting, self.mode, worst[1], index, key_data)

    def trial_key(self, index: int):
        """The key of trial ``index``."""
        return jax.random.fold_in(self.key, jnp.uint32(index))


def looks(width: int, most: int) -> Iterator[int]:
    """Trial counts at which a verdict may be taken: a geometric ladder of whole blocks.

    1, 2, ..., 16, 18, 20, 22, 24, 27, ... blocks (ratio 9/8: a decision waits 6 % of its trials for
    the next look) up to the first count >= most. It depends on the block width alone: never on the
    memory budget, the devices or the other claims of a run.
    """
    blocks = 1
    while True:
        yield blocks * width
        if blocks * width >= most:
            return
        blocks = max(blocks + 1, blocks * 9 // 8)
