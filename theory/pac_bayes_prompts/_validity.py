"""Exact coverage: how often a bound is broken at one prompt, and ever along the sample."""

import functools
import operator
from collections.abc import Iterable
from typing import Annotated, SupportsIndex

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import (
    Because,
    Ge,
    Le,
    ParameterError,
    Scalar,
    Whole,
    closed_form,
    gamma,
    log1p,
    pi,
    power,
    rational,
)
from theory.pac_bayes_prompts._binary_kl import binary_kl, kl_smallest_rate
from theory.pac_bayes_prompts._binomial import log_binomial_cdf, log_pmf, logit
from theory.pac_bayes_prompts._bounds import CATALOGUE, summary_formula
from theory.pac_bayes_prompts._constants import log_redundancy, log_regret, log_xi
from theory.pac_bayes_prompts._domains import (
    K_WITHIN,
    CountedSize,
    Errors,
    Nats,
    Rate,
    Real,
    Risk,
    Size,
)
from theory.pac_bayes_prompts._params import SETTING

_FUNCTIONS = {key: bound.function for key, bound in CATALOGUE.items()} | {
    "summary_formula": summary_formula
}


def known_bound(key: str, allowed: Iterable[str]) -> None:
    """Raises ParameterError naming what is allowed."""
    allowed = tuple(allowed)
    if key not in allowed:
        raise ParameterError(f"{SETTING}: no bound {key!r}; there are {', '.join(allowed)}")


@closed_form(example={"key": "occam_kl"})
def critical_counts(key: str, risk: Risk, complexity: Nats, n: CountedSize) -> jax.Array:
    """k*, the largest error count whose bound lies under the risk (-1 if none does).

    ``key`` names a bound of the catalogue (or ``"summary_formula"``); the others broadcast. By
    bisection on k until nothing is left between the ends, at any n: a bound grows with k as long
    as it is below 1.
    """
    known_bound(key, _FUNCTIONS)
    return _critical_counts(key, risk, complexity, n)


@functools.partial(jax.jit, static_argnames="key")
def _critical_counts(key: str, risk: Scalar, complexity: Scalar, n: Scalar) -> jax.Array:
    bound = _FUNCTIONS[key].__wrapped__
    risk, complexity, n = jnp.broadcast_arrays(
        *(jnp.asarray(a, float) for a in (risk, complexity, n))
    )

    def unsettled(ends):
        low, high = ends
        return jnp.any(high - low > 1)

    def halve(ends):
        low, high = ends  # bound(low) < risk <= bound(high), with low = -1 and high = n + 1 open
        middle = jnp.floor((low + high) / 2)
        broken = (bound(jnp.clip(middle, 0, n), n, complexity) < risk) & (middle <= n)
        done = high - low <= 1
        low = jnp.where(broken & ~done, middle, low)
        return low, jnp.where(broken | done, high, middle)

    low, _ = jax.lax.while_loop(unsettled, halve, (jnp.full(risk.shape, -1.0), n + 1.0))
    return low


@closed_form(example={"key": "occam_kl"})
def violation_probabilities(key: str, risk: Risk, complexity: Nats, n: CountedSize) -> jax.Array:
    """v = P(Bin(n, R) <= k*): the exact probability that the bound fails at each prompt."""
    known_bound(key, _FUNCTIONS)
    counts = _critical_counts(key, risk, complexity, n)
    return jnp.exp(log_binomial_cdf.__wrapped__(counts, n, risk))


@closed_form(k=K_WITHIN)
def log_mixture_wealth(k: Errors, n: Size, p: Risk) -> jax.Array:
    """ln [B(k + 1/2, n - k + 1/2)/(pi p^k (1 - p)^(n-k))]: the Beta(1/2, 1/2) e-value; JAX only.

    Its slope in k is infinite at k = 0 and n, that in p where k/p leaves the floats.
    """
    return n * binary_kl.__wrapped__(k / n, p) - log_redundancy.__wrapped__(k, n)


@closed_form(k=K_WITHIN)
def beta_mixture_wealth(
    k: Errors, n: Annotated[Scalar, Ge(1), Le(169), Whole, Because("Gamma overflows")], p: Risk
) -> Scalar:
    """B(k + 1/2, n - k + 1/2)/(pi p^k (1 - p)^(n-k)) on every evaluator, for n <= 169.

    A martingale in n along Bernoulli(p) points; :func:`log_mixture_wealth` is its logarithm in a
    form that is accurate at any n. Infinite where it leaves the floats.
    """
    half = rational(1, 2)
    mixture = gamma(k + half) * gamma(n - k + half) / (pi * gamma(n + 1))
    return mixture * power(p, -k) * power(1 - p, k - n)


