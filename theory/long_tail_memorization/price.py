"""The price of not memorising on a data set of one's own: from counts alone, with an interval."""

import math
from typing import Any, NamedTuple

import numpy as np

from theory import Claims, ParameterError, Twin, own_checks
from theory.long_tail_memorization.counts import FEW, listed, mass_seen, tau
from theory.long_tail_memorization.params import Params

claim = Claims()


class Price(NamedTuple):
    """What counts say of a learner given all pairs but one; errors are shares of new examples.

    ``opt`` is the best error, all of it on points not seen. ``cost`` is what not fitting singletons
    adds, ``low`` and ``high`` bound its mean; ``limited`` is what gamma-limited memorization adds
    over all counts. ``points[l]`` were seen l times (``points[0]`` is unknown: 0), ``mass[l]`` is
    the estimate of E M_l, ``frequency[l]`` = mass/points, of tau_l (nan where no point is seen l
    times, or at 0).
    """

    samples: int
    opt: float
    cost: float
    low: float
    high: float
    limited: float
    points: np.ndarray
    mass: np.ndarray
    frequency: np.ndarray


def count_limits(total: Any, log_odds: float) -> tuple[Any, Any]:
    """The means m with T log(T/m) + m - T <= log_odds, for T = total: Chernoff's interval.

    T is a sum of negatively associated indicators, of tails e^-(...), as Poisson's (derived).
    """
    T = np.asarray(total, float)
    reach = np.sqrt(2 * T * log_odds)
    ends = []
    for near, far in (
        (T, np.maximum(T - reach, 0)),
        (T, T + log_odds + np.sqrt(log_odds**2 + reach**2)),
    ):
        for _ in range(60):  # near is inside, far outside
            m = (near + far) / 2
            safe = np.where(m > 0, m, 1)
            ratio = np.where(T > 0, T, 1) / safe
            away = np.where(T > 0, T * np.log(ratio), 0) + m - T
            inside = (away <= log_odds) & (m > 0)
            near, far = np.where(inside, m, near), np.where(inside, far, m)
        ends.append(near)
    return ends[0], ends[1]


def mass_limits(times, samples, at_least, above, level, *, anytime=False) -> tuple[Any, Any]:
    """Bounds of E M_l for samples - 1 pairs, l = times: (l + 1)/n of E T_(l+1) - E T_(l+2).

    T_j points are seen j times or more: ``at_least`` T_(l+1), ``above`` T_(l+2). Four tails share
    1 - level; ``anytime`` gives n samples its part 1/(n (n + 1)), and these add up to 1.
    """
    odds = math.log(4 / (1 - level)) + anytime * math.log(samples * (samples + 1))
    more, fewer = count_limits(at_least, odds), count_limits(above, odds)
    factor = (times + 1) / samples
    high = np.minimum(factor * (more[1] - fewer[0]), 1)
    return np.clip(factor * (more[0] - fewer[1]), 0, 1), high


def refuse(wrong: str) -> ParameterError:
    """The error of every bad number."""
    return ParameterError(f"price: {wrong}")


