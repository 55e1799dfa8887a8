"""Offsets and thresholds of the stable model: where imbalance makes the minority disappear.

At margin m and offset h the error is [R F(-(m+h)) + F(-(m-h))]/(1+R). For alpha < 2 the best h is
the smallest root of f(m-h) = R f(m+h), but only while R < R_c(m) = sup_x F(x+2m)/F(x) < infinity:
beyond it the constant majority rule is better than every other linear rule. The change is of
first order, because R_c lies below the R* at which the root itself disappears.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory import Scalar, arcsinh, cosh, exp, log, pi, sqrt, tanh
from theory.gaussian_robustness._stable import (
    cauchy_cdf,
    cauchy_pdf,
    stable_cdf,
    stable_pdf,
    stable_tail_constant,
)

_GRID = 160
_BISECTIONS = 64

R_CROSSING = 4.600570480803978
"""R_x, the root of R = 1 + pi/(2 arctan(R^{-1/2})): there the Cauchy curve dh/dm = 0 meets R_c."""


def linear_error(m: Scalar, h: Scalar, R: Scalar, alpha: Scalar) -> Scalar:
    """[R F(-(m+h)) + F(-(m-h))]/(1+R): population error at margin m, offset h (JAX)."""
    tails = stable_cdf(jnp.stack(jnp.broadcast_arrays(-(m + h), h - m)).astype(float), alpha)
    return (R * tails[0] + tails[1]) / (1 + R)


def _bisect(f: Callable[[Scalar], Scalar], low: Scalar, high: Scalar) -> Scalar:
    """The point where f turns from positive to not positive between low and high."""

    def step(_: Scalar, ends: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
        low, high = ends
        middle = (low + high) / 2
        positive = f(middle) > 0
        return jnp.where(positive, middle, low), jnp.where(positive, high, middle)

    low, high = jax.lax.fori_loop(0, _BISECTIONS, step, (low, high))
    return (low + high) / 2


def _offsets(m: Scalar, alpha: Scalar) -> Scalar:
    # from 0 to beyond every maximiser seen: h of order m, plus the start of the heavy tail, which
    # recedes like sqrt(log 1/(2-alpha)) as alpha -> 2 (30 covers alpha = 1.999)
    u = jnp.linspace(0.0, 1.0, _GRID)
    return (m + 30.0) * u**2


def _first_maximum(value: Callable[[Scalar], Scalar], h: Scalar) -> tuple[Scalar, Scalar]:
    """Grid neighbours of the maximiser of ``value`` over the grid h."""
    values = value(h)
    best = jnp.argmax(values)
    return h[jnp.maximum(best - 1, 0)], h[jnp.minimum(best + 1, h.shape[0] - 1)]


_GOLDEN = (np.sqrt(5.0) - 1) / 2


def _golden(value: Callable[[Scalar], Scalar], low: Scalar, high: Scalar) -> Scalar:
    """The maximiser of a unimodal function by golden sections (to the square root of rounding)."""

    def step(_: Scalar, ends: tuple[Scalar, Scalar]) -> tuple[Scalar, Scalar]:
        a, b = ends
        width = b - a
        c, d = b - _GOLDEN * width, a + _GOLDEN * width
        left = value(jnp.stack([c, d]))
        return jnp.where(left[0] > left[1], a, c), jnp.where(left[0] > left[1], d, b)

    a, b = jax.lax.fori_loop(0, 44, step, (low, high))
    return (a + b) / 2


@jax.jit
def _local(m: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    def log_ratio(h: Scalar) -> Scalar:
        return jnp.log(stable_pdf(m - h, alpha)) - jnp.log(stable_pdf(m + h, alpha))

    h = _golden(log_ratio, *_first_maximum(log_ratio, _offsets(m, alpha)))
    return h, jnp.exp(log_ratio(h))


def local_threshold(m: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """(h*, R*): R*(m) = max_h f(m-h)/f(m+h), up to which a stationary offset exists, and its h.

    Cauchy: R* = (m + sqrt(1 + m^2))^2 at h* = sqrt(1 + m^2). NOT the threshold of the best rule:
    that is :func:`trivial_threshold`, which is smaller.
    """
    return _local(jnp.asarray(m, float), jnp.asarray(alpha, float))


@jax.jit
def _trivial(m: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    def log_ratio(h: Scalar) -> Scalar:  # x = -m - h
        return jnp.log(stable_cdf(m - h, alpha)) - jnp.log(stable_cdf(-m - h, alpha))

    low, high = _first_maximum(log_ratio, _offsets(m, alpha))

    def slope(h: Scalar) -> Scalar:
        near = stable_pdf(m - h, alpha) / stable_cdf(m - h, alpha)
        return stable_pdf(-m - h, alpha) / stable_cdf(-m - h, alpha) - near

    h = _bisect(slope, low, high)
    return h, jnp.exp(log_ratio(h))


class Threshold(NamedTuple):
    """R_c(m) and the offset h_c of the last non-trivial rule, where the supremum is attained."""

    R: Array
    h: Array


def trivial_threshold(m: Scalar, alpha: Scalar) -> Threshold:
    """R_c(m) = sup_x F(x + 2m)/F(x), attained at x = -m - h_c; finite for alpha < 2, m > 0.

    For R < R_c the best rule is non-trivial; for R > R_c it is "always majority" (disparity 1).
    The minority accuracy falls to 0 from F(m - h_c). m > 0; alpha in [0.3, 1.999]. R_c = infinity
    for the Gaussian.
    """
    h, R = _trivial(jnp.asarray(m, float), jnp.asarray(alpha, float))
    return Threshold(R, h)


@jax.jit
def _offset(m: Scalar, R: Scalar, alpha: Scalar) -> Scalar:
    h_star, R_star = _local(m, alpha)

    def excess(h: Scalar) -> Scalar:  # positive below the smallest root
        return R * stable_pdf(m + h, alpha) - stable_pdf(m - h, alpha)

    root = _bisect(excess, jnp.asarray(0.0), h_star)
    # The golden section knows h* to 1e-8 and R* to 1e-16: a root beyond it is the same number
    return jnp.where(R_star <= R, h_star, jnp.where(R <= 1, 0.0, root))


class Offset(NamedTuple):
    """The best offset (infinite where the best rule is trivial) and whether it is trivial."""

    h: Array
    trivial: Array


def stationary_offset(m: Scalar, R: Scalar, alpha: Scalar) -> Float[Array, ""]:
    """The smallest root h of f(m-h) = R f(m+h), for 1 <= R <= R*(m) (h* beyond)."""
    return _offset(jnp.asarray(m, float), jnp.asarray(R, float), jnp.asarray(alpha, float))


def best_offset(m: Scalar, R: Scalar, alpha: Scalar) -> Offset:
    """The offset of least error at margin m: stationary below R_c(m), infinite above.

    m <= 0 is trivial for every R. Scalars; use vmap for arrays.
    """
    margin = jnp.where(jnp.asarray(m) > 0, m, 1.0)
    trivial = (jnp.asarray(m) <= 0) | (R > trivial_threshold(margin, alpha).R)
    return Offset(jnp.where(trivial, jnp.inf, stationary_offset(margin, R, alpha)), trivial)


@jax.jit
def _turning(h: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    def score(x: Scalar) -> Scalar:
        return jax.grad(lambda v: jnp.log(stable_pdf(v, alpha)))(x)

    m = _bisect(lambda m: score(m - h) - score(m + h), h, h + 20.0)
    return m, stable_pdf(m - h, alpha) / stable_pdf(m + h, alpha)


def turning_margin(h: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """(m, R) at which the best offset h(.; R) is least, with value h: f'/f agrees at m -+ h.

    Below m the offset falls as the margin grows, beyond it rises: there a loss of margin *lowers*
    the offset, and robustness reduces the disparity. Cauchy: m^2 = 1 + h^2. 0 < h < 10.
    """
    return _turning(jnp.asarray(h, float), jnp.asarray(alpha, float))


def stable_disparity(m: Scalar, offset: Offset, alpha: Scalar) -> Scalar:
    """F(m + h) - F(m - h); 1 for the trivial rule."""
    h = jnp.where(offset.trivial, 0.0, offset.h)
    accuracies = stable_cdf(jnp.stack([m + h, m - h]), alpha)
    return jnp.where(offset.trivial, 1.0, accuracies[0] - accuracies[1])


# --------------------------------------------------------------------------------------------
# Closed forms


def offset_growth(R: Scalar, alpha: Scalar) -> Scalar:
    """lim h/m = tanh(log R/(2 (1 + alpha))) as m -> infinity."""
    return tanh(log(R) / (2 * (1 + alpha)))


def large_margin_threshold(m: Scalar, alpha: Scalar) -> Scalar:
    """(2m)^alpha/C_alpha, the leading term of R_c(m) as m -> infinity."""
    return (2 * m) ** alpha / stable_tail_constant(alpha)


def cauchy_offset(m: Scalar, R: Scalar) -> Scalar:
    """h = [m(R+1) - sqrt(4 R m^2 - (R-1)^2)]/(R-1), in the form that is 0 at R = 1.

    h = (R-1)(1 + m^2)/[m(R+1) + sqrt(4 R m^2 - (R-1)^2)]: the smaller root of
    (R-1)h^2 - 2m(R+1)h + (R-1)(1+m^2) = 0. Domain: 1 <= R <= (m + sqrt(1+m^2))^2.
    """
    return (R - 1) * (1 + m**2) / (m * (R + 1) + sqrt(4 * R * m**2 - (R - 1) ** 2))


def cauchy_larger_root(m: Scalar, R: Scalar) -> Scalar:
    """The other stationary offset, a local *maximum* of the error; R > 1."""
    return (m * (R + 1) + sqrt(4 * R * m**2 - (R - 1) ** 2)) / (R - 1)


def cauchy_quadratic(m: Scalar, h: Scalar, R: Scalar) -> Scalar:
    """(R-1)h^2 - 2m(R+1)h + (R-1)(1+m^2): zero exactly where f(m-h) = R f(m+h)."""
    return (R - 1) * h**2 - 2 * m * (R + 1) * h + (R - 1) * (1 + m**2)


def cauchy_local_threshold(m: Scalar) -> Scalar:
    """R*(m) = (m + sqrt(1 + m^2))^2 = exp(2 asinh m)."""
    return exp(2 * arcsinh(m))


def cauchy_turning_margin(R: Scalar) -> Scalar:
    """cosh(log(R)/2): the margin at which h(.; R) is least, with h = sinh(log(R)/2)."""
    return cosh(log(R) / 2)


def cauchy_error(m: Scalar, h: Scalar, R: Scalar) -> Scalar:
    """[R F(-(m+h)) + F(-(m-h))]/(1+R) for Cauchy noise, on every evaluator."""
    return (R * cauchy_cdf(-(m + h)) + cauchy_cdf(h - m)) / (1 + R)


def cauchy_disparity(m: Scalar, h: Scalar) -> Scalar:
    """F(m+h) - F(m-h) for Cauchy noise."""
    return cauchy_cdf(m + h) - cauchy_cdf(m - h)


def cauchy_stationarity(m: Scalar, h: Scalar, R: Scalar) -> Scalar:
    """R f(m+h) - f(m-h) for Cauchy noise: zero at a stationary offset."""
    return R * cauchy_pdf(m + h) - cauchy_pdf(m - h)


def cauchy_large_margin(m: Scalar) -> Scalar:
    """(sqrt(2 pi m) - 1)^2: R_c(m) (1 + o(1)) for Cauchy noise."""
    return (sqrt(2 * pi * m) - 1) ** 2


def cauchy_threshold_residual(m: Scalar, R: Scalar) -> Scalar:
    """R F(-m-h) - F(m-h) at h = :func:`cauchy_offset`; R_c(m) is its one root in (1, R*)."""
    h = cauchy_offset(m, R)
    return R * cauchy_cdf(-m - h) - cauchy_cdf(m - h)
