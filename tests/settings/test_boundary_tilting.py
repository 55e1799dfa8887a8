"""Boundary tilting against routes that are no claim."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from sims import hinge_fit
from theory import ArgumentError, ParameterError, mp_mean
from theory.boundary_tilting import (
    Params, adversarial_type, command, mean_square_strength, measure, ridge_budget, ridge_of_budget,
    tilt_law, tilt_limit,
)  # fmt: skip
from theory.boundary_tilting.geometry import tangent


@pytest.mark.parametrize("ridge", [0.05, 0.5, 5.0])
def test_no_search_from_ten_starts_beats_ridge_lda_under_attack(ridge):
    rng = np.random.default_rng(3)
    A = rng.standard_normal((5, 5))
    S, v = A @ A.T / 5 + 0.2 * np.eye(5), rng.standard_normal(5)
    w = np.linalg.solve(S + ridge * np.eye(5), v)
    w /= np.linalg.norm(w)
    budget = ridge * (w @ v / 2) / (ridge + w @ S @ w)

    def error(c):
        return -(c @ v / 2 - budget * np.linalg.norm(c)) / np.sqrt(c @ S @ c)

    found = [optimize.minimize(error, rng.standard_normal(5)).fun for _ in range(10)]
    assert min(found) == pytest.approx(error(w), abs=1e-8)


def test_a_budget_goes_to_a_ridge_and_back():
    plane = {"distance": 2.0, "bb": 1.0, "bu": -0.6, "uu": 0.5}
    for ridge in (0.0, 0.01, 1.0, 100.0):
        budget = ridge_budget(ridge, **plane)
        assert ridge_of_budget(budget, **plane) == pytest.approx(ridge, rel=1e-9)
    assert ridge_budget(1e9, **plane) == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize(("p", "nu"), [(20, 58), (5, 28), (40, 58)])
def test_the_tilt_of_lda_has_the_f_law(p, nu):
    a, b = tilt_law(p, nu)
    square = np.array([0.05, 0.3, 1.0, 4.0])  # tan(delta)^2
    by_f = stats.f(p - 1, nu - p + 2).cdf(square * (nu - p + 2) / (p - 1))
    assert stats.beta(a, b).sf(1 / (1 + square)) == pytest.approx(by_f, abs=1e-12)


@pytest.mark.parametrize(("p", "nu"), [(20, 58), (40, 58), (20, 10), (60, 30)])
def test_mean_square_strength_is_the_mean_of_the_law(p, nu):
    law = stats.beta(*map(float, tilt_law(p, nu)))
    mean, _ = integrate.quad(lambda x: law.pdf(x) / x, 0, 1)
    assert mean_square_strength(p, nu) == pytest.approx(mean, rel=1e-7)


def test_mean_square_strength_has_no_bound_where_s_is_barely_singular():
    assert np.isinf(mean_square_strength(np.arange(58, 61), 58)).all()
    assert np.isfinite(mean_square_strength(np.array([57, 61]), 58)).all()


@pytest.mark.parametrize(("ridge", "gamma"), [(0.1, 0.5), (1.0, 1.5), (0.3, 1.0)])
def test_the_limit_of_the_tilt_is_an_average_over_the_spectrum(ridge, gamma):
    m, slope = (mp_mean(lambda s, r=r: 1 / (s + ridge) ** r, gamma) for r in (1, 2))
    assert tilt_limit(ridge, gamma) == pytest.approx(float(m / slope**0.5), rel=1e-10)


@pytest.mark.parametrize(("gamma", "square"), [(0.25, 0.75), (0.8, 0.2), (4.0, 0.75), (1.25, 0.2)])
def test_without_ridge_the_limit_meets_the_exact_laws(gamma, square):
    assert tilt_limit(1e-12, gamma) ** 2 == pytest.approx(square, rel=1e-9)
    assert tilt_limit(1e9, gamma) == pytest.approx(1.0, abs=1e-9)
    large = np.array([round(1e6 * gamma), 10**6])
    a, b = tilt_law(*large)
    assert a / (a + b) == pytest.approx(square, rel=1e-4)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("ridge", [2.3e-308, 1e-154, 1e-20, 1e-3])
def test_the_limit_of_the_tilt_and_its_slope_hold_at_any_ridge(ridge, gamma):
    with mpmath.workdps(700):  # the difference of sizes 1 and 1e-308 loses its digits

        def cosine(r):
            b, g = 1 - gamma + r, mpmath.mpf(gamma)
            m = (-b + mpmath.sqrt(b**2 + 4 * g * r)) / (2 * g * r)
            return m / mpmath.sqrt((g * m**2 + m) / (2 * g * r * m + b))

        r = mpmath.mpf(ridge)
        want = cosine(r)
        slope = (cosine(r * (1 + mpmath.mpf(10) ** -30)) - want) / (r * mpmath.mpf(10) ** -30)
        want, slope = float(want), float(slope)
    assert jax.value_and_grad(tilt_limit)(ridge, gamma) == pytest.approx((want, slope), rel=1e-12)


@pytest.mark.parametrize(("counts", "tilted"), [((12, 12), False), ((16, 8), True)])
def test_above_the_threshold_balanced_classes_alone_give_the_nearest_centroid(counts, tilted):
    rng = np.random.default_rng(0)
    first, second = (rng.standard_normal((k, 4)) for k in counts)
    second[:, 0] += 2
    v = (second.mean(0) - first.mean(0)) / 2
    ridge = 1.5 * (np.max(second @ v) - np.min(first @ v)) / 4
    X = np.column_stack([np.concatenate([first, second]), np.ones(24)])
    y, free = jnp.asarray(np.repeat([-1.0, 1.0], counts)), jnp.asarray([1.0, 1, 1, 1, 0])
    w = hinge_fit(jnp.asarray(X), y, 1 / 24, 2 * ridge * free).theta[:4]
    assert (tangent(w, v) > 0.01) == tilted


def test_types_part_the_plane_at_the_best_tilt():
    assert list(adversarial_type(np.array([0.5, 1.2, 3.0]), 1.2)) == [0, 1, 2]
    assert list(adversarial_type(np.array([1.0, 1.19, 1.3]), 1.2, 0.05)) == [0, 1, 2]


def test_what_no_rule_can_do_is_refused():
    with pytest.raises(ParameterError, match="Sigma is not positive definite"):
        Params(bu=0.8)
    with pytest.raises(ParameterError, match="no linear classifier has robust error below 1/2"):
        Params(budget=1.0)
    with pytest.raises(ArgumentError, match="no linear classifier has robust error below 1/2"):
        ridge_of_budget(1.0, 2.0, 1.0, 0.0, 1.0)


@pytest.fixture
def sample():
    """A rule and two classes, whose exact numbers by hand: D = 2, delta = 60 degrees, s = 2."""
    cross = np.array([[0.0, 0.5], [0.0, -0.5], [0.5, 0.0], [-0.5, 0.0]])
    return np.array([0.5, np.sqrt(0.75)]), cross - np.eye(2)[0], cross + np.eye(2)[0]


def test_a_users_rule_is_measured(sample):
    seen = measure(sample[0], 0.1, *sample[1:])
    assert (seen.angle, seen.strength, seen.secant) == pytest.approx((60, 2, 2), rel=1e-12)
    assert (seen.adversarial_distance, seen.half_gap) == pytest.approx((0.5, 0.5), rel=1e-12)
    assert (seen.separates, seen.kind, seen.best_angle) == (True, 2, pytest.approx(0, abs=1e-9))
    errors = stats.norm.sf([1.5**0.5, 6**0.5])  # each class varies by 1/6 on both axes
    assert (seen.normal_error, seen.best_error) == pytest.approx(errors, rel=1e-9)
    assert not measure(sample[0], 0.6, *sample[1:]).separates


def test_errors_of_normal_classes_are_those_of_rules_in_the_plane():
    first, second = np.random.default_rng(3).multivariate_normal([0, 0], [[2, 1], [1, 1]], (2, 40))
    second += np.array([3.0, 0.0])
    gap = second.mean(0) - first.mean(0)
    w = gap + np.array([0.4, 1.2])
    seen = measure(w, -w @ (first.mean(0) + second.mean(0)) / 2, first, second)

    pooled = (np.cov(first.T) + np.cov(second.T)) / 2

    def error(rule):
        return stats.norm.sf(gap @ rule / 2 / np.sqrt(rule @ pooled @ rule))

    across = w / (w @ gap) - gap / (gap @ gap)
    best = optimize.minimize_scalar(lambda share: error(gap / (gap @ gap) + share * across))
    assert (seen.normal_error, seen.best_error) == pytest.approx((error(w), best.fun), rel=1e-9)


def test_the_command_prints_what_is_measured(sample, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "150")
    arguments = []
    for word, array in zip(("weights", "first", "second"), sample, strict=True):
        np.save(tmp_path / f"{word}.npy", array)
        arguments += [f"--{word}", str(tmp_path / f"{word}.npy")]
    assert command([*arguments, "--intercept", "0.6"]) == 0
    shown = capsys.readouterr().out
    assert "over-tilted" in shown
    assert "NOT SO HERE" in shown
    assert command(arguments[:2]) == 2


def test_a_rule_without_an_angle_is_refused(sample):
    w, first, second = sample
    for given, why in (
        ((w, 0.0, first, first), "class means coincide"),
        ((-w, 0.0, first, second), "anti-aligned"),
        ((w[:1], 0.0, first, second), "p >= 2"),
        ((w, np.nan, first, second), "not finite"),
        ((w, None, first, second[:0]), "at least one point"),
    ):
        with pytest.raises(ParameterError, match=why):
            measure(*given)


@pytest.mark.parametrize(
    ("at", "value", "slopes"),  # by mpmath: bisection in log lambda and central differences
    [
        ((0.0, 2.2250738585072014e-308, 999.0, 247.0, 311.0), 0, (np.inf, 0, 0, 0, 0)),
        ((0.0, 2.0, 3.0, 1.0, 1.0), 0, (2**0.5, 0, 0, 0, 0)),
        ((1e-300, 2.0, 3.0, 1.0, 1.0), 1.4142135623731e-300,
         (2**0.5, -7.07106781e-301, 7.07106781e-301, -2.12132034e-300, 1.41421356e-300)),
        ((4e-101, 1e-100, 3.0, 1.0, 1.0), 11.4961431069687,
         (1.50010856e102, -6.00043424e101, 4.16230921, -1.04799475, 0.0572102317)),
        ((0.2, 2.0, 1.0, 0.1, 1.0), 0.247004016595099,
         (1.54746524, -0.154746524, 0.249795679, -0.0598390052, 0.00319223826)),
    ],
)  # fmt: skip
def test_the_ridge_of_a_budget_holds_to_the_ends_of_its_range(at, value, slopes):
    found, by = jax.value_and_grad(ridge_of_budget, tuple(range(5)))(*at)
    assert float(found) == pytest.approx(value, rel=1e-12)
    assert [float(x) for x in by] == pytest.approx(slopes, rel=1e-6)


def test_a_budget_next_to_half_the_distance_has_its_ridge():
    """lambda ~ s_bb/(1 - 2 eps/D), beyond 1e12."""
    assert float(ridge_of_budget(0.5, 1 + 2**-52, 50.0, -3.0, 0.3)) == pytest.approx(50 * 2.0**52)
