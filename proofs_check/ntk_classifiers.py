"""The steps of the argument on infinitely deep networks, on theory's own formulas."""

from fractions import Fraction
from typing import Any

import sympy as sp
import z3

from proofs_check import Proof, Result, all_of, identity, inequality, polynomial
from theory import arcsin, cos, cosh, log, pi, power, rational, sin, sqrt
from theory.ntk_classifiers import (
    arc_cosine_excess,
    centred_cosine,
    centred_leaky_relu,
    cosine,
    error_function,
    exponential,
    gaussian,
    geometric,
    hermite_polynomial,
    lamperti_density,
    leaky_relu,
    majority_value,
    optimal,
    optimal_coefficients,
    relu_constant,
    sine,
    singular_exponent,
    theta_family,
    vote_accuracy,
)
from theory.ntk_classifiers import polynomial as from_coefficients

Z3: Any = z3  # its stubs give every expression a union of sorts that type checkers refuse

DEGREES = 5
"""Mehler's formula is expanded for all pairs of degrees up to this one."""

STEEPEST = "0.06067"
"""The smallest five-digit m with s - s' <= c s^{3/2} (1 + m s) on (0, 1]: 1/(pi c) - 1 = .06066."""


def _positive(names: str):
    return sp.symbols(names, positive=True)


# --------------------------------------------------------------------------------------------
# Dual activations


def _normal_moment(k: int) -> int:
    return 0 if k % 2 else int(sp.factorial2(k - 1)) if k else 1


def _mehler() -> Result:
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


def _price() -> Result:
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


# --------------------------------------------------------------------------------------------
# The explicit activations


def _share_polynomial(t, e):
    """F of phi_d with e = 2^{-d/2}, over Z3's reals: theory's own Horner form."""
    return from_coefficients([0, e, 1 - 2 * e, e])


def _contraction() -> Result:
    t, e = Z3.Reals("t e")
    f = _share_polynomial(t, e)
    inside = [t > 0, t < 1, e > 0, 2 * e <= 1]
    return all_of(
        polynomial(f.dual(t) < t, assumptions=inside),
        polynomial(f.dual(t) >= e * t, assumptions=inside),
        polynomial(f.dual_derivative(t) > 0, assumptions=inside),
    )


def _two_sided() -> Result:
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


def _explicit() -> Result:
    d = _positive("d")
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


# --------------------------------------------------------------------------------------------
# Exactly solvable families


def _solvable() -> Result:
    a, q, t, p, theta, layers = _positive("a q t p theta L")

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


def _unrolled() -> Result:
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


# --------------------------------------------------------------------------------------------
# ReLU


def _relu_contraction() -> Result:
    # y = sin(th/2) = sqrt(s/2); P = sin th - th cos th = pi (s - s'), c s^{3/2} = 8 y^3/(3 pi)
    th, m = sp.symbols("theta m", positive=True)
    y = sp.sin(th / 2)
    excess = sp.sin(th) - th * sp.cos(th)
    bound = sp.Rational(8, 3) * y**3 * (1 + 2 * m * y**2)
    slope = 2 * y * sp.cos(th / 2) * (2 * y + sp.Rational(20, 3) * m * y**3 - th)
    x = Z3.Real("x")
    steep = Fraction(STEEPEST)
    cubic = Fraction(20, 3) * steep
    rise = Z3.RealVal(str(3 * cubic / 2))  # (3/2) x the cubic's coefficient

    def upper(s):
        c = relu_constant()
        over = rational(steep.numerator, steep.denominator)
        return c * s * sqrt(s) * (1 + over * s) - arc_cosine_excess(s)

    def lower(s):
        return arc_cosine_excess(s) - relu_constant() * s * sqrt(s) * (1 + s / 20)

    def reach(y):
        return 2 * y + rational(cubic.numerator, cubic.denominator) * y**3 - 2 * arcsin(y)

    return all_of(
        # bound' - P' = 2 y cos(th/2) (2y + (20 m/3) y^3 - 2 asin y): both vanish at th = 0
        identity(sp.expand_trig(sp.diff(bound - excess, th) - slope), 0,
                 ranges={th: ("0.1", "1.5"), m: ("0.01", "0.1")}),
        # lower bound, m = 1/20: 2 asin y >= 2y + y^3/3, since its slope has (1-x)(1+x/2)^2 <= 1
        polynomial((1 - x) * (1 + x / 2) * (1 + x / 2) <= 1, assumptions=[x >= 0, x <= 1]),
        # upper bound: 2 asin y <= 2y + (20 m/3) y^3 while (1-x)(1 + rise x)^2 >= 1, y <= 2/5
        polynomial((1 - x) * (1 + rise * x) * (1 + rise * x) >= 1,
                   assumptions=[x >= 0, x <= Z3.RealVal("4/25")]),
        inequality(reach, {"y": ("0.4", "0.59")}),
        # from there on, on theory's own function: s = 2 y^2 >= .69
        inequality(upper, {"s": ("0.69", 1)}),
        inequality(lower, {"s": ("0.3", 1)}, strict=True),
    )  # fmt: skip


