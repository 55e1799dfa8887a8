"""Flows by an ODE solver, interpolators by linear and convex programmes, states by prox roots."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize, stats

from sims.weight_compander import interpolator
from theory import ArgumentError, ParameterError
from theory.weight_compander import (
    Params, compander, crossing_weight, decay_penalty, fixed_variable, gain, largest_step,
    learned_reach, mirror_map, mirrored, mode_weight, potential, potential_of_variable,
    reaching_time, recovery_error, unique_share, variable_of, weight_cdf, weight_density,
)  # fmt: skip

A, B = 0.8, 0.5
solve = jax.jit(interpolator)


def system(seed=0, n=5, d=20):
    """Equations with a solution well inside the box."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    return X, X @ rng.uniform(-0.5, 0.5, size=d)


def test_known_digits():
    w = 0.48858077151136689  # x = .7
    cases = [
        (compander(0.35, A, B), 0.488580771511367),
        (variable_of(w, A, B), 0.35),
        (gain(w, A, B), 1 / 0.8672265625),
        (crossing_weight(A, B), A * math.acos(math.sqrt(B / A))),
        (fixed_variable(A, B), 0.817501293707355),
        (largest_step(w, A, B, 1.3), 2 * 0.8672265625 / 1.3),
        (potential(w, A, B), 0.0536480099964473),
        (potential_of_variable(0.35, B), 0.0536480099964473),
        (mirror_map(w, A, B), 0.254479166666667),
        (mirrored(0.254479166666667, A, B), w),
        (decay_penalty(w, A, B, 0.3), 0.018375),
        (mode_weight(A, B, 1.0), 0.967543362310551),
        (learned_reach(0.35, A, B), 1.87193159806143),
        (reaching_time(0.35, A, B, 1.9, 1.0), 0.158066943107324),
        (reaching_time(0.35, A, B, 1.9, 2.0), 0.079033471553662),
        (weight_density(w, A, B, 1.0), 0.349442573066398),
        (weight_cdf(w, A, B, 1.0), stats.norm.cdf(0.35)),
        (unique_share(7, 12), 0.7255859375),
    ]
    for i, (found, known) in enumerate(cases):
        assert float(found) == pytest.approx(known, rel=1e-12), i


@pytest.mark.parametrize(("a", "b"), [(0.8, 0.5), (0.45, 0.7)])
def test_the_flow_of_an_ode_solver_ends_at_the_programme(a, b):
    X, y = system()

    def field(_, v):
        return -(a / b) / (1 + (v / b) ** 2) * (X.T @ (X @ (a * np.arctan(v / b)) - y))

    time = 60 * (b / a) ** 2
    run = integrate.solve_ivp(
        field, (0, time), np.zeros(20), method="LSODA", rtol=1e-11, atol=1e-13
    )
    w = a * np.arctan(run.y[:, -1] / b)
    assert np.abs(X @ w - y).max() < 1e-9
    found, left = solve(X, y, a)
    assert np.asarray(found) == pytest.approx(w, abs=1e-8)
    assert float(left) < 1e-10
    assert np.abs(w - np.linalg.pinv(X) @ y).max() > 1e-3  # nor is it least norm


def test_the_programme_minimises_the_potential():
    X, y = system(1, 3, 8)
    found = np.asarray(solve(X, y, A)[0])
    least = optimize.minimize(
        lambda w: float(np.sum(potential(np.clip(w, -1.25, 1.25), A, B))),
        np.linalg.pinv(X) @ y,
        jac=lambda w: np.asarray(mirror_map(np.clip(w, -1.25, 1.25), A, B)),
        constraints={"type": "eq", "fun": lambda w: X @ w - y, "jac": lambda _: X},
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    assert found == pytest.approx(least.x, abs=1e-5)


def test_decay_that_vanishes_ends_elsewhere():
    X, y = system(2, 3, 8)

    def slope(w, decay):
        t = np.tan(w / A)
        return X.T @ (X @ w - y) + decay * B * B / A * t * (1 + t * t)

    def curvature(w, decay):
        t2 = np.tan(w / A) ** 2
        return X.T @ X + np.diag(decay * (B / A) ** 2 * (1 + t2) * (1 + 3 * t2))

    w = np.zeros(8)
    for decay in (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6):
        for _ in range(12):
            w = w - np.linalg.solve(curvature(w, decay), slope(w, decay))
    rows = np.linalg.pinv(X) @ X
    t = np.tan(w / A)
    tan_square, phi = t * (1 + t * t), np.asarray(mirror_map(w, A, B))
    assert np.abs(X @ w - y).max() < 1e-4
    assert np.linalg.norm(tan_square - rows @ tan_square) < 1e-7 * np.linalg.norm(tan_square)
    assert np.linalg.norm(phi - rows @ phi) > 1e-2 * np.linalg.norm(phi)


def test_the_programme_tends_to_the_least_maximum_of_a_linear_programme():
    X, y = system(3)
    size = np.append(np.zeros(20), 1.0)
    inside = np.block([[np.eye(20), -np.ones((20, 1))], [-np.eye(20), -np.ones((20, 1))]])
    found = optimize.linprog(
        size, A_ub=inside, b_ub=np.zeros(40), A_eq=np.c_[X, np.zeros(5)], b_eq=y,
        bounds=[(None, None)] * 21,
    )  # fmt: skip
    least = found.fun
    for eps in (0.1, 0.01):
        w = np.asarray(solve(X, y, 2 / math.pi * (1 + eps) * least)[0])
        assert X @ w == pytest.approx(y, abs=1e-8)
        assert least * (1 - 1e-9) <= np.abs(w).max() <= least * (1 + eps)
    assert w == pytest.approx(found.x[:20], abs=0.05 * least)


def test_unique_sign_vectors_by_a_linear_programme():
    rng, d = np.random.default_rng(4), 8
    for n in (3, 5):
        unique = 0
        for _ in range(120):
            X = rng.normal(size=(n, d))
            # the largest fall below 1 that X w = X 1 allows in the box
            found = optimize.linprog(np.ones(d), A_eq=X, b_eq=X.sum(axis=1), bounds=[(-1, 1)] * d)
            unique += found.fun > d - 1e-6
        share = float(unique_share(n, d))
        assert unique / 120 == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 120))


