"""Slopes along the optimum line, the critical weight, its valley, the flow, and LOOK's floor."""

from itertools import combinations
from typing import Any

import sympy

from proofs_check import Proofs, all_of, exact, identity, polynomial, reals
from theory.subclass_contrastive.family import line, pull, pull_own, push, share

item = Proofs()
a, tau, C, m, n, psi = sympy.symbols("a tau C m n psi", positive=True)
b = -(1 + (m - 1) * a) / (m * (C - 1))


def shares(head, tail) -> Any:
    """The logarithm of a denominator on the line."""
    return sympy.log(head + n * (m - 1) * sympy.exp(a / tau) + tail * sympy.exp(b / tau))


@item("two_level_root", "two_level_root_own", "descent_finds_the_root")
def slopes_of_the_terms():
    """L1' = push, L2' = -pull and, with the own view, -pull_own, along b = -A/(C-1)."""
    one, far, K = sympy.exp(1 / tau), n * m * (C - 1), 1 + n * (m - 1)
    first = shares((n - 1) * one, far)
    plain = shares(0, far) - a / tau
    own = shares(one, far) - n * (m - 1) * a / (K * tau)
    return all_of(
        identity(sympy.diff(first, a), push(C, m, n, tau, a)),
        identity(sympy.diff(plain, a), -pull(C, m, tau, a)),
        identity(sympy.diff(own, a), -pull_own(C, m, n, tau, a)),
    )


@item("critical", "critical_own", "collapse")
def critical_weights_as_printed():
    """push/pull at a = 1 are the printed forms, in W, w and V, v."""
    t = sympy.symbols("t", positive=True)
    up, down, far = 1, -1 / (C - 1), n * m * (C - 1)
    W, w, V, v = (sympy.exp(x / s) for s in (tau, t) for x in (up, down))
    K = 1 + n * (m - 1)
    common = t / tau * (W - w) / ((n * m - 1) * W + far * w)
    plain = common * n * (m - 1) * ((m - 1) * V + m * (C - 1) * v) / ((m * C - 1) * v)
    own = common * K * (K * V + far * v) / ((1 + n * (m * C - 1)) * v)
    one = sympy.Integer(1)
    return all_of(
        identity(push(C, m, n, tau, one) / pull(C, m, t, one), plain),
        identity(push(C, m, n, tau, one) / pull_own(C, m, n, t, one), own),
    )


@item("two_level_root", "collapse")
def push_rises_and_pull_falls():
    """push' is a sum of positive terms where a > b, pull' is negative: one crossing at most."""
    r, far = (m - 1) / (m * (C - 1)), n * m * (C - 1)
    x, y = sympy.exp(-(a - b) / tau), sympy.exp((1 - a) / tau)
    z = (n - 1) * y + n * (m - 1) + far * x
    terms = (1 + r) * x * z + (1 - x) * ((n - 1) * y + far * (1 + r) * x)
    gap, weight = sympy.symbols("gap weight", positive=True)
    falling = sympy.diff(1 / ((m - 1) * sympy.exp(gap) + weight), gap)
    return all_of(
        identity(sympy.diff(push(C, m, n, tau, a), a), n * (m - 1) * terms / (tau * z) ** 2),
        identity(falling, -(m - 1) * sympy.exp(gap) / ((m - 1) * sympy.exp(gap) + weight) ** 2),
    )


