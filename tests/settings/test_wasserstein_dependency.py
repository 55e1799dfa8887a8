"""Transport by linear programs and assignment, counts by enumeration, critics by optimisation."""

import itertools
import math

import jax
import numpy as np
import pytest
from scipy import linalg, optimize, stats

from theory import ArgumentError, ParameterError
from theory.wasserstein_dependency import (
    Params, chi_square, gaussian_gap, hit_deficit, information, lipschitz_deficit, mixture_kl,
    penalised_slope, penalised_value, unequal_deficit, unseen_chance, w1_lower, w1_upper,
    w2_distance, wdm_euclidean, wdm_hamming,
)  # fmt: skip


def pairs_of(sizes):
    """All pairs of strings, the two laws, and the Hamming distances."""
    strings = list(itertools.product(*(range(size) for size in sizes)))
    pairs = np.array([x + y for x in strings for y in strings])
    g, m = len(sizes), len(strings)
    on = (pairs[:, :g] == pairs[:, g:]).all(axis=1)
    away = (pairs[:, None] != pairs[None]).sum(axis=-1)
    return on / m, np.full(len(pairs), 1 / m**2), away.astype(float)


def transport(p, q, cost):
    """W1 by the dual linear program: the best 1-Lipschitz critic."""
    k = len(p)
    rows = np.array([(i, j) for i in range(k) for j in range(k) if i != j])
    table = np.zeros((len(rows), k))
    table[np.arange(len(rows)), rows[:, 0]] = 1
    table[np.arange(len(rows)), rows[:, 1]] = -1
    bounds = [(0, 0)] + [(None, None)] * (k - 1)
    found = optimize.linprog(q - p, table, cost[rows[:, 0], rows[:, 1]], bounds=bounds)
    return -found.fun


@pytest.mark.parametrize("sizes", [(2,), (3,), (2, 2), (2, 3)])
def test_dependency_of_codes_by_linear_programs(sizes):
    p, q, away = pairs_of(sizes)
    assert transport(p, q, away) == pytest.approx(float(wdm_hamming(list(sizes))), abs=1e-9)
    if len(set(sizes)) == 1:
        found = transport(p, q, np.sqrt(2 * away))
        assert found == pytest.approx(float(wdm_euclidean(sizes[0], len(sizes))), abs=1e-9)


def test_dependency_of_codes_at_two_factors_of_three():
    assert float(wdm_hamming([3.0, 3.0])) == pytest.approx(4 / 3, rel=1e-14)
    assert float(wdm_euclidean(3, 2)) == pytest.approx(1.5174282, abs=1e-7)


@pytest.mark.parametrize(("K", "M"), [(2, 3), (8, 10), (300, 40), (40, 10**6)])
def test_deficit_by_the_binomial_sum(K, M):
    n = np.arange(K)
    found = np.sum(stats.binom.pmf(n, K - 1, 1 / M) * np.log1p(n))
    assert float(hit_deficit(K, M)) == pytest.approx(found, rel=1e-11)


def test_deficit_of_many_candidates_is_that_of_a_poisson():
    n = np.arange(400)
    found = np.sum(stats.poisson.pmf(n, 100.0) * np.log1p(n))
    assert float(hit_deficit(10**11 + 1, 10**9)) == pytest.approx(found, rel=1e-8)


@pytest.mark.parametrize(("metric", "root"), [("hamming", False), ("euclidean", True)])
def test_lipschitz_value_by_enumerating_negatives(metric, root):
    sizes, K, kappa = (3, 2), 3, 0.7
    weights = np.zeros(3)
    for x in itertools.product(*(range(size) for size in sizes)):
        chance = 1 / math.prod(sizes)
        weights[sum(i > 0 for i in x)] += chance
    far = np.sqrt(2 * np.arange(3)) if root else np.arange(3.0)
    found = 0.0
    for i, j in itertools.product(range(3), repeat=K - 1):
        found += weights[i] * weights[j] * math.log(1 + sum(np.exp(-kappa * far[[i, j]])))
    value = float(unequal_deficit(kappa, K, [3.0, 2.0], metric))
    assert value == pytest.approx(found, rel=1e-11)
    same = float(unequal_deficit(kappa, K, [3.0, 3.0], metric))
    assert same == pytest.approx(float(lipschitz_deficit(kappa, K, 3, 2, metric)), rel=1e-12)


@pytest.mark.parametrize(("kappa", "known"), [(0.3, 0.1708725), (1.0, 0.4413837), (3.0, 0.6527041)])
def test_no_lipschitz_critic_does_better(kappa, known):
    """All 9 values of the critic are free, l = K = 3, one factor, Euclidean."""
    away = pairs_of((3,))[2]
    reach = kappa * np.sqrt(2 * away)
    rows = [(i, j) for i in range(9) for j in range(9) if i != j]

    def worth(f):
        table, total = f.reshape(3, 3), 0.0
        for x in range(3):
            for a, b in itertools.product(range(3), repeat=2):
                scores = table[x, [x, a, b]]
                total += scores[0] - np.log(np.mean(np.exp(scores)))
        return total / 27

    limits = {
        "type": "ineq",
        "fun": lambda f: np.array([reach[i, j] - f[i] + f[j] for i, j in rows]),
    }
    start = np.random.default_rng(0).normal(scale=0.01, size=9)
    found = optimize.minimize(
        lambda f: -worth(f), start, constraints=limits, method="SLSQP",
        options={"maxiter": 300, "ftol": 1e-13},
    )  # fmt: skip
    exact = math.log(3) - float(lipschitz_deficit(kappa, 3, 3, 1, "euclidean"))
    assert -found.fun == pytest.approx(exact, abs=1e-7)
    assert exact == pytest.approx(known, abs=1e-7)


