"""The training run: accuracies, margins, features and norms along gradient descent."""

import jax.numpy as jnp
from jaxtyping import Array

from sims.xor_cluster.data import draw_problem, output_slope
from sims.xor_cluster.descent import (
    in_single,
    outputs,
    probe_preactivations,
    recorded_times,
    residual,
    squared_displacement,
    trajectory,
)
from theory.xor_cluster import Params

CENTER_LABELS = (1.0, 1.0, -1.0, -1.0)
"""Clean labels of +mu1, -mu1, +mu2, -mu2."""


def group_mean(values: Array, members: Array, empty: float = 0.0) -> Array:
    """Mean of ``values`` over ``members``; ``empty`` if there is none."""
    count = jnp.sum(members)
    return jnp.where(count > 0, jnp.sum(values * members) / jnp.maximum(count, 1), empty)


def over(value: Array, size: Array) -> Array:
    """value/size, and 0 where the size is 0 (at time 0 nothing has moved)."""
    return jnp.where(size > 0, value / jnp.where(size > 0, size, 1.0), 0.0)


def train(key: Array, params: Params) -> dict[str, Array]:
    """One network on one training set; every entry's first axis is the recorded time.

    train_accuracy, clean_fitted, noisy_fitted: fractions with y f > 0 (empty groups count as 1).
    worst_margin, clean_margin, noisy_margin: y f in units alpha p/(2 n).
    clean_sigmoid_gap, noisy_sigmoid_gap, worst_sigmoid_gap: |g - 1/2| over alpha p/n.
    cluster_accuracy (times, 4), test_accuracy: on clean test points; f = 0 counts as wrong.
    center_accuracy: fraction of the four centers on the right side (f = 0 counts half).
    center_margin: mean y f(nu)/‖W - W0‖_F; displacement: ‖W - W0‖_F/(alpha sqrt(p/(4 n))).
    z_score: per cluster, mean over sd of y f on its test points (times, 4); mean_z_score.
    always_fitted: least train_accuracy over recorded t >= 1; noisy_unfitted: at the last time
    (both without the time axis).
    feature_growth: change of mean |V| over own-axis neurons since the last recorded time;
    projection_1, projection_2: mean |V| of positive neurons on mu1 and on mu2.
    """
    n, m, per_cluster = params.n, params.m, params.test_points
    problem = draw_problem(key, params)
    labels, signs = problem.labels, problem.signs
    center_labels = jnp.array(CENTER_LABELS)
    products = in_single(problem)
    unit = 2.0 / (1.0 * params.p * m)  # sum_j s_j relu(U_j) in units alpha p/(2 n)

    def observe(state):
        margin = labels.y * state.raw * unit
        fitted = (margin > 0).astype(jnp.float64)
        g = residual(output_slope(params) * state.raw, labels.y)
        gap = jnp.abs(g - 0.5) * n / (params.rate * params.p)
        noisy = ~labels.clean
        probes = probe_preactivations(problem, params, state, products)
        probe_margin = outputs(probes, signs, unit)
        centers = probe_margin[:4] * center_labels
        tested = probe_margin[4:].reshape(4, per_cluster) * center_labels[:, None]
        size = jnp.sqrt(squared_displacement(problem, params, state))
        V = 2 * probes[jnp.array([0, 2])] / params.squared_norm  # (2, m)
        positive = signs > 0
        # f/‖W - W0‖_F: f = raw alpha/(n m), the norm is size alpha/(n sqrt(m))
        normalized = over(jnp.mean(centers) / unit / jnp.sqrt(m), size)
        return {
            "train_accuracy": jnp.mean(fitted),
            "clean_fitted": group_mean(fitted, labels.clean, 1.0),
            "noisy_fitted": group_mean(fitted, noisy, 1.0),
            "worst_margin": jnp.min(margin),
            "clean_margin": group_mean(margin, labels.clean),
            "noisy_margin": group_mean(margin, noisy),
            "clean_sigmoid_gap": group_mean(gap, labels.clean),
            "noisy_sigmoid_gap": group_mean(gap, noisy),
            "worst_sigmoid_gap": jnp.max(gap),
            "cluster_accuracy": jnp.mean(tested > 0, axis=1, dtype=float),
            "test_accuracy": jnp.mean(tested > 0, dtype=float),
            "center_accuracy": jnp.mean((1 + jnp.sign(centers)) / 2),
            "center_margin": normalized,
            "displacement": 2 * size / jnp.sqrt(1.0 * n * m * params.p),
            "z_score": over(jnp.mean(tested, 1), jnp.std(tested, 1)),
            "projection_1": group_mean(jnp.abs(V[0]), positive),
            "projection_2": group_mean(jnp.abs(V[1]), positive),
        }

    seen, _ = trajectory(problem, params, observe, recorded_times(params.steps), products)
    growth = jnp.diff(seen["projection_1"], prepend=0.0)
    return {
        **seen,
        "feature_growth": growth,
        "mean_z_score": jnp.mean(seen["z_score"], axis=1),
        "always_fitted": jnp.min(seen["train_accuracy"][1:], initial=1.0),
        "noisy_unfitted": 1 - seen["noisy_fitted"][-1],
    }


def portrait(key: Array, params: Params) -> dict[str, Array]:
    """What the paper's figures show of one run, at the recorded times.

    train_accuracy, test_accuracy (times); projections (times, 2, m): <w_j, mu_k> in units
    alpha/(n sqrt(m)); signs (m); plane (n, 2): training points along the means; y (n).
    """
    problem = draw_problem(key, params)
    products = in_single(problem)
    label = jnp.repeat(jnp.array(CENTER_LABELS), params.test_points)

    def observe(state):
        probes = probe_preactivations(problem, params, state, products)
        return {
            "train_accuracy": jnp.mean(problem.labels.y * state.raw > 0, dtype=float),
            "test_accuracy": jnp.mean(
                label * outputs(probes[4:], problem.signs, 1.0) > 0, dtype=float
            ),
            "projections": probes[jnp.array([0, 2])],
        }

    seen, _ = trajectory(problem, params, observe, recorded_times(params.steps), products)
    plane = problem.cross[jnp.array([0, 2])].T / jnp.sqrt(params.squared_norm)
    return {**seen, "signs": problem.signs, "plane": plane, "y": problem.labels.y}
