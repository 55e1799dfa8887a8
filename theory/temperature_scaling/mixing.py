"""What minimises the Mixup loss of points of one's own, on the line and in space."""

import itertools
import math

import jax.numpy as jnp
import numpy as np

from theory import Claims, ParameterError, Twin, own_checks
from theory.temperature_scaling.mixup import grown
from theory.temperature_scaling.params import LINE, PLANE, Params, Points

claim = Claims()


@own_checks("points, labels and a place: a list, of one length")
def mixed_posterior(points, labels, z, classes: int, beta: float = 1.0) -> np.ndarray:
    """The minimiser of the Mixup loss at z: shares of the classes, (classes,).

    sum_sigma w_sigma sum_i lambda_i 1[y_i = y]/sum_sigma w_sigma over the simplices sigma of d + 1
    points that hold z, lambda the barycentric coordinates, w = f(lambda)/volume, f the density of
    Dirichlet(beta) weights (1: uniform; for d = 1 Beta(beta, beta)).

    Raises ParameterError where d + 1 points span no volume, or where no simplex holds z.
    """
    x, z = np.asarray(points, float), np.atleast_1d(np.asarray(z, float))
    d = x.shape[1] if x.ndim == 2 else 0
    if d == 0 or z.shape != (d,) or len(labels) != len(x) or not np.isfinite(x).all():
        raise ParameterError(f"mixed_posterior: points {x.shape} and z {z.shape} do not fit")
    if len(x) < d + 1:
        raise ParameterError(f"mixed_posterior: {len(x)} points are fewer than d + 1 = {d + 1}")
    if not set(labels) <= set(range(classes)):
        raise ParameterError(f"mixed_posterior: labels are not whole numbers below {classes}")
    if not beta > 0:
        raise ParameterError(f"mixed_posterior: beta = {beta:g} is outside (0, inf)")
    subsets = np.array(list(itertools.combinations(range(len(x)), d + 1)))
    corners = np.concatenate([x[subsets], np.ones((len(subsets), d + 1, 1))], axis=2)
    volume = np.abs(np.linalg.det(corners))
    if (volume < 1e-12 * np.ptp(x, axis=0).max() ** d).any():
        raise ParameterError("mixed_posterior: degenerate simplex: volume 0")
    by = np.linalg.solve(np.swapaxes(corners, 1, 2), np.broadcast_to(np.append(z, 1.0)[:, None],
                         (len(subsets), d + 1, 1)))[..., 0]  # fmt: skip
    holds = (by > 0).all(axis=1)
    if not holds.any():
        raise ParameterError("mixed_posterior: no mixture reaches z")
    by, volume, named = by[holds], volume[holds], np.asarray(labels)[subsets[holds]]
    weight = np.prod(by, axis=1) ** (beta - 1) / volume
    shares = (weight[:, None] * by)[..., None] * np.eye(classes)[named]
    return shares.sum(axis=(0, 1)) / weight.sum()


# --------------------------------------------------------------------------------------------


def ball_mass(at: Points, weighted=True):
    """E[1(mixture in the ball) x its share of class 0]: exact, as shares are affine inside."""
    x, d = np.array(at.points), len(at.z)
    total = 0.0
    subsets = list(itertools.combinations(range(len(x)), d + 1))
    for subset in subsets:
        corners = np.vstack([x[list(subset)].T, np.ones(d + 1)])
        by = np.linalg.solve(corners, np.append(at.z, 1.0))
        if (by > 0).all():
            volume = abs(np.linalg.det(corners)) / (d if d > 1 else 1)
            mass = by[np.array(at.labels)[list(subset)] == 0].sum()
            total += mass / (volume if weighted else 0.4)
    ball = 2 * at.radius if d == 1 else np.pi * at.radius**2
    return total * ball / len(subsets)


mixtures = claim.given(mode="mixtures", at=Params())


@mixtures.equals(
    "line", within=0.002, variance=0.12 / 64, twin=Twin("all segments alike", weighted=False)
)
def mixup_minimiser(p, *, weighted=True):
    """Mixtures of two points: the share of y at z is sum lambda_y/|x_j - x_i| over their sum."""
    return ball_mass(LINE, weighted) + 0.0 * p.alpha


@mixtures.equals("plane", within=0.0006, variance=0.018 / 64,
                 twin=Twin("all triangles alike", weighted=False))  # fmt: skip
def mixup_minimiser_plane(p, *, weighted=True):
    """Of three points in the plane: barycentric shares, weighted by 1/area."""
    return ball_mass(PLANE, weighted) + 0.0 * p.alpha


@claim.equals(
    "outside",
    at=(Params(n=50), Params()),
    within=0.002,
    variance=lambda p: 2 * (p.n - 1) / ((p.n + 1) ** 2 * (p.n + 2)),
    twin=Twin("1/n", both=0),
)
def mixup_hull(p, *, both=1):
    """A fresh point of the pair lies outside the hull of n points with chance 2/(n + 1).

    derived: that mass is Beta(2, n - 1), whatever the density
    """
    return 2 / (p.n + 1) if both else 1 / p.n


# --------------------------------------------------------------------------------------------
# All pairs mixed with all


def cross_weight(p):
    """The weight at a middle pair's middle of mixtures with another pair; its own has log 2."""
    i = jnp.arange(1.0, 2e4 + 1)
    s = p.spacing * i
    ways = jnp.maximum(jnp.minimum(i - 1, 2 * p.side + 1 - i), 0)
    apart = s * jnp.log1p(-1 / s**2) + 2 * jnp.arctanh(1 / s)  # G(s + 1) - 2 G(s) + G(s - 1)
    half = grown(0.5, s + 0.5) - grown(0.5, s - 0.5)  # its own half with the pair at s
    return jnp.sum(ways * apart) + 2 * jnp.sum(jnp.where(i <= p.side, half, 0))


ASIDE = claim.given(
    along=[Params(side=m, spacing=2.0) for m in (10, 10**2, 10**3, 10**4)],
    size=lambda p: p.side,
    within=0.05,
    why="the next term, 1/side^2",
    last_gap=1e-5,
)


@ASIDE.limit(1.0, rate=-1.0, twin=Twin("no contamination", limit=0.0))
def mixup_global_contamination(p):
    """The weight of mixtures across pairs over log(2) K/L, L the spacing of K pairs, tends to 1.

    derived: the middle of the middle pair keeps log 2 of own weight, so it loses log(1 + K/L): an
    O(1) cost with the paper's L = k = 2 K, log K with pairs close by. K = 2 side
    """
    return cross_weight(p) * p.spacing / (2 * p.side * math.log(2))
