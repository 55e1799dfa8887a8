"""Stable variables from uniform ones."""

import jax.numpy as jnp
from jax.typing import ArrayLike
from jaxtyping import Array, Float

__all__ = ["positive_stable", "symmetric_stable"]

_LEAST = 2.0**-54  # below every other: an exponential variable of 0 would give an infinite draw


def _exponential(u: Array) -> Array:
    return jnp.maximum(-jnp.log1p(-u), _LEAST)


def symmetric_stable(u: Float[Array, "2 ..."], alpha: ArrayLike) -> Float[Array, "..."]:
    """Standard symmetric stable variables, E exp(itS) = exp(-|t|^alpha), 0 < alpha <= 2.

    S = sin(alpha V)/cos(V)^{1/alpha} (cos((1-alpha)V)/E)^{(1-alpha)/alpha}, V uniform on
    (-pi/2, pi/2), E standard exponential (Chambers, Mallows, Stuck 1976). No special case at
    alpha = 1 (tan V) or 2.

    Args:
        u: independent uniforms on [0, 1), two rows.
        alpha: the stable index, broadcast against a row.
    """
    v = (2 * u[0] - 1) * (jnp.pi / 2 - 1e-12)  # cos V stays above 1e-12
    ratio = jnp.cos((1 - alpha) * v) / _exponential(u[1])
    return jnp.sin(alpha * v) / jnp.cos(v) ** (1 / alpha) * ratio ** ((1 - alpha) / alpha)


def positive_stable(u: Float[Array, "2 ..."], a: ArrayLike) -> Float[Array, "..."]:
    """Positive a-stable variables A, E exp(-s A) = exp(-s^a), 0 < a <= 1 (Kanter 1975).

    A = sin(a V)/sin(V)^{1/a} (sin((1-a)V)/E)^{(1-a)/a}, V uniform on (0, pi). At a = 1, A = 1.

    Args:
        u: independent uniforms on [0, 1), two rows.
        a: the stable index, broadcast against a row.
    """
    v = 1e-12 + u[0] * (jnp.pi - 2e-12)
    a = jnp.asarray(a)
    ratio = jnp.where(a < 1, jnp.sin((1 - a) * v) / _exponential(u[1]), 1.0)  # to the power 0
    return jnp.sin(a * v) / jnp.sin(v) ** (1 / a) * ratio ** ((1 - a) / a)
