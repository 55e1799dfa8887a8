"""The numbers that the statements speak of, and the cases that they share."""

from typing import Annotated, Any

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Scalar, Static, Whole, parameters

MOST = 100
"""Minority points in laws by quadrature: their weight is a polynomial of degree N - 2."""

Points = Annotated[Scalar, Ge(2), Le(MOST), Whole]
Nearest = Annotated[Scalar, Ge(1), Le(MOST - 1), Whole]
Count = Annotated[Scalar, Ge(2), Le(1e9)]
Made = Annotated[Scalar, Ge(1), Le(1e9)]
Tilt = Annotated[Scalar, Ge(0), Le(50)]
Delta = Annotated[Scalar, Ge(1e-3), Le(30), Doc("Mahalanobis distance of the classes")]
Odds = Annotated[Scalar, Ge(1e-6), Le(1e6), Doc("minority over majority, after resampling")]
Percent = Annotated[Scalar, Ge(1e-6), Le(1e6), Because("SMOTE's amounts are percentages")]
Factor = Annotated[Scalar, Ge(0.5), Le(1), Doc("synthetic over real covariance")]
ENOUGH = ("is above n - 1, the other minority points", lambda n, k: k <= n - 1)


@parameters("smote")
class Params:
    """A minority sample, its neighbours and synthetic points; a majority; two normal classes."""

    n: Annotated[int, Ge(2), Le(2000), Static, Doc("N, minority points")] = 10
    k: Annotated[int, Ge(1), Le(1999), Doc("K, neighbours among the other minority points")] = 5
    m: Annotated[int, Ge(1), Le(20_000), Static, Doc("M, synthetic points")] = 20
    d: Annotated[int, Ge(1), Le(100_000), Doc("dimension, in the null mode")] = 100
    majority: Annotated[int, Ge(1), Le(10_000), Static, Doc("majority points, null mode")] = 100
    tilt: Annotated[float, Ge(0), Le(50), Doc("density exp(-tilt x) on [0, 1]: 0 is uniform")] = 3.0
    rho: Annotated[float, Gt(-1), Lt(1), Doc("correlation of the two features")] = 0.6
    share: Annotated[float, Ge(1e-3), Le(0.999), Doc("frequency of the nominal value")] = 0.3
    median: Annotated[float, Ge(0), Le(0.5), Doc("Med, on a circle of length 1")] = 0.2
    rare: Annotated[int, Ge(1), Le(11_000), Doc("points of both classes with a value")] = 8
    delta: Annotated[float, Ge(0.01), Le(10), Doc("Mahalanobis distance of the classes")] = 2.0
    odds: Annotated[
        float, Ge(1e-3), Le(1e3), Logarithmic, Doc("minority over majority after resampling")
    ] = 0.1
    hazard: Annotated[
        float, Ge(1e-3), Le(1e3), Logarithmic, Doc("theta of the curve 1 - (1 - FPR)^theta")
    ] = 1.0
    wide: Annotated[float, Ge(0), Le(1), Doc("part of the minority with a larger scale")] = 0.0
    scale: Annotated[float, Ge(1), Le(3), Doc("that scale, in heavy minorities")] = 1.0

    def check(self: Any):
        """As many neighbours as there are others."""
        if self.k > self.n - 1:
            raise self.refuse("k", f"needs at least {self.k + 1} minority points, got n = {self.n}")
        if self.rare >= self.n + self.majority:
            raise self.refuse("rare", f"leaves none of {self.n + self.majority} another value")

    @property
    def amount(self):
        """SMOTE's percentage A = 100 M/N."""
        return 100 * self.m / self.n


FEW = Params()
NEAREST = FEW.but(k=1)
ALL = FEW.but(k=9)
UNIFORM = ALL.but(tilt=0.0)
NULL = Params(n=20, k=19, m=80, d=1000, majority=100)
CLASSES = Params(n=100, k=99, m=900)
