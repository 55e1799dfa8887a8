"""The sweet spot of DivDis: it lies above r = 1/2, only because samples are finite."""

import math

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Twin, beta_cdf, closed_form, normal_quantile, root, sqrt
from theory.ood_diversification.params import EVEN, Params, Sample
from theory.ood_diversification.second import mean_of_dbat, mean_of_divdis

claim = Claims("derived")
SIZES = (100, 400, 1600, 6400, 25_600, 102_400, 409_600)


def stationary(n, q):
    """(k + 1) P(B >= k + 2) - P(B >= 2), B ~ Bin(n + 1, q), k = n/2: rises through 0 once in q.

    It is -(n + 1) q^2 times the slope of DivDis's mean in q = 1 - r.
    """
    k = n / 2
    at_least_two = 1 - (1 - q) ** n * (1 + n * q)
    return (k + 1) * beta_cdf(q, k + 2, n - k) - at_least_two


@closed_form(n=EVEN, example={"n": 20})
def sweet_spot(n: Sample):
    """The mix r* at which DivDis's mean is largest: above 1/2 from n = 8 on.

    The root of P(B >= 2) = (n/2 + 1) P(B >= n/2 + 2), B ~ Bin(n + 1, 1 - r) (JAX).
    """
    n = jnp.asarray(n, float)
    side = jnp.minimum(2.5 / jnp.sqrt(n), 0.49)
    return 1 - root(lambda q: stationary(n, q), 0.5 - side, 0.5 + side)


@closed_form(n=EVEN, example={"n": 20})
def sweet_spot_leading(n: Sample):
    """1/2 + PhiInv(1 - 2/n)/(2 sqrt n): where one more conflict costs what a missing one does.

    derived: in the root's condition P(B >= n/2 + 2) is about 2/n.
    An infinite slope at n = 2.
    """
    return 0.5 + normal_quantile(1 - 2 / n) / (2 * sqrt(1.0 * n))


best = jax.jit(sweet_spot)


def loss(p, r):
    """1 - E delta_2 at the mix r."""
    return 1 - mean_of_divdis(1.0 * p.n, r)


EVERY_N = Domain.derived(lambda k: Params(n=2 * k), k=(int, 4, 5000))


@claim.never_below(
    0.5,
    over=EVERY_N,
    points=16,
    known=(
        (Params(), ".5961"), (Params(n=100), ".5917"),
        (Params(n=400), ".5616"), (Params(n=1600), ".5371"), (Params(n=2), ".25"),
    ),
)  # fmt: skip
def sweet_spot_is_finite_sample(p):
    """r* > 1/2 from n = 8 on, while in the population every r >= 1/2 is equally good."""
    return best(1.0 * p.n)


@claim.identity(
    lambda p: p.n / (2 * (p.n + 1)),
    over=EVERY_N,
    points=16,
    within=1e-11,
    why="rounding of binomial tails",
    twin=Twin("n/(n + 1), as D-BAT's", mean=mean_of_dbat),
)
def sweet_spots_do_not_overlap(p, *, mean=mean_of_divdis):
    """At r = 0, D-BAT's sweet spot, DivDis's mean is n/(2 (n + 1)): below 1/2.

    derived: k/(n + 1), the middle order statistic; D-BAT's is n/(n + 1), and it falls in r
    """
    return mean(1.0 * p.n, 0.0)


claim.ordering(
    "tuned_beats_balanced",
    "n = 20, r = .5961: DivDis's second hypothesis is better than on a balanced mix, r = 1/2",
    "divdis",
    "balanced",
    at=Params(r=0.5961),
)
ladder = claim.given(along=tuple(Params(n=n) for n in SIZES), size=lambda p: p.n)


@ladder.limit(
    1.0,
    rate=-0.6,
    within=0.05,
    why="the next order is (log n/n)^(1/2): local slopes run from -.65 to -.56",
    last_gap=1e-3,
    twin=Twin("r* = 1/2", limit=0.0),
)
def sweet_spot_law(p):
    """r* - 1/2 = (1 + o(1)) PhiInv(1 - 2/n)/(2 sqrt n), so of order (log n/n)^(1/2).

    derived: not in the paper
    """
    return (best(1.0 * p.n) - 0.5) / (sweet_spot_leading(p.n) - 0.5)


@ladder.limit(
    2.0,
    rate=-0.44,
    within=0.05,
    why="the next order is (log n/n)^(1/2): local slopes run from -.39 to -.46",
    last_gap=0.02,
    twin=Twin("what a balanced mix loses: of order sqrt n", limit=lambda p: math.sqrt(p.n)),
)
def tuned_loss(p):
    """At r*, n (1 - E delta_2) tends to 2: tuning the mix turns n^(-1/2) into 1/n.

    derived: not in the paper
    """
    return p.n * loss(p, best(1.0 * p.n))


balanced = claim.given(
    along=tuple(Params(n=n) for n in (1024, 4096, 16_384, 65_536, 262_144)), size=lambda p: p.n
)


@balanced.scaling(
    -0.5,
    within=0.03,
    why="the next order, 1.5/n beside (2 pi n)^(-1/2): -.518 fitted",
    twin=Twin("1/n, as if points alone were missing", exponent=-1.0),
)
def balanced_rate(p):
    """At r = 1/2, 1 - E delta_2 falls like n^(-1/2): too few of the points conflict half the time.

    derived: m < n/2 costs nothing, m > n/2 costs (m - n/2)/(n/2): half a mean deviation
    """
    return loss(p, 0.5)


@balanced.limit(
    1.0,
    rate=-0.5,
    within=0.02,
    why="the next order, 1/n",
    last_gap=0.01,
    twin=Twin("the mean deviation not halved", limit=2.0),
    known=((Params(n=16), "1.8692"), (Params(n=256), "1.2331"), (Params(n=16_384), "1.0294")),
)
def balanced_constant(p):
    """At r = 1/2, sqrt(2 pi n) (1 - E delta_2) = 1 + (3/2) sqrt(2 pi/n) + ...: tends to 1."""
    return math.sqrt(2 * math.pi * p.n) * loss(p, 0.5)
