"""Runs a trial over many keys, in blocks.

A *block* is a fixed number of trials under ``vmap`` (``Simulation.width``), compiled once. Trial i
of a run uses ``fold_in(run key, i)`` whatever block, chunk or device computes it, and every block
runs the same executable: so the numbers are the same bits for any chunking, any number of devices
and any interruption on one machine type.

A *chunk* is how many blocks are computed between two transfers to the host; it is bounded by a
memory budget and changes no number. Blocks are dispatched one by one: a dispatch costs some 50 us
and a block is milliseconds, while a ``lax.map`` over blocks would compile one executable per chunk
length, and XLA may round differently in each.

Every finished chunk goes to the store (see ``sims._store``), where there is one: a run that was
killed goes on where it stopped, and a run made before is read, not made again.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax._src import xla_bridge  # there is no public way to ask whether JAX has started

from sims import _store
from sims._group import ALONE, Group
from sims._keys import hash32, params_text, run_key
from sims._programs import block_function, shared_function
from sims._simulation import Simulation
from sims._threads import lapack_threads
from theory._params import setting_of

DEFAULT_MEMORY = 4 * 2**30
"""Bytes that the blocks in flight and a chunk's results may take."""

# Blocks queued on one device: two keep it busy, bounded for memory. One where JAX's CPU client
# started before this package could ask for enough threads (see theory/__init__.py).
_IN_FLIGHT = 1 if xla_bridge.backends_are_initialized() else 2
_LARGEST_CHUNK = 64  # blocks; the progress bar and Ctrl-C answer between chunks

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


