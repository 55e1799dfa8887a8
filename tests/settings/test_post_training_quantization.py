"""Cells at many digits, minima by search, programmes by scipy, lattices by enumeration."""

import itertools
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from theory import ArgumentError, ParameterError
from theory.post_training_quantization import (
    Params, affine_error, ball_constant, best_clip, best_clip_laplace, best_few, best_penalty,
    best_ridge_risk, bias_threshold, bias_tuned_error, calibrated_rounding_error, calibration_risk,
    calibration_threshold, cell_sum, corrected_mse, effective_samples, few_samples_threshold,
    gaussian_moments, gaussian_mse, image_risk, interpolation_risk, laplace_mse, least_squares_risk,
    matching_error, noise_floor, patch_samples, reestimated_error, removable, ridge_risk, risk_cdf,
    seen_rounding_error, sequential_error, split_clip, split_clip_laplace, split_mse,
    split_mse_laplace,
)  # fmt: skip
from theory.post_training_quantization.params import BEST

RUNGS = [
    (1, 1.0),
    (2, 1.6),
    (3, 2.2),
    (8, 2.2),
    (15, 0.5),
    (256, 3.3),
    (2, 40.0),
    (5, 0.01),
    (1, 40.0),
]


def exact(levels, clip, law):
    """E (x - q_0)^2 - 2 D sum_t E (x - t)_+ at 40 digits."""
    clip = mpmath.mpf(clip)
    step, total = 2 * clip / levels, mpmath.mpf(1 if law == "gauss" else 2)

    def above(t):
        if law == "gauss":
            return mpmath.npdf(t) - t * mpmath.ncdf(-t)
        return mpmath.exp(-t) / 2 if t >= 0 else -t + mpmath.exp(t) / 2

    total += (step / 2 - clip) ** 2
    return total - 2 * step * sum(above(k * step - clip) for k in range(1, levels))


def test_errors_of_quantisers_at_many_digits():
    with mpmath.workdps(40):
        normal = [float(exact(*rung, "gauss")) for rung in RUNGS]
        heavy = [float(exact(*rung, "laplace")) for rung in RUNGS]
    levels, clips = np.array(RUNGS).T
    assert np.asarray(gaussian_mse(levels, clips)) == pytest.approx(normal, rel=1e-14)
    assert np.asarray(laplace_mse(levels, clips)) == pytest.approx(heavy, rel=1e-13)
    assert float(cell_sum(8, 2.2)) == pytest.approx(normal[3], rel=1e-13)
    fine = float(gaussian_mse(2.0**20, 6.0))  # where a sum over cells has four digits left
    assert fine == pytest.approx(float(corrected_mse(2.0**20, 6.0)), rel=1e-13)


def quantise(x, levels, clip):
    step = 2 * clip / levels
    return -clip + step * (np.clip(np.floor((x + clip) / step), 0, levels - 1) + 0.5)


@pytest.mark.parametrize("levels", [4, 5])
def test_moments_by_quadrature_and_the_slope_by_differences(levels):
    clip = 1.7
    ends = np.concatenate([[-12], -clip + 2 * clip / levels * np.arange(1, levels), [12]])
    found = [float(x) for x in gaussian_moments(levels, clip)]
    for power, value in ((1, found[0]), (2, found[1])):

        def term(x, power=power):
            q = quantise(x, levels, clip)
            return (x * q if power == 1 else q * q) * stats.norm.pdf(x)

        pieces = [integrate.quad(term, a, b)[0] for a, b in itertools.pairwise(ends)]
        assert value == pytest.approx(sum(pieces), rel=1e-8)
    near = [float(gaussian_mse(levels, clip + h)) for h in (1e-5, -1e-5)]
    slope = clip * (near[0] - near[1]) / 2e-5
    assert slope == pytest.approx(2 * (found[1] - found[0]), rel=1e-6)
    mse = float(gaussian_mse(levels, clip))
    assert mse == pytest.approx(1 - 2 * found[0] + found[1], rel=1e-12)


def test_best_ranges_by_search():
    line = np.linspace(0.5, 9, 8501)
    for clip, mse in (
        (best_clip, gaussian_mse), (best_clip_laplace, laplace_mse), (split_clip, split_mse),
    ):  # fmt: skip
        best = line[np.argmin(np.asarray(mse(8.0, line)))]
        assert float(clip(8.0)) == pytest.approx(best, abs=6e-4)
    assert float(best_clip(4.0)) == pytest.approx(BEST.clip, rel=1e-12)
    assert float(best_clip_laplace(2.0)) == pytest.approx(2, rel=1e-12)
    a = float(split_clip_laplace(4))
    assert a * np.exp(a) == pytest.approx(768, rel=1e-12)
    assert float(split_mse_laplace(16, a)) == pytest.approx((a * a + 2 * a) / 768, rel=1e-12)
    odd = float(best_clip(3.0))  # three levels: Max's quantiser has the error .1902
    assert float(gaussian_mse(3.0, odd)) == pytest.approx(0.19017, abs=1e-5)


