"""Moments of cut and folded normals, on every evaluator; Z ~ N(0, 1) throughout.

Relative accuracy in JAX: 1e-14, times what the docstring names where terms cancel.
"""

import math
from typing import Annotated

import jax.numpy as jnp
from jax.scipy.special import erfc, gammainc

from theory._closed_form import closed_form
from theory._evaluators import evaluator_of
from theory._fields import Ge, Le
from theory._formula import (
    Scalar, erf, erfcx, exp, normal_cdf, normal_pdf, pi, rational, sqrt, where,
)  # fmt: skip

__all__ = [
    "clipped_share", "folded_mean", "folded_variance", "normal_hazard", "relu_mean",
    "relu_square", "truncated_mean", "truncated_variance",
]  # fmt: skip


@closed_form
def normal_hazard(a: Scalar) -> Scalar:
    """E[Z | Z > a] = phi(a)/Phi(-a), the inverse of Mills' ratio: sqrt(2/pi)/erfcx(a/sqrt(2))."""
    return sqrt(2 / pi) / erfcx(a / sqrt(rational(2)))


@closed_form
def truncated_mean(low: Scalar, high: Scalar) -> Scalar:
    """E[Z | low < Z < high] = (phi(low) - phi(high))/(Phi(high) - Phi(low)), finite low < high.

    Read in the lower tail, where Phi keeps its digits. Loses 1/(high - low)^2 as the range closes.
    """
    turned = low + high > 0
    a, b = where(turned, -high, low), where(turned, -low, high)
    mean = (normal_pdf(a) - normal_pdf(b)) / (normal_cdf(b) - normal_cdf(a))
    return where(turned, -mean, mean)


@closed_form
def truncated_variance(low: Scalar, high: Scalar) -> Scalar:
    """Var[Z | low < Z < high] = 1 + (a phi(a) - b phi(b))/(Phi(b) - Phi(a)) - mean^2.

    Loses 1/variance, and what :func:`truncated_mean` loses.
    """
    turned = low + high > 0
    a, b = where(turned, -high, low), where(turned, -low, high)
    share = normal_cdf(b) - normal_cdf(a)
    mean = (normal_pdf(a) - normal_pdf(b)) / share
    return 1 + (a * normal_pdf(a) - b * normal_pdf(b)) / share - mean**2


@closed_form
def folded_mean(mu: Scalar) -> Scalar:
    """E |Z + mu| = sqrt(2/pi) exp(-mu^2/2) + mu erf(mu/sqrt(2))."""
    return sqrt(2 / pi) * exp(-(mu**2) / 2) + mu * erf(mu / sqrt(rational(2)))


@closed_form
def folded_variance(mu: Scalar) -> Scalar:
    """Var |Z + mu| = 1 + mu^2 - (E |Z + mu|)^2. Loses 1 + mu^2."""
    return 1 + mu**2 - folded_mean(mu) ** 2


@closed_form
def relu_mean(mu: Scalar) -> Scalar:
    """E max(0, Z + mu) = phi(mu) + mu Phi(mu). Loses mu^2 for mu < 0."""
    return normal_pdf(mu) + mu * normal_cdf(mu)


@closed_form
def relu_square(mu: Scalar) -> Scalar:
    """E max(0, Z + mu)^2 = (1 + mu^2) Phi(mu) + mu phi(mu). Loses mu^4 for mu < 0."""
    return (1 + mu**2) * normal_cdf(mu) + mu * normal_pdf(mu)


@closed_form
def clipped_share(q: Annotated[Scalar, Ge(0), Le(1e50)]) -> Scalar:
    """E min(|Z|/q, 1)^2 = (2 Phi(q) - 1 - 2 q phi(q))/q^2 + 2 Phi(-q), 1 at 0.

    In floats a sum of positive terms: the differences lose 1/q^2.
    """
    if evaluator_of(q) not in (None, "jax"):
        return (erf(q / sqrt(rational(2))) - 2 * q * normal_pdf(q)) / q**2 + 2 * normal_cdf(-q)
    y = jnp.asarray(q, dtype=jnp.float64) / math.sqrt(2)
    # P(3/2, y^2)/(2 y^2); past its third term the series is below rounding
    small = y < 1e-2
    safe = jnp.where(small, 1.0, y)
    series = 2 * y / (3 * math.sqrt(math.pi)) * (1 - 3 * y**2 / 5 + 3 * y**4 / 14 - y**6 / 18)
    return erfc(y) + jnp.where(small, series, gammainc(1.5, safe**2) / safe / (2 * safe))
