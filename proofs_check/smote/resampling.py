"""The pair law, the moments of a gap, what averages know, and where the discriminant goes."""

from fractions import Fraction
from itertools import product
from math import comb

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import log
from theory.smote import (
    conditional_box, conditional_shrinkage, excess, minority_factor, null_difference,
    operating_shift, pooled_variance, resampled_odds, stratified_excess, torus_gap, trapezoid_loss,
    uniform_cdf,
)  # fmt: skip

item = Proofs()
N, M, u, z, v, A, o, D, s = sympy.symbols("N M u z v A o D s", positive=True)


@item("pair_law", "pair_law_of_any_density", "pair_law_is_a_law")
def neighbours_averaged():
    """P(Bin(N-2, q) <= K-1) (N-1)/K is (N-K-1) C(N-1, K) int_q^1 t^(K-1) (1-t)^(N-2-K) dt.

    With int_0^1 of it 1: coefficients of q, for all K < N - 1, N <= 12.
    """

    def powers(n, k):
        """Of (1 - q)^(n - j) q^j summed over j < k, times (n + 1)/k, by powers of q."""
        out = [Fraction(0)] * (n + 1)
        for j in range(k):
            for i in range(n - j + 1):
                out[j + i] += Fraction((n + 1) * comb(n, j) * comb(n - j, i) * (-1) ** i, k)
        return out

    def holds():
        for size in range(3, 13):
            for k in range(1, size - 1):
                tail = powers(size - 2, k)
                front = Fraction((size - k - 1) * comb(size - 1, k))
                beta = [Fraction(0)] * (size - 1)
                for i in range(size - 1 - k):
                    beta[k + i] -= front * comb(size - 2 - k, i) * (-1) ** i / Fraction(k + i)
                beta[0] = -sum(beta, Fraction(0))
                whole = sum(c / (i + 1) for i, c in enumerate(tail))
                if tail != beta or whole != 1:
                    return False
        return True

    return exact(holds, "polynomials in q with rational coefficients")


@item("two_thirds", "synthetic_moments", "box_or_segment", "box_or_segment_by_feature", "kurtosis")
def gap_moments():
    """E U^2 = 1/3, E U(1 - U) = 1/6, E s^2 = 2/3, E s^4 = 7/15, s^2 = U^2 + (1 - U)^2."""

    def mean(f):
        return sympy.integrate(sympy.expand(f), (u, 0, 1))

    square = u**2 + (1 - u) ** 2
    return all_of(
        identity(mean(u**2), sympy.Rational(1, 3)),
        identity(mean(u * (1 - u)), sympy.Rational(1, 6)),
        identity(mean(square), sympy.Rational(2, 3)),
        identity(mean(square**2), sympy.Rational(7, 15)),
    )


@item("uniform_entropy_density")
def entropy_density():
    """The derivative of the law is 2 h; its variance is 1/18."""
    density = -2 * (z * sympy.log(z) + (1 - z) * sympy.log(1 - z))
    law = uniform_cdf(z).subs(sympy.Min(z, 1), z)
    inner = z - z**2 * sympy.log(z) + (1 - z) ** 2 * sympy.log(1 - z)
    half = sympy.expand(-4 * z * sympy.log(z) * (z - sympy.Rational(1, 2)) ** 2)
    variance = sympy.integrate(half, (z, 0, 1))
    at = sympy.Rational(1, 3)
    return all_of(
        identity(sympy.diff(inner, z), density),
        identity(law.subs(z, at), inner.subs(z, at)),
        identity(variance, sympy.Rational(1, 18)),
    )


@item("conditional_covariance", "conditional_covariance_of_boxes")
def tower():
    """E Cov(Z | data) + Cov(mean) = 2/3, and 1/2 off the diagonal for boxes: E S = 1 - 1/N."""
    spread = 1 - 1 / N
    return all_of(
        identity(conditional_shrinkage(N) * spread + 1 / N, sympy.Rational(2, 3)),
        identity(conditional_box(N) * spread + 1 / N, sympy.Rational(1, 2)),
        identity(excess(N), conditional_shrinkage(N) * spread),
    )


