"""The leaky net on noisy inputs, nets trained against attacks, random features, masked inputs."""

import jax
import jax.numpy as jnp

from sims import normals, simulation, uniforms
from theory import normal_cdf
from theory.input_gradients import lazy_gradient, leaky_net, subset_net

ATTACKS = 8  # steps of an attack in training, each of eps/4
SETTLED = 1e6  # the scale of f from which on log sum exp is its largest term


@simulation(width=256)
def trial(key, p):
    """An input with noise in every block; the margin and gradients of the leaky net there."""
    raw, picks = normals(key, noise=(p.d, p.per_block + 2), picks=(2,))
    # a point of the unit sphere of R^(D + 2) without its last two coordinates: uniform in the ball
    noise = p.eps * (raw / jnp.linalg.norm(raw, axis=1, keepdims=True))[:, : p.per_block]
    place, y = jnp.floor(p.k * normal_cdf(picks[0])).astype(int), jnp.sign(picks[1])
    x = noise.at[place, 0].add(y)
    net = leaky_net(p.k, p.eps)
    blocks = jnp.linalg.norm(jax.grad(lambda x: net(x[: p.k, 0]))(x), axis=1)
    dead = blocks[p.k :].max() if p.k < p.d else 0.0
    hardest = net(y * (jnp.arange(p.k) == place) - y * p.eps)
    return {
        "margin": y * net(x[: p.k, 0]),
        "hardest": y * hardest,
        "norms": blocks[: p.k],
        "dead": dead,
    }


def inputs(k, d):
    """The 2k inputs y e_j, their labels and places."""
    signal = jnp.eye(k, d)
    return jnp.concatenate([signal, -signal]), jnp.repeat(jnp.array([1.0, -1.0]), k)


def seen(slopes, k):
    """Leakage, share of inputs whose largest gradient is the signal's, gradient in dead blocks."""
    slopes = jnp.abs(slopes)
    own = jnp.take_along_axis(slopes, jnp.tile(jnp.arange(k), 2)[:, None], axis=1)[:, 0]
    others = (slopes[:, :k].sum(1) - own) / (k - 1)
    dead = slopes[:, k:] if k < slopes.shape[1] else jnp.zeros((2 * k, 1))
    return {
        "leakage": jnp.mean(others / own),
        "largest": jnp.mean(own >= slopes.max(1), dtype=float),
        "dead": jnp.mean(dead.mean(1) / own),
    }


def output(net, x):
    """f at the rows of x; a net is (weights and bias, outer weights)."""
    w, r = net
    return jax.nn.relu(x @ w[:, :-1].T + w[:, -1]) @ r / len(r)


def slope(net, x):
    """grad f at the rows of x, with relu'(0) = 0."""
    w, r = net
    return ((x @ w[:, :-1].T + w[:, -1] > 0) * r) @ w[:, :-1] / len(r)


def attacked(net, x, y, p, steps):
    """Where ``steps`` steps of projected descent on y f end."""

    def step(_, moved):
        down = -y[:, None] * slope(net, x + moved)
        if p.attack == "linf":
            return jnp.clip(moved + p.eps / 4 * jnp.sign(down), -p.eps, p.eps)
        length = jnp.linalg.norm(down, axis=1, keepdims=True)
        moved = moved + p.eps / 4 * down / jnp.maximum(length, 1e-30)
        reach = jnp.linalg.norm(moved, axis=1, keepdims=True)
        return moved * jnp.minimum(1, p.eps / jnp.maximum(reach, 1e-30))

    return x + jax.lax.fori_loop(0, steps, step, jnp.zeros_like(x))


@simulation(width=4)
def trained_trial(key, p):
    """A net trained on attacked inputs by descent on log sum exp(-y f), from a small start.

    Weights grow without bound, so their directions and the scale of f are kept apart: both parts
    move as plain descent on all weights would move them.
    """
    x, y = inputs(p.k, p.d)
    (raw,) = normals(key, neurons=(p.width, p.d + 2))
    w = raw[:, :-1] / jnp.linalg.norm(raw[:, :-1], axis=1, keepdims=True)

    def step(_, state):
        net, scale = state
        moved = attacked(net, x, y, p, ATTACKS)

        def loss(net):
            return jax.nn.logsumexp(-scale * y * output(net, moved)) / scale

        change = jax.grad(loss)(net)
        net = jax.tree.map(lambda a, g: a - p.rate * p.width * g, net, change)
        square = sum(jnp.sum(part**2) for part in net) / (2 * p.width)
        net = jax.tree.map(lambda part: part / jnp.sqrt(square), net)
        return net, jnp.minimum(scale * square, SETTLED)

    steps = jnp.round(p.time / p.rate).astype(int)
    net, _ = jax.lax.fori_loop(0, steps, step, ((w, jnp.sign(raw[:, -1])), jnp.asarray(0.01)))
    slopes = slope(net, x)
    margin = jnp.min(y * output(net, attacked(net, x, y, p, 3 * ATTACKS))) / 2
    return seen(slopes, p.k) | {"margin": margin, "slopes": slopes.ravel()}


@simulation(width=8, small_lapack=True)
def lazy_trial(key, p):
    """Random features relu(w . x + tau b), least norm through all inputs."""
    x, y = inputs(p.k, p.d)
    (raw,) = normals(key, neurons=(p.width, p.d + 1))
    w = raw.at[:, -1].mul(p.tau)
    features = jax.nn.relu(x @ w[:, :-1].T + w[:, -1])
    outer = features.T @ jnp.linalg.solve(features @ features.T, y)
    return seen(slope((w, outer), x), p.k)


@simulation(width=64)
def masked_trial(key, p):
    """An input y e_j; accuracy of rules retrained on its top and on its bottom K coordinates."""
    place, ties = uniforms(key, place=(2,), ties=(4, p.d))
    j = jnp.floor(place[0] * p.k).astype(int)
    y = jnp.where(place[1] < 0.5, 1.0, -1.0)
    x = y * (jnp.arange(p.d) == j)
    own, other = lazy_gradient(p.tau)
    informative = jnp.arange(p.d) < p.k
    gradients = {
        "robust": jnp.zeros(p.d).at[: p.k].set(jax.grad(subset_net(p.k, 1, 0.0))(x[: p.k])),
        "leaky": jnp.zeros(p.d).at[: p.k].set(jax.grad(leaky_net(p.k, 0.0))(x[: p.k])),
        "inverted": jnp.where(x != 0, own, jnp.where(informative, other, 0.0)),
        "random": jnp.zeros(p.d),
    }

    def difference(gradient, tie):
        order = jnp.argsort(jnp.lexsort((tie, -jnp.abs(gradient))))  # the place of each coordinate
        shown = order < p.shown, order >= p.d - p.shown
        top, bottom = ((1 + y * jnp.sign(jnp.sum(x * mask))) / 2 for mask in shown)
        return top - bottom

    return {name: difference(g, t) for (name, g), t in zip(gradients.items(), ties, strict=True)}
