"""The Gaussian optimum, duality and the logistic loss."""

from typing import Any

import sympy
import z3

import theory.gaussian_robustness as gr
from proofs_check import Proofs, Status, all_of, identity, inequality, polynomial, reals
from theory import exp, expm1, log, normal_pdf

item = Proofs()

s, k, s_r, m, h, t, a, R = sympy.symbols("s k s_r m h t a R", positive=True)
x = sympy.Symbol("x", real=True)


@item("gaussian_optimal_standard")
def best_offset_stationary():
    """d error/dh = 0 at h = log(R)/(2m)."""
    slope = sympy.diff(gr.population_error(m, h, R), h)
    return identity(slope.subs(h, gr.optimal_offset(m, R)), 0)


def both_densities(m, h, R=1):
    """R phi(m + h) + phi(m - h)."""
    return R * normal_pdf(m + h) + normal_pdf(m - h)


@item("gaussian_optimal_standard_best")
def error_falls_in_margin():
    """d error/dm < 0 at every fixed offset."""
    slope = sympy.diff(gr.population_error(m, h, R), m) * (1 + R)
    return all_of(
        identity(-slope, both_densities(m, h, R)),
        inequality(both_densities, {"m": (-5, 5), "h": (-5, 5), "R": (1, 100)}, strict=True),
    )


@item("small_eps_scaling")
def lagrange_identity():
    """s^2 - k^2 for r = mu - eps sgn(mu), d = 2, 3, 4."""
    eps = sympy.Symbol("eps", positive=True)
    parts = []
    for d in (2, 3, 4):
        mu = sympy.symbols(f"mu1:{d + 1}", positive=True)
        r = [value - eps for value in mu]
        length, l1 = sympy.sqrt(sum(v**2 for v in mu)), sum(mu)
        natural = sum(v * w for v, w in zip(mu, r, strict=True)) ** 2 / sum(w**2 for w in r)
        parts.append(identity(length**2 - natural, gr.squared_margin_loss(length, l1, d, eps)))
    return all_of(*parts)


@item("effect_decomposition_parts")
def disparity_falls_in_margin():
    """dG/dm = -phi(m+h)(e^(2mh) - 1) < 0 for m, h > 0."""
    box = {"m": ("0.01", 10), "h": ("0.01", 10)}
    formula = -normal_pdf(m + h) * (sympy.exp(2 * m * h) - 1)
    return all_of(
        identity(sympy.diff(gr.disparity(m, h), m), formula),
        inequality(lambda m, h: expm1(2 * m * h), box, strict=True),
    )


@item("imbalance_effect", "effect_decomposition_parts")
def disparity_rises_in_offset():
    """dG/dh = phi(m+h) + phi(m-h) > 0."""
    return all_of(
        identity(sympy.diff(gr.disparity(m, h), h), both_densities(m, h)),
        inequality(both_densities, {"m": (0, 10), "h": (0, 10)}, strict=True),
    )


@item("majority_gain_threshold")
def majority_gain_equality():
    """k + h_r = s + h_s at R_maj."""
    s = s_r + a
    R_maj = gr.majority_gain_threshold(s, k, s_r)
    return identity(k + gr.optimal_offset(s_r, R_maj), s + gr.optimal_offset(s, R_maj))


@item("large_r_rate")
def minority_half_equality():
    """k = h_r at R = exp(2 k s_r)."""
    return identity(k - gr.optimal_offset(s_r, gr.minority_half_threshold(k, s_r)), 0)


@item(source="abstract, read as a net effect", repaired_by="majority_gain_threshold")
def majority_never_gains():
    """Phi(k + h_r) <= Phi(s + h_s).

    False: s = 2.4, k = 2.25, s_r = 1.16 lies in the box.
    """
    return inequality(
        lambda s, k, s_r, R: (
            gr.majority_accuracy(s, gr.optimal_offset(s, R))
            - gr.majority_accuracy(k, gr.optimal_offset(s_r, R))
        ),
        {"s": ("2.3", "2.5"), "k": ("2.2", "2.3"), "s_r": (1, "1.2"), "R": (2, 10)},
    )


