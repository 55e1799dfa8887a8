"""A formula traced to one SymPy expression, whose functions are the vocabulary's words.

``traced(formula, params)`` calls the formula with a symbol for every number of its Params and
returns what was computed. Words stay words (``normal_cdf(x)``, not ``erfc(-x/sqrt(2))/2``), nothing
is simplified, and floats count as the short fractions or the decimals that they stand for. So the
expression can be read, typeset (``theory._latex``) and computed elsewhere
(``paper_figures._javascript``). A formula that looks at its numbers, loops over a size or works on
arrays has no such form: :class:`NotSymbolic`.
"""

import dataclasses
import functools
import math
import operator
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any

import jax
import numpy as np
from jax.core import Tracer

from theory._constants import Constant
from theory._evaluators import sympy_module
from theory._fields import Field
from theory._params import fields_of
from theory._symbolic_numpy import symbols_pass

__all__ = ["NotSymbolic", "Symbolic", "argument", "expression", "symbol_of", "traced"]

_OPERATIONS = 2000
"""A longer expression is the trace of a programme, and nobody's formula."""


class NotSymbolic(Exception):
    """The formula is computed by a programme: it has no one expression."""


class Symbolic:
    """A value inside a formula that is traced: an evaluator of its own to the words."""

    __slots__ = ("expression",)
    __array_ufunc__ = None  # numpy leaves the operators to this class
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any):
        self.expression = value

    def __formula_word__(self, name: str, args: tuple[Any, ...]) -> "Symbolic":
        return Symbolic(_of_word(name, [expression(a) for a in args]))

    def __bool__(self) -> bool:
        if self.expression in (True, False):  # an order relation between constants
            return bool(self.expression)
        raise NotSymbolic("it looks at its numbers")

    def __abs__(self) -> "Symbolic":
        return Symbolic(abs(self.expression))

    def __neg__(self) -> "Symbolic":
        return Symbolic(-self.expression)

    def __pos__(self) -> "Symbolic":
        return self

    def __invert__(self) -> "Symbolic":
        return Symbolic(~self.expression)


def _operator(
    op: Callable[[Any, Any], Any], reflected: bool = False, logical: bool = False
) -> Callable[..., Any]:
    def apply(self: Symbolic, other: Any) -> Any:
        if isinstance(other, bool) and not logical:
            other = int(other)
        try:
            value = expression(other)
        except NotSymbolic:
            return NotImplemented
        return Symbolic(op(value, self.expression) if reflected else op(self.expression, value))

    return apply


def _equal(a: Any, b: Any) -> Any:
    return sympy_module().Eq(a, b)


def _unequal(a: Any, b: Any) -> Any:
    return sympy_module().Ne(a, b)


for _name, _op in {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "pow": operator.pow, "mod": operator.mod, "floordiv": operator.floordiv,
    "and": operator.and_, "or": operator.or_,
}.items():  # fmt: skip
    setattr(Symbolic, f"__{_name}__", _operator(_op, logical=_name in ("and", "or")))
    setattr(Symbolic, f"__r{_name}__", _operator(_op, True, _name in ("and", "or")))
for _name, _op in {
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge, "eq": _equal,
    "ne": _unequal,
}.items():  # fmt: skip
    setattr(Symbolic, f"__{_name}__", _operator(_op))


def expression(value: Any) -> Any:
    """A number, constant or traced value as a SymPy expression; NotSymbolic for anything else."""
    sympy = sympy_module()
    if isinstance(value, Symbolic):
        return value.expression
    if isinstance(value, Constant):
        return value.resolve("sympy")
    if isinstance(value, (bool, np.bool_)):
        return sympy.true if value else sympy.false
    if isinstance(value, Fraction):
        return sympy.Rational(value.numerator, value.denominator)
    number = isinstance(value, (int, float, np.number, np.ndarray, jax.Array))
    if not number or np.ndim(value) or isinstance(value, Tracer):
        raise NotSymbolic(f"a {type(value).__name__} stands in it")
    plain = value if isinstance(value, int) else np.asarray(value).item()
    if isinstance(plain, bool):
        return sympy.true if plain else sympy.false
    if isinstance(plain, int):
        return sympy.Integer(plain)
    if math.isfinite(plain):
        return _rational(plain)
    return sympy.nan if math.isnan(plain) else sympy.oo * int(math.copysign(1, plain))


