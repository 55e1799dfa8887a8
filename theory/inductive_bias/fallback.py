"""The published fallback, for probabilities that float64 calls 0, and what is right there."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Scalar, Twin, closed_form, log_chi2_cdf
from theory.inductive_bias.fits import flat
from theory.inductive_bias.linear import bahadur_rao, rate
from theory.inductive_bias.params import Degrees, Params, Positive, Shift

claim = Claims("derived")
CODE = "the authors' public code, read; derived"
Scaled = Annotated[Scalar, Ge(1e-30), Le(1e30)]
LOST = 744.4  # nats: a probability that float64 calls 0


def _sankaran(df, nc):
    """h and the constants of z = (x^h - centre)/width, x = eps/(s (df + nc))."""
    mean, double = df + nc, df + 2 * nc
    h = 1 - 2 / 3 * (mean / double) * ((df + 3 * nc) / double)
    p = double / mean / mean
    m = (h - 1) * (1 - 3 * h)
    centre = 1 + h * p * (h - 1 - (2 - h) * m * p / 2)
    return h, centre, h * jnp.sqrt(2 * p) * (1 + m * p / 2)


@closed_form
def published_fallback(eps: Positive, df: Degrees, nc: Shift, scale: Scaled):
    """z^2/2, z Sankaran's normal value of eps/scale: what the code returns when the cdf is 0.

    Bounded as eps -> 0, by :func:`fallback_limit`, and without the log(|z| sqrt(2 pi)) of a tail.
    """
    h, centre, width = _sankaran(df, nc)
    return (((eps / scale / (df + nc)) ** h - centre) / width) ** 2 / 2


@closed_form
def fallback_limit(df: Degrees, nc: Shift):
    """The fallback at eps = 0: (centre/width)^2/2."""
    _, centre, width = _sankaran(df, nc)
    return (centre / width) ** 2 / 2


@closed_form
def published_bias(eps: Positive, df: Degrees, nc: Shift, scale: Scaled):
    """The published pipeline given its fit: I up to 744.4 nats, beyond it the fallback."""
    exact = -log_chi2_cdf(eps / scale, df, nc)
    return jnp.where(exact <= LOST, exact, published_fallback(eps, df, nc, scale))


def fit_of(p):
    """(df, nc, scale) of the flat case."""
    return 1.0 * p.r, p.r * p.shift**2, 1.0


pipeline = jax.jit(published_bias)


SEEN = Params(r=100, decay=0.0, shift=0.5**0.5, eps=1e-5)  # df = 100, nc = 50
LOST_TAILS = Domain.around(SEEN, r=(100, 400), shift=(0.3, 0.7), eps=(1e-12, 1e-6))

claim.identity(
    flat,
    name="published_fallback_is_wrong",
    says="where the cdf is 0 in float64, the code's z^2/2 is I to 10 %",
    formula=lambda p: published_fallback(p.eps, *fit_of(p)),
    over=LOST_TAILS,
    points=8,
    within=0.1,
    source=CODE,
    known=((SEEN, "198.217"), (SEEN.but(r=400, shift=0.5, eps=1.0), "662.17")),
    repaired_by="deep_tail_form",
)


@claim.identity(
    flat,
    over=LOST_TAILS,
    points=8,
    within=2e-5,
    why="the next order, O(1/r) in P",
    twin=Twin("k R alone, without the logarithm", formula=lambda k, a, nu: k * rate(a, nu)),
)
def deep_tail_form(p, *, formula=bahadur_rao):
    """There I = k R + log((1 - w) sqrt(pi k (1 + 2 nu w))) to five digits, at any depth."""
    return formula(p.r, p.eps / p.r, p.shift**2)


@claim.limit(
    lambda p: fallback_limit(*fit_of(p)[:2]),
    along=[SEEN.but(eps=10.0**-k) for k in (4, 6, 8, 10, 12)],
    size=lambda p: 1 / p.eps,
    rate=-0.375,
    within=2e-3,
    why="the gap is a square root's: its own square is next",
    last_gap=2e-3,
    source=CODE,
    twin=Twin("the square not halved", limit=lambda p: 2 * fallback_limit(*fit_of(p)[:2])),
)
def fallback_is_bounded(p):
    """z^2/2 tends to a limit as eps -> 0, with eps^h, h > 0; I grows like (df/2) log(1/eps)."""
    return published_fallback(p.eps, *fit_of(p))


claim.never_below(
    lambda p: pipeline(10 * p.eps, *fit_of(p)),
    name="published_pipeline_is_monotone",
    says="a smaller target error never needs less inductive bias, as published",
    formula=lambda p: pipeline(p.eps, *fit_of(p)),
    over=Domain.around(SEEN, eps=(1e-6, 1e-3)),
    points=12,
    source=CODE,
    repaired_by="monotone",
    twin=None,
)
