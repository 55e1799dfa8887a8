"""Radii within which the mixture keeps h's label, whatever g answers."""

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Twin, closed_form, exp, log, maximum, maximum_on, normal_cdf, normal_quantile,
    pi, rational, root, sign, sqrt, tanh, where,
)  # fmt: skip
from theory.adaptive_smoothing.params import RUNNER_UP, Chance, Params, Positive, Weight

claim = Claims("derived")
CODE = "the authors' public code; derived again"
HALF = rational(1, 2)
CERTIFIED = Domain.around(
    Params(), alpha=(0.5, 0.999), top=(0.4, 0.999), share=(0.01, 0.66), sigma=(0.1, 2.0)
)


def needed_margin(alpha):
    """mu = (1 - alpha)/alpha."""
    return (1 - alpha) / alpha


@closed_form(runner=RUNNER_UP)
def lipschitz_radius(alpha: Weight, top: Chance, runner: Chance, slopes: Positive):
    """[alpha (h_y - h_y') + alpha - 1]_+/(alpha L), L = Lip(h_y) + Lip(h_y') in the attack's norm.

    0 for alpha <= 1/2, where no certificate holds for every g.
    """
    a = maximum(alpha, HALF)
    return maximum(a * (top - runner) + a - 1, 0) / (a * slopes)


@closed_form(runner=RUNNER_UP)
def smoothing_radius(alpha: Weight, top: Chance, runner: Chance, sigma: Positive):
    """(sigma/2)[PhiInv(alpha h_y) - PhiInv(alpha h_y' + 1 - alpha)]_+, in l_2: the paper's.

    h is smoothed by N(0, sigma^2 I). Valid, and below :func:`tight_radius` for alpha < 1. Infinite
    slopes where a probability tends to 0 or 1.
    """
    a = maximum(alpha, HALF)
    sound = a * (top - runner) > 1 - a
    upper, lower = (normal_quantile(where(sound, a * q, HALF)) for q in (top, 1 - runner))
    return sigma / 2 * where(sound, maximum(upper + lower, 0), 0)


@closed_form(runner=RUNNER_UP)
def tight_radius(alpha: Weight, top: Chance, runner: Chance, sigma: Positive):
    """sigma t*, alpha (Phi(A - t*) - Phi(B + t*)) = 1 - alpha, A = PhiInv(h_y), B = PhiInv(h_y').

    The largest radius that holds for every g and every smoothed h with these two probabilities; 0
    where h_y - h_y' <= (1 - alpha)/alpha. By a bracketed root (JAX).
    """
    needed = needed_margin(jnp.maximum(alpha, 0.5))
    sound = top - runner > needed
    a = normal_quantile(jnp.where(sound, top, 0.8))
    b = normal_quantile(jnp.where(sound, runner, 0.2))
    mu = jnp.where(sound, needed, 0.1)
    t = root(lambda t: normal_cdf(a - t) - normal_cdf(b + t) - mu, 0.0, a - b)
    return jnp.where(sound, sigma * t, 0.0)


@closed_form
def halfspace_radius(alpha: Weight, distance: Positive, sigma: Positive):
    """[D - sigma PhiInv(1/(2 alpha))]_+: the tight radius of two classes at distance D.

    h is the smoothed half-space Phi(D/sigma).
    """
    sound = alpha > HALF
    radius = distance - sigma * normal_quantile(1 / (2 * where(sound, alpha, 1)))
    return where(sound, maximum(radius, 0), 0)


def radii(p):
    """(alpha, h_y, h_y', sigma): what the radii take."""
    return p.alpha, p.top, p.runner, p.sigma


# --------------------------------------------------------------------------------------------
# The weight and the margin it needs


@claim.identity(
    lambda p: exp(-log(p.alpha / (1 - p.alpha))),
    over=Domain.around(Params(), alpha=(0.5, 0.999)),
    evaluators=("jax", "mpmath", "sympy"),
    twin=Twin("1 - alpha", over=0),
    source=CODE,
)
def alpha_gamma_margin(p, *, over=1):
    """The margin that h needs is mu = (1 - alpha)/alpha = e^-gamma, alpha = sigmoid(gamma)."""
    return (1 - p.alpha) / p.alpha**over


