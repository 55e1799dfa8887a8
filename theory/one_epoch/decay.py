"""Weight decay with fresh data only slows."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, exp
from theory.one_epoch.params import Params, Time

claim = Claims("derived")
Curvature = Annotated[Scalar, Gt(0), Le(1e3)]
Decay = Annotated[Scalar, Ge(0), Le(1e3)]


@closed_form
def decayed_error(lam: Curvature, omega: Decay, tau: Time) -> Any:
    """1 - lam (1 - e^(-(lam + omega) tau))/(lam + omega): the share of beta_j left at tau."""
    rate = lam + omega
    return omega / rate + lam / rate * exp(-rate * tau)


FLOW = Domain.around(Params(), omega=(0.0, 2.0), tau=(0.01, 20.0), a=(1.0, 4.0))


def curvature(p):
    """lam_2 = 2^-a, in (0, 1/2]."""
    return 2.0**-p.a


@claim.never_below(
    lambda p: exp(-curvature(p) * p.tau),
    over=FLOW,
    points=64,
    known=((Params(a=1.0, omega=0.5, tau=1.0), ".68394"),),
    twin=Twin("decay speeds up", larger=lambda p: exp(-(curvature(p) + p.omega) * p.tau)),
)
def regularisation_only_slows(p):
    """Fresh data, flow: the error left in every direction is at least that without decay.

    (1 - e^(-x tau))/x falls in x. SGD's noise left out: with noise or reused data decay can help
    """
    return decayed_error(curvature(p), p.omega, p.tau)


@claim.never_below(
    lambda p: decayed_error(curvature(p), p.omega, p.tau), over=FLOW, points=64, twin="the reverse"
)
def more_decay_is_slower(p):
    """The error left rises with the decay omega, at every time."""
    return decayed_error(curvature(p), p.omega + 0.1, p.tau)


@claim.identity(
    lambda p: euler(p),
    over=Domain.around(Params(), omega=(0.0, 2.0), tau=(0.1, 5.0), a=(1.0, 3.0)),
    points=16,
    within=2e-3,
    why="2^12 Euler steps: relative (lam + omega)^2 tau^2/2^13",
    twin=Twin("decay towards beta", centre=True),
)
def decayed_flow(p, *, centre=False):
    """w' = -lam (w - 1) - omega w from 0 leaves the error of the closed form."""
    if centre:
        return exp(-(curvature(p) + p.omega) * p.tau)
    return decayed_error(curvature(p), p.omega, p.tau)


def euler(p):
    """1 - w by 4096 small steps: a geometric sum."""
    lam, h = curvature(p), p.tau / 4096
    kept = 1 - h * (lam + p.omega)
    steps = kept ** jnp.arange(4096)
    return 1 - h * lam * jnp.sum(steps)
