"""What a comparison is, and how its times are taken.

A file ``benchmarks/NAME.py`` declares ``COMPARISONS``, a tuple of :class:`Comparison`. Each says

* ``ours``: makes our :class:`Side`, usually ``Here("overfit-theory", function)`` where
  ``function()`` does the whole work once and returns ``{name: array}`` (JAX or numpy; the harness
  waits for them);
* ``peers``: makes the others, usually ``Worker("PyTorch", "torch_descent.py", inputs)``: a script
  in ``benchmarks/peers/`` that runs in an environment of its own (see :mod:`benchmarks._workers`);
* ``agree``: holds the results of a peer against ours, *before* any time is taken, and returns an
  :class:`Agreement`; a peer that disagrees gets no ratio;
* ``limit``: the least seconds in which this machine could do the work, from the matrix-product
  peaks and the bandwidth measured in the same run (:class:`benchmarks._machine.Machine`).

Sides take turns, in alternating order, and the ratio of a turn is the peer's time over ours in
that turn: the machine's drift is common to both. A side that does only a part of the work says so
with ``share``; its times are divided by it, and the table marks them.
"""

import dataclasses
import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import jax
import numpy as np

from benchmarks._machine import Machine

Results = Mapping[str, np.ndarray]

LEAST_SECONDS = 0.2
"""A turn repeats the work until it takes about this long, so that the clock's grain is nothing."""


class Unavailable(RuntimeError):
    """A peer that cannot run here; the row says why."""


class Side(Protocol):
    """One way to do the work."""

    name: str
    share: float
    """The part of the work that one call does; 1 is all of it."""
    first_seconds: float
    """The first call, compilation included."""

    def start(self) -> Results:
        """Does the work for the first time; returns its results. Raises Unavailable."""
        ...

    def seconds(self, calls: int) -> float:
        """Seconds per call, over ``calls`` calls."""
        ...

    def stop(self) -> None:
        """Frees what the side holds."""
        ...


@dataclasses.dataclass
class Here:
    """The work as a function in this process, returning ``{name: array}``."""

    name: str
    function: Callable[[], Mapping[str, Any]]
    share: float = 1.0
    first_seconds: float = dataclasses.field(default=math.nan, init=False)

    def start(self) -> Results:
        """Runs once, compiling."""
        began = time.perf_counter()
        results = jax.block_until_ready(self.function())
        self.first_seconds = time.perf_counter() - began
        return {name: np.asarray(value) for name, value in results.items()}

    def seconds(self, calls: int) -> float:
        """Seconds per call; each call is waited for."""
        began = time.perf_counter()
        for _ in range(calls):
            jax.block_until_ready(self.function())
        return (time.perf_counter() - began) / calls

    def stop(self) -> None:
        """Lets the function, and the arrays it holds, go."""
        self.function = dict


@dataclasses.dataclass(frozen=True)
class Agreement:
    """How far a peer's results are from ours, and how far they may be."""

    what: str
    error: float
    tolerance: float

    @property
    def reached(self) -> bool:
        """Whether the error (a number) is within the tolerance."""
        return bool(self.error <= self.tolerance)


def largest_difference(
    *names: str, tolerance: float, relative: bool = True, what: str = ""
) -> Callable[[Results, Results], Agreement]:
    """Agreement of the arrays of these names: max |a - b|, over max |b| if ``relative``."""

    def agree(ours: Results, theirs: Results) -> Agreement:
        worst = 0.0
        for name in names:
            a, b = np.asarray(ours[name], float), np.asarray(theirs[name], float)
            if a.shape != b.shape:
                raise ValueError(f"{name}: ours has shape {a.shape}, the peer's {b.shape}")
            scale = np.max(np.abs(b)) if relative else 1.0
            worst = max(worst, float(np.max(np.abs(a - b)) / scale))
        kind = "relative" if relative else "absolute"
        return Agreement(what or f"largest {kind} difference of {', '.join(names)}", worst,
                         tolerance)  # fmt: skip

    return agree


