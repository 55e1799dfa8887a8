"""Sums along a geometric sequence."""

from typing import Annotated

import jax
import jax.numpy as jnp
from jax.scipy.special import spence

from theory._closed_form import closed_form
from theory._fields import Ge, Le, Lt
from theory._formula import Scalar

__all__ = ["log_pochhammer"]

_DIRECT = 64


@jax.custom_jvp
def _minus_dilog(x: jax.Array) -> jax.Array:
    """-Li_2(-x), x >= 0, to relative rounding (spence(1 + x) loses the digits of a small x)."""
    small = x < 0.1
    k = 1 + jnp.arange(16)
    y = jnp.where(small, x, 0.0)
    series = jnp.sum(-((-y[..., None]) ** k) / k**2, axis=-1)
    return jnp.where(small, series, -spence(1 + jnp.where(small, 1.0, x)))


@_minus_dilog.defjvp
def _minus_dilog_slope(primals, tangents):
    """log(1+x)/x; JAX's own derivative of spence is NaN next to 1."""
    (x,), (change,) = primals, tangents
    safe = jnp.where(x > 0, x, 1.0)
    return _minus_dilog(x), jnp.where(x > 0, jnp.log1p(safe) / safe, 1.0) * change


@jax.jit
def log_pochhammer_at(b: jax.Array, lam: jax.Array) -> jax.Array:
    """:func:`log_pochhammer` by lam = -log rho, which rho near 1 does not know."""
    t = jnp.arange(_DIRECT)
    direct = jnp.sum(jnp.log1p(b[..., None] * jnp.exp(-lam[..., None] * t)), axis=-1)
    rest = b * jnp.exp(-_DIRECT * lam)
    w = rest / (1 + rest)
    curve = w / (1 + rest)
    tail = (
        _minus_dilog(rest) / lam
        + jnp.log1p(rest) / 2
        + lam * w / 12
        - lam**3 * curve * (1 - 2 * w) / 720
        + lam**5 * curve * (1 - 14 * w + 36 * w**2 - 24 * w**3) / 30240
    )
    return direct + tail


@closed_form
def log_pochhammer(
    b: Annotated[Scalar, Ge(0), Le(1e50)], rho: Annotated[Scalar, Ge(1e-50), Lt(1)]
) -> jax.Array:
    """sum_{t>=0} log(1 + b rho^t) = log (-b; rho)_inf (a q-Pochhammer symbol).

    64 terms directly, the rest by Euler-Maclaurin with lam = -log rho: -Li_2(-b')/lam
    + log(1+b')/2 + lam w/12 - lam^3 w(1-w)(1-2w)/720 + ..., w = b'/(1+b'), b' = b rho^64. To 1e-13
    relative: where lam is not small b' is.
    """
    b, rho = jnp.broadcast_arrays(*(jnp.asarray(x, dtype=jnp.float64) for x in (b, rho)))
    return log_pochhammer_at(b, -jnp.log(rho))
