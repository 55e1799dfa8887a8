"""The eigenframework's algebra on finite spectra, more is better, the shortened spectrum."""

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
import z3

import theory.random_features as rf
from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory.random_features.maps import NODES

item = Proofs()

n, k, gamma, kappa, delta = sp.symbols("n k gamma kappa delta", positive=True)
z, c, b, B1, B2, noise = sp.symbols("z c b B1 B2 noise", positive=True)
s = sp.symbols("s", positive=True)
eigenvalue, coefficient = sp.symbols("lambda v2", positive=True)
AT = rf.Sums(z=z, c=c, q=z - c, bias_squared=B1, bias_mixed=B2)


def symbols(name: str, modes: int) -> np.ndarray:
    """An array of positive symbols."""
    return np.array(sp.symbols(f"{name}1:{modes + 1}", positive=True), dtype=object)


# The paper's forms and the positive ones


@item("rf_fixed_point", source="Section 3, definition of kappa and gamma")
def elimination_of_kappa():
    """kappa = gamma (k - z)/k and k delta = gamma (n - z)(k - z).

    kappa = gamma b/k solves the second equation; the first then says delta = gamma a b/k.
    """
    solved = gamma * (k - z) / k
    ridge = sp.solve((z + delta / kappa - n).subs(kappa, solved), delta)
    return all_of(
        identity(z + k * solved / gamma, k),
        exact(len(ridge) == 1, "one solution for delta"),
        identity(ridge[0], rf.ridge_at(gamma, n, 1 / k, z)),
        identity(k * ridge[0], gamma * (n - z) * (k - z)),
    )


@item("rf_test_risk", "rf_test_risk_prefactor", source="Section 3, test risk")
def positive_form_of_the_prefactor():
    """1 - (q(k-2z)+z^2)/(n(k-q)) = (ab + c(a+b))/(n(b+c)).

    With q = z - c: n (k-q) - q (k-2z) - z^2 = ab + c(a+b), and what follows from it.
    """
    a, b, q = n - z, k - z, z - c
    fitted = q * (k - 2 * z) + z**2
    ours = rf.overfitting_coefficient(n, 1 / k, a, b / k, c)
    return all_of(
        identity(n * (k - q) - fitted, a * b + c * (a + b)),
        identity(fitted, q * b + z * c),
        identity(fitted / (k - q), z - b * c / (b + c)),
        identity(1 / (1 - fitted / (n * (k - q))), ours),
    )


@item("rf_test_risk", source="Section 3, test risk")
def positive_form_of_the_bias():
    """g/(l+g) - kappa l/(l+g)^2 k/(k-q) = [g^2 + c/(b+c) l g]/(l+g)^2 >= 0."""
    L, missed = eigenvalue / (eigenvalue + gamma), gamma / (eigenvalue + gamma)
    of_mode = AT._replace(bias_squared=coefficient * missed**2, bias_mixed=coefficient * L * missed)
    printed = missed - gamma * (k - z) / k * L / (eigenvalue + gamma) * k / (k - z + c)
    return identity(printed * coefficient, rf.bias(1 / k, (k - z) / k, of_mode))


def printed_risk(n: Any, k: Any, gamma: Any, kappa: Any, values: Any, targets: Any, noise: Any):
    """The test risk as printed, in z and q:

    E_te = [1 - (q (k - 2 z) + z^2)/(n (k - q))]^-1
           {sum_i [gamma/(l_i + gamma) - kappa l_i/(l_i + gamma)^2 k/(k - q)] v_i^2 + sigma^2}.
    """
    L = values / (values + gamma)
    z, q = L.sum(), (L * L).sum()
    of_mode = gamma / (values + gamma) - kappa * L / (values + gamma) * k / (k - q)
    return ((of_mode * targets).sum() + noise) / (1 - (q * (k - 2 * z) + z * z) / (n * (k - q)))


@item("rf_test_risk", source="Section 3, test risk")
def both_forms_of_the_risk():
    """the printed risk is the positive form, on one and two modes."""
    results = []
    for modes in (1, 2):
        values, targets = symbols("l", modes), symbols("v", modes)
        at = rf.sums(values, targets, gamma)
        printed = printed_risk(n, k, gamma, gamma * (k - at.z) / k, values, targets, noise)
        ours = rf.test_risk(n, 1 / k, n - at.z, 1 - at.z / k, at, noise)
        results.append(identity(printed, ours, time_limit=60))
    return all_of(*results)


# More is better. gamma is held fixed; a larger n or k then belongs to a larger ridge.

RISK = rf.test_risk(n, 1 / k, n - z, 1 - z / k, AT, noise)


@item("more_is_better", "marginal_values", source="Theorem 1, derived proof")
def risk_falls_with_features():
    """dlog E/dk at fixed gamma = -c^2/((b+c)(ab+c(a+b))) - c B2/((b+c)^2 bias) < 0."""
    spread = b * s + c * (s + b)
    a_, b_, c_ = reals("a b c")
    return all_of(
        identity(sp.diff(sp.log(RISK), k), rf.marginal_values(n, k, gamma, AT, noise).feature),
        identity(sp.diff((b + c) / spread, b), -(c**2) / spread**2),
        polynomial(a_ * b_ + c_ * (a_ + b_) > 0, assumptions=[a_ > 0, b_ > 0, c_ > 0]),
    )


