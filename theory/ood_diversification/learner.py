"""The learner: a first head that is not fully spurious moves both sweet spots.

The mean classifier (the first gradient step of any margin loss) on the features (kappa x1, x2):
kappa < 1 prefers the spurious cue. It is one mechanism of a preference, put in by hand.
"""

from typing import Annotated

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, arctan, binary_entropy, closed_form, log, normal_cdf, pi,
    sqrt,
)  # fmt: skip
from theory.ood_diversification.params import Params, Sample

claim = Claims("derived")
Scale = Annotated[Scalar, Ge(0.01), Le(100)]


@closed_form
def learner_accuracy(kappa: Scale):
    """delta_1 = (2/pi) arctan(kappa^2): the first head's accuracy on s != t; its median for any n.

    E delta_1 differs by at most (pi - 2)/(4 pi n) + O(1/n^2).
    """
    return 2 / pi * arctan(kappa**2)


@closed_form
def learner_spurious_chance(kappa: Scale, n: Sample):
    """Phi(-2 log(kappa) sqrt(n/(pi - 2))): P(delta_1 < 1/2), n training points; exact at 1."""
    return normal_cdf(-2 * log(kappa) * sqrt(n / (pi - 2)))


@closed_form
def sweet_spot_start(first: Annotated[Scalar, Ge(0), Le(0.5)]):
    """r_c = 1 - 1/(2 (1 - delta_1)): from here on DivDis selects the semantic cue (population)."""
    return 1 - 1 / (2 * (1 - first))


LEARNER = Params(n=100, r=0.3)
learner = claim.given(mode="learner")


@learner.equals(
    "first",
    at=(LEARNER, LEARNER.but(theta=1.2, kappa=1.1)),
    statistic="median",
    within=0.004,
    twin=Twin("(2/pi) arctan(kappa)", squared=False),
    known=((LEARNER, ".36244"),),
)
def codependence_learner(p, *, squared=True):
    """The median of delta_1 is (2/pi) arctan(kappa^2), for any number of training points.

    derived: means of |x1| and of |x2| are exchangeable, so their ratio has median 1
    """
    return learner_accuracy(p.kappa if squared else p.kappa**0.5)


@learner.equals(
    "dbat_semantic",
    at=(LEARNER.but(kappa=0.95), LEARNER.but(kappa=1.0)),
    within=0.01,
    why="the log-ratio of two means taken as normal: .002 at n = 100, 0 at kappa = 1",
    twin=Twin("log kappa for its double", double=1),
    known=((LEARNER.but(kappa=0.95), ".8315"), (Params(n=400, kappa=0.95), ".9726")),
)
def codependence_dbat(p, *, double=2):
    """D-BAT ends at the semantic cue iff delta_1 < 1/2: Phi(-2 log(kappa) sqrt(n/(pi - 2)))."""
    return learner_spurious_chance(p.kappa ** (double / 2), p.n)


GRID = 400


def first_good_mix(p):
    """The least r of a grid at which the least information is at delta_2 = 1, over a grid."""
    r = jnp.arange(GRID) / GRID
    delta = jnp.arange(GRID + 1) / GRID
    kept = binary_entropy((1 - r[:, None]) * jnp.abs(delta - p.first))
    return r[jnp.argmax(jnp.argmax(kept, axis=1) == GRID)]


@claim.identity(
    first_good_mix,
    over=Domain.around(Params(), first=(0.0, 0.49)),
    points=8,
    within=3 / GRID,
    scale=1.0,
    why="two grids of step 1/400: delta_2 = 1 wins from half a step early on",
    twin=Twin("1/2 for every learner", formula=lambda first: 0.5 + 0 * first),
    known=((Params(first=0.3), ".285714"), (Params(first=0.5), "0")),
)
def codependence_sweet_spot(p, *, formula=sweet_spot_start):
    """DivDis's sweet spot starts at r_c = 1 - 1/(2 (1 - delta_1)): 1/2 only for delta_1 = 0."""
    return formula(p.first)
