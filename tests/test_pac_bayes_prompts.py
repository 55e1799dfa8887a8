"""The catalogue of bounds: orderings, exact tails, inverses, gradients, input and command."""

import itertools
import math
from fractions import Fraction

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, optimize, special, stats

import theory.pac_bayes_prompts as pac
from theory import ParameterError
from theory.__main__ import main
from theory.pac_bayes_prompts._logarithm import fast_log, fast_log1p

BATCH = 16  # certificates in one call: one compiled shape for all tests of the catalogue


def _drawn(draw_n, share, nats):
    n = np.round(np.exp(np.asarray(draw_n) * math.log(1e6 / 2)) * 2)
    errors = np.minimum(np.floor(np.asarray(share) * n), n - 1)
    return errors, n, 0.01 * np.exp(np.asarray(nats) * math.log(1e6))


unit = st.floats(0, 1)
# shares gather at 0, where bounds differ most, and at 1, where they meet 1
share = st.one_of(st.just(0.0), st.just(1.0), unit, unit.map(lambda u: u**8))
batch = st.tuples(*(st.lists(s, min_size=BATCH, max_size=BATCH) for s in (unit, share, unit)))
certificates = batch.map(lambda b: _drawn(*b))

ORDER = (
    "occam_binomial <= occam_kl <= exact_xi_kl <= maurer_kl <= seeger_langford <= mcallester",
    "maurer_kl <= maurer_sqrt <= mcallester",
    "occam_kl <= occam_hoeffding <= maurer_sqrt",
    "occam_kl <= quadratic <= relaxed",
    "quadratic <= thiemann",
    "occam_kl <= catoni",
    "occam_kl <= beta_mixture_evalue <= coin_betting",
    "occam_kl <= empirical_bernstein",
    "held_out <= occam_kl",
    "half_sample_prior <= occam_kl",
    "uniform_convergence <= maurer_sqrt",
)


@given(certificates)
def test_the_eighteen_bounds_keep_their_order(drawn):
    errors, n, complexity = drawn
    bounds = {k: np.asarray(v) for k, v in pac.all_bounds(errors, n, complexity).items()}
    assert set(bounds) == set(pac.CATALOGUE)
    assert len(bounds) == 18
    for chain in ORDER:
        keys = chain.split(" <= ")
        for smaller, larger in itertools.pairwise(keys):
            rounding = 1e-13 * np.maximum(1, bounds[larger])
            assert np.all(bounds[smaller] <= bounds[larger] + rounding), (smaller, larger)


@given(certificates)
def test_bounds_are_finite_and_grow_with_complexity(drawn):
    errors, n, complexity = drawn
    here, more = (pac.all_bounds(errors, n, c) for c in (complexity, 1.5 * complexity))
    for key, values in here.items():
        assert np.all(np.isfinite(values)), key
        assert np.all(values <= more[key] + 1e-13), key
    for key in ("occam_kl", "exact_xi_kl", "beta_mixture_evalue", "coin_betting"):
        assert np.all((here[key] >= errors / n) & (here[key] <= 1)), key
    assert np.all((here["occam_binomial"] > 0) & (here["occam_binomial"] <= 1))


@given(certificates)
def test_kl_inverse_solves_its_equation(drawn):
    errors, n, complexity = drawn
    rate, budget = errors / n, complexity / n
    with mpmath.workdps(40):
        for q, c, p in zip(rate, budget, np.asarray(pac.kl_inverse(rate, budget)), strict=True):
            if p >= 1 - 1e-15:
                continue
            q_, p_ = mpmath.mpf(float(q)), mpmath.mpf(float(p))
            kl = (1 - q_) * mpmath.log((1 - q_) / (1 - p_))
            kl += q_ * mpmath.log(q_ / p_) if q > 0 else 0
            slope = (p_ - q_) / (p_ * (1 - p_))
            assert abs(kl - mpmath.mpf(float(c))) / slope < 1e-15 + 4e-16 * p_ + 1e-15 * c


