"""Dual activations, explicit and exactly solvable ones; singular exponents; Lamperti's law."""

from typing import Any

import sympy as sp
import z3

import theory.ntk_classifiers as ntk
from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import cos, cosh, log, pi, power, rational, sin, sinh

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
    t, w = positive("t w")
    families = [make(w) for make in (
        ntk.sine, ntk.cosine, ntk.centred_cosine, ntk.exponential, ntk.gaussian, ntk.geometric,
        ntk.error_function, ntk.leaky_relu, ntk.centred_leaky_relu,
    )]  # fmt: skip
    families += [ntk.theta_family(w, sp.Rational(1, 2)), ntk.optimal(1), ntk.optimal(4)]
    inside = {t: ("0.1", "0.6"), w: ("0.2", "0.9")}

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
    limit."""
    t, e = reals("t e")
    x, share = positive("x e")
    f, own, one, below = cubic(e), cubic(share), ntk.optimal(1), seventh()
    unit = [t > 0, t < 1]
    inside = [*unit, e > 0, 2 * e <= 1]
    return all_of(
        polynomial(f.dual(t) < t, assumptions=inside),
        polynomial(f.dual(t) >= e * t, assumptions=inside),
        polynomial(f.dual_derivative(t) > 0, assumptions=inside),
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


# Singular exponents


@item(
    "sine_never_optimal_on_the_circle", "sine_activation_exponent",
    source="derived: see sine_exponent",
)  # fmt: skip
def sine_exponent_above_one():
    """alpha(sin) > 1 on [1/20, 40], rising on [1/4, 40], 1 + w^2/5 + ... at 0."""

    def gap(w):
        """(alpha - 1) log b: positive where alpha > 1, as log b > 0."""
        return -2 * log(ntk.sine(w).slope_at_zero) - log(ntk.sine(w).slope_at_one)

    def ratio(w):
        """(p, q) of alpha = 2 p/q."""
        return log(sinh(w) / w), log(w * cosh(w) / sinh(w))

    def rise(w):
        """The numerator of alpha'(w)/2."""
        (p, q), coth = ratio(w), cosh(w) / sinh(w)
        return (coth - 1 / w) * q - p * (1 / w + 1 / coth - coth)

    w = positive("w")
    p, q = ratio(w)
    return all_of(
        inequality(gap, {"w": ("0.05", 40)}, strict=True),
        inequality(lambda w: ntk.sine(w).slope_at_one - 1, {"w": ("0.05", 40)}, strict=True),
        identity(ntk.sine_exponent(w), 2 * p / q),
        identity(sp.diff(p, w) * q - p * sp.diff(q, w), rise(w), ranges={w: ("0.5", "3")}),
        inequality(rise, {"w": ("0.25", 40)}, strict=True),
        identity(sp.series(ntk.sine_exponent(w), w, 0, 4).removeO(), 1 + w**2 / 5),
    )


