"""Limit H: projection_telescopes from the activation table, and the accuracies that follow."""

from fractions import Fraction
from typing import Any

import sympy as sp
import z3

from proofs_check import Proofs, all_of, identity, inequality, polynomial
from theory import normal_pdf
from theory.xor_cluster import (
    clean_margin,
    later_step_accuracy,
    later_step_accuracy_as_printed,
    noisy_margin,
    other_projection,
    other_projection_as_printed,
    own_projection,
    two_step_drift,
    weight_norm_squared,
)

item = Proofs()

Z3: Any = z3  # its stubs give every expression a union of sorts that type checkers refuse


def _real(names: str):
    return sp.symbols(names, real=True)


def _positive(names: str):
    return sp.symbols(names, positive=True)


def sums_of_table(t: int, own: bool):
    """V(t) summed step by step from the activation table, with b(S) and sizes as symbols.

    At each step a neuron adds s y_i y_nu/... = +1 for each active point that its cluster's clean
    label pulls along: on +mu, C_+ and N_- count +1 and C_-, N_+ count -1 on the own axis, and
    the reverse on the other. For sigma = +; rows as in ``activation_table``.
    """
    cp, cm, np_, nm = _real("c_plus c_minus n_plus n_minus")
    bcp, bcm, bnp, bnm = _real("b_c_plus b_c_minus b_n_plus b_n_minus")

    def active(time: int):
        if time == 0:
            return bcp, bcm, bnp, bnm
        if own:
            return (cp, bcm, np_ - bnp, 0) if time == 1 else (cp, bcm, 0, 0)
        if time == 1:
            return 0, cm - bcm, bnp, nm
        return (cp - bcp, 0, np_, nm) if time == 2 else (0, 0, np_, nm)

    total = 0
    for time in range(t):
        a_cp, a_cm, a_np, a_nm = active(time)
        total += a_cp + a_nm - a_cm - a_np
    D = bcp + bnm - bcm - bnp
    sizes = (cp, cm, np_, nm)
    if own:
        return total, own_projection(t, D, *sizes, bcm, bnp)
    return -total, (D, sizes, (bcp, bnp, bnm))


@item(
    "projection_formulas",
    "outputs_from_counts",
    source="derived: see own_projection, other_projection",
)
def projection_telescopes():
    """the table's steps sum to the projections V(t), t = 1..6.

    The table summed step by step is own_projection and other_projection, t = 1..6.
    """
    parts = []
    for t in range(1, 7):
        own_sum, own_formula = sums_of_table(t, own=True)
        parts.append(identity(own_sum, own_formula))
        other_sum, (D, sizes, bs) = sums_of_table(t, own=False)
        parts.append(identity(other_sum, other_projection(t, D, *sizes, *bs)))
    return all_of(*parts)


@item(source="display after (A.56)", repaired_by="projection_telescopes")
def projection_as_printed():
    """V(3) on the other axis has 3 n_-.

    The display after (A.56) against the same sum.
    """
    other_sum, (D, sizes, bs) = sums_of_table(3, own=False)
    return identity(other_sum, other_projection_as_printed(3, D, *sizes, *bs))


@item(source="after (A.56)", repaired_by="projection_lower_bound")
def projection_lower_bound_as_printed():
    """-V(3) >= c_+ - c_- - 3 n_+ + 3 n_-.

    -V(3) >= c_+ - c_- - 3 n_+ + 3 n_- with 0 <= b(S) <= |S|.
    """
    cp, cm, np_, nm, bnp, bnm = Z3.Reals("c_plus c_minus n_plus n_minus b_n_plus b_n_minus")
    value = cp - cm - np_ + 2 * nm + bnm - 2 * bnp
    sizes = (cp >= 0, cm >= 0, np_ >= 0, nm >= 0, bnp >= 0, bnp <= np_, bnm >= 0, bnm <= nm)
    return polynomial(value >= cp - cm - 3 * np_ + 3 * nm, assumptions=sizes)


