"""Dual activations in closed form.

An activation phi with E phi(Z)^2 = 1 under Z ~ N(0, 1) has the dual F(t) = E phi(u) phi(v), where
(u, v) is centred Gaussian with unit variances and correlation t. With Hermite coefficients
mu_k = E phi h_k (h_k orthonormal), F(t) = sum_k mu_k^2 t^k: a probability generating function.

Every family is a function of its shape parameter and gives an :class:`Activation`; all formulas
are words of theory, so that the dual that a network's depth iterates is the one that is proved.
"""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import jax.numpy as jnp
import jax.scipy.special as jsp
import numpy as np

from theory import (
    Scalar,
    arcsin,
    cosh,
    exp,
    expm1,
    log,
    log1p,
    pi,
    power,
    rational,
    sin,
    sinh,
    sqrt,
    where,
)
from theory import cos as cosine_of

Formula = Callable[[Scalar], Scalar]


@dataclasses.dataclass(frozen=True)
class Activation:
    """A normalised activation through its dual.

    Attributes:
        name: as the ledger prints it.
        dual: t -> F(t) on [-1, 1], relatively accurate also at t -> 0.
        dual_derivative: t -> F'(t), the dual of phi'.
        fall: s -> 1 - F(1 - s), free of cancellation at s -> 0 (inputs that nearly coincide).
        slope_near: s -> F'(1 - s).
        order: the lowest degree m of F (0 if A != 0, 1 if A = 0 != A', else at least 2).
        leading: p_m, the coefficient of t^m.
        next_order, next_coefficient: the next degree k > max(m, 1) with p_k > 0, and p_k.
        slope_at_zero: a = F'(0) = A'^2.
        slope_at_one: b = F'(1) = B'.
        phi: the activation itself on JAX arrays (None where only the dual is explicit).
        slope_fall: s -> F'(1) - F'(1 - s), free of cancellation (None where no limit needs it).
    """

    name: str
    dual: Formula
    dual_derivative: Formula
    fall: Formula
    slope_near: Formula
    order: int
    leading: Scalar
    slope_at_zero: Scalar
    slope_at_one: Scalar
    next_order: int = 0
    next_coefficient: Scalar = 0
    phi: Callable[[Any], Any] | None = None
    slope_fall: Formula | None = None


# ---------------------------------------------------------------------------------------------
# Polynomials and power series


def hermite_polynomial(degree: int, x: Any) -> Any:
    """h_k(x), orthonormal under N(0, 1): h_0 = 1, h_1 = x, h_2 = (x^2 - 1)/sqrt 2, ..."""
    previous, current = 0 * x, 0 * x + 1
    for k in range(degree):
        previous, current = current, (x * current - sqrt(k) * previous) / sqrt(k + 1)
    return current


def polynomial(coefficients: Sequence[Any], name: str = "polynomial") -> Activation:
    """F(t) = sum_k p_k t^k, phi = sum_k sqrt(p_k) h_k; the p_k are exact or of one evaluator.

    Near the diagonal 1 - F(1-s) = s sum_j (1-s)^j tail_j with tail_j = sum_{k>j} p_k: no term is
    subtracted. The coefficients must be >= 0 with sum 1; which are 0 must show as the int 0.
    """
    p = list(coefficients)
    degrees = [k for k, value in enumerate(p) if not (isinstance(value, int) and value == 0)]
    order = degrees[0]
    above = [k for k in degrees if k > max(order, 1)]
    tails = [_sum(p[j + 1 :]) for j in range(len(p) - 1)]
    derivative = [k * p[k] for k in range(1, len(p))]
    curvature_tails = [_sum(derivative[j + 1 :]) for j in range(len(derivative) - 1)]

    def phi(x):
        return sum(sqrt(p[k]) * hermite_polynomial(k, x) for k in degrees)

    return Activation(
        name=name,
        dual=lambda t: t**order * _horner(p[order:], t) if order else _horner(p, t),
        dual_derivative=lambda t: _horner(derivative, t),
        fall=lambda s: s * _horner(tails, 1 - s),
        slope_near=lambda s: _horner(derivative, 1 - s),
        slope_fall=lambda s: s * _horner(curvature_tails, 1 - s),
        order=order,
        leading=p[order],
        next_order=above[0] if above else 0,
        next_coefficient=p[above[0]] if above else 0,
        slope_at_zero=p[1] if len(p) > 1 else 0,
        slope_at_one=_sum(derivative),
        phi=phi,
    )


def _sum(values: Sequence[Any]) -> Any:
    result = 0
    for value in values:
        result = result + value
    return result


def _horner(coefficients: Sequence[Any], x: Any) -> Any:
    result = 0 * x
    for coefficient in reversed(coefficients):
        result = result * x + coefficient
    return result