@item("more_is_better", "marginal_values", source="Theorem 1, derived proof")
def risk_falls_with_samples():
    """dlog E/dn at fixed gamma = -(q b + z c)/(n (ab + c(a+b))) < 0."""
    return identity(sp.diff(sp.log(RISK), n), rf.marginal_values(n, k, gamma, AT, noise).sample)


@item("more_is_better", source="Theorem 1, derived proof")
def captured_shares():
    """0 <= c <= z, and more samples or features at fixed gamma mean a larger ridge.

    Mode by mode, so that q = z - c >= 0; the new ridge is admissible.
    """
    l_, g_, n1, n2, k1, k2, z_ = reals("l g n1 n2 k1 k2 z")
    share = l_ / (l_ + g_)
    old = g_ * (n1 - z_) * (1 - z_ / k1)
    new = g_ * (n2 - z_) * (1 - z_ / k2)
    spread = share * (1 - share)
    return all_of(
        polynomial(z3.And(spread >= 0, spread <= share), assumptions=[l_ >= 0, g_ > 0]),
        polynomial(new >= old, assumptions=[g_ > 0, z_ > 0, n1 > z_, k1 > z_, n2 >= n1, k2 >= k1]),
    )


# Uniqueness, and how the sums move with gamma


@item("rf_fixed_point", source="Section 3; derived")
def uniqueness_of_gamma():
    """dlog delta/dlog gamma = 1 + c/a + c/b >= 1: one gamma for each ridge.

    log delta = log gamma + log(n - z) + log(1 - z/k). The slope by SymPy on two modes; its
    positivity in balls on boxes for 1, 2 and 3 modes.
    """

    def slope(gamma: Any, a: Any, b: Any, **values: Any) -> Any:
        """c/a + c/b; n = z + a and k = z + b are the domain in coordinates of its own."""
        of = np.array(list(values.values()), dtype=object)
        c = rf.sums(of, 0 * of, gamma).c
        return c / a + c / b

    values = symbols("l", 2)
    at = rf.sums(values, values, gamma)
    left = gamma * sp.diff(sp.log(rf.ridge_at(gamma, n, 1 / k, at.z)), gamma)
    boxes = []
    for modes in (1, 2, 3):
        box: dict[str, Any] = {f"l{i}": ("0.01", 4) for i in range(modes)}
        box |= {"gamma": ("0.01", 4), "a": ("0.01", 100), "b": ("0.01", 100)}
        boxes.append(inequality(slope, box, strict=True, time_limit=10))
    return all_of(identity(left, 1 + at.c / (n - at.z) + at.c / (k - at.z)), *boxes)


@item("zero_ridge_never_optimal_below_n", source="derived: sums")
def moving_sums():
    """dz = -c, dB1 = 2 sum v^2 L(1-L)^2, d(B1+B2) = B2 per dlog gamma."""
    L = eigenvalue / (eigenvalue + gamma)
    at = rf.sums(*np.array([[eigenvalue], [coefficient]], dtype=object), gamma)
    return all_of(
        identity(gamma * sp.diff(at.z, gamma), -at.c),
        identity(gamma * sp.diff(at.bias_squared, gamma), 2 * coefficient * L * (1 - L) ** 2),
        identity(gamma * sp.diff(at.bias_squared + at.bias_mixed, gamma), at.bias_mixed),
    )


@item("zero_ridge_never_optimal_below_n", source="derived: slope_at_zero_ridge_below_n")
def slope_below_n():
    """dlog E/dlog gamma = -2 c/(n - k) where z = k.

    b = 0 there, and dz = -c, dB1 and dB2 are as in the item before.
    """
    c_slope, rise, eps = sp.symbols("dc dB1 eps", real=True)
    at = rf.Sums(
        z=z - eps * c, c=c + eps * c_slope, q=0,
        bias_squared=B1 + eps * rise, bias_mixed=B2 + eps * (B2 - rise),
    )  # fmt: skip
    # k = z at eps = 0; a + z = n
    moved = rf.test_risk(n, 1 / z, n - at.z, 1 - at.z / z, at, noise)
    slope = sp.diff(sp.log(moved), eps).subs(eps, 0)
    return identity(slope, rf.slope_at_zero_ridge_below_n(n, z, c))


# The short spectrum: interpolation of 1/(lambda + gamma) at Chebyshev nodes


@item("short_spectrum", source="derived: theory.random_features.maps")
def interpolation_of_the_resolvent():
    """1/(l+g) on [lo, 4 lo] from m Chebyshev nodes: relative error <= 2/3^m, g >= 0.

    p(x) = (1 - T_m(x)/T_m(x0))/(x - x0) is a polynomial of degree m - 1 and is 1/(x - x0) at
    the zeros of T_m: so (p - f)/f = -T_m(x)/T_m(x0). For m up to 6 with symbols; at the m in use
    T_m(5/3) = (3^m + 3^-m)/2 by the recurrence, and (1 + 2 m) 2/3^m < 2^-52, in fractions.
    """
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
    lo, hi, g = reals("lo hi g")
    pole = polynomial(
        3 * (2 * g + hi + lo) >= 5 * (hi - lo), assumptions=[lo > 0, hi > lo, hi <= 4 * lo, g >= 0]
    )
    return all_of(*results, pole)
