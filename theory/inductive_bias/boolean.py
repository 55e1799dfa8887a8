"""All functions from N points to k classes, n of the points known: a binomial law."""

from typing import Annotated

import jax
import jax.numpy as jnp

from theory import (
    Claims, Domain, Ge, Le, Scalar, Twin, Whole, binary_entropy, binary_kl, binomial_cdf,
    closed_form, exp, log, rational,
)  # fmt: skip
from theory._tails import log_beta_tails
from theory.inductive_bias.params import Params

claim = Claims("derived")
ROUNDING = 1e-9  # of eps (N - n) where that is a whole number


@closed_form
def boolean_bias(
    eps: Annotated[Scalar, Ge(0), Le(1)],
    unseen: Annotated[Scalar, Ge(1), Le(1e9), Whole],
    classes: Annotated[Scalar, Ge(2), Le(1e6), Whole],
):
    """I = -log P(Bin(N - n, 1 - 1/k) <= floor(eps (N - n))) nats; unseen = N - n.

    e is the share of the unseen points that a uniformly random function gets wrong.
    """
    wrong = jnp.floor(eps * unseen + ROUNDING)
    all_wrong = wrong >= unseen
    left = jnp.where(all_wrong, 1.0, unseen - wrong)
    log_cdf = log_beta_tails(1 - 1 / classes, 1 / classes, wrong + 1, left)[1]
    return -jnp.where(all_wrong, 0.0, log_cdf)


at_numbers = jax.jit(boolean_bias)


def unseen(p):
    """N - n."""
    return p.inputs - p.known


CASES = tuple(Params(inputs=32, known=n, eps=e) for n, e in ((12, 0.35), (0, 0.45), (24, 0.25)))


@claim.equals(
    lambda run, p: run["wrong"] <= p.eps + ROUNDING,
    at=(*CASES, Params(inputs=32, known=12, classes=4, eps=0.6)),
    mode="finite",
    within=0.015,
    twin=Twin("N for N - n", learnt=False),
    known=((CASES[0], ".1315880"), (CASES[2], ".1445313")),
)
def boolean_exact(p, *, learnt=True):
    """P(e <= eps) = P(Bin(N - n, 1 - 1/k) <= floor(eps (N - n))) over functions that fit n of N."""
    left = unseen(p) if learnt else p.inputs
    return exp(-at_numbers(p.eps, 1.0 * left, 1.0 * p.classes))


@claim.equals(
    lambda run, p: run["wrong"] <= p.eps + ROUNDING,
    at=Params(inputs=32, known=12, eps=0.37),
    mode="finite",
    within=0.01,
    twin=Twin("rounded up", up=1),
)
def boolean_exact_floor(p, *, up=0):
    """eps (N - n) is rounded down."""
    most = jnp.floor(p.eps * unseen(p)) + up
    return binomial_cdf(most, unseen(p), 1 - 1 / p.classes)


@claim.limit(
    lambda p: binary_kl(p.eps, 1 - 1 / p.classes),
    along=[Params(inputs=20 * 2**j, known=0, classes=3, eps=0.25) for j in range(4, 10)],
    size=lambda p: p.inputs,
    rate=-1,
    within=0.03,
    why="the next order, 1/N^2",
    last_gap=1e-3,
    twin=Twin("the divergence reversed", limit=lambda p: binary_kl(1 - 1 / p.classes, p.eps)),
)
def boolean_rate(p):
    """[I - (log m)/2]/m tends to KL(eps || 1 - 1/k), m = N - n: exponential in d if N = 2^d."""
    m = 1.0 * unseen(p)
    return (at_numbers(p.eps, m, 1.0 * p.classes) - log(m) / 2) / m


@claim.identity(
    lambda p: log(2) - binary_entropy(p.eps),
    over=Domain.around(Params(), eps=(0.01, 0.45)),
    twin=Twin("without log 2", classes=1),
)
def boolean_rate_of_two_classes(p, *, classes=2):
    """k = 2: KL(eps || 1/2) = log 2 - h(eps)."""
    return binary_kl(p.eps, rational(1, 2)) - log(2) + log(classes)
