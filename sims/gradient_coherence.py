"""Trained models and their gradients: logistic regression, a network, regression, the toy."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import optax

from sims import categories, descend, normals, simulation, stochastic_descend, uniforms
from theory import normal_cdf

# --------------------------------------------------------------------------------------------
# Training on a population of 2^d atoms, where risk and coherence are sums


def population(d):
    """Inputs {-1, 1}^d/sqrt(d), and whether the majority of the coordinates is positive."""
    x = np.array(list(itertools.product((-1.0, 1.0), repeat=d)))
    return x / np.sqrt(d), x.sum(axis=1) > 0


def ratio(total, power):
    """A coherence; where every gradient is zero it is undefined, and the trial says NaN."""
    return jnp.sum(total**2) / power


def seen(score, z, w, weights, sample):
    """Risk, training loss, population coherence and m-coherence of the sample at w.

    ``weights`` are the population's chances of the atoms z, ``sample`` the sample's.
    """
    loss = lambda v, x: jax.nn.softplus(-score(v, x))  # noqa: E731
    values, slopes = jax.vmap(jax.value_and_grad(loss), (None, 0))(w, z)
    slopes = jnp.concatenate([leaf.reshape(len(z), -1) for leaf in jax.tree.leaves(slopes)], 1)
    sizes = jnp.sum(slopes**2, axis=1)
    return {
        "risk": weights @ values,
        "fit": sample @ values,
        "alpha": ratio(weights @ slopes, weights @ sizes),
        "power": weights @ sizes,
        "sample_alpha": ratio(sample @ slopes, sample @ sizes),
    }


def linear_score(w, z):
    """w.z: the example is z = y x, so that its sign is right where this is positive."""
    return z @ w


def network_score(w, z):
    """sum_j a_j tanh(w_j.z), a_j = +-1/sqrt(h) fixed, in turn: 0 where units pair off."""
    a = np.where(np.arange(w.shape[0]) % 2 == 0, 1.0, -1.0) / np.sqrt(w.shape[0])
    return jnp.tanh(z @ w.T) @ a


def atoms(key, p):
    """Atoms z = y x, the two populations' chances (clean, noisy), and two samples' indices.

    The noisy sample has the inputs of the clean one.
    """
    x, positive = population(p.d)
    keep = np.where(positive, 1.0, 0.0) * 2 / len(x)
    chances = jnp.stack([jnp.asarray(keep), (1 - p.noise) * keep + p.noise * keep[::-1]])
    u, flip, order = uniforms(key, u=(2, p.m), flip=(2, p.m), order=(p.steps, p.m))
    clean = categories(u, chances[0])
    noisy = jnp.where(flip < p.noise, len(x) - 1 - clean, clean)  # the atom -z
    return jnp.asarray(x), chances, jnp.stack([clean, noisy], axis=1), order


def frequencies(indices, count):
    """The share of each atom among the indices, last axis."""
    return jnp.mean(1.0 * (indices[..., None] == jnp.arange(count)), axis=-2)


def first_steps(path):
    """What is summed along the path: sqrt(2(1 - alpha)), (1 - alpha) E|g|^2, before each step."""
    rest = jnp.maximum(1 - path["alpha"][:-1], 0.0)
    return {"spread": jnp.sqrt(2 * rest), "private": rest * path["power"][:-1]}


@simulation(width=64)
def training_trial(key, p):
    """Logistic regression by gradient descent on clean and on noisy labels, axis 0; stability.

    ``stability`` trains again with each example replaced by a fresh one in turn.
    """
    z, chances, indices, _ = atoms(key, p)
    own, fresh = indices  # (clean or noisy, m)
    eye = jnp.eye(p.m, dtype=bool)
    rule = optax.sgd(p.rate)
    start = jnp.zeros(p.d)

    def trained(sample):
        loss = lambda w: sample @ jax.nn.softplus(-linear_score(w, z))  # noqa: E731
        return descend(loss, start, p.steps, rule)

    def run(own, fresh, weights):
        replaced = jnp.where(eye, fresh, own)
        samples = frequencies(jnp.concatenate([own[None], replaced]), len(z))
        paths = jax.vmap(trained)(samples)
        path = jax.vmap(lambda w: seen(linear_score, z, w, weights, samples[0]))(paths[0])
        there = jax.nn.softplus(-jnp.sum(z[own] * paths[1:, -1], axis=1))  # l(A(S^(i)), z_i)
        return path | first_steps(path) | {"stability": jnp.mean(there) - path["fit"][-1]}

    path = jax.vmap(run)(own, fresh, chances)
    return summary(path, p)


def summary(path, p):
    """The gap at the end and what the path showed, axis 0 clean or noisy."""
    return {
        "gap": path["risk"] - path["fit"],
        "fit": path["fit"],
        "coherence": p.m * path["sample_alpha"],
    } | {name: path[name] for name in ("spread", "private", "stability") if name in path}


@simulation(width=64)
def network_trial(key, p):
    """A network by stochastic gradient descent on clean and on noisy labels, axis 0."""
    z, chances, (indices, _), order = atoms(key, p)
    half = np.cos(7.0 * np.arange(1, p.hidden // 2 * p.d + 1)).reshape(-1, p.d)
    start = jnp.repeat(1.5 * half, 2, axis=0)  # one start for all trials: f = 0 there
    order = jnp.argsort(order, axis=1)[:, : p.batch]
    rule = optax.sgd(p.rate)

    def run(own, weights):
        sample = frequencies(own, len(z))
        loss = lambda w, batch: jnp.mean(jax.nn.softplus(-network_score(w, batch)))  # noqa: E731
        look = lambda w: seen(network_score, z, w, weights, sample)  # noqa: E731
        path = stochastic_descend(loss, start, z[own], order, rule, observe=look)
        return path | first_steps(path)

    path = jax.vmap(run)(indices, chances)
    return summary(path, p)


# --------------------------------------------------------------------------------------------
# Linear regression, averages, medians

COORDINATES = 96  # of the gradients whose medians are taken


@simulation(width=512)
def sample_trial(key, p):
    """m gradients of linear regression at w* + u; two averages by descent; medians of three."""
    X, xi, signs, dense, sparse = normals(
        key, X=(p.m, p.d), xi=(p.m,), signs=(p.m,), dense=(3, COORDINATES), sparse=(3, COORDINATES)
    )
    u = jnp.sqrt(p.signal / p.d) * jnp.ones(p.d)

    def gradients(x):
        return (x @ u - p.sigma * xi)[:, None] * x

    def parts(g):
        together, sizes = jnp.sum(jnp.sum(g, axis=0) ** 2), jnp.sum(g**2)
        return together, sizes, (together - sizes) / (p.m * (p.m - 1))

    g = gradients(X)
    together, sizes, common = parts(g)
    scaled = parts(gradients(X * jnp.sqrt(0.5 ** jnp.arange(p.d))))[2]

    def excess(v):  # R - training loss, of w = w* + v
        return (v @ v + p.sigma**2) / 2 - jnp.mean((X @ v - p.sigma * xi) ** 2) / 2

    step = excess(u - p.rate * jnp.mean(g, axis=0)) - excess(u)
    mean = jnp.stack([jnp.sqrt(p.alpha), 0.0])
    z = jnp.stack([jnp.full(p.m, jnp.sqrt(p.alpha)), jnp.sqrt(1 - p.alpha) * jnp.sign(signs)], 1)
    turns = descend(lambda w: -jnp.mean(z @ w), jnp.zeros(2), p.steps, optax.sgd(p.rate))[-1]
    square = lambda w: jnp.mean(jnp.sum((w - z) ** 2, axis=1)) / 2  # noqa: E731
    settled = descend(square, jnp.zeros(2), p.steps, optax.sgd(p.rate))[-1]
    risk = (jnp.sum((settled - mean) ** 2) + 1 - p.alpha) / 2
    held = jnp.where(normal_cdf(sparse) < p.share, 1.0, 0.0)
    return {
        "power": sizes / p.m,
        "common": common,
        "scaled_common": scaled,
        "together": together / p.m,
        "coherence": together / sizes,
        "step_gap": step / p.rate,
        "linear_gap": turns @ (jnp.mean(z, axis=0) - mean),
        "mean_gap": risk - square(settled),
        "kept": jnp.mean(jnp.median(held, axis=0)),
        "median_square": jnp.mean(jnp.median(dense, axis=0) ** 2),
    }


@simulation(width=16)
def flow_trial(key, p):
    """Linear regression's training set along the gradient flow: m-coherence at a time."""
    X, v, xi = normals(key, X=(p.m, p.d), v=(p.d,), xi=(p.m,))
    r = jnp.sqrt(p.signal / p.d) * (X @ v) + p.sigma * xi
    K = X @ X.T
    values, axes = jnp.linalg.eigh(K / p.d)
    parts = jnp.exp(-p.time * (values - values[0])) * (axes.T @ r)  # their common size drops out
    left = axes @ parts
    return {"coherence": left @ K @ left / jnp.sum(left**2 * jnp.diag(K))}


