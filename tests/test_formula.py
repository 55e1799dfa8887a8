"""Every word of the vocabulary means the same on all evaluators, and none can be mixed.

mpmath at 60 digits is the judge: Arb's balls must contain it, JAX must agree within ten roundings
of what the argument's own rounding allows, SymPy's evalf must agree to 40 digits.
"""

import math
import operator
import random
from fractions import Fraction

import flint
import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

import theory
from theory import Ball, MixedEvaluators, pi, rational
from theory._formula import VOCABULARY, Condition, Constant, ball_precision, evaluator_of

EPS = float(np.finfo(np.float64).eps)
SMALLEST = float(np.finfo(np.float64).tiny)
LEAST_GAMMA = 1.4616321449683622  # where Gamma turns; log Gamma has zeros at 1 and 2

# word: closed range on which it is tested, and points where it branches, vanishes or turns
UNARY = {
    "exp": ((-700.0, 700.0), (0.0,)),
    "expm1": ((-700.0, 700.0), (0.0,)),
    "log": ((1e-300, 1e300), (1.0,)),
    "log1p": ((-0.999999, 1e300), (0.0, -0.4)),
    "sqrt": ((0.0, 1e300), (0.0, 1.0)),
    "sin": ((-1e4, 1e4), (0.0, math.pi / 2, math.pi)),
    "cos": ((-1e4, 1e4), (0.0, math.pi / 2, math.pi)),
    "tan": ((-1.5, 1.5), (0.0,)),
    "sinh": ((-700.0, 700.0), (0.0,)),
    "cosh": ((-700.0, 700.0), (0.0,)),
    "tanh": ((-400.0, 400.0), (0.0,)),
    "arcsin": ((-1.0, 1.0), (-1.0, 0.0, 1.0)),
    "arccos": ((-1.0, 1.0), (-1.0, 0.0, 1.0)),
    "arctan": ((-1e10, 1e10), (0.0,)),
    "arcsinh": ((-1e300, 1e300), (0.0,)),
    "erf": ((-30.0, 30.0), (0.0,)),
    "erfc": ((-30.0, 26.0), (0.0,)),
    "erfcx": ((-26.0, 1e8), (0.0,)),
    "gamma": ((1e-5, 170.0), (1.0, LEAST_GAMMA, 2.0)),
    "loggamma": ((1e-8, 1e9), (1.0, LEAST_GAMMA, 2.0, 3.0)),
    "absolute": ((-1e6, 1e6), (0.0,)),
    "sign": ((-1e6, 1e6), (0.0,)),
    "normal_cdf": ((-37.0, 37.0), (0.0,)),
    "log_normal_cdf": ((-1e6, 37.0), (-1.0, 0.0)),
    "xlogx": ((0.0, 1e300), (0.0, math.exp(-1), 1.0)),
    "lambert_w": ((-0.3678, 1e300), (-0.25, 0.0)),
    "normal_quantile": ((1e-300, 0.9999), (0.5,)),
}
SINGULAR_AT = {
    "log": 0,
    "log1p": -1,
    "gamma": 0,
    "loggamma": 0,
    "normal_quantile": 0,
}  # nothing is finite there
STEEP_AT = {"sqrt": (0.0,), "arcsin": (-1.0, 1.0), "arccos": (-1.0, 1.0)}  # no finite slope there
BINARY = {
    "minimum": ((-1e3, 1e3), (-1e3, 1e3)),
    "maximum": ((-1e3, 1e3), (-1e3, 1e3)),
    "power": ((1e-3, 1e3), (-20.0, 20.0)),
    "deviance": ((0.0, 1e3), (1e-3, 1e3)),
}
OF_LAWS = {"gamma_cdf", "beta_cdf", "log_binomial"}  # in words/test_law_words.py


@pytest.fixture(autouse=True)
def many_digits():
    with mpmath.workdps(60), ball_precision(128):
        yield


def scattered(low: float, high: float, count: int, rng: random.Random) -> list[float]:
    """Floats of [low, high] on many scales, with both ends."""
    points = [low, high]
    while len(points) < count:
        end = rng.choice([e for e in (low, high) if e != 0])
        smallest = max(abs(low), abs(end) * 1e-12) if low > 0 else abs(end) * 1e-12
        x = math.copysign(math.exp(rng.uniform(math.log(smallest), math.log(abs(end)))), end)
        if rng.random() < 0.4:
            x = rng.uniform(max(low, -4.0), min(high, 4.0))
        if low <= x <= high:
            points.append(x)
    return points


