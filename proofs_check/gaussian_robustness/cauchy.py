"""Heavy tails: the Cauchy model in closed form."""

from collections.abc import Callable

import sympy
import z3

import theory.gaussian_robustness as gr
from proofs_check import Proofs, Status, all_of, exact, identity, inequality, polynomial, reals
from theory import Ball, arctan, cauchy_cdf, cauchy_pdf, pi, sqrt

item = Proofs()

m, h, t, R = sympy.symbols("m h t R", positive=True)
x = sympy.Symbol("x", real=True)


@item("stable_optimal_offset", "stable_optimal_offset_roots")
def cauchy_stationarity():
    """R f(m+h) = f(m-h) iff the quadratic vanishes; its root."""
    cleared = (R * cauchy_pdf(m + h) - cauchy_pdf(m - h)) * pi.resolve("sympy")
    cleared = cleared * (1 + (m + h) ** 2) * (1 + (m - h) ** 2)
    # the root in terms of D, with D^2 then replaced by the discriminant
    D = sympy.Symbol("D", nonnegative=True)
    discriminant = 4 * R * m**2 - (R - 1) ** 2
    small = (R - 1) * (1 + m**2) / (m * (R + 1) + D)
    left = sympy.numer(sympy.together(gr.cauchy_quadratic(m, small, R)))
    return all_of(
        identity(cleared, gr.cauchy_quadratic(m, h, R)),
        identity(sympy.rem(left, D**2 - discriminant, D), 0),
        identity(gr.cauchy_offset(m, R).subs(sympy.sqrt(discriminant), D), small),
    )


@item("stable_optimal_offset")
def cauchy_discriminant():
    """real roots iff (R-1)^2 <= 4Rm^2 iff R <= (m + sqrt(1+m^2))^2."""
    m_, R_ = reals("m R")
    discriminant = (m_ * (R_ + 1)) ** 2 - (R_ - 1) ** 2 * (1 + m_**2)
    edge = gr.cauchy_local_threshold(m).rewrite(sympy.log)
    return all_of(
        polynomial((discriminant >= 0) == (4 * R_ * m_**2 >= (R_ - 1) ** 2)),
        identity(edge, (m + sympy.sqrt(1 + m**2)) ** 2),
        identity(sympy.expand((edge - 1) ** 2), 4 * edge * m**2),
    )


@item("cauchy_disparity_sign_flip")
def cauchy_turning_margin():
    """dh/dm = 0 at m = cosh(t/2), h = sinh(t/2): m^2 - h^2 = 1."""
    u = sympy.Symbol("u", positive=True)  # sqrt(R)
    turning, offset = (u**2 + 1) / (2 * u), (u**2 - 1) / (2 * u)
    return all_of(
        identity(gr.cauchy_turning_margin(sympy.exp(2 * t)), sympy.cosh(t)),
        identity(gr.cauchy_quadratic(turning, offset, u**2), 0),
        identity(turning + offset, u),
        identity((turning - offset) * (turning + offset), 1),
    )


@item("cauchy_disparity_sign_flip")
def cauchy_score_difference():
    """psi(m-h) = psi(m+h) iff (m-h)(m+h) = 1."""
    f = cauchy_pdf(x)
    psi = sympy.diff(f, x) / f
    low, high = m - h, m + h
    difference = psi.subs(x, low) - psi.subs(x, high)
    return identity(difference, 4 * h * (1 - low * high) / ((1 + low**2) * (1 + high**2)))


@item("cauchy_disparity_sign_flip")
def cauchy_offset_rises_beyond_turning():
    """dh/dm > 0 iff m > cosh(t/2)."""
    m_, h_, R_ = reals("m h R")
    quadratic = (R_ - 1) * h_**2 - 2 * m_ * (R_ + 1) * h_ + (R_ - 1) * (1 + m_**2)
    smaller = [R_ > 1, m_ > 0, h_ > 0, quadratic == 0, (R_ - 1) * h_ < m_ * (R_ + 1)]
    slope = (R_ - 1) * m_ - (R_ + 1) * h_  # of the sign of dh/dm
    beyond = 4 * R_ * m_**2 - (R_ + 1) ** 2
    return all_of(
        polynomial(slope > 0, assumptions=[*smaller, beyond > 0]),
        polynomial(slope < 0, assumptions=[*smaller, beyond < 0]),
    )


