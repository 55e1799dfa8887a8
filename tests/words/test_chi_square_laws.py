"""Noncentral chi-squares, their ratios and weighted sums, against Poisson mixtures and transforms.

The laws are contour integrals and quadratures; the truth here is series: mixtures over Poisson
counts summed in scipy's, and mpmath.
"""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import scipy.special as sp
import scipy.stats as st

import theory
from tests.words.test_gamma_laws import columns, poisson_window

NONCENTRAL = [
    (max(d + shift + z * np.sqrt(2 * (d + 2 * shift)), (d + shift) / 30), d, shift)
    for d in (1.0, 2.0, 7.0, 100.0, 1e4)
    for shift in (1e-3, 1.0, 40.0, 1e3)
    for z in (-5, -1, -1e-3, 0.3, 6)
]


def test_noncentral_chi_squares_are_poisson_mixtures_in_both_tails():
    laws = jax.jit(
        lambda *at: [f(*at) for f in (theory.chi2_cdf, theory.chi2_tail, theory.chi2_pdf)]
    )
    below, above, density = map(np.asarray, laws(*columns(NONCENTRAL)))
    for i, (x, d, shift) in enumerate(NONCENTRAL):
        j, w = poisson_window(shift / 2)
        assert below[i] == pytest.approx(w @ sp.gammainc(d / 2 + j, x / 2), rel=1e-12)
        assert above[i] == pytest.approx(w @ sp.gammaincc(d / 2 + j, x / 2), rel=1e-12)
        assert density[i] == pytest.approx(w @ st.chi2.pdf(x, d + 2 * j), rel=1e-11)


def test_the_slopes_of_a_noncentral_chi_square_are_differences_of_laws():
    # dF/dl = (F_{d+2} - F_d)/2 and dF/dx is the density
    x, d, shift = columns(NONCENTRAL)
    by_x, by_shift = jax.jit(jax.vmap(jax.grad(theory.chi2_cdf, (0, 2))))(x, d, shift)
    cdf = jax.jit(theory.chi2_cdf)
    np.testing.assert_allclose(by_x, jax.jit(theory.chi2_pdf)(x, d, shift), rtol=1e-11)
    difference = (cdf(x, d + 2, shift) - cdf(x, d, shift)) / 2
    np.testing.assert_allclose(by_shift, difference, rtol=1e-9, atol=1e-15)


def test_logarithms_reach_far_beyond_the_smallest_float():
    # P(chi2_2 > x) = exp(-x/2), and for two degrees P(X <= x) is about x/2 near 0
    x = jnp.array([1.0, 1e3, 1e5])
    for tail in (theory.log_chi2_tail, lambda x, d: theory.log_chi2_tail(x, d, 1e-30)):
        np.testing.assert_allclose(jax.jit(tail)(x, 2.0), -x / 2, rtol=1e-14)
    with mpmath.workdps(30):
        tiny = mpmath.log(mpmath.gammainc(mpmath.mpf(500), 0, 1, regularized=True))
    assert float(theory.log_chi2_cdf(2.0, 1e3)) == pytest.approx(float(tiny), rel=1e-14)


LARGER = [
    (d, first, second)
    for d in (0.5, 1.0, 2.0, 9.0, 200.0, 1e4)
    for first, second in ((0.0, 0.0), (0, 3), (5, 5), (1e-3, 2e-3), (30, 3), (3, 60), (1e3, 900))
]


def double_sum(d1, d2, first, second, x=1.0):
    """P(X/Y > x) as a double Poisson mixture of central beta laws."""
    i, v = poisson_window(first / 2)
    j, w = poisson_window(second / 2)
    beta = sp.betainc(d2 / 2 + j[None, :], d1 / 2 + i[:, None], 1 / (1 + x))
    return v @ beta @ w


def test_larger_chi2_is_the_double_poisson_mixture():
    values = np.asarray(jax.jit(theory.larger_chi2)(*columns(LARGER)))
    for value, (d, first, second) in zip(values, LARGER, strict=True):
        truth = double_sum(d, d, first, second)
        assert value == pytest.approx(truth, rel=1e-12), (d, first, second)


