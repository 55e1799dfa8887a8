"""The standard and the robust optimum as (w, b), for Gaussian and stable noise, and their errors.

For any linear rule the noise enters through w.xi = gamma(w) S, S standard: gamma = sqrt(w' Sigma w)
(Gaussian, elliptical) or (sum_j |sigma_j w_j|^alpha)^{1/alpha} (independent stable coordinates).
The direction maximises the margin (w.mu - eps |w|_q)/gamma(w) whatever R is; the offset is the
one-dimensional optimum at that margin.
"""

from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
from jaxtyping import Array

from theory import Ge, Le, ParameterError, Scalar, Single, closed_form, normal_cdf
from theory.gaussian_robustness._directions import (
    attack_of,
    precision_times,
    soft_threshold_attack,
)
from theory.gaussian_robustness._gaussian import optimal_offset
from theory.gaussian_robustness._model import (
    Params,
    Positives,
    Radius,
    Ratio,
    Vector,
    covariance_matrix,
    mean,
    scales,
)
from theory.gaussian_robustness._norms import dual_norm
from theory.gaussian_robustness._shapes import SETTING
from theory.gaussian_robustness._stable import Index, stable_cdf
from theory.gaussian_robustness._thresholds import best_offset

Share = Annotated[Scalar, Ge(0), Le(1)]


class Rule(NamedTuple):
    """A linear rule sign(w.x + b) and what it is worth.

    w, b: the rule; the constant majority rule has w = 0, b = +inf. margin: (w.mu - eps|w|_q)/gamma
    at the attack it was made for; offset: b/gamma. trivial: True for the constant majority rule,
    because the attack reaches the mean or (stable noise) the imbalance is past R_c(margin).
    """

    w: Array
    b: Array
    margin: Array
    offset: Array
    trivial: Array


_RULE = {"w": [0.5, -0.3, 1.0], "params": Params(d=3)}


def _fitting(w: Scalar, params: Any) -> Scalar:
    w = jnp.asarray(w, float)
    if w.shape != (params.d,):
        raise ParameterError(
            f"{SETTING}: w has shape {w.shape}, but the params have d = {params.d}"
        )
    return w


@closed_form(example=_RULE)
def noise_scale(w: Vector, params: Any) -> Scalar:
    """gamma(w): the scale of w.xi; 0 at w = 0."""
    w = _fitting(w, params)
    if params.noise == "independent":
        size = jnp.abs(w) * scales(params)
        top = jnp.max(size)
        ratio = jnp.where(top > 0, size / jnp.where(top > 0, top, 1.0), 0.0)
        powers = jnp.where(ratio > 0, jnp.where(ratio > 0, ratio, 1.0) ** params.alpha, 0.0)
        return jnp.where(
            top > 0, top * jnp.maximum(jnp.sum(powers), 1e-300) ** (1 / params.alpha), 0.0
        )
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


@closed_form(example=_RULE)
def margins_of(w: Vector, params: Any) -> RuleMargins:
    """(w.mu/gamma, (w.mu - eps |w|_q)/gamma, gamma); margins are 0 at w = 0."""
    w = _fitting(w, params)
    scale = noise_scale(w, params)
    safe = jnp.where(scale > 0, scale, 1.0)
    reach = jnp.dot(w, mean(params))
    shrunk = reach - params.eps * dual_norm(w, params.p)
    return RuleMargins(
        jnp.where(scale > 0, reach / safe, 0.0), jnp.where(scale > 0, shrunk / safe, 0.0), scale
    )


@closed_form(example={"mu": [0.5, -0.3, 1.0], "sigma": [1.0, 2.0, 0.7], "eps": 0.1})
def independent_direction(
    mu: Vector, sigma: Positives, eps: Annotated[Radius, Single], alpha: Annotated[Index, Single]
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
    spreads = alpha > 1
    exponent = 1 / jnp.where(spreads, alpha - 1, 1.0)
    spread = jnp.where(ratio > 0, jnp.where(ratio > 0, ratio, 1.0) ** exponent, 0.0)
    axis = (jnp.arange(mu.shape[0]) == jnp.argmax(reach)) & (top > 0)
    return jnp.sign(mu) / sigma * jnp.where(spreads, spread, axis)


def _direction(params: Any, eps: Scalar | None) -> Scalar:
    mu = mean(params)
    if params.noise != "independent":
        attack = attack_of(params) if eps is not None else jnp.zeros_like(mu)
        return 2 * precision_times(params, mu - attack)
    if eps is not None and params.p != "linf":
        raise ParameterError(
            f"{SETTING}: p = {params.p!r} is not one of {{linf}}: with independent stable noise"
            " only the l_inf attack has a closed form"
        )
    return independent_direction(mu, scales(params), 0.0 if eps is None else eps, params.alpha)


def _rule(params: Any, eps: Scalar | None) -> Rule:
    w = _direction(params, eps)
    margins = margins_of(w, params)
    margin = margins.natural if eps is None else margins.robust
    possible = margin > 0
    if params.noise == "gaussian":
        trivial = ~possible
        offset = jnp.where(
            trivial, jnp.inf, optimal_offset(jnp.where(possible, margin, 1.0), params.R)
        )
    else:
        offset, trivial = best_offset(margin, params.R, params.alpha)
    b = jnp.where(trivial, jnp.inf, jnp.where(trivial, 0.0, offset) * margins.scale)
    return Rule(jnp.where(trivial, 0.0, w), b, jnp.where(possible, margin, 0.0), offset, trivial)


def standard_rule(params: Any) -> Rule:
    """f_std, the linear rule of least natural error; Gaussian: w = 2 Sigma^{-1} mu, b = log R."""
    return _rule(params, None)


def robust_rule(params: Any) -> Rule:
    """f_rob, the linear rule of least robust error; Gaussian: w = 2 Sigma^{-1}(mu - z), b = log R.

    When eps >= |mu|_p the constant majority rule is returned, with ``trivial`` set. Raises
    ParameterError for independent stable noise with p other than linf.
    """
    return _rule(params, params.eps)


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


@closed_form(example=_RULE)
def accuracies(w: Vector, b: Scalar, params: Any) -> Accuracies:
    """F(k + h), F(k - h), F(m + h), F(m - h) of any linear rule; 1 and 0 for a constant rule."""
    natural, robust, scale = margins_of(w, params)
    constant = scale <= 0
    h = jnp.asarray(b) / jnp.where(constant, 1.0, scale)
    inner = jnp.where(constant, 0.0, jnp.where(constant, 0.0, h))
    values = noise_cdf(
        jnp.stack([natural + inner, natural - inner, robust + inner, robust - inner]), params
    )
    majority = jnp.where(jnp.asarray(b) > 0, 1.0, 0.0)
    fixed = jnp.stack([majority, 1 - majority, majority, 1 - majority])
    return Accuracies(*jnp.where(constant, fixed, values))


@closed_form
def population(accuracy_majority: Share, accuracy_minority: Share, R: Ratio) -> Scalar:
    """[R a_M + a_m]/(1 + R): accuracy on the imbalanced population from the class accuracies."""
    return (R * accuracy_majority + accuracy_minority) / (1 + R)
