"""Whole laws, by a Dvoretzky-Kiefer-Wolfowitz band at each look (exact)."""

import math
from collections.abc import Callable

import numpy as np

from sims._sequential.base import ALPHA, Stored, Undecidable
from theory import Verdict

_BATCH = 1024  # points a call of the cdf: one shape, so that it is compiled once
_ROUNDING = 1e-9  # of a cdf's values
_LEAST = 1e-300  # a step to the left of 0 that no device flushes back to 0


def spent(alpha: float, look: int) -> float:
    """The part of alpha for look 0, 1, 2, ...: alpha 6/(pi^2 (look + 1)^2), which sums to alpha."""
    return alpha * 6.0 / (math.pi * (look + 1)) ** 2


def _left_of(x: np.ndarray) -> np.ndarray:
    """The next smaller numbers, where a cdf with an atom at x has its limit from the left."""
    return np.minimum(np.nextafter(x, -math.inf), x - _LEAST)


class LawWithin(Stored):
    """HOLDS: sup |F - cdf| < width; REFUTED: > width, by a DKW band at each look.

    With F_n the sample's law and both one-sided limits of the cdf at the observations,
    sup |F_n - cdf| = max_i max(i/n - cdf(x_(i)), cdf(x_(i)-) - (i - 1)/n), also where the law has
    atoms and observations coincide. The band holds for every law (Massart 1990).

    The cdf meets each observation once, in batches of one shape. It must be a non-decreasing
    function of its argument with values in [0, 1] at every real number; Undecidable if it is not.
    ``estimate`` is the Kolmogorov distance of the sample; ``interval`` bounds the law's own.
    """

    def __init__(self, cdf: Callable[[np.ndarray], np.ndarray], width: float, alpha: float = ALPHA):
        super().__init__(alpha)
        if not 0.0 < width < 1.0:
            raise Undecidable(f"width = {width} is outside (0, 1)")
        self.cdf, self.width = cdf, width
        self._at, self._left = np.zeros(0), np.zeros(0)  # cdf(x) and cdf(x-), each sorted
        self._look, self._band, self._distance = 0, 1.0, 0.0

    def update(self, x: np.ndarray) -> None:
        x = self.keep(x)
        if not len(x):
            return
        first = not self._look
        self._band = math.sqrt(math.log(2.0 / spent(self.alpha, self._look)) / (2 * self.count))
        self._look += 1
        at, left = self._law(x, check=first), self._law(_left_of(x))
        order = np.argsort(x, kind="stable")
        if (np.diff(at[order]) < -_ROUNDING).any() or (left > at + _ROUNDING).any():
            raise Undecidable("the predicted law is not a distribution function: it decreases")
        self._at = np.sort(np.concatenate([self._at, at]), kind="stable")
        self._left = np.sort(np.concatenate([self._left, left]), kind="stable")
        n = self.count
        above = np.arange(1, n + 1) / n - self._at
        below = self._left - np.arange(n) / n
        self._distance = float(max(above.max(), below.max()))

    def _law(self, x: np.ndarray, check: bool = False) -> np.ndarray:
        values = []
        for start in range(0, len(x), _BATCH):
            batch = x[start : start + _BATCH]
            padded = np.pad(batch, (0, _BATCH - len(batch)), mode="edge")
            value = self._call(padded)
            if check:
                # the same points in another order, half of them in other company
                other = padded[::-1].copy()
                other[::2] = padded[0]
                again = self._call(other)
                same = other == padded[::-1]
                if (abs(again - value[::-1])[same] > _ROUNDING).any():
                    raise Undecidable(
                        "the predicted law is no function of its argument: its values at the same"
                        " points change with their order"
                    )
                check = False
            values.append(value[: len(batch)])
        return np.concatenate(values)

    def _call(self, x: np.ndarray) -> np.ndarray:
        value = np.asarray(self.cdf(x))
        if value.shape != x.shape or value.dtype.kind not in "fiub":
            raise Undecidable(
                f"the predicted law gives {value.dtype}{list(value.shape)} for {len(x)} points"
            )
        value = value.astype(np.float64)
        wrong = ~((value >= -_ROUNDING) & (value <= 1 + _ROUNDING))  # NaN is wrong too
        if wrong.any():
            i = int(wrong.argmax())
            raise Undecidable(
                "the predicted law is not a distribution function: outside [0, 1] at"
                f" {x[i]:.6g}, where it is {value[i]:.6g}"
            )
        return value

    def verdict(self) -> Verdict | None:
        if self._distance + self._band < self.width:
            return Verdict.HOLDS
        return Verdict.REFUTED if self._distance - self._band > self.width else None

    def estimate(self) -> float:
        return self._distance

    def interval(self) -> tuple[float, float]:
        return max(0.0, self._distance - self._band), min(1.0, self._distance + self._band)

    def detail(self) -> str:
        """The heaviest repeated value, where the predicted law has no such atom."""
        points, counts = np.unique(self.values, return_counts=True)
        share = counts / max(1, self.count)
        i = int(share.argmax()) if self.count else 0
        if not self.count or share[i] <= self.width:
            return ""
        x = points[i : i + 1]
        atom = float(self._law(x)[0] - self._law(_left_of(x))[0])
        if abs(share[i] - atom) <= self.width:
            return ""
        return f"{x[0]:.6g} has frequency {share[i]:.3g}, in the predicted law {round(atom, 9):.3g}"
