"""The numbers that the statements speak of, and the fixed data of those on finite samples."""

import functools
import math
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import Because, Doc, Ge, Gt, Le, Lt, Row, Scalar, Single, Static, Whole, parameters

SETTING = "multi_sample_dropout"
KEPT = Because("q is the chance to keep a unit; with q = 0 nothing is kept")
COPIES = Because("at least one mask an example; math.inf is the mean over all masks")
Keep = Annotated[Scalar, Ge(1e-3), Le(1), KEPT]
SomeDropped = Annotated[Scalar, Ge(1e-3), Le(0.999), KEPT]
Masks = Annotated[Scalar, Ge(1), COPIES]
Few = Annotated[Scalar, Ge(2), Le(1e6), Whole]
Batch = Annotated[Scalar, Ge(1), Le(1e9)]
OneKeep = Annotated[Scalar, Ge(1e-3), Le(1), KEPT, Single]
OneCount = Annotated[Scalar, Ge(1), COPIES, Single]
OneLabel = Annotated[Scalar, Ge(-1e12), Le(1e12), Single]
Dimension = Annotated[Scalar, Ge(1), Le(1e9)]
Step = Annotated[Scalar, Ge(1e-9), Le(2), Doc("eta; from 2 q on the mean diverges")]
Steps = Annotated[Scalar, Ge(0), Le(1e6), Whole]
Square = Annotated[Scalar, Ge(0), Le(1e12)]
Signed = Annotated[Scalar, Ge(-1e12), Le(1e12)]
Kurtosis = Annotated[Scalar, Ge(1), Le(1e6), Doc("E x^4 of a feature; 3 for normals, 1 for signs")]
Coupling = Annotated[Scalar, Ge(-1), Le(1), Doc("rho, of a unit's masks in two copies")]
NoiseScale = Annotated[Scalar, Ge(1e-6), Le(1e12), Doc("N, examples")]
Share = Annotated[Scalar, Ge(1e-6), Lt(1), Doc("phi, of one iteration's time")]
Vector = Annotated[Any, Ge(-1e12), Le(1e12), Row]
Spectrum = Annotated[Any, Gt(0), Le(1e6), Row]


@functools.lru_cache(maxsize=16)
def _generic(n: int, d: int) -> np.ndarray:
    """Fixed pseudo-random normals: data without structure."""
    return np.random.default_rng(0).normal(size=(n, d + 1))


@parameters(SETTING)
class Params:
    """A layer of d features under dropout, M masks an example; a stream, or n fixed rows."""

    d: Annotated[int, Ge(1), Le(10_000), Static, Doc("features of the dropout layer")] = 3
    n: Annotated[int, Ge(2), Le(10_000), Static, Doc("rows where the data are finite")] = 8
    batch: Annotated[int, Ge(1), Le(10_000), Static, Doc("B, examples a step")] = 2
    masks: Annotated[int, Ge(1), Le(10_000), Static, Doc("M, masks an example")] = 4
    steps: Annotated[int, Ge(1), Le(1_000_000), Static, Doc("of SGD")] = 12
    keep: Annotated[float, Ge(0.01), Le(1), KEPT, Doc("q = 1 - p")] = 0.5
    eta: Annotated[float, Gt(0), Le(2), Doc("step size")] = 0.1
    n0: Annotated[float, Ge(0), Le(100), Doc("|w0|^2 of the teacher")] = 0.5
    s2: Annotated[float, Ge(0), Le(100), Doc("label noise")] = 1.0
    kurtosis: Annotated[float, Ge(1), Le(100), Doc("E x^4; 3: normals, else 0, +-sqrt of it")] = 3.0
    power: Annotated[float, Ge(0), Le(4), Doc("Var x_j = j^-power")] = 0.0
    share: Annotated[float, Gt(0), Lt(1), Doc("phi, time after dropout in one iteration")] = 0.05
    overhead: Annotated[float, Gt(0), Le(1e6), Doc("an iteration's fixed cost, in examples")] = 10.0
    scale: Annotated[float, Gt(0), Le(10), Doc("of the logit's terms w_j h_j")] = 0.5

    def check(self: Any):
        """Batches that can be drawn without replacement."""
        if self.batch > self.n:
            raise self.refuse("batch", f"is above n = {self.n}: no draw without replacement")

    @property
    def c(self):
        """p/q, the variance of a mask's entry."""
        return (1 - self.keep) / self.keep

    @property
    def teacher(self):
        """w0, along (1, 2, ..., d)."""
        j = np.arange(1.0, self.d + 1)
        return jnp.sqrt(jnp.asarray(self.n0, float)) * j / math.sqrt(j @ j)

    @property
    def lam(self):
        """The variances of the stream's features."""
        return jnp.arange(1, self.d + 1) ** -jnp.asarray(self.power, float)

    @property
    def rows(self):
        """X (n x d), fixed and generic."""
        return jnp.asarray(_generic(self.n, self.d)[:, : self.d])

    @property
    def labels(self):
        """y of the rows."""
        return jnp.asarray(2 * _generic(self.n, self.d)[:, self.d])

    @property
    def weights(self):
        """w at which gradients of the rows are taken, and terms w_j h_j of a logit."""
        return self.scale * jnp.cos(jnp.arange(self.d))
