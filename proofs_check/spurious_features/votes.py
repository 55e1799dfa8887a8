"""Every assignment of votes counted, the covariance of leads, orthants, and where leads cross."""

import itertools
from fractions import Fraction
from math import comb

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import normal_cdf, sqrt
from theory.spurious_features import (
    both_wrong, crossover, example_ensemble, example_member, example_overconfident, member_score,
    output_score, outputs_correct, smoothed_margin, weight_score, weights_correct, weights_spoil,
)  # fmt: skip

item = Proofs()
p, x = sympy.symbols("p x", positive=True)
K = sympy.symbols("K", positive=True)


def counted(weights, invariant, classes=3):
    """A as a polynomial in p: all K^n votes, ties split among the tied."""
    shares = [Fraction(0)] * (len(weights) + 1)  # by the number of wrong votes
    for votes in itertools.product(range(classes), repeat=len(weights)):
        scores = [Fraction(invariant)] + [Fraction(0)] * (classes - 1)
        for vote, weight in zip(votes, weights, strict=True):
            scores[vote] += weight
        if scores[0] == max(scores):
            shares[sum(vote > 0 for vote in votes)] += Fraction(1, scores.count(scores[0]))
    q, last = p / classes, len(weights)
    return sympy.expand(
        sum(sympy.Rational(a) * q**w * (1 - p + q) ** (last - w) for w, a in enumerate(shares))
    )


def scaled(square):
    """The example with the second member's votes counting ``square``."""
    square = Fraction(square)
    return counted([Fraction(1)] * 3 + [square] * 3, 2 + 2 * square)


@item("illustrative_individual", "illustrative_individual_anew", "both_members_wrong")
def one_model_by_enumeration():
    """27 votes: 1 - 5 p^3/27."""
    one = counted([1] * 3, 2)
    return all_of(identity(one, example_member(p)), identity((1 - one) ** 2, both_wrong(p)))


@item("illustrative_ensemble", "illustrative_ensemble_of_weights", "trained_balanced_heads")
def ensemble_by_enumeration():
    """729 votes: 1 - 2 p^5/81 - 17 p^6/729."""
    return identity(scaled(1), example_ensemble(p))


@item("imbalance_lambda", "threshold_is_five", "trained_sure_head")
def overconfidence_by_enumeration():
    """lambda^2 = 51/10, 30: 1 - 2 p^3/27 - 5 p^6/243."""
    return all_of(*(identity(scaled(s), example_overconfident(p)) for s in (Fraction(51, 10), 30)))


STEPS = {
    Fraction(3, 2): (17, 2, 0, 0), Fraction(5, 2): (-5, 6, 0, 0), Fraction(7, 2): (7, 0, 6, 0),
    Fraction(9, 2): (31, -8, 12, 0), Fraction(6): (15, 0, 0, 6),
}  # fmt: skip
"""Errors between the steps of lambda^2: 81 times those of p^6/9, p^5, p^4, p^3."""


@item("below_the_threshold", "imbalance_lambda")
def staircase_by_enumeration():
    """Five steps of the error between lambda^2 = 1, 2, 3, 4, 5; at a step it is the mean."""
    errors = {
        s: a * p**6 / 729 + (b * p**5 + c * p**4 + d * p**3) / 81
        for s, (a, b, c, d) in STEPS.items()
    }
    parts = [identity(1 - scaled(s), error) for s, error in errors.items()]
    for step, (low, high) in zip((2, 3, 4, 5), itertools.pairwise(errors.values()), strict=True):
        parts.append(identity(1 - scaled(step), (low + high) / 2))
    return all_of(*parts)


@item("imbalance_loss")
def loss_is_thirty_four():
    """loss - 34 p^3/729 = 2 p^3 (10 - 9 p^2 - p^3)/729, and the bracket is >= 0 on [0, 1]."""
    loss = example_ensemble(p) - example_overconfident(p) - 34 * p**3 / 729
    (P,) = reals("P")
    return all_of(
        identity(loss, 2 * p**3 * (10 - 9 * p**2 - p**3) / 729),
        polynomial(10 - 9 * P**2 - P**3 >= 0, assumptions=[P >= 0, P <= 1]),
    )


@item("imbalance_loss_at_the_threshold")
def loss_at_the_threshold():
    """At lambda^2 = 5 and p = 1 the loss is 33/729."""
    loss = (example_ensemble(p) - scaled(5)).subs(p, 1)
    return identity(sympy.sympify(loss), sympy.Rational(33, 729))


