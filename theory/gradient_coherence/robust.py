"""The median of mini-batches (M3) on sparse directions and on dense noise."""

from typing import Annotated, Any

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, beta_cdf, closed_form, pi, rational, sqrt,
)  # fmt: skip
from theory.gradient_coherence.params import Params, Power, Share

claim = Claims("derived; the paper has it in words")
ODD = ("is even", lambda batches: batches % 2 == 1)


@closed_form(example={"batches": 3}, batches=ODD)
def median_survival(p: Share, batches: Annotated[Scalar, Ge(1), Le(1e6), Whole]) -> Any:
    """P(Binomial(B, p) > B/2), B odd: the median of B batches keeps what a batch holds w.p. p.

    3 p^2 - 2 p^3 for three. Divided by p it is below 1 iff p < 1/2, for every B > 1.
    """
    half = (batches + 1) / 2
    return beta_cdf(p, half, half)


@closed_form
def m3_variance(variance: Power) -> Any:
    """(1 - sqrt(3)/pi) sigma^2: the median of three independent normals; their mean has a third."""
    return (1 - sqrt(3) / pi) * variance


SPARSE = Params(m=12, share=0.2)
sample = claim.given(mode="sample", at=SPARSE)


@sample.equals(
    "kept",
    at=(SPARSE, SPARSE.but(share=0.5)),
    within=0.005,
    why="exact: the width asked for",
    twin=Twin("all three", power=3),
    known=((SPARSE, ".104"), (SPARSE.but(share=0.5), ".5")),
)
def m3_sparse_suppression(p, *, power=2):
    """A coordinate in each mini-batch with chance p survives M3 with chance 3 p^2 - 2 p^3."""
    return median_survival(p.share, 3) if power == 2 else p.share**power


@claim.never_above(
    lambda p: p.share,
    over=Domain.around(SPARSE, share=(0.0, 0.5), m={3, 5, 9, 33}, batch=1, flips=0),
    evaluators=("jax",),
    points=48,
)
def median_phase(p):
    """Medians of B batches suppress a direction that is in fewer than half: the chance is <= p."""
    return median_survival(p.share, p.m)


@sample.equals(
    "median_square",
    within=0.02,
    variance=4.5 / 96,
    why="exact: the width asked for (E median^4 <= 3/2 E Z^4 = 4.5, over 96 coordinates)",
    twin=Twin("large samples: pi/2 sigma^2/3", large=True),
    known=((SPARSE, ".448671"),),
)
def m3_gaussian_noise(p, *, large=False):
    """On dense noise M3 is unbiased with variance (1 - sqrt(3)/pi) sigma^2, 35% above the mean."""
    return pi_sixth() if large else m3_variance(1.0)


def pi_sixth():
    """The asymptotic constant of a median, over three."""
    return pi * rational(1, 6) * 1.0


@claim.identity(
    1.0,
    over=Domain.around(SPARSE, share=(0.0, 1.0)),
    evaluators=("jax", "mpmath"),
    twin=Twin("as the mean", times=1),
)
def m3_adds_noise(p, *, times=None):
    """M3's variance over the mean's is 3 - 3 sqrt(3)/pi = 1.3460."""
    return m3_variance(3 if times is None else times) / (3 - 3 * sqrt(3) / pi)
