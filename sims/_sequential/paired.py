"""Variances, as means over pairs of observations."""

import numpy as np

from sims._sequential.base import Sequential, observations
from theory import Verdict


class Paired:
    """Tests the variance of observations as the mean of (x_2i - x_2i+1)^2/2, by the given test.

    The halved squared difference of two independent observations has mean Var X, and variance
    (E(X - mu)^4 + (Var X)^2)/2, which is at most E(X - mu)^4; for X in [a, b] it lies in
    [0, (b - a)^2/2]. ``count`` counts observations, not pairs.
    """

    def __init__(self, of_pairs: Sequential):
        self._test = of_pairs
        self.exact = of_pairs.exact
        self._odd = np.zeros(0)
        self.count = 0

    def update(self, x: np.ndarray) -> None:
        x = observations(x, self.count)
        self.count += len(x)
        x = np.concatenate([self._odd, x])
        whole = len(x) // 2 * 2
        self._odd = x[whole:]
        if whole:
            self._test.update((x[0:whole:2] - x[1:whole:2]) ** 2 / 2)

    def verdict(self) -> Verdict | None:
        return self._test.verdict()

    def estimate(self) -> float:
        return self._test.estimate()

    def interval(self) -> tuple[float, float]:
        return self._test.interval()

    def detail(self) -> str:
        """What the test of the pairs says."""
        return self._test.detail()
