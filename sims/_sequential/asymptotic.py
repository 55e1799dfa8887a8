"""Means of unbounded observables, by an asymptotic confidence sequence (nominal)."""

import math

import numpy as np
from scipy import special

from sims._sequential.base import ALPHA, Stored
from theory import Verdict


class MeanInBandAsymptotic(Stored):
    """As :class:`MeanInBand` for unbounded observables, by an asymptotic confidence sequence.

    mean_t +- s_t sqrt(2 (t r^2 + 1)/(t^2 r^2) ln(sqrt(t r^2 + 1)/alpha)), with
    r^2 = (2 ln(1/alpha) + ln(1 + 2 ln(1/alpha)))/t0. Decides from
    n0 = max(256, (skewness z^3/1.5)^2) on, z the normal quantile of alpha, with ``skewness`` a
    derived bound. Its alpha is nominal. A zero sample variance never decides.
    """

    def __init__(
        self,
        prediction: float,
        tolerance: float,
        skewness: float,
        tightest: int,
        alpha: float = ALPHA,
    ):
        super().__init__()
        if not tolerance > 0:
            raise ValueError(f"a band needs a tolerance above 0, not {tolerance}")
        self.low, self.high, self.alpha = prediction - tolerance, prediction + tolerance, alpha
        z = -float(special.ndtri(alpha))
        self.first = max(256, math.ceil((abs(skewness) * z**3 / 1.5) ** 2))
        log_term = 2 * math.log(1 / alpha)
        self._r2 = (log_term + math.log(1 + log_term)) / max(tightest, self.first)

    def update(self, x: np.ndarray) -> None:
        self.keep(x)

    def verdict(self) -> Verdict | None:
        if self.count < self.first or float(self.values.std()) == 0.0:
            return None
        low, high = self.interval()
        if low > self.high or high < self.low:
            return Verdict.REFUTED
        return Verdict.HOLDS if low > self.low and high < self.high else None

    def estimate(self) -> float:
        return float(self.values.mean())

    def interval(self) -> tuple[float, float]:
        t = self.count
        v = t * self._r2 + 1
        scale = float(self.values.std(ddof=1)) if t > 1 else math.inf
        half = scale * math.sqrt(2 * v / (t * t * self._r2) * math.log(math.sqrt(v) / self.alpha))
        return self.estimate() - half, self.estimate() + half