def test_a_critic_of_no_slope_says_nothing_and_a_steep_one_is_free():
    assert float(lipschitz_deficit(0.0, 7, 5, 3)) == pytest.approx(math.log(7), rel=1e-12)
    steep = float(lipschitz_deficit(1000.0, 7, 5, 3, "euclidean"))
    assert steep == pytest.approx(float(hit_deficit(7, 125)), rel=1e-12)
    with pytest.raises(ValueError, match="metric"):
        lipschitz_deficit(1.0, 7, 5, 3, "cosine")


def log_ratios(rng, rho, d, K, n):
    x, y = rng.normal(size=(n, 1, d)), rng.normal(size=(n, K, d))
    y[:, :1] = rho * x + math.sqrt(1 - rho**2) * y[:, :1]
    density = stats.norm.logpdf(y, rho * x, math.sqrt(1 - rho**2)) - stats.norm.logpdf(y)
    return density.sum(axis=-1)


@pytest.mark.parametrize(("rho", "d", "K"), [(0.6, 1, 8), (0.8, 3, 6), (0.9, 4, 25)])
def test_gap_of_normal_pairs_by_drawing_them(rho, d, K):
    r = log_ratios(np.random.default_rng(d), rho, d, K, 40_000)
    gap = np.logaddexp.reduce(r, axis=1) - math.log(K)
    spread = gap.std() / 200
    assert gap.mean() == pytest.approx(float(gaussian_gap(rho, d, K)), abs=4.5 * spread)


def test_gap_of_one_pair_and_one_negative_by_plain_quadrature():
    rho = 0.5
    z, w = np.polynomial.hermite_e.hermegauss(60)
    w = w / w.sum()
    x, e, y = np.meshgrid(z, z, z, indexing="ij")
    weight = w[:, None, None] * w[None, :, None] * w[None, None, :]

    def log_r(y):
        return stats.norm.logpdf(y, rho * x, math.sqrt(1 - rho**2)) - stats.norm.logpdf(y)

    first = log_r(rho * x + math.sqrt(1 - rho**2) * e)
    found = np.sum(weight * (np.logaddexp(first, log_r(y)) - math.log(2)))
    assert float(gaussian_gap(rho, 1, 2)) == pytest.approx(found, abs=1e-7)


def test_information_and_chi_square_by_quadrature():
    z, w = np.polynomial.hermite_e.hermegauss(80)
    w = w / w.sum()
    rho = 0.4
    x, e = np.meshgrid(z, z)
    y = rho * x + math.sqrt(1 - rho**2) * e
    log_r = stats.norm.logpdf(y, rho * x, math.sqrt(1 - rho**2)) - stats.norm.logpdf(y)
    weight = np.outer(w, w)
    assert float(information(rho, 3)) == pytest.approx(3 * np.sum(weight * log_r), rel=1e-12)
    square = np.sum(weight * np.exp(log_r))
    assert float(chi_square(rho, 3)) == pytest.approx(square**3 - 1, rel=1e-6)


def covariances(rho, d):
    pair = np.array([[1, rho], [rho, 1]])
    return np.kron(pair, np.eye(d))


@pytest.mark.parametrize(("rho", "d"), [(0.7, 3), (-0.5, 2)])
def test_w2_by_roots_of_covariances(rho, d):
    s = covariances(rho, d)
    found = math.sqrt(np.trace(s) + 2 * d - 2 * np.trace(np.real(linalg.sqrtm(s))))
    assert float(w2_distance(rho, d)) == pytest.approx(found, rel=1e-7)


def test_w2_at_the_ends():
    for rho in (-1.0, 1.0):
        assert float(w2_distance(rho, 5)) == pytest.approx(
            math.sqrt(5 * (4 - 2 * math.sqrt(2))), rel=1e-14
        )
    assert float(w2_distance(0.0, 5)) == 0.0


@pytest.mark.parametrize(("rho", "sides"), [(0.7, (0.43475, 0.47840)), (0.95, (0.69556, 0.75437))])
def test_w1_by_assignment_lies_between_its_sides(rho, sides):
    rng, n = np.random.default_rng(3), 1000
    p = rng.multivariate_normal([0, 0], covariances(rho, 1), size=n)
    q, other = rng.normal(size=(2, n, 2))

    def assigned(a, b):
        cost = np.linalg.norm(a[:, None] - b[None], axis=-1)
        return cost[optimize.linear_sum_assignment(cost)].mean()

    low, high = float(w1_lower(rho, 1)), float(w1_upper(rho, 1))
    assert (low, high) == pytest.approx(sides, abs=6e-5)
    noise = assigned(q, other)  # of two samples of one law: the bias, upward
    assert low - 0.03 < assigned(p, q) < high + noise
    assert noise < 0.2


