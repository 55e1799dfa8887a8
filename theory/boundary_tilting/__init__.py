"""Boundary tilting: adversarial strength is the secant of the angle to the nearest-centroid rule.

Two classes I (y = -1) and J (y = +1) in R^p have means i, j, D = |j - i|, b = (j - i)/D. A linear
rule has the unit normal c and signed distance d(x) = c.x + c0; J where d > 0. Its deviation angle
delta has cos(delta) = c.b. An adversarial example is the mirror image m(x) = x - 2 d(x) c, and the
adversarial strength s = 2 D/(|m(i) - i| + |m(j) - j|). In the Gaussian version the classes are
N(i, Sigma), N(j, Sigma), balanced; samples have n points a class, nu = 2n - 2.

The paper's own theorem numbers are not cited. Its statement that free tilting multiplies cosines
needs z orthogonal to b, which flat data grant: ``free_tilting_angle``. That the angle is 0 from a
threshold on holds for balanced classes alone: else the bias runs off until margins saturate.
The types' names are the paper's, their thresholds ours: :func:`adversarial_type`.
"""

from theory import Paper
from theory.boundary_tilting.limits import limit_error, tilt_limit
from theory.boundary_tilting.margins import margin_limit
from theory.boundary_tilting.measured import Measured, command, measure
from theory.boundary_tilting.params import Params
from theory.boundary_tilting.plane import adversarial_type, margin_moments, tilted_error
from theory.boundary_tilting.robust import ridge_budget, ridge_of_budget
from theory.boundary_tilting.samples import mean_square_strength, tilt_law

PAPER = Paper(
    "A Boundary Tilting Perspective on the Phenomenon of Adversarial Examples",
    "Thomas Tanay, Lewis Griffin",
    "arXiv 2016",
    "1608.07690",
    topics=("robustness", "classification", "regularisation"),
)

__all__ = [
    "PAPER", "Measured", "Params", "adversarial_type", "command", "limit_error",
    "margin_limit", "margin_moments", "mean_square_strength", "measure", "ridge_budget",
    "ridge_of_budget", "tilt_law", "tilt_limit", "tilted_error",
]  # fmt: skip
