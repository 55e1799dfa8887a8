"""Selection by small losses, and how many training points come out right."""

from typing import Annotated, Any

import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Lt, Scalar, Twin, closed_form, normal_cdf, root, sqrt
from theory.nested_dropout.labels import HERE
from theory.nested_dropout.params import Flip, Params, SomeFlips

claim = Claims("derived")
noisy = claim.given(mode="noise")


@closed_form
def kept_noise(
    eta: Flip, reach: Annotated[Scalar, Ge(0), Le(6)], ratio: Annotated[Scalar, Ge(1e-100), Lt(1)]
) -> Any:
    """eta Q(x + a)/R, (1 - eta) Q(x - a) + eta Q(x + a) = R: the noise rate of the kept set.

    Margins N(mu, tau^2) of clean and N(-mu, tau^2) of flipped labels, a = mu/tau = ``reach``, the
    share R of the largest is kept. Q is the normal upper tail. By a root (JAX).
    """
    eta, a, ratio = jnp.broadcast_arrays(*(jnp.asarray(v, float) for v in (eta, reach, ratio)))

    def beyond(x):
        return (1 - eta) * normal_cdf(a - x) + eta * normal_cdf(-a - x) - ratio

    x = root(beyond, -a - 40, a + 40)
    return eta * normal_cdf(-a - x) / ratio


@closed_form
def prefix_right(
    touch: Annotated[Scalar, Ge(1e-9), Le(1 - 1e-9)], mean: Annotated[Scalar, Ge(-1e3), Le(1e3)],
    eta: SomeFlips,
) -> Any:  # fmt: skip
    """(1 - eta) Phi((a + h)/s) + eta Phi((a - h)/s): P(f_i has the sign of y_i), generic features.

    h = (P_k)_ii, ``mean`` = y_i (P_k y)_i, a = (1 - 2 eta)(mean - h), s^2 = 4 eta (1 - eta) h
    (1 - h): the sample's own label apart, all others as a normal.
    """
    a = (1 - 2 * eta) * (mean - touch)
    spread = sqrt(4 * eta * (1 - eta) * touch * (1 - touch))
    return (1 - eta) * normal_cdf((a + touch) / spread) + eta * normal_cdf((a - touch) / spread)


# --------------------------------------------------------------------------------------------
# Selection

SELECTED = Params(n=512, d=1, units=1, kept=1, eta=0.3)


@claim.equals(
    "noise",
    mode="selection",
    at=(SELECTED, SELECTED.but(margin=0.5, ratio=0.4)),
    within=0.01,
    why="terms of order 1/n, and the width asked for",
    twin=Twin("eta (1 - R)/R", share=False),
    known=((SELECTED, ".10071"),),
)
def selected_noise_rate(p, *, share=True):
    """Keeping the share R of largest margins leaves the noise rate eta Q(x + a)/R, below eta.

    derived: a = mu/tau, (1 - eta) Q(x - a) + eta Q(x + a) = R
    """
    return kept_noise(p.eta, p.margin, p.ratio) if share else p.eta * (1 - p.ratio) / p.ratio


@claim.never_above(
    lambda p: p.eta,
    over=Domain.around(SELECTED, eta=(0.0, 0.49), margin=(0.0, 5.0), ratio=(0.02, 0.98)),
    points=64,
    rounding=1e-14,
)
def selection_lowers_the_noise(p):
    """The kept set's noise rate is never above eta."""
    return kept_noise(p.eta, p.margin, p.ratio)


noisy.ordering(
    "a_peer_selects_better",
    "the set kept by a peer's losses has less noise than that kept by one's own",
    "kept_own",
    "kept_peer",
    at=HERE.but(kept=32),
)


# --------------------------------------------------------------------------------------------
# How many training points are right

GENERIC = Params(n=256, d=256, kept=128, eta=0.1, decay=1.0)


@noisy.equals(
    "right",
    at=(GENERIC, GENERIC.but(kept=64, eta=0.3)),
    within=0.004,
    why="1/n: lattice and skewness of the other labels' part",
    twin=Twin("one normal for all labels", apart=False),
)
def prefix_accuracy(p, *, apart=True):
    """P(sign f_i = y_i) is (1 - eta) Phi((a + h)/s) + eta Phi((a - h)/s) for generic features."""
    kept = p.features * p.used
    touch, mean = jnp.sum(kept**2, 1), p.labels * (kept @ (kept.T @ p.labels))
    if apart:
        return jnp.mean(prefix_right(touch, mean, p.eta))
    spread = sqrt(4 * p.eta * (1 - p.eta) * touch)
    return jnp.mean(normal_cdf((1 - 2 * p.eta) * mean / spread))
