"""The second layer's signs, the Bayes network, data and activations, one step; then limit H:
projections from the activation table, and the accuracies that follow."""

from fractions import Fraction
from typing import Any

import sympy as sp
import z3

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import exp, normal_pdf, pi, rational, sqrt
from theory.xor_cluster import (
    AxisCounts, activation_covariance, aligned_fraction_variance, axis_deviation_probability,
    bayes_error, bayes_error_by_erf, bayes_net_bound, clean_margin, clean_sigmoid_gap,
    cluster_accuracy_variance, later_step_accuracy, margin_variance, noisy_margin, other_projection,
    own_projection, two_step_drift, weight_norm_squared,
)  # fmt: skip

item = Proofs()
Z3: Any = z3  # its stubs give every expression a union of sorts that type checkers refuse
kappa, rho, p, M2, n, t, alpha, e, eta = sp.symbols("kappa rho p M2 n t alpha e eta", positive=True)
BAYES = {"M2": (Fraction(1, 100), 400)}
CENTER = alpha / (8 * n) * (2 * e * M2)
"""f(mu) = (alpha/(8n)) <v, mu> after one step, <v, mu> = 2 e M2."""
SIZES = cp, cm, np_, nm = AxisCounts(*sp.symbols("c_plus c_minus n_plus n_minus", real=True))
HITS = bcp, bcm, bnp, bnm = AxisCounts(*(sp.Symbol(f"b_{size}", real=True) for size in SIZES))


def larger(u, v):
    """The larger of two numbers in Z3; larger(u, 0) is relu(u), larger(u, -u) is |u|."""
    return Z3.If(u > v, u, v)


@item("linear_plus_even_decomposition", source="before (4.3)")
def relu_is_linear_plus_even():
    """relu(x) - relu(-x) = x, relu(x)^2 + relu(-x)^2 = x^2, cubes sum to |x|^3."""
    (x,) = reals("x")
    a, b, size = larger(x, 0), larger(-x, 0), larger(x, -x)
    return all_of(
        polynomial(Z3.And(a - b == x, 2 * a == x + size)),
        polynomial(a * a + b * b == x * x),
        polynomial(a * a * a + b * b * b == size * x * x),
    )


@item("one_step_form", source="Lemma 4.6, Lemma A.14")
def rademacher_relu_mean():
    """E[a relu(a g)] = E g/2, Var = Var(g)/2 + (E g)^2/4 and its two bounds."""
    g, v, e2 = reals("g v e2")  # v = Var g, e2 = (E g)^2; a = ±1 enumerated, for every value of g
    up, down, variance = larger(g, 0), larger(-g, 0), v / 2 + e2 / 4
    bounds = Z3.And(larger(v / 2, e2 / 4) <= variance, variance <= larger(v, e2 / 2))
    return all_of(
        polynomial(Z3.And(up - down == g, up * up + down * down == g * g)),  # twice both means
        polynomial((v + e2) / 2 - e2 / 4 == variance),  # E[g^2]/2 - (E g)^2/4
        polynomial(bounds, assumptions=(v >= 0, e2 >= 0)),
    )


@item("one_step_form", source="(4.3)")
def one_step_neuron():
    """s relu(s h) = (h + s|h|)/2."""
    h, s = reals("h s")
    form = 2 * s * larger(s * h, 0) == h + s * larger(h, -h)
    return polynomial(form, assumptions=(Z3.Or(s == 1, s == -1),))


@item("bayes_error", "bayes_error_forms", source="derived: see bayes_error")
def bayes_error_forms():
    """2q(1-q) = (1 - erf(‖mu‖/2)^2)/2."""
    return identity(bayes_error(M2), bayes_error_by_erf(M2))


@item("lipschitz_concentration", source="Lemma A.9, corrected")
def lipschitz_bound_of_the_bayes_network():
    """2q(1-q) <= exp(-(E f)^2/(2 ‖W‖_op^2)) for the Bayes network, M2 in [0.01, 400]."""
    return inequality(lambda M2: (bayes_net_bound(M2) - bayes_error(M2)) * exp(M2 / 16), BAYES)


@item(source="Lemma A.9 as printed", repaired_by="lipschitz_bound_of_the_bayes_network")
def lipschitz_bound_as_printed():
    """the same bound for minus the Bayes network (no positivity condition)."""
    return inequality(lambda M2: bayes_net_bound(M2) - (1 - bayes_error(M2)), BAYES)


