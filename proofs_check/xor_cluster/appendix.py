"""The appendix's tails and numeric inequalities, its good run, and what its lemmas print."""

from fractions import Fraction

import sympy as sp
import z3

from proofs_check import Proofs, Status, all_of, exact, identity, inequality, polynomial, reals
from theory import exp, log, normal_cdf, normal_pdf, pi, rational, sqrt
from theory.xor_cluster import (
    aligned_sets_share, cluster_size_gap, cluster_size_spread, good_run_threshold,
)  # fmt: skip

item = Proofs()

EPSILON = (Fraction(1, 10**6), Fraction(1, 4000))
SIZES = {"n": (10, 10**6), "epsilon": EPSILON}
MOMENTS = [Fraction(sum(abs(v) ** power for v in (1, -1, 0, 0)), 4) for power in (1, 2, 3)]
"""E|1_nu - 1_-nu|^l, from the four equally likely clusters."""


@item(source="appendix, Gaussian tails")
def gaussian_tails():
    """phi(t)/t <= 2 Q(t) <= exp(-t^2/2), Q(t) <= phi(t)/t for 1 <= t <= 12."""
    box = {"t": (1, 12)}  # scaled by exp(t^2/2): the tails themselves vanish
    return all_of(
        inequality(lambda t: exp(t**2 / 2) * (normal_pdf(t) / t - normal_cdf(-t)), box),
        inequality(lambda t: 1 - 2 * exp(t**2 / 2) * normal_cdf(-t), box),
        inequality(lambda t: exp(t**2 / 2) * (2 * normal_cdf(-t) - normal_pdf(t) / t), box),
    )


@item(source="appendix, chi-square tails")
def chi_square_tails():
    """Chernoff exponents of chi^2_n/n at 1 ± t are >= n t^2/8, 1/100 <= t <= 99/100."""
    box = {"t": (Fraction(1, 100), Fraction(99, 100))}  # over t^2: nothing touches 0
    gap = lambda t: (t - log(1 + t)) / t**2 - rational(1, 4)  # noqa: E731
    return all_of(inequality(gap, box), inequality(lambda t: gap(-t), box))


@item(source="Lemma A.16, last step")
def orthant_last_step():
    """2 sqrt(2)/(nC sqrt(pi)) + e^-n <= 2/(Cn) for 20 <= n <= 1e4, 1 <= C <= 1e6."""
    # where n C exp(-n) <= 2 - 2 sqrt(2/pi) = 0.404
    box = {"n": (20, 10**4), "C": (1, 10**6)}
    return inequality(lambda n, C: 2 - 2 * sqrt(2 / pi) - n * C * exp(-n), box)


@item(source="(A.67)")
def relu_mean_bound():
    """E relu(<w, mu + xi>) <= relu(<w, mu>) + ‖w‖/sqrt(2 pi)."""
    # over ‖w‖: x Phi(x) + phi(x) - max(x, 0) is phi(x) - x Phi(-x) at ±x, which falls from x = 0
    x = sp.symbols("x", positive=True)
    falling = normal_pdf(x) - x * normal_cdf(-x)
    sides = [u * normal_cdf(u) + normal_pdf(u) for u in (x, -x)]
    return all_of(
        identity([sides[0] - x, sides[1], sp.diff(falling, x), falling.subs(x, 0)],
                 [falling, falling, -normal_cdf(-x), 1 / sp.sqrt(2 * sp.pi)]),
        inequality(lambda x: normal_cdf(-x), {"x": (0, 30)}, strict=True),
    )  # fmt: skip


@item(source="before (A.11)", expected=Status.REFUTED)
def cluster_share_as_printed():
    """E[1_nu(k)] = n/4, at n = 200."""
    return exact(Fraction(1, 4) == Fraction(200, 4), "one of four clusters")


@item(source="before (A.11)", repaired_by="difference_moment")
def difference_moment_as_printed():
    """E|1_nu - 1_-nu|^l = 1/4."""
    return exact(MOMENTS[0] == Fraction(1, 4), "the four clusters enumerated")


@item(source="before (A.11), corrected")
def difference_moment():
    """E|1_nu - 1_-nu|^l = 1/2, so rho3/sigma^3 = sqrt(2)."""
    half = sp.Rational(1, 2)
    return all_of(
        exact(set(MOMENTS) == {Fraction(1, 2)}, "the four clusters enumerated"),
        identity(half / sp.sqrt(half) ** 3, sp.sqrt(2)),
    )


def a35(n, C, u):
    """(A.35) minus 1/4 with q = u/C, u in [0, 1]."""
    q, spread = u / C, 10 * sqrt(log(n))
    power, slow = exp(-log(n) * rational(3, 2)), exp(-log(n) / 100)
    return (1 - q / n) / 2 - 4 * power * (1 + spread * slow * q / (3 * C)) - rational(1, 4)


@item(source="(A.35)")
def activation_share():
    """(1-q/n)/2 - 4 n^-1.5 (1 + 10 sqrt(log n) n^-.01 q/(3C)) >= 1/4, n >= 100."""
    return inequality(a35, {"n": (100, 10**6), "C": (1, 100), "u": (0, 1)})


