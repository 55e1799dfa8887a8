"""Fitted rules and their exact errors: naive Bayes by its estimates, LR and LDA from points."""

import jax
import jax.numpy as jnp
import numpy as np

from sims import (
    GAMMA_ROWS, binomials, fitted_gaussian, gaussian_classes, linear_discriminant, log_gammas,
    max_margin, newton_logistic, normals, reduced_means, simulation, softmax_regression, uniforms,
)  # fmt: skip
from theory import bivariate_normal_cdf, normal_cdf, positive_definite
from theory.generative_discriminative.params import PLACES

TEST = 32
"""Test points of each class, in the multiclass trial."""


def difference(p):
    """mu_1 - mu_0: on the first feature of ``signals`` pairs. Features are the pairs' first, then
    their second ones."""
    return jnp.zeros(p.n).at[: p.signals].set(jnp.sqrt(p.information / p.signals))


def correlated(z, correlation):
    """Standard normals with pairs i, i + n/2 correlated, on the last axis."""
    first, second = jnp.split(z, 2, axis=-1)
    both = correlation * first + jnp.sqrt(1 - correlation**2) * second
    return jnp.concatenate([first, both], axis=-1)


def spread_of(w, correlation):
    """sqrt(w' Sigma w) for the pairs."""
    first, second = jnp.split(w, 2, axis=-1)
    return jnp.sqrt(w @ w + 2 * correlation * (first @ second))


def class_errors(w, offset, d, spread):
    """Of the rule w.x + offset > 0 for class 1, means -d/2 and d/2."""
    half = w @ d / 2
    return normal_cdf((offset - half) / spread), normal_cdf(-(offset + half) / spread)


