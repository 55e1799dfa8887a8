"""Do the two views of an image stay together under the code's class term?"""

import jax

from theory import Claims, Domain, Twin, closed_form, exp
from theory.subclass_contrastive.family import ALL, AUTHORS, line, loss, optimum_own
from theory.subclass_contrastive.params import (
    Classes, Params, Points, Subclasses, Temperature, Weight,
)  # fmt: skip

claim = Claims("derived; the paper is empirical")


@closed_form
def view_margin(
    classes: Classes,
    parts: Subclasses,
    n: Points,
    tau1: Temperature,
    tau2: Temperature,
    beta: Weight,
):
    """What the loss gains per unit by which the two views of an image part, at optimum_own (JAX).

    Negative: they part (features of dimension Cmn), and the optimum is not two-level. Other points
    of the subclass then part by half as much, which costs n/2 times the views' own share in L1.
    """
    C, m, K = classes, parts, 1 + n * (parts - 1)
    a = optimum_own(C, m, n, tau1, tau2, beta)
    b = line(a, C, m)

    def scaled(tau):
        return exp((a - 1) / tau), exp((b - 1) / tau)

    (e, f), (g, h) = scaled(tau1), scaled(tau2)
    z1 = n - 1 + n * (m - 1) * e + n * m * (C - 1) * f
    z2 = 1 + n * (m - 1) * g + n * m * (C - 1) * h
    kept = n / 2 * ((z1 - (n - 1)) / (n - 1) + f) / (tau1 * z1)
    room = n * h / 2 - (n * (m - 1) * (1 - g) - n * m * (C - 1) * h) / K
    return kept + beta * room / (tau2 * z2)


def at_once(p, a):
    """The slope of the loss in 1 - (similarity of two views), by differentiating it."""
    return jax.grad(lambda lost: loss(p, a, 1.0, lost))(0.0)


@claim.identity(
    lambda p: at_once(p, optimum_own(*p.losses, p.beta)),
    over=ALL,
    points=24,
    within=1e-10,
    scale=1.0,
    why="two routes",
    twin=Twin("priced at two points a subclass", n=lambda p: 2),
)
def price_of_parting(p, *, n=lambda p: p.n):
    """The margin is the loss's slope as two views part by d and other points by d/2."""
    return view_margin(p.classes, p.parts, n(p), p.tau1, p.tau2, p.beta)


TWO = Domain.around(
    Params(), classes=(2, 100), parts=(2, 10), tau1=(0.1, 2.0), tau2=(0.1, 2.0), beta=(0.0, 5.0)
)


@claim.nonnegative(over=TWO, points=48, twin=Twin("with four points a subclass too", images=2))
def two_views_stay(p, *, images=1):
    """n = 2, the code's class term: the two views of an image stay one point.

    derived: the margin is then at least the push, and the pull is at most that
    """
    return view_margin(p.classes, p.parts, 2 * images, p.tau1, p.tau2, p.beta)


@claim.never_above(
    0.0,
    over=Domain.around(AUTHORS, beta=(0.17, 0.3)),
    points=8,
    twin=Twin("with forty images a subclass too", images=40),
    known=((AUTHORS, "-.0265575"),),
)
def views_part_at_the_authors_numbers(p, *, images=10):
    """C = 100, m = 5, n = 20, tau = .1: the class term draws the two views of an image apart.

    In dimension N the optimum has a = .60813, and views at .99235 instead of 1.
    """
    return view_margin(p.classes, p.parts, 2 * images, p.tau1, p.tau2, p.beta)
