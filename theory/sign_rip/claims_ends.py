"""Claims about where runs end: floors under dense noise, exact recovery, the global minimiser."""

import numpy as np
from scipy import stats

from theory import Claims, Twin
from theory.sign_rip import floors
from theory.sign_rip.params import GENTLE, NEAR, svec_length

claim = Claims()


def tangent(p):
    """Degrees of freedom of X* of rank r."""
    return floors.degrees_of_freedom(p.d, p.rank)


def cone(p):
    """Statistical dimension of the PSD cone's tangent cone at X*."""
    return floors.psd_dimension(p.d, p.rank)


# Floors under dense noise

FLOOR = NEAR.but(
    d=12, rank=6, search_rank=6, m=720, nu=0.005, alpha=0.005, eta=0.0015, rho=0.975, iterations=250
)
OVERFIT = NEAR.but(
    d=15, rank=1, search_rank=15, m=540, nu=0.05, alpha=0.2, rho=0.9975, iterations=2400
)
floor = claim.given(mode="floor", statistic="median", trials=300)
overfit = floor.given(relative=0.18, twin=Twin("dof = d(d+1)/2", dof=lambda p: svec_length(p.d)))


@floor.equals(
    "l1", at=(FLOOR, FLOOR.but(p=0.2)), relative=0.09,
    why="1/d corrections of the limit, and a median 2 % under the mean at 57 dof",
    twin=Twin("dof = d r", dof=lambda p: p.d * p.rank),
)  # fmt: skip
def final_floor_l1(p, *, dof=tangent):
    """r' = r: norm(Delta)^2 -> nu^2 F(dof/m, p), dof = d r - r(r-1)/2.

    derived: see floor_factor (arXiv:2202.08788: nu sqrt(d r/m) up to logs)
    """
    return floors.floor_factor(dof(p) / p.m, p.p)


@floor.equals(
    "l2", at=FLOOR, relative=0.09, why="as final_floor_l1", twin=Twin("the l1 floor", l1=True)
)
def final_floor_l2(p, *, l1=False):
    """l2 loss, no outliers: norm(Delta)^2 -> nu^2 kap/(1 - kap), pi/2 below l1.

    derived: least squares over the tangent space
    """
    return final_floor_l1(p) if l1 else floors.l2_floor_factor(tangent(p) / p.m)


@overfit.equals(
    "l1", at=OVERFIT, trials=90,
    why="nu -> 0 limit: O(nu/sigma) = 5 % off; the cone's own limit is O(1/d)",
)  # fmt: skip
def overfit_floor(p, *, dof=cone):
    """r' = d, run to convergence: the same F with dof + (d-r)(d-r+1)/4.

    derived: statistical dimension of the PSD cone's tangent cone
    """
    return floors.floor_factor(dof(p) / p.m, p.p)


# Exact recovery, and the global minimiser

RECOVERED = 1e-5
"""An error (sigma_1 = 1) that counts as exact recovery, far above eta_T and below any failure."""
BEATEN = 5e-4
"""f(U) below (1 - this) f(X*) counts as beating the truth."""
RECOVERY = NEAR.but(
    d=20, rank=1, search_rank=1, m=237, p=0.5, law="gaussian", alpha=0.05, eta=0.02, rho=0.98,
    iterations=900,
)  # fmt: skip
# near the threshold steps must fall slowly: see sims.sign_rip.ends.recovery_trial
SLOW = RECOVERY.but(rho=0.9975, iterations=7000)
LARGE = RECOVERY.but(d=60, m=445, rho=0.995, iterations=3500)
OPTIMUM = GENTLE.but(
    d=15, rank=1, search_rank=15, m=207, p=0.2, law="gaussian", alpha=0.5, steps="geometric",
    eta=0.1, rho=0.997, iterations=4000,
)  # fmt: skip


def recovery_misjudged(kappa):
    """1 where "exact recovery iff dof/m < kappa(p)" is wrong about a run."""
    return lambda run, p: (run["error"] < RECOVERED) != (tangent(p) / p.m < kappa(p.p))


def optimum_misjudged(dof):
    """1 where "X* is beaten iff dof/m > kappa_c" is wrong about a run."""
    return lambda run, p: (run["gain"] > BEATEN) != (p.m < dof(p) / floors.critical_ratio(p.p))


