"""Training runs: accuracies, margins, features and norms along gradient descent, in any regime;
and neuron by neuron what tables, projections and increments are held to."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims import fitting, simulation
from sims.xor_cluster.descent import (
    CENTER_LABELS, active_points, axis_masks, draw_problem, in_single, outputs,
    probe_preactivations, recorded_times, residual, start, step, trained, trajectory,
)  # fmt: skip
from theory.xor_cluster import AxisCounts, center_outputs


def numbers(params: Any) -> int:
    """How large the largest array of a training run is. Several such make its blocks narrow; wider
    batches of products are no faster."""
    return params.n * max(params.m, params.p if params.sampling == "direct" else 0)


def group_mean(values: Array, members: Array, empty: float = 0.0) -> Array:
    """Mean of ``values`` over ``members``; ``empty`` if there is none."""
    count = jnp.sum(members)
    return jnp.where(count > 0, jnp.sum(values * members) / jnp.maximum(count, 1), empty)


def over(value: Array, size: Array) -> Array:
    """value/size, and 0 where the size is 0 (at time 0 nothing has moved)."""
    return jnp.where(size > 0, value / jnp.where(size > 0, size, 1.0), 0.0)


@simulation(width=fitting(numbers, most=4))
def trial(key: Any, params: Any) -> dict[str, Array]:
    """Trains one network on one training set; params.sampling sets how.

    Every entry's first axis is the recorded time. train_accuracy, clean_fitted, noisy_fitted:
    fractions with y f > 0 (empty groups count as 1). clean_margin, noisy_margin: y f in units
    alpha p/(2 n); clean_sigmoid_gap, noisy_sigmoid_gap, worst_sigmoid_gap: |g - 1/2| over
    alpha p/n. cluster_accuracy (times, 4), test_accuracy: on clean test points; f = 0 counts as
    wrong. center_margin: mean y f(nu)/‖W - W0‖_F; displacement: ‖W - W0‖_F/(alpha sqrt(p/(4 n))).
    z_score: per cluster, mean over sd of y f on its test points (times, 4). projection_1,
    projection_2: mean |V| of positive neurons on mu1 and on mu2.
    """
    n, m = params.n, params.m
    problem = in_single(draw_problem(key, params))
    labels, signs = problem.labels, problem.signs
    unit = 2.0 / (1.0 * params.p * m)  # sum_j s_j relu(U_j) in units alpha p/(2 n)

    def observe(state):
        margin = labels.y * state.raw * unit
        fitted = (margin > 0).astype(jnp.float64)
        g = residual(problem.slope * state.raw, labels.y)
        gap = jnp.abs(g - 0.5) * n / (params.rate * params.p)
        seen = {"train_accuracy": jnp.mean(fitted), "worst_sigmoid_gap": jnp.max(gap)}
        for name, members in {"clean": labels.clean, "noisy": ~labels.clean}.items():
            seen[f"{name}_fitted"] = group_mean(fitted, members, 1.0)
            seen[f"{name}_margin"] = group_mean(margin, members)
            seen[f"{name}_sigmoid_gap"] = group_mean(gap, members)
        probes = probe_preactivations(problem, state)
        probe_margin = outputs(probes, signs, unit)
        tested = probe_margin[4:].reshape(4, -1) * CENTER_LABELS[:, None]
        V = 2 * probes[:4:2] / params.squared_norm  # (2, m)
        # ‖W - W0‖_F in units alpha/(n sqrt(m)): of sum A * (G A), with G A already known
        size = jnp.sqrt(jnp.sum(state.A * (state.U - problem.pre) * signs))
        # f/‖W - W0‖_F: f = raw alpha/(n m)
        centers = jnp.mean(probe_margin[:4] * CENTER_LABELS) / unit / jnp.sqrt(m)
        return seen | {
            "cluster_accuracy": jnp.mean(tested > 0, axis=1, dtype=float),
            "test_accuracy": jnp.mean(tested > 0, dtype=float),
            "center_margin": over(centers, size),
            "displacement": 2 * size / jnp.sqrt(1.0 * n * m * params.p),
            "z_score": over(jnp.mean(tested, 1), jnp.std(tested, 1)),
            "projection_1": group_mean(jnp.abs(V[0]), signs > 0),
            "projection_2": group_mean(jnp.abs(V[1]), signs > 0),
        }

    return trajectory(problem, observe, recorded_times(params.steps))[0]


@simulation(width=fitting(numbers, most=2))
def portrait_trial(key: Any, params: Any) -> dict[str, Array]:
    """What the paper's figures show of one run, at the recorded times.

    train_accuracy, test_accuracy (times); projections (times, 2, m): <w_j, mu_k> in units
    alpha/(n sqrt(m)); signs (m); plane (n, 2): training points along the means; y (n).
    """
    drawn = draw_problem(key, params)
    problem, y = in_single(drawn), drawn.labels.y
    label = jnp.repeat(CENTER_LABELS, params.test_points)

    def observe(state):
        probes = probe_preactivations(problem, state)
        tested = label * outputs(probes[4:], problem.signs)
        return {
            "train_accuracy": jnp.mean(y * state.raw > 0, dtype=float),
            "test_accuracy": jnp.mean(tested > 0, dtype=float),
            "projections": probes[:4:2],
        }

    seen, _ = trajectory(problem, observe, recorded_times(params.steps))
    plane = drawn.cross[:4:2].T / jnp.sqrt(params.squared_norm)
    return {**seen, "signs": problem.signs, "plane": plane, "y": y}


@simulation(width=4)
def limit_trial(key: Any, params: Any) -> dict[str, Array]:
    """The full dynamics beside limit H: relative distance of what training pre-activations gain."""

    def gained(sampling: str) -> Array:
        problem = draw_problem(key, params.but(sampling=sampling), test_points=0)
        return trained(problem, params.steps).U - problem.pre

    full, limit = gained(params.sampling), gained("limit")
    return {"limit_gap": jnp.linalg.norm(full - limit) / jnp.linalg.norm(limit)}


@simulation(width=4)
def retention_trial(key: Any, params: Any) -> dict[str, Array]:
    """Growth per step |dV|/n of positive neurons in limit H, the same draw of everything.

    growth_ample: at the params' own P; growth_scarce: with P at a third of n (1-eta)/8 (a larger
    ‖mu‖, same p and noise).
    """
    half = params.steps // 2

    def growth(squared_norm: Any) -> Array:
        chosen = params.but(sampling="limit", squared_norm=squared_norm)
        problem = draw_problem(key, chosen, test_points=0)

        def feature(state):
            V = 2 * probe_preactivations(problem, state)[0] / squared_norm
            return group_mean(jnp.abs(V), problem.signs > 0)

        early, late = trajectory(problem, feature, (half, params.steps))[0]
        return (late - early) / (params.steps - half) / params.n

    scarce = params.p / (params.n * (1 - params.eta) / 24)
    return {"growth_ample": growth(params.squared_norm), "growth_scarce": growth(scarce)}


@simulation(width=4)
def table_trial(key: Any, params: Any) -> dict[str, Array]:
    """One run in limit H: what each neuron and cell of points did, for the exact statements.

    counts (set, axis): points of C_+, C_-, N_+, N_-; hits (set, axis, m): those active at time 0;
    own (axis, m): 1 on a neuron's own axis; V (time, axis, m): its projection on +mu_k at
    t = 1..steps (2 at least); outputs (time, center): mean over neurons of s relu, in the same
    units. cells (16): pairs of a point and a neuron whose axis turns, by own axis, clean label,
    cluster sigma and activity at time 0 (binary); active (time, 16): those active then.
    center_accuracy: of the centers at the last time; count_accuracy: the count model's on the same.
    """
    problem = draw_problem(key, params.but(sampling="limit"), test_points=0)
    labels, signs, steps = problem.labels, problem.signs, max(params.steps, 2)
    masks = axis_masks(labels)
    counts, hits = jnp.sum(jnp.stack(masks), axis=-1), active_points(masks, problem.pre > 0)
    own = signs == CENTER_LABELS[::2, None]  # (axis, m)

    def advance(state, _):
        state = step(problem, state)
        centers = probe_preactivations(problem, state) * 2 / params.squared_norm
        return state, (state.U > 0, centers[::2], outputs(centers, signs, 1 / params.m))

    _, (now, V, seen) = jax.lax.scan(advance, start(problem), None, length=steps)
    # V is a whole number but for the points' noise along the means
    turned = (hits.difference * jnp.round(V[1]) > 0)[labels.axis]
    leading = labels.side[:, None] == jnp.sign(hits.difference)[labels.axis]
    cell = 8 * own[labels.axis] + 4 * labels.clean[:, None] + 2 * leading + (problem.pre > 0)
    inside = ((cell[..., None] == jnp.arange(16)) & turned[..., None]).astype(jnp.float64)
    right = (1 + jnp.sign(seen[-1] * CENTER_LABELS)) / 2
    modelled = center_outputs(params.n, AxisCounts(*counts), (steps,))
    return {
        "counts": counts, "hits": jnp.stack(hits).astype(jnp.int16), "own": own.astype(jnp.int16),
        "V": V, "outputs": seen, "cells": jnp.sum(inside, axis=(0, 1)),
        "active": jnp.einsum("tnm,nmc->tc", now.astype(jnp.float64), inside),
        "center_accuracy": jnp.mean(right),
        "count_accuracy": jnp.mean((1 + jnp.sign(modelled)) / 2),
    }  # fmt: skip


@simulation(width=4)
def increments_trial(key: Any, params: Any) -> dict[str, Array]:
    """The full dynamics, step by step, beside first-order increments; units alpha/(n sqrt(m)).

    center_gap: largest error of <dw_j, nu> = (alpha a_j/2n) y_nu D_nu,j M2; point_gap: the same for
    <dw_j, x_k> = (alpha a_j/2n)[y_k b p + y_nu D M2], at active points and at silent ones. kept:
    active (neuron, point, step) whose label pulls or pushes, by whether they are active or silent
    after the step: (2, 2).
    """
    problem = draw_problem(key, params, test_points=0)
    labels, signs, M2, y = problem.labels, problem.signs, params.squared_norm, problem.labels.y
    masks = axis_masks(labels)
    cluster_sign = labels.side * (1.0 - 2.0 * labels.axis)  # y_nu times the side of the center
    pulls = signs * y[:, None] > 0

    def advance(state, _):
        later = step(problem, state)
        before, after = state.U > 0, later.U > 0
        D = active_points(masks, before).difference  # D_nu of nu = +mu_k: (axis, m)
        moved = problem.cross[:4:2] @ (later.A - state.A)  # <dw, mu_k> s_j
        center_gap = jnp.max(jnp.abs(moved - CENTER_LABELS[::2, None] * D * M2 / 2))
        drift = y[:, None] * before * params.p + cluster_sign[:, None] * D[labels.axis] * M2
        error = jnp.abs((later.U - state.U) * signs - drift / 2)
        kept = [[jnp.sum(before & side & end) for end in (after, ~after)]
                for side in (pulls, ~pulls)]  # fmt: skip
        point_gap = [jnp.max(error * before), jnp.max(error * ~before)]
        return later, (center_gap, jnp.array(point_gap), jnp.array(kept))

    _, (center_gap, point_gap, kept) = jax.lax.scan(advance, start(problem), length=params.steps)
    return {
        "center_gap": jnp.max(center_gap),
        "point_gap": jnp.max(point_gap, axis=0),
        "kept": jnp.sum(kept, axis=0),
    }
