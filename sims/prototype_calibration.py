"""Prototypes from k shots, raw and moved toward base classes: exact recalls given the prototype."""

import jax
import jax.numpy as jnp

from sims import normals, reduced_means, simulation
from theory import normal_cdf
from theory.prototype_calibration.estimated import seen_weight
from theory.prototype_calibration.params import Params


@simulation(width=256)
def trial(key, p: Params):
    """Nearest prototype: new class at 0, rival at -D e_1, other donors' mixture at b."""
    noise = reduced_means(key, jnp.zeros((2, 2)), jnp.stack([p.k, p.base_shots]), p.d)
    axes = jnp.eye(noise.shape[1])
    there = -p.gap * axes[0]
    mixture = p.along * axes[0] + p.across * axes[1]
    raw, rival = noise[0], there + noise[1]
    apart = raw - rival
    driven = jnp.minimum(1.0, (p.d - 2) / p.k / (apart @ apart))

    def moved(donor, weight):
        return (1 - weight) * raw + weight * donor

    def called(prototype):
        """Each class's recall, and the chance that a new point ranks above a base point."""
        w = prototype - rival
        length = jnp.linalg.norm(w)
        new = (rival @ rival - prototype @ prototype) / (2 * length)
        to_new, to_own = there - prototype, there - rival
        base = (to_new @ to_new - to_own @ to_own) / (2 * length)
        rank = -(w @ there) / (jnp.sqrt(2.0) * length)
        return normal_cdf(jnp.stack([new, base])), normal_cdf(rank)

    mixed = moved(mixture, p.weight)
    prototypes = jnp.stack([raw, moved(rival, p.weight), mixed, moved(rival, 0.999 * driven)])
    recalls, auc = jax.vmap(called)(prototypes)
    return {
        "raw": recalls[0],
        "moved": recalls[1],
        "mixed": recalls[2],
        "driven": recalls[3],
        "auc": auc[:3],
        "loss": mixed @ mixed,
    }


@simulation(width=256)
def anisotropic_trial(key, p: Params):
    """Half of the features, the rival's among them, of spread 1, half of ``stretch``; rival donor.

    Of the second half only the square of the noise matters.
    """
    first, second = jax.random.split(key)
    half = p.d // 2
    noise = reduced_means(first, jnp.zeros((1, 2)), p.k, p.d - half)[0]
    rest = p.stretch * reduced_means(second, jnp.zeros((1, 1)), p.k, half)[0]
    there = -p.gap * jnp.eye(noise.shape[0])[0]
    moved, beside = (1 - p.weight) * noise + p.weight * there, (1 - p.weight) * rest
    w, far = moved - there, beside @ beside
    spread = 2 * jnp.sqrt(w @ w + p.stretch**2 * far)
    margins = jnp.stack([there @ there - moved @ moved - far, w @ w + far])
    return {"moved": normal_cdf(margins / spread)}


@simulation(width=256)
def competing_trial(key, p: Params):
    """Two new classes of k and base_shots shots, D apart, both moved toward a mixture between."""
    noise = reduced_means(key, jnp.zeros((2, 2)), jnp.stack([p.k, p.base_shots]), p.d)
    axis = jnp.eye(noise.shape[1])
    means = jnp.stack([p.gap / 2 * axis[0], -p.gap / 2 * axis[0]])
    mixture = p.along * axis[0] + p.across * axis[1]
    moved = (1 - p.weight) * (means + noise) + p.weight * mixture
    w = moved[0] - moved[1]
    side = (means - jnp.mean(moved, axis=0)) @ w / jnp.linalg.norm(w)
    return {"first": normal_cdf(side[0]), "second": normal_cdf(-side[1])}


@simulation(width=256)
def cosine_trial(key, p: Params):
    """Largest cosine: softmax donors, all classes; and the nearest base as the only donor."""
    here, there = jax.random.split(key)
    r = p.cosine - p.step * jnp.arange(p.bases)
    gram = p.between + (1 - p.between) * jnp.eye(p.bases)
    whole = jnp.eye(1 + p.bases).at[1:, 1:].set(gram).at[0, 1:].set(r).at[1:, 0].set(r)
    frame = jnp.linalg.cholesky(whole)  # rows: the new direction, then the bases'
    c = reduced_means(here, p.length * frame[:1], p.k, p.d)[0]
    directions = jnp.pad(frame, ((0, 0), (0, 1)))
    own, bases = directions[0], directions[1:]

    def unit(x):
        return x / jnp.linalg.norm(x)

    raw = unit(c)
    weights = jax.nn.softmax(p.sharpness * bases @ raw)

    def moved(donor, weight):
        return unit((1 - weight) * raw + weight * unit(donor))

    def pairwise(prototype):
        """New v each base, each base v new."""
        w = prototype - bases
        length = jnp.linalg.norm(w, axis=1)
        base = -jnp.sum(w * bases, axis=1)
        return (normal_cdf(p.length * (w @ own) / length), normal_cdf(p.length * base / length))

    pair = jnp.stack([moved(bases[0], a) for a in (0.0, p.weight, 0.99)])
    driven = jnp.minimum(seen_weight(c @ c, p.d / p.k, raw @ bases[0]), 0.999)
    driven = jnp.stack(pairwise(moved(bases[0], driven)))[:, 0]
    prototype = moved(weights @ bases, p.weight)
    (new, base), (pair_new, pair_base) = pairwise(prototype), jax.vmap(pairwise)(pair)
    (z,) = normals(there, z=(p.points, c.shape[0]))
    x = p.length * own + z
    return {
        "own": raw @ own,
        "nearest": raw @ bases[0],
        "square": c @ c / (p.length**2 + p.d / p.k),
        "weights": weights,
        "new": new,
        "base": base,
        "driven": driven,
        "pair_new": pair_new[:, 0],
        "pair_base": pair_base[:, 0],
        "many": jnp.mean(1.0 * (x @ prototype > jnp.max(x @ bases.T, axis=1))),
    }
