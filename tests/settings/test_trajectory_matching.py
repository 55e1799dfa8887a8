"""Floors by optimisation, averages by quadrature and enumeration, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, optimize

from theory import ArgumentError, ParameterError
from theory.trajectory_matching import (
    Params, fresh_loss, motion, progress, pulled, ratio_weights, residual, row_size, shrunk,
    step_noise, unmatched,
)  # fmt: skip

H = np.array([2, 1.2, 0.8, 0.5, 0.2, 0.05])
S = np.array([0.5, 1, 0.3, 2, 1, 4])
RATE, STEPS = 0.3, 20
B = 1 - (1 - RATE * H) ** STEPS


def loss_of(numbers, n_s, noise):
    """E|(B - K) u - K v - c|^2 of a student with rows X and labels y, by its N = 4 steps."""
    X, y = numbers[: 6 * n_s].reshape(n_s, 6), numbers[6 * n_s :]
    frame = jnp.concatenate([jnp.zeros((6, 1)), jnp.eye(6)], axis=1)
    theta = frame
    for _ in range(4):
        theta = theta - X.T @ (X @ theta - y[:, None])
    way = frame - theta
    c, K = way[:, 0], way[:, 1:] - way[:, :1]
    return jnp.sum((jnp.diag(B) - K) ** 2 * S) + noise * jnp.sum(K**2) + jnp.sum(c**2)


@pytest.mark.parametrize(
    ("n_s", "noise", "digits"), [(1, 0.0, 2.57340780), (2, 0.0, 1.57367363), (2, 0.7, 2.46443129)]
)
def test_no_data_set_found_by_search_beats_the_floor_and_some_reach_it(n_s, noise, digits):
    gain = np.asarray(shrunk(B, S, noise)[1])
    floor = float(jnp.sum(B**2 * S) - jnp.sum(jnp.sort(gain)[-n_s:]))
    assert floor == pytest.approx(digits, abs=1e-8)
    both = jax.jit(jax.value_and_grad(loss_of), static_argnums=1)
    rng = np.random.default_rng(0)
    found = [
        optimize.minimize(
            lambda v: [np.asarray(a) for a in both(v, n_s, noise)],
            rng.normal(size=7 * n_s) / 2, jac=True, method="BFGS", options={"gtol": 1e-9},
        ).fun
        for _ in range(8)
    ]  # fmt: skip
    assert min(found) == pytest.approx(floor, abs=1e-8)
    if not noise:
        assert float(unmatched(motion(RATE * H, S, STEPS), n_s)) == pytest.approx(floor, rel=1e-13)


def test_one_point_matches_two_experts_up_to_the_smallest_singular_value():
    """Attained with an offset c: n_s = 1, E = 2 (two unknowns for two equations)."""
    U = np.random.default_rng(3).normal(size=(6, 2))
    T = B[:, None] * U
    left, size, _ = np.linalg.svd(T)
    p = left[:, 0]
    k, c = np.linalg.solve(np.stack([p @ U, np.ones(2)], axis=1), p @ T)
    assert 0 < k <= 1
    gap = T - np.outer(p, k * (p @ U) + c)
    assert np.sum(gap**2) == pytest.approx(size[1] ** 2, rel=1e-12)


def test_starts_that_do_not_commute_keep_one_point_above_the_bound():
    """d = 2: the best of all K = k v v' against the smallest singular value of B S^1/2."""
    ways, angle = np.diag([0.9, 0.3]), np.linspace(0, np.pi, 20_001)
    root = np.array([[1.0, 0.6], [0.6, 1.5]])
    v = np.stack([np.cos(angle), np.sin(angle)])
    A = ways @ root
    rows = root @ v  # |A - k v (root v)'|^2 is a quadratic in k
    cross = np.einsum("ia,ij,ja->a", v, A, rows)
    least = np.min(np.sum(A**2) - cross**2 / np.sum(rows**2, axis=0))
    bound = np.linalg.svd(A)[1][-1] ** 2
    assert least > 1.2 * bound


def test_weights_of_the_ratio_by_quadrature():
    a = np.array([2, 1, 0.5, 0.1])
    for i, found in enumerate(np.asarray(ratio_weights(a))):

        def inside(t, i=i):
            return a[i] / (1 + 2 * a[i] * t) * np.prod((1 + 2 * a * t) ** -0.5)

        assert found == pytest.approx(integrate.quad(inside, 0, np.inf, epsabs=1e-13)[0], abs=1e-9)
    two = np.asarray(ratio_weights([4.0, 1.0]))  # sqrt(a)/(sqrt(a) + sqrt(b))
    assert two == pytest.approx([2 / 3, 1 / 3], abs=1e-13)
    assert np.asarray(ratio_weights([1.0, 0.0])) == pytest.approx([1, 0], abs=1e-13)


