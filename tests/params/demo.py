"""Two sets of parameters that the tests speak of."""

import dataclasses
from typing import Annotated, Literal

import jax
import numpy as np

from theory import ArrayOf, Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Static, parameters


@parameters("demo")
class Demo:
    """Parameters with every kind of field."""

    n: Annotated[int, Ge(1), Le(100), Static, Doc("training points")] = 20
    k: Annotated[int, Gt(0), Lt(50)] = 3
    eta: Annotated[float, Ge(0), Lt(0.5), Because("label noise must be below 1/2")] = 0.1
    scale: Annotated[float, Ge(1e-8), Le(1e6), Logarithmic] = 1.0
    attack: Annotated[Literal["l1", "l2", "linf"], Doc("norm")] = "l2"
    order: Literal[1, 2] = 1

    def check(self):
        if self.k > 2 * self.n:
            raise self.refuse("k", f"is more than 2 n = {2 * self.n}")


def spectrum(rng: np.random.Generator) -> np.ndarray:
    return np.sort(rng.uniform(0.1, 2.0, rng.integers(1, 6)))


@parameters("spectral")
class Spectral:
    """Parameters with an array."""

    eigenvalues: Annotated[jax.Array, ArrayOf(spectrum), Gt(0), Le(2)] = dataclasses.field(
        default_factory=lambda: np.ones(3)
    )
    ridge: Annotated[float, Ge(0), Le(10)] = 1.0
