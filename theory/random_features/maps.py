"""Whole maps over (n, k, ridge): microseconds a point, whatever the number of modes.

Two things make it so. The points are worked on in batches that stay in cache and stop when their
last point is settled. And a long spectrum is first replaced by a short one with the same sums, to
rounding and at every gamma > 0: 10^4 modes of a powerlaw become some 270 nodes.

Every sum of the eigenframework is a sum over modes of 1/(lambda + gamma) and of its square, with
weights. Modes whose eigenvalues lie within a factor 4, lo <= lambda <= hi <= 4 lo, are replaced by
the m Chebyshev nodes of [lo, hi]: each mode's weight is spread over the nodes by the Lagrange
polynomials, so that a sum over nodes is the sum over modes of the interpolating polynomial.

For f(lambda) = 1/(lambda + gamma) the relative error of that polynomial is known exactly. In
x in [-1, 1] along the block, f = s/(x - x0) with the pole x0 = -(2 gamma + hi + lo)/(hi - lo), and

    (p - f)/f = -T_m(x)/T_m(x0),   |x0| >= 5/3,   T_m(5/3) = (3^m + 3^-m)/2:

at most 2/3^m for every single mode and every gamma >= 0 (``interpolation_of_the_resolvent`` proves
it). Its derivative in gamma bounds the error of the square by (1 + 2 m) 2/3^m. With m = 38 both
are below rounding, 1e-18 and 1e-16.
"""

import functools
from collections.abc import Callable
from typing import Annotated, Any, SupportsIndex

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.polynomial.chebyshev import chebvander

from theory import ArrayOf, Claims, Domain, Ge, Logarithmic, Twin, closed_form
from theory.random_features.framework import sums
from theory.random_features.params import (
    Delta, Features, Point, Points, Variance, any_target, whole,
)  # fmt: skip
from theory.random_features.predict import Prediction, at_points, predict_one
from theory.random_features.spectrum import (
    EXAMPLE, Spectrum, as_numpy, check_spectrum, or_nan, problem, traced,
)  # fmt: skip

__all__ = ["compressed", "predict_map"]

claim = Claims()

BATCH = 128  # points: their sums over 300 nodes take 300 kB
NODES = 38  # of a block; blocks with fewer different eigenvalues stay as they are
RATIO = 4.0  # largest over smallest eigenvalue of a block