def test_risks_by_their_law_and_by_solves():
    ends = (20.0, 8.0, 0.7)
    tail = integrate.quad(lambda r: 1 - float(risk_cdf(r, *ends)), float(noise_floor(0.7)), 30)[0]
    assert float(noise_floor(0.7)) + tail == pytest.approx(float(least_squares_risk(*ends)), 1e-4)
    assert float(calibration_risk(*ends)) == pytest.approx(float(least_squares_risk(*ends)))
    rng, k, b, t2 = np.random.default_rng(0), 8, 3, 2.0
    x, e = rng.normal(size=(2, 20_000, b, k))
    seen = x + np.sqrt(t2) * e
    v = np.linalg.pinv(seen) @ (x - seen)[..., :1]  # w the first axis
    u = v[..., 0] + np.eye(k)[0]
    risk = np.sum((np.eye(k)[0] - u) ** 2, 1) + t2 * np.sum(u**2, 1)
    gap = np.mean(risk) - float(interpolation_risk(b, k, t2))
    assert abs(gap) < 5 * np.std(risk) / np.sqrt(len(risk))
    assert float(calibration_risk(b, k, t2)) == pytest.approx(float(interpolation_risk(b, k, t2)))
    assert float(noise_floor(t2) + removable(t2)) == pytest.approx(t2)
    assert float(calibration_risk(calibration_threshold(k, t2), k, t2)) == pytest.approx(t2)
    assert float(interpolation_risk(few_samples_threshold(k, t2), k, t2)) == pytest.approx(t2)
    few: Any = optimize.minimize_scalar(
        lambda b: float(interpolation_risk(b, k, 5.0)),
        bounds=(1, 6.9),
        method="bounded",
        options={"maxiter": 60},
    )
    assert float(best_few(k, 5.0)) == pytest.approx(few.x, abs=1e-4)


def test_ridge_by_the_density_of_marchenko_and_pastur():
    for g, t2, penalty in ((0.5, 0.5, 0.3), (3.0, 2.0, 1.1)):
        low, high = (1 - np.sqrt(g)) ** 2, (1 + np.sqrt(g)) ** 2

        def mean(f, g=g, low=low, high=high):
            def term(s):
                return f(s) * np.sqrt((high - s) * (s - low)) / (2 * np.pi * g * s)

            return integrate.quad(term, low, high)[0] + max(0, 1 - 1 / g) * f(0.0)

        s2, r2 = float(noise_floor(t2)), float(removable(t2))
        excess = mean(lambda s: (r2 * penalty**2 + s2 * g * s) / (s + penalty) ** 2)  # noqa: B023
        assert float(ridge_risk(g, t2, penalty)) == pytest.approx(s2 + excess, rel=1e-7)
        best: Any = optimize.minimize_scalar(
            lambda x, g=g, t2=t2: float(ridge_risk(g, t2, x)), bounds=(1e-3, 9), method="bounded"
        )
        assert float(best_penalty(g, t2)) == pytest.approx(best.x, abs=1e-3)
        assert float(best_ridge_risk(g, t2)) == pytest.approx(best.fun, rel=1e-9)


def test_effective_samples_by_bisection():
    c, k = np.array([9.0, 4.0, 1.0, 0.5, 0.2, 0.1]), 2.5
    at = optimize.brentq(lambda x: np.sum(c * x / (1 + c * x)) - k, 1e-6, 1e6)
    share = c * at / (1 + c * at)
    assert float(effective_samples(c, k)) == pytest.approx(k**2 / np.sum(share**2), rel=1e-10)
    assert float(effective_samples(np.ones(9), 4.0)) == pytest.approx(9, rel=1e-12)
    few = float(effective_samples(np.append(c, [3.0] * 3000), 1.0))  # far below their number
    assert few == pytest.approx((c.sum() + 9000) ** 2 / (np.sum(c**2) + 27000), rel=1e-3)
    assert float(patch_samples(7, 5, 0.0, 16)) == pytest.approx(35, rel=1e-12)
    assert float(patch_samples(40, 5, 0.999, 16)) == pytest.approx(40, rel=0.01)
    assert float(image_risk(35, 16, 1.0)) == pytest.approx(0.5 * 35 / 19)


