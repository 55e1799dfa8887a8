"""Adversarial robustness against accuracy disparity: Gaussian and stable two-class mixtures.

Two classes y = +-1 with prior odds R >= 1 (y = +1 is the majority) have x = y mu + xi, with xi
normal of covariance Sigma, or symmetric alpha-stable (independent coordinates, or elliptical with
shape Sigma). An attacker moves x by delta, |delta|_p <= eps. f_std is the linear rule
sign(w.x + b) of least natural error, f_rob that of least robust error. The accuracy disparity AD is
the majority's natural accuracy minus the minority's; the disparity gap is AD(f_rob) - AD(f_std).
Everything rests on one reduction: a rule enters only through its natural margin k = w.mu/gamma(w),
its robust margin m = (w.mu - eps |w|_q)/gamma(w) and its offset h = b/gamma(w), with gamma(w) S
the law of w.xi: accuracies F(k +- h), F(m +- h). Gaussian noise: h = log(R)/(2m), the gap is
positive for every R > 1. Stable noise: the best rule becomes constant at a finite R_c(m).

Every formula is exact for this model. The paper's theorem numbers were not available, so sources
say "abstract" or "derived". CLAIMS holds all statements, with
these remarks:

- "Robustness degrades the standard accuracy on all classes" is true of the inherent part only
  (``inherent_effect``); the net majority accuracy can rise (``majority_gain_threshold``), which
  ``minority_always_loses`` has as its wrong twin.
- "The best offset solves the stationarity equation" needs R < R_c, not R < R*:
  ``stable_trivial_threshold``.
- The unequal-variance rule of Xu et al. is the best one only until the constant rule of the wider
  class overtakes it, so ``unequal_variance_optimum`` states the smaller of the two errors.
"""

from theory._paper import Paper
from theory.gaussian_robustness._cauchy import (
    R_CROSSING,
    cauchy_disparity,
    cauchy_error,
    cauchy_large_margin,
    cauchy_larger_root,
    cauchy_local_threshold,
    cauchy_offset,
    cauchy_quadratic,
    cauchy_stationarity,
    cauchy_threshold_residual,
    cauchy_trivial_threshold,
    cauchy_turning_margin,
)
from theory.gaussian_robustness._claims_effects import EFFECTS
from theory.gaussian_robustness._claims_optima import OPTIMA
from theory.gaussian_robustness._claims_samples import CLAIMS as _SAMPLE_CLAIMS
from theory.gaussian_robustness._claims_samples import (
    OFFSET_CLIP,
    dkw_radius,
    exclusion_probability,
    sandwich,
)
from theory.gaussian_robustness._claims_stable import CLAIMS as _STABLE_CLAIMS
from theory.gaussian_robustness._directions import (
    Attack,
    GaussianMargins,
    attack_of,
    gaussian_margins,
    isotropic_l2_margins,
    linf_margins,
    nearest_attack,
    nearest_attack_diagonal,
    precision_times,
    project,
    robust_margin_bounds,
    soft_threshold_attack,
)
from theory.gaussian_robustness._finite_sample import (
    PluginAccuracies,
    SoftMoments,
    lda_exact_accuracy,
    lda_high_dimension,
    plugin_accuracies,
    soft_threshold_moments,
)
from theory.gaussian_robustness._gaussian import (
    balanced_loss_leading,
    disparity,
    disparity_gap,
    disparity_gap_leading,
    disparity_slope,
    imbalance_part,
    inherent_part,
    majority_accuracy,
    majority_gain_threshold,
    minority_accuracy,
    minority_half_threshold,
    optimal_disparity,
    optimal_offset,
    population_accuracy,
    population_error,
    squared_margin_loss,
    standard_accuracy_gap,
    unequal_variance_error,
    unequal_variance_errors,
)
from theory.gaussian_robustness._logistic import (
    fisher_information,
    gaussian_mean,
    logistic_loss,
    support_probability,
    truncated_logistic_loss,
    weight_ratio,
)
from theory.gaussian_robustness._model import (
    HeavyTail,
    Margins,
    Model,
    Params,
    covariance_matrix,
    mean,
    scales,
)
from theory.gaussian_robustness._norms import dual_norm, exponent, lp_norm, worst_attack
from theory.gaussian_robustness._probes import LinearRule, Probe, StableProbe, UnequalVariances
from theory.gaussian_robustness._rules import (
    Accuracies,
    Rule,
    RuleMargins,
    accuracies,
    independent_direction,
    margins_of,
    noise_cdf,
    noise_scale,
    population,
    robust_rule,
    standard_rule,
)
from theory.gaussian_robustness._stable import (
    cauchy_cdf,
    cauchy_pdf,
    holtsmark_pdf,
    levy_cdf,
    sample_positive_stable,
    sample_stable,
    stable_cdf,
    stable_pdf,
    stable_tail_constant,
)
from theory.gaussian_robustness._stable_logistic import stable_logistic_minimiser
from theory.gaussian_robustness._statement import MODEL
from theory.gaussian_robustness._thresholds import (
    Offset,
    Threshold,
    best_offset,
    large_margin_threshold,
    linear_error,
    local_threshold,
    offset_growth,
    stable_disparity,
    stationary_offset,
    trivial_threshold,
    turning_margin,
)

