"""Minima by search, features by enumeration, information by integrals, labels flipped by hand."""

import math
from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from theory import ArgumentError, ParameterError
from theory.nested_dropout import (
    Params, bottleneck_information, class_noise_error, class_noise_gap, critical_price, cut_chances,
    dropout_risk, dropout_share, dropout_weights, effective_dimension, equal_threshold, equal_value,
    filtered_error, kept_noise, loss_gap, mean_kept, nested_share, nested_weights, noisy_error,
    ordered_value, prefix_right, rescaled_error, sign_information, survival, survival_smooth,
    unit_strength, unit_time, worth_keeping, worth_keeping_rescaled,
)  # fmt: skip

RNG = np.random.default_rng(3)
X, Y = RNG.normal(size=(9, 3)), RNG.normal(size=9)
PI = np.array([0.5, 0.3, 0.2])


def test_survival_and_its_mean_by_sums():
    weights = [math.exp(-((k / 3) ** 2)) for k in range(1, 6)]
    pi = np.array(weights) / sum(weights)
    assert np.asarray(cut_chances(3.0, 5)) == pytest.approx(pi, rel=1e-13)
    q = [sum(pi[j:]) for j in range(5)]
    assert np.asarray(survival(pi)) == pytest.approx(q, rel=1e-13)
    assert float(jnp.sum(survival(cut_chances(20.0, 512)))) == pytest.approx(
        float(mean_kept(20.0)), rel=1e-9
    )
    assert float(mean_kept(1e6)) - 1e6 / math.sqrt(math.pi) == pytest.approx(1 / math.pi, abs=1e-6)
    density, _ = integrate.quad(lambda x: math.exp(-((x / 7) ** 2)), 3.5, 20.5)
    whole, _ = integrate.quad(lambda x: math.exp(-((x / 7) ** 2)), 0.5, 20.5)
    assert float(survival_smooth(4, 7.0, 20)) == pytest.approx(density / whole, rel=1e-10)


def test_weights_under_masks_by_search():
    def dropped(w, keep=0.6):
        total = 0.0
        for mask in product((0, 1), repeat=3):
            chance = keep ** sum(mask) * (1 - keep) ** (3 - sum(mask))
            total += chance * np.sum((Y - X @ (np.array(mask) * w) / keep) ** 2)
        return total

    def nested(w):
        return sum(c * np.sum((Y - X[:, : k + 1] @ w[: k + 1]) ** 2) for k, c in enumerate(PI))

    for loss, found in (
        (dropped, dropout_weights(X.T @ X, X.T @ Y, 0.6)),
        (nested, nested_weights(X.T @ X, X.T @ Y, PI)),
    ):
        best = optimize.minimize(loss, np.zeros(3), tol=1e-12).x
        assert np.asarray(found) == pytest.approx(best, abs=1e-6)


def test_shares_learned_by_integration():
    def slope(_, g):
        return [0.3 * 1.7 * (1 - g[0]), 1.7 * (1 - g[1] / 0.6)]

    run = integrate.solve_ivp(slope, (0, 0.8), [0.0, 0.0], rtol=1e-11, atol=1e-12)
    assert float(nested_share(0.3, 1.7, 0.8)) == pytest.approx(run.y[0, -1], rel=1e-8)
    assert float(dropout_share(0.6, 1.7, 0.8)) == pytest.approx(run.y[1, -1], rel=1e-8)


def test_risk_of_filters_and_of_dropout_by_draws():
    rng, n, eta = np.random.default_rng(0), 8, 0.2
    U = np.linalg.qr(rng.normal(size=(n, 4)))[0]
    y, g = np.sign(rng.normal(size=n)), np.array([0.9, 0.7, 0.4, 0.1])
    errors = []
    for flips in product((1, -1), repeat=n):  # all of them
        chance = math.prod(eta if s < 0 else 1 - eta for s in flips)
        errors.append(chance * np.mean((U @ (g * (U.T @ (y * flips))) - y) ** 2))
    found = filtered_error((U.T @ y) ** 2, g, float(n), eta)
    assert float(found) == pytest.approx(sum(errors), rel=1e-12)
    batch = filtered_error((U.T @ y) ** 2, g, float(n), np.array([0.1, eta]))
    assert batch.shape == (2,)
    assert float(batch[1]) == pytest.approx(sum(errors), rel=1e-12)
    assert float(effective_dimension(g)) == pytest.approx(1.47)
    w, s, odds = np.array([1.0, -2.0, 0.5]), 0.7, 0.25 / 0.75
    H = X @ np.linalg.solve(X.T @ X + odds * np.diag(np.diag(X.T @ X)), X.T)
    noise = s * rng.normal(size=(40_000, 9))
    seen = np.sum(((X @ w + noise) @ H.T - X @ w) ** 2, 1) / 9
    assert np.mean(seen) == pytest.approx(float(dropout_risk(X.T @ X, w, 0.75, s, 9)), rel=0.02)