@given(certificates)
def test_the_binomial_bound_meets_its_tail(drawn):
    errors, n, complexity = drawn
    p = np.asarray(pac.all_bounds(errors, n, complexity)["occam_binomial"])
    for k, size, c, bound in zip(errors, n, complexity, p, strict=True):
        if k > 300 or bound > 1 - 1e-9:
            continue
        with mpmath.workdps(40):  # the tail summed in 40 digits
            x = mpmath.mpf(float(bound))
            term = (1 - x) ** int(size)
            total = term
            for j in range(1, int(k) + 1):
                term = term * (int(size) - j + 1) / j * x / (1 - x)
                total += term
            slope = term * (int(size) - int(k)) / (1 - x)
            error = abs(total - mpmath.exp(-mpmath.mpf(float(c)))) / slope
        assert error < 1e-14


def test_inverses_do_not_depend_on_how_many_are_asked_for():
    size = 20_001  # more than a block, and no multiple of it
    n = np.round(np.geomspace(2, 1e6, size))
    errors, c = np.floor(n * (np.arange(size) % 97) / 97), np.geomspace(1e4, 0.01, size)[::-1]
    few = np.arange(0, size, 1000)
    for function, numbers in ((pac.binomial_upper, (errors, n, c)),
                              (pac.kl_inverse, (errors / n, c / n))):  # fmt: skip
        many = np.asarray(function(*numbers))
        assert many.shape == (size,)
        some = np.asarray(function(*(a[few] for a in numbers)))
        np.testing.assert_allclose(many[few], some, rtol=1e-14)
    square = np.asarray(pac.binomial_upper(errors.reshape(1, 3, -1)[..., :9], 1e6, np.ones(9)))
    assert square.shape == (1, 3, 9)


def test_the_logarithms_of_the_inverses_are_right_to_the_last_digits():
    rng = np.random.default_rng(0)
    y = 10 ** np.concatenate([rng.uniform(-300, 12, 400), rng.uniform(-18, 1, 400)])
    y = np.concatenate([y, -(10 ** rng.uniform(-18, -1e-4, 400)), -rng.uniform(0, 1, 400)])
    ours = np.asarray(jax.jit(lambda y: fast_log1p(y, 1 + 0 * y))(y))
    for v, value in zip(y, ours, strict=True):
        exact = mpmath.log1p(mpmath.mpf(float(v)))
        assert abs((mpmath.mpf(float(value)) - exact) / exact) < 5e-16
    s = 10 ** rng.uniform(-300, 300, 400)
    np.testing.assert_allclose(np.asarray(jax.jit(fast_log)(s)), np.log(s), rtol=4e-16)


def test_the_binomial_bound_is_the_beta_quantile():
    k, n, c = np.meshgrid([0, 1, 7, 400], [401, 2000, 90000], [0.02, 0.5, 3.0, 60.0])
    ours = np.asarray(pac.binomial_upper(k, n, c))
    theirs = stats.beta.isf(np.exp(-c), k + 1, n - k)
    np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-16)
    assert float(pac.binomial_upper(5, 5, 2.0)) == 1.0


def test_tails_far_beyond_double_range_are_right():
    with mpmath.workdps(30):
        for k, n, p in ((3, 5000, 0.9), (0, 40_000, 0.5), (200, 100_000, 0.4)):
            x = mpmath.mpf(p)
            total = sum(mpmath.binomial(n, j) * x**j * (1 - x) ** (n - j) for j in range(k + 1))
            exact = float(mpmath.log(total))
            assert exact < -700
            assert float(pac.log_binomial_cdf(k, n, p)) == pytest.approx(exact, rel=1e-14)


