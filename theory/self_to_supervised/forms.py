"""The training targets, how far they are from the policy, and how many tries pay."""

import jax
import jax.numpy as jnp

from theory import closed_form, deviance, log
from theory.self_to_supervised.params import (
    GOLD_IS_VALID, SUMS, Chance, Cost, Params, Policy, Share, Step, Tries, Valid,
)  # fmt: skip


def rounds_of_sampling(accepted, tries):
    """(1 - (1 - a)^k)/a: the expected number of tries, k at a = 0 (for a times it, slopes too)."""
    some = accepted > 1e-9
    a = jnp.where(some, accepted, 0.5)
    return jnp.where(some, (1 - (1 - a) ** tries) / a, tries)


@closed_form(example={"policy": [0.02, 0.38, 0.3, 0.3], "valid": 2}, policy=SUMS)
def target(
    policy: Policy, valid: Valid, accepts: Share = 0.0, rejects: Share = 0.0, tries: Tries = 1
):
    """The law of one training target: own answers that the judge accepts, the rest on gold.

    q_i = s (1 - m) p_i on valid, s f p_i on wrong answers, plus (1 - a)^k on answer 0, the gold
    one; a = (1 - m) P + f W is the chance that a try is accepted, s = (1 - (1 - a)^k)/a.
    """
    policy = jnp.asarray(policy, float)
    good = jnp.arange(policy.shape[-1]) < valid
    accepts, rejects, tries = (jnp.asarray(x, float)[..., None] for x in (accepts, rejects, tries))
    kept = jnp.where(good, (1 - rejects) * policy, accepts * policy)
    accepted = jnp.sum(kept, axis=-1, keepdims=True)
    own = rounds_of_sampling(accepted, tries) * kept
    return own + (1 - accepted) ** tries * (jnp.arange(policy.shape[-1]) == 0)


@closed_form(example={"p_g": 0.1}, p_g=GOLD_IS_VALID)
def movement(P: Chance, p_g: Share, accepts: Share = 0.0, rejects: Share = 0.0):
    """TV(q, p) = m (P - p_g) + (1 - f) (1 - P), one try; f = m = 0 is S3FT, m = 1 is SFT."""
    return rejects * (P - p_g) + (1 - accepts) * (1 - P)


@closed_form(example={"p_g": 0.1}, p_g=GOLD_IS_VALID)
def kl_of_target(P: Chance, p_g: Chance, tries: Tries = 1):
    """KL(q_k||p) = -ln P + (1 - rho) D(1 - a, 1) + D(rho + a (1 - rho), rho), a perfect judge.

    a = (1 - P)^k, rho = p_g/P, D the deviance x ln(x/y) + y - x. One try: (p_g + W) ln(1 + W/p_g).
    Infinite slopes as p_g tends to 0.
    """
    a, rho = (1 - P) ** tries, p_g / P
    gap = (1 - rho) * deviance(1 - a, 1) + deviance(rho + a * (1 - rho), rho)
    return gap - log(P)


@closed_form(
    example={"P": 0.6, "p_g": 0.1},
    p_g=("is not below P: of one valid answer all tries are alike", lambda p_g, P: p_g < P),
)
def best_tries(P: Step, p_g: Chance, cost: Cost):
    """k* = ln a*/ln(1 - P), a*/(1 - a*) = rho (e^(c/(P - p_g)) - 1), rho = p_g/P.

    Least KL(q_k||p) + c E[tries] over real k, c in nats a try. The objective is convex in
    a = (1 - P)^k, so the best whole k is next to k*; 1 where k* < 1. Infinite
    slopes as p_g tends to 0.
    """
    y = cost / (P - p_g)
    log_odds = log(p_g / P) + y + jnp.log(-jnp.expm1(-y))
    return jax.nn.softplus(-log_odds) / -jnp.log1p(-P)


def tv(r, p):
    """Total variation of two laws."""
    return jnp.sum(jnp.abs(jnp.asarray(r) - jnp.asarray(p)), axis=-1) / 2


def s3ft(p: Params, tries=1, **judge):
    """The target without judge errors unless they are given."""
    return target(p.policy, p.valid, tries=tries, **judge)


def judged(p):
    """One try by a judge that errs."""
    return target(p.policy, p.valid, p.accepts, p.rejects)
