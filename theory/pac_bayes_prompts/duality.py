"""Catoni's bound at its best parameter is the inverse of kl."""

import math
from typing import Annotated

import jax.numpy as jnp

from theory import (
    Claims,
    Domain,
    Ge,
    Gt,
    Le,
    Lt,
    Scalar,
    Twin,
    closed_form,
    exp,
    kl_inverse,
    log,
    maximum_on,
)
from theory.pac_bayes_prompts.bounds import catoni
from theory.pac_bayes_prompts.params import Point, Rate

__all__ = ["catoni_functional", "catoni_minimiser"]

claim = Claims()


@closed_form(bound=("is below the training error", lambda bound, rate: bound >= rate))
def catoni_minimiser(
    rate: Annotated[Scalar, Ge(1e-290), Lt(1)], bound: Annotated[Scalar, Gt(0), Le(1)]
) -> Scalar:
    """The C at which catoni(C) attains its minimum B = ``bound``: ln[B (1-r)/(r (1-B))].

    Infinite at B = 1, which is what a bound rounds to.
    """
    return log(bound * (1 - rate)) - log(rate * (1 - bound))


@closed_form
def catoni_functional(
    rate: Rate, risk: Rate, parameter: Annotated[Scalar, Ge(0), Le(700)]
) -> Scalar:
    """-ln(1 - p (1 - e^-C)) - C q; its supremum over C is kl(q||p) for p > q."""
    # a sum of positive terms: 1 - e^-C loses e^-C, all that is left at p = 1
    return -log((1 - risk) + risk * exp(-parameter)) - parameter * rate


def _kl_bound(p: Point) -> Scalar:
    return kl_inverse(p.rate, p.complexity / p.n)


interior = claim.given(
    over=Domain.around(Point(), n=(20, 10**5), rate=(0.001, 0.95), complexity=(0.1, 60)),
    within=1e-13,
)


@interior.identity(
    _kl_bound, why="the minimum is flat: rounding of ln C moves its value by less than eps",
    twin=Twin("C is searched in [1, 100] only", least=1.0, most=100.0),
)  # fmt: skip
def catoni_kl_duality(p, *, least=1e-6, most=60.0):
    """inf_C catoni(C) = kl^-1(r, c/n).

    Germain et al. 2009; derived: sup over C of the Catoni functional is kl
    """
    errors, n = p.rate * p.n, float(p.n)
    return -maximum_on(
        lambda log_c: -catoni.__wrapped__(errors, n, p.complexity, jnp.exp(log_c)),
        math.log(least), math.log(most),
    )  # fmt: skip


@interior.identity(
    _kl_bound, why="C is good to 1e-11 where B - r is 1e-4, and enters to second order"
)
def catoni_minimiser_is_closed(p):
    """catoni at C = ln[B (1-r)/(r (1-B))] is B = kl^-1(r, c/n).

    derived: stationary point of catoni(C)
    """
    return catoni(p.rate * p.n, p.n, p.complexity, catoni_minimiser(p.rate, _kl_bound(p)))


@catoni_minimiser_is_closed.wrong("C = 4 (B - r), which is right for Gaussians")
def catoni_of_gaussians(p):
    return catoni(p.rate * p.n, p.n, p.complexity, 4 * (_kl_bound(p) - p.rate))
