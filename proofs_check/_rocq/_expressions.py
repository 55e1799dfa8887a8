"""SymPy expressions as Rocq's real numbers, with what makes each of them defined.

Rocq's functions are total: 1/0 is some number there, ln of a negative number too. So a printed
formula says what the paper's says only together with its *facts* (``0 < x``, ``x <> 0``), which
the printer collects; a statement either proves them or names them among its hypotheses.
"""

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import sympy

_TAKEN = """as at cofix else end exists exists2 fix for forall fun if IF in let match mod open
return SProp Prop Set Type then using where with by
exp ln sqrt sin cos tan atan asin acos PI R Rabs Rmin Rmax Rpower RInt erf Gamma"""
_NAME = re.compile(rf"(?!({_TAKEN.replace(chr(10), ' ').replace(' ', '|')})$)[A-Za-z][A-Za-z0-9_]*")

LOGARITHM = sympy.Function("LOGARITHM", real=True)
"""ln that SymPy does not touch."""


class NotExpressible(ValueError):
    """The statement has a part that these real numbers have no word for; the text says which."""


@dataclasses.dataclass(frozen=True)
class Fact:
    """A condition under which a printed expression means what SymPy's means."""

    expression: Any
    relation: str
    """``0 <``, ``0 <=`` or ``<> 0``."""

    @property
    def settled(self) -> bool:
        """Whether the symbols' assumptions alone imply it, by SymPy's account."""
        e = self.expression
        truth = {"0 <": e.is_positive, "0 <=": e.is_nonnegative, "<> 0": e.is_nonzero}
        return bool(truth[self.relation])

    @property
    def text(self) -> str:
        shown = Printer().text(self.expression)
        return f"{shown} <> 0" if self.relation == "<> 0" else f"{self.relation} {shown}"


def rocq_name(symbol: Any) -> str:
    """A symbol's name as an identifier that hides none of the words that formulas use."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", str(symbol))
    return name if name == str(symbol) and _NAME.fullmatch(name) else f"v_{name}"


def rational_text(number: Any) -> str:
    """An exact rational: ``3``, ``(-3)``, ``(3 / 4)``."""
    number = sympy.Rational(number)
    p = str(number.p) if number.p >= 0 else f"(-{-number.p})"
    return p if number.q == 1 else f"({p} / {number.q})"


class Printer:
    """Prints expressions and collects their facts, in the order met, each once."""

    def __init__(self):
        self.facts: dict[tuple[Any, str], Fact] = {}
        self.opaque: dict[str, int] = {}
        """Functions that no real-number tactic knows, with their number of arguments."""

    def need(self, expression: Any, relation: str) -> None:
        """Records a fact, unless it is one about a number that SymPy's own order decides."""
        fact = Fact(expression, relation)
        if not (expression.is_number and fact.settled):
            self.facts.setdefault((expression, relation), fact)

    def text(self, e: Any) -> str:
        """The expression, in brackets wherever an operator could take a part of it."""
        if e.is_Symbol:
            return rocq_name(e)
        if e.is_Rational:
            return rational_text(e)
        if e is sympy.pi:
            return "PI"
        if e is sympy.E:
            return "(exp 1)"
        if e.is_Add:
            return self._sum(e)
        if e.is_Mul:
            return self._product(e)
        if e.is_Pow:
            return self._power(e.base, e.exp)
        if isinstance(e, (sympy.Min, sympy.Max)):
            word = "Rmin" if isinstance(e, sympy.Min) else "Rmax"
            first, *rest = map(self.text, e.args)
            for part in rest:
                first = f"({word} {first} {part})"
            return first
        if e.func in _FUNCTIONS:
            return _FUNCTIONS[e.func](self, *e.args)
        if e.func in OPAQUE and all(a.is_real is not False for a in e.args):
            name = OPAQUE[e.func]
            self.opaque[name] = len(e.args)
            return f"({name} {' '.join(map(self.text, e.args))})"
        raise NotExpressible(_why(e))

    def _sum(self, e: Any) -> str:
        text = ""
        for term in e.as_ordered_terms():
            minus = term.could_extract_minus_sign()
            shown = self.text(-term if minus else term)
            if minus:
                text = f"{text} - {shown}" if text else f"- {shown}"
            else:
                text = f"{text} + {shown}" if text else shown
        return f"({text})"

    def _product(self, e: Any) -> str:
        above, below = [], []
        sign = ""
        for factor in e.as_ordered_factors():
            if factor.is_Rational:
                if factor.p < 0:
                    sign = "- "
                if abs(factor.p) != 1:
                    above.append(str(abs(factor.p)))
                if factor.q != 1:
                    below.append(str(factor.q))
            elif factor.is_Pow and factor.exp.is_Rational and factor.exp.p < 0:
                self._denominator(factor.base, -factor.exp)
                below.append(self._power(factor.base, -factor.exp))
            else:
                above.append(self.text(factor))
        if not above and len(below) == 1 and not sign:
            return f"(/ {below[0]})"
        text = " * ".join(above) or "1"
        if below:
            bottom = below[0] if len(below) == 1 else f"({' * '.join(below)})"
            text = f"{text} / {bottom}"
        return f"({sign}{text})" if sign or len(above) + len(below) > 1 else text

    def _denominator(self, base: Any, exponent: Any) -> None:
        """A fact about base^exponent in a denominator."""
        if base.is_Rational or base.func is sympy.exp:
            return
        self.need(base, "<> 0" if exponent.is_Integer else "0 <")

    def _power(self, base: Any, exponent: Any) -> str:
        if exponent.is_Rational and exponent.p < 0:
            self._denominator(base, -exponent)
            return f"(/ {self._power(base, -exponent)})"
        if exponent.is_Integer:
            return self.text(base) if exponent == 1 else f"({self.text(base)} ^ {exponent})"
        if exponent.is_Rational and exponent.q == 2:
            self.need(base, "0 <=")
            root = f"(sqrt {self.text(base)})"
            return root if exponent.p == 1 else f"({root} ^ {exponent.p})"
        if exponent.is_integer and not base.is_positive:
            raise NotExpressible("a power with a whole number as variable exponent")
        if not exponent.is_Rational and base.is_nonpositive:
            raise NotExpressible("a power of a number that is not positive")
        self.need(base, "0 <")
        return f"(Rpower {self.text(base)} {self.text(exponent)})"


