"""Activations with trigonometric, exponential and Gaussian duals; w is the squared frequency."""

from typing import Annotated

import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np

from theory._fields import Ge, Le
from theory._formula import (
    Scalar, arcsin, cosh, evaluator_of, exp, expm1, log, log1p, sinh, sqrt, where,
)  # fmt: skip
from theory._neural_kernels.activations import Activation, family

__all__ = ["centred_cosine", "cosine", "error_function", "exponential", "gaussian", "sine"]

Frequency = Annotated[Scalar, Ge(0.01), Le(300)]
"""A squared frequency: sinh(w)^2 stays within float64."""


def log_sinhc(w: Scalar) -> Scalar:
    """log(sinh(w)/w); in JAX to full relative accuracy, which is of order w^2."""
    if evaluator_of(w) != "jax":
        return log(sinh(w) / w)
    x = where(w < 1, w, 1.0) ** 2
    series, term = 0.0, 1.0
    for k in range(1, 10):  # x^k/(2k + 1)!
        term = term * x / (2 * k * (2 * k + 1))
        series = series + term
    return where(w < 1, log1p(series), log(sinh(w) / w))


def log_cosh(w: Scalar) -> Scalar:
    """log cosh w, likewise."""
    return log1p(2 * sinh(w / 2) ** 2)


@family
def sine(w: Frequency) -> Activation:
    """phi = sin(sqrt(w) x)/norm: F = sinh(w t)/sinh(w); A = 0 < a."""
    a = w / sinh(w)
    return Activation(
        name="sine", order=1, leading=a, next_order=3, next_coefficient=a * w**2 / 6,
        slope_at_zero=a, slope_at_one=a * cosh(w), log_slope_at_zero=-log_sinhc(w),
        log_slope_at_one=log_cosh(w) - log_sinhc(w),
        dual=lambda t: sinh(w * t) / sinh(w),
        dual_derivative=lambda t: a * cosh(w * t),
        fall=lambda s: 2 * cosh(w * (1 - s / 2)) * sinh(w * s / 2) / sinh(w),
        slope_near=lambda s: a * cosh(w * (1 - s)),
        phi=lambda x: jnp.sin(jnp.sqrt(w) * x) / jnp.sqrt(-jnp.expm1(-2.0 * w) / 2),
    )  # fmt: skip


@family
def cosine(w: Frequency) -> Activation:
    """phi = cos(sqrt(w) x)/norm: F = cosh(w t)/cosh(w), b = w tanh w, which is 1 at w = 1.19968."""
    return Activation(
        name="cosine", order=0, leading=1 / cosh(w), next_order=2,
        next_coefficient=w**2 / (2 * cosh(w)), slope_at_zero=0, slope_at_one=w * sinh(w) / cosh(w),
        dual=lambda t: cosh(w * t) / cosh(w),
        dual_derivative=lambda t: w * sinh(w * t) / cosh(w),
        fall=lambda s: 2 * sinh(w * (1 - s / 2)) * sinh(w * s / 2) / cosh(w),
        slope_near=lambda s: w * sinh(w * (1 - s)) / cosh(w),
        phi=lambda x: jnp.cos(jnp.sqrt(w) * x) / jnp.sqrt((1 + jnp.exp(-2.0 * w)) / 2),
    )  # fmt: skip


@family
def centred_cosine(w: Frequency) -> Activation:
    """phi = (cos(sqrt(w) x) - e^{-w/2})/norm: F = sinh(wt/2)^2/sinh(w/2)^2; A = A' = 0."""
    norm = sinh(w / 2) ** 2

    def phi(x):
        mean = jnp.exp(-w / 2)
        return (jnp.cos(jnp.sqrt(w) * x) - mean) / jnp.sqrt(2 * jnp.exp(-w) * jnp.sinh(w / 2) ** 2)

    return Activation(
        name="centred_cosine", order=2, leading=w**2 / (4 * norm), next_order=4,
        next_coefficient=w**4 / (48 * norm), slope_at_zero=0,
        slope_at_one=w * sinh(w) / (2 * norm), phi=phi,
        dual=lambda t: sinh(w * t / 2) ** 2 / norm,
        dual_derivative=lambda t: w * sinh(w * t) / (2 * norm),
        fall=lambda s: sinh(w * (1 - s / 2)) * sinh(w * s / 2) / norm,
        slope_near=lambda s: w * sinh(w * (1 - s)) / (2 * norm),
    )  # fmt: skip


