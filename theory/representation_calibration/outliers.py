"""Robust centres of a polluted class on its axis: mean, median and trimming."""

from typing import Annotated

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Because, Claims, Domain, Ge, Le, Lt, Scalar, Twin, closed_form, erf, normal_cdf, normal_pdf,
    normal_quantile, root, sqrt,
)  # fmt: skip
from theory.representation_calibration.params import Params

claim = Claims("derived")
HALF = Because("the median breaks down at 1/2")
Share = Annotated[Scalar, Ge(0), Lt(0.5), HALF]
Distance = Annotated[Scalar, Ge(0), Le(1e6)]
Radius = Annotated[Scalar, Ge(0.01), Le(1e3)]


@closed_form
def median_limit(share: Share) -> Scalar:
    """Phi^-1(1/(2 (1 - e))): the median's bias where all pollution is far away, and its bound."""
    return -normal_quantile((1 - 2 * share) / (2 * (1 - share)))


@closed_form
def median_bias(distance: Distance, share: Share) -> Array:
    """The root m of (1 - e) Phi(m) + e Phi(m - D) = 1/2: the median of (1-e) N(0,1) + e N(D,1)."""
    return _median(*jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in (distance, share))))


@jax.jit
def _median(distance, share):
    def excess(m):
        below = 0.5 - share - (1 - share) * normal_cdf(-m)
        return below + share * normal_cdf(m - distance)

    end = -normal_quantile((1 - 2 * share) / (2 * (1 - share)))
    return root(excess, jnp.full_like(end, -1e-9), end * (1 + 1e-9) + 1e-9)


@closed_form
def trimmed_bias(distance: Distance, share: Share, radius: Radius) -> Scalar:
    """The mean of what lies within r of the class's own centre: rises with D, then falls to 0.

    e (D k - phi(r - D) + phi(r + D))/((1 - e)(2 Phi(r) - 1) + e k), k = Phi(r-D) - Phi(-r-D).
    """
    kept = normal_cdf(radius - distance) - normal_cdf(-radius - distance)
    moved = distance * kept - normal_pdf(radius - distance) + normal_pdf(radius + distance)
    return share * moved / ((1 - share) * erf(radius / sqrt(2)) + share * kept)


# --------------------------------------------------------------------------------------------
# Claims: e = eta (1 - p_t) = .3, all of it from the head

HERE = Params(gap=4.0, tail=0.2, eta=0.375, points=1001)
CASES = (HERE, HERE.but(gap=1.0))


def share(p):
    """e, of the tail's labels, at two classes."""
    return p.eta * (1 - p.tail)


@claim.equals(
    "centres[0]",
    mode="axis",
    at=CASES,
    variance=lambda p: (1 + share(p) * (1 - share(p)) * p.gap**2) / p.points,
    within=0.02,
    trials=2048,
    twin=Twin("the noise averages out: no bias", biased=False),
    known=((HERE, "1.2"), (HERE.but(gap=20.0), "6.0")),
)
def mean_bias_unbounded(p, *, biased=True):
    """The mean of the points labelled tail is off by e D: 1.2 at D = 4, 6 at D = 20."""
    return share(p) * p.gap * biased


@claim.equals(
    "centres[1]",
    mode="axis",
    at=CASES,
    statistic="median",
    within=0.01,
    trials=2048,
    twin=Twin("the mean's bias", mean=True),
    known=((HERE, ".56557"), (CASES[1], ".28579"), (HERE.but(gap=20.0), ".56595")),
)
def mean_bias_unbounded_median_bounded(p, *, mean=False):
    """The median's bias solves (1 - e) Phi(m) + e Phi(m - D) = 1/2: .566 at D = 4 and at 20.

    an odd number of points: their median has this median
    """
    return share(p) * p.gap if mean else median_bias(p.gap, share(p))


@claim.never_above(
    lambda p: median_limit(share(p)),
    over=Domain.around(HERE, gap=(0.01, 30.0), eta=(0.01, 0.6)),
    evaluators=("jax",),
    points=32,
    known=((HERE.but(gap=3.0), ".55680"),),
)
def median_bias_below_its_limit(p):
    """The median's bias is below Phi^-1(1/(2 (1 - e))) at every distance, e < 1/2."""
    return median_bias(p.gap, share(p))


@claim.equals(
    "centres[2]",
    mode="axis",
    at=CASES,
    support=(lambda p: -p.radius, lambda p: p.radius),
    within=0.02,
    trials=2048,
    why="a ratio of means of 1001 points: terms of order 1/n",
    twin=Twin("nothing of the head's tails is kept", tails=False),
    known=((HERE, ".05808"), (CASES[1], ".24845")),
)
def trimming_redescends(p, *, tails=True):
    """Kept within r = 2.5 of the centre: bias .248 at D = 1, .058 at D = 4."""
    if tails:
        return trimmed_bias(p.gap, share(p), p.radius)
    return trimmed_bias(p.gap, share(p), 4 * p.radius)


ORDER = Domain.around(HERE, gap=(0.05, 12.0))


@claim.never_above(
    lambda p: trimmed_bias(p.gap + 0.5, share(p), p.radius),
    over=Domain.around(HERE, gap=(0.05, 1.0)),
    evaluators=("jax", "mpmath"),
)
def trimming_bias_rises(p):
    """Classes that overlap, D + 1/2 <= 3/2 at r = 2.5, e = .3: the bias rises with D.

    so removing outliers works for separated classes only
    """
    return trimmed_bias(p.gap, share(p), p.radius)


@claim.never_below(
    lambda p: trimmed_bias(p.gap + 0.5, share(p), p.radius),
    over=Domain.around(HERE, gap=(2.5, 12.0)),
    evaluators=("jax", "mpmath"),
)
def trimming_bias_falls(p):
    """Separated classes, D >= 5/2 at r = 2.5, e = .3: the bias falls with D."""
    return trimmed_bias(p.gap, share(p), p.radius)


@claim.never_above(
    lambda p: trimmed_bias(p.gap + 0.5, share(p), p.radius),
    over=ORDER,
    evaluators=("jax", "mpmath"),
    repaired_by="trimming_bias_falls",
)
def trimming_bias_monotone(p):
    """The farther the pollution, the larger the bias, also of the trimmed mean."""
    return trimmed_bias(p.gap, share(p), p.radius)
