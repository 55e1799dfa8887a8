"""Draws of data and network as inner products, and full-batch gradient descent on the first layer.

Gradient descent sees inner products of training points, test points, centers and initial weights
only. So p coordinates are never needed: the training set is rotated into n + 2 of them, two along
the means and a lower-triangular factor (Bartlett) for the rest, exactly in law. The weights move in
the span of the training points, so a step needs one product with the n x n Gram matrix: 2 n^2 m
operations in place of 4 n p m, for exactly the same trajectory.

Pre-activations U are kept in units alpha/(n sqrt(m)), in which one step adds
s_j sum_k <x_i, x_k> g_k y_k 1{U_kj > 0}: numbers of order p, at any alpha. They are float64: the
push of a cluster is lost in float32 once p/M2 times the counts pass 2^24, and REF_T has p = 1e12.
So are the products, for identities to rounding; or, by :func:`in_single`, a point's push on itself,
of order p, is in float64 and those of the others, each of order M2 + sqrt(p), are a float32
product, which is twice as fast. Relative to the cluster's push its error is of order 1e-7 (3e-7 of
the outputs over ten steps at the paper's size), where accuracies and margins are claimed to 1e-2.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from sims import product
from theory.xor_cluster import AxisCounts, Params

LIMIT_SCALE = 1e-200
"""Initial pre-activations in limit H, in units where one step moves them by O(p): their signs
count and their sizes do not, yet they are far from underflow."""
CENTER_LABELS = np.array([1.0, 1.0, -1.0, -1.0])
"""Clean labels of +mu1, -mu1, +mu2, -mu2."""


class Labels(NamedTuple):
    """Where training points lie and how they are labelled."""

    axis: Int[Array, " n"]  # 0: ±mu1, label +1; 1: ±mu2, label -1
    side: Float[Array, " n"]  # ±1: which of the axis's two clusters
    clean: Bool[Array, " n"]
    y: Float[Array, " n"]


class Problem(NamedTuple):
    """Everything that gradient descent can see of one draw; probes are the four centers +mu1, -mu1,
    +mu2, -mu2, then the test points cluster by cluster."""

    labels: Labels
    signs: Float[Array, " m"]
    gram: Float[Array, "n n"]  # inner products of training points
    cross: Float[Array, "probes n"]  # of probes with training points
    pre: Float[Array, "n m"]  # pre-activations at time 0
    probe_pre: Float[Array, "probes m"]
    slope: Float[Array, ""] | float = 0.0  # f over sum_j s_j relu(U_j); 0 keeps g at 1/2
    own: Float[Array, "n 1"] | float = 0.0  # what ``gram`` leaves out of its diagonal


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

    "direct" draws all p coordinates. Otherwise training points have n + 2: two along the means, and
    the other p - 2 rotated so that point i uses i + 1 of them, its own holding a chi with p - 2 - i
    degrees of freedom. A test point's part outside the span of the data meets the initial weights
    only; it is drawn for each neuron independently, which is exact for the output at every single
    point. ``test_points`` overrides the number per cluster (0: only the four centers).
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
    normals = jax.random.normal(point_key, (n + tests, dimension), jnp.float32).astype(float)
    rows = dimension if direct else dimension + tests
    initial = jax.random.normal(weight_key, (rows, m), jnp.float32).astype(float)
    weights, outside = initial[:dimension], initial[dimension:]
    train = normals[:n]
    if not direct:
        degrees = jnp.append(p - 2.0 - jnp.arange(n), jnp.full(tests, max(p - 2.0 - n, 0.5)))
        chi_squares = jax.random.chisquare(chi_key, degrees)
        factor = jnp.tril(train[:, 2:], -1) + jnp.diag(jnp.sqrt(chi_squares[:n]))
        train = jnp.concatenate([train[:, :2], factor], axis=1)
        # with p = n + 2 a test point has nothing outside the span
        outside = outside * jnp.sqrt(chi_squares[n:, None]) * (p > n + 2)
    train, middle = train + place(labels, norm, dimension), centers(norm, dimension)
    probes = jnp.concatenate([middle, normals[n:] + jnp.repeat(middle, per_cluster, axis=0)])
    probe_pre = probes @ weights
    if not direct:
        probe_pre = probe_pre.at[4:].add(outside)
    signs = jax.random.rademacher(sign_key, (m,), dtype=jnp.float64)
    grams = train @ train.T, probes @ train.T
    return in_units(Problem(labels, signs, *grams, train @ weights, probe_pre), params)


def in_units(problem: Problem, params: Params) -> Problem:
    """A problem of standard Gaussian initial weights in units alpha/(n sqrt(m)) of params; its
    slope is alpha/(n m), but 0 in limit H."""
    if params.sampling == "limit":
        scale, slope = LIMIT_SCALE, 0.0
    else:
        scale = params.omega * params.n * jnp.sqrt(params.m) / params.rate
        slope = params.rate / (params.n * params.m)
    pre, probe_pre = scale * problem.pre, scale * problem.probe_pre
    return problem._replace(pre=pre, probe_pre=probe_pre, slope=slope)


class State(NamedTuple):
    """Where gradient descent stands; ``raw`` is what a step and its observer would both compute."""

    U: Float[Array, "n m"]  # pre-activations of training points
    A: Float[Array, "n m"]  # accumulated dual coefficients
    raw: Float[Array, " n"]  # sum_j s_j relu(U_j)


def recorded_times(steps: int) -> tuple[int, ...]:
    """When a run of ``steps`` steps is looked at: 0, 1, ..., steps; beyond 64 steps at about 60
    times on a logarithmic scale."""
    if steps <= 64:
        return tuple(range(steps + 1))
    grid = {round((steps + 1) ** (i / 60)) - 1 for i in range(61)}
    return tuple(sorted(grid | {0, steps}))


def residual(f: Array, y: Array) -> Array:
    """g = -loss'(y f) = 1/(1 + exp(y f)) of the logistic loss."""
    return jax.nn.sigmoid(-y * f)


