"""Incomplete gamma and beta functions by one quadrature, with their logarithms and derivatives.

In t = log x (gamma) or t = log(x/(1 - x)) (beta) the density is log-concave. With g(t) its
logarithm, the tail beyond a point t0 right of the peak is

    exp(g(t0)) int_0^inf exp(-D(s)) ds,   D(s) = g(t0) - g(t0 + s) convex and increasing,

a sum of positive numbers, so that the tail, and its logarithm, have full relative accuracy
however small it is; left of the peak likewise. s = c exp(u - exp(-u)) makes the integrand fall
double exponentially at both ends, and the trapezoidal rule in u with 120 nodes is exact to
rounding (Takahasi and Mori 1974). c is where D(c) = 1.

jax 0.10.2's own gammainc and betainc lose digits with size (betainc 3e-11 at 1e5), have no
logarithms, and betainc no derivative in a and b.
"""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from theory._special import deviance, log1p, loggamma, stirling_error

Value = jax.typing.ArrayLike

_NEWTON = 6


@functools.cache
def _half_line(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes s and weights of int_0^inf exp(-D(s)) ds."""
    u = np.linspace(-3.8, 3.7, nodes)
    s = np.exp(u - np.exp(-u))
    return s, (u[1] - u[0]) * s * (1 + np.exp(-u))


def log_half_line(drop, slope, scale: jax.Array, *at: jax.Array, nodes: int = 120) -> jax.Array:
    """log int_0^inf exp(-drop(s)) ds for a convex drop, from a rough scale on which it is 1.

    Arrays have a last axis of one, along which the nodes are laid. Where the integrand has a layer
    at 0 that is thinner than the scale, the nodes must be more: they thin out towards 0.
    """
    fixed = lax.stop_gradient(at)  # the integral does not depend on the scale of its nodes
    scale = lax.stop_gradient(scale)
    scale = lax.fori_loop(
        0, _NEWTON, lambda _, c: c - (drop(c, *fixed) - 1) / slope(c, *fixed), scale
    )
    s, weights = _half_line(nodes)
    return jnp.log(jnp.sum(scale * weights * jnp.exp(-drop(scale * s, *at)), axis=-1))


def _floats(*values: Value) -> list[jax.Array]:
    return list(jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in values)))


def log_gamma_kernel(x: Value, a: Value) -> jax.Array:
    """log of x^a e^-x/Gamma(a), the density of log X for X ~ Gamma(a)."""
    x, a = _floats(x, a)
    return 0.5 * jnp.log(a / (2 * math.pi)) - stirling_error(a) - deviance(a, x)


def log_beta_kernel(x: Value, y: Value, a: Value, b: Value) -> jax.Array:
    """log of x^a y^b/B(a, b), y = 1 - x, the density of log(X/(1 - X)) for X ~ Beta(a, b)."""
    x, y, a, b = _floats(x, y, a, b)
    n = a + b
    size = 0.5 * jnp.log(a / n * b / (2 * math.pi))
    departure = deviance(jnp.stack([a, b]), jnp.stack([n * x, n * y]))
    return size + _beta_stirling(a, b) - jnp.sum(departure, axis=0)


def log_beta(a: Value, b: Value) -> jax.Array:
    """log B(a, b), without the cancellation of three log Gammas."""
    a, b = _floats(a, b)
    a, b = jnp.minimum(a, b), jnp.maximum(a, b)
    powers = (a - 0.5) * jnp.log(a / (a + b)) - b * jnp.log1p(a / b) - 0.5 * jnp.log(b)
    return 0.5 * math.log(2 * math.pi) + powers - _beta_stirling(a, b)


def _beta_stirling(a: jax.Array, b: jax.Array) -> jax.Array:
    of_a, of_b, of_sum = stirling_error(jnp.stack([a, b, a + b]))
    return of_sum - of_a - of_b


def both_tails(side: jax.Array, lower: jax.Array, inside: jax.Array, past: jax.Array):
    """Logarithms of the tails below and above, from that of the one that was integrated.

    Outside the support the tails are 1 and 0 past its upper end, else 0 and 1.
    """
    low = jnp.where(side < -0.5, side, -0.5)  # not minimum, whose slope at the tie is one half
    high = jnp.where(side < -0.5, -0.5, side)
    high = jnp.minimum(high, -1e-300)  # at 0 the slope of log(1 - e^v) is infinite
    other = jnp.where(side < -0.5, log1p(-jnp.exp(low)), jnp.log(-jnp.expm1(high)))
    below, above = jnp.where(lower, side, other), jnp.where(lower, other, side)
    zero = jnp.full_like(side, -jnp.inf)
    below = jnp.where(inside, below, jnp.where(past, 0.0, zero))
    return below, jnp.where(inside, above, jnp.where(past, zero, 0.0))


def _gamma_drop(s, x, a, side):
    t = side * jnp.where(side > 0, jnp.minimum(s, 700.0), s)  # exp(700) is finite
    return x * (jnp.expm1(t) - t) + (x - a) * t


def _gamma_slope(s, x, a, side):
    return side * (x * jnp.exp(side * s) - a)


@jax.jit
def log_gamma_tails(x: Value, a: Value) -> tuple[jax.Array, jax.Array]:
    """log P(X <= x) and log P(X > x), X ~ Gamma(a), x >= 0."""
    x, a = _floats(x, a)
    inside = (x > 0) & (x < jnp.inf)
    z, a = jnp.where(inside, x, 1.0)[..., None], a[..., None]
    lower = z < jnp.maximum(a, 1.0)  # not z < a: for a << z << 1 the upper tail has a plateau
    far = jnp.abs(z - a)
    scale = 2 / (far + jnp.sqrt(far**2 + 2 * z))
    below = jnp.where(z > a, (1 + z) / a, jnp.minimum(scale, (1 + z) / a))
    above = jnp.minimum(scale, jnp.log1p((1 + a * scale) / z))
    side = jnp.where(lower, -1.0, 1.0)
    scale = jnp.where(lower, below, above)
    tail = (
        log_half_line(_gamma_drop, _gamma_slope, scale, z, a, side) + log_gamma_kernel(z, a)[..., 0]
    )
    return both_tails(tail, lower[..., 0], inside, x > 0)


def _beta_drop(s, x, y, a, b):
    # b s + (a + b) log(x + y e^-s) in the form whose terms do not cancel
    up = jnp.minimum(s, 700.0)
    short = b * s + (a + b) * log1p(y * jnp.expm1(-s))
    return jnp.where(b > jnp.maximum(a, 1), (a + b) * jnp.log1p(x * jnp.expm1(up)) - a * up, short)


def _beta_slope(s, x, y, a, b):
    return (a + b) * x / (x + y * jnp.exp(-s)) - a


@jax.jit
def log_beta_tails(x: Value, y: Value, a: Value, b: Value) -> tuple[jax.Array, jax.Array]:
    """log P(X <= x) and log P(X > x), X ~ Beta(a, b), for 0 <= x = 1 - y <= 1."""
    x, y, a, b = _floats(x, y, a, b)
    inside = (x > 0) & (y > 0)
    z, w = (jnp.where(inside, v, 0.5)[..., None] for v in (x, y))
    a, b = a[..., None], b[..., None]
    lower = z * jnp.maximum(b, 1) < w * jnp.maximum(a, 1)
    # the tail below x is the one above 1 - x of Beta(b, a)
    z, w, a, b = (jnp.where(lower, p, q) for p, q in ((w, z), (z, w), (b, a), (a, b)))
    far, n = (a + b) * z - a, a + b
    most = (1 - n * jnp.log(z)) / b
    scale = 2 / (jnp.abs(far) + jnp.sqrt(far**2 + 2 * n * z * w))
    scale = jnp.where(far < 0, most, jnp.minimum(scale, most))
    tail = (
        log_half_line(_beta_drop, _beta_slope, scale, z, w, a, b)
        + log_beta_kernel(z, w, a, b)[..., 0]
    )
    return both_tails(tail, lower[..., 0], inside, x > 0)


def first_term(x: jax.Array, power: jax.Array, log_size: jax.Array) -> jax.Array:
    """size x^power where x = 0, whose slope is 0, size or infinite: powers above 1, of 1, below."""
    counts = power <= 1  # else the size, which may leave the floats, does not matter
    size = jnp.where(counts, jnp.exp(jnp.where(counts, log_size, 0.0)), 0.0)
    return size * jnp.where(x == 0, x, 1.0) ** power


@jax.jit
def gamma_shares(x: Value, a: Value) -> tuple[jax.Array, jax.Array]:
    """P(X <= x) and P(X > x), X ~ Gamma(a), x >= 0, with their slopes to the right at x = 0.

    There the logarithms of :func:`log_gamma_tails` have none; the first term of the series has.
    """
    # before a is broadcast: XLA takes a pass for each operation that it lifts out of a broadcast,
    # and of a long polynomial says that it is "stuck in a circular simplification loop"
    log_size = -loggamma(jnp.asarray(a, float) + 1)
    x, a = _floats(x, a)
    below, above = log_gamma_tails(x, a)
    first = first_term(x, a, log_size)
    return jnp.where(x == 0, first, jnp.exp(below)), jnp.where(x == 0, 1 - first, jnp.exp(above))


@jax.jit
def beta_shares(x: Value, y: Value, a: Value, b: Value) -> tuple[jax.Array, jax.Array]:
    """P(X <= x) and P(X > x), X ~ Beta(a, b), 0 <= x = 1 - y <= 1, with slopes at both ends."""
    x, y, a, b = _floats(x, y, a, b)
    below, above = (jnp.exp(v) for v in log_beta_tails(x, y, a, b))
    size = log_beta(a, b)
    first, last = first_term(x, a, -size - jnp.log(a)), first_term(y, b, -size - jnp.log(b))
    below = jnp.where(x == 0, first, jnp.where(y == 0, 1 - last, below))
    return below, jnp.where(x == 0, 1 - first, jnp.where(y == 0, last, above))
