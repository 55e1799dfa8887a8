"""Domains of the arguments, the experiments' parameters, and problems with any spectrum."""

import operator
from typing import Annotated, Any, Literal

import numpy as np

from theory import (
    ArrayOf, Because, Doc, Ge, Gt, Le, Logarithmic, Lt, ParameterError, Row, Scalar, Static,
    parameters,
)  # fmt: skip

__all__ = ["Params", "Point", "Powerlaw"]

SETTING = "random_features"


def refuse(name: str, value: Any, why: str) -> ParameterError:
    return ParameterError(f"{SETTING}: {name} = {value} {why}")


def whole(name: str, value: Any, low: int, high: int) -> int:
    """A whole number that sets a shape, in [low, high]; ParameterError by its name otherwise."""
    try:
        number = operator.index(value)
    except TypeError:
        raise refuse(name, value, "is not a whole number") from None
    if not low <= number <= high:
        raise refuse(name, value, f"is outside [{low}, {high}]")
    return number


COUNTS = Because("n and k must be positive, and n at most 1e15 (only k may be inf)")
TRACE = Because("at alpha <= 1 the trace of the kernel diverges")
NORM = Because("at beta <= 1 the target has infinite norm")

# squares and products of a few of these stay finite
Amount = Annotated[Any, Ge(0), Le(1e100)]  # a squared norm, an occupation, an excess
Modes = Annotated[Amount, Row]  # one of each mode
Real = Annotated[Any, Ge(-1e100), Le(1e100)]  # a weight; negative in a shortened spectrum
Ridge = Annotated[Any, Gt(0), Le(1e100)]  # an effective ridge
Delta = Annotated[Any, Ge(0), Le(1e100), Because(
    "the ridge must be >= 0 (negative ridge is outside the framework)")]  # fmt: skip
Variance = Annotated[Any, Ge(0), Le(1e100), Because("the noise variance must be >= 0")]

Points = Annotated[Any, Ge(1e-6), Le(1e15), COUNTS]  # n, real
Features = Annotated[Any, Ge(1e-6), COUNTS]  # k; infinity is kernel ridge regression
Width = Annotated[Any, Ge(1e-6), Le(1e15), COUNTS]  # k where it is finite
PerFeature = Annotated[Any, Ge(0), Le(1e6)]  # 1/k

Share = Annotated[Scalar, Ge(0), Le(1)]  # kappa/gamma, or r = a/n
Root = Annotated[Scalar, Ge(0), Lt(1)]  # r of a ridge that is finite
Alpha = Annotated[Scalar, Gt(1), Le(1e6), TRACE]  # eigenvalue exponent
SummedAlpha = Annotated[Any, Gt(1), Le(6), TRACE]  # of a powerlaw whose modes are summed
Beta = Annotated[Scalar, Gt(1), Le(1e6), NORM]  # target exponent

# the range of beta in which the powerlaw formulas hold
UNSATURATED = ("is not below 2 alpha + 1", lambda alpha, beta: beta < 2 * alpha + 1)
REGULAR = ("is not below 2 alpha + 1, or is alpha + 1 (a pole)",
           lambda alpha, beta: (beta < 2 * alpha + 1) & (beta != alpha + 1))  # fmt: skip

Size = Annotated[int, Ge(1), Le(20_000), Static]
SIZES = Because("n and k must be positive")


