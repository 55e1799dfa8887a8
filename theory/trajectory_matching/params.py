"""The numbers that the statements speak of."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Row, Scalar, Static, Whole, parameters

SETTING = "trajectory_matching"
OVERSHOOT = Because("a step above 1/h_i overshoots; a direction with h_i = 0 never moves: drop it")
Speeds = Annotated[Any, Gt(0), Le(1), OVERSHOOT, Row]
Shares = Annotated[Any, Gt(0), Le(1), Row]
Variances = Annotated[Any, Gt(0), Le(1e50), Row]
Steps = Annotated[Scalar, Ge(1), Le(1e9), Whole]
Rate = Annotated[Scalar, Gt(0), Le(1e6)]
Square = Annotated[Scalar, Ge(0), Le(1e50)]
SOME = {
    "x": [0.8, 0.4, 0.1],
    "progress": [0.9, 0.5, 0.2],
    "variances": [1.0, 2.0, 0.5],
    "weights": [0.81, 0.5, 0.02],
    "steps": 3,
    "points": 1,
    "experts": 2,
}
NO_CLIP = 1e9


@parameters(SETTING)
class Params:
    """Spectra h_i = (speed/rate) i^-alpha and S_i = i^growth; the expert's and the student's run.

    The student's rate is the expert's: the size of its rows makes up for any other.
    """

    d: Annotated[int, Ge(2), Le(300_000), Static, Doc("dimension")] = 30
    alpha: Annotated[float, Ge(0), Le(4), Doc("decay of the curvatures h_i")] = 1.2
    growth: Annotated[float, Ge(-4), Le(8), Doc("S_i = i^growth, the starts' variances")] = 0.0
    speed: Annotated[float, Ge(1e-3), Le(1), OVERSHOOT, Doc("eta h_1")] = 0.8
    rate: Annotated[float, Ge(1e-4), Le(10), Logarithmic, Doc("eta")] = 0.4
    steps: Annotated[int, Ge(1), Le(10**6), Static, Doc("M, the expert's steps")] = 10
    start: Annotated[int, Ge(0), Le(10**6), Doc("t_0, the segment's first step")] = 0
    points: Annotated[int, Ge(1), Le(300_000), Doc("n_s, synthetic points")] = 5
    experts: Annotated[int, Ge(1), Le(300_000), Static, Doc("E, expert starts used")] = 5
    student_steps: Annotated[int, Ge(1), Le(1000), Static, Doc("N")] = 5
    rounds: Annotated[int, Ge(1), Le(10**6), Doc("J, the student's later segments")] = 3
    sigma: Annotated[float, Ge(0), Le(10), Doc("gradient noise of the expert")] = 0.0
    perturb: Annotated[float, Ge(0), Le(10), Doc("s^2, variance put on the student's start")] = 0.0
    clip: Annotated[float, Ge(1e-6), Le(1e9), Logarithmic, Doc("G, clipping norm")] = NO_CLIP
    penalty: Annotated[float, Ge(0), Le(10), Doc("mu, weight of a gradient penalty")] = 0.0

    def check(self: Any):
        """Neither more points nor more experts than directions."""
        for name in ("points", "experts"):
            if getattr(self, name) > self.d:
                raise self.refuse(name, f"is above the dimension d = {self.d}")

    @property
    def x(self):
        """eta h_i."""
        return self.speed * jnp.arange(1, self.d + 1) ** -jnp.asarray(self.alpha, float)

    @property
    def h(self):
        """The curvatures."""
        return self.x / self.rate

    @property
    def S(self):
        """The variances of the starts."""
        return jnp.arange(1, self.d + 1) ** jnp.asarray(self.growth, float)
