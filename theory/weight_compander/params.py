"""The numbers that the statements speak of."""

import math
from typing import Annotated, Any

from theory import Doc, Ge, Gt, Le, Logarithmic, Scalar, Static, arctan, parameters

Scale = Annotated[Scalar, Ge(1e-3), Le(1e3)]
Variable = Annotated[Scalar, Ge(-1e6), Le(1e6)]
Weight = Annotated[Scalar, Ge(-1e3), Le(1e3)]
Positive = Annotated[Scalar, Ge(1e-3), Le(1e3)]

INSIDE = (
    "is outside the range of the compander, |w| < a pi/2",
    lambda w, a: (w < a * (math.pi / 2)) & (w > -a * (math.pi / 2)),
)
STEEPER = ("is not above b: the compander magnifies nothing", lambda a, b: a > b)


@parameters("weight_compander")
class Params:
    """One compander w = a arctan(v/b), and the problem that its weights are trained on."""

    a: Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("a; weights lie in |w| < a pi/2")] = 0.8
    b: Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("b, the scale of the variables")] = 0.5
    x: Annotated[float, Ge(-1e6), Le(1e6), Doc("v/b, a variable")] = 0.7
    spread: Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("s of v ~ N(0, s^2)")] = 1.0
    target: Annotated[float, Ge(-1e3), Le(1e3), Doc("w*, the best weight in one dimension")] = 1.9
    curvature: Annotated[float, Gt(0), Le(1e3), Doc("lambda of the loss in one dimension")] = 1.0
    decay: Annotated[float, Ge(1e-6), Le(1e3), Doc("mu, weight decay on v")] = 0.3
    n: Annotated[int, Ge(1), Le(1000), Static, Doc("equations")] = 3
    d: Annotated[int, Ge(2), Le(2000), Static, Doc("weights")] = 8
    noise: Annotated[float, Ge(0), Le(100), Doc("variance of the labels' noise, over d")] = 0.0
    share: Annotated[float, Gt(0), Le(1), Doc("part of the true weights that is not 0")] = 1.0

    def check(self: Any):
        """Fewer equations than weights: else a single w fits."""
        if self.n >= self.d:
            raise self.refuse("n", f"is not below d = {self.d}")

    @property
    def v(self):
        """A variable."""
        return self.b * self.x

    @property
    def w(self):
        """Its weight."""
        return self.a * arctan(self.x)
