"""Linear systems over F_q by elimination, memorisers of finite sets, rivals, noisy parities."""

import jax
import jax.numpy as jnp

from sims import simulation, uniforms
from theory.generalization_measures.walsh import hadamard

ROWS, COLUMNS = 18, 20  # as many as Params admits; what is not used is 0
FRESH = 8
FEW_ROWS, HELD, WIDEST, LARGE = 12, 3, 7, 12
PRIMES_BELOW = 128


def mod(x, q):
    """x mod q of whole numbers below 10^9, in floats, which are faster: (x + 1/2)/q is no tie."""
    return x - q * jnp.floor((x + 0.5) / q)


def eliminated(M, columns, q):
    """(M, rows of the pivots) reduced over F_q by its first columns; -1 for a free column."""
    row = jnp.arange(M.shape[0])

    def step(j, state):
        M, r, pivots = state
        column = jnp.take(M, j, axis=1)
        usable = (row >= r) & (column != 0)
        found, i = jnp.any(usable), jnp.argmax(usable)
        units = jnp.arange(1.0 * PRIMES_BELOW)
        inverse = 1.0 * jnp.argmax(mod(units * column[i], q) == 1)
        pivot = mod(M[i] * inverse, q)
        swapped = jnp.where((row == i)[:, None], M[jnp.minimum(r, len(row) - 1)], M)
        factor = jnp.take(swapped, j, axis=1)[:, None]
        reduced = jnp.where((row == r)[:, None], pivot, mod(swapped - factor * pivot, q))
        pivots = pivots.at[j].set(jnp.where(found, r, -1))
        return jnp.where(found, reduced, M), r + found, pivots

    start = (M, jnp.zeros((), int), jnp.full(COLUMNS, -1))
    M, _, pivots = jax.lax.fori_loop(0, columns, step, start)
    return M, pivots


def solution(M, pivots, values, free, q):
    """The consistent w with these free coordinates; values is the reduced right-hand side."""
    rows = jnp.maximum(pivots, 0)
    free = jnp.where(pivots < 0, free, 0)
    fixed = mod(values[rows] - M[rows, : len(pivots)] @ free, q)
    return jnp.where(pivots >= 0, fixed, free)


def whole(u, q):
    """Uniform on 0 .. q - 1."""
    return jnp.minimum(jnp.floor(u * q), q - 1)


def design(u, p):
    """A uniform n x D matrix over F_q, with zeros around it."""
    rows, columns = (jnp.arange(size) for size in u.shape)
    return jnp.where((rows[:, None] < p.n) & (columns < p.D), whole(u, p.q), 0.0)


@simulation(width=512)
def trial(key, p):
    """A sample of a linear function, and answers of rules that interpolate it.

    Targets: one of the first s coordinates, and for the groups (c, u), c the last coordinate.
    """
    x, w, u, free, fresh, coins = uniforms(
        key, x=(ROWS, COLUMNS), w=(COLUMNS,), u=(COLUMNS,), free=(2, COLUMNS),
        fresh=(FRESH, COLUMNS), coins=(2,),
    )  # fmt: skip
    column = jnp.arange(COLUMNS)
    X, last = design(x, p), column == p.D - 1
    target = jnp.where(column < p.s, whole(w, p.q), 0)
    zero = jnp.where(column < p.D - 1, whole(u, p.q), 0)
    one = zero + last
    sides = mod(jnp.stack([target, zero, one]) @ X.T, p.q)
    M, pivots = eliminated(jnp.concatenate([X, sides.T], axis=1), p.D, p.q)

    def answer(side, free):
        return solution(M, pivots, M[:, COLUMNS + side], free, p.q)

    drawn = jnp.where(column < p.D, whole(free, p.q), 0)
    biased = coins[0] < p.b
    mixed = answer(0, jnp.where(biased & (column >= p.s), 0, drawn[0]))
    first = answer(0, jnp.zeros(COLUMNS))
    right = [jnp.all(answer(side, jnp.where(last, 0, drawn[1])) == target)
             for side, target in ((1, zero), (2, one))]  # fmt: skip
    points = whole(fresh, p.q)
    wrong = jnp.any(mixed != target)
    other = jnp.where(wrong, mixed, target + (column == 0))
    group = coins[1] < 0.5
    seen = {
        "rank": jnp.sum(pivots >= 0),
        "family_rank": jnp.sum((pivots >= 0) & (column < p.s)),
        "spanned": jnp.sum(jnp.where(last, pivots >= 0, False)),
        "wrong": wrong,
        "wrong_first": jnp.any(first != target),
        "in_family": jnp.all((mixed == 0) | (column < p.s)),
        "right_zero": right[0],
        "right_one": right[1],
        "group": group,
        "right_group": jnp.where(group, right[1], right[0]),
        "flags": mod(points @ (mixed - target), p.q) != 0,
        "differ": mod(points[0] @ (other - target), p.q) != 0,
    }
    return {name: 1.0 * value for name, value in seen.items()}


