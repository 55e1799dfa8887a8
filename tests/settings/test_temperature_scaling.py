"""Temperatures and mixtures by scipy's quadratures and searches, by enumeration, by brute force."""

import itertools

import numpy as np
import pytest
from scipy import integrate, optimize, special

import theory.__main__
from theory import ArgumentError, ParameterError
from theory.temperature_scaling import (
    Params, best_nll, best_temperature, crossed_nll, flat_nll, linear_kl, measured, mixed_posterior,
    mixup_crossing, mixup_kl, mixup_kl_beta2, mixup_share, mixup_share_beta2, noisy_kl,
    overlap_bound, pair_kl, uniform_kl,
)  # fmt: skip
from theory.temperature_scaling.flat import peak


def least_loss(logits, posterior):
    """(min over T of the mean log loss, T) by scipy, over log T."""

    def loss(t):
        scaled = logits / np.exp(t)
        return (
            -(posterior * (scaled - special.logsumexp(scaled, axis=1, keepdims=True))).sum(1).mean()
        )

    found = optimize.minimize_scalar(loss, bounds=(-8, 12), method="bounded",
                                     options={"xatol": 1e-10})  # fmt: skip
    return found.fun, np.exp(found.x)


@pytest.mark.parametrize(("q", "k", "margin"), [(0.75, 10, 10.0), (0.4, 3, 2.0), (0.9, 500, 7.0)])
def test_the_best_temperature_of_flat_logits_is_a_searchs(q, k, margin):
    logits = np.zeros((1, k))
    logits[0, 0] = margin
    posterior = np.full((1, k), (1 - q) / (k - 1))
    posterior[0, 0] = q
    loss, temperature = least_loss(logits, posterior)
    assert float(best_nll(q, k)) == pytest.approx(loss, abs=1e-9)
    assert float(best_temperature(q, k, margin)) == pytest.approx(temperature, rel=1e-4)
    assert float(flat_nll(q, k, margin, temperature)) == pytest.approx(loss, abs=1e-9)


def test_worse_than_chance_the_best_temperature_is_infinite():
    assert np.isinf(best_temperature(0.05, 10, 3.0))
    assert float(best_nll(0.05, 10)) == pytest.approx(np.log(10), rel=1e-14)
    assert float(best_nll(0.1 + 1e-9, 10)) == pytest.approx(np.log(10), rel=1e-12)


def pair_posteriors(k, alpha, points=6):
    """Logits and posteriors on pieces of a pair whose overlap is predicted as a or b in turn."""
    w, logits, posterior, weights = 1 - alpha, [], [], []
    for said, truth, mass in ((0, (1, 0), alpha / 2), (1, (0, 1), alpha / 2),
                              (0, (0.5, 0.5), w / 2), (1, (0.5, 0.5), w / 2)):  # fmt: skip
        logits.append(9.0 * np.eye(k)[said])
        posterior.append([*truth, *[0] * (k - 2)])
        weights.append(mass)
    return np.array(logits), np.array(posterior), np.array(weights)


@pytest.mark.parametrize(("k", "alpha"), [(2, 0.5), (10, 0.5), (100, 0.3), (6, 0.9)])
def test_the_pair_models_kl_is_a_search_over_all_classes(k, alpha):
    logits, posterior, weights = pair_posteriors(k, alpha)
    loss, _ = least_loss(logits, 4 * weights[:, None] * posterior)
    entropy = (1 - alpha) * np.log(2)
    assert float(pair_kl(k, alpha)) == pytest.approx(loss - entropy, abs=1e-8)
    uniform = -(weights[:, None] * posterior).sum() * np.log(1 / k)
    assert float(uniform_kl(k, alpha)) == pytest.approx(uniform - entropy, rel=1e-12)


def test_the_best_temperatures_share_of_random():
    at = np.array([10, 100, 10_000])
    shares = np.asarray(pair_kl(at, 0.3)) / np.asarray(uniform_kl(at, 0.3))
    assert shares == pytest.approx([0.512, 0.430, 0.388], abs=5e-4)


