"""The nearest attack z, the robust direction Sigma^{-1}(mu - z), and the certificate that they fit.

    max_w (w.mu - eps |w|_q)/sqrt(w' Sigma w)  =  min_{|z|_p <= eps} |mu - z|_{Sigma^{-1}}  =  s_r.

Any w bounds s_r from below and any feasible z from above, so the difference of the two sides is a
certificate of the answer. Closed or one-root forms for diagonal Sigma and every p; accelerated
projected gradient, stopped by the certificate, for a full Sigma and p in {1, 2, inf}.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory import Scalar, absolute, minimum, sign, sqrt, total
from theory.gaussian_robustness._model import (
    Norm,
    Params,
    checked_radius,
    checked_shape,
    covariance_matrix,
    dual_norm,
    exponent,
    lp_norm,
    mean,
    scales,
)

_BISECTIONS = 70  # beyond 64 a float64 interval no longer shrinks
_MAX_STEPS = 20_000
GAP = 1e-12
"""The certificate's relative gap at which :func:`nearest_attack` stops."""


def soft_threshold_attack(mu: Scalar, eps: Scalar) -> Scalar:
    """z_j = sgn(mu_j) min(|mu_j|, eps): the nearest l_inf attack for every separable norm.

    Works on JAX arrays and on object arrays of exact values.
    """
    return sign(mu) * minimum(absolute(mu), eps)


