"""Pollution by counting, rules against scikit-learn, centres by quadrature, recalls on points."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, stats
from sklearn.covariance import EmpiricalCovariance
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.neighbors import NearestCentroid

from sims.representation_calibration import benchmark_flips, flips, shares
from theory import ArgumentError, ParameterError
from theory.representation_calibration import (
    Params, benchmark_priors, benchmark_purity, best_weight, borrows_below, calibrated_resolvent,
    cautious_weight, centroid_recalls, corrected_error, covariance_error, discriminant_recalls,
    exact_recall, inflation, joint_calibration, long_tail, median_bias, median_limit, naive_error,
    nearest_recall, pays_from, polluted_moments, purity, resampled_error, transfer_error,
    trimmed_bias, unpolluted_moments, worst_recall,
)  # fmt: skip

PRIORS = np.array([0.05, 0.25, 0.7])
MEANS = np.array([[0.0, 3.0, 0.5], [3.0, 0.0, -0.5], [0.0, 0.0, 0.0]])
SIGMA = np.array([[1.0, 0.4, 0.0], [0.4, 2.0, 0.3], [0.0, 0.3, 0.5]])
ETA = 0.35


def noisy_sample(rng, n, priors, eta):
    """Classes and labels of assumption 3.1, label by label."""
    y = rng.choice(len(priors), p=priors, size=n)
    table = eta * np.tile(priors, (len(priors), 1))
    np.fill_diagonal(table, 1 - eta * (1 - priors))
    return y, (rng.random(n)[:, None] > np.cumsum(table, axis=1)[y]).sum(axis=1)


def test_a_long_tail_has_its_imbalance():
    share = np.asarray(long_tail(5, 100.0))
    assert share.sum() == pytest.approx(1, rel=1e-14)
    assert share[0] / share[-1] == pytest.approx(100, rel=1e-13)
    assert share[:-1] / share[1:] == pytest.approx(100**0.25, rel=1e-13)
    assert np.asarray(long_tail(3, 1.0)) == pytest.approx(1 / 3, rel=1e-14)


def test_both_kinds_of_noise_from_their_tables():
    assert purity(0.05, ETA) == pytest.approx(0.6675, rel=1e-13)
    table = np.asarray(flips(jnp.asarray(PRIORS), ETA))
    assert table.sum(axis=1) == pytest.approx(1, rel=1e-14)
    assert PRIORS @ table == pytest.approx(PRIORS, rel=1e-13)
    assert np.diag(shares(PRIORS, table)) == pytest.approx(
        np.asarray(purity(PRIORS, ETA)), rel=1e-13
    )
    other = np.array([[(1 - ETA) if i == j else ETA * q / (1 - p)
                       for j, q in enumerate(PRIORS)] for i, p in enumerate(PRIORS)])  # fmt: skip
    assert np.asarray(benchmark_flips(jnp.asarray(PRIORS), ETA)) == pytest.approx(other, rel=1e-13)
    told = np.asarray(benchmark_priors(PRIORS, ETA))
    assert told == pytest.approx(PRIORS @ other, rel=1e-13)
    pure = np.asarray(benchmark_purity(PRIORS, ETA))
    assert pure == pytest.approx(PRIORS * np.diag(other) / told, rel=1e-13)
    assert pure[0] == pytest.approx(0.41053, abs=5e-6)


def test_polluted_moments_of_a_large_sample_and_back():
    rng = np.random.default_rng(0)
    y, told = noisy_sample(rng, 400_000, PRIORS, ETA)
    z = MEANS[y] + rng.standard_normal((len(y), 3)) @ np.linalg.cholesky(SIGMA).T
    means, spread = (np.asarray(v) for v in polluted_moments(MEANS, SIGMA, PRIORS, ETA))
    for k, q in enumerate(PRIORS):
        own = z[told == k]
        fit = EmpiricalCovariance().fit(own)
        unit = 5 / np.sqrt(q * len(y))
        assert fit.location_ == pytest.approx(means[k], abs=unit * np.sqrt(spread[k].max()))
        assert fit.covariance_ == pytest.approx(spread[k], abs=3 * unit * spread[k].max())
    back = unpolluted_moments(means, spread, PRIORS, ETA)
    assert np.asarray(back[0]) == pytest.approx(MEANS, abs=1e-13)
    assert np.asarray(back[1]) == pytest.approx(np.tile(SIGMA, (3, 1, 1)), abs=1e-13)


def test_rules_of_scikit_learn_on_noisy_labels():
    rng = np.random.default_rng(1)
    gap, tail, eta = 2.5, 0.2, 0.4
    y, told = noisy_sample(rng, 200_000, np.array([1 - tail, tail]), eta)
    x = (gap * y + rng.standard_normal(len(y)))[:, None]
    nearest = NearestCentroid().fit(x, told).centroids_.mean()
    lda = LinearDiscriminantAnalysis().fit(x, told)
    moved = -lda.intercept_[0] / lda.coef_[0, 0]
    for rule, threshold in ((centroid_recalls, nearest), (discriminant_recalls, moved)):
        seen = stats.norm.cdf([gap - threshold, threshold])
        assert np.asarray(rule(gap, tail, eta)) == pytest.approx(seen, abs=0.015)


def test_rules_at_the_checks_and_without_noise():
    both = np.asarray(centroid_recalls(2.5, 0.2, 0.4))
    assert both == pytest.approx([0.93943, 0.82894], abs=5e-6)
    both = np.asarray(discriminant_recalls(2.5, 0.2, 0.4))
    assert both == pytest.approx([0.51369, 0.99316], abs=5e-6)
    assert inflation(2.5, 0.2, 0.4) == pytest.approx((1 + 0.64 * 0.16 * 6.25) / 0.6, rel=1e-14)
    assert inflation(2.5, 0.2, 0.0) == 1.0
    assert np.asarray(centroid_recalls(2.0, 0.1, 0.0)) == pytest.approx(stats.norm.cdf(1.0))


@pytest.mark.parametrize(("distance", "share"), [(1.0, 0.3), (4.0, 0.3), (20.0, 0.3), (2.0, 0.45)])
def test_centres_by_roots_and_quadrature(distance, share):
    def below(m):
        return (1 - share) * stats.norm.cdf(m) + share * stats.norm.cdf(m - distance) - 0.5

    found = float(median_bias(distance, share))
    assert found == pytest.approx(optimize.brentq(below, 0, 20, xtol=1e-14), abs=1e-12)
    assert found < float(median_limit(share))
    assert float(median_bias(100.0, share)) == pytest.approx(float(median_limit(share)), rel=1e-12)

    def density(x):
        return (1 - share) * stats.norm.pdf(x) + share * stats.norm.pdf(x - distance)

    top, whole = (integrate.quad(lambda x, k=k: x**k * density(x), -2.5, 2.5)[0] for k in (1, 0))
    assert float(trimmed_bias(distance, share, 2.5)) == pytest.approx(top / whole, abs=1e-11)


def test_the_median_at_its_ends():
    assert float(median_bias(3.0, 0.0)) == pytest.approx(0.0, abs=1e-15)
    assert float(median_bias(0.0, 0.3)) == pytest.approx(0.0, abs=1e-15)
    slope = float(jax.grad(median_bias)(1.0, 0.3))
    ahead = (float(median_bias(1.001, 0.3)) - float(median_bias(0.999, 0.3))) / 0.002
    assert slope == pytest.approx(ahead, rel=1e-5)


def test_the_crossover_by_search():
    p = Params(gap=3.0, along=-3.0, across=3.0, tail=0.05, donor=0.25, eta=0.3, d=20, few=60)
    assert p.between == pytest.approx(0.05 * p.apart(0) + 0.25 * p.apart(1) + 0.7 * p.apart(2))
    given = (p.eta, p.apart(0), p.trace(0))

    def lead(n):
        return float(naive_error(*given, n)) - float(corrected_error(p.eta, p.trace(0), n))

    assert float(pays_from(*given)) == pytest.approx(optimize.brentq(lead, 1, 1e4), rel=1e-9)
    assert float(pays_from(*given)) == pytest.approx(29.905, abs=5e-4)


def test_the_best_weight_by_search():
    own, lent, bias = 10.0, 0.2, 1.0
    grid = np.linspace(0, 1, 100_001)
    found = grid[np.argmin(np.asarray(transfer_error(grid, own, lent, bias)))]
    assert float(best_weight(own, lent, bias)) == pytest.approx(found, abs=1e-5)
    # over all |b|^2 <= 1 the worst error of any weight is that at 1: the same weight is minimax
    worst = [max(float(transfer_error(w, own, lent, c)) for c in (0, 0.5, 1)) for w in (0.85, 0.95)]
    assert min(worst) > float(transfer_error(best_weight(own, lent, bias), own, lent, bias))


@pytest.mark.parametrize(("d", "t", "s"), [(2, 0.5, 1.0), (5, 0.01, 0.3), (30, 0.05, 0.002)])
def test_exact_recall_on_points(d, t, s):
    rng = np.random.default_rng(d)
    mu, own, rival = (np.zeros(d) for _ in range(3))
    mu[0], own[:2], rival[0] = 2.0, (1.6, 0.5), -0.2
    n = 200_000
    x = mu + rng.standard_normal((n, d))
    m_1 = own + np.sqrt(s) * rng.standard_normal((n, d))
    m_0 = rival + np.sqrt(t) * rng.standard_normal((n, d))
    seen = np.mean(np.sum((x - m_1) ** 2, axis=1) < np.sum((x - m_0) ** 2, axis=1))
    square = [np.sum((a - b) ** 2) for a, b in ((rival, mu), (own, mu), (rival, own))]
    found = float(exact_recall(d, *square, t, s))
    assert found == pytest.approx(seen, abs=5 * np.sqrt(0.25 / n))


def test_exact_recall_tends_to_the_limit_and_to_the_known_rule():
    assert float(exact_recall(3, 4.0, 1e-30, 4.0, 1e-4, 1e-4)) == pytest.approx(
        stats.norm.cdf(1.0), abs=2e-4
    )
    square, d = (6.25, 0.25, 5.0), 2000
    noisy = (square[0] + 0.2, square[1] + 2.0, square[2] + 2.2)
    limit = float(nearest_recall(*noisy))
    assert limit == pytest.approx(stats.norm.cdf(4.2 / (2 * np.sqrt(7.2))), rel=1e-13)
    assert float(exact_recall(d, *square, 0.2 / d, 2.0 / d)) == pytest.approx(limit, abs=3e-4)


def test_covariances_and_sampled_means_of_dense_data():
    rng = np.random.default_rng(3)
    root = np.linalg.cholesky(SIGMA)
    trace, square, n = np.trace(SIGMA), np.sum(SIGMA**2), 5
    z = rng.standard_normal((40_000, n, 3)) @ root.T
    left = z - z.mean(axis=1, keepdims=True)
    own = np.einsum("tni,tnj->tij", left, left) / (n - 1)
    error = np.sum((own - SIGMA) ** 2, axis=(1, 2)).mean()
    assert float(covariance_error(trace, square, n - 1)) == pytest.approx(error, rel=0.03)
    bias, new = np.array([0.5, 0.0, 0.0]), 7
    donor = bias + rng.standard_normal((40_000, 3)) @ root.T / np.sqrt(20)
    centre = 0.6 * z.mean(axis=1) + 0.4 * donor
    mean = centre + rng.standard_normal((40_000, 3)) @ root.T / np.sqrt(new)
    given = (0.4, trace / n, trace / 20, 0.25, trace)
    for kept in (0, n):
        whole = (kept * z.mean(axis=1) + new * mean) / (kept + new)
        seen = np.sum(whole**2, axis=1).mean()
        assert float(resampled_error(*given, kept, new)) == pytest.approx(seen, rel=0.02)


@pytest.mark.parametrize("eta", [(0.3, 0.3), (0.1, 0.5)])
def test_joint_weights_are_the_regression_of_the_true_mean(eta):
    """Least squares of a_t on both polluted means, over many draws of eta and of the noise."""
    rng, size, d = np.random.default_rng(9), 200_000, 3
    a, h = np.array([2.0, 0.0, 0.5]), np.array([1.5, 1.0, 0.0])
    keep = 1 - rng.choice(eta, size=size)[:, None]
    seen = [keep * m + s * rng.normal(size=(size, d)) for m, s in ((a, 0.7), (h, 0.2))]
    design = np.stack([m.ravel() for m in seen], axis=1)
    target = np.tile(a, size)
    weights = np.linalg.lstsq(design, target, rcond=None)[0]
    error = np.mean((target - design @ weights) ** 2) * d
    spread = 1 - np.mean(eta), np.var(eta)
    found = joint_calibration(a @ a, a @ h, h @ h, d * 0.49, d * 0.04, *spread)
    assert np.array(found[:2]) == pytest.approx(weights, abs=5e-3)
    assert float(found[2]) == pytest.approx(error, rel=0.01)


def test_joint_weights_where_donors_point_the_same_way():
    """C^2 = A H to rounding: eta known, one direction, and the donor's mean without noise."""
    x, y, error = joint_calibration(0.1, 0.3, 0.9, 2.0, 0.0, 0.7, 0.0)
    assert float(x) == pytest.approx(0, abs=1e-15)
    assert float(y) == pytest.approx(0.3 / 0.9 / 0.7, rel=1e-12)
    assert float(error) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize(("ridge", "weight"), [(0.1, 0.5), (0.02, 0.2), (1.0, 0.0)])
