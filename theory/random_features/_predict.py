"""Predictions: test and train risk at any (n, k, ridge), and at the optimal ridge."""

import warnings
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from theory import ParameterError
from theory.random_features._framework import (
    overfitting_coefficient,
    ridge_at,
    sums,
    test_risk,
)
from theory.random_features._solver import TINY, effective_ridge, margins
from theory.random_features._spectra import Spectrum


class Prediction(NamedTuple):
    """What the eigenframework says of one (spectrum, n, k, ridge, noise).

    Attributes:
        test_risk: E_te, label noise included; +inf at n = k without ridge.
        train_risk: E_tr = (a/n)^2 E_te, a = n - z.
        gamma, kappa: the two effective ridges.
        degrees_of_freedom: z, the mean of tr Khat (Khat + delta)^-1.
        bias_squared: B1, squared error of the mean predictor.
        overfitting_coefficient: what label noise is multiplied with.
        fitting_ratio_root: r = a/n, the square root of R = E_tr/E_te.
    """

    test_risk: Array
    train_risk: Array
    gamma: Array
    kappa: Array
    degrees_of_freedom: Array
    bias_squared: Array
    overfitting_coefficient: Array
    fitting_ratio_root: Array


def refuse(name: str, value: Any, why: str) -> ParameterError:
    """The error for a bad argument of a function of this module."""
    return ParameterError(f"random_features: {name} = {value} {why}")


def checked(of: Spectrum, n: Any, k: Any, ridge: Any, noise: Any) -> None:
    """Part by part what a person may get wrong; tracers pass."""
    for name, value, bad, why in (
        ("n", n, lambda x: ~(x > 0), "is not allowed: n and k must be positive"),
        ("k", k, lambda x: ~(x > 0), "is not allowed: n and k must be positive (k may be inf)"),
        ("ridge", ridge, lambda x: ~(x >= 0) | np.isinf(x),
         "is not allowed: the ridge must be >= 0 (negative ridge is outside the framework)"),
        ("noise", noise, lambda x: ~(x >= 0) | np.isinf(x),
         "is not allowed: the noise variance must be >= 0"),
    ):  # fmt: skip
        if not isinstance(value, Tracer) and np.any(bad(np.asarray(value, dtype=float))):
            raise refuse(name, value, why)
    check_spectrum(of)


def check_spectrum(of: Spectrum) -> None:
    """Raises ParameterError for shapes that differ, negative or non-finite entries, no trace."""
    if any(isinstance(x, Tracer) for x in of):
        return
    values, coefficients, counts = (np.asarray(x, dtype=float) for x in of)
    if values.ndim != 1 or values.shape != coefficients.shape or values.shape != counts.shape:
        shapes = f"{values.shape}, {coefficients.shape}, {counts.shape}"
        raise refuse(
            "spectrum", shapes,
            "is not allowed: eigenvalues, eigcoeffs_sq and multiplicities are vectors of one shape",
        )  # fmt: skip
    if not (np.isfinite(values).all() and (values >= 0).all() and (values * counts).sum() > 0):
        raise refuse("eigenvalues", values, "must be nonnegative and finite with positive sum")
    if not (np.isfinite(coefficients).all() and (coefficients >= 0).all()):
        raise refuse(
            "eigcoeffs_sq", coefficients,
            "is not allowed: squared coefficients must be >= 0 (give v^2, not v)",
        )  # fmt: skip
    if not (np.isfinite(counts).all() and (counts > 0).all()):
        raise refuse("multiplicities", counts, "is not allowed: they must be positive")


def predict_one(of: Spectrum, n: Any, inv_k: Any, ridge: Any, noise: Any) -> Prediction:
    gamma = effective_ridge(of.eigenvalues, of.multiplicities, n, inv_k, ridge)
    return predict_at(of, n, inv_k, ridge, noise, gamma)


