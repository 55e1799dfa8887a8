"""Long tails against enumeration, scipy and mpmath; a user's counts; the command."""

import itertools
import math

import jax
import mpmath
import numpy as np
import pytest
from scipy.stats import binom, poisson

import theory.__main__
from theory import ParameterError
from theory.long_tail_memorization import (
    Params, binary_error, dirichlet_points, dirichlet_tau, frequencies, frequency_given_sample,
    group_delta, group_singletons, limited_cost, log_upper_gamma, mass_seen, points_seen,
    power_law_mass, power_law_tau, price, private_accuracy, private_cost, private_cost_printed,
    tail_end, tau, tau_ceiling, tau_floor, weight_between,
)  # fmt: skip
from theory.long_tail_memorization.params import two_weights
from theory.long_tail_memorization.price import count_limits, plugged


def law(N, s=1.0):
    weights = np.arange(1, N + 1.0) ** -s
    return weights / weights.sum()


@pytest.mark.parametrize("seen", [0, 1, 3, 40])
def test_counts_and_masses_are_binomial_sums(seen):
    a, n = law(50, 1.3), 40
    pmf = binom.pmf(seen, n, a)
    assert points_seen(seen, n, a) == pytest.approx(pmf.sum(), rel=1e-12)
    assert mass_seen(seen, n, a) == pytest.approx((a * pmf).sum(), rel=1e-12)
    assert tau(seen, n, a) == pytest.approx((a * pmf).sum() / pmf.sum(), rel=1e-12)
    assert np.asarray(frequencies(np.arange(1, 51.0) ** -1.3)) == pytest.approx(a)


def test_tau_stays_a_number_where_probabilities_leave_the_floats():
    a = np.array([1e-200, 1e-210])
    assert tau(3, 5, a) == pytest.approx(1e-200, rel=1e-9)
    assert tau([0, 3], 5, a) == pytest.approx([5.0000000005e-201, 1e-200], rel=1e-9)


def test_the_examples_of_the_paper():
    """Zipf, N = 1000 and n = 4000, exact sums."""
    a = law(1000)
    assert 4000 * tau(1, 4000, a) == pytest.approx(1.126268528, abs=1e-9)
    assert points_seen(1, 4000, a) / 4000 == pytest.approx(0.069529024, abs=1e-9)
    assert mass_seen(1, 4000, a) == pytest.approx(0.078308351, abs=1e-9)


def test_two_weights_by_enumeration_of_all_lists():
    p = Params(N=5, n=5, ratio=0.2)
    mass = points = 0.0
    for w in itertools.product([1.0, p.ratio], repeat=5):
        a = np.array(w) / sum(w)
        pmf = binom.pmf(1, p.n, a)
        mass, points = mass + (a * pmf).sum() / 32, points + pmf.sum() / 32
    assert mass_seen(1, p.n, *two_weights(p)) == pytest.approx(mass, rel=1e-12)
    assert tau(1, p.n, *two_weights(p)) == pytest.approx(mass / points, rel=1e-12)


def test_frequencies_given_a_sample_by_enumeration():
    for counts, ratio in (((1, 2, 0), 0.5), ((1, 4, 0, 0, 0), 0.001), ((0, 3, 1, 1), 0.3)):
        total = own = 0.0
        for w in itertools.product([1.0, ratio], repeat=len(counts)):
            like = math.prod(x**c for x, c in zip(w, counts, strict=True)) / sum(w) ** sum(counts)
            total, own = total + like, own + like * w[0] / sum(w)
        found = frequency_given_sample(counts[0], counts[1:], ratio)
        assert found == pytest.approx(own / total, rel=1e-12)
    assert frequency_given_sample(1, [2, 0], 0.5) == pytest.approx(0.33254, abs=1e-5)
    both = frequency_given_sample([1, 0], [[2.0, 0.0], [3.0, 1.0]], 0.5)
    assert both[1] == pytest.approx(float(frequency_given_sample(0, [3.0, 1.0], 0.5)))


