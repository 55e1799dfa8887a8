r"""A traced formula as LaTeX, in the paper's letters.

SymPy prints; the words that it does not know are written as a reader writes them: ``normal_cdf``
is :math:`\Phi`, ``log1p(x)`` is log(1 + x), and numbers such as 0.05 stay decimals.
"""

import functools
import re
from collections.abc import Callable, Mapping
from typing import Any

from theory._evaluators import sympy_module
from theory._symbolic import word

__all__ = ["latex", "pretty"]

_SHORT = 10**6
"""A fraction with a larger denominator is a decimal, of six digits where it has more."""


def _rewritten() -> dict[str, Callable[..., Any]]:
    """Words that are a short formula to a reader, though not to a computer."""
    s = sympy_module()
    return {
        "expm1": lambda x: s.exp(x) - 1,
        "log1p": lambda x: s.log(1 + x),
        "xlogx": lambda x: x * s.log(x),
        "deviance": lambda x, mean: x * s.log(x / mean) + mean - x,
        "erfcx": lambda x: s.exp(x**2) * word("erfc")(x),
        "log_normal_cdf": lambda x: s.log(word("normal_cdf")(x)),
        "loggamma": lambda x: s.log(word("gamma")(x)),
        "log_binomial": lambda n, k: s.log(word("binomial")(n, k)),
    }


_SHAPES = {
    "normal_cdf": r"\Phi\left({}\right)",
    "normal_quantile": r"\Phi^{{-1}}\left({}\right)",
    "erf": r"\operatorname{{erf}}\left({}\right)",
    "erfc": r"\operatorname{{erfc}}\left({}\right)",
    "gamma": r"\Gamma\left({}\right)",
    "binomial": r"\binom{{{}}}{{{}}}",
    "gamma_cdf": r"P\left({1}, {0}\right)",
    "beta_cdf": r"I_{{{}}}\left({}, {}\right)",
    "lambert_w": r"W\left({}\right)",
}


@functools.cache
def _printer_class() -> Any:
    from sympy.printing.latex import LatexPrinter

    class Printer(LatexPrinter):
        """LatexPrinter with the words of the vocabulary."""

        def _print_Function(self, expr: Any, exp: str | None = None) -> str:
            name = type(expr).__name__
            if name not in _SHAPES:
                return super()._print_Function(expr, exp)
            shown = _SHAPES[name].format(*(self._print(a) for a in expr.args))
            return shown if exp is None else rf"{{{shown}}}^{{{exp}}}"

        def _print_Rational(self, expr: Any) -> str:
            top, bottom = int(expr.p), int(expr.q)
            if bottom > _SHORT or (bottom > 12 and _SHORT % bottom == 0):
                return _decimal(top / bottom)
            return super()._print_Rational(expr)

        def _print_Piecewise(self, expr: Any) -> str:
            rows = [
                rf"{self._print(value)} & \text{{otherwise}}" if condition == True  # noqa: E712
                else rf"{self._print(value)} & \text{{if }} {self._print(condition)}"
                for value, condition in expr.args
            ]  # fmt: skip
            return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"

    return Printer


def _decimal(number: float) -> str:
    """A decimal as it is said: 0.05; very small or large ones as a power of ten."""
    text = f"{number:.6g}"
    mantissa, _, power = text.partition("e")
    if not power:
        return text
    return rf"10^{{{int(power)}}}" if mantissa == "1" else rf"{mantissa} \cdot 10^{{{int(power)}}}"


def _readable(value: Any) -> Any:
    """The expression with the words that are a short formula written out."""
    rules = _rewritten()
    return value.replace(
        lambda e: type(e).__name__ in rules and not e.is_Symbol,
        lambda e: rules[type(e).__name__](*e.args),
    )


def latex(value: Any, letters: Mapping[str, str]) -> str:
    """The expression as LaTeX; ``letters`` are the symbols', by their names."""
    found = _readable(value)
    names = {s: letters.get(s.name, s.name) for s in found.free_symbols}
    return _printer_class()({"symbol_names": names, "inv_trig_style": "full"}).doprint(found)


def pretty(left: Any, sign: str, right: Any, letters: Mapping[str, str]) -> str:
    """Two sides, each an expression or a text, as lines laid out as on paper."""
    from sympy.printing.pretty.pretty import PrettyPrinter
    from sympy.printing.pretty.stringpict import prettyForm, stringPict

    printer = PrettyPrinter({"use_unicode": True, "wrap_line": False})
    left, right = (
        prettyForm(side) if isinstance(side, str) else printer._print(_spelled(side, letters))
        for side in (left, right)
    )
    picture, baseline = stringPict.next(left, f" {sign} ", right)
    del baseline
    return "\n".join(line.rstrip() for line in picture.split("\n"))


def _spelled(value: Any, letters: Mapping[str, str]) -> Any:
    """The expression with the letters, and the functions' names, as a terminal can show them."""
    found = _readable(value)
    plain = {x: re.sub(r"\\(?:mathrm|var)?|[{}]", "", letters.get(x.name, x.name))
             for x in found.free_symbols}  # fmt: skip
    found = found.xreplace({x: sympy_module().Symbol(text) for x, text in plain.items()})
    names = {"normal_cdf": "Phi", "normal_quantile": "PhiInv", "lambert_w": "W"}
    return found.replace(
        lambda e: type(e).__name__ in names, lambda e: word(names[type(e).__name__])(*e.args)
    )