# --------------------------------------------------------------------------------------------
# The toy


@simulation(width=64)
def toy_trial(key, p):
    """m examples s_i (e_i, c) in random order: descent by the mean, by the median, by M3."""
    (u,) = uniforms(key, u=(p.m,))
    labels = jnp.where(jnp.argsort(jnp.argsort(u)) < p.flips, -1.0, 1.0)
    X = jnp.concatenate([jnp.eye(p.m), jnp.full((p.m, 1), p.c)], axis=1)
    third = p.m // 3
    groups = np.arange(3 * third).reshape(3, third)

    def gradients(w):
        return (X @ w - labels)[:, None] * X

    def robust(combine):
        def step(w, _):
            w = w - p.rate * combine(gradients(w))
            return w, (1 - p.c * w[-1], jnp.max(jnp.abs(w[:-1])))

        _, (test, private) = jax.lax.scan(step, jnp.zeros(p.m + 1), length=p.steps)
        return jnp.concatenate([jnp.ones(1), test]), jnp.max(private)

    loss = lambda w: jnp.mean((X @ w - labels) ** 2) / 2  # noqa: E731
    path = descend(loss, jnp.zeros(p.m + 1), p.steps, optax.sgd(p.rate))
    residuals = labels - path @ X.T
    g = residuals[..., None] / jnp.max(jnp.abs(residuals), axis=1)[:, None, None] * X
    median, median_private = robust(lambda g: jnp.median(g, axis=0))
    m3, m3_private = robust(lambda g: jnp.median(jnp.mean(g[groups], axis=1), axis=0))
    below = jnp.abs(residuals) < 0.5
    first = jnp.where(jnp.any(below, axis=0), jnp.argmax(below, axis=0), p.steps) / p.steps
    flipped = labels < 0
    return {
        "test": 1 - p.c * path[:, -1],
        "loss": jnp.mean(residuals**2, axis=1),
        "coherence": jnp.sum(jnp.sum(g, axis=1) ** 2, axis=-1) / jnp.sum(g**2, axis=(1, 2)),
        "clean_time": jnp.max(jnp.where(flipped, 0.0, first)),
        "flipped_time": jnp.min(jnp.where(flipped, first, 1.0)),
        "median": median,
        "median_private": median_private,
        "m3": m3,
        "m3_private": m3_private,
        "middle": jnp.median(jnp.mean(labels[groups], axis=1)),
    }


