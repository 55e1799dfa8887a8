"""Accuracy of singular-kernel votes and of deep networks on labelled data."""

import jax
import jax.numpy as jnp

from sims.ntk_classifiers._problems import (
    dirichlet_points,
    dual_coefficients,
    log_space_votes,
    pairs_within,
    sign,
    with_diagonal,
)
from theory.ntk_classifiers import (
    LOWEST,
    KernelTable,
    activation_of,
    deepen,
    koenigs,
    ntk_diagonal,
    similarity_of,
    table_grid,
)
from theory.ntk_classifiers._laws import BUMP_CENTRE, BUMP_HALF_WIDTH, BUMP_INSIDE, BUMP_OUTSIDE

NTK_DEPTH = 100
"""The NTK's depth in the comparison with the NNGP, as in the authors' experiments."""


def circle_vote(key, params):
    """n uniform points on the circle, P(y = +1) = eta, weights chord^-alpha, one test point."""
    angle_key, label_key = jax.random.split(key)
    # by symmetry the angle to the test point is uniform on (0, pi)
    angles = jnp.pi * jax.random.uniform(angle_key, (params.n,), minval=1e-17)
    plus = jax.random.uniform(label_key, (params.n,)) < params.eta
    log_weights = -params.alpha * jnp.log(2 * jnp.sin(angles / 2))
    weights = jnp.exp(log_weights - log_weights.max())
    weights = weights / weights.sum()
    vote = jnp.sum(jnp.where(plus, weights, -weights))
    return {
        "plus": (vote >= 0).astype(float),
        "squared_weights": jnp.sum(weights**2),
    }


def bump_vote(key, params):
    """Angles uniform on the quarter circle, eta = .85 near the test point pi/4 and .3 elsewhere."""
    angle_key, label_key = jax.random.split(key)
    # the test point is the middle, so that only the distance to it matters
    gap = jax.random.uniform(angle_key, (params.n,), minval=1e-17, maxval=1.0) * BUMP_CENTRE
    eta = jnp.where(gap < BUMP_HALF_WIDTH, BUMP_INSIDE, BUMP_OUTSIDE)
    y = jnp.where(jax.random.uniform(label_key, (params.n,)) < eta, 1.0, -1.0)
    weights = (2 * jnp.sin(gap / 2)) ** -params.alpha
    vote = jnp.mean(y * weights)
    return {"vote": vote, "negated_vote": -vote}


def dirichlet_tables(key, params):
    """log NNGP at ``depth``, log NTK at 100 layers and log G, once for all trials."""
    del key
    activation = activation_of(params)
    pair, spacing = table_grid(8192)
    nngp = deepen(activation, pair, params.depth).log_nngp
    ntk = deepen(activation, pair, NTK_DEPTH).log_ntk
    limit = koenigs(activation, pair).log_g
    return tuple(KernelTable(v, LOWEST, spacing) for v in (nngp, ntk, limit))


def dirichlet(key, params, tables):
    """A Dirichlet problem: accuracies (by eta of the test points, not their labels), agreements."""
    train_key, test_key = jax.random.split(key)
    x, y, _ = dirichlet_points(train_key, params.n, params.d)
    z, _, eta = dirichlet_points(test_key, params.tests, params.d)
    within, across = pairs_within(x), similarity_of(x, z)
    nngp, ntk, limit = tables
    log_top = jnp.log(ntk_diagonal(activation_of(params), NTK_DEPTH))

    def network(table, log_diagonal):
        matrix = with_diagonal(jnp.exp(table.at(within) - log_diagonal), 1.0)
        return sign(log_space_votes(dual_coefficients(matrix, y, 1e-12), table.at(across)))

    predictions = {
        "nngp": network(nngp, 0.0),
        "ntk": network(ntk, log_top),
        "limit": sign(log_space_votes(y, limit.at(across))),
        "nearest": y[jnp.argmin(across.s, axis=0)],
        "majority": jnp.full(params.tests, 1.0) * sign(y.sum()),
        "bayes": sign(eta - 0.5),
        "hilbert": sign(y @ jnp.maximum(across.s, 1e-300) ** (-params.d / 2)),
    }
    observables = {
        f"accuracy_{name}": jnp.mean(jnp.where(p > 0, eta, 1 - eta))
        for name, p in predictions.items()
    }
    for name in ("nngp", "ntk"):
        agree = predictions[name] == predictions["limit"]
        observables[f"agreement_{name}"] = jnp.mean(agree.astype(float))
    return observables


def deep_vote_tables(key, params):
    """log G, and the NTK's kernel (L+1) G + H over L + 1, once for all trials; any depth L."""
    del key
    pair, spacing = table_grid(8192)
    k = koenigs(activation_of(params), pair)
    ntk = k.log_g + jnp.log1p(k.h_ratio / (params.depth + 1.0))
    return tuple(KernelTable(v, LOWEST, spacing) for v in (k.log_g, ntk))


def deep_votes(key, params, tables):
    """The Dirichlet problem where a^L is negligible: the training matrix is the identity, and the
    networks are votes with the kernels G (NNGP) and G + H/(L+1) (NTK of depth L)."""
    train_key, test_key = jax.random.split(key)
    x, y, _ = dirichlet_points(train_key, params.n, params.d)
    z, _, eta = dirichlet_points(test_key, params.tests, params.d)
    across = similarity_of(x, z)
    limit, ntk = (sign(log_space_votes(y, table.at(across))) for table in tables)
    nearest = y[jnp.argmin(across.s, axis=0)]

    def accuracy(prediction):
        return jnp.mean(jnp.where(prediction > 0, eta, 1 - eta))

    return {
        "accuracy_limit": accuracy(limit),
        "accuracy_ntk": accuracy(ntk),
        "accuracy_nearest": accuracy(nearest),
        "agreement_ntk": jnp.mean((ntk == limit).astype(float)),
    }
