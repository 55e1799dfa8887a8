"""Limit H and full runs, neuron by neuron: what tables, projections and increments are held to."""

from typing import Any

import jax.numpy as jnp
from jax import lax
from jaxtyping import Array

from sims import simulation
from sims.xor_cluster.data import CENTER_LABELS, Labels, draw_problem, output_slope
from sims.xor_cluster.descent import probe_preactivations, relu, start, step
from theory.xor_cluster import AxisCounts, center_outputs


def axis_masks(labels: Labels) -> Array:
    """Which points belong to C_+, C_-, N_+, N_- of each axis: (axis, set, n), floats."""
    sides = jnp.stack([labels.side > 0, labels.side < 0])
    kinds = jnp.stack([labels.clean, ~labels.clean])
    axes = jnp.stack([labels.axis == 0, labels.axis == 1])
    sets = (kinds[:, None] & sides[None]).reshape(4, -1)
    return (axes[:, None] & sets[None]).astype(jnp.float64)


@simulation(width=4)
def table_trial(key: Any, params: Any) -> dict[str, Array]:
    """One run in limit H: what each neuron and cell of points did, for the exact statements.

    counts (axis, set): points of C_+, C_-, N_+, N_-; hits (axis, set, m): how many of them are
    active at time 0; own (axis, m): 1 on a neuron's own axis; V (time, axis, m): its projection on
    +mu_k at t = 1..steps (2 at least); outputs (time, center): mean over neurons of s relu, in the
    same units. cells (16): pairs of a point and a neuron whose axis turns, by own axis, clean
    label, cluster sigma and activity at time 0 (binary); active (time, 16): how many of these are
    active. center_accuracy: of the centers at the last time; count_accuracy: the count model's on
    the same counts.
    """
    problem, steps = draw_problem(key, params, test_points=0), max(params.steps, 2)
    labels, signs, limit = problem.labels, problem.signs, params.but(sampling="limit")
    masks = axis_masks(labels)
    counts, hits = jnp.sum(masks, axis=-1), masks @ (problem.pre > 0).astype(jnp.float64)
    D = hits[:, 0] + hits[:, 3] - hits[:, 1] - hits[:, 2]
    own = signs == jnp.array([[1.0], [-1.0]])  # (axis, m)

    def advance(state, _):
        state = step(problem, 0.0, state)
        centers = probe_preactivations(problem, limit, state) * 2 / params.squared_norm
        return state, (state.U > 0, centers[jnp.array([0, 2])], relu(centers) @ signs / params.m)

    _, (now, V, outputs) = lax.scan(advance, start(problem, limit), None, length=steps)
    # V is a whole number but for the points' noise along the means
    turned = (D * jnp.round(V[1]) > 0)[labels.axis]
    leading = labels.side[:, None] == jnp.sign(D)[labels.axis]
    cell = 8 * own[labels.axis] + 4 * labels.clean[:, None] + 2 * leading + (problem.pre > 0)
    inside = ((cell[..., None] == jnp.arange(16)) & turned[..., None]).astype(jnp.float64)
    right = (1 + jnp.sign(outputs[-1] * jnp.array(CENTER_LABELS))) / 2
    modelled = center_outputs(params.n, AxisCounts(*counts.T), (steps,))
    return {
        "counts": counts,
        "hits": hits.astype(jnp.int16),
        "own": own.astype(jnp.int16),
        "V": V,
        "outputs": outputs,
        "cells": jnp.sum(inside, axis=(0, 1)),
        "active": jnp.einsum("tnm,nmc->tc", now.astype(jnp.float64), inside),
        "center_accuracy": jnp.mean(right),
        "count_accuracy": jnp.mean((1 + jnp.sign(modelled)) / 2),
    }


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
    masks, slope = axis_masks(labels), output_slope(params)
    center_label = jnp.array([[1.0], [-1.0]])  # of +mu1 and +mu2
    cluster_sign = labels.side * (1.0 - 2.0 * labels.axis)  # y_nu times the side of the center
    pulls = signs * y[:, None] > 0

    def advance(state, _):
        later = step(problem, slope, state)
        before, after = state.U > 0, later.U > 0
        d = masks @ before.astype(jnp.float64)
        D = d[:, 0] - d[:, 2] - d[:, 1] + d[:, 3]  # D_nu of nu = +mu_k: (axis, m)
        moved = problem.cross[jnp.array([0, 2])] @ (later.A - state.A)  # <dw, mu_k> s_j
        drift = y[:, None] * before * params.p + cluster_sign[:, None] * D[labels.axis] * M2
        error = jnp.abs((later.U - state.U) * signs - drift / 2)
        kept = [[jnp.sum(before & side & end) for end in (after, ~after)]
                for side in (pulls, ~pulls)]  # fmt: skip
        return later, (
            jnp.max(jnp.abs(moved - center_label * D * M2 / 2)),
            jnp.stack([jnp.max(error * before), jnp.max(error * ~before)]),
            jnp.array(kept),
        )

    _, seen = lax.scan(advance, start(problem, params), None, length=params.steps)
    return {
        "center_gap": jnp.max(seen[0]),
        "point_gap": jnp.max(seen[1], axis=0),
        "kept": jnp.sum(seen[2], axis=0),
    }
