"""Mixup beside label smoothing: the lead that mixed points ask for, bounded without smoothing."""

import math
from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Lt, Scalar, Twin, arcsinh, closed_form, exp, expm1, integral, log, root,
)  # fmt: skip
from theory.spurious_features.confidence import example_overconfident, kept, smoothed_margin
from theory.spurious_features.examples import example_ensemble
from theory.spurious_features.params import EXAMPLE, Classes

claim = Claims("derived; Mixup with smoothing is the paper's BANG")
Smoothing = Annotated[Scalar, Ge(0), Lt(1)]
Mixing = Annotated[Scalar, Ge(0.05), Le(20)]
MOST = 60.0
"""Above every lead: the largest in range is 9.653, at K = 20, alpha = 20, without smoothing."""


@closed_form
def mixup_margin(smoothing: Smoothing, classes: Classes, mixing: Mixing) -> Any:
    """The lead g of the true logit that Mixup, Beta(alpha, alpha), asks for with smoothed labels.

    Inputs l z_i + (1 - l) z_j of two classes drawn alike, labels mixed by the same l: a linear head
    has logits g l and g (1 - l) there. g is the root of the slope of the cross-entropy,
    E[l s_i + (1 - l) s_j] = E[l t_i + (1 - l) t_j], s the softmax, t the labels (1 - e)(l, 1 - l) +
    e/K. Finite at e = 0 too.
    """
    e, K, a = jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in (smoothing, classes, mixing)))
    sure, top = 1 - e, arcsinh(3 + 20 / a)[..., None]
    many, wide = K[..., None], a[..., None]

    def points(t):  # l = (1 + tanh s)/2 >= 1/2, s = sinh(top t), and their weights
        s = jnp.sinh(top * t)
        less = exp(-2 * s) / (1 + exp(-2 * s))
        density = exp(-2 * wide * (s + jnp.log1p(exp(-2 * s)) - jnp.log(2.0)))
        return 1 - less, less, density * top * jnp.cosh(top * t)

    def mean(f):
        def weighted(t):
            more, less, weight = points(t)
            return f(more, less) * weight

        return integral(weighted, jnp.zeros_like(e), jnp.ones_like(e))

    whole = mean(lambda more, less: jnp.ones_like(more))

    def slope(z):
        g = exp(z)
        lead = g[..., None]

        def mixed(more, less):
            other, rest = expm1(-lead * (more - less)), expm1(-lead * more)
            above = less * other - other / many - (many - 2) * rest / many
            share = above / (2 + other + (many - 2) * (1 + rest))
            return share - sure[..., None] * (more**2 + less**2 - 1 / many)

        fall = -expm1(-g)
        same = (K - 1) / K * (fall / (1 + (K - 1) * exp(-g)) - sure)
        return same / K + (1 - 1 / K) * mean(mixed) / whole

    return exp(root(slope, log(sure) - 1, jnp.full_like(e, math.log(MOST))))


# --------------------------------------------------------------------------------------------

heads = claim.given(mode="heads", at=EXAMPLE)


@heads.equals(
    "mixed_lead",
    at=(EXAMPLE, EXAMPLE.but(mixing=0.5, smoothing=0.02)),
    within=0.02,
    variance=lambda p: (
        p.n_s * (mixup_margin(p.smoothing, p.classes, p.mixing) * p.classes / (p.classes - 1)) ** 2
        / (4 * (p.n_v + p.n_s) ** 2 * 256)
    ),
    why="the width asked for; the mean over l is a sum of 64 points",
    twin=Twin("as of smoothing alone", mixed=False),
    known=((EXAMPLE, "1.4521160"),),
)  # fmt: skip
def mixup_fixes_the_margin(p, *, mixed=True):
    """A head trained with Mixup and smoothing leads by the root g, times right less wrong."""
    alone = smoothed_margin(p.smoothing, p.classes)
    return kept(p) * (mixup_margin(p.smoothing, p.classes, p.mixing) if mixed else alone)


@heads.equals(
    "tamed",
    within=0.01,
    why="exact law: the width asked for",
    twin=Twin("the second decides", of=example_overconfident),
)
def mixup_balances_heads(p, *, of=example_ensemble):
    """Mixup without smoothing for the second head, smoothing for the first: as if balanced.

    leads 4.15 and 3.33: lambda^2 = 1.24 is below 2, the first step of the staircase
    """
    return of(p.p)


RANGE = Domain.around(EXAMPLE, smoothing=(0.001, 0.5), mixing=(0.05, 20.0))


@claim.never_above(
    5.0,
    over=RANGE,
    points=24,
    evaluators=("jax",),
    twin=Twin("nor without Mixup, smoothing of 1e-9", mixed=False),
)
def no_mixed_member_decides(p, *, mixed=True):
    """K = 3: a head with Mixup alone leads less than 5 times one with smoothing up to 1/2 as well.

    so that it stays below the threshold lambda^2 = n_v + n_s of the example
    """
    if not mixed:
        return smoothed_margin(1e-9, p.classes) / smoothed_margin(p.smoothing, p.classes)
    sure, other = (mixup_margin(e, p.classes, p.mixing) for e in (0.0, p.smoothing))
    return sure / other


LOWER = claim.given(points=24, evaluators=("jax",))


@LOWER.never_above(
    lambda p: smoothed_margin(p.smoothing, p.classes),
    over=Domain.around(EXAMPLE.but(classes=2), smoothing=(0.001, 0.9), mixing=(0.05, 20.0)),
    rounding=1e-9,
    known=((EXAMPLE.but(classes=2), "2.6243635"),),
)
def mixup_lowers_the_margin(p):
    """K = 2: Mixup's lead is below that of smoothing alone, at every alpha and e."""
    return mixup_margin(p.smoothing, p.classes, p.mixing)


@LOWER.never_above(
    lambda p: smoothed_margin(p.smoothing, p.classes),
    over=Domain.around(EXAMPLE.but(classes=10), smoothing=(0.001, 0.9), mixing=(0.05, 20.0)),
    repaired_by="mixup_lowers_the_margin",
)
def mixup_lowers_every_margin(p):
    """The same of any K: false, 4.815 against 4.511 at K = 10, alpha = 1, e = .1."""
    return mixup_margin(p.smoothing, p.classes, p.mixing)
