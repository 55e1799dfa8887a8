"""The smallest of many independent training errors: what searching random labels finds."""

import math
from typing import Annotated

import jax
import jax.numpy as jnp

from theory import Ge, Lt, Scalar, closed_form
from theory.pac_bayes_prompts._binary_kl import kl_inverse, kl_smallest_rate, logit
from theory.pac_bayes_prompts._binomial import log_binomial_cdf, log_pmf
from theory.pac_bayes_prompts._domains import CountedSize, Risk

_NEGLIGIBLE = 40.0  # counts whose terms differ from 0 or 1 by less than e^-40 are not summed
_CHUNK = 256


def _sums(n: jax.Array, p: jax.Array, hypotheses: jax.Array) -> jax.Array:
    """The value and its derivatives in p and |H|, a chunk of counts at a time; scalars."""
    # Chernoff's bound: P(Bin <= k) < e^-40/|H| below the window, P(Bin > k) < e^-40 above it
    first = jnp.floor(n * kl_smallest_rate.__wrapped__(p, (jnp.log(hypotheses) + _NEGLIGIBLE) / n))
    last = jnp.minimum(jnp.ceil(n * kl_inverse.__wrapped__(p, _NEGLIGIBLE / n)), n - 1)
    offsets = jnp.arange(_CHUNK, dtype=float)

    def add(i, total):
        k = first + _CHUNK * i + offsets
        inside = k <= last
        k = jnp.where(inside, k, 0.0)
        log_cdf = log_binomial_cdf.__wrapped__(k, n, p)
        log_survival = jnp.log(-jnp.expm1(jnp.minimum(log_cdf, -1e-300)))
        # dP(Bin > k)/dp = (n - k) P(Bin = k)/(1 - p)
        log_rise = log_pmf(k, n, logit(p)) + jnp.log((n - k) / (1 - p))
        terms = jnp.stack([
            jnp.exp(hypotheses * log_survival),
            hypotheses * jnp.exp((hypotheses - 1) * log_survival + log_rise),
            jnp.exp(hypotheses * log_survival) * log_survival,
        ])  # fmt: skip
        return total + jnp.sum(jnp.where(inside, terms, 0.0), axis=1)

    chunks = jnp.ceil((last - first + 1) / _CHUNK).astype(int)
    return jax.lax.fori_loop(0, chunks, add, jnp.stack([first, 0 * p, 0 * p])) / n


@jax.custom_jvp
def _smallest(n: jax.Array, p: jax.Array, hypotheses: jax.Array) -> jax.Array:
    return _sums(n, p, hypotheses)[0]


@_smallest.defjvp
def _(primals, tangents):  # n is a count
    value, by_p, by_h = _sums(*primals)
    return value, by_p * tangents[1] + by_h * tangents[2]


@closed_form(example={"n": 50})
@jax.jit
def smallest_of_independent(
    n: CountedSize, risk: Risk, hypotheses: Annotated[Scalar, Ge(1), Lt(math.inf)]
) -> jax.Array:
    """E[min of |H| independent Bin(n, p)]/n = (1/n) sum_{k < n} P(Bin(n, p) > k)^|H|; JAX only.

    Every n: only the counts at which P(Bin <= k) lies between e^-40/|H| and 1 - e^-40 are summed,
    sqrt(320 n) of them at most for few hypotheses.
    """
    arrays = (jnp.asarray(a, float) for a in (n, risk, hypotheses))
    return jnp.vectorize(_smallest)(*arrays)
