"""Limit H: omega/alpha -> 0, flat sigmoid, P = p/M2 >> n, rho = M2/sqrt(p) >= ~6 sqrt(n).

There the first step decides everything: gradient descent becomes a finite table of activations,
and every observable a function of counts (derived for this package; docstrings say what it
sharpens). On one axis A1 = C_+ and N_-, A2 = C_- and N_+ (clean and noisy points of its clusters
at +mu and -mu); D = (active in A1) - (active in A2) at time 0; sigma = sign(D). A neuron's *own*
axis is the one whose label is the sign of its second-layer weight. Time t counts steps. Valid until
about min(8 P/(n(1-eta)), P/|n_+ - n_-|) steps, for neurons whose axis turns, sigma V(2) > 0.

The count model is limit H with m = inf at finite n (JAX). Given the counts of one axis, a neuron is
described by k = (active in A1) + (inactive in A2), which is Bin(N, 1/2), and D = k - |A2|. Given k
the N indicators are exchangeable, so every b(S), the points of S active at time 0, is
hypergeometric, and each expectation over neurons is a sum over k. Neurons with D = 0
(0.80/sqrt(n) of them on average) are set to zero: the model's own error. Counts may be arrays: axes
of their own stand first in the result.
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import ArgumentError, Scalar, binomial_pmf, closed_form, relu_mean
from theory.xor_cluster.params import SETTING, Count, Step

__all__ = [
    "AxisCounts", "activation_table", "aligned_fraction", "aligned_tail", "center_outputs",
    "growth_given", "other_projection", "own_projection", "projection",
]  # fmt: skip

Truth = object  # a boolean or an array of them


class AxisCounts(NamedTuple):
    """Clean and noisy training points at +mu and -mu of one axis, or those of them active."""

    c_plus: Scalar
    c_minus: Scalar
    n_plus: Scalar
    n_minus: Scalar

    @property
    def first(self) -> Scalar:
        """Those in A1: c_+ + n_-."""
        return self.c_plus + self.n_minus

    @property
    def second(self) -> Scalar:
        """Those in A2: c_- + n_+."""
        return self.c_minus + self.n_plus

    @property
    def difference(self) -> Scalar:
        """first - second: D of the points active at time 0, 2 e = 2 E[D | data] of all points."""
        return self.first - self.second

    @property
    def mirrored(self) -> "AxisCounts":
        """The same axis seen from -mu."""
        return AxisCounts(self.c_minus, self.c_plus, self.n_minus, self.n_plus)


def possible(counts, b):
    """Whether b are whole numbers from 0 up to the counts, and these whole."""
    counts, b = jnp.asarray(counts), jnp.asarray(b)
    whole = (b == jnp.round(b)) & (counts == jnp.round(counts))
    return jnp.all(whole & (b >= 0) & (b <= counts), axis=0)


EXAMPLE = {
    "t": 2, "own": True, "clean": True, "leading": True, "initially_active": True,
    "counts": AxisCounts(5.0, 4.0, 2.0, 1.0), "b": AxisCounts(2.0, 3.0, 1.0, 0.0),
    "n": 20, "times": (1, 2, 3), "tau": 0.5,
}  # fmt: skip
HITS: dict[str, Any] = {"b": ("are no whole numbers from 0 up to the counts", possible)}


def truth(name: str, value: Any) -> jax.Array:
    """The value as JAX booleans; a number (NaN would be true) is refused."""
    value = jnp.asarray(value)
    if value.dtype != bool:
        raise ArgumentError(f"activation_table: {name} = {value} is not true or false")
    return value


@closed_form(example=EXAMPLE)
def activation_table(t: Step, own: Truth, clean: Truth, leading: Truth, initially_active: Truth):
    """Is a training point active on a neuron at time t >= 1? (JAX, booleans that broadcast.)

    Sharpens Lemmas A.6, A.7 and Corollary A.5. Args: t (Python int); whether the point lies on the
    neuron's own axis; is clean; lies in the cluster sigma (``leading``); was active at time 0. For
    neurons whose axis turns (V of :func:`projection`): D != 0 alone is not enough, and nearly every
    neuron with sigma V(2) <= 0 breaks the table.
    """
    given = {"own": own, "clean": clean, "leading": leading, "initially_active": initially_active}
    own, clean, leading, b = (truth(name, value) for name, value in given.items())
    if t == 1:
        on_own = jnp.where(clean, leading | b, leading & ~b)
        on_other = jnp.where(clean, ~leading & ~b, ~leading | b)
    else:
        on_own = clean & (leading | b)
        on_other = ~clean | (leading & ~b) if t == 2 else ~clean
    return jnp.where(own, on_own, on_other)


@closed_form(example=EXAMPLE, **HITS)
def own_projection(t: Step, counts: AxisCounts, b: AxisCounts) -> Scalar:
    """V(t) = 2 n sqrt(m) <w(t), mu>/(alpha M2) on the neuron's own axis, sigma = +, t >= 1.

    V(1) = D; V(t) = D + c_+ - n_+ + b(N_+) - b(C_-) + (t-2)(c_+ - b(C_-)), where ``b`` holds the
    points active at time 0. From t = 2 on for neurons whose axis turns, V(2) > 0.
    """
    if t == 1:
        return b.difference
    first = b.difference + counts.c_plus - counts.n_plus + b.n_plus - b.c_minus
    return first + (t - 2) * (counts.c_plus - b.c_minus)


@closed_form(example=EXAMPLE, **HITS)
def other_projection(
    t: Step, counts: AxisCounts, b: AxisCounts, *, printed: bool = False
) -> Scalar:
    """V(t) on the other axis, sigma = +, t >= 1; see :func:`own_projection`.

    V(1) = -D; V(2) = -[b(C_+) - 2 b(N_+) + b(N_-) - c_- + n_-];
    V(t) = -[c_+ - c_- - n_+ + 2 n_- + b(N_-) - 2 b(N_+) + (t-3)(n_- - n_+)] from t = 3.
    ``printed``: the display after (A.56), with 3 n_- where this has 2 n_- + b(N_-). False.
    """
    c_plus, c_minus, n_plus, n_minus = counts
    if t == 1:
        return -b.difference
    if t == 2:
        return -(b.c_plus - 2 * b.n_plus + b.n_minus - c_minus + n_minus)
    noisy = 3 * n_minus if printed else 2 * n_minus + b.n_minus
    return -(c_plus - c_minus - n_plus + noisy - 2 * b.n_plus + (t - 3) * (n_minus - n_plus))


def projection(t, counts, b, own, *, printed=False):
    """V(t) of neurons of either sigma on one axis (for sigma = - exchange + and - and negate); 0
    stands for what D = 0 leaves open. ``own`` is 1 on the neurons' own axis, else 0. Everything
    broadcasts; NumPy and JAX."""

    def leading(counts, b):
        mine = own_projection.__wrapped__(t, counts, b)
        theirs = other_projection.__wrapped__(t, counts, b, printed=printed)
        return own * mine + (1 - own) * theirs

    D = b.difference
    return (D > 0) * leading(counts, b) - (D < 0) * leading(counts.mirrored, b.mirrored)


# The count model


def checked_counts(n: Scalar, counts: AxisCounts) -> AxisCounts:
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


def neurons(n: Any, counts: AxisCounts) -> tuple[jax.Array, jax.Array, jax.Array]:
    """k around N/2, its weights (0 outside 0..N), and those of the neurons with D > 0.

    The window is 7 standard deviations of Bin(n, 1/2) to either side, 9 of a likely N <= 2n/3.
    """
    n = int(n) if n == n else 0
    half = min(n, math.ceil(3.6 * math.sqrt(n)) + 8)
    N = counts.first + counts.second
    k = jnp.floor(N / 2) + jnp.arange(-half, half + 1)
    weight = binomial_pmf(k, N, 0.5)
    return k, weight, jnp.where(k <= counts.second, 0.0, weight)


def leading_neurons(n: Any, counts: AxisCounts, t: int) -> list[jax.Array]:
    """E[relu(±V) 1{D > 0}], V on the own axis and on the other: four numbers."""
    k, _, leads = neurons(n, counts)
    N = jnp.maximum(counts.first + counts.second, 1.0)
    active, silent = k / N, 1 - k / N  # of A1; of A2 the reverse
    c_plus, c_minus, n_plus, n_minus = counts
    hits = AxisCounts(c_plus * active, c_minus * silent, n_plus * silent, n_minus * active)
    seen = []
    for form in (own_projection.__wrapped__, other_projection.__wrapped__):
        mean = form(t, counts, hits)
        # V is linear: its values with one hit in one set, and nothing else, are its coefficients; k
        # counts inactive points of A2, hence their sign. k of N are sampled without replacement.
        ones = np.diag([1.0, -1.0, -1.0, 1.0])
        loads = [form(t, AxisCounts(0, 0, 0, 0), AxisCounts(*one)) for one in ones]
        square = sum(size * load**2 for size, load in zip(counts, loads, strict=True))
        linear = sum(size * load for size, load in zip(counts, loads, strict=True))
        variance = active * (1 - active) * (N * square - linear**2) / jnp.maximum(N - 1, 1.0)
        sd = jnp.sqrt(jnp.maximum(variance, 1e-18))  # exact when the variance vanishes
        ahead = jnp.sum(leads * sd * relu_mean(mean / sd), axis=-1)
        seen += [ahead, ahead - jnp.sum(leads * mean, axis=-1)]  # relu(-V) = relu(V) - V
    return seen


@closed_form(example=EXAMPLE)
def center_outputs(n: Count, counts: AxisCounts, times: tuple[int, ...]) -> jax.Array:
    """y f at +mu and -mu in units alpha M2/(4 n), shape (..., len(times), 2).

    Args: ``n`` (Python int) bounds the window; times t >= 1, Python ints. The counts are whole
    numbers >= 0 of sum at most n.
    """
    if any(t < 1 or t != int(t) for t in times):
        raise ArgumentError(f"{SETTING}: times {times} are not whole numbers from 1 on")
    counts = checked_counts(n, counts)
    rows = []
    for t in times:
        own, own_back, other, other_back = leading_neurons(n, counts, t)
        own_m, own_back_m, other_m, other_back_m = leading_neurons(n, counts.mirrored, t)
        # neurons with sigma = - see +mu as their -mu
        plus = own + own_back_m - other - other_back_m
        minus = own_m + own_back - other_m - other_back
        rows.append(jnp.stack([plus, minus], axis=-1))
    return jnp.stack(rows, axis=-2)


@closed_form(example=EXAMPLE)
def aligned_fraction(n: Count, counts: AxisCounts) -> jax.Array:
    """F = P(D > 0 | counts) + P(D = 0 | counts)/2."""
    counts = checked_counts(n, counts)
    k, weight, _ = neurons(n, counts)
    return jnp.sum(weight * (1 + jnp.sign(k - counts.second)) / 2, axis=-1)


@closed_form(example=EXAMPLE)
def aligned_tail(n: Count, counts: AxisCounts, tau: Scalar) -> jax.Array:
    """P(D > tau | counts) = P(Bin(N, 1/2) > |A2| + tau)."""
    counts = checked_counts(n, counts)
    k, weight, _ = neurons(n, counts)
    beyond = k - counts.second > jnp.asarray(tau)[..., None]
    return jnp.sum(jnp.where(beyond, weight, 0.0 * weight), axis=-1)


@closed_form(example=EXAMPLE)
def growth_given(n: Count, counts: AxisCounts) -> jax.Array:
    """Mean of sigma (V(t+1) - V(t)) over own-axis neurons with D != 0, t >= 2, given the counts."""
    grown = share = 0.0
    checked = checked_counts(n, counts)
    for side in (checked, checked.mirrored):
        k, _, leads = neurons(n, side)
        N = jnp.maximum(side.first + side.second, 1.0)
        grown += jnp.sum(leads * (side.c_plus - side.c_minus * (1 - k / N)), axis=-1)
        share += jnp.sum(leads, axis=-1)
    return grown / jnp.maximum(share, 1e-300)