def test_values_of_trained_factors_by_search():
    sv, pi = np.array([2.0, 1.2, 0.9, 0.3]), np.array([0.5, 0.3, 0.2])
    tails = sum(c * np.sum(sv[k + 1 :] ** 2) for k, c in enumerate(pi))
    assert float(ordered_value(sv[::-1], pi)) == pytest.approx(tails, rel=1e-12)
    for keep, r in ((0.3, 4), (0.6, 5), (0.9, 7)):
        lam = (1 - keep) / keep

        def loss(w, lam=lam, r=r):
            U, V = w.reshape(2, 4, r)
            square = np.sum((np.diag(sv) - U @ V.T) ** 2)
            return square + lam * np.sum(np.sum(U**2, 0) * np.sum(V**2, 0))

        def slope(w, lam=lam, r=r):
            U, V = w.reshape(2, 4, r)
            left = U @ V.T - np.diag(sv)
            by = left @ V + lam * U * np.sum(V**2, 0), left.T @ U + lam * V * np.sum(U**2, 0)
            return 2 * np.concatenate([part.ravel() for part in by])

        start = RNG.normal(size=8 * r)
        best = optimize.minimize(loss, start, jac=slope, tol=1e-13).fun
        assert float(equal_value(sv[::-1], keep, r)) == pytest.approx(best, rel=1e-6)
        line = np.linspace(0, 2, 200_001)[:, None]
        price = np.sum(np.minimum(sv, line) ** 2, 1)
        price += lam / r * np.sum(np.maximum(sv - line, 0), 1) ** 2
        alpha = line[np.argmin(price), 0]
        assert float(equal_threshold(sv, keep, r)) == pytest.approx(alpha, abs=1.1e-5)


def test_units_in_time_by_integration():
    sv, q, s0 = 1.5, 0.4, 0.02
    run = integrate.solve_ivp(
        lambda _, s: 2 * q * s * (sv - s), (0, 9), [s0], rtol=1e-11, atol=1e-13, dense_output=True
    )
    for t in (1.0, 4.0, 9.0):
        assert float(unit_strength(t, sv, q, s0)) == pytest.approx(run.sol(t)[0], rel=1e-7)
    half = optimize.brentq(lambda t: run.sol(t)[0] - 0.3 * sv, 0, 9)
    assert float(unit_time(0.3, sv, q, s0)) == pytest.approx(half, rel=1e-6)


def test_bottleneck_by_search():
    lam = np.array([0.2, 0.5, 0.9])

    def price(a, beta):
        about = np.log1p(a**2) / 2
        given = np.log1p(a**2 * lam) / 2
        return np.sum(about - beta * (about - given))

    for beta in (1.5, 3.0, 20.0):
        a = optimize.minimize(price, np.ones(3), args=(beta,), tol=1e-14).x
        x, y = bottleneck_information(lam, beta)
        assert float(x) == pytest.approx(np.sum(np.log1p(a**2)) / 2, abs=1e-5)
        assert float(x - beta * y) == pytest.approx(price(a, beta), abs=1e-10)
    for value in lam:  # a small component lowers the price from there on
        at = float(critical_price(value))
        for factor, sign in ((0.99, 1), (1.01, -1)):
            small = (1e-6 - factor * at * (1e-6 - 1e-6 * value)) / 2
            assert np.sign(small) == sign


def test_information_of_a_sign_by_entropies():
    for u in (1e-9, 0.1, 0.49, 0.51, 0.9, 1.0):
        odds = np.array([1 + u, 1 - u]) / 2
        direct = math.log(2) - stats.entropy(odds)
        series = sum(u ** (2 * m) / (2 * m * (2 * m - 1)) for m in range(1, 40))
        assert float(sign_information(u)) == pytest.approx(direct, abs=1e-15)
        if u < 0.6:
            assert float(sign_information(u)) == pytest.approx(series, rel=1e-12)


@pytest.mark.parametrize("lean", [0.0, 0.12])
def test_flipped_labels_by_enumeration(lean):
    rng, n, k, eta = np.random.default_rng(1), 8, 3, 0.25
    y = np.array([1.0, 1, 1, 1, 1, -1, -1, -1])
    U = np.linalg.qr(rng.normal(size=(n, k)))[0]
    H, rate = U @ U.T, eta + lean * y
    error = scaled = gap = 0.0
    fits = []
    for flips in product((1.0, -1.0), repeat=n):
        s = np.array(flips)
        sides = np.where(s < 0, rate, 1 - rate)
        chance, fit = np.prod(sides), H @ (y * s)
        fits.append((chance, fit))
        error += chance * np.mean((fit - y) ** 2)
        scaled += chance * np.mean((fit / (1 - 2 * eta) - y) ** 2)
        gap += chance * np.mean(s / sides * y * s * fit)
    energy, touch = float(y @ H @ y), np.diag(H)
    plus = float(touch[y > 0].sum())
    numbers = (energy, float(H.sum(0) @ y), float(H.sum()), plus, k - plus, n)
    rates = (eta + lean, eta - lean)
    assert float(class_noise_error(*numbers, *rates)) == pytest.approx(error, rel=1e-12)
    without = (*numbers[:2], *numbers[3:])
    assert float(class_noise_gap(*without, *rates)) == pytest.approx(gap, rel=1e-12)
    peer = 2 * sum(c * np.mean(y * fit) for c, fit in fits)  # its flips are its own
    assert float(class_noise_gap(*without, *rates, 0.0)) == pytest.approx(peer, rel=1e-12)
    if not lean:
        assert float(noisy_error(energy, k, n, eta)) == pytest.approx(error, rel=1e-12)
        assert float(rescaled_error(energy, k, n, eta)) == pytest.approx(scaled, rel=1e-12)
        assert float(loss_gap(energy, k, n, eta)) == pytest.approx(gap, rel=1e-12)
        assert float(loss_gap(energy, k, n, eta, 0.0)) == pytest.approx(peer, rel=1e-12)


