"""Closed forms for powerlaw tasks lambda_i = i^-alpha, v_i^2 = i^-beta.

Domain: alpha > 1 and 1 < beta < 2 alpha + 1, unless a docstring says otherwise.

All are the large-n limits of kernel ridge regression. The fitting variable is r = a/n = 1 - z/n in
[0, 1), the square root of the fitting ratio R = E_tr/E_te; zero ridge is r = 0. ``noise`` is
*relative*: sigma^2/E_0, with E_0 the test risk without ridge and noise.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from theory import (
    Claims, Domain, Logarithmic, Scalar, Twin, closed_form, evaluator_of, gamma, maximum, pi, power,
    root, sin, where,
)  # fmt: skip
from theory.random_features.framework import sums_of
from theory.random_features.params import (
    REGULAR, UNSATURATED, Alpha, Amount, Beta, Points, Powerlaw, Root, Share, Variance, rungs,
)  # fmt: skip
from theory.random_features.spectrum import infinite_powerlaw

__all__ = [
    "bias_constant", "largest_fitting_ratio", "noise_threshold", "noiseless_optimal_r",
    "occupation_constant", "optimal_fitting_root", "overfitting_penalty",
    "powerlaw_overfitting_coefficient", "relative_risk", "stationarity",
    "unsquared_bias_constant", "zero_ridge_gamma", "zero_ridge_risk",
]  # fmt: skip

claim = Claims()
along_n = claim.given(size=lambda p: p.n)


def decay(alpha: Scalar, beta: Scalar) -> Scalar:
    """p = (beta - 1)/alpha, the exponent of the bias in kappa; in (0, 2)."""
    return (beta - 1) / alpha


@closed_form
def occupation_constant(alpha: Alpha) -> Scalar:
    """C1 = pi/(alpha sin(pi/alpha)): z = C1 kappa^(-1/alpha) + O(1). Source: appendix.

    As Gamma(1 - 1/alpha) Gamma(1 + 1/alpha), which keeps its digits next to alpha = 1.
    """
    if evaluator_of(alpha) == "sympy":
        return pi / (alpha * sin(pi / alpha))
    return gamma((alpha - 1) / alpha) * gamma(1 + 1 / alpha)


@closed_form(beta=UNSATURATED)
def bias_constant(alpha: Alpha, beta: Beta) -> Scalar:
    """C2 = pi (alpha - beta + 1)/(alpha^2 sin(pi p)): B1 = C2 kappa^p + O(kappa^2).

    As Gamma(1 + p) Gamma(2 - p)/(beta - 1), which has no 0/0 at beta = alpha + 1 and keeps its
    digits at both ends.
    """
    return gamma(1 + decay(alpha, beta)) * gamma((2 * alpha - (beta - 1)) / alpha) / (beta - 1)


@closed_form(beta=REGULAR)
def unsquared_bias_constant(alpha: Alpha, beta: Beta) -> Scalar:
    """C4 = pi/(alpha sin(pi p)): B1 + B2 = C4 kappa^p + O(kappa); negative for beta > alpha + 1.

    As Gamma(p) Gamma(1 - p)/alpha, and beyond p = 1 as -Gamma(p - 1) Gamma(2 - p)/alpha.
    """
    p, b = decay(alpha, beta), beta - 1
    below, above = (alpha - b) / alpha, (2 * alpha - b) / alpha  # 1 - p and 2 - p, with digits
    first = below > 0
    product = gamma(where(first, p, -below)) * gamma(where(first, below, above))
    return where(first, product, -product) / alpha


@jax.jit
def at_kappa(alpha: Any, beta: Any, kappa: Any) -> Any:
    return sums_of(infinite_powerlaw(alpha, beta), kappa)


@along_n.limit(
    lambda p: bias_constant(p.alpha, p.beta), along=rungs(1e2, 1e3, 1e4, 1e5),
    rate=-5 / 3, last_gap=1e-6, within=0.01, why="the next term is kappa times smaller",
    twin=Twin("the constant of B1 + B2, without the factor (alpha - beta + 1)/alpha",
              limit=lambda p: unsquared_bias_constant(p.alpha, p.beta)),
)  # fmt: skip
def powerlaw_sums(p):
    """B1/kappa^p -> C2 = pi (alpha-beta+1)/(alpha^2 sin(pi p)), p = (beta-1)/alpha.

    Appendix (powerlaw lemmas); rate derived: zeta(beta - 2 alpha) kappa^(2 - p)
    """
    return at_kappa(p.alpha, p.beta, 1 / p.n).bias_squared * p.n ** ((p.beta - 1) / p.alpha)


@along_n.limit(
    0.5, along=rungs(1e1, 1e2, 1e3, 1e4), rate=-1.0, last_gap=1e-4, within=0.05,
    why="the next term, zeta(-2 alpha) kappa^2, is under 0.1 of it at 1/kappa=10",
    twin=Twin("the sum is its integral", limit=0.0),
)  # fmt: skip
def powerlaw_occupation(p):
    """C1 kappa^(-1/alpha) - z -> 1/2.

    Appendix (z up to O(1)); constant derived: Euler-Maclaurin
    """
    integral = occupation_constant(p.alpha) * p.n ** (1 / p.alpha)
    return integral - at_kappa(p.alpha, p.beta, 1 / p.n).z


@closed_form
def zero_ridge_gamma(alpha: Alpha, n: Points) -> Scalar:
    """kappa of kernel interpolation, (C1/n)^alpha to leading order; infinite beyond the floats."""
    return power(occupation_constant(alpha) / n, alpha)


@closed_form(beta=UNSATURATED)
def zero_ridge_risk(alpha: Alpha, beta: Beta, n: Points) -> Scalar:
    """E_0 = alpha C2 (C1/n)^(beta-1), the test risk without ridge and noise, n -> infinity."""
    return alpha * bias_constant(alpha, beta) * power(occupation_constant(alpha) / n, beta - 1)


@closed_form(beta=UNSATURATED)
def relative_risk(alpha: Alpha, beta: Beta, noise: Variance, r: Root) -> Scalar:
    """E_te(r)/E_0 = [(1-r)^(1-beta) + alpha noise]/[1 + (alpha-1) r]. Source: Section 5.

    Infinite where (1-r)^(1-beta) leaves the floats.
    """
    return (power(1 - r, 1 - beta) + alpha * noise) / (1 + (alpha - 1) * r)


@closed_form
def powerlaw_overfitting_coefficient(alpha: Alpha, r: Share) -> Scalar:
    """n/(n - q) = alpha/(1 + (alpha-1) r): label noise is multiplied by alpha at zero ridge."""
    return alpha / (1 + (alpha - 1) * r)


def printed_risk(p):
    """The risk curve as printed with the paper's figures:

    [pi^beta (alpha-beta+1) sin(pi/alpha)/sin(pi p)] (1 - r + alpha noise (1-r)^beta)
    /(1 + (alpha-1) r) (alpha sin(pi/alpha)(1-r))^-beta n^-(beta-1); the powers are taken as one.
    """
    s, left = sin(pi / p.alpha), 1 - p.r
    front = (p.alpha - p.beta + 1) * s / sin(pi * decay(p.alpha, p.beta))
    middle = (left + p.alpha * p.noise * power(left, p.beta)) / (1 + (p.alpha - 1) * p.r)
    return front * middle * p.n * power(pi / (p.alpha * s * left * p.n), p.beta)


@claim.identity(
    printed_risk, points=24,
    over=Domain.derived(  # decay p < 1, off the printed formula's 0/0
        lambda alpha, decay, **rest: Powerlaw(alpha=alpha, beta=1 + decay * alpha, **rest),
        alpha=(1.2, 4), decay=(0.1, 0.9), noise=(0, 10), r=(0, 0.9), n=(10, 1e6, Logarithmic)),
    twin=Twin("E_0 without the overfitting coefficient alpha", amplified=False),
)  # fmt: skip
def printed_risk_prefactor(p, *, amplified=True):
    """alpha C2 (C1/n)^(beta-1) times the relative risk is the printed curve.

    Section 5 (powerlaw risk curve)
    """
    e0 = zero_ridge_risk(p.alpha, p.beta, p.n) / (1 if amplified else p.alpha)
    return e0 * relative_risk(p.alpha, p.beta, p.noise, p.r)


@closed_form(beta=UNSATURATED)
def stationarity(alpha: Alpha, beta: Beta, noise: Variance, r: Share) -> Scalar:
    """alpha - beta - (alpha-1) beta r + alpha (alpha-1) (1-r)^beta noise. Source: Theorem 2.

    Strictly decreasing in r on [0, 1]; the optimal r is its root, or 0 where it has none. It is
    -(1 + (alpha-1) r)^2 (1-r)^beta times the derivative of :func:`relative_risk`.
    """
    left = alpha - beta - (alpha - 1) * beta * r
    return left + alpha * (alpha - 1) * power(1 - r, beta) * noise


@closed_form(beta=UNSATURATED)
def optimal_fitting_root(alpha: Alpha, beta: Beta, noise: Variance) -> Array:
    """r* in [0, 1): the root of :func:`stationarity`, or 0 where it is negative at 0.

    To 1e-16; R* = r*^2. Differentiable, with derivative 0 where r* = 0.
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
    return relative_risk.__wrapped__(alpha, beta, 0, r)


@closed_form(example={"alpha": 1.5}, beta=("is not above alpha", lambda alpha, beta: beta > alpha))
def largest_fitting_ratio(alpha: Alpha, beta: Beta, excess: Amount) -> Scalar:
    """(excess/(beta-alpha))^2: without noise a predictor within 1 + excess of the best has R <= it.

    By the tangent of the claim :func:`obligatory_overfitting`.
    """
    return (excess / (beta - alpha)) ** 2


@claim.never_below(
    lambda p: 1 + (p.beta - p.alpha) * p.r, evaluators=("jax", "mpmath"),
    over=Domain.derived(lambda alpha, gap, r: Powerlaw(alpha=alpha, beta=alpha + gap, r=r),
                        alpha=(1.05, 6), gap=(0, 5), r=(0, 0.99)),
    twin=Twin("slope beta - 1", smaller=lambda p: 1 + (p.beta - 1) * p.r),
)  # fmt: skip
def obligatory_overfitting(p):
    """noise-free, beta >= alpha: E_te(R)/E_te(0) >= 1 + (beta - alpha) sqrt(R).

    Section 5; constant derived: the tangent of a log-convex function of r
    """
    return overfitting_penalty(p.alpha, p.beta, p.r)