@item("activation_covariance", source="appendix, orthant probabilities")
def orthant_of_two():
    """P(z1 > 0, z2 > 0) = 1/4 + arcsin(R)/(2 pi)."""
    # Sheppard: d/dR of P(z1, z2 > 0) is the density at 0, and R = 0 gives 1/4
    R = sp.symbols("R", real=True)
    probability = Fraction(1, 4) + activation_covariance(R)
    density = 1 / (2 * sp.pi * sp.sqrt(1 - R**2))
    return identity([sp.diff(probability, R), probability.subs(R, 0), probability.subs(R, 1)],
                    [density, Fraction(1, 4), Fraction(1, 2)],
                    ranges={R: ("-9/10", "9/10")})  # fmt: skip


@item("aligned_fraction_uniform", "one_step_cluster_accuracy_law",
      source="derived: see aligned_fraction_variance")  # fmt: skip
def cluster_accuracy_variances():
    """arcsin(1/2)/(2 pi) = 1/12; both accuracy laws are one family; 1/4 as rho -> inf."""
    share = aligned_fraction_variance(kappa)
    accuracy = cluster_accuracy_variance(sp.sqrt(2 / (1 + kappa)))
    return all_of(
        identity(aligned_fraction_variance(sp.Integer(0)), Fraction(1, 12)),
        identity(sp.limit(cluster_accuracy_variance(rho), rho, sp.oo), Fraction(1, 4)),
        # 2 pi times either lies in [0, pi/2], where the squared sine takes each value once
        identity(sp.sin(2 * sp.pi * share) ** 2, sp.sin(2 * sp.pi * accuracy) ** 2),
    )


@item("one_step_deviation_probability", "theorem_one_step_error",
      source="Theorem 3.1(ii), the O(m^-1/2)")  # fmt: skip
def deviation_probability_bound():
    """(2/pi) arctan(1/sqrt m) <= (2/pi)/sqrt m: arctan(x) <= x on (0, 1]."""
    ratio = lambda m: axis_deviation_probability(m) * sqrt(m) * pi / 2  # noqa: E731
    return inequality(lambda m: 1 - ratio(m), {"m": (1, 10**4)})


@item("one_step_form", source="(A.88)")
def one_step_center_output():
    """f(mu) after one step is alpha M2 e/(4n), m = inf."""
    return identity(CENTER, alpha * M2 * e / (4 * n))


@item(source="(A.89)-(A.91)", repaired_by="one_step_center_output")
def one_step_center_output_as_printed():
    """f(mu) after one step is alpha M2 e/(2n), m = inf."""
    return identity(CENTER, alpha * M2 * e / (2 * n))


@item("one_step_training_margin", source="derived: see margin_variance")
def one_step_margin_variance():
    """Var y_k<v,x_k> = 2p + 4M2 + (n-1)(M2^2/2 + 2M2 + p)."""
    # <x_1, x_2> with means u, w: E<x,x'>^2 = <u,w>^2 + |u|^2 + |w|^2 + p; ‖x‖^2 is noncentral
    cross = sum((M2 * c) ** 2 + 2 * M2 + p for c in (1, -1, 0, 0)) / 4
    return identity(2 * p + 4 * M2 + (n - 1) * cross, margin_variance(n, p, M2))


@item("sigmoid_flatness_bound", source="Lemma A.3")
def logistic_slope():
    """|1/(1+e^z) - 1/2| <= |z|/2; the sharp constant is 1/4."""
    gap = lambda z: rational(1, 2) - 1 / (1 + exp(z))  # noqa: E731
    (u,) = reals("u")  # the gap's derivative e^z/(1+e^z)^2 is at most 1/4: integrate from 0
    return all_of(
        polynomial(4 * u <= (1 + u) * (1 + u), assumptions=(u > 0,)),
        inequality(lambda z: z / 4 - gap(z), {"z": (Fraction(1, 100), 40)}),
    )


@item("sigmoid_flatness", source="derived: see clean_sigmoid_gap")
def sigmoid_gap_form():
    """(1/4)(1/4 + (3/8)(t-1))/2 = (3t-1)/64."""
    return identity(clean_sigmoid_gap(t), (3 * t - 1) / 64)


