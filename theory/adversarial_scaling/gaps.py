"""The law of the top gap of Gaussian logits, its density at zero, and the exponent that follows."""

import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, closed_form, expected_maximum, integral,
    log_binomial, log_normal_cdf, normal_cdf, normal_mean, normal_pdf, top_gap_cdf,
)  # fmt: skip
from theory.adversarial_scaling.params import Params

claim = Claims()
FINE = 960  # nodes: Phi^1000 has a narrow edge
Gap = Annotated[Scalar, Ge(0)]
Classes = Annotated[Scalar, Ge(2), Whole]
TWO, TEN, THOUSAND = (Params(classes=c) for c in (2, 10, 1000))


@closed_form
def gap_law(t: Annotated[Scalar, Ge(0)], classes: Classes):
    """F_C(t) = P(the largest of C standard normals leads the second by at most t)."""
    return top_gap_cdf.__wrapped__(t, classes)


@closed_form
def gap_slope(classes: Classes):
    """m_C = F_C'(0) = C (C - 1) int phi^2 Phi^(C-2), the density of the gap at zero."""
    c = jnp.asarray(classes, float)[..., None]
    return c[..., 0] * normal_mean(
        lambda z: (c - 1) * jnp.exp((c - 2) * log_normal_cdf(z)) * normal_pdf(z), nodes=FINE
    )


@closed_form
def gap_curvature(classes: Classes):
    """c_C = -F_C''(0) = (1/2) C (C - 1) (C - 2) int phi^3 Phi^(C-3) >= 0: logits do not repel."""
    c = jnp.asarray(classes, float)[..., None]
    ways = c * (c - 1) * (c - 2) / 2
    return normal_mean(
        lambda z: ways * jnp.exp((c - 3) * log_normal_cdf(z)) * normal_pdf(z) ** 2, nodes=FINE
    )


@closed_form
def local_exponent(t: Annotated[Scalar, Ge(1e-6), Le(10)], classes: Classes):
    """d ln F_C/d ln t: the exponent of err at G eps = s t."""
    value, slope = jax.jvp(
        lambda t: top_gap_cdf.__wrapped__(t, classes), (t := jnp.asarray(t, float),), (t,)
    )
    return slope / value


WIDE: Any = {"reach": 16.0, "nodes": 320}


def lead(t, classes):
    """F_C(t), 0 below 0, on few nodes (C <= 20, else NaN): a law is asked at all its trials."""
    t, c = jnp.clip(t, 0, 12)[..., None], classes  # beyond 12 it is 1, to rounding
    return 1 - c * normal_mean(lambda z: jnp.exp((c - 1) * log_normal_cdf(z - t)), **WIDE)


@claim.law(
    "gap",
    mode="gaps",
    at=(Params(classes=3), TEN.but(s=3.0), TWO),
    twin=Twin("C - 1 logits", cdf=lambda p, x: lead(x / p.s, p.classes - 1)),
)
def gap_cdf(p, x):
    """P(Delta <= x) = F_C(x/s), F_C(t) = 1 - C int phi(z) Phi(z - t)^(C-1) dz; erf(t/2) for C = 2.

    derived: the top logit is any of C, and leads all others by t
    """
    return lead(x / p.s, p.classes)


def within(z, t):
    """Phi(z) - Phi(z - t), by t phi(z - t/2) (1 + ((z - t/2)^2 - 1) t^2/24) where t is small."""
    middle = z - t / 2
    small = t * normal_pdf(middle) * (1 + (middle**2 - 1) * t**2 / 24)
    return jnp.where(t < 1e-3, small, normal_cdf(z) - normal_cdf(z - t))


