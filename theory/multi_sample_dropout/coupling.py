"""Masks of one example that are drawn together: exact variance for any q, M and correlation."""

from math import comb
from typing import Any

import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Draws, Twin, closed_form, masks, normal_cdf, total
from theory.multi_sample_dropout.example import ONE, gradient_second_moment, mean_gradient, spread
from theory.multi_sample_dropout.params import Coupling, Keep, Params, Signed, Vector
from theory.multi_sample_dropout.speed import least_coupling, noise_scale

claim = Claims("derived; not in the paper")
HALF = Params(d=101, keep=0.5, masks=2)


@closed_form(example=ONE)
def copy_covariance(h: Vector, w: Vector, y: Signed, keep: Keep, coupling: Coupling) -> Any:
    """tr Cov(g_m, g_m') = rho c (|E g|^2 + (1 + rho c) R), R = sum_j h_j^2 (Q - w_j^2 h_j^2).

    Two copies whose masks of a unit have correlation rho, units independent. Quadratic in rho.
    """
    h, w = jnp.asarray(h, float), jnp.asarray(w, float)
    mean = mean_gradient.__wrapped__(h, w, y, keep)
    part = (w * h) ** 2
    rest = total(h**2 * (total(part)[..., None] - part))
    pair = jnp.asarray(coupling, float) * spread(jnp.asarray(keep, float))
    return pair * (total(mean**2) + (1 + pair) * rest)


@closed_form(example=ONE)
def best_coupling(h: Vector, w: Vector, y: Signed, keep: Keep) -> Any:
    """max(-1, -(|E g|^2 + R)/(2 c R)): where the copies' covariance is least, if M allows it."""
    h, w = jnp.asarray(h, float), jnp.asarray(w, float)
    mean = total(mean_gradient.__wrapped__(h, w, y, keep) ** 2)
    part = (w * h) ** 2
    rest = total(h**2 * (total(part)[..., None] - part))
    c = spread(jnp.asarray(keep, float))
    low = mean + rest >= 2 * c * rest  # then -1, also where c or R is 0
    return -jnp.where(low, 1.0, (mean + rest) / jnp.where(low, 1.0, 2 * c * rest))


# --------------------------------------------------------------------------------------------
# By all masks of three copies, two units

THREE = Draws(h=(2,), w=(2,), y=(), s=())


def some_keep(z):
    """q in (.1, .95)."""
    return 0.1 + 0.85 * normal_cdf(z.s)


def as_equal_as_possible(q, copies=3):
    """(patterns of one unit in the copies, chances): K kept, K = floor(q M) or one more."""
    low = jnp.floor(q * copies)
    extra = q * copies - low
    patterns = masks(copies)
    kept = jnp.sum(patterns, 1)
    ways = jnp.asarray([float(comb(copies, k)) for k in range(copies + 1)])[kept.astype(int)]
    weight = jnp.where(kept == low, 1 - extra, 0.0) + jnp.where(kept == low + 1, extra, 0.0)
    return patterns, weight / ways


def by_copies(z):
    """tr Var of the mean gradient of three copies."""
    q = some_keep(z)
    patterns, chance = as_equal_as_possible(q)
    b = jnp.stack(jnp.broadcast_arrays(patterns[:, None], patterns[None]), -1) / q
    error = z.y - (b * z.h) @ z.w  # (first unit, second unit, copy)
    g = -jnp.mean(error[..., None] * b * z.h, -2)
    law = chance[:, None] * chance
    mean = jnp.einsum("ab,abj->j", law, g)
    return jnp.sum(law * jnp.sum(g**2, -1)) - mean @ mean


