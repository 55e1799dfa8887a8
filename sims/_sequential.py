"""Sequential tests: decide as soon as the evidence allows, at a guaranteed error rate.

Each class takes observations in order by ``update(x)`` and answers ``verdict()``: HOLDS, REFUTED
or None (go on). ``alpha`` bounds the probability of a wrong decision, however often one looks:

* :class:`MeanInBand`, :class:`MeanAbove`: betting capital for bounded observables (Ville's
  inequality; exact);
* :class:`RateAtMost`: Beta(1/2, 1/2) mixture for violation counts (exact);
* :class:`MedianInBand`: the same mixture for the counts below both ends of the band (exact);
* :class:`LawWithin`: Dvoretzky-Kiefer-Wolfowitz band with a union over looks (exact);
* :class:`MeanInBandAsymptotic`: for unbounded observables with a *derived* skewness bound; its
  alpha is nominal.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from scipy import special

from theory import Verdict

ALPHA = 1e-6
"""The error budget of one decision, whatever else runs."""

# The largest shares of the capital that a bet may put at stake: the adaptive bettor's early stakes
# rest on few observations, the planned one's do not.
_TRUNCATION, _PLANNED_TRUNCATION = 0.5, 0.9


class SupportError(ValueError):
    """An observable left its declared range, so the test that relies on it says nothing."""


@runtime_checkable
class Sequential(Protocol):
    """What the verifier asks of a test."""

    count: int

    def update(self, x: np.ndarray) -> None:
        """Takes further observations, in order."""

    def verdict(self) -> Verdict | None:
        """HOLDS, REFUTED, or None while the evidence decides neither."""

    def estimate(self) -> float:
        """The point estimate."""
        ...

    def interval(self) -> tuple[float, float]:
        """A confidence interval at level 1 - alpha, valid at the time of looking."""
        ...


# --------------------------------------------------------------------------------------------
# Bounded observables: betting


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

    def bet(self, x: np.ndarray, seen: "Seen") -> None:
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


class Seen(NamedTuple):
    """What was known before each observation: how many there were, and their moments."""

    count: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    squares: np.ndarray
    """The sum of squared distances from the running means."""


class _Moments:
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


class _Bets:
    """Capitals against {mean <= m} and {mean >= m} for chosen m, fed by one stream in [0, 1]."""

    def __init__(
        self,
        low_points: tuple[float, ...],
        high_points: tuple[float, ...],
        gap: float | None = None,
    ):
        self.below = {m: Capital(m, gap) for m in low_points}
        self.above = {m: Capital(1.0 - m, gap) for m in high_points}
        self._moments, self._mirrored = _Moments(), _Moments()

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

    The betting capital of :class:`Capital` with this ``gap``, inverted by bisection on m.
    """
    threshold = math.log(2.0 / alpha)

    def lower_end(values: np.ndarray) -> float:
        seen = _Moments().advance(values)

        def refuted(m: float) -> bool:
            capital = Capital(m, gap)
            capital.bet(values, seen)
            return capital.peak >= threshold

        low, high = 0.0, float(values.mean()) if len(values) else 0.0
        if not refuted(low):
            return 0.0
        for _ in range(40):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if refuted(middle) else (low, middle)
        return low

    return lower_end(x), 1.0 - lower_end(1.0 - x)


class _Stored:
    """Keeps the observations (at most a claim's budget of them) for the final interval."""

    def __init__(self) -> None:
        self._pieces: list[np.ndarray] = []
        self.count = 0

    def keep(self, x: np.ndarray) -> None:
        self._pieces.append(np.asarray(x, dtype=np.float64))
        self.count += len(x)

    @property
    def values(self) -> np.ndarray:
        if len(self._pieces) > 1:
            self._pieces = [np.concatenate(self._pieces)]
        return self._pieces[0] if self._pieces else np.zeros(0)


