"""Singular-kernel votes at one test point."""

import jax
import jax.numpy as jnp

from theory.ntk_classifiers._laws import BUMP_CENTRE, BUMP_HALF_WIDTH, BUMP_INSIDE, BUMP_OUTSIDE


def _vote(label_key, params, log_weights):
    """Labels +1 with probability eta, and the weighted vote at the test point."""
    plus = jax.random.uniform(label_key, (params.n,)) < params.eta
    weights = jnp.exp(log_weights - log_weights.max())
    weights = weights / weights.sum()
    return {
        "plus": (jnp.sum(jnp.where(plus, weights, -weights)) >= 0).astype(float),
        "squared_weights": jnp.sum(weights**2),
    }


def circle_vote(key, params):
    """n uniform points on the circle, P(y = +1) = eta, weights chord^-alpha, one test point."""
    angle_key, label_key = jax.random.split(key)
    # by symmetry the angle to the test point is uniform on (0, pi)
    angles = jnp.pi * jax.random.uniform(angle_key, (params.n,), minval=1e-17)
    return _vote(label_key, params, -params.alpha * jnp.log(2 * jnp.sin(angles / 2)))


def sphere_vote(key, params):
    """The same on the sphere S^2, where chord^2/4 = (1 - x.z)/2 is uniform on (0, 1)."""
    point_key, label_key = jax.random.split(key)
    quarter = jax.random.uniform(point_key, (params.n,), minval=1e-17)
    return _vote(label_key, params, -params.alpha / 2 * jnp.log(4 * quarter))


def bump_vote(key, params):
    """Angles uniform on the quarter circle, eta = .85 near the test point pi/4 and .3 elsewhere."""
    angle_key, label_key = jax.random.split(key)
    # the test point is the middle, so that only the distance to it matters
    gap = jax.random.uniform(angle_key, (params.n,), minval=1e-17, maxval=1.0) * BUMP_CENTRE
    eta = jnp.where(gap < BUMP_HALF_WIDTH, BUMP_INSIDE, BUMP_OUTSIDE)
    y = jnp.where(jax.random.uniform(label_key, (params.n,)) < eta, 1.0, -1.0)
    weights = (2 * jnp.sin(gap / 2)) ** -params.alpha
    vote = jnp.mean(y * weights)
    return {"vote": vote, "negated_vote": -vote}
