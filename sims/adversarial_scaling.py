"""Gaussian gaps, attacks on random linear models, gaps over sensitivities, a trained rule."""

import jax
import jax.numpy as jnp

from sims import normals, simulation
from theory import log_normal_cdf, normal_cdf
from theory.adversarial_scaling.linear import FAR, weights

ROWS = 64


@simulation(width=128)
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


@simulation(width=64)
def trial(key, p):
    """One random linear model at one input: distances in both norms, along attacks and noise."""
    raw, x, noise = normals(key, weights=(p.classes, p.n), x=(p.n,), noise=(p.n,))
    w = raw * p.s / jnp.sqrt(p.n)
    h = w @ x
    order = jnp.argsort(-h)
    w, h = w[order], h[order]  # the prediction is class 0, its runner-up class 1
    gaps, away = h[0] - h[1:], w[1:] - w[0]
    length, size = jnp.linalg.norm(away, axis=1), jnp.sum(jnp.abs(away), axis=1)
    l2, linf = jnp.min(gaps / length), jnp.min(gaps / size)
    direction = away[jnp.argmin(gaps / length)]
    corner = jnp.sign(away[jnp.argmin(gaps / size)])
    best = direction / jnp.linalg.norm(direction), corner

    def flips(step, distance):
        """No flip just below the distance by any class's best step, a flip just above."""
        every = (away / length[:, None] if step is best[0] else jnp.sign(away)) * distance
        below = jax.vmap(lambda move: jnp.argmax(w @ (x + (1 - 1e-9) * move)))(every)
        above = jnp.argmax(w @ (x + (1 + 1e-9) * distance * step))
        return jnp.all(below == 0) & (above != 0)

    primal = jnp.min(gaps / jnp.max(jnp.abs(away), axis=1))

    def step(direction):
        return along(gaps, away @ direction)

    grown = 30 * w
    grown_size = jnp.sum(jnp.abs(grown[1:] - grown[0]), axis=1)
    return {
        "l2": l2,
        "linf": linf,
        "flips": jnp.stack([flips(best[0], l2), flips(corner, linf)]).astype(float),
        "flips_primal": flips(corner, primal).astype(float),
        "runner_up": step(jnp.sign(away[0])),
        "uniform": step(jnp.sign(jnp.sum(away, axis=0))),
        "least_likely": step(jnp.sign(away[-1])),
        "noise": step(noise),
        "rescaled": jnp.abs(jnp.min(30 * gaps / grown_size) / linf - 1),
        "rescaled_fgsm": jnp.abs(step(fgsm(grown, 30 * h, 0)) / step(fgsm(w, h, 0)) - 1),
    }  # fmt: skip


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
