"""How far a metric of n items scatters, and which small changes of a classifier it can see."""

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Twin, sqrt
from theory.noisy_imbalanced_metrics.limits import CLEAN, rarer
from theory.noisy_imbalanced_metrics.metrics import annotated, metrics, variances
from theory.noisy_imbalanced_metrics.noise import noisy
from theory.noisy_imbalanced_metrics.params import Params

claim = Claims("derived")

# --------------------------------------------------------------------------------------------
# Variances

SPREAD = Params(pi=0.1, n=2000)


def after_noise(p):
    """The variances of the metrics against annotated labels."""
    return variances(*annotated(*p.clean, *p.noise), p.n)


sampled = claim.given(
    at=SPREAD,
    statistic="variance",
    trials=40_000,
    why="the next order, 1/(n pit) = .5 % and 1/(n q) = .4 %, times less than 10",
)


def row(name, **words):
    """The words of a metric's row: 4 V^2 is the normal law's 3 V^2 and more than its next order."""

    def variance(p):
        return getattr(after_noise(p), name)

    return words | {
        "within": lambda p: 0.05 * variance(p),
        "fourth_moment": lambda p: 4 * variance(p) ** 2,
    }


@sampled.equals(noisy("precision"), **row("precision"), twin=Twin("n for n q", called=0))
def delta_variances(p, *, called=1):
    """Var precision = prec (1 - prec)/(n q)."""
    found = after_noise(p).precision
    return found if called else found * p.q


@sampled.equals(noisy("recall"), **row("recall"), twin=Twin("n for n pi", rare=0))
def delta_variances_recall(p, *, rare=1):
    """Var recall = t (1 - t)/(n pi): of the table (pi, t, f) that is counted, here annotated."""
    found = after_noise(p).recall
    return found if rare else found * p.pit


@sampled.equals(noisy("f1"), **row("f1"), twin=Twin("1/2 lost", half=2))
def delta_variances_f1(p, *, half=1):
    """Var F1 = F (1 - F)(2 - F)^2/(2 n sigma), sigma = pi + q - TP.

    Given S = TP + FP + FN, TP ~ Bin(S, F/(2 - F)): exact moments are sums over two binomials.
    """
    return half * after_noise(p).f1


@sampled.equals(noisy("g_mean"), **row("g_mean"), twin=Twin("1/n for 1/(4 n)", factor=4))
def delta_variances_g_mean(p, *, factor=1):
    """Var g-mean = [(1 - f)(1 - t)/pi + t f/(1 - pi)]/(4 n)."""
    return factor * after_noise(p).g_mean


@sampled.equals(noisy("j"), **row("j"), twin=Twin("n for n pi", rare=0))
def delta_variances_youden(p, *, rare=1):
    """Var J = [t (1 - t)/pi + f (1 - f)/(1 - pi)]/n."""
    found = after_noise(p).j
    return found if rare else found * p.pit


@sampled.equals(noisy("mcc"), **row("mcc"), twin=Twin("(1 - R^2)/n", skewed=0))
def delta_variances_mcc(p, *, skewed=1):
    """Var MCC = [1 - R^2 + R (1 + R^2/2) A - (3/4) R^2 B]/n.

    Bishop, Fienberg and Holland (1975)

    A = (2 pi - 1)(2 q - 1)/sqrt(pi (1 - pi) q (1 - q)), B = (2 pi - 1)^2/(pi (1 - pi)) +
    (2 q - 1)^2/(q (1 - q)).
    """
    found = metrics(*annotated(*p.clean, *p.noise)).mcc
    return after_noise(p).mcc if skewed else (1 - found**2) / p.n


@sampled.equals(noisy("kappa"), **row("kappa"), twin=Twin("chance taken as known", known=1))
def delta_variances_kappa(p, *, known=0):
    """Var kappa by its slopes in (pi, t, f); above right (1 - right)/(n (1 - chance)^2)."""
    if not known:
        return after_noise(p).kappa
    chance = p.pit * p.q + (1 - p.pit) * (1 - p.q)
    return after_noise(p).accuracy / (1 - chance) ** 2


@jax.jit
def by_slopes(p):
    """Var m = grad' (diag p - p p') grad/n over the four cells, for every metric."""
    cells = jnp.stack([p.pi * p.t, p.pi * (1 - p.t), (1 - p.pi) * p.f, (1 - p.pi) * (1 - p.f)])

    def of_cells(c):
        n, positives = jnp.sum(c), c[0] + c[1]
        return jnp.stack(metrics(positives / n, c[0] / positives, c[2] / (n - positives)))

    slopes = jax.jacfwd(of_cells)(cells)
    return (slopes**2 @ cells - (slopes @ cells) ** 2) / p.n


@claim.identity(
    by_slopes,
    over=Domain.around(Params(), pi=(1e-3, 0.6), t=(0.1, 0.95), f=(0.01, 0.5), n=(100, 10_000)),
    points=48,
    within=1e-9,
    why="cancellation of the MCC's terms for rare positives",
    twin=Twin("of another f", moved=1.01),
)
def delta_variances_of_cells(p, *, moved=1):
    """All nine are the delta method's on multinomial cells."""
    return jnp.stack(variances(p.pi, p.t, moved * p.f, p.n))


