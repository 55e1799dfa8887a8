"""Scores of random and trained models, and students of largest margin on what is kept."""

import jax
import jax.numpy as jnp
import optax

from sims import auc, descend, flow, max_margin, normals, simulation, stochastic_descend
from theory import normal_cdf

POINTS = 6  # whose gradients a trial takes
BLIND = 256  # first outputs that a trial draws
FLOW_STEPS = 24
HIDDEN_SCALE = 2.0


def cross_entropy(logits, label):
    """-log softmax(logits)_label."""
    return jax.nn.logsumexp(logits) - logits @ label


def el2n(logits, label):
    """|softmax - y|."""
    return jnp.sqrt(jnp.sum((jax.nn.softmax(logits) - label) ** 2, -1))


def size(tree):
    """The norm of a gradient, all leaves together."""
    return jnp.sqrt(sum(jnp.sum(leaf**2) for leaf in jax.tree.leaves(tree)))


def network(w, x):
    """One hidden layer: logits."""
    return w["out"] @ jnp.tanh(w["in"] @ x)


@simulation(width=64)
def scores_trial(key, p):
    """Gradients at random weights, by differentiation: linear softmax, and one hidden layer.

    Of POINTS examples with random labels. ``removal``: what leaving each example in turn out of a
    step of the summed loss does to the change of the loss at a further one, to first order.
    """
    W, b, w_in, w_out, x, u, logits = normals(
        key, W=(p.classes, p.d), b=(p.classes,), w_in=(p.width, p.d), w_out=(p.classes, p.width),
        x=(POINTS + 1, p.d), u=(POINTS + 1,), logits=(BLIND, p.classes),
    )  # fmt: skip
    labels = jax.nn.one_hot(jnp.floor(normal_cdf(u) * p.classes), p.classes, dtype=float)
    W = p.spread * W / jnp.sqrt(1.0 * p.d)

    def linear(w, x, y):
        return cross_entropy(w["W"] @ x + w["b"], y)

    def each(loss, w):
        return jax.vmap(jax.grad(loss), (None, 0, 0))(w, x, labels)

    flat = each(linear, {"W": W, "b": 0 * b})
    chances = jax.nn.softmax(x @ W.T)
    own = jnp.sum(chances * labels, 1)
    w = {"in": w_in / jnp.sqrt(1.0 * p.d), "out": HIDDEN_SCALE * w_out / jnp.sqrt(1.0 * p.width)}

    def loss(w, x, y):
        return cross_entropy(network(w, x), y)

    gradients = each(loss, w)
    jacobians = jax.vmap(jax.jacrev(network), (None, 0))(w, x)
    rows = jnp.concatenate(
        [j.reshape(POINTS + 1, p.classes, -1) for j in jax.tree.leaves(jacobians)], -1
    )
    kernel = jnp.einsum("nka,nla->nkl", rows, rows)
    eigenvalues = jnp.linalg.eigvalsh(kernel)
    outputs = jax.vmap(network, (None, 0))(w, x)
    residual = jax.nn.softmax(outputs) - labels

    def change(step, at):
        """d loss along a step."""
        return jax.jvp(lambda w: loss(w, x[at], labels[at]), (w,), (step,))[1]

    def without(j, at):
        """Of the step on the summed loss of the POINTS examples, less that without j."""
        whole = jax.tree.map(lambda g: -p.eta * jnp.sum(g[:POINTS], 0), gradients)
        less = jax.tree.map(lambda s, g: s + p.eta * g[j], whole, gradients)
        return jnp.abs(change(whole, at) - change(less, at))

    grand = jax.vmap(size)(gradients)
    first = el2n(p.spread * logits, jnp.eye(p.classes)[0])
    return {
        "linear_grand": jnp.sqrt(jnp.sum(flat["W"] ** 2, (1, 2))),
        "bias_grand": jax.vmap(size)(flat),
        "linear_el2n": el2n(x @ W.T, labels),
        "norm": jnp.linalg.norm(x, axis=1),
        "wrong": 1 - own,
        "absolute": jnp.sum(jnp.abs(chances - labels), 1),
        "summed": jnp.sum((1 - labels) * (chances - own[:, None]), 1),
        "grand": grand,
        "star": grand[POINTS],
        "el2n": el2n(outputs, labels),
        "kernel_grand": jnp.sqrt(jnp.einsum("nk,nkl,nl->n", residual, kernel, residual)),
        "least": eigenvalues[:, 0],
        "most": eigenvalues[:, -1],
        "removal": without(0, POINTS),
        "own_removal": without(0, 0),
        "blind": jnp.mean(first),
        "blind_square": jnp.mean(first**2),
    }