@pytest.mark.parametrize("v", [-7.3, -1.0, -0.5, 0.0, 0.3, 1.0, 8.0, 60.0])
def test_incomplete_gamma_is_mpmaths(v):
    for a in (1e-6, 0.04, 1.0, 30.0, 1e4):
        with mpmath.workdps(40):
            expected = float(mpmath.log(mpmath.gammainc(v, a)))
        assert log_upper_gamma(v, a) == pytest.approx(expected, rel=1e-11, abs=1e-11)


def test_power_laws_are_mpmaths_and_near_the_sums():
    with mpmath.workdps(30):
        expected = float(mpmath.exp(-0.3) / mpmath.e1(0.3))
    assert power_law_tau(1, 0.3, 1.0) == pytest.approx(expected, rel=1e-12)
    for s in (0.7, 1.0, 1.4):
        a, n = law(20_000, s), 30_000
        for seen in range(4):
            exact = (a * poisson.pmf(seen, n * a)).sum()
            assert power_law_mass(seen, n * a[-1], s, 1.5) == pytest.approx(exact, rel=1e-4)


def test_dirichlet_integrals_are_mpmaths():
    N, n, alpha = 200, 150, 0.3
    beta = mpmath.beta(alpha + 1, (N - 1) * alpha + n - 1) / mpmath.beta(alpha, (N - 1) * alpha)
    assert dirichlet_points(1, n, N, alpha) == pytest.approx(float(N * n * beta), rel=1e-11)
    assert dirichlet_points(1, n, N, alpha) == pytest.approx(29.545, abs=1e-3)
    more = dirichlet_points(2, n + 1, N, alpha) / dirichlet_points(1, n, N, alpha)
    assert dirichlet_tau(1, n, N, alpha) == pytest.approx(2 / (n + 1) * float(more), rel=1e-11)


def test_bounds_at_the_digits_found_elsewhere():
    assert tau_floor(3) == pytest.approx(2 / 9)
    assert tau_floor(4) == pytest.approx(0.25)
    assert tau_floor(1e9) == pytest.approx(math.exp(-1 / 3) / 3, rel=1e-8)
    a, mass = np.array([1 / 150, 1e-4 / 50]), np.array([0.04, 0.96])
    near = weight_between(0.99 / 150, 2 / 50, a, mass)
    assert 50 * tau(1, 50, a, mass / a) / near == pytest.approx(0.2453, abs=1e-4)
    theta, beta, n = 0.01, 0.3, 40
    t = math.log(1 / (theta * beta)) + 2
    far = theta + t / n * math.exp(0.5 - t * (1 - 1 / n)) * (1 - beta) / beta
    assert tau_ceiling(theta, beta, n) == pytest.approx(far, rel=1e-12)


def test_costs_of_limits_and_of_privacy():
    masses = np.array([0.3, 0.2, 0.1])
    assert limited_cost(0.3, 10, masses) == pytest.approx(0.6 * 0.3 + 0.3 * 0.2)
    A = (6 + 9 * 0.05) / 15
    assert private_accuracy(math.log(6), 0.05, 10) == pytest.approx(A)
    assert private_cost(math.log(6), 0.05, 10, 1.0) == pytest.approx(0.57)
    assert private_cost_printed(math.log(6), 0.05, 10, 1.0) == pytest.approx(0.35)
    for eps in (0.0, 1e-9, 1e-4, 0.3):
        total = 0.1 * sum(math.exp(j * eps) for j in range(20))
        assert group_delta(20, eps, 0.1) == pytest.approx(total, rel=1e-12)
    a, w, n = law(30), 0.2, 80
    each = (a * binom.pmf(1, n, w * a)).sum()
    assert group_singletons(w, n, a) == pytest.approx(each, rel=1e-12)
    assert binary_error([0, 1, 2, 3, 10**6], 0.0) == pytest.approx([0.5, 0, 0, 0, 0])
    assert [float(jax.grad(binary_error, 1)(seen, 0.0)) for seen in (1.0, 2.0, 3.0)] == [1, 1, 0]
    assert binary_error([0, 1, 2, 5], 0.2) == pytest.approx([0.5, 0.2, 0.2, 0.05792])


