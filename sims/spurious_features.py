"""Votes of features in two models and their ensembles; whole vectors; networks on coloured images.

The true class is class 0 everywhere: noise breaks ties, so that no class is favoured.
"""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import optax

from sims import descend, normals, simulation, stochastic_descend
from theory import normal_cdf
from theory.spurious_features.members import THREE, WEIGHTS

LEAST = 1e-6  # noise that stands for none: it breaks ties


def votes(z, p):
    """Classes that spurious features vote for, from normals: true, or drawn anew with chance p."""
    u = normal_cdf(z)
    q = p.p / p.classes
    anew = 1 + jnp.floor((u - (1 - p.p + q)) / jnp.maximum(q, 1e-300))
    return jnp.where(u <= 1 - p.p + q, 0, jnp.clip(anew, 1, p.classes - 1)).astype(int)


def is_right(logits):
    """Whether the first of the last axis is largest."""
    return jnp.argmax(logits, axis=-1) == 0


def flags(first, second, ose, wse):
    """Who is right, and where an ensemble differs from both members."""
    a, b, outputs, weights = (is_right(x) for x in (first, second, ose, wse))
    found = {"first": a, "second": b, "ose": outputs, "wse": weights, "ff": ~a & ~b}
    for name, right in (("ose", outputs), ("wse", weights)):
        found |= {f"fft_{name}": ~a & ~b & right, f"ttf_{name}": a & b & ~right}
    return {name: 1.0 * x for name, x in found.items()}


