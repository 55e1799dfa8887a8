"""Integrals and means against closed forms, mpmath's quadrature and enumeration in Fractions."""

import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest

from theory import (
    ArgumentError, binomial_mean, binomial_pmf, chi2_mean, discrete_mean, hypergeometric_mean,
    hypergeometric_pmf, integral, normal_cdf, normal_mean, poisson_mean, poisson_pmf,
)  # fmt: skip


@pytest.mark.parametrize(
    ("f", "low", "high", "truth"),
    [
        (jnp.exp, -1.0, 3.0, math.exp(3) - math.exp(-1)),
        (lambda x: jnp.exp(-(x**2) / 2), -12.0, 12.0, math.sqrt(2 * math.pi)),
        (lambda x: 1 / (1 + 25 * x**2), -1.0, 1.0, 2 / 5 * math.atan(5)),
        (lambda x: x**4, 2.0, -1.0, -33 / 5),
        (lambda x: jnp.exp(-x), 1.0, math.inf, math.exp(-1)),
        (lambda x: jnp.exp(-x / 3), 0.0, math.inf, 3.0),
        (lambda x: jnp.exp(-x * 20), 0.0, math.inf, 0.05),
        (lambda x: jnp.exp(-(x**2) / 2), -math.inf, math.inf, math.sqrt(2 * math.pi)),
        (lambda x: jnp.exp(x), -math.inf, 2.0, math.exp(2)),
        (lambda x: jnp.exp(-((x * 20) ** 2) / 2), -math.inf, math.inf, math.sqrt(2 * math.pi) / 20),
        (lambda x: 1 / (1 + x**2), math.inf, -math.inf, -math.pi),
    ],
)
def test_integrals_of_smooth_functions_are_exact_to_rounding(f, low, high, truth):
    assert float(integral(f, low, high)) == pytest.approx(truth, rel=1e-13)


def test_an_integral_broadcasts_and_its_derivative_is_exact():
    def area(a, low, high):
        return integral(lambda x: jnp.exp(-a * x), low, high)

    a, low, high = jnp.array([0.5, 1.0, 2.0]), jnp.array([0.0, -1.0, 0.5]), 4.0
    together = integral(lambda x: jnp.exp(-a[:, None] * x), low, high)
    np.testing.assert_allclose(together, (jnp.exp(-a * low) - jnp.exp(-a * high)) / a, rtol=1e-14)
    slopes = jax.grad(area, (0, 1, 2))(2.0, 0.5, 4.0)
    by_a = -(jnp.exp(-1.0) * (0.5 / 2 + 1 / 4) - jnp.exp(-8.0) * (4 / 2 + 1 / 4))
    np.testing.assert_allclose(slopes, [by_a, -np.exp(-1), np.exp(-8)], rtol=1e-12)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: jnp.abs(x - 0.3),  # a kink
        lambda x: jnp.exp(-((x - 0.31) ** 2) * 1e6),  # a peak between the nodes
        lambda x: jnp.sin(400 * x) ** 2,
        lambda x: x * jnp.nan,
    ],
    ids=["kink", "peak", "ripples", "nan"],
)
def test_a_rule_that_does_not_fit_gives_nan(f):
    assert jnp.isnan(integral(f, 0.0, 1.0))


@pytest.mark.parametrize("scale", [1e-3, 30.0])
def test_a_scale_that_the_map_of_an_infinite_end_misses_gives_nan(scale):
    assert jnp.isnan(integral(lambda x: jnp.exp(-((x / scale) ** 2)), -math.inf, math.inf))


def test_normal_means_of_steep_and_of_growing_functions():
    k = jnp.geomspace(0.05, 5.0, 20)
    mean = normal_mean(lambda z: normal_cdf(k[:, None] * z + 0.4))
    np.testing.assert_allclose(mean, normal_cdf(0.4 / jnp.sqrt(1 + k**2)), rtol=1e-13)
    a = jnp.linspace(-4.0, 4.0, 21)
    np.testing.assert_allclose(
        normal_mean(lambda z: jnp.exp(a[:, None] * z)), jnp.exp(a**2 / 2), rtol=1e-13
    )
    moments = normal_mean(lambda z: z ** jnp.array([[2.0], [4.0], [6.0], [20.0]]))
    np.testing.assert_allclose(moments, [1, 3, 15, 654729075], rtol=1e-13)
    slope = jax.grad(lambda a: normal_mean(lambda z: jnp.exp(a * z)))(1.5)
    assert float(slope) == pytest.approx(1.5 * math.exp(1.125), rel=1e-13)


def test_normal_means_beyond_the_reach_are_nan_not_cut():
    assert jnp.isnan(normal_mean(lambda z: jnp.exp(6 * z)))
    assert jnp.isnan(normal_mean(jnp.abs))  # a kink
    assert jnp.isnan(normal_mean(lambda z: jnp.tanh(60 * (z - 0.03))))
    wider = normal_mean(lambda z: jnp.exp(6 * z), reach=16.0, nodes=320)
    assert float(wider) == pytest.approx(math.exp(18), rel=1e-13)


def test_poisson_probabilities_have_full_relative_accuracy():
    points = [(0, 1e-9), (3, 1e-9), (0, 700.0), (5, 5.0), (17, 3.2), (1, 40.0), (250, 200.0),
              (10_000, 9_000.0), (90, 1.0), (2, 0.3)]  # fmt: skip
    j, mean = (jnp.array(v, float) for v in zip(*points, strict=True))
    with mpmath.workdps(40):
        for (k, m), value in zip(points, jax.jit(poisson_pmf)(j, mean), strict=True):
            m = mpmath.mpf(m)
            truth = mpmath.exp(k * mpmath.log(m) - m - mpmath.loggamma(k + 1))
            assert float(value) == pytest.approx(float(truth), rel=1e-13)
    assert poisson_pmf(-1, 2.0) == 0
    assert poisson_pmf(0, 0.0) == 1


