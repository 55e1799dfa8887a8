"""Infinitely wide and deep networks as classifiers: nearest neighbour, majority, singular kernel.

Inputs lie on the part of the unit sphere S^d in R^{d+1} with non-negative coordinates, labels are
-1 or +1. A network with L hidden layers, weights N(0, 1), activation phi (E phi(Z)^2 = 1), trained
by gradient flow from zero output, is kernel interpolation with its neural tangent kernel (all
layers) or its NNGP kernel (last layer). Both are functions of t = x.z alone, through the dual
activation F(t) = E phi(u) phi(v): t_{l+1} = F(t_l), Theta_{l+1} = t_{l+1} + Theta_l F'(t_l).
As L -> infinity the sign of the output depends on A = E phi, A' = E phi', B' = E phi'^2 only:
A = A' = 0 gives the 1-nearest-neighbour rule, A = 0 != A' a singular-kernel vote with exponent
alpha = -4 log|A'|/log B', A != 0 the majority vote. alpha = d is Bayes-optimal as n -> infinity.

What the paper says that is replaced here, with reasons:

* majority vote for every A != 0: false for B' < 1 without ridge, where the limit interpolates the
  labels (claim ``majority_vote_without_ridge``, repaired by ``flat_limit_without_ridge``);
* "R is bounded and tends to a constant near the diagonal": it is log-periodic (:func:`modulation`),
  and vanishes for orthogonal inputs;
* consistency at alpha = d as a limit in n: it is of order 1/log n, so the finite-n law is tested;
* limits in the order depth, then n: the NTK needs depth n^{2/d}, see claim
  ``nngp_log_depth_ntk_polynomial_depth``.
"""

from theory import Paper
from theory.ntk_classifiers._activations import Activation, ActivationError, singular_exponent
from theory.ntk_classifiers._claims_dirichlet import (
    DEPTH,
    DIRICHLET,
    bayes_accuracy,
    deep_accuracy,
    hilbert_accuracy,
    limit_depth,
    quarter_circle,
)
from theory.ntk_classifiers._claims_exponents import EXPLICIT
from theory.ntk_classifiers._claims_kernels import DUAL, NEAREST, SINGULAR
from theory.ntk_classifiers._claims_risk import CONSISTENT
from theory.ntk_classifiers._claims_votes import MAJORITY, TIES
from theory.ntk_classifiers._command import command
from theory.ntk_classifiers._depth import (
    Kernels,
    Similarity,
    check_inputs,
    check_labels,
    deepen,
    dense_kernels,
    ntk_diagonal,
    similarity,
    similarity_of,
    step,
    unit_rows,
)
from theory.ntk_classifiers._exponents import (
    erf_exponent,
    exponent,
    sine_exponent,
    sine_root,
)
from theory.ntk_classifiers._expressions import activation_named, parse_expression
from theory.ntk_classifiers._families import (
    centred_cosine,
    cosine,
    error_function,
    exponential,
    gaussian,
    sine,
)
from theory.ntk_classifiers._hermite import Expansion, activation_from, expand
from theory.ntk_classifiers._laws import (
    asymmetry_on_interval,
    ball_volume,
    bump_moments,
    chord,
    lamperti_density,
    squared_weights_at_dimension,
    vote_accuracy,
    vote_accuracy_at_dimension,
    vote_limit,
)
from theory.ntk_classifiers._limits import (
    FixedPoint,
    Koenigs,
    fixed_point,
    gamma_exponent,
    kappa,
    koenigs,
    log_boettcher,
    majority_label,
    majority_value,
    modulation,
    modulation_mean,
    relu_constant,
    relu_height,
    relu_ntk_share,
    relu_rho,
    ridge_majority_value,
    sigma,
)
from theory.ntk_classifiers._params import SHAPES, Params, activation_of
from theory.ntk_classifiers._piecewise_linear import (
    arc_cosine_excess,
    centred_leaky_relu,
    leaky_relu,
)
from theory.ntk_classifiers._polynomials import (
    geometric,
    hermite,
    hermite_polynomial,
    optimal,
    optimal_coefficients,
    polynomial,
    theta_family,
)
from theory.ntk_classifiers._statement import MODEL
from theory.ntk_classifiers._tables import (
    KernelTable,
    kernel_tables,
    nngp_matrix,
    ntk_matrix,
    pair_coordinates,
    table_nodes,
    tabulate,
)
from theory.ntk_classifiers._taxonomy import Taxonomy, taxonomy
from theory.ntk_classifiers._width import two_layer_ntk_given_first

PAPER = Paper(
    "Wide and Deep Neural Networks Achieve Optimality for Classification",
    "A. Radhakrishnan, M. Belkin, C. Uhler",
    "Proceedings of the National Academy of Sciences 120(14), 2023",
    "2204.14126",
    topics=("kernels", "classification"),
)

CLAIMS = (*DUAL, *NEAREST, *SINGULAR, *MAJORITY, *EXPLICIT, *CONSISTENT, *DIRICHLET, *DEPTH, *TIES)
"""In the order of the argument: kernels, the three classes, explicit activations, risk, depth."""

__all__ = [
    "CLAIMS", "MODEL", "PAPER", "SHAPES", "Activation", "ActivationError", "Expansion",
    "FixedPoint", "KernelTable", "Kernels", "Koenigs", "Params", "Similarity", "Taxonomy",
    "activation_from", "activation_named", "activation_of", "arc_cosine_excess",
    "asymmetry_on_interval", "ball_volume", "bayes_accuracy", "bump_moments", "centred_cosine",
    "centred_leaky_relu", "check_inputs", "check_labels", "chord", "command", "cosine",
    "deep_accuracy", "deepen", "dense_kernels", "erf_exponent", "error_function", "expand",
    "exponent", "exponential", "fixed_point", "gamma_exponent", "gaussian", "geometric", "hermite",
    "hermite_polynomial", "hilbert_accuracy", "kappa", "kernel_tables", "koenigs",
    "lamperti_density", "leaky_relu", "limit_depth", "log_boettcher", "majority_label",
    "majority_value", "modulation", "modulation_mean", "nngp_matrix", "ntk_diagonal", "ntk_matrix",
    "optimal", "optimal_coefficients", "pair_coordinates", "parse_expression", "polynomial",
    "quarter_circle", "relu_constant", "relu_height", "relu_ntk_share", "relu_rho",
    "ridge_majority_value", "sigma", "similarity", "similarity_of", "sine", "sine_exponent",
    "sine_root", "singular_exponent", "squared_weights_at_dimension", "step", "table_nodes",
    "tabulate", "taxonomy", "theta_family", "two_layer_ntk_given_first", "unit_rows",
    "vote_accuracy", "vote_accuracy_at_dimension", "vote_limit",
]  # fmt: skip
