"""Descent in float32, recorded times, moments of draws, and what runs show."""

import itertools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sims import simulate
from sims.xor_cluster.descent import (
    draw_problem, in_single, labelled, probe_preactivations, recorded_times, trajectory,
)  # fmt: skip
from theory.xor_cluster import Params, clean_margin, from_scales, two_step_accuracy


def test_float32_pushes_of_other_points_are_exact_to_1e_6():
    # p/M2 = 1e7: a point's push on itself is that much larger than a neighbour's, whose push would
    # be lost in a product that is float32 throughout
    params = Params(n=60, p=10**15, squared_norm=1e8, m=40, alpha=1e-18, omega=1e-30, test_points=5)
    problem = draw_problem(jax.random.key(1), params)
    own = jnp.diag(problem.gram)[:, None]

    def run(problem):
        def observe(state):
            moved = (state.U - problem.pre) * problem.signs
            return moved - own * state.A, probe_preactivations(problem, state)

        return trajectory(problem, observe, (1, 2, 5, 10))[0]

    def errors(rounded):
        both = zip(run(rounded), exact, strict=True)
        return [float(jnp.max(jnp.abs(a - b)) / jnp.max(jnp.abs(b))) for a, b in both]

    exact = run(problem)
    assert 0 < max(errors(in_single(problem))) < 1e-6
    assert errors(problem._replace(gram=problem.gram.astype(jnp.float32)))[0] > 0.01


def test_steps_are_recorded_at_every_time_or_on_a_logarithmic_grid():
    assert recorded_times(64) == tuple(range(65))
    long = recorded_times(5000)
    assert (long[0], long[1], long[-1]) == (0, 1, 5000)
    assert list(long) == sorted(set(long))


def test_labels_and_reduced_inner_products_have_their_moments():
    labels = labelled(jax.random.uniform(jax.random.key(1), (2, 40_000)), 0.2)
    y, clean = np.asarray(labels.y), np.asarray(labels.clean)
    for axis, side in itertools.product((0, 1), (-1.0, 1.0)):
        here = np.asarray((labels.axis == axis) & (labels.side == side))
        assert (here.mean(), clean[here].mean()) == pytest.approx((0.25, 0.8), abs=0.02)
        assert (y[here & clean] == 1 - 2 * axis).all()
    p, M2 = 9, 4.0
    params = Params(n=6, p=p, squared_norm=M2, m=2, test_points=1, steps=0)
    keys = jax.random.split(jax.random.key(5), 20_000)
    problem = jax.tree.map(np.asarray, jax.jit(jax.vmap(lambda k: draw_problem(k, params)))(keys))
    own = problem.gram[:, range(6), range(6)]
    # E‖x‖^2 = p + M2, Var = 2p + 4 M2, whatever the row of the factor
    assert own.mean(0) == pytest.approx(p + M2, abs=0.25)
    assert own.var(0) == pytest.approx(2 * p + 4 * M2, rel=0.08)
    assert (problem.gram[:, 5, 4] ** 2).mean() == pytest.approx(M2**2 / 2 + 2 * M2 + p, rel=0.06)
    # a test point's initial pre-activation has variance E‖x‖^2, its off-span part included
    unit = params.alpha / (params.omega * 6 * math.sqrt(2))
    for pre in (problem.probe_pre[:, 4:], problem.pre):
        assert (unit * pre).var() == pytest.approx(p + M2, rel=0.05)


def test_grokking_runs_fit_at_once_and_err_in_whole_clusters():
    params = from_scales(100, 60.0, 1e4, m=200, steps=10, test_points=8, sampling="limit")
    run = simulate("xor_cluster", params, trials=48, seed=1)
    assert np.all(run["noisy_fitted"][:, 1:] == 1)
    mean, deviation = run["test_accuracy"].mean(axis=0), 0.25 / math.sqrt(48)
    assert mean[1] == pytest.approx(0.5, abs=4 * deviation)
    assert mean[2] == pytest.approx(float(two_step_accuracy()), abs=4 * deviation + 0.02)
    assert mean[10] > mean[1] + 0.2
    clusters = run["cluster_accuracy"][:, 10]
    assert np.mean((clusters < 0.05) | (clusters > 0.95)) > 0.9
    assert run["clean_margin"][:, 10].mean() == pytest.approx(float(clean_margin(10.0)), rel=0.05)
