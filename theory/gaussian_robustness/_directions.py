"""The nearest attack z, the robust direction Sigma^{-1}(mu - z), and the certificate that they fit.

    max_w (w.mu - eps |w|_q)/sqrt(w' Sigma w)  =  min_{|z|_p <= eps} |mu - z|_{Sigma^{-1}}  =  s_r.

Any w bounds s_r from below and any feasible z from above, so the difference of the two sides is a
certificate of the answer. Closed or one-root forms for diagonal Sigma and every p; accelerated
projected gradient, stopped by the certificate, for a full Sigma and p in {1, 2, inf}.
"""

import functools
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import Scalar, Single, absolute, closed_form, minimum, root, sign, sqrt, total
from theory.gaussian_robustness._model import (
    Margin,
    Matrix,
    Norm,
    Params,
    Positives,
    Radius,
    Vector,
    covariance_matrix,
    mean,
    scales,
)
from theory.gaussian_robustness._norms import dual_norm, exponent, lp_norm, named_exponent
from theory.gaussian_robustness._shapes import checked_shape

_MAX_STEPS = 20_000
GAP = 1e-12
"""The certificate's relative gap at which :func:`nearest_attack` stops."""


_MU, _SIGMA = [0.5, -0.3, 1.0], [1.0, 2.0, 0.7]
_COVARIANCE = [[1.8, 0.3, 0.3], [0.3, 1.8, 0.3], [0.3, 0.3, 1.8]]


@closed_form
def soft_threshold_attack(mu: Scalar, eps: Radius) -> Scalar:
    """z_j = sgn(mu_j) min(|mu_j|, eps): the nearest l_inf attack for every separable norm.

    Works on JAX arrays and on object arrays of exact values.
    """
    return sign(mu) * minimum(absolute(mu), eps)


@closed_form(
    example={"mu": _MU, "sigma": _SIGMA, "eps": 0.1},
    eps=("is not below |mu|_inf", lambda eps, mu: (abs(mu) > eps).any()),
)
def linf_margins(
    mu: Vector, sigma: Positives, eps: Annotated[Radius, Single]
) -> tuple[Scalar, Scalar, Scalar]:
    """(s, k, s_r) for diagonal Sigma and an l_inf attack, on every evaluator; eps < |mu|_inf."""
    r = (mu - soft_threshold_attack(mu, eps)) / sigma
    standard = mu / sigma
    s_r = sqrt(total(r * r))
    return sqrt(total(standard * standard)), total(standard * r) / s_r, s_r


@closed_form(
    example={"mu": _MU, "sigma": 1.0, "eps": 0.1},
    eps=("is not below |mu|_2", lambda eps, mu: (mu**2).sum() > eps**2),
)
def isotropic_l2_margins(mu: Vector, sigma: Margin, eps: Radius) -> tuple[Scalar, Scalar, Scalar]:
    """(s, k, s_r) for Sigma = sigma^2 I and an l_2 attack: s_r = s - eps/sigma and k = s."""
    s = sqrt(total(mu * mu)) / sigma
    return s, s, s - eps / sigma


# --------------------------------------------------------------------------------------------
# Diagonal Sigma


def _attack_l1(size: Scalar, variance: Scalar, eps: Scalar) -> Scalar:
    # z_j = max(|mu_j| - theta sigma_j^2, 0), theta from the sorted breakpoints |mu_j|/sigma_j^2
    order = jnp.argsort(-size / variance)
    top, weight = jnp.cumsum(size[order]), jnp.cumsum(variance[order])
    theta = (top - eps) / weight  # with the first j coordinates kept
    breakpoints = size / variance
    kept = breakpoints[order] > theta
    last = jnp.max(jnp.where(kept, jnp.arange(size.shape[0]), 0))
    # not a maximum with 0, which at eps = 0 would pass on half of the derivative
    reached = breakpoints >= breakpoints[order][last]
    return jnp.where(reached, size - theta[last] * variance, 0.0)


def _attack_l2(size: Scalar, variance: Scalar, eps: Scalar) -> Scalar:
    # z_j = |mu_j| nu/(nu + sigma_j^2), nu >= 0 the root of |z| = eps; the bracket is exact when all
    # sigma_j are equal
    spare = jnp.maximum(lp_norm(size, 2.0) - eps, 1e-300)
    low, high = eps * jnp.min(variance) / spare, eps * jnp.max(variance) / spare

    def missing(nu: Scalar) -> Scalar:
        return eps - nu * lp_norm(size / (nu + variance), 2.0)

    nu = root(missing, low / 2, 2 * high)  # rounding may move the root out of the exact bracket
    return size * nu / (nu + variance)