def met(sample, d):
    """Which of d points are in the sample."""
    return jnp.zeros(d, bool).at[sample].set(True)


@simulation(width=512)
def shattered_trial(key, p):
    """A sample of d points: losses, in points, of memorisers, of a drawn target and of coins."""
    u, target, rival, coin, knows = uniforms(key, u=(p.m,), target=(p.d,), rival=(p.d,),
                                             coin=(p.d,), knows=())  # fmt: skip
    point = jnp.arange(p.d)
    sample = whole(u, p.d).astype(int)
    missed = ~met(sample, p.d)
    fixed = point + 0.5 < p.density * p.d
    bits = target < 0.5
    return {
        "unseen": 1.0 * jnp.sum(missed),
        "knows": 1.0 * (knows < 0.5),
        "rival": 1.0 * jnp.sum(missed & ((rival < 0.5) != bits)),
        "coin": 1.0 * jnp.sum((coin < 0.5) != bits),
        "memory": 1.0 * jnp.sum(missed & fixed),
        "plus_share": jnp.mean(1.0 * fixed[sample]),
    }


@simulation(width=128)
def rivals_trial(key, p):
    """N random functions and a target on d points, m seen: a consistent one is answered."""
    signs, scores = uniforms(key, signs=(p.N + 1, p.d), scores=(p.N + 1,))
    bits = signs < 0.5
    consistent = jnp.all(bits[:, : p.m] == bits[0, : p.m], axis=1)
    answered = jnp.argmax(jnp.where(consistent, scores, -1.0))
    return {
        "consistent": 1.0 * jnp.sum(consistent),
        "loss": jnp.mean(1.0 * (bits[answered] != bits[0])),
    }


SPARE = 101


@simulation(width=128)
def stable_trial(key, p):
    """Memorisers of m points, and of SPARE more: unseen points get the majority, or a parity."""
    first, more = uniforms(key, first=(p.m,), more=(SPARE,))
    point = jnp.arange(p.d)
    target = point + 0.5 < p.density * p.d

    def learned(sample, default):
        return jnp.where(met(sample, p.d), target, default)

    one, two = whole(first, p.d).astype(int), whole(more, p.d).astype(int)
    both = jnp.concatenate([one, two])
    seen = {}
    for name, rule in (("", lambda s: jnp.mean(1.0 * target[s]) > 0.5),
                       ("_flip", lambda s: len(s) % 2 == 0)):  # fmt: skip
        before, after = (learned(s, rule(s)) for s in (one, both))
        seen[f"held{name}"] = jnp.mean(1.0 * (before != target)[two])
        seen[f"loss_first{name}"] = jnp.mean(1.0 * (before != target))
        seen[f"loss_both{name}"] = jnp.mean(1.0 * (after != target))
    return seen


