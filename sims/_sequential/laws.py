"""Whole laws, by a Dvoretzky-Kiefer-Wolfowitz band at each look (exact)."""

import math
from collections.abc import Callable

import numpy as np

from sims._sequential.base import ALPHA, Stored
from theory import Verdict


def spent(alpha: float, look: int) -> float:
    """The part of alpha for look 0, 1, 2, ...: alpha 6/(pi^2 (look + 1)^2), which sums to alpha."""
    return alpha * 6.0 / (math.pi * (look + 1)) ** 2


class LawWithin(Stored):
    """HOLDS: sup |F - cdf| < width; REFUTED: > width, by a DKW band at each look.

    ``estimate`` is the Kolmogorov distance of the sample; ``interval`` bounds the law's own.
    """

    def __init__(self, cdf: Callable[[np.ndarray], np.ndarray], width: float, alpha: float = ALPHA):
        super().__init__()
        self.cdf, self.width, self.alpha = cdf, width, alpha
        self._look, self._band, self._distance = 0, 1.0, 0.0

    def update(self, x: np.ndarray) -> None:
        self.keep(x)
        self._band = math.sqrt(math.log(2.0 / spent(self.alpha, self._look)) / (2 * self.count))
        self._look += 1
        ordered = np.sort(self.values)
        law = np.asarray(self.cdf(ordered), dtype=np.float64)
        if not ((law >= -1e-12) & (law <= 1 + 1e-12)).all():
            raise ValueError("the predicted law is not a distribution function: outside [0, 1]")
        n = self.count
        above = np.arange(1, n + 1) / n - law
        below = law - np.arange(n) / n
        self._distance = float(max(above.max(), below.max()))

    def verdict(self) -> Verdict | None:
        if self._distance + self._band < self.width:
            return Verdict.HOLDS
        return Verdict.REFUTED if self._distance - self._band > self.width else None

    def estimate(self) -> float:
        return self._distance

    def interval(self) -> tuple[float, float]:
        return max(0.0, self._distance - self._band), min(1.0, self._distance + self._band)
