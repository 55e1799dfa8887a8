"""Many members, groups that flip together, unequal members, and weights of N samples."""

import itertools
from fractions import Fraction

import sympy

from proofs_check import Proofs, all_of, exact, identity, polynomial, reals
from proofs_check.spurious_features.votes import counted
from theory.spurious_features import (
    best_scale, best_score, member_score, output_score, sampled_scale,
)  # fmt: skip
from theory.spurious_features.members import THREE, WEIGHTS, averaged, members_accuracy, outputs

item = Proofs()
p, n, m, o, v, w, t = sympy.symbols("p n m o v w t", positive=True)


@item("many_members", "groups_of_flips")
def members_and_groups():
    """(M n_v + (1-p) M n_s)/sqrt(M n_s) = sqrt(M) x; votes of weight g: S2 = (n_s/g) g^2 = g n_s.

    and g features that flip together are one of n_s/g, beside n_v/g invariant ones
    """
    M, g = sympy.symbols("M g", positive=True)
    one = member_score(p, v, n)
    return all_of(
        identity(member_score(p, M * v, M * n), sympy.sqrt(M) * one),
        identity(member_score(p, v / g, n / g), one / sympy.sqrt(g)),
        identity((v + (1 - p) * n) / sympy.sqrt(n / g * g**2), one / sympy.sqrt(g)),
    )


@item("flips_in_groups", "one_flip_alone")
def groups_by_enumeration():
    """Two votes of weight 4 beside n_v = 2 are two of weight 1 beside 1/2; one: 1 - p + p/3."""
    return all_of(
        identity(counted([4, 4], 2), counted([1, 1], Fraction(1, 2))),
        identity(counted([20], 0), 1 - p + p / 3),
    )


@item("best_scale_attains_the_best_score", "no_scale_beats_it", "best_scale_helps")
def the_best_weights():
    """x*^2 - x(t)^2 = (t (m l - o l') - (n l' - o l))^2/((n m - o^2)(n + t^2 m + 2 t o))."""
    one, two = v + (1 - p) * n, w + (1 - p) * m
    at = best_scale(p, v, n, w, m, o)
    whole = n + t**2 * m + 2 * t * o
    gap = best_score(p, v, n, w, m, o) ** 2 - (one + t * two) ** 2 / whole
    square = (t * (m * one - o * two) - (n * two - o * one)) ** 2
    return all_of(
        identity(sympy.factor(gap), sympy.factor(square / ((n * m - o**2) * whole))),
        identity(sympy.cancel(at * (m * one - o * two) - (n * two - o * one)), 0),
    )


@item("weighted_members_never_hurt")
def squares_of_scores_add():
    """None shared: x*^2 = x_1^2 + x_2^2."""
    best = best_score(p, v, n, w, m, 0) ** 2
    return all_of(
        identity(sympy.cancel(best), member_score(p, v, n) ** 2 + member_score(p, w, m) ** 2),
        identity(sympy.cancel(best - output_score(p, v, n, w, m, 0) ** 2),
                 (m * v - n * w) ** 2 / (n * m * (n + m))),
    )  # fmt: skip


@item("no_weights_beat_the_best", "best_score_of_three", "unequal_weights_help")
def lagranges_identity():
    """|u|^2 |v|^2 - (u.v)^2 = sum_{i<j} (u_i v_j - u_j v_i)^2 >= 0, three members.

    derived: u = L' a, v = L^(-1) l, O = L L': (a.l)^2 <= (a.O a)(l.O^(-1) l), equal at a = O^(-1) l
    """
    a, b = sympy.symbols("a1:4", real=True), sympy.symbols("b1:4", real=True)
    square = sum(x**2 for x in a) * sum(y**2 for y in b)
    product = sum(x * y for x, y in zip(a, b, strict=True))
    pairs = sum((a[i] * b[j] - a[j] * b[i]) ** 2 for i, j in ((0, 1), (0, 2), (1, 2)))
    return identity(sympy.expand(square - product**2), sympy.expand(pairs))


