"""Where logistic regression overtakes naive Bayes: two regimes in n/m."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, fixed_point, normal_cdf, sqrt,
)  # fmt: skip
from theory.generative_discriminative.logistic import (
    FEWER, MANY, RESOLVED, fitted, lr_error, lr_threshold, moments,
)  # fmt: skip
from theory.generative_discriminative.naive import kantorovich_error, nb_limit
from theory.generative_discriminative.params import Params

claim = Claims("derived; not in the paper")


@jax.jit
@jnp.vectorize
def _crossover(along, across, trace, distance):
    """The LR state and kappa at once: kappa gives LR the z that naive Bayes has there."""
    r2 = distance**2 / 4

    def step(state):
        mean, spread, price, kappa = state
        first, second, curvature = moments(mean, spread, price)
        z2 = along**2 / (4 * (across + 4 * kappa * trace))
        across2 = (r2 * first**2 + kappa * second) / curvature**2
        wanted = r2 * first**2 * (r2 / z2 - 1) / second
        new = jnp.stack([r2 * first / curvature, sqrt(across2), kappa / curvature, wanted])
        return state + 0.15 * (new - state)

    start = jnp.stack([2 * r2, 2 * sqrt(r2), 0.08 + 0 * r2, 0.01 + 0 * r2])
    return fixed_point(step, start)[3]


def crosses(along, across, trace, distance):
    """Whether LR is better at first, and naive Bayes at .98 kappa*."""
    along, across, trace, distance = (
        jnp.asarray(x, float) for x in (along, across, trace, distance)
    )
    found = _crossover(along, across, trace, distance)
    return (found > 0) & (found < RESOLVED * lr_threshold(distance / 2))


@closed_form(
    along=("does not cross: one method is better at every n/m up to .98 kappa*", crosses),
    example={"along": 1.0, "across": 1.0, "trace": 1.09, "distance": 1.05},
)
def crossover(
    along: Annotated[Scalar, Gt(0), Le(64)],
    across: Annotated[Scalar, Gt(0), Le(1e4)],
    trace: Annotated[Scalar, Ge(1), Le(1e4)],
    distance: Annotated[Scalar, Gt(0), Le(8)],
) -> Any:
    """kappa_x = n/m below which LR (no penalty) beats naive Bayes, in the proportional limit.

    Where :func:`lr_error` at Delta/2 and :func:`nb_limit` agree: ``along`` = d'D^-1 d, ``across`` =
    d'D^-1 Sigma D^-1 d, ``trace`` = tr(C^2)/n, ``distance`` = Delta. Differentiable in all four.
    """
    return _crossover(*(jnp.asarray(x, float) for x in (along, across, trace, distance)))


def pairs(p):
    """``crossover``'s arguments for correlated pairs whose first feature differs."""
    return p.information, p.information, p.trace, sqrt(p.distance2)


PAIRS = Params(n=60, m0=300, m1=300, signals=30)
CASES = tuple(
    PAIRS.but(correlation=c, information=d)
    for c, d in ((0.3, 1.0), (0.3, 4.0), (0.4, 1.0), (0.4, 2.25), (0.5, 1.0), (0.5, 4.0))
)


@claim.identity(
    lambda p: nb_limit(p.information, p.information, crossover(*pairs(p)), p.trace),
    over=Domain.around(PAIRS, correlation=(0.3, 0.4), information=(1.0, 2.25)),
    within=1e-10,
    points=4,
    twin=Twin("tr C^2 = n", trace=1.0),
    known=tuple(
        zip(CASES, (".34623", ".16838", ".36724", ".26113", ".38177", ".18333"), strict=True)
    ),
)
def two_regimes_crossing(p, *, trace=None):
    """At n/m = kappa_x LR and naive Bayes have the same error; C of pairs, d on their first."""
    along, across, own, distance = pairs(p)
    kappa = crossover(along, across, own if trace is None else trace, distance)
    return lr_error(distance / 2, kappa)


both = claim.given(mode="fit", trials=1024)
both.ordering(
    "many_samples_lr", "n/m = .1 < kappa_x = .182: LR beats naive Bayes", "nb", "lr", at=MANY
)
both.ordering(
    "few_samples_nb", "n/m = .167 > kappa_x = .077: naive Bayes beats LR", "lr", "nb", at=FEWER
)


@fitted.equals(
    "nb",
    at=(MANY, FEWER),
    within=0.004,
    why="of order 1/n: medians .0005 off and less at n = 40",
    twin=Twin("its asymptote", finite=0),
)
def nb_with_correlations(p, *, finite=1):
    """Known variances, correlated pairs: error -> Phi(-(1/2) D0/sqrt(D0 + 4 kappa (1 + c^2)))."""
    return nb_limit(p.information, p.information, finite * p.kappa, p.trace)


WIDE = Domain.around(PAIRS, correlation=(0.0, 0.99), information=(0.01, 50.0))


@claim.never_above(lambda p: nb_limit(p.information, p.information), over=WIDE)
def lr_asymptote_not_worse(p):
    """m -> infinity: LR's error is Bayes's, Phi(-Delta/2), never above naive Bayes'."""
    return normal_cdf(-sqrt(p.distance2) / 2)


@claim.identity(
    lambda p: nb_limit(p.information, p.information),
    over=WIDE,
    within=1e-11,
    why="1 - c^2 of .02",
    twin=Twin("k - 1 for k + 1", plus=-1),
)
def kantorovich_is_attained(p, *, plus=1):
    """The pairs are the worst case: their asymptote is the bound at k = (1 + c)/(1 - c)."""
    condition = (1 + p.correlation) / (1 - p.correlation)
    if plus == 1:
        return kantorovich_error(sqrt(p.distance2), condition)
    return normal_cdf(-sqrt(condition * p.distance2) / (condition + 1e-3 + plus))


claim.every_trial(
    lambda run, p: run["asymptote"] - kantorovich_error(run["distance"], run["condition"]),
    name="kantorovich_nb_loss",
    says="any Sigma: asymptotic NB error <= Phi(-sqrt(k)/(1 + k) Delta), k the condition of C",
    source="Bickel & Levina (2004)",
    mode="inequalities",
    at=Params(classes=5),
    within=1e-12,
    twin=Twin("k of Sigma for C", observable=lambda run, p: kantorovich_error(
        run["distance"], run["sigma_condition"]) - run["asymptote"]),
)  # fmt: skip
