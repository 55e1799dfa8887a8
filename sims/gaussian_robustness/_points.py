"""Test points, explicit attacks, and what fixed rules do with them."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from theory.gaussian_robustness import (
    Params,
    Rule,
    covariance_matrix,
    margins_of,
    mean,
    noise_cdf,
    robust_rule,
    sample_positive_stable,
    sample_stable,
    scales,
    standard_rule,
    worst_attack,
)


def noise(key: Array, count: int, params: Params) -> Float[Array, "count d"]:
    """Draws of xi: normal, independent stable coordinates, or elliptical stable (one mixing
    variable A a row: sqrt(2A) L g has E exp(iu.xi) = exp(-(u' Sigma u)^{alpha/2}))."""
    shape = (count, params.d)
    if params.noise == "independent":
        return scales(params) * sample_stable(key, shape, params.alpha)
    key_g, key_a = jax.random.split(key)
    normal = jax.random.normal(key_g, shape)
    if params.covariance == "diagonal":
        normal = normal * scales(params)
    else:
        normal = normal @ jnp.linalg.cholesky(covariance_matrix(params)).T
    if params.noise == "gaussian":
        return normal
    mixing = sample_positive_stable(key_a, (count, 1), params.alpha / 2)
    return jnp.sqrt(2 * mixing) * normal


class RulesAndAttacks(NamedTuple):
    """Both rules and the shift that the worst attack on each applies to a point of class +1."""

    standard: Rule
    robust: Rule
    standard_attack: Array
    robust_attack: Array


def attacks_and_rules(key: Array, params: Params) -> RulesAndAttacks:
    """What every trial of a run has in common; nothing random."""
    del key
    standard, robust = standard_rule(params), robust_rule(params)
    return RulesAndAttacks(
        standard,
        robust,
        worst_attack(standard.w, params.eps, params.p),
        worst_attack(robust.w, params.eps, params.p),
    )


def _fraction_correct(x: Array, y: float, rule: Rule) -> Array:
    correct = y * (x @ rule.w + rule.b) > 0
    return jnp.mean(correct.astype(float))  # the mean of booleans would be float32


def points_trial(key: Array, params: Params, shared: RulesAndAttacks) -> dict[str, Array]:
    """``points`` fresh points of each class against both rules, clean and attacked.

    Returns (majority, minority) fractions correct: ``standard`` and ``robust`` on clean points,
    ``standard_attacked`` and ``attacked`` (the robust rule) on the points moved by the explicit
    worst attack x - y z; and ``disparity`` = (of the standard, of the robust rule), clean.
    """
    columns: dict[str, list[Array]] = {n: [] for n in _OUTCOMES}
    for y, class_key in zip((1.0, -1.0), jax.random.split(key), strict=True):
        x = y * mean(params) + noise(class_key, params.points, params)
        moved_standard = x - y * shared.standard_attack
        moved_robust = x - y * shared.robust_attack
        for name, points, rule in (
            ("standard", x, shared.standard),
            ("robust", x, shared.robust),
            ("standard_attacked", moved_standard, shared.standard),
            ("attacked", moved_robust, shared.robust),
        ):
            columns[name].append(_fraction_correct(points, y, rule))
    rows = {name: jnp.stack(values) for name, values in columns.items()}
    disparity = [rows[name][0] - rows[name][1] for name in ("standard", "robust")]
    return {**rows, "disparity": jnp.stack(disparity)}


_OUTCOMES = ("standard", "robust", "standard_attacked", "attacked")


def projection_trial(key: Array, params: Params, shared: RulesAndAttacks) -> dict[str, Array]:
    """w.xi/gamma(w) of one draw, w the robust direction."""
    w = shared.robust.w
    scale = margins_of(w, params).scale
    return {"projection": noise(key, 1, params)[0] @ w / scale}


def band_trial(key: Array, params: Params) -> dict[str, Array]:
    """sup over offsets of |empirical - true majority accuracy| of the standard direction.

    As b moves, the accuracy is the fraction of scores above -b: the supremum is the
    Kolmogorov-Smirnov distance of the scores from their law.
    """
    w = standard_rule(params).w
    margins = margins_of(w, params)
    x = mean(params) + noise(key, params.points, params)
    scores = jnp.sort(x @ w / margins.scale)
    law = noise_cdf(scores - margins.natural, params)
    n = params.points
    above = jnp.arange(1, n + 1) / n - law
    below = law - jnp.arange(n) / n
    return {"deviation": jnp.maximum(jnp.max(above), jnp.max(below))}


def heavy_loss_trial(key: Array, params: Params) -> dict[str, Array]:
    """(mean logistic loss of n majority points at w = mu, b = 0) to the power alpha/4.

    The mean itself has no expectation for alpha <= 1; this power has one, and a variance.
    """
    x = mean(params) + noise(key, params.n, params)
    loss = jnp.mean(jax.nn.softplus(-(x @ mean(params))))
    return {"loss_power": loss ** (params.alpha / 4)}
