"""Thresholds, totals, mirrors; the best threshold; why one keeps a little; what ranking needs."""

from fractions import Fraction
from itertools import product

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import normal_cdf, normal_pdf, rational
from theory.class_imbalance import (
    best_offset, best_unequal_offset, corrected_recall, critical_ratio, crossover_of_hard_tasks,
    linear_size, partial_recalls, plugin_auc, plugin_recalls, recalls, step_total, unequal_recalls,
)  # fmt: skip

item = Proofs()
D, rho, x, y, t, r, n, N, v, s = sympy.symbols("Delta rho x y t r n N v s", positive=True)
i = sympy.symbols("i", integer=True, nonnegative=True)


@item("same_total")
def totals_of_linear_and_step():
    """sum_i n (1/rho + (1 - 1/rho) i/(N - 1)) = n (N - N/2 + N/(2 rho))."""
    linear = sympy.summation(sympy.expand(linear_size(i, N, rho, n)), (i, 0, N - 1))
    return identity(linear, step_total(N, N / 2, rho, n))


@item("threshold_restores_balance", "threshold_gives_the_balanced_rule")
def dividing_by_the_priors():
    """(p_i/pi_i)/sum_j (p_j/pi_j) = f_i/sum_j f_j for p_i = pi_i f_i/sum_j pi_j f_j, N = 3."""
    f, pi = sympy.symbols("f1:4", positive=True), sympy.symbols("pi1:4", positive=True)
    whole = sum(a * b for a, b in zip(pi, f, strict=True))
    left = [a * b / whole / a for a, b in zip(pi, f, strict=True)]
    return all_of(*(identity(left[k] / sum(left), f[k] / sum(f)) for k in range(3)))


@item("two_class_error", "two_class_error_majority", "balanced_error_of_thresholding")
def log_likelihood_ratio():
    """log f_1/f_0 at Delta/2 + z is Delta^2/2 + Delta z; called right if > ln rho."""
    z = sympy.symbols("z", real=True)
    at = D / 2 + z
    ratio = -((at - D / 2) ** 2) / 2 + (at + D / 2) ** 2 / 2
    return all_of(
        identity(ratio, D**2 / 2 + D * z),
        identity(recalls(D, rho)[0], normal_cdf((D**2 / 2 - sympy.log(rho)) / D)),
        identity(recalls(D, rho)[1], normal_cdf((D**2 / 2 + sympy.log(rho)) / D)),
    )


@item("critical_ratio_halves", "equal_recall_of_two_tasks")
def half_of_the_minority():
    """ln rho_c = Delta^2/2 at q = 1/2."""
    return identity(sympy.log(critical_ratio(D, sympy.Rational(1, 2))), D**2 / 2)


@item("double_correction_mirror")
def the_mirror():
    """Odds 1/rho exchange the two recalls."""
    minority, majority = recalls(D, 1 / rho)
    return all_of(identity(minority, recalls(D, rho)[1]), identity(majority, recalls(D, rho)[0]))


def mean(pair):
    """Balanced accuracy."""
    return (pair[0] + pair[1]) / 2


@item("no_threshold_is_better", "bias_corrected_threshold")
def slope_in_the_threshold():
    """d BA/dt = (phi((D + o)/2v) - phi((D - o)/2v))/2v, o = b + 2t: of the sign of -o."""
    slope = sympy.diff(mean(plugin_recalls(D, x, y, t)), t)
    width, o = sympy.sqrt(D**2 + x + y), x - y + 2 * t
    formula = (normal_pdf((D**2 + o) / (2 * width)) - normal_pdf((D**2 - o) / (2 * width))) / (
        2 * width
    )
    square, shift = reals("square shift")
    further = (square + shift) ** 2 > (square - shift) ** 2
    return all_of(
        identity(slope, formula),
        identity(x - y + 2 * best_offset(x, y), sympy.Integer(0)),
        polynomial(further == (shift > 0), assumptions=[square > 0]),
    )


@item("bias_corrected_threshold", "bias_corrected_threshold_majority")
def both_recalls_at_the_best_threshold():
    """At t = -b/2 both recalls are Phi(Delta^2/2v)."""
    both = plugin_recalls(D, x, y, best_offset(x, y))
    return all_of(*(identity(recall, corrected_recall(D, x, y)) for recall in both))