@closed_form
def gap_density(
    t: Annotated[Scalar, Ge(0)], classes: Classes, rank: Annotated[Scalar, Ge(2), Whole]
):
    """Density at t of h_(1) - h_(k), C standard normals: at 0 m_C for k = 2, ~ t^(k-2) beyond.

    C (C-1) binom(C-2, k-2) int phi(z) phi(z-t) (Phi(z) - Phi(z-t))^(k-2) Phi(z-t)^(C-k), k <= C.
    """
    t, c, k = (jnp.asarray(v, float)[..., None] for v in (t, classes, rank))
    ways = c * (c - 1) * jnp.exp(log_binomial(c - 2, k - 2))

    def value(z):
        return (
            ways
            * normal_pdf(z - t)
            * within(z, t) ** (k - 2)
            * jnp.exp((c - k) * log_normal_cdf(z - t))
        )

    return mean_about(value, t * (c - k + 1) / (c - k + 2))


def mean_about(f, shift):
    """E f(Z) for an f that counts about ``shift``, however far out: E f(Y + m) e^(-m Y - m^2/2)."""
    m = jax.lax.stop_gradient(shift)
    return normal_mean(lambda y: f(y + m) * jnp.exp(-m * (y + m / 2)), nodes=FINE)


density_of = jax.jit(gap_density)


@claim.law("third", mode="gaps", at=TEN.but(s=3.0), twin=Twin("the gap to the second", rank=2))
def gap_to_third_cdf(p, x, *, rank=3):
    """P(h_(1) - h_(3) <= x): no one, or one other logit, within x of the top one."""
    t, c = jnp.clip(x / p.s, 0, 12)[..., None], p.classes
    if rank == 2:
        return lead(t[..., 0], c)

    def leads(z):
        low = jnp.exp((c - 2) * log_normal_cdf(z - t))
        return low * (normal_cdf(z - t) + (c - 1) * (normal_cdf(z) - normal_cdf(z - t)))

    return 1 - c * normal_mean(leads, **WIDE)


@claim.scaling(
    3.0,
    along=[TEN.but(eps=e) for e in (0.008, 0.004, 0.002, 0.001)],
    size=lambda p: p.eps,
    within=0.02,
    why="the next term of the series",
    twin=Twin("1, as for the top-1 prediction", exponent=1.0),
)
def rank_exponent(p):
    """Pushing a class out of the top k needs the gap to k + 1: err ~ eps^k; here density, k = 4."""
    return density_of(p.eps, p.classes, 5)


@claim.identity(
    lambda p: gap_slope(p.classes),
    over=Domain.around(TEN, classes=(2, 1000)),
    points=12,
    within=1e-11,
    why="two quadratures",
    twin=Twin("the extreme-value form sqrt(2 ln C)", extreme=1),
    known=((TWO, ".5641896"), (Params(classes=3), ".8462844"), (TEN, "1.538753"),
           (Params(classes=100), "2.507594"), (THOUSAND, "3.241436")),
)  # fmt: skip
def gap_density_is_expected_max(p, *, extreme=0):
    """s p(0) = C(C-1) int phi^2 Phi^(C-2) is the expected maximum of C standard normals.

    derived: by parts, z phi = -phi'
    """
    return jnp.sqrt(2 * jnp.log(p.classes)) if extreme else expected_maximum(p.classes)


SMALL = [TEN.but(eps=e) for e in (0.1, 0.03, 0.01, 0.003, 0.001)]


@claim.limit(
    lambda p: gap_curvature(p.classes),
    along=SMALL,
    size=lambda p: 1 / p.eps,
    rate=-1.0,
    within=0.05,
    last_gap=0.002,
    why="the next term of the series",
    twin=Twin("a density that is flat at zero", limit=0.0),
)
def gap_density_falls(p):
    """2 (m_C t - F_C(t))/t^2 -> c_C = (1/2) C(C-1)(C-2) int phi^3 Phi^(C-3), t = eps."""
    return 2 * (gap_slope(p.classes) * p.eps - gap_law(p.eps, p.classes)) / p.eps**2


@claim.scaling(
    1.0,
    along=SMALL,
    size=lambda p: p.eps,
    within=0.03,
    why="the exponent between .1 and .2 is .917, at .001 it is .999",
    twin=Twin("2, of a density that vanishes at zero", exponent=2.0),
)
def unit_exponent(p):
    """err = F_C(eps/s) for unit sensitivity: exponent 1 for eps/s in [.001, .1], C = 10."""
    return gap_law(p.eps / p.s, p.classes)


