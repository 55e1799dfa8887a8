"""Each engine proves what is true, refutes what is false at a point that anyone can check, and
says so when it cannot decide."""

import contextlib
import csv
import itertools
import json
import math
import random
import signal
import sys
import threading
import time
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import sympy
import z3

import theory
from proofs_check import (
    Proof,
    Result,
    Status,
    all_of,
    exact,
    identity,
    inequality,
    polynomial,
    proofs_of,
    run_proofs,
)
from proofs_check.__main__ import main
from proofs_check._derivatives import RULES, Dual, coordinates
from proofs_check._symbolic_balls import enclose
from proofs_check._time_limit import within
from theory import (
    Ball,
    MixedEvaluators,
    absolute,
    arcsin,
    cos,
    erfcx,
    exp,
    log,
    maximum,
    minimum,
    normal_cdf,
    normal_pdf,
    pi,
    power,
    rational,
    sin,
    sqrt,
    where,
)
from theory._formula import VOCABULARY, ball_precision

x, y = sympy.symbols("x y", real=True)
p, q = sympy.symbols("p q", positive=True)
a, b, c = z3.Reals("a b c")


def fractions_of(result: Result) -> dict[str, Fraction]:
    assert result.counterexample is not None
    return {name: Fraction(text) for name, text in result.counterexample.items()}


# --------------------------------------------------------------------------------------------
# identity

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


# --------------------------------------------------------------------------------------------
# inequality


@pytest.mark.parametrize(
    ("f", "box"),
    [
        (lambda x: x - sin(x), {"x": ("0.1", 50)}),
        (lambda x: exp(x) - 1 - x / 2, {"x": (0, 5)}),
        (lambda x, y: rational(21, 10) + cos(x * y) - sin(x + y), {"x": (-3, 3), "y": (-3, 3)}),
        (lambda x, y: maximum(x, y) - minimum(x, y), {"x": (1, 2), "y": (3, 4)}),
        (lambda x: where(x < 1, 2 - x, 1 / x), {"x": ("0.1", 20)}),
        (lambda x: absolute(x) - x / 2 + rational(1, 100), {"x": (-1, 1)}),
        (lambda x: x**2 * (1 + x**2), {"x": (-1, 1)}),
        (lambda x: x**2 - 2 * x + 2, {"x": (-100, 100)}),
        (lambda x: sqrt(1 - x**2) * arcsin(x), {"x": (0, 1)}),
        (lambda x, y: power(x, y) - 1, {"x": (1, 4), "y": (0, 3)}),
        (lambda: pi - 3, {}),
        (lambda x: pi - rational(22, 7) + rational(1, 700) + 0 * x, {"x": (0, 1)}),
    ],
)
def test_a_true_inequality_is_proved(f, box):
    result = inequality(f, box)
    assert result.status is Status.PROVED, result


def test_the_normal_tail_is_above_its_rational_bound():
    # Phi(-t) >= phi(t) t/(1 + t^2), divided by phi(t): the gap is 2 t^-5, so it is not wide
    def gap(t):
        return sqrt(pi / 2) * erfcx(t / sqrt(2)) - t / (1 + t**2)

    assert inequality(gap, {"t": (1, 20)}, strict=True).status is Status.PROVED
    unscaled = inequality(
        lambda t: 1 - normal_cdf(t) - normal_pdf(t) * t / (1 + t**2), {"t": (1, 6)}, strict=True
    )
    assert unscaled.status is Status.PROVED


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("f", "box"),
    [
        (lambda x: x - sin(x), {"x": (-1, 2)}),
        (lambda x, y: x * y - rational(1, 10**6), {"x": (0, 1), "y": (0, 1)}),
        (lambda x: where(x < rational(9, 10), 1, -1) * x, {"x": ("0.1", 1)}),
        (lambda x: 1 / x, {"x": (-1, 1)}),
        (lambda x: log(x), {"x": (0, 3)}),
    ],
)
def test_a_false_inequality_is_refuted_at_an_exact_point_of_the_box(f, box, strict):
    result = inequality(f, box, strict=strict)
    assert result.status is Status.REFUTED
    point = fractions_of(result)
    for name, (low, high) in box.items():
        assert Fraction(low) <= point[name] <= Fraction(high)
    with mpmath.workdps(40):
        value = f(**{n: mpmath.mpf(v.numerator) / v.denominator for n, v in point.items()})
    assert value <= 0 if strict else value < 0


