"""Samples from long-tailed priors, with labels, learners, left-out points and clusters."""

import jax
import jax.numpy as jnp

from sims import GAMMA_ROWS, categories, counts, dirichlet, normals, simulation, uniforms
from theory import normal_cdf
from theory.long_tail_memorization.params import power_law

LEVELS = 4


def drawn_weights(u, ratio):
    """Weights 1 or ratio by fair coins, normalised."""
    weights = jnp.where(u < 0.5, 1.0, ratio)
    return weights / jnp.sum(weights)


@simulation(width=256)
def trial(key, p):
    """Samples of four priors: |X_l| and M_l of each; the last has two groups of masses w, 1 - w."""
    z, coins, v = normals(key, dirichlet=(GAMMA_ROWS, p.N), coins=(p.N,), draws=(4, p.n))
    half = p.N // 2
    group, other = power_law(half, p.s), power_law(p.N - half, p.s)
    lists = jnp.stack([
        power_law(p.N, p.s),
        drawn_weights(normal_cdf(coins), p.ratio),
        dirichlet(z, p.alpha),
        jnp.concatenate([p.w * group, (1 - p.w) * other]),
    ])  # fmt: skip
    times = jax.vmap(counts)(normal_cdf(v), lists)
    seen = times[:, None, :] == jnp.arange(LEVELS)[:, None]
    singles = seen[3, 1] * lists[3]
    return {
        "at_least": jnp.sum(times[0][None] >= jnp.arange(LEVELS)[:, None], axis=1, dtype=float),
        "points": jnp.sum(seen, axis=2, dtype=float),
        "mass": jnp.sum(seen * lists[:, None, :], axis=2),
        "group_singles": jnp.stack([
            jnp.sum(singles[:half]) / p.w, jnp.sum(singles[half:]) / (1 - p.w)
        ]),
    }  # fmt: skip


@simulation(width=1024)
def iid_trial(key, p):
    """Weights 1 or ratio: the frequencies themselves and the counts."""
    coins, u = uniforms(key, coins=(p.N,), draws=(p.n,))
    D = drawn_weights(coins, p.ratio)
    return {"D": D, "counts": counts(u, D)}


def some_label(u, k):
    """Uniform among k."""
    return jnp.floor(u * k).astype(int)


def labelled(u_x, u_f, u_keep, u_new, p):
    """(frequencies, points drawn, true labels, labels observed, their table N x k)."""
    D = power_law(p.N, p.s)
    x, f = categories(u_x, D), some_label(u_f, p.k)
    y = jnp.where(u_keep < p.kappa, f[x], some_label(u_new, p.k))
    return D, x, f, y, jnp.zeros((p.N, p.k)).at[x, y].add(1.0)


@simulation(width=256)
def labels_trial(key, p):
    """Learners on one labelled sample: their errors against the true labels, weighted by D."""
    u_x, u_keep, u_new, u_f, tie, coin, u_guess, u_shift = uniforms(
        key, x=(p.n,), keep=(p.n,), new=(p.n,), f=(p.N,), tie=(p.N, p.k), coin=(p.N,),
        guess=(p.N,), shift=(p.N,),
    )  # fmt: skip
    D, _, f, _, table = labelled(u_x, u_f, u_keep, u_new, p)
    c = jnp.sum(table, axis=1)
    vote = jnp.argmax(table + 0.5 * tie, axis=1)  # of tied labels, and of all if unseen, any one
    guess = some_label(u_guess, p.k)
    other = (vote + 1 + some_label(u_shift, p.k - 1)) % p.k
    right = jnp.minimum(1.0, 1 / p.k + c * p.gamma)
    response = p.delta + (1 - p.delta) * jnp.expm1(p.eps) / (jnp.exp(p.eps) + p.k - 1)
    rules = {
        "bayes": vote,
        "drop": jnp.where((c > 2) | (coin < p.fit * c / 2), vote, guess),
        "limited": jnp.where(coin < (right - 1 / p.k) / (1 - 1 / p.k), vote, guess),
        "guess": jnp.where(c == 1, guess, vote),
        "wrong": jnp.where(c == 1, other, vote),
        "private": jnp.where(coin < response, vote, guess),
    }
    errors = {name: jnp.sum(D * (h != f)) for name, h in rules.items()}
    missed = rules["drop"] != f
    return errors | {
        "errn": jnp.stack([jnp.sum(missed & (c == times), dtype=float) for times in (1, 2)]),
        "private_singles": jnp.sum(D * (c == 1) * (rules["private"] != f)),
    }


