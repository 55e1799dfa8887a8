"""A ball contains every value of a word on it, and a narrow ball gives a narrow one."""

import math
import operator
import random
from fractions import Fraction

import flint
import mpmath
import pytest

import theory
from tests.formula.words import (
    BINARY, SINGULAR_AT, UNARY, inside, random_ranges, rounding_allowed, scattered,
)  # fmt: skip
from theory import Ball, rational
from theory._formula import VOCABULARY, Condition, ball_precision


@pytest.mark.parametrize("bits", [53, 128])
@pytest.mark.parametrize("name", UNARY)
def test_a_ball_contains_every_value_of_the_word_on_it(name, bits):
    rng = random.Random(name)
    f = VOCABULARY[name]
    with ball_precision(bits):
        for a, b in random_ranges(*UNARY[name], 60, rng):
            argument = Ball.hull(a, b)
            ball = f(argument)
            at_singularity = name in SINGULAR_AT and argument.contains(SINGULAR_AT[name])
            assert ball.arb.is_finite() or at_singularity, f"{name} on [{a}, {b}] is {ball}"
            for x in inside(a, b, rng):
                assert ball.contains(f(x)), f"{name}({x}) is not in {ball}, from [{a}, {b}]"


@pytest.mark.parametrize("name", UNARY)
def test_a_narrow_ball_gives_a_narrow_ball(name):
    f = VOCABULARY[name]
    low, high = UNARY[name][0]
    for x in scattered(low, high, 25, random.Random(name))[2:]:
        radius = abs(x) * 2.0**-70
        value = f(Ball(x, radius))
        allowed = 4 * 2.0**-70 * rounding_allowed(name, [mpmath.mpf(x)])
        assert mpmath.mpf(value.arb.rad().str(20, radius=False)) <= allowed


@pytest.mark.parametrize("name", ["tanh", "erf", "erfc", "erfcx", "normal_cdf", "arcsinh"])
def test_a_wide_ball_gives_the_exact_range_of_a_monotone_word(name):
    f = VOCABULARY[name]
    for a, b in ((-1.0, 1.0), (0.25, 3.0), (-4.0, -0.5)):
        ball = f(Ball.hull(a, b))
        ends = [float(f(mpmath.mpf(x))) for x in (a, b)]
        assert ball.upper - ball.lower == pytest.approx(max(ends) - min(ends), rel=1e-6)


@pytest.mark.parametrize("name", BINARY)
def test_a_ball_contains_every_value_of_a_word_of_two(name):
    rng = random.Random(name)
    f = VOCABULARY[name]
    first, second = BINARY[name]
    left = random_ranges(first, (1.0,), 80, rng)
    right = random_ranges(second, (1.0, 0.0), 80, rng)
    for (a, b), (c, d) in zip(left, right, strict=False):
        ball = f(Ball.hull(a, b), Ball.hull(c, d))
        for x in inside(a, b, rng):
            for y in inside(c, d, rng):
                assert ball.contains(f(x, y))


@pytest.mark.parametrize(
    ("name", "a", "b"),
    [("sqrt", -1.0, 4.0), ("log", -1.0, 4.0), ("arcsin", 0.0, 1.5), ("log1p", -2.0, 0.0),
     ("arccos", -3.0, -2.0), ("gamma", -1.5, -0.5), ("log", 0.0, 1.0)],
)  # fmt: skip
def test_a_ball_that_leaves_the_words_domain_gives_nothing(name, a, b):
    value = VOCABULARY[name](Ball.hull(a, b))
    assert not value.arb.is_finite()
    assert (value.lower, value.upper) == (-math.inf, math.inf)
    assert (value >= 0).truth is None


def test_an_end_of_the_domain_is_not_lost_to_the_radius_rounding():
    x = Ball.hull(0, 1)
    assert (x >= 0).truth
    assert theory.sqrt(x).arb.is_finite()
    assert theory.sqrt(1 - x**2).arb.is_finite()
    assert theory.arcsin(x).arb.is_finite()


