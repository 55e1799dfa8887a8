"""Formulas evaluated as cheaply as they can be.

Called as it is, a formula with a root, an average or a loop inside compiles that anew at every
call, since its closure is new. Here a formula whose code has a loop, that compiles at its second
call, or that has arrays where many values are asked for, is compiled once instead, for all Params
of its class: every number is traced (as float64: products of whole numbers do not overflow), sizes
too, since a formula does not care that a size sets the shape of an array in the simulation; and
many values are one program under ``vmap``. A formula that does look at its sizes is compiled for
each of them, and one that looks at all its numbers is called as it is.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxprs_in_params

from theory import Drawn, fields_of
from theory._loops import has_loop
from theory._one_program import LOOKS_AT_NUMBERS

_CHUNK = 1024  # arguments of a distribution function in one call
_COMPILED = "/jax/core/compile/backend_compile_duration"
_compilations = 0
_LOOPS = frozenset({"while", "scan", "cond", "custom_root"})
_FORESEEN = 16  # values: for fewer a trace more costs what two plain calls do
_MOST_PROGRAMS = 8  # calls that all compiled something, at sizes that never came twice


def _count(event: str, *_: Any, **__: Any) -> None:
    global _compilations
    _compilations += event == _COMPILED


jax.monitoring.register_event_duration_secs_listener(_count)


class _Calls:
    """The plain calls of a formula: whether it compiles something though it was called before."""

    def __init__(self, formula: Callable[..., Any]) -> None:
        self.seen: set[Any] = set()
        self.number = 0
        self.compiled = 0
        self.compiles_anew = has_loop(formula)
        self.foreseen = False

    def foresee(self, formula: Callable[..., Any], params: Any) -> None:
        """Before the first call of many: whether it loops or has arrays, by its trace."""
        if not self.foreseen:
            self.foreseen = True
            try:
                traced = _program(formula).trace(*_numbers(params)).jaxpr.jaxpr
                self.compiles_anew |= _loops_or_has_arrays(traced)
            except Exception:  # of whatever kind: called as it is, it may well have a value
                return

    @contextmanager
    def watched(self, params: Any) -> Iterator[None]:
        before = _compilations
        yield
        fields = fields_of(params).values()
        sizes = tuple(
            getattr(params, f.name) if f.static or f.kind == "choice" else
            np.shape(getattr(params, f.name)) for f in fields
        )  # fmt: skip
        self.number += 1
        if _compilations > before:
            self.compiled += 1
            always = self.compiled == self.number >= _MOST_PROGRAMS
            self.compiles_anew |= sizes in self.seen or always
        self.seen.add(sizes)


def _loops_or_has_arrays(traced: Any) -> bool:
    """Single numbers share their operations' programs with all formulas; these do not."""
    for equation in traced.eqns:
        if equation.primitive.name in _LOOPS or any(out.aval.ndim for out in equation.outvars):
            return True
        if any(map(_loops_or_has_arrays, jaxprs_in_params(equation.params))):
            return True
    return False


_calls: dict[Any, _Calls] = {}


def _calls_of(formula: Callable[..., Any], params: Any) -> _Calls:
    at = formula, type(params)
    if at not in _calls:
        _calls[at] = _Calls(formula)
    return _calls[at]


def _numbers(params: Any) -> tuple[dict[str, Any], tuple[Any, ...]]:
    """The numeric fields, and the rest: the class and its choices."""
    numbers = {}
    for name, field in fields_of(params).items():
        value = getattr(params, name)
        if field.kind == "array":
            numbers[name] = jnp.asarray(value)
        elif field.kind != "choice":
            numbers[name] = jnp.asarray(value, dtype=float)
    fields = fields_of(params).values()
    choices = tuple((f.name, getattr(params, f.name)) for f in fields if f.kind == "choice")
    return numbers, (type(params), choices)


def _params(numbers: dict[str, Any], rest: tuple[Any, ...]) -> Any:
    kind, choices = rest
    params = object.__new__(kind)  # without its checks: the numbers are tracers
    for name, value in (*numbers.items(), *choices):
        object.__setattr__(params, name, value)
    return params


@functools.lru_cache(maxsize=4096)
def _program(formula: Callable[..., Any], batched: bool = False) -> Any:
    """The formula over every number of its Params; ``batched`` over a stack of these."""

    if batched:
        single = _program(formula)  # its trace serves both
        return jax.jit(lambda n, rest: jax.vmap(lambda one: single(one, rest))(n), static_argnums=1)
    return jax.jit(
        lambda numbers, rest, *more: formula(_params(numbers, rest), *more), static_argnums=1
    )


@functools.lru_cache(maxsize=4096)
def _compiled(formula: Callable[..., Any], batched: bool = False) -> Any:
    """The formula with sizes concrete, as JAX's own pytrees have it; draws of arrays too."""
    return jax.jit(jax.vmap(formula) if batched else formula)


