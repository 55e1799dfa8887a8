"""The count model: limit H with m = inf at finite n, from the numbers of points alone (JAX).

Given the counts of one axis, a neuron is described by k = (active in A1) + (inactive in A2),
which is Bin(N, 1/2), and D = k - |A2|. Given k the N indicators are exchangeable, so every b(S) of
:mod:`theory.xor_cluster.table` is hypergeometric, and each expectation over neurons is a sum over
k. Neurons with D = 0 (0.80/sqrt(n) of them on average) are set to zero: the model's own error.
Counts may be arrays: axes of their own stand first in the result.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import ArgumentError, Scalar, binomial_pmf, closed_form, normal_cdf, normal_pdf
from theory.xor_cluster.params import SETTING, Count
from theory.xor_cluster.table import AxisCounts, other_projection, own_projection

__all__ = ["aligned_fraction", "aligned_tail", "center_outputs", "growth_given"]

_EXAMPLE = {"n": 20, "counts": AxisCounts(5.0, 4.0, 1.0, 2.0), "times": (1, 2, 3), "tau": 0.5}


def _checked(n: Scalar, counts: AxisCounts) -> AxisCounts:
    """The counts as floats with an axis for k; NaN where traced ones are negative, not whole or
    above n in sum.

    Raises ArgumentError for concrete ones; NaN stays NaN.
    """
    counts = AxisCounts(*(jnp.asarray(c, dtype=jnp.float64)[..., None] for c in counts))
    every = jnp.stack(jnp.broadcast_arrays(*counts))
    bad = jnp.any((every < 0) | (every != jnp.round(every)), axis=0) | (jnp.sum(every, axis=0) > n)
    known = jnp.all(~jnp.isnan(every), axis=0)
    if n == n and not isinstance(bad, Tracer) and (bad & known).any():
        shown = ", ".join(f"{f} = {np.asarray(c[..., 0])}" for f, c in counts._asdict().items())
        raise ArgumentError(
            f"{SETTING}: counts {shown} are not whole numbers >= 0 of sum at most n = {n}"
        )
    return AxisCounts(*(jnp.where(bad, jnp.nan, c) for c in counts))


def _neurons(n: Any, counts: AxisCounts) -> tuple[jax.Array, jax.Array, jax.Array]:
    """k around N/2, its weights (0 outside 0..N), and those of the neurons with D > 0.

    The window is 7 standard deviations of Bin(n, 1/2) to either side, 9 of a likely N <= 2n/3.
    """
    n = int(n) if n == n else 0
    half = min(n, math.ceil(3.6 * math.sqrt(n)) + 8)
    N = counts.first + counts.second
    k = jnp.floor(N / 2) + jnp.arange(-half, half + 1)
    weight = binomial_pmf(k, N, 0.5)
    return k, weight, jnp.where(k <= counts.second, 0.0, weight)


def _mean_relu(mean: jax.Array, variance: jax.Array) -> jax.Array:
    """E relu of a Gaussian; exact when the variance vanishes."""
    sd = jnp.sqrt(jnp.maximum(variance, 1e-18))
    return mean * normal_cdf(mean / sd) + sd * normal_pdf(mean / sd)


def _leading_neurons(n: Any, counts: AxisCounts, t: int) -> list[jax.Array]:
    """E[relu(±V) 1{D > 0}], V on the own axis and on the other: four numbers."""
    k, _, leads = _neurons(n, counts)
    c_plus, c_minus, n_plus, n_minus = counts
    N = jnp.maximum(counts.first + counts.second, 1.0)
    active = k / N  # of A1; of A2 the rest
    seen = []
    for form, hits in (
        (own_projection.__wrapped__, ((c_minus, -1), (n_plus, -1))),
        (other_projection.__wrapped__, ((c_plus, 1), (n_plus, -1), (n_minus, 1))),
    ):
        means = [size * (active if side > 0 else 1 - active) for size, side in hits]
        mean = form(t, k - counts.second, *counts, *means)
        # V is affine: its values with one hit in one set, and nothing else, are its coefficients;
        # a hit in A2 is an inactive point, hence the side. k of N are sampled without replacement.
        ones = np.eye(len(hits)).tolist()
        loads = [(size, side * form(t, 0.0, 0.0, 0.0, 0.0, 0.0, *one))
                 for (size, side), one in zip(hits, ones, strict=True)]  # fmt: skip
        square = sum(size * value**2 for size, value in loads)
        linear = sum(size * value for size, value in loads)
        variance = active * (1 - active) * (N * square - linear**2) / jnp.maximum(N - 1, 1.0)
        ahead = jnp.sum(leads * _mean_relu(mean, variance), axis=-1)
        seen += [ahead, ahead - jnp.sum(leads * mean, axis=-1)]  # relu(-V) = relu(V) - V
    return seen


@closed_form(example=_EXAMPLE)
def center_outputs(n: Count, counts: AxisCounts, times: tuple[int, ...]) -> jax.Array:
    """y f at +mu and -mu in units alpha M2/(4 n), shape (..., len(times), 2).

    Args: ``n`` (Python int) bounds the window; times t >= 1, Python ints. The counts are whole
    numbers >= 0 of sum at most n.
    """
    if any(t < 1 or t != int(t) for t in times):
        raise ArgumentError(f"{SETTING}: times {times} are not whole numbers from 1 on")
    counts = _checked(n, counts)
    rows = []
    for t in times:
        own, own_back, other, other_back = _leading_neurons(n, counts, t)
        own_m, own_back_m, other_m, other_back_m = _leading_neurons(n, counts.mirrored, t)
        # neurons with sigma = - see +mu as their -mu
        plus = own + own_back_m - other - other_back_m
        minus = own_m + own_back - other_m - other_back
        rows.append(jnp.stack([plus, minus], axis=-1))
    return jnp.stack(rows, axis=-2)


@closed_form(example=_EXAMPLE)
def aligned_fraction(n: Count, counts: AxisCounts) -> jax.Array:
    """F = P(D > 0 | counts) + P(D = 0 | counts)/2."""
    counts = _checked(n, counts)
    k, weight, _ = _neurons(n, counts)
    return jnp.sum(weight * (1 + jnp.sign(k - counts.second)) / 2, axis=-1)


@closed_form(example=_EXAMPLE)
def aligned_tail(n: Count, counts: AxisCounts, tau: Scalar) -> jax.Array:
    """P(D > tau | counts) = P(Bin(N, 1/2) > |A2| + tau)."""
    counts = _checked(n, counts)
    k, weight, _ = _neurons(n, counts)
    beyond = k - counts.second > jnp.asarray(tau)[..., None]
    return jnp.sum(jnp.where(beyond, weight, 0.0 * weight), axis=-1)


@closed_form(example=_EXAMPLE)
def growth_given(n: Count, counts: AxisCounts) -> jax.Array:
    """Mean of |V(t+1) - V(t)| over own-axis neurons with D != 0, t >= 2, given the counts."""
    grown = share = 0.0
    checked = _checked(n, counts)
    for side in (checked, checked.mirrored):
        k, _, leads = _neurons(n, side)
        N = jnp.maximum(side.first + side.second, 1.0)
        grown += jnp.sum(leads * (side.c_plus - side.c_minus * (1 - k / N)), axis=-1)
        share += jnp.sum(leads, axis=-1)
    return grown / jnp.maximum(share, 1e-300)
