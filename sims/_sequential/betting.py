"""Bets against a mean: capital that grows only if the hypothesis is wrong."""

import math
from typing import Any, NamedTuple

import numpy as np

from sims._sequential.base import ALPHA, root

# The largest shares of the capital that a bet may put at stake: the adaptive bettor's early stakes
# rest on few observations, the planned one's do not.
_TRUNCATION, _PLANNED_TRUNCATION = 0.5, 0.9

_RESOLUTION = 1e-12  # of an interval's end; twice what the solver leaves open


class Seen(NamedTuple):
    """What was known before each observation: how many there were, and their moments."""

    count: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    squares: np.ndarray
    """The sum of squared distances from the running means."""


class Capital:
    """The capital of a bettor against {mean <= m}, for observations in [0, 1].

    log K_n = sum_i log(1 + lam_i (x_i - m)) with stakes 0 <= lam_i < 1/m that depend on earlier
    observations only: if the mean is <= m, K is a supermartingale from 1, so P(ever K >= 1/a) <= a
    (Ville). The adaptive stake is clip((mu - m)/(s2 + (mu - m)^2), 0, 1/(2 m)) from the mean
    mu = (1/2 + sum x)/i and variance s2 = (1/4 + sum (x - mu)^2)/i of the observations before i.

    Where the test knows which ``gap`` above m it is to find, half the capital bets on that gap
    alone: lam_i = clip(gap/(v + gap^2), 0, 0.9/m), with v starting at the variance of an event of
    probability m + gap, as heavy as 1/gap observations. It has no mean to learn, which saves the
    adaptive bettor's (1/2) log n; the halving costs log 2, and covers the case of another gap.
    """

    def __init__(self, m: float, gap: float | None = None):
        self.m, self.gap = m, gap
        self._adaptive = self._planned = 0.0
        self.peak = 0.0  # the largest log capital so far

    @property
    def log(self) -> float:
        """The log capital now."""
        return float(self._together(self._adaptive, self._planned))

    def _together(self, adaptive: Any, planned: Any) -> Any:
        if self.gap is None:
            return adaptive
        return np.logaddexp(adaptive, planned) - math.log(2.0)

    def bet(self, x: np.ndarray, seen: Seen) -> None:
        """Plays observations x with what was known before each."""
        if not len(x) or self.m >= 1.0:
            return  # {mean <= 1} is always true: no bet can win
        if self.m < 0.0:
            self._adaptive = self._planned = self.peak = math.inf  # {mean <= m} is impossible
            return
        most = 1.0 / max(self.m, 1e-9)
        gap = seen.mean - self.m
        stake = np.clip(gap / (seen.variance + gap * gap), 0.0, _TRUNCATION * most)
        adaptive = self._adaptive + np.cumsum(np.log1p(stake * (x - self.m)))
        planned = adaptive
        if self.gap is not None:
            center = min(self.m + self.gap, 1.0)
            weight = 1.0 / self.gap
            variance = (weight * center * (1.0 - center) + seen.squares) / (weight + seen.count)
            stake = np.clip(self.gap / (variance + self.gap**2), 0.0, _PLANNED_TRUNCATION * most)
            planned = self._planned + np.cumsum(np.log1p(stake * (x - self.m)))
        self.peak = max(self.peak, float(self._together(adaptive, planned).max()))
        self._adaptive, self._planned = float(adaptive[-1]), float(planned[-1])


class Moments:
    """The predictable running mean and variance that the bets use."""

    def __init__(self) -> None:
        self.count, self.sum, self.squares = 0, 0.0, 0.0

    def advance(self, x: np.ndarray) -> Seen:
        """What is known before each of the observations x."""
        after = self.count + np.arange(1, len(x) + 1)
        sums = self.sum + np.cumsum(x)
        means = (0.5 + sums) / (after + 1)
        squares = self.squares + np.cumsum((x - means) ** 2)
        seen = Seen(
            count=after - 1,
            mean=np.concatenate([[(0.5 + self.sum) / (self.count + 1)], means])[: len(x)],
            variance=np.concatenate([[0.25 + self.squares], 0.25 + squares])[: len(x)] / after,
            squares=np.concatenate([[self.squares], squares])[: len(x)],
        )
        if len(x):
            self.count, self.sum = int(after[-1]), float(sums[-1])
            self.squares = float(squares[-1])
        return seen


class Bets:
    """Capitals against {mean <= m} and {mean >= m} for chosen m, fed by one stream in [0, 1]."""

    def __init__(
        self,
        low_points: tuple[float, ...],
        high_points: tuple[float, ...],
        gap: float | None = None,
    ):
        self.below = {m: Capital(m, gap) for m in low_points}
        self.above = {m: Capital(1.0 - m, gap) for m in high_points}
        self._moments, self._mirrored = Moments(), Moments()

    def update(self, x: np.ndarray) -> None:
        seen = self._moments.advance(x)
        for capital in self.below.values():
            capital.bet(x, seen)
        mirrored = 1.0 - x
        seen = self._mirrored.advance(mirrored)
        for capital in self.above.values():
            capital.bet(mirrored, seen)


def betting_interval(
    x: np.ndarray, alpha: float = ALPHA, gap: float | None = None
) -> tuple[float, float]:
    """The interval of means in [0, 1] that no bettor has refuted at alpha/2 a side.

    The betting capital of :class:`Capital` with this ``gap``, solved for m.
    """
    threshold = math.log(2.0 / alpha)

    def lower_end(values: np.ndarray) -> float:
        seen = Moments().advance(values)

        def spare(m: float) -> float:
            capital = Capital(m, gap)
            capital.bet(values, seen)
            return threshold - capital.peak

        high = float(values.mean()) if len(values) else 0.0
        if spare(0.0) > 0.0:
            return 0.0
        while spare(high) <= 0.0:  # an early run of large values refutes the mean of all
            high += 0.5 * (1.0 - high)
        return max(0.0, root(spare, 0.0, high) - _RESOLUTION)

    return lower_end(x), 1.0 - lower_end(1.0 - x)
