"""The optimum, the weight from which subclasses are one point, and the way there."""

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Twin, absolute, argmax_on, closed_form, exp, lambert_w, maximum, sqrt,
)  # fmt: skip
from theory.subclass_contrastive.family import (
    ALL, AUTHORS, CASES, across, critical_weight, critical_weight_own, least, optimum, optimum_own,
    push, share, terms,
)  # fmt: skip
from theory.subclass_contrastive.params import Classes, Params, Points, Subclasses, Temperature

claim = Claims("derived; the paper is empirical")
CRITICAL = 3.918962387638184  # beta_c at Params()
ABOVE, BELOW = Params(beta=1.1 * CRITICAL), Params(beta=0.95 * CRITICAL)
DESCENT = 1e-6  # what 2,000 steps of descent leave
ROUTES = "two routes, one of them by values of the loss: sqrt(eps) of the curvature is not lost"


# --------------------------------------------------------------------------------------------
# The optimum


claim.every_trial(
    lambda run, p: maximum(run["spread"], absolute(
        run["across"] - across(run["a"], p.classes, p.parts))),
    within=DESCENT,
    name="symmetric_optimum",
    says="free unit features descend to a two-level layout: 1, a, b = -(1 + (m-1)a)/(m(C-1))",
    at=(*CASES, ABOVE),
    trials=1,
    twin=Twin("b = -1/(C-1) always", observable=lambda run, p: absolute(
        run["across"] + 1 / (p.classes - 1))),
)  # fmt: skip


def radii(run, p, subclass=True):
    """Squared radius of the class means, and of the offsets, from the distances seen."""
    C, m, a, b = p.classes, p.parts, run["a"], run["across"]
    A = share(a, m)
    between = 2 * (A - b) * (C - 1) / (2 * C)
    return between + (2 * (1 - a) * (m - 1) / (2 * m) if subclass else 0)


claim.every_trial(
    lambda run, p: absolute(radii(run, p) - 1),
    within=DESCENT,
    name="budget",
    says="squared class radius + squared subclass radius = 1: one is paid for with the other",
    at=CASES,
    trials=1,
    twin=Twin("classes reach their own simplex whatever their subclasses do", observable=lambda
              run, p: absolute(radii(run, p, subclass=False) - 1)),
)  # fmt: skip


@claim.identity(
    lambda p: -1 / (p.classes * p.parts - 1),
    over=ALL,
    within=1e-12,
    why="a root by halving",
    twin=Twin("the classes show: a = -1/(Cm - 1) + 1/C", shift=lambda p: 1 / p.classes),
)
def no_class_without_its_term(p, *, shift=lambda p: 0.0):
    """beta = 0: a = b = -1/(Cm - 1), a simplex of all subclasses in which no class is seen."""
    return optimum(*p.losses, 0.0) + shift(p)


@claim.identity(
    least,
    over=ALL,
    points=24,
    within=1e-9,
    scale=1.0,
    why=ROUTES,
    twin=Twin("the temperature of the class term forgotten", tau2=lambda p: p.tau1),
    known=(
        (Params(beta=CRITICAL / 10), ".329384"),
        (CASES[1], ".622321"),
        (CASES[2], ".747598"),
        (AUTHORS, ".5659"),
    ),
)
def two_level_root(p, *, tau2=lambda p: p.tau2):
    """a balances the push L1'(a) and beta times the pull -L2'(a); the loss is convex."""
    return optimum(*p.sizes, p.tau1, tau2(p), p.beta)


@claim.identity(
    lambda p: least(p, own=1.0),
    over=ALL,
    points=24,
    within=1e-9,
    scale=1.0,
    why=ROUTES,
    twin=Twin("the plain class term", root=optimum),
    known=((Params(images=2, beta=0.5), ".417554"), (Params(images=2, beta=2.0), ".801737"),
           (Params(images=2, beta=4.0), ".980043"), (AUTHORS, ".6126"),
           (AUTHORS.but(images=20), ".5984")),
)  # fmt: skip
def two_level_root_own(p, *, root=optimum_own):
    """With the code's class term, if the two views of an image stay together, likewise."""
    return root(*p.losses, p.beta)


claim.every_trial(
    lambda run, p: maximum(absolute(run["a"] - optimum(*p.losses, p.beta)),
                               absolute(run["own_a"] - optimum_own(*p.losses, p.beta))),
    within=DESCENT,
    name="descent_finds_the_root",
    says="descent of free features from random starts ends at that a, with either class term",
    at=(*CASES, ABOVE),
    trials=1,
    twin=Twin("the temperature of the class term forgotten", observable=lambda run, p: absolute(
        run["a"] - optimum(*p.sizes, p.tau1, 2 * p.tau2, p.beta))),
)  # fmt: skip


# --------------------------------------------------------------------------------------------
# The critical weight


def slopes_at_one(p, own):
    """-L1'(1)/L2'(1), by differentiating the losses."""
    first, second = jax.jacfwd(lambda a: jnp.stack(terms(p, a, own)))(1.0)
    return -first / second


WARM = Domain.around(
    Params(), classes=(2, 100), parts=(2, 10), images=(1, 20), tau1=(0.1, 2.0), tau2=(0.3, 2.0)
)


