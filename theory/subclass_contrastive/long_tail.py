"""Unequal classes: the last class's subclasses are small classes of their own.

H = C - 1 head classes keep m subclasses each, T = m tail classes have one; all have n points. The
optimum has four similarities: a inside a head class, hh, ht and tt across classes. Where the plain
class term is meant, a tail point has no positive in it, and so no class term.
"""

from typing import Any

import jax
import jax.numpy as jnp

from theory import Claims, Twin, absolute, maximum
from theory.subclass_contrastive.collapse import DESCENT
from theory.subclass_contrastive.params import Params

claim = Claims("derived; the paper is empirical")
LIGHT, HEAVY = Params(beta=0.1), Params(beta=3.0)
COLD = Params(tau1=0.25, tau2=0.25, beta=0.2)
WEIGHTS = (LIGHT, Params(beta=0.2), Params(beta=1.0), HEAVY)


def similarities(p, z, heads, tails):
    """(a, hh, ht, tt) of z = (a, x, y): x, y the sums of a head's and a tail's row, ht extreme.

    The Gram matrix of the sums over heads and tails is singular: ht = -sqrt(xy/(HTm)).
    """
    a, x, y = z
    inside = 1 + (p.parts - 1) * a
    hh = (x - inside) / ((heads - 1) * p.parts) if heads > 1 else 0.0
    return a, hh, -jnp.sqrt(x * y / (heads * tails * p.parts)), (y - 1) / (tails - 1)


def tailed_loss(p, z, heads, tails, own, share=1):
    """L1 + beta L2, the mean over points; own = 1 for the code's class term (JAX).

    Head subclasses have ``share`` times the n points of a tail class.
    """
    a, hh, ht, tt = similarities(p, z, heads, tails)
    m, n, big = p.parts, p.n, share * p.n

    def others(tau, head):
        inside = big * (m - 1) * jnp.exp((a - 1) / tau) if head else 0.0
        row = (big * m * (heads - 1), hh, n * tails, ht) if head else (
            n * (tails - 1), tt, big * m * heads, ht)  # fmt: skip
        return inside + row[0] * jnp.exp((row[1] - 1) / tau) + row[2] * jnp.exp((row[3] - 1) / tau)

    head = jnp.log(big - 1 + others(p.tau1, True))
    tail = jnp.log(n - 1 + others(p.tau1, False))
    drawn = big * (m - 1) * (1 - a) / (own + big * (m - 1)) / p.tau2
    head += p.beta * (drawn + jnp.log(own + others(p.tau2, True)))
    tail += p.beta * own * jnp.log(jnp.where(own > 0, own, 1.0) + others(p.tau2, False))
    weight = heads * m * share
    return (weight * head + tails * tail) / (weight + tails)


NEWTON = 40  # steps; each the best of lengths 1, 1/2, ..., 2^-9


def tailed(p, own=0.0, collapsed=False, heads=None, tails=None, share=1):
    """(a, hh, ht, tt) at the optimum, a = 1 where ``collapsed`` (JAX).

    By damped Newton steps, for the loss is convex in z; NaN where head subclasses collapse. With
    collapsed = True and beta = 0 it is the supervised contrastive loss on class labels.
    """
    heads, tails = heads or p.classes - 1, tails or p.parts
    free = jnp.array([0.0 if collapsed else 1.0, 1.0, 1.0])
    groups = heads + tails if collapsed else heads * p.parts + tails
    b = -1 / (groups - 1)  # a simplex
    a = 1.0 if collapsed else b
    start = jnp.array([a, 1 + (p.parts - 1) * a + (heads - 1) * p.parts * b, 1 + (tails - 1) * b])

    def value(z):
        return tailed_loss(p, z, heads, tails, own, share)

    def step(_, z):
        slope, bend = jax.grad(value)(z) * free, jax.hessian(value)(z) * jnp.outer(free, free)
        move = jnp.linalg.solve(bend + jnp.diag(1 - free), slope)
        tried = z - move * 0.5 ** jnp.arange(10.0)[:, None]
        values = jax.vmap(value)(tried)
        best = tried[jnp.nanargmin(values)]
        return jnp.where(jnp.nanmin(values) <= value(z), best, z)

    z = jax.lax.fori_loop(0, NEWTON, step, start)
    return jnp.where(z[0] <= 1, jnp.stack(similarities(p, z, heads, tails)), jnp.nan)