@simulation(width=128)
def measures_trial(key, p):
    """The two groups, and what measures say of the answer: samples left out, weight, held out.

    NaN for more than FEW_ROWS samples.
    """
    x, u, free, fresh, coin = uniforms(
        key, x=(ROWS, COLUMNS), u=(COLUMNS,), free=(COLUMNS,), fresh=(HELD, COLUMNS), coin=()
    )
    row, column = jnp.arange(ROWS), jnp.arange(COLUMNS)
    X, last, group = design(x, p), column == p.D - 1, coin < 0.5
    target = jnp.where(last, group, jnp.where(column < p.D, whole(u, p.q), 0))
    labels = mod(X @ target, p.q)
    drawn = jnp.where(last | (column >= p.D), 0, whole(free, p.q))

    def trained(kept):
        """(answer, rank, whether the last coordinate is determined) from the samples kept."""
        M = jnp.where(kept[:, None], jnp.concatenate([X, labels[:, None]], axis=1), 0)
        M, pivots = eliminated(M[:FEW_ROWS], p.D, p.q)
        spanned = jnp.any(last & (pivots >= 0))
        return solution(M, pivots, M[:, COLUMNS], drawn, p.q), jnp.sum(pivots >= 0), spanned

    all_but = (row != row[:FEW_ROWS, None]) & (row < p.n)
    kept = jnp.concatenate([(row < p.n)[None], (row < p.n - HELD)[None], all_but])
    answers, rank, spanned = jax.vmap(trained)(kept)
    left_out = mod(jnp.sum(answers[2:] * X[:FEW_ROWS], axis=1), p.q) != labels[:FEW_ROWS]
    held = (mod(X @ answers[1], p.q) != labels) & (row >= p.n - HELD) & (row < p.n)
    wrong = jnp.any(answers[0] != target)
    seen = {
        "rank": rank[0],
        "spanned": spanned[0],
        "right_group": ~wrong,
        "loss": wrong * (1 - 1 / p.q),
        "training": jnp.sum(mod(X @ answers[0], p.q) != labels) / p.n,
        "left_out": jnp.sum(left_out & (row[:FEW_ROWS] < p.n)) / p.n,
        "held_out": jnp.sum(held) / jnp.minimum(HELD, p.n),
        "weight": jnp.sum(answers[0] != 0) / p.D,
        "fresh": jnp.mean(1.0 * (mod(whole(fresh, p.q) @ (answers[0] - target), p.q) != 0)),
    }
    return {name: jnp.where(p.n <= FEW_ROWS, 1.0 * value, jnp.nan) for name, value in seen.items()}


@simulation(width=128)
def noisy_trial(key, p):
    """A parity of D <= WIDEST coordinates with flipped labels, and its likeliest candidate.

    NaN for more coordinates.
    """
    x, flips, coin, scores = uniforms(
        key, x=(ROWS, COLUMNS), flips=(ROWS,), coin=(), scores=(2**WIDEST,)
    )
    index, count = jnp.arange(2**WIDEST), 2**p.D
    candidates = 1.0 * ((index[:, None] >> jnp.arange(COLUMNS)) & 1)
    X, used = design(x, p.but(q=2)), jnp.arange(ROWS) < p.n
    target = whole(coin, count).astype(int)
    answers = mod(candidates @ X.T, 2)
    labels = mod(answers[target] + (flips < p.noise), 2)
    errors = jnp.sum((answers != labels) & used, axis=1)
    open_ = index < count
    chosen = jnp.argmin(jnp.where(open_, errors + scores, ROWS + 2.0))
    tally = jnp.sum((errors[:, None] == jnp.arange(ROWS + 1)) & open_[:, None], axis=0)
    seen = {"right": chosen == target, "least": errors[chosen], "candidates": tally}
    return {name: jnp.where(p.D <= WIDEST, 1.0 * value, jnp.nan) for name, value in seen.items()}


@simulation(width=64)
def walsh_trial(key, p):
    """The posterior of the likeliest parity among 2^D, all errors by a Walsh-Hadamard transform.

    NaN for more than 12 coordinates.
    """
    x, flips, coin = uniforms(key, x=(ROWS, COLUMNS), flips=(ROWS,), coin=())
    X, used = design(x, p.but(q=2)), jnp.arange(ROWS) < p.n
    bits = jnp.arange(COLUMNS)
    target = (whole(coin, 2**p.D).astype(int) >> bits) & 1
    labels = mod(X @ target + (flips < p.noise), 2)
    places = jnp.sum(X[:, :LARGE] * 2.0 ** bits[:LARGE], axis=1).astype(int)
    votes = jnp.zeros(2**LARGE).at[places].add(jnp.where(used, 1 - 2 * labels, 0.0))
    fewer = (jnp.max(hadamard(votes, jnp)) - hadamard(votes, jnp)) / 2
    open_ = jnp.arange(2**LARGE) < 2**p.D
    odds = jnp.where(open_, (p.noise / (1 - p.noise)) ** fewer, 0.0)
    return {"sure": jnp.where(p.D <= LARGE, 1 / jnp.sum(odds), jnp.nan)}
