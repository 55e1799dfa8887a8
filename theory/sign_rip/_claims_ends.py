"""Claims about where runs end: floors under dense noise, exact recovery, the global minimiser."""

import dataclasses
from typing import Any

from scipy import stats

from theory import AtMost, Equals, Ordering, PerTrial, Twin
from theory.sign_rip import floors as floors
from theory.sign_rip.params import GENTLE, Params

_FLOOR = GENTLE.but(
    d=12, rank=6, search_rank=6, m=720, nu=0.005, start="near", alpha=0.005, steps="geometric",
    eta=0.0015, rho=0.975, iterations=250,
)  # fmt: skip
_OVERFIT = GENTLE.but(
    d=15, rank=1, search_rank=15, m=540, nu=0.05, start="near", alpha=0.2, steps="geometric",
    eta=0.05, rho=0.9975, iterations=2400,
)  # fmt: skip
_RECOVERY = GENTLE.but(
    d=20, rank=1, search_rank=1, m=237, p=0.5, law="gaussian", start="near", alpha=0.05,
    steps="geometric", eta=0.02, rho=0.98, iterations=900,
)  # fmt: skip
# near the threshold steps must fall slowly: see sims.sign_rip.ends.recovery_trial
_SLOW = dataclasses.replace(_RECOVERY, rho=0.9975, iterations=7000)
_OPTIMUM = GENTLE.but(
    d=15, rank=1, search_rank=15, m=207, p=0.2, law="gaussian", alpha=0.5, steps="geometric",
    eta=0.1, rho=0.997, iterations=4000,
)  # fmt: skip
_SMALL_START = GENTLE.but(
    d=15, rank=1, search_rank=15, m=110, p=0.2, law="gaussian", alpha=1e-24, steps="geometric",
    rho=0.985, iterations=1900,
)  # fmt: skip
_CONTAMINATED = GENTLE.but(
    d=12, rank=1, search_rank=1, m=400, p=0.1, law="gaussian", outlier_size=0.1, start="near",
    alpha=0.01, steps="geometric", eta=0.01, rho=0.97, iterations=600,
)  # fmt: skip


def _floor(params: Any) -> Any:
    dof = floors.degrees_of_freedom(params.d, params.rank)
    return floors.floor_factor(dof / params.m, params.p)


def _overfit(params: Any) -> Any:
    return floors.floor_factor(floors.psd_dimension(params.d, params.rank) / params.m, params.p)


def _l2_floor(params: Any) -> Any:
    return floors.l2_floor_factor(floors.degrees_of_freedom(params.d, params.rank) / params.m)


def _chi_square_median(params: Any) -> float:
    """Median over mean of a chi-square with dof degrees of freedom."""
    dof = floors.degrees_of_freedom(params.d, params.rank)
    return float(stats.chi2(dof).median()) / dof


def _at(params: Params, **changes: Any) -> Params:
    return dataclasses.replace(params, **changes)