@pytest.mark.parametrize(("rho", "d"), [(0.7, 1), (-0.7, 2), (0.9, 17)])
def test_way_of_the_plan_by_drawing(rho, d):
    rng, n = np.random.default_rng(1), 200_000
    a, b = math.sqrt(1 + rho) - 1, 1 - math.sqrt(1 - rho)
    way = np.sqrt(a**2 * rng.chisquare(d, n) + b**2 * rng.chisquare(d, n))
    assert float(w1_upper(rho, d)) == pytest.approx(way.mean(), abs=4.5 * way.std() / n**0.5)
    lower = math.hypot(a, b) * stats.chi(d).mean()
    assert float(w1_lower(rho, d)) == pytest.approx(lower, rel=1e-12)


@pytest.mark.parametrize(
    ("rho", "d", "K"),
    [(0.1, 1, 2), (0.1, 64, 1e50), (0.95, 64, 1e20), (0.95, 64, 1e32), (0.95, 1, 9)],
)
def test_gap_of_normals_lies_between_its_bounds_at_every_end(rho, d, K):
    """max(0, I - ln K) <= I - J*_K <= min(I, ln(1 + chi^2/K))."""
    gap, nats = float(gaussian_gap(rho, d, K)), float(information(rho, d))
    most = min(nats, math.log1p(float(chi_square(rho, d)) / K))
    assert max(0.0, nats - math.log(K)) - 1e-7 <= gap <= most + 1e-7


@pytest.mark.parametrize(("d", "K"), [(64, 2), (30, 50)])
def test_strong_normals_lack_all_but_the_cap(d, K):
    """ln(1 + s) <= sqrt s: ln K - J*_K <= (K - 1) E_x (E_Q sqrt r)^2, .4215 a pair at .95."""
    nats = float(information(0.95, d))
    assert float(gaussian_gap(0.95, d, K)) == pytest.approx(
        nats - math.log(K), abs=1e-7 + (K - 1) * 0.4215**d
    )


def test_mixture_and_unseen_at_the_checks():
    for n, known in ((2, 0.69305), (10, 2.30230), (1000, 6.90518)):
        assert float(mixture_kl(8.0, n)) == pytest.approx(known, abs=6e-6)
        assert float(mixture_kl(0.0, n)) == pytest.approx(0.0, abs=1e-13)
        assert float(unseen_chance(n)) == pytest.approx((1 - 1 / n) ** n, rel=1e-12)
    x, w = np.polynomial.hermite_e.hermegauss(100)
    found = -np.sum(w / w.sum() * np.log(0.2 + 0.8 * np.exp(-1.5 * x - 1.5**2 / 2)))
    assert float(mixture_kl(1.5, 5)) == pytest.approx(found, abs=1e-8)


def test_penalised_critic_by_search():
    gap, weight = 0.5, 10.0
    found = optimize.minimize(lambda w: weight * (w[0] - 1) ** 2 - w[0] * gap, [0.5])
    assert float(penalised_slope(gap, weight)) == pytest.approx(found.x[0], rel=1e-6)
    assert float(penalised_value(gap, weight)) == pytest.approx(-found.fun, rel=1e-9)
    assert float(penalised_value(gap, weight)) == pytest.approx(0.50625, rel=1e-12)


def test_slopes_are_those_of_differences():
    for form, at in (
        (lambda r: w1_upper(r, 3), -0.4),
        (lambda k: lipschitz_deficit(k, 20, 6, 3), 0.8),
    ):
        ahead = (float(form(at + 1e-4)) - float(form(at - 1e-4))) / 2e-4
        assert float(jax.grad(form)(at)) == pytest.approx(ahead, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: information(1.0, 2), "at |rho| = 1 P is singular to Q"),
        (lambda: chi_square(-1.0, 2), "only W is defined"),
        (lambda: hit_deficit(1, 10), "one candidate is no choice"),
        (lambda: hit_deficit(2.5, 10), "K = 2.5"),
        (lambda: wdm_hamming([3.0, 1.0]), "a one-symbol factor carries no information"),
        (lambda: lipschitz_deficit(-0.1, 4, 5, 2), "kappa = -0.1"),
        (lambda: penalised_slope(0.5, 0.0), "penalty = 0"),
        (lambda: unseen_chance(1), "n = 1"),
        (lambda: w2_distance(1.01, 2), "rho = 1.01"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError) as caught:
        call()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"rho": 1.0}, "singular"),
        ({"K": 1}, "no choice"),
        ({"alphabet": 1}, "carries no information"),
        ({"kappa": -1.0}, "kappa = -1"),
        ({"penalty": 0.0}, "unbounded"),
        ({"n": 1}, "nothing is claimed"),
        ({"g": 1.5}, "g = 1.5"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
