"""Counting steps behind the laws, the soft optima, and why diversity ties the mean to 1/2."""

import itertools
from fractions import Fraction
from math import comb

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import log, rational
from theory.ood_diversification import dbat_confidence, sweet_spot_start

item = Proofs()
r, x, c, a = sympy.symbols("r x c a", positive=True)


def binomial(n, q, counts):
    """P(Bin(n, q) in counts) as a polynomial in q."""
    return sum(comb(n, m) * q**m * (1 - q) ** (n - m) for m in counts)


def mean_of_divdis(n, q):
    """sum_m P(m) min(k, m)/(m + 1)."""
    k = n // 2
    return sum(
        comb(n, m) * q**m * (1 - q) ** (n - m) * sympy.Rational(min(k, m), m + 1)
        for m in range(n + 1)
    )


@item("divdis_selects", "divdis_sample_law")
def information_is_least_at_half_disagreement():
    """(log 2 - H(d))' = log(d/(1 - d)), 0 at d = 1/2, and (log 2 - H)'' = 1/(d (1 - d)) > 0."""
    d = sympy.symbols("d", positive=True)
    information = log(2) + d * log(d) + (1 - d) * log(1 - d)
    slope = sympy.diff(information, d)
    return all_of(
        identity(slope, log(d) - log(1 - d)),
        identity(sympy.diff(slope, d), 1 / (d * (1 - d))),
        identity(information.subs(d, sympy.Rational(1, 2)), sympy.Integer(0)),
    )


@item("divdis_sample_law", "dbat_sample_law")
def laws_by_counting_points():
    """n = 2, 4: points are at most x, beyond x or agreeing; u_(min(k, m)) <= x iff counted so."""
    parts = []
    for n in (2, 4):
        k, low, high = n // 2, (1 - r) * x, (1 - r) * (1 - x)
        b = r + low
        ways = {
            (i, m): comb(n, m) * comb(m, i) * low**i * high ** (m - i) * r ** (n - m)
            for m in range(n + 1)
            for i in range(m + 1)
        }
        counted = sum(w for (i, m), w in ways.items() if i >= min(k, m))
        law = binomial(n, low, range(k, n + 1)) + b**n * binomial(n, low / b, range(k))
        most = sum(w for (i, m), w in ways.items() if i == m)
        parts += [identity(counted, law), identity(most, b**n)]
    return all_of(*parts)


@item("divdis_mean_exact", "dbat_mean_exact")
def means_are_binomial_probabilities():
    """n = 2, 4, 6: the sum over m is the closed form, by C(n, m)/(m + 1) = C(n+1, m+1)/(n+1)."""
    parts, q = [], sympy.symbols("q", positive=True)
    for n in (2, 4, 6):
        k = n // 2
        dbat = 1 - (1 - (1 - q) ** (n + 1)) / ((n + 1) * q)
        gap = binomial(n, q, range(k, n + 1)) - (k + 1) * binomial(
            n + 1, q, range(k + 1, n + 2)
        ) / ((n + 1) * q)
        parts.append(identity(sympy.expand(mean_of_divdis(n, q)), dbat - gap))
    return all_of(*parts)


@item("sweet_spot_is_finite_sample", "sweet_spot_law", "tuned_loss")
def slope_of_the_mean():
    """n = 2, 4, 6: d/dq E delta_2 = [P(B >= 2) - (k+1) P(B >= k+2)]/((n+1) q^2), B ~ Bin(n+1, q).

    derived: P(B >= k+2)/P(B >= 2) rises in q (monotone likelihood ratio), so there is one maximum.
    """
    parts, q = [], sympy.symbols("q", positive=True)
    for n in (2, 4, 6):
        k = n // 2
        two, more = (binomial(n + 1, q, range(low, n + 2)) for low in (2, k + 2))
        slope = (two - (k + 1) * more) / ((n + 1) * q**2)
        parts.append(identity(sympy.diff(mean_of_divdis(n, q), q), slope))
    return all_of(*parts)


@item("sweet_spot_is_finite_sample")
def sweet_spot_passes_one_half_at_eight_points():
    """At r = 1/2 the slope in r is below 0 for n = 2, 4, 6 and above 0 for even n from 8 to 200."""

    def rises(n):
        k = n // 2
        weights = [comb(n + 1, m) for m in range(n + 2)]
        return (k + 1) * sum(weights[k + 2 :]) > sum(weights[2:])

    return exact(
        lambda: not any(rises(n) for n in (2, 4, 6)) and all(rises(n) for n in range(8, 201, 2)),
        "sums of binomial coefficients",
    )


@item("soft_dbat_confidence", "soft_labels_given_up")
def disagreement_gives_labels_up():
    """-log c - alpha r log(1 - c) is convex, stationary at 1/(1 + alpha r), 1/2 at alpha r = 1."""
    alpha = sympy.symbols("alpha", positive=True)
    loss = -log(c) - alpha * r * log(1 - c)
    best = dbat_confidence(alpha, r)
    return all_of(
        identity(sympy.diff(loss, c).subs(c, best), sympy.Integer(0)),
        identity(sympy.diff(loss, c, 2), 1 / c**2 + alpha * r / (1 - c) ** 2),
        identity(best.subs(alpha, 1 / r), sympy.Rational(1, 2)),
    )


