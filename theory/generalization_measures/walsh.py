"""Parities with noisy labels, exactly: by cosets of small codes, and for one sample by Hadamard.

Given the design, the 2^n flips fall into cosets of its column space C, a uniform k-dimensional
subspace of F_2^n, k the rank; the rule is right where the flips are the likeliest of their coset
and the 2^(D-k) targets of that vector are guessed among. All subspaces are listed for n <= 6: then
D may be anything. For one sample the number of errors of every target is a Walsh-Hadamard transform
of the labels, D 2^D additions. The loss of a wrong answer is 1/2 on clean labels, and delta* the
same for all eps < 1/4; on noisy ones losses are eta and 1/2, and eps < (1 - 2 eta)/4.
"""

import functools
from collections import Counter
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np

from theory import (
    Claims, Domain, Ge, Le, ParameterError, Scalar, Twin, Whole, closed_form, own_checks,
)  # fmt: skip
from theory.generalization_measures.noise import Noise
from theory.generalization_measures.params import Count, Params, linear
from theory.generalization_measures.ranks import ranks, subspace_accuracy, subspace_failure

claim = Claims("derived; not in the papers")
LONGEST = 6
Few = Annotated[Scalar, Ge(1), Le(LONGEST), Whole]


@functools.cache
def coset_types(n: int) -> tuple[tuple[int, tuple[int, ...], int, int], ...]:
    """(k, how many vectors of each weight, cosets of that kind, subspaces of dimension k)."""
    found, spaces = Counter(), {frozenset([0])}
    number = {}
    for k in range(n + 1):
        number[k] = len(spaces)
        for space in spaces:
            for least in {min(v ^ c for c in space) for v in range(2**n)}:
                weights = Counter((least ^ c).bit_count() for c in space)
                found[k, tuple(weights[w] for w in range(n + 1))] += 1
        spaces = {space | {v ^ c for c in space}
                  for space in spaces for v in range(2**n) if v not in space}  # fmt: skip
    return tuple((k, weights, many, number[k]) for (k, weights), many in found.items())


@functools.cache
def tables():
    """For n = 1..6, padded: rank, share of a subspace's cosets, counts by weight, least weight."""
    rows = max(len(coset_types(n)) for n in range(1, LONGEST + 1))
    rank, share, least = (np.zeros((LONGEST, rows)) for _ in range(3))
    counts = np.zeros((LONGEST, rows, LONGEST + 1))
    for n in range(1, LONGEST + 1):
        for i, (k, weights, many, number) in enumerate(coset_types(n)):
            rank[n - 1, i], share[n - 1, i] = k, many / number
            counts[n - 1, i, : n + 1] = weights
            least[n - 1, i] = np.flatnonzero(weights)[0]
    return rank, share, counts, least.astype(int)


def guesses(n, D, noise):
    """(its weight, P(coset and right), P(coset), c <= 1/2 as eta -> 0), over kinds of cosets."""
    n, D, noise = (x[..., None] for x in jnp.broadcast_arrays(
        *(jnp.asarray(x, float) for x in (n, D, noise))))  # fmt: skip
    size = jnp.clip(n[..., 0], 1, LONGEST).astype(int)
    rank, share, counts, least = (jnp.asarray(table)[size - 1] for table in tables())
    law, _ = ranks(2.0, n[..., 0], D[..., 0])
    missing = jnp.minimum(n, D) - rank
    chance = jnp.take_along_axis(law, jnp.clip(missing, 0, None).astype(int), -1)
    weight = jnp.where(missing >= 0, chance, 0.0) * share
    up = jnp.stack([jnp.ones_like(noise)] + [noise**i for i in range(1, LONGEST + 1)], -1)
    down = jnp.stack([(1 - noise) ** i for i in range(1, LONGEST + 1)], -1)
    down = jnp.concatenate([jnp.ones_like(noise)[..., None], down], -1)
    kept = jnp.clip(n[..., None] - jnp.arange(LONGEST + 1), 0, None).astype(int)
    each = up * jnp.take_along_axis(down, kept, -1)  # of one vector of flips, by its weight
    leads = least[..., None] == jnp.arange(LONGEST + 1)
    top, alike = jnp.sum(leads * each, -1), jnp.sum(leads * counts, -1)
    return weight, jnp.exp2(rank - D) * top, jnp.sum(counts * each, -1), jnp.exp2(
        rank + 1 - D) <= alike  # fmt: skip


@closed_form(example={"n": 5.0})
@jax.jit
def noisy_accuracy(n: Few, D: Count, noise: Noise):
    """P(L = 0) of maximum likelihood: sum_k P(k) 2^(k-D) P(the flips lead their coset)."""
    weight, right, *_ = guesses(n, D, noise)
    return jnp.sum(weight * right, -1)


@closed_form(example={"n": 5.0})
@jax.jit
def noisy_failure(n: Few, D: Count, noise: Noise):
    """delta* = E min(c, 1 - c), c = 2^(k-D) max_e P(e)/sum_e P(e) over the flips e of a coset."""
    weight, right, whole, doubtful = guesses(n, D, noise)
    wrong = whole - right
    none = jnp.asarray(noise)[..., None] == 0  # there both are 0, and the slopes are not
    first = jnp.where(none, doubtful, right < wrong)
    return jnp.sum(weight * jnp.where(first, right, wrong), -1)


