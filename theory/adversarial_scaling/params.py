"""The paper, and the parameters of all models."""

from typing import Annotated

from theory import Doc, Ge, Le, Logarithmic, Paper, Static, parameters

PAPER = Paper(
    "Intriguing Properties of Adversarial Examples",
    "Ekin D. Cubuk, Barret Zoph, Samuel S. Schoenholz, Quoc V. Le",
    "ICLR 2018 workshop",
    "1711.02846",
    topics=("robustness", "scaling", "classification"),
)


@parameters("adversarial_scaling")
class Params:
    """Classes, dimensions and scales; sensitivities; a penalty on entropy."""

    classes: Annotated[int, Ge(2), Le(1000), Static, Doc("C")] = 10
    n: Annotated[int, Ge(2), Le(10**5), Static, Doc("dimensions of the input")] = 100
    s: Annotated[float, Ge(0.01), Le(1e4), Logarithmic, Doc("standard deviation of a logit")] = 1.0
    eps: Annotated[float, Ge(1e-9), Le(10), Logarithmic, Doc("size of the attack")] = 0.05
    alpha: Annotated[float, Ge(0.05), Le(20), Doc("tail exponent of the sensitivity")] = 0.6
    spread: Annotated[float, Ge(0), Le(2), Doc("sd of the logarithm of the sensitivity")] = 0.5
    bend: Annotated[float, Ge(-10), Le(10), Doc("mean curvature k of gaps along an attack")] = 0.0
    rate: Annotated[float, Ge(0), Le(1), Doc("rate g of a gap, where curvatures are Pareto")] = 0.5
    margin: Annotated[float, Ge(0), Le(10), Doc("w . mu/|w| of a trained linear rule")] = 1.0
    penalty: Annotated[float, Ge(-0.9), Le(100), Doc("lambda; below 0 it rewards entropy")] = 1.0
    time: Annotated[float, Ge(1e-3), Le(1e280), Logarithmic, Doc("of the margin's flow")] = 1e6
