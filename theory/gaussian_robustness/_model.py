"""Parameters, means and shapes of the two-class model.

All classes are of the setting ``gaussian_robustness``: :class:`Params` is the whole d-dimensional
model in a few numbers, :class:`Model` the same with mu and Sigma as arrays, :class:`Margins` the
three numbers to which the Gaussian theory reduces, and :class:`HeavyTail` the one margin to which
the stable theory reduces.
"""

import warnings
from typing import Annotated, Any, Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Shaped

from theory import (
    ArrayOf,
    Because,
    Doc,
    Ge,
    Gt,
    Le,
    Logarithmic,
    Lt,
    Scalar,
    Static,
    parameters,
    rational,
    sqrt,
)
from theory._formula import evaluator_of
from theory.gaussian_robustness._shapes import SETTING, checked_shape

Norm = Literal["l1", "l2", "linf"]

R_RANGE = Because("R is majority over minority and must be >= 1; swap the labels")

# The domains of formulas' arguments; their fourth powers stay within float64
Real = Annotated[Scalar, Ge(-1e70), Le(1e70)]
Ratio = Annotated[Scalar, Ge(1), Le(1e70)]
Radius = Annotated[Scalar, Ge(0), Le(1e70)]
Margin = Annotated[Scalar, Ge(1e-70), Le(1e70)]
Vector = Annotated[Shaped[Any, " d"], Ge(-1e70), Le(1e70)]
Positives = Annotated[Shaped[Any, " d"], Ge(1e-70), Le(1e70)]
Matrix = Annotated[Shaped[Any, "d d2"], Ge(-1e140), Le(1e140)]

_Eps = Annotated[
    float, Ge(0), Le(1e3), Because("attack radius must be non-negative"), Doc("attack radius")
]
_R = Annotated[float, Ge(1), Le(1e9), Logarithmic, R_RANGE, Doc("imbalance ratio")]
_Noise = Annotated[
    Literal["gaussian", "independent", "elliptical"],
    Doc("normal; stable with independent coordinates; stable with elliptical contours"),
]
_Alpha = Annotated[
    float, Ge(0.3), Le(2),
    Because("a stable law has 0 < alpha <= 2, and its law is computed from 0.3 up"),
    Doc("stable index"),
]  # fmt: skip
_NMajority = Annotated[int, Ge(1), Le(10**7), Static, Doc("majority training points")]
_NMinority = Annotated[int, Ge(1), Le(10**7), Static, Doc("minority training points")]
_N = Annotated[int, Ge(1), Le(10**7), Static, Doc("training points of logistic regression")]
_Rho = Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("logistic weight of the minority")]
_Points = Annotated[int, Ge(1), Le(10**6), Static, Doc("test points per class and trial")]


def _check_noise(params: Any) -> None:
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
    mu_low: Annotated[float, Ge(-100), Le(100), Doc("first coordinate of mu")] = 0.05
    mu_high: Annotated[float, Ge(-100), Le(100), Doc("last coordinate of mu")] = 0.40
    sigma_low: Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("first scale")] = 1.0
    sigma_high: Annotated[float, Ge(1e-3), Le(1e3), Logarithmic, Doc("last scale")] = 1.0
    covariance: Annotated[Literal["diagonal", "ar1"], Doc("shape of Sigma")] = "diagonal"
    correlation: Annotated[
        float,
        Gt(-1),
        Lt(1),
        Because("Sigma is positive definite only inside (-1, 1)"),
        Doc("neighbours' correlation, for ar1"),
    ] = 0.0
    p: Annotated[Norm, Doc("norm of the attack")] = "linf"
    eps: _Eps = 0.10
    R: _R = 5.0
    noise: _Noise = "gaussian"
    alpha: _Alpha = 1.5
    beta: Annotated[
        float, Ge(0), Le(0), Because("only symmetric noise is supported"), Doc("skewness")
    ] = 0.0
    n_majority: _NMajority = 300
    n_minority: _NMinority = 60
    n: _N = 1000
    rho: _Rho = 1.0
    points: _Points = 200

    def check(self: Any) -> None:
        """Relations between fields."""
        mean_ends = (self.mu_low, self.mu_high) if self.d > 1 else (self.mu_low,)
        if not any(mean_ends):
            raise self.refuse("mu_low", "with mu_high = 0 makes the classes coincide: mu = 0")
        _check_noise(self)


def _a_mean(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=6) + 0.1


def _a_covariance(rng: np.random.Generator) -> np.ndarray:
    factor = rng.normal(size=(6, 6))
    return factor @ factor.T / 6 + 0.2 * np.eye(6)