# --------------------------------------------------------------------------------------------
# Majority vote


def _fixed_point() -> Result:
    box = {"w": ("1.25", 8)}

    def convex(t, w):
        return w**2 * cosh(w * t) / cosh(w)

    t, w = sp.symbols("t w", positive=True)
    return all_of(
        identity(sp.diff(cosine(w).dual_derivative(t), t), convex(t, w)),
        inequality(convex, {"t": (0, 1), **box}, strict=True),
        inequality(lambda w: cosine(w).dual(0 * w), box, strict=True),
        inequality(lambda w: cosine(w).slope_at_one - 1, box, strict=True),
    )


def _majority() -> Result:
    n = 4
    q = sp.Symbol("q", positive=True)
    y = sp.Matrix(sp.symbols(f"y0:{n}", real=True))
    matrix = (1 - q) * sp.eye(n) + q * sp.ones(n, n)
    inverse = (sp.eye(n) - q * sp.ones(n, n) / (1 - q + n * q)) / (1 - q)
    value = (y.T * inverse * sp.ones(n, 1) * q)[0]
    return all_of(
        identity((matrix * inverse).applyfunc(sp.cancel), sp.eye(n)),
        identity(sp.cancel(value), majority_value(q, n, (sp.ones(1, n) * y)[0])),
    )


# --------------------------------------------------------------------------------------------
# Exponents


def _sine_exponent() -> Result:
    def gap(w):
        """(alpha - 1) log b: positive where alpha > 1, as log b > 0."""
        return -2 * log(sine(w).slope_at_zero) - log(sine(w).slope_at_one)

    return all_of(
        inequality(gap, {"w": ("0.25", 40)}, strict=True),
        inequality(lambda w: sine(w).slope_at_one - 1, {"w": ("0.25", 40)}, strict=True),
    )


def _erf_exponent() -> Result:
    th = _positive("theta")
    x = Z3.Real("x")
    # with c = sin th: a = sin th/th, b = a/cos th, and alpha < 1 means cos th < (sin th/th)^3
    scale = sp.sqrt(sp.sin(th) / (2 * (1 - sp.sin(th))))
    f = error_function(scale)
    inside = {th: ("0.1", "1.4")}
    return all_of(
        identity(sp.simplify(f.slope_at_zero * sp.asin(sp.sin(th))), sp.sin(th), ranges=inside),
        identity(
            sp.simplify(f.slope_at_one / f.slope_at_zero) ** 2, 1 / sp.cos(th) ** 2, ranges=inside
        ),
        # sin th >= th - th^3/6, cos th <= 1 - th^2/2 + th^4/24, x = th^2 < (pi/2)^2 < 5/2
        polynomial(
            (1 - x / 6) * (1 - x / 6) * (1 - x / 6) > 1 - x / 2 + x * x / 24,
            assumptions=[x > 0, x <= Z3.RealVal("5/2")],
        ),
        inequality(lambda th: (sin(th) / th) ** 3 - cos(th), {"th": ("0.2", "1.57")}, strict=True),
        inequality(lambda: rational(5, 2) - pi**2 / 4, {}, strict=True),
    )


# --------------------------------------------------------------------------------------------
# Risk


