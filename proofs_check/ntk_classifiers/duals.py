"""Dual activations, the explicit activations and the exactly solvable families."""

from typing import Any

import sympy as sp
import z3

from proofs_check import Proofs, Result, all_of, identity, polynomial
from theory import power
from theory.ntk_classifiers import (
    centred_cosine,
    centred_leaky_relu,
    cosine,
    error_function,
    exponential,
    gaussian,
    geometric,
    hermite_polynomial,
    leaky_relu,
    optimal,
    optimal_coefficients,
    sine,
    singular_exponent,
    theta_family,
)
from theory.ntk_classifiers import polynomial as from_coefficients

item = Proofs()

Z3: Any = z3  # its stubs give every expression a union of sorts that type checkers refuse

DEGREES = 5
"""Mehler's formula is expanded for all pairs of degrees up to this one."""


def positive(names: str):
    """Positive symbols."""
    return sp.symbols(names, positive=True)


def _normal_moment(k: int) -> int:
    return 0 if k % 2 else int(sp.factorial2(k - 1)) if k else 1


@item("dual_activation_moments", source="Section 2, dual activations (Mehler)")
def mehler():
    """E h_j(u) h_k(v) = [j = k] t^k for degrees up to 5."""
    u, z, t = sp.symbols("u z t", real=True)
    c = sp.sqrt(1 - t**2)
    parts = []
    for j in range(DEGREES + 1):
        for k in range(j, DEGREES + 1):
            product = hermite_polynomial(j, u) * hermite_polynomial(k, t * u + c * z)
            terms = sp.Poly(sp.expand(product), u, z).terms()
            mean = sum(v * _normal_moment(a) * _normal_moment(b) for (a, b), v in terms)
            parts.append(identity(sp.expand(mean), t**k if j == k else 0))
    return all_of(*parts)


@item("dual_activation_moments", source="Section 2, derivative of the dual (Price)")
def price():
    """F' as listed is the derivative of F, for every family."""
    t, w, slope = sp.symbols("t w beta", positive=True)
    families = [
        sine(w), cosine(w), centred_cosine(w), exponential(w), gaussian(w), geometric(w),
        error_function(w), leaky_relu(slope), centred_leaky_relu(slope), optimal(1), optimal(4),
        theta_family(w, sp.Rational(1, 2)),
    ]  # fmt: skip
    inside = {t: ("0.1", "0.6"), w: ("0.2", "0.9"), slope: ("0.2", "0.9")}

    def part(f):
        left, right = sp.diff(f.dual(t), t), f.dual_derivative(t)
        free = sp.sympify(left).free_symbols | sp.sympify(right).free_symbols
        return identity(left, right, ranges={k: v for k, v in inside.items() if k in free})

    return all_of(*(part(f) for f in families))


def _share_polynomial(t, e):
    """F of phi_d with e = 2^{-d/2}, over Z3's reals: theory's own Horner form."""
    return from_coefficients([0, e, 1 - 2 * e, e])


@item("singular_kernel_limit", source="singular kernels, convergence")
def schroeder_monotone():
    """a t <= F(t) < t, F' > 0, F'' > 0 on (0, 1), F'(1) > 1, phi_1 and phi_d: t_L/a^L rises to its
    limit.
    """
    t, e = Z3.Reals("t e")
    f = _share_polynomial(t, e)
    inside = [t > 0, t < 1, e > 0, 2 * e <= 1]
    return all_of(
        polynomial(f.dual(t) < t, assumptions=inside),
        polynomial(f.dual(t) >= e * t, assumptions=inside),
        polynomial(f.dual_derivative(t) > 0, assumptions=inside),
        *_convexity(),
    )


def _convexity() -> tuple[Result, ...]:
    """F'' > 0 on (0, 1] for phi_d (any e in (0, 1/2]) and phi_1, and phi_1 under the diagonal."""
    x, share = sp.symbols("x e", positive=True)
    t, e = Z3.Reals("t e")
    inside = [t > 0, t <= 1, e > 0, 2 * e <= 1]
    curvature = sp.diff(_share_polynomial(x, share).dual(x), x, 2)
    seventh = optimal(1)
    u = Z3.Real("u")
    half = Z3.RealVal("1/2")
    below = from_coefficients([0, half, 0, 0, 0, 0, 0, half])
    unit = [u > 0, u < 1]
    return (
        identity(curvature, 2 * (1 - 2 * share) + 6 * share * x),
        polynomial(2 * (1 - 2 * e) + 6 * e * t > 0, assumptions=inside),
        identity(sp.diff(seventh.dual(x), x, 2), 21 * x**5),
        polynomial(below.dual(u) < u, assumptions=unit),
        polynomial(2 * below.dual(u) >= u, assumptions=unit),
        polynomial(21 * u * u * u * u * u > 0, assumptions=unit),
        identity(_share_polynomial(x, share).slope_at_one, 2),
        identity(seventh.slope_at_one, 4),
    )


