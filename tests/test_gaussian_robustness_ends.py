"""Values and derivatives at the ends of the declared ranges, by independent routes."""

import functools
import itertools

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, special, stats

from theory import ArgumentError
from theory.gaussian_robustness import (
    best_offset,
    cauchy_local_threshold,
    cauchy_offset,
    cauchy_trivial_threshold,
    lda_exact_accuracy,
    linear_error,
    local_threshold,
    stable_cdf,
    stable_logistic_minimiser,
    stable_pdf,
    stable_tail_constant,
    stationary_offset,
    trivial_threshold,
    truncated_logistic_loss,
    turning_margin,
)

NEAREST_TWO = float(np.nextafter(2.0, 0.0))


@functools.cache
def _series(x: float, alpha: float) -> tuple[mpmath.mpf, mpmath.mpf]:
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
    tail, density = zip(*(_series(float(v), alpha) for v in x), strict=True)
    np.testing.assert_allclose(stable_cdf(-x, alpha), [float(v) for v in tail], rtol=2e-13)
    np.testing.assert_allclose(stable_pdf(x, alpha), [float(v) for v in density], rtol=5e-13)


def test_at_two_the_far_tail_is_the_normal_laws():
    x = np.array([20.0, 50.0, 53.0])
    want = [float(mpmath.erfc(mpmath.mpf(v) / 2) / 2) for v in x]
    np.testing.assert_allclose(stable_cdf(-x, 2.0), want, rtol=2e-15 * 53**2 / 4)
    assert stable_cdf(-1e3, 2.0) == stable_pdf(1e3, 2.0) == 0
    assert stable_tail_constant(2.0) == 0


@pytest.mark.parametrize("x", [30.0, 1e4, 1e9])
def test_just_below_two_the_far_tail_is_a_power(x):
    eps = 2 - NEAREST_TWO  # C_alpha = Gamma(alpha) sin(pi eps/2)/pi, next term of order x^-4
    if x < 1e9:
        law = stats.norm.sf(x, scale=np.sqrt(2))
        assert law < 1e-60
    want = eps / 2 * x**-NEAREST_TWO
    assert float(stable_cdf(-x, NEAREST_TWO)) == pytest.approx(want, rel=1e-12 + 12 / x**2)


@pytest.mark.parametrize(("alpha", "x"), [(2.0, 0.5), (2.0, 4.0), (1.5, 1.0), (1.5, 0.0)])
def test_derivatives_of_the_law_are_those_of_its_series(alpha, x):
    by_x, by_alpha = jax.grad(stable_cdf, argnums=(0, 1))(-x, alpha)
    assert float(by_x) == pytest.approx(float(_series(x, alpha)[1]), rel=1e-12)
    with mpmath.workdps(80):  # one-sided at the end of the range
        h = mpmath.mpf(10) ** -15
        ahead = [_series(x, alpha - k * h)[0] for k in range(3)]
        want = (3 * ahead[0] - 4 * ahead[1] + ahead[2]) / (2 * h)
    assert float(by_alpha) == pytest.approx(float(want), rel=1e-9, abs=1e-14)
    slope = jax.grad(stable_pdf)(x, alpha)
    with mpmath.workdps(40):
        want = mpmath.diff(lambda v: _series(v, alpha)[1], x, h=mpmath.mpf(10) ** -12)
    assert float(slope) == pytest.approx(float(want), rel=1e-9, abs=1e-14)


def test_the_far_tail_grows_with_its_distance_from_two():
    # F(-x) ~ C_alpha x^-alpha, and dC/dalpha = -1/2 at 2
    slope = jax.grad(lambda alpha: stable_cdf(-100.0, alpha))(2.0)
    assert float(slope) == pytest.approx(-0.5e-4, rel=2e-3)