def _first_that_traces(*calls: Callable[[], Any]) -> Any:
    for call in calls[:-1]:
        try:
            return call()
        except LOOKS_AT_NUMBERS:
            continue
    return calls[-1]()


def _plain(formula: Callable[[Any], Any], params: Any) -> Any:
    """The formula at numbers as they are; NaN where Python's own arithmetic stops at 1/0."""
    try:
        return formula(params)
    except ArithmeticError:
        return np.nan


def evaluate(formula: Any, params: Any) -> Any:
    """``formula(params)`` as numpy values; a number stands for itself."""
    if not callable(formula):
        return formula
    if isinstance(params, Drawn):
        return jax.device_get(
            _first_that_traces(lambda: _compiled(formula)(params), lambda: _plain(formula, params))
        )
    calls = _calls_of(formula, params)
    if not calls.compiles_anew:
        with calls.watched(params):
            return jax.device_get(_plain(formula, params))
    return jax.device_get(
        _first_that_traces(
            lambda: _program(formula)(*_numbers(params)),
            lambda: _compiled(formula)(params),
            lambda: _plain(formula, params),
        )
    )


def reals(value: Any) -> np.ndarray:
    """A formula's value in float64, with NaN for every entry that is no real number.

    So complex numbers, text and None never decide: the checks know what to do with NaN.
    """
    array = np.asarray(value)
    if array.dtype.kind in "fiub":
        return array.astype(np.float64)
    if array.dtype.kind != "O":
        return np.full(array.shape, np.nan)
    return np.vectorize(_real, otypes=[np.float64])(array) if array.size else np.zeros(array.shape)


def _real(entry: Any) -> float:
    if isinstance(entry, (str, bytes)):
        return np.nan
    try:
        return float(entry)
    except (TypeError, ValueError):
        return np.nan
    except OverflowError:
        return np.inf


def evaluate_many(formula: Any, cases: Sequence[Any]) -> list[Any]:
    """The formula at many Params or draws, in the order given."""
    if not callable(formula):
        return [formula] * len(cases)
    if cases and isinstance(cases[0], Drawn):
        stacked = jax.tree.map(lambda *arrays: jnp.stack(arrays), *cases)
        values = _first_that_traces(lambda: _compiled(formula, True)(stacked), lambda: None)
        return [evaluate(formula, c) for c in cases] if values is None else _unstacked(values)
    found: list[Any] = []
    for params in cases:
        calls = _calls_of(formula, params)
        if len(cases) >= _FORESEEN:
            calls.foresee(formula, params)
        if calls.compiles_anew:
            break
        found.append(evaluate(formula, params))
    left = cases[len(found) :]
    groups: dict[Any, list[int]] = {}
    parts = [_numbers(params) for params in left]
    for i, (numbers, rest) in enumerate(parts):
        shapes = tuple((name, np.shape(value)) for name, value in numbers.items())
        groups.setdefault((rest, shapes), []).append(i)
    values_left: list[Any] = [None] * len(left)
    for (rest, _), members in groups.items():
        each = [parts[i][0] for i in members]
        # by numpy: JAX compiles a stack anew for every length
        stacked = {name: np.stack([numbers[name] for numbers in each]) for name in each[0]}
        values = _first_that_traces(
            lambda s=stacked, r=rest: _program(formula, True)(s, r), lambda: None
        )
        here = [evaluate(formula, left[i]) for i in members] if values is None else (
            _unstacked(values)
        )  # fmt: skip
        for i, value in zip(members, here, strict=True):
            values_left[i] = value
    return found + values_left


def _unstacked(values: Any) -> list[Any]:
    values = jax.device_get(values)
    count = len(jax.tree.leaves(values)[0])
    return [jax.tree.map(lambda leaf, i=i: leaf[i], values) for i in range(count)]


def evaluate_law(cdf: Callable[[Any, Any], Any], params: Any, x: np.ndarray) -> np.ndarray:
    """``cdf(params, x)`` at many x, in chunks of one shape."""
    pieces = []
    for start in range(0, len(x), _CHUNK):
        piece = x[start : start + _CHUNK]
        padded = np.pad(piece, (0, _CHUNK - len(piece)), mode="edge")
        values = _first_that_traces(
            lambda a=padded: _program(cdf)(*_numbers(params), a),
            lambda a=padded: _compiled(cdf)(params, a),
            lambda a=padded: cdf(params, a),
        )
        values = np.asarray(values)
        if values.shape != padded.shape:
            raise ValueError(f"a law gives shape {values.shape} for {len(padded)} arguments")
        pieces.append(values[: len(piece)])
    return np.concatenate(pieces) if pieces else np.zeros(0)


def forget_programs() -> None:
    """Drops compiled formulas: called between settings, with JAX's own caches."""
    _program.cache_clear()
    _compiled.cache_clear()
    _calls.clear()
