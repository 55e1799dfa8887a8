"""Input pre-processing, f(x) = x and diagonal Sigma: x - eps sign(grad D^2), and whom it helps.

One class. In t_j = (x_j - mu_j)/s_j a coordinate adds (|t_j| - e_j)^2 to the score, e_j = eps/s_j;
an outlier's t_j has mean delta.
"""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Draws, Ge, Scalar, Twin, absolute, closed_form, normal_cdf, normal_pdf, pi,
    sqrt,
)  # fmt: skip
from theory.mahalanobis_detection.params import BLOCKS, Params

__all__ = ["preprocess_helps_iff_aligned", "preprocess_helps_iff_aligned_narrow",
           "stepped_moments", "two_blocks"]  # fmt: skip

claim = Claims()
EPS = 0.7


def stepped(z):
    """D^2 after the step, by the gradient itself; means m, sds e^v."""

    def distance(x):
        return jnp.sum(((x - z.m) / jnp.exp(z.v)) ** 2)

    return jax.vmap(lambda x: distance(x - EPS * jnp.sign(jax.grad(distance)(x))))(z.f)


@claim.algebra(stepped, over=Draws(f=(5, 3), m=(3,), v=(3,)), source="equation (4)", twin=Twin(
    "all distances fall alike: |t| by its mean in distribution", own=False))  # fmt: skip
def preprocess_identity(z, *, own=True):
    """After the step D^2 = sum_j (|t_j| - eps/s_j)^2."""
    t, e = (z.f - z.m) / jnp.exp(z.v), EPS / jnp.exp(z.v)
    size = absolute(t) if own else sqrt(2 / pi)
    return jnp.sum(t**2 - 2 * e * size + e**2, axis=1)


@closed_form
def stepped_moments(delta: Scalar, e: Annotated[Scalar, Ge(0)]):
    """Mean and variance of (|t| - e)^2, t ~ N(delta, 1).

    With a = |delta|, g = a - e and r = E|t| - a = 2 phi(a) - 2 a Phi(-a), what folding adds:
    g^2 + 1 - 2 e r and 4 g^2 + 2 - 8 e r (1 + a e) - 4 e^2 r^2 + 8 e phi(a), from E|t|^k, k <= 4.
    """
    a, density = abs(delta), normal_pdf(delta)
    g, r = a - e, 2 * (density - a * normal_cdf(-a))
    folded = 8 * e * (density - r * (1 + a * e)) - 4 * (e * r) ** 2
    return g**2 + 1 - 2 * e * r, 4 * g**2 + 2 + folded


UNIT = Params(delta=1.0, spread=1.0)


@claim.never_above(
    lambda p: p.delta**2 / (2 * sqrt(1 + p.delta**2)),
    over=Domain.around(UNIT, delta=(0.1, 4.0), step=(0.05, 1.0)), points=32,
    evaluators=("jax", "mpmath"), twin="pre-processing always helps",
    known=((UNIT.but(step=0.0), ".35355"), (UNIT.but(step=0.1), ".35056"),
           (UNIT.but(step=0.3), ".34203"), (UNIT.but(step=0.6), ".31715")),
)  # fmt: skip
def preprocess_helps_iff_aligned_isotropic(p):
    """Isotropic Sigma, all coordinates shifted: the step lowers gap/sd, the sd of the difference.

    derived: AUROC = Phi(sqrt(d) gap/sd) for large d; with the sd in distribution it would rise
    """
    inside, outside = stepped_moments(0 * p.delta, p.step), stepped_moments(p.delta, p.step)
    return (outside[0] - inside[0]) / sqrt(inside[1] + outside[1])


block_auroc = claim.given(mode="blocks", at=BLOCKS, within=0.012,
                          why="normal approximation of 200 squares, .002 off")  # fmt: skip


def two_blocks(p, wide, narrow):
    """AUROC from d coordinates of sd ``spread`` and d of sd 1, shifted by these, for large d."""
    steps = p.step / p.spread, p.step
    inside = [stepped_moments(0 * p.delta, e) for e in steps]
    outside = [stepped_moments(*block) for block in zip((wide, narrow), steps, strict=True)]
    gap = sum(m[0] for m in outside) - sum(m[0] for m in inside)
    return normal_cdf(sqrt(p.d) * gap / sqrt(sum(m[1] for m in (*inside, *outside))))


@block_auroc.equals("wide_after", twin=Twin("no effect", effect=0.0), known=(
    (BLOCKS.but(step=0.0), ".70689"), (BLOCKS, ".75687"), (BLOCKS.but(step=2.0), ".70587"),
))  # fmt: skip
def preprocess_helps_iff_aligned(p, *, effect=1.0):
    """Outliers shifted where sd = 10, not where sd = 1: AUROC .70689 -> .75687 at eps = 1."""
    return two_blocks(p.but(step=effect * p.step), p.delta, 0 * p.delta)


@block_auroc.equals("narrow_after", twin=Twin("pre-processing always helps", wide=1.0),
                    known=((BLOCKS, ".56729"),))  # fmt: skip
def preprocess_helps_iff_aligned_narrow(p, *, wide=0.0):
    """Outliers shifted where sd = 1, not where sd = 10: AUROC .70689 -> .56729 at eps = 1."""
    return two_blocks(p, wide * p.delta, (1 - wide) * p.delta)
