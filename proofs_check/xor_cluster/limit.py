"""Limit H: projections from the activation table, and the accuracies that follow."""

from fractions import Fraction

import sympy as sp

from proofs_check import Proofs, all_of, identity, inequality, polynomial, reals
from theory import normal_pdf
from theory.xor_cluster import (
    AxisCounts,
    clean_margin,
    later_step_accuracy,
    noisy_margin,
    other_projection,
    own_projection,
    two_step_drift,
    weight_norm_squared,
)

item = Proofs()
eta, t = sp.symbols("eta t", positive=True)
SIZES = cp, cm, np_, nm = AxisCounts(*sp.symbols("c_plus c_minus n_plus n_minus", real=True))
HITS = bcp, bcm, bnp, bnm = AxisCounts(
    *sp.symbols("b_c_plus b_c_minus b_n_plus b_n_minus", real=True)
)


def active(time: int, own: bool):
    """How many of C_+, C_-, N_+, N_- are active, sigma = +, by rows of ``activation_table``."""
    if time == 0:
        return HITS
    if own:
        return cp, bcm, (np_ - bnp if time == 1 else 0), 0
    if time == 1:
        return 0, cm - bcm, bnp, nm
    return (cp - bcp if time == 2 else 0), 0, np_, nm


def summed(steps: int, own: bool):
    """V at a time, step by step: on +mu an active point of C_+, N_- counts 1, of C_-, N_+ -1 on
    the own axis, and the reverse on the other."""
    rows = [active(time, own) for time in range(steps)]
    total = sum(a_cp + a_nm - a_cm - a_np for a_cp, a_cm, a_np, a_nm in rows)
    return total if own else -total


@item(
    "projection_formulas", "outputs_from_counts",
    source="derived: see own_projection, other_projection",
)  # fmt: skip
def projection_telescopes():
    """the table's steps sum to the projections V(t), t = 1..6."""
    return all_of(
        *(identity(summed(k, own=True), own_projection(k, SIZES, HITS)) for k in range(1, 7)),
        *(identity(summed(k, own=False), other_projection(k, SIZES, HITS)) for k in range(1, 7)),
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
    e = SIZES.difference / 2
    difference = own_projection(2, SIZES, HITS) - other_projection(2, SIZES, HITS)
    return identity(difference, 2 * (HITS.difference + e))


@item("two_step_accuracy", source="derived: see two_step_threshold")
def two_step_threshold():
    """phi(z) + 2 z Phi(z) changes sign once on [-8, 3], within 1e-9 of -0.6120031810."""
    z0 = Fraction(6120031810, 10**10)
    low, high = -z0 - Fraction(1, 10**9), -z0 + Fraction(1, 10**9)
    below = lambda z: -two_step_drift(z) / normal_pdf(z)  # noqa: E731  far left both vanish
    return all_of(
        inequality(lambda z: -two_step_drift(z), {"z": (low, low)}, strict=True),
        inequality(two_step_drift, {"z": (high, high)}, strict=True),
        inequality(two_step_drift, {"z": (high, 3)}, strict=True),
        inequality(below, {"z": (-8, low)}, strict=True),
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
    return all_of(identity(norm, (3 + eta) / 8), identity(ratio, sp.Rational(4, 3)))
