"""When undersampling pays: against oversampling, and how far to go."""

import math
from typing import Annotated

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, argmax_on, closed_form, exp, integral, log, log1p, root,
    sqrt,
)  # fmt: skip
from theory.class_imbalance.estimated import MEASURED, corrected_recall, plugin_recalls
from theory.class_imbalance.params import MAJORITY, AboveOne, Gap, Noise, Params

claim = Claims("derived")
TRIBONACCI = (1 + math.cbrt(19 - 3 * math.sqrt(33)) + math.cbrt(19 + 3 * math.sqrt(33))) / 3
"""The root x > 1 of (x^2 + x^-2)/2 = x."""


@closed_form
def crossover_of_hard_tasks(rho: AboveOne) -> Scalar:
    """4 ln(2/(1 + 1/rho)) (1 + 1/rho)/(1 - 1/rho)^2: the crossover d/n_1 as Delta -> 0."""
    e = (rho - 1) / rho
    return -4 * log1p(-e / 2) * (2 - e) / e**2


@closed_form
def crossover_of_easy_tasks(rho: AboveOne) -> Scalar:
    """8 ln(1.8393)/(1 - 1/rho) = 4.875/(1 - 1/rho): the crossover d/n_1 as Delta -> infinity.

    Both errors are then exp(-Delta^2/8) times a constant, and cosh(2 y) = exp(y) where
    y = (1 - 1/rho) d/(8 n_1): exp(y) is the tribonacci constant.
    """
    return 8 * math.log(TRIBONACCI) * rho / (rho - 1)


@closed_form
def undersampling_crossover(gap: Annotated[Scalar, Ge(0), Le(10)], rho: AboveOne) -> Array:
    """The d/n_1 above which full undersampling has the higher balanced accuracy, t = 0.

    The root of equal mean densities: balanced accuracy less 1/2 is Delta^2/(2 v) times the mean of
    phi over the places (b + Delta^2 u)/(2 v), -1 < u < 1, so that nothing is lost as Delta -> 0.
    """
    square, e = jnp.asarray(gap, float) ** 2, jnp.asarray((rho - 1) / rho, float)
    return _crossover(*jnp.broadcast_arrays(square, e))


@jax.jit
def _crossover(square, e):
    def mean_density(bias, v2):
        def density(u):
            place = bias[..., None] + square[..., None] * u
            return exp(-(place**2) / (8 * v2[..., None]))

        return integral(density, -1.0, jnp.ones_like(v2), nodes=64) / sqrt(v2)

    def lead(d):
        over = mean_density(d * e, square + d * (2 - e))
        return log(over / mean_density(0 * d, square + 2 * d))

    low = -4 * log1p(-e / 2) * (2 - e) / e**2
    return root(lead, low * (1 - 1e-9), 8 * math.log(TRIBONACCI) / e * (1 + 1e-9))


@closed_form
def partial_recalls(
    gap: Gap, minor: Noise, r: Annotated[Scalar, Ge(1), Le(1e12)]
) -> tuple[Scalar, Scalar]:
    """(minority, majority) with r majority examples kept for each of the minority, t = ln r."""
    return plugin_recalls(gap, minor, minor / r, log(r))


@closed_form
def best_partial_ratio(
    gap: Annotated[Scalar, Ge(1e-2), Le(10)],
    minor: Annotated[Scalar, Ge(1e-3), Le(1e3)],
    rho: Annotated[Scalar, Ge(1.001), Le(1e6), MAJORITY],
) -> Array:
    """r*: the r in [1, rho] of highest balanced accuracy where the prior r : 1 is not corrected."""
    given = jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in (gap, minor, rho)))
    return _best_ratios(*given)


@jax.jit
@jnp.vectorize
def _best_ratios(gap, minor, rho):
    best = argmax_on(lambda x: sum(partial_recalls(gap, minor, exp(x))), 0.0, log(rho))
    return exp(best)


# --------------------------------------------------------------------------------------------
# Full undersampling against oversampling

HERE = Params(rho=40.0)
NOISY = HERE.but(gap=1.0, few=50)  # d/n_1 = 8, above 3.05
MILD = HERE.but(gap=1.0, few=400)  # d/n_1 = 1
AT_GAPS = Domain.around(HERE, gap=(0.1, 6.0), rho=(1.5, 1e6))
ENDLESS = HERE.but(rho=1e9)


def oversampled(gap, minor, major):
    """Balanced accuracy at t = 0."""
    return sum(plugin_recalls(gap, minor, major)) / 2


@claim.identity(
    lambda p: corrected_recall(p.gap, crossover(p), crossover(p)),
    over=AT_GAPS,
    within=1e-11,
    why="a root of a quadrature",
    points=16,
    twin=Twin("n_0 = 1.1 n_1 left", left=1.1),
)
def undersampling_crossover_equal(p, *, left=None):
    """At d/n_1 = delta*(Delta, rho) full undersampling is as good as oversampling.

    ``left`` for the twin: what oversampling would be compared with.
    """
    return oversampled(p.gap, crossover(p), crossover(p) / (left or p.rho))


def crossover(p):
    """delta* at the Params."""
    return undersampling_crossover(p.gap, p.rho)


