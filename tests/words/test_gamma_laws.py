"""Laws of chi-squares and their ratios, against mpmath, Poisson mixtures and simulation's algebra.

The laws are contour integrals and quadratures; the truth here is series: mpmath's incomplete
functions, and mixtures over Poisson counts summed in scipy's.
"""

import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
import scipy.stats as st

import theory
from theory import ArgumentError


def columns(points) -> list[jax.Array]:
    return [jnp.array(column, float) for column in zip(*points, strict=True)]


def poisson_window(mean: float) -> tuple[np.ndarray, np.ndarray]:
    """All counts that a Poisson variable takes, but for 1e-20 of it, and their probabilities."""
    spread = 10 * np.sqrt(mean) + 40
    j = np.arange(max(0, np.floor(mean - spread)), np.ceil(mean + spread))
    return j, st.poisson.pmf(j, mean)


# --------------------------------------------------------------------------------------------
# Gamma and beta

GAMMA = [
    (x * a, a) for a in (0.1, 0.5, 1.0, 3.7, 50.0, 5e3) for x in (1e-3, 0.5, 0.97, 1.0, 1.2, 3)
]
GAMMA += [(1e-300, 0.5), (1e-9, 1e-2), (700.0, 2.5), (1e6 + 3e3, 1e6), (1e6 - 5e3, 1e6)]


def test_gamma_laws_have_full_relative_accuracy_in_both_tails():
    below, above = (jax.jit(f)(*columns(GAMMA)) for f in (theory.gamma_cdf, theory.gamma_tail))
    with mpmath.workdps(30):
        for (x, a), low, high in zip(GAMMA, below, above, strict=True):
            log_kernel = a * mpmath.log(x) - x - mpmath.loggamma(a)
            scale = 1e-13 + 4e-16 * float(abs(log_kernel))
            if x < a:
                truth = mpmath.gammainc(mpmath.mpf(a), 0, x, regularized=True)
                got, other = low, high
            else:
                truth = mpmath.gammainc(mpmath.mpf(a), x, mpmath.inf, regularized=True)
                got, other = high, low
            if truth > 1e-300:
                assert float(got) == pytest.approx(float(truth), rel=scale), (x, a)
            assert float(other) == pytest.approx(float(1 - truth), abs=2e-14)


BETA = [(x, a, b) for a in (0.1, 0.5, 2.0, 300.0) for b in (0.1, 0.5, 40.0)
        for x in (1e-10, 0.1, 0.5, 0.875, 0.999)]  # fmt: skip
BETA += [(0.5, 5e4, 5e4), (0.497, 5e4, 5e4), (0.01, 1e3, 1e5), (0.009, 1e3, 1e5)]


def test_beta_laws_have_full_relative_accuracy_in_both_tails():
    below, above = (jax.jit(f)(*columns(BETA)) for f in (theory.beta_cdf, theory.beta_tail))
    with mpmath.workdps(40):
        for (x, a, b), low, high in zip(BETA, below, above, strict=True):
            z, a, b = mpmath.mpf(x), mpmath.mpf(a), mpmath.mpf(b)
            kernel = z**a * (1 - z) ** b / mpmath.beta(a, b)
            if x < a / (a + b):
                truth, got, other = kernel * mpmath.hyp2f1(a + b, 1, a + 1, z) / a, low, high
            else:
                truth, got, other = kernel * mpmath.hyp2f1(a + b, 1, b + 1, 1 - z) / b, high, low
            scale = 1e-13 + 4e-16 * float(abs(mpmath.log(kernel)))
            if truth > 1e-300:
                assert float(got) == pytest.approx(float(truth), rel=scale), (x, a, b)
            assert float(other) == pytest.approx(float(1 - truth), abs=2e-14)


