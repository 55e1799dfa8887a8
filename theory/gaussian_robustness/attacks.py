"""The attack z that is nearest to mu.

    max_w (w.mu - eps |w|_q)/sqrt(w' Sigma w)  =  min_{|z|_p <= eps} |mu - z|_{Sigma^{-1}}  =  s_r.

Any w bounds s_r from below and any feasible z from above, so the difference of the two sides is a
certificate of the answer. Closed or one-root forms of z for diagonal Sigma and every p; accelerated
projected gradient, stopped by the certificate, for a full Sigma and p in {1, 2, inf}.
"""

import functools
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Scalar, absolute, ball_projection, closed_form, dual_norm, lp_norm, minimum, norm_exponent,
    root, sign,
)  # fmt: skip
from theory._norm_balls import INFINITY, nearest_in_l1
from theory.gaussian_robustness.params import (
    Matrix, Norm, OneRadius, Positives, Radius, Vector, check_shape, covariance_matrix, mean,
    scales,
)  # fmt: skip

__all__ = [
    "Attack", "attack_of", "nearest_attack", "nearest_attack_diagonal", "robust_margin_bounds",
    "soft_threshold_attack",
]  # fmt: skip

MU, SIGMA = [0.5, -0.3, 1.0], [1.0, 2.0, 0.7]
COVARIANCE = [[1.8, 0.3, 0.3], [0.3, 1.8, 0.3], [0.3, 0.3, 1.8]]


@closed_form
def soft_threshold_attack(mu: Scalar, eps: Radius) -> Scalar:
    """z_j = sgn(mu_j) min(|mu_j|, eps): the nearest l_inf attack for every separable norm."""
    return sign(mu) * minimum(absolute(mu), eps)


# Diagonal Sigma, given |mu_j| and sigma_j^2


def attack_l2(size: Scalar, variance: Scalar, eps: Scalar) -> Scalar:
    """z_j = |mu_j| nu/(nu + sigma_j^2), nu >= 0 the root of |z| = eps."""
    # the bracket is exact when all sigma_j are equal, and rounding may move the root out of it
    spare = jnp.maximum(lp_norm(size, 2.0) - eps, 1e-300)
    low, high = eps * jnp.min(variance) / spare, eps * jnp.max(variance) / spare
    nu = root(lambda nu: eps - nu * lp_norm(size / (nu + variance), 2.0), low / 2, 2 * high)
    return size * nu / (nu + variance)


def attack_lp(size: Scalar, variance: Scalar, eps: Scalar, p: float) -> Scalar:
    """z = eps y, |y|_p = 1, (|mu_j| - eps y_j)/sigma_j^2 = theta y_j^{p-1}; y falls in theta."""

    def at(log_theta: Scalar) -> Scalar:
        def residual(y: Scalar) -> Scalar:
            power = jnp.where(y > 0, jnp.where(y > 0, y, 1.0) ** (p - 1), 0.0)
            value = (size - eps * y) / variance - jnp.exp(log_theta) * power
            return jnp.where(y < 1.5, value, -1.0)  # y <= 1 at the theta sought

        return root(residual, 0.0, 1.5)

    return eps * at(root(lambda log_theta: lp_norm(at(log_theta), p) - 1, -200.0, 200.0))


@closed_form(example={"mu": MU, "sigma": SIGMA, "eps": 0.1, "p": 3.0})
def nearest_attack_diagonal(
    mu: Vector, sigma: Positives, eps: OneRadius, p: Norm | float
) -> Scalar:
    """z = argmin {sum_j ((mu_j - z_j)/sigma_j)^2 : |z|_p <= eps}, any p in [1, inf].

    l_inf: soft threshold. l_1: sorted breakpoints. l_2: one root. Other p: a root in every
    coordinate inside one root. eps >= |mu|_p gives z = mu. Raises ParameterError for p < 1,
    a negative eps or scales that are not positive.
    """
    mu, sigma, eps = (jnp.asarray(v, float) for v in (mu, sigma, eps))
    return diagonal(mu, sigma, eps, norm_exponent(p))


@functools.partial(jax.jit, static_argnums=3)
def diagonal(mu: Scalar, sigma: Scalar, eps: Scalar, p: float) -> Scalar:
    """The same as one program."""
    if p == INFINITY:
        return soft_threshold_attack(mu, eps)
    size, variance, norm = jnp.abs(mu), sigma**2, lp_norm(mu, p)
    reaches = eps >= norm
    inside = jnp.where(reaches, norm / 2, eps)
    if p == 1:
        z = nearest_in_l1(size, variance, inside)
    elif p == 2:
        z = attack_l2(size, variance, inside)
    else:
        z = attack_lp(size, variance, inside, p)
    return jnp.sign(mu) * jnp.where(reaches, size, z)


