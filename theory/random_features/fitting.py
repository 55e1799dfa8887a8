"""How much to fit: the optimal fitting ratio, and the price of fitting less than the data."""

import functools
from typing import Annotated

import jax.numpy as jnp
from jax import Array

from theory import (
    Claims,
    Domain,
    Ge,
    Le,
    Scalar,
    Twin,
    closed_form,
    log1p,
    maximum,
    power,
    root,
)
from theory.random_features.kernel_limit import finite_noise_threshold, zero_ridge
from theory.random_features.optimum import optimal_ridge
from theory.random_features.params import UNSATURATED, Alpha, Amount, Beta, Root, Share, Variance
from theory.random_features.powerlaw import Powerlaw, rungs
from theory.random_features.spectrum import infinite_powerlaw

__all__ = [
    "largest_fitting_ratio", "log_overfitting_penalty", "noise_threshold", "noiseless_optimal_r",
    "optimal_fitting_root", "overfitting_penalty", "penalty_lower_bound", "stationarity",
]  # fmt: skip

claim = Claims()
along_n = claim.given(size=lambda p: p.n)


@closed_form(beta=UNSATURATED)
def stationarity(alpha: Alpha, beta: Beta, noise: Variance, r: Share) -> Scalar:
    """alpha - beta - (alpha-1) beta r + alpha (alpha-1) (1-r)^beta noise. Source: Theorem 2.

    Strictly decreasing in r on [0, 1]; the optimal r is its root, or 0 where it has none. It is
    -(1 + (alpha-1) r)^2 (1-r)^beta times the derivative of :func:`relative_risk`.
    """
    return (
        alpha - beta - (alpha - 1) * beta * r
        + alpha * (alpha - 1) * power(1 - r, beta) * noise
    )  # fmt: skip


@closed_form(beta=UNSATURATED)
def optimal_fitting_root(alpha: Alpha, beta: Beta, noise: Variance) -> Array:
    """r* in [0, 1): the root of :func:`stationarity`, or 0 where it is negative at 0.

    ``noise`` is relative (sigma^2/E_0). To 1e-16; R* = r*^2. Differentiable, with derivative 0
    where r* = 0.
    """
    alpha, beta, noise = (jnp.asarray(x, dtype=float) for x in (alpha, beta, noise))
    falling = functools.partial(stationarity.__wrapped__, alpha, beta, noise)
    inside = falling(0.0) > 0
    r = root(lambda r: jnp.where(inside, falling(r), 0.5 - r), 0.0, 1.0)
    return jnp.where(inside, r, 0.0)


@closed_form(beta=UNSATURATED)
def noiseless_optimal_r(alpha: Alpha, beta: Beta) -> Scalar:
    """r* = max(0, (alpha-beta)/((alpha-1) beta)), the optimum without noise."""
    return maximum(0, (alpha - beta) / ((alpha - 1) * beta))


@closed_form(beta=UNSATURATED)
def noise_threshold(alpha: Alpha, beta: Beta) -> Scalar:
    """(beta-alpha)/(alpha (alpha-1)): zero ridge is optimal iff the relative noise is at most this.

    Source: Corollary 1. Negative (never optimal) for beta < alpha.
    """
    return (beta - alpha) / (alpha * (alpha - 1))


@closed_form
def overfitting_penalty(alpha: Alpha, beta: Beta, r: Root) -> Scalar:
    """E_te(r)/E_te(0) = (1-r)^(1-beta)/(1 + (alpha-1) r), the noise-free price of a ridge.

    Infinite where it leaves the floats.
    """
    return power(1 - r, 1 - beta) / (1 + (alpha - 1) * r)


@closed_form
def log_overfitting_penalty(alpha: Alpha, beta: Beta, r: Root) -> Scalar:
    """log of :func:`overfitting_penalty`: convex in r, with slope beta - alpha at r = 0."""
    return -(beta - 1) * log1p(-r) - log1p((alpha - 1) * r)


@closed_form
def penalty_lower_bound(alpha: Alpha, beta: Beta, r: Root) -> Scalar:
    """1 + (beta - alpha) r, below the penalty for every r in [0, 1) (tangent of a log-convex)."""
    return 1 + (beta - alpha) * r


@closed_form(example={"alpha": 1.5}, beta=("is not above alpha", lambda alpha, beta: beta > alpha))
def largest_fitting_ratio(alpha: Alpha, beta: Beta, excess: Amount) -> Scalar:
    """(excess/(beta-alpha))^2: a predictor within 1 + excess of the best fits at least this well.

    R <= this; derived from :func:`penalty_lower_bound`; noise-free, beta > alpha.
    """
    return (excess / (beta - alpha)) ** 2


@along_n.limit(
    lambda p: optimal_fitting_root(p.alpha, p.beta, p.noise), last_gap=1e-4, rate=-1.0,
    along=rungs(1e2, 3e2, 1e3, 3e3, noise=0.5),
    within=0.02, why="n (r_n - r*) is constant to 0.3 % on these rungs",
    twin=Twin("the coefficient alpha - 1 for alpha (alpha - 1)",
              limit=lambda p: optimal_fitting_root(p.alpha, p.beta, p.noise / p.alpha)),
)  # fmt: skip
def optimal_fitting_ratio(p):
    """optimal r -> root of alpha-beta-(alpha-1) beta r+alpha(alpha-1)(1-r)^beta noise.

    Theorem 2
    """
    e0 = zero_ridge(p.alpha, p.beta, p.n)[1]
    of = infinite_powerlaw(p.alpha, p.beta)
    return optimal_ridge(of, n=p.n, noise=p.noise * e0).fitting_ratio_root


@along_n.limit(
    lambda p: noise_threshold(p.alpha, p.beta), along=rungs(1e2, 1e3, 1e4, 1e5, beta=2.0),
    rate=-1.0, last_gap=1e-5, within=0.03, why="the relative gap is 1/(2n) up to O(1/n^2)",
    twin=Twin("(beta - alpha)/(alpha - 1)",
              limit=lambda p: p.alpha * noise_threshold(p.alpha, p.beta)),
)  # fmt: skip
def zero_ridge_iff(p):
    """zero ridge is optimal iff sigma2_rel <= (beta-alpha)/(alpha (alpha-1)).

    Corollary 1; finite n derived: see finite_noise_threshold
    """
    return finite_noise_threshold(p.alpha, p.beta, p.n)


OBLIGATORY = Domain.derived(
    {
        "alpha": Annotated[float, Ge(1.05), Le(6)],
        "gap": Annotated[float, Ge(0), Le(5)],
        "r": Annotated[float, Ge(0), Le(0.99)],
    },
    lambda alpha, gap, r: Powerlaw(alpha=alpha, beta=alpha + gap, r=r),
)


@claim.never_below(
    lambda p: penalty_lower_bound(p.alpha, p.beta, p.r),
    over=OBLIGATORY,
    evaluators=("jax", "mpmath"),
    twin=Twin("slope beta - 1", smaller=lambda p: 1 + (p.beta - 1) * p.r),
)
def obligatory_overfitting(p):
    """noise-free, beta >= alpha: E_te(R)/E_te(0) >= 1 + (beta - alpha) sqrt(R).

    Section 5; constant derived: see penalty_lower_bound
    """
    return overfitting_penalty(p.alpha, p.beta, p.r)
