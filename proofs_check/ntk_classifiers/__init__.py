"""The steps of the argument on infinitely deep networks, on theory's own formulas."""

from proofs_check import Proof
from proofs_check.ntk_classifiers._duals import (
    prove_contraction,
    prove_explicit,
    prove_mehler,
    prove_price,
    prove_solvable,
    prove_two_sided,
    prove_unrolled,
)
from proofs_check.ntk_classifiers._exponents import (
    prove_centred_leaky_relu,
    prove_erf_exponent,
    prove_lamperti_density,
    prove_lamperti_symmetry,
    prove_sine_exponent,
)
from proofs_check.ntk_classifiers._majority import (
    prove_fixed_point,
    prove_majority,
    prove_relu_contraction,
)

PROOFS: tuple[Proof, ...] = (
    Proof(
        "mehler", "Section 2, dual activations (Mehler)",
        "E h_j(u) h_k(v) = [j = k] t^k for degrees up to 5", prove_mehler,
        supports=("dual_activation_moments",),
    ),
    Proof(
        "price", "Section 2, derivative of the dual (Price)",
        "F' as listed is the derivative of F, for every family", prove_price,
        supports=("dual_activation_moments",),
    ),
    Proof(
        "ntk_unrolled", "derived: see deepen",
        "Theta_L = sum_l t_l prod_{k >= l} F'(t_k)", prove_unrolled,
        supports=("ntk_recursion", "ntk_recursion_two_layers", "ntk_bias_falls_as_one_over_width"),
    ),
    Proof(
        "schroeder_monotone", "singular kernels, convergence",
        "a t <= F(t) < t, F' > 0, F'' > 0 on (0, 1), F'(1) > 1, phi_1 and phi_d: t_L/a^L rises to "
        "its limit", prove_contraction,
        supports=("singular_kernel_limit",),
    ),
    Proof(
        "two_sided_fall", "singular kernels, bounds on R",
        "b s - F''(1) s^2/2 <= 1 - F(1-s) <= b s on [0, 1], phi_1 and phi_d", prove_two_sided,
        supports=("singular_exponent",),
    ),
    Proof(
        "explicit_activation", "explicit optimal activations",
        "phi_d: coefficients >= 0 iff d >= 2, sum 1, F'(1) = 2, alpha = d; phi_1: alpha = 1",
        prove_explicit, supports=("explicit_optimal_activations", "singular_exponent"),
    ),
    Proof(
        "solvable_families", "derived: see geometric and theta_family",
        "geometric and theta families: depth L replaces a by a^L; Theta_L by induction",
        prove_solvable,
        supports=("singular_kernel_limit",),
    ),
    Proof(
        "relu_contraction", "derived: see arc_cosine_excess",
        "c s^{3/2} (1 + s/20) <= s - s' <= c s^{3/2} (1 + .06067 s) on (0, 1], ReLU",
        prove_relu_contraction, supports=("majority_vote_relu", "majority_vote_relu_expansion"),
    ),
    Proof(
        "fixed_point_unique", "majority vote (A != 0)",
        "F convex, B' > 1: exactly one fixed point c in (0, 1), F'(c) < 1; B' <= 1: F(t) > t; cos, "
        "exp and every cubic dual", prove_fixed_point,
        supports=("majority_vote_supercritical", "majority_vote_smooth_critical"),
    ),
    Proof(
        "majority_value_formula", "majority vote, value",
        "y^T ((1-q) I + q J)^{-1} q 1 = q S/(1 - q + n q) (Sherman-Morrison; n = 4)",
        prove_majority,
        supports=("majority_vote_supercritical_nngp", "majority_vote_relu",
                  "majority_vote_smooth_critical", "majority_vote_subcritical"),
    ),
    Proof(
        "sine_exponent_above_one", "derived: see sine_exponent",
        "alpha(sin) > 1 on [1/20, 40], rising on [1/4, 40], 1 + w^2/5 + ... at 0",
        prove_sine_exponent,
        supports=("sine_never_optimal_on_the_circle", "sine_activation_exponent"),
    ),
    Proof(
        "centred_leaky_relu_exponent", "derived: see centred_leaky_relu",
        "a < 1 < b; alpha falls from infinity (slope -1) to pi - 2 (slope 1)",
        prove_centred_leaky_relu,
        supports=("centred_leaky_relu_exponent",),
    ),
    Proof(
        "erf_exponent_below_one", "derived: see erf_exponent",
        "alpha(erf) < 1 at every scale: cos th < (sin th/th)^3 on (0, pi/2)", prove_erf_exponent,
        supports=("erf_never_optimal",),
    ),
    Proof(
        "lamperti_density", "derived: see vote_accuracy",
        "d/dz P(vote = +1) = -density of (X/X')^r at z = (1-eta)/eta", prove_lamperti_density,
        supports=("risk_when_alpha_exceeds_d", "risk_on_the_sphere_when_alpha_exceeds_d"),
    ),
    Proof(
        "lamperti_symmetry", "derived: see vote_accuracy",
        "the ratio's density is that of its inverse: P(eta) + P(1 - eta) = 1",
        prove_lamperti_symmetry,
        supports=("risk_when_alpha_exceeds_d", "risk_on_the_sphere_when_alpha_exceeds_d"),
    ),
)  # fmt: skip
