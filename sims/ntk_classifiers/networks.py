"""Uniform points: deep kernel classifiers solved, votes at one test point, finite networks."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree
from jax.scipy.linalg import cho_solve
from jaxtyping import Array, Float

from sims import normals, simulation, uniforms
from theory.ntk_classifiers import (
    BUMP_CENTRE, BUMP_HALF_WIDTH, BUMP_INSIDE, BUMP_OUTSIDE, activation_of, deepen, ntk_diagonal,
    pair_coordinates, similarity_of, table_nodes, tabulate, two_layer_ntk_given_first,
)  # fmt: skip


def orthant_points(key: Array, count: int, d: int) -> Float[Array, "count m"]:
    """Uniform points on S^d with non-negative coordinates."""
    x = jnp.abs(jax.random.normal(key, (count, d + 1)))
    return x / jnp.linalg.norm(x, axis=1, keepdims=True)


def solved(kernel: Float[Array, "n n"], y: Float[Array, " n"], ridge: Any) -> Float[Array, " n"]:
    """(K + ridge I)^{-1} y by Cholesky; K's diagonal is 1, and only what is below it is read."""
    matrix = jnp.where(jnp.eye(len(kernel), dtype=bool), 1 + ridge, kernel)
    return cho_solve((jax.lax.linalg.cholesky(matrix, symmetrize_input=False), True), y)


