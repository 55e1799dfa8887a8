"""Scores of the binormal model: AUC and its variance, average precision, the best threshold."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, argmax_on, bivariate_normal_cdf, closed_form, exp,
    log_normal_cdf, normal_cdf, normal_mean, normal_pdf, sqrt,
)  # fmt: skip
from theory.noisy_imbalanced_metrics.limits import imbalance, rarer
from theory.noisy_imbalanced_metrics.metrics import annotated, contraction, metrics
from theory.noisy_imbalanced_metrics.params import EXAMPLE, INFORMED, Noise, Params, Share, Size

claim = Claims("derived")
Mean = Annotated[Scalar, Ge(-10), Le(10)]
Spread = Annotated[Scalar, Ge(0.1), Le(10)]
Items = Annotated[Scalar, Ge(1), Le(1e300)]
SCORES = EXAMPLE | {"mu": 2.0, "s": 1.3, "positives": 10.0, "negatives": 40.0, "n": 300.0}


@closed_form(example=SCORES)
def binormal_auc(mu: Mean, s: Spread):
    """P(a positive's score is above a negative's) = Phi(mu/sqrt(1 + s^2))."""
    return normal_cdf(mu / sqrt(1 + s**2))


@jax.jit
def pairs(mu, s):
    """(Q1 - A^2, Q2 - A^2)."""
    h, rho = mu / sqrt(1 + s**2), jnp.stack([1 / (1 + s**2), s**2 / (1 + s**2)])
    both = bivariate_normal_cdf(h, h, rho)
    return both[0] - normal_cdf(h) ** 2, both[1] - normal_cdf(h) ** 2


@closed_form(example=SCORES)
def binormal_auc_variance(mu: Mean, s: Spread, positives: Size, negatives: Size):
    """[A (1 - A) + (n1 - 1)(Q1 - A^2) + (n0 - 1)(Q2 - A^2)]/(n1 n0) of the empirical AUC, exactly.

    A the AUC, h = mu/sqrt(1 + s^2). Two positives beat one negative with probability
    Q1 = Phi2(h, h; 1/(1 + s^2)), one positive beats two negatives with Q2 = Phi2(h, h;
    s^2/(1 + s^2)) (JAX).
    """
    mu, s = jnp.broadcast_arrays(mu, s)
    h = mu / sqrt(1 + s**2)
    a = normal_cdf(h)
    two_positives, two_negatives = pairs(mu, s)
    spread = a * normal_cdf(-h) + (positives - 1) * two_positives + (negatives - 1) * two_negatives
    return spread / (positives * negatives)


# With odds of 1e9, precision turns from 0 to 1 within .5 at c = 6, .05 of a score's deviation at
# s = 10; seen by the negatives within .05 at s = .1, where it may lie in their own far tail.
POSITIVES, NEGATIVES = {"nodes": 2400}, {"nodes": 9600, "reach": 24.0}


@closed_form(example=SCORES, alpha=INFORMED)
def binormal_average_precision(
    pi: Share, mu: Mean, s: Spread, alpha: Noise = 0.0, beta: Noise = 0.0, n: Items = 1e300
):
    """int [p + (1 - p)(1 - (1 - q)^n)/(n q)] dtt(c): E[n1 AP]/E[n1] over data sets of n items.

    p(c) = beta + (1 - alpha - beta) prec(c) is the precision against annotated labels above c,
    q(c) the share of scores there, tt the recall. The second term is what ``n`` items add: a
    positive at c is one of 1 + M items above, M ~ Bin(n - 1, q). As n grows AP -> int p dtt, which
    the default n = 1e300 gives (JAX).
    """
    pi, mu, s, alpha, beta, n = (
        jnp.asarray(x, float)[..., None] for x in jnp.broadcast_arrays(pi, mu, s, alpha, beta, n)
    )
    pit = pi * (1 - alpha) + (1 - pi) * beta
    eta = pi * (1 - alpha) / pit

    def precise(c):
        t, f = log_normal_cdf((mu - c) / s), log_normal_cdf(-c)
        clean = jax.nn.sigmoid(jnp.log(pi) - jnp.log1p(-pi) + t - f)
        p = beta + (1 - alpha - beta) * clean
        q = pi * jnp.exp(t) + (1 - pi) * jnp.exp(f)
        inside = (q > 1e-300) & (q < 1)
        safe = jnp.where(inside, q, 0.5)
        alone = -jnp.expm1(n * jnp.log1p(-safe)) / (n * safe)
        return p + (1 - p) * jnp.where(inside, alone, jnp.where(q < 0.5, 1.0, 1 / n))

    of_positives = normal_mean(lambda z: precise(mu + s * z), **POSITIVES)
    of_negatives = normal_mean(precise, **NEGATIVES)
    return eta[..., 0] * of_positives + (1 - eta[..., 0]) * of_negatives


average = jax.jit(binormal_average_precision)
auc_spread = jax.jit(binormal_auc_variance)

# --------------------------------------------------------------------------------------------
# AUC

SCORED = Params(pi=0.3, alpha=0.2, beta=0.05, items=100)
scored = claim.given(mode="scores", at=(SCORED, Params(pi=0.1)))


@scored.equals(
    "auc[1]",
    within=0.005,
    why="unbiased given both classes: the width asked for",
    twin=Twin("1 - alpha - beta", mixed=0),
    known=((Params(pi=0.02), ".6853"),),
)
def auc_contraction(p, *, mixed=1):
    """AUCt - 1/2 = (eta - om)(AUC - 1/2), here AUC = Phi(mu/sqrt(1 + s^2))."""
    factor = contraction(p.pi, *p.noise) if mixed else p.lam
    return (1 - factor) / 2 + factor * binormal_auc(p.mu, p.s)


@scored.equals(
    lambda run, p: run["tied"][:, 1]
    - 0.5
    - contraction(p.pi, *p.noise) * (run["tied"][:, 0] - 0.5),
    support=(-1.0, 1.0),
    within=0.005,
    why="unbiased given both classes: the width asked for",
    twin=Twin("1 - alpha - beta", observable=lambda run, p: (
        run["tied"][:, 1] - 0.5 - p.lam * (run["tied"][:, 0] - 0.5))),
)  # fmt: skip
def auc_contraction_ties(p):
    """Scores rounded to whole numbers, ties by half: AUCt - 1/2 - (eta - om)(AUC - 1/2) is 0."""
    return 0.0


FIXED = Params(positives=10, negatives=40)
fixed = claim.given(mode="ranks", at=(FIXED, FIXED.but(mu=1.0, s=2.0)))


@fixed.equals(
    "auc",
    statistic="variance",
    support=(0.0, 1.0),
    within=3e-4,
    why="exact; the width asked for",
    trials=40_000,
    twin=Twin("1/(n1 + n0)", total=1),
    known=((FIXED.but(positives=20, negatives=400), ".0017951"),),
)
def auc_variance(p, *, total=0):
    """Var AUC = [A (1 - A) + (n1 - 1)(Q1 - A^2) + (n0 - 1)(Q2 - A^2)]/(n1 n0)."""
    if total:
        auc = binormal_auc(p.mu, p.s)
        return auc * (1 - auc) / (p.positives + p.negatives)
    return auc_spread(p.mu, p.s, float(p.positives), float(p.negatives))


@claim.limit(
    lambda p: pairs(p.mu, p.s)[1] / p.positives,
    along=[FIXED.but(n=10**k) for k in (3, 4, 5, 6)],
    size=lambda p: p.n,
    rate=-1.0,
    within=0.01,
    why="exact: the gap is a multiple of 1/n0",
    last_gap=1e-6,
    twin=Twin("two positives for two", limit=lambda p: pairs(p.mu, p.s)[0] / p.positives),
)
def auc_variance_saturates(p):
    """Var AUC -> (Q2 - A^2)/n1 with n1 fixed and n0 = n -> inf: more negatives stop helping."""
    return auc_spread(p.mu, p.s, float(p.positives), p.n * 1.0)


# --------------------------------------------------------------------------------------------
# Average precision

AP_WIDTH = "exact for n items: the width asked for"


@scored.equals(
    lambda run, p: run["gained"][:, 1] / (p.items * p.pit),
    at=(SCORED, SCORED.but(alpha=0.0, beta=0.0)),
    support=(0.0, lambda p: 1 / p.pit),
    within=0.01,
    why="exact for n items: the width asked for",
    twin=Twin("as for infinitely many items", n=1e300),
    known=((SCORED, ".66405314"), (SCORED.but(alpha=0.0, beta=0.0), ".83080481")),
)
def ap_forms(p, *, n=None):
    """E[n1 AP]/E[n1] = int [p + (1 - p)(1 - (1 - q)^n)/(n q)] dtt(c), p = beta + lam prec(c).

    Not in the paper: the second term, of n items. lam = 1 - alpha - beta; tt' = eta t' +
    (1 - eta) f'.
    """
    items = p.items if n is None else n
    return average(p.pi, p.mu, p.s, *p.noise, float(items))


@claim.identity(
    lambda p: p.pit,
    over=Domain.around(Params(mu=0.0, s=1.0), pi=(1e-4, 0.9), alpha=(0.0, 0.5), beta=(0.0, 0.3)),
    points=16,
    within=1e-9,
    why="a quadrature",
    twin=Twin("the clean prevalence", noise=0),
)
def ap_forms_chance(p, *, noise=1):
    """A random score, n -> inf: average precision is the (annotated) prevalence."""
    return average(p.pi, p.mu, p.s, noise * p.alpha, noise * p.beta)


@claim.limit(
    lambda p: normal_mean(lambda z: exp(log_normal_cdf(-z) - log_normal_cdf(-p.mu - z))),
    along=rarer(Params(mu=0.5, s=1.0), 1e-3, 1e-4, 1e-5, 1e-6),
    size=imbalance,
    rate=-1.0,
    within=0.01,
    why="the next order, 1/r",
    last_gap=1e-5,
    twin=Twin("exp(mu^2)", limit=lambda p: exp(p.mu**2)),
)
def ap_imbalance(p):
    """S = 1: AP times r -> E[Phi(mu - c)/Phi(-c)], c ~ N(mu, 1): exponent -1, AUC constant."""
    return imbalance(p) * average(p.pi, p.mu, p.s)


# --------------------------------------------------------------------------------------------
# The threshold

RULES = Domain.around(
    Params(), pi=(0.01, 0.3), mu=(1.0, 3.0), s=(0.8, 1.5), alpha=(0.0, 0.4), beta=(0.0, 0.02)
)
SPEC = Params(pi=0.05, s=1.0, alpha=0.2, beta=0.01)


def at_threshold(p, name, c):
    """A metric against annotated labels with the threshold c."""
    rates = normal_cdf((p.mu - c) / p.s), normal_cdf(-c)
    return getattr(metrics(*annotated.__wrapped__(p.pi, *rates, *p.noise)), name)


RULED = ("f1", "j", "mcc")


@jax.jit
def searched(p):
    """The best thresholds, by search, for each of these metrics."""
    each = (lambda c, m=m: at_threshold(p, m, c) for m in RULED)
    return jnp.stack([argmax_on(f, -1.0, p.mu + 4 * p.s) for f in each])


def best(p, name):
    """The best threshold."""
    return searched(p)[RULED.index(name)]


def posterior(p, c):
    """P(Y = 1 | score c)."""
    positive = p.pi * normal_pdf((c - p.mu) / p.s) / p.s
    return positive / (positive + (1 - p.pi) * normal_pdf(c))


moved = claim.given(over=RULES, points=16, within=1e-7, why="a maximum by search")


@moved.identity(
    lambda p: posterior(p, best(p.but(alpha=0.0, beta=0.0), "f1")), twin=Twin("F*", half=1)
)
def f1_threshold_moves(p, *, half=2):
    """Clean labels: F1 is largest at P(Y = 1 | score) >= F*/2."""
    clean = p.but(alpha=0.0, beta=0.0)
    return at_threshold(clean, "f1", best(clean, "f1")) / half


@moved.identity(
    lambda p: posterior(p, best(p, "f1")), twin=Twin("F*/2", noise=0), known=((SPEC, ".2542348"),)
)
def f1_threshold_moves_noisy(p, *, noise=1):
    """Annotated labels: F1 is largest at P(Y = 1 | score) >= (F*/2 - beta)/(1 - alpha - beta)."""
    half = at_threshold(p, "f1", best(p, "f1")) / 2
    return (half - p.beta) / p.lam if noise else half


@moved.identity(
    lambda p: jnp.stack([best(p.but(alpha=0.0, beta=0.0), name) for name in ("j", "mcc")]),
    twin=Twin("nor does F1's", names=("f1", "f1")),
)
def thresholds_that_stay(p, *, names=("j", "mcc")):
    """The thresholds that maximise J and MCC are those of clean labels."""
    return jnp.stack([best(p, name) for name in names])
