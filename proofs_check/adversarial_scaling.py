"""Distances, the entropy integral, prefactors of attacks, the flow's equilibria."""

from typing import Any

import sympy
import z3

from proofs_check import Proofs, all_of, identity, polynomial, reals

item = Proofs()
eps, alpha, n = sympy.symbols("eps alpha n", positive=True)
t, lam = sympy.symbols("t lambda", real=True)


def either(condition: Any, first: Any, second: Any) -> Any:
    """Z3's If, of which nothing is known to type checkers."""
    return z3.If(condition, first, second)


@item("linear_exact_distance")
def dual_norm_in_two_dimensions():
    """v . d <= eps |v|_1 for |d_i| <= eps, and d = eps sign(v) reaches it."""
    v, w, d, e, size = reals("v w d e eps")
    most = size * (either(v < 0, -v, v) + either(w < 0, -w, w))
    best = v * either(v < 0, -size, size) + w * either(w < 0, -size, size)
    box = [-size <= d, d <= size, -size <= e, e <= size]
    return polynomial(z3.And(v * d + w * e <= most, best == most), assumptions=box)


@item("gap_density_is_expected_max", "gap_density_falls")
def by_parts():
    """z phi = -phi' and z phi^2 = -(phi^2)'/2: the top's mean is p(0), and p'(0) = -c_C."""
    z = sympy.Symbol("z", real=True)
    phi = sympy.exp(-(z**2) / 2) / sympy.sqrt(2 * sympy.pi)
    return all_of(identity(z * phi, -phi.diff(z)), identity(z * phi**2, -(phi**2).diff(z) / 2))


@item("entropy_error_law", "entropy_error_law_correction", "entropy_error_law_of_many")
def entropy_of_near_ties():
    """int_0^inf t^(k-2) H(sigmoid t) dt = pi^2/6, 7 pi^4/90, 31 pi^6/210 for k = 2, 4, 6.

    derived: H' = -t p (1 - p) by parts, p (1 - p) = sum_n (-1)^(n+1) n e^(-n t) term by term
    """
    p = 1 / (1 + sympy.exp(-t))
    entropy = sympy.log(1 + sympy.exp(-t)) + t * (1 - p)
    term = sympy.integrate(n * eps**2 * sympy.exp(-n * eps), (eps, 0, sympy.oo))
    fourth = sympy.integrate(n * eps**4 / 3 * sympy.exp(-n * eps), (eps, 0, sympy.oo))
    sixth = sympy.integrate(n * eps**6 / 5 * sympy.exp(-n * eps), (eps, 0, sympy.oo))
    return all_of(
        identity(entropy.diff(t), -t * p * (1 - p)),
        identity(term, 2 / n**2),
        identity(fourth, 8 / n**4),
        identity(sixth, 144 / n**6),
        identity(2 * sympy.dirichlet_eta(2).rewrite(sympy.zeta), sympy.pi**2 / 6),
        identity(8 * sympy.dirichlet_eta(4).rewrite(sympy.zeta), 7 * sympy.pi**4 / 90),
        identity(144 * sympy.dirichlet_eta(6).rewrite(sympy.zeta), 31 * sympy.pi**6 / 210),
    )


@item("attack_prefactor", "attack_prefactor_uniform", "attack_prefactor_least_likely")
def correlations_of_attacks():
    """v_j = w_j - w_1 has correlation sqrt(C/(2(C-1))) with sum_k v_k, from 1/2 with each v_k."""
    c = 2 + eps
    with_sum, variance_of_sum = 2 + (c - 2), 2 * (c - 1) + (c - 1) * (c - 2)
    return identity(with_sum**2 / (2 * variance_of_sum), c / (2 * (c - 1)))


@item("random_noise_is_linear_too")
def angle_of_noise():
    """arccos(1/sqrt(1 + eps^2)) = arctan(eps): equal at 0, equal slopes."""
    angle = sympy.acos(1 / sympy.sqrt(1 + eps**2))
    return all_of(
        identity(angle.diff(eps), sympy.atan(eps).diff(eps)),
        identity(angle.subs(eps, 0), sympy.atan(0)),
    )


@item("heavy_tail_takes_over", "pareto_gap_error")
def pareto_integral():
    """eps + int_eps^1 (x/eps)^(-alpha) dx = (eps^alpha - alpha eps)/(1 - alpha)."""
    x = sympy.Symbol("x", positive=True)
    total = eps**alpha * (x ** (1 - alpha) / (1 - alpha))  # an antiderivative
    value = eps + total.subs(x, 1) - total.subs(x, eps)
    return all_of(
        identity(total.diff(x), (x / eps) ** (-alpha)),
        identity(value, (eps**alpha - alpha * eps) / (1 - alpha)),
    )


