"""Exact accuracy of weighted votes: sums over lattices, with and without noise."""

import functools
import math
from typing import Annotated, Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import (
    Ge, Le, Scalar, Static, best_of_normals, closed_form, hypergeometric_pmf, minimum, normal_cdf,
    sqrt, where,
)  # fmt: skip
from theory.spurious_features.params import Classes, Shift

TIE = 1e-9  # scores nearer than this are equal
LEAST, FAR = 1e-7, 40.0  # noise, and leads over noise beyond which nothing changes
ROOM = 2**22  # entries of an array; larger ones are made row by row
NEAR = 1e-290  # shares under it are taken to it by a factor
AXIS, STEP = 8.5, 0.25  # of the common noise
Features = Annotated[int, Ge(0), Le(2000), Static]

beaten = jax.jit(best_of_normals)


def _room(n: int) -> int:
    """A power of 2 above n, or three quarters of one: good for Fourier series; few programs."""
    top = 2 ** max(3, n.bit_length())
    return 3 * top // 4 if n < 3 * top // 4 and n > 8 else top


def _cap(n: int) -> int:
    """Room for counts 0 .. n."""
    return _room(n) if n else 1


def nodes_of_ties(classes: int, smooth: bool) -> tuple[np.ndarray, np.ndarray]:
    """Of the common noise of all rivals, or of a uniform number that splits ties among t + 1."""
    if smooth:
        z = np.arange(-AXIS, AXIS + STEP / 2, STEP)
        return z, STEP * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    x, w = np.polynomial.legendre.leggauss((classes + 1) // 2)  # exact to degree K - 1
    return (1 + x) / 2, w / 2


def _length(cap: int, rivals: int) -> int:
    """Points of a Fourier series: none that wraps around has more than 1e-30 of the mass."""
    least = max(cap, min((rivals - 1) * cap + 1, 2 * cap + 60))
    return 1 if cap == 1 else _room(least - 1)


def _poisson(counts: Any, mean: Any) -> Any:
    safe = jnp.where(mean > 0, mean, 1.0)
    log_pmf = counts * jnp.log(safe) - safe - jax.scipy.special.gammaln(counts + 1.0)
    return jnp.where(mean > 0, jnp.exp(log_pmf), 1.0 * (counts == 0))


@functools.partial(jax.jit, static_argnames=("classes", "caps", "smooth"))
def won(invariant, sizes, weight, noise, classes, caps, smooth):
    """P(the true class wins | its votes): an array over the counts of votes in either group.

    The other a votes fall on K - 1 rivals alike: a!/(K-1)^a [z^a] (sum_i g_i z^i/i!)^(K-1), g_i
    the chance that a rival with i votes loses. Poisson weights of mean a/(K-1) keep all numbers
    between 0 and 1; the power is taken by Fourier series. Both counts of wrong votes are fixed,
    so there are two variables z.
    """
    rivals = classes - 1
    nodes, weights = nodes_of_ties(classes, smooth)
    i, j = jnp.arange(caps[0]) * 1.0, jnp.arange(caps[1])[:, None] * 1.0
    lengths = [_length(cap, rivals) for cap in caps]

    def given(c, e):
        left = [jnp.maximum(n - k, 0) for n, k in zip(sizes, (c, e), strict=True)]
        lead = invariant + c + weight * e - i - weight * j
        if smooth:
            beaten = normal_cdf(nodes[:, None, None] + lead / noise)
        else:
            split = jnp.where(lead < -TIE, 0.0, nodes[:, None, None])
            beaten = jnp.where(lead > TIE, 1.0, split)
        mass = _poisson(i, left[0] / rivals) * _poisson(j, left[1] / rivals)
        mass = jnp.where((i <= left[0]) & (j <= left[1]), mass, 0.0)  # no more votes than are left
        series = jnp.fft.rfft2(beaten * mass, s=lengths[::-1]) ** rivals
        power = jnp.fft.irfft2(series, s=lengths[::-1])
        at = power[:, left[1].astype(int), left[0].astype(int)]
        whole = _poisson(left[0], left[0]) * _poisson(left[1], left[1])
        return jnp.sum(at * weights) / whole

    row = jax.vmap(given, (None, 0))
    counts = [jnp.arange(cap) * 1.0 for cap in caps]
    size = math.prod(caps) * math.prod(lengths) * len(nodes)
    if size <= ROOM:
        return jax.vmap(row, (0, None))(*counts)
    return jax.lax.map(lambda c: row(c, counts[1]), counts[0])


def right_share(p: Any, classes: Any) -> Any:
    """r = 1 - p + p/K: a vote drawn anew may be right again."""
    return 1 - p + p / classes


@closed_form(example={"classes": 3, "once": 6, "often": 3, "invariant": 2.0, "weight": 4.0})
def vote_accuracy(
    p: Shift,
    classes: Annotated[int, Ge(2), Le(20), Static],
    invariant: Annotated[Scalar, Ge(0), Le(1e4)],
    once: Features,
    often: Annotated[int, Ge(0), Le(200), Static] = 0,
    weight: Annotated[Scalar, Ge(0.01), Le(100)] = 1.0,
    noise: Annotated[Scalar, Ge(0), Le(1e3)] = 0.0,
) -> Any:
    """P(the true class has most votes), exact: sum over the true class's votes; ties are split.

    Logits [k = true] N_v + sum_j omega_j [c_j = k] + noise N(0, s^2), over ``once`` spurious
    features of weight 1 and ``often`` of the given weight. A member has weights 1; an output
    ensemble 1 on features of one member and 2 on shared ones, a weight ensemble 1 and 4. Without
    noise a step function of N_v and weight.
    """
    sizes = (int(once), int(often))
    return summed(p, classes, invariant, sizes, tuple(map(_cap, sizes)), weight, noise)


@functools.cache
def _choices(n: int, cap: int) -> np.ndarray:
    """log (n choose k), k = 0 .. n, from whole numbers, and -inf up to ``cap`` entries."""
    ways, logs = 1, np.full(cap, -np.inf)
    for k in range(n + 1):
        logs[k] = math.log(ways)
        ways = ways * (n - k) // (k + 1)
    return logs


def _shares(r: Any, s: Any, n: Any, choices: Any) -> Any:
    """Binomial probabilities of k = 0 .. n, r + s = 1, r > 0: values and slopes to s = 0."""
    k = jnp.arange(len(choices)) * 1.0
    rest = jnp.maximum(n - k, 0.0)
    near = jax.lax.stop_gradient(jnp.maximum(s, NEAR))
    log_pmf = choices + k * jnp.log(r) + rest * jnp.log(near)
    return jnp.exp(log_pmf) * jnp.where(rest > 0, s / near, 1.0) ** rest


@functools.partial(jax.jit, static_argnames=("classes", "caps", "smooth"))
def _totals(p, invariant, weight, noise, sizes, choices, classes, caps, smooth):
    """P(win | votes) times the chance of the votes, at each of the points, which broadcast."""

    def one(p, invariant, weight, noise):
        chance = won(invariant, sizes, weight, noise, classes=classes, caps=caps, smooth=smooth)
        r, s = right_share(p, classes), p * (classes - 1) / classes
        once, often = (_shares(r, s, n, ways) for n, ways in zip(sizes, choices, strict=True))
        return once @ chance @ often

    return jnp.vectorize(one)(p, invariant, weight, noise)


def summed(p, classes, invariant, sizes, caps, weight, noise):
    """The same at given room for counts; arrays broadcast."""
    smooth = isinstance(noise, Tracer) or bool(np.any(np.asarray(noise) != 0))
    noise = jnp.maximum(noise, LEAST) if smooth else 1.0
    points = (jnp.asarray(x, float) for x in (p, invariant, weight, noise))
    choices = tuple(_choices(n, cap) for n, cap in zip(sizes, caps, strict=True))
    counts = tuple(map(float, sizes))
    return _totals(*points, counts, choices, classes=classes, caps=caps, smooth=smooth)


@closed_form(
    example={"classes": 3, "picked": 3, "pool": 9},
    picked=("is above the pool", lambda picked, pool: picked <= pool),
)
def subset_accuracy(
    p: Shift,
    classes: Annotated[int, Ge(2), Le(20), Static],
    invariant: Annotated[Scalar, Ge(0), Le(1e4)],
    picked: Annotated[int, Ge(1), Le(64), Static],
    pool: Annotated[int, Ge(1), Le(10_000), Static],
    weight: Annotated[Scalar, Ge(0.01), Le(100)] = 2.0,
) -> Any:
    """E of an ensemble's accuracy when either member picks its spurious features at random.

    sum_h Hypergeometric(h; D, n, n) A(h shared), D the pool: 2 (n - h) features of weight 1 and h
    of ``weight``, 2 for outputs and 4 for weights, where both members have the invariant ones
    apart. From pool = picked, all shared, to pool -> infinity, none.
    """

    def given(shared):
        sizes = (2 * (picked - shared), shared)
        caps = (_cap(sizes[0]), _cap(sizes[1]))
        return summed(p, classes, invariant, sizes, caps, weight, 0.0)

    values = [given(h) for h in range(picked + 1)]
    shares = [hypergeometric_pmf(h, pool, picked, picked) for h in range(picked + 1)]
    return sum(a * b for a, b in zip(values, shares, strict=True))


@closed_form
def id_accuracy(sigma: Annotated[Scalar, Ge(0), Le(1e3)], classes: Classes) -> Any:
    """A in distribution: E Phi(u + 1/sigma)^(K-1), for one model of any size; 1 at sigma = 0."""
    lead = minimum(1 / where(sigma > LEAST, sigma, LEAST), FAR)
    return beaten(jnp.asarray(lead, float)[..., None], jnp.asarray(classes, float)[..., None] - 1)


@closed_form
def flip_bound(noise: Annotated[Scalar, Ge(0), Le(1e3)], classes: Classes) -> Any:
    """(K-1) Phi(-1/(sqrt(2) s)): noise s of each logit changes the accuracy by no more.

    Of integer weights: a strict lead is at least 1, and a difference of logits has noise
    sqrt(2) s. Ties are split as without noise.
    """
    lead = minimum(1 / (sqrt(2) * where(noise > LEAST, noise, LEAST)), FAR)
    return (classes - 1) * normal_cdf(-lead)
