"""The NNGP and the neural tangent kernel at depth L.

Recursion (Theta_0 = t_0 = t): t_{l+1} = F(t_l), Theta_{l+1} = t_{l+1} + Theta_l F'(t_l).

A pair of inputs is described by *both* s = 1 - t (taken from differences, |x-z|^2/2) and log t:
near the diagonal the recursion runs in s, where t = 1 - s would round s away; farther out it runs
in log t, since t may underflow. The NTK is carried as the ratio Theta/t, whose recursion
R_{l+1} = 1 + R_l e_l, with e_l = t_l F'(t_l)/F(t_l) the elasticity of F, has positive terms only.
"""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Shaped

from theory._closed_form import ArgumentError, Whole, closed_form, own_checks
from theory._fields import Ge, Le
from theory._formula import Scalar
from theory._neural_kernels.activations import Activation, checked_activation, number, off_zero
from theory._neural_kernels.polynomials import hermite

__all__ = [
    "Inner", "Kernels", "Similarity", "checked_pair", "deepen", "dense_kernels", "layer",
    "ntk_diagonal", "similarity", "similarity_of", "unit_rows",
]  # fmt: skip

NEAR = 0.25
"""s below this: the recursion runs in s, above in log t."""

Depth = Annotated[Scalar, Ge(0), Le(1e9), Whole]
Inner = Annotated[Scalar, Ge(-1 - 1e-9), Le(1 + 1e-9)]
"""An inner product of unit vectors, as rounding leaves it."""


class Similarity(NamedTuple):
    """A pair of inputs on the sphere: s = 1 - x.z and log(x.z), each accurate where it is small."""

    s: Any
    log_t: Any


@closed_form(
    t=(
        "is negative, and Similarity holds log t: for negative inner products see dense_kernels and"
        " ntk_matrix",
        lambda t: t >= -1e-12,  # as rounding leaves right angles
    )
)
def similarity(t: Inner) -> Similarity:
    """From inner products t in [0, 1] alone; for nearby inputs use :func:`similarity_of`.

    Inner products under 1e-300 count as 1e-300 in log t, which keeps exp(log t) its slope 1
    at right angles. Raises ArgumentError for concrete t outside [-1, 1], or negative.
    """
    t = jnp.asarray(t, dtype=float)
    t = jnp.where(t > 1, 1.0, t)
    return Similarity(1 - t, jnp.log(off_zero(t)))


_EDGE = 1e-9  # as far as rounding may carry s above 1 and log t above 0


def checked_pair(pair: Similarity, where: str) -> Similarity:
    """The pair as floats of one shape. NaN where it is no pair with 0 <= t <= 1.

    Raises ArgumentError for a concrete one.
    """
    s, log_t = jnp.broadcast_arrays(*(jnp.asarray(v, dtype=float) for v in pair))
    inside = (s >= 0) & (s <= 1 + _EDGE) & (log_t <= _EDGE)
    if not isinstance(inside, Tracer):
        bad = ~np.asarray(inside | jnp.isnan(s) | jnp.isnan(log_t))
        if bad.any():
            first = float(np.asarray(s)[bad][0]), float(np.asarray(log_t)[bad][0])
            raise ArgumentError(
                f"{where}: pair has s = {first[0]:.10g}, log_t = {first[1]:.10g}; allowed are"
                " s in [0, 1] and log_t <= 0: inputs at an angle of at most 90 degrees"
            )
    return Similarity(jnp.where(inside, s, jnp.nan), jnp.where(inside, log_t, jnp.nan))


@closed_form(example={"x": [[1.0, 0.0], [0.6, 0.8]], "z": [[0.0, 1.0]]})
def similarity_of(x: Shaped[Any, "n m"], z: Shaped[Any, "k m"]) -> Similarity:
    """All pairs of unit vectors: s = |x-z|^2/2 from differences, log t from inner products.

    Raises ValueError for concrete rows that are not unit vectors.
    """
    x, z = (
        jnp.asarray(v) if isinstance(v, Tracer) or np.isnan(v).any() else unit_rows(v)
        for v in (x, z)
    )
    s = 0.5 * sum((x[:, None, i] - z[None, :, i]) ** 2 for i in range(x.shape[1]))
    return Similarity(s, jnp.log(off_zero(x @ z.T)))


