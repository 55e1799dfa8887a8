"""The domains that the formulas of this setting declare on their arguments."""

from typing import Annotated, Any

from theory import Because, Ge, Gt, Le, Lt, Scalar

_POSITIVE = Because("n and k must be positive, and n at most 1e15 (only k may be inf)")
_TRACE = Because("at alpha <= 1 the trace of the kernel diverges")

# squares and products of a few of these stay finite
Amount = Annotated[Any, Ge(0), Le(1e100)]  # a squared norm, an occupation, an excess
Real = Annotated[Any, Ge(-1e100), Le(1e100)]  # a weight; negative in a shortened spectrum
Ridge = Annotated[Any, Gt(0), Le(1e100)]  # an effective ridge
Delta = Annotated[
    Any, Ge(0), Le(1e100),
    Because("the ridge must be >= 0 (negative ridge is outside the framework)"),
]  # fmt: skip
Variance = Annotated[Any, Ge(0), Le(1e100), Because("the noise variance must be >= 0")]

Points = Annotated[Any, Ge(1e-6), Le(1e15), _POSITIVE]  # n, real
Features = Annotated[Any, Ge(1e-6), _POSITIVE]  # k; infinity is kernel ridge regression
Width = Annotated[Any, Ge(1e-6), Le(1e15), _POSITIVE]  # k where it is finite
PerFeature = Annotated[Any, Ge(0), Le(1e6)]  # 1/k

Share = Annotated[Scalar, Ge(0), Le(1)]  # kappa/gamma, or r = a/n
Root = Annotated[Scalar, Ge(0), Lt(1)]  # r of a ridge that is finite
Alpha = Annotated[Scalar, Gt(1), Le(1e6), _TRACE]  # eigenvalue exponent
SummedAlpha = Annotated[Any, Gt(1), Le(6), _TRACE]  # of a powerlaw whose modes are summed
Beta = Annotated[
    Scalar, Gt(1), Le(1e6), Because("at beta <= 1 the target has infinite norm")
]  # target exponent

UNSATURATED = ("is not below 2 alpha + 1", lambda alpha, beta: beta < 2 * alpha + 1)
"""The range of beta in which the powerlaw formulas hold."""

REGULAR = (
    "is not below 2 alpha + 1, or is alpha + 1 (0/0)",
    lambda alpha, beta: (beta < 2 * alpha + 1) & (beta != alpha + 1),
)
"""As UNSATURATED, for a form that is 0/0 or infinite at beta = alpha + 1."""