@dataclasses.dataclass(frozen=True)
class Peer:
    """A peer and the ratio to reach against it (None: none was set)."""

    make: Callable[[], Side]
    target: float | None = None
    agree: Callable[[Results, Results], Agreement] | None = None
    """Where this peer's results are to be compared in a way of their own."""


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One row of the table: see the module's docstring.

    Attributes:
        name, work: a snake_case name, and one line that says what is done, at what size.
        ours, peers, agree: the sides, and how their results are compared.
        limit: least seconds on this machine; ``limit_name`` says of what.
        note: what the reader must know: how a peer was scaled, what binds where a target is missed.
        turns: how many times each side takes its turn.
    """

    name: str
    work: str
    ours: Callable[[], Side]
    peers: tuple[Peer, ...]
    agree: Callable[[Results, Results], Agreement]
    limit: Callable[[Machine], float]
    limit_name: str
    limit_target: float | None = None
    note: str = ""
    turns: int = 5


def spread(values: Sequence[float]) -> dict[str, float]:
    """{"median", "low", "high"} of the values."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def compare(comparison: Comparison, say: Callable[[str], None] = print) -> dict[str, Any]:
    """Runs a comparison; returns its record for the JSON file."""
    machine = Machine.measure()
    ours = comparison.ours()
    say(f"{comparison.name}: {comparison.work}")
    results = ours.start()
    running, records = [], []
    for peer in comparison.peers:
        record, side = _prepare(peer, comparison, results, say)
        records.append(record)
        if side is not None:
            running.append((side, record))
    sides: list[Side] = [ours, *(side for side, _ in running)]
    calls = [max(1, math.ceil(LEAST_SECONDS / side.seconds(1))) for side in sides]
    taken: list[list[float]] = [[] for _ in sides]
    for turn in range(comparison.turns):
        order = range(len(sides))
        for i in order if turn % 2 == 0 else reversed(order):
            taken[i].append(sides[i].seconds(calls[i]) / sides[i].share)
    seconds = spread(taken[0])
    for (_side, record), times in zip(running, taken[1:], strict=True):
        record["seconds"] = spread(times)
        record["ratio"] = spread([theirs / mine for theirs, mine in zip(times, taken[0],
                                                                        strict=True)])  # fmt: skip
        say(f"  {record['name']}: {record['ratio']['median']:.1f} times our time")
    for side in sides:
        side.stop()
    least = comparison.limit(machine)
    return {
        "name": comparison.name,
        "work": comparison.work,
        "seconds": seconds,
        "compile_seconds": max(0.0, ours.first_seconds - seconds["median"] * ours.share),
        "share": ours.share,
        "peers": records,
        "limit": {
            "of": comparison.limit_name,
            "seconds": least,
            "reached": least / seconds["median"],
            "target": comparison.limit_target,
        },
        "machine": machine.rates(),
        "turns": comparison.turns,
        "note": comparison.note,
    }


def _prepare(
    peer: Peer, comparison: Comparison, results: Results, say: Callable[[str], None]
) -> tuple[dict[str, Any], Side | None]:
    """A peer's record, and its side where it runs and agrees."""
    side = None
    record: dict[str, Any] = {"target": peer.target}
    try:
        side = peer.make()
        record |= {"name": side.name, "share": side.share}
        theirs = side.start()
    except Unavailable as error:
        if side is not None:
            side.stop()
        say(f"  {record.get('name', 'a peer')}: not available: {error}")
        return {"name": "a peer"} | record | {"unavailable": str(error)}, None
    agreement = (peer.agree or comparison.agree)(results, theirs)
    record["agreement"] = dataclasses.asdict(agreement) | {"reached": agreement.reached}
    say(
        f"  {side.name}: {agreement.what} {agreement.error:.1e} (allowed {agreement.tolerance:.1e})"
    )
    if not agreement.reached:
        side.stop()
        say("  the results differ: no times are compared")
        return record, None
    return record, side
