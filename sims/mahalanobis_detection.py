"""Scores of points with known and fitted Gaussians, of two classes, and after a step on inputs."""

import jax
import jax.numpy as jnp
from jax.nn import log_softmax

from sims import (
    autoregressive,
    fitted_gaussian,
    fitting,
    linear_discriminant,
    normals,
    simulation,
    wins,
)
from theory import mahalanobis
from theory.mahalanobis_detection import noisy_classes

POINTS = 16  # of each kind in a trial: 256 pairs for an AUROC


def along(v, p):
    """v at length sqrt(lambda): its image under a root of Sigma has noncentrality lambda."""
    return jnp.sqrt(p.shift) * v / jnp.linalg.norm(v)


@simulation(width=fitting(lambda p: 4 * POINTS * p.d, most=256))
def trial(key, p):
    """Points of a class with an autoregressive Sigma, points shifted anyhow, and scaled points."""
    z, out, v = normals(key, z=(POINTS, p.d), out=(POINTS, p.d), v=p.d)
    sigma = autoregressive(p.d)
    root = jnp.linalg.cholesky(sigma)

    def score(white):
        return mahalanobis(white @ root.T, jnp.zeros(p.d), sigma)

    inside, shifted = score(z), score(out + along(v, p))
    scaled = score(jnp.sqrt(p.scale2) * out)
    return {
        "inside": inside,
        "shifted": shifted,
        "scaled": scaled,
        "auroc_shift": wins(shifted, inside),
        "auroc_scale": wins(scaled, inside),
    }


@simulation(width=fitting(lambda p: 2 * POINTS * p.d, most=256))
def axes_trial(key, p):
    """Euclid's distances: one wide axis, a shift at an angle to it."""
    z, out = normals(key, z=(POINTS, p.d), out=(POINTS, p.d))
    sd = jnp.ones(p.d).at[0].set(p.spread)
    turn = jnp.deg2rad(p.angle)
    v = jnp.zeros(p.d).at[:2].set(p.length * jnp.stack([jnp.cos(turn), jnp.sin(turn)]))
    inside, shifted = (jnp.sum(x**2, axis=1) for x in (z * sd, out * sd + v))
    return {"euclid_auroc": wins(shifted, inside)}


@simulation(width=256, small_lapack=True)
def fitted_trial(key, p):
    """Means and covariance fitted to N points; scores of new points, and of a training point."""
    x, new, out, v = normals(
        key, x=(p.classes * p.count, p.d), new=(POINTS, p.d), out=(POINTS, p.d), v=p.d
    )
    root = jnp.linalg.cholesky(autoregressive(p.d))
    labels = jnp.repeat(jnp.arange(p.classes), p.count)
    x = x @ root.T  # the classes' own means would cancel
    fit = fitted_gaussian(x, labels, p.classes)

    def score(points):
        return mahalanobis(points, fit.means[0], fit.pooled)

    return {
        "test": score(new @ root.T),
        "shifted": score((out + along(v, p)) @ root.T),
        "training": score(x[:1])[0],
    }


@simulation(width=512)
def update_trial(key, p):
    """A diagonal entry of the covariance after a class joins by the paper's update."""
    old, new = normals(key, old=(p.classes, p.count), new=p.added)
    base = jnp.mean(jnp.var(old, axis=1))
    return {"entry": (p.classes * base + jnp.var(new)) / (p.classes + 1)}


@simulation(width=256)
def two_classes_trial(key, p):
    """Two whitened classes: max softmax and Mahalanobis' score, also as fitted to noisy labels."""
    z, out = normals(key, z=(POINTS, p.d), out=(POINTS, p.d))
    side = jnp.where(jnp.arange(POINTS) % 2 == 0, 1.0, -1.0)
    axis, across = jnp.eye(p.d)[:2]
    means = jnp.stack([axis, -axis]) * p.separation / 2
    own = side[:, None] * axis * p.separation / 2
    inside = z + own
    outward = out + own + side[:, None] * axis * p.length
    sideways = out + own + jnp.sqrt(p.shift) * across
    softmax = linear_discriminant(means, jnp.eye(p.d))

    def certainty(f):
        return jnp.max(log_softmax(softmax(f), axis=1), axis=1)

    def score(f, noise=0.0):
        distances = mahalanobis(f[:, None], *noisy_classes(means, jnp.eye(p.d), noise))
        return jnp.min(distances, axis=1)

    return {
        "softmax_blind": wins(certainty(inside), certainty(outward)),
        "softmax_blind_sideways": wins(certainty(inside), certainty(sideways)),
        "mahalanobis_outward": wins(score(outward), score(inside)),
        "label_noise_detection": wins(score(sideways, p.noise), score(inside, p.noise)),
    }


@simulation(width=64)
def blocks_trial(key, p):
    """d wide and d narrow coordinates, one of the blocks shifted; AUROC before and after a step."""
    z, out = normals(key, z=(POINTS, 2, p.d), out=(POINTS, 2, p.d))
    sd = jnp.stack([p.spread, jnp.ones_like(p.spread)])[:, None]

    def score(x):
        return jnp.sum((x / sd) ** 2, axis=(-2, -1))

    def step(x):
        return x - p.step * jnp.sign(jax.vmap(jax.grad(score))(x))

    seen = {}
    for block, name in enumerate(("wide", "narrow")):
        inside, shifted = z * sd, out.at[:, block].add(p.delta) * sd
        seen[f"{name}_before"] = wins(score(shifted), score(inside))
        seen[f"{name}_after"] = wins(score(step(shifted)), score(step(inside)))
    return seen
