"""A kernel's eigenvalues and a target; infinite powerlaws without a cut.

An infinite powerlaw lambda_i = i^-alpha, v_i^2 = i^-beta (i = 1, 2, ...) becomes a short list of
*nodes with multiplicities*, exact to rounding and never cut off: every sum of this theory is a sum
of a function that is smooth in log i, and the Gauss rule of the counting measure on a dyadic block
{a, ..., 2a - 1} sums such a function from 16 values. What lies beyond the last block is one node
whose multiplicity and eigenvalue match the tail's trace and squared trace.
"""

import functools
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, SupportsIndex

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.core import Tracer

from theory import Ge, Le, Single, closed_form, own_checks
from theory.random_features.params import Beta, Params, Point, SummedAlpha, refuse, whole

__all__ = [
    "SampleSpectrum", "Spectrum", "finite_powerlaw", "infinite_powerlaw", "isotropic", "spectrum",
    "spectrum_of",
]  # fmt: skip

LEAST = 1e-280  # the smallest positive eigenvalue: 1e-300 stands for an effective ridge of 0


class Spectrum(NamedTuple):
    """A kernel's eigenvalues and a target, each of shape (M,)."""

    eigenvalues: Array  # lambda_i >= 0
    eigcoeffs_sq: Array  # v_i^2 >= 0, of each single mode
    multiplicities: Array  # mu_i > 0 modes share the entry; real numbers are allowed

    points = None  # of a SampleSpectrum the number N of points that it comes from


_ARRAYS: Any = np.array([[1.0, 0.25, 0.1], [1.0, 0.5, 0.2], [1.0, 1.0, 1.0]])
EXAMPLE = {"of": Spectrum(*_ARRAYS)}  # of numpy: importing starts no device


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
    for shapes that differ, negative or infinite entries, no trace; NaN passes.
    """
    try:
        counts = np.ones(np.shape(eigenvalues)) if multiplicities is None else multiplicities
        arrays = [jnp.asarray(x, dtype=float) for x in (eigenvalues, eigcoeffs_sq, counts)]
    except (TypeError, ValueError) as error:
        raise refuse("spectrum", "no numbers", f"({error})") from None
    of = Spectrum(*arrays) if points is None else SampleSpectrum(*arrays, points=points)
    check_spectrum(of)
    return of


def traced(*values: Any) -> bool:
    """Whether one of the values is known to JAX only."""
    return any(isinstance(x, Tracer) for x in values)


def as_numpy(of: Spectrum) -> Any:
    """Eigenvalues, squared coefficients and multiplicities on the host, as floats."""
    return tuple(np.asarray(x, dtype=float) for x in of)


def check_spectrum(of: Spectrum) -> None:
    """Refuses what :func:`spectrum` refuses. NaN and tracers pass, see :func:`or_nan`."""
    if not isinstance(of, Spectrum):
        raise refuse("spectrum", type(of).__name__, "is none: make one with spectrum(...)")
    if traced(*of):
        return
    values, coefficients, counts = as_numpy(of)
    if of.points is not None and not float(of.points) > 0:
        raise refuse("points", of.points, "is not allowed: a number of points, or None")
    shapes = [str(x.shape) for x in (values, coefficients, counts)]
    if values.ndim != 1 or len(set(shapes)) > 1:
        why = "eigenvalues, eigcoeffs_sq and multiplicities are vectors of one shape"
        raise refuse("spectrum", ", ".join(shapes), f"is not allowed: {why}")
    positive = "must be nonnegative and finite with positive sum"
    for name, entries, bad, why in (
        ("eigenvalues", values, (values < 0) | np.isinf(values), positive),
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
        raise refuse("eigenvalues", values, positive)


def modes_of(of: Spectrum) -> float:
    """How many modes have a positive eigenvalue."""
    values, _, counts = as_numpy(of)
    return float(np.where(values > 0, counts, 0).sum())


def or_nan(of: Spectrum, result: Any) -> Any:
    """NaN in all entries where :func:`check_spectrum` would refuse the spectrum, or one is NaN."""
    values, coefficients, counts = of
    inside = (values >= LEAST) | (values == 0)
    inside &= (values < jnp.inf) & (coefficients >= 0) & (coefficients < jnp.inf)
    # short forms may have negative multiplicities, where the public check has been before
    sound = jnp.all(inside & jnp.isfinite(counts)) & jnp.any(values > 0)
    return jax.tree.map(lambda leaf: jnp.where(sound, leaf, jnp.nan), result)


def over_numbers(of: Spectrum, function: Callable[..., Any], *numbers: Any) -> Any:
    """function(of, number, ...) over arrays that broadcast, :func:`or_nan`."""
    each = jnp.vectorize(functools.partial(function, of))
    return or_nan(of, each(*(jnp.asarray(x, dtype=float) for x in numbers)))


# Powerlaws and flat spectra

HEAD = 32  # modes 1..HEAD are taken one by one; the blocks start after them
NODES = 16  # of a block: exact for polynomials of degree 31 in i
DOUBLINGS = 96  # blocks: up to i = 32 2^96 = 2.5e30, an eigenvalue of 1e-30.4 alpha
MOST_MODES = 10**8
Exponent = Annotated[Any, Ge(0), Le(100), Single]


def gauss_of_counting(count: float) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in [0, count - 1] and weights (sum: count) of the Gauss rule of {0, ..., count - 1}.

    By Golub and Welsch from the discrete Chebyshev polynomials, whose recurrence has the
    off-diagonal squares m^2 (1 - m^2/count^2)/(4 (4 m^2 - 1)) in units of count.
    """
    m = np.arange(1, NODES, dtype=float)
    off = np.sqrt(m * m * (1 - (m / count) ** 2) / (4 * (4 * m * m - 1)))
    places, vectors = np.linalg.eigh(np.diag(off, 1) + np.diag(off, -1))
    return (count - 1) / 2 + count * places, count * vectors[0] ** 2