def test_at_two_no_imbalance_makes_the_constant_rule_best():
    threshold = trivial_threshold(1.0, 2.0)
    assert threshold.R == threshold.h == np.inf
    h, trivial = best_offset(0.1, 1e6, 2.0)
    assert float(h) == pytest.approx(np.log(1e6) / 0.1)  # f = e^{-x^2/4}/..: f(m-h)/f(m+h) = e^{mh}
    assert not bool(trivial)
    near = [float(trivial_threshold(1.0, 2 - eps).R) for eps in (1e-3, 1e-9, 2 - NEAREST_TWO)]
    assert near[0] < near[1] < near[2] < np.inf


@pytest.mark.parametrize("m", [1e-9, 1e-3, 1.0, 1e3, 1e9])
def test_cauchy_thresholds_agree_with_the_general_ones_over_the_whole_range(m):
    R, h = trivial_threshold(m, 1.0)
    if m >= 1e-6:
        assert float(R) == pytest.approx(float(cauchy_trivial_threshold(m)), rel=1e-11)
    # the supremum is attained: neither neighbour is larger
    x = -m - float(h) * np.array([0.99, 1.0, 1.01])
    ratio = stats.cauchy.cdf(x + 2 * m) / stats.cauchy.cdf(x)
    assert ratio[1] == pytest.approx(float(R), rel=1e-12)
    assert ratio[1] >= max(ratio[0], ratio[2]) * (1 - 1e-15)
    h_star, R_star = local_threshold(m, 1.0)
    assert float(h_star) == pytest.approx(np.sqrt(1 + m**2), rel=2e-6)
    assert float(R_star) == pytest.approx(float(cauchy_local_threshold(m)), rel=1e-11)


def test_the_cauchy_offset_reaches_its_last_ratio():
    for m in (1e-6, 1.0, 1e9):
        R_star = float(cauchy_local_threshold(m))
        assert float(cauchy_offset(m, R_star)) == pytest.approx(np.sqrt(1 + m**2), rel=1e-6)
        assert float(jax.grad(cauchy_offset, argnums=1)(m, 1.0)) == pytest.approx(
            (1 + m**2) / (4 * m)
        )
        with pytest.raises(ArgumentError, match="R = "):
            cauchy_offset(m, R_star * (1 + 1e-9))
        with pytest.raises(ArgumentError, match="R = "):
            cauchy_offset(m, 1 - 1e-12)