def test_larger_chi2_is_the_accuracy_of_a_rule_along_an_estimated_mean():
    # printed digits: 1 - error of sign(x . mean of n points) at |mu|^2 = s in d dimensions
    known = ((4.0, 50, 10, 0.0931715), (4, 200, 20, 0.1436115), (1, 10, 4, 0.3012011))
    s, d, n, error = columns(known)
    first, second = (s * (1 + sign * n**0.5) ** 2 / 2 for sign in (1, -1))
    np.testing.assert_allclose(jax.jit(theory.larger_chi2)(d, first, second), 1 - error, atol=6e-8)


def test_larger_chi2_of_very_large_shifts_is_two_normals_of_one_sign():
    """d = 1: P(U V > 0), U ~ N(a, 1) and V ~ N(b, 1); few degrees fall late, large shifts soon."""
    a = np.repeat([10.0, 1e3, 3e4, 1.5e6], 4)
    b = np.tile([-20.0, -3.0, -0.5, 2.0], 4)
    one = st.norm.cdf(a) * st.norm.cdf(b)
    both = one + st.norm.sf(a) * st.norm.sf(b)
    values = jax.jit(theory.larger_chi2)(1.0, (a + b) ** 2 / 2, (a - b) ** 2 / 2)
    # shifts of 1e12 are rounded to 1e-4, which moves b by 1e-4/1.5e6 and the log by 20 times that
    np.testing.assert_allclose(values, both, rtol=2e-8)
    grid = np.meshgrid([1.0, 3.0, 10.0, 1e4], [0.0, 1.0, 1e6, 1e12], [0.0, 0.5, 1e3, 1e9])
    assert np.isfinite(jax.jit(theory.larger_chi2)(*grid)).all()


def test_a_difference_of_two_forms_is_larger_or_smaller_whatever_the_weights():
    """P(Q > 0) + P(-Q > 0) = 1, and both by scipy where the second form is one chi-square."""
    top = jnp.linspace(1.01, 36.0, 101)[:, None]  # w * (1/w) is not 1 for a third of these

    def chance(sign, degrees, shifts):
        weights = sign * jnp.concatenate([top, 1 + 0 * top, -top, -1 + 0 * top], axis=1)
        return theory.quadratic_form_tail(0.0, weights, degrees, shifts)

    degrees, shifts = jnp.array([1.0, 9, 1, 9]), jnp.array([2.0, 4, 0, 0])
    one, other = chance(1.0, degrees, shifts), chance(-1.0, degrees, shifts)
    assert (one > 0.5).all()
    np.testing.assert_allclose(one + other, 1, rtol=1e-12)
    balanced = chance(1.0, degrees, jnp.array([2.0, 0, 2.0, 0]))
    np.testing.assert_allclose(balanced, 0.5, rtol=1e-12)


def test_the_slopes_of_larger_chi2_are_right():
    points = [p for p in LARGER if p[0] <= 200]
    slopes = jax.jit(jax.vmap(jax.grad(theory.larger_chi2, (0, 1, 2))))(*columns(points))
    for by_d, by_first, by_second, (d, a, b) in zip(*slopes, points, strict=True):
        here = double_sum(d, d, a, b)
        more = (double_sum(d + 2, d, a, b) - here) / 2, (double_sum(d, d + 2, a, b) - here) / 2
        assert float(by_first) == pytest.approx(more[0], rel=1e-9, abs=1e-14)
        assert float(by_second) == pytest.approx(more[1], rel=1e-9, abs=1e-14)
        h = 1e-3 * d  # Richardson's central difference
        near, far = (
            (double_sum(d + k, d + k, a, b) - double_sum(d - k, d - k, a, b)) / (2 * k)
            for k in (h, 2 * h)
        )
        assert float(by_d) == pytest.approx((4 * near - far) / 3, rel=1e-6, abs=1e-10 / d)


F = [(x, d1, d2, l1, l2) for d1, d2 in ((1.0, 2.0), (5, 3), (40, 300)) for x in (0.01, 0.9, 1.1, 8)
     for l1, l2 in ((0.0, 0.0), (7, 0), (2, 30))]  # fmt: skip