@claim.identity(
    lambda p: undersampling_crossover(0.0, p.rho),
    over=AT_GAPS,
    within=1e-10,
    why="a root of a quadrature",
    points=16,
    twin=Twin("delta* = 1", one=True),
    known=((ENDLESS, "2.7726"), (HERE.but(rho=5.0), "3.8312"), (HERE.but(rho=2.0), "6.9044")),
)
def crossover_limit(p, *, one=False):
    """As Delta -> 0, delta* = 4 ln(2/(1 + 1/rho)) (1 + 1/rho)/(1 - 1/rho)^2; 4 ln 2 without end."""
    return 1.0 if one else crossover_of_hard_tasks(p.rho)


@claim.never_below(
    lambda p: undersampling_crossover(p.gap / 1.1, p.rho),
    over=AT_GAPS,
    evaluators=("jax",),
    points=24,
    known=tuple(
        (ENDLESS.but(gap=gap), digits)
        for gap, digits in ((1.0, "2.999"), (2.0, "3.392"), (3.0, "3.733"), (4.0, "3.992"))
    ),
)
def crossover_grows(p):
    """delta* grows with Delta: the easier the task, the longer oversampling wins."""
    return crossover(p)


@claim.never_above(
    lambda p: crossover_of_easy_tasks(p.rho),
    over=AT_GAPS,
    evaluators=("jax",),
    points=24,
    known=((HERE.but(gap=8.0, rho=5.0), "5.59010"),),
)
def crossover_bounded(p):
    """delta* stays below 8 ln(1.83929)/(1 - 1/rho), the tribonacci constant's logarithm.

    derived: the ratio of both errors as Delta -> infinity; not in the paper

    So d/n_1 above 4.875/(1 - 1/rho) makes full undersampling the better one in every task.
    """
    return crossover(p)


def gain(which):
    """Balanced accuracy of a method in the run."""
    return lambda run, p: run[which].mean(axis=1)


for_these = claim.given(at=NOISY)
for_these.ordering(
    "undersampling_wins_above",
    "Delta = 1, d/n_1 = 8 > 3.06: full undersampling has the higher balanced accuracy",
    gain("undersampled"),
    gain("oversampled"),
)
claim.ordering(
    "oversampling_wins_below",
    "Delta = 1, d/n_1 = 1 < 3.06: oversampling has the higher balanced accuracy",
    gain("oversampled"),
    gain("undersampled"),
    at=MILD,
)
for_these.ordering(
    "undersampling_never_beats_correction",
    "There, too, all data with the corrected threshold do better",
    gain("corrected"),
    gain("undersampled"),
)


# --------------------------------------------------------------------------------------------
# Undersampling in part, the prior left as it is

PARTLY = HERE.but(few=400, r=1.2)  # Delta = 2, d/n_1 = 1
partly = claim.given(at=(PARTLY, NOISY.but(r=3.0)), within=0.005, why=MEASURED)


@partly.equals("partial[0]", twin=Twin("the prior corrected", corrected=True))
def partial_recall(p, *, corrected=False):
    """n_0 = r n_1 kept, t = ln r: minority recall Phi((Delta^2 - o)/(2 v)).

    o = d/n_1 (1 - 1/r) + 2 ln r, v^2 = Delta^2 + d/n_1 (1 + 1/r)
    """
    if corrected:
        return plugin_recalls(p.gap, p.minor, p.minor / p.r)[0]
    return partial_recalls(p.gap, p.minor, p.r)[0]


@partly.equals("partial[1]", twin=Twin("o = 2 ln r", prediction=lambda p: prior_alone(p)))
def partial_recall_majority(p):
    """n_0 = r n_1 kept, t = ln r: majority recall Phi((Delta^2 + o)/(2 v))."""
    return partial_recalls(p.gap, p.minor, p.r)[1]


def prior_alone(p):
    """The majority's recall were both means equally noisy."""
    even = p.minor * (1 + 1 / p.r) / 2
    return plugin_recalls(p.gap, even, even, log(p.r))[1]


def at_best(p):
    """Balanced accuracy at r*."""
    r = best_partial_ratio(p.gap, p.minor, p.rho)
    return sum(partial_recalls(p.gap, p.minor, r)) / 2


LIGHT = Domain.around(PARTLY, gap=(0.2, 5.0), few=(20, 40_000))


@claim.never_below(1.0, over=LIGHT, evaluators=("jax",), points=16, known=((PARTLY, "1.2189"),))
def partial_undersampling_best(p):
    """The best ratio r* to keep is above 1, at every Delta and d/n_1.

    derived: o enters in second order and v in first; the paper saw it in some cases
    """
    return best_partial_ratio(p.gap, p.minor, p.rho)


@claim.never_below(
    lambda p: corrected_recall(p.gap, p.minor, p.minor),
    over=LIGHT,
    evaluators=("jax",),
    points=16,
    known=((PARTLY, ".794783"),),
)
def best_partial_accuracy(p):
    """Balanced accuracy at r* is at least that at r = 1: .79478 against .79289."""
    return at_best(p)


claim.ordering(
    "partial_undersampling_seen",
    "Delta = 2, d/n_1 = 1: r = 1.2 majority examples kept for each of the minority beat r = 1",
    gain("partial"),
    gain("undersampled"),
    at=PARTLY,
)