def random_ranges(domain, marked, count: int, rng: random.Random) -> list[tuple[float, float]]:
    """Closed ranges inside the domain; a third of them straddle, or end at, a marked point."""
    low, high = domain
    ranges = []
    for centre in scattered(low, high, count, rng):
        if marked and rng.random() < 0.4:
            centre = rng.choice(marked)
        width = max(abs(centre), 1e-3) * 10 ** rng.uniform(-25, 0.5)
        a, b = centre - width * rng.random(), centre + width * rng.random()
        if rng.random() < 0.2:
            a, b = centre, max(centre, b)
        ranges.append((max(a, low), min(max(b, low), high)))
    return [(a, b) for a, b in ranges if a <= b]


def inside(a: float, b: float, rng: random.Random) -> list[mpmath.mpf]:
    """Both ends of a range and numbers between them."""
    ends = mpmath.mpf(a), mpmath.mpf(b)
    return [*ends, *(ends[0] + (ends[1] - ends[0]) * mpmath.mpf(rng.random()) for _ in range(3))]


def rounding_allowed(name: str, arguments: list[mpmath.mpf]) -> mpmath.mpf:
    """|f| + sum_i |x_i df/dx_i|: what one rounding of f and of each argument can do, over eps."""
    f = VOCABULARY[name]
    total = abs(f(*arguments))
    for i, x in enumerate(arguments):
        h = abs(x) * mpmath.mpf(10) ** -25 or mpmath.mpf(10) ** -25
        ahead, behind = ([*arguments[:i], x + s * h, *arguments[i + 1 :]] for s in (1, -1))
        total += abs(x * mpmath.re(f(*ahead) - f(*behind)) / (2 * h))
    return total


def test_every_word_is_tested_here():
    assert set(UNARY) | set(BINARY) | OF_LAWS | {"where"} == set(VOCABULARY)


# --------------------------------------------------------------------------------------------
# Arb


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


# --------------------------------------------------------------------------------------------
# JAX and SymPy


@pytest.mark.parametrize("name", UNARY)
def test_jax_agrees_with_mpmath_within_ten_roundings(name):
    f = VOCABULARY[name]
    (low, high), marked = UNARY[name]
    rng = random.Random(name)
    points = scattered(low, high, 250, rng)
    points += [m + s * 10**-k for m in marked for k in (1, 3, 8) for s in (1, -1)]
    points = [x for x in points if low <= x <= high]
    for x, value in zip(points, np.asarray(f(jnp.asarray(points))), strict=True):
        truth = f(mpmath.mpf(x))
        if abs(truth) < SMALLEST:  # XLA flushes denormals
            assert abs(value) <= SMALLEST
        elif name == "sign" or x in STEEP_AT.get(name, ()):
            assert value == pytest.approx(float(truth), rel=1e-13)
        else:
            allowed = 10 * EPS * rounding_allowed(name, [mpmath.mpf(x)])
            assert abs(mpmath.mpf(float(value)) - truth) <= allowed, f"{name}({x!r})"


@pytest.mark.parametrize("name", BINARY)
def test_jax_agrees_with_mpmath_on_words_of_two(name):
    f = VOCABULARY[name]
    rng = random.Random(name)
    first, second = (scattered(*domain, 100, rng) for domain in BINARY[name])
    values = np.asarray(f(jnp.asarray(first), jnp.asarray(second)))
    for x, y, value in zip(first, second, values, strict=True):
        arguments = [mpmath.mpf(x), mpmath.mpf(y)]
        error = abs(mpmath.mpf(float(value)) - f(*arguments))
        assert error <= 10 * EPS * rounding_allowed(name, arguments)


@pytest.mark.parametrize("name", [n for n in UNARY if n not in ("sign", "absolute")])
def test_gradients_are_the_derivatives(name):
    f = VOCABULARY[name]
    low, high = UNARY[name][0]
    points = [x for x in (-0.9, -0.4, -0.01, 1e-6, 0.3, 0.97, 1.2, 1.7, 2.6, 3.5, 12.0)
              if low < x < high]  # fmt: skip
    slopes = jax.jit(jax.vmap(jax.grad(f)))(jnp.asarray(points))
    for x, slope in zip(points, slopes, strict=True):
        assert float(slope) == pytest.approx(float(mpmath.diff(f, mpmath.mpf(x))), rel=2e-13)