__all__ = [
    "CLAIMS",
    "MODEL",
    "OFFSET_CLIP",
    "PAPER",
    "R_CROSSING",
    "Accuracies",
    "Attack",
    "GaussianMargins",
    "HeavyTail",
    "LinearRule",
    "Margins",
    "Model",
    "Offset",
    "Params",
    "PluginAccuracies",
    "Probe",
    "Rule",
    "RuleMargins",
    "SoftMoments",
    "StableProbe",
    "Threshold",
    "UnequalVariances",
    "accuracies",
    "attack_of",
    "balanced_loss_leading",
    "best_offset",
    "cauchy_cdf",
    "cauchy_disparity",
    "cauchy_error",
    "cauchy_large_margin",
    "cauchy_larger_root",
    "cauchy_local_threshold",
    "cauchy_offset",
    "cauchy_pdf",
    "cauchy_quadratic",
    "cauchy_stationarity",
    "cauchy_threshold_residual",
    "cauchy_trivial_threshold",
    "cauchy_turning_margin",
    "covariance_matrix",
    "disparity",
    "disparity_gap",
    "disparity_gap_leading",
    "disparity_slope",
    "dkw_radius",
    "dual_norm",
    "exclusion_probability",
    "exponent",
    "fisher_information",
    "gaussian_margins",
    "gaussian_mean",
    "holtsmark_pdf",
    "imbalance_part",
    "independent_direction",
    "inherent_part",
    "isotropic_l2_margins",
    "large_margin_threshold",
    "lda_exact_accuracy",
    "lda_high_dimension",
    "levy_cdf",
    "linear_error",
    "linf_margins",
    "local_threshold",
    "logistic_loss",
    "lp_norm",
    "majority_accuracy",
    "majority_gain_threshold",
    "margins_of",
    "mean",
    "minority_accuracy",
    "minority_half_threshold",
    "nearest_attack",
    "nearest_attack_diagonal",
    "noise_cdf",
    "noise_scale",
    "offset_growth",
    "optimal_disparity",
    "optimal_offset",
    "plugin_accuracies",
    "population",
    "population_accuracy",
    "population_error",
    "precision_times",
    "project",
    "robust_margin_bounds",
    "robust_rule",
    "sample_positive_stable",
    "sample_stable",
    "sandwich",
    "scales",
    "soft_threshold_attack",
    "soft_threshold_moments",
    "squared_margin_loss",
    "stable_cdf",
    "stable_disparity",
    "stable_logistic_minimiser",
    "stable_pdf",
    "stable_tail_constant",
    "standard_accuracy_gap",
    "standard_rule",
    "stationary_offset",
    "support_probability",
    "trivial_threshold",
    "truncated_logistic_loss",
    "turning_margin",
    "unequal_variance_error",
    "unequal_variance_errors",
    "weight_ratio",
    "worst_attack",
]

PAPER = Paper(
    title="Understanding the Impact of Adversarial Robustness on Accuracy Disparity",
    authors="Yuzheng Hu, Fan Wu, Hongyang Zhang, Han Zhao",
    venue="ICML 2023",
    arxiv="2211.15762",
    topics=("robustness", "imbalance", "classification"),
)

CLAIMS = OPTIMA + EFFECTS + _STABLE_CLAIMS + _SAMPLE_CLAIMS
