"""SGD by Monte Carlo with normal data, sums by hand, averages by quadrature, what is refused."""

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from scipy import integrate, linalg, optimize

from theory import ArgumentError, ParameterError
from theory.one_epoch import (
    Params, adjustment_penalty, adjustment_speedup, best_size, best_stop, critical_step,
    crossing_compute, curve_exponent, curve_kernel, decayed_error, epoch_speedup, fresh_risk,
    kernel_mass, mode_stop, one_pass_risk, repeated_limit, repeated_risk, repeated_train,
    source_term, stationary_risk,
)  # fmt: skip
from theory.one_epoch.power_laws import curve, risks_of_sizes


def spectrum(d, a, s):
    j = np.arange(1.0, d + 1)
    return j**-a, j**-s


def test_one_pass_with_normal_data():
    """The spec of fourth moments alone: normal coordinates instead of the trial's three points."""
    rng, d, N, batch, eta, s2, steps = np.random.default_rng(0), 12, 8, 2, 0.3, 0.1, 15
    lam, energy = spectrum(d, 1.4, 1.8)
    beta, runs = np.sqrt(energy / lam), 6000
    w = np.zeros((runs, d))
    for _ in range(steps):
        x = rng.normal(size=(runs, batch, d)) * np.sqrt(lam)
        y = x @ beta + np.sqrt(s2) * rng.normal(size=(runs, batch))
        gap = np.einsum("rbd,rd->rb", x, w) - y
        w[:, :N] -= eta / batch * np.einsum("rb,rbd->rd", gap, x)[:, :N]
    risk = ((w - beta) ** 2) @ lam
    tail = energy[N:].sum()
    expected = float(one_pass_risk(lam[:N], energy[:N], eta, batch, tail, s2, steps))
    assert abs(risk.mean() - expected) < 4.5 * risk.std() / np.sqrt(runs)
    assert risk.std() / np.sqrt(runs) < 0.01 * expected


@pytest.mark.parametrize(
    ("eta", "batch", "steps", "digits"),
    [(0.2, 2, 20, 0.31490), (0.2, 2, 60, 0.145585), (0.35, 1, 60, 0.273618)],
)
def test_one_pass_at_known_digits(eta, batch, steps, digits):
    lam, energy = spectrum(30, 1.4, 1.8)
    tail = energy[20:].sum()
    found = one_pass_risk(lam[:20], energy[:20], eta, batch, tail, 0.1, steps)
    assert float(found) == pytest.approx(digits, abs=6e-6)


def test_step_sizes_up_to_the_critical_one_decay():
    lam, energy = spectrum(30, 1.4, 1.8)
    for batch in (1, 4):
        critical = float(critical_step(lam, batch))
        assert float(kernel_mass(lam, critical, batch)) == pytest.approx(1, abs=1e-10)
        for times in (0.97, 1.03):
            eta, parts = times * critical, energy.copy()
            rho = 1 - 2 * eta * lam + eta**2 * (1 + 1 / batch) * lam**2
            for _ in range(4000):
                parts = rho * parts + eta**2 / batch * lam**2 * parts.sum()
            assert (parts.sum() > 1) == (times > 1)
    assert float(critical_step([2.0], 1.0)) == pytest.approx(1 / 3, rel=1e-12)
    assert float(stationary_risk([1.0], 0.5, 1.0, 0.2, 0.1)) == pytest.approx(
        (0.2 + 0.5 * 0.1) / 0.5, rel=1e-12
    )


def test_the_curve_at_real_times_is_the_recursion():
    lam, energy = spectrum(36, 1.5, 1.75)
    tail = float(mpmath.zeta(1.75, 37))
    for steps in (1, 40):
        slow = float(one_pass_risk(lam, energy, 0.3, 1.0, tail, 0.2, steps))
        assert float(curve(1.5, 1.75, 0.3, 1, steps, 36.0, 0.2)) == pytest.approx(slow, rel=1e-8)


def test_nodes_stand_for_many_coordinates():
    """N = 5000 by all its coordinates, 300 steps."""
    lam, energy = spectrum(5000, 1.5, 1.75)
    parts, rho = energy.copy(), 1 - 0.6 * lam + 0.18 * lam**2
    for _ in range(300):
        parts = rho * parts + 0.09 * lam**2 * parts.sum()
    found = float(curve(1.5, 1.75, 0.3, 1, 300, 5000.0, unlearnt=0.0))
    assert found == pytest.approx(parts.sum(), rel=3e-4)


