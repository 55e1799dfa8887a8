"""The leaky net's optimality, where it ends, and why lazy gradients are upside down."""

from types import SimpleNamespace
from typing import Any

import sympy
import z3

from proofs_check import Proofs, all_of, identity, polynomial, reals
from theory.input_gradients import leak_threshold
from theory.input_gradients.leak import leaky_max_margin, partial_leak_bound

item = Proofs()
h, eps = sympy.symbols("h eps", positive=True)
k = 2 + h
s2 = (1 - k * eps) ** 2


def smaller(*values) -> Any:
    """The least of Z3 reals."""
    first, *rest = values
    return z3.If(first < smaller(*rest), first, smaller(*rest)) if rest else first


def relu(t) -> Any:
    """max(t, 0)."""
    return z3.If(t > 0, t, 0)


@item("leak_survives_small_eps", "partial_leak_bound")
def one_coordinate_of_the_certificate():
    """relu(t+b) - relu(b-t) = max(min(2t, t + b), t - b), or max(min(0, t - b), t + b) if b < 0.

    derived

    Two branches, each concave in (t, b): the maximum over nets is over which branch is taken where.
    """
    t, b = reals("t b")
    odd = relu(t + b) - relu(b - t)
    above = -smaller(-smaller(2 * t, t + b), b - t)
    below = -smaller(-smaller(0 * t, t - b), -t - b)
    return polynomial(odd == z3.If(b >= 0, above, below))


@item("leaky_max_margin", "leak_survives_small_eps")
def best_monotone_neuron():
    """min(2as, as + b) <= 2s/sqrt(k + s^2) where k a^2 + b^2 = 1, for 0 < s <= 1 <= k."""
    a, b, s, n, m = reals("a b s k m")
    given = [s > 0, s <= 1, n >= 1, n * a**2 + b**2 == 1, m >= 0, m <= 2 * a * s, m <= a * s + b]
    return polynomial(m**2 * (n + s**2) <= 4 * s**2, assumptions=given)


@item("leaky_max_margin", "leaky_margin_on_noisy_inputs", "equal_gradient_magnitude")
def one_neuron_is_silent():
    """a S + a s >= 2 a s and -a S + a s <= 0 where S >= s: of the two neurons one is active."""
    a, s, total = reals("a s S")
    both = z3.And(a * total + a * s >= 2 * a * s, a * s - a * total <= 0)
    return polynomial(both, assumptions=[a > 0, s > 0, total >= s])


def params():
    """k = 2 + h and eps as symbols."""
    return SimpleNamespace(k=k, eps=eps)


@item("partial_leak_bound")
def one_coordinate_looked_away_from():
    """V_1^2 = v M^-1 v/(4k^2): the largest linear form on the ellipsoid |(w, b)| = 1, b = z_a."""
    s = 1 - eps * (k - 1)
    v = sympy.Matrix([(2 * k - 3) * s - eps * (k - 1), (2 * k - 3) * eps - 1 + eps])
    m = sympy.Matrix([[k - 1 + s**2, s * eps], [s * eps, 1 + eps**2]])
    return identity((v.T * m.inv() * v)[0] / (4 * k**2), 4 * partial_leak_bound(params()) ** 2)


def quadratic(t):
    """(8k^2 - 13k + 4) t^2 + (8k^3 - 10k^2 + 8k - 4) t - k (k - 2)^2."""
    return (8 * k**2 - 13 * k + 4) * t**2 + (8 * k**3 - 10 * k**2 + 8 * k - 4) * t - k * h**2


@item("leak_survives_small_eps", "partial_leak_bound", "leak_threshold_limit")
def where_the_two_margins_cross():
    """V_1 > V_0 iff t = s^2 is below the positive root, which is leak_threshold's."""
    p, scale = params(), 16 * k**2 * (k * (k - 1) + 1 + (k - 1) * s2) * (k + s2)
    difference = partial_leak_bound(p) ** 2 - leaky_max_margin(p) ** 2
    at_threshold = (1 - k * leak_threshold(k)) ** 2
    return all_of(
        identity(difference * scale, -quadratic(s2)), identity(quadratic(at_threshold), 0)
    )


@item("leak_threshold_limit")
def expansion_of_the_threshold():
    """k eps_c(k) = 1 - sqrt(2)/4 + (23 sqrt(2)/64)/k + O(1/k^2)."""
    n, root2 = sympy.symbols("n", positive=True), sympy.sqrt(2)
    value = n * leak_threshold(n)
    limit = sympy.limit(value, n, sympy.oo)
    return all_of(
        identity(limit, 1 - root2 / 4),
        identity(sympy.limit(n * (value - limit), n, sympy.oo), 23 * root2 / 64),
    )


@item("subset_family", "robust_training_removes_leakage")
def neurons_without_the_signal_are_silent():
    """relu(u - c) = relu(-u - c) = 0 and relu(1 + u - c) >= 1 - 2c where |u| <= c = m eps < 1/2."""
    u, c = reals("u c")
    silent = z3.And(relu(u - c) == 0, relu(-u - c) == 0, relu(-1 - u - c) == 0)
    return polynomial(
        z3.And(silent, relu(1 + u - c) >= 1 - 2 * c), assumptions=[u <= c, -u <= c, 2 * c < 1]
    )


@item("lazy_inversion_above_one")
def lazy_gradients_are_inverted():
    """g(c) = arccos c + c sqrt(1 - c^2) - arccos c^2 is 0 at both ends and rises, then falls: >= 0.

    derived

    L >= 1 iff g(cos phi) >= 0; g' has the sign of 1 - c^2 (1 + c^2), which falls.
    """
    c = sympy.Symbol("c", positive=True)
    g = sympy.acos(c) + c * sympy.sqrt(1 - c**2) - sympy.acos(c**2)
    slope = 2 * c / sympy.sqrt(1 - c**2) * (1 / sympy.sqrt(1 + c**2) - c)
    x, y = reals("x y")
    return all_of(
        identity(g.diff(c), slope, ranges={c: ("1/10", "9/10")}),
        identity(g.subs(c, 0), 0),
        identity(g.subs(c, 1), 0),
        polynomial(x**2 * (1 + x**2) < y**2 * (1 + y**2), assumptions=[x > 0, x < y]),
    )
