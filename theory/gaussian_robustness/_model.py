"""Parameters, means and shapes of the two-class model; norms and their duals.

Three parameter classes, all of the setting ``gaussian_robustness``: :class:`Params` is the whole
d-dimensional model, :class:`Margins` the three numbers to which the Gaussian theory reduces, and
:class:`HeavyTail` the one margin to which the stable theory reduces.
"""

import warnings
from typing import Annotated, Any, Literal

import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from theory import (
    ArrayOf,
    Because,
    Doc,
    Ge,
    Gt,
    Le,
    Logarithmic,
    Lt,
    ParameterError,
    Scalar,
    Static,
    parameters,
    rational,
)
from theory._formula import evaluator_of

SETTING = "gaussian_robustness"
Norm = Literal["l1", "l2", "linf"]

_R_RANGE = Because("R is majority over minority and must be >= 1; swap the labels")


@parameters(SETTING)
class Params:
    """Two classes y = +-1 at y mu, common shape, prior odds R, attack of radius eps in l_p.

    mu and the scales are ramps: mu_j = mu_low + (mu_high - mu_low) j/(d-1), j = 0..d-1, likewise
    sigma_j. ``covariance="ar1"`` gives Sigma_ij = sigma_i sigma_j correlation^|i-j|. Functions that
    take arrays (:func:`nearest_attack` and the like) accept any mu and Sigma.
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
    eps: Annotated[
        float, Ge(0), Le(1e3), Because("attack radius must be non-negative"), Doc("attack radius")
    ] = 0.10
    R: Annotated[float, Ge(1), Le(1e9), Logarithmic, _R_RANGE, Doc("imbalance ratio")] = 5.0
    noise: Annotated[
        Literal["gaussian", "independent", "elliptical"],
        Doc("normal; stable with independent coordinates; stable with elliptical contours"),
    ] = "gaussian"
    alpha: Annotated[
        float, Gt(0), Le(2), Because("a stable law has 0 < alpha <= 2"), Doc("stable index")
    ] = 1.5
    beta: Annotated[
        float, Ge(0), Le(0), Because("only symmetric noise is supported"), Doc("skewness")
    ] = 0.0
    n_majority: Annotated[int, Ge(1), Le(10**7), Static, Doc("majority training points")] = 300
    n_minority: Annotated[int, Ge(1), Le(10**7), Static, Doc("minority training points")] = 60
    n: Annotated[int, Ge(1), Le(10**7), Static, Doc("training points of logistic regression")] = (
        1000
    )
    rho: Annotated[
        float, Ge(1e-3), Le(1e3), Logarithmic, Doc("logistic weight of the minority")
    ] = 1.0
    points: Annotated[int, Ge(1), Le(10**6), Static, Doc("test points per class and trial")] = 200

    def check(self: Any) -> None:
        """Relations between fields."""
        mean_ends = (self.mu_low, self.mu_high) if self.d > 1 else (self.mu_low,)
        if not any(mean_ends):
            raise self.refuse("mu_low", "with mu_high = 0 makes the classes coincide: mu = 0")
        if self.noise == "independent" and self.covariance != "diagonal":
            raise self.refuse("covariance", "is not diagonal, but the coordinates are independent")
        if self.noise != "gaussian" and self.alpha == 2:
            warnings.warn(
                f"{SETTING}: alpha = 2 with noise = {self.noise!r}: the standard stable law has"
                " variance 2 there; use noise = 'gaussian' or scale sigma by 1/sqrt(2)",
                stacklevel=4,
            )


@parameters(SETTING)
class Margins:
    """The Gaussian theory's numbers: s_r <= k <= s, and R.

    s: margin of the standard rule; s_r: robust margin of the robust direction; k: its natural
    margin.
    """

    s: Annotated[float, Gt(0), Le(50), Doc("standard margin")]
    k: Annotated[float, Gt(0), Le(50), Doc("natural margin of the robust direction")]
    s_r: Annotated[float, Gt(0), Le(50), Doc("robust margin")]
    R: Annotated[float, Ge(1), Le(1e12), Logarithmic, _R_RANGE, Doc("imbalance ratio")]

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
    R: Annotated[float, Ge(1), Le(1e12), Logarithmic, _R_RANGE, Doc("imbalance ratio")]
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


def mean(params: Params) -> Any:
    """mu, half the difference of the class means: (d,), of the params' evaluator."""
    return ramp(params.mu_low, params.mu_high, params.d)


def scales(params: Params) -> Any:
    """(sigma_j): standard deviations (Gaussian) or scale parameters (stable); (d,)."""
    return ramp(params.sigma_low, params.sigma_high, params.d)


