"""One formula, four evaluators.

A closed form is written once over the words of this module and then means four things, according
to what it is given:

======================  =====================================================================
JAX arrays, floats      fast values; ``vmap``, ``jit`` and ``grad`` apply
SymPy expressions       symbolic expressions, for identities
:class:`Ball` (Arb)     rigorous enclosures, for inequalities
mpmath numbers          as many digits as ``mpmath.mp.dps`` asks for
======================  =====================================================================

Numpy arrays of dtype ``object`` hold vectors of SymPy, Ball or mpmath values; words act on them
elementwise. Rules that keep a proof about the formula that runs:

* every word looks at *all* its arguments and refuses to mix evaluators (``mpf * arb`` would
  silently drop the ball's radius);
* constants are ints, :data:`pi`, :func:`rational`, or words of those: they are exact until they
  meet a value. Float literals are refused by the Ball and SymPy evaluators, where 0.1 is not 1/10;
* a condition on a ball is never a Python ``bool``: use :func:`where`, which returns the union of
  both branches when the ball does not decide the condition.
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
from jax.scipy import special as jsp

from theory import _special

Scalar = Any
"""A float, JAX array, SymPy expression, :class:`Ball` or mpmath number."""

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
        kind = _kind(other)
        if kind == "foreign":
            return NotImplemented
        if kind is None:

            def resolve(evaluator: str) -> Any:
                a, b = _exact(self, evaluator), _exact(other, evaluator)
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
        return absolute(self)

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


def _sympy():
    import sympy

    return sympy


def _exact(value: Any, evaluator: str) -> Any:
    """An int, Fraction or Constant as a value of ``evaluator``, with nothing rounded."""
    if isinstance(value, Constant):
        return value.resolve(evaluator)
    fraction = Fraction(value)
    if evaluator == "jax":
        return float(fraction) if fraction.denominator > 1 else int(fraction)
    if evaluator == "sympy":
        return _sympy().Rational(fraction.numerator, fraction.denominator)
    if evaluator == "arb":
        return Ball(flint.arb(flint.fmpq(fraction.numerator, fraction.denominator)))
    return mpmath.mpf(fraction.numerator) / fraction.denominator


def rational(numerator: int, denominator: int = 1) -> Constant:
    """The exact number numerator/denominator."""
    value = Fraction(numerator, denominator)
    return Constant(lambda evaluator: _exact(value, evaluator))


def _resolve_pi(evaluator: str) -> Any:
    if evaluator == "sympy":
        return _sympy().pi
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
        return cls(_hull(_to_arb(low), _to_arb(high)))

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
            return abs(value - _fraction(self.arb.mid())) <= _fraction(self.arb.rad())
        if isinstance(value, mpmath.mpf):
            value = _mpf_to_arb(value)
        return bool(self.arb.contains(_to_arb(value)))

    def union(self, other: "Ball") -> "Ball":
        """The smallest ball that holds both."""
        return Ball(self.arb.union(other.arb))

    def _with(self, other: Any, op: Callable[[Any, Any], Any], reflected: bool = False) -> "Ball":
        if type(other) is not Ball and _defers(other):
            return NotImplemented
        value = _operand(other)
        return Ball(op(value, self.arb) if reflected else op(self.arb, value))

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
        return self._with(other, _product)

    __rmul__ = __mul__

    def __truediv__(self, other):
        return self._with(other, _quotient)

    def __rtruediv__(self, other):
        return self._with(other, _quotient, True)

    def __pow__(self, other):
        if isinstance(other, (int, np.integer)) and not isinstance(other, bool):
            return Ball(_integer_power(self.arb, int(other)))
        return self._with(other, _power)

    def __rpow__(self, other):
        return self._with(other, _power, True)

    def __neg__(self):
        return Ball(-self.arb)

    def __abs__(self):
        return Ball(_absolute_arb(self.arb))

    def _order(self, other: Any, op: Callable[[Any, Any], bool], opposite) -> Condition:
        if _defers(other):
            return NotImplemented
        value = _operand(other)
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


def _hull(low: Any, high: Any) -> Any:
    """The ball low + radius +- radius, so that an exact low end stays exact."""
    if not low <= high:
        return _hull(high, low) if high <= low else low.union(high)
    around_zero = flint.arb(0, (high - low) / 2)  # the radius, rounded up to 30 bits
    return around_zero + (low + around_zero.rad())


def _product(a: Any, b: Any) -> Any:
    """a b; by the products of the ends where a ball product loses the sign.

    As balls, [0, 1] [1, 2] is [-1/2, 2].
    """
    product = a * b
    if a.is_exact() or b.is_exact() or not product.is_finite() or not product.contains(0):
        return product
    corners = [x * y for x in (a.lower(), a.upper()) for y in (b.lower(), b.upper())]
    low = high = corners[0]
    for corner in corners[1:]:
        low, high = low.min(corner), high.max(corner)
    return _hull(low, high)


def _quotient(a: Any, b: Any) -> Any:
    quotient = a / b
    if not quotient.is_finite() or not quotient.contains(0):
        return quotient
    return _product(a, 1 / b)


def _fraction(x: Any) -> Fraction:
    """An exact arb as a Fraction."""
    mantissa, exponent = x.man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _integer_power(x: Any, exponent: int) -> Any:
    """The range of x^n: powers of a ball product by product lose its sign."""
    if exponent < 0:
        return _quotient(flint.arb(1), _integer_power(x, -exponent))
    if x.is_exact() or not x.is_finite():
        return x**exponent
    if exponent % 2 == 0:
        return _hull(x.abs_lower() ** exponent, x.abs_upper() ** exponent)
    return _hull(x.lower() ** exponent, x.upper() ** exponent)


def _power(x: Any, y: Any) -> Any:
    """x^y for x > 0, or for a whole exact y; not a finite ball for others."""
    if y.is_exact() and y.is_integer():
        return _integer_power(x, int(y.unique_fmpz()))
    exponent = _product(y, _ends_of(lambda z: z.log(), x))
    return _ends_of(lambda z: z.exp(), exponent)


def _absolute_arb(x: Any) -> Any:
    if not x.is_finite():
        return abs(x)
    return _hull(x.abs_lower(), x.abs_upper())


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


def _defers(other: Any) -> bool:
    """True for what brings its own operators: object arrays and evaluators of their own."""
    if isinstance(other, np.ndarray):
        return other.dtype == object
    return hasattr(type(other), "__formula_word__")


def _operand(value: Any) -> Any:
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


def _kind(value: Any) -> str | None:
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
    kinds = {_kind(v) for v in values} - {None}
    if "object" in kinds:
        inner = {
            _kind(x)
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


def _as_entry(value: Any) -> Any:
    """A Constant as an array's entry: by itself it refuses numpy's ufuncs."""
    if not isinstance(value, Constant):
        return value
    entry = np.empty((), dtype=object)
    entry[()] = value
    return entry


def _condition(value: Any) -> Any:
    """A condition that ``where`` may take."""
    if isinstance(value, Constant):
        return bool(value)
    if isinstance(value, int) and not isinstance(value, bool):
        raise TypeError(
            f"{value} is not a condition: on Python's bool (mpmath's comparisons), ~ gives an int;"
            " write the opposite comparison, which every evaluator takes"
        )
    return value


def _word(name: str, doc: str, **implementations: Callable[..., Any]) -> Callable[..., Any]:
    """A vocabulary word from its implementations, one for each evaluator."""

    def apply(evaluator: str, args: tuple[Any, ...]) -> Any:
        if evaluator == "foreign":
            other = next(a for a in args if hasattr(type(a), "__formula_word__"))
            return other.__formula_word__(name, args)
        conditions = 1 if name == "where" else 0
        values = (_exact(a, evaluator) if _kind(a) is None else a for a in args[conditions:])
        return implementations[evaluator](*map(_condition, args[:conditions]), *values)

    def word(*args: Any) -> Any:
        if any(isinstance(a, np.ndarray) and a.dtype == object for a in args):
            evaluator_of(*args)  # refuses mixtures across elements too
            return np.frompyfunc(word, len(args), 1)(*map(_as_entry, args))
        evaluator = evaluator_of(*args)
        if evaluator is None:
            return Constant(lambda target: apply(target, args))
        return apply(evaluator, args)

    word.__name__ = word.__qualname__ = name
    word.__doc__ = doc
    VOCABULARY[name] = word
    return word


VOCABULARY: dict[str, Callable[..., Any]] = {}
"""All words by name; the tests go through this list."""


def _arb(method: str) -> Callable[..., Ball]:
    return lambda *xs: Ball(getattr(xs[0].arb, method)(*(x.arb for x in xs[1:])))


def _monotone(f: Callable[[Any], Any]) -> Callable[[Ball], Ball]:
    """The range of a monotone function over a ball, from its values at the two ends.

    Arb's own enclosures of erf, erfc, tanh, asin and asinh on wide balls are up to several times
    too wide, or not finite where the function is. An exact value at the lower end stays exact:
    log of [1, 2] is not below 0.
    """

    return lambda x: Ball(_ends_of(f, x.arb))


def _ends_of(f: Callable[[Any], Any], x: Any) -> Any:
    if x.is_exact() or not x.is_finite():
        return f(x)
    return _hull(f(x.lower()), f(x.upper()))


def _clipped(f: Callable[[Any], Any], low: int, high: int | None = None) -> Callable[..., Ball]:
    """A monotone f on its closed domain [low, high], where balls may overshoot by rounding.

    A ball's radius has 30 bits: [0, 1] becomes [-2^-31, 1 + 2^-31], and sqrt(x) or arcsin(x) on
    it would be undefined. An end that overshoots by at most 2^-24 of the radius, or by a few
    roundings of the domain's end, is moved to the domain's end; by more, the value is NaN.
    """

    def end(x: Any, slack: Any) -> Any:
        if x < low and x >= low - slack:
            return flint.arb(low)
        if high is not None and x > high and x <= high + slack:
            return flint.arb(high)
        return x

    def enclose(x: Ball) -> Ball:
        slack = x.arb.rad() / 2**24 + abs(low) * flint.arb(2) ** (4 - flint.ctx.prec)
        if not x.arb.is_finite():
            return Ball(f(x.arb))
        return Ball(_hull(f(end(x.arb.lower(), slack)), f(end(x.arb.upper(), slack))))

    return enclose


_LEAST_GAMMA = "1.461632144968362341262659542325721328468196204006446351295988409"


def _convex_gamma(f: Callable[[Any], Any]) -> Callable[[Ball], Ball]:
    """The range of Gamma or log Gamma over a ball of positive numbers.

    Both fall up to x0 = 1.4616... and rise after it, so values at the ends and at x0 are enough.
    Arb's own enclosures near x0 are *wrong* (FLINT 3.6.0: gamma of 1.46163214... +- 1e-6 leaves
    out Gamma at the ball's own ends), so Arb is asked at exact points only.
    """

    def enclose(x: Ball) -> Ball:
        if x.arb.is_exact():
            return Ball(f(x.arb))
        if not (x.arb.is_finite() and x.arb > 0):
            return Ball("nan")
        low, high = x.arb.lower(), x.arb.upper()
        value = f(low).union(f(high))
        turn = flint.arb(_LEAST_GAMMA).mid()
        if x.arb.contains(turn):
            # |turn - x0| < 2^-50 (decimals, or the working precision), and there both functions
            # stay within (turn - x0)^2 of the least value
            value = value.union(f(turn) + flint.arb(0, 2.0**-100))
        return Ball(value)

    return enclose


def _sym(name: str) -> Callable[..., Any]:
    return lambda *xs: getattr(_sympy(), name)(*xs)


def _elementary(name: str, jax_fn, sympy_fn=None, arb=None, mp=None) -> Callable[..., Any]:
    return _word(
        name,
        f"{name}(x), on every evaluator.",
        jax=jax_fn,
        sympy=_sym(sympy_fn) if isinstance(sympy_fn, str) else sympy_fn or _sym(name),
        arb=_arb(arb) if isinstance(arb, str) else arb or _arb(name),
        mpmath=mp or getattr(mpmath, name),
    )


exp = _elementary("exp", jnp.exp, arb=_monotone(lambda x: x.exp()))
expm1 = _elementary(
    "expm1", jnp.expm1, lambda x: _sympy().exp(x) - 1, _monotone(lambda x: x.expm1())
)
log = _elementary("log", jnp.log, arb=_monotone(lambda x: x.log()))
log1p = _elementary(
    "log1p", _special.log1p, lambda x: _sympy().log(1 + x), _monotone(lambda x: x.log1p())
)
sqrt = _elementary("sqrt", jnp.sqrt, arb=_clipped(lambda x: x.sqrt(), 0))
sin = _elementary("sin", jnp.sin)
cos = _elementary("cos", jnp.cos)
tan = _elementary("tan", jnp.tan)
sinh = _elementary("sinh", jnp.sinh, arb=_monotone(lambda x: x.sinh()))
cosh = _elementary("cosh", jnp.cosh, arb=lambda x: _monotone(lambda y: y.cosh())(abs(x)))
tanh = _elementary("tanh", jnp.tanh, arb=_monotone(lambda x: x.tanh()))
arcsin = _elementary("arcsin", jnp.arcsin, "asin", _clipped(lambda x: x.asin(), -1, 1), mpmath.asin)
arccos = _elementary("arccos", jnp.arccos, "acos", _clipped(lambda x: x.acos(), -1, 1), mpmath.acos)
arctan = _elementary("arctan", jnp.arctan, "atan", _monotone(lambda x: x.atan()), mpmath.atan)
arcsinh = _elementary("arcsinh", jnp.arcsinh, "asinh", _monotone(lambda x: x.asinh()), mpmath.asinh)
erf = _elementary("erf", jsp.erf, arb=_monotone(lambda x: x.erf()))
erfc = _elementary("erfc", jsp.erfc, arb=_monotone(lambda x: x.erfc()))
gamma = _elementary("gamma", jsp.gamma, arb=_convex_gamma(lambda x: x.gamma()))
loggamma = _elementary(
    "loggamma",
    _special.loggamma,
    "loggamma",
    _convex_gamma(lambda x: x.lgamma()),
    mpmath.loggamma,
)
absolute = _elementary("absolute", jnp.abs, "Abs", lambda x: abs(x), lambda x: abs(x))


def _erfcx_mpmath(x: Any) -> Any:
    if x < 1e4:
        return mpmath.exp(x * x) * mpmath.erfc(x)
    # U(1/2, 1/2, x^2)/sqrt(pi), where the exponential would overflow mpmath's patience
    return mpmath.hyperu(mpmath.mpf(1) / 2, mpmath.mpf(1) / 2, x * x) / mpmath.sqrt(mpmath.pi)


def _erfcx_arb(x: Any) -> Any:
    if x < 100:
        return (x * x).exp() * x.erfc()
    # Arb's erfc of an inexact argument is lost near 1e5 (no digit is right). The asymptotic series
    # alternates and its remainder is below the first term left out (Abramowitz and Stegun
    # 7.1.23-24), here under 1e-60.
    term = total = flint.arb(1)
    for k in range(1, 21):
        term = -term * (2 * k - 1) / (2 * x * x)
        total += term
    total += flint.arb(0, (term * 41 / (2 * x * x)).abs_upper())
    return total / (x * flint.arb.pi().sqrt())


erfcx = _word(
    "erfcx",
    "exp(x^2) erfc(x), the scaled complementary error function; 4e-16 relative for x >= 0 in JAX.",
    jax=_special.erfcx,
    sympy=lambda x: _sympy().exp(x**2) * _sympy().erfc(x),
    arb=_monotone(_erfcx_arb),
    mpmath=_erfcx_mpmath,
)


def _normal_cdf_arb(x: Any) -> Any:
    return (-x / flint.arb(2).sqrt()).erfc() / 2


def _log_normal_cdf_arb(x: Any) -> Any:
    if x > 0:  # log of a number near 1 loses what log1p of the upper tail keeps
        return (-_normal_cdf_arb(-x)).log1p()
    return (_erfcx_arb(-x / flint.arb(2).sqrt()) / 2).log() - x * x / 2


def _log_normal_cdf_mpmath(x: Any) -> Any:
    if x > 0:
        return mpmath.log1p(-mpmath.erfc(x / mpmath.sqrt(2)) / 2)
    return mpmath.log(mpmath.erfc(-x / mpmath.sqrt(2)) / 2)


normal_cdf = _word(
    "normal_cdf",
    "Phi(x), the standard normal distribution function.",
    jax=_special.normal_cdf,
    sympy=lambda x: _sympy().erfc(-x / _sympy().sqrt(2)) / 2,
    arb=_monotone(_normal_cdf_arb),
    mpmath=lambda x: mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
)
log_normal_cdf = _word(
    "log_normal_cdf",
    "log Phi(x), accurate in both tails.",
    jax=_special.log_normal_cdf,
    sympy=lambda x: _sympy().log(_sympy().erfc(-x / _sympy().sqrt(2)) / 2),
    arb=_monotone(_log_normal_cdf_arb),
    mpmath=_log_normal_cdf_mpmath,
)


def normal_pdf(x: Scalar) -> Scalar:
    """phi(x) = exp(-x^2/2)/sqrt(2 pi), the standard normal density."""
    return exp(-(x**2) / 2) / sqrt(2 * pi)


def _where_arb(condition: Any, a: Ball, b: Ball) -> Ball:
    truth = condition.truth if isinstance(condition, Condition) else bool(condition)
    return a.union(b) if truth is None else (a if truth else b)


where = _word(
    "where",
    "a where the condition holds, else b; the union of both where a ball leaves it undecided.",
    jax=jnp.where,
    sympy=lambda c, a, b: _sympy().Piecewise((a, c), (b, True)),
    arb=_where_arb,
    mpmath=lambda c, a, b: a if c else b,
)
minimum = _word(
    "minimum",
    "The smaller of two values.",
    jax=jnp.minimum,
    sympy=_sym("Min"),
    arb=_arb("min"),
    mpmath=lambda a, b: min(a, b),
)
maximum = _word(
    "maximum",
    "The larger of two values.",
    jax=jnp.maximum,
    sympy=_sym("Max"),
    arb=_arb("max"),
    mpmath=lambda a, b: max(a, b),
)


def _sign_arb(x: Ball) -> Ball:
    return Ball(x.arb.sgn())


sign = _word(
    "sign",
    "-1, 0 or 1.",
    jax=jnp.sign,
    sympy=_sym("sign"),
    arb=_sign_arb,
    mpmath=mpmath.sign,
)
power = _word(
    "power",
    "x^y for x > 0 and any real y.",
    jax=jnp.power,
    sympy=lambda x, y: x**y,
    arb=lambda x, y: Ball(_power(x.arb, y.arb)),
    mpmath=mpmath.power,
)


def total(values: Any) -> Scalar:
    """The sum over the last axis of a vector (JAX array, or object array of exact values)."""
    if isinstance(values, np.ndarray) and values.dtype == object:
        return values.sum(axis=-1)
    return jnp.sum(jnp.asarray(values), axis=-1)