def predict_at(of: Spectrum, n: Any, inv_k: Any, ridge: Any, noise: Any, gamma: Any) -> Prediction:
    """The prediction from the solved gamma."""
    at = sums(of.eigenvalues, of.eigcoeffs_sq, jnp.maximum(gamma, TINY), of.multiplicities)
    a, r = margins(n, inv_k, ridge, gamma, at.z)
    risk = test_risk(n, inv_k, a, r, at, noise)
    # at n = k without ridge a = 0 and E_te = inf, but the training points are interpolated
    train = jnp.where(a > 0, (a / n) ** 2 * jnp.where(a > 0, risk, 0.0), 0.0)
    coefficient = overfitting_coefficient(n, inv_k, a, r, at.c)
    return Prediction(risk, train, gamma, gamma * r, at.z, at.bias_squared, coefficient, a / n)


_one = jax.jit(predict_one)


@jax.jit
def _many(of: Spectrum, n: Array, inv_k: Array, ridge: Array, noise: Array) -> Prediction:
    return jax.vmap(predict_one, (None, 0, 0, 0, 0))(of, n, inv_k, ridge, noise)


def predict(of: Spectrum, *, n: Any, k: Any = np.inf, ridge: Any, noise: Any = 0.0) -> Prediction:
    """The eigenframework's prediction; the arguments broadcast against each other.

    Args:
        of: the spectrum and target (see :func:`spectrum`, :func:`infinite_powerlaw`).
        n: training points, > 0; any real number.
        k: random features, > 0; ``inf`` (the default) is kernel ridge regression exactly.
        ridge: delta >= 0, added to the kernel matrix (not divided or multiplied by n).
        noise: variance sigma^2 >= 0 of the labels' noise.

    Differentiable in every argument and in the spectrum; ``jit`` and ``vmap`` apply. At n = k
    without ridge the test risk is +inf, with a warning. With no ridge and at most min(n, k) modes,
    gamma = 0 and E_te = sigma^2 n/(n - M). Raises ParameterError for input outside its range.
    Over many points of one long spectrum :func:`predict_map` is some hundred times as fast.
    """
    checked(of, n, k, ridge, noise)
    arguments = [jnp.asarray(x, dtype=float) for x in (n, 1 / jnp.asarray(k, float), ridge, noise)]
    arguments = jnp.broadcast_arrays(*arguments)
    if arguments[0].ndim == 0:
        result = _one(of, *arguments)
    else:
        flat = _many(of, *(x.ravel() for x in arguments))
        shape = arguments[0].shape
        result = Prediction(*(x.reshape(shape) for x in flat))
    warn_of_infinity(result.test_risk)
    return result


def warn_of_infinity(risk: Array) -> None:
    """The warning for n = k without ridge; it points to the caller of the public function."""
    if not isinstance(risk, Tracer) and bool(jnp.isinf(risk).any()):
        warnings.warn(
            "random_features: with as many features as samples and no ridge, the predicted test"
            " risk is infinite",
            UserWarning,
            stacklevel=3,
        )


# --------------------------------------------------------------------------------------------
# The optimal ridge, without solving: delta is explicit in gamma


class Optimum(NamedTuple):
    """The ridge that minimises the predicted test risk, and the risk there.

    ``ridge`` is 0 exactly where zero ridge is optimal.
    """

    test_risk: Array
    ridge: Array
    gamma: Array
    fitting_ratio_root: Array


GRID = 160
"""Values of gamma that are looked at before the best one is refined."""

REFINEMENTS = 52
"""Bisections of the sign of dE/dlog gamma: the bracket shrinks to rounding."""

_SPAN = 30.0  # log(largest gamma / trace): beyond, E_te differs from its limit by e^-30


def risk_at(of: Spectrum, n: Any, inv_k: Any, noise: Any, log_gamma: Any) -> Array:
    """E_te at a given gamma, whatever ridge that takes."""
    at = sums(of.eigenvalues, of.eigcoeffs_sq, jnp.exp(log_gamma), of.multiplicities)
    return test_risk(n, inv_k, n - at.z, 1 - at.z * inv_k, at, noise)