@item("projection_formulas", source="after (A.56), corrected")
def projection_lower_bound():
    """-V(3) >= c_+ - c_- - 3 n_+ + 2 n_-.

    -V(3) >= c_+ - c_- - 3 n_+ + 2 n_- with 0 <= b(S) <= |S|.
    """
    cp, cm, np_, nm, bnp, bnm = Z3.Reals("c_plus c_minus n_plus n_minus b_n_plus b_n_minus")
    value = cp - cm - np_ + 2 * nm + bnm - 2 * bnp
    sizes = (np_ >= 0, nm >= 0, bnp >= 0, bnp <= np_, bnm >= 0, bnm <= nm)
    return polynomial(value >= cp - cm - 3 * np_ + 2 * nm, assumptions=sizes)


@item("two_step_accuracy", source="derived: see two_step_drift")
def two_step_cancellation():
    """V_own(2) - V_other(2) = 2 (D + e).

    V_own(2) - V_other(2) = 2 (D + e) for sigma = +: the leading terms cancel.
    """
    _, own = sums_of_table(2, own=True)
    _, (D, sizes, bs) = sums_of_table(2, own=False)
    cp, cm, np_, nm = sizes
    e = (cp - np_ - cm + nm) / 2
    return identity(own - other_projection(2, D, *sizes, *bs), 2 * (D + e))


@item("two_step_accuracy", source="derived: see two_step_threshold")
def two_step_threshold():
    """phi(z) + 2 z Phi(z) changes sign once on [-8, 3], within 1e-9 of -0.6120031810.

    A sign change of the drift at -z0, in an interval of length 1e-9, and only one on [-8, 0].
    """
    z0 = Fraction(6120031810, 10**10)
    low, high = -z0 - Fraction(1, 10**9), -z0 + Fraction(1, 10**9)
    # far left the drift vanishes like phi, so it is divided by phi there
    return all_of(
        lambda: inequality(lambda z: -two_step_drift(z), {"z": (low, low)}, strict=True),
        lambda: inequality(lambda z: two_step_drift(z), {"z": (high, high)}, strict=True),
        lambda: inequality(lambda z: two_step_drift(z), {"z": (high, 3)}, strict=True),
        lambda: inequality(
            lambda z: -two_step_drift(z) / normal_pdf(z), {"z": (-8, low)}, strict=True
        ),
    )


@item("later_step_accuracy", source="derived: see later_step_accuracy")
def later_step_threshold():
    """U* = eta/(a + eta), a = (1-2 eta) + (t-2)(1-eta), gives 1 - eta/((1-eta)(t-1)).

    U a = (1-U) eta at U = eta/(a + eta), a = (1-2 eta) + (t-2)(1-eta); 1 - U is the accuracy.
    """
    eta, t = _positive("eta t")
    a = (1 - 2 * eta) + (t - 2) * (1 - eta)
    return identity(1 - eta / (a + eta), later_step_accuracy(eta, t))


@item(source="display after (A.56)", repaired_by="later_step_threshold")
def later_step_as_printed():
    """the accuracy that the printed display gives.

    The accuracy from the printed display against the true one.
    """
    eta, t = _positive("eta t")
    return identity(later_step_accuracy(eta, t), later_step_accuracy_as_printed(eta, t))


@item("weight_norm", "noisy_margin_growth", source="derived: see weight_norm_squared, noisy_margin")
def long_run_ratios():
    """‖W‖^2 ~ alpha^2 t^2 p (3+eta)/(32 n); noisy over clean margin -> 4/3.

    Long-run norm (3 + eta)/8 and margin ratio 4/3.
    """
    t = sp.symbols("t", positive=True)
    eta = sp.symbols("eta", nonnegative=True)
    limit = sp.limit(sp.expand(weight_norm_squared(eta, t) / t**2), t, sp.oo)
    ratio = sp.limit(noisy_margin(t) / clean_margin(t), t, sp.oo)
    return all_of(
        lambda: identity(limit, (3 + eta) / 8), lambda: identity(ratio, sp.Rational(4, 3))
    )