@claim.identity(
    lambda p: tanh(log(p.alpha / (1 - p.alpha)) / 2),
    over=Domain.around(Params(), alpha=(0.01, 0.999)),
    evaluators=("jax", "mpmath"),
    twin=Twin("tanh(gamma)", twice=4),
)
def alpha_gamma_margin_tanh(p, *, twice=2):
    """2 alpha - 1 = tanh(gamma/2): alpha >= 1/2 iff gamma >= 0 iff mu <= 1."""
    return twice * p.alpha - twice * HALF


# --------------------------------------------------------------------------------------------
# Smoothing: the paper's radius, the tight one


@claim.never_above(
    lambda p: tight_radius(*radii(p)),
    over=CERTIFIED,
    points=48,
    twin=Twin("sigma for sigma/2", half=1),
    known=((Params(top=0.9772498680518208, share=1.0), ".77829"),),
    source=CODE,
)
def rs_radius(p, *, half=2):
    """(sigma/2)[PhiInv(alpha h_y) - PhiInv(alpha h_y' + 1 - alpha)]_+ holds: it is at most r*.

    I(u) = phi(PhiInv(u)) is concave with I(0) = I(1) = 0, so I(alpha u) >= alpha I(u).
    """
    return 2 * smoothing_radius(*radii(p)) / half


@claim.identity(
    lambda p: tight_radius(1.0, p.top, p.runner, p.sigma),
    over=CERTIFIED,
    points=16,
    within=1e-9,
    why="the slope of the quantile, 1/phi, at 1 - 1e-3",
    twin=Twin("sigma for sigma/2", half=1),
)
def rs_radius_classical(p, *, half=2):
    """At alpha = 1 both are (sigma/2)(PhiInv(h_y) - PhiInv(h_y'))."""
    return p.sigma / half * (normal_quantile(p.top) - normal_quantile(p.runner))


@claim.identity(
    lambda p: smoothing_radius(*radii(p)),
    over=CERTIFIED,
    within=1e-11,
    scale=1.0,
    why="the slope of the quantile at 1 - 1e-3",
    twin=Twin("mu = 1 - alpha", over=0),
    source=CODE,
)
def rs_radius_code_form(p, *, over=1):
    """The same with PhiInv(h_y/(1 + mu)) and PhiInv((h_y' + mu)/(1 + mu))."""
    mu = alpha_gamma_margin(p, over=over)
    upper, lower = p.top / (1 + mu), (p.runner + mu) / (1 + mu)
    return p.sigma / 2 * maximum(normal_quantile(upper) - normal_quantile(lower), 0)


def steepest(p):
    """The largest slope of Phi(z/sigma)."""
    slope = jax.grad(lambda z: normal_cdf(z / p.sigma))
    return maximum_on(slope, -3 * p.sigma, 4 * p.sigma)


SCALES = Domain.around(Params(), sigma=(0.05, 5.0))


@claim.identity(
    steepest,
    over=SCALES,
    within=1e-9,
    why="the place of a maximum, squared",
    twin=Twin("half of it", factor=HALF),
)
def rs_lipschitz_constant(p, *, factor=1):
    """1/(sigma sqrt(2 pi)) is the largest slope of a smoothed [0, 1]-valued function.

    Attained by a half-space at its boundary.
    """
    return factor / (p.sigma * sqrt(2 * pi))


claim.identity(
    steepest,
    name="rs_lipschitz_constant_as_printed",
    says="sqrt(2/pi)/sigma is the largest slope of a smoothed [0, 1]-valued function",
    formula=lambda p: sqrt(2 / pi) / p.sigma,
    over=SCALES,
    within=1e-9,
    source="the authors' public code, read as tight; valid, and twice too large",
    repaired_by="rs_lipschitz_constant",
)

