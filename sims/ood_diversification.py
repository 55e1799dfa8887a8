"""Samples on which each loss is minimised, learners, soft heads, and tables of many heads."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from sims import normals, simulation, uniforms
from theory import binary_entropy, normal_cdf


def selected(conflict, u):
    """(DivDis's, D-BAT's) delta_2: over all critical delta, 0 and the points u with s != t.

    First head spurious. Of equal optima the least delta.
    """
    n = len(u)
    delta = jnp.concatenate([jnp.zeros(1), jnp.sort(jnp.where(conflict, u, jnp.inf))])
    apart = jnp.arange(n + 1) / n  # disagreement with the first head at each delta
    information = jnp.log(2) - binary_entropy(apart)
    within = jnp.isfinite(delta)
    least = jnp.argmin(jnp.where(within, information, jnp.inf))
    return delta[least], delta[jnp.argmax(jnp.where(within, apart, -1.0))]


@simulation(width=512)
def trial(key, p):
    """n points: the methods' second hypotheses, at r and at 1/2; two heads' right calls."""
    (u,) = uniforms(key, u=(2, p.n))
    conflict = u[0] < 1 - p.r
    divdis, dbat = selected(conflict, u[1])
    right = [jnp.sum(~conflict | (u[1] < delta)) for delta in (p.first, p.second)]
    return {
        "divdis": divdis,
        "dbat": dbat,
        "balanced": selected(u[0] < 0.5, u[1])[0],
        "conflicts": jnp.sum(conflict),
        "right_first": 1.0 * right[0],
        "right_second": 1.0 * right[1],
    }


@simulation(width=512)
def learner_trial(key, p):
    """n training points for the mean classifier, n test points for h_theta."""
    (g,) = normals(key, g=(5, p.n))
    g1, g2, h1, h2 = jnp.abs(g[:4])
    weights = jnp.array([p.kappa * jnp.mean(p.kappa * g1), jnp.mean(g2)])  # on (x1, x2)
    first = 1 - 2 / jnp.pi * jnp.arctan2(weights[1], weights[0])
    right = jnp.cos(p.theta) * h1 > jnp.sin(p.theta) * h2  # x = (h1, -h2), s = 1
    return {
        "first": first,
        "dbat_semantic": 1.0 * (jnp.abs(1 - first) > jnp.abs(0 - first)),
        "right": jnp.mean(right, dtype=float),
        "mixed": jnp.mean(right | (normal_cdf(g[4]) < p.r), dtype=float),
    }


def least(loss):
    """The minimiser of a convex loss on [0, 1], by thirds."""

    def step(_, ends):
        low, high = ends
        a, b = low + (high - low) / 3, high - (high - low) / 3
        left = loss(a) < loss(b)
        return jnp.where(left, low, a), jnp.where(left, b, high)

    low, high = jax.lax.fori_loop(0, 50, step, (jnp.zeros(()), jnp.ones(())))
    return (low + high) / 2


@simulation(width=256)
def soft_trial(key, p):
    """The least loss of two soft heads on a sample's share of s = t, by search."""
    (u,) = uniforms(key, u=(p.n,))
    agreeing = jnp.mean(u < p.r, dtype=float)

    def information(c, d):
        return jnp.log(2) - binary_entropy(agreeing * c + (1 - agreeing) * (1 - d))

    def semantic(c):
        return least(lambda d: information(c, d))

    dbat = least(lambda c: -jnp.log(c) - p.alpha * agreeing * jnp.log1p(-c))
    divdis = least(lambda c: -jnp.log(c) + p.lam * information(c, semantic(c)))
    return {"agreeing": agreeing, "dbat": dbat, "divdis": divdis, "semantic": semantic(divdis)}


def pairwise(values):
    """The sum of |v_i - v_j| over pairs of rows."""
    return jnp.sum(jnp.abs(values[:, None] - values[None]), axis=(0, 1)) / 2


def maximisers(heads, weights):
    """(least, most) mean accuracy of sets of heads on two cells that disagree most: all sets."""
    cells = len(weights)
    rows = np.array(list(itertools.product((0.0, 1.0), repeat=heads * cells)))
    sets = jnp.asarray(rows.reshape(-1, heads, cells))
    apart = jax.vmap(pairwise)(sets) @ weights
    best = apart > jnp.max(apart) - 1e-9
    mean = jnp.mean(sets, axis=1) @ weights
    return jnp.min(jnp.where(best, mean, jnp.inf)), jnp.max(jnp.where(best, mean, -jnp.inf))


@simulation(width=256)
def tables_trial(key, p):
    """K heads on N free cells: any heads, a diverse set, unrelated ones; a third after a pair."""
    (u,) = uniforms(key, u=(3 * p.heads + 4, p.cells + 2))
    weights = u[0, :-2] / jnp.sum(u[0, :-2])
    biased, order, coins = (u[4 + i * p.heads : 4 + (i + 1) * p.heads, :-2] for i in range(3))
    some = 1.0 * (biased < u[1, -1])
    ranks = jnp.argsort(jnp.argsort(order, axis=0), axis=0)
    diverse, unrelated = ranks < p.heads // 2, coins < 0.5
    places = u[4 : 4 + p.heads, -1] ** (4 * u[2, -1])
    earlier, third = 1.0 * (u[1, :-2] < 0.5), u[2, :-2]
    two = (u[3, :2] + 0.01) / jnp.sum(u[3, :2] + 0.01)
    lowest, highest = maximisers(4, two)
    odd = jnp.abs(jnp.stack(maximisers(3, two)) - 0.5)

    def apart(q, h):
        return q * (1 - h) + (1 - q) * h

    pull = apart(third, earlier) + apart(third, 1 - earlier)
    cell = earlier[0]
    soft = least(lambda q: -(jnp.log(apart(q, cell)) + jnp.log(apart(q, 1 - cell))) / 2)
    return {
        "least": lowest,
        "most": highest,
        "odd": jnp.max(odd),
        "disagreement": pairwise(some) @ weights,
        "mean": jnp.mean(some, axis=0) @ weights,
        "arcs": pairwise(places),
        "middle": jnp.mean(places),
        "pull": jnp.sum(pull),
        "third": soft,
        "best_diverse": jnp.max(jnp.mean(diverse, axis=1, dtype=float)),
        "best_unrelated": jnp.max(jnp.mean(unrelated, axis=1, dtype=float)),
        "semantic": 1.0 * jnp.any(jnp.all(unrelated, axis=1)),
    }
