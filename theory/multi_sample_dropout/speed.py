"""How fast SGD may go: one noise scale N(M), the step sizes it allows, and what masks buy."""

import math
from typing import Any

import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Scalar, Twin, closed_form, log1p
from theory.multi_sample_dropout.example import spread
from theory.multi_sample_dropout.params import (
    Batch, Coupling, Dimension, Few, Keep, Kurtosis, Masks, NoiseScale, Params, SomeDropped,
)  # fmt: skip

claim = Claims("derived")
ROUNDING = 1e-9


def mask_shares(keep, masks, coupling=0):
    """(s, o): V = V_data + s (D + V_data) + o (d - 1)|w|^2, s = c/M + (1 - 1/M) rho c.

    o = c/(q M) + (1 - 1/M) rho c (1 + rho c): the mean over M copies has a 1/M-th of one copy's
    variance and (1 - 1/M) of the covariance of two.
    """
    c = spread(keep)
    pair = (c - c / masks) * coupling
    return c / masks + pair, c / (keep * masks) + pair * (1 + coupling * c)


@closed_form
def least_coupling(keep: SomeDropped, masks: Few) -> Any:
    """The least correlation of a unit's masks in two of M copies: as equal numbers as can be kept.

    (f (1 - f)/(M p q) - 1)/(M - 1), f the fraction of q M; -1/(M - 1) where q M is whole.
    """
    keep = jnp.asarray(keep, float)
    f = keep * masks - jnp.floor(keep * masks)
    return (f * (1 - f) / (masks * keep * (1 - keep)) - 1) / (masks - 1)


def _possible(coupling, keep, masks):
    """coupling >= least_coupling, multiplied out: also where M = 1 or q = 1; inf % 1 is NaN."""
    with np.errstate(invalid="ignore"):
        f, one = (keep * masks) % 1, masks * keep * (1 - keep)
        return (coupling >= 0) | (coupling * (masks - 1) * one >= f * (1 - f) - one - ROUNDING)


POSSIBLE = ("is below what M copies allow (least_coupling)", _possible)


@closed_form(example={"d": 20.0, "keep": 0.6, "masks": 2.0}, coupling=POSSIBLE)
def noise_scale(
    d: Dimension, keep: Keep, masks: Masks, kurtosis: Kurtosis = 3.0, coupling: Coupling = 0.0
) -> Any:
    """N: the batch at which a step's noise costs as much as its drift; K = (1 + N/B)/q^2.

    Without coupling q^2 (d - 1) + k - 1 + ((1 - q^2)(d - 1) + k p/q)/M: d - 2 + k/q at M = 1.
    """
    own, others = mask_shares(keep, masks, coupling)
    return keep**2 * (d - 1) * (1 + own + others) + kurtosis * (1 + own) - 1


@closed_form
def largest_step(keep: Keep, batch: Batch, noise: NoiseScale) -> Scalar:
    """2 q B/(B + N) = (2/q)/K: steps below it are mean-square stable."""
    return 2 * keep * batch / (batch + noise)


@closed_form
def best_step(keep: Keep, batch: Batch, noise: NoiseScale) -> Scalar:
    """q B/(B + N) = (1/q)/K: the start is forgotten fastest."""
    return keep * batch / (batch + noise)


@closed_form
def best_rate(batch: Batch, noise: NoiseScale) -> Scalar:
    """N/(B + N) = 1 - 1/(q^2 K): the factor of one best step."""
    return noise / (batch + noise)


@closed_form
def speed(batch: Batch, noise: NoiseScale) -> Scalar:
    """log(1 + B/N) = -log best_rate; the half-life is log 2 over it, in steps."""
    return log1p(batch / noise)


@closed_form
def speedup(batch: Batch, noise: NoiseScale, single: NoiseScale) -> Scalar:
    """S = log(1 + B/N(M))/log(1 + B/N(1)): so many times fewer steps."""
    return log1p(batch / noise) / log1p(batch / single)


@closed_form
def gain_share(masks: Masks, keep: Keep) -> Scalar:
    """(M - 1)/(M + 1/q^2 - 1): of what masks can gain, N(1)/N(M) - 1, the share of M; large d."""
    return (1 - 1 / masks) / (1 + (1 / keep**2 - 1) / masks)


# --------------------------------------------------------------------------------------------
# Stability

FAST = Params(d=20, keep=0.6, batch=4, masks=2)
WIDE = Domain.around(
    FAST, d=(1, 200), keep=(0.1, 0.99), batch=(1, 8), masks=(1, 60), kurtosis=(1.5, 9.0)
)


def noise_of(p, masks=None):
    """N at Params."""
    return noise_scale(p.d, p.keep, p.masks if masks is None else masks, p.kurtosis)


def second_power(p, eta):
    """1 - 2 eta/q + eta^2 K, K as moments of x give it: A2 = d + 2 + 6 c + 3 c^2 for normals."""
    c, k = spread(p.keep), p.kurtosis
    a2 = p.d + k - 1 + 2 * k * c + k * c * c
    rest = (c * a2 + c / p.keep * (p.d - 1)) / p.masks
    bend = 1 / p.keep**2 + (a2 - 1 / p.keep**2 + rest) / p.batch
    return 1 - 2 * eta / p.keep + eta * eta * bend


