"""Rates, exponents and limits along a ladder of sizes."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from sims._evaluate import reals
from sims._outcome import Outcome
from sims._sequential import ALPHA, betting_interval
from sims._sequential.base import SupportError, observations
from theory import Limit, Scaling, Verdict
from theory._claims import at

Measure = Callable[[Any], float | np.ndarray]
"""The ladder's quantity at one rung's params: its value, or the observations of its mean."""

MIN_TRIALS = 30
"""Observations without a support need as many a rung: the normal approximation rests on them."""

_CONSTANT = 1e-12  # observations that differ by less, relatively, differ by rounding


@dataclasses.dataclass(frozen=True)
class Rungs:
    """What was measured at each size, in order of size.

    ``low`` and ``high`` enclose all values together with probability 1 - alpha. The ends ``alone``
    enclose each value by itself, and are independent of each other; they are there for observations
    of unknown support only (Student's intervals, nominal).
    """

    sizes: np.ndarray
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    alone: tuple[np.ndarray, np.ndarray] | None = None


class _OpenError(ValueError):
    """The ladder cannot be decided; the text says why."""


def student_interval(x: np.ndarray, alpha: float) -> tuple[float, float]:
    """mean +- t_{n-1}(1 - alpha/2) s/sqrt(n): exact for normal observations, nominal otherwise."""
    from scipy import stats  # slow to load, and `python -m sims list` does without

    half = float(stats.t.isf(alpha / 2, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x)))
    return float(x.mean()) - half, float(x.mean()) + half


def bounded_interval(
    x: np.ndarray, support: tuple[float, float], alpha: float
) -> tuple[float, ...]:
    """The betting interval of the mean of observations in ``support``; exact."""
    low, width = support[0], support[1] - support[0]
    if not 0.0 < width < math.inf:
        raise _OpenError(f"support {support} is no bounded interval")
    scaled = (x - low) / width
    if scaled.min() < -1e-9 or scaled.max() > 1 + 1e-9:
        raise SupportError(
            f"observations in [{x.min():.6g}, {x.max():.6g}] leave the declared support"
            f" [{support[0]:g}, {support[1]:g}]"
        )
    return tuple(low + width * end for end in betting_interval(np.clip(scaled, 0, 1), alpha))


def fit_exponent(
    sizes: np.ndarray, values: np.ndarray, low: np.ndarray, high: np.ndarray, independent: bool
) -> tuple[float, float, float]:
    """The exponent b of values ~ a sizes^b, with an interval: (b, lowest, highest).

    Least squares of log(value) on log(size), weighted by the intervals' widths: b = sum c_i y_i.
    Where all values lie in [low, high] together, sum c_i y_i lies in the sum of the intervals
    c_i [low, high], whatever the weights are. For ``independent`` intervals of the same level each
    end's distances are added in quadrature (the method of variance estimates recovery, Zou &
    Donner 2008; nominal).
    """
    x, y = np.log(sizes), np.log(values)
    below, over = y - np.log(low), np.log(high) - y
    width = below + over
    weights = 1.0 / width**2 if width.all() else np.ones_like(y)
    x = x - (weights * x).sum() / weights.sum()
    c = weights * x / (weights * x * x).sum()
    slope = float((c * y).sum())
    down = abs(c) * np.where(c > 0, below, over)
    up = abs(c) * np.where(c > 0, over, below)
    if independent:
        return slope, slope - float(np.hypot.reduce(down)), slope + float(np.hypot.reduce(up))
    return slope, slope - float(down.sum()), slope + float(up.sum())


def is_power_law(sizes: np.ndarray, low: np.ndarray, high: np.ndarray, tolerance: float) -> bool:
    """Whether a curve whose local exponents differ by at most 2 tolerance can pass all intervals.

    Such a curve stays within e^{tolerance R/4} of a power law, R = log(largest/smallest size): if
    it is off the nearest line of log-log by d at three sizes a < b < c with alternating signs, s
    the line's slope against the middle of the exponents, then 2 d <= (t + s)(b - a) and
    2 d <= (t - s)(c - b), so d <= R (t^2 - s^2)/(4 t). So the intervals are widened by that much,
    and a line passes all of them iff every pair of them allows a common slope.
    """
    x = np.log(sizes)
    slack = tolerance * (x[-1] - x[0]) / 4
    bottom, top = np.log(low) - slack, np.log(high) + slack
    i, j = np.triu_indices(len(x), k=1)
    run = x[j] - x[i]
    keep = run > 0
    least = ((bottom[j] - top[i])[keep] / run[keep]).max()
    most = ((top[j] - bottom[i])[keep] / run[keep]).min()
    return bool(least <= most)


def check_ladder(claim: Scaling | Limit, measure: Measure, alpha: float = ALPHA) -> Outcome:
    """Fits the exponent of the value (Scaling) or of its gap to the limit (Limit).

    HOLDS when the exponent's interval lies within the tolerance, and, for a Limit, the gap at the
    largest size is shown to be at most ``last_gap``. Values that are no power law to that
    tolerance (:func:`is_power_law`) are UNDECIDED, lack of fit: they ask for a correction term or
    larger sizes, not for a wider tolerance. NaN and infinity at a rung are UNDECIDED.

    For the mean of an observable with a ``support`` the intervals are exact: betting intervals at
    alpha/k for k rungs, which hold together. Without it they are Student's, nominal.
    """
    trials = claim.trials_per_rung * len(claim.rungs)
    exact = not claim.simulated or claim.support is not None

    def answer(verdict: Verdict, detail: str, **found: Any) -> Outcome:
        found = {"prediction": claim.exponent, "tolerance": claim.tolerance} | found
        return Outcome(verdict, trials=trials, detail=detail, exact=exact, **found)

    try:
        rungs = _measured(claim, measure, alpha)
        limit = ""
        if isinstance(claim, Limit):
            limits = np.array([_number(at(claim.limit, p)) for p in _ordered(claim)])
            _finite("limit", limits, rungs.sizes)
            rungs = _gaps(rungs, limits)
            limit = f"limit {limits[-1]:.6g}; "
            gap = {"estimate": float(rungs.value[-1]), "prediction": 0.0,
                   "interval": (float(rungs.low[-1]), float(rungs.high[-1])),
                   "tolerance": claim.last_gap}  # fmt: skip
            words = (
                f"|value - {limits[-1]:.6g}| = {rungs.value[-1]:.4g} at the largest size"
                f" {rungs.sizes[-1]:g}"
            )
            if rungs.low[-1] > claim.last_gap:
                detail = f"{words}, above last_gap = {claim.last_gap:g}"
                return answer(Verdict.REFUTED, detail, **gap)
            if not rungs.high[-1] <= claim.last_gap:
                detail = f"{words}, not told from last_gap = {claim.last_gap:g}; more trials a rung"
                return answer(Verdict.UNDECIDED, detail, **gap)
        shown = ", ".join(f"{v:.4g}" for v in rungs.value)
        detail = f"{limit}{'gaps' if limit else 'values'} {shown}"
        if not (rungs.low > 0).all():
            raise _OpenError(f"not all are shown to be above 0: {detail}")
    except SupportError as error:
        raise SupportError(f"{claim.name}: {error}") from None
    except _OpenError as error:
        return answer(Verdict.UNDECIDED, str(error))
    ends = rungs.alone or (rungs.low, rungs.high)
    slope, low, high = fit_exponent(
        rungs.sizes, rungs.value, *ends, independent=rungs.alone is not None
    )
    if low > claim.exponent + claim.tolerance or high < claim.exponent - claim.tolerance:
        verdict = Verdict.REFUTED
    elif not is_power_law(rungs.sizes, rungs.low, rungs.high, claim.tolerance):
        verdict, detail = (
            Verdict.UNDECIDED,
            f"lack of fit, no power law to this tolerance: {detail}",
        )
    elif low >= claim.exponent - claim.tolerance and high <= claim.exponent + claim.tolerance:
        verdict = Verdict.HOLDS
    else:
        verdict = Verdict.UNDECIDED
    return answer(verdict, detail, estimate=slope, interval=(low, high))


def _ordered(claim: Scaling | Limit) -> list[Any]:
    return sorted(claim.rungs, key=claim.size)


def _number(value: Any) -> float:
    """The value, NaN where it is not one real number."""
    found = reals(value)
    return math.nan if found.ndim else float(found)


def _finite(what: str, values: np.ndarray, sizes: np.ndarray) -> None:
    wrong = ~np.isfinite(values)
    if wrong.any():
        i = int(wrong.argmax())
        raise _OpenError(f"the {what} is {values[i]} at size {sizes[i]:g}")


def _measured(claim: Scaling | Limit, measure: Measure, alpha: float) -> Rungs:
    ordered = _ordered(claim)
    sizes = np.array([_number(claim.size(p)) for p in ordered])
    _finite("size", sizes, sizes)
    if not claim.simulated:
        values = np.array([_number(measure(p)) for p in ordered])
        _finite("value", values, sizes)
        return Rungs(sizes, values, values, values)
    k = len(ordered)
    samples = [observations(np.asarray(measure(p)), 0) for p in ordered]
    means = np.array([x.mean() for x in samples])
    if claim.support is not None:
        bottom, top = claim.support
        between = [(_number(at(bottom, p)), _number(at(top, p))) for p in ordered]
        ends = [bounded_interval(x, s, alpha / k) for x, s in zip(samples, between, strict=True)]
        return Rungs(sizes, means, *np.array(ends).T)
    for size, x in zip(sizes, samples, strict=True):
        if len(x) < MIN_TRIALS:
            raise _OpenError(
                f"{len(x)} trials a rung: without a support of the observable it takes {MIN_TRIALS}"
            )
        if np.ptp(x) <= _CONSTANT * abs(x).max():
            raise _OpenError(
                f"all {len(x)} trials at size {size:g} gave {x[0]:.6g}: that says nothing of their"
                " error; give the observable's support, or the value as a function of Params"
            )
    # half of alpha for the exponent, half for all else that the intervals decide
    together = [student_interval(x, alpha / (2 * k)) for x in samples]
    alone = [student_interval(x, alpha / 2) for x in samples]
    low, high = np.array(together).T
    return Rungs(sizes, means, low, high, alone=(np.array(alone)[:, 0], np.array(alone)[:, 1]))


def _gaps(rungs: Rungs, limits: np.ndarray) -> Rungs:
    """The distances of the values from their limits, and of their intervals."""

    def distances(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        ends = abs(low - limits), abs(high - limits)
        inside = (low <= limits) & (limits <= high)
        return np.where(inside, 0.0, np.minimum(*ends)), np.maximum(*ends)

    alone = None if rungs.alone is None else distances(*rungs.alone)
    value = abs(rungs.value - limits)
    return Rungs(rungs.sizes, value, *distances(rungs.low, rungs.high), alone)