def _rational(number: float) -> Any:
    """2/3 for the float that 2/3 is, 3/20 for .15: the short fraction, else the decimal."""
    sympy, short = sympy_module(), Fraction(number).limit_denominator(1000)
    if float(short) == number:
        return sympy.Rational(short.numerator, short.denominator)
    return sympy.Integer(int(number)) if number == int(number) else sympy.Rational(repr(number))


@functools.cache
def word(name: str) -> Any:
    """The SymPy function that stands for a word of the vocabulary."""
    return sympy_module().Function(name, real=True)


_SAME = {
    "exp": "exp", "log": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan",
    "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "arcsin": "asin", "arccos": "acos",
    "arctan": "atan", "arcsinh": "asinh", "absolute": "Abs", "sign": "sign", "minimum": "Min",
    "maximum": "Max",
}  # fmt: skip
"""Words that SymPy has, and leaves as they are."""


def _of_word(name: str, args: list[Any]) -> Any:
    sympy = sympy_module()
    if name == "where":
        condition, a, b = args
        return sympy.Piecewise((a, condition), (b, True))
    if name == "power":
        return args[0] ** args[1]
    return getattr(sympy, _SAME[name])(*args) if name in _SAME else word(name)(*args)


def symbol_of(field: Field) -> Any:
    """The symbol of a number: real, and positive or nonnegative where its range is."""
    return _symbol(field.name, field.low > 0 or (field.low == 0 and field.open_low),
                   field.low >= 0, field.kind == "int")  # fmt: skip


def argument(fields: Iterable[str]) -> Any:
    """A symbol for a law's argument: x, or another letter where a field is called so."""
    return _symbol(
        next(n for n in ("x", "z", "y", "u", "_x") if n not in fields), False, False, False
    )


@functools.cache
def _symbol(name: str, positive: bool, nonnegative: bool, whole: bool) -> Any:
    sign = {"positive": True} if positive else {"nonnegative": True} if nonnegative else {}
    return sympy_module().Symbol(name, real=True, integer=whole or None, **sign)


def traced(formula: Any, params: Any, *more: Any, names: Iterable[str] | None = None) -> Any:
    """``formula(params, *more)`` as an expression in the symbols of its numbers; choices stay.

    Args:
        formula: a function of Params, or a number.
        params: gives the choices, and the numbers that are not ``names`` (default: all numbers),
            but no array, of which a formula would hold the entries; a function of nothing that
            makes them is called where JAX computes nothing.
        more: further arguments, as :class:`Symbolic`.

    Raises NotSymbolic, and nothing else, for a formula that has no such form.
    """
    if not callable(formula):
        return expression(formula)
    found: list[Any] = []

    def call() -> int:
        given: Any = params() if callable(params) else params
        fields = {n: f for n, f in fields_of(given).items() if f.kind in ("real", "int")}
        chosen = fields if names is None else {n: fields[n] for n in names}
        changes: dict[str, Any] = {n: Symbolic(symbol_of(f)) for n, f in chosen.items()}
        changes |= {n: object() for n, f in fields_of(given).items() if f.kind == "array"}
        found.append(expression(formula(dataclasses.replace(given, **changes), *more)))
        return 0

    try:
        with symbols_pass(Symbolic):
            jax.eval_shape(call)  # what JAX would compute becomes a tracer: nothing is compiled
        if found[0].count_ops() > _OPERATIONS:
            raise NotSymbolic("it has thousands of operations")
    except NotSymbolic:
        raise
    except (Exception, RecursionError) as error:  # an array's method, a loop over a size
        raise NotSymbolic(f"{type(error).__name__}: {error}") from None
    return found[0]
