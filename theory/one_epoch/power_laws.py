"""Power laws: the loss curve, its plateau, and how to split compute between size and steps."""

import functools
import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Ge, Gt, Le, Scalar, Twin, closed_form, gamma, minimum, power
from theory.one_epoch.one_pass import kernel_mass, stationary_risk, tail_of, trained
from theory.one_epoch.params import Params, modes, tail_beyond

claim = Claims("derived")
Capacity = Annotated[Scalar, Ge(1), Le(10)]
Source = Annotated[Scalar, Gt(1), Le(20)]
Positive = Annotated[Scalar, Ge(1e-10), Le(1e10)]
Late = Annotated[Scalar, Ge(1e-5), Le(1e10)]


@closed_form
def curve_exponent(a: Capacity, s: Source) -> Any:
    """min(p, 2 - 1/a), p = (s - 1)/a: noiseless loss falls like t to minus this."""
    return minimum((s - 1) / a, 2 - 1 / a)


@closed_form(example={"a": 1.5, "s": 1.75, "time": 600.0})
def source_term(a: Annotated[Scalar, Ge(1), Le(10)], s: Source, time: Late) -> Any:
    """F = Gamma(p) time^-p/a, p = (s - 1)/a, time = 2 eta t: what is not learnt yet."""
    p = (s - 1) / a
    return gamma(p) * power(time, -p) / a


@closed_form
def curve_kernel(a: Capacity, eta: Positive, batch: Annotated[Scalar, Ge(1), Le(1e6)],
                 t: Late) -> Any:  # fmt: skip
    """K = (eta^2/(B a)) Gamma(2 - 1/a) (2 eta t)^-(2 - 1/a): what noise at 0 leaves at t."""
    k = 2 - 1 / a
    return eta * eta / (batch * a) * gamma(k) * power(2 * eta * t, -k)


# --------------------------------------------------------------------------------------------
# The loss curve, evaluated exactly: one rank-one matrix, a power of it at any t


def curve(a, s, eta, batch, times, size=1e10, s2=0.0, unlearnt=None):
    """R_t at real times, by the eigenvectors of the recursion on ``modes``."""
    lam, energy, count = modes(a, s, size)
    rise = jnp.sqrt(count) * lam
    drift = -2 * eta * lam + eta**2 * (1 + 1 / batch) * lam**2
    rate, frame = jnp.linalg.eigh(jnp.diag(drift) + eta**2 / batch * jnp.outer(rise, rise))
    rate = jnp.minimum(rate, 1.0)
    tail = tail_beyond(s, size) if unlearnt is None else unlearnt
    start = jnp.where(count > 0, jnp.sqrt(count) * energy / lam, 0.0)
    age = jnp.asarray(times, float)[..., None] * jnp.log1p(rate)
    push = eta**2 / batch * (tail + s2) * (rise @ frame)
    grown = jnp.exp(age) * (start @ frame) + push * jnp.expm1(age) / jnp.where(rate == 0, 1, rate)
    return tail + jnp.sum((rise @ frame) * grown, -1)


def feedback(a, eta, batch, size=1e10):
    """kappa of N = ``size`` coordinates."""
    lam, _, count = modes(a, 2.0, size)
    return jnp.sum(count * eta / batch * lam / (2 - eta * lam * (1 + 1 / batch)))


def endless(p):
    """R_t of infinitely many coordinates at p."""
    return curve(p.a, p.s, p.eta, p.B, p.late, unlearnt=0.0)


EASY = Params(a=1.5, s=1.75, eta=0.3)
HARD = Params(a=1.3, s=3.9, eta=0.3)
TIMES = (1e3, 1e4, 1e5, 1e6)
LATEST = (1e7, 3e7, 1e8, 1e9)


@claim.limit(
    1.0,
    along=[EASY.but(late=t) for t in TIMES],
    size=lambda p: p.late,
    rate=-1 / 3,
    within=0.02,
    last_gap=0.003,
    why="K's sum beyond t is of order t^-(1 - 1/a); local slopes -.342, -.339, -.333",
    twin=Twin("F alone, without 1/(1 - kappa)", fed=0),
    known=((EASY.but(late=1e3), ".9732"), (EASY.but(late=1e5), ".9944")),
)
def power_law_loss_curve(p, *, fed=1):
    """p < 2 - 1/a, N infinite, no noise: R_t (1 - kappa)/F(t) tends to 1.

    F = Gamma(p) (2 eta t)^-p/a by Euler-Maclaurin; the renewal equation's kernel has mass kappa
    """
    kappa = feedback(p.a, p.eta, p.B)
    return endless(p) * (1 - fed * kappa) / source_term(p.a, p.s, 2 * p.eta * p.late)


@claim.limit(
    1.0,
    along=[HARD.but(late=t) for t in LATEST],
    size=lambda p: p.late,
    rate=-3 / 13,
    within=0.02,
    last_gap=0.03,
    why="corrections of order t^-(1 - 1/a), slow; local slopes within .01",
    twin=Twin("1/(1 - kappa) once, not twice", feeds=1),
    known=((HARD.but(late=1e4), ".735"), (HARD.but(late=1e5), ".833")),
)
def noise_limited_curve(p, *, feeds=2):
    """p > 2 - 1/a: R_t (1 - kappa)^2/(K(t) sum F) tends to 1: SGD's own noise sets the slope.

    sum_u F(u) = sum_j beta_j^2/(2 eta - eta^2 (1 + 1/B) lam_j)
    """
    lam, energy, count = modes(p.a, p.s)
    left = jnp.sum(count * energy / lam / (2 * p.eta - p.eta**2 * (1 + 1 / p.B) * lam))
    slow = curve_kernel(p.a, p.eta, p.B, p.late) * left
    return endless(p) * (1 - feedback(p.a, p.eta, p.B)) ** feeds / slow


