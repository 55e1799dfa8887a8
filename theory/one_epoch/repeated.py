"""Repeated data against fresh data at equal compute: gradient flow in isotropic regression."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims,
    Domain,
    Ge,
    Le,
    Scalar,
    Twin,
    closed_form,
    exp,
    expm1,
    log1p,
    mp_mean,
    root,
    sqrt,
    where,
)
from theory.one_epoch.params import Aspect, Noise, Params, Time

claim = Claims("derived")
Signal = Annotated[Scalar, Ge(0), Le(1e10)]


def noise_term(s, tau):
    """(1 - e^(-tau s))^2/s, 0 at s = 0."""
    return jnp.where(s > 0, expm1(-tau * s) ** 2 / jnp.where(s > 0, s, 1), 0 * s * tau)


@closed_form
def repeated_risk(tau: Time, g: Aspect, r2: Signal, s2: Signal) -> Any:
    """r2 int e^(-2 tau s) dmu + s2 g int (1 - e^(-tau s))^2/s dmu, mu Marchenko-Pastur's law."""
    t = jnp.asarray(tau, float)[..., None]
    left = mp_mean(lambda s: jnp.exp(-2 * t * s), g)
    return r2 * left + s2 * g * mp_mean(lambda s: noise_term(s, t), g)


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


def helps(tau, g, noise):
    """The loss is below the start's."""
    return drop(tau, g, noise) > 0


@closed_form(
    example={"tau": 0.5, "g": 0.5, "noise": 0.5},
    noise=("leaves no gain over the start at this tau: no fresh time is as bad", helps),
)
def epoch_speedup(tau: Annotated[Scalar, Ge(1e-6), Le(100)], g: Aspect, noise: Noise) -> Any:
    """S = tau/(ln(r2/R)/2): the time on n samples over the time on fresh ones, at equal loss."""
    gain = drop(tau, g, noise)
    small = gain < 0.5
    left = jnp.where(small, 1.0, repeated_risk(tau, g, 1.0, noise))
    gained = jnp.where(small, -jnp.log1p(-jnp.where(small, gain, 0.0)), -jnp.log(left))
    return 2 * tau / gained


@closed_form
def mode_stop(s: Annotated[Scalar, Ge(0), Le(1e3)], g: Aspect,
              noise: Annotated[Scalar, Ge(1e-2), Le(1e2)]) -> Any:  # fmt: skip
    """ln(1 + s r2/(s2 g))/s: the best time in direction s; r2/(s2 g) at s = 0."""
    x = s / (noise * g)
    seen = s * 10**8 > noise * g
    safe = where(seen, s, 1)
    return where(seen, log1p(safe / (noise * g)) / safe, (1 - x / 2) / (noise * g))


@closed_form
def best_stop(g: Annotated[Scalar, Ge(0.1), Le(10)],
              noise: Annotated[Scalar, Ge(0.1), Le(10)]) -> Any:  # fmt: skip
    """tau*, the least of R: int s e^(-2 tau s) dmu = noise g int e^(-tau s)(1 - e^(-tau s)) dmu.

    By a root (JAX) between the best times of the directions (1 +- sqrt g)^2. The first place
    where R turns if there are several; one was seen.
    """
    g, noise = jnp.asarray(g, float), jnp.asarray(noise, float)
    edge = jnp.where(g > 1, 0.0, (1 - jnp.sqrt(g)) ** 2)
    low = mode_stop((1 + jnp.sqrt(g)) ** 2, g, noise) * (1 - 1e-9)
    high = mode_stop(edge, g, noise) * (1 + 1e-9)

    def fall(tau):
        t = tau[..., None]
        # each direction's slope times e^(tau s_-), to keep it off 0; its sign is unchanged
        lift = (1 - jnp.sqrt(g))[..., None] ** 2

        def slope(s):
            kept = jnp.exp(-t * (s - lift))
            pull = s * jnp.exp(-t * s) + (noise * g)[..., None] * jnp.expm1(-t * s)
            return jnp.where(s > 0, kept * pull, 0.0)

        return mp_mean(slope, g, within=jnp.inf)

    return root(fall, low, high)


# --------------------------------------------------------------------------------------------
# At equal compute

HERE = Params(s2=0.5)
WIDE = Params(n=40, dim=60, s2=0.5)
REUSE = Domain.around(Params(n=100), dim=(20, 300), r2=(0.1, 4.0), s2=(0.0, 2.0), tau=(0.01, 200.0))


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
MEASURED = "terms of order 1/n; at most .3/n seen"


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


@claim.never_above(lambda p: noisy(p), over=REUSE, points=64, twin=Twin(
    "a fresh sample counts half", smaller=lambda p: fresh_risk(p.tau / 2, p.r2)))  # fmt: skip
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


# --------------------------------------------------------------------------------------------
# What fresh data save


@claim.limit(
    lambda p: 1 / (1 - sqrt(p.g)) ** 2,
    along=[Params(n=160, dim=40, tau=t) for t in (12.5, 25.0, 50.0, 100.0)],
    size=lambda p: p.tau,
    rate=-0.93,
    within=0.1,
    last_gap=0.35,
    why="ln R = -2 tau s_- - (3/2) ln tau + O(1): the gap is of order ln(tau)/tau",
    twin=Twin("S tends to 1", limit=1.0),
)
def epoch_speedup_limit(p):
    """No noise, g < 1: S(tau) tends to 1/(1 - sqrt g)^2, the slowest direction's delay."""
    return epoch_speedup(p.tau, p.g, 0.0)


BEST = Params(s2=0.5)