def hadamard(values, xp=np):
    """sum_x values[x] (-1)^<w, x> for all w of F_2^D, along the first axis of 2^D entries."""
    size = values.shape[0]
    half = 1
    while half < size:
        pairs = values.reshape(size // (2 * half), 2, half, *values.shape[1:])
        sums, gaps = pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]
        values, half = xp.stack([sums, gaps], 1).reshape(values.shape), 2 * half
    return values


@own_checks("a sample of one's own, checked together")
def parity_posterior(inputs, labels, noise: float) -> np.ndarray:
    """P(w | sample) for all 2^D parities y = <w, x> + noise, entry sum_j w_j 2^j; w uniform.

    Args:
        inputs: n x D of 0 and 1, D <= 20.
        labels: n of 0 and 1.
        noise: eta, the chance that a label is flipped, from 0 to 1/2.

    The errors of w are (n - W(w))/2, W the Walsh-Hadamard transform of (-1)^y summed at each x.
    Raises ParameterError for other values, and for a sample without a parity at eta = 0.
    """
    x, y = np.asarray(inputs), np.asarray(labels)
    if x.ndim != 2 or not 1 <= x.shape[1] <= 20 or y.shape != x.shape[:1] or not len(y):
        raise ParameterError(f"parity_posterior: inputs {x.shape} and labels {y.shape} do not fit")
    if not (np.isin(x, (0, 1)).all() and np.isin(y, (0, 1)).all()):
        raise ParameterError("parity_posterior: inputs and labels are 0 or 1")
    if not 0 <= noise <= 0.5:
        raise ParameterError(f"parity_posterior: noise = {noise} is outside [0, 1/2]")
    places = x.astype(int) @ (1 << np.arange(x.shape[1]))
    votes = np.bincount(places, 1.0 - 2 * y, 1 << x.shape[1])
    errors = (len(y) - hadamard(votes)) / 2
    if noise == 0 and errors.min() > 0:
        raise ParameterError("parity_posterior: no parity has these labels, and noise = 0")
    odds = (noise / (1 - noise)) ** (errors - errors.min())
    return odds / odds.sum()


# --------------------------------------------------------------------------------------------

CASES = tuple(linear(2, 6, D, noise=eta) for D, eta in ((4, 0.2), (2, 0.15), (12, 0.1)))


def failing(run, p):
    """min(c, 1 - c) of the sample: the chance that the best estimator fails."""
    return np.minimum(run["sure"], 1 - run["sure"])


@claim.equals(
    failing,
    at=CASES,
    mode="walsh",
    within=0.006,
    support=(0.0, 0.5),
    twin=Twin("noise ignored", noise=0.0),
    known=((CASES[0], ".3298"), (CASES[1], ".1889")),
)
def noisy_labels_exact(p, *, noise=None):
    """delta* at noise eta: E min(c, 1 - c) over all codes and cosets, of the posterior c."""
    return noisy_failure(p.n, p.D, p.noise if noise is None else noise)


@claim.equals("sure", at=CASES[:2], mode="walsh", within=0.006, support=(0.0, 1.0),
              twin=Twin("the least weight's vector alone counts", least=1))  # fmt: skip
def noisy_labels_accuracy(p, *, least=0):
    """P(L = 0) = E c: the flips lead their coset, and the rank leaves 2^(D-k) targets."""
    if least:
        return (1 - p.noise) ** p.n * subspace_accuracy(2, p.n, p.D)
    return noisy_accuracy(p.n, p.D, p.noise)


SMALL = Domain.around(Params(n=4, s=1), n=(1, LONGEST), D=(1, 20))


@claim.identity(
    lambda p: subspace_failure(2, p.n, p.D),
    over=SMALL,
    points=16,
    within=1e-13,
    twin=Twin("at the most noise", noise=0.5),
)
def noisy_labels_without_noise(p, *, noise=0.0):
    """eta = 0: delta* = E min(1/t, 1 - 1/t), t = 2^(D - rank)."""
    return noisy_failure(p.n, p.D, noise)


@claim.identity(
    lambda p: 2.0**-p.D, over=SMALL, points=16, within=1e-13, twin=Twin("without noise", noise=0.0)
)
def noisy_labels_of_noise(p, *, noise=0.5):
    """eta = 1/2: delta* = 2^-D: nothing is learnt, and one can tell."""
    return noisy_failure(p.n, p.D, noise)


@claim.never_below(
    lambda p: noisy_failure(p.n, p.D, 0.0),
    over=Domain.around(Params(n=LONGEST, s=1, D=2), D=(1, 4), noise=(0.0, 0.25)),
    points=24,
    twin=Twin("for D = n too", smaller=lambda p: noisy_failure(p.n, p.n, 0.0)),
)
def noise_makes_parities_inestimable(p):
    """n = 6 samples, D <= 4: noise up to 1/4 never lowers delta*: D = 2: .02 to .40.

    Then it falls to 2^-D. With D >= n it falls all the way, as learning does.
    """
    return noisy_failure(p.n, p.D, p.noise)
