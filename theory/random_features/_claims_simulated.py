"""Claims held against simulation of Gaussian features, of kernels, and of ReLU features.

Risks are compared as ratios to the eigenframework, with the label noise integrated out and cut to
[0.7, 1.3] (draws deviate by some 5 %): the observable is bounded, so that the tests are exact.

The tolerance of a risk is 2/n: where the finite-n risk is known exactly (``exact_finite_size``),
(n-1)/(n-k-1) over n/(n-k) is 1 + k/(n (n-k-1)), which is 1 + 1.5/n at n = 100, k = 60.
"""

from typing import Any

from theory import Claim, Equals, Twin
from theory.random_features._framework import sums
from theory.random_features._params import (
    Params,
    kernel_prediction,
    prediction,
    spectrum_of,
)

_CUT = (0.7, 1.3)
_BELOW = Params(n=100, k=60)
_ABOVE = Params(n=60, k=120)
_SINGLE = Params(n=60, k=120, target="first", noise=0.0, ridge=0.05)


def _per_sample(factor: float) -> Any:
    return lambda p: factor / p.n


def _noise_apart(p: Params) -> Any:
    """The noise outside the prefactor, over the right risk."""
    s = prediction(p)
    bias = s.test_risk - s.overfitting_coefficient * p.noise
    return (bias + p.noise) / s.test_risk


def _kernel_formula_at_gamma(p: Params) -> Any:
    """The kernel's risk formula with gamma for kappa, over the right risk."""
    s, of = prediction(p), spectrum_of(p)
    at = sums(of.eigenvalues, of.eigcoeffs_sq, s.gamma)
    return p.n / (p.n - at.q) * (at.bias_squared + p.noise) / s.test_risk


def _without_width_in_bias(p: Params) -> Any:
    """k/(k - q) left out of the bias: B1 + B2 - (kappa/gamma) B2 for the mixed term."""
    s, of = prediction(p), spectrum_of(p)
    at = sums(of.eigenvalues, of.eigcoeffs_sq, s.gamma)
    bias = at.bias_squared + at.bias_mixed * (1 - s.kappa / s.gamma)
    return s.overfitting_coefficient * (bias + p.noise) / s.test_risk


def _singly_reduced(p: Params) -> Any:
    """The printed prefactor with k - z where it has k - 2 z, over the right risk."""
    s, of = prediction(p), spectrum_of(p)
    at = sums(of.eigenvalues, of.eigcoeffs_sq, s.gamma)
    kept = 1 - (at.q * (p.k - at.z) + at.z**2) / (p.n * (p.k - at.q))
    return 1 / (kept * s.overfitting_coefficient)


def _ridge_per_sample(p: Params) -> Any:
    return prediction(p, ridge=p.n * p.ridge).test_risk / prediction(p).test_risk


def _train_at_gamma(p: Params) -> Any:
    """(delta/(n gamma))^2 E_te over the right train risk."""
    return (prediction(p).kappa / prediction(p).gamma) ** 2


def _mean_predictor_at_kappa(p: Params) -> Any:
    """sum v^2 lambda/(lambda + kappa) over sum v^2 lambda/(lambda + gamma)."""
    s, of = prediction(p), spectrum_of(p)

    def fitted(ridge: Any) -> Any:
        return (of.eigcoeffs_sq * of.eigenvalues / (of.eigenvalues + ridge)).sum()

    return fitted(s.kappa) / fitted(s.gamma)


def _bias_at_kappa(p: Params) -> Any:
    s, of = prediction(p), spectrum_of(p)
    return sums(of.eigenvalues, of.eigcoeffs_sq, s.kappa).bias_squared / s.bias_squared


def _occupation_at_kappa(p: Params) -> Any:
    s, of = prediction(p), spectrum_of(p)
    return sums(of.eigenvalues, of.eigcoeffs_sq, s.kappa).z / s.degrees_of_freedom


