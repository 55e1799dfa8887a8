"""Linear functions over F_q: the law of the rank, and what it says of an interpolating rule."""

import jax
import jax.numpy as jnp

from theory import closed_form
from theory.generalization_measures.params import BELOW_HALF_THE_GAP, FIELD, Count, Order, Precision

TERMS, FACTORS = 32, 64  # q^(-j^2) and q^-i are below rounding beyond
AT = {"q": 3, "n": 5, "D": 6, "s": 4, "v": 2, "k": 4, "eps": 0.1, "b": 0.5}


def log_factors(q, m):
    """sum_{i=1}^m log(1 - q^-i), the logarithm of the q-Pochhammer symbol (1/q; 1/q)_m."""
    i = jnp.arange(1.0, FACTORS + 1)
    terms = jnp.log1p(-jnp.exp(-i * jnp.log(q)[..., None]))
    return jnp.sum(jnp.where(i <= m[..., None], terms, 0.0), axis=-1)


def ranks(q, n, D):
    """(P(rank = k), D - k) on a last axis over the coranks 0 .. TERMS - 1 of a uniform n x D."""
    q, n, D = (x[..., None] for x in jnp.broadcast_arrays(*(jnp.asarray(x, float) for x in
                                                            (q, n, D))))  # fmt: skip
    low, high = jnp.minimum(n, D), jnp.maximum(n, D)
    j = jnp.minimum(jnp.arange(0.0, TERMS), low)
    logs = log_factors(q, n) + log_factors(q, D) - log_factors(q, low - j)
    logs -= log_factors(q, j) + log_factors(q, j + high - low)
    chance = jnp.exp(logs - j * (j + high - low) * jnp.log(q))
    return jnp.where(jnp.arange(0, TERMS) <= low, chance, 0.0), D - low + j


def half(x):
    """min(x, 1 - x): the failure of the better guess among two, one of chance x."""
    return jnp.minimum(x, 1 - x)


def mean_over_ranks(f, q, n, D):
    """E f(1/t), t = q^(D - rank) the number of consistent linear functions."""
    chance, missing = ranks(q, n, D)
    return jnp.sum(chance * f(jnp.exp(-missing * jnp.log(jnp.asarray(q, float))[..., None])), -1)


@closed_form(example=AT, q=FIELD, k=("is above n or D", lambda k, n, D: k <= jnp.minimum(n, D)))
@jax.jit
def rank_probability(q: Order, n: Count, D: Count, k: Count):
    """P(rank k), k >= 1: q^-(n-k)(D-k) prod_{i<k} (1-q^(i-n))(1-q^(i-D))/(1-q^(i-k)), n x D."""
    q, n, D, k = (jnp.asarray(x, float) for x in (q, n, D, k))
    logs = log_factors(q, n) + log_factors(q, D) - log_factors(q, k)
    logs -= log_factors(q, n - k) + log_factors(q, D - k)
    return jnp.exp(logs - (n - k) * (D - k) * jnp.log(q))


@closed_form(example=AT, q=FIELD)
@jax.jit
def subspace_accuracy(q: Order, n: Count, D: Count):
    """P(L = 0) = E[1/t], t = q^(D - rank), of any interpolating rule; target uniform on F_q^D."""
    return mean_over_ranks(lambda share: share, q, n, D)


@closed_form(example=AT, q=FIELD, eps=BELOW_HALF_THE_GAP)
@jax.jit
def subspace_failure(q: Order, n: Count, D: Count, eps: Precision = 0.1):
    """delta*(eps) = E min(1/t, 1 - 1/t): no estimator E has a smaller P(|E - L| >= eps).

    The same for all eps below half the loss gap 1 - 1/q.
    """
    del eps
    return mean_over_ranks(half, q, n, D)


@closed_form(example=AT, q=FIELD)
@jax.jit
def subspace_variance(q: Order, n: Count, D: Count):
    """min_E E(E - L)^2 = E var(L | S) = (1 - 1/q)^2 E[(1/t)(1 - 1/t)]."""
    return (1 - 1 / q) ** 2 * mean_over_ranks(lambda share: share * (1 - share), q, n, D)


@closed_form(example=AT, q=FIELD)
@jax.jit
def theta(q: Order):
    """Theta(q) = sum_{k>=0} (-1)^k q^(-k(k+1)/2) = 1 - 1/q + 1/q^3 - 1/q^6 + ..."""
    k = jnp.arange(0.0, 12)
    powers = jnp.exp(-k * (k + 1) / 2 * jnp.log(jnp.asarray(q, float))[..., None])
    return jnp.sum((-1.0) ** k * powers, axis=-1)
