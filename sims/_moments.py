"""Mean, spread and range of every observable, from pieces of a run that are not kept."""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np


class Moments(NamedTuple):
    """What the trials say of one number.

    Attributes:
        name: the observable, with its place where it is a vector: ``accuracy[2]``.
        mean, sd, least, most: over the trials; sd is NaN for one trial.
        error: the standard error of the mean.
    """

    name: str
    mean: float
    sd: float
    least: float
    most: float
    error: float


def moments(
    pieces: Iterable[Mapping[str, np.ndarray]], trials: int, width: int
) -> Iterator[Moments]:
    """The moments of the first ``trials`` trials, which come in pieces of whole blocks.

    Blocks of ``width`` trials are reduced one by one and joined in their order (Chan, Golub and
    LeVeque's update), so that the pieces' sizes change no bit.
    """
    held: dict[str, list[np.ndarray]] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    done = 0
    for piece in pieces:
        count = min(len(next(iter(piece.values()))), trials - done)
        if count < 1:
            continue
        for name, values in piece.items():
            shapes[name] = values.shape[1:]
            flat = np.ascontiguousarray(
                values[:count].reshape(count, math.prod(values.shape[1:])), dtype=np.float64
            )
            for first in range(0, count, width):
                _join(held, name, flat[first : first + width], done + first)
        done += count
    for name, (mean, squares, least, most) in held.items():
        for i in range(len(mean)):
            index = ",".join(map(str, np.unravel_index(i, shapes[name]))) if shapes[name] else ""
            sd = math.sqrt(squares[i] / (done - 1)) if done > 1 else math.nan
            yield Moments(
                f"{name}[{index}]" if index else name, float(mean[i]), sd, float(least[i]),
                float(most[i]), sd / math.sqrt(done),
            )  # fmt: skip


def _join(held: dict[str, list[np.ndarray]], name: str, block: np.ndarray, before: int) -> None:
    """Adds a block to what the trials before it gave: [mean, sum of squares about it, ends]."""
    mean = block.mean(axis=0)
    squares = ((block - mean) ** 2).sum(axis=0)
    least, most = block.min(axis=0), block.max(axis=0)
    if name not in held:
        held[name] = [mean, squares, least, most]
        return
    old = held[name]
    count, shift = len(block), mean - old[0]
    share = count / (before + count)
    held[name] = [
        old[0] + shift * share,
        old[1] + squares + shift**2 * before * share,
        np.minimum(old[2], least),
        np.maximum(old[3], most),
    ]
