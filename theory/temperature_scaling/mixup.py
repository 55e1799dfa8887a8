"""What minimises the Mixup loss: in the pair model in closed form, and for points of one's own."""

import itertools
import math
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Because,
    Claims,
    Domain,
    Ge,
    Lt,
    ParameterError,
    Scalar,
    Twin,
    closed_form,
    integral,
    own_checks,
    root,
)
from theory.temperature_scaling.flat import pair_kl
from theory.temperature_scaling.params import LINE, PLANE, Classes, Params, Points, Separation

claim = Claims()
PLACE = Because("no mixture reaches further")
Place = Annotated[Scalar, Ge(1e-9), Lt(2), PLACE]
HULL = (
    "is outside [1e-9, 1 + alpha - 1e-9]: no mixture reaches z",
    lambda z, alpha: z <= 1 + alpha - 1e-9,
)


def grown(h, s):
    """(s + h) log(s + h) - s log s - h, without their cancellation."""
    safe = jnp.where(s > 0, s, 1.0)
    end = jnp.where(s + h > 0, s + h, 1.0)
    return h * (jnp.log(end) - 1) + jnp.where(s > 0, safe * jnp.log1p(h / safe), 0.0)


def boxes(u1, u2, v1, v2):
    """(K0, K1): the integrals of 1/(u + v) and v/(u + v)^2 over [u1, u2] x [v1, v2]."""
    both = grown(u2 - u1, u1 + v2) - grown(u2 - u1, u1 + v1)

    def logs(u):
        far, near = jnp.where(u + v2 > 0, u + v2, 1.0), jnp.where(u + v1 > 0, u + v1, 1.0)
        return jnp.where(u > 0, u * (jnp.log(far) - jnp.log(near)), 0.0)

    return both, logs(u2) - logs(u1)


def mixed_share(z, alpha):
    """p_a(z) on broadcast arrays, for 0 < z < 1 + alpha."""
    z, alpha = jnp.broadcast_arrays(jnp.asarray(z, float), alpha)
    ends = jnp.stack([0 * alpha, alpha, 0 * alpha + 1, 1 + alpha])
    u, v = jnp.maximum(z - ends, 0), jnp.maximum(ends - z, 0)
    left, right = (3, 1, *z.shape), (1, 3, *z.shape)  # pairs of pieces
    k0, k1 = boxes(u[1:].reshape(left), u[:-1].reshape(left),
                   v[:-1].reshape(right), v[1:].reshape(right))  # fmt: skip
    density, share = np.array([0.5, 1.0, 0.5]), np.array([1.0, 0.5, 0.0])
    weights = np.multiply.outer(density, density)
    of_a = jnp.tensordot(weights * share[:, None], k1, 2)
    of_a += jnp.tensordot(weights * share, k0 - k1, 2)
    return of_a / jnp.tensordot(weights, k0, 2)


@closed_form(z=HULL, example={"z": 0.7})
def mixup_share(z: Place, alpha: Separation):
    """sum rho_A rho_B (K1 eta_A + (K0 - K1) eta_B)/sum rho_A rho_B K0: what Mixup says of class a.

    Pieces A left of z and B right of it, of densities rho (1/2, 1, 1/2) and shares eta of class a
    (1, 1/2, 0); K0, K1 the integrals of 1/(u + v), v/(u + v)^2, u and v the distances to z.
    """
    return mixed_share(z, alpha)


@jax.jit
def _kl(alpha):
    near = jnp.maximum(alpha, 1e-12)[..., None]
    reach = jnp.log((1 + near) / (2 * near))  # x = alpha (e^(reach s) - 1) ends in the middle
    zero = 0.0 * alpha

    def own(s):
        t = s**2 * (3 - 2 * s)  # no logarithms at the ends
        return -6 * s * (1 - s) * jnp.log(mixed_share(near * t, near))

    def both(s):
        t = reach * s**2 * (3 - 2 * s)
        p = mixed_share(near * jnp.exp(t), near)
        return -6 * s * (1 - s) * reach * jnp.exp(t) * jnp.log1p(-((1 - 2 * p) ** 2))

    return alpha * integral(lambda s: own(s) + both(s), zero, zero + 1.0)


@closed_form
def mixup_kl(alpha: Separation):
    """2 int_0^alpha -(1/2) log p_a dz + int_alpha^1 -(1/2) log(4 p_a (1 - p_a)) dz, k-free.

    KL of the Mixup minimiser to the true posteriors, many points, mixtures within a pair. By 255
    nodes: to 1e-9. Taken as linear in alpha below 1e-12.
    """
    return _kl(jnp.asarray(alpha, float))


