"""Multi-sample dropout: enumeration, Kronecker moments, linear programs, plain SGD and searches."""

import math
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from sims import simulate
from theory import ArgumentError, ParameterError
from theory.multi_sample_dropout import (
    Params, best_batch, best_coupling, best_masks, best_whole_masks, copy_covariance,
    ensemble_weights, floor_by_direction, floor_slope, gradient_noise, gradient_second_moment,
    largest_step, least_coupling, least_time, marginal_weights, mask_covariance, mean_gradient,
    noise_parts, noise_scale, penalty_terms, rare_penalty, relative_cost, spectral_largest_step,
    spectrum_step, stationary_distance, stream_distance, stream_step, time_to_forget,
)  # fmt: skip
from theory.multi_sample_dropout.paths import path

TEN = {"eta": 0.05, "d": 10, "keep": 0.6, "batch": 3, "n0": 1.69, "s2": 0.25}


def all_masks(d, q):
    """(masks, chances)."""
    bits = np.array(list(product((0, 1), repeat=d)))
    return bits / q, np.where(bits, q, 1 - q).prod(1)


def test_one_copys_moments_by_all_masks_of_twelve_units():
    rng = np.random.default_rng(1)
    h, w, y, q = rng.normal(size=12), rng.normal(size=12), 0.4, 0.35
    b, chance = all_masks(12, q)
    g = -(y - (b * h) @ w)[:, None] * b * h
    mean = chance @ g
    assert np.asarray(mean_gradient(h, w, y, q)) == pytest.approx(mean, rel=1e-10)
    square = float(gradient_second_moment(h, w, y, q))
    assert square == pytest.approx(chance @ np.sum(g**2, 1), rel=1e-12)
    covariance = (g.T * chance) @ g - np.outer(mean, mean)
    assert np.asarray(mask_covariance(h, w, y, q)) == pytest.approx(covariance, rel=1e-8)
    rows = np.asarray(gradient_second_moment(np.stack([h, 2 * h]), w, np.array([y, 0.0]), q))
    assert rows.shape == (2,)
    assert rows[0] == pytest.approx(square, rel=1e-13)


def test_parts_of_the_first_step_by_draws():
    """At w = 0 the gradient is -y b o x: d = 20, q = .5, n0 = 1, s2 = .5."""
    rng = np.random.default_rng(6)
    x = rng.normal(size=(100_000, 20))
    y = x[:, 0] + math.sqrt(0.5) * rng.normal(size=100_000)
    square = np.sum((y[:, None] * x) ** 2, 1)  # given x; masks double it
    drift, data, mask = (float(v) for v in noise_parts(0.0, 0.0, 1.0, 20, 0.5, 0.5))
    assert (drift, data, mask) == (1, 31, 32)
    assert abs(square.mean() - drift - data) < 4 * square.std() / math.sqrt(100_000) < 1
    assert float(gradient_noise(data, mask, 4, 4)) == 9.75


def test_ridges_by_added_rows():
    rng = np.random.default_rng(2)
    X, y, q = rng.normal(size=(9, 4)), rng.normal(size=9), 0.7
    for c, found in (
        (0.3 / 0.7, marginal_weights(X.T @ X, X.T @ y, q)),
        (0.1 / 0.7, ensemble_weights(X.T @ X, X.T @ y, q, 3)),
    ):
        more = np.diag(np.sqrt(c * np.sum(X**2, 0)))
        direct = np.linalg.lstsq(np.vstack([X, more]), np.append(y, np.zeros(4)), rcond=None)[0]
        assert np.asarray(found) == pytest.approx(direct, rel=1e-10)


