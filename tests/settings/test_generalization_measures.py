"""Failure rates by exact fractions and by enumeration, and what is refused."""

import itertools
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy import stats

from theory import ArgumentError, ParameterError
from theory import generalization_measures as gm
from theory.generalization_measures.params import Params, linear


def law(q, n, D):
    """{rank: chance} in Fractions."""
    found = {}
    for k in range(min(n, D) + 1):
        found[k] = Fraction(1, q ** ((n - k) * (D - k)))
        for i in range(k):
            x = Fraction(q)
            found[k] *= (1 - x ** (i - n)) * (1 - x ** (i - D)) / (1 - x ** (i - k))
    return found


SHAPES = [(2, 1, 1), (2, 8, 9), (3, 5, 6), (9, 4, 4), (7, 3, 12), (2, 40, 40), (2, 12, 5)]


@pytest.mark.parametrize(("q", "n", "D"), SHAPES)
def test_rank_and_failure_in_fractions(q, n, D):
    ranks = law(q, n, D)
    share = {k: Fraction(1, q ** (D - k)) for k in ranks}
    accuracy = sum(c * share[k] for k, c in ranks.items())
    failure = sum(c * min(share[k], 1 - share[k]) for k, c in ranks.items())
    spread = (1 - Fraction(1, q)) ** 2 * sum(
        c * share[k] * (1 - share[k]) for k, c in ranks.items()
    )
    assert float(gm.subspace_accuracy(q, n, D)) == pytest.approx(float(accuracy), rel=1e-13)
    assert float(gm.subspace_failure(q, n, D)) == pytest.approx(float(failure), rel=1e-13)
    assert float(gm.subspace_variance(q, n, D)) == pytest.approx(float(spread), rel=1e-13)
    for k in range(1, min(n, D) + 1):
        found = float(gm.rank_probability(q, n, D, k))
        assert found == pytest.approx(float(ranks[k]), rel=1e-12)


@pytest.mark.parametrize(("q", "n", "D"), [(2, 2, 3), (5, 3, 4), (4, 6, 3), (2, 18, 8), (3, 1, 2)])
def test_two_groups_in_fractions(q, n, D):
    a0 = a1 = tv = failure = stubborn = Fraction(0)
    for k, c in law(q, n, D).items():
        rho, share = Fraction(q**k - 1, q**D - 1), Fraction(1, q ** (D - k))
        a0 += c * ((1 - rho) * share * q + rho * share)
        a1 += c * rho * share
        tv += c * rho
        failure += c * (rho * min(share, 1 - share) + (1 - rho) * share * q / 2)
        stubborn += c * (rho * min(share, 1 - share) + (1 - rho) * share * q) / 2
    found = [f(q, n, D) for f in (gm.preferred_accuracy, gm.other_accuracy, gm.group_distance,
                                  gm.two_group_failure, gm.stubborn_failure)]  # fmt: skip
    expected = [float(x) for x in (a0, a1, tv, failure, stubborn)]
    np.testing.assert_allclose(np.array(found), expected, rtol=1e-12)


def test_fresh_points_by_enumeration():
    """Every design, target, fresh point: (2,1,2,1), (2,1,2,2), (2,1,3,2), (3,1,2,1)."""
    known = {(2, 1, 2, 1): ("1/4", "1/4"), (2, 1, 2, 2): ("17/128", "9/64"),
             (2, 1, 3, 2): ("39/256", "23/128"), (3, 1, 2, 1): ("1/9", "17/81")}  # fmt: skip
    for (q, n, D, v), (seen, flags) in known.items():
        assert float(gm.seen_points_failure(q, n, D, v)) == pytest.approx(float(Fraction(seen)))
        assert float(gm.flags_failure(q, n, D, v)) == pytest.approx(float(Fraction(flags)))
    points = list(itertools.product(range(2), repeat=2))
    product = lambda x, w: (x[0] * w[0] + x[1] * w[1]) % 2  # noqa: E731
    table: dict = {}
    for x, fresh, w, h in itertools.product(points, itertools.product(points, repeat=2), points,
                                            points):  # fmt: skip
        if product(x, w) == product(x, h):
            key = (x, product(x, w), h, tuple(product(z, w) != product(z, h) for z in fresh))
            same = sum(product(x, g) == product(x, w) for g in points)
            table.setdefault(key, [Fraction(0), Fraction(0)])[h != w] += Fraction(1, 256 * same)
    best = gm.optimal_failure(list(table.values()), [Fraction(0), Fraction(1, 2)], Fraction(1, 8))
    assert best.failure == Fraction(9, 64)


