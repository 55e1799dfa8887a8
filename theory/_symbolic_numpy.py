"""jax.numpy over symbols: while a formula is traced, functions of arrays take a symbol as a number.

Closed forms write ``jnp.asarray(x, float)`` and ``jnp.log(k)`` beside the vocabulary's words. For a
symbol the first is the symbol itself, and the second is the word. Only for what formulas call: the
machinery's own algorithms (a root's bisection, a series) are no formulas, and refuse symbols as
they refuse whatever is no array.
"""

import contextlib
import functools
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import jax.numpy as jnp

from theory._evaluators import TRACED, is_one_number

__all__ = ["symbols_pass"]

_MACHINERY = re.compile(r"(theory|sims)\._\w+|jax\b.*|numpy\b.*")

WORDS = {
    "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsin": "arcsin", "arccos": "arccos",
    "arctan": "arctan", "arcsinh": "arcsinh", "abs": "absolute", "absolute": "absolute",
    "sign": "sign", "log1p": "log1p", "expm1": "expm1", "minimum": "minimum",
    "maximum": "maximum", "power": "power", "where": "where",
}  # fmt: skip
"""Functions of jax.numpy that are words of the vocabulary."""

_AS_IT_IS: dict[str, Callable[..., Any]] = {
    "asarray": lambda x, *_, **__: x,
    "array": lambda x, *_, **__: x,
    "broadcast_arrays": lambda *xs: list(xs),
    "square": lambda x: x**2,
    "ndim": lambda x: 0,
    "shape": lambda x: (),
}
_FUNCTIONS = {n: getattr(jnp, n) for n in (*WORDS, *_AS_IT_IS)}


def _over_symbols(name: str) -> Callable[..., Any]:
    function = _FUNCTIONS[name]

    @functools.wraps(function)
    def either(*args: Any, **kwargs: Any) -> Any:
        symbol = TRACED.get()
        if symbol is None or not args or _MACHINERY.fullmatch(_caller()):
            return function(*args, **kwargs)
        if name in WORDS and not kwargs and all(_is_scalar(a, symbol) for a in args):
            return symbol(0).__formula_word__(WORDS[name], args)
        if name in _AS_IT_IS and isinstance(args[0], symbol):
            numbers = args if name == "broadcast_arrays" else args[:1]
            if all(_is_scalar(a, symbol) for a in numbers):
                return _AS_IT_IS[name](*args, **kwargs)
        return function(*args, **kwargs)

    return either


def _is_scalar(value: Any, symbol: type) -> bool:
    return isinstance(value, (symbol, bool)) or is_one_number(value)


def _caller() -> str:
    return sys._getframe(2).f_globals.get("__name__", "")


_EITHER = {name: _over_symbols(name) for name in _FUNCTIONS}


@contextlib.contextmanager
def symbols_pass(symbol: type) -> Iterator[None]:
    """Within, words and functions of jax.numpy give ``symbol`` objects for symbols and numbers."""
    token = TRACED.set(symbol)
    jnp.__dict__.update(_EITHER)
    try:
        yield
    finally:
        TRACED.reset(token)
        jnp.__dict__.update(_FUNCTIONS)