@item(source="(A.35)", repaired_by="activation_share")
def activation_share_at_small_n():
    """the same from n = 10."""
    return inequality(a35, {"n": (10, 20), "C": (1, 2), "u": (0, 1)})


@item(source="(A.41)", expected=Status.REFUTED)
def exponent_gap_as_printed():
    """(160/3) sqrt(log n) <= C n^(0.01 - 20 eps) for n <= 1e6, C <= 50, eps <= 2.5e-4."""
    power = lambda n, e: exp((rational(1, 100) - 20 * e) * log(n))  # noqa: E731
    box = {"n": (10, 10**6), "C": (1, 50), "e": (0, Fraction(1, 4000))}
    return inequality(lambda n, C, e: C * power(n, e) - rational(160, 3) * sqrt(log(n)), box)


@item(source="definition of (nu, kappa)-aligned, second condition")
def aligned_condition_needs_small_noise():
    """typical neurons meet it iff n > 64/(1-8 eta)^2 and eta < 1/8."""
    # n(1-2 eta)/8 < n(1-5 eta)/4 - sqrt n, the typical d against min c - 2 n_nu - sqrt n, at
    # r = sqrt(n): r (1 - 8 eta)/8 > 1
    r, eta = reals("r eta")
    holds = r * r * (1 - 2 * eta) / 8 < r * r * (1 - 5 * eta) / 4 - r
    domain = (r > 0, eta >= 0, 2 * eta < 1)
    return all_of(
        polynomial(holds == (r * (1 - 8 * eta) > 8), assumptions=domain),
        polynomial(z3.Implies(holds, 8 * eta < 1), assumptions=domain),
    )


@item(source="Lemma A.15", repaired_by="product_bound")
def product_bound_as_printed():
    """(1 - 4/(Cn))^n >= 1 - 4/(Cn)."""
    small = 1 - Fraction(4, 9 * 10)
    return exact(small**10 >= small, "n = 10, C = 9: 0.635 against 0.956")


@item(source="Lemma A.15, corrected")
def product_bound():
    """(1 - 4/(Cn))^n >= 1 - 4/C >= 1/2 for C >= 8 (n < 60, C < 40)."""
    every = [(n, Fraction(4, C)) for n in range(1, 60) for C in range(8, 40)]
    holds = all((1 - c / n) ** n >= 1 - c >= Fraction(1, 2) for n, c in every)
    return exact(holds, "Fractions, n < 60, 8 <= C < 40")


def spread_over_gap(n, epsilon):
    """By how much (B3)'s spread exceeds (B4)'s gap, over sqrt(n)."""
    return cluster_size_spread(n, epsilon) - cluster_size_gap(n, epsilon)


@item("good_run_event_is_empty", source="(B3), (B4)")
def good_run_event_is_empty():
    """2 sqrt(eps log n) < n^-eps unless eps log n >= .1758: n > 10^305."""
    above = lambda u: 2 * sqrt(u) - exp(-u)  # noqa: E731  spread - gap at u = eps log n
    return all_of(
        inequality(lambda n, epsilon: -spread_over_gap(n, epsilon), SIZES, strict=True),
        # log n below the threshold W(1/2)/(2 eps): u up to 0.1758
        inequality(lambda u: -above(u), {"u": (0, Fraction(1758, 10**4))}, strict=True),
        # and it changes sign at good_run_threshold: u = 0.175866855...
        inequality(lambda d: above(good_run_threshold(1) + d), {"d": (Fraction(1, 10**10), 1)},
                   strict=True),
        # log(10^305) = 305 log(10) is below the threshold at eps = 2.5e-4
        inequality(lambda e: good_run_threshold(e) - 305 * log(rational(10)) + 0 * e,
                   {"e": EPSILON}, strict=True),
    )  # fmt: skip


@item(source="(B3), (B4)", repaired_by="good_run_event_is_empty")
def good_run_event_as_printed():
    """n^-eps <= 2 sqrt(eps log n) for n <= 1e6, eps <= 2.5e-4."""
    return inequality(spread_over_gap, SIZES)


@item(source="(D2)", repaired_by="aligned_fraction_uniform")
def aligned_sets_fit_as_printed():
    """two disjoint sets of m n^(-10 eps) neurons among 2m/3."""
    return inequality(lambda n, epsilon: rational(2, 3) - aligned_sets_share(n, epsilon), SIZES)


@item(source="proof of (D4)", repaired_by="aligned_average")
def aligned_average_as_printed():
    """with probability 1 aligned neurons' average d_-nu is at most everyone's."""
    example = "three neurons with (d_nu, d_-nu) = (20, 10), (0, 0), (0, 0): 10 against 10/3"
    return exact(Fraction(10) <= Fraction(10 + 0 + 0, 3), example)


@item(source="proof of (D4), corrected")
def aligned_average():
    """in expectation it holds (iid d_nu, d_-nu on three points)."""
    # values 0 <= a <= a + b with chances p, q, r: E[d' 1{d > d'}] <= E d' P(d > d')
    p, q, r, a, b = reals("p q r a b")
    law = (p >= 0, q >= 0, r >= 0, p + q + r == 1, a >= 0, b >= 0)
    above = p * (q + r) + q * r
    return polynomial(a * q * r <= (a * q + (a + b) * r) * above, assumptions=law)
