"""Any n and k up to a largest from one compiled program: what lies beyond is masked with zeros.

Sizes set array shapes, so that a map over (n, k) would compile once for each point; here the sizes
in use are numbers. Rows and columns of zeros change no risk: their labels and overlaps are zero.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import jax.numpy as jnp
import numpy as np
from jax import Array

from sims.random_features._designs import Design, draw_direct, ridge_risks
from sims.random_features._sphere import sphere_design
from theory import Doc, Ge, Le, Static, parameters
from theory.random_features import Params

RIDGES = np.logspace(-3, 2, 31)
"""The paper's ridges."""


@parameters("random_features")
class MapParams:
    """Sizes in use, the largest sizes, and the task."""

    used_n: Annotated[int, Ge(1), Le(20_000), Doc("training points in use")] = 32
    used_k: Annotated[int, Ge(1), Le(20_000), Doc("features in use")] = 32
    n: Annotated[int, Ge(1), Le(20_000), Static, Doc("largest n")] = 64
    k: Annotated[int, Ge(1), Le(20_000), Static, Doc("largest k")] = 64
    modes: Annotated[int, Ge(1), Le(20_000), Static, Doc("eigenmodes")] = 256
    alpha: Annotated[float, Ge(1.01), Le(6)] = 1.5
    beta: Annotated[float, Ge(1.01), Le(12)] = 1.5
    noise: Annotated[float, Ge(0), Le(1e6)] = 0.5
    features: Annotated[Literal["gaussian", "relu"], Doc("which features and data")] = "gaussian"

    def check(self) -> None:
        """The sizes in use fit into the largest ones."""
        if self.used_n > self.n or self.used_k > self.k:
            raise self.refuse("used_n", "or used_k is above its largest value")  # type: ignore[attr-defined]


def masked(design: Design, used_n: Array | int, used_k: Array | int) -> Design:
    """The design of the first used_n points and used_k features, in arrays of the same shape."""
    n, k = design.features.shape
    row = (jnp.arange(n) < used_n).astype(float)
    column = jnp.where(jnp.arange(k) < used_k, jnp.sqrt(k / used_k), 0.0)
    return Design(
        features=design.features * row[:, None] * column,
        means=design.means * row,
        variance=design.variance,
        gram=design.gram * jnp.outer(column, column),
        overlap=design.overlap * column,
        target=design.target,
    )


def map_trial(key: Array, params: MapParams) -> Mapping[str, Array]:
    """Test and train risk at all RIDGES of one draw at the sizes in use."""
    designs: dict[str, Callable[[Array, Params], Design]] = {
        "gaussian": draw_direct,
        "relu": sphere_design,
    }
    task = Params(
        n=params.n, k=params.k, modes=params.modes, alpha=params.alpha, beta=params.beta,
        noise=params.noise,
    )  # fmt: skip
    design = masked(designs[params.features](key, task), params.used_n, params.used_k)
    risks = ridge_risks(design, jnp.asarray(RIDGES), params.noise)
    # masked points count as noise that no feature fits
    beyond = design.variance * (params.n - params.used_n)
    return {"test": risks.test, "train": (params.n * risks.train - beyond) / params.used_n}
