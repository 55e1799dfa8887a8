"""Quadratic forms, posteriors and scatters of Gaussian classes; all masks and signs of d places."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.nn import log_softmax
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float

from theory._closed_form import ArgumentError, closed_form

__all__ = [
    "log_posterior", "mahalanobis", "masks", "positive_definite", "positive_spectrum", "scatter",
    "sign_patterns",
]  # fmt: skip

_MOST_PLACES = 20
_EXAMPLE = {
    "square": np.eye(2), "x": np.ones((3, 2)), "mean": np.zeros(2), "means": np.eye(2),
    "covariance": np.eye(2), "weights": np.ones(2) / 2,
}  # fmt: skip


@closed_form(example=_EXAMPLE)
def positive_definite(square: Float[Array, "d d"], floor: float = 0.2) -> Float[Array, "d d"]:
    """S S'/d + floor I: every square gives a covariance, standard normals one of condition < 25."""
    d = square.shape[-1]
    return square @ square.T / d + floor * jnp.eye(d)


def positive_spectrum(matrix: Any, *, tolerance: float = 1e-10) -> np.ndarray:
    """The positive eigenvalues, largest first, of a positive semi-definite matrix of one's own.

    Raises ArgumentError if it is not a square, finite, symmetric, positive semi-definite matrix of
    rank at least 1 (to ``tolerance`` relative to its largest entry).
    """
    x = np.asarray(matrix, dtype=np.float64)
    if x.ndim != 2 or x.shape[0] != x.shape[1]:
        raise ArgumentError(f"positive_spectrum: matrix has shape {x.shape}, not (d, d)")
    if not np.isfinite(x).all():
        raise ArgumentError("positive_spectrum: matrix has entries that are not finite")
    size = float(np.abs(x).max(initial=0.0))
    if np.abs(x - x.T).max(initial=0.0) > tolerance * size:
        raise ArgumentError("positive_spectrum: matrix is not symmetric")
    values, least = np.linalg.eigvalsh(x)[::-1], tolerance * size * len(x)
    if (values < -least).any():
        raise ArgumentError(f"positive_spectrum: matrix is indefinite: it has {values[-1]:.3g}")
    if not (values > least).any():
        raise ArgumentError("positive_spectrum: matrix is 0")
    return values[values > least]


@closed_form(example=_EXAMPLE)
def mahalanobis(
    x: Float[Array, "*#points d"], mean: Float[Array, "*#points d"], covariance: Float[Array, "d d"]
) -> Float[Array, "*points"]:
    """(x - mean)' Sigma^-1 (x - mean) over the last axis; NaN if Sigma is not positive definite."""
    gap = x - mean
    half = solve_triangular(
        jnp.linalg.cholesky(covariance), gap.reshape(-1, gap.shape[-1]).T, lower=True
    )
    return jnp.sum(half**2, axis=0).reshape(gap.shape[:-1])


@closed_form(example=_EXAMPLE)
def log_posterior(
    x: Float[Array, "*points d"],
    means: Float[Array, "classes d"],
    covariance: Float[Array, "d d"],
    log_priors: Float[Array, " classes"] | float = 0.0,
) -> Float[Array, "*points classes"]:
    """log P(class | x) of classes N(mean_c, Sigma); the log priors up to a constant."""
    distances = mahalanobis(x[..., None, :], means, covariance)
    return log_softmax(log_priors - distances / 2, axis=-1)


@closed_form(example=_EXAMPLE)
def scatter(
    means: Float[Array, "classes d"], weights: Float[Array, " classes"] | None = None
) -> Float[Array, "d d"]:
    """sum_c w_c (mu_c - mubar)(mu_c - mubar)', mubar = sum_c w_c mu_c; equal weights by default."""
    count = means.shape[0]
    w = jnp.full(count, 1 / count) if weights is None else weights
    centred = means - w @ means
    return (w[:, None] * centred).T @ centred


def masks(d: int) -> Float[Array, "patterns d"]:
    """All 2^d rows of zeros and ones, the first place slowest; d <= 20."""
    if not 0 <= d <= _MOST_PLACES:
        raise ValueError(f"masks: d = {d} is outside [0, {_MOST_PLACES}]: 2^d rows are returned")
    rows = np.arange(2**d)[:, None] >> np.arange(d)[::-1]
    return jnp.asarray(rows & 1, float)


def sign_patterns(d: int) -> Float[Array, "patterns d"]:
    """All 2^d rows of signs -1 and 1, likewise."""
    return 2 * masks(d) - 1
