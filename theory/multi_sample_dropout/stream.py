"""SGD on a stream: first and second moments of the weights at every step, and where they end."""

from itertools import product
from typing import Any

import jax.numpy as jnp
import numpy as np

from theory import Claims, Draws, Scalar, Twin, closed_form, masks, normal_cdf
from theory.multi_sample_dropout.example import spread
from theory.multi_sample_dropout.params import (
    Batch, Coupling, Dimension, Keep, Kurtosis, Masks, Signed, Square, Step, Steps,
)  # fmt: skip
from theory.multi_sample_dropout.speed import largest_step, mask_shares, noise_scale

claim = Claims("derived")
BITS = 20  # of a number of steps
SOME = {
    "eta": 0.05, "d": 10.0, "keep": 0.6, "batch": 3.0, "masks": 3.0, "n0": 1.69, "s2": 0.25,
    "steps": 15, "square": 1.0, "along": 0.9,
}  # fmt: skip
INSIDE = ("is not inside |w||w0|", lambda along, square, n0: along * along <= square * n0)


def _stable(eta, d, keep, batch, masks, kurtosis=3.0, coupling=0.0):
    noise = noise_scale.__wrapped__(d, keep, masks, kurtosis, coupling)
    return eta < largest_step.__wrapped__(keep, batch, noise)


STABLE = ("is mean-square unstable: not below 2 q B/(B + N)", _stable)


@closed_form(example=SOME, along=INSIDE)
def noise_parts(
    square: Square, along: Signed, n0: Square, d: Dimension, keep: Keep, s2: Square,
    kurtosis: Kurtosis = 3.0,
) -> Any:  # fmt: skip
    """(|E g|^2, tr V_data, tr V_mask) at weights of E|w|^2 = square, E w.w0 = along.

    |E g|^2 = |w/q - w0|^2 =: D, V_data = (d - 1)|w - w0|^2 + (k - 1) D + d s2 and V_mask =
    c (D + V_data) + (c/q)(d - 1)|w|^2.
    """
    drift = square / keep**2 - 2 * along / keep + n0
    data = (d - 1) * (n0 - 2 * along + square) + (kurtosis - 1) * drift + d * s2
    c = spread(keep)
    return drift, data, c * (drift + data) + c / keep * (d - 1) * square


@closed_form(example=SOME, along=INSIDE)
def stream_step(
    square: Square, along: Signed, eta: Step, d: Dimension, keep: Keep, batch: Batch,
    masks: Masks, n0: Square, s2: Square, kurtosis: Kurtosis = 3.0, coupling: Coupling = 0.0,
) -> Any:  # fmt: skip
    """(E|w|^2, E w.w0) after one more step, whatever the step size.

    a' = a - 2 eta (a/q - b) + eta^2 (D + V/B), b' = b - eta (b/q - n0).
    """
    drift, data, _ = noise_parts.__wrapped__(square, along, n0, d, keep, s2, kurtosis)
    own, others = mask_shares(keep, masks, coupling)
    noise = (data + own * (drift + data) + others * (d - 1) * square) / batch
    return (
        square - 2 * eta * (square / keep - along) + eta**2 * (drift + noise),
        along - eta * (along / keep - n0),
    )


def _end(d, keep, batch, masks, n0, s2, coupling):
    """(V at w = q w0, its slope in (w - q w0).w0), over B."""
    own, others = mask_shares(keep, masks, coupling)
    p = 1 - keep
    data = (d - 1) * p**2 * n0 + d * s2
    there = data * (1 + own) + others * (d - 1) * keep**2 * n0
    return there / batch, 2 * (d - 1) * (keep * others - p * (1 + own)) / batch


def geometric(first, second, t):
    """x^t, y^t, (x^t - y^t)/(x - y) for whole t < 2^20, by squaring: no division."""
    x, y, gap = first, second, jnp.ones_like(first)
    px, py, pgap = jnp.ones_like(first), jnp.ones_like(first), jnp.zeros_like(first)
    for k in range(BITS):
        use = jnp.mod(jnp.floor(t / 2**k), 2) == 1
        px, py, pgap = (
            jnp.where(use, px * x, px),
            jnp.where(use, py * y, py),
            jnp.where(use, x * pgap + py * gap, pgap),
        )
        x, y, gap = x * x, y * y, gap * (x + y)
    return px, py, pgap


@closed_form(example=SOME, eta=STABLE)
def stream_distance(
    steps: Steps, eta: Step, d: Dimension, keep: Keep, batch: Batch, masks: Masks, n0: Square,
    s2: Square, kurtosis: Kurtosis = 3.0, coupling: Coupling = 0.0, square: Square = 0.0,
    along: Signed = 0.0,
) -> Any:  # fmt: skip
    """E|w_t - w0|^2, from weights with |w|^2 = square, w.w0 = along (0 unless said).

    With f = 1 - eta/q, g = 1 - 2 eta/q + eta^2 K, v = w - q w0: E|v_t|^2 = g^t |v|^2 +
    (1 - g^t) v_inf + eta^2 L (f^t - g^t)/(f - g) v.w0, L = -2 p (d - 1)(1 - 1/M)/B without
    coupling; and |w - w0|^2 = |v|^2 - 2 p v.w0 + p^2 n0, E v.w0 falling like f^t.
    """
    eta, d, keep, batch, masks, n0, s2, kurtosis, coupling, square, along, t = jnp.broadcast_arrays(
        *(jnp.asarray(v, float) for v in (eta, d, keep, batch, masks, n0, s2, kurtosis, coupling,
                                          square, along, steps))
    )  # fmt: skip
    noise = noise_scale.__wrapped__(d, keep, masks, kurtosis, coupling)
    bend = (1 + noise / batch) / keep**2
    there, slope = _end(d, keep, batch, masks, n0, s2, coupling)
    off, size = along - keep * n0, square - 2 * keep * along + keep**2 * n0
    mean, power, mixed = geometric(1 - eta / keep, 1 - 2 * eta / keep + eta**2 * bend, t)
    end = eta * there / (2 / keep - eta * bend)
    spreads = power * size + (1 - power) * end + eta**2 * slope * off * mixed
    p = 1 - keep
    return spreads - 2 * p * mean * off + p**2 * n0


