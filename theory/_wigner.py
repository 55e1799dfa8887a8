"""The semicircle law, and what a signal of finite rank does to a Wigner matrix.

A symmetric d x d matrix of independent centred entries whose spectrum fills [-2W, 2W] as d grows.
"""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory._closed_form import closed_form
from theory._fields import Ge, Gt, Le
from theory._formula import Scalar

__all__ = ["semicircle_angle", "semicircle_energy", "spiked_eigenvalue", "spiked_overlap"]

Share = Annotated[Scalar, Ge(0), Le(1)]
Signal = Annotated[Scalar, Ge(0), Le(1e50)]
Width = Annotated[Scalar, Gt(0), Le(1e50)]


def _less_its_sine(x: jax.Array) -> jax.Array:
    """x - sin x, 0 <= x <= 2 pi, to relative rounding."""
    small = x < 0.5
    y = jnp.where(small, x, 0.0)
    nested = jnp.ones_like(y)
    for k in (156, 110, 72, 42, 20):  # 1 - y^2/20 (1 - y^2/42 (...)), innermost first
        nested = 1 - y**2 / k * nested
    return jnp.where(small, y**3 / 6 * nested, x - jnp.sin(x))


@jax.custom_jvp
@jax.jit
def _angle(u: jax.Array) -> jax.Array:
    def halve(_, ends):
        low, high = ends  # of log theta: small angles keep their digits
        middle = (low + high) / 2
        below = _less_its_sine(2 * jnp.exp(middle)) < u * jnp.pi
        return jnp.where(below, middle, low), jnp.where(below, high, middle)

    ends = jnp.full_like(u, -250.0), jnp.full_like(u, jnp.log(jnp.pi / 2))
    low, high = jax.lax.fori_loop(0, 60, halve, ends)
    return jnp.where(u > 0, jnp.exp((low + high) / 2), 0.0 * u)


@_angle.defjvp
def _angle_slope(primals, tangents):
    theta = _angle(*primals)
    return theta, tangents[0] * jnp.pi / (4 * jnp.sin(theta) ** 2)


@closed_form
def semicircle_angle(share: Share) -> jax.Array:
    """theta in [0, pi/2] with (2 theta - sin 2 theta)/pi = u: the share u of a semicircle's mass
    lies beyond +- 2 cos(theta) W. By bisection in log theta (60 halvings); infinite slope at 0."""
    return _angle(jnp.asarray(share, dtype=jnp.float64))


@jax.custom_jvp
def _energy(u: jax.Array) -> jax.Array:
    return _less_its_sine(4 * _angle(u)) / (2 * jnp.pi)


@_energy.defjvp
def _energy_slope(primals, tangents):
    """4 cos^2(theta): the largest eigenvalues' square, on the scale where 1 is the mean square."""
    return _energy(*primals), tangents[0] * 4 * jnp.cos(_angle(*primals)) ** 2


@closed_form
def semicircle_energy(share: Share) -> jax.Array:
    """v(u) = (2 theta - sin(4 theta)/2)/pi, theta = semicircle_angle(u): the share of a Wigner
    matrix's squared Frobenius norm that its top share u of singular values carries."""
    return _energy(jnp.asarray(share, dtype=jnp.float64))


@closed_form
def spiked_eigenvalue(theta: Signal, width: Width) -> jax.Array:
    """Top eigenvalue of a signal theta v v' in the noise: theta + W^2/theta above the threshold
    theta > W, the bulk edge 2W below (Baik, Ben Arous, Peche)."""
    theta, width = jnp.asarray(theta), jnp.asarray(width)
    seen = theta > width
    safe = jnp.where(seen, theta, width)
    return jnp.where(seen, safe + width**2 / safe, 2 * width)


@closed_form
def spiked_overlap(theta: Signal, width: Width) -> jax.Array:
    """<v, v_hat>^2 -> 1 - W^2/theta^2 above the threshold, 0 below."""
    theta, width = jnp.asarray(theta), jnp.asarray(width)
    return jnp.where(theta > width, 1 - (width / jnp.where(theta > 0, theta, 1.0)) ** 2, 0.0)
