"""The inverses of the binary relative entropy kl(q||p), accurate from 1e-16 to 1 - 1e-16.

The right inverse works with x = logit(p): p = 1/(1 + e^-x), 1 - p = 1/(1 + e^x). Then kl(q||p) is
convex in x with derivative p - q, and a bound that is 1 to every digit is still a finite x. Its
loops over millions of certificates have a logarithm of their own: XLA's costs 3.7 ns a number on
one core where this one costs 1.5, with no branch for zeros, infinities and denormals.
"""

from collections.abc import Callable
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero

from theory._closed_form import closed_form
from theory._fields import Ge, Gt, Le, Lt
from theory._formula import Scalar
from theory._information import binary_kl
from theory._roots import root
from theory._special import log1p

__all__ = ["kl_inverse", "kl_smallest_rate"]

Nats = Annotated[Scalar, Ge(0)]

INVERSE_STEPS = 3
"""Steps of order five in :func:`kl_inverse`: the first leaves 2.5e-4, the second 5e-15."""

MANY = 2048
"""Fewer numbers than this are not worth the longer compilation of unrolled loops."""

_BLOCK = 16_384  # numbers worked on at a time
_SMALLEST = 1e-290  # rates below count as 0: q ln(1/q) is under the last digit of anything
_LARGEST = 1e30  # complexities beyond (an impossible prompt has an infinite one) mean the bound 1

_ROOT_HALF_BITS = 0x3FE6A09E667F3BCD  # of sqrt(1/2)
_TO_FLOAT_BITS, _TO_FLOAT = 0x4338000000000000, 6755399441055744.0  # 1.5 2^52
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
# (atanh(z)/z - 1)/z^2 in powers of z^2, highest first: Chebyshev's on |z| <= 0.1717, to 5e-15
_ATANH = (
    0.06544357277482298, 0.06634286646865802, 0.07693123585296671, 0.09090897751367123,
    0.11111111196500355, 0.14285714285398965, 0.20000000000000442, 0.3333333333333333,
)  # fmt: skip


def fast_log(s: Scalar) -> jax.Array:
    """ln s to 3e-16 of its value (1e-16 absolutely near 1), for normal positive float64.

    s = 2^e f with f in [sqrt(1/2), sqrt 2), and ln f = 2 atanh((f - 1)/(f + 1)).
    """
    bits = jax.lax.bitcast_convert_type(s, jnp.int64)
    exponent = (bits - _ROOT_HALF_BITS) >> 52
    fraction = jax.lax.bitcast_convert_type(bits - (exponent << 52), jnp.float64)
    # an integer to a float by its bits: the conversion itself is not vectorised
    e = jax.lax.bitcast_convert_type(exponent + _TO_FLOAT_BITS, jnp.float64) - _TO_FLOAT
    z = (fraction - 1) / (fraction + 1)
    square, rest = z * z, jnp.zeros_like(z)
    for coefficient in _ATANH:
        rest = rest * square + coefficient
    return e * _LN2_HIGH + (2 * z + (2 * z * square * rest + e * _LN2_LOW))


def fast_log1p(y: Scalar, one: Scalar) -> jax.Array:
    """ln(1 + y) to 4e-16 of its value for finite y > -1 that are not denormal; ``one`` is 1.

    ln(s) for s = 1 + y as rounded, with what the rounding lost. XLA would cancel (1 + y) - 1, and
    cannot where the 1 is a value (``1 + 0 * y``).
    """
    s = one + y
    return fast_log(s) + (y - (s - one)) / s


class RightOf(NamedTuple):
    """kl(q||p) at p = 1/(1 + e^-x) >= q: its value, p, 1 - p and p - q, none by cancellation."""

    kl: jax.Array
    p: jax.Array
    rest: jax.Array
    gap: jax.Array