@pytest.mark.parametrize("tiny", [4, 8, 16])
def test_a_failure_on_a_tiny_part_of_the_box_is_found(tiny):
    def f(x, y):
        return (x - rational(1, 3)) ** 2 + (y - rational(1, 7)) ** 2 - rational(1, 10**tiny)

    result = inequality(f, {"x": (-1, 1), "y": (-1, 1)})
    point = fractions_of(result)
    gap = (point["x"] - Fraction(1, 3)) ** 2 + (point["y"] - Fraction(1, 7)) ** 2
    assert gap < Fraction(1, 10**tiny)


def test_touching_zero_inside_is_undecided_and_the_box_holds_a_zero():
    result = inequality(
        lambda x, y: x**2 + y**2 - 2 * x * y, {"x": (-1, 1), "y": (-1, 1)}, max_boxes=500
    )
    assert result.status is Status.UNDECIDED
    assert result.unresolved is not None
    (x0, x1), (y0, y1) = (map(Fraction, result.unresolved[name]) for name in ("x", "y"))
    assert max(x0, y0) <= min(x1, y1)  # it meets the line x = y
    assert "499 boxes" in result.method
    # the same statement is real arithmetic
    assert polynomial(a * a + b * b - 2 * a * b >= 0).status is Status.PROVED


def test_strict_tells_zero_from_above_zero():
    box = {"x": (0, 1)}
    assert inequality(lambda x: x, box).status is Status.PROVED
    assert inequality(lambda x: x + rational(1, 10**9), box, strict=True).status is Status.PROVED
    refuted = inequality(lambda x: x, box, strict=True)
    assert refuted.status is Status.REFUTED
    assert fractions_of(refuted) == {"x": 0}


def test_precision_rises_where_rounding_is_in_the_way():
    def f(x):
        return (exp(x) - 1 - expm1_by_series(x)) + rational(1, 10**60)

    def expm1_by_series(x):
        return theory.expm1(x)

    result = inequality(f, {"x": (1, 1)})
    assert result.status is Status.PROVED
    assert "256 bits" in result.method


def test_a_given_gradient_takes_the_place_of_differentiation():
    # a natural enclosure cannot see the cancellation, and the derivative in closed form can
    f = lambda x: x * (1 - x) - x + x**2 + x / 100  # noqa: E731
    result = inequality(f, {"x": (0, 100)}, gradient={"x": lambda x: rational(1, 100)})
    assert result.status is Status.PROVED
    assert ", 1 boxes" in result.method
    with pytest.raises(ValueError, match="gradient"):
        inequality(f, {"x": (0, 1)}, gradient={"y": lambda x: x})


def test_a_formula_that_cannot_be_differentiated_is_still_bounded():
    def f(x):
        return Ball(x.arb.zeta()) - 1  # zeta(x) > 1, by a method that only balls have

    assert inequality(f, {"x": (2, 4)}).status is Status.PROVED


def test_an_undefined_subbox_is_never_proved():
    result = inequality(lambda x: sqrt(x) + 1, {"x": (-1, 1)}, max_boxes=300)
    assert result.status is Status.UNDECIDED
    assert Fraction(result.unresolved["x"][0]) < 0


def test_one_unknown_slope_spoils_the_mean_value_form():
    # sqrt(y) has no finite slope at 0; leaving y out of the sum would "prove" this
    f = lambda x, y: rational(1, 4) - sqrt(y) + x / 100  # noqa: E731
    result = inequality(f, {"x": (0, 1), "y": (0, "0.1")})
    assert result.status is Status.REFUTED
    assert fractions_of(result)["y"] > Fraction(1, 16)


def test_a_jump_does_not_pass_for_a_slope():
    # increasing on both sides of a jump downwards: "smallest at the left end" would be wrong
    f = lambda x: where(x < rational(1, 3), x + 1, x - rational(2, 5))  # noqa: E731
    assert inequality(f, {"x": (0, 1)}).status is Status.REFUTED


