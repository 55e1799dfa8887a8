"""Deep kernel classifiers on the Dirichlet problems, against 1-NN, majority, Hilbert and Bayes."""

from typing import Any

import jax
import jax.numpy as jnp

from sims.ntk_classifiers._problems import (
    dirichlet_points,
    dual_coefficients,
    log_space_votes,
    sign,
    with_diagonal,
)
from theory.ntk_classifiers import (
    activation_of,
    deepen,
    koenigs,
    ntk_diagonal,
    pair_coordinates,
    table_nodes,
    tabulate,
)

NTK_DEPTH = 100
"""The NTK's depth in the comparison with the NNGP, as in the authors' experiments."""

RIDGE = 1e-12
"""Of the diagonal: keeps the factorisation of two nearly coinciding inputs positive."""

CELLS = 128
"""Of the tables: look-up errs by 1e-13, so that the matrices are as positive as rounding lets."""

BLOCK = 4_000_000
"""Pairs that are looked up at a time: at n = 1e4 the kernel matrix (0.8 GB) is filled by rows."""


def by_rows(function, rows, columns: int):
    """``function`` of each row, stacked: at once, or in blocks of rows where that is too much."""
    if rows.shape[0] * columns <= BLOCK:
        return function(rows)
    block = max(1, BLOCK // columns)
    return jax.lax.map(lambda row: function(row[None])[0], rows, batch_size=block)


def network_coefficients(table, log_diagonal, x, y):
    """(K/K(1) + ridge)^{-1} y of a tabulated log K: the one n x n Cholesky factorisation."""
    gram = by_rows(
        lambda rows: jnp.exp(table.at(*pair_coordinates(rows, x)) - log_diagonal), x, len(x)
    )
    return dual_coefficients(with_diagonal(gram, 1.0), y, RIDGE)


def dirichlet_tables(key, params):
    """log NNGP at ``depth``, log NTK at 100 layers and log G, once for all trials."""
    del key
    activation, nodes = activation_of(params), table_nodes(CELLS)
    return (
        tabulate(deepen(activation, nodes, params.depth).log_nngp, CELLS),
        tabulate(deepen(activation, nodes, NTK_DEPTH).log_ntk, CELLS),
        tabulate(koenigs(activation, nodes).log_g, CELLS),
    )


def dirichlet(key, params, tables):
    """A Dirichlet problem: accuracies (by eta of the test points, not their labels), agreements."""
    train_key, test_key = jax.random.split(key)
    x, y, _ = dirichlet_points(train_key, params.n, params.d)
    z, _, eta = dirichlet_points(test_key, params.tests, params.d)
    nngp, ntk, limit = tables
    log_top = jnp.log(ntk_diagonal(activation_of(params), NTK_DEPTH))
    of_nngp = network_coefficients(nngp, 0.0, x, y)
    of_ntk = network_coefficients(ntk, log_top, x, y)

    def hilbert(s, t):
        del t
        return -0.5 * params.d * jnp.log(jnp.maximum(s, 1e-300))

    def predict(points):
        s, t = pair_coordinates(x, points)
        nearest, closest = nearest_pairs(s, t)
        votes = {
            "nngp": scaled_votes(of_nngp, nngp.at, s, t, closest),
            "ntk": scaled_votes(of_ntk, ntk.at, s, t, closest),
            "limit": scaled_votes(y, limit.at, s, t, closest),
            "nearest": y[nearest],
            "hilbert": scaled_votes(y, hilbert, s, t, closest),
        }
        return jnp.stack([sign(v) for v in votes.values()], axis=1)

    names = ["nngp", "ntk", "limit", "nearest", "hilbert"]
    predictions: dict[str, Any] = dict(zip(names, by_rows(predict, z, len(x)).T, strict=True))
    predictions |= {
        "majority": jnp.full(params.tests, 1.0) * sign(y.sum()),
        "bayes": sign(eta - 0.5),
    }
    observables = {f"accuracy_{name}": accuracy(p, eta) for name, p in predictions.items()}
    for name in ("nngp", "ntk", "nearest"):
        agree = predictions[name] == predictions["limit"]
        observables[f"agreement_{name}"] = jnp.mean(agree.astype(float))
    return observables | {
        "disagreement_nngp": 1 - observables["agreement_nngp"],
        "disagreement_ntk": 1 - observables["agreement_ntk"],
        "gap_to_hilbert": observables["accuracy_limit"] - observables["accuracy_hilbert"],
        "gap_to_nearest": observables["accuracy_limit"] - observables["accuracy_nearest"],
    }


def nearest_pairs(s, t):
    """The nearest training point of each test point, and (s, t) of that pair."""
    nearest = jnp.argmin(s, axis=0)
    return nearest, tuple(jnp.take_along_axis(v, nearest[None], axis=0)[0] for v in (s, t))


def scaled_votes(coefficients, log_kernel, s, t, closest):
    # kernels rise with t: the nearest pair has the largest
    return log_space_votes(coefficients, log_kernel(s, t), log_kernel(*closest))


def accuracy(prediction, eta):
    """P(prediction = label) given the test points."""
    # linear in the prediction, so that NaN is not lost
    return jnp.mean(0.5 + prediction * (eta - 0.5))


def deep_vote_tables(key, params):
    """log G, and the NTK's kernel (L+1) G + H over L + 1, once for all trials; any depth L."""
    del key
    k = koenigs(activation_of(params), table_nodes())
    ntk = k.log_g + jnp.log1p(k.h_ratio / (params.depth + 1.0))
    return tabulate(k.log_g), tabulate(ntk)


def deep_votes(key, params, tables):
    """The Dirichlet problem where a^L is negligible: the training matrix is the identity, and the
    networks are votes with the kernels G (NNGP) and G + H/(L+1) (NTK of depth L)."""
    train_key, test_key = jax.random.split(key)
    x, y, _ = dirichlet_points(train_key, params.n, params.d)
    z, _, eta = dirichlet_points(test_key, params.tests, params.d)
    s, t = pair_coordinates(x, z)
    nearest, closest = nearest_pairs(s, t)
    limit, ntk = (sign(scaled_votes(y, table.at, s, t, closest)) for table in tables)
    return {
        "accuracy_limit": accuracy(limit, eta),
        "accuracy_ntk": accuracy(ntk, eta),
        "accuracy_nearest": accuracy(y[nearest], eta),
        "agreement_ntk": jnp.mean((ntk == limit).astype(float)),
    }
