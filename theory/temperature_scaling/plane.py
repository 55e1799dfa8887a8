"""Mixup in the plane: mixtures of three points, which fill triangles, and of two.

Squares for intervals: class a is uniform on [0, 1]^2, class b on [alpha, 1 + alpha] x [0, 1]; a
pair's posteriors, overlap and interpolator are those of the line. Given its weights a mixture's
coordinates are independent sums of uniform numbers, so that one density makes all predictions:
h(t) of sum_i lambda_i U_i, by the 2^m corners of a box. A shift by alpha lambda_S is that of the
points S of class b. What is left is an average over the weights.
"""

import functools
import itertools
import math
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Ge, Le, Scalar, Static, Twin, closed_form, maximum
from theory.temperature_scaling.flat import pair_kl
from theory.temperature_scaling.mixup import mixup_kl
from theory.temperature_scaling.mixup import tabled as intervals
from theory.temperature_scaling.params import Params, Separation

claim = Claims("derived; not in the paper")
EDGE = 0.001
Along = Annotated[Scalar, Ge(EDGE), Le(2 - EDGE)]
Across = Annotated[Scalar, Ge(EDGE), Le(1 - EDGE)]
Mixed = Annotated[int, Ge(2), Le(3), Static]
HULL = (
    "is outside [.001, .999 + alpha]: too near to the edge for these nodes",
    lambda z1, alpha: z1 <= 1 + alpha - EDGE,
)


def gauss(n):
    """Nodes and weights on [0, 1]."""
    x, w = np.polynomial.legendre.leggauss(n)
    return (1 + x) / 2, w / 2


def simplex(mixed, n):
    """Weights lambda_1 >= lambda_2 >= ... and their masses: dense at the simplex's corner."""
    x, w = gauss(n)
    if mixed == 2:
        return np.stack([1 - x / 2, x / 2], axis=1), w
    s, t = (v.ravel() for v in np.meshgrid(x**2, x**2, indexing="ij"))
    mass = np.outer(2 * w * x**3, 2 * w * x).ravel()
    middle, centre = np.array([-0.5, 0.5, 0]), np.array([-2 / 3, 1 / 3, 1 / 3])
    by = np.array([1.0, 0, 0]) + s[:, None] * (np.outer(1 - t, middle) + np.outer(t, centre))
    return by, mass / mass.sum()


NODES = {2: (1024, 256), 3: (64, 24)}  # of a share, and of each share in a KL
WEIGHTS = {m: tuple(simplex(m, n) for n in NODES[m]) for m in NODES}


def sums_density(t, by):
    """h(t) = sum_T (-1)^|T| (t - lambda_T)_+^(m-1)/((m-1)! prod lambda), T subsets of m weights."""
    m, total = by.shape[1], 0.0
    for subset in itertools.product((0.0, 1.0), repeat=m):
        total += (-1) ** sum(subset) * maximum(t - by @ np.array(subset), 0.0) ** (m - 1)
    return total / (math.factorial(m - 1) * by.prod(axis=1))


def plane_shares(z1, z2, alpha, weights):
    """p_a at all of (z1, z2), in rows and columns; alpha is one number."""
    by, mass = weights
    across = sums_density(z2[:, None], by) * mass
    of_a = whole = jnp.zeros((len(z1), len(z2)))
    for subset in itertools.product((0.0, 1.0), repeat=by.shape[1]):
        of_b = by @ np.array(subset)
        along = sums_density(z1[:, None] - alpha * of_b, by)
        of_a = of_a + (along * (1 - of_b)) @ across.T
        whole = whole + along @ across.T
    return of_a / whole


@closed_form(z1=HULL, example={"z1": 0.7, "z2": 0.3, "alpha": 0.5, "mixed": 3})
def plane_share(z1: Along, z2: Across, alpha: Separation, mixed: Mixed = 3):
    """E sum_S (1 - lambda_S) h(z1 - alpha lambda_S) h(z2)/E sum_S h(z1 - alpha lambda_S) h(z2).

    What Mixup of ``mixed`` = m points says of class a at (z1, z2): an average over uniform weights
    lambda of the simplex, S the points of class b. m = 3: triangles; m = 2: ordinary Mixup. To 1e-5
    """
    return _share(z1, z2, alpha, mixed)


@jax.jit(static_argnames="mixed")
def _share(z1, z2, alpha, mixed):
    def one(z1, z2, alpha):
        return plane_shares(z1[None], z2[None], alpha, WEIGHTS[mixed][0])[0, 0]

    z1, z2, alpha = jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in (z1, z2, alpha)))
    found = jax.lax.map(lambda at: one(*at), tuple(v.ravel() for v in (z1, z2, alpha)),
                        batch_size=64)  # fmt: skip
    return found.reshape(z1.shape)


ALONG, ACROSS = gauss(40), gauss(16)


def one_kl(alpha, weights):
    """KL over the squares, at one alpha."""
    x, w = ALONG
    t, speed = x**2 * (3 - 2 * x), 6 * x * (1 - x) * w
    y = ACROSS[0] ** 2 / 2
    across = 2 * ACROSS[0] * ACROSS[1]
    near = jnp.maximum(alpha, 1e-9)
    own = plane_shares(near * t, y, near, weights)
    both = plane_shares(near + (1 - near) / 2 * t, y, near, weights)
    lost = -alpha * speed @ jnp.log(own) @ across
    return lost - (1 - alpha) / 2 * speed @ jnp.log1p(-((1 - 2 * both) ** 2)) @ across


