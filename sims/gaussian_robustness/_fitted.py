"""Rules fitted to a training set; what is measured is exact given the fit."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sims._logistic import newton_logistic
from theory.gaussian_robustness import (
    OFFSET_CLIP,
    accuracies,
    covariance_matrix,
    mean,
    precision_times,
    scales,
    soft_threshold_attack,
)


def _sample_means(key: Array, params: Any) -> tuple[Array, Array]:
    """The two class means of a Gaussian training set: exact in law, no points drawn."""
    g = jax.random.normal(key, (2, params.d))
    if params.covariance == "diagonal":
        g = g * scales(params)
    else:
        g = g @ jnp.linalg.cholesky(covariance_matrix(params)).T
    mu = mean(params)
    return mu + g[0] / params.n_majority**0.5, -mu + g[1] / params.n_minority**0.5


def plugin_lda_trial(key: Array, params: Any) -> dict[str, Array]:
    """sign(w.(x - midpoint) + log R), w = Sigma^{-1}(xbar_1 - xbar_2), Sigma known: exact class
    accuracies given the fit."""
    first, second = _sample_means(key, params)
    w = precision_times(params, first - second)
    b = jnp.log(params.R) - w @ (first + second) / 2
    return {"lda": jnp.stack(accuracies(w, b, params)[:2])}


def plugin_robust_trial(key: Array, params: Any) -> dict[str, Array]:
    """w = 2 Sigma^{-1} soft(muhat, eps), offset log R - w.midpoint: four exact accuracies given the
    fit; diagonal Sigma, l_inf."""
    first, second = _sample_means(key, params)
    estimate = (first - second) / 2
    w = 2 * precision_times(params, estimate - soft_threshold_attack(estimate, params.eps))
    b = jnp.log(params.R) - w @ (first + second) / 2
    return {"plugin": jnp.stack(accuracies(w, b, params))}


# --------------------------------------------------------------------------------------------
# Adversarial logistic regression, diagonal Sigma, l_inf

_NEWTON_STEPS = 9
_DESCENT_STEPS = 60


def training_set(key: Array, params: Any) -> tuple[Float[Array, "n d"], Float[Array, " n"]]:
    """(y x, y): n points with P(y = 1) = R/(1+R); y x ~ N(mu, Sigma) whatever y."""
    key_y, key_g = jax.random.split(key)
    majority = jax.random.uniform(key_y, (params.n,)) * (1 + params.R) < params.R
    y = jnp.where(majority, 1.0, -1.0)
    return mean(params) + scales(params) * jax.random.normal(key_g, (params.n, params.d)), y


def _weights(y: Array, params: Any) -> Array:
    return jnp.where(y > 0, 1.0, params.rho)


def newton_fit(yx: Array, y: Array, params: Any) -> Float[Array, " d1"]:
    """(w, b) of adversarial logistic regression restricted to the coordinates |mu_j| > eps.

    There, and as long as w_j has mu_j's sign, the adversarial loss is the logistic loss of the
    shifted points y x - eps sgn(mu), so Newton's method from the population minimiser converges in
    a few steps; the other weights are held at 0.
    """
    mu = mean(params)
    z = soft_threshold_attack(mu, params.eps)
    active = jnp.append(jnp.where(jnp.abs(mu) > params.eps, 1.0, 0.0), 1.0)
    rows = jnp.concatenate([yx - z, y[:, None]], axis=1) * active
    weight = _weights(y, params)
    start = jnp.append(2 * (mu - z) / scales(params) ** 2, jnp.log(params.R / params.rho))

    # a ridge holds the inactive weights, whose rows are 0, at 0
    fit = newton_logistic(
        rows, jnp.ones_like(y), weight, 1 - active, start=start * active, steps=_NEWTON_STEPS
    )
    return fit.theta


def logistic_trial(key: Array, params: Any) -> dict[str, Array]:
    """One fit: ``squared_error`` of (w, b) from the population minimiser, and ``offset_square`` =
    min(n (b - log(R/rho))^2, OFFSET_CLIP)."""
    yx, y = training_set(key, params)
    theta = newton_fit(yx, y, params)
    mu = mean(params)
    target = 2 * (mu - soft_threshold_attack(mu, params.eps)) / scales(params) ** 2
    error = theta - jnp.append(target, jnp.log(params.R / params.rho))
    return {
        "squared_error": jnp.sum(error**2),
        "offset_square": jnp.minimum(params.n * error[-1] ** 2, OFFSET_CLIP),
    }


def support_trial(key: Array, params: Any) -> dict[str, Array]:
    """Is the last coordinate (|mu_d| < eps) exactly 0 in the fit?

    w_d = 0 is optimal iff |sum_i p_i y_i x_id| <= eps sum_i p_i, p the weighted sigmoid(-margin).
    ``excluded``: 1 if so. ``inactive_weight``: 0 if so, else the excess of that inequality (a
    nonzero weight has it as its driving gradient). ``descent_weight``: |w_d| after plain
    (sub)gradient descent, which hovers about 0 without reaching it.
    """
    yx, y = training_set(key, params)
    theta = newton_fit(yx, y, params)
    weight = _weights(y, params)
    last = yx[:, -1]

    def pull(w: Array, b: Array) -> Array:
        margin = yx @ w + y * b - params.eps * jnp.sum(jnp.abs(w))
        return weight * jax.nn.sigmoid(-margin)

    p = pull(theta[:-1], theta[-1])
    excess = jnp.abs(jnp.mean(p * last)) - params.eps * jnp.mean(p)

    def descend(_: Array | int, state: tuple[Array, Array]) -> tuple[Array, Array]:
        w, b = state
        q = pull(w, b)
        slope_w = -(q @ yx) / params.n + params.eps * jnp.mean(q) * jnp.sign(w)
        return w - 0.5 * slope_w, b + 0.5 * jnp.mean(q * y)

    start = jnp.full(params.d, 0.1), jnp.zeros(())
    w, _ = jax.lax.fori_loop(0, _DESCENT_STEPS, descend, start)
    return {
        "excluded": jnp.where(excess <= 0, 1.0, 0.0),
        "inactive_weight": jnp.maximum(excess, 0.0),
        "descent_weight": jnp.abs(w[-1]),
    }
