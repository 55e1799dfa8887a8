"""From the logistic loss to the error: the multiclass H-consistency bound, and its sharp forms."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Doc, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, deviance, exp, log, log1p, minimum,
    parameters, sqrt, tanh,
)  # fmt: skip
from theory.generative_discriminative.params import Params

claim = Claims("the paper, in a form of our own; derived")

Gap = Annotated[Scalar, Ge(0), Le(1)]


@closed_form
def consistency(t: Gap) -> Any:
    """T(t) = ((1 + t)/2) ln(1 + t) + ((1 - t)/2) ln(1 - t): logistic regret that a gap costs.

    t = p_max - p_called, the conditional regret of the zero-one loss. t^2/2 <= T <= ln 2; the slope
    at 1 is infinite.
    """
    return (deviance.__wrapped__(1 + t, 1 + 0 * t) + deviance.__wrapped__(1 - t, 1 + 0 * t)) / 2


@closed_form
def bounded_consistency(t: Gap, limit: Annotated[Scalar, Gt(0), Le(700)]) -> Any:
    """The same for two classes and scores within [-L, L]: T(t) up to tanh(L/2), from there a line.

    ln 2 - ((1 + t)/2) ln(1 + e^-L) - ((1 - t)/2) ln(1 + e^L), which touches T at tanh(L/2).
    """
    free = tanh(limit / 2)
    inside = minimum(t, free)
    rest = t - inside
    slope = limit / 2
    return consistency.__wrapped__(inside) + slope * rest


@closed_form(
    called=(
        "sums with the largest to more than 1",
        lambda largest, called: largest + called <= 1 + 1e-12,
    ),
    largest=("is not the largest", lambda largest, called: called <= largest),
    example={"largest": 0.5, "called": 0.2},
)
def least_regret(
    largest: Annotated[Scalar, Ge(1e-9), Le(1)], called: Annotated[Scalar, Ge(0), Le(1)]
) -> Any:
    """Least logistic regret of calling a class of probability p_j instead of p_max: c T(t/c).

    c = p_max + p_j, t = p_max - p_j: the scores tie these two and are right for all others. The
    slope at p_j = 0 is infinite.
    """
    both = largest + called
    return both * consistency.__wrapped__((largest - called) / both)


def sqrt_regret(run):
    """sqrt of the logistic regret."""
    return sqrt(jnp.maximum(run["regret"], 0.0))


def pair_regret(run) -> Any:
    """The least for the class that was called; 0 where it is the likeliest."""
    wrong = run["gap"] > 0
    least = least_regret(run["largest"], jnp.where(wrong, run["called"], 0.0))
    return jnp.where(wrong, least, 0.0)


HERE = Params(classes=5)
scored = claim.given(mode="inequalities", at=(HERE, HERE.but(classes=2)), trials=8192)
scored.every_trial(
    lambda run, p: run["gap"] - sqrt(2.0) * sqrt_regret(run),
    name="h_consistency_logistic",
    says="zero-one regret <= sqrt(2) (logistic regret)^(1/2), for scores without bounds",
    within=1e-9,
    twin=Twin("the constant 1.3", observable=lambda run, p: run["gap"] - 1.3 * sqrt_regret(run)),
)
scored.every_trial(
    lambda run, p: consistency(run["gap"]) - run["regret"],
    name="h_consistency_sharp",
    says="T(zero-one regret) <= logistic regret",
    within=1e-12,
    twin=Twin("1.2 T", observable=lambda run, p: 1.2 * consistency(run["gap"]) - run["regret"]),
)
scored.every_trial(
    lambda run, p: pair_regret(run) - run["regret"],
    name="h_consistency_of_a_pair",
    says="c T(t/c) <= logistic regret, c = p_max + p_called",
    within=1e-12,
    twin=Twin("1.2 of it", observable=lambda run, p: 1.2 * pair_regret(run) - run["regret"]),
)


@parameters("generative_discriminative")
class Scores:
    """Two classes whose probabilities differ by a gap, and scores within [-L, L]."""

    t: Annotated[float, Ge(0), Le(1), Doc("gap of the two probabilities")] = 0.5
    limit: Annotated[float, Ge(0.1), Le(10), Doc("L, bound on scores")] = 1.0
    share: Annotated[float, Ge(0), Le(1), Doc("a score, in parts of L")] = 0.5


def two_class_loss(t, u):
    """E log(1 + exp(-y u)), P(y = 1) = (1 + t)/2."""
    return (1 + t) / 2 * log1p(exp(-u)) + (1 - t) / 2 * log1p(exp(u))


@claim.never_below(
    lambda p: log(2.0) - two_class_loss(p.t, p.share * p.limit),
    over=Domain.of(Scores),
    twin=Twin("a smaller L", larger=lambda p: bounded_consistency(p.t, 0.05)),
)
def bounded_scores(p):
    """|u| <= L: T_L(t) is what the best score of [0, L] gains over u = 0, so never below any's."""
    return bounded_consistency(p.t, p.limit)


@claim.identity(
    lambda p: log(2.0) - two_class_loss(p.t, minimum(2 * arctanh(p.t), p.limit)),
    over=Domain.around(Scores(), t=(0.01, 0.999), limit=(0.1, 10.0)),
    within=1e-10,
    why="ln 2 less ln 2: T(.01) = 5e-5",
    twin=Twin("T, as without bounds", free=True),
)
def bounded_scores_attained(p, *, free=False):
    """It is attained at u = min(2 artanh t, L)."""
    return consistency(p.t) if free else bounded_consistency(p.t, p.limit)


def arctanh(t):
    """The inverse of tanh."""
    return (log1p(t) - log1p(-t)) / 2