def test_best_size_is_inside_the_sizes_compared():
    for compute in (1e4, 2.5e6):
        risk = np.asarray(risks_of_sizes(1.5, 1.75, 0.3, 1, compute))
        assert 1 < np.argmin(risk) < len(risk) - 2


def test_exponents_and_leading_terms():
    assert float(curve_exponent(1.5, 1.75)) == pytest.approx(0.5)
    assert float(curve_exponent(1.3, 3.9)) == pytest.approx(2 - 1 / 1.3)
    by_hand = integrate.quad(lambda j: j**-1.75 * np.exp(-60 * j**-1.5), 0, np.inf, limit=200)[0]
    assert float(source_term(1.5, 1.75, 60.0)) == pytest.approx(by_hand, rel=1e-6)
    by_hand = 0.045 * integrate.quad(lambda j: j**-3 * np.exp(-60 * j**-1.5), 0, np.inf)[0]
    assert float(curve_kernel(1.5, 0.3, 2.0, 100.0)) == pytest.approx(by_hand, rel=1e-6)


def test_two_term_loss_by_search():
    A, D, u, p, C = 2.0, 0.7, 0.75, 0.5, 3e4
    loss = lambda n, c=C: A * n**-u + D * (c / n) ** -p  # noqa: E731
    found = optimize.fminbound(lambda x: np.log(loss(np.exp(x))), 0, 10)
    best = float(best_size(C, A, D, u, p))
    assert best == pytest.approx(np.exp(found), rel=1e-4)
    assert float(adjustment_penalty(3.0, u, p)) == pytest.approx(loss(3 * best) / loss(best))
    save = optimize.brentq(
        lambda x: loss(float(best_size(C / x, A, D, u, p)), C / x) - loss(3 * best), 1, 9
    )
    assert float(adjustment_speedup(3.0, u, p)) == pytest.approx(save, rel=1e-9)
    cross = optimize.brentq(lambda c: loss(30, c) - loss(90, c), 1, 1e9)
    assert float(crossing_compute(30.0, 3.0, A, D, u, p)) == pytest.approx(cross, rel=1e-9)


def density(g):
    """Marchenko-Pastur averages by adaptive quadrature over the bulk, the atom at 0 added."""
    low, high = (1 - np.sqrt(g)) ** 2, (1 + np.sqrt(g)) ** 2

    def mean(f):
        s = lambda t: (low + high) / 2 + (high - low) / 2 * np.cos(t)  # noqa: E731
        inside = lambda t: f(s(t)) * ((high - low) / 2 * np.sin(t)) ** 2 / (2 * np.pi * g * s(t))  # noqa: E731
        return integrate.quad(inside, 0, np.pi, epsabs=1e-12)[0] + max(0, 1 - 1 / g) * f(0.0)

    return mean


@pytest.mark.parametrize(("g", "tau"), [(0.5, 1.0), (0.5, 30.0), (1.5, 3.0)])
def test_repeated_flow_by_quadrature(g, tau):
    mean, r2, s2 = density(g), 1.3, 0.5
    noise = lambda s: (1 - np.exp(-tau * s)) ** 2 / s if s else 0.0  # noqa: E731
    expected = r2 * mean(lambda s: np.exp(-2 * tau * s)) + s2 * g * mean(noise)
    assert float(repeated_risk(tau, g, r2, s2)) == pytest.approx(expected, rel=1e-9)
    left = mean(lambda s: np.exp(-2 * tau * s))
    train = r2 * mean(lambda s: s * np.exp(-2 * tau * s)) + s2 * (1 - g + g * left)
    assert float(repeated_train(tau, g, r2, s2)) == pytest.approx(train, rel=1e-9)
    gained = np.log(1 / (expected / r2)) / 2
    if gained > 0:
        assert float(epoch_speedup(tau, g, s2 / r2)) == pytest.approx(tau / gained, rel=1e-8)


