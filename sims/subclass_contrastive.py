"""Free unit features going down the losses from random starts; neighbours; noisy features."""

import jax
import jax.numpy as jnp
import numpy as np

from sims import flow, normals, simulation

STEPS, RATE, MOMENTUM = 2000, 0.1, 0.9
TIMES, FINE = 8.0, 400  # of the flow, and its steps


def labels(p):
    """(subclass, class, class where the last class's subclasses are classes) of each point."""
    part = np.arange(p.points) // p.n
    whole = part // p.parts
    return part, whole, np.where(whole == p.classes - 1, part, whole)


def problem(part, whole, own):
    """Positives and denominators of both terms; own: the other view of an image in the second."""
    same, inside = part[:, None] == part, whole[:, None] == whole
    points = np.arange(len(part))
    view = (points[:, None] ^ 1) == points
    positive, others = inside & ~same, ~same
    if own:
        positive, others = positive | view, others | view
    itself = np.eye(len(part), dtype=bool)
    return [same & ~itself, ~itself, positive, others]


def contrast(S, positive, others, tau):
    """-(mean similarity of positives)/tau + log sum over others, a row each; 0 without positives.

    Similarities enter minus 1, their maximum.
    """
    count = jnp.sum(positive, 1)
    mean = jnp.sum(positive * (1 - S), 1) / jnp.maximum(count, 1)
    return (mean / tau + jnp.log(jnp.sum(others * jnp.exp((S - 1) / tau), 1))) * (count > 0)


def gram(X):
    """Similarities of the normalised rows."""
    X = X / jnp.linalg.norm(X, axis=-1, keepdims=True)
    return X @ X.T


def both(X, masks, weight, p):
    """The sum over points of L1 + weight L2."""
    S = gram(X)
    near, rest, kin, outside = masks
    first, second = contrast(S, near, rest, p.tau1), contrast(S, kin, outside, p.tau2)
    return jnp.sum(first + weight * second)


def settled(loss, X):
    """The features after momentum descent."""

    def step(state, _):
        X, speed = state
        speed = MOMENTUM * speed - RATE * jax.grad(loss)(X)
        X = X + speed
        return (X / jnp.linalg.norm(X, axis=-1, keepdims=True), speed), None

    start = X / jnp.linalg.norm(X, axis=-1, keepdims=True)
    return jax.lax.scan(step, (start, jnp.zeros_like(X)), length=STEPS)[0][0]


def level(S, pairs):
    """The mean over the pairs, and the largest distance from it."""
    mean = jnp.sum(S * pairs) / jnp.maximum(jnp.sum(pairs), 1)
    return mean, jnp.max(jnp.abs(S - mean) * pairs)


@simulation(width=1)
def trial(key, p):
    """Six descents from one random start each: balanced and long-tailed, plain and own view."""
    part, whole, tail = labels(p)
    masks = [
        problem(part, whole, False), problem(part, whole, True),
        problem(part, tail, False), problem(part, tail, True),
        problem(tail, tail, False), problem(part, tail, False),
    ]  # fmt: skip
    masks = [jnp.array(np.stack(kind)) for kind in zip(*masks, strict=True)]
    weights = p.beta * jnp.array([1.0, 1, 1, 1, 0, 0])
    (start,) = normals(key, start=(6, p.points, p.points))
    end = jax.vmap(lambda X, m, w: settled(lambda X: both(X, m, w, p), X))(start, masks, weights)
    ended = jax.vmap(gram)(end)
    same, inside = part[:, None] == part, whole[:, None] == whole
    levels = [same, inside & ~same, ~inside]
    seen, spread = zip(*(level(ended[0], pairs) for pairs in levels), strict=True)
    head = whole < p.classes - 1
    hh, ht = head[:, None] & head & ~inside, head[:, None] & ~head
    four = [levels[1] & head[:, None] & head, hh, ht, ~head[:, None] & ~head & ~same]

    def tailed(S):
        return jnp.stack([level(S, pairs)[0] for pairs in four])

    return {
        "a": seen[1],
        "across": seen[2],
        "spread": jnp.max(jnp.stack([*spread, 1 - seen[0]])),
        "own_a": level(ended[1], levels[1])[0],
        "tail": tailed(ended[2]),
        "own_tail": tailed(ended[3]),
        "class_tail": tailed(ended[4]),
        "equal": jnp.max(jnp.abs(ended[5] - level(ended[5], ~same)[0]) * ~same),
        "equal_level": level(ended[5], ~same)[0],
    }


