"""Infinite powerlaws at finite n: the kernel's limits."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from theory import Claims, Twin, closed_form
from theory.random_features.framework import Sums, shares, sums_of
from theory.random_features.optimum import optimal_ridge
from theory.random_features.params import (
    Beta, Points, Root, SummedAlpha, Variance, rungs,
)  # fmt: skip
from theory.random_features.powerlaw import (
    noise_threshold, optimal_fitting_root, relative_risk, zero_ridge_risk,
)  # fmt: skip
from theory.random_features.predict import gamma_of
from theory.random_features.spectrum import Spectrum, infinite_powerlaw  # fmt: skip

__all__ = ["finite_noise_threshold", "relative_risk_at", "zero_ridge"]

claim = Claims()
along_n = claim.given(size=lambda p: p.n, along=rungs(1e2, 1e3, 1e4, 1e5), rate=-1.0)


def at_each(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of numbers as one program, over arrays that broadcast."""
    each = jnp.vectorize(jax.jit(function))
    return functools.wraps(function)(lambda *at: each(*(jnp.asarray(x, float) for x in at)))


def interpolated(of: Spectrum, n: Array) -> tuple[Array, Sums]:
    """kappa of n points without ridge, and the sums there."""
    kappa = gamma_of(of, n)
    return kappa, sums_of(of, kappa)


def with_unit_bias(alpha: Any, beta: Any, n: Array) -> Spectrum:
    """The infinite powerlaw, its target over B1 of n points without ridge.

    B1 goes down to 1e-180, and its square is met on the way to a derivative.
    """
    of = infinite_powerlaw.__wrapped__(alpha, beta)
    bias = jax.lax.stop_gradient(interpolated(of, n)[1].bias_squared)
    return of._replace(eigcoeffs_sq=of.eigcoeffs_sq / bias)


def rise_of_bias(of: Spectrum, kappa: Array) -> Array:
    """dB1/dlog kappa = 2 sum mu v^2 L (1-L)^2."""
    captured, missed = shares(of.eigenvalues, kappa)
    return 2 * (of.multiplicities * of.eigcoeffs_sq * captured * missed**2).sum()


@closed_form
@at_each
def relative_risk_at(alpha: SummedAlpha, beta: Beta, noise: Variance, n: Points, r: Root) -> Array:
    """E_te(r)/E_0 of the infinite powerlaw task at finite n (kernel limit); noise relative."""
    of = with_unit_bias(alpha, beta, n)
    (_, zero), (_, here) = interpolated(of, n), interpolated(of, n * (1 - r))
    e0 = n / zero.c * zero.bias_squared
    return n / (n * r + here.c) * (here.bias_squared / e0 + noise)


@closed_form
@at_each
def zero_ridge(alpha: SummedAlpha, beta: Beta, n: Points) -> tuple[Array, Array, Array]:
    """(kappa, E_0, overfitting coefficient n/(n - q)) of kernel interpolation at finite n."""
    kappa, here = interpolated(infinite_powerlaw.__wrapped__(alpha, beta), n)
    return kappa, n / here.c * here.bias_squared, n / here.c


@closed_form
@at_each
def finite_noise_threshold(alpha: SummedAlpha, beta: Beta, n: Points) -> Array:
    """The relative noise up to which zero ridge is locally optimal at finite n (kernel limit).

    Zero ridge is optimal iff D1 c >= 2 (B1 + sigma^2) sum lambda^2 kappa/(lambda + kappa)^3 with
    D1 = 2 sum v^2 lambda kappa^2/(lambda + kappa)^3 at z(kappa) = n. Derived: dE_te/dkappa = 0.
    """
    of = with_unit_bias(alpha, beta, n)
    kappa, here = interpolated(of, n)
    captured, missed = shares(of.eigenvalues, kappa)
    spread = (of.multiplicities * captured**2 * missed).sum()
    most = rise_of_bias(of, kappa) * here.c / (2 * spread) - here.bias_squared
    return most * here.c / (n * here.bias_squared)


@along_n.limit(
    1.0, last_gap=1e-5, within=0.02, why="the relative gap is beta/(2n) up to O(1/n^2)",
    twin=Twin("without the overfitting coefficient alpha", limit=lambda p: 1 / p.alpha),
)  # fmt: skip
def interpolation_error_rate(p):
    """no ridge, no noise: E_te n^(beta-1) -> alpha C2 C1^(beta-1).

    Section 6 (how beta is measured); constant from Section 5
    """
    return zero_ridge(p.alpha, p.beta, p.n)[1] / zero_ridge_risk(p.alpha, p.beta, p.n)


def risk_over_formula(p, *, noise=1.0):
    """The risk at finite n over its limit; ``noise`` multiplies the limit's."""
    exact = relative_risk_at(p.alpha, p.beta, p.noise, p.n, p.r)
    return exact / relative_risk(p.alpha, p.beta, noise * p.noise, p.r)


along_n.limit(
    1.0, name="powerlaw_risk_curve", formula=risk_over_formula, why="relative corrections O(1/n)",
    says="E_te/E_0 -> [(1-r)^(1-beta) + alpha sigma2_rel]/[1 + (alpha-1) r] at fixed r",
    source="Section 5 (powerlaw risk curve); rate O(n^-min(1, 2 alpha + 1 - beta))",
    along=rungs(1e2, 1e3, 1e4, 1e5, noise=0.5, r=0.3), last_gap=1e-5, within=0.05,
    twin=Twin("sigma2_rel for alpha sigma2_rel",
              value=lambda p: risk_over_formula(p, noise=1 / p.alpha)),
)  # fmt: skip
along_n.limit(
    1.0, name="powerlaw_risk_curve_steep_target", formula=risk_over_formula,
    says="at beta = 3.5 > 2 alpha the curve is reached as n^-1/2 only (alpha = 1.5)",
    source="Section 5; the slow rate n^-(2 alpha + 1 - beta)",
    along=rungs(1e5, 1e6, 1e7, 1e8, beta=3.5, noise=5.0, r=0.1), rate=-0.5, last_gap=3e-3,
    within=0.03, why="relative corrections O(n^-1/2) of the leading gap",
    twin=Twin("the rate is 1/n for every target", exponent=-1.0),
)  # fmt: skip


@along_n.limit(
    lambda p: optimal_fitting_root(p.alpha, p.beta, p.noise), last_gap=1e-4,
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
    last_gap=1e-5, within=0.03, why="the relative gap is 1/(2n) up to O(1/n^2)",
    twin=Twin("(beta - alpha)/(alpha - 1)",
              limit=lambda p: p.alpha * noise_threshold(p.alpha, p.beta)),
)  # fmt: skip
def zero_ridge_iff(p):
    """zero ridge is optimal iff sigma2_rel <= (beta-alpha)/(alpha (alpha-1)).

    Corollary 1; finite n derived: see finite_noise_threshold
    """
    return finite_noise_threshold(p.alpha, p.beta, p.n)


@claim.scaling(
    -0.5, along=rungs(1e8, 1e9, 1e10, 1e11, alpha=2.0, beta=2.0), size=lambda p: p.n, within=0.01,
    why="relative corrections n^-1/2", twin=Twin("the noise-free rate n^-(beta-1)", exponent=-1.0),
)  # fmt: skip
def fixed_noise_rate(p):
    """at fixed noise the optimal excess risk falls as n^-(beta-1)/beta.

    derived: balance of bias and variance at fixed noise
    """
    return optimal_ridge(infinite_powerlaw(p.alpha, p.beta), n=p.n, noise=1.0).test_risk - 1.0
