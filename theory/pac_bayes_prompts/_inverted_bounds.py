"""Bounds that invert a relative entropy or an exact tail; their catalogue is in ``_bounds``."""

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from theory import Scalar, closed_form, log
from theory.pac_bayes_prompts._binary_kl import kl_inverse
from theory.pac_bayes_prompts._binomial import binomial_upper
from theory.pac_bayes_prompts._constants import log_redundancy, log_regret, log_two_sqrt, log_xi
from theory.pac_bayes_prompts._domains import WITHIN, Count, CountedSize, Errors, Nats, Size


def with_counts(bound: Callable[..., Any]) -> Callable[..., Any]:
    """JAX's integers go in as float64: an int32 would be divided, and its log taken, in float32."""

    def exact(x: Any) -> Any:
        whole = isinstance(x, jax.Array) and jnp.issubdtype(x.dtype, jnp.integer)
        return x.astype(float) if whole else x

    @functools.wraps(bound)
    def of_counts(*args: Any, **named: Any) -> Any:
        return bound(*map(exact, args), **{name: exact(x) for name, x in named.items()})

    return of_counts


def _kl_inverse(rate: Scalar, budget: Scalar) -> jax.Array:
    """Of values known to be inside; ints alone make exact constants, which jit does not take."""
    return kl_inverse.__wrapped__(jnp.asarray(rate, float), jnp.asarray(budget, float))


@closed_form(errors=WITHIN)
@with_counts
def seeger_langford(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, (c + ln(n + 1))/n); JAX only. Its slope in the errors is infinite at none."""
    return _kl_inverse(errors / n, (complexity + log(n + 1)) / n)


@closed_form(errors=WITHIN)
@with_counts
def maurer_kl(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, (c + ln(2 sqrt n))/n); JAX only. Its slope in the errors is infinite at none."""
    return _kl_inverse(errors / n, (complexity + log_two_sqrt(n)) / n)


@closed_form(errors=WITHIN)
@with_counts
def exact_xi_kl(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, (c + ln xi(n))/n), the best constant of this route; JAX only.

    Its slope in the errors is infinite at none.
    """
    return _kl_inverse(errors / n, (complexity + log_xi.__wrapped__(n)) / n)


@closed_form(errors=WITHIN)
@with_counts
def occam_kl(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, c/n): Chernoff's bound and a weighted union over prompts; JAX only.

    Its slopes are infinite: in the errors at none, in c at c = 0 where there are errors.
    """
    return _kl_inverse(errors / n, complexity / n)


@closed_form(errors=WITHIN)
@with_counts
def occam_binomial(errors: Count, n: CountedSize, complexity: Nats) -> jax.Array:
    """sup{p : P(Bin(n, p) <= errors) >= e^-c}: exact tail and a weighted union; JAX only.

    With errors its slope in c is infinite at c = 0, as p grows like c^(1/(errors + 1)).
    """
    return binomial_upper.__wrapped__(errors, n, complexity)


@closed_form(errors=WITHIN)
@with_counts
def beta_mixture_evalue(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """Largest p with ln[B(k+1/2, n-k+1/2)/pi] - k ln p - (n-k) ln(1-p) <= c; JAX only.

    Its left side is n kl(k/n||p) less the mixture's redundancy, so this is a kl inverse too. Its
    slope in the errors is infinite at none.
    """
    return kl_inverse.__wrapped__(
        errors / n, (complexity + log_redundancy.__wrapped__(errors, n)) / n
    )


@closed_form(errors=WITHIN)
@with_counts
def coin_betting(errors: Errors, n: Size, complexity: Nats) -> jax.Array:
    """kl^-1(r, (c + ln reg_n)/n), reg_n = sqrt(pi) Gamma(n + 1)/Gamma(n + 1/2); JAX only.

    Its slope in the errors is infinite at none.
    """
    return _kl_inverse(errors / n, (complexity + log_regret.__wrapped__(n)) / n)


@closed_form(errors=WITHIN)
@with_counts
def held_out(errors: Count, n: CountedSize, complexity: Nats) -> jax.Array:
    """Clopper-Pearson on n *fresh* points with c = ln(1/delta): no prior is needed; JAX only.

    With errors its slope in c is infinite at c = 0, as in occam_binomial.
    """
    return binomial_upper.__wrapped__(errors, n, complexity)


@closed_form(errors=WITHIN)
@with_counts
def half_sample_prior(errors: Count, n: CountedSize, complexity: Nats) -> jax.Array:
    """occam_binomial on the n points that the prior was *not* fitted on; JAX only.

    ``errors`` are counted on those n points, ``complexity`` is ln(1/P0(theta)) + ln(1/delta) for
    the tilted prior P0 of :func:`~theory.pac_bayes_prompts.tilted_log_prior`. With errors the slope
    in ``complexity`` is infinite at 0.
    """
    return binomial_upper.__wrapped__(errors, n, complexity)
