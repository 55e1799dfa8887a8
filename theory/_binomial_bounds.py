"""The Clopper-Pearson bound, the inverse of binomial tails, for n up to 1e9 and beyond 700 nats.

In x = logit(p) the log tail G(x) = ln P(Bin(n, p) <= k) is concave, and all its derivatives follow
from its value, because T = tail/point probability satisfies T' = (n p - k) T - (n - k) p. So one
evaluation of the tail buys a step of order five. Three are made: with a closed form for T (off by
some per cent), with eight nodes of quadrature, and with twenty-two.
"""

import math
from typing import Annotated

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from theory._closed_form import Whole, closed_form
from theory._counts import log_binomial_cdf
from theory._fields import Ge, Le
from theory._formula import Scalar
from theory._kl_inverse import (
    MANY, fast_log, fast_log1p, in_blocks, inverse_series, kl_inverse_logit, kl_right_of,
)  # fmt: skip

__all__ = ["binomial_upper"]

_UNROLLED = 11  # nodes in one compiled loop body: fewer passes over the block

with mpmath.workdps(30):
    _HALF = mpmath.log(2 * mpmath.pi) / 2
    _STIRLING = np.asarray([0.0] + [  # of numpy: importing starts no device
        float(mpmath.loggamma(m + 1) - (m + 0.5) * mpmath.log(m) + m - _HALF)
        for m in range(1, 16)
    ])  # fmt: skip