def parted(run, p) -> Any:
    """The four long-tailed descents against theory, the largest difference."""
    a = absolute(run["tail"] - tailed(p))
    b = absolute(run["own_tail"] - tailed(p, own=1.0))
    c = absolute(run["class_tail"] - tailed(p.but(beta=0.0), collapsed=True))
    return jnp.max(jnp.stack([a, b, c]), axis=(0, 2))


claim.every_trial(
    parted,
    within=DESCENT,
    name="four_similarities",
    says="long-tailed descents end at (a, hh, ht, tt) of the convex programme: class labels, plain"
    " and own-view class term",
    at=(LIGHT, HEAVY, COLD),
    trials=1,
    twin=Twin("tail points have a class term too", observable=lambda run, p: jnp.max(absolute(
        run["tail"] - tailed(p, own=1.0)), -1)),
)  # fmt: skip


def crowding(run, p):
    """hh - tt on class labels: negative where the tails are nearer."""
    return run["class_tail"][..., 1] - run["class_tail"][..., 3]


claim.every_trial(
    crowding,
    within=-0.01,
    name="unequal_classes_break_the_simplex",
    says="SupCon on class labels, 2 classes of 6 points and 3 of 2: tails are nearer to each other",
    at=(LIGHT, COLD),
    trials=1,
    twin=Twin("the simplex whatever the sizes", observable=lambda run, p: absolute(
        run["class_tail"][..., 3] + 1 / (p.classes - 1 + p.parts - 1))),
)  # fmt: skip


claim.every_trial(
    lambda run, p: maximum(run["equal"], absolute(
        run["equal_level"] + 1 / (p.classes * p.parts - 1))),
    within=DESCENT,
    name="subclass_supcon_is_balanced",
    says="beta = 0: every pair of subclasses is at -1/(S - 1), S subclasses in all, tails or not",
    at=(LIGHT, COLD),
    trials=1,
    twin=Twin("S counts classes", observable=lambda run, p: absolute(
        run["equal_level"] + 1 / (p.classes - 1 + p.parts - 1))),
)  # fmt: skip


def lifted(run, p, term="tail", level=None) -> Any:
    """What is missing to the tails' similarity under the class term above a level."""
    level = run["class_tail"][..., 3] if level is None else level
    return level - run[term][..., 3]


claim.every_trial(
    lifted,
    within=-0.005,
    name="class_term_crowds_tail",
    says="the plain class term draws tails together, past SupCon on class labels, from beta = .1",
    at=WEIGHTS,
    trials=1,
    twin=Twin("the tails stay as they were at beta = 0", observable=lambda run, p: absolute(
        run["tail"][..., 3] + 1 / (p.classes * p.parts - 1))),
)  # fmt: skip

claim.every_trial(
    lambda run, p: absolute(run["tail"][..., 3] + 1 / (p.classes * p.parts - 1)),
    within=0.01,
    name="balance_is_kept",
    says="balance is kept while class labels are learned: tails stay at -1/(S - 1)",
    source="the paper's abstract, read in this model with the plain class term",
    at=(HEAVY, LIGHT),
    trials=1,
    twin=None,
    repaired_by="class_term_crowds_tail",
)

claim.every_trial(
    lambda run, p: lifted(run, p, "own_tail", -1 / (p.classes * p.parts - 1)),
    within=-0.01,
    name="own_view_term_moves_tails",
    says="the code's class term too leaves the tails nearer than balance, though tails repel in it",
    at=WEIGHTS,
    trials=1,
    twin=Twin("as near as with the plain term", observable=lambda run, p: lifted(
        run, p, "own_tail", run["tail"][..., 3] - 0.01)),
)  # fmt: skip