def outputs(U: Array, signs: Array, slope: Array | float = 1.0) -> Array:
    """f at the rows of U."""
    return slope * (jnp.maximum(U, 0.0) @ signs)


def start(problem: Problem) -> State:
    """The state at time 0."""
    U = problem.pre
    return State(U, jnp.zeros_like(U), outputs(U, problem.signs))


def in_single(problem: Problem) -> Problem:
    """The same with other points' pushes in float32, a point's own in float64."""
    others = problem.gram.at[jnp.diag_indices_from(problem.gram)].set(0.0).astype(jnp.float32)
    own, cross = jnp.diag(problem.gram)[:, None], problem.cross.astype(jnp.float32)
    return problem._replace(own=own, gram=others, cross=cross)


def pushed(matrix: Array, dual: Array) -> Array:
    """What dual coefficients (n, m) add, at the matrix's precision."""
    return product(matrix, dual.astype(matrix.dtype))


def step(problem: Problem, state: State) -> State:
    """One step; activations and residuals are those of the state's own time."""
    y = problem.labels.y
    g = residual(problem.slope * state.raw, y)
    dual = jnp.where(state.U > 0, (g * y)[:, None], 0.0)
    U = state.U + problem.signs * (problem.own * dual + pushed(problem.gram, dual))
    return State(U, state.A + dual, outputs(U, problem.signs))


def trajectory(
    problem: Problem, observe: Callable[[State], Any], times: tuple[int, ...]
) -> tuple[Any, State]:
    """``observe(state)`` at each of the increasing ``times``, stacked, and the last state."""

    def advance(state, gap):
        state = jax.lax.fori_loop(0, gap, lambda _, s: step(problem, s), state)
        return state, observe(state)

    last, seen = jax.lax.scan(advance, start(problem), jnp.diff(jnp.array((0, *times))))
    return seen, last


def trained(problem: Problem, steps: int) -> State:
    """The state after so many steps."""
    return trajectory(problem, lambda state: 0.0, (steps,))[1]


def probe_preactivations(problem: Problem, state: State) -> Array:
    """Pre-activations of centers and test points, from the accumulated coefficients."""
    return problem.probe_pre + problem.signs * pushed(problem.cross, state.A)
