"""ReLU and its kin: piecewise-linear activations."""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Ge,
    Gt,
    Le,
    Lt,
    Scalar,
    arcsin,
    closed_form,
    log,
    log1p,
    pi,
    rational,
    sin,
    sqrt,
    where,
)
from theory import cos as cosine_of
from theory._formula import evaluator_of
from theory.ntk_classifiers._activations import Activation, family

_LEAST = 1e-300
"""Slopes that are infinite at coinciding or opposite inputs are taken this far from them: 1e150."""


def _slope(y: Any) -> Any:
    # where, not maximum: a slope of its own then is 0 there, in reverse too, not 0 times infinity
    return 1 / jnp.sqrt(jnp.where(y < _LEAST, _LEAST, y))


@jax.custom_jvp
def _angle_jax(s: Any) -> Any:
    return 2 * jnp.arcsin(jnp.sqrt(s / 2))


@_angle_jax.defjvp
def _(primals: Any, tangents: Any) -> Any:
    (s,), (ds,) = primals, tangents
    return _angle_jax(s), ds * _slope(s * (2 - s))


@jax.custom_jvp
def _arcsin_jax(t: Any) -> Any:
    return jnp.arcsin(t)


@_arcsin_jax.defjvp
def _(primals: Any, tangents: Any) -> Any:
    (t,), (dt,) = primals, tangents
    return _arcsin_jax(t), dt * _slope((1 - t) * (1 + t))


def _angle(s: Scalar) -> Scalar:
    """th = 2 asin sqrt(s/2), the angle of inputs with x.z = 1 - s."""
    return _angle_jax(s) if evaluator_of(s) == "jax" else 2 * arcsin(sqrt(s / 2))


def _excess(s: Scalar) -> Scalar:
    th = _angle(s)
    x = th**2
    series = th * x * (rational(1, 3) - x * (rational(1, 30) - x * (rational(1, 840) - x / 45360)))
    return where(th < rational(1, 20), series, sin(th) - th * cosine_of(th)) / pi


@jax.custom_jvp
def _excess_jax(s: Any) -> Any:
    return _excess(s)


@_excess_jax.defjvp
def _(primals: Any, tangents: Any) -> Any:
    (s,), (ds,) = primals, tangents
    return _excess_jax(s), _angle_jax(s) / math.pi * ds


@closed_form
def arc_cosine_excess(s: Annotated[Scalar, Ge(0), Le(2)]) -> Scalar:
    """s - (1 - k1(1-s)) = (sin th - th cos th)/pi, th = 2 asin sqrt(s/2): ReLU's contraction.

    k1 is the dual of sqrt 2 ReLU. The difference loses digits below th = 1/20, where four terms of
    its series leave a relative error under 1e-16. The slope is th/pi.
    """
    return _contraction(s)


def _contraction(s: Scalar) -> Scalar:
    return _excess_jax(s) if evaluator_of(s) == "jax" else _excess(s)


def _k1_formula(t: Scalar) -> Scalar:
    return (t * (pi / 2 + arcsin(t)) - t**2 / (1 + sqrt(1 - t**2))) / pi


@jax.custom_jvp
def _k1_jax(t: Any) -> Any:
    return _k1_formula(t)


@_k1_jax.defjvp
def _(primals: Any, tangents: Any) -> Any:
    (t,), (dt,) = primals, tangents
    return _k1_jax(t), _k0(t) * dt  # at t = +-1 a difference of infinite slopes


def _k1_centred(t: Scalar) -> Scalar:
    """k1(t) - 1/pi, relatively accurate at t -> 0."""
    return _k1_jax(t) if evaluator_of(t) == "jax" else _k1_formula(t)


def _k0(t: Scalar) -> Scalar:
    """(pi - acos t)/pi: the dual of sqrt 2 x step."""
    return rational(1, 2) + (_arcsin_jax(t) if evaluator_of(t) == "jax" else arcsin(t)) / pi


def _k0_near(s: Scalar) -> Scalar:
    return 1 - _angle(s) / pi


@family
def leaky_relu(slope: Annotated[Scalar, Ge(-1), Lt(1)]) -> Activation:
    """phi = x for x > 0, slope x for x < 0, normalised; b = 1 always, A != 0 unless slope = 1.

    F = ((1-slope)^2 k1(t) + 2 slope t)/(1 + slope^2). slope 0 is ReLU, -1 is |x|.
    """
    kink, line, norm = (1 - slope) ** 2, 2 * slope, 1 + slope**2

    def near(s):
        return kink * (s - _contraction(s)) + line * s

    return Activation(
        name="leaky_relu",
        dual=lambda t: (kink * (_k1_centred(t) + 1 / pi) + line * t) / norm,
        dual_derivative=lambda t: (kink * _k0(t) + line) / norm,
        fall=lambda s: near(s) / norm,
        slope_near=lambda s: (kink * _k0_near(s) + line) / norm,
        slope_fall=lambda s: kink * _angle(s) / pi / norm,
        order=0,
        leading=kink / (pi * norm),
        next_order=2,
        next_coefficient=kink / (2 * pi * norm),
        slope_at_zero=(1 + slope) ** 2 / (2 * norm),
        slope_at_one=1,
        phi=lambda x: jnp.where(x > 0, x, slope * x) / jnp.sqrt((1 + slope**2) / 2),
    )


@family
def centred_leaky_relu(slope: Annotated[Scalar, Gt(-1), Lt(1)]) -> Activation:
    """Leaky ReLU less its mean, normalised: A = 0, a = (1+slope)^2/(2D), b = (1+slope^2)/D.

    D = 1 + slope^2 - (1-slope)^2/pi. alpha falls from infinity (slope -1) to pi - 2 (slope 1), so
    every dimension d >= 2 is reached by a piecewise-linear activation.
    """
    kink, line = (1 - slope) ** 2, 2 * slope
    norm = 1 + slope**2 - kink / pi

    log_zero = log_one = None
    if evaluator_of(slope) == "jax":  # 1 - a and b - 1 vanish like (1 - slope)^2 as slope -> 1
        from_one = where(slope < 0, 0.0, kink * (1 - 2 / pi) / (2 * norm))
        log_zero = where(slope < 0, 2 * log1p(slope) - log(2 * norm), log1p(-from_one))
        log_one = log1p(kink / (pi * norm))

    def phi(x):
        mean = (1 - slope) / jnp.sqrt(2 * np.pi)
        return (jnp.where(x > 0, x, slope * x) - mean) / jnp.sqrt(norm / 2)

    return Activation(
        name="centred_leaky_relu",
        dual=lambda t: (kink * _k1_centred(t) + line * t) / norm,
        dual_derivative=lambda t: (kink * _k0(t) + line) / norm,
        fall=lambda s: (kink * (s - _contraction(s)) + line * s) / norm,
        slope_near=lambda s: (kink * _k0_near(s) + line) / norm,
        order=1,
        leading=(1 + slope) ** 2 / (2 * norm),
        next_order=2,
        next_coefficient=kink / (2 * pi * norm),
        slope_at_zero=(1 + slope) ** 2 / (2 * norm),
        slope_at_one=(1 + slope**2) / norm,
        log_slope_at_zero=log_zero,
        log_slope_at_one=log_one,
        phi=phi,
    )
