"""The vocabulary's incomplete functions and binomials mean the same on all four evaluators."""

import math
import random
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

import theory
from tests.formula.words import inside, random_ranges
from theory import ArgumentError, Ball
from theory._formula import VOCABULARY, ball_precision

# argument ranges that balls are drawn from
RANGES = {
    "gamma_cdf": ((0.0, 60.0), (0.1, 50.0)),
    "beta_cdf": ((0.0, 1.0), (0.1, 30.0), (0.1, 30.0)),
    "log_binomial": ((40.0, 1e4), (0.0, 40.0)),
}


@pytest.fixture(autouse=True)
def digits():
    with mpmath.workdps(60), ball_precision(128):
        yield


def exact(name, *arguments):
    """Another route than the word's own: a series, or products of Fractions."""
    if name == "gamma_cdf":
        x, a = arguments
        if x == 0:
            return mpmath.mpf(0)
        kernel = mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a + 1))
        return kernel * mpmath.hyp1f1(1, a + 1, x)
    if name == "beta_cdf":
        x, a, b = arguments
        if x in (0, 1):
            return x
        kernel = x**a * (1 - x) ** b / (a * mpmath.beta(a, b))
        return kernel * mpmath.hyp2f1(a + b, 1, a + 1, x)
    return mpmath.log(mpmath.binomial(*arguments))


@pytest.mark.parametrize("name", RANGES)
def test_a_ball_contains_every_value_of_a_law_on_it(name):
    rng = random.Random(name)
    word = VOCABULARY[name]
    columns = [random_ranges(range_, (1.0,), 30, rng) for range_ in RANGES[name]]
    for ranges in zip(*columns, strict=False):
        ball = word(*(Ball.hull(*ends) for ends in ranges))
        assert ball.arb.is_finite()
        for point in zip(*(inside(*ends, rng) for ends in ranges), strict=True):
            assert ball.contains(exact(name, *point)), (ranges, point)
        ends = [[ends[0] for ends in ranges], [ends[1] for ends in ranges]]
        assert all(ball.contains(word(*map(mpmath.mpf, end))) for end in ends)


def test_a_probability_ball_stays_a_probability():
    for ball in (
        theory.gamma_cdf(Ball.hull(0, 1000), Ball.hull(1, 2)),
        theory.beta_cdf(Ball.hull(0, 1), Ball.hull(1, 2), Ball.hull(1, 2)),
    ):
        assert (ball >= 0).truth
        assert ball.upper <= 1 + 1e-8
    assert not theory.gamma_cdf(Ball(1), Ball.hull(0, 1)).arb.is_finite()
    assert not theory.beta_cdf(Ball.hull(0, 1), Ball.hull(-1, 1), Ball(1)).arb.is_finite()


@pytest.mark.parametrize("name", RANGES)
def test_jax_and_sympy_agree_with_the_other_route(name):
    rng = np.random.default_rng(3)
    columns = [rng.uniform(low, high, 24) for low, high in RANGES[name]]
    values = np.asarray(jax.jit(VOCABULARY[name])(*map(jnp.asarray, columns)))
    for value, *point in zip(values, *columns, strict=True):
        truth = float(exact(name, *map(mpmath.mpf, map(float, point))))
        assert value == pytest.approx(truth, rel=2e-13)
    point = [Fraction(1, 3), Fraction(5, 2), Fraction(7, 4)][: len(columns)]
    if name == "log_binomial":
        point = [Fraction(13, 2), Fraction(5, 2)]
    expression = VOCABULARY[name](*(sympy.Rational(v.numerator, v.denominator) for v in point))
    truth = exact(name, *(mpmath.mpf(v.numerator) / v.denominator for v in point))
    assert abs(mpmath.mpf(str(sympy.N(expression, 28))) - truth) < mpmath.mpf(10) ** -26


def test_x_log_x_vanishes_at_zero_on_every_evaluator():
    assert float(theory.xlogx(0.0)) == 0
    assert theory.xlogx(mpmath.mpf(0)) == 0
    assert theory.xlogx(Ball(0)).contains(0)
    assert theory.xlogx(Ball.hull(0, 1)).contains(-mpmath.exp(-1))
    assert (theory.xlogx(Ball.hull(0, 1)) <= 0).truth is not False
    assert theory.xlogx(sympy.Integer(0)) == 0
    assert float(jax.grad(theory.xlogx)(1.0)) == 1
    assert float(jax.grad(theory.xlogx)(0.0)) == pytest.approx(-707.4, abs=0.1)


def test_inverse_words_at_the_ends_of_their_domains():
    np.testing.assert_array_equal(
        theory.normal_quantile(jnp.array([0.0, 0.5, 1.0, jnp.nan])), [-np.inf, 0, np.inf, np.nan]
    )
    end = -0.36787944117144233
    for evaluated in (theory.lambert_w, jax.jit(theory.lambert_w)):  # fused or not
        np.testing.assert_array_equal(evaluated(jnp.array([end, 0.0, jnp.inf])), [-1, 0, np.inf])
        for steps in (1, 2, 7, 1000, 10**6, 10**9):
            x = end + steps * 2.0**-54
            with mpmath.workdps(40):  # rounding is amplified by 1/(1 + w), 2000 at the last
                assert abs(float(evaluated(x)) - mpmath.lambertw(x).real) < 4e-14
    assert float(jax.grad(theory.lambert_w)(end)) == math.inf
    assert theory.normal_quantile(mpmath.mpf(0)) == -mpmath.inf
    # by the equation that defines it
    near_one = mpmath.mpf(1) - mpmath.mpf(2) ** -53
    assert float(theory.normal_quantile(1 - 2.0**-53)) == pytest.approx(
        float(theory.normal_quantile(near_one)), rel=1e-15
    )
    for p in ("1e-200", "0.3", "0.99999"):
        x = theory.normal_quantile(mpmath.mpf(p))
        assert abs(mpmath.ncdf(x) / mpmath.mpf(p) - 1) < mpmath.mpf(10) ** -55


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.xlogx(-0.1), "xlogx: x = -0.1 is outside"),
        (lambda: theory.lambert_w(-0.4), "lambert_w: x = -0.4 is outside"),
        (lambda: theory.normal_quantile(1.1), "normal_quantile: p = 1.1 is outside"),
        (lambda: theory.gamma_cdf(1.0, -1.0), "gamma_cdf: a = -1 is outside"),
        (lambda: theory.beta_cdf(mpmath.mpf(2), 1, 1), "beta_cdf: x = 2 is outside"),
        (lambda: theory.log_binomial(3, 4), "k = 4 is above n"),
    ],
)
def test_values_outside_are_refused_by_name(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_slopes_of_the_normal_quantile_at_its_ends_are_those_of_the_smallest_float():
    """Infinite ones would make 0 times them NaN: Phi(-sqrt 2 Phi^-1(p)) has slope 0 at 0 and 1."""
    ends = jnp.array([0.0, float(np.finfo(float).tiny), 1.0])
    slopes = jax.vmap(jax.grad(theory.normal_quantile))(ends)
    assert (slopes > 1e305).all()
    assert slopes[0] == pytest.approx(float(slopes[1]), rel=1e-9)
    after = jax.vmap(jax.grad(lambda p: theory.normal_cdf(-(2**0.5) * theory.normal_quantile(p))))
    assert (after(ends) == 0).all()