def test_gradients_of_gamma_and_beta_laws_are_derivatives_in_every_argument():
    gamma = [(0.3, 0.5), (2.0, 0.5), (4.0, 4.0), (40.0, 50.0), (2.0, 1e-1), (9.0, 12.5)]
    slopes = jax.jit(jax.vmap(jax.grad(theory.gamma_cdf, (0, 1))))(*columns(gamma))
    beta = [(0.3, 0.5, 2.0), (0.7, 4.0, 0.5), (0.5, 30.0, 40.0), (0.01, 0.5, 100.0)]
    beta_slopes = jax.jit(jax.vmap(jax.grad(theory.beta_cdf, (0, 1, 2))))(*columns(beta))

    def of_gamma(x, a):
        return mpmath.gammainc(a, 0, x, regularized=True)

    def of_beta(x, a, b):
        return mpmath.betainc(a, b, 0, x, regularized=True)

    with mpmath.workdps(40):
        for f, points, found in ((of_gamma, gamma, slopes), (of_beta, beta, beta_slopes)):
            for i, point in enumerate(points):
                exact = [mpmath.mpf(v) for v in point]
                for k, slope in enumerate(found):
                    order = tuple(int(k == m) for m in range(len(point)))
                    truth = mpmath.diff(f, tuple(exact), order)
                    assert float(slope[i]) == pytest.approx(float(truth), rel=1e-11), (point, k)


def test_ends_of_the_supports():
    x, nan, inf = jnp.array([-1.0, 0.0, jnp.inf, jnp.nan]), np.nan, np.inf

    @jax.jit
    def ends(x):
        words = theory.gamma_cdf, theory.chi2_cdf, theory.chi2_pdf, theory.log_chi2_tail
        shifted = [word(x, 2.0, 3.0) for word in words[1:]]
        sums = [theory.quadratic_form_cdf(x, s * jnp.array([1.0, 2.0]), 3.0) for s in (1, -1)]
        return [*(word(x, 2.0) for word in words), *shifted, theory.f_cdf(x, 2.0, 3.0), *sums]

    cdf, density, log_tail = [0, 0, 1, nan], [0, 0, 0, nan], [0, 0, -inf, nan]
    mirrored = [0, 1, 1, nan]  # of -X1 - 2 X2; -1 is inside
    *found, minus = ends(x)
    for value, truth in zip(
        found, [cdf, cdf, density, log_tail, cdf, density, log_tail, cdf, cdf], strict=True
    ):
        np.testing.assert_array_equal(value, truth)
    np.testing.assert_array_equal(np.floor(np.asarray(minus)), mirrored)
    np.testing.assert_array_equal(theory.beta_cdf(jnp.array([0, 1.0, nan]), 2.0, 3.0), [0, 1, nan])


# --------------------------------------------------------------------------------------------
# Quantiles, Student's t, counts


@functools.cache
def quantiles_program(name: str):
    quantile, cdf = getattr(theory, f"{name}_quantile"), getattr(theory, f"{name}_cdf")

    def there_and_back(*at):
        x = quantile(*at)
        return x, cdf(x, *at[1:])

    return jax.jit(there_and_back)


Q = np.array([1e-12, 1e-3, 0.2, 0.5, 0.8, 0.999, 1 - 1e-9, 0.0, 1.0])


def test_quantiles_invert_their_laws():
    a, b = np.array([0.5, 3.0, 80.0])[:, None], np.array([2.0, 0.7, 900.0])[:, None]
    for name, *at in (("beta", a, b), ("chi2", a), ("chi2", a, b)):
        x, back = quantiles_program(name)(Q, *at)
        np.testing.assert_allclose(back, Q + 0 * a, rtol=3e-12)
        np.testing.assert_array_equal(x[:, -2], 0)
        np.testing.assert_array_equal(x[:, -1], 1 if name == "beta" else np.inf)


def test_a_quantile_has_the_slopes_of_an_inverse():
    with mpmath.workdps(30):
        # dx/da at fixed q = -(dI/da)/(dI/dx)
        def level(x, a):
            return mpmath.betainc(a, mpmath.mpf("2.5"), 0, x, regularized=True)

        x = mpmath.findroot(lambda x: level(x, mpmath.mpf(4)) - mpmath.mpf(0.3), 0.5)
        by_x, by_a = (mpmath.diff(level, (x, mpmath.mpf(4)), n) for n in ((1, 0), (0, 1)))
    slopes = jax.jit(jax.grad(theory.beta_quantile, (0, 1)))(0.3, 4.0, 2.5)
    np.testing.assert_allclose(slopes, [float(1 / by_x), float(-by_a / by_x)], rtol=1e-11)


