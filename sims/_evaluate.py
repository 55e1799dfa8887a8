"""Formulas evaluated as cheaply as they can be.

Called as it is, a formula with a loop, a root or an average inside compiles that anew at every
call, and one program at every size. Here

* one value of a short formula is computed operation by operation: each primitive is compiled once
  for all formulas of a process, where a program of its own would cost a hundred times its run;
* a long formula is compiled once for all Params of a class: every number is traced (as float64:
  products of whole numbers do not overflow), sizes too, since a formula does not care that a size
  sets the shape of an array in the simulation;
* many values are one program under ``vmap``.

A formula that does look at its sizes is compiled for each of them, and one that looks at all its
numbers is called as it is.
"""

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.core import jaxprs_in_params

from theory import Drawn, fields_of

_LOOKS_AT_NUMBERS = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
    TypeError,  # a shape, a range or a slice of tracers
)
_SHORT = 2000  # operations
_CHUNK = 1024  # arguments of a distribution function in one call


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
def _program(formula: Callable[..., Any]) -> Any:
    """The formula over every number of its Params."""

    def call(numbers: Any, rest: Any, *more: Any) -> Any:
        return formula(_params(numbers, rest), *more)

    return jax.jit(call, static_argnums=1)


@functools.lru_cache(maxsize=4096)
def _batch_program(formula: Callable[..., Any]) -> Any:
    return jax.jit(functools.partial(_mapped, formula), static_argnums=1)


def _mapped(formula: Callable[..., Any], stacked: Any, rest: Any) -> Any:
    return jax.vmap(lambda one: formula(_params(one, rest)))(stacked)


def _batch(formula: Callable[..., Any], stacked: Any, rest: Any, eager: bool) -> Any:
    """The formula over a stack of numbers; a short one operation by operation."""
    return (_mapped if eager else lambda f, s, r: _batch_program(f)(s, r))(formula, stacked, rest)


@functools.lru_cache(maxsize=4096)
def _compiled(formula: Callable[..., Any], batched: bool) -> Any:
    """The formula as JAX's own pytrees have it, sizes concrete; draws of arrays too."""
    return jax.jit(jax.vmap(formula) if batched else formula)


def _operations(jaxpr: Any) -> float:
    """How many operations it runs, loops counted out; infinite where that is not known."""
    total = 0.0
    for equation in jaxpr.eqns:
        if equation.primitive.name == "while":
            return math.inf
        inner = sum(_operations(j) for j in jaxprs_in_params(equation.params))
        total += (
            equation.params["length"] * inner if equation.primitive.name == "scan" else 1 + inner
        )
    return total


_known_short: dict[Any, bool] = {}


def _is_short(formula: Callable[..., Any], numbers: Any, rest: Any) -> bool:
    """Whether the formula takes few operations; True where it cannot be traced (then it is called
    as it is)."""
    key = formula, rest
    if key not in _known_short:
        try:
            jaxpr = jax.make_jaxpr(lambda n: formula(_params(n, rest)))(numbers).jaxpr
            _known_short[key] = _operations(jaxpr) <= _SHORT
        except Exception:  # its own error is raised where it is called
            _known_short[key] = True
    return _known_short[key]


def _first_that_traces(*calls: Callable[[], Any]) -> Any:
    for call in calls[:-1]:
        try:
            return call()
        except _LOOKS_AT_NUMBERS:
            continue
    return calls[-1]()


def evaluate(formula: Any, params: Any, *more: Any) -> Any:
    """``formula(params, *more)`` as numpy values; a number stands for itself."""
    if not callable(formula):
        return formula
    if isinstance(params, Drawn):
        return jax.device_get(_first_that_traces(
            lambda: _compiled(formula, False)(params), lambda: formula(params)
        ))  # fmt: skip
    if not more and _is_short(formula, *_numbers(params)):
        with jax.disable_jit():
            return jax.device_get(formula(params))
    return jax.device_get(_first_that_traces(
        lambda: _program(formula)(*_numbers(params), *more),
        lambda: _compiled(formula, False)(params, *more),
        lambda: formula(params, *more),
    ))  # fmt: skip


def evaluate_many(formula: Any, cases: Sequence[Any]) -> list[Any]:
    """The formula at many Params or draws: one program and one call where they are alike."""
    if not callable(formula):
        return [formula] * len(cases)
    if len(cases) < 2:
        return [evaluate(formula, params) for params in cases]
    if isinstance(cases[0], Drawn):
        return _unstacked(_first_that_traces(
            lambda: _compiled(formula, True)(jax.tree.map(lambda *a: jnp.stack(a), *cases)),
            lambda: None,
        ), formula, cases)  # fmt: skip
    parts = [_numbers(params) for params in cases]
    groups: dict[Any, list[int]] = {}
    for i, (numbers, rest) in enumerate(parts):
        shapes = tuple((name, np.shape(value)) for name, value in numbers.items())
        groups.setdefault((rest, shapes), []).append(i)
    found: list[Any] = [None] * len(cases)
    for (rest, _), members in groups.items():
        stacked = {
            name: jnp.stack([parts[i][0][name] for i in members]) for name in parts[members[0]][0]
        }
        short = _is_short(formula, parts[members[0]][0], rest)
        values = _first_that_traces(
            lambda s=stacked, r=rest, e=short: _batch(formula, s, r, eager=e), lambda: None
        )
        here = _unstacked(values, formula, [cases[i] for i in members])
        for i, value in zip(members, here, strict=True):
            found[i] = value
    return found


def _unstacked(values: Any, formula: Any, cases: Sequence[Any]) -> list[Any]:
    if values is None:
        return [evaluate(formula, params) for params in cases]
    values = jax.device_get(values)
    return [jax.tree.map(lambda leaf, i=i: leaf[i], values) for i in range(len(cases))]


def evaluate_law(cdf: Callable[[Any, Any], Any], params: Any, x: np.ndarray) -> np.ndarray:
    """``cdf(params, x)`` at many x, in chunks of one shape."""
    pieces = []
    for start in range(0, len(x), _CHUNK):
        piece = x[start : start + _CHUNK]
        padded = np.pad(piece, (0, _CHUNK - len(piece)), mode="edge")
        pieces.append(np.asarray(evaluate(cdf, params, padded))[: len(piece)])
    return np.concatenate(pieces) if pieces else np.zeros(0)


def forget_programs() -> None:
    """Drops compiled formulas: called between settings, with JAX's own caches."""
    for cache in (_program, _batch_program, _compiled):
        cache.cache_clear()
    _known_short.clear()
