"""Lazy nets: minimum-norm interpolation with random features turns gradients upside down."""

from typing import Annotated

import jax.numpy as jnp

from theory import (
    Claims, Domain, Gt, Scalar, Twin, arccos, arctan, closed_form, cos, neural_kernels, pi, sin,
)  # fmt: skip
from theory.input_gradients.nets import Params

claim = Claims()


@closed_form
def lazy_gradient(tau: Annotated[Scalar, Gt(0)]):
    """(at the signal, elsewhere): proportional to |grad_i f| at e_j, i = j and i <= k other.

    f(x) = sum_j K(x, e_j) - K(x, -e_j), K the kernel of relu(w . x + tau b), w and b standard
    normal: pi - phi - sin phi cos phi and pi - arccos(cos^2 phi), phi = arctan(1/tau).
    """
    phi = pi / 2 - arctan(tau)
    return pi - phi - sin(phi) * cos(phi), pi - arccos(cos(phi) ** 2)


def interpolant(x, tau):
    """f of :func:`lazy_gradient` from the arc-cosine kernel."""
    k = len(x)
    centres = jnp.concatenate([jnp.eye(k), -jnp.eye(k)])
    lengths = jnp.sqrt((x @ x + tau**2) * (1 + tau**2))
    cosine = jnp.clip((centres @ x + tau**2) / lengths, -1, 1)
    kernel = lengths * neural_kernels.leaky_relu(0.0).dual(cosine)
    return kernel[:k].sum() - kernel[k:].sum()


def by_differences(p, h=1e-4):
    """L at e_1 by central differences of the kernel; its cusp at e_1 is even, so they cancel it."""
    start, moves = jnp.eye(3)[0], h * jnp.eye(3)[:2]
    own, other = (interpolant(start + m, p.tau) - interpolant(start - m, p.tau) for m in moves)
    return other / own


LAZY = Params(width=2000)


@claim.equals(
    "leakage",
    at=(LAZY, Params(k=3, d=6, width=2000, tau=0.5)),
    mode="lazy",
    trials=256,
    within=0.006,
    skewness=0.2,  # falls like width^(-1/2): .03 and .07, +- .04, at width 500
    why="terms of order 1/width",
    twin=Twin("a trained net's value, 1", prediction=1.0),
    known=((LAZY, "1.128327"), (LAZY.but(tau=0.5), "1.084255")),
)
def lazy_inversion(p, *, arc=1):
    """L = (pi - arccos(cos^2 phi))/(pi - phi - sin phi cos phi), phi = arctan(1/tau), for any k.

    derived: infinite width, only the output layer trained; 8 pi/(9 pi - 6) at tau = 1
    """
    own, other = lazy_gradient(p.tau)
    return other / (own if arc else pi - arctan(1 / p.tau))


claim.identity(
    by_differences,
    formula=lazy_inversion,
    name="lazy_inversion_by_differences",
    says="the same L from differences of the arc-cosine kernel",
    over=Domain.around(LAZY, tau=(0.1, 10.0)),
    points=12,
    within=1e-6,
    why="differences over 2e-4",
    twin=Twin("sin theta forgotten", lhs=lambda p: lazy_inversion(p, arc=0)),
)
claim.never_below(
    1.0,
    formula=lazy_inversion,
    name="lazy_inversion_above_one",
    says="L > 1 for every tau: the signal's gradient is the smallest of the informative ones",
    over=Domain.around(LAZY, tau=(0.01, 100.0)),
)
claim.scaling(
    -0.5,
    "dead",
    name="lazy_dead_gradient",
    says="gradients in blocks that never hold the signal vanish like width^(-1/2)",
    along=[Params(width=w) for w in (250, 500, 1000, 2000)],
    size=lambda p: p.width,
    within=0.12,
    why="corrections of order 1/width at 250",
    mode="lazy",
    trials_per_rung=512,
    twin=Twin("like 1/width", exponent=-1.0),
)
