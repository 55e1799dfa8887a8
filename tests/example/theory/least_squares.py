"""Ordinary least squares on a Gaussian design: how far training error flatters.

x ~ N(0, I_d), y = <w, x> + s N(0, 1), n > d points, no ridge. The training residuals are
a chi-square with n - d degrees of freedom: E[training error] = s^2 (1 - d/n).
"""

from typing import Annotated

from theory import Doc, Domain, Equals, Ge, Identity, Le, Paper, Static, Twin, parameters

PAPER = Paper("Textbook", "C. F. Gauss", "1823", "none")


@parameters("least_squares")
class Params:
    """Sizes and noise."""

    n: Annotated[int, Ge(2), Le(10_000), Static, Doc("training points")] = 40
    d: Annotated[int, Ge(1), Le(1_000), Static, Doc("dimension, below n")] = 10
    noise: Annotated[float, Ge(0.01), Le(10), Doc("s, standard deviation of the noise")] = 0.5

    def check(self):
        if self.d >= self.n:
            raise self.refuse("d", f"is not below n = {self.n}")


def training_error(params):
    """s^2 (1 - d/n)."""
    return params.noise**2 * (params.n - params.d) / params.n


def optimism(params):
    """s^2 d/n, how far the training error lies under the noise floor s^2."""
    return params.noise**2 * params.d / params.n


CLAIMS = (
    Identity(
        name="optimism_closes_the_gap",
        source="derived: see training_error",
        statement="training error + s^2 d/n = s^2",
        lhs=lambda p: training_error(p) + optimism(p),
        rhs=lambda p: p.noise**2,
        domain=Domain.of(Params, n=(100, 10_000), d=(1, 99)),
        evaluators=("jax", "mpmath"),
        twin=Twin("the optimism is counted twice", rhs=lambda p: p.noise**2 + optimism(p)),
    ),
    Equals(
        name="training_error_mean",
        source="derived: chi-square with n - d degrees of freedom",
        statement="E[training error] = s^2 (1 - d/n)",
        observable="training_error",
        prediction=training_error,
        tolerance=lambda p: 0.05 * training_error(p),
        tolerance_reason="exact law; 5 % asked for",
        skewness=lambda p: (8 / (p.n - p.d)) ** 0.5,  # of the chi-square
        cases=(Params(), Params(n=80, d=60)),
        planned_trials=4096,
        twin=Twin("training error is the noise floor", prediction=lambda p: p.noise**2),
    ),
)