class Attack(NamedTuple):
    """The nearest attack and how well it is known."""

    z: Array
    gap: Array  # (upper - lower)/upper bound of s_r, from the certificate
    steps: Array


@closed_form(
    example={"w": MU, "z": [0.1, 0.0, 0.0], "mu": MU, "covariance": COVARIANCE, "eps": 0.1, "p": 1}
)
def robust_margin_bounds(
    w: Vector, z: Vector, mu: Vector, covariance: Matrix, eps: Radius, p: Norm | float
) -> tuple[Scalar, Scalar]:
    """(lower, upper) bounds of s_r: the margin of w, and the distance of a feasible z."""
    w, z, mu, covariance = (jnp.asarray(v, float) for v in (w, z, mu, covariance))
    lower = (w @ mu - eps * dual_norm(w, p)) / jnp.sqrt(w @ covariance @ w)
    return lower, jnp.sqrt((mu - z) @ jnp.linalg.solve(covariance, mu - z))


@closed_form(example={"mu": MU, "covariance": COVARIANCE, "eps": 0.1, "p": 2})
def nearest_attack(mu: Vector, covariance: Matrix, eps: OneRadius, p: Norm | float) -> Attack:
    """argmin {(mu - z)' Sigma^{-1} (mu - z) : |z|_p <= eps} by accelerated projected gradient.

    Momentum (sqrt(kappa) - 1)/(sqrt(kappa) + 1) for the condition number kappa of Sigma: linear
    convergence. It stops when the certificate's relative gap is below 1e-12, which bounds the
    error of s_r, and z itself has come to rest (k is linear in the error of z, s_r quadratic).
    eps >= |mu|_p gives z = mu. p in {1, 2, inf}. z is differentiable, as the fixed point of a step.
    Raises ParameterError for a Sigma that is not symmetric positive definite, mu = 0, eps < 0 or
    any other p.
    """
    check_shape(mu, covariance)
    mu, covariance, eps = (jnp.asarray(v, float) for v in (mu, covariance, eps))
    covariance = jnp.diag(covariance) if covariance.ndim == 1 else covariance
    return by_projections(mu, covariance, eps, norm_exponent(p, among=(1, 2, INFINITY)))


@functools.partial(jax.jit, static_argnums=3)
def by_projections(mu: Scalar, covariance: Scalar, eps: Scalar, p: float) -> Attack:
    """The same as one program."""
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
        return ball_projection.__wrapped__(z + spectrum[0] * (inverse @ (mu - z)), eps, p)

    def step(state: tuple[Scalar, Scalar, Scalar]) -> tuple[Scalar, Scalar, Scalar]:
        z, z_before, count = state
        return descend(z + momentum * (z - z_before)), z, count + 1

    def unfinished(state: tuple[Scalar, Scalar, Scalar]) -> Scalar:
        z, z_before, count = state
        moving = jnp.max(jnp.abs(z - z_before)) > 1e-15 * jnp.max(jnp.abs(mu))
        return (count < 2) | ((moving | (gap_of(z) > 1e-12)) & (count < 20_000))

    def find(_f: Scalar, start: Scalar) -> tuple[Scalar, tuple[Scalar, Scalar]]:
        z, _, steps = jax.lax.while_loop(unfinished, step, (start, start, jnp.asarray(0)))
        return z, (gap_of(z), steps.astype(float))  # derivatives of aux are floats

    z, (gap, steps) = jax.lax.custom_root(
        lambda z: z - descend(z),
        ball_projection.__wrapped__(mu, eps, p),
        find,
        lambda residual, y: jnp.linalg.solve(jax.jacobian(residual)(y), y),
        has_aux=True,
    )
    trivial = eps >= lp_norm(mu, p)
    return Attack(jnp.where(trivial, mu, z), jnp.where(trivial, 0.0, gap), steps.astype(int))


def attack_of(params: Any) -> Scalar:
    """The nearest attack z of the params' model (Gaussian or elliptical)."""
    if params.covariance == "diagonal":
        return nearest_attack_diagonal(mean(params), scales(params), params.eps, params.p)
    return nearest_attack(mean(params), covariance_matrix(params), params.eps, params.p).z
