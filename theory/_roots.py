"""Roots, maxima and fixed points, differentiable with respect to what the function holds.

The search is not differentiated: a solution's derivative is the implicit one, from
df/dp + f'(x) dx/dp = 0, and so of any order (``jax.lax.custom_root``).
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

__all__ = ["argmax_on", "fixed_point", "maximum_on", "root"]

Function = Callable[[Any], Any]
Value = jax.typing.ArrayLike

_HALVINGS = 64
_GRID = 64
_ROUNDING = 1e-9  # what rounding may move the values of a formula, of the largest of them


def _ends(f: Function, low: Value, high: Value) -> tuple[jax.Array, jax.Array]:
    """Both ends as floats, in the shape of f's values."""
    low, high = jnp.broadcast_arrays(jnp.asarray(low, float), jnp.asarray(high, float))
    shape = jnp.broadcast_shapes(low.shape, jax.eval_shape(f, low).shape)
    return jnp.broadcast_to(low, shape), jnp.broadcast_to(high, shape)


def _sign_change(f: Function, low: jax.Array, high: jax.Array, *, falls: bool = False) -> jax.Array:
    """Where f changes sign, by halving; NaN without a change, and where f is NaN on the way.

    ``falls``: f(low) > 0 >= f(high) is known, and taken for true. Where one of them is 0 but for
    rounding, it may have another sign in another program: then the place is that end.

    Halving takes six times as many values of f as the best bracketed methods, and compiles in
    half their time (.2 CPU-s against .4), which is what a setting waits for. So does f in one
    place only: the first two rounds are its values at the ends.
    """

    def look(k, state):
        a, b, sign = state  # f(a) has the sign of f(low), f(b) has not
        x = jnp.where(k == 0, low, jnp.where(k == 1, high, a + (b - a) / 2))
        value = f(x)
        sign = jnp.where(k == 0, jnp.sign(value), sign)
        lost = (k == 1) & ~(sign * jnp.sign(value) <= 0)  # so for NaN
        x = jnp.where(jnp.isnan(value), jnp.nan, x)
        before = jnp.sign(value) == sign
        a = jnp.where((k > 1) & before, x, jnp.where(lost, jnp.nan, a))
        b = jnp.where((k > 1) & ~before, x, jnp.where(lost, jnp.nan, b))
        return a, b, sign

    start = jnp.ones_like(low) if falls else jnp.zeros_like(low)
    _, x, sign = lax.fori_loop(2 * falls, _HALVINGS + 2, look, (low, high, start))
    return jnp.where(sign == 0, low, x)


def root(f: Function, low: Value, high: Value) -> jax.Array:
    """The x in [low, high] with f(x) = 0, for a continuous f with other signs at the ends.

    To 2 eps of x, or 2^-64 of high - low where that is more. Where f changes sign several times,
    one of the places; NaN where f has one sign, or is NaN, at both ends. f acts entry by entry,
    and x has the shape of its values. Differentiable, where f'(x) is not 0, in what f closes over;
    the ends have no influence.
    """
    low, high = _ends(f, low, high)
    return lax.custom_root(
        f,
        low,
        lambda g, _: _sign_change(g, low, high),
        lambda slope, y: y / slope(jnp.ones_like(y)),
    )


def argmax_on(f: Function, low: Value, high: Value) -> jax.Array:
    """The x in [low, high] where a smooth f of one number is largest.

    The best of 65 points says between which two f' changes sign, or at which end f is largest: a
    maximum narrower than 1/32 of the range may be missed. x is good to what rounding lets f' say,
    not only to the square root of eps, so also where f itself is flat to rounding. Differentiable
    in what f closes over where f'' is not 0, and in the ends. NaN where f is NaN at one of the
    points, or rises and falls again between two of them above all others.
    """
    low, high = jnp.asarray(low, float), jnp.asarray(high, float)
    points = low + (high - low) * (jnp.arange(_GRID + 1) / _GRID)
    slope = jax.grad(lambda x: f(x).sum())
    values, slopes = jax.vmap(lambda x: (f(x), slope(x)))(points)
    up = slopes > 0
    tops = jnp.maximum(values[:-1], values[1:])
    tops = jnp.where(up[:-1] & ~up[1:], tops, -jnp.inf)  # between points k and k + 1
    ends = jnp.where(jnp.array([~up[0], up[-1]]), values[jnp.array([0, -1])], -jnp.inf)
    scores = jnp.concatenate([ends[:1], tops, ends[1:]])
    k = jnp.argmax(scores)
    at_end = ((k == 0) & (slopes[0] != 0)) | (k == _GRID + 1)
    end = jnp.where(k == 0, low, high)
    before = jnp.clip(k - 1, 0, _GRID - 1)
    x = lax.custom_root(
        lambda x: jnp.where(at_end, x - end, slope(x)),
        points[before],
        lambda g, _: jnp.where(
            at_end, end, _sign_change(g, points[before], points[before + 1], falls=True)
        ),
        lambda curvature, y: y / curvature(jnp.ones_like(y)),
    )
    best = jnp.max(values)  # a NaN, where there is one
    seen = scores[k] >= best - _ROUNDING * jnp.max(jnp.abs(values))
    return jnp.where(seen, x, jnp.nan)


def maximum_on(f: Function, low: Value, high: Value) -> jax.Array:
    """The largest value of a smooth f of one number on [low, high]; see :func:`argmax_on`."""
    return f(argmax_on(f, low, high))


def fixed_point(f: Function, start: Value, steps: int = 10_000) -> jax.Array:
    """The limit x = f(x) of start, f(start), f(f(start)), ...; x is a number or an array.

    Iterated until a step is below 1e-6 of the size of x or of start, then three Newton steps, so
    that slow convergence costs no digits. NaN where ``steps`` are too few, or x is no fixed point
    to 1e-10 of that size. Differentiable in what f closes over.
    """
    start = jnp.asarray(start, float)
    shape = jnp.broadcast_shapes(start.shape, jax.eval_shape(f, start).shape)
    start = jnp.broadcast_to(start, shape)

    def size(x):
        return jnp.max(jnp.abs(x))

    def scale(x):
        return jnp.maximum(size(x), size(start))

    def solve(gap, x):
        def moving(state):
            step, x, move = state
            return (step < steps) & (size(move) > 1e-6 * scale(x))

        def move(state):
            step, x, move = state
            return step + 1, x + move, gap(x + move)

        _, x, last = lax.while_loop(moving, move, (0, x, gap(x)))
        settled = size(last) <= 1e-6 * scale(x)
        x = lax.fori_loop(0, 3, lambda _, x: x - _solved(jax.jacfwd(gap)(x), gap(x)), x)
        return jnp.where(settled & (size(gap(x)) <= 1e-10 * scale(x)), x, jnp.nan)

    def tangent(linear, y):
        return _solved(jax.jacfwd(linear)(jnp.zeros_like(y)), y)

    return lax.custom_root(lambda x: f(x) - x, start, solve, tangent)


def _solved(jacobian: jax.Array, y: jax.Array) -> jax.Array:
    """jacobian^-1 y, for a y of any shape."""
    return jnp.linalg.solve(jacobian.reshape(y.size, y.size), y.reshape(-1)).reshape(y.shape)