def covariance_matrix(params: Params) -> Float[Array, "d d"]:
    """Sigma, the covariance (Gaussian) or shape matrix (elliptical)."""
    sigma = scales(params)
    if params.covariance == "diagonal":
        return jnp.diag(sigma**2)
    lag = jnp.abs(jnp.arange(params.d)[:, None] - jnp.arange(params.d)[None, :])
    return sigma[:, None] * sigma[None, :] * jnp.asarray(params.correlation) ** lag


# --------------------------------------------------------------------------------------------
# Norms


def exponent(p: Norm | float) -> float:
    """p as a number in [1, inf]. Raises ParameterError for p < 1, which gives no norm."""
    if isinstance(p, str):
        if p not in ("l1", "l2", "linf"):
            raise ParameterError(f"{SETTING}: p = {p!r} is not one of {{l1, l2, linf}}")
        return {"l1": 1.0, "l2": 2.0, "linf": float("inf")}[p]
    if not p >= 1:
        raise ParameterError(f"{SETTING}: p = {p!r} is outside [1, inf]: not a norm")
    return float(p)


def lp_norm(v: Float[Array, " d"], p: Norm | float) -> Float[Array, ""]:
    """|v|_p for p in [1, inf], with derivative 0 (not NaN) at v = 0."""
    q = exponent(p)
    size = jnp.abs(v)
    if q == 1:
        return jnp.sum(size)
    top = jnp.max(size)
    if q == float("inf"):
        return top
    safe = jnp.where(top > 0, top, 1.0)
    ratio = jnp.where(top > 0, jnp.sum((size / safe) ** q), 1.0)
    return jnp.where(top > 0, safe * ratio ** (1 / q), 0.0)


def dual_norm(w: Float[Array, " d"], p: Norm | float) -> Float[Array, ""]:
    """|w|_q, 1/p + 1/q = 1: the most that an attack of unit l_p norm can lower w.x."""
    q = exponent(p)
    if q == 1:
        return lp_norm(w, float("inf"))
    return lp_norm(w, 1.0 if q == float("inf") else q / (q - 1))


def worst_attack(w: Float[Array, " d"], eps: Scalar, p: Norm | float) -> Float[Array, " d"]:
    """argmax {w.z : |z|_p <= eps}; coordinates with w_j = 0 are left alone (sign(0) = 0).

    l_inf: eps sign(w); l_2: eps w/|w|_2; l_1: eps sign(w_j) e_j at the largest |w_j|; otherwise
    eps sign(w) (|w|/|w|_q)^{q-1}. A point x of class y is moved to x - y z.
    """
    power_ = exponent(p)
    if power_ == float("inf"):
        return eps * jnp.sign(w)
    if power_ == 1:
        largest = jnp.arange(w.shape[0]) == jnp.argmax(jnp.abs(w))
        return jnp.where(largest, eps * jnp.sign(w), 0.0)
    size = dual_norm(w, power_)
    q = power_ / (power_ - 1)
    safe = jnp.where(size > 0, size, 1.0)
    return eps * jnp.sign(w) * (jnp.abs(w) / safe) ** (q - 1)


def checked_shape(mu: Any, covariance: Any) -> None:
    """Raises ParameterError unless mu is a nonzero vector and Sigma is positive definite.

    Looks at concrete arrays only; tracers pass.
    """
    if isinstance(mu, Tracer) or isinstance(covariance, Tracer):
        return
    mu, covariance = np.asarray(mu, float), np.asarray(covariance, float)
    if mu.ndim != 1 or not np.all(np.isfinite(mu)) or not np.any(mu):
        raise ParameterError(
            f"{SETTING}: mu = {mu!r} must be a finite nonzero vector: the classes coincide"
        )
    d = mu.shape[0]
    if covariance.shape != (d, d):
        raise ParameterError(
            f"{SETTING}: covariance has shape {covariance.shape}, allowed is {(d, d)}"
        )
    if not np.allclose(covariance, covariance.T, rtol=1e-12, atol=0):
        raise ParameterError(f"{SETTING}: covariance is not symmetric: {covariance!r}")
    low = np.linalg.eigvalsh(covariance)[0] if np.all(np.isfinite(covariance)) else -np.inf
    if not low > 0:
        raise ParameterError(
            f"{SETTING}: covariance has smallest eigenvalue {low:g}, allowed is (0, inf):"
            " it must be symmetric positive definite"
        )


def checked_radius(eps: Scalar) -> None:
    """Raises ParameterError for a negative (concrete) attack radius."""
    if not isinstance(eps, Tracer) and not eps >= 0:
        raise ParameterError(
            f"{SETTING}: eps = {eps!r} is outside [0, inf): attack radius must be non-negative"
        )