def noisy_mixture(z, signs, flips, p):
    """Inputs y mu + z, mu along the first axis, clean labels and whether each is flipped."""
    y = jnp.where(signs > 0, 1.0, -1.0)
    return z.at[:, 0].add(p.snr * y), y, normal_cdf(flips) < p.rho


@simulation(width=16)
def mixture_trial(key, p):
    """One step of logistic regression from 0 and from M random starts; least squares' flow."""
    n, d = p.n, p.d
    z, signs, flips, starts = normals(key, z=(2 * n, d), signs=(2 * n,), flips=(2 * n,),
                                      starts=(p.runs, d))  # fmt: skip
    x, y, flipped = noisy_mixture(z, signs, flips, p)
    labels = jnp.where(flipped, -y, y)
    signed = labels[:, None] * x
    seen, fresh = signed[:n], signed[n:]

    def logistic(w):
        return jnp.mean(jax.nn.softplus(-seen @ w))

    def half_square(w):
        return jnp.sum((seen @ w - 1) ** 2) / (2 * n)

    def score(margins):
        return jnp.sqrt(2.0) * jax.nn.sigmoid(-margins)

    def flag(scores, where):
        return auc(scores, where)

    w = descend(logistic, jnp.zeros(d), 1, optax.sgd(p.eta))[-1]
    scores = score(seen @ w)
    ones = 1.0 * flipped[:n]
    wrong = 1.0 * (fresh @ w < 0)
    starts = p.scale * starts / jnp.sqrt(1.0 * d)
    paths = jax.vmap(lambda start: descend(logistic, start, 1, optax.sgd(p.eta)))(starts)
    means = jnp.mean(score(paths @ seen.T), 0)
    mean = jnp.mean(paths[:, 1], 0)
    flowed = flow(half_square, jnp.zeros(d), p.time, FLOW_STEPS)[-1]
    return {
        "cosine": w[0] / jnp.linalg.norm(w),
        "in_auc": flag(scores, flipped[:n]),
        "fresh_auc": flag(score(fresh @ w), flipped[n:]),
        "gap": scores @ ones / jnp.sum(ones) - scores @ (1 - ones) / jnp.sum(1 - ones),
        "flagged": jnp.mean(wrong),
        "flagged_flipped": jnp.mean(wrong * flipped[n:]),
        "mean_cosine": mean[0] / jnp.linalg.norm(mean),
        "first_auc": flag(means[0], flipped[:n]),
        "mean_auc": flag(means[1], flipped[:n]),
        "flow_auc": flag(jnp.abs(seen @ flowed - 1), flipped[:n]),
    }


