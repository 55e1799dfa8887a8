"""The numbers that the statements speak of."""

import math
from typing import Annotated, Any

from theory import Because, Doc, Ge, Le, Logarithmic, Scalar, Static, Whole, parameters

MIX = Because("r = 1 leaves no point with s != t, and no second hypothesis")
Mix = Annotated[Scalar, Ge(0), Le(0.9999), MIX]
Share = Annotated[Scalar, Ge(0), Le(1)]
Sample = Annotated[Scalar, Ge(2), Le(1e6), Whole]
EVEN = ("is odd: give an even number, so that half of it is one", lambda n: n % 2 == 0)


@parameters("ood_diversification")
class Params:
    """Unlabelled points, learner, weights of the diversity terms, heads and cues."""

    n: Annotated[int, Ge(2), Le(10**6), Static, Doc("unlabelled (or training) points, even")] = 20
    r: Annotated[float, Ge(0), Le(0.9999), MIX, Doc("P(s = t) among unlabelled points")] = 0.5
    theta: Annotated[float, Ge(0), Le(math.pi / 2), Doc("angle of a hypothesis, 0 semantic")] = 0.7
    kappa: Annotated[float, Ge(0.01), Le(100), Logarithmic, Doc("learner's semantic scale")] = 0.8
    first: Annotated[float, Ge(0), Le(1), Doc("delta_1: the first head on s != t")] = 0.0
    second: Annotated[float, Ge(0), Le(1), Doc("delta_2: the second head's accuracy there")] = 0.3
    alpha: Annotated[float, Ge(0), Le(1e3), Doc("weight of disagreement (soft D-BAT)")] = 1.5
    lam: Annotated[float, Ge(1e-3), Le(1e3), Doc("weight of information (DivDis)")] = 5.0
    heads: Annotated[int, Ge(2), Le(64), Static, Doc("K, hypotheses trained at once, even")] = 4
    cues: Annotated[int, Ge(2), Le(10), Static, Doc("binary cues of a tabular task")] = 3

    def check(self: Any):
        """n and K are even."""
        for name in ("n", "heads"):
            if getattr(self, name) % 2:
                raise self.refuse(name, EVEN[0])

    @property
    def cells(self):
        """N = 2^(cues - 1) - 1: the free cells of an odd function, one fixed by training."""
        return 2 ** (self.cues - 1) - 1


ODD_BLIND = Params(r=0.8)
CASES = (Params(), ODD_BLIND, Params(r=0.3), Params(n=100, r=0.4))
