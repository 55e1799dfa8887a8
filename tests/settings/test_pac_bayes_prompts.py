"""The bounds by other routes: numpy's and scipy's formulas, many digits, quadrature."""

import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

import theory.pac_bayes_prompts as pac
from theory.pac_bayes_prompts.kl import fast_log, fast_log1p
from theory.pac_bayes_prompts.xi import kl_moment

approx = pytest.approx
BATCH = 16  # certificates in one call: one compiled shape


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


@np.vectorize
def kl_inverse(q, budget):
    return optimize.brentq(lambda p: kl(q, p) - budget, q, 1 - 1e-16, xtol=1e-15)


def test_all_eighteen_bounds_are_scipys():
    k, n, c = (np.array(v) for v in ([0.0, 12.0, 3.0, 30.0], [50.0, 200.0, 4.0, 31.0],
                                     [4.0, 30.0, 0.3, 2.0]))  # fmt: skip
    r, budget = k / n, c / n
    beta = stats.beta.isf(np.exp(-c), k + 1, n - k)
    xi = sum(stats.binom.pmf(j, n, 0.3) * np.exp(n * kl(np.minimum(j / n, 1), 0.3))
             for j in range(201))  # fmt: skip
    level, spread = c + math.log(2), n * r * (1 - r) / (n - 1)
    mixture = np.log(np.pi) - special.betaln(k + 0.5, n - k + 0.5) + special.xlogy(k, r)
    mixture = mixture + special.xlogy(n - k, 1 - r)
    regret = np.sqrt(np.pi) * special.poch(n + 0.5, 0.5)
    expected = {
        "occam_binomial": beta, "held_out": beta, "half_sample_prior": beta,
        "occam_kl": kl_inverse(r, budget),
        "exact_xi_kl": kl_inverse(r, (c + np.log(xi)) / n),
        "maurer_kl": kl_inverse(r, (c + np.log(2 * np.sqrt(n))) / n),
        "seeger_langford": kl_inverse(r, (c + np.log(n + 1)) / n),
        "maurer_sqrt": r + np.sqrt((c + np.log(2 * np.sqrt(n))) / (2 * n)),
        "mcallester": r + np.sqrt((c + np.log(n) + 2) / (2 * n - 1)),
        "occam_hoeffding": r + np.sqrt(budget / 2), "uniform_convergence": r + np.sqrt(budget / 2),
        "catoni": (1 - np.exp(-r - budget)) / (1 - np.exp(-1)),
        "quadratic": (np.sqrt(r + budget / 2) + np.sqrt(budget / 2)) ** 2,
        "thiemann": 2 * r + 2 * budget,
        "relaxed": r + np.sqrt(2 * r * budget) + 2 * budget,
        "empirical_bernstein": r + np.sqrt(2 * spread * level / n) + 7 * level / (3 * (n - 1)),
        "beta_mixture_evalue": kl_inverse(r, (c + mixture) / n),
        "coin_betting": kl_inverse(r, (c + np.log(regret)) / n),
    }  # fmt: skip
    bounds = pac.all_bounds(k, n, c)
    assert set(bounds) == set(expected) == set(pac.CATALOGUE)
    for key, values in expected.items():
        np.testing.assert_allclose(bounds[key], values, rtol=1e-10, err_msg=key)
    np.testing.assert_allclose(pac.summary_formula(k, n, c), r + (c + 2) / (2 * n - 1))
    best = optimize.minimize_scalar(
        lambda lam: float(pac.thiemann(12.0, 200.0, 30.0, lam)), bounds=(0.01, 1.99),
        method="bounded",
    )  # fmt: skip
    assert best.fun == approx(float(bounds["quadratic"][1]), abs=1e-9)


def test_slopes_in_the_complexity_are_differences():
    k, n, c = (jnp.array(v) for v in ([0.0, 12.0, 3.0], [50.0, 200.0, 4.0], [4.0, 30.0, 0.3]))
    slopes = jax.jvp(lambda c: pac.all_bounds(k, n, c), (c,), (jnp.ones(3),))[1]
    high, low = (pac.all_bounds(k, n, c * (1 + h)) for h in (1e-4, -1e-4))
    for key, slope in slopes.items():
        measured = (high[key] - low[key]) / (2e-4 * c)
        np.testing.assert_allclose(slope, measured, rtol=1e-5, err_msg=key)
    slope = float(jax.grad(pac.kl_inverse)(0.2, 0.03))
    measured = (pac.kl_inverse(0.2 + 1e-6, 0.03) - pac.kl_inverse(0.2 - 1e-6, 0.03)) / 2e-6
    assert slope == approx(float(measured), rel=1e-7)


