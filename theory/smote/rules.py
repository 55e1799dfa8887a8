"""What SMOTE does to rules: the nearest neighbour's on null data, the linear discriminant's ROC."""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, Row, Scalar, Twin, closed_form, exp, expm1, gamma_cdf, gamma_tail, log,
    minimum, normal_cdf, pi, sqrt,
)  # fmt: skip
from theory.smote.params import CLASSES, NULL, Delta, Factor, Odds, Params, Percent

claim = Claims("derived")
null, linear = claim.given(mode="null"), claim.given(mode="linear")
BARS = np.linspace(1.5, 2.0, 33)[1:-1]
"""Squared distances, over d, between those of a synthetic and of a real point."""
STEPS = np.linspace(0.0, 24.0, 129)
"""Of the exponential variable -m ln(1 - 2 V): the bound is of the later end of each step."""


@closed_form
def null_miss(
    d: Annotated[Scalar, Ge(1), Le(1e6)],
    majority: Annotated[Scalar, Ge(1), Le(1e9)],
    m: Annotated[Scalar, Ge(1), Le(1e6)],
) -> Any:
    """Normal null data, K = N - 1: P(1-NN calls a fresh point majority) is at most this.

    min over a of n0 P(2 chi^2_d <= a d) + E P((3/2 + 2 V^2) chi^2_d > a d), at most 1: no majority
    point within a d, and the synthetic point whose gap is nearest 1/2, at V, is. The mean is
    bounded by an upper sum, at most a fifth above it.
    """
    d, majority, m = (jnp.asarray(v, float)[..., None] for v in (d, majority, m))
    near = majority * gamma_cdf(BARS * d / 4, d / 2)
    v = -expm1(-STEPS[1:] / m) / 2
    half, middle = d[..., None] / 2, 1.5 + 2 * v * v
    late = gamma_tail(jnp.asarray(BARS)[:, None] * half / middle[..., None, :], half)
    chances = np.exp(-STEPS[:-1]) - np.exp(-STEPS[1:])
    far = jnp.sum(late * chances, axis=-1) + math.exp(-STEPS[-1])
    return minimum(jnp.min(near + far, axis=-1), 1.0)


@null.equals(
    "distance",
    at=NULL,
    trials=8192,
    within=0.02,
    variance=lambda p: 14 / 5 * (1 + 2 / p.d) - 25 / 9,
    why="exact; the width asked for",
    twin=Twin("2 tr Sigma, as from a real point", real=True),
)
def distance_bias(p, *, real=False):
    """K = N - 1: E|Z - T|^2 = (5/3) tr Sigma for a fresh minority point T, not 2 tr Sigma."""
    return 2.0 if real else 5 / 3


@null.equals(
    "minority",
    at=NULL,
    trials=8192,
    within=lambda p: null_miss(p.d, p.majority, p.m),
    why="the chance of a miss: a union over majority points, and the gap nearest 1/2",
    twin=Twin("the minority's share of the training points, half", share=True),
)
def nearest_neighbour_says_minority(p, *, share=False):
    """Null data of many features: after SMOTE 1-NN calls nearly every point minority.

    Blagus & Lusa (2013) saw it; the bound is derived
    """
    return (p.n + p.m) / (p.n + p.m + p.majority) if share else 1.0


@null.equals(
    "minority_before",
    at=NULL,
    trials=8192,
    within=0.04,
    why="exact; the width asked for",
    twin=Twin("half", half=True),
)
def nearest_neighbour_before(p, *, half=False):
    """Without SMOTE, or with copies: the minority's share of real points, N/(N + n0)."""
    return 0.5 if half else p.n / (p.n + p.majority)


# --------------------------------------------------------------------------------------------
# Odds and the discriminant


@closed_form
def resampled_odds(amount: Annotated[Scalar, Ge(0), Le(1e6)], undersampling: Percent) -> Any:
    """Minority over majority after SMOTE at A% and undersampling at p%: (p/100)(1 + A/100)."""
    return undersampling / 100 * (1 + amount / 100)


@closed_form(
    undersampling=(
        "leaves no majority point",
        lambda minority, undersampling: 200 * minority >= undersampling,
    )
)
def majority_kept(minority: Annotated[Scalar, Ge(1), Le(1e12)], undersampling: Percent) -> Any:
    """How many majority points are left of n1 minority ones: 100 n1/p, before rounding."""
    return 100 * minority / undersampling


@closed_form
def minority_factor(amount: Annotated[Scalar, Ge(0), Le(1e6)], v: Factor) -> Any:
    """Covariance of real and synthetic points together, over Sigma: (1 + A v/100)/(1 + A/100)."""
    return (1 + amount / 100 * v) / (1 + amount / 100)


@closed_form
def operating_shift(delta: Delta, odds: Odds, factor: Factor) -> Any:
    """s = g ln(1/o)/Delta, g = (1 + o gamma)/(1 + o): the population discriminant's bar.

    In standard deviations from the middle of the means towards the minority's.
    """
    return -(1 + odds * factor) / (1 + odds) * log(odds) / delta


@closed_form
def true_positives(delta: Delta, shift: Scalar) -> Any:
    """Phi(Delta/2 - s)."""
    return normal_cdf(delta / 2 - shift)


@closed_form
def false_positives(delta: Delta, shift: Scalar) -> Any:
    """Phi(-Delta/2 - s)."""
    return normal_cdf(-delta / 2 - shift)


