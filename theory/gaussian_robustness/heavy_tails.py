"""Heavy tails in d dimensions: the best direction, and the stable rules on points."""

import functools

import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Twin, normal_cdf, planned, stable_cdf
from theory.gaussian_robustness.attacks import soft_threshold_attack
from theory.gaussian_robustness.gaussian import minority_accuracy, optimal_offset
from theory.gaussian_robustness.margins import Probe, reached
from theory.gaussian_robustness.offsets import local_threshold
from theory.gaussian_robustness.optima import class_gap
from theory.gaussian_robustness.params import Params
from theory.gaussian_robustness.rules import (
    accuracies, best_direction, margins_of, noise_cdf, power_norm, robust_rule, standard_rule,
)  # fmt: skip

claim = Claims()


def probes(low: float, high: float) -> Domain:
    """Any mean, scales and direction, an l_inf attack; alpha between low and high."""
    return Domain.of(
        Probe, correlation=0.0, reach=(0.05, 0.9), R=1.0, scale=0.1, p="linf", alpha=(low, high)
    )


def best_margin(q):
    """The robust margin of the best direction."""
    return margins_of(best_direction(q.stable, True), q.stable).robust


def reach(q):
    """(|mu_j| - eps)_+/sigma_j."""
    mu = jnp.asarray(q.mu)
    return jnp.abs(mu - soft_threshold_attack(mu, q.eps)) / jnp.asarray(q.sigma)


def dual_distance(q):
    """(sum_j ((|mu_j| - eps)_+/sigma_j)^{a'})^{1/a'}, a' = alpha/(alpha - 1)."""
    return power_norm(reach(q), q.alpha / (q.alpha - 1))


def along(q, power):
    """The margin of the direction sgn(mu_j) ((|mu_j| - eps)_+/sigma_j)^power/sigma_j: for Gaussian
    noise the power 1 is best."""
    w = jnp.sign(jnp.asarray(q.mu)) / jnp.asarray(q.sigma) * reach(q) ** power
    return margins_of(w, q.stable).robust


claim.identity(
    dual_distance, name="stable_margin_duality", formula=best_margin, over=probes(1.1, 1.9),
    says="1 < alpha < 2, l_inf: max_w m(w) = (sum ((|mu_j|-eps)_+/sigma_j)^a')^(1/a'),"
    " a' = alpha/(alpha-1), at w_j ~ ((|mu_j|-eps)_+/sigma_j)^(1/(alpha-1))/sigma_j",
    source="derived: minimax and Hoelder", within=1e-12,
    why="powers up to a' = 11 and sums of six terms in float64",
    twin=Twin("exponent alpha - 1 in place of 1/(alpha - 1)",
              lhs=lambda q: along(q, q.alpha - 1)),
)  # fmt: skip
tried = claim.given(formula=lambda q: margins_of(q.w, q.stable).robust, points=96)
tried.never_above(
    dual_distance, name="stable_margin_best", over=probes(1.1, 1.9), source="derived: Hoelder",
    says="1 < alpha < 2: no direction has a margin above the dual norm of mu - z",
    twin=Twin("the Gaussian direction attains it",
              smaller=dual_distance, larger=lambda q: along(q, 1)),
)  # fmt: skip
tried.never_above(
    best_margin, name="stable_margin_axis", over=probes(0.4, 1.0), rounding=1e-12,
    says="alpha <= 1, l_inf: no direction beats the best single coordinate axis",
    source="derived: gamma(w) >= sum_j sigma_j |w_j| for alpha <= 1",
    twin=Twin("the Gaussian direction is better",
              smaller=best_margin, larger=lambda q: along(q, 1)),
)  # fmt: skip