@dataclasses.dataclass
class Run:
    """One simulation at one Params; :meth:`extend` computes further trials.

    Attributes:
        simulation, params, setting, mode, seed, stream: what is run (see :func:`run_key`).
        devices: where blocks go, in turn; default the first device.
        memory: bytes for blocks in flight and a chunk's results.
        chunk_blocks: blocks per chunk; default as many as the memory allows, at most 64.
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
        self.setting = self.setting or setting_of(self.params)
        self.devices = list(self.devices) if self.devices else jax.local_devices()[:1]
        if self.chunk_blocks is not None and self.chunk_blocks < 1:
            raise ValueError(f"a chunk holds at least one block, not {self.chunk_blocks}")
        self.key = run_key(self.setting, self.mode, self.params, seed=self.seed, stream=self.stream)
        if self.width < 0:
            raise ValueError(f"a block holds at least one trial, not {self.width}")
        self.width = self.width or self.simulation.width_at(self.params)
        self._lowered: list[tuple[Any, Any, Any]] = []
        self._compiled: list[tuple[Any, Any, Any]] = []
        self._folder: _store.RunFolder | None = None

    @property
    def what(self) -> str:
        """``setting/mode``, for messages."""
        return f"{self.setting}/{self.mode}"

    def lower(self) -> None:
        """Traces the block for every device, and opens the run's folder in the store."""
        if self._lowered:
            return
        began = time.perf_counter()
        block = block_function(self.simulation, self.width)
        texts = []
        for device in self.devices or ():
            key = jax.device_put(self.key, device)
            shared = None
            if self.simulation.shared is not None:
                # its own stream, so that what is shared never coincides with a trial's numbers
                shared_key = jax.random.fold_in(key, hash32("shared"))
                make = shared_function(self.simulation.shared)
                texts.append(make.lower(shared_key, self.params).as_text())
                shared = make(shared_key, self.params)
            lowered = block.lower(key, jnp.uint32(0), self.params, shared)
            self._lowered.append((lowered, key, shared))
        if self.store is not None:
            texts.append(self._lowered[0][0].as_text())
            facts = {
                "setting": self.setting,
                "mode": self.mode,
                "params": params_text(self.params),
                "key": np.asarray(jax.random.key_data(self.key)).tobytes().hex(),
                "width": str(self.width),
                "machine": _store.machine_kind((self.devices or jax.devices())[0]),
            }
            name = _store.identity(facts | {"program": "\n".join(texts)})
            about = facts | {"seed": self.seed, "stream": self.stream}
            self._folder = _store.RunFolder(self.store, self.setting, self.mode, name, about)
        self.compile_seconds += time.perf_counter() - began

    def compile(self) -> None:
        """Compiles the block for every device and fits the chunk to the memory budget.

        Raises MemoryError if a single block does not fit.
        """
        self.lower()
        if self._compiled:
            return
        began = time.perf_counter()
        self._compiled = [(low.compile(), key, shared) for low, key, shared in self._lowered]
        analysis = self._compiled[0][0].memory_analysis()
        working = getattr(analysis, "temp_size_in_bytes", 0) or 0
        result = getattr(analysis, "output_size_in_bytes", 0) or 0
        per_device = _IN_FLIGHT * (working + result)
        if working + result > self.memory:
            raise MemoryError(
                f"{self.what}: one block of {self.width} trials needs"
                f" {(working + result) / 2**20:.0f} MiB, over the budget of"
                f" {self.memory / 2**20:.0f} MiB; raise --memory, or run a smaller size"
            )
        if self.chunk_blocks is None:
            left = max(0, self.memory - per_device * len(self._compiled))
            self.chunk_blocks = max(1, min(_LARGEST_CHUNK, left // max(1, result)))
        self.chunk_blocks = self.group.agree(self.chunk_blocks or 1)
        self.compile_seconds += time.perf_counter() - began

    def extend(self, trials: int) -> dict[str, np.ndarray]:
        """Goes on to at least ``trials`` trials in all (whole blocks); returns the new ones.

        Raises NonFiniteObservable at the first trial with a NaN or an infinity, StoreError if a
        finished chunk cannot be kept.
        """
        self.lower()
        width = self.width
        block, last = self.trials // width, math.ceil(trials / width)
        pieces = []
        while block < last:
            block, piece = self._next(block, last)
            pieces.append(piece)
            self.trials = block * width
            if self.progress is not None:
                self.progress(self.what, self.trials, last * width)
        if not pieces:
            return {}
        return {name: np.concatenate([p[name] for p in pieces]) for name in pieces[0]}

    def read(self, trials: int) -> dict[str, np.ndarray] | None:
        """The first ``trials`` trials (whole blocks) if the store holds them all, else None."""
        self.lower()
        block, last = 0, math.ceil(trials / self.width)
        pieces = []
        while block < last:
            stored = self._stored(block, last)
            if stored is None:
                return None
            block, piece = stored
            pieces.append(piece)
        return {name: np.concatenate([p[name] for p in pieces]) for name in pieces[0]}

    def _next(self, first: int, last: int) -> tuple[int, dict[str, np.ndarray]]:
        """Blocks from ``first`` on, read from the store or computed: (where they end, values)."""
        stored = self._stored(first, last)
        if stored is not None:
            return stored
        self.compile()
        began = time.perf_counter()
        end = min(first + (self.chunk_blocks or 1) * self.group.count, last)
        with lapack_threads(self.simulation.small_lapack):
            chunk = self._compute(first, end)
        self.seconds += time.perf_counter() - began
        self._check_finite(chunk, first * self.width)
        if self._folder is not None and self.group.first:
            self._folder.save(first, end, chunk)
        return end, chunk

    def _stored(self, first: int, last: int) -> tuple[int, dict[str, np.ndarray]] | None:
        """What process 0 finds in the store, in every process."""
        if self._folder is None:
            return None
        width = self.width
        found = self._folder.load(first, last, width) if self.group.first else None
        if self.group.count == 1:
            return found
        end = self.group.agree(found[0] if found is not None else first)
        if end == first:
            return None
        shapes = self._lowered[0][0].out_info
        empty = {
            name: np.zeros(((end - first) * width, *out.shape[1:]), out.dtype)
            for name, out in shapes.items()
        }
        return end, self.group.share(found[1] if found is not None else empty)

    def _compute(self, first: int, end: int) -> dict[str, np.ndarray]:
        """Blocks first to end - 1: block b belongs to process b mod count, and there to device
        (b div count) mod D. That changes where a block is computed, never what it is."""
        count = self.group.count
        mine = [b for b in range(first, end) if b % count == self.group.index]
        width = self.width
        blocks: list[Mapping[str, Any]] = []
        for block in mine:
            compiled, key, shared = self._compiled[block // count % len(self._compiled)]
            behind = len(blocks) - _IN_FLIGHT * len(self._compiled)
            if behind >= 0:
                jax.block_until_ready(blocks[behind])
            blocks.append(compiled(key, jnp.uint32(block * width), self.params, shared))
        values = jax.device_get(blocks)
        if count == 1:
            return {name: np.concatenate([v[name] for v in values]) for name in values[0]}
        return self._collect(values, first, end)

    def _collect(self, values: list[Any], first: int, end: int) -> dict[str, np.ndarray]:
        """All processes' blocks in order; each brings equally many, some of them empty."""
        count, width = self.group.count, self.width
        most = math.ceil((end - first) / count)
        brought = {}
        for name, out in self._lowered[0][0].out_info.items():
            padded = np.zeros((most, width, *out.shape[1:]), out.dtype)
            for i, value in enumerate(values):
                padded[i] = value[name]
            brought[name] = padded
        everything = self.group.gather(brought)
        places = [0] * count
        order = []
        for block in range(first, end):
            owner = block % count
            order.append((owner, places[owner]))
            places[owner] += 1
        return {
            name: np.concatenate([v[owner, place] for owner, place in order])
            for name, v in everything.items()
        }

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