TWO_CLASSES = Domain.around(
    Params(share=1.0), alpha=(0.55, 0.999), top=(0.92, 0.9999), sigma=(0.1, 2.0)
)
AT_TWO = Params(top=0.9772498680518208, share=1.0)  # Phi(2)


@claim.identity(
    lambda p: tight_radius(*radii(p)),
    over=TWO_CLASSES,
    points=24,
    within=1e-9,
    why="the slope of the quantile at 1 - 1e-4",
    twin=Twin("the paper's radius taken as exact", formula=smoothing_radius),
    known=((AT_TWO, "1.68136"),),
)
def tight_rs_radius(p, *, formula=None):
    """Two classes, distance D = sigma PhiInv(h_y): r* = [D - sigma PhiInv(1/(2 alpha))]_+."""
    if formula is not None:
        return formula(*radii(p))
    return halfspace_radius(p.alpha, p.sigma * normal_quantile(p.top), p.sigma)


# --------------------------------------------------------------------------------------------
# The certificates beside each other

PRINTED, SHARP = 2 * sqrt(2 / pi), sqrt(2 / pi)  # sigma (Lip(h_y) + Lip(h_y'))


def by_slope(p, slopes):
    """The Lipschitz radius with the sum of the two constants, in units of 1/sigma."""
    return lipschitz_radius(p.alpha, p.top, p.runner, slopes / p.sigma)


@claim.never_above(
    lambda p: smoothing_radius(*radii(p)),
    over=CERTIFIED,
    points=64,
    twin=Twin("with the sharp constant too", slopes=SHARP),
)
def certificate_ordering(p, *, slopes=PRINTED):
    """r_Lip with the constant sqrt(2/pi)/sigma is at most r_RS.

    With the sharp constant it can be up to 1/alpha times r_RS.
    """
    return by_slope(p, slopes)


@claim.never_above(
    lambda p: tight_radius(*radii(p)),
    over=CERTIFIED,
    points=48,
    twin=Twin("with half the sharp constant too", slopes=SHARP / 2),
)
def certificate_ordering_sharp(p, *, slopes=SHARP):
    """r_Lip with the sharp constant 1/(sigma sqrt(2 pi)) is at most r*."""
    return by_slope(p, slopes)


@claim.identity(
    lambda p: jnp.stack([jnp.sign(f(*radii(p))) for f in (smoothing_radius, tight_radius)]),
    over=CERTIFIED,
    points=48,
    within=1e-12,
    why="signs",
    twin=Twin("wherever h_y > h_y'", needed=lambda p: 0.0),
)
def certificate_ordering_positive(p, *, needed=lambda p: needed_margin(p.alpha)):
    """Every radius is positive exactly where h_y - h_y' > (1 - alpha)/alpha."""
    return sign(maximum(p.top - p.runner - needed(p), 0))


@claim.never_above(
    lambda p: p.sigma * normal_quantile(p.alpha),
    over=CERTIFIED,
    points=48,
    twin=Twin("the classical radius, alpha = 1", weight=lambda p: 1.0),
    known=((Params(top=0.999999, share=1e-3), ".84162"),),
)
def certificate_caps(p, *, weight=lambda p: p.alpha):
    """However sure h is, r_RS < sigma PhiInv(alpha); r* has no bound."""
    return smoothing_radius(weight(p), p.top, p.runner, p.sigma)


@claim.never_above(
    lambda p: p.sigma * (2 * p.alpha - 1) * sqrt(pi / 2) / (2 * p.alpha),
    over=CERTIFIED,
    points=48,
    twin=Twin("with the sharp constant too", slopes=SHARP),
)
def certificate_caps_lipschitz(p, *, slopes=PRINTED):
    """r_Lip (constant sqrt(2/pi)/sigma) is at most sigma (2 alpha - 1) sqrt(pi/2)/(2 alpha)."""
    return by_slope(p, slopes)
