"""Ordinary least squares on a Gaussian design: how far training error flatters.

x ~ N(0, I_d), y = <w, x> + s N(0, 1), n > d points, no ridge. The training residuals are
a chi-square with n - d degrees of freedom: E[training error] = s^2 (1 - d/n).
"""

from typing import Annotated

from theory import Claims, Doc, Domain, Ge, Le, Paper, Static, Twin, parameters

PAPER = Paper("Textbook", "C. F. Gauss", "1823", "none")


@parameters("least_squares")
class Params:
    """Sizes and noise."""

    n: Annotated[int, Ge(2), Le(10_000), Static, Doc("training points")] = 40
    d: Annotated[int, Ge(1), Le(1_000), Static, Doc("dimension, below n")] = 10
    noise: Annotated[float, Ge(0.01), Le(10), Doc("s, standard deviation of the noise")] = 0.5

    def check(self):
        """d is below n."""
        if self.d >= self.n:
            raise self.refuse("d", f"is not below n = {self.n}")


claim = Claims()


@claim.equals(
    "training_error",
    at=(Params(), Params(n=80, d=60)),
    relative=0.05,
    variance=lambda p: 2 * p.noise**4 * (p.n - p.d) / p.n**2,  # of the chi-square
    trials=4096,
    twin=Twin("training error is the noise floor", fitted=0),
    known=((Params(), ".1875"),),
)
def training_error_mean(p, *, fitted=1):
    """E[training error] = s^2 (1 - d/n).

    derived: chi-square with n - d degrees of freedom
    """
    return p.noise**2 * (p.n - fitted * p.d) / p.n


@claim.identity(
    lambda p: p.noise**2,
    over=Domain.of(Params, n=(100, 10_000), d=(1, 99)),
    twin=Twin("the optimism is counted twice", times=2),
)
def optimism_closes_the_gap(p, *, times=1):
    """Training error + s^2 d/n = s^2."""
    return training_error_mean(p) + times * p.noise**2 * p.d / p.n