@item("unequal_variance_optimum", source="Xu et al. 2021, with priors")
def unequal_variance_stationarity():
    """at the closed form the weighted densities agree."""
    q, scale = sympy.symbols("q scale", positive=True)
    K = sympy.sqrt(1 + scale**2)  # > 1
    odds = K * sympy.exp(-q * scale**2 / 2)
    B = 2 * a / scale**2
    c = B - K * sympy.sqrt(B**2 + q) + a
    # the formula has its roots in denominators, where nothing cancels as K -> 1
    plus, minus = (
        value.replace(sympy.erfc, lambda x: sympy.erfc(sympy.simplify(sympy.radsimp(x))))
        for value in gr.unequal_variance_errors(a, K, odds, 0)
    )
    log_ratio = log(odds / K) - ((a + c) / K) ** 2 / 2 + (c - a) ** 2 / 2
    return all_of(
        identity(gr.unequal_variance_error(a, K, odds, c), (odds * plus + minus) / (1 + odds)),
        identity(sympy.expand_log(log_ratio, force=True), 0),
    )


def size(value: Any) -> Any:
    """|value| in Z3."""
    return z3.If(value >= 0, value, -value)


@item("robust_margin_certificate")
def hoelder_linf():
    """w.z <= eps |w|_1 for |z|_inf <= eps, d = 3."""
    w, z, (eps,) = reals("w1 w2 w3"), reals("z1 z2 z3"), reals("eps")
    inner = sum(a * b for a, b in zip(w, z, strict=True))
    inside = [size(v) <= eps for v in z]
    return polynomial(inner <= eps * sum(size(v) for v in w), assumptions=inside)


@item("robust_margin_certificate", "robust_margin_order")
def hoelder_l2():
    """(w.z)^2 <= |w|^2 |z|^2, d = 2."""
    w1, w2, z1, z2 = reals("w1 w2 z1 z2")
    return polynomial((w1 * z1 + w2 * z2) ** 2 <= (w1**2 + w2**2) * (z1**2 + z2**2))


@item(source="derived", expected=Status.REFUTED)
def hoelder_wrong_norm():
    """w.z <= |w|_inf for |z|_inf <= 1.

    False: the price of an l_inf attack is |w|_1, not |w|_inf.
    """
    w1, w2, z1, z2 = reals("w1 w2 z1 z2")
    largest = z3.If(size(w1) >= size(w2), size(w1), size(w2))
    inside = [size(z1) <= 1, size(z2) <= 1]
    return polynomial(w1 * z1 + w2 * z2 <= largest, assumptions=inside)


@item("adversarial_logistic_minimiser")
def posterior_is_logistic():
    """log odds of the shifted classes = 2 r x/sigma^2 + log R."""
    r, sigma = sympy.symbols("r sigma", positive=True)
    ratio = R * normal_pdf((x - r) / sigma) / normal_pdf((x + r) / sigma)
    log_odds = sympy.simplify(sympy.expand_log(sympy.log(ratio), force=True))
    return identity(log_odds, 2 * r * x / sigma**2 + sympy.log(R))


@item("adversarial_logistic_minimiser")
def logistic_is_convex():
    """log(1 + e^-u) is convex."""

    def curvature(x):
        return 1 / (exp(x) + 2 + exp(-x))

    second = sympy.diff(sympy.log(1 + sympy.exp(-x)), x, 2)
    return all_of(
        identity(second, curvature(x)), inequality(curvature, {"x": (-40, 40)}, strict=True)
    )


@item("disparity_slope")
def offset_balances_densities():
    """phi(s + h)/phi(s - h) = 1/R at h = log(R)/(2s)."""
    h = gr.optimal_offset(s, R)
    return identity(R * normal_pdf(s + h), normal_pdf(s - h))


@item("disparity_slope")
def disparity_slope_formula():
    """d/ds of G(s, log(R)/(2s))."""
    return identity(sympy.diff(gr.optimal_disparity(s, R), s), gr.disparity_slope(s, R))


@item(expected=Status.REFUTED)
def disparity_slope_without_inverse_r():
    """the same without the 1/R terms."""
    wrong = -normal_pdf(s - gr.optimal_offset(s, R)) * (1 + log(R) / (2 * s**2))
    return identity(sympy.diff(gr.optimal_disparity(s, R), s), wrong)


@item("disparity_gap_positive")
def optimal_disparity_falls():
    """AD of the best rule falls as its margin grows."""

    def bracket(s, t):  # theory's slope is minus a density times it
        return (1 - exp(-t)) + (1 + exp(-t)) * t / (2 * s**2)

    slope = -normal_pdf(s - t / (2 * s)) * bracket(s, t)
    return all_of(
        identity(gr.disparity_slope(s, sympy.exp(t)), slope),
        inequality(bracket, {"s": ("0.05", 10), "t": ("0.001", 20)}, strict=True),
    )
