"""Nothing can be mixed, nothing inexact gets in, and constants stay exact."""

import math
import operator
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

import theory
from tests.formula.words import BINARY, UNARY
from theory import Ball, MixedEvaluators, pi, rational
from theory._formula import VOCABULARY, Constant, ball_precision, evaluator_of

FOREIGN_TO_A_BALL = [
    mpmath.mpf(2), sympy.Symbol("x"), sympy.Integer(2), 0.5, np.float64(0.5), np.float32(0.5),
    jnp.asarray(0.5), np.asarray([0.5, 1.0]), mpmath.pi,
]  # fmt: skip
OPERATORS = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow,
    operator.lt, operator.le, operator.gt, operator.ge,
]  # fmt: skip


@pytest.mark.parametrize("op", OPERATORS, ids=lambda op: op.__name__)
@pytest.mark.parametrize("other", FOREIGN_TO_A_BALL, ids=lambda v: type(v).__name__)
def test_no_operator_joins_a_ball_with_another_evaluator(op, other):
    ball = Ball("0.1")
    with pytest.raises(TypeError):
        op(ball, other)
    with pytest.raises(TypeError):
        op(other, ball)


@pytest.mark.parametrize("op", OPERATORS[:5], ids=lambda op: op.__name__)
def test_no_operator_joins_object_arrays_of_two_evaluators(op):
    balls = np.array([Ball(1), Ball(2)], dtype=object)
    for other in (
        np.array([mpmath.mpf(1), mpmath.mpf(2)], dtype=object),
        np.array([sympy.Symbol("x"), sympy.Integer(1)], dtype=object),
        np.array([0.5, 1.5]),
        0.5,
        mpmath.mpf(1),
    ):
        for left, right in ((balls, other), (other, balls)):
            with pytest.raises(TypeError):
                op(left, right)


ONE_OF_EACH = {
    "arb": Ball("0.25"),
    "mpmath": mpmath.mpf("0.25"),
    "sympy": sympy.Rational(1, 4),
    "jax": 0.25,
}


@pytest.mark.parametrize("name", [*BINARY, "where"])
def test_no_word_takes_two_evaluators(name):
    word = VOCABULARY[name]
    for first, a in ONE_OF_EACH.items():
        for second, b in ONE_OF_EACH.items():
            arguments = (a, b) if name != "where" else (True, a, b)
            if first == second:
                assert evaluator_of(word(*arguments)) == first
            else:
                with pytest.raises(MixedEvaluators):
                    word(*arguments)
                mixed = np.array([a, b], dtype=object)
                with pytest.raises(MixedEvaluators):
                    theory.exp(mixed)


@pytest.mark.parametrize("name", UNARY)
def test_no_word_takes_a_sympy_expression_with_a_float(name):
    with pytest.raises(MixedEvaluators, match="float"):
        VOCABULARY[name](sympy.Symbol("x") * 0.5)


def test_a_half_written_as_a_float_is_refused_as_a_power():
    with pytest.raises(MixedEvaluators, match=r"rational\(p, q\)"):
        Ball(2) ** 0.5
    with pytest.raises(MixedEvaluators):
        theory.exp(sympy.Symbol("x") ** 0.5)


def test_words_refuse_what_no_evaluator_takes():
    for value in ("1", None, 1j, [1.0], {}):
        with pytest.raises(TypeError):
            theory.exp(value)


def test_constants_are_exact_until_they_meet_a_value():
    x = sympy.Symbol("x")
    tenth = rational(1, 10)
    assert isinstance(3 * tenth - rational(3, 10), Constant)
    assert (3 * tenth * x).coeff(x) == sympy.Rational(3, 10)
    assert theory.sqrt(2 * pi) * x == sympy.sqrt(2 * sympy.pi) * x
    assert (Ball(0) + tenth).contains(Fraction(1, 10))
    assert not (Ball(0) + tenth).contains(0.1)
    assert abs(mpmath.mpf(1) * tenth * 10 - 1) < mpmath.mpf(10) ** -55
    assert (0.0 + tenth) == 0.1
    assert float(rational(1, 3)) == 1 / 3
    assert float(theory.exp(theory.log(rational(7, 3)))) == 7 / 3


@pytest.mark.parametrize("op", OPERATORS[:5], ids=lambda op: op.__name__)
def test_constant_arithmetic_is_the_same_from_both_sides(op):
    for a, b in ((rational(2, 3), 5), (5, rational(2, 3)), (rational(7, 2), Fraction(1, 3))):
        value = op(a, b)
        assert isinstance(value, Constant)
        exact = [x.resolve("sympy") if isinstance(x, Constant) else sympy.Rational(str(x))
                 for x in (a, b)]  # fmt: skip
        assert value.resolve("sympy") == op(*exact)
        assert float(value) == pytest.approx(float(op(*exact)), rel=1e-15)


def test_a_constant_takes_the_precision_of_the_moment():
    for digits in (20, 100):
        with mpmath.workdps(digits):
            assert abs(mpmath.mpf(0) + pi - mpmath.pi) < mpmath.mpf(10) ** (2 - digits)
    with ball_precision(500):
        assert (pi * Ball(1)).arb.rad() < 2.0**-480


def test_float32_formulas_stay_float32():
    x = jnp.asarray(0.5, dtype=jnp.float32)
    assert (x * pi + rational(1, 3)).dtype == jnp.float32
    for name in UNARY:
        assert jax.eval_shape(VOCABULARY[name], x).dtype == jnp.float32


def test_constants_stand_in_conditions_and_branches():
    for x in ONE_OF_EACH.values():
        value = theory.where(x < rational(1, 2), pi, rational(1, 7))
        if isinstance(value, Ball):
            assert value.contains(mpmath.pi * 1)
        else:
            assert float(value) == pytest.approx(math.pi, abs=1e-15)
        assert float(theory.where(pi > 3, 1, 2)) == 1


def test_total_sums_object_arrays_and_jax_arrays():
    tenths = np.array([Ball("0.1")] * 10, dtype=object)
    assert theory.total(tenths).contains(1)
    assert theory.total(np.array([sympy.Rational(1, 10)] * 10, dtype=object)) == 1
    assert float(theory.total(jnp.ones((2, 3)))[0]) == 3
    words = theory.exp(tenths)
    assert words.shape == (10,)
    assert all(w.contains(mpmath.exp(mpmath.mpf(1) / 10)) for w in words)
    assert theory.maximum(tenths, pi)[0].contains(mpmath.pi * 1)
    assert (tenths * pi)[3].contains(mpmath.pi / 10)
    assert (rational(1, 2) - tenths)[0].contains(mpmath.mpf(4) / 10)
