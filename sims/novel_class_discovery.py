"""Novel points clustered raw and projected on known directions; dense data; spectra to count."""

import jax
import jax.numpy as jnp
import numpy as np

from sims import GAMMA_ROWS, log_gammas, normals, simulation, top_eigenpair
from theory import normal_cdf

HALVINGS = 44
OTHERS = 9


def freedom(n, d):
    """Degrees of freedom of the reduced matrix: n - 1, ... on its diagonal, d - 1, ... beside."""
    m, k = min(n + 1, d), min(n, d)
    return np.concatenate([n - 1 - np.maximum(np.arange(k) - 1, 0), d - 1 - np.arange(m - 1)])


def reduced(chi, first, n, d):
    """Diagonal and squared side of the tridiagonal X'X, in the frame whose first axis is mu.

    X is bidiagonal after Householder steps that keep this axis; ``first`` is the top left entry's
    part along y, and the n - 1 degrees of freedom before it are the rest of mu's column.
    """
    m, k = min(n + 1, d), min(n, d)
    on = chi[:k].at[0].add(first**2)
    beside = chi[k:]
    diagonal = jnp.zeros(m).at[:k].set(on).at[1:].add(beside)
    return diagonal, on[: m - 1] * beside


def top(diagonal, squares):
    """(eigenvalue, squared first entry of its vector) of symmetric tridiagonal matrices, last axis.

    The continued fraction q_1 = x - a_1 - b_1^2/q_2, ... has positive terms above the spectrum;
    its root by halving, and 1/q_1' there.
    """
    sides = jnp.sqrt(squares)
    zero = jnp.zeros_like(diagonal[..., :1])
    after, before = jnp.concatenate([squares, zero], -1), jnp.concatenate([zero, sides], -1)
    rows = jnp.moveaxis(jnp.stack([diagonal, after]), -1, 0)
    reach = diagonal + before + jnp.concatenate([sides, zero], -1)

    def fraction(x):
        def step(state, row):
            q, slope, above = state
            below = row[1] / q
            q, slope = x - row[0] - below, 1 + below * slope / q
            above = above & (q > 0)
            return (jnp.where(above, q, 1.0), jnp.where(above, slope, 1.0), above), None

        start = jnp.ones_like(x), jnp.ones_like(x), x > 0
        return jax.lax.scan(step, start, rows, reverse=True)[0]

    def halve(_, ends):
        low, high = ends
        middle = (low + high) / 2
        above = fraction(middle)[2]
        return jnp.where(above, low, middle), jnp.where(above, middle, high)

    ends = jnp.max(diagonal, -1), jnp.max(reach, -1) * (1 + 1e-12)
    high = jax.lax.fori_loop(0, HALVINGS, halve, ends)[1]
    return high, 1 / fraction(high)[1]


def padded(pieces, size):
    """Tridiagonal matrices of several sizes as one batch: zeros below do not touch the top."""
    return tuple(
        jnp.stack([jnp.pad(x, (0, length - len(x))) for x in xs])
        for xs, length in zip(zip(*pieces, strict=True), (size, size - 1), strict=True)
    )


def shares(rows, kept):
    """The part of the first axis in the span of the first ``kept`` rows, for each set of rows."""
    inside = (jnp.arange(rows[0].shape[0]) < np.array(kept)[:, None])[..., None]
    rest = jnp.where(inside, 0.0, 1.0) * jnp.eye(inside.shape[1])
    grams = jnp.stack([x @ x.T for x in rows])
    along = jnp.where(inside[..., 0], jnp.stack([x[:, 0] for x in rows]), 0.0)
    within = jnp.where(inside & jnp.swapaxes(inside, 1, 2), grams, rest)
    return jnp.sum(along * jnp.linalg.solve(within, along[..., None])[..., 0], axis=1)


@simulation(width=128)
def trial(key, p):
    """Raw points, and those projected on known directions: exact, fewer, and estimated ones.

    mu is the first axis and the first r hold all class means. Given a component, the chance of a
    fresh point is exact.
    """
    fewer = p.p - p.hidden
    sizes = (p.d, p.p, fewer, p.p)
    freedoms = [freedom(p.n, size) for size in sizes]
    ends = np.cumsum([0] + [len(f) for f in freedoms])
    first, chi, means, noise = normals(
        key, first=(4,), chi=(GAMMA_ROWS, int(ends[-1])), means=(p.p, p.r), noise=(p.p, p.d)
    )
    chi = 2 * jnp.exp(log_gammas(chi, np.concatenate(freedoms) / 2))
    estimates = noise.at[:, : p.r].add(jnp.sqrt(p.labels / p.r) * means)
    count = [size if size < p.r else 0 for size in (p.p, fewer)]  # r and more span all
    exact, fold, noisy = shares((means, means, estimates), (*count, p.p))
    exact, fold = (
        x if size else jnp.ones(()) for x, size in zip((exact, fold), count, strict=True)
    )
    kept = p.signal * jnp.stack([jnp.ones(()), exact, fold, noisy])
    start = first + jnp.sqrt(p.n * kept)
    pieces = [
        reduced(chi[a:b], start[i], p.n, size)
        for i, (a, b, size) in enumerate(zip(ends[:-1], ends[1:], sizes, strict=True))
    ]
    value, cos2 = top(*padded(pieces, min(p.n + 1, p.d)))
    right = normal_cdf(jnp.sqrt(kept * cos2))
    names = ("raw", "projected", "fold", "estimated")
    return {name: right[i] for i, name in enumerate(names)} | {
        "exact": exact,
        "noisy": noisy,
        "root": jnp.sqrt(value[0] / p.n),
    }


@simulation(width=128)
def dense_trial(key, p):
    """n points themselves, their top component, and nine reduced matrices of the same sizes."""
    degrees = freedom(p.n, p.d)
    z, tie, first, chi = normals(
        key, z=(p.n, p.d), tie=(), first=(OTHERS,), chi=(GAMMA_ROWS, OTHERS, len(degrees))
    )
    y = jnp.where(jnp.arange(p.n) % 2 == 0, 1.0, -1.0)
    x = z.at[:, 0].add(jnp.sqrt(p.signal) * y)
    vector = top_eigenpair(x.T @ x)[1]
    scores = x @ vector * jnp.sign(vector[0])
    chi = 2 * jnp.exp(log_gammas(chi, degrees / 2))
    start = first + jnp.sqrt(p.n * p.signal)
    matrices = jax.vmap(lambda c, s: reduced(c, s, p.n, p.d))(chi, start)
    return {
        "seen": jnp.mean(1.0 * (y * scores > 0)),
        "right": vector[0] ** 2,
        "left": (y @ scores) ** 2 / (p.n * (scores @ scores)),
        "reduced": top(*matrices)[1],
        "uniform": normal_cdf(tie),
    }


@simulation(width=16)
def counting_trial(key, p):
    """The K largest singular values, over sqrt n, of n points of K classes at equal distances."""
    (z,) = normals(key, z=(p.n, p.d))
    corner = jnp.sqrt(p.classes * p.signal) * (jnp.eye(p.classes) - 1 / p.classes)
    x = z.at[:, : p.classes].add(corner[jnp.arange(p.n) % p.classes])
    return {"singular": jnp.sqrt(jnp.linalg.eigvalsh(x.T @ x / p.n)[-p.classes :])[::-1]}
