"""Points of the Gaussian model, attacks on random classifiers, and noisy votes."""

import jax
import jax.numpy as jnp

from sims import counts, normals, simulation, uniforms
from theory import normal_cdf

ANGLES = 720
FAR = 1e9  # no failure on the grid


def mixture(z_h, z_g, p):
    """(1 - alpha) g + alpha h for label +1 minus the same for -1: its sign is the decision."""
    h = jax.nn.sigmoid(p.beta * z_h)
    return p.alpha * (2 * h - 1) + (1 - p.alpha) * jnp.where(z_g > 0, 1.0, -1.0)


@simulation(width=2048)
def trial(key, p):
    """A point with label +1: the mixture's decision there and on the circle of an attack.

    Where f is wrong is a union of two unbounded convex sets: it meets the disc iff the circle.
    """
    (z,) = normals(key, z=(2,))
    z_h, z_g = p.m_h + p.s_h * z[0], p.m_g + p.s_g * z[1]
    angle = jnp.linspace(0, 2 * jnp.pi, ANGLES, endpoint=False)
    moved = mixture(z_h + p.eps * jnp.cos(angle), z_g + p.eps * jnp.sin(angle), p)
    here = mixture(z_h, z_g, p)
    return {
        "z_h": z_h,
        "z_g": z_g,
        "mixed": here,
        "clean": 1.0 * (here > 0),
        "robust": 1.0 * (jnp.all(moved > 0) & (here > 0)),
    }


def first(failing, distances):
    """The least distance at which a row fails, on a grid; FAR where none does."""
    return jnp.min(jnp.where(failing, distances, FAR))


def margin_of(h, y):
    """h_y minus the largest other, over the last axis."""
    other = jnp.where(jnp.arange(h.shape[-1]) == y, -jnp.inf, h)
    return h[..., y] - jnp.max(other, axis=-1)


def mixed_gaps(h, g, alpha, y):
    """The mixture's margin for one g, and for each one-hot g."""
    every = jnp.concatenate([g[None], jnp.eye(len(h))])
    return margin_of((1 - alpha) * every + alpha * h, y)


@simulation(width=512)
def attacked_trial(key, p):
    """Random h: at a point, linear softmax in the plane, smoothed steps, an adaptive weight."""
    point, logits, weights, steps, g = normals(
        key, point=(3,), logits=(3,), weights=(3, 2), steps=(24, 3), g=(3,)
    )
    (u,) = uniforms(jax.random.fold_in(key, 1), u=(4,))
    alpha = (1 + u[0]) / 2
    # a point: probabilities, and logits with an unbounded G at the runner-up
    h = jax.nn.softmax(3 * point)
    y = jnp.argmax(h)
    spread = margin_of(3 * point, y)
    G = (alpha * spread + 1) / (1 - alpha)
    # a linear softmax, attacked in all directions of the plane
    base = 3 * logits
    top = jnp.argmax(base)
    angle = jnp.linspace(0, 2 * jnp.pi, 64, endpoint=False)
    moves = jnp.stack([jnp.cos(angle), jnp.sin(angle)], -1)
    radii = jnp.arange(0, 3, 0.02)
    seen = jax.nn.softmax(base + radii[:, None, None] * (moves @ weights.T), axis=-1)
    fails = alpha * margin_of(seen, top) < 1 - alpha
    lengths = jnp.linalg.norm(weights[:, None] - weights[None], axis=-1)
    lip = jnp.max(lengths, axis=1) / 4
    others = (top + jnp.array([1, 2])) % 3
    at = jax.nn.softmax(base)
    # smoothed step functions on the line, moved both ways
    edges = jnp.concatenate([jnp.array([-jnp.inf]), jnp.linspace(-3, 3, 23), jnp.array([jnp.inf])])
    shifts = jnp.arange(-4, 4.005, 0.02)
    side = jnp.linspace(-36, 36, 24)[:, None] * jnp.array([-1, 1, 0])  # near two half-spaces
    hbar = jax.nn.softmax(4 * steps + side, axis=-1)
    cells = jnp.diff(normal_cdf(edges - shifts[:, None] - 3 * (u[3] - 0.5)), axis=1) @ hbar
    here = cells[len(shifts) // 2]
    best = jnp.argmax(here)
    broken = alpha * margin_of(cells, best) < 1 - alpha
    # a mixture whose weight falls from the centre's to the floor
    centre, zeta = p.floor + (1 - p.floor) * u[1], 6 * u[2]
    t = jnp.arange(0, 6, 0.005)
    weight = p.floor + (centre - p.floor) * jnp.exp(-t / (0.05 + u[3]))
    lost = weight * jnp.tanh((zeta - t) / 2) < 1 - weight
    return {
        "alpha": alpha,
        "margin": margin_of(h, y),
        "gap": jnp.min(mixed_gaps(h, jax.nn.softmax(5 * g), alpha, y)),
        "logit_gap": alpha * spread - (1 - alpha) * G,
        "top": at[top],
        "others": at[others],
        "slopes": lip[top] + lip[others],
        "distance": first(fails, radii[:, None]),
        "smooth": here[best],
        "next": here[best] - margin_of(here, best),
        "failure": first(broken, jnp.abs(shifts)),
        "logit": zeta,
        "centre": centre,
        "held": first(lost, t),
    }


@simulation(width=512)
def votes_trial(key, p):
    """Votes for h's label, for the runner-up, and for the rest."""
    (u,) = uniforms(key, u=(p.votes,))
    rest = 1 - p.top - p.runner
    return {"votes": counts(u, jnp.stack([p.top, p.runner, rest]))}
