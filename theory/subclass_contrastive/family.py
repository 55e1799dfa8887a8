"""The two-level layouts, the losses on them, and where their sum is least."""

from typing import Annotated

import jax.numpy as jnp

from theory import Domain, Ge, Le, Scalar, argmax_on, closed_form, exp, expm1, root
from theory.subclass_contrastive.params import (
    Classes, Params, Points, Subclasses, Temperature, Weight,
)  # fmt: skip

Inside = Annotated[Scalar, Ge(-1), Le(1)]
AUTHORS = Params(classes=100, parts=5, images=10, tau1=0.1, tau2=0.1, beta=0.175)
CASES = (
    Params(beta=0.3919),
    Params(tau2=1.0, beta=1.27008),
    Params(tau1=0.3, tau2=0.6, beta=2.96804),
)
ALL = Domain.around(
    Params(), classes=(2, 100), parts=(2, 10), images=(1, 20), tau1=(0.1, 2.0), tau2=(0.1, 2.0),
    beta=(0.0, 5.0),
)  # fmt: skip


def share(a, parts):
    """A = (1 + (m - 1)a)/m, the squared length of a class mean; 1 - A is that of an offset."""
    return (1 + (parts - 1) * a) / parts


def line(a, C, m):
    """b = -A/(C - 1)."""
    return -share(a, m) / (C - 1)


@closed_form
def across(a: Inside, classes: Classes, parts: Subclasses):
    """b = -A/(C - 1): the similarity across classes at the optimum."""
    return line(a, classes, parts)


def terms(p, a, own=0.0, lost=0.0):
    """(L1, L2) on a layout (JAX), own = 1 for the code's class term.

    With ``lost`` > 0 the two views of an image have similarity 1 - lost, and other points of a
    subclass the largest that this allows, 1 - lost/2.
    """
    (C, m, n), inside = p.sizes, 1 - lost / 2
    b = -(inside + (m - 1) * a) / (m * (C - 1))
    views = jnp.exp(-lost / p.tau1) + (n - 2) * jnp.exp(-lost / 2 / p.tau1)

    def others(tau):
        return n * (m - 1) * jnp.exp((a - 1) / tau) + n * m * (C - 1) * jnp.exp((b - 1) / tau)

    first = n / 2 * lost / (n - 1) / p.tau1 + jnp.log(views + others(p.tau1))
    pulled = (own * lost + n * (m - 1) * (1 - a)) / (own + n * (m - 1)) / p.tau2
    return first, pulled + jnp.log(own * jnp.exp(-lost / p.tau2) + others(p.tau2))


def loss(p, a, own=0.0, lost=0.0):
    """L1 + beta L2 on a layout (JAX)."""
    first, second = terms(p, a, own, lost)
    return first + p.beta * second


def push(C, m, n, tau, a):
    """L1'(a) = n(m-1)(e^{a/tau} - e^{b/tau})/(tau Z1) >= 0: the subclass loss separates."""
    gap = (a - line(a, C, m)) / tau
    z = (n - 1) * exp((1 - a) / tau) + n * (m - 1) + n * m * (C - 1) * exp(-gap)
    return -n * (m - 1) * expm1(-gap) / (tau * z)


def pull(C, m, tau, a):
    """-L2'(a) = (mC-1) e^{b/tau}/(tau Z2) > 0: the class term attracts."""
    gap = (a - line(a, C, m)) / tau
    return (m * C - 1) / (tau * ((m - 1) * exp(gap) + m * (C - 1)))


def pull_own(C, m, n, tau, a):
    """The same for the code's class term, with the own second view in both places."""
    gap, K = (a - line(a, C, m)) / tau, 1 + n * (m - 1)
    far = exp((1 - line(a, C, m)) / tau)
    top = exp(gap) * expm1((1 - a) / tau) + 1 + n * (m * C - 1)
    return n * (m - 1) * top / (tau * K * (far + n * (m - 1) * exp(gap) + n * m * (C - 1)))


@closed_form
def critical_weight(
    classes: Classes, parts: Subclasses, n: Points, tau1: Temperature, tau2: Temperature
):
    """beta_c = L1'(1)/(-L2'(1)): from it on the subclasses of a class are one point.

    (tau2/tau1) n(m-1)(W-w)/((nm-1)W + nm(C-1)w) ((m-1)V + m(C-1)v)/((mC-1)v), with W, V = e^{1/tau}
    and w, v = e^{-1/((C-1)tau)} at tau1, tau2.
    """
    return push(classes, parts, n, tau1, 1) / pull(classes, parts, tau2, 1)


@closed_form
def critical_weight_own(
    classes: Classes, parts: Subclasses, n: Points, tau1: Temperature, tau2: Temperature
):
    """The same for the code's class term, K = 1 + n(m-1).

    (tau2/tau1)(W-w)/((nm-1)W + nm(C-1)w) K(KV + nm(C-1)v)/((1+n(mC-1))v).
    """
    return push(classes, parts, n, tau1, 1) / pull_own(classes, parts, n, tau2, 1)


def balance(C, m, n, tau, beta, critical, attraction):
    """The a in [-1/(Cm-1), 1] at which push = beta attraction; 1 from the critical weight on."""
    collapsed = beta >= critical
    beta = jnp.where(collapsed, critical / 2, beta)
    beside = 1e-9  # so that rounding leaves the signs at the ends

    def surplus(a):
        return push(C, m, n, tau, a) - beta * attraction(a)

    found = root(surplus, -1 / (m * C - 1) - beside, 1 + beside)
    return jnp.where(collapsed, 1.0, found)


@closed_form
def optimum(
    classes: Classes,
    parts: Subclasses,
    n: Points,
    tau1: Temperature,
    tau2: Temperature,
    beta: Weight,
):
    """The similarity a of subclasses of one class at the optimum of L1 + beta L2 (JAX).

    n(m-1)(e^{a/tau1} - e^{b/tau1})/(tau1 Z1) = beta (mC-1) e^{b/tau2}/(tau2 Z2), b = -A/(C-1).
    """
    sizes = classes, parts, n
    critical = critical_weight(*sizes, tau1, tau2)
    return balance(*sizes, tau1, beta, critical, lambda a: pull(classes, parts, tau2, a))


@closed_form
def optimum_own(
    classes: Classes,
    parts: Subclasses,
    n: Points,
    tau1: Temperature,
    tau2: Temperature,
    beta: Weight,
):
    """The same for the code's class term, the two views of an image held together (JAX)."""
    sizes = classes, parts, n
    critical = critical_weight_own(*sizes, tau1, tau2)
    return balance(*sizes, tau1, beta, critical, lambda a: pull_own(*sizes, tau2, a))


def least(p, own=0.0):
    """The least loss on the line of layouts, by its values alone."""
    return argmax_on(lambda a: -loss(p, a, own), -1 / (p.classes * p.parts - 1), 1.0)