@item("entropy_penalty_gradient")
def gradient_of_the_penalty():
    """-d/dD [-ln p + lambda H] = (1 - p)(1 + lambda D p), p = sigmoid(D)."""
    p = 1 / (1 + sympy.exp(-t))
    entropy = sympy.log(1 + sympy.exp(-t)) + t * (1 - p)
    loss = sympy.log(1 + sympy.exp(-t)) + lam * entropy
    return identity(-loss.diff(t), (1 - p) * (1 + lam * t * p))


@item("bistability_threshold")
def least_of_the_pull():
    """At D = -(1 + w), w e^(1 + w) = 1: p = w/(1 + w), D p = -w and (D p)' = 0."""
    w = sympy.Symbol("w", positive=True)
    p = 1 / (1 + 1 / w)  # e^-D = e^(1 + w) = 1/w
    d = -(1 + w)
    return all_of(identity(d * p, -w), identity(p + d * p * (1 - p), 0))


@item("plain_margin_time", "margin_growth")
def plain_flow():
    """(1 + e^D) dD = dt integrates to e^D + D, and 1/(1 - p) = 1 + e^D."""
    p = 1 / (1 + sympy.exp(-t))
    return all_of(
        identity(1 / (1 - p), 1 + sympy.exp(t)),
        identity((sympy.exp(t) + t).diff(t), 1 + sympy.exp(t)),
    )


@item("random_linear_l2_slope", "random_linear_linf_slope", "random_noise_slope")
def slopes_in_every_dimension():
    """E[1/chi_n] E chi_(n-1) = 1, and E |v|_1/E |v|_2 = n Gamma(n/2)/(sqrt pi Gamma((n+1)/2)).

    derived: |v|_1/|v|_2 is independent of |v|_2
    """

    def mean(n: Any, power: Any) -> Any:  # E chi_n^power
        return 2 ** (power / 2) * sympy.gamma((n + power) / 2) / sympy.gamma(n / 2)

    ratio = n * sympy.gamma(n / 2) / sympy.sqrt(sympy.pi) / sympy.gamma((n + 1) / 2)
    return all_of(
        identity(mean(n, -sympy.Integer(1)) * mean(n - 1, sympy.Integer(1)), 1),
        identity(n * sympy.sqrt(2 / sympy.pi) / mean(n, sympy.Integer(1)), ratio),
    )


@item("random_noise_of_three")
def noise_of_three_at_its_ends():
    """Correlation 1 flips nothing, 0 flips 2/3; by -1/2 it is 7/12 + (3/4 pi^2) arccos^2(-1/4)."""
    r = sympy.Symbol("r")
    flips = sympy.Rational(2, 3) - 3 * (sympy.acos(-r) ** 2 - sympy.acos(r / 2) ** 2) / (
        4 * sympy.pi**2
    )
    quarter = sympy.acos(-sympy.Rational(1, 4)) ** 2
    return all_of(
        identity(flips.subs(r, 1), 0),
        identity(flips.subs(r, 0), sympy.Rational(2, 3)),
        identity(
            flips.subs(r, -sympy.Rational(1, 2)),
            sympy.Rational(7, 12) + 3 * quarter / (4 * sympy.pi**2),
        ),
    )


@item("curvature_with_heavy_tails", "curvature_takes_over")
def curved_pareto_integral():
    """g eps + eps^2 (1 + int_1^m x^-alpha dx), m = left/eps^2, left = 1 - g eps, is the form."""
    left, x = sympy.symbols("left x", positive=True)
    total = x ** (1 - alpha) / (1 - alpha)
    value = eps**2 * (1 + total.subs(x, left / eps**2) - total.subs(x, 1))
    form = (left ** (1 - alpha) * eps ** (2 * alpha) - alpha * eps**2) / (1 - alpha)
    return all_of(identity(total.diff(x), x ** (-alpha)), identity(value, form))


@item("correlated_gap_density")
def pairs_of_independent_logits():
    """sum over pairs of 1/(sqrt(2 pi) sd) is m_3/s = 3/(2 sqrt pi s) for three independent ones."""
    s = sympy.Symbol("s", positive=True)
    pair = 1 / (sympy.sqrt(2 * sympy.pi) * sympy.sqrt(2) * s)
    return identity(3 * pair, 3 / (2 * sympy.sqrt(sympy.pi) * s))
