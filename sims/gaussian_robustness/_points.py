"""Test points, explicit attacks, and what fixed rules do with them."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory.gaussian_robustness import (
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


def noise(key: Array, count: int, params: Any) -> Float[Array, "count d"]:
    """Draws of xi: normal, independent stable coordinates, or elliptical stable (one mixing
    variable A a row: sqrt(2A) L g has E exp(iu.xi) = exp(-(u' Sigma u)^{alpha/2}))."""
    shape = (count, params.d)
    if params.noise == "independent":
        return scales(params) * sample_stable(key, shape, params.alpha)
    key_g, key_a = jax.random.split(key)
    # 24 random bits suffice for a normal coordinate, and cost a third of a float64 normal
    normal = jax.random.normal(key_g, shape, jnp.float32).astype(jnp.float64)
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


def attacks_and_rules(key: Array, params: Any) -> RulesAndAttacks:
    """What every trial of a run has in common; nothing random."""
    del key
    standard, robust = standard_rule(params), robust_rule(params)
    return RulesAndAttacks(
        standard,
        robust,
        worst_attack(standard.w, params.eps, params.p),
        worst_attack(robust.w, params.eps, params.p),
    )


CLASSES = np.array([1.0, -1.0])
"""Labels of the majority and the minority class."""


def _fractions_correct(x: Float[Array, "2 count d"], rule: Rule) -> Float[Array, " 2"]:
    correct = CLASSES[:, None] * (x @ rule.w + rule.b) > 0
    return jnp.mean(correct.astype(float), axis=1)  # the mean of booleans would be float32


def points_trial(key: Array, params: Any, shared: RulesAndAttacks) -> dict[str, Array]:
    """``points`` fresh points of each class against both rules, clean and attacked.

    Returns (majority, minority) fractions correct: ``standard`` and ``robust`` on clean points,
    ``standard_attacked`` and ``attacked`` (the robust rule) on the points moved by the explicit
    worst attack x - y z; and ``disparity`` = (of the standard, of the robust rule), clean.
    """
    y = CLASSES[:, None, None]
    drawn = jax.vmap(lambda k: noise(k, params.points, params))(jax.random.split(key))
    x = y * mean(params) + drawn
    rows = {
        "standard": _fractions_correct(x, shared.standard),
        "robust": _fractions_correct(x, shared.robust),
        "standard_attacked": _fractions_correct(x - y * shared.standard_attack, shared.standard),
        "attacked": _fractions_correct(x - y * shared.robust_attack, shared.robust),
    }
    disparity = [rows[name][0] - rows[name][1] for name in ("standard", "robust")]
    return {**rows, "disparity": jnp.stack(disparity)}


def projection_trial(key: Array, params: Any, shared: RulesAndAttacks) -> dict[str, Array]:
    """w.xi/gamma(w) of one draw, w the robust direction."""
    w = shared.robust.w
    scale = margins_of(w, params).scale
    return {"projection": noise(key, 1, params)[0] @ w / scale}


def band_trial(key: Array, params: Any) -> dict[str, Array]:
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


def heavy_loss_trial(key: Array, params: Any) -> dict[str, Array]:
    """(mean logistic loss of n majority points at w = mu, b = 0) to the power alpha/4.

    The mean itself has no expectation for alpha <= 1; this power has one, and a variance.
    """
    x = mean(params) + noise(key, params.n, params)
    loss = jnp.mean(jax.nn.softplus(-(x @ mean(params))))
    return {"loss_power": loss ** (params.alpha / 4)}