def test_repeated_flow_of_a_matrix_exponential():
    """w(tau) = (1 - e^(-tau S)) S^-1 X'y/n for one draw, against small steps of descent."""
    rng = np.random.default_rng(1)
    X, beta = rng.normal(size=(30, 12)), np.ones(12)
    y, S = X @ beta + rng.normal(size=30), X.T @ X / 30
    w = linalg.solve(S, (np.eye(12) - linalg.expm(-2.0 * S)) @ X.T @ y / 30)
    v = np.zeros(12)
    for _ in range(40_000):
        v -= 5e-5 * X.T @ (X @ v - y) / 30
    assert v == pytest.approx(w, abs=1e-3)


def test_early_stopping_and_its_speedup():
    tau = float(best_stop(0.5, 0.5))
    assert tau == pytest.approx(2.2372, abs=5e-5)
    assert float(repeated_risk(tau, 0.5, 1.0, 0.5)) == pytest.approx(0.290144, abs=5e-7)
    assert float(epoch_speedup(tau, 0.5, 0.5)) == pytest.approx(3.616, abs=5e-4)
    assert float(fresh_risk(0.618689, 1.0)) == pytest.approx(0.290144, abs=1e-6)
    for g, noise in ((0.3, 2.0), (2.0, 0.4), (1.0, 1.0)):
        found = optimize.fminbound(
            lambda t, g=g, noise=noise: float(repeated_risk(np.exp(t), g, 1.0, noise)),
            -4, 4, xtol=1e-6,
        )  # fmt: skip
        assert float(best_stop(g, noise)) == pytest.approx(np.exp(found), rel=1e-3)


def test_long_runs_and_directions():
    assert float(repeated_limit(0.5, 1.0, 0.5)) == pytest.approx(0.5)
    assert float(repeated_limit(2.0, 3.0, 0.5)) == pytest.approx(2.0)
    assert float(mode_stop(0.5, 0.5, 0.5)) == pytest.approx(2 * np.log(3))
    assert float(mode_stop(0.0, 0.5, 0.5)) == pytest.approx(4.0)
    assert float(mode_stop(1e-9, 0.5, 0.5)) == pytest.approx(4.0, rel=1e-8)
    assert float(decayed_error(0.5, 0.5, 1.0)) == pytest.approx(1 - 0.5 * (1 - np.exp(-1)))
    assert float(jax.grad(lambda t: epoch_speedup(t, 0.5, 0.5))(1e-3)) == pytest.approx(
        0.5 * (2 + 0.5) / 2, rel=0.02  # S = 1 + g (2 + noise) tau/2 + ...
    )  # fmt: skip


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kernel_mass([1.0, 0.5], 1.5, 1.0), "mean-square unstable"),
        (lambda: stationary_risk([1.0, 0.9, 0.8], 0.6, 1.0, 0.0, 0.1), "kappa >= 1"),
        (lambda: one_pass_risk([1.0], [1.0], 0.1, 0.5, 0.0, 0.1, 3), "batch = 0.5 is outside"),
        (lambda: repeated_risk(-1.0, 0.5, 1.0, 0.1), "tau = -1 is outside"),
        (lambda: repeated_risk(1.0, 0.0, 1.0, 0.1), "g = 0 is outside"),
        (lambda: repeated_risk(1.0, 0.5, 1.0, -0.1), "s2 = -0.1 is outside"),
        (lambda: repeated_limit(1.0, 1.0, 0.1), "nearer than .01 to 1"),
        (lambda: epoch_speedup(50.0, 0.9, 5.0), "no gain over the start"),
        (lambda: curve_exponent(1.5, 1.0), "s = 1 is outside"),
    ],
)
def test_bad_numbers_are_refused_with_what_is_allowed(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_bad_params_are_refused():
    with pytest.raises(ParameterError, match="above d = 6"):
        Params(N=7)
    with pytest.raises(ParameterError, match="does not divide T = 8"):
        Params(epochs=3)
    for wrong in ({"a": 0.9}, {"s": 1.0}, {"B": 0}, {"T": 0}, {"s2": -1.0}, {"tau": -1.0}):
        with pytest.raises(ParameterError):
            Params(**wrong)


def test_values_are_vectorised():
    tau = jnp.array([0.1, 1.0, 10.0])
    assert repeated_risk(tau, 0.5, 1.0, 0.5).shape == (3,)
    assert mode_stop(tau, jnp.array([[0.2], [0.4]]), 0.1).shape == (2, 3)
