"""Identities are proved, refuted at a point that anyone can check, or said to be undecided."""

import time
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy

import theory
from proofs_check import Status, identity
from proofs_check._symbolic_balls import enclose
from tests.prover.symbols import fractions_of, p, q, x, y
from theory import Ball, MixedEvaluators, cos, exp, log, normal_cdf, normal_pdf, rational, sin, sqrt

U, V = sympy.symbols("u1:4", real=True), sympy.symbols("v1:4", real=True)
LAGRANGE = (
    sum(u**2 for u in U) * sum(v**2 for v in V)
    - sum(u * v for u, v in zip(U, V, strict=True)) ** 2,
    sympy.Matrix(U).cross(sympy.Matrix(V)).norm() ** 2,
)


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        LAGRANGE,
        (sin(x) ** 2 + cos(x) ** 2, 1),
        (normal_cdf(x) + normal_cdf(-x), 1),
        (sympy.diff(normal_cdf(x), x), normal_pdf(x)),
        (normal_pdf(p + q / (2 * p)) / normal_pdf(p - q / (2 * p)), exp(-q)),
        ((sqrt(1 + p**2) - p) * (sqrt(1 + p**2) + p), 1),
        (1 / (1 + exp(-x)), (1 + theory.tanh(x / 2)) / 2),
        (log(p * q), log(p) + log(q)),
        (sympy.sqrt(3 + 2 * sympy.sqrt(2)), 1 + sympy.sqrt(2)),
        (sympy.gamma(p + 1), p * sympy.gamma(p)),
        (sympy.Matrix([[x, 1], [1, y]]).det(), x * y - 1),
        (sympy.Matrix([[x, 1], [0, x]]) ** 2, sympy.Matrix([[x**2, 2 * x], [0, x**2]])),
        (rational(1, 3) + rational(1, 6), Fraction(1, 2)),
        (1 / (sqrt(p**2 + q) + p), (sqrt(p**2 + q) - p) / q),
    ],
    ids=str,
)
def test_a_true_identity_is_proved(lhs, rhs):
    result = identity(lhs, rhs)
    assert result.status is Status.PROVED
    assert result.method.startswith("SymPy: ")


@pytest.mark.parametrize(
    ("lhs", "rhs", "as_numbers"),
    [
        (sin(x) ** 2, 1 - cos(x), lambda x: mpmath.sin(x) ** 2 - 1 + mpmath.cos(x)),
        (sympy.sqrt(x**2), x, lambda x: abs(x) - x),
        (log(p + q), log(p) + log(q), lambda p, q: mpmath.log(p + q) - mpmath.log(p * q)),
        (normal_pdf(x), normal_pdf(2 * x), lambda x: mpmath.npdf(x) - mpmath.npdf(2 * x)),
    ],
)
def test_a_false_identity_is_refuted_at_a_point_that_shows_it(lhs, rhs, as_numbers):
    result = identity(lhs, rhs)
    assert result.status is Status.REFUTED
    point = {n: mpmath.mpf(v.numerator) / v.denominator for n, v in fractions_of(result).items()}
    assert abs(as_numbers(**point)) > 1e-10


def test_a_false_identity_of_numbers_is_told_from_a_true_one_by_many_digits():
    # exp(pi sqrt(163)) differs from a whole number by 7.5e-13
    almost = sympy.exp(sympy.pi * sympy.sqrt(163))
    assert identity(almost, 640320**3 + 744).status is Status.REFUTED


def test_agreement_without_a_proof_is_numeric_never_proved():
    result = identity(sympy.asinh(p), sympy.log(p + sympy.sqrt(1 + p**2)))
    assert result.status is Status.NUMERIC
    assert "50 digits" in result.method


def test_points_where_a_side_is_not_real_do_not_refute():
    result = identity(sympy.sqrt(1 - x) * sympy.sqrt(1 + x), sympy.sqrt(1 - x**2))
    assert result.status in (Status.PROVED, Status.NUMERIC)


def test_ranges_say_where_the_points_lie():
    lhs, rhs = sympy.Abs(x - 5), 5 - x
    assert identity(lhs, rhs, ranges={x: (0, 4)}).status is Status.NUMERIC
    refuted = identity(lhs, rhs, ranges={"x": ("5.5", sympy.Rational(25, 4))})
    assert refuted.status is Status.REFUTED
    assert Fraction(11, 2) < fractions_of(refuted)["x"] < Fraction(25, 4)


def test_points_meet_the_symbols_assumptions():
    even = sympy.Symbol("n", integer=True, even=True)
    assert identity(sympy.cos(sympy.pi * even / 2) ** 2, 1).status is not Status.REFUTED
    negative = sympy.Symbol("m", negative=True)
    refuted = identity(sympy.sqrt(negative**2), negative)
    assert fractions_of(refuted)["m"] < 0


