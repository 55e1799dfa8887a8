"""N points as the whole population: what is left when the n training points are some of them.

A kernel matrix of N points has N modes, and n points drawn from the N *without* replacement show
them n different rows of its eigenvectors. The eigenframework takes rows that are drawn afresh and
an error averaged over the population, the training points included. For n near N both assumptions
fail: the framework says 0 at n = N, and multiplies label noise by N/(N - n).

Here the rows are those of a random rotation (Haar), without replacement, and the error is that of
the N - n points left out. With the eigenvalues lambda_i of K/N and L_i = lambda_i/(lambda_i +
kappa) as in the framework, z = sum L_i, q = sum L_i^2, s = N - 2 z + q, B1 = sum v_i^2 (1 - L_i)^2:

    n = z + (delta/kappa)(1 - z/N),
    1 + x,  x = (N - n) q/((N - z)^2 - (N - n) s),  multiplies B1 on average over all N points,
    E_tr = delta^2 w (B1 + sigma^2 s/N)/(n N kappa^2),  w = 1/(1 - (N - n) s/(N - z)^2).

Derived, by free compression: (P K P + delta)^-1 on the drawn points is the limit of
(K + delta + t (1 - P))^-1, t -> infinity, whose mean is (K + N kappa)^-1 by subordination; second
moments are its derivatives in delta and along K -> K + e K^2.
"""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from theory import own_checks
from theory.random_features.params import refuse
from theory.random_features.solver import solved_ridge
from theory.random_features.spectrum import Spectrum, as_numpy

__all__ = ["LeftOut", "left_out"]

HALVINGS = 60
"""Of the logarithm of the bracket, which spans a factor N/(N - n) at most: to rounding."""

FEW = 0.1
"""The share of the points from which on the predictions come with a warning."""


class LeftOut(NamedTuple):
    """Errors of kernel ridge regression on n of N points, label noise included.

    Attributes:
        test_risk: mean over the N - n points left out.
        train_risk: mean over the n drawn.
        kappa: the effective ridge.
    """

    test_risk: np.ndarray
    train_risk: np.ndarray
    kappa: np.ndarray


@own_checks("host only, against the spectrum's N")
def left_out(of: Spectrum, *, n: Any, ridge: Any, noise: Any = 0.0) -> LeftOut:
    """The errors of n of the N points that the spectrum comes from (host only; k = inf).

    Args:
        of: the spectrum of a kernel matrix, with ``points`` = N.
        n: training points drawn without replacement, 0 < n < N. ridge, noise: as for
            :func:`predict`. All broadcast.

    Raises ParameterError for a spectrum without ``points`` and for n >= N.
    """
    if of.points is None:
        raise refuse("spectrum", "without points", "is that of no kernel matrix: give points=N")
    n, ridge, noise = np.broadcast_arrays(*(np.asarray(x, float) for x in (n, ridge, noise)))
    for name, value, bad in (("n", n, (n <= 0) | (n >= of.points)),
                             ("ridge", ridge, (ridge < 0) | np.isinf(ridge)),
                             ("noise", noise, (noise < 0) | np.isinf(noise))):  # fmt: skip
        if bad.any():
            allowed = f"(0, N = {of.points:g})" if name == "n" else "[0, inf)"
            raise refuse(name, value[bad][0], f"is outside {allowed}")
    rows = [_left_out(of, *map(float, x)) for x in zip(n.flat, ridge.flat, noise.flat, strict=True)]
    return LeftOut(*(np.array(column).reshape(n.shape) for column in zip(*rows, strict=True)))


_solved_ridge = jax.jit(solved_ridge)


def _framework(of: Spectrum, n: float, ridge: float) -> float:
    arrays = (jnp.asarray(x, float) for x in (of.eigenvalues, of.multiplicities, n, 0.0, ridge))
    return float(_solved_ridge(*arrays))


def _captured(values: np.ndarray, kappa: float) -> np.ndarray:
    return np.where(values > 0, values / np.where(values > 0, values + kappa, 1.0), 0.0)


def _left_out(of: Spectrum, n: float, ridge: float, noise: float) -> tuple[float, float, float]:
    if np.isnan(n + ridge + noise):
        return math.nan, math.nan, math.nan
    values, target, counts = as_numpy(of)
    assert of.points is not None  # the caller asked for them
    total, rest = float(of.points), float(of.points) - n

    # kappa (n - z) N/(N - z) = delta, and 1 <= N/(N - z) <= N/(N - n)
    low, high = _framework(of, n, ridge * rest / total), _framework(of, n, ridge)
    for _ in range(HALVINGS if low < high else 0):
        middle = np.sqrt(low * high)
        z = (counts * values / (values + middle)).sum()
        enough = middle * (n - z) * total >= ridge * (total - z)
        low, high = (low, middle) if enough else (middle, high)
    captured = _captured(values, high)
    z, q = (counts * captured).sum(), (counts * captured**2).sum()
    bias = (counts * target * (1 - captured) ** 2).sum()
    missed = total - 2 * z + q
    share = (total - z) ** 2 - rest * missed
    clean = (1 + rest * q / share) * bias
    clean += noise / total * (q + rest * q / share * missed)
    # delta/kappa from the equation of kappa: also where both are 0
    train = ((n - z) * total / (total - z)) ** 2 * (total - z) ** 2 / share
    train *= (bias + noise * missed / total) / (n * total)
    # what the drawn points themselves have of the population's noise-free error
    drawn = n * (noise + train) - 2 * noise * (n - z)
    return noise + (total * clean - drawn) / rest, train, high
