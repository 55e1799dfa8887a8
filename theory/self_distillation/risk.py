"""The risk of each round: bias up, variance down; and one mixed round."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Gt, Le, Lt, Scalar, Twin, closed_form, filter_risk, log, log1p, total,
)  # fmt: skip
from theory.self_distillation.params import (
    SOME, Noise, Params, Points, Ridge, Rounds, Signals, Squares,
)  # fmt: skip
from theory.self_distillation.rounds import round_filter

claim = Claims("derived")
Positive = Annotated[Scalar, Ge(1e-12), Le(1e12)]


def along(x):
    """A number of each case, beside its row of directions."""
    return jnp.asarray(x, float)[..., None]


@closed_form(example=SOME)
def round_risk(
    squares: Squares, signals: Signals, ridge: Ridge, sigma: Noise, points: Points, t: Rounds
) -> Any:
    """Bias and variance of R_t: (1/n) sum s^2 beta^2 (1 - g^(t+1))^2, (1/n) sum sigma^2 g^(2t+2).

    R_t = E|X(w_t - w*)|^2/n over labels X w* + noise of variance sigma^2.
    """
    h = round_filter.__wrapped__(squares, along(ridge), along(t))
    n = along(points)
    return filter_risk.__wrapped__(h, squares * signals / n, along(sigma) ** 2 / n)


@closed_form
def best_round(bias: Positive, variance: Positive, g: Annotated[Scalar, Gt(0), Lt(1)]) -> Any:
    """t* = ln(A/(A + B))/ln g - 1 minimises A (1 - g^(t+1))^2 + B g^(2t+2); below 0: no rounds.

    Infinite as g tends to 1, where a round does nothing; so is its slope there.
    """
    return log1p(variance / bias) / -log(g) - 1


@closed_form(example=SOME)
def optimal_mixing(
    squares: Squares, signals: Signals, ridge: Ridge, sigma: Noise, points: Points
) -> Any:
    """xi* of one round on targets (1 - xi) y + xi X w_0, and the gain R_0 - R(xi*).

    xi* = sum q (sigma^2 g - s^2 beta^2 (1 - g))/sum q^2 (s^2 beta^2 + sigma^2), q = g (1 - g).
    """
    lam = along(ridge)
    g, left = squares / (squares + lam), lam / (squares + lam)
    slope, curve = slope_and_curve(g, left, squares * signals, along(sigma) ** 2)
    return slope / curve, slope**2 / (curve * points)


def slope_and_curve(g, left, power, noise):
    """n/2 times the fall of the risk in xi at 0, and half its second derivative; left = 1 - g."""
    q = g * left
    return total(q * (noise * g - power * left)), total(q**2 * (power + noise))


# --------------------------------------------------------------------------------------------
# Pure rounds

HERE = Params()
NOISY = HERE.but(t=2, sigma=1.5, ridge=0.3)
RISK = (HERE.but(t=0), NOISY)


def of(p):
    """The arguments of a case."""
    return p.squares, p.signals, p.ridge, p.sigma, p.n


def spread(p, h, other=0.0):
    """Variance of |X(w - w*)|^2/n under filter h, less that under the other where there is one."""
    bias, noise = jnp.sqrt(p.squares * p.signals), p.sigma
    b, c = (1 - h) * bias, h * noise
    b2, c2 = ((1 - other) * bias, other * noise) if jnp.ndim(other) else (0.0, 0.0)
    return jnp.sum(2 * (c**2 - c2**2) ** 2 + 4 * (b * c - b2 * c2) ** 2) / p.n**2


@claim.equals(
    lambda run, p: run["loss"][:, int(p.t)],
    at=RISK,
    relative=0.02,
    variance=lambda p: spread(p, round_filter(p.squares, p.ridge, p.t)),
    twin=Twin("variance sigma^2 g^(t+1)", power=1),
    known=((HERE.but(t=0), ".0489932"), (HERE.but(t=1), ".0959435"), (NOISY, ".188025")),
)
def risk_of_rounds(p, *, power=2):
    """R_t = (1/n) sum s^2 beta^2 (1 - g^(t+1))^2 + (1/n) sum sigma^2 g^(2t+2): bias up, variance
    down."""
    bias, variance = round_risk(*of(p), p.t)
    if power == 2:
        return bias + variance
    return bias + p.sigma**2 / p.n * jnp.sum(round_filter(p.squares, p.ridge, p.t))


BOX = Domain.around(
    HERE, decay=(0.0, 2.0), slope=(-1.0, 2.0), ridge=(0.1, 10.0), sigma=(0.2, 3.0), t=(0, 20)
)


@claim.never_above(lambda p: round_risk(*of(p), p.t + 1)[0], over=BOX, points=64)
def bias_rises(p):
    """The bias rises with every round."""
    return round_risk(*of(p), p.t)[0]


@claim.never_below(lambda p: round_risk(*of(p), p.t + 1)[1], over=BOX, points=64)
def variance_falls(p):
    """The variance falls with every round."""
    return round_risk(*of(p), p.t)[1]


# --------------------------------------------------------------------------------------------
# Equal singular values

EQUAL = HERE.but(decay=0.0, ridge=0.5, sigma=1.5)  # g = 8/9, A/B = 16/9: t* = 2.79


def isotropic(p):
    """A, B and g."""
    g = p.top / (p.top + p.ridge)
    return p.rank * p.top * p.signal / p.n, p.rank * p.sigma**2 / p.n, g


@claim.identity(
    lambda p: isotropic(p)[0] * isotropic(p)[1] / (isotropic(p)[0] + isotropic(p)[1]),
    over=Domain.around(EQUAL, top=(0.5, 10.0), ridge=(0.1, 5.0), sigma=(0.2, 3.0)),
    points=64,
    within=1e-12,
    twin=Twin("ln(B/(A + B))", swapped=True),
    known=((EQUAL, ".216"),),
)
def isotropic_best_round(p, *, swapped=False):
    """s_i all equal: R at t* + 1 = ln(A/(A + B))/ln g is AB/(A + B), A = sum s^2 beta^2/n,
    B = r sigma^2/n, the least of all shrinkage."""
    a, b, g = isotropic(p)
    h = g ** (best_round(*((b, a) if swapped else (a, b)), g) + 1)
    return a * (1 - h) ** 2 + b * h**2


def equal_filter(p, t):
    """g^(t+1) in each direction."""
    return round_filter(p.squares, p.ridge, t)


def later(step) -> Any:
    """The loss after round ``step``."""
    return lambda run, p: run["loss"][:, step]


claim.ordering(
    "too_few_rounds_hurt",
    "Equal s_i, t* = 2.79: round 3 beats round 1",
    later(1),
    later(3),
    at=EQUAL,
    variance=lambda p: spread(p, equal_filter(p, 1), equal_filter(p, 3)),
)
claim.ordering(
    "too_many_rounds_hurt",
    "Equal s_i, t* = 2.79: round 3 beats round 7",
    later(7),
    later(3),
    at=EQUAL,
    variance=lambda p: spread(p, equal_filter(p, 7), equal_filter(p, 3)),
)


# --------------------------------------------------------------------------------------------
# One mixed round


def parabola(losses, xi):
    """The quadratic through the losses at xi = -1, 0, 1."""
    low, mid, high = losses[:, 0], losses[:, 1], losses[:, 2]
    return mid + xi * (high - low) / 2 + xi**2 * (high + low - 2 * mid) / 2


def gained(run, p):
    """The loss without distillation less that of one mixed round with xi*."""
    losses = run["mixed"]
    return losses[:, 1] - parabola(losses, optimal_mixing(*of(p))[0])


def one_round(p):
    """The filter of one mixed round with xi*."""
    g = round_filter(p.squares, p.ridge, 0)
    return g - optimal_mixing(*of(p))[0] * g * (1 - g)


MIXED = (HERE.but(ridge=4.0, slope=1.0), HERE.but(ridge=0.3, sigma=4.0))


@claim.equals(
    gained,
    at=MIXED,
    relative=0.04,
    variance=lambda p: spread(p, round_filter(p.squares, p.ridge, 0), one_round(p)),
    twin=Twin("factor 2 for 4", times=2),
    known=((NOISY, ".0931868"), (MIXED[0], ".0598989"), (MIXED[1], "1.383336")),
)
def optimal_mixing_gain(p, *, times=1):
    """One round with xi* gains n lambda^2 R'(lambda)^2/(4 sum q^2 (s^2 beta^2 + sigma^2)).

    Das & Sanghavi (2023); Dang, Patil & Rinaldo (abstract seen); derived again
    """
    return times * optimal_mixing(*of(p))[1]


def ridge_slope(p):
    """R'(lambda) of ridge, written out: dg/dlambda = -g (1 - g)/lambda."""
    g = p.squares / (p.squares + p.ridge)
    move = -g * (1 - g) / p.ridge
    return 2 / p.n * jnp.sum((p.sigma**2 * g - p.squares * p.signals * (1 - g)) * move)


