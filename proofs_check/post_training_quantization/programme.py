"""Bits for layers: tangents and chords of the loss, exchange of steps, the critical step."""

import itertools
from fractions import Fraction

import sympy

from proofs_check import Proofs, Status, all_of, exact, identity, inequality, polynomial, reals
from theory import exp

item = Proofs()
t = sympy.symbols("t", real=True)


@item("bit_allocation_bound")
def tangents_of_the_loss():
    """4^-b lies above its tangents, of slope -ln 4 c 4^-b = -n theta ln 4 for every active layer.

    derived

    So for any bits with sum n_l b_l = N the loss is at least the relaxed one.
    """
    c, n, b, theta = sympy.symbols("c n b theta", positive=True)
    at = sympy.log(c / (n * theta)) / sympy.log(4)
    slope = sympy.diff(c * sympy.exp(-b * sympy.log(4)), b).subs(b, at)
    return all_of(
        identity(slope, -n * theta * sympy.log(4)),
        inequality(lambda t: exp(-t) - 1 + t, {"t": (Fraction(1, 100), 12)}, strict=True),
        inequality(lambda t: exp(t) - 1 - t, {"t": (Fraction(1, 100), 12)}, strict=True),
    )


@item("price_of_whole_bits")
def chord_above_the_curve():
    """(1 - 3t/4) 4^t is stationary at t = 4/3 - 1/ln 4, where it is 3 4^(4/3)/(4 e ln 4)."""
    ratio = (1 - 3 * t / 4) * sympy.exp(t * sympy.log(4))
    best = sympy.Rational(4, 3) - 1 / sympy.log(4)
    value = 3 * 4 ** sympy.Rational(4, 3) / (4 * sympy.E * sympy.log(4))
    return all_of(
        identity(sympy.diff(ratio, t).subs(t, best), sympy.Integer(0)),
        identity(ratio.subs(t, best), value),
    )


def spent(gains, sizes, budget):
    """(least loss, greedy loss) by enumeration; gains fall in every layer."""
    start = sum(map(sum, gains))
    bits = itertools.product(*(range(len(g) + 1) for g in gains))
    best = min(
        start - sum(sum(g[:b]) for g, b in zip(gains, chosen, strict=True))
        for chosen in bits
        if sum(n * b for n, b in zip(sizes, chosen, strict=True)) <= budget
    )
    have, left = [0] * len(gains), budget
    while True:
        open_ = [i for i, g in enumerate(gains) if have[i] < len(g) and sizes[i] <= left]
        if not open_:
            break
        i = max(open_, key=lambda i: Fraction(gains[i][have[i]], sizes[i]))
        have[i] += 1
        left -= sizes[i]
    greedy = start - sum(sum(g[:b]) for g, b in zip(gains, have, strict=True))
    return best, greedy


@item("greedy_equals_ip", "unequal_sizes_need_the_programme", "bent_tables_need_the_programme")
def exchange_of_steps():
    """All pairs of convex tables with gains 0 .. 3 and a third: greedy is optimal for equal sizes.

    derived

    Not so for sizes 1 and 2, nor for gains that rise.
    """
    falling = [g for g in itertools.product(range(4), repeat=2) if g[0] >= g[1]]

    def holds():
        return all(
            len({*spent((g, h, (2, 1)), (1, 1, 1), budget)}) == 1
            for g, h in itertools.product(falling, repeat=2)
            for budget in range(7)
        )

    bent = spent(((0, 3), (1, 1)), (1, 1), 2)
    return all_of(
        exact(holds, "10 x 10 tables, 7 budgets"),
        exact(len({*spent(((3,), (5,)), (1, 2), 2)}) == 2, "sizes 1, 2, gains 3, 5, budget 2"),
        exact(len({*bent}) == 2, "gains 0, 3 and 1, 1, budget 2"),
    )


@item("integrality_gap")
def one_step_in_part():
    """L - f G and at most L: the critical step's part f parts linear and integer programme.

    derived

    All steps before it fit, so the integer optimum is at most L, the loss without it.
    """
    loss, gain, part, optimum = reals("L G f O")
    inside = [gain >= 0, part >= 0, part <= 1, optimum <= loss]
    return polynomial(optimum <= loss - part * gain + gain, assumptions=inside)


@item("integrality_gap", "price_of_whole_bits", expected=Status.REFUTED,
      repaired_by="one_step_in_part")  # fmt: skip
def gap_of_one_bit_for_any_network():
    """The integer optimum is above the relaxed one by at most a bit's worth at theta.

    a plausible certificate; refuted: gaps of many layers add up

    20 layers of sensitivity 1, 10 bits: relaxed 20 4^(-1/2) = 10, integer 10 + 10/4, a bit less
    costs 3/2.
    """
    relaxed, whole, worth = Fraction(10), 10 + Fraction(10, 4), 3 * Fraction(1, 2)
    return exact(whole - relaxed <= worth, "20 equal layers, 10 bits")