def _optimum(of: Spectrum, n: Any, inv_k: Any, noise: Any) -> Optimum:
    zero = effective_ridge(of.eigenvalues, of.multiplicities, n, inv_k, jnp.zeros_like(n))
    fixed = jax.lax.stop_gradient((of, n, inv_k, noise, zero))
    log_gamma, at_zero = _best_log_gamma(*fixed)
    at = sums(of.eigenvalues, of.eigcoeffs_sq, jnp.exp(log_gamma), of.multiplicities)
    inside = test_risk(n, inv_k, n - at.z, 1 - at.z * inv_k, at, noise)
    edge = predict_at(of, n, inv_k, jnp.zeros_like(n), noise, zero)
    return Optimum(
        test_risk=jnp.where(at_zero, edge.test_risk, inside),
        ridge=jnp.where(at_zero, 0.0, ridge_at(jnp.exp(log_gamma), n, inv_k, at.z)),
        gamma=jnp.where(at_zero, edge.gamma, jnp.exp(log_gamma)),
        fitting_ratio_root=jnp.where(at_zero, edge.fitting_ratio_root, (n - at.z) / n),
    )


def _best_log_gamma(of: Spectrum, n: Any, inv_k: Any, noise: Any, zero: Any) -> tuple[Array, Array]:
    """(argmin over gamma >= zero of the test risk, whether it is at zero ridge)."""

    def slope(u: Array) -> Array:
        return jax.jvp(lambda w: risk_at(of, n, inv_k, noise, w), (u,), (jnp.ones_like(u),))[1]

    trace = (of.multiplicities * of.eigenvalues).sum()
    smallest = jnp.min(jnp.where(of.eigenvalues > 0, of.eigenvalues, jnp.inf))
    low = jnp.log(jnp.where(zero > 0, zero, 1e-6 * smallest / n))
    grid = low + (jnp.log(trace) + _SPAN - low) * jnp.linspace(0.0, 1.0, GRID) ** 2
    risks = jax.vmap(lambda u: risk_at(of, n, inv_k, noise, u))(grid[1:])
    best = jnp.argmin(risks) + 1
    left, right = grid[best - 1], grid[jnp.minimum(best + 1, GRID - 1)]

    def halve(_: Any, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        lower, upper = ends
        middle = 0.5 * (lower + upper)
        rising = slope(middle) >= 0
        return jnp.where(rising, lower, middle), jnp.where(rising, middle, upper)

    lower, upper = jax.lax.fori_loop(0, REFINEMENTS, halve, (left, right))
    return 0.5 * (lower + upper), lower == grid[0]


@jax.jit
def _optima(of: Spectrum, n: Array, inv_k: Array, noise: Array) -> Optimum:
    return jax.lax.map(lambda x: _optimum(of, *x), (n, inv_k, noise))


def optimal_ridge(of: Spectrum, *, n: Any, k: Any = np.inf, noise: Any = 0.0) -> Optimum:
    """The minimum over ridge >= 0 of the predicted test risk; arguments broadcast.

    No solve: delta = gamma (n - z)(1 - z/k) is explicit and increasing in gamma, so the minimum is
    sought over gamma >= gamma(ridge 0), on a grid and then by bisection of the derivative's sign.
    The risk is differentiable in all arguments (envelope theorem). Raises as :func:`predict`.
    """
    checked(of, n, k, 0.0, noise)
    arguments = [jnp.asarray(x, dtype=float) for x in (n, 1 / jnp.asarray(k, float), noise)]
    arguments = jnp.broadcast_arrays(*arguments)
    flat = _optima(of, *(x.ravel() for x in arguments))
    return Optimum(*(x.reshape(arguments[0].shape) for x in flat))