@jax.jit(static_argnames="mixed")
def _kl(alpha, mixed):
    alpha = jnp.asarray(alpha, float)
    one = jax.checkpoint(lambda a: one_kl(a, WEIGHTS[mixed][1]))
    return jax.lax.map(one, alpha.ravel()).reshape(alpha.shape)


@closed_form(example={"alpha": 0.5, "mixed": 3})
def plane_kl(alpha: Separation, mixed: Mixed = 3):
    """KL of that minimiser to the true posteriors, over both squares: to 1e-5, whatever k is."""
    return _kl(alpha, mixed)


# --------------------------------------------------------------------------------------------

squares = claim.given(mode="squares", at=(Params(), Params(alpha=0.9)), within=0.0012, formula=0.0)
SPREAD = 0.16 / 64  # p (1 - p) of a trial's 64 mixtures, p >= .8 outside the overlap


@functools.cache
def table(alpha, mixed):
    """Places along and across, half of the squares, and p_a there."""
    along = np.linspace(EDGE, (1 + alpha) / 2, 160)
    across = np.linspace(EDGE, 0.5, 40)
    shares = jax.jit(plane_shares)(along, across, alpha, WEIGHTS[mixed][1])
    return along, across, np.asarray(shares)


def tabled(z1, z2, alpha, mixed):
    """p_a left of the middle, by a table."""
    along, across, shares = table(float(alpha), mixed)
    x = np.clip((z1 - EDGE) / (along[1] - along[0]), 0, len(along) - 1.001)
    y = np.clip((np.minimum(z2, 1 - z2) - EDGE) / (across[1] - across[0]), 0, len(across) - 1.001)
    i, j, u, v = x.astype(int), y.astype(int), x % 1, y % 1
    low = (1 - u) * shares[i, j] + u * shares[i + 1, j]
    return (1 - v) * low + v * ((1 - u) * shares[i, j + 1] + u * shares[i + 1, j + 1])


def held(run, p, mixed, share=tabled):
    """Mean of (a mixture's share of its side's class - what is said of it), off the overlap."""
    z1, z2, of_a = (run[f"{name}_{mixed}"] for name in ("along", "across", "share"))
    left = z1 < (1 + p.alpha) / 2
    own = np.where(left, of_a, 1 - of_a)
    z = np.where(left, z1, 1 + p.alpha - z1)
    return np.mean((z < p.alpha) * (own - share(z, z2, p.alpha, mixed)), axis=1)


def of_intervals(z1, z2, alpha, mixed):
    """As on the line."""
    return intervals(z1, alpha)


squares.equals(
    functools.partial(held, mixed=3),
    name="mixup_triangle_share",
    says="of mixtures of three points of squares the share of class a is plane_share(..., 3)",
    variance=SPREAD,
    twin=Twin("that of intervals: a coordinate without news is nothing",
              observable=functools.partial(held, mixed=3, share=of_intervals)),
)  # fmt: skip
squares.equals(
    functools.partial(held, mixed=2),
    name="mixup_plane_share",
    says="of mixtures of two points of squares it is plane_share(..., 2)",
    variance=SPREAD,
    twin=Twin("that of triangles", observable=functools.partial(
        held, mixed=2, share=lambda z1, z2, alpha, _: tabled(z1, z2, alpha, 3))),
)  # fmt: skip

APART = Domain.around(Params(), alpha=(0.02, 1.0))


@claim.never_above(
    0.16745,
    over=APART,
    points=12,
    twin=Twin("at most .13778, as on the line", larger=0.13778),
    known=((Params(alpha=0.1), ".0276"), (Params(), ".0642"), (Params(alpha=1.0), ".1674")),
)
def mixup_triangle_kl_bounded(p):
    """Triangles: KL <= .16745, its value at alpha = 1, for every overlap and every k."""
    return plane_kl(p.alpha, 3)


@claim.never_above(lambda p: plane_kl(p.alpha, 3), over=APART, points=12)
def triangles_cost_more(p):
    """Mixtures of three points of squares have a larger KL than those of two of intervals."""
    return mixup_kl(p.alpha)


@claim.never_above(
    lambda p: mixup_kl(p.alpha),
    over=APART,
    points=12,
    known=((Params(), ".04989"), (Params(alpha=1.0), ".1303")),
)
def a_coordinate_without_news_helps(p):
    """Two points of squares: a smaller KL than of intervals, as mixtures near the edge are rare."""
    return plane_kl(p.alpha, 2)


@claim.never_below(
    lambda p: plane_kl(p.alpha, 3),
    over=Domain.around(Params(pairs=1), k={2, 10, 100, 10_000}, alpha=(0.01, 0.8966)),
    points=24,
    twin=Twin("for alpha <= .8967 + .003 at k = 2 too", reach=0.003),
)
def triangles_beat_ts(p, *, reach=0.0):
    """.01 <= alpha <= .8966: KL of triangles <= KL_TS for every k >= 2; on the line to .9197.

    at k = 2, alpha < .005 it is not: nearly equal classes, and T -> infinity is nearly right
    """
    return pair_kl(p.k, p.alpha + reach)


@claim.never_above(
    lambda p: plane_kl(p.alpha, 3),
    over=Domain.around(Params(pairs=1), k={2, 10, 100, 10_000}, alpha=(0.9762, 1.0)),
    points=24,
    twin="triangles are always better",
)
def triangles_beat_ts_up_to_a_crossing(p):
    """alpha >= .9762, k <= 10^4: KL_TS <= KL of triangles."""
    return pair_kl(p.k, p.alpha)