def density(x, alpha):
    """(density, share of class a) of the pair model."""
    a, b = 0 <= x <= 1, alpha <= x <= 1 + alpha
    return (a + b) / 2, a / max(a + b, 1)


@pytest.mark.parametrize(("z", "alpha"), [(0.2, 0.5), (0.7, 0.5), (1.2, 0.25), (0.95, 1.0)])
@pytest.mark.parametrize("beta", [1, 2])
def test_mixups_share_is_a_quadrature(z, alpha, beta):
    cuts = sorted({0.0, alpha, 1.0, 1 + alpha, z})
    left = [c for c in neighbours(cuts) if c[1] <= z]
    right = [c for c in neighbours(cuts) if c[0] >= z]
    top = bottom = 0.0
    for (a, b), (c, d) in [(p, q) for p in left for q in right]:
        (r1, s1), (r2, s2) = density((a + b) / 2, alpha), density((c + d) / 2, alpha)

        def back_share(y, x):
            return (y - z) / (y - x)

        def weight(y, x):
            w = back_share(y, x)
            return (6 * w * (1 - w) if beta == 2 else 1) / (y - x)

        def back(y, x):
            return back_share(y, x) * weight(y, x)

        k0 = integrate.dblquad(weight, a, b, c, d, epsabs=1e-10)[0]
        k1 = integrate.dblquad(back, a, b, c, d, epsabs=1e-10)[0]
        top += r1 * r2 * (k1 * s1 + (k0 - k1) * s2)
        bottom += r1 * r2 * k0
    share = {1: mixup_share, 2: mixup_share_beta2}[beta]
    assert float(share(z, alpha)) == pytest.approx(top / bottom, abs=1e-7)


def neighbours(cuts):
    """Neighbouring cuts."""
    return list(itertools.pairwise(cuts))


@pytest.mark.parametrize("alpha", [1e-6, 0.1, 0.5, 1.0])
@pytest.mark.parametrize(
    ("mixup_kl", "mixup_share"), [(mixup_kl, mixup_share), (mixup_kl_beta2, mixup_share_beta2)]
)
def test_mixups_kl_is_a_quadrature_of_its_shares(mixup_kl, mixup_share, alpha):
    grid = np.union1d(
        np.geomspace(1e-9, alpha, 8001), alpha - np.geomspace(1e-9 * alpha, alpha / 2, 8001)
    )
    own = np.trapezoid(-np.log(np.asarray(mixup_share(grid, alpha))), grid)
    inner = alpha + (1 - alpha) / 2 * np.concatenate([[0.0], np.geomspace(1e-9, 1, 8001)])
    p = np.asarray(mixup_share(inner, alpha))
    both = np.trapezoid(-np.log(4 * p * (1 - p)), inner)
    assert float(mixup_kl(alpha)) == pytest.approx(own + both, rel=2e-5)


def test_the_crossings_and_mixups_ends():
    found = [float(mixup_crossing(k)) for k in (2, 10, 100, 10_000)]
    assert found == pytest.approx([0.9198, 0.9564, 0.9698, 0.9806], abs=6e-5)
    assert float(mixup_kl(0.0)) == 0.0
    assert float(mixup_kl(1.0)) == pytest.approx(0.13777, abs=6e-6)


def test_mixed_posteriors_of_three_points_by_hand():
    """z = 1/2 between 0 and 1, weight 1, and between 0 and 3, weight 1/3."""
    found = mixed_posterior([[0.0], [1.0], [3.0]], [0, 1, 2], [0.5], 3)
    assert found == pytest.approx([7 / 12, 3 / 8, 1 / 24], rel=1e-12)
    found = mixed_posterior([[0.0], [1.0], [3.0]], [0, 1, 2], [0.5], 3, beta=2.0)
    near, far = 1 / 4, 5 / 36 / 3
    shares = [near / 2 + far * 5 / 6, near / 2, far / 6]
    assert found == pytest.approx(np.array(shares) / (near + far), rel=1e-12)