@simulation(width=4096)
def trial(key, p):
    """One point out of distribution: votes of the first's, the second's and shared features.

    The noise of the sum of group b's columns on the summed attributes of group a has variance
    sigma^2 |a||b|, independent over pairs and classes: exact in law.
    """
    spurious = (p.n_s - p.o_s, p.m_s - p.o_s, p.o_s)
    stable = (p.n_v - p.o_v, p.m_v - p.o_v, p.o_v)
    draws = [s // p.patch for s in spurious]
    size = jnp.sqrt(jnp.array([s + v for s, v in zip(spurious, stable, strict=True)], float))
    z, noise = normals(key, z=(sum(draws),), noise=(3, 3, p.classes))
    chosen = jax.nn.one_hot(votes(z, p), p.classes)
    ends = np.cumsum([0, *draws])
    signal = jnp.stack([p.patch * chosen[a:b].sum(axis=0) for a, b in itertools.pairwise(ends)])
    signal = signal.at[:, 0].add(np.array(stable, float))
    noise = noise * jnp.maximum(p.sigma, LEAST) * (size[:, None] * size)[..., None]
    root = jnp.sqrt(p.scale)
    u = jnp.stack([jnp.ones(()), root, 1 + root])
    square = jnp.stack([jnp.ones(()), p.scale, (1 + root) ** 2])
    whole = noise + jnp.eye(3)[..., None] * signal[:, None]
    first = whole[0, 0] + whole[0, 2] + whole[2, 0] + whole[2, 2]
    second = whole[1, 1] + whole[1, 2] + whole[2, 1] + whole[2, 2]
    wse = square @ signal + jnp.einsum("a,b,abk->k", u, u, noise)
    once = is_right(jnp.sum(whole, axis=(0, 1)))  # each feature of either, once
    return flags(first, second, first + p.scale * second, wse) | {"once": 1.0 * once}


def used(p):
    """Which features either model uses: own invariant, own spurious ones, then the shared."""
    counts = (p.n_v - p.o_v, p.m_v - p.o_v, p.o_v, p.n_s - p.o_s, p.m_s - p.o_s, p.o_s)
    group = np.repeat(np.arange(6), counts)
    return group % 3 != 1, group % 3 != 0, group >= 3


def columns(z, noise, spurious, p):
    """x: [feature of the attribute, its class, column], attributes the basis of R^(K F)."""
    at = jnp.arange(len(spurious))
    vote = jnp.where(spurious, votes(z, p), 0)
    return (jnp.maximum(p.sigma, LEAST) * noise).at[at, vote, at].add(1.0)


@simulation(width=256)
def vectors_trial(key, p):
    """One point with all its coordinates: x in R^(d x F), d = K F, attributes the basis of R^d."""
    one, two, spurious = used(p)
    features = len(one)
    z, noise = normals(key, z=(features,), noise=(features, p.classes, features))
    x = columns(z, noise, spurious, p)
    first, second, wse = (
        jnp.einsum("fkc,f,c->k", x, mask, mask) for mask in (1.0 * one, 1.0 * two, 1.0 * one + two)
    )
    return flags(first, second, first + second, wse)


@simulation(width=256)
def sampled_trial(key, p):
    """Two models whose weights are class means of N samples of their own; one point."""
    one, two, spurious = used(p)
    features = len(one)
    z, noise, drawn = normals(
        key, z=(features,), noise=(features, p.classes, features),
        drawn=(2, p.classes, features, p.classes),
    )  # fmt: skip
    x = columns(z, noise, spurious, p)

    def logits(mask, drawn):
        seen = x @ mask  # the sum of its columns
        means = mask[:, None] * jnp.eye(p.classes)[:, None]  # [class, feature, its class]
        means += p.sigma * jnp.sqrt(jnp.sum(mask) / p.samples) * drawn
        return jnp.einsum("kfj,fj->k", means, seen)

    first, second = logits(1.0 * one, drawn[0]), logits(1.0 * two, drawn[1])
    scores = {"first": first, "outputs": first + p.scale * second, "even": first + second}
    return {name: 1.0 * is_right(score) for name, score in scores.items()}


@simulation(width=256)
def three_trial(key, p):
    """Three members with weights of their own that share features in a pattern; one point."""
    use, stable = np.array(THREE.uses), np.array(THREE.invariant)
    use = np.repeat(use, stable + np.array(THREE.spurious), axis=0)
    parts = zip(THREE.invariant, THREE.spurious, strict=True)
    spurious = np.concatenate([[0] * v + [1] * s for v, s in parts]) > 0
    features = len(use)
    z, noise = normals(key, z=(features,), noise=(features, p.classes, features))
    x, a = columns(z, noise, spurious, p), jnp.array(WEIGHTS)
    each = jnp.einsum("fkc,fm,cm->mk", x, use, use)
    mean = use @ a
    flat = jnp.einsum("fkc,f,c->k", x, mean, mean)
    found = {"outputs": a @ each, "even": jnp.sum(each, axis=0), "averaged": flat}
    return {name: 1.0 * is_right(score) for name, score in found.items()}


# --------------------------------------------------------------------------------------------
# Linear heads, trained: a sure member beside a balanced one

STEPS, POINTS, PLACES = 300, 256, 64
RATE = optax.cosine_decay_schedule(1.0, STEPS)


def means_of(p):
    """z of each class in distribution: each feature's attribute of that class, side by side."""
    return jnp.tile(jnp.eye(p.classes), (1, p.n_v + p.n_s))


def heads(key, p):
    """Softmax heads trained by Adam: plain, smoothed labels, Mixup, Mixup of smoothed labels.

    Mixup: all pairs of classes at places of the Beta law, weighted against the arcsine law's.
    """
    del key
    means, labels = means_of(p), jnp.eye(p.classes)
    part = jnp.sin(jnp.pi / 2 * (jnp.arange(PLACES) + 0.5) / PLACES) ** 2
    weight = (part * (1 - part)) ** (p.mixing - 0.5)

    def mixed(x):
        both = part[:, None, None, None] * x[:, None] + (1 - part)[:, None, None, None] * x
        return both.reshape(-1, x.shape[1])

    weights = jnp.repeat(weight / jnp.sum(weight), p.classes**2) / p.classes**2

    def trained(inputs, target, weights):
        def loss(w):
            return weights @ optax.softmax_cross_entropy(inputs @ w, target)

        return descend(loss, jnp.zeros(means.T.shape), STEPS, optax.adam(RATE))[-1]

    even = jnp.full(p.classes, 1 / p.classes)
    smoothed = (1 - p.smoothing) * labels + p.smoothing / p.classes
    return (
        trained(means, labels, even),
        trained(means, smoothed, even),
        trained(mixed(means), mixed(labels), weights),
        trained(mixed(means), mixed(smoothed), weights),
    )


@simulation(width=64, shared=heads)
def heads_trial(key, p, both):
    """A trained head with smoothed labels, alone and beside another one: plain, or smoothed too."""
    sure, balanced, mixed, bang = both
    count = p.n_v + p.n_s
    z, noise = normals(key, z=(POINTS, 2, p.n_s), noise=(POINTS, 2, count, p.classes))
    vote = jnp.concatenate([jnp.zeros((POINTS, 2, p.n_v), int), votes(z, p)], axis=-1)
    x = (jax.nn.one_hot(vote, p.classes) + LEAST * noise).reshape(POINTS, 2, -1)
    first = x[:, 0] @ balanced
    outputs = {
        "member": first,
        "sure": first + x[:, 1] @ sure,
        "balanced": first + x[:, 1] @ balanced,
        "tamed": first + x[:, 1] @ mixed,
    }
    found = {name: jnp.mean(1.0 * is_right(scores)) for name, scores in outputs.items()}
    leads = (scores[:, :1] - scores[:, 1:] for scores in (first, x[:, 0] @ bang))
    return found | {n: jnp.mean(x) for n, x in zip(("lead", "mixed_lead"), leads, strict=True)}


# --------------------------------------------------------------------------------------------
# Networks on coloured images

COLOURS = np.array(
    [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [0, 1, 1],
     [1, 0, 1], [0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5], [1, 0.6, 0]]
)  # fmt: skip
DIGIT, HIDDEN, BATCH, UPDATES, TRAIN, TEST = 16, 32, 32, 250, 512, 2048
GRAIN = 0.3  # noise of a digit's pixels


def images(labels, vote, palette, masks, grain, p):
    """A digit's pixels, grainy, and patches that each show the colour of the class voted for.

    A mask hides no digit's class; a patch's palette is its own bijection from classes to colours.
    """
    digit = p.digit * masks[labels] + GRAIN * grain
    colour = jnp.asarray(COLOURS)[palette[jnp.arange(palette.shape[0]), vote]]
    return jnp.concatenate([digit, colour.reshape(len(labels), -1)], axis=1)


def network(w, x):
    """Two layers, ReLU."""
    return jax.nn.relu(x @ w["in"] + w["at"]) @ w["out"] + w["off"]


@simulation(width=8)
def colours_trial(key, p):
    """Two networks (mean squared error, Adam) on coloured digits; ensemble; mean weights.

    In training every patch shows the label's colour. Patches in groups of ``patch`` flip together.
    """
    K, inputs = p.classes, DIGIT + 3 * p.n_s
    order = (2, UPDATES, BATCH)
    masks, palette, start, out, seen, fresh, turns, z, rows = normals(
        key, masks=(K, DIGIT), palette=(p.n_s, K), start=(2, inputs, HIDDEN), out=(2, HIDDEN, K),
        seen=(TRAIN, DIGIT), fresh=(TEST, DIGIT), turns=(TEST,), z=(TEST, p.n_s // p.patch),
        rows=order,
    )  # fmt: skip
    palette = jnp.argsort(palette, axis=1)
    labels = jnp.arange(TRAIN) % K
    x = images(labels, jnp.tile(labels[:, None], (1, p.n_s)), palette, masks, seen, p)
    target = jax.nn.one_hot(labels, K)
    w = {"in": start * jnp.sqrt(2 / inputs), "at": jnp.zeros((2, HIDDEN)),
         "out": out * jnp.sqrt(1 / HIDDEN), "off": jnp.zeros((2, K))}  # fmt: skip
    turn = jnp.minimum((normal_cdf(rows) * TRAIN).astype(int), TRAIN - 1)

    def loss(w, batch):
        return jnp.mean((network(w, batch[0]) - batch[1]) ** 2)

    def trained(w, turn):
        path = stochastic_descend(loss, w, (x, target), turn, optax.adam(3e-3))
        return jax.tree.map(lambda leaf: leaf[-1], path)

    w = jax.vmap(trained)(w, turn)
    truth = jnp.minimum((normal_cdf(turns) * K).astype(int), K - 1)
    vote = (truth[:, None] + jnp.repeat(votes(z, p), p.patch, axis=1)) % K
    tests = [
        images(truth, v, palette, masks, fresh, p)
        for v in (vote, jnp.tile(truth[:, None], (1, p.n_s)))
    ]
    scores, inside = (jax.vmap(network, (0, None))(w, test) for test in tests)
    middle = jax.tree.map(lambda leaf: leaf.mean(axis=0), w)
    first, second, both, flat = (
        jnp.argmax(s, axis=1) == truth
        for s in (scores[0], scores[1], scores.sum(axis=0), network(middle, tests[0]))
    )
    found = {"net": first, "other_net": second, "nets": both, "mean_weights": flat,
             "fft_nets": ~first & ~second & both,
             "ff_nets": ~first & ~second,
             "inside": jnp.argmax(inside[0], axis=1) == truth,
             "nets_inside": jnp.argmax(inside.sum(axis=0), axis=1) == truth}  # fmt: skip
    return {name: jnp.mean(1.0 * right) for name, right in found.items()}