def test_f_laws_central_noncentral_and_doubly_noncentral():
    values = np.asarray(jax.jit(theory.f_tail)(*columns(F)))
    for value, (x, d1, d2, l1, l2) in zip(values, F, strict=True):
        assert value == pytest.approx(double_sum(d1, d2, l1, l2, d1 * x / d2), rel=1e-12)
    central = np.asarray(jax.jit(theory.f_cdf)(*columns(F)[:3]))
    np.testing.assert_allclose(central, [st.f.cdf(*p[:3]) for p in F], rtol=1e-12)


def test_sums_of_weighted_chi_squares_have_the_laws_of_their_parts():
    laws = jax.jit(lambda *at: (theory.quadratic_form_cdf(*at), theory.quadratic_form_tail(*at)))
    x = np.array([-9.0, -0.2, 0.0, 1e-9, 0.3, 30.0])
    w, d, shift = jnp.array([2.0, 2.0, 0.0]), jnp.array([1.0, 3.5, 2.0]), jnp.array([0.5, 4.0, 1.0])
    np.testing.assert_allclose(laws(x, w, d, shift)[1], st.ncx2.sf(x / 2, 4.5, 4.5), rtol=1e-12)
    # w1 X1 + w2 X2 with two degrees each is a mixture of exponentials
    w, d, none = jnp.array([3.0, 0.5, 0]), jnp.full(3, 2.0), jnp.zeros(3)
    up = np.maximum(x, 0)
    mixture = (3 * np.exp(-up / 6) - 0.5 * np.exp(-up)) / 2.5
    np.testing.assert_allclose(laws(x, w, d, none)[1], mixture, rtol=1e-12)
    # and with a negative weight Laplace's law, on both sides of 0
    below, above = laws(x, jnp.array([3.0, -0.5, 0]), d, none)
    low = np.exp(np.minimum(x, 0)) / 7
    np.testing.assert_allclose(
        above, np.where(x >= 0, 6 / 7 * np.exp(-up / 6), 1 - low), rtol=1e-12
    )
    np.testing.assert_allclose(below[x < 0], low[x < 0], rtol=1e-12)


def test_a_symmetric_form_is_positive_half_of_the_time_however_unequal_its_weights():
    cases = [(w, d) for w in (2.0, 9.0, 36.0, 100.0) for d in (1.0, 4.0, 49.0, 199.0)]
    weights = jnp.array([[w, 1, -w, -1] for w, _ in cases])
    degrees = jnp.array([[1, d, 1, d] for _, d in cases])
    halves = jax.jit(theory.quadratic_form_tail)(jnp.zeros(len(cases)), weights, degrees)
    np.testing.assert_allclose(halves, 0.5, rtol=1e-12)


def test_unequal_weights_have_the_tail_of_their_characteristic_function():
    w, d = [[36.0, 1, -36, -1], [36.0, 1, 0, 0]], [[1.0, 49, 1, 49]] * 2
    x, shifts = [0.0, 150.0], [[1.0, 0, 0, 0], [4.0, 2, 0, 0]]
    found = jax.jit(theory.quadratic_form_tail)(*map(jnp.asarray, (x, w, d, shifts)))
    for value, *case in zip(found, x, w, d, shifts, strict=True):
        assert float(value) == pytest.approx(gil_pelaez(*case), rel=1e-12)


def gil_pelaez(x, weights, degrees, shifts) -> float:
    """1/2 + (1/pi) int Im(E exp(i t (Q - x)))/t dt, t > 0."""

    def part(t):
        terms = zip(weights, degrees, shifts, strict=True)
        left = [(1 - 2j * w * t, w, d, shift) for w, d, shift in terms]
        log = sum(1j * shift * w * t / b - d * mpmath.log(b) / 2 for b, w, d, shift in left)
        return mpmath.im(mpmath.exp(log - 1j * t * x)) / t

    ends = [0, *(2.0**k / 256 for k in range(9)), mpmath.inf]
    return float(0.5 + mpmath.quad(part, ends) / mpmath.pi)
