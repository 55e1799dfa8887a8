"""Marchenko-Pastur averages, and the risk of estimators that shrink eigendirections.

gamma = d/n for n rows in d dimensions: the law is that of the d eigenvalues of X'X/n, X of
independent entries with variance 1, as n and d grow. For gamma > 1 it has the atom
1 - 1/gamma at 0, which averages include.
"""

import functools
from collections.abc import Callable
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory._averages import compared
from theory._closed_form import Row, closed_form
from theory._fields import Ge, Gt
from theory._formula import Scalar, absolute, sqrt, total, where

__all__ = ["filter_risk", "mixing", "mp_edges", "mp_mean", "mp_stieltjes"]

Aspect = Annotated[Scalar, Gt(0)]


@closed_form
def mp_edges(gamma: Aspect) -> tuple[Scalar, Scalar]:
    """The bulk's ends (1 - sqrt(gamma))^2 and (1 + sqrt(gamma))^2."""
    return (1 - sqrt(gamma)) ** 2, (1 + sqrt(gamma)) ** 2


@closed_form
def mp_stieltjes(ridge: Annotated[Scalar, Ge(0)], gamma: Aspect) -> Scalar:
    """E 1/(s + ridge), the positive m with gamma ridge m^2 + (1 - gamma + ridge) m = 1.

    At ridge 0: 1/(1 - gamma) for gamma < 1, infinite for gamma > 1.
    """
    b = 1 - gamma + ridge
    size = absolute(b) + sqrt(b**2 + 4 * gamma * ridge)
    # of the two forms of the root the one that does not cancel
    below = b < 0
    return where(below, size / (2 * gamma * where(below, ridge, 1)), 2 / size)


@functools.cache
def _angles(nodes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """cos t and the weights (2/pi) sin(t)^2 of the trapezoidal rule, also on half its nodes."""
    angle = np.arange(1, nodes) * (np.pi / nodes)
    weights = 2 / nodes * np.sin(angle) ** 2
    half = np.where(np.arange(1, nodes) % 2 == 0, 2 * weights, 0.0)
    return np.cos(angle), weights, half


@closed_form(example={"f": lambda s: s})
def mp_mean(
    f: Callable[[Any], Any], gamma: Aspect, nodes: int = 400, within: float = 1e-6
) -> jax.Array:
    """E f(s), f entry by entry; it gets shape (..., nodes - 1) and, at 0, (..., 1).

    With s = 1 + gamma + 2 sqrt(gamma) cos(t) the bulk is (2/pi) int f(s) sin(t)^2/s dt, and

        E f = f(0) + (2/pi) int_0^pi (f(s) - f(0))/s sin(t)^2 dt

    holds the atom too, with nothing singular at gamma = 1. Where f(0) is not finite (1/s, log s)
    the bulk alone is taken, which needs gamma < 1. Exact to rounding where f is analytic around
    the bulk; NaN where half the nodes differ by more than ``within``: 1/(s + r) needs
    r > 1.2e-3 at gamma = 1, r > 0 at gamma = .9 or 1.1. Differentiable in gamma and what f holds.
    """
    gamma = jnp.asarray(gamma, float)[..., None]
    cos, weights, half = _angles(nodes)
    s = 1 + gamma + 2 * jnp.sqrt(gamma) * cos
    at_zero = f(jnp.zeros_like(gamma))
    finite = jnp.isfinite(at_zero)
    anchor = jnp.where(finite, at_zero, 0.0)
    found = f(s)
    rounded = (jnp.abs(found) + jnp.abs(anchor)) / s
    bulk = compared((found - anchor) / s, weights, half, within, rounded)
    alone = jnp.where(gamma < 1, 0.0, jnp.nan)
    return bulk + jnp.where(finite, anchor, alone)[..., 0]


# --------------------------------------------------------------------------------------------
# Shrinking


@closed_form(example={"shrinkage": [0.5], "signal": [1.0], "noise": [0.1]})
def filter_risk(
    shrinkage: Annotated[Any, Row], signal: Annotated[Any, Row], noise: Annotated[Any, Row]
) -> tuple[Scalar, Scalar]:
    """Bias and variance of an estimate that multiplies each eigendirection's datum by h_i.

    sum_i (1 - h_i)^2 signal_i and sum_i h_i^2 noise_i: signal_i is the squared coefficient on
    direction i, noise_i the variance of its datum (sigma^2/(n s_i) for coefficients, sigma^2/n for
    predictions at the design). Ridge has h_i = s_i/(s_i + ridge), t steps of gradient descent
    1 - (1 - rate s_i)^t. Arrays with the directions on the last axis; every evaluator.
    """
    return total((1 - shrinkage) ** 2 * signal), total(shrinkage**2 * noise)


@closed_form
def mixing(first: Annotated[Scalar, Ge(0)], second: Annotated[Scalar, Ge(0)]) -> Scalar:
    """P F/(P + F): the mean square of the best mixture of two independent unbiased estimates.

    P and F are their mean squares, finite and not both 0; the first has the weight F/(P + F).
    """
    return first * second / (first + second)
