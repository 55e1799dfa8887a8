"""Rounds whose targets mix labels and teacher: fixed weights, and the best of t rounds."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Row, Scalar, Static, Twin, closed_form, exp, log1p, mixing, where,
)  # fmt: skip
from theory.self_distillation.params import (
    SOME, Noise, Params, Points, Ridge, Rounds, Signals, Square, Squares,
)  # fmt: skip
from theory.self_distillation.risk import along, of
from theory.self_distillation.rounds import round_filter

claim = Claims("derived")
Truth = Annotated[Scalar, Ge(1e-9), Le(1)]
Few = Annotated[int, Ge(0), Le(32), Static]
EQUAL_FILTERS = 1e-10
"""Filters closer than this count as one: a polynomial need not tell them apart."""


@closed_form
def mixed_filter(square: Square, ridge: Ridge, truth: Truth, t: Rounds) -> Any:
    """h_t = h + (1-alpha)^(t+1) g^(t+1) lambda/(alpha s^2 + lambda), h = s^2/(s^2 + lambda/alpha).

    t rounds on targets alpha y + (1 - alpha) X w_{t-1}; h is ridge with the penalty lambda/alpha.
    """
    weight = truth * square
    left = 1 - truth
    only = truth == 1
    fall = exp(t * log1p(-where(only, 0 * truth + 1e-3, truth)))
    fall = left * where(only, where(t == 0, 1.0, 0.0 * fall), fall)
    gap = round_filter.__wrapped__(square, ridge, t) * ridge / (weight + ridge)
    return weight / (weight + ridge) + fall * gap


def least_excess(start, g, miss, t):
    """min over polynomials Q of degree t - 1 of |miss - start Q(g)|^2, over the last axis.

    Orthonormal polynomials by Stieltjes' recursion, with every projection taken twice.
    """
    frame = []
    new = start
    for _ in range(t):
        for v in frame + frame:
            new = new - jnp.sum(new * v, -1, keepdims=True) * v
        size = jnp.sum(new**2, -1, keepdims=True)
        floor = EQUAL_FILTERS**2 * (1.0 if frame else 0.0)
        there = size > floor
        v = jnp.where(there, new / jnp.sqrt(jnp.where(there, size, 1.0)), 0.0)
        miss = miss - jnp.sum(miss * v, -1, keepdims=True) * v
        miss = miss - jnp.sum(miss * v, -1, keepdims=True) * v
        frame.append(v)
        new = g * v
    return jnp.sum(miss**2, -1)


@closed_form(example=SOME)
def best_mixed_risk(
    squares: Squares, signals: Signals, ridge: Ridge, sigma: Noise, points: Points, rounds: Few
) -> Any:
    """The least risk of t mixed rounds, over all real weights xi_1 .. xi_t.

    Their filters are the polynomials P(g) of degree t + 1 with P(0) = 0, P(1) = 1 (its infimum
    where the best P needs an infinite xi). Filters g closer than 1e-10 count as one.
    """
    lam, noise = along(ridge), along(sigma) ** 2
    g, left = squares / (squares + lam), lam / (squares + lam)
    power = squares * signals
    root = jnp.sqrt(power + noise)
    miss = (power * left - noise * g) / root
    excess = least_excess(root * g * left, g, miss, rounds)
    return best_shrinkage_risk.__wrapped__(squares, signals, sigma, points) + excess / points


@closed_form(example=SOME)
def best_shrinkage_risk(squares: Squares, signals: Signals, sigma: Noise, points: Points) -> Any:
    """(1/n) sum s^2 beta^2 sigma^2/(s^2 beta^2 + sigma^2): the best of all diagonal shrinkers."""
    least = mixing.__wrapped__(squares * signals, along(sigma) ** 2)
    return jnp.sum(least, -1) / points


@closed_form(example=SOME)
def teacher_weights(coefficients: Annotated[Any, Le(1e12), Ge(-1e12), Row]) -> Any:
    """xi_1 .. xi_t of the mixed rounds whose filter is c_1 g + ... + c_{t+1} g^(t+1), sum c = 1.

    xi_{t-k} = (1 - c_1 - ... - c_{k+1})/(1 - c_1 - ... - c_k); infinite or NaN where a sum is 1
    too early: these polynomials (of measure zero) are limits of rounds only.
    """
    c = jnp.asarray(coefficients, float)
    tails = jnp.flip(jnp.cumsum(jnp.flip(c, -1), -1), -1)  # 1 - the sums before
    return jnp.flip(tails[..., 1:] / tails[..., :-1], -1)


# --------------------------------------------------------------------------------------------
# A constant weight of the labels

HERE = Params()
SMALL_TRUTH = HERE.but(truth=0.1, ridge=0.5, decay=0.4)
LAST = 40  # mixed rounds that are run


def off_the_fixed_point(t):
    """The gap of coefficients after 40 mixed rounds and h_t a/s, over |rho_y|."""

    def read(run, p) -> Any:
        filters = mixed_filter(p.squares, p.ridge, p.truth, t)
        expected = filters * run["a"] / jnp.sqrt(p.squares)
        return jnp.abs(run["settled"] - expected).max(axis=1) / run["residual"]

    return read


def off_the_ridge(penalty):
    """The same less the geometric remainder, against plain ridge of another penalty."""

    def read(run, p) -> Any:
        filters = p.squares / (p.squares + penalty(p))
        gap = jnp.abs(run["settled"] - filters * run["a"] / jnp.sqrt(p.squares)).max(axis=1)
        left = ((1 - p.truth) * p.squares[0] / (p.squares[0] + p.ridge)) ** LAST
        return gap / run["residual"] - left / jnp.sqrt(p.squares[-1])

    return read


fixed = claim.given(at=(HERE, SMALL_TRUTH), within=1e-12)
fixed.every_trial(
    off_the_ridge(lambda p: p.ridge / p.truth),
    name="mixed_fixed_point",
    says="With a constant weight alpha of the labels, rounds without end give ridge with the"
    " penalty lambda/alpha; the gap falls like ((1 - alpha) max g)^t",
    source="Borup & Andersen (2021); derived again",
    twin=Twin(
        "lambda (1 + 1/alpha)", observable=off_the_ridge(lambda p: p.ridge * (1 + 1 / p.truth))
    ),
)
fixed.every_trial(
    off_the_fixed_point(LAST),
    name="mixed_filter_exact",
    says="After t of these rounds h_t - h = ((1 - alpha) g)^t (g - h), exactly",
    twin=Twin("a round too few", observable=off_the_fixed_point(LAST - 12)),
)


@claim.identity(
    lambda p: p.truth * round_filter(p.top, p.ridge, 0)
    + (1 - p.truth) * round_filter(p.top, p.ridge, 0) * mixed_filter(
        p.top, p.ridge, p.truth, p.t),
    over=Domain.around(HERE, top=(0.01, 100.0), ridge=(0.01, 100.0), truth=(0.01, 1.0), t=(0, 50)),
    points=64,
    within=1e-13,
    twin=Twin("a round later", shift=2),
)  # fmt: skip
def mixed_round(p, *, shift=1):
    """h_{t+1} = alpha g + (1 - alpha) g h_t."""
    return mixed_filter(p.top, p.ridge, p.truth, p.t + shift)


# --------------------------------------------------------------------------------------------
# The best weights

CHAIN = HERE.but(
    slope=-4.0,
    signal=0.1,
    sigma=1.0,
    xi1=-0.9082336610644189,
    xi2=-3.8790026446969682,
    xi3=21.210250201775626,
)


def off_the_best(power):
    """The gap of coefficients after the chain and h* a/s, over |rho_y|."""

    def read(run, p) -> Any:
        shape = p.squares**power * p.signals
        expected = shape / (shape + p.sigma**2) * run["a"] / jnp.sqrt(p.squares)
        return jnp.abs(run["chained"] - expected).max(axis=1) / run["residual"]

    return read


claim.every_trial(
    off_the_best(1),
    name="three_rounds_on_three_values",
    says="Three mixed rounds, run with the xi of the polynomial through all h*_i, give exactly"
    " h*_i = s^2 beta^2/(s^2 beta^2 + sigma^2)",
    source="Pareek, Du & Oh (2024); derived again",
    within=1e-10,
    remarks="The tolerance: weights up to 21 times the rounding of solves.",
    at=CHAIN,
    twin=Twin("beta^2/(beta^2 + sigma^2)", observable=off_the_best(0)),
)


@claim.identity(
    lambda p: best_shrinkage_risk(p.squares, p.signals, p.sigma, p.n),
    over=Domain.around(
        HERE, decay=(0.5, 2.0), slope=(-1.0, -0.3), ridge=(0.3, 3.0), sigma=(0.5, 2.0)
    ),
    points=64,
    within=1e-12,
    twin=Twin("reached with r - 1", short=1),
    known=((CHAIN, ".0981437"),),
)
def r_rounds_reach_best_shrinkage(p, *, short=0):
    """r distinct singular values: r mixed rounds reach R_min = (1/n) sum s^2 beta^2 sigma^2/
    (s^2 beta^2 + sigma^2), the best of all diagonal shrinkers; r - 1 do not.

    Pareek, Du & Oh (2024); derived again
    """
    return best_mixed_risk(*of(p), int(p.rank) - short)


@claim.never_above(
    lambda p: best_mixed_risk(*of(p), 1),
    over=Domain.around(
        HERE, decay=(0.5, 2.0), slope=(-1.0, 2.0), ridge=(0.3, 3.0), sigma=(0.5, 2.0)
    ),
    points=32,
    rounding=1e-13,
)
def second_round_gains(p):
    """A second mixed round never loses, at the best weights."""
    return best_mixed_risk(*of(p), 2)
