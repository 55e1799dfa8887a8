"""Features of unequal variance: which directions gain from masks, and how large steps may be."""

from itertools import product
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from theory import Claims, Domain, Draws, Twin, closed_form, masks, normal_cdf, root, total
from theory.multi_sample_dropout.example import spread
from theory.multi_sample_dropout.params import (
    Batch, Keep, Kurtosis, Masks, Params, Spectrum, Square, Step, Vector,
)  # fmt: skip
from theory.multi_sample_dropout.paths import mean_fourth
from theory.multi_sample_dropout.speed import mask_shares
from theory.multi_sample_dropout.stream import stream_step

claim = Claims("derived; not in the paper")
SOME = {"square": [0.2, 0.1, 0.3], "mean": [0.3, 0.2, -0.1], "teacher": [0.5, 0.4, -0.2],
        "lam": [1.0, 0.5, 0.25], "batch": 2.0, "masks": 3.0, "eta": 0.1, "keep": 0.6}  # fmt: skip


def columns(*values):
    """Numbers, ready to stand beside vectors."""
    return [jnp.asarray(v, float)[..., None] for v in values]


@closed_form(example=SOME)
def spectrum_step(
    square: Vector, mean: Vector, eta: Step, lam: Spectrum, teacher: Vector, keep: Keep,
    batch: Batch, masks: Masks, s2: Square, kurtosis: Kurtosis = 3.0,
) -> Any:  # fmt: skip
    """(E w_j^2, E w_j) after one more step, Var x_j = lam_j: closed in these 2 d numbers.

    E g_j = lam_j (w_j/q - w0_j), D_j its square; V_data = lam_j (U - lam_j u_j^2 + s2) +
    (k - 1) D_j, U = sum lam_k u_k^2, u = w - w0; V_mask = c (D_j + V_data) + (c/q) lam_j
    (W - lam_j w_j^2), W = sum lam_k w_k^2.
    """
    square, mean = jnp.asarray(square, float), jnp.asarray(mean, float)
    lam, w0 = jnp.asarray(lam, float), jnp.asarray(teacher, float)
    eta, q, b, m, s2, k = columns(eta, keep, batch, masks, s2, kurtosis)
    apart = lam * (square - 2 * mean * w0 + w0**2)
    drift = lam**2 * (square / q**2 - 2 * mean * w0 / q + w0**2)
    data = lam * (total(apart)[..., None] - apart + s2) + (k - 1) * drift
    weight = lam * square
    own, others = mask_shares(q, m)
    noise = data + own * (drift + data) + others * lam * (total(weight)[..., None] - weight)
    new = square - 2 * eta * lam * (square / q - mean * w0) + eta**2 * (drift + noise / b)
    return new, mean - eta * lam * (mean / q - w0)


def loads(lam, keep, batch, masks, kurtosis):
    """(lam, m/B, h): second moments go by 1 - 2 eta lam/q + eta^2 (h lam^2 + (m/B) lam lam')."""
    own, others = mask_shares(keep, masks)
    many = 1 + own + others  # 1 + (1/q^2 - 1)/M
    h = (1 - 1 / batch) / keep**2 + ((kurtosis / keep**2 - 1) * (1 + own) - others) / batch
    return lam, many / batch, h


@closed_form(example={"lam": [1.0, 0.5, 0.25], "keep": 0.6, "batch": 2.0, "masks": 3.0})
def spectral_largest_step(
    lam: Spectrum, keep: Keep, batch: Batch, masks: Masks, kurtosis: Kurtosis = 3.0
) -> Any:
    """The eta with (eta m/B) sum_j lam_j/(2/q - eta h lam_j) = 1: mean-square stable below it.

    m = 1 + (1/q^2 - 1)/M and h = 1/q^2 + ((k/q^2 - 1)(1 + c/M) - 1/q^2 - c/(q M))/B.
    """
    q, b, m, k = columns(keep, batch, masks, kurtosis)
    lam, many, h = loads(jnp.asarray(lam, float), q, b, m, k)
    top, trace = jnp.max(lam, -1), total(lam)
    q, many, h = q[..., 0], many[..., 0], h[..., 0]
    # between those of the whole trace, and of nearly the largest direction alone: on this side of
    # the pole 2/(q h top), however small the share ``many`` is beside h
    low = 2 / (q * (h * top + many * trace))
    high = 2 / (q * top * (h + 0.999 * many))

    def load(eta):
        eta = eta[..., None]
        return eta[..., 0] * many * total(lam / (2 / q[..., None] - eta * h[..., None] * lam)) - 1

    return root(load, 0.999 * low, high)


