"""How much of a run is held at once: blocks in flight, a chunk's results, what is given back."""

import dataclasses
import itertools
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO

import numpy as np

# copies of a chunk's results that exist together: on the device, joined, packed, in the file
_COPIES = 4
_CHUNK_SECONDS = 10  # what a chunk is meant to take: a kill loses no more than a chunk
_LARGEST_CHUNK = 64  # blocks; the progress bar and Ctrl-C answer between chunks


def mib(size: float) -> str:
    """A number of bytes in MiB, in words."""
    return f"{size / 2**20:.0f} MiB"


@dataclasses.dataclass(frozen=True)
class Budget:
    """What a memory budget leaves room for.

    Attributes:
        in_flight: blocks queued on one device.
        chunk_blocks: the most blocks in a chunk.
        kept: bytes of results that a caller may be given in memory; more goes to a file.
    """

    in_flight: int
    chunk_blocks: int
    kept: int


def budget(
    what: str, memory: int, *, working: int, result: int, shared: int, devices: int, in_flight: int
) -> Budget:
    """Fits a run's blocks into ``memory`` bytes.

    A block needs ``working`` bytes while it runs and returns ``result``; ``shared`` bytes are on
    every device all the time. Raises MemoryError if not even one block a device fits.
    """
    one = devices * (working + result)
    common = devices * shared
    if one + common > memory:
        beside = f" beside {mib(common)} that all trials share" if common else ""
        many = f" on {devices} devices" if devices > 1 else ""
        raise MemoryError(
            f"{what} needs {mib(one)}{many}{beside}, over the budget of {mib(memory)};"
            " raise --memory, or run a smaller size"
        )
    queued = in_flight if in_flight * one + common <= memory else 1
    left = memory - queued * one - common
    room = left // 2 // (_COPIES * max(1, result))
    return Budget(queued, max(devices, min(_LARGEST_CHUNK, room)), left // 2)


class Pace:
    """Blocks in the next chunk: few until it is known how long one takes."""

    def __init__(self, first: int):
        self.blocks = first

    def took(self, blocks: int, seconds: float) -> None:
        """Learns from a chunk: the next is at most eight times as large."""
        wanted = int(_CHUNK_SECONDS * blocks / max(seconds, 1e-6))
        self.blocks = max(1, min(wanted, 8 * blocks))


class Spool:
    """Arrays that grow by pieces, in files without a name: they go with their last reader."""

    def __init__(self, folder: Path | None = None):
        self._folder = folder
        self._files: dict[str, IO[bytes]] = {}
        self._shapes: dict[str, tuple[np.dtype, int, tuple[int, ...]]] = {}

    def append(self, piece: Mapping[str, np.ndarray]) -> None:
        """Adds a piece; axis 0 runs over trials."""
        for name, values in piece.items():
            if name not in self._files:
                self._files[name] = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115
            self._files[name].write(np.ascontiguousarray(values).data)
            before = self._shapes.get(name, (values.dtype, 0, ()))[1]
            self._shapes[name] = (values.dtype, before + len(values), values.shape[1:])

    def keeping(
        self, pieces: Iterable[Mapping[str, np.ndarray]], trials: int
    ) -> Iterator[Mapping[str, np.ndarray]]:
        """The pieces, the first ``trials`` trials of which are kept on the way."""
        left = trials
        for piece in pieces:
            self.append({name: values[:left] for name, values in piece.items()})
            left -= min(left, len(next(iter(piece.values()))))
            yield piece

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays as memory maps; what a caller writes into them stays in memory."""
        whole: dict[str, np.ndarray] = {}
        for name, (dtype, count, shape) in self._shapes.items():
            if count * math.prod(shape) == 0:  # there is no map of nothing
                whole[name] = np.zeros((count, *shape), dtype)
                continue
            self._files[name].flush()
            whole[name] = np.memmap(self._files[name], dtype, mode="c", shape=(count, *shape))
        return whole


def joined(
    pieces: Iterable[Mapping[str, np.ndarray]],
    size: int,
    room: Callable[[], int],
    folder: Path | None,
) -> dict[str, np.ndarray]:
    """The pieces in one array each: in memory where ``size`` bytes fit the room.

    The room is asked for at the first piece: only then is it known what the blocks take.
    """
    rest = iter(pieces)
    first = next(rest, None)
    if first is None:
        return {}
    if size > room():
        spool = Spool(folder)
        for piece in itertools.chain([first], rest):
            spool.append(piece)
        return spool.arrays()
    held = [first, *rest]
    return {name: np.concatenate([p[name] for p in held]) for name in first}
