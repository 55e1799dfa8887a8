"""Draws of the XOR cluster data and of the initial network, as inner products.

Gradient descent on the first layer sees the data only through the Gram matrix of training points,
test points, centers and initial weights. So p coordinates are never needed: the training set is
rotated into n + 2 of them, two along the means and a lower-triangular factor (Bartlett) for the
rest, exactly in law, and any p costs the same.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from theory.xor_cluster import AxisCounts, Params

LIMIT_SCALE = 1e-200
"""Initial pre-activations in limit H, in units where one step moves them by O(p): their signs
count and their sizes do not, yet they are far from underflow."""


class Labels(NamedTuple):
    """Where training points lie and how they are labelled."""

    axis: Int[Array, " n"]  # 0: ±mu1, label +1; 1: ±mu2, label -1
    side: Float[Array, " n"]  # ±1: which of the axis's two clusters
    clean: Bool[Array, " n"]
    y: Float[Array, " n"]


class Problem(NamedTuple):
    """Everything that gradient descent can see of one draw.

    ``gram`` holds inner products of training points; ``cross`` those of probes (the four centers
    +mu1, -mu1, +mu2, -mu2, then the test points cluster by cluster) with training points; ``pre``
    and ``probe_pre`` the inner products of both with standard Gaussian initial weights; ``own``
    what ``gram`` leaves out of its diagonal (:func:`sims.xor_cluster.descent.in_single`).
    """

    labels: Labels
    signs: Float[Array, " m"]
    gram: Float[Array, "n n"]
    cross: Float[Array, "probes n"]
    pre: Float[Array, "n m"]
    probe_pre: Float[Array, "probes m"]
    own: Float[Array, "n 1"] | float = 0.0


CENTER_LABELS = np.array([1.0, 1.0, -1.0, -1.0])
"""Clean labels of +mu1, -mu1, +mu2, -mu2."""


def axis_masks(labels: Labels) -> AxisCounts:
    """Which points belong to C_+, C_-, N_+, N_- of each axis: (axis, n), floats."""
    axes = labels.axis == jnp.array([[0], [1]])
    sets = [axes & (labels.clean == clean) & (labels.side == side)
            for clean in (True, False) for side in (1, -1)]  # fmt: skip
    return AxisCounts(*(members.astype(jnp.float64) for members in sets))


def active_points(masks: AxisCounts, active: Bool[Array, "n m"]) -> AxisCounts:
    """How many of each set are active on each neuron: (axis, m)."""
    return AxisCounts(*(members @ active.astype(jnp.float64) for members in masks))


def labelled(u: Float[Array, "2 n"], eta: Any) -> Labels:
    """n cluster memberships and noisy labels, from uniform numbers."""
    cluster, flip = u
    quarter = jnp.floor(4 * cluster).astype(jnp.int32)
    axis, side = quarter // 2, 1.0 - 2.0 * (quarter % 2)
    label = 1.0 - 2.0 * axis
    return Labels(axis, side, flip >= eta, jnp.where(flip >= eta, label, -label))


def centers(norm: Float[Array, ""] | float, dimension: int) -> Float[Array, "4 d"]:
    """+mu1, -mu1, +mu2, -mu2 along the first two coordinates."""
    corners = jnp.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]) * norm
    return jnp.pad(corners, ((0, 0), (0, dimension - 2)))


def place(labels: Labels, norm: Float[Array, ""] | float, dimension: int) -> Float[Array, "n d"]:
    """The center that each training point belongs to."""
    return centers(norm, dimension)[2 * labels.axis + (labels.side < 0)]


def draw_problem(key: Array, params: Params, test_points: int | None = None) -> Problem:
    """One draw of data and initial weights, by the params' ``sampling``.

    "direct" draws all p coordinates. Otherwise training points have n + 2 (needs p >= n + 2): two
    along the means, and the other p - 2 rotated so that point i uses i + 1 of them, its own holding
    a chi with p - 2 - i degrees of freedom. A test point's part outside the span of the data meets
    the initial weights only; it is drawn for each neuron independently, which is exact for the
    output at every single point. ``test_points`` overrides the number per cluster (0: only the four
    centers).
    """
    n, m, p = params.n, params.m, params.p
    per_cluster = params.test_points if test_points is None else test_points
    tests = 4 * per_cluster
    label_key, sign_key, point_key, weight_key, chi_key = jax.random.split(key, 5)
    labels = labelled(jax.random.uniform(label_key, (2, n)), params.eta)
    norm = jnp.sqrt(params.squared_norm)
    direct = params.sampling == "direct"
    dimension = p if direct else n + 2
    # Few large draws: each place that draws costs a second of compilation. 24 random bits suffice
    # for directions, and cost a third of a float64 normal.
    normals = jax.random.normal(point_key, (n + tests, dimension), jnp.float32)
    normals = normals.astype(jnp.float64)
    rows = dimension if direct else dimension + tests
    initial = jax.random.normal(weight_key, (rows, m), jnp.float32).astype(jnp.float64)
    weights, outside = initial[:dimension], initial[dimension:]
    train = normals[:n]
    if not direct:
        degrees = jnp.concatenate([
            p - 2.0 - jnp.arange(n), jnp.full(tests, max(p - 2.0 - n, 0.5))
        ])  # fmt: skip
        chi_squares = jax.random.chisquare(chi_key, degrees)
        factor = jnp.tril(train[:, 2:], -1) + jnp.diag(jnp.sqrt(chi_squares[:n]))
        train = jnp.concatenate([train[:, :2], factor], axis=1)
        # with p = n + 2 a test point has nothing outside the span
        outside = outside * jnp.sqrt(chi_squares[n:, None]) * (p > n + 2)
    train = train + place(labels, norm, dimension)
    middle = centers(norm, dimension)
    probes = jnp.concatenate([middle, normals[n:] + jnp.repeat(middle, per_cluster, axis=0)])
    probe_pre = probes @ weights
    if not direct:
        probe_pre = probe_pre.at[4:].add(outside)
    signs = jax.random.rademacher(sign_key, (m,), dtype=jnp.float64)
    return Problem(labels, signs, train @ train.T, probes @ train.T, train @ weights, probe_pre)


def initial_scale(params: Params) -> Float[Array, ""] | float:
    """What multiplies standard initial pre-activations in units alpha/(n sqrt(m))."""
    if params.sampling == "limit":
        return LIMIT_SCALE
    return params.omega * params.n * jnp.sqrt(params.m) / params.rate


def output_slope(params: Params) -> Float[Array, ""] | float:
    """f over sum_j s_j relu(U_j) in those units: alpha/(n m); 0 in limit H keeps g at 1/2."""
    return 0.0 if params.sampling == "limit" else params.rate / (params.n * params.m)
