"""The bounds by other routes: scipy's formulas, many digits, quadrature; and their command."""

import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

import theory.pac_bayes_prompts as pac
from theory import ParameterError, mixture_regret
from theory.__main__ import main
from theory.pac_bayes_prompts.xi import kl_moment

approx = pytest.approx


def kl(q, p):
    return special.rel_entr(q, p) + special.rel_entr(1 - q, 1 - p)


@np.vectorize
def kl_inverse(q, budget):
    return optimize.brentq(lambda p: kl(q, p) - budget, q, 1 - 1e-16, xtol=1e-15)


def test_all_eighteen_bounds_are_scipys():
    k, n, c = np.array([[0, 50, 4], [12, 200, 30], [3, 4, 0.3], [30, 31, 2]]).T
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
    smallest = pac.thiemann(k, n, c, np.linspace(0.01, 1.99, 20_000)[:, None]).min(axis=0)
    np.testing.assert_allclose(smallest[1:], bounds["quadratic"][1:], rtol=1e-7)


def test_slopes_in_the_complexity_are_differences():
    k, n, c = (jnp.array(v) for v in ([0.0, 12.0, 3.0], [50.0, 200.0, 4.0], [4.0, 30.0, 0.3]))
    slopes = jax.jvp(lambda c: pac.all_bounds(k, n, c), (c,), (jnp.ones(3),))[1]
    high, low = (pac.all_bounds(k, n, c * (1 + h)) for h in (1e-4, -1e-4))
    for key, slope in slopes.items():
        measured = (high[key] - low[key]) / (2e-4 * c)
        np.testing.assert_allclose(slope, measured, rtol=1e-5, err_msg=key)


@pytest.mark.parametrize(("bound", "rate", "nats", "slopes"), [
    # with neither errors nor nats each slope is that of the other's line
    (pac.quadratic, 0.0, 0.0, (1, 2)), (pac.quadratic, 0.0, 0.03, (2, 2)),
    (pac.quadratic, 0.07, 0.0, (1, math.inf)), (pac.relaxed, 0.0, 0.0, (1, 2)),
    (pac.relaxed, 0.0, 0.03, (math.inf, 2)), (pac.fast_rate_expansion, 0.0, 0.0, (1, 2 / 3)),
    (pac.occam_kl, 0.0, 0.0, (1, 1)), (pac.occam_kl, 0.0, 0.03, (math.inf, math.exp(-0.03))),
    (pac.maurer_kl, 0.0, 0.03, (math.inf, math.exp(-0.03 - math.log(20) / 100))),  # d(1 - e^-B)/dB
])  # fmt: skip
def test_bounds_without_errors_or_nats_have_the_slopes_of_their_lines(bound, rate, nats, slopes):
    n = 100.0
    unit = 1 if bound is pac.fast_rate_expansion else n
    by_first, by_nats = jax.grad(bound, (0, 2))(rate * unit, n, nats * n)
    assert [float(by_first) * unit, float(by_nats) * n] == approx(slopes, rel=1e-12)


def test_xi_is_its_sum_in_fractions_and_the_incomplete_gamma_function():
    assert [pac.xi_exact(n) for n in (1, 2, 3)] == [2, Fraction(5, 2), Fraction(26, 9)]
    few = (1, 2, 3, 30, 64, 65, 66, 700)
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


def test_the_beta_mixture_bound_is_where_the_wealth_is_e_to_c():
    for k, n, c in ((0, 40, 3.0), (7, 40, 3.0), (39, 40, 0.5)):
        p = float(pac.beta_mixture_evalue(k, n, c))

        def wealth(angle, k=k, n=n, p=p):  # where the mixing law stands at t = sin^2(angle)
            t = math.sin(angle) ** 2
            return (t / p) ** k * ((1 - t) / (1 - p)) ** (n - k)

        area = integrate.quad(wealth, 0, math.pi / 2, epsabs=0, epsrel=1e-10)[0]
        assert math.log(2 * area / math.pi) == approx(c, rel=1e-9)
        assert float(pac.beta_mixture_wealth(k, n, p)) == approx(2 * area / math.pi, rel=1e-9)


def test_counts_in_int32_give_the_bits_of_float64_ones():
    # JAX would divide int32 counts, and take their logs, in float32: 1e-10 of a bound
    errors, n = jnp.arange(40, dtype=jnp.int32), jnp.full(40, 301, jnp.int32)
    exact = [x.astype(float) for x in (errors, n)]
    for name, bound in pac.CATALOGUE.items():
        got = bound.function(errors, n, complexity=9.0)
        assert got.dtype == jnp.float64, name
        np.testing.assert_array_equal(got, bound.function(*exact, complexity=9.0), err_msg=name)


def test_the_ends_of_a_certificate_are_closed_forms_and_never_nan():
    bounds = pac.certificates(np.array([0, 100, 3]), 100, np.array([4.0, 4.0, math.inf]))
    for key in ("occam_kl", "occam_binomial", "exact_xi_kl", "beta_mixture_evalue"):
        assert bounds[key][1:] == approx(1.0, abs=0)
    c = 4 + math.log(20)
    for key in ("occam_kl", "occam_binomial"):
        assert bounds[key][0] == approx(-math.expm1(-c / 100), rel=1e-14)
    assert not any(np.isnan(v).any() for v in bounds.values())