@pytest.mark.parametrize(
    "f",
    [
        lambda m, alpha: jnp.stack(trivial_threshold(m, alpha)),
        lambda m, alpha: jnp.stack(local_threshold(m, alpha)),
        lambda m, alpha: stationary_offset(m, 1.3, alpha),
        lambda m, alpha: jnp.stack(turning_margin(m, alpha)),
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
    f, slope = jax.value_and_grad(stable_pdf)(m, alpha)
    by_R = jax.grad(stationary_offset, argnums=1)(m, 1.0, alpha)
    assert float(by_R) == pytest.approx(float(-f / (2 * slope)), rel=1e-10)
    assert stationary_offset(m, 1.0, alpha) == 0
    # at the offset the error is stationary: half of each class's gain is the other's loss
    h = float(stationary_offset(m, 1.4, alpha))
    assert abs(float(jax.grad(linear_error, argnums=1)(m, h, 1.4, alpha))) < 1e-13


def _by_chi_squares(delta, d, n_1, n_2, t):
    """The accuracy as P(l_+ Q_+ + l_- Q_- > -t), one chi-square integrated out by scipy."""
    a, c = 1 / n_1 + 1 / n_2, -(1 / n_1 - 1 / n_2) / 2
    values, vectors = np.linalg.eigh([[a, c], [c, 1 + a / 4]])
    root = (vectors * np.sqrt(values)) @ vectors.T
    lam, turn = np.linalg.eigh(root @ [[0, 0.5], [0.5, 0]] @ root)
    nu = delta**2 * (turn.T @ np.linalg.solve(root, [1, 0.5])) ** 2
    low, high = (stats.ncx2(d, v) if v > 0 else stats.chi2(d) for v in nu)

    def density(r):  # of the root of Q_-, which is bounded at 0
        return 2 * r * low.pdf(r * r) * high.sf((-t - lam[0] * r * r) / lam[1])

    edges = np.union1d(np.linspace(0, np.sqrt(low.ppf(1 - 1e-15)), 9), [max(0, -t / lam[0]) ** 0.5])
    pieces = itertools.pairwise(edges)
    return sum(integrate.quad(density, *ends, epsabs=1e-14, limit=300)[0] for ends in pieces)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("delta", [0.0, 0.5, 3.0])
def test_the_exact_lda_law_holds_in_few_dimensions_and_at_few_points(d, delta):
    for n_1, n_2, t in ((1, 1, 0.5), (2, 1, -3.0), (1e5, 10, -3.0)):
        want = _by_chi_squares(delta, d, n_1, n_2, t)
        assert float(lda_exact_accuracy(delta, d, n_1, n_2, t)) == pytest.approx(want, abs=2e-10)


@pytest.mark.parametrize(("scale", "cut"), [(1.0, 1e6), (1e3, 50.0), (-30.0, 1e3)])
def test_the_truncated_logistic_loss_is_its_integral(scale, cut):
    def part(x):
        return (np.logaddexp(0, scale * x) + np.logaddexp(0, -scale * x)) * stats.cauchy.pdf(x)

    edges = [0, *np.geomspace(1e-2 / abs(scale), cut, 40)]
    want = sum(
        integrate.quad(part, *ends, epsabs=0, epsrel=1e-12)[0] for ends in itertools.pairwise(edges)
    )
    assert float(truncated_logistic_loss(scale, 1.0, cut)) == pytest.approx(want, rel=1e-10)


def test_an_argument_outside_is_refused_by_name_and_nan_when_traced():
    for call, words in (
        (lambda: stable_cdf(1.0, 2.5), "stable_cdf: alpha = 2.5"),
        (lambda: stable_cdf(1.0, 0.1), "stable_cdf: alpha = 0.1"),
        (lambda: trivial_threshold(-1.0, 1.5), "trivial_threshold: m = -1"),
        (lambda: stationary_offset(1.0, 0.5, 1.5), "stationary_offset: R = 0.5"),
        (lambda: turning_margin(1.0, 2.0), "turning_margin: alpha = 2"),
    ):
        with pytest.raises(ArgumentError, match=words):
            call()
    assert np.isnan(stable_cdf(np.nan, 1.5))
    assert np.isnan(trivial_threshold(np.nan, 1.5).R)
    assert np.isnan(jax.jit(trivial_threshold)(-1.0, 1.5).h)
    cdf = jax.jit(stable_cdf)(jnp.array([0.0, jnp.nan]), 1.5)
    assert np.isnan(cdf).tolist() == [False, True]


def test_offsets_and_the_exact_lda_law_take_lists_entry_by_entry():
    found = lda_exact_accuracy([2.0, 1.0], 5, 30, [10, 20], 0.5)
    want = _by_chi_squares(2.0, 5, 30, 10, 0.5), _by_chi_squares(1.0, 5, 30, 20, 0.5)
    np.testing.assert_allclose(found, want, atol=2e-10)
    # the normal law; the Cauchy law: 1 + (m + h)^2 = 2 (1 + (m - h)^2)
    want = np.log(2) / 2, 3 - np.sqrt(9 - 2)
    np.testing.assert_allclose(stationary_offset([2.0, 1.0], 2.0, [2.0, 1.0]), want, rtol=1e-12)


def test_a_stationary_offset_holds_at_the_smallest_margins():
    """At R = 1 it is 0, of slope 1/(2 m S'(0)), S'(0) = Gamma(3/alpha)/Gamma(1/alpha); beyond R*
    it is h*; the Cauchy law by its quadratic, the normal law by log(R)/m."""
    found = jax.jit(jax.vmap(jax.value_and_grad(stationary_offset, (0, 1, 2))))
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


def test_the_heavy_tailed_logistic_minimiser_holds_at_every_margin_and_ratio():
    found = jax.jit(jax.vmap(lambda *at: stable_logistic_minimiser(*at)))
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
