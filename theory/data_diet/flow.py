"""Scores along the whole gradient flow: in-sample margins of least squares, in many dimensions."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Because, Claims, Domain, Ge, Le, Scalar, Twin, closed_form, mp_mean, normal_cdf, sqrt,
)  # fmt: skip
from theory.data_diet.mixture import LOW, STEP
from theory.data_diet.params import Flip, SomeSnr, floats, plainly

claim = Claims("derived; not in the paper")

DIGITS = Because("beyond, residuals are so small that float64 loses the answer's digits")
Aspect = Annotated[Scalar, Ge(0.01), Le(4), DIGITS]
Time = Annotated[Scalar, Ge(1e-3), Le(8), DIGITS]
NODES = 256


def label_mean(f: Any, snr: Any, aspect: Any) -> Array:
    """y' f(K) y/n, K = XX'/n with rows y mu + z: f over the law of K seen from the clean labels.

    Its density on the bulk is A sqrt((b - x)(x - a))/(2 pi x (A (1 + s^2) - s^2 x)), A = s^2 + g,
    s = |mu|, g = d/n; it has an atom at 0 where g < 1 and one at the spike
    l = A (1 + s^2)/s^2 where s^4 > g. With the line through f(0) and f(l) taken off, at both atoms
    nothing is left, and no case needs to be told apart.
    """
    s2, g = (jnp.asarray(snr, float) ** 2)[..., None], jnp.asarray(aspect, float)[..., None]
    share = s2 / (1 + s2)  # A/l
    spike = (s2 + g) / share
    angle = jnp.pi * jnp.arange(1, NODES) / NODES
    x = 1 + g + 2 * jnp.sqrt(g) * jnp.cos(angle)
    zero, far = f(jnp.zeros_like(x)), f(spike + 0 * x)
    rest = (f(x) - zero - (far - zero) * x / spike) / (x * (spike - x))
    bulk = jnp.sum(2 * g * (s2 + g) / s2 * jnp.sin(angle) ** 2 * rest, -1) / NODES
    return bulk + (zero + (far - zero) * share)[..., 0]


def point_mean(f: Any, aspect: Any) -> Array:
    """tr f(K)/n: the noise's own law, without the spike."""
    g = jnp.asarray(aspect, float)
    return g * mp_mean(f, g) + (1 - g) * f(jnp.zeros((*g.shape, 1)))[..., 0]


def moments(time: Any, snr: Any, aspect: Any) -> tuple[Any, Any, Any]:
    """(signal, spread of it over points, noise of other labels) of an in-sample margin.

    h = 1 - exp(-t K): y'hy/n - tr h/n, y'h^2y/n - (y'hy/n)^2 and tr h^2/n - (tr h/n)^2. A point's
    own label adds the same h_ii to clean and flipped ones.
    """
    time, snr, aspect = jnp.broadcast_arrays(*floats(time, snr, aspect))

    def learned(x):
        return -jnp.expm1(-time[..., None] * x)

    def square(x):
        return learned(x) ** 2

    s, s2 = label_mean(learned, snr, aspect), label_mean(square, snr, aspect)
    own, own2 = point_mean(learned, aspect), point_mean(square, aspect)
    return s - own, s2 - s * s, own2 - own * own


@closed_form
def flow_auc(time: Time, snr: SomeSnr, aspect: Aspect, rho: Flip) -> Array:
    """In-sample AUC Phi(sqrt(2) c (S - T)/sqrt(c^2 (S2 - S^2) + (1 - c^2) (T2 - T^2))).

    c = 1 - 2 rho. Gradient flow on the mean of (f - y)^2/2 from 0, at time t: residuals |f - y|
    flag flipped labels. S, S2 are y'h y/n and y'h^2 y/n at the clean labels, T, T2 the traces
    tr h/n and tr h^2/n, h = 1 - exp(-t XX'/n).
    """
    return _auc(*floats(time, snr, aspect, rho))


@jax.jit
def _auc(time, snr, aspect, rho):
    c = 1 - 2 * rho
    signal, spread, noise = moments(time, snr, aspect)
    return normal_cdf(sqrt(2.0) * c * signal / sqrt(c**2 * spread + (1 - c) * (1 + c) * noise))


# --------------------------------------------------------------------------------------------

aucs = plainly(flow_auc)
FLOWING = STEP.but(time=2.0)


@claim.equals(
    "flow_auc",
    mode="mixture",
    at=(FLOWING, LOW.but(time=2.0)),
    within=lambda p: 3 / p.n,
    why="terms of order 1/n",
    twin=Twin("the AUC after one step, kept up", early=True),
)
def in_sample_auc_of_flow(p, *, early=False):
    """Along the gradient flow of least squares in-sample residuals flag flipped labels with the
    AUC of :func:`flow_auc`, bulk and spike of the Gram matrix as one integral."""
    return early_auc(p) if early else aucs(p.time, p.snr, p.aspect, p.rho)


def early_auc(p):
    """The limit of short times: one small step."""
    c = p.clean
    return normal_cdf(sqrt(2.0) * c * p.snr**2 / sqrt(c**2 * p.snr**2 + p.aspect))


LONG = Domain.around(
    FLOWING.but(kept=1), time=(0.01, 8.0), snr=(0.2, 3.0), rho=(0.0, 0.45), d=(10, 400)
)


@claim.never_above(early_auc, over=LONG, points=32, rounding=1e-9)
def first_step_is_best(p):
    """No later score in the sample flags flipped labels better than that of the first small step:
    the best time to score is at once, though blind at time 0."""
    return aucs(p.time, p.snr, p.aspect, p.rho)