@item("centred_leaky_relu_exponent", source="derived: see centred_leaky_relu")
def centred_leaky_relu_exponent():
    """a < 1 < b; alpha falls from infinity (slope -1) to pi - 2 (slope 1)."""
    slope, v, k = sp.symbols("beta v k", positive=True)
    f = ntk.centred_leaky_relu(slope)
    share = 1 - 2 / sp.pi  # k
    # v = ((1-beta)/(1+beta))^2 falls from infinity to 0 on (-1, 1); a and b in terms of it
    at = ((1 - slope) / (1 + slope)) ** 2
    alpha = 2 * sp.log(1 + k * v) / (sp.log(1 + v) - sp.log(1 + k * v))
    rise = k * (1 + v) * sp.log(1 + v) - (1 + k * v) * sp.log(1 + k * v)
    x, y = reals("v k")
    near = {slope: ("0.1", "0.9")}
    return all_of(
        identity(f.slope_at_zero * (1 + share * at), 1, ranges=near),
        identity(f.slope_at_one * (1 + share * at), 1 + at, ranges=near),
        identity(sp.diff(at, slope), -4 * (1 - slope) / (1 + slope) ** 3, ranges=near),
        # 0 < k < 1, so that a = 1/(1 + k v) < 1 < (1 + v)/(1 + k v) = b
        inequality(lambda: 1 - 2 / pi, {}, strict=True),
        inequality(lambda: 2 / pi, {}, strict=True),
        polynomial(1 + y * x > 1, assumptions=[x > 0, y > 0]),
        polynomial(1 + x > 1 + y * x, assumptions=[x > 0, y < 1]),
        # d alpha/dv has the sign of rise, which is 0 at v = 0 and has a positive derivative:
        # alpha rises with v, and falls with beta
        identity(
            sp.diff(alpha, v) * (sp.log(1 + v) - sp.log(1 + k * v)) ** 2 * (1 + v) * (1 + k * v),
            2 * rise, ranges={v: ("0.1", 5), k: ("0.1", "0.9")},
        ),
        identity(sp.diff(rise, v), k * (sp.log(1 + v) - sp.log(1 + k * v))),
        identity(rise.subs(v, 0), 0),
        # ends: pi - 2 as beta -> 1 (v -> 0), infinity as beta -> -1 (v -> infinity)
        identity(sp.limit(alpha, v, 0, "+").subs(k, share), sp.pi - 2),
        identity(1 / sp.limit(alpha.subs(k, sp.Rational(1, 3)), v, sp.oo), 0),
        # on theory's own formula, in balls
        inequality(
            lambda beta: ntk.singular_exponent(ntk.centred_leaky_relu(beta)) - (pi - 2),
            {"beta": ("-0.9", "0.9")}, strict=True,
        ),
    )  # fmt: skip


@item("erf_never_optimal", source="derived: see erf_exponent")
def erf_exponent_below_one():
    """alpha(erf) < 1 at every scale: cos th < (sin th/th)^3 on (0, pi/2)."""
    th = positive("theta")
    (x,) = reals("x")
    # with c = sin th: a = sin th/th, b = a/cos th, and alpha < 1 means cos th < (sin th/th)^3
    scale = sp.sqrt(sp.sin(th) / (2 * (1 - sp.sin(th))))
    f = ntk.error_function(scale)
    inside = {th: ("0.1", "1.4")}
    return all_of(
        identity(sp.simplify(f.slope_at_zero * sp.asin(sp.sin(th))), sp.sin(th), ranges=inside),
        identity(
            sp.simplify(f.slope_at_one / f.slope_at_zero) ** 2, 1 / sp.cos(th) ** 2, ranges=inside
        ),
        # sin th >= th - th^3/6, cos th <= 1 - th^2/2 + th^4/24, x = th^2 < (pi/2)^2 < 5/2
        polynomial(
            (1 - x / 6) * (1 - x / 6) * (1 - x / 6) > 1 - x / 2 + x * x / 24,
            assumptions=[x > 0, 2 * x <= 5],
        ),
        inequality(lambda th: (sin(th) / th) ** 3 - cos(th), {"th": ("0.2", "1.57")}, strict=True),
        inequality(lambda: rational(5, 2) - pi**2 / 4, {}, strict=True),
    )


lamperti = ("risk_when_alpha_exceeds_d", "risk_on_the_sphere_when_alpha_exceeds_d")


@item(*lamperti, source="derived: see vote_accuracy")
def lamperti_density():
    """d/dz P(vote = +1) = -density of (X/X')^r at z = (1-eta)/eta."""
    z, r = positive("z r")
    accuracy = ntk.vote_accuracy(1 / (1 + z), r)  # eta = 1/(1 + z) has (1 - eta)/eta = z
    return identity(
        sp.diff(accuracy, z), -ntk.lamperti_density(z, r), ranges={z: ("0.1", 3), r: ("0.1", "0.9")}
    )


@item(*lamperti, source="derived: see vote_accuracy")
def lamperti_symmetry():
    """the ratio's density is that of its inverse: P(eta) + P(1 - eta) = 1."""
    z, r = positive("z r")
    return identity(
        ntk.lamperti_density(1 / z, r) / z**2, ntk.lamperti_density(z, r),
        ranges={z: ("0.1", 3), r: ("0.1", "0.9")},
    )  # fmt: skip
