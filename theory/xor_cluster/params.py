"""The parameters of the XOR cluster model, their scales, and what the paper assumes of them."""

import math
import warnings
from typing import Annotated, Any, Literal

from theory import (
    Because, Doc, Ge, Le, Logarithmic, Lt, ParameterError, Scalar, Static, Whole, own_checks,
    parameters, sqrt,
)  # fmt: skip

__all__ = ["REF_P", "REF_T", "Params", "assumption_constants", "from_scales", "window_end"]

SETTING = "xor_cluster"
Size = Annotated[Scalar, Ge(1), Le(1e18)]  # points, neurons or coordinates, as a real number
Signal = Annotated[Scalar, Ge(1e-6), Le(1e13)]  # ‖mu‖^2
Noise = Annotated[Scalar, Ge(0), Lt(0.5)]  # probability that a label is flipped
Ratio = Annotated[Scalar, Ge(0), Le(1e24)]  # rho, P or kappa
Real = Annotated[Scalar, Ge(-1e50), Le(1e50)]
Amount = Annotated[Scalar, Ge(0), Le(1e50)]
Unit = Annotated[Scalar, Ge(0), Le(1)]  # an accuracy or a step size
Count = Annotated[Scalar, Ge(0), Le(1e6), Whole, Static]  # of points; sets an array's size
Step = Annotated[Any, Ge(1), Whole, Static]
AnyStep = Annotated[Any, Ge(0), Le(10**5), Whole, Static]
Time = Annotated[Scalar, Ge(1), Le(1e18)]
Late = Annotated[Scalar, Ge(3), Le(1e18)]  # from here on the table of limit H repeats itself


@parameters(SETTING)
class Params:
    """Parameters of the data, the network, and full-batch gradient descent."""

    n: Annotated[int, Ge(1), Le(10**6), Static, Doc("training points")] = 200
    p: Annotated[int, Ge(2), Le(10**15), Static,
        Doc("input dimension (an array's size in direct sampling)")] = 40_000  # fmt: skip
    squared_norm: Annotated[float, Ge(1e-6), Le(1e13), Logarithmic,
        Because("the cluster means must not vanish, or there is nothing to learn"),
        Doc("squared norm of each cluster mean")] = 1250.0  # fmt: skip
    m: Annotated[int, Ge(1), Le(10**6), Static, Doc("neurons")] = 1000
    eta: Annotated[float, Ge(0), Lt(0.5), Doc("probability that a training label is flipped"),
        Because("label noise must be below 1/2")] = 0.05  # fmt: skip
    alpha: Annotated[float, Ge(1e-40), Le(1), Logarithmic, Doc("step size"),
        Because("gradient descent needs a positive step")] = 1e-12  # fmt: skip
    omega: Annotated[float, Ge(1e-60), Le(1e6), Logarithmic,
        Because("with zero initial weights no neuron is active and gradient descent never moves;"
                " sampling='limit' is the limit omega/alpha -> 0"),
        Doc("standard deviation of the initial weights")] = 1e-15  # fmt: skip
    steps: Annotated[int, Ge(0), Le(10**5), Static, Doc("steps of gradient descent"),
        Because("time is a whole number of steps, counted from 0")] = 10  # fmt: skip
    test_points: Annotated[int, Ge(1), Le(10**5), Static,
        Doc("clean test points in each of the four clusters")] = 50  # fmt: skip
    sampling: Annotated[Literal["reduced", "direct", "limit"],
        Doc("exact-in-law n+2 coordinates, all p coordinates, or limit H (big first step)"),
    ] = "reduced"  # fmt: skip
    step_factor: Annotated[float, Ge(1), Le(2),
        Doc("multiplies alpha: 1 is the stated update, 2 reproduces the published curves"),
    ] = 1.0  # fmt: skip
    kappa: Annotated[float, Ge(0), Lt(0.5),
        Because("past 1/2 the threshold n^(1/2-kappa) is below one training point"),
        Doc("exponent of the alignment threshold n^(1/2-kappa)")] = 0.0  # fmt: skip
    epsilon: Annotated[float, Ge(1e-9), Le(0.25), Logarithmic,
        Doc("the paper's small exponent; past 10^-3/4 only a warning")] = 2e-4  # fmt: skip

    def check(self: Any) -> None:
        """Reduced sampling needs p >= n + 2; an epsilon outside the paper's range warns."""
        if self.sampling != "direct" and self.p < self.n + 2:
            range_text = f"[n + 2, 1e+15] = [{self.n + 2}, 1e+15]"
            why = "reduced sampling needs p >= n+2; use sampling='direct'"
            raise self.refuse("p", f"is outside {range_text}: {why}")
        if self.epsilon >= 2.5e-4:
            said = f"{SETTING}: epsilon = {self.epsilon} is outside the paper's (0, 0.00025)"
            warnings.warn(said, stacklevel=4)

    @property
    def M2(self) -> Any:
        """‖mu‖^2, the paper's squared signal."""
        return self.squared_norm

    @property
    def rho(self) -> Any:
        """M2/sqrt(p): signal-to-noise of the inner product of one pair of points."""
        return self.squared_norm / sqrt(self.p)

    @property
    def P(self) -> Any:
        """p/M2: the push of a point on itself over that of another point of its cluster."""
        return self.p / self.squared_norm

    @property
    def rate(self) -> Any:
        """The step that is taken, step_factor * alpha."""
        return self.step_factor * self.alpha


