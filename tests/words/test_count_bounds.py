"""Inverses of kl and of binomial tails against their equations in 40 digits."""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import special, stats

from theory import (
    ArgumentError, binomial_upper, kl_inverse, kl_smallest_rate, log_binomial_cdf, log_binomial_pmf,
)  # fmt: skip
from theory._kl_inverse import fast_log, fast_log1p

approx = pytest.approx
BATCH = 16  # of one call: one compiled shape


def drawn(seed=0, least=1e-2, most=1e4):
    """Counts (few of them, none, all but one), sizes 2..1e6 and nats, log-uniform."""
    rng = np.random.default_rng(seed)
    n = np.round(2 * np.exp(rng.uniform(size=BATCH) * math.log(5e5)))
    share = rng.uniform(size=BATCH) ** np.repeat([1, 8], BATCH // 2)
    share[:2] = 0.0, 1.0
    c = least * np.exp(rng.uniform(size=BATCH) * math.log(most / least))
    return np.minimum(np.floor(share * n), n - 1), n, c


def kl(q, p):
    return special.rel_entr(q, p) + special.rel_entr(1 - q, 1 - p)


def test_kl_inverse_solves_its_equation():
    for seed in range(3):
        errors, n, complexity = drawn(seed)
        rate, budget = errors / n, complexity / n
        for q, c, p in zip(rate, budget, np.asarray(kl_inverse(rate, budget)), strict=True):
            if p >= 1 - 1e-15:
                continue
            with mpmath.workdps(40):
                q_, p_ = mpmath.mpf(float(q)), mpmath.mpf(float(p))
                value = (1 - q_) * mpmath.log((1 - q_) / (1 - p_))
                value += q_ * mpmath.log(q_ / p_) if q > 0 else 0
                slope = (p_ - q_) / (p_ * (1 - p_))
                assert abs(value - mpmath.mpf(float(c))) / slope < 1e-15 + 4e-16 * p_ + 1e-15 * c


def test_the_smallest_rate_inverts_kl_in_its_first_argument():
    p, budget = np.array([0.5, 0.9, 0.01, 0.3]), np.array([0.0373, 0.2, 0.001, 2.0])
    q = np.asarray(kl_smallest_rate(p, budget))
    np.testing.assert_allclose(kl(q, p)[:3], budget[:3], rtol=1e-12)
    assert np.all(q < p)
    assert q[3] == 0.0
    slope = jax.grad(kl_smallest_rate, (0, 1))(0.5, 0.0373)
    ends = kl_smallest_rate([0.5 + 1e-6, 0.5 - 1e-6, 0.5, 0.5],
                                [0.0373, 0.0373, 0.0373 + 1e-7, 0.0373 - 1e-7])  # fmt: skip
    measured = (ends[0] - ends[1]) / 2e-6, (ends[2] - ends[3]) / 2e-7
    np.testing.assert_allclose(slope, measured, rtol=1e-6)
    for budget in (1e-18, 1e-14):  # p - q = sqrt(2 p (1 - p) C) on both sides of where it cancels
        slope = float(jax.grad(kl_smallest_rate, 1)(0.3, budget))
        assert slope == approx(-math.sqrt(0.21 / (2 * budget)), rel=1e-6)


def log_cdf(k, n, p):
    """ln P(Bin(n, p) <= k): its largest term, and the terms below it, in 40 digits."""
    p = mpmath.mpf(p)
    term = total = mpmath.mpf(1)
    j = k
    while j > 0 and term > total * mpmath.mpf(10) ** -25:
        term *= mpmath.mpf(j) / (n - j + 1) * (1 - p) / p
        total, j = total + term, j - 1
    top = mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)
    return top + k * mpmath.log(p) + (n - k) * mpmath.log1p(-p) + mpmath.log(total)


