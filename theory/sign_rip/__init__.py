"""Sign-RIP: sub-gradient method with small start for robust, over-parameterised matrix recovery.

The truth X* is d x d, positive semi-definite, of rank r, eigenvalues sigma_1 >= ... >= sigma_r.
m measurements y_i = <A_i, X*> + s_i, A_i with iid N(0, 1) entries, noise s_i independent of them:
outliers of any law with probability p, dense N(0, nu^2) noise, or both. One fits
f(U) = (1/m) sum_i |y_i - <A_i, U U^T>|, U of shape (d, r'), r' >= r, by sub-gradient steps
U_{t+1} = U_t - 2 eta_t Q_t U_t, Q = (1/m) sum_i sign(<A_i, Delta> - s_i) sym(A_i),
Delta = U U^T - X*, from U_0 = alpha B with alpha tiny (sign(0) = 0). For symmetric X,
<A_i, X> = a_i . svec(X) with a_i exactly iid N(0, I_N), N = d(d+1)/2: that is what is simulated.

J. Ma, S. Fattahi. Global Convergence of Sub-gradient Method for Robust Matrix Recovery: Small
Initialization, Noisy Measurements, and Over-parameterization. JMLR 24, 2023. arXiv:2202.08788.
It builds on their Sign-RIP paper, arXiv:2102.02969.

Not testable as stated, and what stands in its place:

* sample sizes m = O(d k polylog/((1-p)^2 delta^2)) with unnamed constants: `sign_rip_pointwise`
  (constant known), `sign_rip_uniform_scaling` (exponent), `l1_l2_rip_uniform` (explicit bound);
* error O(alpha^(2 - small)) and O(log^2(1/alpha)) iterations: `residual_exponent` gives the small
  term, `geometric_budget` the iterations with their constant;
* error O(nu sqrt(d r/m)) under Gaussian noise: `final_floor_l1`, `overfit_floor`, `overfit_window`;
* noise that depends on the measurements (s_i = -2<A_i, X*> breaks every method): nothing is
  claimed, here or in the paper.
"""

from theory import Paper
from theory.sign_rip._claims_ends import END_CLAIMS
from theory.sign_rip._claims_exact import EXACT_CLAIMS
from theory.sign_rip._claims_identities import IDENTITY_CLAIMS
from theory.sign_rip._claims_measured import MEASURED_CLAIMS
from theory.sign_rip._claims_runs import RUN_CLAIMS
from theory.sign_rip.budget import (
    advice,
    critical_rho,
    escape_time,
    log_growth,
    overfit_window,
    population_critical_rho,
    residual_exponent,
    scalar_critical_rho,
)
from theory.sign_rip.floors import (
    clipped_moment,
    cone_width,
    critical_level,
    critical_ratio,
    degrees_of_freedom,
    error_floor,
    floor_factor,
    gain,
    kappa_at,
    l2_error_floor,
    l2_floor_factor,
    optimality_threshold,
    psd_dimension,
    recovery_threshold,
    threshold_equation,
)
from theory.sign_rip.landscape import (
    CriticalPoint,
    admitted_norm,
    convexity_bound,
    cosine_bound,
    error_energy,
    l1_l2_to_sign_rip,
    norm_bound,
    residual_energy,
)
from theory.sign_rip.noise import (
    c0,
    density_at_zero,
    expected_loss,
    mean_decay,
    noise_density_at_zero,
    noise_second_moment,
    outlier_decay,
    outlier_loss,
    scaling_at_zero,
    scaling_function,
)
from theory.sign_rip.own_law import own_scaling_function
from theory.sign_rip.params import GENTLE, Params, eigenvalues, spectrum_of, svec_length, truth_norm
from theory.sign_rip.population import (
    constant_step_cycle,
    cubic_iterations,
    cubic_map,
    error_norm,
    escape_budget,
    escape_times,
    gaussian_local_rate,
    geometric_tracking,
    ideal_step,
    logistic_growth,
    null_decay,
    population_step,
    riccati_flow,
    tracking_ceiling,
    tracking_map,
    tracking_ratio_limit,
)
from theory.sign_rip.prediction_table import command
from theory.sign_rip.spectrum import (
    l1_l2_bound,
    l2_noise_width,
    l2_spectral_threshold,
    noise_edge,
    noise_width,
    outlier_eigenvalue,
    sign_rip_pointwise,
    spectral_threshold,
    spike,
    squared_overlap,
    tail_angle,
    top_energy,
    uniform_width,
)
from theory.sign_rip.statement import MODEL

PAPER = Paper(
    "Global Convergence of Sub-gradient Method for Robust Matrix Recovery: Small Initialization,"
    " Noisy Measurements, and Over-parameterization",
    "J. Ma, S. Fattahi",
    "Journal of Machine Learning Research 24, 2023",
    "2202.08788",
    topics=("recovery", "optimisation", "noise"),
)

CLAIMS = (*MEASURED_CLAIMS, *IDENTITY_CLAIMS, *EXACT_CLAIMS, *RUN_CLAIMS, *END_CLAIMS)

__all__ = [
    "CLAIMS", "GENTLE", "MODEL", "PAPER", "CriticalPoint", "Params", "admitted_norm", "advice",
    "c0", "clipped_moment", "command", "cone_width", "constant_step_cycle", "convexity_bound",
    "cosine_bound", "critical_level", "critical_ratio", "critical_rho", "cubic_iterations",
    "cubic_map", "degrees_of_freedom", "density_at_zero", "eigenvalues", "error_energy",
    "error_floor", "error_norm", "escape_budget", "escape_time", "escape_times", "expected_loss",
    "floor_factor", "gain", "gaussian_local_rate", "geometric_tracking", "ideal_step", "kappa_at",
    "l1_l2_bound", "l1_l2_to_sign_rip", "l2_error_floor", "l2_floor_factor", "l2_noise_width",
    "l2_spectral_threshold", "log_growth", "logistic_growth", "mean_decay", "noise_density_at_zero",
    "noise_edge", "noise_second_moment", "noise_width", "norm_bound", "null_decay",
    "optimality_threshold", "outlier_decay", "outlier_eigenvalue", "outlier_loss", "overfit_window",
    "own_scaling_function", "population_critical_rho", "population_step", "psd_dimension",
    "recovery_threshold", "residual_energy", "residual_exponent", "riccati_flow",
    "scalar_critical_rho", "scaling_at_zero", "scaling_function", "sign_rip_pointwise",
    "spectral_threshold", "spectrum_of", "spike", "squared_overlap", "svec_length", "tail_angle",
    "threshold_equation", "top_energy", "tracking_ceiling", "tracking_map", "tracking_ratio_limit",
    "truth_norm", "uniform_width",
]  # fmt: skip
