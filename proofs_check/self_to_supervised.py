"""Least moves on the simplex, divergences, the split of a sampled step, and the drift's moments."""

from fractions import Fraction
from itertools import product

import sympy

from proofs_check import Proofs, all_of, exact, identity, inequality, polynomial, reals
from theory import log
from theory.self_to_supervised import kl_of_target, movement, online_diversity, online_gold
from theory.self_to_supervised.forgetting import probe_change

item = Proofs()
g, c, v, w, a, rho, eta = sympy.symbols("g c v w a rho eta", positive=True)
f, m = sympy.symbols("f m", nonnegative=True)


@item("least_move", "judge_errors_frontier")
def no_accurate_law_moves_less():
    """TV(r, p) >= r(C) - P >= (1 - f) W for all r with r(C) >= 1 - f W: two valid answers, one not.

    a_i >= |r_i - p_i| are the moves; f = 0 is the least move W
    """
    p, r, moves = (reals(f"{x}1 {x}2 {x}3") for x in "pra")
    share = reals("f")[0]
    above = [moves[i] >= s * (r[i] - p[i]) for i in range(3) for s in (1, -1)]
    laws = [sum(p) == 1, sum(r) == 1, share >= 0, *(x >= 0 for x in (*p, *r))]
    accurate = r[0] + r[1] >= 1 - share * p[2]
    return polynomial(sum(moves) >= 2 * (1 - share) * p[2], assumptions=[*above, *laws, accurate])


@item("least_move_excess", "least_move_s3ft", "paraphrase_least_move")
def what_a_law_moves_beyond_the_least():
    """r_i = p_i + up_i - down_i on C, W = sum (up - down): TV = W + sum down."""
    up, down = sympy.symbols("u1:4"), sympy.symbols("d1:4")
    wrong = sum(up) - sum(down)
    return identity((sum(up) + sum(down) + wrong) / 2, wrong + sum(down))


@item("pythagoras", "paraphrase_projects")
def chain_rule():
    """KL(r||p) = KL(r||p_C) - ln P for r on three valid answers; p + W p_C = p_C on them."""
    r = sympy.symbols("r1:3", positive=True)
    r = (*r, 1 - sum(r))
    P = g + c + v
    both = sum(x * (log(x / y) - log(x / (y / P))) for x, y in zip(r, (g, c, v), strict=True))
    return all_of(
        identity(sympy.expand_log(both, force=True), -log(P)), identity(g + (1 - P) * g / P, g / P)
    )


@item("kl_of_s3ft", "kl_of_s3ft_above", "kl_of_s3ft_below")
def divergence_of_one_try():
    """(p_g + W) ln(1 + W/p_g) lies between -ln P and -ln p_g: p_g from .01, others from .01."""

    def divergence(gold, rest):  # p_g + W = 1 - rest
        return (1 - rest) * log((1 - rest) / gold)

    box = {"gold": ("0.01", "0.5"), "rest": ("0.01", "0.45")}
    return all_of(
        inequality(lambda gold, rest: divergence(gold, rest) + log(gold + rest), box, strict=True),
        inequality(lambda gold, rest: -log(gold) - divergence(gold, rest), box, strict=True),
    )


def gap(x):
    """KL(q_k||p) + ln P with a = W^k."""
    return (1 - rho) * (1 - x) * log(1 - x) + ((1 - x) * rho + x) * log(1 - x + x / rho)


