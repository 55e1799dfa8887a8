"""Deep kernel classifiers on the Dirichlet problems, against 1-NN, majority, Hilbert and Bayes.

The figures' modes are ladders of sizes or of depths on one data set a trial: rungs share its data,
so that they are compared on equal draws, and a ladder compiles once.
"""

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from sims import GAMMA_ROWS, log_gammas, normals, simulation, uniforms
from sims.ntk_classifiers.networks import solved
from theory.ntk_classifiers import (
    activation_of, deepen, koenigs, ntk_diagonal, optimal, pair_coordinates, sine, sine_root,
    table_nodes, tabulate,
)  # fmt: skip

DIRICHLET = {
    1: ((1.0, 2.0), (2.0, 1.0)),
    2: ((0.5, 0.5, 2.5), (2.5, 0.1, 0.5)),
    4: ((3.0, 1.0, 2.0, 1.0, 1.0), (1.0, 2.0, 2.0, 2.0, 3.0)),
    8: ((1.0, 2.0, 1.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0),
        (1.0, 1.0, 1.0, 2.0, 3.0, 4.0, 2.0, 2.0, 1.0)),
}  # fmt: skip
"""The concentrations of class +1 and of class -1 by dimension d, as in the authors' experiments."""

PRIOR = 0.4
"""P(y = +1) in the Dirichlet problems."""

NTK_DEPTH = 100
"""The NTK's depth in the comparison with the NNGP, as in the authors' experiments."""

RIDGE = 1e-12
"""Of the diagonal: keeps the factorisation of two nearly coinciding inputs positive."""

CELLS = 128
"""Of the tables: look-up errs by 1e-13, so that the matrices are as positive as rounding lets."""

BLOCK = 4_000_000
"""Pairs that are looked up at a time: at n = 1e4 the kernel matrix (0.8 GB) is filled by rows."""

SIZE_STEPS = (0.1, 0.1**0.5, 1.0)
"""The sizes of a ladder over the largest n."""

NETWORKS = ("network", "sine")
"""Those that a ladder of sizes solves: phi_d and a sine."""

NNGP_STEPS = (0, 1, 2, 3, 4, 6, 8)
"""NNGP depths of a ladder, relative to ``depth``."""

NTK_STEPS = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)
"""NTK depths of a ladder, in units of n^(2/d)."""


def dirichlet_points(key: Array, count: int, d: int) -> tuple[Array, Array, Array]:
    """Unit vectors (rows), labels and eta(x) of the mixture (labels independent with prior 0.4).

    Gamma(c) is half a sum of 2c squared normals where 2c is whole, else from ``log_gammas``.
    """
    plus, minus = (np.array(c) for c in DIRICHLET[d])
    other = {float(c) for c in (*plus, *minus) if 2 * c % 1}
    most = int(2 * max(plus.sum(), minus.sum()))
    label_key, point_key = jax.random.split(key)
    z, rows = normals(point_key, z=(count, most), rows=(GAMMA_ROWS, len(other), count))
    small = {c: jnp.exp(log_gammas(rows[:, k], c)) for k, c in enumerate(other)}

    def gammas(concentrations):
        owner = np.repeat(np.eye(d + 1), (2 * concentrations).astype(int), axis=0)
        total = z[:, : len(owner)] ** 2 @ owner / 2
        for k in np.flatnonzero(2 * concentrations % 1):
            total = total.at[:, k].set(small[concentrations[k]])
        return total

    # of a uniform number: where XLA draws it anew for each pair of points, a normal one is dear
    (u,) = uniforms(label_key, u=count)
    y = jnp.where(u < PRIOR, 1.0, -1.0)
    p = jnp.maximum(jnp.where(y[:, None] > 0, gammas(plus), gammas(minus)), 1e-300)
    p = p / p.sum(axis=1, keepdims=True)
    # the classes' log density ratio, prior included
    log_norm = [math.lgamma(c.sum()) - sum(map(math.lgamma, c)) for c in (plus, minus)]
    constant = math.log(PRIOR / (1 - PRIOR)) + log_norm[0] - log_norm[1]
    eta = jax.nn.sigmoid(constant + jnp.log(p) @ (plus - minus))
    return p / jnp.linalg.norm(p, axis=1, keepdims=True), y, eta


def sign(votes: Array) -> Array:
    """The predicted labels; a tie is +1, and NaN (a matrix that is not positive) stays NaN."""
    return jnp.where(votes >= 0, 1.0, jnp.where(votes < 0, -1.0, jnp.nan))


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
    return solved(gram, y, RIDGE)


def nearest(at: Any) -> Array:
    """The training point nearest to each test point, of all pairs (s, t)."""
    return jnp.argmin(at[0], axis=0)


def predicted(coefficients: Array, log_kernel: Callable[..., Array], at: Any) -> Array:
    """sign sum_i v_i K(x_i, z); kernels rise with t, so that the nearest pair has the largest, by
    which all are divided: nothing underflows."""
    closest = (jnp.take_along_axis(v, nearest(at)[None], axis=0)[0] for v in at)
    return sign(coefficients @ jnp.exp(log_kernel(*at) - log_kernel(*closest)))


def labels(rules: dict[str, Any], x: Array, y: Array, z: Array, eta: Array) -> dict[str, Array]:
    """What rules (coefficients, log kernel) predict, beside Hilbert's |x-z|^-d, 1-NN, majority and
    Bayes."""
    d = x.shape[1] - 1
    rules = rules | {"hilbert": (y, lambda s, t: -0.5 * d * jnp.log(jnp.maximum(s, 1e-300)))}

    def predict(points):
        at = pair_coordinates(x, points)
        votes = [predicted(v, log_kernel, at) for v, log_kernel in rules.values()]
        return jnp.stack([*votes, y[nearest(at)]], axis=1)

    found = dict(zip([*rules, "nearest"], by_rows(predict, z, len(x)).T, strict=True))
    return found | {"majority": jnp.ones(len(z)) * sign(y.sum()), "bayes": sign(eta - 0.5)}