def test_the_resolvent_on_one_large_matrix(ridge, weight):
    """Traces of S^-1 and S^-1 Sigma S^-1 of one draw at d = 800 fluctuate by 1/d."""
    rng, d, spread, counts = np.random.default_rng(2), 800, 4.0, (800, 2400)
    scale = np.where(np.arange(d) % 2 == 0, 1.0, spread)
    z = [rng.normal(size=(n, d)) * np.sqrt(scale) for n in counts]
    own, lent = (x.T @ x / len(x) for x in z)
    s = np.linalg.inv((1 - weight) * own + weight * lent + ridge * np.eye(d))
    e, trace, gain = (float(v) for v in calibrated_resolvent(ridge, spread, 1.0, 1 / 3, weight))
    q = 1 / (ridge + e * scale)
    assert np.diag(s)[::2].mean() == pytest.approx(q[0], rel=0.02)
    assert np.mean(np.diag(s) * scale) == pytest.approx(trace, rel=0.02)
    spreads = np.einsum("ij,j,ji->i", s, scale, s)
    assert spreads.mean() == pytest.approx(gain * np.mean(q * q * scale), rel=0.03)


def test_no_scatter_noise_leaves_the_covariance():
    e, trace, gain = calibrated_resolvent(0.3, 4.0, 0.0, 0.0, 0.4)
    assert float(e) == pytest.approx(1, rel=1e-12)
    assert float(trace) == pytest.approx((1 / 1.3 + 4 / 4.3) / 2, rel=1e-12)
    assert float(gain) == pytest.approx(1, rel=1e-12)


