"""The domains that the formulas of this setting declare on their arguments."""

import math
from typing import Annotated, Any

from theory import Because, Ge, Gt, Le, Lt, Scalar, Whole

_COUNT = Because("error count must be an integer in [0, n]")
_SIZE = Because("n must be an integer >= 1")
_NATS = Because("prior probability above 1")

Errors = Annotated[
    Scalar, Ge(0), Lt(math.inf), _COUNT
]  # n r: a mean over a posterior is no integer
Count = Annotated[Scalar, Ge(0), Whole, _COUNT]
Size = Annotated[Scalar, Ge(1), Le(10**15), Whole, _SIZE]
CountedSize = Annotated[Scalar, Ge(1), Le(10**9), Whole, _SIZE]  # of an exact tail
Nats = Annotated[Scalar, Ge(0), _NATS]  # infinite for an impossible prompt
FiniteNats = Annotated[Scalar, Ge(0), Le(1e100), _NATS]
Rate = Annotated[Scalar, Ge(0), Le(1)]
Risk = Annotated[Scalar, Gt(0), Lt(1)]
Interior = Annotated[Scalar, Ge(1e-290), Lt(1)]  # quotients by it stay finite
Delta = Annotated[Scalar, Gt(0), Lt(1), Because("delta must lie strictly between 0 and 1")]
Classes = Annotated[Scalar, Ge(2), Le(10**9), Whole]
Amount = Annotated[Any, Ge(0), Le(1e100)]
Positive = Annotated[Any, Ge(1e-100), Le(1e100)]
LogPrior = Annotated[Any, Le(1e-9)]  # ln P, up to the rounding of P = 1; -inf where impossible
Real = Annotated[Any, Ge(-1e100), Le(1e100)]

WITHIN = ("is above n", lambda errors, n: errors <= n)
K_WITHIN = ("is above n", lambda k, n: k <= n)
"""Relations of a count to n."""
