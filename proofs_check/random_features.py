"""Random features: the eigenframework's algebra, more is better, overfitting and its width."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
import z3

from proofs_check._exact import exact
from proofs_check._identity import identity
from proofs_check._inequality import inequality
from proofs_check._polynomial import polynomial
from proofs_check._results import Proof, Result, all_of
from theory._formula import Ball
from theory.random_features import (
    Sums,
    bias,
    bias_constant,
    feature_equation,
    limiting_risk_shape,
    log_overfitting_penalty,
    marginal_values,
    occupation_constant,
    overfitting_coefficient,
    overfitting_penalty,
    paper_test_risk,
    penalty_lower_bound,
    printed_bias_constant,
    relative_risk,
    ridge_at,
    sample_equation,
    slope_at_zero_ridge_below_n,
    stationarity,
    sums,
    test_risk,
    unsquared_bias_constant,
    width_quadratic,
    width_threshold,
)
from theory.random_features._compress import NODES

n, k, gamma, kappa, delta = sp.symbols("n k gamma kappa delta", positive=True)
z, c, q, b, B1, B2, noise = sp.symbols("z c q b B1 B2 noise", positive=True)
alpha, beta, r, tau, s, t, eps = sp.symbols("alpha beta r tau s t eps", positive=True)
eigenvalue, coefficient = sp.symbols("lambda v2", positive=True)


def _reals(names: str) -> list[Any]:
    """Z3's real variables; typed loosely, because its operators are not typed at all."""
    return list(z3.Reals(names))


# --------------------------------------------------------------------------------------------
# P1 to P3: the paper's forms and the positive ones


def _elimination() -> Result:
    """kappa = gamma b/k solves the second equation; the first then says delta = gamma a b/k."""
    solved = gamma * (k - z) / k
    ridge = sp.solve(sample_equation(n, kappa, delta, z).subs(kappa, solved), delta)
    return all_of(
        identity(feature_equation(k, gamma, solved, z), 0),
        exact(len(ridge) == 1, "one solution for delta"),
        identity(ridge[0], ridge_at(gamma, n, 1 / k, z)),
        identity(k * ridge[0], gamma * (n - z) * (k - z)),
    )


def _prefactor() -> Result:
    """With q = z - c: n (k-q) - q (k-2z) - z^2 = ab + c(a+b), and what follows from it."""
    a, b_ = n - z, k - z
    q_ = z - c
    printed = 1 / (1 - (q_ * (k - 2 * z) + z**2) / (n * (k - q_)))
    return all_of(
        identity(n * (k - q_) - q_ * (k - 2 * z) - z**2, a * b_ + c * (a + b_)),
        identity(q_ * (k - 2 * z) + z**2, q_ * b_ + z * c),
        identity((q_ * (k - 2 * z) + z**2) / (k - q_), z - b_ * c / (b_ + c)),
        identity(printed, overfitting_coefficient(n, 1 / k, a, b_ / k, c)),
    )


def _bias() -> Result:
    """Mode by mode: the printed bias is [gamma^2 + c/(b+c) lambda gamma]/(lambda+gamma)^2 >= 0."""
    of_mode = Sums(
        z=z, c=c, q=z - c,
        bias_squared=coefficient * gamma**2 / (eigenvalue + gamma) ** 2,
        bias_mixed=coefficient * eigenvalue * gamma / (eigenvalue + gamma) ** 2,
    )  # fmt: skip
    kappa_ = gamma * (k - z) / k
    printed = gamma / (eigenvalue + gamma) - kappa_ * eigenvalue / (eigenvalue + gamma) ** 2 * k / (
        k - z + c
    )
    return identity(printed * coefficient, bias(1 / k, (k - z) / k, of_mode))


def _whole_risk() -> Result:
    """Both forms of the test risk, on spectra of one and two modes, with z and c put in."""
    results = []
    for modes in (1, 2):
        values = np.array(sp.symbols(f"l1:{modes + 1}", positive=True), dtype=object)
        targets = np.array(sp.symbols(f"v1:{modes + 1}", positive=True), dtype=object)
        at = sums(values, targets, gamma)
        kappa_ = gamma * (k - at.z) / k
        printed = paper_test_risk(n, k, gamma, kappa_, values, targets, noise)
        ours = test_risk(n, 1 / k, n - at.z, 1 - at.z / k, at, noise)
        results.append(identity(printed, ours, time_limit=60))
    return all_of(*results)


# --------------------------------------------------------------------------------------------
# P4: more is better. gamma is held fixed; a larger n or k then belongs to a larger ridge.


