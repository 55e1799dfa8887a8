"""Draws of the XOR cluster data and of the initial network, as inner products.

Gradient descent on the first layer sees the data only through the Gram matrix of training points,
test points, centers and initial weights. So p coordinates are never needed: the training set is
rotated into n + 2 of them, two along the means and a lower-triangular factor (Bartlett) for the
rest, exactly in law, and any p costs the same.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from theory.xor_cluster import Params

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
    and ``probe_pre`` the inner products of both with standard Gaussian initial weights.
    """

    labels: Labels
    signs: Float[Array, " m"]
    gram: Float[Array, "n n"]
    cross: Float[Array, "probes n"]
    pre: Float[Array, "n m"]
    probe_pre: Float[Array, "probes m"]


def draw_labels(key: Array, n: int, eta: Float[Array, ""] | float) -> Labels:
    """n iid cluster memberships and noisy labels."""
    which, flips = jax.random.split(key)
    cluster = jax.random.randint(which, (n,), 0, 4)
    axis, side = cluster // 2, 1.0 - 2.0 * (cluster % 2)
    clean = jax.random.uniform(flips, (n,)) >= eta
    label = 1.0 - 2.0 * axis
    return Labels(axis, side, clean, jnp.where(clean, label, -label))


def draw_signs(key: Array, m: int) -> Float[Array, " m"]:
    """Signs of the second layer, iid ±1."""
    return jax.random.rademacher(key, (m,), dtype=jnp.float64)


def centers(norm: Float[Array, ""] | float, dimension: int) -> Float[Array, "4 d"]:
    """+mu1, -mu1, +mu2, -mu2 along the first two coordinates."""
    corners = jnp.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]) * norm
    return jnp.pad(corners, ((0, 0), (0, dimension - 2)))


def place(labels: Labels, norm: Float[Array, ""] | float, dimension: int) -> Float[Array, "n d"]:
    """The center that each training point belongs to."""
    return centers(norm, dimension)[2 * labels.axis + (labels.side < 0)]


def direct_points(key: Array, labels: Labels, params: Params) -> Float[Array, "n p"]:
    """The training points in all p coordinates."""
    noise = jax.random.normal(key, (params.n, params.p))
    return noise + place(labels, jnp.sqrt(params.squared_norm), params.p)


def bartlett_factor(key: Array, n: int, degrees: Float[Array, " n"]) -> Float[Array, "n n"]:
    """Lower-triangular L with L L^T ~ Wishart: L_ik ~ N(0, 1) for k < i, L_ii^2 ~ chi^2(degrees_i)."""
    below, diagonal = jax.random.split(key)
    lower = jnp.tril(jax.random.normal(below, (n, n)), -1)
    return lower + jnp.diag(jnp.sqrt(jax.random.chisquare(diagonal, degrees)))


def reduced_points(key: Array, labels: Labels, params: Params) -> Float[Array, "n n+2"]:
    """The training points in n + 2 rotated coordinates, exact in law. Needs p >= n + 2.

    Two coordinates along the means; the other p - 2, rotated so that point i uses only i + 1 of
    them: its own one holds what is left, a chi with p - 2 - i degrees of freedom.
    """
    n = params.n
    plane, rest = jax.random.split(key)
    along = jax.random.normal(plane, (n, 2)) + place(labels, jnp.sqrt(params.squared_norm), 2)
    degrees = params.p - 2.0 - jnp.arange(n)
    return jnp.concatenate([along, bartlett_factor(rest, n, degrees)], axis=1)


def draw_problem(key: Array, params: Params, test_points: int | None = None) -> Problem:
    """One draw of data and initial weights, by the params' ``sampling``.

    ``test_points`` overrides the number per cluster (0: only the four centers).
    """
    n, m, p = params.n, params.m, params.p
    per_cluster = params.test_points if test_points is None else test_points
    keys = jax.random.split(key, 7)
    labels = draw_labels(keys[0], n, params.eta)
    signs = draw_signs(keys[1], m)
    direct = params.sampling == "direct"
    train = (direct_points if direct else reduced_points)(keys[2], labels, params)
    dimension = train.shape[1]
    middle = centers(jnp.sqrt(params.squared_norm), dimension)
    noise = jax.random.normal(keys[3], (4, per_cluster, dimension))
    test = (middle[:, None, :] + noise).reshape(4 * per_cluster, dimension)
    probes = jnp.concatenate([middle, test])
    # 24 random bits suffice for initial directions, and cost a third of a float64 normal
    weights = jax.random.normal(keys[4], (dimension, m), dtype=jnp.float32).astype(jnp.float64)
    probe_pre = probes @ weights
    if not direct and per_cluster:
        # A test point's part outside the span of the data meets the initial weights only. It is
        # drawn independently for each neuron, which is exact for every single point's output.
        outside = jnp.sqrt(jax.random.chisquare(keys[5], max(p - 2 - n, 0), (4 * per_cluster, 1)))
        extra = jax.random.normal(keys[6], (4 * per_cluster, m), dtype=jnp.float32)
        probe_pre = probe_pre.at[4:].add(outside * extra if p > n + 2 else 0.0)
    return Problem(labels, signs, train @ train.T, probes @ train.T, train @ weights, probe_pre)


def initial_scale(params: Params) -> Float[Array, ""] | float:
    """What multiplies standard initial pre-activations in units alpha/(n sqrt(m))."""
    if params.sampling == "limit":
        return LIMIT_SCALE
    return params.omega * params.n * jnp.sqrt(params.m) / params.rate


def output_slope(params: Params) -> Float[Array, ""] | float:
    """f over sum_j s_j relu(U_j) in those units: alpha/(n m); 0 in limit H keeps g at 1/2."""
    return 0.0 if params.sampling == "limit" else params.rate / (params.n * params.m)
