"""The proof's steps of the XOR cluster paper, in its order, on theory's own formulas."""

from fractions import Fraction

import sympy as sp

from proofs_check import Proof, Status, all_of, exact, identity, inequality
from proofs_check.xor_cluster.appendix import (
    FIRST_SIZES,
    a35,
    aligned_margin,
    average_in_expectation,
    average_over_aligned,
    cluster_laws,
    gaussian_tail,
    good_run_empty,
    lemma_a15,
    lemma_a15_repaired,
    logistic_slope,
    margin_moments,
    orthant_last_step,
    orthant_two,
    rademacher_moments,
    relu_parts,
    sigmoid_gap,
    trichotomy_moments,
    two_activations,
)
from proofs_check.xor_cluster.limit import (
    later_step,
    later_step_printed,
    norm_limit,
    printed_lower_bound,
    printed_projection,
    projections,
    true_lower_bound,
    two_step_cancellation,
    two_step_threshold,
)
from theory import exp, pi, rational, sqrt
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

PROOFS: tuple[Proof, ...] = (
    Proof(
        name="relu_is_linear_plus_even",
        source="before (4.3)",
        statement="relu(x) - relu(-x) = x, relu(x)^2 + relu(-x)^2 = x^2, cubes sum to |x|^3",
        check=relu_parts,
        supports=("linear_plus_even_decomposition",),
    ),
    Proof(
        name="rademacher_relu_mean",
        source="Lemma 4.6, Lemma A.14",
        statement="E[a relu(a g)] = E g/2, Var = Var(g)/2 + (E g)^2/4 and its two bounds",
        check=rademacher_moments,
        supports=("one_step_form",),
    ),
    Proof(
        name="one_step_neuron",
        source="(4.3)",
        statement="s relu(s h) = (h + s|h|)/2",
        check=two_activations,
        supports=("one_step_form",),
    ),
    Proof(
        name="bayes_error_forms",
        source="derived: see bayes_error",
        statement="2q(1-q) = (1 - erf(‖mu‖/2)^2)/2",
        check=lambda: identity(
            bayes_error(sp.symbols("M2", positive=True)),
            bayes_error_by_erf(sp.symbols("M2", positive=True)),
        ),
        supports=("bayes_error", "bayes_error_forms"),
    ),
    Proof(
        name="one_step_margin_variance",
        source="derived: see margin_variance",
        statement="Var y_k<v,x_k> = 2p + 4M2 + (n-1)(M2^2/2 + 2M2 + p)",
        check=margin_moments,
        supports=("one_step_training_margin",),
    ),
    Proof(
        name="cluster_accuracy_variances",
        source="derived: see aligned_fraction_variance",
        statement="arcsin(1/2)/(2 pi) = 1/12; both accuracy laws are one family; 1/4 as rho -> inf",
        check=cluster_laws,
        supports=("aligned_fraction_uniform", "one_step_cluster_accuracy_law"),
    ),
    Proof(
        name="deviation_probability_bound",
        source="Theorem 3.1(ii), the O(m^-1/2)",
        statement="(2/pi) arctan(1/sqrt m) <= (2/pi)/sqrt m: arctan(x) <= x on (0, 1]",
        check=lambda: inequality(
            lambda m: 1 - axis_deviation_probability(m) * sqrt(m) * pi / 2, {"m": (1, 10**4)}
        ),
        supports=("one_step_deviation_probability", "theorem_one_step_error"),
    ),
    Proof(
        name="logistic_slope",
        source="Lemma A.3",
        statement="|1/(1+e^z) - 1/2| <= |z|/2; the sharp constant is 1/4",
        check=logistic_slope,
        supports=("sigmoid_flatness_bound",),
    ),
    Proof(
        name="sigmoid_gap_form",
        source="derived: see clean_sigmoid_gap",
        statement="(1/4)(1/4 + (3/8)(t-1))/2 = (3t-1)/64",
        check=sigmoid_gap,
        supports=("sigmoid_flatness",),
    ),
    Proof(
        name="gaussian_tails",
        source="appendix, Gaussian tails",
        statement="phi(t)/t <= 2 Q(t) <= exp(-t^2/2), Q(t) <= phi(t)/t for 1 <= t <= 12",
        check=gaussian_tail,
    ),
    Proof(
        name="orthant_of_two",
        source="appendix, orthant probabilities",
        statement="P(z1 > 0, z2 > 0) = 1/4 + arcsin(R)/(2 pi)",
        check=orthant_two,
        supports=("activation_covariance",),
    ),
    Proof(
        name="lipschitz_bound_of_the_bayes_network",
        source="Lemma A.9, corrected",
        statement="2q(1-q) <= exp(-(E f)^2/(2 ‖W‖_op^2)) for the Bayes network, M2 in [0.01, 400]",
        check=lambda: inequality(
            lambda M2: (bayes_net_bound(M2) - bayes_error(M2)) * exp(M2 / 16),
            {"M2": (Fraction(1, 100), 400)},
        ),
        supports=("lipschitz_concentration",),
    ),
    Proof(
        name="lipschitz_bound_as_printed",
        source="Lemma A.9 as printed",
        statement="the same bound for minus the Bayes network (no positivity condition)",
        check=lambda: inequality(
            lambda M2: bayes_net_bound(M2) - opposite_net_error(M2), {"M2": (Fraction(1, 100), 400)}
        ),
        expected=Status.REFUTED,
        repaired_by="lipschitz_bound_of_the_bayes_network",
    ),
    Proof(
        name="difference_moment_as_printed",
        source="before (A.11)",
        statement="E|1_nu - 1_-nu|^l = 1/4",
        check=lambda: exact(
            lambda: trichotomy_moments()[0] == Fraction(1, 4), "the four clusters enumerated"
        ),
        expected=Status.REFUTED,
        repaired_by="difference_moment",
    ),
    Proof(
        name="difference_moment",
        source="before (A.11), corrected",
        statement="E|1_nu - 1_-nu|^l = 1/2, so rho3/sigma^3 = sqrt(2)",
        check=lambda: all_of(
            exact(
                lambda: trichotomy_moments() == (Fraction(1, 2), Fraction(1, 2)),
                "the four clusters enumerated",
            ),
            lambda: identity(sp.Rational(1, 2) / sp.sqrt(sp.Rational(1, 2)) ** 3, sp.sqrt(2)),
        ),
    ),
    Proof(
        name="product_bound_as_printed",
        source="Lemma A.15",
        statement="(1 - 4/(Cn))^n >= 1 - 4/(Cn)",
        check=lambda: exact(lambda: lemma_a15(10, 9), "n = 10, C = 9: 0.635 against 0.956"),
        expected=Status.REFUTED,
        repaired_by="product_bound",
    ),
    Proof(
        name="product_bound",
        source="Lemma A.15, corrected",
        statement="(1 - 4/(Cn))^n >= 1 - 4/C >= 1/2 for C >= 8 (n < 60, C < 40)",
        check=lambda: exact(lemma_a15_repaired, "Fractions, n < 60, 8 <= C < 40"),
    ),
    Proof(
        name="orthant_last_step",
        source="Lemma A.16, last step",
        statement="2 sqrt(2)/(nC sqrt(pi)) + e^-n <= 2/(Cn) for 20 <= n <= 1e4, 1 <= C <= 1e6",
        check=orthant_last_step,
    ),
    Proof(
        name="activation_share",
        source="(A.35)",
        statement="(1-q/n)/2 - 4 n^-1.5 (1 + 10 sqrt(log n) n^-.01 q/(3C)) >= 1/4, n >= 100",
        check=lambda: inequality(a35, {"n": (FIRST_SIZES, 10**6), "C": (1, 100), "u": (0, 1)}),
    ),
    Proof(
        name="activation_share_at_small_n",
        source="(A.35)",
        statement="the same from n = 10",
        check=lambda: inequality(a35, {"n": (10, 20), "C": (1, 2), "u": (0, 1)}),
        expected=Status.REFUTED,
        repaired_by="activation_share",
    ),
    Proof(
        name="aligned_condition_needs_small_noise",
        source="definition of (nu, kappa)-aligned, second condition",
        statement="typical neurons meet it iff n > 64/(1-8 eta)^2 and eta < 1/8",
        check=aligned_margin,
    ),
    Proof(
        name="good_run_event_is_empty",
        source="(B3), (B4)",
        statement="2 sqrt(eps log n) < n^-eps unless eps log n >= .1758: n > 10^305",
        check=good_run_empty,
        supports=("good_run_event_is_empty",),
    ),
    Proof(
        name="good_run_event_as_printed",
        source="(B3), (B4)",
        statement="n^-eps <= 2 sqrt(eps log n) for n <= 1e6, eps <= 2.5e-4",
        check=lambda: inequality(
            lambda n, epsilon: cluster_size_spread(n, epsilon) - cluster_size_gap(n, epsilon),
            {"n": (10, 10**6), "epsilon": (Fraction(1, 10**6), Fraction(1, 4000))},
        ),
        expected=Status.REFUTED,
        repaired_by="good_run_event_is_empty",
    ),
    Proof(
        name="aligned_sets_fit_as_printed",
        source="(D2)",
        statement="two disjoint sets of m n^(-10 eps) neurons among 2m/3",
        check=lambda: inequality(
            lambda n, epsilon: rational(2, 3) - aligned_sets_share(n, epsilon),
            {"n": (10, 10**6), "epsilon": (Fraction(1, 10**6), Fraction(1, 4000))},
        ),
        expected=Status.REFUTED,
        repaired_by="aligned_fraction_uniform",
    ),
    Proof(
        name="aligned_average_as_printed",
        source="proof of (D4)",
        statement="with probability 1 aligned neurons' average d_-nu is at most everyone's",
        check=lambda: exact(
            lambda: average_over_aligned([(20, 10), (0, 0), (0, 0)]),
            "three neurons with (d_nu, d_-nu) = (20, 10), (0, 0), (0, 0): 10 against 10/3",
        ),
        expected=Status.REFUTED,
        repaired_by="aligned_average",
    ),
    Proof(
        name="aligned_average",
        source="proof of (D4), corrected",
        statement="in expectation it holds (iid d_nu, d_-nu on three points)",
        check=lambda: exact(average_in_expectation, "two laws on {0, 3, 7} enumerated"),
    ),
    Proof(
        name="projection_telescopes",
        source="derived: see own_projection, other_projection",
        statement="the table's steps sum to the projections V(t), t = 1..6",
        check=projections,
        supports=("projection_formulas", "outputs_from_counts"),
    ),
    Proof(
        name="projection_as_printed",
        source="display after (A.56)",
        statement="V(3) on the other axis has 3 n_-",
        check=printed_projection,
        expected=Status.REFUTED,
        repaired_by="projection_telescopes",
    ),
    Proof(
        name="projection_lower_bound_as_printed",
        source="after (A.56)",
        statement="-V(3) >= c_+ - c_- - 3 n_+ + 3 n_-",
        check=printed_lower_bound,
        expected=Status.REFUTED,
        repaired_by="projection_lower_bound",
    ),
    Proof(
        name="projection_lower_bound",
        source="after (A.56), corrected",
        statement="-V(3) >= c_+ - c_- - 3 n_+ + 2 n_-",
        check=true_lower_bound,
        supports=("projection_formulas",),
    ),
    Proof(
        name="two_step_cancellation",
        source="derived: see two_step_drift",
        statement="V_own(2) - V_other(2) = 2 (D + e)",
        check=two_step_cancellation,
        supports=("two_step_accuracy",),
    ),
    Proof(
        name="two_step_threshold",
        source="derived: see two_step_threshold",
        statement="phi(z) + 2 z Phi(z) changes sign once on [-8, 3], within 1e-9 of -0.6120031810",
        check=two_step_threshold,
        supports=("two_step_accuracy",),
    ),
    Proof(
        name="later_step_threshold",
        source="derived: see later_step_accuracy",
        statement="U* = eta/(a + eta), a = (1-2 eta) + (t-2)(1-eta), gives 1 - eta/((1-eta)(t-1))",
        check=later_step,
        supports=("later_step_accuracy",),
    ),
    Proof(
        name="later_step_as_printed",
        source="display after (A.56)",
        statement="the accuracy that the printed display gives",
        check=later_step_printed,
        expected=Status.REFUTED,
        repaired_by="later_step_threshold",
    ),
    Proof(
        name="long_run_ratios",
        source="derived: see weight_norm_squared, noisy_margin",
        statement="‖W‖^2 ~ alpha^2 t^2 p (3+eta)/(32 n); noisy over clean margin -> 4/3",
        check=norm_limit,
        supports=("weight_norm", "noisy_margin_growth"),
    ),
)
