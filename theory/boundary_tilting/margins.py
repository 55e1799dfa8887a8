"""The rule of largest margin, where ridge and logistic paths end, as n and p grow together."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, log1p, relu_mean, relu_square, root, sqrt,
)  # fmt: skip
from theory.boundary_tilting.limits import limit_error
from theory.boundary_tilting.params import Params

claim = Claims("derived: the convex Gaussian min-max theorem; not in the paper")

# --------------------------------------------------------------------------------------------
# Largest margin


def separates(distance, points):
    """Whether the largest margin is above 0."""
    return _margin_limit(distance / 2, points)[1] >= 0


@closed_form(
    example={"distance": 2.0, "points": 0.5}, points=("a dimension: no rule separates", separates)
)
def margin_limit(
    distance: Annotated[Scalar, Ge(0), Le(100)], points: Annotated[Scalar, Ge(1e-6), Le(1e4)]
):
    """(cos delta, margin) of the separating rule of largest margin, w through the middle.

    Classes N(-+j, I), |j| = D/2, ``points`` training points a dimension, both growing. With
    h(t) = E (t + z)_+^2 and m(t) = E (t + z)_+, z ~ N(0, 1), and delta the angle to j,

        points h(t) + ((D/2) points m(t))^2 = 1,  cos delta = (D/2) points m(t),

    and the margin is (D/2) cos delta + t: for a given angle, margins above kappa are possible iff
    h(kappa - (D/2) cos delta) <= (1 - cos^2 delta)/points.
    """
    return _margin_limit(jnp.asarray(distance, float) / 2, jnp.asarray(points, float))


@jax.jit
def _margin_limit(s, points):
    s, points = jnp.broadcast_arrays(s, points)

    def level(t):
        return points * relu_square(t) + (s * points * relu_mean(t)) ** 2 - 1

    low = -sqrt(2 * log1p(points) + 2 * log1p(s * points) + 2)  # there the level is below 0
    t = root(level, low, 1 / sqrt(points))  # and here h >= m^2 >= t^2
    cosine = s * points * relu_mean(t)
    return cosine, s * cosine + t


def mean_rule(distance, points):
    """cos delta of the difference of sample means: s/sqrt(s^2 + 1/points)."""
    s = distance / 2
    return s * sqrt(points / (1 + s**2 * points))


SEPARATED = Params(p=60, n=15)
CLOSE = Params(p=60, n=30, distance=4.0)
HARD = claim.given(
    mode="margin", at=(SEPARATED, CLOSE), why="of order 1/p: at most .006 off at p = 60 and 120"
)


@HARD.equals(
    "alignment",
    within=0.02,
    support=(-1.0, 1.0),
    twin=Twin("that of the means", rule=lambda d, points: (mean_rule(d, points), 0)),
    known=((SEPARATED, ".468088"), (CLOSE, ".739102")),
)
def margin_tilt(p, *, rule=margin_limit):
    """The rule of largest margin: cos(delta) to the true means' axis is (D/2) alpha m(t)."""
    return rule(p.distance, 2 * p.n / p.p)[0]


@HARD.equals(
    "margin",
    at=SEPARATED,
    within=0.1,
    variance=1.0,  # Poincare: the margin moves by at most |dX| with the data
    twin=Twin("t alone, the signal's share lost", signal=0),
    known=((SEPARATED, "1.288276"), (CLOSE, "1.417974")),
)
def largest_margin(p, *, signal=1):
    """Its margin tends to (D/2) cos(delta) + t."""
    cosine, margin = margin_limit(p.distance, 2 * p.n / p.p)
    return margin - (1 - signal) * p.distance / 2 * cosine


@claim.never_above(
    lambda p: mean_rule(p.distance, 2 * p.n / p.p),
    over=Domain.around(Params(p=60), n={5, 15, 30}, distance=(0.5, 10.0)),
    points=16,
    twin=Twin("half of it", larger=lambda p: mean_rule(p.distance, 2 * p.n / p.p) / 2),
)
def margin_tilts_more_than_the_means(p):
    """The largest margin tilts more than the difference of means, as h(t) >= m(t)^2."""
    return margin_limit(p.distance, 2 * p.n / p.p)[0]


# --------------------------------------------------------------------------------------------
# Which ridge for which attack, from a sample

BUDGETS = Domain.around(Params(p=100, n=101), ridge=(0.01, 10.0), budget=(0.0, 0.9))


@claim.never_above(
    lambda p: limit_error(p.distance, p.ridge, p.p / p.nu),
    over=BUDGETS,
    points=32,
    source="derived from ridge_tilt_limit: the sample's side of robust_optimum_is_ridge",
)
def every_budget_wants_the_most_ridge(p):
    """Sigma = I: more ridge is better under every l_2 budget, Phi(eps - along cos(delta)).

    eps is added whatever the rule, so that the dictionary of robust_optimum_is_ridge has one
    entry; in samples of other classes it depends on eps through Sigma, as in the population.
    """
    return limit_error(p.distance, 2 * p.ridge, p.p / p.nu)
