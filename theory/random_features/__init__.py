"""Ridge regression on random features: its eigenframework, and when overfitting is obligatory.

Features g(w, x) = sum_i sqrt(lambda_i) zeta_i(w) phi_i(x) with orthonormal phi_i (over data) and
zeta_i (over weights). Draw w_1..w_k; Khat(x, x') = (1/k) sum_j g(w_j, x) g(w_j, x'). Draw n points,
labels y = sum_i v_i phi_i(x) + N(0, sigma^2); predict Khat(x, X)(Khat(X, X) + delta I)^-1 y. The
test risk E_te includes the noise; the fitting ratio is R = E_tr/E_te in [0, 1].

The eigenframework predicts both risks from (lambda_i, v_i^2, n, k, delta, sigma^2) through two
effective ridges: n = z + delta/kappa, k = z + k kappa/gamma, z = sum lambda_i/(lambda_i + gamma).
It rests on Gaussian universality (the phi_i and zeta_i may be taken for independent Gaussians); its
error is O(1/n). k = inf is kernel ridge regression, here 1/k = 0 exactly.

Paper: "More is Better in Modern Machine Learning: when Infinite Overparameterization is Optimal and
Overfitting is Obligatory", ICLR 2024. Claims about its trained convolutional kernels on image data
(the exponents of CIFAR10, SVHN and MNIST) are not tested: they speak of data sets that are not
here; the measurement itself is, as ``exponent_measurement``, and on scikit-learn's digits in a
figure. "n, k large" in Assumption A has no rate in the paper: claims carry the tolerance C/n with
the C that the exact finite-size cases (``exact_finite_size``) show; that the error falls as 1/n is
measured on ladders (``finite_size_error_of_the_test_risk``, deep). The statement that "E_te is
monotone" is false at a fixed ridge and is tested at the optimal one (``more_is_better``).
"""

from theory._paper import Paper
from theory.random_features._claims_exact import CLAIMS as _EXACT
from theory.random_features._claims_framework import CLAIMS as _FRAMEWORK
from theory.random_features._claims_ladder import CLAIMS as _LADDER
from theory.random_features._claims_powerlaw import CLAIMS as _POWERLAW
from theory.random_features._claims_simulated import CLAIMS as _SIMULATED
from theory.random_features._command import command
from theory.random_features._compress import compressed
from theory.random_features._data import (
    Exponents,
    from_kernel,
    measured_exponents,
    price_of_fitting_less,
    spectrum_of_kernel_matrix,
)
from theory.random_features._extrapolate import Extrapolation, extrapolated
from theory.random_features._finite_size import (
    ExactRisk,
    framework_below_n,
    framework_kernel,
    ridgeless_below_n,
    ridgeless_kernel,
)
from theory.random_features._framework import (
    MarginalValue,
    Sums,
    bias,
    feature_equation,
    marginal_values,
    overfitting_coefficient,
    paper_test_risk,
    ridge_at,
    sample_equation,
    slope_at_zero_ridge_below_n,
    sums,
    test_risk,
)
from theory.random_features._kernel_limit import (
    finite_noise_threshold,
    finite_width_threshold,
    gamma_at_occupation,
    optimal_fitting_root,
    relative_risk_at,
    zero_ridge,
    zero_ridge_slope,
)
from theory.random_features._maps import optimal_risk_map, predict_map
from theory.random_features._params import (
    Params,
    kernel_prediction,
    prediction,
    spectrum_of,
    sphere_prediction,
)
from theory.random_features._population import LeftOut, left_out
from theory.random_features._powerlaw import (
    bias_constant,
    largest_fitting_ratio,
    limiting_risk_shape,
    log_overfitting_penalty,
    needed_width,
    noise_threshold,
    noiseless_optimal_r,
    occupation_constant,
    overfitting_penalty,
    penalty_lower_bound,
    powerlaw_overfitting_coefficient,
    printed_bias_constant,
    printed_risk_curve,
    relative_risk,
    stationarity,
    unsquared_bias_constant,
    width_quadratic,
    width_threshold,
    zero_ridge_amplification,
    zero_ridge_gamma,
    zero_ridge_risk,
)
from theory.random_features._predict import Optimum, Prediction, optimal_ridge, predict
from theory.random_features._solver import effective_ridge, margins
from theory.random_features._spectra import finite_powerlaw, infinite_powerlaw, isotropic, merged
from theory.random_features._spectrum import SampleSpectrum, Spectrum, spectrum
from theory.random_features._sphere import arc_cosine_eigenvalues, multiplicity, sphere
from theory.random_features._statement import MODEL

PAPER = Paper(
    title="More is Better in Modern Machine Learning: when Infinite Overparameterization is"
    " Optimal and Overfitting is Obligatory",
    authors="James B. Simon, Dhruva Karkada, Nikhil Ghosh, Mikhail Belkin",
    venue="ICLR 2024",
    arxiv="2311.14646",
    topics=("overfitting", "kernels", "scaling"),
)

CLAIMS = (*_FRAMEWORK, *_POWERLAW, *_SIMULATED, *_EXACT, *_LADDER)

__all__ = [
    "CLAIMS",
    "MODEL",
    "PAPER",
    "ExactRisk",
    "Exponents",
    "Extrapolation",
    "LeftOut",
    "MarginalValue",
    "Optimum",
    "Params",
    "Prediction",
    "SampleSpectrum",
    "Spectrum",
    "Sums",
    "arc_cosine_eigenvalues",
    "bias",
    "bias_constant",
    "command",
    "compressed",
    "effective_ridge",
    "extrapolated",
    "feature_equation",
    "finite_noise_threshold",
    "finite_powerlaw",
    "finite_width_threshold",
    "framework_below_n",
    "framework_kernel",
    "from_kernel",
    "gamma_at_occupation",
    "infinite_powerlaw",
    "isotropic",
    "kernel_prediction",
    "largest_fitting_ratio",
    "left_out",
    "limiting_risk_shape",
    "log_overfitting_penalty",
    "marginal_values",
    "margins",
    "measured_exponents",
    "merged",
    "multiplicity",
    "needed_width",
    "noise_threshold",
    "noiseless_optimal_r",
    "occupation_constant",
    "optimal_fitting_root",
    "optimal_ridge",
    "optimal_risk_map",
    "overfitting_coefficient",
    "overfitting_penalty",
    "paper_test_risk",
    "penalty_lower_bound",
    "powerlaw_overfitting_coefficient",
    "predict",
    "predict_map",
    "prediction",
    "price_of_fitting_less",
    "printed_bias_constant",
    "printed_risk_curve",
    "relative_risk",
    "relative_risk_at",
    "ridge_at",
    "ridgeless_below_n",
    "ridgeless_kernel",
    "sample_equation",
    "slope_at_zero_ridge_below_n",
    "spectrum",
    "spectrum_of",
    "spectrum_of_kernel_matrix",
    "sphere",
    "sphere_prediction",
    "stationarity",
    "sums",
    "test_risk",
    "unsquared_bias_constant",
    "width_quadratic",
    "width_threshold",
    "zero_ridge",
    "zero_ridge_amplification",
    "zero_ridge_gamma",
    "zero_ridge_risk",
    "zero_ridge_slope",
]  # fmt: skip