def random_formula(rng, depth):
    """A random composition of words, some with kinks and jumps, defined for all x and y."""
    constant = rational(rng.randint(-4, 4), 3)
    if depth == 0:
        return rng.choice([
            lambda x, y: x, lambda x, y: y, lambda x, y: constant + 0 * x,
        ])  # fmt: skip
    f, g = random_formula(rng, depth - 1), random_formula(rng, depth - 1)
    return rng.choice([
        lambda x, y: f(x, y) + g(x, y),
        lambda x, y: f(x, y) - 2 * g(x, y),
        lambda x, y: f(x, y) * g(x, y),
        lambda x, y: f(x, y) ** 2 / (1 + g(x, y) ** 2),
        lambda x, y: sin(f(x, y)) * cos(g(x, y)),
        lambda x, y: absolute(f(x, y)) ** 3 - theory.tanh(g(x, y)),
        lambda x, y: maximum(f(x, y), g(x, y)),
        lambda x, y: minimum(f(x, y), exp(-absolute(g(x, y)))),
        lambda x, y: where(f(x, y) < g(x, y), 1, -1) * x,
        lambda x, y: where((f(x, y) < 0) | (g(x, y) > 1), f(x, y), rational(1, 3)),
        lambda x, y: theory.sign(f(x, y)) + normal_cdf(g(x, y)),
        lambda x, y: sqrt(1 + f(x, y) ** 2) * theory.arctan(g(x, y)),
    ])  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_a_proved_inequality_has_no_counterexample(seed):
    rng = random.Random(seed)
    f = random_formula(rng, 3)
    points = [(rng.uniform(-1, 2), rng.uniform(-2, 1)) for _ in range(150)]
    points += [(i / 8 - 1, j / 8 - 2) for i in range(0, 25, 2) for j in range(0, 25, 2)]
    values = [float(f(mpmath.mpf(u), mpmath.mpf(v))) for u, v in points]
    lowest = Fraction(min(values))
    spread = Fraction(max(values)) - lowest + Fraction(1, 100)
    box = {"x": (-1, 2), "y": (-2, 1)}
    for below, possible in ((Fraction(1, 50), Status.REFUTED), (Fraction(-1, 4), Status.PROVED)):
        bound = lowest + below * spread  # just above the lowest value seen, or well below it
        result = inequality(lambda x, y: f(x, y) - bound, box, max_boxes=400)  # noqa: B023
        if below > 0:
            assert result.status is not Status.PROVED
        if result.status is Status.REFUTED:
            with mpmath.workdps(60):
                exact_point = fractions_of(result).items()
                at = {n: mpmath.mpf(v.numerator) / v.denominator for n, v in exact_point}
                assert f(**at) < mpmath.mpf(bound.numerator) / bound.denominator
        assert result.status in (possible, Status.UNDECIDED, Status.REFUTED)


def test_the_ends_of_the_box_are_exact():
    # 0.1 as a text is 1/10; as a float it is the binary number above it
    f = lambda x: rational(1, 10) + rational(1, 10**30) - x  # noqa: E731
    assert inequality(f, {"x": (0, "0.1")}).status is Status.PROVED
    assert inequality(f, {"x": (0, 0.1)}).status is Status.REFUTED
    with pytest.raises(ValueError, match="empty"):
        inequality(f, {"x": (1, 0)})


def test_the_time_limit_ends_in_undecided_with_a_box():
    start = time.process_time()
    result = inequality(lambda x: sin(x) ** 2, {"x": (-10, 10)}, time_limit=0.3, strict=True)
    assert result.status in (Status.UNDECIDED, Status.REFUTED)
    touching = inequality(lambda x, y: (x - y) ** 2 * (1 + x), {"x": (0, 1), "y": (0, 2)},
                          time_limit=0.3)  # fmt: skip
    assert time.process_time() - start < 3
    if touching.status is Status.UNDECIDED:
        assert set(touching.unresolved) == {"x", "y"}


def test_a_formula_that_returns_no_ball_is_a_type_error():
    with pytest.raises(TypeError, match="not a Ball"):
        inequality(lambda x: x > 0, {"x": (0, 1)})


def test_the_precision_outside_is_left_alone():
    before = flint.ctx.prec
    inequality(lambda x: x + 1, {"x": (0, 1)}, precision=333)
    inequality(lambda x: sin(x) ** 2 - x**2 / 2, {"x": (-1, 1)}, time_limit=0.05)
    assert flint.ctx.prec == before


UNKNOWN_SLOPES = {"gamma_cdf": (1,), "beta_cdf": (1, 2)}  # in the laws' own parameters


