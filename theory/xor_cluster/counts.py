"""The count model: limit H with m = inf at finite n, from the numbers of points alone (JAX).

Given the counts of one axis, a neuron is described by k = (active in A1) + (inactive in A2),
which is Bin(N, 1/2), and D = k - |A2|. Given k the N indicators are exchangeable, so every b(S) of
:mod:`theory.xor_cluster.limit` is hypergeometric, and each expectation over neurons is a sum over
k. Neurons with D = 0 (0.80/sqrt(n) of them on average) are set to zero: the model's own error.
"""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.scipy.special import gammaln

from theory import ArgumentError, Scalar, closed_form, normal_cdf, normal_pdf
from theory.xor_cluster.first_step import Count
from theory.xor_cluster.limit import other_projection, own_projection
from theory.xor_cluster.params import SETTING, check_time

# means of counts and unit hits go in, which are no whole numbers within the sets
_own, _other = own_projection.__wrapped__, other_projection.__wrapped__


class AxisCounts(NamedTuple):
    """Clean and noisy training points at +mu and -mu of one axis."""

    c_plus: Scalar
    c_minus: Scalar
    n_plus: Scalar
    n_minus: Scalar

    @property
    def first(self) -> Scalar:
        """|A1| = c_+ + n_-."""
        return self.c_plus + self.n_minus

    @property
    def second(self) -> Scalar:
        """|A2| = c_- + n_+."""
        return self.c_minus + self.n_plus

    @property
    def imbalance(self) -> Scalar:
        """e = E[D | data] = (|A1| - |A2|)/2."""
        return (self.first - self.second) / 2

    @property
    def mirrored(self) -> "AxisCounts":
        """The same axis seen from -mu."""
        return AxisCounts(self.c_minus, self.c_plus, self.n_minus, self.n_plus)


@closed_form
def half_window(n: Count) -> int:
    """Half-width in k outside which Bin(N, 1/2) has mass below 1e-17 for every likely N."""
    n = int(n) if n == n else 0
    return min(n, math.ceil(3.2 * math.sqrt(n)) + 8)


_EXAMPLE = {"n": 20, "counts": AxisCounts(5.0, 4.0, 1.0, 2.0), "times": (1, 2, 3), "tau": 0.5}


def _checked(n: Scalar, counts: AxisCounts) -> AxisCounts:
    """The counts as floats; NaN where traced counts are negative, not whole or above n in sum.

    Raises ArgumentError for concrete ones; NaN stays NaN.
    """
    counts = AxisCounts(*(jnp.asarray(c, dtype=jnp.float64) for c in counts))
    every = jnp.stack(jnp.broadcast_arrays(*counts))
    bad = jnp.any((every < 0) | (every != jnp.round(every)), axis=0) | (jnp.sum(every, axis=0) > n)
    known = jnp.all(~jnp.isnan(every), axis=0)
    if n == n and not isinstance(bad, Tracer) and (bad & known).any():
        shown = ", ".join(f"{f} = {np.asarray(c)}" for f, c in counts._asdict().items())
        raise ArgumentError(
            f"{SETTING}: counts {shown} are not whole numbers >= 0 of sum at most n = {n}"
        )
    return AxisCounts(*(jnp.where(bad, jnp.nan, c) for c in counts))


def _grid(n: Scalar, counts: AxisCounts) -> tuple[jax.Array, jax.Array]:
    """k around N/2 and its binomial weights (0 outside 0..N)."""
    N = counts.first + counts.second
    k = jnp.floor(N / 2) + jnp.arange(-half_window(n), half_window(n) + 1)
    inside = ~((k < 0) | (k > N))  # NaN counts stay NaN
    safe = jnp.clip(k, 0, N)
    log_weight = gammaln(N + 1) - gammaln(safe + 1) - gammaln(N - safe + 1) - N * math.log(2)
    return safe, jnp.where(inside, jnp.exp(log_weight), 0.0)


def _mean_relu(mean: jax.Array, variance: jax.Array) -> jax.Array:
    """E relu of a Gaussian; exact when the variance vanishes."""
    sd = jnp.sqrt(jnp.maximum(variance, 1e-18))
    x = mean / sd
    return mean * normal_cdf(x) + sd * normal_pdf(x)


