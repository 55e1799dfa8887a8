"""Z3's statements: cases, and factors whose signs are plain."""

import sympy
import z3

from proofs_check import reals
from proofs_check._rocq import lemma_of
from proofs_check._rocq._polynomials import _oriented
from proofs_check._statements import Polynomial

a, b = reals("a b")


def test_cases_are_decided_by_the_order():
    lemma = lemma_of(Polynomial(z3.If(a > b, a, b) >= a, ()))
    said = " ".join(lemma.statement.split())
    assert said == "forall a b : R, ((if Rgt_dec a b then a else b) >= a)"


def test_factors_are_turned_so_that_each_is_positive_at_a_point():
    x, y = sympy.symbols("x y", real=True)
    product = -x * (y - 1) * (x - y) ** 2
    turned = _oriented(product, {"x": 0.5, "y": 0.25})
    assert sympy.expand(turned - product) == 0
    assert turned == x * (1 - y) * (x - y) ** 2


def test_the_goal_in_factors_stands_among_the_tactics():
    (_, tactic) = lemma_of(Polynomial(a * (1 - a) >= 0, (a > 0, a < 1))).proofs[0]
    assert "by_factors (0 <= (a * (1 - a)))" in tactic.replace("(- a + 1)", "(1 - a)")
