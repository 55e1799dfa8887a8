"""The numbers that the statements speak of."""

from typing import Annotated, Any, Literal

from theory import Because, Doc, Ge, Gt, Le, Logarithmic, Scalar, Static, parameters

SETTING = "catastrophic_overfitting"
SLOPE = Because("the first step follows the sign of b: the model starts from b > 0")
WIDTH = Because("half-width of the start noise in units of the ball's radius; 0 is FGSM itself")
Ratio = Annotated[Scalar, Ge(1e-6), Le(1e6)]  # q = c/b; squares of u = 1/sqrt(3 q) stay moderate
Width = Annotated[Scalar, Ge(1e-2), Le(100), WIDTH]
Speed = Annotated[Scalar, Ge(1e-4), Le(1e4)]
Moderate = Annotated[Scalar, Ge(0), Le(100)]
Weight = Annotated[Scalar, Ge(0), Le(100)]


@parameters(SETTING)
class Params:
    """A landscape (b to spread), the noise and penalty of training, and how long it runs."""

    b: Annotated[float, Gt(0), Le(100), SLOPE, Doc("slope of a nuisance coordinate")] = 1.0
    c: Annotated[float, Ge(0), Le(100), Doc("curvature: g(x) = b x - c x^3")] = 0.1
    margin: Annotated[float, Ge(-10), Le(10), Doc("mean margin M of the robust features")] = 2.0
    spread: Annotated[float, Ge(0), Le(10), Doc("its standard deviation over samples")] = 0.0
    n: Annotated[int, Ge(1), Le(10_000), Static, Doc("nuisance coordinates")] = 4
    k: Annotated[float, Ge(0), Le(100), WIDTH, Doc("start noise is uniform on [-k, k]")] = 0.0
    late: Annotated[float, Ge(0), Le(100), Doc("a second, larger curvature")] = 20.0
    kink: Annotated[float, Ge(0), Le(1), Doc("where a ReLU in place of the cubic bends")] = 0.5
    kappa: Annotated[float, Ge(1e-4), Le(1e4), Logarithmic, Doc("speed of c over that of b")] = 0.5
    a: Annotated[float, Ge(0), Le(10), Doc("robust feature: M learns with speed a^2")] = 0.6
    lam: Annotated[float, Ge(0), Le(100), Doc("AAER's lambda1 lambda2; 4 by default there")] = 0.0
    rate: Annotated[float, Gt(0), Le(1), Doc("mean size of a training step")] = 1e-3
    loss: Annotated[Literal["logistic", "linear"], Doc("training loss")] = "logistic"
    schedule: Annotated[
        Literal["constant", "proportional"], Doc("steps of size rate, or rate times b")
    ] = "constant"
    batch: Annotated[int, Ge(1), Le(10**5), Static, Doc("samples of a training step")] = 1
    steps: Annotated[int, Ge(1), Le(10**6), Static, Doc("training steps")] = 5000

    @property
    def q(self: Any):
        """The distortion c/b."""
        return self.c / self.b
