"""SymPy expressions evaluated in Arb: enclosures at exact points, in the complex plane."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import flint
import sympy

from theory._balls import ball_precision


class NoEnclosure(ValueError):
    """The expression has a part that Arb does not evaluate here."""


def enclose(expression: Any, point: Mapping[Any, Fraction], bits: int) -> Any:
    """An acb that contains the expression's value at the exact point."""
    with ball_precision(bits):
        at = {s: flint.acb(flint.fmpq(x.numerator, x.denominator)) for s, x in point.items()}
        return _walk(expression, at)


_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    sympy.exp: lambda x: x.exp(),
    sympy.log: lambda x: x.log(),
    sympy.sin: lambda x: x.sin(),
    sympy.cos: lambda x: x.cos(),
    sympy.tan: lambda x: x.tan(),
    sympy.cot: lambda x: x.cot(),
    sympy.sinh: lambda x: x.sinh(),
    sympy.cosh: lambda x: x.cosh(),
    sympy.tanh: lambda x: x.tanh(),
    sympy.coth: lambda x: x.coth(),
    sympy.asin: lambda x: x.asin(),
    sympy.acos: lambda x: x.acos(),
    sympy.atan: lambda x: x.atan(),
    sympy.asinh: lambda x: x.asinh(),
    sympy.acosh: lambda x: x.acosh(),
    sympy.atanh: lambda x: x.atanh(),
    sympy.erf: lambda x: x.erf(),
    sympy.erfc: lambda x: x.erfc(),
    sympy.erfi: lambda x: x.erfi(),
    sympy.gamma: lambda x: x.gamma(),
    sympy.loggamma: lambda x: x.lgamma(),
    sympy.digamma: lambda x: x.digamma(),
    sympy.polygamma: lambda n, x: x.polygamma(n),
    sympy.LambertW: lambda x: x.lambertw(),
    sympy.Ei: lambda x: x.ei(),
    sympy.uppergamma: lambda s, x: x.gamma_upper(s),
    sympy.lowergamma: lambda s, x: x.gamma_lower(s),
    sympy.besseli: lambda n, x: x.bessel_i(n),
    sympy.besselj: lambda n, x: x.bessel_j(n),
    sympy.besselk: lambda n, x: x.bessel_k(n),
    sympy.zeta: lambda x, *a: x.zeta(*a),
    sympy.polylog: lambda s, x: x.polylog(s),
    sympy.factorial: lambda x: (x + 1).gamma(),
    sympy.binomial: lambda n, k: (n + 1).gamma() * (k + 1).rgamma() * (n - k + 1).rgamma(),
    sympy.beta: lambda a, b: a.gamma() * b.gamma() * (a + b).rgamma(),
    sympy.Abs: lambda x: flint.acb(abs(x)),
    sympy.re: lambda x: flint.acb(x.real),
    sympy.im: lambda x: flint.acb(x.imag),
    sympy.conjugate: lambda x: flint.acb(x.real, -x.imag),
    sympy.sign: lambda x: flint.acb(_real(x).sgn()),
    sympy.Min: lambda *xs: _fold(xs, lambda a, b: a.min(b)),
    sympy.Max: lambda *xs: _fold(xs, lambda a, b: a.max(b)),
}

_CONSTANTS: dict[Any, Callable[[], Any]] = {
    sympy.pi: lambda: flint.acb.pi(),
    sympy.E: lambda: flint.acb(1).exp(),
    sympy.EulerGamma: lambda: flint.acb(flint.arb.const_euler()),
    sympy.Catalan: lambda: flint.acb(flint.arb.const_catalan()),
    sympy.I: lambda: flint.acb(0, 1),
}


def _walk(e: Any, at: Mapping[Any, Any]) -> Any:
    if e.is_Symbol:
        if e not in at:
            raise NoEnclosure(f"no value for {e}")
        return at[e]
    if e.is_Rational:
        return flint.acb(flint.fmpq(int(e.p), int(e.q)))
    if e in _CONSTANTS:
        return _CONSTANTS[e]()
    if e.is_Add:
        total = flint.acb(0)
        for a in e.args:
            total += _walk(a, at)
        return total
    if e.is_Mul:
        product = flint.acb(1)
        for a in e.args:
            product *= _walk(a, at)
        return product
    if e.is_Pow:
        base, exponent = e.args
        if exponent == sympy.S.Half:
            return _walk(base, at).sqrt()
        if exponent == -sympy.S.Half:
            return _walk(base, at).rsqrt()
        if exponent.is_Integer:
            return _walk(base, at) ** int(exponent)
        return _walk(base, at) ** _walk(exponent, at)
    if isinstance(e, sympy.Piecewise):
        for branch in e.args:
            value, condition = branch.args
            truth = _truth(condition, at)
            if truth is None:
                raise NoEnclosure(f"the point does not decide {condition}")
            if truth:
                return _walk(value, at)
        return flint.acb("nan")
    function = _FUNCTIONS.get(e.func)
    if function is None:
        raise NoEnclosure(f"Arb has no evaluation of {e.func}")
    return function(*(_walk(a, at) for a in e.args))


def _real(x: Any) -> Any:
    if x.imag != 0:
        raise NoEnclosure("an order relation met a number that is not certainly real")
    return x.real


def _fold(xs: Any, op: Callable[[Any, Any], Any]) -> Any:
    first, *rest = (_real(x) for x in xs)
    for x in rest:
        first = op(first, x)
    return flint.acb(first)


def _truth(condition: Any, at: Mapping[Any, Any]) -> bool | None:
    if condition in (sympy.true, sympy.false):
        return bool(condition)
    if isinstance(condition, sympy.Not):
        inner = _truth(condition.args[0], at)
        return None if inner is None else not inner
    if isinstance(condition, (sympy.And, sympy.Or)):
        truths = [_truth(c, at) for c in condition.args]
        decisive = isinstance(condition, sympy.Or)
        if decisive in truths:
            return decisive
        return None if None in truths else not decisive
    if not isinstance(condition, sympy.core.relational.Relational):
        raise NoEnclosure(f"no evaluation of the condition {condition}")
    gap = _real(_walk(condition.lhs, at) - _walk(condition.rhs, at))
    yes, no = {
        sympy.StrictGreaterThan: (gap > 0, gap <= 0),
        sympy.GreaterThan: (gap >= 0, gap < 0),
        sympy.StrictLessThan: (gap < 0, gap >= 0),
        sympy.LessThan: (gap <= 0, gap > 0),
        sympy.Equality: (gap == 0, gap != 0),
        sympy.Unequality: (gap != 0, gap == 0),
    }[type(condition)]
    return True if yes else False if no else None
