"""A user's own kernel: its spectrum and target from a kernel matrix, and its measured exponents."""

from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from theory.random_features._framework import sums
from theory.random_features._kernel_limit import gamma_at_occupation
from theory.random_features._predict import optimal_ridge, refuse, risk_at
from theory.random_features._spectra import Spectrum, spectrum


def spectrum_of_kernel_matrix(kernel: Any, labels: Any) -> Spectrum:
    """Eigenvalues of K/N and squared coefficients (u_i . y)^2/N of the labels, largest first.

    The N points are taken for the whole population (their empirical measure). Rounding-level
    negative eigenvalues become 0: such modes act as noise.

    Args:
        kernel: symmetric positive semidefinite matrix, shape (N, N).
        labels: the target's values, shape (N,).

    Raises ParameterError for shapes that do not fit, asymmetry, or a clearly negative eigenvalue.
    """
    K, y = np.asarray(kernel, dtype=float), np.asarray(labels, dtype=float)
    if K.ndim != 2 or K.shape[0] != K.shape[1] or y.shape != (len(K),):
        raise refuse("kernel, labels", f"{K.shape}, {y.shape}", "must be (N, N) and (N,)")
    if not (np.isfinite(K).all() and np.isfinite(y).all()):
        raise refuse("kernel, labels", "NaN or infinity", "must be finite")
    if abs(K - K.T).max() > 1e-8 * abs(K).max():
        raise refuse("kernel", "asymmetric matrix", "must be symmetric")
    values, vectors = np.linalg.eigh((K + K.T) / (2 * len(K)))
    if values[0] < -1e-8 * values[-1]:
        raise refuse("kernel", f"eigenvalue {values[0]:g}", "must be positive semidefinite")
    coefficients = (vectors.T @ y) ** 2 / len(K)
    return spectrum(np.maximum(values[::-1], 0.0), coefficients[::-1])


class Exponents(NamedTuple):
    """alpha and beta as the slopes -dlog kappa_n/dlog n and 1 - dlog E_0/dlog n (see below)."""

    alpha: float
    beta: float
    first: float
    last: float


def measured_exponents(of: Spectrum, first: float, last: float, rungs: int = 12) -> Exponents:
    """The powerlaw exponents of a task between n = first and last, by kernel interpolation.

    kappa_n ~ n^-alpha and E_te ~ n^-(beta-1) without ridge and noise (Section 6): least-squares
    slopes over ``rungs`` sizes. Fitting lambda_i and v_i^2 directly bends at both ends. Needs more
    than ``last`` modes. Raises ParameterError otherwise.
    """
    modes = float(np.where(np.asarray(of.eigenvalues) > 0, np.asarray(of.multiplicities), 0).sum())
    if not 0 < first < last < modes:
        raise refuse("first, last", (first, last), f"must rise and stay under {modes:g} modes")
    n = np.geomspace(first, last, rungs)
    kappas, risks = [], []
    for size in n:
        kappa = gamma_at_occupation(of, size)
        at = sums(of.eigenvalues, of.eigcoeffs_sq, kappa, of.multiplicities)
        kappas.append(float(kappa))
        risks.append(float(size / at.c * at.bias_squared))
    alpha = -np.polyfit(np.log(n), np.log(kappas), 1)[0]
    beta = 1 - np.polyfit(np.log(n), np.log(np.maximum(risks, 1e-300)), 1)[0]
    return Exponents(float(alpha), float(beta), first, last)


def price_of_fitting_less(of: Spectrum, n: float, k: float, noise: float, ratio: float) -> float:
    """E_te at fitting ratio R = ``ratio`` over E_te at the optimal ridge (k may be inf).

    R = (1 - z/n)^2 fixes z = n (1 - sqrt R), hence gamma, hence the ridge: nothing is searched.
    NaN where that z is above k: features alone then fit less than that.
    """
    z = n * (1 - np.sqrt(ratio))
    if z >= k:
        return float("nan")
    gamma = gamma_at_occupation(of, z)
    inv_k = 1 / jnp.asarray(k, dtype=float)
    risk = risk_at(of, n, inv_k, noise, jnp.log(gamma))
    return float(risk / optimal_ridge(of, n=n, k=k, noise=noise).test_risk)
