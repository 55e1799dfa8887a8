"""Claims about the way of runs: tracking, escape, residuals, ranks, the overfitting window."""

import dataclasses
import math
from typing import Any

from theory import Equals, PerTrial, Twin
from theory.sign_rip import spectrum as spectrum
from theory.sign_rip.budget import overfit_window
from theory.sign_rip.params import GENTLE, Params

_TRACK = GENTLE.but(
    d=10, rank=2, search_rank=2, condition=2.0, m=800, start="near", alpha=0.05, steps="geometric",
    iterations=1200,
)  # fmt: skip
_RANKS = GENTLE.but(
    d=12, rank=2, search_rank=12, m=500, p=0.2, law="gaussian", alpha=1e-12, iterations=1900
)
_SLOPE = GENTLE.but(d=20, rank=1, search_rank=20, m=128, alpha=1e-4, iterations=500)
_BUDGET = GENTLE.but(
    d=20, rank=1, search_rank=4, m=400, p=0.2, alpha=1e-24, eta=0.2, steps="geometric",
    iterations=1500,
)  # fmt: skip
_RESIDUAL = GENTLE.but(
    d=20, rank=1, search_rank=20, m=400, alpha=1e-4, eta=0.15, steps="loss", iterations=400
)
_WINDOW = GENTLE.but(
    d=20, rank=1, search_rank=20, m=400, nu=0.3, alpha=1e-8, eta=0.02, iterations=3000
)


def _window(params: Any, m: int) -> Any:
    theta = spectrum.spike(params)[0]
    return overfit_window(theta, spectrum.noise_width(params.d, m))


def _at(params: Params, **changes: Any) -> Params:
    return dataclasses.replace(params, **changes)


