"""The standard symmetric alpha-stable law: density, distribution function, special cases.

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

import functools
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.custom_derivatives import SymbolicZero
from jaxtyping import Array, Float

from theory import Ge, Le, Scalar, Single, closed_form, gamma, pi, sin, where

__all__ = [
    "sample_positive_stable", "sample_stable", "stable_cdf", "stable_pdf", "stable_tail_constant",
]  # fmt: skip

Index = Annotated[Scalar, Ge(0.3), Le(2)]
"""The stable index alpha, as far as the quadratures reach."""

NODES = 480
LOG_EPS = 38.0  # e^{-38} = 3e-17: where the integrand is dropped
UNIT = np.linspace(0.0, 1.0, NODES)
NEAR_NORMAL = 1.8  # beyond it, and for x > 1, by Zolotarev's integral


def ray(alpha: Scalar) -> tuple[Scalar, Scalar, Scalar]:
    """The contour's angle, e^{i angle} and e^{i alpha angle}."""
    angle = jnp.minimum(jnp.pi / 2, jnp.pi / (4 * alpha))
    return angle, jnp.exp(1j * angle), jnp.exp(1j * alpha * angle)


def log_nodes(low: Scalar, high: Scalar) -> tuple[Scalar, Scalar]:
    """Nodes in log r and the trapezoidal step (both ends are negligible by construction)."""
    s = low[..., None] + (high - low)[..., None] * UNIT
    return s, (high - low) / (NODES - 1)


