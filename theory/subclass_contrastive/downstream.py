"""Downstream errors, the speed of the collapse, and leave-one-out neighbours (LOOK)."""

from typing import Annotated

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, absolute, closed_form, exp, integral, log, log1p,
    maximum, minimum, normal_cdf, sqrt,
)  # fmt: skip
from theory.subclass_contrastive.collapse import CRITICAL, DESCENT, bend
from theory.subclass_contrastive.family import Inside, across, critical_weight, pull, push, share
from theory.subclass_contrastive.params import (
    Classes, Noise, Params, Points, Similarity, Subclasses, Temperature,
)  # fmt: skip

claim = Claims("derived; the papers are empirical")


# --------------------------------------------------------------------------------------------
# What a class term does to rules on the features


@closed_form
def subclass_error(a: Annotated[Scalar, Ge(-1), Le(1)], sigma: Noise):
    """Phi(-sqrt((1-a)/2)/sigma): a point nearer to another subclass of its class.

    1/2 at a = 1, with an infinite slope in a.
    """
    return normal_cdf(-sqrt((1 - a) / 2) / sigma)


@closed_form
def across_error(a: Similarity, classes: Classes, parts: Subclasses, sigma: Noise):
    """Phi(-sqrt((1-b)/2)/sigma): a point nearer to a given subclass of another class."""
    return normal_cdf(-sqrt((1 - across(a, classes, parts)) / 2) / sigma)


@closed_form
def class_error(a: Similarity, classes: Classes, parts: Subclasses, sigma: Noise):
    """Phi(-sqrt(AC/(2(C-1)))/sigma): a point about its class mean, nearer to another's."""
    return normal_cdf(-sqrt(share(a, parts) * classes / (2 * (classes - 1))) / sigma)


NOISY = claim.given(
    mode="downstream", at=(Params(a=0.2), Params()), within=0.01, why="1 % asked for; exact"
)
AT = (Params(a=0.329384), Params(a=1.0))


@NOISY.equals(
    "subclass",
    twin=Twin("(1-a)/2 for its root", root=lambda x: x),
    known=((Params(), ".16646"), (AT[0], ".07386"), (AT[1], ".5")),
)
def error_between_subclasses(p, *, root=sqrt):
    """Phi(-sqrt((1-a)/2)/sigma) between two subclasses of a class; 1/2 after a collapse."""
    return subclass_error(p.a, p.sigma) if root is sqrt else normal_cdf(-(1 - p.a) / 2 / p.sigma)


@NOISY.equals(
    "across", twin=Twin("b = a", level=lambda p: p.a), known=((AT[0], ".02290"), (AT[1], ".01519"))
)
def error_across_classes(p, *, level=None):
    """Phi(-sqrt((1-b)/2)/sigma) between two subclasses of different classes."""
    if level:
        return subclass_error(level(p), p.sigma)
    return across_error(p.a, p.classes, p.parts, p.sigma)


@NOISY.equals(
    "class",
    twin=Twin("classes at their own simplex", a=lambda p: 1.0),
    known=((Params(), ".02640"), (AT[0], ".05371"), (AT[1], ".01519")),
)
def error_between_class_means(p, *, a=lambda p: p.a):
    """Phi(-sqrt(AC/(2(C-1)))/sigma) about the means of two classes: 2AC/(C-1) apart, squared."""
    return class_error(a(p), p.classes, p.parts, p.sigma)


@claim.identity(
    lambda p: (p.classes * p.parts - 1) / (p.parts * (p.classes - 1)),
    over=Domain.around(Params(), classes=(2, 100), parts=(2, 10)),
    within=1e-13,
    why="rounding",
    twin=Twin("m times as large, as for class means", gain=lambda C, m: m),
    known=((Params(classes=100, parts=5, k=1), "1.0081"),),
)
def nearest_subclass_hardly_gains(p, *, gain=lambda C, m: 1):
    """A full class term multiplies the squared margin across classes by (Cm-1)/(m(C-1)) alone.

    That is 1 + 1/(C-1) over 1 + 1/(Cm-1). Class means gain m times as much, A from
    (C-1)/(Cm-1) to 1: a linear probe of classes is helped, a nearest-subclass rule is not.
    """
    C, m = p.classes, p.parts
    return gain(C, m) * (1 - across(1.0, C, m)) / (1 - across(-1 / (C * m - 1), C, m))