@item("three_members", "three_members_of_weights")
def three_members_by_enumeration():
    """All 3^9 votes at p = 9/10 and 1, in fractions, against the sums over groups."""
    votes = [sum(a * Fraction(str(b)) for a, b in zip(u, WEIGHTS, strict=True)) for u in THREE.uses]

    def agrees():
        for power in (1, 2):
            each = [[x**power] * s for x, s in zip(votes, THREE.spurious, strict=True)]
            lead = sum(x**power * s for x, s in zip(votes, THREE.invariant, strict=True))
            form = counted(list(itertools.chain(*each)), lead)
            for at in (sympy.Rational(9, 10), sympy.Integer(1)):
                of = {1: outputs, 2: averaged}[power]
                found = members_accuracy(float(at), 3, THREE, WEIGHTS, of=of)
                if abs(float(found) - float(sympy.N(form.subs(p, at), 20))) > 1e-13:
                    return False
        return True

    return exact(agrees, "19683 votes, twice, to 1e-13")


@item("equal_votes_are_best", "each_feature_once", "counting_twice_costs")
def votes_of_the_bayes_rule():
    """log of r^a q^(n-a) over r^b q^(n-b) is (a - b) log(r/q), and r - q = 1 - p >= 0.

    derived: the likelihood of a class that a votes name, whoever's features they are of
    """
    r, q, a, b, K = sympy.symbols("r q a b K", positive=True)
    ratio = sympy.log(r**a * q ** (n - a)) - sympy.log(r**b * q ** (n - b))
    return all_of(
        identity(sympy.expand_log(ratio - (a - b) * sympy.log(r / q), force=True), 0),
        identity((1 - p + p / K) - p / K, 1 - p),
    )


@item("sampled_member", "sampled_outputs")
def noise_of_class_means():
    """sigma^2 n^2 + (sigma^2 n/N) n (1 + sigma^2 d) = sigma^2 n^2 (1 + (1 + sigma^2 d)/N).

    derived: the class mean of N sums of n columns is off by N(0, sigma^2 n/N I), against a sum of
    n columns, of squared length n (1 + sigma^2 d) on average
    """
    sigma, N, d = sympy.symbols("sigma N d", positive=True)
    both = sigma**2 * n**2 + sigma**2 * n / N * n * (1 + sigma**2 * d)
    return identity(both, sigma**2 * n**2 * (1 + (1 + sigma**2 * d) / N))


@item("no_scale_beats_the_sampled_one", "fewer_samples_shrink_the_larger", "shrinking_helps")
def weights_are_mean_over_variance():
    """l^2/V + l'^2/V' - (l + t l')^2/(V + t^2 V') = (t l V' - l' V)^2/(V V' (V + t^2 V')).

    V = a + c b, V' = a' + c b': V/V' falls in c where b/a <= b'/a'; c falls in N
    """
    one, two, V, W = sympy.symbols("l l2 V V2", positive=True)
    gap = one**2 / V + two**2 / W - (one + t * two) ** 2 / (V + t**2 * W)
    square = (t * one * W - two * V) ** 2 / (V * W * (V + t**2 * W))
    a, b, a2, b2, c, c2 = reals("a b a2 b2 c c2")
    given = [a > 0, a2 > 0, b > 0, b2 > 0, c >= 0, c2 >= c, b * a2 <= b2 * a]
    at = sampled_scale(p, v, n, w, m, sympy.Integer(0), sympy.Integer(1))
    return all_of(
        identity(sympy.factor(gap), sympy.factor(square)),
        identity(sympy.cancel(at), best_scale(p, v, n, w, m, 0)),
        polynomial((a + c2 * b) * (a2 + c * b2) <= (a + c * b) * (a2 + c2 * b2),
                   assumptions=given),
    )  # fmt: skip
