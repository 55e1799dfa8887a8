"""Which metrics rank classifiers under label noise as they do without, and which do not."""

from typing import Any

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Twin, normal_cdf, sqrt
from theory.noisy_imbalanced_metrics.metrics import Metrics, annotated, metrics
from theory.noisy_imbalanced_metrics.params import Params

claim = Claims("derived")


def change(run, name, label):
    """The second classifier's metric less the first's; label 0 clean, 1 annotated."""
    return run[name][:, 1, label] - run[name][:, 0, label]


def reordered(name) -> Any:
    """A reading: above 0 in a trial in which the two orders differ, by the smaller change."""

    def reading(run, p):
        clean, noisy = change(run, name, 0), change(run, name, 1)
        return -jnp.sign(clean * noisy) * jnp.minimum(abs(clean), abs(noisy))

    return reading


pairs = claim.given(
    mode="pairs",
    at=(Params(alpha=0.2, beta=0.005), Params(alpha=0.05, beta=0.3)),
    within=1e-13,
    trials=2048,
)
pairs.every_trial(
    reordered("precision"),
    name="rank_invariance",
    says="precision never reorders two classifiers: of slope 1 - alpha - beta in the clean one",
    twin=Twin("F1 neither", observable=reordered("f1")),
)
pairs.every_trial(
    reordered("npv"),
    name="rank_invariance_npv",
    says="nor does negative predictive value",
    twin=Twin("recall neither", observable=reordered("recall")),
)
pairs.every_trial(
    reordered("j"),
    name="rank_invariance_youden",
    says="nor does Youden's J, of slope eta - om",
    twin=Twin("the g-mean neither", observable=reordered("g_mean")),
)
pairs.every_trial(
    reordered("mcc"),
    name="rank_invariance_mcc",
    says="nor does Matthews' correlation",
    twin=Twin("kappa neither", observable=reordered("kappa")),
)

CLOSE = Params(pi=0.002, t=0.3, f=0.0002, t2=0.95, f2=0.006, alpha=0.25, beta=0.01, n=200_000)
FAR = CLOSE.but(t=0.5, f=0.08, t2=0.62, f2=0.0005)
BUSY = Params(pi=0.1, t=0.2, f=0.016, t2=0.84, f2=0.071, alpha=0.2, beta=0.005)


def signs(name):
    """A formula: which of the two is first by a metric, clean and annotated: 1 the second."""

    def formula(p):
        first, second = p.clean, (p.pi, p.t2, p.f2)
        orders = []
        for noise in ((0.0, 0.0), p.noise):
            low, high = (metrics(*annotated(*x, *noise)) for x in (first, second))
            orders.append(jnp.sign(getattr(high, name) - getattr(low, name)))
        return jnp.stack(orders)

    return formula


def near(p):
    """Rates within 5 %, the same noise."""
    around = {k: (0.95 * getattr(p, k), 1.05 * getattr(p, k)) for k in ("t", "f", "f2")}
    return Domain.around(p, **around)


turned = claim.given(points=24, within=1e-12, why="signs")
turned.identity(
    lambda p: jnp.array([-1.0, 1.0]),
    name="rank_reversed_f1",
    says="F1 puts a careful classifier first on clean labels, an eager one on annotated labels",
    formula=signs("f1"),
    over=near(CLOSE),
    twin=Twin("F1 is rank invariant", rhs=lambda p: jnp.array([-1.0, -1.0])),
)
turned.identity(
    lambda p: jnp.array([-1.0, 1.0]),
    name="rank_reversed_kappa",
    says="so does kappa",
    formula=signs("kappa"),
    over=near(CLOSE),
    twin=Twin("kappa is rank invariant", rhs=lambda p: jnp.array([-1.0, -1.0])),
)
turned.identity(
    lambda p: jnp.array([1.0, -1.0]),
    name="rank_reversed_g_mean",
    says="the g-mean puts the precise classifier first on clean labels, last on annotated ones",
    formula=signs("g_mean"),
    over=near(FAR),
    twin=Twin("the g-mean is rank invariant", rhs=lambda p: jnp.array([1.0, 1.0])),
)
turned.identity(
    lambda p: jnp.array([1.0, -1.0]),
    name="rank_reversed_recall",
    says="so does recall",
    formula=signs("recall"),
    over=near(FAR),
    twin=Twin("recall is rank invariant", rhs=lambda p: jnp.array([1.0, 1.0])),
)
turned.identity(
    lambda p: jnp.array([1.0, -1.0]),
    name="rank_reversed_accuracy",
    says="alpha above beta: accuracy, once annotated, prefers the classifier that finds less",
    formula=signs("accuracy"),
    over=near(BUSY),
    twin=Twin("accuracy is rank invariant", rhs=lambda p: jnp.array([1.0, 1.0])),
)