@own_checks("counts of a user's own, each refused with its reason")
def price(
    counts, *, labels: int = 2, gamma: float = 0.0, level: float = 0.95, anytime: bool = False
) -> Price:
    """The price of not fitting what was seen once, from how often each point (class) was seen.

    Args:
        counts: how often each subpopulation is in the data; zeros are left out.
        labels: k, the labels that a point may have.
        gamma: the limit on memorization, in [0, 1].
        level: of the interval (low, high) for the cost, for any frequencies whatever.
        anytime: whether the interval is to hold at all sizes of growing data at once.

    Good and Turing: (l + 1) F_(l+1)/n is an unbiased estimate of E M_l for n - 1 pairs. So opt =
    (1 - 1/k) F_1/n, cost = (1 - 1/k - gamma)_+ 2 F_2/n, and limited = sum_l (1 - 1/k - l gamma)_+
    (l + 1) F_(l+1)/n. The interval is Chernoff's for the points seen twice or more, and thrice or
    more. Raises ParameterError for counts that are no whole numbers >= 0, for fewer than two points
    and for numbers out of range.
    """
    c = np.asarray(counts)
    if c.ndim != 1 or c.dtype.kind not in "iuf":
        raise refuse(f"counts of shape {c.shape} and type {c.dtype} are no vector of numbers")
    c = c.astype(float)
    bad = ~np.isfinite(c) | (c < 0) | (c != np.round(c)) | (c > 2**53)
    if bad.any():
        raise refuse(f"counts[{int(bad.argmax())}] = {c[bad.argmax()]:g} is no whole number >= 0")
    c = c[c > 0]
    if len(c) < 2:
        raise refuse(f"{len(c)} points were seen: a tail needs 2 or more")
    if not (labels == int(labels) and labels >= 2):
        raise refuse(f"labels = {labels} is no whole number >= 2")
    if not 0 <= gamma <= 1:
        raise refuse(f"gamma = {gamma} is outside [0, 1]")
    if not 0 < level < 1:
        raise refuse(f"level = {level} is outside (0, 1)")
    n = int(c.sum())
    seen, number = np.unique(c, return_counts=True)
    few = np.array([number[seen == j].sum() for j in range(8)], float)
    lost = np.maximum(1 - 1 / labels - (seen - 1) * gamma, 0) * (seen > 1)
    mass = np.arange(1, 8) * few[1:] / n
    with np.errstate(divide="ignore", invalid="ignore"):
        frequency = np.where(few[:-1] > 0, mass / few[:-1], np.nan)
    scale = max(1 - 1 / labels - gamma, 0.0)
    low, high = mass_limits(1, n, np.sum(c >= 2), np.sum(c >= 3), level, anytime=anytime)
    return Price(
        n, (1 - 1 / labels) * mass[0], scale * mass[1], scale * float(low), scale * float(high),
        float(np.sum(lost * seen * number) / n), few[:-1], mass, frequency,
    )  # fmt: skip


def plugged(counts, samples: int, most: int = 4):
    """(E M_l, n tau_l), l = 0 .. most, at another sample size if the counts' shares were D."""
    shares = np.asarray(counts, float)
    shares = shares[shares > 0] / shares.sum()
    times = np.arange(min(most, samples) + 1.0)
    return (
        np.asarray(mass_seen(times, samples, shares)),
        samples * np.asarray(tau(times, samples, shares)),
    )


READ = claim.given(at=Params(), delta=0.05)


def one_less(p):
    """E M_1 for n - 1 pairs."""
    return mass_seen(1, p.n - 1, listed(p))


@claim.equals(
    lambda run, p: 2 * run["points"][:, 0, 2] / p.n,
    at=(FEW, Params()),
    within=0.01,
    twin=Twin("F_2/n for 2 F_2/n", observable=lambda run, p: run["points"][:, 0, 2] / p.n),
)
def price_is_unbiased(p):
    """E 2 F_2/n = E M_1 for n - 1 pairs, F_2 the points seen twice.

    derived: good_turing_exact
    """
    return one_less(p)


def limits(run, p, level=0.95):
    """The interval for E M_1 from each trial's counts."""
    return mass_limits(1, p.n, run["at_least"][:, 2], run["at_least"][:, 3], level)


@READ.at_least(
    lambda run, p: limits(run, p)[1],
    twin=Twin("the estimate without its interval", observable=lambda run, p: (
        2 * run["points"][:, 0, 2] / p.n)),
)  # fmt: skip
def price_upper(p):
    """(2/n)(upper limit of E T_2 - lower of E T_3) is above E M_1 with probability .95 or more."""
    return one_less(p)


@READ.at_most(
    lambda run, p: limits(run, p)[0],
    twin=Twin("the estimate without its interval", observable=lambda run, p: (
        2 * run["points"][:, 0, 2] / p.n)),
)  # fmt: skip
def price_lower(p):
    """(2/n)(lower limit of E T_2 - upper of E T_3) is below it with probability .95 or more."""
    return one_less(p)
