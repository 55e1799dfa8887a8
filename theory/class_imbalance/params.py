"""The numbers that the statements speak of, and the cases that they share."""

import math
from typing import Annotated, Any

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Row, Scalar, Static, Whole, parameters

SETTING = "class_imbalance"
MAJORITY = Because("rho is the largest class over the smallest")
NO_EXAMPLE = Because("a class without a training example has no score to divide")
TOO_FEW = "leaves fewer than one example in the smallest classes"

Ratio = Annotated[Scalar, Ge(1), Le(1e12), MAJORITY]
AboveOne = Annotated[Scalar, Ge(1.001), Le(1e12), MAJORITY]
Gap = Annotated[Scalar, Ge(1e-20), Le(1e20), Doc("Delta, Mahalanobis distance of two classes")]
Separation = Annotated[Scalar, Ge(1e-3), Le(1e3), Doc("a, the length of a class mean")]
Noise = Annotated[Scalar, Ge(0), Le(1e20), Doc("d/n of a class: the squared error of its mean")]
Classes = Annotated[Scalar, Ge(2), Le(1000), Whole]
Some = Annotated[Scalar, Ge(1), Le(999), Whole]
Members = Annotated[Scalar, Ge(1), Le(1e12)]
Priors = Annotated[Any, Gt(0), Lt(math.inf), Row, NO_EXAMPLE]
BOTH_GROUPS = ("is not below the number of classes", lambda minority, classes: minority < classes)
ENOUGH = (TOO_FEW, lambda rho, largest: largest >= rho)


@parameters(SETTING)
class Params:
    """Classes and their sizes, their distances, and a training sample in high dimension."""

    classes: Annotated[int, Ge(2), Le(1000), Static, Doc("N, classes")] = 10
    minority: Annotated[int, Ge(1), Le(999), Doc("M = mu N, minority classes of a step")] = 5
    rho: Annotated[
        float, Ge(1), Le(1e12), Logarithmic, MAJORITY, Doc("largest class over smallest")
    ] = 10.0
    a: Annotated[float, Ge(0.05), Le(20), Doc("a, N classes lie at a e_i")] = 2.5
    gap: Annotated[float, Ge(0.01), Le(10), Doc("Delta, distance of two classes")] = 2.0
    d: Annotated[int, Ge(5), Le(10_000), Doc("dimension")] = 400
    few: Annotated[int, Ge(1), Le(10**9), Doc("n_1, examples of the smallest class")] = 100
    r: Annotated[float, Ge(1), Le(1e12), Logarithmic, Doc("majority over minority, kept")] = 1.0
    wide: Annotated[float, Ge(0.1), Le(10), Doc("minority's spread over the majority's")] = 1.0
    shift: Annotated[
        float, Ge(-1000), Le(1000), Doc("added to scores of rare classes, or to the threshold")
    ] = 0.0
    times: Annotated[int, Ge(1), Le(1000), Static, Doc("rho of fitted samples")] = 10
    points: Annotated[int, Ge(1), Le(100_000), Static, Doc("test points a class")] = 16

    def check(self: Any):
        """Both groups have classes, and undersampling adds no examples."""
        if self.minority >= self.classes:
            raise self.refuse("minority", f"leaves no majority of {self.classes} classes")
        if self.r > self.rho:
            raise self.refuse("r", f"is above rho = {self.rho:g}: undersampling adds no examples")

    @property
    def largest(self):
        """n_max = n_0 = rho n_1."""
        return self.rho * self.few

    @property
    def minor(self):
        """d/n_1."""
        return self.major * self.rho

    @property
    def major(self):
        """d/n_0."""
        return self.d / (self.rho * self.few)
