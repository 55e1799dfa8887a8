"""A penalty on entropy: what it does to one margin under gradient flow."""

import math
from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Scalar, Twin, closed_form, exp, integral, lambert_w, maximum_on, rational,
    root,
)  # fmt: skip
from theory.adversarial_scaling.gaps import binary_entropy_of
from theory.adversarial_scaling.params import Params

claim = Claims()
MARGIN = {"margin": (0.0, 6.0), "penalty": (0.0, 5.0)}


def drift(d, penalty):
    """dD/dt of the flow on CE + lambda H: (1 - p)(1 + lambda D p), p = sigmoid(D)."""
    p = jax.nn.sigmoid(d)
    return (1 - p) * (1 + penalty * d * p)


@claim.identity(
    lambda p: jax.grad(
        lambda d: -jax.nn.softplus(-d) - p.penalty * binary_entropy_of(d)
    )(p.margin - 3.0),
    over=Domain.around(Params(), **MARGIN),
    points=24,
    within=1e-12,
    scale=1.0,
    why="rounding",
    twin=Twin("the penalty's sign reversed", sign=-1),
)  # fmt: skip
def entropy_penalty_gradient(p, *, sign=1):
    """-d/dD [CE + lambda H] = (1 - p)(1 + lambda D p), p = sigmoid(D), at D = margin - 3.

    derived: H' = -D p (1 - p); the penalty raises a margin above 0 and resists one below
    """
    return drift(p.margin - 3.0, sign * p.penalty)


@closed_form
def bistable_from():
    """lambda_c = 1/W(1/e) = 3.591121: above it wrong margins below D_b sink to D_a < D_b < 0."""
    return 1 / lambert_w(exp(-rational(1)))


@claim.identity(
    lambda p: maximum_on(lambda d: -d * jax.nn.sigmoid(d), -4.0, 0.0) * p.penalty,
    over=Domain.around(Params(), penalty=(1.0, 5.0)),
    points=4,
    within=1e-12,
    twin=Twin("1/e", e=1),
)
def bistability_threshold(p, *, e=0):
    """max -D sigmoid(D) = W(1/e) = .278465, at D = -(1 + W(1/e)): bistable above lambda_c."""
    return p.penalty / (jnp.e if e else float(bistable_from()))


def log_flow_time(start, end, penalty):
    """ln of :func:`flow_time`: end + ln int e^-v (1 + e^-D)/(1 + lambda D p) dv, D = end - v.

    To relative e^-50: what lies further back than that is left out. Up to D = 1 in
    log(D + 2/lambda), in which a large lambda leaves no layer.
    """

    start, end, penalty = jnp.broadcast_arrays(
        *(jnp.asarray(x, float) for x in (start, end, penalty))
    )
    start = jnp.maximum(start, end - 50.0)
    middle = jax.lax.stop_gradient(jnp.clip(1.0, start, end))
    size = jax.lax.stop_gradient(start + 2 / (1 + penalty))

    def value(d):
        p = jax.nn.sigmoid(d)
        return (1 + jnp.exp(-d)) / (1 + penalty[..., None] * d * p)

    def near(w):  # D = start + size (e^w - 1)
        d = start[..., None] + size[..., None] * jnp.expm1(w)
        return jnp.exp(d - end[..., None] + w) * size[..., None] * value(d)

    first = integral(near, 0.0, jnp.log1p((middle - start) / size))
    rest = integral(lambda v: jnp.exp(-v) * value(end[..., None] - v), 0.0, end - middle)
    return end + jnp.log(first + rest)


@closed_form(
    example={"start": 0.5, "end": 2.0, "penalty": 1.0},
    end=("is not above start", lambda start, end: end > start),
)
def flow_time(
    start: Annotated[Scalar, Ge(0)],
    end: Annotated[Scalar, Ge(0)],
    penalty: Annotated[Scalar, Ge(0)],
):
    """int_start^end dD/((1 - p)(1 + lambda D p)): when the flow from one margin reaches another.

    Infinite where it leaves the floats, from margins of 700 on.
    """
    return jnp.exp(log_flow_time(start, end, penalty))


START = 0.5


def margin_at(p):
    """D at p.time from START."""
    log_time = jnp.log(p.time)
    return root(
        lambda d: log_flow_time(START, d, p.penalty) - log_time, START + 1e-9, log_time + 12.0
    )


@claim.identity(
    lambda p: p.margin + jnp.exp(p.margin) - START - jnp.exp(START),
    over=Domain.around(Params(), margin=(0.6, 10.0)),
    points=8,
    within=1e-9,
    why="a quadrature",
    twin=Twin("with the penalty", penalty=1.0),
)
def plain_margin_time(p, *, penalty=0.0):
    """Without a penalty e^D + D grows as t exactly, so D - ln t -> 0."""
    return flow_time(START, p.margin, penalty)


@claim.limit(
    0.0,
    along=[Params(time=10.0**e) for e in (6, 12, 24, 48, 96, 192)],
    size=lambda p: math.log(p.time),
    rate=-0.75,
    within=0.2,
    last_gap=0.03,
    why="(ln ln t)/ln t: local slopes -1 + 1/ln ln t",
    twin=Twin("D = (1 + lambda) ln t", limit=lambda p: p.penalty * jnp.log(p.time)),
    known=((Params(), ".181"),),
)  # fmt: skip
def margin_growth(p):
    """D = ln t + ln(lambda ln t) + o(1): a penalty buys ln ln t of margin, no more."""
    log_time = jnp.log(p.time)
    return margin_at(p) - log_time - jnp.log(p.penalty * log_time)
