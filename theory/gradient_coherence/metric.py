"""The coherence of a set of vectors: its range, and what averaging, zeros and mixtures do."""

import itertools
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import Claims, Draws, Ge, Le, Scalar, Twin, closed_form, normal_cdf, sqrt
from theory.gradient_coherence.params import Coherence, Count, Positive, Power, Share

claim = Claims("the paper's definitions and lemmas, read in notes on it")


@closed_form
def minibatch_coherence(alpha: Coherence, k: Annotated[Scalar, Ge(1), Le(1e12)]) -> Any:
    """k alpha/(1 + (k - 1) alpha): the coherence of means of k independent vectors."""
    return k * alpha / (1 + (k - 1) * alpha)


@closed_form
def mixture_coherence(
    p: Share, first: Coherence, first_power: Positive, second: Coherence, second_power: Positive
) -> Any:
    """(p^2 alpha_U A + q^2 alpha_V B)/(p A + q B): p of U and q of V, their spans orthogonal.

    A and B are E|u|^2 and E|v|^2, q = 1 - p.
    """
    q = 1 - p
    both = p * p * first * first_power + q * q * second * second_power
    return both / (p * first_power + q * second_power)


@closed_form
def difference_bound(alpha: Coherence, power: Power) -> Any:
    """sqrt(2 (1 - alpha) E|v|^2), the root mean square of |v - v'|; slopes infinite at 0."""
    return sqrt(2 * (1 - alpha)) * sqrt(power)


@closed_form
def sample_coherence(alpha: Coherence, m: Count) -> Any:
    """1 + (m - 1) alpha: m E|mean of m vectors|^2/E|v|^2, the m-coherence's ratio of means."""
    return 1 + (m - 1) * alpha


@closed_form
def coherence_estimate(plug_in: Coherence, m: Count) -> Any:
    """(m alpha_m - 1)/(m - 1), from alpha_m = |sum g|^2/(m sum |g|^2); -1/(m - 1) where all cancel.

    Of numerator (|sum g|^2 - sum |g|^2)/(m (m - 1)) and denominator sum |g|^2/m: both unbiased.
    """
    return (m * plug_in - 1) / (m - 1)


# --------------------------------------------------------------------------------------------
# Sets of vectors, one a row


def power(rows):
    """E|v|^2 of a row taken at random."""
    return jnp.mean(jnp.sum(rows**2, axis=-1), axis=-1)


def coherence(rows):
    """|E v|^2/E|v|^2 of a row taken at random."""
    return jnp.sum(jnp.mean(rows, axis=-2) ** 2, axis=-1) / power(rows)


ROWS = Draws(v=(5, 3))


@claim.never_above(
    1.0,
    over=Draws(v=(6, 2)),
    evaluators=("jax",),
    points=32,
    twin=Twin("never below 1/m", smaller=1 / 6, larger=lambda z: coherence(z.v)),
)
def alpha_bounds(z):
    """alpha_m <= 1; it may be below 1/m, where gradients cancel."""
    return coherence(z.v)


@claim.algebra(
    lambda z: 1.0,
    over=Draws(square=(4, 4), lengths=(4,)),
    twin=Twin("(mean length)^2/(mean squared length)", lengths=True),
)
def orthogonal_limit(z, *, lengths=False):
    """Orthogonal vectors of any lengths have m-coherence m alpha_m = 1."""
    if lengths:
        return jnp.mean(jnp.abs(z.lengths)) ** 2 / jnp.mean(z.lengths**2)
    rows = z.lengths[:, None] * jnp.linalg.qr(z.square)[0]
    return 4 * coherence(rows)


@claim.algebra(
    lambda z: minibatch_coherence(coherence(z.v), 3),
    over=Draws(v=(4, 3)),
    twin=Twin("min(1, k alpha)", other=True),
)
def minibatch(z, *, other=False):
    """Means of k vectors have coherence k alpha/(1 + (k - 1) alpha): all 4^3 triples, k = 3."""
    if other:
        return jnp.minimum(1.0, 3 * coherence(z.v))
    triples = np.array(list(itertools.product(range(4), repeat=3)))
    return coherence(jnp.mean(z.v[triples], axis=1))


@claim.algebra(
    lambda z: coherence(jnp.concatenate([z.v, jnp.zeros((3, 3))])),
    over=ROWS,
    twin=Twin("p^2 alpha", power=2),
)
def zero_vectors(z, *, power=1):
    """With probability p a vector of V, else 0: coherence p alpha(V); here p = 5/8."""
    return (5 / 8) ** power * coherence(z.v)


