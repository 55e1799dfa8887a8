"""xi(n), the Beta mixture's redundancy and its worst case: the price of each route in nats.

Values: ln xi(n) is what the kl bound pays for a general posterior at one n, ln reg_n what it pays
for all n at once; reg_n/xi(n) tends to sqrt 2, about a third of a nat.
"""

from fractions import Fraction
from math import comb
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import Ge, Le, Whole, closed_form, log
from theory.pac_bayes_prompts._binomial import half_stirling_error, stirling_error
from theory.pac_bayes_prompts._domains import K_WITHIN, Errors, Size

ExactSize = Annotated[Any, Ge(1), Le(10**4), Whole]

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
_LOG_XI_TABLE = np.log(
    [1.0] + [float(xi_ramanujan.__wrapped__(m)) for m in range(1, _TABLE_END + 1)]
)

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
    stirling = jnp.sqrt(2 * jnp.pi * big) * jnp.exp(stirling_error.__wrapped__(big))
    difference = jnp.polyval(jnp.asarray(_DIFFERENCE[::-1]), 1 / big)
    series = jnp.log(1 + 0.5 * (stirling - difference))
    table = jnp.asarray(_LOG_XI_TABLE)[jnp.clip(n, 1, _TABLE_END).astype(int)]
    return jnp.where(n <= _TABLE_END, table, series)


def log_two_sqrt(n):
    """ln(2 sqrt n), Maurer's upper bound of ln xi(n) (equality at n = 1)."""
    return log(2) + log(n) / 2


@closed_form(k=K_WITHIN)
@jax.jit
def log_redundancy(k: Errors, n: Size) -> jax.Array:
    """ln [pi (k/n)^k (1 - k/n)^(n-k) / B(k + 1/2, n - k + 1/2)] for 0 <= k <= n; JAX only.

    How far the Beta(1/2, 1/2) mixture's log wealth lies under n kl(k/n||p), whatever p is. It is
    (1/2) ln(pi n/2) + o(1) inside and ln reg_n at both ends.
    """
    k, n = jnp.asarray(k, float), jnp.asarray(n, float)
    ends = half_stirling_error.__wrapped__(k) + half_stirling_error.__wrapped__(n - k)
    return 0.5 * jnp.log(jnp.pi * n / 2) + stirling_error.__wrapped__(n) - ends


@closed_form
def log_regret(n: Size) -> jax.Array:
    """ln reg_n = ln [sqrt(pi) Gamma(n + 1)/Gamma(n + 1/2)], the largest redundancy; JAX only."""
    return log_redundancy.__wrapped__(0.0, n)


@closed_form
def xi_series(n: Size) -> np.ndarray | np.floating:
    """The four-term expansion sqrt(pi n/2) + 2/3 + sqrt(pi/(2 n))/12 - 4/(135 n) of xi(n)."""
    size = np.asarray(n, float)
    return np.sqrt(np.pi * size / 2) + 2 / 3 + np.sqrt(np.pi / (2 * size)) / 12 - 4 / (135 * size)