@pytest.mark.parametrize("name", [n for n in VOCABULARY if n not in ("where", "sign")])
def test_every_word_is_differentiated_right_in_balls(name):
    word = VOCABULARY[name]
    arguments = {
        "minimum": 2,
        "maximum": 2,
        "power": 2,
        "deviance": 2,
        "gamma_cdf": 2,
        "log_binomial": 2,
        "beta_cdf": 3,
    }
    count = arguments.get(name, 1)
    for low, high in ((Fraction(1, 4), Fraction(3, 10)), (Fraction(1, 3), Fraction(1, 3))):
        box = {"x": Ball.hull(low, high)}
        for i in range(1, count):
            box[f"y{i}"] = Ball.hull(low + Fraction(1, 8), high + Fraction(1, 8))
        duals = coordinates(box)
        value = word(*duals.values())
        assert isinstance(value, Dual)
        for u in (0, Fraction(1, 3), 1):
            point = [low + u * (high - low) + (Fraction(1, 8) if i else 0) for i in range(count)]
            with mpmath.workdps(40):
                at = [mpmath.mpf(v.numerator) / v.denominator for v in point]
                for i, slope in enumerate(value.slopes):
                    if i in UNKNOWN_SLOPES.get(name, ()):
                        assert not slope.arb.is_finite()
                        continue
                    order = tuple(int(i == j) for j in range(len(at)))
                    derivative = mpmath.diff(word, tuple(at), order)
                    assert slope.arb.is_finite()
                    assert (slope + Ball(0, 1e-15)).contains(mpmath.mpf(derivative))
    assert name in RULES or name in ("minimum", "maximum")


def test_duals_follow_the_rules_of_differentiation():
    with ball_precision(128):
        d = coordinates({"x": Ball(3), "y": Ball(2)})
        u, v = d["x"], d["y"]
        for value, slopes in (
            (u * v + u / v, (Fraction(5, 2), Fraction(9, 4))),
            (u - 2 * v, (1, -2)),
            (3 / u, (Fraction(-1, 3), 0)),
            (u**3 + u * u + 1, (33, 0)),
            (-u + v**-1, (-1, Fraction(-1, 4))),
            (abs(-u) + rational(1, 2) * v, (1, Fraction(1, 2))),
            (pi * u - u * pi + np.array([u, v], dtype=object).sum(), (1, 1)),
            (maximum(u, v) + minimum(u, v), (1, 1)),
            (u ** rational(2, 1), (6, 0)),
        ):
            for slope, truth in zip(value.slopes, slopes, strict=True):
                assert slope.contains(Fraction(truth))
        both = coordinates({"x": Ball.hull(-1, 1)})["x"]
        kink = absolute(both).slopes[0]
        assert kink.contains(-1)
        assert kink.contains(1)
        assert kink.arb.is_finite()
        assert not theory.sign(both).slopes[0].arb.is_finite()
        assert not where(both < 0, 0, both).slopes[0].arb.is_finite()
        assert (u * np.array([u, v], dtype=object))[1].slopes[0].contains(2)
    for misuse in (lambda: bool(u), lambda: u == u, lambda: u + 0.5, lambda: u < 0.5):
        with pytest.raises(TypeError):
            misuse()


# --------------------------------------------------------------------------------------------
# polynomial, exact, all_of


def test_z3_proves_over_all_reals():
    assert polynomial(a * a + b * b + c * c >= a * b + b * c + c * a).status is Status.PROVED
    simplex = [a >= 0, b >= 0, a + b == 1]
    assert polynomial(a * b <= z3.Q(1, 4), assumptions=simplex).status is Status.PROVED
    kantorovich = polynomial(
        a + b * c / a <= b + c, assumptions=[b > 0, b <= a, a <= c]
    )  # x + lL/x <= l + L on [l, L]
    assert kantorovich.status is Status.PROVED


def test_z3s_counterexample_can_be_checked():
    result = polynomial(a * a + b >= a, assumptions=[b >= 0, a <= 3])
    point = fractions_of(result)
    assert point["b"] >= 0
    assert point["a"] ** 2 + point["b"] < point["a"]


def test_an_irrational_counterexample_names_its_polynomial():
    result = polynomial(a * a != 2, assumptions=[a > 0])
    assert result.status is Status.REFUTED
    assert result.counterexample["a"].startswith("1.41421356237309504880")
    assert "(^ x 2)" in result.counterexample["a"]


