"""ReLU and its kin: piecewise-linear activations."""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory._closed_form import closed_form
from theory._fields import Ge, Gt, Le, Lt
from theory._formula import (
    Scalar, arcsin, cos, evaluator_of, log, log1p, pi, rational, sin, sqrt, where,
)  # fmt: skip
from theory._neural_kernels.activations import LEAST, Activation, Formula, family

__all__ = ["arc_cosine_excess", "centred_leaky_relu", "leaky_relu"]


def _inverse_root(y: Any) -> Any:
    """1/sqrt(y), a slope that is infinite at coinciding or opposite inputs: 1e150 there."""
    # where, not maximum: a slope of its own then is 0 there, in reverse too, not 0 times infinity
    return 1 / jnp.sqrt(jnp.where(y < LEAST, LEAST, y))


def _with_slope(formula: Formula, slope: Formula) -> Formula:
    """The formula; in JAX with this derivative, where its own has differences of infinities."""

    @jax.custom_jvp
    def in_jax(x: Any) -> Any:
        return formula(x)

    @in_jax.defjvp
    def _(primals: Any, tangents: Any) -> Any:
        (x,), (dx,) = primals, tangents
        return in_jax(x), slope(x) * dx

    return lambda x: in_jax(x) if evaluator_of(x) == "jax" else formula(x)


_angle = _with_slope(lambda s: 2 * arcsin(sqrt(s / 2)), lambda s: _inverse_root(s * (2 - s)))
"""th = 2 asin sqrt(s/2), the angle of inputs with x.z = 1 - s."""
_arcsin = _with_slope(arcsin, lambda t: _inverse_root((1 - t) * (1 + t)))


def _k0(t: Scalar) -> Scalar:
    """(pi - acos t)/pi: the dual of sqrt 2 x step."""
    return rational(1, 2) + _arcsin(t) / pi


_k1_centred = _with_slope(
    lambda t: (t * (pi / 2 + arcsin(t)) - t**2 / (1 + sqrt(1 - t**2))) / pi, _k0
)
"""k1(t) - 1/pi, relatively accurate at t -> 0; k1 is the dual of sqrt 2 ReLU."""


def _excess(s: Scalar) -> Scalar:
    th = _angle(s)
    x = th**2
    series = th * x * (rational(1, 3) - x * (rational(1, 30) - x * (rational(1, 840) - x / 45360)))
    return where(th < rational(1, 20), series, sin(th) - th * cos(th)) / pi


_contraction = _with_slope(_excess, lambda s: _angle(s) / math.pi)


@closed_form
def arc_cosine_excess(s: Annotated[Scalar, Ge(0), Le(2)]) -> Scalar:
    """s - (1 - k1(1-s)) = (sin th - th cos th)/pi, th = 2 asin sqrt(s/2): ReLU's contraction.

    The difference loses digits below th = 1/20, where four terms of its series leave a relative
    error under 1e-16. The slope is th/pi.
    """
    return _contraction(s)


def _piecewise(name: str, kink: Any, line: Any, level: Any, norm: Any, **given: Any) -> Activation:
    """F = (kink (k1(t) - 1/pi + level) + line t)/norm."""
    return Activation(
        name=name, next_order=2, next_coefficient=kink / (2 * pi * norm),
        dual=lambda t: (kink * (_k1_centred(t) + level) + line * t) / norm,
        dual_derivative=lambda t: (kink * _k0(t) + line) / norm,
        fall=lambda s: (kink * (s - _contraction(s)) + line * s) / norm,
        slope_near=lambda s: (kink * (1 - _angle(s) / pi) + line) / norm, **given,
    )  # fmt: skip


@family
def leaky_relu(slope: Annotated[Scalar, Ge(-1), Lt(1)]) -> Activation:
    """phi = x for x > 0, slope x for x < 0, normalised; b = 1 always, A != 0 unless slope = 1.

    F = ((1-slope)^2 k1(t) + 2 slope t)/(1 + slope^2). slope 0 is ReLU, -1 is |x|.
    """
    kink, norm = (1 - slope) ** 2, 1 + slope**2

    def phi(x):
        return jnp.where(x > 0, x, slope * x) / jnp.sqrt((1 + slope**2) / 2)

    return _piecewise(
        "leaky_relu", kink, 2 * slope, 1 / pi, norm, order=0, leading=kink / (pi * norm), phi=phi,
        slope_at_zero=(1 + slope) ** 2 / (2 * norm), slope_at_one=1,
    )  # fmt: skip


@family
def centred_leaky_relu(slope: Annotated[Scalar, Gt(-1), Lt(1)]) -> Activation:
    """Leaky ReLU less its mean, normalised: A = 0, a = (1+slope)^2/(2D), b = (1+slope^2)/D.

    D = 1 + slope^2 - (1-slope)^2/pi. alpha falls from infinity (slope -1) to pi - 2 (slope 1), so
    every dimension d >= 2 is reached by a piecewise-linear activation.
    """
    kink = (1 - slope) ** 2
    norm = 1 + slope**2 - kink / pi
    a = (1 + slope) ** 2 / (2 * norm)
    log_zero = log_one = None
    if evaluator_of(slope) == "jax":  # 1 - a and b - 1 vanish like (1 - slope)^2 as slope -> 1
        from_one = where(slope < 0, 0.0, kink * (1 - 2 / pi) / (2 * norm))
        log_zero = where(slope < 0, 2 * log1p(slope) - log(2 * norm), log1p(-from_one))
        log_one = log1p(kink / (pi * norm))

    def phi(x):
        mean = (1 - slope) / jnp.sqrt(2 * np.pi)
        return (jnp.where(x > 0, x, slope * x) - mean) / jnp.sqrt(norm / 2)

    return _piecewise(
        "centred_leaky_relu", kink, 2 * slope, 0, norm, order=1, leading=a, phi=phi,
        slope_at_zero=a, slope_at_one=(1 + slope**2) / norm, log_slope_at_zero=log_zero,
        log_slope_at_one=log_one,
    )  # fmt: skip
