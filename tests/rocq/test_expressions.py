"""SymPy expressions in Rocq's words, and what each needs in order to mean the same."""

import pytest
import sympy

from proofs_check._rocq._expressions import NotExpressible, Printer, rational_text, rocq_name

x, y = sympy.symbols("x y", real=True)
p = sympy.Symbol("p", positive=True)


def printed(e):
    printer = Printer()
    return printer.text(e), [fact.text for fact in printer.facts.values()]


@pytest.mark.parametrize(
    ("expression", "text", "facts"),
    [
        (x + 2 * y, "(x + (2 * y))", []),
        (x - y / 3, "(x - (y / 3))", []),
        (-x, "(- x)", []),
        (x**3, "(x ^ 3)", []),
        (-(x**2), "(- (x ^ 2))", []),
        (1 / x, "(/ x)", ["x <> 0"]),
        (x / (y * (1 + x**2)), "(x / (y * ((x ^ 2) + 1)))", ["y <> 0", "((x ^ 2) + 1) <> 0"]),
        (sympy.sqrt(x), "(sqrt x)", ["0 <= x"]),
        (1 / sympy.sqrt(x), "(/ (sqrt x))", ["0 < x", "0 <= x"]),
        (x ** sympy.Rational(3, 2), "((sqrt x) ^ 3)", ["0 <= x"]),
        (p**x, "(Rpower p x)", ["0 < p"]),
        (p ** sympy.Rational(1, 3), "(Rpower p (1 / 3))", ["0 < p"]),
        (sympy.exp(-x), "(exp (- x))", []),
        (sympy.log(x), "(ln x)", ["0 < x"]),
        (sympy.erfc(x), "(1 - erf x)", []),
        (sympy.Rational(-3, 4) * sympy.pi, "(- 3 * PI / 4)", []),
        (sympy.Max(x, y), "(Rmax x y)", []),
        (sympy.asin(x), "(asin x)", ["0 <= (1 - (x ^ 2))"]),
    ],
)  # fmt: skip
def test_every_word_and_what_makes_it_defined(expression, text, facts):
    assert printed(expression) == (text, facts)


def test_numbers_are_exact():
    assert rational_text(0.1) == "(3602879701896397 / 36028797018963968)"  # the float that it is
    assert rational_text(sympy.Rational(-1, 3)) == "((-1) / 3)"
    assert rational_text(7) == "7"


def test_names_hide_no_word_of_the_formulas():
    names = [rocq_name(sympy.Symbol(s)) for s in ("exp", "fun", "PI", "x_1", "lambda'", "R")]
    assert names == ["v_exp", "v_fun", "v_PI", "x_1", "v_lambda_", "v_R"]


def test_a_function_without_tactics_is_printed_by_name():
    printer = Printer()
    assert printer.text(sympy.gamma(x) + sympy.polygamma(1, x)) == "((Gamma x) + (polygamma 1 x))"
    assert printer.opaque == {"Gamma": 1, "polygamma": 2}


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        (sympy.I * x, "complex numbers"),
        (sympy.Integral(sympy.exp(x**2), x), "an unevaluated integral"),
        (sympy.Piecewise((x, x > 0), (0, True)), "cases"),
        (sympy.floor(x), "the function floor"),
        (x ** sympy.Symbol("n", integer=True), "a power with a whole number"),
    ],
)
def test_what_has_no_words_is_named(expression, why):
    with pytest.raises(NotExpressible, match=why):
        Printer().text(expression)