def test_a_division_by_zero_is_no_counterexample():
    result = polynomial(a / b * b == a)
    assert result.status is Status.UNDECIDED
    assert "b = 0" in result.detail
    assert polynomial(a / b * b == a, assumptions=[b != 0]).status is Status.PROVED


def test_z3_gives_up_in_time():
    many = z3.Reals(" ".join(f"v{i}" for i in range(14)))
    motzkin_like = sum(u**4 * v**2 for u, v in itertools.pairwise(many))
    claim = motzkin_like + sum(many) ** 6 + 1 >= 3 * z3.Product(many[:4]) * sum(many[4:])
    start = time.process_time()
    result = polynomial(claim, time_limit=0.5)
    assert time.process_time() - start < 6
    assert result.status in (Status.UNDECIDED, Status.REFUTED, Status.PROVED)


def test_polynomial_refuses_what_it_does_not_speak_of():
    with pytest.raises(TypeError, match="not a Z3 statement"):
        polynomial(True)
    with pytest.raises(TypeError, match="integer"):
        polynomial(z3.Int("n") >= 0)


def test_exact_takes_truth_values_only():
    squares = exact(lambda: all(n * n >= n for n in range(100)), "enumeration of 100 integers")
    assert (squares.status, squares.method) == (
        Status.PROVED,
        "exact: enumeration of 100 integers",
    )
    assert exact(Fraction(1, 3) + Fraction(1, 6) == Fraction(1, 3), "sum").status is Status.REFUTED
    for value in (1, 0.0, "yes", None, x > 0):
        with pytest.raises(TypeError, match="True"):
            exact(value, "no truth value")
    assert exact(lambda: hang(), "loop", time_limit=0.2).status is Status.UNDECIDED


PROVED, REFUTED = Result(Status.PROVED, "by hand"), Result(Status.REFUTED, "point", {"x": "1"})
NUMERIC = Result(Status.NUMERIC, "digits")
UNDECIDED = Result(Status.UNDECIDED, "boxes", unresolved={"x": ("0", "1")}, detail="limit")


def test_all_of_is_only_as_good_as_its_worst_part():
    assert all_of(PROVED, PROVED).status is Status.PROVED
    assert all_of(PROVED, PROVED).method == "2 x by hand"
    assert all_of(PROVED, lambda: NUMERIC).status is Status.NUMERIC
    undecided = all_of(NUMERIC, UNDECIDED, PROVED)
    assert undecided.status is Status.UNDECIDED
    assert undecided.unresolved == UNDECIDED.unresolved
    assert undecided.detail == "part 2 of 3: limit"
    refuted = all_of(UNDECIDED, PROVED, lambda: REFUTED)
    assert (refuted.status, refuted.counterexample) == (Status.REFUTED, {"x": "1"})
    with pytest.raises(TypeError):
        all_of()


def test_a_result_is_not_a_truth_value():
    with pytest.raises(TypeError, match="status"):
        assert PROVED


# --------------------------------------------------------------------------------------------
# time limits


def hang():
    while True:
        pass


def swallow_everything():
    while True:
        with contextlib.suppress(Exception):
            hang()


def in_a_thread(work):
    box = []
    thread = threading.Thread(target=lambda: box.append(work()))
    thread.start()
    thread.join(20)
    return box[0]


@pytest.mark.parametrize("run", [lambda work: work(), in_a_thread], ids=["main", "thread"])
@pytest.mark.parametrize("work", [hang, swallow_everything])
def test_a_time_limit_holds_in_any_thread(run, work):
    start = time.process_time()
    assert run(lambda: within(0.2, work)) == (False, None)
    assert time.process_time() - start < 3
    assert run(lambda: within(5, lambda: 7)) == (True, 7)


@pytest.mark.parametrize("run", [lambda work: work(), in_a_thread], ids=["main", "thread"])
def test_time_limits_nest(run):
    def inner_first():
        return within(5, lambda: (within(0.1, hang), within(0.1, hang), "went on"))

    def outer_first():
        start = time.process_time()
        outcome = within(0.2, lambda: within(10, hang))
        return outcome, time.process_time() - start

    assert run(inner_first) == (True, ((False, None), (False, None), "went on"))
    outcome, seconds = run(outer_first)
    assert outcome == (False, None)
    assert seconds < 3


def test_a_time_limit_of_nothing_runs_nothing():
    assert within(0, lambda: 1 / 0) == (False, None)


