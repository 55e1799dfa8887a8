"""Fine-tuning by gradient flow after the rounds: on the same data, and on others."""

import math
from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, absolute, closed_form, exp, expm1, sqrt
from theory.self_distillation.params import Params, Ridge, Rounds, Square
from theory.self_distillation.rounds import round_filter

claim = Claims("derived")
Time = Annotated[Scalar, Ge(0), Le(1e12)]
Residual = Annotated[Scalar, Ge(-1e12), Le(1e12)]


@closed_form
def tuned_filter(square: Square, ridge: Ridge, t: Rounds, tau: Time) -> Any:
    """e g^(t+1) + 1 - e, e = exp(-s^2 tau): after the time tau on the same data."""
    return round_filter.__wrapped__(square, ridge, t) * exp(-square * tau) - expm1(-square * tau)


@closed_form
def tuned_coefficient(
    square: Square, ridge: Ridge, t: Rounds, tau: Time, first: Residual, second: Residual
) -> Any:
    """(e g^(t+1) a + (1 - e) a')/s: residuals a in the rounds, a' in fine-tuning, same design."""
    kept = round_filter.__wrapped__(square, ridge, t) * exp(-square * tau)
    return (kept * first - expm1(-square * tau) * second) / sqrt(square)


# --------------------------------------------------------------------------------------------
# The same data

HERE = Params()
LONG = HERE.but(tau=2.0, decay=0.3, ridge=4.0)
tuned = claim.given(mode="tuned", at=(HERE, LONG))


def off_the_flow(half):
    """The gap of |w_{t,tau} - w_init| and its formula, over |rho_y|/s_r."""

    def read(run, p) -> Any:
        t, time = jnp.arange(p.rounds + 1)[:, None], p.tau * p.squares ** (half - 1)
        shares = tuned_filter(p.squares, p.ridge, t, time)
        expected = jnp.linalg.norm(shares * (run["a"] / jnp.sqrt(p.squares))[:, None], axis=-1)
        gap = jnp.abs(run["tuned"] - expected).max(axis=1)
        return gap / run["residual"] * jnp.sqrt(p.squares[-1])

    return read


tuned.every_trial(
    off_the_flow(1.0),
    name="finetuned_distance",
    says="|w_{t,tau} - w_init|^2 = sum_i (a_i/s_i)^2 (e_i g_i^(t+1) + 1 - e_i)^2, e_i ="
    " exp(-s_i^2 tau), a_i = u_i.rho_y",
    within=1e-7,
    remarks="The tolerance: 256 Runge-Kutta steps: tau s^2 (tau s^2/256)^4/120 = 6e-8 at most",
    twin=Twin("exp(-s tau)", observable=off_the_flow(0.5)),
)
BOX = Domain.around(
    HERE, top=(0.01, 100.0), ridge=(0.01, 100.0), tau=(0.0, 2.0), t=(0, 50), a=(-3.0, 3.0),
    other=(-3.0, 3.0),
)  # fmt: skip


@claim.never_above(
    lambda p: tuned_filter(p.top, p.ridge, p.t, p.tau), over=BOX, points=128, rounding=1e-15
)
def finetuning_keeps_the_order(p):
    """After fine-tuning on the same data round t + 1 is nearer to w_init in every direction."""
    return tuned_filter(p.top, p.ridge, p.t + 1, p.tau)


@claim.limit(
    1.0,
    along=[HERE.but(tau=x, top=8.0) for x in (0.125, 0.25, 0.5, 1.0, 2.0)],
    size=lambda p: math.exp(p.top * p.tau),
    rate=-1,
    within=1e-9,
    why="exact powers of exp(s^2 tau)",
    last_gap=1e-6,
    twin=Twin("it stays distilled", limit=lambda p: round_filter(p.top, p.ridge, p.t)),
)
def finetuning_forgets(p):
    """Long fine-tuning ends, for every t, at the smallest interpolator, like exp(-s^2 tau)."""
    return tuned_filter(p.top, p.ridge, p.t, p.tau)


# --------------------------------------------------------------------------------------------
# Other labels, other data

UNIT = HERE.but(top=1.0, ridge=1.0, tau=0.5)


def size_at(p, t):
    """The coefficient of one direction, at round t."""
    return absolute(tuned_coefficient(p.top, p.ridge, t, p.tau, p.a, p.other))


@claim.never_above(
    lambda p: size_at(p, p.t),
    over=BOX,
    points=128,
    repaired_by="triangle_bound_decreases",
    known=tuple((UNIT.but(t=t), x) for t, x in ((0, ".241837"), (1, ".317653"), (2, ".355561"))),
)
def finetune_other_labels_not_monotone(p):
    """After fine-tuning on labels of another task the distance to w_init falls with t as well.

    a reading of the paper's theorem without its condition; derived

    One direction, s = lambda = 1, tau = 1/2, a = 1, a' = -1: .0902, .2418, .3177, .3556.
    """
    return size_at(p, p.t + 1)


@claim.never_above(
    lambda p: absolute(tuned_coefficient(p.top, p.ridge, p.t, p.tau, p.a, absolute(p.other) * p.a)),
    over=BOX,
    points=128,
    rounding=1e-14,
)
def same_signs_are_enough(p):
    """a_i a'_i >= 0 in every direction: the distance falls with t after fine-tuning."""
    return absolute(tuned_coefficient(p.top, p.ridge, p.t + 1, p.tau, p.a, absolute(p.other) * p.a))


def over_the_triangle(run, power) -> Any:
    """The distance after fine-tuning elsewhere less psi(t), over psi(0)."""
    bound = run["distance"] + power * run["way"][:, None]
    return ((run["elsewhere"] - bound) / bound[:, :1]).max(axis=1)


tuned.every_trial(
    lambda run, p: over_the_triangle(run, 1.0),
    name="triangle_bound_decreases",
    says="On any other data |w_{t,tau} - w_init| <= psi(t) = |w_t - w_init| + |(I - exp(-H tau))"
    " (w_inf - w_init)|, H = X''X', and psi falls strictly",
    within=0.0,
    twin=Twin("without the way", observable=lambda run, p: over_the_triangle(run, 0.0)),
    remarks="The second term is how far fine-tuning takes w_init itself, and knows no t. Its sum"
    " falls because the first does (distance_strictly_decreases).",
)