# --------------------------------------------------------------------------------------------

FOUR = Params(d=4, keep=0.6, batch=3, masks=2, power=1.0)
STEP = Draws(w=(2,), w0=(2,), s=(), k=(), lam=(2,))


def enumerated(z):
    """(E w_j'^2, E w_j') over features 0, +-sqrt(k lam), noise +-1/2 and two masks; B = 1."""
    q, k, lam = drawn(z)
    value = jnp.stack([jnp.zeros(()), jnp.sqrt(k), -jnp.sqrt(k)])
    chance = jnp.stack([1 - 1 / k, 1 / (2 * k), 1 / (2 * k)])
    at = np.array(list(product(range(3), range(3), (-1, 1), range(4), range(4))))
    x, eps = value[at[:, :2]] * jnp.sqrt(lam), 0.5 * at[:, 2]
    bits = jnp.stack([masks(2)[at[:, 3]], masks(2)[at[:, 4]]], 1)  # (rows, copy, unit)
    weight = jnp.prod(chance[at[:, :2]], 1) / 2
    weight = weight * jnp.prod(jnp.where(bits == 1, q, 1 - q), (1, 2))
    seen = bits * x[:, None] / q
    error = (x @ z.w0 + eps)[:, None] - seen @ z.w
    new = z.w + 0.3 * jnp.mean(error[..., None] * seen, 1)
    return jnp.stack([weight @ new**2, weight @ new])


def drawn(z):
    """q in (.2, .9), kurtosis in (1, 5), two variances."""
    return 0.2 + 0.7 * normal_cdf(z.s), 1 + 4 * normal_cdf(z.k), jnp.exp(z.lam)


@claim.algebra(
    enumerated,
    over=STEP,
    scale=lambda z: 1 + 1e3 * jnp.sum(jnp.exp(2 * z.lam)),
    twin=Twin("a direction's own signal not taken off: U for U - lam_j u_j^2", own=False),
)
def spectrum_step_exact(z, *, own=True):
    """One step of E w_j^2 and E w_j, features of unequal variance: closed in 2 d numbers."""
    q, k, lam = drawn(z)
    a, b = spectrum_step.__wrapped__(z.w**2, z.w, 0.3, lam, z.w0, q, 1, 2, 0.25, k)
    more = 0.0 if own else 0.09 * (lam * (z.w - z.w0)) ** 2 * (1 + mask_shares(q, 2)[0])
    return jnp.stack([a + more, b])


@claim.identity(
    lambda p: jnp.stack(stream_step.__wrapped__(
        0.4, p.teacher @ p.teacher / 2, p.eta, p.d, p.keep, p.batch, p.masks, p.n0, p.s2,
        p.kurtosis)),
    over=Domain.around(FOUR.but(power=0.0), keep=(0.3, 0.95), eta=(0.01, 0.3), masks=(1, 9),
                       kurtosis=(1.0, 6.0)),
    within=1e-12,
    points=32,
    twin=Twin("without the noise of labels", noise=0.0),
)  # fmt: skip
def equal_variances(p, *, noise=1.0):
    """lam = 1: the sums over j are the two moments of the isotropic stream."""
    square, mean = jnp.full(p.d, 0.4 / p.d), p.teacher / 2
    a, b = spectrum_step.__wrapped__(square, mean, p.eta, p.lam, p.teacher, p.keep, p.batch,
                                     p.masks, noise * p.s2, p.kurtosis)  # fmt: skip
    return jnp.stack([jnp.sum(a), b @ p.teacher])


UNEQUAL = Params(power=1.0)


