"""The binary relative entropy kl(q||p) and its inverses, accurate from 1e-16 to 1 - 1e-16.

JAX code works with x = logit(p): p = 1/(1 + e^-x), 1 - p = 1/(1 + e^x). Then kl(q||p) is convex
in x with derivative p - q, and a bound that is 1 to every digit is still a finite x.
"""

import jax
import jax.numpy as jnp

from theory import Scalar, log1p, where

NEWTON_STEPS = 16
"""Safeguarded Newton steps of :func:`kl_inverse`; the worst drawn case needed 11."""

_LARGEST = 1e30  # complexities beyond (an impossible prompt has an infinite one) mean the bound 1


def binary_kl(q: Scalar, p: Scalar) -> Scalar:
    """kl(q||p) = q ln(q/p) + (1 - q) ln((1 - q)/(1 - p)), with 0 ln 0 = 0.

    For q in [0, 1] and p in (0, 1), on every evaluator. Written with log1p of the gap p - q, so
    that near p = q only the gap's own rounding remains.
    """
    inner_q = where(q > 0, q, 1)
    inner_rest = where(q < 1, 1 - q, 1)
    return -where(q > 0, q * log1p((p - q) / inner_q), 0) - where(
        q < 1, (1 - q) * log1p((q - p) / inner_rest), 0
    )


def binary_kl_interior(q: Scalar, p: Scalar) -> Scalar:
    """:func:`binary_kl` for q strictly inside (0, 1): no branch, for symbolic work and proofs."""
    return -q * log1p((p - q) / q) - (1 - q) * log1p((q - p) / (1 - q))


def kl_at_logit(q: Scalar, x: Scalar) -> jax.Array:
    """kl(q || 1/(1 + e^-x)) for q in [0, 1] and any real x; JAX arrays that broadcast."""
    p, rest = jax.nn.sigmoid(x), jax.nn.sigmoid(-x)
    gap = jnp.where(x > 0, (1 - q) - rest, p - q)  # the subtraction of two small numbers
    safe_q, safe_rest = jnp.where(q > 0, q, 1.0), jnp.where(q < 1, 1 - q, 1.0)
    # log1p near p = q; further off the logarithms do not cancel, and p or 1 - p may underflow
    low = jnp.where(
        gap > -q / 2,
        log1p(jnp.maximum(gap, -q / 2) / safe_q),
        -jax.nn.softplus(-x) - jnp.log(safe_q),
    )
    high = jnp.where(
        gap < (1 - q) / 2,
        log1p(-jnp.minimum(gap, (1 - q) / 2) / safe_rest),
        -jax.nn.softplus(x) - jnp.log(safe_rest),
    )
    return -jnp.where(q > 0, q * low, 0.0) - jnp.where(q < 1, (1 - q) * high, 0.0)


def logit(p: Scalar) -> jax.Array:
    """ln(p/(1 - p)); -inf at 0, inf at 1."""
    return jnp.log(p) - log1p(-p)


def _entropy(q: Scalar) -> jax.Array:
    """-q ln q - (1 - q) ln(1 - q) for q in [0, 1]."""
    return -jnp.where(q > 0, q * jnp.log(jnp.where(q > 0, q, 1.0)), 0.0) - jnp.where(
        q < 1, (1 - q) * log1p(-jnp.where(q < 1, q, 0.0)), 0.0
    )


