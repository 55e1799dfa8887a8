"""A traced formula as a JavaScript function of the parameters' values.

SymPy prints; words that are no function of ``Math`` are those of ``_special.js``.
"""

import functools
from typing import Any

__all__ = ["javascript"]

WORDS = {
    "erf": "Special.erf", "erfc": "Special.erfc", "erfcx": "Special.erfcx",
    "normal_cdf": "Special.normalCdf", "log_normal_cdf": "Special.logNormalCdf",
    "normal_quantile": "Special.normalQuantile", "gamma": "Special.gamma",
    "loggamma": "Special.loggamma", "gamma_cdf": "Special.gammaCdf",
    "beta_cdf": "Special.betaCdf", "xlogx": "Special.xlogx", "deviance": "Special.deviance",
    "log_binomial": "Special.logBinomial", "lambert_w": "Special.lambertW",
    "expm1": "Math.expm1", "log1p": "Math.log1p",
}  # fmt: skip
"""The words of the vocabulary that SymPy does not print itself."""


@functools.cache
def _printer() -> Any:
    from sympy.printing.jscode import JavascriptCodePrinter

    class Printer(JavascriptCodePrinter):
        """JavascriptCodePrinter with the words of the vocabulary, for numbers of float64."""

        def _print_Function(self, expr: Any) -> str:
            name = type(expr).__name__
            if name not in WORDS:
                return super()._print_Function(expr)
            return f"{WORDS[name]}({', '.join(map(self._print, expr.args))})"

        def _print_Symbol(self, expr: Any) -> str:
            return f"p.{expr.name}"

        def _print_Integer(self, expr: Any) -> str:
            return str(int(expr)) if abs(int(expr)) < 2**53 else repr(float(int(expr)))

        def _print_Rational(self, expr: Any) -> str:
            if max(abs(int(expr.p)), int(expr.q)) < 2**53:
                return super()._print_Rational(expr)
            return repr(int(expr.p) / int(expr.q))

        def _print_Infinity(self, expr: Any) -> str:
            return "Infinity"

        def _print_NegativeInfinity(self, expr: Any) -> str:
            return "(-Infinity)"

        def _print_NaN(self, expr: Any) -> str:
            return "NaN"

        def _print_BooleanTrue(self, expr: Any) -> str:
            return "true"

        def _print_BooleanFalse(self, expr: Any) -> str:
            return "false"

        def _print_Pow(self, expr: Any) -> str:
            if expr.exp == 2 and expr.base.is_Symbol:
                return "({0}*{0})".format(self._print(expr.base))
            return super()._print_Pow(expr)

    return Printer({"allow_unknown_functions": False})


def javascript(value: Any) -> str:
    """The body of a function of ``p`` that returns the expression; ValueError where it has none."""
    try:
        text = _printer().doprint(value)
    except Exception as error:
        raise ValueError(f"no JavaScript: {type(error).__name__}: {error}") from None
    if "Not supported" in text:
        raise ValueError(f"no JavaScript: {text[:200]}")
    return f"return {text};"
