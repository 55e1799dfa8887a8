"""Finite-n laws of singular-kernel votes: accuracy without simulation.

The vote at x is sign sum_i y_i W_i with W_i = kernel weight ~ kappa0/|x - x_i|^alpha. With n
points of density g in d dimensions, lim w P(W^{d/alpha} > w) = kappa = g V_d kappa0^{d/alpha}.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Ge,
    Le,
    Lt,
    Scalar,
    Single,
    Whole,
    arctan,
    closed_form,
    cos,
    gamma,
    log,
    pi,
    rational,
    sin,
)
from theory._formula import evaluator_of

EULER = float(np.euler_gamma)

Probability = Annotated[Scalar, Ge(0), Le(1)]
Ratio = Annotated[Scalar, Ge(0), Lt(1)]
"""r = d/alpha of a singular kernel with alpha > d; 0 is the nearest neighbour."""


@closed_form
def vote_accuracy(eta: Probability, r: Ratio) -> Scalar:
    """P(vote = +1) as n -> infinity for alpha > d; r = d/alpha and eta = P(y = +1).

    1 - [atan((z + cos pi r)/sin pi r) - (pi/2 - pi r)]/(pi r), z = (1-eta)/eta: Lamperti's law of
    the ratio of two r-stable subordinators. r -> 0 gives eta (1-NN), r -> 1 Bayes.
    Source: derived; proof items ``lamperti_*``.
    """
    if evaluator_of(eta, r) == "jax":
        return _vote(eta, r)
    z = (1 - eta) / eta
    angle = arctan((z + cos(pi * r)) / sin(pi * r))
    return 1 - (angle - (pi / 2 - pi * r)) / (pi * r)


def _vote(eta: Scalar, r: Scalar) -> Scalar:
    """The same as atan2(eta sin pi r, 1 - eta + eta cos pi r)/(pi r): no division by eta, and no
    cancellation as r -> 1; eta + O(r^2) as r -> 0."""
    eta, r = jnp.asarray(eta, float), jnp.asarray(r, float)
    small = r < 1e-9
    safe = jnp.where(small, 0.5, r)
    half = safe < 0.5
    angle = jnp.pi * jnp.where(half, safe, 1 - safe)
    turn = 2 * eta * jnp.sin(angle / 2) ** 2
    cosine = jnp.where(half, 1 - turn, 1 - 2 * eta + turn)
    return jnp.where(small, eta, jnp.arctan2(eta * jnp.sin(angle), cosine) / (jnp.pi * safe))


@closed_form
def lamperti_density(x: Annotated[Scalar, Ge(0), Le(1e150)], r: Ratio) -> Scalar:
    """sin(pi r)/(pi r)/(x^2 + 2x cos pi r + 1), of (X/X')^r with X, X' independent r-stable."""
    if evaluator_of(x, r) != "jax":
        return sin(pi * r) / (pi * r) / (x**2 + 2 * x * cos(pi * r) + 1)
    x, r = jnp.asarray(x, float), jnp.asarray(r, float)
    small = r < 1e-9
    safe = jnp.where(small, 0.5, r)
    angle = jnp.pi * jnp.where(safe < 0.5, safe, 1 - safe)
    # x^2 + 2 x cos + 1 as a sum of squares at either end
    corner = 4 * x * jnp.sin(angle / 2) ** 2
    below = jnp.where(safe < 0.5, (x + 1) ** 2 - corner, (x - 1) ** 2 + corner)
    return jnp.where(small, 1 / (x + 1) ** 2, jnp.sin(angle) / (jnp.pi * safe) / below)


@closed_form
def vote_limit(eta: Annotated[Probability, Single], r: Annotated[Ratio, Single]) -> float:
    """:func:`vote_accuracy` as a float."""
    return float(vote_accuracy(eta, r))


@closed_form
def ball_volume(d: Annotated[Scalar, Ge(0), Le(300)]) -> Scalar:
    """V_d = pi^{d/2}/Gamma(d/2 + 1)."""
    return pi ** (d / 2) / gamma(d * rational(1, 2) + 1)


_FAR = (
    "gives |B| > 50 with these kappa, n and asymmetry: beyond the quadrature's reach",
    lambda delta, kappa, n, asymmetry: abs(_centre(delta, kappa, n, asymmetry)) <= 50,
)
_Points = Annotated[Scalar, Ge(256), Le(1_000_000), Whole]
_Positive = Annotated[Scalar, Ge(1e-100), Le(1e100)]


def _centre(delta: Any, kappa: Any, n: Any, asymmetry: Any) -> Any:
    return delta * (jnp.log(kappa * n) + 1 - EULER) + asymmetry


@closed_form(example={"delta": 0.6, "kappa": 0.3, "n": 100.0, "asymmetry": 0.8}, delta=_FAR)
def vote_accuracy_at_dimension(
    delta: Annotated[Scalar, Ge(-1), Le(1)],
    kappa: _Positive,
    n: _Positive,
    asymmetry: Scalar,
    points: _Points = 8192,
) -> Any:
    """P(vote = +1) at alpha = d and finite n, by the index-1 stable law.

    1/2 + (1/pi) int_0^inf e^{-pi v/2} sin(v (B - delta ln v)) dv/v, with delta = 2 eta - 1 and
    B = delta (ln(kappa n) + 1 - gE) + A(x),
    A(x) = lim_w E[(2 eta(Z) - 1) W 1{W < w}]/kappa - delta ln w.
    In ln v the integrand is analytic and decays at both ends, so the trapezoid rule on
    [-40, ln 60] converges geometrically; 8192 points leave 1e-12 for |B| <= 50.
    """
    centre = _centre(delta, kappa, n, asymmetry)
    log_v, spacing = jnp.linspace(-40.0, math.log(60.0), _count(points), retstep=True)
    v = jnp.exp(log_v)
    b, slope = (jnp.asarray(q, dtype=float)[..., None] for q in (centre, delta))
    integrand = jnp.exp(-jnp.pi * v / 2) * jnp.sin(v * (b - slope * log_v))
    return 0.5 + jnp.sum(integrand, axis=-1) * spacing / jnp.pi


def _count(points: Any) -> int:
    return int(points) if points == points else 256  # NaN is passed on by the decorator


def _mass(kappa: Any, n: Any, c0: Any) -> Any:
    return jnp.log(kappa * n) + c0 + 1 - EULER


@closed_form(
    example={"kappa": 0.3, "n": 100.0, "c0": 1.4},
    n=("is too small for the law: M < 1", lambda n, kappa, c0: _mass(kappa, n, c0) >= 1),
)
def squared_weights_at_dimension(
    kappa: _Positive, n: _Positive, c0: Scalar, points: _Points = 8192
) -> Any:
    """E sum w_i^2 of the normalised weights at alpha = d: int_0^{e^{M-1}} e^{-v (M - ln v)} dv.

    M = ln(kappa n) + C0 + 1 - gE >= 1, with C0 = A/delta for constant eta.
    """
    m = jnp.asarray(_mass(kappa, n, c0))[..., None]
    # from e^-40 of the scale 1/M on, to where the integrand, at most v e^-v, has left the floats
    low = -40.0 - jnp.log(m)
    high = jnp.minimum(m - 1, 7.0)
    share = jnp.linspace(0.0, 1.0, _count(points))
    spacing = (high - low) / (share.size - 1)
    log_v = low + (high - low) * share
    v = jnp.exp(log_v)
    integrand = v * jnp.exp(-v * (m - log_v))
    # the right end is a cut, not a decay: half its weight, and Euler-Maclaurin's first correction,
    # where the integrand's derivative is the integrand
    end = integrand[..., -1:]
    total = jnp.sum(integrand, axis=-1, keepdims=True) - end / 2 - spacing * end / 12
    return (total * spacing)[..., 0]


CIRCLE_KAPPA = rational(1, 1) / pi
"""kappa of the uniform law on the whole circle with weights 1/chord: density 1/(2 pi), V_1 = 2."""


SPHERE_KAPPA = rational(1, 4)
"""kappa of the uniform law on S^2 with weights 1/chord^2: density 1/(4 pi), V_2 = pi. Here
P(W > w) = kappa/w exactly down to w = 1/4, since chord^2 is uniform on (0, 4)."""


def circle_c0() -> Scalar:
    """C0 = ln 4 for weights 1/chord, uniform on the circle (and 1/chord^2 on the sphere)."""
    return log(4)


# ---------------------------------------------------------------------------------------------
# d = 1, any density and eta on an interval of angles


def _gauss(count: int) -> tuple[jax.Array, jax.Array]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return jnp.asarray((nodes + 1) / 2), jnp.asarray(weights / 2)


Angle = Annotated[Scalar, Ge(-1e6), Le(1e6)]


@closed_form
def chord(angle: Angle) -> Any:
    """|x - z| = 2 |sin(angle/2)| on the unit circle."""
    return 2 * jnp.abs(jnp.sin(angle / 2))


@closed_form(
    example={
        "angle": 0.5, "low": 0.0, "high": 1.0, "density": jnp.ones_like,
        "eta": lambda angle: 0.5 + 0.1 * angle, "weight": lambda gap: 1 / gap,
    },
    angle=("is outside (low, high)", lambda angle, low, high: (low < angle) & (angle < high)),
)  # fmt: skip
def asymmetry_on_interval(
    angle: Annotated[Angle, Single],
    density: Callable[[Any], Any],
    eta: Callable[[Any], Any],
    weight: Callable[[Any], Any],
    kappa0: Annotated[_Positive, Single],
    low: Annotated[Angle, Single],
    high: Annotated[Angle, Single],
) -> Any:
    """A(x) of :func:`vote_accuracy_at_dimension` for d = 1 on the angles [low, high].

    The finite part of int (2 eta - 1) g W at the pole W ~ kappa0/|angle difference|, over
    kappa = 2 g kappa0, less delta ln kappa0. ``weight`` takes (angle difference >= 0).
    The nodes cluster at x (cubic map) and, mildly, at the ends.
    """
    u, q = _gauss(200)
    delta_here, g_here = 2 * eta(angle) - 1, density(angle)

    def side(length, sign):
        gap = length * u**3
        there = angle + sign * gap
        smooth = (2 * eta(there) - 1) * density(there) * weight(gap)
        pole = delta_here * g_here * kappa0 / gap
        # over [0, length] the subtracted pole has the finite part kappa0 delta g ln(length)
        return jnp.sum(q * 3 * length * u**2 * (smooth - pole)) + (
            delta_here * g_here * kappa0 * jnp.log(length)
        )

    total = side(high - angle, 1.0) + side(angle - low, -1.0)
    return total / (2 * g_here * kappa0) - delta_here * jnp.log(kappa0)


# ---------------------------------------------------------------------------------------------
# alpha < d: a fixed smoothing. The example: a bump of eta on the quarter circle


BUMP_CENTRE, BUMP_HALF_WIDTH = math.pi / 4, math.pi / 20
BUMP_INSIDE, BUMP_OUTSIDE = 0.85, 0.3


@closed_form
def bump_moments(alpha: Annotated[Scalar, Ge(0), Lt(1 / 3)]) -> tuple[Any, Any]:
    """(mean, skewness bound) of y W: W = chord^-alpha at the bump's centre, angles uniform.

    mean = int (2 eta - 1) g W; the skewness is that of one summand (third absolute moment about 0
    over the standard deviation cubed, plus the mean's shift). alpha < 1/3, where the third moment
    is finite.
    """
    return _bump_moments(jnp.asarray(alpha, float))


@jnp.vectorize
def _bump_moments(alpha: Any) -> tuple[Any, Any]:
    def moment(power: float, inside: float, outside: float) -> Any:
        near = _chord_moment(alpha * power, BUMP_HALF_WIDTH)
        far = _chord_moment(alpha * power, BUMP_CENTRE) - near
        return (inside * near + outside * far) * 4 / math.pi

    mean = moment(1, 2 * BUMP_INSIDE - 1, 2 * BUMP_OUTSIDE - 1)
    variance = moment(2, 1, 1) - mean**2
    third = moment(3, 1, 1) + 3 * jnp.abs(mean) * moment(2, 1, 1) + 3 * mean**2 * moment(1, 1, 1)
    return mean, (third + jnp.abs(mean) ** 3) / variance**1.5


def _chord_moment(q: Any, reach: float) -> Any:
    """int_0^reach (2 sin(x/2))^-q dx, q < 1: the power x^-q in closed form, the rest by Gauss."""
    u, weight = _gauss(40)
    x = reach * u**3  # flat at 0, where the rest is of order x^{2 - q}
    rest = x**-q * jnp.expm1(-q * jnp.log(2 * jnp.sin(x / 2) / x))
    return reach ** (1 - q) / (1 - q) + jnp.sum(weight * 3 * reach * u**2 * rest)
