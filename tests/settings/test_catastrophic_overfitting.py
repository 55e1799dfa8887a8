"""Thresholds, clocks and locks by integration, by enumeration of the noise, and what is refused."""

import numpy as np
import pytest
from scipy import integrate, optimize

from sims import simulate
from theory import ArgumentError, ParameterError
from theory.catastrophic_overfitting import (
    Params, abnormal_change, abnormal_onset, abnormal_share, arrest, clock_time, critical_radius,
    descended_value, effective_time, locked_ratio, mean_change, noise_push, noise_width,
    projected_push, recovery_time, regularised_push, worst_value,
)  # fmt: skip
from theory.catastrophic_overfitting.noise import change_variance


def g(x, q):
    return x - q * x**3


def enumerated(q, k, points=100_000):
    """(starts, ends of the step, changes) on equally spaced starts."""
    s = k * (2 * (np.arange(points) + 0.5) / points - 1)
    after = s - np.sign(1 - 3 * q * s**2)
    return s, after, g(after, q) - g(s, q)


def test_the_late_share_of_a_trial_is_that_of_its_curvature():
    late = Params(k=2.0, late=0.2)
    seen = simulate("catastrophic_overfitting", late, trials=4096)["abnormal_late"]
    assert seen.mean() == pytest.approx(float(abnormal_share(0.2, 2.0)), abs=5 * 0.44 / 64)


@pytest.mark.parametrize("k", [0.2, 0.5, 1.0, 2.0])
def test_shares_changes_and_pushes_by_enumeration(k):
    for q in (0.02, 0.2, 0.9, 2.9, 3.3, 4.5, 30.0):
        _, after, change = enumerated(q, k)
        assert float(abnormal_share(q, k)) == pytest.approx(np.mean(change > 0), abs=5e-5)
        near = 1e-4 * (1 + q) * (1 + k) ** 2  # the jumps at the ends of the pieces
        rise = np.mean(np.maximum(change, 0))
        assert float(abnormal_change(q, k)) == pytest.approx(rise, abs=near)
        assert float(mean_change(q, k)) == pytest.approx(np.mean(change), abs=near)
        assert float(change_variance(q, k)) == pytest.approx(np.var(change), rel=1e-3)
        on_b, on_c = map(float, noise_push(q, k))
        assert (on_b, on_c) == pytest.approx((after.mean(), -(after**3).mean()), abs=near)
        weights = np.where(change > 0, 1 - 3.0, 1.0)
        penalised = (weights * after).mean(), -(weights * after**3).mean()
        found = tuple(map(float, regularised_push(q, k, 3.0)))
        assert found == pytest.approx(penalised, abs=near)
        if k <= 1:
            inside = np.clip(after, -1, 1)
            found = tuple(map(float, projected_push(q, k)))
            assert found == pytest.approx((inside.mean(), -(inside**3).mean()), abs=near)


def test_the_onset_is_where_the_first_abnormal_example_is():
    for k in (0.2, 1.0, 2.0):
        onset = float(abnormal_onset(k))
        assert float(abnormal_share(0.999 * onset, k)) == 0.0
        assert float(abnormal_share(1.001 * onset, k)) > 0.0


def test_the_clock_is_the_flow_of_the_logistic_loss():
    b, c, M, kappa, a, n = 1.0, 0.1, 2.0, 0.5, 0.6, 4

    def flow(_, y):
        w = 1 / (1 + np.exp(y[2] - n * (y[0] - y[1])))
        return [-n * w, kappa * n * w, a**2 * w]

    ratios = (1 / 3, 1.0, 4 / 3)
    events = [lambda _, y, Q=Q: y[1] - Q * y[0] for Q in ratios] + [lambda _, y: y[0]]
    run = integrate.solve_ivp(flow, (0, 5), [b, c, M], rtol=1e-11, atol=1e-12, events=events)
    taus = [float(effective_time(b, c, kappa, n, Q)) for Q in ratios] + [b / n]
    growth, start = a**2 + n**2 * (1 + kappa), M - n * (b - c)
    found = [float(clock_time(tau, start, growth)) for tau in taus]
    assert found == pytest.approx([float(t[0]) for t in run.t_events], abs=1e-7)
    assert found == pytest.approx([0.107317, 0.461869, 0.658453, 3.900228], abs=1e-6)