def risk(p, batch=None, masks=None):
    """E sum_j lam_j (w_j - w0_j)^2 after p.steps steps from 0."""

    def one(now, _):
        return spectrum_step.__wrapped__(
            *now, p.eta, p.lam, p.teacher, p.keep, batch or p.batch, masks or p.masks, p.s2,
            p.kurtosis
        ), None  # fmt: skip

    zero = jnp.zeros(p.d)
    (square, mean), _ = jax.lax.scan(one, (zero, zero), length=p.steps)
    return jnp.sum(p.lam * (square - 2 * mean * p.teacher + p.teacher**2))


@claim.equals(
    "risk[1]",
    at=UNEQUAL,
    relative=0.03,
    variance=lambda p: mean_fourth(p) - float(risk(p)) ** 2,
    trials=60_000,
    twin=Twin("M divides the data's noise too", batched=True),
)
def unequal_variances(p, *, batched=False):
    """E sum_j lam_j (w_j - w0_j)^2, twice the excess risk, by t such steps."""
    return risk(p, p.batch * p.masks, 1) if batched else risk(p)


def second_map(p, eta):
    """The matrix of E w_j^2, by unit vectors."""

    def after(square):
        return spectrum_step.__wrapped__(square, jnp.zeros(p.d), eta, p.lam, jnp.zeros(p.d),
                                         p.keep, p.batch, p.masks, 0.0, p.kurtosis)[0]  # fmt: skip

    return jnp.stack([after(row) for row in jnp.eye(p.d)], 1)


@claim.identity(
    1.0,
    over=Domain.around(FOUR, keep=(0.3, 0.95), masks=(1, 9), power=(0.2, 2.0)),
    within=1e-9,
    points=8,
    twin=Twin("that of M = 1", masks=1),
)
def spectral_stability(p, *, masks=None):
    """At the largest step the second moments' map, diagonal and rank one, has top eigenvalue 1."""
    eta = spectral_largest_step(p.lam, p.keep, p.batch, masks or p.masks, p.kurtosis)
    matrix = second_map(p, eta)
    return jnp.max(jnp.linalg.eigvalsh((matrix + matrix.T) / 2))


@closed_form(example=SOME)
def floor_by_direction(
    lam: Spectrum, teacher: Vector, keep: Keep, batch: Batch, masks: Masks, s2: Square
) -> Any:
    """Slope in eta at 0 of E(w_j - q w0_j)^2: (q/2B)((1 + c/M)(p^2 S_j + s2) + (p/M) S_j).

    S_j = sum_{k != j} lam_k w0_k^2: every direction gains alike, but for its own share of signal.
    """
    power = jnp.asarray(lam, float) * jnp.asarray(teacher, float) ** 2
    q, b, m, s2 = columns(keep, batch, masks, s2)
    others = total(power)[..., None] - power
    p = 1 - q
    return q / (2 * b) * ((1 + spread(q) / m) * (p**2 * others + s2) + p / m * others)


@claim.limit(
    lambda p: floor_by_direction(p.lam, p.teacher, p.keep, p.batch, p.masks, p.s2)[0],
    along=tuple(FOUR.but(eta=e) for e in (1e-1, 3e-2, 1e-2, 3e-3, 1e-3)),
    size=lambda p: 1 / p.eta,
    rate=-1,
    within=0.1,
    why="terms of order eta^2 in the gap",
    last_gap=2e-3,
    twin=Twin("its own signal counted: S_1 = S",
              limit=lambda p: floor_by_direction(jnp.ones(2), jnp.array(
                  [0.0, jnp.sqrt(jnp.sum(p.lam * p.teacher**2))]), p.keep, p.batch, p.masks,
                  p.s2)[0]),
)  # fmt: skip
def every_direction_gains(p):
    """E(w_1 - q w0_1)^2/eta tends to (q/2B)((1 + c/M)(p^2 S_1 + s2) + (p/M) S_1) as eta -> 0."""
    matrix, mean = second_map(p, p.eta), p.keep * p.teacher
    still, _ = spectrum_step.__wrapped__(jnp.zeros(p.d), mean, p.eta, p.lam, p.teacher, p.keep,
                                         p.batch, p.masks, p.s2, p.kurtosis)  # fmt: skip
    square = jnp.linalg.solve(jnp.eye(p.d) - matrix, still)
    return (square - mean**2)[0] / p.eta