@pytest.mark.parametrize(
    ("bound", "rate", "nats", "slopes"),
    [  # with neither errors nor nats each slope is that of the other's line
        (pac.quadratic, 0.0, 0.0, (1, 2)),
        (pac.quadratic, 0.0, 0.03, (2, 2)),
        (pac.quadratic, 0.07, 0.0, (1, math.inf)),
        (pac.relaxed, 0.0, 0.0, (1, 2)),
        (pac.relaxed, 0.0, 0.03, (math.inf, 2)),
        (pac.fast_rate_expansion, 0.0, 0.0, (1, 2 / 3)),
        (pac.occam_kl, 0.0, 0.0, (1, 1)),
        (pac.occam_kl, 0.0, 0.03, (math.inf, math.exp(-0.03))),
        # d(1 - e^-B)/dB
        (pac.maurer_kl, 0.0, 0.03, (math.inf, math.exp(-0.03 - math.log(20) / 100))),
    ],
)
def test_bounds_without_errors_or_nats_have_the_slopes_of_their_lines(bound, rate, nats, slopes):
    n = 100.0
    unit = 1 if bound is pac.fast_rate_expansion else n
    by_first, by_nats = jax.grad(bound, (0, 2))(rate * unit, n, nats * n)
    assert [float(by_first) * unit, float(by_nats) * n] == approx(slopes, rel=1e-12)


# Inverses, tails and constants in many digits


def test_kl_inverse_solves_its_equation():
    for seed in range(3):
        errors, n, complexity = drawn(seed)
        rate, budget = errors / n, complexity / n
        for q, c, p in zip(rate, budget, np.asarray(pac.kl_inverse(rate, budget)), strict=True):
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
    q = np.asarray(pac.kl_smallest_rate(p, budget))
    np.testing.assert_allclose(kl(q, p)[:3], budget[:3], rtol=1e-12)
    assert np.all(q < p)
    assert q[3] == 0.0
    slope = jax.grad(pac.kl_smallest_rate, (0, 1))(0.5, 0.0373)
    ends = pac.kl_smallest_rate([0.5 + 1e-6, 0.5 - 1e-6, 0.5, 0.5],
                                [0.0373, 0.0373, 0.0373 + 1e-7, 0.0373 - 1e-7])  # fmt: skip
    measured = (ends[0] - ends[1]) / 2e-6, (ends[2] - ends[3]) / 2e-7
    np.testing.assert_allclose(slope, measured, rtol=1e-6)
    for budget in (1e-18, 1e-14):  # p - q = sqrt(2 p (1 - p) C) on both sides of where it cancels
        slope = float(jax.grad(pac.kl_smallest_rate, 1)(0.3, budget))
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
    ours = np.asarray(pac.log_binomial_cdf(np.array(k), np.array(n), np.array(p)))
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
        lambda p: jnp.exp(pac.log_binomial_cdf(k, n, p)), (jnp.asarray(p),), (jnp.ones(4),)
    )
    np.testing.assert_allclose(value, stats.binom.cdf(k, n, p), rtol=1e-12, atol=1e-300)
    expected = -n * stats.binom.pmf(k, n - 1, p)
    np.testing.assert_allclose(slope, expected, rtol=1e-11, atol=1e-300)


