"""The numbers of a certificate, the fixtures' parameters, and the domains of the formulas."""

import math
from typing import Annotated, Any

import jax.numpy as jnp

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Lt, Scalar, Static, Whole, parameters

__all__ = ["BLOCK", "TEMPLATE", "Certificate", "Params", "Point"]

SETTING = "pac_bayes_prompts"

DELTA = Because("delta must lie strictly between 0 and 1")
COUNT = Because("error count must be an integer in [0, n]")
SIZE = Because("n must be an integer >= 1")
NATS = Because("prior probability above 1")

Errors = Annotated[Scalar, Ge(0), Lt(math.inf), COUNT]  # n r: no integer where r is a mean
Count = Annotated[Scalar, Ge(0), Whole, COUNT]
Size = Annotated[Scalar, Ge(1), Le(10**15), Whole, SIZE]
TailSize = Annotated[Scalar, Ge(1), Le(10**9), Whole, SIZE]
Nats = Annotated[Scalar, Ge(0), NATS]  # infinite for an impossible prompt
FiniteNats = Annotated[Scalar, Ge(0), Le(1e100), NATS]
Rate = Annotated[Scalar, Ge(0), Le(1)]
Risk = Annotated[Scalar, Gt(0), Lt(1)]
Delta = Annotated[Scalar, Gt(0), Lt(1), DELTA]
Classes = Annotated[Scalar, Ge(2), Le(10**9), Whole]
Amount = Annotated[Any, Ge(0), Le(1e100)]

WITHIN = ("is above n", lambda errors, n: errors <= n)


@parameters(SETTING)
class Certificate:
    """What a user knows of one prompt: training errors, sample size, log-prior, confidence."""

    errors: Annotated[int, Ge(0), Le(10**9), Doc("training errors k"), COUNT] = 37
    n: Annotated[int, Ge(1), Le(10**9), Logarithmic, Doc("training points")] = 1000
    nats: Annotated[float, Ge(0), Le(1e9), Doc("ln 1/P(prompt)"), NATS] = 42.0
    delta: Annotated[float, Gt(0), Lt(1), Doc("failure probability"), DELTA] = 0.05

    def check(self: Any):
        """The count is at most n."""
        if self.errors > self.n:
            raise self.refuse("errors", f"is above n = {self.n}: {COUNT.text}")

    @property
    def complexity(self):
        """c = ln(1/P) + ln(1/delta)."""
        return self.nats - jnp.log(self.delta)


@parameters(SETTING)
class Point:
    """A point at which formulas are compared: sizes, rates and complexity, freely chosen."""

    n: Annotated[int, Ge(1), Le(10**6), Logarithmic, Doc("training points")] = 100
    rate: Annotated[float, Ge(0), Le(1), Doc("q or r, a training error")] = 0.1
    risk: Annotated[float, Ge(1e-6), Le(1 - 1e-6), Doc("p or R, a true risk")] = 0.2
    complexity: Annotated[float, Ge(0.01), Le(1e4), Logarithmic, Doc("c in nats")] = 5.0
    classes: Annotated[int, Ge(2), Le(1000), Logarithmic, Doc("classes K")] = 2


@parameters(SETTING)
class Params:
    """A synthetic prompt-search problem. The defaults are fixture T; ``BLOCK`` is fixture B."""

    n: Annotated[int, Ge(1), Le(10**6), Static, Doc("training points")] = 200
    classes: Annotated[int, Ge(2), Le(64), Static, Doc("classes K (2 in fixture T)")] = 2
    vocabulary: Annotated[int, Ge(2), Le(4096), Static, Doc("tokens V")] = 12
    length: Annotated[int, Ge(1), Le(16), Static, Doc("longest prompt L")] = 3
    dimension: Annotated[int, Ge(2), Le(512), Static, Doc("features (of one block in B)")] = 16
    gain: Annotated[float, Ge(0.01), Le(4), Doc("gamma, embedding size in fixture T")] = 1.2
    separation: Annotated[float, Ge(0.05), Le(10), Doc("distance of the class means")] = 2.0
    decay: Annotated[float, Ge(0.05), Le(1), Doc("rho, weight of later tokens")] = 0.7
    sigma: Annotated[float, Ge(0.05), Le(10), Doc("standard deviation of a feature")] = 1.0
    bias: Annotated[float, Ge(-5), Le(5), Doc("shift of all features in fixture T")] = 0.0
    clutter: Annotated[float, Ge(-1), Le(1), Doc("other classes' features in fixture B")] = 0.3
    base: Annotated[float, Ge(0.05), Le(5), Doc("size of class names in fixture B")] = 0.5
    prior_width: Annotated[float, Ge(0.2), Le(50), Doc("s of the token transitions")] = 2.0
    start_width: Annotated[float, Ge(0.2), Le(50), Doc("s0 of the first token's law")] = 4.0
    stop: Annotated[float, Ge(0.01), Le(0.99), Doc("probability that a prompt ends")] = 0.25
    label_noise: Annotated[float, Ge(0), Le(1), Doc("eta, share of labels redrawn")] = 0.0
    reward: Annotated[float, Ge(0), Le(10), Doc("beta, weight of ln P in the search")] = 0.0
    delta: Annotated[float, Ge(1e-9), Le(1 - 1e-9), Doc("failure probability"), DELTA] = 0.1
    first: Annotated[int, Ge(0), Le(10**6), Static, Doc("n0, points that tilt the prior")] = 0
    tilt: Annotated[float, Ge(0), Le(10), Doc("g of the data-dependent prior")] = 2.0

    def check(self: Any):
        """A tilted prior leaves points for the bound."""
        if self.first >= self.n:
            raise self.refuse("first", f"is not below n = {self.n}")

    @property
    def confidence(self):
        """ln(1/delta) in nats."""
        return -jnp.log(self.delta)


TEMPLATE = Params()
"""Fixture T: one template shared by both classes, 12^3 prompts, every risk exact."""

BLOCK = Params(
    n=500, classes=4, vocabulary=16, length=4, dimension=6, separation=2.5, decay=0.8, delta=0.05
)
"""Fixture B: one prompt per class, exact risk by one Gaussian integral."""
