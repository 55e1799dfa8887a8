"""First derivatives of a formula in Arb balls: forward-mode differentiation of theory's words."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from theory import _formula as words
from theory._balls import Ball, Condition, operand
from theory._constants import Constant

_NAN = Ball("nan")


def _elementwise(method: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Leaves numpy's object arrays to numpy, which comes back with their entries."""

    def operator(self, other):
        return NotImplemented if isinstance(other, np.ndarray) else method(self, other)

    return operator


class Dual:
    """A ball with enclosures of its derivatives along the coordinates of a box.

    Slopes enclose Clarke's generalised gradient where a word has a kink (``absolute``,
    ``minimum``, ``maximum``), so the mean value theorem holds for them. Where a word may jump
    (``where``, ``sign`` on an undecided ball) or has no rule here, slopes are NaN balls, which
    prove nothing.
    """

    __slots__ = ("slopes", "value")

    def __init__(self, value: Ball, slopes: tuple[Ball, ...]):
        self.value, self.slopes = value, slopes

    def __formula_word__(self, name: str, args: tuple[Any, ...]) -> Any:
        """Theory's words come here when one of their arguments is a Dual."""
        if name == "where":
            return _where(*args, like=self)
        duals = [self.lift(a) for a in args]
        if name in ("minimum", "maximum"):
            return _extreme(name, *duals)
        balls = [d.value for d in duals]
        value = words.VOCABULARY[name](*balls)
        rule = RULES.get(name)
        partials = rule(value, *balls) if rule else (_NAN,) * len(balls)
        return self.chain(value, zip(partials, duals, strict=True))

    def lift(self, other: Any) -> "Dual":
        """A constant (ball, int, Fraction, Constant) as a Dual without slopes."""
        if isinstance(other, Dual):
            return other
        ball = other if isinstance(other, Ball) else Ball(operand(other))
        return Dual(ball, (ZERO,) * len(self.slopes))

    def chain(self, value: Ball, parts: Any) -> "Dual":
        """The chain rule: slopes are sums of partial derivative x the part's slopes."""
        slopes: list[Any] = [ZERO] * len(self.slopes)
        for partial, dual in parts:
            for i, slope in enumerate(dual.slopes):
                if slope is not ZERO:
                    term = partial * slope
                    slopes[i] = term if slopes[i] is ZERO else slopes[i] + term
        return Dual(value, tuple(slopes))

    @_elementwise
    def __add__(self, other):
        other = self.lift(other)
        return self.chain(self.value + other.value, ((1, self), (1, other)))

    __radd__ = __add__

    @_elementwise
    def __sub__(self, other):
        other = self.lift(other)
        return self.chain(self.value - other.value, ((1, self), (-1, other)))

    @_elementwise
    def __rsub__(self, other):
        return self.lift(other) - self

    @_elementwise
    def __mul__(self, other):
        if other is self:
            return self**2
        other = self.lift(other)
        parts = ((other.value, self), (self.value, other))
        return self.chain(self.value * other.value, parts)

    __rmul__ = __mul__

    @_elementwise
    def __truediv__(self, other):
        other = self.lift(other)
        value = self.value / other.value
        return self.chain(value, ((1 / other.value, self), (-value / other.value, other)))

    @_elementwise
    def __rtruediv__(self, other):
        return self.lift(other) / self

    @_elementwise
    def __pow__(self, other):
        if isinstance(other, (int, Fraction, Constant)):
            return self.chain(self.value**other, ((other * self.value ** (other - 1), self),))
        return words.power(self, other)

    @_elementwise
    def __rpow__(self, other):
        return words.power(self.lift(other), self)

    def __neg__(self):
        return self.chain(-self.value, ((-1, self),))

    def __abs__(self):
        return words.absolute(self)

    def __lt__(self, other):
        return DualCondition(self.value < self.lift(other).value, self)

    def __le__(self, other):
        return DualCondition(self.value <= self.lift(other).value, self)

    def __gt__(self, other):
        return DualCondition(self.value > self.lift(other).value, self)

    def __ge__(self, other):
        return DualCondition(self.value >= self.lift(other).value, self)

    def __eq__(self, other):
        raise TypeError("duals are not compared for equality")

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self):
        raise TypeError("a dual has no truth value; compare it and use where(...)")


class DualCondition(Condition):
    """A condition on Duals: ``where`` must know of it even if both its branches are constants."""

    __slots__ = ("like",)

    def __init__(self, condition: Condition, like: Dual):
        super().__init__(condition.truth)
        self.like = like

    def __formula_word__(self, name: str, args: tuple[Any, ...]) -> Any:
        return _where(*args, like=self.like)

    def __and__(self, other: Condition) -> Condition:
        return DualCondition(super().__and__(other), self.like)

    def __or__(self, other: Condition) -> Condition:
        return DualCondition(super().__or__(other), self.like)

    __rand__, __ror__ = __and__, __or__

    def __invert__(self) -> Condition:
        return DualCondition(super().__invert__(), self.like)


