"""What every sequential test is, keeps and refuses."""

import math
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from scipy import optimize

from theory import Verdict

ALPHA = 1e-6
"""The error budget of one decision, whatever else runs."""


class SupportError(ValueError):
    """An observable is not what its test was promised, so the test says nothing."""


class Undecidable(ValueError):
    """A number that a test rests on is NaN, infinite or outside its range: nothing could decide."""


def finite(**numbers: float) -> None:
    """Refuses NaN and infinity by name: both compare in ways that would decide."""
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise Undecidable(f"{name.replace('_', ' ')} = {value} is not a finite number")


def band(prediction: float, tolerance: float) -> tuple[float, float]:
    """The ends prediction -+ tolerance; refuses what is no band."""
    finite(prediction=prediction)
    if not 0.0 < tolerance < math.inf:
        raise Undecidable(f"a band needs a finite tolerance above 0, not {tolerance}")
    low, high = prediction - tolerance, prediction + tolerance
    if not low < prediction < high:
        raise Undecidable(f"tolerance = {tolerance} is below the rounding of {prediction}")
    return low, high


def observations(x: np.ndarray, start: int) -> np.ndarray:
    """x in float64, the first of them numbered ``start``. Raises SupportError for no real number.

    NaN is above nothing and below nothing, so every test would let it pass.
    """
    x = np.asarray(x)
    if x.dtype.kind not in "fiub":
        raise SupportError(f"observations of type {x.dtype} are no real numbers")
    x = x.astype(np.float64)
    wrong = ~np.isfinite(x)
    if wrong.any():
        i = int(wrong.argmax())
        raise SupportError(f"observation {start + i} is {float(x[i])}, not a finite number")
    return x


@runtime_checkable
class Sequential(Protocol):
    """What the verifier asks of a test."""

    count: int
    exact: bool
    """Whether alpha is guaranteed; False where it is nominal."""

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

    def detail(self) -> str:
        """What else a reader should know, in a few words; empty where nothing."""
        ...


def root(
    function: Callable[[float], float], low: float, high: float, resolution: float = 5e-13
) -> float:
    """Where the function changes sign between low and high (Brent's method)."""
    return float(optimize.brentq(function, low, high, xtol=resolution, rtol=1e-14))  # type: ignore[arg-type]


class Stored:
    """Keeps the observations (at most a claim's budget of them) for the final interval."""

    exact = True

    def __init__(self, alpha: float) -> None:
        if not 0.0 < alpha < 1.0:
            raise Undecidable(f"alpha = {alpha} is outside (0, 1)")
        self.alpha = alpha
        self._pieces: list[np.ndarray] = []
        self.count = 0

    def keep(self, x: np.ndarray) -> np.ndarray:
        """Stores x and returns it in float64. Raises SupportError for NaN and infinity."""
        x = observations(x, self.count)
        self._pieces.append(x)
        self.count += len(x)
        return x

    @property
    def values(self) -> np.ndarray:
        """All observations so far."""
        if len(self._pieces) > 1:
            self._pieces = [np.concatenate(self._pieces)]
        return self._pieces[0] if self._pieces else np.zeros(0)

    def detail(self) -> str:
        """Nothing beyond the estimate."""
        return ""


def in_band(low: float, high: float, ends: tuple[float, float]) -> Verdict | None:
    """What an interval of the mean says of a band."""
    if low > ends[1] or high < ends[0]:
        return Verdict.REFUTED
    return Verdict.HOLDS if low > ends[0] and high < ends[1] else None


def above(low: float, high: float, threshold: float) -> Verdict | None:
    """What an interval of the mean says of mean > threshold."""
    if low > threshold:
        return Verdict.HOLDS
    return Verdict.REFUTED if high < threshold else None
