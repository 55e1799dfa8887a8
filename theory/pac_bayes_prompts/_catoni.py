"""The best parameter of Catoni's bound, and its minimum over it."""

import functools
import math
from typing import Annotated

import jax
import jax.numpy as jnp

from theory import Ge, Gt, Le, Scalar, closed_form, exp, log
from theory.pac_bayes_prompts._bounds import catoni
from theory.pac_bayes_prompts._domains import FiniteNats, Interior, Positive, Rate, Size


@closed_form(bound=("is below the training error", lambda bound, rate: bound >= rate))
def catoni_minimiser(rate: Interior, bound: Annotated[Scalar, Gt(0), Le(1)]) -> Scalar:
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


@closed_form(least=("is not below most", lambda least, most: least < most))
@functools.partial(jax.jit, static_argnames=("least", "most"))
def least_catoni(
    rate: Rate,
    n: Size,
    complexity: FiniteNats,
    *,
    least: Positive = 1e-6,
    most: Positive = 60.0,
) -> jax.Array:
    """min over C in [least, most] of catoni(C), by 100 golden-section steps in ln C.

    The minimum that :func:`catoni_minimiser` gives in closed form, found without it. ``least`` and
    ``most`` show what a search over a bounded range of C loses.
    """
    golden = (math.sqrt(5) - 1) / 2

    def value(log_c):
        return catoni.__wrapped__(rate * n, n, complexity, jnp.exp(log_c))

    def step(_, ends):
        low, high = ends
        left, right = high - golden * (high - low), low + golden * (high - low)
        smaller = value(left) < value(right)
        return jnp.where(smaller, low, left), jnp.where(smaller, right, high)

    shape = jnp.zeros(jnp.broadcast_shapes(jnp.shape(rate), jnp.shape(n), jnp.shape(complexity)))
    low, high = jax.lax.fori_loop(0, 100, step, (shape + math.log(least), shape + math.log(most)))
    return value((low + high) / 2)