def summed(steps: int, own: bool):
    """V at a time, step by step, sigma = +, by rows of ``activation_table``: on +mu an active point
    of C_+, N_- counts 1, of C_-, N_+ -1 on the own axis, and the reverse on the other."""
    if own:
        rows = [HITS, AxisCounts(cp, bcm, np_ - bnp, 0), *[AxisCounts(cp, bcm, 0, 0)] * steps]
    else:
        rows = [HITS, AxisCounts(0, cm - bcm, bnp, nm), AxisCounts(cp - bcp, 0, np_, nm)]
        rows += [AxisCounts(0, 0, np_, nm)] * steps
    return (1 if own else -1) * sum(row.difference for row in rows[:steps])


@item("projection_formulas", "outputs_from_counts",
      source="derived: see own_projection, other_projection")  # fmt: skip
def projection_telescopes():
    """the table's steps sum to the projections V(t), t = 1..6."""
    return identity(
        [[summed(k, own) for k in range(1, 7)] for own in (True, False)],
        [[V(k, SIZES, HITS) for k in range(1, 7)] for V in (own_projection, other_projection)],
    )


@item(source="display after (A.56)", repaired_by="projection_telescopes")
def projection_as_printed():
    """V(3) on the other axis has 3 n_-."""
    return identity(summed(3, own=False), other_projection(3, SIZES, HITS, printed=True))


def lower_bound(noisy: int):
    """-V(3) on the other axis against c_+ - c_- - 3 n_+ + noisy n_-, with 0 <= b(S) <= |S|."""
    c, d, a, b, hit_a, hit_b = reals("c_plus c_minus n_plus n_minus b_n_plus b_n_minus")
    value = c - d - a + 2 * b + hit_b - 2 * hit_a
    sizes = (c >= 0, d >= 0, a >= 0, b >= 0, hit_a >= 0, hit_a <= a, hit_b >= 0, hit_b <= b)
    return polynomial(value >= c - d - 3 * a + noisy * b, assumptions=sizes)


@item(source="after (A.56)", repaired_by="projection_lower_bound")
def projection_lower_bound_as_printed():
    """-V(3) >= c_+ - c_- - 3 n_+ + 3 n_-."""
    return lower_bound(3)


@item("projection_formulas", source="after (A.56), corrected")
def projection_lower_bound():
    """-V(3) >= c_+ - c_- - 3 n_+ + 2 n_-."""
    return lower_bound(2)


@item("two_step_accuracy", source="derived: see two_step_drift")
def two_step_cancellation():
    """V_own(2) - V_other(2) = 2 (D + e)."""
    own, other = own_projection(2, SIZES, HITS), other_projection(2, SIZES, HITS)
    return identity(own - other, 2 * HITS.difference + SIZES.difference)  # D and 2 e


@item("two_step_accuracy", source="derived: see two_step_threshold")
def two_step_threshold():
    """phi(z) + 2 z Phi(z) changes sign once on [-8, 3], within 1e-9 of -0.6120031810."""
    z0, gap = Fraction(6120031810, 10**10), Fraction(1, 10**9)
    below = lambda z: -two_step_drift(z) / normal_pdf(z)  # noqa: E731  far left both vanish
    return all_of(
        inequality(two_step_drift, {"z": (gap - z0, 3)}, strict=True),
        inequality(below, {"z": (-8, -z0 - gap)}, strict=True),
    )


@item("later_step_accuracy", source="derived: see later_step_accuracy")
def later_step_threshold():
    """U* = eta/(a + eta), a = (1-2 eta) + (t-2)(1-eta), gives 1 - eta/((1-eta)(t-1))."""
    # U a = (1-U) eta at U*; 1 - U* is the accuracy
    a = (1 - 2 * eta) + (t - 2) * (1 - eta)
    return identity(1 - eta / (a + eta), later_step_accuracy(eta, t))


@item(source="display after (A.56)", repaired_by="later_step_threshold")
def later_step_as_printed():
    """the accuracy that the printed display gives."""
    return identity(later_step_accuracy(eta, t), later_step_accuracy(eta, t, printed=True))


@item("weight_norm", "noisy_margin_growth", source="derived: see weight_norm_squared, noisy_margin")
def long_run_ratios():
    """‖W‖^2 ~ alpha^2 t^2 p (3+eta)/(32 n); noisy over clean margin -> 4/3."""
    norm = sp.limit(sp.expand(weight_norm_squared(eta, t) / t**2), t, sp.oo)
    ratio = sp.limit(noisy_margin(t) / clean_margin(t), t, sp.oo)
    return identity([norm, ratio], [(3 + eta) / 8, Fraction(4, 3)])
