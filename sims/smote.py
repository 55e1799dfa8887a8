"""Synthetic points between near minority points, and rules fitted to them or judged by them."""

import jax
import jax.numpy as jnp

from sims import GAMMA_ROWS, categories, log_gammas, normals, simulation
from theory import normal_cdf, normal_quantile


def shares(x, k):
    """The chance of each (centre, neighbour): 1/(n k) for the k nearest of each of n points."""
    n = len(x)
    squares = jnp.sum((x[:, None] - x) ** 2, axis=-1)
    return nearest(jnp.where(jnp.eye(n, dtype=bool), jnp.inf, squares), k) / (n * k)


def nearest(squares, k):
    """Ones where a column is among its row's k smallest; the infinite diagonal is in no place."""
    last = jnp.take(jnp.sort(squares, axis=-1), jnp.asarray(k) - 1, axis=-1)[:, None]
    return jnp.where((squares <= last) & jnp.isfinite(squares), 1.0, 0.0)


def synthetic(x, k, centres, choices, gaps):
    """x_c + gap (y - x_c), y the centre's floor(k choice)-th neighbour; gaps (m,) or (m, d).

    One gap a point keeps to a segment, one a feature fills a box. Neighbours are the k nearest
    other points, so that a copy of a point is its neighbour like any other.
    """
    if not 1 <= k <= len(x) - 1:
        raise ValueError(f"k_neighbors = {k} needs at least {k + 1} minority points, got {len(x)}")
    return between(x, centres, partners(x, k, centres, choices), gaps)


def partners(x, k, centres, choices):
    """The index of each centre's floor(k choice)-th nearest other point."""
    squares = jnp.sum((x[:, None] - x) ** 2, axis=-1)
    order = jnp.argsort(jnp.where(jnp.eye(len(x), dtype=bool), jnp.inf, squares), axis=1)
    return order[centres, jnp.minimum(jnp.floor(choices * k), k - 1).astype(int)]


def between(x, centres, others, gaps):
    """Points of the segments (or boxes) from centres to others."""
    gaps = gaps if gaps.ndim == 2 else gaps[:, None]
    return x[centres] + gaps * (x[others] - x[centres])


def place(u, n):
    """A whole number below n from a uniform one."""
    return jnp.minimum(jnp.floor(u * n), n - 1).astype(int)