@pytest.mark.parametrize(("d", "m"), [(5, 3), (40, 20), (9, 30)])
def test_blind_losses_by_the_law_of_unseen_points(d, m):
    """Occupancy numbers by inclusion and exclusion, then a binomial law given the unseen."""
    unseen = {d: Fraction(1)}
    for _ in range(m):
        after: dict = {}
        for u, c in unseen.items():
            for left, chance in ((u, Fraction(d - u, d)), (u - 1, Fraction(u, d))):
                after[left] = after.get(left, 0) + c * chance
        unseen = after
    u = np.array(sorted(unseen))
    chance = np.array([float(unseen[k]) for k in u])
    for w in range(1, d + 1):
        tail = float(chance @ stats.binom.sf(w - 1, np.maximum(u, 0), 0.5))
        assert float(gm.overparam_profile(d, m, w)) == pytest.approx(tail, abs=1e-14)
        assert float(gm.blind_failure(d, m, w)) == pytest.approx(tail / 2, abs=1e-14)
    second = float(chance @ (u / 4 + u**2 / 4)) / d**2
    assert float(gm.mean_loss(d, m)) == pytest.approx(float(chance @ u) / 2 / d, rel=1e-12)
    variance = second - (float(chance @ u) / 2 / d) ** 2
    assert float(gm.loss_variance(d, m)) == pytest.approx(variance, rel=1e-9)


def test_variance_of_the_loss_of_the_smallest_sets():
    for (d, m), expected in {(1, 0): 0.25, (1, 1): 0.0, (2, 0): 0.125, (2, 1): 0.0625}.items():
        assert float(gm.loss_variance(d, m)) == pytest.approx(expected, abs=1e-15)


def test_few_rivals_and_many():
    for N, p in ((1, 1e-9), (3, 1e-4), (8, 0.125), (7, 0.0013), (7, 0.0015), (300, 3e-5), (9, 0.5)):
        with mpmath.workdps(50):
            x = mpmath.mpf(p)
            exact = (1 - (1 - x) ** (N + 1)) / ((N + 1) * x) - (1 - x) ** N
        assert float(gm.random_class_failure(N, p)) == pytest.approx(float(exact), rel=1e-13)
    assert float(gm.random_class_limit(1.793282)) == pytest.approx(0.298426, abs=5e-7)
    assert float(gm.inputs_for_orthogonality(9, 0.35)) == pytest.approx(145.0, abs=0.1)
    assert float(gm.inputs_for_orthogonality(1025, 0.1)) == pytest.approx(3694, abs=0.5)
    assert 54 * np.log(9) / 0.35**2 > 968


def test_examples():
    assert float(gm.support_size_failure(3)) == pytest.approx(0.5 * (8 / 9) * (7 / 9), rel=1e-13)
    pmf = stats.binom.pmf(np.arange(8), 7, 0.5)
    for w in range(1, 9):
        best = max(pmf[i : i + w].sum() for i in range(8))
        assert float(gm.random_rule_failure(7, w)) == pytest.approx(1 - best, abs=1e-14)


def test_line_is_affine_in_the_bias_and_ends_at_the_family():
    ends = np.array([float(gm.mixed_failure(2, 8, 9, 20, b)) for b in (0.0, 0.3, 1.0)])
    assert ends[1] == pytest.approx(0.7 * ends[0] + 0.3 * ends[2], rel=1e-13)
    assert ends[2] == pytest.approx(float(gm.subspace_failure(2, 8, 9)), rel=1e-13)
    assert float(gm.mixed_failure(3, 4, 5, 5, 0.2)) == pytest.approx(
        float(gm.subspace_failure(3, 4, 5)), rel=1e-13
    )
    assert float(gm.theta(3)) == pytest.approx(
        1 - 1 / 3 + 3**-3 - 3**-6 + 3**-10 - 3**-15, rel=1e-9
    )


@pytest.mark.parametrize("noise", [0.0, 0.1, 0.5])
def test_noisy_parities_by_enumeration(noise):
    """Likelihoods of all designs, targets and flips; with n = 2 the rank 0 alone is bounded."""
    for n, D in ((1, 1), (1, 2), (2, 2), (2, 3)):
        rows = np.array(list(itertools.product((0, 1), repeat=D)))
        total = 0.0
        for X in itertools.product(rows, repeat=n):
            answers = rows @ np.array(X).T % 2
            for y in itertools.product((0, 1), repeat=n):
                errors = np.sum(answers != np.array(y), axis=1)
                total += np.max(noise**errors * (1 - noise) ** (n - errors))
        bound = 2.0 ** -(n * D + D) * (noise * (1 - noise) - noise**2) * (n == 2)
        found = float(gm.noisy_accuracy_limit(n, D, noise))
        assert found == pytest.approx(total / 2 ** (n * D + D) + bound, rel=1e-12)


