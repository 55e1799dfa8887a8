"""Inequalities are proved on a box in ball arithmetic, or refuted at an exact point of it."""

import random
import time
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest

import theory
from proofs_check import Status, inequality, polynomial
from proofs_check._derivatives import RULES, Dual, coordinates
from tests.prover.symbols import a, b, fractions_of
from theory import (
    Ball, absolute, arcsin, cos, erfcx, exp, log, maximum, minimum, normal_cdf, normal_pdf, pi,
    power, rational, sin, sqrt, where,
)  # fmt: skip
from theory._formula import VOCABULARY, ball_precision


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