@closed_form
def curve_area(delta: Delta) -> Any:
    """Phi(Delta/sqrt 2), the area under TPR = Phi(Delta + Phi^-1(FPR))."""
    return normal_cdf(delta / sqrt(2))


@closed_form(example={"shifts": [1.0, 0.0, -0.5]})
def trapezoid_area(delta: Delta, shifts: Annotated[Scalar, Ge(-1e3), Le(1e3), Row]) -> Any:
    """Area by trapezoids through (0, 0), the operating points of the shifts, and (1, 1)."""
    s = -jnp.sort(-jnp.asarray(shifts, float), axis=-1)
    delta = jnp.asarray(delta, float)[..., None]
    x, y = false_positives(delta, s), true_positives(delta, s)
    zero, one = jnp.zeros_like(x[..., :1]), jnp.ones_like(x[..., :1])
    x, y = jnp.concatenate([zero, x, one], -1), jnp.concatenate([zero, y, one], -1)
    return jnp.sum((x[..., 1:] - x[..., :-1]) * (y[..., 1:] + y[..., :-1]), axis=-1) / 2


@closed_form
def trapezoid_loss(delta: Delta) -> Any:
    """Delta exp(-Delta^2/4)/(24 sqrt pi): what trapezoids of step h in the shift lose, over h^2."""
    return delta * exp(-delta * delta / 4) / (24 * sqrt(pi))


RATE = {
    "within": 0.005,
    "why": "terms of order 1/N: 1.2e4 trials gave -.0017 and -.0000 at N = 100 (se 1e-4)",
    "trials": 8192,
}


def shift_of(p, v):
    """Of the population rule after SMOTE with covariance v Sigma."""
    return operating_shift(p.delta, p.odds, minority_factor(p.amount, v))


@linear.equals(
    "true_positives",
    at=CLASSES,
    twin=Twin("g = 1: the covariance is kept", v=1.0),
    known=((CLASSES, ".4523"),),
    **RATE,
)
def one_roc_curve(p, *, v=2 / 3):
    """SMOTE moves the discriminant along one curve: TPR = Phi(Delta/2 - s), s = g ln(1/o)/Delta.

    g = 1 - w + w gamma, w = o/(1 + o), gamma = (1 + A v/100)/(1 + A/100), v = 2/3 at K = N - 1
    """
    return true_positives(p.delta, shift_of(p, v))


@linear.equals("false_positives", at=CLASSES, twin=Twin("the classes exchanged", end=-1), **RATE)
def one_roc_curve_false_alarms(p, *, end=1):
    """At the same point FPR = Phi(-Delta/2 - s), so TPR = Phi(Delta + Phi^-1(FPR))."""
    return false_positives(p.delta, end * shift_of(p, 2 / 3))


linear.every_trial(
    lambda run, p: run["separation"] - p.delta,
    within=1e-9,
    at=CLASSES,
    name="never_above_the_curve",
    says="no discriminant fitted after SMOTE is above the curve: its own has a smaller Delta",
    twin=Twin("all are above", observable=lambda run, p: p.delta - run["separation"]),
)


@linear.equals(
    "true_positives",
    at=CLASSES.but(odds=1.0),
    within=0.01,
    why="terms of order 1/N: 1.2e4 trials gave -.0015 at N = 100 (se 1e-4)",
    trials=8192,
    twin=Twin("s = ln(o before)/Delta: only the covariance changes", before=True),
)
def balance_equals_undersampling(p, *, before=False):
    """At odds 1 copies, SMOTE and undersampling give one population rule: s = 0, Phi(Delta/2)."""
    original = p.odds / (1 + p.amount / 100)
    return true_positives(p.delta, -log(original) / p.delta if before else 0.0)


GRID = np.array([10, 15, *range(25, 201, 25), *range(300, 801, 100), 1000, 2000], float)
"""The paper's percentages of undersampling."""
OPERATING = Domain.around(CLASSES, delta=(0.5, 4.0), m=(1, 2500))


def trapezoids(p):
    """Of the paper's grid."""
    odds = resampled_odds(p.amount, GRID)
    return trapezoid_area(p.delta, operating_shift(p.delta, odds, minority_factor(p.amount, 2 / 3)))


@claim.never_above(lambda p: curve_area(p.delta), over=OPERATING, points=32)
def hull_trapezoid(p):
    """The trapezoids under the operating points of the paper's grid are below Phi(Delta/sqrt 2)."""
    return trapezoids(p)


_area_of_steps = jax.jit(lambda delta, h: trapezoid_area(delta, jnp.arange(-300, 301) * h))
SIZES = tuple(Params(m=m) for m in (8, 16, 32, 64, 128))


@claim.limit(
    lambda p: trapezoid_loss(p.delta),
    along=SIZES,
    size=lambda p: p.m,
    rate=-2,
    within=0.05,
    why="terms of order h^4",
    last_gap=1e-4,
    twin=Twin("a chord's loss h^2/8, not h^2/12", limit=lambda p: 1.5 * trapezoid_loss(p.delta)),
)
def trapezoid_order(p):
    """Steps h in s: (Phi(Delta/sqrt 2) - area)/h^2 tends to Delta exp(-Delta^2/4)/(24 sqrt pi)."""
    h = 4.0 / p.m
    return (curve_area(p.delta) - _area_of_steps(p.delta, h)) / h**2