def test_a_users_counts_by_hand_and_their_interval():
    counts = [1] * 10 + [2] * 6 + [3] * 2 + [20, 0]
    found = price(counts, labels=10, gamma=0.3)
    assert found.samples == 48
    assert found.opt == pytest.approx(0.9 * 10 / 48)
    assert found.cost == pytest.approx(0.6 * 12 / 48)
    assert found.limited == pytest.approx(0.6 * 12 / 48 + 0.3 * 6 / 48)
    assert found.frequency[1] == pytest.approx(12 / 48 / 10)
    assert found.low <= found.cost <= found.high
    assert price([30, 40]).cost == 0
    assert price([30, 40]).limited == pytest.approx(0.5)
    low, high = count_limits(np.array([0.0, 7.0]), 3.0)
    assert low[0] == pytest.approx(0, abs=1e-9)
    assert high[0] == pytest.approx(3.0)
    more = price(counts, labels=10, gamma=0.3, anytime=True)
    same = price(counts, labels=10, gamma=0.3, level=1 - 0.05 / (48 * 49))
    assert (more.low, more.high) == pytest.approx((same.low, same.high))
    for m in (low[1], high[1]):
        assert 7 * math.log(7 / m) + m - 7 == pytest.approx(3.0)


def test_the_interval_covers_and_narrows():
    rng, a = np.random.default_rng(3), law(300, 1.0)
    true = float(mass_seen(1, 999, a))
    wide = []
    for _ in range(40):
        found = price(rng.multinomial(1000, a), labels=10**9)
        assert found.low <= true <= found.high
        wide.append(found.high - found.low)
    assert np.mean(wide) < 0.35
    mass, taus = plugged(np.round(a * 1e6), 999)
    assert mass[1] == pytest.approx(true, rel=1e-3)
    assert taus[1] == pytest.approx(999 * float(tau(1, 999, a)), rel=1e-3)


def test_the_command_prints_the_price(tmp_path, capsys):
    np.save(tmp_path / "counts.npy", np.array([1] * 10 + [2] * 6 + [20]))
    words = [str(tmp_path / "counts.npy"), "--labels", "10", "--samples", "100"]
    assert theory.__main__.main(["long_tail_memorization", *words]) == 0
    text = capsys.readouterr().out
    assert "42 samples" in text
    assert f"{0.9 * 12 / 42:.4g}" in text
    for wrong in (["--labels", "1"], ["--level", "1"], ["--gamma", "2"]):
        assert theory.__main__.main(["long_tail_memorization", *words[:1], *wrong]) == 2
    assert theory.__main__.main(["long_tail_memorization", "--help"]) == 0
    (tmp_path / "bad.csv").write_text("1,2.5,3\n")
    assert theory.__main__.main(["long_tail_memorization", str(tmp_path / "bad.csv")]) == 2


def test_bad_numbers_are_refused_with_their_reason():
    for counts, more, reason in [
        ([1, -2], {}, "whole number"),
        ([1, 2.5], {}, "whole number"),
        ([3, 0], {}, "2 or more"),
        ([[1, 2]], {}, "no vector"),
        ([1, 2], {"labels": 1}, "labels"),
        ([1, 2], {"gamma": 1.5}, "gamma"),
        ([1, 2], {"level": 1.0}, "level"),
    ]:
        with pytest.raises(ParameterError, match=reason):
            price(counts, **more)
    for wrong in ({"N": 1}, {"n": 0}, {"k": 1}, {"kappa": 1.2}, {"gamma": -0.1}, {"delta": 2.0}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            Params(**wrong)
    with pytest.raises(ParameterError, match="above n"):
        Params(n=5, seen=6)
    with pytest.raises(ParameterError, match="weights"):
        frequencies([1.0, 0.0])
    for bound in (tail_end, tau_ceiling):
        assert bound(0.0125, 0.5, 40) > 0  # theta = 1/(2n)
        with pytest.raises(ParameterError, match="1/\\(2n\\)"):
            bound(0.0126, 0.5, 40)
    with pytest.raises(ParameterError, match="below low"):
        weight_between(0.3, 0.2, [0.2], [1.0])