CORNERS = [
    (0, 1, 0.5), (0, 10**9, 1e-12), (0, 10**6, 1 - 1e-16), (5, 10**6, 1e-5), (40, 41, 1 - 1e-12),
    (10**6 - 1, 10**6, 1 - 1e-16), (10**9 - 1, 10**9, 1 - 1e-16), (10**6 - 5, 10**6, 1 - 2e-6),
    (497_000, 10**6, 0.5), (10**9 // 100 - 10**4, 10**9, 0.01), (10**6 - 2, 10**6, 0.999_999),
    (3, 5000, 0.9), (0, 40_000, 0.5), (200, 100_000, 0.4),  # below e^-700
]  # fmt: skip


def test_binomial_tails_keep_their_error_at_the_corners_of_their_domain():
    k, n, p = zip(*CORNERS, strict=True)
    ours = np.asarray(log_binomial_cdf(np.array(k), np.array(n), np.array(p)))
    for value, corner in zip(ours, CORNERS, strict=True):
        with mpmath.workdps(40):
            exact = log_cdf(*corner)
            error = abs(mpmath.mpf(float(value)) - exact)
        nats = abs(float(exact))
        assert error < 1e-13 + 1e-15 * nats + 1e-16 * math.sqrt(corner[1] * (1 + 2 * nats)), corner


def test_binomial_tails_and_their_slopes_are_scipys_on_both_sides_of_the_mean():
    n, p = 60, np.array([0.03, 0.5, 0.61, 0.98])
    k = np.arange(-1, n + 1)[:, None]
    value, slope = jax.jvp(
        lambda p: jnp.exp(log_binomial_cdf(k, n, p)), (jnp.asarray(p),), (jnp.ones(4),)
    )
    np.testing.assert_allclose(value, stats.binom.cdf(k, n, p), rtol=1e-12, atol=1e-300)
    expected = -n * stats.binom.pmf(k, n - 1, p)
    np.testing.assert_allclose(slope, expected, rtol=1e-11, atol=1e-300)


def test_the_binomial_bound_meets_its_tail():
    ends = [(k, n, c) for n in (1, 2, 41, 10**6, 10**9) for k in {0, min(7, n - 1), n // 3, n - 1}
            for c in (0.7, 3.0, 200.0, 1e4)]  # fmt: skip
    within = [(int(k), int(n), float(c)) for k, n, c in zip(*drawn(7, most=300.0), strict=True)]
    cases = [case for case in ends + within if case[0] <= 10**8]
    bounds = np.asarray(binomial_upper(*map(np.array, zip(*cases, strict=True))))
    for bound, (k, n, c) in zip(bounds, cases, strict=True):
        if bound > 1 - 1e-15:
            continue
        with mpmath.workdps(40):
            # d ln tail/dp, by one step of 1e-9 of the room on both sides
            step = mpmath.mpf(1e-9) * min(float(bound), 1 - float(bound))
            high, here, low = (log_cdf(k, n, float(bound) + s) for s in (step, 0, -step))
            assert abs((here + c) * 2 * step / (high - low)) < 1e-14, (k, n, c)


def test_inverses_do_not_depend_on_how_many_are_asked_for():
    size = 20_001  # more than a block, and no multiple of it
    n = np.round(np.geomspace(2, 1e6, size))
    errors, c = np.floor(n * (np.arange(size) % 97) / 97), np.geomspace(1e4, 0.01, size)[::-1]
    few = np.arange(0, size, 1000)
    for function, numbers in ((binomial_upper, (errors, n, c)),
                              (kl_inverse, (errors / n, c / n))):  # fmt: skip
        many, some = function(*numbers), function(*(a[few] for a in numbers))
        np.testing.assert_allclose(np.asarray(many)[few], some, rtol=1e-14)
    assert binomial_upper(errors.reshape(1, 3, -1)[..., :9], 1e6, np.ones(9)).shape == (1, 3, 9)


def test_the_logarithms_of_the_inverses_are_right_to_the_last_digits():
    rng = np.random.default_rng(0)
    y = 10 ** np.concatenate([rng.uniform(-300, 12, 400), rng.uniform(-18, 1, 400)])
    y = np.concatenate([y, -(10 ** rng.uniform(-18, -1e-4, 400)), -rng.uniform(0, 1, 400)])
    s = 10 ** rng.uniform(-300, 300, 400)
    ours, plain = jax.jit(lambda y, s: (fast_log1p(y, 1 + 0 * y), fast_log(s)))(y, s)
    for v, value in zip(y, np.asarray(ours), strict=True):
        exact = mpmath.log1p(mpmath.mpf(float(v)))
        assert abs((mpmath.mpf(float(value)) - exact) / exact) < 5e-16
    np.testing.assert_allclose(plain, np.log(s), rtol=4e-16)


def test_a_binomial_probability_has_its_logarithm_where_it_leaves_the_floats():
    cases = [(0, 10**6, 0.5), (10**6, 10**6, 1e-9), (3, 10**5, 0.9), (250, 1000, 0.25), (7, 7, 0.2)]
    k, n, p = (np.array(v, float) for v in zip(*cases, strict=True))
    value, slope = jax.jvp(lambda p: log_binomial_pmf(k, n, p), (jnp.asarray(p),), (jnp.ones(5),))
    with mpmath.workdps(40):
        exact = [
            mpmath.log(mpmath.binomial(k, j)) + j * mpmath.log(q) + (k - j) * mpmath.log1p(-q)
            for j, k, q in ((j, k, mpmath.mpf(q)) for j, k, q in cases)
        ]
    np.testing.assert_allclose(value, np.array(exact, float), rtol=1e-14)
    np.testing.assert_allclose(slope, k / p - (n - k) / (1 - p), rtol=1e-12, atol=1e-12)
    assert log_binomial_pmf(jnp.array([-1, 3]), 2, 0.5).tolist() == [-math.inf, -math.inf]


@pytest.mark.parametrize(
    ("function", "at", "value", "slopes"),
    [
        (kl_inverse, (0.0, 0.03), -math.expm1(-0.03), (math.inf, math.exp(-0.03))),
        (kl_inverse, (0.0, 0.0), 0.0, (1, 1)),
        (kl_inverse, (0.3, 0.0), 0.3, (1, math.inf)),
        (kl_inverse, (1.0, 0.5), 1.0, (0, 0)),
        (kl_inverse, (0.3, math.inf), 1.0, (0, 0)),
        (kl_smallest_rate, (0.3, 0.0), 0.3, (1, -math.inf)),
        (kl_smallest_rate, (0.3, 9.0), 0.0, (0, 0)),
        (lambda p, k: log_binomial_cdf(k, 5, p), (0.5, -1.0), -math.inf, (0, 0)),
        (lambda p, k: log_binomial_cdf(k, 5, p), (0.5, 5.0), 0.0, (0, 0)),
        (lambda c, k: binomial_upper(k, 20, c), (3.0, 0.0), -math.expm1(-0.15),
         (math.exp(-0.15) / 20, 0)),
        (lambda c, k: binomial_upper(k, 20, c), (0.0, 0.0), 0.0, (0.05, 0)),
        (lambda c, k: binomial_upper(k, 20, c), (0.0, 2.0), 0.0, (math.inf, 0)),
        (lambda c, k: binomial_upper(k, 20, c), (math.inf, 2.0), 1.0, (0, 0)),
        (lambda c, k: binomial_upper(k, 20, c), (0.7, 20.0), 1.0, (0, 0)),
    ],
)  # fmt: skip
def test_inverses_and_tails_have_values_and_slopes_at_their_ends(function, at, value, slopes):
    assert float(function(*at)) == approx(value, rel=1e-14)
    assert [float(s) for s in jax.grad(function, (0, 1))(*at)] == approx(slopes, rel=1e-12)
    assert math.isnan(function(math.nan, at[1]))


def test_the_inverses_slope_in_its_rate_is_a_difference():
    slope = float(jax.grad(kl_inverse)(0.2, 0.03))
    measured = (kl_inverse(0.2 + 1e-6, 0.03) - kl_inverse(0.2 - 1e-6, 0.03)) / 2e-6
    assert slope == approx(float(measured), rel=1e-7)


@pytest.mark.parametrize(
    ("function", "at", "message"),
    [
        (kl_inverse, (1.2, 0.1), "q = 1.2 is outside"),
        (kl_inverse, (0.2, -0.1), "budget = -0.1 is outside"),
        (kl_smallest_rate, (0.0, 0.1), "p = 0 is outside"),
        (binomial_upper, (4, 3, 1.0), "k = 4 is above n"),
        (binomial_upper, (1.5, 3, 1.0), "k = 1.5 is not a whole number"),
        (log_binomial_cdf, (-2, 3, 0.5), "k = -2 is outside"),
        (log_binomial_pmf, (1, 3, 1.0), "p = 1 is outside"),
    ],
)
def test_numbers_outside_are_refused(function, at, message):
    with pytest.raises(ArgumentError, match=message):
        function(*at)