class _BoundedMean(_Stored):
    """Shared by the two betting tests: rescaling to [0, 1], estimate and interval."""

    def __init__(self, support: tuple[float, float], alpha: float):
        super().__init__()
        self.low, self.high = float(support[0]), float(support[1])
        if not self.low < self.high:
            raise ValueError(f"support {support} is empty")
        self.alpha = alpha

    gap: float | None = None
    """In the scaled observations: the distance that the test is to find."""

    def _scale(self, value: float) -> float:
        return (value - self.low) / (self.high - self.low)

    def _take(self, x: np.ndarray) -> np.ndarray:
        self.keep(x)
        scaled = (np.asarray(x, dtype=np.float64) - self.low) / (self.high - self.low)
        outside = ~((scaled >= -1e-9) & (scaled <= 1.0 + 1e-9))  # NaN is outside too
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
        if not tolerance > 0:
            raise ValueError(f"a band needs a tolerance above 0, not {tolerance}")
        self._ends = self._scale(prediction - tolerance), self._scale(prediction + tolerance)
        # a true prediction, and one that is off by twice the tolerance, are this far from the ends
        self.gap = tolerance / (self.high - self.low)
        self._bets = _Bets(self._ends, self._ends, self.gap)

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
        self._m = self._scale(threshold)
        self._bets = _Bets((self._m,), (self._m,))

    def update(self, x: np.ndarray) -> None:
        self._bets.update(self._take(x))

    def verdict(self) -> Verdict | None:
        needed = math.log(1.0 / self.alpha)
        if self._bets.below[self._m].peak >= needed:
            return Verdict.HOLDS
        return Verdict.REFUTED if self._bets.above[self._m].peak >= needed else None


# --------------------------------------------------------------------------------------------
# Counts: the Beta(1/2, 1/2) mixture


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


class RateAtMost(_Stored):
    """HOLDS: P(x > 0) < delta; REFUTED: P(x > 0) > delta, for excesses x = observable - bound.

    ``estimate`` and ``interval`` speak of the violation rate.
    """

    def __init__(self, delta: float, alpha: float = ALPHA):
        super().__init__()
        if not 0 < delta < 1:
            raise ValueError(f"delta = {delta} is outside (0, 1)")
        self.delta, self.alpha = delta, alpha
        self.violations = 0

    def update(self, x: np.ndarray) -> None:
        self.keep(x)
        self.violations += int((x > 0).sum())

    def margin(self) -> float:
        """How far inside the bound the observable stays with probability 1 - delta.

        0 for a sharp bound; large for a loose one.
        """
        return -float(np.quantile(self.values, 1.0 - self.delta))

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


class MedianInBand(_Stored):
    """HOLDS: the median lies in [q - t, q + t]; REFUTED: it lies outside.

    P(x < q - t) < 1/2 < P(x <= q + t) shown: HOLDS; P(x < q - t) > 1/2 or P(x <= q + t) < 1/2
    shown: REFUTED. alpha/2 for each of the two counts.
    """

    def __init__(self, prediction: float, tolerance: float, alpha: float = ALPHA):
        super().__init__()
        if not tolerance > 0:
            raise ValueError(f"a band needs a tolerance above 0, not {tolerance}")
        self.low, self.high, self.alpha = prediction - tolerance, prediction + tolerance, alpha
        self._under_low = self._under_high = 0

    def update(self, x: np.ndarray) -> None:
        self.keep(x)
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


# --------------------------------------------------------------------------------------------
# Laws and unbounded means


def spent(alpha: float, look: int) -> float:
    """The part of alpha for look 0, 1, 2, ...: alpha 6/(pi^2 (look + 1)^2), which sums to alpha."""
    return alpha * 6.0 / (math.pi * (look + 1)) ** 2


class LawWithin(_Stored):
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


class MeanInBandAsymptotic(_Stored):
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


class NeverAbove:
    """REFUTED by the first observation above the bound; HOLDS after ``planned`` without one."""

    def __init__(self, bound: float, planned: int):
        self.bound, self.planned = bound, planned
        self.count = 0
        self.worst = -math.inf
        self.failing: int | None = None

    def update(self, x: np.ndarray) -> None:
        above = x > self.bound
        if self.failing is None and above.any():
            self.failing = self.count + int(above.argmax())
        self.count += len(x)
        self.worst = max(self.worst, float(x.max()))

    def verdict(self) -> Verdict | None:
        if self.failing is not None:
            return Verdict.REFUTED
        return Verdict.HOLDS if self.count >= self.planned else None

    def estimate(self) -> float:
        return self.worst

    def interval(self) -> tuple[float, float]:
        return self.worst, self.worst
