"""Whether a formula has a search or a loop of its own, read from its code.

Called with plain numbers, JAX compiles such a loop anew at every call, .1 to 1 s: its body holds
the numbers of the call. As one program, to which they are arguments, it is compiled once.
"""

import functools
import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any

_LOOPS = frozenset({"while_loop", "fori_loop", "scan", "custom_root"})
_LIBRARIES = frozenset({
    "beartype", "functools", "jax", "jaxlib", "jaxtyping", "math", "mpmath", "numpy", "scipy",
    "sympy",
})  # fmt: skip


@functools.lru_cache(maxsize=4096)
def has_loop(formula: Callable[..., Any]) -> bool:
    """Whether its code, or that of the functions it names in its own package, has a loop of JAX.

    Not where the loop is in a program that is compiled once anyway: of ``jax.jit``, or of a closed
    form of numbers. What code does not name (a method, a function handed over) is not seen.
    """
    seen: set[types.CodeType] = set()
    waiting: list[Any] = [formula]
    while waiting:
        function = _bare(waiting.pop())
        code = getattr(function, "__code__", None)
        if not isinstance(code, types.CodeType) or code in seen:
            continue
        seen.add(code)
        if not _is_own(function.__module__):
            continue
        for part in _codes(code):
            names = set(part.co_names)
            if names & _LOOPS or {"lax", "map"} <= names:
                return True
            waiting += _named(part, function)
        waiting += [cell.cell_contents for cell in function.__closure__ or () if _is_full(cell)]
    return False


def _bare(value: Any) -> Any:
    """The function within partials, claims and wrappers; what is compiled once is no function."""
    while isinstance(value, functools.partial):
        value = value.func
    value = getattr(value, "_function", value)
    if not callable(value):
        return None
    return inspect.unwrap(value, stop=_compiles_once) if not _compiles_once(value) else None


def _compiles_once(value: Any) -> bool:
    return hasattr(value, "lower") or getattr(value, "in_one_program", False)


def _is_own(name: str | None) -> bool:
    """Whether a module of this name is no library: those compile their loops once."""
    return (name or "").partition(".")[0] not in _LIBRARIES


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """A function's code, and that of the functions written within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def _named(code: types.CodeType, function: Any) -> list[Any]:
    """What the code's names stand for, also as words of a module."""
    found = [function.__globals__[n] for n in code.co_names if n in function.__globals__]
    modules = [m for m in found if isinstance(m, types.ModuleType) and _is_own(m.__name__)]
    return found + [vars(m)[n] for m in modules for n in code.co_names if n in vars(m)]


def _is_full(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
