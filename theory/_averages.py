"""Integrals and means over fixed nodes: one product and one sum, differentiable, cheap to compile.

A rule that does not fit its function says so: each is compared with the same rule on every second
of its nodes, and gives NaN where the two differ by more than ``within`` (1e-6) of the mean of |f|.
For analytic functions halving the step squares the error, so that this promises about 1e-12. Sums
over counts are NaN where their window leaves out more than 1e-12.
"""

import functools
import math
from collections.abc import Callable
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jax.scipy.special import gammaln

from theory._closed_form import Row, Whole, closed_form
from theory._counts import binomial_pmf, hypergeometric_pmf, poisson_pmf
from theory._fields import Ge, Le

__all__ = [
    "binomial_mean", "chi2_mean", "discrete_mean", "hypergeometric_mean", "integral",
    "normal_mean", "poisson_mean",
]  # fmt: skip

Function = Callable[[Any], Any]
"""Entry by entry: maps an array with the nodes on its last axis to one of that shape."""
Value = Any
"""A number or an array, traced or not."""

_LOST = 1e-12


@functools.cache
def _fejer(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes cos(k pi/n), 0 < k < n; weights of Fejer's second rule on them, and on every second."""

    def weights(n):
        angle = np.arange(1, n) * (np.pi / n)
        odd = np.arange(1, n, 2)
        return 4 / n * np.sin(angle) * (np.sin(np.outer(angle, odd)) / odd).sum(axis=1)

    half = np.zeros(n - 1)
    half[1::2] = weights(n // 2)
    return np.cos(np.arange(1, n) * (np.pi / n)), weights(n), half


def compared(values: Any, weights: Any, half: Any, within: float, rounded: Any = None) -> jax.Array:
    """The weighted sum over the last axis; NaN where the rule on half the nodes says otherwise.

    By more than ``within`` of the sum of sizes, or 64 roundings of what the values are a
    difference of (``rounded``).
    """
    fine, coarse = jnp.sum(values * weights, axis=-1), jnp.sum(values * half, axis=-1)
    size = within * jnp.sum(jnp.abs(values) * jnp.abs(weights), axis=-1)
    if rounded is not None:
        size += 2.0**-46 * jnp.sum(jnp.abs(rounded) * jnp.abs(weights), axis=-1)
    return jnp.where(jnp.abs(fine - coarse) <= size, fine, jnp.nan)


def _is_infinite(end: Any) -> bool:
    return not isinstance(end, Tracer) and np.ndim(end) == 0 and math.isinf(end)


def integral(
    f: Function, low: Value, high: Value, nodes: int = 256, within: float = 1e-6
) -> jax.Array:
    """int_low^high f(x) dx for a smooth f, by Fejer's rule on nodes - 1 points inside.

    f gets the points on a last axis of their own and keeps it: low and high of shape (...) give
    points of shape (..., nodes - 1). At a kink or a jump of f the range is cut in two. An end
    may be infinite where it is a plain number: x = low + (1 + t)/(1 - t), or t/(1 - t^2), where f
    should fall off on a scale between .05 and 3, and the two rules agree to within/1000.
    Differentiable in what f closes over and in finite ends. NaN as the module says.
    """
    t, weights, half = _fejer(nodes)
    if _is_infinite(low) and _is_infinite(high):
        sign = 1.0 if high > low else -1.0
        x, speed = t / (1 - t**2), sign * (1 + t**2) / (1 - t**2) ** 2
        return compared(f(jnp.asarray(x)) * speed, weights, half, within / 1000)
    if _is_infinite(low):
        return -integral(f, high, low, nodes, within)
    if _is_infinite(high):
        sign = math.copysign(1.0, high)
        x = jnp.asarray(low, float)[..., None] + sign * (1 + t) / (1 - t)
        return compared(f(x) * (sign * 2 / (1 - t) ** 2), weights, half, within / 1000)
    low, high = jnp.asarray(low, float)[..., None], jnp.asarray(high, float)[..., None]
    x = (low + high) / 2 + (high - low) / 2 * t
    return compared(f(x) * ((high - low) / 2), weights, half, within)


def normal_mean(f: Function, reach: float = 12.0, nodes: int = 240, within: float = 1e-6) -> Any:
    """E f(Z), Z ~ N(0, 1), for a smooth f, by the trapezoidal rule on [-reach, reach].

    f gets nodes + 1 points on the last axis and keeps it. Exact to rounding for f with no
    singularity within .5 of the real line (tanh(3 z), Phi(5 z)); for a kink use :func:`integral`
    piece by piece. f may grow as exp(4 |z|): NaN where f(z) phi(z) has not fallen to 1e-12 of
    its mean at the reach, and as the module says.
    """
    z = np.linspace(-reach, reach, nodes + 1)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    weights = density * (2 * reach / nodes)
    half = np.where(np.arange(nodes + 1) % 2 == 0, 2 * weights, 0.0)
    values = f(jnp.asarray(z))
    terms = jnp.abs(values) * weights
    falls = jnp.maximum(terms[..., 0], terms[..., -1]) <= _LOST * jnp.sum(terms, axis=-1)
    return jnp.where(falls, compared(values, weights, half, within), jnp.nan)


@closed_form(example={"f": lambda x: x})
def chi2_mean(
    f: Function, d: Annotated[Value, Ge(1), Le(1e4)], nodes: int = 512, within: float = 1e-6
) -> jax.Array:
    """E f(X), X ~ chi-square with d degrees of freedom: Student's t is N(0, 1)/sqrt(X/d).

    f gets the nodes on the last axis, of shape (..., nodes), and keeps it. The trapezoidal rule in
    log(X/d) over all but e^-40 of the mass: 1e-13 for d to 100 where f(e^x) is analytic in
    |Im x| < pi/2 and bounded, such as sqrt(x/(x + c)).
    """
    d = jnp.asarray(d, dtype=jnp.float64)[..., None]
    far = 80 / d  # e^x - 1 - x at both ends
    low, high = -(far + jnp.sqrt(2 * far) + 1), jnp.log(1 + far + jnp.sqrt(2 * far))
    width = (high - low) / nodes
    x, half = low + width * (jnp.arange(nodes) + 0.5), d / 2
    log_weight = half * (x - jnp.exp(x)) + half * jnp.log(half) - gammaln(half)
    weights = width * jnp.exp(log_weight)
    every_second = jnp.where(jnp.arange(nodes) % 2 == 0, 2 * weights, 0.0)
    return compared(f(d * jnp.exp(x)), weights, every_second, within)


def _counted(f: Function, counts: jax.Array, weights: jax.Array, open_ends: jax.Array) -> jax.Array:
    """sum of weights f(counts); NaN where the window leaves out mass, or f w at an open end."""
    values = f(counts)
    terms = jnp.abs(values) * weights
    whole = jnp.abs(jnp.sum(weights, axis=-1) - 1) <= _LOST
    ends = jnp.max(jnp.where(open_ends, terms, 0.0), axis=-1)
    falls = jnp.isfinite(ends) & (ends <= _LOST * jnp.sum(terms, axis=-1))
    return jnp.where(whole & falls, jnp.sum(weights * values, axis=-1), jnp.nan)


def _window(centre: Any, terms: int, least: Any, most: Any) -> tuple[jax.Array, jax.Array]:
    """``terms`` counts around a centre within [least, most], and at which end some are left out."""
    first = jnp.maximum(jnp.minimum(jnp.floor(centre) - terms // 2, most - terms + 1), least)
    counts = first[..., None] + jnp.arange(terms)
    index = jnp.arange(terms)
    cut_low = (index == 0) & (first > least)[..., None]
    cut_high = (index == terms - 1) & (first + terms - 1 < most)[..., None]
    return counts, cut_low | cut_high


@closed_form(example={"f": lambda j: j})
def poisson_mean(f: Function, mean: Annotated[Value, Ge(0)], terms: int = 256) -> jax.Array:
    """E f(J), J ~ Poisson(mean), over ``terms`` counts around the mean.

    f gets the counts on the last axis, of shape (..., terms), and keeps it. The window holds
    1 - 1e-12 of the mass for means up to (terms/16.5)^2, 240 at 256 terms; beyond, and where f
    draws the weight to its ends, NaN. Differentiable in the mean, at 0 too.
    """
    mean = jnp.asarray(mean, float)
    counts, cut = _window(mean, terms, jnp.zeros_like(mean), jnp.inf)
    return _counted(f, counts, poisson_pmf(counts, mean[..., None]), cut)


@closed_form(example={"f": lambda k: k})
def binomial_mean(
    f: Function,
    n: Annotated[Value, Ge(0), Whole],
    p: Annotated[Value, Ge(0), Le(1)],
    terms: int = 256,
) -> jax.Array:
    """E f(K), K ~ Binomial(n, p), over ``terms`` counts around n p: all of them where n < terms.

    f as in :func:`poisson_mean`; counts above n are replaced by n. NaN where the window leaves out
    1e-12, which takes n p (1 - p) > (terms/16.5)^2. Differentiable in p, at 0 and 1 too; not in n.
    """
    n, p = jnp.broadcast_arrays(jnp.asarray(n, float), jnp.asarray(p, float))
    counts, cut = _window(n * p, terms, jnp.zeros_like(n), n)
    weights = binomial_pmf(counts, n[..., None], p[..., None])
    return _counted(f, jnp.minimum(counts, n[..., None]), weights, cut)


@closed_form(
    example={"f": lambda k: k, "population": 20, "marked": 7, "drawn": 5},
    marked=("is above the population", lambda marked, population: marked <= population),
    drawn=("is above the population", lambda drawn, population: drawn <= population),
)
def hypergeometric_mean(
    f: Function,
    population: Annotated[Value, Ge(1), Whole],
    marked: Annotated[Value, Ge(0), Whole],
    drawn: Annotated[Value, Ge(0), Whole],
    terms: int = 256,
) -> jax.Array:
    """E f(K), K marked ones among ``drawn`` without replacement; window and NaN as above."""
    counts_of = jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in (population, marked, drawn)))
    population, marked, drawn = counts_of
    most = jnp.minimum(marked, drawn)
    least = jnp.maximum(marked + drawn - population, 0.0)
    counts, cut = _window(drawn * marked / population, terms, least, most)
    weights = hypergeometric_pmf(counts, *(v[..., None] for v in counts_of))
    return _counted(f, jnp.minimum(counts, most[..., None]), weights, cut)


@closed_form(example={"values": [1.0, 2.0], "weights": [0.5, 0.5]})
def discrete_mean(values: Annotated[Value, Row], weights: Annotated[Value, Row]) -> jax.Array:
    """sum_i w_i v_i over the last axis; a value of weight 0 may be infinite. The weights sum to 1:
    NaN where they do not to 1e-9, or one is negative."""
    values, weights = jnp.asarray(values, float), jnp.asarray(weights, float)
    terms = jnp.where(weights == 0, 0.0, jnp.where(weights == 0, 0.0, values) * weights)
    good = (jnp.abs(jnp.sum(weights, axis=-1) - 1) <= 1e-9) & jnp.all(weights >= 0, axis=-1)
    return jnp.where(good, jnp.sum(terms, axis=-1), jnp.nan)