@item("undersampling_auc_below", "undersampling_ranks_worse", "undersampling_below_correction")
def fewer_examples_rank_worse():
    """d AUC/d(d/n_0) = -phi(...) Delta^2/((2 v^2)^(3/2)) < 0, and likewise for the best recall."""
    square = D**2 + x + y
    rank = -normal_pdf(D**2 / sympy.sqrt(2 * square)) * D**2 / (2 * square) ** sympy.Rational(3, 2)
    recall = (
        -normal_pdf(D**2 / (2 * sympy.sqrt(square))) * D**2 / (4 * square ** sympy.Rational(3, 2))
    )
    return all_of(
        identity(sympy.diff(plugin_auc(D, x, y), y), rank),
        identity(sympy.diff(corrected_recall(D, x, y), y), recall),
    )


@item("partial_undersampling_best", "best_partial_accuracy", "partial_undersampling_seen")
def keeping_a_little_more():
    """d BA/dr at r = 1 is phi(Delta^2/2v) Delta^2 (d/n_1)/(4 v^3) > 0, v^2 = Delta^2 + 2 d/n_1."""
    slope = sympy.diff(mean(partial_recalls(D, x, r)), r).subs(r, 1)
    square = D**2 + 2 * x
    gain = normal_pdf(D**2 / (2 * sympy.sqrt(square))) * D**2 * x
    return identity(slope, gain / (4 * square ** sympy.Rational(3, 2)))


@item("partial_undersampling_seen")
def a_fifth_more_near_the_example():
    """BA(1.2) > BA(1) for Delta in [1.8, 2.2], d/n_1 in [.8, 1.5], in balls."""

    def lead(gap, minor):
        kept, cut = (mean(partial_recalls(gap, minor, k)) for k in (rational(6, 5), rational(1)))
        return kept - cut

    return inequality(lead, {"gap": ("1.8", "2.2"), "minor": ("0.8", "1.5")}, strict=True)


@item("crossover_limit")
def crossover_at_order_square():
    """The slopes in Delta^2 at 0 are phi(0)/(2 sqrt(2 delta)) and phi(b/2v)/2v: equal at delta*."""
    square = sympy.symbols("S", positive=True)
    gap = sympy.sqrt(square)
    over = sympy.diff(mean(plugin_recalls(gap, x, x / rho)), square).subs(square, 0)
    under = sympy.diff(corrected_recall(gap, x, x), square).subs(square, 0)
    width = sympy.sqrt(x * (1 + 1 / rho))
    edge = crossover_of_hard_tasks(rho)
    equal = -edge * (1 - 1 / rho) ** 2 / (8 * (1 + 1 / rho)) - sympy.log((1 + 1 / rho) / 2) / 2
    return all_of(
        identity(over, normal_pdf(x * (1 - 1 / rho) / (2 * width)) / (2 * width)),
        identity(under, normal_pdf(sympy.Integer(0)) / (2 * sympy.sqrt(2 * x))),
        identity(sympy.expand_log(sympy.simplify(equal), force=True), sympy.Integer(0)),
    )


@item("crossover_bounded")
def tribonacci():
    """cosh(2 y) = exp(y) for exp(y) the root of x^3 = x^2 + x + 1, as x^4 - 2 x^3 + 1 = 0."""
    return identity(x**2 * ((x**2 + x**-2) - 2 * x), (x - 1) * (x**3 - x**2 - x - 1))


@item("renormalised_auc_improves", "equal_rivals_equal_auc")
def renormalised_scores_are_monotone_in_the_ratio():
    """p/(p + q) rises in p/q; equal priors of the rivals make the raw score such a function too."""
    a, b, c, d = reals("a b c d")
    ratio, score = a * d > c * b, a * (c + d) > c * (a + b)
    return polynomial(ratio == score, assumptions=[a > 0, b > 0, c > 0, d > 0])


def area(positive, negative, scores):
    """P(score of a positive > of a negative), ties by half, for two laws on few points."""
    total = Fraction(0)
    for k, m in product(range(len(scores)), repeat=2):
        won = 1 if scores[k] > scores[m] else Fraction(scores[k] == scores[m], 2)
        total += positive[k] * negative[m] * won
    return total