@claim.equals(
    lambda run, p: run["undefined"][:, 0, 1],
    at=(Params(pi=0.02, n=50), Params(pi=0.01, alpha=0.5, n=100)),
    within=0.01,
    why="exact; the width asked for",
    twin=Twin("(1 - pi)^n", annotated=0),
    known=((Params(pi=0.02, n=50), ".14716"),),
)
def undefined_share(p, *, annotated=1):
    """Recall, J and the g-mean are undefined with probability (1 - pit)^n: no annotated positive.

    Trials count them and set the metric to 0; other claims speak of n where this is below 1e-9.
    """
    return (1 - (p.pit if annotated else p.pi)) ** p.n


# --------------------------------------------------------------------------------------------
# Which small changes a metric sees: (dm)^2/(n pi Var m) for a unit change squared


def power(p, name, rate):
    """(dm/drate)^2/(n pi Var m), clean labels."""

    def value(t, f):
        return getattr(metrics(p.pi, t, f), name)

    slope = jax.grad(value, "tf".index(rate))(p.t, p.f)
    return slope**2 / (p.pi * getattr(variances(*p.clean, 1.0), name))


def mcc_spread(p):
    """V = 1 + J (1 - 2 f)/(f (1 - f)) - (3/4) J^2/(f (1 - f))."""
    j, both = p.t - p.f, p.f * (1 - p.f)
    return 1 + j * (1 - 2 * p.f) / both - 3 * j**2 / (4 * both)


rare = claim.given(
    along=rarer(CLEAN, 1e-4, 1e-5, 1e-6, 1e-7),
    size=lambda p: 1 / p.pi,
    within=0.02,
    why="the next order, pi t/f",
)


@rare.limit(
    lambda p: 1 / (p.t * (1 - p.t)),
    rate=-1.0,
    last_gap=1e-5,
    twin=Twin("F1's, 1/t", limit=lambda p: 1 / p.t),
)
def complementary_power(p):
    """A change of t: by the g-mean (as by recall and J) n pi/(t (1 - t)) dt^2."""
    return power(p, "g_mean", "t")


@rare.limit(
    lambda p: 1 / p.t,
    rate=-1.0,
    last_gap=1e-4,
    twin=Twin("the g-mean's", limit=lambda p: 1 / (p.t * (1 - p.t))),
)
def complementary_power_f1_misses(p):
    """A change of t: by F1 (as by precision) n pi/t dt^2, 1 - t times the g-mean's."""
    return power(p, "f1", "t")


@rare.limit(
    lambda p: 1 / (p.f * (1 - p.f) * mcc_spread(p)),
    rate=-1.0,
    last_gap=1e-4,
    twin=Twin("V = 1", limit=lambda p: 1 / (p.f * (1 - p.f))),
)
def complementary_power_mcc_misses(p):
    """A change of t: by MCC n pi/(f (1 - f) V) dt^2."""
    return power(p, "mcc", "t")


@rare.limit(
    lambda p: p.t / p.f**2, rate=-1.0, last_gap=1e-2, twin=Twin("t/f", limit=lambda p: p.t / p.f)
)
def complementary_power_f1(p):
    """A change of f: by F1 (as by precision) n pi t/f^2 df^2."""
    return power(p, "f1", "f")


@rare.limit(
    lambda p: p.t / ((1 - p.f) ** 2 * (1 - p.t)),
    rate=-1.0,
    last_gap=1e-4,
    twin=Twin("F1's", limit=lambda p: p.t / p.f**2),
)
def complementary_power_g_mean(p):
    """A change of f: by the g-mean n pi t/((1 - f)^2 (1 - t)) df^2."""
    return power(p, "g_mean", "f")


@rare.limit(
    lambda p: (1 + (p.t - p.f) * (1 - 2 * p.f) / (2 * p.f * (1 - p.f))) ** 2
    / (p.f * (1 - p.f) * mcc_spread(p)),
    rate=-1.0,
    last_gap=1e-2,
    twin=Twin("F1's", limit=lambda p: p.t / p.f**2),
)  # fmt: skip
def complementary_power_mcc(p):
    """A change of f: by MCC n pi (1 + J (1 - 2 f)/(2 f (1 - f)))^2/(f (1 - f) V) df^2."""
    return power(p, "mcc", "f")


@rare.limit(
    lambda p: 1 / (p.t * (1 - p.t)), rate=-1.0, last_gap=1e-4, twin=Twin("recall's, 0", limit=0.0)
)
def complementary_power_youden(p):
    """A change of f: by J n pi/(t (1 - t)) df^2, as by J of t."""
    return power(p, "j", "f")


def lead(name):
    """A reading: by how many standard deviations the first classifier leads."""

    def reading(run, p):
        spread = 2 * getattr(variances(*p.clean, p.n), name)
        return (run[name][:, 0, 0] - run[name][:, 1, 0]) / sqrt(spread)

    return reading


CARDS = Params(pi=0.00172, t2=0.8, f2=0.055, alpha=0.0, beta=0.0, n=100_000)
seen = claim.given(variance=8.0)  # two leads of variance 1 and its next order, 1/(n pi)
seen.ordering(
    "f1_sees_false_alarms",
    "fraud data of .17 %: more false alarms show in F1 before they show in the g-mean",
    lead("f1"),
    lead("g_mean"),
    at=CARDS,
    twin="F1 the worse in both",
)
seen.ordering(
    "g_mean_sees_misses",
    "more misses show in the g-mean before they show in F1",
    lead("g_mean"),
    lead("f1"),
    at=CARDS.but(t2=0.7, f2=0.05),
    twin="F1 the better in both",
)