def test_overlap_is_worst_where_a_search_finds_it():
    for k in (2, 4, 6):
        found = optimize.minimize_scalar(lambda w, k=k: -float(pair_kl(k, 1 - w)), bounds=(0, 1),
                                         method="bounded", options={"xatol": 1e-9})  # fmt: skip
        assert float(peak(k)) == pytest.approx(found.x, abs=1e-5)


@pytest.mark.parametrize("beta", [1.0, 2.5])
def test_mixed_posteriors_are_those_of_mixtures_near_the_place(beta):
    rng = np.random.default_rng(3)
    x, labels, z = rng.random((6, 2)), np.array([0, 1, 2, 0, 1, 2]), np.array([0.5, 0.5])
    picks = np.argsort(rng.random((2_000_000, 6)), axis=1)[:, :3]
    by = rng.dirichlet([beta] * 3, len(picks))
    near = np.linalg.norm(np.einsum("ni,nid->nd", by, x[picks]) - z, axis=1) < 0.03
    shares = np.einsum("ni,nic->c", by[near], np.eye(3)[labels[picks[near]]]) / near.sum()
    error = 4 / near.sum() ** 0.5
    assert mixed_posterior(x, labels, z, 3, beta) == pytest.approx(shares, abs=error)


def test_linear_rules_and_noisy_labels():
    def h(s):
        value = lambda z: np.logaddexp(0, -s * z) * np.exp(-((z - s / 2) ** 2) / 2)  # noqa: E731
        return integrate.quad(value, -30, 30, epsabs=1e-12)[0] / np.sqrt(2 * np.pi)

    assert float(linear_kl(2.0, 0.6)) == pytest.approx(h(1.2) - h(2.0), abs=1e-10)
    p, k = 0.2, 10
    logits = 9.0 * np.eye(k)[[0, 1]]
    noisy = np.zeros((2, k))
    noisy[:, :2] = np.array([[1 - p, p], [1 - p, p]])
    weights = 2 * np.array([1 - p, p])[:, None]
    loss, t = least_loss(logits, weights * noisy)
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    assert float(noisy_kl(k, p)) == pytest.approx(loss - entropy, abs=1e-8)
    scaled = logits / t
    on_clean = special.logsumexp(scaled, axis=1) - scaled[:, 0]
    assert float(crossed_nll(k, p)) == pytest.approx((weights[:, 0] / 2) @ on_clean, abs=1e-5)


def test_the_bound_lies_below_every_temperature():
    rng = np.random.default_rng(4)
    for k in (3, 10, 300):
        rho = 2 * rng.random()
        g = -rho * rng.random(k)
        g[0] = g[1:].max() + np.log(k)
        t = np.geomspace(1e-3, 1e4, 400)[:, None]
        share = special.log_softmax(g / t, axis=1)
        least = (-np.log(2) - (share[:, 0] + share[:, 1]) / 2).min()
        assert float(overlap_bound(k, 1.0, rho)) <= least
    flat = float(best_nll(0.5, 10)) - np.log(2)
    assert float(overlap_bound(10, 0.3, 0.0)) == pytest.approx(0.3 * flat, rel=1e-12)


# ------------------------------------------------------------------------------ your own logits


def sample(rng, n=6000, k=10, overlap=True):
    """Logits and labels: calibrated at T = 3, or flat with a second class that is as likely."""
    if overlap:
        top = rng.integers(0, k, n)
        labels = np.where(rng.random(n) < 0.5, top, top ^ 1)
        return 12.0 * np.eye(k)[top], labels
    logits = 2 * rng.standard_normal((n, k))
    gumbel = rng.gumbel(size=(n, k))
    return 3 * logits, (logits + gumbel).argmax(axis=1)


