"""Limit H held against its own table, projections and counts, and against the full dynamics."""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims.xor_cluster.data import Labels, draw_problem, output_slope
from sims.xor_cluster.descent import probe_preactivations, relu, start, step, trajectory
from sims.xor_cluster.training import CENTER_LABELS, group_mean
from theory.xor_cluster import (
    AxisCounts,
    Params,
    activation_table,
    center_outputs,
    other_projection,
    other_projection_as_printed,
    own_projection,
)

SMALL_STEP = 1e14
"""Multiplies omega where the first step must not win: q0 goes from 1e-12 to 1e2."""


def axis_masks(labels: Labels) -> Array:
    """Which points belong to C_+, C_-, N_+, N_- of each axis: (axis, set, n), floats."""
    sides = jnp.stack([labels.side > 0, labels.side < 0])
    kinds = jnp.stack([labels.clean, ~labels.clean])
    axes = jnp.stack([labels.axis == 0, labels.axis == 1])
    sets = (kinds[:, None] & sides[None]).reshape(4, -1)
    return (axes[:, None] & sets[None]).astype(jnp.float64)


def axis_counts(labels: Labels) -> tuple[AxisCounts, AxisCounts]:
    """The four counts of both axes."""
    sizes = jnp.sum(axis_masks(labels), axis=-1)
    return AxisCounts(*sizes[0]), AxisCounts(*sizes[1])


def predicted_projections(counts: AxisCounts, b: Array, D: Array, own: Array, t: int, other_form):
    """V(t) of every neuron from the counts of one axis; b holds b(C_+), b(C_-), b(N_+), b(N_-)."""

    def leading_plus(counts: AxisCounts, b_cp, b_cm, b_np, b_nm, D):
        cp, cm, np_, nm = counts
        mine = own_projection.__wrapped__(t, D, cp, cm, np_, nm, b_cm, b_np)
        theirs = other_form.__wrapped__(t, D, cp, cm, np_, nm, b_cp, b_np, b_nm)
        return jnp.where(own, mine, theirs)

    plus = leading_plus(counts, b[0], b[1], b[2], b[3], D)
    minus = -leading_plus(counts.mirrored, b[1], b[0], b[3], b[2], -D)
    return jnp.where(D > 0, plus, minus)