def test_one_call_gives_every_bound_that_the_numbers_allow():
    bounds = pac.certificates(
        37, 1000, 42.0, 0.05, uniform_nats=44.36, held_out=(5, 100), half_sample=(20, 600, 3.0)
    )
    assert list(bounds) == list(pac.CATALOGUE)
    assert bounds["mcallester"] == approx(0.2012104, abs=1e-6)
    assert bounds["held_out"] == approx(stats.beta.isf(0.05, 6, 95), rel=1e-11)
    level = 0.05 * math.exp(-3)
    assert bounds["half_sample_prior"] == approx(stats.beta.isf(level, 21, 580), rel=1e-11)
    assert pac.certificates(np.arange(16), 1000, 42.0)["occam_kl"].shape == (16,)
    assert "empirical_bernstein" not in pac.certificates(0, 1, 2.0)


@pytest.mark.parametrize("make", [pac.certificates, pac.Certificate])
def test_bad_numbers_are_refused_with_what_is_allowed(make):
    given = {"errors": 37, "n": 1000, "nats": 42.0, "delta": 0.05}
    for field, bad, message in (
        ("delta", (0.0, 1.0, math.nan), "delta must lie strictly between 0 and 1|NaN among"),
        ("errors", (1001, -1), r"error count must be an integer in \[0, n\]"),
        ("errors", (2.5,), "error count must be an integer|not a whole number"),
        ("n", (0,), "n must be an integer >= 1|outside"),
        ("nats", (-0.1, math.nan), "prior probability above 1|NaN among"),
    ):
        for value in bad:
            with pytest.raises(ParameterError, match=message):
                make(**given | {field: value})


def test_bad_optional_numbers_are_refused():
    with pytest.raises(ParameterError, match="catoni_parameter = 0 is not above 0"):
        pac.certificates(1, 10, 1.0, catoni_parameter=0)
    with pytest.raises(ParameterError, match="n must be an integer >= 1"):
        pac.certificates(1, 10, 1.0, half_sample=(0, 0, 1.0))


def test_a_published_certificate_is_upgraded_to_sharper_ones():
    errors, nats = np.array([0, 37]), np.array([0.0, 42.0])
    published = np.asarray(pac.mcallester(errors, 1000.0, nats + math.log(20)))
    upgraded = pac.certificates(errors, 1000, pac.hidden_nats(published, errors, 1000))
    known = pac.certificates(errors, 1000, nats)
    for key, values in upgraded.items():
        np.testing.assert_allclose(values, known[key], rtol=1e-11)
    assert np.all(upgraded["occam_binomial"] < 0.6 * published)
    with pytest.raises(ParameterError, match="smaller than any prior gives"):
        pac.hidden_nats(0.05, 37, 1000)


def table(capsys, text):
    """What the command prints, on one line."""
    assert main(["pac_bayes_prompts", *text.split()]) == 0
    return " ".join(capsys.readouterr().out.split())


def test_the_command_prints_every_bound_and_says_which_flags_bring_the_others(capsys):
    shown = table(capsys, "--errors=37 --n=1000 --nats=42 --delta=0.05 --uniform-nats=44")
    for key in set(pac.CATALOGUE) - {"held_out", "half_sample_prior"}:
        assert key in shown
    assert "0.119176" in shown
    numbers = "--errors 3 --n 100 --nats 4"
    shown = table(capsys, numbers)
    assert "15 of 18 bounds" in shown
    for flag in ("--uniform-nats", "--held-out", "--half-sample"):
        assert f"with {flag}" in shown
    rest = "--uniform-nats 5 --held-out 1 9 --half-sample 1 50 2"
    assert "of 18 bounds" not in table(capsys, f"{numbers} {rest}")


def test_the_command_upgrades_a_published_bound(capsys):
    published = float(pac.mcallester(37, 1000, 42 + math.log(20)))
    shown = table(capsys, f"--errors 37 --n 1000 --mcallester {published!r}")
    assert "ln 1/P = 42 " in shown
    assert "becomes 0.119176 (exact tail)" in shown
    shown = table(capsys, "--training-error 0.037 --n 1000 --mcallester 0.2012")
    assert "k = 37, n = 1000" in shown
    assert "upgrade a published" in table(capsys, "--help")


def test_a_published_rate_takes_the_counts_that_round_to_it_and_the_safe_one_of_each(capsys):
    shown = table(capsys, "--training-error .45 --n 101 --mcallester .75")
    assert "k = 45, n = 101" in shown  # 46/101 rounds to .46
    assert "becomes 0.662875 (exact tail) or 0.682379 (kl)" in shown
    shown = table(capsys, "--training-error 0.45 --n 1000 --mcallester 0.75")
    assert "k = 445 to 455" in shown
    nats = float(pac.hidden_nats(0.75, 445, 1000, 0.05))
    assert f"becomes {float(pac.certificates(455, 1000, nats)['occam_binomial']):.6g} " in shown
    assert "k = 0, n = 101" in table(capsys, "--training-error 0 --n 101 --nats 3")


@pytest.mark.parametrize(("text", "message"), [
    ("--errors 3 --n 10 --mcallester 0.4", "prior probability above 1"),
    ("--errors 1 --n 10 --mcallester 0.05", "smaller than any prior gives"),
    ("--training-error 0.452 --n 101 --nats 3", "no k/n with n = 101 rounds to it"),
    ("--training-error half --n 101 --nats 3", "training error = half is outside [0, 1]"),
    ("--training-error 1e-999999999 --n 101 --nats 3", "30 decimal places"),
])  # fmt: skip
def test_the_command_refuses_bad_numbers_with_status_2(text, message, capsys):
    assert main(["pac_bayes_prompts", *text.split()]) == 2
    assert message in capsys.readouterr().err
