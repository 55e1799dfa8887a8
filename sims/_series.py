"""What a trial reads off a series in time: when it passes a level, how fast it grows."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

__all__ = ["crossing", "slope"]


def crossing(values: Float[Array, "times *B"], level: Any) -> Float[Array, "*B"]:  # noqa: F821
    """The first time at which a growing positive series passes ``level``, interpolated in its log;
    the number of times where it never does."""
    above = values >= level
    first = jnp.argmax(above, axis=0)
    after = jnp.take_along_axis(values, first[None], axis=0)[0]
    before = jnp.take_along_axis(values, jnp.maximum(first - 1, 0)[None], axis=0)[0]
    growth = jnp.log(jnp.where(after > before, after / before, 2.0))
    part = jnp.log(level / before) / growth
    time = jnp.where(first > 0, first - 1 + part, 0.0)
    return jnp.where(above.any(axis=0), time, 1.0 * values.shape[0])


def slope(x: Float[Array, " n"], y: Float[Array, " n"], keep: Any = True) -> Float[Array, ""]:
    """Least-squares slope of y on x over the points to keep; 0 where these have no spread."""
    kept = jnp.broadcast_to(jnp.asarray(keep, dtype=float), x.shape)
    centred = kept * (x - jnp.sum(kept * x) / jnp.maximum(jnp.sum(kept), 1.0))
    square = jnp.sum(centred**2)
    return jnp.sum(centred * y) / jnp.where(square > 0, square, 1.0)