@item("ood_accuracy_decreasing_in_p")
def accuracy_falls():
    """-dA/dp has Bernstein coefficients >= 0 on [0, 1] for members and ensembles of the example."""

    def falls(accuracy):
        slope = sympy.Poly(-sympy.diff(accuracy, p), p)
        n = int(str(slope.degree()))
        c = [slope.coeff_monomial(p**k) for k in range(n + 1)]
        bernstein = [
            sum(c[k] * sympy.Rational(comb(i, k), comb(n, k)) for k in range(i + 1))
            for i in range(n + 1)
        ]
        return min(bernstein) >= 0

    cases = [counted([1] * 3, 2), scaled(1), scaled(3), counted([1, 1, 4, 4], 2)]
    return exact(lambda: all(falls(a) for a in cases), "Bernstein coefficients of polynomials")


@item("individual_gaussian", "fp_monotone")
def covariance_of_leads():
    """Var = r + q - (1-p)^2, Cov = r - (1-p)^2: p/K I + b 11', b = p + p/K - p^2 >= 0."""
    q = p / K
    r, mu = 1 - p + q, 1 - p
    P, k = reals("P k")
    return all_of(
        identity(r + (K - 1) * q, sympy.Integer(1)),
        identity(r + q - mu**2, p * (K + 2 - p * K) / K),
        identity(r - mu**2, p * (K + 1 - p * K) / K),
        identity(r + q - mu**2 - (r - mu**2), p / K),
        identity(r - mu**2, p + p / K - p**2),
        polynomial(P * k + P - P * P * k >= 0, assumptions=[P >= 0, P <= 1, k >= 2]),
    )


@item("edgeworth_rate", "edgeworth_rate_ten_classes")
def third_cumulants():
    """Of leads D_a = [c = true] - [c = a], by E over the votes, against those of the correction."""
    q = p / K
    r, mu = 1 - p + q, 1 - p
    # E over votes true (r), a, b, c (q each), others
    leads = {r: (1, 1, 1), q: None}
    rows = [(r, leads[r]), *((q, tuple(-int(i == j) for j in range(3))) for i in range(3))]

    def cumulant(*at):
        rest = 1 - sum(w for w, _ in rows)
        total = rest * (-mu) ** 3
        for w, d in rows:
            total += w * (d[at[0]] - mu) * (d[at[1]] - mu) * (d[at[2]] - mu)
        return sympy.expand(total)

    both = mu * (r + q)
    return all_of(
        identity(cumulant(0, 0, 0), mu - 3 * both + 2 * mu**3),
        identity(cumulant(0, 0, 1), r - both - 2 * mu * r + 2 * mu**3),
        identity(cumulant(0, 1, 2), r - 3 * mu * r + 2 * mu**3),
    )


n, m, o, s, v = sympy.symbols("n m o s v", positive=True)


@item("ose_gaussian", "wse_gaussian", "noisy_outputs", "noisy_weights")
def squares_of_weights():
    """S2: n + m + 2 o and n + m + 14 o; noise n^2 + m^2 + 2 o^2 and (n + m + 2 o)^2.

    derived: noise of group b's columns on group a's attributes has variance |a||b|, groups: own,
    other's, shared; outputs take the pairs within either model, twice where both do.
    """
    a, b = n - o, m - o
    outputs = (a * a + b * b + 2 * (a + b) * o) + 4 * o * o
    u = {a: 1, b: 1, o: 2}
    weights = sum(u[i] ** 2 * u[j] ** 2 * i * j for i in u for j in u)
    return all_of(
        identity(a + b + 4 * o, n + m + 2 * o),
        identity(a + b + 16 * o, n + m + 14 * o),
        identity(outputs, n**2 + m**2 + 2 * o**2),
        identity(weights, (n + m + 2 * o) ** 2),
    )


@item("wse_vs_ose_crossover", "shared_invariant_favours_weights", "shared_spurious_favours_outputs")
def scores_cross():
    """x_wse = x_ose at n_vo*, which is 0 with no spurious feature shared; all shared: all equal."""
    at = crossover(p, v, n, o)
    return all_of(
        identity(weight_score(p, v, n, v, n, at, o), output_score(p, v, n, v, n, o)),
        identity(crossover(p, v, n, 0), sympy.Integer(0)),
        identity(output_score(p, v, n, v, n, n), member_score(p, v, n)),
        identity(weight_score(p, v, n, v, n, v, n), member_score(p, v, n)),
    )


@item("ensemble_beats_members", "gain_of_outputs", "averaging_helps")
def outputs_gain():
    """x_ose = x sqrt(2 n/(n + o)), and 2 n/(n + o) >= 1 for o <= n."""
    N, O = reals("N O")  # noqa: E741
    return all_of(
        identity(
            output_score(p, v, n, v, n, o), member_score(p, v, n) * sympy.sqrt(2 * n / (n + o))
        ),
        polynomial(2 * N >= N + O, assumptions=[N >= 1, O >= 0, O <= N]),
    )


