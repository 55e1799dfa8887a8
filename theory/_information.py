"""Entropies and divergences in nats, on every evaluator, with 0 log 0 = 0.

Distributions lie on the last axis (JAX arrays, or object arrays of exact values) and sum to 1,
which is not checked. Divergences are sums of :func:`theory.deviance`, terms of one sign: a small
one keeps its digits. In JAX a share that is 0 has the slope of the smallest float, -708 and not
-inf, so that a constant 0 does no harm.
"""

from typing import Annotated

from theory._closed_form import Row, closed_form
from theory._fields import Ge, Le
from theory._formula import Scalar, minimum, total
from theory._law_words import deviance, xlogx

__all__ = ["binary_entropy", "binary_js", "binary_kl", "entropy", "js_divergence", "kl"]

Share = Annotated[Scalar, Ge(0), Le(1)]
Shares = Annotated[Scalar, Ge(0), Le(1), Row]


@closed_form(example={"p": [0.25, 0.75]})
def entropy(p: Shares) -> Scalar:
    """-sum_i p_i log p_i."""
    return -total(xlogx.__wrapped__(p))


@closed_form(example={"p": [0.25, 0.75], "q": [0.5, 0.5]})
def kl(p: Shares, q: Shares) -> Scalar:
    """sum_i p_i log(p_i/q_i): infinite where p_i > 0 = q_i."""
    return total(deviance.__wrapped__(p, q))


@closed_form(example={"p": [0.25, 0.75], "q": [0.5, 0.5]})
def js_divergence(p: Shares, q: Shares) -> Scalar:
    """(kl(p, m) + kl(q, m))/2, m = (p + q)/2; at most log 2."""
    m = (p + q) / 2
    return total(deviance.__wrapped__(p, m) + deviance.__wrapped__(q, m)) / 2


@closed_form
def binary_entropy(p: Share) -> Scalar:
    """-p log p - (1 - p) log(1 - p)."""
    rare = minimum(p, 1 - p)
    # -(1 - rare) log(1 - rare) = rare - deviance(1 - rare, 1), without the rounding of 1 - rare
    return rare - xlogx.__wrapped__(rare) - deviance.__wrapped__(1 - rare, 1)


@closed_form
def binary_kl(p: Share, q: Share) -> Scalar:
    """p log(p/q) + (1 - p) log((1 - p)/(1 - q))."""
    return deviance.__wrapped__(p, q) + deviance.__wrapped__(1 - p, 1 - q)


@closed_form
def binary_js(p: Share, q: Share) -> Scalar:
    """The Jensen-Shannon divergence of two coins."""
    m = (p + q) / 2
    return (binary_kl.__wrapped__(p, m) + binary_kl.__wrapped__(q, m)) / 2