def linf_margins(mu: Scalar, sigma: Scalar, eps: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """(s, k, s_r) for diagonal Sigma and an l_inf attack, on every evaluator; eps < |mu|_inf."""
    r = (mu - soft_threshold_attack(mu, eps)) / sigma
    standard = mu / sigma
    s_r = sqrt(total(r * r))
    return sqrt(total(standard * standard)), total(standard * r) / s_r, s_r


def isotropic_l2_margins(mu: Scalar, sigma: Scalar, eps: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """(s, k, s_r) for Sigma = sigma^2 I and an l_2 attack: s_r = s - eps/sigma and k = s."""
    s = sqrt(total(mu * mu)) / sigma
    return s, s, s - eps / sigma


# --------------------------------------------------------------------------------------------
# Diagonal Sigma


def _bisect(f: Callable[[Scalar], Scalar], low: Scalar, high: Scalar) -> Scalar:
    """The root of an increasing f between low and high, elementwise."""

    def step(_: Scalar, ends: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
        low, high = ends
        middle = (low + high) / 2
        up = f(middle) > 0
        return jnp.where(up, low, middle), jnp.where(up, middle, high)

    low, high = jax.lax.fori_loop(0, _BISECTIONS, step, (low, high))
    return (low + high) / 2


def _attack_l1(size: Scalar, variance: Scalar, eps: Scalar) -> Scalar:
    # z_j = max(|mu_j| - theta sigma_j^2, 0), theta from the sorted breakpoints |mu_j|/sigma_j^2
    order = jnp.argsort(-size / variance)
    top, weight = jnp.cumsum(size[order]), jnp.cumsum(variance[order])
    theta = (top - eps) / weight  # with the first j coordinates kept
    kept = size[order] / variance[order] > theta
    last = jnp.max(jnp.where(kept, jnp.arange(size.shape[0]), 0))
    return jnp.maximum(size - theta[last] * variance, 0.0)


def _attack_l2(size: Scalar, variance: Scalar, eps: Scalar) -> Scalar:
    # z_j = |mu_j| nu/(nu + sigma_j^2), nu >= 0 the root of |z| = eps; the bracket is exact when all
    # sigma_j are equal
    spare = jnp.maximum(lp_norm(size, 2.0) - eps, 1e-300)
    low, high = eps * jnp.min(variance) / spare, eps * jnp.max(variance) / spare
    nu = _bisect(lambda nu: lp_norm(size * nu / (nu + variance), 2.0) - eps, low, high)
    return size * nu / (nu + variance)


def _attack_lp(size: Scalar, variance: Scalar, eps: Scalar, p: float) -> Scalar:
    # (|mu_j| - z_j)/sigma_j^2 = theta (z_j/eps)^{p-1}: z falls in theta; theta is sought as a log
    def at(log_theta: Scalar) -> Scalar:
        def residual(z: Scalar) -> Scalar:
            scaled = jnp.where(z > 0, jnp.maximum(z, 1e-300) / eps, 0.0)
            return (z - size) / variance + jnp.exp(log_theta) * scaled ** (p - 1)

        return _bisect(residual, jnp.zeros_like(size), size)

    log_theta = _bisect(lambda x: eps - lp_norm(at(x), p), jnp.asarray(-200.0), jnp.asarray(200.0))
    return at(log_theta)


def nearest_attack_diagonal(
    mu: Float[Array, " d"], sigma: Float[Array, " d"], eps: Scalar, p: Norm | float
) -> Float[Array, " d"]:
    """z = argmin {sum_j ((mu_j - z_j)/sigma_j)^2 : |z|_p <= eps}, any p in [1, inf].

    l_inf: soft threshold. l_1: sorted breakpoints. l_2: one root. Other p: a root in every
    coordinate inside one root. eps >= |mu|_p gives z = mu. Raises ParameterError for p < 1 or a
    negative eps.
    """
    checked_radius(eps)
    return _diagonal(mu, sigma, eps, exponent(p))


@functools.partial(jax.jit, static_argnums=3)
def _diagonal(mu: Scalar, sigma: Scalar, eps: Scalar, power_: float) -> Scalar:
    if power_ == float("inf"):
        return soft_threshold_attack(mu, eps)
    size, variance = jnp.abs(mu), sigma**2
    if power_ == 1:
        z = _attack_l1(size, variance, eps)
    elif power_ == 2:
        z = _attack_l2(size, variance, eps)
    else:
        z = _attack_lp(size, variance, jnp.maximum(eps, 1e-300), power_)
    z = jnp.where(eps >= lp_norm(mu, power_), size, z)
    return jnp.sign(mu) * z


# --------------------------------------------------------------------------------------------
# Full Sigma


class Attack(NamedTuple):
    """The nearest attack and how well it is known.

    z: the attack, |z|_p <= eps. gap: (upper - lower)/upper bound of s_r, from the certificate.
    steps: iterations used (0 for a closed form).
    """

    z: Array
    gap: Array
    steps: Array


def project(v: Float[Array, " d"], eps: Scalar, p: Norm) -> Float[Array, " d"]:
    """The Euclidean projection of v on the l_p ball of radius eps, p in {1, 2, inf}."""
    inside = lp_norm(v, p) <= eps
    if p == "linf":
        return jnp.clip(v, -eps, eps)
    if p == "l2":
        size = lp_norm(v, p)
        return jnp.where(inside, v, v * (eps / jnp.where(size > 0, size, 1.0)))
    z = _attack_l1(jnp.abs(v), jnp.ones_like(v), eps)
    return jnp.where(inside, v, jnp.sign(v) * z)


def robust_margin_bounds(
    w: Scalar, z: Scalar, mu: Scalar, covariance: Scalar, eps: Scalar, p: Norm | float
) -> tuple[Scalar, Scalar]:
    """(lower, upper) bounds of s_r: the margin of w, and the distance of a feasible z."""
    lower = (w @ mu - eps * dual_norm(w, p)) / jnp.sqrt(w @ covariance @ w)
    r = mu - z
    return lower, jnp.sqrt(r @ jnp.linalg.solve(covariance, r))


def nearest_attack(
    mu: Float[Array, " d"], covariance: Float[Array, "d d"], eps: Scalar, p: Norm
) -> Attack:
    """argmin {(mu - z)' Sigma^{-1} (mu - z) : |z|_p <= eps} by accelerated projected gradient.

    Momentum (sqrt(kappa) - 1)/(sqrt(kappa) + 1) for the condition number kappa of Sigma: linear
    convergence. It stops when the certificate's relative gap is below 1e-12, which bounds the
    error of s_r, and z itself has come to rest (k is linear in the error of z, s_r quadratic).
    eps >= |mu|_p gives z = mu. Raises ParameterError for a Sigma that is not symmetric positive
    definite, mu = 0 or eps < 0.
    """
    checked_radius(eps)
    checked_shape(mu, covariance)
    return _general(mu, covariance, eps, p)


@functools.partial(jax.jit, static_argnums=3)
def _general(mu: Scalar, covariance: Scalar, eps: Scalar, p: Norm) -> Attack:
    inverse = jnp.linalg.inv(covariance)
    spectrum = jnp.linalg.eigvalsh(covariance)
    root = jnp.sqrt(spectrum[-1] / spectrum[0])
    momentum = (root - 1) / (root + 1)

    def gap_of(z: Scalar) -> Scalar:
        r = mu - z
        w = inverse @ r
        upper_squared = r @ w
        duality = eps * dual_norm(w, p) - w @ z  # = s_r (upper - lower), without cancellation
        return duality / jnp.where(upper_squared > 0, upper_squared, 1.0)

    def step(state: tuple[Scalar, Scalar, Scalar]) -> tuple[Scalar, Scalar, Scalar]:
        z, z_before, count = state
        ahead = z + momentum * (z - z_before)
        return project(ahead + spectrum[0] * (inverse @ (mu - ahead)), eps, p), z, count + 1

    def unfinished(state: tuple[Scalar, Scalar, Scalar]) -> Scalar:
        z, z_before, count = state
        moving = jnp.max(jnp.abs(z - z_before)) > 1e-15 * jnp.max(jnp.abs(mu))
        return (count < 2) | ((moving | (gap_of(z) > GAP)) & (count < _MAX_STEPS))

    start = project(mu, eps, p)
    z, _, steps = jax.lax.while_loop(unfinished, step, (start, start, jnp.asarray(0)))
    trivial = eps >= lp_norm(mu, p)
    return Attack(jnp.where(trivial, mu, z), jnp.where(trivial, 0.0, gap_of(z)), steps)


class GaussianMargins(NamedTuple):
    """(s, k, s_r) of the Gaussian model; k = s_r = 0 when the attack reaches the mean."""

    s: Array
    k: Array
    s_r: Array


def attack_of(params: Params) -> Scalar:
    """The nearest attack z of the params' model (Gaussian or elliptical)."""
    if params.covariance == "diagonal":
        return nearest_attack_diagonal(mean(params), scales(params), params.eps, params.p)
    return nearest_attack(mean(params), covariance_matrix(params), params.eps, params.p).z


def precision_times(params: Params, v: Scalar) -> Scalar:
    """Sigma^{-1} v."""
    if params.covariance == "diagonal":
        return v / scales(params) ** 2
    return jnp.linalg.solve(covariance_matrix(params), v)


def gaussian_margins(params: Params) -> GaussianMargins:
    """The three margins of the model with shape Sigma (Gaussian or elliptical noise)."""
    mu = mean(params)
    r = mu - attack_of(params)
    w = precision_times(params, r)
    squared = r @ w
    positive = squared > 0
    s_r = jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1.0)), 0.0)
    k = jnp.where(positive, (mu @ w) / jnp.where(positive, s_r, 1.0), 0.0)
    return GaussianMargins(jnp.sqrt(mu @ precision_times(params, mu)), k, s_r)
