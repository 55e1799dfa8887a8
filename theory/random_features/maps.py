"""Whole maps over (n, k, ridge): microseconds a point, whatever the number of modes.

Two things make it so. The spectrum is first shortened without loss (:func:`compressed`): 10^4 modes
of a powerlaw become 270. And the points are worked on in batches that stay in cache and stop when
their last point is settled.
"""

import functools
from typing import Any, SupportsIndex

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from theory import closed_form
from theory.random_features.compress import compressed
from theory.random_features.framework import risk_at, sums_of, test_risk
from theory.random_features.optimum import Optimum, better_of, ends_of_log_gamma
from theory.random_features.params import Delta, Features, Points, Variance, whole
from theory.random_features.predict import Prediction, check_points, predict_one, reshaped, together
from theory.random_features.solver import solved_ridge
from theory.random_features.spectrum import EXAMPLE, Spectrum, or_nan, traced

__all__ = ["optimal_risk_map", "predict_map"]

BATCH = 128
"""Points of a batch: its sums over 300 nodes take 300 kB."""

POLISHING = 3
"""Newton steps for the optimal log gamma, from a parabola through three points of the grid."""


def _short(of: Spectrum) -> Spectrum:
    """The compressed spectrum; a traced one stays as it is, and differentiable; so does NaN."""
    if traced(*of) or any(np.isnan(x).any() for x in of):
        return of
    return compressed(of)


def _in_batches(function: Any, arguments: Any) -> Any:
    """``vmap(function)`` over vectors of one length, a batch at a time."""
    count = arguments[0].size
    batches = -(-count // BATCH)
    padding = (0, batches * BATCH - count)
    padded = [jnp.pad(x, padding, mode="edge").reshape(batches, BATCH) for x in arguments]
    result = jax.lax.map(lambda batch: jax.vmap(function)(*batch), padded)
    return jax.tree.map(lambda x: x.reshape(-1)[:count], result)


@jax.jit
def _predict_flat(of: Spectrum, *arguments: Array) -> Prediction:
    return _in_batches(functools.partial(predict_one, of), arguments)


@closed_form(example=EXAMPLE)
def predict_map(
    of: Spectrum, *, n: Points, k: Features = np.inf, ridge: Delta, noise: Variance = 0.0
) -> Prediction:
    """:func:`predict` over a whole map; the arguments broadcast against each other.

    ``predict_map(of, n=n[:, None, None], k=k[:, None], ridge=ridge)`` is the map over three axes.
    The same numbers as :func:`predict` to 1e-13 relative, at a few microseconds a point: O(M) once
    and then O(nodes) a point and Newton step, with some 270 nodes for 10^4 modes of a powerlaw.
    Differentiable in n, k, ridge and noise; in the spectrum only where it is traced (which costs
    O(M) a point). Warns and raises as :func:`predict`.
    """
    check_points(of, n, ridge, noise)
    shape, flat = together(n=n, k=k, ridge=ridge, noise=noise)
    return reshaped(or_nan(of, _predict_flat(_short(of), *flat)), shape)


@functools.partial(jax.jit, static_argnames="grid")
def _optimal_flat(of: Spectrum, n: Array, inv_k: Array, noise: Array, grid: int) -> Optimum:
    nothing = jnp.zeros(())
    fewest = jax.lax.stop_gradient(n / jnp.maximum(1.0, n * inv_k))  # min(n, k)
    first = solved_ridge(of.eigenvalues, of.multiplicities, fewest.max(), nothing, nothing)
    low, log_trace = ends_of_log_gamma(of, first, jax.lax.stop_gradient(n.max()))
    u = jnp.linspace(low, log_trace + 10.0, grid)
    table = jax.vmap(lambda w: sums_of(of, jnp.exp(w)))(u)

    def best(n: Array, inv_k: Array, noise: Array, low: Array) -> Array:
        """log gamma at the least risk of admissible gammas from log gamma = low on."""
        a, r = n - table.z, 1 - table.z * inv_k
        risk = test_risk.__wrapped__(n, inv_k, a, r, table, noise)
        risk = jnp.where((a > 0) & (r > 0), risk, jnp.inf)
        i = jnp.clip(jnp.argmin(risk), 1, grid - 2)
        least, most = jnp.maximum(u[i - 1], low), u[i + 1]
        # a parabola through three points of the grid, then Newton's method on the exact slope
        left, middle, right = risk[i - 1], risk[i], risk[i + 1]
        bend = left - 2 * middle + right
        curved = jnp.isfinite(left) & (bend > 0)
        shift = jnp.where(curved, 0.5 * (left - right) / jnp.where(curved, bend, 1.0), 0.0)

        def slope(w: Array) -> Array:
            return jax.jvp(lambda w: risk_at(of, n, inv_k, noise, w), (w,), (jnp.ones_like(w),))[1]

        def polish(_: Any, w: Array) -> Array:
            here, turn = jax.jvp(slope, (w,), (jnp.ones_like(w),))
            return jnp.clip(w - here / jnp.where(turn > 0, turn, jnp.inf), least, most)

        w = jnp.clip(u[i] + shift * (u[1] - u[0]), least, most)
        return jax.lax.fori_loop(0, POLISHING, polish, w)

    def one(n: Array, inv_k: Array, noise: Array) -> Optimum:
        zero = solved_ridge(of.eigenvalues, of.multiplicities, n, inv_k, nothing)
        # the place of a minimum does not change its value: by the envelope theorem it is held
        w = best(*jax.lax.stop_gradient((n, inv_k, noise, jnp.log(zero))))
        return better_of(of, n, inv_k, noise, zero, w)

    return _in_batches(one, (n, inv_k, noise))


@closed_form(example=EXAMPLE)
def optimal_risk_map(
    of: Spectrum,
    *,
    n: Points,
    k: Features = np.inf,
    noise: Variance = 0.0,
    grid: SupportsIndex = 400,
) -> Optimum:
    """:func:`optimal_ridge` over a whole map, from one table of sums; arguments broadcast.

    No equation is solved for the optimal ridge: delta = gamma (n - z)(1 - z/k) is explicit in
    gamma, so z, c, B1 and B2 on one grid of gamma serve every (n, k); the best point of the grid is
    polished by Newton's method, and zero ridge is compared. The risk is that of an admissible
    ridge, 1e-10 relative above the minimum at most, where the grid shows the right valley (tests),
    and differentiable (envelope theorem). Raises as :func:`predict`.
    """
    check_points(of, n, 0.0, noise)
    shape, flat = together(n=n, k=k, noise=noise)
    flat = _optimal_flat(_short(of), *flat, whole("grid", grid, 3, 10**6))
    return reshaped(or_nan(of, flat), shape)