@claim.algebra(
    by_copies, over=THREE, scale=100.0, twin=Twin("linear in rho: one unit at a time", linear=True)
)
def balanced_masks_variance(z, *, linear=False):
    """As many copies kept as can be equal: Var = V_mask/M + (1 - 1/M) rho c (|Eg|^2 + (1+rho c)R).

    derived; not in the paper

    rho the least coupling (f (1 - f)/(M p q) - 1)/(M - 1), f the fraction of q M; any q and M.
    """
    q = some_keep(z)
    rho = least_coupling.__wrapped__(q, 3.0)
    single = gradient_second_moment(z.h, z.w, z.y, q)
    mean = jnp.sum(mean_gradient(z.h, z.w, z.y, q) ** 2)
    pair = copy_covariance.__wrapped__(z.h, z.w, z.y, q, rho)
    if linear:
        small = copy_covariance.__wrapped__(z.h, z.w, z.y, q, 1e-6)
        pair = small * rho * 1e6
    return (single - mean) / 3 + 2 / 3 * pair


@claim.algebra(
    lambda z: jnp.zeros(2),
    over=Draws(h=(4,), w=(4,), y=()),
    scale=lambda z: 1 + jnp.sum(z.h**2) * (1 + z.y**2 + jnp.sum((z.w * z.h) ** 2)),
    twin=Twin("covariance 0, as of independent copies", coupling=0.0),
)
def complementary_masks(z, *, coupling=-1.0):
    """q = 1/2, b' = 2 - b: the copies' gradients have covariance -|E g|^2, that is E g.g' = 0.

    derived; not in the paper

    No unit is alive in both, and their predictions average to w.h exactly.
    """
    mean = jnp.sum(mean_gradient(z.h, z.w, z.y, 0.5) ** 2)
    b = masks(4) * 2
    e = z.y - jnp.stack([b, 2 - b]) @ (z.w * z.h)
    g = -e[..., None] * jnp.stack([b, 2 - b]) * z.h
    cross = jnp.mean(jnp.sum(g[0] * g[1], 1))
    known = copy_covariance(z.h, z.w, z.y, 0.5, coupling) + mean
    return jnp.stack([cross, known])


@claim.algebra(
    lambda z: jnp.zeros(()),
    over=Draws(h=(8,), w=(8,), y=(), s=()),
    scale=lambda z: 1 + jnp.sum(z.h**2) * (1 + jnp.sum((z.w * z.h) ** 2)),
    within=1e-12,
    twin=Twin("-1, the most opposed", best=False),
)
def most_opposed_is_not_best(z, *, best=True):
    """No coupling has a smaller covariance than max(-1, -(|E g|^2 + R)/(2 c R)), often above -1."""
    q, y = some_keep(z), z.w @ z.h + z.y / 10  # a small residual
    rho = best_coupling(z.h, z.w, y, q) if best else -1.0
    others = copy_covariance(z.h, z.w, y, q, jnp.linspace(-1.0, 1.0, 41))
    return jnp.maximum(copy_covariance(z.h, z.w, y, q, rho) - jnp.min(others), 0.0)


# --------------------------------------------------------------------------------------------
# What it is worth on the stream


def worth(p):
    """How many independent masks have the noise scale of M balanced ones."""
    most = noise_scale(p.d, p.keep, np.inf)
    single = noise_scale(p.d, p.keep, 1) - most
    rho = least_coupling(p.keep, float(p.masks))
    return single / (noise_scale(p.d, p.keep, p.masks, coupling=rho) - most)


@claim.identity(
    lambda p: 3 + 12 / (p.d - 1),
    over=Domain.around(HALF, d=(2, 1000)),
    within=1e-10,
    twin=Twin("two: each mask once", opposed=False),
    known=((HALF, "3.12"),),
)
def worth_of_a_complementary_pair(p, *, opposed=True):
    """On the stream a complementary pair is worth 3 + 12/(d - 1) independent masks, at q = 1/2."""
    return worth(p) if opposed else 2.0


@claim.limit(
    lambda p: (1 + p.keep) / (1 - p.keep),
    along=tuple(HALF.but(d=10_000, keep=0.75, masks=m) for m in (8, 16, 32, 64, 128)),
    size=lambda p: p.masks,
    rate=-1,
    within=0.1,
    why="terms of order 1/M^2 and 1/d in the gap",
    last_gap=0.1,
    twin=Twin("3, as at q = 1/2", limit=3.0),
)
def worth_of_many_balanced_masks(p):
    """Each of many balanced masks is worth (1 + q)/(1 - q) independent ones, at large d."""
    return worth(p) / p.masks
