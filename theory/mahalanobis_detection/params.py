"""The parameters of the model, and the cases that several claims and figures share."""

from typing import Annotated, Any

import jax
import numpy as np

from theory import Doc, Ge, Gt, Le, Lt, Static, parameters

__all__ = ["BLOCKS", "FITTED", "PLANE", "UPDATE", "Params", "share"]


@parameters("mahalanobis_detection")
class Params:
    """Sizes, shifts and noise."""

    d: Annotated[int, Ge(2), Le(5000), Static, Doc("dimension of the features")] = 10
    shift: Annotated[float, Ge(0), Le(200), Doc("lambda, noncentrality of the outliers")] = 9.0
    scale2: Annotated[float, Gt(0), Le(100), Doc("s^2, the outliers' covariance over Sigma")] = 2.0
    classes: Annotated[int, Ge(1), Le(50), Static, Doc("C, classes")] = 3
    count: Annotated[int, Ge(2), Le(2000), Static, Doc("N_c, training points of each class")] = 20
    added: Annotated[int, Ge(2), Le(2000), Static, Doc("n, points of a class added later")] = 5
    separation: Annotated[float, Gt(0), Le(20), Doc("Delta, distance of two classes")] = 4.0
    length: Annotated[float, Ge(0), Le(10), Doc("length of a shift along an axis")] = 1.0
    noise: Annotated[float, Ge(0), Lt(1), Doc("eta, share of labels drawn anew")] = 0.3
    step: Annotated[float, Ge(0), Le(20), Doc("eps of the input pre-processing")] = 1.0
    delta: Annotated[float, Ge(0), Le(5), Doc("shift of each coordinate, in its sd")] = 0.4
    spread: Annotated[float, Gt(0), Le(100), Doc("sd of the wide directions")] = 10.0
    angle: Annotated[float, Ge(0), Le(90), Doc("degrees between shift and wide direction")] = 0.0

    def check(self: Any):
        """The estimated covariance is regular."""
        if self.degrees < 1:
            need = f"need at least d + C = {self.d + self.classes} training points"
            raise self.refuse("count", f"makes {self.total}, covariance is singular: {need}")

    @property
    def total(self):
        """N = C N_c."""
        return self.classes * self.count

    @property
    def degrees(self):
        """N - C - d + 1, the second degrees of freedom of an estimated score."""
        return self.total - self.classes - self.d + 1


PLANE = Params(d=2, shift=4.0)
FITTED = Params(d=8)
BLOCKS = Params(d=100, count=200)
UPDATE = Params(classes=4, count=50)


def share(name, threshold, above=False):
    """A reading: the share of a trial's scores that a threshold keeps, or those above it."""
    number = jax.jit(threshold)
    return lambda run, p: np.mean((run[name] > float(number(p))) == above, axis=1)
