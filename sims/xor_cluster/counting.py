"""Observables that depend on counts only, simulated by the counts: no matrices."""

import jax
import jax.numpy as jnp
from jax.scipy.special import gammaln
from jaxtyping import Array

from sims.xor_cluster.data import draw_signs
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


def fair_binomial(key: Array, n: int, sizes: Array, draws: int) -> Array:
    """``draws`` values of Bin(size, 1/2) for each of the sizes <= n: shape (len(sizes), draws).

    By inverting the distribution function over the window of :func:`half_window`, outside which
    lies a mass of 1e-17.
    """

    def invert(size: Array, u: Array) -> Array:
        k = jnp.floor(size / 2) + jnp.arange(-half_window(n), half_window(n) + 1)
        safe = jnp.clip(k, 0, size)
        log_weight = gammaln(size + 1) - gammaln(safe + 1) - gammaln(size - safe + 1)
        weight = jnp.where((k >= 0) & (k <= size), jnp.exp(log_weight - size * jnp.log(2.0)), 0.0)
        cumulated = jnp.cumsum(weight)
        index = jnp.searchsorted(cumulated, u * cumulated[-1], side="right")
        return safe[jnp.minimum(index, len(k) - 1)]

    return jax.vmap(invert)(sizes, jax.random.uniform(key, (len(sizes), draws)))


def draw_counts(key: Array, params: Params) -> tuple[AxisCounts, AxisCounts]:
    """Counts of both axes, Multinomial(n; (1-eta)/4, (1-eta)/4, eta/4, eta/4, ...), by halving."""
    n = params.n
    axis_key, noise_key, side_key = jax.random.split(key, 3)
    first = fair_binomial(axis_key, n, jnp.array([float(n)]), 1)[0, 0]
    on_axis = jnp.stack([first, n - first])
    noisy = jax.random.binomial(noise_key, on_axis, params.eta, dtype=jnp.float64)
    clean = on_axis - noisy
    plus = fair_binomial(side_key, n, jnp.concatenate([clean, noisy]), 1)[:, 0]
    return tuple(
        AxisCounts(plus[k], clean[k] - plus[k], plus[2 + k], noisy[k] - plus[2 + k]) for k in (0, 1)
    )  # type: ignore[return-value]


def count_model(key: Array, params: Params) -> dict[str, Array]:
    """The count model (m = inf) on one draw of the counts.

    center_accuracy: at t = steps, over the four centers. aligned_fraction: F of axis 1, with half
    of its share at D = 0. aligned_tail: P(D > n^(1/2-kappa) | counts), mean over axes. growth: mean
    |dV|/n of positive neurons.
    """
    counts = draw_counts(key, params)
    n = params.n
    both = jax.tree.map(lambda *x: jnp.stack(x), *counts)
    values = jax.vmap(lambda c: center_outputs(n, c, (params.steps,))[0])(both)
    threshold = n ** (0.5 - params.kappa)
    return {
        "center_accuracy": jnp.mean((1 + jnp.sign(values)) / 2),
        "aligned_fraction": aligned_fraction(n, counts[0]),
        "aligned_tail": jnp.mean(jax.vmap(lambda c: aligned_tail(n, c, threshold))(both)),
        "growth": growth_given(n, counts[0]) / n,
    }


def count_curve(key: Array, params: Params) -> dict[str, Array]:
    """Center accuracy of the count model at t = 1, ..., steps."""
    both = jax.tree.map(lambda *x: jnp.stack(x), *draw_counts(key, params))
    times = tuple(range(1, params.steps + 1))
    values = jax.vmap(lambda c: center_outputs(params.n, c, times))(both)  # (axis, time, center)
    return {"center_accuracy": jnp.mean((1 + jnp.sign(values)) / 2, axis=(0, 2))}


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
    sign_key, count_key = jax.random.split(weights)
    signs = draw_signs(sign_key, m)
    hits = fair_binomial(count_key, n, jnp.concatenate([jnp.stack(c) for c in counts]), m)
    gauss = jax.random.normal(noise, (2,))
    first_correct, later_correct, deviates, linear = [], [], [], []
    for axis, label in ((0, 1.0), (1, -1.0)):
        sets = counts[axis]
        b = hits[4 * axis : 4 * axis + 4]
        D = b[0] + b[3] - b[1] - b[2]
        s = signs * label
        even, odd = jnp.sum(s * jnp.abs(D)), jnp.sum(D)
        deviates.append(jnp.abs(even) > jnp.abs(odd))
        first_correct += [odd + even, even - odd]
        V = predicted_projections(sets, b, D, s > 0, params.steps, other_projection)
        V = jnp.where(D == 0, 0.0, V)  # as in the count model
        later_correct += [jnp.sum(s * jnp.maximum(side * V, 0.0)) for side in (1.0, -1.0)]
        E = 2 * sets.imbalance
        linear.append(jnp.sqrt(params.squared_norm) * E + jnp.sqrt(n) * gauss[axis])

    def accuracy(outputs: list[Array]) -> Array:
        return jnp.mean((1 + jnp.sign(jnp.stack(outputs))) / 2)

    off_plane = n * jax.random.chisquare(rest, params.p - 2.0) if params.p > 2 else 0.0
    accuracies = jnp.stack([
        cluster_accuracy_given(params.squared_norm, linear[k], linear[1 - k], off_plane)
        for k in (0, 1)
    ])  # fmt: skip
    return {
        "deviates": jnp.mean(jnp.stack(deviates), dtype=float),
        "one_step_error_deviation": jnp.abs(accuracy(first_correct) - 0.5),
        "center_accuracy": accuracy(later_correct),
        "cluster_accuracy_square": jnp.mean((accuracies - 0.5) ** 2),
    }
