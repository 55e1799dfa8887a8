"""Random designs: every round's risk in the limit, its 1/d term, and the best mixed rounds."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, mp_edges, mp_mean, mp_stieltjes, sqrt,
)  # fmt: skip
from theory.self_distillation.mixing import least_excess
from theory.self_distillation.params import POSITIVE, Params
from theory.self_distillation.risk import parabola

claim = Claims("derived")
Aspect = Annotated[Scalar, Ge(0.01), Le(100)]
Penalty = Annotated[Scalar, Ge(0.01), Le(1e3), POSITIVE]
Energy = Annotated[Scalar, Ge(1e-6), Le(1e6)]
Noise = Annotated[Scalar, Ge(1e-3), Le(1e3)]
Times = Annotated[Scalar, Ge(0), Le(64)]
NODES = 1000


def loss_at(x, gamma, ridge, signal, sigma, t):
    """What an eigenvalue x of X'X/n adds: alpha^2 (1 - g^(t+1))^2 + sigma^2 gamma g^(2t+2)/x."""
    some = x > 0
    safe = jnp.where(some, x, 1.0)
    log_g = -jnp.log1p(ridge / safe)
    noise = sigma**2 * gamma * jnp.exp((2 * t + 2) * log_g) / safe
    left = signal * jnp.expm1((t + 1) * log_g) ** 2
    return jnp.where(some, left + noise, signal)


@closed_form
def design_risk(gamma: Aspect, ridge: Penalty, signal: Energy, sigma: Noise, t: Times) -> Any:
    """The limit of E|w_t - w*|^2 for rows N(0, I_d), d/n -> gamma, penalty n lambda.

    w* - w_init is independent with E|w* - w_init|^2 = ``signal`` (alpha^2), isotropic; the average
    over Marchenko & Pastur's law includes its atom at 0 for gamma > 1, where nothing is learnt.
    """
    gamma, ridge, signal, sigma, t = (
        jnp.asarray(x, float)[..., None] for x in (gamma, ridge, signal, sigma, t)
    )
    return mp_mean.__wrapped__(
        lambda x: loss_at(x, gamma, ridge, signal, sigma, t), gamma[..., 0], nodes=NODES
    )


@closed_form
def design_risk_term(gamma: Aspect, ridge: Penalty, signal: Energy, sigma: Noise, t: Times) -> Any:
    """mu: E|w_t - w*|^2 = design_risk + mu/d + O(1/d^2), normal rows, gamma = d/n exactly.

    mu = (f(x_-) + f(x_+))/4 - (1/2pi) int_0^pi f(1 + gamma + 2 sqrt(gamma) cos u) du (Bai &
    Silverstein 2004), f what an eigenvalue adds.
    """
    gamma, ridge, signal, sigma, t = (
        jnp.asarray(x, float)[..., None] for x in (gamma, ridge, signal, sigma, t)
    )
    root = jnp.sqrt(gamma)
    cos = np.cos(np.linspace(0, np.pi, NODES + 1))
    x = jnp.concatenate(
        [(1 + root) ** 2, 1 + gamma + 2 * root * cos[1:-1], (1 - root) ** 2], axis=-1
    )
    f = loss_at(x, gamma, ridge, signal, sigma, t)
    ends = f[..., 0] + f[..., -1]
    return ends / 4 - (jnp.sum(f, -1) - ends / 2) / (2 * NODES)


@closed_form
def bayes_risk(gamma: Aspect, signal: Energy, sigma: Noise) -> Any:
    """sigma^2 gamma m(lambda*), lambda* = sigma^2 gamma/alpha^2: ridge at its best, and the least
    of all estimators where w* - w_init and the noise are normal."""
    return sigma**2 * gamma * mp_stieltjes.__wrapped__(sigma**2 * gamma / signal, gamma)


def joukowski(gamma, ridge, best):
    """r < 1 with (r + 1/r)/2 the distance of h*'s pole from the bulk of g, in half widths."""
    low, high = (x / (x + ridge) for x in mp_edges.__wrapped__(gamma))
    inverse = (high - low) / 2 * (best - ridge) / (best - (high + low) / 2 * (best - ridge))
    return inverse / (1 + sqrt(1 - inverse**2))