END_CLAIMS = (
    Equals(
        name="final_floor_l1",
        source="derived: see floor_factor (arXiv:2202.08788: nu sqrt(d r/m) up to logs)",
        statement="r' = r: norm(Delta)^2 -> nu^2 F(dof/m, p), dof = d r - r(r-1)/2",
        observable="l1",
        mode="floor",
        prediction=_floor,
        tolerance=lambda p: 0.09 * _floor(p),
        tolerance_reason="1/d corrections of the limit, and a median 2 % under the mean at 57 dof",
        statistic="median",
        cases=(_FLOOR, _at(_FLOOR, p=0.2)),
        planned_trials=300,
        twin=Twin("dof = d r", prediction=lambda p: floors.floor_factor(p.d * p.rank / p.m, p.p)),
    ),
    Equals(
        name="final_floor_l2",
        source="derived: least squares over the tangent space",
        statement="l2 loss, no outliers: norm(Delta)^2 -> nu^2 kap/(1 - kap), pi/2 below l1",
        observable="l2",
        mode="floor",
        prediction=_l2_floor,
        tolerance=lambda p: 0.09 * _l2_floor(p),
        tolerance_reason="as final_floor_l1",
        statistic="median",
        cases=(_FLOOR,),
        planned_trials=300,
        twin=Twin("the l1 floor", prediction=_floor),
    ),
    Equals(
        name="overfit_floor",
        source="derived: statistical dimension of the PSD cone's tangent cone",
        statement="r' = d, run to convergence: the same F with dof + (d-r)(d-r+1)/4",
        observable="l1",
        mode="floor",
        prediction=_overfit,
        tolerance=lambda p: 0.18 * _overfit(p),
        tolerance_reason="nu -> 0 limit: O(nu/sigma) = 5 % off; the cone's own limit is O(1/d)",
        statistic="median",
        cases=(_OVERFIT,),
        planned_trials=90,
        twin=Twin(
            "dof = d(d+1)/2",
            prediction=lambda p: floors.floor_factor(p.d * (p.d + 1) / 2 / p.m, p.p),
        ),
    ),
    AtMost(
        name="exact_recovery_threshold",
        source="derived: kappa_c(p) by state evolution and by descent cones",
        statement="r' = r, from near X*: exact recovery iff dof/m < kappa_c(p) (2 m_c, 0.6 m_c)",
        observable="misjudged",
        mode="recovery",
        bound=0.5,
        delta=0.2,
        cases=(_RECOVERY, _at(_RECOVERY, m=71), _at(_RECOVERY, p=0.2, m=82)),
        planned_trials=100,
        supported_by=("two_routes_to_kappa",),
        twin=Twin("kappa_c = 1 - 2p", observable="misjudged_half"),
    ),
    AtMost(
        name="exact_recovery_at_small_p",
        source="derived: kappa_c(p), of which (2/pi)(1-p)^2 is only the limit p -> 1",
        statement="p = 0.05: recovery at 1.2 m_c, where (2/pi)(1-p)^2 wants 14 % more measurements",
        observable="misjudged",
        mode="recovery",
        bound=0.5,
        delta=0.5,  # finite d: a linear program finds X* strictly optimal in 9 of 10 runs
        cases=(_at(_SLOW, d=40, m=61, p=0.05, rho=0.995, iterations=3500),),
        planned_trials=64,
        supported_by=("two_routes_to_kappa", "dense_outlier_limit"),
        twin=Twin("kappa_c = (2/pi)(1-p)^2 at every p", observable="misjudged_dense"),
    ),
    AtMost(
        name="truth_global_min_threshold",
        source="derived: psd_dimension/m against kappa_c(p)",
        statement="r' = d: X* is the global minimiser iff psd_dimension/m < kappa_c (1.5, 0.6 m_c)",
        observable="misjudged",
        mode="optimum",
        bound=0.5,
        delta=0.3,
        cases=(_OPTIMUM, _at(_OPTIMUM, m=83)),
        planned_trials=64,
        twin=Twin("threshold (d(d+1)/2)/kappa_c", observable="misjudged_everything"),
    ),
    Ordering(
        name="small_start_without_optimality",
        source="arXiv:2202.08788, abstract: X* need not be a global minimiser",
        statement="between both thresholds a start of 1e-24 ends nearer to X* than one of 1/2",
        observable="large_error",
        below="small_error",
        support=(-6.0, 6.0),
        mode="small_start",
        cases=(_SMALL_START,),
        planned_trials=120,
        twin=Twin(
            "the start's size does not matter", observable="small_error", below="large_error"
        ),
    ),
    AtMost(
        name="small_start_recovers_without_optimality",
        source="arXiv:2202.08788, abstract: X* need not be a global minimiser",
        statement="r' = d, 0.8 of the optimality threshold: from 1e-24 to within 1e-3 of X*",
        observable="small_missed",
        mode="small_start",
        bound=0.5,
        delta=0.25,
        cases=(_SMALL_START,),
        planned_trials=64,
        twin=Twin("so does a start of 1/2", observable="large_missed"),
    ),
    PerTrial(
        name="l1_recovers_under_outliers",
        source="arXiv:2202.08788: outliers of any size and density below one",
        statement="10 % outliers: the l1 loss recovers X* to rounding of the last step",
        observable="l1",
        mode="contaminated",
        bound=1e-7,
        cases=(_CONTAMINATED,),
        planned_trials=64,
        twin=Twin("so does the l2 loss", observable="l2"),
    ),
    # What follows is the same at sizes nearer to the limits: minutes, not seconds.
    AtMost(
        name="exact_recovery_threshold_at_scale",
        source="derived: as exact_recovery_threshold",
        statement="d = 60: the transition is sharper: 1.25 and 0.75 m_c",
        observable="misjudged",
        mode="recovery",
        bound=0.5,
        delta=0.3,
        cases=(
            _at(_RECOVERY, d=60, m=445, rho=0.995, iterations=3500),
            _at(_RECOVERY, d=60, m=267, rho=0.995, iterations=3500),
        ),
        planned_trials=64,
        twin=Twin("kappa_c = 1 - 2p", observable="misjudged_half"),
        deep=True,
    ),
    AtMost(
        name="exact_recovery_at_small_p_at_scale",
        source="derived: as exact_recovery_at_small_p",
        statement="d = 100, p = 0.1: half of the runs recover between 0.87 and 1.14 m_c = 149;"
        " (2/pi)(1-p)^2 says 194",
        observable="misjudged",
        mode="recovery",
        bound=0.5,
        delta=0.4,
        cases=(_at(_SLOW, d=100, m=170, p=0.1), _at(_SLOW, d=100, m=130, p=0.1)),
        planned_trials=100,
        supported_by=("two_routes_to_kappa", "dense_outlier_limit"),
        twin=Twin("kappa_c = (2/pi)(1-p)^2 at every p", observable="misjudged_dense"),
        deep=True,
    ),
    AtMost(
        name="truth_global_min_threshold_at_scale",
        source="derived: as truth_global_min_threshold",
        statement="d = 25: the transition is sharper: 1.2 and 0.8 m_c",
        observable="misjudged",
        mode="optimum",
        bound=0.5,
        delta=0.3,
        cases=(
            _at(_OPTIMUM, d=25, search_rank=25, m=430),
            _at(_OPTIMUM, d=25, search_rank=25, m=286),
        ),
        planned_trials=64,
        twin=Twin("threshold (d(d+1)/2)/kappa_c", observable="misjudged_everything"),
        deep=True,
    ),
    Equals(
        name="overfit_floor_at_scale",
        source="derived: as overfit_floor",
        statement="nu = 0.02, where the cone limit is nearer: F of the PSD cone",
        observable="l1",
        mode="floor",
        prediction=_overfit,
        tolerance=lambda p: 0.1 * _overfit(p),
        tolerance_reason="O(nu/sigma) = 2 %; the cone's own limit O(1/d) = 5 %; median under mean",
        statistic="median",
        cases=(_at(_OVERFIT, nu=0.02, eta=0.02, rho=0.999, iterations=8000),),
        planned_trials=400,
        twin=Twin(
            "dof = d(d+1)/2",
            prediction=lambda p: floors.floor_factor(p.d * (p.d + 1) / 2 / p.m, p.p),
        ),
        deep=True,
    ),
    Equals(
        name="l2_floor_under_outliers",
        source="derived: see l2_error_floor",
        statement="r' = r, l2 loss: E norm(Delta)^2 = dof E s^2/(m - dof - 1), all outliers felt",
        observable="l2_share",
        mode="contaminated",
        prediction=_chi_square_median,  # as a fraction of the mean, for dof directions
        tolerance=0.1,
        tolerance_reason="chi-square up to dof/m = 6 %; curvature adds O(error/sigma) = 1 %",
        statistic="median",
        cases=(_at(_CONTAMINATED, rank=2, search_rank=2),),
        planned_trials=400,
        twin=Twin(
            "every one of d(d+1)/2 directions is fitted",
            prediction=lambda p: p.d * (p.d + 1) / (2 * floors.degrees_of_freedom(p.d, p.rank)),
        ),
        deep=True,
    ),
)
