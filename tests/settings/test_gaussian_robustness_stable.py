"""Heavy tails: the stable law by series and other integrals, thresholds, offsets, samplers."""

import functools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

import theory.gaussian_robustness as gr
from sims.gaussian_robustness import noise
from theory import ArgumentError

NEAREST_TWO = float(np.nextafter(2.0, 0.0))

# The law


def zolotarev(x: float, alpha: float) -> float:
    """1 - F(x), x > 0, alpha != 1, by the Zolotarev-Nolan integral in 25 digits."""
    with mpmath.workdps(25):
        x, alpha = mpmath.mpf(x), mpmath.mpf(alpha)
        power = alpha / (alpha - 1)

        def exponent(u):
            # cos may round to a negative number at the end of the interval
            cos = abs(mpmath.cos(u))
            ratio = (cos / mpmath.sin(alpha * u)) ** power
            return x**power * ratio * mpmath.cos((alpha - 1) * u) / cos

        def integrand(u):
            value = exponent(u)
            return mpmath.exp(-value) if alpha > 1 else -mpmath.expm1(-value)

        # split where the exponent is 1: the integrand is a step as alpha -> 1
        half = mpmath.pi / 2
        low, high = mpmath.mpf(10) ** -20, half - mpmath.mpf(10) ** -20
        rising = exponent(low) < exponent(high)
        for _ in range(70):
            middle = (low + high) / 2
            below = (exponent(middle) < 1) == rising
            low, high = (middle, high) if below else (low, middle)
        near = [low * f for f in (0.5, 0.9, 0.99, 1)]
        far = [low + (half - low) * f for f in (0.01, 0.1, 0.5, 1)]
        return float(mpmath.quad(integrand, [0, *near, *far]) / mpmath.pi)


@pytest.mark.parametrize("alpha", [0.5, 0.95, 1.05, 1.5, 1.9])
def test_the_tail_agrees_with_zolotarevs_integral_to_twelve_digits(alpha):
    x = np.array([1e-3, 0.5, 3.0, 1e3])
    want = [zolotarev(v, alpha) for v in x]
    np.testing.assert_allclose(gr.stable_cdf(-x, alpha), want, rtol=1e-12)


def test_the_cauchy_law_is_reproduced_out_to_the_far_tail():
    x = np.concatenate([-np.logspace(-6, 9, 40), [0.0], np.logspace(-6, 9, 40)])
    np.testing.assert_allclose(gr.stable_cdf(x, 1.0), stats.cauchy.cdf(x), rtol=1e-13)
    np.testing.assert_allclose(gr.stable_pdf(x, 1.0), stats.cauchy.pdf(x), rtol=1e-12)
    np.testing.assert_allclose(gr.cauchy_cdf(jnp.asarray(x)), stats.cauchy.cdf(x), rtol=1e-13)


@functools.cache
def series(x: float, alpha: float) -> tuple[mpmath.mpf, mpmath.mpf]:
    """1 - F(x) and f(x) from the power series about 0, which converges for alpha > 1."""
    with mpmath.workdps(int(60 + x**2)):  # terms grow like e^{x^2/4} before they fall
        x, alpha = mpmath.mpf(x), mpmath.mpf(alpha)
        # f = sum (-1)^k Gamma((2k+1)/alpha)/(pi alpha (2k)!) x^{2k}
        density = tail = mpmath.mpf(0)
        k, term = 0, mpmath.mpf(1)
        while k < x**2 or abs(term) > mpmath.mpf(10) ** -int(50 + x**2 / 4):
            term = mpmath.gamma((2 * k + 1) / alpha) / (mpmath.pi * alpha * mpmath.factorial(2 * k))
            term *= (-1) ** k * x ** (2 * k)
            density, tail = density + term, tail + term * x / (2 * k + 1)
            k += 1
        return mpmath.mpf(1) / 2 - tail, density