ZERO = Ball(0)


def coordinates(balls: Mapping[str, Ball]) -> dict[str, Dual]:
    """The coordinates of a box as Duals: unit slopes."""
    names = list(balls)
    one = Ball(1)
    return {
        name: Dual(ball, tuple(one if other == name else ZERO for other in names))
        for name, ball in balls.items()
    }


def _where(condition: Any, a: Any, b: Any, like: Dual) -> Dual:
    a, b = like.lift(a), like.lift(b)
    truth = condition.truth if isinstance(condition, Condition) else bool(condition)
    if truth is None:  # the branches may not meet, so nothing is known of the slope
        return Dual(a.value.union(b.value), (_NAN,) * len(a.slopes))
    return a if truth else b


def _digamma(x: Ball) -> Ball:
    """Increasing on x > 0, so the ends are enough; Arb's own enclosure is wide."""
    if not x.arb > 0:
        return _NAN
    return Ball(flint.arb(x.arb.lower()).digamma().union(flint.arb(x.arb.upper()).digamma()))


def _extreme(name: str, a: Dual, b: Dual) -> Dual:
    first = (a <= b if name == "minimum" else a >= b).truth
    if first is not None:
        return a if first else b
    value = words.VOCABULARY[name](a.value, b.value)
    slopes = zip(a.slopes, b.slopes, strict=True)
    return Dual(value, tuple(one.union(other) for one, other in slopes))


_TWO_OVER_SQRT_PI = 2 / words.sqrt(words.pi)

RULES: dict[str, Callable[..., tuple[Ball, ...]]] = {
    # each from (the word's value, its arguments) to the partial derivatives
    "exp": lambda v, x: (v,),
    "expm1": lambda v, x: (v + 1,),
    "log": lambda v, x: (1 / x,),
    "log1p": lambda v, x: (1 / (1 + x),),
    "sqrt": lambda v, x: (1 / (2 * v),),
    "sin": lambda v, x: (words.cos(x),),
    "cos": lambda v, x: (-words.sin(x),),
    "tan": lambda v, x: (1 + v**2,),
    "sinh": lambda v, x: (words.cosh(x),),
    "cosh": lambda v, x: (words.sinh(x),),
    "tanh": lambda v, x: (1 - v**2,),
    "arcsin": lambda v, x: (1 / words.sqrt(1 - x**2),),
    "arccos": lambda v, x: (-1 / words.sqrt(1 - x**2),),
    "arctan": lambda v, x: (1 / (1 + x**2),),
    "arcsinh": lambda v, x: (1 / words.sqrt(1 + x**2),),
    "erf": lambda v, x: (_TWO_OVER_SQRT_PI * words.exp(-(x**2)),),
    "erfc": lambda v, x: (-_TWO_OVER_SQRT_PI * words.exp(-(x**2)),),
    "erfcx": lambda v, x: (2 * x * v - _TWO_OVER_SQRT_PI,),
    "gamma": lambda v, x: (v * _digamma(x),),
    "loggamma": lambda v, x: (_digamma(x),),
    "absolute": lambda v, x: (words.sign(x),),
    "sign": lambda v, x: (ZERO if (x > 0).truth or (x < 0).truth else _NAN,),
    "normal_cdf": lambda v, x: (words.normal_pdf(x),),
    "log_normal_cdf": lambda v, x: (words.sqrt(2 / words.pi) / words.erfcx(-x / words.sqrt(2)),),
    "power": lambda v, x, y: (y * words.power(x, y - 1), v * words.log(x)),
    "xlogx": lambda v, x: (words.log(x) + 1,),
    "deviance": lambda v, x, m: (words.log(x) - words.log(m), 1 - x / m),
    "lambert_w": lambda v, x: (words.exp(-v) / (1 + v),),
    "normal_quantile": lambda v, p: (1 / words.normal_pdf(v),),
    # the slopes in a law's own parameters have no closed form
    "gamma_cdf": lambda v, x, a: (words.exp((a - 1) * words.log(x) - x - words.loggamma(a)), _NAN),
    "beta_cdf": lambda v, x, a, b: (
        words.exp(
            (a - 1) * words.log(x)
            + (b - 1) * words.log(1 - x)
            + words.loggamma(a + b)
            - words.loggamma(a)
            - words.loggamma(b)
        ),
        _NAN,
        _NAN,
    ),
    "log_binomial": lambda v, n, k: (
        _digamma(n + 1) - _digamma(n - k + 1),
        _digamma(n - k + 1) - _digamma(k + 1),
    ),
}
