"""Singular-kernel votes at one test point."""

from typing import Any

import jax.numpy as jnp
from jaxtyping import Array

from sims import simulation, uniforms
from theory.ntk_classifiers import BUMP_CENTRE, BUMP_HALF_WIDTH, BUMP_INSIDE, BUMP_OUTSIDE


def places(key: Array, params: Any) -> tuple[Array, Array]:
    """Uniform numbers in (0, 1] for the points, in [0, 1) for the labels."""
    place, label = uniforms(key, place=params.n, label=params.n)
    return 1 - place, label


def vote(label: Array, params: Any, log_weights: Array) -> dict[str, Array]:
    """Labels +1 with probability eta, and the weighted vote at the test point."""
    weights = jnp.exp(log_weights - log_weights.max())
    weights = weights / weights.sum()
    plus = jnp.sum(jnp.where(label < params.eta, weights, -weights)) >= 0
    return {"plus": plus.astype(float), "squared_weights": jnp.sum(weights**2)}


@simulation(width=256)
def circle_vote_trial(key: Array, params: Any) -> dict[str, Array]:
    """n uniform points on the circle, P(y = +1) = eta, weights chord^-alpha, one test point."""
    # by symmetry the angle to the test point is uniform on (0, pi)
    place, label = places(key, params)
    return vote(label, params, -params.alpha * jnp.log(2 * jnp.sin(jnp.pi * place / 2)))


@simulation(width=256)
def sphere_vote_trial(key: Array, params: Any) -> dict[str, Array]:
    """The same on the sphere S^2, where chord^2/4 = (1 - x.z)/2 is uniform on (0, 1)."""
    place, label = places(key, params)
    return vote(label, params, -params.alpha / 2 * jnp.log(4 * place))


@simulation(width=64)
def bump_vote_trial(key: Array, params: Any) -> dict[str, Array]:
    """Angles uniform on the quarter circle, eta = .85 near the test point pi/4 and .3 elsewhere.

    The mean of y chord^-alpha.
    """
    place, label = places(key, params)
    gap = place * BUMP_CENTRE  # the test point is the middle: only the distance to it matters
    eta = jnp.where(gap < BUMP_HALF_WIDTH, BUMP_INSIDE, BUMP_OUTSIDE)
    y = jnp.where(label < eta, 1.0, -1.0)
    return {"vote": jnp.mean(y * (2 * jnp.sin(gap / 2)) ** -params.alpha)}
