"""Noisy labels: singletons are still fitted, and second copies are of no use to two labels."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, beta_cdf, closed_form, log_binomial, where,
)  # fmt: skip
from theory.long_tail_memorization.counts import listed, mass_seen, singles
from theory.long_tail_memorization.params import FEW_LABELS, LABELS, Labels, Params, Share

claim = Claims()


@closed_form
def singleton_margin(kappa: Share, k: Labels):
    """(kappa (1 - 1/k), kappa): what a guess and a sure wrong guess lose on a singleton.

    Labels kept with chance kappa, else redrawn among k: the posterior margin of the label is kappa.
    """
    return kappa * (1 - 1 / k), kappa + 0 * k


@jax.jit
def symmetric_beta(r, j):
    """I_r(j, j), compiled once."""
    return beta_cdf.__wrapped__(r, j, j)


@closed_form
def binary_error(
    seen: Annotated[Scalar, Ge(0), Le(10**6), Whole], flips: Annotated[Scalar, Ge(0), Le(0.5)]
):
    """e_l = P(Bin(l, 1 - r) < l/2) + P(= l/2)/2 = I_r(j, j), j = ceil(l/2); e_0 = 1/2.

    The Bayes error of a binary label seen l times, each flipped with chance r.
    """
    j = jnp.ceil(jnp.asarray(seen, float) / 2)
    some = symmetric_beta(jnp.where(flips > 0, flips, 0.25), jnp.maximum(j, 1.0))
    never = jnp.where(j == 1, flips, 0.0)  # flips = 0; the slope is 1 for one label or two
    return where(j > 0, jnp.where(flips > 0, some, never), 0.5)


NOISY = (LABELS.but(kappa=0.6), FEW_LABELS.but(kappa=0.3))
noisy = claim.given(mode="labels", at=NOISY, within=0.006, support=(-1.0, 1.0))


@noisy.equals(
    lambda run, p: run["guess"] - run["bayes"],
    twin=Twin("2 kappa - 1 for the margin, as of flips", flips=1),
)
def noisy_singletons_still_fitted(p, *, flips=0):
    """A guess on singletons costs kappa (1 - 1/k) E M_1: fitting pays for every kappa > 0.

    Theorem 2.4, tau_1 E sum conf P(h != y_i); equality derived
    """
    margin = 2 * p.kappa - 1 if flips else p.kappa
    return margin * (1 - 1 / p.k) * singles(p.n, listed(p))


@noisy.equals(lambda run, p: run["wrong"] - run["bayes"], twin=Twin("as much as a guess", chance=1))
def noisy_singletons_denied(p, *, chance=0):
    """A label other than the one seen, on singletons, costs kappa E M_1."""
    return p.kappa * (1 - chance / p.k) * singles(p.n, listed(p))


claim.ordering(
    "fitting_noise_pays",
    "a guess on singletons errs more than fitting them, though the labels are noisy",
    "guess",
    "bayes",
    mode="labels",
    at=NOISY,
    source="Theorem 2.4",
)


def by_enumeration(p):
    """P(Bin(l, 1 - r) < l/2) + P(= l/2)/2, r = (1 - kappa)/2, term by term."""
    counts = jnp.minimum(jnp.arange(40.0), p.seen)
    wrong = jnp.where(2 * counts < p.seen, 1.0, jnp.where(2 * counts == p.seen, 0.5, 0.0))
    kept, flipped = jnp.log((1 + p.kappa) / 2), jnp.log((1 - p.kappa) / 2)
    log_chance = log_binomial(p.seen, counts) + counts * kept + (p.seen - counts) * flipped
    return jnp.sum(wrong * jnp.exp(log_chance))


AT = Params(k=2, kappa=0.6)


@claim.identity(
    by_enumeration,
    over=Domain.around(AT, seen=(1, 30), kappa=(0.0, 0.9)),
    points=12,
    within=1e-11,
    why="rounding of a sum",
    twin=Twin("l + 1 for ceil(l/2): each copy counts", pairs=0),
    known=((AT, ".2"), (AT.but(seen=2), ".2"), (AT.but(seen=3), ".104"), (AT.but(seen=4), ".104"),
           (AT.but(seen=5), ".05792"), (AT.but(seen=0), ".5")),
)  # fmt: skip
def two_copies_are_useless_binary(p, *, pairs=1):
    """k = 2, flips with chance r: e_{2j} = e_{2j-1} = I_r(j, j): even copies are of no use."""
    return binary_error(p.seen if pairs else 2 * p.seen - 1, (1 - p.kappa) / 2)


@claim.equals(
    "bayes",
    mode="labels",
    at=FEW_LABELS.but(kappa=0.6),
    within=0.006,
    twin=Twin("the second copy as good as the third", shift=1),
)
def binary_optimum(p, *, shift=0):
    """k = 2: opt = sum_l E M_l e_l."""
    seen = jnp.arange(p.n + 1.0)
    return jnp.sum(mass_seen(seen, p.n, listed(p)) * binary_error(
        jnp.where(seen == 2, seen + shift, seen), (1 - p.kappa) / 2))  # fmt: skip
