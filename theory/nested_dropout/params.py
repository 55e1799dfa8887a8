"""The numbers that the statements speak of, and the fixed generic features of all cases."""

import functools
from typing import Annotated, Any

import jax.numpy as jnp
import numpy as np

from theory import Because, Doc, Ge, Le, Lt, Row, Scalar, Static, Whole, parameters

SETTING = "nested_dropout"
NO_LABELS = Because("at 1/2 labels carry no information, above it they are reversed")
Keep = Annotated[
    Scalar, Ge(1e-9), Le(1), Because("p is the chance to keep a feature, not to drop it")
]
Flip = Annotated[Scalar, Ge(0), Lt(0.5), NO_LABELS]
SomeFlips = Annotated[Scalar, Ge(1e-6), Lt(0.5), NO_LABELS]
Size = Annotated[Scalar, Ge(1), Le(1e12)]
Count = Annotated[Scalar, Ge(0), Le(1e12)]
Positive = Annotated[Scalar, Ge(1e-12), Le(1e12)]
Spectrum = Annotated[Any, Ge(0), Le(1e100), Row]
Shares = Annotated[Any, Ge(0), Le(1), Row]
Hidden = Annotated[Scalar, Ge(1), Le(1e9), Whole]


@functools.lru_cache(maxsize=16)
def _generic(n: int, d: int) -> np.ndarray:
    """A fixed orthonormal frame without structure: that of pseudo-random normals."""
    return np.linalg.qr(np.random.default_rng(0).normal(size=(n, d)))[0]


@parameters(SETTING)
class Params:
    """Ordered features of n points, their masks, the noise of labels, and what is trained."""

    n: Annotated[int, Ge(4), Le(4096), Static, Doc("points")] = 64
    d: Annotated[int, Ge(1), Le(1024), Static, Doc("D, features")] = 64
    kept: Annotated[int, Ge(1), Le(1024), Doc("k, features kept at test time")] = 16
    decay: Annotated[float, Ge(0), Le(4), Doc("of the labels' energy: e_j ~ j^-decay")] = 1.0
    eta: Annotated[float, Ge(0), Lt(0.5), NO_LABELS, Doc("flip rate of labels")] = 0.2
    lean: Annotated[float, Ge(-0.4), Le(0.4), Doc("flips of class +-1: eta +- lean")] = 0.0
    shared: Annotated[float, Ge(0), Le(1), Doc("chance that the peer has the same flip")] = 0.0
    keep: Annotated[float, Ge(0.01), Le(1), Doc("p, chance that dropout keeps a feature")] = 0.7
    sigma: Annotated[float, Ge(0.1), Le(1e4), Doc("width of the law of K")] = 3.0
    slope: Annotated[float, Ge(0), Le(4), Doc("of squared feature lengths: l_j = j^-slope")] = 0.5
    time: Annotated[float, Ge(0), Le(1e24), Doc("of gradient flow")] = 2.0
    noise: Annotated[float, Ge(0), Le(10), Doc("standard deviation of regression noise")] = 1.0
    gap: Annotated[float, Ge(1.1), Le(10), Doc("sv_j/sv_j+1 of the data to encode")] = 1.5
    units: Annotated[int, Ge(1), Le(64), Static, Doc("K_max or r, hidden units")] = 3
    start: Annotated[float, Ge(1e-9), Le(1), Doc("product of a unit's weights at time 0")] = 0.01
    beta: Annotated[float, Ge(1.01), Le(100), Doc("price of lost information on Y")] = 3.0
    margin: Annotated[float, Ge(0), Le(6), Doc("mu/tau of the labels' margins")] = 1.0
    ratio: Annotated[float, Ge(0.01), Le(0.99), Doc("R, share of the samples selected")] = 0.7
    steps: Annotated[int, Ge(1), Le(10**6), Static, Doc("of training")] = 1000

    def check(self: Any):
        """Prefixes of features that exist, flip rates that are chances."""
        if self.units > self.d:
            raise self.refuse("units", f"is above d = {self.d}")
        if self.d > self.n:
            raise self.refuse("d", f"is above n = {self.n}: no orthonormal features")
        if self.kept > self.d:
            raise self.refuse("kept", f"is above d = {self.d}")
        if not 0 <= self.eta - abs(self.lean) <= self.eta + abs(self.lean) < 0.5:
            raise self.refuse("lean", f"takes a flip rate eta +- lean out of [0, 1/2), {self.eta}")

    @property
    def labels(self):
        """The clean labels: +1 on the first half."""
        return jnp.where(jnp.arange(self.n) < self.n // 2, 1.0, -1.0)

    @property
    def energies(self):
        """e_j = (u_j . y)^2, which sum to n."""
        e = jnp.arange(1, self.d + 1) ** -jnp.asarray(self.decay, float)
        return self.n * e / jnp.sum(e)

    @property
    def features(self):
        """U (n x D), orthonormal, generic, with U'y = sqrt(e): one reflection takes it there."""
        frame, c = jnp.asarray(_generic(self.n, self.d)), jnp.sqrt(self.energies)
        v = frame @ c - self.labels
        return frame - 2 * jnp.outer(v, v @ frame) / (v @ v)

    @property
    def used(self):
        """The mask of the first k features."""
        return 1.0 * (jnp.arange(self.d) < self.kept)

    @property
    def energy(self):
        """E_k = |P_k y|^2."""
        return jnp.sum(self.energies * self.used)

    @property
    def chances(self):
        """pi_k over the d features."""
        w = jnp.exp(-((jnp.arange(1, self.d + 1) / self.sigma) ** 2))
        return w / jnp.sum(w)

    @property
    def lengths(self):
        """l_j = |x_j|^2 of features that are orthogonal but not normal."""
        return jnp.arange(1, self.d + 1) ** -jnp.asarray(self.slope, float)

    @property
    def design(self):
        """X (n x D): correlated features, neighbours by .6, of mean square 1."""
        apart = jnp.abs(jnp.arange(self.d)[:, None] - jnp.arange(self.d))
        return jnp.sqrt(self.n) * self.features @ jnp.linalg.cholesky(0.6**apart).T

    @property
    def unit_chances(self):
        """pi_k over the hidden units."""
        w = jnp.exp(-((jnp.arange(1, self.units + 1) / self.sigma) ** 2))
        return w / jnp.sum(w)

    @property
    def canonical(self):
        """Squared canonical correlations .9 gap^-i of X and Y, the eigenvalues 1 - lam_i."""
        return 0.9 * jnp.asarray(self.gap, float) ** -jnp.arange(float(self.d))

    @property
    def singular(self):
        """Singular values of the d x d data or target: 2 gap^-j, the first 2."""
        return 2 * jnp.asarray(self.gap, float) ** -jnp.arange(float(self.d))
