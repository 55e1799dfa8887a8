"""The values of a formula that are not JAX's, SymPy's or mpmath's own: exact constants and balls.

Also which evaluator a value belongs to, and the refusal to mix two.
"""

import contextlib
import math
import operator
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import flint
import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from theory import _arb

_FLOAT_ADVICE = "write exact constants as ints, rational(p, q), pi, or words of these"


class MixedEvaluators(TypeError):
    """A formula was given values of two evaluators (or a float where only exact values may go)."""


# --------------------------------------------------------------------------------------------
# Exact constants


class Constant:
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


def sympy_module() -> Any:
    """SymPy, imported when a formula first meets it: it is slow to load."""
    import sympy

    return sympy


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


# --------------------------------------------------------------------------------------------
# Balls


class Condition:
    """The truth of an order relation between balls: True, False, or None (undecided)."""

    __slots__ = ("truth",)

    def __init__(self, truth: bool | None):
        self.truth = truth

    def __bool__(self) -> bool:
        raise TypeError("the truth of a condition on a ball cannot steer Python; use where(...)")

    def __and__(self, other: "Condition") -> "Condition":
        truths = (self.truth, other.truth)
        return Condition(False if False in truths else None if None in truths else True)

    def __or__(self, other: "Condition") -> "Condition":
        truths = (self.truth, other.truth)
        return Condition(True if True in truths else None if None in truths else False)

    def __invert__(self) -> "Condition":
        return Condition(None if self.truth is None else not self.truth)


class Ball:
    """A real number enclosed in midpoint +- radius (Arb), closed under outward-rounded arithmetic.

    Operators accept balls, ints, Fractions and Constants only. ``ball.arb`` is python-flint's
    value; the working precision is set by :func:`ball_precision`.
    """

    __slots__ = ("arb",)

    def __init__(self, value: Any, radius: Any = None):
        """From an arb, an int, an *exact binary* float, or a decimal string such as ``"0.1"``."""
        if isinstance(value, Ball):
            value = value.arb
        self.arb = flint.arb(value) if radius is None else flint.arb(value, radius)

    @classmethod
    def hull(cls, low: Any, high: Any) -> "Ball":
        """A ball that holds both ends (ints, floats, Fractions, balls) and little more.

        Radii have 30 bits, so one end is rounded outwards: it is the upper one, and
        ``hull(0, 1)`` reaches down to 0 exactly.
        """
        return cls(_arb.hull(_to_arb(low), _to_arb(high)))

    def __repr__(self) -> str:
        return f"Ball({self.arb.str(15)})"

    @property
    def lower(self) -> float:
        """A float that is at most every number in the ball (-inf if the ball is not finite)."""
        if not self.arb.is_finite():
            return -math.inf
        return math.nextafter(float(self.arb.lower()), -math.inf)

    @property
    def upper(self) -> float:
        """A float that is at least every number in the ball (inf if the ball is not finite)."""
        if not self.arb.is_finite():
            return math.inf
        return math.nextafter(float(self.arb.upper()), math.inf)

    def contains(self, value: Any) -> bool:
        """True if the number (int, float, Fraction, mpf, Ball) certainly lies in this ball."""
        if isinstance(value, Fraction):  # 1/3 has no exact arb, but balls have exact ends
            return abs(value - _arb.as_fraction(self.arb.mid())) <= _arb.as_fraction(self.arb.rad())
        if isinstance(value, mpmath.mpf):
            value = _mpf_to_arb(value)
        return bool(self.arb.contains(_to_arb(value)))

    def union(self, other: "Ball") -> "Ball":
        """The smallest ball that holds both."""
        return Ball(self.arb.union(other.arb))

    def _with(self, other: Any, op: Callable[[Any, Any], Any], reflected: bool = False) -> "Ball":
        if type(other) is Ball:
            value = other.arb
        elif type(other) is int:
            value = flint.arb(other)
        elif _defers(other):
            return NotImplemented
        else:
            value = operand(other)
        return ball_of(op(value, self.arb) if reflected else op(self.arb, value))

    def __add__(self, other):
        return self._with(other, operator.add)

    __radd__ = __add__

    def __sub__(self, other):
        return self._with(other, operator.sub)

    def __rsub__(self, other):
        return self._with(other, operator.sub, True)

    def __mul__(self, other):
        if other is self:
            return self**2
        return self._with(other, _arb.product)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._with(other, _arb.quotient)

    def __rtruediv__(self, other):
        return self._with(other, _arb.quotient, True)

    def __pow__(self, other):
        if isinstance(other, (int, np.integer)) and not isinstance(other, bool):
            return Ball(_arb.integer_power(self.arb, int(other)))
        return self._with(other, _arb.power)

    def __rpow__(self, other):
        return self._with(other, _arb.power, True)

    def __neg__(self):
        return Ball(-self.arb)

    def __abs__(self):
        return Ball(_arb.absolute(self.arb))

    def _order(self, other: Any, op: Callable[[Any, Any], bool], opposite) -> Condition:
        if _defers(other):
            return NotImplemented
        value = operand(other)
        if op(self.arb, value):
            return Condition(True)
        return Condition(False) if opposite(self.arb, value) else Condition(None)

    def __lt__(self, other):
        return self._order(other, operator.lt, operator.ge)

    def __le__(self, other):
        return self._order(other, operator.le, operator.gt)

    def __gt__(self, other):
        return self._order(other, operator.gt, operator.le)

    def __ge__(self, other):
        return self._order(other, operator.ge, operator.lt)

    def __eq__(self, other):
        raise TypeError("balls are not compared for equality; use contains() or where()")

    __hash__ = None  # type: ignore[assignment]  # follows from refusing ==

    def __bool__(self):
        raise TypeError("a ball has no truth value; compare it and use where(...)")

    def __float__(self):
        raise TypeError("a ball is not a float; use .lower and .upper")