def test_handlers_and_timers_of_others_are_restored():
    rings = []
    before = signal.signal(signal.SIGPROF, lambda *_: rings.append(1))
    try:
        signal.setitimer(signal.ITIMER_PROF, 0.5)
        assert within(0.1, hang) == (False, None)
        assert within(5, lambda: 3) == (True, 3)
        with pytest.raises(ZeroDivisionError):
            within(5, lambda: 1 / 0)
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
        deadline = time.process_time() + 5
        while not rings and time.process_time() < deadline:
            pass
        assert rings == [1]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def test_waiting_costs_nothing():
    # the limit is on processor time: a busy machine does not turn PROVED into UNDECIDED
    assert within(0.1, lambda: time.sleep(0.3)) == (True, None)


# --------------------------------------------------------------------------------------------
# items and the command line

ITEMS = '''
"""Items of a small setting of its own."""

from proofs_check import Proof, Status, exact, inequality
from theory import sin

PROOFS = (
    Proof("true_thing", "P1", "1 + 1 = 2", lambda: exact(1 + 1 == 2, "sum"), supports=("sums",)),
    Proof("printed_wrongly", "Lemma [2]", "x <= sin x",
          lambda: inequality(lambda x: sin(x) - x, {"x": (0, 1)}), expected=Status.REFUTED),
    EXTRA
)
'''
EXTRA_ITEMS = {
    "proofs_fine": "",
    "proofs_wrong": 'Proof("oops", "P3", "1 = 2", lambda: exact(False, "sum")),',
    "proofs_open": 'Proof("open", "P3", "?", lambda: exact(1 / 0 == 1, "division")),',
    "proofs_leave": 'Proof("leave", "P3", "?", lambda: __import__("sys").exit(0)),',
}


@pytest.fixture(scope="module")
def settings_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for kind in ("theory", "proofs_check"):
        (folder / kind).mkdir()
    for name, extra in EXTRA_ITEMS.items():
        (folder / "theory" / f"{name}.py").write_text('"""A setting."""\n')
        (folder / "proofs_check" / f"{name}.py").write_text(ITEMS.replace("EXTRA", extra))
    (folder / "theory" / "proofs_none.py").write_text(
        '"""A setting without proof items."""\n\nCLAIMS = ()\n'
    )
    yield str(folder)
    for kind in ("theory", "proofs_check"):
        package = sys.modules[kind]
        package.__path__.remove(str(folder / kind))
        for name in EXTRA_ITEMS:
            sys.modules.pop(f"{kind}.{name}", None)


