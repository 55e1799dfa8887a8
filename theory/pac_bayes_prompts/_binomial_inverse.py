"""The Clopper-Pearson bound in few operations: every step solves a fourth-order Taylor polynomial.

In x = logit(p) the log tail G(x) = ln P(Bin(n, p) <= k) is concave, and all its derivatives follow
from its value, because T = tail/point probability satisfies T' = (n p - k) T - (n - k) p: so one
evaluation of the tail buys a step of order five. Three are made: with a closed form for T (off by
some per cent), with eight nodes of quadrature, and with twenty-two.
"""

import math

import jax
import jax.numpy as jnp
import mpmath
import numpy as np

from theory import Scalar
from theory.pac_bayes_prompts._binary_kl import (
    MANY,
    in_blocks,
    inverse_series,
    kl_inverse_logit,
    kl_right_of,
)
from theory.pac_bayes_prompts._logarithm import fast_log, fast_log1p

_TABLE_END = 16
_UNROLLED = 11  # nodes in one compiled loop body: fewer passes over the block
_HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


def _stirling_table() -> list[float]:
    """ln m! - [(m + 1/2) ln m - m + ln sqrt(2 pi)] at m = 0 (where it is not used), 1, ..., 16."""
    with mpmath.workdps(40):
        half = mpmath.log(2 * mpmath.pi) / 2
        exact = [mpmath.loggamma(m + 1) - (m + 0.5) * mpmath.log(m) + m - half
                 for m in range(1, _TABLE_END + 1)]  # fmt: skip
    return [0.0, *map(float, exact)]


_TABLE = np.asarray(_stirling_table())  # of numpy: importing starts no device


def odd_series(z: Scalar, coefficients: tuple[float, ...]) -> jax.Array:
    """sum_i coefficients[i] / z^(2 i + 1)."""
    square, total = 1 / (z * z), jnp.zeros_like(z)
    for coefficient in coefficients[::-1]:
        total = total * square + coefficient
    return total / z


def stirling_series(m: Scalar) -> jax.Array:
    """Stirling's series of :func:`.stirling_error` for m >= 16."""
    large = jnp.maximum(m, 16.0)
    return odd_series(large, (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360))


def stirling_of_integer(m: Scalar) -> jax.Array:
    """:func:`.stirling_error` at integers m >= 1, from a table where the series is not yet good."""
    index = jnp.clip(m, 0, _TABLE_END).astype(jnp.int32)
    return jnp.where(m < _TABLE_END, jnp.asarray(_TABLE)[index], stirling_series(m))


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
    """T = (n - k) int_0^cut (1 + w odds)^k (1 - w)^(n-k-1) dw by Gauss-Legendre."""
    points, weights = np.polynomial.legendre.leggauss(nodes)
    points, weights = jnp.asarray((1 + points) / 2), jnp.asarray(weights / 2)
    one, m = 1 + 0 * k, n - k - 1

    def add(i, total):
        w = cut * points[i]
        log_height = k * fast_log1p(w * odds, one) + m * fast_log1p(-w, one)
        return total + weights[i] * jnp.exp(log_height)

    return (
        (n - k)
        * cut
        * jax.lax.fori_loop(
            0, nodes, add, jnp.zeros_like(cut), unroll=_UNROLLED if k.size >= MANY else 1
        )
    )


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


def invert_tail(k: Scalar, n: Scalar, target: Scalar) -> jax.Array:
    """x with ln P(Bin(n, 1/(1 + e^-x)) <= k) = -target, for target >= ln 2 and 0 < k < n."""
    rate, m = k / n, n - k - 1
    log_rest = fast_log1p(-rate, 1 + 0 * rate)
    constant = (
        stirling_of_integer(n) - stirling_of_integer(k) - stirling_of_integer(n - k)
        - _HALF_LOG_2PI - 0.5 * fast_log(k * ((n - k) / n))
    )  # fmt: skip
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
    nats = jnp.where(inside, jnp.minimum(c, 1e30), 1.0)
    # with less than ln 2 nats the tail is above 1/2: invert its complement, which is small
    turned = nats < jnp.log(2.0)
    target = jnp.where(turned, -jnp.log(-jnp.expm1(-jnp.where(turned, nats, 1.0))), nats)
    j = jnp.where(turned, size - i - 1, i)
    open_ = j > 0
    x = invert_tail(jnp.where(open_, j, 1.0), jnp.where(open_, size, 2.0), target)
    budget = target / size  # no errors: (1 - p)^n = e^-target, and x = ln(e^budget - 1)
    none = jnp.where(budget > 30, budget, jnp.log(jnp.expm1(jnp.minimum(budget, 30.0))))
    x = jnp.where(open_, x, none)
    p = jax.nn.sigmoid(jnp.where(turned, -x, x))
    p = jnp.where(i == 0, -jnp.expm1(-nats / size), p)
    return jnp.where(inside, p, jnp.where(k >= n, 1.0, 0.0))


def binomial_upper_at(k: Scalar, n: Scalar, c: Scalar) -> jax.Array:
    """:func:`.binomial_upper` of arrays of one shape."""
    return in_blocks(_upper, k, n, c)
