"""What every sequential test is, keeps and raises."""

from typing import Protocol, runtime_checkable

import numpy as np

from theory import Verdict

ALPHA = 1e-6
"""The error budget of one decision, whatever else runs."""


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


class Stored:
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