@parameters(SETTING)
class Params:
    """Sizes, spectrum, target, noise and ridge of one experiment."""

    n: Annotated[Size, Doc("training points"), SIZES] = 100
    k: Annotated[Size, Doc("random features"), SIZES] = 60
    modes: Annotated[Size, Doc("eigenmodes M of the kernel")] = 400
    alpha: Annotated[float, Ge(1.01), Le(6), Doc("eigenvalue exponent, lambda_i = i^-alpha"),
                     TRACE] = 1.5  # fmt: skip
    beta: Annotated[float, Gt(1), Le(12.9), Doc("target exponent, v_i^2 = i^-beta"), NORM] = 1.5
    noise: Annotated[float, Ge(0), Le(1e6), Doc("variance of the label noise")] = 0.5
    ridge: Annotated[float, Ge(0), Le(1e12), Doc("delta, added to the kernel matrix"),
                     Because("a negative ridge is outside the framework")] = 0.1  # fmt: skip
    spectrum: Annotated[Literal["powerlaw", "isotropic"],
                        Doc("i^-alpha, or all 1/modes")] = "powerlaw"  # fmt: skip
    target: Annotated[Literal["spread", "first", "none"], Doc(
        "i^-beta (isotropic: 1/modes), the first mode only, or 0")] = "spread"  # fmt: skip
    dimension: Annotated[int, Ge(3), Le(64), Static, Doc("d of the sphere (mode relu_sphere)")] = 8

    def check(self: Any) -> None:
        """beta below 2 alpha + 1, where the powerlaw formulas hold."""
        if self.spectrum == "powerlaw" and self.beta >= 2 * self.alpha + 1:
            raise self.refuse(
                "beta", f"is not below 2 alpha + 1 = {2 * self.alpha + 1:g}: saturated, the"
                " powerlaw formula does not hold and the test error scales as n^(-2 alpha)",
            )  # fmt: skip


# Problems with an arbitrary spectrum

MODES = 48
POWERLAW: Any = tuple(i**-1.5 for i in range(1, MODES + 1))


def any_values(rng: np.random.Generator) -> np.ndarray:
    """A powerlaw, log-normal or exponential spectrum."""
    i = np.arange(1.0, MODES + 1)
    kind = rng.integers(3)
    if kind == 0:
        return i ** -rng.uniform(1.05, 4)
    if kind == 1:
        return np.exp(rng.normal(0, rng.uniform(0.1, 4), MODES))
    return np.exp(-rng.uniform(0.01, 1) * i)


def any_target(rng: np.random.Generator, modes: int = MODES) -> np.ndarray:
    """Log-normal squared coefficients."""
    return np.exp(rng.normal(0, 2, modes))


Values = Annotated[np.ndarray, ArrayOf(any_values), Ge(0), Doc("eigenvalues")]
Target = Annotated[np.ndarray, ArrayOf(any_target), Ge(0), Doc("v_i^2")]


@parameters(SETTING)
class Point:
    """One eigenframework problem with an arbitrary spectrum."""

    n: Annotated[float, Ge(1e-1), Le(1e8), Logarithmic, Doc("training points, any real")] = 50.0
    k: Annotated[float, Ge(1e-1), Le(1e8), Logarithmic, Doc("features, any real")] = 80.0
    ridge: Annotated[float, Ge(1e-14), Le(1e10), Logarithmic] = 0.1
    noise: Annotated[float, Ge(0), Le(10)] = 0.3
    values: Values = POWERLAW
    target: Target = POWERLAW
    more_samples: Annotated[float, Ge(1), Le(4), Doc("n'/n")] = 1.0
    more_features: Annotated[float, Ge(1), Le(4), Doc("k'/k")] = 1.0


@parameters(SETTING)
class Powerlaw:
    """A powerlaw task and a size."""

    alpha: Annotated[float, Ge(1.05), Le(6), Doc("lambda_i = i^-alpha")] = 1.5
    beta: Annotated[float, Ge(1.02), Le(12), Doc("v_i^2 = i^-beta")] = 1.5
    noise: Annotated[float, Ge(0), Le(100), Doc("sigma^2 over E_0")] = 0.0
    r: Annotated[float, Ge(0), Le(0.99), Doc("square root of the fitting ratio")] = 0.0
    n: Annotated[float, Ge(1), Le(1e12), Logarithmic, Doc("samples, or 1/kappa")] = 100.0
    width: Annotated[float, Ge(0.01), Le(100), Doc("k/n")] = 2.0


def rungs(*sizes: float, **task: float) -> tuple[Powerlaw, ...]:
    return tuple(Powerlaw(n=n, **task) for n in sizes)
