"""Predictions: test and train risk at any (n, k, ridge), and at the optimal ridge."""

import warnings
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from theory import closed_form
from theory.random_features._domains import Delta, Features, Points, Variance
from theory.random_features._framework import (
    bias,
    overfitting_coefficient,
    ridge_at,
    sums,
    test_risk,
)
from theory.random_features._population import check_points
from theory.random_features._refuse import refuse
from theory.random_features._solver import above_zero, margins, solved_ridge
from theory.random_features._spectrum import EXAMPLE, Spectrum, check_spectrum, or_nan, sound


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


def predict_one(of: Spectrum, n: Any, inv_k: Any, ridge: Any, noise: Any) -> Prediction:
    gamma = solved_ridge(of.eigenvalues, of.multiplicities, n, inv_k, ridge)
    return predict_at(of, n, inv_k, ridge, noise, gamma)


def predict_at(of: Spectrum, n: Any, inv_k: Any, ridge: Any, noise: Any, gamma: Any) -> Prediction:
    """The prediction from the solved gamma."""
    inside = above_zero(gamma, of.eigenvalues)
    at = sums.__wrapped__(of.eigenvalues, of.eigcoeffs_sq, inside, of.multiplicities)
    a, r = margins.__wrapped__(n, inv_k, ridge, gamma, at.z)
    coefficient = overfitting_coefficient.__wrapped__(n, inv_k, a, r, at.c)
    # as many modes as samples and no ridge: 0 < c is the stand-in's
    coefficient = jnp.where((gamma > 0) | (a > 0), coefficient, jnp.inf)
    error = bias.__wrapped__(inv_k, r, at) + noise
    # where nothing is left of target and noise, nothing is amplified: inf * 0 is 0 here
    whole = (of.multiplicities * of.eigcoeffs_sq).sum() + noise
    nothing = (error == 0) | ((gamma == 0) & (error <= 1e-30 * whole))
    risk = jnp.where(nothing, 0.0, coefficient * jnp.where(nothing, 1.0, error))
    # at n = k without ridge a = 0 and E_te = inf, but the training points are interpolated
    train = jnp.where(a > 0, (a / n) ** 2 * jnp.where(a > 0, risk, 0.0), 0.0)
    return Prediction(risk, train, gamma, gamma * r, at.z, at.bias_squared, coefficient, a / n)


@jax.jit
def _one(of: Spectrum, *arguments: Array) -> Prediction:
    return or_nan(sound(of), predict_one(of, *arguments))


@jax.jit
def _many(of: Spectrum, *arguments: Array) -> Prediction:
    return or_nan(sound(of), jax.vmap(predict_one, (None, 0, 0, 0, 0))(of, *arguments))


@closed_form(example={"of": EXAMPLE})
def predict(
    of: Spectrum, *, n: Points, k: Features = np.inf, ridge: Delta, noise: Variance = 0.0
) -> Prediction:
    """The eigenframework's prediction; the arguments broadcast against each other.

    Args:
        of: the spectrum and target (see :func:`spectrum`, :func:`infinite_powerlaw`).
        n: training points, > 0; any real number.
        k: random features, > 0; ``inf`` (the default) is kernel ridge regression exactly.
        ridge: delta >= 0, added to the kernel matrix (not divided or multiplied by n): the
            ``alpha`` of scikit-learn's KernelRidge.
        noise: variance sigma^2 >= 0 of the labels' noise.

    Differentiable in every argument and in the spectrum; ``jit`` and ``vmap`` apply. At n = k
    without ridge the test risk is +inf, with a warning. With no ridge and at most min(n, k) modes,
    gamma = 0 and E_te = sigma^2 n/(n - M): +inf at n = M with noise, with a warning too. For the
    spectrum of a kernel matrix of N points, n >= N is refused, and from n = N/10 on a warning says
    how far the error on the points left out is from the prediction (:func:`left_out`). Raises
    ParameterError for input outside its range; NaN, or a traced value outside, gives NaN. Over many
    points of one long spectrum :func:`predict_map` is some hundred times as fast.
    """
    check_spectrum(of)
    check_points(of, n, ridge, noise)
    shape, arguments = together(n=n, k=k, ridge=ridge, noise=noise)
    result = _many(of, *arguments) if shape else _one(of, *(x[0] for x in arguments))
    result = jax.tree.map(lambda x: x.reshape(shape), result)
    warn_of_infinity(result.test_risk)
    return result