def accuracy(prediction: Array, eta: Array) -> Array:
    """P(prediction = label) given the test points; linear, so that NaN is not lost."""
    return jnp.mean(0.5 + prediction * (eta - 0.5))


def tables(_: Array, params: Any) -> tuple[Any, Any, Any]:
    """log NNGP at ``depth``, log NTK at 100 layers and log G, once for all trials."""
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
    rules = {
        "nngp": (network_coefficients(nngp, 0.0, x, y), nngp.at),
        "ntk": (network_coefficients(ntk, log_top, x, y), ntk.at),
        "limit": (y, limit.at),
    }
    found = labels(rules, x, y, z, eta)
    agree = {
        f"agreement_{n}": jnp.mean(found[n] == found["limit"], dtype=float) for n in ("nngp", "ntk")
    }
    return agree | {f"accuracy_{name}": accuracy(p, eta) for name, p in found.items()}


@simulation(width=1, shared=tables)
def large_trial(key: Array, params: Any, tables: tuple[Any, Any, Any]) -> dict[str, Array]:
    """The default mode one data set at a time: n = 1000 and more."""
    return dict(trial(key, params, tables))


@simulation(width=16, shared=lambda _, p: tabulate(koenigs(activation_of(p), table_nodes()).log_g))
def deep_votes_trial(key: Array, params: Any, table: Any) -> dict[str, Array]:
    """The infinitely deep network, a vote with the kernel G, and 1-NN on a Dirichlet problem."""
    x, y, z, eta = draw(key, params)
    at = pair_coordinates(x, z)
    return {
        "accuracy_limit": accuracy(predicted(y, table.at, at), eta),
        "accuracy_nearest": accuracy(y[nearest(at)], eta),
    }


# Ladders


def size_tables(_: Array, params: Any) -> Any:
    """log NNGP at ``depth`` of phi_d and of the sine with alpha = d (at d = 1, where there is none,
    that of squared frequency 1), once for all trials."""
    nodes = table_nodes(CELLS)
    with jax.ensure_compile_time_eval():
        matching = sine(1.0 if params.d == 1 else sine_root(params.d))
    deep = [deepen(f, nodes, params.depth) for f in (optimal(params.d), matching)]
    both = [tabulate(kernels.log_nngp, CELLS) for kernels in deep]
    return jax.tree.map(lambda *parts: jnp.stack(parts), *both)


@simulation(width=1, shared=size_tables)
def size_ladder_trial(key: Array, params: Any, tables: Any) -> dict[str, Array]:
    """Solved NNGPs of phi_d and a sine, 1-NN, majority, Hilbert at n/10, n/sqrt(10) and n.

    Accuracies. The smaller training sets are the first points of the largest. Both networks are
    solved (an n x n Cholesky factorisation each); at n = 1e4 the matrices are filled by blocks of
    rows.
    """
    all_x, all_y, z, eta = draw(key, params)
    apart = {name: jax.tree.map(lambda v, i=i: v[i], tables) for i, name in enumerate(NETWORKS)}

    def rung(n):
        x, y = all_x[:n], all_y[:n]
        # one network after the other: a kernel matrix at a time
        solved = jax.lax.map(lambda table: network_coefficients(table, 0.0, x, y), tables)
        rules = {name: (v, apart[name].at) for name, v in zip(NETWORKS, solved, strict=True)}
        return {name: accuracy(p, eta) for name, p in labels(rules, x, y, z, eta).items()}

    rungs = [rung(round(params.n * step)) for step in SIZE_STEPS]
    return jax.tree.map(lambda *values: jnp.stack(values), *rungs)


def depth_tables(_: Array, params: Any) -> Any:
    """log NNGP at every depth of the ladder; the NTK's (L+1) G + H over L + 1; log G."""
    activation, nodes = activation_of(params), table_nodes(CELLS)
    k = koenigs(activation, nodes)
    depths = params.depth + jnp.asarray(NNGP_STEPS)
    layers = params.n ** (2 / params.d) * jnp.asarray(NTK_STEPS)
    nngp = jax.vmap(lambda L: tabulate(deepen(activation, nodes, L).log_nngp, CELLS))(depths)
    ntk = jax.vmap(lambda L: tabulate(k.log_g + jnp.log1p(k.h_ratio / (L + 1)), CELLS))(layers)
    return nngp, ntk, tabulate(k.log_g, CELLS)


@simulation(width=1, shared=depth_tables)
def depth_ladder_trial(key: Array, params: Any, tables: Any) -> dict[str, Array]:
    """NNGP (solved) and NTK (where a^L is negligible: a vote) over a ladder of depths."""
    x, y, z, eta = draw(key, params)
    at, (nngp, ntk, limit) = pair_coordinates(x, z), tables

    def network(table):
        return predicted(network_coefficients(table, 0.0, x, y), table.at, at)

    infinite = predicted(y, limit.at, at)
    seen = {
        "accuracy_limit": accuracy(infinite, eta),
        "accuracy_nearest": accuracy(y[nearest(at)], eta),
    }
    # one depth after the other: a kernel matrix at a time
    of_ntk = jax.lax.map(lambda table: predicted(y, table.at, at), ntk)
    for name, found in (("nngp", jax.lax.map(network, nngp)), ("ntk", of_ntk)):
        seen[f"accuracy_{name}"] = jax.vmap(lambda p: accuracy(p, eta))(found)
        seen[f"agreement_{name}"] = jnp.mean(found == infinite, axis=1, dtype=float)
    return seen
