"""Means of unbounded observables, by an asymptotic confidence sequence (nominal)."""

import math

import numpy as np
from scipy import special

from sims._sequential.base import ALPHA, Stored, Undecidable, above, band, finite, in_band
from sims._sequential.skewness import Skewness
from theory import Verdict


def half_width(scale: float, t: int, rho2: float, alpha: float) -> float:
    """Half the width of the confidence sequence of a mean, from the sample's standard deviation.

    s sqrt(2 (t r + 1)/(t^2 r) ln(sqrt(t r + 1)/alpha)), r = rho^2 (Waudby-Smith, Arbour, Sinha,
    Kennedy & Ramdas 2024).
    """
    v = t * rho2 + 1
    return scale * math.sqrt(2 * v / (t * t * rho2) * math.log(math.sqrt(v) / alpha))


def tightest_at(t: int, alpha: float) -> float:
    """The rho^2 that makes the sequence tightest at t: (2 L + ln(1 + 2 L))/t, L = ln(1/alpha)."""
    log_term = 2 * math.log(1 / alpha)
    return (log_term + math.log(1 + log_term)) / t


class _Asymptotic(Stored):
    """An asymptotic confidence sequence of the mean; its alpha is nominal.

    Decides from n0 = max(256, (skewness z^3/1.5)^2) observations on, z the normal quantile of
    alpha, with ``skewness`` a *derived* bound on the law's absolute skewness. The sample is held
    against that bound all the while (:class:`Skewness`), and SupportError raised where it
    contradicts it. A zero sample variance never decides.
    """

    exact = False

    def __init__(self, skewness: float, tightest: int, alpha: float):
        super().__init__(alpha)
        finite(skewness=skewness)
        if not tightest >= 1:
            raise Undecidable(f"{tightest} planned trials would decide nothing")
        z = -float(special.ndtri(alpha))
        self.first = max(256, math.ceil((abs(skewness) * z**3 / 1.5) ** 2))
        self._r2 = tightest_at(max(tightest, self.first), alpha)
        self._skewness = Skewness(abs(skewness), alpha)

    def update(self, x: np.ndarray) -> None:
        self.keep(x)
        self._skewness.check(self.values)
        if self.count >= self.first:
            # the skewness of the sample has a confidence sequence of its own
            half = half_width(1.0, self.count, self._r2, self.alpha)
            self._skewness.check_estimate(self.values, half)

    @property
    def _ready(self) -> bool:
        return self.count >= self.first and float(np.ptp(self.values)) > 0.0

    def estimate(self) -> float:
        return float(self.values.mean())

    def interval(self) -> tuple[float, float]:
        scale = float(self.values.std(ddof=1)) if self.count > 1 else math.inf
        half = half_width(scale, self.count, self._r2, self.alpha)
        return self.estimate() - half, self.estimate() + half


class MeanInBandAsymptotic(_Asymptotic):
    """HOLDS: |mean - prediction| < tolerance; REFUTED: > tolerance. Nominal alpha.

    ``tightest``: the count at which the interval should be tightest, about the planned trials.
    """

    exact = False

    def __init__(
        self,
        prediction: float,
        tolerance: float,
        skewness: float,
        tightest: int,
        alpha: float = ALPHA,
    ):
        super().__init__(skewness, tightest, alpha)
        self._ends = band(prediction, tolerance)

    def verdict(self) -> Verdict | None:
        return in_band(*self.interval(), self._ends) if self._ready else None


class MeanAboveAsymptotic(_Asymptotic):
    """HOLDS: mean > threshold; REFUTED: mean < threshold. Nominal alpha."""

    def __init__(self, threshold: float, skewness: float, tightest: int, alpha: float = ALPHA):
        super().__init__(skewness, tightest, alpha)
        finite(threshold=threshold)
        self._threshold = threshold

    def verdict(self) -> Verdict | None:
        return above(*self.interval(), self._threshold) if self._ready else None