@claim.never_above(
    1.0,
    over=Domain.around(TEN, classes={2, 10, 1000}, eps=(1e-3, 3.0)),
    points=64,
    known=((TWO.but(eps=0.5), ".9590236"), (TEN.but(eps=0.1), ".9428957")),
)
def exponent_at_most_one(p):
    """The local exponent d ln F_C/d ln t is at most 1, and below it long before saturation."""
    return local_exponent(p.eps, p.classes)


def rescaled(p, classes):
    """F_C at eps in units of 1/m_C."""
    return gap_law(p.eps / gap_slope(classes), classes)


@claim.identity(
    lambda p: rescaled(p, 1000),
    over=Domain.around(TWO, eps=(1e-3, 2.0)),
    points=16,
    within=0.02,
    repaired_by="data_collapse",
)
def collapse_across_classes(p):
    """Every C falls on one curve after rescaling by p(0): F_2(t/m_2) = F_1000(t/m_1000) to 2 %.

    the reading of a universal form; true to first order only
    """
    return rescaled(p, 2)


# ------------------------------------------------------------------------------ entropy


def binary_entropy_of(t):
    """H(sigmoid t) in nats."""
    return jax.nn.softplus(t) - t * jax.nn.sigmoid(t)


@jax.jit
def share_of_ties(s):
    """E[H]/((pi^2/6) p(0)), C = 2."""

    wide = s * 2**0.5
    unit = wide / (1 + wide)  # the shorter of the gap's spread and the entropy's own width, 1

    def value(y):
        return binary_entropy_of(unit * y) * normal_pdf(unit * y / wide) * 2 * unit / wide

    mean = integral(value, 0.0, 12.0) + integral(value, 12.0, 48.0)
    return mean / (jnp.pi**2 / 6 * gap_slope(2) / s)


@claim.limit(
    1.0,
    along=[TWO.but(s=s) for s in (10.0, 20.0, 40.0, 80.0, 160.0)],
    size=lambda p: p.s,
    rate=-2.0,
    within=0.05,
    last_gap=1e-4,
    why="1 - 7 pi^2/(60 s^2)",
    twin=Twin("pi^2/12 for pi^2/6", half=2),
    known=((TWO.but(s=10.0), ".98875"),),
)
def entropy_error_law(p, *, half=1):
    """E[H]/((pi^2/6) p(0)) -> 1 as logits grow, C = 2: the fooling rate is (6/pi^2) E[H] G eps.

    derived: int_0^inf H(sigmoid t) dt = pi^2/6, and only near-ties have entropy
    """

    return half * share_of_ties(p.s)


@claim.limit(
    -7 * math.pi**2 / 60,
    along=[TWO.but(s=s) for s in (10.0, 20.0, 40.0, 80.0)],
    size=lambda p: p.s,
    rate=-2.0,
    within=0.1,
    last_gap=0.01,
    why="31 pi^4/(1120 s^2), the next term",
    twin=Twin("as if only exact ties had entropy", limit=0.0),
)
def entropy_error_law_correction(p):
    """E[H]/((pi^2/6) p(0)) = 1 - 7 pi^2/(60 s^2) + 31 pi^4/(1120 s^4) - ..., C = 2.

    derived: int t^2 H = 7 pi^4/90 and int t^4 H = 31 pi^6/210 over t > 0
    """
    return (share_of_ties(p.s) - 1) * p.s**2


@claim.equals(
    "entropy",
    mode="gaps",
    at=(Params(classes=5, s=30.0), TEN.but(s=60.0)),
    relative=0.05,
    support=(0.0, lambda p: jnp.log(p.classes)),
    why="three-way near-ties, of relative order 1/s: 1.4 % for C = 5 at s = 30",
    twin=Twin("ln 2 for pi^2/6", constant=0.6931),
)
def entropy_error_law_of_many(p, *, constant=jnp.pi**2 / 6):
    """E[H] = (pi^2/6) m_C/s for C > 2 too, to relative order 1/s."""
    return constant * gap_slope(p.classes) / p.s
