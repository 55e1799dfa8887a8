"""Measurements as iid normal vectors: svec storage, the truth, noise, the starting direction.

svec(X) is the upper triangle with its off-diagonal entries times sqrt(2), of length
N = d(d+1)/2. For symmetric X, <A, X> = svec(sym A) . svec(X), and svec(sym A) is exactly N(0, I_N)
when A has iid N(0, 1) entries: so the m x N matrix of standard normals is drawn and no A_i is made.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from theory.sign_rip import eigenvalues, svec_length

HUGE = 1e100
"""Size of an "infinite" outlier: no residual reaches it, and only its sign is ever used."""


def _triangle(d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row, column = np.triu_indices(d)
    return row, column, np.where(row == column, 1.0, np.sqrt(2.0))


def svec(x: Float[Array, "*batch d d"]) -> Float[Array, "*batch N"]:
    """The coordinates of a symmetric matrix; svec(X) . svec(Y) = <X, Y>."""
    row, column, weight = _triangle(x.shape[-1])
    return x[..., row, column] * weight.astype(x.dtype)  # float32 stays float32


def smat(v: Float[Array, "*batch N"], d: int) -> Float[Array, "*batch d d"]:
    """The symmetric matrix of the coordinates v: a gather (on CPUs a scatter is slower)."""
    row, column, weight = _triangle(d)
    place = np.zeros((d, d), dtype=np.int32)
    place[row, column] = place[column, row] = np.arange(len(row))
    return v[..., place] / weight[place].astype(v.dtype)


def truth_root(params: Any) -> Float[Array, "d r"]:
    """The d x r root diag(sqrt(sigma_i)) of X*; Gaussian measurements make its basis no matter."""
    root = jnp.zeros((params.d, params.rank))
    return root.at[: params.rank].set(jnp.diag(jnp.sqrt(eigenvalues(params))))


def draw_rows(key: Any, params: Any) -> Float[Array, "m N"]:
    """m measurements as rows of standard normals."""
    return jax.random.normal(key, (params.m, svec_length(params.d)))


def draw_outliers(key: Any, params: Any, shape: tuple[int, ...]) -> Array:
    """Draws from the outlier law P (see :func:`theory.sign_rip.outlier_decay`)."""
    size = params.outlier_size
    match params.law:
        case "gaussian":
            return params.outlier_mean + size * jax.random.normal(key, shape)
        case "uniform":
            return size * jax.random.uniform(key, shape, minval=-1.0, maxval=1.0)
        case "laplace":
            return size * jax.random.laplace(key, shape)
        case "cauchy":
            return size * jax.random.cauchy(key, shape)
        case "student":
            return size * jax.random.t(key, params.degrees, shape)
    signs = jax.random.rademacher(key, shape).astype(jnp.float64)
    return signs * (HUGE if params.law == "infinite" else size)


def draw_noise(key: Any, params: Any, shape: tuple[int, ...]) -> Array:
    """The noise s: N(0, nu^2), and with probability p an outlier in its place."""
    which, dense, far = jax.random.split(key, 3)
    outlier = jax.random.bernoulli(which, params.p, shape)
    inlier = params.nu * jax.random.normal(dense, shape)
    return jnp.where(outlier, draw_outliers(far, params, shape), inlier)


def draw_data(key: Any, params: Any) -> tuple[Array, Array, Array]:
    """(rows of shape (m, N), y of shape (m,), X* of shape (d, d))."""
    row_key, noise_key = jax.random.split(key)
    root = truth_root(params)
    truth = root @ root.T
    rows = draw_rows(row_key, params)
    return rows, rows @ svec(truth) + draw_noise(noise_key, params, (params.m,)), truth


def spectral_matrix(rows: Float[Array, "m N"], y: Float[Array, " m"], d: int) -> Array:
    """C = (1/m) sum_i sign(y_i) S_i = -Q(-X*), what the method multiplies U by while U is small."""
    return smat(jnp.sign(y) @ rows / rows.shape[0], d)


def start_direction(key: Any, params: Any, rows: Array, y: Array) -> Float[Array, "d k"]:
    """B of U_0 = alpha B: ``random`` (N(0, 1/d)), ``identity``, or ``spectral`` (the top r'
    eigenvectors of C, scaled by the roots of their eigenvalues, negative ones cut to 0)."""
    d, k = params.d, params.search_rank
    match params.start:
        case "identity":
            return jnp.eye(d, k)
        case "spectral":
            values, vectors = jnp.linalg.eigh(spectral_matrix(rows, y, d))
            return vectors[:, -k:] * jnp.sqrt(jnp.maximum(values[-k:], 0.0))
    return jax.random.normal(key, (d, k)) / jnp.sqrt(d)


def draw_start(key: Any, params: Any, rows: Array, y: Array) -> Float[Array, "d k"]:
    """U_0 = alpha B, or for ``near`` the truth's root plus alpha times N(0, 1/d) entries."""
    if params.start == "near":
        noise = jax.random.normal(key, (params.d, params.search_rank)) / jnp.sqrt(params.d)
        return padded(truth_root(params), params.search_rank) + params.alpha * noise
    return params.alpha * start_direction(key, params, rows, y)


def padded(u: Float[Array, "d r"], columns: int) -> Float[Array, "d k"]:
    """U with zero columns added. A zero column stays zero under the method, so runs of several
    search ranks fit into one batch."""
    return jnp.pad(u, ((0, 0), (0, columns - u.shape[1])))
