"""Claims along the stream's path, with the exact fourth moments that bound their spread."""

import functools
import math
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Twin
from theory.multi_sample_dropout.params import Params
from theory.multi_sample_dropout.speed import noise_scale
from theory.multi_sample_dropout.stream import (
    floor_slope, geometric, mean_along, stationary_distance, stream_distance, stream_step,
)  # fmt: skip

claim = Claims("derived")

HERE = Params()
SPARSE = HERE.but(kurtosis=5.0, keep=0.6, eta=0.08)
TEN = Params(d=10, keep=0.6, batch=3, masks=3, eta=0.05, n0=1.69, s2=0.25, steps=15)
seen = claim.given(at=(HERE, SPARSE), relative=0.03, trials=60_000)


@functools.lru_cache(maxsize=8)
def _fourth(d, steps, batch, keep, eta, n0, s2, kurtosis, power):
    """E(sum_j lam_j (w_j - w0_j)^2)^2 after so many steps with M = 1: the moments of (w, 1)^(x4).

    M masks' step is the mean of M such steps, so in every convex mean below it: a bound for all M.
    """
    x, px = np.polynomial.hermite_e.hermegauss(5)
    if kurtosis != 3:
        x = np.sqrt(kurtosis) * np.array([-1.0, 0.0, 1.0])
        px = np.array([1, 2 * kurtosis - 2, 1])
    e, pe = np.polynomial.hermite_e.hermegauss(3)
    at = np.array(list(product(*[range(len(x))] * d, range(3), *[range(2)] * d)))
    lam = np.arange(1, d + 1) ** -float(power)
    bits, points = at[:, d + 1 :], x[at[:, :d]] * np.sqrt(lam)
    chance = px[at[:, :d]].prod(1) * pe[at[:, d]] * np.where(bits, keep, 1 - keep).prod(1)
    chance /= chance.sum()
    teacher = np.asarray(Params(d=d, n0=n0).teacher)
    masked = bits * points / keep
    y = points @ teacher + np.sqrt(s2) * e[at[:, d]]
    one = np.zeros((len(at), d + 1, d + 1)) + np.eye(d + 1)
    one[:, :d, :d] -= eta * masked[:, :, None] * masked[:, None]
    one[:, :d, d] = eta * y[:, None] * masked
    pairs = np.einsum("rab,rcd->rabcd", one, one).reshape(len(at), -1)
    flat, size = one.reshape(len(at), -1), d + 1
    moments = [chance @ flat, chance @ pairs, (flat.T * chance) @ pairs, (pairs.T * chance) @ pairs]
    moments = [m.reshape((size,) * 2 * (k + 1)) for k, m in enumerate(moments)]
    four = np.zeros((size,) * 8)
    for split in product(range(4), repeat=4):  # which of four factors share an example
        if all(split[i] <= max((-1, *split[:i])) + 1 for i in range(4)):
            blocks = [[i for i in range(4) if split[i] == k] for k in range(max(split) + 1)]
            names = ["".join("abcdefgh"[2 * i : 2 * i + 2] for i in block) for block in blocks]
            term = np.einsum(",".join(names) + "->acegbdfh", *(moments[len(b) - 1] for b in blocks))
            four += math.perm(batch, len(blocks)) / batch**4 * term
    four, state = four.reshape(size**4, size**4), np.zeros(size**4)
    state[-1] = 1.0
    for _ in range(steps):
        state = four @ state
    apart = np.concatenate([np.eye(d), -teacher[:, None]], 1)
    inner = (apart.T * lam @ apart).reshape(-1)
    return float(np.kron(inner, inner) @ state)


def mean_fourth(p):
    """A bound on E(sum_j lam_j (w_j - w0_j)^2)^2 for every M."""
    return _fourth(p.d, p.steps, p.batch, p.keep, p.eta, p.n0, p.s2, p.kurtosis, p.power)


def spread_of_distance(p):
    """A bound on Var |w - w0|^2 for every M."""
    return mean_fourth(p) - float(path(p)) ** 2


def path(p, masks=None, batch=None):
    """The formula at Params."""
    masks, batch = masks or p.masks, batch or p.batch
    return stream_distance(p.steps, p.eta, p.d, p.keep, batch, masks, p.n0, p.s2, p.kurtosis)


def spread_of_weights(p, masks=None):
    """E|w - E w|^2; of the distance of two such w it bounds a quarter of the mean square."""
    left = 1 - p.keep * (1 - (1 - p.eta / p.keep) ** p.steps)
    return path(p, masks) - p.n0 * left**2


def spread_along(p):
    """Var w.w0 <= n0 E|w - E w|^2."""
    return float(p.n0 * spread_of_weights(p))


@seen.equals(
    "along[1]",
    variance=spread_along,
    twin=Twin("the fixed point w0, at rate 1 - eta", shrunk=False),
    known=((TEN.but(steps=30), ".93946"),),
)
def stream_mean_dynamics(p, *, shrunk=True):
    """E w_t = q w0 (1 - (1 - eta/q)^t) from 0, for every M, B and kurtosis; here its part on w0."""
    keep = p.keep if shrunk else 1.0
    return mean_along(p.steps, p.eta, keep, p.n0)


def last(scheme):
    """A reading: |w - w0|^2 at the end with one mask (0), with M (1), with all (2)."""
    return lambda run, p: run["distance"][..., -1, scheme]


