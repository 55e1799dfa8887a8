"""Scores of points with known and fitted Gaussians, of two classes, and after a step on inputs."""

import jax
import jax.numpy as jnp
from jax.nn import log_sigmoid

from sims import autoregressive, fitted_gaussian, fitting, normals, simulation, wins
from theory import mahalanobis
from theory.mahalanobis_detection import noisy_classes

POINTS = 16  # of each kind in a trial: 256 pairs for an AUROC


def along(v, p):
    """v at length sqrt(lambda): its image under a root of Sigma has noncentrality lambda."""
    return jnp.sqrt(p.shift) * v / jnp.linalg.norm(v)


@simulation(width=fitting(lambda p: 4 * POINTS * p.d, most=256))
def trial(key, p):
    """Points of a class, shifted anyhow, and scaled, of an autoregressive Sigma; one wide axis."""
    z, out, v = normals(key, z=(POINTS, p.d), out=(POINTS, p.d), v=p.d)
    sigma = autoregressive(p.d)
    root = jnp.linalg.cholesky(sigma)

    def score(white):
        return mahalanobis(white @ root.T, jnp.zeros(p.d), sigma)

    def euclid(white, shift):
        turn, first, second = jnp.deg2rad(p.angle), *jnp.eye(p.d)[:2]
        v = shift * (jnp.cos(turn) * first + jnp.sin(turn) * second)
        return jnp.sum((white * (1 + (p.spread - 1) * first) + v) ** 2, axis=1)

    inside, shifted, scaled = score(z), score(out + along(v, p)), score(jnp.sqrt(p.scale2) * out)
    return {
        "inside": inside,
        "shifted": shifted,
        "scaled": scaled,
        "auroc_shift": wins(shifted, inside),
        "auroc_scale": wins(scaled, inside),
        "euclid_auroc": wins(euclid(out, p.length), euclid(z, 0.0)),
    }


@simulation(width=256, small_lapack=True)
def fitted_trial(key, p):
    """Means and covariance fitted to N points; scores of new points, and of a training point."""
    x, (new, out), v = normals(key, x=(p.total, p.d), points=(2, POINTS, p.d), v=p.d)
    root = jnp.linalg.cholesky(autoregressive(p.d))
    labels = jnp.repeat(jnp.arange(p.classes), p.count)  # the classes' own means would cancel
    fit = fitted_gaussian(x @ root.T, labels, p.classes)

    def score(white):
        return mahalanobis(white @ root.T, fit.means[0], fit.pooled)

    return {"test": score(new), "shifted": score(out + along(v, p)), "training": score(x[:1])[0]}


@simulation(width=512)
def update_trial(key, p):
    """A diagonal entry of the covariance after a class joins by the paper's update."""
    old, new = normals(key, old=(p.classes, p.count), new=p.added)
    return {"entry": (p.classes * jnp.mean(jnp.var(old, axis=1)) + jnp.var(new)) / (p.classes + 1)}


@simulation(width=256)
def two_classes_trial(key, p):
    """Two whitened classes: max softmax and Mahalanobis' score, also as fitted to noisy labels."""
    z, out = normals(key, z=(POINTS, p.d), out=(POINTS, p.d))
    axis, across = jnp.eye(p.d)[:2]
    means = jnp.stack([axis, -axis]) * p.separation / 2
    own = jnp.tile(means, (POINTS // 2, 1))
    inside, outward = z + own, out + own * (1 + 2 * p.length / p.separation)
    sideways = out + own + jnp.sqrt(p.shift) * across

    def score(f, noise=0.0):
        distances = mahalanobis(f[:, None], *noisy_classes(means, jnp.eye(p.d), noise))
        return jnp.min(distances, axis=1)

    def certainty(f):  # the log of max softmax; log_softmax would round it to 0 far out
        return log_sigmoid(jnp.abs(f @ (means[0] - means[1])))

    return {
        "softmax_blind": wins(certainty(inside), certainty(outward)),
        "softmax_blind_sideways": wins(certainty(inside), certainty(sideways)),
        "mahalanobis_outward": wins(score(outward), score(inside)),
        "sideways": wins(score(sideways), score(inside)),
        "sideways_noisy": wins(score(sideways, p.noise), score(inside, p.noise)),
    }


@simulation(width=64)
def blocks_trial(key, p):
    """d wide and d narrow coordinates, one of the blocks shifted; AUROC after a step."""
    z, out = normals(key, z=(POINTS, 2, p.d), out=(POINTS, 2, p.d))
    sd = jnp.stack([p.spread, jnp.ones_like(p.spread)])[:, None]

    def score(x):
        return jnp.sum((x / sd) ** 2, axis=(-2, -1))

    def after(x):
        return score(x - p.step * jnp.sign(jax.vmap(jax.grad(score))(x)))

    inside = after(z * sd)
    wide, narrow = (after(out.at[:, block].add(p.delta) * sd) for block in (0, 1))
    return {"wide_after": wins(wide, inside), "narrow_after": wins(narrow, inside)}