def test_a_users_temperature_is_found_with_its_interval():
    logits, labels = sample(np.random.default_rng(5), overlap=False)
    found = measured(logits, labels)
    loss, t = least_loss(logits, np.eye(10)[labels])
    assert found.temperature == pytest.approx(t, rel=1e-5)
    assert found.loss == pytest.approx(loss, abs=1e-9)
    assert found.low < 3 < found.high < 3.3
    assert found.error.low == 0 < found.error.value < 0.03 < found.error_at_1.low
    assert found.floor < 2 * found.floor_error


def test_a_users_overlap_leaves_a_floor_that_no_temperature_removes():
    logits, labels = sample(np.random.default_rng(6))
    found = measured(logits, labels)
    kl = 0.5 * np.log(9)  # q = 1/2, H(Y|X) = log 2
    assert found.floor == pytest.approx(kl, abs=4 * found.floor_error)
    assert found.floor_error < 0.02
    assert found.error.value < 0.02
    assert found.error_at_1.low > 0.4


def test_a_users_ends():
    rng = np.random.default_rng(7)
    labels = np.arange(100) % 4
    right = measured(5 * np.eye(4)[labels], labels)
    assert right.temperature == 0 == right.loss
    wrong = measured(5 * np.eye(4)[(labels + 1) % 4], labels)
    assert np.isinf(wrong.temperature)
    assert wrong.loss == pytest.approx(np.log(4))
    assert np.isfinite(measured(1e8 * rng.standard_normal((100, 4)), labels).loss)


def test_the_command_says_whether_any_temperature_does_better(tmp_path, capsys):
    for overlap, says in ((True, "No temperature calibrates"), (False, "Nothing against")):
        logits, labels = sample(np.random.default_rng(8), overlap=overlap)
        np.save(tmp_path / "logits.npy", logits)
        np.savetxt(tmp_path / "labels.csv", labels, fmt="%d")
        call = ["temperature_scaling", str(tmp_path / "logits.npy"), "--labels"]
        assert theory.__main__.main([*call, str(tmp_path / "labels.csv")]) == 0
        assert says in capsys.readouterr().out
    np.savetxt(tmp_path / "labels.csv", labels + 1, fmt="%d")
    assert theory.__main__.main([*call, str(tmp_path / "labels.csv")]) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pair_kl(5, 0.5), "even k"),
        (lambda: pair_kl(1, 0.5), "k = 1 is outside"),
        (lambda: pair_kl(10, 1.2), "alpha = 1.2 is outside"),
        (lambda: flat_nll(0.5, 10, 1.0, 0.0), "a temperature is positive"),
        (lambda: flat_nll(0.5, 10, 0.0, 1.0), "no interpolator"),
        (lambda: best_nll(1.0, 10), "q = 1 is outside"),
        (lambda: mixup_share(1.6, 0.5), "no mixture reaches"),
    ],
)
def test_bad_numbers_are_refused_with_what_is_allowed(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mixed_posterior([[0.0, 0.0], [1, 1]], [0, 1], [0.5, 0.5], 2), "fewer than"),
        (lambda: mixed_posterior([[0.0, 0], [1, 1], [2, 2]], [0, 1, 0], [1, 1], 2), "volume 0"),
        (lambda: mixed_posterior([[0.0], [1.0]], [0, 1], [2.0], 2), "no mixture reaches z"),
        (lambda: measured(np.zeros((30, 1)), np.zeros(30)), "N x k"),
        (lambda: measured(np.full((30, 2), np.nan), np.zeros(30)), "finite"),
        (lambda: measured(np.zeros((30, 2)), np.full(30, 0.5)), "whole numbers from 0 to 1"),
        (lambda: measured(np.zeros((30, 2)), np.zeros(29)), "labels"),
        (lambda: Params(k=4, pairs=3), "more than k/2"),
    ],
)
def test_bad_data_is_refused_with_its_reason(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
