"""The appendix's identities and inequalities, and the laws of the first step."""

import itertools
from fractions import Fraction
from typing import Any

import sympy as sp
import z3

from proofs_check import Proofs, Result, all_of, identity, inequality, polynomial
from theory import exp, log, normal_cdf, normal_pdf, pi, rational, sqrt
from theory.xor_cluster import (
    activation_covariance,
    aligned_fraction_variance,
    clean_sigmoid_gap,
    cluster_accuracy_variance,
    cluster_size_gap,
    cluster_size_spread,
    good_run_threshold,
    margin_variance,
)

item = Proofs()

Z3: Any = z3  # its stubs give every expression a union of sorts that type checkers refuse

FIRST_SIZES = 100
"""The least n for which the numeric inequalities of the appendix are asked for here."""


def _real(names: str):
    return sp.symbols(names, real=True)


def _positive(names: str):
    return sp.symbols(names, positive=True)


# --------------------------------------------------------------------------------------------
# Section 4 and Lemma A.14: the second layer's signs


@item("linear_plus_even_decomposition", source="before (4.3)")
def relu_is_linear_plus_even():
    """relu(x) - relu(-x) = x, relu(x)^2 + relu(-x)^2 = x^2, cubes sum to |x|^3.

    The two halves of relu, their squares and cubes, for every real x.
    """
    x, relu = Z3.Real("x"), lambda u: Z3.If(u > 0, u, 0)
    absolute = Z3.If(x >= 0, x, -x)
    a, b = relu(x), relu(-x)
    return all_of(
        lambda: polynomial(Z3.And(a - b == x, 2 * a == x + absolute)),
        lambda: polynomial(a * a + b * b == x * x),
        lambda: polynomial(a * a * a + b * b * b == absolute * x * x),
    )


@item("one_step_form", source="Lemma 4.6, Lemma A.14")
def rademacher_relu_mean():
    """E[a relu(a g)] = E g/2, Var = Var(g)/2 + (E g)^2/4 and its two bounds.

    E[a relu(a g)] over a = ±1, and its square, as moments of g: exact for every value of g.
    """
    g, relu = Z3.Real("g"), lambda u: Z3.If(u > 0, u, 0)
    mean = (relu(g) - relu(-g)) / 2
    square = (relu(g) * relu(g) + relu(-g) * relu(-g)) / 2
    v, e = Z3.Reals("v e")  # Var g and (E g)^2
    variance = v / 2 + e / 4
    larger = Z3.If(v > e / 2, v, e / 2)
    lower = Z3.If(v / 2 > e / 4, v / 2, e / 4)
    positive = (v >= 0, e >= 0)
    return all_of(
        lambda: polynomial(Z3.And(2 * mean == g, 2 * square == g * g)),
        # Var = E[g^2]/2 - (E g)^2/4 = Var(g)/2 + (E g)^2/4
        lambda: polynomial((v + e) / 2 - e / 4 == variance),
        lambda: polynomial(Z3.And(lower <= variance, variance <= larger), assumptions=positive),
    )


@item("one_step_form", source="(4.3)")
def one_step_neuron():
    """s relu(s h) = (h + s|h|)/2.

    sum of both signs of a neuron with pre-activation b: the linear classifier's half.
    """
    h, s = Z3.Reals("h s")
    relu = lambda u: Z3.If(u > 0, u, 0)  # noqa: E731
    return polynomial(
        2 * s * relu(s * h) == h + s * Z3.If(h >= 0, h, -h), assumptions=(Z3.Or(s == 1, s == -1),)
    )


# --------------------------------------------------------------------------------------------
# Tails and orthants


@item(source="appendix, Gaussian tails")
def gaussian_tails():
    """phi(t)/t <= 2 Q(t) <= exp(-t^2/2), Q(t) <= phi(t)/t for 1 <= t <= 12.

    phi(t)/t is above the upper tail, which is below exp(-t^2/2)/2, on 1 <= t <= 12.
    """
    box = {"t": (1, 12)}
    upper = lambda t: normal_cdf(-t)  # noqa: E731
    return all_of(
        # scaled by exp(t^2/2): the tails themselves vanish
        lambda: inequality(lambda t: exp(t**2 / 2) * (normal_pdf(t) / t - upper(t)), box),
        lambda: inequality(lambda t: 1 - 2 * exp(t**2 / 2) * upper(t), box),
        lambda: inequality(
            lambda t: exp(t**2 / 2) * (2 * upper(t) - normal_pdf(t) / t), {"t": (1, 12)}
        ),
    )