@item("more_tries", "more_tries_rate", "best_number_of_tries")
def tries_close_the_gap():
    """gap = a^2 (1/rho - 1)/2 + O(a^3); its slope is (1-rho) ln((1-a+a/rho)/(1-a)), which rises.

    derived: so KL + c (1 - a)/P is convex in a, least where the slope is c/P
    """
    second = sympy.diff(gap(a), a, 2)
    P, tries = sympy.Rational(3, 5), 2
    at = {rho: sympy.Rational(1, 30), a: (1 - P) ** tries}
    closed = sympy.expand_log(kl_of_target(P, sympy.Rational(1, 50), tries) + log(P))
    return all_of(
        identity(gap(a).subs(a, 0), 0),
        identity(sympy.diff(gap(a), a).subs(a, 0), 0),
        identity(second.subs(a, 0), 1 / rho - 1),
        identity(sympy.diff(gap(a), a), (1 - rho) * (log(1 - a + a / rho) - log(1 - a))),
        identity(second, (1 - rho) * ((1 / rho - 1) / (1 - a + a / rho) + 1 / (1 - a))),
        identity(closed, sympy.expand_log(gap(a).subs(at))),
    )


@item("judge_errors", "judge_errors_accuracy", "least_move_sft", "judge_errors_kl", "any_judge")
def gold_takes_what_the_judge_refuses():
    """q - p is -m p_i on valid, -(1 - f) p_i on wrong answers; gold gains their sum, the TV.

    derived: linear in the chances of acceptance, so that only their means over p count
    """
    W = v + w
    target = {g: (1 - m) * g, c: (1 - m) * c, v: f * v, w: f * w}
    q_g = target[g] + 1 - sum(target.values())
    ones = {c: 1 - g - W}
    moved = movement(1 - W, g, f, m)
    a1, a2 = sympy.symbols("a1 a2")
    mean = (v * a1 + w * a2) / W
    return all_of(
        identity((q_g - g).subs(ones), moved),
        identity((q_g + target[c]).subs(ones), 1 - f * W),
        identity(movement(g + c, g, 0, 1).subs(ones), 1 - W - g + W),
        identity((1 - a1) * v + (1 - a2) * w, (1 - mean) * W),
    )


def corrected(p, valid):
    """Target of one try: wrong mass on answer 0."""
    q = [*p[:valid], *[0] * (len(p) - valid)]
    q[0] += sum(p[valid:])
    return q


def square(x):
    """Its squared length."""
    return sum(y * y for y in x)


def enumerated(policies, mu, sigma):
    """E|change|^2 over all answers of the prompts and overlaps mu +- sigma."""
    found, N = Fraction(0), len(policies)
    targets = [corrected(p, 2) for p in policies]
    for answers in product(range(3), repeat=N):
        chance = Fraction(1)
        for q, y in zip(targets, answers, strict=True):
            chance *= q[y]
        for signs in product((-1, 1), repeat=N):
            step = [
                sum((mu + s * sigma) * ((y == j) - p[j])
                    for s, y, p in zip(signs, answers, policies, strict=True)) / N
                for j in range(3)
            ]  # fmt: skip
            found += chance * square(step) / 2**N
    return found


@item("forgetting_split", "forgetting_split_sft", "forgetting_split_soft", "terms_equal",
      "own_answers_pay")  # fmt: skip
def mean_and_sampling():
    """All answers and overlaps, N = 1, 2, 3: mu^2 (1 - 1/N)|D|^2 + (mu^2 + sigma^2) E2/N.

    derived: for prompts that differ, mu^2 (|mean D|^2 - mean |D|^2/N) + (mu^2 + sigma^2) mean E2/N
    """
    first = [Fraction(x, 10) for x in (1, 5, 4)]
    second = [Fraction(x, 10) for x in (3, 1, 6)]
    mu, sigma = Fraction(3, 10), Fraction(2)

    def parts(p):
        q = corrected(p, 2)
        D = [x - y for x, y in zip(q, p, strict=True)]
        return D, square(D), 1 - 2 * sum(x * y for x, y in zip(q, p, strict=True)) + square(p)

    def alike():
        _, D2, E2 = parts(first)
        bare = probe_change.__wrapped__
        return all(
            enumerated([first] * N, mu, sigma) == bare(D2, E2, Fraction(N), mu, sigma)
            for N in (1, 2, 3)
        )

    def different():
        (D, D2, E2), (F, F2, G2) = parts(first), parts(second)
        mean = square([(x + y) / 2 for x, y in zip(D, F, strict=True)])
        split = mu**2 * (mean - (D2 + F2) / 4) + (mu**2 + sigma**2) * (E2 + G2) / 4
        return enumerated([first, second], mu, sigma) == split

    return all_of(exact(alike, "enumeration"), exact(different, "enumeration"))


