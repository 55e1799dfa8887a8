"""Elliptical minorities: covariance of synthetic points of a normal scale mixture, d features."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, exp, gamma_cdf, integral, log, loggamma,
    maximum, minimum, sqrt,
)  # fmt: skip
from theory.smote.pairs import weights
from theory.smote.params import ENOUGH, FEW, Nearest, Points
from theory.smote.space import gaussian_shrinkage

claim = Claims("derived; not in the paper")
LENGTHS, DISTANCES, ORDERS = 96, 256, 512
LOOSE = 1e9
"""Inner integrals are not checked: far out they are rounding. The outer one is."""
Dimension = Annotated[Scalar, Ge(1), Le(10)]
Wide = Annotated[Scalar, Ge(0), Le(1)]
Scale = Annotated[Scalar, Ge(1), Le(3)]
AT = {"d": 3.0, "n": 10.0, "k": 3.0, "wide": 0.2, "scale": 2.0}


def _shrinkage(d: Any, n: Any, k: Any, wide: Any, scale: Any) -> Any:
    """Over the centre's length r, one part at a time, and the distance t; all parts in the share.

    With g_j = x^(a_j) e^-x/G(a_j + 1), x = t^2/(2 s^2), a_j = d/2 + j, P_j Poisson of mean
    r^2/(2 s^2): the part of scale s has the share sum_j P_j sum_{i >= j} g_i nearer than t.
    """
    weight = weights(n, k)
    parts = ((1 - wide, 1.0), (wide, scale))
    order = jnp.arange(ORDERS)
    a = d / 2 + order
    factorials, counts = loggamma(a + 1), loggamma(order + 1.0)
    reach = sqrt(d) + 6.5
    far = scale * 2 * reach

    def of_lengths(r, own):
        z = r / own
        chi = exp((d - 1) * log(z) - z * z / 2 - (d / 2 - 1) * log(2.0) - factorials[0]) * d / 2

        def of_distances(s):
            t = far * s[0] ** 2  # the same for every centre
            share, toward, square = 0.0, 0.0, 0.0
            for chance, width in parts:
                x, mean = (t / width) ** 2 / 2, (r / width) ** 2 / 2
                poisson = exp(order * log(mean)[..., None] - mean[..., None] - counts)
                terms = exp(a[:, None] * log(x) - x - factorials[:, None])
                below = jnp.cumsum(terms[::-1], axis=0)[::-1]
                # beyond the last order, where all of it is nearer
                below = below + gamma_cdf(x, d / 2 + ORDERS)
                share = share + chance * (poisson @ below)
                speed = chance * 2 * t / width**2
                toward = toward + speed * (r * r)[..., None] / 2 * (poisson @ terms)
                square = square + speed * width**2 * (poisson @ (a[:, None] * terms))
            other = weight(minimum(share, 1.0)) * 2 * far * s[0]
            return jnp.stack([toward * other, square * other])

        return chi / own * integral(of_distances, 0 * r, 1 + 0 * r, DISTANCES, LOOSE)

    total, size = 0.0, 0.0
    for chance, own in parts:
        low, high = own * maximum(sqrt(d) - 6.5, 0.0), own * reach
        found = integral(lambda r, own=own: of_lengths(r, own), low, high, LENGTHS, 1e-4)
        total, size = total + chance * found, size + chance * own * own
    toward, gap = total / (d * size)
    return 1 - toward + gap / 3


_vectorised = jax.jit(jnp.vectorize(_shrinkage))


@closed_form(example=AT, k=ENOUGH)
def heavy_shrinkage(d: Dimension, n: Points, k: Nearest, wide: Wide, scale: Scale) -> Any:
    """v: Cov Z = v Cov X of (1 - wide) N(0, Sigma) + wide N(0, scale^2 Sigma); neighbours by Sigma.

    Two integrals, over the centre's length r and the distance t: given r, (t/s)^2 is chi'^2_d of
    noncentrality (r/s)^2 for a neighbour of scale s, and E[X.(Y - X)] that of d + 2 degrees.
    """
    return _vectorised(*(jnp.asarray(value, float) for value in (d, n, k, wide, scale)))


# --------------------------------------------------------------------------------------------

FEATURES = 3.0
HERE = FEW.but(wide=0.2, scale=2.0)


def shrinkage(p, k=None):
    """Of the parameters, three features."""
    return heavy_shrinkage(FEATURES, p.n, p.k if k is None else k, p.wide, p.scale)


def own(p):
    """Variance of a feature."""
    return 1 - p.wide + p.wide * p.scale**2


def spread(p):
    """E g^2 w <= E g^2 (N - 1)/K over two points at random, w being at most (N - 1)/K.

    g = (|X|^2 + X.Y + |Y|^2)/3 over E|X|^2, so that E g^2 = (2 m + 1/d + 2)/9, m that of |X|^2.
    """
    fourth = (1 - p.wide + p.wide * p.scale**4) / own(p) ** 2
    square = (2 * fourth * (1 + 2 / FEATURES) + 1 / FEATURES + 2) / 9
    return square * (p.n - 1) / p.k


@claim.equals(
    lambda run, p: run["square"] / own(p),
    mode="heavy",
    at=HERE,
    within=0.03,
    variance=spread,
    trials=60_000,
    why="exact; the width asked for",
    twin=Twin("a normal minority's", normal=True),
    known=((HERE, ".594"), (HERE.but(k=1), ".683")),
)
def contraction_of_heavy_tails(p, *, normal=False):
    """Normal scale mixture of three features: Cov Z = v Cov X, v by two integrals."""
    return gaussian_shrinkage(FEATURES, p.n, p.k) if normal else shrinkage(p)


@claim.never_above(
    2 / 3,
    over=Domain.around(HERE, wide=(0.05, 0.4), scale=(1.5, 3.0)),
    evaluators=("jax",),
    points=8,
)
def heavy_tails_contract_more(p):
    """K = 5 of 9: heavy tails bring v below 2/3, as an outlier's neighbours are in the middle."""
    return shrinkage(p)


@claim.identity(
    lambda p: gaussian_shrinkage(FEATURES, p.n, p.k),
    over=Domain.around(HERE.but(wide=0.0), n=(6, 40), scale=(1.0, 3.0)),
    within=1e-7,
    why="two quadratures",
    points=4,
    twin=Twin("2/3", k=True),
)
def one_scale_is_normal(p, *, k=False):
    """wide = 0: the normal minority's contraction, whatever the other scale."""
    return shrinkage(p, p.n - 1 if k else None)
