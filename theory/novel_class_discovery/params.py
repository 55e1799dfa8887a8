"""The numbers that the statements speak of."""

from typing import Annotated, Any

from theory import Doc, Ge, Le, Logarithmic, Scalar, Static, parameters

Energy = Annotated[Scalar, Ge(1e-50), Le(1e20), Doc("l = Delta^2/4, the squared mean")]
Ratio = Annotated[Scalar, Ge(1e-20), Le(1e20), Doc("g, dimensions over points")]
Size = Annotated[Scalar, Ge(1), Le(1e12)]
IN_SPACE = ("is above d", lambda r, d: r <= d)
BELOW_D = ("is above d - 1, where nothing is projected away", lambda p, d: p <= d - 1)


@parameters("novel_class_discovery")
class Params:
    """Two novel classes, the subspace of all class means, the known classes and their labels."""

    signal: Annotated[
        float, Ge(0.01), Le(100), Doc("l = Delta^2/4; of K classes Delta^2/(2 K)")
    ] = 1.5
    d: Annotated[int, Ge(2), Le(10_000), Static, Doc("dimension of the points")] = 400
    n: Annotated[int, Ge(2), Le(100_000), Static, Doc("unlabelled points")] = 800
    r: Annotated[int, Ge(1), Le(10_000), Static, Doc("dimension that holds all class means")] = 80
    p: Annotated[int, Ge(1), Le(10_000), Static, Doc("known directions: classes less one")] = 70
    hidden: Annotated[int, Ge(0), Le(1000), Static, Doc("known classes that a fold hides")] = 30
    budget: Annotated[
        float, Ge(1e-3), Le(1e12), Logarithmic, Doc("n0 s2 (p + 1): all known classes' labels")
    ] = 1e6
    classes: Annotated[int, Ge(2), Le(100), Static, Doc("K, novel classes to be counted")] = 2

    def check(self: Any):
        """Subspaces fit into the space."""
        if self.r > self.d:
            raise self.refuse("r", f"is above d = {self.d}")
        if self.p > self.d - 1:
            raise self.refuse("p", f"is above d - 1 = {self.d - 1}: nothing is projected away")
        if self.hidden >= self.p:
            raise self.refuse("hidden", f"leaves no known direction of p = {self.p}")
        if self.classes > self.d or self.classes > self.n:
            raise self.refuse("classes", f"is above d = {self.d} or n = {self.n}")

    @property
    def labels(self):
        """n0 s2, of one known class."""
        return self.budget / (self.p + 1)
