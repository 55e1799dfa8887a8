"""The numbers that the statements speak of, and the cases that they share."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Because, Doc, Ge, Le, Row, Scalar, Static, Whole, parameters

SETTING = "post_training_quantization"
OVERLOAD = Because("beyond it all levels lie where no input comes")
ONE_LEVEL = Because("with one level nothing is left to choose")
SINGULAR = "is within 1 of the unknowns: the expected risk is infinite at the interpolation peak"

Levels = Annotated[Scalar, Ge(1), Le(2**24), Whole]
SomeLevels = Annotated[Scalar, Ge(2), Le(2**24), Whole, ONE_LEVEL]
Bits = Annotated[Scalar, Ge(1), Le(24), Whole]
Clip = Annotated[Scalar, Ge(1e-6), Le(40), OVERLOAD]
Samples = Annotated[Scalar, Ge(1), Le(1e9)]
Unknowns = Annotated[Scalar, Ge(1), Le(1e9)]
Noise = Annotated[Scalar, Ge(1e-9), Le(1e9)]
Ratio = Annotated[Scalar, Ge(1e-6), Le(1e6)]
Alike = Annotated[Scalar, Ge(0), Le(0.999), Because("at 1 an image has one patch only")]
Spectrum = Annotated[Any, Ge(1e-9), Le(1e9), Row]
Correlation = Annotated[Scalar, Ge(0), Le(1)]


@parameters(SETTING)
class Params:
    """A quantiser, its calibration data, correlated inputs, layers, and outputs."""

    bits: Annotated[int, Ge(1), Le(16), Doc("b; 2^b levels, none at 0")] = 3
    clip: Annotated[float, Ge(0.05), Le(20), Doc("alpha, where it saturates")] = 2.2
    n: Annotated[int, Ge(1), Le(10**6), Static, Doc("scalars that a trial quantises")] = 1024
    unknowns: Annotated[int, Ge(2), Le(256), Static, Doc("K, weights of one neuron")] = 16
    samples: Annotated[int, Ge(1), Le(4096), Doc("B, calibration samples or images")] = 32
    rows: Annotated[int, Ge(2), Le(4096), Static, Doc("samples drawn, of which B are used")] = 64
    noise: Annotated[float, Ge(1e-3), Le(1e3), Doc("t2, variance that inputs gain")] = 0.5
    patches: Annotated[int, Ge(1), Le(64), Static, Doc("P = HW, patches of an image")] = 8
    alike: Annotated[float, Ge(0), Le(0.99), Doc("r, correlation of an image's patches")] = 0.5
    step: Annotated[float, Ge(1e-3), Le(10), Doc("of the grid that weights are rounded to")] = 0.1
    ar: Annotated[float, Ge(0), Le(0.99), Doc("correlation of neighbouring inputs")] = 0.8
    layers: Annotated[int, Ge(1), Le(6), Static, Doc("layers that share the bits")] = 6
    most: Annotated[int, Ge(1), Le(8), Static, Doc("bits that a weight may get")] = 8
    rho: Annotated[float, Ge(0), Le(1), Doc("correlation of outputs before and after")] = 0.5
    shift: Annotated[float, Ge(-10), Le(10), Doc("m, of the mean of outputs")] = 0.3

    def check(self: Any):
        """Samples that are drawn."""
        if self.samples > self.rows:
            raise self.refuse("samples", f"is above rows = {self.rows}, those that are drawn")

    @property
    def levels(self):
        """2^b."""
        return 2.0**self.bits

    @property
    def ratio(self):
        """g = K/B."""
        return self.unknowns / self.samples

    @property
    def covariance(self):
        """S (K x K) of the inputs: ar^|i - j|."""
        place = jnp.arange(self.unknowns)
        return jnp.asarray(self.ar, float) ** jnp.abs(place[:, None] - place)

    @property
    def innovations(self):
        """R_jj^2 of S = R'R: 1, then 1 - ar^2."""
        first = jnp.arange(self.unknowns) == 0
        return jnp.where(first, 1.0, 1 - jnp.asarray(self.ar, float) ** 2)


HERE = Params()
BEST = Params(bits=2, clip=1.9913733718870126)
FIT = Params(samples=32)
FEW = Params(samples=6, noise=2.0)
LOSES = Params(samples=40)
WINS = Params(samples=64)
COARSE = BEST.but(samples=64)
IMAGES = Params(samples=24, rows=24)
ROUNDED = Params(samples=32)
TIGHT = Params(samples=22, ar=0.2)
JOINT = Params(samples=24, step=1.0)
LAYERS = Params(most=5)
