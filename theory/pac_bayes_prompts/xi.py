"""xi(n), what the kl bound pays for a general posterior at one n, in nats; and wealths of bets.

For all n at once it pays ln reg_n (:func:`theory.mixture_regret`), about a third of a nat more:
reg_n/xi(n) tends to sqrt 2.
"""

from fractions import Fraction
from math import comb
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Because, Claims, Domain, Ge, Le, Scalar, Twin, Whole, binary_kl, closed_form, gamma, log,
    log_betting_wealth, log_binomial_pmf, log_mixture_wealth, pi, power, rational,
)  # fmt: skip
from theory._count_wealth import kl_of_counts
from theory._special import stirling_error
from theory.pac_bayes_prompts.params import Errors, Point, Risk, Size

__all__ = ["beta_mixture_wealth", "log_xi", "xi_exact", "xi_ramanujan"]

claim = Claims()

ExactSize = Annotated[Any, Ge(1), Le(10**4), Whole]

TABLE = 512  # counts 0..511: one compiled shape for every n of the exact expectations
_TABLE_END = 64


@closed_form
def xi_exact(n: ExactSize) -> Fraction | float:
    """xi(n) = sum_k C(n, k) (k/n)^k (1 - k/n)^(n-k), exactly, for an int 1 <= n <= 10^4."""
    if n != n:
        return float(n)
    n = int(n)
    total = sum(comb(n, k) * k**k * (n - k) ** (n - k) for k in range(n + 1))
    return Fraction(total, n**n)


@closed_form
def xi_ramanujan(n: ExactSize) -> Fraction | float:
    """xi(n) = 1 + Q(n), Q(n) = sum_{j=1}^n n!/((n - j)! n^j) (Ramanujan), for an int to 10^4."""
    if n != n:
        return float(n)
    n = int(n)
    numerator, falling = 0, 1
    for j in range(n + 1):  # n! / (n - j)! n^(n - j), over the common denominator n^n
        numerator += falling * n ** (n - j)
        falling *= n - j
    return Fraction(numerator, n**n)


# of numpy: importing starts no device
_LOG_XI_TABLE = np.log([1, *(float(xi_ramanujan.__wrapped__(m)) for m in range(1, _TABLE_END + 1))])

# D(n) = 2 (n!/n^n e^n/2 - Q(n)) in powers of 1/n: Ramanujan's expansion
_DIFFERENCE = (2 / 3, 8 / 135, -16 / 2835, -32 / 8505, 17984 / 12629925, 668288 / 492567075)


@closed_form
@jax.jit
def log_xi(n: Size) -> jax.Array:
    """ln xi(n), xi(n) = E_{k ~ Bin(n, R)} e^{n kl(k/n||R)} for every R in (0, 1); JAX only.

    xi(n) = e^n n^-n Gamma(n + 1, n) = 1 + Q(n), about sqrt(pi n/2) + 2/3. Integers n >= 1: a table
    up to 64, then 1 + (n! e^n n^-n - D(n))/2 by Stirling's and Ramanujan's series. Relative error
    of xi under 1e-15.
    """
    n = jnp.asarray(n, float)
    big = jnp.maximum(n, _TABLE_END)
    stirling = jnp.sqrt(2 * jnp.pi * big) * jnp.exp(stirling_error(big))
    difference = jnp.polyval(jnp.asarray(_DIFFERENCE[::-1]), 1 / big)
    series = jnp.log(1 + 0.5 * (stirling - difference))
    table = jnp.asarray(_LOG_XI_TABLE)[jnp.clip(n, 1, _TABLE_END).astype(int)]
    return jnp.where(n <= _TABLE_END, table, series)


def log_two_sqrt(n: Scalar) -> Scalar:
    """ln(2 sqrt n), Maurer's upper bound of ln xi(n) (equality at n = 1)."""
    return log(2) + log(n) / 2


SMALL_SAMPLES = Domain.around(Point(), n=(1, 500), risk=(0.01, 0.99))
N_EPS = "rounding of exponents of size n <= 500: a few hundred eps"