# --------------------------------------------------------------------------------------------
# Parameters of single statements


def _directions(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=6)


def _means(rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=6) + 0.1


@parameters(SETTING)
class Probe:
    """Any mean, any direction, an AR(1) Sigma with unit variances: what a margin bound speaks of.

    eps = reach |mu|_p. ``w`` is a direction to try; ``scale`` how far a perturbation goes.
    """

    mu: Annotated[np.ndarray, ArrayOf(_means), Ge(-100), Le(100), Doc("mu")]
    w: Annotated[np.ndarray, ArrayOf(_directions), Ge(-1e6), Le(1e6), Doc("a direction")]
    correlation: Annotated[float, Ge(-0.9), Le(0.9), Doc("neighbours' correlation")] = 0.0
    reach: Annotated[float, Ge(0), Lt(1), Doc("eps/|mu|_p")] = 0.3
    R: Annotated[float, Ge(1), Le(1e6), Logarithmic, _R_RANGE, Doc("imbalance ratio")] = 3.0
    scale: Annotated[float, Ge(0), Le(10), Doc("length of a perturbation")] = 0.1
    p: Annotated[Norm, Doc("norm of the attack")] = "linf"

    @property
    def eps(self) -> Scalar:
        """The attack radius reach |mu|_p."""
        return self.reach * lp_norm(jnp.asarray(self.mu), self.p)

    @property
    def covariance(self) -> Scalar:
        """Sigma_ij = correlation^|i-j|."""
        index = jnp.arange(np.shape(self.mu)[0])
        return jnp.asarray(self.correlation) ** jnp.abs(index[:, None] - index[None, :])


def _positive(rng: np.random.Generator) -> np.ndarray:
    return np.exp(0.4 * rng.normal(size=6))


@parameters(SETTING)
class StableProbe:
    """Any mean and scales, any direction, independent stable coordinates, an l_inf attack."""

    mu: Annotated[np.ndarray, ArrayOf(_means), Ge(-100), Le(100), Doc("mu")]
    sigma: Annotated[np.ndarray, ArrayOf(_positive), Gt(0), Le(1e3), Doc("scales")]
    w: Annotated[np.ndarray, ArrayOf(_directions), Ge(-1e6), Le(1e6), Doc("a direction")]
    reach: Annotated[float, Ge(0), Lt(1), Doc("eps/|mu|_inf")] = 0.3
    alpha: Annotated[float, Ge(0.3), Lt(2), Doc("stable index")] = 1.5

    @property
    def eps(self) -> Scalar:
        """The attack radius reach |mu|_inf."""
        return self.reach * jnp.max(jnp.abs(jnp.asarray(self.mu)))


@parameters(SETTING)
class LinearRule:
    """A margin, an offset and the ratio R: any linear rule, as its errors see it."""

    s: Annotated[float, Gt(0), Le(50), Doc("the best margin")]
    m: Annotated[float, Ge(-50), Le(50), Doc("the rule's margin, at most s")]
    h: Annotated[float, Ge(-50), Le(50), Doc("the rule's offset")]
    R: Annotated[float, Ge(1), Le(1e12), Logarithmic, _R_RANGE, Doc("imbalance ratio")]
    alpha: Annotated[float, Ge(0.3), Lt(2), Doc("stable index")] = 1.0

    def check(self: Any) -> None:
        """No rule has a margin above the best."""
        if abs(self.m) > self.s:
            raise self.refuse("m", f"is outside [-s, s], s = {self.s!r}")


@parameters(SETTING)
class UnequalVariances:
    """Along one axis: class + at +a with sd K, class - at -a with sd 1, P(+)/P(-) = odds."""

    a: Annotated[float, Gt(0), Le(50), Doc("margin in units of the smaller sd")]
    K: Annotated[float, Gt(1), Le(100), Doc("ratio of the class standard deviations")]
    odds: Annotated[float, Ge(1e-6), Le(1e6), Logarithmic, Doc("P(+)/P(-)")] = 1.0
    c: Annotated[float, Ge(-100), Le(100), Doc("an offset to try")] = 0.0

    def check(self: Any) -> None:
        """The two densities must cross."""
        B, q = 2 * self.a / (self.K**2 - 1), 2 * np.log(self.K / self.odds) / (self.K**2 - 1)
        if not B**2 + q >= 0:
            raise self.refuse(
                "odds",
                f"lets the majority win everywhere: B^2 + q = {B**2 + q:g} is outside [0, inf)",
            )
