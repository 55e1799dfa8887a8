"""Why coherence rises in deep networks at random labels: layers that have aligned share it.

From a small start the gradients of f = a.Wx first align a and W with v = mean of y x, before f is
felt. Then per-example gradients are y a x' and y W x: the sums are as long in both layers, and for
labels at random, |v|^2 = d/m, E(x.v)^2/|v|^2 = 1 + d/m in the limit.
"""

from typing import Annotated, Any

from theory import Claims, Ge, Le, Scalar, Twin, Whole, closed_form
from theory.gradient_coherence.linear import Dimension
from theory.gradient_coherence.params import Count, Params

claim = Claims("derived")


@closed_form
def aligned_coherence(
    m: Count, d: Dimension, layers: Annotated[Scalar, Ge(1), Le(1e6), Whole]
) -> Any:
    """L/(1 + (L - 1)(1/m + 1/d)): m-coherence of L aligned linear layers at random labels.

    Each balanced layer adds the same |sum g|^2 = m d to one layer's; the first has m d of sum
    |g|^2, any other m + d. One layer: 1. Terms of order 1/m are left out.
    """
    return layers / (1 + (layers - 1) * (1 / m + 1 / d))


DEEP = Params(m=16, d=48, steps=40, rate=0.2, hidden=4, batch=1, flips=0)
deep = claim.given(mode="deep", support=(0.0, lambda p: 1.0 * p.m), at=DEEP)


@deep.equals(
    "peak",
    within=0.1,
    why="terms of order 1/m and of the start: .00 here, +.02 at m = d = 12, +.04 at 24, -.01 at 48",
    twin=Twin("1, as of a linear model", layers=1),
    known=((DEEP, "1.846154"),),
)
def depth_raises_coherence(p, *, layers=2):
    """Two linear layers from a small start, random labels: m-coherence rises to 2/(1 + 1/m + 1/d).

    derived; seen by the paper in deep networks
    """
    return aligned_coherence(p.m, p.d, layers)


@deep.equals(
    "start", within=0.1, why="exact: the width asked for", twin=Twin("as after it", other=True)
)
def depth_starts_at_one(p, *, other=False):
    """At the small start itself E[m-coherence] = 1 for random labels, whatever the depth."""
    return aligned_coherence(p.m, p.d, 2) if other else 1.0
