"""Claims about the way of runs: symmetries, tracking, escape, residuals, ranks, overfitting."""

import math
from functools import partial

import numpy as np

from theory import Claims, Twin, log
from theory.sign_rip.noise import scaling_at_zero
from theory.sign_rip.params import GENTLE, NEAR
from theory.sign_rip.population import critical_rho, escape_time, overfit_window, residual_exponent
from theory.sign_rip.spectrum import noise_width, spike

__all__ = ["geometric_tracking"]

claim = Claims()

# Exact in every trial, to rounding

LINEAR = GENTLE.but(
    d=8, rank=2, m=40, p=0.2, law="gaussian", alpha=1e-10, steps="geometric", eta=0.1, iterations=40
)
SHORT = GENTLE.but(d=6, rank=2, m=40, p=0.2, law="gaussian", alpha=0.1, iterations=20)
exact = claim.given(trials=64)
exact.every_trial(
    "gap", name="linear_phase_exact",
    says="U_t = prod_s (I + 2 eta_s C) U_0, C = (1/m) sum sign(y_i) S_i",
    source="derived: sign(<A, U U^T> - y) = -sign(y) while norm-inf(A(U U^T)) < min |y|",
    mode="linear", within=1e-11, at=(LINEAR, LINEAR.but(start="spectral", rho=1.0)),
    twin=Twin("y_i in place of sign(y_i)", observable="gap_with_values"),
)  # fmt: skip
exact.every_trial(
    "l1_change", name="outlier_magnitude_invariance", mode="magnitude", within=0.0,
    says="outliers 1000 times as large leave every U_t bitwise the same",
    source="derived: only sign(s_i) of an overwhelming outlier is used",
    at=SHORT.but(law="constant", outlier_size=1e4, steps="geometric", iterations=40),
    twin=Twin("as for l2: the error grows with them", observable="l2_change"),
)  # fmt: skip
exact.every_trial(
    "gap", name="symmetries", mode="symmetry", within=1e-9,
    says="U_0 O and R(.)R^T change nothing; scaling by c keeps eta (it has no unit)",
    source="derived: rotations of U_0 and of space; (X*, s, U_0) -> (cX*, cs, sqrt(c) U_0)",
    at=(SHORT, SHORT.but(p=0.4, law="laplace", nu=0.2)),
    twin=Twin("eta -> eta/c", observable="gap_with_eta_over_c"),
)  # fmt: skip

# Geometric steps near the truth

TRACK = NEAR.but(d=10, rank=2, search_rank=2, condition=2.0, m=800, alpha=0.05, iterations=1200)
tracking = claim.given(mode="tracking", at=TRACK, trials=30)


@tracking.equals(
    "mean", at=(TRACK, TRACK.but(p=0.2)), relative=0.06, statistic="median",
    why="uniform density only as rho -> 1; finite m shifts sigma_1 by sqrt(dof/m)",
    twin=Twin("sigma_r in place of sigma_1", largest=False),
)  # fmt: skip
def geometric_tracking(params, *, largest=True):
    """Time average of norm(Delta_t)/eta_t = 2 phi(0+) sigma_1.

    derived: the tracking map leaves a uniform density as rho -> 1, whatever m, r and kappa
    """
    return 2 * scaling_at_zero(params) * params.scale / (1 if largest else params.condition)


@tracking.equals(
    "slope", relative=0.01, statistic="median",
    why="a bounded chaotic ratio over 800 steps moves a fitted slope by .002",
    twin=Twin("slope log(rho)/2", share=0.5),
)  # fmt: skip
def geometric_tracking_slope(p, *, share=1.0):
    """Log-slope of the error per step is log rho."""
    return share * log(p.rho)


@tracking.every_trial("largest", trials=32, twin=Twin("ceiling 2 phi sigma_1/rho", share=0.5))
def geometric_tracking_ceiling(p, *, share=1.05):
    """norm(Delta_t)/eta_t <= 4 phi(0+) sigma_1/rho."""
    # phi and sigma_1 of 800 measurements fluctuate by sqrt(1/m) = 4 %
    return share * 4 * scaling_at_zero(p) * p.scale / p.rho


# The escape, with the eigenvalues of C as a run has them

