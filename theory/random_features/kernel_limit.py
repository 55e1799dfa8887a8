"""Infinite powerlaws at finite n: the kernel's limits, and how wide to be to overfit."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from theory import Claims, Scalar, Twin, absolute, closed_form, root, sqrt, where
from theory.random_features.framework import Sums, shares, sums_of
from theory.random_features.optimum import optimal_ridge
from theory.random_features.params import (
    UNSATURATED, Alpha, Amount, Beta, Features, Points, Root, SummedAlpha, Variance, refuse, rungs,
)  # fmt: skip
from theory.random_features.powerlaw import (
    noise_threshold, optimal_fitting_root, relative_risk, zero_ridge_risk,
)  # fmt: skip
from theory.random_features.predict import gamma_of, predict
from theory.random_features.spectrum import (
    EXAMPLE, Spectrum, check_spectrum, infinite_powerlaw, modes_of, over_numbers, traced,
)  # fmt: skip

__all__ = [
    "finite_noise_threshold", "finite_width_threshold", "needed_width", "relative_risk_at",
    "width_quadratic", "width_threshold", "zero_ridge", "zero_ridge_amplification",
    "zero_ridge_slope",
]  # fmt: skip

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


# Finite width at zero ridge


@closed_form
def zero_ridge_amplification(alpha: Alpha, width_ratio: Features) -> Scalar:
    """What label noise is multiplied with at zero ridge and width k = width_ratio n, n -> infinity.

    alpha + 1/(k/n - 1) for k > n and 1/(1 - k/n) for k < n. Derived: c/z -> 1/alpha there.
    """
    return where(width_ratio > 1, alpha, 0) + 1 / absolute(width_ratio - 1)


def gaps(alpha: Scalar, beta: Scalar, noise: Scalar) -> tuple[Scalar, Scalar]:
    """g = beta - alpha and g' = g - alpha (alpha-1) noise."""
    return beta - alpha, beta - alpha - alpha * (alpha - 1) * noise


@closed_form(beta=UNSATURATED)
def width_quadratic(alpha: Alpha, beta: Beta, noise: Variance, tau: Amount) -> Scalar:
    """(1-g) g' tau^2 - 2 (1-g)(1 + alpha noise) tau - 2 (1 + (1-g) noise), tau = k/n - 1.

    With g = beta - alpha and g' = g - alpha (alpha-1) noise: zero ridge is optimal at width
    k = (1 + tau) n iff this is >= 0 (0 < g < 1, n -> infinity).
    """
    g, effective = gaps(alpha, beta, noise)
    linear = 2 * (1 - g) * (1 + alpha * noise) * tau
    return (1 - g) * effective * tau**2 - linear - 2 * (1 + (1 - g) * noise)


@closed_form(
    example={"alpha": 1.5, "beta": 2.0, "noise": 0.1},
    beta=("- alpha is outside (0, 1)", lambda alpha, beta: (beta > alpha) & (beta < alpha + 1)),
    noise=("leaves no width: g = beta - alpha <= alpha (alpha - 1) noise",
           lambda alpha, beta, noise: beta - alpha > alpha * (alpha - 1) * noise),
)  # fmt: skip
def width_threshold(alpha: Alpha, beta: Beta, noise: Variance) -> Scalar:
    """The width k/n from which on zero ridge is optimal: 1 + tau*, the root of the quadratic.

    tau* = [(1 + alpha s) + sqrt((1 + alpha s)^2 + 2 g' (1 + (1-g) s)/(1-g))]/g' with relative noise
    s, for 0 < g = beta - alpha < 1 and g' = g - alpha (alpha-1) s > 0 (elsewhere no width is
    enough; see :func:`needed_width`). Without noise 1 + (1 + sqrt((1+g)/(1-g)))/g, smallest
    (3 + 2 sqrt 2) at g = 1/sqrt 2. Derived; it tends to Corollary 1 as k/n grows.
    """
    g, effective = gaps(alpha, beta, noise)
    half = 1 + alpha * noise
    return 1 + (half + sqrt(half**2 + 2 * effective * (1 + (1 - g) * noise) / (1 - g))) / effective


@closed_form(beta=UNSATURATED)
def needed_width(alpha: Alpha, beta: Beta, noise: Variance) -> Scalar:
    """:func:`width_threshold`, and +inf where no finite width makes zero ridge optimal."""
    g, effective = gaps(alpha, beta, noise)
    possible = (g > 0) & (g < 1) & (effective > 0)
    inside = where(possible, beta, alpha + 0.5)  # any point at which the root is real
    threshold = width_threshold.__wrapped__(alpha, inside, where(possible, noise, 0.0))
    return where(possible, threshold, float("inf"))


