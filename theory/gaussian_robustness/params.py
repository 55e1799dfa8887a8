"""Parameters, means and shapes of the two-class model, and the numbers to which it reduces."""

import functools
import warnings
from collections.abc import Callable
from typing import Annotated, Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float, Shaped

from theory import (
    ArrayOf, Because, Doc, Ge, Gt, Le, Logarithmic, Lt, ParameterError, Scalar, Single, Static,
    closed_form, evaluator_of, parameters, positive_definite, rational, sqrt,
)  # fmt: skip

__all__ = [
    "HeavyTail", "Margins", "Model", "Params", "covariance_matrix", "mean", "precision_times",
    "scales",
]  # fmt: skip

SETTING = "gaussian_robustness"
Norm = Literal["l1", "l2", "linf"]


def one_program(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a search over numbers: entry by entry over arrays, compiled as a whole."""
    program = jax.jit(jnp.vectorize(function))

    @functools.wraps(function)
    def run(*args: Any) -> Any:
        return program(*(jnp.asarray(value, float) for value in args))

    return run


# The domains of formulas' arguments; their fourth powers stay within float64
Real = Annotated[Scalar, Ge(-1e70), Le(1e70)]
Ratio = Annotated[Scalar, Ge(1), Le(1e70)]
Radius = Annotated[Scalar, Ge(0), Le(1e70)]
OneRadius = Annotated[Radius, Single]
OneRatio = Annotated[Ratio, Single]
Margin = Annotated[Scalar, Ge(1e-70), Le(1e70)]
Index = Annotated[Scalar, Ge(0.3), Le(2)]
Vector = Annotated[Shaped[Any, " d"], Ge(-1e70), Le(1e70)]
Positives = Annotated[Shaped[Any, " d"], Ge(1e-70), Le(1e70)]
Matrix = Annotated[Shaped[Any, "d d2"], Ge(-1e140), Le(1e140)]

# The fields of the classes below
SWAP = Because("R is majority over minority and must be >= 1; swap the labels")
INSIDE = Because("Sigma is positive definite only inside (-1, 1)")
NOT_NEGATIVE = Because("attack radius must be non-negative")
STABLE = Because("a stable law has 0 < alpha <= 2, and its law is computed from 0.3 up")
SYMMETRIC = Because("only symmetric noise is supported")
Imbalance = Annotated[float, Ge(1), Le(1e9), Logarithmic, SWAP, Doc("imbalance ratio")]
WideImbalance = Annotated[float, Ge(1), Le(1e12), Logarithmic, SWAP, Doc("imbalance ratio")]
Eps = Annotated[float, Ge(0), Le(1e3), NOT_NEGATIVE, Doc("attack radius")]
P = Annotated[Norm, Doc("norm of the attack")]
Noise = Annotated[
    Literal["gaussian", "independent", "elliptical"],
    Doc("normal; stable with independent coordinates; stable with elliptical contours"),
]
Alpha = Annotated[float, Ge(0.3), Le(2), STABLE, Doc("stable index")]
NMajority = Annotated[int, Ge(1), Le(10**7), Static, Doc("majority training points")]
NMinority = Annotated[int, Ge(1), Le(10**7), Static, Doc("minority training points")]
N = Annotated[int, Ge(1), Le(10**7), Static, Doc("training points of logistic regression")]
Rho = Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("logistic weight of the minority")]
Points = Annotated[int, Ge(1), Le(10**6), Static, Doc("test points per class and trial")]
Coordinate = Annotated[float, Ge(-100), Le(100)]
Scale = Annotated[float, Ge(1e-3), Le(1e3), Logarithmic]
PositiveMargin = Annotated[float, Gt(0), Le(50)]
TailMargin = Annotated[float, Gt(0), Le(1e6)]


def check_noise(params: Any) -> None:
    """What the noise asks of the other fields."""
    if params.noise == "independent" and params.covariance != "diagonal":
        field = "Sigma" if isinstance(params, Model) else "covariance"
        raise params.refuse(field, "is not diagonal, but the coordinates are independent")
    if params.noise != "gaussian" and params.alpha == 2:
        warnings.warn(
            f"{SETTING}: alpha = 2 with noise = {params.noise!r}: the standard stable law has"
            " variance 2 there; use noise = 'gaussian' or scale sigma by 1/sqrt(2)",
            stacklevel=5,
        )


@parameters(SETTING)
class Params:
    """Two classes y = +-1 at y mu, common shape, prior odds R, attack of radius eps in l_p.

    mu and the scales are ramps: mu_j = mu_low + (mu_high - mu_low) j/(d-1), j = 0..d-1, likewise
    sigma_j. ``covariance="ar1"`` gives Sigma_ij = sigma_i sigma_j correlation^|i-j|. For any other
    mu and Sigma: :class:`Model`.
    """

    d: Annotated[int, Ge(1), Le(4096), Static, Doc("dimension")] = 100
    mu_low: Annotated[Coordinate, Doc("first coordinate of mu")] = 0.05
    mu_high: Annotated[Coordinate, Doc("last coordinate of mu")] = 0.40
    sigma_low: Annotated[Scale, Doc("first scale")] = 1.0
    sigma_high: Annotated[Scale, Doc("last scale")] = 1.0
    covariance: Annotated[Literal["diagonal", "ar1"], Doc("shape of Sigma")] = "diagonal"
    correlation: Annotated[
        float, Gt(-1), Lt(1), INSIDE, Doc("neighbours' correlation, for ar1")
    ] = 0.0
    p: P = "linf"
    eps: Eps = 0.10
    R: Imbalance = 5.0
    noise: Noise = "gaussian"
    alpha: Alpha = 1.5
    beta: Annotated[float, Ge(0), Le(0), SYMMETRIC, Doc("skewness")] = 0.0
    n_majority: NMajority = 300
    n_minority: NMinority = 60
    n: N = 1000
    rho: Rho = 1.0
    points: Points = 200

    def check(self: Any) -> None:
        """mu is not 0, and the shape suits the noise."""
        if not (self.mu_low or (self.d > 1 and self.mu_high)):
            raise self.refuse("mu_low", "with mu_high = 0 makes the classes coincide: mu = 0")
        check_noise(self)


def some_mean(rng: np.random.Generator) -> np.ndarray:
    """An example of mu."""
    return rng.normal(size=6) + 0.1


ANY_MEAN = ArrayOf(some_mean)
ANY_SHAPE = ArrayOf(lambda rng: np.asarray(positive_definite(rng.normal(size=(6, 6)))), (1, 2))
EITHER = Doc("Sigma, (d, d), or its diagonal, (d,)")


@parameters(SETTING)
class Model:
    """The model of :class:`Params` with arrays of one's own: any mu, any Sigma.

    Goes wherever Params go: ``standard_rule(Model(mu, Sigma))``, ``accuracies``, ``simulate``.
    Sigma, the covariance (Gaussian) or shape matrix (stable noise), is positive definite, (d, d),
    or the vector of its diagonal sigma_j^2 (independent stable noise needs that).
    """

    mu: Annotated[np.ndarray, ANY_MEAN, Ge(-1e6), Le(1e6), Doc("mu, (d,)")]
    Sigma: Annotated[np.ndarray, ANY_SHAPE, Ge(-1e12), Le(1e12), EITHER]
    p: P = "linf"
    eps: Eps = 0.10
    R: Imbalance = 5.0
    noise: Noise = "gaussian"
    alpha: Alpha = 1.5
    n_majority: NMajority = 300
    n_minority: NMinority = 60
    n: N = 1000
    rho: Rho = 1.0
    points: Points = 200

    @property
    def d(self) -> int:
        """The dimension."""
        return np.shape(self.mu)[0]

    @property
    def covariance(self) -> str:
        """``"diagonal"`` if Sigma is given by its diagonal, else ``"full"``."""
        return "diagonal" if np.ndim(self.Sigma) == 1 else "full"

    def check(self: Any) -> None:
        """mu is not 0, Sigma fits it and is positive definite, and suits the noise."""
        check_shape(self.mu, self.Sigma)
        check_noise(self)


def check_shape(mu: Any, covariance: Any) -> None:
    """Raises ParameterError unless mu is a nonzero vector and Sigma is positive definite.

    Sigma is a matrix, or the vector of its diagonal. Looks at concrete arrays only; tracers pass,
    and so does NaN, which the result will show.
    """
    if isinstance(mu, Tracer) or isinstance(covariance, Tracer):
        return
    symmetric_to = 1e-6 if getattr(covariance, "dtype", None) == np.float32 else 1e-12
    mu, Sigma = np.asarray(mu, float), np.asarray(covariance, float)
    full, d = Sigma.ndim == 2, mu.size
    if mu.ndim != 1 or np.any(np.isinf(mu)) or not np.any(mu):
        wrong = f"mu = {mu!r} must be a finite nonzero vector: the classes coincide"
    elif Sigma.shape not in ((d,), (d, d)):
        allowed = f"{(d, d)}, or {(d,)} for its diagonal"
        wrong = f"covariance has shape {Sigma.shape}, allowed is {allowed}"
    elif np.any(np.isnan(Sigma)):
        return
    elif full and not np.allclose(Sigma, Sigma.T, rtol=symmetric_to, atol=0):
        wrong = f"covariance is not symmetric: {Sigma!r}"
    else:
        low = np.min(Sigma)
        if full:
            low = np.linalg.eigvalsh(Sigma)[0] if np.all(np.isfinite(Sigma)) else -np.inf
        if 0 < low < np.inf:
            return
        wrong = (
            f"covariance has smallest eigenvalue {low:g}, allowed is (0, inf): positive definite"
        )
    raise ParameterError(f"{SETTING}: {wrong}")


@parameters(SETTING)
class Margins:
    """The Gaussian theory's numbers: s_r <= k <= s, and R."""

    s: Annotated[PositiveMargin, Doc("standard margin")]
    k: Annotated[PositiveMargin, Doc("natural margin of the robust direction")]
    s_r: Annotated[PositiveMargin, Doc("robust margin")]
    R: WideImbalance

    def check(self: Any) -> None:
        """The order of the three margins."""
        if not self.k <= self.s:
            raise self.refuse("k", f"exceeds s = {self.s!r}; margins are ordered s_r <= k <= s")
        if not self.s_r <= self.k:
            raise self.refuse("s_r", f"exceeds k = {self.k!r}; margins are ordered s_r <= k <= s")


@parameters(SETTING)
class HeavyTail:
    """The stable theory's numbers: margin m, ratio R, index alpha, and a second margin m_robust."""

    m: Annotated[TailMargin, Doc("margin")]
    R: WideImbalance
    alpha: Annotated[float, Ge(0.3), Lt(2), Doc("stable index")] = 1.0
    m_robust: Annotated[TailMargin, Doc("margin after the attack")] = 1.0


def ramp(low: Scalar, high: Scalar, d: int) -> Any:
    """(low + (high - low) j/(d-1))_{j<d}: a JAX array, or an object array of exact values."""
    fractions = [0] if d == 1 else [rational(j, d - 1) for j in range(d)]
    if evaluator_of(low, high) in ("jax", None):
        return low + (high - low) * jnp.asarray([float(f) for f in fractions])
    return np.array([low + (high - low) * f for f in fractions], dtype=object)


def given(values: Any) -> Any:
    """An array of one's own, or one of exact values as it is."""
    exact = isinstance(values, np.ndarray) and values.dtype == np.dtype(object)
    return values if exact else jnp.asarray(values, float)


def ar1(sigma: Any, correlation: Scalar) -> Any:
    """Sigma_ij = sigma_i sigma_j correlation^|i-j|."""
    index = jnp.arange(sigma.shape[0])
    return sigma[:, None] * sigma * jnp.asarray(correlation) ** jnp.abs(index[:, None] - index)


def mean(params: Any) -> Any:
    """mu, half the difference of the class means: (d,), of the params' evaluator."""
    if isinstance(params, Model):
        return given(params.mu)
    return ramp(params.mu_low, params.mu_high, params.d)


def scales(params: Any) -> Any:
    """(sigma_j): standard deviations (Gaussian) or scale parameters (stable); (d,)."""
    if isinstance(params, Model):
        Sigma = given(params.Sigma)
        return sqrt(Sigma if Sigma.ndim == 1 else Sigma.diagonal())
    return ramp(params.sigma_low, params.sigma_high, params.d)


def covariance_matrix(params: Any) -> Float[Array, "d d"]:
    """Sigma, the covariance (Gaussian) or shape matrix (elliptical)."""
    if params.covariance == "diagonal":
        return jnp.diag(scales(params) ** 2)
    if isinstance(params, Model):
        return given(params.Sigma)
    return ar1(scales(params), params.correlation)


@closed_form(example={"params": Params(), "v": [1.0] * Params().d})
def precision_times(params: Any, v: Vector) -> Scalar:
    """Sigma^{-1} v."""
    if params.covariance == "diagonal":
        return v / scales(params) ** 2
    return jnp.linalg.solve(covariance_matrix(params), v)