# --------------------------------------------------------------------------------------------
# The gradient flow inside the family


def speed(p, gap, beta):
    """(da/dt)/(1-a)^2 at a = 1 - gap; a feature moves by -N times its gradient.

    With A = cos^2 psi, dpsi/dt = L'(a)(m/(m-1)) sin 2 psi, so da/dt = -L' (m/(m-1))^2 4A(1-A), and
    1 - A = (1-a)(m-1)/m.
    """
    a, (C, m, n) = 1 - gap, p.sizes
    slope = push(C, m, n, p.tau1, a) - beta * pull(C, m, p.tau2, a)
    return -slope * 4 * share(a, m) * m / (m - 1) / gap


def time_to(p, gap, beta, start=0.7):
    """The time from a = start to a = 1 - gap under the flow (JAX), beta >= beta_c."""

    def inverse(s):
        x = jnp.exp(-s)
        return 1 / (x * speed(p, x, beta))

    return integral(inverse, -jnp.log(1 - start), -jnp.log(gap), nodes=512)


AT_CRITICAL = Params(beta=CRITICAL)
FLOW = claim.given(mode="flow", trials=1)
SEEN = 8.0 / 400  # the time between two looks


def clock(run, p, at, beta):
    """The time that theory gives to the gap seen at a look, less the time of the look."""
    return absolute(time_to(p, run["gap"][..., at], beta) - (at + 1) * SEEN)


FLOW.every_trial(
    lambda run, p: maximum(clock(run, p, 25, p.beta), clock(run, p, 99, p.beta)),
    within=1e-4,
    name="flow_in_the_family",
    says="free features follow dpsi/dt = L'(a)(m/(m-1)) sin 2 psi, A = cos^2 psi",
    at=(AT_CRITICAL, Params(beta=1.5 * CRITICAL)),
    twin=Twin("without the factor m/(m-1)", observable=lambda run, p: absolute(
        clock(run, p, 99, p.beta) + 100 * SEEN * (1 - p.parts / (p.parts - 1)))),
)  # fmt: skip


def settling_rate(p):
    """(2m/(m-1)) L1'(1)(beta/beta_c - 1), the rate at which psi decays above beta_c."""
    (C, m, n), excess = p.sizes, p.beta / critical_weight(*p.losses) - 1
    return 2 * m / (m - 1) * push(C, m, n, p.tau1, 1) * excess


def decay(run):
    """The rate seen from time 1.6 to 2.4."""
    return -jnp.log(run["gap"][..., 119] / run["gap"][..., 79]) / (2 * 40 * SEEN)


FLOW.every_trial(
    lambda run, p: absolute(decay(run) / settling_rate(p) - 1),
    within=2e-4,
    name="collapse_is_exponential_above",
    says="beta > beta_c: psi decays at rate (2m/(m-1)) L1'(1)(beta/beta_c - 1)",
    at=(Params(beta=2 * CRITICAL),),
    twin=Twin("the rate of 1 - a", observable=lambda run, p: absolute(
        2 * decay(run) / settling_rate(p) - 1)),
)  # fmt: skip


def standstill(p):
    """(m-1)/(4m L''(1)), the limit of (1-a) t at beta_c."""
    return (p.parts - 1) / (4 * p.parts * bend(*p.losses))


@claim.limit(
    standstill,
    along=tuple(Params(a=1 - 10.0**-j) for j in (2, 2.5, 3, 3.5, 4)),
    size=lambda p: 1 / (1 - p.a),
    rate=-1,
    within=0.15,
    last_gap=1e-4,
    why="the next term is (1-a) log(1/(1-a))",
    twin=Twin("exponential at beta_c: (1-a) log t", clock=jnp.log),
)
def critical_slowing(p, *, clock=lambda t: t):
    """beta = beta_c: (1-a) t -> (m-1)/(4m L''(1)): the collapse slows down to a power law."""
    return (1 - p.a) * clock(time_to(p, 1 - p.a, critical_weight(*p.losses)))


# --------------------------------------------------------------------------------------------
# LOOK: the share of the own label among the k nearest, the point itself left out


