"""What a mean and a covariance must be."""

from typing import Any

import numpy as np
from jax.core import Tracer

from theory import ParameterError

SETTING = "gaussian_robustness"


def checked_shape(mu: Any, covariance: Any) -> None:
    """Raises ParameterError unless mu is a nonzero vector and Sigma is positive definite.

    Sigma is a matrix, or the vector of its diagonal. Looks at concrete arrays only; tracers pass,
    and so does NaN, which the result will show.
    """
    if isinstance(mu, Tracer) or isinstance(covariance, Tracer):
        return
    single = getattr(covariance, "dtype", None) == np.float32
    symmetric_to = 1e-6 if single else 1e-12
    mu, covariance = np.asarray(mu, float), np.asarray(covariance, float)
    if mu.ndim != 1 or np.any(np.isinf(mu)) or not np.any(mu):
        raise ParameterError(
            f"{SETTING}: mu = {mu!r} must be a finite nonzero vector: the classes coincide"
        )
    d = mu.shape[0]
    if covariance.shape not in ((d,), (d, d)):
        raise ParameterError(
            f"{SETTING}: covariance has shape {covariance.shape}, allowed is {(d, d)}, or {(d,)}"
            " for its diagonal"
        )
    if np.any(np.isnan(covariance)):
        return
    if covariance.ndim == 1:
        low = np.min(covariance)
    else:
        if not np.allclose(covariance, covariance.T, rtol=symmetric_to, atol=0):
            raise ParameterError(f"{SETTING}: covariance is not symmetric: {covariance!r}")
        low = np.linalg.eigvalsh(covariance)[0] if np.all(np.isfinite(covariance)) else -np.inf
    if not 0 < low < np.inf:
        raise ParameterError(
            f"{SETTING}: covariance has smallest eigenvalue {low:g}, allowed is (0, inf):"
            " it must be symmetric positive definite"
        )
