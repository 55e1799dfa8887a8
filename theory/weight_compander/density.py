"""Gaussian variables seen as weights: pushed away from zero only from a threshold on."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Twin, arctan, closed_form, maximum, minimum, normal_cdf, normal_pdf, sqrt, tan,
)  # fmt: skip
from theory.weight_compander.learning import HERE
from theory.weight_compander.params import INSIDE, Params, Positive, Scale, Weight

claim = Claims("derived")
EXAMPLE = {"w": 0.3, "a": 0.8}
SPREAD = (
    "is not above b/sqrt(2): the density has its one mode at 0",
    lambda s, b: 2 * s * s > b * b,
)


@closed_form(example=EXAMPLE, w=INSIDE)
def weight_cdf(w: Weight, a: Scale, b: Scale, s: Positive) -> Any:
    """P(W <= w) = Phi(b tan(w/a)/s) for v ~ N(0, s^2)."""
    return normal_cdf(b * tan(w / a) / s)


@closed_form(example=EXAMPLE, w=INSIDE)
def weight_density(w: Weight, a: Scale, b: Scale, s: Positive) -> Any:
    """p(w) = b/(a s sqrt(2 pi)) sec^2 u exp(-b^2 tan^2 u/(2 s^2)), u = w/a."""
    t = tan(w / a)
    return b / (a * s) * (1 + t * t) * normal_pdf(b * t / s)


@closed_form(example={"s": 1.0, "b": 0.5}, s=SPREAD)
def mode_weight(a: Scale, b: Scale, s: Positive) -> Any:
    """The mode at w > 0, a arccos(b/(s sqrt 2)); there are two if s > b/sqrt 2."""
    return a * arctan(sqrt(2 * s * s - b * b) / b)


NARROW = Params(a=1.0, b=1.0, spread=0.85)  # above the threshold .7071, below b


@claim.law(
    lambda run, p: run["weights"][:, 0],
    at=(HERE, NARROW),
    width=0.05,
    twin=Twin("tanh in place of arctan", arc=False),
)
def weight_law(p, x, *, arc=True):
    """v ~ N(0, s^2): P(w <= x) = Phi(b tan(x/a)/s)."""
    edge = p.a * math.pi / 2 * (1 - 1e-9)
    inside = minimum(maximum(x, -edge), edge)
    if arc:
        return weight_cdf(inside, p.a, p.b, p.spread)
    return normal_cdf(p.b * jnp.arctanh(inside / edge / (1 + 1e-9)) / p.spread)


@claim.law(
    "cauchy", at=HERE, width=0.05, twin=Twin("Gaussian variables of that scale", uniform=False)
)
def cauchy_is_uniform(p, x, *, uniform=True):
    """Variables of a Cauchy law of scale b give weights uniform on (-a pi/2, a pi/2)."""
    edge = p.a * math.pi / 2 * (1 - 1e-9)
    inside = minimum(maximum(x, -edge), edge)
    return 0.5 + inside / (p.a * math.pi) if uniform else weight_cdf(inside, p.a, p.b, p.b)


BOX = Domain.around(HERE, a=(0.1, 10.0), b=(0.1, 10.0), x=(-3.0, 3.0), spread=(0.3, 10.0))


@claim.identity(
    lambda p: jax.grad(weight_cdf)(p.w, p.a, p.b, p.spread),
    over=BOX,
    within=1e-9,
    points=32,
    twin=Twin("sec^2 left out: the Gaussian of v", spread_out=False),
    known=((HERE, ".3494426"), (Params(x=0.0), ".2493389")),
)
def weight_density_formula(p, *, spread_out=True):
    """p(w) = b/(a s sqrt(2 pi)) sec^2 u exp(-b^2 tan^2 u/(2 s^2)); p(0) = b/(a s sqrt(2 pi))."""
    density = weight_density(p.w, p.a, p.b, p.spread)
    return density if spread_out else density / (1 + p.x**2)


@claim.identity(
    lambda p: (2 - (p.b / p.spread) ** 2) / p.a**2,
    over=Domain.around(HERE, a=(0.1, 10.0), b=(0.1, 10.0), spread=(0.3, 10.0)),
    within=1e-9,
    points=32,
    twin=Twin("bimodal iff s > b", threshold=1),
)
def bimodal_from_a_threshold(p, *, threshold=2):
    """(log p)''(0) = (2 - b^2/s^2)/a^2: zero is a least likely weight iff s > b/sqrt 2."""
    if threshold == 1:
        return (1 - (p.b / p.spread) ** 2) / p.a**2

    def logarithm(w):
        return jnp.log(weight_density(w, p.a, p.b, p.spread))

    return jax.grad(jax.grad(logarithm))(0.0 * p.a)


@claim.identity(
    1,
    over=Domain.around(HERE, a=(0.1, 10.0), b=(0.1, 1.0), spread=(0.75, 3.0)),
    within=1e-8,
    points=32,
    twin=Twin("a arccos(b/(2 s))", halved=True),
)
def two_modes(p, *, halved=False):
    """1 + a (log p)'(w) = 1 at w = a arccos(b/(s sqrt 2)), if s > b/sqrt 2."""
    half = jnp.arccos(p.b / (2 * p.spread))
    mode = p.a * half if halved else mode_weight(p.a, p.b, p.spread)

    def logarithm(w):
        return jnp.log(weight_density(w, p.a, p.b, p.spread))

    return 1 + p.a * jax.grad(logarithm)(mode)