@closed_form(k=("is under nm: neighbours are pure", lambda k, parts, n: k >= parts * n))
def look_loss(
    a: Inside,
    classes: Classes,
    parts: Subclasses,
    n: Points,
    tau: Temperature,
    k: Annotated[Scalar, Ge(4), Le(1e12), Whole],
):
    """ln(1 + (k-nm+1) e^{b/tau}/((n-1)e^{1/tau} + n(m-1)e^{a/tau})), b = -A/(C-1), nm <= k < N."""
    own = (n - 1) * exp((1 - a) / tau) + n * (parts - 1)
    return log1p((k - parts * n + 1) * exp((across(a, classes, parts) - a) / tau) / own)


def floor_of(p):
    """The value of the class collapse, a = 1."""
    return look_loss(1.0, *p.sizes, p.tau1, p.k)


SOME = tuple(Params(a=0.4, k=k) for k in (6, 9, 17))
LAYOUT = Domain.around(Params(images=2, k=13), a=(0.0, 0.99), tau1=(0.1, 2.0), k=(12, 30))


@claim.identity(
    lambda p: log(own_side(p) + foreign(p) * (p.k - p.parts * p.n + 1)) - log(own_side(p)),
    over=LAYOUT,
    within=1e-12,
    scale=1.0,
    why="two routes",
    twin=Twin("k neighbours of other classes", more=lambda p: p.parts * p.n - 1),
    known=((SOME[0], ".033133"), (SOME[1], ".126413"), (SOME[2], ".339504"),
           (Params(a=1.0, k=17), ".112872")),
)  # fmt: skip
def look_pressure(p, *, more=lambda p: 0):
    """nm <= k <= N - 1: the nm - 1 points of the class and the k - nm + 1 nearest others."""
    return look_loss(p.a, *p.sizes, p.tau1, p.k + more(p))


def own_side(p):
    """The weight of the own class."""
    return (p.n - 1) * exp(1 / p.tau1) + p.n * (p.parts - 1) * exp(p.a / p.tau1)


def foreign(p):
    """The weight of a point of another class."""
    return exp(across(p.a, p.classes, p.parts) / p.tau1)


LOOK = claim.given(mode="look", trials=1)
PURE = tuple(Params(k=k) for k in (5, 3, 2))

LOOK.every_trial(
    lambda run, p: maximum(absolute(run["loss"]), run["slope"]),
    within=1e-13,
    name="look_flat",
    says="k <= nm - 1, all neighbours pure: LOOK and its gradient are 0, whatever the layout",
    at=PURE,
    twin=Twin("as flat with k = nm", cases=(Params(k=6),)),
)
LOOK.every_trial(
    lambda run, p: 1 - run["classes"],
    within=DESCENT,
    name="class_labels_collapse",
    says="from the same layout SupCon on class labels goes to a = 1",
    at=Params(k=5),
    twin=Twin("a stays", observable=lambda run, p: absolute(run["classes"] - p.a)),
)
LOOK.every_trial(
    lambda run, p: absolute(run["exact_loss"] - look_loss(p.a, *p.sizes, p.tau1, p.k)),
    within=1e-12,
    name="look_on_a_layout",
    says="the loss of a layout, its neighbours found by sorting, is look_loss",
    at=SOME,
    twin=Twin("the point itself among its neighbours", observable=lambda run, p: absolute(
        run["exact_loss"] - look_loss(p.a, *p.sizes, p.tau1, p.k + 1))),
)  # fmt: skip
LOOK.every_trial(
    lambda run, p: maximum(1 - run["end"], absolute(run["end_loss"] - floor_of(p))),
    within=DESCENT,
    name="look_collapses_with_all_neighbours",
    says="k = N - 1: LOOK descends from a random start to the class collapse",
    at=SOME[2],
    twin=Twin("LOOK keeps subclasses for every k", observable=lambda run, p: run["end"] - 0.99),
)
LOOK.every_trial(
    lambda run, p: floor_of(p) - minimum(run["random_loss"], run["end_loss"]),
    within=1e-9,
    name="look_floor",
    says="nm <= k <= N - 1: no features have a lower loss than the class collapse",
    at=SOME,
    twin=Twin("no features have a lower loss than a = .4", observable=lambda run, p: look_loss(
        p.a, *p.sizes, p.tau1, p.k) - run["end_loss"]),
)  # fmt: skip