RANK_1 = GENTLE.but(d=20, rank=1, search_rank=20)
SLOPE = RANK_1.but(m=128, alpha=1e-4, iterations=500)
BUDGET = RANK_1.but(
    search_rank=4, m=400, p=0.2, alpha=1e-24, eta=0.2, steps="geometric", iterations=1500
)


def slope_off(run, p, *, seen=True):
    """The measured slope of the escape time over its prediction, less 1."""
    top = run["top"] if seen else spike(p)[0]
    return np.abs(run["slope"] / escape_time(math.exp(-1), top, p.eta) - 1)


claim.every_trial(
    slope_off, name="escape_time_slope", mode="slope", trials=32,
    says="rank 1: slope of T_esc in log(1/alpha) is 1/log(1 + 2 eta lambda_1(C))",
    within=0.01,  # other noise directions fade like alpha^g: under 1 % from alpha = 1e-4 on
    at=(SLOPE, SLOPE.but(search_rank=4, m=200, p=0.3, iterations=700)),
    twin=Twin("theta in place of lambda_1", observable=partial(slope_off, seen=False)),
)  # fmt: skip
claim.every_trial(
    lambda run, p: np.abs(run["decay"] / run["predicted"] - 1),
    name="geometric_budget_empirical", mode="budget", at=BUDGET, trials=16,
    says="critical rho: sum_t log(1 + 2 lambda_1(C) eta_0 rho^t) = log(1/|v_1^T U_0|)",
    # asymptotic in alpha: the start's direction turns to v_1 on the way and costs O(1) of
    # log(1/alpha) = 55 (at most .3 of it seen); half of a last interval is .0016
    within=0.01, twin=Twin("theta in place of lambda_1", observable=lambda run, p: np.abs(
        run["decay"] / (1 - critical_rho(2 * spike(p)[0] * p.eta, run["needed"])) - 1)),
)  # fmt: skip

RESIDUAL = RANK_1.but(m=400, alpha=1e-4, eta=0.15, steps="loss", iterations=400)
residual = claim.given(mode="residual", at=RESIDUAL, statistic="median")


def predicted_exponent(run, p):
    """g of :func:`residual_exponent`, from the two largest eigenvalues of the run's C."""
    second, first = np.sort(run["top_two"]).T
    return residual_exponent(p.eta * run["loss"], first, second)


exponent = residual.given(
    observable=lambda run, p: run["exponent"] - predicted_exponent(run, p),
    formula=0.0, within=0.008,
    twin=Twin("g = 1 - lambda_2/lambda_1, eta ignored", observable=lambda run, p: (
        run["exponent"] - (1 - run["top_two"][:, 0] / run["top_two"][:, 1]))),
)  # fmt: skip
exponent.equals(
    name="residual_exponent", trials=30,
    says="norm(E) ~ alpha^g, g = 1 - log(1+2 eta lambda_2)/log(1+2 eta lambda_1)",
    source="arXiv:2202.08788: error alpha^(2 - small); the small term derived",
    why="finite alpha: O(1) factors over 6 decades, .1/log(1e6)",
)  # fmt: skip
residual.equals(
    lambda run, p: run["error_exponent"] / (2 * predicted_exponent(run, p)),
    name="residual_exponent_of_error", formula=1.0, within=0.03, trials=40,
    says="final error ~ norm(E)^2 ~ alpha^(2g)", source="arXiv:2202.08788: error alpha^(2 - small)",
    why="finite alpha, as residual_exponent; the cross term adds E^2 times O(1)",
    twin=Twin("error ~ alpha^2 (small = 0)",
              observable=lambda run, p: run["error_exponent"] / 2),
)  # fmt: skip

# Search ranks r, 2r, 5r, d of one run

RANKS = GENTLE.but(
    d=12, rank=2, search_rank=12, m=500, p=0.2, law="gaussian", alpha=1e-12, iterations=1900
)
ranks = claim.given(mode="ranks", at=RANKS)


def time_change(run, p, *, proportional=False):
    """The escape time at r' = d over that at r' = r (or over d/r times that), less 1."""
    share = p.rank / p.d if proportional else 1.0
    return np.abs(run["time"][:, -1] / run["time"][:, 0] * share - 1)