def by_contour(x: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """1 - F(x) and f(x) at x >= 0 by the turned inversion integral."""
    angle, turn, turn_alpha = ray(alpha)
    # Beyond x = 1: r = u/x, with 1 subtracted from e^{-t^alpha}: the integrand is O(x^-alpha)
    far = jnp.where(x > 1, x, 1.0)
    s, step = log_nodes(-LOG_EPS / alpha, jnp.log(LOG_EPS / jnp.sin(angle)))
    u = jnp.exp(s)
    wave = jnp.exp(1j * u * turn[..., None])
    damped = -jnp.expm1(-((u / far[..., None]) ** alpha[..., None]) * turn_alpha[..., None])
    tail_far = step / jnp.pi * jnp.sum((wave * damped).imag, axis=-1)
    pdf_far = -step / jnp.pi * jnp.sum((wave * damped * (u * turn[..., None])).real, axis=-1) / far
    # Up to x = 1: the arc at the origin contributes -angle/pi
    near = jnp.where(x > 1, 1.0, x)
    s, step = log_nodes(
        -LOG_EPS / jnp.minimum(alpha, 1.0),
        jnp.log(LOG_EPS / jnp.cos(alpha * angle)) / alpha,
    )
    r = jnp.exp(s)
    exponent = 1j * r * near[..., None] * turn[..., None] - (
        r ** alpha[..., None] * turn_alpha[..., None]
    )
    kernel = jnp.exp(exponent)
    tail_near = 0.5 - angle / jnp.pi - step / jnp.pi * jnp.sum(kernel.imag, axis=-1)
    pdf_near = step / jnp.pi * jnp.sum((kernel * r * turn[..., None]).real, axis=-1)
    return jnp.where(x > 1, tail_far, tail_near), jnp.where(x > 1, pdf_far, pdf_near)


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


@jax.jit
@jax.custom_jvp
def integrals(x: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """1 - F(x) and f(x) at x >= 0."""
    return quadratures(x, alpha)


jitted: Any = integrals  # jit's wrapper, which has no type for what it wraps


@functools.partial(jitted.__wrapped__.defjvp, symbolic_zeros=True)
def _(primals: Any, tangents: Any) -> Any:
    (x, alpha), (dx, dalpha) = primals, tangents
    value, parts = integrals(x, alpha), []
    if not isinstance(dx, SymbolicZero):
        parts.append(jax.jvp(lambda x: quadratures(x, alpha), (x,), (dx,))[1])
    if not isinstance(dalpha, SymbolicZero):
        # by the contour: the derivative's tail does not vanish at alpha = 2, and there Zolotarev's
        # integrand has no derivative that is uniform in v
        parts.append(jax.jvp(lambda alpha: by_contour(x, alpha), (alpha,), (dalpha,))[1])
    return value, jax.tree.map(lambda *leaves: sum(leaves), *parts)


def law(x: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """F(x) and f(x) from one quadrature."""
    x, alpha = jnp.broadcast_arrays(jnp.asarray(x, float), jnp.asarray(alpha, float))
    finite = jnp.where(jnp.isinf(x), 0.0, x)
    # not abs(x), whose derivative at 0 is 0: the lower tail rises there with slope f(0)
    tail, pdf = integrals(jnp.where(finite > 0, finite, -finite), alpha)
    tail, pdf = (jnp.where(jnp.isinf(x), 0.0, v) for v in (tail, pdf))
    return jnp.where(x > 0, 1.0 - tail, tail), pdf


@closed_form
def stable_cdf(x: Scalar, alpha: Index) -> Float[Array, "..."]:
    """F(x) = P(S <= x), to full *relative* accuracy in the lower tail too (never 1 - F).

    x: any real or +-inf; alpha in [0.3, 2]. Shapes broadcast. Written for JAX only: it is a
    quadrature. Raises ArgumentError for a concrete alpha outside.
    """
    return law(x, alpha)[0]


@closed_form
def stable_pdf(x: Scalar, alpha: Index) -> Float[Array, "..."]:
    """f(x), the density of S; f(0) = Gamma(1 + 1/alpha)/pi. Domain as :func:`stable_cdf`."""
    return law(x, alpha)[1]


@closed_form
def stable_tail_constant(alpha: Annotated[Scalar, Ge(1e-3), Le(2)]) -> Scalar:
    """C_alpha = Gamma(alpha) sin(pi alpha/2)/pi: F(-x) ~ C_alpha x^-alpha for alpha < 2.

    At alpha = 2 it is 0: the normal law has no power tail.
    """
    # sin(pi alpha/2), to full relative accuracy at both ends
    return gamma(alpha) * sin(pi * where(alpha < 1, alpha, 2 - alpha) / 2) / pi


# Sampling

TINY = 1e-300  # an exponential variable of exactly 0 would give an infinite draw


@closed_form(example={"key": np.zeros(2, np.uint32), "shape": (3,)})
def sample_stable(
    key: Array | np.ndarray, shape: tuple[int, ...], alpha: Annotated[Index, Single]
) -> Scalar:
    """Independent standard symmetric stable draws (Chambers, Mallows, Stuck 1976).

    S = sin(alpha U)/cos(U)^{1/alpha} (cos((1-alpha)U)/E)^{(1-alpha)/alpha}, U uniform on
    (-pi/2, pi/2), E standard exponential. No special case at alpha = 1 (tan U) or 2.
    """
    key_u, key_e = jax.random.split(key)
    half_pi = jnp.pi / 2 - 1e-12  # cos U stays above 1e-12
    u = jax.random.uniform(key_u, shape, minval=-half_pi, maxval=half_pi)
    e = jnp.maximum(jax.random.exponential(key_e, shape), TINY)
    ratio = jnp.cos((1 - alpha) * u) / e
    return jnp.sin(alpha * u) / jnp.cos(u) ** (1 / alpha) * ratio ** ((1 - alpha) / alpha)


@closed_form(example={"key": np.zeros(2, np.uint32), "shape": (3,)})
def sample_positive_stable(
    key: Array | np.ndarray, shape: tuple[int, ...], a: Annotated[Scalar, Ge(0.15), Le(1), Single]
) -> Scalar:
    """Positive a-stable draws A, E exp(-s A) = exp(-s^a), 0 < a <= 1 (Kanter 1975).

    A = sin(a U)/sin(U)^{1/a} (sin((1-a)U)/E)^{(1-a)/a}, U uniform on (0, pi). At a = 1, A = 1.
    """
    key_u, key_e = jax.random.split(key)
    u = jax.random.uniform(key_u, shape, minval=1e-12, maxval=jnp.pi - 1e-12)
    e = jnp.maximum(jax.random.exponential(key_e, shape), TINY)
    ratio = jnp.where(a < 1, jnp.sin((1 - a) * u) / e, 1.0)  # at a = 1 its power is 0
    return jnp.sin(a * u) / jnp.sin(u) ** (1 / a) * ratio ** ((1 - a) / a)