@seen.equals(
    last(1),
    variance=spread_of_distance,
    twin=Twin("M divides the data's noise too: a batch of B M", batch=True),
    known=((TEN.but(masks=1), ".64667"), (TEN, ".60637"), (TEN.but(masks=1, steps=30), ".43002"),
           (TEN.but(steps=30), ".38760")),
)  # fmt: skip
def stream_second_moment(p, *, batch=False):
    """E|w_t - w0|^2 at every step: V_data + V_mask/M over B, the masks' part alone falls with M."""
    return path(p, 1, p.batch * p.masks) if batch else path(p)


@seen.equals(
    last(2),
    at=HERE,
    variance=spread_of_distance,
    twin=Twin("no noise is left with all masks", noisy=False),
)
def all_masks(p, *, noisy=True):
    """The mean over all masks (M = inf) keeps the data's noise."""
    mean = (1 - p.eta / p.keep) ** p.steps
    return path(p, jnp.inf) if noisy else p.n0 * (1 - p.keep * (1 - mean)) ** 2


claim.ordering(
    "more_masks_help_every_convex_measure",
    "E f(w_t) falls with M for every convex f at every step, here of f = |w - w0| and M = 1, 4",
    lambda run, p: np.sqrt(run["distance"][..., -1, 0]),
    lambda run, p: np.sqrt(run["distance"][..., -1, 1]),
    at=HERE,
    trials=20_000,
    variance=lambda p: float(4 * spread_of_weights(p, 1)),
    source="derived: a step is affine in w, and a mean over M masks is the mean over M of the"
    " means over M - 1 of them; Jensen, step by step",
)

AROUND = Domain.around(
    TEN, eta=(0.002, 0.09), keep=(0.4, 1.0), s2=(0.0, 1.0), n0=(0.1, 2.0), kurtosis=(1.0, 6.0)
)


@claim.identity(
    lambda p: walked(p),
    over=AROUND,
    within=1e-11,
    points=32,
    twin=Twin("no cross term (exact at M = 1 only)", crossed=False),
)
def path_by_squaring(p, *, crossed=True):
    """The closed form at t is the step, t times."""
    if crossed:
        return path(p)
    slope = -2 * (1 - p.keep) * (p.d - 1) * (1 - 1 / p.masks) / p.batch
    bend = (1 + noise_scale(p.d, p.keep, p.masks, p.kurtosis) / p.batch) / p.keep**2
    first, second = 1 - p.eta / p.keep, 1 - 2 * p.eta / p.keep + p.eta**2 * bend
    mixed = geometric(first, second, jnp.asarray(float(p.steps)))[2]
    return path(p) + p.eta**2 * slope * p.keep * p.n0 * mixed


def walked(p):
    """E|w - w0|^2 by p.steps single steps."""

    def one(now, _):
        return stream_step.__wrapped__(*now, p.eta, p.d, p.keep, p.batch, p.masks, p.n0, p.s2,
                                       p.kurtosis), None  # fmt: skip

    (a, b), _ = jax.lax.scan(one, (jnp.zeros(()), jnp.zeros(())), length=p.steps)
    return a - 2 * b + p.n0


# --------------------------------------------------------------------------------------------
# Where it ends


@claim.identity(
    lambda p: after(p, stationary(p)),
    over=AROUND,
    within=1e-12,
    twin=Twin("the data's noise over M too", masks=True),
    known=((TEN, ".31782"),),
)
def floor(p, *, masks=False):
    """E|w - w0|^2 ends at p^2 n0 + eta slope/(1 - eta/eta_max), a fixed point of the step."""
    return stationary(p, 1, p.batch * p.masks) if masks else stationary(p)


def stationary(p, masks=None, batch=None):
    """The formula at Params."""
    masks, batch = masks or p.masks, batch or p.batch
    return stationary_distance(p.eta, p.d, p.keep, batch, masks, p.n0, p.s2, p.kurtosis)


def after(p, distance):
    """The distance after one step from weights whose mean is q w0."""
    along = p.keep * p.n0
    square = distance + 2 * along - p.n0
    a, b = stream_step.__wrapped__(square, along, p.eta, p.d, p.keep, p.batch, p.masks, p.n0,
                                   p.s2, p.kurtosis)  # fmt: skip
    return a - 2 * b + p.n0


@claim.limit(
    lambda p: (1 - p.keep) ** 2 * p.n0,
    along=tuple(TEN.but(eta=e) for e in (1e-2, 3e-3, 1e-3, 3e-4, 1e-4)),
    size=lambda p: 1 / p.eta,
    rate=-1,
    within=0.05,
    why="terms of order eta^2 in the gap",
    last_gap=1e-3,
    twin=Twin("0: no bias", limit=0.0),
)
def bias_of_small_steps(p):
    """The floor tends to (1 - q)^2 n0, dropout's bias, as eta -> 0: more masks leave it."""
    return stationary(p)


@claim.never_above(
    lambda p: floor_slope(p.d, p.keep, p.batch, p.masks, p.n0, p.s2),
    over=Domain.around(HERE, masks=(1, 50), keep=(0.2, 0.99), n0=(0.1, 2.0), s2=(0.0, 1.0)),
    points=64,
)
def floor_falls_with_masks(p):
    """One more mask lowers the floor's slope in eta, (q/2)(V_data + V_mask/M)/B at q w0."""
    return floor_slope(p.d, p.keep, p.batch, p.masks + 1, p.n0, p.s2)