def test_the_binomial_bound_meets_its_tail():
    ends = [(k, n, c) for n in (1, 2, 41, 10**6, 10**9) for k in {0, min(7, n - 1), n // 3, n - 1}
            for c in (0.7, 3.0, 200.0, 1e4)]  # fmt: skip
    within = [(int(k), int(n), float(c)) for k, n, c in zip(*drawn(7, most=300.0), strict=True)]
    cases = [case for case in ends + within if case[0] <= 10**8]
    bounds = np.asarray(pac.binomial_upper(*map(np.array, zip(*cases, strict=True))))
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
    for function, numbers in ((pac.binomial_upper, (errors, n, c)),
                              (pac.kl_inverse, (errors / n, c / n))):  # fmt: skip
        many, some = function(*numbers), function(*(a[few] for a in numbers))
        np.testing.assert_allclose(np.asarray(many)[few], some, rtol=1e-14)
    assert pac.binomial_upper(errors.reshape(1, 3, -1)[..., :9], 1e6, np.ones(9)).shape == (1, 3, 9)


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


def test_xi_is_its_sum_in_fractions_and_the_incomplete_gamma_function():
    assert [pac.xi_exact(n) for n in (1, 2, 3)] == [2, Fraction(5, 2), Fraction(26, 9)]
    few = (1, 2, 3, 30, 64, 65, 66, 700)
    assert all(pac.xi_exact(n) == pac.xi_ramanujan(n) for n in few)
    exact = [float(pac.xi_exact(n)) for n in few]
    with mpmath.workdps(40):
        for n in map(mpmath.mpf, (1000, 20_000)):
            exact.append(float(mpmath.exp(n) * n**-n * mpmath.gammainc(n + 1, n)))
    xi = np.exp(np.asarray(pac.log_xi(np.array([*few, 1000, 20_000]))))
    np.testing.assert_allclose(xi, exact, rtol=4e-15)
    # its moment at a traced n, where k/n at k = n may round above 1
    moments = [float(kl_moment(pac.Point(n=n, risk=0.5))) for n in (1, 22, 49, 500)]
    np.testing.assert_allclose(moments, np.exp(pac.log_xi(np.array([1, 22, 49, 500]))), rtol=1e-12)
    # sqrt(pi n/2) + 2/3 + sqrt(pi/(2 n))/12 - 4/(135 n) + O(n^-3/2)
    n = 20_000
    series = math.sqrt(math.pi * n / 2) + 2 / 3 + math.sqrt(math.pi / (2 * n)) / 12 - 4 / (135 * n)
    assert xi[-1] == approx(series, abs=n**-1.5)


def test_redundancy_lies_between_zero_and_the_regret_and_meets_it_at_the_ends():
    for n in (1, 2, 17, 500):
        k = np.arange(n + 1)
        redundancy = np.asarray(pac.log_redundancy(k, n))
        with mpmath.workdps(30):
            exact = [
                mpmath.log(mpmath.pi) - mpmath.log(mpmath.beta(j + 0.5, n - j + 0.5))
                + (j * mpmath.log(mpmath.mpf(j) / n) if j else 0)
                + ((n - j) * mpmath.log(mpmath.mpf(n - j) / n) if n - j else 0)
                for j in map(int, k)
            ]  # fmt: skip
        np.testing.assert_allclose(redundancy, np.array(exact, float), rtol=1e-13, atol=1e-14)
        assert redundancy.min() >= 0
        assert redundancy.max() == approx(float(pac.log_regret(n)), rel=1e-14)
    n = np.array([1, 100, 50_000])
    np.testing.assert_allclose(pac.log_regret(n) - pac.log_xi(n), [0, 0.2952, 0.3442], atol=5e-5)


def test_the_beta_mixture_bound_solves_its_own_equation():
    for k, n, c in ((0, 40, 3.0), (7, 40, 3.0), (39, 40, 0.5)):

        def wealth(p, k=k, n=n):  # by quadrature over the mixing law, t = sin^2(angle)
            def log_ratio(angle):
                t = math.sin(angle) ** 2
                return special.xlogy(k, t / p) + special.xlogy(n - k, (1 - t) / (1 - p))

            peak = log_ratio(math.asin(math.sqrt(k / n)))
            area = integrate.quad(lambda a: math.exp(log_ratio(a) - peak), 0, math.pi / 2)[0]
            return peak + math.log(2 * area / math.pi)

        solved = optimize.brentq(lambda p, c=c: wealth(p) - c, max(k / n, 1e-9) + 1e-9, 1 - 1e-9)
        assert float(pac.beta_mixture_evalue(k, n, c)) == approx(solved, rel=1e-7)


def test_counts_in_int32_give_the_bits_of_float64_ones():
    # JAX would divide int32 counts, and take their logs, in float32: 1e-10 of a bound
    errors, n = jnp.arange(40, dtype=jnp.int32), jnp.full(40, 301, jnp.int32)
    exact = [x.astype(float) for x in (errors, n)]
    for name, bound in pac.CATALOGUE.items():
        got = bound.function(errors, n, complexity=9.0)
        assert got.dtype == jnp.float64, name
        np.testing.assert_array_equal(got, bound.function(*exact, complexity=9.0), err_msg=name)