def test_rounding_by_lattices_and_by_bartlett():
    S = np.array([[1.0, 0.6], [0.6, 0.8]])
    R = np.linalg.cholesky(S).T
    rng = np.random.default_rng(1)
    w = rng.random((40_000, 2))
    grid = np.array(list(itertools.product(range(-2, 4), repeat=2)), float)
    d = grid[None] - w[:, None]
    closest = np.min(np.sum((d @ R.T) ** 2, -1), 1).mean()
    second = np.round(w[:, 1])
    first = np.round(w[:, 0] - R[0, 1] / R[0, 0] * (second - w[:, 1]))
    errors = (np.stack([first, second], 1) - w) @ R.T
    babai = np.mean(np.sum(errors**2, 1))
    parts = np.diag(R) ** 2
    assert float(sequential_error(1.0, parts)) == pytest.approx(babai, rel=0.02)
    ball = 2 * float(ball_constant(2)) * np.sqrt(np.linalg.det(S))
    assert ball <= closest <= babai
    assert ball == pytest.approx(closest, rel=0.06)
    assert float(ball_constant(10**6)) == pytest.approx(1 / (2 * np.pi * np.e), rel=1e-4)
    k, b, total, seen = 3, 8, 0.0, 0.0
    for z in rng.normal(size=(8000, b, k)):
        T = np.linalg.qr(z, mode="r")
        back = np.linalg.inv(T) * np.diag(T)
        total += np.sum(back**2) / 12 / 8000
        seen += np.sum(np.diag(T) ** 2) / b / 12 / 8000
    assert float(calibrated_rounding_error(1.0, np.ones(k), b)) == pytest.approx(total, rel=0.03)
    assert float(seen_rounding_error(1.0, np.ones(k), b)) == pytest.approx(seen, rel=0.03)


def test_statistics_by_quadrature():
    b, rho = 9, 0.7

    def inverse(power):
        s = np.sqrt(b - 1)
        return integrate.quad(
            lambda q: (s / np.sqrt(q)) ** power * stats.chi2.pdf(q, b - 1), 0, np.inf
        )[0]

    error = 1 - 2 * rho * inverse(1) + (1 + 1 / b) * inverse(2)
    assert float(reestimated_error(b, rho)) == pytest.approx(error, rel=1e-8)
    assert float(reestimated_error(1e6, rho)) == pytest.approx(2 * (1 - rho), abs=1e-5)
    line: Any = optimize.minimize_scalar(lambda c: 1 - 2 * c * rho + c * c)
    assert float(affine_error(rho)) == pytest.approx(line.fun, rel=1e-10)
    assert float(matching_error(rho)) == pytest.approx(0.6)
    at = float(bias_threshold(0.6, 0.1))
    assert float(bias_tuned_error(0.6, at)) == pytest.approx(0.6 + 0.01)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gaussian_mse(0, 2.0), "levels = 0 is outside"),
        (lambda: gaussian_mse(7.5, 2.0), "not a whole number"),
        (lambda: gaussian_mse(8, 0.0), "clip = 0 is outside"),
        (lambda: laplace_mse(8, -1.0), "clip = -1 is outside"),
        (lambda: best_clip(1), "nothing is left to choose"),
        (lambda: split_clip_laplace(0), "bits = 0 is outside"),
        (lambda: calibration_risk(16.5, 16, 0.5), "interpolation peak"),
        (lambda: calibration_risk(0, 16, 0.5), "samples = 0 is outside"),
        (lambda: least_squares_risk(17, 16, 0.5), "interpolation peak"),
        (lambda: interpolation_risk(15, 16, 0.5), "interpolation peak"),
        (lambda: noise_floor(0.0), "noise = 0 is outside"),
        (lambda: best_few(16, 0.5), "no interpolation gains"),
        (lambda: patch_samples(1, 8, 0.5, 16), "not above K"),
        (lambda: calibrated_rounding_error(0.1, np.ones(4), 4), "singular"),
        (lambda: sequential_error(0.1, [1.0, -0.2]), "innovations"),
        (lambda: reestimated_error(3, 0.5), "samples = 3 is outside"),
        (lambda: matching_error(1.1), "rho = 1.1 is outside"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"bits": 0}, "bits = 0 is outside"),
        ({"bits": 2.5}, "bits"),
        ({"clip": 0.0}, "clip = 0.0 is outside"),
        ({"noise": 0.0}, "noise = 0.0 is outside"),
        ({"samples": 0}, "samples = 0 is outside"),
        ({"samples": 65}, "is above rows"),
    ],
)
def test_bad_params_are_refused(words, message):
    with pytest.raises(ParameterError, match=message):
        Params(**words)
