"""Standard training: the optimal weighted rule, and when a weight's cost falls with s."""

import math
from typing import Any

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Draws, Logarithmic, Twin, exp, log, log_normal_cdf, normal_cdf, normal_pdf,
    power, rational,
)  # fmt: skip
from theory.imbalanced_adversarial.model import Params, class_errors, nearest_attack

claim = Claims()
PLAIN = Params()  # K = 10, rho = 1, s = 1
PARTLY = PLAIN.but(rho=3.0, s=0.8)
MILD = Params(K=3.0, s=1.5)
SCALARS = Domain.of(
    Params, s=(0.05, 6.0), K=(1.01, 1e6), rho=(1.0, 1e6), attack=0.3, spread=0.0, gain=1.0,
    norm="linf", d=20, n=550, ridge=1e-3,
)  # fmt: skip
S_AND_K: dict[str, Any] = {"s": (0.05, 6), "K": (1.1, 1e6, Logarithmic)}


def with_power(s, K, share):
    """Params whose weight is rho = K^share."""
    return Params(s=s, K=K, rho=K**share)


UP_TO_FULL = Domain.derived(with_power, **S_AND_K, share=(0, 0.95))
EXACTLY = ("jax", "mpmath", "arb")


@claim.equals(
    "standard[0]",
    at=(PLAIN, PARTLY, MILD),
    within=0.01,
    twin=Twin("offset t/s for t/2s", half=1),
    known=((PLAIN, ".560128"),),
)
def optimal_weighted_rule(p, *, half=2):
    """Least weighted risk errs Phi(-s + t/2s) on the minority, with w = 2 mu, b = -t.

    derived: at a threshold h the risk is stationary where rho phi(s - h) = K phi(s + h)
    """
    return normal_cdf(-p.s + p.t / (half * p.s))


@claim.equals(
    "standard[1]",
    at=(PLAIN, PARTLY, MILD),
    within=0.01,
    twin=Twin("b = log rho: K forgotten", prediction=lambda p: normal_cdf(-p.s + log(p.rho))),
    known=((PLAIN, ".015727"),),
)
def optimal_weighted_rule_majority(p):
    """The same rule errs Phi(-s - t/2s) on the majority."""
    return class_errors(p.s, p.t)[1]


def weighted_risk(z, eps, w, b):
    """rho and K times the robust class errors of sign(w.x + b) under l_inf attacks, over rho + K.

    The model is drawn: mu = .7 z.mu, K and rho from z.odds.
    """
    K, rho = odds(z)
    length = jnp.sqrt(jnp.sum(w**2))
    reach = (w @ (0.7 * z.mu) - eps * jnp.sum(jnp.abs(w))) / length
    errors = normal_cdf(-reach - b / length), normal_cdf(-reach + b / length)
    return (rho * errors[0] + K * errors[1]) / (rho + K)


def odds(z):
    """K >= 1 and rho > 0."""
    return jnp.exp(z.odds[0] ** 2), jnp.exp(z.odds[1])


@claim.nonnegative(
    over=Draws(mu=(3,), odds=(2,), aside=(3,), offset=(1,)), twin=Twin("b = -2t", double=2)
)
def optimal_rule_has_the_least_risk(z, *, double=1):
    """No drawn linear rule has a smaller weighted robust risk than w = 2(mu - z), b = -t.

    derived: |w| s_r bounds w.mu - eps |w|_1, and the threshold is stationary
    """
    eps = 0.3 * jnp.max(jnp.abs(0.7 * z.mu))
    K, rho = odds(z)
    w, b = 2 * (0.7 * z.mu - nearest_attack(0.7 * z.mu, eps, "linf")), -jnp.log(K / rho)
    other = weighted_risk(z, eps, w + 0.3 * z.aside, b + 0.5 * z.offset[0])
    return other - weighted_risk(z, eps, w, double * b)


@claim.identity(
    lambda p: normal_cdf(-p.s), over=SCALARS, evaluators=EXACTLY, twin=Twin("rho = sqrt K", root=2)
)
def full_reweighting_equalises(p, *, root=1):
    """At rho = K both classes err Phi(-s)."""
    return class_errors(p.s, p.but(rho=power(p.K, rational(1, root))).t)[0]


