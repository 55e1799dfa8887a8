"""Known classes with labels without end: what their span keeps, and how many of them pay."""

from typing import Any

from theory import (
    Claims, Domain, Twin, beta_cdf, closed_form, maximum, minimum, normal_cdf, sqrt, where,
)  # fmt: skip
from theory.novel_class_discovery.clustering import (
    ACCURACY, HERE, SMALL, accuracy, component_signal,
)  # fmt: skip
from theory.novel_class_discovery.params import IN_SPACE, Energy, Size

claim = Claims("derived")
PRINTED = HERE.but(p=60, hidden=10)


@closed_form(example={"d": 40.0, "r": 10.0}, r=IN_SPACE)
def known_classes_needed(signal: Energy, d: Size, n: Size, r: Size) -> Any:
    """p*: with more known directions than p*, projecting beats raw clustering (f = p/r).

    n l^2 >= d: r - r (1 + l)(d - r)/(l (n l + d)), which rises in n from r^2/d to r. Below, raw
    clustering is blind and p* = r^2/(n l^2), which falls in n; above r, no number suffices.
    """
    seen = r - r * (1 + signal) * (d - r) / (signal * (n * signal + d))
    return where(n * signal**2 >= d, seen, r * r / (n * signal**2))


claim.law(
    "exact",
    at=SMALL,
    name="captured_law",
    says="the share of |mu|^2 in the span of p < r exact directions is Beta(p/2, (r - p)/2)",
    width=0.05,
    formula=lambda p, x: beta_cdf(minimum(maximum(x, 0.0), 1.0), p.p / 2, (p.r - p.p) / 2),
    twin=Twin("p/r without spread", cdf=lambda p, x: 1.0 * (x >= p.p / p.r)),
)


@claim.identity(
    lambda p: component_signal(p.signal * p.p / p.r, p.p / p.n),
    over=Domain.around(HERE, signal=(1.2, 10.0), p=(40, 80)),
    within=1e-12,
    points=32,
    twin=Twin("the noise of all dimensions", kept=False),
)
def projection_is_linear_in_p(p, *, kept=True):
    """S(l p/r, p/n) = (n l^2 p - r^2)/(r (n l + r)), p <= r: linear in p."""
    if not kept:
        return component_signal(p.signal * p.p / p.r, p.d / p.n)
    return (p.n * p.signal**2 * p.p - p.r**2) / (p.r * (p.n * p.signal + p.r))


@claim.equals(
    "projected",
    at=HERE,
    support=ACCURACY,
    within=0.01,
    why="the spread of f and terms of order 1/p: -.0013 at p = 50 and less seen",
    twin=Twin("S(l p/r, d/n): projecting keeps the noise", kept=False),
    known=((PRINTED, ".84040"), (HERE.but(p=50), ".81688"), (HERE.but(p=80), ".87681")),
)
def projected_accuracy(p, *, kept=True):
    """E[accuracy after projecting on p exact directions] = Phi(sqrt S(l p/r, p/n)), p <= r."""
    return accuracy(p.signal * p.p / p.r, p.p / p.n if kept else p.d / p.n)


@claim.identity(
    lambda p: component_signal(p.signal, p.d / p.n),
    over=Domain.around(HERE, signal=(0.75, 10.0)),
    within=1e-11,
    why="cancellation near the transition",
    twin=Twin("half of the subspace, r/2", half=True),
)
def how_many_known_classes(p, *, half=False):
    """At p* = r - r (1 + l)(d - r)/(l (n l + d)) directions projecting gives the raw S, l^2 > g."""
    at = p.r / 2 if half else known_classes_needed(p.signal, p.d, p.n, p.r)
    return component_signal(p.signal * at / p.r, at / p.n)


APART = (lambda p: 0.5 - normal_cdf(sqrt(p.signal)), lambda p: normal_cdf(sqrt(p.signal)) - 0.5)
claim.ordering(
    "above_the_number_projecting_helps",
    "p = 70 > p* = 53.3 known directions: projecting beats raw clustering",
    "projected",
    "raw",
    at=HERE,
    support=APART,
)
claim.ordering(
    "below_the_number_projecting_hurts",
    "p = 40 < p* = 53.3 known directions: raw clustering beats projecting",
    "raw",
    "fold",
    at=HERE,
    support=APART,
)


@claim.never_below(
    lambda p: p.r**2 / p.d, over=Domain.around(HERE, signal=(0.1, 10.0), n=(100, 10_000)), points=64
)
def fewest_known_classes(p):
    """p* >= r^2/d: known classes are most useful just where raw clustering begins to see.

    More unlabelled points make p* larger again, towards r.
    """
    return known_classes_needed(p.signal, p.d, p.n, p.r)


# --------------------------------------------------------------------------------------------
# Folds that hide known classes


def gap(p):
    """n l^2 h/(r (n l + r))."""
    return p.n * p.signal**2 * p.hidden / (p.r * (p.n * p.signal + p.r))


@claim.identity(
    gap,
    over=Domain.around(HERE, signal=(1.2, 10.0), p=(60, 80), hidden=(1, 20)),
    within=1e-11,
    why="a difference of two near numbers",
    points=32,
    twin=Twin("a gap that falls like 1/p", constant=False),
    known=((PRINTED, ".175781"),),
)
def hidden_class_gap(p, *, constant=True):
    """S of p directions less S of p - h is n l^2 h/(r (n l + r)), the same for every p <= r."""
    whole = component_signal(p.signal * p.p / p.r, p.p / p.n)
    if not constant:
        return whole * p.hidden / p.p
    left = p.p - p.hidden
    return whole - component_signal(p.signal * left / p.r, left / p.n)


fold = claim.given(within=0.01, support=ACCURACY, why="as projected_accuracy")


@fold.equals("fold", at=HERE, twin=Twin("twice the gap", times=2), known=((PRINTED, ".81688"),))
def hidden_class_validation(p, *, times=1):
    """A fold that hides h known classes sees Phi(sqrt(S_p - gap)): add the gap to what it sees.

    So a rule that projects where folds say so refuses it for p* < p <= p* + h, h values of p.
    """
    left = component_signal(p.signal * p.p / p.r, p.p / p.n) - times * gap(p)
    return where(
        left > 0, normal_cdf(sqrt(where(left > 0, left, 1))), 0.5
    )  # nothing is left to see


@fold.equals("fold", at=HERE, repaired_by="hidden_class_validation")
def hidden_class_validation_unbiased(p):
    """Hiding known classes in folds estimates the accuracy on novel ones, Phi(sqrt S_p).

    the idea of the paper's cross-validation, read as an unbiased estimate in this model
    """
    return accuracy(p.signal * p.p / p.r, p.p / p.n)
