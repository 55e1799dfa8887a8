"""Deep kernel classifiers on the Dirichlet problems, against 1-NN, majority, Hilbert and Bayes."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims import simulation
from sims.ntk_classifiers.data import dirichlet_points, sign, solved
from theory.ntk_classifiers import (
    activation_of, deepen, koenigs, ntk_diagonal, pair_coordinates, table_nodes, tabulate,
)  # fmt: skip

NTK_DEPTH = 100
"""The NTK's depth in the comparison with the NNGP, as in the authors' experiments."""

RIDGE = 1e-12
"""Of the diagonal: keeps the factorisation of two nearly coinciding inputs positive."""

CELLS = 128
"""Of the tables: look-up errs by 1e-13, so that the matrices are as positive as rounding lets."""

BLOCK = 4_000_000
"""Pairs that are looked up at a time: at n = 1e4 the kernel matrix (0.8 GB) is filled by rows."""


def draw(key: Array, params: Any) -> tuple[Array, Array, Array, Array]:
    """Training points x and labels y, test points z and eta(z)."""
    train_key, test_key = jax.random.split(key)
    x, y, _ = dirichlet_points(train_key, params.n, params.d)
    z, _, eta = dirichlet_points(test_key, params.tests, params.d)
    return x, y, z, eta


def by_rows(function: Callable[[Array], Array], rows: Array, columns: int) -> Array:
    """``function`` of each row, stacked: at once, or in blocks of rows where that is too much."""
    if rows.shape[0] * columns <= BLOCK:
        return function(rows)
    block = max(1, BLOCK // columns)
    return jax.lax.map(lambda row: function(row[None])[0], rows, batch_size=block)


def network_coefficients(table: Any, log_diagonal: Any, x: Array, y: Array) -> Array:
    """(K/K(1) + ridge)^{-1} y of a tabulated log K: the one n x n Cholesky factorisation."""
    gram = by_rows(
        lambda rows: jnp.exp(table.at(*pair_coordinates(rows, x)) - log_diagonal), x, len(x)
    )
    return solved(gram, 1.0, y, RIDGE)


class Pairs(NamedTuple):
    """(s, t) of all pairs (x, z), the training point nearest to each z, and (s, t) of that one."""

    s: Array
    t: Array
    nearest: Array
    closest: list[Array]


def pairs(x: Array, z: Array) -> Pairs:
    """Of training points x and test points z."""
    s, t = pair_coordinates(x, z)
    nearest = jnp.argmin(s, axis=0)
    closest = [jnp.take_along_axis(v, nearest[None], axis=0)[0] for v in (s, t)]
    return Pairs(s, t, nearest, closest)


def predicted(coefficients: Array, log_kernel: Callable[..., Array], at: Pairs) -> Array:
    """sign sum_i v_i K(x_i, z); kernels rise with t, so that the nearest pair has the largest, by
    which all are divided: nothing underflows."""
    log_k = log_kernel(at.s, at.t) - log_kernel(*at.closest)
    return sign(coefficients @ jnp.exp(log_k))


def hilbert(d: int) -> Callable[[Array, Array], Array]:
    """log |x-z|^-d, up to a constant, of the pairs (s, t)."""
    return lambda s, t: -0.5 * d * jnp.log(jnp.maximum(s, 1e-300))


def accuracy(prediction: Array, eta: Array) -> Array:
    """P(prediction = label) given the test points."""
    # linear in the prediction, so that NaN is not lost
    return jnp.mean(0.5 + prediction * (eta - 0.5))


def tables(key: Array, params: Any) -> tuple[Any, Any, Any]:
    """log NNGP at ``depth``, log NTK at 100 layers and log G, once for all trials."""
    del key
    activation, nodes = activation_of(params), table_nodes(CELLS)
    return (
        tabulate(deepen(activation, nodes, params.depth).log_nngp, CELLS),
        tabulate(deepen(activation, nodes, NTK_DEPTH).log_ntk, CELLS),
        tabulate(koenigs(activation, nodes).log_g, CELLS),
    )


@simulation(width=16, shared=tables)
def trial(key: Array, params: Any, tables: tuple[Any, Any, Any]) -> dict[str, Array]:
    """Deep NNGP and NTK, their limit, 1-NN, majority and Bayes on a Dirichlet problem.

    Accuracies (by eta of the test points, not their labels), and agreements with the limit.
    """
    x, y, z, eta = draw(key, params)
    nngp, ntk, limit = tables
    log_top = jnp.log(ntk_diagonal(activation_of(params), NTK_DEPTH))
    of_nngp = network_coefficients(nngp, 0.0, x, y)
    of_ntk = network_coefficients(ntk, log_top, x, y)

    def predict(points):
        at = pairs(x, points)
        rules = (of_nngp, nngp.at), (of_ntk, ntk.at), (y, limit.at), (y, hilbert(params.d))
        votes = [predicted(v, log_kernel, at) for v, log_kernel in rules]
        return jnp.stack([*votes, y[at.nearest]], axis=1)

    names = ["nngp", "ntk", "limit", "hilbert", "nearest"]
    found: dict[str, Array] = dict(zip(names, by_rows(predict, z, len(x)).T, strict=True))
    found |= {"majority": jnp.ones(params.tests) * sign(y.sum()), "bayes": sign(eta - 0.5)}
    agree = {n: jnp.mean((found[n] == found["limit"]).astype(float)) for n in ("nngp", "ntk")}
    return {f"accuracy_{name}": accuracy(p, eta) for name, p in found.items()} | {
        f"agreement_{name}": share for name, share in agree.items()
    }


@simulation(width=1, shared=tables)
def large_trial(key: Array, params: Any, tables: tuple[Any, Any, Any]) -> dict[str, Array]:
    """The default mode one data set at a time: n = 1000 and more."""
    return {**trial.trial(key, params, tables)}


def limit_table(key: Array, params: Any) -> Any:
    """log G, once for all trials."""
    del key
    return tabulate(koenigs(activation_of(params), table_nodes()).log_g)


@simulation(width=16, shared=limit_table)
def deep_votes_trial(key: Array, params: Any, table: Any) -> dict[str, Array]:
    """The infinitely deep network, a vote with the kernel G, and 1-NN on a Dirichlet problem."""
    x, y, z, eta = draw(key, params)
    at = pairs(x, z)
    return {
        "accuracy_limit": accuracy(predicted(y, table.at, at), eta),
        "accuracy_nearest": accuracy(y[at.nearest], eta),
    }
