"""The parameters of the setting, and the activations that they name."""

from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp

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
        if self.activation in SHAPES:
            low, high = SHAPES[self.activation]
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


def pair_of(p: Any) -> Similarity:
    """The pair that params name."""
    return Similarity(p.s, jnp.log1p(-p.s))


@jax.jit
def kernels_at(p: Any, depth: Any) -> Kernels:
    """The kernels of the activation and of the pair that params name."""
    return deepen(activation_of(p), pair_of(p), depth)
