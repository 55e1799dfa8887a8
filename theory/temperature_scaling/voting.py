"""Votes of m nearest neighbours in the pair model: q is as before, the logits are no longer flat.

Logits are the numbers of votes, so that T is the only free number, s = m/T. In the overlap the
votes are m fair coins, elsewhere they agree, and within m/n of an edge they are mixed. Before the
overlap, at a distance t, the neighbours nearer than t are of the place's own class; each further
one is b with chance 1/3, as on the far side twice as many points lie and half of them are b. By
int P(Poisson(n t) = i) dt = 1/n every i < m has the mass 1/n, and half of it inside the overlap,
where the i nearer ones are fair coins: to 1/n the law of the votes is a finite sum.
"""

import functools
import math
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Ge, Gt, Le, Lt, Scalar, Twin, Whole, closed_form, log, root, sqrt
from theory.temperature_scaling.flat import best_nll
from theory.temperature_scaling.params import ODD, Classes, Params

claim = Claims("derived; not in the paper")
VOTERS = 64
Votes = Annotated[Scalar, Ge(1), Le(VOTERS), Whole]
Size = Annotated[Scalar, Ge(1), Le(1e12)]
Between = Annotated[Scalar, Gt(0), Lt(1)]
ROOM = (
    "is below neighbours/min(alpha, 1 - alpha): the edges of the overlap meet",
    lambda n, neighbours, alpha: n * jnp.minimum(alpha, 1 - alpha) >= neighbours,
)


def coins(n: int, p: float) -> np.ndarray:
    """Bin(n, p) on 0..n."""
    return np.array([math.comb(n, j) * p**j * (1 - p) ** (n - j) for j in range(n + 1)])


@functools.cache
def vote_laws():
    """Rows m: fair coins; sums over i < m of the other class' votes before and in the overlap."""
    fair, before, inside = (np.zeros((VOTERS + 1, VOTERS + 1)) for _ in range(3))
    for m in range(1, VOTERS + 1):
        fair[m, : m + 1] = coins(m, 0.5)
        for i in range(m):
            rest = coins(m - i, 1 / 3)
            before[m, : m - i + 1] += rest
            inside[m, : m + 1] += np.convolve(coins(i, 0.5), rest)
    return fair, before, inside


def votes_law(alpha, m, n):
    """Masses of 0..m votes for the other class outside the overlap, and for b within it."""
    fair, before, inside = (jnp.asarray(law)[m.astype(int)] for law in vote_laws())
    alpha, m, n = (x[..., None] for x in (alpha, m, n))
    pure = (jnp.arange(VOTERS + 1) == 0) * (alpha - m / n) + before / n
    return pure, fair * (1 - alpha - m / n) + inside / n


def vote_kl(k, alpha, m, n, beta):
    """KL at 1/T = beta: log-losses of the laws above, less the entropy of the labels."""
    pure, mixed = votes_law(alpha, m, n)
    m, beta = m[..., None], beta[..., None]
    j = jnp.minimum(jnp.arange(VOTERS + 1.0), m)
    parts = jnp.stack(jnp.broadcast_arrays(
        beta * (m - j), beta * j, jnp.log(jnp.maximum(k[..., None] - 2, 1e-300))))  # fmt: skip
    total = jax.nn.logsumexp(parts, axis=0)
    own, half = total - beta * (m - j), total - beta * m / 2 - jnp.log(2)
    return jnp.sum(pure * own + mixed * half, -1)


@jax.jit
def best_inverse(k, alpha, m, n):
    """The 1/T of least KL, convex in it; 0 where it rises from there."""
    slope = jax.grad(lambda beta: jnp.sum(vote_kl(k, alpha, m, n, beta)))

    def rise(s):
        return slope(s / m)

    top = 2 * jnp.log(k) + 2 * jnp.log(m) - jnp.log1p(-alpha) + 20
    falls = rise(0 * top) < 0
    return jnp.where(falls, root(lambda s: jnp.where(falls, rise(s), s - 1), 0 * top, top), 0.0) / m


def together(*given):
    """Arrays of one shape."""
    return jnp.broadcast_arrays(*(jnp.asarray(x, float) for x in given))


@jax.jit
def _least(k, alpha, m, n):
    k, alpha, m, n = together(k, alpha, m, n)
    return vote_kl(k, alpha, m, n, jax.lax.stop_gradient(best_inverse(k, alpha, m, n)))


@closed_form(k=ODD, n=ROOM, example={"k": 10, "neighbours": 5, "n": 400})
def neighbour_kl(k: Classes, alpha: Between, neighbours: Votes, n: Size):
    """min over T of KL of the softmax of the votes of m = ``neighbours``, n points a pair.

    sum_j P(j) [L(j) - (m - j)/T] + Q(j) [L(j) - m/(2 T) - log 2], L(j) = log(e^((m - j)/T) +
    e^(j/T) + k - 2); P, Q the laws of j votes for the other class outside the overlap, and for b
    inside. To O((m/n)^2); n = 1e12 is the limit of many points. m = 1: the interpolator.
    """
    return _least(k, alpha, neighbours, n)


@closed_form(k=ODD, n=ROOM, example={"k": 10, "neighbours": 5, "n": 400})
def neighbour_temperature(k: Classes, alpha: Between, neighbours: Votes, n: Size):
    """The T of :func:`neighbour_kl`, in votes; infinite where no T beats 1/k."""
    beta = best_inverse(*together(k, alpha, neighbours, n))
    some = beta > 0
    return jnp.where(some, 1 / jnp.where(some, beta, 1.0), jnp.inf)


# --------------------------------------------------------------------------------------------