def _leading_neurons(counts: AxisCounts, k: jax.Array, weight: jax.Array, t: int):
    """E[relu(±V_own) 1{D>0}] and E[relu(±V_other) 1{D>0}]: four numbers."""
    c_plus, c_minus, n_plus, n_minus = counts
    N = jnp.maximum(counts.first + counts.second, 1.0)
    D, q = k - counts.second, k / N
    b_c_plus, b_n_minus = c_plus * q, n_minus * q
    b_c_minus, b_n_plus = c_minus * (1 - q), n_plus * (1 - q)
    own = _own(t, D, *counts, b_c_minus, b_n_plus)
    other = _other(t, D, *counts, b_c_plus, b_n_plus, b_n_minus)

    def spread(loads):
        # sampling k of N without replacement: loads are (set size, value of one hit)
        square = sum(size * value**2 for size, value in loads)
        linear = sum(size * value for size, value in loads)
        return q * (1 - q) * (N * square - linear**2) / jnp.maximum(N - 1, 1.0)

    # V is affine: its values with one hit in one set, and nothing else, are its coefficients
    own_c = _own(t, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    own_n = _own(t, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    other_c = _other(t, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    other_np = _other(t, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    other_nm = _other(t, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    if t == 1:  # V is a function of D: nothing is left to average
        own_spread = other_spread = 0.0 * k
    else:
        # a hit in C_- or N_+ is an inactive point, hence the signs
        own_spread = spread([(c_minus, -own_c), (n_plus, -own_n)])
        other_spread = spread([(c_plus, other_c), (n_plus, -other_np), (n_minus, other_nm)])
    leads = jnp.where(D <= 0, 0.0, weight)
    return tuple(
        jnp.sum(leads * _mean_relu(sign * value, variance))
        for value, variance in ((own, own_spread), (other, other_spread))
        for sign in (1.0, -1.0)
    )


@closed_form(example=_EXAMPLE)
def center_outputs(n: Count, counts: AxisCounts, times: tuple[int, ...]) -> jax.Array:
    """y f at +mu and -mu in units alpha M2/(4 n), shape (len(times), 2).

    Args: ``n`` (Python int) bounds the window; times t >= 1 (Python ints). The counts are whole
    numbers >= 0 of sum at most n.
    """
    counts, times = _checked(n, counts), tuple(check_time(t, first=1) for t in times)
    k, weight = _grid(n, counts)
    mirrored_k, mirrored_weight = _grid(n, counts.mirrored)
    rows = []
    for t in times:
        own, own_back, other, other_back = _leading_neurons(counts, k, weight, t)
        own_m, own_back_m, other_m, other_back_m = _leading_neurons(
            counts.mirrored, mirrored_k, mirrored_weight, t
        )
        # neurons with sigma = - see +mu as their -mu
        plus = own + own_back_m - other - other_back_m
        minus = own_m + own_back - other_m - other_back
        rows.append(jnp.stack([plus, minus]))
    return jnp.stack(rows)


@closed_form(example=_EXAMPLE)
def aligned_fraction(n: Count, counts: AxisCounts) -> jax.Array:
    """F = P(D > 0 | counts) + P(D = 0 | counts)/2."""
    counts = _checked(n, counts)
    k, weight = _grid(n, counts)
    D = k - counts.second
    return jnp.sum(weight * (1 + jnp.sign(D)) / 2)


@closed_form(example=_EXAMPLE)
def aligned_tail(n: Count, counts: AxisCounts, tau: Scalar) -> jax.Array:
    """P(D > tau | counts) = P(Bin(N, 1/2) > |A2| + tau)."""
    counts = _checked(n, counts)
    k, weight = _grid(n, counts)
    beyond = k - counts.second > jnp.asarray(tau)[..., None]
    return jnp.sum(jnp.where(beyond, weight, 0.0), axis=-1) + 0 * (counts.first + counts.second)


@closed_form(example=_EXAMPLE)
def growth_given(n: Count, counts: AxisCounts) -> jax.Array:
    """Mean of |V(t+1) - V(t)| over own-axis neurons with D != 0, t >= 2, given the counts."""
    counts = _checked(n, counts)

    def one_side(side: AxisCounts) -> tuple[jax.Array, jax.Array]:
        k, weight = _grid(n, side)
        N = jnp.maximum(side.first + side.second, 1.0)
        leads = jnp.where(k <= side.second, 0.0, weight)
        return jnp.sum(leads * (side.c_plus - side.c_minus * (1 - k / N))), jnp.sum(leads)

    (up, up_share), (down, down_share) = one_side(counts), one_side(counts.mirrored)
    return (up + down) / jnp.maximum(up_share + down_share, 1e-300)