@own_checks("it is itself the check")
def unit_rows(x: Any) -> Any:
    """Rows as float64 unit vectors, (n, m). Raises ValueError if they are not.

    Float64 rows must be unit to 1e-9 and stay as they are; rows in a shorter format must be unit
    to its own accuracy, and are normalised in float64.
    """
    given = np.asarray(x)
    if given.dtype.kind not in "iuf":
        raise ValueError(f"unit_rows: inputs of type {given.dtype} are no real vectors")
    rows = given.astype(np.float64)
    if rows.ndim != 2 or rows.size == 0:
        raise ValueError(f"unit_rows: inputs of shape {rows.shape}, not (n > 0, d + 1)")
    short = given.dtype.kind == "f" and given.dtype.itemsize < 8
    within = 8 * float(np.finfo(given.dtype).eps) * rows.shape[1] ** 0.5 if short else 1e-9
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    off = np.flatnonzero(~(np.abs(length - 1) <= within)[:, 0])
    if len(off):
        raise ValueError(
            f"unit_rows: row {off[0]} has length {length[off[0], 0]:.10g}: normalise inputs"
            " to the unit sphere"
        )
    return jnp.asarray(rows / length if short else rows)


def whole_depth(depth: Any) -> Any:
    """A depth as loops want it: an int (0 for NaN, which its caller passes on), or traced ints."""
    if isinstance(depth, Tracer):
        if jnp.issubdtype(depth.dtype, jnp.integer):
            return depth
        return jnp.where(jnp.isfinite(depth), depth, 0).astype(int)
    return int(depth) if depth == depth else 0


def layer(activation: Activation, pair: Similarity) -> tuple[Similarity, Any, Any]:
    """One layer: the new pair, the elasticity e = t F'(t)/F(t), and F'(t)."""
    s, log_t = pair
    order = activation.order
    near = s < NEAR
    # each branch sees harmless values where it is not chosen
    s_near = jnp.where(near, s, NEAR)
    log_far = jnp.where(near, jnp.log1p(-NEAR), log_t)
    fall = activation.fall(s_near)
    if order:
        t_far = jnp.exp(log_far)
        # below this t the leading term is F to all digits, and t^m has not underflowed yet
        tiny = 10.0 ** (-280.0 / max(order, 7))
        t_safe = jnp.maximum(t_far, tiny)
        value, derivative = activation.dual(t_safe), activation.dual_derivative(t_safe)
        leading = order * log_far + jnp.log(number(activation.leading))
        log_far_new = jnp.where(t_far > tiny, jnp.log(value), leading)
        elasticity_far = jnp.where(t_far > tiny, t_safe * derivative / value, float(order))
    else:
        # F(0) > 0: t is wanted to absolute accuracy only, and 1 - s has a slope at t = 0
        t_far = 1 - jnp.where(near, NEAR, s)
        value, derivative = activation.dual(t_far), activation.dual_derivative(t_far)
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


@closed_form(example={"activation": hermite(2), "pair": Similarity(0.5, -0.7), "depth": 3})
def deepen(activation: object, pair: Similarity, depth: Depth) -> Kernels:
    """log t_L and log Theta_L for every pair, by L layers.

    Args:
        activation: a normalised activation.
        pair: s and log t of the inputs, any shape, t in [0, 1].
        depth: L >= 0, a whole number (may be traced).

    At coinciding inputs the NTK of a kinked activation has slope -infinity in s: a huge finite
    number here. Raises ArgumentError for a concrete depth that is negative or not whole, and for
    concrete pairs outside.
    """
    activation, pair = checked_activation(activation), checked_pair(pair, "deepen")

    def one(_, state):
        pair, ratio = state
        pair, elasticity, _ = layer(activation, pair)
        return pair, 1 + ratio * elasticity

    start = pair, jnp.ones_like(pair.s)
    pair, ratio = jax.lax.fori_loop(0, whole_depth(depth), one, start)
    ratio = jnp.where(jnp.isnan(pair.s), jnp.nan, ratio)
    return Kernels(pair.log_t, pair.log_t + jnp.log(ratio), pair)


@closed_form(example={"activation": hermite(2), "depth": 3})
def ntk_diagonal(activation: object, depth: Depth) -> Any:
    """Theta_L(1) = sum_{l <= L} b^l."""
    log_b = number(checked_activation(activation).log_b)
    critical = jnp.abs(log_b) < 1e-13
    safe = jnp.where(critical, 1.0, log_b)
    series = jnp.expm1((depth + 1) * safe) / jnp.expm1(safe)
    # to first order, for the derivative
    return jnp.where(critical, (depth + 1.0) * (1 + depth / 2 * log_b), series)


@closed_form(example={"activation": hermite(2), "depth": 3})
def dense_kernels(activation: object, t: Inner, depth: Depth) -> tuple[Any, Any]:
    """NNGP and NTK by the plain recursion, at any inner products t in [-1, 1].

    Loses digits for inputs closer than 1e-8 and where t underflows; costs depth x size. Negative
    inner products, where log t is of no use, have no other way.
    """
    activation = checked_activation(activation)
    t = jnp.asarray(t, dtype=float)
    t = jnp.where(t > 1, 1.0, jnp.where(t < -1, -1.0, t))

    def one(_, state):
        t, theta = state
        new = activation.dual(t)
        return new, new + theta * activation.dual_derivative(t)

    return jax.lax.fori_loop(0, whole_depth(depth), one, (t, t))
