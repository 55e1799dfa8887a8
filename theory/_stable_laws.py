"""Laws of heavy tails: the symmetric alpha-stable law, and Cauchy's, Holtsmark's and Levy's.

S has characteristic function E exp(i t S) = exp(-|t|^alpha), 0 < alpha <= 2. At alpha = 1 it is
the Cauchy law, at 3/2 the Holtsmark law, at 2 the normal law of variance *two*.

The inversion integral is turned into the complex plane, t = r e^{i angle} with
angle = min(pi/2, pi/(4 alpha)), where both e^{itx} and e^{-t^alpha} decay without oscillating:

    1 - F(x) = (1/pi) Im int_0^inf e^{itx} (1 - e^{-t^alpha}) dr/r,                        x > 0.

In log r the integrand is analytic in a strip of half-width ``angle``, so the trapezoidal rule
converges geometrically; alpha = 1 is not special, and the tail keeps its relative accuracy because
the integrand shrinks with it, as x^-alpha. Not so near alpha = 2, where the power tail's
coefficient C_alpha vanishes: for alpha > 1.8 and x > 1 Zolotarev's integral takes over, whose
integrand is positive. With p = alpha/(alpha - 1), eps = 2 - alpha,

    1 - F(x) = (1/pi) int_0^{pi/2} e^{-x^p V(v)} dv,
    V = (sin v/sin(alpha v + pi eps/2))^p sin((alpha - 1) v + pi eps/2)/sin v.

Measured against 30-digit mpmath for 0.3 <= alpha <= 2, alpha as near to 2 as floats go, and |x|
from 1e-4 to 1e8: 1e-13 relative (density 3e-13), and 2e-15 x^2/4 where e^{-x^2/4} is what is left.
Derivatives with respect to x and alpha are those of the law, at the ends of the range too.
"""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
from jax.custom_derivatives import SymbolicZero

from theory._closed_form import Single, closed_form
from theory._fields import Ge, Le
from theory._formula import Scalar, arctan, erfc, gamma, pi, rational, sin, sqrt, where

__all__ = [
    "cauchy_cdf", "cauchy_pdf", "holtsmark_pdf", "levy_cdf", "stable_cdf", "stable_law",
    "stable_pdf", "stable_tail_constant",
]  # fmt: skip

Index = Annotated[Scalar, Ge(0.3), Le(2)]
"""The stable index alpha, as far as the quadratures reach."""

NODES = 480
LOG_EPS = 38.0  # e^{-38} = 3e-17: where the integrand is dropped
UNIT = np.linspace(0.0, 1.0, NODES)
NEAR_NORMAL = 1.8  # beyond it, and for x > 1, by Zolotarev's integral


def log_nodes(low: Scalar, high: Scalar) -> tuple[Scalar, Scalar]:
    """Nodes in log r and the trapezoidal step (both ends are negligible by construction)."""
    s = low[..., None] + (high - low)[..., None] * UNIT
    return s, (high - low) / (NODES - 1)