RUN_CLAIMS = (
    Equals(
        name="geometric_tracking",
        source="derived: see geometric_tracking",
        statement="time average of norm(Delta_t)/eta_t = 2 phi(0+) sigma_1",
        observable="mean",
        mode="tracking",
        prediction=1.0,
        tolerance=0.06,
        tolerance_reason="uniform density only as rho -> 1; finite m shifts sigma_1 by sqrt(dof/m)",
        statistic="median",
        cases=(_TRACK, _at(_TRACK, p=0.2)),
        planned_trials=30,
        supported_by=("tracking_interval",),
        twin=Twin("sigma_r in place of sigma_1", prediction=lambda p: 1 / p.condition),
    ),
    Equals(
        name="geometric_tracking_slope",
        source="derived: see geometric_tracking",
        statement="log-slope of the error per step is log rho",
        observable="slope",
        mode="tracking",
        prediction=1.0,
        tolerance=0.01,
        tolerance_reason="a bounded chaotic ratio over 800 steps moves a fitted slope by .002",
        statistic="median",
        cases=(_TRACK,),
        planned_trials=30,
        supported_by=("tracking_interval",),
        twin=Twin("slope log(rho)/2", prediction=0.5),
    ),
    PerTrial(
        name="geometric_tracking_ceiling",
        source="derived: see tracking_ceiling",
        statement="norm(Delta_t)/eta_t <= 4 phi(0+) sigma_1/rho",
        observable="largest",
        mode="tracking",
        bound=1.05,  # phi and sigma_1 of 800 measurements fluctuate by sqrt(1/m) = 4 %
        cases=(_TRACK,),
        planned_trials=32,
        supported_by=("tracking_interval",),
        twin=Twin("ceiling 2 phi sigma_1/rho", bound=0.5),
    ),
    PerTrial(
        name="escape_time_slope",
        source="derived: see escape_time",
        statement="rank 1: slope of T_esc in log(1/alpha) is 1/log(1 + 2 eta lambda_1(C))",
        observable="off",
        mode="slope",
        bound=0.01,  # other noise directions fade like alpha^g: under 1 % from alpha = 1e-4 on
        cases=(_SLOPE, _at(_SLOPE, search_rank=4, m=200, p=0.3, iterations=700)),
        planned_trials=32,
        twin=Twin("theta in place of lambda_1", observable="with_theta"),
    ),
    PerTrial(
        name="geometric_budget_empirical",
        source="derived: see critical_rho",
        statement="critical rho: sum_t log(1 + 2 lambda_1(C) eta_0 rho^t) = log(1/|v_1^T U_0|)",
        observable="off",
        mode="budget",
        # asymptotic in alpha: the start's direction turns to v_1 on the way and costs O(1) of
        # log(1/alpha) = 55 (at most .3 of it seen); half of a last interval is .0016
        bound=0.01,
        cases=(_BUDGET,),
        planned_trials=16,
        supported_by=("budget_bounds",),
        twin=Twin("theta in place of lambda_1", observable="with_theta"),
    ),
    Equals(
        name="residual_exponent",
        source="arXiv:2202.08788: error alpha^(2 - small); the small term derived",
        statement="norm(E) ~ alpha^g, g = 1 - log(1+2 eta lambda_2)/log(1+2 eta lambda_1)",
        observable="off",
        mode="residual",
        prediction=0.0,
        tolerance=0.008,
        tolerance_reason="finite alpha: O(1) factors over 6 decades, .1/log(1e6)",
        statistic="median",
        cases=(_RESIDUAL,),
        planned_trials=30,
        twin=Twin("g = 1 - lambda_2/lambda_1, eta ignored", observable="off_flow"),
    ),
    Equals(
        name="residual_exponent_of_error",
        source="arXiv:2202.08788: error alpha^(2 - small)",
        statement="final error ~ norm(E)^2 ~ alpha^(2g)",
        observable="error_over_2g",
        mode="residual",
        prediction=1.0,
        tolerance=0.03,
        tolerance_reason="finite alpha, as residual_exponent; the cross term adds E^2 times O(1)",
        statistic="median",
        cases=(_RESIDUAL,),
        planned_trials=40,
        twin=Twin("error ~ alpha^2 (small = 0)", observable="error_over_2"),
    ),
    PerTrial(
        name="rank_independence",
        source="arXiv:2202.08788: m and the iterations do not depend on r'",
        statement="tiny alpha: the escape takes as long at r' = d as at r' = r",
        observable="time_change",
        mode="ranks",
        bound=0.15,  # overlap of B with v_1: log(6)/2 in log(1/alpha) = 28, times two
        cases=(_RANKS,),
        planned_trials=10,
        twin=Twin("iterations proportional to r'", observable="time_change_if_linear"),
    ),
    Equals(
        name="rank_independence_of_error",
        source="arXiv:2202.08788: the error does not depend on r'",
        statement="alpha = 1e-12: log10 of (error at r' = d)/(error at r' = r) is 0",
        observable="log_ratio",
        mode="ranks",
        prediction=0.0,
        tolerance=0.35,
        tolerance_reason="both errors are eta_T times a chaotic ratio (geometric_tracking)",
        statistic="median",
        cases=(_RANKS,),
        planned_trials=32,
        twin=Twin("error proportional to r'", prediction=lambda p: math.log10(p.d / p.rank)),
    ),
    PerTrial(
        name="rank_dependence_at_large_alpha",
        source="arXiv:2202.08788: small initialisation is needed",
        statement="alpha = 1e-3: the error at r' = d is at least 1000 times that at r' = r",
        observable="minus_log_ratio",
        mode="ranks",
        bound=-3.0,
        cases=(_at(_RANKS, alpha=1e-3),),
        planned_trials=8,
        twin=Twin(
            "over-parameterisation costs nothing at any alpha", observable="log_ratio", bound=0.35
        ),
    ),
    PerTrial(
        name="overfit_window",
        source="derived: see overfit_window",
        statement="dense noise, constant eta: T_overfit/T_escape >= (theta/W + W/theta)/2",
        observable="shortfall",
        mode="window",
        # at d = 20 the top noise eigenvalue passes 2W by 13 % once in 1000 (Tracy-Widom)
        bound=lambda p: 0.15 * _window(p, p.m),
        cases=(_WINDOW, _at(_WINDOW, m=800, iterations=4500)),
        planned_trials=12,
        twin=Twin(
            "the window does not depend on m: that of 4m",
            bound=lambda p: _window(p, p.m) - 0.85 * _window(p, 4 * p.m),
        ),
    ),
    # What follows is the same at sizes nearer to the limits: minutes, not seconds.
    Equals(
        name="residual_exponent_at_scale",
        source="derived: as residual_exponent",
        statement="d = 40, m = 800: norm(E) ~ alpha^g",
        observable="off",
        mode="residual",
        prediction=0.0,
        tolerance=0.008,
        tolerance_reason="as residual_exponent",
        statistic="median",
        cases=(_at(_RESIDUAL, d=40, search_rank=40, m=800, iterations=500),),
        planned_trials=40,
        twin=Twin("g = 1 - lambda_2/lambda_1, eta ignored", observable="off_flow"),
        deep=True,
    ),
    Equals(
        name="overfit_rate",
        source="derived: E+ = (I - 2 eta Q_perp) E across the fit",
        statement="on the plateau sigma_2(U) grows by 1 + 2 eta lambda_1(-Q across the fit) a step",
        observable="rate",
        mode="plateau",
        prediction=1.0,
        tolerance=0.03,
        tolerance_reason="finite alpha: the residual turns to the top direction over the plateau",
        statistic="median",
        cases=(_at(_WINDOW, alpha=1e-12, iterations=4000),),
        planned_trials=40,
        twin=Twin("by 1 + 2 eta 2W, the bulk edge of -Q before the fit", observable="rate_of_2w"),
        deep=True,
    ),
    PerTrial(
        name="overfit_window_at_scale",
        source="derived: as overfit_window",
        statement="d = 30, m = 2700: T_overfit/T_escape >= (theta/W + W/theta)/2",
        observable="shortfall",
        mode="window",
        # Tracy-Widom at d = 30: 2W is passed by 10 % once in 1000
        bound=lambda p: 0.12 * _window(p, p.m),
        cases=(_at(_WINDOW, d=30, search_rank=30, m=2700, iterations=6000),),
        planned_trials=16,
        twin=Twin(
            "the window does not depend on m: that of 4m",
            bound=lambda p: _window(p, p.m) - 0.88 * _window(p, 4 * p.m),
        ),
        deep=True,
    ),
)