def moment_of(log_value):
    """p -> E exp(log_value(k, n, R)), k ~ Bin(n, R), term by term: no factor leaves the floats."""

    @jax.jit
    def moment(n, risk):
        k = jnp.minimum(jnp.arange(float(TABLE)), n)
        terms = jnp.exp(log_binomial_pmf(k, n, risk) + log_value(k, n, risk))
        return jnp.sum(jnp.where(jnp.arange(TABLE) <= n, terms, 0.0))

    return lambda p: moment(p.n, p.risk)


kl_moment = moment_of(lambda k, n, risk: kl_of_counts(k, n - k, n, risk))


@claim.identity(
    kl_moment, over=SMALL_SAMPLES, within=1e-12, why=N_EPS,
    known=((Point(n=3), "2.8888888889"), (Point(n=100), "13.2099606"),
           (Point(n=1000), "40.3032129")),
    twin=Twin("sqrt(pi n/2), without the 2/3", lhs=lambda p: jnp.sqrt(jnp.pi * p.n / 2)),
)  # fmt: skip
def xi_identity(p):
    """E exp(n kl(k/n||R)) = xi(n) = e^n n^-n Gamma(n+1, n) for every R.

    derived: the factor R^k (1-R)^(n-k) cancels; Maurer 2004 bounds it by 2 sqrt n
    """
    return jnp.exp(log_xi(p.n))


@claim.never_above(
    lambda p: jnp.stack([log_xi(p.n), log_two_sqrt(p.n)]),
    over=Domain.around(Point(), n=(1, 10**6)),
    twin=Twin("xi(n) <= sqrt(pi n/2)", smaller=lambda p: log_xi(p.n),
              larger=lambda p: jnp.log(jnp.pi * p.n / 2) / 2),
)  # fmt: skip
def xi_between_roots(p):
    """sqrt n <= xi(n) <= 2 sqrt n, with equality above at n = 1.

    Maurer 2004, Theorem 1
    """
    return jnp.stack([jnp.log(p.n) / 2, log_xi(p.n)])


# Wealths of bets: martingales in n


@closed_form(k=("is above n", lambda k, n: k <= n))
def beta_mixture_wealth(
    k: Errors, n: Annotated[Scalar, Ge(1), Le(169), Whole, Because("Gamma overflows")], p: Risk
) -> Scalar:
    """B(k + 1/2, n - k + 1/2)/(pi p^k (1 - p)^(n-k)) on every evaluator, for n <= 169.

    A martingale in n along Bernoulli(p) points, infinite where it leaves the floats. Its logarithm
    at any n is :func:`theory.log_mixture_wealth`.
    """
    half = rational(1, 2)
    mixture = gamma(k + half) * gamma(n - k + half) / (pi * gamma(n + 1))
    return mixture * power(p, -k) * power(1 - p, k - n)


claim.identity(
    1.0, formula=moment_of(log_mixture_wealth.__wrapped__), name="mixture_martingale",
    says="E[B(k+1/2, n-k+1/2)/(pi R^k (1-R)^(n-k))] = 1 for all n, R",
    source="derived: the Beta integral", over=SMALL_SAMPLES, within=1e-12, why=N_EPS,
    twin=Twin("wealth of the best bet in hindsight, e^{n kl}", lhs=kl_moment),
)  # fmt: skip


@claim.identity(
    lambda p: p.n * binary_kl(p.rate, p.risk),
    over=Domain.around(Point(), n=(1, 10**5), rate=(0.02, 0.98), risk=(0.02, 0.98)),
    twin=Twin("beta = 4 (r - m), Hoeffding's bet", variance=lambda m: rational(1, 4)),
)
def best_bet_earns_kl(p, *, variance=lambda m: m * (1 - m)):
    """sum ln(1 + beta (X_i - m)) = n kl(r||m) at beta = (r - m)/(m (1 - m)).

    derived: maximum over beta of the log wealth
    """
    beta = (p.rate - p.risk) / variance(p.risk)
    return log_betting_wealth(p.rate * p.n, p.n, p.risk, beta)