@pytest.mark.parametrize("alpha", [1.79, 1.81, 1.99, 2 - 1e-9, NEAREST_TWO, 2.0])
def test_tails_keep_their_relative_accuracy_up_to_the_normal_law(alpha):
    x = np.array([1e-4, 0.9, 1.1, 4.0, 9.0])
    tail, density = zip(*(series(float(v), alpha) for v in x), strict=True)
    np.testing.assert_allclose(gr.stable_cdf(-x, alpha), [float(v) for v in tail], rtol=2e-13)
    np.testing.assert_allclose(gr.stable_pdf(x, alpha), [float(v) for v in density], rtol=5e-13)


def test_far_tails_at_two_and_just_below():
    x = np.array([20.0, 50.0, 53.0])
    normal = [float(mpmath.erfc(mpmath.mpf(v) / 2) / 2) for v in x]
    np.testing.assert_allclose(gr.stable_cdf(-x, 2.0), normal, rtol=2e-15 * 53**2 / 4)
    assert gr.stable_cdf(-1e3, 2.0) == gr.stable_pdf(1e3, 2.0) == gr.stable_tail_constant(2.0) == 0
    # C_alpha = Gamma(alpha) sin(pi eps/2)/pi, eps = 2 - alpha; the next term is of order x^-4
    for v in (30.0, 1e4, 1e9):
        want = (2 - NEAREST_TWO) / 2 * v**-NEAREST_TWO
        assert float(gr.stable_cdf(-v, NEAREST_TWO)) == pytest.approx(want, rel=1e-12 + 12 / v**2)
    # dC/dalpha = -1/2 at 2
    slope = jax.grad(lambda alpha: gr.stable_cdf(-100.0, alpha))(2.0)
    assert float(slope) == pytest.approx(-0.5e-4, rel=2e-3)
    assert [float(f(s * jnp.inf, 1.2)) for f, s in (
        (gr.stable_cdf, 1), (gr.stable_cdf, -1), (gr.stable_pdf, 1))] == [1, 0, 0]  # fmt: skip


@pytest.mark.parametrize(("alpha", "x"), [(2.0, 0.5), (2.0, 4.0), (1.5, 1.0), (1.5, 0.0)])
def test_derivatives_of_the_law_are_those_of_its_series(alpha, x):
    by_x, by_alpha = jax.grad(gr.stable_cdf, argnums=(0, 1))(-x, alpha)
    assert float(by_x) == pytest.approx(float(series(x, alpha)[1]), rel=1e-12)
    with mpmath.workdps(80):  # one-sided at the end of the range
        h = mpmath.mpf(10) ** -15
        ahead = [series(x, alpha - k * h)[0] for k in range(3)]
        want = (3 * ahead[0] - 4 * ahead[1] + ahead[2]) / (2 * h)
    assert float(by_alpha) == pytest.approx(float(want), rel=1e-9, abs=1e-14)
    slope = jax.grad(gr.stable_pdf)(x, alpha)
    with mpmath.workdps(40):
        want = mpmath.diff(lambda v: series(v, alpha)[1], x, h=mpmath.mpf(10) ** -12)
    assert float(slope) == pytest.approx(float(want), rel=1e-9, abs=1e-14)


# Samplers


@pytest.mark.parametrize("alpha", [0.7, 1.0])
def test_the_sampler_has_the_stable_law(alpha):
    draws = np.sort(gr.sample_stable(jax.random.key(1), (4000,), alpha))
    found = stats.kstest(draws, lambda x: np.asarray(gr.stable_cdf(x, alpha))).statistic
    assert found < 2.7 / np.sqrt(4000)  # passed by chance alone 1 - 1e-6 of the time


def test_the_positive_sampler_has_the_declared_laplace_transform():
    a = 0.75
    draws = np.asarray(gr.sample_positive_stable(jax.random.key(2), (200_000,), a))
    for s in (0.3, 1.0, 3.0):
        values = np.exp(-s * draws)
        assert values.mean() == pytest.approx(np.exp(-(s**a)), abs=5 * values.std() / 447)