def test_binomial_tails_agree_with_enumeration_on_both_sides_of_the_mean():
    n, p = 60, np.array([0.03, 0.5, 0.61, 0.98])
    k = np.arange(-1, n + 1)[:, None]
    ours = np.exp(np.asarray(pac.log_binomial_cdf(k, n, p)))
    np.testing.assert_allclose(ours, stats.binom.cdf(k, n, p), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("key", sorted(pac.CATALOGUE))
def test_gradients_in_the_complexity_are_the_slopes(key):
    errors, n, c = (jnp.array(v) for v in ([0.0, 12.0, 3.0], [50.0, 200.0, 4.0], [4.0, 30.0, 0.3]))
    function = jax.jit(pac.CATALOGUE[key].function)
    slope = jax.grad(lambda c: pac.CATALOGUE[key].function(errors, n, c).sum())(c)
    h = 1e-4 * c
    measured = (function(errors, n, c + h) - function(errors, n, c - h)) / (2 * h)
    np.testing.assert_allclose(slope, measured, rtol=1e-5)


def test_the_kl_inverse_differentiates_in_the_training_error_too():
    slope = float(jax.grad(pac.kl_inverse)(0.2, 0.03))
    measured = (pac.kl_inverse(0.2 + 1e-6, 0.03) - pac.kl_inverse(0.2 - 1e-6, 0.03)) / 2e-6
    assert slope == pytest.approx(float(measured), rel=1e-7)


def test_an_impossible_prompt_gets_the_bound_one_and_never_a_nan():
    bounds = pac.certificates(np.full(BATCH, 3), 100, math.inf)
    for key in ("occam_kl", "occam_binomial", "exact_xi_kl", "beta_mixture_evalue"):
        assert np.all(bounds[key] == 1.0)
    assert not any(np.isnan(v).any() for v in bounds.values())


def test_the_ends_r_zero_and_r_one_have_their_closed_forms():
    n, c = 30, 4.0
    sizes, nats = np.full(BATCH, float(n)), np.full(BATCH, c)
    zero = pac.all_bounds(np.zeros(BATCH), sizes, nats)
    assert float(zero["occam_kl"][0]) == pytest.approx(1 - math.exp(-c / n), rel=1e-15)
    assert float(zero["occam_binomial"][0]) == pytest.approx(1 - math.exp(-c / n), rel=1e-14)
    one = pac.all_bounds(sizes, sizes, nats)
    for key in ("occam_kl", "exact_xi_kl", "occam_binomial", "beta_mixture_evalue"):
        assert np.all(one[key] == 1.0)


def test_xi_has_its_known_values_and_both_exact_forms_agree():
    assert pac.xi_exact(1) == 2
    assert pac.xi_exact(2) == Fraction(5, 2)
    assert pac.xi_exact(3) == Fraction(26, 9)
    for n in (1, 2, 3, 30, 64, 65, 66, 100, 700):
        assert pac.xi_exact(n) == pac.xi_ramanujan(n)
        assert float(jnp.exp(pac.log_xi(n))) == pytest.approx(float(pac.xi_exact(n)), rel=4e-15)
    with mpmath.workdps(40):  # the incomplete Gamma function
        for n in (1000, 20_000):
            m = mpmath.mpf(n)
            value = mpmath.exp(m) * m**-m * mpmath.gammainc(m + 1, m)
            assert float(jnp.exp(pac.log_xi(n))) == pytest.approx(float(value), rel=4e-15)
    assert pac.xi_series(100) == pytest.approx(13.2099606, abs=100**-1.5 * 0.01)


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
        assert redundancy.max() == pytest.approx(float(pac.log_regret(n)), rel=1e-14)
    gaps = [float(pac.log_regret(n) - pac.log_xi(n)) for n in (1, 100, 50_000)]
    np.testing.assert_allclose(gaps, [0, 0.2952, 0.3442], atol=5e-5)


def test_the_beta_mixture_bound_solves_its_own_equation():
    for k, n, c in ((0, 40, 3.0), (7, 40, 3.0), (39, 40, 0.5)):
        bound = float(pac.beta_mixture_evalue(k, n, c))

        def wealth(p, k=k, n=n):  # by quadrature over the mixing law, t = sin^2(angle)
            def log_ratio(angle):
                t = math.sin(angle) ** 2
                return special.xlogy(k, t / p) + special.xlogy(n - k, (1 - t) / (1 - p))

            peak = log_ratio(math.asin(math.sqrt(k / n)))
            area = integrate.quad(lambda a: math.exp(log_ratio(a) - peak), 0, math.pi / 2)[0]
            return peak + math.log(2 * area / math.pi)

        solved = optimize.brentq(lambda p, c=c: wealth(p) - c, max(k / n, 1e-9) + 1e-9, 1 - 1e-9)
        assert bound == pytest.approx(solved, rel=1e-7)


def test_catoni_and_thiemann_over_their_parameters_give_kl_and_quadratic():
    k, n, c = 20.0, 200.0, 8.0
    best = optimize.minimize_scalar(
        lambda x: float(pac.catoni(k, n, c, math.exp(x))), bounds=(-4, 4), method="bounded"
    )
    assert best.fun == pytest.approx(float(pac.occam_kl(k, n, c)), abs=1e-10)
    best = optimize.minimize_scalar(
        lambda lam: float(pac.thiemann(k, n, c, lam)), bounds=(0.01, 1.99), method="bounded"
    )
    assert best.fun == pytest.approx(float(pac.quadratic(k, n, c)), abs=1e-9)


def test_the_smallest_rate_inverts_kl_in_its_first_argument():
    for p, budget in ((0.5, 0.0373), (0.9, 0.2), (0.01, 0.001)):
        q = float(pac.kl_smallest_rate(p, budget))
        assert q < p
        assert float(pac.binary_kl(q, p)) == pytest.approx(budget, rel=1e-12)
    assert float(pac.kl_smallest_rate(0.3, 2.0)) == 0.0


# --------------------------------------------------------------------------------------------
# One call, one command, bad input


def test_one_call_gives_every_bound_that_the_numbers_allow():
    bounds = pac.certificates(
        37, 1000, 42.0, 0.05, uniform_nats=44.36, held_out=(5, 100), half_sample=(20, 600, 3.0)
    )
    assert list(bounds) == list(pac.CATALOGUE)
    assert bounds["mcallester"] == pytest.approx(0.2012104, abs=1e-6)
    assert bounds["held_out"] == pytest.approx(stats.beta.isf(0.05, 6, 95), rel=1e-11)
    many = pac.certificates(np.arange(BATCH), 1000, 42.0)
    assert many["occam_kl"].shape == (BATCH,)
    assert "empirical_bernstein" not in pac.certificates(0, 1, 2.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"delta": 0.0}, "delta must lie strictly between 0 and 1"),
        ({"delta": 1.0}, "delta must lie strictly between 0 and 1"),
        ({"delta": math.nan}, "delta must lie strictly between 0 and 1"),
        ({"errors": 1001}, r"error count must be an integer in \[0, n\]"),
        ({"errors": -1}, r"error count must be an integer in \[0, n\]"),
        ({"errors": 2.5}, r"error count must be an integer in \[0, n\]"),
        ({"n": 0, "errors": 0}, "n must be an integer >= 1|outside"),
        ({"nats": -0.1}, "prior probability above 1"),
        ({"nats": math.nan}, "prior probability above 1"),
    ],
)
def test_bad_numbers_are_refused_with_what_is_allowed(change, message):
    given_ = {"errors": 37, "n": 1000, "nats": 42.0, "delta": 0.05} | change
    with pytest.raises(ParameterError, match=message):
        pac.certificates(**given_)
    with pytest.raises(ParameterError, match=message):
        pac.Certificate(**given_)