def table(key: Array, params: Params) -> dict[str, Array]:
    """One run in limit H beside every exact statement about it.

    table_violations: number of (neuron, point, time 1..steps) that differ from the activation
    table; table_violations_twin: from the table with noisy points of cluster sigma silent at once;
    unturned_share: share of (neuron, axis) with D != 0 but sigma V(2) <= 0, of which neither table
    nor projections speak (a large deviation: e^(-cn)).
    projection_residual, projection_residual_as_printed: largest |V - formula| over neurons, axes,
    times; late_shortfall: by how much the other axis's projection falls short of the paper's lower
    bound after (A.56) (positive: the bound fails). count_output_residual: outputs at the centers
    against the mean over neurons of the formula's s relu(±V), in units of V, and the same as
    printed. count_model_gap: center accuracy minus the count model's at the last time; center_miss:
    minus 1. Neurons with D = 0 are left out of violations and residuals.
    """
    problem = draw_problem(key, params, test_points=0)
    labels, signs = problem.labels, problem.signs
    masks = axis_masks(labels)
    counts = axis_counts(labels)
    active = (problem.pre > 0).astype(jnp.float64)
    b = masks @ active  # (axis, set, m)
    D = b[:, 0] + b[:, 3] - b[:, 1] - b[:, 2]
    own_axis = signs == jnp.array([[1.0], [-1.0]])  # (axis, m)
    leads = labels.side[:, None] == jnp.sign(D)[labels.axis]
    second = jnp.stack([
        predicted_projections(counts[k], b[k], D[k], own_axis[k], 2, other_projection)
        for k in (0, 1)
    ])  # fmt: skip
    turned = D * second > 0
    own, decided = own_axis[labels.axis], turned[labels.axis]
    clean, initially = labels.clean[:, None], problem.pre > 0

    limit = dataclasses.replace(params, sampling="limit")
    state = start(problem, limit)
    violations = twin_violations = jnp.zeros(())
    residuals, printed, shortfalls, output_gaps, printed_gaps = [], [], [], [], []
    outputs = jnp.zeros(4)
    for t in range(1, params.steps + 1):
        state = step(problem, 0.0, state)
        now = state.U > 0
        expected = activation_table(t, own, clean, leads, initially)
        silenced = expected & ~(own & ~clean & leads)
        violations += jnp.sum(decided & (now != expected))
        twin_violations += jnp.sum(decided & (now != (silenced if t == 1 else expected)))
        centers = probe_preactivations(problem, limit, state)
        V = 2 * centers[jnp.array([0, 2])] / params.squared_norm
        exact, wrong = (
            jnp.stack([
                predicted_projections(counts[k], b[k], D[k], own_axis[k], t, form)
                for k in (0, 1)
            ])
            for form in (other_projection, other_projection_as_printed)
        )  # fmt: skip
        residuals.append(jnp.max(jnp.where(turned, jnp.abs(V - exact), 0.0)))
        printed.append(jnp.max(jnp.where(turned, jnp.abs(V - wrong), 0.0)))
        if t >= 3:
            c_plus, c_minus, n_plus, n_minus = (
                jnp.stack([counts[k][i] for k in (0, 1)])[:, None] for i in range(4)
            )
            bound = c_plus - c_minus - 3 * n_plus + 3 * n_minus + (t - 3) * (n_minus - n_plus)
            checked = turned & (D > 0) & ~own_axis
            shortfalls.append(jnp.max(jnp.where(checked, bound + V, -jnp.inf), initial=-1e9))
        outputs = relu(centers) @ signs
        unit = 2 / params.squared_norm
        for form, gaps in ((exact, output_gaps), (wrong, printed_gaps)):
            known = jnp.where(turned, form, V)  # the formulas speak of turned neurons only
            sums = jnp.stack([relu(s * known[k]) @ signs for k in (0, 1) for s in (1.0, -1.0)])
            gaps.append(jnp.max(jnp.abs(unit * outputs - sums)) / params.m)
    right = (1 + jnp.sign(outputs * jnp.array(CENTER_LABELS))) / 2
    both = jax.tree.map(lambda *x: jnp.stack(x), *counts)
    modelled = jax.vmap(lambda c: center_outputs(params.n, c, (params.steps,))[0])(both)
    return {
        "table_violations": violations,
        "table_violations_twin": twin_violations,
        "unturned_share": jnp.mean((D != 0) & ~turned, dtype=float),
        "projection_residual": jnp.max(jnp.stack(residuals)),
        "projection_residual_as_printed": jnp.max(jnp.stack(printed)),
        "late_shortfall": jnp.max(jnp.stack(shortfalls)) if shortfalls else jnp.zeros(()),
        "count_output_residual": jnp.max(jnp.stack(output_gaps)),
        "count_output_residual_as_printed": jnp.max(jnp.stack(printed_gaps)),
        "count_model_gap": jnp.mean(right) - jnp.mean((1 + jnp.sign(modelled)) / 2),
        "center_miss": jnp.mean(right) - 1,
    }


def limit_against_full(key: Array, params: Params) -> dict[str, Array]:
    """The full dynamics beside limit H from the same draw.

    limit_gap: relative distance of all training pre-activations at the last time;
    limit_gap_small_step: the same with omega multiplied by SMALL_STEP.
    """
    problem = draw_problem(key, params, test_points=0)

    def last(params: Params) -> Array:
        _, state = trajectory(problem, params, lambda state: state.U[0, 0], (params.steps,))
        return state.U - start(problem, params).U

    limit = last(dataclasses.replace(params, sampling="limit"))
    size = jnp.linalg.norm(limit)
    small = dataclasses.replace(params, omega=params.omega * SMALL_STEP)
    return {
        "limit_gap": jnp.linalg.norm(last(params) - limit) / size,
        "limit_gap_small_step": jnp.linalg.norm(last(small) - limit) / size,
    }


RETENTION_GRID = (0.25, 0.5, 0.75, 0.9, 1.1, 1.5, 2.0, 4.0, 8.0)
"""P over its threshold n (1-eta)/8 in :func:`growth_sweep`."""


