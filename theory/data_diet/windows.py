"""Sliding windows under label noise: least squares on examples of given noisy margins."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
from jaxtyping import Array

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, closed_form, normal_cdf, normal_pdf, normal_quantile,
)  # fmt: skip
from theory.data_diet.params import FLOATS, WINDOW, Flip, Params, Start, Total, floats, plainly

claim = Claims("derived; not in the paper")
Part = Annotated[Scalar, Ge(0.01), Le(1), FLOATS]
LEAST = 1e-30  # of a tail: beyond, nobody is
FEW = (
    "keeps no more examples than dimensions: share total is at most 1",
    lambda share, total: share * total >= 1 + 1e-6,
)


def noisy_quantile(u: Any, rho: Any) -> Array:
    """The u-quantile of y_noisy |T.x|: P(m <= x) = 2 rho Phi(x) below 0, above by 1 - rho."""
    wrong = u < rho
    below = jnp.where(wrong, u / (2 * jnp.where(wrong, rho, 1.0)), 0.5)
    above = jnp.where(wrong, 0.5, (1 - u) / (2 * (1 - rho)))
    tail = normal_quantile(jnp.maximum(jnp.where(wrong, below, above), LEAST))
    return jnp.where(wrong, tail, -tail)


def window_moments(share: Any, start: Any, rho: Any) -> tuple[Any, Any]:
    """E m and E m^2 of the noisy teacher margins m in the window."""
    low, high = noisy_quantile(start, rho), noisy_quantile(start + share, rho)
    first = second = 0.0
    for weight, a, b in (
        (2 * rho, jnp.minimum(low, 0.0), jnp.minimum(high, 0.0)),
        (2 * (1 - rho), jnp.maximum(low, 0.0), jnp.maximum(high, 0.0)),
    ):
        first = first + weight * (normal_pdf(a) - normal_pdf(b))
        mass = normal_cdf(-a) - normal_cdf(-b)
        second = second + weight * (mass + a * normal_pdf(a) - b * normal_pdf(b))
    return first / share, second / share


@closed_form(start=WINDOW, share=FEW, example={"total": 8.0, "share": 0.5, "start": 0.1})
def window_error(total: Total, share: Part, start: Start, rho: Flip) -> Array:
    """arccos(R)/pi of least squares on a window of noisy margins m = y x.T.

    R/sqrt(1 - R^2) = E m sqrt((alpha - 1)/(E m^2 Var m)), alpha = share total > 1: along T the
    weight is E m/E m^2, beside it noise of variance (1 - (E m)^2/E m^2)/(alpha - 1). The window
    drops the ``start`` share of lowest m, which flipped labels fill first.
    """
    return _window(*floats(total, share, start, rho))


@jax.jit
def _window(total, share, start, rho):
    first, second = window_moments(share, start, rho)
    spread = second * (second - first**2)
    t = first * jnp.sqrt((share * total - 1) / spread)
    return 0.5 - jnp.arctan(t) / jnp.pi


# --------------------------------------------------------------------------------------------

windows = plainly(window_error)
NOISY = Params(d=40, n=400, kept=160, first=80, rho=0.1)
MIXED = NOISY.but(first=20)
QUIET = NOISY.but(first=0, rho=0.0)
window = claim.given(mode="windows")


@window.equals(
    "window",
    at=(MIXED, NOISY, QUIET),
    within=lambda p: 1 / p.d,
    why="terms of order 1/d, the number of flipped labels among them",
    twin=Twin("no flipped labels", noisy=0),
)
def sliding_window_error(p, *, noisy=1):
    """Least squares on a window of noisy margins has test error arccos(R)/pi, R/sqrt(1 - R^2) =
    E m sqrt((alpha - 1)/(E m^2 Var m))."""
    return windows(p.total, p.share, p.start, noisy * p.rho)


window.ordering(
    "interior_window_is_best",
    "With flipped labels the hardest window fails; one that drops them beats it",
    "hardest",
    "window",
    at=NOISY,
)
window.ordering(
    "interior_window_beats_easiest",
    "With flipped labels the window past them beats the easiest examples too",
    "easiest",
    "window",
    at=NOISY,
)
window.ordering(
    "hardest_beats_easiest_without_noise",
    "Without flipped labels the hardest examples beat the easiest",
    "easiest",
    "hardest",
    at=QUIET,
)


@claim.never_above(
    lambda p: windows(p.total, 0.4, 0.0, p.rho),
    over=Domain.around(NOISY, rho=(0.02, 0.2), n=(400, 4000)),
    points=32,
)
def dropping_the_flipped_pays(p):
    """Dropping the share rho of lowest margins, which all have flipped labels, beats keeping it."""
    return windows(p.total, 0.4, p.rho, p.rho)