recovery = claim.given(
    mode="recovery", formula=0.5, observable=recovery_misjudged(floors.critical_ratio), trials=64,
    twin=Twin("kappa_c = 1 - 2p", observable=recovery_misjudged(lambda p: 1 - 2 * p)),
)  # fmt: skip
small_p = recovery.given(
    twin=Twin("kappa_c = (2/pi)(1-p)^2 at every p",
              observable=recovery_misjudged(lambda p: 2 / np.pi * (1 - p) ** 2)),
)  # fmt: skip
optimum = claim.given(
    mode="optimum", formula=0.5, observable=optimum_misjudged(cone), delta=0.3, trials=64,
    twin=Twin("threshold (d(d+1)/2)/kappa_c",
              observable=optimum_misjudged(lambda p: svec_length(p.d))),
)  # fmt: skip
recovery.at_most(
    name="exact_recovery_threshold", delta=0.2, trials=100,
    says="r' = r, from near X*: exact recovery iff dof/m < kappa_c(p) (2 m_c, 0.6 m_c)",
    source="derived: kappa_c(p) by state evolution and by descent cones",
    at=(RECOVERY, RECOVERY.but(m=71), RECOVERY.but(p=0.2, m=82)),
)  # fmt: skip
small_p.at_most(
    name="exact_recovery_at_small_p",
    source="derived: kappa_c(p), of which (2/pi)(1-p)^2 is only the limit p -> 1",
    says="p = 0.05: recovery at 1.2 m_c, where (2/pi)(1-p)^2 wants 14 % more measurements",
    delta=0.5,  # finite d: a linear program finds X* strictly optimal in 9 of 10 runs
    at=SLOW.but(d=40, m=61, p=0.05, rho=0.995, iterations=3500),
)  # fmt: skip
optimum.at_most(
    name="truth_global_min_threshold", at=(OPTIMUM, OPTIMUM.but(m=83)),
    says="r' = d: X* is the global minimiser iff psd_dimension/m < kappa_c (1.5, 0.6 m_c)",
    source="derived: psd_dimension/m against kappa_c(p)",
)  # fmt: skip

# A small start finds what is no minimiser; outliers of any size

SMALL_START = OPTIMUM.but(m=110, alpha=1e-24, eta=0.05, rho=0.985, iterations=1900)
CONTAMINATED = RECOVERY.but(
    d=12, m=400, p=0.1, outlier_size=0.1, alpha=0.01, eta=0.01, rho=0.97, iterations=600
)
both = claim.given(
    mode="small_start", at=SMALL_START,
    source="arXiv:2202.08788, abstract: X* need not be a global minimiser",
)  # fmt: skip


def missed(start):
    """1 where the small (0) or the large (1) start ends further than 1e-3 from X*."""
    return lambda run, p: run["log_error"][:, start] > -3


both.ordering(
    "small_start_without_optimality",
    "between both thresholds a start of 1e-24 ends nearer to X* than one of 1/2",
    # log10 of both errors, cut to a range of six decades
    lambda run, p: np.clip(run["log_error"][:, 1], -5.0, 1.0),
    lambda run, p: np.clip(run["log_error"][:, 0], -5.0, 1.0), support=(-6.0, 6.0), trials=120,
    twin="the start's size does not matter",
)  # fmt: skip
both.at_most(
    missed(0), name="small_start_recovers_without_optimality", formula=0.5, delta=0.25, trials=64,
    says="r' = d, 0.8 of the optimality threshold: from 1e-24 to within 1e-3 of X*",
    twin=Twin("so does a start of 1/2", observable=missed(1)),
)  # fmt: skip
claim.every_trial(
    "l1", name="l1_recovers_under_outliers", mode="contaminated", within=1e-7, at=CONTAMINATED,
    says="10 % outliers: the l1 loss recovers X* to rounding of the last step", trials=64,
    source="arXiv:2202.08788: outliers of any size and density below one",
    twin=Twin("so does the l2 loss", observable="l2"),
)  # fmt: skip

# The same at sizes nearer to the limits: minutes, not seconds

recovery.at_most(
    name="exact_recovery_threshold_at_scale", deep=True, delta=0.3, at=(LARGE, LARGE.but(m=267)),
    says="d = 60: the transition is sharper: 1.25 and 0.75 m_c",
)  # fmt: skip
small_p.at_most(
    name="exact_recovery_at_small_p_at_scale", deep=True, delta=0.4, trials=100,
    says="d = 100, p = 0.1: half of the runs recover between 0.87 and 1.14 m_c = 149;"
    " (2/pi)(1-p)^2 says 194",
    at=(SLOW.but(d=100, m=170, p=0.1), SLOW.but(d=100, m=130, p=0.1)),
)  # fmt: skip
optimum.at_most(
    name="truth_global_min_threshold_at_scale", deep=True,
    says="d = 25: the transition is sharper: 1.2 and 0.8 m_c",
    at=(OPTIMUM.but(d=25, search_rank=25, m=430), OPTIMUM.but(d=25, search_rank=25, m=286)),
)  # fmt: skip
overfit.equals(
    "l1", name="overfit_floor_at_scale", formula=overfit_floor, trials=400, deep=True,
    says="nu = 0.02, where the cone limit is nearer: F of the PSD cone", relative=0.1,
    at=OVERFIT.but(nu=0.02, eta=0.02, rho=0.999, iterations=8000),
    why="O(nu/sigma) = 2 %; the cone's own limit O(1/d) = 5 %; median under mean",
)  # fmt: skip


@claim.equals(
    lambda run, p: run["l2"] ** 2 / floors.l2_error_floor(p, run["square"]),
    mode="contaminated", at=CONTAMINATED.but(rank=2, search_rank=2), within=0.1,
    why="chi-square up to dof/m = 6 %; curvature adds O(error/sigma) = 1 %", statistic="median",
    trials=400, deep=True,
    twin=Twin("every one of d(d+1)/2 directions is fitted", median=False),
)  # fmt: skip
def l2_floor_under_outliers(p, *, median=True):
    """r' = r, l2 loss: E norm(Delta)^2 = dof E s^2/(m - dof - 1), all outliers felt."""
    # as a fraction of the mean given the s^2 drawn: the median of a chi-square of dof directions
    dof = tangent(p)
    return stats.chi2(dof).median() / dof if median else svec_length(p.d) / dof
