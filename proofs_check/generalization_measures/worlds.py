"""Tiny worlds enumerated to the last sample, and rank sums as rational functions of q."""

import itertools
from collections import defaultdict
from fractions import Fraction
from math import comb
from typing import Any

import sympy

from proofs_check import Proofs, all_of, exact, identity
from theory.generalization_measures import optimal_failure
from theory.generalization_measures.walsh import coset_types

item = Proofs()
q, p, lam = sympy.symbols("q p lambda", positive=True)


def rank_law(q, n, D) -> dict[int, Any]:
    """P(rank = k), q a number or a symbol."""
    law = {}
    for k in range(min(n, D) + 1):
        chance = q ** (-(n - k) * (D - k)) if isinstance(q, sympy.Expr) else (
            Fraction(1, q ** ((n - k) * (D - k))))  # fmt: skip
        x = q if isinstance(q, sympy.Expr) else Fraction(q)
        for i in range(k):
            chance *= (1 - x ** (i - n)) * (1 - x ** (i - D)) / (1 - x ** (i - k))
        law[k] = chance
    return law


def designs(q, n, D):
    """All n x D matrices over F_q."""
    rows = list(itertools.product(range(q), repeat=D))
    return itertools.product(rows, repeat=n)


def labels(X, w, q):
    """X w."""
    return tuple(sum(a * b for a, b in zip(x, w, strict=True)) % q for x in X)


def least_failure(table, gap) -> Fraction:
    """delta* of a table {what is seen: {right or wrong: weight}}."""
    rows = [[seen.get(False, Fraction(0)), seen.get(True, Fraction(0))] for seen in table.values()]
    total = sum(sum(row) for row in rows)
    joint = [[weight / total for weight in row] for row in rows]
    return optimal_failure(joint, [Fraction(0), gap], gap / 4).failure


# --------------------------------------------------------------------------------------------
# Blind measures


@item("blind_lower_bound", "blind_lower_bound_average")
def posterior_draws_exchange_with_the_target():
    """(S, D, D') and (S, D', D) have one law if D' is drawn from the posterior of D given S."""

    def check():
        d, m = 3, 2
        law: dict[Any, Fraction] = defaultdict(Fraction)
        targets = list(itertools.product((0, 1), repeat=d))
        for x in itertools.product(range(d), repeat=m):
            for f in targets:
                same = [g for g in targets if all(g[i] == f[i] for i in x)]
                for g in same:
                    sample = (x, tuple(f[i] for i in x))
                    law[sample, f, g] += Fraction(1, d**m * len(targets) * len(same))
        return sum(law.values()) == 1 and all(law[s, g, f] == v for (s, f, g), v in law.items())

    return exact(check, "enumeration of 9 samples, 8 targets and all consistent functions")


@item("blind_shattered_exact", "optimal_window", "blind_bound_attained")
def blind_failures_enumerated():
    """delta* of the half/half mixture: 3/8, 7/24, 25/64, 5/32, 43/160 at five (d, m, w)."""

    def failure(d, m, w):
        table: dict[Any, Any] = defaultdict(lambda: [Fraction(0)] * (d + 1))
        answers = list(itertools.product((0, 1), repeat=d))
        for x in itertools.product(range(d), repeat=m):
            for h in answers:
                same = [f for f in answers if all(f[i] == h[i] for i in x)]
                row = table[x, h] = [Fraction(0)] * (d + 1)
                row[0] += Fraction(1, 2)
                for f in same:
                    loss = sum(a != b for a, b in zip(f, h, strict=True))
                    row[loss] += Fraction(1, 2 * len(same))
        joint = [[v / len(table) for v in row] for row in table.values()]
        losses = [Fraction(k, d) for k in range(d + 1)]
        return optimal_failure(joint, losses, Fraction(w, 2 * d)).failure

    known = {(3, 1, 1): Fraction(3, 8), (3, 2, 1): Fraction(7, 24), (4, 2, 1): Fraction(25, 64),
             (4, 2, 2): Fraction(5, 32), (5, 2, 2): Fraction(43, 160)}  # fmt: skip
    return exact(lambda: all(failure(*at) == value for at, value in known.items()),
                 "every sample, answer and target; every interval")  # fmt: skip


