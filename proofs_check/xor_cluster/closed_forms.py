"""The proof's steps of the XOR cluster paper, in its order, on theory's own formulas."""

from fractions import Fraction

import sympy as sp

from proofs_check import Proofs, Status, all_of, exact, identity, inequality
from proofs_check.xor_cluster.appendix import (
    FIRST_SIZES,
    a35,
    average_in_expectation,
    average_over_aligned,
    lemma_a15,
    lemma_a15_repaired,
    one_step_center,
    trichotomy_moments,
)
from theory import exp, log, pi, rational, sqrt
from theory.xor_cluster import (
    aligned_sets_share,
    axis_deviation_probability,
    bayes_error,
    bayes_error_by_erf,
    bayes_net_bound,
    cluster_size_gap,
    cluster_size_spread,
    opposite_net_error,
)

item = Proofs()


@item("bayes_error", "bayes_error_forms", source="derived: see bayes_error")
def bayes_error_forms():
    """2q(1-q) = (1 - erf(‖mu‖/2)^2)/2."""
    return identity(
        bayes_error(sp.symbols("M2", positive=True)),
        bayes_error_by_erf(sp.symbols("M2", positive=True)),
    )


@item(
    "one_step_deviation_probability",
    "theorem_one_step_error",
    source="Theorem 3.1(ii), the O(m^-1/2)",
)
def deviation_probability_bound():
    """(2/pi) arctan(1/sqrt m) <= (2/pi)/sqrt m: arctan(x) <= x on (0, 1]."""
    return inequality(
        lambda m: 1 - axis_deviation_probability(m) * sqrt(m) * pi / 2, {"m": (1, 10**4)}
    )


@item("one_step_form", source="(A.88)")
def one_step_center_output():
    """f(mu) after one step is alpha M2 e/(4n), m = inf."""
    return one_step_center(4)


@item(source="(A.89)-(A.91)", repaired_by="one_step_center_output")
def one_step_center_output_as_printed():
    """f(mu) after one step is alpha M2 e/(2n), m = inf."""
    return one_step_center(2)


@item(source="before (A.11)", expected=Status.REFUTED)
def cluster_share_as_printed():
    """E[1_nu(k)] = n/4, at n = 200."""
    return exact(lambda: Fraction(1, 4) == Fraction(200, 4), "one of four clusters")


@item(source="(A.41)", expected=Status.REFUTED)
def exponent_gap_as_printed():
    """(160/3) sqrt(log n) <= C n^(0.01 - 20 eps) for n <= 1e6, C <= 50, eps <= 2.5e-4."""
    return inequality(
        lambda n, C, e: (
            C * exp((rational(1, 100) - 20 * e) * log(n)) - rational(160, 3) * sqrt(log(n))
        ),
        {"n": (10, 10**6), "C": (1, 50), "e": (0, Fraction(1, 4000))},
    )


@item("lipschitz_concentration", source="Lemma A.9, corrected")
def lipschitz_bound_of_the_bayes_network():
    """2q(1-q) <= exp(-(E f)^2/(2 ‖W‖_op^2)) for the Bayes network, M2 in [0.01, 400]."""
    return inequality(
        lambda M2: (bayes_net_bound(M2) - bayes_error(M2)) * exp(M2 / 16),
        {"M2": (Fraction(1, 100), 400)},
    )


@item(source="Lemma A.9 as printed", repaired_by="lipschitz_bound_of_the_bayes_network")
def lipschitz_bound_as_printed():
    """the same bound for minus the Bayes network (no positivity condition)."""
    return inequality(
        lambda M2: bayes_net_bound(M2) - opposite_net_error(M2), {"M2": (Fraction(1, 100), 400)}
    )


@item(source="before (A.11)", repaired_by="difference_moment")
def difference_moment_as_printed():
    """E|1_nu - 1_-nu|^l = 1/4."""
    return exact(lambda: trichotomy_moments()[0] == Fraction(1, 4), "the four clusters enumerated")


@item(source="before (A.11), corrected")
def difference_moment():
    """E|1_nu - 1_-nu|^l = 1/2, so rho3/sigma^3 = sqrt(2)."""
    return all_of(
        exact(
            lambda: trichotomy_moments() == (Fraction(1, 2), Fraction(1, 2)),
            "the four clusters enumerated",
        ),
        lambda: identity(sp.Rational(1, 2) / sp.sqrt(sp.Rational(1, 2)) ** 3, sp.sqrt(2)),
    )


@item(source="Lemma A.15", repaired_by="product_bound")
def product_bound_as_printed():
    """(1 - 4/(Cn))^n >= 1 - 4/(Cn)."""
    return exact(lambda: lemma_a15(10, 9), "n = 10, C = 9: 0.635 against 0.956")


@item(source="Lemma A.15, corrected")
def product_bound():
    """(1 - 4/(Cn))^n >= 1 - 4/C >= 1/2 for C >= 8 (n < 60, C < 40)."""
    return exact(lemma_a15_repaired, "Fractions, n < 60, 8 <= C < 40")


@item(source="(A.35)")
def activation_share():
    """(1-q/n)/2 - 4 n^-1.5 (1 + 10 sqrt(log n) n^-.01 q/(3C)) >= 1/4, n >= 100."""
    return inequality(a35, {"n": (FIRST_SIZES, 10**6), "C": (1, 100), "u": (0, 1)})


@item(source="(A.35)", repaired_by="activation_share")
def activation_share_at_small_n():
    """the same from n = 10."""
    return inequality(a35, {"n": (10, 20), "C": (1, 2), "u": (0, 1)})


@item(source="(B3), (B4)", repaired_by="good_run_event_is_empty")
def good_run_event_as_printed():
    """n^-eps <= 2 sqrt(eps log n) for n <= 1e6, eps <= 2.5e-4."""
    return inequality(
        lambda n, epsilon: cluster_size_spread(n, epsilon) - cluster_size_gap(n, epsilon),
        {"n": (10, 10**6), "epsilon": (Fraction(1, 10**6), Fraction(1, 4000))},
    )


@item(source="(D2)", repaired_by="aligned_fraction_uniform")
def aligned_sets_fit_as_printed():
    """two disjoint sets of m n^(-10 eps) neurons among 2m/3."""
    return inequality(
        lambda n, epsilon: rational(2, 3) - aligned_sets_share(n, epsilon),
        {"n": (10, 10**6), "epsilon": (Fraction(1, 10**6), Fraction(1, 4000))},
    )


@item(source="proof of (D4)", repaired_by="aligned_average")
def aligned_average_as_printed():
    """with probability 1 aligned neurons' average d_-nu is at most everyone's."""
    return exact(
        lambda: average_over_aligned([(20, 10), (0, 0), (0, 0)]),
        "three neurons with (d_nu, d_-nu) = (20, 10), (0, 0), (0, 0): 10 against 10/3",
    )


@item(source="proof of (D4), corrected")
def aligned_average():
    """in expectation it holds (iid d_nu, d_-nu on three points)."""
    return exact(average_in_expectation, "two laws on {0, 3, 7} enumerated")