@claim.identity(
    lambda p: slopes_at_one(p, 0.0),
    over=WARM,
    points=24,
    within=1e-9,
    why="L2'(1) loses e^{C/((C-1)tau2)} < 800",
    twin=Twin("twice the temperature in the class term", tau=lambda p: 2 * p.tau2),
    known=((Params(), "3.918962"), (CASES[1], "2.540158"), (CASES[2], "5.936085"),
           (AUTHORS, "157.99"), (AUTHORS.but(tau2=0.5), "4.235"), (AUTHORS.but(tau2=2.0), "16.18"),
           (AUTHORS.but(tau2=0.07), "8349")),
)  # fmt: skip
def critical(p, *, tau=lambda p: p.tau2):
    """(L1 + beta L2)'(1) = 0 at beta_c: subclasses collapse at a finite weight of the class term.

    At the authors' numbers beta_c is 900 times their weight .175: far from collapse.
    """
    return critical_weight(*p.sizes, p.tau1, tau(p))


@claim.identity(
    lambda p: slopes_at_one(p, 1.0),
    over=WARM,
    points=24,
    within=1e-9,
    why="L2'(1) loses e^{C/((C-1)tau2)} < 800",
    twin=Twin("the plain class term's", weight=critical_weight),
    known=((Params(images=2), "4.351486"), (AUTHORS, "161.94")),
)
def critical_own(p, *, weight=critical_weight_own):
    """With the own second view in the class term, likewise."""
    return weight(*p.losses)


def wrong_side(run, p):
    """Whether one of the two descents ended at a = 1 on the other side of its beta_c."""
    plain = (run["a"] > 1 - 1e-5) != (p.beta >= critical_weight(*p.losses))
    return plain | ((run["own_a"] > 1 - 1e-5) != (p.beta >= critical_weight_own(*p.losses)))


claim.every_trial(
    wrong_side,
    within=0.0,
    name="collapse",
    says="descent ends at a = 1 if beta >= beta_c, and only then, with either class term",
    at=(ABOVE, BELOW, ABOVE.but(beta=1.35 * CRITICAL)),
    trials=1,
    twin=Twin(
        "no finite weight collapses subclasses", observable=lambda run, p: run["a"] > 1 - 1e-5
    ),
)


@closed_form
def weakest_temperature(classes: Classes, parts: Subclasses):
    """The tau2 at which the least class term collapses subclasses, whatever tau1 and n.

    C/((C-1)(1 + W(m(C-1)/(e(m-1))))), W Lambert's function: (u - 1) e^{u-1} = m(C-1)/(e(m-1)) at
    u = C/((C-1) tau2).
    """
    u = 1 + lambert_w(parts * (classes - 1) / (exp(1.0) * (parts - 1)))
    return classes / ((classes - 1) * u)


@claim.identity(
    lambda p: argmax_on(lambda tau: -critical_weight(*p.sizes, p.tau1, tau), 0.1, 2.0),
    over=Domain.around(Params(), classes=(2, 100), parts=(2, 10)),
    points=16,
    within=1e-7,
    why="where a derivative of the weight is 0",
    twin=Twin("the weight falls with tau2", temperature=lambda p: 2.0),
    known=((AUTHORS, ".2664"),),
)
def weakest_class_term(p, *, temperature=lambda p: weakest_temperature(p.classes, p.parts)):
    """beta_c falls with tau2 to its least value, and grows again; not in the paper."""
    return temperature(p)


# --------------------------------------------------------------------------------------------
# Near the critical weight


def bend(C, m, n, tau1, tau2):
    """(L1 + beta_c L2)''(1) along b = -A/(C-1)."""
    r, x1, x2 = (m - 1) / (m * (C - 1)), exp(-C / ((C - 1) * tau1)), exp(-C / ((C - 1) * tau2))
    z1, z2 = n * m - 1 + n * m * (C - 1) * x1, m - 1 + m * (C - 1) * x2
    first = n * (m - 1) * (1 + r * x1) / (tau1**2 * z1) - push(C, m, n, tau1, 1) ** 2
    second = (m * C - 1) * x2 / tau2**2 * (r / z2 + (m - 1) * (1 - x2) / z2**2)
    return first + critical_weight(C, m, n, tau1, tau2) * second


@closed_form
def onset(classes: Classes, parts: Subclasses, n: Points, tau1: Temperature, tau2: Temperature):
    """S = L1'(1)/(beta_c (L1 + beta_c L2)''(1)): 1 - a ~ S (beta_c - beta) below beta_c."""
    sizes = classes, parts, n
    top = push(*sizes, tau1, 1) / critical_weight(*sizes, tau1, tau2)
    return top / bend(*sizes, tau1, tau2)


def opened(p):
    """1 - a."""
    return 1 - optimum(*p.losses, p.beta)


LADDER = claim.given(
    along=tuple(Params(beta=CRITICAL * (1 - 10.0**-j)) for j in (1, 1.5, 2, 2.5, 3)),
    size=lambda p: CRITICAL / (CRITICAL - p.beta),
)


@LADDER.limit(
    lambda p: onset(*p.losses),
    rate=-1,
    within=0.05,
    last_gap=1e-4,
    why="the next term is of relative order 1 - beta/beta_c",
    twin=Twin("square-root onset", shape=sqrt),
    known=((Params(beta=0.9 * CRITICAL), ".08637"), (Params(beta=0.999 * CRITICAL), ".08230")),
)
def linear_onset(p, *, shape=lambda gap: gap):
    """(1 - a)/(beta_c - beta) -> S: subclasses open linearly, with exponent 1, not 1/2."""
    return opened(p) / shape(critical_weight(*p.losses) - p.beta)
