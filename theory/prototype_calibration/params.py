"""The numbers that the statements speak of, and the cases that they share."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Because, Doc, Ge, Le, Logarithmic, Row, Scalar, Static, Whole, parameters

SETTING = "prototype_calibration"
SAME = Because("at cosine 1 the classes are the same, and no recall is defined")
MIXTURE = Because("the weight of the donors' mixture; papers may write it for the raw prototype's")
DONORS_ONLY = Because("at weight 1 nothing of the new class is left, and donors may be a rival")
INCONSISTENT = "cosines are inconsistent: no unit vectors have them"

Noise = Annotated[Scalar, Ge(0), Le(1e12)]
Noisy = Annotated[Scalar, Ge(1e-6), Le(1e12)]
Part = Annotated[Scalar, Ge(-1e6), Le(1e6)]
Square = Annotated[Scalar, Ge(1e-12), Le(1e12)]
Gap = Annotated[Scalar, Ge(1e-3), Le(1e6)]
Weight = Annotated[Scalar, Ge(0), Le(1), MIXTURE]
PartWeight = Annotated[Scalar, Ge(0), Le(0.99), DONORS_ONLY]
Length = Annotated[Scalar, Ge(0.01), Le(1e4)]
Cosine = Annotated[Scalar, Ge(-0.999), Le(0.999), SAME]
Between = Annotated[Scalar, Ge(0), Le(0.99), SAME]
Cosines = Annotated[Any, Ge(-0.999), Le(0.999), SAME, Row]
Sharpness = Annotated[Scalar, Ge(1e-6), Le(1000)]
Dimension = Annotated[Scalar, Ge(5), Le(1e4), Whole]
Shots = Annotated[Scalar, Ge(1), Le(1e9)]


def missing_square(cosines: Any, between: Any) -> Any:
    """1 - r' R^-1 r: how far the new direction leaves the span of bases with equal cosines."""
    r = jnp.atleast_1d(jnp.asarray(cosines, float))
    t = jnp.asarray(between, float)
    count = r.shape[-1]
    along = t * jnp.sum(r, axis=-1) ** 2 / (1 + (count - 1) * t)
    return 1 - (jnp.sum(r**2, axis=-1) - along) / (1 - t)


CONSISTENT = (INCONSISTENT, lambda cosines, between: missing_square(cosines, between) >= 1e-9)


@parameters(SETTING)
class Params:
    """A new class of k shots, its rival and donors; lengths in units of sigma."""

    d: Annotated[int, Ge(10), Le(10_000), Doc("feature dimension")] = 400
    k: Annotated[int, Ge(1), Le(10**6), Logarithmic, Doc("shots of the new class")] = 20
    base_shots: Annotated[
        int, Ge(1), Le(10**9), Logarithmic, Doc("points of each base class's prototype")
    ] = 10**9
    weight: Annotated[float, Ge(0), Le(0.99), MIXTURE, Doc("a, the mixture's weight")] = 0.4
    gap: Annotated[float, Ge(0.1), Le(20), Doc("D, distance of the new mean and the rival's")] = 3.0
    along: Annotated[float, Ge(-20), Le(20), Doc("donors' offset b, away from the rival")] = -0.8
    across: Annotated[float, Ge(-20), Le(20), Doc("and across that line")] = 1.2
    theta: Annotated[float, Ge(0.01), Le(10), Doc("spread of new means about the donors'")] = 0.2
    length: Annotated[float, Ge(0.1), Le(50), Doc("rho/sigma, length of every class mean")] = (
        5 / 0.7
    )
    cosine: Annotated[float, Ge(0), Le(0.95), SAME, Doc("r_1, with the nearest base")] = 0.6
    step: Annotated[float, Ge(0), Le(0.3), Doc("r_j - r_{j+1}")] = 0.2
    between: Annotated[float, Ge(0), Le(0.95), SAME, Doc("cosine of any two bases")] = 0.2
    sharpness: Annotated[float, Ge(0.01), Le(200), Logarithmic, Doc("tau")] = 16.0
    bases: Annotated[int, Ge(2), Le(8), Static, Doc("B, base classes")] = 4
    points: Annotated[int, Ge(1), Le(1000), Static, Doc("test points a class")] = 8
    stretch: Annotated[float, Ge(0.01), Le(10), Doc("spread of half of the features")] = 1.0

    def check(self: Any):
        """Some unit vectors have the cosines."""
        rows = [self.cosine - self.step * j for j in range(self.bases)]
        t = self.between
        along = t * sum(rows) ** 2 / (1 + (self.bases - 1) * t)
        if not (sum(r * r for r in rows) - along) / (1 - t) <= 1 - 1e-6:
            raise self.refuse("cosine", INCONSISTENT)

    @property
    def noise(self):
        """Vt = d sigma^2/k in units of sigma^2: the squared error of the raw prototype."""
        return self.d / self.k

    @property
    def base_noise(self):
        """That of a base prototype."""
        return self.d / self.base_shots

    @property
    def traces(self):
        """tr S: half of the features of variance 1, half of stretch^2; the gap is of the first."""
        return (self.d - self.d // 2) + self.d // 2 * self.stretch**2

    @property
    def squares(self):
        """tr S^2."""
        return (self.d - self.d // 2) + self.d // 2 * self.stretch**4

    @property
    def effective(self):
        """(tr S)^2/tr S^2."""
        return self.traces**2 / self.squares

    @property
    def square(self):
        """|b|^2."""
        return self.along**2 + self.across**2

    @property
    def cosines(self):
        """r_j."""
        return self.cosine - self.step * jnp.arange(self.bases)

    @property
    def h(self):
        """The cosine of raw prototype and mean, many dimensions."""
        return self.length / (self.length**2 + self.noise) ** 0.5


HERE = Params()
FEW = Params(d=100, k=5)
DONORS = Params(gap=3.5, d=200, k=5, weight=0.6)
BEST = Params(weight=20 / 29)
ESTIMATED = Params(base_shots=60, weight=0.3)
UNEVEN = Params(stretch=2.0, k=60)
UNEQUAL = Params(d=400, k=20, base_shots=40, weight=0.5, along=-0.5)
JAMES = Params(d=16, k=2, along=-0.5, across=1.5)
FIVE = Params(d=256, k=5, weight=0.3)
SHARP = Params(d=2048, weight=0.3)
EVEN = FIVE.but(d=512, weight=0.2, length=6.0, cosine=0.3, step=0.0, sharpness=2.0)
BLUNT = SHARP.but(length=3.0, weight=0.5)
PAIR = FIVE.but(bases=2, step=0.3, between=0.5)