@pytest.mark.parametrize("noise", [0.0, 0.03, 0.2, 0.5])
def test_noisy_failure_by_enumeration_of_designs_and_transforms(noise):
    """All designs and labels: likelihoods counted one by one, and by the posterior of a sample."""
    for n, D in ((1, 3), (3, 1), (4, 2), (3, 3)):
        rows = np.array([[w >> j & 1 for j in range(D)] for w in range(2**D)])
        fails = right = 0.0
        for X in itertools.product(rows, repeat=n):
            answers = rows @ np.array(X).T % 2
            for y in itertools.product((0, 1), repeat=n):
                errors = np.sum(answers != np.array(y), axis=1)
                chances = noise**errors * (1 - noise) ** (n - errors)
                fails += min(chances.max(), chances.sum() - chances.max())
                right += chances.max()
            if chances.sum() > 0:  # of the last labels
                found = gm.parity_posterior(np.array(X), y, noise)
                assert found == pytest.approx(chances / chances.sum(), rel=1e-12)
        scale = 2.0 ** -(n * D + D)
        assert float(gm.noisy_failure(n, D, noise)) == pytest.approx(scale * fails, rel=1e-12)
        assert float(gm.noisy_accuracy(n, D, noise)) == pytest.approx(scale * right, rel=1e-12)


def test_samples_that_have_no_posterior_are_refused():
    for x, y, noise, match in (
        ([[0, 1]], [0, 1], 0.1, "do not fit"),
        ([[0, 2]], [0], 0.1, "are 0 or 1"),
        ([[0, 1]], [0], 0.7, "outside"),
        ([[0, 0]], [1], 0.0, "no parity"),
    ):
        with pytest.raises(ParameterError, match=match):
            gm.parity_posterior(x, y, noise)


def test_the_best_measure_of_a_world_and_the_regret_of_another():
    joint = [[Fraction(1, 4), 0, Fraction(1, 4)], [0, Fraction(1, 3), Fraction(1, 6)]]
    losses = [Fraction(0), Fraction(1, 2), Fraction(1)]
    best = gm.optimal_failure(joint, losses, Fraction(1, 4))
    assert (best.failure, best.estimates[1]) == (Fraction(5, 12), Fraction(1, 2))
    assert gm.optimal_failure(joint, losses, Fraction(1, 4), strict=False).failure == Fraction(1, 4)
    assert gm.optimal_failure(joint, losses, Fraction(1, 2), strict=False).failure == 0
    failure, regret = gm.score_measure(joint, losses, [Fraction(1, 2)] * 2, Fraction(1, 4))
    assert (failure, regret) == (Fraction(2, 3), Fraction(1, 4))
    half = [Fraction(1, 2)] * 2
    assert gm.score_measure(joint, losses, half, Fraction(1, 2))[0] == Fraction(2, 3)
    assert gm.score_measure(joint, losses, half, Fraction(1, 2), strict=False)[0] == 0
    own, none = gm.score_measure(joint, losses, best.estimates, Fraction(1, 4))
    assert (own, none) == (best.failure, 0)
    floats = gm.optimal_failure(np.array([[0.2, 0.8]]), [1.0, 0.0], 0.1)
    assert (floats.failure, floats.estimates[0]) == (pytest.approx(0.2), 0.0)


def test_intervals_count_from_fractions():
    assert gm.window(600, Fraction("0.14")) == 168
    assert gm.window(200, Fraction("0.14")) == 56
    assert float(gm.blind_failure(200, 100, 56)) == pytest.approx(0.4057, abs=5e-5)
    with pytest.raises(ValueError, match="must be positive"):
        gm.window(0, Fraction(1, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gm.subspace_failure(6, 3, 3), "q = 6 is no prime power"),
        (lambda: gm.subspace_failure(2, 3, 3, 0.25), "at or above half the loss gap"),
        (lambda: gm.subspace_failure(2, 3, 3, 0.0), "eps = 0 is outside"),
        (lambda: gm.two_group_failure(3, 0, 3), "n = 0 is outside"),
        (lambda: gm.mixed_failure(2, 3, 5, 4, 0.5), "s = 5 is above D"),
        (lambda: gm.mixed_failure(2, 3, 3, 4, 1.5), "b = 1.5 is outside"),
        (lambda: gm.rank_probability(2, 3, 4, 4), "k = 4 is above n or D"),
        (lambda: gm.blind_failure(0, 3, 1), "d = 0 is outside"),
        (lambda: gm.random_class_failure(0, 0.5), "N = 0 is outside"),
        (lambda: gm.optimal_failure([[0.5, 0.6]], [0, 1], 0.1), "of sum 1"),
        (lambda: gm.optimal_failure([[0.5, 0.5]], [0, 1, 2], 0.1), "one a column"),
        (lambda: gm.optimal_failure([[0.5, 0.5]], [0, 1], 0.0), "eps = 0.0 must be positive"),
        (lambda: gm.score_measure([[0.5, 0.5]], [0, 1], [0, 1], 0.1), "one a sample"),
    ],
)
def test_bad_numbers_are_refused_with_what_is_allowed(call, message):
    with pytest.raises((ArgumentError, ParameterError), match=message):
        call()


def test_bad_params_are_refused():
    with pytest.raises(ParameterError, match="F_q simulation needs prime q"):
        Params(q=9)
    with pytest.raises(ParameterError, match="is above D"):
        linear(2, 3, 4, s=5)
