"""A user's own kernel: its spectrum and target from a kernel matrix, and its measured exponents."""

import functools
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from theory import Ge, Lt, closed_form, own_checks
from theory.random_features._domains import Features, Points, Variance
from theory.random_features._kernel_limit import gamma_at_occupation
from theory.random_features._maps import predict_map
from theory.random_features._predict import optimal_ridge, risk_at
from theory.random_features._refuse import refuse, whole
from theory.random_features._spectrum import EXAMPLE, Spectrum, check_spectrum, spectrum


@own_checks("host only, against the spectrum")
def spectrum_of_kernel_matrix(kernel: Any, labels: Any) -> Spectrum:
    """Eigenvalues of K/N and squared coefficients (u_i . y)^2/N of the labels, largest first.

    The N points are taken for the whole population (their empirical measure), see ``points`` of
    :class:`Spectrum`. Eigenvalues within N eps of the largest, eps that of the matrix's own type,
    are rounding on both sides of 0 and become 0: such modes act as noise.

    Args:
        kernel: symmetric positive semidefinite matrix, shape (N, N).
        labels: the target's values, shape (N,).

    Raises ParameterError for shapes that do not fit, asymmetry beyond rounding, or an eigenvalue
    below it.
    """
    K, y = numbers("kernel", kernel), numbers("labels", labels)
    if K.ndim != 2 or K.shape[0] != K.shape[1] or y.shape != (len(K),) or not len(K):
        raise refuse("kernel, labels", f"{K.shape}, {y.shape}", "must be (N, N) and (N,)")
    if not (np.isfinite(K).all() and np.isfinite(y).all()):
        raise refuse("kernel, labels", "NaN or infinity", "must be finite")
    rounding = len(K) * float(jnp.finfo(K.dtype).eps)
    K, y = K.astype(float), y.astype(float)
    if abs(K - K.T).max() > rounding * abs(K).max():
        raise refuse("kernel", "asymmetric matrix", "must be symmetric")
    values, vectors = np.linalg.eigh((K + K.T) / (2 * len(K)))
    if values[0] < -rounding * max(values[-1], 0.0):
        raise refuse(
            "kernel", f"matrix with eigenvalue {values[0]:.3g} of K/N",
            f"must be positive semidefinite: rounding explains {rounding:.3g} of the largest,"
            f" {values[-1]:.3g}",
        )  # fmt: skip
    if not values[-1] > 0:
        raise refuse("kernel", "a matrix of zeros", "must have a positive eigenvalue")
    values = np.where(values > rounding * values[-1], values, 0.0)
    coefficients = (vectors.T @ y) ** 2 / len(K)
    return spectrum(values[::-1], coefficients[::-1], points=len(K))


@own_checks("those of spectrum_of_kernel_matrix")
def from_kernel(kernel: Any, labels: Any) -> Spectrum:
    """``from_kernel(K, y)``: the spectrum that :func:`predict` takes, of your own kernel matrix.

    The short name of :func:`spectrum_of_kernel_matrix`, where arguments and errors stand. K is what
    ``sklearn.metrics.pairwise.rbf_kernel(X)`` and its like return, or a list of lists. The
    prediction's ``ridge`` is the ``alpha`` of ``sklearn.kernel_ridge.KernelRidge``.
    """
    return spectrum_of_kernel_matrix(kernel, labels)


def numbers(name: str, value: Any) -> np.ndarray:
    """The argument as an array of floats of its own precision."""
    try:
        array = np.asarray(value)
        kind = array.dtype if jnp.issubdtype(array.dtype, np.floating) else np.dtype(float)
        if not (jnp.issubdtype(array.dtype, np.integer) or kind == array.dtype):
            raise TypeError
        return array.astype(kind)
    except (TypeError, ValueError):
        raise refuse(name, type(value).__name__, "is no array of real numbers") from None


class Exponents(NamedTuple):
    """alpha and beta as the slopes -dlog kappa_n/dlog n and 1 - dlog E_0/dlog n (see below)."""

    alpha: float
    beta: float
    first: float
    last: float


@own_checks("host only, against the spectrum")
def measured_exponents(of: Spectrum, first: float, last: float, rungs: int = 12) -> Exponents:
    """The powerlaw exponents of a task between n = first and last, by kernel interpolation.

    kappa_n ~ n^-alpha and E_te ~ n^-(beta-1) without ridge and noise (Section 6): least-squares
    slopes over ``rungs`` sizes. Fitting lambda_i and v_i^2 directly bends at both ends. Needs more
    than ``last`` modes. Raises ParameterError otherwise.
    """
    check_spectrum(of)
    values, counts = np.asarray(of.eigenvalues), np.asarray(of.multiplicities)
    modes = float(np.where(values > 0, counts, 0).sum())
    if not 0 < first < last < modes:
        raise refuse("first, last", (first, last), f"must rise and stay under {modes:g} modes")
    n = np.geomspace(first, last, whole("rungs", rungs, 2, 10**6))
    at = predict_map(Spectrum(*of), n=n, ridge=0.0)
    alpha = -np.polyfit(np.log(n), np.log(at.kappa), 1)[0]
    beta = 1 - np.polyfit(np.log(n), np.log(np.maximum(at.test_risk, 1e-300)), 1)[0]
    return Exponents(float(alpha), float(beta), first, last)


@closed_form(example={"of": EXAMPLE})
def price_of_fitting_less(
    of: Spectrum, n: Points, k: Features, noise: Variance, ratio: Annotated[Any, Ge(0), Lt(1)]
) -> Any:
    """E_te at fitting ratio R = ``ratio`` over E_te at the optimal ridge (k may be inf).

    R = (1 - z/n)^2 fixes z = n (1 - sqrt R), hence gamma, hence the ridge: nothing is searched.
    NaN where that z is above k or the number of modes: they alone then fit less than that. Of
    numbers and arrays (host only).
    """
    check_spectrum(of)
    if any(isinstance(x, Tracer) for x in (*of, n, k, noise, ratio)):
        raise refuse("price_of_fitting_less", "traced values", "takes numbers only")
    price = np.vectorize(functools.partial(_price, of), otypes=[float])
    return price(n, k, noise, ratio)[()]


def _price(of: Spectrum, n: float, k: float, noise: float, ratio: float) -> float:
    values, counts = np.asarray(of.eigenvalues), np.asarray(of.multiplicities)
    z = n * (1 - np.sqrt(ratio))
    if not 0 < z < min(k, float(np.where(values > 0, counts, 0).sum())):
        return float("nan")
    gamma = gamma_at_occupation.__wrapped__(of, z)
    risk = _risk_at(of, n, 1 / k, noise, jnp.log(gamma))
    return float(risk / optimal_ridge.__wrapped__(of, n=n, k=k, noise=noise).test_risk)


_risk_at = jax.jit(risk_at)
