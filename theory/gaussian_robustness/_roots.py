"""Roots by bisection, with the derivatives of the implicit function."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from theory import Scalar

_BISECTIONS = 70  # beyond 64 a float64 interval no longer shrinks


def bisect(f: Callable[[Scalar], Scalar], low: Scalar, high: Scalar) -> Scalar:
    """The point where f turns from positive to not positive between low and high, elementwise."""

    def step(_: Scalar, ends: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
        low, high = ends
        middle = (low + high) / 2
        positive = f(middle) > 0
        return jnp.where(positive, middle, low), jnp.where(positive, high, middle)

    low, high = jax.lax.fori_loop(0, _BISECTIONS, step, (low, high))
    return (low + high) / 2


def root(f: Callable[[Scalar], Scalar], find: Callable[[], Scalar], shape: Any = ()) -> Scalar:
    """The root that ``find`` finds of f (elementwise where it takes an array).

    The search is not differentiated: dx = -f'^{-1} df.
    """
    return jax.lax.custom_root(
        f, jnp.zeros(shape), lambda _f, _start: find(), lambda slope, y: y / slope(jnp.ones(shape))
    )
