"""Soft training on the table of two cells, s = t and s != t: what becomes of the training labels.

The first head is spurious and hard. The second head's loss is the cross-entropy on s = t, weight 1,
and the diversity term on the unlabelled mix, weight alpha or lambda. Confidence is the probability
that the second head gives to the training label where s = t.
"""

from typing import Annotated

import jax
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, binomial_cdf, closed_form, exp, lambert_w, log, minimum,
)  # fmt: skip
from theory.ood_diversification.params import Mix, Params, Sample, Share

claim = Claims("derived")
Weight = Annotated[Scalar, Ge(0), Le(1e3)]
Positive = Annotated[Scalar, Ge(1e-3), Le(1e3)]


@closed_form
def dbat_confidence(alpha: Weight, r: Share):
    """1/(1 + alpha r): least -log c - alpha r log(1 - c)."""
    return 1 / (1 + alpha * r)


@closed_form
def information_ceiling(lam: Positive):
    """a* = 1/(1 + lambda W(exp(-1/lambda)/lambda)): the root above 1/2 of lambda a logit(a) = 1.

    W is Lambert's; the largest share of agreement that the information loss lets stand.
    """
    return 1 / (1 + lam * lambert_w(exp(-1 / lam) / lam))


@closed_form
def divdis_confidence(lam: Positive, r: Annotated[Scalar, Ge(1e-6), Le(1)]):
    """min(1, a*/r), a* of :func:`information_ceiling`: 1 on training labels up to r = a*."""
    return minimum(1, information_ceiling(lam) / r)


@closed_form
def given_up_chance(alpha: Annotated[Scalar, Ge(1e-3), Le(1e3)], n: Sample, r: Mix):
    """P(Bin(n, r) > n/alpha): a sample's soft D-BAT head inverts training labels; 1e-15 absolute.

    A step function of alpha, of slope 0.
    """
    return 1 - binomial_cdf(n / alpha, n, r)


# --------------------------------------------------------------------------------------------
# Every sample: searches against the closed forms, at the sample's own share

given_up = jax.jit(given_up_chance)
SOFT = Params(n=50, r=0.6)
soft = claim.given(mode="soft", at=SOFT, within=1e-6, trials=256)  # nested searches


def gap(name, formula):
    """|what a search over the loss found - the formula of the sample's share|."""
    return lambda run, p: np.abs(run[name] - np.asarray(formula(p, run["agreeing"])))


soft.every_trial(
    gap("dbat", lambda p, r: dbat_confidence(p.alpha, r)),
    name="soft_dbat_confidence",
    says="the soft D-BAT head's confidence on training labels is 1/(1 + alpha r)",
    twin=Twin(
        "1/(1 + alpha)", observable=gap("dbat", lambda p, r: dbat_confidence(p.alpha, 1.0 + 0 * r))
    ),
)
soft.every_trial(
    gap("divdis", lambda p, r: divdis_confidence(p.lam, r)),
    name="soft_divdis_never_inverts",
    says="the soft DivDis head's confidence on training labels is min(1, a*(lambda)/r) > 1/2",
    twin=Twin("1/(1 + lambda r)", observable=gap("divdis", lambda p, r: dbat_confidence(p.lam, r))),
)
soft.every_trial(
    lambda run, p: (run["agreeing"] <= 0.5)
    * np.abs(run["semantic"] - 0.5 / np.maximum(1 - run["agreeing"], 0.5)),
    name="soft_divdis_mass",
    says="r <= 1/2: the soft DivDis head gives the semantic label 1/(2 (1 - r)) where s != t",
    twin=Twin("1: as D-BAT does", observable=lambda run, p: (
        (run["agreeing"] <= 0.5) * np.abs(run["semantic"] - 1))),
)  # fmt: skip


@claim.equals(
    lambda run, p: run["dbat"] < 0.5,
    at=SOFT,
    mode="soft",
    within=0.05,
    twin=Twin("alpha r > 1 decides, r the population's", sampled=False),
    known=((SOFT, ".15609"),),
)
def soft_labels_given_up(p, *, sampled=True):
    """P(the training labels are inverted) = P(Bin(n, r) > n/alpha)."""
    return given_up(p.alpha, 1.0 * p.n, p.r) if sampled else 1.0 * (p.alpha * p.r > 1)


# --------------------------------------------------------------------------------------------
# The ceiling

STRONG = Domain.around(Params(), lam=(0.2, 100.0), r=(0.5, 0.9999))


@claim.identity(
    lambda p: 1 / (1 + exp(-1 / (p.lam * information_ceiling(p.lam)))),
    over=Domain.around(Params(), lam=(0.05, 100.0)),
    evaluators=("jax", "mpmath"),
    twin=Twin("without Lambert's term", ceiling=lambda lam: 1 / (1 + exp(-1 / lam))),
)
def ceiling_is_a_root(p, *, ceiling=information_ceiling):
    """lambda a log(a/(1 - a)) = 1 at a = a*: the loss is stationary in the confidence there."""
    return ceiling(p.lam)


@claim.identity(
    lambda p: p.r,
    over=Domain.around(Params(), r=(0.51, 0.99)),
    evaluators=("jax", "mpmath"),
    twin=Twin("1/log(r/(1 - r))", share=False),
)
def information_starts_to_cost(p, *, share=True):
    """Confidence stays 1 iff lambda <= lambda_c = 1/(r log(r/(1 - r))): a*(lambda_c) = r."""
    weight = 1 / log(p.r / (1 - p.r))
    return information_ceiling(weight / p.r if share else weight)


@claim.never_below(
    lambda p: 1 / (2 * p.r),
    over=STRONG,
    points=64,
    known=(
        (Params(lam=1.0, r=0.8), ".977735"), (Params(lam=1.0, r=0.95), ".823356"),
        (Params(lam=10.0, r=0.6), ".909477"), (Params(lam=5.0, r=0.9), ".649657"),
        (Params(lam=3.0, r=0.6), "1"),
    ),
)  # fmt: skip
def soft_divdis_floor(p):
    """c > 1/(2 r) for any weight lambda: a training label is never inverted."""
    return divdis_confidence(p.lam, p.r)


@claim.never_above(
    lambda p: (divdis_confidence(p.lam, p.r) + 1) / 2,
    over=Domain.around(Params(), alpha=(1.0, 100.0), lam=(0.2, 100.0), r=(0.5, 0.9999)),
    points=64,
    known=((Params(alpha=2.0), ".75"),),
)
def information_wins_when_soft(p):
    """r >= 1/2, alpha >= 1: soft D-BAT's mean confidence in s, over both cells, is below DivDis's.

    derived: 1/(1 + alpha r) <= 1/(2 r) < c; at r = 1/2, c = 1, for every alpha > 0. Labels that
    are kept exactly reverse the order (dbat_dominates_hard)
    """
    return (dbat_confidence(p.alpha, p.r) + 1) / 2
