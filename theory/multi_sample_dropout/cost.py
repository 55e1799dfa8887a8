"""What masks cost: the best number of them in time, alone and together with batch and step."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, exp, expm1, lambert_w, log1p, sqrt,
)  # fmt: skip
from theory.multi_sample_dropout.params import Masks, NoiseScale, Params, Share
from theory.multi_sample_dropout.speed import noise_scale

claim = Claims("derived")
Noise = Annotated[Scalar, Ge(1e-9), Le(1e12)]
Overhead = Annotated[Scalar, Ge(1e-6), Le(1e9)]
Price = Annotated[Scalar, Ge(1e-6), Le(1e9)]
Some = Annotated[Scalar, Ge(1e-6), Le(1e9)]
COST = {"share": 0.05, "data": 2.0, "mask": 3.0, "masks": 4.0, "overhead": 10.0, "price": 1.2,
        "noise": 30.0, "batch": 8.0}  # fmt: skip

ENOUGH = (
    "is below 1e-9 s N: the best batch tends to 0",
    lambda overhead, price, noise: overhead >= 1e-9 * price * noise,
)


@closed_form(example=COST)
def relative_cost(masks: Masks, share: Share, data: Noise, mask: Noise) -> Scalar:
    """(1 + (M - 1) phi)(V_data + V_mask/M): time to an accuracy, iterations like the noise."""
    return (1 - share + masks * share) * (data + mask / masks)


@closed_form(example=COST)
def best_masks(share: Share, data: Noise, mask: Noise) -> Scalar:
    """sqrt((1 - phi) V_mask/(phi V_data)), the best M if M were a real number; phi = share."""
    return sqrt((1 - share) * mask / (share * data))


@closed_form(example=COST)
def best_whole_masks(share: Share, data: Noise, mask: Noise) -> Any:
    """The least whole M >= 1 with M (M + 1) >= (1 - phi) V_mask/(phi V_data): the best one."""
    square = (1 - share) * mask / (share * data)
    # sqrt(x + 1/4) - 1/2 without cancellation
    return jnp.maximum(jnp.ceil(square / (jnp.sqrt(square + 0.25) + 0.5)), 1.0)


@closed_form(example=COST)
def least_cost(share: Share, data: Noise, mask: Noise) -> Scalar:
    """(sqrt((1 - phi) V_data) + sqrt(phi V_mask))^2: the cost at :func:`best_masks`."""
    return (sqrt((1 - share) * data) + sqrt(share * mask)) ** 2


@closed_form(example=COST)
def time_to_forget(batch: Some, overhead: Overhead, price: Price, noise: NoiseScale) -> Scalar:
    """(k + s B)/log(1 + B/N): time of a factor e at the best step, an iteration taking k + s B.

    s = 1 - phi + phi M, an example's price with M masks, and k is paid once an iteration.
    """
    return (overhead + price * batch) / log1p(batch / noise)


def _height(overhead, price, noise):
    """u = 1 + W((k/(s N) - 1)/e), B/N = exp(u) - 1; the root of exp(u)(u - 1) = k/(s N) - 1."""
    return 1 + lambert_w((overhead / (price * noise) - 1) * exp(-1 * noise**0))


@closed_form(example=COST, overhead=ENOUGH)
def best_batch(overhead: Overhead, price: Price, noise: NoiseScale) -> Any:
    """N (exp(1 + W((k/(s N) - 1)/e)) - 1), W Lambert's: where time_to_forget is least."""
    return noise * expm1(_height(overhead, price, noise))


@closed_form(example=COST, overhead=ENOUGH)
def least_time(overhead: Overhead, price: Price, noise: NoiseScale) -> Any:
    """s N exp(1 + W((k/(s N) - 1)/e)): the time at the best batch, rising in s N alone."""
    return price * noise * exp(_height(overhead, price, noise))


# --------------------------------------------------------------------------------------------
# Noise to average away

HERE = Params(d=100, keep=0.5)
ANY = Domain.around(
    HERE, keep=(0.1, 0.9), share=(0.01, 0.9), s2=(0.1, 10.0), overhead=(0.1, 10.0), masks=(1, 200)
)


def noises(p):
    """Some V_data, V_mask: any two numbers."""
    return p.s2, p.overhead


@claim.never_below(
    lambda p: least_cost(p.share, *noises(p)),
    over=ANY,
    evaluators=("jax",),
    twin=Twin("without the factors 1 - phi",
              smaller=lambda p: (sqrt(p.s2) + sqrt(p.share * p.overhead)) ** 2),
)  # fmt: skip
def compute_optimal_masks(p):
    """(1 + (M - 1) phi)(V_data + V_mask/M) is at least (sqrt((1-phi) V_data) + sqrt(phi V_mask))^2.

    derived: arithmetic and geometric mean
    """
    return relative_cost(p.masks, p.share, *noises(p))