@family
def exponential(w: Frequency) -> Activation:
    """phi = exp(sqrt(w) x)/norm: F = e^{w (t-1)}, b = w; critical at w = 1."""
    return Activation(
        name="exponential", order=0, leading=exp(-w), next_order=2,
        next_coefficient=w**2 * exp(-w) / 2, slope_at_zero=w * exp(-w), slope_at_one=w,
        dual=lambda t: exp(w * (t - 1)),
        dual_derivative=lambda t: w * exp(w * (t - 1)),
        fall=lambda s: -expm1(-w * s),
        slope_near=lambda s: w * exp(-w * s),
        phi=lambda x: jnp.exp(jnp.sqrt(w) * x - w),
    )  # fmt: skip


@family
def gaussian(c: Annotated[Scalar, Ge(0.01), Le(1e4)]) -> Activation:
    """phi = exp(-c x^2)/norm: F = sqrt((1+4c)/((1+2c)^2 - 4c^2 t^2)); A != 0."""
    one = 1 + 4 * c

    def square(t):  # (1 + 2c)^2 - 4c^2 t^2
        return (1 + 2 * c * (1 - t)) * (1 + 2 * c * (1 + t))

    def gap(s):  # square(1 - s) - one
        return 4 * c**2 * s * (2 - s)

    def slope(t, square):
        return 4 * c**2 * t * sqrt(one / square) / square

    return Activation(
        name="gaussian", order=0, leading=sqrt(one) / (1 + 2 * c), next_order=2,
        next_coefficient=2 * c**2 * sqrt(one) / (1 + 2 * c) ** 3, slope_at_zero=0,
        slope_at_one=4 * c**2 / one,
        dual=lambda t: sqrt(one / square(t)),
        dual_derivative=lambda t: slope(t, square(t)),
        fall=lambda s: gap(s) / (one + gap(s) + sqrt(one * (one + gap(s)))),
        slope_near=lambda s: slope(1 - s, one + gap(s)),
        phi=lambda x: jnp.exp(-c * x**2) * jnp.power(1 + 4 * c, 0.25),
    )  # fmt: skip


def arcsin_excess(c: Scalar) -> Scalar:
    """arcsin(c)/c - 1; in JAX from its series for small c, where the two nearly cancel."""
    if evaluator_of(c) != "jax":
        return arcsin(c) / c - 1
    x = where(c < 0.2, c, 0.2) ** 2
    series, term = 0.0, 1.0
    for k in range(1, 13):  # (2k)!/(4^k k!^2 (2k + 1)) x^k
        term = term * x * (2 * k - 1) / (2 * k)
        series = series + term / (2 * k + 1)
    return where(c < 0.2, series, arcsin(c) / c - 1)


@family
def error_function(scale: Annotated[Scalar, Ge(0.01), Le(1000)]) -> Activation:
    """phi = erf(scale x)/norm: F = asin(c t)/asin(c), c = 2 scale^2/(1 + 2 scale^2); alpha < 1."""
    c = 2 * scale**2 / (1 + 2 * scale**2)
    less = 1 / (1 + 2 * scale**2)  # 1 - c
    log_ratio = log1p(arcsin_excess(c))
    # 1 - c^2 without rounding at either end
    log_one_less = log1p(4 * scale**2) - 2 * log1p(2 * scale**2)
    one_less = (1 + 4 * scale**2) / (1 + 2 * scale**2) ** 2  # 1 - c^2
    a = c / arcsin(c)

    def rest_at(t):  # 1 - c^2 t^2 without cancellation
        return (less + c * (1 - t)) * (less + c * (1 + t))

    def rest_near(s):  # the same at t = 1 - s
        return one_less + c**2 * s * (2 - s)

    def fall(s):
        # asin x - asin y = asin((x^2 - y^2)/(x sqrt(1-y^2) + y sqrt(1-x^2))), x = c, y = c (1-s)
        roots = sqrt(rest_near(s)) + (1 - s) * sqrt(one_less)
        return arcsin(c * s * (2 - s) / roots) / arcsin(c)

    return Activation(
        name="erf", order=1, leading=a, next_order=3, next_coefficient=a * c**2 / 6,
        slope_at_zero=a, slope_at_one=a / sqrt(one_less), log_slope_at_zero=-log_ratio,
        log_slope_at_one=-log_ratio - log_one_less / 2, fall=fall,
        dual=lambda t: arcsin(c * t) / arcsin(c),
        dual_derivative=lambda t: a / sqrt(rest_at(t)),
        slope_near=lambda s: a / sqrt(rest_near(s)),
        phi=lambda x: jsp.erf(scale * x) / jnp.sqrt(2 / np.pi * jnp.arcsin(c)),
    )  # fmt: skip
