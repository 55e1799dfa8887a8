"""The numbers that the statements speak of."""

from typing import Annotated, Any

from theory import Doc, Ge, Gt, Le, Scalar, Static, parameters

Share = Annotated[Scalar, Ge(0), Le(1)]
Coherence = Annotated[Scalar, Ge(0), Le(1), Doc("alpha, |E g|^2/E|g|^2")]
Count = Annotated[Scalar, Ge(2), Le(1e12), Doc("m, examples")]
Power = Annotated[Scalar, Ge(0), Le(1e50), Doc("E|g|^2, or a part of it")]
Positive = Annotated[Scalar, Ge(1e-50), Le(1e50)]
Rate = Annotated[Scalar, Gt(0), Le(1e12), Doc("eta, the step")]


@parameters("gradient_coherence")
class Params:
    """Examples and steps; atoms to train on; linear regression; the toy; robust averages."""

    m: Annotated[int, Ge(2), Le(4096), Static, Doc("training examples")] = 8
    d: Annotated[int, Ge(1), Le(4096), Static, Doc("dimension of the inputs")] = 5
    rate: Annotated[float, Gt(0), Le(100), Doc("eta, the step of gradient descent")] = 0.5
    steps: Annotated[int, Ge(1), Le(10_000), Static, Doc("T, steps of gradient descent")] = 30
    noise: Annotated[
        float, Ge(0), Le(0.5), Doc("chance that a label is flipped; 1/2: labels at random")
    ] = 0.5
    hidden: Annotated[int, Ge(2), Le(1024), Static, Doc("units of the network")] = 8
    batch: Annotated[int, Ge(1), Le(4096), Static, Doc("examples of a stochastic step")] = 4
    signal: Annotated[float, Ge(0), Le(100), Doc("|w - w*|^2; in the flow |w*|^2")] = 1.38
    sigma: Annotated[float, Ge(0), Le(10), Doc("standard deviation of the regression's noise")] = (
        0.7
    )
    alpha: Annotated[float, Ge(0), Le(1), Doc("coherence of the vectors to be averaged")] = 0.5
    time: Annotated[float, Ge(0), Le(10), Doc("of the gradient flow, dr/dt = -(XX'/d) r")] = 1.0
    c: Annotated[float, Ge(0), Le(10), Doc("strength of the toy's shared coordinate")] = 0.8
    flips: Annotated[int, Ge(0), Le(4096), Doc("toy examples with a flipped label")] = 2
    share: Annotated[
        float, Ge(0), Le(1), Doc("chance that a mini-batch holds a private coordinate")
    ] = 0.2

    def check(self: Any):
        """Batches and flips among the examples; noise or signal; a rate that converges."""
        if self.batch > self.m:
            raise self.refuse("batch", f"is above m = {self.m}")
        if self.flips > self.m:
            raise self.refuse("flips", f"is above m = {self.m}")
        if self.rate * (self.c**2 + 1 / self.m) >= 2:
            raise self.refuse("rate", "is not below 2/(c^2 + 1/m): the toy diverges")

    @property
    def mean_label(self):
        """The mean of the toy's labels: s_bar = 1 - 2 flips/m."""
        return 1 - 2 * self.flips / self.m
