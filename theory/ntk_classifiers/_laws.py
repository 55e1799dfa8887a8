"""Finite-n laws of singular-kernel votes: accuracy without simulation.

The vote at x is sign sum_i y_i W_i with W_i = kernel weight ~ kappa0/|x - x_i|^alpha. With n
points of density g in d dimensions, lim w P(W^{d/alpha} > w) = kappa = g V_d kappa0^{d/alpha}.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import Scalar, arctan, cos, gamma, log, pi, rational, sin

EULER = float(np.euler_gamma)


def vote_accuracy(eta: Scalar, r: Scalar) -> Scalar:
    """P(vote = +1) as n -> infinity for alpha > d; r = d/alpha and eta = P(y = +1) in (0, 1).

    1 - [atan((z + cos pi r)/sin pi r) - (pi/2 - pi r)]/(pi r), z = (1-eta)/eta: Lamperti's law of
    the ratio of two r-stable subordinators. r -> 0 gives eta (1-NN), r -> 1 Bayes.
    Source: derived; proof items ``lamperti_*``.
    """
    z = (1 - eta) / eta
    angle = arctan((z + cos(pi * r)) / sin(pi * r))
    return 1 - (angle - (pi / 2 - pi * r)) / (pi * r)


def lamperti_density(x: Scalar, r: Scalar) -> Scalar:
    """sin(pi r)/(pi r)/(x^2 + 2x cos pi r + 1), of (X/X')^r with X, X' independent r-stable."""
    return sin(pi * r) / (pi * r) / (x**2 + 2 * x * cos(pi * r) + 1)


def vote_limit(eta: float, r: float) -> float:
    """:func:`vote_accuracy` with its limits: eta in {0, 1}, r = 0 (1-NN). ValueError for r >= 1."""
    if not 0 <= r < 1:
        raise ValueError(f"ntk_classifiers: r = d/alpha = {r!r} is outside [0, 1)")
    if not 0 <= eta <= 1:
        raise ValueError(f"ntk_classifiers: eta = {eta!r} is outside [0, 1]")
    if eta in (0, 1) or r == 0:
        return float(eta)
    return float(vote_accuracy(eta, r))


def ball_volume(d: Scalar) -> Scalar:
    """V_d = pi^{d/2}/Gamma(d/2 + 1)."""
    return pi ** (d / 2) / gamma(d * rational(1, 2) + 1)


def vote_accuracy_at_dimension(
    delta: Any, kappa: Any, n: Any, asymmetry: Any, points: int = 8192
) -> Any:
    """P(vote = +1) at alpha = d and finite n, by the index-1 stable law.

    1/2 + (1/pi) int_0^inf e^{-pi v/2} sin(v (B - delta ln v)) dv/v, with delta = 2 eta - 1 and
    B = delta (ln(kappa n) + 1 - gE) + A(x),
    A(x) = lim_w E[(2 eta(Z) - 1) W 1{W < w}]/kappa - delta ln w.
    In ln v the integrand is analytic and decays at both ends, so the trapezoid rule on
    [-40, ln 60] converges geometrically; 8192 points leave 1e-12 for |B| <= 50.
    """
    centre = delta * (jnp.log(kappa * n) + 1 - EULER) + asymmetry
    log_v, spacing = jnp.linspace(-40.0, math.log(60.0), points, retstep=True)
    v = jnp.exp(log_v)
    b, slope = (jnp.asarray(q, dtype=float)[..., None] for q in (centre, delta))
    integrand = jnp.exp(-jnp.pi * v / 2) * jnp.sin(v * (b - slope * log_v))
    return 0.5 + jnp.sum(integrand, axis=-1) * spacing / jnp.pi


def squared_weights_at_dimension(kappa: Any, n: Any, c0: Any, points: int = 8192) -> Any:
    """E sum w_i^2 of the normalised weights at alpha = d: int_0^{e^{M-1}} e^{-v (M - ln v)} dv.

    M = ln(kappa n) + C0 + 1 - gE, with C0 = A/delta for constant eta.
    """
    m = jnp.log(kappa * n) + c0 + 1 - EULER
    log_v, spacing = jnp.linspace(-40.0, m - 1, points, retstep=True)
    v = jnp.exp(log_v)
    integrand = v * jnp.exp(-v * (m - log_v))
    # the right end is a cut, not a decay: trapezoid with its half weight
    return (jnp.sum(integrand) - integrand[-1] / 2) * spacing


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


def chord(angle: Any) -> Any:
    """|x - z| = 2 |sin(angle/2)| on the unit circle."""
    return 2 * jnp.abs(jnp.sin(angle / 2))


def asymmetry_on_interval(
    angle: Any, density: Any, eta: Any, weight: Any, kappa0: Any, low: float, high: float
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


def bump_moments(alpha: float) -> tuple[float, float]:
    """(mean, skewness bound) of y W: W = chord^-alpha at the bump's centre, angles uniform.

    mean = int (2 eta - 1) g W; the skewness is that of one summand (third absolute moment about 0
    over the standard deviation cubed, plus the mean's shift). Needs alpha < 1/3.
    """
    from scipy.integrate import quad

    def moment(power: float, inside: float, outside: float) -> float:
        def w(angle: float) -> float:
            return (2 * math.sin(angle / 2)) ** (-alpha * power)

        near = quad(w, 0, BUMP_HALF_WIDTH, epsabs=1e-13)[0]
        far = quad(w, BUMP_HALF_WIDTH, BUMP_CENTRE, epsabs=1e-13)[0]
        return (inside * near + outside * far) * 4 / math.pi

    mean = moment(1, 2 * BUMP_INSIDE - 1, 2 * BUMP_OUTSIDE - 1)
    variance = moment(2, 1, 1) - mean**2
    third = moment(3, 1, 1) + 3 * abs(mean) * moment(2, 1, 1) + 3 * mean**2 * moment(1, 1, 1)
    return mean, (third + abs(mean) ** 3) / variance**1.5
