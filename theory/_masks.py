"""Where the result of a closed form is NaN: the masks of its arguments, spread over its leaves."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
from jax.core import Tracer


def over_rows(good: Any, axes: int) -> Any:
    """Whether all entries on the last ``axes`` axes are good."""
    return good.all(axis=tuple(range(-min(axes, np.ndim(good)), 0))) if axes else good


def masked(result: Any, masks: list[Any]) -> Any:
    """NaN in every floating entry of the result that a bad entry reaches."""
    concrete = not any(isinstance(m, Tracer) for m in masks)

    def mask(leaf: Any) -> Any:
        if isinstance(leaf, mpmath.mpf):
            return mpmath.nan if concrete and not all(np.all(m) for m in masks) else leaf
        if isinstance(leaf, float):
            if concrete:
                return leaf if all(np.all(m) for m in masks) else math.nan
            leaf = jnp.asarray(leaf)
        if not jnp.issubdtype(getattr(leaf, "dtype", np.int64), np.inexact):
            return leaf
        xp: Any = np if concrete and isinstance(leaf, (np.ndarray, np.generic)) else jnp
        for good in masks:
            good = good if _fits(np.shape(good), np.shape(leaf)) else good.all()
            leaf = xp.where(good, leaf, math.nan)
        return leaf

    return jax.tree.map(mask, result)


def _fits(mask: tuple[int, ...], leaf: tuple[int, ...]) -> bool:
    """Whether the mask broadcasts to the leaf without enlarging it."""
    try:
        return np.broadcast_shapes(mask, leaf) == leaf
    except ValueError:
        return False