@claim.never_above(
    lambda p: stable_cdf(standard_rule(p).margin, p.alpha), points=24,
    over=Domain.derived(
        functools.partial(reached, noise="independent"), mu_low=(0.05, 0.3), mu_high=(0.4, 1.2),
        alpha=(1.1, 1.9), reach=(0.05, 0.9),
    ),
    twin=Twin("down to the robust accuracy F(m_rob)",
              larger=lambda p: stable_cdf(robust_rule(p).margin, p.alpha)),
)  # fmt: skip
def stable_balanced_degradation(p):
    """R = 1: F(k) <= F(m_std), and the best offset is 0.

    abstract: robustness degrades the balanced accuracy for stable noise too
    """
    return accuracies(robust_rule(p).w, 0.0, p).majority


INDEPENDENT = Params(
    d=20, mu_low=0.1, mu_high=0.9, eps=0.2, R=4, noise="independent", alpha=1.5, points=50
)
ELLIPTICAL = INDEPENDENT.but(noise="elliptical")
AXIS = INDEPENDENT.but(d=10, mu_low=0.5, mu_high=3, eps=0.5, R=2, alpha=0.8)


def cauchy_in_twenty(m: float, eps: float, R: float) -> Params:
    """Elliptical Cauchy noise in 20 dimensions, an l_2 attack: margins m and m - eps."""
    each = float(np.sqrt(m**2 / 20))
    return ELLIPTICAL.but(mu_low=each, mu_high=each, p="l2", eps=eps, R=R, alpha=1)


def attacked_minority(p, *, offset=None):
    """The minority's accuracy under attack, of the robust rule, or its direction at an offset."""
    rule = robust_rule(p)
    if offset is None:
        return accuracies(rule.w, rule.b, p).robust_minority
    m = margins_of(rule.w, p).robust
    return stable_cdf(m - offset(m, p), p.alpha)


claim.equals(
    "attacked[1]", name="stable_trivial_jump", formula=attacked_minority,
    says="just below R_c the minority accuracy of the attacked rule is still F(m - h)",
    source="derived: the transition is of first order",
    at=cauchy_in_twenty(2, 1, 3.4),  # R_c(1) = 3.50
    within=0.01, trials=planned(0.25 / 50, 0.01),
    twin=Twin("the offset at the transition is that of R*, sqrt(1 + m^2)",
              offset=lambda m, p: local_threshold(m, p.alpha)[0]),
)  # fmt: skip
rules = claim.given(
    at=(INDEPENDENT, ELLIPTICAL, AXIS), within=0.008, trials=planned(0.25 / 50, 0.008)
)
rules.equals(
    "attacked[1]", name="stable_class_accuracies", formula=attacked_minority,
    says="independent, elliptical and single-axis rules under attack: F(m_rob - h(m_rob))",
    twin=Twin("the Gaussian offset log(R)/(2m)", offset=lambda m, p: optimal_offset(m, p.R)),
)  # fmt: skip


@rules.equals("standard[1]", twin=Twin("the Gaussian accuracy at the same margin", normal=True))
def stable_class_accuracies_standard(p, *, normal=False):
    """the standard rule: minority accuracy F(m_std - h(m_std))."""
    rule = standard_rule(p)
    if normal:
        return minority_accuracy(rule.margin, optimal_offset(rule.margin, p.R))
    return accuracies(rule.w, rule.b, p).minority


claim.law(
    lambda run, p: run["projection"] / margins_of(robust_rule(p).w, p).scale,  # w.xi/gamma(w)
    mode="projection", name="stable_projection_law", at=(INDEPENDENT, ELLIPTICAL),
    says="a rule's score minus its mean, divided by gamma(w), has the law F",
    source="derived: w.xi = gamma(w) S", width=0.06, trials=5000,
    formula=lambda p, x: noise_cdf(x, p),
    twin=Twin("standard normal", cdf=lambda p, x: normal_cdf(jnp.asarray(x))),
)  # fmt: skip
claim.ordering(
    "cauchy_disparity_sign_flip_simulated",
    "m_std = 5, m_rob = 3, R = 5: the standard rule's disparity .0572 exceeds .0339",
    class_gap("standard"), class_gap("robust"), at=cauchy_in_twenty(5, 2, 5),
    support=(-2.0, 2.0), trials=2000, twin="the gap is positive",
)  # fmt: skip