@item("blind_shattered_exact_fine")
def chance_of_no_mistake():
    """E 2^-U = sum_s C(d, s) (-1/2)^s (1 - s/d)^m, U the points that m draws of d miss."""

    def check():
        for d, m in itertools.product(range(1, 8), range(8)):
            law = {d: Fraction(1)}
            for _ in range(m):
                after: dict[int, Fraction] = defaultdict(Fraction)
                for u, chance in law.items():
                    after[u] += chance * Fraction(d - u, d)
                    if u:
                        after[u - 1] += chance * Fraction(u, d)
                law = after
            left = sum(chance * Fraction(1, 2**u) for u, chance in law.items())
            terms = (comb(d, s) * Fraction(-1, 2) ** s * (1 - Fraction(s, d)) ** m
                     for s in range(d + 1))  # fmt: skip
            if left != sum(terms):
                return False
        return True

    return exact(check, "the occupancy chain in Fractions, d <= 7, m <= 7")


# --------------------------------------------------------------------------------------------
# Linear functions


@item("rank_law", "rank_law_deficient", "orthogonal_lemma_sure")
def rank_law_sums_to_one():
    """The rank law sums to 1 for every q, and counts all matrices of three small fields."""

    def rank(X, q):
        span = {tuple(sum(c * x[j] for c, x in zip(cs, X, strict=True)) % q
                      for j in range(len(X[0])))
                for cs in itertools.product(range(q), repeat=len(X))}  # fmt: skip
        return next(k for k in range(len(X) + 1) if q**k == len(span))

    def counted(q, n, D):
        law, found = rank_law(q, n, D), defaultdict(int)
        for X in designs(q, n, D):
            found[rank(X, q)] += 1
        return all(Fraction(found[k], q ** (n * D)) == chance for k, chance in law.items())

    sizes = [(n, D) for n in range(1, 4) for D in range(n, 6)]
    return all_of(
        *(identity(sympy.cancel(sum(rank_law(q, n, D).values())), 1) for n, D in sizes),
        exact(lambda: counted(2, 3, 4) and counted(2, 2, 3) and counted(3, 2, 3),
              "all 4096, 64 and 729 matrices"),
    )  # fmt: skip


@item("two_group_exact_three_in_one")
def learned_half_is_what_looks_alike():
    """a_0 = 1 - tv = the accuracy of the n x n family, as rational functions of q, n <= 3."""
    parts = []
    for n in range(1, 4):
        law = rank_law(q, n, n + 1)
        rho = {k: (q**k - 1) / (q ** (n + 1) - 1) for k in law}
        a0 = sum(c * ((1 - rho[k]) * q ** (k - n) + rho[k] * q ** (k - n - 1))
                 for k, c in law.items())  # fmt: skip
        alike = sum(c * (1 - rho[k]) for k, c in law.items())
        square = sum(c * q ** (k - n) for k, c in rank_law(q, n, n).items())
        parts += [identity(sympy.cancel(a0 - alike), 0), identity(sympy.cancel(alike - square), 0)]
    return all_of(*parts)


