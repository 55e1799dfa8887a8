"""The XOR cluster simulations, against dense gradient descent, exact laws and the ledger."""

import dataclasses
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sims import simulate, verify
from sims.xor_cluster import SIMULATIONS
from sims.xor_cluster.counting import draw_counts, fair_binomial
from sims.xor_cluster.data import draw_labels, draw_problem, initial_scale
from sims.xor_cluster.descent import (
    Products,
    in_double,
    in_single,
    outputs,
    probe_preactivations,
    recorded_times,
    trajectory,
)
from theory import xor_cluster as t
from theory.xor_cluster import Params

SMALL = Params(
    n=12, p=30, squared_norm=9.0, m=8, eta=0.2, alpha=0.2, omega=0.1, steps=50, test_points=3,
    sampling="direct",
)  # fmt: skip


def _dense_reference(X, y, W, a, alpha, steps):
    """Gradient descent on the stated loss, in plain numpy float64."""
    for _ in range(steps):
        f = np.maximum(X @ W.T, 0) @ a
        g = 1 / (1 + np.exp(y * f))
        active = (W @ X.T > 0).astype(float)
        W = W + alpha / len(y) * a[:, None] * (active * (g * y)) @ X
    return W


def test_the_span_iteration_is_dense_gradient_descent_over_fifty_steps():
    rng = np.random.default_rng(0)
    n, p, m, steps = SMALL.n, SMALL.p, SMALL.m, SMALL.steps
    problem = draw_problem(jax.random.key(3), SMALL)
    y, a = np.asarray(problem.labels.y), np.asarray(problem.signs) / math.sqrt(m)
    # coordinates are drawn here: the two sides share inner products only
    X = rng.standard_normal((n, p))
    X[:, 0] += 3 * np.asarray(problem.labels.side)
    standard, x = rng.standard_normal((m, p)), rng.standard_normal((5, p))
    shared = problem._replace(
        gram=jnp.asarray(X @ X.T), cross=jnp.asarray(x @ X.T), pre=jnp.asarray(X @ standard.T),
        probe_pre=jnp.asarray(x @ standard.T),
    )  # fmt: skip

    def observe(state):
        return outputs(probe_preactivations(shared, SMALL, state), shared.signs, 1.0)

    times = (1, 2, 10, steps)
    seen, _ = trajectory(shared, SMALL, observe, times)
    f = np.asarray(seen) * SMALL.alpha / (n * m)
    for i, time in enumerate(times):
        W = _dense_reference(X, y, SMALL.omega * standard, a, SMALL.alpha, time)
        exact = np.maximum(x @ W.T, 0) @ a
        assert np.max(np.abs(f[i] - exact)) <= 1e-9 * np.max(np.abs(exact))


def _all_single(problem):
    gram, cross = problem.gram.astype(jnp.float32), problem.cross.astype(jnp.float32)
    return Products(
        lambda dual: gram @ dual.astype(jnp.float32), lambda dual: cross @ dual.astype(jnp.float32)
    )


def test_float32_pushes_of_other_points_are_exact_to_1e_6():
    # p/M2 = 1e7: a point's push on itself is that much larger than a neighbour's, whose push would
    # be lost in a product that is float32 throughout
    params = Params(n=60, p=10**15, squared_norm=1e8, m=40, alpha=1e-18, omega=1e-30, test_points=5)
    problem = draw_problem(jax.random.key(1), params)
    own = jnp.diag(problem.gram)[:, None]

    def run(products):
        def observe(state):
            moved = (state.U - problem.pre * initial_scale(params)) * problem.signs
            probes = probe_preactivations(problem, params, state, products)
            return moved - own * state.A, probes

        return trajectory(problem, params, observe, (1, 2, 5, 10), products)[0]

    exact = run(in_double(problem))

    def errors(products):
        return [
            float(jnp.max(jnp.abs(a - b)) / jnp.max(jnp.abs(b)))
            for a, b in zip(run(products), exact, strict=True)
        ]

    assert 0 < max(errors(in_single(problem))) < 1e-6
    assert errors(_all_single(problem))[0] > 0.01


def test_steps_are_recorded_at_every_time_or_on_a_logarithmic_grid():
    assert recorded_times(0) == (0,)
    assert recorded_times(64) == tuple(range(65))
    long = recorded_times(5000)
    assert long[0] == 0
    assert long[1] == 1
    assert long[-1] == 5000
    assert list(long) == sorted(set(long))
    assert len(long) <= 63


@settings(max_examples=4, deadline=None, derandomize=True)
@given(size=st.sampled_from([0, 1, 7, 60]))
def test_fair_binomials_follow_their_law(size):
    draws = np.asarray(fair_binomial(jax.random.key(size), 60, jnp.array([float(size)]), 20_000)[0])
    law = stats.binom(size, 0.5)
    seen = np.bincount(draws.astype(int), minlength=size + 1)
    expected = 20_000 * law.pmf(np.arange(size + 1))
    keep = expected > 20
    chi2 = np.sum((seen - expected)[keep] ** 2 / expected[keep])
    assert draws.min() >= 0
    assert draws.max() <= size
    assert stats.chi2(max(keep.sum() - 1, 1)).sf(chi2) > 1e-6


