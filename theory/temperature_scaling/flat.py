"""Flat logits (a margin on one class, equal elsewhere): what the best temperature leaves."""

import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Twin, binary_entropy, closed_form, exp, log, log1p, minimum, where, xlogx,
)  # fmt: skip
from theory.temperature_scaling.params import (
    ODD, Accuracy, Classes, Margin, Params, Separation, Temperature,
)  # fmt: skip

claim = Claims()


@closed_form
def flat_nll(q: Accuracy, k: Classes, margin: Margin, temperature: Temperature):
    """log(e^s + k - 1) - q s, s = margin/T: log loss of flat logits that are right with chance q.

    Infinite where s leaves the floats.
    """
    s = margin / temperature
    return (1 - q) * s + log1p((k - 1) * exp(-s))


@closed_form
def best_nll(q: Accuracy, k: Classes):
    """h(q) + (1 - q) log(k - 1), its least value over T; log k for q <= 1/k, at T infinite."""
    return where(q * k > 1, binary_entropy(q) + (1 - q) * log(k - 1), log(k))


@closed_form
def best_temperature(q: Accuracy, k: Classes, margin: Margin):
    """margin/log(q (k - 1)/(1 - q)), where the top probability is q; infinite for q <= 1/k."""
    inside = q * k > 1
    odds = where(inside, q * (k - 1) / (1 - q), 2)
    return where(inside, margin / log(odds), jnp.inf)


@closed_form(k=ODD, example={"k": 10})
def pair_kl(k: Classes, alpha: Separation):
    """h(w/2) + (w/2) log(k - 1) - w log 2, w = 1 - alpha: the interpolator of the pair model.

    KL to the true posteriors at the best temperature, in the limit of many training points. The
    slope at alpha = 1 is infinite; it comes as that at the smallest float.
    """
    half = (1 - alpha) / 2
    entropy = -xlogx(half) - (1 - half) * log1p(-half)
    return entropy + half * log(k - 1) - 2 * half * log(2)


@closed_form
def uniform_kl(k: Classes, alpha: Separation):
    """log k - w log 2: the prediction 1/k for every class."""
    return log(k) - (1 - alpha) * log(2)


# --------------------------------------------------------------------------------------------
# The interpolator of the pair model, on what the training points of each trial made of it

CASES = (Params(), Params(k=100, alpha=0.3))
pairs = claim.given(at=CASES, trials=256)


def fano_slack(run, k):
    """KL - [h(q) + (1 - q) log k - H(Y|X)], q the accuracy."""
    q = run["q"]
    h = -q * np.log(q) - (1 - q) * np.log1p(-q)
    return abs(run["kl"] - (h + (1 - q) * np.log(k) - run["entropy"]))


pairs.every_trial(
    lambda run, p: fano_slack(run, p.k - 1),
    within=1e-9,
    name="ts_fano_identity",
    says="min_T KL = h(q) + (1 - q) log(k - 1) - H(Y|X), q the accuracy: the slack in Fano",
    source="derived: d/ds [log(e^s + k - 1) - q s] = 0 where the top probability is q",
    twin=Twin("(1 - q) log k", observable=lambda run, p: fano_slack(run, p.k)),
)


@claim.identity(
    lambda p: best_nll(p.alpha, p.k),
    over=Domain.around(Params(pairs=1), k=(2, 10_000), alpha=(0.55, 0.99), margin=(3.0, 30.0)),
    twin=Twin("T = margin/log(k - 1), the odds forgotten", odds=0),
)
def ts_fano_identity_temperature(p, *, odds=1):
    """At margin/T = log(q (k - 1)/(1 - q)) the log loss is h(q) + (1 - q) log(k - 1)."""
    q = p.alpha  # some chance above 1/k
    others = p.k - 1 if odds else p.k
    t = p.margin / log(others * (q / (1 - q) if odds else 1))
    return flat_nll(q, p.k, p.margin, t)


LARGE = (*CASES, Params(k=1000))


@claim.equals(
    "kl",
    at=LARGE,
    within=0.008,
    why="1/(3 (n + 1)) of edge errors, each at log(q (k - 1)/(1 - q)) < 8",
    variance=lambda p: np.log(p.k * 4.0) ** 2 * 2 / (3 * (p.n + 1) ** 2) / p.pairs,
    twin=Twin("all of the overlap wrong: w log(k - 1)", wrong=1),
    known=(
        (Params(), ".765068"),
        (Params(k=100, alpha=0.3), "1.770536"),
        (Params(k=1000), "1.942450"),
    ),
)
def pair_ts_kl(p, *, wrong=2):
    """min_T KL -> h(w/2) + (w/2) log(k - 1) - w log 2 in the pair model, w = 1 - alpha."""
    if wrong == 2:
        return pair_kl(p.k, p.alpha)
    w = 1 - p.alpha
    return binary_entropy(w / 2) + w * log(p.k - 1) - w * log(2)


def overlap_power(p):
    """w/2."""
    return (1 - p.alpha) / 2


