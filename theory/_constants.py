"""Exact numbers that take a type only when they meet a value of some evaluator."""

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint
import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from theory._balls import Ball, ball_of
from theory._evaluators import Exact, kind_of, sympy_module


class Constant(Exact):
    """An exact number that takes a type only when it meets a value of some evaluator.

    Sums, products and words of constants are constants: ``sqrt(2 * pi)`` is one.
    ``float(constant)`` rounds correctly; JAX accepts a constant wherever it accepts a float.
    """

    __slots__ = ("_resolve",)
    __array_ufunc__ = None  # numpy arrays defer to the reflected operators below

    def __init__(self, resolve: Callable[[str], Any]):
        self._resolve = resolve

    def resolve(self, evaluator: str) -> Any:
        """The constant as a value of ``"jax"``, ``"sympy"``, ``"arb"`` or ``"mpmath"``."""
        if evaluator == "jax":  # a Python float: weakly typed, so float32 formulas stay float32
            with mpmath.workdps(40):
                return float(self._resolve("mpmath"))
        return self._resolve(evaluator)

    def __float__(self) -> float:
        return self.resolve("jax")

    def __jax_array__(self) -> jax.Array:
        return jnp.asarray(float(self))

    def _sympy_(self) -> Any:
        """SymPy's conversion protocol: without it, SymPy would go through ``__float__``."""
        return self.resolve("sympy")

    def __repr__(self) -> str:
        return f"Constant({float(self)!r})"

    def _combine(self, other: Any, op: Callable[[Any, Any], Any], reflected: bool) -> Any:
        if isinstance(other, np.ndarray) and other.dtype == object:
            return np.frompyfunc(lambda o: op(o, self) if reflected else op(self, o), 1, 1)(other)
        kind = kind_of(other)
        if kind == "foreign":
            return NotImplemented
        if kind is None:

            def resolve(evaluator: str) -> Any:
                a, b = exact_as(self, evaluator), exact_as(other, evaluator)
                return op(b, a) if reflected else op(a, b)

            return Constant(resolve)
        value = self.resolve(kind)
        return op(other, value) if reflected else op(value, other)

    def __add__(self, other):
        return self._combine(other, operator.add, False)

    def __radd__(self, other):
        return self._combine(other, operator.add, True)

    def __sub__(self, other):
        return self._combine(other, operator.sub, False)

    def __rsub__(self, other):
        return self._combine(other, operator.sub, True)

    def __mul__(self, other):
        return self._combine(other, operator.mul, False)

    def __rmul__(self, other):
        return self._combine(other, operator.mul, True)

    def __truediv__(self, other):
        return self._combine(other, operator.truediv, False)

    def __rtruediv__(self, other):
        return self._combine(other, operator.truediv, True)

    def __pow__(self, other):
        return self._combine(other, operator.pow, False)

    def __rpow__(self, other):
        return self._combine(other, operator.pow, True)

    def __neg__(self):
        return 0 - self

    def __abs__(self):
        return Constant(lambda evaluator: abs(self.resolve(evaluator)))

    def __lt__(self, other):
        return self._combine(other, operator.lt, False)

    def __le__(self, other):
        return self._combine(other, operator.le, False)

    def __gt__(self, other):
        return self._combine(other, operator.gt, False)

    def __ge__(self, other):
        return self._combine(other, operator.ge, False)

    def __bool__(self):
        return bool(float(self))


def exact_as(value: Any, evaluator: str) -> Any:
    """An int, Fraction or Constant as a value of ``evaluator``, with nothing rounded."""
    if type(value) is int and evaluator == "arb":
        return ball_of(flint.arb(value))
    if isinstance(value, Constant):
        return value.resolve(evaluator)
    fraction = Fraction(value)
    if evaluator == "jax":
        return float(fraction) if fraction.denominator > 1 else int(fraction)
    if evaluator == "sympy":
        return sympy_module().Rational(fraction.numerator, fraction.denominator)
    if evaluator == "arb":
        return Ball(flint.arb(flint.fmpq(fraction.numerator, fraction.denominator)))
    return mpmath.mpf(fraction.numerator) / fraction.denominator


def rational(numerator: int, denominator: int = 1) -> Constant:
    """The exact number numerator/denominator."""
    value = Fraction(numerator, denominator)
    return Constant(lambda evaluator: exact_as(value, evaluator))


def _resolve_pi(evaluator: str) -> Any:
    if evaluator == "sympy":
        return sympy_module().pi
    if evaluator == "arb":
        return Ball(flint.arb.pi())
    return mpmath.mp.pi * 1  # an mpf at the working precision, not mpmath's lazy constant


pi = Constant(_resolve_pi)
"""The circle constant, exact."""
