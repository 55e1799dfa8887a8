"""What counts alone decide: the count model, limit H with m neurons; the plane; the data."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from sims import GAMMA_ROWS, binomials, counts, fitting, log_gammas, normals, simulation, uniforms
from sims.xor_cluster.descent import active_points, axis_masks, draw_problem
from theory import normal_cdf
from theory.xor_cluster import (
    AxisCounts, aligned_fraction, aligned_tail, center_outputs, growth_given, projection,
)  # fmt: skip


def counted(u: Array, params: Any) -> Array:
    """Points of C_+, C_-, N_+, N_- on both axes, (axis, set), from n uniform numbers."""
    shares = jnp.array([1 - params.eta, 1 - params.eta, params.eta, params.eta])
    return counts(u, jnp.tile(shares, 2)).reshape(2, 4)


@simulation(width=fitting(lambda params: params.n, most=64))
def counts_trial(key: Any, params: Any) -> dict[str, Array]:
    """The count model (m = inf) on one draw of the counts.

    center_accuracy: at t = 1, ..., steps, over the four centers. aligned_fraction: F of axis 1,
    with half of its share at D = 0. aligned_tail: P(D > n^(1/2-kappa) | counts), mean over axes.
    growth: mean |dV|/n of positive neurons.
    """
    n, (u,) = params.n, uniforms(key, u=params.n)
    axes = AxisCounts(*counted(u, params).T)
    first = AxisCounts(*(count[0] for count in axes))
    values = center_outputs(n, axes, tuple(range(1, params.steps + 1)))  # (axis, time, center)
    return {
        "center_accuracy": jnp.mean((1 + jnp.sign(values)) / 2, axis=(0, 2)),
        "aligned_fraction": aligned_fraction(n, first),
        "aligned_tail": jnp.mean(aligned_tail(n, axes, n ** (0.5 - params.kappa))),
        "growth": growth_given(n, first) / n,
    }


@simulation(width=64)
def neurons_trial(key: Any, params: Any) -> dict[str, Array]:
    """Limit H with m neurons, from activation counts.

    even, odd (axis): means of s |D| and of D over neurons, s the second layer's sign times the
    axis's label; after one step the outputs at the axis's centers are even ± odd. center_accuracy:
    at t = steps, over the four centers. linear (axis), off_plane: <v, mu_k>/‖mu‖ and the squared
    norm off the means' plane of the linear classifier v = sum_i y_i x_i.
    """
    n, m = params.n, params.m
    z, s, u, gauss, rest = normals(key, z=n, s=m, u=(2, 4, m), gauss=2, rest=GAMMA_ROWS)
    axes = counted(normal_cdf(z), params)
    hits = AxisCounts(*jnp.moveaxis(binomials(normal_cdf(u), axes[..., None], 0.5), 1, 0))
    signs = jnp.sign(s) * jnp.array([[1.0], [-1.0]])
    sets = AxisCounts(*axes.T[..., None])
    V = projection(params.steps, sets, hits, (signs > 0) * 1.0)
    later = jnp.stack([jnp.sum(signs * jnp.maximum(side * V, 0.0), axis=1) for side in (1, -1)])
    return {
        "even": jnp.mean(signs * jnp.abs(hits.difference), axis=1),
        "odd": jnp.mean(hits.difference, axis=1),
        "center_accuracy": jnp.mean((1 + jnp.sign(later)) / 2),
        "linear": jnp.sqrt(params.squared_norm) * sets.difference[:, 0] + jnp.sqrt(n) * gauss,
        # n times a chi-square of p - 2 degrees of freedom
        "off_plane": 2 * n * jnp.exp(log_gammas(rest, max(params.p - 2, 1e-9) / 2)),
    }


@simulation(width=256)
def bayes_trial(key: Any, params: Any) -> dict[str, Array]:
    """The Bayes classifier sgn(|<mu1, x>| - |<mu2, x>|) on fresh points.

    wrong: fraction of ``test_points`` of the first cluster. Only the plane of the means matters,
    and by symmetry all four clusters have the same error.
    """
    (x,) = normals(key, x=(params.test_points, 2))
    along = x[:, 0] + jnp.sqrt(params.squared_norm)
    return {"wrong": jnp.mean(jnp.abs(along) <= jnp.abs(x[:, 1]), dtype=float)}


@simulation(width=8)
def patterns_trial(key: Any, params: Any) -> dict[str, Array]:
    """Data and initial activations, no training.

    ahead (axis, half): share of each half of the neurons with D > 0, ties half. spread (axis):
    mean of (D - e)^2 over neurons; arcsines (axis): sum zeta zeta' arcsin(cos), zeta = 1 on A1,
    -1 on A2; on_axis: the points of the axis. linear_misfit: training error of v = sum_i y_i x_i.
    same_axis_cosine: largest |cos| of two points of one axis; any_cosine: of any two points.
    """
    n, half = params.n, params.m // 2
    problem = draw_problem(key, params, test_points=0)
    labels, masks = problem.labels, axis_masks(problem.labels)
    zeta, D = masks.difference, active_points(masks, problem.pre > 0).difference
    ahead = (1 + jnp.sign(D)) / 2
    size = jnp.sqrt(jnp.diag(problem.gram))
    cosine = jnp.clip(problem.gram / size[:, None] / size, -1, 1)
    apart = ~jnp.eye(n, dtype=bool)
    same_axis = (labels.axis[:, None] == labels.axis) & apart
    return {
        "ahead": jnp.stack([jnp.mean(ahead[:, :half], 1), jnp.mean(ahead[:, half:], 1)], axis=1),
        "spread": jnp.mean((D - jnp.sum(zeta, 1, keepdims=True) / 2) ** 2, 1),
        "arcsines": jnp.einsum("ki,ij,kj->k", zeta, jnp.arcsin(cosine), zeta),
        "on_axis": jnp.sum(jnp.abs(zeta), 1),
        "linear_misfit": jnp.mean(labels.y * (problem.gram @ labels.y) <= 0, dtype=float),
        "same_axis_cosine": jnp.max(jnp.where(same_axis, jnp.abs(cosine), 0.0)),
        "any_cosine": jnp.max(jnp.where(apart, jnp.abs(cosine), 0.0)),
    }