def step_of_one(d, q, eta, w0, s2, masks):
    """(E Z, E Z (x) Z) of (w, 1) -> Z (w, 1), one example and M masks; normals by Gauss-Hermite."""
    x, px = np.polynomial.hermite_e.hermegauss(3)
    b, pb = all_masks(d * masks, q)
    first = np.zeros((d + 1, d + 1))
    second = np.zeros(((d + 1) ** 2,) * 2)
    for at in product(range(3), repeat=d + 1):
        chance = px[list(at)].prod() / px.sum() ** (d + 1)
        point, eps = x[list(at[:d])], math.sqrt(s2) * x[at[d]]
        seen = b.reshape(-1, masks, d) * point
        Z = np.zeros((len(b), d + 1, d + 1)) + np.eye(d + 1)
        Z[:, :d, :d] -= eta * np.einsum("rmi,rmj->rij", seen, seen) / masks
        Z[:, :d, d] += eta * (point @ w0 + eps) * seen.mean(1)
        first += chance * np.einsum("r,rij->ij", pb, Z)
        second += chance * np.einsum("r,rij,rkl->ikjl", pb, Z, Z).reshape(second.shape)
    return first, second


def test_distance_along_the_path_by_moments_of_pairs():
    """With B = 3 by independent examples, from a start of its own, at t = 0, 1, 7."""
    w0, start, q, eta, s2, B = np.array([0.8, -0.5]), np.array([0.3, 0.9]), 0.6, 0.07, 0.5, 3
    first, second = step_of_one(2, q, eta, w0, s2, 2)
    pair = second / B + (1 - 1 / B) * np.kron(first, first)
    state = np.kron(np.append(start, 1.0), np.append(start, 1.0))
    seen = []
    for _ in range(8):
        both = state.reshape(3, 3)
        seen.append(np.trace(both[:2, :2]) - 2 * w0 @ both[:2, 2] + w0 @ w0)
        state = pair @ state
    found = stream_distance(np.array([0, 1, 7]), eta, 2, q, B, 2, w0 @ w0, s2,
                            square=start @ start, along=start @ w0)  # fmt: skip
    assert np.asarray(found) == pytest.approx(np.array(seen)[[0, 1, 7]], rel=1e-12)


def test_plain_sgd_with_bernoulli_masks():
    """Within four standard errors and 1 % of the numbers that theory gives, M = 1 and 3."""
    rng = np.random.default_rng(3)
    d, q, B, eta, runs = 10, 0.6, 3, 0.05, 20_000
    w0 = np.full(d, 1.3 / math.sqrt(d))
    for M in (1, 3):
        w = np.zeros((runs, d))
        for _ in range(15):
            x = rng.normal(size=(runs, B, d))
            y = x @ w0 + 0.5 * rng.normal(size=(runs, B))
            seen = (rng.random((runs, B, M, d)) < q) / q * x[:, :, None]
            error = y[:, :, None] - np.einsum("rbmj,rj->rbm", seen, w)
            w += eta * np.einsum("rbm,rbmj->rj", error, seen) / (B * M)
        far = np.sum((w - w0) ** 2, 1)
        known = float(stream_distance(15, masks=M, **TEN))
        assert abs(far.mean() - known) < 4 * far.std() / math.sqrt(runs) < 0.01 * known


def test_steps_above_the_largest_explode():
    top = float(largest_step(0.6, 4, noise_scale(20, 0.6, 2)))
    for factor, grows in ((0.97, False), (1.03, True)):
        now = 0.0, 0.0
        for _ in range(2000):
            now = tuple(float(v) for v in stream_step.__wrapped__(
                *now, factor * top, 20, 0.6, 4, 2, 1.0, 0.5))  # fmt: skip
        assert (now[0] > 1e6) == grows
    end = float(stationary_distance(0.97 * top, 20, 0.6, 4, 2, 1.0, 0.5))
    assert end == pytest.approx(now_at(0.97 * top), rel=1e-6)


def now_at(eta):
    """E|w - w0|^2 after many steps, by the formulas before they were simplified."""
    a = b = 0.0
    q, c, d, n0, s2 = 0.6, 0.4 / 0.6, 20, 1.0, 0.5
    for _ in range(2000):
        u2, wu = n0 - 2 * b + a, b - a
        given = (d + 2) * u2 + d * s2 - 6 * c * wu + 3 * c**2 * a
        drift = a / q**2 - 2 * b / q + n0
        mask = c * given + c / q * (d - 1) * a
        a, b = (
            a - 2 * eta * (a / q - b) + eta**2 * (drift + (given - drift + mask / 2) / 4),
            b - eta * (b / q - n0),
        )
    return a - 2 * b + n0


