"""Benign overfitting and grokking of a two-layer ReLU network on XOR cluster data.

Data: p-dimensional Gaussian clusters N(nu, I) around nu = ±mu1 (label +1) and ±mu2 (label -1),
mu1, mu2 orthogonal of squared norm M2; training labels are flipped with probability eta, test
labels are clean. Network: f(x) = sum_j a_j relu(<w_j, x>) with m neurons, a_j = ±1/sqrt(m) random
and frozen. Full-batch gradient descent on the logistic loss of n points moves the first layer from
w_j ~ N(0, omega^2 I): w_j += (alpha a_j/n) sum_i g_i 1{<w_j, x_i> > 0} y_i x_i. After one step the
network fits every label and is a linear classifier, at chance on clean data; later it classifies
clean data and still fits the noise.

Regimes are chosen by rho = M2/sqrt(p), P = p/M2 and omega/alpha. In *limit H* (omega/alpha -> 0,
flat sigmoid, P >> n, rho >= 6 sqrt(n)) the dynamics is an exact finite table and grokking a solved
curve: 1/2, Phi(z0) = 0.7297, then 1 - eta/((1-eta)(t-1)).

Claims replaced by sharp ones, because the paper's constants are unnamed or its event is empty:

* Theorem 3.1(iii), Theorem 4.8 (test error <= exp(-Omega(n^(1-20 eps) M2^2/p))): tested as the
  exponents of the z-score, ``test_error_window`` and ``test_error_window_in_n``. The theorem's
  constant is about 1000 times below the true one.
* Theorem 3.1(ii): kept with the constant (4/pi)/sqrt(m) in place of O(m^-1/2); its interval
  1/2 (1 ± n^-eps) is vacuous at eps < 2.5e-4, so the content is in the next three claims.
* Lemma 4.7 and (A.68) (orders and loose constants): ``feature_growth_rate``, ``weight_norm``.
* "With probability 1 - O(n^-eps) a good run": the good-run event is empty below n = 10^305;
  ``good_run_event_as_printed`` and ``aligned_sets_as_printed`` stand as REFUTED. Emptiness of (D3)
  and slips in proofs (A.11, A.15, A.87-A.91, D4) are items of ``proofs_check``.
* Lemma A.11's bounds n/24 <= Var(D|X) <= n/2: ``activation_covariance`` has the exact value; the
  upper bound breaks once P is below about 0.09 n.
* The normalized margin >= r/(240 n^(10 eps)): ``weight_norm_and_normalized_margin``, with the
  growth |n_+ - n_-| of the other axis, sqrt(eta/(pi n)), that a leading-order account misses.
* The activation table and the projections hold for neurons whose axis *turns*, sigma V(2) > 0.
  D != 0 alone is not enough: at n = 100, eta = 0.1 about 7 % of (neuron, axis) pairs do not turn.
"""

from theory import Paper
from theory.xor_cluster._statement import MODEL
from theory.xor_cluster.accuracy import (
    later_step_accuracy,
    later_step_accuracy_as_printed,
    later_step_accuracy_without_noise,
    later_step_correction,
    mean_accuracy,
    two_step_accuracy,
    two_step_accuracy_finite_width,
    two_step_correction,
    two_step_drift,
    two_step_threshold,
)
from theory.xor_cluster.claims_exact import EXACT_CLAIMS
from theory.xor_cluster.claims_limit import LIMIT_CLAIMS
from theory.xor_cluster.claims_one_step import ONE_STEP_CLAIMS
from theory.xor_cluster.claims_training import TRAINING_CLAIMS
from theory.xor_cluster.counts import (
    AxisCounts,
    aligned_fraction,
    aligned_tail,
    center_outputs,
    growth_given,
    half_window,
)
from theory.xor_cluster.first_step import (
    activation_covariance,
    aligned_fraction_variance,
    aligned_probability,
    aligned_probability_gaussian,
    alignment_kappa,
    axis_deviation_probability,
    bayes_error,
    bayes_error_by_erf,
    cluster_accuracy_cdf,
    cluster_accuracy_given,
    cluster_accuracy_variance,
    difference_pmf,
    difference_variance,
    lazy_train_accuracy,
    margin_mean,
    margin_variance,
    misfit_fraction,
    noisy_bayes_error,
)
from theory.xor_cluster.good_run import (
    aligned_sets_share,
    bayes_net_bound,
    bayes_net_mean,
    cluster_size_gap,
    cluster_size_spread,
    good_run_threshold,
    opposite_net_error,
)
from theory.xor_cluster.limit import (
    activation_table,
    clean_margin,
    clean_sigmoid_gap,
    feature_growth,
    feature_growth_exact,
    feature_growth_typical,
    growth_per_step,
    noisy_margin,
    noisy_sigmoid_gap,
    normalized_margin,
    other_projection,
    other_projection_as_printed,
    own_projection,
    weight_norm,
    weight_norm_squared,
)
from theory.xor_cluster.params import (
    REF_P,
    REF_T,
    SCALARS,
    Params,
    assumption_constants,
    check_second_layer,
    check_time,
    from_means,
    from_scales,
    window_end,
)

PAPER = Paper(
    title="Benign Overfitting and Grokking in ReLU Networks for XOR Cluster Data",
    authors="Zhiwei Xu, Yutong Wang, Spencer Frei, Gal Vardi, Wei Hu",
    venue="ICLR 2024",
    arxiv="2310.02541",
    topics=("overfitting", "optimisation", "noise"),
)

CLAIMS = EXACT_CLAIMS + ONE_STEP_CLAIMS + LIMIT_CLAIMS + TRAINING_CLAIMS

__all__ = [
    "CLAIMS", "MODEL", "PAPER", "REF_P", "REF_T", "SCALARS", "AxisCounts", "Params",
    "activation_covariance", "activation_table", "aligned_fraction", "aligned_fraction_variance",
    "aligned_probability", "aligned_probability_gaussian", "aligned_sets_share", "aligned_tail",
    "alignment_kappa", "assumption_constants", "axis_deviation_probability", "bayes_error",
    "bayes_error_by_erf", "bayes_net_bound", "bayes_net_mean", "center_outputs",
    "check_second_layer", "check_time", "clean_margin", "clean_sigmoid_gap",
    "cluster_accuracy_cdf", "cluster_accuracy_given", "cluster_accuracy_variance",
    "cluster_size_gap", "cluster_size_spread", "difference_pmf", "difference_variance",
    "feature_growth", "feature_growth_exact", "feature_growth_typical", "from_means",
    "from_scales", "good_run_threshold",
    "growth_given", "growth_per_step", "half_window", "later_step_accuracy",
    "later_step_accuracy_as_printed", "later_step_accuracy_without_noise", "later_step_correction",
    "lazy_train_accuracy", "margin_mean", "margin_variance", "mean_accuracy", "misfit_fraction",
    "noisy_bayes_error", "noisy_margin", "noisy_sigmoid_gap", "normalized_margin",
    "opposite_net_error", "other_projection", "other_projection_as_printed", "own_projection",
    "two_step_accuracy", "two_step_accuracy_finite_width", "two_step_correction",
    "two_step_drift", "two_step_threshold",
    "weight_norm", "weight_norm_squared", "window_end",
]  # fmt: skip
