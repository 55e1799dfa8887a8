"""Interpolators of the pair model, mixtures, free logits, linear logits and noisy labels."""

import jax
import jax.numpy as jnp

from sims import normals, simulation, squared_calibration_error, uniforms
from theory import root, xlogx
from theory.temperature_scaling.params import LINE, PLANE

STEEP = 1e4  # the largest 1/T tried, in units of the largest logit
TESTED = 512  # labelled test points of a trial
DRAWS = 64  # mixtures or inputs of a trial
GROUPS = 6  # values that the logits outside a pair take
ROWS, COLUMNS = 12, 8  # a data set of free logits


def log_shares(logits, many, beta):
    """log softmax at 1/T = beta; ``many`` classes share each logit."""
    scaled = beta * logits
    return scaled - jax.nn.logsumexp(scaled, axis=-1, b=many, keepdims=True)


def loss(logits, many, target, weights, beta):
    """The log loss: rows of weights (which sum to 1), targets per class."""
    rows = -jnp.sum(many * target * log_shares(logits, many, beta), axis=-1)
    return jnp.sum(weights * rows)


def fitted(logits, many, target, weights):
    """The 1/T >= 0 of least log loss, which is convex in 1/T: 0 where it rises from there."""
    scale = jnp.max(jnp.abs(logits))
    unit = logits / scale

    def slope(beta):
        errors = jnp.exp(log_shares(unit, many, beta)) - target
        return jnp.sum(weights[:, None] * many * errors * unit)

    rises, falls = slope(0.0) >= 0, slope(STEEP) <= 0
    beta = jnp.where(rises, 0.0, jnp.where(falls, STEEP, root(slope, 0.0, STEEP)))
    return beta / scale


def entropies(many, target, weights):
    """The entropy of the targets, averaged over the rows."""
    return -jnp.sum(weights * jnp.sum(many * xlogx(target), axis=-1))


def sampled(uniform, alpha):
    """Labels (0 for a, 1 for b) and places in a pair from two arrays of uniform numbers."""
    sides, places = uniform[0], uniform[1]
    labels = (sides < 0.5).astype(int)
    return labels, places + alpha * labels


def common(low, high, start, end):
    """The length that two intervals share."""
    return jnp.maximum(jnp.minimum(high, end) - jnp.maximum(low, start), 0)


def below(u, alpha):
    """The mass of the pair's density left of u."""
    return (jnp.clip(u, 0, 1) + jnp.clip(u - alpha, 0, 1)) / 2