@claim.identity(
    lambda p: class_errors(p.s, p.but(K=p.K / p.rho, rho=p.rho / p.rho).t)[0],
    over=Domain.around(PLAIN, s=(0.05, 6.0), K=(10.0, 1e6), rho=(1.0, 10.0)),
    evaluators=EXACTLY,
    twin=Twin("K = 10 whatever it is", K=10),
)
def only_ratio_matters(p, *, K=None):
    """The errors at (K, rho) are those at (K/rho, 1)."""
    return class_errors(p.s, p.t if K is None else log(K / p.rho))[0]


def both(errors):
    """The gap, minority minus majority."""
    return errors[0] - errors[1]


def at_s(formula):
    """A formula of Params as a function of s: its slope in s, by autodiff."""
    return lambda p: jax.grad(lambda s: formula(p.but(s=s)))(p.s)


@claim.equals(
    lambda run, p: run["standard"][:, 0] - run["standard"][:, 1],
    at=(PLAIN, PLAIN.but(s=0.5), PLAIN.but(s=2.0)),
    support=(-1.0, 1.0),
    within=0.02,
    twin=Twin("Phi(s) - Phi(s - t/s)", prediction=lambda p: (
        normal_cdf(p.s) - normal_cdf(p.s - p.t / p.s)), cases=(PLAIN.but(s=0.5),)),
    known=((PLAIN.but(s=0.5), ".961739"), (PLAIN, ".544401"), (PLAIN.but(s=2.0), ".072169")),
)  # fmt: skip
def gap(p):
    """The minority errs Phi(-s + t/2s) - Phi(-s - t/2s) more often."""
    return both(class_errors(p.s, p.t))


@claim.identity(
    at_s(gap),
    over=UP_TO_FULL,
    points=24,
    within=1e-11,
    scale=lambda p: normal_pdf(p.s - p.t / (2 * p.s)) * (1 + p.t / p.s**2),
    twin=Twin("t/s^2 for t/2s^2", half=1),
)
def gap_slope(p, *, half=2):
    """d gap/ds = -phi(s - t/2s) [(1 - e^-t) + (1 + e^-t) t/2s^2]."""
    bracket = 1 - exp(-p.t) + (1 + exp(-p.t)) * p.t / (half * p.s**2)
    return -normal_pdf(p.s - p.t / (2 * p.s)) * bracket


@claim.never_above(0.0, over=UP_TO_FULL, evaluators=EXACTLY)
def gap_shrinks_with_separability(p):
    """The gap falls with s whenever K > rho, however small K is."""
    return gap_slope(p)


FAR = tuple(Params(K=10.0**k, s=0.5) for k in (1, 2, 4, 8))


def over_chance(p, power=1):
    """K^power err_maj/(1 - err_min): phi's ratio at s + h and s - h takes K away."""
    h = p.t / (2 * p.s)
    return exp(power * p.t + log_normal_cdf(-p.s - h) - log_normal_cdf(p.s - h))


@claim.limit(
    1.0,
    along=FAR,
    size=lambda p: math.log(p.K) / (2 * p.s),
    rate=-1,
    within=0.2,
    why="2s/h at leading order; h is 2.3 at the first rung",
    last_gap=0.06,
    twin=Twin("err_maj = O(1/K^2)", power=2),
    known=((PLAIN.but(K=1e8), ".8081093"),),
)
def extreme_imbalance_limit(p, *, power=1):
    """At rho = 1, K -> infinity, K err_maj/(1 - err_min) -> 1."""
    return over_chance(p, power)


@claim.never_above(
    1.0, over=Domain.around(PLAIN, s=(0.05, 6.0), K=(1.01, 1e12)), evaluators=("jax", "mpmath")
)
def extreme_imbalance_limit_from_below(p):
    """K err_maj <= 1 - err_min at rho = 1."""
    return over_chance(p)


@claim.limit(
    1.0,
    along=FAR,
    size=lambda p: math.log(p.K) / (2 * p.s),
    rate=-3,
    within=0.4,
    why="4s/h^3 at leading order; h is 2.3 at the first rung",
    last_gap=2e-3,
    twin=Twin("(h - s)/h", one_sided=0),
)
def extreme_imbalance_limit_mills(p, *, one_sided=1):
    """K err_maj/(1 - err_min) ((h + s)/(h - s)) -> 1, h = t/2s."""
    h = p.t / (2 * p.s)
    return over_chance(p) * (h + one_sided * p.s) / (h - p.s)
