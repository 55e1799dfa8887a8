"""The numbers that the statements speak of."""

from typing import Annotated, Any, Literal

from theory import Doc, Ge, Le, Logarithmic, Scalar, Static, parameters

SETTING = "inductive_bias"
Error = Annotated[Scalar, Ge(0), Le(1e50)]
Positive = Annotated[Scalar, Ge(1e-50), Le(1e50)]
Degrees = Annotated[Scalar, Ge(1), Le(1e6)]
Shift = Annotated[Scalar, Ge(0), Le(1e6)]
DEPTHS, HARMONICS, SPHERES = 256, 16, 64  # hidden layers, degrees and dimensions that were tried
KERNELS = ("nngp", "ntk")


@parameters(SETTING)
class Params:
    """The linear space (d to missed), one of functions (inputs to classes), Gaussian ones."""

    eps: Annotated[float, Ge(1e-30), Le(1e3), Logarithmic, Doc("target error")] = 2.0
    d: Annotated[int, Ge(1), Le(10**5), Static, Doc("dimension")] = 12
    n: Annotated[int, Ge(0), Le(10**5), Static, Doc("training examples")] = 5
    tau: Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("prior's standard deviation")] = 0.6
    norm: Annotated[float, Ge(0), Le(1e3), Doc("|theta*|, the teacher's norm")] = 2.0
    missed: Annotated[float, Ge(0), Le(1), Doc("share of |theta*|^2 off the data's span")] = 0.6
    inputs: Annotated[int, Ge(2), Le(10**6), Static, Doc("N, points of a finite space")] = 32
    known: Annotated[int, Ge(0), Le(10**6), Static, Doc("of these, in the training set")] = 12
    classes: Annotated[int, Ge(2), Le(1000), Static, Doc("values of a function")] = 2
    r: Annotated[int, Ge(1), Le(1000), Static, Doc("rank of the residual's covariance")] = 8
    decay: Annotated[float, Ge(0), Le(4), Doc("eigenvalues j^-decay, j = 1 .. r")] = 1.0
    shift: Annotated[float, Ge(0), Le(10), Doc("mean residual/its standard deviation")] = 0.5
    length: Annotated[float, Ge(0.3), Le(3), Doc("length scale of the RBF kernel")] = 1.0
    depth: Annotated[int, Ge(1), Le(DEPTHS), Static, Doc("hidden ReLU layers of a kernel")] = 3
    degree: Annotated[int, Ge(0), Le(HARMONICS), Static, Doc("of a teacher on the sphere")] = 1
    kernel: Annotated[Literal["nngp", "ntk"], Doc("on the sphere S^(d-1)")] = "nngp"
    draws: Annotated[int, Ge(3), Le(10**5), Static, Doc("S, hypotheses of a fit")] = 400

    def check(self: Any):
        """Something is left to be learnt."""
        if self.n >= self.d:
            raise self.refuse("n", f"is not below d = {self.d}: the error is known")
        if self.known >= self.inputs:
            raise self.refuse("known", f"is not below inputs = {self.inputs}: the error is 0")

    @property
    def free(self):
        """k = d - n, dimensions that the data leave free."""
        return self.d - self.n

    @property
    def off(self):
        """|P theta*|^2."""
        return self.missed * self.norm**2