def kl_right_of(q: Scalar, log_rest: Scalar, x: Scalar) -> RightOf:
    """kl and its parts for 0 < q < 1 and x >= logit(q); ``log_rest`` is ln(1 - q)."""
    one, rest_q = 1 + 0 * q, 1 - q
    small = jnp.exp(-jnp.abs(x))
    larger = 1 / (1 + small)
    p, rest = (jnp.where(x > 0, a, b) for a, b in ((larger, small * larger),
                                                   (small * larger, larger)))  # fmt: skip
    gap = jnp.maximum(jnp.where(x > 0, rest_q - rest, p - q), 0.0)
    # ln((1-p)/(1-q)): near p = q from the gap; 1 - p underflows at x = 745
    near, y = gap < rest_q / 4, -gap / rest_q
    share = jnp.where(near, one + y, jnp.where(x < 600, rest, rest_q) / rest_q)
    high = fast_log(share) + jnp.where(near, (y - (share - one)) / share, 0.0)
    high = jnp.where(x < 600, high, -x - log_rest)
    return RightOf(-(q * fast_log1p(gap / q, one) + rest_q * high), p, rest, gap)


def inverse_series(u: Scalar, a2: Scalar, a3: Scalar, a4: Scalar) -> jax.Array:
    """The root d of u = d + a2 d^2 + a3 d^3 + a4 d^4, to order u^4 (series inversion)."""
    square = a2 * a2
    return u * (1 - u * (a2 - u * (2 * square - a3 - u * (5 * a2 * (square - a3) + a4))))


def kl_inverse_logit(q: Scalar, budget: Scalar, steps: int = INVERSE_STEPS) -> jax.Array:
    """logit of sup{p : kl(q||p) <= budget} for 0 < q < 1 and budget > 0.

    In x = logit(p) all derivatives are at hand: (p - q)' = p (1 - p) and so on. So each of the
    ``steps`` solves the Taylor polynomial of fourth order at no more cost than Newton's. They
    start from the expansion of the bound in the budget, or from the right end
    (budget + H(q))/(1 - q) of the bracket, which follows from ln(1 + e^x) >= x.
    """
    log_q, log_rest = fast_log(q), fast_log1p(-q, 1 + 0 * q)
    low = log_q - log_rest
    high = (budget - q * log_q - (1 - q) * log_rest) / (1 - q)
    root = jnp.sqrt(2 * q * (1 - q) * budget)
    second = (2 / 3) * (1 - 2 * q) * budget
    # q + root + second: not where it leaves (0, 1), nor where its terms cancel
    usable = (q + root + second < 1) & (second > -0.5 * root)
    guess = jnp.where(usable, q + root + second, 0.5)
    x = jnp.clip(jnp.where(usable, fast_log(guess / (1 - guess)), high), low, high)

    def improve(_, x):
        here = kl_right_of(q, log_rest, x)
        gap = jnp.where(here.gap > 0, here.gap, 1.0)
        u, slope = (budget - here.kl) / gap, here.p * here.rest / gap
        curved = slope * here.p * here.rest
        series = inverse_series(
            u, slope / 2, slope * (1 - 2 * here.p) / 6, (slope - 6 * curved) / 24
        )
        # far off only Newton's step is sure: the function is convex
        step = jnp.where(jnp.abs(slope * u) < 0.5, series, u)
        return jnp.clip(x + jnp.where(here.gap > 0, step, 0.0), low, high)

    return jax.lax.fori_loop(0, steps, improve, x, unroll=q.size >= MANY)


