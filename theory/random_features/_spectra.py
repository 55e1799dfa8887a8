"""Spectra: eigenvalues, squared target coefficients, multiplicities; infinite powerlaws included.

An infinite powerlaw lambda_i = i^-alpha, v_i^2 = i^-beta (i = 1, 2, ...) becomes a short list of
*nodes with multiplicities*, exact to rounding and never cut off: every sum of this theory is a sum
of a function that is smooth in log i, and the Gauss rule of the counting measure on a dyadic block
{a, ..., 2a - 1} sums such a function from 16 values. What lies beyond the last block is one node
whose multiplicity and eigenvalue match the tail's trace and squared trace.
"""

import functools
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

HEAD = 32
"""Modes 1..HEAD are taken one by one; the blocks start after them."""

NODES = 16
"""Nodes of a block: exact for polynomials of degree 31 in i."""

DOUBLINGS = 96
"""Blocks: up to i = 32 2^96 = 2.5e30, an eigenvalue of 1e-30.4 alpha."""


class Spectrum(NamedTuple):
    """A kernel's eigenvalues and a target, each of shape (M,).

    Attributes:
        eigenvalues: lambda_i >= 0.
        eigcoeffs_sq: v_i^2 >= 0, of each single mode.
        multiplicities: mu_i > 0 modes share the entry; real numbers are allowed.
    """

    eigenvalues: Array
    eigcoeffs_sq: Array
    multiplicities: Array


def spectrum(eigenvalues: Any, eigcoeffs_sq: Any, multiplicities: Any = None) -> Spectrum:
    """A Spectrum from arrays; multiplicities 1 unless given."""
    values = jnp.asarray(eigenvalues, dtype=float)
    coefficients = jnp.asarray(eigcoeffs_sq, dtype=float)
    counts = jnp.ones_like(values) if multiplicities is None else jnp.asarray(multiplicities, float)
    return Spectrum(values, coefficients, counts)


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
def powerlaw_nodes(doublings: int = DOUBLINGS) -> tuple[np.ndarray, np.ndarray]:
    """(positions i >= 1, multiplicities) that stand for the modes 1, ..., HEAD 2^doublings."""
    places, weights = [np.arange(1.0, HEAD + 1)], [np.ones(HEAD)]
    for j in range(doublings):
        size = HEAD * 2.0**j
        x, w = _gauss_of_counting(size, NODES)
        places.append(size + 1 + x)
        weights.append(w)
    return np.concatenate(places), np.concatenate(weights)


def infinite_powerlaw(alpha: Any, beta: Any) -> Spectrum:
    """lambda_i = i^-alpha, v_i^2 = i^-beta for all i >= 1, none left out; alpha > 1, beta > 1.

    Differentiable in alpha and beta. The sums of the eigenframework are right to 1e-13 relative for
    gamma >= 1e-26 (alpha = 1.1) or far smaller (larger alpha), and for alpha <= 6.
    """
    places, weights = powerlaw_nodes()
    x, count = jnp.asarray(places), jnp.asarray(weights)
    last = HEAD * 2.0**DOUBLINGS + 0.5  # the midpoint rule's end: exact to last^-2

    def tail(exponent: Any) -> Any:  # sum over i > last of i^-exponent
        return last ** (1 - exponent) / (exponent - 1)

    # one node with the tail's sum of lambda and of lambda^2; its targets' sum is the tail's too
    trace, square = tail(alpha), tail(2 * alpha)
    beyond = square / trace
    number = trace / beyond
    return Spectrum(
        eigenvalues=jnp.append(x**-alpha, beyond),
        eigcoeffs_sq=jnp.append(x**-beta, tail(beta) / number),
        multiplicities=jnp.append(count, number),
    )


def finite_powerlaw(alpha: Any, beta: Any, modes: int) -> Spectrum:
    """lambda_i = i^-alpha, v_i^2 = i^-beta for i = 1, ..., modes: what a simulation draws."""
    i = jnp.arange(1.0, modes + 1)
    return Spectrum(i**-alpha, i**-beta, jnp.ones(modes))


def isotropic(modes: int) -> Spectrum:
    """lambda_i = v_i^2 = 1/modes: trace 1 and a target of norm 1."""
    flat = jnp.full(modes, 1.0 / modes)
    return Spectrum(flat, flat, jnp.ones(modes))


def merged(of: Spectrum) -> Spectrum:
    """The same spectrum with v_i^2 spread evenly over modes of equal eigenvalue (host only)."""
    values, where = np.unique(np.asarray(of.eigenvalues), return_inverse=True)
    counts = np.bincount(where, weights=np.asarray(of.multiplicities))
    target = np.bincount(where, weights=np.asarray(of.multiplicities * of.eigcoeffs_sq))
    return spectrum(values, target / counts, counts)
