"""Two groups of unequal size, and points that are near each other in space: who pays."""

import jax.numpy as jnp

from theory import Claims, Domain, Twin, closed_form
from theory.long_tail_memorization.counts import listed, singles, tau
from theory.long_tail_memorization.params import Frequencies, Inside, Params, Samples, power_law

claim = Claims()


@closed_form(example={"share": 0.2, "n": 50, "frequencies": [0.7, 0.3]})
def group_singletons(share: Inside, n: Samples, frequencies: Frequencies):
    """sum_i pi_i n w pi_i (1 - w pi_i)^(n-1): mass of a group's singletons, over its own mass w.

    ``frequencies`` within the group; times 1 - 1/k - gamma the cost per head.
    """
    share, n = (jnp.asarray(x, float)[..., None] for x in (share, n))
    a = jnp.asarray(frequencies, float)
    return jnp.sum(n * share * a**2 * jnp.exp((n - 1) * jnp.log1p(-share * a)), axis=-1)


TWO = Params(w=0.2)


def per_head(p, group):
    """Of group 0 (mass w) or 1; each a half of the points, of the same law."""
    return group_singletons(p.w if group == 0 else 1 - p.w, p.n, power_law(p.N // 2, p.s))


@claim.equals(
    "group_singles[0]",
    at=TWO,
    within=0.008,
    support=(0.0, 1.0),
    twin=Twin("as if all n samples were its own", own=0),
)
def disparate_cost(p, *, own=1):
    """A group of mass w pays (1 - 1/k - gamma) E M_1(N_j, w n) per head: binomial thinning.

    section 4.4 of the paper, in numbers; derived
    """
    return per_head(p, 0) if own else singles(p.n, power_law(p.N // 2, p.s))


claim.ordering(
    "disparate_cost_order",
    "the smaller of two like groups pays more per head",
    "group_singles[0]",
    "group_singles[1]",
    at=TWO,
    source="section 4.4; while E M_1 falls in n/N",
    twin="the larger pays more",
)


@claim.never_below(
    lambda p: per_head(p, 1), over=Domain.around(TWO, w=(0.05, 0.45), n=(120, 2000), s=(0.85, 1.5))
)
def smaller_groups_pay_more(p):
    """Like groups of masses w < 1 - w: the smaller pays more, at 4 samples a point and Zipf's law.

    Not before: at s = .5, one sample a point, w = .05 the smaller pays .19 times as much, since
    its points are hardly seen even once. E M_1 must have begun to fall in n.
    """
    return per_head(p, 0)


SIZES = ((1000, 1000), (1000, 4000), (50_000, 50_000))
TABLE = tuple(Params(N=N, n=n, k=10, gamma=0.5, w=w) for N, n in SIZES for w in (0.1, 0.3))


def table_cost(p, group):
    """(1 - 1/k - gamma) times the mass of a group's singletons per head: exact for gamma >= .45."""
    return (1 - 1 / p.k - p.gamma) * per_head(p, group)


def zipf_disparity(p):
    """e^((1 - 2 w) n/(M H_M)), M = N/2."""
    size = p.N // 2
    return jnp.exp((1 - 2 * p.w) * p.n / (size * jnp.sum(1 / jnp.arange(1.0, size + 1))))


@claim.identity(
    zipf_disparity,
    over=Domain.around(TABLE[0], N={1000, 4000, 50_000}, n=(1000, 10_000), w=(0.05, 0.45)),
    points=16,
    within=3e-3,
    why="Poisson's law and an integral over the ranks: below .0023",
    twin=Twin("its square", power=2),
    known=((TABLE[0], "1.265355"), (TABLE[2], "2.563486")),
)
def disparity_of_zipf(p, *, power=1):
    """Two like groups, Zipf's law: the smaller pays e^((1 - 2 w) n/(M H_M)) times as much a head.

    derived: E M_1 = e^-a/H_M, a = w n/(M H_M), M = N/2 the points of a group
    """
    return (table_cost(p, 0) / table_cost(p, 1)) ** power


NEAR = Params(N=20, n=20, k=4, fit=0.3, spread=0.05)


def coupled_bound(run, p):
    """tau_1 sum over singletons of lambda(x) 1{h(x) != y}."""
    return tau(1, p.n, listed(p)) * run["coupled"]


claim.ordering(
    "coupling",
    "clusters: err on singletons >= tau_1 E sum lambda 1{h(x) != y}",
    "singles_error",
    coupled_bound,
    mode="clusters",
    at=NEAR.but(spread=1.0),
    source="Theorem 3, lambda the chance that the label at x reaches a new point of its cluster",
    twin=Twin("lambda = 1 for a rule wrong at its very training points only",
              observable="spiteful_error",
              below=lambda run, p: tau(1, p.n, listed(p)) * run["singles"]),
)  # fmt: skip


@claim.equals(
    "singles_error",
    mode="clusters",
    at=NEAR,
    within=0.008,
    why="lambda -> 1: centres 1.4 apart, points within .1",
    twin=Twin("tau_1 = 1/n", naive=1),
)
def coupling_is_tight(p, *, naive=0):
    """Far clusters, s/R -> 0: equality, tau_1 (1 - fit)(1 - 1/k) E|X_1| for noisy 1-NN."""
    a = listed(p)
    lost = (1 - p.fit) * (1 - 1 / p.k)
    return lost * (jnp.sum(a * (1 - a) ** (p.n - 1)) if naive else singles(p.n, a))
