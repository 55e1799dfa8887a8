"""Deep kernel classifiers, solved, one data set a trial."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims import simulation
from sims.ntk_classifiers.data import orthant_points, solved
from theory.ntk_classifiers import (
    activation_of, deepen, ntk_diagonal, pair_coordinates, similarity_of, table_nodes, tabulate,
)  # fmt: skip


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
    ridge = params.ridge / jnp.exp(log_top)
    seen = {
        "log_nngp": across.log_nngp,
        "log_ntk": across.log_ntk - log_top,
        "nngp_coefficients": solved(nngp, 1.0, drawn["y"], params.ridge),
        "ntk_coefficients": solved(ntk, 1.0, drawn["y"], ridge),
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


def critical_tables(key: Array, params: Any) -> tuple[Any, Any]:
    """Great depth, once for all trials: tables of log(Theta_L/(L+1)) and of log s_L."""
    del key
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
    coefficients = solved(jnp.exp(share.at(*within)), 1.0, drawn["y"], 0.0)
    return {
        "y": drawn["y"],
        "ntk": coefficients @ jnp.exp(share.at(*across)),
        "log_s_within": log_s.at(*within),
        "log_s_across": log_s.at(*across),
    }
