"""The certificates against attacks in every trial, and against estimated probabilities."""

import functools

import numpy as np
from scipy import special

from theory import Claims, Twin, binomial_upper
from theory.adaptive_smoothing.certificates import (
    CODE, lipschitz_radius, needed_margin, smoothing_radius, tight_radius,
)  # fmt: skip
from theory.adaptive_smoothing.params import Params

claim = Claims("derived")
attacked = claim.given(mode="attacked", at=Params(), within=0.0, trials=1024)
TINY = 1e-12  # of a gap, for rounding where it is 0


def sure(run, needed):
    """Whether h is right by at least this margin."""
    return run["margin"] >= needed(run["alpha"])


attacked.every_trial(
    lambda run, p: sure(run, needed_margin) & (run["gap"] < -TINY),
    name="margin_lemma",
    says="h_y - h_i >= (1 - alpha)/alpha, alpha >= 1/2: f keeps the label, whatever g answers",
    source="the paper (sufficiency); derived (necessity)",
    twin=Twin(
        "margin 1 - alpha",
        observable=lambda run, p: sure(run, lambda alpha: 1 - alpha) & (run["gap"] < -TINY),
    ),
)
attacked.every_trial(
    lambda run, p: ~sure(run, needed_margin) & (run["gap"] > TINY),
    name="margin_lemma_necessary",
    says="below the margin (1 - alpha)/alpha a one-hot g flips the label",
    twin=Twin(
        "at a larger margin too: 1",
        observable=lambda run, p: ~sure(run, np.ones_like) & (run["gap"] > TINY),
    ),
)
attacked.every_trial(
    "logit_gap",
    name="mix_logits_no_certificate",
    says="(1 - alpha) G + alpha H with unbounded logits G: some G flips every H, of any margin",
    twin=Twin("the margin lemma for logits", observable=lambda run, p: -run["logit_gap"]),
)
attacked.every_trial(
    lambda run, p: sure(run, needed_margin) & (run["logit_gap"] < -TINY),
    name="margin_lemma_for_logits",
    says="h_y - h_i >= (1 - alpha)/alpha: mixed logits keep the label, whatever G answers",
    source="the margin lemma, logits for probabilities",
    repaired_by="margin_lemma",
)


def by_slopes(run, alpha) -> np.ndarray:
    """The least Lipschitz radius over the other classes, minus the distance of the attack."""
    radius = lipschitz_radius(alpha, run["top"][:, None], run["others"], run["slopes"])
    return np.asarray(radius).min(axis=1) - run["distance"]


attacked.every_trial(
    lambda run, p: by_slopes(run, run["alpha"][:, None]),
    name="lipschitz_radius",
    says="min over i of [alpha (h_y - h_i) + alpha - 1]_+/(alpha (Lip(h_y) + Lip(h_i))) holds",
    source=CODE,
    twin=Twin(
        "without alpha - 1: the radius of h alone", observable=lambda run, p: by_slopes(run, 1.0)
    ),
)


def surplus(alpha, top, runner, t):
    """alpha (Phi(A - t) - Phi(B + t)) - (1 - alpha): what is left of the margin at t sigma."""
    a, b = special.ndtri(top), special.ndtri(runner)
    return alpha * (special.ndtr(a - t) - special.ndtr(b + t)) - (1 - alpha)


def of_steps(run, factor):
    """What the bound leaves where the smoothed steps fail: above 0, r* is beyond."""
    return surplus(run["alpha"], run["smooth"], run["next"], run["failure"] / factor)


attacked.every_trial(
    lambda run, p: of_steps(run, 1),
    name="tight_rs_radius_valid",
    says="r* holds for smoothed random functions of three classes, against the worst g",
    twin=Twin("1.5 r* holds", observable=lambda run, p: of_steps(run, 1.5)),
)


# --------------------------------------------------------------------------------------------
# h from votes

DELTA = 0.05


@functools.cache
def most(votes: int) -> np.ndarray:
    """What a probability is at most, at DELTA/2, after 0, ..., ``votes`` of so many votes."""
    return np.asarray(binomial_upper(np.arange(votes + 1), votes, np.log(2 / DELTA)))


def bounds(run, p, confident):
    """h_y from below and h_y' from above, at DELTA/2 each; or plain frequencies."""
    hits, second = np.asarray(run["votes"][:, :2], int).T
    if not confident:
        return hits / p.votes, second / p.votes
    return 1 - most(p.votes)[p.votes - hits], most(p.votes)[second]


def by_smoothing(confident):
    """The paper's radius of the estimated probabilities."""

    def read(run, p):
        lower, upper = bounds(run, p, confident)
        right, left = special.ndtri(p.alpha * lower), special.ndtri(p.alpha * upper + 1 - p.alpha)
        return p.sigma / 2 * (right - left)

    return read


def by_root(confident):
    """The surplus of the estimates at the true r*: above 0, their radius is larger."""

    def read(run, p):
        t = float(tight_radius(p.alpha, p.top, p.runner, p.sigma)) / p.sigma
        return surplus(p.alpha, *bounds(run, p, confident), t)

    return read


votes = claim.given(
    mode="votes", at=(Params(), Params(alpha=0.95, top=0.8, votes=300)), delta=DELTA, trials=2048
)


@votes.at_most(
    by_smoothing(True), twin=Twin("frequencies plugged in", observable=by_smoothing(False))
)
def mc_certificate(p):
    """From N votes, bounds at delta/2 on h_y and h_y': the radius holds with chance 1 - delta.

    derived: Clopper and Pearson (1934)

    For classes named beforehand; else y is chosen on votes of its own.
    """
    return smoothing_radius(p.alpha, p.top, p.runner, p.sigma)


votes.at_most(
    by_root(True),
    name="mc_certificate_tight",
    says="the same with r*",
    formula=0.0,
    twin=Twin("frequencies plugged in", observable=by_root(False)),
)