def by_contour(x: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """1 - F(x) and f(x) at x >= 0 by the turned inversion integral.

    Beyond x = 1 in u = r x, with 1 subtracted from e^{-t^alpha}: the integrand is O(x^-alpha). Up
    to x = 1 without it: the arc at the origin contributes -angle/pi.
    """
    far, angle = x > 1, jnp.minimum(jnp.pi / 2, jnp.pi / (4 * alpha))
    low = jnp.where(far, -LOG_EPS / alpha, -LOG_EPS / jnp.minimum(alpha, 1.0))
    high_far = jnp.log(LOG_EPS / jnp.sin(angle))
    high = jnp.where(far, high_far, jnp.log(LOG_EPS / jnp.cos(alpha * angle)) / alpha)
    s, step = log_nodes(low, high)
    u = jnp.exp(s)
    r, phase = u / jnp.where(far, x, 1.0)[..., None], u * jnp.where(far, 1.0, x)[..., None]
    turn = jnp.exp(1j * angle)[..., None]
    power = -(r ** alpha[..., None]) * jnp.exp(1j * alpha * angle)[..., None]
    damped = jnp.where(far[..., None], jnp.expm1(power), jnp.exp(power))
    kernel = jnp.exp(1j * phase * turn) * damped
    arc = jnp.where(far, 0.0, 0.5 - angle / jnp.pi)
    pdf = step / jnp.pi * jnp.sum((kernel * r * turn).real, axis=-1)
    return arc - step / jnp.pi * jnp.sum(kernel.imag, axis=-1), pdf


def by_zolotarev(x: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """1 - F(x) and f(x) at x > 1, 1.8 <= alpha <= 2."""
    x = jnp.where(x > 1, x, 1.0)
    eps, p = 2 - alpha, alpha / (alpha - 1)
    coefficient = jnp.maximum(eps, 1e-17)  # C_alpha but for a factor near 1/2
    low = jax.lax.stop_gradient(jnp.log(coefficient) - alpha * jnp.log(x))  # of the power tail
    # the exponent at which nothing is left beside the power tail; far out it is reached while
    # V ~ (2 v/(pi eps))^{p-1}, else before the interval ends
    most = 40 - low
    reached = low + jnp.log(jnp.pi / 2) + (alpha - 1) * jnp.log(most) + 1.5
    far_out = alpha * jnp.log(x) > (alpha - 1) * jnp.log(most) + 5
    high = jax.lax.stop_gradient(jnp.where(far_out, reached, 4.0))
    s, step = log_nodes(low - LOG_EPS, high)
    share = jax.nn.sigmoid(s)  # v = (pi/2) share: both ends are sent to infinity
    v = jnp.maximum(jnp.pi / 2 * share, 1e-290)
    eps, alpha, power_, far = (q[..., None] for q in (eps, alpha, p, x))
    turned = jnp.pi / 2 * eps
    ratio = jnp.sin(v) / jnp.sin(alpha * v + turned)
    exponent = (far * ratio) ** power_ * jnp.sin((alpha - 1) * v + turned) / jnp.sin(v)
    least = jax.lax.stop_gradient(jnp.min(exponent, axis=-1, keepdims=True))
    mass = jnp.exp(least - exponent) * v * (1 - share)  # no term underflows before the sum does
    size = step / jnp.pi * jnp.exp(-least[..., 0])
    return size * jnp.sum(mass, axis=-1), size * p / x * jnp.sum(exponent * mass, axis=-1)


def quadratures(x: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """1 - F(x) and f(x) at x >= 0, each by the integral that keeps its digits."""
    positive = (alpha > NEAR_NORMAL) & (x > 1)
    tail, pdf = by_contour(x, alpha)
    near_two = jnp.where(alpha > NEAR_NORMAL, alpha, 2.0)
    tail_near_two, pdf_near_two = jax.lax.cond(
        jnp.any(positive), by_zolotarev, lambda x, _: (jnp.zeros_like(x),) * 2, x, near_two
    )
    return jnp.where(positive, tail_near_two, tail), jnp.where(positive, pdf_near_two, pdf)


@jax.custom_jvp
def integrals(x: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """1 - F(x) and f(x) at x >= 0."""
    return quadratures(x, alpha)


def slopes(primals: Any, tangents: Any) -> Any:
    """The values and their derivative along the tangents, of which one may be none."""
    (x, alpha), (dx, dalpha) = primals, tangents
    value, parts = integrals(x, alpha), []
    if not isinstance(dx, SymbolicZero):
        parts.append(jax.jvp(lambda x: quadratures(x, alpha), (x,), (dx,))[1])
    if not isinstance(dalpha, SymbolicZero):
        # by the contour: the derivative's tail does not vanish at alpha = 2, and there Zolotarev's
        # integrand has no derivative that is uniform in v
        parts.append(jax.jvp(lambda alpha: by_contour(x, alpha), (alpha,), (dalpha,))[1])
    return value, jax.tree.map(lambda *leaves: sum(leaves), *parts)


integrals.defjvp(slopes, symbolic_zeros=True)


@closed_form
def stable_law(x: Scalar, alpha: Index) -> tuple[Scalar, Scalar]:
    """F(x) and f(x) from one quadrature: of :func:`stable_cdf` and :func:`stable_pdf`."""
    x, alpha = jnp.broadcast_arrays(jnp.asarray(x, float), jnp.asarray(alpha, float))
    finite = jnp.where(jnp.isinf(x), 0.0, x)
    # not abs(x), whose derivative at 0 is 0: the lower tail rises there with slope f(0)
    tail, pdf = jax.jit(integrals)(jnp.where(finite > 0, finite, -finite), alpha)
    tail, pdf = (jnp.where(jnp.isinf(x), 0.0, v) for v in (tail, pdf))
    return jnp.where(x > 0, 1.0 - tail, tail), pdf


@closed_form
def stable_cdf(x: Scalar, alpha: Index) -> Scalar:
    """F(x) = P(S <= x), to full *relative* accuracy in the lower tail too (never 1 - F).

    x: any real or +-inf; alpha in [0.3, 2]. Shapes broadcast. Written for JAX only: it is a
    quadrature. Raises ArgumentError for a concrete alpha outside.
    """
    return stable_law.__wrapped__(x, alpha)[0]


@closed_form
def stable_pdf(x: Scalar, alpha: Index) -> Scalar:
    """f(x), the density of S; f(0) = Gamma(1 + 1/alpha)/pi. Domain as :func:`stable_cdf`."""
    return stable_law.__wrapped__(x, alpha)[1]


@closed_form
def stable_tail_constant(alpha: Annotated[Scalar, Ge(1e-3), Le(2)]) -> Scalar:
    """C_alpha = Gamma(alpha) sin(pi alpha/2)/pi: F(-x) ~ C_alpha x^-alpha for alpha < 2.

    At alpha = 2 it is 0: the normal law has no power tail.
    """
    # sin(pi alpha/2), to full relative accuracy at both ends
    return gamma(alpha) * sin(pi * where(alpha < 1, alpha, 2 - alpha) / 2) / pi


@closed_form
def cauchy_cdf(x: Scalar) -> Scalar:
    """1/2 + arctan(x)/pi (alpha = 1), in the form arctan(1/|x|)/pi in the lower tail."""
    # x is kept off 0 in the branch that divides by it, for the other branch's derivative
    safe = where(x < -1, x, -1)
    return where(x < -1, arctan(-1 / safe) / pi, rational(1, 2) + arctan(x) / pi)


@closed_form
def cauchy_pdf(x: Annotated[Scalar, Ge(-1e70), Le(1e70)]) -> Scalar:
    """1/(pi (1 + x^2))."""
    return 1 / (pi * (1 + x**2))


@closed_form
def levy_cdf(x: Annotated[Scalar, Ge(1e-70)]) -> Scalar:
    """erfc(sqrt(1/(2x))), x > 0: the one-sided Levy law (alpha = 1/2, beta = 1) of 1/N(0,1)^2.

    It is the mixing law of the elliptical Cauchy law.
    """
    return erfc(sqrt(1 / (2 * x)))


@closed_form
def holtsmark_pdf(x: Annotated[Scalar, Ge(-20), Le(20), Single]) -> Any:
    """The density at alpha = 3/2 by hypergeometric functions of z = -4x^6/729 (mpmath only).

    f = Gamma(5/3)/pi 2F3(5/12, 11/12; 1/3, 1/2, 5/6) - x^2/(3 pi) 3F4(3/4, 1, 5/4; 2/3, 5/6, 7/6,
    4/3) + 7 x^4 Gamma(4/3)/(81 pi) 2F3(13/12, 19/12; 7/6, 3/2, 5/3).
    """
    x = mpmath.mpf(x)
    if mpmath.isnan(x):
        return x

    def series(above: Any, below: Any) -> Any:  # in twelfths
        top, bottom = ([mpmath.mpf(q) / 12 for q in side] for side in (above, below))
        return mpmath.hyper(top, bottom, -4 * x**6 / 729)

    return (
        mpmath.gamma(mpmath.mpf(5) / 3) * series((5, 11), (4, 6, 10))
        - x**2 / 3 * series((9, 12, 15), (8, 10, 14, 16))
        + 7 * x**4 / 81 * mpmath.gamma(mpmath.mpf(4) / 3) * series((13, 19), (14, 18, 20))
    ) / mpmath.pi