@item("unequal_members_can_hurt", "never_worse_than_the_better", "averaging_hurts")
def unequal_members():
    """x_ose sqrt(n + m) = x sqrt n + y sqrt m; at (5, 1), (0, 20), p = 1 it is 5/sqrt 21 < 5."""
    w = sympy.symbols("w", positive=True)
    whole = output_score(p, v, n, w, m, 0) * sympy.sqrt(n + m)
    parts = member_score(p, v, n) * sympy.sqrt(n) + member_score(p, w, m) * sympy.sqrt(m)
    one = output_score(sympy.Integer(1), 5, 1, 0, 20, 0)
    return all_of(identity(whole, parts), identity(sympy.sympify(one), 5 / sympy.sqrt(21)))


def tied(rho):
    """P(X < 0 < Y) of standard normals: a wedge of angle pi/2 - arcsin(rho)."""
    return (sympy.pi / 2 - sympy.asin(rho)) / (2 * sympy.pi)


@item("false_false_true", "false_false_true_of_weights", "corrected_share_is_fixed",
      "true_true_false_of_weights")  # fmt: skip
def corrected_by_enumeration():
    """All 27 x 27 errors of two members, with orthants for the coupled ties.

    derived: differences of noise u, v of two members on a pair of classes are independent, the
    ensemble's is u + v, or u + v + w with Var w = 2 Var u for weights. A strict error and a tie
    lost to another class share one class of the pair: correlations 1/sqrt 8 and 1/4. Two ties
    lost to one class: u, v < 0 < u + v + w has correlations 0, -1/2, -1/2, 1/24.
    """
    kinds: dict[str, tuple[int, ...]] = {}
    for kind, least in (("strict", 3), ("tie", 2)):
        kinds[kind] = tuple(
            rival
            for votes in itertools.product(range(3), repeat=3)
            for rival in (1, 2)
            if votes.count(rival) == least and votes.count(0) == 0
        )
    same = {k: sum(a == b for a in kinds[k[0]] for b in kinds[k[1]]) for k in PAIRS}
    apart = {k: sum(a != b for a in kinds[k[0]] for b in kinds[k[1]]) for k in PAIRS}
    right = 1 * apart["strict", "strict"]
    mixed = apart["strict", "tie"] + apart["tie", "strict"]
    both = same["tie", "tie"]
    third = sympy.Rational(1, 4) * apart["tie", "tie"]
    octant = sympy.Rational(1, 8) - (2 * sympy.pi / 6) / (4 * sympy.pi)
    q6 = (p / 3) ** 6
    return all_of(
        exact((right, mixed, both, apart["tie", "tie"]) == (2, 12, 18, 18), "27 x 27 votes"),
        identity(outputs_correct(p), q6 * (right + mixed * tied(1 / sympy.sqrt(8)) + third)),
        identity(
            weights_correct(p),
            q6 * (right + mixed * tied(sympy.Rational(1, 4)) + third + both * octant),
        ),
        identity(weights_spoil(p), q6 * both * octant),
    )


PAIRS = tuple(itertools.product(("strict", "tie"), repeat=2))


@item("noise_bound")
def bound_is_not_the_assumption():
    """K = 2, s in [1/4, 3]: the chance of no flip, Phi(1/(sqrt 2 s)), is below Phi(1/s).

    derived: a difference of two logits has noise sqrt 2 s: an assumption on Phi(1/s) will not do
    """

    def gap(s):
        return normal_cdf(1 / s) - normal_cdf(1 / (sqrt(2) * s))

    return inequality(gap, {"s": (Fraction(1, 4), 3)}, strict=True)


@item("mixup_lowers_the_margin")
def lead_of_a_mixed_pair():
    """K = 2: at 1 - l and l labels ask for 2 atanh(c u)/u, u = 2 l - 1, c = 1 - e: it rises in u.

    derived: u^2 times its slope over 2 is 0 at u = 0 and rises; at u = 1 it is smoothing's lead,
    so that the slope of the loss is positive there, at every l
    """
    u, c = sympy.symbols("u c", positive=True)
    asked = 2 * sympy.atanh(c * u) / u
    rise = sympy.diff(asked, u) * u**2 / 2
    share = 1 / (1 + sympy.exp(-u * asked))
    x = sympy.symbols("x", positive=True)
    return all_of(
        identity(sympy.diff(rise, u), 2 * c**3 * u**2 / (1 - c**2 * u**2) ** 2),
        identity(sympy.limit(rise, u, 0), sympy.Integer(0)),
        identity(share.rewrite(sympy.log).subs(u, x / c), (1 + x) / 2),
        identity(
            smoothed_margin(1 - c, sympy.Integer(2)).rewrite(sympy.log),
            sympy.log(1 + c) - sympy.log(1 - c),
        ),
    )