def _risk(samples: Any, features: Any) -> Any:
    at = Sums(z=z, c=c, q=z - c, bias_squared=B1, bias_mixed=B2)
    return test_risk(samples, 1 / features, samples - z, 1 - z / features, at, noise)


def _falls_with_features() -> Result:
    """d log E/dk at fixed gamma, which is -c^2/((b+c)(...)) - c B2/((b+c)^2 bias) < 0."""
    at = Sums(z=z, c=c, q=z - c, bias_squared=B1, bias_mixed=B2)
    slope = sp.diff(sp.log(_risk(n, k)), k)
    a_, b_, c_ = _reals("a b c")
    positive = [a_ > 0, b_ > 0, c_ > 0]
    spread = a_ * b_ + c_ * (a_ + b_)
    return all_of(
        identity(slope, marginal_values(n, k, gamma, at, noise).feature),
        identity(sp.diff((b + c) / (b * s + c * (s + b)), b), -(c**2) / (b * s + c * (s + b)) ** 2),
        polynomial(spread > 0, assumptions=positive),
    )


def _falls_with_samples() -> Result:
    """d log E/dn at fixed gamma, which is -(q b + z c)/(n (ab + c(a+b))) < 0."""
    at = Sums(z=z, c=c, q=z - c, bias_squared=B1, bias_mixed=B2)
    slope = sp.diff(sp.log(_risk(n, k)), n)
    return identity(slope, marginal_values(n, k, gamma, at, noise).sample)


def _captured_share() -> Result:
    """0 <= c <= z, mode by mode, so that q = z - c >= 0; and the new ridge is admissible."""
    l_, g_, n1, n2, k1, k2, z_ = _reals("l g n1 n2 k1 k2 z")
    share = l_ / (l_ + g_)
    old = g_ * (n1 - z_) * (1 - z_ / k1)
    new = g_ * (n2 - z_) * (1 - z_ / k2)
    return all_of(
        polynomial(
            z3.And(share * (1 - share) >= 0, share * (1 - share) <= share),
            assumptions=[l_ >= 0, g_ > 0],
        ),
        polynomial(new >= old, assumptions=[g_ > 0, z_ > 0, n1 > z_, k1 > z_, n2 >= n1, k2 >= k1]),
    )


# --------------------------------------------------------------------------------------------
# P5, P6: uniqueness, and how the sums move with gamma


def _log_ridge_slope(modes: int) -> Callable[..., Any]:
    """d log delta/d log gamma - 1 = c/a + c/b at balls: >= 0 wherever n, k exceed z."""

    def slope(**at: Ball) -> Ball:
        values = np.array([at[f"l{i}"] for i in range(modes)], dtype=object)
        here = sums(values, 0 * values, at["gamma"])
        # n = z + excess: the domain n > z in coordinates of its own
        return here.c / at["a"] + here.c / at["b"]

    return slope


def _uniqueness() -> Result:
    """log delta = log gamma + log(n - z) + log(1 - z/k) has slope 1 + c/a + c/b >= 1 in log gamma.

    The slope by SymPy on two modes; its positivity in balls on boxes for 1, 2 and 3 modes.
    """
    values = np.array(sp.symbols("l1:3", positive=True), dtype=object)
    at = sums(values, values, gamma)
    left = gamma * sp.diff(sp.log(ridge_at(gamma, n, 1 / k, at.z)), gamma)
    boxes = []
    for modes in (1, 2, 3):
        box: dict[str, Any] = {f"l{i}": ("0.01", 4) for i in range(modes)}
        box |= {"gamma": ("0.01", 4), "a": ("0.01", 100), "b": ("0.01", 100)}
        boxes.append(inequality(_log_ridge_slope(modes), box, strict=True, time_limit=10))
    return all_of(identity(left, 1 + at.c / (n - at.z) + at.c / (k - at.z)), *boxes)


def _moving_sums() -> Result:
    """dz = -c, dB1 = 2 sum v^2 L (1-L)^2 and d(B1 + B2) = B2, per dlog gamma, mode by mode."""
    L = eigenvalue / (eigenvalue + gamma)
    one = np.array([eigenvalue], dtype=object)
    at = sums(one, np.array([coefficient], dtype=object), gamma)
    return all_of(
        identity(gamma * sp.diff(at.z, gamma), -at.c),
        identity(gamma * sp.diff(at.bias_squared, gamma), 2 * coefficient * L * (1 - L) ** 2),
        identity(gamma * sp.diff(at.bias_squared + at.bias_mixed, gamma), at.bias_mixed),
    )