def test_largest_step_of_a_spectrum_by_eigenvalues():
    lam, q, B, M = np.array([1.0, 0.6, 0.3, 0.1]), 0.6, 2, 3

    def radius(eta):
        zero = np.zeros(4)
        matrix = spectrum_step.__wrapped__(np.eye(4), zero, eta, lam, zero, q, B, M, 0.0)[0]
        return np.max(np.abs(np.linalg.eigvals(matrix))) - 1

    direct = optimize.brentq(radius, 0.05, 1.0, xtol=1e-12)
    both = spectral_largest_step(np.stack([lam, np.ones(4)]), q, B, M)
    assert float(both[0]) == pytest.approx(direct, rel=1e-9)
    equal = float(largest_step(q, B, noise_scale(4, q, M)))
    assert float(both[1]) == pytest.approx(equal, rel=1e-10)


def test_floors_by_direction_sum_to_the_floor():
    w0 = np.array([0.3, 0.7, 0.2])
    each = floor_by_direction(np.ones(3), w0, 0.7, 2, 3, 0.4)
    whole = float(floor_slope(3, 0.7, 2, 3, w0 @ w0, 0.4))
    assert float(np.sum(each)) == pytest.approx(whole, rel=1e-13)


def test_best_numbers_of_masks_by_search():
    for share, data, mask in ((0.05, 2.0, 3.0), (0.3, 1.0, 9.0), (0.6, 1.0, 1.0)):
        found: Any = optimize.minimize_scalar(
            lambda m, a=(share, data, mask): float(relative_cost.__wrapped__(m, *a)),
            bounds=(0.01, 100), method="bounded", options={"xatol": 1e-9},
        )  # fmt: skip
        assert float(best_masks(share, data, mask)) == pytest.approx(found.x, rel=1e-5)
        cost = np.asarray(relative_cost(np.arange(1.0, 101), share, data, mask))
        assert float(best_whole_masks(share, data, mask)) == 1 + np.argmin(cost)


def test_best_batch_and_the_joint_optimum_by_search():
    for overhead, price, noise in ((10.0, 1.2, 30.0), (1e3, 2.0, 5.0), (0.01, 1.0, 40.0)):
        found: Any = optimize.minimize_scalar(
            lambda t, a=(overhead, price, noise): float(
                time_to_forget.__wrapped__(math.exp(t), *a)),
            bounds=(-6, 12), method="bounded", options={"xatol": 1e-10},
        )  # fmt: skip
        batch = float(best_batch(overhead, price, noise))
        assert batch == pytest.approx(math.exp(found.x), rel=1e-5)
        assert float(least_time(overhead, price, noise)) == pytest.approx(found.fun, rel=1e-10)
    share, overhead, q, d = 0.04, 500.0, 0.5, 50
    many = float(noise_scale(d, q, math.inf))
    slope = float(noise_scale(d, q, 1)) - many

    def time(z):
        m, batch = np.exp(z)
        return float(time_to_forget.__wrapped__(
            batch, overhead, 1 - share + share * m, many + slope / m))  # fmt: skip

    both = optimize.minimize(time, [1.0, 3.0], method="Nelder-Mead",
                             options={"xatol": 1e-8, "fatol": 1e-12})  # fmt: skip
    m = float(best_masks(share, many, slope))
    assert m == pytest.approx(math.exp(both.x[0]), rel=1e-4)
    best = float(least_time(overhead, 1 - share + share * m, many + slope / m))
    assert best == pytest.approx(both.fun, rel=1e-9)


@pytest.mark.parametrize(("q", "M"), [(0.5, 2), (0.7, 2), (0.4, 3), (0.75, 4), (0.9, 5)])
def test_least_coupling_by_a_linear_program(q, M):
    """Over all laws of the number kept with mean q M, the least variance."""
    kept = np.arange(M + 1)
    best = optimize.linprog(kept**2, A_eq=np.stack([np.ones(M + 1), kept]), b_eq=[1, q * M])
    rho = ((best.fun - (q * M) ** 2) / (M * q * (1 - q)) - 1) / (M - 1)
    assert float(least_coupling(q, M)) == pytest.approx(rho, abs=1e-9)