@claim.scaling(
    -0.5,
    along=[EASY.but(late=t) for t in TIMES],
    size=lambda p: p.late,
    within=0.01,
    why="the limit's ratio rises by .024 over three decades",
    twin=Twin("always 2 - 1/a", exponent=-4 / 3),
)
def source_limited_slope(p):
    """(a, s) = (1.5, 1.75): the loss falls like t^-p, p = (s - 1)/a = 1/2."""
    return endless(p)


@claim.scaling(
    1 / 1.3 - 2,
    along=[HARD.but(late=t) for t in LATEST],
    size=lambda p: p.late,
    within=0.015,
    why="the limit's ratio rises by .04 over two decades",
    twin=Twin("always p", exponent=-2.9 / 1.3),
)
def noise_limited_slope(p):
    """(a, s) = (1.3, 3.9): p = 2.23 is above 2 - 1/a, and the loss falls like t^-(2 - 1/a)."""
    return endless(p)


# --------------------------------------------------------------------------------------------
# Finite size


@claim.scaling(
    -1.0,
    along=[Params(d=4000, N=n, s2=0.0) for n in (32, 64, 128, 256)],
    size=lambda p: p.N,
    within=0.05,
    why="s = 2; the sum to d = 4000 lacks N/d of the tail, 6 % at N = 256; N + 1/2 for N",
    twin=Twin("N^-s", exponent=-2.0),
)
def finite_size_plateau(p):
    """No noise: size N stops at tail_N/(1 - kappa), of order N^-(s - 1)."""
    lam, _ = trained(p)
    return stationary_risk(lam, p.eta, p.B, tail_of(p), p.s2)


LEVEL = Domain.around(
    Params(d=12, N=9, late=1e5), a=(1.0, 1.8), s=(1.3, 3.0), eta=(0.05, 0.3), s2=(0.0, 1.0)
)


@claim.identity(
    lambda p: curve(p.a, p.s, p.eta, p.B, p.late, 9, p.s2, tail_of(p)),
    over=LEVEL,
    points=8,
    within=1e-9,
    why="eta lam_N t > 90, and an eigenvalue's rounding times t",
    twin=Twin("the tail alone is left", fed=False),
)
def plateau_is_reached(p, *, fed=True):
    """From t >> N^a/eta on R_t is (tail + kappa s2)/(1 - kappa), more than the tail."""
    lam, _ = trained(p)
    if not fed:
        return tail_of(p) + kernel_mass(lam, p.eta, p.B) * p.s2
    return stationary_risk(lam, p.eta, p.B, tail_of(p), p.s2)


# --------------------------------------------------------------------------------------------
# Size against steps

SIZES = tuple(float(round(8 * 1.4**i)) for i in range(14))  # 8 .. 635


@functools.partial(jax.jit, static_argnames="batch")
def risks_of_sizes(a, s, eta, batch, compute):
    """R after C/N steps at each of SIZES."""
    at = lambda size: curve(a, s, eta, batch, compute / size, size)  # noqa: E731
    return jax.lax.map(at, jnp.asarray(SIZES))


@functools.cache
def best_split(a, s, eta, batch, compute):
    """(log N*, log R*) at C, by a parabola through the least three log risks."""
    risk = np.log(np.asarray(risks_of_sizes(a, s, eta, batch, compute)))
    i = int(np.clip(np.argmin(risk), 1, len(SIZES) - 2))
    x, y = np.log(SIZES[i - 1 : i + 2]), risk[i - 1 : i + 2]
    bend, slope, level = np.polyfit(x - x[1], y, 2)
    return float(x[1] - slope / (2 * bend)), float(level - slope**2 / (4 * bend))


def split_of(p):
    """The best split at p, whose fields are numbers (a ladder's rungs)."""
    return best_split(p.a, p.s, p.eta, p.B, p.compute)


BUDGETS = claim.given(
    along=[EASY.but(compute=c) for c in (1e4, 6e4, 4e5, 2.5e6)], size=lambda p: p.compute
)
SEEN = "the plateau's and the curve's own corrections; .392 and -.291 seen from 1e4 to 2.5e6"


@BUDGETS.scaling(
    1 / 2.5, within=0.015, why=SEEN, twin=Twin("a fixed ratio of tokens to size", exponent=0.5)
)
def compute_optimal_size(p):
    """a = 1.5, s = 1.75, N t = C: the best N grows like C^(1/(1 + a))."""
    return math.exp(split_of(p)[0])


@BUDGETS.scaling(
    -0.75 / 2.5, within=0.015, why=SEEN, twin=Twin("the exponent of time alone", exponent=-0.5)
)
def compute_optimal_risk(p):
    """The least risk falls like C^-((s - 1)/(1 + a))."""
    return math.exp(split_of(p)[1])


@BUDGETS.scaling(0.0, within=0.02, why="it grows like C^(1/5)", repaired_by="tokens_per_parameter")
def fixed_ratio(p):
    """The best ratio of tokens to parameters does not depend on compute.

    the paper's advice of a fixed ratio (seen in summaries of it only)
    """
    return tokens_per_parameter(p)


@BUDGETS.scaling(
    0.5 / 2.5, within=0.03, why=SEEN + "; twice that of N", twin=Twin("constant", exponent=0.0)
)
def tokens_per_parameter(p):
    """The best t/N grows like C^((a - 1)/(a + 1)): constant iff a = 1."""
    return p.compute * math.exp(-2 * split_of(p)[0])