def test_what_arb_cannot_evaluate_is_undecided():
    f = sympy.Function("f")
    assert identity(f(x), f(-x)).status is Status.UNDECIDED
    assert identity(f(x) - f(x), 0).status is Status.PROVED
    off_by_one = identity((f(x) + 1) ** 2 - f(x) ** 2 - 2 * f(x), 2)
    assert off_by_one.status is Status.REFUTED
    assert off_by_one.detail == "lhs - rhs = -1"


@pytest.mark.parametrize("side", [0.5 * x, x**0.5, sympy.Float("0.1"), 0.5, np.float64(0.5)])
def test_a_float_is_refused_and_the_message_says_what_to_write(side):
    for lhs, rhs in ((side, side), (x, side), (side, x)):
        with pytest.raises(MixedEvaluators, match="Rational"):
            identity(lhs, rhs)


@pytest.mark.parametrize(
    "expression",
    [
        sympy.polygamma(1, x), sympy.LambertW(x), sympy.Ei(x), sympy.uppergamma(p, x),
        sympy.besseli(1, x), sympy.besselj(0, x), sympy.besselk(1, x), sympy.zeta(x),
        sympy.polylog(2, 1 / x), sympy.factorial(x), sympy.binomial(5, x), sympy.beta(x, 2),
        sympy.erfi(x), sympy.cot(x), sympy.coth(x), sympy.acosh(x), sympy.atanh(1 / x),
        sympy.sign(x - 3), sympy.Min(x, 3, p), sympy.Max(x, 3), sympy.Abs(p - x),
        sympy.EulerGamma * x, x ** sympy.Rational(-2, 3), sympy.loggamma(x), sympy.exp(x),
        sympy.Piecewise((x, x < p), (p, sympy.And(x > p, ~(x >= 100))), (0, True)),
    ],
    ids=str,
)  # fmt: skip
def test_sympy_expressions_are_enclosed_right(expression):
    point = {x: Fraction(7, 3), p: Fraction(5, 4)}
    ball = enclose(expression, point, 200)
    numbers = {s: sympy.Rational(v.numerator, v.denominator) for s, v in point.items()}
    with mpmath.workdps(50):
        truth = mpmath.mpf(str(sympy.re(sympy.N(expression.subs(numbers), 45))))
    assert (Ball(ball.real) + Ball(0, 1e-35)).contains(truth)
    assert ball.real.rad() < 1e-40


MATRIX = sympy.Matrix([[x, p, 1], [x + p, x * p, sympy.exp(x)]])


@pytest.mark.parametrize("place", range(6))
@pytest.mark.parametrize("form", [sympy.Matrix, sympy.Array, np.array, list])
def test_one_wrong_entry_in_any_place_refutes(place, form):
    wrong = sympy.Matrix(MATRIX)
    wrong[place] += sympy.Rational(1, 10**20)
    result = identity(form(MATRIX.tolist()), form(wrong.tolist()))
    assert result.status is Status.REFUTED
    assert identity(form(wrong.tolist()), form(MATRIX.tolist())).status is Status.REFUTED


@pytest.mark.parametrize("place", range(6))
def test_one_unproved_entry_in_any_place_is_not_proved(place, monkeypatch):
    # "evaluation" alone does not multiply out: that entry agrees at points only
    monkeypatch.setattr("proofs_check._identity._LADDER", (("evaluation", lambda e: e.doit()),))
    other = sympy.Matrix(MATRIX)
    other[place] = (x + 1) ** 2
    expanded = sympy.Matrix(MATRIX)
    expanded[place] = x**2 + 2 * x + 1
    assert identity(expanded, other).status is Status.NUMERIC
    assert identity(expanded, expanded).status is Status.PROVED


def test_a_matrix_is_compared_with_its_own_shape_only():
    for other in (x, [x, x], sympy.Matrix([[x, x]]), []):
        with pytest.raises(ValueError, match="same shape"):
            identity(sympy.Matrix([x]), other)
    with pytest.raises(ValueError, match="no entry"):
        identity([], [])


def test_a_simplifier_that_hangs_ends_in_time(monkeypatch):
    def hang(expression):
        while True:
            pass

    monkeypatch.setattr("proofs_check._identity._LADDER", (("hang", hang),) * 5)
    start = time.process_time()
    result = identity(sympy.Max(x, y) + sympy.Min(x, y), x + y, time_limit=0.6)
    assert time.process_time() - start < 3
    assert result.status is Status.NUMERIC
