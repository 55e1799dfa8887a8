"""Binomial tails in log space and their inverse, for n up to 1e9 and beyond 700 nats.

Nothing here subtracts two large logarithms of Gamma functions: the point probability is Loader's
saddle-point form, -n kl(k/n||p) plus Stirling errors, and a tail is that probability times an
integral of a log-concave function, taken by Gauss-Legendre nodes.
"""

from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import Ge, Scalar, Whole, closed_form, log1p, loggamma, xlogx
from theory.pac_bayes_prompts._binary_kl import kl_at_logit, logit
from theory.pac_bayes_prompts._binomial_inverse import (
    binomial_upper_at,
    odd_series,
    stirling_of_integer,
    stirling_series,
)
from theory.pac_bayes_prompts._domains import (
    K_WITHIN,
    Amount,
    Count,
    CountedSize,
    Nats,
    Positive,
    Real,
    Risk,
)

_LEGENDRE = np.polynomial.legendre.leggauss(40)
_NODES = (1 + _LEGENDRE[0]) / 2  # on [0, 1]; of numpy: importing starts no device
_WEIGHTS = _LEGENDRE[1] / 2
_NEGLIGIBLE = 42.0  # the integrand is cut where it has fallen by e^-42
_HALF_LOG_2PI = 0.5 * float(np.log(2 * np.pi))


@closed_form
def stirling_error(m: Positive) -> jax.Array:
    """ln Gamma(m + 1) - [(m + 1/2) ln m - m + ln sqrt(2 pi)] for m > 0."""
    small = jnp.minimum(m, 16.0)
    direct = loggamma(small + 1) - (small + 0.5) * jnp.log(small) + small - _HALF_LOG_2PI
    return jnp.where(m < 16, direct, stirling_series(m))


@closed_form
def half_stirling_error(m: Amount) -> jax.Array:
    """ln Gamma(m + 1/2) - [m ln m - m + ln sqrt(2 pi)] for m >= 0, with 0 ln 0 = 0."""
    small = jnp.minimum(m, 16.0)
    direct = loggamma(small + 0.5) - xlogx(small) + small - _HALF_LOG_2PI
    series = odd_series(
        jnp.maximum(m, 16.0),
        (-1 / 24, 7 / 2880, -31 / 40320, 127 / 215040, -511 / 608256, 1414477 / 738017280),
    )
    return jnp.where(m < 16, direct, series)


@closed_form(k=K_WITHIN)
def log_binomial_pmf(k: Count, n: CountedSize, x: Real) -> jax.Array:
    """ln P(Bin(n, p) = k), 0 <= k <= n, at x = logit(p)."""
    return log_pmf(*(jnp.asarray(a, float) for a in (k, n, x)))


def log_pmf(k: Scalar, n: Scalar, x: Scalar) -> jax.Array:
    """:func:`log_binomial_pmf` of arrays known to be inside."""
    inside = (k > 0) & (k < n)
    i = jnp.where(inside, k, n / 2)
    # the rarer outcome: of a rate k/n near 1 only the first digits of 1 - k/n would remain
    rare = jnp.minimum(i, n - i)
    interior = (
        -n * kl_at_logit(rare / n, jnp.where(i > rare, -x, x))
        - _HALF_LOG_2PI
        - 0.5 * jnp.log(i * ((n - i) / n))
        + stirling_of_integer(n)
        - stirling_of_integer(i)
        - stirling_of_integer(n - i)
    )
    ends = -n * jnp.where(k > 0, jax.nn.softplus(-x), jax.nn.softplus(x))
    return jnp.where(inside, interior, ends)


def _tail_integral(k: Scalar, n: Scalar, x: Scalar) -> jax.Array:
    """P(Bin(n, p) <= k)/P(Bin(n, p) = k) for k < n, well conditioned where p >= k/n or so.

    The tail is that of a Beta(k + 1, n - k) law above p. With t = p + (1 - p) w the ratio is
    (n - k) int_0^1 (1 + w (1 - p)/p)^k (1 - w)^(n-k-1) dw.
    """
    odds = jnp.exp(-x)  # (1 - p)/p
    m = n - k - 1

    def exponent(w):
        # m = 0 has no factor (1 - w), and at w = 1 none may be formed
        return k * log1p(w * odds) + jnp.where(m > 0, m * log1p(-w), 0.0)

    slope = jnp.maximum(m - k * odds, 0.0)
    curvature = m + k * odds**2
    root = jnp.sqrt(slope**2 + 2 * _NEGLIGIBLE * curvature)
    w = jnp.minimum(2 * _NEGLIGIBLE / jnp.maximum(slope + root, 1e-300), 1.0)
    for _ in range(3):  # Newton on a concave function: from the left it lands on the right
        inner = jnp.minimum(w, 1 - 1e-12)
        rise = k * odds / (1 + inner * odds) - m / (1 - inner)
        better = inner - (exponent(inner) + _NEGLIGIBLE) / jnp.where(rise < 0, rise, 1.0)
        w = jnp.where(rise < 0, jnp.clip(better, 0.0, 1.0), 1.0)
    points = w[..., None] * _NODES
    heights = jnp.exp(
        k[..., None] * log1p(points * odds[..., None])
        + jnp.where(m[..., None] > 0, m[..., None] * log1p(-points), 0.0)
    )
    return (n - k) * w * (heights @ _WEIGHTS)


