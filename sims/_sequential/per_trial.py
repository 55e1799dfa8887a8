"""What holds in every single trial."""

import math

import numpy as np

from theory import Verdict


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