def curve(p):
    """sum q^2 (s^2 beta^2 + sigma^2)."""
    g = p.squares / (p.squares + p.ridge)
    return jnp.sum((g * (1 - g)) ** 2 * (p.squares * p.signals + p.sigma**2))


@claim.identity(
    lambda p: optimal_mixing(*of(p))[0],
    over=BOX,
    points=64,
    within=1e-11,
    scale=1.0,
    twin=Twin("the sign of R'", sign=1),
    known=((HERE, "-.991094"), (NOISY, "3.39648"), (MIXED[0], "-1.845426")),
)
def optimal_mixing_and_sign_rule(p, *, sign=-1):
    """xi* = -(n lambda/2) R'(lambda)/sum q^2 (s^2 beta^2 + sigma^2): positive where more ridge
    would help, negative where less would."""
    return sign * p.n * p.ridge / 2 * ridge_slope(p) / curve(p)


@claim.identity(
    lambda p: optimal_mixing(*of(p))[1],
    over=BOX,
    points=64,
    within=1e-11,
    scale=1.0,
    twin=Twin("factor 2 for 4", factor=2),
)
def gain_by_the_slope(p, *, factor=4):
    """The gain is n lambda^2 R'(lambda)^2/(4 sum q^2 (s^2 beta^2 + sigma^2))."""
    return p.n * p.ridge**2 * ridge_slope(p) ** 2 / (factor * curve(p))


@claim.identity(
    0.0,
    over=Domain.around(HERE, decay=(0.0, 2.0), signal=(0.1, 10.0), sigma=(0.2, 3.0)),
    points=64,
    within=1e-12,
    scale=1.0,
    twin=Twin("so it is at twice that ridge", times=2.0),
)
def best_ridge_gains_nothing(p, *, times=1.0):
    """At the best ridge (beta_i^2 equal: lambda = sigma^2/beta^2) xi* = 0: one mixed round gains
    nothing."""
    return optimal_mixing(p.squares, p.signals, times * p.sigma**2 / p.signal, p.sigma, p.n)[0]
