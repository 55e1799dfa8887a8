"""The formulas and domains of which the claims on heavy tails speak, twins included."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Doc,
    Domain,
    Ge,
    Le,
    Logarithmic,
    Scalar,
)
from theory.gaussian_robustness._cauchy import (
    R_CROSSING,
    cauchy_disparity,
    cauchy_larger_root,
    cauchy_offset,
    cauchy_trivial_threshold,
)
from theory.gaussian_robustness._directions import nearest_attack_diagonal, soft_threshold_attack
from theory.gaussian_robustness._gaussian import minority_accuracy, optimal_offset
from theory.gaussian_robustness._model import HeavyTail, Params
from theory.gaussian_robustness._probes import StableProbe
from theory.gaussian_robustness._rules import (
    accuracies,
    independent_direction,
    margins_of,
    robust_rule,
    standard_rule,
)
from theory.gaussian_robustness._stable import stable_cdf
from theory.gaussian_robustness._stable_logistic import stable_logistic_minimiser
from theory.gaussian_robustness._thresholds import (
    linear_error,
    local_threshold,
    stationary_offset,
)

# --------------------------------------------------------------------------------------------
# Domains


def _tail(m: float, fraction: float, alpha: float) -> HeavyTail:
    """R between 1 and R*(m), on a logarithmic scale."""
    R_star = float(local_threshold(m, alpha)[1])
    return HeavyTail(m=m, R=float(R_star**fraction), alpha=alpha)


TAILS = Domain.derived(
    {
        "m": Annotated[float, Ge(0.1), Le(8), Logarithmic, Doc("margin")],
        "fraction": Annotated[float, Ge(0.03), Le(0.97), Doc("log R/log R*(m)")],
        "alpha": Annotated[float, Ge(0.6), Le(1.9), Doc("stable index")],
    },
    _tail,
)
"""Imbalance from almost none to almost R*, for light and heavy tails."""

CAUCHY_TAILS = Domain.derived(
    {
        "m": Annotated[float, Ge(0.1), Le(100), Logarithmic, Doc("margin")],
        "fraction": Annotated[float, Ge(0.05), Le(0.9), Doc("log R/log R*(m)")],
    },
    lambda m, fraction: HeavyTail(m=m, R=float(np.exp(2 * np.arcsinh(m) * fraction))),
)


def _beyond_crossing(m_robust: float, fraction: float, growth: float) -> HeavyTail:
    """R between R_x and R_c(m_robust), m = growth m_robust: both rules are non-trivial."""
    top = float(cauchy_trivial_threshold(m_robust))
    return HeavyTail(
        m=m_robust * growth, R=R_CROSSING * (top / R_CROSSING) ** fraction, m_robust=m_robust
    )


# R_c(1.4) = 4.99 > R_x, and R_c rises with m
CROSSED = Domain.derived(
    {
        "m_robust": Annotated[float, Ge(1.4), Le(10), Doc("margin after the attack")],
        "fraction": Annotated[float, Ge(0.01), Le(0.99), Doc("log(R/R_x)/log(R_c/R_x)")],
        "growth": Annotated[float, Ge(1.01), Le(4), Doc("m/m_robust")],
    },
    _beyond_crossing,
)

HOLTSMARK = Domain.derived(
    {
        "m": Annotated[float, Ge(0.5), Le(3)],
        "R": Annotated[float, Ge(1.3), Le(2.2)],
    },
    lambda m, R: HeavyTail(m=m, R=R, alpha=1.5),
)

STABLE_PROBES = Domain.of(StableProbe, reach=(0.05, 0.9), alpha=(1.1, 1.9))
HEAVIEST_PROBES = Domain.of(StableProbe, reach=(0.05, 0.9), alpha=(0.4, 1.0))

BALANCED = Domain.derived(
    {
        "mu_low": Annotated[float, Ge(0.05), Le(0.3)],
        "mu_high": Annotated[float, Ge(0.4), Le(1.2)],
        "alpha": Annotated[float, Ge(1.1), Le(1.9)],
        "reach": Annotated[float, Ge(0.05), Le(0.9)],
    },
    lambda mu_low, mu_high, alpha, reach: Params(
        d=6, mu_low=mu_low, mu_high=mu_high, alpha=alpha, eps=reach * mu_high, R=1,
        noise="independent",
    ),
)  # fmt: skip

INDEPENDENT = Params(
    d=20, mu_low=0.1, mu_high=0.9, eps=0.2, R=4, noise="independent", alpha=1.5, points=50
)
ELLIPTICAL = Params(
    d=20, mu_low=0.1, mu_high=0.9, eps=0.2, R=4, noise="elliptical", alpha=1.5, points=50
)
AXIS = Params(d=10, mu_low=0.5, mu_high=3, eps=0.5, R=2, noise="independent", alpha=0.8, points=50)
# |mu| = 5 in 20 dimensions, an l_2 attack of 2: margins 5 and 3
FLIP = Params(
    d=20, mu_low=float(np.sqrt(1.25)), mu_high=float(np.sqrt(1.25)), p="l2", eps=2, R=5,
    noise="elliptical", alpha=1, points=50,
)  # fmt: skip
# the same geometry with margins 2 and 1: R = 3.4 < R_c(1) = 3.50 < R_jump
BELOW_JUMP = Params(
    d=20, mu_low=float(np.sqrt(0.2)), mu_high=float(np.sqrt(0.2)), p="l2", eps=1, R=3.4,
    noise="elliptical", alpha=1, points=50,
)  # fmt: skip

# --------------------------------------------------------------------------------------------
# Formulas that only claims need


def probe_direction(probe: StableProbe) -> Scalar:
    mu, sigma = jnp.asarray(probe.mu), jnp.asarray(probe.sigma)
    return independent_direction(mu, sigma, probe.eps, probe.alpha)


def probe_margin(probe: StableProbe, w: Scalar) -> Scalar:
    size = jnp.abs(w) * jnp.asarray(probe.sigma)
    top = jnp.max(size)
    scale = top * jnp.sum((size / top) ** probe.alpha) ** (1 / probe.alpha)
    return (w @ jnp.asarray(probe.mu) - probe.eps * jnp.sum(jnp.abs(w))) / scale


def dual_distance(probe: StableProbe) -> Scalar:
    """(sum_j ((|mu_j| - eps)_+/sigma_j)^{a'})^{1/a'}, a' = alpha/(alpha - 1)."""
    mu = jnp.asarray(probe.mu)
    v = (mu - soft_threshold_attack(mu, probe.eps)) / jnp.asarray(probe.sigma)
    conjugate = probe.alpha / (probe.alpha - 1)
    top = jnp.max(jnp.abs(v))
    return top * jnp.sum((jnp.abs(v) / top) ** conjugate) ** (1 / conjugate)


def wrong_exponent(probe: StableProbe) -> Scalar:
    mu, sigma = jnp.asarray(probe.mu), jnp.asarray(probe.sigma)
    reach = jnp.maximum(jnp.abs(mu) - probe.eps, 0.0) / sigma
    return probe_margin(probe, jnp.sign(mu) / sigma * reach ** (probe.alpha - 1))


def euclidean_margin(probe: StableProbe) -> Scalar:
    mu, sigma = jnp.asarray(probe.mu), jnp.asarray(probe.sigma)
    z = nearest_attack_diagonal(mu, sigma, probe.eps, "linf")
    return probe_margin(probe, (mu - z) / sigma**2)


def balanced_accuracy(params: Params) -> Scalar:
    rule = robust_rule(params)
    return accuracies(rule.w, 0.0, params).majority


def balanced_standard(params: Params) -> Scalar:
    return stable_cdf(standard_rule(params).margin, params.alpha)


def balanced_attacked(params: Params) -> Scalar:
    return stable_cdf(robust_rule(params).margin, params.alpha)


@jax.jit
def advantage(t: HeavyTail, threshold: Scalar) -> Scalar:
    """(threshold - R)(error of the constant rule - error of the stationary rule)."""
    h = stationary_offset(t.m, t.R, t.alpha)
    return (threshold - t.R) * (1 / (1 + t.R) - linear_error(t.m, h, t.R, t.alpha))


def minority_value(params: Params) -> Scalar:
    rule = standard_rule(params)
    return accuracies(rule.w, rule.b, params).minority


def attacked_minority(params: Params) -> Scalar:
    rule = robust_rule(params)
    return accuracies(rule.w, rule.b, params).robust_minority


def attacked_minority_last_root(params: Params) -> Scalar:
    margin = margins_of(robust_rule(params).w, params).robust
    return stable_cdf(margin - local_threshold(margin, params.alpha)[0], params.alpha)


def attacked_minority_gaussian_offset(params: Params) -> Scalar:
    margins = margins_of(robust_rule(params).w, params)
    return stable_cdf(margins.robust - optimal_offset(margins.robust, params.R), params.alpha)


def normal_minority(params: Params) -> Scalar:
    s = standard_rule(params).margin
    return minority_accuracy(s, optimal_offset(s, params.R))


def flip(t: HeavyTail) -> tuple[Scalar, Scalar]:
    """(AD of the robust rule, AD of the standard rule) at the common natural margin m."""
    return (
        cauchy_disparity(t.m, cauchy_offset(t.m_robust, t.R)),
        cauchy_disparity(t.m, cauchy_offset(t.m, t.R)),
    )


def root_symmetries(t: HeavyTail) -> list[Scalar]:
    small, large = cauchy_offset(t.m, t.R), cauchy_larger_root(t.m, t.R)
    return [small * large, small + large]


def offset_ratio(t: HeavyTail) -> Scalar:
    return stationary_offset(t.m, t.R, t.alpha) / t.m


def logistic_offset(t: HeavyTail) -> Scalar:
    w, b = stable_logistic_minimiser(t.m, t.R, t.alpha)
    return b / w


def margin_value(t: HeavyTail) -> float:
    return float(t.m)


_CHUNK = 1024  # points times quadrature nodes stay within a few megabytes


@jax.jit
def _chunked_cdf(x: Scalar, alpha: Scalar) -> Scalar:
    return jax.lax.map(lambda part: stable_cdf(part, alpha), x)


def noise_cdf(params: Params, x: Any) -> Any:
    x = np.asarray(x, float)
    padded = np.zeros(-(-x.size // _CHUNK) * _CHUNK)
    padded[: x.size] = x
    values = _chunked_cdf(padded.reshape(-1, _CHUNK), params.alpha)
    return np.asarray(values).reshape(-1)[: x.size]


LOSS_RUNGS = tuple(
    Params(d=1, mu_low=1, noise="independent", alpha=0.5, n=n, eps=0) for n in (64, 256, 1024, 4096)
)