def hermite(degree: int) -> Activation:
    """phi = h_k, F = t^k: t_L = t^(k^L). Degree 1 is the linear activation."""
    return polynomial([0] * degree + [1], name=f"h_{degree}")


def optimal_coefficients(d: Any) -> list[Any]:
    """Coefficients of F for the explicit activation with alpha = d.

    d = 1: F = (t + t^7)/2. d >= 2: F = e t + (1 - 2e) t^2 + e t^3 with e = 2^(-d/2). For
    1 < d < 2 the middle coefficient would be negative: there is no such activation.
    """
    if isinstance(d, (int, float)):
        if d == 1:
            return [0, rational(1, 2), 0, 0, 0, 0, 0, rational(1, 2)]
        if d < 2:
            raise ValueError(
                f"ntk_classifiers: d = {d!r}: the explicit activation is defined for d = 1 and"
                " d >= 2"
            )
    share = power(2, -d / 2) if not isinstance(d, int) else power(2, rational(-d, 2))
    # for d = 2 the middle coefficient is exactly 0, which is an int for :func:`polynomial`
    middle = 0 if isinstance(d, int) and d == 2 else 1 - 2 * share
    return [0, share, middle, share]


def optimal(d: Any) -> Activation:
    """The explicit activation with alpha = d exactly (see :func:`optimal_coefficients`)."""
    return polynomial(optimal_coefficients(d), name=f"phi_{d}")


def geometric(a: Scalar) -> Activation:
    """p_k = a (1-a)^(k-1), F = a t/(1 - (1-a) t): t_L has the same form with a^L; alpha = 2."""
    return Activation(
        name="geometric",
        dual=lambda t: a * t / (1 - (1 - a) * t),
        dual_derivative=lambda t: a / (1 - (1 - a) * t) ** 2,
        fall=lambda s: s / (a + (1 - a) * s),
        slope_near=lambda s: a / (a + (1 - a) * s) ** 2,
        order=1,
        leading=a,
        next_order=2,
        next_coefficient=a * (1 - a),
        slope_at_zero=a,
        slope_at_one=1 / a,
    )


def theta_family(a: Scalar, theta: Scalar) -> Activation:
    """F = 1 - [1 + a ((1-t)^-theta - 1)]^(-1/theta), 0 < theta <= 1; alpha = 2 theta.

    Depth L replaces a by a^L, and G = ((1-t)^-theta - 1)/theta. theta = 1 is the geometric
    family; for theta > 1 the Taylor coefficients change sign, so F is no dual activation.
    """

    def dual(t):
        return -expm1(-log1p(a * expm1(-theta * log1p(-t))) / theta)

    def near(s):
        return a + (1 - a) * power(s, theta)

    return Activation(
        name="theta",
        dual=dual,
        dual_derivative=lambda t: a * power(near(1 - t), -1 / theta - 1),
        fall=lambda s: s * power(near(s), -1 / theta),
        slope_near=lambda s: a * power(near(s), -1 / theta - 1),
        order=1,
        leading=a,
        next_order=2,
        next_coefficient=a * (1 - a) * (1 + theta) / 2,
        slope_at_zero=a,
        slope_at_one=power(a, -1 / theta),
    )


# ---------------------------------------------------------------------------------------------
# Trigonometric and exponential activations; w is the squared frequency


def sine(w: Scalar) -> Activation:
    """phi = sin(sqrt(w) x)/norm: F = sinh(w t)/sinh(w); A = 0 < a."""
    return Activation(
        name="sine",
        dual=lambda t: sinh(w * t) / sinh(w),
        dual_derivative=lambda t: w * cosh(w * t) / sinh(w),
        fall=lambda s: 2 * cosh(w * (1 - s / 2)) * sinh(w * s / 2) / sinh(w),
        slope_near=lambda s: w * cosh(w * (1 - s)) / sinh(w),
        order=1,
        leading=w / sinh(w),
        next_order=3,
        next_coefficient=w**3 / (6 * sinh(w)),
        slope_at_zero=w / sinh(w),
        slope_at_one=w * cosh(w) / sinh(w),
        phi=lambda x: jnp.sin(jnp.sqrt(w) * x) / jnp.sqrt(-jnp.expm1(-2.0 * w) / 2),
    )