def mixed(z):
    """Two of five equal parts along the first two axes, three along the others."""
    u, v = jnp.tile(z.u, (3, 1)), jnp.tile(z.v, (2, 1))  # 6 and 6 rows
    u, v = jnp.tile(u, (2, 1)), jnp.tile(v, (3, 1))  # 12 and 18
    return jnp.concatenate([jnp.pad(u, ((0, 0), (0, 2))), jnp.pad(v, ((0, 0), (2, 0)))])


TWO = Draws(u=(2, 2), v=(3, 2))


@claim.algebra(
    lambda z: coherence(mixed(z)), over=TWO, twin=Twin("p alpha(U) + q alpha(V)", averaged=True)
)
def orthogonal_mixture(z, *, averaged=False):
    """Of spans orthogonal, p of U and q of V: (p^2 |E u|^2 + q^2 |E v|^2)/(p E|u|^2 + q E|v|^2).

    derived: the paper has at most p alpha(U) + q alpha(V)
    """
    alphas = coherence(z.u), coherence(z.v)
    if averaged:
        return 0.4 * alphas[0] + 0.6 * alphas[1]
    return mixture_coherence(0.4, alphas[0], power(z.u), alphas[1], power(z.v))


@claim.nonnegative(over=Draws(p=(), x=(4,)), evaluators=("jax",), points=64)
def mixture_deficit(z):
    """p alpha(U) + q alpha(V) less the mixture's coherence, p q (a B/A + b A/B)/(p A + q B), >= 0.

    a = |E u|^2, A = E|u|^2; b and B of v
    """
    p, (x, y) = normal_cdf(z.p), normal_cdf(z.x[:2])
    A, B = jnp.exp(z.x[2]), jnp.exp(z.x[3])
    return p * x + (1 - p) * y - mixture_coherence(p, x, A, y, B)


@claim.algebra(
    lambda z: coherence(z.v), over=ROWS, twin=Twin("shares of the dimension", energy=False)
)
def decomposition(z, *, energy=True):
    """alpha = sum_i f_i alpha_i over orthogonal parts (layers), f_i the part's share of E|g|^2.

    The notes start this sum at 0; its first part is the first layer's.
    """
    first, rest = z.v[:, :1], z.v[:, 1:]
    f = power(first) / power(z.v) if energy else 1 / 3
    return f * coherence(first) + (1 - f) * coherence(rest)


def distances(rows):
    """|v - v'| of all pairs, a row with itself too."""
    return jnp.sqrt(jnp.sum((rows[:, None] - rows) ** 2, axis=-1) + 1e-300)


@claim.algebra(
    lambda z: jnp.mean(distances(z.v) ** 2), over=ROWS, twin=Twin("without the 2", two=1)
)
def expected_squared_difference(z, *, two=2):
    """E|v - v'|^2 = 2 (1 - alpha) E|v|^2."""
    return difference_bound(coherence(z.v), power(z.v)) ** 2 * two / 2


@claim.never_above(
    lambda z: difference_bound(coherence(z.v), power(z.v)),
    over=ROWS,
    evaluators=("jax",),
    twin=Twin(
        "without the 2", larger=lambda z: difference_bound(coherence(z.v), power(z.v)) / sqrt(2)
    ),
)
def expected_difference(z):
    """E|v - v'| <= sqrt(2 (1 - alpha) E|v|^2)."""
    return jnp.mean(distances(z.v))


@claim.algebra(
    lambda z: difference_bound(coherence(jnp.eye(4)), 1.0),
    over=Draws(square=(4, 4)),
    twin=Twin("attained", power=0),
)
def nearly_attained(z, *, power=1):
    """N orthonormal vectors: E|v - v'| is sqrt(1 - 1/N) of the bound; here N = 4.

    derived
    """
    frame = jnp.linalg.qr(z.square)[0]
    return jnp.mean(distances(frame)) / sqrt(1 - 1 / 4) ** power


@claim.algebra(
    lambda z: jnp.mean(z.v @ z.v.T - jnp.diag(jnp.sum(z.v**2, axis=1))) * 5 / 4 / power(z.v),
    over=ROWS,
    twin=Twin("alpha_m itself", corrected=False),
)
def unbiased_estimate(z, *, corrected=True):
    """(m alpha_m - 1)/(m - 1) is the mean of g_i.g_j, i != j, over that of |g_i|^2.

    derived
    """
    return coherence_estimate(coherence(z.v), 5) if corrected else coherence(z.v)
