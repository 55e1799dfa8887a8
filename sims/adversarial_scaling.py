"""Gaussian gaps, attacks on random linear models, gaps over sensitivities, a trained rule."""

import jax
import jax.numpy as jnp

from sims import normals, simulation
from theory import log_normal_cdf, normal_cdf, normal_pdf
from theory.adversarial_scaling.correlated import COVARIANCE, wide_data, wide_kernels
from theory.adversarial_scaling.linear import FAR, weights

ROWS = 64


@simulation(width=256)
def gaps_trial(key, p):
    """Gaussian logits of 64 inputs: the first one's top gaps, and the mean entropy."""
    (h,) = normals(key, logits=(ROWS, p.classes))
    h = p.s * h
    top = jax.lax.top_k(h[0], min(3, p.classes))[0]
    log_p = jax.nn.log_softmax(h, axis=1)
    return {
        "gap": top[0] - top[1],
        "third": top[0] - top[-1],
        "entropy": jnp.mean(-jnp.sum(jnp.exp(log_p) * log_p, axis=1)),
    }


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


@simulation(width=512)
def slopes_trial(key, p):
    """A random linear model moved to a tie: p(tie) times the rates at which an attack leaves it.

    The first class's logit is set to the largest of the others, by its weight along x; it is any
    of C, and has density normal_pdf there.
    """
    raw, x, noise = normals(key, weights=(p.classes, p.n), x=(p.n,), noise=(p.n,))
    w = raw * p.s / jnp.sqrt(p.n)
    length = jnp.linalg.norm(x)
    sd = p.s * length / jnp.sqrt(p.n)
    h = w[1:] @ x
    top = jnp.argmax(h)
    away = w[1 + top] - w[0]
    away = away - (away @ x) * x / length**2
    tie = p.classes * normal_pdf(h[top] / sd) / sd
    return {
        "slope_l2": tie * jnp.linalg.norm(away),
        "slope_linf": tie * jnp.sum(jnp.abs(away)),
        "slope_noise": tie * jnp.maximum(away @ noise, 0),
    }


def first_step(gap, rate, bend):
    """The least t with rate t + bend t^2 = gap; FAR where there is none."""
    square = rate**2 + 4 * bend * gap
    step = 2 * gap / (rate + jnp.sqrt(jnp.maximum(square, 0)))
    return jnp.where(square < 0, FAR, step)


@simulation(width=256)
def toy_trial(key, p):
    """Gaps over sensitivities: chi_2 over lognormal, uniform over Pareto; curved; correlated."""
    z, correlated = normals(key, z=(6,), correlated=(3,))
    # -ln Phi is exponential, so Phi^(1/alpha) is one over a Pareto variable
    uniform, pareto = normal_cdf(z[3]), jnp.exp(-log_normal_cdf(z[4]) / p.alpha)
    rate, bend = jnp.exp(p.spread * z[2]), jnp.where(z[5] > 0, 2 * p.bend, 0)
    top = jax.lax.top_k(jnp.linalg.cholesky(COVARIANCE) @ correlated, 2)[0]
    return {
        "chi2_ratio": jnp.hypot(z[0], z[1]) / rate,
        "pareto_ratio": uniform / pareto,
        "bent_step": first_step(p.s * 2**0.5 * jnp.abs(z[0]), rate, bend),
        "pareto_bent": first_step(uniform, p.rate, pareto),
        "correlated_gap": top[0] - top[1],
    }


@simulation(width=256)
def wide_trial(key, p):
    """A network of infinite width trained to the end by gradient flow: the gap at a new input."""
    x, labels = wide_data(p.classes)
    start, tangent = wide_kernels(x)
    (z,) = normals(key, start=(len(x), p.classes))
    f = jnp.linalg.cholesky(start) @ z
    residual = jnp.linalg.solve(tangent[:-1, :-1], labels - f[:-1])
    top = jax.lax.top_k(f[-1] + tangent[-1, :-1] @ residual, 2)[0]
    return {"gap": top[0] - top[1]}


@simulation(width=64)
def trained_trial(key, p):
    """64 inputs N(y mu, I) attacked by -y eps sign(w): the share that sign(w . x) gets wrong."""
    noise, label = normals(key, noise=(ROWS, p.n), label=(ROWS,))
    w, y = weights(p.n), jnp.sign(label)[:, None]
    mu = p.margin * w / jnp.linalg.norm(w)
    moved = y * mu + noise - y * p.eps * jnp.sign(w)
    return {"robust_error": jnp.mean((moved @ w)[:, None] * y < 0, dtype=float)}
