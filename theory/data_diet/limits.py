"""Ends of the pruned perceptron's curves: the few hardest of many, and many examples."""

import math
from typing import Annotated

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Because, Claims, Ge, Le, Scalar, Twin, closed_form, exp, integral, normal_quantile, relu_mean,
    relu_square,
)  # fmt: skip
from theory.data_diet.params import Params, Start, floats, plainly
from theory.data_diet.perceptron import NODES, REACH, crossing, errors

claim = Claims("derived")
COVER = Because("up to 2 examples a dimension, Cover's capacity, signs do not pin the teacher")
Beyond = Annotated[Scalar, Ge(2.001), Le(1e4), COVER]
KAPPA = 0.638833215803935  # kappa^3 Phi(kappa) = (1 - kappa^2) phi(kappa)


@closed_form
def many_examples(start: Start) -> Array:
    """alpha_tot eps -> exp(q^2/2)/(sqrt(2 pi) (phi(k) + k Phi(k))), q = Phi^-1((1 + start)/2).

    k^3 Phi(k) = (1 - k^2) phi(k): .5004889 for start 0, all examples or the hard ones alone; the
    share does not matter, only the least margin kept.
    """
    low = -normal_quantile((1 - start) / 2)
    return exp(low**2 / 2) / (math.sqrt(2 * math.pi) * relu_mean(KAPPA))


@closed_form
def hardest_few(load: Beyond) -> Array:
    """eps/f as f -> 0 at fixed alpha = f alpha_tot > 2, the margins kept uniform on [0, c f].

    1/(sqrt(2 pi) tau): alpha int_0^1 S2(tau (zeta - u), 1) du = 1 where zeta, the mean of u under
    the weight E(tau (zeta - u) + xi)_+, makes zeta the largest. From infinite at 2, like
    (alpha - 2)^(-1/2), down to .500489/alpha.
    """
    return _hardest(*floats(load))


@jax.jit
def _hardest(load):
    def over(f, tau, zeta):
        far = jnp.minimum(1.0, zeta + REACH / tau)
        return integral(f, 0.0, far, nodes=NODES)

    def needed(log_tau):
        tau = jnp.exp(log_tau)

        def pull(zeta):
            def weighted(u):
                gap = zeta[..., None] - u
                return gap * relu_mean(tau[..., None] * gap)

            return over(weighted, tau, zeta)

        zeta = crossing(pull, jnp.zeros_like(tau), jnp.ones_like(tau))
        return 1 / over(lambda u: relu_square(tau[..., None] * (zeta[..., None] - u)), tau, zeta)

    log_tau = crossing(
        lambda v: jnp.log(needed(v) / load), jnp.full_like(load, -12.0), jnp.full_like(load, 12.0)
    )
    return jnp.exp(-log_tau) / math.sqrt(2 * math.pi)


# --------------------------------------------------------------------------------------------

FEW = Params(d=5, n=360, kept=9)
MORE = FEW.but(kept=11)
SIZES = (360, 720, 1440, 2880)
rungs = claim.given(size=lambda p: p.n / p.kept)


@rungs.limit(
    0.5,
    along=tuple(FEW.but(n=n) for n in SIZES),
    rate=-1,
    within=0.1,
    last_gap=0.01,
    why="the gap's next term, of relative order f",
    twin=Twin("transition at alpha = 1: linear equations count", limit=0.0),
)
def hard_limit_cover_transition(p):
    """f -> 0 at fixed alpha = 1.8 < 2 (Cover): the hardest examples teach nothing, eps -> 1/2."""
    return errors(p.total, p.share, 0.0)


@rungs.scaling(
    -1,
    along=tuple(MORE.but(n=n) for n in SIZES),
    within=0.02,
    why="the next term, of relative order f^2",
    twin=Twin("a limit above 0", exponent=0.0),
)
def hard_limit_above_capacity(p):
    """f -> 0 at fixed alpha = 2.2 > 2: 2 d hyperplanes pin the teacher, eps falls like f."""
    return errors(p.total, p.share, 0.0)


@rungs.limit(
    lambda p: slope_at(p.kept / p.d),
    along=tuple(MORE.but(n=n) for n in SIZES),
    rate=-2,
    within=0.1,
    last_gap=0.01,
    why="the density of |N(0, 1)| over the window is uniform to order f^2",
    twin=Twin("the law of many examples, .5/alpha", limit=0.5 / 2.2),
)
def hard_limit_slope(p):
    """eps/f tends to the closed form's slope, .373 at alpha = 2.2."""
    return errors(p.total, p.share, 0.0) / p.share


slope_at = plainly(hardest_few)

GROWING = tuple(Params(d=2, n=n, kept=n // 2) for n in (128, 512, 1024, 4096))


@claim.limit(
    0.5004889318,
    along=GROWING,
    size=lambda p: p.n,
    rate=-2,
    within=0.25,
    last_gap=1e-5,
    why="the next term",
    twin=Twin("1/2", limit=0.5),
)
def many_hard_examples(p):
    """alpha_tot eps -> .500489 for the hard half: 1/(sqrt(2 pi) (phi + k Phi)(k))."""
    return p.total * errors(p.total, p.share, 0.0)


@claim.limit(
    0.6283219,
    along=GROWING,
    size=lambda p: p.n,
    rate=-1,
    within=0.25,
    last_gap=5e-4,
    why="the next term",
    twin=Twin("lossless as the hard half is", limit=0.5004889318),
)
def many_easy_examples(p):
    """alpha_tot eps -> .500489 exp(q^2/2) = .628322 for the easy half: never lossless."""
    return p.total * errors(p.total, p.share, 0.5)