@item("sigmoid_flatness_bound", source="Lemma A.3")
def logistic_slope():
    """|1/(1+e^z) - 1/2| <= |z|/2; the sharp constant is 1/4.

    z/2 - (1/2 - 1/(1+e^z)) >= 0 for z >= 0, and with the sharp constant 1/4.
    """
    gap = lambda z: rational(1, 2) - 1 / (1 + exp(z))  # noqa: E731
    # the gap's derivative e^z/(1+e^z)^2 is at most 1/4: integrate from 0
    u = Z3.Real("u")
    return all_of(
        lambda: polynomial(4 * u <= (1 + u) * (1 + u), assumptions=(u > 0,)),
        lambda: inequality(lambda z: z / 2 - gap(z), {"z": (Fraction(1, 100), 40)}),
        lambda: inequality(lambda z: z / 4 - gap(z), {"z": (Fraction(1, 100), 40)}),
    )


@item("activation_covariance", source="appendix, orthant probabilities")
def orthant_of_two():
    """P(z1 > 0, z2 > 0) = 1/4 + arcsin(R)/(2 pi).

    Sheppard: d/dR of P(z1, z2 > 0) is the density at 0, and R = 0 gives 1/4.
    """
    R = sp.symbols("R", real=True)
    probability = sp.Rational(1, 4) + activation_covariance(R)
    density = 1 / (2 * sp.pi * sp.sqrt(1 - R**2))
    inside = {R: ("-9/10", "9/10")}
    return all_of(
        lambda: identity(sp.diff(probability, R), density, ranges=inside),
        lambda: identity(probability.subs(R, 0), sp.Rational(1, 4)),
        lambda: identity(probability.subs(R, 1), sp.Rational(1, 2)),
    )


@item(source="Lemma A.16, last step")
def orthant_last_step():
    """2 sqrt(2)/(nC sqrt(pi)) + e^-n <= 2/(Cn) for 20 <= n <= 1e4, 1 <= C <= 1e6.

    Last step of Lemma A.16 at its own n: 2 sqrt(2)/(nC sqrt(pi)) + exp(-n) <= 2/(C n).

    True where n C exp(-n) <= 2 - 2 sqrt(2/pi) = 0.404, e.g. n >= 20 and C <= 1e6.
    """
    box = {"n": (20, 10**4), "C": (1, 10**6)}
    return inequality(lambda n, C: 2 - 2 * sqrt(2 / pi) - n * C * exp(-n), box)


@item(source="(A.67)")
def relu_mean_bound():
    """E relu(<w, mu + xi>) <= relu(<w, mu>) + ‖w‖/sqrt(2 pi).

    (A.67) over ‖w‖: x Phi(x) + phi(x) - max(x, 0) <= 1/sqrt(2 pi), an even function of x.

    For x >= 0 it is phi(x) - x Phi(-x), which falls from its value at 0 since its slope is
    -Phi(-x).
    """
    x = _positive("x")
    falling = normal_pdf(x) - x * normal_cdf(-x)
    above = x * normal_cdf(x) + normal_pdf(x) - x
    below = -x * normal_cdf(-x) + normal_pdf(-x)
    return all_of(
        lambda: identity(above, falling),
        lambda: identity(below, falling),
        lambda: identity(sp.diff(falling, x), -normal_cdf(-x)),
        lambda: inequality(lambda x: normal_cdf(-x), {"x": (0, 30)}, strict=True),
        lambda: identity(falling.subs(x, 0), 1 / sp.sqrt(2 * sp.pi)),
    )


