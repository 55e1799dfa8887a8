"""A kernel's eigenvalues and a target: what every prediction starts from, and what it must be."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from theory import own_checks
from theory.random_features._refuse import refuse

LEAST = 1e-280
"""The smallest positive eigenvalue: 1e-300 stands for an effective ridge of 0."""


class Spectrum(NamedTuple):
    """A kernel's eigenvalues and a target, each of shape (M,).

    Attributes:
        eigenvalues: lambda_i >= 0.
        eigcoeffs_sq: v_i^2 >= 0, of each single mode.
        multiplicities: mu_i > 0 modes share the entry; real numbers are allowed.
        points: None; of a :class:`SampleSpectrum` the number N of points that it comes from.
    """

    eigenvalues: Array
    eigcoeffs_sq: Array
    multiplicities: Array

    points = None


_ARRAYS: Any = np.array([[1.0, 0.25, 0.1], [1.0, 0.5, 0.2], [1.0, 1.0, 1.0]])
EXAMPLE = Spectrum(*_ARRAYS)
"""A short spectrum (of numpy: importing starts no device)."""


class SampleSpectrum(Spectrum):
    """The spectrum of a kernel matrix of N = ``points`` points, which samples may exhaust.

    Of concrete spectra only: what JAX traces is a spectrum without points.
    """

    points: Any

    def __new__(cls, *arrays: Any, points: Any = None) -> "SampleSpectrum":
        """From the three arrays and N."""
        of = super().__new__(cls, *arrays)
        of.points = points
        return of

    def _replace(self, /, **changed: Any) -> "SampleSpectrum":
        points = changed.pop("points", self.points)
        return SampleSpectrum(*super()._replace(**changed), points=points)


@own_checks("it is itself the check")
def spectrum(
    eigenvalues: Any, eigcoeffs_sq: Any, multiplicities: Any = None, points: Any = None
) -> Spectrum:
    """A Spectrum from arrays or lists; multiplicities 1 unless given.

    With ``points`` = N, the SampleSpectrum of a kernel matrix of N points. Raises ParameterError
    as :func:`check_spectrum`; NaN passes.
    """
    try:
        values = jnp.asarray(eigenvalues, dtype=float)
        coefficients = jnp.asarray(eigcoeffs_sq, dtype=float)
        ones = jnp.ones_like(values)
        counts = ones if multiplicities is None else jnp.asarray(multiplicities, dtype=float)
    except (TypeError, ValueError) as error:
        raise refuse("spectrum", "no numbers", f"({error})") from None
    arrays = (values, coefficients, counts)
    of = Spectrum(*arrays) if points is None else SampleSpectrum(*arrays, points=points)
    check_spectrum(of)
    return of


def check_spectrum(of: Spectrum) -> None:
    """Raises ParameterError for shapes that differ, negative or infinite entries, no trace.

    NaN passes, and makes every prediction NaN; so do tracers, see :func:`sound`.
    """
    if not isinstance(of, Spectrum):
        raise refuse("spectrum", type(of).__name__, "is none: make one with spectrum(...)")
    if any(isinstance(x, Tracer) for x in of):
        return
    values, coefficients, counts = (np.asarray(x, dtype=float) for x in of)
    if of.points is not None and not float(of.points) > 0:
        raise refuse("points", of.points, "is not allowed: a number of points, or None")
    if values.ndim != 1 or values.shape != coefficients.shape or values.shape != counts.shape:
        shapes = f"{values.shape}, {coefficients.shape}, {counts.shape}"
        raise refuse(
            "spectrum", shapes,
            "is not allowed: eigenvalues, eigcoeffs_sq and multiplicities are vectors of one shape",
        )  # fmt: skip
    for name, entries, bad, why in (
        ("eigenvalues", values, (values < 0) | np.isinf(values),
         "must be nonnegative and finite with positive sum"),
        ("eigenvalues", values, (values > 0) & (values < LEAST),
         f"must be 0 or at least {LEAST:g}: scale the kernel and the ridge"),
        ("eigcoeffs_sq", coefficients, (coefficients < 0) | np.isinf(coefficients),
         "is not allowed: squared coefficients must be >= 0 (give v^2, not v)"),
        ("multiplicities", counts, (counts <= 0) | np.isinf(counts),
         "is not allowed: they must be positive"),
    ):  # fmt: skip
        if bad.any():
            i = int(np.flatnonzero(bad)[0])
            raise refuse(f"{name}[{i}]", entries[i], why)
    if not (np.isnan(values).any() or values.any()):
        raise refuse("eigenvalues", values, "must be nonnegative and finite with positive sum")


def check_modes(of: Spectrum, n: Any) -> None:
    """Raises ParameterError unless there are more modes than n (concrete values only)."""
    if any(isinstance(x, Tracer) for x in (*of, n)):
        return
    modes = float(np.where(np.asarray(of.eigenvalues) > 0, np.asarray(of.multiplicities), 0).sum())
    if np.any(np.asarray(n, float) >= modes):
        raise refuse("n", n, f"is not below the {modes:g} modes of the spectrum")


def sound(of: Spectrum) -> Any:
    """Whether :func:`check_spectrum` lets the spectrum pass and no entry is NaN, traced."""
    values, coefficients, counts = of
    inside = (values >= LEAST) | (values == 0)
    inside &= (values < jnp.inf) & (coefficients >= 0) & (coefficients < jnp.inf)
    # short forms may have negative multiplicities, where the public check has been before
    return jnp.all(inside & jnp.isfinite(counts)) & jnp.any(values > 0)


def or_nan(good: Any, result: Any) -> Any:
    """The result where it may be trusted; NaN in all its entries elsewhere."""
    return jax.tree.map(lambda leaf: jnp.where(good, leaf, jnp.nan), result)
