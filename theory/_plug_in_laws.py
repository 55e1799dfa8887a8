"""Errors of rules with estimated means, averaged over their training sets."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory._closed_form import closed_form
from theory._fields import Ge, Le
from theory._formula import Scalar
from theory._gamma_laws import quadratic_form_cdf

__all__ = ["plugin_errors"]

Count = Annotated[Scalar, Ge(1e-100), Le(1e15)]
Dimension = Annotated[Scalar, Ge(1), Le(1e9)]
PLUGIN = {"s": 1.0, "d": 10.0, "minority": 50.0, "majority": 500.0, "t": 0.5}


@closed_form(example=PLUGIN)
def plugin_errors(
    s: Annotated[Scalar, Ge(0), Le(1e4)], d: Dimension, minority: Count, majority: Count, t: Scalar
) -> tuple[Any, Any]:
    """Mean (minority, majority) errors of a linear discriminant with estimated means, exactly.

    Classes N(+-mu, I_d), s = |mu|, sample means m_+ (minority) and m_-: a minority point is lost
    where |x - m_-|^2 - |x - m_+|^2 < 2t. ``minority`` and ``majority`` are the points behind each
    mean, and need not be whole: they are inverse variances a, b. The pair of distances has
    covariance [[1 + a, 1], [1, 1 + b]], so that their difference is w X + w' X', chi'^2_d variables
    at the roots of w^2 - (b - a) w = a + b + a b, of noncentrality 4 s^2/(w (1 - (1 + b - w)^2)).
    """
    s, d, a, b, t = jnp.broadcast_arrays(
        *(jnp.asarray(v, float) for v in (s, d, 1 / minority, 1 / majority, t))
    )
    a, b, t = jnp.stack([a, b]), jnp.stack([b, a]), jnp.stack([t, -t])  # the majority's by swapping
    # the roots by the larger one and their product, and 1 -+ (1 + b - w) likewise: no cancellation
    product = a + b + a * b
    larger = jnp.abs(b - a) / 2 + jnp.sqrt((a + b) ** 2 / 4 + a + b)
    up, down = (
        jnp.where(b > a, larger, product / larger),
        jnp.where(b > a, product / larger, larger),
    )
    w = jnp.stack([up, -down], axis=-1)
    low = jnp.stack([(a + b) / (up + a), -down - b], axis=-1)
    high = jnp.stack([(4 + a + b) / (2 + b + down), 2 + b + down], axis=-1)
    shifts = 4 * s[..., None] ** 2 / (w * low * high)
    return tuple(quadratic_form_cdf(2 * t, w, jnp.stack([d, d])[..., None], shifts))
