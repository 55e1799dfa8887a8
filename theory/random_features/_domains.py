"""The domains that the formulas of this setting declare on their arguments."""

import math
from typing import Annotated, Any

from theory import Because, Ge, Gt, Le, Lt, Scalar

_POSITIVE = Because("n and k must be positive (only k may be inf)")

Points = Annotated[Any, Gt(0), Lt(math.inf), _POSITIVE]  # n, real
Features = Annotated[Any, Gt(0), _POSITIVE]  # k; infinity is kernel ridge regression
PerFeature = Annotated[Any, Ge(0), Lt(math.inf)]  # 1/k
Delta = Annotated[
    Any, Ge(0), Lt(math.inf),
    Because("the ridge must be >= 0 (negative ridge is outside the framework)"),
]  # fmt: skip
Variance = Annotated[Any, Ge(0), Lt(math.inf), Because("the noise variance must be >= 0")]
Amount = Annotated[Any, Ge(0), Lt(math.inf)]  # a squared norm, an occupation
Ridge = Annotated[Any, Gt(0), Lt(math.inf)]  # an effective ridge
Real = Annotated[Any, Gt(-math.inf), Lt(math.inf)]  # a weight; negative in a shortened spectrum
Share = Annotated[Scalar, Ge(0), Le(1)]  # kappa/gamma, or r = a/n
Root = Annotated[Scalar, Ge(0), Lt(1)]  # r of a ridge that is finite
_TRACE = Because("at alpha <= 1 the trace of the kernel diverges")
Alpha = Annotated[Scalar, Gt(1), Lt(math.inf), _TRACE]  # eigenvalue exponent
Beta = Annotated[
    Scalar, Gt(1), Lt(math.inf), Because("at beta <= 1 the target has infinite norm")
]  # target exponent
SummedAlpha = Annotated[Any, Gt(1), Le(6), _TRACE]  # of a powerlaw whose modes are summed

UNSATURATED = ("is not below 2 alpha + 1", lambda alpha, beta: beta < 2 * alpha + 1)
"""The range of beta in which the powerlaw formulas hold."""

REGULAR = (
    "is not below 2 alpha + 1, or is alpha + 1 (0/0)",
    lambda alpha, beta: (beta < 2 * alpha + 1) & (beta != alpha + 1),
)
"""As UNSATURATED, for a form that is 0/0 or infinite at beta = alpha + 1."""
