"""Two Gaussian classes seen in a plane, samples of them, and what is asked of their rules."""

from typing import Annotated, Any

from theory import Doc, Ge, Le, Logarithmic, Static, parameters


@parameters("boundary_tilting")
class Params:
    """Distance of the classes, covariance in the plane (b, u), sample sizes, ridge and budget."""

    distance: Annotated[float, Ge(0.1), Le(20), Doc("D = |j - i|, of the class means")] = 2.0
    bb: Annotated[float, Ge(1e-12), Le(1e9), Doc("b'Sigma b")] = 1.0
    bu: Annotated[float, Ge(-1e9), Le(1e9), Doc("b'Sigma u")] = -0.6
    uu: Annotated[float, Ge(1e-12), Le(1e9), Logarithmic, Doc("u'Sigma u")] = 0.5
    tilt: Annotated[float, Ge(-1e6), Le(1e6), Doc("t = tan(delta)")] = 0.5
    slack: Annotated[float, Ge(0), Le(100), Doc("k, allowed inflation of the variance")] = 0.1
    budget: Annotated[float, Ge(0), Le(10), Doc("eps, l2 budget of the attack")] = 0.2
    p: Annotated[int, Ge(2), Le(2000), Static, Doc("dimensions")] = 20
    n: Annotated[int, Ge(2), Le(2000), Static, Doc("points of each class")] = 30
    ridge: Annotated[float, Ge(0), Le(1e9), Doc("lambda of |w|^2")] = 0.0

    def check(self: Any):
        """Sigma is positive definite; some linear rule withstands the attack."""
        if self.bu**2 >= self.bb * self.uu:
            raise self.refuse("bu", "is not inside +-sqrt(bb uu): Sigma is not positive definite")
        if self.budget >= self.distance / 2:
            raise self.refuse("budget", "is D/2 or more: no linear classifier has robust error"
                              " below 1/2")  # fmt: skip

    @property
    def nu(self):
        """Degrees of freedom of the pooled covariance."""
        return 2 * self.n - 2