def test_the_worst_donor_on_a_disc():
    """Minimum over donors and maximum over weights on grids, also where recall is below 1/2."""
    rest, d = (40.0, 2000.0, 2000.0), 400.0

    def recall(gap, x, y, w, own):
        s = (1 - w) ** 2 / own + w**2 / rest[1]
        lead = gap**2 + d / rest[2] - w**2 * (x * x + y * y) - d * s
        return stats.norm.cdf(lead / 2 / np.sqrt((gap + w * x) ** 2 + (w * y) ** 2 + d / rest[2]
                                                 + d * s))  # fmt: skip

    turn, far = np.meshgrid(np.linspace(0, 2 * np.pi, 181), np.linspace(0, 1, 41))
    for gap, delta, w, own in ((2.5, 1.0, 0.5, 40.0), (2.0, 2.0, 0.9, 20.0), (1.0, 1.0, 0.2, 20.0)):
        x, y = delta * far * np.cos(turn), delta * far * np.sin(turn)
        least = recall(gap, x, y, w, own).min()
        assert float(worst_recall(gap, delta, w, d, own, *rest[1:])) == pytest.approx(least)
    weights = np.linspace(0, 1, 100_001)
    for own in (40.0, 400.0):
        best = weights[recall(2.5, 1.0, 0.0, weights, own).argmax()]
        assert float(cautious_weight(2.5, 1.0, d, own, *rest[1:])) == pytest.approx(best, abs=2e-5)
    start = float(borrows_below(2.5, 1.0, d, rest[2]))
    assert start == pytest.approx(559.7424, abs=1e-3)
    assert float(cautious_weight(2.5, 1.0, d, 1.01 * start, *rest[1:])) == 0
    assert 0 < float(cautious_weight(2.5, 1.0, d, 0.99 * start, *rest[1:])) < 0.01


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: purity(0.1, 1.0), "eta = 1 is outside"),
        (lambda: purity(0.1, -0.1), "eta = -0.1 is outside"),
        (lambda: benchmark_priors([0.5, 0.4], 0.1), "do not sum to 1"),
        (lambda: benchmark_priors([1.0], 0.1), "priors"),
        (lambda: transfer_error(1.1, 1.0, 1.0, 1.0), "weight = 1.1 is outside"),
        (lambda: median_bias(1.0, 0.5), "breaks down at 1/2"),
        (lambda: covariance_error(1.0, 1.0, 0.0), "freedom = 0 is outside"),
        (lambda: long_tail(1, 10.0), "classes = 1 is outside"),
        (lambda: centroid_recalls(0.0, 0.2, 0.1), "gap = 0 is outside"),
        (lambda: pays_from(0.0, 1.0, 1.0), "eta = 0 is outside"),
        (lambda: joint_calibration(1.0, 2.0, 1.0, 1.0, 1.0, 0.5, 0.0), "no two vectors"),
        (lambda: joint_calibration(1.0, 0.0, 1.0, 1.0, 1.0, 0.5, 0.25 + 1e-9), "doubt"),
        (lambda: joint_calibration(1.0, 0.0, 1.0, 1.0, 1.0, 0.9, 0.2), "the largest of a share"),
        (lambda: calibrated_resolvent(0.0, 1.0, 1.0, 1.0, 0.5), "ridge = 0 is outside"),
        (lambda: worst_recall(1.0, 3.0, 0.5, 9.0, 5, 5, 5), "donors beyond the head"),
        (lambda: exact_recall(5, 1.0, 1.0, 9.0, 0.1, 0.1), "no triangle"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"eta": 1.0}, "labels say nothing"),
        ({"tail": 0.6, "donor": 0.5}, "leave the head no prior"),
        ({"beta": 1.5}, "beta = 1.5"),
        ({"eta": 0.3, "doubt": 0.4}, "out of"),
        ({"points": 1}, "points = 1 is outside"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
