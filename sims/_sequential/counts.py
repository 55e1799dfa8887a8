"""Rates and medians, by the Beta(1/2, 1/2) mixture of counts (exact)."""

import math

import numpy as np
from scipy import special

from sims._sequential.base import ALPHA, Stored, Undecidable, band
from theory import Verdict


def log_mixture(k: int, n: int, p: float) -> float:
    """ln of the Beta(1/2, 1/2)-mixture e-value of k successes in n against probability p.

    ln B(k + 1/2, n - k + 1/2) - ln B(1/2, 1/2) - k ln p - (n - k) ln(1 - p).
    """
    return float(
        special.betaln(k + 0.5, n - k + 0.5)
        - math.log(math.pi)
        - special.xlogy(k, p)
        - special.xlog1py(n - k, -p)
    )


def rate_interval(k: int, n: int, alpha: float = ALPHA) -> tuple[float, float]:
    """The confidence sequence {p : mixture < 1/alpha} for k successes in n."""
    needed = math.log(1.0 / alpha)

    def end(outer: float) -> float:
        inner = k / n
        if inner == outer or log_mixture(k, n, outer) < needed:
            return outer
        for _ in range(60):
            middle = 0.5 * (inner + outer)
            if log_mixture(k, n, middle) >= needed:
                outer = middle
            else:
                inner = middle
        return outer

    return (end(0.0), end(1.0)) if n else (0.0, 1.0)


class RateAtMost(Stored):
    """HOLDS: P(x > 0) < delta; REFUTED: P(x > 0) > delta, for excesses x = observable - bound.

    ``estimate`` and ``interval`` speak of the violation rate.
    """

    def __init__(self, delta: float, alpha: float = ALPHA):
        super().__init__(alpha)
        if not 0 < delta < 1:
            raise Undecidable(f"delta = {delta} is outside (0, 1)")
        self.delta = delta
        self.violations = 0

    def update(self, x: np.ndarray) -> None:
        x = self.keep(x)
        self.violations += int((x > 0).sum())

    def margin(self) -> float:
        """How far inside the bound the observable stays with probability 1 - delta.

        0 for a sharp bound; large for a loose one.
        """
        return -float(np.quantile(self.values, 1.0 - self.delta))

    def detail(self) -> str:
        """The violations, and how far the bound is from the sample's own quantile."""
        margin = self.margin()
        words = f"if tighter by {margin:.3g}" if margin > 0 else f"if looser by {-margin:.3g}"
        spare = "sharp at this delta" + (f" {words}" if margin else "")
        return f"{self.violations} violations; {spare}"

    def verdict(self) -> Verdict | None:
        if not self.count:
            return None
        if log_mixture(self.violations, self.count, self.delta) < math.log(1.0 / self.alpha):
            return None
        return Verdict.HOLDS if self.violations < self.delta * self.count else Verdict.REFUTED

    def estimate(self) -> float:
        return self.violations / self.count

    def interval(self) -> tuple[float, float]:
        return rate_interval(self.violations, self.count, self.alpha)


class MedianInBand(Stored):
    """HOLDS: the median lies in [q - t, q + t]; REFUTED: it lies outside.

    P(x < q - t) < 1/2 < P(x <= q + t) shown: HOLDS; P(x < q - t) > 1/2 or P(x <= q + t) < 1/2
    shown: REFUTED. alpha/2 for each of the two counts.
    """

    def __init__(self, prediction: float, tolerance: float, alpha: float = ALPHA):
        super().__init__(alpha)
        self.low, self.high = band(prediction, tolerance)
        self._under_low = self._under_high = 0

    def update(self, x: np.ndarray) -> None:
        x = self.keep(x)
        self._under_low += int((x < self.low).sum())
        self._under_high += int((x <= self.high).sum())

    def verdict(self) -> Verdict | None:
        n = self.count
        if not n:
            return None
        needed = math.log(2.0 / self.alpha)
        low_decided = log_mixture(self._under_low, n, 0.5) >= needed
        high_decided = log_mixture(self._under_high, n, 0.5) >= needed
        low_right, high_right = 2 * self._under_low < n, 2 * self._under_high > n
        if (low_decided and not low_right) or (high_decided and not high_right):
            return Verdict.REFUTED
        return Verdict.HOLDS if low_decided and high_decided else None

    def estimate(self) -> float:
        return float(np.median(self.values))

    def interval(self) -> tuple[float, float]:
        low, high = 0, self.count // 2  # the smallest rank that the mixture does not refute
        needed = math.log(1.0 / self.alpha)
        while low < high:
            middle = (low + high) // 2
            if log_mixture(middle, self.count, 0.5) >= needed:
                low = middle + 1
            else:
                high = middle
        ordered = np.sort(self.values)
        if low == 0:
            return -math.inf, math.inf
        return float(ordered[low - 1]), float(ordered[self.count - low])