def _lamperti_density() -> Result:
    z, r = _positive("z r")
    accuracy = vote_accuracy(1 / (1 + z), r)  # eta = 1/(1 + z) has (1 - eta)/eta = z
    return identity(
        sp.diff(accuracy, z), -lamperti_density(z, r), ranges={z: ("0.1", 3), r: ("0.1", "0.9")}
    )


def _lamperti_symmetry() -> Result:
    z, r = _positive("z r")
    return identity(
        lamperti_density(1 / z, r) / z**2, lamperti_density(z, r),
        ranges={z: ("0.1", 3), r: ("0.1", "0.9")},
    )  # fmt: skip


PROOFS: tuple[Proof, ...] = (
    Proof(
        "mehler", "Section 2, dual activations (Mehler)",
        "E h_j(u) h_k(v) = [j = k] t^k for degrees up to 5", _mehler,
        supports=("dual_activation_moments",),
    ),
    Proof(
        "price", "Section 2, derivative of the dual (Price)",
        "F' as listed is the derivative of F, for every family", _price,
        supports=("dual_activation_moments",),
    ),
    Proof(
        "ntk_unrolled", "derived: see deepen",
        "Theta_L = sum_l t_l prod_{k >= l} F'(t_k)", _unrolled,
        supports=("ntk_recursion", "ntk_recursion_two_layers"),
    ),
    Proof(
        "schroeder_monotone", "singular kernels, convergence",
        "a t <= F(t) < t on (0, 1) for phi_d: t_L/a^L rises to its limit", _contraction,
        supports=("singular_kernel_limit",),
    ),
    Proof(
        "two_sided_fall", "singular kernels, bounds on R",
        "b s - F''(1) s^2/2 <= 1 - F(1-s) <= b s on [0, 1], phi_1 and phi_d", _two_sided,
        supports=("singular_exponent",),
    ),
    Proof(
        "explicit_activation", "explicit optimal activations",
        "phi_d: coefficients >= 0 iff d >= 2, sum 1, F'(1) = 2, alpha = d; phi_1: alpha = 1",
        _explicit, supports=("explicit_optimal_activations", "singular_exponent"),
    ),
    Proof(
        "solvable_families", "derived: see geometric and theta_family",
        "geometric and theta families: depth L replaces a by a^L; Theta_L by induction", _solvable,
        supports=("singular_kernel_limit",),
    ),
    Proof(
        "relu_contraction", "derived: see arc_cosine_excess",
        "c s^{3/2} (1 + s/20) <= s - s' <= c s^{3/2} (1 + .06067 s) on (0, 1], ReLU",
        _relu_contraction, supports=("majority_vote_relu", "majority_vote_relu_expansion"),
    ),
    Proof(
        "fixed_point_unique", "majority vote, B' > 1",
        "cos: F(0) > 0, F'(1) > 1 and F convex: one fixed point in (0, 1)", _fixed_point,
        supports=("majority_vote_supercritical",),
    ),
    Proof(
        "majority_value_formula", "majority vote, value",
        "y^T ((1-q) I + q J)^{-1} q 1 = q S/(1 - q + n q) (Sherman-Morrison; n = 4)", _majority,
        supports=("majority_vote_supercritical_nngp", "majority_vote_relu",
                  "majority_vote_smooth_critical", "majority_vote_subcritical"),
    ),
    Proof(
        "sine_exponent_above_one", "derived: see sine_exponent",
        "alpha(sin) > 1 for squared frequencies in [1/4, 40]", _sine_exponent,
        supports=("sine_never_optimal_on_the_circle", "sine_activation_exponent"),
    ),
    Proof(
        "erf_exponent_below_one", "derived: see erf_exponent",
        "alpha(erf) < 1 at every scale: cos th < (sin th/th)^3 on (0, pi/2)", _erf_exponent,
        supports=("erf_never_optimal",),
    ),
    Proof(
        "lamperti_density", "derived: see vote_accuracy",
        "d/dz P(vote = +1) = -density of (X/X')^r at z = (1-eta)/eta", _lamperti_density,
        supports=("risk_when_alpha_exceeds_d",),
    ),
    Proof(
        "lamperti_symmetry", "derived: see vote_accuracy",
        "the ratio's density is that of its inverse: P(eta) + P(1 - eta) = 1", _lamperti_symmetry,
        supports=("risk_when_alpha_exceeds_d",),
    ),
)  # fmt: skip