@parameters(SETTING)
class Model:
    """The model of :class:`Params` with arrays of one's own: any mu, any Sigma.

    Goes wherever Params go: ``standard_rule(Model(mu, Sigma))``, ``accuracies``, ``simulate``.
    Sigma, the covariance (Gaussian) or shape matrix (stable noise), is positive definite, (d, d),
    or the vector of its diagonal sigma_j^2 (independent stable noise needs that).
    """

    mu: Annotated[np.ndarray, ArrayOf(_a_mean), Ge(-1e6), Le(1e6), Doc("mu, (d,)")]
    Sigma: Annotated[
        np.ndarray, ArrayOf(_a_covariance, (1, 2)), Ge(-1e12), Le(1e12),
        Doc("Sigma, (d, d), or its diagonal, (d,)"),
    ]  # fmt: skip
    p: Annotated[Norm, Doc("norm of the attack")] = "linf"
    eps: _Eps = 0.10
    R: _R = 5.0
    noise: _Noise = "gaussian"
    alpha: _Alpha = 1.5
    n_majority: _NMajority = 300
    n_minority: _NMinority = 60
    n: _N = 1000
    rho: _Rho = 1.0
    points: _Points = 200

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
        checked_shape(self.mu, self.Sigma)
        _check_noise(self)


@parameters(SETTING)
class Margins:
    """The Gaussian theory's numbers: s_r <= k <= s, and R.

    s: margin of the standard rule; s_r: robust margin of the robust direction; k: its natural
    margin.
    """

    s: Annotated[float, Gt(0), Le(50), Doc("standard margin")]
    k: Annotated[float, Gt(0), Le(50), Doc("natural margin of the robust direction")]
    s_r: Annotated[float, Gt(0), Le(50), Doc("robust margin")]
    R: Annotated[float, Ge(1), Le(1e12), Logarithmic, R_RANGE, Doc("imbalance ratio")]

    def check(self: Any) -> None:
        """The order of the three margins."""
        if not self.k <= self.s:
            raise self.refuse("k", f"exceeds s = {self.s!r}; margins are ordered s_r <= k <= s")
        if not self.s_r <= self.k:
            raise self.refuse("s_r", f"exceeds k = {self.k!r}; margins are ordered s_r <= k <= s")


@parameters(SETTING)
class HeavyTail:
    """The stable theory's numbers: margin m, ratio R, index alpha, and a second margin m_robust."""

    m: Annotated[float, Gt(0), Le(1e6), Doc("margin")]
    R: Annotated[float, Ge(1), Le(1e12), Logarithmic, R_RANGE, Doc("imbalance ratio")]
    alpha: Annotated[float, Ge(0.3), Lt(2), Doc("stable index")] = 1.0
    m_robust: Annotated[float, Gt(0), Le(1e6), Doc("margin after the attack")] = 1.0


# --------------------------------------------------------------------------------------------
# Arrays from the params


def ramp(low: Scalar, high: Scalar, d: int) -> Any:
    """(low + (high - low) j/(d-1))_{j<d}: a JAX array, or an object array of exact values."""
    fractions = [0] if d == 1 else [rational(j, d - 1) for j in range(d)]
    if evaluator_of(low, high) in ("jax", None):
        return low + (high - low) * jnp.asarray([float(f) for f in fractions])
    return np.array([low + (high - low) * f for f in fractions], dtype=object)


def _given(values: Any) -> Any:
    exact = isinstance(values, np.ndarray) and values.dtype == np.dtype(object)
    return values if exact else jnp.asarray(values, float)


def mean(params: Any) -> Any:
    """mu, half the difference of the class means: (d,), of the params' evaluator."""
    if isinstance(params, Model):
        return _given(params.mu)
    return ramp(params.mu_low, params.mu_high, params.d)


def scales(params: Any) -> Any:
    """(sigma_j): standard deviations (Gaussian) or scale parameters (stable); (d,)."""
    if isinstance(params, Model):
        Sigma = _given(params.Sigma)
        return sqrt(Sigma if Sigma.ndim == 1 else Sigma.diagonal())
    return ramp(params.sigma_low, params.sigma_high, params.d)


def covariance_matrix(params: Any) -> Float[Array, "d d"]:
    """Sigma, the covariance (Gaussian) or shape matrix (elliptical)."""
    if isinstance(params, Model) and params.covariance == "full":
        return _given(params.Sigma)
    sigma = scales(params)
    if params.covariance == "diagonal":
        return jnp.diag(sigma**2)
    lag = jnp.abs(jnp.arange(params.d)[:, None] - jnp.arange(params.d)[None, :])
    return sigma[:, None] * sigma[None, :] * jnp.asarray(params.correlation) ** lag