def test_coupled_pairs_by_enumeration_and_their_best_coupling_by_search():
    rng = np.random.default_rng(4)
    h, w, q = rng.normal(size=3), rng.normal(size=3), 0.6
    y = h @ w + 0.05

    def law(rho):
        apart = q * (1 - q) * (1 - rho)
        return {(1, 1): q - apart, (0, 0): 1 - q - apart, (1, 0): apart, (0, 1): apart}

    def covariance(rho):
        total, mean = 0.0, np.zeros(3)
        for units in product(law(rho), repeat=3):
            chance = math.prod(law(rho)[u] for u in units)
            b = np.array(units).T / q
            g = -(y - (b * h) @ w)[:, None] * b * h
            total += chance * g[0] @ g[1]
            mean += chance * g[0]
        return total - mean @ mean

    for rho in (-0.6, -0.2, 0.5, 1.0):
        found = float(copy_covariance(h, w, y, q, rho))
        assert found == pytest.approx(covariance(rho), rel=1e-10)
    found: Any = optimize.minimize_scalar(covariance, bounds=(-1, 1), method="bounded")
    assert float(best_coupling(h, w, y, q)) == pytest.approx(found.x, abs=1e-4)
    assert -0.99 < found.x < -0.5


def test_logistic_penalty_by_all_masks_of_twelve_units():
    """The terms leave less and less; rare dropout at p = 1e-6, where the quadratic is off."""
    rng = np.random.default_rng(5)
    small, s, errors = 0.05 * rng.normal(size=12), 0.8, []
    for q, a in ((0.9, small), (1 - 1e-6, 10 * small)):
        b, chance = all_masks(12, q)
        exact = chance @ (np.logaddexp(0, s + (b - 1) @ a) - np.logaddexp(0, s))
        sums = np.cumsum([float(t) for t in penalty_terms(s, a, q)])
        errors.append(np.abs(sums / exact - 1))
    assert errors[0][2] < errors[0][1] < errors[0][0]
    assert exact / 1e-6 == pytest.approx(float(rare_penalty(s, 10 * small)), rel=1e-5)
    assert errors[1][0] > 1000 * 1e-6  # no power of p


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: noise_scale(10, 0.0, 2), "keep = 0 is outside .* nothing is kept"),
        (lambda: noise_scale(10, 1.2, 2), "keep = 1.2 is outside"),
        (lambda: noise_scale(10, 0.5, 0.5), "masks = 0.5 is outside .* at least one mask"),
        (lambda: noise_scale(10, 0.5, 3, coupling=-0.9), "is below what M copies allow"),
        (lambda: noise_scale(10, 0.5, math.inf, coupling=-0.1), "is below what M copies allow"),
        (lambda: largest_step(0.5, 0, 3.0), "batch = 0 is outside"),
        (lambda: stream_distance(15, **TEN | {"eta": 0.0}, masks=1), "eta = 0 is outside"),
        (lambda: stream_distance(15, **TEN | {"eta": 0.3}, masks=1), "mean-square unstable"),
        (lambda: stationary_distance(**TEN | {"eta": 0.3}, masks=1), "mean-square unstable"),
        (lambda: stream_distance(1.5, **TEN, masks=1), "is not a whole number"),
        (lambda: stream_step(1.0, 2.0, masks=1, **TEN), "is not inside"),
        (lambda: least_coupling(0.5, 1), "masks = 1 is outside"),
        (lambda: best_masks(1.0, 1.0, 1.0), "share = 1 is outside"),
        (lambda: best_batch(1e-6, 1e3, 1e6), "the best batch tends to 0"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"keep": 0.0}, "nothing is kept"),
        ({"masks": 0}, "masks = 0 is outside"),
        ({"masks": 1.5}, "masks"),
        ({"batch": 9}, "is above n = 8"),
        ({"eta": 0.0}, "eta = 0"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)


def test_the_stream_with_one_mask_is_that_of_its_second_moment():
    p = Params(d=10, keep=0.6, batch=3, masks=3, eta=0.05, n0=1.69, s2=0.25, steps=15)
    seen = np.asarray(simulate("multi_sample_dropout", p, trials=4096)["distance"][:, -1, 0])
    error = seen.std() / len(seen) ** 0.5
    assert abs(seen.mean() - float(path(p, 1))) < 5 * error
