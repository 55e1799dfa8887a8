"""Full-batch gradient descent on the first layer, in the span of the data.

The weights move in the span of the training points, so a step needs one product with the n x n
Gram matrix: 2 n^2 m operations in place of 4 n p m, for exactly the same trajectory.

Pre-activations U are kept in units alpha/(n sqrt(m)), in which one step adds
s_j sum_k <x_i, x_k> g_k y_k 1{U_kj > 0}: numbers of order p, at any alpha. They are float64: the
push of a cluster is lost in float32 once p/M2 times the counts pass 2^24, and REF_T has p = 1e12.

The products are float64 throughout, for identities to rounding; or those of :func:`in_single`: a
point's push on itself, of order p, in float64, and the pushes of the others, each of order
M2 + sqrt(p), as a float32 product, which is twice as fast. Relative to the cluster's push its error
is of order 1e-7 (measured: 3e-7 of the outputs over ten steps at the paper's size), where
accuracies and margins are claimed to 1e-2.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sims import product
from sims.xor_cluster.data import Problem, initial_scale, output_slope
from theory.xor_cluster import Params

EVERY_STEP = 64
"""Up to this many steps every time is recorded; beyond, about 60 on a logarithmic scale."""


class State(NamedTuple):
    """Pre-activations of training points, the accumulated dual coefficients, and
    sum_j s_j relu(U_j), which a step and whoever observes it would both compute."""

    U: Float[Array, "n m"]
    A: Float[Array, "n m"]
    raw: Float[Array, " n"]


def recorded_times(steps: int) -> tuple[int, ...]:
    """The times at which a run of ``steps`` steps is looked at: 0, ..., steps."""
    if steps <= EVERY_STEP:
        return tuple(range(steps + 1))
    grid = {round((steps + 1) ** (i / 60)) - 1 for i in range(61)}
    return tuple(sorted(grid | {0, steps}))


def relu(x: Array) -> Array:
    """max(x, 0), with relu'(0) = 0."""
    return jnp.maximum(x, 0.0)


def residual(f: Array, y: Array) -> Array:
    """g = -loss'(y f) = 1/(1 + exp(y f)) of the logistic loss."""
    return jax.nn.sigmoid(-y * f)


def start(problem: Problem, params: Params) -> State:
    """The state at time 0."""
    U = problem.pre * initial_scale(params)
    return State(U, jnp.zeros_like(U), outputs(U, problem.signs, 1.0))


def outputs(U: Array, signs: Array, slope: Array | float) -> Array:
    """f at the rows of U."""
    return slope * (relu(U) @ signs)


def in_single(problem: Problem) -> Problem:
    """The same with other points' pushes in float32, a point's own in float64."""
    others = problem.gram.at[jnp.diag_indices_from(problem.gram)].set(0.0).astype(jnp.float32)
    own, cross = jnp.diag(problem.gram)[:, None], problem.cross.astype(jnp.float32)
    return problem._replace(own=own, gram=others, cross=cross)


def pushed(matrix: Array, dual: Array) -> Array:
    """What dual coefficients (n, m) add, at the matrix's precision."""
    return product(matrix, dual.astype(matrix.dtype))


def step(problem: Problem, slope: Array | float, state: State) -> State:
    """One step; activations and residuals are those of the state's own time."""
    y = problem.labels.y
    g = residual(slope * state.raw, y)
    dual = jnp.where(state.U > 0, (g * y)[:, None], 0.0)
    U = state.U + problem.signs * (problem.own * dual + pushed(problem.gram, dual))
    return State(U, state.A + dual, outputs(U, problem.signs, 1.0))


def trajectory(
    problem: Problem,
    params: Params,
    observe: Callable[[State], Any],
    times: tuple[int, ...],
) -> tuple[Any, State]:
    """``observe(state)`` at each of the increasing ``times``, stacked, and the last state."""
    slope = output_slope(params)
    gaps = jnp.diff(jnp.array((0, *times)))

    def advance(state, gap):
        state = jax.lax.fori_loop(0, gap, lambda _, s: step(problem, slope, s), state)
        return state, observe(state)

    last, seen = jax.lax.scan(advance, start(problem, params), gaps)
    return seen, last


def probe_preactivations(problem: Problem, params: Params, state: State) -> Array:
    """Pre-activations of centers and test points, from the accumulated coefficients."""
    moved = problem.signs * pushed(problem.cross, state.A)
    return problem.probe_pre * initial_scale(params) + moved


def squared_displacement(problem: Problem, params: Params, state: State) -> Array:
    """‖W - W0‖_F^2 in units (alpha/(n sqrt(m)))^2: sum of A * (G A), with G A already known."""
    moved = (state.U - problem.pre * initial_scale(params)) * problem.signs
    return jnp.sum(state.A * moved)