def together(**arguments: Any) -> tuple[tuple[int, ...], list[Array]]:
    """The common shape, and each argument as a vector of so many numbers; k becomes 1/k."""
    arrays = {name: jnp.asarray(value, dtype=float) for name, value in arguments.items()}
    try:
        shape = jnp.broadcast_shapes(*(x.shape for x in arrays.values()))
    except ValueError:
        shapes = ", ".join(f"{name} {x.shape}" for name, x in arrays.items() if x.ndim)
        raise refuse("shapes", shapes, "do not broadcast against each other") from None
    arrays["k"] = 1 / arrays["k"]
    return shape, [jnp.broadcast_to(x, shape).ravel() for x in arrays.values()]


def warn_of_infinity(risk: Array) -> None:
    """The warning for a = 0; it points to the caller of the public (decorated) function."""
    if not isinstance(risk, Tracer) and bool(jnp.isinf(risk).any()):
        warnings.warn(
            "random_features: with as many features, or modes, as samples and no ridge, the"
            " predicted test risk is infinite",
            UserWarning,
            stacklevel=4,
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
    at = sums.__wrapped__(of.eigenvalues, of.eigcoeffs_sq, jnp.exp(log_gamma), of.multiplicities)
    return test_risk.__wrapped__(n, inv_k, n - at.z, 1 - at.z * inv_k, at, noise)


def _optimum(of: Spectrum, n: Any, inv_k: Any, noise: Any) -> Optimum:
    zero = solved_ridge(of.eigenvalues, of.multiplicities, n, inv_k, jnp.zeros_like(n))
    fixed = jax.lax.stop_gradient((of, n, inv_k, noise, zero))
    log_gamma, at_zero = _best_log_gamma(*fixed)
    at = sums.__wrapped__(of.eigenvalues, of.eigcoeffs_sq, jnp.exp(log_gamma), of.multiplicities)
    inside = test_risk.__wrapped__(n, inv_k, n - at.z, 1 - at.z * inv_k, at, noise)
    edge = predict_at(of, n, inv_k, jnp.zeros_like(n), noise, zero)
    best = Optimum(
        test_risk=jnp.where(at_zero, edge.test_risk, inside),
        ridge=jnp.where(at_zero, 0.0, ridge_at.__wrapped__(jnp.exp(log_gamma), n, inv_k, at.z)),
        gamma=jnp.where(at_zero, edge.gamma, jnp.exp(log_gamma)),
        fitting_ratio_root=jnp.where(at_zero, edge.fitting_ratio_root, (n - at.z) / n),
    )
    return or_nan(sound(of), best)


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


@closed_form(example={"of": EXAMPLE})
def optimal_ridge(
    of: Spectrum, *, n: Points, k: Features = np.inf, noise: Variance = 0.0
) -> Optimum:
    """The minimum over ridge >= 0 of the predicted test risk; arguments broadcast.

    No solve: delta = gamma (n - z)(1 - z/k) is explicit and increasing in gamma, so the minimum is
    sought over gamma >= gamma(ridge 0), on a grid and then by bisection of the derivative's sign.
    The risk is differentiable in all arguments (envelope theorem). Raises as :func:`predict`.
    """
    check_spectrum(of)
    check_points(of, n, 0.0, noise)
    shape, arguments = together(n=n, k=k, noise=noise)
    return jax.tree.map(lambda x: x.reshape(shape), _optima(of, *arguments))