def _below_n() -> Result:
    """dlog E/dlog gamma where b = 0, with dz = -c, dB1 and dB2 as in the item before."""
    c_slope, rise = sp.symbols("dc dB1", real=True)
    at = Sums(
        z=z - eps * c, c=c + eps * c_slope, q=0,
        bias_squared=B1 + eps * rise, bias_mixed=B2 + eps * (B2 - rise),
    )  # fmt: skip
    # k = z at eps = 0; a + z = n
    moved = test_risk(n, 1 / z, n - at.z, 1 - at.z / z, at, noise)
    slope = sp.diff(sp.log(moved), eps).subs(eps, 0)
    return identity(slope, slope_at_zero_ridge_below_n(n, z, c))


# --------------------------------------------------------------------------------------------
# P7: the powerlaw integrals


def _occupation_integral() -> Result:
    """int_0^inf dx/(1 + kappa x^alpha) = C1 kappa^(-1/alpha), at alpha = 3/2, 2, 3 and 4."""
    x = sp.Symbol("x", positive=True)
    results = []
    for exponent in (sp.Integer(2), sp.Integer(3), sp.Integer(4)):
        value = sp.integrate(1 / (1 + x**exponent), (x, 0, sp.oo))
        results.append(identity(value, occupation_constant(exponent)))
    # u = x^alpha turns the general one into a beta function: B(1 - 1/alpha, 1/alpha)/alpha
    general = sp.gamma(1 - 1 / alpha) * sp.gamma(1 / alpha) / alpha
    results.append(identity(general, occupation_constant(alpha), ranges={alpha: (2, 5)}))
    return all_of(*results)


def _bias_integral() -> Result:
    """C2 = Gamma(2-p) Gamma(p)/alpha = (1-p) C4, in its printed form and without its 0/0."""
    p = (beta - 1) / alpha
    ranges = {alpha: (2, 3), beta: ("1.2", "2.8")}
    ours = bias_constant(alpha, beta)
    return all_of(
        identity(ours, sp.gamma(2 - p) * sp.gamma(p) / alpha, ranges=ranges),
        identity(printed_bias_constant(alpha, beta), ours, ranges=ranges),
        identity((1 - p) * unsquared_bias_constant(alpha, beta), ours, ranges=ranges),
    )


# --------------------------------------------------------------------------------------------
# P8, P9: the optimal fitting ratio and obligatory overfitting


def _stationarity() -> Result:
    """d/dr of the relative risk times (1+(alpha-1) r)^2 (1-r)^beta is minus the left side."""
    w = sp.Symbol("w", positive=True)  # 1 - r, so that powers combine
    slope = sp.diff(relative_risk(alpha, beta, noise, r), r).subs(r, 1 - w)
    scaled = slope * (1 + (alpha - 1) * (1 - w)) ** 2 * w**beta
    return identity(
        sp.expand(sp.powsimp(sp.expand(scaled))), -stationarity(alpha, beta, noise, 1 - w)
    )


def _stationarity_decreases() -> Result:
    """Its derivative is -(alpha-1) beta [1 + alpha noise (1-r)^(beta-1)] < 0; at r = 1 negative."""
    slope = sp.diff(stationarity(alpha, beta, noise, r), r)
    sign = -(alpha - 1) * beta * (1 + alpha * noise * (1 - r) ** (beta - 1))
    at_one = stationarity(alpha, beta, 0, sp.Integer(1))
    return all_of(identity(slope, sign), identity(at_one, alpha * (1 - beta)))


def _log_convex() -> Result:
    """Second derivative (beta-1)/(1-r)^2 + (alpha-1)^2/(1+(alpha-1)r)^2; slope beta-alpha at 0."""
    penalty = log_overfitting_penalty(alpha, beta, r)
    second = (beta - 1) / (1 - r) ** 2 + (alpha - 1) ** 2 / (1 + (alpha - 1) * r) ** 2
    return all_of(
        identity(sp.diff(penalty, r, 2), second),
        identity(sp.diff(penalty, r).subs(r, 0), beta - alpha),
        identity(penalty.subs(r, 0), 0),
    )


def _penalty_on_a_box() -> Result:
    """log penalty - log(1 + (beta-alpha) r) over r, extended to r = 0, is > 0 off r = 0, in balls.

    alpha in [1.1, 3], beta - alpha in [0.1, 2], r in [0.05, 0.95].
    """

    def gap(a: Any, g: Any, x: Any) -> Any:
        return overfitting_penalty(a, a + g, x) - penalty_lower_bound(a, a + g, x)

    return inequality(
        gap, {"a": ("1.1", 3), "g": ("0.1", 2), "x": ("0.05", "0.95")}, strict=True, time_limit=20
    )