def _stirling(m: Scalar) -> jax.Array:
    """ln m! - [(m + 1/2) ln m - m + ln sqrt(2 pi)] at integers m >= 1, for loops over millions.

    From a table up to 15, from 16 on by Stirling's series.
    """
    z = jnp.maximum(m, 16.0)
    s = 1 / (z * z)
    series = (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / z
    return jnp.where(m < 16, jnp.asarray(_STIRLING)[jnp.clip(m, 0, 15).astype(jnp.int32)], series)


def _log_size(k: Scalar, n: Scalar) -> jax.Array:
    """ln[C(n, k) (k/n)^k (1 - k/n)^(n-k)], 0 < k < n: no two large logarithms are subtracted."""
    errors = _stirling(n) - _stirling(k) - _stirling(n - k)
    return errors - 0.5 * jnp.log(2 * math.pi * k * ((n - k) / n))


def _cut(k: Scalar, m: Scalar, odds: Scalar, drop: float, start: Scalar | None) -> jax.Array:
    """About where (1 + w odds)^k (1 - w)^m has fallen by e^-drop, at most 1.

    The logarithm is concave, so Newton's steps from its left land on the right of it; the start is
    where its quadratic part at 0 has fallen, or the cut for a smaller drop.
    """
    if start is None:
        slope, curvature = jnp.maximum(m - k * odds, 0.0), m + k * odds * odds
        root = jnp.sqrt(slope * slope + 2 * drop * curvature)
        start = jnp.minimum(2 * drop / jnp.maximum(slope + root, 1e-300), 1.0)
    w = start
    for _ in range(2):
        inner = jnp.minimum(w, 1 - 1e-12)
        up, down = 1 + inner * odds, 1 - inner
        value = k * fast_log(up) + m * fast_log(down)  # only the place of the cut depends on it
        rise = k * odds / up - m / down
        newton = inner - (value + drop) / jnp.where(rise < 0, rise, 1.0)
        w = jnp.where(rise < 0, jnp.clip(newton, 0.0, 1.0), 1.0)
    return w


def _ratio(k: Scalar, n: Scalar, odds: Scalar, cut: Scalar, nodes: int) -> jax.Array:
    """T = P(Bin <= k)/P(Bin = k) = (n - k) int_0^cut (1 + w odds)^k (1 - w)^(n-k-1) dw.

    By Gauss-Legendre; the tail is that of a Beta(k + 1, n - k) law above p, at p + (1 - p) w.
    """
    points, weights = np.polynomial.legendre.leggauss(nodes)
    points, weights = jnp.asarray((1 + points) / 2), jnp.asarray(weights / 2)
    one, m = 1 + 0 * k, n - k - 1

    def add(i, total):
        w = cut * points[i]
        log_height = k * fast_log1p(w * odds, one) + m * fast_log1p(-w, one)
        return total + weights[i] * jnp.exp(log_height)

    unroll = _UNROLLED if k.size >= MANY else 1
    total = jax.lax.fori_loop(0, nodes, add, jnp.zeros_like(cut), unroll=unroll)
    return (n - k) * cut * total


def _step(k, n, here, ratio, excess):
    """The step in x that brings the log tail down by ``excess``; ``ratio`` is T there."""
    hazard = (n - k) * here.p / ratio  # -G'
    first = hazard + k - n * here.p + here.rest  # hazard'/hazard
    spread = (n + 1) * here.p * here.rest
    grown = hazard * first
    second = first * first + grown - spread  # hazard''/hazard
    slope = grown - spread  # first'
    third = first * second + 2 * first * slope + grown * first + hazard * slope
    third = third - spread * (here.rest - here.p)
    return inverse_series(excess / hazard, first / 2, second / 6, third / 24)


def _invert_tail(k: Scalar, n: Scalar, target: Scalar) -> jax.Array:
    """x with ln P(Bin(n, 1/(1 + e^-x)) <= k) = -target, for target >= ln 2 and 0 < k < n."""
    rate, m = k / n, n - k - 1
    log_rest = fast_log1p(-rate, 1 + 0 * rate)
    constant = _log_size(k, n)
    x = kl_inverse_logit(rate, target / n, steps=1)  # Chernoff's bound, on the right of the root
    cut = None
    for drop, nodes in ((0.0, 0), (16.0, 8), (36.0, 22)):
        here, odds = kl_right_of(rate, log_rest, x), jnp.exp(-x)
        if nodes:
            cut = _cut(k, m, odds, drop, cut)
            ratio = _ratio(k, n, odds, cut, nodes)
        else:
            # int exp(-s v - t v^2/2) dv in closed form: Mills' ratio by Borjesson and Sundberg
            s, t = (n * here.p - k) / here.p, k * odds / here.p
            ratio = (n - k) / (0.661 * s + 0.339 * jnp.sqrt(s * s + 5.51 * t))
        excess = constant - n * here.kl + fast_log(ratio) + target
        x = x + _step(k, n, here, ratio, excess)
    return x


def _upper(k: Scalar, n: Scalar, c: Scalar) -> jax.Array:
    inside = (k >= 0) & (k < n) & (c > 0)
    i, size = jnp.where(inside, k, 0.0), jnp.where(inside, n, 1.0)
    nats = jnp.where(inside, jnp.minimum(c, 1e15), 1.0)  # p is 1 from 1e11
    # with less than ln 2 nats the tail is above 1/2: invert its complement, which is small
    turned = nats < jnp.log(2.0)
    target = jnp.where(turned, -jnp.log(-jnp.expm1(-jnp.where(turned, nats, 1.0))), nats)
    j = jnp.where(turned, size - i - 1, i)
    open_ = j > 0
    x = _invert_tail(jnp.where(open_, j, 1.0), jnp.where(open_, size, 2.0), target)
    budget = target / size  # no errors: (1 - p)^n = e^-target, and x = ln(e^budget - 1)
    none = jnp.where(budget > 30, budget, jnp.log(jnp.expm1(jnp.minimum(budget, 30.0))))
    x = jnp.where(open_, x, none)
    p = jax.nn.sigmoid(jnp.where(turned, -x, x))
    p = jnp.where(i == 0, -jnp.expm1(-nats / size), p)
    return jnp.where(inside, p, jnp.where(k >= n, 1.0, 0.0))


@jax.custom_jvp
def _binomial_upper(k: Scalar, n: Scalar, c: Scalar) -> jax.Array:
    return in_blocks(_upper, k, n, c)


@_binomial_upper.defjvp
def _(primals, tangents):
    k, n, c = primals
    p = _binomial_upper(k, n, c)
    # the log tail falls by dc
    inside = (k > 0) & (k < n) & (c > 0) & (p > 0) & (p < 1)
    i, size, q = (jnp.where(inside, a, b) for a, b in ((k, 1.0), (n, 2.0), (p, 0.5)))
    slope = jax.jvp(lambda q: log_binomial_cdf.__wrapped__(i, size, q), (q,), (jnp.ones_like(q),))[
        1
    ]
    by_c = jnp.where(inside, -1 / slope, 0.0)
    # no errors: p = 1 - e^(-c/n); with some, p grows like c^(1/(k + 1)) from c = 0
    none = jnp.exp(-jnp.maximum(c, 0.0) / n) / n
    by_c = jnp.where((k == 0) & (n > 0), none, jnp.where((c == 0) & (k < n), jnp.inf, by_c))
    return p, by_c * tangents[2]


@closed_form(k=("is above n", lambda k, n: k <= n))
@jax.jit
def binomial_upper(
    k: Annotated[Scalar, Ge(0), Whole],
    n: Annotated[Scalar, Ge(1), Le(10**9), Whole],
    c: Annotated[Scalar, Ge(0)],
) -> jax.Array:
    """sup{p : P(Bin(n, p) <= k) >= e^-c}, the Clopper-Pearson bound at level e^-c; JAX only.

    Integers 0 <= k <= n <= 1e9, n >= 1, c >= 0 nats (infinity gives 1, and so does k = n; 0 gives 0
    for k < n). It is the Beta(k + 1, n - k) quantile at 1 - e^-c, to 1e-14 absolutely.
    Differentiable in c, with an infinite slope at c = 0 < k; counts are integers, so the
    derivatives in k and n are 0.
    """
    k, n, c = jnp.broadcast_arrays(*(jnp.asarray(a, float) for a in (k, n, c)))
    return _binomial_upper(jax.lax.stop_gradient(k), jax.lax.stop_gradient(n), c)