claim.scaling(
    0.25,
    formula=lambda p: exp(pair_kl(p.k, p.alpha)),
    name="paper_rate",
    says="KL grows by w/2 for each unit of log(k - 1); here w = 1/2",
    source="the paper's Theta(log k), with its constant: derived",
    along=[Params(k=2**j) for j in (4, 8, 12, 16, 20)],
    size=lambda p: p.k - 1,
    within=1e-6,
    why="an exact power",
    twin=Twin("slope w", exponent=0.5),
)
claim.scaling(
    0.25,
    lambda run, p: np.exp(run["kl"]),
    name="paper_rate_of_interpolators",
    says="the same slope for interpolators of n = 400 points a pair",
    along=[Params(k=k) for k in (10, 60, 400, 2000)],
    size=lambda p: p.k - 1,
    within=0.01,
    why="edge errors add 1/(3 (n + 1)) to the exponent",
    trials_per_rung=64,
    twin=Twin("slope w", exponent=0.5),
)

MANY = claim.given(
    along=[Params(k=10**j, alpha=0.3) for j in (2, 4, 7, 11, 15)],
    size=lambda p: np.log(p.k) - (1 - p.alpha) * np.log(2),
    within=0.03,
    why="log(k - 1) for log k at k = 100",
    last_gap=0.011,
)


def share_of_random(p):
    """KL_TS/KL_unif."""
    return pair_kl(p.k, p.alpha) / uniform_kl(p.k, p.alpha)


@MANY.limit(
    overlap_power,
    rate=-1.0,
    twin=Twin("w", limit=lambda p: 1 - p.alpha),
    known=(
        (Params(alpha=0.3), ".512"),
        (Params(k=100, alpha=0.3), ".430"),
        (Params(k=10_000, alpha=0.3), ".388"),
    ),
)
def not_random(p):
    """KL_TS/KL_unif -> w/2 as k grows, with a gap in proportion to 1/log k."""
    return share_of_random(p)


MANY.limit(
    1.0,
    rate=-1.0,
    formula=share_of_random,
    name="not_random_as_printed",
    says="KL_TS/KL_unif -> 1: the interpolator is asymptotically no better than random",
    source="the paper, in words; true of the order log k only",
    repaired_by="not_random",
)


def peak(k):
    """The w of largest KL_TS."""
    return minimum(2 * (k - 1) / (k + 3), 1.0)


@claim.never_below(
    lambda p: pair_kl(p.k, p.alpha),
    over=Domain.around(Params(pairs=1), k={2, 4, 6, 10, 1000}, alpha=(0.0, 1.0)),
    twin=Twin("at w = 1 for every k", always=1),
)
def overlap_monotonicity(p, *, always=0):
    """KL_TS is largest at w = min(1, 2 (k - 1)/(k + 3)): it grows on all of [0, 1] iff k >= 5."""
    return pair_kl(p.k, 1 - (1.0 if always else peak(p.k)))


# --------------------------------------------------------------------------------------------
# Which calibration errors see it

pairs.every_trial(
    lambda run, p: abs(run["confidence"] - run["q"]),
    within=1e-9,
    name="ece_blind",
    says="at the best temperature every top confidence is the accuracy: top-label error 0",
    twin=Twin("at T = 1", observable=lambda run, p: abs(run["confidence_at_1"] - run["q"])),
)


@claim.equals(
    "squared_ece",
    at=Params(k=1000),
    within=0.004,
    variance=0.002,
    twin=Twin("the square of w/2", share=0.5),
)
def ece_blind_binned(p, *, share=0):
    """The debiased squared calibration error of 512 labels is 0 on average, while KL > 1.

    derived: one confidence q for all; the variance is below 2 (q (1 - q)/511)^2 + rounding
    """
    return (share * (1 - p.alpha)) ** 2 + 0.0 * p.alpha


pairs.every_trial(
    "classwise",
    within=1e-9,
    name="classwise_blind",
    says="the classwise error of any binning is 0 too: 1 - q is shared by k - 1 classes in turn",
    twin=Twin("it sees the second class", observable=lambda run, p: 1e-3 - run["classwise"]),
)

pairs.every_trial(
    lambda run, p: abs(run["canonical"] - 2 * (1 - run["q"]) * (p.k - 2) / (p.k - 1)),
    within=1e-9,
    name="canonical_error",
    says="given the whole prediction, |P(Y) - prediction|_1 = 2 (1 - q)(k - 2)/(k - 1)",
    twin=Twin("half of it, the total variation", observable=lambda run, p: abs(
        run["canonical"] - (1 - run["q"]) * (p.k - 2) / (p.k - 1))),
)  # fmt: skip
pairs.every_trial(
    lambda run, p: abs(run["canonical_kl"] - (1 - run["q"]) * np.log(p.k - 1.0)),
    within=1e-9,
    name="canonical_error_kl",
    says="KL is (1 - q) log(k - 1) of that error and h(q) - H(Y|X) of classes not told apart",
    twin=Twin("all of KL", observable=lambda run, p: abs(
        run["kl"] - (1 - run["q"]) * np.log(p.k - 1.0))),
)  # fmt: skip
