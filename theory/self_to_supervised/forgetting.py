"""One step on N prompts, seen at another prompt: what sampled targets add, and when they pay.

A model of forgetting: the logits of a prompt outside the training set change by
eta (1/N) sum_i kappa_i (e_{y_i} - p), the first step of a log-linear policy with shared features;
kappa_i, the overlap of prompt i with the probe, has mean mu and variance sigma^2, independent of
the answers; all prompts have the same p (the proof item ``mean_and_sampling`` has p_i of their
own). It says nothing of later steps, nor of what features overlap in a real model.
"""

import jax.numpy as jnp

from theory import Claims, Twin, closed_form
from theory.self_to_supervised.params import (
    EXAMPLE, POLICIES, RARE, SUMS, Overlap, Params, Policy, Positive, Prompts, Spread, Square,
    Valid,
)  # fmt: skip

claim = Claims("derived")


@closed_form(example={"policy": [0.02, 0.38, 0.3, 0.3], "valid": 2}, policy=SUMS)
def gradient_squares(policy: Policy, valid: Valid):
    """(|q - p|^2, E|e_y - p|^2 of y ~ q, |e_g - p|^2): S3FT's mean and one example, SFT's.

    1 - 2 q.p + |p|^2 of one example; q is the target of one try and a perfect judge.
    """
    p = jnp.asarray(policy, float)
    good = jnp.arange(p.shape[-1]) < valid
    wrong = jnp.where(good, 0.0, p)
    W = jnp.sum(wrong, axis=-1)
    square = jnp.sum(p**2, axis=-1)
    overlap = jnp.sum(jnp.where(good, p, 0.0) ** 2, axis=-1) + W * p[..., 0]
    return (W**2 + jnp.sum(wrong**2, axis=-1), 1 - 2 * overlap + square, 1 - 2 * p[..., 0] + square)


@closed_form
def probe_change(mean_square: Square, square: Square, N: Prompts, mu: Overlap, sigma: Spread):
    """E|change|^2/eta^2 = mu^2 (1 - 1/N) |D|^2 + (mu^2 + sigma^2) E2/N, D the mean gradient."""
    return mu**2 * (1 - 1 / N) * mean_square + (mu**2 + sigma**2) * square / N


@closed_form(example={"mean_square": 0.2})
def even_prompts(mean_square: Positive, square: Square, mu: Overlap, sigma: Spread):
    """N* = 1 + (mu^2 + sigma^2) E2/(mu^2 |D|^2): the mean and the sampling weigh the same there."""
    return 1 + (1 + (sigma / mu) ** 2) * square / mean_square


@closed_form(
    example={"policy": [0.42, 0.02, 0.26, 0.3], "valid": 2},
    policy=SUMS,
    valid=("is 1: with no other valid answer S3FT is SFT", lambda valid: valid >= 2),
)
def paying_prompts(policy: Policy, valid: Valid, mu: Overlap, sigma: Spread):
    """1 + (1 + sigma^2/mu^2) 2 (P p_g - sum_C p^2)/((P - p_g)(1 - p_g + W) + sum_{C - g} p^2).

    S3FT changes the probe less than SFT does from this number of prompts on; below 1: always.
    NaN where no valid answer but gold is ever sampled.
    """
    p = jnp.asarray(policy, float)
    good = jnp.arange(p.shape[-1]) < valid
    own = jnp.where(good, p, 0.0).at[..., 0].set(0.0)  # without gold
    W, rest, gold = jnp.sum(jnp.where(good, 0.0, p), axis=-1), jnp.sum(own, axis=-1), p[..., 0]
    excess = 2 * (rest * gold - jnp.sum(own**2, axis=-1))
    saved = rest * (1 - gold + W) + jnp.sum(own**2, axis=-1)
    some = saved > 0
    pays = excess / jnp.where(some, saved, 1.0)
    return jnp.where(some, 1 + (1 + (sigma / mu) ** 2) * pays, jnp.nan)


def changes(p, N):
    """Of S3FT, SFT, and S3FT with soft targets (all of q at once)."""
    mean, own, gold = gradient_squares(p.policy, p.valid)
    at = N, p.mu, p.sigma
    return (
        probe_change(mean, own, *at),
        probe_change(gold, gold, *at),
        probe_change(mean, mean, *at),
    )


MANY = Params(prompts=100)
CASES = (EXAMPLE, MANY)
probed = claim.given(
    mode="probe", at=CASES, within=lambda p: 0.2 / p.prompts,
    why="exact; a tenth of the value at N = 10",
    support=(0.0, lambda p: 2 * (p.mu + p.sigma) ** 2),  # |e_y - p|^2 <= 2
)  # fmt: skip


