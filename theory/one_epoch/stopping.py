"""What fresh data save, when to stop repeating, and who overfits."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, exp, expm1, log1p, mp_mean, root, sqrt,
    where,
)  # fmt: skip
from theory.one_epoch.params import Aspect, Noise, Params
from theory.one_epoch.repeated import drop, repeated_limit, repeated_risk

claim = Claims("derived")


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
# What fresh data save


@claim.scaling(
    -1.5,
    along=[Params(aspect=0.25, tau=t) for t in (37.5, 75.0, 150.0, 300.0)],
    size=lambda p: p.tau,
    within=0.05,
    why="the next order, 1/tau: local slopes -1.44 to -1.485",
    twin=Twin("the share of slow directions does not shrink", exponent=0.0),
)
def epoch_speedup_limit(p):
    """No noise, g < 1: R ~ c tau^(-3/2) e^(-2 tau (1 - sqrt g)^2), so S -> 1/(1 - sqrt g)^2.

    the law's density ends like a square root, and S = 2 tau/ln(r2/R)
    """
    edge = (1 - sqrt(p.aspect)) ** 2
    return repeated_risk(p.tau, p.aspect, p.r2, 0.0) * exp(2 * p.tau * edge)


BEST = Params(s2=0.5)


@claim.never_below(
    1.0,
    over=Domain.around(Params(), aspect=(0.2, 3.0), s2=(0.0, 0.5), tau=(0.01, 1.0)),
    points=48,
    known=((BEST.but(tau=0.5), "1.383"), (BEST.but(tau=2.2372), "3.616")),
    twin="the reverse",
)
def speedup_above_one(p):
    """S(tau) = tau/(ln(r2/R)/2) >= 1; at g = .5, s2 = .5 it is 1.383 at tau = .5, 3.616 at tau*."""
    return epoch_speedup(p.tau, p.aspect, p.s2)


STOP = Domain.around(Params(), aspect=(0.2, 3.0), s2=(0.1, 4.0))


@claim.identity(
    lambda p: jnp.min(noisy_on(p)),
    over=STOP,
    points=12,
    within=2e-4,
    why="steps of 1.5 % in tau: half a step squared, halved, times R''/R, .9 at most seen",
    known=((BEST, ".290144"),),
    twin=Twin("stopping as late as the slowest direction wants", last=True),
)
def early_stopping(p, *, last=False):
    """R is least at tau*: int s e^(-2 tau s) = (s2/r2) g int e^(-tau s) (1 - e^(-tau s))."""
    g, noise = p.aspect, p.s2 / p.r2
    tau = mode_stop(0.0, g, noise) if last else best_stop(g, noise)
    return repeated_risk(jnp.minimum(tau, 300.0), g, p.r2, p.s2)


def noisy_on(p):
    """R on a grid of times."""
    tau = jnp.exp(jnp.linspace(jnp.log(0.05), jnp.log(20.0), 401))
    return repeated_risk(tau, p.aspect, p.r2, p.s2)


# --------------------------------------------------------------------------------------------
# Overfitting

QUIET = Domain.around(Params(s2=0.0), aspect=(0.2, 3.0), tau=(0.01, 100.0))
LOUD = Domain.around(Params(), aspect=(0.2, 0.6), s2=(0.1, 2.0))


@claim.never_above(
    lambda p: repeated_risk(p.tau, p.aspect, p.r2, p.s2), over=QUIET, points=48, twin="the reverse"
)
def no_noise_no_overfitting(p):
    """s2 = 0: R falls with tau, however many epochs: R(1.1 tau) <= R(tau)."""
    return repeated_risk(1.1 * p.tau, p.aspect, p.r2, p.s2)


@claim.never_below(
    lambda p: repeated_risk(p.tau, p.aspect, p.r2, p.s2),
    over=QUIET,
    points=48,
    repaired_by="no_noise_no_overfitting",
    twin=None,
)
def repetition_overfits(p):
    """Repetition overfits, whatever the noise: R(1.1 tau) >= R(tau) from some epoch on.

    the reading that one epoch is needed to avoid overfitting, without a condition
    """
    return repeated_risk(1.1 * p.tau, p.aspect, p.r2, p.s2)


@claim.identity(
    lambda p: repeated_limit(p.aspect, p.r2, p.s2),
    over=Domain.around(Params(tau=300.0), aspect=(0.2, 0.5), s2=(0.1, 2.0)),
    points=24,
    within=1e-9,
    why="e^(-300 s_-) < 1e-11 at g <= .5",
    twin=Twin("the noise's variance without 1/(1 - g)", inverse=False),
)
def many_epochs_few_dimensions(p, *, inverse=True):
    """g < 1: R tends to s2 g/(1 - g) = s2 g int 1/s dmu as epochs go on."""
    return repeated_risk(p.tau, p.aspect, p.r2, p.s2) if inverse else p.s2 * p.aspect


@claim.identity(
    lambda p: repeated_limit(p.aspect, p.r2, p.s2),
    over=Domain.around(Params(tau=300.0), aspect=(1.7, 4.0), s2=(0.1, 2.0)),
    points=24,
    within=1e-9,
    why="e^(-300 s_-) < 1e-11 at g >= 1.7",
    twin=Twin("what the samples do not see counts nothing", unseen=0),
)
def many_epochs_many_dimensions(p, *, unseen=1):
    """g > 1: R tends to r2 (1 - 1/g) + s2/(g - 1)."""
    return repeated_risk(p.tau, p.aspect, p.r2, p.s2) - (1 - unseen) * p.r2 * (1 - 1 / p.aspect)


@claim.never_above(
    lambda p: repeated_risk(late(p) * 1.2, p.aspect, p.r2, p.s2), over=LOUD, points=24
)
def overfit_iff_noise(p):
    """s2 > 0: from the time on at which the slowest direction overfits, R rises with tau."""
    return repeated_risk(late(p), p.aspect, p.r2, p.s2)


def late(p):
    """The best time of (1 - sqrt g)^2, g < 1."""
    return mode_stop((1 - sqrt(p.aspect)) ** 2, p.aspect, p.s2 / p.r2)


def direction(p, tau):
    """One direction's risk, s = 1/2: r2 e^(-2 tau s) + s2 g (1 - e^(-tau s))^2/s."""
    return p.r2 * exp(-tau) + 2 * p.s2 * p.aspect * expm1(-tau / 2) ** 2


@claim.never_above(
    lambda p: direction(p, p.tau),
    over=Domain.around(Params(), aspect=(0.2, 3.0), s2=(0.1, 2.0), tau=(0.01, 200.0)),
    points=64,
    rounding=1e-12,
    twin=Twin("ln(1 + s r2/s2)/s", smaller=lambda p: direction(p, mode_stop(0.5, 1.0, p.s2))),
)
def direction_overfits_after(p):
    """Direction s is best at e^(tau s) = 1 + s r2/(s2 g): before it learns, after it overfits."""
    return direction(p, mode_stop(0.5, p.aspect, p.s2 / p.r2))


@claim.never_below(
    lambda p: mode_stop((1 + sqrt(p.aspect)) ** 2, p.aspect, p.s2 / p.r2), over=STOP, points=12
)
def stopping_after_the_fastest(p):
    """tau* is between the best times of the fastest direction and of the slowest (see its form)."""
    return best_stop(p.aspect, p.s2 / p.r2)