@pytest.mark.parametrize(
    ("setting", "status"),
    [
        ("proofs_fine", 0),
        ("proofs_wrong", 1),
        ("proofs_open", 3),
        ("proofs_leave", 3),
        ("proofs_none", 0),
    ],
)
def test_the_exit_status_says_whether_all_came_out_as_expected(
    settings_folder, setting, status, tmp_path, capsys
):
    assert main([setting, "--settings", settings_folder, "--out", str(tmp_path / "o")]) == status
    records = json.loads((tmp_path / "o" / "proofs.json").read_text())
    with (tmp_path / "o" / "proofs.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [r["name"] for r in records] == [r["name"] for r in table]
    assert len(records) == len(proofs_of(setting))
    assert not list((tmp_path / "o").glob(".*"))
    output = capsys.readouterr().out
    for record in records:
        assert record["status"] in output


def test_the_record_holds_what_a_reader_needs(settings_folder, tmp_path, capsys):
    arguments = ["proofs_fine", "proofs_wrong", "--settings", settings_folder]
    assert main([*arguments, "--out", str(tmp_path)]) == 1
    first, second, *_ = json.loads((tmp_path / "proofs.json").read_text())
    assert set(first) == {
        "setting", "name", "source", "statement", "status", "expected", "method",
        "counterexample", "unresolved", "detail", "supports", "repaired_by",
        "seconds",
    }  # fmt: skip
    assert (first["status"], first["supports"]) == ("PROVED", ["sums"])
    assert (second["status"], second["expected"]) == ("REFUTED", "REFUTED")
    number = float(Fraction(second["counterexample"]["x"]))
    assert 0 < number <= 1
    assert math.sin(number) < number
    output = capsys.readouterr().out
    assert "as expected" in output
    assert f"at x = {second['counterexample']['x']}" in output
    assert "Lemma [2]" in output  # no markup of a source is taken for a colour


def test_usage_errors_exit_2_and_name_the_known_settings(settings_folder, tmp_path, capsys):
    assert main(["proofs_fine", "--settings", settings_folder, "--list"]) == 0
    assert "true_thing" in capsys.readouterr().out
    assert main(["proofs_fin", "--out", str(tmp_path)]) == 2
    message = capsys.readouterr().err
    assert "did you mean proofs_fine" in message
    assert "proofs_wrong" in message
    assert main(["--no-such-flag"]) == 2
    assert main(["--settings", str(tmp_path / "nowhere")]) == 2
    assert not (tmp_path / "proofs.json").exists()


BROKEN = {
    "none": ("PROOFS = None", "PROOFS is None, not a tuple of Proof items"),
    "odd": ("PROOFS = (1,)", "PROOFS holds 1, which is no Proof"),
    "other_name": ("ITEMS = PROOFS\ndel PROOFS", "defines no PROOFS (is it ITEMS?)"),
    "missing": ("del PROOFS", "its proofs_check module defines no PROOFS"),
    "twice": ("PROOFS *= 2", "two proof items are named printed_wrongly, true_thing"),
    "leaves": ("import sys\nsys.exit(0)", "calls sys.exit(0) on import"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_module_that_is_no_list_of_items_ends_in_one_line(kind, tmp_path, capsys):
    name, (text, message) = f"proofs_broken_{kind}", BROKEN[kind]
    for folder in ("theory", "proofs_check"):
        (tmp_path / folder).mkdir()
    (tmp_path / "theory" / f"{name}.py").write_text('"""A setting."""\n')
    (tmp_path / "proofs_check" / f"{name}.py").write_text(ITEMS.replace("EXTRA", "") + text)
    try:
        for arguments in ([name], [name, "--list"]):
            status = main([*arguments, "--settings", str(tmp_path), "--out", str(tmp_path / "o")])
            (line,) = capsys.readouterr().err.splitlines()
            assert (status, message in line, name in line) == (2, True, True), line
    finally:
        for folder in ("theory", "proofs_check"):
            sys.modules[folder].__path__.remove(str(tmp_path / folder))
            sys.modules.pop(f"{folder}.{name}", None)
        theory._discovery._added.remove(tmp_path.resolve())


def test_items_run_by_name_in_the_papers_order(settings_folder):
    theory.add_settings_folder(settings_folder)
    seen = []
    rows = run_proofs("proofs_fine", progress=lambda proof, result: seen.append(result is None))
    assert [proof.name for proof, _ in rows] == ["true_thing", "printed_wrongly"]
    assert all(result.seconds > 0 for _, result in rows)
    assert seen == [True, False, True, False]
    ((only, _),) = run_proofs("proofs_fine", names=["printed_wrongly"])
    assert only.name == "printed_wrongly"
    with pytest.raises(ValueError, match="true_thing"):
        run_proofs("proofs_fine", names=["nothing_such"])
    assert proofs_of("proofs_none") == ()
    with pytest.raises(theory.UnknownSettingError):
        proofs_of("nothing_such")


def test_an_error_inside_a_check_is_undecided_and_says_where():
    result = Proof("broken", "P1", "0 = 1", lambda: 1 / 0).run()
    assert result.status is Status.UNDECIDED
    assert "ZeroDivisionError at test_prover.py" in result.detail
    for status in (0, 1, None):
        result = Proof("leaves", "P1", "0 = 1", lambda status=status: sys.exit(status)).run()
        assert result.status is Status.UNDECIDED
        assert "SystemExit at test_prover.py" in result.detail
    assert Proof("silent", "P1", "0 = 1", lambda: None).run().status is Status.UNDECIDED


def test_an_items_fields_are_checked():
    with pytest.raises(ValueError, match="snake_case"):
        Proof("Not Snake", "P1", "0 = 0", lambda: PROVED)
    with pytest.raises(ValueError, match="repaired_by"):
        Proof("fine", "P1", "0 = 0", lambda: PROVED, repaired_by="better")
    with pytest.raises(TypeError, match="supports"):
        Proof("fine", "P1", "0 = 0", lambda: PROVED, supports="claim")
    with pytest.raises(ValueError, match="repaired_by is for items that are REFUTED"):
        Proof("fine", "P1", "0 = 0", lambda: PROVED, repaired_by="claim")