@jax.jit
def _crossing(k):
    def gap(alpha):
        return pair_kl.__wrapped__(k, alpha) - _kl(alpha)

    return root(gap, 0.5 + 0 * k, 1 + 0 * k)


@closed_form(example={"k": 10})
def mixup_crossing(k: Classes):
    """The alpha above which the best temperature is better than Mixup: pair_kl = mixup_kl."""
    return _crossing(jnp.asarray(k, float))


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


_share = jax.jit(mixed_share)


def tabled(z, alpha):
    """p_a at many z by a table of 4096 (to 1e-5): one compiled shape for every look at a run."""
    grid = np.linspace(0, 1 + alpha, 4098)[1:-1]
    return np.interp(z, grid, np.asarray(_share(grid, alpha)))


def held(run, p, share=tabled):
    """The mean of (share of a - what is said of it), over mixtures left of the overlap."""
    there = run["z"] < p.alpha
    return np.mean(there * (run["share"] - share(run["z"], p.alpha)), axis=1)


mixtures.equals(
    held,
    name="mixup_pair_kl_share",
    says="the share of class a in mixtures at z is p_a(z): its error averages to 0, z < alpha",
    formula=0.0,
    within=0.004,
    variance=0.25 / 64,
    at=(Params(), Params(alpha=0.25)),
    twin=Twin("the true posterior, 1", observable=lambda run, p: held(
        run, p, lambda z, alpha: np.ones_like(z))),
)  # fmt: skip


def inside_hull(run, p):
    """KL given that z is inside the hull, minus a control of mean 0: the limit's KL at z."""
    z = run["z"]
    share = tabled(np.minimum(z, 1 + p.alpha - z), p.alpha)
    there = np.where(z * (1 + p.alpha - z) < p.alpha, -np.log(share),
                     -np.log(4 * share * (1 - share)) / 2)  # fmt: skip
    return run["kl"] * (p.n + 1) / (p.n - 1) - there + float(mixup_kl(p.alpha))


claim.limit(
    lambda p: mixup_kl(p.alpha),
    inside_hull,
    name="mixup_pair_kl",
    says="KL of the Mixup minimiser on n points of a pair, inside their hull, tends to mixup_kl",
    mode="mixup",
    along=[Params(n=n) for n in (25, 50, 100, 200)],
    size=lambda p: p.n,
    rate=-1.0,
    within=0.35,
    why="the next terms, log n/n",
    last_gap=0.012,
    trials_per_rung=2048,
    twin=Twin("0: it finds the posterior", limit=0.0),
)


@claim.never_above(
    0.13778,
    over=Domain.around(Params(), alpha=(0.0, 1.0)),
    points=16,
    twin=Twin("at most .1, as for alpha < .87", larger=0.1),
    known=(
        (Params(alpha=0.1), ".016990"),
        (Params(alpha=0.25), ".031602"),
        (Params(alpha=0.5), ".052620"),
        (Params(alpha=0.75), ".080578"),
        (Params(alpha=0.9), ".107895"),
        (Params(alpha=1.0), ".13777"),
    ),
)
def mixup_pair_kl_bounded(p):
    """mixup_kl <= .13778, its value at alpha = 1, for every overlap and every k.

    the paper's positive result, with its constant: derived
    """
    return mixup_kl(p.alpha)


RIVALS = Domain.around(Params(pairs=1), k={2, 10, 100, 10_000}, alpha=(0.001, 0.9197))


@claim.never_below(
    lambda p: mixup_kl(p.alpha),
    over=RIVALS,
    points=32,
    twin=Twin("for alpha <= .9199 at k = 2 too", reach=0.0002),
)
def mixup_beats_ts(p, *, reach=0.0):
    """alpha <= .9197: KL_mix <= KL_TS for every k >= 2; the crossing is above, and grows with k."""
    return pair_kl(p.k, p.alpha + reach)


@claim.never_above(
    lambda p: mixup_kl(p.alpha),
    over=Domain.around(Params(pairs=1), k={2, 10, 100, 10_000}, alpha=(0.9806, 1.0)),
    points=32,
    twin="Mixup is always better",
)
def mixup_beats_ts_up_to_a_crossing(p):
    """alpha >= .9806, k <= 10^4: KL_TS <= KL_mix, as KL_TS falls to 0 with the overlap."""
    return pair_kl(p.k, p.alpha)


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