def state(a, ratio):
    """The error by proximal roots and Gauss-Hermite quadrature."""
    g, weight = np.polynomial.hermite_e.hermegauss(80)
    weight = weight / weight.sum()

    def moments(bend, tau):
        x, low, high = 1 + tau * g, np.zeros(80), np.full(80, math.pi / 2)
        for _ in range(50):
            u = (low + high) / 2
            short = a * u + bend * (np.tan(u) + np.tan(u) ** 3 / 3) < np.abs(x)
            low, high = np.where(short, u, low), np.where(short, high, u)
        w = np.sign(x) * a * u
        return weight @ (w - 1) ** 2, weight @ (1 / (1 + bend / a / np.cos(u) ** 4))

    def gaps(log):
        error, slope = moments(*np.exp(log))
        return [math.log(error / ratio) - 2 * log[1], math.log(slope / ratio)]

    log = optimize.root(gaps, [math.log(0.3), 0.0], tol=1e-11).x
    return moments(*np.exp(log))[0]


def test_the_state_evolution_by_proximal_roots():
    for a, ratio in ((0.85, 0.4), (2.0, 0.6)):
        assert float(recovery_error(a, ratio)) == pytest.approx(state(a, ratio), rel=1e-4)


def test_times_beyond_the_bound_by_an_ode_solver():
    a, b, target = 0.5, 0.3, 1.2

    def field(s, v):
        return math.exp(s) * (a / b) / (1 + (v / b) ** 2) * (target - a * np.arctan(v / b))

    span = (math.log(1e-6), math.log(1e7))
    run = integrate.solve_ivp(field, span, [0.0], method="Radau", rtol=1e-10, atol=1e-12)
    v = run.y[0, -1]
    assert float(reaching_time(v, a, b, target, 1.0)) == pytest.approx(1e7, rel=1e-6)
    delta = target - a * math.pi / 2
    assert v**3 / (3 * a * b * delta * 1e7) == pytest.approx(1.0044, abs=2e-4)


@pytest.mark.parametrize(("factor", "inside"), [(0.98, True), (1.02, False)])
def test_learned_scales_reach_what_an_ode_solver_says(factor, inside):
    v0 = 0.2
    target = factor * float(learned_reach(v0, A, B))

    def field(_, z):
        v, b, a = z
        g = a * np.arctan(v / b) - target
        return [-g * a * b / (b * b + v * v), g * a * v / (b * b + v * v), -g * np.arctan(v / b)]

    def empty(_, z):
        return z[1] - 1e-6

    empty.terminal = True
    run = integrate.solve_ivp(
        field, (0, 300), [v0, B, A], method="LSODA", rtol=1e-10, atol=1e-12, events=empty
    )
    v, b, a = run.y[:, -1]
    assert (run.status == 0) == inside
    assert v * v + b * b == pytest.approx(v0**2 + B**2, rel=1e-8)
    if inside:
        assert a * math.atan(v / b) == pytest.approx(target, rel=1e-8)


def test_descent_at_the_edge_of_stability():
    w = 0.9
    v = float(variable_of(w, A, B))
    limit = float(largest_step(w, A, B, 1.0))
    ends = []
    for share in (0.98, 1.02):
        at = v * (1 + 1e-3)
        for _ in range(200):
            psi = A * math.atan(at / B)
            at -= share * limit * (A / B) / (1 + (at / B) ** 2) * (psi - w)
        ends.append(abs(at - v) / v)
    assert ends[0] < 1e-4 < ends[1]


def test_modes_of_drawn_weights():
    rng = np.random.default_rng(6)
    w = np.arctan(2 * rng.normal(size=400_000))
    counts, edges = np.histogram(np.abs(w), bins=40, range=(0, 1.6))
    top = edges[counts.argmax()] + 0.02
    assert top == pytest.approx(float(mode_weight(1.0, 1.0, 2.0)), abs=0.08)
    assert np.mean(w < 0.7) == pytest.approx(float(weight_cdf(0.7, 1.0, 1.0, 2.0)), abs=4e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compander(1.0, 0.0, 1.0), "a = 0 is outside"),
        (lambda: compander(1.0, 1.0, -1.0), "b = -1 is outside"),
        (lambda: variable_of(1.6, 1.0, 1.0), "outside the range of the compander"),
        (lambda: mode_weight(1.0, 1.0, 0.7), "has its one mode at 0"),
        (lambda: weight_density(0.1, 1.0, 1.0, 0.0), "s = 0 is outside"),
        (lambda: crossing_weight(0.5, 0.8), "magnifies nothing"),
        (lambda: reaching_time(1.0, 1.0, 1.0, 0.5, 1.0), "in no time"),
        (lambda: unique_share(9, 8), "is not below d"),
        (lambda: Params(n=9, d=8), "is not below d"),
    ],
)
def test_bad_numbers_are_refused(call, message):
    with pytest.raises((ArgumentError, ParameterError), match=message):
        call()


def test_no_interpolator_is_no_answer():
    X, y = system(7)
    left = solve(X, 10 * y, jnp.float64(0.5))[1]
    assert not float(left) < 1e-6  # NaN, or far