def test_counts_by_halving_have_the_multinomial_moments():
    params = Params(n=80, eta=0.2)
    keys = jax.random.split(jax.random.key(0), 4000)
    axes = jax.jit(jax.vmap(lambda key: draw_counts(key, params)))(keys)
    counts = np.concatenate([np.stack(axis) for axis in axes])
    chances = np.array([0.2, 0.2, 0.05, 0.05] * 2)
    np.testing.assert_allclose(counts.sum(0), 80)
    covariance = 80 * (np.diag(chances) - np.outer(chances, chances))
    spread = np.sqrt(np.diag(covariance) / 4000)
    assert np.all(np.abs(counts.mean(1) - 80 * chances) < 5.5 * spread)
    np.testing.assert_allclose(np.cov(counts), covariance, atol=1.6)


def test_labels_are_flipped_at_the_noise_rate_in_every_cluster():
    labels = draw_labels(jax.random.key(1), 40_000, 0.2)
    for axis in (0, 1):
        for side in (-1.0, 1.0):
            here = np.asarray((labels.axis == axis) & (labels.side == side))
            assert here.mean() == pytest.approx(0.25, abs=0.012)
            assert np.asarray(labels.clean)[here].mean() == pytest.approx(0.8, abs=0.022)
    flipped = np.asarray(labels.y * jnp.where(labels.axis == 0, 1, -1))
    np.testing.assert_array_equal(flipped > 0, np.asarray(labels.clean))


def test_reduced_inner_products_have_the_moments_of_direct_ones():
    params = Params(n=6, p=9, squared_norm=4.0, m=2, test_points=1, steps=0)
    keys = jax.random.split(jax.random.key(5), 20_000)
    draw = jax.jit(jax.vmap(lambda key: draw_problem(key, params)))
    problem = draw(keys)
    gram = np.asarray(problem.gram)
    p, M2 = params.p, params.squared_norm
    for i in range(6):  # E‖x‖^2 = p + M2, Var = 2p + 4 M2, whatever the row of the factor
        assert gram[:, i, i].mean() == pytest.approx(p + M2, abs=0.25)
        assert gram[:, i, i].var() == pytest.approx(2 * p + 4 * M2, rel=0.08)
    assert (gram[:, 5, 4] ** 2).mean() == pytest.approx(M2**2 / 2 + 2 * M2 + p, rel=0.06)
    # a test point's initial pre-activation has variance E‖x‖^2, its off-span part included
    assert np.asarray(problem.probe_pre)[:, 4:].var() == pytest.approx(p + M2, rel=0.05)
    assert np.asarray(problem.pre).var() == pytest.approx(p + M2, rel=0.05)


@pytest.fixture(scope="module")
def grokking():
    """Twelve runs in limit H, small enough for a test."""
    params = t.from_scales(100, 60.0, 1e4, m=200, eta=0.05, steps=10, test_points=8,
                           sampling="limit")  # fmt: skip
    return simulate("xor_cluster", params, trials=48, seed=1)


def test_every_label_is_fitted_after_one_step_and_stays_so(grokking):
    assert grokking["train_accuracy"][:, 0].mean() == pytest.approx(0.5, abs=0.05)
    assert np.all(grokking["train_accuracy"][:, 1:] == 1)
    assert np.all(grokking["noisy_fitted"][:, 1:] == 1)


def test_test_accuracy_is_at_chance_after_one_step_and_rises_later(grokking):
    mean, spread = grokking["test_accuracy"].mean(0), 0.25 / math.sqrt(48)
    assert mean[1] == pytest.approx(0.5, abs=4 * spread)
    assert mean[2] == pytest.approx(float(t.two_step_accuracy()), abs=4 * spread + 0.02)
    assert mean[10] > mean[1] + 0.2


def test_errors_come_in_whole_clusters(grokking):
    accuracy = grokking["cluster_accuracy"][:, 10].ravel()
    assert np.mean((accuracy < 0.05) | (accuracy > 0.95)) > 0.9


def test_margins_norm_and_growth_follow_the_table(grokking):
    clean, noisy = grokking["clean_margin"][:, 10].mean(), grokking["noisy_margin"][:, 10].mean()
    assert clean == pytest.approx(float(t.clean_margin(10.0)), rel=0.05)
    assert noisy / clean > 1.1
    norm = math.sqrt(float(t.weight_norm_squared(0.05, 10.0)))
    assert grokking["displacement"][:, 10].mean() == pytest.approx(norm, rel=0.05)


@pytest.mark.parametrize("name", [
    "default", "table", "limit", "retention", "patterns", "neurons", "counts", "curve",
])  # fmt: skip
def test_every_trial_returns_finite_numbers_on_a_tiny_problem(name):
    params = Params(n=6, p=10**6, squared_norm=1e4, m=3, eta=0.3, alpha=1e-9, omega=1e-12, steps=2,
                    test_points=2)  # fmt: skip
    shapes = jax.eval_shape(SIMULATIONS[name].trial, jax.random.key(0), params)
    assert shapes
    for value in shapes.values():
        assert value.ndim <= 2
        assert math.prod(value.shape) <= 12


def test_the_step_factor_multiplies_alpha():
    twice = dataclasses.replace(SMALL, step_factor=2.0)
    assert float(twice.rate) == 2 * SMALL.alpha


@pytest.mark.deep
def test_the_whole_ledger_comes_out_as_expected():
    assert all(row.ok for row in verify("xor_cluster", deep=True))