def test_bad_optional_numbers_are_refused():
    with pytest.raises(ParameterError, match="catoni_parameter = 0 is not above 0"):
        pac.certificates(1, 10, 1.0, catoni_parameter=0)
    with pytest.raises(ParameterError, match="fitted on n0 >= n"):
        pac.certificates(1, 10, 1.0, half_sample=(0, 0, 1.0))
    with pytest.raises(ParameterError, match="zeros and ones"):
        pac.error_count([0.0, 0.5, 1.0])
    assert pac.error_count([0, 1, 1]) == 2


def test_the_command_prints_every_bound(capsys):
    arguments = ["--errors=37", "--n=1000", "--nats=42", "--delta=0.05", "--uniform-nats=44"]
    assert main(["pac_bayes_prompts", *arguments]) == 0
    shown = capsys.readouterr().out
    for key in set(pac.CATALOGUE) - {"held_out", "half_sample_prior"}:
        assert key in shown
    assert "0.119176" in shown


def test_the_command_recovers_the_nats_behind_a_published_bound(capsys):
    published = float(pac.mcallester(37, 1000, 42 + math.log(20)))
    arguments = ["--errors", "37", "--n", "1000", "--mcallester", repr(published)]
    assert main(["pac_bayes_prompts", *arguments]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "ln 1/P = 42 " in shown
    assert "becomes 0.119176 (exact tail)" in shown


def test_a_published_certificate_is_upgraded_to_sharper_ones():
    errors, nats = np.tile([0, 37], BATCH // 2), np.tile([0.0, 42.0], BATCH // 2)
    published = pac.mcallester(errors, 1000.0, nats + math.log(20))
    upgraded = pac.upgraded_certificates(published, errors, 1000)
    known = pac.certificates(errors, 1000, nats)
    for key, values in upgraded.items():
        np.testing.assert_allclose(values, known[key], rtol=1e-11)
    assert np.all(upgraded["occam_binomial"] < 0.6 * published)
    with pytest.raises(ParameterError, match=r"smaller than any prior gives here: at r = 0\.037"):
        pac.upgraded_certificates(0.05, 37, 1000)
    with pytest.raises(ParameterError, match="delta must lie strictly between 0 and 1"):
        pac.upgraded_certificates(0.2, 37, 1000, 1.0)


def test_the_command_takes_a_published_rate_and_shows_how(capsys):
    arguments = ["--training-error", "0.037", "--n", "1000", "--mcallester", "0.2012"]
    assert main(["pac_bayes_prompts", *arguments]) == 0
    assert "k = 37, n = 1000" in " ".join(capsys.readouterr().out.split())
    assert main(["pac_bayes_prompts", "--help"]) == 0
    assert "upgrade a published" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("--errors 37 --n 10 --nats 1", "error count must be an integer"),
        ("--errors 3 --n 10 --nats -1", "prior probability above 1"),
        ("--errors 3 --n 10 --nats 1 --delta 2", "delta must lie strictly between"),
        ("--errors 3 --n 10 --mcallester 0.4", "prior probability above 1"),
        ("--errors 1 --n 10 --mcallester 0.05", "smaller than any prior gives"),
        ("--training-error 1.5 --n 10 --nats 1", "training error = 1.5 is outside [0, 1]"),
        ("--errors 3 --n 10 --nats 1 --half-sample 1.5 5 1", "must be an integer"),
    ],
)
def test_the_command_refuses_bad_numbers_with_status_2(text, message, capsys):
    assert main(["pac_bayes_prompts", *text.split()]) == 2
    assert message in capsys.readouterr().err


def test_counts_in_int32_give_the_bits_of_float64_ones():
    # JAX would divide int32 counts, and take their logs, in float32: 1e-10 of a bound
    errors, n = jnp.arange(40, dtype=jnp.int32), jnp.full(40, 301, jnp.int32)
    exact = [x.astype(float) for x in (errors, n)]
    for name, bound in pac.CATALOGUE.items():
        got = bound.function(errors, n, complexity=9.0)
        assert got.dtype == jnp.float64, name
        np.testing.assert_array_equal(got, bound.function(*exact, complexity=9.0), err_msg=name)
    for name, got in pac.all_bounds(errors, n, 9.0).items():
        np.testing.assert_array_equal(got, pac.all_bounds(*exact, 9.0)[name], err_msg=name)