@item("two_group_exact", "two_group_exact_preferred", "two_group_exact_other", "tv_tradeoff")
def two_groups_enumerated():
    """delta* = (a_0 + a_1)/2 from every design and target: (q, n) = (2,1), (2,2), (3,1), (5,1)."""

    def check(q, n):
        table: dict[Any, Any] = defaultdict(lambda: defaultdict(Fraction))
        right = [Fraction(0), Fraction(0)]
        family = [(c, *u) for c in (0, 1) for u in itertools.product(range(q), repeat=n)]
        for X in designs(q, n, n + 1):
            by_labels = defaultdict(list)
            for w in family:
                by_labels[labels(X, w, q)].append(w)
            for y, consistent in by_labels.items():
                preferred = [w for w in consistent if w[0] == 0] or consistent
                for w in consistent:
                    chance = Fraction(w in preferred, len(preferred))
                    right[w[0]] += chance / q ** (n * (n + 1) + n)
                    table[X, y][False] += chance
                    table[X, y][True] += 1 - chance
        law = rank_law(q, n, n + 1)
        rho = {k: Fraction(q**k - 1, q ** (n + 1) - 1) for k in law}
        a1 = sum(c * rho[k] / q ** (n + 1 - k) for k, c in law.items())
        a0 = a1 + sum(c * (1 - rho[k]) / q ** (n - k) for k, c in law.items())
        return right == [a0, a1] and least_failure(table, 1 - Fraction(1, q)) == (a0 + a1) / 2

    return exact(lambda: all(check(*at) for at in ((2, 1), (2, 2), (3, 1), (5, 1))),
                 "all designs, targets, answers")  # fmt: skip


@item("tradeoff_line", "tradeoff_line_accuracy")
def mixed_rule_enumerated():
    """(q, n, s, D, b) = (2, 2, 2, 3, 1/2) and (3, 1, 1, 2, 1/3): every design, target, answer."""

    def check(q, n, s, D, b):
        table: dict[Any, Any] = defaultdict(lambda: defaultdict(Fraction))
        right, every = Fraction(0), list(itertools.product(range(q), repeat=D))
        family = [w for w in every if not any(w[s:])]
        for X, w in itertools.product(designs(q, n, D), family):
            y = labels(X, w, q)
            full = [h for h in every if labels(X, h, q) == y]
            within = [h for h in full if not any(h[s:])]
            for h in full:
                chance = (1 - b) / len(full) + (b / len(within) if h in within else 0)
                table[X, y, h][h != w] += chance
                right += chance * (h == w)
        law, accuracy, failure = rank_law(q, n, s), Fraction(0), Fraction(0)
        for k, c in law.items():
            rest = rank_law(q, n - k, D - s)
            inside = b + (1 - b) * sum(v / q ** (D - s - j) for j, v in rest.items())
            share = Fraction(1, q ** (s - k))
            accuracy += c * inside * share
            failure += c * inside * min(share, 1 - share)
        found = least_failure(table, 1 - Fraction(1, q))
        return right / (q ** (n * D) * len(family)) == accuracy and found == failure

    return exact(lambda: check(2, 2, 2, 3, Fraction(1, 2)) and check(3, 1, 1, 2, Fraction(1, 3)),
                 "all designs, targets, answers")  # fmt: skip


@item("noisy_labels_exact", "noisy_labels_accuracy")
def noisy_parities_enumerated():
    """(n, D) = (2, 2), (3, 2), (2, 3), eta = 1/8: every design, target and flips, and every coset.

    derived: c is the largest posterior, of 2^(k-D) targets for each of the coset's flips
    """

    def check(n, D):
        eta = Fraction(1, 8)
        flip = [eta**w * (1 - eta) ** (n - w) for w in range(n + 1)]
        every = list(itertools.product(range(2), repeat=D))
        found = Fraction(0)
        for X, y in itertools.product(designs(2, n, D), itertools.product(range(2), repeat=n)):
            chances = [
                flip[sum(a != b for a, b in zip(labels(X, w, 2), y, strict=True))] for w in every
            ]
            best, total = max(chances), sum(chances)
            found += min(best, total - best)
        law, failure = rank_law(2, n, D), Fraction(0)
        for k, weights, many, spaces in coset_types(n):
            total = sum((c * f for c, f in zip(weights, flip, strict=True)), Fraction(0))
            least = next(w for w, c in enumerate(weights) if c)
            right = flip[least] * Fraction(2**k, 2**D)
            failure += law.get(k, 0) * Fraction(many, spaces) * min(right, total - right)
        return found / 2 ** (n * D + D) == failure

    return exact(lambda: check(2, 2) and check(3, 2) and check(2, 3), "all designs, targets, flips")