def test_recovery_is_the_time_of_the_sliding_flow():
    for M, d, a in ((0.6, 2.0, 0.5), (-1.0, 0.5, 2.0)):
        slow = lambda m, d=d, a=a: (2 + np.exp(m + d) + np.exp(m - d)) / (2 * a**2)  # noqa: E731
        assert float(recovery_time(M, d, a)) == pytest.approx(integrate.quad(slow, M, d)[0])
    assert float(recovery_time(3.0, 2.0, 1.0)) == 0.0


def test_the_critical_radius_by_another_search():
    for M, B, D, a, n in ((1.0, 1.0, 0.0, 0.0, 10), (2.0, 0.5, 0.3, 0.7, 4)):
        worst = lambda e: M + a**2 * B / (n * e) - n * e**3 * (D + e**2 * B)  # noqa: E731, B023
        root = optimize.brentq(worst, 1e-3, 10, xtol=1e-14)
        assert float(critical_radius(M, B, D, a, n)) == pytest.approx(root, rel=1e-10)


def end_of_flow(q, k, kappa, lam=0.0, projected=False):
    """c/b after 15 units of log b's time by Euler's steps, the pushes by enumeration; at most 9."""
    for _ in range(1500):
        _, after, change = enumerated(q, k, 1000)
        after = np.clip(after, -1, 1) if projected else after
        weights = np.where(change > 0, 1 - lam, 1.0)
        q -= 0.01 * (kappa * np.mean(weights * after**3) + q * np.mean(weights * after))
        if q > 9:
            break
    return q


@pytest.mark.parametrize(("k", "kappa", "lam"), [(1.0, 1.0, 0.0), (0.5, 1.0, 4.0), (0.6, 0.5, 2.0)])
def test_locks_by_integration(k, kappa, lam):
    lock = float(locked_ratio(k, kappa, lam))
    assert end_of_flow(0.02, k, kappa, lam) == pytest.approx(lock, rel=4e-3)


def test_wide_noise_prevents_what_projected_noise_does_not():
    width = float(noise_width(4 / 3, 2.0))
    assert end_of_flow(0.02, 1.03 * width, 2.0) < 4 / 3 < end_of_flow(0.02, 0.97 * width, 2.0)
    assert end_of_flow(0.02, 1.0, 2.0) < 4 / 3 < end_of_flow(0.02, 1.0, 2.0, projected=True)
    assert float(noise_width(1 / 3, 1.0)) == pytest.approx(
        optimize.brentq(lambda k: 4 - k**3 - k - (k - 2) / 3, 1, 2)
    )


def test_values_at_the_thresholds_and_of_many_at_once():
    assert float(worst_value(1.0)) == pytest.approx(-2 / 3**1.5)
    assert np.asarray(worst_value([1 / 3, 4 / 3, 5.0])) == pytest.approx([-2 / 3, -1 / 3, -4])
    assert float(descended_value(1 / 3)) == pytest.approx(-2 / 3)
    assert np.asarray(abnormal_share([[0.5], [6.0]], [2.0, 1.0])).shape == (2, 2)
    assert np.asarray(abnormal_share([0.2, 1.0, 2.9], 2.0)) == pytest.approx([0.25] * 3)
    assert float(arrest(1.0, 0.05, 0.5)) == pytest.approx(0.55 / 1.5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: abnormal_share(1.0, 0.0), "0 is FGSM itself"),
        (lambda: abnormal_share(1.0, -1.0), "k = -1 is outside"),
        (lambda: worst_value(-0.1), "q = -0.1 is outside"),
        (lambda: effective_time(0.0, 0.1, 1.0, 4, 1.0), "b = 0 is outside"),
        (lambda: effective_time(1.0, 2.0, 1.0, 4, 1.0), "has c/b above the ratio already"),
        (lambda: effective_time(1.0, 0.1, 0.0, 4, 1.0), "kappa = 0 is outside"),
        (lambda: critical_radius(1.0, 1.0, 0.0, 0.0, 0), "n = 0 is outside"),
        (lambda: projected_push(1.0, 1.5), "k = 1.5 is outside"),
    ],
)
def test_bad_numbers_are_refused_with_what_is_allowed(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_bad_params_are_refused():
    with pytest.raises(ParameterError, match="the model starts from b > 0"):
        Params(b=0.0)
    with pytest.raises(ParameterError, match="kappa = 0"):
        Params(kappa=0.0)