@claim.never_below(
    lambda p: weight_density(p.w, p.a, p.b, p.spread),
    over=Domain.around(HERE, a=(0.1, 10.0), b=(0.1, 1.0), x=(-50.0, 50.0), spread=(0.75, 3.0)),
    points=64,
)
def no_weight_likelier(p):
    """No weight is likelier than the two modes, s > b/sqrt 2."""
    mode = mode_weight(p.a, p.b, p.spread)
    return weight_density(mode, p.a, p.b, p.spread) * (1 + 1e-12)


def general(psi, s):
    """(log density)'' of psi(v) at v = 0, over psi'(0)^-2."""
    first = jax.grad(psi)

    def logarithm(v):
        return -(v * v) / (2 * s * s) - jnp.log(first(v))

    return jax.grad(jax.grad(logarithm))(0.0)


@claim.identity(
    lambda p: jnp.stack(
        [general(lambda v: p.a * jnp.tanh(v / p.b), p.spread),
         general(lambda v: p.a * jnp.arctan(v / p.b), p.spread)]
    ),
    over=Domain.around(HERE, a=(0.1, 10.0), b=(0.1, 10.0), spread=(0.3, 10.0)),
    within=1e-9,
    points=8,
    twin=Twin("psi'''/psi' = -1/b^2", third=1),
)  # fmt: skip
def any_odd_compander(p, *, third=2):
    """Odd psi: zero is least likely iff -psi'''(0)/psi'(0) > 1/s^2; 2/b^2 for arctan and tanh.

    derived: along v, (log p)'' = -1/s^2 - psi'''/psi' at 0
    """
    return (third / p.b**2 - 1 / p.spread**2) * jnp.ones(2)


def log_density_slope(t: Any, b: Any, s: Any) -> Any:
    """a (log p)' = tan u (2 - (b^2/s^2) sec^2 u), t = tan u."""
    return t * (2 - (b / s) ** 2 * (1 + t * t))


@claim.identity(
    lambda p: log_density_slope(p.x, p.b, p.spread),
    over=Domain.around(HERE, a=(0.1, 10.0), b=(0.1, 2.0), x=(-3.0, 3.0), spread=(0.5, 10.0)),
    within=1e-9,
    points=32,
    twin=Twin("1 for 2", two=False),
)
def slope_of_the_log_density(p, *, two=True):
    """a (log p)'(w) = tan u (2 - (b^2/s^2) sec^2 u)."""
    slope = p.a * jax.grad(lambda w: jnp.log(weight_density(w, p.a, p.b, p.spread)))(p.w)
    return slope if two else slope - p.x