@item("gradient_norm_order", "own_answers_pay")
def own_answers_against_gold():
    """SFT's square - S3FT's = 2 (q.p - p_g) = 2 (sum_C p^2 - P p_g): q.p = sum_C p^2 + W p_g."""
    W = 1 - g - c
    return identity(2 * (g**2 + c**2 + W * g) - 2 * g, 2 * (g**2 + c**2 - (g + c) * g))


def rounds_on(weights, answers):
    """Means over one round: of a function of the policy after it."""
    return lambda after: sum(
        q * after([(1 - eta) * x + eta * int(i == y) for i, x in enumerate(weights)])
        for y, q in enumerate(answers)
    )


@item("online_target", "online_target_gold", "online_target_others", "diversity_law",
      "neutral_drift_mean", "neutral_drift_winner", "drift_to_gold")  # fmt: skip
def target_drifts_neutrally():
    """One round: W' = (1 - eta) W always; E q' = q; E[1 - |q'|^2] = (1 - eta^2)(1 - |q|^2).

    derived: q, the current policy with its wrong mass on gold, is a bounded martingale whose
    diversity tends to 0: it ends on answer i with the chance q_i
    """
    p = [g, c, v, 1 - g - c - v]  # the last is wrong
    q = corrected(p, 3)
    mean = rounds_on(p, q)
    return all_of(
        identity(mean(lambda x: x[3]), (1 - eta) * p[3]),
        *(identity(mean(lambda x, i=i: corrected(x, 3)[i]), q[i]) for i in range(3)),
        identity(mean(lambda x: 1 - square(corrected(x, 3))), (1 - eta**2) * (1 - square(q))),
    )


@item("softmax_log_odds")
def mean_step_of_logits():
    """E[e_y - pi] = q - pi: W on gold, 0 on other valid answers, -pi_i on wrong ones."""
    p = [g, c, v, 1 - g - c - v]
    q = corrected(p, 3)
    mean = [sum(q[y] * int(i == y) for y in range(4)) - p[i] for i in range(4)]
    return all_of(*(identity(x, y) for x, y in zip(mean, (p[3], 0, 0, -p[3]), strict=True)))


@item("diversity_law", "online_target_gold")
def closed_form_solves_the_recursion():
    """E s' = (1 - eta^2) s + 2 eta (1 - eta) W_t E pi_g + eta^2, from s = sum_C p^2 at R = 0."""
    W, S, R = w, sympy.symbols("S"), sympy.Symbol("R", integer=True, nonnegative=True)

    def s(rounds):
        return 1 - online_diversity(S, g + W, W, eta, rounds)

    forced = 2 * eta * (1 - eta) * W * (1 - eta) ** R * online_gold(g, W, eta, R) + eta**2
    return all_of(
        identity(s(0), 1 - S - 2 * g * W - W**2),
        identity(sympy.expand(sympy.simplify(s(R + 1) - (1 - eta**2) * s(R) - forced)), 0),
    )


@item("neutral_drift_winner", "drift_to_gold", "diversity_law")
def a_settled_run_has_one_answer():
    """max q >= |q|^2 on the simplex: 1 - max q <= 1 - |q|^2, what a run is from its end."""
    q = reals("q1 q2 q3")
    order = [q[0] >= q[1], q[1] >= q[2], q[2] >= 0, sum(q) == 1]
    return polynomial(q[0] >= q[0] * q[0] + q[1] * q[1] + q[2] * q[2], assumptions=order)