def projected_growth(key: Array, params: Params, squared_norm: Array | float) -> Array:
    """Mean growth per step of |<w, mu1>| of positive neurons, |dV|/n, in limit H at that ‖mu‖^2."""
    chosen = dataclasses.replace(params, sampling="limit", squared_norm=squared_norm)
    problem = draw_problem(key, chosen, test_points=0)

    def feature(state):
        V = 2 * probe_preactivations(problem, chosen, state)[0] / squared_norm
        return group_mean(jnp.abs(V), problem.signs > 0)

    half = params.steps // 2
    seen, _ = trajectory(problem, chosen, feature, (half, params.steps))
    return (seen[1] - seen[0]) / (params.steps - half) / params.n


def growth_sweep(key: Array, params: Params) -> dict[str, Array]:
    """growth: :func:`projected_growth` over RETENTION_GRID at the params' own p, same noise."""
    threshold = params.n * (1 - params.eta) / 8
    norms = params.p / (threshold * jnp.array(RETENTION_GRID))
    return {"growth": jax.lax.map(lambda norm: projected_growth(key, params, norm), norms)}


def increments(key: Array, params: Params) -> dict[str, Array]:
    """The full dynamics, step by step, against the paper's first-order increments.

    center_increment: largest |<dw_j, nu> - (alpha a_j/2n) y_nu D_nu,j M2| over the right side of
    (A.29), 5 alpha M2/(n^(3/2) sqrt(m)). point_increment: the same for training points, (A.28),
    at C = 2. forgotten: number of (neuron, point, step) against Corollary A.5: a point that pulls
    a neuron stays active, one that pushes it is silent after each active step. forgotten_twin:
    against the opposite rule.
    """
    problem = draw_problem(key, params, test_points=0)
    labels, signs, n, M2 = problem.labels, problem.signs, params.n, params.squared_norm
    slope, y = output_slope(params), labels.y
    masks = axis_masks(labels)
    center_label = jnp.array([[1.0], [-1.0]])  # of +mu1 and +mu2
    cluster_sign = labels.side * (1.0 - 2.0 * labels.axis)  # y_nu times the side of the center
    spread = 10 * jnp.sqrt(jnp.log(n)) * n**1.99 / 6  # C_n n^1.99/(3 C)
    pulls = signs * y[:, None] > 0

    def advance(state, _):
        later = step(problem, slope, state)
        before, after = state.U > 0, later.U > 0
        d = masks @ before.astype(jnp.float64)
        D = d[:, 0] - d[:, 2] - d[:, 1] + d[:, 3]  # D_nu of nu = +mu_k: (axis, m)
        moved = problem.cross[jnp.array([0, 2])] @ (later.A - state.A)  # <dw, mu_k> s_j
        at_center = jnp.max(jnp.abs(moved - center_label * D * M2 / 2)) / (5 * M2 / jnp.sqrt(n))
        own = before * params.p
        drift = (y[:, None] * own + cluster_sign[:, None] * D[labels.axis] * M2) / 2
        allowed = 4 * n**-1.5 * (own + spread * M2)
        at_point = jnp.max(jnp.abs((later.U - state.U) * signs - drift) / allowed)
        lost = jnp.sum(before & (pulls != after))
        kept = jnp.sum(before & (pulls == after))
        return later, (at_center, at_point, lost, kept)

    _, seen = jax.lax.scan(advance, start(problem, params), None, length=params.steps)
    return {
        "center_increment": jnp.max(seen[0]),
        "point_increment": jnp.max(seen[1]),
        "forgotten": jnp.sum(seen[2]).astype(jnp.float64),
        "forgotten_twin": jnp.sum(seen[3]).astype(jnp.float64),
    }


def retention(key: Array, params: Params) -> dict[str, Array]:
    """Growth per step |dV|/n above and below the retention threshold, same draw of everything.

    growth_ample: at the params' own P; growth_scarce: with P at a third of n (1-eta)/8 (a larger
    ‖mu‖, same p and noise); growth_ample_and_half_jump: growth_ample + (1-eta)/16.
    """
    ample = projected_growth(key, params, params.squared_norm)
    scarce = projected_growth(key, params, params.p / (params.n * (1 - params.eta) / 24))
    return {
        "growth_ample": ample,
        "growth_scarce": scarce,
        "growth_ample_and_half_jump": ample + (1 - params.eta) / 16,
    }
