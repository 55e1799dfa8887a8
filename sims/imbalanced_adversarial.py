"""Rules on points under attack, estimated means, weighted fits, and ridge paths on few points."""

import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike
from jaxtyping import Array, Float

from sims import fitting, newton_logistic, normals, simulation
from theory import normal_cdf
from theory.imbalanced_adversarial import nearest_attack

POINTS = 64  # of either class in a trial
PATH_STEPS = 100  # Newton steps: in the exponential tail of the loss a margin grows by 1 a step


def attack(w, eps, norm):
    """The attack that costs the rule w most."""
    return eps * (jnp.sign(w) if norm == "linf" else w / jnp.linalg.norm(w))


def errors(noise, mu, eps, trained_eps, t, norm):
    """Natural and robust errors of the rule trained at ``trained_eps``, minority and majority."""
    w = 2 * (mu - nearest_attack(mu, trained_eps, norm))
    moved = attack(w, eps, norm)
    scores = [(y * mu + noise - y * shift) @ w - t for shift in (0 * mu, moved) for y in (1, -1)]
    return jnp.stack([
        jnp.mean(s < 0 if y > 0 else s >= 0, dtype=float)
        for s, y in zip(scores, (1, -1, 1, -1), strict=True)
    ])  # fmt: skip


@simulation(width=64)
def trial(key, p):
    """Class errors on common points: standard and adversarial training, weighted, separated."""
    (noise,) = normals(key, noise=(POINTS, p.d))
    on = {"standard_plain": (1.0, 0.0, p.t_1), "standard": (1.0, 0.0, p.t),
          "plain": (1.0, p.eps, p.t_1), "reweighted": (1.0, p.eps, p.t),
          "separated": (p.gain, p.eps, p.t)}  # fmt: skip
    return {
        name: errors(noise, gain * p.mean, p.eps, eps, t, p.norm)
        for name, (gain, eps, t) in on.items()
    }


@simulation(width=256)
def plugin_trial(key, p):
    """Exact class errors of rules with estimated means: at s, under l_2 attacks, and at s + 1/2."""
    (noise,) = normals(key, noise=(2, p.d))
    scale = 1 / jnp.sqrt(jnp.stack(p.class_sizes))
    along = jnp.zeros(p.d).at[0].set(1.0)

    def lost(s, t, eps=0.0):
        minority, majority = scale[:, None] * noise + s * jnp.stack([along, -along])
        w, middle = minority - majority, (minority @ minority - majority @ majority) / 2
        length = jnp.linalg.norm(w)
        # w = 2 (muhat - z) has muhat's direction and is shorter: its offset counts for more
        offset = t / jnp.maximum(1 - 2 * eps / length, 1e-9)
        margins = jnp.stack([s * w[0] - middle - offset, s * w[0] + middle + offset])
        return normal_cdf(eps - margins / length)

    return {
        "plugin": lost(p.s, p.t),
        "plugin_plain": lost(p.s, p.t_1),
        "attacked": lost(p.s, p.t, p.attack * p.s),
        "further": lost(p.s + 0.5, p.t),
        "further_plain": lost(p.s + 0.5, p.t_1),
    }


def with_offset(rows):
    """Rows with a column of ones."""
    return jnp.concatenate([rows, jnp.ones((len(rows), 1))], axis=1)


@simulation(width=fitting(lambda p: p.n * p.d, 32), small_lapack=True)
def logistic_trial(key, p):
    """One weighted adversarial logistic fit, every coordinate active: n |theta - theta*|^2.

    Where w_j has the sign of mu_j the adversarial loss is the logistic loss of x - y z.
    """
    labels, noise = normals(key, labels=(p.n,), noise=(p.n, p.d))
    y = jnp.where(normal_cdf(labels) * (1 + p.K) < 1, 1.0, -1.0)
    left = p.mean - nearest_attack(p.mean, p.eps, p.norm)
    target = jnp.append(2 * left, -p.t)
    rows = with_offset(y[:, None] * left + noise)
    fit = newton_logistic(rows, y, jnp.where(y > 0, p.rho, 1.0), start=target, steps=6)
    return {"squared_error": p.n * jnp.sum((fit.theta - target) ** 2)}


def ridge_fit(X, y, weights, ridge):
    """(w, b) of the logistic fit with a ridge on w alone, for n <= d however small the ridge is.

    In the frame of the centred points' singular vectors the Hessian keeps full rank: there the
    ridge is not what holds the directions that no point sees.
    """
    middle = jnp.mean(X, axis=0)
    U, S, V = jnp.linalg.svd(X - middle, full_matrices=False)
    U, S, V = U[:, :-1], S[:-1], V[:-1]  # centred points span one dimension less
    held = jnp.append(ridge / S**2, 0.0)
    theta = newton_logistic(with_offset(U), y, weights, held, steps=PATH_STEPS).theta
    w = (theta[:-1] / S) @ V
    return w, theta[-1] - middle @ w


@simulation(width=16, small_lapack=True)
def separable_trial(key, p):
    """Ridge fits on n < d points, with weight rho and without: exact minority errors."""
    (noise,) = normals(key, noise=(p.n, p.d))
    y = jnp.where(jnp.arange(p.n) < jnp.round(p.class_sizes[0]), 1.0, -1.0)
    X = y[:, None] * p.mean + noise

    def lost(weight):
        w, b = ridge_fit(X, y, jnp.where(y > 0, weight, 1.0), p.ridge)
        return normal_cdf(-(w @ p.mean + b) / jnp.linalg.norm(w))

    plain, weighted = lost(1.0), lost(p.rho)
    return {"plain": plain, "weighted": weighted, "weight_effect": plain - weighted}


@simulation(width=16, small_lapack=True)
def border_trial(key, p):
    """Whether a sample is separable: Newton's method without a ridge then finds a margin."""
    (noise,) = normals(key, noise=(p.n, p.d))
    y = jnp.where(jnp.arange(p.n) < jnp.round(p.class_sizes[0]), 1.0, -1.0)
    rows = with_offset(y[:, None] * p.mean + noise)
    theta = newton_logistic(rows, y, steps=25).theta
    return {"separable": (jnp.min(y * (rows @ theta)) > 0).astype(float)}


def fit(X: ArrayLike, y: ArrayLike, weight: float, shift: ArrayLike = 0.0) -> Float[Array, " d_1"]:
    """(w, b) of the weighted adversarial logistic fit to x - y ``shift``; minority y = +1.

    Raises ValueError for separable points, where there is no finite minimiser and no weight counts.
    """
    y = jnp.asarray(y, float)
    rows = with_offset(jnp.asarray(X, float) - y[:, None] * jnp.asarray(shift, float))
    weights = jnp.where(y > 0, weight, 1.0)
    found = newton_logistic(rows, y, weights, steps=40)
    if not np.min(y * (rows @ found.theta)) < 0:
        raise ValueError(
            "imbalanced_adversarial: the points are linearly separable: the loss has no finite"
            " minimiser, and weights lose their effect; fit with a ridge or more points"
        )
    return found.theta
