"""Means of unbounded observables whose variance has a derived bound (exact)."""

import math

import numpy as np

from sims._sequential.base import ALPHA, Stored, Undecidable, band, finite, root
from theory import Verdict

_GRID = 2.0 ** -np.arange(1, 13)  # stakes in standard deviations, for gaps that no one planned


def influence(y: np.ndarray) -> np.ndarray:
    """ln(1 + y + y^2/2) for y >= -1, ln(1/2) below: Catoni's function, the widest that rises.

    It never decreases, and exp of it is at most 1 + y + y^2/2.
    """
    y = np.clip(y, -1.0, 1e150)  # whose square is still a number
    return np.log1p(y + 0.5 * y * y)


class MomentCapital:
    """The capital of a bettor against {mean <= m}, for observations with Var <= ``variance``.

    K_n = prod_i e^{f(l (x_i - m))}/(1 + l^2 variance/2), f the function above: if the mean mu is
    at most m, f(l (x - m)) <= f(l (x - mu)), and E e^{f(l (x - mu))} <= 1 + l^2 Var/2. So K is a
    supermartingale from 1 and P(ever K >= 1/a) <= a (Ville). No other moment is needed: a single
    observation can lose at most ln 2, and win only the logarithm of its size.

    The capital is spread over stakes l. Half of it is on l = gap/variance, the best for the ``gap``
    that the test is to find: growth gap^2/(2 variance) a trial, as with a normal law of known
    variance. The rest is on a grid, and all of it where no gap is known.
    """

    def __init__(self, m: float, variance: float, gap: float | None = None):
        self.m = m
        grid = _GRID / math.sqrt(variance)
        weights = np.full(len(grid), 1.0 / len(grid))
        if gap is not None:
            grid = np.append(grid, gap / variance)
            weights = np.append(0.5 * weights, 0.5)
        self._stakes, self._logs = grid, np.log(weights)
        self._cost = np.log1p(0.5 * grid**2 * variance)
        self.peak = 0.0  # the largest log capital so far

    def bet(self, x: np.ndarray) -> None:
        """Plays the observations x."""
        for start in range(0, len(x), 1 << 14):  # bounds the memory of a long look
            y = self._stakes[:, None] * (x[start : start + (1 << 14)] - self.m)
            logs = self._logs[:, None] + (influence(y) - self._cost[:, None]).cumsum(axis=1)
            self.peak = max(self.peak, float(np.logaddexp.reduce(logs, axis=0).max()))
            self._logs = logs[:, -1]


class _MomentMean(Stored):
    """Shared by the tests: capitals against both sides, estimate and interval."""

    gap: float | None = None

    def __init__(self, variance: float, alpha: float):
        super().__init__(alpha)
        if not 0.0 < variance < math.inf:
            raise Undecidable(f"a variance bound is finite and above 0, not {variance}")
        self.variance = float(variance)

    def _capital(self, m: float) -> MomentCapital:
        return MomentCapital(m, self.variance, self.gap)

    def estimate(self) -> float:
        return float(self.values.mean())

    def interval(self) -> tuple[float, float]:
        """The means that no bettor has refuted at alpha/2 a side."""
        x, needed = self.values, math.log(2.0 / self.alpha)

        def end(values: np.ndarray) -> float:
            def spare(m: float) -> float:
                capital = self._capital(m)
                capital.bet(values)
                return needed - capital.peak

            step = math.sqrt(self.variance)
            high = low = float(np.median(values))
            while spare(high) <= 0.0:
                low, high, step = high, high + step, 2 * step
            while spare(low) > 0.0:
                high, low, step = low, low - step, 2 * step
            return root(spare, low, high, 1e-9 * math.sqrt(self.variance))

        return (end(x), -end(-x)) if self.count else (-math.inf, math.inf)


class MeanInBandCatoni(_MomentMean):
    """HOLDS: |mean - prediction| < tolerance; REFUTED: > tolerance. Var <= variance.

    Exact for every law whose variance is at most ``variance``, a *derived* bound, after Catoni
    (2012) and the confidence sequences of Wang & Ramdas (2023). The four bettors of
    :class:`~sims._sequential.bounded.MeanInBand`, alpha/2 each.
    """

    def __init__(self, prediction: float, tolerance: float, variance: float, alpha: float = ALPHA):
        super().__init__(variance, alpha)
        low, high = band(prediction, tolerance)
        self.gap = tolerance
        self._below = self._capital(low), self._capital(high)  # against {mean <= end}
        self._above = self._capital(-low), self._capital(-high)  # against {mean >= end}

    def update(self, x: np.ndarray) -> None:
        x = self.keep(x)
        for below, above in zip(self._below, self._above, strict=True):
            below.bet(x)
            above.bet(-x)

    def verdict(self) -> Verdict | None:
        needed = math.log(2.0 / self.alpha)
        if self._below[1].peak >= needed or self._above[0].peak >= needed:
            return Verdict.REFUTED
        if self._below[0].peak >= needed and self._above[1].peak >= needed:
            return Verdict.HOLDS
        return None


class MeanAboveCatoni(_MomentMean):
    """HOLDS: mean > threshold; REFUTED: mean < threshold. Exact where Var <= variance."""

    def __init__(self, threshold: float, variance: float, alpha: float = ALPHA):
        super().__init__(variance, alpha)
        finite(threshold=threshold)
        self._below, self._above = self._capital(threshold), self._capital(-threshold)

    def update(self, x: np.ndarray) -> None:
        x = self.keep(x)
        self._below.bet(x)
        self._above.bet(-x)

    def verdict(self) -> Verdict | None:
        needed = math.log(1.0 / self.alpha)
        if self._below.peak >= needed:
            return Verdict.HOLDS
        return Verdict.REFUTED if self._above.peak >= needed else None
