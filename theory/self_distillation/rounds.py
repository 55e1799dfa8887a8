"""Exact rounds: the filter, what each round removes, and how near to the start they stay."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, exp, log1p, sqrt
from theory.self_distillation.params import Params, Ridge, Rounds, Square

claim = Claims("derived")
Continuous = Annotated[Scalar, Ge(0), Le(1e12)]


@closed_form
def round_filter(square: Square, ridge: Ridge, t: Rounds) -> Any:
    """g^(t+1), g = s^2/(s^2 + lambda): what t rounds leave of a residual's coefficient."""
    return exp(-(t + 1) * log1p(ridge / square))


@closed_form
def removed(square: Square, ridge: Ridge, t: Rounds) -> Any:
    """(1 - g) g^t: the share of a coefficient that round t takes out of its own target.

    Round 0 meets the labels, round t its teacher's predictions; over all rounds they sum to 1.
    """
    return ridge / (square + ridge) * exp(-t * log1p(ridge / square))


@closed_form
def zeta(t: Continuous) -> Any:
    """(2t+1)^(t+1/2)/(2t+2)^(t+1): the largest g^(t+1) sqrt(lambda)/s, at s^2 = (2t+1) lambda."""
    return exp((2 * t + 1) * log1p(-1 / (2 * t + 2)) / 2) / sqrt(2 * t + 2)


@closed_form
def distance_bound(residual: Annotated[Scalar, Ge(0), Le(1e12)], ridge: Ridge, t: Rounds) -> Any:
    """zeta(t) |rho_y|/sqrt(lambda): no data with that residual leave |w_t - w_init| above."""
    return zeta.__wrapped__(t) * residual / sqrt(ridge)


# --------------------------------------------------------------------------------------------
# Every round

HERE = Params()
FLAT = HERE.but(decay=0.3, ridge=4.0, signal=3.0)
ran = claim.given(at=(HERE, FLAT))


def off_the_filter(lost):
    """The largest gap of coefficients of w_t - w_init and g^(t+1-lost) a/s, over |rho_y|."""

    def read(run, p) -> Any:
        t = jnp.arange(p.rounds + 1)[:, None]
        filters = round_filter(p.squares, p.ridge, t) / round_filter(p.squares, p.ridge, 0) ** lost
        expected = filters * (run["a"] / jnp.sqrt(p.squares))[:, None]
        inside = jnp.abs(run["along"] - expected).max((1, 2))
        return jnp.maximum(inside, run["outside"]) / run["residual"]

    return read


ran.every_trial(
    off_the_filter(0),
    name="round_filter",
    says="w_t - w_init = sum_i v_i g_i^(t+1) (u_i.rho_y)/s_i: t + 1 ridge fits, each from w_init on"
    " the one before, are the power t + 1 of one; other directions never move",
    source="derived; in spirit Mobahi et al. (2020)",
    within=1e-12,
    twin=Twin("g^t, off by one", observable=off_the_filter(1)),
)


def off_the_removal(late):
    """The largest gap of (target - prediction) in each round and (1 - g) g^(t+late) a."""

    def read(run, p) -> Any:
        t = jnp.arange(p.rounds + 1)[:, None]
        expected = removed(p.squares, p.ridge, t + late) * run["a"][:, None]
        return jnp.abs(run["missed"] - expected).max((1, 2)) / run["residual"]

    return read


ran.every_trial(
    off_the_removal(0),
    name="removed_by_round",
    says="Round t removes (1 - g_i) g_i^t u_i.rho_y from its target and no more: the gap of the"
    " labels is then (1 - g_i^(t+1)) u_i.rho_y",
    within=1e-12,
    twin=Twin("as much as the first round, of what is left", observable=off_the_removal(1)),
)


def shrinks(run, p, which):
    """How far |w_{t+1} - w_init| is above the slowest (or fastest) direction's g times the last."""
    g = round_filter(p.squares, p.ridge, 0)
    return (run["distance"][:, 1:] - which(g) * run["distance"][:, :-1]).max(axis=1)


ran.every_trial(
    lambda run, p: shrinks(run, p, jnp.max),
    name="distance_strictly_decreases",
    says="|w_t - w_init| falls strictly: by the factor max g_i < 1 or faster in every round",
    source="the paper's second theorem bounds it by a falling psi(t) (recalled); derived",
    within=1e-13,
    twin=Twin("at the rate min g_i", observable=lambda run, p: shrinks(run, p, jnp.min)),
)


# --------------------------------------------------------------------------------------------
# Whatever the data


def over_the_bound(scale):
    """The largest excess of |w_t - w_init| over the bound, over the bound at t = 0."""

    def read(run, p) -> Any:
        t = jnp.arange(p.rounds + 1)
        bound = distance_bound(run["residual"][:, None], p.ridge, t) * scale(t)
        return ((run["distance"] - bound) / bound[:, :1]).max(axis=1)

    return read


claim.every_trial(
    over_the_bound(lambda t: 1.0),
    name="universal_distance_bound",
    says="|w_t - w_init| <= zeta(t) |rho_y|/sqrt(lambda), whatever design and labels",
    within=0.0,
    at=(HERE.but(ridge=0.4, decay=0.0), HERE),
    twin=Twin(
        "zeta = 1/(2(t + 1))", observable=over_the_bound(lambda t: 0.5 / (t + 1.0) / zeta(t))
    ),
)
BOX = Domain.around(HERE, top=(1e-3, 1e3), ridge=(1e-3, 1e3), t=(0, 200))


@claim.never_above(
    lambda p: zeta(p.t),
    over=BOX,
    points=128,
    rounding=1e-12,
    twin=Twin("zeta = 1/(2(t + 1))", larger=lambda p: 1 / (2 * (p.t + 1.0))),
)
def every_direction_bounded(p):
    """g^(t+1) sqrt(lambda)/s <= zeta(t) for every s."""
    return round_filter(p.top, p.ridge, p.t) * sqrt(p.ridge / p.top)


@claim.identity(
    lambda p: zeta(p.t),
    over=BOX,
    within=1e-11,
    why="powers up to 200",
    twin=Twin("at s^2 = lambda (2t + 2)", shift=2),
    known=((HERE.but(t=0), ".5"), (HERE, ".324760"), (HERE.but(t=8), ".144998")),
)
def bound_is_attained(p, *, shift=1):
    """Equality for residuals in directions with s^2 = (2t + 1) lambda."""
    square = (2 * p.t + shift) * p.ridge
    return round_filter(square, p.ridge, p.t) * sqrt(p.ridge / square)


LADDER = claim.given(
    along=[HERE.but(t=2**k) for k in range(5, 13)],
    size=lambda p: p.t + 1,
    why="1 + 1/(8 (t + 1)) beside the power: slopes off by at most 1/(8 . 32)",
    within=0.004,
)


@LADDER.scaling(-0.5, twin=Twin("exponent -1", exponent=-1.0))
def zeta_scaling(p):
    """zeta(t) falls like t^(-1/2), whatever the labels."""
    return zeta(p.t)


@LADDER.limit(1.0, rate=-1, last_gap=1e-4, twin=Twin("zeta(0)/sqrt(t + 1)", limit=1.165822))
def zeta_constant(p):
    """zeta(t) sqrt(2e (t + 1)) tends to 1, from above and by 1/(8 (t + 1))."""
    return zeta(p.t) * sqrt(2 * (p.t + 1)) * exp(0.5)