def mean_square(n, centres, others):
    """E|a|^2 over the gaps: a the mean's weights on the minority points."""
    m = len(centres)
    first, second = [Fraction(0)] * n, Fraction(0)
    for i, j in zip(centres, others, strict=True):
        first[i] += Fraction(1, 2)
        first[j] += Fraction(1, 2)
        second += Fraction(2, 3) - Fraction(1, 2)  # E of the point's own |.|^2, less its mean's
    return (sum((x * x for x in first), Fraction(0)) + second) / m**2


@item("no_new_information", "stratified_mean")
def designs_enumerated():
    """N = 3: over all centres and neighbours of M = 3 points, E|a|^2 = 1/N + c/M, both designs."""

    def holds():
        n = m = 3
        pairs = [(i, j) for i in range(n) for j in range(n) if i != j]
        iid = [mean_square(n, *zip(*draw, strict=True)) for draw in product(pairs, repeat=m)]
        steps = product((1, 2), repeat=m)
        even = [mean_square(n, (0, 1, 2), [(i + t) % 3 for i, t in enumerate(x)]) for x in steps]
        size = Fraction(n)
        found = (Fraction(sum(x), len(x)) for x in (iid, even))
        return list(found) == [1 / size + c / m for c in (excess(size), stratified_excess(size))]

    return exact(holds, "enumeration of 6^3 and 2^3 designs")


@item("stratified_mean", "class_mean_never_better")
def averages_know_no_more():
    """Stratified c is iid c less (N - 2)^2/(4 N (N - 1)), and positive; so is the pooled excess."""
    (n,) = reals("n")
    return all_of(
        identity(stratified_excess(N), excess(N) - (N - 2) ** 2 / (4 * N * (N - 1))),
        identity(pooled_variance(N, M) - 1 / N, M * excess(N) / (N + M) ** 2),
        polynomial(5 * n - 8 > 0, assumptions=[n >= 2]),
        polynomial(2 * n - 3 > 0, assumptions=[n >= 2]),
    )


@item("locality", "locality_rate")
def mean_of_neighbours():
    """sum_{k <= K} G(k + a)/G(k) = G(K + 1 + a)/((a + 1) G(K)): K = 1 .. 8; torus_gap in d = 2."""
    a = sympy.symbols("a", positive=True)
    parts = []
    for top in range(1, 9):
        left = sum(sympy.gamma(k + a) / sympy.gamma(k) for k in range(1, top + 1))
        right = sympy.gamma(top + 1 + a) / ((a + 1) * sympy.gamma(top))
        parts.append(identity(sympy.gammasimp(left / right), sympy.Integer(1)))
    plane = torus_gap(sympy.Integer(2), N, M)
    plane = plane.replace(sympy.loggamma, lambda x: sympy.log(sympy.gamma(x)))
    plane = sympy.gammasimp(sympy.simplify(plane))
    return all_of(*parts, identity(plane, (M + 1) / (6 * sympy.pi * N)))


@item("one_roc_curve", "balance_equals_undersampling")
def pooled_covariance():
    """s Delta/ln(1/o) = 1 - w + w gamma, w = o/(1 + o); 0 at o = 1; odds of a few percentages."""
    w, gamma = o / (1 + o), minority_factor(A, v)
    shift = operating_shift(D, o, gamma)
    share = A / (100 + A)
    return all_of(
        identity(shift * D / -sympy.log(o), 1 - w + w * gamma),
        identity(gamma, 1 - share + share * v),
        identity(shift.subs(o, 1), sympy.Integer(0)),
        identity(resampled_odds(sympy.Integer(400), sympy.Integer(20)), sympy.Integer(1)),
    )


