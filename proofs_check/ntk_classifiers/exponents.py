"""Singular exponents of sines, error functions and centred leaky ReLU; Lamperti's law."""

import sympy as sp

import theory.ntk_classifiers as ntk
from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from proofs_check.ntk_classifiers.duals import positive
from theory import cos, cosh, log, pi, rational, sin, sinh

item = Proofs()


@item(
    "sine_never_optimal_on_the_circle",
    "sine_activation_exponent",
    source="derived: see sine_exponent",
)
def sine_exponent_above_one():
    """alpha(sin) > 1 on [1/20, 40], rising on [1/4, 40], 1 + w^2/5 + ... at 0."""

    def gap(w):
        """(alpha - 1) log b: positive where alpha > 1, as log b > 0."""
        return -2 * log(ntk.sine(w).slope_at_zero) - log(ntk.sine(w).slope_at_one)

    def rise(w):
        """The numerator of alpha'(w)/2 for alpha = 2 p/q, p = ln(sinh w/w), q = ln(w coth w)."""
        p, q = log(sinh(w) / w), log(w * cosh(w) / sinh(w))
        coth = cosh(w) / sinh(w)
        return (coth - 1 / w) * q - p * (1 / w + 1 / coth - coth)

    w = positive("w")
    p, q = sp.log(sp.sinh(w) / w), sp.log(w * sp.cosh(w) / sp.sinh(w))
    series = sp.series(ntk.sine_exponent(w), w, 0, 4).removeO()
    return all_of(
        inequality(gap, {"w": ("0.05", 40)}, strict=True),
        inequality(lambda w: ntk.sine(w).slope_at_one - 1, {"w": ("0.05", 40)}, strict=True),
        identity(ntk.sine_exponent(w), 2 * p / q),
        identity(sp.diff(p, w) * q - p * sp.diff(q, w), rise(w), ranges={w: ("0.5", "3")}),
        inequality(rise, {"w": ("0.25", 40)}, strict=True),
        identity(series, 1 + w**2 / 5),
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