# --------------------------------------------------------------------------------------------
# P10: the width from which on overfitting is optimal


def _width_derivative() -> Result:
    """(tau/alpha)^2 dE/ds at s = z/n = 1 is -(1/alpha^2) times the quadratic in tau = k/n - 1.

    Zero ridge is s = 1, and a ridge makes s smaller: E rises away from it iff dE/ds <= 0.
    """
    shape = limiting_risk_shape(alpha, beta, noise, s, 1 + tau)
    slope = sp.simplify(sp.diff(shape, s).subs(s, 1))
    return identity(
        slope * (tau / alpha) ** 2, -width_quadratic(alpha, beta, noise, tau) / alpha**2
    )


def _width_root() -> Result:
    """The closed form is the quadratic's root, and at noise 0 the formula without noise."""
    g = sp.Symbol("g", positive=True)
    root = width_threshold(alpha, alpha + g, noise) - 1
    clean = width_threshold(alpha, alpha + g, 0)
    return all_of(
        identity(
            width_quadratic(alpha, alpha + g, noise, root), 0,
            ranges={g: ("0.5", "0.9"), alpha: ("1.1", "1.5"), noise: ("0.01", "0.2")},
        ),
        identity(clean, 1 + (1 + sp.sqrt((1 + g) / (1 - g))) / g, ranges={g: ("0.1", "0.9")}),
        identity(clean.subs(g, 1 / sp.sqrt(2)), 3 + 2 * sp.sqrt(2)),
        identity(sp.diff(clean, g).subs(g, 1 / sp.sqrt(2)), 0),
    )  # fmt: skip


# --------------------------------------------------------------------------------------------
# The short spectrum: interpolation of 1/(lambda + gamma) at Chebyshev nodes


def _resolvent() -> Result:
    """p(x) = (1 - T_m(x)/T_m(x0))/(x - x0) is a polynomial of degree m - 1 and is 1/(x - x0) at
    the zeros of T_m: so (p - f)/f = -T_m(x)/T_m(x0). For m up to 6 with symbols; at the m in use
    T_m(5/3) = (3^m + 3^-m)/2 by the recurrence, and (1 + 2 m) 2/3^m < 2^-52, in fractions."""
    x, x0 = sp.symbols("x x0", real=True)
    results = []
    for m in range(1, 7):
        T, T0 = sp.chebyshevt(m, x), sp.chebyshevt(m, x0)
        quotient, rest = sp.div(sp.expand(T0 - T), x - x0, x)
        p, f = quotient / T0, 1 / (x - x0)
        results.append(exact(sp.expand(rest) == 0, "polynomial division"))
        results.append(exact(sp.degree(quotient, x) == m - 1, f"degree {m - 1}"))
        results.append(identity(sp.cancel((p - f) / f), -T / T0))
    before, at = Fraction(1), Fraction(5, 3)
    for _ in range(NODES - 1):
        before, at = at, 2 * Fraction(5, 3) * at - before
    power = Fraction(3) ** NODES
    results.append(exact(at == (power + 1 / power) / 2, "three-term recurrence in fractions"))
    results.append(exact((1 + 2 * NODES) * 2 / power < Fraction(1, 2**52), "fractions"))
    # lo <= lambda <= hi <= 4 lo, gamma >= 0: the pole lies beyond -5/3
    lo, hi, g = _reals("lo hi g")
    pole = polynomial(
        3 * (2 * g + hi + lo) >= 5 * (hi - lo), assumptions=[lo > 0, hi > lo, hi <= 4 * lo, g >= 0]
    )
    return all_of(*results, pole)


