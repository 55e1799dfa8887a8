"""Infinite powerlaws: their integrals, obligatory overfitting, and the width it takes."""

import sympy as sp

import theory.random_features as rf
from proofs_check import Proofs, all_of, identity, inequality

item = Proofs()

alpha, beta, r, tau, s, g, x = sp.symbols("alpha beta r tau s g x", positive=True)
noise = sp.Symbol("noise", positive=True)


@item("powerlaw_occupation", source="Appendix, powerlaw lemmas")
def integral_of_occupation():
    """int_0^inf dx/(1 + kappa x^alpha) = C1 kappa^(-1/alpha).

    By SymPy at alpha = 2, 3 and 4, and as a beta function at any alpha.
    """
    results = []
    for exponent in map(sp.Integer, (2, 3, 4)):
        value = sp.integrate(1 / (1 + x**exponent), (x, 0, sp.oo))
        results.append(identity(value, rf.occupation_constant(exponent)))
    # u = x^alpha turns the general one into a beta function: B(1 - 1/alpha, 1/alpha)/alpha
    general = sp.gamma(1 - 1 / alpha) * sp.gamma(1 / alpha) / alpha
    results.append(identity(general, rf.occupation_constant(alpha), ranges={alpha: (2, 5)}))
    return all_of(*results)


@item("powerlaw_sums", source="Appendix, powerlaw lemmas")
def integral_of_bias():
    """C2 = Gamma(2-p) Gamma(p)/alpha = pi (alpha-beta+1)/(alpha^2 sin(pi p)).

    And (1-p) C4; in its printed form and without its 0/0.
    """
    p = (beta - 1) / alpha
    forms = (
        sp.gamma(2 - p) * sp.gamma(p) / alpha,
        sp.pi * (alpha - beta + 1) / (alpha**2 * sp.sin(sp.pi * p)),
        (1 - p) * sp.pi / (alpha * sp.sin(sp.pi * p)),
    )
    ranges = {alpha: (2, 3), beta: ("1.2", "2.8")}
    ours = rf.bias_constant(alpha, beta)
    return all_of(*(identity(form, ours, ranges=ranges) for form in forms))


# The optimal fitting ratio and obligatory overfitting


@item("optimal_fitting_ratio", "zero_ridge_iff", source="Theorem 2")
def stationarity_of_the_risk():
    """(1+(alpha-1)r)^2 (1-r)^beta d/dr [E(r)/E_0] = -(stationarity's left side)."""
    # x = 1 - r, so that powers combine
    slope = sp.diff(rf.relative_risk(alpha, beta, noise, r), r).subs(r, 1 - x)
    scaled = sp.powsimp(sp.expand(slope * (1 + (alpha - 1) * (1 - x)) ** 2 * x**beta))
    return identity(sp.expand(scaled), -rf.stationarity(alpha, beta, noise, 1 - x))


@item("optimal_fitting_ratio", source="Theorem 2")
def stationarity_is_decreasing():
    """the left side falls strictly on [0, 1], to alpha (1 - beta) < 0.

    Its derivative is -(alpha-1) beta [1 + alpha noise (1-r)^(beta-1)] < 0.
    """
    slope = sp.diff(rf.stationarity(alpha, beta, noise, r), r)
    sign = -(alpha - 1) * beta * (1 + alpha * noise * (1 - r) ** (beta - 1))
    at_one = rf.stationarity(alpha, beta, 0, sp.Integer(1))
    return all_of(identity(slope, sign), identity(at_one, alpha * (1 - beta)))


@item("obligatory_overfitting", source="derived: the tangent of a log-convex function")
def penalty_is_log_convex():
    """log[E(r)/E(0)] is convex with slope beta - alpha at r = 0.

    Its second derivative is (beta-1)/(1-r)^2 + (alpha-1)^2/(1+(alpha-1)r)^2.
    """
    penalty = -(beta - 1) * sp.log(1 - r) - sp.log(1 + (alpha - 1) * r)
    second = (beta - 1) / (1 - r) ** 2 + (alpha - 1) ** 2 / (1 + (alpha - 1) * r) ** 2
    return all_of(
        identity(sp.diff(sp.log(rf.relative_risk(alpha, beta, 0, r)) - penalty, r), 0),
        identity(sp.diff(penalty, r, 2), second),
        identity(sp.diff(penalty, r).subs(r, 0), beta - alpha),
        identity(penalty.subs(r, 0), 0),
    )


@item("obligatory_overfitting", source="derived: the tangent of a log-convex function")
def penalty_bound_on_a_box():
    """(1-r)^(1-beta)/(1+(alpha-1)r) > 1 + (beta-alpha) r on a box, in balls.

    alpha in [1.1, 3], beta - alpha in [0.1, 2], r in [0.05, 0.95].
    """
    return inequality(
        lambda a, g, x: rf.relative_risk(a, a + g, 0, x) - (1 + g * x),
        {"a": ("1.1", 3), "g": ("0.1", 2), "x": ("0.05", "0.95")}, strict=True, time_limit=20,
    )  # fmt: skip


# The width from which on overfitting is optimal


@item("width_threshold", source="derived: width_quadratic")
def width_threshold_derivative():
    """(tau/alpha)^2 dE/d(z/n) = -width_quadratic/alpha^2 at zero ridge, k = (1+tau) n.

    Zero ridge is s = 1, and a ridge makes s smaller: E rises away from it iff dE/ds <= 0. In units
    of n and C2 kappa^p at s = 1: c -> z/alpha, B1 -> s^(1-beta) and B2 -> p/(1-p) B1, E_0 -> alpha.
    """
    p, t, clean = (beta - 1) / alpha, 1 + tau, s ** (1 - beta)
    at = rf.Sums(s, s / alpha, s - s / alpha, clean, p / (1 - p) * clean)
    shape = (1 - p) * rf.test_risk(1, 1 / t, 1 - s, 1 - s / t, at, alpha * noise)
    slope = sp.simplify(sp.diff(shape, s).subs(s, 1)) * (tau / alpha) ** 2
    return identity(slope, -rf.width_quadratic(alpha, beta, noise, tau) / alpha**2)


@item("width_threshold", source="derived: width_threshold")
def width_threshold_root():
    """tau* is the root; noise-free 1+(1+sqrt((1+g)/(1-g)))/g, least at 3+2 sqrt2."""
    root = rf.width_threshold(alpha, alpha + g, noise) - 1
    clean = rf.width_threshold(alpha, alpha + g, 0)
    return all_of(
        identity(
            rf.width_quadratic(alpha, alpha + g, noise, root), 0,
            ranges={g: ("0.5", "0.9"), alpha: ("1.1", "1.5"), noise: ("0.01", "0.2")},
        ),
        identity(clean, 1 + (1 + sp.sqrt((1 + g) / (1 - g))) / g, ranges={g: ("0.1", "0.9")}),
        identity(clean.subs(g, 1 / sp.sqrt(2)), 3 + 2 * sp.sqrt(2)),
        identity(sp.diff(clean, g).subs(g, 1 / sp.sqrt(2)), 0),
    )  # fmt: skip
