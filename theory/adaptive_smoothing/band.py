"""Two classes and a hard g: f follows g in a band about h's boundary, and h outside it."""

from typing import Annotated

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, log, maximum, normal_cdf,
    normal_quantile, root, tanh,
)  # fmt: skip
from theory.adaptive_smoothing.certificates import lipschitz_radius, needed_margin
from theory.adaptive_smoothing.params import Params, Positive

claim = Claims("derived")
Majority = Annotated[Scalar, Gt(0.5), Le(1)]


@closed_form
def band(alpha: Majority, beta: Positive):
    """t = -log(2 alpha - 1)/beta: f follows a hard g where |z_h| < t, h logistic with slope beta.

    No bound as alpha -> 1/2, from where on f is g everywhere.
    """
    return log(1 / (2 * alpha - 1)) / beta


@closed_form
def smoothed_band(alpha: Majority, sigma: Positive):
    """t = sigma PhiInv(1/(2 alpha)) for the smoothed half-space Phi(z_h/sigma)."""
    return sigma * normal_quantile(1 / (2 * alpha))


@closed_form
def logistic_radius(logit: Annotated[Scalar, Ge(0)], weight: Positive, alpha: Majority):
    """(zeta + log(2 alpha - 1))_+/|w|: the exact radius of a logistic h with logit zeta >= 0.

    The distance to the band's edge: the largest radius that holds for every g.
    """
    return maximum(logit / weight - band(alpha, weight), 0)


@closed_form
def adaptive_radius(
    logit: Annotated[Scalar, Ge(0)],
    weight: Positive,
    alpha: Majority,
    slope: Annotated[Scalar, Ge(0)],
):
    """The r with tanh((zeta - |w| r)/2) = exp(-gamma + L r), gamma = log(alpha/(1 - alpha)) (JAX).

    The exact radius for a logistic h when the mixture's gamma(x) is any function with Lipschitz
    constant L and the value gamma at the centre; 0 where there is none. At alpha = 1 it is
    zeta/|w|, with the slope 2 e^(L zeta/|w|)/|w| in alpha, given up to e^300.
    """
    mu = needed_margin(alpha)
    sound = jnp.tanh(logit / 2) > mu
    zeta, start = jnp.where(sound, logit, 1.0), jnp.where(sound, mu, 0.1)

    def surplus(r):
        return jnp.tanh((zeta - weight * r) / 2) - start * jnp.exp(jnp.minimum(slope * r, 300.0))

    most = jnp.minimum(zeta / weight, -jnp.log(start) / slope)  # where either side is at its end
    return jnp.where(sound, root(surplus, 0.0, most * (1 + 1e-9)), 0.0)


WEIGHTS = Domain.around(Params(), alpha=(0.501, 0.999), beta=(0.1, 10.0))


@claim.identity(
    lambda p: 1 - p.alpha,
    over=WEIGHTS,
    evaluators=("jax", "mpmath"),
    twin=Twin("t = log(alpha/(1 - alpha))/beta", width=lambda p: -log(needed_margin(p.alpha))),
)
def binary_band_rule(p, *, width=lambda p: p.beta * band(p.alpha, p.beta)):
    """alpha tanh(beta t/2) = 1 - alpha at t = -log(2 alpha - 1)/beta: the band's edge."""
    return p.alpha * tanh(width(p) / 2)


@claim.identity(
    lambda p: 1 - p.alpha,
    over=Domain.around(Params(), alpha=(0.501, 0.999), sigma=(0.1, 10.0)),
    evaluators=("jax", "mpmath"),
    twin=Twin("t = sigma PhiInv(alpha)", quantile=lambda p: p.sigma * normal_quantile(p.alpha)),
)
def binary_band_rule_smoothed(p, *, quantile=lambda p: smoothed_band(p.alpha, p.sigma)):
    """alpha (2 Phi(t/sigma) - 1) = 1 - alpha at t = sigma PhiInv(1/(2 alpha))."""
    return p.alpha * (2 * normal_cdf(quantile(p) / p.sigma) - 1)


