"""Gaussian gaps, attacks on random linear models, gaps over sensitivities, a trained rule."""

import jax
import jax.numpy as jnp

from sims import normals, simulation
from theory import log_normal_cdf, normal_cdf
from theory.adversarial_scaling.linear import FAR, weights

ROWS = 64


@simulation(width=256)
def gaps_trial(key, p):
    """Gaussian logits of 64 inputs: the first one's top gap, and the mean entropy."""
    (h,) = normals(key, logits=(ROWS, p.classes))
    h = p.s * h
    top = jax.lax.top_k(h[0], 2)[0]
    log_p = jax.nn.log_softmax(h, axis=1)
    return {"gap": top[0] - top[1], "entropy": jnp.mean(-jnp.sum(jnp.exp(log_p) * log_p, axis=1))}


def along(gaps, rates):
    """The smallest step at which a gap closes; FAR where none does."""
    steps = jnp.where(rates > 0, gaps / jnp.where(rates > 0, rates, 1), FAR)
    return jnp.minimum(jnp.min(steps), FAR)


def fgsm(w, h, label):
    """sign of the gradient of cross-entropy at the label."""
    return jnp.sign(jax.nn.softmax(h) @ w - w[label])


def linear_model(key, p):
    """(w, h, x, noise): a random linear model, classes in the order of the logits h at x."""
    raw, x, noise = normals(key, weights=(p.classes, p.n), x=(p.n,), noise=(p.n,))
    w = raw * p.s / jnp.sqrt(p.n)
    order = jnp.argsort(-(w @ x))
    return w[order], w[order] @ x, x, noise


@simulation(width=512)
def trial(key, p):
    """One random linear model at one input: distances in both norms, along attacks and noise."""
    w, h, _, noise = linear_model(key, p)
    gaps, away = h[0] - h[1:], w[1:] - w[0]
    directions = [jnp.sign(away[0]), jnp.sign(jnp.sum(away, axis=0)), jnp.sign(away[-1]), noise]
    rates = away @ jnp.stack(directions, axis=1)
    steps = jax.vmap(along, (None, 1))(gaps, rates)
    return {
        "l2": jnp.min(gaps / jnp.linalg.norm(away, axis=1)),
        "linf": jnp.min(gaps / jnp.sum(jnp.abs(away), axis=1)),
        "runner_up": steps[0],
        "uniform": steps[1],
        "least_likely": steps[2],
        "noise": steps[3],
    }


@simulation(width=64)
def exact_trial(key, p):
    """The same: whether predictions flip just past the distances; logits 30 times larger."""
    w, h, x, _ = linear_model(key, p)
    gaps, away = h[0] - h[1:], w[1:] - w[0]
    length, size = jnp.linalg.norm(away, axis=1), jnp.sum(jnp.abs(away), axis=1)

    def flips(moves, norms):
        """No class's best step flips just below the least distance, the nearest's does above."""
        distances = gaps / norms
        nearest = jnp.argmin(distances)
        below = (x + (1 - 1e-9) * distances[nearest] * moves) @ w.T
        above = w @ (x + (1 + 1e-9) * distances[nearest] * moves[nearest])
        return jnp.all(jnp.argmax(below, axis=1) == 0) & (jnp.argmax(above) != 0)

    corners = jnp.sign(away)
    both = [flips(away / length[:, None], length), flips(corners, size)]
    large = 30 * w
    linf = jnp.min(30 * gaps / jnp.sum(jnp.abs(large[1:] - large[0]), axis=1))

    def step(w, h):
        return along(h[0] - h[1:], (w[1:] - w[0]) @ fgsm(w, h, 0))

    return {
        "flips": jnp.stack(both).astype(float),
        "flips_primal": flips(corners, jnp.max(jnp.abs(away), axis=1)).astype(float),
        "rescaled": jnp.abs(linf / jnp.min(gaps / size) - 1),
        "rescaled_fgsm": jnp.abs(step(large, 30 * h) / step(w, h) - 1),
    }


@simulation(width=256)
def toy_trial(key, p):
    """Gaps over sensitivities: chi_2 over lognormal, uniform over Pareto."""
    (z,) = normals(key, z=(6,))
    return {
        "chi2_ratio": jnp.hypot(z[0], z[1]) * jnp.exp(-p.spread * z[2]),
        # -ln Phi is exponential, so Phi^(1/alpha) is one over a Pareto variable
        "pareto_ratio": normal_cdf(z[3]) * jnp.exp(log_normal_cdf(z[4]) / p.alpha),
    }


@simulation(width=64)
def trained_trial(key, p):
    """64 inputs N(y mu, I) attacked by -y eps sign(w): the share that sign(w . x) gets wrong."""
    noise, label = normals(key, noise=(ROWS, p.n), label=(ROWS,))
    w, y = weights(p.n), jnp.sign(label)[:, None]
    mu = p.margin * w / jnp.linalg.norm(w)
    moved = y * mu + noise - y * p.eps * jnp.sign(w)
    return {"robust_error": jnp.mean((moved @ w)[:, None] * y < 0, dtype=float)}