def draw(key: Array, params: Any) -> dict[str, Array]:
    """Points x and z for training and tests, and labels y with sum S (n + S even): the points are
    exchangeable, so that their order says nothing."""
    train_key, test_key = jax.random.split(key)
    return {
        "x": orthant_points(train_key, params.n, params.d),
        "z": orthant_points(test_key, params.tests, params.d),
        "y": jnp.where(jnp.arange(params.n) < (params.n + params.votes) // 2, 1.0, -1.0),
    }


def networks(key: Array, params: Any) -> tuple[dict[str, Array], Any, Any]:
    """What ``deep`` returns, and the kernels of depth L at the pairs (x, x) and (x, z)."""
    activation, drawn = activation_of(params), draw(key, params)
    within, across = (
        deepen(activation, similarity_of(drawn["x"], drawn[other]), params.depth) for other in "xz"
    )
    log_top = jnp.log(ntk_diagonal(activation, params.depth))
    nngp, ntk = jnp.exp(within.log_nngp), jnp.exp(within.log_ntk - log_top)
    seen = {
        "log_nngp": across.log_nngp,
        "log_ntk": across.log_ntk - log_top,
        "nngp_coefficients": solved(nngp, drawn["y"], params.ridge),
        "ntk_coefficients": solved(ntk, drawn["y"], params.ridge / jnp.exp(log_top)),
    }
    return drawn | seen, within, across


@simulation(width=16)
def deep_trial(key: Array, params: Any) -> dict[str, Array]:
    """NNGP and NTK at depth L, each over its diagonal, solved with the ridge.

    f_L at a test point is the sum over training points of nngp_coefficients exp(log_nngp), or
    of ntk_coefficients exp(log_ntk); the logarithms (n, tests), as values underflow with depth.
    """
    return networks(key, params)[0]


@simulation(width=16)
def subcritical_trial(key: Array, params: Any) -> dict[str, Array]:
    """The same at B' < 1, and ``ridgeless``: the NNGP's f_L without ridge.

    K_L = J - E with E = 1 - t_L, relatively exact however small: the ridgeless solution f =
    c + E(x)^T q solves E q + c 1 = y, 1^T q = c scale, in units of B'^L, so that float64 is enough
    although K_L itself is of rank one to all its digits.
    """
    seen, within, across = networks(key, params)
    scale = jnp.asarray(activation_of(params).slope_at_one, float) ** params.depth
    gram = jnp.where(jnp.eye(params.n, dtype=bool), 0.0, within.pair.s / scale)
    one = jnp.ones((params.n, 1))
    bordered = jnp.block([[gram, one], [one.T, jnp.full((1, 1), scale)]])
    solution = jnp.linalg.solve(bordered, jnp.append(seen["y"], 0.0))
    return seen | {"ridgeless": solution[-1] + solution[:-1] @ (across.pair.s / scale)}


CRITICAL_TABLE = (16, 36, 24)
"""Cells to a factor 2 and factors 2 of s and of t in the table for critical depths, 1e4 layers of
which cost a second; they hold all pairs of some dozens of points (t > 1e-7, s > 2e-11)."""


def critical_tables(_: Array, params: Any) -> tuple[Any, Any]:
    """Great depth, once for all trials: tables of log(Theta_L/(L+1)) and of log s_L."""
    deep = deepen(activation_of(params), table_nodes(*CRITICAL_TABLE), params.depth)
    share = deep.log_ntk - jnp.log(params.depth + 1.0)
    return tabulate(share, *CRITICAL_TABLE), tabulate(jnp.log(deep.pair.s), *CRITICAL_TABLE)


@simulation(width=16, shared=critical_tables)
def critical_trial(key: Array, params: Any, tables: tuple[Any, Any]) -> dict[str, Array]:
    """Deep ReLU networks: ``ntk``, f_L at the test points, and log s_L = log(1 - t_L) of all pairs
    (that of a point with itself means nothing)."""
    share, log_s = tables
    drawn = draw(key, params)
    within, across = (pair_coordinates(drawn["x"], drawn[other]) for other in "xz")
    coefficients = solved(jnp.exp(share.at(*within)), drawn["y"], 0.0)
    return {
        "y": drawn["y"],
        "ntk": coefficients @ jnp.exp(share.at(*across)),
        "log_s_within": log_s.at(*within),
        "log_s_across": log_s.at(*across),
    }


# Votes at one test point


def places(key: Array, params: Any) -> tuple[Array, Array]:
    """Uniform numbers in (0, 1] for the points, in [0, 1) for the labels."""
    place, label = uniforms(key, place=params.n, label=params.n)
    return 1 - place, label


def vote(label: Array, params: Any, log_weights: Array) -> dict[str, Array]:
    """Labels +1 with probability eta, and the weighted vote at the test point."""
    weights = jnp.exp(log_weights - log_weights.max())
    weights = weights / weights.sum()
    plus = jnp.sum(jnp.where(label < params.eta, weights, -weights)) >= 0
    return {"plus": plus.astype(float), "squared_weights": jnp.sum(weights**2)}


@simulation(width=256)
def circle_vote_trial(key: Array, params: Any) -> dict[str, Array]:
    """n uniform points on the circle, P(y = +1) = eta, weights chord^-alpha, one test point."""
    # by symmetry the angle to the test point is uniform on (0, pi)
    place, label = places(key, params)
    return vote(label, params, -params.alpha * jnp.log(2 * jnp.sin(jnp.pi * place / 2)))


@simulation(width=256)
def sphere_vote_trial(key: Array, params: Any) -> dict[str, Array]:
    """The same on the sphere S^2, where chord^2/4 = (1 - x.z)/2 is uniform on (0, 1)."""
    place, label = places(key, params)
    return vote(label, params, -params.alpha / 2 * jnp.log(4 * place))


@simulation(width=64)
def bump_vote_trial(key: Array, params: Any) -> dict[str, Array]:
    """Angles uniform on the quarter circle, eta = .85 near the test point pi/4 and .3 elsewhere.

    The mean of y chord^-alpha.
    """
    place, label = places(key, params)
    gap = place * BUMP_CENTRE  # the test point is the middle: only the distance to it matters
    eta = jnp.where(gap < BUMP_HALF_WIDTH, BUMP_INSIDE, BUMP_OUTSIDE)
    y = jnp.where(label < eta, 1.0, -1.0)
    return {"vote": jnp.mean(y * (2 * jnp.sin(gap / 2)) ** -params.alpha)}


# Finite networks at initialisation


def empirical_ntk(key: Array, params: Any, layers: int) -> dict[str, Array]:
    """One network of ``layers`` hidden layers; its kernel at two inputs with x.z = 1 - s.

    No biases, weights N(0, 1), h = phi(W h)/sqrt(width); the gradient is taken in every weight.
    """
    phi, _ = activation_of(params).phi_and_slope()
    t, width = 1.0 - params.s, params.width
    x = jnp.zeros(params.d + 1).at[0].set(1.0)
    z = jnp.zeros(params.d + 1).at[0].set(t).at[1].set(jnp.sqrt(1 - t**2))
    columns = [params.d + 1] + [width] * (layers - 1)
    shapes = {f"w{k}": (width, m) for k, m in enumerate(columns)}
    *hidden, last = normals(key, **shapes, last=width)

    def output(weights, h):
        for w in weights[:-1]:
            h = phi(w @ h) / jnp.sqrt(width)
        return weights[-1] @ h

    one, two = (ravel_pytree(jax.grad(output)([*hidden, last], v))[0] for v in (x, z))
    return {"ntk": one @ two}


@simulation(width=64)
def one_layer_trial(key: Array, params: Any) -> dict[str, Array]:
    """The empirical NTK of a network with one hidden layer."""
    return empirical_ntk(key, params, 1)


@simulation(width=64)
def two_layers_trial(key: Array, params: Any) -> dict[str, Array]:
    """The empirical NTK of a network with two hidden layers."""
    return empirical_ntk(key, params, 2)


@simulation(width=64)
def two_layers_bias_trial(key: Array, params: Any) -> dict[str, Array]:
    """The bias of that kernel, unbiased: only the first layer is drawn, the later ones are
    integrated out, and the part whose mean is 0 is taken away."""
    t = 1.0 - params.s
    a, c = normals(key, a=params.width, c=params.width)
    b = t * a + jnp.sqrt(1 - t**2) * c
    return {"bias": two_layer_ntk_given_first(activation_of(params), a, b, t)[1]}
