"""The online loop: each round the policy moves by eta to one answer of its own, corrected.

pi <- (1 - eta) pi + eta e_y, y drawn by the policy of the round, gold for a wrong answer. A model
of the mechanism on one prompt, tabular, with mixture updates: it explains what stays, what goes and
at which rate; a softmax step has other rates. The target q_t = pi_t on valid answers plus all wrong
mass on gold follows q' = (1 - eta) q + eta e_y, y ~ q: a neutral drift, for any W.
"""

import jax.numpy as jnp
import numpy as np

from theory import Claims, Twin, closed_form, exp, expm1, log, log1p
from theory.self_to_supervised.forms import s3ft
from theory.self_to_supervised.params import DRIFT, EXAMPLE, Params, Rounds, Share, Step

claim = Claims("derived")
ROOM = ("and W exceed 1", lambda p_g, W: p_g + W <= 1 + 1e-12)


@closed_form
def online_wrong(W: Share, eta: Step, rounds: Rounds):
    """W (1 - eta)^R: the mass on wrong answers after R rounds, in every run."""
    return W * exp(rounds * log1p(-eta))


@closed_form(example={"p_g": 0.1, "W": 0.4}, p_g=ROOM)
def online_gold(p_g: Share, W: Share, eta: Step, rounds: Rounds):
    """E pi_g = p_g + W (1 - (1 - eta)^R)."""
    return p_g - W * expm1(rounds * log1p(-eta))


@closed_form(
    example={"gold": 0.5, "W": 0.4, "spread": 0.4},
    W=("is above gold's target", lambda W, gold: gold + 1e-12 >= W),
)
def online_diversity(spread: Share, gold: Share, W: Share, eta: Step, rounds: Rounds):
    """E[1 - sum_C pi^2] = S (1 - eta^2)^R + w (2 q_g - w), w = W (1 - eta)^R.

    S = 1 - |q|^2 and q_g = p_g + W: spread and gold share of the offline target.
    """
    w = W * exp(rounds * log1p(-eta))
    return spread * exp(rounds * log1p(-(eta**2))) + w * (2 * gold - w)


@closed_form
def half_life(eta: Step):
    """ln 2/-ln(1 - eta^2): rounds in which the target's diversity halves."""
    return log(2.0) / -log1p(-(eta**2))


@closed_form
def sft_half_life(eta: Step):
    """ln 2/-ln(1 - eta): rounds in which SFT's distance to the gold answer halves."""
    return log(2.0) / -log1p(-eta)


def wrong(run, p):
    """A reading: the mass on wrong answers."""
    return run["policy"][:, int(p.valid) :].sum(axis=1)


def target_now(run, p):
    """A reading: the policy on valid answers, the wrong mass on gold."""
    now = run["policy"][:, : int(p.valid)].copy()
    now[:, 0] += wrong(run, p)
    return now


SLOW = Params(eta=0.05, rounds=60)
LONG = Params(rounds=300)
FIXED = DRIFT.but(rounds=300)
looped = claim.given(mode="online")

looped.every_trial(
    lambda run, p: abs(wrong(run, p) - online_wrong(p.W, p.eta, p.rounds)),
    name="online_target",
    says="after R rounds the mass on wrong answers is W (1 - eta)^R in every run",
    at=(EXAMPLE, SLOW),
    within=1e-13,
    twin=Twin("it falls by the chance of a correction, (1 - eta W)^R", observable=lambda run, p: (
        abs(wrong(run, p) - p.W * (1 - p.eta * p.W) ** p.rounds))),
)  # fmt: skip


@looped.equals(
    "policy[0]",
    at=(EXAMPLE, SLOW),
    within=0.02,
    twin=Twin("E pi -> p_C, gold's share of it", to_gold=0),
    known=((EXAMPLE, ".371369"),),
)
def online_target_gold(p, *, to_gold=1):
    """E pi_g = p_g + W (1 - (1 - eta)^R): in mean the loop reaches the offline target q."""
    if to_gold:
        return online_gold(p.p_g, p.W, p.eta, p.rounds)
    return p.p_g * (1 + (p.W - online_wrong(p.W, p.eta, p.rounds)) / p.P)


@looped.equals("policy[1]", at=(EXAMPLE, SLOW), within=0.02,
               twin=Twin("E pi -> p_C, its share of it", kept=0))  # fmt: skip
def online_target_others(p, *, kept=1):
    """E pi_i = p_i for every other valid answer, at every round."""
    share = (p.W - online_wrong(p.W, p.eta, p.rounds)) / p.P
    return jnp.asarray(p.policy)[1] * (1 if kept else 1 + share)


def spread_of(q):
    """1 - |q|^2."""
    return 1 - jnp.sum(jnp.asarray(q) ** 2)


