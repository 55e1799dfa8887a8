"""Logistic regression on heavy tails: the population minimiser for x = y m + S, in one dimension.

With L logistic, E[softplus(-(w S + c))]' in c is -P(w S + L < -c) =: -A(c), and w S + L has the
characteristic function exp(-(w t)^alpha) g(t), g = pi t/sinh(pi t). So, for c > 0,

    A(c) = 1/(1 + e^c) + (1/pi) Im int e^{ict} g (1 - e^{-(w t)^alpha}) dt/t,
    D(c) = -E[S; w S + L < -c]
         = (alpha w^{alpha-1}/pi) Re int e^{ict} g t^{alpha-2} e^{-(w t)^alpha} dt,

A(-c) = 1 - A(c), D even, along t = r e^{i pi/(4 alpha)}, where nothing oscillates. In log r the
trapezoidal rule is exact to rounding, whatever the scales: m and R may be anything, w may leave the
floats (it is like m^{1/(alpha-1)} for small m). With p = w m + b, q = w m - b the minimiser has

    R A(p) = A(q),        2 m A(q) = R D(p) + D(q).
"""

from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import Gt, Lt, Scalar, Single, closed_form, root
from theory.gaussian_robustness._model import Margin, Ratio
from theory.gaussian_robustness._stable import stable_tail_constant

_NODES = np.linspace(0.0, 1.0, 480)
_LOG_EPS = 38.0  # e^{-38} = 3e-17: where the integrand is dropped


def _tails(c: Scalar, log_w: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """A(c), and D(c) pi (alpha - 1)/(alpha w^{alpha-1}): by parts, so that alpha may tend to 1."""
    angle = jnp.pi / (4 * alpha)
    far = jnp.abs(c)
    high = jnp.log(_LOG_EPS / (far * jnp.sin(angle) + jnp.pi * jnp.cos(angle)))
    low = jnp.minimum(high, -log_w) - _LOG_EPS / alpha - 1
    u = low + (high - low) * _NODES
    t = jnp.exp(u) * jnp.exp(1j * angle)
    stable = jnp.exp(alpha * (u + log_w)) * jnp.exp(1j * alpha * angle)
    g = jnp.pi * t / jnp.sinh(jnp.pi * t)
    wave = jnp.exp(1j * far * t) * g
    step = (high - low) / (_NODES.size - 1)
    excess = step / jnp.pi * jnp.sum((-wave * jnp.expm1(-stable)).imag)
    # t times the logarithmic derivative of the integrand without t^{alpha-2}
    slope = 1j * far * t + 1 - jnp.pi * t / jnp.tanh(jnp.pi * t) - alpha * stable
    power = jnp.exp((alpha - 1) * (u + 1j * angle))
    mean = -step * jnp.sum((power * wave * jnp.exp(-stable) * slope).real)
    # next to alpha = 2 rounding is above the power tail: then its leading term
    lost = (far > 30) & (alpha > 2 - 1e-6)
    tail, x = stable_tail_constant.__wrapped__(alpha), jnp.where(lost, far, 30.0)
    power_tail = tail * jnp.exp(alpha * (log_w - jnp.log(x)))
    excess = jnp.where(lost & (excess < power_tail), power_tail, excess)
    power_tail = jnp.pi * tail * x ** (1 - alpha)
    mean = jnp.where(lost & (mean < power_tail), power_tail, mean)
    return jax.nn.sigmoid(-c) + jnp.where(c < 0, -excess, excess), mean


@closed_form
def stable_logistic_minimiser(
    m: Annotated[Margin, Single],
    R: Annotated[Ratio, Single],
    alpha: Annotated[Scalar, Gt(1), Lt(2), Single],
) -> tuple[Scalar, Scalar]:
    """(w, b) of the population logistic loss for x = y m + S in one dimension, 1 < alpha < 2.

    Two searches over contour integrals (see the module). Its offset b/w is far from the best 0-1
    offset (:func:`stationary_offset`): logistic training over-predicts the majority. For
    alpha <= 1 the population loss is infinite, so a logistic fit has no target. Good to about
    1e-15/(2 - alpha), as the power tail is of order 2 - alpha. Infinite slopes left the floats.
    """
    return _stable_minimiser(*(jnp.asarray(v, float) for v in (m, R, alpha)))


@jax.jit
def _stable_minimiser(m: Scalar, R: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    log_m, log_R = jnp.log(m), jnp.log(R)

    def offset(log_w: Scalar) -> Scalar:
        scaled = jnp.exp(log_w + log_m)

        def balance(y: Scalar) -> Scalar:  # at b = e^y - 1
            b = jnp.expm1(y)
            of_p, of_q = (_tails(scaled + c, log_w, alpha)[0] for c in (b, -b))
            return log_R + jnp.log(of_p) - jnp.log(of_q)

        # there P(w S < -b/2) and P(L < -b/2) are under 1/(4 R)
        reach = 2 * jnp.exp(log_w + jnp.log(4 * R) / alpha) + 2 * jnp.log(4 * R)
        # b >= 0, and at R = 1 the 0 is one to rounding only
        return jnp.expm1(root(balance, -0.5, jnp.log1p(scaled + reach)))

    def slope(log_w: Scalar) -> Scalar:
        scaled, b = jnp.exp(log_w + log_m), offset(log_w)
        (_, mean_p), (of_q, mean_q) = (_tails(scaled + c, log_w, alpha) for c in (b, -b))
        weight = jnp.log(alpha / (jnp.pi * (alpha - 1))) + (alpha - 1) * log_w
        return jnp.log(2 * of_q) + log_m - weight - jnp.log(R * mean_p + mean_q)

    # w m is at most of order log m + log R for large m, and m^2 before the power tail is felt
    most = jnp.minimum(jnp.log(300 + 4 * jnp.abs(log_m) + 4 * log_R) - log_m, jnp.log(100.0))
    least = jnp.minimum((log_m + jnp.log(alpha - 1) - log_R - 5) / (alpha - 1), most) - 3
    log_w = root(slope, least, most)
    return jnp.exp(log_w), offset(log_w)