PROOFS: tuple[Proof, ...] = (
    Proof(
        name="elimination_of_kappa",
        source="Section 3, definition of kappa and gamma",
        statement="kappa = gamma (k - z)/k and k delta = gamma (n - z)(k - z)",
        check=_elimination,
        supports=("rf_fixed_point",),
    ),
    Proof(
        name="positive_form_of_the_prefactor",
        source="Section 3, test risk",
        statement="1 - (q(k-2z)+z^2)/(n(k-q)) = (ab + c(a+b))/(n(b+c))",
        check=_prefactor,
        supports=("rf_test_risk", "rf_test_risk_prefactor"),
    ),
    Proof(
        name="positive_form_of_the_bias",
        source="Section 3, test risk",
        statement="g/(l+g) - kappa l/(l+g)^2 k/(k-q) = [g^2 + c/(b+c) l g]/(l+g)^2 >= 0",
        check=_bias,
        supports=("rf_test_risk",),
    ),
    Proof(
        name="both_forms_of_the_risk",
        source="Section 3, test risk",
        statement="the printed risk is the positive form, on one and two modes",
        check=_whole_risk,
        supports=("rf_test_risk",),
    ),
    Proof(
        name="moving_sums",
        source="derived: sums",
        statement="dz = -c, dB1 = 2 sum v^2 L(1-L)^2, d(B1+B2) = B2 per dlog gamma",
        check=_moving_sums,
        supports=("zero_ridge_never_optimal_below_n",),
    ),
    Proof(
        name="uniqueness_of_gamma",
        source="Section 3; derived",
        statement="dlog delta/dlog gamma = 1 + c/a + c/b >= 1: one gamma for each ridge",
        check=_uniqueness,
        supports=("rf_fixed_point",),
    ),
    Proof(
        name="captured_shares",
        source="Theorem 1, derived proof",
        statement="0 <= c <= z, and more samples or features at fixed gamma mean a larger ridge",
        check=_captured_share,
        supports=("more_is_better",),
    ),
    Proof(
        name="risk_falls_with_samples",
        source="Theorem 1, derived proof",
        statement="dlog E/dn at fixed gamma = -(q b + z c)/(n (ab + c(a+b))) < 0",
        check=_falls_with_samples,
        supports=("more_is_better", "marginal_values"),
    ),
    Proof(
        name="risk_falls_with_features",
        source="Theorem 1, derived proof",
        statement="dlog E/dk at fixed gamma = -c^2/((b+c)(ab+c(a+b))) - c B2/((b+c)^2 bias) < 0",
        check=_falls_with_features,
        supports=("more_is_better", "marginal_values"),
    ),
    Proof(
        name="slope_below_n",
        source="derived: slope_at_zero_ridge_below_n",
        statement="dlog E/dlog gamma = -2 c/(n - k) where z = k",
        check=_below_n,
        supports=("zero_ridge_never_optimal_below_n",),
    ),
    Proof(
        name="integral_of_occupation",
        source="Appendix, powerlaw lemmas",
        statement="int_0^inf dx/(1 + kappa x^alpha) = C1 kappa^(-1/alpha)",
        check=_occupation_integral,
        supports=("powerlaw_occupation",),
    ),
    Proof(
        name="integral_of_bias",
        source="Appendix, powerlaw lemmas",
        statement="C2 = Gamma(2-p) Gamma(p)/alpha = pi (alpha-beta+1)/(alpha^2 sin(pi p))",
        check=_bias_integral,
        supports=("powerlaw_sums",),
    ),
    Proof(
        name="stationarity_of_the_risk",
        source="Theorem 2",
        statement="(1+(alpha-1)r)^2 (1-r)^beta d/dr [E(r)/E_0] = -(stationarity's left side)",
        check=_stationarity,
        supports=("optimal_fitting_ratio", "zero_ridge_iff"),
    ),
    Proof(
        name="stationarity_is_decreasing",
        source="Theorem 2",
        statement="the left side falls strictly on [0, 1], to alpha (1 - beta) < 0",
        check=_stationarity_decreases,
        supports=("optimal_fitting_ratio",),
    ),
    Proof(
        name="penalty_is_log_convex",
        source="derived: penalty_lower_bound",
        statement="log[E(r)/E(0)] is convex with slope beta - alpha at r = 0",
        check=_log_convex,
        supports=("obligatory_overfitting",),
    ),
    Proof(
        name="penalty_bound_on_a_box",
        source="derived: penalty_lower_bound",
        statement="(1-r)^(1-beta)/(1+(alpha-1)r) > 1 + (beta-alpha) r on a box, in balls",
        check=_penalty_on_a_box,
        supports=("obligatory_overfitting",),
    ),
    Proof(
        name="width_threshold_derivative",
        source="derived: width_quadratic",
        statement="(tau/alpha)^2 dE/d(z/n) = -width_quadratic/alpha^2 at zero ridge, k = (1+tau) n",
        check=_width_derivative,
        supports=("width_threshold",),
    ),
    Proof(
        name="width_threshold_root",
        source="derived: width_threshold",
        statement="tau* is the root; noise-free 1+(1+sqrt((1+g)/(1-g)))/g, least at 3+2 sqrt2",
        check=_width_root,
        supports=("width_threshold",),
    ),
    Proof(
        name="interpolation_of_the_resolvent",
        source="derived: theory/random_features/_compress.py",
        statement="1/(l+g) on [lo, 4 lo] from m Chebyshev nodes: relative error <= 2/3^m, g >= 0",
        check=_resolvent,
        supports=("short_spectrum",),
    ),
)