@pytest.mark.parametrize("name", UNARY)
def test_sympy_evaluates_to_the_same_number(name):
    f = VOCABULARY[name]
    low, high = UNARY[name][0]
    x = sympy.Symbol("x", real=True)
    for point in (Fraction(-3, 7), Fraction(1, 3), Fraction(5, 2), Fraction(20, 3)):
        if low < point < high:
            number = sympy.Rational(point.numerator, point.denominator)
            value = sympy.N(f(x).subs(x, number), 50)
            truth = f(mpmath.mpf(point.numerator) / point.denominator)
            assert abs(mpmath.mpf(str(value)) - truth) <= abs(truth) * mpmath.mpf(10) ** -40


def test_sympy_evaluates_words_of_two_to_the_same_number():
    x, y = sympy.symbols("x y", positive=True)
    for name in BINARY:
        f = VOCABULARY[name]
        value = sympy.N(f(x, y).subs({x: sympy.Rational(2, 7), y: sympy.Rational(9, 4)}), 50)
        truth = f(mpmath.mpf(2) / 7, mpmath.mpf(9) / 4)
        assert abs(mpmath.mpf(str(value)) - truth) < mpmath.mpf(10) ** -40
    branch = theory.where(x < 1, x**2, 2 * x)
    assert branch.subs(x, sympy.Rational(1, 2)) == sympy.Rational(1, 4)
    assert branch.subs(x, 3) == 6


def test_words_run_under_jit_and_vmap_and_keep_shapes():
    x = jnp.linspace(0.1, 0.9, 6).reshape(2, 3)

    def all_words(x):
        return {name: VOCABULARY[name](x) for name in UNARY}

    together, mapped = jax.jit(all_words)(x), jax.jit(jax.vmap(jax.vmap(all_words)))(x)
    for name in UNARY:
        assert together[name].shape == x.shape
        assert together[name].dtype == jnp.float64
        np.testing.assert_allclose(together[name], mapped[name], rtol=1e-14, atol=1e-15)


def test_erfcx_is_right_from_minus_26_to_1e8():
    points = [-26.0, -5.0, -0.3, 0.0, 1e-9, 0.5, 3.75, 26.4, 26.6, 1e3, 1e5, 1e8]
    for x, value in zip(points, theory.erfcx(jnp.asarray(points)), strict=True):
        # the Laplace integral 2/sqrt(pi) int_0^inf exp(-t^2 - 2 x t) dt, by quadrature
        with mpmath.workdps(30):
            scale = 1 / max(1, abs(x))
            integrand = lambda t: mpmath.exp(-t * t - 2 * mpmath.mpf(x) * t)  # noqa: B023, E731
            cuts = [0, scale, 4 * scale, 16 * scale, 64 * scale, mpmath.inf]
            if x < 0:
                cuts = [0, *(-x + s for s in (-6, -2, 0, 2, 6) if s > x), mpmath.inf]
            truth = 2 / mpmath.sqrt(mpmath.pi) * mpmath.quad(integrand, cuts)
        assert float(value) == pytest.approx(float(truth), rel=1e-14 * max(1, -x) ** 2)
        assert theory.erfcx(Ball(x)).contains(theory.erfcx(mpmath.mpf(x)))
    assert theory.erfcx(Ball(10**8)).arb.is_finite()
    with ball_precision(500), mpmath.workdps(200):  # the series' remainder is in the ball
        assert theory.erfcx(Ball(101)).contains(theory.erfcx(mpmath.mpf(101)))


def test_log_normal_cdf_is_right_in_both_tails():
    points = jnp.asarray([-1e6, -400.0, -38.6, -20.0, -1.0, 0.0, 7.9, 20.0, 37.0])
    for x, value in zip(points, theory.log_normal_cdf(points), strict=True):
        with mpmath.workdps(50):
            z = mpmath.mpf(float(x))
            tail = mpmath.ncdf(-abs(z))
            truth = mpmath.log(tail) if z <= 0 else mpmath.log1p(-tail)
        assert float(value) == pytest.approx(float(truth), rel=5e-16)
    for x in (20, 37, -(10**6)):  # log of a number that rounds to 1 would lose everything
        ball = theory.log_normal_cdf(Ball(x))
        assert ball.upper < 0
        assert ball.upper - ball.lower <= 1e-14 * abs(ball.lower)


# --------------------------------------------------------------------------------------------
# Nothing can be mixed, nothing inexact gets in

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


# --------------------------------------------------------------------------------------------
# Constants


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
