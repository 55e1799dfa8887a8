"""The NNGP and the neural tangent kernel at depth L.

Recursion (Theta_0 = t_0 = t): t_{l+1} = F(t_l), Theta_{l+1} = t_{l+1} + Theta_l F'(t_l).

A pair of inputs is described by *both* s = 1 - t (taken from differences, |x-z|^2/2) and log t:
near the diagonal the recursion runs in s, where t = 1 - s would round s away; farther out it runs
in log t, since t may underflow. The NTK is carried as the ratio Theta/t, whose recursion
R_{l+1} = 1 + R_l e_l, with e_l = t_l F'(t_l)/F(t_l) the elasticity of F, has positive terms only.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from theory.ntk_classifiers._activations import Activation

NEAR = 0.25
"""s below this: the recursion runs in s, above in log t."""


class Similarity(NamedTuple):
    """A pair of inputs on the sphere: s = 1 - x.z and log(x.z), each accurate where it is small."""

    s: Any
    log_t: Any


def similarity(t: Any) -> Similarity:
    """From inner products t in [0, 1] alone; for nearby inputs use :func:`similarity_of`.

    Raises ValueError for concrete t outside [-1, 1], or negative.
    """
    if not isinstance(t, Tracer):
        values = np.asarray(t, dtype=np.float64)
        if not (np.abs(values) <= 1 + 1e-12).all():
            raise ValueError("ntk_classifiers: t outside [-1, 1]: normalise inputs to the sphere")
        if (values < 0).any():
            raise ValueError("ntk_classifiers: limit classifiers assume inner products >= 0")
    t = jnp.clip(jnp.asarray(t, dtype=float), 0.0, 1.0)
    return Similarity(1 - t, jnp.log(t))


def similarity_of(x: Float[Array, "n m"], z: Float[Array, "k m"]) -> Similarity:
    """All pairs of unit vectors: s = |x-z|^2/2 from differences, log t from inner products."""
    s = 0.5 * sum((x[:, None, i] - z[None, :, i]) ** 2 for i in range(x.shape[1]))
    return Similarity(s, jnp.log(jnp.maximum(x @ z.T, 1e-300)))


def unit_rows(x: Any) -> Float[Array, "n m"]:
    """Rows as unit vectors. Raises ValueError if they are not."""
    rows = np.asarray(x, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[0] == 0:
        raise ValueError(f"ntk_classifiers: inputs of shape {rows.shape}, not (n > 0, d + 1)")
    if not (np.abs(np.linalg.norm(rows, axis=1) - 1) <= 1e-9).all():
        raise ValueError("ntk_classifiers: normalise inputs to the unit sphere")
    return jnp.asarray(rows)


def check_inputs(x: Any) -> Float[Array, "n m"]:
    """Rows as unit vectors. Raises ValueError if they are not, or if two coincide."""
    rows = np.asarray(unit_rows(x))
    if len(np.unique(rows, axis=0)) < len(rows):
        raise ValueError("ntk_classifiers: two inputs coincide, so that the kernel is singular")
    if (rows @ rows.T).min() < 0:
        raise ValueError("ntk_classifiers: limit classifiers assume inner products >= 0")
    return jnp.asarray(rows)


def check_labels(y: Any) -> Float[Array, " n"]:
    """Labels as floats. Raises ValueError if one is not -1 or +1."""
    labels = np.asarray(y, dtype=np.float64)
    if labels.ndim != 1 or len(labels) == 0 or not np.isin(labels, (-1.0, 1.0)).all():
        raise ValueError("ntk_classifiers: labels are -1 or +1, at least one")
    return jnp.asarray(labels)


def check_depth(depth: Any) -> Any:
    """The depth. Raises ValueError for a concrete one that is negative or not whole."""
    if not isinstance(depth, Tracer) and (depth < 0 or depth != int(depth)):
        raise ValueError(f"ntk_classifiers: depth = {depth!r} is not a whole number >= 0")
    return depth


def step(activation: Activation, pair: Similarity) -> tuple[Similarity, Any, Any]:
    """One layer: the new pair, the elasticity e = t F'(t)/F(t), and F'(t)."""
    s, log_t = pair
    order = activation.order
    near = s < NEAR
    # each branch sees harmless values where it is not chosen
    s_near = jnp.where(near, s, NEAR)
    log_far = jnp.where(near, jnp.log1p(-NEAR), log_t)
    t_far = jnp.exp(log_far)
    fall = activation.fall(s_near)
    # below this t the leading term is F to all digits, and t^m has not underflowed yet
    tiny = 10.0 ** (-280.0 / max(order, 7))
    t_safe = jnp.maximum(t_far, tiny)
    value, derivative = activation.dual(t_safe), activation.dual_derivative(t_safe)
    if order:
        leading = jnp.log(jnp.asarray(activation.leading, dtype=float))
        log_far_new = jnp.where(t_far > tiny, jnp.log(value), order * log_far + leading)
        elasticity_far = jnp.where(t_far > tiny, t_safe * derivative / value, float(order))
    else:
        log_far_new, elasticity_far = jnp.log(value), t_far * derivative / value
    new_log = jnp.where(near, jnp.log1p(-fall), log_far_new)
    new_s = jnp.where(near, fall, -jnp.expm1(new_log))
    slope_near = activation.slope_near(s_near)
    elasticity = jnp.where(near, (1 - s_near) * slope_near / (1 - fall), elasticity_far)
    slope = jnp.where(near, slope_near, activation.dual_derivative(t_far))
    return Similarity(new_s, new_log), elasticity, slope


class Kernels(NamedTuple):
    """log NNGP and log NTK of pairs at some depth, and the pairs there."""

    log_nngp: Any
    log_ntk: Any
    pair: Similarity


def deepen(activation: Activation, pair: Similarity, depth: Any) -> Kernels:
    """log t_L and log Theta_L for every pair, by L layers of :func:`step`.

    Args:
        activation: a normalised activation.
        pair: s and log t of the inputs, any shape, t in [0, 1].
        depth: L >= 0, a whole number (may be traced).

    Raises ValueError for a concrete depth that is negative or not whole.
    """
    check_depth(depth)
    shape = jnp.broadcast_shapes(jnp.shape(pair.s), jnp.shape(pair.log_t))
    s = jnp.broadcast_to(jnp.asarray(pair.s, dtype=float), shape)
    log_t = jnp.broadcast_to(jnp.asarray(pair.log_t, dtype=float), shape)

    def layer(_, state):
        pair, ratio = state
        pair, elasticity, _ = step(activation, pair)
        return pair, 1 + ratio * elasticity

    pair, ratio = jax.lax.fori_loop(0, depth, layer, (Similarity(s, log_t), jnp.ones(shape)))
    return Kernels(pair.log_t, pair.log_t + jnp.log(ratio), pair)


def ntk_diagonal(activation: Activation, depth: Any) -> Any:
    """Theta_L(1) = sum_{l <= L} b^l."""
    log_b = jnp.log(jnp.asarray(activation.slope_at_one, dtype=float))
    critical = jnp.abs(log_b) < 1e-13
    safe = jnp.where(critical, 1.0, log_b)
    series = jnp.expm1((depth + 1) * safe) / jnp.expm1(safe)
    return jnp.where(critical, depth + 1.0, series)


def dense_kernels(
    activation: Activation, t: Float[Array, "..."], depth: int
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """NNGP and NTK by the plain recursion in t: the independent route of the tests.

    Loses digits for inputs closer than 1e-8 and where t underflows; costs depth x size.
    """

    def layer(_, state):
        t, theta = state
        new = activation.dual(t)
        return new, new + theta * activation.dual_derivative(t)

    return jax.lax.fori_loop(0, check_depth(depth), layer, (t, t))
