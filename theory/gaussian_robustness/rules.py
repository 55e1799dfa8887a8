"""The standard and the robust optimum as (w, b), for Gaussian and stable noise, and their errors.

The direction maximises the margin (w.mu - eps |w|_q)/gamma(w) whatever R is; the offset is the
one-dimensional optimum at that margin.
"""

from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array

from theory import ParameterError, Scalar, Single, closed_form, dual_norm, normal_cdf, stable_cdf
from theory.gaussian_robustness.attacks import MU, SIGMA, attack_of, soft_threshold_attack
from theory.gaussian_robustness.gaussian import optimal_offset
from theory.gaussian_robustness.offsets import best_offset
from theory.gaussian_robustness.params import (
    SETTING, Index, OneRadius, Params, Positives, Vector, covariance_matrix, mean, precision_times,
    scales,
)  # fmt: skip

__all__ = [
    "Accuracies", "Rule", "RuleMargins", "accuracies", "best_rules", "independent_direction",
    "margins_of", "noise_cdf", "noise_scale", "robust_rule", "standard_rule",
]  # fmt: skip

RULE = {"w": MU, "params": Params(d=3)}


class Rule(NamedTuple):
    """A linear rule sign(w.x + b) and what it is worth.

    The constant majority rule, w = 0 and b = +inf, is best (``trivial``) where the attack reaches
    the mean or (stable noise) the imbalance is past R_c(margin).
    """

    w: Array
    b: Array
    margin: Array  # (w.mu - eps|w|_q)/gamma at the attack it was made for
    offset: Array  # b/gamma
    trivial: Array


def fitting(w: Scalar, params: Any) -> Scalar:
    """w as floats; raises ParameterError unless it has the params' dimension."""
    w, d = jnp.asarray(w, float), params.d
    if w.shape != (d,):
        raise ParameterError(f"{SETTING}: w has shape {w.shape}, but the params have d = {d}")
    return w


def powers(x: Scalar, a: Scalar) -> Scalar:
    """x^a for x >= 0 and a > 0, with derivative 0 at 0."""
    return jnp.where(x > 0, jnp.where(x > 0, x, 1.0) ** a, 0.0)


def power_norm(x: Scalar, a: Scalar) -> Scalar:
    """(sum_j x_j^a)^{1/a} for x_j >= 0 and any a > 0."""
    top = jnp.max(x)
    ratios = jnp.where(top > 0, x / jnp.where(top > 0, top, 1.0), 0.0)
    return top * jnp.maximum(jnp.sum(powers(ratios, a)), 1e-300) ** (1 / a)


@closed_form(example=RULE)
def noise_scale(w: Vector, params: Any) -> Scalar:
    """gamma(w), w.xi = gamma(w) S with S standard; 0 at w = 0.

    sqrt(w' Sigma w) (Gaussian, elliptical) or (sum_j |sigma_j w_j|^alpha)^{1/alpha} (independent).
    """
    w = fitting(w, params)
    if params.noise == "independent":
        return power_norm(jnp.abs(w) * scales(params), params.alpha)
    if params.covariance == "diagonal":
        squared = jnp.sum((w * scales(params)) ** 2)
    else:
        squared = w @ covariance_matrix(params) @ w
    return jnp.where(squared > 0, jnp.sqrt(jnp.where(squared > 0, squared, 1.0)), 0.0)


@closed_form(example={"params": Params(d=3)})
def noise_cdf(x: Scalar, params: Any) -> Scalar:
    """P(S <= x) for the params' standard noise: Phi, or the stable F."""
    if params.noise == "gaussian":
        return normal_cdf(jnp.asarray(x, float))
    return stable_cdf(x, params.alpha)


class RuleMargins(NamedTuple):
    """Natural and robust margin of a direction, and its scale gamma(w)."""

    natural: Array
    robust: Array
    scale: Array


@closed_form(example=RULE)
def margins_of(w: Vector, params: Any) -> RuleMargins:
    """(w.mu/gamma, (w.mu - eps |w|_q)/gamma, gamma); margins are 0 at w = 0."""
    w = fitting(w, params)
    scale = noise_scale(w, params)
    safe = jnp.where(scale > 0, scale, 1.0)
    reach = w @ mean(params)
    shrunk = reach - params.eps * dual_norm(w, params.p)
    natural, robust = (jnp.where(scale > 0, r / safe, 0.0) for r in (reach, shrunk))
    return RuleMargins(natural, robust, scale)


