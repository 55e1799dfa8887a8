"""What copies cost: weighted logistic regression against likelihood with its threshold moved."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, exp, gamma_cdf, maximum, normal_mean,
)  # fmt: skip
from theory.class_imbalance.params import Params, Ratio

claim = Claims("derived; not in the paper")
Easy = Annotated[Scalar, Ge(0), Le(10)]


def _overlap(gap: Any, rho: Any) -> Any:
    """E 1/(pi_1 e^(Delta Z/2) + pi_0 e^(-Delta Z/2)): int f_1 f_0/(mixture) times e^(Delta^2/8)."""
    gap, rho = jnp.broadcast_arrays(jnp.asarray(gap, float), jnp.asarray(rho, float))
    half, ratio = gap[..., None] / 2, rho[..., None]

    def each(z):
        return (1 + ratio) / (jnp.exp(half * z) + ratio * jnp.exp(-half * z))

    return normal_mean(each, reach=14.0, nodes=560)


@closed_form
def slope_variances(gap: Easy, rho: Ratio) -> Any:
    """n_1 Var of a slope, many examples: (likelihood, copies to balance, undersampled to balance).

    (1/(pi_0 I_rho), 1/(pi_0 I_1), 2/I_1), I_rho = int f_1 f_0/(pi_1 f_1 + pi_0 f_0), of logistic
    regression in a direction of unit spread across the means of two normal classes. Class weights
    are copies; the likelihood's intercept is corrected afterwards.
    """
    fall, common = exp(-gap * gap / 8), rho / (1 + rho)
    even = fall * _overlap(gap, 1.0 + 0 * rho)
    return 1 / (common * fall * _overlap(gap, rho)), 1 / (common * even), 2 / even


@closed_form
def oversampling_efficiency(gap: Easy, rho: Ratio) -> Any:
    """I_1/I_rho: the share of its examples that oversampling to balance uses, at most 1.

    E sech(Delta Z/2)/E 1/(pi_1 e^(Delta Z/2) + pi_0 e^(-Delta Z/2)). As rho grows it tends to
    I_1 = 4 E s(v) s(-v), s the logistic function, v ~ N(Delta^2/2, Delta^2).
    """
    return _overlap(gap, 1.0 + 0 * rho) / _overlap(gap, rho)


# --------------------------------------------------------------------------------------------

HERE = Params(points=200)
slopes = claim.given(
    mode="logistic", at=HERE, width=0.08, why="terms of order 1/n_1: variances 5 per cent above"
)


def law_of(which):
    """Of n_1 times the sum of four squared slopes, truly 0: their variance times a chi-square."""

    def law(p, x):
        return gamma_cdf(maximum(x, 0.0) / (2 * slope_variances(p.gap, p.rho)[which]), 2.0)

    return law


slopes.law(
    "likelihood",
    name="likelihood_slopes",
    says="Maximum likelihood at the original counts: slopes across are N(0, 1/(pi_0 I_rho))",
    formula=law_of(0),
    twin=Twin("as of copies", cdf=law_of(1)),
)
slopes.law(
    "oversampled",
    name="oversampled_slopes",
    says="Copies to balance: N(0, 1/(pi_0 I_1)), which is wider",
    formula=law_of(1),
    twin=Twin("as of likelihood", cdf=law_of(0)),
)
slopes.law(
    "undersampled",
    name="undersampled_slopes",
    says="Undersampled to balance: N(0, 2/I_1), wider still",
    formula=law_of(2),
    twin=Twin("as of copies", cdf=law_of(1)),
)

WIDE = Domain.around(HERE, gap=(0.1, 6.0), rho=(1.0, 1e6))


@claim.never_above(
    1.0, over=WIDE, points=32, evaluators=("jax",), rounding=1e-12,
    known=((HERE, ".74898"), (HERE.but(gap=3.0, rho=100.0), ".38137")),
)  # fmt: skip
def oversampling_wastes(p):
    """Copies never beat likelihood with a corrected intercept: I_1 <= I_rho, equal at rho = 1."""
    return oversampling_efficiency(p.gap, p.rho)


@claim.limit(
    0.79594573,
    along=tuple(HERE.but(gap=1.0, rho=10.0**k) for k in range(3, 8)),
    size=lambda p: p.rho,
    rate=-1,
    within=0.05,
    why="the next order, E e^(2 v)/rho^2",
    last_gap=1e-5,
    twin=Twin("nothing is lost", limit=1.0),
)
def waste_of_rare_classes(p):
    """rho -> infinity: the efficiency tends to 4 E s(v) s(-v), .796 at Delta = 1, .197 at 3."""
    return oversampling_efficiency(p.gap, p.rho)


@claim.identity(
    lambda p: 2 * p.rho / (1 + p.rho),
    over=WIDE,
    within=1e-12,
    points=16,
    evaluators=("jax",),
    twin=Twin("no more than copies", factor=0.5),
)
def undersampling_costs_twice(p, *, factor=1):
    """Undersampling's variance is 2 pi_0 times that of copies: twice, for a rare minority."""
    _, copies, fewer = slope_variances(p.gap, p.rho)
    return factor * fewer / copies
