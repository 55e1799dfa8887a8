"""What simulations of Gaussian features, and of kernels, are held to.

Risks are read as ratios to the eigenframework, with the label noise integrated out and cut to
[0.7, 1.3] (draws deviate by some 5 %): the observable is bounded, so that the tests are exact.
The tolerance of a risk is 2/n: where the finite-n risk is known exactly (``exact_finite_size``),
(n-1)/(n-k-1) over n/(n-k) is 1 + k/(n (n-k-1)), which is 1 + 1.5/n at n = 100, k = 60.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from theory import Claims, Twin
from theory.random_features.framework import shares, sums_of  # fmt: skip
from theory.random_features.kernel_limit import zero_ridge
from theory.random_features.params import Params
from theory.random_features.predict import Prediction, prediction
from theory.random_features.spectrum import spectrum_of

claim = Claims()

CUT = (0.7, 1.3)
BELOW, ABOVE = Params(n=100, k=60), Params(n=60, k=120)


def over(name: str, of: Any = prediction, cut: Any = CUT, by: str = "") -> Any:
    """A reading: the observable over its prediction (or that of ``by``), cut to a range."""
    return lambda run, p: np.clip(run[name] / max(float(getattr(of(p), by or name)), 1e-300), *cut)


def of_kernel(p: Params) -> Prediction:
    """The prediction of kernel ridge regression."""
    return prediction(p, k=np.inf)


def instead(mistake: str, formula: Callable[..., Any], of: str = "test_risk") -> Twin:
    """The twin with another formula of (p, the prediction s, the spectrum's sums at a ridge)."""

    def over_the_right_one(p: Params) -> Any:
        s, spectrum = prediction(p), spectrum_of(p)
        return formula(p, s, lambda ridge: sums_of(spectrum, ridge)) / getattr(s, of)

    return Twin(mistake, prediction=over_the_right_one)


risk = claim.given(
    at=(BELOW, ABOVE), support=CUT, trials=1000, formula=1.0, within=lambda p: 2 / p.n,
    why="as rf_test_risk",
)  # fmt: skip
trained = risk.given(
    observable=over("train_risk"), within=lambda p: 3 / p.n, source="Section 3 (train risk)"
)  # fmt: skip
measured = risk.given(trials=1500, within=lambda p: 1 / p.n)

# The test risk
risk.equals(
    over("test_risk"), name="rf_test_risk", source="Section 3 (eigenframework for random features)",
    says="E[E_te] = n(b+c)/(ab+c(a+b)) [B1 + c/(b+c) B2 + sigma^2] up to O(1/n)",
    why="finite-size error O(1/n): 1.5/n in the exact case, see the module",
    twin=instead("the noise is not amplified", lambda p, s, at: (
        s.test_risk - s.overfitting_coefficient * p.noise + p.noise)),
)  # fmt: skip
risk.equals(
    over("test_risk"), name="rf_test_risk_single_mode",
    says="as rf_test_risk for a target of one mode without noise, where the bias is all",
    source="Section 3; the factor k/(k - q) of the bias", trials=4000, max_trials=40_000,
    at=Params(n=60, k=120, target="first", noise=0.0, ridge=0.05), within=0.06,
    why="finite-size error O(1/n), measured 3.5/n at n = 60: .00436(4)/.00421",
    # B1 + B2 - (kappa/gamma) B2 for the mixed term
    twin=instead("the factor k/(k - q) left out", lambda p, s, at: s.overfitting_coefficient * (
        s.bias_squared + at(s.gamma).bias_mixed * (1 - s.kappa / s.gamma) + p.noise)),
)  # fmt: skip


def singly_reduced(p, s, at):
    """The printed prefactor with k - z where it has k - 2 z."""
    z, q = at(s.gamma).z, at(s.gamma).q
    kept = 1 - (q * (p.k - z) + z**2) / (p.n * (p.k - q))
    return s.test_risk / (kept * s.overfitting_coefficient)


risk.equals(
    over("test_risk"), name="rf_test_risk_prefactor", at=BELOW,
    says="the prefactor is 1/(1 - (q (k - 2z) + z^2)/(n (k - q)))",
    source="Section 3; the term q (k - 2 z) of the prefactor",
    twin=instead("k - z for k - 2 z", singly_reduced),
)  # fmt: skip
risk.equals(
    over("test_risk"), name="ridge_is_not_per_sample", at=BELOW,
    says="delta enters as Khat + delta I, not as Khat + n delta I",
    source="Section 2 (the ridge is added to the kernel matrix)",
    twin=instead("the ridge n delta", lambda p, s, at: (
        prediction(p, ridge=p.n * p.ridge).test_risk)),
)  # fmt: skip
risk.equals(
    over("test_risk"), name="rf_test_risk_without_reduction", mode="direct", at=ABOVE,
    says="the same risk from n x M inputs: the reduction to k Gaussians a point is exact",
    source="derived: see sims.random_features draw",
    twin=instead("the kernel's formula at gamma", lambda p, s, at: (
        p.n / (p.n - at(s.gamma).q) * (s.bias_squared + p.noise))),
)  # fmt: skip

# The train risk, and what it tells
trained.equals(
    name="rf_train_risk", says="E[E_tr] = (1 - z/n)^2 E_te up to O(1/n)",
    why="finite-size error up to 2.3/n (isotropic ladder n = 8..64)",
    twin=Twin("without the square", prediction=lambda p: 1 / prediction(p).fitting_ratio_root),
)  # fmt: skip
trained.equals(
    name="train_risk_is_reduced_by_kappa", says="E_tr = (delta/(n kappa))^2 E_te", at=BELOW,
    why="as rf_train_risk",
    twin=Twin("gamma for kappa",  # (delta/(n gamma))^2 E_te
              prediction=lambda p: (prediction(p).kappa / prediction(p).gamma) ** 2),
)  # fmt: skip


def cross_validated(run, p):
    """The estimate of the draw's test risk over it."""
    estimate = run["train_risk"] * (p.n * run["kappa"] / p.ridge) ** 2
    return np.clip(estimate / run["test_risk"], 0, 2)


measured.equals(
    cross_validated, name="generalised_cross_validation", support=(0.0, 2.0),
    says="E_tr/((delta/n) tr (Khat + delta)^-1)^2 estimates E_te of the same draw",
    source="Section 3; derived: train risk and trace together", within=lambda p: 7 / p.n,
    why="O(1/n): those of rf_test_risk (2), rf_train_risk (3) and, squared, trace_and_df (1 + 1)"
        " together",
    twin=Twin("not squared", prediction=lambda p: prediction(p).fitting_ratio_root),
)  # fmt: skip

# The effective ridges, and the mean predictor
measured.equals(
    over("kappa"), name="trace_and_df", source="Section 3 (how kappa is measured)",
    says="1/tr (Khat_XX + delta)^-1 = kappa up to O(1/n)",
    why="finite-size error O(1/n), measured 0.4/n and below",
    twin=Twin("1/gamma for 1/kappa",
              prediction=lambda p: prediction(p).gamma / prediction(p).kappa),
)  # fmt: skip
Z_AT_KAPPA = instead("z at kappa", lambda p, s, at: at(s.kappa).z, of="degrees_of_freedom")
measured.equals(
    over("degrees_of_freedom"), name="df_is_the_occupation", at=BELOW,
    says="tr Khat_XX (Khat_XX + delta)^-1 = z(gamma) up to O(1) absolute",
    source="Section 3; derived: degrees of freedom", twin=Z_AT_KAPPA,
    why="finite-size error O(1/n) relative, measured 0.3/n",
)  # fmt: skip


def fitted_target(p, ridge):
    """sum v^2 lambda/(lambda + ridge)."""
    of = spectrum_of(p)
    return float((of.eigcoeffs_sq * shares(of.eigenvalues, ridge)[0]).sum())


measured.equals(
    lambda run, p: np.clip(run["fitted_target"] / fitted_target(p, prediction(p).gamma), *CUT),
    name="mean_predictor", source="derived: linearity of the risk in v^2",
    says="E[what_i] = lambda_i/(lambda_i + gamma) v_i, summed against v",
    why="finite-size error O(1/n), measured 0.3/n",
    twin=Twin("lambda/(lambda + kappa)", prediction=lambda p: (
        fitted_target(p, prediction(p).kappa) / fitted_target(p, prediction(p).gamma))),
)  # fmt: skip
measured.equals(
    over("bias_squared", cut=(0, 2)), name="squared_bias", mode="replicas", at=ABOVE,
    support=(0.0, 2.0), within=lambda p: 4 / p.n,
    says="E<v - what, v - what'> = B1 for two independent learners",
    source="derived: B1 is the squared error of the mean predictor",
    why="finite-size error O(1/n): the mean predictor's 0.3/n weighs twice, over a squared bias of"
        " a tenth of the target",
    twin=instead("the bias at kappa", lambda p, s, at: at(s.kappa).bias_squared, "bias_squared"),
)  # fmt: skip


def traced_at_kappa(run, p):
    """tr S (S + kappa)^-1 of the random kernel S = V^T V over z."""
    s = prediction(p)
    occupation = shares(run["squares"], float(s.kappa))[0].sum(1)
    return np.clip(occupation / float(s.degrees_of_freedom), *CUT)


measured.equals(
    traced_at_kappa, name="first_stage", mode="features", at=Params(n=40, k=40, modes=256),
    says="tr S (S + kappa)^-1 = z(gamma), S = V^T V, kappa = gamma (1 - z/k)", twin=Z_AT_KAPPA,
    source="derived: condition on the features", within=lambda p: 0.5 / p.k, trials=3000,
    why="relative error -0.04/k to -0.15/k (features ladder k = 8..64, and here)",
)  # fmt: skip

# Kernels: k = infinity
risk.equals(
    over("test_risk", of_kernel), name="krr_test_risk", mode="kernel", trials=800,
    says="k = inf: E[E_te] = n/(n-q) (B1 + sigma^2) at n = z + delta/kappa",
    source="Section 3 (kernel limit); Simon et al. 2023", at=Params(n=60, k=1, modes=256),
    twin=Twin("n/(n - z) for n/(n - q)", prediction=lambda p: (
        1 / (of_kernel(p).fitting_ratio_root * of_kernel(p).overfitting_coefficient))),
)  # fmt: skip

interpolated = claim.given(mode="interpolation")
interpolated.scaling(
    -1.5, "kappa", name="exponent_measurement", source="Section 6 (how alpha is measured)",
    says="kappa_n = 1/tr K_n^-1 ~ (n + 1/2)^-alpha for kernel interpolation",
    along=tuple(Params(n=n, modes=768) for n in (12, 24, 48, 104)), trials_per_rung=256,
    size=lambda p: p.n + 0.5,  # z = C1 kappa^(-1/alpha) - 1/2
    within=0.03, why="finite-size error of 1/tr K^-1, 0.5/n at the first rung",
    twin=Twin("kappa falls like the tail's trace, n^(1 - alpha)", exponent=-0.5),
)  # fmt: skip


@interpolated.equals(
    "amplification", at=Params(n=48, modes=768), support=(1.0, 4.0), trials=1500,
    within=lambda p: 2 / p.n, why="as rf_test_risk",
    twin=Twin("alpha/(alpha - 1), the trace's factor",
              prediction=lambda p: p.alpha / (p.alpha - 1)),
)  # fmt: skip
def noise_amplification_of_interpolation(p):
    """E_te/sigma^2 of interpolated pure noise is n/(n - q), alpha as n grows.

    Section 6 (pure-noise labels)
    """
    return zero_ridge(p.alpha, p.beta, float(p.n))[2]


# Which ridge

NO_RIDGE = over("test_zero", cut=(0.5, 2.5), by="test_risk")
SOME_RIDGE = over("test_risk", cut=(0.5, 2.5))
ridges = claim.given(mode="path", support=(-2.0, 2.0))

ridges.ordering(
    "ridge_helps_below_n",
    "k < n: no ridge is worse than the ridge of params, in the mean over draws",
    NO_RIDGE, SOME_RIDGE, source="derived: see slope_at_zero_ridge_below_n", trials=400,
    at=Params(n=60, k=40, modes=256, ridge=0.1), twin="zero ridge is better below n features",
)  # fmt: skip
ridges.ordering(
    "narrow_features_need_a_ridge", "k = 2 n, under the threshold 6.46 n (g = 1/2): a ridge helps",
    NO_RIDGE, SOME_RIDGE, source="derived: see width_threshold", trials=1500,
    at=Params(n=48, k=96, modes=512, beta=2.0, noise=0.0, ridge=0.3),
    twin="zero ridge is optimal as soon as k > n",
)  # fmt: skip
ridges.ordering(
    name="wide_features_must_overfit", twin="a ridge helps at every width",
    says="k = 16 n, over the threshold 6.46 n (g = 1/2): the same ridge hurts",
    above=SOME_RIDGE, below=NO_RIDGE, source="derived: see width_threshold", trials=600,
    at=Params(n=16, k=256, modes=512, beta=2.0, noise=0.0, ridge=0.3),
)  # fmt: skip