def on_the_line(x, k, density_between, u):
    """Moments over all pairs and gaps of one sample, one synthetic point, its pair's share."""
    w = shares(x[:, None], k)
    centre, other = x[:, None], x[None, :]
    gap = other - centre
    pair = categories(u[0], w.ravel())
    c, y = x[pair // len(x)], x[pair % len(x)]
    return {
        "mean": jnp.sum(w * (centre + other)) / 2,
        "square": jnp.sum(w * (centre**2 + centre * other + other**2)) / 3,
        "gap": jnp.sum(w * gap**2),
        "point": c + u[1] * (y - c),
        "share": density_between(c - abs(y - c), c + abs(y - c)),
    }


@simulation(width=256)
def trial(key, p):
    """One feature: a standard normal minority, and one of density exp(-tilt x) on [0, 1]."""
    z, pick = normals(key, z=(p.n,), pick=(4,))
    u, pick = normal_cdf(z), normal_cdf(pick)
    flat = p.tilt < 1e-6
    tilt = jnp.where(flat, 1.0, p.tilt)
    x = jnp.where(flat, u, -jnp.log1p(u * jnp.expm1(-tilt)) / tilt)

    def below(x):
        x = jnp.clip(x, 0.0, 1.0)
        return jnp.where(flat, x, jnp.expm1(-tilt * x) / jnp.expm1(-tilt))

    normal = on_the_line(z, p.k, lambda a, b: normal_cdf(b) - normal_cdf(a), pick[:2])
    tilted = on_the_line(x, p.k, lambda a, b: below(b) - below(a), pick[2:])
    named = {f"normal_{name}": value for name, value in normal.items()}
    return (
        named
        | {f"tilted_{name}": value for name, value in tilted.items()}
        | {"real_mean": jnp.mean(x)}
    )


def outside(z, x):
    """How far points of the plane are outside the hull of x: over all lines through two of x."""
    along = x[:, None] - x
    across = jnp.stack([-along[..., 1], along[..., 0]], axis=-1).reshape(-1, 2)
    length = jnp.sqrt(jnp.sum(across**2, axis=1))
    across = across / jnp.where(length > 0, length, 1.0)[:, None]
    return jnp.max(z @ across.T - jnp.max(x @ across.T, axis=0), axis=1)


def squared_weights(centres, others, gaps, n, extra=0.0):
    """|a|^2 of the weights that a mean of synthetic points, and ``extra`` of each real one, has."""
    ones = jax.nn.one_hot(centres, n), jax.nn.one_hot(others, n)
    a = (extra + (1 - gaps) @ ones[0] + gaps @ ones[1]) / (len(gaps) + extra * n)
    return jnp.sum(a**2)


@simulation(width=128)
def plane_trial(key, p):
    """Two normal features of correlation rho: m points by segments and by boxes; uniform ones too.

    ``iid``, ``stratified``, ``pooled``: the variance, given pairs and gaps, of the synthetic mean
    and of the mean of real and synthetic points, in units of the minority's.
    """
    z, tables, uniform = normals(key, z=(p.n, 2), tables=(5, p.m), uniform=(p.n, 2))
    u, wide = normal_cdf(tables), normal_cdf(uniform)
    x = jnp.stack([z[:, 0], p.rho * z[:, 0] + jnp.sqrt(1 - p.rho**2) * z[:, 1]], axis=1)
    centres, even = place(u[0], p.n), jnp.arange(p.m) % p.n
    others, apart = partners(x, p.k, centres, u[1]), partners(x, p.k, even, u[1])
    segment = between(x, centres, others, u[2])
    box = between(x, centres, others, u[2:4].T)
    w, gram = shares(z, p.k), z @ z.T
    lengths = jnp.diagonal(gram)
    steps = jnp.abs(wide[:, None] - wide)
    around = jnp.sum(jnp.minimum(steps, 1 - steps) ** 2, axis=-1)
    around = jnp.where(jnp.eye(p.n, dtype=bool), jnp.inf, around)
    kept = nearest(around, p.k)
    return {
        "segment": jnp.mean(segment[:, 0] * segment[:, 1]),
        "box": jnp.mean(box[:, 0] * box[:, 1]),
        "fourth": jnp.mean(segment[:, 0] ** 4),
        "outside_segment": jnp.max(outside(segment, x)),
        "outside_box": jnp.max(outside(box, x)),
        "round": jnp.sum(w * (lengths[:, None] + gram + lengths)) / 6,
        "torus": jnp.sum(jnp.where(kept > 0, around, 0.0)) / (3 * p.n * p.k),
        "iid": squared_weights(centres, others, u[2], p.n),
        "stratified": squared_weights(even, apart, u[2], p.n),
        "pooled": squared_weights(centres, others, u[2], p.n, 1.0),
    }


def voted(ones, votes):
    """1 where most of the votes are ones, a half where as many."""
    return jnp.where(2 * ones == votes, 0.5, 1.0 * (2 * ones > votes))


@simulation(width=128)
def nominal_trial(key, p):
    """A uniform feature on the circle and a nominal one; and a value that says nothing of classes.

    ``kept``: rare centre, and rare mode of its k nearest; ``others``, ``whole``: mode of all other
    points, and of all. ``difference``: squared value difference, ``rare`` of all points drawn.
    """
    z, value, order = normals(key, z=(p.n,), value=(p.n,), order=(p.n + p.majority,))
    x, ones = normal_cdf(z), 1.0 * (normal_cdf(value) < p.share)
    step = jnp.abs(x[:, None] - x)
    squares = jnp.minimum(step, 1 - step) ** 2 + p.median**2 * (ones[:, None] != ones)
    near = nearest(jnp.where(jnp.eye(p.n, dtype=bool), jnp.inf, squares), p.k)
    total, others = jnp.sum(ones), p.n + p.majority - p.rare
    rank = jnp.sum(1.0 * (order[: p.n, None] > order), axis=1)
    shown = jnp.sum(1.0 * (rank < p.rare))
    apart = shown / p.rare - (p.n - shown) / others
    return {
        "kept": jnp.mean(ones * voted(near @ ones, p.k)),
        "others": jnp.mean(voted(total - ones, p.n - 1)),
        "whole": voted(total, p.n),
        "difference": (2 * apart) ** 2,
    }


@simulation(width=64)
def null_trial(key, p):
    """d features without a class difference: is a fresh point's nearest neighbour a minority one?

    Fresh point and minority as rows of their triangular factor, the majority by its distances:
    exact in law for every d.
    """
    size = p.n + 1
    low, chi, along, u = normals(
        key, low=(size, size), chi=(GAMMA_ROWS, size + p.majority), along=(p.majority,), u=(3, p.m)
    )
    d, column = jnp.asarray(p.d, float), jnp.arange(size)
    degrees = jnp.concatenate([d - column, jnp.full(p.majority, d - 1)])
    there = degrees > 0
    chi = jnp.where(there, 2 * jnp.exp(log_gammas(chi, jnp.where(there, degrees, 1.0) / 2)), 0.0)
    x = jnp.where((column < column[:, None]) & (column < d), low, 0.0)
    x = x + jnp.diag(jnp.sqrt(chi[:size]))
    fresh, x = x[0], x[1:]
    u = normal_cdf(u)
    centres = place(u[0], p.n)
    points = between(x, centres, partners(x, p.k, centres, u[1]), u[2])
    made = jnp.sum((points - fresh) ** 2, axis=1)
    real = jnp.min(jnp.sum((x - fresh) ** 2, axis=1))
    others = jnp.min((along - fresh[0]) ** 2 + chi[size:])
    return {
        "distance": jnp.mean(made) / p.d,
        "minority": 1.0 * (jnp.minimum(real, jnp.min(made)) < others),
        "minority_before": 1.0 * (real < others),
    }


@simulation(width=16)
def linear_trial(key, p):
    """Two classes N(+-delta/2 e_1, I) in the plane: a discriminant fitted to SMOTE's minority.

    All others are neighbours (K = N - 1). Of the majority the mean and scatter are drawn. Rates
    are exact given the rule.
    """
    z, u, mean, chi, side = normals(
        key, z=(p.n, 2), u=(2, p.m), mean=(2,), chi=(GAMMA_ROWS, 2), side=()
    )
    u, half = normal_cdf(u), jnp.stack([p.delta / 2, 0.0])
    centres, step = jnp.divmod(place(u[0], p.n * (p.n - 1)), p.n - 1)
    made = between(z, centres, (centres + step + 1) % p.n, u[1])
    minority = jnp.concatenate([z, made])
    count = p.n + p.m
    majority = count / p.odds
    degrees = majority - 1 - jnp.arange(2)
    roots = jnp.sqrt(2 * jnp.exp(log_gammas(chi, degrees / 2)))
    low = jnp.stack([jnp.stack([roots[0], 0.0]), jnp.stack([side, roots[1]])])
    upper, lower = half + jnp.mean(minority, axis=0), mean / jnp.sqrt(majority) - half
    centred = minority - jnp.mean(minority, axis=0)
    pooled = (centred.T @ centred + low @ low.T) / (count + majority)
    w = jnp.linalg.solve(pooled, upper - lower)
    bar = w @ (upper + lower) / 2 - jnp.log(p.odds)
    length = jnp.sqrt(w @ w)
    return {
        "true_positives": normal_cdf((w @ half - bar) / length),
        "false_positives": normal_cdf((-w @ half - bar) / length),
        "separation": 2 * (w @ half) / length,
    }


def hull_of(scores, places, weights):
    """(area, vertices) under the hull of an empirical ROC curve, for weights of the points.

    Its slopes are the antitonic regression of the labels on their order: the least, over starts, of
    the largest mean up to an end.
    """
    order = jnp.argsort(-scores)
    ones, weights = jnp.where(places, weights, 0.0)[order], weights[order]
    mass, hits = (jnp.concatenate([jnp.zeros(1), jnp.cumsum(v)]) for v in (weights, ones))
    size = len(weights)
    later = jnp.arange(size) >= jnp.arange(size)[:, None]
    width = jnp.where(later, mass[1:] - mass[:-1, None], 1.0)
    means = jnp.where(later, (hits[1:] - hits[:-1, None]) / width, -jnp.inf)
    above = jax.lax.cummax(means, axis=1, reverse=True)
    slopes = jnp.min(jnp.where(later, above, jnp.inf), axis=0)
    rise = slopes * weights
    run = weights - rise
    height = jnp.cumsum(rise)
    area = jnp.sum(run * (height - rise / 2)) / (jnp.sum(run) * height[-1])
    return area, 2.0 + jnp.sum(slopes[:-1] - slopes[1:] > 1e-9)


@simulation(width=64)
def hull_trial(key, p):
    """Hulls of ROC curves: minority scores are below the majority's by a hazard ratio.

    ``copied``: of weights 1 + M/N of the minority. ``smoted``: with M synthetic scores, made where
    the majority's are normal. ``dither``: a uniform of its own.
    """
    z, tables, dither = normals(key, z=(p.n + p.majority,), tables=(3, p.m), dither=())
    places, u = jnp.arange(p.n + p.majority) < p.n, normal_cdf(tables)
    times = -jnp.log(normal_cdf(z)) / jnp.where(places, p.hazard, 1.0)
    scores = -times
    area, vertices = hull_of(scores, places, jnp.ones(len(z)))
    copied, _ = hull_of(scores, places, jnp.where(places, 1 + p.m / p.n, 1.0))
    normal = normal_quantile(jnp.clip(jnp.exp(scores), 1e-300, 1 - 1e-16))
    own, centres = normal[: p.n], place(u[0], p.n)
    made = between(own[:, None], centres, partners(own[:, None], p.k, centres, u[1]), u[2])[:, 0]
    every = jnp.concatenate([normal, made])
    kinds = jnp.concatenate([places, jnp.ones(p.m, dtype=bool)])
    smoted, _ = hull_of(every, kinds, jnp.ones(len(every)))
    seen = {"area": area, "vertices": vertices, "copied": copied, "smoted": smoted}
    return seen | {"dither": normal_cdf(dither)}


@simulation(width=256)
def heavy_trial(key, p):
    """Three features of scale 1 or, with chance ``wide``, a larger one: E|Z|^2/3 over all pairs."""
    z, pick = normals(key, z=(p.n, 3), pick=(p.n, 1))
    x = z * jnp.where(normal_cdf(pick) < p.wide, p.scale, 1.0)
    w, gram = shares(x, p.k), x @ x.T
    lengths = jnp.diagonal(gram)
    pairs = (lengths[:, None] + gram + lengths) / 3
    return {"square": jnp.sum(w * pairs) / 3}
