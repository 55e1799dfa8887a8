"""The paper, and the numbers that the statements speak of."""

from typing import Annotated, Any, NamedTuple

from theory import (
    Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Paper, Scalar, Static, Whole, parameters,
)  # fmt: skip

PAPER = Paper(
    "On the Limitations of Temperature Scaling for Distributions with Overlaps",
    "Muthu Chidambaram, Rong Ge",
    "ICLR 2024",
    "2306.00740",
    topics=("calibration", "overfitting", "regularisation"),
)
MOST = 10**15  # classes: log k in floats
POSITIVE = Because("a temperature is positive")
MARGIN = Because("without a margin there is no interpolator")
ODD = ("is odd: the pair model needs an even k", lambda k: k % 2 == 0)

Classes = Annotated[Scalar, Ge(2), Le(1e15), Whole]
Accuracy = Annotated[Scalar, Gt(0), Lt(1)]
Separation = Annotated[Scalar, Ge(0), Le(1)]
Margin = Annotated[Scalar, Ge(1e-50), Le(1e50), MARGIN]
Temperature = Annotated[Scalar, Ge(1e-50), Le(1e50), POSITIVE]


@parameters("temperature_scaling")
class Params:
    """The pair model, its interpolators, points with free logits, linear logits, noisy labels."""

    k: Annotated[int, Ge(2), Le(MOST), Logarithmic, Doc("classes, in k/2 pairs")] = 10
    alpha: Annotated[float, Ge(0), Le(1), Doc("separation; 1 - alpha is the overlap's mass")] = 0.5
    n: Annotated[int, Ge(2), Le(10**5), Static, Doc("training points of a pair")] = 400
    pairs: Annotated[int, Ge(1), Le(1000), Static, Doc("pairs that are drawn (all are alike)")] = 5
    neighbours: Annotated[int, Ge(1), Le(64), Static, Doc("m, neighbours that vote")] = 1
    beta: Annotated[float, Ge(0.1), Le(16), Doc("a of Beta(a, a) weights of mixtures")] = 0.5
    margin: Annotated[float, Ge(1e-3), Le(1e4), Logarithmic, MARGIN, Doc("of the top logit")] = 10.0
    depth: Annotated[float, Ge(0), Le(1e6), Doc("-logit of classes outside the pair")] = 0.0
    rho: Annotated[float, Ge(0), Le(50), Doc("spread of the logits below the top one")] = 0.0
    noise: Annotated[float, Ge(0), Lt(0.5), Doc("chance of a wrong label")] = 0.2
    distance: Annotated[float, Ge(0.1), Le(6), Doc("D between two Gaussians' means")] = 2.0
    cosine: Annotated[float, Ge(0.05), Le(1), Doc("r of a linear rule and the means")] = 0.6
    slope: Annotated[float, Ge(0.01), Le(100), Logarithmic, Doc("a of the linear logit")] = 7.0
    side: Annotated[int, Ge(1), Le(10**4), Doc("pairs on either side of a middle one")] = 100
    spacing: Annotated[float, Ge(2), Le(1e9), Logarithmic, Doc("between pairs, all mixed")] = 400.0

    def check(self: Any):
        """There are no more pairs than k/2."""
        if 2 * self.pairs > self.k:
            raise self.refuse("pairs", "is more than k/2")


class Points(NamedTuple):
    """Training points that are mixed, and a ball round a place that all mixtures pass or miss."""

    points: tuple[tuple[float, ...], ...]
    labels: tuple[int, ...]
    z: tuple[float, ...]
    radius: float


LINE = Points(((0.0,), (0.25,), (0.45,), (0.8,), (1.0,)), (0, 1, 0, 2, 0), (0.6,), 0.1)
PLANE = Points(
    ((0.0, 0.0), (1.0, 0.1), (0.9, 1.0), (0.1, 0.8), (0.55, 0.2), (0.3, 0.6)),
    (0, 1, 0, 1, 2, 0),
    (0.6, 0.5),
    0.07,
)
