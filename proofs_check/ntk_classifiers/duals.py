"""Dual activations, the explicit activations and the exactly solvable families."""

from typing import Any

import sympy as sp
import z3

import theory.ntk_classifiers as ntk
from proofs_check import Proofs, Result, all_of, identity, polynomial, reals
from theory import power

item = Proofs()

Z3: Any = z3  # its stubs give every expression a union of sorts that type checkers refuse

DEGREES = 5
"""Mehler's formula is expanded for all pairs of degrees up to this one."""


def positive(names: str):
    """Positive symbols."""
    return sp.symbols(names, positive=True)


@item("dual_activation_moments", source="Section 2, dual activations (Mehler)")
def mehler():
    """E h_j(u) h_k(v) = [j = k] t^k for degrees up to 5."""
    u, z, t = sp.symbols("u z t", real=True)
    v = t * u + sp.sqrt(1 - t**2) * z
    moments = [0 if k % 2 else sp.factorial2(k - 1) for k in range(2 * DEGREES + 1)]
    parts = []
    for j in range(DEGREES + 1):
        for k in range(j, DEGREES + 1):
            product = ntk.hermite_polynomial(j, u) * ntk.hermite_polynomial(k, v)
            terms = sp.Poly(sp.expand(product), u, z).terms()
            mean = sum(c * moments[a] * moments[b] for (a, b), c in terms)
            parts.append(identity(sp.expand(mean), t**k if j == k else 0))
    return all_of(*parts)


@item("dual_activation_moments", source="Section 2, derivative of the dual (Price)")
def price():
    """F' as listed is the derivative of F, for every family."""
    t, w, slope = positive("t w beta")
    in_w = (
        ntk.sine, ntk.cosine, ntk.centred_cosine, ntk.exponential, ntk.gaussian, ntk.geometric,
        ntk.error_function, lambda w: ntk.theta_family(w, sp.Rational(1, 2)),
    )  # fmt: skip
    families = [
        *(make(w) for make in in_w), *(ntk.optimal(d) for d in (1, 4)),
        *(make(slope) for make in (ntk.leaky_relu, ntk.centred_leaky_relu)),
    ]  # fmt: skip
    inside = {t: ("0.1", "0.6"), w: ("0.2", "0.9"), slope: ("0.2", "0.9")}

    def part(f):
        left, right = sp.diff(f.dual(t), t), f.dual_derivative(t)
        free = sp.sympify(left).free_symbols | sp.sympify(right).free_symbols
        return identity(left, right, ranges={k: v for k, v in inside.items() if k in free})

    return all_of(*(part(f) for f in families))


def cubic(e):
    """F of phi_d with e = 2^{-d/2}, for any evaluator: theory's own Horner form."""
    return ntk.polynomial([0, e, 1 - 2 * e, e])


def seventh():
    """F of phi_1 over Z3's reals."""
    half = Z3.RealVal("1/2")
    return ntk.polynomial([0, half, 0, 0, 0, 0, 0, half])


@item("singular_kernel_limit", source="singular kernels, convergence")
def schroeder_monotone():
    """a t <= F(t) < t, F' > 0, F'' > 0 on (0, 1), F'(1) > 1, phi_1 and phi_d: t_L/a^L rises to its
    limit.
    """
    t, e = reals("t e")
    f, inside = cubic(e), [t > 0, t < 1, e > 0, 2 * e <= 1]
    return all_of(
        polynomial(f.dual(t) < t, assumptions=inside),
        polynomial(f.dual(t) >= e * t, assumptions=inside),
        polynomial(f.dual_derivative(t) > 0, assumptions=inside),
        *convexity(),
    )


def convexity() -> tuple[Result, ...]:
    """F'' > 0 on (0, 1] for phi_d (any e in (0, 1/2]) and phi_1, and phi_1 under the diagonal."""
    x, share = positive("x e")
    t, e = reals("t e")
    own, one, below = cubic(share), ntk.optimal(1), seventh()
    unit = [t > 0, t < 1]
    return (
        identity(sp.diff(own.dual(x), x, 2), 2 * (1 - 2 * share) + 6 * share * x),
        polynomial(2 * (1 - 2 * e) + 6 * e * t > 0, assumptions=[t > 0, t <= 1, e > 0, 2 * e <= 1]),
        identity(sp.diff(one.dual(x), x, 2), 21 * x**5),
        polynomial(below.dual(t) < t, assumptions=unit),
        polynomial(2 * below.dual(t) >= t, assumptions=unit),
        polynomial(21 * t * t * t * t * t > 0, assumptions=unit),
        identity(own.slope_at_one, 2),
        identity(one.slope_at_one, 4),
    )