def test_fresh_loss_solves_its_equation_and_ends_at_zero():
    s = B * S
    for E in (1, 3, 5):
        log_kappa = optimize.brentq(
            lambda t, E=E: np.sum(s / (s + np.exp(t))) - E, -30, 30, xtol=1e-14
        )
        kappa = np.exp(log_kappa)
        share = s / (s + kappa)
        expected = np.sum(B * s * (1 - share) ** 2) / (1 - np.sum(share**2) / E)
        assert float(fresh_loss(B, S, E)) == pytest.approx(expected, rel=1e-10)
    assert float(fresh_loss(B, S, 6)) == 0
    assert np.asarray(fresh_loss(np.stack([B, B / 2]), S, [2, 4])).shape == (2,)


def test_noise_by_covariance_recursion_and_its_share_at_fixed_time():
    h = 2 * np.arange(1, 31) ** -1.2
    for rate, digits in ((0.4, 0.89868), (0.2, 0.82586), (0.1, 0.72737), (0.05, 0.61936)):
        steps, x = round(4 / rate), rate * h
        variance = np.zeros(30)
        for _ in range(steps):
            variance = (1 - x) ** 2 * variance + rate**2
        assert np.asarray(step_noise(x, rate, steps, 1.0)) == pytest.approx(variance, rel=1e-12)
        weights = np.asarray(motion(x, 1.0, steps))
        share = (float(unmatched(weights, 5)) + variance.sum()) / (weights + variance).sum()
        assert share == pytest.approx(digits, abs=6e-6)


def test_step_size_and_penalty_at_known_digits():
    for rate, digits in ((0.5, 0.368452), (0.4, 0.368405), (0.1, 0.368492), (0.01, 0.368582)):
        p = Params(speed=2 * rate, rate=rate, steps=round(4 / rate))
        assert float(residual(motion(p.x, p.S, p.steps), 5)) == pytest.approx(digits, abs=6e-7)
    h = np.asarray(Params().h)
    penalised = 0.4 * (h + 0.1 * h**2)
    assert np.linalg.norm(penalised) == pytest.approx(1.0927, abs=5e-5)
    assert float(residual(motion(penalised, 1.0, 10), 5)) == pytest.approx(0.36892, abs=6e-6)


def test_small_and_whole_steps_keep_their_digits():
    assert np.asarray(progress([1e-12, 0.5, 1.0], 3)) == pytest.approx(
        [3e-12 - 3e-24, 0.875, 1.0], rel=1e-15
    )
    assert np.asarray(jax.grad(lambda x: progress(x, 1).sum())(jnp.array([1e-3, 1.0]))) == (
        pytest.approx([1, 1])
    )
    for k in (1e-9, 0.3, 1.0):
        assert 1 - (1 - 0.2 * float(row_size(k, 0.2, 4)) ** 2) ** 4 == pytest.approx(k, abs=1e-15)


def test_perturbation_shrinks_the_way_and_pulls_to_the_end():
    way, end = shrunk(B, S, 0.5)[0], pulled(B, S, 0.5)[0]
    assert np.all(way < B)
    assert np.all(end > B)
    S_slow = 1 / (1 + 0.1 * np.arange(30))
    p = Params()
    B_slow = progress(p.x, 10)
    gain = np.sort(shrunk(B_slow, S_slow, 0.5)[1])[-5:].sum()
    assert float(jnp.sum(B_slow**2 * S_slow)) - gain == pytest.approx(2.44409, abs=6e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: progress([1.2, 0.5], 3), "x.* = 1.2 is outside .*overshoots"),
        (lambda: progress([0.0, 0.5], 3), "x.* = 0 is outside .*never moves"),
        (lambda: progress([0.5], 0), "steps = 0 is outside"),
        (lambda: residual([1.0, 0.5], 3), "is above the dimension"),
        (lambda: residual([0.0, 0.0], 1), "is zero everywhere"),
        (lambda: fresh_loss([0.5, 0.2], [1.0, 1.0], 3), "is above the dimension"),
        (lambda: row_size(1.5, 0.1, 4), "share = 1.5 is outside"),
        (lambda: step_noise([0.5], 0.1, 4, -1.0), "sigma = -1 is outside"),
    ],
)
def test_bad_numbers_are_refused_with_what_is_allowed(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


def test_bad_params_are_refused():
    with pytest.raises(ParameterError, match="above the dimension d = 6"):
        Params(d=6, points=7)
    with pytest.raises(ParameterError, match="overshoots"):
        Params(speed=1.5)
