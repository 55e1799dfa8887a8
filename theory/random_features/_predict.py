"""Predictions: test and train risk at any (n, k, ridge), at the optimal ridge, and over maps."""

import functools
import warnings
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from theory._params import ParameterError
from theory.random_features._framework import (
    Sums,
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


def _checked(of: Spectrum, n: Any, k: Any, ridge: Any, noise: Any) -> None:
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


def _predict(of: Spectrum, n: Any, inv_k: Any, ridge: Any, noise: Any) -> Prediction:
    gamma = effective_ridge(of.eigenvalues, of.multiplicities, n, inv_k, ridge)
    return _at(of, n, inv_k, ridge, noise, gamma)


def _at(of: Spectrum, n: Any, inv_k: Any, ridge: Any, noise: Any, gamma: Any) -> Prediction:
    """The prediction from the solved gamma."""
    at = sums(of.eigenvalues, of.eigcoeffs_sq, jnp.maximum(gamma, TINY), of.multiplicities)
    a, r = margins(n, inv_k, ridge, gamma, at.z)
    risk = test_risk(n, inv_k, a, r, at, noise)
    # at n = k without ridge a = 0 and E_te = inf, but the training points are interpolated
    train = jnp.where(a > 0, (a / n) ** 2 * jnp.where(a > 0, risk, 0.0), 0.0)
    coefficient = overfitting_coefficient(n, inv_k, a, r, at.c)
    return Prediction(risk, train, gamma, gamma * r, at.z, at.bias_squared, coefficient, a / n)


_one = jax.jit(_predict)


@jax.jit
def _many(of: Spectrum, n: Array, inv_k: Array, ridge: Array, noise: Array) -> Prediction:
    return jax.vmap(_predict, (None, 0, 0, 0, 0))(of, n, inv_k, ridge, noise)


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
    """
    _checked(of, n, k, ridge, noise)
    arguments = [jnp.asarray(x, dtype=float) for x in (n, 1 / jnp.asarray(k, float), ridge, noise)]
    arguments = jnp.broadcast_arrays(*arguments)
    if arguments[0].ndim == 0:
        result = _one(of, *arguments)
    else:
        flat = _many(of, *(x.ravel() for x in arguments))
        shape = arguments[0].shape
        result = Prediction(*(x.reshape(shape) for x in flat))
    risk = result.test_risk
    if not isinstance(risk, Tracer) and bool(jnp.isinf(risk).any()):
        warnings.warn(
            "random_features: with as many features as samples and no ridge, the predicted test"
            " risk is infinite",
            UserWarning,
            stacklevel=2,
        )
    return result


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


def _risk_at(of: Spectrum, n: Any, inv_k: Any, noise: Any, log_gamma: Any) -> Array:
    """E_te at a given gamma, whatever ridge that takes."""
    at = sums(of.eigenvalues, of.eigcoeffs_sq, jnp.exp(log_gamma), of.multiplicities)
    return test_risk(n, inv_k, n - at.z, 1 - at.z * inv_k, at, noise)


def _optimum(of: Spectrum, n: Any, inv_k: Any, noise: Any) -> Optimum:
    zero = effective_ridge(of.eigenvalues, of.multiplicities, n, inv_k, jnp.zeros_like(n))
    fixed = jax.lax.stop_gradient((of, n, inv_k, noise, zero))
    log_gamma, at_zero = _best_log_gamma(*fixed)
    at = sums(of.eigenvalues, of.eigcoeffs_sq, jnp.exp(log_gamma), of.multiplicities)
    inside = test_risk(n, inv_k, n - at.z, 1 - at.z * inv_k, at, noise)
    edge = _at(of, n, inv_k, jnp.zeros_like(n), noise, zero)
    return Optimum(
        test_risk=jnp.where(at_zero, edge.test_risk, inside),
        ridge=jnp.where(at_zero, 0.0, ridge_at(jnp.exp(log_gamma), n, inv_k, at.z)),
        gamma=jnp.where(at_zero, edge.gamma, jnp.exp(log_gamma)),
        fitting_ratio_root=jnp.where(at_zero, edge.fitting_ratio_root, (n - at.z) / n),
    )


def _best_log_gamma(of: Spectrum, n: Any, inv_k: Any, noise: Any, zero: Any) -> tuple[Array, Array]:
    """(argmin over gamma >= zero of the test risk, whether it is at zero ridge)."""

    def slope(u: Array) -> Array:
        return jax.jvp(lambda w: _risk_at(of, n, inv_k, noise, w), (u,), (jnp.ones_like(u),))[1]

    trace = (of.multiplicities * of.eigenvalues).sum()
    smallest = jnp.min(jnp.where(of.eigenvalues > 0, of.eigenvalues, jnp.inf))
    low = jnp.log(jnp.where(zero > 0, zero, 1e-6 * smallest / n))
    grid = low + (jnp.log(trace) + _SPAN - low) * jnp.linspace(0.0, 1.0, GRID) ** 2
    risks = jax.lax.map(lambda u: _risk_at(of, n, inv_k, noise, u), grid[1:], batch_size=32)
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
    _checked(of, n, k, 0.0, noise)
    arguments = [jnp.asarray(x, dtype=float) for x in (n, 1 / jnp.asarray(k, float), noise)]
    arguments = jnp.broadcast_arrays(*arguments)
    flat = _optima(of, *(x.ravel() for x in arguments))
    return Optimum(*(x.reshape(arguments[0].shape) for x in flat))


@functools.partial(jax.jit, static_argnames="grid")
def _map(of: Spectrum, n: Array, inv_k: Array, noise: Array, grid: int) -> tuple[Array, Array]:
    at_most = n / jnp.maximum(1.0, n * inv_k)
    first = effective_ridge(
        of.eigenvalues, of.multiplicities, at_most.max(), jnp.zeros(()), jnp.zeros(())
    )
    trace = (of.multiplicities * of.eigenvalues).sum()
    smallest = jnp.min(jnp.where(of.eigenvalues > 0, of.eigenvalues, jnp.inf))
    low = jnp.log(jnp.where(first > 0, first, 1e-6 * smallest / n.max()))
    u = jnp.linspace(low, jnp.log(trace) + _SPAN / 3, grid)

    def at(w: Array) -> Sums:
        return sums(of.eigenvalues, of.eigcoeffs_sq, jnp.exp(w), of.multiplicities)

    table = jax.lax.map(at, u, batch_size=32)

    def edge(n: Array, inv_k: Array, noise: Array, at_most: Array) -> tuple[Array, Array]:
        """The risk at ridge 0, where z = min(n, k), by Newton's method from the table."""
        w = jnp.interp(-jnp.log(at_most), -jnp.log(table.z), u)
        for _ in range(3):  # quadratic from an error of one grid step squared
            here = at(w)
            w = jnp.clip(w + jnp.log(here.z / at_most) * here.z / here.c, u[0], u[-1])
        here = at(w)
        t = 1 - n * inv_k
        a, r = jnp.where(t < 0, n - at_most, 0.0), jnp.where(t < 0, 0.0, t)
        full = here.z < at_most * (1 - 1e-9)  # fewer modes than samples and features: no such gamma
        risk = test_risk(n, inv_k, a, r, here, noise)
        return jnp.where(full | jnp.isnan(risk), jnp.inf, risk), w

    def one(point: tuple[Array, ...]) -> tuple[Array, Array]:
        n, inv_k, noise, at_most = point
        a, r = n - table.z, 1 - table.z * inv_k
        risk = test_risk(n, inv_k, a, r, table, noise)
        risk = jnp.where((a > 0) & (r > 0), risk, jnp.inf)
        best = jnp.argmin(risk)
        i = jnp.clip(best, 1, grid - 2)
        left, middle, right = risk[i - 1], risk[i], risk[i + 1]
        bend = left - 2 * middle + right
        inside = (best == i) & jnp.isfinite(left) & (bend > 0)
        safe = jnp.where(inside, bend, 1.0)
        gain = jnp.where(inside, (left - right) ** 2 / (8 * safe), 0.0)
        shift = jnp.where(inside, 0.5 * (left - right) / safe, 0.0) * (u[1] - u[0])
        zero_ridge, w = edge(n, inv_k, noise, at_most)
        better = zero_ridge <= risk[best] - gain
        value = jnp.where(better, zero_ridge, risk[best] - gain)
        return value, jnp.where(better, w, u[best] + shift)

    return jax.lax.map(one, (n, inv_k, noise, at_most))


def optimal_risk_map(
    of: Spectrum, *, n: Any, k: Any, noise: Any = 0.0, grid: int = 1200
) -> tuple[Array, Array]:
    """(risk, gamma) at the optimal ridge over a whole (n, k) map from one table of sums.

    z, c, B1 and B2 are computed once on a grid of gamma, O(M grid); then each (n, k) costs
    O(grid + 4 M). The minimum on the grid is refined by a parabola, the risk at ridge 0 by
    Newton's method: 1e-6 relative at the default grid (tests). Arguments broadcast; raises as
    :func:`predict`.
    """
    _checked(of, n, k, 0.0, noise)
    arguments = [jnp.asarray(x, dtype=float) for x in (n, 1 / jnp.asarray(k, float), noise)]
    arguments = jnp.broadcast_arrays(*arguments)
    risk, log_gamma = _map(of, *(x.ravel() for x in arguments), grid)
    shape = arguments[0].shape
    return risk.reshape(shape), jnp.exp(log_gamma).reshape(shape)
