"""Generalisation: the ball that every round stays in, and what its complexity gives."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Ge, Gt, Le, Lt, Scalar, Twin, closed_form, log, sqrt
from theory.self_distillation.params import POSITIVE, Params, Points, Rounds
from theory.self_distillation.rounds import zeta

claim = Claims("shape of the paper's first theorem (recalled); derived with constants")
Size = Annotated[Scalar, Ge(1e-12), Le(1e12)]
DELTA = 0.05


@closed_form
def generalisation_gap(
    t: Rounds,
    ridge: Annotated[Scalar, Ge(1e-12), Le(1e12), POSITIVE],
    most: Size,
    points: Points,
    delta: Annotated[Scalar, Gt(0), Lt(1)],
) -> Any:
    """2 zeta(t) r_max/sqrt(n lambda_0) + sqrt(ln(1/delta)/(2 n)): E loss less mean loss at w_t.

    For a 1-Lipschitz loss in [0, 1], inputs in the unit ball, abs(y - x.w_init) <= r_max = ``most``
    and the penalty n lambda_0; with probability 1 - delta, for the whole ball that holds w_t. The
    slope is infinite as delta tends to 1.
    """
    spread = sqrt(-log(delta) / (2 * points))
    return 2 * zeta.__wrapped__(t) * most / sqrt(ridge * points) + spread


HERE = Params(n=20, d=5, rank=1, rounds=4, ridge=0.3)
sampled = claim.given(mode="sampled")


def ball(p) -> Any:
    """Radii of the balls, one a round."""
    return zeta(jnp.arange(p.rounds + 1)) * (sqrt(p.signal) + p.sigma) / sqrt(p.ridge)


@sampled.at_most(
    lambda run, p: run["gap"][:, int(p.t)],
    at=(HERE, HERE.but(t=4, ridge=1.0)),
    delta=DELTA,
    twin=Twin("no gap", factor=0.0),
    remarks="Far from tight: no draw came near. The sharp statement is of the complexity.",
)
def generalisation_bound(p, *, factor=1.0):
    """With probability 1 - delta E loss <= mean loss + 2 zeta(t) r_max/sqrt(n lambda_0) +
    sqrt(ln(1/delta)/(2 n)): it falls with t, without any label."""
    most = sqrt(p.signal) + p.sigma
    return factor * generalisation_gap(p.t, p.ridge, most, p.n, DELTA)


sampled.every_trial(
    lambda run, p: (run["distance"] / ball(p) - 1).max(axis=1),
    name="ball_of_every_round",
    says="abs(y - x.w_init) <= r_max and a penalty n lambda_0 put every w_t in the ball of radius"
    " zeta(t) r_max/sqrt(lambda_0) around w_init",
    within=0.0,
    at=HERE,
    twin=Twin(
        "half the radius", observable=lambda run, p: (run["distance"] / ball(p) - 0.5).max(axis=1)
    ),
)
sampled.every_trial(
    lambda run, p: run["complexity"] - 1,
    name="complexity_from_above",
    says="E_sigma |X' sigma| <= sqrt(tr X X'): a ball of radius B has an empirical Rademacher"
    " complexity of B sqrt(tr X X')/n or less",
    within=1e-12,
    at=HERE,
    twin=Twin("a factor sqrt 2 less", observable=lambda run, p: run["complexity"] - 0.5**0.5),
)
sampled.every_trial(
    lambda run, p: 0.5**0.5 - run["complexity"],
    name="complexity_from_below",
    says="E_sigma |X' sigma| >= sqrt(tr X X'/2) (Khintchine, Kahane; constant of Szarek)",
    within=1e-12,
    at=HERE,
    twin=Twin("tr X X' without the root", observable=lambda run, p: jnp.sqrt(8.0) / jnp.sqrt(2.0)
              - run["complexity"]),
)  # fmt: skip
