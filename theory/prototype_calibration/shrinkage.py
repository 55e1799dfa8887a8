"""The squared error of a calibrated prototype, its best weight, and the weight from the data."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, chi2_mean, closed_form, mixing, normal_mean, poisson_mean,
)  # fmt: skip
from theory.prototype_calibration.params import DONORS, HERE, JAMES, Noise, Square, Weight

claim = Claims("derived")
Large = Annotated[Scalar, Ge(3), Le(1e4)]
Variance = Annotated[Scalar, Ge(1e-6), Le(1e6)]
Bias = Annotated[Scalar, Ge(0), Le(4e8)]
FAR = (
    "is above 400 variances, where the series would be cut",
    lambda variance, square: square <= 400 * variance,
)


@closed_form
def calibrated_mse(noise: Noise, square: Square, weight: Weight) -> Any:
    """(1 - a)^2 V + a^2 |b|^2: E|(1 - a) c + a m - mu|^2, V = d sigma^2/k, b = m - mu."""
    return (1 - weight) ** 2 * noise + weight**2 * square


@closed_form
def best_weight(noise: Noise, square: Square) -> Any:
    """a* = V/(V + |b|^2): the weight of the donors' mixture with the least squared error."""
    return noise / (noise + square)


@closed_form(square=FAR, example={"variance": 0.4, "square": 2.0})
def james_stein_risk(d: Large, variance: Variance, square: Bias) -> Array:
    """d s2 - (d - 2)^2 s2 E 1/(d - 2 + 2J), J ~ Poisson(|b|^2/(2 s2)), s2 = sigma^2/k.

    Of the weight (d - 2) s2/|c - m|^2, which may be above 1.
    """
    free = jnp.asarray(d, float)[..., None] - 2
    inverse = poisson_mean(lambda j: 1 / (free + 2 * j), square / (2 * jnp.asarray(variance)))
    return variance * (d - (d - 2) ** 2 * inverse)


@closed_form
def james_stein_bound(d: Large, variance: Variance, square: Bias) -> Any:
    """s2 (2 + (d - 2) |b|^2/((d - 2) s2 + |b|^2)), above the risk by Jensen's inequality."""
    return variance * (2 + (d - 2) * square / ((d - 2) * variance + square))


# --------------------------------------------------------------------------------------------

SIZES = Domain.around(HERE, d=(10, 10_000), k=(1, 1000), along=(0.1, 5.0), across=(0.0, 5.0))


@claim.equals(
    "loss",
    at=(DONORS, JAMES),
    within=lambda p: 0.02 * p.noise,
    variance=lambda p: (
        2 * (1 - p.weight) ** 4 * p.d / p.k**2
        + 4 * (1 - p.weight) ** 2 * p.weight**2 * p.square / p.k
    ),
    why="exact: the width asked for; the variance is that of a shifted chi-square",
    twin=Twin("the weights exchanged", exchanged=True),
    known=((DONORS, "7.1488"),),
)
def calibrated_error(p, *, exchanged=False):
    """E|(1 - a) c + a m - mu|^2 = (1 - a)^2 d sigma^2/k + a^2 |b|^2, any d."""
    weight = 1 - p.weight if exchanged else p.weight
    return calibrated_mse(p.noise, p.square, weight)


@claim.identity(
    lambda p: mixing(p.noise, p.square),
    over=SIZES,
    within=1e-12,
    twin=Twin("a = |b|^2/(V + |b|^2), the convention mixed up", exchanged=True),
    name="calibrated_mse",
)
def least_mse(p, *, exchanged=False):
    """At a* = V/(V + |b|^2) the squared error is V |b|^2/(V + |b|^2)."""
    weight = best_weight(p.noise, p.square)
    return calibrated_mse(p.noise, p.square, 1 - weight if exchanged else weight)


@claim.never_below(
    lambda p: mixing(p.noise, p.square),
    over=SIZES,
    twin=Twin("twice the least error is below too", factor=0.5),
)
def no_weight_does_better(p, *, factor=1):
    """No weight has a smaller squared error."""
    return factor * calibrated_mse(p.noise, p.square, p.weight)


@claim.identity(lambda p: p.noise, over=SIZES, within=1e-9, twin=Twin("up to a*", reach=1))
def helps_up_to_twice_the_best(p, *, reach=2):
    """At a = 2 a* the error is V again: the mixture helps if and only if a < 2 a*."""
    weight = reach * p.noise / (p.noise + p.square)
    return (1 - weight) ** 2 * p.noise + weight**2 * p.square


@claim.identity(
    lambda p: (1 / p.k) / (1 / p.k + p.theta**2),
    over=Domain.around(HERE, d=(10, 10_000), k=(2, 1000), theta=(0.05, 5.0)),
    within=1e-12,
    twin=Twin("sigma^2 for sigma^2/k", shots=False),
)
def bayes_alpha(p, *, shots=True):
    """mu ~ N(m, theta^2 I): a* at |b|^2 = d theta^2 is the posterior mean's weight of m."""
    return best_weight(p.noise if shots else p.d, p.d * p.theta**2)


@jax.jit
def risk_by_quadrature(d, variance, square, free):
    """E|(1 - a) c + a m - mu|^2 at a = free s2/|c - m|^2: along b a normal, beside it chi^2."""
    b, s = jnp.sqrt(square), jnp.sqrt(variance)

    def given(g):
        def loss(q):
            along, beside = s * g[:, None], variance * q
            far = (along - b) ** 2 + beside
            a = free * variance / far
            return (along + a * (b - along)) ** 2 + (1 - a) ** 2 * beside

        return chi2_mean(loss, d - 1, nodes=256)

    return normal_mean(given)


@claim.identity(
    lambda p: james_stein_risk(p.d, 1 / p.k, p.square),
    over=Domain.around(JAMES, d=(10, 40), k=(1, 10), along=(0.1, 2.0), across=(0.1, 2.0)),
    within=1e-8,
    points=8,
    why="quadrature",
    twin=Twin("d for d - 2", lost=0),
    known=((JAMES, "2.70327"),),
)
def james_stein(p, *, lost=2):
    """The weight (d - 2) s2/|c - m|^2 needs no b: its risk is the Poisson series, any d >= 3."""
    return risk_by_quadrature(1.0 * p.d, 1 / p.k, p.square, p.d - lost)


@claim.never_below(
    lambda p: james_stein_risk(p.d, 1 / p.k, p.square),
    over=Domain.around(JAMES, d=(10, 1000), k=(1, 100), along=(0.1, 1.0), across=(0.1, 1.0)),
    points=32,
    twin=Twin("without the 2 s2", lost=2),
    known=((JAMES, "2.84211"),),
)
def james_stein_near_the_best(p, *, lost=0):
    """Its risk is at most s2 (2 + (d - 2)|b|^2/((d - 2) s2 + |b|^2)): within 2 s2 of the best."""
    return james_stein_bound(p.d, 1 / p.k, p.square) - lost / p.k
