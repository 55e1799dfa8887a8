"""Repeated data against fresh data at equal compute: gradient flow in isotropic regression."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, exp, expm1, mp_mean
from theory.one_epoch.params import Aspect, Params, Time

claim = Claims("derived")
Signal = Annotated[Scalar, Ge(0), Le(1e10)]


def noise_term(s, tau):
    """(1 - e^(-tau s))^2/s, 0 at s = 0."""
    return jnp.where(s > 0, expm1(-tau * s) ** 2 / jnp.where(s > 0, s, 1), 0 * s * tau)


def unlearnt(t, g):
    """int e^(-2 tau s) dmu, t = tau[..., None]; below g = .9 by e^(-2 tau s_-) times the rest."""
    g = jnp.asarray(g, float)
    gapped = g < 0.9
    low = jnp.where(gapped, g, 0.5)
    edge = (1 - jnp.sqrt(low)) ** 2
    after = lambda s: jnp.where(s > 0, jnp.exp(-2 * t * (s - edge[..., None])), 0.0)  # noqa: E731
    below = jnp.exp(-2 * t[..., 0] * edge) * mp_mean(after, low)
    whole = mp_mean(lambda s: jnp.exp(-2 * t * s), jnp.where(gapped, 1.0, g))
    return jnp.where(gapped, below, whole)


@closed_form
def repeated_risk(tau: Time, g: Aspect, r2: Signal, s2: Signal) -> Any:
    """r2 int e^(-2 tau s) dmu + s2 g int (1 - e^(-tau s))^2/s dmu, mu Marchenko-Pastur's law."""
    t = jnp.asarray(tau, float)[..., None]
    return r2 * unlearnt(t, g) + s2 * g * mp_mean(lambda s: noise_term(s, t), g)


@closed_form
def fresh_risk(tau: Time, r2: Signal) -> Any:
    """r2 e^(-2 tau): flow on the population, so many fresh samples at small steps."""
    return r2 * exp(-2 * tau)


@closed_form
def repeated_train(tau: Time, g: Aspect, r2: Signal, s2: Signal) -> Any:
    """r2 int s e^(-2 tau s) dmu + s2 (1 - g + g int e^(-2 tau s) dmu): mean square of residuals."""
    t = jnp.asarray(tau, float)[..., None]
    signal = mp_mean(lambda s: s * jnp.exp(-2 * t * s), g)
    return r2 * signal + s2 * (1 + g * mp_mean(lambda s: jnp.expm1(-2 * t * s), g))


def apart(g):
    """|g - 1| >= .01: at g = 1 the limit is infinite."""
    return abs(g - 1) >= 0.01


@closed_form(g=("is nearer than .01 to 1, where the limit is infinite", apart))
def repeated_limit(g: Aspect, r2: Signal, s2: Signal) -> Any:
    """tau to infinity: s2 g/(1 - g) for g < 1, r2 (1 - 1/g) + s2/(g - 1) for g > 1."""
    few = g < 1
    under = s2 * g / (1 - jnp.where(few, g, 0.5))
    over = jnp.where(few, 2.0, g)
    return jnp.where(few, under, r2 * (1 - 1 / over) + s2 / (over - 1))


def drop(tau, g, noise):
    """1 - R/r2, to its own digits."""
    t = jnp.asarray(tau, float)[..., None]
    learnt = mp_mean(lambda s: -jnp.expm1(-2 * t * s), g)
    return learnt - noise * g * mp_mean(lambda s: noise_term(s, t), g)


# --------------------------------------------------------------------------------------------
# At equal compute

HERE = Params(s2=0.5)
WIDE = Params(n=40, dim=60, s2=0.5)
REUSE = Domain.around(Params(), aspect=(0.2, 3.0), r2=(0.1, 4.0), s2=(0.0, 2.0), tau=(0.01, 200.0))


def largest_risk(p):
    """(sqrt r2 + .6382 sqrt(tau s2))^2: sup (1 - e^-x)/sqrt x = .63817."""
    return (jnp.sqrt(p.r2) + 0.6382 * jnp.sqrt(p.tau * p.s2)) ** 2


def largest_train(p):
    """(.4289 sqrt(r2/tau) + sqrt s2)^2: sup sqrt x e^-x = .42889."""
    return (0.4289 * jnp.sqrt(p.r2 / p.tau) + jnp.sqrt(p.s2)) ** 2


def noisy(p, drop_noise=False):
    """R at p."""
    return repeated_risk(p.tau, p.g, p.r2, 0.0 if drop_noise else p.s2)


repeated = claim.given(mode="repeated", within=lambda p: 1.5 / p.n)
MEASURED = "terms of order 1/n: .17/n +- .09/n the largest seen"


@repeated.equals(
    "test",
    at=(HERE, HERE.but(tau=5.0), WIDE),
    support=(lambda p: 0.0, largest_risk),
    why=MEASURED,
    twin=Twin("the variance dropped", quiet=True),
    known=((HERE, ".34827"), (HERE.but(tau=5.0), ".33602"), (WIDE, ".63746")),
)
def repeated_flow(p, *, quiet=False):
    """n samples: E R(tau) = r2 int e^(-2 tau s) dmu + s2 g int (1 - e^(-tau s))^2/s dmu."""
    return noisy(p, quiet)


@claim.never_above(
    lambda p: repeated_risk(p.tau, p.aspect, p.r2, p.s2),
    over=REUSE,
    points=64,
    twin=Twin("a fresh sample counts half", smaller=lambda p: fresh_risk(p.tau / 2, p.r2)),
)
def repeat_is_worse(p):
    """r2 e^(-2 tau) <= R_emp(tau) at every tau and g: fresh data win at equal compute.

    Jensen: e^(-2 tau s) is convex and int s dmu = 1; the noise's term is positive
    """
    return fresh_risk(p.tau, p.r2)


@claim.limit(
    0.0,
    along=[Params(s2=0.5, tau=t) for t in (0.032, 0.016, 0.008, 0.004)],
    size=lambda p: 1 / p.tau,
    rate=-1.0,
    within=0.05,
    last_gap=0.03,
    why="the next order of the ratio, linear in tau: slopes -.96 to -1",
    twin=Twin("linear in tau", power=1),
)
def first_epochs_free(p, *, power=2):
    """(R_emp - fresh)/(g tau^2 (2 r2 + s2)) tends to 1: reuse costs the second order in tau.

    Var_mu s = g, int s dmu = 1
    """
    gap = p.r2 * (-jnp.expm1(-2 * p.tau) - drop(p.tau, p.g, p.s2 / p.r2))
    return gap / (p.g * p.tau**power * (2 * p.r2 + p.s2)) - 1


@repeated.equals(
    "train",
    at=(HERE, HERE.but(tau=30.0), WIDE),
    support=(lambda p: 0.0, largest_train),
    why=MEASURED,
    twin=Twin("s2 (1 - g), without what of the noise is not yet fitted", fitted=True),
    known=((HERE, ".43613"), (HERE.but(tau=30.0), ".25002")),
)
def train_test_gap(p, *, fitted=False):
    """Train mean square = r2 int s e^(-2 tau s) dmu + s2 (1 - g + g int e^(-2 tau s) dmu)."""
    whole = repeated_train(p.tau, p.g, p.r2, p.s2)
    if fitted:
        return repeated_train(p.tau, p.g, p.r2, 0.0) + p.s2 * (1 - p.g)
    return whole