@closed_form(
    k=K_WITHIN,
    beta=(
        "ruins the bettor: it is outside (-1/(1 - m), 1/m)",
        lambda m, beta: (beta * m < 1) & (beta * (1 - m) > -1),
    ),
)
def log_betting_wealth(k: Errors, n: Size, m: Rate, beta: Real) -> Scalar:
    """sum_i ln(1 + beta (X_i - m)) for k ones: k ln(1 + beta (1-m)) + (n-k) ln(1 - beta m)."""
    return k * log1p(beta * (1 - m)) + (n - k) * log1p(-beta * m)


_WEALTHS = {
    "beta_mixture_evalue": log_mixture_wealth.__wrapped__,
    "coin_betting": lambda k, n, p: n * binary_kl.__wrapped__(k / n, p) - log_regret.__wrapped__(n),
    "exact_xi_kl": lambda k, n, p: n * binary_kl.__wrapped__(k / n, p) - log_xi.__wrapped__(n),
}


MOST_STEPS = 10**5


@closed_form(example={"key": "occam_binomial", "steps": 9})
def ever_broken(key: str, risk: Risk, complexity: Nats, steps: SupportsIndex) -> jax.Array:
    """P(some n <= steps has a bound under the risk) for one prompt, by exact dynamic programme.

    ``key``: beta_mixture_evalue, coin_betting, exact_xi_kl, or occam_binomial (Clopper-Pearson
    recomputed at every n, which is not valid at all n at once). The law of the error count among
    the samples that have not failed yet is carried from n to n + 1. Elementwise; cost steps^2.
    """
    known_bound(key, (*_WEALTHS, "occam_binomial"))
    try:
        count = operator.index(steps)
    except TypeError:
        raise ParameterError(f"{SETTING}: steps = {steps} is not a whole number") from None
    if not 1 <= count <= MOST_STEPS:
        raise ParameterError(f"{SETTING}: steps = {steps} is outside [1, {MOST_STEPS}]")
    run = functools.partial(_ever_broken, key, count)
    return jnp.vectorize(run)(jnp.asarray(risk, float), jnp.asarray(complexity, float))


@functools.partial(jax.jit, static_argnums=(0, 1))
def _ever_broken(key: str, steps: int, risk: jax.Array, complexity: jax.Array) -> jax.Array:
    k = jnp.arange(steps + 1.0)

    def shift(law):  # one more point: an error with probability R
        return law * (1 - risk) + jnp.concatenate([jnp.zeros(1), law[:-1]]) * risk

    def step(state, n):
        alive, free, failed = state
        alive, free = shift(alive), shift(free)
        if key == "occam_binomial":
            broken = jnp.log(jnp.cumsum(free)) < -complexity
        else:
            i = jnp.minimum(k, n)
            broken = (_WEALTHS[key](i, n, risk) > complexity) & (i < risk * n)
        broken = broken & (k <= n)
        failed = failed + jnp.sum(jnp.where(broken, alive, 0.0))
        return (jnp.where(broken, 0.0, alive), free, failed), None

    start = jnp.zeros(steps + 1).at[0].set(1.0)
    (_, _, failed), _ = jax.lax.scan(
        step, (start, start, jnp.zeros(())), jnp.arange(1.0, steps + 1)
    )
    return failed


@closed_form(example={"values": np.arange(9.0), "n": 8})
def binomial_expectation(values: Scalar, n: CountedSize, p: Risk) -> jax.Array:
    """E values[k], k ~ Bin(n, p), from a table of values at k = 0..N with N >= n."""
    values = jnp.asarray(values, float)
    if not isinstance(n, Tracer) and np.any(np.asarray(n) >= values.shape[-1]):
        raise ParameterError(f"{SETTING}: n = {n} is not below the length {values.shape[-1]}")
    k = jnp.arange(values.shape[-1], dtype=float)
    n, p = (jnp.asarray(a, float)[..., None] for a in (n, p))
    log_law = log_pmf(jnp.minimum(k, n), n, logit(p))
    return jnp.sum(jnp.where(k <= n, jnp.exp(log_law) * values, 0.0), axis=-1)


@closed_form
def random_label_floor(n: Size, chance: Risk, log_hypotheses: Nats) -> jax.Array:
    """inf{q : kl(q||p) <= ln|H|/n}, under E[min_theta r] if every prompt errs w.p. p; JAX only.

    p = (K - 1)/K for uniformly redrawn labels. From E min r >= -(1/lam) ln sum E e^{-lam r}.
    """
    return kl_smallest_rate.__wrapped__(chance, log_hypotheses / n)
