"""The precision at which a blind measure turns from useless to safe: e^-nu/4, sharply."""

import jax.numpy as jnp

from theory import Claims, Domain, Twin, exp, sqrt
from theory.generalization_measures.blind import blind_failure, loss_variance, mean_loss, sizes
from theory.generalization_measures.params import Params

claim = Claims("derived")
LADDER = claim.given(
    along=tuple(Params(d=d, m=d // 2) for d in (20, 60, 200, 600, 2000)), size=lambda p: p.d
)


@LADDER.limit(
    lambda p: exp(-0.5) / 4,
    rate=-1,
    within=0.03,
    why="the next order, 1/d^2",
    last_gap=1e-4,
    twin=Twin("(1 - nu)/4, as without collisions", limit=0.125),
)
def blind_threshold(p):
    """m = nu d: the critical precision E L/2 tends to e^-nu/4, .15163 at nu = 1/2."""
    return mean_loss(p.d, p.m) / 2


@LADDER.scaling(-0.5, within=0.02, why="the next order, 1/d",
                twin=Twin("a width 1/d", exponent=-1.0))  # fmt: skip
def blind_threshold_width(p):
    """delta* falls from 1/2 to 0 over precisions of order d^-1/2: the deviation of L/2."""
    return sqrt(loss_variance(p.d, p.m)) / 2


def cantelli(p):
    """(variance of V)/(variance + squared distance of w from the mean), and the distance."""
    spread, away = p.d**2 * loss_variance(p.d, p.m), p.window - p.d * mean_loss(p.d, p.m)
    return spread / (spread + away**2), away


@claim.nonnegative(
    over=Domain.around(Params(), d=(2, 400), m=(1, 400), window=(1, 200)),
    points=48,
    twin=Twin("the sides of the mean exchanged", side=-1),
)
def blind_threshold_sides(p, *, side=1):
    """2 delta* <= c for eps above E L/2, >= 1 - c below; c = Var/(Var + (2 eps - E L)^2).

    Cantelli's inequality: so delta* -> 0 and 1/2 away from the threshold, at every finite d.
    """
    share, away = cantelli(p)
    twice = 2 * blind_failure(*sizes(p))
    return jnp.where(side * away > 0, share - twice, twice - (1 - share)) + 1e-12