def in_blocks(function: Callable[..., jax.Array], *arrays: jax.Array) -> jax.Array:
    """``function`` of arrays of one shape, elementwise, in blocks that stay in the cache."""
    first = arrays[0]
    if first.size <= _BLOCK:
        return function(*arrays)
    count = -(-first.size // _BLOCK)
    spare = count * _BLOCK - first.size
    blocks = tuple(jnp.pad(a.ravel(), (0, spare)).reshape(count, _BLOCK) for a in arrays)
    found = jax.lax.map(lambda block: function(*block), blocks)
    return found.ravel()[: first.size].reshape(first.shape)


@jax.custom_jvp
def _kl_inverse(q: Scalar, budget: Scalar) -> jax.Array:
    def at(q, budget):
        interior = (q > _SMALLEST) & (q < 1) & (budget > 0)
        safe_q = jnp.where(interior, q, 0.5)
        safe_budget = jnp.where(interior, jnp.minimum(budget, _LARGEST), 1.0)
        p = jnp.maximum(jax.nn.sigmoid(kl_inverse_logit(safe_q, safe_budget)), q)
        at_zero = -jnp.expm1(-jnp.maximum(budget, 0.0))
        return jnp.where(interior, p, jnp.where((q <= _SMALLEST) & (budget > 0), at_zero, q))

    return in_blocks(at, q, budget)


def _inverse_slopes(q: jax.Array, budget: jax.Array, p: jax.Array) -> tuple[jax.Array, jax.Array]:
    """dp/dq and dp/dC of p = kl^-1(q, C), by implicit differentiation of kl(q||p) = C:

    d kl/dp = (p - q)/(p (1 - p)),  d kl/dq = logit(q) - logit(p).
    """
    inside = (q > _SMALLEST) & (q < 1) & (budget > 0)
    safe_q = jnp.where(inside, q, 0.5)
    safe_budget = jnp.where(inside, budget, 1.0)
    safe_p = jnp.where(inside, p, 0.75)
    # a small gap by its expansion: p - q would cancel
    spread = safe_q * (1 - safe_q)
    root = jnp.sqrt(2 * safe_budget / spread)
    gap = jnp.where(
        safe_budget < 1e-10 * spread,
        spread * root * (1 + (1 - 2 * safe_q) * root / 3),
        safe_p - safe_q,
    )
    slope = safe_p * (1 - safe_p) / gap
    below = safe_p < 1  # at 1 to rounding nothing moves
    step = jnp.where(below, gap, 0.5 * (1 - safe_q))
    turn = log1p(step / safe_q) - log1p(-step / (1 - safe_q))  # logit(p) - logit(q)
    by_q = jnp.where(below, turn * slope, 0.0)
    # the ends: p = 1 - e^-C at q = 0, p = 1 at q = 1, p = q and an infinite slope at C = 0
    at_zero = (q <= _SMALLEST) & (budget > 0)
    by_q = jnp.where(inside, by_q, jnp.where(at_zero, jnp.inf, jnp.where(budget > 0, 0.0, 1.0)))
    by_c = jnp.where(q <= _SMALLEST, jnp.exp(-budget), jnp.where(q < 1, jnp.inf, 0.0))
    return by_q, jnp.where(inside, slope, by_c)


def _kl_inverse_jvp(primals, tangents):
    q, budget = primals
    p = _kl_inverse(q, budget)
    pairs = zip(_inverse_slopes(q, budget, p), tangents, strict=True)
    # an infinite slope times no change is no change
    parts = [slope * dx for slope, dx in pairs if not isinstance(dx, SymbolicZero)]
    return p, sum(parts, jnp.zeros_like(p))


_kl_inverse.defjvp(_kl_inverse_jvp, symbolic_zeros=True)


@closed_form
@jax.jit
def kl_inverse(q: Annotated[Scalar, Ge(0), Le(1)], budget: Nats) -> jax.Array:
    """kl^-1(q, C) = sup{p >= q : kl(q||p) <= C}, elementwise; JAX only.

    q in [0, 1], C >= 0 (infinity gives 1). At q = 0 it is 1 - e^-C, at q = 1 it is 1. Absolute
    error a few eps. Differentiable in both arguments, with the limits at the ends: infinite in C
    at C = 0 < q < 1 and in q at q = 0, and 0 at q = 1.
    """
    q, budget = jnp.broadcast_arrays(jnp.asarray(q, float), jnp.asarray(budget, float))
    return _kl_inverse(q, budget)


@closed_form
@jax.jit
def kl_smallest_rate(p: Annotated[Scalar, Gt(0), Lt(1)], budget: Nats) -> jax.Array:
    """inf{q <= p : kl(q||p) <= C}, elementwise, p in (0, 1), C >= 0; JAX only.

    The inverse in the *first* argument: how far a training error can fall below its mean p.
    0 where C >= -ln(1 - p). Differentiable in both, with an infinite slope in C at C = 0.
    """
    p, budget = jnp.broadcast_arrays(jnp.asarray(p, float), jnp.asarray(budget, float))
    most, spread = -log1p(-p), p * (1 - p)
    small = budget < 1e-14 * spread  # there p - q would cancel, and is sqrt(2 spread C)
    inside = ~small & (budget < most)
    mean, nats = jnp.where(inside, p, 0.5), jnp.where(inside, budget, 0.1)
    q = root(lambda q: binary_kl.__wrapped__(q, mean) - nats, 0 * p, mean)
    near = p - jnp.sqrt(2 * spread) * jnp.sqrt(jnp.where(small, budget, 1.0))
    return jnp.where(inside, q, jnp.where(small, near, 0.0))
