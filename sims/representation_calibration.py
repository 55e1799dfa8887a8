"""Noisy labels of Gaussian classes; rules and centres from what the labels show."""

import jax
import jax.numpy as jnp

from sims import (
    GAMMA_ROWS, autoregressive, categories, gaussian_design, log_gammas, multinomial, normals,
    reduced_means, simulation, uniforms,
)  # fmt: skip
from theory import normal_cdf
from theory.representation_calibration.params import Params

DRAWS = 8
"""Independent repetitions in a trial of covariances, which are small."""


def flips(priors, eta):
    """P(label j | class k), rows k: eta pi_j for j != k."""
    return eta * priors + (1 - eta) * jnp.eye(len(priors))


def benchmark_flips(priors, eta):
    """The same where another label than the true one is drawn, in proportion to its prior."""
    others = priors / (1 - priors[:, None]) * (1 - jnp.eye(len(priors)))
    return (1 - eta) * jnp.eye(len(priors)) + eta * others


def shares(priors, table):
    """P(class j | label k), rows k."""
    joint = priors[:, None] * table
    return (joint / jnp.sum(joint, axis=0)).T


def labelled(u, classes, table):
    """A label of each point, given its class."""
    each = jnp.stack([categories(u, row) for row in table])
    return jnp.take_along_axis(each, classes[None], axis=0)[0]


@simulation(width=256)
def trial(key, p: Params):
    """Means of points labelled tail, donor, head, in d dimensions: errors and exact recalls.

    Methods in order: as they are, corrected by the mean of all points, transferred, both.
    """
    means, priors = jnp.stack([jnp.stack(m) for m in p.means]), jnp.stack(p.priors)
    sizes = jnp.stack([1.0 * p.few, 1.0 * p.lent, 1.0 * p.many])
    here, there = jax.random.split(key)
    (u,) = uniforms(here, u=(3, 2))
    counts = multinomial(u, sizes, shares(priors, flips(priors, p.eta)))
    noise = reduced_means(there, jnp.zeros((3, 2)), sizes, p.d)
    raw = noise.at[:, :2].add(counts @ means / sizes[:, None])
    centre = jnp.zeros(noise.shape[1]).at[:2].set(priors @ means)
    clean = (raw - p.eta * centre) / (1 - p.eta)
    tail = jnp.zeros(noise.shape[1]).at[:2].set(means[0])

    def moved(m):
        return (1 - p.beta) * m[0] + p.beta * m[1]

    own = jnp.stack([raw[0], clean[0], moved(raw), moved(clean)])
    rival = jnp.stack([raw[2], clean[2], raw[2], clean[2]])
    w = own - rival
    middle = jnp.sum(w * (own + rival), axis=1) / 2
    length = jnp.linalg.norm(w, axis=1)
    return {
        "mean": own[:2, 0],
        "error": jnp.sum((own - tail) ** 2, axis=1),
        "recall": normal_cdf((w @ tail - middle) / length),
        "head_recall": normal_cdf(middle / length),
    }


@simulation(width=256)
def doubt_trial(key, p: Params):
    """eta is p.eta + or - doubt: dot products of means less mubar.

    In the order true tail, labelled tail, labelled donor.
    """
    means, priors = jnp.stack([jnp.stack(m) for m in p.means]), jnp.stack(p.priors)
    sizes = jnp.stack([1.0 * p.few, 1.0 * p.lent])
    here, there = jax.random.split(key)
    u, coin = uniforms(here, u=(2, 2), coin=())
    eta = p.eta + jnp.where(coin < 0.5, p.doubt, -p.doubt)
    counts = multinomial(u, sizes, shares(priors, flips(priors, eta))[:2])
    noise = reduced_means(there, jnp.zeros((2, 2)), sizes, p.d)
    raw = noise.at[:, :2].add(counts @ means / sizes[:, None])
    whole = jnp.zeros((3, noise.shape[1])).at[0, :2].set(means[0]).at[1:].set(raw)
    centred = whole - jnp.zeros(noise.shape[1]).at[:2].set(priors @ means)
    return {"gram": centred @ centred.T}


@simulation(width=256)
def labels_trial(key, p: Params):
    """Points of three classes in the plane with labels of both kinds of noise."""
    means, priors = jnp.stack([jnp.stack(m) for m in p.means]), jnp.stack(p.priors)
    here, there = jax.random.split(key)
    u, v = uniforms(here, u=(p.points,), v=(p.points,))
    (z,) = normals(there, z=(p.points, 2))
    classes = categories(u, priors)
    noisy = labelled(v, classes, flips(priors, p.eta))
    other = labelled(v, classes, benchmark_flips(priors, p.eta))
    called, told = (1.0 * (x[:, None] == jnp.arange(3)) for x in (noisy, other))
    true = 1.0 * (classes[:, None] == jnp.arange(3))
    off = z[:, 0] + means[classes, 0] - means[0, 0]
    return {
        "noisy": jnp.mean(called, axis=0),
        "benchmark": jnp.mean(told, axis=0),
        "pure": jnp.mean(called * true, axis=0),
        "benchmark_pure": jnp.mean(told * true, axis=0),
        "second": jnp.mean(called * off[:, None] ** 2, axis=0),
    }