@item(source="appendix, chi-square tails")
def chi_square_tails():
    """Chernoff exponents of chi^2_n/n at 1 ± t are >= n t^2/8, 1/100 <= t <= 99/100.

    Chernoff's exponents of chi^2_n/n at 1 ± t, (n/2)(t - log(1+t)) and mirrored: >= n t^2/8.

    Over t^2, so that nothing touches 0, for 1/100 <= t <= 99/100.
    """
    box = {"t": (Fraction(1, 100), Fraction(99, 100))}
    return all_of(
        lambda: inequality(lambda t: (t - log(1 + t)) / t**2 - rational(1, 4), box),
        lambda: inequality(lambda t: (-t - log(1 - t)) / t**2 - rational(1, 4), box),
    )


def one_step_center(divisor: int) -> Result:
    """(A.88): f(mu) = (alpha/(8n)) <v, mu>, <v, mu> = 2 e M2, against alpha M2 e/(divisor n)."""
    alpha, M2, n, e = _positive("alpha M2 n e")
    return identity(alpha / (8 * n) * (2 * e * M2), alpha * M2 * e / (divisor * n))


# --------------------------------------------------------------------------------------------
# The appendix's numeric inequalities


def a35(n, C, u):
    """(A.35) minus 1/4 with q = u/C, u in [0, 1], at its worst exponent n^-0.01 <= 1."""
    q = u / C
    spread = 10 * sqrt(log(n))
    power = exp(-log(n) * rational(3, 2))
    slow = exp(-log(n) / 100)
    return (1 - q / n) / 2 - 4 * power * (1 + spread * slow * q / (3 * C)) - rational(1, 4)


@item(source="definition of (nu, kappa)-aligned, second condition")
def aligned_condition_needs_small_noise():
    """typical neurons meet it iff n > 64/(1-8 eta)^2 and eta < 1/8.

    n(1-2 eta)/8 < n(1-5 eta)/4 - sqrt n, the typical d against min c - 2 n_nu - sqrt n.

    With r = sqrt(n): r (1 - 8 eta)/8 > 1, so n > 64/(1 - 8 eta)^2.
    """
    r, eta = Z3.Reals("r eta")
    holds = r * r * (1 - 2 * eta) / 8 < r * r * (1 - 5 * eta) / 4 - r
    domain = (r > 0, eta >= 0, 2 * eta < 1)
    return all_of(
        lambda: polynomial(holds == (r * (1 - 8 * eta) > 8), assumptions=domain),
        lambda: polynomial(Z3.Implies(holds, 8 * eta < 1), assumptions=domain),
    )


def trichotomy_moments() -> tuple[Fraction, Fraction]:
    """E|1_nu - 1_-nu|^l and its variance, from the four equally likely clusters."""
    values = [Fraction(1), Fraction(-1), Fraction(0), Fraction(0)]
    zero = Fraction(0)
    return sum((abs(v) for v in values), zero) / 4, sum((v * v for v in values), zero) / 4


def lemma_a15(n: int, C: int) -> bool:
    """Lemma A.15 as printed: (1 - 4/(Cn))^n >= 1 - 4/(Cn)."""
    return (1 - Fraction(4, C * n)) ** n >= 1 - Fraction(4, C * n)


def lemma_a15_repaired() -> bool:
    """(1 - 4/(Cn))^n >= 1 - 4/C >= 1/2 for 8 <= C < 40, n < 60."""
    return all(
        (1 - Fraction(4, C * n)) ** n >= 1 - Fraction(4, C) >= Fraction(1, 2)
        for n in range(1, 60)
        for C in range(8, 40)
    )


def average_over_aligned(neurons: list[tuple[int, int]]) -> bool:
    """(D4)'s proof: aligned neurons (d_nu > d_-nu) have an average d_-nu at most everyone's."""
    aligned = [d for c, d in neurons if c > d]
    everyone = [d for _, d in neurons]
    return Fraction(sum(aligned), len(aligned)) <= Fraction(sum(everyone), len(everyone))


def average_in_expectation() -> bool:
    """In expectation it holds: d_nu, d_-nu iid on any law of three points; two laws enumerated."""
    for weights in ((1, 1, 1), (1, 4, 2)):
        values = (0, 3, 7)
        joint = {
            (a, b): Fraction(weights[i] * weights[j], sum(weights) ** 2)
            for (i, a), (j, b) in itertools.product(enumerate(values), repeat=2)
        }
        aligned = {k: p for k, p in joint.items() if k[0] > k[1]}
        given = sum(p * b for (_, b), p in aligned.items()) / sum(aligned.values())
        if given > sum(p * b for (_, b), p in joint.items()):
            return False
    return True