claim.ordering(
    "rank_reversed_f1_clean",
    "a fraud share of .2 %: F1 against clean labels is higher for the careful classifier",
    lambda run, p: run["f1"][:, 0, 0],
    lambda run, p: run["f1"][:, 1, 0],
    at=CLOSE,
)
claim.ordering(
    "rank_reversed_f1_annotated",
    "the same tables against annotated labels: F1 is higher for the eager classifier",
    lambda run, p: run["f1"][:, 1, 1],
    lambda run, p: run["f1"][:, 0, 1],
    at=CLOSE,
)


# --------------------------------------------------------------------------------------------
# How many items a ranking needs


def joint_cells(p):
    """P(annotated label, first's prediction, second's), indices in this order."""
    cells = 0.0
    for prior, told, first, second in (
        (1 - p.pi, p.beta, p.f, p.f2),
        (p.pi, 1 - p.alpha, p.t, p.t2),
    ):
        coins = (jnp.stack([1 - x, x * 1.0]) for x in (told, first, second))
        a, b, c = coins
        cells = cells + prior * a[:, None, None] * b[:, None] * c
    return cells


@jax.jit
def leads(p):
    """(second less first, n times its variance) for each metric, on the same annotated items.

    By the delta method on the eight cells: the two share labels, and given the annotated label
    their predictions are not independent.
    """

    def gaps(cells):
        pit, both = jnp.sum(cells[1]), jnp.stack([jnp.sum(cells, 2), jnp.sum(cells, 1)])
        tables = ((pit, x[1, 1] / pit, x[0, 1] / (1 - pit)) for x in both)
        first, second = (jnp.stack(metrics(*x)) for x in tables)
        return second - first

    cells = joint_cells(p)
    slopes = jax.jacfwd(gaps)(cells)
    flat, weights = slopes.reshape(len(slopes), -1), cells.reshape(-1)
    return Metrics(*gaps(cells)), Metrics(*(flat**2 @ weights - (flat @ weights) ** 2))


Z95 = 1.6448536269514722


def size_to_rank(p):
    """The items after which each metric on annotated labels puts the better classifier first.

    Better: by that metric on clean labels; with probability .95: (1.645 sd/lead)^2, infinite
    where noise turns the order around, or the two are equal.
    """
    (clean, _), (lead, spread) = leads(p.but(alpha=0.0, beta=0.0)), leads(p)
    right = (jnp.sign(a * b) > 0 for a, b in zip(clean, lead, strict=True))
    sizes = (Z95**2 * v / b**2 for v, b in zip(spread, lead, strict=True))
    return Metrics(*(jnp.where(r, n, jnp.inf) for r, n in zip(right, sizes, strict=True)))


def chance(p, name):
    """Phi(sqrt(n) lead/sd)."""
    lead, spread = (getattr(x, name) for x in leads(p))
    return normal_cdf(lead * sqrt(p.n / spread))


def leading(name) -> Any:
    """A reading: whether the second leads on annotated labels; a tie is half."""
    return lambda run, p: (jnp.sign(change(run, name, 1)) + 1) / 2


RIVALS = Params(pi=0.1, t=0.7, f=0.05, t2=0.75, f2=0.04, alpha=0.3, beta=0.05, n=1000)
counted = claim.given(
    at=RIVALS, within=0.015, why="skewness, of order 1/sqrt(n pit): under .003 seen"
)


@counted.equals(leading("mcc"), twin=Twin("as on clean labels", clean=1))
def size_to_rank_mcc(p, *, clean=0):
    """n annotated items rank two classifiers by MCC rightly with probability Phi(sqrt(n) lead/sd).

    Not in the paper: lead and sd of the difference, on common items.
    """
    return chance(p.but(alpha=0.0, beta=0.0) if clean else p, "mcc")


@counted.equals(leading("f1"), twin=Twin("as on clean labels", clean=1))
def size_to_rank_f1(p, *, clean=0):
    """The same by F1."""
    return chance(p.but(alpha=0.0, beta=0.0) if clean else p, "f1")


@counted.equals(leading("g_mean"), twin=Twin("as on clean labels", clean=1))
def size_to_rank_g_mean(p, *, clean=0):
    """And by the g-mean, which needs more items where false alarms differ."""
    return chance(p.but(alpha=0.0, beta=0.0) if clean else p, "g_mean")