def cosine(w: Scalar) -> Activation:
    """phi = cos(sqrt(w) x)/norm: F = cosh(w t)/cosh(w), b = w tanh w, which is 1 at w = 1.19968."""
    return Activation(
        name="cosine",
        dual=lambda t: cosh(w * t) / cosh(w),
        dual_derivative=lambda t: w * sinh(w * t) / cosh(w),
        fall=lambda s: 2 * sinh(w * (1 - s / 2)) * sinh(w * s / 2) / cosh(w),
        slope_near=lambda s: w * sinh(w * (1 - s)) / cosh(w),
        slope_fall=lambda s: 2 * w * cosh(w * (1 - s / 2)) * sinh(w * s / 2) / cosh(w),
        order=0,
        leading=1 / cosh(w),
        next_order=2,
        next_coefficient=w**2 / (2 * cosh(w)),
        slope_at_zero=0,
        slope_at_one=w * sinh(w) / cosh(w),
        phi=lambda x: jnp.cos(jnp.sqrt(w) * x) / jnp.sqrt((1 + jnp.exp(-2.0 * w)) / 2),
    )


def centred_cosine(w: Scalar) -> Activation:
    """phi = (cos(sqrt(w) x) - e^{-w/2})/norm: F = sinh(wt/2)^2/sinh(w/2)^2; A = A' = 0."""
    norm = sinh(w / 2) ** 2

    def phi(x):
        mean = jnp.exp(-w / 2)
        return (jnp.cos(jnp.sqrt(w) * x) - mean) / jnp.sqrt(2 * jnp.exp(-w) * jnp.sinh(w / 2) ** 2)

    return Activation(
        name="centred_cosine",
        dual=lambda t: sinh(w * t / 2) ** 2 / norm,
        dual_derivative=lambda t: w * sinh(w * t) / (2 * norm),
        fall=lambda s: sinh(w * (1 - s / 2)) * sinh(w * s / 2) / norm,
        slope_near=lambda s: w * sinh(w * (1 - s)) / (2 * norm),
        order=2,
        leading=w**2 / (4 * norm),
        next_order=4,
        next_coefficient=w**4 / (48 * norm),
        slope_at_zero=0,
        slope_at_one=w * sinh(w) / (2 * norm),
        phi=phi,
    )


def exponential(w: Scalar) -> Activation:
    """phi = exp(sqrt(w) x)/norm: F = e^{w (t-1)}, b = w; critical at w = 1."""
    return Activation(
        name="exponential",
        dual=lambda t: exp(w * (t - 1)),
        dual_derivative=lambda t: w * exp(w * (t - 1)),
        fall=lambda s: -expm1(-w * s),
        slope_near=lambda s: w * exp(-w * s),
        slope_fall=lambda s: -w * expm1(-w * s),
        order=0,
        leading=exp(-w),
        next_order=2,
        next_coefficient=w**2 * exp(-w) / 2,
        slope_at_zero=w * exp(-w),
        slope_at_one=w,
        phi=lambda x: jnp.exp(jnp.sqrt(w) * x - w),
    )


def gaussian(c: Scalar) -> Activation:
    """phi = exp(-c x^2)/norm: F = sqrt((1+4c)/((1+2c)^2 - 4c^2 t^2)); A != 0."""
    one = 1 + 4 * c

    def square(t):
        return (1 + 2 * c) ** 2 - 4 * c**2 * t**2

    def fall(s):
        gap = 4 * c**2 * s * (2 - s)
        return gap / (one + gap + sqrt(one * (one + gap)))

    def derivative(t):
        return 4 * c**2 * t * sqrt(one / square(t)) / square(t)

    return Activation(
        name="gaussian",
        dual=lambda t: sqrt(one / square(t)),
        dual_derivative=derivative,
        fall=fall,
        slope_near=lambda s: derivative(1 - s),
        order=0,
        leading=sqrt(one) / (1 + 2 * c),
        next_order=2,
        next_coefficient=2 * c**2 * sqrt(one) / (1 + 2 * c) ** 3,
        slope_at_zero=0,
        slope_at_one=4 * c**2 / one,
        phi=lambda x: jnp.exp(-c * x**2) * jnp.power(1 + 4 * c, 0.25),
    )


def error_function(scale: Scalar) -> Activation:
    """phi = erf(scale x)/norm: F = asin(c t)/asin(c), c = 2 scale^2/(1 + 2 scale^2); alpha < 1."""
    c = 2 * scale**2 / (1 + 2 * scale**2)
    one_less = (1 + 4 * scale**2) / (1 + 2 * scale**2) ** 2  # 1 - c^2

    def fall(s):
        # asin x - asin y = asin((x^2 - y^2)/(x sqrt(1-y^2) + y sqrt(1-x^2))), x = c, y = c (1-s)
        rest = one_less + c**2 * s * (2 - s)  # 1 - y^2
        return arcsin(c * s * (2 - s) / (sqrt(rest) + (1 - s) * sqrt(one_less))) / arcsin(c)

    return Activation(
        name="erf",
        dual=lambda t: arcsin(c * t) / arcsin(c),
        dual_derivative=lambda t: c / (arcsin(c) * sqrt(1 - c**2 * t**2)),
        fall=fall,
        slope_near=lambda s: c / (arcsin(c) * sqrt(one_less + c**2 * s * (2 - s))),
        order=1,
        leading=c / arcsin(c),
        next_order=3,
        next_coefficient=c**3 / (6 * arcsin(c)),
        slope_at_zero=c / arcsin(c),
        slope_at_one=c / (arcsin(c) * sqrt(one_less)),
        phi=lambda x: jsp.erf(scale * x) / jnp.sqrt(2 / np.pi * jnp.arcsin(c)),
    )


