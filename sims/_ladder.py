"""Rates, exponents and limits along a ladder of sizes."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from sims._outcome import Outcome
from sims._sequential import ALPHA
from theory import Limit, Scaling, Verdict
from theory._claims import at

Measure = Callable[[Any], tuple[float, float]]
"""(value, standard error) of the ladder's quantity at one rung's params."""


def fit_exponent(
    sizes: np.ndarray, values: np.ndarray, errors: np.ndarray, alpha: float = ALPHA
) -> tuple[float, float, float]:
    """The exponent b of values ~ a sizes^b: (b, half-width of its interval, lack-of-fit p-value).

    Weighted least squares of log(value) on log(size) with the rungs' standard errors. Exact values
    (all errors 0) are fitted by ordinary least squares, with half-width 0 and p-value 1.
    """
    x, y = np.log(sizes), np.log(values)
    exact = not errors.any()
    sigma = np.ones_like(y) if exact else errors / values  # delta method
    weights = 1.0 / sigma**2
    centre = (weights * x).sum() / weights.sum()
    spread = (weights * (x - centre) ** 2).sum()
    slope = float((weights * (x - centre) * y).sum() / spread)
    if exact:
        return slope, 0.0, 1.0
    level = float((weights * y).sum() / weights.sum())
    chi2 = float((weights * (y - level - slope * (x - centre)) ** 2).sum())
    half = float(-special.ndtri(alpha / 2) / math.sqrt(spread))
    return slope, half, float(special.chdtrc(len(x) - 2, chi2))


def check_ladder(claim: Scaling | Limit, measure: Measure) -> Outcome:
    """Fits the exponent of the value (Scaling) or of its gap to the limit (Limit).

    HOLDS when the exponent's interval lies within the tolerance, and, for a Limit, the gap at the
    largest size is shown to be at most ``last_gap``. A fit that the rungs contradict (chi-square at
    alpha) is UNDECIDED: it asks for a correction term or larger rungs, not a wider tolerance.
    """
    rungs = sorted(claim.rungs, key=claim.size)
    sizes = np.array([float(claim.size(p)) for p in rungs])
    measured = [measure(p) for p in rungs]
    values = np.array([m[0] for m in measured])
    errors = np.array([m[1] for m in measured])
    trials = claim.trials_per_rung * len(rungs)
    z = -float(special.ndtri(ALPHA / 2))
    limit = math.nan
    if isinstance(claim, Limit):
        limits = np.array([float(at(claim.limit, p)) for p in rungs])
        limit = float(limits[-1])
        values = np.abs(values - limits)
        last = float(values[-1])
        if last - z * errors[-1] > claim.last_gap:
            return Outcome(
                Verdict.REFUTED, estimate=last, prediction=0.0, tolerance=claim.last_gap,
                trials=trials, detail=f"the gap to {limit:.6g} at size {sizes[-1]:g}: {last:.4g}",
            )  # fmt: skip
        if last + z * errors[-1] > claim.last_gap:
            return Outcome(
                Verdict.UNDECIDED, estimate=last, prediction=0.0, tolerance=claim.last_gap,
                trials=trials, detail="the last gap is not resolved; more trials per rung",
            )  # fmt: skip
    if not (np.isfinite(values).all() and (values > z * errors).all()):
        return Outcome(
            Verdict.UNDECIDED, prediction=claim.exponent, tolerance=claim.tolerance,
            trials=trials, detail=f"a value is not shown to be above 0: {values.tolist()}",
        )  # fmt: skip
    slope, half, fit = fit_exponent(sizes, values, errors)
    low, high = slope - half, slope + half
    shown = ", ".join(f"{v:.4g}" for v in values)
    detail = f"{'gaps' if isinstance(claim, Limit) else 'values'} {shown}"
    if isinstance(claim, Limit):
        detail = f"limit {limit:.6g}; {detail}"
    if low > claim.exponent + claim.tolerance or high < claim.exponent - claim.tolerance:
        verdict = Verdict.REFUTED
    elif fit < ALPHA:
        verdict, detail = Verdict.UNDECIDED, f"lack of fit (p = {fit:.1e}); {detail}"
    elif low >= claim.exponent - claim.tolerance and high <= claim.exponent + claim.tolerance:
        verdict = Verdict.HOLDS
    else:
        verdict = Verdict.UNDECIDED
    return Outcome(
        verdict, estimate=slope, interval=(low, high), prediction=claim.exponent,
        tolerance=claim.tolerance, trials=trials, detail=detail,
    )  # fmt: skip