@claim.never_below(
    1.0,
    over=Domain.around(Params(n=100), dim=(20, 300), s2=(0.0, 0.5), tau=(0.01, 1.0)),
    points=48,
    known=((BEST.but(tau=0.5), "1.383"), (BEST.but(tau=2.2372), "3.616")),
    twin="the reverse",
)
def speedup_above_one(p):
    """S(tau) = tau/(ln(r2/R)/2) >= 1; at g = .5, s2 = .5 it is 1.383 at tau = .5, 3.616 at tau*."""
    return epoch_speedup(p.tau, p.g, p.s2)


STOP = Domain.around(Params(n=100), dim=(20, 300), s2=(0.1, 4.0))


@claim.identity(
    lambda p: jnp.min(noisy_on(p)),
    over=STOP,
    points=24,
    within=2e-5,
    why="a grid with 1 % steps about the least: curvature in log tau below .4 of the value",
    known=((BEST, ".290144"),),
    twin=Twin("stopping as late as the slowest direction wants", last=True),
)
def early_stopping(p, *, last=False):
    """R is least at tau*: int s e^(-2 tau s) = (s2/r2) g int e^(-tau s) (1 - e^(-tau s))."""
    g, noise = p.g, p.s2 / p.r2
    tau = mode_stop(0.0, g, noise) if last else best_stop(g, noise)
    return repeated_risk(jnp.minimum(tau, 300.0), g, p.r2, p.s2)


def noisy_on(p):
    """R on a grid of times."""
    tau = jnp.exp(jnp.linspace(jnp.log(0.02), jnp.log(60.0), 801))
    return repeated_risk(tau, p.g, p.r2, p.s2)


# --------------------------------------------------------------------------------------------
# Overfitting

QUIET = Domain.around(Params(n=100, s2=0.0), dim=(20, 300), tau=(0.01, 100.0))
LOUD = Domain.around(Params(n=100), dim=(20, 60), s2=(0.1, 2.0))


@claim.never_above(
    lambda p: repeated_risk(p.tau, p.g, p.r2, p.s2), over=QUIET, points=48, twin="the reverse"
)
def no_noise_no_overfitting(p):
    """s2 = 0: R falls with tau, however many epochs: R(1.1 tau) <= R(tau)."""
    return repeated_risk(1.1 * p.tau, p.g, p.r2, p.s2)


@claim.never_below(
    lambda p: repeated_risk(p.tau, p.g, p.r2, p.s2),
    over=QUIET,
    points=48,
    repaired_by="no_noise_no_overfitting",
)
def repetition_overfits(p):
    """Repetition overfits, whatever the noise: R(1.1 tau) >= R(tau) from some epoch on.

    the reading that one epoch is needed to avoid overfitting, without a condition
    """
    return repeated_risk(1.1 * p.tau, p.g, p.r2, p.s2)


@claim.identity(
    lambda p: repeated_limit(p.g, p.r2, p.s2),
    over=Domain.around(Params(n=100, tau=300.0), dim=(20, 60), s2=(0.1, 2.0)),
    points=24,
    within=1e-9,
    why="e^(-300 s_-) < 1e-6 of s2 at g <= .6",
    twin=Twin("the noise's variance without 1/(1 - g)", inverse=False),
)
def many_epochs_few_dimensions(p, *, inverse=True):
    """g < 1: R tends to s2 g/(1 - g) = s2 g int 1/s dmu as epochs go on."""
    return repeated_risk(p.tau, p.g, p.r2, p.s2) if inverse else p.s2 * p.g


@claim.identity(
    lambda p: repeated_limit(p.g, p.r2, p.s2),
    over=Domain.around(Params(n=100, tau=300.0), dim=(170, 400), s2=(0.1, 2.0)),
    points=24,
    within=1e-9,
    why="e^(-300 s_-) < 1e-11 at g >= 1.7",
    twin=Twin("what the samples do not see counts nothing", unseen=0),
)
def many_epochs_many_dimensions(p, *, unseen=1):
    """g > 1: R tends to r2 (1 - 1/g) + s2/(g - 1)."""
    return repeated_risk(p.tau, p.g, p.r2, p.s2) - (1 - unseen) * p.r2 * (1 - 1 / p.g)


@claim.never_above(lambda p: repeated_risk(late(p) * 1.2, p.g, p.r2, p.s2), over=LOUD, points=24)
def noise_overfits(p):
    """s2 > 0: from the time on at which the slowest direction overfits, R rises with tau."""
    return repeated_risk(late(p), p.g, p.r2, p.s2)


def late(p):
    """The best time of (1 - sqrt g)^2, g < 1."""
    return mode_stop((1 - sqrt(p.g)) ** 2, p.g, p.s2 / p.r2)


def direction(p, tau):
    """One direction's risk, s = 1/2: r2 e^(-2 tau s) + s2 g (1 - e^(-tau s))^2/s."""
    return p.r2 * exp(-tau) + 2 * p.s2 * p.g * expm1(-tau / 2) ** 2


@claim.never_above(
    lambda p: direction(p, p.tau),
    over=Domain.around(Params(n=100), dim=(20, 300), s2=(0.1, 2.0), tau=(0.01, 200.0)),
    points=64,
    rounding=1e-12,
    twin=Twin("ln(1 + s r2/s2)/s", smaller=lambda p: direction(p, mode_stop(0.5, 1.0, p.s2))),
)
def direction_overfits_after(p):
    """Direction s is best at e^(tau s) = 1 + s r2/(s2 g): before it learns, after it overfits."""
    return direction(p, mode_stop(0.5, p.g, p.s2 / p.r2))


@claim.never_below(
    lambda p: mode_stop((1 + sqrt(p.g)) ** 2, p.g, p.s2 / p.r2), over=STOP, points=24
)
def stopping_after_the_fastest(p):
    """tau* is between the best times of the fastest direction and of the slowest (see its form)."""
    return best_stop(p.g, p.s2 / p.r2)
