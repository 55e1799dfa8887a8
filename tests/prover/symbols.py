"""The symbols that the tests speak of, and how they read a counterexample."""

from fractions import Fraction

import sympy
import z3

from proofs_check import Result, Status

x, y = sympy.symbols("x y", real=True)
p, q = sympy.symbols("p q", positive=True)
a, b, c = z3.Reals("a b c")

PROVED = Result(Status.PROVED, "by hand")


def fractions_of(result: Result) -> dict[str, Fraction]:
    assert result.counterexample is not None
    return {name: Fraction(text) for name, text in result.counterexample.items()}


def hang():
    while True:
        pass
