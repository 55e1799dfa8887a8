"""The law of a centre and the neighbour that it is joined with."""

import math
from collections.abc import Callable
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, beta_cdf, closed_form, exp, integral, loggamma,
    maximum, minimum, where,
)  # fmt: skip
from theory.smote.params import ENOUGH, FEW, MOST, NEAREST, Params

claim = Claims("derived")
Share = Annotated[Scalar, Ge(0), Le(1)]
Size = Annotated[Scalar, Ge(2), Le(1e5), Whole]
Near = Annotated[Scalar, Ge(1), Le(1e5), Whole]
PAIR = {"n": 12.0, "k": 5.0, "d": 2.0}


@closed_form(example=PAIR, k=ENOUGH)
def pair_weight(q: Share, n: Size, k: Near) -> Any:
    """(N - 1)/K I_{1-q}(N - 1 - K, K): density of (centre, neighbour) over f(x) f(y).

    q = P(|X - x| < |y - x|) is the share of the minority nearer to x than y is. 1 for K = N - 1.
    """
    others = n - 1 - k
    near = (n - 1) / k * beta_cdf(1 - q, maximum(others, 1), k)
    return where(others > 0, near, 1 + 0 * q)


@closed_form(example=PAIR, k=ENOUGH)
def pair_cdf(q: Share, n: Size, k: Near) -> Any:
    """P(share nearer than the neighbour <= q) = q w(q) + I_q(K + 1, N - 1 - K), w = pair_weight.

    For any density in any dimension; the share is independent of the centre. It is E min(B, K)/K
    of a Binomial(N - 1, q) B.
    """
    others = n - 1 - k
    rest = beta_cdf(q, k + 1, maximum(others, 1))
    return q * pair_weight(q, n, k) + where(others > 0, rest, 0 * q)


_CORNERS = (np.arange(MOST) + 0.5) * (np.pi / MOST)
_CHEBYSHEV = np.cos(np.outer(np.arange(MOST), _CORNERS)) * (2 / MOST)
_CHEBYSHEV[0] /= 2
_NEARER = np.arange(MOST - 1.0)
_FACTORIALS = np.array([math.lgamma(j + 1) for j in _NEARER])
_LOGS = np.log(np.cos(_CORNERS / 2) ** 2)[:, None], np.log(np.sin(_CORNERS / 2) ** 2)[:, None]


def weights(n: Any, k: Any) -> Callable[[Any], Any]:
    """pair_weight of one n and k as a function of q: a polynomial of degree n - 2, by Clenshaw.

    At the nodes by (N - 1)/K P(Bin(N - 2, q) < K), term by term.
    """
    n, k = jnp.asarray(n, float), jnp.asarray(k, float)
    farther = maximum(n - 2 - _NEARER, 0.0)
    ways = loggamma(n - 1) - _FACTORIALS - loggamma(farther + 1)
    terms = exp(ways + _NEARER * _LOGS[0] + farther * _LOGS[1])
    there = (k > _NEARER) & (n - 2 >= _NEARER)
    at = (n - 1) / k * jnp.sum(where(there, terms, 0.0), axis=-1)
    coefficients = jnp.asarray(_CHEBYSHEV) @ at

    def weight(q):
        t = 2 * q - 1

        def step(b, c):
            return (2 * t * b[0] - b[1] + c, b[0]), None

        start = (0 * t, 0 * t)
        b1, b2 = jax.lax.scan(step, start, coefficients[:0:-1])[0]
        return t * b1 - b2 + coefficients[0]

    return weight


@claim.law(
    "normal_share",
    at=(FEW, NEAREST),
    width=0.03,
    twin=Twin("I_{1-q}(N - K, K): one neighbour too few", lost=1),
)
def pair_law(p, x, *, lost=0):
    """q, the share of f nearer to a centre than its neighbour: density (N-1)/K I_{1-q}(N-1-K, K).

    derived: the j-th neighbour of x is at y with density f(y) (N-1) C(N-2, j-1) q^(j-1)
    (1-q)^(N-1-j), averaged over j = 1..K; so (centre, neighbour) has density f(x) f(y) times that
    """
    q = minimum(maximum(x, 0.0), 1.0)
    return pair_cdf(q, p.n + lost, p.k) * ((p.n - 1) / (p.n - 1 + lost))


claim.law(
    "tilted_share",
    at=FEW,
    name="pair_law_of_any_density",
    says="the share nearer than the neighbour has the same law for a skew density on [0, 1]",
    width=0.03,
    formula=lambda p, x: pair_cdf(minimum(maximum(x, 0.0), 1.0), p.n, p.k),
    twin=Twin("the neighbour is any other point", cdf=lambda p, x: minimum(maximum(x, 0.0), 1.0)),
)


@claim.identity(
    1.0,
    over=Domain.around(FEW, n=(4, 40), k=(1, 3)),
    within=1e-9,
    why="quadrature of a polynomial",
    points=16,
    twin=Twin("I_{1-q}(N - K, K) integrates to (N - 1)/N", lost=1),
)
def pair_law_is_a_law(p, *, lost=0):
    """int_0^1 (N - 1)/K I_{1-q}(N - 1 - K, K) dq = 1."""
    n = p.n + lost
    return integral(lambda q: pair_weight(q, n, p.k), 0.0, 1.0) * ((p.n - 1) / (n - 1))


__all__ = ["PAIR", "Params", "claim", "pair_cdf", "pair_weight", "weights"]
