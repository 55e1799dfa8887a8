"""Means of bounded observables, by betting (exact)."""

import math

import numpy as np

from sims._sequential.base import ALPHA, Stored, SupportError, Undecidable, band, finite
from sims._sequential.betting import Bets, betting_interval
from theory import Verdict


class _BoundedMean(Stored):
    """Shared by the two betting tests: rescaling to [0, 1], estimate and interval."""

    def __init__(self, support: tuple[float, float], alpha: float):
        super().__init__(alpha)
        self.low, self.high = float(support[0]), float(support[1])
        finite(lower_end_of_the_support=self.low, upper_end_of_the_support=self.high)
        finite(width_of_the_support=self.high - self.low)
        if not self.low < self.high:
            raise Undecidable(f"support ({self.low}, {self.high}) is empty")

    gap: float | None = None
    """In the scaled observations: the distance that the test is to find."""

    def _scale(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def _take(self, x: np.ndarray) -> np.ndarray:
        x = self.keep(x)
        scaled = (x - self.low) / (self.high - self.low)
        outside = ~((scaled >= -1e-9) & (scaled <= 1.0 + 1e-9))
        if outside.any():
            i = int(outside.argmax())
            raise SupportError(
                f"observation {self.count - len(x) + i} is {float(x[i])!r}, outside the declared"
                f" support [{self.low:g}, {self.high:g}]"
            )
        return np.clip(scaled, 0.0, 1.0)

    def estimate(self) -> float:
        return float(self.values.mean())

    def interval(self) -> tuple[float, float]:
        scaled = np.clip((self.values - self.low) / (self.high - self.low), 0.0, 1.0)
        low, high = betting_interval(scaled, self.alpha, self.gap)
        width = self.high - self.low
        return self.low + width * low, self.low + width * high


class MeanInBand(_BoundedMean):
    """HOLDS: |mean - prediction| < tolerance; REFUTED: > tolerance. Observations in support.

    Four bettors: against {mean <= q - t} and {mean >= q + t} (both lose: HOLDS), against
    {mean >= q - t} and {mean <= q + t} (either loses: REFUTED); alpha/2 each.
    """

    def __init__(
        self,
        prediction: float,
        tolerance: float,
        support: tuple[float, float],
        alpha: float = ALPHA,
    ):
        super().__init__(support, alpha)
        low, high = band(prediction, tolerance)
        self._ends = self._scale(low), self._scale(high)
        if self._ends[0] <= 0.0 and self._ends[1] >= 1.0:
            raise Undecidable(
                f"prediction -+ tolerance = [{low:g}, {high:g}] holds the whole support"
                f" [{self.low:g}, {self.high:g}]: no mean could refute it"
            )
        # a true prediction, and one that is off by twice the tolerance, are this far from the ends
        self.gap = tolerance / (self.high - self.low)
        self._bets = Bets(self._ends, self._ends, self.gap)

    def update(self, x: np.ndarray) -> None:
        self._bets.update(self._take(x))

    def verdict(self) -> Verdict | None:
        threshold = math.log(2.0 / self.alpha)
        low, high = self._ends
        below, above = self._bets.below, self._bets.above
        if below[high].peak >= threshold or above[low].peak >= threshold:
            return Verdict.REFUTED
        if below[low].peak >= threshold and above[high].peak >= threshold:
            return Verdict.HOLDS
        return None


class MeanAbove(_BoundedMean):
    """HOLDS: mean > threshold; REFUTED: mean < threshold. Observations in support."""

    def __init__(self, threshold: float, support: tuple[float, float], alpha: float = ALPHA):
        super().__init__(support, alpha)
        finite(threshold=threshold)
        self._m = self._scale(threshold)
        self._bets = Bets((self._m,), (self._m,))

    def update(self, x: np.ndarray) -> None:
        self._bets.update(self._take(x))

    def verdict(self) -> Verdict | None:
        needed = math.log(1.0 / self.alpha)
        if self._bets.below[self._m].peak >= needed:
            return Verdict.HOLDS
        return Verdict.REFUTED if self._bets.above[self._m].peak >= needed else None