@pytest.mark.parametrize("kind", ["independent", "elliptical"])
def test_noise_has_the_declared_characteristic_function(kind):
    params = gr.Params(d=3, sigma_low=0.5, sigma_high=1.5, noise=kind, alpha=1.4)
    xi = np.asarray(noise(jax.random.key(4), 60_000, params))
    u, sigma = np.array([0.4, -0.3, 0.2]), np.array([0.5, 1.0, 1.5])
    power = np.abs(sigma * u) ** 1.4
    total = power.sum() if kind == "independent" else np.sum((sigma * u) ** 2) ** 0.7
    assert np.mean(np.cos(xi @ u)) == pytest.approx(np.exp(-total), abs=5 * 0.71 / 60_000**0.5)


# Thresholds and offsets


def test_thresholds_and_jumps_found_by_direct_maximisation_are_reproduced():
    R = {
        1.0: [2.0, 3.5025023, 7.4181126, 21.806507, 48.3999979],
        1.5: [2.3220542, 5.0226902, 16.639520, 97.957905],
    }
    m = np.array([0.5, 1.0, 2.0, 5.0, 10.0])
    for alpha, values in R.items():
        np.testing.assert_allclose(
            gr.trivial_threshold(m, alpha).R[: len(values)], values, rtol=1e-7
        )
    at = np.array([0.1, 0.5, 1.0, 2.0, 5.0])
    jumps = stats.cauchy.cdf(at - np.asarray(gr.trivial_threshold(at, 1.0).h))
    np.testing.assert_allclose(jumps, [0.3980, 0.5, 0.5966, 0.7045, 0.8156], atol=5e-5)
    residual = optimize.brentq(lambda R: R - 1 - np.pi / (2 * np.arctan(R**-0.5)), 2, 10)
    assert pytest.approx(residual, abs=1e-11) == gr.R_CROSSING


@pytest.mark.parametrize(("m", "alpha"), [(1.0, 1.5), (3.0, 0.8)])
def test_the_best_rule_is_constant_exactly_beyond_the_threshold(m, alpha):
    R_c = float(gr.trivial_threshold(m, alpha).R)
    offsets = jnp.linspace(-10, 40, 501)
    for R, nontrivial in ((0.98 * R_c, True), (1.02 * R_c, False)):
        searched = float(jnp.min(gr.linear_error(m, offsets, R, alpha)))
        assert (searched < 1 / (1 + R)) is nontrivial
        if nontrivial:
            h = gr.stationary_offset(m, R, alpha)
            assert float(gr.linear_error(m, h, R, alpha)) <= searched + 1e-14


@pytest.mark.parametrize("m", [1e-9, 1e-3, 1.0, 1e3, 1e9])
def test_cauchy_thresholds_agree_with_the_general_ones_over_the_whole_range(m):
    R, h = gr.trivial_threshold(m, 1.0)
    if m >= 1e-6:
        assert float(R) == pytest.approx(float(gr.cauchy_trivial_threshold(m)), rel=1e-11)
    # the supremum is attained: neither neighbour is larger
    x = -m - float(h) * np.array([0.99, 1.0, 1.01])
    ratio = stats.cauchy.cdf(x + 2 * m) / stats.cauchy.cdf(x)
    assert ratio[1] == pytest.approx(float(R), rel=1e-12)
    assert ratio[1] >= max(ratio[0], ratio[2]) * (1 - 1e-15)
    h_star, R_star = gr.local_threshold(m, 1.0)
    assert float(h_star) == pytest.approx(np.sqrt(1 + m**2), rel=2e-6)
    assert float(R_star) == pytest.approx(float(gr.cauchy_local_threshold(m)), rel=1e-11)


def test_at_two_no_imbalance_makes_the_constant_rule_best():
    threshold = gr.trivial_threshold(1.0, 2.0)
    assert threshold.R == threshold.h == np.inf
    h, trivial = gr.best_offset(0.1, 1e6, 2.0)
    assert float(h) == pytest.approx(np.log(1e6) / 0.1)  # f = e^{-x^2/4}/..: f(m-h)/f(m+h) = e^{mh}
    assert not bool(trivial)
    near = [float(gr.trivial_threshold(1.0, 2 - eps).R) for eps in (1e-3, 1e-9, 2 - NEAREST_TWO)]
    assert near[0] < near[1] < near[2] < np.inf


