"""A formula over concrete arrays runs as one compiled program, not as one for each operation.

JAX compiles every operation anew for every shape, about 30 ms each: a curve of 200 points through a
formula of thirty operations waits a second, and .1 s in one program. Plain arithmetic over numpy's
arrays compiles nothing, and is left to numpy. Single numbers share their operations' programs with
all formulas; but a search or a loop is compiled anew for them at every call, so that a formula
that has one (see ``theory._loops``) is one program at single numbers too.

What a formula refuses by looking at its numbers, or the closed forms that it calls, a program can
only answer with NaN: where there is one, the formula is called as it is. Formulas over matrices,
which look at them, always are.
"""

import inspect
from collections.abc import Callable, Collection
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory._compiler import fused_loops
from theory._loops import has_loop

LOOKS_AT_NUMBERS = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
    TypeError,  # a shape, a range or a slice of tracers
)
"""What a formula raises, when it is traced, that decides something by its numbers."""

_MANY = 100_000  # numbers, through which a program runs for longer than it compiles

_ARITHMETIC = frozenset({
    "add", "sub", "mul", "div", "neg", "integer_pow", "pow", "square", "convert_element_type",
    "broadcast_in_dim",
})  # fmt: skip


def _is_array(value: Any) -> bool:
    """More numbers than one."""
    is_array = isinstance(value, (np.ndarray, jax.Array)) and not isinstance(value, Tracer)
    return is_array and value.size > 1 and jnp.issubdtype(value.dtype, jnp.floating)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number, np.ndarray, jax.Array))


def _is_nan(value: Any) -> bool:
    return isinstance(value, (float, np.ndarray, jax.Array)) and bool(np.isnan(value).all())


def _has_nan(result: Any) -> bool:
    """Whether a number of it is NaN; not known of constants within a program that is traced."""
    leaves = [np.asarray(x) for x in jax.tree.leaves(result) if not isinstance(x, Tracer)]
    return any(leaf.dtype.kind == "f" and bool(np.isnan(leaf).any()) for leaf in leaves)


class OneProgram:
    """Calls a formula, in one program where arrays are given, or it loops, and it can be traced.

    ``real`` are the arguments that may be traced; of the others every value has its program.
    """

    def __init__(
        self, formula: Callable[..., Any], signature: inspect.Signature, real: Collection[str]
    ) -> None:
        self._formula, self._signature, self._real = formula, signature, real
        self._as_it_is: set[Any] = set()  # what cannot be traced, or needs no program
        self._judged: set[Any] = set()
        self._program = jax.jit(self._of, static_argnums=1)
        self._of_many = jax.jit(self._of, static_argnums=1, compiler_options=fused_loops())

    def _of(self, numbers: dict[str, Any], rest: tuple[tuple[str, Any], ...]) -> Any:
        given = numbers | dict(rest)
        bound = inspect.BoundArguments(
            self._signature, {a: given[a] for a in self._signature.parameters if a in given}
        )
        return self._formula(*bound.args, **bound.kwargs)

    def _is_left(self, floats: dict[str, Any], rest: tuple[tuple[str, Any], ...]) -> bool:
        """Whether the formula is called as it is; found out once for each ``rest``."""
        if rest not in self._judged and rest not in self._as_it_is:
            self._judged.add(rest)
            equations = self._program.trace(floats, rest).jaxpr.eqns
            if all(e.primitive.name in _ARITHMETIC for e in equations):
                self._as_it_is.add(rest)
        return rest in self._as_it_is

    def _loops_over(self, given: dict[str, Any]) -> bool:
        """Whether it is called with plain numbers, and would compile a loop for them alone."""
        numbers = [given[a] for a in self._real if given.get(a) is not None]
        plain = all(_is_number(v) and not isinstance(v, Tracer) for v in numbers)
        return bool(numbers) and plain and has_loop(self._formula)

    def __call__(self, bound: inspect.BoundArguments) -> Any:
        given = bound.arguments
        left: tuple[Any, ...] | None = None
        if any(_is_array(given.get(a)) for a in self._real) or self._loops_over(given):
            numbers = {a: v for a, v in given.items() if a in self._real and _is_number(v)}
            rest = tuple((a, v) for a, v in given.items() if a not in numbers)
            try:
                floats = {a: jnp.asarray(v, float) for a, v in numbers.items()}
                if not self._is_left(floats, rest):
                    many = max(v.size for v in floats.values()) >= _MANY
                    result = (self._of_many if many else self._program)(floats, rest)
                    if not _has_nan(result) or any(map(_is_nan, floats.values())):
                        return result
            except (*LOOKS_AT_NUMBERS, ValueError):  # or what is not hashable among the rest
                if all(isinstance(v, (int, str, type(None))) for _, v in rest):
                    left = rest
        result = self._formula(*bound.args, **bound.kwargs)
        if left is not None:  # it has a value: the arguments were not at fault
            self._as_it_is.add(left)
        return result