def spread_over_nodes(values: Any, weights: Any, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """(nodes, weights at the nodes) of one block; ``weights`` has shape (kinds, modes).

    w_j = sum_i mu_i l_j(x_i), by the Chebyshev moments sum_i mu_i T_l(x_i): l_j = (1/m)
    (1 + 2 sum_l T_l(x_j) T_l), l < m, at the zeros x_j of T_m.
    """
    low, high = values.min(), values.max()
    middle, half = (high + low) / 2, (high - low) / 2
    x = np.clip((values - middle) / half, -1.0, 1.0)
    places = np.pi * (np.arange(nodes) + 0.5) / nodes
    moments = weights @ chebvander(x, nodes - 1)  # by recurrence: stable on [-1, 1], and no cosine
    moments[:, 1:] *= 2
    at_nodes = moments @ np.cos(np.outer(np.arange(nodes), places)) / nodes
    # a target is kept per mode: a node whose count happens to vanish gets one below rounding
    least = 1e-20 * np.abs(at_nodes[0]).max()
    at_nodes[0] = np.where(np.abs(at_nodes[0]) < least, least, at_nodes[0])
    return middle + half * np.cos(places), at_nodes


def compressed(of: Spectrum, nodes: SupportsIndex = NODES) -> Spectrum:
    """The short spectrum (host only): z, c, q, B1 and B2 agree to rounding at every gamma > 0.

    The smallest and the largest positive eigenvalue, the number of modes, the trace and the
    target's norm stay. Weights at nodes may be negative (of size 1e-2 of their neighbours): the
    result serves the sums, not a simulation. Not differentiable in the spectrum.
    """
    check_spectrum(of)
    nodes = whole("nodes", nodes, 1, 1000)
    values, target, counts = as_numpy(of)
    weights = np.stack([counts, counts * target])
    blind = values == 0
    distinct, where = np.unique(values[~blind], return_inverse=True)
    weights = np.stack([np.bincount(where, w, len(distinct)) for w in weights[:, ~blind]])
    # the two ends stay modes: the solver's bracket rests on the smallest eigenvalue
    inside = np.arange(1, len(distinct) - 1)
    block = np.floor(np.log(distinct[inside] / distinct[0]) / np.log(RATIO) * (1 - 1e-12))
    ends = [0, -1][: len(distinct)]
    blocks = [(distinct[ends], weights[:, ends])]
    for modes in np.split(inside, np.flatnonzero(np.diff(block)) + 1):
        x, w = distinct[modes], weights[:, modes]
        blocks.append(spread_over_nodes(x, w, nodes) if len(modes) > nodes else (x, w))
    if blind.any():  # captured by nobody: noise
        blocks.append((np.zeros(1), np.array([[1.0], [(counts * target)[blind].sum()]])))
    x, (count, target) = (np.concatenate(parts, axis=-1) for parts in zip(*blocks, strict=True))
    return Spectrum(jnp.asarray(x), jnp.asarray(target / count), jnp.asarray(count))


def many_values(rng: np.random.Generator) -> np.ndarray:
    """600 eigenvalues within a few decades, so that blocks are full."""
    return np.exp(rng.normal(0, rng.uniform(0.05, 3), 600))


def five_sums(of: Spectrum, gamma: Any) -> Any:
    values, target, counts = as_numpy(of)  # no program for each number of nodes
    return np.stack(sums(values, target, gamma, counts))


@claim.identity(
    lambda p: five_sums(problem(p), p.ridge), points=48, within=2e-14,
    over=Domain.derived(
        Point, ridge=(1e-14, 1e10, Logarithmic),
        values=Annotated[np.ndarray, ArrayOf(many_values), Ge(0)],
        target=Annotated[np.ndarray, ArrayOf(lambda rng: any_target(rng, 600)), Ge(0)]),
    why="2/3^38 by interpolation; rounding of 600 products and their weights",
    twin=Twin("every second mode, counted twice", halved=True),
)  # fmt: skip
def short_spectrum(p, *, halved=False):
    """interpolation at Chebyshev nodes keeps z, c, q, B1, B2 at every gamma.

    derived: see theory.random_features.maps
    """
    of = problem(p)
    if halved:
        half = Spectrum(*(jnp.sort(x)[::2] for x in of))
        return five_sums(half._replace(multiplicities=2 * half.multiplicities), p.ridge)
    return five_sums(compressed(of), p.ridge)


def on_short(program: Callable[..., Any]) -> Callable[..., Any]:
    """The program on the compressed spectrum; on a traced one, differentiable, and NaN as it is."""

    def run(of: Spectrum, *points: Array) -> Any:
        as_it_is = traced(*of) or any(np.isnan(x).any() for x in of)
        return or_nan(of, program(of if as_it_is else compressed(of), *points))

    return run


def in_batches(function: Any, arguments: Any) -> Any:
    """``vmap(function)`` over vectors of one length, a batch at a time."""
    count = arguments[0].size
    size = min(BATCH, count)
    padding = (0, -count % size)
    padded = [jnp.pad(x, padding, mode="edge").reshape(-1, size) for x in arguments]
    result = jax.lax.map(lambda batch: jax.vmap(function)(*batch), padded)
    return jax.tree.map(lambda x: x.reshape(-1)[:count], result)


@jax.jit
def predictions_in_batches(of: Spectrum, *points: Array) -> Prediction:
    return in_batches(functools.partial(predict_one, of), points)


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
    return at_points(on_short(predictions_in_batches), of, n=n, k=k, ridge=ridge, noise=noise)
