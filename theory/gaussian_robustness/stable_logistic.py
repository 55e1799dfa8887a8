"""Logistic regression on heavy tails: x = y m + S in one dimension, where it has no target or a
target far from the best rule.

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

import functools
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Gt, Le, Lt, Scalar, Single, Twin, closed_form, root, stable_pdf,
    stable_tail_constant,
)  # fmt: skip
from theory._stable_laws import LOG_EPS, NODES, UNIT
from theory.gaussian_robustness.offsets import stationary_offset
from theory.gaussian_robustness.params import (
    HeavyTail, Index, Margin, OneRatio, Params, one_program,
)  # fmt: skip

__all__ = ["stable_logistic_minimiser", "truncated_logistic_loss"]

claim = Claims()
OneMargin = Annotated[Margin, Single]
HeavyIndex = Annotated[Scalar, Gt(1), Lt(2), Single]


@functools.partial(jax.vmap, in_axes=(0, None, None))
def tails(c: Scalar, log_w: Scalar, alpha: Scalar) -> tuple[Scalar, Scalar]:
    """A(c), and D(c) pi (alpha - 1)/(alpha w^{alpha-1}): by parts, so that alpha may tend to 1."""
    angle = jnp.pi / (4 * alpha)
    far = jnp.abs(c)
    high = jnp.log(LOG_EPS / (far * jnp.sin(angle) + jnp.pi * jnp.cos(angle)))
    low = jnp.minimum(high, -log_w) - LOG_EPS / alpha - 1
    u = low + (high - low) * UNIT
    t = jnp.exp(u) * jnp.exp(1j * angle)
    stable = jnp.exp(alpha * (u + log_w)) * jnp.exp(1j * alpha * angle)
    g = jnp.pi * t / jnp.sinh(jnp.pi * t)
    wave = jnp.exp(1j * far * t) * g
    step = (high - low) / (NODES - 1)
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
@one_program
def stable_logistic_minimiser(
    m: OneMargin, R: OneRatio, alpha: HeavyIndex
) -> tuple[Scalar, Scalar]:
    """(w, b) of the population logistic loss for x = y m + S in one dimension, 1 < alpha < 2.

    Two searches over contour integrals (see the module). Its offset b/w is far from the best 0-1
    offset (:func:`stationary_offset`): logistic training over-predicts the majority. For
    alpha <= 1 the population loss is infinite, so a logistic fit has no target. Good to about
    1e-15/(2 - alpha), as the power tail is of order 2 - alpha. Infinite slopes left the floats.
    """
    log_m, log_R = jnp.log(m), jnp.log(R)

    def offset(log_w: Scalar) -> Scalar:
        scaled = jnp.exp(log_w + log_m)

        def balance(y: Scalar) -> Scalar:  # at b = e^y - 1
            b = jnp.expm1(y)
            of_p, of_q = tails(jnp.stack([scaled + b, scaled - b]), log_w, alpha)[0]
            return log_R + jnp.log(of_p) - jnp.log(of_q)

        # there P(w S < -b/2) and P(L < -b/2) are under 1/(4 R)
        reach = 2 * jnp.exp(log_w + jnp.log(4 * R) / alpha) + 2 * jnp.log(4 * R)
        # b >= 0, and at R = 1 the 0 is one to rounding only
        return jnp.expm1(root(balance, -0.5, jnp.log1p(scaled + reach)))

    def slope(log_w: Scalar) -> Scalar:
        scaled, b = jnp.exp(log_w + log_m), offset(log_w)
        (_, of_q), (mean_p, mean_q) = tails(jnp.stack([scaled + b, scaled - b]), log_w, alpha)
        weight = jnp.log(alpha / (jnp.pi * (alpha - 1))) + (alpha - 1) * log_w
        return jnp.log(2 * of_q) + log_m - weight - jnp.log(R * mean_p + mean_q)

    # w m is at most of order log m + log R for large m, and m^2 before the power tail is felt
    most = jnp.minimum(jnp.log(300 + 4 * jnp.abs(log_m) + 4 * log_R) - log_m, jnp.log(100.0))
    least = jnp.minimum((log_m + jnp.log(alpha - 1) - log_R - 5) / (alpha - 1), most) - 3
    log_w = root(slope, least, most)
    return jnp.exp(log_w), offset(log_w)


# From 0 to 1 in octaves, since the loss turns within 1/scale of 0
OCTAVES = np.concatenate([np.zeros(1), np.exp2(np.arange(-40.0, 1.0))])
LEGENDRE = np.polynomial.legendre.leggauss(24)


@closed_form
def truncated_logistic_loss(
    scale: Annotated[Scalar, Ge(-1e6), Le(1e6), Single],
    alpha: Annotated[Index, Single],
    cut: Annotated[Scalar, Ge(0), Le(1e9), Single],
) -> Scalar:
    """E[softplus(-scale S); |S| <= cut] for standard stable S.

    As cut -> infinity it converges for alpha > 1 and grows like cut^{1 - alpha} (log cut at
    alpha = 1) otherwise: the population logistic loss is infinite for alpha <= 1.
    """
    x, weights = (jnp.asarray(q) for q in LEGENDRE)
    half = jnp.asarray(np.diff(OCTAVES)[:, None] / 2)
    reach = jnp.arcsinh(jnp.asarray(cut, float))
    v = reach * (OCTAVES[:-1, None] + half * (1 + x))  # s = sinh(v): powers fall like exponentials
    s = jnp.sinh(v)
    both = jax.nn.softplus(-scale * s) + jax.nn.softplus(scale * s)
    return reach * jnp.sum(weights * half * both * stable_pdf(s, alpha) * jnp.cosh(v))


claim.scaling(
    0.125, lambda run, p: run["loss"] ** (p.alpha / 4), name="logistic_diverges_alpha_le_1",
    says="alpha = 1/2: the mean logistic loss of n points at a fixed w grows like n^(1/alpha - 1);"
    " its power alpha/4 has expectation ~ n^((1 - alpha)/4)",
    source="derived: E|w.xi| is infinite", mode="heavy_loss", trials_per_rung=4096,
    along=[Params(d=1, mu_low=1, noise="independent", alpha=0.5, n=4**k, eps=0)
           for k in range(3, 7)],
    size=lambda p: p.n, within=0.02,
    why="the law of the rescaled mean settles like n^-1/2: 0.1 at the first rung",
    twin=Twin("the mean loss converges", exponent=0.0),
)  # fmt: skip


def logistic_offset(t):
    """b/w of the population's minimiser."""
    w, b = stable_logistic_minimiser(t.m, t.R, t.alpha)
    return b / w


claim.never_above(
    logistic_offset, name="logistic_overpredicts_majority",
    says="Holtsmark: the population logistic offset b/w exceeds the best 0-1 offset",
    formula=lambda t: stationary_offset(t.m, t.R, t.alpha), points=24,
    over=Domain.derived(lambda m, R: HeavyTail(m=m, R=R, alpha=1.5), m=(0.5, 3), R=(1.3, 2.2)),
    known=((HeavyTail(m=1, R=3, alpha=1.5), ".879"), (HeavyTail(m=2, R=5, alpha=1.5), ".850")),
    twin="as for the Gaussian, logistic training finds an offset no larger than the best",
)  # fmt: skip