# --------------------------------------------------------------------------------------------
# Two layers from a small start

SMALL = 1e-3  # standard deviation of the first weights, times the square root of their inputs


@simulation(width=64)
def deep_trial(key, p):
    """f = a.Wx by descent on squares, labels at random, from a small start: m-coherence's path."""
    X, labels, W, a = normals(key, X=(p.m, p.d), labels=(p.m,), W=(p.hidden, p.d), a=(p.hidden,))
    y = jnp.sign(labels)
    start = (SMALL * W / np.sqrt(p.d), SMALL * a / np.sqrt(p.hidden))

    def outputs(w):
        return X @ (w[0].T @ w[1])

    def look(w):  # of gradients r x' W' and r a x', by their norms
        r = outputs(w) - y
        inner, outer = w[0] @ X.T, jnp.sum(w[1] ** 2)
        together = jnp.sum((inner @ r) ** 2) + outer * jnp.sum((r @ X) ** 2)
        power = jnp.sum(inner**2 @ r**2) + outer * jnp.sum(r**2 @ X**2)
        return {"coherence": together / power, "loss": jnp.mean(r**2) / 2}

    path = descend(
        lambda w: jnp.mean((outputs(w) - y) ** 2) / 2,
        start,
        p.steps,
        optax.sgd(p.rate),
        observe=look,
    )
    kept = path["loss"] > 0.25  # half of the labels' energy is yet to be fitted
    return {
        "coherence": path["coherence"],
        "loss": path["loss"],
        "start": path["coherence"][0],
        "peak": jnp.max(jnp.where(kept, path["coherence"], 0.0)),
    }