@item("stable_trivial_threshold")
def cauchy_half_margin_threshold():
    """R_c(1/2) = 2."""
    slope = 2 * cauchy_pdf(x) - cauchy_pdf(x + 1)
    cleared = slope * sympy.pi * (1 + x**2) * (1 + (x + 1) ** 2)
    (point,) = reals("x")
    g = (point + 1) * (point + 3)
    return all_of(
        identity(cleared, (x + 1) * (x + 3)),
        identity(2 * cauchy_cdf(sympy.Integer(-1)) - cauchy_cdf(sympy.Integer(0)), 0),
        polynomial(z3.And(z3.Implies(point < -3, g > 0), z3.Implies(point > -1, g > 0))),
        polynomial(z3.Implies(z3.And(point > -3, point < -1), g < 0)),
    )


def sign_change(f: Callable[[Ball], Ball], low: str, high: str) -> bool:
    """f(low) < 0 < f(high), in Arb."""
    below, above = f(Ball(low)) < 0, f(Ball(high)) > 0
    return below.truth is True and above.truth is True


THRESHOLDS = {
    1: ("3.5025023", "3.5025024"), 2: ("7.4181126", "7.4181127"), 5: ("21.8065066", "21.8065067"),
    10: ("48.3999979", "48.3999980"), 50: ("279.896543", "279.896544"),
}  # fmt: skip


@item("stable_trivial_threshold")
def cauchy_thresholds_certified():
    """R_c(1), R_c(2), R_c(5), R_c(10), R_c(50) to 7 digits."""
    return exact(
        lambda: all(
            sign_change(lambda R, m=m_: gr.cauchy_threshold_residual(Ball(m), R), *ends)
            for m_, ends in THRESHOLDS.items()
        ),
        "Arb signs of R F(-m-h) - F(m-h) at both ends of five intervals",
    )


@item("cauchy_disparity_sign_flip")
def cauchy_crossing_certified():
    """R_x = 4.60057048.. solves R = 1 + pi/(2 arctan R^-1/2)."""
    return exact(
        lambda: sign_change(
            lambda R: R - 1 - pi / (2 * arctan(1 / sqrt(R))), "4.60057048", "4.60057049"
        ),
        "Arb signs at both ends of an interval of 1e-8",
    )


def fall(R, rob, growth):
    """What the disparity loses from the margin growth rob to rob."""
    m = rob * growth
    standard, robust = gr.cauchy_offset(m, R), gr.cauchy_offset(rob, R)
    return gr.cauchy_disparity(m, standard) - gr.cauchy_disparity(m, robust)


@item("cauchy_disparity_sign_flip")
def cauchy_flip_certified():
    """the disparity falls on R in [5,10], m_rob in [3,4], growth in [1.2,2]."""
    return inequality(fall, {"R": (5, 10), "rob": (3, 4), "growth": ("1.2", 2)}, strict=True)


@item(source="derived", expected=Status.REFUTED)
def cauchy_gap_always_positive():
    """robustness raises the disparity for Cauchy noise too.

    False: the interval holds R = 5 at margins 5 and 3.
    """
    return inequality(lambda R: -fall(R, Ball(3), Ball(5) / 3), {"R": (2, 8)})


@item(source="derived", expected=Status.REFUTED)
def cauchy_local_optimum_suffices():
    """the stationary rule beats the constant one up to R*.

    False: at m = 2 a stationary offset exists up to R* = 17.9, but R_c = 7.42.
    """
    return inequality(
        lambda R: 1 / (1 + R) - gr.cauchy_error(Ball(2), gr.cauchy_offset(Ball(2), R), R),
        {"R": (2, 17)},
    )


@item("stable_trivial_threshold")
def tails_decide_the_threshold():
    """F(x+2m)/F(x) -> 1 (Cauchy); the normal ratio -> inf."""
    y = sympy.Symbol("y", positive=True)
    cauchy = sympy.atan(1 / (y - 2 * m)) / sympy.atan(1 / y)  # F(-y) = atan(1/y)/pi for y > 1
    mills = sympy.exp(y**2 / 2 - (y - 2 * m) ** 2 / 2)
    return exact(
        lambda: [sympy.limit(f, y, sympy.oo) for f in (cauchy, mills)] == [1, sympy.oo],
        "SymPy limits: Cauchy tails shift for nothing, normal densities do not",
    )


@item("stable_balanced_degradation")
def balanced_offset_is_zero():
    """(m - h)^2 <= (m + h)^2: f(m-h) >= f(m+h) for unimodal f."""
    m_, h_ = reals("m h")
    return polynomial((m_ - h_) ** 2 <= (m_ + h_) ** 2, assumptions=[m_ > 0, h_ >= 0])


@item("imbalance_effect")
def gaussian_offset_slope():
    """h = log(R)/(2m) has dh/dm = -h/m."""
    return identity(sympy.diff(gr.optimal_offset(m, R), m), -gr.optimal_offset(m, R) / m)