def simplex(k):
    """k unit vectors with similarities -1/(k - 1)."""
    return (jnp.eye(k) - 1 / k) * np.sqrt(k / (k - 1))


def layout(p, a):
    """Cm centres with similarities a inside a class and -A/(C - 1) across."""
    A = (1 + (p.parts - 1) * a) / p.parts
    means = jnp.repeat(jnp.sqrt(A) * simplex(p.classes), p.parts, axis=0)
    offsets = jnp.kron(jnp.eye(p.classes), jnp.sqrt(1 - A) * simplex(p.parts))
    return jnp.concatenate([means, offsets], axis=1)


def look(X, whole, k, tau):
    """-log(share of e^{s/tau} with the own label among the k nearest), a row each."""
    S = gram(X)
    apart = S - 9 * jnp.eye(len(whole))
    rank = jnp.argsort(jnp.argsort(-apart, axis=1), axis=1)
    near = jnp.where(rank < k, jnp.exp((S - 1) / tau), 0.0)
    own = jnp.sum(near * (whole[:, None] == whole), 1)
    return jnp.log(jnp.sum(near, 1)) - jnp.log(jnp.maximum(own, 1e-300))


@simulation(width=1)
def look_trial(key, p):
    """A layout and its perturbation under LOOK and under SupCon on classes; LOOK from anywhere."""
    part, whole, _ = labels(p)
    (z, start) = normals(key, z=(p.points, p.classes * (1 + p.parts)), start=(p.points, p.points))
    exact = layout(p, p.a)[part]
    near = exact + 0.02 * z
    masks = [jnp.array(kind) for kind in problem(whole, whole, False)]

    def looked(X):
        return jnp.sum(look(X, whole, p.k, p.tau1))

    loss, slope = jax.value_and_grad(looked)(near)
    inside = (whole[:, None] == whole) & (part[:, None] != part)
    ended = settled(looked, start)
    return {
        "loss": loss,
        "slope": jnp.max(jnp.abs(slope)),
        "exact_loss": looked(exact) / p.points,
        "random_loss": looked(start) / p.points,
        "end": level(gram(ended), inside)[0],
        "end_loss": looked(ended) / p.points,
        "classes": level(gram(settled(lambda X: both(X, masks, 0.0, p), near)), inside)[0],
    }


@simulation(width=1)
def flow_trial(key, p):
    """The gradient flow of free features from the layout with similarity a, reflected at random."""
    part, whole, _ = labels(p)
    masks = [jnp.array(kind) for kind in problem(part, whole, False)]
    inside = (whole[:, None] == whole) & (part[:, None] != part)
    start = layout(p, p.a)[part]
    (v,) = normals(key, v=start.shape[1:])
    start = start - 2 * jnp.outer(start @ v, v) / (v @ v)
    seen = flow(
        lambda X: both(X, masks, p.beta, p), start, TIMES, FINE,
        observe=lambda X: level(1 - gram(X), inside)[0],
    )  # fmt: skip
    return {"gap": seen[1:]}


@simulation(width=4096)
def downstream_trial(key, p):
    """One noisy point of a subclass, against another subclass, another class, class means."""
    centres = layout(p, p.a)
    (z,) = normals(key, z=(centres.shape[1],))
    means = jnp.mean(centres.reshape(p.classes, p.parts, -1), axis=1)

    def mistaken(own, other):
        x = own + p.sigma * z
        return 1.0 * (jnp.sum((x - other) ** 2) < jnp.sum((x - own) ** 2))

    return {
        "subclass": mistaken(centres[0], centres[1]),
        "across": mistaken(centres[0], centres[p.parts]),
        "class": mistaken(means[0], means[1]),
    }
