"""The numbers that the statements speak of."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Because, Doc, Ge, Le, Logarithmic, Row, Scalar, Static, Whole, parameters

SETTING = "self_distillation"
POSITIVE = Because("the penalty is positive: at 0 every round returns its teacher")
Square = Annotated[Scalar, Ge(1e-12), Le(1e12)]
Ridge = Annotated[Scalar, Ge(1e-12), Le(1e12), POSITIVE]
Rounds = Annotated[Scalar, Ge(0), Le(1e6), Whole]
Noise = Annotated[Scalar, Ge(1e-6), Le(1e6)]
Points = Annotated[Scalar, Ge(1), Le(1e12)]
Squares = Annotated[Any, Ge(1e-12), Le(1e12), Row]
Signals = Annotated[Any, Ge(0), Le(1e12), Row]
SOME = {
    "squares": [4.0, 2.0, 0.5],
    "signals": [1.0, 0.5, 2.0],
    "eigenvalues": [8.0, 4.0, 1.0],
    "targets": [1.0, -2.0, 1.5],
    "eps": 0.5,
    "coefficients": [0.5, -0.2, 0.7],
    "ridge": 1.0,
    "sigma": 0.5,
    "points": 20.0,
    "t": 2,
    "rounds": 2,
}


@parameters(SETTING)
class Params:
    """A design of given singular values, its labels, the rounds, and what comes after them.

    s_i^2 = top i^-decay, beta_i^2 = signal i^-slope on the right singular vectors.
    """

    n: Annotated[int, Ge(1), Le(10**6), Static, Doc("points")] = 20
    d: Annotated[int, Ge(1), Le(10**6), Static, Doc("dimension")] = 12
    rank: Annotated[int, Ge(1), Le(10**6), Static, Doc("r, positive singular values")] = 3
    rounds: Annotated[int, Ge(2), Le(1000), Static, Doc("rounds that are run")] = 11
    t: Annotated[int, Ge(0), Le(10**6), Doc("the round spoken of; 0 is no distillation")] = 1
    top: Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("s_1^2")] = 4.0
    decay: Annotated[float, Ge(0), Le(4), Doc("s_i^2 = top i^-decay")] = 1.0
    ridge: Annotated[
        float, Ge(1e-6), Le(1e6), Logarithmic, POSITIVE, Doc("lambda; n lambda for random rows")
    ] = 1.0
    signal: Annotated[float, Ge(0), Le(1e3), Doc("beta_1^2; |w* - w_init|^2 for random rows")] = 1.0
    slope: Annotated[float, Ge(-4), Le(4), Doc("beta_i^2 = signal i^-slope")] = 0.0
    sigma: Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("the labels' noise")] = 0.5
    tau: Annotated[float, Ge(0), Le(2), Doc("time of fine-tuning")] = 0.5
    a: Annotated[float, Ge(-100), Le(100), Doc("a residual of the first task")] = 1.0
    other: Annotated[float, Ge(-100), Le(100), Doc("a', the residual of the next task")] = -1.0
    truth: Annotated[float, Ge(0.01), Le(1), Doc("alpha, constant weight of the labels")] = 0.3
    xi1: Annotated[float, Ge(-1e3), Le(1e3), Doc("the teacher's weight in mixed round 1")] = 0.0
    xi2: Annotated[float, Ge(-1e3), Le(1e3), Doc("in mixed round 2")] = 0.0
    xi3: Annotated[float, Ge(-1e3), Le(1e3), Doc("in mixed round 3")] = 0.0
    modes: Annotated[int, Ge(2), Le(1000), Static, Doc("eigenvalues of the Gram matrix")] = 12
    kappa: Annotated[float, Ge(1), Le(1e9), Logarithmic, Doc("largest over smallest")] = 1e3
    rho: Annotated[float, Ge(1.01), Le(6), Doc("|z_0|/sqrt eps")] = 4.2

    def check(self: Any):
        """A rank that the shape allows."""
        if self.rank > min(self.n, self.d):
            raise self.refuse("rank", f"is above n = {self.n} or d = {self.d}")

    @property
    def squares(self):
        """s_i^2."""
        return self.top * jnp.arange(1, self.rank + 1) ** -jnp.asarray(self.decay, float)

    @property
    def signals(self):
        """beta_i^2."""
        return self.signal * jnp.arange(1, self.rank + 1) ** -jnp.asarray(self.slope, float)

    @property
    def gamma(self):
        """d/n."""
        return self.d / self.n
