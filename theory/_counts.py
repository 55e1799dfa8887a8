"""Laws of counts: probabilities with full relative accuracy, tails by the gamma and beta laws.

Probabilities in Loader's form ("Fast and accurate computation of binomial probabilities", 2000):
what remains when the large terms of log Gamma cancel. Their derivatives are differences of
probabilities, which hold at the ends of the range too.
"""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jax.scipy import special as jsp

from theory._closed_form import Whole, closed_form
from theory._fields import Ge, Gt, Le, Lt
from theory._special import deviance, stirling_error
from theory._tails import beta_shares, log_beta_tails, log_gamma_tails

__all__ = [
    "binomial_cdf", "binomial_pmf", "hypergeometric_pmf", "log_binomial_cdf", "log_binomial_pmf",
    "poisson_cdf", "poisson_pmf",
]  # fmt: skip

Value = Any
"""A number or an array, traced or not."""


@jax.custom_jvp
def _poisson(j: jax.Array, mean: jax.Array) -> jax.Array:
    at_least_one = jnp.maximum(j, 1.0)
    log = -stirling_error(at_least_one) - deviance(at_least_one, mean)
    some = jnp.exp(log) / jnp.sqrt(2 * math.pi * at_least_one)
    return jnp.where(j > 0, some, jnp.where(j == 0, jnp.exp(-mean), 0.0))


@_poisson.defjvp
def _(primals, tangents):
    j, mean = primals
    value = _poisson(j, mean)
    return value, (_poisson(j - 1, mean) - value) * tangents[1]


def _loader(k: jax.Array, n: jax.Array, p: jax.Array) -> tuple[jax.Array, jax.Array]:
    """P(K = k) = exp(log) sqrt(square): (log, square), the square 1 at the ends and beyond."""
    inner = (k > 0) & (k < n)
    a, m = jnp.where(inner, k, 1.0), jnp.where(inner, n, 2.0)
    b = m - a
    of_m, of_a, of_b = stirling_error(jnp.stack([m, a, b]))
    away = deviance(jnp.stack([a, b]), jnp.stack([m * p, m * (1 - p)]))
    log = of_m - of_a - of_b - away[0] - away[1]
    all_ = jnp.where(k == n, jsp.xlogy(n, p), -jnp.inf)
    end = jnp.where(k == 0, jsp.xlog1py(n, -p), all_)
    return jnp.where(inner, log, end), jnp.where(inner, m / a / (2 * math.pi * b), 1.0)


@jax.custom_jvp
def _binomial(k: jax.Array, n: jax.Array, p: jax.Array) -> jax.Array:
    log, square = _loader(k, n, p)
    return jnp.exp(log) * jnp.sqrt(square)


@_binomial.defjvp
def _(primals, tangents):
    k, n, p = primals
    slope = jnp.where(n > 0, n * (_binomial(k - 1, n - 1, p) - _binomial(k, n - 1, p)), 0.0)
    return _binomial(k, n, p), slope * tangents[2]


def _floats(*values: Value) -> list[jax.Array]:
    return list(jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in values)))


@closed_form
def poisson_pmf(j: Annotated[Value, Whole], mean: Annotated[Value, Ge(0)]) -> jax.Array:
    """exp(-mean) mean^j/j!, to 1e-14 relative; 0 for j < 0. Differentiable in the mean."""
    return _poisson(*_floats(j, mean))


@closed_form
def binomial_pmf(
    k: Annotated[Value, Whole], n: Annotated[Value, Ge(0), Whole], p: Annotated[Value, Ge(0), Le(1)]
) -> jax.Array:
    """(n choose k) p^k (1 - p)^(n - k), to 1e-14 relative; 0 outside 0 <= k <= n.

    Differentiable in p.
    """
    return _binomial(*_floats(k, n, p))


