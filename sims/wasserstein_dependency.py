"""Candidates of InfoNCE, normal or symbols; radial critics on pairs; draws of a mixture."""

import jax
import jax.numpy as jnp

from sims import normals, simulation, uniforms
from theory.wasserstein_dependency.params import ROWS

STEPS = 60


@simulation(width=256)
def normal_trial(key, p):
    """ROWS sets of one positive and K - 1 fresh negatives, with the likelihood ratio as critic."""
    x, y = normals(key, x=(ROWS, 1, p.d), y=(ROWS, p.K, p.d))
    rest = 1 - p.rho**2
    positive = p.rho * x + jnp.sqrt(rest) * y[:, :1]
    y = jnp.concatenate([positive, y[:, 1:]], axis=1)
    log_ratio = -jnp.sum((y - p.rho * x) ** 2 / rest - y**2 + jnp.log(rest), axis=-1) / 2
    return {"gap": jax.nn.logsumexp(log_ratio, axis=1) - jnp.log(1.0 * p.K)}


@simulation(width=256)
def code_trial(key, p):
    """A pair of strings of alphabets up to 4: the plan's way, and the nearest of all consistent."""
    x, y = uniforms(key, x=(p.g,), y=(p.g,))
    x, y = jnp.floor(p.alphabet * x), jnp.floor(p.alphabet * y)
    strings = jnp.stack(jnp.meshgrid(*[jnp.arange(4)] * p.g, indexing="ij"), -1).reshape(-1, p.g)
    images = (strings + 1) % p.alphabet
    ways = jnp.sum((strings != x) * 1.0 + (images != y), axis=1)
    ways = jnp.where(jnp.all(strings < p.alphabet, axis=1), ways, jnp.inf)
    plan = jnp.sum((x + 1) % p.alphabet != y).astype(float)
    return {"plan": plan, "distance": jnp.where(p.alphabet <= 4, jnp.min(ways), jnp.nan)}


@simulation(width=64)
def symbols_trial(key, p):
    """One set of strings: a positive, and K negatives of which the first K - 1 are its own.

    The permutation of every factor is s -> s + 1; x is uniform too.
    """
    x, y, scores = uniforms(key, x=(1, p.g), y=(p.K, p.g), scores=(p.K,))
    x, y = jnp.floor(p.alphabet * x), jnp.floor(p.alphabet * y)
    image = (x + 1) % p.alphabet
    wrong = y != image
    far = jnp.sum(wrong, axis=1).astype(float)
    hits = far == 0
    own = 1 + jnp.sum(hits[:-1])
    half = 1 + jnp.sum(jnp.all(~wrong[:, : max(p.g // 2, 1)], axis=1)[:-1])

    def term(first, others):
        return first - jax.nn.logsumexp(jnp.append(others, first)) + jnp.log(1.0 * p.K)

    noise = jnp.log(scores) - jnp.log1p(-scores)
    terms = [term(c * noise[0], c * noise[1:]) for c in (1.0, 10.0)]
    best = term(0.0, jnp.where(hits[:-1], 0.0, -50.0))
    return {
        "largest_term": jnp.max(jnp.stack([*terms, best])),
        "count": own.astype(float),
        "null_count": jnp.sum(hits).astype(float),
        "half_count": half.astype(float),
        "plan": far[0],
        "lipschitz": term(0.0, -p.kappa * far[:-1]),
    }


@simulation(width=128)
def critic_trial(key, p):
    """n pairs of P and n of Q: the radial critic's value, its slopes, and the plan's ways."""
    x, y, other, coupled = normals(
        key, x=(p.n, p.d), y=(p.n, p.d), other=(p.n, 2, p.d), coupled=(p.n, 2, p.d)
    )
    y = p.rho * x + jnp.sqrt(1 - p.rho**2) * y
    a, b = jnp.sqrt(1 + p.rho) - 1, 1 - jnp.sqrt(1 - p.rho)
    size = jnp.sqrt(a**2 + b**2)

    def features(x, y):
        lengths = jnp.linalg.norm(jnp.stack([x + y, x - y]), axis=-1)
        return lengths / jnp.sqrt(2.0) * jnp.array([1.0, -1.0])[:, None]

    at_p, at_q = features(x, y), features(other[:, 0], other[:, 1])
    gap = jnp.mean(at_p - at_q, axis=1)
    critic = (jnp.array([a, b]) / size) @ jnp.stack([at_p, at_q]).transpose(1, 0, 2).reshape(2, -1)
    points = jnp.concatenate([jnp.concatenate([x, y], 1), other.reshape(p.n, -1)])
    apart = jnp.linalg.norm(points[1:] - points[:-1], axis=-1)

    def penalised(w):
        return w @ gap - p.penalty * (jnp.linalg.norm(w) - 1) ** 2

    def climb(_, w):
        return w + jax.grad(penalised)(w) / (4 * p.penalty)

    w = jax.lax.fori_loop(0, STEPS, climb, gap / jnp.linalg.norm(gap))
    way = jnp.linalg.norm(jnp.concatenate([a * coupled[:, 0], b * coupled[:, 1]], axis=-1), axis=-1)
    return {
        "radial": jnp.array([a, b]) @ gap / size,
        "squared_gap": gap @ gap,
        "sample_gap": jnp.linalg.norm(gap),
        "slope": jnp.linalg.norm(w),
        "stretch": jnp.max(jnp.abs(critic[1:] - critic[:-1]) / apart),
        "way": jnp.mean(way),
        "squared_way": jnp.mean(way**2),
        "additive": jnp.mean(jnp.tanh(x[:, 0]) + jnp.cos(y[:, 0]))
        - jnp.mean(jnp.tanh(other[:, 0, 0]) + jnp.cos(other[:, 1, 0])),
        "product": jnp.mean(jnp.tanh(x[:, 0] * y[:, 0]))
        - jnp.mean(jnp.tanh(other[:, 0, 0] * other[:, 1, 0])),
    }


@simulation(width=256)
def mixture_trial(key, p):
    """n draws of (1 - 1/n) Q + P/n: is none of them from P?"""
    (u,) = uniforms(key, u=(p.n,))
    return {"unseen": jnp.all(u >= 1 / p.n).astype(float)}
