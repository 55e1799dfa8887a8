"""What minimises the Mixup loss in the pair model for Beta(a, a) weights.

The weight f of lambda = v/(u + v), u and v the distances to z, makes of a box the integrals of
f/(u + v) and of its lambda. (u + v) phi(lambda) has the mixed derivative -lambda (1 - lambda)
phi''(lambda)/(u + v), so that phi is needed with phi'' = -f/(lambda (1 - lambda)), or -f/(1 -
lambda): incomplete beta functions. a = 1 is a removable singularity; there :func:`mixup_share`.
"""

import functools
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Ge, Le, Scalar, Twin, beta_cdf, closed_form, exp, loggamma
from theory.temperature_scaling.mixup import (
    HULL, Place, boxes_beta2, held, mixed_kl, mixed_share, mixup_share_beta2, tabled,
)  # fmt: skip
from theory.temperature_scaling.params import Params, Separation

claim = Claims("derived; not in the paper")
Weight = Annotated[Scalar, Ge(0.1), Le(16)]
Apart = Annotated[Scalar, Ge(0.02), Le(1)]
NOT_ONE = ("is nearer than .01 to 1: there mixup_share holds", lambda beta: abs(beta - 1) >= 0.01)


def boxes_beta(a):
    """(K0, K1) for Beta(a, a) weights, by corners: linear parts are taken off, they cancel."""
    a = jnp.asarray(a, float)
    size = exp(loggamma(2 * a) - 2 * loggamma(a))  # 1/B(a, a)

    def corner(u, v):
        s = jnp.where(u + v > 0, u + v, 1.0)
        share, other = v / s, u / s
        least = jnp.minimum(share, other)
        inside = least > 0
        x = jnp.where(inside, least, 0.25)
        low = jnp.where(inside, beta_cdf(x, a, a), 0.0)
        peak = jnp.where(inside, size * (x * (1 - x)) ** a, 0.0)
        both = 2 * peak + (1 - 2 * a) * ((1 - 2 * least) * low + least)
        left = peak - (a + (1 - 2 * a) * share) * low + (1 - a) * share
        right = peak + (a + (1 - 2 * a) * share) * low - a * other
        return s * both / (1 - a), s * jnp.where(share < other, left, right) / (1 - a)

    def boxes(u1, u2, v1, v2):
        corners = [corner(u2, v2), corner(u1, v2), corner(u2, v1), corner(u1, v1)]
        return tuple(p - q - r + t for p, q, r, t in zip(*corners, strict=True))

    return boxes


@closed_form(z=HULL, beta=NOT_ONE, example={"z": 0.7, "beta": 0.5})
@jax.jit
def mixup_share_beta(z: Place, alpha: Separation, beta: Weight):
    """What Mixup with Beta(a, a) weights, a = ``beta``, says of class a at z.

    As :func:`mixup_share`, K0 and K1 of f/(u + v) and f lambda/(u + v): differences over corners of
    (u + v) phi(lambda), F = I_lambda(a, a): phi = [2 (lambda (1 - lambda))^a/B(a, a) + (1 - 2 a)
    (1 - 2 lambda) F]/(1 - a) for K0, [(lambda (1 - lambda))^a/B(a, a) - (a + (1 - 2 a) lambda)
    F]/(1 - a) for K1.
    """
    z, alpha, beta = jnp.broadcast_arrays(*(jnp.asarray(x, float) for x in (z, alpha, beta)))
    return mixed_share(z, alpha, boxes_beta(beta))


@closed_form(beta=NOT_ONE, example={"beta": 0.5})
@jax.jit
def mixup_kl_beta(alpha: Apart, beta: Weight):
    """KL of that minimiser to the true posteriors, as :func:`mixup_kl`; by 255 nodes, to 1e-6."""
    alpha, beta = jnp.broadcast_arrays(jnp.asarray(alpha, float), jnp.asarray(beta, float))
    return mixed_kl(alpha, boxes_beta(beta[..., None]))


# --------------------------------------------------------------------------------------------


@functools.cache
def table_of_halves(alpha):
    """4096 places, and p_a for Beta(1/2, 1/2) there."""
    grid = np.linspace(0, 1 + alpha, 4098)[1:-1]
    return grid, np.asarray(mixup_share_beta(grid, alpha, 0.5))


def tabled_half(z, alpha):
    """p_a for Beta(1/2, 1/2), by a table."""
    return np.interp(z, *table_of_halves(float(alpha)))


claim.equals(
    lambda run, p: held(run, p, tabled_half, "_half"),
    name="mixup_half_share",
    says="of Beta(1/2, 1/2) mixtures at z the share of class a is mixup_share_beta, z < alpha",
    formula=0.0,
    mode="mixtures",
    at=Params(alpha=0.9),
    within=0.003,
    variance=0.25 / 64,
    twin=Twin("that of Beta(2, 2) weights", observable=lambda run, p: held(
        run, p, lambda z, alpha: tabled(z, alpha, boxes_beta2), "_half")),
)  # fmt: skip


@claim.identity(
    lambda p: mixup_share_beta2(p.alpha, p.alpha),
    over=Domain.around(Params(), alpha=(0.05, 0.95)),
    points=8,
    within=1e-11,
    twin=Twin("at a = 1.9", beta=1.9),
)
def beta_two_by_incomplete_betas(p, *, beta=2.0):
    """a = 2: the share by incomplete beta functions is the rational one, here at z = alpha."""
    return mixup_share_beta(p.alpha, p.alpha, beta)


@claim.never_above(
    lambda p: mixup_kl_beta(p.alpha, 1.25 * p.beta),
    over=Domain.around(Params(), alpha=(0.1, 1.0), beta=(0.1, 0.79)),
    points=24,
    known=((Params(beta=0.2), ".021668"), (Params(beta=0.4), ".034527")),
)
def weights_at_the_ends_cost_less(p):
    """a < 1, alpha >= .1: KL rises with a, from near 0 (a = .2: .0217 at w = 1/2) to .0526."""
    return mixup_kl_beta(p.alpha, p.beta)