def test_binomial_and_hypergeometric_probabilities_are_the_exact_fractions():
    n, p = 23, Fraction(3, 8)
    exact = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
    np.testing.assert_allclose(
        binomial_pmf(jnp.arange(n + 1), n, 0.375), [float(e) for e in exact], rtol=1e-13
    )
    np.testing.assert_array_equal(binomial_pmf(jnp.array([-1, 0, 2, 3]), 2, 1.0), [0, 0, 1, 0])
    exact = [Fraction(math.comb(30, k) * math.comb(70, 20 - k), math.comb(100, 20))
             for k in range(21)]  # fmt: skip
    np.testing.assert_allclose(
        hypergeometric_pmf(jnp.arange(21), 100, 30, 20), [float(e) for e in exact], rtol=1e-13
    )


def test_poisson_means_are_right_up_to_their_reach_and_nan_beyond():
    mean = jnp.array([0.0, 1e-3, 0.7, 5.0, 60.0, 240.0, 400.0, 1e5])
    s = 0.99
    value, slope = jax.jit(jax.vmap(jax.value_and_grad(lambda m: poisson_mean(lambda j: s**j, m))))(
        mean
    )
    np.testing.assert_allclose(value[:6], jnp.exp(mean[:6] * (s - 1)), rtol=1e-12)
    np.testing.assert_allclose(slope[:6], (s - 1) * value[:6], rtol=1e-10)
    assert jnp.isnan(value[6:]).all()
    wide = poisson_mean(lambda j: j, 4000.0, terms=1024)
    assert float(wide) == pytest.approx(4000, rel=1e-12)
    assert jnp.isnan(poisson_mean(lambda j: 20.0**j, 30.0))  # its weight lies at 600


def test_binomial_means_sum_all_counts_or_say_that_they_cannot():
    n, p = jnp.array([0, 1, 7, 255, 900, 9, 9]), jnp.array([0.3, 0.0, 1.0, 0.61, 0.4, 0.0, 1.0])
    value, slope = jax.jit(
        jax.vmap(jax.value_and_grad(lambda p, n: binomial_mean(lambda k: 0.9**k, n, p)))
    )(p, n)
    np.testing.assert_allclose(value, (1 - p / 10) ** n, rtol=1e-12)
    np.testing.assert_allclose(slope, -n / 10 * (1 - p / 10) ** (n - 1), rtol=1e-11)
    assert jnp.isnan(binomial_mean(lambda k: k, 100_000, 0.5))
    assert float(binomial_mean(lambda k: k, 100_000, 1e-4)) == pytest.approx(10, rel=1e-12)


def test_hypergeometric_means_are_the_fractions_of_the_urn():
    exact = sum(
        Fraction(math.comb(9, k) * math.comb(11, 6 - k), math.comb(20, 6)) / (1 + k)
        for k in range(7)
    )
    mean = jax.jit(lambda *urn: hypergeometric_mean(lambda k: jnp.stack([1 / (1 + k), k]), *urn))
    value = mean(jnp.array([20, 5, 12]), jnp.array([9, 5, 9]), jnp.array([6, 4, 4]))
    assert float(value[0, 0]) == pytest.approx(float(exact), rel=1e-13)
    np.testing.assert_allclose(value[1], [2.7, 4, 3], rtol=1e-13)
    with pytest.raises(ArgumentError, match="drawn = 21 is above the population"):
        hypergeometric_mean(lambda k: k, 20, 9, 21)


def test_a_discrete_mean_needs_probabilities():
    values = jnp.array([1.0, 2.0, jnp.inf])
    assert float(discrete_mean(values, jnp.array([0.25, 0.75, 0.0]))) == 1.75
    assert jnp.isnan(discrete_mean(values, jnp.array([0.25, 0.7, 0.0])))
    assert jnp.isnan(discrete_mean(values, jnp.array([1.25, -0.25, 0.0])))


def test_domains_are_kept_and_nan_goes_through():
    with pytest.raises(ArgumentError, match=r"poisson_mean: mean = -1 is outside"):
        poisson_mean(lambda j: j, -1.0)
    with pytest.raises(ArgumentError, match=r"binomial_pmf: p = 1.5 is outside"):
        binomial_pmf(1, 3, 1.5)
    assert jnp.isnan(poisson_mean(lambda j: j, jnp.nan))
    assert jnp.isnan(binomial_mean(lambda k: k, 5, jnp.nan))
    assert jnp.isnan(integral(jnp.exp, jnp.nan, 1.0))


@pytest.mark.parametrize("d", [1.0, 3.3, 100.0])
def test_a_mean_over_a_chi_square_has_its_moments_and_students_cosine(d):
    found = chi2_mean(lambda x: jnp.stack([x, x**2, jnp.sqrt(x / (x + 2 * d))]), d)
    with mpmath.workdps(30):
        half = mpmath.mpf(d) / 2
        front = mpmath.gamma(half + 0.5) / mpmath.gamma(half)
        root = front * mpmath.hyperu(mpmath.mpf(1) / 2, 1 - half, 2 * half)
    exact = [d, d * (d + 2), float(root)]
    np.testing.assert_allclose(found, exact, rtol=1e-11)
    assert math.isnan(chi2_mean(lambda x: jnp.cos(300 * x), d))