CLAIMS: tuple[Claim, ...] = (
    Equals(
        name="rf_test_risk",
        source="Section 3 (eigenframework for random features)",
        statement="E[E_te] = n(b+c)/(ab+c(a+b)) [B1 + c/(b+c) B2 + sigma^2] up to O(1/n)",
        observable="test_ratio",
        prediction=1.0,
        tolerance=_per_sample(2),
        tolerance_reason="finite-size error O(1/n): 1.5/n in the exact case, see the module",
        support=_CUT,
        cases=(_BELOW, _ABOVE),
        planned_trials=1000,
        twin=Twin("the noise is not amplified", prediction=_noise_apart),
    ),
    Equals(
        name="rf_test_risk_single_mode",
        source="Section 3; the factor k/(k - q) of the bias",
        statement="as rf_test_risk for a target of one mode without noise, where the bias is all",
        observable="test_ratio",
        prediction=1.0,
        tolerance=0.06,
        tolerance_reason="finite-size error O(1/n), measured 3.5/n at n = 60: .00436(4)/.00421",
        support=_CUT,
        cases=(_SINGLE,),
        planned_trials=4000,
        max_trials=40_000,
        twin=Twin("the factor k/(k - q) left out", prediction=_without_width_in_bias),
    ),
    Equals(
        name="rf_test_risk_prefactor",
        source="Section 3; the term q (k - 2 z) of the prefactor",
        statement="the prefactor is 1/(1 - (q (k - 2z) + z^2)/(n (k - q)))",
        observable="test_ratio",
        prediction=1.0,
        tolerance=_per_sample(2),
        tolerance_reason="as rf_test_risk",
        support=_CUT,
        cases=(_BELOW,),
        planned_trials=1000,
        twin=Twin("k - z for k - 2 z", prediction=_singly_reduced),
    ),
    Equals(
        name="ridge_is_not_per_sample",
        source="Section 2 (the ridge is added to the kernel matrix)",
        statement="delta enters as Khat + delta I, not as Khat + n delta I",
        observable="test_ratio",
        prediction=1.0,
        tolerance=_per_sample(2),
        tolerance_reason="as rf_test_risk",
        support=_CUT,
        cases=(_BELOW,),
        planned_trials=1000,
        twin=Twin("the ridge n delta", prediction=_ridge_per_sample),
    ),
    Equals(
        name="rf_test_risk_without_reduction",
        source="derived: see sims.random_features draw",
        statement="the same risk from n x M inputs: the reduction to k Gaussians a point is exact",
        observable="test_ratio",
        prediction=1.0,
        tolerance=_per_sample(2),
        tolerance_reason="as rf_test_risk",
        support=_CUT,
        mode="direct",
        cases=(_ABOVE,),
        planned_trials=1000,
        twin=Twin("the kernel's formula at gamma", prediction=_kernel_formula_at_gamma),
    ),
    Equals(
        name="rf_train_risk",
        source="Section 3 (train risk)",
        statement="E[E_tr] = (1 - z/n)^2 E_te up to O(1/n)",
        observable="train_ratio",
        prediction=1.0,
        tolerance=_per_sample(3),
        tolerance_reason="finite-size error up to 2.3/n (isotropic ladder n = 8..64)",
        support=_CUT,
        cases=(_BELOW, _ABOVE),
        planned_trials=1000,
        twin=Twin(
            "without the square",
            prediction=lambda p: 1 / prediction(p).fitting_ratio_root,
        ),
    ),
    Equals(
        name="train_risk_is_reduced_by_kappa",
        source="Section 3 (train risk)",
        statement="E_tr = (delta/(n kappa))^2 E_te",
        observable="train_ratio",
        prediction=1.0,
        tolerance=_per_sample(3),
        tolerance_reason="as rf_train_risk",
        support=_CUT,
        cases=(_BELOW,),
        planned_trials=1000,
        twin=Twin("gamma for kappa", prediction=_train_at_gamma),
    ),
    Equals(
        name="generalised_cross_validation",
        source="Section 3; derived: train risk and trace together",
        statement="E_tr/((delta/n) tr (Khat + delta)^-1)^2 estimates E_te of the same draw",
        observable="gcv_ratio",
        prediction=1.0,
        tolerance=_per_sample(7),
        tolerance_reason="O(1/n): those of rf_test_risk (2), rf_train_risk (3) and, squared,"
        " trace_and_df (1 + 1) together",
        support=(0.0, 2.0),
        cases=(_BELOW, _ABOVE),
        planned_trials=1500,
        twin=Twin("not squared", prediction=lambda p: prediction(p).fitting_ratio_root),
    ),
    Equals(
        name="trace_and_df",
        source="Section 3 (how kappa is measured)",
        statement="1/tr (Khat_XX + delta)^-1 = kappa up to O(1/n)",
        observable="kappa_ratio",
        prediction=1.0,
        tolerance=_per_sample(1),
        tolerance_reason="finite-size error O(1/n), measured 0.4/n and below",
        support=_CUT,
        cases=(_BELOW, _ABOVE),
        planned_trials=1500,
        twin=Twin(
            "1/gamma for 1/kappa",
            prediction=lambda p: prediction(p).gamma / prediction(p).kappa,
        ),
    ),
    Equals(
        name="df_is_the_occupation",
        source="Section 3; derived: degrees of freedom",
        statement="tr Khat_XX (Khat_XX + delta)^-1 = z(gamma) up to O(1) absolute",
        observable="df_ratio",
        prediction=1.0,
        tolerance=_per_sample(1),
        tolerance_reason="finite-size error O(1/n) relative, measured 0.3/n",
        support=_CUT,
        cases=(_BELOW,),
        planned_trials=1500,
        twin=Twin("z at kappa", prediction=_occupation_at_kappa),
    ),
    Equals(
        name="mean_predictor",
        source="derived: linearity of the risk in v^2",
        statement="E[what_i] = lambda_i/(lambda_i + gamma) v_i, summed against v",
        observable="fitted_ratio",
        prediction=1.0,
        tolerance=_per_sample(1),
        tolerance_reason="finite-size error O(1/n), measured 0.3/n",
        support=_CUT,
        cases=(_BELOW, _ABOVE),
        planned_trials=1500,
        twin=Twin("lambda/(lambda + kappa)", prediction=_mean_predictor_at_kappa),
    ),
    Equals(
        name="squared_bias",
        source="derived: B1 is the squared error of the mean predictor",
        statement="E<v - what, v - what'> = B1 for two independent learners",
        observable="bias_ratio",
        prediction=1.0,
        tolerance=_per_sample(4),
        tolerance_reason="finite-size error O(1/n): the mean predictor's 0.3/n weighs twice, over"
        " a squared bias of a tenth of the target",
        support=(0.0, 2.0),
        mode="replicas",
        cases=(_ABOVE,),
        planned_trials=1500,
        twin=Twin("the bias at kappa", prediction=_bias_at_kappa),
    ),
    Equals(
        name="krr_test_risk",
        source="Section 3 (kernel limit); Simon et al. 2023",
        statement="k = inf: E[E_te] = n/(n-q) (B1 + sigma^2) at n = z + delta/kappa",
        observable="test_ratio",
        prediction=1.0,
        tolerance=_per_sample(2),
        tolerance_reason="as rf_test_risk",
        support=_CUT,
        mode="kernel",
        cases=(Params(n=60, k=1, modes=256),),
        planned_trials=800,
        twin=Twin(
            "n/(n - z) for n/(n - q)",
            prediction=lambda p: (
                1
                / (
                    kernel_prediction(p).fitting_ratio_root
                    * kernel_prediction(p).overfitting_coefficient
                )
            ),
        ),
    ),
    Equals(
        name="first_stage",
        source="derived: condition on the features",
        statement="tr S (S + kappa)^-1 = z(gamma), S = V^T V, kappa = gamma (1 - z/k)",
        observable="occupation_ratio",
        prediction=1.0,
        tolerance=lambda p: 0.5 / p.k,
        tolerance_reason="relative error -0.04/k to -0.15/k (features ladder k = 8..64, and here)",
        support=_CUT,
        mode="features",
        cases=(Params(n=40, k=40, modes=256),),
        planned_trials=3000,
        twin=Twin("z at kappa", prediction=_occupation_at_kappa),
    ),
)