def _call(word: str) -> Callable[..., str]:
    return lambda printer, x: f"({word} {printer.text(x)})"


def _log(printer: Printer, x: Any) -> str:
    printer.need(x, "0 <")
    return f"(ln {printer.text(x)})"


def _tan(printer: Printer, x: Any) -> str:
    printer.need(sympy.cos(x), "<> 0")
    return f"(tan {printer.text(x)})"


def _arc(word: str) -> Callable[..., str]:
    def shown(printer: Printer, x: Any) -> str:
        printer.need(1 - x**2, "0 <=")
        return f"({word} {printer.text(x)})"

    return shown


def _through(rewrite: Callable[[Any], Any]) -> Callable[..., str]:
    """A function printed by its definition in other words."""
    return lambda printer, x: printer.text(rewrite(x))


_FUNCTIONS: dict[Any, Callable[..., str]] = {
    sympy.exp: _call("exp"),
    sympy.log: _log,
    LOGARITHM: _call("ln"),
    sympy.sin: _call("sin"),
    sympy.cos: _call("cos"),
    sympy.tan: _tan,
    sympy.atan: _call("atan"),
    sympy.asin: _arc("asin"),
    sympy.acos: _arc("acos"),
    sympy.Abs: _call("Rabs"),
    sympy.erf: _call("erf"),
    sympy.erfc: lambda printer, x: f"(1 - erf {printer.text(x)})",
    sympy.sinh: _through(lambda x: (sympy.exp(x) - sympy.exp(-x)) / 2),
    sympy.cosh: _through(lambda x: (sympy.exp(x) + sympy.exp(-x)) / 2),
    sympy.tanh: _through(lambda x: 1 - 2 / (sympy.exp(2 * x) + 1)),
    sympy.asinh: _through(lambda x: sympy.log(x + sympy.sqrt(x**2 + 1))),
    sympy.factorial: _through(lambda n: sympy.gamma(n + 1)),
}

OPAQUE: dict[Any, str] = {
    sympy.gamma: "Gamma",
    sympy.loggamma: "log_Gamma",
    sympy.digamma: "digamma",
    sympy.polygamma: "polygamma",
    sympy.LambertW: "lambert_w",
    sympy.besseli: "bessel_i",
    sympy.lowergamma: "lower_gamma",
    sympy.uppergamma: "upper_gamma",
    sympy.expint: "exponential_integral",
    sympy.Ei: "Ei",
    sympy.erfinv: "erf_inverse",
}


def _why(e: Any) -> str:
    if e.has(sympy.I):
        return "complex numbers"
    if e.has(sympy.oo, sympy.zoo, sympy.nan):
        return "infinity"
    if isinstance(e, (sympy.Integral, sympy.Sum, sympy.Product, sympy.Derivative, sympy.Limit)):
        return f"an unevaluated {e.func.__name__.lower()}"
    if isinstance(e, sympy.Piecewise):
        return "cases"
    return f"the function {e.func.__name__}"
