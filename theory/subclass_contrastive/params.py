"""The numbers that the statements speak of."""

from typing import Annotated, Any

from theory import Because, Doc, Ge, Le, Logarithmic, Scalar, Static, Whole, parameters

SETTING = "subclass_contrastive"
PAIRS = Because("a point needs a positive: another view of its own subclass")
Classes = Annotated[Scalar, Ge(2), Le(10_000), Whole]
Subclasses = Annotated[Scalar, Ge(2), Le(1000), Whole]
Points = Annotated[Scalar, Ge(2), Le(10_000), Whole, PAIRS]
Temperature = Annotated[Scalar, Ge(0.05), Le(100)]
Weight = Annotated[Scalar, Ge(0), Le(1e12)]
Similarity = Annotated[Scalar, Ge(0), Le(1)]
Noise = Annotated[Scalar, Ge(1e-3), Le(100)]


@parameters(SETTING)
class Params:
    """Classes, subclasses and views; the two losses; a layout with noise; neighbours."""

    classes: Annotated[int, Ge(2), Le(1000), Static, Doc("C, classes")] = 3
    parts: Annotated[int, Ge(2), Le(100), Static, Doc("m, subclasses of a class")] = 3
    images: Annotated[int, Ge(1), Le(100), Static, Doc("of a subclass; two views of each")] = 1
    tau1: Annotated[float, Ge(0.05), Le(10), Logarithmic, Doc("of the subclass loss")] = 0.5
    tau2: Annotated[float, Ge(0.05), Le(10), Logarithmic, Doc("of the class term")] = 0.5
    beta: Annotated[float, Ge(0), Le(1e6), Doc("weight of the class term")] = 0.3919
    a: Annotated[float, Ge(0), Le(1), Doc("similarity across subclasses, of a layout")] = 0.7
    sigma: Annotated[float, Ge(0.01), Le(10), Logarithmic, Doc("noise of the features")] = 0.4
    k: Annotated[int, Ge(1), Le(10**6), Doc("neighbours of a point")] = 6

    def check(self: Any):
        """A point has N - 1 neighbours."""
        if self.k > self.points - 1:
            raise self.refuse("k", f"is above N - 1 = {self.points - 1}, all other points")

    @property
    def n(self):
        """Points of a subclass."""
        return 2 * self.images

    @property
    def points(self):
        """N = Cmn."""
        return self.classes * self.parts * self.n

    @property
    def sizes(self) -> Any:
        """(C, m, n)."""
        return self.classes, self.parts, self.n

    @property
    def losses(self) -> Any:
        """(C, m, n, tau1, tau2)."""
        return *self.sizes, self.tau1, self.tau2