def _attack_lp(size: Scalar, variance: Scalar, eps: Scalar, p: float) -> Scalar:
    # z = eps y, |y|_p = 1, (|mu_j| - eps y_j)/sigma_j^2 = theta y_j^{p-1}: y falls in theta, which
    # is sought as a log
    def at(log_theta: Scalar) -> Scalar:
        def residual(y: Scalar) -> Scalar:
            power = jnp.where(y > 0, jnp.where(y > 0, y, 1.0) ** (p - 1), 0.0)
            value = (size - eps * y) / variance - jnp.exp(log_theta) * power
            return jnp.where(y < 1.5, value, -1.0)  # y <= 1 at the theta sought

        return root(residual, 0.0, 1.5)

    def excess(log_theta: Scalar) -> Scalar:
        return lp_norm(at(log_theta), p) - 1

    return eps * at(root(excess, -200.0, 200.0))


@closed_form(example={"mu": _MU, "sigma": _SIGMA, "eps": 0.1, "p": 3.0})
def nearest_attack_diagonal(
    mu: Vector, sigma: Positives, eps: Annotated[Radius, Single], p: Norm | float
) -> Scalar:
    """z = argmin {sum_j ((mu_j - z_j)/sigma_j)^2 : |z|_p <= eps}, any p in [1, inf].

    l_inf: soft threshold. l_1: sorted breakpoints. l_2: one root. Other p: a root in every
    coordinate inside one root. eps >= |mu|_p gives z = mu. Raises ParameterError for p < 1,
    a negative eps or scales that are not positive.
    """
    mu, sigma, eps = (jnp.asarray(v, float) for v in (mu, sigma, eps))
    return _diagonal(mu, sigma, eps, exponent(p))


@functools.partial(jax.jit, static_argnums=3)
def _diagonal(mu: Scalar, sigma: Scalar, eps: Scalar, power_: float) -> Scalar:
    if power_ == float("inf"):
        return soft_threshold_attack(mu, eps)
    size, variance, norm = jnp.abs(mu), sigma**2, lp_norm(mu, power_)
    reaches = eps >= norm
    inside = jnp.where(reaches, norm / 2, eps)
    if power_ == 1:
        z = _attack_l1(size, variance, inside)
    elif power_ == 2:
        z = _attack_l2(size, variance, inside)
    else:
        z = _attack_lp(size, variance, inside, power_)
    return jnp.sign(mu) * jnp.where(reaches, size, z)


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


@closed_form(example={"v": _MU, "eps": 0.1, "p": 1})
def project(v: Vector, eps: Annotated[Radius, Single], p: Norm | float) -> Scalar:
    """The Euclidean projection of v on the l_p ball of radius eps, p in {1, 2, inf}.

    Raises ParameterError for any other p.
    """
    return _project(jnp.asarray(v, float), eps, named_exponent(p))


def _project(v: Scalar, eps: Scalar, power: float) -> Scalar:
    if power == float("inf"):
        return jnp.clip(v, -eps, eps)
    size = lp_norm(v, power)
    inside = size <= eps
    if power == 2:
        return jnp.where(inside, v, v * (eps / jnp.where(size > 0, size, 1.0)))
    z = _attack_l1(jnp.abs(v), jnp.ones_like(v), eps)
    return jnp.where(inside, v, jnp.sign(v) * z)


@closed_form(
    example={
        "w": _MU,
        "z": [0.1, 0.0, 0.0],
        "mu": _MU,
        "covariance": _COVARIANCE,
        "eps": 0.1,
        "p": 1,
    }
)
def robust_margin_bounds(
    w: Vector, z: Vector, mu: Vector, covariance: Matrix, eps: Radius, p: Norm | float
) -> tuple[Scalar, Scalar]:
    """(lower, upper) bounds of s_r: the margin of w, and the distance of a feasible z."""
    w, z, mu, covariance = (jnp.asarray(v, float) for v in (w, z, mu, covariance))
    lower = (w @ mu - eps * dual_norm(w, p)) / jnp.sqrt(w @ covariance @ w)
    r = mu - z
    return lower, jnp.sqrt(r @ jnp.linalg.solve(covariance, r))