@simulation(width=32)
def axis_trial(key, p: Params):
    """Two classes on their axis: rules fitted to noisy labels, and centres of a polluted tail."""
    here, there = jax.random.split(key)
    u, v, w = uniforms(here, u=(p.points,), v=(p.points,), w=(p.points,))
    z, y = normals(there, z=(p.points,), y=(p.points,))
    priors = jnp.stack([p.tail, 1 - p.tail])
    places, table = jnp.stack([p.gap, 0.0 * p.gap]), flips(priors, p.eta)
    classes = categories(u, priors)
    x, told = places[classes] + z, labelled(v, classes, table)
    called = 1.0 * (told == jnp.arange(2)[:, None])
    count = jnp.sum(called, axis=1)
    means = called @ x / count
    within = jnp.mean((x - means[told]) ** 2)
    middle = jnp.mean(means)
    moved = middle + within * jnp.log(count[1] / count[0]) / (means[0] - means[1])

    def recalls(threshold):
        return jnp.stack([normal_cdf(p.gap - threshold), normal_cdf(threshold)])

    own = categories(w, shares(priors, table)[0])
    off = y + (p.gap - places[own])  # from the tail's mean towards the head
    kept = 1.0 * (jnp.abs(off) < p.radius)
    trimmed = jnp.sum(kept * off) / jnp.maximum(jnp.sum(kept), 1.0)
    return {
        "centroid": recalls(middle),
        "discriminant": recalls(moved),
        "centres": jnp.stack([jnp.mean(off), jnp.median(off), trimmed]),
    }


@simulation(width=64)
def calibrated_trial(key, p: Params):
    """Covariances of tail and donor in three dimensions, mixed; then as many points sampled."""
    n, side = p.points, 3
    sigma = autoregressive(side)
    z, y, e = normals(key, z=(DRAWS, n, side), y=(DRAWS, 2 * n, side), e=(DRAWS, n, side))
    bias = jnp.zeros(side).at[:2].set(jnp.stack([p.along, p.across]))

    def fitted(points):
        mean = jnp.mean(points, axis=0)
        left = points - mean
        return mean, left.T @ left / (len(points) - 1)

    def once(z, y, e):
        mean, own = fitted(gaussian_design(z, sigma))
        donor, lent = fitted(gaussian_design(y, sigma) + bias)
        mixed = (1 - p.beta) * own + p.beta * lent
        centre = (1 - p.beta) * mean + p.beta * donor
        new = centre + jnp.mean(e, axis=0) @ jnp.linalg.cholesky(mixed).T
        both = (mean + new) / 2
        least = jnp.stack([jnp.linalg.eigvalsh(s)[0] for s in (own, mixed)])
        square = jnp.stack([jnp.sum((s - sigma) ** 2) for s in (own, mixed)])
        ends = jnp.stack([jnp.sum(m**2) for m in (new, both)])
        return square, jnp.sum((new - centre) ** 2), ends, least > 1e-10

    square, extra, ends, full = jax.vmap(once)(z, y, e)
    return {
        "covariance": jnp.mean(square, axis=0),
        "extra": jnp.mean(extra),
        "resampled": jnp.mean(ends, axis=0),
        "rank": jnp.max(jnp.abs(1.0 * full - jnp.array([1.0 * (n > side), 1.0]))),
        "full_rank": jnp.max(1.0 - full[:, 0]),
    }


@simulation(width=16)
def regularised_trial(key, p: Params):
    """The discriminant of clean labels with a mixed covariance and a ridge; exact recalls.

    Scatters by Bartlett's triangle. ``barely``: with a hundredth of the ridge; ``nearest``: the
    nearest mean.
    """
    d = p.side
    low, chi, noise = normals(key, low=(2, d, d), chi=(GAMMA_ROWS, 2, d), noise=(2, d))
    column = jnp.arange(d)
    freedom = jnp.stack([p.few - 1.0, p.lent - 1.0])
    left = freedom[:, None] - column
    diagonal = jnp.where(left > 0, 2 * jnp.exp(log_gammas(chi, jnp.maximum(left, 1.0) / 2)), 0.0)
    there = (column < column[:, None]) & (left > 0)[:, None]
    scale = jnp.where(column % 2 == 0, 1.0, jnp.sqrt(p.spread))
    half = jnp.where(there, low, 0.0) + jax.vmap(jnp.diag)(jnp.sqrt(diagonal))
    half = scale[:, None] * half
    own, lent = jnp.einsum("kij,klj->kil", half, half) / freedom[:, None, None]
    mixed = (1 - p.beta) * own + p.beta * lent
    tail = jnp.zeros(d).at[0].set(p.gap)
    donor = jnp.zeros(d).at[0].set(p.along).at[1].set(p.across)
    width = jnp.sqrt((1 - p.beta) ** 2 / p.few + p.beta**2 / p.lent)
    centre = tail + p.beta * donor + width * scale * noise[0]
    head = scale * noise[1] / jnp.sqrt(1.0 * p.many)
    gap, middle = centre - head, (centre + head) / 2

    def recalls(w):
        length = jnp.sqrt(jnp.sum((scale * w) ** 2))
        return normal_cdf(w @ (tail - middle) / length), normal_cdf(w @ middle / length)

    ones = jnp.eye(d)
    recall, other = recalls(jnp.linalg.solve(mixed + p.ridge * ones, gap))
    barely, _ = recalls(jnp.linalg.solve(mixed + p.ridge / 100 * ones, gap))
    nearest, _ = recalls(gap)
    return {"recall": recall, "head_recall": other, "barely": barely, "nearest": nearest}