@simulation(width=32)
def trial(key, p):
    """1-NN interpolators of ``pairs`` pairs: exact masses given the points, the best T, labels."""
    tested = max(1, TESTED // p.pairs)
    u, v = uniforms(key, train=(2, p.pairs, p.n), test=(2, p.pairs, tested))
    labels, x = sampled(u, p.alpha)
    order = jnp.argsort(x, axis=1)
    x, labels = jnp.take_along_axis(x, order, 1), jnp.take_along_axis(labels, order, 1)
    ends = jnp.full((p.pairs, 1), 1 + p.alpha)
    middles = (x[:, 1:] + x[:, :-1]) / 2
    low = jnp.concatenate([0 * ends, middles], axis=1)
    high = jnp.concatenate([middles, ends], axis=1)
    only = [common(low, high, 0.0, p.alpha) / 2, common(low, high, 1.0, 1 + p.alpha) / 2]
    both = jnp.sum(common(low, high, p.alpha, 1.0)) / p.pairs
    right = jnp.sum(jnp.where(labels == 0, only[0], only[1])) / p.pairs
    wrong = jnp.sum(jnp.where(labels == 0, only[1], only[0])) / p.pairs
    # predicted class, its partner, the others
    many = jnp.stack([jnp.ones_like(p.alpha), jnp.ones_like(p.alpha), p.k - 2.0])
    logits = jnp.broadcast_to(jnp.stack([p.margin, 0 * p.margin, -p.depth]), (3, 3))
    target = jnp.array([[1.0, 0, 0], [0, 1.0, 0], [0.5, 0.5, 0]])
    weights = jnp.stack([right, wrong, both])
    beta = fitted(logits, many, target, weights)
    log_p, mean = log_shares(logits[0], many, beta), weights @ target
    shares = jnp.exp(log_p)
    entropy = entropies(many, target, weights)
    # fresh labels
    truth, place = sampled(v, p.alpha)
    cell = jax.vmap(jnp.searchsorted)(middles, place)
    correct = (jnp.take_along_axis(labels, cell, 1) == truth).ravel()
    return {
        "q": mean[0],
        "wrong": wrong,
        "entropy": entropy,
        "kl": loss(logits, many, target, weights, beta) - entropy,
        "confidence": shares[0],
        "confidence_at_1": jnp.exp(log_shares(logits[0], many, 1.0))[0],
        "squared_ece": squared_calibration_error(
            jnp.full(len(correct), shares[0]), correct, bins=1
        ),
        "classwise": jnp.abs(shares[0] - mean[0]) + jnp.abs((p.k - 1) * shares[1] - (1 - mean[0])),
        "canonical": jnp.sum(many * jnp.abs(mean - shares)),
        "canonical_kl": jnp.sum(many * (xlogx(mean) - mean * log_p)),
        "outside": 1 - below(x[0, -1], p.alpha) + below(x[0, 0], p.alpha),
    }


@simulation(width=128)
def votes_trial(key, p):
    """How many of m nearest neighbours have the class of a place, a's where both are possible."""
    train, test = uniforms(key, train=(2, p.n), test=(2, DRAWS))
    labels, x = sampled(train, p.alpha)
    truth, z = sampled(test, p.alpha)
    order = jnp.argsort(x)
    labels, x = labels[order], x[order]
    window = jnp.searchsorted(x, z)[:, None] + jnp.arange(-p.neighbours, p.neighbours)
    there = (window >= 0) & (window < p.n)
    at = jnp.clip(window, 0, p.n - 1)
    away = jnp.where(there, jnp.abs(z[:, None] - x[at]), jnp.inf)
    reach = jnp.sort(away, axis=1)[:, p.neighbours - 1 : p.neighbours]
    overlap = (z >= p.alpha) & (z <= 1)
    own = labels[at] == jnp.where(overlap, 0, truth)[:, None]
    return {"own": jnp.sum(1.0 * own * (away <= reach), axis=1), "overlap": 1.0 * overlap}


@simulation(width=64)
def mixtures_trial(key, p):
    """Mixtures of two points of a pair, of two points on a line and of three in the plane."""
    pair, weight, line, plane = uniforms(
        key, pair=(2, 2, DRAWS), weight=(5, DRAWS), line=(DRAWS, 5), plane=(DRAWS, 6)
    )
    labels, x = sampled(pair, p.alpha)
    out = {}
    # uniform weights, the middle of three uniform ones: Beta(2, 2), an angle's sine: Beta(1/2, 1/2)
    middle, ends = jnp.median(weight[2:5], axis=0), jnp.sin(jnp.pi * weight[0] / 2) ** 2
    for name, by in (("", weight[0]), ("_beta2", middle), ("_half", ends)):
        out["z" + name] = by * x[0] + (1 - by) * x[1]
        out["share" + name] = by * (labels[0] == 0) + (1 - by) * (labels[1] == 0)
    ordered = jnp.sort(weight[2:4], axis=0)
    three = jnp.stack([ordered[0], ordered[1] - ordered[0], 1 - ordered[1]], axis=1)
    two = jnp.stack([weight[1], 1 - weight[1]], axis=1)
    for name, at, by, picks in (("line", LINE, two, line), ("plane", PLANE, three, plane)):
        picked = jnp.argsort(picks, axis=1)[:, : by.shape[1]]
        places, classes = jnp.asarray(at.points)[picked], jnp.asarray(at.labels)[picked]
        away = jnp.einsum("ni,nid->nd", by, places) - jnp.asarray(at.z)
        inside = jnp.sum(away**2, axis=1) < at.radius**2
        mass = jnp.sum(by * (classes == 0), axis=1)
        out[name] = jnp.mean(inside * mass)
    return out


@simulation(width=64)
def squares_trial(key, p):
    """Mixtures of three points, and of two, of a pair of squares: places, and the share of a."""
    sides, places, cuts = uniforms(key, sides=(3, DRAWS), places=(2, 3, DRAWS), cuts=(3, DRAWS))
    of_b = (sides < 0.5).astype(float)
    low, high = jnp.sort(cuts[:2], axis=0)
    out = {}
    for by in (jnp.stack([low, high - low, 1 - high]), jnp.stack([cuts[2], 1 - cuts[2]])):
        m = len(by)
        out[f"along_{m}"] = jnp.sum(by * (places[0] + p.alpha * of_b)[:m], axis=0)
        out[f"across_{m}"] = jnp.sum(by * places[1, :m], axis=0)
        out[f"share_{m}"] = jnp.sum(by * (1 - of_b)[:m], axis=0)
    return out


@simulation(width=16)
def mixup_trial(key, p):
    """The minimiser of the Mixup loss of n points of a pair: its KL at a fresh place, 0 outside."""
    train, test = uniforms(key, train=(2, p.n), test=(2,))
    labels, x = sampled(train, p.alpha)
    _, z = sampled(test, p.alpha)

    ahead, behind = x > z, x < z
    inside = jnp.any(ahead) & jnp.any(behind)
    chosen = behind[:, None] & ahead[None]
    gap = jnp.where(chosen, x[None] - x[:, None], 1)
    weight = chosen / gap
    back = weight * (x[None] - z) / gap  # lambda of the point behind z
    mass = jnp.sum(back * (labels[:, None] == 0) + (weight - back) * (labels[None] == 0))
    share = jnp.where(inside, mass / jnp.where(inside, jnp.sum(weight), 1), 0.5)
    own = jnp.where(z < p.alpha, share, 1 - share)
    mixed = (z >= p.alpha) & (z <= 1)
    half = -jnp.log(4 * share * (1 - share)) / 2
    kl = jnp.where(inside, jnp.where(mixed, half, -jnp.log(own)), 0.0)
    return {"z": z, "kl": kl, "share": share, "inside": 1.0 * inside}


@simulation(width=128)
def points_trial(key, p):
    """A point of two possible classes with free logits, and a small data set of any logits."""
    z, u = normals(key, free=(ROWS, COLUMNS), lead=(1 + GROUPS + 1,))
    rest = -p.rho * jnp.abs(jnp.tanh(u[1:]))  # the partner, and the other classes in groups
    top = jnp.max(rest) + jnp.log(p.k) * (1 + jnp.abs(u[0]))
    logits = jnp.concatenate([top[None], rest])[None]
    ones = jnp.ones_like(p.alpha)
    many = jnp.concatenate([ones[None], ones[None], jnp.full(GROUPS, (p.k - 2) / GROUPS)])
    target = jnp.zeros((1, 2 + GROUPS)).at[0, :2].set(0.5)
    beta = fitted(logits, many, target, jnp.ones(1))
    free, each = 3 * z, jnp.full(ROWS, 1 / ROWS)
    label = jax.nn.one_hot(jnp.arange(ROWS) % COLUMNS, COLUMNS, dtype=float)
    best = fitted(free, jnp.ones(COLUMNS), label, each)
    return {
        "kl": loss(logits, many, target, jnp.ones(1), beta) - jnp.log(2.0),
        "spread": jnp.max(rest) - jnp.min(rest),
        "best": loss(free, jnp.ones(COLUMNS), label, each, best),
        "at_1": loss(free, jnp.ones(COLUMNS), label, each, 1.0),
    }


@simulation(width=256)
def noise_trial(key, p):
    """Local interpolators of n x pairs noisy labels, on noisy labels and on clean ones."""
    (u,) = uniforms(key, flips=(p.n, p.pairs))
    flipped = jnp.mean(u < p.noise)
    weights = jnp.stack([1 - flipped, flipped])
    many = jnp.stack([jnp.ones_like(p.alpha), jnp.ones_like(p.alpha), p.k - 2.0])
    logits = jnp.broadcast_to(jnp.stack([p.margin, 0 * p.margin, 0 * p.margin]), (2, 3))
    chance = jnp.stack([1 - p.noise, p.noise])
    nobody = jnp.zeros(2)
    noisy = jnp.stack([chance, chance[::-1], nobody], axis=1)
    clean = jnp.stack([jnp.array([1.0, 0.0]), jnp.array([0.0, 1.0]), nobody], axis=1)
    tables = jnp.stack([noisy, clean])
    beta = jax.vmap(lambda target: fitted(logits, many, target, weights))(tables)

    def at(target, b):
        return loss(logits, many, target, weights, b)

    return {
        "noisy": at(noisy, beta[0]) - entropies(many, noisy, weights),
        "clean": at(clean, beta[1]),
        "crossed": at(clean, beta[0]),
    }


@simulation(width=256)
def linear_trial(key, p):
    """Inputs of N(+D/2, I) along the means, and the score of a rule at cosine r to them."""
    (x,) = normals(key, x=(2, DRAWS))
    along = p.distance / 2 + x[0]
    score = p.cosine * along + jnp.sqrt(1 - p.cosine**2) * x[1]
    return {"along": along, "logit": p.slope * score}
