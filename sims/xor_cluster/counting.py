"""Observables that depend on counts only, simulated by the counts: no matrices."""

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln
from jaxtyping import Array

from sims.xor_cluster.table import predicted_projections
from theory.xor_cluster import (
    AxisCounts,
    Params,
    aligned_fraction,
    aligned_tail,
    center_outputs,
    cluster_accuracy_given,
    growth_given,
    half_window,
    other_projection,
)


def fair_binomial(key: Array, n: int, size: Array, draws: int) -> Array:
    """``draws`` values of Bin(size, 1/2), size <= n, by inverting the distribution function.

    The table of probabilities covers the window of :func:`half_window`, beyond which lies 1e-17.
    """
    k = jnp.floor(size / 2) + jnp.arange(-half_window(n), half_window(n) + 1)
    safe = jnp.clip(k, 0, size)
    log_weight = gammaln(size + 1) - gammaln(safe + 1) - gammaln(size - safe + 1)
    weight = jnp.where((k >= 0) & (k <= size), jnp.exp(log_weight - size * jnp.log(2.0)), 0.0)
    cumulated = jnp.cumsum(weight)
    u = jax.random.uniform(key, (draws,)) * cumulated[-1]
    return safe[jnp.searchsorted(cumulated, u, side="right").clip(0, len(k) - 1)]


def draw_counts(key: Array, params: Params) -> tuple[AxisCounts, AxisCounts]:
    """Counts of both axes, Multinomial(n; (1-eta)/4, (1-eta)/4, eta/4, eta/4, ...), by halving."""
    n = params.n
    keys = jax.random.split(key, 7)
    first = fair_binomial(keys[0], n, jnp.asarray(float(n)), 1)[0]
    axes = []
    for i, on_axis in enumerate((first, n - first)):
        noisy = jax.random.binomial(keys[3 * i + 1], on_axis, params.eta, dtype=jnp.float64)
        clean = on_axis - noisy
        c_plus, n_plus = (
            fair_binomial(keys[3 * i + 2 + j], n, size, 1)[0] for j, size in enumerate((clean, noisy))
        )
        axes.append(AxisCounts(c_plus, clean - c_plus, n_plus, noisy - n_plus))
    return axes[0], axes[1]


def count_model(key: Array, params: Params) -> dict[str, Array]:
    """The count model (m = inf) on one draw of the counts.

    center_accuracy: at t = steps, over the four centers. aligned_fraction: F of axis 1, with half
    of its share at D = 0. aligned_tail: P(D > n^(1/2-kappa) | counts), mean over axes. growth: mean |dV|/n of positive
    neurons.
    """
    counts = draw_counts(key, params)
    n = params.n
    values = jnp.stack([center_outputs(n, c, (params.steps,))[0] for c in counts])
    threshold = n ** (0.5 - params.kappa)
    return {
        "center_accuracy": jnp.mean((1 + jnp.sign(values)) / 2),
        "aligned_fraction": aligned_fraction(n, counts[0]),
        "aligned_tail": jnp.mean(jnp.stack([aligned_tail(n, c, threshold) for c in counts])),
        "growth": growth_given(n, counts[0]) / n,
    }


def count_curve(key: Array, params: Params) -> dict[str, Array]:
    """Center accuracy of the count model at t = 1, ..., steps."""
    counts = draw_counts(key, params)
    times = tuple(range(1, params.steps + 1))
    values = jnp.concatenate([center_outputs(params.n, c, times) for c in counts], axis=1)
    return {"center_accuracy": jnp.mean((1 + jnp.sign(values)) / 2, axis=1)}


def neurons(key: Array, params: Params) -> dict[str, Array]:
    """Limit H with m neurons, each by its four activation counts.

    deviates: over the two axes, how often |sum s|D|| > |sum D| (the pair of clusters misses 1/2
    after one step). one_step_error_deviation: |clean error - 1/2| after one step at rho = inf.
    center_accuracy: at t = steps. cluster_accuracy_square: (accuracy - 1/2)^2 of one cluster for
    the linear classifier sum_i y_i x_i at the params' own rho, mean over axes.
    """
    n, m = params.n, params.m
    data, weights, noise, rest = jax.random.split(key, 4)
    counts = draw_counts(data, params)
    sign_key, *count_keys = jax.random.split(weights, 9)
    signs = jax.random.rademacher(sign_key, (m,), dtype=jnp.float64)
    first_correct, later_correct, deviates, linear = [], [], [], []
    for axis, label in ((0, 1.0), (1, -1.0)):
        sets = counts[axis]
        b = jnp.stack([
            fair_binomial(count_keys[4 * axis + i], n, sets[i], m) for i in range(4)
        ])  # fmt: skip
        D = b[0] + b[3] - b[1] - b[2]
        s = signs * label
        even, odd = jnp.sum(s * jnp.abs(D)), jnp.sum(D)
        deviates.append(jnp.abs(even) > jnp.abs(odd))
        first_correct += [odd + even, even - odd]
        V = predicted_projections(sets, b, D, s > 0, params.steps, other_projection)
        V = jnp.where(D == 0, 0.0, V)  # as in the count model
        later_correct += [jnp.sum(s * jnp.maximum(side * V, 0.0)) for side in (1.0, -1.0)]
        E = 2 * sets.imbalance
        gauss = jax.random.normal(jax.random.fold_in(noise, axis))
        linear.append(jnp.sqrt(params.squared_norm) * E + jnp.sqrt(n) * gauss)

    def accuracy(outputs: list[Array]) -> Array:
        return jnp.mean((1 + jnp.sign(jnp.stack(outputs))) / 2)

    off_plane = n * jax.random.chisquare(rest, params.p - 2.0) if params.p > 2 else 0.0
    accuracies = jnp.stack([
        cluster_accuracy_given(params.squared_norm, linear[k], linear[1 - k], off_plane)
        for k in (0, 1)
    ])  # fmt: skip
    return {
        "deviates": jnp.mean(jnp.stack(deviates)),
        "one_step_error_deviation": jnp.abs(accuracy(first_correct) - 0.5),
        "center_accuracy": accuracy(later_correct),
        "cluster_accuracy_square": jnp.mean((accuracies - 0.5) ** 2),
    }
