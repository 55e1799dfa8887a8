"""Gaps that attacks close as G eps + k eps^2: the correction to the power, and its crossovers."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, erf, integral, normal_mean
from theory.adversarial_scaling.gaps import gap_curvature, gap_slope, lead
from theory.adversarial_scaling.linear import FAR
from theory.adversarial_scaling.params import Params
from theory.adversarial_scaling.sensitivity import pareto_error

claim = Claims()
BENT, STALLED = Params(bend=2.0), Params(bend=-1.0)


def over_rates(f, p):
    """E f(G, k): G lognormal of sd spread; k is 2 bend or 0, as a coin falls."""

    def either(z):
        rate = jnp.exp(p.spread * z)
        return (f(rate, 2 * p.bend) + f(rate, 0.0)) / 2

    return normal_mean(either, reach=8.0, nodes=256, within=1e-3)  # below k = 0 it has a kink


def closed(x, rate, bend):
    """max over t <= x of G t + k t^2: what an attack of size up to x closes."""
    turn = jnp.where(bend < 0, -rate / (2 * jnp.minimum(bend, -1e-300)), FAR)
    t = jnp.minimum(x, turn)
    return t * (rate + bend * t)


@claim.law(
    "bent_step", at=(BENT, STALLED), mode="toy", twin=Twin("linear response alone", linear=1)
)
def curved_gap_error(p, x, *, linear=0):
    """P(Delta < max_{t <= eps} (G t + k t^2)), C = 2: below k = 0 attacks stall at G^2/(4|k|)."""
    t = jnp.minimum(jnp.maximum(x, 0), FAR)[..., None]
    inside = over_rates(lambda g, k: erf(closed(t, g, 0 * k if linear else k) / (2 * p.s)), p)
    return jnp.where(x < FAR, inside, 1)


@claim.limit(
    lambda p: (gap_slope(p.classes) * p.bend / p.s
               - gap_curvature(p.classes) * jnp.exp(2 * p.spread**2) / (2 * p.s**2)),
    along=[BENT.but(eps=e) for e in (0.03, 0.01, 0.003, 0.001)],
    size=lambda p: 1 / p.eps,
    rate=-1.0,
    within=0.1,
    last_gap=0.02,
    why="the next term of the series",
    twin=Twin("the density's own fall left out",
              limit=lambda p: gap_slope(p.classes) * p.bend / p.s),
)  # fmt: skip
def curvature_correction(p):
    """err = p(0) (E[G] eps + E[k] eps^2) - c_C E[G^2] eps^2/(2 s^2) + O(eps^3), Gaussian logits.

    derived: F_C(t) = m_C t - c_C t^2/2 + ...; exponents above 1 need E k > c_C E[G^2]/(2 m_C s)
    """
    return second_order(p)


@jax.jit
def second_order(p):
    """(err - p(0) E[G] eps)/eps^2."""
    error = over_rates(lambda g, k: lead(closed(p.eps, g, k) / p.s, p.classes), p)
    slope = gap_slope(p.classes) * jnp.exp(p.spread**2 / 2) / p.s
    return (error - slope * p.eps) / p.eps**2


def curved(eps, rate, alpha):
    """E min(1, g eps + k eps^2) where g eps <= 1: the rest 1 - g eps is closed by k alone."""
    left = 1 - rate * eps
    return rate * eps + left * pareto_error.__wrapped__(jnp.minimum(eps**2 / left, 1), alpha)


@closed_form
def curved_pareto_error(
    eps: Annotated[Scalar, Ge(1e-150), Le(0.6)],  # eps^2 is a float
    rate: Annotated[Scalar, Ge(0), Le(1)],
    alpha: Annotated[Scalar, Gt(0)],
):
    """g eps + ((1 - g eps)^(1-alpha) eps^(2 alpha) - alpha eps^2)/(1 - alpha).

    P(Delta < g eps + k eps^2) for Delta uniform on (0, 1), P(k > x) = x^-alpha for x >= 1: the
    exponent is min(1, 2 alpha) for g > 0, and min(2, 2 alpha) where the gradient vanishes, g = 0.
    They cross where g eps = eps^(2 alpha)/(1 - alpha), and for alpha > 1 near eps = g/E k.
    """
    return curved(eps, rate, alpha)


@claim.identity(
    lambda p: p.rate * p.eps + p.eps**2 * (
        1 + integral(lambda x: x**-p.alpha, 1.0, (1 - p.rate * p.eps) / p.eps**2)),
    over=Domain.around(Params(), alpha=(0.1, 3.0), eps=(0.1, 0.6), rate=(0.0, 1.0)),
    points=24,
    within=1e-9,
    why="a quadrature",
    twin=Twin("the whole gap left to the curvature: 1 for 1 - g eps", whole=1),
)  # fmt: skip
def curvature_with_heavy_tails(p, *, whole=0):
    """E min(1, g eps + k eps^2), k Pareto(alpha), in closed form."""
    if whole:
        return p.rate * p.eps + pareto_error(p.eps**2, p.alpha)
    return curved_pareto_error(p.eps, p.rate, p.alpha)


@claim.law("pareto_bent", at=Params(), mode="toy", twin=Twin("no curvature", bent=0))
def curved_pareto_law(p, x, *, bent=1):
    """It is the law of the step that closes a uniform gap."""
    t = jnp.clip(x, 1e-300, 1.0)
    return jnp.where(x <= 0, 0, curved(t, p.rate, p.alpha) if bent else p.rate * t)


STEPS = (1e-5, 1e-6, 1e-7, 1e-8)


@claim.scaling(
    0.6,
    along=[Params(alpha=0.3, rate=0.05, eps=e) for e in STEPS],
    size=lambda p: p.eps,
    within=0.01,
    why="eps against eps^.6",
    twin=Twin("1, that of linear response", exponent=1.0),
)
def curvature_takes_over(p):
    """Exponent 2 alpha where curvatures have a tail alpha < 1/2, gradient or none."""
    return curved_pareto_error(p.eps, p.rate, p.alpha)


@claim.scaling(
    2.0,
    along=[Params(alpha=3.0, rate=0.0, eps=e) for e in STEPS],
    size=lambda p: p.eps,
    within=0.01,
    why="eps^6 against eps^2",
    twin=Twin("1, as with a gradient", exponent=1.0),
)
def vanishing_gradient_exponent(p):
    """Exponent 2 where gradients vanish (masked) and curvatures have a mean."""
    return curved_pareto_error(p.eps, p.rate, p.alpha)