@claim.identity(
    lambda p: least_cost(p.share, *noises(p)),
    over=ANY,
    twin=Twin("M = sqrt(V_mask/(phi V_data))", kept=False),
    known=((HERE, "2.82840"),),
)
def best_masks_attain(p, *, kept=True):
    """The bound is attained at M = sqrt((1 - phi) V_mask/(phi V_data))."""
    m = best_masks(p.share, *noises(p))
    return relative_cost.__wrapped__(m if kept else m / sqrt(1 - p.share), p.share, *noises(p))


def gain_of_whole(p):
    """Cost of M = 1 over that of the best whole M."""
    m = best_whole_masks(p.share, *noises(p))
    cost = relative_cost.__wrapped__
    return cost(1.0, p.share, *noises(p)) / cost(m, p.share, *noises(p))


@claim.never_above(
    lambda p: jnp.min(relative_cost(jnp.arange(1.0, 128.0), p.share, *noises(p))),
    over=ANY,
    evaluators=("jax",),
    twin=Twin("the real M rounded down", down=True),
)
def best_whole_number(p, *, down=False):
    """No whole M costs less than the least one with M (M + 1) >= (1 - phi) V_mask/(phi V_data)."""
    m = best_whole_masks(p.share, *noises(p))
    if down:
        m = jnp.maximum(jnp.floor(best_masks(p.share, *noises(p))), 1.0)
    return relative_cost.__wrapped__(m, p.share, *noises(p))


def excess(p, least):
    """(1 - phi) V_mask/(phi V_data) - least."""
    return (1 - p.share) * p.overhead / (p.share * p.s2) - least


@claim.nonnegative(
    over=ANY, evaluators=("jax",), points=256, twin=None, repaired_by="helps_from_twice"
)
def helps_from_once(p):
    """M = 2 or more whole masks help as soon as (1 - phi) V_mask > phi V_data."""
    return jnp.where(excess(p, 1.0) > 0, gain_of_whole(p) - 1 - 1e-9, 0.0)


@claim.nonnegative(over=ANY, evaluators=("jax",), twin=Twin("from three times", least=3.0))
def helps_from_twice(p, *, least=2.0):
    """MSD costs less than one mask exactly from (1 - phi) V_mask > 2 phi V_data on."""
    helps = gain_of_whole(p) > 1 + 1e-9
    return jnp.where(helps == (excess(p, least) > 1e-6), 0.0, -1.0)


# --------------------------------------------------------------------------------------------
# Batch, step and masks together

JOINT = Domain.around(
    HERE, keep=(0.2, 0.9), share=(0.01, 0.9), overhead=(0.1, 1000.0), batch=(1, 8), masks=(1, 60)
)


def split(p):
    """(D, E) of N = D + E/M."""
    most = noise_scale(p.d, p.keep, jnp.inf)
    return most, noise_scale(p.d, p.keep, 1) - most


def joint(p, root=True):
    """The least time, at the best real M, B and step."""
    m = best_masks(p.share, *split(p))
    m = m if root else m**2
    first, second = split(p)
    return least_time(p.overhead, 1 - p.share + p.share * m, first + second / m)


@claim.never_above(
    lambda p: time_to_forget(p.batch, p.overhead, 1 - p.share + p.share * p.masks,
                             noise_scale(p.d, p.keep, p.masks)),
    over=JOINT,
    points=64,
    evaluators=("jax",),
    twin=Twin("M without the root", root=False),
)  # fmt: skip
def joint_optimum(p, *, root=True):
    """No (B, M) beats M = sqrt((1 - phi) E/(phi D)), N(M) = D + E/M, with the best batch and step.

    derived; not in the paper

    The time of a factor e is (k + s B)/log(1 + B/N); least over B it rises in s N alone, so the
    best M is that of no overhead and small batches, whatever k.
    """
    return joint(p, root)


@claim.identity(
    lambda p: least_time(p.overhead, 1 - p.share + p.share * p.masks,
                         noise_scale(p.d, p.keep, p.masks)),
    over=JOINT,
    within=1e-11,
    points=32,
    twin=Twin("B = N", best=False),
)  # fmt: skip
def best_batch_attains(p, *, best=True):
    """At B = N (exp(1 + W((k/(s N) - 1)/e)) - 1) the time is s N exp(1 + W)."""
    price, noise = 1 - p.share + p.share * p.masks, noise_scale(p.d, p.keep, p.masks)
    batch = best_batch(p.overhead, price, noise) if best else noise
    return time_to_forget(batch, p.overhead, price, noise)
