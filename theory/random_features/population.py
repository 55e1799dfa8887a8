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

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from theory import closed_form, root
from theory.random_features.params import Delta, Points, Variance, refuse
from theory.random_features.solver import above_zero, solved_ridge
from theory.random_features.spectrum import (
    EXAMPLE, SampleSpectrum, Spectrum, check_spectrum, or_nan, traced,
)  # fmt: skip

__all__ = ["LeftOut", "left_out"]

FEW = 0.1
"""The share of the points from which on the predictions come with a warning."""


class LeftOut(NamedTuple):
    """Errors of kernel ridge regression on n of N points, label noise included.

    Attributes:
        test_risk: mean over the N - n points left out.
        train_risk: mean over the n drawn.
        kappa: the effective ridge.
    """

    test_risk: Array
    train_risk: Array
    kappa: Array


@closed_form(example={"of": SampleSpectrum(*EXAMPLE["of"], points=1e15)})
def left_out(of: Spectrum, *, n: Points, ridge: Delta, noise: Variance = 0.0) -> LeftOut:
    """The errors of n of the N points that the spectrum comes from (k = inf).

    Args:
        of: the spectrum of a kernel matrix, with ``points`` = N.
        n: training points drawn without replacement, 0 < n < N. ridge, noise: as for
            :func:`predict`. All broadcast.

    Raises ParameterError for a spectrum without ``points`` and for n >= N.
    """
    check_spectrum(of)
    if of.points is None:
        raise refuse("spectrum", "without points", "is that of no kernel matrix: give points=N")
    if not traced(n) and (np.asarray(n, float) >= of.points).any():
        raise refuse("n", f"{np.max(n):g}", f"is outside (0, N = {of.points:g})")
    numbers = jnp.broadcast_arrays(*(jnp.asarray(x, float) for x in (of.points, n, ridge, noise)))
    each = jnp.vectorize(lambda *one: errors(Spectrum(*of), *one))
    return or_nan(of, each(*numbers))


@jax.jit
def errors(of: Spectrum, total: Array, n: Array, ridge: Array, noise: Array) -> LeftOut:
    """Of N = total points."""
    values, target, counts = of
    rest = total - n

    def framework(delta: Array) -> Array:
        return solved_ridge(values, counts, n, jnp.zeros_like(n), delta)

    def excess(log_kappa: Array) -> Array:
        """kappa (n - z) - delta (N - z)/N, which rises with kappa."""
        z = (counts * values / (values + jnp.exp(log_kappa))).sum()
        return jnp.exp(log_kappa) * (n - z) - ridge * (total - z) / total

    # 1 <= N/(N - z) <= N/(N - n); without ridge both ends are the root, or 0 for few modes
    high = framework(ridge)
    ends = (jnp.log(jnp.where(high > 0, x, 1.0)) for x in (framework(ridge * rest / total), high))
    low_end, high_end = ends
    kappa = jnp.where(high > 0, jnp.exp(root(excess, low_end - 1e-9, high_end + 1e-9)), 0.0)

    inside = above_zero(kappa, values)
    captured, missing = values / (values + inside), inside / (values + inside)
    z, q = (counts * captured).sum(), (counts * captured**2).sum()
    bias = (counts * target * missing**2).sum()
    missed = total - 2 * z + q
    share = (total - z) ** 2 - rest * missed
    clean = (1 + rest * q / share) * bias + noise / total * (q + rest * q / share * missed)
    # delta/kappa from the equation of kappa: also where both are 0
    train = ((n - z) * total) ** 2 / share * (bias + noise * missed / total) / (n * total)
    # what the drawn points themselves have of the population's noise-free error
    drawn = n * (noise + train) - 2 * noise * (n - z)
    return LeftOut(noise + (total * clean - drawn) / rest, train, kappa)