@item("singular_exponent", source="singular kernels, bounds on R")
def two_sided_fall():
    """b s - F''(1) s^2/2 <= 1 - F(1-s) <= b s on [0, 1], phi_1 and phi_d."""
    s, e = Z3.Reals("s e")
    f = _share_polynomial(s, e)
    inside = [s >= 0, s <= 1, e > 0, 2 * e <= 1]
    curvature = 2 + 2 * e  # F''(1)
    seventh = optimal(1)
    x = Z3.Real("x")
    half = Z3.RealVal("1/2")
    seven = from_coefficients([0, half, 0, 0, 0, 0, 0, half])
    t = sp.Symbol("t")
    derivative = sp.diff(seventh.dual(t), t, 2).subs(t, 1)
    return all_of(
        identity(derivative, 21),
        polynomial(f.fall(s) <= 2 * s, assumptions=inside),
        polynomial(f.fall(s) >= 2 * s - curvature * s * s / 2, assumptions=inside),
        polynomial(seven.fall(x) <= 4 * x, assumptions=[x >= 0, x <= 1]),
        polynomial(2 * seven.fall(x) >= 8 * x - 21 * x * x, assumptions=[x >= 0, x <= 1]),
    )


@item("explicit_optimal_activations", "singular_exponent", source="explicit optimal activations")
def explicit_activation():
    """phi_d: coefficients >= 0 iff d >= 2, sum 1, F'(1) = 2, alpha = d; phi_1: alpha = 1."""
    d = positive("d")
    coefficients = optimal_coefficients(d)
    f = from_coefficients(coefficients)
    e = Z3.Real("e")
    one = optimal(1)
    return all_of(
        identity(sum(coefficients), 1),
        identity(f.slope_at_one, 2),
        identity(sp.expand_log(singular_exponent(f), force=True), d),
        # 1 - 2e >= 0 if and only if e = 2^{-d/2} <= 1/2, that is d >= 2
        polynomial((1 - 2 * e >= 0) == (e <= Z3.RealVal("1/2"))),
        identity(coefficients[2].subs(d, 2), 0),
        identity(sp.expand_log(sp.sympify(singular_exponent(one))), 1),
    )


@item("singular_kernel_limit", source="derived: see geometric and theta_family")
def solvable_families():
    """geometric and theta families: depth L replaces a by a^L; Theta_L by induction."""
    a, q, t, p, theta, layers = positive("a q t p theta L")

    def at(ratio):  # t_L of the geometric family with a^L = ratio
        return geometric(ratio).dual(t)

    def ntk(ratio, depth):
        top = (depth + 1) * t * (1 - t) + t**2 * (1 - a * ratio) / (1 - a)
        return ratio * top / (1 - (1 - ratio) * t) ** 2

    f = geometric(a)
    inside = {a: ("0.1", "0.9"), q: ("0.1", "0.9"), t: ("0.1", "0.9")}
    return all_of(
        identity(f.dual(at(q)), at(a * q), ranges=inside),
        identity(
            at(a * q) + ntk(q, layers) * f.dual_derivative(at(q)), ntk(a * q, layers + 1),
            ranges=inside,
        ),
        identity(ntk(sp.Integer(1), 0), t, ranges=inside),
        # theta family, a = 1/(1 + p): u = s^-theta - 1 is multiplied by a in each layer
        identity(
            sp.powsimp(sp.powdenest(power(theta_family(1 / (1 + p), theta).fall(t), -theta))),
            1 + (power(t, -theta) - 1) / (1 + p),
            ranges={p: ("0.1", "3"), t: ("0.1", "0.9"), theta: ("0.1", "0.9")},
        ),
    )  # fmt: skip


@item(
    "ntk_recursion",
    "ntk_recursion_two_layers",
    "ntk_bias_falls_as_one_over_width",
    source="derived: see deepen",
)
def ntk_unrolled():
    """Theta_L = sum_l t_l prod_{k >= l} F'(t_k)."""
    t = sp.Symbol("t", positive=True)
    f = optimal(4)
    levels, theta = [t], t
    for _ in range(2):
        theta = f.dual(levels[-1]) + theta * f.dual_derivative(levels[-1])
        levels.append(f.dual(levels[-1]))
    unrolled = 0
    for start, level in enumerate(levels):
        product = level
        for k in range(start, len(levels) - 1):
            product = product * f.dual_derivative(levels[k])
        unrolled = unrolled + product
    return identity(theta, unrolled)
