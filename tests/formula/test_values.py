"""JAX and SymPy agree with mpmath on every word of the vocabulary."""

import random
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import sympy

import theory
from tests.formula.words import BINARY, EPS, SMALLEST, STEEP_AT, UNARY, rounding_allowed, scattered
from theory import Ball
from theory._formula import VOCABULARY, ball_precision


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