def _mpf_to_arb(value: Any) -> Any:
    if not mpmath.isfinite(value):
        raise ValueError(f"{value} is not a finite number")
    sign, mantissa, exponent, _ = value._mpf_
    mantissa = -int(mantissa) if sign else int(mantissa)
    with ball_precision(max(flint.ctx.prec, mantissa.bit_length() + 8)):
        return flint.arb(mantissa) * flint.arb(2) ** exponent


def _to_arb(value: Any) -> Any:
    if isinstance(value, Ball):
        return value.arb
    if isinstance(value, Fraction):
        return flint.arb(flint.fmpq(value.numerator, value.denominator))
    if isinstance(value, Constant):
        return value.resolve("arb").arb
    return flint.arb(value)


def ball_of(arb: Any) -> Ball:
    """The Ball of an arb, without the constructor's conversions (proofs make millions)."""
    ball = Ball.__new__(Ball)
    ball.arb = arb
    return ball


def _defers(other: Any) -> bool:
    """True for what brings its own operators: object arrays and evaluators of their own."""
    if isinstance(other, np.ndarray):
        return other.dtype == object
    return hasattr(type(other), "__formula_word__")


def operand(value: Any) -> Any:
    """An operand that may stand beside a ball, or MixedEvaluators."""
    if isinstance(value, Ball):
        return value.arb
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return flint.arb(int(value))
    if isinstance(value, (Fraction, Constant)):
        return _to_arb(value)
    raise MixedEvaluators(f"a ball met {value!r} ({type(value).__name__}): {_FLOAT_ADVICE}")


@contextlib.contextmanager
def ball_precision(bits: int) -> Iterator[None]:
    """Sets the working precision of balls within the block."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


# --------------------------------------------------------------------------------------------
# Dispatch


def kind_of(value: Any) -> str | None:
    """The evaluator that a value belongs to; None for exact numbers, which belong to all."""
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, (int, Fraction, Constant)):
        return None
    if hasattr(type(value), "__formula_word__"):
        return "foreign"
    if isinstance(value, (Ball, Condition)):
        return "arb"
    if isinstance(value, (float, np.number, jax.Array)):
        return "jax"
    if isinstance(value, (mpmath.mpf, mpmath.mpc)) or type(value).__name__ == "constant":
        return "mpmath"
    if isinstance(value, np.ndarray):
        return "object" if value.dtype == object else "jax"
    sympy = sys.modules.get("sympy")
    if sympy is not None and isinstance(value, (sympy.Basic, sympy.logic.boolalg.Boolean)):
        if value.atoms(sympy.Float):
            raise MixedEvaluators(f"a float stands in the expression {value}: {_FLOAT_ADVICE}")
        return "sympy"
    raise TypeError(f"no evaluator takes {value!r} ({type(value).__name__})")


def evaluator_of(*values: Any) -> str | None:
    """``"jax"``, ``"sympy"``, ``"arb"``, ``"mpmath"`` or None (all exact); refuses mixtures.

    A class with a method ``__formula_word__(name, args)`` is an evaluator of its own
    (``"foreign"``): words hand themselves over to it. Balls may stand beside its values.
    """
    kinds = {kind_of(v) for v in values} - {None}
    if "object" in kinds:
        inner = {
            kind_of(x)
            for v in values
            if isinstance(v, np.ndarray) and v.dtype == object
            for x in v.flat
        }
        kinds = (kinds - {"object"}) | (inner - {None})
    if kinds == {"arb", "foreign"}:  # the prover's derivatives take balls for constants
        kinds = {"foreign"}
    if len(kinds) > 1:
        shown = ", ".join(sorted(str(k) for k in kinds))
        raise MixedEvaluators(f"one formula was given values of several evaluators: {shown}")
    return kinds.pop() if kinds else None
