"""Accuracy against n and against depth: a ladder of sizes or of depths on one data set a trial.

The figures' modes. Rungs of one trial share its data, so that they are compared on equal draws;
a ladder compiles once.
"""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from sims import simulation
from sims.ntk_classifiers.data import sign
from sims.ntk_classifiers.dirichlet import (
    CELLS, accuracy, by_rows, draw, hilbert, network_coefficients, pairs, predicted,
)  # fmt: skip
from theory.ntk_classifiers import (
    activation_of, deepen, koenigs, optimal, sine, sine_root, table_nodes, tabulate,
)  # fmt: skip

SIZE_STEPS = (0.1, 0.1**0.5, 1.0)
"""The sizes of a ladder over the largest n."""

NNGP_STEPS = (0, 1, 2, 3, 4, 6, 8)
"""NNGP depths of a ladder, relative to ``depth``."""

NTK_STEPS = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)
"""NTK depths of a ladder, in units of n^(2/d)."""


def size_tables(key: Array, params: Any) -> Any:
    """log NNGP at ``depth`` of phi_d and of the sine with alpha = d, once for all trials.

    At d = 1, where there is no such sine, that of squared frequency 1.
    """
    del key
    nodes = table_nodes(CELLS)
    with jax.ensure_compile_time_eval():
        matching = sine(1.0 if params.d == 1 else sine_root(params.d))
    both = [
        tabulate(deepen(f, nodes, params.depth).log_nngp, CELLS)
        for f in (optimal(params.d), matching)
    ]
    return jax.tree.map(lambda *parts: jnp.stack(parts), *both)


@simulation(width=1, shared=size_tables)
def size_ladder_trial(key: Array, params: Any, tables: Any) -> dict[str, Array]:
    """Solved NNGPs of phi_d and a sine, 1-NN, majority, Hilbert at n/10, n/sqrt(10) and n.

    Accuracies. The smaller training sets are the first points of the largest. Both networks are
    solved (an n x n Cholesky factorisation each); at n = 1e4 the matrices are filled by blocks of
    rows.
    """
    all_x, all_y, z, eta = draw(key, params)
    rungs = []
    for n in (round(params.n * step) for step in SIZE_STEPS):
        x, y = all_x[:n], all_y[:n]

        def network(table, x=x, y=y):
            v = network_coefficients(table, 0.0, x, y)
            return by_rows(lambda w: predicted(v, table.at, pairs(x, w)), z, len(x))

        def rules(points, x=x, y=y):
            at = pairs(x, points)
            return jnp.stack([predicted(y, hilbert(params.d), at), y[at.nearest]], axis=1)

        # one network after the other: a kernel matrix at a time
        predictions = (*jax.lax.map(network, tables), *by_rows(rules, z, n).T)
        majority = jnp.ones(params.tests) * sign(y.sum())
        rungs.append([accuracy(p, eta) for p in (*predictions, majority, sign(eta - 0.5))])
    names = ["network", "sine", "hilbert", "nearest", "majority", "bayes"]
    return {name: jnp.stack([r[i] for r in rungs]) for i, name in enumerate(names)}


def depth_tables(key: Array, params: Any) -> Any:
    """log NNGP at every depth of the ladder; the NTK's (L+1) G + H over L + 1; log G."""
    del key
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
    at, (nngp, ntk, limit) = pairs(x, z), tables

    def solved(table):
        return predicted(network_coefficients(table, 0.0, x, y), table.at, at)

    infinite = predicted(y, limit.at, at)
    seen = {
        "accuracy_limit": accuracy(infinite, eta),
        "accuracy_nearest": accuracy(y[at.nearest], eta),
    }
    # one depth after the other: a kernel matrix at a time
    of_ntk = jax.lax.map(lambda table: predicted(y, table.at, at), ntk)
    for name, found in (("nngp", jax.lax.map(solved, nngp)), ("ntk", of_ntk)):
        seen[f"accuracy_{name}"] = jax.vmap(lambda p: accuracy(p, eta))(found)
        seen[f"agreement_{name}"] = jnp.mean((found == infinite).astype(float), axis=1)
    return seen