def log_ratio(run, p):
    """log10 of (error at r' = d)/(error at r' = r)."""
    return run["log_error"][:, -1] - run["log_error"][:, 0]


ranks.every_trial(
    time_change, name="rank_independence", trials=10,
    says="tiny alpha: the escape takes as long at r' = d as at r' = r",
    source="arXiv:2202.08788: m and the iterations do not depend on r'",
    within=0.15,  # overlap of B with v_1: log(6)/2 in log(1/alpha) = 28, times two
    twin=Twin("iterations proportional to r'", observable=partial(time_change, proportional=True)),
)  # fmt: skip
ranks.equals(
    log_ratio, name="rank_independence_of_error", formula=0.0, within=0.35, trials=32,
    says="alpha = 1e-12: log10 of (error at r' = d)/(error at r' = r) is 0", statistic="median",
    source="arXiv:2202.08788: the error does not depend on r'",
    why="both errors are eta_T times a chaotic ratio (geometric_tracking)",
    twin=Twin("error proportional to r'", prediction=lambda p: math.log10(p.d / p.rank)),
)  # fmt: skip
ranks.every_trial(
    lambda run, p: -log_ratio(run, p), name="rank_dependence_at_large_alpha", within=-3.0,
    says="alpha = 1e-3: the error at r' = d is at least 1000 times that at r' = r",
    source="arXiv:2202.08788: small initialisation is needed", at=RANKS.but(alpha=1e-3), trials=8,
    twin=Twin("over-parameterisation costs nothing at any alpha", observable=log_ratio, bound=0.35),
)  # fmt: skip

# Dense noise: when the residual spoils the fit

WINDOW = RANK_1.but(m=400, nu=0.3, alpha=1e-8, eta=0.02, iterations=3000)


def window(p, times=1):
    """The least T_overfit/T_escape, for ``times`` as many measurements."""
    return overfit_window(spike(p)[0], noise_width(p.d, times * p.m))


windows = claim.given(
    mode="window", trials=12, observable=lambda run, p: window(p) - run["window"],
    twin=Twin("the window does not depend on m: that of 4m", times=4),
)  # fmt: skip


@windows.every_trial(name="overfit_window", at=(WINDOW, WINDOW.but(m=800, iterations=4500)))
def tracy_widom_at_20(p, *, times=1):
    """Dense noise, constant eta: T_overfit/T_escape >= (theta/W + W/theta)/2."""
    # at d = 20 the top noise eigenvalue passes 2W by 13 % once in 1000
    return window(p) - 0.85 * window(p, times)


# The same at sizes nearer to the limits: minutes, not seconds

exponent.equals(
    name="residual_exponent_at_scale", trials=40, deep=True,
    says="d = 40, m = 800: norm(E) ~ alpha^g",
    at=RESIDUAL.but(d=40, search_rank=40, m=800, iterations=500), why="as residual_exponent",
)  # fmt: skip
claim.equals(
    lambda run, p: run["growth"] / np.log1p(2 * p.eta * run["edge"]), name="overfit_rate",
    mode="plateau", at=WINDOW.but(alpha=1e-12, iterations=4000), formula=1.0, within=0.03,
    statistic="median", trials=40, deep=True,
    says="on the plateau sigma_2(U) grows by 1 + 2 eta lambda_1(-Q across the fit) a step",
    source="derived: E+ = (I - 2 eta Q_perp) E across the fit",
    why="finite alpha: the residual turns to the top direction over the plateau",
    twin=Twin("by 1 + 2 eta 2W, the bulk edge of -Q before the fit", observable=lambda run, p: (
        run["growth"] / np.log1p(4 * p.eta * noise_width(p.d, p.m)))),
)  # fmt: skip


@windows.every_trial(
    name="overfit_window_at_scale", deep=True, trials=16,
    at=WINDOW.but(d=30, search_rank=30, m=2700, iterations=6000),
)  # fmt: skip
def tracy_widom_at_30(p, *, times=1):
    """d = 30, m = 2700: T_overfit/T_escape >= (theta/W + W/theta)/2."""
    # at d = 30 2W is passed by 10 % once in 1000
    return window(p) - 0.88 * window(p, times)
