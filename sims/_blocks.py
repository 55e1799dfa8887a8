"""The block of a run on its devices: traced, compiled, and computed, alone or with other processes.

Blocks are dispatched one by one: a dispatch costs some 50 us and a block is milliseconds, while a
``lax.map`` over blocks would compile one executable per chunk length, and XLA may round differently
in each.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax._src import xla_bridge  # there is no public way to ask whether JAX has started

from sims._group import Group
from sims._keys import hash32
from sims._memory import Budget, budget, mib
from sims._programs import block_function, shared_function
from sims._simulation import Simulation
from sims._threads import lapack_threads
from sims._traced import Traced, check_program, check_size, trace, uses_key

# Blocks queued on one device: two keep it busy, bounded for memory. One where JAX's CPU client
# started before this package could ask for enough threads (see theory/__init__.py).
_IN_FLIGHT = 1 if xla_bridge.backends_are_initialized() else 2


class Blocks:
    """A simulation's blocks of ``width`` trials at ``params``, on the devices of one process.

    Attributes:
        what: ``setting/mode``, for messages.
        traced: the block as it was traced; see ``sims._traced``. Making a Blocks traces and lowers
            (TrialError, MemoryError); nothing is compiled.
        shares_a_draw: whether what all trials share is random.
        text: the programs that all numbers depend on, as StableHLO.
        budget: what the memory leaves room for; None before :meth:`compile`.
    """

    def __init__(
        self,
        what: str,
        simulation: Simulation,
        params: Any,
        key: Any,
        width: int,
        devices: Sequence[Any],
        group: Group,
    ):
        self.what, self.params, self.width, self.group = what, params, width, group
        self._simulation = simulation
        self._lowered: list[tuple[Any, Any, Any]] = []
        self._compiled: list[tuple[Any, Any, Any]] = []
        self.budget: Budget | None = None
        self.shares_a_draw = False
        texts = []
        block = block_function(simulation, width)
        for device in devices:
            here = jax.device_put(key, device)
            shared = self._trace_shared(here)
            shapes = None if shared is None else shared.out_info
            self.traced: Traced = trace(what, block, here, jnp.uint32(0), params, shapes)
            self._lowered.append((self.traced.stage.lower(), here, shared))
            if not texts:  # the other devices run the same
                texts = [] if shared is None else [shared.lower().as_text()]
                texts.append(self._lowered[0][0].as_text())
        self.text = "\n".join(texts)

    def _trace_shared(self, key: Any) -> Any:
        """What makes the shared values on the key's device, traced; None if nothing is shared."""
        if self._simulation.shared is None:
            return None
        traced = shared_function(self._simulation.shared).trace(_shared_key(key), self.params)
        check_size(f"{self.what}: shared", traced.out_info)
        check_program(f"{self.what}: shared", traced.jaxpr.jaxpr)
        self.shares_a_draw = uses_key(traced)
        return traced

    def compile(self, memory: int) -> Budget:
        """Compiles the block for every device, makes what all trials share, fits both to a budget.

        Raises MemoryError if a single block a device does not fit.
        """
        if self.budget is not None:
            return self.budget
        shared, size = self._make_shared(memory)
        compiled = [
            (low.compile(), key, made)
            for (low, key, _), made in zip(self._lowered, shared, strict=True)
        ]
        working, result = _needs(compiled[0][0])
        self.budget = budget(
            f"{self.what}: one block of {self.width} trials", memory, working=working,
            result=result, shared=size, devices=len(compiled), in_flight=_IN_FLIGHT,
        )  # fmt: skip
        self._compiled = compiled
        return self.budget

    def compile_again(self, options: Mapping[str, Any]) -> None:
        """Compiles the block anew, with these options of XLA; later trials may round otherwise."""
        self._compiled = [
            (low.compile(compiler_options=dict(options)), key, made)
            for (low, _, _), (_, key, made) in zip(self._lowered, self._compiled, strict=True)
        ]

    def _make_shared(self, memory: int) -> tuple[list[Any], int]:
        """What all trials share, on every device, and its bytes on one."""
        made, size = [], 0
        for _, key, traced in self._lowered:
            if traced is None:
                made.append(None)
                continue
            size = check_size(self.what, traced.out_info)
            program = traced.lower().compile()
            working = sum(_needs(program))
            if max(working, size * len(self._lowered)) > memory:
                raise MemoryError(
                    f"{self.what}: what all trials share takes {mib(size)}, {mib(working)} while it"
                    f" is made, over the budget of {mib(memory)}; raise --memory, or run a smaller"
                    " size"
                )
            made.append(program(_shared_key(key), self.params))
        return made, size

    def compute(self, first: int, end: int) -> dict[str, np.ndarray]:
        """Blocks first to end - 1: block b belongs to process b mod count, and there to device
        (b div count) mod D. That changes where a block is computed, never what it is."""
        assert self.budget is not None
        count = self.group.count
        blocks: list[Mapping[str, Any]] = []
        try:
            with lapack_threads(self._simulation.small_lapack):
                for block in range(first, end):
                    if block % count != self.group.index:
                        continue
                    compiled, key, shared = self._compiled[block // count % len(self._compiled)]
                    behind = len(blocks) - self.budget.in_flight * len(self._compiled)
                    if behind >= 0:
                        jax.block_until_ready(blocks[behind])
                    begin = jnp.uint32(block * self.width)
                    blocks.append(compiled(key, begin, self.params, shared))
                values = jax.device_get(blocks)
        except jax.errors.JaxRuntimeError as error:
            if "RESOURCE_EXHAUSTED" in str(error):
                text = str(error).splitlines()[0]
                raise MemoryError(f"{self.what}: the machine has no memory left ({text})") from None
            raise
        if count == 1:
            return {name: np.concatenate([v[name] for v in values]) for name in values[0]}
        return self._collect(values, first, end)

    def _collect(self, values: list[Any], first: int, end: int) -> dict[str, np.ndarray]:
        """All processes' blocks in order; each brings equally many, some of them empty."""
        count = self.group.count
        brought = self.empty(math.ceil((end - first) / count))
        for name, padded in brought.items():
            brought[name] = padded.reshape(-1, self.width, *padded.shape[1:])
            for i, value in enumerate(values):
                brought[name][i] = value[name]
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

    def empty(self, blocks: int) -> dict[str, np.ndarray]:
        """Arrays of the shapes and types of so many blocks."""
        trials = blocks * self.width
        layout = self.traced.layout.items()
        return {name: np.zeros((trials, *shape), dtype) for name, (dtype, shape) in layout}


def _shared_key(key: Any) -> Any:
    # its own stream, so that what is shared never coincides with a trial's numbers
    return jax.random.fold_in(key, hash32("shared"))


def _needs(program: Any) -> tuple[int, int]:
    """The bytes that a compiled program works in, and those that it returns."""
    analysis = program.memory_analysis()
    return (
        getattr(analysis, "temp_size_in_bytes", 0) or 0,
        getattr(analysis, "output_size_in_bytes", 0) or 0,
    )