@closed_form(
    example={"k": 2, "population": 20, "marked": 7, "drawn": 5},
    marked=("is above the population", lambda marked, population: marked <= population),
    drawn=("is above the population", lambda drawn, population: drawn <= population),
)
def hypergeometric_pmf(
    k: Annotated[Value, Whole],
    population: Annotated[Value, Ge(1), Whole],
    marked: Annotated[Value, Ge(0), Whole],
    drawn: Annotated[Value, Ge(0), Whole],
) -> jax.Array:
    """(M choose k)(N - M choose n - k)/(N choose n): k marked ones among n drawn of N, M marked."""
    k, population, marked, drawn = _floats(k, population, marked, drawn)
    p = drawn / population  # any p would do: this one keeps the three factors moderate
    others = _binomial(drawn - k, population - marked, p)
    return _binomial(k, marked, p) * others / _binomial(drawn, population, p)


@closed_form
def poisson_cdf(j: Value, mean: Annotated[Value, Gt(0)]) -> jax.Array:
    """P(J <= j), J ~ Poisson(mean), to 1e-13 relative: P(Gamma(floor(j) + 1) > mean)."""
    j, mean = _floats(j, mean)
    count = jnp.floor(j)
    upper = log_gamma_tails(mean, jnp.maximum(count, 0.0) + 1)[1]
    return jnp.where(count < 0, 0.0, jnp.exp(upper))


@closed_form
def binomial_cdf(
    k: Value, n: Annotated[Value, Ge(1), Whole], p: Annotated[Value, Ge(0), Le(1)]
) -> jax.Array:
    """P(K <= k), K ~ Binomial(n, p), to 1e-13 relative: P(Beta(floor(k) + 1, n - floor(k)) > p)."""
    k, n, p = _floats(k, n, p)
    count = jnp.floor(k)
    a = jnp.clip(count + 1, 1, n)
    upper = beta_shares(p, 1 - p, a, n + 1 - a)[1]
    return jnp.where(count < 0, 0.0, jnp.where(count >= n, 1.0, upper))


@closed_form
def log_binomial_pmf(
    k: Annotated[Value, Whole], n: Annotated[Value, Ge(0), Whole], p: Annotated[Value, Gt(0), Lt(1)]
) -> jax.Array:
    """log of :func:`binomial_pmf`, however small that is; differentiable in p."""
    log, square = _loader(*_floats(k, n, p))
    return log + jnp.log(square) / 2


@jax.custom_jvp
def _log_cdf(k: jax.Array, n: jax.Array, p: jax.Array) -> jax.Array:
    inside = (k >= 0) & (k < n)
    i = jnp.where(inside, k, 0.0)
    value = log_beta_tails(p, 1 - p, i + 1, n - i)[1]
    return jnp.where(inside, value, jnp.where(k < 0, -jnp.inf, 0.0))


@_log_cdf.defjvp
def _(primals, tangents):
    """-(n - k) P(K = k)/((1 - p) P(K <= k)): 1e-13, where the quadrature's own loses 1e-8."""
    k, n, p = primals
    value = _log_cdf(k, n, p)
    inside = (k >= 0) & (k < n)
    log_rise = log_binomial_pmf.__wrapped__(k, n, p) + jnp.log(jnp.where(inside, n - k, 1.0))
    slope = jnp.where(inside, -jnp.exp(log_rise - jnp.log1p(-p) - value), 0.0)
    return value, slope * tangents[2]


@closed_form(k=("is above n", lambda k, n: k <= n))
@jax.jit
def log_binomial_cdf(
    k: Annotated[Value, Ge(-1), Whole],
    n: Annotated[Value, Ge(1), Le(10**9), Whole],
    p: Annotated[Value, Gt(0), Lt(1)],
) -> jax.Array:
    """log P(K <= k), K ~ Binomial(n, p), also where that is e^-10000; differentiable in p.

    k = -1 gives -inf, k = n gives 0. Relative error of the probability under
    1e-13 + 1e-15 t + 1e-16 sqrt(n (1 + 2 t)), t = n kl(k/n||p): p and k/n are floats.
    """
    return _log_cdf(*_floats(k, n, p))