@probed.equals(
    "own",
    twin=Twin("the soft-target ratio for sampled targets", sampled=0),
    known=((EXAMPLE, ".119555"), (MANY, ".0309905")),
)
def forgetting_split(p, *, sampled=1):
    """S3FT: mu^2 (1-1/N) |D|^2 + (mu^2+sigma^2) E2/N, D = W (e_g - p_w): only |D|^2 falls like W^2.

    derived: own answers forget less systematically; their sampling noise does not shrink with W
    """
    return changes(p, p.prompts)[0 if sampled else 2]


@probed.equals(
    "gold",
    twin=Twin("S3FT's mean gradient", other=True),
    known=((EXAMPLE, ".222642"), (MANY, ".11718")),
)
def forgetting_split_sft(p, *, other=False):
    """SFT: |e_g - p|^2 (mu^2 (1 - 1/N) + (mu^2 + sigma^2)/N)."""
    return changes(p, p.prompts)[0 if other else 1]


@probed.equals("soft", twin=Twin("as sampled", sampled=1))
def forgetting_split_soft(p, *, sampled=0):
    """With all of q for a target: |D|^2/|e_g - p|^2 of SFT's change at every N, .2005 here."""
    return changes(p, p.prompts)[0 if sampled else 2]


@claim.identity(
    lambda p: gradient_squares(p.policy, p.valid)[2] - gradient_squares(p.policy, p.valid)[1],
    over=POLICIES,
    points=48,
    within=1e-11,
    scale=1.0,
    why="a difference of numbers near 1",
    twin=Twin("gold against the policy's mean probability, without P", conditioned=0),
    known=((EXAMPLE, ".2496"), (Params(**RARE), "-.1464")),
)
def gradient_norm_order(p, *, conditioned=1):
    """One example: SFT's square - S3FT's = 2 P (sum_C p_i^2/P - p_g), of either sign.

    S3FT's gradient is smaller iff its valid answers are on average likelier than the gold one.
    """
    own = jnp.sum(jnp.where(p.is_valid, p.policy, 0.0) ** 2)
    return 2 * (own - p.p_g * (p.P if conditioned else 1.0))


@claim.nonnegative(over=POLICIES, points=64, twin=None, repaired_by="gradient_norm_order")
def own_answers_always_smaller(p):
    """One example's gradient is smaller with an own answer than with the gold one."""
    _, own, gold = gradient_squares(p.policy, p.valid)
    return gold - own


@claim.identity(
    lambda p: even_prompts(*gradient_squares(p.policy, p.valid)[:2], p.mu, p.sigma),
    over=POLICIES,
    points=24,
    within=1e-9,
    why="a quotient of parts",
    twin=Twin("without the 1", one=0),
    known=((EXAMPLE, "48.527"),),
)
def terms_equal(p, *, one=1):
    """The mean's and the sampling's part are equal at N* = 1 + (mu^2 + sigma^2) E2/(mu^2 |D|^2)."""
    mean, square, _ = gradient_squares(p.policy, p.valid)
    per_prompt = probe_change(0.0, square, 1.0, p.mu, p.sigma)
    return one + per_prompt / (2 * probe_change(mean, 0.0, 2.0, p.mu, p.sigma))


def first_paying(p):
    """Where N (SFT's change - S3FT's), a line in N, is 0: from N = 1 and N = 2."""
    gain = [N * (changes(p, float(N))[1] - changes(p, float(N))[0]) for N in (1, 2)]
    return 1 - gain[0] / (gain[1] - gain[0])


@claim.identity(
    first_paying,
    over=POLICIES,
    points=48,
    within=1e-8,
    scale=lambda p: 1 + (p.sigma / p.mu) ** 2,
    why="a difference of values near 1, over one",
    twin=Twin("N*, where the two parts are equal", balance=True),
    known=((Params(**RARE), "10.0095"),),
)
def own_answers_pay(p, *, balance=False):
    """S3FT changes the probe less than SFT from N = paying_prompts on; always where that is <= 1.

    derived: what nobody had; 10.01 prompts where gold is the policy's favourite, mu = .3, sigma = 1
    """
    if balance:
        return even_prompts(*gradient_squares(p.policy, p.valid)[:2], p.mu, p.sigma)
    return paying_prompts(p.policy, p.valid, p.mu, p.sigma)