@closed_form(example=EXAMPLE | {"n": 1.0, "k": 2.0}, k=("is not above n", lambda k, n: k > n))
def zero_ridge_slope(of: Spectrum, n: Points, k: Features, noise: Variance) -> Array:
    """dlog E_te/dlog gamma at zero ridge, n < k <= inf; its sign says whether to overfit.

    -(c + c') b/(c (b+c)) - 2 c/b + (dbias/dlog gamma)/bias, divided through by k where b stands,
    with c' = sum mu lambda gamma (lambda - gamma)/(lambda + gamma)^3. Derived; for spectra of more
    than n modes.
    """
    check_spectrum(of)
    if not traced(*of, n) and np.any(np.asarray(n, float) >= modes_of(of)):
        raise refuse("n", n, f"is not below the {modes_of(of):g} modes of the spectrum")
    return over_numbers(of, slope_of, n, k, noise)


@jax.jit
def slope_of(of: Spectrum, n: Array, k: Array, noise: Array) -> Array:
    gamma, at = interpolated(of, n)
    captured, missed = shares(of.eigenvalues, gamma)
    c_slope = (of.multiplicities * captured * missed * (captured - missed)).sum()
    rise = rise_of_bias(of, gamma)
    r = 1 - n / k  # b/k
    x = at.c / k
    share = x / (r + x)  # c/(b + c)
    share_slope = (c_slope / k * r - x * x) / (r + x) ** 2
    bias = at.bias_squared + share * at.bias_mixed + noise
    bias_slope = rise + share * (at.bias_mixed - rise) + share_slope * at.bias_mixed
    return -(at.c + c_slope) * r / (at.c * (r + x)) - 2 * x / r + bias_slope / bias


@closed_form
@at_each
def finite_width_threshold(alpha: SummedAlpha, beta: Beta, noise: Variance, n: Points) -> Array:
    """The width ratio k/n from which zero ridge is locally optimal at finite n; noise relative.

    The root of :func:`zero_ridge_slope` in log(k/n - 1), between -30 and 40; +inf where zero ridge
    is not locally optimal at any width. The noise is ``noise`` times E_0 of the kernel limit at
    this n. Differentiable.
    """
    of = infinite_powerlaw.__wrapped__(alpha, beta)
    e0 = zero_ridge.__wrapped__(alpha, beta, n)[1]

    def slope(log_excess: Array) -> Array:
        return slope_of(of, n, n * (1 + jnp.exp(log_excess)), noise * e0)

    reached = slope(jnp.asarray(40.0)) >= 0
    excess = root(lambda x: jnp.where(reached, slope(x), x), -30.0, 40.0)
    return jnp.where(reached, 1 + jnp.exp(excess), jnp.inf)


along_n.limit(
    lambda p: width_threshold(p.alpha, p.beta, p.noise), name="width_threshold",
    says="zero ridge is optimal from k/n = 1 + tau* on, tau* in closed form; n^-(1-g)",
    source="derived: see width_threshold",
    formula=lambda p: finite_width_threshold(p.alpha, p.beta, p.noise, p.n),
    along=rungs(1e4, 1e5, 1e6, 1e7, beta=2.0), rate=-0.5, last_gap=1e-3, within=0.03,
    why="g = 1/2: corrections n^-1/2, the next of relative order n^-1/2",
    twin=Twin("the threshold is 1 + 2/g", limit=lambda p: 1 + 2 / (p.beta - p.alpha)),
)  # fmt: skip
along_n.limit(
    lambda p: zero_ridge_amplification(p.alpha, p.width), name="zero_ridge_amplification",
    says="noise amplification without ridge -> alpha + 1/(k/n - 1) (k > n)",
    source="derived: c/z -> 1/alpha at z = min(n, k)",
    formula=lambda p: predict(
        infinite_powerlaw(p.alpha, p.beta), n=p.n, k=p.width * p.n, ridge=0.0
    ).overfitting_coefficient,
    along=rungs(1e1, 1e2, 1e3, 1e4, alpha=1.8, width=3.0), rate=-1.0, last_gap=1e-3, within=0.05,
    why="corrections O(1/n)", twin=Twin("alpha, as for the kernel", limit=lambda p: p.alpha),
)  # fmt: skip
