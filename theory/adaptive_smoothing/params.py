"""The numbers that the statements speak of."""

from typing import Annotated, Any

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Scalar, Static, parameters

SETTING = "adaptive_smoothing"
ODDS = Because("odds R are the weight R/(1 + R)")
Weight = Annotated[Scalar, Ge(0), Le(1), ODDS]
Chance = Annotated[Scalar, Gt(0), Lt(1)]
Positive = Annotated[Scalar, Ge(1e-100), Le(1e100)]  # so that squares stay numbers
RUNNER_UP = ("is above top", lambda runner, top: runner <= top)


@parameters(SETTING)
class Params:
    """A point's certificate (alpha to sigma), the binary Gaussian model (m_h to eps), the votes."""

    alpha: Annotated[float, Ge(0), Le(1), ODDS, Doc("weight of the robust classifier h")] = 0.8
    top: Annotated[float, Gt(0), Lt(1), Doc("h_y, the largest probability of h")] = 0.9
    share: Annotated[float, Gt(0), Le(1), Doc("h_y', the runner-up's, over 1 - h_y")] = 0.5
    sigma: Annotated[float, Ge(1e-3), Le(100), Logarithmic, Doc("noise that smooths h")] = 1.0
    m_h: Annotated[float, Ge(0), Le(10), Doc("mean of z_h")] = 1.0
    s_h: Annotated[float, Ge(0.01), Le(10), Doc("standard deviation of z_h")] = 1.0
    m_g: Annotated[float, Ge(0), Le(10), Doc("mean of z_g")] = 0.3
    s_g: Annotated[float, Ge(0.01), Le(10), Doc("standard deviation of z_g")] = 0.12
    beta: Annotated[float, Ge(1e-3), Le(1e9), Logarithmic, Doc("slope of a logistic h")] = 2.0
    eps: Annotated[float, Ge(0), Le(10), Doc("l_2 radius of an attack, or of a certificate")] = 0.2
    floor: Annotated[float, Ge(0.5), Le(1), Doc("least weight of an adaptive mixture")] = 0.7
    votes: Annotated[int, Ge(2), Le(10**6), Static, Doc("noisy votes that estimate h")] = 1000

    def check(self: Any):
        """The runner-up is not above the top."""
        if self.runner > self.top:
            raise self.refuse("share", "makes the runner-up's probability larger than h_y")

    @property
    def runner(self):
        """h_y'."""
        return self.share * (1 - self.top)