@functools.cache
def powerlaw_nodes(head: int = HEAD) -> Any:
    """(positions i >= 1, multiplicities) that stand for the modes 1, ..., head 2^DOUBLINGS."""
    blocks = [(np.arange(1.0, head + 1), np.ones(head))]
    for size in head * 2.0 ** np.arange(DOUBLINGS):
        x, w = gauss_of_counting(size)
        blocks.append((size + 1 + x, w))
    return tuple(map(np.concatenate, zip(*blocks, strict=True)))


@closed_form
def infinite_powerlaw(
    alpha: Annotated[SummedAlpha, Single], beta: Annotated[Beta, Single]
) -> Spectrum:
    """lambda_i = i^-alpha, v_i^2 = i^-beta for all i >= 1, none left out; 1 < alpha <= 6, beta > 1.

    Scalars; differentiable in both. The sums of the eigenframework are right to 1e-13 relative for
    gamma >= 1e-26 (alpha <= 1.1) or far smaller (larger alpha).
    """
    alpha, beta = jnp.asarray(alpha, float), jnp.asarray(beta, float)
    x, count = map(jnp.asarray, powerlaw_nodes())
    last = HEAD * 2.0**DOUBLINGS + 0.5  # the midpoint rule's end: exact to last^-2
    # one node with the tail's sum of lambda and of lambda^2; its targets' sum is the tail's too.
    # Written out: the sum of lambda^2 itself underflows from alpha = 5.6 on
    beyond = last**-alpha * (alpha - 1) / (2 * alpha - 1)
    number = last * (2 * alpha - 1) / (alpha - 1) ** 2
    left = last ** (1 - beta) / (beta - 1)  # sum over i > last of i^-beta
    values, target = jnp.append(x**-alpha, beyond), jnp.append(x**-beta, left / number)
    return Spectrum(values, target, jnp.append(count, number))


@closed_form(example={"modes": 3})
def finite_powerlaw(alpha: Exponent, beta: Exponent, modes: SupportsIndex) -> Spectrum:
    """lambda_i = i^-alpha, v_i^2 = i^-beta for i = 1, ..., modes: what a simulation draws."""
    i = jnp.arange(1.0, whole("modes", modes, 1, MOST_MODES) + 1)
    return Spectrum(i**-alpha, i**-beta, jnp.ones_like(i))


def isotropic(modes: SupportsIndex) -> Spectrum:
    """lambda_i = v_i^2 = 1/modes: trace 1 and a target of norm 1."""
    count = whole("modes", modes, 1, MOST_MODES)
    flat = jnp.full(count, 1.0 / count)
    return Spectrum(flat, flat, jnp.ones(count))


def spectrum_of(params: Params) -> Spectrum:
    """The finite spectrum and target that an experiment draws from."""
    if params.spectrum == "isotropic":
        of = isotropic(params.modes)
    else:
        of = finite_powerlaw(params.alpha, params.beta, params.modes)
    if params.target == "spread":
        return of
    none = 0.0 * of.eigcoeffs_sq
    return of._replace(eigcoeffs_sq=none if params.target == "none" else none.at[0].set(1.0))


def problem(p: Point) -> Spectrum:
    """The spectrum of a :class:`Point`, which may be traced."""
    return spectrum(p.values, p.target)
