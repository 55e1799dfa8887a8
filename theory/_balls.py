"""Real numbers enclosed in balls (Arb), closed under arithmetic, and conditions between them."""

import contextlib
import math
import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np

from theory import _arb
from theory._evaluators import FLOAT_ADVICE, Exact, MixedEvaluators, OfBalls


class Condition(OfBalls):
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


class Ball(OfBalls):
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
    if isinstance(value, Exact):
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
    if isinstance(value, (Fraction, Exact)):
        return _to_arb(value)
    raise MixedEvaluators(f"a ball met {value!r} ({type(value).__name__}): {FLOAT_ADVICE}")


@contextlib.contextmanager
def ball_precision(bits: int) -> Iterator[None]:
    """Sets the working precision of balls within the block."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before
