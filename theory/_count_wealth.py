"""Wealth of bets on counts: the Beta(1/2, 1/2) mixture of Krichevsky and Trofimov, in nats.

Its log wealth against P = p after k ones among n is n kl(k/n||p) less a redundancy that p does not
enter, (1/2) ln(pi n/2) + o(1) inside and the regret at both ends; a wealth of 1/a has probability a
at most, at all n at once (Ville's inequality). Accurate for n up to 1e15.
"""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory._closed_form import Whole, closed_form
from theory._fields import Ge, Gt, Le, Lt
from theory._formula import Scalar, log1p
from theory._special import deviance, stirling_error

__all__ = ["log_betting_wealth", "log_mixture_wealth", "mixture_redundancy", "mixture_regret"]

Ones = Annotated[Scalar, Ge(0)]
Size = Annotated[Scalar, Ge(1), Le(10**15), Whole]
WITHIN = ("is above n", lambda k, n: k <= n)


def _half_stirling_error(m: Scalar) -> Scalar:
    """ln Gamma(m + 1/2) - [m ln m - m + ln sqrt(2 pi)] for m >= 0, with 0 ln 0 = 0."""
    small, large = jnp.where(m < 1, m, 1.0), jnp.maximum(m, 1.0)
    log_small = jnp.log(jnp.where(small > 0, small, jnp.finfo(float).tiny))
    turn = jnp.where(m < 1, small * (jnp.log(small + 0.5) - log_small), large * log1p(0.5 / large))
    return stirling_error(m + 0.5) + turn - 0.5


def _redundancy(k: Scalar, rest: Scalar, n: Scalar) -> Scalar:
    ends = _half_stirling_error(k) + _half_stirling_error(rest)
    return 0.5 * jnp.log(jnp.pi * n / 2) + stirling_error(n) - ends


@closed_form(k=WITHIN)
@jax.jit
def mixture_redundancy(k: Ones, n: Size) -> jax.Array:
    """ln [pi (k/n)^k (1 - k/n)^(n-k) / B(k + 1/2, n - k + 1/2)] for 0 <= k <= n; JAX only."""
    k, n = jnp.asarray(k, float), jnp.asarray(n, float)
    return _redundancy(k, n - k, n)


@closed_form
def mixture_regret(n: Size) -> jax.Array:
    """ln [sqrt(pi) Gamma(n + 1)/Gamma(n + 1/2)], the largest redundancy; JAX only."""
    return mixture_redundancy.__wrapped__(0.0, n)


def kl_of_counts(k: Scalar, rest: Scalar, n: Scalar, p: Scalar) -> Scalar:
    """n kl(k/n||p) from k and n - k: in a program k/n may round above 1, and 1 - k/n below 0."""
    return deviance(k, n * p) + deviance(rest, n * (1 - p))


@closed_form(k=WITHIN)
def log_mixture_wealth(k: Ones, n: Size, p: Annotated[Scalar, Gt(0), Lt(1)]) -> jax.Array:
    """ln [B(k + 1/2, n - k + 1/2)/(pi p^k (1 - p)^(n-k))]: the Beta(1/2, 1/2) e-value; JAX only.

    Its slope in p is infinite where k/p leaves the floats.
    """
    n = jnp.asarray(n, float)
    ones, zeros = k + 1e-300, n - k + 1e-300  # at 0 kl and redundancy have infinite slopes: equal
    return kl_of_counts(ones, zeros, n, p) - _redundancy(ones, zeros, n)


@closed_form(
    k=WITHIN,
    beta=(
        "ruins the bettor: it is outside (-1/(1 - m), 1/m)",
        lambda m, beta: (beta * m < 1) & (beta * (1 - m) > -1),
    ),
)
def log_betting_wealth(
    k: Ones,
    n: Size,
    m: Annotated[Scalar, Ge(0), Le(1)],
    beta: Annotated[Scalar, Ge(-1e100), Le(1e100)],
) -> Scalar:
    """sum_i ln(1 + beta (X_i - m)) for k ones: k ln(1 + beta (1-m)) + (n-k) ln(1 - beta m)."""
    return k * log1p(beta * (1 - m)) + (n - k) * log1p(-beta * m)