@item("renormalised_auc_improves", "renormalised_auc_improves_in_a_step")
def renormalised_is_best_among_all_laws_on_three_points():
    """Three classes with shares in sixths on three points: AUC(renormalised) >= AUC(raw), 1:2:9."""
    shares = [s for s in product(range(1, 5), repeat=3) if sum(s) == 6]

    def holds():
        strict = False
        for first, second, third in product(shares, repeat=3):
            f = [[Fraction(k, 6) for k in law] for law in (first, second, third)]
            rest = [(f[1][k] + f[2][k]) / 2 for k in range(3)]
            raw = [f[0][k] / (2 * f[1][k] + 9 * f[2][k]) for k in range(3)]
            even = [f[0][k] / rest[k] for k in range(3)]
            one, two = area(f[0], rest, even), area(f[0], rest, raw)
            if one < two:
                return False
            strict = strict or one > two
        return strict

    return exact(holds, f"{len(shares) ** 3} triples of laws, fractions")


@item("oversampling_wastes", "oversampled_slopes", "likelihood_slopes", "undersampling_costs_twice")
def weights_of_balance():
    """Z and -Z: 1/t_1 + 1/t_2 >= 4/(t_1 + t_2), t = pi_1 a + pi_0/a, a = e^(Delta Z/2) or 1/a.

    derived: weights 1/(2 pi) make slope variances V/H^2, H = I_1/4, V = H/(4 pi_1 pi_0), as
    E (y - s)^2 = E s (1 - s) in a calibrated balanced model; with n_1 = n pi_1 it is 1/(pi_0 I_1)
    """
    share, even = sympy.symbols("pi_1 I_1", positive=True)
    first = share * x + (1 - share) / x
    other = share / x + (1 - share) * x
    bend = even / 4
    noise = bend / (4 * share * (1 - share))
    one, two = reals("t1 t2")
    return all_of(
        identity(first + other, x + 1 / x),
        polynomial((one + two) ** 2 >= 4 * one * two, assumptions=[one > 0, two > 0]),
        identity(share * noise / bend**2, 1 / ((1 - share) * even)),
        identity(share / (2 * share * bend), 2 / even),
    )


@item("unequal_best_threshold", "unequal_threshold_in_noise", "unequal_threshold_seen")
def best_threshold_of_unequal_spreads():
    """d BA/dt has the sign of h = (Delta^2 - u)^2/w^2 - (Delta^2 + u)^2 + 8 v^2 ln w; h = 0 at the
    formula's u and h' < 0 there, -2 sqrt(...): a maximum, and the other root a minimum.
    """
    wide, q, c = sympy.symbols("w q c", positive=True)
    u, A = sympy.symbols("u A", real=True)
    width, shift = sympy.sqrt(D**2 + wide**2 * x + y), wide**2 * x - y + 2 * t
    slope = sympy.diff(mean(unequal_recalls(D, wide, x, y, t)), t)
    rare = normal_pdf((D**2 - shift) / (2 * wide * width)) / wide
    h = (A - u) ** 2 * q - (A + u) ** 2 + c
    root = sympy.sqrt(4 * q * A**2 - (q - 1) * c)
    at = ((q - 1) * A**2 + c) / ((q + 1) * A + root)
    here = {q: 1 / wide**2, A: D**2, c: 8 * width**2 * sympy.log(wide)}
    best = wide**2 * x - y + 2 * best_unequal_offset(D, wide, x, y)
    return all_of(
        identity(slope, (normal_pdf((D**2 + shift) / (2 * width)) - rare) / (2 * width)),
        identity(h.subs(u, at), sympy.Integer(0)),
        identity(sympy.diff(h, u).subs(u, at), -2 * root),
        identity(best, at.subs(here)),
    )


@item("unbiased_scores_below_best", "many_class_best_offsets", "many_class_best_offsets_majority")
def offsets_of_two_and_far_offsets():
    """N = 2: unbiased scores are stationary. N(a^2/2, v^2) over N(-a^2/2, v^2) is exp(a^2 s/v^2).

    So that with a score lowered far enough a class still gains more than the others lose: no
    class is ever given up, and the best offsets are finite
    """
    o = sympy.symbols("o", real=True)
    two = normal_cdf((D + o) / v) + normal_cdf((D - o) / v)
    ratio = -((s - D / 2) ** 2) / (2 * v**2) + (s + D / 2) ** 2 / (2 * v**2)
    return all_of(
        identity(sympy.diff(two, o).subs(o, 0), sympy.Integer(0)), identity(ratio, D * s / v**2)
    )
