"""Known directions estimated from labels: what they keep, and how many labels projecting takes."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, minimum, normal_cdf, sqrt, where,
)  # fmt: skip
from theory.novel_class_discovery.clustering import (
    ACCURACY, HERE, SMALL, accuracy, component_signal,
)  # fmt: skip
from theory.novel_class_discovery.known import APART, known_classes_needed
from theory.novel_class_discovery.params import BELOW_D, IN_SPACE, Energy, Params, Size

claim = Claims("derived")
Labels = Annotated[Scalar, Ge(0), Le(1e20)]


@closed_form(
    example={"p": 5.0, "r": 10.0, "d": 40.0}, r=IN_SPACE, p=("is above d", lambda p, d: p <= d)
)
def captured(p: Size, r: Size, d: Size, labels: Labels) -> Any:
    """f, the share of |mu|^2 in the span of p directions, each estimated from n0 labels.

    With t = r/(r + n0 s2), u = 1 - t: f = 2 p/(a + sqrt((u (p - r) + t d)^2 + 4 t u r (d - p))),
    a = u (p + r) + t d: the root of n0 s2 (1 - f)(p - r f) = r (f d - p). From p/d without labels
    to min(1, p/r). Rows of covariance (1 + x) on r axes, 1 on the others, x = n0 s2/r: the mean
    projector is Sigma/(Sigma + kappa) of trace p, to terms of order 1/p.
    """
    t = r / (r + labels)
    u = labels / (r + labels)
    root = sqrt((u * (p - r) + t * d) ** 2 + 4 * t * u * r * (d - p))
    return 2 * p / (u * (p + r) + t * d + root)


@closed_form(example={"d": 40.0, "p": 5.0}, p=BELOW_D)
def needed_share(signal: Energy, d: Size, n: Size, p: Size) -> Any:
    """f*: S(l f, p/n) = S(l, d/n) at f = (S + sqrt(S^2 + 4 (1 + S) p/n))/(2 l), S the raw one.

    Projecting on p directions pays iff they keep more than f*; above 1, never.
    """
    s = component_signal(signal, d / n)
    return (s + sqrt(s * s + 4 * (1 + s) * p / n)) / (2 * signal)


@closed_form(example={"d": 40.0, "p": 12.0, "r": 10.0}, r=IN_SPACE, p=BELOW_D)
def labels_needed(signal: Energy, d: Size, n: Size, r: Size, p: Size) -> Any:
    """n0 s2 a known class from which projecting pays: r (f* d - p)/((1 - f*)(p - r f*)).

    Infinite where exact directions do not pay either: f* >= min(1, p/r).
    """
    f = needed_share(signal, d, n, p)
    pays = (f < 1) & (p > r * f)
    share, kept = where(pays, f, 0.5), where(pays, p, r)
    return where(pays, r * (share * d - p) / ((1 - share) * (kept - r * share)), jnp.inf)


EXACT_SHARE = "terms of order 1/p"
FEW = SMALL.but(p=40, budget=40.0 * 41)
ENOUGH = HERE.but(p=120, budget=4800.0 * 121)  # labels_needed is 960


@claim.equals(
    "noisy",
    at=(SMALL, SMALL.but(budget=2200.0), ENOUGH),
    within=lambda p: 2 / p.p * captured(p.p, p.r, p.d, p.labels),
    why=EXACT_SHARE,
    twin=Twin("labels without end: min(1, p/r)", noisy=False),
    known=((SMALL, ".19722"), (SMALL.but(budget=2200.0), ".32918"), (FEW, ".61400")),
)
def captured_energy_noisy(p, *, noisy=True):
    """E[f] is the root of n0 s2 (1 - f)(p - r f) = r (f d - p): only the product n0 s2 counts."""
    return captured(p.p, p.r, p.d, p.labels) if noisy else minimum(1.0, p.p / p.r)


@claim.identity(
    lambda p: needed_share(p.signal, p.d, p.n, p.p),
    over=Domain.around(HERE, signal=(0.8, 3.0), p=(76, 390)),
    within=1e-9,
    why="1 - f* of 1e-2 at the box's end",
    twin=Twin("f* = p*/r for every p", fixed=True),
)
def labels_per_class_needed(p, *, fixed=False):
    """With n0 s2 = r (f* d - p)/((1 - f*)(p - r f*)) a class the share kept is f*, l^2 > g."""
    if fixed:
        return known_classes_needed(p.signal, p.d, p.n, p.r) / p.r
    return captured(p.p, p.r, p.d, labels_needed(p.signal, p.d, p.n, p.r, p.p))


@claim.equals(
    "estimated",
    at=ENOUGH,
    support=ACCURACY,
    within=0.01,
    why="the spread of f and terms of order 1/p; -.007 where all is small, at n0 s2 = 200",
    twin=Twin("exact directions", noisy=False),
    known=(
        (HERE.but(p=80, budget=3200.0 * 81), ".83333"),
        (ENOUGH.but(budget=800.0 * 121), ".81960"),
    ),
)
def estimated_accuracy(p, *, noisy=True):
    """E[accuracy after projecting on p estimated directions] = Phi(sqrt S(l f, p/n))."""
    kept = captured(p.p, p.r, p.d, p.labels) if noisy else minimum(1.0, p.p / p.r)
    return accuracy(p.signal * kept, p.p / p.n)


claim.ordering(
    "enough_labels_help",
    "n0 s2 = 4800 > 960 labels a class, p = 120: projecting beats raw clustering",
    "estimated",
    "raw",
    at=ENOUGH,
    support=APART,
)
claim.ordering(
    "too_few_labels_hurt",
    "n0 s2 = 200 < 960 labels a class, p = 120: raw clustering beats projecting",
    "raw",
    "estimated",
    at=ENOUGH.but(budget=200.0 * 121),
    support=APART,
)


# --------------------------------------------------------------------------------------------
# One budget of labels for all known classes


def over_all(p: Params) -> tuple[Any, Any]:
    """1 .. d known directions, and S when the budget is shared among their classes."""
    known = jnp.arange(1.0, p.d + 1)
    share = captured(known, p.r, p.d, p.budget / (known + 1))
    return known, component_signal(p.signal * share, known / p.n)


@claim.never_above(
    lambda p: component_signal(p.signal, p.d / p.n),
    over=Domain.around(HERE, budget=(100.0, 9.4e4), p=(31, 399)),
    points=64,
)
def small_budget_keep_everything(p):
    """n0 s2 (p + 1) <= 9.4e4 here: no number of known classes makes projecting pay."""
    return component_signal(p.signal * captured(p.p, p.r, p.d, p.labels), p.p / p.n)


@claim.identity(
    lambda p: accuracy(p.signal, p.d / p.n) + 0 * p.budget,
    over=Domain.around(HERE, budget=(10.0, 9.4e4)),
    within=1e-12,
    points=8,
    twin=Twin("as many as the subspace holds: p = r", all_of=False),
    known=((HERE.but(budget=1e5), ".82625"), (HERE, ".86195"), (HERE.but(budget=1e3), ".82521")),
)
def best_accuracy_of_a_budget(p, *, all_of=True):
    """Up to 9.4e4 labels the best of all p is d, no projection at all; beyond, one inside.

    p = 234 at 1e5, accuracy .826, and p = 112 at 1e6, .862, against .825 raw.
    """
    signal = over_all(p)[1]
    return normal_cdf(sqrt(jnp.max(signal) if all_of else signal[p.r - 1]))
