"""What a closed form takes as a number: concrete values, made arrays, judged by their shape."""

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
from jax.core import Tracer

from theory._fields import Field, ParameterError

__all__ = ["ArgumentError", "as_numbers", "concrete", "is_integer", "known_number", "normal"]


class ArgumentError(ParameterError):
    """An argument outside the domain of a closed form. The text names both, and the range."""


_TINY = float(np.finfo(float).tiny)


def normal(field: Field, value: Any, number: np.ndarray) -> Any:
    """The value with its subnormal entries replaced; unchanged where there are none."""
    small = (number != 0) & (abs(number) < _TINY)
    if not small.any() or isinstance(value, (int, mpmath.mpf)):
        return value
    instead = number * 0 if field.inside(0.0) else np.copysign(_TINY, number)
    return float(instead) if isinstance(value, float) else np.where(small, instead, number)


_NOT_NUMBERS = (bool, np.bool_, str, bytes, complex, Decimal, dict, set)


def is_integer(value: Any) -> bool:
    """An integer of numpy or JAX, which wraps around in silence."""
    return jnp.issubdtype(getattr(value, "dtype", np.float64), np.integer)


def _may_be_numeric(dtype: Any) -> bool:
    """Reals and whole numbers; objects (values of another evaluator) and JAX's keys pass too."""
    if dtype in (None, np.dtype(object)) or jnp.issubdtype(dtype, jax.dtypes.extended):
        return True
    return jnp.issubdtype(dtype, np.floating) or jnp.issubdtype(dtype, np.integer)


def concrete(name: str, argument: str, value: Any, is_array: bool) -> Any:
    """The value as the formula gets it: lists become arrays, what is no number is refused."""
    if isinstance(value, (list, tuple)):
        try:
            value = np.asarray(value)
        except ValueError:
            raise ArgumentError(f"{name}: {argument} is a ragged list") from None
    if isinstance(value, _NOT_NUMBERS) or not _may_be_numeric(getattr(value, "dtype", None)):
        raise ArgumentError(f"{name}: {argument} = {value!r} is not a number")
    if is_array and isinstance(value, np.ndarray) and value.dtype != object:
        return jnp.asarray(value, float)
    return value


def known_number(value: Any) -> Any:
    """A concrete number as :func:`as_numbers` has it; a text, Params and tuples of such as is."""
    if isinstance(value, str):
        return value
    if not hasattr(value, "__fields__") and not isinstance(value, tuple):
        return as_numbers(value)
    leaves = jax.tree.leaves(value)
    return value if all(as_numbers(leaf) is not None for leaf in leaves) else None


def as_numbers(value: Any) -> np.ndarray | None:
    """A concrete number or array as float64 (integers stay whole), or None for anything else."""
    if isinstance(value, Tracer):
        return None
    if isinstance(value, (int, float, Fraction, mpmath.mpf)):
        try:
            return np.asarray(float(value))
        except OverflowError:
            return np.asarray(math.copysign(math.inf, value))
    if isinstance(value, (np.ndarray, np.number, jax.Array)) and value.dtype != object:
        if jnp.issubdtype(value.dtype, jax.dtypes.extended):
            return None
        return np.asarray(value, dtype=np.float64)
    return None
