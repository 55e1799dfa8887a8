"""What a trial may not do, found in its traced program before anything is compiled or run."""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxprs_in_params
from jax.interpreters import partial_eval

from theory._faults import code_of

# the largest that a process can address on today's machines; XLA ends the process far beyond it
_ADDRESS_SPACE = 2**47
# a name in the program stands for code outside it
_FOREIGN = ("pure_callback", "io_callback", "ffi_call")


class TrialError(ValueError):
    """A trial whose numbers could not be trusted. The text says what to change."""


@dataclasses.dataclass(frozen=True)
class Traced:
    """A traced block.

    Attributes:
        stage: what ``jax.jit(...).trace(...)`` gave; ``stage.lower()`` goes on.
        layout: of each observable, the numpy dtype as text and the shape of one trial's value.
        fixed: the observables that do not depend on the trial's key.
    """

    stage: Any
    layout: Mapping[str, tuple[str, tuple[int, ...]]]
    fixed: frozenset[str]

    @property
    def trial_bytes(self) -> int:
        """What one trial returns."""
        return sum(np.dtype(d).itemsize * math.prod(shape) for d, shape in self.layout.values())


def trace(what: str, function: Any, *arguments: Any) -> Traced:
    """Traces ``function(key, first, params, shared) -> {name: array over trials}``.

    Raises TrialError for a trial that calls back to Python (what it calls is in no program, so the
    store could not tell a changed one), that does not use its key (every trial would be the same),
    or that returns what is not a dict of real numbers; MemoryError for an array that no machine
    can address.
    """
    with code_of(what):
        try:
            stage = function.trace(*arguments)
        except NotImplementedError as error:  # jax: a random array of more than 2^64 bits
            raise MemoryError(f"{what}: {error}") from None
    layout = _layout(what, stage.out_info)
    program = stage.jaxpr.jaxpr
    check_program(what, program)
    # a key array is one leaf, the first
    used = {name: _uses_first(program, i) for i, name in enumerate(_names(stage.out_info))}
    if not any(used.values()):
        raise TrialError(
            f"{what}: the trial does not use its key, so that every trial would be the same: draw"
            " with jax.random and the key it is given (numpy's random numbers are drawn once, when"
            " the trial is traced)"
        )
    return Traced(stage, layout, frozenset(name for name, uses in used.items() if not uses))


def check_program(what: str, program: Any) -> None:
    """Refuses a program that calls foreign code, or has an array that no machine can address."""
    for equation in equations(program):
        if equation.primitive.name in _FOREIGN:
            raise TrialError(
                f"{what}: the trial calls a function outside JAX ({equation.primitive.name}); write"
                " it in JAX: a stored run could not tell that the function has changed"
            )
        for out in equation.outvars:
            _check_size(what, out.aval)


def uses_key(stage: Any) -> bool:
    """Whether anything that a traced function returns depends on its first input."""
    program = stage.jaxpr.jaxpr
    return partial_eval.dce_jaxpr(program, [True] * len(program.outvars))[1][0]


def equations(jaxpr: Any) -> Iterator[Any]:
    """All equations of a program, those of its loops and branches too."""
    for equation in jaxpr.eqns:
        yield equation
        for inner in jaxprs_in_params(equation.params):
            yield from equations(inner)


def _names(outputs: Mapping[str, Any]) -> list[str]:
    """The observables in the order of the program's outputs: JAX sorts a dict's names."""
    return sorted(outputs)


def _uses_first(program: Any, output: int) -> bool:
    """Whether an output depends on the program's first input."""
    wanted = [i == output for i in range(len(program.outvars))]
    return partial_eval.dce_jaxpr(program, wanted)[1][0]


def _layout(what: str, outputs: Any) -> dict[str, tuple[str, tuple[int, ...]]]:
    if not isinstance(outputs, Mapping) or not outputs:
        raise TrialError(f"{what}: a trial returns a dict of named observables, not {outputs!r}")
    layout = {}
    for name in sorted(outputs):
        out = outputs[name]
        if not isinstance(name, str):
            raise TrialError(f"{what}: the observable {name!r} is named by no text")
        if not hasattr(out, "dtype"):
            raise TrialError(f"{what}: observable {name!r} is not one array of numbers")
        if jnp.issubdtype(out.dtype, np.complexfloating):
            raise TrialError(
                f"{what}: observable {name!r} is complex; return its real and imaginary parts"
            )
        if not (jnp.issubdtype(out.dtype, np.number) or out.dtype == np.bool_):
            raise TrialError(f"{what}: observable {name!r} is of type {out.dtype}, not a number")
        layout[name] = (np.dtype(out.dtype).str, tuple(out.shape[1:]))
    return layout


def check_size(what: str, tree: Any) -> int:
    """The bytes of a tree of shapes. Raises MemoryError for more than a machine can address."""
    leaves = jax.tree.leaves(tree)
    for leaf in leaves:
        _check_size(what, leaf)
    return sum(_bytes(leaf) for leaf in leaves)


def _bytes(aval: Any) -> int:
    itemsize = getattr(getattr(aval, "dtype", None), "itemsize", 1)
    return itemsize * math.prod(getattr(aval, "shape", ()))


def _check_size(what: str, aval: Any) -> None:
    size = _bytes(aval)
    if size > _ADDRESS_SPACE:
        raise MemoryError(
            f"{what}: an array of shape {tuple(aval.shape)} takes {size / 2**40:.0f} TiB, more"
            " than a machine can address; run a smaller size"
        )