@simulation(width=128)
def trial(key, p):
    """Naive Bayes, its class means and pooled variances drawn: variances known and estimated.

    Of each pair the scatter matrix is L T T' L', L that of (1, c; c, 1) and T Bartlett's triangle.
    The priors' threshold is log(m1/m0).
    """
    d, nu = difference(p), p.m - 2
    noise, below, gammas = normals(
        key, noise=(2, p.n), below=(p.n // 2,), gammas=(GAMMA_ROWS, 2, p.n // 2)
    )
    scale = jnp.sqrt(jnp.asarray([1.0 * p.m0, 1.0 * p.m1]))[:, None]
    deviations = correlated(noise, p.correlation)
    means = jnp.stack([-d / 2, d / 2]) + deviations / scale
    degrees = jnp.asarray([max(nu, 1), max(nu - 1, 1)])[:, None]
    chi = jnp.sqrt(2 * jnp.exp(log_gammas(gammas, degrees / 2)))
    root = jnp.sqrt(1 - p.correlation**2)
    second = (p.correlation * chi[0] + root * below) ** 2 + (root * chi[1]) ** 2
    variances = jnp.concatenate([chi[0] ** 2, second]) / p.m
    known, middle = means[1] - means[0], (means[0] + means[1]) / 2
    prior = jnp.log(p.m1 / p.m0)

    def errors(w):
        return class_errors(w, prior - w @ middle, d, spread_of(w, p.correlation))

    first, other = errors(known)
    return {
        "error_0": first,
        "error_1": other,
        "error": (first + other) / 2,
        "estimated": sum(errors(known / variances)) / 2,
        "largest": jnp.max(jnp.abs(deviations / scale)),
    }


@simulation(width=16, small_lapack=True)
def fit_trial(key, p):
    """LR without penalty, LDA, and naive Bayes of known variances, from the same points."""
    (z,) = normals(key, z=(p.m, p.n))
    d, labels = difference(p), jnp.asarray(np.repeat([0, 1], [p.m0, p.m1]))
    x = correlated(z, p.correlation) + jnp.where(labels[:, None] == 1, d / 2, -d / 2)
    fit = fitted_gaussian(x, labels, 2)
    w = newton_logistic(x, 2.0 * labels - 1, steps=10).theta
    lda = linear_discriminant(fit.means, fit.pooled)
    nearest = linear_discriminant(fit.means, jnp.eye(p.n))

    def error(w, offset):
        return sum(class_errors(w, offset, d, spread_of(w, p.correlation))) / 2

    def of(rule):
        return error(rule.weights[1] - rule.weights[0], rule.offsets[1] - rule.offsets[0])

    return {"lr": error(w, 0.0), "lda": of(lda), "nb": of(nearest)}


@simulation(width=16, small_lapack=True)
def margin_trial(key, p):
    """Whether points y mu + z are separable, and the rule of largest margin."""
    (z,) = normals(key, z=(p.m, p.n))
    d, y = difference(p), jnp.asarray(np.repeat([-1.0, 1.0], [p.m0, p.m1]))
    found = max_margin(correlated(z, p.correlation) + y[:, None] * d / 2, y)
    spread = spread_of(found.theta, p.correlation)
    return {
        "separable": jnp.where(found.margin > 0, 1.0, 0.0),
        "error": normal_cdf(-(found.theta @ d) / 2 / spread),
    }


def blocks(n):
    """The paper's standard deviations: sqrt(n) on the first half of the features, then 1."""
    return jnp.where(jnp.arange(n) < n // 2, jnp.sqrt(1.0 * n), 1.0)


@simulation(width=16, small_lapack=True)
def blocks_trial(key, p):
    """Ridge LR with a free intercept, means -1 and 1 everywhere, two blocks of variances."""
    (z,) = normals(key, z=(p.m, p.n))
    y = jnp.asarray(np.repeat([-1.0, 1.0], [p.m0, p.m1]))
    x = jnp.concatenate([z * blocks(p.n) + y[:, None], jnp.ones((p.m, 1))], axis=1)
    ridge = jnp.full(p.n + 1, p.ridge).at[-1].set(0.0)
    w = newton_logistic(x, y, ridge=ridge, steps=10).theta[:-1]
    return {"ratio": jnp.sum(w) / jnp.sqrt(jnp.sum((w * blocks(p.n)) ** 2))}


def line_errors(weights, offsets, d, root):
    """Of the largest of three scores, mean over classes N(c_k d, L L'); ``root`` is w -> L' w."""
    scores = offsets + PLACES[:, None] * (weights @ d)
    own, others = np.arange(3)[:, None], np.array([[1, 2], [0, 2], [0, 1]])
    lead = scores[own, own] - scores[own, others]
    apart = root(weights)[:, None] - root(weights)[others]
    length = jnp.linalg.norm(apart, axis=-1)
    z = lead / length
    angle = jnp.sum(apart[:, 0] * apart[:, 1], axis=-1) / (length[:, 0] * length[:, 1])
    return jnp.mean(1 - bivariate_normal_cdf(z[:, 0], z[:, 1], angle))


def softmax_rule(x, labels, ridge):
    """Weights and free intercepts of softmax regression."""
    rows = jnp.concatenate([x, jnp.ones((len(x), 1))], axis=1)
    own = jnp.full(rows.shape[1], ridge).at[-1].set(0.0)
    theta = softmax_regression(rows, labels, 3, ridge=own, steps=12).theta
    return theta[:, :-1], theta[:, -1]


@simulation(width=8, small_lapack=True)
def line_trial(key, p):
    """Three classes at c_k d, m0 points of each: softmax regression with a ridge, naive Bayes."""
    (z,) = normals(key, z=(3 * p.m0, p.n))
    labels, d = jnp.asarray(np.repeat(np.arange(3), p.m0)), difference(p)
    x = correlated(z, p.correlation) + jnp.asarray(PLACES)[labels][:, None] * d

    def root(w):
        first, second = jnp.split(w, 2, axis=-1)
        other = jnp.sqrt(1 - p.correlation**2) * second
        return jnp.concatenate([first + p.correlation * second, other], axis=-1)

    means = jnp.mean(x.reshape(3, p.m0, p.n), axis=1)
    nearest = means, -jnp.sum(means**2, axis=1) / 2
    rules = {"lr": softmax_rule(x, labels, p.ridge), "nb": nearest}
    return {name: line_errors(*rule, d, root) for name, rule in rules.items()}


@simulation(width=8, small_lapack=True)
def line_blocks_trial(key, p):
    """Softmax regression in the paper's design of three classes, m0 points of each."""
    (z,) = normals(key, z=(3 * p.m0, p.n))
    labels = jnp.asarray(np.repeat(np.arange(3), p.m0))
    x = z * blocks(p.n) + jnp.asarray(PLACES)[labels][:, None]
    rule = softmax_rule(x, labels, p.ridge)
    return {"error": line_errors(*rule, jnp.ones(p.n), lambda w: w * blocks(p.n))}


@simulation(width=32)
def design_trial(key, p):
    """Naive Bayes as the authors fit it there, m points at random that have both classes."""
    sizes = {"first": 4, "five": 5, "second": 4 + int(np.ceil(np.log(p.n)))}
    shapes = {name: (m, p.n) for name, m in sizes.items()}
    *points, choice = normals(key, **shapes, choice=(len(sizes),))
    chance = normal_cdf(choice)
    found = {}
    for i, (name, m) in enumerate(sizes.items()):
        ways = np.array([float(np.prod([(m - j) / (j + 1) for j in range(k)])) for k in range(m)])
        ways[0] = 0.0
        ones = jnp.sum(chance[i] > np.cumsum(ways / ways.sum()))  # samples of class 1: 1 .. m - 1
        labels = 1 * (jnp.arange(m) < ones)
        x = points[i] * blocks(p.n) + (2.0 * labels - 1)[:, None]
        counts = jnp.stack([m - ones, ones])
        means = jnp.stack([(1 - labels) @ x, labels @ x]) / counts[:, None]
        variances = jnp.mean((x - means[labels]) ** 2, axis=0) + 1e-9
        w = (means[1] - means[0]) / variances
        offset = jnp.log(counts[1] / counts[0]) - w @ (means[0] + means[1]) / 2
        spread = jnp.sqrt(jnp.sum((w * blocks(p.n)) ** 2))
        found[name] = sum(class_errors(w, offset, jnp.full(p.n, 2.0), spread)) / 2
    return found


@simulation(width=128)
def multiclass_trial(key, p):
    """The nearest of K class means, unequal samples, on 32 points of each class."""
    corner = jnp.sqrt(p.information / 2) * jnp.eye(p.classes)
    counts = p.m0 + (p.m1 - p.m0) * jnp.arange(p.classes) / (p.classes - 1)
    first, last = jax.random.split(key)
    means = reduced_means(first, corner, counts, p.n)
    (z,) = normals(last, z=(p.classes, TEST, 2 * p.classes))
    x = gaussian_classes(z, jnp.pad(corner, ((0, 0), (0, p.classes))))
    scores = x @ means.T - jnp.sum(means**2, axis=1) / 2
    wrong = jnp.argmax(scores, axis=-1) != jnp.arange(p.classes)[:, None]
    return {"error": jnp.mean(wrong, dtype=float)}


@simulation(width=128)
def unseen_trial(key, p):
    """n binary features, m0 samples of one class: the chance that a new one has an unseen value."""
    (u,) = uniforms(key, u=(p.n,))
    ones = binomials(u, p.m0, p.rare)
    missing = jnp.where(ones == 0, p.rare, 0.0) + jnp.where(ones == p.m0, 1 - p.rare, 0.0)
    return {"unseen": 1 - jnp.prod(1 - missing)}


@simulation(width=256)
def inequalities_trial(key, p):
    """Random class probabilities and scores; a random covariance and naive Bayes' asymptote."""
    likely, error, size, square, d = normals(
        key, likely=(p.classes,), error=(p.classes,), size=(), square=(3, 3), d=(3,)
    )
    log_p = jax.nn.log_softmax(2 * likely)
    log_s = jax.nn.log_softmax(2 * likely + jnp.exp(2 * size - 2) * error)
    called, probabilities = jnp.argmax(log_s), jnp.exp(log_p)
    scale = jnp.asarray([1.0, 3.0, 0.2])
    sigma = positive_definite(square) * scale[:, None] * scale
    variances = jnp.diag(sigma)
    root = jnp.sqrt(variances)
    values = jnp.linalg.eigvalsh(sigma / root[:, None] / root)
    sigma_values = jnp.linalg.eigvalsh(sigma)
    w = d / variances
    return {
        "gap": jnp.max(probabilities) - probabilities[called],
        "regret": probabilities @ (log_p - log_s),
        "largest": jnp.max(probabilities),
        "called": probabilities[called],
        "asymptote": normal_cdf(-(w @ d) / (2 * jnp.sqrt(w @ sigma @ w))),
        "distance": jnp.sqrt(d @ jnp.linalg.solve(sigma, d)),
        "condition": values[-1] / values[0],
        "sigma_condition": sigma_values[-1] / sigma_values[0],
    }