def follows(run, t):
    """Whether each decision is g's inside |z_h| < t and h's outside."""
    z_h, z_g = run["z_h"], run["z_g"]
    return (run["mixed"] > 0) == jnp.where(jnp.abs(z_h) < t, z_g > 0, z_h > 0)


claim.every_trial(
    lambda run, p: ~follows(run, band(p.alpha, p.beta)),
    within=0.0,
    name="alpha_beta_equivalence",
    says="f decides as g where |z_h| < t, as h elsewhere: alpha and beta matter through t alone",
    at=(Params(alpha=0.7), Params(alpha=0.9, beta=1.0)),
    twin=Twin("t = log(alpha/(1 - alpha))/beta", observable=lambda run, p: ~follows(
        run, -log(needed_margin(p.alpha)) / p.beta)),
)  # fmt: skip


def exact(p, reach=lambda alpha, beta: band(alpha, beta)):
    """The distance of z_h = m_h to the edge of the band."""
    return maximum(p.m_h - reach(p.alpha, p.beta), 0)


POINTS = Domain.around(Params(), alpha=(0.6, 0.99), beta=(1.0, 5.0), m_h=(1.7, 4.0))


@claim.identity(
    lambda p: 1 - p.alpha,
    over=POINTS,
    evaluators=("jax", "mpmath"),
    twin=Twin("zeta - log(alpha/(1 - alpha))", radius=lambda p: exact(
        p, lambda alpha, beta: -log(needed_margin(alpha)) / beta)),
)  # fmt: skip
def logistic_exact_radius(p, *, radius=lambda p: logistic_radius(p.beta * p.m_h, p.beta, p.alpha)):
    """A logistic h with logit zeta = |w.x + b|: the radius is (zeta + log(2 alpha - 1))_+/|w|.

    There alpha (h_y - h_y') = 1 - alpha.
    """
    return p.alpha * tanh(p.beta * (p.m_h - radius(p)) / 2)


@claim.never_above(
    lambda p: logistic_radius(p.beta * p.m_h, p.beta, p.alpha),
    over=POINTS,
    points=48,
    twin=Twin("with |w|/8 for the slope of the logistic function", slope=8),
    known=(
        (Params(alpha=0.8, beta=2.0, m_h=1.5), ".65515"),
        (Params(alpha=0.7, beta=1.0, m_h=1.0), ".06709"),
    ),
)
def logistic_exact_radius_beats_lipschitz(p, *, slope=4):
    """(tanh(zeta/2) - mu)_+/(|w|/2), r_Lip with slopes |w|/4, is never larger."""
    top = (1 + tanh(p.beta * p.m_h / 2)) / 2
    return lipschitz_radius(p.alpha, top, 1 - top, 2 * p.beta / slope)


# --------------------------------------------------------------------------------------------
# Weights that depend on the input


claim.every_trial(
    lambda run, p: logistic_radius(run["logit"], 1.0, p.floor) - run["held"],
    within=0.0,
    name="adaptive_floor",
    says="alpha(.) >= alpha_min >= 1/2 on the ball: the certificate with alpha_min holds",
    mode="attacked",
    at=(Params(), Params(floor=0.55)),
    trials=1024,
    twin=Twin("the certificate with alpha(x)", observable=lambda run, p: logistic_radius(
        run["logit"], 1.0, run["centre"]) - run["held"]),
)  # fmt: skip


@claim.identity(
    lambda p: tanh((p.beta * p.m_h - p.beta * slow(p, 0.5)) / 2),
    over=POINTS,
    points=16,
    within=1e-9,
    why="a root, at slopes up to 5",
    twin=Twin("gamma taken as constant", slope=0.0),
)
def adaptive_lipschitz_radius(p, *, slope=0.5):
    """gamma(.) of Lipschitz constant L: the radius solves tanh((zeta - |w| r)/2) = e^(Lr - gamma).

    Exact; not in the paper. At L = 0 it is the radius of the constant weight.
    """
    return needed_margin(p.alpha) * jnp.exp(slope * slow(p, 0.5))


def slow(p, slope):
    """The adaptive radius at z_h = m_h."""
    return adaptive_radius(p.beta * p.m_h, p.beta, p.alpha, slope)