@simulation(width=512)
def memory_trial(key, p):
    """A learner that fits the plurality with chance ``fit``: with each pair, and without it."""
    u_x, u_keep, u_new, u_f = uniforms(key, x=(p.n,), keep=(p.n,), new=(p.n,), f=(p.N,))
    D, x, f, y, table = labelled(u_x, u_f, u_keep, u_new, p)
    observed = p.kappa * jax.nn.one_hot(f, p.k) + (1 - p.kappa) / p.k  # P(label | x)

    def answers(rows):
        """P(h = label) given the labels seen at a point."""
        top = rows == jnp.max(rows, axis=1, keepdims=True)
        return p.fit * top / jnp.sum(top, axis=1, keepdims=True) + (1 - p.fit) / p.k

    def error(table):
        return 1 - jnp.sum(D[:, None] * observed * answers(table))

    place = jnp.arange(p.n)
    own = answers(table[x])[place, y]
    without = answers(table[x] - jax.nn.one_hot(y, p.k))[place, y]
    c = jnp.sum(table, axis=1)[x]
    single = c == 1

    def right(c):
        return jnp.minimum(1.0, 1 / p.k + c * p.gamma)

    def dropping(c):
        return jnp.where(c > 1, 1.0, 1 / p.k + c * p.gamma)

    return {
        "mem": jnp.mean(own - without),
        "empirical": 1 - jnp.mean(own),
        "error": error(table),
        "error_less": error(table.at[x[-1], y[-1]].add(-1.0)),
        "errn": jnp.sum(single * (1 - own)),
        "errn_without": jnp.sum(single * (1 - without)),
        "mem_singles": jnp.sum(single * (own - without)),
        "singles": jnp.sum(single, dtype=float),
        "mem_limited": jnp.max(right(c) - right(c - 1)),
        "mem_drop": jnp.max(dropping(c) - dropping(c - 1)),
    }


@simulation(width=128)
def clusters_trial(key, p):
    """Clusters in d dimensions, 1-NN on labels kept with chance ``fit``: errors on singletons."""
    centres, points, new = normals(key, centres=(p.N, p.d), points=(p.n, p.d), new=(p.N, p.d))
    u_x, u_keep, u_new, u_f = uniforms(
        jax.random.fold_in(key, 1), x=(p.n,), keep=(p.n,), new=(p.n,), f=(p.N,)
    )
    D, x, f, _, _ = labelled(u_x, u_f, u_x, u_x, p.but(kappa=1.0))
    stored = jnp.where(u_keep < p.fit, f[x], some_label(u_new, p.k))
    train = centres[x] + p.spread * points
    fresh = centres + p.spread * new
    distance = jnp.sum(train**2, axis=1) - 2 * jnp.matmul(fresh, train.T, precision="highest")
    nearest = jnp.argmin(distance, axis=1)
    reached = x[nearest] == jnp.arange(p.N)
    single = jnp.zeros(p.N).at[x].add(1.0) == 1
    wrong = stored[nearest] != f
    return {
        "singles": jnp.sum(single, dtype=float),
        "singles_error": jnp.sum(D * single * wrong),
        "coupled": jnp.sum(single & reached & wrong, dtype=float),
        "spiteful_error": jnp.sum(D * single * ~reached * (f[x[nearest]] != f)),
    }
