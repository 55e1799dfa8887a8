"""Dropout's penalty in logistic regression: the quadratic term, what follows it, rare dropout."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp

from theory import Claims, Domain, Ge, Le, Row, Scalar, Twin, closed_form, masks, total
from theory.multi_sample_dropout.example import spread
from theory.multi_sample_dropout.params import Keep, Params

claim = Claims("derived")
Logit = Annotated[Scalar, Ge(-30), Le(30)]
Terms = Annotated[Any, Ge(-30), Le(30), Row]
SOME = {"logit": 0.4, "terms": [0.3, -0.2, 0.3]}


@closed_form
def mask_cumulants(keep: Keep) -> Any:
    """(c, c (1 - 2 q)/q, c (1 - 6 q (1 - q))/q^2): second to fourth cumulants of a mask's entry."""
    c = spread(keep)
    return c, c * (1 - 2 * keep) / keep, c * (1 - 6 * keep * (1 - keep)) / keep**2


def slopes(logit):
    """A'', A''', A'''' of A = log(1 + exp(s))."""
    there = jax.nn.sigmoid(logit)
    bend = there * jax.nn.sigmoid(-logit)
    return bend, bend * (1 - 2 * there), bend * (1 - 6 * bend)


@closed_form(example=SOME)
def penalty_terms(logit: Logit, terms: Terms, keep: Keep) -> Any:
    """(c/2) A'' Q, k3 A''' S3/6 and (k4 S4 + 3 c^2 Q^2) A''''/24, A = log(1 + e^s), s the logit.

    E A(w.(b o h)) - A(w.h) is their sum and fifth powers of the terms w_j h_j; S_k sums their k-th
    powers, Q = S_2.
    """
    a, s = jnp.asarray(terms, float), jnp.asarray(logit, float)
    c, third, fourth = mask_cumulants.__wrapped__(jnp.asarray(keep, float))
    two, three, four = slopes(s)
    proxy = total(a**2)
    return (
        c * two * proxy / 2,
        third * three * total(a**3) / 6,
        (fourth * total(a**4) + 3 * c**2 * proxy**2) * four / 24,
    )


@closed_form(example=SOME)
def rare_penalty(logit: Logit, terms: Terms) -> Any:
    """sum_j A(s - a_j) - A(s) + A'(s) a_j: the penalty over p as p -> 0, no power series in a."""
    a, s = jnp.asarray(terms, float), jnp.asarray(logit, float)[..., None]
    return total(jax.nn.softplus(s - a) - jax.nn.softplus(s) + jax.nn.sigmoid(s) * a)


# --------------------------------------------------------------------------------------------

EIGHT = Params(d=8, keep=0.8, scale=1.0)
LOGIT = 1.5
HALVED = tuple(EIGHT.but(scale=2.0**-k) for k in range(3, 8))
RARER = tuple(EIGHT.but(keep=1 - 4.0**-k) for k in range(2, 7))


def penalty(p):
    """E A - A at Params, over all masks."""
    patterns = masks(p.d)
    ones = jnp.sum(patterns, 1)
    chance = p.keep**ones * (1 - p.keep) ** (p.d - ones)
    x = (patterns / p.keep - 1) @ p.weights
    # log((1 + e^(s + x))/(1 + e^s)), small where x is
    return chance @ jnp.log1p(jax.nn.sigmoid(LOGIT) * jnp.expm1(x))


def missed(p, kept):
    """The penalty less the first so many terms."""
    return jnp.abs(penalty(p) - sum(penalty_terms(LOGIT, p.weights, p.keep)[:kept]))


shrinking = claim.given(along=HALVED, size=lambda p: 1 / p.scale)


@shrinking.scaling(
    -3, within=0.1, why="fourth powers beside the third", twin=Twin("-4", exponent=-4)
)
def glm_quadratic(p):
    """E A - A = (c/2) A'' Q, the rest of third order in max |w_j h_j|: Wager, Wang & Liang's.

    Wager, Wang & Liang (2013) for the first term; the order is derived
    """
    return missed(p, 1)


@shrinking.scaling(
    -5, within=0.2, why="sixth powers beside the fifth",
    twin=Twin("c^2 Q^2 taken for a cumulant, without its 3: fourth order", exponent=-4),
)  # fmt: skip
def glm_fourth_order(p):
    """With k3 A''' S3/6 and (k4 S4 + 3 c^2 Q^2) A''''/24 too, the rest is of fifth order."""
    return missed(p, 3)


@claim.scaling(
    1,
    along=RARER,
    size=lambda p: 1 - p.keep,
    within=0.05,
    why="terms of order p^2",
    twin=Twin("error O(p^2) at fixed d", exponent=2),
)
def quadratic_misses_order_p(p):
    """At fixed terms the quadratic penalty misses an amount of order p, as the penalty itself."""
    return missed(p, 1)


@claim.limit(
    lambda p: rare_penalty(LOGIT, p.weights),
    along=RARER,
    size=lambda p: 1 / (1 - p.keep),
    rate=-1,
    within=0.05,
    why="terms of order p^2 in the gap",
    last_gap=1e-3,
    twin=Twin("the quadratic term", limit=lambda p: quarter(p)),
    known=((EIGHT, ".427207"),),
)
def rare_dropout(p):
    """The penalty over p tends to sum_j A(s - a_j) - A(s) + A'(s) a_j: one unit gone at a time."""
    return penalty(p) / (1 - p.keep)


def quarter(p):
    """A'' Q/2."""
    return slopes(LOGIT)[0] * jnp.sum(p.weights**2) / 2


@claim.identity(
    lambda p: jnp.stack(by_hand(p.keep)),
    over=Domain.around(EIGHT, keep=(0.05, 0.95)),
    within=1e-12,
    scale=lambda p: 1 / p.keep**3,
    twin=Twin("the fourth moment for the fourth cumulant", fourth=True),
)
def cumulants_of_a_mask(p, *, fourth=False):
    """Cumulants of b: c, c (1 - 2 q)/q, c (1 - 6 q (1 - q))/q^2; all of order p as p -> 0."""
    c, k3, k4 = mask_cumulants(p.keep)
    return jnp.stack([c, k3, k4 + 3 * c**2 * fourth])


def by_hand(q):
    """The same from the two values of b."""
    moments = [q * (1 / q - 1) ** k + (1 - q) * (-1.0) ** k for k in (2, 3, 4)]
    return moments[0], moments[1], moments[2] - 3 * moments[0] ** 2
