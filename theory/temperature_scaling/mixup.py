"""What minimises the Mixup loss in the pair model, for uniform and for Beta(2, 2) weights."""

from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import Because, Claims, Domain, Ge, Lt, Scalar, Twin, closed_form, integral, root
from theory.temperature_scaling.flat import pair_kl
from theory.temperature_scaling.params import Classes, Params, Separation

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


def boxes_beta2(u1, u2, v1, v2):
    """(K0, K1) with the weight 6 u v/(u + v)^2 of Beta(2, 2): those of uv/(u + v)^3 and its lambda.

    d^2/(du dv) of uv/(u + v) is 2 uv/(u + v)^3, of uv (u + 2 v)/(u + v)^2 it is 6 u v^2/(u + v)^4.
    """

    def corner(u, v):
        s = jnp.where(u + v > 0, u + v, 1.0)
        return 3 * u * v / s, u * (v / s) * ((u + 2 * v) / s)

    corners = [corner(u2, v2), corner(u1, v2), corner(u2, v1), corner(u1, v1)]
    return tuple(a - b - c + d for a, b, c, d in zip(*corners, strict=True))


def mixed_share(z, alpha, boxes=boxes):
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


@closed_form(z=HULL, example={"z": 0.7})
def mixup_share_beta2(z: Place, alpha: Separation):
    """The same for Beta(2, 2) weights: K0 of 6 uv/(u + v)^3, K1 of 6 u v^2/(u + v)^4."""
    return mixed_share(z, alpha, boxes_beta2)


def mixed_kl(alpha, boxes=boxes):
    """The KL of p_a over the pair, on arrays."""
    near = jnp.maximum(alpha, 1e-12)[..., None]
    reach = jnp.log((1 + near) / (2 * near))  # x = alpha (e^(reach s) - 1) ends in the middle
    zero = 0.0 * alpha

    def own(s):
        t = s**2 * (3 - 2 * s)  # no logarithms at the ends
        return -6 * s * (1 - s) * jnp.log(mixed_share(near * t, near, boxes))

    def both(s):
        t = reach * s**2 * (3 - 2 * s)
        p = mixed_share(near * jnp.exp(t), near, boxes)
        return -6 * s * (1 - s) * reach * jnp.exp(t) * jnp.log1p(-((1 - 2 * p) ** 2))

    return alpha * integral(lambda s: own(s) + both(s), zero, zero + 1.0)


_kl = jax.jit(mixed_kl, static_argnames="boxes")


@closed_form
def mixup_kl(alpha: Separation):
    """2 int_0^alpha -(1/2) log p_a dz + int_alpha^1 -(1/2) log(4 p_a (1 - p_a)) dz, k-free.

    KL of the Mixup minimiser to the true posteriors, many points, mixtures within a pair. By 255
    nodes: to 1e-9. Taken as linear in alpha below 1e-12.
    """
    return _kl(jnp.asarray(alpha, float))


@closed_form
def mixup_kl_beta2(alpha: Separation):
    """The same integral for Beta(2, 2) weights, which mix further from the points."""
    return _kl(jnp.asarray(alpha, float), boxes_beta2)


@jax.jit
def _crossing(k):
    def gap(alpha):
        return pair_kl.__wrapped__(k, alpha) - _kl(alpha)

    return root(gap, 0.5 + 0 * k, 1 + 0 * k)


@closed_form(example={"k": 10})
def mixup_crossing(k: Classes):
    """The alpha above which the best temperature is better than Mixup: pair_kl = mixup_kl."""
    return _crossing(jnp.asarray(k, float))


# --------------------------------------------------------------------------------------------

mixtures = claim.given(mode="mixtures", at=Params())
_share = jax.jit(mixed_share, static_argnames="boxes")


def tabled(z, alpha, boxes=boxes):
    """p_a at many z by a table of 4096 (to 1e-5): one compiled shape for every look at a run."""
    grid = np.linspace(0, 1 + alpha, 4098)[1:-1]
    return np.interp(z, grid, np.asarray(_share(grid, alpha, boxes)))


def held(run, p, share=tabled, beta=""):
    """The mean of (share of a - what is said of it), over mixtures left of the overlap."""
    z = run["z" + beta]
    return np.mean((z < p.alpha) * (run["share" + beta] - share(z, p.alpha)), axis=1)


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
mixtures.equals(
    lambda run, p: held(run, p, lambda z, alpha: tabled(z, alpha, boxes_beta2), "_beta2"),
    name="mixup_beta2_share",
    says="of Beta(2, 2) mixtures at z the share of class a is mixup_share_beta2, z < alpha",
    formula=0.0,
    within=0.004,
    variance=0.25 / 64,
    twin=Twin(
        "the true posterior, 1",
        observable=lambda run, p: held(run, p, lambda z, alpha: np.ones_like(z), "_beta2"),
    ),
)


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
    trials_per_rung=4096,
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


@claim.never_above(
    lambda p: mixup_kl_beta2(p.alpha), over=Domain.around(Params(), alpha=(0.02, 1.0)), points=16
)
def mixup_beta2_costs_more(p):
    """Weights nearer to the middle have the larger KL for alpha >= .02, the smaller below .009."""
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
