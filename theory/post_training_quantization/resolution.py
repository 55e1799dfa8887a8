"""Fine quantisers: granular noise and clipping, what their sum leaves out, and the best rate."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Claims, Domain, Twin, closed_form, exp, lambert_w, normal_cdf, relu_mean, relu_square, root,
)  # fmt: skip
from theory.post_training_quantization.params import HERE, Bits, Clip, Levels, Params, SomeLevels
from theory.post_training_quantization.quantiser import (
    SOME, Wide, best_clip, best_clip_laplace, gaussian_mse, laplace_mse,
)  # fmt: skip

claim = Claims("derived")


@closed_form(example=SOME)
def split_mse(levels: Levels, clip: Clip) -> Any:
    """D^2/12 + 2 E (x - alpha)_+^2, x ~ N(0, 1): granular noise everywhere, and what is cut off.

    2 E (x - alpha)_+^2 = 2 ((1 + alpha^2) Phi(-alpha) - alpha phi(alpha)); D = 2 alpha/N.
    """
    return clip**2 / (3 * levels**2) + 2 * relu_square(-clip)


@closed_form(example=SOME)
def corrected_mse(levels: Levels, clip: Clip) -> Any:
    """The split + 2 D E (x - alpha)_+ + D^2 Phi(-alpha)/3: to D^4 alpha phi(alpha)/180 (Euler).

    The cut begins at the last threshold, not at alpha, from where granular noise ends.
    """
    step = 2 * clip / levels
    return split_mse(levels, clip) + 2 * step * relu_mean(-clip) + step**2 * normal_cdf(-clip) / 3


@closed_form(example=SOME)
def split_mse_laplace(levels: Levels, clip: Wide) -> Any:
    """D^2/12 + 2 exp(-alpha), density exp(-|x|)/2."""
    return clip**2 / (3 * levels**2) + 2 * exp(-clip)


@closed_form
def split_clip_laplace(bits: Bits) -> Any:
    """W(3 4^b), where the split is least: alpha exp(alpha) = 3 4^b."""
    return lambert_w(3 * 4.0**bits)


@closed_form(example=SOME)
def split_clip(levels: SomeLevels) -> Array:
    """Where the normal's split is least: alpha = 6 N^2 E (x - alpha)_+."""
    return _split_clip(levels)


@jax.jit
def _split_clip(levels):
    """The root, compiled once for all that call it with numbers."""
    square = jnp.asarray(levels, float) ** 2
    low = 0.0 * square
    return root(lambda a: a / square - 6 * relu_mean(-a), low + 0.2, low + 14.0)


# --------------------------------------------------------------------------------------------

SIZES = Domain.around(HERE, bits=(1, 16), clip=(0.5, 8.0))


@claim.never_above(lambda p: gaussian_mse(p.levels, p.clip), over=SIZES, points=24, rounding=1e-14)
def high_resolution_split(p):
    """D^2/12 plus clipping is below the error of 2^b levels, at every b and range.

    Banner et al. (2018) use it as an approximation; the sign is derived here

    4 D sum_j E (x - alpha - jD)_+ is a left sum of a falling function whose integral is clipping.
    """
    return split_mse(p.levels, p.clip)


@claim.identity(
    lambda p: gaussian_mse(p.levels, p.clip),
    over=Domain.around(HERE, bits=(5, 12), clip=(1.0, 6.0)),
    within=1e-4,
    points=24,
    why="the next term of Euler and Maclaurin, D^4 alpha phi(alpha)/180, relative",
    twin=Twin("the split as it is", corrected=False),
    known=((Params(bits=5, clip=3.0), ".0034956"),),
)
def high_resolution_corrected(p, *, corrected=True):
    """From 5 bits on: the split + 2 D E (x - alpha)_+ + D^2 Phi(-alpha)/3 is the error."""
    return (corrected_mse if corrected else split_mse)(p.levels, p.clip)


def rungs(*bits):
    """Params of growing bits."""
    return tuple(Params(bits=b) for b in bits)