def _log_lower_tail(k: Scalar, n: Scalar, x: Scalar) -> jax.Array:
    return log_pmf(k, n, x) + jnp.log(_tail_integral(k, n, x))


@jax.custom_jvp
def _log_cdf(k: jax.Array, n: jax.Array, p: jax.Array) -> jax.Array:
    inside = (k >= 0) & (k < n)
    i = jnp.where(inside, k, 0.0)
    x = logit(p)
    lower = p * (n + 1) >= i + 1  # right of the mode: the lower tail is the small one
    j, z = jnp.where(lower, i, n - i - 1), jnp.where(lower, x, -x)
    small = _log_lower_tail(j, n, z)
    value = jnp.where(lower, small, log1p(-jnp.exp(jnp.where(lower, -1.0, small))))
    return jnp.where(inside, jnp.minimum(value, 0.0), jnp.where(k < 0, -jnp.inf, 0.0))


@_log_cdf.defjvp
def _(primals, tangents):
    k, n, p = primals
    value = _log_cdf(k, n, p)
    # dP(Bin <= k)/dp = -(n - k) P(Bin = k)/(1 - p); counts are integers
    inside = (k >= 0) & (k < n)
    i = jnp.where(inside, k, 0.0)
    log_rise = log_pmf(i, n, logit(p)) + jnp.log((n - i) / (1 - p))
    return value, jnp.where(inside, -jnp.exp(log_rise - value), 0.0) * tangents[2]


@closed_form(k=K_WITHIN)
@jax.jit
def log_binomial_cdf(k: Annotated[Scalar, Ge(-1), Whole], n: CountedSize, p: Risk) -> jax.Array:
    """ln P(Bin(n, p) <= k), elementwise; JAX only.

    Integers -1 <= k <= n (k = -1 gives -inf, k = n gives 0), 1 <= n <= 1e9, p in (0, 1). Relative
    error of the probability under 1e-13 + 1e-15 t + 1e-16 sqrt(n (1 + 2 t)), t = n kl(k/n||p), also
    where it is e^-10000: p and k/n are floats. Differentiable in p.
    """
    k, n, p = jnp.broadcast_arrays(*(jnp.asarray(a, float) for a in (k, n, p)))
    return _log_cdf(k, n, p)


@jax.custom_jvp
def _binomial_upper(k: Scalar, n: Scalar, c: Scalar) -> jax.Array:
    return binomial_upper_at(k, n, c)


@_binomial_upper.defjvp
def _(primals, tangents):
    k, n, c = primals
    p = _binomial_upper(k, n, c)
    # d ln tail/dp = -(n - k)/((1 - p) ratio): the tail falls by dc
    inside = (k > 0) & (k < n) & (c > 0) & (p > 0) & (p < 1)
    i, q = jnp.where(inside, k, 1.0), jnp.where(inside, p, 0.5)
    size = jnp.where(inside, n, 2.0)
    log_tail = _log_cdf(i, size, q)
    log_density = log_pmf(i, size, logit(q)) + jnp.log((size - i) / (1 - q))
    by_c = jnp.where(inside, jnp.exp(log_tail - log_density), 0.0)
    # no errors: p = 1 - e^(-c/n); with some, p grows like c^(1/(k + 1)) from c = 0
    none = jnp.exp(-jnp.maximum(c, 0.0) / n) / n
    by_c = jnp.where((k == 0) & (n > 0), none, jnp.where((c == 0) & (k < n), jnp.inf, by_c))
    return p, by_c * tangents[2]


@closed_form(k=K_WITHIN)
@jax.jit
def binomial_upper(k: Count, n: CountedSize, c: Nats) -> jax.Array:
    """sup{p : P(Bin(n, p) <= k) >= e^-c}, the Clopper-Pearson bound at level e^-c; JAX only.

    Integers 0 <= k <= n <= 1e9, n >= 1, c >= 0 nats (infinity gives 1, and so does k = n; 0 gives 0
    for k < n). It is the Beta(k + 1, n - k) quantile at 1 - e^-c, to 1e-14 absolutely.
    Differentiable in c; counts are integers, so the derivatives in k and n are 0.
    """
    k, n, c = jnp.broadcast_arrays(*(jnp.asarray(a, float) for a in (k, n, c)))
    return _binomial_upper(jax.lax.stop_gradient(k), jax.lax.stop_gradient(n), c)