# ---------------------------------------------------------------------------------------------
# Piecewise-linear activations


def arc_cosine_excess(s: Scalar) -> Scalar:
    """s - (1 - k1(1-s)) = (sin th - th cos th)/pi, th = 2 asin sqrt(s/2): ReLU's contraction.

    k1 is the dual of sqrt 2 ReLU. The difference loses digits below th = 1/20, where four terms of
    its series leave a relative error under 1e-16.
    """
    th = 2 * arcsin(sqrt(s / 2))
    x = th**2
    series = th * x * (rational(1, 3) - x * (rational(1, 30) - x * (rational(1, 840) - x / 45360)))
    return where(th < rational(1, 20), series, sin(th) - th * cosine_of(th)) / pi


def _k1_centred(t: Scalar) -> Scalar:
    """k1(t) - 1/pi, relatively accurate at t -> 0."""
    return (t * (pi / 2 + arcsin(t)) - t**2 / (1 + sqrt(1 - t**2))) / pi


def _k0(t: Scalar) -> Scalar:
    """(pi - acos t)/pi: the dual of sqrt 2 x step."""
    return rational(1, 2) + arcsin(t) / pi


def _k0_near(s: Scalar) -> Scalar:
    return 1 - 2 * arcsin(sqrt(s / 2)) / pi


def leaky_relu(slope: Scalar) -> Activation:
    """phi = x for x > 0, slope x for x < 0, normalised; b = 1 always, A != 0 unless slope = 1.

    F = ((1-slope)^2 k1(t) + 2 slope t)/(1 + slope^2). slope 0 is ReLU, -1 is |x|.
    """
    kink, line, norm = (1 - slope) ** 2, 2 * slope, 1 + slope**2

    def near(s):
        return kink * (s - arc_cosine_excess(s)) + line * s

    return Activation(
        name="leaky_relu",
        dual=lambda t: (kink * (_k1_centred(t) + 1 / pi) + line * t) / norm,
        dual_derivative=lambda t: (kink * _k0(t) + line) / norm,
        fall=lambda s: near(s) / norm,
        slope_near=lambda s: (kink * _k0_near(s) + line) / norm,
        slope_fall=lambda s: kink * 2 * arcsin(sqrt(s / 2)) / pi / norm,
        order=0,
        leading=kink / (pi * norm),
        next_order=2,
        next_coefficient=kink / (2 * pi * norm),
        slope_at_zero=(1 + slope) ** 2 / (2 * norm),
        slope_at_one=1,
        phi=lambda x: jnp.where(x > 0, x, slope * x) / jnp.sqrt((1 + slope**2) / 2),
    )


def centred_leaky_relu(slope: Scalar) -> Activation:
    """Leaky ReLU less its mean, normalised: A = 0, a = (1+slope)^2/(2D), b = (1+slope^2)/D.

    D = 1 + slope^2 - (1-slope)^2/pi. alpha falls from infinity (slope -1) to pi - 2 (slope 1), so
    every dimension d >= 2 is reached by a piecewise-linear activation.
    """
    kink, line = (1 - slope) ** 2, 2 * slope
    norm = 1 + slope**2 - kink / pi

    def phi(x):
        mean = (1 - slope) / jnp.sqrt(2 * np.pi)
        return (jnp.where(x > 0, x, slope * x) - mean) / jnp.sqrt(norm / 2)

    return Activation(
        name="centred_leaky_relu",
        dual=lambda t: (kink * _k1_centred(t) + line * t) / norm,
        dual_derivative=lambda t: (kink * _k0(t) + line) / norm,
        fall=lambda s: (kink * (s - arc_cosine_excess(s)) + line * s) / norm,
        slope_near=lambda s: (kink * _k0_near(s) + line) / norm,
        order=1,
        leading=(1 + slope) ** 2 / (2 * norm),
        next_order=2,
        next_coefficient=kink / (2 * pi * norm),
        slope_at_zero=(1 + slope) ** 2 / (2 * norm),
        slope_at_one=(1 + slope**2) / norm,
        phi=phi,
    )


def singular_exponent(activation: Activation) -> Scalar:
    """alpha = -2 log a/log b: G(t) ~ |x - z|^-alpha (A = 0 < a < 1 < b; not checked here)."""
    return -2 * log(activation.slope_at_zero) / log(activation.slope_at_one)
