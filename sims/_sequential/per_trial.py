"""What holds in every single trial."""

import math

import numpy as np

from sims._sequential.base import Undecidable, finite, observations
from theory import Verdict


class NeverAbove:
    """REFUTED by the first observation above the bound; HOLDS after ``planned`` without one."""

    exact = True

    def __init__(self, bound: float, planned: int):
        finite(bound=bound)
        if not planned >= 1:
            raise Undecidable(f"{planned} planned trials would decide nothing")
        self.bound, self.planned = bound, planned
        self.count = 0
        self.worst = -math.inf
        self.failing: int | None = None

    def update(self, x: np.ndarray) -> None:
        x = observations(x, self.count)
        above = x > self.bound
        if self.failing is None and above.any():
            self.failing = self.count + int(above.argmax())
        self.count += len(x)
        self.worst = max(self.worst, float(x.max(initial=-math.inf)))

    def verdict(self) -> Verdict | None:
        if self.failing is not None:
            return Verdict.REFUTED
        return Verdict.HOLDS if self.count >= self.planned else None

    def estimate(self) -> float:
        return self.worst

    def interval(self) -> tuple[float, float]:
        return self.worst, self.worst

    def detail(self) -> str:
        """The largest observation, and the trial that fails."""
        failing = "" if self.failing is None else f"trial {self.failing} fails; "
        return f"{failing}largest {self.worst:.3g}"