REF_T: Any = Params(n=100, p=10**12, squared_norm=5e7, alpha=5e-15, omega=1e-26, steps=10)
"""Meets (A1)-(A6) with C = 2; the window of the theorem is t = 1..10."""
REF_P: Any = Params()
"""The paper's experiments (Figures 1 left, 2, 3); alpha = 1e-16 gives Figures 1 right and 4."""


@own_checks("Params refuse what does not fit")
def from_scales(n: int, rho: float, P: float, **others: Any) -> Any:
    """Params from the signal-to-noise rho = M2/sqrt(p) and P = p/M2, so that p = (rho P)^2."""
    for name, value in {"rho": rho, "P": P}.items():
        if not 0 < value < math.inf:
            raise ParameterError(f"{SETTING}: from_scales: {name} = {value} is outside (0, inf)")
    p = round((rho * P) ** 2)
    return Params(n=n, p=p, squared_norm=p / P, **others)


NETWORK: Any = Params(n=16, p=40, squared_norm=12.0, m=16, eta=0.1, alpha=0.3, omega=0.05, steps=8,
                      test_points=250, sampling="direct")  # fmt: skip
"""A small dense network, far from flat: alpha p/n = 0.75."""
NEURONS: Any = Params(n=400, p=10**8, squared_norm=1e4, m=100, steps=2, sampling="limit")
"""rho = 1, where one-step accuracies are spread over (0, 1); 100 neurons."""
COUNTS: Any = Params(n=1000, p=10**9, squared_norm=1e4, steps=2, sampling="limit")
TABLE = from_scales(100, 300.0, 1e5, m=100, eta=0.1, steps=5, sampling="limit")
GROWTH = from_scales(200, 300.0, 1e5, m=60, eta=0.1, steps=5, test_points=1, sampling="limit")


def window_end(params: Any) -> float:
    """1/(sqrt(n) p alpha) - 2, the last step that Theorem 3.1 speaks of."""
    return 1 / (math.sqrt(params.n) * params.p * params.rate) - 2


def assumption_constants(params: Any) -> dict[str, float]:
    """The largest C with which each assumption (A1)-(A6) holds; (A5) has none and needs >= 1.

    A1: M2 >= C n^0.51 sqrt(p). A2: p >= C n^2 M2. A3: eta <= 1/C. A4: alpha <= 1/(C n p).
    A5: omega n m^(3/2) p <= alpha M2. A6: m >= C n^0.02. Warns when ``steps`` is past
    :func:`window_end`.
    """
    n, p, M2, m = params.n, params.p, params.M2, params.m
    end = window_end(params)
    if params.steps > end:
        said = f"{SETTING}: steps = {params.steps} is past the theorem's window, which ends at"
        warnings.warn(f"{said} 1/(sqrt(n) p alpha) - 2 = {end:.4g}", stacklevel=2)
    return {
        "A1": M2 / (n**0.51 * math.sqrt(p)),
        "A2": p / (n**2 * M2),
        "A3": 1 / params.eta if params.eta > 0 else math.inf,
        "A4": 1 / (params.rate * n * p),
        "A5": params.rate * M2 / (params.omega * n * m**1.5 * p),
        "A6": m / n**0.02,
    }