@item("one_roc_curve")
def shift_falls_with_odds():
    """More minority, a lower bar: d/do [(1 + gamma o)/(1 + o) ln o] > 0, o to 1e3, gamma >= 2/3."""
    gamma = sympy.symbols("gamma", positive=True)
    slope = sympy.diff(operating_shift(1, o, gamma), o)
    signed = (1 - gamma) * o * sympy.log(o) - (1 + gamma * o) * (1 + o)

    def positive(o, gamma):
        return (1 + gamma * o) * (1 + o) - (1 - gamma) * o * log(o)

    return all_of(
        identity(slope, signed / (o * (1 + o) ** 2)),
        inequality(positive, {"o": ("1/1000", 1000), "gamma": ("2/3", 1)}, strict=True),
    )


@item("hull_trapezoid", "trapezoid_order")
def area_lost_by_a_chord():
    """h^2/12 int (x' y'' - y' x'') ds is h^2 Delta exp(-Delta^2/4)/(24 sqrt pi); the integrand
    is Delta phi(Delta/2 - s) phi(Delta/2 + s) > 0: the curve is concave."""
    t = sympy.symbols("t", real=True)

    def phi(x):
        return sympy.exp(-(x**2) / 2) / sympy.sqrt(2 * sympy.pi)

    x1, y1 = -phi(D / 2 + t), -phi(D / 2 - t)
    bend = x1 * sympy.diff(y1, t) - y1 * sympy.diff(x1, t)
    even = D * sympy.exp(-(D**2) / 4) / (2 * sympy.pi)
    whole = even * sympy.integrate(sympy.exp(-(t**2)), (t, -sympy.oo, sympy.oo))
    return all_of(
        identity(sympy.simplify(bend), even * sympy.exp(-(t**2))),
        identity(sympy.simplify(trapezoid_loss(D)), whole / 12),
    )


@item("rare_values_die_out", "smote_n_makes_one_point", "the_mode_is_rarer")
def modes_of_votes():
    """Most of V votes, ties a half, is I_s(h, h): coefficients in s, V <= 12; I_s(h, h) <= s.

    derived: of h or more of 2 h - 1 votes, and an even V = 2 h has the same chance as V - 1. At
    s <= 1/2 I_s(h, h)/s rises from 0, as I is convex there, to 1 at s = 1/2
    """

    def chance(votes):
        """Coefficients of s^i."""
        out = [Fraction(0)] * (votes + 1)
        for ones in range(votes + 1):
            won = Fraction(2 * ones > votes) + Fraction(2 * ones == votes) / 2
            for i in range(votes - ones + 1):
                out[ones + i] += won * comb(votes, ones) * comb(votes - ones, i) * (-1) ** i
        return out

    def holds():
        for votes in range(1, 13):
            half = (votes + 1) // 2
            front = Fraction(half * comb(2 * half - 1, half))
            beta = [Fraction(0)] * (2 * half)
            for i in range(half):
                beta[half + i] += front * comb(half - 1, i) * (-1) ** i / (half + i)
            found = chance(votes)
            while len(found) > len(beta):
                if found.pop() != 0:
                    return False
            if found != beta:
                return False
        return True

    h = sympy.symbols("h", positive=True)
    log_density = (h - 1) * (sympy.log(z) + sympy.log(1 - z))
    bend = (h - 1) * (1 - 2 * z) / (z * (1 - z))  # at least 0 up to z = 1/2
    return all_of(
        exact(holds, "polynomials in s with rational coefficients"),
        identity(sympy.diff(log_density, z), bend),
    )


@item("value_difference_of_noise")
def differences_of_noise():
    """E (2 (B/C - (n1 - B)/(T - C)))^2, B hypergeometric: over all subsets of up to 9 points."""

    def holds():
        for total in range(2, 10):
            for ones in range(1, total):
                for rare in range(1, total):
                    mean = Fraction(0)
                    for b in range(max(0, ones + rare - total), min(ones, rare) + 1):
                        ways = Fraction(comb(ones, b) * comb(total - ones, rare - b))
                        apart = Fraction(b, rare) - Fraction(ones - b, total - rare)
                        mean += ways / comb(total, rare) * 4 * apart**2
                    whole = (Fraction(v) for v in (ones, total - ones, rare))
                    if mean != null_difference(*whole):
                        return False
        return True

    return exact(holds, "enumeration with rational numbers")