# --------------------------------------------------------------------------------------------
# Good run and laws


@item("good_run_event_is_empty", source="(B3), (B4)")
def good_run_event_is_empty():
    """2 sqrt(eps log n) < n^-eps unless eps log n >= .1758: n > 10^305.

    n^-eps - 2 sqrt(eps log n) > 0 for 10 <= n <= 1e300, 0 < eps <= 2.5e-4, on u = eps log n.
    """
    n, eps = (10, 10**6), (Fraction(1, 10**6), Fraction(1, 4000))
    return all_of(
        lambda: inequality(
            lambda n, epsilon: cluster_size_gap(n, epsilon) - cluster_size_spread(n, epsilon),
            {"n": n, "epsilon": eps}, strict=True,
        ),
        # log n below the threshold W(1/2)/(2 eps): the same with u up to 0.1758
        lambda: inequality(
            lambda u: exp(-u) - 2 * sqrt(u), {"u": (0, Fraction(1758, 10**4))}, strict=True
        ),
        # and it changes sign at good_run_threshold: u = 0.175866855...
        lambda: inequality(
            lambda d: 2 * sqrt(good_run_threshold(1) + d) - exp(-good_run_threshold(1) - d),
            {"d": (Fraction(1, 10**10), 1)}, strict=True,
        ),
        # log(10^305) = 305 log(10) is below the threshold at eps = 2.5e-4
        lambda: inequality(lambda e: good_run_threshold(e) - 305 * log(rational(10)) + 0 * e,
                           {"e": (Fraction(1, 10**6), Fraction(1, 4000))}, strict=True),
    )  # fmt: skip


@item(
    "aligned_fraction_uniform",
    "one_step_cluster_accuracy_law",
    source="derived: see aligned_fraction_variance",
)
def cluster_accuracy_variances():
    """arcsin(1/2)/(2 pi) = 1/12; both accuracy laws are one family; 1/4 as rho -> inf.

    Uniform alignment has variance 1/12; both accuracy laws are one family.
    """
    kappa, rho = _positive("kappa rho")
    share = aligned_fraction_variance(kappa)
    accuracy = cluster_accuracy_variance(sp.sqrt(2 / (1 + kappa)))
    return all_of(
        lambda: identity(aligned_fraction_variance(sp.Integer(0)), sp.Rational(1, 12)),
        lambda: identity(sp.limit(cluster_accuracy_variance(rho), rho, sp.oo), sp.Rational(1, 4)),
        # 2 pi times either lies in [0, pi/2], where the squared sine takes each value once
        lambda: identity(sp.sin(2 * sp.pi * share) ** 2, sp.sin(2 * sp.pi * accuracy) ** 2),
    )


@item("one_step_training_margin", source="derived: see margin_variance")
def one_step_margin_variance():
    """Var y_k<v,x_k> = 2p + 4M2 + (n-1)(M2^2/2 + 2M2 + p).

    Var y_k<v, x_k> for n = 2 by exact moments: p coordinates, means ±sqrt(M2) e_1 or e_2.
    """
    p, M2, n = _positive("p M2 n")
    # <x_1, x_2> with means u, w: E<x,x'>^2 = <u,w>^2 + |u|^2 + |w|^2 + p
    values = [M2 * c for c in (1, -1, 0, 0)]
    cross = sum(value**2 + 2 * M2 + p for value in values) / 4
    own = 2 * p + 4 * M2  # ‖x‖^2 is noncentral chi-square
    return identity(own + (n - 1) * cross, margin_variance(n, p, M2))


@item("sigmoid_flatness", source="derived: see clean_sigmoid_gap")
def sigmoid_gap_form():
    """(1/4)(1/4 + (3/8)(t-1))/2 = (3t-1)/64.

    A quarter of half the clean margin is (3t - 1)/64.
    """
    t = sp.symbols("t", positive=True)
    return identity(clean_sigmoid_gap(t), (3 * t - 1) / 64)