def test_where_takes_the_union_on_an_undecided_ball():
    x = Ball.hull(-1, 2)
    value = theory.where(x < 0, -10, 3)
    assert value.contains(-10)
    assert value.contains(3)
    assert theory.where(x < 5, x, 100).upper < 3
    assert theory.where(x > 5, 100, x).upper < 3
    for point in (-1, 0, 2):
        assert theory.where(x <= 0, -x, x).contains(abs(point))


def test_a_negated_python_bool_is_refused_as_a_condition():
    x = mpmath.mpf(1)
    with pytest.raises(TypeError, match="opposite comparison"):
        theory.where(~(x < 2), x, 2 * x)  # ~True is -2, which is true
    with pytest.raises(TypeError, match="opposite comparison"):
        theory.where((x < 0) | ~(x < 2), x, 2 * x)
    assert theory.where((x < 0) | (x >= 2), x, 2 * x) == 2


@pytest.mark.parametrize("op", [operator.lt, operator.le, operator.gt, operator.ge])
def test_an_order_relation_of_balls_is_decided_only_where_all_points_agree(op):
    rng = random.Random(7)
    for _ in range(300):
        a, b, c, d = (rng.randint(-3, 3) for _ in range(4))
        truth = op(Ball.hull(min(a, b), max(a, b)), Ball.hull(min(c, d), max(c, d))).truth
        corners = {op(x, y) for x in (a, b) for y in (c, d)}
        if truth is not None:
            assert corners == {truth}
        elif len(corners) == 1:  # undecided without need only where ends touch
            assert {a, b} & {c, d}


def test_conditions_follow_three_valued_logic():
    for a in (True, False, None):
        assert (~Condition(a)).truth == (None if a is None else not a)
        for b in (True, False, None):
            both = False if False in (a, b) else None if None in (a, b) else True
            either = True if True in (a, b) else None if None in (a, b) else False
            assert (Condition(a) & Condition(b)).truth is both
            assert (Condition(a) | Condition(b)).truth is either


def test_python_cannot_branch_on_a_ball():
    x = Ball.hull(-1, 1)
    for question in (lambda: bool(x < 0), lambda: bool(x), lambda: x == x, lambda: float(x)):
        with pytest.raises(TypeError):
            question()
    with pytest.raises(TypeError):
        max(x, Ball(0))
    with pytest.raises(TypeError):
        0 < x < 2  # noqa: B015


@pytest.mark.parametrize("op", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_ball_arithmetic_contains_real_arithmetic(op):
    rng = random.Random(3)
    for (a, b), (c, d) in zip(
        random_ranges((-1e3, 1e3), (0.0,), 60, rng),
        random_ranges((1e-3, 1e3), (1.0,), 60, rng),
        strict=False,
    ):
        ball = op(Ball.hull(a, b), Ball.hull(c, d))
        for x in inside(a, b, rng):
            assert all(ball.contains(op(x, y)) for y in inside(c, d, rng))


def test_even_powers_and_squares_are_not_negative():
    x = Ball.hull(-1, 2)
    for square in (x * x, x**2, x**4, abs(x)):
        assert (square >= 0).truth
    assert (x**3).contains(-1)
    assert (x**0).contains(1)
    assert ((x - 5) ** rational(3)).contains(-64)
    assert (Ball.hull(0, 1) ** 3 >= 0).truth
    assert ((1 / Ball.hull(1, 2)) ** 2).contains(Fraction(1, 4))


def test_the_ends_of_a_ball_are_outside_it():
    third = Ball(1) / 3
    assert third.lower < 1 / 3 < third.upper
    assert third.upper - third.lower < 1e-15
    assert third.contains(Fraction(1, 3))
    assert not third.contains(Fraction(333, 1000))
    assert Ball("0.1").contains(Fraction(1, 10))
    assert not Ball(0.1).contains(Fraction(1, 10))  # a float is exactly the binary number it is


def test_precision_is_restored_after_an_error():
    before = flint.ctx.prec
    with pytest.raises(ZeroDivisionError), ball_precision(999):
        1 / 0  # noqa: B018
    assert flint.ctx.prec == before