@looped.equals(
    lambda run, p: 1 - (run["policy"][:, : int(p.valid)] ** 2).sum(axis=1),
    at=(DRIFT, EXAMPLE, SLOW),
    within=0.015,
    twin=Twin("(1 - eta)^R", linear=True),
    known=((DRIFT, ".384179"), (EXAMPLE, ".600550"), (SLOW, ".606507")),
)
def diversity_law(p, *, linear=False):
    """E[1 - sum_C pi^2] = (1 - |q|^2)(1 - eta^2)^R + w (2 q_g - w), w = W (1 - eta)^R.

    derived: 1 - |q_t|^2 falls by 1 - eta^2 a round in mean, whatever W
    """
    spread = spread_of(s3ft(p))
    if linear:
        return spread * (1 - p.eta) ** p.rounds
    return online_diversity(spread, p.p_g + p.W, p.W, p.eta, p.rounds)


STEPS = claim.given(
    along=tuple(Params(eta=eta) for eta in (0.001, 0.002, 0.004, 0.008, 0.016)),
    size=lambda p: p.eta,
    within=0.01,
    why="the next order, eta/2",
)


@STEPS.scaling(-2, twin=Twin("as fast as SFT", exponent=-1))
def diversity_half_life(p):
    """Own answers lose half of their diversity in ln 2/eta^2 rounds: 69 at eta = .1."""
    return half_life(p.eta)


@STEPS.scaling(-1, twin=Twin("as slow as own answers", exponent=-2))
def diversity_half_life_sft(p):
    """SFT is half way to its one answer after ln 2/eta rounds: 6.6 at eta = .1."""
    return sft_half_life(p.eta)


looped.every_trial(
    lambda run, p: abs(run["policy"] - p.policy).sum(axis=1),
    name="neutral_drift",
    says="training on its own valid answers leaves a policy without wrong answers (P = 1) as it is",
    source="a hope of self-training, in this model; the paper does not claim it",
    at=FIXED,
    within=1e-9,
    repaired_by="neutral_drift_mean",
)


@looped.equals("policy[1]", at=FIXED, within=0.04, why="exact; the runs differ as coins do",
               twin=Twin("uniform in the end", favoured=0))  # fmt: skip
def neutral_drift_mean(p, *, favoured=1):
    """P = 1: the mean policy is p at every round, and each run drifts to one answer."""
    return jnp.asarray(p.policy)[1] if favoured else 1 / p.valid


def unsettled(p):
    """(1 - |q|^2)(1 - eta^2)^R = E[1 - |q_R|^2] is above |P(leader is i) - q_i|.

    |1{leader is i} - q_R,i| is 1 - max q_R or q_R,i: at most 1 - max q_R <= 1 - |q_R|^2.
    """
    return spread_of(s3ft(p)) * (1 - p.eta**2) ** p.rounds


def leads(answer):
    """A reading: whether the current target's largest share is this answer's."""
    return lambda run, p: target_now(run, p).argmax(axis=1) == answer


ends = looped.given(within=unsettled, why="runs not yet settled after R rounds")


@ends.equals(leads(1), at=(FIXED, LONG), twin=Twin("uniform winners", drawn=0))
def neutral_drift_winner(p, *, drawn=1):
    """Every run ends on ONE answer, on answer i with the chance p_i that it has at the start."""
    return s3ft(p)[1] if drawn else 1 / p.valid


@ends.equals(leads(0), at=LONG, twin=Twin("gold's share of p_C", corrected=0))
def drift_to_gold(p, *, corrected=1):
    """With wrong answers too: a run ends on answer i with the chance q_i, on gold with p_g + W."""
    return p.p_g + p.W if corrected else p.p_g / p.P


# --------------------------------------------------------------------------------------------
# Steps on softmax logits, theta <- theta + eta (e_y - pi), instead of mixtures


def odds(run, p):
    """A reading: log pi_1/pi_2 of the softmax policy, two valid answers other than gold."""
    return run["logits"][:, 1] - run["logits"][:, 2]


def softmax_gold(run, p):
    """A reading: the softmax policy's share of gold."""
    share = np.exp(run["logits"] - run["logits"].max(axis=1, keepdims=True))
    return share[:, 0] / share.sum(axis=1)


@looped.equals(
    odds,
    at=(EXAMPLE, SLOW),
    variance=lambda p: p.rounds * p.eta**2,  # of a step: eta^2 (pi_1 + pi_2) at most
    within=0.04,
    twin=Twin("pulled together", kept=0),
)
def softmax_log_odds(p, *, kept=1):
    """Softmax: E log pi_1/pi_2 of valid answers other than gold stays at every round.

    derived: E[step of theta] = eta (q - pi) is 0 there; what nobody had
    """
    policy = jnp.asarray(p.policy)
    return kept * log(policy[1] / policy[2])


@looped.equals(softmax_gold, at=LONG, within=0.05, why="what is asked for",
               repaired_by="softmax_log_odds", twin=None)  # fmt: skip
def softmax_reaches_target(p):
    """Softmax too: E pi_g ends at p_g + W, gold's share of the offline target: 300 rounds.

    derived for mixtures; in softmax steps gold overshoots (.58 for .42 here)
    """
    return p.p_g + p.W
