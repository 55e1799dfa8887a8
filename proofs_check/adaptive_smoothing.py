"""Why a margin suffices and is needed, why the smoothed radius holds, and where the band ends."""

from typing import Any

import sympy
import z3

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import log, normal_pdf, normal_quantile
from theory.adaptive_smoothing.certificates import needed_margin

item = Proofs()
alpha, beta, sigma, m, s, t = sympy.symbols("alpha beta sigma m s t", positive=True)


def simplex(*values) -> Any:
    """Probabilities."""
    return [*(v >= 0 for v in values), sum(values) == 1]


@item("margin_lemma", "adaptive_floor")
def margin_suffices():
    """alpha (h_y - h_i) >= 1 - alpha: the mixture gives y at least what it gives i."""
    a, gy, gi, gk, hy, hi, hk = reals("alpha g_y g_i g_k h_y h_i h_k")
    given = [2 * a >= 1, a <= 1, *simplex(gy, gi, gk), *simplex(hy, hi, hk)]
    kept = (1 - a) * gy + a * hy >= (1 - a) * gi + a * hi
    return polynomial(kept, assumptions=[*given, a * (hy - hi) >= 1 - a])


@item("margin_lemma_necessary")
def margin_is_needed():
    """alpha (h_y - h_i) < 1 - alpha: the one-hot g_i = 1 makes i larger."""
    a, hy, hi = reals("alpha h_y h_i")
    return polynomial(a * hy < (1 - a) + a * hi, assumptions=[a * (hy - hi) < 1 - a])


@item(source="the margin 1 - alpha in place of (1 - alpha)/alpha", repaired_by="margin_lemma")
def smaller_margin_suffices():
    """h_y - h_i >= 1 - alpha: the mixture keeps y whatever g answers."""
    a, gy, gi, hy, hi = reals("alpha g_y g_i h_y h_i")
    inside = [gy >= 0, gi >= 0, gy + gi <= 1, hy >= 0, hi >= 0, hy + hi <= 1, 2 * a >= 1, a < 1]
    kept = (1 - a) * gy + a * hy >= (1 - a) * gi + a * hi
    return polynomial(kept, assumptions=[*inside, hy - hi >= 1 - a])


@item("alpha_gamma_margin", "alpha_gamma_margin_tanh")
def weight_of_gamma():
    """alpha = 1/(1 + e^-gamma): (1 - alpha)/alpha = e^-gamma; it is <= 1 iff alpha >= 1/2."""
    gamma = sympy.symbols("gamma", real=True)
    a = reals("a")[0]
    weight = 1 / (1 + sympy.exp(-gamma))
    return all_of(
        identity(needed_margin(weight), sympy.exp(-gamma)),
        identity((2 * weight - 1).rewrite(sympy.exp), sympy.tanh(gamma / 2).rewrite(sympy.exp)),
        polynomial((1 - a <= a) == (2 * a >= 1)),
    )


@item("lipschitz_radius")
def margin_falls_by_both_slopes():
    """h_y moves by at most r L_y and h_i by r L_i: the margin falls by at most r (L_y + L_i)."""
    y, i, y0, i0, ly, li, r = reals("h_y h_i h_y0 h_i0 L_y L_i r")
    near = [z3.And(v - w <= r * slope, w - v <= r * slope) for v, w, slope in
            ((y, y0, ly), (i, i0, li))]  # fmt: skip
    return polynomial(y - i >= y0 - i0 - r * (ly + li), assumptions=near)


@item("rs_radius")
def isoperimetric_profile_is_concave():
    """I(u) = phi(PhiInv(u)): I' = -PhiInv and I'' = -1/I, in the coordinate x = PhiInv(u).

    derived: so I(alpha u) >= alpha I(u), and PhiInv(alpha Phi(A - t)) >= PhiInv(alpha Phi(A)) - t
    """
    x = sympy.symbols("x", real=True)
    density = normal_pdf(x)
    first = sympy.diff(density, x) / density  # dI/du = (dI/dx)/(du/dx)
    return all_of(identity(first, -x), identity(sympy.diff(first, x) / density, -1 / density))


@item("rs_radius")
def profile_falls_slower_than_its_argument():
    """I(alpha u) > alpha I(u) for alpha in [1/20, 19/20], u in [1/20, 19/20], in balls."""

    def gap(a, u):
        return normal_pdf(normal_quantile(a * u)) - a * normal_pdf(normal_quantile(u))

    box = {"a": ("0.05", "0.95"), "u": ("0.05", "0.95")}
    return inequality(gap, box, strict=True, time_limit=30)


@item("rs_lipschitz_constant")
def largest_slope_of_a_smoothed_function():
    """sup E[hbar(Z) Z] over hbar in [0, 1] is E Z_+ = 1/sqrt(2 pi): half of E|Z|."""
    z = sympy.symbols("z", real=True)
    half = sympy.integrate(z * sympy.exp(-(z**2) / 2), (z, 0, sympy.oo)) / sympy.sqrt(2 * sympy.pi)
    return all_of(
        identity(half, 1 / sympy.sqrt(2 * sympy.pi)), identity(2 * half, sympy.sqrt(2 / sympy.pi))
    )


@item("binary_band_rule", "binary_band_rule_smoothed", "logistic_exact_radius")
def edge_of_the_band():
    """alpha (2 q - 1) = 1 - alpha at q = 1/(2 alpha), whose logit is -log(2 alpha - 1)."""
    q = 1 / (2 * alpha)
    a = sympy.symbols("delta", positive=True)  # 2 alpha - 1
    odds = (q / (1 - q)).subs(alpha, (1 + a) / 2)
    return all_of(
        identity(alpha * (2 * q - 1), 1 - alpha),
        identity(odds, 1 / a),
        identity(log(1 / a), -log(a)),
    )


@item("clean_optimal_alpha", "clean_optimal_beats_both")
def densities_balance_at_the_best_band():
    """d clean/dt = 0 iff f(t) (1 - A) = f(-t) A; f(t)/f(-t) = exp(2 m t/s^2) for N(m, s^2)."""
    A = sympy.symbols("A", positive=True)

    def f(z):
        return normal_pdf((z - m) / s) / s

    clean = cdf((m - t) / s) + (cdf((m + t) / s) - cdf((m - t) / s)) * A
    return all_of(
        identity(sympy.diff(clean, t), -f(t) * (1 - A) + f(-t) * A),
        identity(sympy.expand_log(sympy.log(f(t) / f(-t)), force=True), 2 * m * t / s**2),
    )


def cdf(x) -> Any:
    """Phi in SymPy."""
    return (1 + sympy.erf(x / sympy.sqrt(2))) / 2


@item("confidence_gap")
def hazard_rises():
    """(log Phi)'' = -r (x + r) < 0 with r = phi/Phi: Phi((m - t)/s)/Phi(m/s) rises in m.

    derived: log-concavity of Phi; the claim compares the ratio at m and at -m
    """
    x = sympy.symbols("x", real=True)
    ratio = normal_pdf(x) / cdf(x)
    return identity(sympy.diff(sympy.log(cdf(x)), x, 2), -ratio * (x + ratio))