@closed_form(example={"mu": _MU, "covariance": _COVARIANCE, "eps": 0.1, "p": 2})
def nearest_attack(
    mu: Vector, covariance: Matrix, eps: Annotated[Radius, Single], p: Norm | float
) -> Attack:
    """argmin {(mu - z)' Sigma^{-1} (mu - z) : |z|_p <= eps} by accelerated projected gradient.

    Momentum (sqrt(kappa) - 1)/(sqrt(kappa) + 1) for the condition number kappa of Sigma: linear
    convergence. It stops when the certificate's relative gap is below 1e-12, which bounds the
    error of s_r, and z itself has come to rest (k is linear in the error of z, s_r quadratic).
    eps >= |mu|_p gives z = mu. p in {1, 2, inf}. z is differentiable, as the fixed point of a step.
    Raises ParameterError for a Sigma that is not symmetric positive definite, mu = 0, eps < 0 or
    any other p.
    """
    checked_shape(mu, covariance)
    mu, covariance, eps = (jnp.asarray(v, float) for v in (mu, covariance, eps))
    covariance = jnp.diag(covariance) if covariance.ndim == 1 else covariance
    return _general(mu, covariance, eps, named_exponent(p))


@functools.partial(jax.jit, static_argnums=3)
def _general(mu: Scalar, covariance: Scalar, eps: Scalar, p: float) -> Attack:
    inverse = jnp.linalg.inv(covariance)
    spectrum = jnp.linalg.eigvalsh(jax.lax.stop_gradient(covariance))
    condition = jnp.sqrt(spectrum[-1] / spectrum[0])
    momentum = (condition - 1) / (condition + 1)

    def gap_of(z: Scalar) -> Scalar:
        r = mu - z
        w = inverse @ r
        upper_squared = r @ w
        duality = eps * dual_norm(w, p) - w @ z  # = s_r (upper - lower), without cancellation
        return duality / jnp.where(upper_squared > 0, upper_squared, 1.0)

    def descend(z: Scalar) -> Scalar:
        return _project(z + spectrum[0] * (inverse @ (mu - z)), eps, p)

    def step(state: tuple[Scalar, Scalar, Scalar]) -> tuple[Scalar, Scalar, Scalar]:
        z, z_before, count = state
        return descend(z + momentum * (z - z_before)), z, count + 1

    def unfinished(state: tuple[Scalar, Scalar, Scalar]) -> Scalar:
        z, z_before, count = state
        moving = jnp.max(jnp.abs(z - z_before)) > 1e-15 * jnp.max(jnp.abs(mu))
        return (count < 2) | ((moving | (gap_of(z) > GAP)) & (count < _MAX_STEPS))

    def find(_f: Scalar, start: Scalar) -> tuple[Scalar, tuple[Scalar, Scalar]]:
        z, _, steps = jax.lax.while_loop(unfinished, step, (start, start, jnp.asarray(0)))
        return z, (gap_of(z), steps.astype(float))  # derivatives of aux are floats

    z, (gap, steps) = jax.lax.custom_root(
        lambda z: z - descend(z),
        _project(mu, eps, p),
        find,
        lambda residual, y: jnp.linalg.solve(jax.jacobian(residual)(y), y),
        has_aux=True,
    )
    trivial = eps >= lp_norm(mu, p)
    return Attack(jnp.where(trivial, mu, z), jnp.where(trivial, 0.0, gap), steps.astype(int))


class GaussianMargins(NamedTuple):
    """(s, k, s_r) of the Gaussian model; k = s_r = 0 when the attack reaches the mean."""

    s: Array
    k: Array
    s_r: Array


def attack_of(params: Any) -> Scalar:
    """The nearest attack z of the params' model (Gaussian or elliptical)."""
    if params.covariance == "diagonal":
        return nearest_attack_diagonal(mean(params), scales(params), params.eps, params.p)
    return nearest_attack(mean(params), covariance_matrix(params), params.eps, params.p).z


@closed_form(example={"params": Params(), "v": [1.0] * Params().d})
def precision_times(params: Any, v: Vector) -> Scalar:
    """Sigma^{-1} v."""
    if params.covariance == "diagonal":
        return v / scales(params) ** 2
    return jnp.linalg.solve(covariance_matrix(params), v)


def gaussian_margins(params: Any) -> GaussianMargins:
    """The three margins of the model with shape Sigma (Gaussian or elliptical noise)."""
    mu = mean(params)
    r = mu - attack_of(params)
    w = precision_times(params, r)
    squared = r @ w
    positive = squared > 0
    s_r = jnp.where(positive, jnp.sqrt(jnp.where(positive, squared, 1.0)), 0.0)
    k = jnp.where(positive, (mu @ w) / jnp.where(positive, s_r, 1.0), 0.0)
    return GaussianMargins(jnp.sqrt(mu @ precision_times(params, mu)), k, s_r)
