"""Heavy tails: noise, thresholds, offsets, logistic training, by searches and other integrals."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

import theory.gaussian_robustness as gr
from sims.gaussian_robustness import noise
from theory import ArgumentError, stable_pdf

NEAREST_TWO = float(np.nextafter(2.0, 0.0))


@pytest.mark.parametrize("kind", ["independent", "elliptical"])
def test_noise_has_the_declared_characteristic_function(kind):
    params = gr.Params(d=3, sigma_low=0.5, sigma_high=1.5, noise=kind, alpha=1.4)
    xi = np.asarray(noise(jax.random.key(4), 60_000, params))
    u, sigma = np.array([0.4, -0.3, 0.2]), np.array([0.5, 1.0, 1.5])
    power = np.abs(sigma * u) ** 1.4
    total = power.sum() if kind == "independent" else np.sum((sigma * u) ** 2) ** 0.7
    assert np.mean(np.cos(xi @ u)) == pytest.approx(np.exp(-total), abs=5 * 0.71 / 60_000**0.5)


def test_thresholds_and_jumps_found_by_direct_maximisation_are_reproduced():
    m = np.array([0.1, 0.5, 1, 2, 5, 10, 0.5, 1, 2, 5])
    R, h = map(np.asarray, gr.trivial_threshold(m, np.repeat([1.0, 1.5], [6, 4])))
    searched = [2, 3.5025023, 7.4181126, 21.806507, 48.3999979]
    searched += [2.3220542, 5.0226902, 16.639520, 97.957905]
    np.testing.assert_allclose(R[1:], searched, rtol=1e-7)
    jumps = stats.cauchy.cdf(m - h)[:5]
    np.testing.assert_allclose(jumps, [0.3980, 0.5, 0.5966, 0.7045, 0.8156], atol=5e-5)
    residual = optimize.brentq(lambda R: R - 1 - np.pi / (2 * np.arctan(R**-0.5)), 2, 10)
    assert pytest.approx(residual, abs=1e-11) == gr.R_CROSSING


@pytest.mark.parametrize(("m", "alpha"), [(1.0, 1.5), (3.0, 0.8)])
def test_the_best_rule_is_constant_exactly_beyond_the_threshold(m, alpha):
    R_c = float(gr.trivial_threshold(m, alpha).R)
    for R, nontrivial in ((0.98 * R_c, True), (1.02 * R_c, False)):
        offsets = np.append(np.linspace(-10, 40, 501), gr.stationary_offset(m, R, alpha))
        *others, best = np.asarray(gr.linear_error(m, offsets, R, alpha))
        assert (min(others) < 1 / (1 + R)) == nontrivial
        assert best <= min(others) + 1e-14 or not nontrivial


def test_cauchy_thresholds_agree_with_closed_forms_and_are_attained():
    m = np.array([1e-9, 1e-6, 1e-3, 1.0, 1e3, 1e9])
    R, h = map(np.asarray, gr.trivial_threshold(m, 1.0))
    np.testing.assert_allclose(R[1:], gr.cauchy_trivial_threshold(m[1:]), rtol=1e-11)
    # the supremum is attained: neither neighbour is larger
    x = -m - h * np.array([[0.99], [1.0], [1.01]])
    ratio = stats.cauchy.cdf(x + 2 * m) / stats.cauchy.cdf(x)
    np.testing.assert_allclose(ratio[1], R, rtol=1e-12)
    assert (ratio[1] >= np.maximum(ratio[0], ratio[2]) * (1 - 1e-15)).all()
    h_star, R_star = gr.local_threshold(m, 1.0)
    np.testing.assert_allclose(h_star, np.sqrt(1 + m**2), rtol=2e-6)
    np.testing.assert_allclose(R_star, gr.cauchy_local_threshold(m), rtol=1e-11)


def test_at_two_no_imbalance_makes_the_constant_rule_best():
    assert tuple(gr.trivial_threshold(1.0, 2.0)) == (np.inf, np.inf)
    offset = gr.best_offset(0.1, 1e6, 2.0)  # f = e^{-x^2/4}/..: f(m-h)/f(m+h) = e^{mh}
    assert tuple(map(float, offset)) == (pytest.approx(np.log(1e6) / 0.1), False)
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
    turning = functools.lru_cache(lambda h, alpha: np.array(gr.turning_margin(h, alpha)))
    for h in (0.3, 2.5):
        expected = np.sqrt(1 + h**2), np.exp(2 * np.arcsinh(h))
        assert turning(h, 1.0) == pytest.approx(expected, rel=1e-11)
    h = optimize.brentq(lambda h: turning(h, 1.5)[1] - 5, 0.3, 3)
    m = turning(h, 1.5)[0]
    assert m == pytest.approx(2.353, abs=0.01)
    around = [float(gr.stationary_offset(m + d, 5.0, 1.5)) for d in (-0.2, 0.0, 0.2)]
    assert around[1] == pytest.approx(h, rel=1e-9)
    assert around[1] < min(around[0], around[2])


@pytest.mark.parametrize("f", [gr.trivial_threshold, gr.local_threshold, gr.turning_margin])
def test_thresholds_have_the_derivatives_of_their_values(f):
    both = jax.jit(
        jax.vmap(lambda m, alpha: jax.jvp(lambda m: jnp.stack(f(m, alpha)), (m,), (1.0,)))
    )
    h, alpha = 1e-4, np.array([0.5, 0.5, 0.5, 1.9, 1.9, 1.9])
    value, slope = both(1.2 + h * np.array([-1, 0, 1] * 2), alpha)
    np.testing.assert_allclose(slope[1::3], (value[2::3] - value[::3]) / (2 * h), rtol=1e-6)


def test_a_stationary_offset_and_its_slopes_hold_at_every_margin():
    """At R = 1 it is 0, of slope -f/(2 f'), for small m 1/(2 m S'(0)) with S'(0) =
    Gamma(3/alpha)/Gamma(1/alpha); beyond R* it is h*; the Cauchy law by its quadratic, the normal
    law by log(R)/m; elsewhere by differences."""
    found = jax.jit(jax.vmap(jax.value_and_grad(gr.stationary_offset, (0, 1, 2))))
    tiny, step = np.finfo(float).tiny, 1e-4
    m = np.array([tiny, 1e-12, tiny, 0.3, tiny, 1.2, *[1.2 - step, 1.2, 1.2 + step] * 2])
    R = np.array([1, 1, 1e70, 1.3, 1, 1, *[1.3] * 6])
    alpha = np.array([1.15, 1.5, 1, 1, 2, 1.5, 0.5, 0.5, 0.5, 1.9, 1.9, 1.9])
    value, (by_m, by_R, by_alpha) = jax.device_get(found(m, R, alpha))
    np.testing.assert_allclose(value[:6], [0, 0, 1, 0.25060984680808, 0, 0], rtol=1e-8)  # h*: 1e-7
    np.testing.assert_allclose(by_m[:5], [0, 0, 0, -0.7911339656, 0], rtol=1e-9)
    curvature = special.gamma(3 / alpha[:2]) / special.gamma(1 / alpha[:2])
    np.testing.assert_allclose(by_R[:2] * 2 * m[:2], 1 / curvature, rtol=1e-10)
    np.testing.assert_allclose(by_R[2:5], [0, 0.8152338926, 1 / tiny], rtol=1e-9)
    assert np.isfinite(by_alpha).all()
    f, slope = jax.value_and_grad(stable_pdf)(1.2, 1.5)
    assert by_R[5] == pytest.approx(float(-f / (2 * slope)), rel=1e-10)
    differences = (value[8::3] - value[6::3]) / (2 * step)
    np.testing.assert_allclose(by_m[7::3], differences, rtol=1e-6)
    # at the offset the error is stationary: half of each class's gain is the other's loss
    by_h = jax.grad(gr.linear_error, argnums=1)(1.2, value[7], 1.3, 0.5)
    assert abs(float(by_h)) < 1e-13


def test_beyond_the_threshold_the_rule_is_trivial_and_flagged():
    base = gr.Params(d=20, mu_low=1, mu_high=1.2, p="l2", eps=2, noise="elliptical", alpha=1)
    R_c = float(gr.trivial_threshold(gr.robust_rule(base).margin, 1.0).R)
    assert not gr.robust_rule(base.but(R=0.99 * R_c)).trivial
    beyond = base.but(R=1.01 * R_c)
    standard, rule = gr.best_rules(beyond, False, True)
    assert (bool(standard.trivial), bool(rule.trivial)) == (False, True)
    assert gr.accuracies(rule.w, rule.b, beyond).disparity == 1


@functools.cache
def minimisers():
    """w and b where m, R or alpha is at an end, then twice in the middle."""
    m = np.array([1e-70, 1e70, 1e70, 1, 1, 1e-70, 5e69, 1, 2])
    R = np.array([1, 1, 1e70, 1e70, 3, 3, 5e69, 3, 5])
    alpha = np.array([1.5, 1.9999, 1.5, 1.5, 1 + 2.3e-16, *[2 - 2.3e-16] * 2, 1.5, 1.5])
    found = jax.jit(jax.vmap(lambda *at: gr.stable_logistic_minimiser(*at)))(m, R, alpha)
    return [np.asarray(v) for v in found]


@pytest.mark.parametrize(("k", "m", "R", "quoted"), [(7, 1.0, 3.0, 4.26), (8, 2.0, 5.0, 2.78)])
def test_logistic_training_overpredicts_the_majority(k, m, R, quoted):
    w, b = (v[k] for v in minimisers())
    assert b / w == pytest.approx(quoted, abs=0.01)
    # stationarity in b: R E[p | +] = E[p | -], by Simpson's rule in x = sinh(v)
    v = np.linspace(-18, 18, 3001)
    density = np.asarray(stable_pdf(np.sinh(v), 1.5)) * np.cosh(v)

    def mean_of(y):
        return integrate.simpson(density * special.expit(-w * (m + np.sinh(v)) - y * b), x=v)

    assert R * mean_of(1) == pytest.approx(mean_of(-1), abs=1e-6)


def test_the_heavy_tailed_logistic_minimiser_holds_at_every_margin_and_ratio():
    w, b = minimisers()
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


def test_the_truncated_logistic_loss_by_quadrature_and_without_a_limit():
    def loss(u):  # of both signs of a Cauchy variable
        return (np.logaddexp(0, 0.7 * u) + np.logaddexp(0, -0.7 * u)) / (np.pi * (1 + u**2))

    cut = integrate.quad(loss, 0, 40, epsabs=1e-12)[0]
    seen = jax.jit(lambda cut: gr.truncated_logistic_loss(0.7, 1.0, cut))
    assert float(seen(40.0)) == pytest.approx(cut, rel=1e-9)
    assert float(seen(1e8) - seen(1e7)) == pytest.approx(0.7 / np.pi * np.log(10), rel=1e-4)


def test_the_weights_ratio_by_both_of_its_moments():
    mu, shift, sigma, R = np.array([0.9, -0.4]), np.array([0.2, -0.1]), np.array([1.0, 2.0]), 3.0
    s2 = np.sum(((mu - shift) / sigma) ** 2)

    def moment(k):
        def at(z):
            p = [special.expit(-(2 * s2 + c + 2 * np.sqrt(s2) * z)) for c in np.log([R, 1 / R])]
            return (R * p[0] ** k + p[1] ** k) / (1 + R) * stats.norm.pdf(z)

        return integrate.quad(at, -12, 12, epsabs=1e-13)[0]

    found = float(gr.weight_ratio(mu, sigma, shift, R))
    assert found == pytest.approx(moment(1) / np.sqrt(moment(2)), rel=1e-9)
    none = float(gr.weight_ratio(mu, sigma, mu, R))  # nothing to learn: p is the other's share
    assert none == pytest.approx(2 * np.sqrt(R) / (1 + R))
