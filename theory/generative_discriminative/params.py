"""The numbers that the statements speak of."""

from typing import Annotated, Any

import numpy as np

from theory import Doc, Ge, Gt, Le, Lt, Scalar, Static, parameters

Features = Annotated[Scalar, Ge(1), Le(1e9)]
Samples = Annotated[Scalar, Gt(0), Le(1e12)]
Information = Annotated[Scalar, Ge(0), Le(1e6)]
"""Delta^2, the squared distance of two class means in standard deviations."""

PLACES = np.array([-1.0, 1.0, 2.0])
"""c_k of the paper's three classes, whose means are c_k times one vector."""


@parameters("generative_discriminative")
class Params:
    """Two (or K) Gaussian classes in n dimensions, and the training samples of each."""

    n: Annotated[int, Ge(2), Le(1_000_000), Static, Doc("features, in n/2 pairs")] = 50
    m0: Annotated[int, Ge(1), Le(100_000), Static, Doc("training samples of class 0")] = 10
    m1: Annotated[int, Ge(1), Le(100_000), Static, Doc("training samples of class 1")] = 10
    information: Annotated[
        float, Ge(0), Le(10_000), Doc("d'D^-1 d: squared distance of the means, feature by feature")
    ] = 4.0
    correlation: Annotated[float, Ge(0), Lt(1), Doc("of the two features of a pair")] = 0.0
    signals: Annotated[
        int, Ge(1), Le(100_000), Static, Doc("pairs whose first feature tells the classes apart")
    ] = 25
    ridge: Annotated[float, Ge(0), Le(1e6), Doc("rho = 1/C, beside the sum of losses")] = 1.0
    classes: Annotated[int, Ge(2), Le(16), Static, Doc("K, classes at equal distances")] = 4
    rare: Annotated[float, Gt(0), Lt(1), Doc("P(feature = 1) of a binary feature")] = 0.2

    def check(self: Any):
        """Features come in pairs, of which ``signals`` carry the difference."""
        if self.n % 2:
            raise self.refuse("n", "is odd: features come in pairs")
        if self.signals > self.n // 2:
            raise self.refuse("signals", f"is above n/2 = {self.n // 2}")

    @property
    def m(self):
        """All training samples."""
        return self.m0 + self.m1

    @property
    def kappa(self):
        """n/m."""
        return self.n / self.m

    @property
    def distance2(self):
        """Delta^2 = d' Sigma^-1 d: D0/(1 - c^2), as only the first of each pair differs."""
        return self.information / (1 - self.correlation**2)

    @property
    def trace(self):
        """tr C^2/n."""
        return 1 + self.correlation**2