def test_the_cauchy_offset_reaches_its_last_ratio():
    for m in (1e-6, 1.0, 1e9):
        R_star = float(gr.cauchy_local_threshold(m))
        assert float(gr.cauchy_offset(m, R_star)) == pytest.approx(np.sqrt(1 + m**2), rel=1e-6)
        slope = jax.grad(gr.cauchy_offset, argnums=1)(m, 1.0)
        assert float(slope) == pytest.approx((1 + m**2) / (4 * m))
        with pytest.raises(ArgumentError, match="R = "):
            gr.cauchy_offset(m, R_star * (1 + 1e-9))


def test_the_offset_is_least_at_the_turning_margin():
    # Cauchy: m = sqrt(1 + h^2), R = e^{2 asinh h}; Holtsmark at R = 5: m = 2.353 by a search
    for h in (0.3, 2.5):
        m, R = gr.turning_margin(h, 1.0)
        assert float(m) == pytest.approx(np.sqrt(1 + h**2), rel=1e-12)
        assert float(R) == pytest.approx(np.exp(2 * np.arcsinh(h)), rel=1e-11)
    h = optimize.brentq(lambda h: float(gr.turning_margin(h, 1.5)[1]) - 5, 0.3, 3)
    m = float(gr.turning_margin(h, 1.5)[0])
    assert m == pytest.approx(2.353, abs=0.01)
    around = np.asarray(gr.stationary_offset(m + np.array([-0.2, 0.0, 0.2]), 5.0, 1.5))
    assert around[1] == pytest.approx(h, rel=1e-9)
    assert around[1] < min(around[0], around[2])


@pytest.mark.parametrize(
    "f",
    [
        lambda m, alpha: jnp.stack(gr.trivial_threshold(m, alpha)),
        lambda m, alpha: jnp.stack(gr.local_threshold(m, alpha)),
        lambda m, alpha: gr.stationary_offset(m, 1.3, alpha),
        lambda m, alpha: jnp.stack(gr.turning_margin(m, alpha)),
    ],
    ids=["trivial", "local", "offset", "turning"],
)
def test_thresholds_and_offsets_have_the_derivatives_of_their_values(f):
    value, slope, h = jax.jit(f), jax.jit(jax.jacfwd(f)), 1e-4
    for alpha in (0.5, 1.9):
        want = (value(1.2 + h, alpha) - value(1.2 - h, alpha)) / (2 * h)
        np.testing.assert_allclose(slope(1.2, alpha), want, rtol=1e-6)


def test_the_offset_leaves_zero_with_its_own_slope():
    # f(m-h) = R f(m+h): dh/dR = -f/(2 f') at R = 1
    m, alpha = 1.2, 1.5
    f, slope = jax.value_and_grad(gr.stable_pdf)(m, alpha)
    by_R = jax.grad(gr.stationary_offset, argnums=1)(m, 1.0, alpha)
    assert float(by_R) == pytest.approx(float(-f / (2 * slope)), rel=1e-10)
    assert gr.stationary_offset(m, 1.0, alpha) == 0
    # at the offset the error is stationary: half of each class's gain is the other's loss
    h = float(gr.stationary_offset(m, 1.4, alpha))
    assert abs(float(jax.grad(gr.linear_error, argnums=1)(m, h, 1.4, alpha))) < 1e-13


def test_a_stationary_offset_holds_at_the_smallest_margins():
    """At R = 1 it is 0, of slope 1/(2 m S'(0)), S'(0) = Gamma(3/alpha)/Gamma(1/alpha); beyond R*
    it is h*; the Cauchy law by its quadratic, the normal law by log(R)/m."""
    found = jax.jit(jax.vmap(jax.value_and_grad(gr.stationary_offset, (0, 1, 2))))
    tiny = np.finfo(float).tiny
    m = np.array([tiny, 1e-12, tiny, 0.3, tiny])
    R, alpha = np.array([1, 1, 1e70, 1.3, 1]), np.array([1.15, 1.5, 1, 1, 2])
    value, (by_m, by_R, by_alpha) = found(m, R, alpha)
    curvature = special.gamma(3 / alpha[:2]) / special.gamma(1 / alpha[:2])
    np.testing.assert_allclose(value, [0, 0, 1, 0.25060984680808, 0], rtol=1e-8)  # h* of m = 1e-7
    np.testing.assert_allclose(by_m, [0, 0, 0, -0.7911339656, 0], rtol=1e-9)
    np.testing.assert_allclose(by_R[:2] * 2 * m[:2], 1 / curvature, rtol=1e-10)
    np.testing.assert_allclose(by_R[2:], [0, 0.8152338926, 1 / tiny], rtol=1e-9)
    assert np.isfinite(by_alpha).all()