@closed_form
def mixed_design_risk(
    gamma: Aspect, ridge: Penalty, signal: Energy, sigma: Noise, rounds: Times
) -> Any:
    """The least limit of t mixed rounds over all their real weights, in closed form.

    The Bayes risk and r^(2t) (1 - r^2)/(1 - r^(2t+2)) times what round 0 loses to it; (r + 1/r)/2
    is the distance of the pole l/(l - lambda) of h* = x/(x + l) in g from the middle of the bulk of
    g, in half widths, l = sigma^2 gamma/alpha^2. NaN near gamma = 1 for l < 1e-3.
    """
    best = sigma**2 * gamma / signal
    tall, wide = (jnp.asarray(x, float)[..., None] for x in (best, ridge))
    spread = mp_mean.__wrapped__(
        lambda x: x / ((x + wide) ** 2 * (x + tall)), jnp.asarray(gamma, float), nodes=NODES
    )
    first = signal * (ridge - best) ** 2 * spread
    square = joukowski(gamma, ridge, best) ** 2
    some = square > 0
    log_square = jnp.log(jnp.where(some, square, 0.5))
    # (1 - q)/(1 - q^(t+1)) q^t, q = r^2; q = 0: only round 0 has an excess, and that is 0 too
    fall = jnp.exp(rounds * log_square) * (1 - square) / -jnp.expm1((rounds + 1) * log_square)
    return bayes_risk.__wrapped__(gamma, signal, sigma) + first * jnp.where(some, fall, 0.0)


# --------------------------------------------------------------------------------------------
# The limit, and what is left at a finite size

WIDE = Params(n=40, d=20, rounds=4, rank=1, ridge=0.3, sigma=0.5**0.5)
TALL = WIDE.but(n=10, d=20, ridge=0.2)


def spread(p, learnt):
    """A bound on the variance of the error given X, where a share ``learnt(g)`` is learnt.

    Poincare: at most E|grad|^2 of (1/d) sum_i f(x_i), x_i = s_i^2/n with s_i the singular values of
    X, so 4 min(n, d)/(n d^2) max x f'(x)^2; x = lambda g/(1 - g) makes the maximum that of
    g (1 - g)^3 (df/dg)^2/lambda on (0, 1), here over 4000 places.
    """
    g = (jnp.arange(4000) + 0.5) / 4000

    def one(g):
        left, noise = (1 - learnt(g)) ** 2, learnt(g) ** 2 * (1 - g) / g
        return p.signal * left + p.sigma**2 * p.gamma / p.ridge * noise

    steepest = jnp.max(g * (1 - g) ** 3 * jax.vmap(jax.grad(one))(g) ** 2)
    return 1.01 * 4 * jnp.minimum(p.n, p.d) / (p.n * p.d**2) * steepest / p.ridge


random = claim.given(mode="design", variance=lambda p: spread(p, lambda g: g ** (p.t + 1)))
CURVE = tuple(
    (TALL.but(t=t), x)
    for t, x in enumerate((".80178", ".73190", ".71109", ".71034", ".71817", ".72968"))
)


def of(p):
    """The arguments of a case."""
    return p.gamma, p.ridge, p.signal, p.sigma


def at_round(run, p):
    """The expected error given X, after p.t rounds."""
    return run["error"][:, int(p.t)]


@random.equals(
    at_round,
    at=(TALL, WIDE.but(t=3)),
    within=lambda p: 1 / p.d**1.5,
    why="mu/d, .15/d and less here",
    twin=Twin("g^t", late=1),
    known=(*CURVE, (WIDE.but(t=0), ".28273"), (WIDE, ".36491"), (WIDE.but(t=3), ".55607")),
)
def random_design_limit(p, *, late=0):
    """Rows N(0, I_d), penalty n lambda: E|w_t - w*|^2 -> alpha^2 int (1 - g^(t+1))^2 dF + sigma^2
    gamma int g^(2t+2)/x dF, g = x/(x + lambda), the atom max(0, 1 - 1/gamma) at 0 included."""
    return design_risk(*of(p), p.t - late)


@random.equals(
    at_round,
    at=(WIDE, TALL.but(t=2)),
    within=lambda p: 1 / p.d**2,
    why="the next order",
    twin=Twin("the limit alone", term=0),
)
def random_design_correction(p, *, term=1):
    """The 1/d term of the limit: (f(x_-) + f(x_+))/4 - (1/2pi) int_0^pi f du, in terms of what an
    eigenvalue adds.

    Bai & Silverstein (2004)
    """
    return design_risk(*of(p), p.t) + term * design_risk_term(*of(p), p.t) / p.d


