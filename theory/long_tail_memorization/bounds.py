"""Bounds on tau_1 by the mass of frequencies near 1/n: from below, and from above without it."""

from typing import Annotated

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Gt, Le, Logarithmic, Scalar, Twin, closed_form, exp, log, log1p, rational,
    where,
)  # fmt: skip
from theory.long_tail_memorization.counts import tau
from theory.long_tail_memorization.params import (
    Frequencies, Inside, Many, Numbers, Params, Share, two_atoms,
)  # fmt: skip

claim = Claims()


@closed_form(
    example={"low": 0.1, "high": 0.3, "frequencies": [0.2, 0.4], "masses": [0.5, 0.5]},
    high=("is below low", lambda low, high: low <= high),
)
def weight_between(low: Share, high: Share, frequencies: Frequencies, masses: Numbers):
    """weight(pi, [low, high]) = N E[a 1{low <= a <= high}]; masses N P(a) a of each frequency."""
    a = jnp.asarray(frequencies, float)
    inside = (a >= jnp.asarray(low)[..., None]) & (a <= jnp.asarray(high)[..., None])
    return jnp.sum(jnp.where(inside, masses, 0.0), axis=-1)


@closed_form
def tau_floor(n: Annotated[Scalar, Ge(3), Le(Many)]):
    """c_n = min((1/3) (1 - 1/(3n))^(n-1), 2 (1 - 2/n)^(n-1)): tau_1 >= (c_n/n) weight.

    2/9 at n = 3, .25 at 4, e^(-1/3)/3 = .23884 in the limit.
    """
    low = exp((n - 1) * log1p(-1 / (3 * n))) / 3
    high = 2 * exp((n - 1) * log1p(-2 / n))
    return where(low < high, low, high)


@closed_form(
    example={"theta": 0.01, "beta": 0.5, "n": 30},
    theta=("is above 1/(2n)", lambda theta, n: theta <= 1 / (2 * n)),
)
def tail_end(theta: Inside, beta: Annotated[Scalar, Gt(0), Le(1)], n: Annotated[Scalar, Ge(1)]):
    """t = log(1/(theta beta)) + 2: no frequency may lie between theta and t/n."""
    return 2 - log(theta) - log(beta) + 0 * n


@closed_form(
    example={"theta": 0.01, "beta": 0.5, "n": 30},
    theta=("is above 1/(2n)", lambda theta, n: theta <= 1 / (2 * n)),
    beta=("puts t above n", lambda theta, beta, n: tail_end.__wrapped__(theta, beta, n) <= n),
)
def tau_ceiling(theta: Inside, beta: Annotated[Scalar, Gt(0), Le(1)], n: Annotated[Scalar, Ge(1)]):
    """tau_1 <= theta + (t/n) e^(1/2 - t(1 - 1/n)) (1 - beta)/beta, t = tail_end <= n.

    Below the lemma's 2 theta: e^-t = theta beta e^-2, and (t/n) e^(t/n) <= e.
    """
    t = tail_end.__wrapped__(theta, beta, n)
    return theta + t / n * exp(rational(1, 2) - t * (1 - 1 / n)) * (1 - beta) / beta


def tau_one(p):
    """tau_1 of two atoms."""
    frequencies, masses = two_atoms(p)
    return tau(1, p.n, frequencies, masses / frequencies)


def near(p):
    """weight(pi, [1/(3n), 2/n]), ends included to rounding."""
    frequencies, masses = two_atoms(p)
    return weight_between((1 - 1e-12) / (3 * p.n), 2 / p.n, frequencies, masses)


EVEN = Domain.of(
    Params, N=60, k=4, seen=1, s=1.0, a=0.2, ratio=0.1, alpha=0.3, fit=0.6, gamma=0.2, kappa=1.0,
    eps=1.0, delta=0.02, spread=0.1, d=30, n=(3, 400), w=(0.02, 0.98), first=(1 / 3, 2.0),
    second=(1e-4, 2.9),
)  # fmt: skip
END = Params(n=50, w=0.04, first=1 / 3, second=1e-4)


@claim.never_below(
    lambda p: near(p) / (5 * p.n),
    over=EVEN,
    twin=Twin("1/3, the end point without the decay", smaller=lambda p: near(p) / (3 * p.n)),
)
def tau1_lower_bound(p):
    """tau_1 >= (1/(5n)) weight(pi, [1/(3n), 2/n]), n >= 3.

    the paper's lemma on tau_1
    """
    return tau_one(p)


@claim.never_below(lambda p: tau_floor(p.n) * near(p) / p.n, over=EVEN, known=((END, "1.962e-4"),))
def tau1_lower_bound_sharp(p):
    """tau_1 >= (c_n/n) weight, c_n = min((1/3)(1 - 1/(3n))^(n-1), 2(1 - 2/n)^(n-1)) > 2/9.

    derived: a (1 - a)^(n-1) is unimodal, so least at an end; n = 50, mass .04: .2453 weight/n
    """
    return tau_one(p)


def parted(theta, beta, n, up):
    """Mass beta at theta/n, the rest at t/n or above."""
    t = float(2 - jnp.log(theta / n) - jnp.log(beta))
    far = float(t + up * (0.99 * n - t))
    return Params(n=int(n), first=float(theta), w=float(beta), second=far)


PARTED = Domain.derived(
    parted, theta=(0.01, 0.5, Logarithmic), beta=(0.01, 0.99, Logarithmic),
    n=(int, 40, 10**5, Logarithmic), up=(0, 1),
)  # fmt: skip


@claim.never_above(
    lambda p: 2 * p.first / p.n,
    over=PARTED,
    twin=Twin("atoms at 1/n too", smaller=lambda p: tau_one(p.but(second=1.0))),
)
def no_tail_no_cost(p):
    """No mass in [theta, t/n], beta > 0 below theta <= 1/(2n): tau_1 <= 2 theta.

    the paper's lemma, t = log(1/(theta beta)) + 2
    """
    return tau_one(p)


@claim.never_above(
    lambda p: tau_ceiling(p.first / p.n, p.w, p.n),
    over=PARTED,
    twin=Twin("atoms at 1/n too", smaller=lambda p: tau_one(p.but(second=1.0))),
)
def no_tail_no_cost_sharp(p):
    """Then tau_1 <= theta + (t/n) e^(1/2 - t(1 - 1/n)) (1 - beta)/beta."""
    return tau_one(p)
