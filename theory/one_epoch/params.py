"""The numbers that the statements speak of."""

from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Row, Scalar, Static, parameters

SETTING = "one_epoch"
CAPACITY = Because("a <= 1 makes the trace of an infinite spectrum infinite")
Spectrum = Annotated[Any, Gt(0), Le(1e6), Row]
Energies = Annotated[Any, Ge(0), Le(1e50), Row]
Step = Annotated[Scalar, Gt(0), Le(1e6)]
Batch = Annotated[Scalar, Ge(1), Le(1e6)]
Square = Annotated[Scalar, Ge(0), Le(1e50)]
Aspect = Annotated[Scalar, Ge(1e-2), Le(1e2), Doc("g = d/n")]
Time = Annotated[Scalar, Ge(0), Le(300)]
Noise = Annotated[Scalar, Ge(0), Le(1e2), Doc("noise over signal, s2/r2")]
SOME = {"lam": [1.0, 0.4, 0.2], "energy": [0.5, 0.3, 0.1], "eta": 0.2, "batch": 2.0, "steps": 5}


@parameters(SETTING)
class Params:
    """One pass over power-law data; flow on repeated isotropic data; a curve's late time."""

    a: Annotated[float, Ge(1), Le(4), Doc("capacity: lam_j = j^-a")] = 1.4
    s: Annotated[float, Gt(1), Le(8), Doc("source: lam_j beta_j^2 = j^-s")] = 2.0
    d: Annotated[int, Ge(1), Le(10_000), Static, Doc("dimension of one-pass data")] = 6
    N: Annotated[int, Ge(1), Le(10_000), Static, Doc("trained coordinates, the model's size")] = 3
    eta: Annotated[float, Gt(0), Le(10), Doc("step size")] = 0.2
    B: Annotated[int, Ge(1), Le(1000), Static, Doc("batch")] = 1
    T: Annotated[int, Ge(1), Le(100_000), Static, Doc("steps")] = 8
    s2: Annotated[float, Ge(0), Le(10), Doc("label noise")] = 0.05
    epochs: Annotated[int, Ge(1), Le(1000), Static, Doc("passes over the reused batches")] = 4
    late: Annotated[float, Ge(1), Le(1e9), Logarithmic, Doc("t on long curves")] = 1e4
    compute: Annotated[float, Ge(10), Le(1e9), Logarithmic, Doc("C = N t")] = 1e5
    times: Annotated[float, Ge(0.1), Le(10), Doc("k, a size over the best one")] = 2.0
    n: Annotated[int, Ge(2), Le(10_000), Static, Doc("unique samples")] = 80
    dim: Annotated[int, Ge(1), Le(10_000), Static, Doc("dimension of repeated data")] = 40
    aspect: Annotated[float, Ge(0.01), Le(100), Doc("g where nothing is simulated")] = 0.5
    r2: Annotated[float, Gt(0), Le(100), Doc("signal |beta|^2 of repeated data")] = 1.0
    tau: Annotated[float, Ge(1e-3), Le(300), Logarithmic, Doc("flow time, eta n E/B")] = 1.0
    omega: Annotated[float, Ge(0), Le(10), Doc("weight decay")] = 0.0

    def check(self: Any):
        """Sizes fit, and reused batches fill whole passes."""
        if self.d < self.N:
            raise self.refuse("N", f"is above d = {self.d}")
        if self.T % self.epochs:
            raise self.refuse("epochs", f"does not divide T = {self.T}")

    @property
    def g(self):
        """d/n."""
        return self.dim / self.n

    @property
    def p(self):
        """(s - 1)/a, the exponent in time."""
        return (self.s - 1) / self.a

    @property
    def lam(self):
        """The d variances."""
        return jnp.arange(1, self.d + 1) ** -jnp.asarray(self.a, float)

    @property
    def energy(self):
        """lam_j beta_j^2."""
        return jnp.arange(1, self.d + 1) ** -jnp.asarray(self.s, float)


EXACT, NODES = 40, 80


def modes(a, s, size=1e10):
    """(lam, energy, multiplicity) of j = 1 .. size: 40 exactly, then Gauss-Legendre in log j.

    sum_{j > 40} f(j) = int_40.5 f dj to s (s + 1)/(24 40^2) of itself.
    """
    j = np.arange(1, EXACT + 1)
    x, weight = np.polynomial.legendre.leggauss(NODES)
    width = jnp.maximum(jnp.log((jnp.asarray(size, float) + 0.5) / (EXACT + 0.5)), 0.0)
    far = (EXACT + 0.5) * jnp.exp(width * (x + 1) / 2)
    where = jnp.concatenate([jnp.asarray(j, float), far])
    count = jnp.concatenate([jnp.where(j <= size, 1.0, 0.0), weight / 2 * width * far])
    return where ** -jnp.asarray(a, float), where ** -jnp.asarray(s, float), count


def tail_beyond(s, size):
    """sum_{j > size} j^-s, to O(size^-6)."""
    j = jnp.asarray(size, float) + 8.5
    near = jnp.sum((jnp.asarray(size, float) + np.arange(1, 9)) ** -s)
    return near + j ** (1 - s) / (s - 1) - s * j ** (-s - 1) / 24