@item("ceiling_is_a_root", "soft_divdis_never_inverts", "information_starts_to_cost")
def information_keeps_labels():
    """The loss's slope in c is -1/c + lambda r log(a/(1-a)), a = r c, and it is convex in c.

    derived: lambda W = 1/a* - 1, W e^W = e^(-1/lambda)/lambda: log odds of a* are W + 1/lambda
    """
    lam, W = sympy.symbols("lambda W", positive=True)
    share = r * c
    loss = -log(c) + lam * (share * log(share) + (1 - share) * log(1 - share))
    slope = -1 / c + lam * r * (log(share) - log(1 - share))
    top = 1 / (1 + lam * W)
    odds = sympy.simplify(top / (1 - top))
    return all_of(
        identity(sympy.expand_log(sympy.diff(loss, c), force=True), sympy.expand_log(slope)),
        identity(sympy.diff(slope, c), 1 / c**2 + lam * r / c / (1 - share)),
        identity(odds, 1 / (lam * W)),  # so log odds = -log(lambda W) = W + 1/lambda
    )


@item("soft_divdis_floor", "information_wins_when_soft")
def ceiling_is_above_one_half():
    """a* > 1/2 for lambda in [1/5, 100], in balls: c = a*/r > 1/(2 r)."""

    def above(lam):  # at a = 1/2 the rising lambda a log(a/(1 - a)) is 0 < 1; at 1/2 + h it is < 1
        h = 1 / (8 * lam + 4)
        share = rational(1, 2) + h
        return 1 - lam * share * log(share / (1 - share))

    return inequality(above, {"lam": ("0.2", "100")}, strict=True)


@item("codependence_sweet_spot")
def mix_from_which_the_semantic_cue_is_reached():
    """delta_1 + 1/(2 (1 - r)) = 1 at r_c."""
    start = sweet_spot_start(a)
    return identity(a + 1 / (2 * (1 - start)), sympy.Integer(1))


@item("codependence_learner", "codependence_dbat")
def curvature_of_the_learner():
    """(2/pi) arctan(e^y) has second derivative -sinh(y)/(pi cosh(y)^2), of size at most 1/(2 pi).

    derived: so |E delta_1 - (2/pi) arctan(kappa^2)| <= (pi - 2)/(4 pi n) + O(1/n^2)
    """
    y = sympy.symbols("y", real=True)
    second = sympy.diff(2 / sympy.pi * sympy.atan(sympy.exp(y)), y, 2)
    closed = -sympy.sinh(y) / (sympy.pi * sympy.cosh(y) ** 2)
    s = reals("s")[0]
    return all_of(
        identity(second.rewrite(sympy.exp), closed.rewrite(sympy.exp)),
        polynomial(2 * s <= 1 + s * s),  # s = sinh, cosh^2 = 1 + s^2
    )


@item(
    "sum_rule", "sum_rule_odd", "diversity_bounds_accuracy", "diversity_bounds_accuracy_on_the_line"
)
def split_is_concave():
    """j (K - j) <= m (K - m) + (K - 2m)(j - m), a tangent: averaged over cells, <= m (K - m).

    derived: at m = K/2, where j (K - j) = K^2/4 - (j - K/2)^2, it is an equality only for j = K/2.
    """
    j, K, m = reals("j K m")
    return all_of(
        polynomial(j * (K - j) <= m * (K - m) + (K - 2 * m) * (j - m)),
        polynomial(4 * j * (K - j) == K * K - (2 * j - K) * (2 * j - K)),
    )


@item("sum_rule", "sum_rule_odd")
def all_sets_of_heads_on_two_cells():
    """K = 4, weights (3, 7)/10: 36 of 256 sets disagree most, of mean 1/2; K = 3: within 1/6."""

    def means(K):
        found = {}
        for one, two in itertools.product(range(2**K), repeat=2):
            i, j = one.bit_count(), two.bit_count()
            apart = 3 * i * (K - i) + 7 * j * (K - j)
            found.setdefault(apart, []).append(Fraction(3 * i + 7 * j, 10 * K))
        return found[max(found)]

    return exact(
        lambda: (
            means(4) == [Fraction(1, 2)] * 36
            and max(abs(m - Fraction(1, 2)) for m in means(3)) == Fraction(1, 6)
        ),
        "enumeration of 2^8 and 2^6 tables",
    )


@item("third_head_uninformed", "third_head_soft")
def a_mirror_pair_leaves_no_signal():
    """p (1-h) + (1-p) h and its mirror add up to 1; -(log p + log(1-p))/2 is least at 1/2."""
    p, h = sympy.symbols("p h", positive=True)
    apart = p * (1 - h) + (1 - p) * h
    loss = -(log(p) + log(1 - p)) / 2
    return all_of(
        identity(apart + apart.subs(h, 1 - h), sympy.Integer(1)),
        identity(sympy.diff(loss, p).subs(p, sympy.Rational(1, 2)), sympy.Integer(0)),
        identity(sympy.diff(loss, p, 2), (1 / p**2 + 1 / (1 - p) ** 2) / 2),
    )


@item("best_of_two", "best_of_two_unrelated")
def mean_deviation_of_fair_coins():
    """E|Bin(N, 1/2) - N/2| = N 2^-N C(N-1, floor((N-1)/2)) for N up to 64."""

    def deviation(N):
        return sum(comb(N, j) * Fraction(abs(2 * j - N), 2) for j in range(N + 1))

    return exact(
        lambda: all(deviation(N) == N * comb(N - 1, (N - 1) // 2) for N in range(1, 65)),
        "sums of binomial coefficients",
    )


@item("disambiguation", "labels_never_mislead", "accuracy_linear_in_angle")
def hypotheses_are_nested():
    """cos(t) a > sin(t) b and s < t in [0, pi/2] give cos(s) a > sin(s) b: tan rises."""
    first, second, one, two = reals("tan_s tan_t a b")
    given = [first >= 0, second >= first, one > 0, two > 0, one > second * two]
    return polynomial(one > first * two, assumptions=given)
