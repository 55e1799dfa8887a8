"""What the data and the initial activations alone decide; nothing is trained."""

import jax.numpy as jnp
from jaxtyping import Array

from sims.xor_cluster.data import draw_problem
from sims.xor_cluster.table import axis_masks
from theory.xor_cluster import Params, activation_covariance


def patterns(key: Array, params: Params) -> dict[str, Array]:
    """One draw of data and initial weights.

    aligned_product: (F - 1/2)(F' - 1/2) from two halves of the neurons, mean over axes: an
    unbiased estimate of Var F at any m. aligned_share: fraction of neurons with
    D > n^(1/2-kappa). difference_excess: mean of (D - e)^2 over neurons minus its exact
    conditional mean sum zeta zeta' arcsin(cos)/(2 pi), over n; difference_excess_independent:
    minus N/4 instead. linear_misfit: training error of v = sum_i y_i x_i. same_axis_cosine: largest
    |cos| of two points of one axis, times P + 1; any_cosine: of any two points.
    """
    n, m = params.n, params.m
    problem = draw_problem(key, params, test_points=0)
    labels = problem.labels
    masks = axis_masks(labels)
    zeta = masks[:, 0] + masks[:, 3] - masks[:, 1] - masks[:, 2]  # +1 on A1, -1 on A2: (axis, n)
    active = (problem.pre > 0).astype(jnp.float64)
    D = zeta @ active  # (axis, m)
    half = m // 2
    ahead = (1 + jnp.sign(D)) / 2
    F, G = jnp.mean(ahead[:, :half], 1), jnp.mean(ahead[:, half:], 1)
    size = jnp.sqrt(jnp.diag(problem.gram))
    cosine = jnp.clip(problem.gram / size[:, None] / size, -1, 1)
    exact = jnp.einsum("ki,ij,kj->k", zeta, activation_covariance(cosine), zeta)
    e, N = jnp.sum(zeta, 1) / 2, jnp.sum(jnp.abs(zeta), 1)
    seen = jnp.mean((D - e[:, None]) ** 2, 1)
    apart = ~jnp.eye(n, dtype=bool)
    same_axis = (labels.axis[:, None] == labels.axis) & apart
    return {
        "aligned_product": jnp.mean((F - 0.5) * (G - 0.5)),
        "aligned_share": jnp.mean(n ** (0.5 - params.kappa) < D, dtype=float),
        "difference_excess": jnp.mean(seen - exact) / n,
        "difference_excess_independent": jnp.mean(seen - N / 4) / n,
        "linear_misfit": jnp.mean(labels.y * (problem.gram @ labels.y) <= 0, dtype=float),
        "same_axis_cosine": jnp.max(jnp.where(same_axis, jnp.abs(cosine), 0.0)) * (params.P + 1),
        "any_cosine": jnp.max(jnp.where(apart, jnp.abs(cosine), 0.0)),
    }