@closed_form(
    example=SOME, eta=("is not below 2 q: the mean diverges", lambda eta, keep: eta < 2 * keep)
)
def mean_along(steps: Steps, eta: Step, keep: Keep, n0: Square) -> Scalar:
    """E w_t.w0 = q n0 (1 - (1 - eta/q)^t) from w = 0, for every M and B."""
    eta, keep, n0, t = jnp.broadcast_arrays(
        *(jnp.asarray(v, float) for v in (eta, keep, n0, steps))
    )
    mean, _, _ = geometric(1 - eta / keep, jnp.zeros_like(eta), t)
    return keep * n0 * (1 - mean)


@closed_form(example=SOME)
def floor_slope(
    d: Dimension, keep: Keep, batch: Batch, masks: Masks, n0: Square, s2: Square,
    coupling: Coupling = 0.0,
) -> Any:  # fmt: skip
    """(q/2) V/B at w = q w0: the slope in eta of the floor at 0.

    V_data = (d - 1) p^2 n0 + d s2, V_mask = c V_data + p (d - 1) n0.
    """
    return keep * _end(d, keep, batch, masks, n0, s2, coupling)[0] / 2


@closed_form(example=SOME, eta=STABLE)
def stationary_distance(
    eta: Step, d: Dimension, keep: Keep, batch: Batch, masks: Masks, n0: Square, s2: Square,
    kurtosis: Kurtosis = 3.0, coupling: Coupling = 0.0,
) -> Any:  # fmt: skip
    """E|w - w0|^2 in the end: p^2 n0 + eta floor_slope/(1 - eta/eta_max)."""
    noise = noise_scale.__wrapped__(d, keep, masks, kurtosis, coupling)
    most = largest_step.__wrapped__(keep, batch, noise)
    slope = floor_slope.__wrapped__(d, keep, batch, masks, n0, s2, coupling)
    return (1 - keep) ** 2 * n0 + eta * slope / (1 - eta / most)


# --------------------------------------------------------------------------------------------
# One step, by enumeration: two features, two examples, two masks each

STEP = Draws(w=(2,), w0=(2,), s=(), k=(), rho=(), eta=())


def enumerated_step(z):
    """(E|w'|^2, E w'.w0) over 0, +-sqrt(k) features, +-1 noise and coupled pairs of masks."""
    q, k, rho = drawn(z)
    one = jnp.asarray([(0.0, 1 - 1 / k), (jnp.sqrt(k), 1 / (2 * k)), (-jnp.sqrt(k), 1 / (2 * k))])
    at = np.array(list(product(range(3), range(3), (-1, 1), range(4), range(4))))
    x, eps = one[at[:, :2], 0], 0.5 * at[:, 2]
    weight = jnp.prod(one[at[:, :2], 1], 1) / 2
    bits = masks(2)[at[:, 3:]]  # (rows, unit, copy)
    alike = bits[..., 0] == bits[..., 1]
    both = jnp.where(bits[..., 0] == 1, q, 1 - q)
    pair = jnp.where(alike, both**2 + rho * q * (1 - q), q * (1 - q) * (1 - rho))
    weight = weight * jnp.prod(pair, 1)
    seen = bits * x[..., None] / q
    error = (x @ z.w0 + eps)[:, None] - jnp.einsum("rjm,j->rm", seen, z.w)
    g = -jnp.mean(error[:, None] * seen, -1)
    new = z.w - jnp.exp(z.eta) * (g[:, None] + g) / 2
    law = weight[:, None] * weight
    return jnp.stack([jnp.sum(law * jnp.sum(new**2, -1)), jnp.sum(law * (new @ z.w0))])


def drawn(z):
    """q in (.2, .9), kurtosis in (1, 5), a coupling that pairs of masks allow."""
    q = 0.2 + 0.7 * normal_cdf(z.s)
    least = -jnp.minimum(spread(q), 1 / spread(q))
    return q, 1 + 4 * normal_cdf(z.k), least + (1 - least) * normal_cdf(z.rho)


@claim.algebra(
    enumerated_step,
    over=STEP,
    scale=lambda z: 1 + jnp.exp(2 * z.eta) * 1e3,
    twin=Twin("the masks' other units left out: V_mask = c (D + V_data)", units=1),
)
def stream_step_exact(z, *, units=2):
    """One step of E|w|^2 and E w.w0, coupled masks and any kurtosis of the features.

    derived: condition on x; b_j^2 = b_j/q; moments of x up to the fourth

    Normals and features 0, +-sqrt(3) agree in these moments.
    """
    q, k, rho = drawn(z)
    square, along, n0 = z.w @ z.w, z.w @ z.w0, z.w0 @ z.w0
    eta = jnp.exp(z.eta)
    a, b = stream_step.__wrapped__(square, along, eta, 2, q, 2, 2, n0, 0.25, k, rho)
    lost = eta**2 * mask_shares(q, 2, rho)[1] * (2 - units) * square / 2
    return jnp.stack([a - lost, b])
