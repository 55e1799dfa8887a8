"""Spectra: eigenvalues, squared target coefficients, multiplicities; infinite powerlaws included.

An infinite powerlaw lambda_i = i^-alpha, v_i^2 = i^-beta (i = 1, 2, ...) becomes a short list of
*nodes with multiplicities*, exact to rounding and never cut off: every sum of this theory is a sum
of a function that is smooth in log i, and the Gauss rule of the counting measure on a dyadic block
{a, ..., 2a - 1} sums such a function from 16 values. What lies beyond the last block is one node
whose multiplicity and eigenvalue match the tail's trace and squared trace.
"""

import functools
from typing import Annotated, Any, SupportsIndex

import jax.numpy as jnp
import numpy as np
from jax import Array

from theory import Ge, Le, closed_form
from theory.random_features._domains import Beta, SummedAlpha
from theory.random_features._refuse import refuse, whole
from theory.random_features._spectrum import Spectrum, check_spectrum, spectrum

HEAD = 32
"""Modes 1..HEAD are taken one by one; the blocks start after them."""

NODES = 16
"""Nodes of a block: exact for polynomials of degree 31 in i."""

DOUBLINGS = 96
"""Blocks: up to i = 32 2^96 = 2.5e30, an eigenvalue of 1e-30.4 alpha."""


def _gauss_of_counting(count: float, nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in [0, count - 1] and weights (sum: count) of the Gauss rule of {0, ..., count - 1}.

    By Golub and Welsch from the discrete Chebyshev polynomials, whose recurrence has the
    off-diagonal squares m^2 (1 - m^2/count^2)/(4 (4 m^2 - 1)) in units of count.
    """
    m = np.arange(1, nodes, dtype=float)
    off = np.sqrt(m * m * (1 - (m / count) ** 2) / (4 * (4 * m * m - 1)))
    places, vectors = np.linalg.eigh(np.diag(off, 1) + np.diag(off, -1))
    return (count - 1) / 2 + count * places, count * vectors[0] ** 2


@functools.cache
def powerlaw_nodes(doublings: int = DOUBLINGS, head: int = HEAD) -> tuple[np.ndarray, np.ndarray]:
    """(positions i >= 1, multiplicities) that stand for the modes 1, ..., head 2^doublings."""
    places, weights = [np.arange(1.0, head + 1)], [np.ones(head)]
    for j in range(doublings):
        size = head * 2.0**j
        x, w = _gauss_of_counting(size, NODES)
        places.append(size + 1 + x)
        weights.append(w)
    return np.concatenate(places), np.concatenate(weights)


MOST_MODES = 10**8
Exponent = Annotated[Any, Ge(0), Le(100)]


@closed_form
def infinite_powerlaw(alpha: SummedAlpha, beta: Beta) -> Spectrum:
    """lambda_i = i^-alpha, v_i^2 = i^-beta for all i >= 1, none left out; 1 < alpha <= 6, beta > 1.

    Scalars; differentiable in both. The sums of the eigenframework are right to 1e-13 relative for
    gamma >= 1e-26 (alpha <= 1.1) or far smaller (larger alpha).
    """
    alpha, beta = _scalars(alpha=alpha, beta=beta)
    places, weights = powerlaw_nodes()
    x, count = jnp.asarray(places), jnp.asarray(weights)
    last = HEAD * 2.0**DOUBLINGS + 0.5  # the midpoint rule's end: exact to last^-2

    def tail(exponent: Any) -> Any:  # sum over i > last of i^-exponent
        return last ** (1 - exponent) / (exponent - 1)

    # one node with the tail's sum of lambda and of lambda^2; its targets' sum is the tail's too.
    # Written out: the sum of lambda^2 itself underflows from alpha = 5.6 on
    beyond = last**-alpha * (alpha - 1) / (2 * alpha - 1)
    number = last * (2 * alpha - 1) / (alpha - 1) ** 2
    return Spectrum(
        eigenvalues=jnp.append(x**-alpha, beyond),
        eigcoeffs_sq=jnp.append(x**-beta, tail(beta) / number),
        multiplicities=jnp.append(count, number),
    )


@closed_form(example={"modes": 3})
def finite_powerlaw(alpha: Exponent, beta: Exponent, modes: SupportsIndex) -> Spectrum:
    """lambda_i = i^-alpha, v_i^2 = i^-beta for i = 1, ..., modes: what a simulation draws.

    alpha, beta >= 0.
    """
    alpha, beta = _scalars(alpha=alpha, beta=beta)
    count = whole("modes", modes, 1, MOST_MODES)
    i = jnp.arange(1.0, count + 1)
    return Spectrum(i**-alpha, i**-beta, jnp.ones(count))


def _scalars(**values: Any) -> list[Array]:
    for name, value in values.items():
        if jnp.ndim(value):
            raise refuse(name, value, "is not one number: a spectrum has one powerlaw")
    return [jnp.asarray(value, float) for value in values.values()]


def isotropic(modes: SupportsIndex) -> Spectrum:
    """lambda_i = v_i^2 = 1/modes: trace 1 and a target of norm 1."""
    count = whole("modes", modes, 1, MOST_MODES)
    flat = jnp.full(count, 1.0 / count)
    return Spectrum(flat, flat, jnp.ones(count))


def merged(of: Spectrum) -> Spectrum:
    """The same spectrum with v_i^2 spread evenly over modes of equal eigenvalue (host only)."""
    check_spectrum(of)
    values, where = np.unique(np.asarray(of.eigenvalues), return_inverse=True)
    counts = np.bincount(where, weights=np.asarray(of.multiplicities))
    target = np.bincount(where, weights=np.asarray(of.multiplicities * of.eigcoeffs_sq))
    return spectrum(values, target / counts, counts, of.points)