@claim.identity(
    1, over=WIDE, twin=Twin("the step of M = 1: independent of M", masks=1),
)  # fmt: skip
def stability_and_rate(p, *, masks=None):
    """At eta_max = 2 q B/(B + N(M)) the second moment neither falls nor grows."""
    return second_power(p, largest_step(p.keep, p.batch, noise_of(p, masks)))


@claim.identity(
    lambda p: (1 + noise_of(p) / p.batch) / p.keep**2,
    over=WIDE,
    twin=Twin("V_mask without its other units", units=0),
    known=((FAST, "13.8333"), (FAST.but(masks=1), "18.75"), (FAST.but(masks=8), "10.1458")),
)
def curvature_of_noise(p, *, units=1):
    """K(M) = (1 + N(M)/B)/q^2: dropout and masks enter through one noise scale."""
    bend = second_power(p, 1) - 1 + 2 / p.keep
    lost = spread(p.keep) / p.keep * (p.d - 1) / (p.masks * p.batch)
    return bend - (1 - units) * lost


@claim.identity(
    lambda p: 1 - best_step(p.keep, p.batch, noise_of(p)) / p.keep,
    over=WIDE,
    twin=Twin("half of eta_max of M = 1", masks=1),
    known=((FAST.but(masks=1), "0.85185"),),
)
def best_rate_of_steps(p, *, masks=None):
    """At eta* = eta_max/2 both eigenvalues are N/(B + N): mean and spread go equally fast."""
    return second_power(p, best_step(p.keep, p.batch, noise_of(p, masks)))


@claim.never_above(
    lambda p: slowest(p, p.scale * best_step(p.keep, p.batch, noise_of(p))),
    over=Domain.around(FAST, d=(1, 200), keep=(0.1, 0.99), masks=(1, 60), scale=(0.05, 1.95)),
    points=64,
    evaluators=("jax",),
)
def no_step_is_faster(p):
    """At no step size is the spectral radius below N/(B + N)."""
    return best_rate(p.batch, noise_of(p))


def slowest(p, eta):
    """The spectral radius of the moments' map."""
    return jnp.maximum(jnp.abs(1 - eta / p.keep), second_power(p, eta))


# --------------------------------------------------------------------------------------------
# What masks buy

MANY = Params(d=400, keep=0.5, batch=1, masks=64)


def bought(p, masks=math.inf):
    """S at Params."""
    return speedup(p.batch, noise_of(p, masks), noise_of(p, 1))


@claim.never_above(
    lambda p: 1 / p.keep**2,
    over=Domain.around(MANY, d=(2, 2000), keep=(0.05, 0.99), batch=(1, 8), kurtosis=(2.0, 30.0)),
    points=64,
    evaluators=("jax",),
    twin=Twin("1/q", larger=lambda p: 1 / p.keep),
    known=((MANY, "3.956"),),
)
def speedup_saturates(p):
    """S(M) <= S(inf) <= 1/q^2, not M: four times fewer steps at p = 1/2, for kurtosis >= 1 + q."""
    return bought(p)


@claim.never_above(
    lambda p: 1 / p.keep**2,
    over=Domain.around(MANY.but(d=4), keep=(0.6, 0.95), kurtosis=(1.0, 1.2)),
    points=64,
    evaluators=("jax",),
    twin=None,
    repaired_by="speedup_saturates",
)
def speedup_saturates_for_signs(p):
    """Features like signs keep S(inf) below 1/q^2 too."""
    return bought(p)


@claim.limit(
    lambda p: 1 / p.keep**2,
    along=tuple(MANY.but(d=d) for d in (100, 200, 400, 800, 1600)),
    size=lambda p: p.d,
    rate=-1,
    within=0.05,
    why="terms of order 1/d^2 in the gap",
    last_gap=0.03,
    twin=Twin("1/q", limit=lambda p: 1 / p.keep),
)
def speedup_of_many_features(p):
    """S(inf) -> 1/q^2 as d -> inf: the law that the masks' number buys."""
    return bought(p)


@claim.limit(
    lambda p: bought(p),
    along=tuple(MANY.but(masks=m) for m in (50, 100, 200, 400, 800)),
    size=lambda p: p.masks,
    rate=-1,
    within=0.1,
    why="terms of order 1/M^2 in the gap",
    last_gap=0.02,
    twin=Twin("M", limit=lambda p: 1.0 * p.masks),
)
def speedup_of_many_masks(p):
    """S(M) tends to S(inf), the gap like 1/M."""
    return bought(p, p.masks)


@claim.limit(
    lambda p: gain_share(p.masks, p.keep),
    along=tuple(MANY.but(d=d, masks=8) for d in (50, 100, 200, 400, 800)),
    size=lambda p: p.d,
    rate=-1,
    within=0.05,
    why="terms of order 1/d^2 in the gap",
    last_gap=0.01,
    twin=Twin("1 - 1/M", limit=lambda p: 1 - 1 / p.masks),
    known=((MANY.but(d=10_000, masks=8), ".6364"),),
)
def gains_flatten(p):
    """M masks gain (M - 1)/(M + 1/q^2 - 1) of what all would: 7/11 at M = 8, p = 1/2, large d.

    derived; the paper's curves flatten about there
    """
    single, most = noise_of(p, 1), noise_of(p, math.inf)
    return (single / noise_of(p) - 1) / (single / most - 1)