def test_beyond_the_threshold_the_rule_is_trivial_and_flagged():
    base = gr.Params(
        d=20, mu_low=1.0, mu_high=1.2, p="l2", eps=2.0, R=1.5, noise="elliptical", alpha=1.0
    )
    R_c = gr.cauchy_trivial_threshold(float(gr.robust_rule(base).margin))
    assert not bool(gr.robust_rule(base.but(R=0.99 * R_c)).trivial)
    beyond = base.but(R=1.01 * R_c)
    rule = gr.robust_rule(beyond)
    assert bool(rule.trivial)
    assert gr.accuracies(rule.w, rule.b, beyond).disparity == 1
    assert not bool(gr.standard_rule(beyond).trivial)


# Logistic training


@pytest.mark.parametrize(("m", "R", "quoted"), [(1.0, 3.0, 4.26), (2.0, 5.0, 2.78)])
def test_logistic_training_overpredicts_the_majority(m, R, quoted):
    w, b = (float(v) for v in gr.stable_logistic_minimiser(m, R, 1.5))
    assert b / w == pytest.approx(quoted, abs=0.01)
    # stationarity in b: R E[p | +] = E[p | -], by Simpson's rule in x = sinh(v)
    v = np.linspace(-18, 18, 3001)
    density = np.asarray(gr.stable_pdf(np.sinh(v), 1.5)) * np.cosh(v)

    def mean_of(y):
        return integrate.simpson(density * special.expit(-w * (m + np.sinh(v)) - y * b), x=v)

    assert R * mean_of(1) == pytest.approx(mean_of(-1), abs=1e-6)


def test_the_heavy_tailed_logistic_minimiser_holds_at_every_margin_and_ratio():
    found = jax.jit(jax.vmap(lambda *at: gr.stable_logistic_minimiser(*at)))
    m = np.array([1e-70, 1e70, 1e70, 1, 1, 1e-70, 5e69])
    R = np.array([1, 1, 1e70, 1e70, 3, 3, 5e69])
    alpha = np.array([1.5, 1.9999, 1.5, 1.5, 1 + 2.3e-16, 2 - 2.3e-16, 2 - 2.3e-16])
    w, b = (np.asarray(v) for v in found(m, R, alpha))
    # small m: sqrt w = m pi/(3 int sqrt(t) pi/sinh(pi t) dt), the integral by the zeta function
    integral = (2 - 2**-0.5) * special.gamma(1.5) * special.zeta(1.5) / np.pi**0.5
    assert w[0] == pytest.approx((1e-70 * np.pi / 3 / integral) ** 2, rel=1e-11)
    # large m: e^-(w m) = C m^-alpha/(alpha - 1) (1 + O(1/(w m)))
    power_tail = special.gamma(1.9999) * np.sin(np.pi * 0.5e-4) / np.pi
    odds = np.log(0.9999 / power_tail) + 1.9999 * 70 * np.log(10)
    assert w[1] * 1e70 == pytest.approx(odds, abs=4 / odds)
    # rounding, 1e-16/(2 - alpha) of A, over d log A/db = alpha/(w m)
    assert np.abs(b[:2]).max() < 1e-12 * odds
    # w leaves the floats as alpha -> 1; b is log R where w S is small, w = m for the normal law
    assert b[3:6] == pytest.approx([70 * np.log(10), np.log(3), np.log(3)], rel=1e-12)
    assert (w[4], w[5]) == (0, pytest.approx(1e-70, rel=1e-10))
    assert np.isfinite(np.r_[w, b]).all()