@item("singular_exponent", source="singular kernels, bounds on R")
def two_sided_fall():
    """b s - F''(1) s^2/2 <= 1 - F(1-s) <= b s on [0, 1], phi_1 and phi_d."""
    s, e = reals("s e")
    f, seven, t = cubic(e), seventh(), sp.Symbol("t")
    unit = [s >= 0, s <= 1]
    inside = [*unit, e > 0, 2 * e <= 1]
    return all_of(
        identity(sp.diff(ntk.optimal(1).dual(t), t, 2).subs(t, 1), 21),
        polynomial(f.fall(s) <= 2 * s, assumptions=inside),
        polynomial(f.fall(s) >= 2 * s - (2 + 2 * e) * s * s / 2, assumptions=inside),
        polynomial(seven.fall(s) <= 4 * s, assumptions=unit),
        polynomial(2 * seven.fall(s) >= 8 * s - 21 * s * s, assumptions=unit),
    )


@item("explicit_optimal_activations", "singular_exponent", source="explicit optimal activations")
def explicit_activation():
    """phi_d: coefficients >= 0 iff d >= 2, sum 1, F'(1) = 2, alpha = d; phi_1: alpha = 1."""
    d, (e,) = positive("d"), reals("e")
    coefficients = ntk.optimal_coefficients(d)
    f = ntk.polynomial(coefficients)
    return all_of(
        identity(sum(coefficients), 1),
        identity(f.slope_at_one, 2),
        identity(sp.expand_log(ntk.singular_exponent(f), force=True), d),
        # 1 - 2e >= 0 if and only if e = 2^{-d/2} <= 1/2, that is d >= 2
        polynomial((1 - 2 * e >= 0) == (e <= Z3.RealVal("1/2"))),
        identity(coefficients[2].subs(d, 2), 0),
        identity(sp.expand_log(sp.sympify(ntk.singular_exponent(ntk.optimal(1)))), 1),
    )


@item("singular_kernel_limit", source="derived: see geometric and theta_family")
def solvable_families():
    """geometric and theta families: depth L replaces a by a^L; Theta_L by induction."""
    a, q, t, p, theta, layers = positive("a q t p theta L")

    def at(ratio):  # t_L of the geometric family with a^L = ratio
        return ntk.geometric(ratio).dual(t)

    def of_ntk(ratio, depth):
        top = (depth + 1) * t * (1 - t) + t**2 * (1 - a * ratio) / (1 - a)
        return ratio * top / (1 - (1 - ratio) * t) ** 2

    f = ntk.geometric(a)
    deeper = at(a * q) + of_ntk(q, layers) * f.dual_derivative(at(q))
    inside = {a: ("0.1", "0.9"), q: ("0.1", "0.9"), t: ("0.1", "0.9")}
    theta_fall = ntk.theta_family(1 / (1 + p), theta).fall(t)
    return all_of(
        identity(f.dual(at(q)), at(a * q), ranges=inside),
        identity(deeper, of_ntk(a * q, layers + 1), ranges=inside),
        identity(of_ntk(sp.Integer(1), 0), t, ranges=inside),
        # theta family, a = 1/(1 + p): u = s^-theta - 1 is multiplied by a in each layer
        identity(
            sp.powsimp(sp.powdenest(power(theta_fall, -theta))),
            1 + (power(t, -theta) - 1) / (1 + p),
            ranges={p: ("0.1", "3"), t: ("0.1", "0.9"), theta: ("0.1", "0.9")},
        ),
    )


@item(
    "ntk_recursion", "ntk_recursion_two_layers", "ntk_bias_falls_as_one_over_width",
    source="derived: see deepen",
)  # fmt: skip
def ntk_unrolled():
    """Theta_L = sum_l t_l prod_{k >= l} F'(t_k)."""
    t, f = positive("t"), ntk.optimal(4)
    levels, theta = [t], t
    for _ in range(2):
        theta = f.dual(levels[-1]) + theta * f.dual_derivative(levels[-1])
        levels.append(f.dual(levels[-1]))
    slopes = [f.dual_derivative(level) for level in levels[:-1]]
    return identity(theta, sum(t_l * sp.prod(slopes[k:]) for k, t_l in enumerate(levels)))