@closed_form(example={"mu": MU, "sigma": SIGMA, "eps": 0.1})
def independent_direction(
    mu: Vector, sigma: Positives, eps: OneRadius, alpha: Annotated[Index, Single]
) -> Scalar:
    """The best direction for independent stable coordinates and an l_inf attack (or eps = 0).

    1 < alpha <= 2: w_j = sgn(mu_j) ((|mu_j| - eps)_+/sigma_j)^{1/(alpha-1)}/sigma_j. alpha <= 1:
    gamma(w) >= sum_j sigma_j |w_j|, so the best w is one axis, at the largest
    (|mu_j| - eps)_+/sigma_j. The zero vector when the attack reaches the mean.
    """
    mu, sigma = jnp.asarray(mu, float), jnp.asarray(sigma, float)
    reach = (jnp.abs(mu) - jnp.abs(soft_threshold_attack(mu, eps))) / sigma
    top = jnp.max(reach)
    ratio = jnp.where(top > 0, reach / jnp.where(top > 0, top, 1.0), 0.0)
    spread = powers(ratio, 1 / jnp.where(alpha > 1, alpha - 1, 1.0))
    axis = (jnp.arange(mu.shape[0]) == jnp.argmax(reach)) & (top > 0)
    return jnp.sign(mu) / sigma * jnp.where(alpha > 1, spread, axis)


def best_direction(params: Any, attacked: bool) -> Scalar:
    """The direction of largest robust margin, or of largest natural margin."""
    mu = mean(params)
    if params.noise != "independent":
        return 2 * precision_times(params, mu - attack_of(params) if attacked else mu)
    if attacked and params.p != "linf":
        raise ParameterError(
            f"{SETTING}: p = {params.p!r} is not one of {{linf}}: with independent stable noise"
            " only the l_inf attack has a closed form"
        )
    eps = params.eps if attacked else 0.0
    return independent_direction(mu, scales(params), eps, params.alpha)


def best_rules(params: Any, *attacked: bool) -> list[Rule]:
    """The rules of least robust (where attacked) or natural error, in this order.

    Their offsets, which are searches for stable noise, are found in one.
    """
    w = jnp.stack([best_direction(params, under) for under in attacked])
    natural, robust, scale = map(jnp.stack, zip(*(margins_of(v, params) for v in w), strict=True))
    margin = jnp.where(jnp.asarray(attacked), robust, natural)
    possible = margin > 0
    if params.noise == "gaussian":
        trivial, offset = ~possible, optimal_offset(jnp.where(possible, margin, 1.0), params.R)
    else:
        offset, trivial = best_offset(margin, params.R, params.alpha)
    b = jnp.where(trivial, jnp.inf, jnp.where(trivial, 0.0, offset) * scale)
    rules = (
        jnp.where(trivial[:, None], 0.0, w), b, jnp.where(possible, margin, 0.0),
        jnp.where(trivial, jnp.inf, offset), trivial,
    )  # fmt: skip
    return [Rule(*rule) for rule in zip(*rules, strict=True)]


def standard_rule(params: Any) -> Rule:
    """f_std, the linear rule of least natural error; Gaussian: w = 2 Sigma^{-1} mu, b = log R."""
    return best_rules(params, False)[0]


def robust_rule(params: Any) -> Rule:
    """f_rob, the linear rule of least robust error; Gaussian: w = 2 Sigma^{-1}(mu - z), b = log R.

    When eps >= |mu|_p the constant majority rule is returned, with ``trivial`` set. Raises
    ParameterError for independent stable noise with p other than linf.
    """
    return best_rules(params, True)[0]


class Accuracies(NamedTuple):
    """Exact accuracies of a rule: natural and robust, of the majority and of the minority."""

    majority: Array
    minority: Array
    robust_majority: Array
    robust_minority: Array

    @property
    def disparity(self) -> Scalar:
        """Natural accuracy of the majority minus that of the minority."""
        return self.majority - self.minority


@closed_form(example=RULE)
def accuracies(w: Vector, b: Scalar, params: Any) -> Accuracies:
    """F(k + h), F(k - h), F(m + h), F(m - h) of any linear rule; 1 and 0 for a constant rule."""
    natural, robust, scale = margins_of(w, params)
    constant, b = scale <= 0, jnp.asarray(b)
    h = jnp.where(constant, 0.0, b) / jnp.where(constant, 1.0, scale)
    values = noise_cdf(jnp.stack([natural + h, natural - h, robust + h, robust - h]), params)
    majority = jnp.where(b > 0, 1.0, 0.0)
    fixed = jnp.stack([majority, 1 - majority, majority, 1 - majority])
    return Accuracies(*jnp.where(constant, fixed, values))