fine = claim.given(size=lambda p: 2.0**p.bits)


@fine.limit(
    1.0,
    along=rungs(5, 7, 9, 12),
    rate=-1.0,
    within=0.1,
    why="of order 1/b",
    last_gap=1e-3,
    twin=Twin("the factor 4 of alpha^2/(3 4^b) lost", lost=4),
    known=((Params(bits=2), ".733"), (Params(bits=4), ".909"), (Params(bits=8), ".993")),
)
def split_underestimates(p, *, lost=1):
    """The least split is (1 - 2/2^b) of the least error: 27 % too low at 2 bits, .7 % at 8."""
    clip = split_clip(p.levels)
    granular = clip**2 / (3 * p.levels**2)
    least = split_mse(p.levels, clip) - (1 - 1 / lost) * granular
    return least / gaussian_mse(p.levels, best_clip(p.levels))


@claim.limit(
    1.0,
    along=rungs(2, 4, 8, 16),
    size=lambda p: p.bits,
    rate=-1.0,
    within=0.2,
    why="log b in alpha^2",
    last_gap=0.06,
    twin=Twin("equal shares of clipping and granular noise: 2", limit=2.0),
    known=((Params(bits=8), "1.11192"), (Params(bits=12), "1.07202")),
)
def mse_asymptotics(p):
    """D_b/(alpha_b^2 4^-b/3) tends to 1 like 1/b: the best error is granular in the end.

    Hui & Neuhoff (2001): D_b ~ (4 ln 2/3) b 4^-b, a factor of order b above Shannon's 4^-b

    alpha_b^2/(4 b ln 2) tends to 1 so slowly (.76 at 12 bits, .84 at 24) that it says little.
    """
    clip = best_clip(p.levels)
    return gaussian_mse(p.levels, clip) / (clip**2 / (3 * p.levels**2))


@fine.scaling(
    -2.0,
    along=rungs(4, 6, 8, 10, 12),
    within=0.02,
    why="the drift of alpha_b^2/b",
    twin=Twin("D_b ~ 4^-b without b", power=0),
    known=((Params(bits=8), ".0000109608"),),
)
def error_falls_slower_than_four_to_the_bits(p, *, power=1):
    """From 4 to 12 bits D_b/b falls like 4^-b: a bit wins 5.4 dB of D_b, not 6.

    D_b itself falls like 2^(-1.80 b) there.
    """
    return gaussian_mse(p.levels, best_clip(p.levels)) / p.bits**power


@claim.identity(
    lambda p: split_mse_laplace(p.levels, split_clip_laplace(p.bits)),
    over=Domain.around(HERE, bits=(1, 16)),
    points=8,
    within=1e-13,
    twin=Twin("the factor 4 lost: alpha^2/(12 4^b)", lost=4),
    known=((Params(bits=4), ".0460"),),
)
def laplace_split(p, *, lost=1):
    """Laplace: the split is least at alpha = W(3 4^b), where it is (alpha^2 + 2 alpha)/(3 4^b).

    Banner, Nahshan & Soudry (2018)
    """
    clip = split_clip_laplace(p.bits)
    return (clip**2 / lost + 2 * clip) / (3 * p.levels**2)


@fine.limit(
    1.0,
    along=rungs(4, 6, 8, 10, 12),
    rate=-1.0,
    within=0.2,
    why="of order 1/b",
    last_gap=1e-3,
    twin=Twin("the cut counted twice", cut=4),
    known=((Params(bits=8), "1.006658"),),
)
def laplace_asymptotics(p, *, cut=2):
    """Laplace: D_b is (alpha^2 + 2 alpha)/(3 4^b), alpha = W(3 4^b), up to 1 + O(2^-b)."""
    clip = split_clip_laplace(p.bits)
    least = laplace_mse(p.levels, best_clip_laplace(p.levels))
    return least * 3 * p.levels**2 / (clip**2 + cut * clip)