def test_students_law_and_its_slopes_also_at_zero():
    points = [(t, d) for d in (0.5, 1.0, 4.0, 250.0) for t in (-30.0, -1.5, 0.0, 1e-5, 2.0)]
    t, d = columns(points)
    value = jax.jit(theory.student_cdf)(t, d)
    slopes = jax.jit(jax.vmap(jax.grad(theory.student_cdf, (0, 1))))(t, d)
    np.testing.assert_allclose(value, st.t.cdf(t, d), rtol=1e-12)
    np.testing.assert_allclose(slopes[0], st.t.pdf(t, d), rtol=1e-12)
    steps = (st.t.cdf(t, d * 1.0001) - st.t.cdf(t, d / 1.0001)) / (d * 1.0001 - d / 1.0001)
    np.testing.assert_allclose(slopes[1], steps, rtol=1e-6, atol=1e-12)


def test_tails_of_counts_and_order_statistics_are_sums_of_probabilities():
    k = jnp.arange(-1, 25)
    n, p = 23, 0.375
    np.testing.assert_allclose(
        jax.jit(theory.binomial_cdf)(k, n, p), st.binom.cdf(k, n, p), rtol=1e-12
    )
    np.testing.assert_allclose(
        jax.jit(theory.poisson_cdf)(k + 0.5, 7.7), st.poisson.cdf(k, 7.7), rtol=1e-12
    )
    u = 0.3
    at_least = [sum(st.binom.pmf(range(i, 8), 7, u)) for i in range(1, 8)]
    found = jax.jit(theory.order_statistic_cdf)(u, jnp.arange(1, 8), 7)
    np.testing.assert_allclose(found, at_least, rtol=1e-12)


def test_log_beta_does_not_cancel():
    points = [(a, b) for a in (1e-3, 0.5, 1.0, 12.0, 1e5) for b in (1e-3, 2.0, 30.0, 1e4, 1e6)]
    values = jax.jit(theory.log_beta)(*columns(points))
    with mpmath.workdps(40):
        for value, (a, b) in zip(values, points, strict=True):
            truth = float(mpmath.log(mpmath.beta(mpmath.mpf(a), mpmath.mpf(b))))
            assert float(value) == pytest.approx(truth, rel=1e-14, abs=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: theory.larger_chi2(0.0, 1.0, 1.0), "larger_chi2: d = 0 is outside"),
        (lambda: theory.larger_chi2(2.0, -1.0, 1.0), "larger_chi2: first = -1 is outside"),
        (lambda: theory.beta_cdf(1.5, 1.0, 1.0), "beta_cdf: x = 1.5 is outside"),
        (lambda: theory.chi2_quantile(-0.1, 3.0), "chi2_quantile: q = -0.1 is outside"),
        (lambda: theory.order_statistic_cdf(0.5, 4, 3), "k = 4 is above n"),
        (lambda: theory.student_cdf(0.5, 0.0), "student_cdf: d = 0 is outside"),
    ],
)
def test_values_outside_are_refused_by_name(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_nan_in_is_nan_out():
    nan = jnp.nan

    @jax.jit
    def with_nan(nan):
        return (
            theory.larger_chi2(jnp.array([nan, 2.0]), jnp.array([1.0, nan]), 1.0),
            theory.beta_quantile(nan, 2.0, 3.0),
            theory.f_cdf(1.0, 2.0, 3.0, nan),
            theory.chi2_cdf(1.0, 2.0, nan),
            theory.quadratic_form_tail(1.0, jnp.array([1.0, nan]), jnp.ones(2)),
        )

    for value in with_nan(nan):
        assert jnp.isnan(value).all()
    assert jnp.isnan(theory.larger_chi2(2.0, nan, 1.0))
