"""Accuracy against n and against depth: a ladder of sizes or of depths on one data set a trial.

The figures' modes. Rungs of one trial share its data, so that they are compared on equal draws;
a ladder compiles once.
"""

import jax
import jax.numpy as jnp

from sims.ntk_classifiers._dirichlet import (
    CELLS,
    accuracy,
    by_rows,
    nearest_pairs,
    network_coefficients,
    scaled_votes,
)
from sims.ntk_classifiers._problems import dirichlet_points, sign
from theory.ntk_classifiers import (
    activation_of,
    deepen,
    koenigs,
    optimal,
    pair_coordinates,
    sine,
    sine_root,
    table_nodes,
    tabulate,
)

SIZE_STEPS = (0.1, 0.1**0.5, 1.0)
"""The sizes of a ladder over the largest n."""

NNGP_STEPS = (0, 1, 2, 3, 4, 6, 8)
"""NNGP depths of a ladder, relative to ``depth``."""

NTK_STEPS = (1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)
"""NTK depths of a ladder, in units of n^(2/d)."""


def matching_sine(d: int):
    """The sine with alpha = d; at d = 1, where there is none, squared frequency 1."""
    with jax.ensure_compile_time_eval():
        return sine(1.0 if d == 1 else sine_root(d))


def size_tables(key, params):
    """log NNGP at ``depth`` of phi_d and of the matching sine, once for all trials."""
    del key
    nodes = table_nodes(CELLS)
    both = [
        tabulate(deepen(f, nodes, params.depth).log_nngp, CELLS)
        for f in (optimal(params.d), matching_sine(params.d))
    ]
    return jax.tree.map(lambda *parts: jnp.stack(parts), *both)


def sizes(n: int) -> tuple[int, ...]:
    """The training sizes of the ladder whose largest is n."""
    return tuple(round(n * step) for step in SIZE_STEPS)


def size_ladder(key, params, tables):
    """Accuracies on a Dirichlet problem with n/10, n/sqrt(10) and n training points.

    The smaller training sets are the first points of the largest. Both networks are solved (an
    n x n Cholesky factorisation each); at n = 1e4 the matrices are filled by blocks of rows.
    """
    train_key, test_key = jax.random.split(key)
    all_x, all_y, _ = dirichlet_points(train_key, params.n, params.d)
    z, _, eta = dirichlet_points(test_key, params.tests, params.d)

    def hilbert(s, t):
        del t
        return -0.5 * params.d * jnp.log(jnp.maximum(s, 1e-300))

    rungs = []
    for n in sizes(params.n):
        x, y = all_x[:n], all_y[:n]

        def solved(table, x=x, y=y):
            v = network_coefficients(table, 0.0, x, y)

            def predict(points):
                s, t = pair_coordinates(x, points)
                return sign(scaled_votes(v, table.at, s, t, nearest_pairs(s, t)[1]))

            return by_rows(predict, z, len(x))

        def rules(points, x=x, y=y):
            s, t = pair_coordinates(x, points)
            nearest, closest = nearest_pairs(s, t)
            votes = scaled_votes(y, hilbert, s, t, closest)
            return jnp.stack([sign(votes), y[nearest]], axis=1)

        # one network after the other: a kernel matrix at a time
        predictions = (*jax.lax.map(solved, tables), *by_rows(rules, z, n).T)
        majority = jnp.full(params.tests, 1.0) * sign(y.sum())
        bayes = sign(eta - 0.5)
        rungs.append(jnp.stack([accuracy(p, eta) for p in (*predictions, majority, bayes)]))
    names: list[str] = ["network", "sine", "hilbert", "nearest", "majority", "bayes"]
    return dict(zip(names, jnp.stack(rungs).T, strict=True))


def depth_tables(key, params):
    """log NNGP at every depth of the ladder; the NTK's (L+1) G + H over L + 1; log G."""
    del key
    activation, nodes = activation_of(params), table_nodes(CELLS)
    k = koenigs(activation, nodes)
    depths = params.depth + jnp.asarray(NNGP_STEPS)
    layers = params.n ** (2 / params.d) * jnp.asarray(NTK_STEPS)
    nngp = jax.vmap(lambda depth: tabulate(deepen(activation, nodes, depth).log_nngp, CELLS))(
        depths
    )
    ntk = jax.vmap(lambda L: tabulate(k.log_g + jnp.log1p(k.h_ratio / (L + 1)), CELLS))(layers)
    return nngp, ntk, tabulate(k.log_g, CELLS)


def depth_ladder(key, params, tables):
    """NNGP (solved) and NTK (where a^L is negligible: a vote) over a ladder of depths."""
    train_key, test_key = jax.random.split(key)
    x, y, _ = dirichlet_points(train_key, params.n, params.d)
    z, _, eta = dirichlet_points(test_key, params.tests, params.d)
    s, t = pair_coordinates(x, z)
    nearest, closest = nearest_pairs(s, t)
    nngp, ntk, limit = tables

    def solved(table):
        v = network_coefficients(table, 0.0, x, y)
        return sign(scaled_votes(v, table.at, s, t, closest))

    def voted(table):
        return sign(scaled_votes(y, table.at, s, t, closest))

    # one after the other: a kernel matrix at a time
    of_nngp, of_ntk = jax.lax.map(solved, nngp), jax.lax.map(voted, ntk)
    infinite = voted(limit)
    return {
        "accuracy_nngp": jax.vmap(lambda p: accuracy(p, eta))(of_nngp),
        "accuracy_ntk": jax.vmap(lambda p: accuracy(p, eta))(of_ntk),
        "agreement_nngp": jnp.mean((of_nngp == infinite).astype(float), axis=1),
        "agreement_ntk": jnp.mean((of_ntk == infinite).astype(float), axis=1),
        "accuracy_limit": accuracy(infinite, eta),
        "accuracy_nearest": accuracy(y[nearest], eta),
    }
