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
from theory import mixture_regret
from theory.pac_bayes_prompts.xi import kl_moment

approx = pytest.approx


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
    n = np.array([1, 100, 50_000])  # for all n at once: towards ln sqrt 2 more
    np.testing.assert_allclose(mixture_regret(n) - pac.log_xi(n), [0, 0.2952, 0.3442], atol=5e-5)


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