@simulation(width=16)
def pruned_trial(key, p):
    """Largest margins on hard, easy and random examples of a teacher, T the first axis.

    The probe that ranks lies in the plane of the first two, at the angle; ``along`` and ``across``
    are the student's overlaps on the window that starts at ``first``.
    """
    (x,) = normals(key, x=(p.n, p.d))
    y = jnp.sign(x[:, 0])
    order = jnp.argsort(jnp.abs(jnp.cos(p.angle) * x[:, 0] + jnp.sin(p.angle) * x[:, 1]))

    def student(rows):
        found = max_margin(x[rows], y[rows])
        return found.theta[:2], found.margin, found.gap

    at = jnp.array([0, p.n - p.kept, p.first])
    windows = jax.vmap(lambda i: jax.lax.dynamic_slice_in_dim(order, i, p.kept))(at)
    theta, margin, gap = jax.lax.map(student, jnp.concatenate([windows, jnp.arange(p.kept)[None]]))
    error = jnp.arccos(theta[:, 0]) / jnp.pi
    return {
        "hard": error[0],
        "easy": error[1],
        "random": error[3],
        "along": theta[2, 0],
        "across": theta[2, 1],
        "margin": margin,
        "gap": gap,
    }


@simulation(width=64)
def windows_trial(key, p):
    """Least squares on windows of noisy teacher margins, the hardest first."""
    x, flips = normals(key, x=(p.n, p.d), flips=(p.n,))
    y = jnp.sign(x[:, 0]) * jnp.where(normal_cdf(flips) < p.rho, -1.0, 1.0)
    order = jnp.argsort(y * x[:, 0])

    def student(first):
        rows = jax.lax.dynamic_slice_in_dim(order, first, p.kept)
        X = x[rows]
        w = jnp.linalg.solve(X.T @ X, X.T @ y[rows])
        return jnp.arccos(w[0] / jnp.linalg.norm(w)) / jnp.pi

    error = jax.vmap(student)(jnp.array([0, p.first, p.n - p.kept]))
    return {"hardest": error[0], "window": error[1], "easiest": error[2]}


RULE = optax.sgd(0.3, momentum=0.9)


@simulation(width=16)
def networks_trial(key, p):
    """M networks of one hidden layer on K noisy classes, by batches: scores at 0, 1 and all steps.

    Means of the classes stand at right angles, at distance SNR from 0; a flipped label is any other
    class. EL2N and GraNd are averaged over the networks.
    """
    n, K = p.n, p.classes
    z, signs, flips, others, batches, w_in, w_out = normals(
        key, z=(n, p.d), signs=(n,), flips=(n,), others=(n,), batches=(p.runs, p.steps, n),
        w_in=(p.runs, p.width, p.d), w_out=(p.runs, K, p.width),
    )  # fmt: skip
    clean = jnp.floor(normal_cdf(signs) * K)
    flipped = normal_cdf(flips) < p.rho
    other = 1 + jnp.floor(normal_cdf(others) * (K - 1))
    given = jnp.where(flipped, (clean + other) % K, clean)
    labels = jax.nn.one_hot(given, K, dtype=float)
    x = z.at[:, :K].add(p.snr * jax.nn.one_hot(clean, K, dtype=float))
    order = jnp.argsort(batches, -1)[..., : n // 4]
    start = {"in": w_in / jnp.sqrt(1.0 * p.d), "out": w_out / jnp.sqrt(1.0 * p.width)}

    def loss(w, x, y):
        return cross_entropy(network(w, x), y)

    def batch_loss(w, batch):
        return jnp.mean(jax.vmap(loss, (None, 0, 0))(w, *batch))

    def train(start, order):
        path = stochastic_descend(batch_loss, start, (x, labels), order, RULE)
        return jax.tree.map(lambda leaf: leaf[jnp.array([0, 1, p.steps])], path)

    def scores(w):
        gradients = jax.vmap(jax.grad(loss), (None, 0, 0))(w, x, labels)
        error = el2n(jax.vmap(network, (None, 0))(w, x), labels)
        return jnp.stack([error, jax.vmap(size)(gradients)])

    paths = jax.vmap(train)(start, order)
    each = jax.vmap(jax.vmap(scores))(paths)  # runs, times, EL2N and GraNd, examples
    mean = jax.vmap(jax.vmap(lambda s: auc(s, flipped)))(jnp.mean(each, 0))
    return {"el2n_auc": mean[:, 0], "grand_auc": mean[:, 1], "one_auc": auc(each[0, 2, 0], flipped)}