VOTE = Params(neighbours=9)
MANY = 1e12


def said(run, p):
    """KL of the votes at the stated temperature, averaged over a trial's places."""
    beta = float(1 / neighbour_temperature(p.k, p.alpha, p.neighbours, p.n))
    own, other = beta * run["own"], beta * (p.neighbours - run["own"])
    total = np.logaddexp(np.logaddexp(own, other), np.log(p.k - 2.0))
    half = total - (own + other) / 2 - np.log(2)
    return np.mean(np.where(run["overlap"] > 0, half, total - own), axis=1)


@claim.equals(
    said,
    at=(VOTE, Params(k=1000, alpha=0.3, neighbours=4)),
    mode="votes",
    within=0.01,
    why="(m/n)^2 s, s = m/T < 13, below .004",
    support=(0.0, 20.0),
    twin=Twin("the interpolator's", votes=1),
    known=((Params(neighbours=1), ".767812"),),
)
def votes_kl(p, *, votes=None):
    """KL of m = 9 neighbours' votes at the best T: .27, where one neighbour leaves .77."""
    return neighbour_kl(p.k, p.alpha, p.neighbours if votes is None else votes, p.n)


@claim.equals(
    lambda run, p: np.mean((run["overlap"] == 0) * (p.neighbours - run["own"]), axis=1),
    at=Params(n=100, neighbours=9),
    mode="votes",
    relative=0.08,
    why="the next order, m/n",
    support=(0.0, 9.0),
    twin=Twin("every second vote: half the points beyond the edge", share=2),
)
def stray_votes(p, *, share=3):
    """Outside the overlap m (m + 1)/(6 n) votes go astray: each i < m has 1/n, a third of m - i."""
    m = p.neighbours
    return m * (m + 1) / (2 * share * p.n)


@claim.identity(
    lambda p: best_nll(0.5 + p.alpha / 2 - 1 / (3 * p.n), p.k) - (1 - p.alpha) * jnp.log(2),
    over=Domain.around(Params(pairs=1, n=100), k={2, 10, 1000}, alpha=(0.1, 0.9), n=(25, 10**5)),
    points=16,
    within=1e-11,
    twin=Twin("two neighbours", votes=2),
)
def one_vote_is_the_interpolator(p, *, votes=1):
    """m = 1: h(q) + (1 - q) log(k - 1) - w log 2, q = 1 - w/2 - 1/(3 n)."""
    return neighbour_kl(p.k, p.alpha, votes, p.n)


VOTERS_ASIDE, EDGES = (
    Domain.around(Params(pairs=1, neighbours=8), k={2, 10, 1000, 10**9}, alpha=(0.05, 0.95),
                  neighbours=(1, VOTERS - 1), **sizes)
    for sizes in ({}, {"n": (1300, 10**5)})
)  # fmt: skip


@claim.never_above(
    lambda p: neighbour_kl(p.k, p.alpha, p.neighbours, MANY), over=VOTERS_ASIDE, points=24
)
def more_votes_help(p):
    """Many points: KL at the best T falls with every further neighbour, so T alone never wins.

    derived: m + 1 votes are the mean of m + 1 leave-one-out votes, and log-losses are convex
    """
    return neighbour_kl(p.k, p.alpha, p.neighbours + 1.0, MANY)


@claim.never_above(
    lambda p: votes_bound(p, log(p.k * p.neighbours)),
    over=VOTERS_ASIDE,
    points=24,
    twin=Twin(
        "log for its square", larger=lambda p: votes_bound(p, log(p.k * p.neighbours) ** 0.5)
    ),
)
def log_k_votes_are_enough(p):
    """Many points: KL <= [w log^2(k m) + w]/(2 m) + w'/(k m^2), w' = 1 - w; not (w/2) log k.

    derived: at s = 2 log(k m), by log cosh x <= x^2/2 and cosh >= 1
    """
    return neighbour_kl(p.k, p.alpha, p.neighbours, MANY)


def votes_bound(p, root):
    """With log(k m) in the place of the root."""
    w, m = 1 - p.alpha, p.neighbours
    return (w * root**2 + w) / (2 * m) + p.alpha / (p.k * m**2)


def with_edges(p, root):
    """That bound, and what strays across edges at s = 2 log(k m)."""
    m, s = p.neighbours, 2 * log(p.k * p.neighbours)
    return votes_bound(p, root) + s * (5 * (m + 1) / 12 + sqrt(m) / 2) / p.n


@claim.never_above(
    lambda p: with_edges(p, log(p.k * p.neighbours)),
    over=EDGES,
    points=24,
    twin=Twin("log for its square", larger=lambda p: with_edges(p, log(p.k * p.neighbours) ** 0.5)),
)
def root_n_votes_are_enough(p):
    """To 1/n: KL <= votes_bound + 2 log(k m)(5 (m + 1)/12 + sqrt(m)/2)/n.

    derived: so of order log^2(k n)/sqrt(n) with m = sqrt(n), while at any temperature the
    interpolator keeps (w/2) log k
    """
    return neighbour_kl(p.k, p.alpha, p.neighbours, p.n)


@claim.never_below(
    lambda p: neighbour_kl(10, 0.5, 32, 100),
    over=Domain.around(Params(n=100, neighbours=32), neighbours=(1, 50)),
    points=24,
    twin=Twin("8 are best", smaller=lambda p: neighbour_kl(10, 0.5, 8, 100)),
)
def too_many_votes(p):
    """n = 100, k = 10, w = 1/2: to 1/n, m = 32 are best; further neighbours lie across edges."""
    return neighbour_kl(10, 0.5, p.neighbours, 100)