def test_thresholds_of_a_feature_by_bisection():
    for error, least in ((noisy_error, worth_keeping), (rescaled_error, worth_keeping_rescaled)):

        def gain(extra, error=error):
            return float(error(20 + extra, 6, 64, 0.2)) - float(error(20, 5, 64, 0.2))

        assert float(least(0.2)) == pytest.approx(optimize.brentq(gain, 0, 9), rel=1e-9)


def test_noise_kept_by_draws_and_without_information():
    rng, n = np.random.default_rng(2), 400_000
    bad = rng.random(n) < 0.3
    margins = rng.normal(size=n) + np.where(bad, -1.2, 1.2)
    kept = bad[np.argsort(-margins)[: int(0.6 * n)]].mean()
    assert float(kept_noise(0.3, 1.2, 0.6)) == pytest.approx(kept, abs=0.003)
    assert float(kept_noise(0.3, 0.0, 0.6)) == pytest.approx(0.3, rel=1e-12)


def test_signs_of_training_points_at_the_ends():
    assert float(prefix_right(1 - 1e-9, 1.0, 0.2)) == pytest.approx(0.8, abs=1e-6)
    assert float(prefix_right(1e-9, 0.5, 0.2)) == pytest.approx(1.0, abs=1e-6)
    assert float(prefix_right(1e-9, -0.5, 0.2)) == pytest.approx(0.0, abs=1e-6)
    rng, h, m, eta = np.random.default_rng(4), 0.4, 0.6, 0.3
    others = rng.normal(size=(2000, 60))
    others *= np.sqrt((h - h**2) / np.sum(others**2, 1))[:, None]  # sum_j H_ij^2 = h - h^2
    flips = np.where(rng.random((2000, 60)) < eta, -1.0, 1.0) - (1 - 2 * eta)
    own = np.where(rng.random(2000) < eta, -1.0, 1.0)
    f = (1 - 2 * eta) * (m - h) + np.sum(others * flips, 1) + h * own
    assert np.mean(f > 0) == pytest.approx(float(prefix_right(h, m, eta)), abs=0.04)


def test_features_carry_the_energies():
    p = Params(n=16, d=12, kept=5, decay=0.7)
    U = np.asarray(p.features)
    assert pytest.approx(np.eye(12), abs=1e-12) == U.T @ U
    assert (U.T @ np.asarray(p.labels)) ** 2 == pytest.approx(np.asarray(p.energies), abs=1e-11)
    assert float(p.energy) == pytest.approx(float(np.sum((U[:, :5].T @ p.labels) ** 2)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dropout_share(0.0, 1.0, 1.0), "keep = 0 is outside"),
        (lambda: dropout_share(1.2, 1.0, 1.0), "keep = 1.2 is outside"),
        (lambda: nested_weights(X.T @ X, X.T @ Y, [0.5, 0.5, 0.0]), "without a cut"),
        (lambda: survival([0.5, 0.4]), "do not sum to 1"),
        (lambda: cut_chances(0.0, 4), "sigma = 0 is outside"),
        (lambda: noisy_error(3.0, 2, 8, 0.5), "carry no information"),
        (lambda: noisy_error(3.0, 9, 8, 0.2), "is above n"),
        (lambda: kept_noise(0.2, 1.0, 1.0), "ratio = 1 is outside"),
        (lambda: kept_noise(0.2, -1.0, 0.5), "reach = -1 is outside"),
        (lambda: critical_price(1.0), "unknown = 1 is outside"),
        (lambda: bottleneck_information([0.5], 1.0), "beta = 1 is outside"),
        (lambda: unit_strength(1.0, 1.0, 0.5, 1.0), "not below the singular value"),
        (lambda: survival_smooth(5, 2.0, 4), "is above D"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"eta": 0.5}, "carry no information"),
        ({"kept": 65}, "is above d = 64"),
        ({"kept": 0}, "kept = 0 is outside"),
        ({"d": 65}, "is above n"),
        ({"keep": 0.0}, "keep = 0.0 is outside"),
        ({"sigma": 0.0}, "sigma = 0.0 is outside"),
        ({"eta": 0.3, "lean": 0.25}, "takes a flip rate"),
        ({"units": 65, "n": 64}, "units = 65"),
        ({"ratio": 0.0}, "ratio = 0"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