@claim.identity(
    lambda p: design_risk(p.gamma, p.sigma**2 * p.gamma / p.signal, p.signal, p.sigma, 0),
    over=Domain.around(WIDE, sigma=(0.4, 2.0), signal=(0.3, 3.0)),
    points=16,
    within=1e-11,
    why="quadrature",
    twin=Twin("sigma^2 m", aspect=False),
)
def best_ridge_is_bayes(p, *, aspect=True):
    """At lambda* = sigma^2 gamma/alpha^2 round 0 has the risk sigma^2 gamma m(lambda*)."""
    return bayes_risk(p.gamma, p.signal, p.sigma) / (1 if aspect else p.gamma)


def searched(p, rounds):
    """The least risk over polynomials P of degree t + 1, P(0) = 0, P(1) = 1, by 999 angles."""
    angle = np.arange(1, NODES) * (np.pi / NODES)
    x = 1 + p.gamma + 2 * sqrt(p.gamma) * np.cos(angle)
    best = p.sigma**2 * p.gamma / p.signal
    root = np.sqrt(2 / NODES) * np.sin(angle) * jnp.sqrt(p.signal * (x + best))
    start, g = root * p.ridge / (x + p.ridge) ** 2, x / (x + p.ridge)
    miss = root * (p.ridge - best) / ((x + p.ridge) * (x + best))
    return bayes_risk(p.gamma, p.signal, p.sigma) + least_excess(start, g, miss, rounds)


@claim.identity(
    lambda p: jnp.stack([searched(p, t) for t in (0, 1, 2, 4)]),
    over=Domain.around(WIDE, ridge=(0.02, 10.0), sigma=(0.3, 2.0), signal=(0.3, 3.0)),
    points=24,
    within=1e-11,
    why="quadrature",
    twin=Twin("r^(2t) alone", whole=0),
)
def mixed_rounds_reach_bayes(p, *, whole=1):
    """From any lambda the best t mixed rounds have the Bayes risk and r^(2t) (1 - r^2)/
    (1 - r^(2t+2)) times what ridge loses to it: geometric, and exact.

    derived: the excess is Christoffel's function of a Bernstein-Szego weight at its own pole

    h* has a pole c as a function of g; (r + 1/r)/2 is its distance from the middle of the bulk of
    g in half widths. In g the weight is sqrt((g - a)(b - g)) abs(g - c); with R = 1 - (g - c) Q it
    is int R^2 sqrt(.)/abs(g - c), R(c) = 1, and the orthonormal polynomials at c are r^-k.
    """
    t = jnp.array([0.0, 1.0, 2.0, 4.0])
    risk = mixed_design_risk(*of(p), t)
    if whole:
        return risk
    least = bayes_risk(p.gamma, p.signal, p.sigma)
    square = joukowski(p.gamma, p.ridge, p.sigma**2 * p.gamma / p.signal) ** 2
    return least + (risk[0] - least) * square**t


def one_weight(p):
    """xi of the best single mixed round in the limit."""
    best = p.sigma**2 * p.gamma / p.signal
    up = mp_mean(lambda x: x * (p.ridge - best) / (x + p.ridge) ** 3, p.gamma)
    return -up / mp_mean(lambda x: x * p.ridge * (x + best) / (x + p.ridge) ** 4, p.gamma)


@random.equals(
    lambda run, p: parabola(run["mixed"], one_weight(p)),
    at=(TALL, WIDE.but(ridge=1.5)),
    variance=lambda p: spread(p, lambda g: g * (1 - one_weight(p) * (1 - g))),
    within=lambda p: 1 / p.d**1.5,
    why="terms of order 1/d, as in random_design_limit",
    twin=Twin("no round", rounds=0),
    known=((TALL, ".712697"),),
)
def one_mixed_round(p, *, rounds=1):
    """One mixed round at its best weight, on random rows: E|w - w*|^2 is the Bayes risk and
    r^2/(1 + r^2) of what ridge loses to it."""
    return mixed_design_risk(*of(p), rounds)
