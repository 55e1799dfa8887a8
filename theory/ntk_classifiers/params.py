"""The parameters of the setting, what they name, and what claims read of a run."""

import functools
import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory import Because, Doc, Ge, Le, Logarithmic, Static, parameters
from theory._neural_kernels import (
    Activation, Kernels, Similarity, centred_cosine, centred_leaky_relu, cosine, deepen,
    error_function, exponential, gaussian, geometric, hermite, leaky_relu, optimal, sine,
)  # fmt: skip

__all__ = ["SHAPES", "Params", "activation_of"]

_FAMILIES = {
    "sine": (sine, 0.01, 40.0),
    "cosine": (cosine, 0.01, 40.0),
    "centred_cosine": (centred_cosine, 0.01, 40.0),
    "exponential": (exponential, 0.01, 20.0),
    "gaussian": (gaussian, 0.01, 20.0),
    "erf": (error_function, 0.01, 20.0),
    "leaky_relu": (leaky_relu, -1.0, 0.99),
    "centred_leaky_relu": (centred_leaky_relu, -0.99, 0.99),
    "geometric": (geometric, 0.01, 0.99),
}
SHAPES = {name: (low, high) for name, (_, low, high) in _FAMILIES.items()}
"""The families with a shape parameter, and its range."""


@parameters("ntk_classifiers")
class Params:
    """An activation, a problem and a depth. Each function uses the fields that it names."""

    activation: Annotated[
        Literal[
            "optimal", "hermite_2", "hermite_3", "sine", "cosine", "centred_cosine", "exponential",
            "gaussian", "erf", "leaky_relu", "centred_leaky_relu", "geometric",
        ],
        Doc("the family; `optimal` is the explicit activation with alpha = d"),
    ] = "optimal"  # fmt: skip
    shape: Annotated[
        float, Ge(-1), Le(40),
        Doc("squared frequency w, scale, slope or ratio of the family; see SHAPES"),
    ] = 1.0  # fmt: skip
    d: Annotated[
        int, Ge(1), Le(64), Static,
        Because("intrinsic dimension: inputs lie in R^(d+1)"), Doc("dimension of the sphere"),
    ] = 1  # fmt: skip
    n: Annotated[int, Ge(1), Le(1_000_000), Static, Doc("training points")] = 100
    tests: Annotated[int, Ge(1), Le(100_000), Static, Doc("test points")] = 50
    votes: Annotated[int, Ge(-1_000_000), Le(1_000_000), Doc("S = sum of the labels")] = 4
    depth: Annotated[int, Ge(0), Le(100_000_000), Doc("hidden layers L")] = 40
    width: Annotated[int, Ge(1), Le(4096), Static, Doc("width of a finite network")] = 256
    ridge: Annotated[float, Ge(0), Le(1e3), Doc("ridge added to the training kernel")] = 0.0
    eta: Annotated[float, Ge(0), Le(1), Doc("P(y = +1 | x)")] = 0.8
    alpha: Annotated[float, Ge(0.05), Le(64), Doc("exponent of a power kernel")] = 2.0
    s: Annotated[
        float, Ge(1e-16), Le(1), Logarithmic, Doc("1 - x.z, half the squared distance of a pair")
    ] = 0.4

    def check(self: Any) -> None:
        """A family's shape keeps to the family's own range."""
        low, high = SHAPES.get(self.activation, (-math.inf, math.inf))
        if not low <= float(self.shape) <= high:
            raise self.refuse(
                "shape", f"is outside [{low:g}, {high:g}] for activation {self.activation}"
            )


def activation_of(params: Params) -> Activation:
    """The Activation that params name; ``shape`` may be traced or a value of any evaluator."""
    if params.activation == "optimal":
        return optimal(params.d)
    if params.activation.startswith("hermite_"):
        return hermite(int(params.activation.removeprefix("hermite_")))
    return _FAMILIES[params.activation][0](params.shape)


def pair_at(s: Any) -> Similarity:
    """The pair with s = 1 - x.z."""
    return Similarity(s, jnp.log1p(-s))


@jax.jit
def kernels_at(p: Any, depth: Any) -> Kernels:
    """The kernels of the activation and of the pair that params name."""
    return deepen(activation_of(p), pair_at(p.s), depth)


# What claims read of a run of deep kernel classifiers, trial by trial


def each(one: Callable[..., Any], **words: Any) -> Callable[[Any, Any], np.ndarray]:
    """The reading that ``one(run of a single trial, params, **words)`` makes; compiled once."""
    compiled = jax.jit(functools.partial(one, **words))

    def reading(run: Any, p: Any) -> np.ndarray:
        trials = len(next(iter(run.values())))
        return np.array([compiled({k: v[i] for k, v in run.items()}, p) for i in range(trials)])

    reading.__name__ = one.__name__
    return reading


def output(run: Any, kernel: str, log_unit: Any = 0.0) -> Float[Array, " tests"]:
    """f_L of the NNGP or NTK at the test points over exp(log_unit), in mode ``deep``."""
    return run[f"{kernel}_coefficients"] @ jnp.exp(run[f"log_{kernel}"] - log_unit)


def relative(error: Any, reference: Any) -> Any:
    """max |error| over the root mean square of the reference."""
    return jnp.max(jnp.abs(error)) / jnp.sqrt(jnp.mean(reference**2))


def with_diagonal(kernel: Float[Array, "n n"], value: Any) -> Float[Array, "n n"]:
    """The kernel matrix with its diagonal from its own formula."""
    return jnp.where(jnp.eye(len(kernel), dtype=bool), value, kernel)
