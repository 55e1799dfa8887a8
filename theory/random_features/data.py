"""A user's own kernel: its spectrum, its measured exponents, and what lies beyond N points."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from theory import Ge, Lt, closed_form, own_checks
from theory.random_features.framework import risk_at
from theory.random_features.maps import predict_map
from theory.random_features.optimum import gamma_at_occupation, optimal_ridge
from theory.random_features.params import Features, Points, Variance, refuse, whole
from theory.random_features.spectrum import (
    EXAMPLE, Spectrum, as_numpy, check_spectrum, modes_of, powerlaw_nodes, spectrum, traced,
)  # fmt: skip

__all__ = [
    "Exponents", "Extrapolation", "extrapolated", "from_kernel", "measured_exponents",
    "price_of_fitting_less",
]  # fmt: skip


@own_checks("host only, against the spectrum")
def from_kernel(kernel: Any, labels: Any) -> Spectrum:
    """``from_kernel(K, y)``: the spectrum that :func:`predict` takes, of your own kernel matrix.

    Eigenvalues of K/N and squared coefficients (u_i . y)^2/N of the labels, largest first. K is
    what ``sklearn.metrics.pairwise.rbf_kernel(X)`` and its like return, or a list of lists. The
    prediction's ``ridge`` is the ``alpha`` of ``sklearn.kernel_ridge.KernelRidge``.

    The N points are taken for the whole population (their empirical measure), see ``points`` of
    :class:`Spectrum`. Eigenvalues within N eps of the largest, eps that of the matrix's own type,
    are rounding on both sides of 0 and become 0: such modes act as noise. Raises ParameterError for
    shapes that do not fit, asymmetry beyond rounding, or an eigenvalue below it.
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
    modes = modes_of(of)
    if not 0 < first < last < modes:
        raise refuse("first, last", (first, last), f"must rise and stay under {modes:g} modes")
    n = np.geomspace(first, last, whole("rungs", rungs, 2, 10**6))
    at = predict_map(Spectrum(*of), n=n, ridge=0.0)
    alpha = -np.polyfit(np.log(n), np.log(at.kappa), 1)[0]
    beta = 1 - np.polyfit(np.log(n), np.log(np.maximum(at.test_risk, 1e-300)), 1)[0]
    return Exponents(float(alpha), float(beta), first, last)


@closed_form(example=EXAMPLE)
def price_of_fitting_less(
    of: Spectrum, n: Points, k: Features, noise: Variance, ratio: Annotated[Any, Ge(0), Lt(1)]
) -> Any:
    """E_te at fitting ratio R = ``ratio`` over E_te at the optimal ridge (k may be inf).

    R = (1 - z/n)^2 fixes z = n (1 - sqrt R), hence gamma, hence the ridge: nothing is searched.
    NaN where that z is above k or the number of modes: they alone then fit less than that. Of
    numbers and arrays (host only).
    """
    check_spectrum(of)
    if traced(*of, n, k, noise, ratio):
        raise refuse("price_of_fitting_less", "traced values", "takes numbers only")

    def price(n: float, k: float, noise: float, ratio: float) -> float:
        z = n * (1 - np.sqrt(ratio))
        if not 0 < z < min(k, modes_of(of)):
            return float("nan")
        gamma = gamma_at_occupation.__wrapped__(of, z)
        risk = jax.jit(risk_at)(of, n, 1 / k, noise, jnp.log(gamma))
        return float(risk / optimal_ridge.__wrapped__(of, n=n, k=k, noise=noise).test_risk)

    return np.vectorize(price, otypes=[float])(n, k, noise, ratio)[()]


KEPT = 20  # the first N/20 modes stay; those after them are too small and too few in a sample
LEAST_POINTS = 200


class Extrapolation(NamedTuple):
    """The spectrum with its new tail, the exponents of the tail, and its first mode."""

    spectrum: Spectrum
    exponents: Exponents
    first: int


def extrapolated(of: Spectrum) -> Extrapolation:
    """The spectrum of N points with modes beyond N/20 replaced by an infinite powerlaw (host only).

    lambda_i = a i^-alpha, v_i^2 = b i^-beta for all i > N/20, with the exponents that
    :func:`measured_exponents` finds between n = N/50 and N/10, and a, b such that trace and norm of
    the target stay. For n beyond N; below, :func:`left_out` is nearer to the truth. An assumption,
    not a theorem: on scikit-learn's digits (N = 1797, 0-4 against 5-9, kernel e^(4 (cos - 1)), no
    ridge) it gives .240, .109, .062 at n = 100, 400, 1000; left_out gives .248, .111, .058, the N
    points as the whole population .234, .086, .026, and measurement .263, .135, .075. Raises
    ParameterError for a spectrum without ``points`` or with N < 200, and where the measured
    exponents are those of no powerlaw (alpha <= 1 or beta <= 1).
    """
    check_spectrum(of)
    if of.points is None or of.points < LEAST_POINTS:
        raise refuse("points", of.points, f"is not allowed: at least {LEAST_POINTS} are needed")
    total = int(of.points)
    order = np.argsort(-np.asarray(of.eigenvalues), kind="stable")
    values, target, counts = (x[order] for x in as_numpy(of))
    if not (counts == 1).all() or len(values) < total // KEPT + 1:
        raise refuse("spectrum", f"{len(values)} entries", "must be single modes, N/20 at least")
    fit = measured_exponents(of, total / 50, total / 10)
    if not (fit.alpha > 1 and fit.beta > 1):
        measured = f"alpha {fit.alpha:.3f}, beta {fit.beta:.3f}"
        raise refuse("exponents", measured, "are those of no powerlaw")
    kept = total // KEPT
    places, weights = (x[kept:] for x in powerlaw_nodes(head=4 * total))
    continued = []
    for sample, exponent in ((values, fit.alpha), (target, fit.beta)):
        tail = places**-exponent
        tail *= sample[kept:].sum() / (weights * tail).sum()
        continued.append(np.concatenate([sample[:kept], tail]))
    new = spectrum(*continued, np.concatenate([counts[:kept], weights]))
    return Extrapolation(new, fit, kept + 1)