def kl_inverse_logit(q: Scalar, budget: Scalar) -> jax.Array:
    """logit of sup{p : kl(q||p) <= budget} for 0 < q < 1 and budget > 0.

    Newton's method on the convex x -> kl(q||1/(1 + e^-x)) - budget, whose derivative is p - q,
    kept inside a bracket, :data:`NEWTON_STEPS` steps. The right end of the bracket,
    (budget + H(q))/(1 - q), follows from ln(1 + e^x) >= x.
    """
    low = logit(q)
    high = (budget + _entropy(q)) / (1 - q)
    guess = q + jnp.sqrt(2 * q * (1 - q) * budget) + (2 / 3) * (1 - 2 * q) * budget
    usable = (guess > q) & (guess < 1)
    start = jnp.where(usable, logit(jnp.where(usable, guess, 0.5)), high)
    start = jnp.clip(start, low, high)

    def step(_, state):
        x, low, high = state
        excess = kl_at_logit(q, x) - budget
        low, high = jnp.where(excess < 0, x, low), jnp.where(excess < 0, high, x)
        slope = jnp.where(x > 0, (1 - q) - jax.nn.sigmoid(-x), jax.nn.sigmoid(x) - q)
        newton = x - excess / jnp.where(slope > 0, slope, 1.0)
        inside = (slope > 0) & (newton >= low) & (newton <= high)
        return jnp.where(inside, newton, 0.5 * (low + high)), low, high

    return jax.lax.fori_loop(0, NEWTON_STEPS, step, (start, low, high))[0]


@jax.custom_jvp
def _kl_inverse(q: Scalar, budget: Scalar) -> jax.Array:
    interior = (q > 0) & (q < 1) & (budget > 0)
    safe_q = jnp.where(interior, q, 0.5)
    safe_budget = jnp.where(interior, jnp.minimum(budget, _LARGEST), 1.0)
    p = jnp.maximum(jax.nn.sigmoid(kl_inverse_logit(safe_q, safe_budget)), q)
    at_zero = -jnp.expm1(-jnp.maximum(budget, 0.0))
    return jnp.where(interior, p, jnp.where((q <= 0) & (budget > 0), at_zero, q))


@_kl_inverse.defjvp
def _(primals, tangents):
    q, budget = primals
    dq, dbudget = tangents
    p = _kl_inverse(q, budget)
    # implicit differentiation of kl(q||p) = budget:  d kl/dp = (p - q)/(p (1 - p)),
    # d kl/dq = logit(q) - logit(p)
    gap = p - q
    inverse_slope = jnp.where(gap > 0, p * (1 - p) / jnp.where(gap > 0, gap, 1.0), jnp.inf)
    inverse_slope = jnp.where(q <= 0, jnp.exp(-budget), inverse_slope)
    interior = (q > 0) & (q < 1) & (p < 1)
    safe_q, safe_p = jnp.where(interior, q, 0.5), jnp.where(interior, p, 0.5)
    by_q = jnp.where(interior, (logit(safe_p) - logit(safe_q)) * inverse_slope, 0.0)
    return p, inverse_slope * dbudget + by_q * dq


@jax.jit
def kl_inverse(q: Scalar, budget: Scalar) -> jax.Array:
    """kl^-1(q, C) = sup{p >= q : kl(q||p) <= C}, elementwise; JAX only.

    q in [0, 1], C >= 0 (infinity gives 1). At q = 0 it is 1 - e^-C, at q = 1 it is 1. Absolute
    error a few eps. Differentiable in both arguments where C > 0, but for q = 0, where the
    derivative in q is infinite and 0 is returned.
    """
    q, budget = jnp.broadcast_arrays(jnp.asarray(q, float), jnp.asarray(budget, float))
    return _kl_inverse(q, budget)


@jax.jit
def kl_smallest_rate(p: Scalar, budget: Scalar) -> jax.Array:
    """inf{q <= p : kl(q||p) <= C}, elementwise, p in (0, 1), C >= 0; JAX only.

    The inverse in the *first* argument: how far a training error can fall below its mean p.
    0 where C >= -ln(1 - p). By 60 halvings of [0, p].
    """
    p, budget = jnp.broadcast_arrays(jnp.asarray(p, float), jnp.asarray(budget, float))

    def step(_, ends):
        low, high = ends
        middle = 0.5 * (low + high)
        outside = binary_kl(middle, p) > budget
        return jnp.where(outside, middle, low), jnp.where(outside, high, middle)

    _, high = jax.lax.fori_loop(0, 60, step, (jnp.zeros_like(p), p))
    return jnp.where(-log1p(-p) <= budget, 0.0, high)