@item("symmetric_optimum", "no_class_without_its_term")
def spectrum_and_line():
    """C = m = n = 2: the Gram matrix has eigenvalues 0, n(1-a), nm(A-b), nm(A+(C-1)b) alone."""
    s, u, x = sympy.symbols("s u x")
    G = sympy.Matrix(8, 8, lambda i, j: 1 if i // 2 == j // 2 else s if i // 4 == j // 4 else u)
    A = (1 + s) / 2
    want = x**4 * (x - 2 * (1 - s)) ** 2 * (x - 4 * (A - u)) * (x - 4 * (A + u))
    found = G.charpoly(x).as_expr()
    return identity(sympy.expand(found), sympy.expand(want))


@item("budget", "error_between_class_means", "nearest_subclass_hardly_gains")
def one_unit_of_length():
    """A - b = AC/(C-1); 1 - A = (1-a)(m-1)/m; (1-b) at a = 1 over a = -1/(Cm-1)."""
    A = share(a, m)
    ends = [1 - line(x, C, m) for x in (sympy.Integer(1), -1 / (C * m - 1))]
    return all_of(
        identity(A - line(a, C, m), A * C / (C - 1)),
        identity(1 - A, (1 - a) * (m - 1) / m),
        identity(ends[0] / ends[1], (C * m - 1) / (m * (C - 1))),
    )


@item("weakest_class_term")
def valley_of_the_weight():
    """d log beta_c/d log tau2 = 0 iff (u-1) e^{u-1} = m(C-1)/(e(m-1)), u = C/((C-1) tau2)."""
    u = sympy.symbols("u", positive=True)
    at = C / ((C - 1) * u)
    slope = -u * sympy.diff(sympy.log(at) + sympy.log((m - 1) * sympy.exp(u) + m * (C - 1)), u)
    z = (m - 1) * sympy.exp(u) + m * (C - 1)
    return all_of(
        identity(at * z / (m * C - 1), 1 / pull(C, m, at, sympy.Integer(1))),
        identity(slope * z, m * (C - 1) - (m - 1) * (u - 1) * sympy.exp(u)),
    )


@item("flow_in_the_family", "critical_slowing", "collapse_is_exponential_above")
def flow_of_the_angle():
    """a = (m cos^2 psi - 1)/(m-1): da/dpsi = -(m/(m-1)) sin 2 psi; (da/dpsi)^2 at small 1-a."""
    of_psi = (m * sympy.cos(psi) ** 2 - 1) / (m - 1)
    moved = sympy.diff(of_psi, psi)
    gap = 1 - of_psi
    return all_of(
        identity(moved, -m / (m - 1) * sympy.sin(2 * psi)),
        identity(sympy.limit(moved**2 / gap, psi, 0), 4 * m / (m - 1)),
    )


@item("look_flat")
def neighbours_are_pure():
    """a > b, k <= nm - 1: of nm - 1 near and far points every choice of k nearest is near."""

    def pure(near, far, k):
        s = [2] * near + [1] * far
        best = max(sum(s[i] for i in pick) for pick in combinations(range(near + far), k))
        return best == 2 * k

    return exact(
        lambda: (
            all(pure(near, 4, k) for near in (3, 5) for k in range(1, near + 1))
            and not pure(5, 4, 6)
        ),
        "every set of neighbours",
    )


@item("look_floor", "look_collapses_with_all_neighbours")
def floor_of_the_loss():
    """Mean foreign similarity >= -(1 + (nm-1)s)/(nm(C-1)) >= -1/(C-1) for own s <= 1.

    derived: a foreign neighbour exchanged for a nearer own point raises the share; the k - nm + 1
    nearest foreign points are on average no farther than all; log(1 + c e^x) rises and is convex,
    so Jensen over neighbours and then over points gives the floor
    """
    own, s, classes, x, y, c = reals("q s C x y c")
    ahead = [own >= 1, s <= 1, classes > 1]
    z = sympy.symbols("z", real=True)
    k = sympy.symbols("k", positive=True)
    curve = sympy.diff(sympy.log(1 + k * sympy.exp(z)), z, 2)
    return all_of(
        polynomial(1 + (own - 1) * s <= own, assumptions=ahead),
        identity(curve, k * sympy.exp(z) / (1 + k * sympy.exp(z)) ** 2),
        polynomial((x + c) * y <= x * (y + c), assumptions=[x >= y, y > 0, c >= 0]),
    )


@item("two_views_stay", "price_of_parting")
def two_views_are_held():
    """n = 2: the views' push R = 2(m-1)e + 2m(C-1)f covers the largest pull 2(m-1)(e-f).

    derived: beta from stationarity makes the pull (e-f)(k v - r h)/(v + s h), v = V - e^{a/tau2},
    h = e^{b/tau2}, k = 2(m-1)
    """
    e, f, q, r, k, v, h, s = reals("e f q r k v h s")
    given = [e >= f, f > 0, q >= 1, r >= 1]  # q = m - 1, r = m(C - 1)
    positive = [v >= 0, h > 0, s > 0, r >= 1, k >= 1]
    return all_of(
        polynomial(2 * q * e + 2 * r * f >= 2 * q * (e - f), assumptions=given),
        polynomial(k * v - r * h <= k * (v + s * h), assumptions=positive),
    )
